/* Which model, which behavior mode, and how large the window is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/agent.h"

static void keep_mode(struct agent *a, const struct model *m, const char *mode)
{
    struct error e = {0};
    a->mode_dirty = true;
    if (a->store && !store_put_mode(a->store, m->name, mode, &e))
        agent_notice(a, "warn", "store", "the mode is not saved: %s", e.text);
}

bool agent_set_mode(struct agent *a, const char *mode, const char *model, const char *source,
                    struct error *e)
{
    const struct model *m = model && *model ? models_find(a->models, model, e) : a->model;
    const struct mode *found = NULL;
    if (!m)
        return model && *model ? false : error_set(e, ERR_DENIED, "no model is in use yet");
    if (mode && *mode && !(found = model_mode(m, mode, e)))
        return false;
    keep_mode(a, m, found ? found->name : "");
    session_commit(a);
    if (m != a->model) {
        agent_notice(a, "info", "modes", "%s: mode %s", m->name, found ? found->name : "cleared");
        return true;
    }
    a->mode = found;
    mem_replace(&a->mode_source, source);
    AUTO_FREE char *line = mem_printf("%s %s", m->name, found ? found->name : "(none)");
    agent_ledger(a, "MODE", line);
    agent_emit_mode(a);
    return true;
}

static void restore_mode(struct agent *a)
{
    AUTO_FREE char *saved = a->store ? store_get_mode(a->store, a->model->name) : NULL;
    a->mode = NULL;
    if (!saved || !*saved)
        return;
    struct error e = {0};
    a->mode = model_mode(a->model, saved, &e);
    mem_replace(&a->mode_source, "session");
    if (!a->mode)
        agent_notice(a, "warn", "modes", "the session's mode is gone: %s", e.text);
}

void agent_learn_window(struct agent *a)
{
    a->window = a->model->window;
    mem_replace(&a->window_from, a->model->origin);
    if (a->window <= 0) {
        a->window = a->cfg->default_window;
        mem_replace(&a->window_from, "llm.default_window: nobody told");
    }
}

bool agent_set_model(struct agent *a, const char *name, struct error *e)
{
    const struct model *m = models_find(a->models, name, e);
    if (!m)
        return false;
    if (a->model && a->model != m && a->context.requests)
        context_break(a, "the model changed");
    a->model = m;
    a->ratio = (struct tokens_ratio){0};
    a->message_mode = NULL;
    restore_mode(a);
    agent_learn_window(a);
    agent_emit_mode(a);
    return true;
}

/* The file holds "model\tmode\n"; it is removed once taken up. */
void agent_take_mode_file(struct agent *a)
{
    AUTO_FREE char *path = mem_printf("%s/%s.mode", a->sessions_dir, a->id);
    AUTO(buf) text = {0};
    struct error e = {0};
    if (!file_read(path, &text, 4096, NULL))
        return;
    if (unlink(path) != 0)
        log_warn("modes", "cannot remove %s: %s", path, strerror(errno));
    AUTO_FREE char *line = buf_take(&text);
    char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
    if (end)
        *end = '\0';
    if (!tab)
        return;
    *tab = '\0';
    if (!agent_set_mode(a, tab + 1, line, "command line", &e))
        agent_notice(a, "warn", "modes", "a mode change from outside was refused: %s", e.text);
}
