/* The tool calls of one answer: validated, run in order, each id answered exactly once. */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "behavior/hooks.h"
#include "behavior/pipeline_run.h"
#include "behavior/render.h"
#include "llm/args.h"

#define ABOUT_MAX 300
#define SUMMARY_MAX 200
#define LEDGER_ABOUT 160
#define UNKNOWN_MAX 8 /* answers in a row that ask for nothing but tools that do not exist */
#define ACTS_MAX 20
#define ACT_TEXT 200

static const struct tool *tool_at(const struct agent *a, int tool)
{
    return tool >= 0 ? a->pipeline->tools.ptr[tool]->tool : NULL;
}

/* The first text among the arguments, for a tool that says nothing better. */
static char *first_text(const cJSON *args)
{
    const cJSON *v;
    cJSON_ArrayForEach(v, args)
    {
        if (cJSON_IsString(v) && *v->valuestring)
            return mem_strdup(v->valuestring);
    }
    return mem_strdup("");
}

/* Takes text. What is longer ends with a mark that says so. */
static char *clipped(char *text, size_t most)
{
    static const char mark[] = "…";
    if (strlen(text) <= most)
        return text;
    memcpy(text + utf8_cut(text, strlen(text), most - sizeof mark + 1), mark, sizeof mark);
    return text;
}

/* What a call is about, one line. Caller frees. */
static char *call_about(const struct tool *t, const cJSON *args)
{
    char *own = t && t->about && args ? t->about(args) : NULL;
    return clipped(own ? own : first_text(args), ABOUT_MAX);
}

static char *result_summary(const struct tool *t, const cJSON *args, const cJSON *result)
{
    const char *error = json_str(result, "error", NULL);
    char *own = t && t->summary && args && !error ? t->summary(args, result) : NULL;
    return clipped(own ? own : mem_strdup(error ? error : json_str(result, "status", "")),
                   SUMMARY_MAX);
}

static void emit_call(struct agent *a, const struct llm_tool_call *call, int tool,
                      const cJSON *args)
{
    struct event ev = {.type = EVENT_TOOL_CALL};
    ev.tool_call.id = mem_strdup(call->id);
    ev.tool_call.name = mem_strdup(call->name);
    ev.tool_call.behavior =
        tool >= 0 ? mem_strdup(a->pipeline->tools.ptr[tool]->owner->type->type) : NULL;
    ev.tool_call.args = args ? json_print(args) : NULL;
    const struct tool *t = tool_at(a, tool);
    ev.tool_call.summary = call_about(t, args);
    ev.tool_call.verb = t ? mem_strdup(t->verb) : NULL;
    if (t && t->flags & TOOL_EXECUTES)
        ev.tool_call.language = mem_strdup("command");
    ev.tool_call.quiet = t && t->flags & (TOOL_READS | TOOL_TREE);
    outbox_emit(a->out, &ev);
}

static void account_answer(struct agent *a, const char *name, const cJSON *args, const char *result,
                           bool ok, int64_t ms)
{
    int tool = pipeline_find_tool(a->pipeline, name);
    AUTO_FREE char *said = args ? json_print(args) : NULL;
    struct usage_of_tool t = {
        .tool = name,
        .behavior = tool >= 0 ? a->pipeline->tools.ptr[tool]->owner->type->type : NULL,
        .ok = ok,
        .ms = ms,
        .args_tokens = said ? tokens_estimate(said, strlen(said)) : 0,
        .result_tokens = tokens_estimate(result, strlen(result))};
    usage_tool(a->usage, &t);
}

/* A copy whose texts are short. */
static cJSON *shortened(const cJSON *j)
{
    cJSON *copy = cJSON_IsArray(j) ? cJSON_CreateArray() : cJSON_CreateObject();
    const cJSON *one;
    cJSON_ArrayForEach(one, j)
    {
        cJSON *mine;
        if (cJSON_IsString(one)) {
            AUTO_FREE char *text = clipped(mem_strdup(one->valuestring), ACT_TEXT);
            mine = cJSON_CreateString(text);
        } else {
            mine = one->child ? shortened(one) : cJSON_Duplicate(one, true);
        }
        if (cJSON_IsArray(j))
            cJSON_AddItemToArray(copy, mine);
        else
            json_add(copy, one->string, mine);
    }
    return copy;
}

/* For handlers in Python: {name, args, result, error_msg, timestamp}, the newest last. */
static void remember_act(struct agent *a, const char *name, const cJSON *args, const char *error)
{
    cJSON *act = cJSON_CreateObject();
    json_add_str(act, "name", name);
    json_add(act, "args", shortened(args));
    json_add_str(act, "result", error ? "error" : "success");
    json_add(act, "error_msg", error ? cJSON_CreateString(error) : cJSON_CreateNull());
    json_add(act, "timestamp", cJSON_CreateNumber((double)clock_wall_ms() / 1000));
    if (!a->acts)
        a->acts = cJSON_CreateArray();
    if (cJSON_GetArraySize(a->acts) >= ACTS_MAX)
        cJSON_DeleteItemFromArray(a->acts, 0);
    cJSON_AddItemToArray(a->acts, act);
}

static void tell_hooks(struct agent *a, const char *name, const cJSON *args, const cJSON *result)
{
    if (!hooks_want(a->hooks, "on_tool_call"))
        return;
    cJSON *body = cJSON_CreateObject();
    json_add_str(body, "tool", name);
    json_add(body, "args", args ? cJSON_Duplicate(args, true) : cJSON_CreateObject());
    json_add(body, "result", cJSON_Duplicate(result, true));
    hooks_run(a->hooks, "on_tool_call", body);
}

/* What the end of a goal asks: was anything run with success since a file changed last? */
static void note_act(struct agent *a, const struct tool *t, bool ok)
{
    struct goal *g = &a->goal;
    if (!ok || !t || !(t->flags & (TOOL_WRITES | TOOL_EXECUTES)))
        return;
    g->acts++;
    if (t->flags & TOOL_WRITES)
        g->changed_at = g->acts;
    else
        g->proved_at = g->acts;
}

/* Takes text. MAY WAIT: behaviors may run checkers. */
static char *amended(struct agent *a, const char *name, const cJSON *args, const cJSON *result,
                     char *text)
{
    AUTO(buf) more = {0};
    if (!reactor_stopped(a->reactor))
        pipeline_amend_result(a->pipeline, name, args, result, &more);
    if (!more.len)
        return text;
    while (more.len && more.ptr[more.len - 1] == '\n')
        buf_cut(&more, more.len - 1);
    char *whole = mem_printf("%s\n%s", text, buf_cstr(&more));
    free(text);
    return whole;
}

/* The ledger holds every operation; own: its count of lines before this one began. */
static void note_call(struct agent *a, const char *name, const struct tool *t, const cJSON *args,
                      const char *error, const char *summary, uint64_t own)
{
    if (a->out->ledger.own != own)
        return;
    AUTO_FREE char *about = call_about(t, args);
    about[utf8_cut(about, strlen(about), LEDGER_ABOUT)] = '\0';
    AUTO_FREE char *line =
        mem_printf("%s%s%s%s%s%s", name, *about ? " " : "", about, error || *summary ? " → " : "",
                   error ? "error: " : "", error ? error : summary);
    outbox_ledger(a->out, "CALL", line);
}

/* Takes text. */
static char *with_chips(char *text, const struct buf *chips)
{
    if (!chips->len)
        return text;
    char *whole = mem_printf("%s%s%s", text, *text ? "\n" : "", buf_cstr(chips));
    free(text);
    return whole;
}

/* The one place where a call is answered. Takes result. */
static void answer(struct agent *a, const char *id, const char *name, const cJSON *args,
                   cJSON *result, int64_t ms, uint64_t own)
{
    struct llm_parts parts = {0};
    AUTO(buf) chips = {0};
    agent_attach_shown(a, result, &parts, &chips);
    bool ok = json_bool(result, "success", true) && !json_get(result, "error");
    const struct tool *t = tool_at(a, pipeline_find_tool(a->pipeline, name));
    char *text = amended(a, name, args, result, with_chips(render_result(t, args, result), &chips));
    account_answer(a, name, args, text, ok, ms);
    mem_replace(&a->last_tool, name);
    mem_replace(&a->last_error, ok ? NULL : json_str(result, "error", "it failed"));
    remember_act(a, name, args, a->last_error);
    struct event ev = {.type = EVENT_TOOL_RESULT};
    ev.tool_result.id = mem_strdup(id);
    ev.tool_result.ok = ok;
    ev.tool_result.result = json_print(result);
    ev.tool_result.ms = ms;
    ev.tool_result.summary =
        chips.len && ok ? mem_strdup(buf_cstr(&chips)) : result_summary(t, args, result);
    note_call(a, name, t, args, a->last_error, ev.tool_result.summary, own);
    note_act(a, t, ok);
    a->goal.bad_calls += !ok;
    ev.tool_result.diff = !ok                      ? NULL
                          : a->permit->changed.len ? mem_strdup(buf_cstr(&a->permit->changed))
                          : args && t && t->diff   ? t->diff(args, result)
                                                   : NULL;
    bool playbook = strcmp(a->modes->model->provider, "playbook") == 0;
    char *data = playbook ? mem_strdup(ev.tool_result.result) : NULL;
    outbox_emit(a->out, &ev);
    conversation_append(a->talk, (struct message){.role = LLM_TOOL,
                                                  .text = text,
                                                  .data = data,
                                                  .parts = parts,
                                                  .call_id = mem_strdup(id),
                                                  .tool = mem_strdup(name),
                                                  .said = ask_take_words(&a->permit->ask),
                                                  .goal = a->goal.number});
    pipeline_tool_call(a->pipeline, name, args, result);
    tell_hooks(a, name, args, result);
    cJSON_Delete(result);
}

static cJSON *unknown_tool(const struct agent *a, const char *name)
{
    AUTO(buf) all = {0};
    const struct instance *owner = pipeline_hidden_tool(a->pipeline, name);
    if (owner)
        return json_error("%s of %s is not offered here: call %s instead", name, owner->type->type,
                          pipeline_completion_tool(a->pipeline));
    for (size_t i = 0; i < a->pipeline->tools.len; i++)
        if ((i < a->pipeline->offers.len || a->pipeline->tools.ptr[i]->owner->deferred) &&
            tool_choice_allows(a->pipeline->choice, a->pipeline->tools.ptr[i]->tool))
            buf_addf(&all, "%s%s", all.len ? ", " : "", a->pipeline->tools.ptr[i]->tool->name);
    if (pipeline_tool_is_off(a->pipeline, name))
        return json_error("the user switched %s off. Available tools: %s", name, buf_cstr(&all));
    return json_error("Unknown tool: %s. Available tools: %s", name, buf_cstr(&all));
}

/* A tool from outside says nothing that could be relied on of what it does. */
static bool may_write(const struct tool *t)
{
    return (t->flags & TOOL_WRITES) || !(t->flags & (TOOL_READS | TOOL_EXECUTES | TOOL_TREE));
}

static bool may_change(const struct tool *t)
{
    return may_write(t) || (t->flags & TOOL_EXECUTES);
}

/* One call of the batch on its way: parsed, told, judged, perhaps begun. */
struct pending {
    int tool;
    cJSON *args;    /* NULL: they cannot be used */
    cJSON *refused; /* the answer of a call that is not to run */
    char *note;
    int64_t since_us, waited_ms;
};

static void pending_fini(struct pending *p)
{
    cJSON_Delete(p->args);
    cJSON_Delete(p->refused);
    free(p->note);
}

/* Tell the call and pass it through the gate. MAY WAIT: for a hook, for the user. */
static void judge_call(struct agent *a, const struct llm_tool_call *call, enum llm_finish finish,
                       struct pending *p)
{
    struct error e = {0};
    *p = (struct pending){.tool = pipeline_find_tool(a->pipeline, call->name),
                          .since_us = clock_us(),
                          .waited_ms = a->goal.waited_ms};
    p->args = args_parse(call->args, finish, &p->note, &e);
    emit_call(a, call, p->tool, p->args);
    if (p->tool < 0) {
        p->refused = unknown_tool(a, call->name);
        return;
    }
    if (!p->args) {
        p->refused = json_error("the arguments of %s cannot be used: %s", call->name, e.text);
        return;
    }
    const struct tool *t = tool_at(a, p->tool);
    AUTO_FREE char *about = call_about(t, p->args);
    struct permit_call c = {.tool = call->name,
                            .args = p->args,
                            .writes = may_write(t),
                            .shows = t->flags & TOOL_SHOWS,
                            .summary = about};
    p->refused = pipeline_check_tool(a->pipeline, p->tool, p->args);
    if (!p->refused)
        p->refused = permit_tool(a->permit, &c);
}

static unsigned flags_of(const struct agent *a, const char *name)
{
    const struct tool *t = tool_at(a, pipeline_find_tool(a->pipeline, name));
    return t ? t->flags : 0;
}

/* The calls of an answer in the order they are run: as they stand, but those that end the goal
 * last, so that no end is taken before all else of the answer has run. */
struct batch {
    size_t *order, count;
};

static struct batch batch_of(const struct agent *a, const struct message *m)
{
    struct batch b = {mem_alloc((m->call_count + 1) * sizeof *b.order), 0};
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < m->call_count; i++)
            if (!(flags_of(a, m->calls[i].name) & TOOL_ENDS_GOAL) == !last)
                b.order[b.count++] = i;
    return b;
}

/* Calls that may go on side by side: all that follow each other are begun before the first is
 * waited for. Returns the index after the last one judged. */
static size_t judge_calls(struct agent *a, int64_t seq, const struct batch *b, size_t from,
                          enum llm_finish finish, struct pending *list)
{
    size_t i = from;
    for (bool more = true; more && i < b->count; i++) {
        struct llm_tool_call call = conversation_at(a->talk, seq)->calls[b->order[i]];
        judge_call(a, &call, finish, &list[i]);
        const struct tool *t = tool_at(a, list[i].tool);
        more = t && t->begin && !reactor_stopped(a->reactor);
        if (more && !list[i].refused && may_change(t))
            agent_files_await(a);
        if (more && !list[i].refused)
            pipeline_begin_tool(a->pipeline, list[i].tool, call.id, list[i].args);
    }
    return i;
}

static void run_call(struct agent *a, const struct llm_tool_call *call, struct pending *p)
{
    cJSON *result = p->refused;
    uint64_t own = a->out->ledger.own;
    p->refused = NULL;
    if (!result && reactor_stopped(a->reactor))
        result = json_error("Not run: %s.", permit_stop_words(a->reactor->interrupt));
    if (!result && (flags_of(a, call->name) & (TOOL_WRITES | TOOL_EXECUTES)))
        agent_checks_spoil(a);
    if (!result && may_change(tool_at(a, p->tool)))
        agent_files_await(a);
    if (!result && reactor_stopped(a->reactor))
        result = json_error("Not run: %s.", permit_stop_words(a->reactor->interrupt));
    a->permit->in_call = true;
    a->permit->shows = flags_of(a, call->name) & TOOL_SHOWS;
    buf_clear(&a->permit->changed);
    if (!result)
        result = pipeline_run_tool(a->pipeline, p->tool, call->id, p->args);
    a->permit->in_call = false;
    if (p->note)
        json_add_str(result, "note", p->note);
    /* The user's thinking is not the tool's time. */
    int64_t ms = (clock_us() - p->since_us) / 1000 - (a->goal.waited_ms - p->waited_ms);
    answer(a, call->id, call->name, p->args, result, MAX(ms, 0), own);
    buf_clear(&a->permit->changed);
}

/* Why the rest of a batch is not run; NULL: it is. */
static const char *batch_over(const struct agent *a)
{
    return reactor_stopped(a->reactor) ? permit_stop_words(a->reactor->interrupt)
           : a->goal.end_asked         ? "the goal had already ended"
           : a->goal.loop_stop         ? "loop detection stopped the goal"
                                       : NULL;
}

/* An end beside calls that failed: the model has not seen yet how they went. Saying that it failed
 * is always taken. */
static bool comes_too_early(const struct agent *a, const struct llm_tool_call *call)
{
    unsigned flags = flags_of(a, call->name);
    if (!a->goal.bad_calls || !(flags & (TOOL_ENDS_GOAL | TOOL_ENDS_STEP)) || (flags & TOOL_FAILS))
        return false;
    AUTO_JSON *args = json_parse(call->args, strlen(call->args), NULL);
    return json_bool(args, "success", true);
}

/* An answer that asks for nothing but tools nobody has, and another, and another: told each time
 * which there are, the model does not listen. */
static void count_unknown(struct agent *a, const struct llm_tool_call *last, bool known)
{
    a->goal.unknown = known ? 0 : a->goal.unknown + 1;
    if (a->goal.unknown < UNKNOWN_MAX)
        return;
    free(a->goal.summary);
    a->goal.summary = mem_printf("the model asked %d times in a row for tools that do not exist, "
                                 "last for %s",
                                 UNKNOWN_MAX, last->name);
    outbox_error(a->out, "limit", false, "Stopped: %s", a->goal.summary);
    a->goal.loop_stop = true;
}

static const char too_early[] = "Not taken: another call of the same answer failed. Look at its "
                                "result first; then call this again, or go on working.";

int64_t agent_execute(struct agent *a, struct llm_reply *reply)
{
    int64_t seq = conversation_last(a->talk), ran = 0;
    struct batch b = batch_of(a, conversation_at(a->talk, seq));
    size_t judged = 0;
    struct pending *list = mem_alloc((b.count + 1) * sizeof *list);
    a->goal.bad_calls = 0;
    agent_checks_look(a);
    bool known = b.count == 0;
    for (size_t i = 0; i < b.count; i++)
        known |= pipeline_find_tool(a->pipeline, conversation_at(a->talk, seq)->calls[i].name) >= 0;
    for (size_t i = 0; i < b.count; i++) {
        /* Looked up anew each time: appending results may move the messages. */
        struct llm_tool_call call = conversation_at(a->talk, seq)->calls[b.order[i]];
        const char *over = batch_over(a);
        if (i >= judged && !over && comes_too_early(a, &call)) {
            answer(a, call.id, call.name, NULL, json_error("%s", too_early), 0, a->out->ledger.own);
            continue;
        }
        if (over && i >= judged) {
            answer(a, call.id, call.name, NULL, json_error("Skipped: %s.", over), 0,
                   a->out->ledger.own);
            continue;
        }
        if (i >= judged)
            judged = judge_calls(a, seq, &b, i, reply->finish, list);
        run_call(a, &call, &list[i]);
        pending_fini(&list[i]);
        ran++;
        agent_emit_tree(a);
        session_commit_soon(a->session);
        reactor_serve(a->reactor);
    }
    if (b.count)
        count_unknown(a, &conversation_at(a->talk, seq)->calls[b.count - 1], known);
    free(list);
    free(b.order);
    agent_checks_again(a);
    return ran;
}

void agent_answer_unanswered(struct agent *a, const char *why)
{
    struct message *m;
    size_t open = conversation_unanswered(a->talk, &m);
    int64_t seq = m ? m->seq : 0;
    for (size_t i = m ? m->call_count - open : 0;
         m && open && i < conversation_at(a->talk, seq)->call_count; i++) {
        struct llm_tool_call call = conversation_at(a->talk, seq)->calls[i];
        answer(a, call.id, call.name, NULL, json_error("%s", why), 0, a->out->ledger.own);
    }
    session_commit(a->session);
}
