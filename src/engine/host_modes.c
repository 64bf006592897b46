/* Behavior modes as behaviors see and switch them. */
#include "engine/host_modes.h"

#include <string.h>

#include "agent/agent.h"

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
    const struct mode *mode, *now = modes_active(&a->modes);
    size_t n = 0;
    *list = NULL;
    for (size_t i = 0; a->modes.model && (mode = model_mode_at(a->modes.model, i)); i++) {
        *list = mem_resize(*list, n + 1, sizeof **list);
        (*list)[n++] =
            (struct mode_info){mode->name, mode->description, now && holds(now->name, mode->name)};
    }
    return n;
}

const char *host_mode_active(struct agent *a, enum mode_chooser *by)
{
    const struct mode *mode = modes_active(&a->modes);
    if (by)
        *by = mode && mode == a->modes.message ? a->modes.message_by : a->modes.by;
    return mode ? mode->name : "";
}

bool host_mode_set(struct agent *a, const char *mode, bool message_only, enum mode_chooser by,
                   const char *why, struct error *e)
{
    /* "@debug" before a goal is the user's word for that goal. */
    if (message_only && a->modes.message && a->modes.message_by == MODE_BY_USER)
        return error_set(e, ERR_DENIED, "the user chose %s for this goal, and it stands until then",
                         a->modes.message->name);
    bool chosen = a->modes.session && (a->modes.by == MODE_BY_USER || a->modes.by == MODE_BY_MODEL);
    if (by == MODE_BY_RULE && chosen)
        return error_set(e, ERR_DENIED, "%s was chosen by %s and stands until it is cleared",
                         a->modes.session->name, a->modes.source ? a->modes.source : "the user");
    struct mode_change c = {.mode = mode,
                            .source = why && *why           ? why
                                      : by == MODE_BY_MODEL ? "model"
                                                            : "rule",
                            .by = by,
                            .message_only = message_only};
    return modes_set(&a->modes, &c, e);
}

void host_situation(struct agent *a, struct situation *s)
{
    const struct node *n = tree_find(&a->tree, a->tree.active ? a->tree.active : a->tree.goal);
    *s = (struct situation){.task = n ? n->id : 0,
                            .task_title = n ? n->title : a->goal.text,
                            .user_text = a->goal.text,
                            .tool = a->last_tool,
                            .error = a->last_error};
    const char *said = conversation_last_user(&a->talk);
    if (said)
        s->user_text = said;
}
