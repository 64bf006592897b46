/* Requests and their answers, tools and calls of them, from beginning to end. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/utf8.h"
#include "host/lines.h"
#include "mcp/mcp_priv.h"
#include "mcp/oauth.h"

#define HARD_FACTOR 10 /* progress may extend a call to this many times its limit */
#define PAGES_MAX 50
#define INPUTS_MAX 4    /* times one call may ask for more */
#define LOGIN_MS 300000 /* for the user in the browser */
#define LOGINS_MAX 3    /* times in the life of a client that the user is asked */

/* ---- asking ---- */

bool mcp_fail(struct mcp *m, enum err code, struct error *e, const char *what)
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
        mcp_serve_asked(m);
        if (m->ended) {
            AUTO_FREE char *what =
                m->http ? mem_strdup(m->broken) : mem_printf("ended (%s)", lines_end(m->lines));
            return mcp_fail(m, ERR_NETWORK, e, what);
        }
        if (m->c.stopped && m->c.stopped(m->c.arg))
            return error_set(e, ERR_CANCELED, "interrupted");
        if (clock_ms() >= w->deadline_ms)
            return mcp_fail(m, ERR_TIMEOUT, e, "did not answer in time");
        loop_step(m->loop, w->deadline_ms);
    }
    return true;
}

static bool send_and_wait(struct mcp *m, const cJSON *j, const struct waiting *w, struct error *e)
{
    if (!mcp_send(m, j, false))
        return mcp_fail(m, ERR_NETWORK, e, "takes no more requests");
    return wait_answer(m, w, e);
}

static void cancel(struct mcp *m, int64_t id, const char *why)
{
    cJSON *params = cJSON_CreateObject();
    json_add_int(params, "requestId", id);
    json_add_str(params, "reason", why);
    mcp_notify(m, "notifications/cancelled", params);
}

static struct waiting waiting_new(struct mcp *m, int64_t limit_ms)
{
    return (struct waiting){.id = ++m->next_id,
                            .limit_ms = limit_ms,
                            .deadline_ms = clock_ms() + limit_ms,
                            .hard_ms = clock_ms() + limit_ms * HARD_FACTOR};
}

/* A server over HTTP that forgot the session did not do what it was asked: once more, anew. */
static bool renew_session(struct mcp *m, struct error *e)
{
    if (!m->http || !m->ended || m->failure != MCP_HTTP_NO_SESSION)
        return false;
    m->ended = false;
    mcp_http_reset(m->http);
    *e = (struct error){0};
    if (m->c.log)
        m->c.log(m->c.arg, "it forgot the session; a new one is begun");
    return mcp_shake_hands(m, e);
}

/* The user's consent: renewed, or asked for. False: there is none, and *e says what to do. */
static bool authorize(struct mcp *m, bool renews, struct error *e)
{
    const char *challenge = mcp_http_challenge(m->http);
    struct oauth o = {.url = m->c.url,
                      .tokens = m->c.tokens,
                      .client_id = m->c.client_id,
                      .client_secret = m->c.client_secret,
                      .scope = m->c.scope,
                      .visit = m->c.visit,
                      .stopped = m->c.stopped,
                      .arg = m->c.arg,
                      .limit_ms = LOGIN_MS};
    struct error why = {0};
    bool more = challenge && strstr(challenge, "insufficient_scope");
    bool ok = renews && !more && oauth_refresh(m->loop, &o, &why);
    if (!ok && m->logins < LOGINS_MAX && m->c.may_login && m->c.may_login(m->c.arg)) {
        m->logins++;
        ok = oauth_login(m->loop, &o, challenge, &why);
        if (!ok)
            error_set(e, why.code, "the MCP server \"%s\": the login failed: %s", m->name,
                      why.text);
    } else if (!ok) {
        error_set(e, ERR_DENIED,
                  "the MCP server \"%s\" wants %s: mien mcp login %s opens a browser for it",
                  m->name, more ? "more rights than it was given" : "you to log in", m->name);
    }
    AUTO_FREE char *token = ok ? oauth_token(&o) : NULL;
    if (ok)
        mcp_http_bearer(m->http, token);
    return ok;
}

/* One more try, once there is what it wants. */
static bool is_let_in(struct mcp *m, int tries, struct error *e)
{
    if (!m->http || !m->ended || m->failure != MCP_HTTP_LOGIN || !m->c.tokens || tries > 1 ||
        e->code == ERR_CANCELED)
        return false;
    m->ended = false;
    return authorize(m, tries == 0, e);
}

cJSON *mcp_ask(struct mcp *m, const char *method, cJSON *params, int64_t limit_ms, struct error *e)
{
    struct waiting w = waiting_new(m, limit_ms);
    if (m->http && (m->failure == MCP_HTTP_REFUSED || m->failure == MCP_HTTP_LOGIN))
        m->ended = false; /* one refusal is not the end of it */
    bool first = strcmp(method, "initialize") == 0;
    params = params ? params : cJSON_CreateObject();
    if (!first)
        mcp_add_meta(m, params, w.id);
    AUTO_JSON *j = mcp_message(method, params);
    json_add_int(j, "id", w.id);
    VEC_PUSH(&m->waiting, &w);
    bool ok = send_and_wait(m, j, &w, e);
    for (int tries = 0; !ok && is_let_in(m, tries, e); tries++) {
        *e = (struct error){0};
        w.deadline_ms = clock_ms() + limit_ms; /* the user's time is not the server's */
        w.hard_ms = clock_ms() + limit_ms * HARD_FACTOR;
        ok = send_and_wait(m, j, &w, e);
    }
    if (!ok && !first && renew_session(m, e))
        ok = send_and_wait(m, j, &w, e);
    for (size_t i = 0; i < m->waiting.len; i++)
        if (m->waiting.ptr[i] == &w)
            m->waiting.ptr[i] = m->waiting.ptr[--m->waiting.len];
    if (!ok && !m->ended && !first)
        cancel(m, w.id, e->code == ERR_TIMEOUT ? "timeout" : "interrupted");
    return ok ? w.answer : NULL;
}

cJSON *mcp_result_of(struct mcp *m, cJSON *answer, struct error *e)
{
    const cJSON *error = json_get(answer, "error");
    cJSON *result = cJSON_DetachItemFromObjectCaseSensitive(answer, "result");
    if (error || !result) {
        AUTO_FREE char *what =
            mem_printf("answered with an error: %s (%lld)", json_str(error, "message", "no result"),
                       (long long)json_int(error, "code", 0));
        mcp_fail(m, ERR_PARSE, e, what);
        cJSON_Delete(result);
        result = NULL;
    }
    cJSON_Delete(answer);
    return result;
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

static void take_tools(struct mcp *m, const cJSON *list)
{
    const cJSON *t;
    cJSON_ArrayForEach(t, list)
    {
        const char *name = json_str(t, "name", NULL);
        if (!name || !*name)
            continue;
        struct mcp_definition d = {
            .name = mem_strdup(name),
            .description = mem_strdup(json_str(t, "description", json_str(t, "title", name))),
            .schema = mcp_schema(json_get(t, "inputSchema")),
            .read_only = json_bool(json_get(t, "annotations"), "readOnlyHint", false)};
        VEC_PUSH(&m->tools, d);
    }
}

/* All pages of a list, as one array; NULL: *e. */
static cJSON *list_all(struct mcp *m, const char *method, const char *what, struct error *e)
{
    AUTO_FREE char *cursor = NULL;
    cJSON *all = cJSON_CreateArray();
    for (int page = 0; page < PAGES_MAX; page++) { /* what came so far is plenty */
        cJSON *params = cJSON_CreateObject(), *one;
        json_add_str(params, "cursor", cursor);
        cJSON *answer = mcp_ask(m, method, params, m->c.open_ms, e);
        AUTO_JSON *result = answer ? mcp_result_of(m, answer, e) : NULL;
        if (!result) {
            cJSON_Delete(all);
            return NULL;
        }
        cJSON *items = cJSON_GetObjectItemCaseSensitive(result, what);
        while (cJSON_IsArray(items) && (one = cJSON_DetachItemFromArray(items, 0)))
            cJSON_AddItemToArray(all, one);
        mem_replace(&cursor, json_str(result, "nextCursor", NULL));
        if (!cursor || !*cursor)
            break;
    }
    return all;
}

bool mcp_list(struct mcp *m, struct error *e)
{
    forget_tools(m);
    AUTO_JSON *all = list_all(m, "tools/list", "tools", e);
    if (all)
        take_tools(m, all);
    return all != NULL;
}

cJSON *mcp_prompts(struct mcp *m, struct error *e)
{
    return m->has_prompts ? list_all(m, "prompts/list", "prompts", e) : cJSON_CreateArray();
}

cJSON *mcp_resources(struct mcp *m, struct error *e)
{
    return m->has_resources ? list_all(m, "resources/list", "resources", e) : cJSON_CreateArray();
}

size_t mcp_definitions(const struct mcp *m, const struct mcp_definition **list)
{
    *list = m->tools.ptr;
    return m->tools.len;
}

static bool wants_input(const cJSON *result)
{
    return result && strcmp(json_str(result, "resultType", ""), "input_required") == 0;
}

/* What it asks before it goes on: our root is told, the user is asked. False:
 * there is something else. */
static bool add_inputs(struct mcp *m, cJSON *call, const cJSON *result)
{
    cJSON *answers = cJSON_CreateObject();
    const cJSON *asked;
    bool ok = true;
    cJSON_ArrayForEach(asked, json_get(result, "inputRequests"))
    {
        const char *method = json_str(asked, "method", "");
        if (strcmp(method, "roots/list") == 0)
            json_add(answers, asked->string, mcp_roots(m));
        else if (strcmp(method, "elicitation/create") == 0)
            json_add(answers, asked->string, mcp_elicit(m, json_get(asked, "params")));
        else
            ok = false;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(call, "inputResponses");
    cJSON_DeleteItemFromObjectCaseSensitive(call, "requestState");
    json_add(call, "inputResponses", answers);
    if (json_get(result, "requestState"))
        json_add(call, "requestState", cJSON_Duplicate(json_get(result, "requestState"), true));
    return ok;
}

/* Ask, and answer what is asked back, until it is through; NULL: *e. Takes params. */
static cJSON *ask_through(struct mcp *m, const char *method, cJSON *params, struct error *e)
{
    AUTO_JSON *call = cJSON_Duplicate(params, true);
    cJSON *answer = mcp_ask(m, method, params, m->c.call_ms, e);
    cJSON *result = answer ? mcp_result_of(m, answer, e) : NULL;
    for (int i = 0; i < INPUTS_MAX && wants_input(result) && add_inputs(m, call, result); i++) {
        cJSON_Delete(result);
        answer = mcp_ask(m, method, cJSON_Duplicate(call, true), m->c.call_ms, e);
        result = answer ? mcp_result_of(m, answer, e) : NULL;
    }
    if (!result || strcmp(json_str(result, "resultType", "complete"), "complete") == 0)
        return result;
    cJSON_Delete(result);
    error_set(e, ERR_DENIED,
              "the MCP server \"%s\" wants to be told more, which mien does not offer", m->name);
    return NULL;
}

cJSON *mcp_call_tool(struct mcp *m, const char *tool, const cJSON *args)
{
    struct error e = {0};
    cJSON *params = cJSON_CreateObject();
    json_add_str(params, "name", tool);
    json_add(params, "arguments", args ? cJSON_Duplicate(args, true) : cJSON_CreateObject());
    int64_t since = clock_us();
    AUTO_JSON *result = ask_through(m, "tools/call", params, &e);
    log_debug("mcp", "%s.%s: %lld us", m->name, tool, (long long)(clock_us() - since));
    return result ? mcp_content(result) : json_error("%s", e.text);
}

cJSON *mcp_get_prompt(struct mcp *m, const char *name, const cJSON *args, struct error *e)
{
    cJSON *params = cJSON_CreateObject();
    json_add_str(params, "name", name);
    json_add(params, "arguments", cJSON_Duplicate(args, true));
    return ask_through(m, "prompts/get", params, e);
}

cJSON *mcp_read_resource(struct mcp *m, const char *uri, struct error *e)
{
    cJSON *params = cJSON_CreateObject();
    json_add_str(params, "uri", uri);
    return ask_through(m, "resources/read", params, e);
}

/* ---- life ---- */

bool mcp_alive(const struct mcp *m)
{
    if (m && m->http)
        return !m->ended || m->failure == MCP_HTTP_REFUSED || m->failure == MCP_HTTP_LOGIN;
    return m && !m->ended && lines_alive(m->lines);
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
    if (mcp_connect(m, e) && mcp_handshake(m, e) && mcp_list(m, e)) {
        mcp_listen(m);
        return m;
    }
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
    for (size_t i = 0; i < m->asked.len; i++)
        cJSON_Delete(m->asked.ptr[i]);
    VEC_FREE(&m->asked);
    VEC_FREE(&m->waiting);
    buf_fini(&m->printed);
    free(m->name);
    free(m->cwd);
    free(m);
}
