#include "acp/acp.h"

#include <string.h>
#include <unistd.h>

#include "acp/session.h"

#define VERSION 1
#define PAGE 100          /* sessions in one answer of session/list */
#define ENOUGH (1u << 20) /* bytes that wait for a slow client before engines wait too */

struct acp {
    const struct acp_host *host;
    struct rpc wire;
    struct client client;
    int64_t next_id;
    bool initialized;
    VEC(struct session *) sessions;
};

static struct session *find_session(const struct acp *a, const char *id)
{
    for (size_t i = 0; i < a->sessions.len; i++)
        if (strcmp(a->sessions.ptr[i]->id, id) == 0 && !a->sessions.ptr[i]->opening)
            return a->sessions.ptr[i];
    return NULL;
}

static void drop_session(struct acp *a, struct session *s)
{
    for (size_t i = 0; i < a->sessions.len; i++)
        if (a->sessions.ptr[i] == s)
            a->sessions.ptr[i] = a->sessions.ptr[--a->sessions.len];
    session_end(s);
}

/* ---- methods ---- */

/* What a method gets: the request, whose id is NULL for a notification, and its session. */
struct asked {
    const cJSON *id, *params;
    struct session *session;
};

static void on_initialize(struct acp *a, const struct asked *q)
{
    const cJSON *caps = json_get(q->params, "clientCapabilities");
    cJSON *result = cJSON_CreateObject(), *agent = cJSON_CreateObject();
    cJSON *prompt = cJSON_CreateObject(), *mcp = cJSON_CreateObject();
    cJSON *session = cJSON_CreateObject(), *info = cJSON_CreateObject();
    static const char *const abilities[] = {"list", "resume", "close", "delete",
                                            "additionalDirectories"};
    a->client.forms = json_get(json_get(caps, "elicitation"), "form") != NULL;
    a->client.notices = cJSON_IsObject(json_get(json_get(caps, "session"), "notices"));
    a->initialized = true;
    json_add_int(result, "protocolVersion", VERSION);
    json_add_bool(agent, "loadSession", true);
    json_add_bool(prompt, "image", true);
    json_add_bool(prompt, "audio", false);
    json_add_bool(prompt, "embeddedContext", true);
    json_add(agent, "promptCapabilities", prompt);
    json_add_bool(mcp, "http", true);
    json_add_bool(mcp, "sse", true);
    json_add(agent, "mcpCapabilities", mcp);
    for (size_t i = 0; i < COUNT_OF(abilities); i++)
        json_add(session, abilities[i], cJSON_CreateObject());
    json_add(agent, "sessionCapabilities", session);
    json_add(result, "agentCapabilities", agent);
    json_add(result, "authMethods", cJSON_CreateArray());
    json_add_str(info, "name", "mien");
    json_add_str(info, "title", "mien");
    json_add_str(info, "version", MIEN_VERSION);
    json_add(result, "agentInfo", info);
    rpc_answer(&a->wire, q->id, result);
}

static void on_authenticate(struct acp *a, const struct asked *q)
{
    rpc_refuse(&a->wire, q->id, RPC_PARAMS,
               "mien offers no way to authenticate: keys of providers are in its keys.yaml or the "
               "environment");
}

static void open_session(struct acp *a, const struct asked *q, enum acp_how how)
{
    struct error e = {0};
    struct acp_open o = {.how = how,
                         .session = how == ACP_NEW ? NULL : json_str(q->params, "sessionId", NULL),
                         .cwd = json_str(q->params, "cwd", ""),
                         .dirs = json_get(q->params, "additionalDirectories"),
                         .servers = json_get(q->params, "mcpServers")};
    if (*o.cwd != '/' || (how != ACP_NEW && !o.session)) {
        rpc_refuse(&a->wire, q->id, RPC_PARAMS,
                   how == ACP_NEW ? "cwd: required, an absolute path"
                                  : "sessionId, and cwd, an absolute path: required");
        return;
    }
    struct session *open = o.session ? find_session(a, o.session) : NULL;
    if (open && open->running) {
        rpc_refuse(&a->wire, q->id, RPC_INVALID,
                   "this session is at work here: cancel its prompt first");
        return;
    }
    if (open)
        drop_session(a, open);
    struct session *s = session_begin(&a->wire, &a->client, &a->next_id, a->host, &o, q->id, &e);
    if (s)
        VEC_PUSH(&a->sessions, s);
    else
        rpc_refuse(&a->wire, q->id,
                   e.code == ERR_NOT_FOUND ? RPC_NOT_FOUND
                   : e.code == ERR_USAGE   ? RPC_PARAMS
                                           : RPC_INTERNAL,
                   e.text);
}

static void on_new(struct acp *a, const struct asked *q)
{
    open_session(a, q, ACP_NEW);
}

static void on_load(struct acp *a, const struct asked *q)
{
    open_session(a, q, ACP_LOAD);
}

static void on_resume(struct acp *a, const struct asked *q)
{
    open_session(a, q, ACP_RESUME);
}

static cJSON *listed(const cJSON *stored)
{
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "sessionId", json_str(stored, "id", ""));
    json_add_str(one, "cwd", json_str(stored, "workspace", "/"));
    json_add_str(one, "title", json_str(stored, "title", NULL));
    json_add_str(one, "updatedAt", json_str(stored, "updated", NULL));
    return one;
}

static void on_list(struct acp *a, const struct asked *q)
{
    struct error e = {0};
    AUTO_JSON *all = a->host->list(a->host->arg, json_str(q->params, "cwd", NULL), &e);
    if (!all) {
        rpc_refuse(&a->wire, q->id, RPC_INTERNAL, e.text);
        return;
    }
    int from = (int)strtol(json_str(q->params, "cursor", "0"), NULL, 10);
    int n = cJSON_GetArraySize(all), to = MIN(MAX(from, 0) + PAGE, n);
    cJSON *result = cJSON_CreateObject(), *list = cJSON_CreateArray();
    for (int i = MAX(from, 0); i < to; i++)
        cJSON_AddItemToArray(list, listed(cJSON_GetArrayItem(all, i)));
    json_add(result, "sessions", list);
    AUTO_FREE char *next = to < n ? mem_printf("%d", to) : NULL;
    json_add_str(result, "nextCursor", next);
    rpc_answer(&a->wire, q->id, result);
}

static void on_close(struct acp *a, const struct asked *q)
{
    drop_session(a, q->session);
    rpc_answer(&a->wire, q->id, NULL);
}

static void on_delete(struct acp *a, const struct asked *q)
{
    struct error e = {0};
    const char *id = json_str(q->params, "sessionId", "");
    struct session *open = find_session(a, id);
    if (open)
        drop_session(a, open);
    if (a->host->remove(a->host->arg, id, &e))
        rpc_answer(&a->wire, q->id, NULL);
    else
        rpc_refuse(&a->wire, q->id, e.code == ERR_NOT_FOUND ? RPC_NOT_FOUND : RPC_INTERNAL, e.text);
}

static void on_prompt(struct acp *a, const struct asked *q)
{
    session_prompt(q->session, q->id, json_get(q->params, "prompt"));
}

static void on_cancel(struct acp *a, const struct asked *q)
{
    session_cancel(q->session);
}

static void on_set_mode(struct acp *a, const struct asked *q)
{
    session_choose_mode(q->session, q->id, json_str(q->params, "modeId", ""));
}

static void on_set_option(struct acp *a, const struct asked *q)
{
    session_choose(q->session, q->id, json_str(q->params, "configId", ""),
                   json_str(q->params, "value", ""));
}

/* $/cancel_request: a prompt is stopped; all else is answered before this could be read. */
static void on_cancel_request(struct acp *a, const struct asked *q)
{
    const cJSON *id = json_get(q->params, "requestId"), *p;
    for (size_t i = 0; i < a->sessions.len; i++)
        cJSON_ArrayForEach(p, a->sessions.ptr[i]->prompts)
        {
            if (cJSON_Compare(p, id, true)) {
                session_cancel(a->sessions.ptr[i]);
                return;
            }
        }
}

static const struct method {
    const char *name;
    void (*run)(struct acp *a, const struct asked *q);
    bool session, notification;
} methods[] = {
    {"initialize", on_initialize, false, false},
    {"authenticate", on_authenticate, false, false},
    {"session/new", on_new, false, false},
    {"session/load", on_load, false, false},
    {"session/resume", on_resume, false, false},
    {"session/list", on_list, false, false},
    {"session/close", on_close, true, false},
    {"session/delete", on_delete, false, false},
    {"session/prompt", on_prompt, true, false},
    {"session/cancel", on_cancel, true, true},
    {"session/set_mode", on_set_mode, true, false},
    {"session/set_config_option", on_set_option, true, false},
    {"$/cancel_request", on_cancel_request, false, true},
};

/* ---- messages ---- */

static const struct method *find_method(const char *name, bool notification)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(methods[i].name, name) == 0 && methods[i].notification == notification)
            return &methods[i];
    return NULL;
}

static void on_response(struct acp *a, const cJSON *message)
{
    int64_t id = json_int(message, "id", 0);
    for (size_t i = 0; id && i < a->sessions.len; i++)
        if (a->sessions.ptr[i]->question.request == id) {
            session_answered(a->sessions.ptr[i], message);
            return;
        }
}

static void on_message(void *arg, const cJSON *message)
{
    struct acp *a = arg;
    const char *name = json_str(message, "method", NULL);
    struct asked q = {.id = json_get(message, "id"), .params = json_get(message, "params")};
    if (!name && (json_get(message, "result") || json_get(message, "error"))) {
        on_response(a, message);
        return;
    }
    const struct method *m = name ? find_method(name, !q.id) : NULL;
    const char *id = json_str(q.params, "sessionId", "");
    AUTO_FREE char *why = NULL;
    enum rpc_code code = RPC_INVALID;
    q.session = m && m->session ? find_session(a, id) : NULL;
    if (!name) {
        why = mem_strdup("a message has a method, a result or an error");
    } else if (!m) {
        code = RPC_NO_METHOD;
        why = mem_printf("mien knows no method \"%.100s\"", name);
    } else if (!a->initialized && m->run != on_initialize) {
        why = mem_strdup("the first request is initialize");
    } else if (m->session && !q.session) {
        code = RPC_NOT_FOUND;
        why = mem_printf("no session \"%.100s\" is open here; session/load opens it", id);
    } else {
        m->run(a, &q);
    }
    if (why && q.id) /* a notification is never answered */
        rpc_refuse(&a->wire, q.id, code, why);
}

static void on_bad(void *arg, const cJSON *id, enum rpc_code code, const char *why)
{
    struct acp *a = arg;
    rpc_refuse(&a->wire, id, code, why);
}

/* ---- the loop ---- */

static void drain_sessions(struct acp *a)
{
    for (size_t i = a->sessions.len; i > 0; i--) {
        struct session *s = a->sessions.ptr[i - 1];
        if (a->wire.pending.len - a->wire.sent < ENOUGH)
            session_drain(s);
        if (s->dead)
            drop_session(a, s);
    }
}

/* True while there is somebody to serve. Engines wait too while a slow client has enough. */
static bool step(struct acp *a, int signals)
{
    bool full = a->wire.pending.len - a->wire.sent >= ENOUGH;
    VEC(int) fds = {0};
    for (size_t i = 0; i < a->sessions.len && !full; i++)
        VEC_PUSH(&fds, engine_event_fd(a->sessions.ptr[i]->opened.engine));
    bool goes_on = rpc_step(&a->wire, signals, fds.ptr, fds.len, on_message, on_bad, a);
    VEC_FREE(&fds);
    drain_sessions(a);
    return goes_on;
}

bool acp_serve(const struct acp_host *host)
{
    struct acp a = {.host = host, .wire = {.in = 0, .out = 1}};
    int signals = rpc_signals();
    while (step(&a, signals))
        continue;
    bool left = !a.wire.signaled;
    while (a.sessions.len)
        drop_session(&a, a.sessions.ptr[0]);
    rpc_end(&a.wire);
    VEC_FREE(&a.sessions);
    rpc_fini(&a.wire);
    close(signals);
    return left;
}
