/*
 * AutoModeBehavior - chooses the behavior mode by rules, or by asking the model once a task.
 *
 * It only moves what nobody chose: the user's choice and the model's stand. What was in force
 * before its own choice comes back when nothing asks for another mode any more.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/rules.h"

#define TOLD_MAX 2000  /* bytes of what the user said that the model is asked with */
#define ANSWER_MAX 200 /* tokens: room for a model that thinks first */
#define ANSWERS 32

struct params {
    cJSON *rules;
    char *by, *fallback;
};

/* Who asks for a mode. passed: the model has no such mode, until the next goal. */
struct source {
    bool passed, told;
};

/* What the model said about a task; mode "" for none. */
struct answer {
    int64_t task;
    char *title, *mode;
};

struct state {
    struct rules rules;
    struct source sources[RULES_MAX], fallback, model;
    char *chosen, *before; /* our choice in force, or NULL, and what was before the first */
    char *line;            /* for /status */
    struct answer answers[ANSWERS];
    size_t answered; /* all ever: the oldest makes room */
    bool denied_told;
};

/* A mode to be set, by whom and why. Without a source it is what was before. */
struct choice {
    const char *mode; /* NULL: leave it as it is */
    struct source *source;
    char why[200];
};

// clang-format off
static const struct opt auto_params[] = {
    {"rules", OPT_JSON, offsetof(struct params, rules), .def = "[]",
     .help = "List of {when: REGEX, mode: NAME, in: title|text|tool|error|any}; the first match wins"},
    {"by", OPT_ENUM, offsetof(struct params, by), .def = "rules", .choices = "rules|model",
     .help = "Who decides: the rules, or the model, asked once a task"},
    {"default", OPT_STR, offsetof(struct params, fallback), .def = "",
     .help = "Mode when no rule matches; empty: what was before"},
    {0},
};
// clang-format on

/* ---- parameters ---- */

static const char *auto_mode_name(const char *given)
{
    return strcmp(given, "none") == 0 ? "" : given;
}

static bool auto_init(struct call *c, struct error *e)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    return rule_check_mode(p->fallback, "default", e) && rules_read(&s->rules, p->rules, e);
}

static void auto_fini(struct call *c)
{
    struct state *s = c->state;
    for (size_t i = 0; i < ANSWERS; i++) {
        free(s->answers[i].title);
        free(s->answers[i].mode);
    }
    rules_fini(&s->rules);
    free(s->chosen);
    free(s->before);
    free(s->line);
    *s = (struct state){0};
}

static bool auto_by_model(struct call *c)
{
    const struct params *p = c->params;
    return strcmp(p->by, "model") == 0;
}

/* Without rules and default there is nothing to do, and the host is not troubled. */
static bool auto_is_idle(struct call *c)
{
    const struct params *p = c->params;
    const struct state *s = c->state;
    return s->rules.len == 0 && !*p->fallback && !auto_by_model(c);
}

/* ---- by rules ---- */

/* What a rule matched, in words. */
static const char *auto_place(unsigned in, const struct situation *now)
{
    return in == RULE_TITLE  ? now->task ? "the task's title" : "the goal"
           : in == RULE_TEXT ? "what the user said"
           : in == RULE_TOOL ? "the tool called last"
                             : "the last error";
}

static bool auto_by_rules(struct state *s, const struct situation *now, struct choice *to)
{
    const struct rule_texts texts = {now->task_title, now->user_text, now->tool, now->error};
    for (size_t i = 0; i < s->rules.len; i++) {
        const struct rule *r = &s->rules.ptr[i];
        unsigned in = s->sources[i].passed ? 0 : rule_match(r, &texts);
        if (!in)
            continue;
        size_t n = strlen(r->pattern), len = utf8_cut(r->pattern, n, 60);
        snprintf(to->why, sizeof to->why, "rule %zu: \"%.*s%s\" matches %s", i + 1, (int)len,
                 r->pattern, len < n ? "…" : "", auto_place(in, now));
        to->mode = auto_mode_name(r->mode);
        to->source = &s->sources[i];
        return true;
    }
    return false;
}

/* ---- by the model ---- */

static const char *auto_remembered(const struct state *s, int64_t task, const char *title)
{
    for (size_t i = 0; i < MIN(s->answered, ANSWERS); i++)
        if (s->answers[i].task == task && strcmp(s->answers[i].title, title) == 0)
            return s->answers[i].mode;
    return NULL;
}

static const char *auto_remember(struct state *s, int64_t task, const char *title, const char *mode)
{
    struct answer *a = &s->answers[s->answered++ % ANSWERS];
    a->task = task;
    mem_replace(&a->title, title);
    mem_replace(&a->mode, mode);
    return a->mode;
}

/* One of the names, whatever the case and signs around it; else "". */
static const char *auto_understand(const char *answer, const struct mode_info *modes, size_t n)
{
    static const char around[] = " \t\r\n\"'`*.:,!";
    answer += strspn(answer, around);
    size_t len = strlen(answer);
    while (len && strchr(around, answer[len - 1]))
        len--;
    for (size_t i = 0; i < n; i++)
        if (strlen(modes[i].name) == len && strncasecmp(modes[i].name, answer, len) == 0)
            return modes[i].name;
    return "";
}

static char *auto_question(struct call *c, const struct situation *now,
                           const struct mode_info *modes, size_t n, struct error *e)
{
    AUTO(buf) system = {0}, user = {0}, list = {0};
    const char *text = now->user_text ? now->user_text : "";
    for (size_t i = 0; i < n; i++)
        buf_addf(&list, "%s%s: %s", i ? "\n" : "", modes[i].name,
                 modes[i].description ? modes[i].description : "");
    TEXT_FILL(&system, c->host->text(c->agent, "auto_mode.choose"), {"modes", buf_cstr(&list)});
    if (now->task_title)
        buf_addf(&user, "Task: %s\n", now->task_title);
    if (*text)
        buf_addf(&user, "The user said: %.*s\n", (int)utf8_cut(text, strlen(text), TOLD_MAX), text);
    return c->host->llm_ask(c->agent, buf_cstr(&system), buf_cstr(&user), ANSWER_MAX, e);
}

/* The answer for a task met the first time, "" for none; NULL: it is no time to ask. */
static const char *auto_ask(struct call *c, const struct situation *now, const char *title)
{
    struct state *s = c->state;
    struct mode_info *modes = NULL;
    struct error e = {0};
    const char *known = NULL;
    size_t n = c->host->mode_list(c->agent, &modes);
    AUTO_FREE char *answer = n ? auto_question(c, now, modes, n, &e) : NULL;
    if (answer)
        known = auto_remember(s, now->task, title, auto_understand(answer, modes, n));
    free(modes);
    if (answer || !n || e.code == ERR_CANCELED)
        return known;
    AUTO_FREE char *text = mem_printf("auto mode: the model could not be asked which mode fits "
                                      "this task, so none is chosen for it: %s",
                                      e.text);
    c->host->notice(c->agent, "warn", text);
    return auto_remember(s, now->task, title, "");
}

static bool auto_by_answer(struct call *c, const struct situation *now, struct choice *to)
{
    struct state *s = c->state;
    const char *title = now->task_title ? now->task_title : "";
    if (s->model.passed || (!now->task_title && !now->user_text))
        return false;
    const char *mode = auto_remembered(s, now->task, title);
    if (!mode)
        mode = auto_ask(c, now, title);
    if (!mode || !*mode)
        return false;
    snprintf(to->why, sizeof to->why, "the model was asked which mode fits this task");
    to->mode = mode;
    to->source = &s->model;
    return true;
}

/* ---- setting it ---- */

static void auto_say(struct state *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void auto_say(struct state *s, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    mem_replace(&s->line, buf_cstr(&text));
}

/* A mode in words. Caller frees. */
static char *auto_words(const char *mode)
{
    return *mode ? mem_printf("\"%.60s\"", mode) : mem_strdup("no mode");
}

static void auto_disown(struct state *s)
{
    mem_replace(&s->chosen, NULL);
    mem_replace(&s->before, NULL);
}

static struct choice auto_choose(struct call *c, const struct situation *now)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    struct choice to = {0};
    bool model = auto_by_model(c);
    if (model ? auto_by_answer(c, now, &to) : auto_by_rules(s, now, &to))
        return to;
    snprintf(to.why, sizeof to.why, model ? "the model names no mode" : "no rule matches");
    if (*p->fallback && !s->fallback.passed) {
        to.mode = auto_mode_name(p->fallback);
        to.source = &s->fallback;
    } else {
        to.mode = s->chosen ? s->before : NULL;
    }
    return to;
}

static void auto_own(struct state *s, const char *mode, const char *before)
{
    if (!s->chosen)
        mem_replace(&s->before, before);
    mem_replace(&s->chosen, mode);
}

/* Another's choice stands; it is told once that a rule would have it otherwise. */
static bool auto_denied(struct call *c, const struct choice *to)
{
    struct state *s = c->state;
    AUTO_FREE char *words = auto_words(to->mode); /* before what it names may go */
    auto_disown(s);
    auto_say(s, "not %s (%s): the mode was chosen otherwise", words, to->why);
    if (s->denied_told || !to->source)
        return true;
    s->denied_told = true;
    AUTO_FREE char *text =
        mem_printf("auto mode: the mode stays as it was chosen, not %s (%s)", words, to->why);
    c->host->notice(c->agent, "info", text);
    return true;
}

/* Warned once; whatever comes next in order is tried. True: nothing does. */
static bool auto_failed(struct call *c, const struct choice *to, const struct error *e)
{
    struct state *s = c->state;
    if (!to->source) {
        auto_disown(s);
        auto_say(s, "%s", e->text);
        return true;
    }
    to->source->passed = true;
    if (to->source->told)
        return false;
    to->source->told = true;
    AUTO_FREE char *words = auto_words(to->mode);
    AUTO_FREE char *text = mem_printf("auto mode: %s cannot be set (%s): %s", words,
                                      to->source == &s->fallback ? "default" : to->why, e->text);
    c->host->notice(c->agent, "warn", text);
    return false;
}

/* False: the choice is not to be had, choose again. */
static bool auto_apply(struct call *c, const struct choice *to)
{
    struct state *s = c->state;
    const char *mode = to->mode;
    struct error e = {0};
    enum mode_chooser by;
    AUTO_FREE char *active = mem_strdup(c->host->mode_active(c->agent, &by));
    AUTO_FREE char *words = auto_words(mode ? mode : active);
    bool same = mode && (strcmp(active, mode) == 0 || (s->chosen && strcmp(s->chosen, mode) == 0));
    auto_say(s, "%s (%s)", words, to->why);
    bool set = mode && !same;
    if (set && !c->host->mode_set(c->agent, mode, false, MODE_BY_RULE, to->why, &e))
        return e.code == ERR_DENIED ? auto_denied(c, to) : auto_failed(c, to, &e);
    if (!to->source)
        auto_disown(s);
    else if (set)
        auto_own(s, mode, active);
    return true;
}

/* Is what we chose still in force? Did somebody choose by hand? */
static bool auto_look(struct call *c)
{
    struct state *s = c->state;
    enum mode_chooser by;
    const char *active = c->host->mode_active(c->agent, &by);
    bool reset = by == MODE_BY_NOBODY && s->chosen && strcmp(active, s->chosen) != 0;
    bool by_hand = by == MODE_BY_USER || by == MODE_BY_MODEL;
    if (reset || by_hand)
        auto_disown(s);
    return by_hand;
}

static void auto_evaluate(struct call *c)
{
    struct situation now = {0};
    struct choice to;
    if (auto_is_idle(c))
        return;
    bool by_hand = auto_look(c);
    if (by_hand && auto_by_model(c)) { /* no question whose answer would not count */
        auto_say(c->state, "the mode was chosen otherwise, so the model is not asked");
        return;
    }
    c->host->situation(c->agent, &now);
    do
        to = auto_choose(c, &now);
    while (!auto_apply(c, &to));
}

/* ---- events ---- */

/* Another model may have the modes that were missed. */
static void auto_goal_start(struct call *c)
{
    struct state *s = c->state;
    s->fallback.passed = s->model.passed = false;
    for (size_t i = 0; i < s->rules.len; i++)
        s->sources[i].passed = false;
    auto_evaluate(c);
}

static void auto_tool_call(struct call *c, const char *tool, const cJSON *args, const cJSON *result)
{
    const struct state *s = c->state;
    if ((s->rules.in & (RULE_TOOL | RULE_ERROR)) && !auto_by_model(c))
        auto_evaluate(c);
}

static void auto_status(struct call *c, struct buf *out)
{
    const struct state *s = c->state;
    if (!auto_is_idle(c))
        buf_addf(out, "auto mode: %s\n", s->line ? s->line : "nothing was decided yet");
}

const struct behavior behavior_auto_mode = {
    .type = "AutoModeBehavior",
    .name = "auto_mode",
    .help = "Choose the behavior mode by rules, or by asking the model once a task",
    .params = auto_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .init = auto_init,
    .fini = auto_fini,
    .on_goal_start = auto_goal_start,
    .on_tool_call = auto_tool_call,
    .on_round_end = auto_evaluate,
    .status = auto_status,
};
