#include "cli/mcp_serve.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "config/agent_find.h"
#include "host/rpc.h"

#define MODERN "2026-07-28"
#define NEWEST "2025-11-25"

/* A goal that runs for a client. */
struct served {
    struct engine *engine;
    cJSON *id, *token; /* of the request; of its progress, or NULL */
    char session[32];
    int64_t told;
    bool modern, over, quiet; /* quiet: the client took it back */
};

struct server {
    struct cli *cli;
    struct rpc rpc;
    VEC(struct served *) calls;
};

/* ---- what is offered ---- */

static cJSON *property(const char *words)
{
    cJSON *p = cJSON_CreateObject();
    json_add_str(p, "type", "string");
    json_add_str(p, "description", words);
    return p;
}

static cJSON *tool_of(const char *agent)
{
    static const char *const needed[] = {"goal"};
    cJSON *t = cJSON_CreateObject(), *schema = cJSON_CreateObject(), *fields = cJSON_CreateObject();
    AUTO_FREE char *help = mem_printf(
        "Gives the mien agent \"%s\" a goal in this workspace; it works on it with files "
        "and commands to its end, and answers what it did.",
        agent);
    json_add_str(t, "name", agent);
    json_add_str(t, "description", help);
    json_add(fields, "goal", property("what is to be done, and how it can be told that it is"));
    json_add(fields, "session", property("go on with the session of an earlier call, by its id"));
    json_add_str(schema, "type", "object");
    json_add(schema, "properties", fields);
    json_add(schema, "required", cJSON_CreateStringArray(needed, 1));
    json_add(t, "inputSchema", schema);
    return t;
}

static cJSON *tools(const struct cli *c)
{
    cJSON *list = cJSON_CreateArray();
    struct agent_places places = {c->trust ? c->trusted : NULL};
    char **names;
    size_t n = agent_file_names(&places, &names);
    for (size_t i = 0; i < n; i++) {
        cJSON_AddItemToArray(list, tool_of(names[i]));
        free(names[i]);
    }
    free(names);
    return list;
}

/* ---- a call ---- */

static bool is_offered(const struct cli *c, const char *agent)
{
    AUTO_JSON *all = tools(c);
    const cJSON *t;
    cJSON_ArrayForEach(t, all)
    {
        if (strcmp(json_str(t, "name", ""), agent) == 0)
            return true;
    }
    return false;
}

static void begin_call(struct server *s, const cJSON *id, const cJSON *params, bool modern)
{
    struct error e = {0};
    const char *agent = json_str(params, "name", "");
    const cJSON *args = json_get(params, "arguments");
    const char *goal = json_str(args, "goal", "");
    if (!is_offered(s->cli, agent) || !*goal) {
        rpc_refuse(&s->rpc, id, RPC_PARAMS,
                   *goal ? "there is no such tool" : "goal: required, text");
        return;
    }
    struct engine_opts opts = cli_engine_opts(s->cli);
    opts.agent = agent;
    opts.resume = json_str(args, "session", NULL);
    opts.session = NULL;
    struct engine *g = engine_new(&s->cli->cfg, &opts, &e);
    if (!g) {
        rpc_refuse(&s->rpc, id, RPC_INTERNAL, e.text);
        return;
    }
    struct served *call = mem_alloc(sizeof *call);
    *call = (struct served){
        .engine = g,
        .id = cJSON_Duplicate(id, true),
        .token = cJSON_Duplicate(json_get(json_get(params, "_meta"), "progressToken"), true),
        .modern = modern};
    VEC_PUSH(&s->calls, call);
    engine_ask(g, REQUEST_SUBMIT, goal, NULL);
}

static void tell_progress(struct server *s, struct served *call, const char *text)
{
    cJSON *params = cJSON_CreateObject();
    json_add(params, "progressToken", cJSON_Duplicate(call->token, true));
    json_add_int(params, "progress", ++call->told);
    json_add_str(params, "message", text);
    rpc_notify(&s->rpc, "notifications/progress", params);
}

static void answer(struct server *s, struct served *call, const char *text, bool success,
                   const char *status)
{
    cJSON *result = cJSON_CreateObject(), *content = cJSON_CreateArray(),
          *one = cJSON_CreateObject();
    cJSON *data = cJSON_CreateObject();
    json_add_str(one, "type", "text");
    json_add_strn(one, "text", text, strlen(text));
    cJSON_AddItemToArray(content, one);
    json_add(result, "content", content);
    json_add_bool(data, "success", success);
    json_add_str(data, "status", status);
    json_add_str(data, "session", call->session);
    json_add(result, "structuredContent", data);
    json_add_bool(result, "isError", !success);
    if (call->modern)
        json_add_str(result, "resultType", "complete");
    if (!call->quiet)
        rpc_answer(&s->rpc, call->id, result);
    else
        cJSON_Delete(result);
    call->over = true;
}

static void take(struct server *s, struct served *call, const struct event *ev)
{
    AUTO_FREE char *line = NULL;
    if (ev->session[0])
        memcpy(call->session, ev->session, sizeof call->session);
    if (ev->type == EVENT_TOOL_CALL && call->token) {
        line = mem_printf("%s %s", ev->tool_call.name,
                          ev->tool_call.summary ? ev->tool_call.summary : "");
        tell_progress(s, call, line);
    } else if (ev->type == EVENT_ERROR && ev->error.fatal && !call->over) {
        answer(s, call, ev->error.text, false, "config");
    } else if (ev->type == EVENT_RESULT && !call->over) {
        const struct event_result *r = &ev->result;
        const char *text = r->answer && *r->answer ? r->answer : r->summary ? r->summary : "";
        answer(s, call, text, r->success, r->status);
    }
}

static void free_call(struct served *call)
{
    engine_free(call->engine);
    cJSON_Delete(call->id);
    cJSON_Delete(call->token);
    free(call);
}

static void drain(struct server *s)
{
    for (size_t i = s->calls.len; i > 0; i--) {
        struct served *call = s->calls.ptr[i - 1];
        struct event ev;
        while (!call->over && engine_next(call->engine, &ev)) {
            take(s, call, &ev);
            event_fini(&ev);
        }
        if (!call->over && engine_done(call->engine))
            answer(s, call, "it ended without a result", false, "error");
        if (!call->over)
            continue;
        s->calls.ptr[i - 1] = s->calls.ptr[--s->calls.len];
        free_call(call);
    }
}

static void cancel(struct server *s, const cJSON *id)
{
    for (size_t i = 0; i < s->calls.len; i++)
        if (cJSON_Compare(s->calls.ptr[i]->id, id, true)) {
            s->calls.ptr[i]->quiet = true;
            engine_ask(s->calls.ptr[i]->engine, REQUEST_STOP, NULL, NULL);
        }
}

/* ---- messages ---- */

static cJSON *server_info(void)
{
    cJSON *info = cJSON_CreateObject();
    json_add_str(info, "name", "mien");
    json_add_str(info, "version", MIEN_VERSION);
    return info;
}

static cJSON *about(void)
{
    cJSON *result = cJSON_CreateObject();
    cJSON_AddObjectToObject(cJSON_AddObjectToObject(result, "capabilities"), "tools");
    json_add(result, "serverInfo", server_info());
    return result;
}

static cJSON *initialized(const cJSON *params)
{
    static const char *const known[] = {"2024-11-05", "2025-03-26", "2025-06-18", NEWEST};
    const char *theirs = json_str(params, "protocolVersion", ""), *version = NEWEST;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i], theirs) == 0)
            version = known[i];
    cJSON *result = about();
    json_add_str(result, "protocolVersion", version);
    return result;
}

static cJSON *discovered(void)
{
    static const char *const versions[] = {MODERN};
    cJSON *result = about();
    json_add(result, "supportedVersions", cJSON_CreateStringArray(versions, 1));
    return result;
}

static void on_request(struct server *s, const char *method, const cJSON *id, const cJSON *params)
{
    const char *said =
        json_str(json_get(params, "_meta"), "io.modelcontextprotocol/protocolVersion", NULL);
    cJSON *result = NULL;
    if (strcmp(method, "tools/call") == 0) {
        begin_call(s, id, params, said != NULL);
        return;
    }
    if (strcmp(method, "initialize") == 0) {
        result = initialized(params);
    } else if (strcmp(method, "server/discover") == 0) {
        result = discovered();
    } else if (strcmp(method, "ping") == 0) {
        result = cJSON_CreateObject();
    } else if (strcmp(method, "tools/list") == 0) {
        result = cJSON_CreateObject();
        json_add(result, "tools", tools(s->cli));
    } else {
        AUTO_FREE char *why = mem_printf("mien offers no \"%.100s\"", method);
        rpc_refuse(&s->rpc, id, RPC_NO_METHOD, why);
        return;
    }
    if (said)
        json_add_str(result, "resultType", "complete");
    rpc_answer(&s->rpc, id, result);
}

static void on_message(void *arg, const cJSON *message)
{
    struct server *s = arg;
    const char *method = json_str(message, "method", NULL);
    const cJSON *id = json_get(message, "id"), *params = json_get(message, "params");
    if (method && id)
        on_request(s, method, id, params);
    else if (method && strcmp(method, "notifications/cancelled") == 0)
        cancel(s, json_get(params, "requestId"));
    else if (!method && id && !json_get(message, "result") && !json_get(message, "error"))
        rpc_refuse(&s->rpc, id, RPC_INVALID, "a request has a method");
}

static void on_bad(void *arg, const cJSON *id, enum rpc_code code, const char *why)
{
    rpc_refuse(&((struct server *)arg)->rpc, id, code, why);
}

static bool step(struct server *s, int signals)
{
    VEC(int) fds = {0};
    for (size_t i = 0; i < s->calls.len; i++)
        VEC_PUSH(&fds, engine_event_fd(s->calls.ptr[i]->engine));
    bool goes_on = rpc_step(&s->rpc, signals, fds.ptr, fds.len, on_message, on_bad, s);
    VEC_FREE(&fds);
    drain(s);
    return goes_on;
}

int cli_mcp_serve(struct cli *c)
{
    struct error e = {0};
    struct server s = {.cli = c, .rpc = {.in = 0, .out = 1}};
    if (!cli_trust(c, false, &e))
        return cli_fail(&e);
    if (isatty(0))
        output_text(stderr,
                    "mien mcp serve waits for a program's messages (Model Context Protocol) "
                    "on standard input; Ctrl-D ends it\n");
    cli_open_log();
    int signals = rpc_signals();
    while (step(&s, signals))
        continue;
    bool left = !s.rpc.signaled;
    while (s.calls.len)
        free_call(s.calls.ptr[--s.calls.len]);
    rpc_end(&s.rpc);
    VEC_FREE(&s.calls);
    rpc_fini(&s.rpc);
    close(signals);
    return left ? CLI_OK : CLI_INTERRUPTED;
}
