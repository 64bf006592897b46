#include "base/effects.h"

#include <stdlib.h>

void command_result_fini(struct command_result *r)
{
    buf_fini(&r->out);
    *r = (struct command_result){0};
}

const char *server_state_name(enum server_state s)
{
    static const char *const names[] = {"starting", "running", "stopped", "failed"};
    return names[s];
}

void server_status_fini(struct server_status *s)
{
    free(s->name);
    free(s->command);
    free(s->log);
    free(s->tail);
    *s = (struct server_status){0};
}

void skill_info_fini(struct skill_info *k)
{
    free(k->name);
    free(k->description);
    free(k->folder);
    *k = (struct skill_info){0};
}

void workspace_info_fini(struct workspace_info *i)
{
    free(i->name);
    free(i->path);
    free(i->goal);
    free(i->session);
    *i = (struct workspace_info){0};
}

void delegate_result_fini(struct delegate_result *r)
{
    char *strings[] = {r->status,    r->summary, r->answer, r->error,
                       r->workspace, r->session, r->last,   r->patch};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    cJSON_Delete(r->files);
    cJSON_Delete(r->checks);
    cJSON_Delete(r->conflicts);
    *r = (struct delegate_result){0};
}
