#include "request/modes.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "llm/lora.h"
#include "llm/models/family.h"
#include "net/http.h"

/* A mode that was forced is stored with this mark before it. */
#define FORCED '!'

const struct mode *modes_active(const struct modes *m)
{
    return m->message ? m->message : m->task ? m->task : m->session;
}

/* A call may read its mode until it ends: kept until none runs. Takes mode. */
static void retire(struct modes *m, struct mode *mode)
{
    if (mode)
        VEC_PUSH(&m->old, mode);
}

void modes_emit(struct modes *m)
{
    struct event ev = {.type = EVENT_MODE};
    const struct mode *mode = modes_active(m);
    ev.mode.active = mem_strdup(mode ? mode->name : "");
    ev.mode.model = mem_strdup(m->model ? m->model->name : "");
    ev.mode.route = m->model ? llm_url(m->model, mode) : NULL;
    ev.mode.source = mem_strdup(mode && mode == m->message ? "message"
                                : mode && mode == m->task  ? "task"
                                                           : m->source);
    ev.mode.loopback = ev.mode.route && http_is_loopback(ev.mode.route);
    outbox_emit(m->out, &ev);
}

static void free_retired(struct modes *m)
{
    for (size_t i = 0; i < m->old.len; i++)
        mode_free(m->old.ptr[i]);
    m->old.len = 0;
}

void modes_fini(struct modes *m)
{
    free_retired(m);
    VEC_FREE(&m->old);
    mode_free(m->session);
    mode_free(m->message);
    mode_free(m->task);
    free(m->task_text);
    free(m->source);
    free(m->wanted);
    free(m->want_why);
    free(m->window_from);
    free(m->home);
    free(m->effort);
    *m = (struct modes){0};
}

/* The system prompt holds a mode's instructions: another text is another prefix. */
static void note_change(struct modes *m, const struct mode *before, const struct mode *now)
{
    const char *x = before && before->instructions ? before->instructions : "";
    const char *y = now && now->instructions ? now->instructions : "";
    if (strcmp(x, y) != 0)
        m->changed(m->arg, "the behavior mode changed");
}

/* ---- adapters ---- */

static bool same_adapter(const struct mode *x, const struct mode *y)
{
    return x && y && x->lora.name && y->lora.name && strcmp(x->lora.name, y->lora.name) == 0;
}

static bool switch_adapters(struct modes *m, const struct mode *from, const struct mode *to,
                            struct error *e)
{
    AUTO(buf) note = {0};
    struct error ignored = {0};
    if (same_adapter(from, to))
        return true;
    if (to && to->lora.api != LORA_NONE && !lora_activate(m->llm, m->model, to, &note, e))
        return false;
    if (from && from->lora.api != LORA_NONE &&
        !lora_release(m->llm, m->model, from, &note, &ignored))
        buf_addf(&note, "%s%s", note.len ? "; " : "", ignored.text);
    while (note.len && note.ptr[note.len - 1] == '\n')
        buf_cut(&note, note.len - 1);
    if (note.len)
        outbox_notice(m->out, "info", "modes", "%s", buf_cstr(&note));
    return true;
}

/* ---- switching ---- */

static const char *const chooser_names[] = {"", "user", "model", "rule"};

/* Of older sessions nobody knows who chose: the user. */
static enum mode_chooser chooser_of(const char *name)
{
    for (size_t i = 0; name && *name && i < COUNT_OF(chooser_names); i++)
        if (strcmp(name, chooser_names[i]) == 0)
            return (enum mode_chooser)i;
    return MODE_BY_USER;
}

static void keep_mode(struct modes *m, const struct model *model, const struct mode *mode,
                      enum mode_chooser by)
{
    AUTO_FREE char *text =
        mode ? mem_printf("%s%s", mode->forced ? "!" : "", mode->name) : mem_strdup("");
    m->keep(m->arg, model->name, text, chooser_names[mode ? by : MODE_BY_NOBODY]);
    outbox_durable(m->out); /* a front end beside this one may ask for it now */
}

static void tell_switch(struct modes *m, const char *how)
{
    const struct mode *mode = modes_active(m);
    AUTO_FREE char *line =
        mem_printf("%s %s (%s)", m->model->name, mode ? mode->name : "(none)", how ? how : "?");
    outbox_ledger(m->out, "MODE", line);
    modes_emit(m);
}

/* For another model than the one at work: stored, and taken up when that is used. */
static bool set_elsewhere(struct modes *m, const struct model *model, struct mode *mode,
                          enum mode_chooser by)
{
    keep_mode(m, model, mode, by);
    outbox_notice(m->out, "info", "modes", "%s: mode %s", model->name,
                  mode ? mode->name : "cleared");
    mode_free(mode);
    return true;
}

static bool put_off(struct modes *m, const struct mode_change *c)
{
    mem_replace(&m->wanted, c->mode);
    mem_replace(&m->want_why, c->source);
    m->want_force = c->force;
    m->want_by = c->by;
    outbox_notice(m->out, "info", "modes", "%s is switched to when the running request is over",
                  c->mode);
    return true;
}

static bool compose(const struct model *model, const struct mode_change *c, struct mode **mode,
                    struct error *e)
{
    *mode = NULL;
    if (!c->mode || !*c->mode || strcmp(c->mode, "none") == 0)
        return true;
    *mode = mode_compose(model, c->mode, c->force, e);
    return *mode != NULL;
}

bool modes_set(struct modes *m, const struct mode_change *c, struct error *e)
{
    assert(c && m->models && m->keep && m->kept && m->changed);
    bool named = c->model && *c->model;
    const struct model *model = named ? models_find(m->models, c->model, e) : m->model;
    struct mode *mode;
    if (!model)
        return named ? false : error_set(e, ERR_DENIED, "no model is in use yet");
    if (!compose(model, c, &mode, e))
        return false;
    if (model != m->model)
        return set_elsewhere(m, model, mode, c->by);
    if (mode && mode->lora.api != LORA_NONE && reactor_held(m->reactor, HOLD_CALL)) {
        mode_free(mode);
        return put_off(m, c);
    }
    if (!switch_adapters(m, c->message_only ? NULL : m->session, mode, e)) {
        mode_free(mode);
        return false;
    }
    /* What the user says last holds now: a mode for this message that somebody else, or the user
     * before, chose gives way. */
    bool gives_way = !c->message_only && c->by == MODE_BY_USER && m->message;
    note_change(m, modes_active(m), mode);
    if (gives_way) {
        retire(m, m->message);
        m->message = NULL;
    }
    if (c->message_only) {
        retire(m, m->message);
        m->message = mode;
        m->message_by = c->by;
    } else {
        keep_mode(m, model, mode, c->by);
        retire(m, m->session);
        m->session = mode;
        m->by = mode ? c->by : MODE_BY_NOBODY;
        mem_replace(&m->source, c->source);
    }
    tell_switch(m, c->source);
    return true;
}

static void refresh_task(struct modes *m)
{
    const char *want = tree_mode(m->tree, m->tree->active ? m->tree->active : m->tree->goal);
    const char *have = m->task_text;
    struct error e = {0};
    if (strcmp(want ? want : "", have ? have : "") == 0)
        return;
    struct mode *mode = want && *want ? mode_compose(m->model, want, false, &e) : NULL;
    if (want && *want && !mode)
        outbox_notice(m->out, "warn", "modes", "the task's mode is not used: %s", e.text);
    note_change(m, m->task, mode);
    retire(m, m->task);
    m->task = mode;
    mem_replace(&m->task_text, want);
    tell_switch(m, mode ? "the task" : "the task ended");
}

void modes_refresh(struct modes *m)
{
    struct error e = {0};
    if (!reactor_held(m->reactor, HOLD_CALL))
        free_retired(m);
    if (m->wanted && !reactor_held(m->reactor, HOLD_CALL)) {
        AUTO_FREE char *mode = m->wanted, *why = m->want_why;
        m->wanted = m->want_why = NULL;
        struct mode_change c = {
            .mode = mode, .source = why, .by = m->want_by, .force = m->want_force};
        if (!modes_set(m, &c, &e))
            outbox_refused(m->out, &e);
    }
    refresh_task(m);
}

void modes_forget(struct modes *m)
{
    bool any = m->message || m->task;
    if (any)
        note_change(m, modes_active(m), m->session);
    retire(m, m->message);
    retire(m, m->task);
    m->message = m->task = NULL;
    mem_replace(&m->task_text, NULL);
    if (any)
        tell_switch(m, "the goal ended");
}

static void restore_mode(struct modes *m)
{
    AUTO_FREE char *by = NULL, *saved = m->kept(m->arg, m->model->name, &by);
    retire(m, m->session); /* a running request may read any of them */
    retire(m, m->message);
    retire(m, m->task);
    m->session = m->message = m->task = NULL;
    m->by = MODE_BY_NOBODY;
    mem_replace(&m->task_text, NULL);
    mem_replace(&m->source, NULL);
    mem_replace(&m->wanted, NULL);
    mem_replace(&m->want_why, NULL);
    if (!saved || !*saved)
        return;
    struct error e = {0};
    bool forced = *saved == FORCED;
    m->session = mode_compose(m->model, saved + forced, forced, &e);
    m->by = chooser_of(by);
    mem_replace(&m->source, "session");
    if (!m->session)
        outbox_notice(m->out, "warn", "modes", "the session's mode is cleared: %s", e.text);
    else if (!switch_adapters(m, NULL, m->session, &e))
        outbox_notice(m->out, "warn", "modes", "%s", e.text);
}

/* ---- flags in messages ---- */

static bool names_a_file(struct modes *m, const char *word)
{
    AUTO_FREE char *path = mem_printf("%s/%s", m->workspace, word);
    return access(path, F_OK) == 0;
}

bool modes_take_flag(struct modes *m, const char **text, bool apply, struct error *e)
{
    assert(text && *text);
    const char *s = *text;
    size_t marks = strspn(s, "@"), n = 0;
    if (marks < 1 || marks > 2 || !m->model)
        return true;
    while (isalnum((unsigned char)s[marks + n]) || (s[marks + n] && strchr("_.+-", s[marks + n])))
        n++;
    const char *rest = s + marks + n;
    if (n == 0 || (*rest && !isspace((unsigned char)*rest)) || !model_mode_at(m->model, 0))
        return true;
    AUTO_FREE char *word = mem_strndup(s + marks, n);
    struct mode *mode = mode_compose(m->model, word, false, e);
    if (!mode && marks == 1 && names_a_file(m, word)) {
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
    return !apply || modes_set(m, &c, e);
}

/* ---- telling ---- */

void modes_report(const struct modes *m, struct buf *out, int64_t price)
{
    assert(m->model);
    const struct mode *mode = modes_active(m);
    buf_addf(out, "model  %s (%s)\nmode   %s", m->model->name, m->model->origin,
             mode ? mode->name : "none");
    if (mode)
        buf_addf(out, ", chosen by %s",
                 mode == m->message ? "the message"
                 : mode == m->task  ? "the task"
                 : m->source        ? m->source
                                    : "?");
    buf_addc(out, '\n');
    mode_describe(m->model, mode, out);
    buf_addf(out, "price  switching sends about %lld tokens uncached\n", (long long)price);
}

/* ---- the model ---- */

void modes_set_window(struct modes *m, int64_t tokens, const char *from)
{
    assert(tokens > 0);
    m->window = tokens;
    mem_replace(&m->window_from, from);
}

static void learn_window(struct modes *m)
{
    if (m->model->window > 0)
        modes_set_window(m, m->model->window, m->model->origin);
    else
        modes_set_window(m, m->cfg->default_window, "llm.default_window: nobody told");
}

static const char *task_effort(const struct modes *m)
{
    return tree_effort(m->tree, m->tree->active ? m->tree->active : m->tree->goal);
}

const char *modes_effort(const struct modes *m)
{
    const char *word = m->effort ? m->effort : m->cfg->effort;
    const struct mode *mode = modes_active(m);
    const char *task = task_effort(m);
    if (m->effort && strcmp(m->effort, "auto") != 0)
        return m->effort;
    if (task)
        return task;
    if (word && strcmp(word, "auto") != 0)
        return word;
    /* The mode says it by a parameter, and so may the model's entry; an agent's comes last. */
    bool said = (mode && json_get(mode->parameters, "reasoning_effort")) ||
                (m->model && json_get(m->model->params, "reasoning_effort"));
    return said ? NULL : m->agent_effort;
}

bool modes_set_effort(struct modes *m, const char *word, struct error *e)
{
    static const char *const words[] = {"auto", "none", "low", "medium", "high", "max"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        mem_replace(&m->effort, word);
        m->changed(m->arg, "the effort changed");
        bool deaf = i > 0 && m->model && family_spelling(m->model) == EFFORT_NONE;
        outbox_notice(m->out, deaf ? "warn" : "info", "models", "effort: %s%s", word,
                      deaf ? "; this model takes no word for it" : "");
        return true;
    }
    return error_set(e, ERR_USAGE,
                     "effort is one of auto, none, low, medium, high, max, not \"%s\"", word);
}

bool modes_set_model(struct modes *m, const char *name, struct error *e)
{
    assert(name && m->models && m->changed);
    const struct model *model = models_find(m->models, name, e);
    if (!model)
        return false;
    if (m->model && m->model != model)
        m->changed(m->arg, "the model changed");
    m->model = model;
    m->ratio = (struct tokens_ratio){0};
    restore_mode(m);
    learn_window(m);
    modes_emit(m);
    return true;
}

/* The file holds "model\tmode\n"; it is removed once taken up. */
void modes_take_file(struct modes *m, const char *path)
{
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
    if (!modes_set(m, &c, &e))
        outbox_notice(m->out, "warn", "modes", "a mode change from outside was refused: %s",
                      e.text);
}

void modes_plan(struct modes *m, bool plans)
{
    const char *name = m->cfg->plan_model;
    if (!name || !*name || plans == (m->home != NULL))
        return;
    struct error e = {0};
    AUTO_FREE char *home = m->home;
    m->home = plans ? mem_strdup(m->model->name) : NULL;
    const struct model *planner = models_find(m->models, name, &e);
    const struct model *next = plans                 ? planner
                               : m->model == planner ? models_find(m->models, home, &e)
                                                     : m->model;
    bool moves = next && next != m->model && modes_set_model(m, next->name, &e);
    if (e.code)
        outbox_notice(m->out, "warn", "models", "models.plan: %s", e.text);
    else if (moves)
        outbox_notice(m->out, "info", "models", plans ? "%s plans" : "%s goes on", next->name);
}
