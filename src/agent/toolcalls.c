/* The tool calls of one answer: validated, run in order, each id answered exactly once. */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "behavior/hooks.h"
#include "llm/args.h"

/* One line that says what a call is about: its most telling argument. */
static char *call_summary(const cJSON *args)
{
    static const char *const telling[] = {"command", "path",        "pattern",
                                          "goal",    "question",    "task_description",
                                          "title",   "module_name", "project_description",
                                          "task_id", "name",        "server_id",
                                          "reason",  "summary",     "mode"};
    for (size_t i = 0; i < COUNT_OF(telling); i++) {
        const char *s = json_str(args, telling[i], NULL);
        if (s)
            return mem_strndup(s, utf8_cut(s, strlen(s), 300));
    }
    const cJSON *list = json_get(args, "subtasks");
    if (cJSON_IsArray(list))
        return mem_printf("%d subtasks", cJSON_GetArraySize(list));
    return mem_strdup("");
}

static char *result_summary(const cJSON *result)
{
    const char *error = json_str(result, "error", NULL);
    if (json_int(result, "returncode", -1) >= 0)
        return mem_printf("exit %lld", (long long)json_int(result, "returncode", 0));
    if (error)
        return mem_printf("%.*s", (int)utf8_cut(error, strlen(error), 200), error);
    if (cJSON_IsNumber(json_get(result, "lines_added")))
        return mem_printf("+%lld −%lld", (long long)json_int(result, "lines_added", 0),
                          (long long)json_int(result, "lines_removed", 0));
    const char *status = json_str(result, "status", NULL);
    if (status)
        return mem_strdup(status);
    const cJSON *list = json_get(result, "entries");
    if (cJSON_IsArray(list))
        return mem_printf("%d entries", cJSON_GetArraySize(list));
    if (cJSON_IsNumber(json_get(result, "total_lines")))
        return mem_printf("%lld lines", (long long)json_int(result, "total_lines", 0));
    if (cJSON_IsNumber(json_get(result, "match_count")))
        return mem_printf("%lld matches", (long long)json_int(result, "match_count", 0));
    return mem_strdup("");
}

static void diff_lines(struct buf *out, char sign, const char *text)
{
    for (int lines = 0; *text && lines < 200; lines++) {
        size_t n = strcspn(text, "\n");
        buf_addf(out, "%c%.*s\n", sign, (int)MIN(n, 400), text);
        text += n + (text[n] == '\n');
    }
}

/* What a write or an edit changed, for the person; NULL for other calls. */
static char *call_diff(const cJSON *args, const cJSON *result)
{
    const char *old = json_str(args, "old", NULL), *new = json_str(args, "new", NULL);
    const char *content = json_str(args, "content", NULL);
    AUTO(buf) out = {0};
    if (!cJSON_IsNumber(json_get(result, "lines_added")))
        return NULL;
    if (old && new) {
        diff_lines(&out, '-', old);
        diff_lines(&out, '+', new);
    } else if (content) {
        diff_lines(&out, '+', content);
    }
    return out.len ? buf_take(&out) : NULL;
}

static void emit_call(struct agent *a, const struct llm_tool_call *call, int tool,
                      const cJSON *args)
{
    struct event ev = {.type = EVENT_TOOL_CALL};
    ev.tool_call.id = mem_strdup(call->id);
    ev.tool_call.name = mem_strdup(call->name);
    ev.tool_call.behavior =
        tool >= 0 ? mem_strdup(a->pipeline.tools.ptr[tool]->owner->type->type) : NULL;
    ev.tool_call.args = args ? json_print(args) : NULL;
    ev.tool_call.summary = args ? call_summary(args) : mem_strdup("");
    outbox_emit(&a->out, &ev);
}

static void account_answer(struct agent *a, const char *name, const cJSON *args, const char *result,
                           bool ok, int64_t ms)
{
    int tool = pipeline_find_tool(&a->pipeline, name);
    AUTO_FREE char *said = args ? json_print(args) : NULL;
    struct tool_account t = {.tool = name,
                             .behavior =
                                 tool >= 0 ? a->pipeline.tools.ptr[tool]->owner->type->type : NULL,
                             .ok = ok,
                             .ms = ms,
                             .args_tokens = said ? tokens_estimate(said, strlen(said)) : 0,
                             .result_tokens = tokens_estimate(result, strlen(result))};
    account_tool(a, &t);
}

static void tell_hooks(struct agent *a, const char *name, const cJSON *args, const cJSON *result)
{
    if (!yaml_get(a->cfg->hooks, "on_tool_call"))
        return;
    cJSON *body = cJSON_CreateObject();
    json_add_str(body, "tool", name);
    json_add(body, "args", args ? cJSON_Duplicate(args, true) : cJSON_CreateObject());
    json_add(body, "result", cJSON_Duplicate(result, true));
    hooks_run(a, "on_tool_call", body);
}

static cJSON *blocked_by_hook(struct agent *a, const char *name, const cJSON *args)
{
    AUTO_FREE char *reason = hooks_before_tool(a, name, args);
    return reason ? json_error("Blocked by a hook of the person: %s", reason) : NULL;
}

/* The one place where a call is answered. Takes result. */
static void answer(struct agent *a, const char *id, const char *name, const cJSON *args,
                   cJSON *result, int64_t ms)
{
    bool ok = json_bool(result, "success", true) && !json_get(result, "error");
    char *text = json_print(result);
    account_answer(a, name, args, text, ok, ms);
    mem_replace(&a->last_tool, name);
    mem_replace(&a->last_error, ok ? NULL : json_str(result, "error", "it failed"));
    struct event ev = {.type = EVENT_TOOL_RESULT};
    ev.tool_result.id = mem_strdup(id);
    ev.tool_result.ok = ok;
    ev.tool_result.result = mem_strdup(text);
    ev.tool_result.ms = ms;
    ev.tool_result.summary = result_summary(result);
    ev.tool_result.diff = ok ? call_diff(args, result) : NULL;
    outbox_emit(&a->out, &ev);
    conversation_append(&a->talk, (struct message){.role = LLM_TOOL,
                                                   .text = text,
                                                   .call_id = mem_strdup(id),
                                                   .tool = mem_strdup(name),
                                                   .goal = a->goal.number});
    pipeline_tool_call(&a->pipeline, name, args, result);
    tell_hooks(a, name, args, result);
    cJSON_Delete(result);
}

static cJSON *unknown_tool(const struct agent *a, const char *name)
{
    AUTO(buf) all = {0};
    const struct instance *owner = pipeline_hidden_tool(&a->pipeline, name);
    if (owner)
        return json_error("%s of %s is not offered here: call %s instead", name, owner->type->type,
                          pipeline_completion_tool(&a->pipeline));
    for (size_t i = 0; i < a->pipeline.offers.len; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", a->pipeline.offers.ptr[i].name);
    return json_error("Unknown tool: %s. Available tools: %s", name, buf_cstr(&all));
}

/* A tool from outside says nothing that could be relied on of what it does. */
static bool may_write(const struct tool *t)
{
    return (t->flags & TOOL_WRITES) || !(t->flags & (TOOL_READS | TOOL_EXECUTES | TOOL_TREE));
}

/* Under policy `ask` a write is shown before it happens. NULL: go ahead. */
static cJSON *ask_for_write(struct agent *a, const struct tool *t, const cJSON *args)
{
    if (!may_write(t) || a->approval != APPROVAL_ASK)
        return NULL;
    AUTO_FREE char *detail = json_print_lines(args);
    AUTO_FREE char *title = mem_printf("%s %s", t->name, json_str(args, "path", ""));
    struct ask q = {.kind = "write",
                    .title = title,
                    .detail = detail,
                    .why = "the approval policy is \"ask\"",
                    .always =
                        "s: writes inside the workspace are no longer asked about (policy auto)"};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = agent_ask(a, &q, &text);
    if (strcmp(key, "s") == 0)
        a->approval = APPROVAL_AUTO;
    if (strcmp(key, "n") != 0)
        return NULL;
    return json_error("The person refused this write%s%s", text && *text ? ": " : ".",
                      text ? text : "");
}

/* Calls that may go on side by side: all that follow each other are begun before the first is
 * waited for. Returns the index after the last one begun. */
static size_t begin_calls(struct agent *a, int64_t seq, size_t from, enum llm_finish finish)
{
    const struct message *m = conversation_at(&a->talk, seq);
    size_t i = from;
    for (; i < m->call_count; i++) {
        const struct llm_tool_call *call = &m->calls[i];
        int tool = pipeline_find_tool(&a->pipeline, call->name);
        if (tool < 0 || !a->pipeline.tools.ptr[tool]->tool->begin)
            break;
        struct error e = {0};
        AUTO_FREE char *note = NULL;
        AUTO_JSON *args = args_parse(call->args, finish, &note, &e);
        emit_call(a, call, tool, args);
        if (args)
            pipeline_begin_tool(&a->pipeline, tool, call->id, args);
    }
    return i;
}

static void run_call(struct agent *a, const struct llm_tool_call *call, enum llm_finish finish,
                     bool begun)
{
    struct error e = {0};
    AUTO_FREE char *note = NULL;
    AUTO_JSON *args = args_parse(call->args, finish, &note, &e);
    int tool = pipeline_find_tool(&a->pipeline, call->name);
    if (!begun)
        emit_call(a, call, tool, args);
    int64_t since = clock_us(), waited = a->goal.waited_ms;
    cJSON *result = NULL;
    if (tool < 0)
        result = unknown_tool(a, call->name);
    else if (!args)
        result = json_error("the arguments of %s cannot be used: %s", call->name, e.text);
    else if (!(result = blocked_by_hook(a, call->name, args)))
        result = ask_for_write(a, a->pipeline.tools.ptr[tool]->tool, args);
    if (!result)
        result = pipeline_run_tool(&a->pipeline, tool, call->id, args);
    if (note)
        json_add_str(result, "note", note);
    int64_t ms = (clock_us() - since) / 1000 - (a->goal.waited_ms - waited);
    answer(a, call->id, call->name, args, result,
           MAX(ms, 0)); /* a person's thinking is not the tool's time */
}

int64_t agent_execute(struct agent *a, struct llm_reply *reply)
{
    int64_t seq = conversation_last(&a->talk), ran = 0;
    size_t count = conversation_at(&a->talk, seq)->call_count, begun = 0;
    for (size_t i = 0; i < count; i++) {
        /* Looked up anew each time: appending results may move the messages. */
        struct llm_tool_call call = conversation_at(&a->talk, seq)->calls[i];
        if (reactor_stopped(&a->reactor) || a->goal.end_asked || a->goal.loop_stop) {
            bool over = a->goal.end_asked;
            answer(a, call.id, call.name, NULL,
                   json_error(over ? "Skipped: the goal had already ended."
                                   : "Skipped: the person interrupted."),
                   0);
            continue;
        }
        if (i >= begun)
            begun = begin_calls(a, seq, i, reply->finish);
        run_call(a, &call, reply->finish, i < begun);
        ran++;
        agent_emit_tree(a);
        session_commit_soon(a);
        reactor_serve(&a->reactor);
    }
    return ran;
}

void agent_answer_unanswered(struct agent *a, const char *why)
{
    struct message *m;
    size_t open = conversation_unanswered(&a->talk, &m);
    int64_t seq = m ? m->seq : 0;
    for (size_t i = m ? m->call_count - open : 0;
         m && open && i < conversation_at(&a->talk, seq)->call_count; i++) {
        struct llm_tool_call call = conversation_at(&a->talk, seq)->calls[i];
        answer(a, call.id, call.name, NULL, json_error("%s", why), 0);
    }
    session_commit(a);
}
