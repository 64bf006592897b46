/* What the front end asks: one function a request. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config/prompts.h"
#include "config/texts.h"
#include "engine/aside.h"
#include "engine/bisect.h"
#include "engine/engine_priv.h"
#include "engine/going_back.h"
#include "engine/host_mcp.h"
#include "engine/mcp_words.h"
#include "engine/rooms.h"
#include "engine/user_command.h"
#include "engine/workspace_files.h"
#include "session/transcript.h"
#include "store/store.h"

/* A mode that does not exist is said now, and the text is not sent. */
static bool flag_fits(struct engine *g, const char *text)
{
    struct error e = {0};
    const char *plain = text;
    if (modes_take_flag(&g->modes, &plain, false, &e))
        return true;
    outbox_refused(&g->out, &e);
    if (g->agent.interactive || g->agent.goal.running)
        return false;
    g->agent.last_outcome = OUTCOME_CONFIG;
    struct event ev = {.type = EVENT_RESULT};
    ev.result.status = mem_strdup("config");
    ev.result.summary = mem_strdup(e.text);
    outbox_emit(&g->out, &ev);
    return false;
}

static void on_submit(struct engine *g, const char *text)
{
    if (!flag_fits(g, text))
        return;
    g->paused = false;
    if (!g->agent.goal.running) {
        VEC_PUSH(&g->queue, mem_strdup(text));
        reactor_yield(&g->reactor); /* what a behavior asks after a goal gives way */
        return;
    }
    VEC_PUSH(&g->agent.steer, mem_strdup(text));
    g->session.dirty = true;
    outbox_durable(&g->out);
    outbox_waiting(&g->out, "steer", g->agent.steer.ptr, g->agent.steer.len, NULL);
}

/* The newest that reads so leaves a list; NULL: it is not there. The caller's. */
static char *take_text(char **texts, size_t *n, const char *text)
{
    for (size_t i = *n; i > 0; i--) {
        if (strcmp(texts[i - 1], text) != 0)
            continue;
        char *taken = texts[i - 1];
        memmove(&texts[i - 1], &texts[i], (*n - i) * sizeof *texts);
        --*n;
        return taken;
    }
    return NULL;
}

static bool on_take_back(struct engine *g, const char *text, struct error *e)
{
    AUTO_FREE char *steer = take_text(g->agent.steer.ptr, &g->agent.steer.len, text);
    AUTO_FREE char *goal = steer ? NULL : take_text(g->queue.ptr, &g->queue.len, text);
    if (!steer && !goal)
        return error_set(e, ERR_NOT_FOUND, "it cannot be taken back: the agent read it already");
    g->session.dirty = true;
    if (steer)
        outbox_waiting(&g->out, "steer", g->agent.steer.ptr, g->agent.steer.len, steer);
    else
        engine_tell_queue(g, goal);
    return true;
}

static void on_queue(struct engine *g, const char *text)
{
    if (!flag_fits(g, text))
        return;
    VEC_PUSH(&g->queue, mem_strdup(text));
    g->session.dirty = true;
    if (g->agent.goal.running)
        engine_tell_queue(g, NULL);
    else
        g->paused = false;
}

/* The goal was sent, but has not begun: it ends as one that was stopped. What runs between goals
 * ends; engine.c clears the reason when it has. */
static void stop_before_begin(struct engine *g)
{
    if (reactor_held(&g->reactor, HOLD_STAGE))
        reactor_interrupt(&g->reactor, INTERRUPT_STOP);
    if (g->queue.len == 0 || g->paused)
        return;
    free(g->queue.ptr[0]);
    memmove(g->queue.ptr, g->queue.ptr + 1, --g->queue.len * sizeof *g->queue.ptr);
    if (g->queue.len > 0)
        engine_tell_queue(g, NULL);
    g->paused = g->queue.len > 0;
    g->agent.last_outcome = OUTCOME_CANCELLED;
    engine_set_exit(g, OUTCOME_CANCELLED);
    struct event ev = {.type = EVENT_RESULT};
    ev.result.status = mem_strdup(outcome_name(OUTCOME_CANCELLED));
    ev.result.summary = mem_strdup("it was stopped before it began");
    outbox_emit(&g->out, &ev);
}

static void on_stop(struct engine *g)
{
    if (!g->agent.goal.running) {
        stop_before_begin(g);
        return;
    }
    reactor_interrupt(&g->reactor, INTERRUPT_STOP);
    if (g->queue.len == 0)
        return;
    g->paused = true;
    engine_tell_paused(g);
}

static bool on_approve(struct engine *g, const char *name, struct error *e)
{
    enum policy policy = policy_find(name);
    if (policy == POLICY_COUNT)
        return error_set(e, ERR_USAGE, "approval is one of " POLICY_NAMES ", not \"%s\"", name);
    bool planned = g->permit.policy == POLICY_PLAN;
    permit_set_policy(&g->permit, policy);
    if (policy == POLICY_PLAN && !planned && g->agent.goal.running)
        agent_tell(&g->agent, "%s", texts_get(g->cfg->texts, "plan.begin"));
    else if (planned && policy != POLICY_PLAN && g->agent.goal.running)
        agent_tell(&g->agent, "%s", texts_get(g->cfg->texts, "plan.over"));
    if (!reactor_held(&g->reactor, HOLD_CALL)) /* else before the next round */
        modes_plan(&g->modes, policy == POLICY_PLAN);
    return true;
}

/* The front end forgets the session it shows: said as the last of that one. */
static void tell_clear(struct engine *g, const char *next)
{
    struct event ev = {.type = EVENT_CLEAR};
    ev.clear.next = mem_strdup(next);
    outbox_emit(&g->out, &ev);
}

static void new_session(struct engine *g)
{
    struct error e = {0};
    char id[32];
    store_new_id(id);
    tell_clear(g, id);
    session_close(&g->session);
    engine_forget_session(g);
    if (!session_open(&g->session, id, true, &e))
        outbox_notice(&g->out, "warn", "store", "%s. This session is not saved", e.text);
    outbox_setting(&g->out, "session", id);
    engine_emit_start(g, false);
    session_commit(&g->session);
}

/* The other session is opened before this one is let go. */
static void resume_session(struct engine *g, const char *id)
{
    struct error e = {0};
    if (g->session.store && strcmp(id, g->out.session) == 0) {
        outbox_notice(&g->out, "info", "engine", "this is the session %s", id);
        return;
    }
    struct store *other = store_open(g->session.dir, id, false, &e);
    if (!other) {
        outbox_error(&g->out, "session", false, "%s", e.text);
        return;
    }
    tell_clear(g, id);
    session_close(&g->session);
    engine_forget_session(g);
    session_take(&g->session, other, id);
    outbox_setting(&g->out, "session", id);
    if (!session_restore(&g->session, &e))
        outbox_error(&g->out, "session", false, "%s", e.text);
    AUTO_FREE char *model = store_get_meta(g->session.store, "model");
    if (model && *model && !modes_set_model(&g->modes, model, &e))
        outbox_notice(&g->out, "warn", "models", "%s; going on with %s", e.text,
                      g->modes.model->name);
    engine_emit_start(g, true);
    g->paused = g->queue.len > 0;
    if (g->agent.goal.resumed)
        outbox_notice(&g->out, "info", "engine",
                      "its goal is unfinished: /continue goes on with it");
}

static bool on_diff(struct engine *g, const char *since, struct error *e)
{
    AUTO_FREE char *say = NULL;
    if (!going_back_diff(g, since, &say, e))
        return false;
    if (say && *say)
        on_submit(g, say);
    return true;
}

/* The other one goes on from here; what it is taken back by is its own record. */
static bool fork_session(struct engine *g, int64_t message, struct error *e)
{
    char id[32];
    store_new_id(id);
    if (!g->session.store || conversation_last(&g->talk) == 0)
        return error_set(e, ERR_NOT_FOUND, "nothing was said in this session yet");
    if (message && !going_back_can(g, message))
        return error_set(e, ERR_NOT_FOUND, "there is no message %lld of yours; /rewind lists them",
                         (long long)message);
    if (!session_commit(&g->session) || !store_copy(g->session.store, id, e))
        return false;
    resume_session(g, id);
    if (strcmp(g->out.session, id) != 0)
        return true; /* it was told why */
    outbox_notice(&g->out, "info", "engine", "this is a session of its own now: %s", id);
    if (message)
        going_back_talk(g, message);
    return true;
}

static void on_continue(struct engine *g, bool only_killed)
{
    if (g->agent.goal.running)
        return;
    if (g->queue.len && g->paused) {
        g->paused = false;
        if (!g->killed) /* a goal that a crash cut short comes before those that wait */
            return;
    }
    bool open = g->agent.goal.resumed || tree_open_count(&g->tree, g->tree.goal) > 0;
    if (g->agent.goal.text && open && (g->killed || !only_killed)) {
        g->continue_asked = true;
        outbox_notice(&g->out, "info", "engine", "going on with: %s", g->agent.goal.text);
    } else if (!only_killed) {
        struct error e = {0};
        error_set(&e, ERR_NOT_FOUND, "there is no unfinished goal to go on with");
        if (g->agent.interactive) {
            outbox_refused(&g->out, &e);
            return;
        }
        g->agent.last_outcome = OUTCOME_CONFIG;
        struct event ev = {.type = EVENT_RESULT};
        ev.result.status = mem_strdup("config");
        ev.result.summary = mem_strdup(e.text);
        outbox_emit(&g->out, &ev);
    }
}

static bool on_report(struct engine *g, const struct req_report *r, struct error *e)
{
    char *text = engine_report(g, r->report, r->argument, e);
    if (!text)
        return false;
    struct event ev = {.type = EVENT_REPORT};
    ev.report.title = mem_strdup(r->report);
    ev.report.text = text;
    outbox_emit(&g->out, &ev);
    return true;
}

static bool on_export(struct engine *g, const char *file, struct error *e)
{
    const char *path = file && *file ? file : "mien-session.md";
    AUTO_FREE char *where = workspace_user_path(g->ws, path);
    const struct transcript t = engine_transcript(g);
    if (!transcript_write(&t, where, e))
        return false;
    outbox_notice(&g->out, "info", "engine", "wrote %s", path);
    return true;
}

static bool on_mode(struct engine *g, const struct req_mode *r, struct error *e)
{
    struct mode_change c = {.mode = r->mode,
                            .model = r->model,
                            .source = "user",
                            .by = MODE_BY_USER,
                            .force = r->force};
    return modes_set(&g->modes, &c, e);
}

static bool on_agent(struct engine *g, const char *name, struct error *e)
{
    if (!engine_use_agent(g, name, e))
        return false;
    outbox_setting(&g->out, "agent", g->file.name);
    engine_emit_catalogs(g);
    return true;
}

static bool on_compact(struct engine *g, const struct req_compact *r, struct error *e)
{
    const char *how = r->how ? r->how : "";
    if (strcmp(how, "set") == 0)
        return compact_edit_summary(&g->compactor, r->text ? r->text : "", e);
    if (!*how)
        compact_now(&g->compactor, r->text);
    else if (strcmp(how, "prune") != 0)
        return error_set(e, ERR_USAGE, "/compact [HINT], /compact prune, not \"%s\"", how);
    else if (context_prune(&g->context, g->modes.window / 8, g->modes.window / 2, "asked for") == 0)
        outbox_notice(&g->out, "info", "context", "there is nothing to prune");
    return true;
}

static bool on_prompt(struct engine *g, const struct req_prompt *r, struct error *e)
{
    AUTO_FREE char *text = mcp_is_prompt(r->name)
                               ? mcp_prompt_text(g, r->name, r->words, e)
                               : prompts_expand(g->trusted, r->name, r->words, e);
    if (text)
        on_submit(g, text);
    return text != NULL;
}

static bool on_background(struct engine *g, struct error *e)
{
    if (!g->reactor.leavable)
        return error_set(e, ERR_USAGE, "no command runs in the foreground");
    g->reactor.aside = true;
    return true;
}

static bool on_keyboard(struct engine *g, const char *job, struct error *e)
{
    int fd = jobs_keyboard(&g->jobs, job, e);
    struct event ev = {.type = EVENT_KEYBOARD};
    if (fd < 0)
        return false;
    ev.keyboard.job = mem_strdup(job);
    ev.keyboard.fd = fd;
    outbox_emit(&g->out, &ev);
    return true;
}

static bool on_job(struct engine *g, const struct req_job *r, struct error *e)
{
    if (strcmp(r->op, "stop") == 0)
        return jobs_stop(&g->jobs, r->job, e);
    if (strcmp(r->op, "background") == 0)
        return on_background(g, e);
    if (strcmp(r->op, "keyboard") == 0)
        return on_keyboard(g, r->job, e);
    if (strcmp(r->op, "tell") == 0)
        return jobs_say(&g->jobs, r->job, r->text, e);
    if (strcmp(r->op, "back") != 0)
        return error_set(e, ERR_USAGE,
                         "a job can be stopped: /jobs stop NAME; a command that runs be put in the "
                         "background: /jobs background; one with a terminal be typed into: /jobs "
                         "keyboard NAME");
    jobs_keyboard_back(&g->jobs, r->job);
    return true;
}

/* Checked already: what a row needs is there. */
static void serve(struct engine *g, struct request *r)
{
    struct error e = {0};
    bool ok = true;
    switch (r->type) {
    case REQUEST_SUBMIT:
        on_submit(g, r->submit.text);
        break;
    case REQUEST_QUEUE:
        on_queue(g, r->queue.text);
        break;
    case REQUEST_TAKE_BACK:
        ok = on_take_back(g, r->take_back.text, &e);
        break;
    case REQUEST_COMMAND:
        user_command_run(g, r->command.command, r->command.quiet);
        break;
    case REQUEST_FILES:
        engine_emit_files(g);
        break;
    case REQUEST_ASIDE:
        ok = aside_ask(g, r->aside.question, &e);
        break;
    case REQUEST_FIND:
        engine_emit_found(g, r->find.words);
        break;
    case REQUEST_NAME:
        engine_name(g, r->name.name);
        break;
    case REQUEST_STOP:
        fault_stop_served(&g->fault_stop);
        event_queue_hurry(g->out.events, false);
        on_stop(g);
        break;
    case REQUEST_ANSWER:
        if (!ask_answer(&g->permit.ask, r->answer.question, r->answer.choice, r->answer.text))
            log_info("engine", "an answer came for no open question");
        break;
    case REQUEST_TREE:
        ok = agent_edit_tree(&g->agent, r->tree.op, r->tree.node, r->tree.text, &e);
        break;
    case REQUEST_MODE:
        ok = on_mode(g, &r->mode, &e);
        break;
    case REQUEST_MODEL:
        ok = modes_set_model(&g->modes, r->model.model, &e);
        if (ok)
            engine_emit_catalogs(g);
        break;
    case REQUEST_EFFORT:
        ok = modes_set_effort(&g->modes, r->effort.effort, &e);
        if (ok)
            outbox_setting(&g->out, "effort", r->effort.effort);
        break;
    case REQUEST_AGENT:
        ok = on_agent(g, r->agent.agent, &e);
        break;
    case REQUEST_APPROVE:
        ok = on_approve(g, r->approve.policy, &e);
        break;
    case REQUEST_COMPACT:
        ok = on_compact(g, &r->compact, &e);
        break;
    case REQUEST_BEHAVIOR:
        ok = engine_compose(g, r->behavior.op, r->behavior.text, &e);
        break;
    case REQUEST_TOOLS:
        ok = engine_switch_tool(g, r->tools.op, r->tools.tool, &e);
        break;
    case REQUEST_PROMPT:
        ok = on_prompt(g, &r->prompt, &e);
        break;
    case REQUEST_MCP:
        ok = strcmp(r->mcp.op, "restart") == 0
                 ? mcp_restart(g, r->mcp.server, &e)
                 : error_set(&e, ERR_USAGE, "a server can be restarted: /mcp restart NAME");
        break;
    case REQUEST_JOB:
        ok = on_job(g, &r->job, &e);
        break;
    case REQUEST_NOBODY:
        g->permit.ask.possible = false;
        ask_answer(&g->permit.ask, g->permit.ask.id, "n", NULL);
        break;
    case REQUEST_NEW:
        new_session(g);
        break;
    case REQUEST_RESUME:
        if (!r->resume.session || !*r->resume.session)
            on_continue(g, false);
        else
            resume_session(g, r->resume.session);
        break;
    case REQUEST_CONTINUE:
        on_continue(g, r->proceed.only_killed);
        break;
    case REQUEST_REPORT:
        ok = on_report(g, &r->report, &e);
        break;
    case REQUEST_EXPORT:
        ok = on_export(g, r->export.file, &e);
        break;
    case REQUEST_CATALOG:
        engine_tell_catalogs(g);
        break;
    case REQUEST_EARLIER:
        session_tell_earlier(&g->session);
        break;
    case REQUEST_LEAVE:
        g->leaving = true;
        break;
    case REQUEST_REWIND:
        ok = going_back(g, r->rewind.op, r->rewind.message, &e);
        break;
    case REQUEST_FORK:
        ok = fork_session(g, r->fork.message, &e);
        break;
    case REQUEST_BISECT:
        ok = bisect(g, r->bisect.command, &e);
        break;
    case REQUEST_DIFF:
        ok = on_diff(g, r->diff.since, &e);
        break;
    case REQUEST_QUIT:
        fault_stop_served(&g->fault_stop);
        g->quit = true;
        reactor_interrupt(&g->reactor, INTERRUPT_QUIT);
        break;
    case REQUEST_COUNT:
        break;
    }
    if (!ok)
        outbox_refused(&g->out, &e);
}

static bool is_urgent(enum request_type type)
{
    return request_when(type) == REQUEST_NOW;
}

/* What goals stand on is in use: a request that would replace it is refused. */
static bool is_refused(struct engine *g, const struct request *r)
{
    struct error e = {0};
    if (!request_check(r, &e)) {
        outbox_refused(&g->out, &e);
        return true;
    }
    if (request_when(r->type) != REQUEST_IDLE || !reactor_held(&g->reactor, HOLD_STAGE))
        return false;
    outbox_notice(&g->out, "warn", "engine",
                  "%s waits for an idle agent; stop %s first (Esc), then ask again",
                  request_words(r->type),
                  g->agent.goal.running ? "the goal" : "what it still does");
    return true;
}

/* After a goal's end a behavior may still ask the model something: it gives way to the user. */
static bool is_put_off(struct engine *g, struct request *r)
{
    bool back = r->type == REQUEST_REWIND || r->type == REQUEST_DIFF || r->type == REQUEST_FORK ||
                r->type == REQUEST_BISECT;
    if (!back || g->agent.goal.running || g->permit.ask.id ||
        !reactor_held(&g->reactor, HOLD_STAGE))
        return false;
    VEC_PUSH(&g->later, *r);
    *r = (struct request){0};
    reactor_yield(&g->reactor);
    return true;
}

static void serve_later(struct engine *g)
{
    while (g->later.len && !reactor_held(&g->reactor, HOLD_STAGE)) {
        struct request r = g->later.ptr[0];
        memmove(g->later.ptr, g->later.ptr + 1, --g->later.len * sizeof r);
        reactor_hold(&g->reactor, HOLD_STAGE);
        serve(g, &r);
        reactor_release(&g->reactor, HOLD_STAGE);
        request_fini(&r);
    }
}

void engine_pump(void *arg)
{
    struct engine *g = arg;
    struct request r;
    serve_later(g);
    /* Looked at anew each time: what is served may take a hold, and wait. */
    while (request_queue_next(g->requests, reactor_held(&g->reactor, HOLD_ALL) ? is_urgent : NULL,
                              &r)) {
        if (is_put_off(g, &r))
            continue;
        if (!is_refused(g, &r)) {
            bool waits = !is_urgent(r.type);
            if (waits)
                reactor_hold(&g->reactor, HOLD_STAGE);
            serve(g, &r);
            if (waits)
                reactor_release(&g->reactor, HOLD_STAGE);
        }
        request_fini(&r);
    }
    if (g->commands_changed) /* a server came with prompts */
        engine_emit_commands(g);
    if (!g->agent.goal.running && g->session.store && !reactor_held(&g->reactor, HOLD_ALL))
        session_commit(&g->session);
}
