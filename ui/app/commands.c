#include "ui/app/commands.h"

#include <string.h>

#include "base/opt.h"
#include "ui/app/app.h"

static const char *commands_or_null(const char *s)
{
    return *s ? s : NULL;
}

static bool command_report(struct app *app, const char *name, const char *rest)
{
    app_post(app, REQUEST_REPORT, name, commands_or_null(rest));
    return true;
}

static void commands_pick_model(struct app *app, const char *name)
{
    app_post(app, REQUEST_MODEL, NULL, name);
}

static void commands_pick_agent(struct app *app, const char *name)
{
    app_post(app, REQUEST_AGENT, NULL, name);
}

static void commands_pick_mode(struct app *app, const char *name)
{
    app_post(app, REQUEST_MODE, NULL, name);
}

static void commands_pick_session(struct app *app, const char *name)
{
    app_post(app, REQUEST_RESUME, NULL, name);
}

static void commands_pick_policy(struct app *app, const char *name)
{
    app_post(app, REQUEST_APPROVE, NULL, name);
}

static void commands_pick_theme(struct app *app, const char *name)
{
    struct error e = {0};
    if (!app_set_theme(app, name, &e))
        app_say(app, ITEM_ERROR, "%s", e.text);
}

static bool commands_pick(struct app *app, enum catalog kind, const char *title, menu_pick_fn *fn)
{
    menu_begin(&app->menu, title, 0, fn);
    for (size_t i = 0; i < app->state.catalogs[kind].len; i++)
        menu_add(&app->menu, app->state.catalogs[kind].ptr[i].name,
                 app->state.catalogs[kind].ptr[i].help);
    menu_show(&app->menu);
    return app->menu.open;
}

/* With a name: ask for it; bare: pick from the catalog, or let the engine list. */
static bool command_pick_or_post(struct app *app, const char *rest, enum request_type type,
                                 enum catalog kind, const char *title, menu_pick_fn *fn,
                                 const char *report)
{
    if (*rest)
        app_post(app, type, NULL, rest);
    else if (!commands_pick(app, kind, title, fn))
        app_post(app, REQUEST_REPORT, report, NULL);
    return true;
}

static bool command_agent(struct app *app, const char *rest, struct error *e)
{
    return command_pick_or_post(app, rest, REQUEST_AGENT, CATALOG_agents, "agent",
                                commands_pick_agent, "agents");
}

static const char *const policies[][2] = {
    {"ask", "ask before what changes things"},
    {"auto", "ask only for what is dangerous"},
    {"never", "never ask: refuse instead"},
    {"yolo", "never ask: allow all"},
};

static bool command_approve(struct app *app, const char *rest, struct error *e)
{
    if (!*rest) {
        menu_begin(&app->menu, "approval policy", 0, commands_pick_policy);
        for (size_t i = 0; i < COUNT_OF(policies); i++)
            menu_add(&app->menu, policies[i][0], policies[i][1]);
        menu_show(&app->menu);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(policies); i++)
        if (strcmp(policies[i][0], rest) == 0) {
            app_post(app, REQUEST_APPROVE, NULL, rest);
            return true;
        }
    return error_set(e, ERR_USAGE, "no policy \"%s\": ask, auto, never or yolo", rest);
}

/* First word of rest; *after is what follows it, trimmed. Caller frees. */
static char *commands_word(const char *rest, const char **after)
{
    size_t n = strcspn(rest, " \t\n");
    *after = rest + n + strspn(rest + n, " \t\n");
    return mem_strndup(rest, n);
}

/* "a+b --force": where they conflict, the last wins. */
static void commands_set_mode(struct app *app, const char *text)
{
    const char *force = strstr(text, " --force");
    struct request r = {.type = REQUEST_MODE,
                        .text =
                            force ? mem_strndup(text, (size_t)(force - text)) : mem_strdup(text),
                        .extra = force ? mem_strdup("force") : NULL};
    app->post(app->post_arg, r);
}

static bool command_behavior(struct app *app, const char *rest, struct error *e)
{
    const char *mode;
    AUTO_FREE char *op = commands_word(rest, &mode);
    if (!*op)
        return command_pick_or_post(app, "", REQUEST_MODE, CATALOG_modes, "behavior mode",
                                    commands_pick_mode, "modes");
    if (strcmp(op, "list") == 0) {
        static const char flag[] = "--model ";
        bool flagged = strncmp(mode, flag, strlen(flag)) == 0;
        return command_report(app, "modes", mode + (flagged ? strlen(flag) : 0));
    }
    if (strcmp(op, "stats") == 0)
        return command_report(app, "mode_stats", "");
    if (strcmp(op, "show") == 0)
        return command_report(app, "mode", mode);
    if (strcmp(op, "clear") == 0) {
        app_post(app, REQUEST_MODE, NULL, "");
        return true;
    }
    if (strcmp(op, "set") != 0)
        mode = op; /* "/behavior formal" */
    if (!*mode)
        return error_set(e, ERR_USAGE, "/behavior set needs a mode");
    commands_set_mode(app, mode);
    return true;
}

static bool commands_has_word(const char *const *words, const char *word)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

const char *const command_stack_ops[] = {"add", "move", "remove", NULL};

static bool command_behaviors(struct app *app, const char *rest, struct error *e)
{
    const char *more;
    AUTO_FREE char *op = commands_word(rest, &more);
    if (commands_has_word(command_stack_ops, op)) {
        if (!*more)
            return error_set(e, ERR_USAGE, "/behaviors %s needs a type; Tab lists them", op);
        app_post(app, REQUEST_BEHAVIOR, op, more);
        return true;
    }
    if (*more)
        return error_set(e, ERR_USAGE, "/behaviors has no \"%s\": add, move, remove, or a type",
                         op);
    return command_report(app, "behaviors", rest);
}

static bool command_clear(struct app *app, const char *rest, struct error *e)
{
    transcript_clear(&app->transcript, &app->state);
    app->wishes |= WISH_REPAINT;
    return true;
}

const char *const command_compact_ops[] = {"edit", "prune", "show", NULL};

static bool command_compact(struct app *app, const char *rest, struct error *e)
{
    /* More than one word is always what to keep: "show stoppers first". */
    if (strcmp(rest, "show") == 0)
        return command_report(app, "summary", "");
    if (strcmp(rest, "prune") == 0) {
        app_post(app, REQUEST_COMPACT, "prune", NULL);
        return true;
    }
    if (strcmp(rest, "edit") != 0) {
        app_post(app, REQUEST_COMPACT, NULL, commands_or_null(rest));
        return true;
    }
    if (!app->state.summary)
        return error_set(e, ERR_NOT_FOUND, "there is no summary to edit yet: /compact makes one");
    app->wishes |= WISH_SUMMARY;
    return true;
}

static bool command_context(struct app *app, const char *rest, struct error *e)
{
    return command_report(app, "context", rest);
}

static bool command_continue(struct app *app, const char *rest, struct error *e)
{
    app_post(app, REQUEST_CONTINUE, NULL, NULL);
    return true;
}

static bool command_copy(struct app *app, const char *rest, struct error *e)
{
    return action_copy_answer(app);
}

static bool command_edit(struct app *app, const char *rest, struct error *e)
{
    return action_editor(app);
}

static bool command_export(struct app *app, const char *rest, struct error *e)
{
    app_post(app, REQUEST_EXPORT, NULL, commands_or_null(rest));
    return true;
}

static bool command_goal(struct app *app, const char *rest, struct error *e)
{
    if (*rest)
        app_post(app, REQUEST_SUBMIT, NULL, rest);
    else if (app->state.goal)
        app_say(app, ITEM_NOTICE, "goal: %s", app->state.goal);
    else
        app_say(app, ITEM_NOTICE, "no goal yet: write one and press Enter");
    return true;
}

static bool command_help(struct app *app, const char *rest, struct error *e)
{
    if (!*rest)
        return action_help(app);
    rest += *rest == '/';
    const struct command *c = command_find(rest, strlen(rest));
    if (!c)
        return error_set(e, ERR_NOT_FOUND, "no command /%s", rest);
    app_say(app, ITEM_NOTICE, "/%s %s: %s", c->name, c->args, c->help);
    return true;
}

const char *const command_job_ops[] = {"log", "stop", NULL};

static bool command_jobs(struct app *app, const char *rest, struct error *e)
{
    const char *name;
    AUTO_FREE char *op = commands_word(rest, &name);
    if (!*op)
        return command_report(app, "jobs", "");
    if (!commands_has_word(command_job_ops, op))
        return error_set(e, ERR_USAGE, "/jobs has no \"%s\": log NAME or stop NAME", op);
    if (!*name)
        return error_set(e, ERR_USAGE, "/jobs %s needs the name of a job", op);
    if (strcmp(op, "log") == 0)
        return command_report(app, "job", name);
    app_post(app, REQUEST_JOB, "stop", name);
    return true;
}

static bool command_keys(struct app *app, const char *rest, struct error *e)
{
    return action_help(app);
}

static bool command_log(struct app *app, const char *rest, struct error *e)
{
    return command_report(app, "log", rest);
}

static bool command_mcp(struct app *app, const char *rest, struct error *e)
{
    const char *name;
    AUTO_FREE char *op = commands_word(rest, &name);
    if (!*op)
        return command_report(app, "mcp", "");
    if (strcmp(op, "restart") != 0 || !*name)
        return error_set(e, ERR_USAGE, "usage: /mcp, or /mcp restart NAME");
    app_post(app, REQUEST_MCP, "restart", name);
    return true;
}

static bool command_model(struct app *app, const char *rest, struct error *e)
{
    return command_pick_or_post(app, rest, REQUEST_MODEL, CATALOG_models, "model",
                                commands_pick_model, "models");
}

static bool command_new(struct app *app, const char *rest, struct error *e)
{
    app_post(app, REQUEST_NEW, NULL, NULL);
    return true;
}

static bool command_queue(struct app *app, const char *rest, struct error *e)
{
    app_post(app, REQUEST_QUEUE, NULL, rest);
    return true;
}

static bool command_quit(struct app *app, const char *rest, struct error *e)
{
    app->wishes |= WISH_QUIT;
    return true;
}

static bool command_resume(struct app *app, const char *rest, struct error *e)
{
    return command_pick_or_post(app, rest, REQUEST_RESUME, CATALOG_sessions, "session",
                                commands_pick_session, "sessions");
}

static bool command_search(struct app *app, const char *rest, struct error *e)
{
    mem_replace(&app->transcript.needle, rest);
    app_set_focus(app, FOCUS_TRANSCRIPT);
    if (!transcript_search(&app->transcript, &app->state, -1))
        return error_set(e, ERR_NOT_FOUND, "\"%s\" is not in the transcript", rest);
    return true;
}

static bool command_sessions(struct app *app, const char *rest, struct error *e)
{
    return command_report(app, "sessions", rest);
}

static bool command_stats(struct app *app, const char *rest, struct error *e)
{
    return command_report(app, "stats", rest);
}

static bool command_status(struct app *app, const char *rest, struct error *e)
{
    return command_report(app, "status", rest);
}

static bool command_stop(struct app *app, const char *rest, struct error *e)
{
    app_post(app, REQUEST_STOP, NULL, NULL);
    return true;
}

const char *const command_task_ops[] = {
    "add",       "check",  "delete", "done", "down", "edit",    "failed",
    "focus",     "indent", "insert", "mode", "note", "outdent", "reopen",
    "run_check", "skip",   "undo",   "up",   NULL,
};

static bool commands_op_takes_text(const char *op)
{
    static const char *const with_text[] = {"add", "check", "edit", "insert", "mode", "note"};
    for (size_t i = 0; i < COUNT_OF(with_text); i++)
        if (strcmp(op, with_text[i]) == 0)
            return true;
    return false;
}

/*
 * The node a /task names: "12" or "#12"; without one, the selected or active node. For a new
 * node only "#12" is a number, since its title may start with one.
 */
static int64_t commands_task_node(struct app *app, const char *op, const char **rest)
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
    if (!app->tree.job && app->tree.cursor && state_node(&app->state, app->tree.cursor))
        return app->tree.cursor;
    if (app->state.focus)
        return app->state.focus;
    return app->state.nodes.len > 0 ? app->state.nodes.ptr[0].id : 0;
}

static bool command_task(struct app *app, const char *rest, struct error *e)
{
    const char *text;
    AUTO_FREE char *op = commands_word(rest, &text);
    if (!*op)
        return action_focus_tree(app);
    size_t n = 0;
    while (command_task_ops[n] && strcmp(command_task_ops[n], op) != 0)
        n++;
    if (!command_task_ops[n]) {
        const char *near = opt_nearest(op, command_task_ops, n);
        return error_set(e, ERR_USAGE, "/task has no \"%s\"%s%s", op, near ? "; did you mean " : "",
                         near ? near : "");
    }
    int64_t node = commands_task_node(app, op, &text);
    bool takes_text = commands_op_takes_text(op);
    if (takes_text && !*text)
        return error_set(e, ERR_USAGE, "/task %s needs a text", op);
    if (!node && strcmp(op, "add") != 0 && strcmp(op, "undo") != 0)
        return error_set(e, ERR_USAGE, "there is no task yet");
    app_post_tree(app, op, node, takes_text ? text : NULL);
    return true;
}

static void commands_add_theme(void *arg, const char *name)
{
    menu_add(arg, name, "");
}

static bool command_theme(struct app *app, const char *rest, struct error *e)
{
    app->theme_is_auto = false;
    if (*rest)
        return app_set_theme(app, rest, e);
    menu_begin(&app->menu, "theme", 0, commands_pick_theme);
    theme_each(app->themes_dir, commands_add_theme, &app->menu);
    menu_show(&app->menu);
    return true;
}

static bool command_tools(struct app *app, const char *rest, struct error *e)
{
    return command_report(app, "tools", rest);
}

// clang-format off
const struct command commands[] = {
    {"agent",     "[name]",             "show agents, or take another one",           command_agent,     COMPLETE_AGENTS, NULL},
    {"approve",   "[policy]",           "when to ask: ask, auto, never, yolo",        command_approve,   COMPLETE_POLICIES, NULL},
    {"behavior",  "[op] [mode]",        "behavior modes: list, set MODE, clear, show, stats", command_behavior, COMPLETE_BEHAVIOR_OPS, "mode"},
    {"behaviors", "[op] [type] [args...]", "the behaviors, or one; add, remove or move one", command_behaviors, COMPLETE_STACK_OPS, NULL},
    {"clear",     "",                   "empty the view (the model keeps all)",       command_clear,     COMPLETE_NONE, NULL},
    {"compact",   "[op|hint...]",       "shorten the model's view now: prune, show, edit", command_compact, COMPLETE_COMPACT_OPS, NULL},
    {"context",   "[export] [file]",    "exactly what the model sees",                command_context,   COMPLETE_CONTEXT_OPS, NULL},
    {"continue",  "",                   "go on with the unfinished goal",             command_continue,  COMPLETE_NONE, NULL},
    {"copy",      "",                   "copy the last answer",                       command_copy,      COMPLETE_NONE, NULL},
    {"edit",      "",                   "write the line in your editor",              command_edit,      COMPLETE_NONE, NULL},
    {"export",    "[file]",             "write the session to a file",                command_export,    COMPLETE_FILES, NULL},
    {"goal",      "[text...]",          "show the goal, or give a new one",           command_goal,      COMPLETE_NONE, NULL},
    {"help",      "[command]",          "keys and commands",                          command_help,      COMPLETE_COMMANDS, NULL},
    {"jobs",      "[op] [name]",        "delegates, servers, commands: log NAME, stop NAME", command_jobs, COMPLETE_JOB_OPS, NULL},
    {"keys",      "",                   "every key",                                  command_keys,      COMPLETE_NONE, NULL},
    {"log",       "",                   "what was done, from the ledger",                         command_log,       COMPLETE_NONE, NULL},
    {"mcp",       "[restart] [name]",                 "the MCP servers that run, and what they cost", command_mcp,     COMPLETE_NONE, NULL},
    {"model",     "[name]",             "show models, or take another one",           command_model,     COMPLETE_MODELS, NULL},
    {"new",       "",                   "start a fresh session",                      command_new,       COMPLETE_NONE, NULL},
    {"queue",     "<text...>",          "a goal for after the running one",           command_queue,     COMPLETE_NONE, NULL},
    {"quit",      "",                   "leave mien",                                 command_quit,      COMPLETE_NONE, "exit"},
    {"resume",    "[id]",               "go on with another session",                 command_resume,    COMPLETE_SESSIONS, NULL},
    {"search",    "<text...>",          "find in the transcript",                     command_search,    COMPLETE_NONE, NULL},
    {"sessions",  "",                   "list the sessions",                          command_sessions,  COMPLETE_NONE, NULL},
    {"stats",     "[kind]",             "what was spent on what",                     command_stats,     COMPLETE_STAT_KINDS, NULL},
    {"status",    "",                   "model, tokens, sandbox, session",            command_status,    COMPLETE_NONE, NULL},
    {"stop",      "",                   "interrupt the agent",                        command_stop,      COMPLETE_NONE, NULL},
    {"task",      "[op] [args...]",     "the task tree: add TEXT, done [N], edit N TEXT", command_task,  COMPLETE_TASK_OPS, NULL},
    {"theme",     "[name]",             "change the colours",                         command_theme,     COMPLETE_THEMES, NULL},
    {"tools",     "[name]",             "the tools the model has, or one as it sees it", command_tools,     COMPLETE_NONE, NULL},
    {0},
};
// clang-format on
