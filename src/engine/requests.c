/* What the front end asks: one function a request. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config/prompts.h"
#include "engine/engine_priv.h"
#include "engine/host_table.h"

static bool busy(struct engine *g, const char *what)
{
    struct agent *a = &g->agent;
    /* Between goals a behavior may ask the model, or a question be open: what they stand on
     * must not be taken away. */
    if (!a->goal.running && !a->in_call && !a->question.id)
        return false;
    agent_notice(a, "warn", "engine", "%s waits for an idle agent; stop %s first (Esc)", what,
                 a->goal.running ? "the goal" : "what it still does");
    return true;
}

/* A mode that does not exist is said now, and the text is not sent. */
static bool flag_fits(struct agent *a, const char *text)
{
    struct error e = {0};
    const char *plain = text;
    if (agent_take_flag(a, &plain, false, &e))
        return true;
    agent_error(a, "usage", false, "%s", e.text);
    if (a->interactive || a->goal.running)
        return false;
    a->last_outcome = OUTCOME_CONFIG;
    struct event ev = {.type = EVENT_RESULT};
    ev.result.status = mem_strdup("config");
    ev.result.summary = mem_strdup(e.text);
    agent_emit(a, &ev);
    return false;
}

static void on_submit(struct engine *g, const char *text)
{
    struct agent *a = &g->agent;
    if (!flag_fits(a, text))
        return;
    g->paused = false;
    if (!a->goal.running) {
        VEC_PUSH(&a->queue, mem_strdup(text));
        if (a->in_call)
            llm_cancel(a->llm); /* what a behavior asks after a goal gives way */
        return;
    }
    VEC_PUSH(&a->steer, mem_strdup(text));
    struct event ev = {.type = EVENT_USER};
    ev.user.text = mem_strdup(text);
    ev.user.how = mem_strdup("steer");
    agent_emit(a, &ev);
}

static void on_queue(struct engine *g, const char *text)
{
    struct agent *a = &g->agent;
    if (!flag_fits(a, text))
        return;
    VEC_PUSH(&a->queue, mem_strdup(text));
    if (a->goal.running)
        agent_notice(a, "info", "engine", "queued (%zu waiting): %.80s", a->queue.len, text);
    else
        g->paused = false;
}

/* The goal was sent, but has not begun: it ends as one that was stopped. */
static void stop_before_begin(struct engine *g)
{
    struct agent *a = &g->agent;
    if (a->in_call)
        llm_cancel(a->llm); /* a question of its own, asked between goals */
    if (a->queue.len == 0 || g->paused)
        return;
    free(a->queue.ptr[0]);
    memmove(a->queue.ptr, a->queue.ptr + 1, --a->queue.len * sizeof *a->queue.ptr);
    g->paused = a->queue.len > 0;
    a->last_outcome = OUTCOME_CANCELLED;
    engine_set_exit(g, OUTCOME_CANCELLED);
    struct event ev = {.type = EVENT_RESULT};
    ev.result.status = mem_strdup(outcome_name(OUTCOME_CANCELLED));
    ev.result.summary = mem_strdup("it was stopped before it began");
    agent_emit(a, &ev);
}

static void on_stop(struct engine *g)
{
    struct agent *a = &g->agent;
    if (!a->goal.running) {
        stop_before_begin(g);
        return;
    }
    agent_interrupt(a, INTERRUPT_STOP);
    if (a->queue.len == 0)
        return;
    g->paused = true;
    agent_notice(a, "info", "engine", "%zu queued goals wait; /continue starts them", a->queue.len);
}

static void on_approve(struct engine *g, const char *name)
{
    struct agent *a = &g->agent;
    static const char *const names[] = {"ask", "auto", "never", "yolo"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (name && strcmp(name, names[i]) == 0) {
            a->approval = engine_policy(name);
            agent_emit_setting(a, "approval", name);
            return;
        }
    agent_error(a, "usage", false, "approval is one of ask, auto, never, yolo, not \"%s\"",
                name ? name : "");
}

static void new_session(struct engine *g)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    session_close(a);
    session_reset(a);
    store_new_id(a->id);
    if (!session_open(a, a->id, true, &e))
        agent_notice(a, "warn", "store", "%s. This session is not saved", e.text);
    agent_emit_setting(a, "session", a->id);
    struct event ev = {.type = EVENT_CLEAR};
    ev.clear.next = mem_strdup(a->id);
    agent_emit(a, &ev);
    engine_emit_start(a, false);
    session_commit(a);
}

/* The other session is opened before this one is let go. */
static void resume_session(struct engine *g, const char *id)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    if (a->store && strcmp(id, a->id) == 0) {
        agent_notice(a, "info", "engine", "this is the session %s", id);
        return;
    }
    struct store *other = store_open(a->sessions_dir, id, false, &e);
    if (!other) {
        agent_error(a, "session", false, "%s", e.text);
        return;
    }
    session_close(a);
    session_reset(a);
    a->store = other;
    snprintf(a->id, sizeof a->id, "%s", id);
    agent_emit_setting(a, "session", a->id);
    struct event ev = {.type = EVENT_CLEAR};
    ev.clear.next = mem_strdup(a->id);
    agent_emit(a, &ev);
    if (!session_restore(a, &e))
        agent_error(a, "session", false, "%s", e.text);
    AUTO_FREE char *model = store_get_meta(a->store, "model");
    if (model && *model && !agent_set_model(a, model, &e))
        agent_notice(a, "warn", "models", "%s; going on with %s", e.text, a->model->name);
    engine_emit_start(a, true);
    if (a->goal.resumed)
        agent_notice(a, "info", "engine", "its goal is unfinished: /continue goes on with it");
}

static void on_continue(struct engine *g, bool only_killed)
{
    struct agent *a = &g->agent;
    if (a->goal.running)
        return;
    if (a->queue.len && g->paused) {
        g->paused = false;
        return;
    }
    bool open = a->goal.resumed || tree_open_count(&a->tree, a->tree.goal) > 0;
    if (a->goal.text && open && (g->killed || !only_killed)) {
        g->continue_asked = true;
        agent_notice(a, "info", "engine", "going on with: %s", a->goal.text);
    } else if (!only_killed) {
        agent_notice(a, "warn", "engine", "there is no unfinished goal to go on with");
        g->agent.last_outcome = OUTCOME_CONFIG;
        struct event ev = {.type = EVENT_RESULT};
        ev.result.status = mem_strdup("config");
        ev.result.summary = mem_strdup("there is no unfinished goal to go on with");
        agent_emit(a, &ev);
    }
}

static void on_report(struct agent *a, const char *name, const char *arg)
{
    struct error e = {0};
    char *text = agent_report(a, name, arg, &e);
    if (!text) {
        agent_error(a, "usage", false, "%s", e.text);
        return;
    }
    struct event ev = {.type = EVENT_REPORT};
    ev.report.title = mem_strdup(name);
    ev.report.text = text;
    agent_emit(a, &ev);
}

static void report_failure(struct agent *a, bool ok, const struct error *e)
{
    if (!ok)
        agent_error(a, "usage", false, "%s", e->text);
}

static void on_model(struct engine *g, const char *name)
{
    struct error e = {0};
    bool ok = agent_set_model(&g->agent, name ? name : "", &e);
    report_failure(&g->agent, ok, &e);
    if (ok)
        agent_emit_catalogs(&g->agent);
}

static void on_mode(struct agent *a, const struct request *r)
{
    struct error e = {0};
    struct mode_change c = {.mode = r->text,
                            .model = r->name,
                            .source = "person",
                            .by = MODE_BY_PERSON,
                            .force = r->extra && strcmp(r->extra, "force") == 0};
    bool ok = agent_set_mode(a, &c, &e);
    report_failure(a, ok, &e);
}

static void on_agent(struct engine *g, const char *name)
{
    struct error e = {0};
    if (busy(g, "changing the agent"))
        return;
    bool ok = engine_use_agent(&g->agent, name ? name : "", &e);
    report_failure(&g->agent, ok, &e);
    if (!ok)
        return;
    agent_emit_setting(&g->agent, "agent", g->agent.file.name);
    agent_emit_catalogs(&g->agent);
}

static void on_compact(struct engine *g, const char *how, const char *text)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    if (!how || !*how) {
        agent_compact_now(a, text);
    } else if (strcmp(how, "set") == 0) {
        bool ok = agent_edit_summary(a, text ? text : "", &e);
        report_failure(a, ok, &e);
    } else if (context_prune(a, a->window / 8, "asked for") == 0) {
        agent_notice(a, "info", "context", "there is nothing to prune");
    }
}

static void on_behavior(struct engine *g, const char *op, const char *text)
{
    struct error e = {0};
    if (busy(g, "changing behaviors"))
        return;
    bool ok = engine_compose(&g->agent, op ? op : "", text ? text : "", &e);
    report_failure(&g->agent, ok, &e);
}

static void on_prompt(struct engine *g, const char *name, const char *words)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    AUTO_FREE char *text =
        prompts_expand(a->trust ? workspace_path(a->ws) : NULL, name ? name : "", words, &e);
    report_failure(a, text != NULL, &e);
    if (text)
        on_submit(g, text);
}

static void on_job(struct engine *g, const char *op, const char *name)
{
    struct error e = {0};
    bool ok = op && strcmp(op, "stop") == 0
                  ? jobs_stop(&g->agent, name ? name : "", &e)
                  : error_set(&e, ERR_USAGE, "a job can be stopped: /jobs stop NAME");
    report_failure(&g->agent, ok, &e);
}

static void serve(struct engine *g, struct request *r)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    switch (r->type) {
    case REQUEST_SUBMIT:
        on_submit(g, r->text ? r->text : "");
        break;
    case REQUEST_QUEUE:
        on_queue(g, r->text ? r->text : "");
        break;
    case REQUEST_STOP:
        on_stop(g);
        break;
    case REQUEST_ANSWER:
        if (!agent_answer(a, r->name, r->text, r->extra))
            log_info("engine", "an answer came for no open question");
        break;
    case REQUEST_TREE:
        report_failure(a, agent_edit_tree(a, r->name, r->node, r->text, &e), &e);
        break;
    case REQUEST_MODE:
        on_mode(a, r);
        break;
    case REQUEST_MODEL:
        on_model(g, r->text);
        break;
    case REQUEST_AGENT:
        on_agent(g, r->text);
        break;
    case REQUEST_APPROVE:
        on_approve(g, r->text);
        break;
    case REQUEST_COMPACT:
        on_compact(g, r->name, r->text);
        break;
    case REQUEST_BEHAVIOR:
        on_behavior(g, r->name, r->text);
        break;
    case REQUEST_PROMPT:
        on_prompt(g, r->name, r->text);
        break;
    case REQUEST_MCP:
        if (!busy(g, "restarting a server"))
            report_failure(a, mcp_restart(a, r->text ? r->text : "", &e), &e);
        break;
    case REQUEST_JOB:
        on_job(g, r->name, r->text);
        break;
    case REQUEST_NOBODY:
        a->can_ask = false;
        if (a->question.id)
            agent_answer(a, a->question.id, "n", NULL);
        break;
    case REQUEST_NEW:
        if (!busy(g, "a new session"))
            new_session(g);
        break;
    case REQUEST_RESUME:
        if (!r->text || !*r->text)
            on_continue(g, false);
        else if (!busy(g, "another session"))
            resume_session(g, r->text);
        break;
    case REQUEST_CONTINUE:
        on_continue(g, r->number == 1);
        break;
    case REQUEST_REPORT:
        on_report(a, r->name, r->text);
        break;
    case REQUEST_EXPORT:
        report_failure(a, session_export(a, r->text ? r->text : "mien-session.md", &e), &e);
        if (!e.code)
            agent_notice(a, "info", "engine", "wrote %s", r->text ? r->text : "mien-session.md");
        break;
    case REQUEST_CATALOG:
        agent_emit_catalogs(a);
        break;
    case REQUEST_QUIT:
        g->quit = true;
        agent_interrupt(a, INTERRUPT_QUIT);
        break;
    case REQUEST_COUNT:
        break;
    }
}

void engine_pump(void *arg)
{
    struct agent *a = arg;
    struct engine *g = (struct engine *)((char *)a - offsetof(struct engine, agent));
    struct request r;
    if (a->undisturbed) {
        a->wanted_to_stop = request_queue_has(g->requests, REQUEST_STOP) ||
                            request_queue_has(g->requests, REQUEST_QUIT);
        return;
    }
    while (request_queue_next(g->requests, &r)) {
        serve(g, &r);
        request_fini(&r);
    }
    if (!a->goal.running && a->store)
        session_commit(a);
}
