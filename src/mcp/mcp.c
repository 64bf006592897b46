#include "mcp/mcp.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "host/lines.h"
#include "mcp/mcp_http.h"

#define NEWEST "2025-11-25"
#define MODERN "2026-07-28"
#define HARD_FACTOR 10 /* progress may extend a call to this many times its limit */
#define PAGES_MAX 50
#define PRINTED_MAX 4096
#define META "io.modelcontextprotocol/"

enum { METHOD_NOT_FOUND = -32601, UNSUPPORTED_VERSION = -32022 };

/* A request that waits for its answer. */
struct waiting {
    int64_t id, deadline_ms, hard_ms, limit_ms;
    cJSON *answer; /* the whole message */
};

struct mcp {
    struct loop *loop;
    struct mcp_config c;
    char *name, *cwd;
    struct lines *lines; /* one of these two */
    struct mcp_http *http;
    char broken[256]; /* why HTTP fails */
    bool ended, modern, noise_told;
    char version[32];
    int64_t next_id;
    VEC(struct waiting *) waiting;
    VEC(struct mcp_definition) tools;
    struct buf printed; /* end of its standard error */
};

/* ---- sending ---- */

static bool send_message(struct mcp *m, const cJSON *j)
{
    AUTO_FREE char *text = json_print(j);
    if (!m->http)
        return lines_send(m->lines, text, strlen(text));
    const char *name = json_str(json_get(j, "params"), "name", NULL);
    return mcp_http_send(m->http, text, strlen(text), json_str(j, "method", ""), name);
}

static cJSON *message(const char *method, cJSON *params)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "jsonrpc", "2.0");
    json_add_str(j, "method", method);
    if (params)
        json_add(j, "params", params);
    return j;
}

static void notify(struct mcp *m, const char *method, cJSON *params)
{
    AUTO_JSON *j = message(method, params);
    (void)send_message(m, j); /* it may have ended: the next request says so */
}

static cJSON *client_info(void)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "name", "mien");
    json_add_str(j, "version", MIEN_VERSION);
    return j;
}

/* The new revision says in every request what the old one said once. */
static void add_meta(struct mcp *m, cJSON *params, int64_t id)
{
    cJSON *meta = cJSON_AddObjectToObject(params, "_meta");
    if (m->modern) {
        json_add_str(meta, META "protocolVersion", m->version);
        json_add(meta, META "clientCapabilities", cJSON_CreateObject());
        json_add(meta, META "clientInfo", client_info());
    }
    json_add_int(meta, "progressToken", id);
}

/* ---- receiving ---- */

static struct waiting *waiting_for(struct mcp *m, const cJSON *id)
{
    for (size_t i = 0; i < m->waiting.len; i++)
        if (cJSON_IsNumber(id) && m->waiting.ptr[i]->id == (int64_t)id->valuedouble)
            return m->waiting.ptr[i];
    return NULL;
}

/* A server that waits for an answer hangs: everything it asks is answered. */
static void answer_request(struct mcp *m, const cJSON *j)
{
    const char *method = json_str(j, "method", "");
    AUTO_JSON *out = cJSON_CreateObject();
    json_add_str(out, "jsonrpc", "2.0");
    json_add(out, "id", cJSON_Duplicate(json_get(j, "id"), true));
    if (strcmp(method, "ping") == 0) {
        json_add(out, "result", cJSON_CreateObject());
    } else if (strcmp(method, "roots/list") == 0) {
        AUTO_FREE char *uri = mem_printf("file://%s", m->cwd);
        cJSON *root = cJSON_CreateObject(), *result = cJSON_AddObjectToObject(out, "result");
        json_add_str(root, "uri", uri);
        json_add_str(root, "name", "workspace");
        cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "roots"), root);
    } else {
        cJSON *error = cJSON_AddObjectToObject(out, "error");
        json_add_int(error, "code", METHOD_NOT_FOUND);
        json_add_str(error, "message", "mien does not offer this");
    }
    (void)send_message(m, out);
}

static void take_progress(struct mcp *m, const cJSON *params)
{
    struct waiting *w = waiting_for(m, json_get(params, "progressToken"));
    if (!w)
        return;
    w->deadline_ms = MIN(clock_ms() + w->limit_ms, w->hard_ms);
    const char *text = json_str(params, "message", NULL);
    if (m->c.progress && text)
        m->c.progress(m->c.arg, text);
}

static void take_notification(struct mcp *m, const cJSON *j)
{
    const char *method = json_str(j, "method", "");
    const cJSON *params = json_get(j, "params");
    if (strcmp(method, "notifications/tools/list_changed") == 0 && m->c.changed)
        m->c.changed(m->c.arg);
    else if (strcmp(method, "notifications/progress") == 0)
        take_progress(m, params);
    else if (strcmp(method, "notifications/message") == 0 && m->c.log) {
        AUTO_FREE char *data =
            json_get(params, "data") ? json_print(json_get(params, "data")) : NULL;
        m->c.log(m->c.arg, data ? data : "");
    }
}

static void say_noise(struct mcp *m, const char *text, size_t n)
{
    AUTO_FREE char *line =
        mem_printf("printed what is no message: %.*s", (int)utf8_cut(text, n, 200), text);
    if (!m->noise_told && m->c.log)
        m->c.log(m->c.arg, line);
    m->noise_told = true;
}

static void on_line(void *arg, const char *text, size_t n)
{
    struct mcp *m = arg;
    struct error e = {0};
    cJSON *j = json_parse(text, n, &e);
    if (!cJSON_IsObject(j)) {
        say_noise(m, text, n);
        cJSON_Delete(j);
        return;
    }
    bool asks = json_str(j, "method", NULL) != NULL, has_id = json_get(j, "id") != NULL;
    struct waiting *w = !asks ? waiting_for(m, json_get(j, "id")) : NULL;
    if (asks && has_id)
        answer_request(m, j);
    else if (asks)
        take_notification(m, j);
    if (w && !w->answer) {
        w->answer = j;
        return;
    }
    cJSON_Delete(j); /* done with, or an answer that came too late */
}

static void on_errors(void *arg, const char *text, size_t n)
{
    struct mcp *m = arg;
    buf_add(&m->printed, text, n);
    if (m->printed.len > 2 * PRINTED_MAX)
        buf_drop_head(&m->printed, m->printed.len - PRINTED_MAX);
    AUTO(buf) clean = {0};
    utf8_repair(&clean, text, n);
    if (m->c.log)
        m->c.log(m->c.arg, buf_cstr(&clean));
}

static void on_ended(void *arg)
{
    ((struct mcp *)arg)->ended = true;
}

static void on_http_failed(void *arg, const char *why)
{
    struct mcp *m = arg;
    snprintf(m->broken, sizeof m->broken, "%s", why);
    m->ended = m->waiting.len > 0; /* a notification that failed harms nobody */
}

/* ---- asking ---- */

static bool fail(struct mcp *m, enum err code, struct error *e, const char *what)
{
    AUTO(buf) printed = {0};
    size_t n = m->printed.len, from = n > 600 ? n - 600 : 0;
    utf8_repair(&printed, buf_cstr(&m->printed) + from, n - from);
    return error_set(e, code, "the MCP server \"%s\" %s%s%s", m->name, what,
                     printed.len ? ". It printed: " : "", buf_cstr(&printed));
}

static bool wait_answer(struct mcp *m, const struct waiting *w, struct error *e)
{
    while (!w->answer) {
        if (m->ended) {
            AUTO_FREE char *what =
                m->http ? mem_strdup(m->broken) : mem_printf("ended (%s)", lines_end(m->lines));
            return fail(m, ERR_NETWORK, e, what);
        }
        if (m->c.stopped && m->c.stopped(m->c.arg))
            return error_set(e, ERR_CANCELED, "interrupted");
        if (clock_ms() >= w->deadline_ms)
            return fail(m, ERR_TIMEOUT, e, "did not answer in time");
        loop_step(m->loop, w->deadline_ms);
    }
    return true;
}

static void cancel(struct mcp *m, int64_t id, const char *why)
{
    cJSON *params = cJSON_CreateObject();
    json_add_int(params, "requestId", id);
    json_add_str(params, "reason", why);
    notify(m, "notifications/cancelled", params);
}

/* One request and its answer, the whole message; the caller deletes. params are taken. */
static cJSON *ask(struct mcp *m, const char *method, cJSON *params, int64_t limit_ms,
                  struct error *e)
{
    struct waiting w = {.id = ++m->next_id, .limit_ms = limit_ms};
    w.deadline_ms = clock_ms() + limit_ms;
    w.hard_ms = clock_ms() + limit_ms * HARD_FACTOR;
    params = params ? params : cJSON_CreateObject();
    if (strcmp(method, "initialize") != 0)
        add_meta(m, params, w.id);
    AUTO_JSON *j = message(method, params);
    json_add_int(j, "id", w.id);
    VEC_PUSH(&m->waiting, &w);
    bool ok = send_message(m, j) || fail(m, ERR_NETWORK, e, "takes no more requests");
    ok = ok && wait_answer(m, &w, e);
    for (size_t i = 0; i < m->waiting.len; i++)
        if (m->waiting.ptr[i] == &w)
            m->waiting.ptr[i] = m->waiting.ptr[--m->waiting.len];
    if (!ok && !m->ended && strcmp(method, "initialize") != 0)
        cancel(m, w.id, e->code == ERR_TIMEOUT ? "timeout" : "interrupted");
    return ok ? w.answer : NULL;
}

/* The result of an answer, detached; NULL and *e for an error of the protocol. */
static cJSON *result_of(struct mcp *m, cJSON *answer, struct error *e)
{
    const cJSON *error = json_get(answer, "error");
    cJSON *result = cJSON_DetachItemFromObjectCaseSensitive(answer, "result");
    if (error || !result) {
        AUTO_FREE char *what =
            mem_printf("answered with an error: %s (%lld)", json_str(error, "message", "no result"),
                       (long long)json_int(error, "code", 0));
        fail(m, ERR_PARSE, e, what);
        cJSON_Delete(result);
        result = NULL;
    }
    cJSON_Delete(answer);
    return result;
}

/* ---- the handshake ---- */

static bool version_known(const char *v)
{
    static const char *const known[] = {"2024-11-05", "2025-03-26", "2025-06-18", NEWEST, MODERN};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i], v) == 0)
            return true;
    return false;
}

static bool take_modern(struct mcp *m, const cJSON *error)
{
    const cJSON *v, *list = json_get(json_get(error, "data"), "supported");
    if (json_int(error, "code", 0) != UNSUPPORTED_VERSION)
        return false;
    cJSON_ArrayForEach(v, list)
    {
        if (cJSON_IsString(v) && strcmp(v->valuestring, MODERN) == 0)
            m->modern = true;
    }
    snprintf(m->version, sizeof m->version, "%s", MODERN);
    if (m->http && m->modern)
        mcp_http_version(m->http, m->version, true);
    return m->modern;
}

static bool shake_hands(struct mcp *m, struct error *e)
{
    cJSON *params = cJSON_CreateObject(), *can = cJSON_CreateObject();
    json_add_str(params, "protocolVersion", NEWEST);
    json_add(can, "roots", cJSON_CreateObject());
    json_add(params, "capabilities", can);
    json_add(params, "clientInfo", client_info());
    cJSON *answer = ask(m, "initialize", params, m->c.open_ms, e);
    if (!answer)
        return false;
    if (take_modern(m, json_get(answer, "error"))) {
        cJSON_Delete(answer);
        return true;
    }
    AUTO_JSON *result = result_of(m, answer, e);
    if (!result)
        return false;
    snprintf(m->version, sizeof m->version, "%s", json_str(result, "protocolVersion", ""));
    if (!version_known(m->version)) {
        AUTO_FREE char *what = mem_printf("speaks a revision mien does not know: %s", m->version);
        return fail(m, ERR_PARSE, e, what);
    }
    if (m->http)
        mcp_http_version(m->http, m->version, false);
    notify(m, "notifications/initialized", NULL);
    return true;
}

/* ---- tools ---- */

static void forget_tools(struct mcp *m)
{
    for (size_t i = 0; i < m->tools.len; i++) {
        free(m->tools.ptr[i].name);
        free(m->tools.ptr[i].description);
        free(m->tools.ptr[i].schema);
    }
    m->tools.len = 0;
}

static void take_tools(struct mcp *m, const cJSON *result)
{
    const cJSON *t;
    cJSON_ArrayForEach(t, json_get(result, "tools"))
    {
        const char *name = json_str(t, "name", NULL);
        const cJSON *schema = json_get(t, "inputSchema");
        if (!name || !*name)
            continue;
        struct mcp_definition d = {
            .name = mem_strdup(name),
            .description = mem_strdup(json_str(t, "description", json_str(t, "title", name))),
            .schema =
                cJSON_IsObject(schema) ? json_print(schema) : mem_strdup("{\"type\":\"object\"}"),
            .read_only = json_bool(json_get(t, "annotations"), "readOnlyHint", false)};
        VEC_PUSH(&m->tools, d);
    }
}

bool mcp_list(struct mcp *m, struct error *e)
{
    AUTO_FREE char *cursor = NULL;
    forget_tools(m);
    for (int page = 0; page < PAGES_MAX; page++) {
        cJSON *params = cJSON_CreateObject();
        json_add_str(params, "cursor", cursor);
        cJSON *answer = ask(m, "tools/list", params, m->c.open_ms, e);
        AUTO_JSON *result = answer ? result_of(m, answer, e) : NULL;
        if (!result)
            return false;
        take_tools(m, result);
        mem_replace(&cursor, json_str(result, "nextCursor", NULL));
        if (!cursor || !*cursor)
            return true;
    }
    return true; /* what came so far is plenty */
}

size_t mcp_definitions(const struct mcp *m, const struct mcp_definition **list)
{
    *list = m->tools.ptr;
    return m->tools.len;
}

cJSON *mcp_call_tool(struct mcp *m, const char *tool, const cJSON *args)
{
    struct error e = {0};
    cJSON *params = cJSON_CreateObject();
    json_add_str(params, "name", tool);
    json_add(params, "arguments", args ? cJSON_Duplicate(args, true) : cJSON_CreateObject());
    cJSON *answer = ask(m, "tools/call", params, m->c.call_ms, &e);
    AUTO_JSON *result = answer ? result_of(m, answer, &e) : NULL;
    if (!result)
        return json_error("%s", e.text);
    if (strcmp(json_str(result, "resultType", "complete"), "complete") != 0)
        return json_error("the MCP server \"%s\" wants to be told more, which mien does not offer",
                          m->name);
    return mcp_content(result);
}

/* ---- life ---- */

bool mcp_alive(const struct mcp *m)
{
    return m && !m->ended && (m->http || lines_alive(m->lines));
}

const char *mcp_version(const struct mcp *m)
{
    return m->version;
}

struct mcp *mcp_new(struct loop *loop, const struct mcp_config *c, struct error *e)
{
    struct mcp *m = mem_alloc(sizeof *m);
    m->loop = loop;
    m->c = *c;
    m->name = mem_strdup(c->name);
    m->cwd = mem_strdup(c->cwd);
    if (c->url) {
        struct mcp_http_spec web = {c->url, c->headers, on_line, on_http_failed, m};
        m->http = mcp_http_new(loop, &web, e);
    }
    struct lines_spec spec = {.argv = c->argv,
                              .env = c->env,
                              .cwd = c->cwd,
                              .line = on_line,
                              .errors = on_errors,
                              .ended = on_ended,
                              .arg = m};
    if (!c->url)
        m->lines = lines_start(loop, &spec, e);
    if ((m->lines || m->http) && shake_hands(m, e) && mcp_list(m, e))
        return m;
    mcp_free(m);
    return NULL;
}

void mcp_free(struct mcp *m)
{
    if (!m)
        return;
    lines_free(m->lines);
    mcp_http_free(m->http);
    forget_tools(m);
    VEC_FREE(&m->tools);
    VEC_FREE(&m->waiting);
    buf_fini(&m->printed);
    free(m->name);
    free(m->cwd);
    free(m);
}
