/* Behavior modes as behaviors see and switch them. */
#include "engine/host_modes.h"

#include <string.h>

#include "engine/engine_priv.h"

static bool holds(const char *names, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = names; *p;) {
        size_t len = strcspn(p, "+");
        if (len == n && strncmp(p, name, n) == 0)
            return true;
        p += len + (p[len] == '+');
    }
    return false;
}

size_t host_mode_list(struct agent *a, struct mode_info **list)
{
    struct engine *g = engine_of(a);
    const struct mode *mode, *now = modes_active(&g->modes);
    size_t n = 0;
    *list = NULL;
    for (size_t i = 0; g->modes.model && (mode = model_mode_at(g->modes.model, i)); i++) {
        *list = mem_resize(*list, n + 1, sizeof **list);
        (*list)[n++] =
            (struct mode_info){mode->name, mode->description, now && holds(now->name, mode->name)};
    }
    return n;
}

const char *host_mode_active(struct agent *a, enum mode_chooser *by)
{
    struct engine *g = engine_of(a);
    const struct mode *mode = modes_active(&g->modes);
    if (by)
        *by = mode && mode == g->modes.message ? g->modes.message_by : g->modes.by;
    return mode ? mode->name : "";
}

bool host_mode_set(struct agent *a, const char *mode, bool message_only, enum mode_chooser by,
                   const char *why, struct error *e)
{
    struct engine *g = engine_of(a);
    /* "@debug" before a goal is the user's word for that goal. */
    if (message_only && g->modes.message && g->modes.message_by == MODE_BY_USER)
        return error_set(e, ERR_DENIED, "the user chose %s for this goal, and it stands until then",
                         g->modes.message->name);
    bool chosen = g->modes.session && (g->modes.by == MODE_BY_USER || g->modes.by == MODE_BY_MODEL);
    if (by == MODE_BY_RULE && chosen)
        return error_set(e, ERR_DENIED, "%s was chosen by %s and stands until it is cleared",
                         g->modes.session->name, g->modes.source ? g->modes.source : "the user");
    struct mode_change c = {.mode = mode,
                            .source = why && *why           ? why
                                      : by == MODE_BY_MODEL ? "model"
                                                            : "rule",
                            .by = by,
                            .message_only = message_only};
    return modes_set(&g->modes, &c, e);
}

void host_situation(struct agent *a, struct situation *s)
{
    struct engine *g = engine_of(a);
    const struct node *n = tree_find(&g->tree, g->tree.active ? g->tree.active : g->tree.goal);
    *s = (struct situation){.task = n ? n->id : 0,
                            .task_title = n ? n->title : g->agent.goal.text,
                            .user_text = g->agent.goal.text,
                            .tool = g->agent.last_tool,
                            .error = g->agent.last_error};
    const char *said = conversation_last_user(&g->talk);
    if (said)
        s->user_text = said;
}
