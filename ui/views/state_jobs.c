#include "ui/views/state_jobs.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

static char *state_job_str(const cJSON *o, const char *key)
{
    return sanitize_text(json_str(o, key, ""), SANITIZE_ONE_LINE);
}

static struct job state_job_parse(const cJSON *o)
{
    return (struct job){
        .name = state_job_str(o, "name"),
        .kind = state_job_str(o, "kind"),
        .state = state_job_str(o, "state"),
        .title = state_job_str(o, "title"),
        .agent = state_job_str(o, "agent"),
        .model = state_job_str(o, "model"),
        .action = state_job_str(o, "action"),
        .session = state_job_str(o, "session"),
        .workspace = state_job_str(o, "workspace"),
        .log = state_job_str(o, "log"),
        .node = json_int(o, "node", 0),
        .tokens = json_int(o, "tokens", 0),
        .rounds = json_int(o, "rounds", 0),
        .cost = json_num(o, "cost", 0),
        .port = json_int(o, "port", 0),
        .code = json_int(o, "code", 0),
        .listening = json_bool(o, "listening", false),
        .ms = json_int(o, "ms", 0),
        .arrived_ms = clock_ms(),
    };
}

void state_jobs_apply(struct state *st, const struct event *ev)
{
    const char *text = ev->jobs.items ? ev->jobs.items : "[]";
    AUTO_JSON *list = json_parse(text, strlen(text), NULL);
    state_jobs_clear(st);
    const cJSON *o;
    cJSON_ArrayForEach(o, list)
    {
        VEC_PUSH(&st->jobs, state_job_parse(o));
    }
}

bool job_is_delegate(const struct job *j)
{
    return strcmp(j->kind, "delegate") == 0;
}

bool job_runs(const struct job *j)
{
    static const char *const running[] = {"waiting", "starting", "running"};
    for (size_t i = 0; i < COUNT_OF(running); i++)
        if (strcmp(running[i], j->state) == 0)
            return true;
    return false;
}

int64_t job_ms(const struct job *j)
{
    bool ticks = job_runs(j) && strcmp(j->state, "waiting") != 0;
    return j->ms + (ticks ? clock_ms() - j->arrived_ms : 0);
}

int state_jobs_running(const struct state *st)
{
    int n = 0;
    for (size_t i = 0; i < st->jobs.len; i++)
        n += job_runs(&st->jobs.ptr[i]);
    return n;
}
