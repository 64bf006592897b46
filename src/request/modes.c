/* Which model, which behavior mode, and how large the window is. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/file.h"
#include "base/log.h"
#include "llm/lora.h"
#include "net/http.h"

/* A mode that was forced is stored with this mark before it. */
#define FORCED '!'

const struct mode *agent_mode(const struct agent *a)
{
    return a->modes.message ? a->modes.message : a->modes.task ? a->modes.task : a->modes.session;
}

/* A call may read its mode until it ends: kept until none runs. Takes mode. */
static void retire(struct agent *a, struct mode *mode)
{
    if (mode)
        VEC_PUSH(&a->modes.old, mode);
}

void agent_emit_mode(struct agent *a)
{
    struct event ev = {.type = EVENT_MODE};
    const struct mode *mode = agent_mode(a);
    ev.mode.active = mem_strdup(mode ? mode->name : "");
    ev.mode.model = mem_strdup(a->model ? a->model->name : "");
    const char *base = a->model && a->model->api_base ? a->model->api_base : NULL;
    ev.mode.route = base ? route_url(base, mode ? mode->route_suffix : "", "", NULL) : NULL;
    ev.mode.source = mem_strdup(mode && mode == a->modes.message ? "message"
                                : mode && mode == a->modes.task  ? "task"
                                                                 : a->modes.source);
    ev.mode.loopback = base && http_is_loopback(base);
    outbox_emit(&a->out, &ev);
}

static void free_retired(struct agent *a)
{
    for (size_t i = 0; i < a->modes.old.len; i++)
        mode_free(a->modes.old.ptr[i]);
    a->modes.old.len = 0;
}

void agent_free_modes(struct agent *a)
{
    free_retired(a);
    VEC_FREE(&a->modes.old);
    mode_free(a->modes.session);
    mode_free(a->modes.message);
    mode_free(a->modes.task);
    free(a->modes.task_text);
    free(a->modes.source);
    free(a->modes.wanted);
    free(a->modes.want_why);
    a->modes = (struct modes_in_force){0};
}

/* The system prompt holds a mode's instructions: another text is another prefix. */
static void note_break(struct agent *a, const struct mode *before, const struct mode *now)
{
    const char *x = before && before->instructions ? before->instructions : "";
    const char *y = now && now->instructions ? now->instructions : "";
    if (strcmp(x, y) != 0 && a->context.requests)
        context_break(a, "the behavior mode changed");
}

/* ---- adapters ---- */

static bool same_adapter(const struct mode *x, const struct mode *y)
{
    return x && y && x->lora.name && y->lora.name && strcmp(x->lora.name, y->lora.name) == 0;
}

static bool switch_adapters(struct agent *a, const struct mode *from, const struct mode *to,
                            struct error *e)
{
    AUTO(buf) note = {0};
    struct error ignored = {0};
    if (same_adapter(from, to))
        return true;
    if (to && to->lora.api != LORA_NONE && !lora_activate(a->llm, a->model, to, &note, e))
        return false;
    if (from && from->lora.api != LORA_NONE &&
        !lora_release(a->llm, a->model, from, &note, &ignored))
        buf_addf(&note, "%s%s", note.len ? "; " : "", ignored.text);
    while (note.len && note.ptr[note.len - 1] == '\n')
        buf_cut(&note, note.len - 1);
    if (note.len)
        outbox_notice(&a->out, "info", "modes", "%s", buf_cstr(&note));
    return true;
}

/* ---- switching ---- */

static const char *const chooser_names[] = {"", "user", "model", "rule"};

static const char *chooser_name(enum mode_chooser by)
{
    return chooser_names[by];
}

/* Whoever it was that chose the stored mode; of older sessions nobody knows: the user. */
static enum mode_chooser stored_chooser(struct agent *a)
{
    AUTO_FREE char *key = mem_printf("mode_by %s", a->model->name);
    AUTO_FREE char *name = store_get_meta(a->session.store, key);
    for (size_t i = 0; name && *name && i < COUNT_OF(chooser_names); i++)
        if (strcmp(name, chooser_names[i]) == 0)
            return (enum mode_chooser)i;
    return MODE_BY_USER;
}

static void keep_mode(struct agent *a, const struct model *m, const struct mode *mode,
                      enum mode_chooser by)
{
    struct error e = {0};
    AUTO_FREE char *text =
        mode ? mem_printf("%s%s", mode->forced ? "!" : "", mode->name) : mem_strdup("");
    a->session.dirty = true;
    AUTO_FREE char *who = mem_printf("mode_by %s", m->name);
    if (a->session.store &&
        !store_put_meta(a->session.store, who, chooser_name(mode ? by : MODE_BY_NOBODY), &e))
        outbox_notice(&a->out, "warn", "store", "the mode is not saved: %s", e.text);
    if (a->session.store && !store_put_mode(a->session.store, m->name, text, &e))
        outbox_notice(&a->out, "warn", "store", "the mode is not saved: %s", e.text);
    session_commit(&a->session);
}

static void tell_switch(struct agent *a, const char *how)
{
    const struct mode *mode = agent_mode(a);
    AUTO_FREE char *line =
        mem_printf("%s %s (%s)", a->model->name, mode ? mode->name : "(none)", how ? how : "?");
    outbox_ledger(&a->out, "MODE", line);
    agent_emit_mode(a);
}

/* For another model than the one at work: stored, and taken up when that is used. */
static bool set_elsewhere(struct agent *a, const struct model *m, struct mode *mode,
                          enum mode_chooser by)
{
    keep_mode(a, m, mode, by);
    outbox_notice(&a->out, "info", "modes", "%s: mode %s", m->name, mode ? mode->name : "cleared");
    mode_free(mode);
    return true;
}

static bool put_off(struct agent *a, const struct mode_change *c)
{
    mem_replace(&a->modes.wanted, c->mode);
    mem_replace(&a->modes.want_why, c->source);
    a->modes.want_force = c->force;
    a->modes.want_by = c->by;
    outbox_notice(&a->out, "info", "modes", "%s is switched to when the running request is over",
                  c->mode);
    return true;
}

static bool compose(const struct model *m, const struct mode_change *c, struct mode **mode,
                    struct error *e)
{
    *mode = NULL;
    if (!c->mode || !*c->mode || strcmp(c->mode, "none") == 0)
        return true;
    *mode = mode_compose(m, c->mode, c->force, e);
    return *mode != NULL;
}

bool agent_set_mode(struct agent *a, const struct mode_change *c, struct error *e)
{
    const struct model *m = c->model && *c->model ? models_find(a->models, c->model, e) : a->model;
    struct mode *mode;
    if (!m)
        return c->model && *c->model ? false : error_set(e, ERR_DENIED, "no model is in use yet");
    if (!compose(m, c, &mode, e))
        return false;
    if (m != a->model)
        return set_elsewhere(a, m, mode, c->by);
    if (mode && mode->lora.api != LORA_NONE && reactor_held(&a->reactor, HOLD_CALL)) {
        mode_free(mode);
        return put_off(a, c);
    }
    if (!switch_adapters(a, c->message_only ? NULL : a->modes.session, mode, e)) {
        mode_free(mode);
        return false;
    }
    /* What the user says last holds now: a mode for this message that somebody else, or the user
     * before, chose gives way. */
    bool gives_way = !c->message_only && c->by == MODE_BY_USER && a->modes.message;
    note_break(a, agent_mode(a), mode);
    if (gives_way) {
        retire(a, a->modes.message);
        a->modes.message = NULL;
    }
    if (c->message_only) {
        retire(a, a->modes.message);
        a->modes.message = mode;
        a->modes.message_by = c->by;
    } else {
        keep_mode(a, m, mode, c->by);
        retire(a, a->modes.session);
        a->modes.session = mode;
        a->modes.by = mode ? c->by : MODE_BY_NOBODY;
        mem_replace(&a->modes.source, c->source);
    }
    tell_switch(a, c->source);
    return true;
}

static void refresh_task(struct agent *a)
{
    const char *want = tree_mode(&a->tree, a->tree.active ? a->tree.active : a->tree.goal);
    const char *have = a->modes.task_text;
    struct error e = {0};
    if (strcmp(want ? want : "", have ? have : "") == 0)
        return;
    struct mode *mode = want && *want ? mode_compose(a->model, want, false, &e) : NULL;
    if (want && *want && !mode)
        outbox_notice(&a->out, "warn", "modes", "the task's mode is not used: %s", e.text);
    note_break(a, a->modes.task, mode);
    retire(a, a->modes.task);
    a->modes.task = mode;
    mem_replace(&a->modes.task_text, want);
    tell_switch(a, mode ? "the task" : "the task ended");
}

void agent_refresh_mode(struct agent *a)
{
    struct error e = {0};
    if (!reactor_held(&a->reactor, HOLD_CALL))
        free_retired(a);
    if (a->modes.wanted && !reactor_held(&a->reactor, HOLD_CALL)) {
        AUTO_FREE char *mode = a->modes.wanted, *why = a->modes.want_why;
        a->modes.wanted = a->modes.want_why = NULL;
        struct mode_change c = {
            .mode = mode, .source = why, .by = a->modes.want_by, .force = a->modes.want_force};
        if (!agent_set_mode(a, &c, &e))
            outbox_error(&a->out, "usage", false, "%s", e.text);
    }
    refresh_task(a);
}

void agent_forget_modes(struct agent *a)
{
    bool any = a->modes.message || a->modes.task;
    if (any)
        note_break(a, agent_mode(a), a->modes.session);
    retire(a, a->modes.message);
    retire(a, a->modes.task);
    a->modes.message = a->modes.task = NULL;
    mem_replace(&a->modes.task_text, NULL);
    if (any)
        tell_switch(a, "the goal ended");
}

static void restore_mode(struct agent *a)
{
    AUTO_FREE char *saved =
        a->session.store ? store_get_mode(a->session.store, a->model->name) : NULL;
    retire(a, a->modes.session); /* a running request may read any of them */
    retire(a, a->modes.message);
    retire(a, a->modes.task);
    a->modes.session = a->modes.message = a->modes.task = NULL;
    a->modes.by = MODE_BY_NOBODY;
    mem_replace(&a->modes.task_text, NULL);
    mem_replace(&a->modes.source, NULL);
    mem_replace(&a->modes.wanted, NULL);
    mem_replace(&a->modes.want_why, NULL);
    if (!saved || !*saved)
        return;
    struct error e = {0};
    bool forced = *saved == FORCED;
    a->modes.session = mode_compose(a->model, saved + forced, forced, &e);
    a->modes.by = stored_chooser(a);
    mem_replace(&a->modes.source, "session");
    if (!a->modes.session)
        outbox_notice(&a->out, "warn", "modes", "the session's mode is cleared: %s", e.text);
    else if (!switch_adapters(a, NULL, a->modes.session, &e))
        outbox_notice(&a->out, "warn", "modes", "%s", e.text);
}

/* ---- flags in messages ---- */

static bool names_a_file(struct agent *a, const char *word)
{
    AUTO_FREE char *path = mem_printf("%s/%s", workspace_path(a->ws), word);
    return access(path, F_OK) == 0;
}

bool agent_take_flag(struct agent *a, const char **text, bool apply, struct error *e)
{
    const char *s = *text;
    size_t marks = strspn(s, "@"), n = 0;
    if (marks < 1 || marks > 2 || !a->model)
        return true;
    while (isalnum((unsigned char)s[marks + n]) || (s[marks + n] && strchr("_.+-", s[marks + n])))
        n++;
    const char *rest = s + marks + n;
    if (n == 0 || (*rest && !isspace((unsigned char)*rest)) || !model_mode_at(a->model, 0))
        return true;
    AUTO_FREE char *word = mem_strndup(s + marks, n);
    struct mode *mode = mode_compose(a->model, word, false, e);
    if (!mode && marks == 1 && names_a_file(a, word)) {
        *e = (struct error){0};
        return true;
    }
    if (!mode)
        return false;
    mode_free(mode);
    rest += strspn(rest, " \t\r\n");
    if (!*rest)
        return error_set(e, ERR_USAGE,
                         "nothing follows %.*s; /behavior set %s switches without a message",
                         (int)(marks + n), s, word);
    *text = rest;
    struct mode_change c = {.mode = word,
                            .source = marks == 1 ? "message" : "user",
                            .by = MODE_BY_USER,
                            .message_only = marks == 1};
    return !apply || agent_set_mode(a, &c, e);
}

/* ---- telling ---- */

void agent_report_mode(struct agent *a, struct buf *out)
{
    const struct mode *mode = agent_mode(a);
    buf_addf(out, "model  %s (%s)\nmode   %s", a->model->name, a->model->origin,
             mode ? mode->name : "none");
    if (mode)
        buf_addf(out, ", chosen by %s",
                 mode == a->modes.message ? "the message"
                 : mode == a->modes.task  ? "the task"
                 : a->modes.source        ? a->modes.source
                                          : "?");
    buf_addc(out, '\n');
    mode_describe(a->model, mode, out);
    buf_addf(out, "price  switching sends about %lld tokens uncached\n", (long long)context_sum(a));
}

/* ---- the model ---- */

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
    restore_mode(a);
    agent_learn_window(a);
    agent_emit_mode(a);
    return true;
}

/* The file holds "model\tmode\n"; it is removed once taken up. */
void agent_take_mode_file(struct agent *a)
{
    AUTO_FREE char *path = mem_printf("%s/%s.mode", a->session.dir, a->out.session);
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
    const char *mode = tab + 1;
    struct mode_change c = {.mode = mode + (*mode == FORCED),
                            .model = line,
                            .source = "command line",
                            .by = MODE_BY_USER,
                            .force = *mode == FORCED};
    if (!agent_set_mode(a, &c, &e))
        outbox_notice(&a->out, "warn", "modes", "a mode change from outside was refused: %s",
                      e.text);
}
