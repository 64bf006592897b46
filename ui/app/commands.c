#include "ui/app/commands.h"

#include <assert.h>
#include <string.h>

#include "base/opt.h"
#include "ui/input/history.h"
#include "ui/views/format.h"
#include "ui/views/state_jobs.h"

#define HISTORY_MOST 2000

/* What a picker lists, and what choosing asks the engine for. */
static const struct {
    enum request_type request;
    enum catalog catalog;
    const char *title, *report; /* report: what is shown while the catalog is empty */
} picks[] = {
    [PICK_AGENT] = {REQUEST_AGENT, CATALOG_agents, "agent", "agents"},
    [PICK_MODE] = {REQUEST_MODE, CATALOG_modes, "behavior mode", "modes"},
    [PICK_MODEL] = {REQUEST_MODEL, CATALOG_models, "model", "models"},
    [PICK_POLICY] = {REQUEST_APPROVE, CATALOG_COUNT, "approval policy", NULL},
    [PICK_EFFORT] = {REQUEST_EFFORT, CATALOG_COUNT, "effort", NULL},
    [PICK_SESSION] = {REQUEST_RESUME, CATALOG_sessions, "session", "sessions"},
};

static const char *or_null(const char *s)
{
    return *s ? s : NULL;
}

/* First word of rest; *after is what follows it, trimmed. Caller frees. */
static char *first_word(const char *rest, const char **after)
{
    size_t n = strcspn(rest, " \t\n");
    *after = rest + n + strspn(rest + n, " \t\n");
    return mem_strndup(rest, n);
}

static bool has_word(const struct command_word *words, const char *word)
{
    for (; words->name; words++)
        if (strcmp(words->name, word) == 0)
            return true;
    return false;
}

static bool report(struct app *app, const char *name, const char *rest)
{
    post_request(&app->post, REQUEST_REPORT, name, or_null(rest));
    return true;
}

/* The report of the command's own name. */
static bool command_report(struct app *app, const struct command *c, const char *rest,
                           struct error *e)
{
    return report(app, c->name, rest);
}

static bool command_post(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    post_request(&app->post, (enum request_type)c->arg, or_null(rest), NULL);
    return true;
}

static bool command_pend(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    app->pending |= (unsigned)c->arg;
    return true;
}

/* The name that a picker's cursor begins on, or NULL. */
static const char *pick_current(const struct app *app, enum pick pick)
{
    const struct state *st = &app->state;
    const char *const names[] = {
        [PICK_AGENT] = st->agent,      [PICK_MODE] = st->mode,     [PICK_MODEL] = st->model_name,
        [PICK_POLICY] = st->policy,    [PICK_EFFORT] = st->effort, [PICK_SESSION] = st->session,
        [PICK_THEME] = app->theme.name};
    return (size_t)pick < COUNT_OF(names) ? names[pick] : NULL;
}

static void pick_from_catalog(struct app *app, enum pick pick)
{
    const entries *list = &app->state.catalogs[picks[pick].catalog];
    menu_begin(&app->menu, picks[pick].title, 0, pick);
    for (size_t i = 0; i < list->len; i++)
        menu_add_value(&app->menu, list->ptr[i].name, list->ptr[i].help, list->ptr[i].value, NULL);
    menu_show(&app->menu);
    menu_set_current(&app->menu, pick_current(app, pick));
    if (!app->menu.open)
        report(app, picks[pick].report, "");
}

/* With a name: ask for it; bare: pick one, from the row's words or else the catalog. */
static bool command_pick(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    enum pick pick = (enum pick)c->arg;
    if (*rest) {
        post_request(&app->post, picks[pick].request, rest, NULL);
    } else if (c->words) {
        menu_begin(&app->menu, picks[pick].title, 0, pick);
        for (const struct command_word *w = c->words; w->name; w++)
            menu_add(&app->menu, w->name, w->help);
        menu_show(&app->menu);
        menu_set_current(&app->menu, pick_current(app, pick));
    } else {
        pick_from_catalog(app, pick);
    }
    return true;
}

static const struct command_word starts[] = {
    {"demonstration", "a script plays a goal; its tools are real, it writes mien-tour.md here"},
    {"key", "of a provider: where to put it"},
    {"server", "of this machine: Ollama, llama.cpp, vLLM, LM Studio"},
    {0},
};

void commands_pick_start(struct app *app)
{
    menu_begin(&app->menu, "no model was found", 0, PICK_START);
    for (const struct command_word *w = starts; w->name; w++)
        menu_add(&app->menu, w->name, w->help);
    menu_show(&app->menu);
}

static void add_line(void *arg, const char *line)
{
    AUTO_FREE char *shown = sanitize_text(line, SANITIZE_ONE_LINE);
    menu_add_value(arg, shown, "", NULL, line);
}

void commands_pick_history(struct app *app)
{
    menu_begin(&app->menu, "history", 0, PICK_HISTORY);
    history_each(HISTORY_MOST, add_line, &app->menu);
    menu_show(&app->menu);
    if (!app->menu.open)
        toast_show(&app->toast, "nothing was sent yet");
}

static void picked_start(struct app *app, const char *name)
{
    if (*name == 'd')
        post_request(&app->post, REQUEST_SUBMIT, "Show me around", NULL);
    else if (*name == 'k')
        app_say(app, ITEM_NOTICE,
                "Leave mien, say `export OPENAI_API_KEY=...` (ANTHROPIC_API_KEY, GEMINI_API_KEY, "
                "OPENROUTER_API_KEY and others do as well) and start it again. Or write the line "
                "`OPENAI_API_KEY: ...` into ~/.config/mien/keys.yaml, which only you may read. "
                "`mien models` lists what can be used then.");
    else
        app_say(app, ITEM_NOTICE,
                "Start the server (`ollama serve`, `llama-server -m FILE`, `vllm serve NAME`) and "
                "mien again: it looks on the ports they use. /model ollama/NAME takes one at "
                "once. For another port: api_base in models.yaml, mien-config(5).");
}

static bool command_resume(struct app *app, const struct command *c, const char *rest,
                           struct error *e)
{
    const entries *sessions = &app->state.catalogs[CATALOG_sessions];
    bool known = strspn(rest, "0123456789") >= 8; /* an id begins with its day */
    for (size_t i = 0; i < sessions->len; i++)
        known |= strcmp(sessions->ptr[i].name, rest) == 0;
    if (!*rest || known)
        return command_pick(app, c, rest, e);
    app->finding = true;
    post_request(&app->post, REQUEST_FIND, rest, NULL);
    return true;
}

void commands_found(struct app *app)
{
    const entries *list = &app->state.catalogs[CATALOG_found];
    if (!app->finding)
        return;
    app->finding = false;
    if (list->len == 0)
        toast_show(&app->toast, "no session of this directory says so");
    menu_begin(&app->menu, "sessions that say so", 0, PICK_SESSION);
    for (size_t i = 0; i < list->len; i++)
        menu_add_value(&app->menu, list->ptr[i].name, list->ptr[i].help, list->ptr[i].value, NULL);
    menu_show(&app->menu);
}

void commands_rewind(struct app *app)
{
    const entries *list = &app->state.catalogs[CATALOG_rewind];
    if (!app->going_back)
        return;
    app->going_back = false;
    menu_begin(&app->menu, "go back to before", 0, PICK_REWIND);
    for (size_t i = 0; i < list->len; i++)
        menu_add_value(&app->menu, list->ptr[i].help, "", list->ptr[i].value, list->ptr[i].name);
    menu_show(&app->menu);
}

void commands_ask_rewind(struct app *app)
{
    app->going_back = true;
    post_rewind(&app->post, "list", 0);
}

static void rewind_to(struct app *app, const char *message)
{
    app->rewinding = true;
    post_rewind(&app->post, "to", strtoll(message, NULL, 10));
}

static bool command_rewind(struct app *app, const struct command *c, const char *rest,
                           struct error *e)
{
    if (!*rest)
        commands_ask_rewind(app);
    else if (strcmp(rest, "redo") == 0)
        post_rewind(&app->post, rest, 0);
    else if (strspn(rest, "0123456789") == strlen(rest) && strlen(rest) < 18)
        rewind_to(app, rest);
    else
        return error_set(e, ERR_USAGE, "/rewind, /rewind NUMBER of a message, or /rewind redo");
    return true;
}

static bool command_fork(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    if (strspn(rest, "0123456789") != strlen(rest) || strlen(rest) >= 18)
        return error_set(e, ERR_USAGE, "/fork, or /fork NUMBER of a message");
    post_fork(&app->post, strtoll(rest, NULL, 10));
    return true;
}

/* What choosing asks of the engine, as the tag of a row: "OP ID VALUE". */
static char *node_tag(const char *op, int64_t id, const char *value)
{
    return mem_printf("%s %lld %s", op, (long long)id, value);
}

static void picked_for_node(struct app *app, const char *tag)
{
    size_t n = strcspn(tag, " ");
    AUTO_FREE char *op = mem_strndup(tag, n);
    char *value;
    int64_t id = strtoll(tag + n, &value, 10);
    post_tree(&app->post, op, id, *value ? value + 1 : "");
}

void commands_picked(struct app *app, enum pick pick, const char *name)
{
    struct error e = {0};
    assert(pick != PICK_NONE);
    if (pick == PICK_REWIND) {
        rewind_to(app, name);
        return;
    }
    if (pick == PICK_NODE) {
        picked_for_node(app, name);
        return;
    }
    if (pick == PICK_START) {
        picked_start(app, name);
        return;
    }
    if (pick != PICK_THEME) {
        post_request(&app->post, picks[pick].request, name, NULL);
        return;
    }
    app->theme_is_auto = false;
    mem_replace(&app->theme_before, NULL);
    if (!app_set_theme(app, name, &e))
        app_say(app, ITEM_ERROR, "%s", e.text);
}

static const struct command_word policies[] = {
    {"ask", "ask before what changes things"},
    {"auto", "ask for what reaches out of the sandbox"},
    {"never", "never ask: refuse instead"},
    {"yolo", "never ask: allow all"},
    {"plan", "change nothing: end with a plan"},
    {0},
};

static const struct command_word efforts[] = {
    {"auto", "as the model and its mode say"},
    {"none", "no thinking, where that can be had"},
    {"low", "little"},
    {"medium", "some"},
    {"high", "much"},
    {"max", "as much as there is"},
    {0},
};
bool commands_pick_for_node(struct app *app, const char *op)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    const entries *modes = &app->state.catalogs[CATALOG_modes];
    bool effort = strcmp(op, "effort") == 0, mode = strcmp(op, "mode") == 0 && modes->len > 0;
    if (!n || (!effort && !mode))
        return false;
    menu_begin(&app->menu, effort ? "effort for the task" : "behavior mode for the task", 0,
               PICK_NODE);
    for (const struct command_word *w = efforts + 1; effort && w->name; w++) { /* auto: see below */
        AUTO_FREE char *tag = node_tag(op, n->id, w->name);
        menu_add_value(&app->menu, w->name, w->help, NULL, tag);
    }
    for (size_t i = 0; mode && i < modes->len; i++) {
        AUTO_FREE char *tag = node_tag(op, n->id, modes->ptr[i].name);
        menu_add_value(&app->menu, modes->ptr[i].name, modes->ptr[i].help, NULL, tag);
    }
    AUTO_FREE char *tag = node_tag(op, n->id, "");
    menu_add_value(&app->menu, "as above it", "nothing of its own", NULL, tag);
    menu_show(&app->menu);
    const char *now = effort ? n->effort : n->mode;
    menu_set_current(&app->menu, now && *now ? now : "as above it");
    return true;
}

static const struct command_word behavior_words[] = {
    {"clear"}, {"list"}, {"set"}, {"show"}, {"stats"}, {0},
};

static bool command_behavior(struct app *app, const struct command *c, const char *rest,
                             struct error *e)
{
    const char *mode;
    AUTO_FREE char *op = first_word(rest, &mode);
    if (!*op) {
        pick_from_catalog(app, PICK_MODE);
        return true;
    }
    if (strcmp(op, "list") == 0) {
        static const char flag[] = "--model ";
        bool flagged = strncmp(mode, flag, strlen(flag)) == 0;
        return report(app, "modes", mode + (flagged ? strlen(flag) : 0));
    }
    if (strcmp(op, "stats") == 0)
        return report(app, "mode_stats", "");
    if (strcmp(op, "show") == 0)
        return report(app, "mode", mode);
    if (strcmp(op, "clear") == 0) {
        post_mode(&app->post, "", false);
        return true;
    }
    if (strcmp(op, "set") != 0)
        mode = op; /* "/behavior formal" */
    if (!*mode)
        return error_set(e, ERR_USAGE, "/behavior set needs a mode");
    const char *force = strstr(mode, " --force"); /* "a+b --force" */
    AUTO_FREE char *name = mem_strndup(mode, force ? (size_t)(force - mode) : strlen(mode));
    post_mode(&app->post, name, force != NULL);
    return true;
}

static const struct command_word stack_words[] = {{"add"}, {"move"}, {"remove"}, {0}};

static bool command_behaviors(struct app *app, const struct command *c, const char *rest,
                              struct error *e)
{
    const char *more;
    AUTO_FREE char *op = first_word(rest, &more);
    if (has_word(c->words, op)) {
        if (!*more)
            return error_set(e, ERR_USAGE, "/behaviors %s needs a type; Tab lists them", op);
        post_request(&app->post, REQUEST_BEHAVIOR, op, more);
        return true;
    }
    if (*more)
        return error_set(e, ERR_USAGE, "/behaviors has no \"%s\": add, move, remove, or a type",
                         op);
    return report(app, "behaviors", rest);
}

static bool command_clear(struct app *app, const struct command *c, const char *rest,
                          struct error *e)
{
    transcript_clear(&app->transcript, &app->state);
    app->pending |= PENDING_REPAINT;
    return true;
}

static const struct command_word compact_words[] = {{"edit"}, {"prune"}, {"show"}, {0}};

static bool command_compact(struct app *app, const struct command *c, const char *rest,
                            struct error *e)
{
    /* More than one word is always what to keep: "show stoppers first". */
    if (strcmp(rest, "show") == 0)
        return report(app, "summary", "");
    if (strcmp(rest, "prune") == 0) {
        post_request(&app->post, REQUEST_COMPACT, "prune", NULL);
        return true;
    }
    if (strcmp(rest, "edit") != 0) {
        post_request(&app->post, REQUEST_COMPACT, NULL, or_null(rest));
        return true;
    }
    if (!app->state.summary)
        return error_set(e, ERR_NOT_FOUND, "there is no summary to edit yet: /compact makes one");
    app->pending |= PENDING_SUMMARY;
    return true;
}

static const struct command_word context_words[] = {{"export"}, {0}};

static bool command_copy(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    app_copy(app, app->state.answer, "last answer");
    return true;
}

static bool command_goal(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    if (*rest)
        post_request(&app->post, REQUEST_SUBMIT, rest, NULL);
    else if (app->state.goal)
        app_say(app, ITEM_NOTICE, "goal: %s", app->state.goal);
    else
        app_say(app, ITEM_NOTICE, "no goal yet: write one and press Enter");
    return true;
}

static bool command_plan(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    post_request(&app->post, REQUEST_APPROVE, "plan", NULL);
    if (*rest)
        post_request(&app->post, REQUEST_SUBMIT, rest, NULL);
    return true;
}

static bool command_help(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    if (!*rest) {
        app->help.open = strcmp(c->name, "keys") == 0; /* all of them */
        help_open(&app->help, false);
        return true;
    }
    rest += *rest == '/';
    const struct command *about = command_find(rest, strlen(rest));
    if (!about)
        return error_set(e, ERR_NOT_FOUND, "no command /%s", rest);
    app_say(app, ITEM_NOTICE, "/%s %s: %s", about->name, about->args, about->help);
    return true;
}

static const struct command_word job_words[] = {
    {"background"}, {"keyboard"}, {"log"}, {"stop"}, {0}};

static bool command_jobs(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    const char *name;
    AUTO_FREE char *op = first_word(rest, &name);
    if (!*op)
        return report(app, "jobs", "");
    if (!has_word(c->words, op))
        return error_set(e, ERR_USAGE,
                         "/jobs has no \"%s\": background, keyboard NAME, log NAME or stop NAME",
                         op);
    if (strcmp(op, "background") == 0) {
        post_request(&app->post, REQUEST_JOB, op, "command");
        return true;
    }
    if (!*name)
        return error_set(e, ERR_USAGE, "/jobs %s needs the name of a job", op);
    if (strcmp(op, "log") == 0)
        return report(app, "job", name);
    post_request(&app->post, REQUEST_JOB, op, name);
    return true;
}

static const struct command_word switch_words[] = {{"off"}, {"on"}, {0}};

static bool command_tools(struct app *app, const struct command *c, const char *rest,
                          struct error *e)
{
    const char *name;
    AUTO_FREE char *op = first_word(rest, &name);
    if (!*op || !has_word(c->words, op))
        return report(app, "tools", rest);
    if (!*name)
        return error_set(e, ERR_USAGE, "/tools %s needs the name of a tool", op);
    post_request(&app->post, REQUEST_TOOLS, op, name);
    return true;
}

static bool command_mcp(struct app *app, const struct command *c, const char *rest, struct error *e)
{
    const char *name;
    AUTO_FREE char *op = first_word(rest, &name);
    if (!*op)
        return report(app, "mcp", "");
    if (strcmp(op, "prompts") == 0 || strcmp(op, "resources") == 0)
        return report(app, "mcp", op);
    if (strcmp(op, "restart") != 0 || !*name)
        return error_set(e, ERR_USAGE,
                         "usage: /mcp, /mcp prompts, /mcp resources, or /mcp restart NAME");
    post_request(&app->post, REQUEST_MCP, "restart", name);
    return true;
}

static bool command_queue(struct app *app, const struct command *c, const char *rest,
                          struct error *e)
{
    const struct state *st = &app->state;
    if (*rest)
        post_request(&app->post, REQUEST_QUEUE, rest, NULL);
    else if (st->steer.len + st->queue.len == 0)
        app_say(app, ITEM_NOTICE, "nothing waits");
    for (size_t i = 0; !*rest && i < st->steer.len; i++)
        app_say(app, ITEM_NOTICE, "for the next round: %s", st->steer.ptr[i]);
    for (size_t i = 0; !*rest && i < st->queue.len; i++)
        app_say(app, ITEM_NOTICE, "after this goal: %s", st->queue.ptr[i]);
    return true;
}

static bool command_search(struct app *app, const struct command *c, const char *rest,
                           struct error *e)
{
    mem_replace(&app->transcript.needle, rest);
    if (!transcript_search(&app->transcript, &app->state, -1))
        return error_set(e, ERR_NOT_FOUND, "\"%s\" is not in the transcript%s", rest,
                         transcript_reach(&app->state));
    app_set_focus(app, FOCUS_TRANSCRIPT);
    return true;
}

static const struct command_word stat_words[] = {
    {"agents"}, {"behaviors"}, {"modes"}, {"tasks"}, {"tools"}, {0},
};

static const struct command_word task_words[] = {
    {"add"},    {"check"},     {"delete"}, {"done"},   {"down"}, {"edit"}, {"effort"},
    {"failed"}, {"focus"},     {"indent"}, {"insert"}, {"mode"}, {"note"}, {"outdent"},
    {"reopen"}, {"run_check"}, {"skip"},   {"undo"},   {"up"},   {0},
};

/*
 * The node a /task names: "12" or "#12"; without one, the selected or active node. For a new
 * node only "#12" is a number, since its title may start with one.
 */
static int64_t command_task_node(const struct tree_view *v, const struct state *st, const char *op,
                                 const char **rest)
{
    bool is_new = strcmp(op, "add") == 0 || strcmp(op, "insert") == 0;
    const char *s = *rest;
    bool marked = *s == '#';
    size_t digits = strspn(s + marked, "0123456789");
    char after = s[marked + digits];
    if (digits > 0 && digits < 18 && (marked || !is_new) && (after == ' ' || after == '\0')) {
        *rest = s + marked + digits + strspn(s + marked + digits, " ");
        return strtoll(s + marked, NULL, 10);
    }
    if (!v->job && v->cursor && state_node(st, v->cursor))
        return v->cursor;
    if (st->focus)
        return st->focus;
    return st->nodes.len > 0 ? st->nodes.ptr[0].id : 0;
}

static bool command_task(struct app *app, const struct command *c, const char *rest,
                         struct error *e)
{
    static const struct command_word with_text[] = {
        {"add"}, {"check"}, {"edit"}, {"effort"}, {"insert"}, {"mode"}, {"note"}, {0},
    };
    const char *text;
    AUTO_FREE char *op = first_word(rest, &text);
    if (!*op) {
        app_toggle_tree(app);
        return true;
    }
    if (!has_word(c->words, op)) {
        const char *names[COUNT_OF(task_words)];
        size_t n = 0;
        for (; c->words[n].name; n++)
            names[n] = c->words[n].name;
        const char *near = opt_nearest(op, names, n);
        return error_set(e, ERR_USAGE, "/task has no \"%s\"%s%s", op, near ? "; did you mean " : "",
                         near ? near : "");
    }
    int64_t node = command_task_node(&app->tree, &app->state, op, &text);
    bool takes_text = has_word(with_text, op);
    if (takes_text && !*text)
        return error_set(e, ERR_USAGE, "/task %s needs a text", op);
    if (!node && strcmp(op, "add") != 0 && strcmp(op, "undo") != 0)
        return error_set(e, ERR_USAGE, "there is no task yet");
    post_tree(&app->post, op, node, takes_text ? text : NULL);
    return true;
}

static void add_theme(void *arg, const char *name)
{
    menu_add(arg, name, "");
}

static bool command_theme(struct app *app, const struct command *c, const char *rest,
                          struct error *e)
{
    if (*rest) {
        app->theme_is_auto = false;
        return app_set_theme(app, rest, e);
    }
    menu_begin(&app->menu, "theme", 0, c->arg);
    theme_each(app->themes_dir, add_theme, &app->menu);
    menu_show(&app->menu);
    menu_set_current(&app->menu, app->theme.name);
    mem_replace(&app->theme_before, app->theme.name);
    return true;
}

static const struct command_word since_words[] = {{"goal", "the last one"},
                                                  {"round", "the last that changed something"},
                                                  {"session", "all of it"},
                                                  {0}};
static const struct command_word rewind_words[] = {{"redo", "take the last one back"}, {0}};

// clang-format off
const struct command commands[] = {
    {"agent", "[name]", "show agents, or take another one",
     command_pick, PICK_AGENT, NULL, COMPLETE_AGENTS, NULL},
    {"approve", "[policy]", "when to ask: ask, auto, never, yolo, plan",
     command_pick, PICK_POLICY, policies, COMPLETE_NONE, NULL},
    {"behavior", "[op] [mode]", "behavior modes: list, set MODE, clear, show, stats",
     command_behavior, 0, behavior_words, COMPLETE_MODES, "mode"},
    {"behaviors", "[op] [type] [args...]", "the behaviors, or one; add, remove or move one",
     command_behaviors, REQUEST_BEHAVIOR, stack_words, COMPLETE_BEHAVIORS, NULL},
    {"bisect", "[command]", "which round broke a check that was green once; or a command",
     command_post, REQUEST_BISECT, NULL, COMPLETE_NONE, NULL},
    {"btw", "<text...>", "a question beside the conversation, which stays as it is",
     command_post, REQUEST_ASIDE, NULL, COMPLETE_NONE, NULL},
    {"clear", "", "empty the view (the model keeps all)",
     command_clear, 0, NULL, COMPLETE_NONE, NULL},
    {"compact", "[op|hint...]", "shorten the model's view now: prune, show, edit",
     command_compact, 0, compact_words, COMPLETE_NONE, NULL},
    {"context", "[export] [file]", "exactly what the model sees",
     command_report, 0, context_words, COMPLETE_FILES, NULL},
    {"continue", "", "go on with the unfinished goal",
     command_post, REQUEST_CONTINUE, NULL, COMPLETE_NONE, NULL},
    {"copy", "", "copy the last answer",
     command_copy, 0, NULL, COMPLETE_NONE, NULL},
    {"diff", "[since]", "what changed since the goal began: session, goal, round",
     command_post, REQUEST_DIFF, since_words, COMPLETE_NONE, NULL},
    {"edit", "", "write the line in your editor",
     command_pend, PENDING_EDITOR, NULL, COMPLETE_NONE, NULL},
    {"effort", "[level]", "how hard the model thinks: auto, none, low, medium, high, max",
     command_pick, PICK_EFFORT, efforts, COMPLETE_NONE, NULL},
    {"export", "[file]", "write the session to a file",
     command_post, REQUEST_EXPORT, NULL, COMPLETE_FILES, NULL},
    {"fork", "[message]", "a copy of this session to go on with, before a message; this one stays",
     command_fork, 0, NULL, COMPLETE_NONE, NULL},
    {"goal", "[text...]", "show the goal, or give a new one",
     command_goal, 0, NULL, COMPLETE_NONE, NULL},
    {"help", "[command]", "keys and commands",
     command_help, 0, NULL, COMPLETE_COMMANDS, NULL},
    {"jobs", "[op] [name]", "delegates, servers, commands: log NAME, stop NAME, keyboard NAME, background",
     command_jobs, 0, job_words, COMPLETE_JOBS, NULL},
    {"keys", "", "every key",
     command_help, 0, NULL, COMPLETE_NONE, NULL},
    {"log", "", "what was done, from the ledger",
     command_report, 0, NULL, COMPLETE_NONE, NULL},
    {"mcp", "[op] [name]", "the MCP servers that run, what they cost and offer",
     command_mcp, 0, NULL, COMPLETE_NONE, NULL},
    {"memory", "", "instructions that were loaded, from where, how many tokens",
     command_report, 0, NULL, COMPLETE_NONE, NULL},
    {"model", "[name]", "show models, or take another one",
     command_pick, PICK_MODEL, NULL, COMPLETE_MODELS, NULL},
    {"name", "[text...]", "what lists call this session",
     command_post, REQUEST_NAME, NULL, COMPLETE_NONE, NULL},
    {"new", "", "start a fresh session",
     command_post, REQUEST_NEW, NULL, COMPLETE_NONE, NULL},
    {"plan", "[goal...]", "look, change nothing, and end with a plan",
     command_plan, 0, NULL, COMPLETE_NONE, NULL},
    {"queue", "[text...]", "a goal for after the running one, or all that waits",
     command_queue, 0, NULL, COMPLETE_NONE, NULL},
    {"quit", "", "leave mien",
     command_pend, PENDING_QUIT, NULL, COMPLETE_NONE, "exit"},
    {"recap", "", "what was asked, done and is open, in a few lines",
     command_post, REQUEST_ASIDE, NULL, COMPLETE_NONE, NULL},
    {"resume", "[id|words...]", "go on with another session, found by what was said in it",
     command_resume, PICK_SESSION, NULL, COMPLETE_SESSIONS, NULL},
    {"rewind", "[message]", "go back to before a message: files, conversation or both; redo",
     command_rewind, 0, rewind_words, COMPLETE_NONE, NULL},
    {"search", "<text...>", "find in the transcript",
     command_search, 0, NULL, COMPLETE_NONE, NULL},
    {"sessions", "", "list the sessions",
     command_report, 0, NULL, COMPLETE_NONE, NULL},
    {"stats", "[kind]", "what was spent on what",
     command_report, 0, stat_words, COMPLETE_NONE, NULL},
    {"status", "", "model, tokens, sandbox, session",
     command_report, 0, NULL, COMPLETE_NONE, NULL},
    {"stop", "", "interrupt the agent",
     command_post, REQUEST_STOP, NULL, COMPLETE_NONE, NULL},
    {"task", "[op] [args...]", "the task tree: add TEXT, done [N], edit N TEXT",
     command_task, 0, task_words, COMPLETE_NONE, NULL},
    {"theme", "[name]", "change the colours",
     command_theme, PICK_THEME, NULL, COMPLETE_THEMES, NULL},
    {"tools", "[op] [name]", "the tools the model has, or one as it sees it; on NAME, off NAME",
     command_tools, 0, switch_words, COMPLETE_NONE, NULL},
    {0},
};
// clang-format on

const struct command *command_find(const char *name, size_t n)
{
    assert(name);
    for (const struct command *c = commands; c->name; c++)
        if ((strlen(c->name) == n && strncmp(c->name, name, n) == 0) ||
            (c->alias && strlen(c->alias) == n && strncmp(c->alias, name, n) == 0))
            return c;
    return NULL;
}

char *command_value(const struct app *app, const struct command *c)
{
    const struct state *st = &app->state;
    char used[FORMAT_SIZE], window[FORMAT_SIZE];
    int jobs = state_jobs_running(st);
    size_t waits = st->steer.len + st->queue.len;
    const struct {
        const char *name, *value;
    } rows[] = {{"agent", st->agent},       {"approve", st->policy},
                {"behavior", st->mode},     {"effort", st->effort},
                {"model", st->model_name},  {"name", st->name},
                {"theme", app->theme.name}, {"search", app->transcript.needle},
                {"goal", st->goal},         {"status", st->sandbox}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].name, c->name) == 0)
            return mem_strdup(rows[i].value ? rows[i].value : "");
    if (strcmp(c->name, "compact") == 0 && st->has_gauge)
        return mem_printf("%s of %s", format_tokens(st->used, used),
                          format_tokens(st->window, window));
    if (strcmp(c->name, "jobs") == 0 && jobs > 0)
        return mem_printf("%d at work", jobs);
    if (strcmp(c->name, "queue") == 0 && waits > 0)
        return mem_printf("%zu waiting", waits);
    return mem_strdup("");
}

void command_arity(const struct command *c, int *least, int *most)
{
    *least = *most = 0;
    for (const char *p = c->args; *p; p++) {
        *least += *p == '<';
        if (*p == '<' || *p == '[')
            *most += *most >= 0;
        if (strncmp(p, "...", 3) == 0)
            *most = -1;
    }
}

void ui_commands_print(FILE *f)
{
    for (const struct command *c = commands; c->name; c++)
        fprintf(f, "command\t/%s\t%s\t%s\n", c->name, c->args, c->help);
}
