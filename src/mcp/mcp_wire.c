/* Messages out and in: made, sent, taken apart; what the server asks is answered here. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "host/lines.h"
#include "mcp/mcp_priv.h"
#include "mcp/oauth.h"

#define META "io.modelcontextprotocol/"
#define PRINTED_MAX 4096

enum { METHOD_NOT_FOUND = -32601, USER_REFUSED = -1 };

/* ---- sending ---- */

/* One argument as a header: text as it is, if no line end is in it. */
static void add_param(cJSON *headers, const char *name, const cJSON *value)
{
    AUTO_FREE char *key = mem_printf("Mcp-Param-%s", name);
    AUTO_FREE char *text = cJSON_IsString(value) ? mem_strdup(value->valuestring)
                           : value               ? json_print(value)
                                                 : NULL;
    if (text && !strpbrk(text, "\r\n") && !strpbrk(key, ":\r\n "))
        json_add_str(headers, key, text);
}

/* Arguments that the tool's schema wants to see as headers too. */
static cJSON *param_headers(const struct mcp *m, const cJSON *params)
{
    const char *tool = json_str(params, "name", NULL);
    cJSON *headers = cJSON_CreateObject();
    for (size_t i = 0; tool && m->modern && i < m->tools.len; i++) {
        const struct mcp_definition *d = &m->tools.ptr[i];
        if (strcmp(d->name, tool) != 0 || !strstr(d->schema, "x-mcp-header"))
            continue;
        AUTO_JSON *schema = json_parse(d->schema, strlen(d->schema), NULL);
        const cJSON *p;
        cJSON_ArrayForEach(p, json_get(schema, "properties"))
        {
            const char *name = json_str(p, "x-mcp-header", NULL);
            if (name)
                add_param(headers, name, json_get(json_get(params, "arguments"), p->string));
        }
    }
    return headers;
}

bool mcp_send(struct mcp *m, const cJSON *j, bool optional)
{
    AUTO_FREE char *text = json_print(j);
    if (!m->http)
        return lines_send(m->lines, text, strlen(text));
    AUTO_JSON *headers = param_headers(m, json_get(j, "params"));
    struct mcp_http_message out = {.text = text,
                                   .len = strlen(text),
                                   .method = json_str(j, "method", ""),
                                   .name = json_str(json_get(j, "params"), "name", NULL),
                                   .headers = headers,
                                   .optional = optional};
    return mcp_http_send(m->http, &out);
}

cJSON *mcp_message(const char *method, cJSON *params)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "jsonrpc", "2.0");
    json_add_str(j, "method", method);
    if (params)
        json_add(j, "params", params);
    return j;
}

void mcp_notify(struct mcp *m, const char *method, cJSON *params)
{
    AUTO_JSON *j = mcp_message(method, params);
    mcp_send(m, j, true); /* it may have ended: the next request says so */
}

cJSON *mcp_client_info(void)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "name", "mien");
    json_add_str(j, "version", MIEN_VERSION);
    return j;
}

void mcp_add_meta(struct mcp *m, cJSON *params, int64_t id)
{
    cJSON *meta = cJSON_AddObjectToObject(params, "_meta");
    if (m->modern) {
        json_add_str(meta, META "protocolVersion", m->version);
        json_add(meta, META "clientCapabilities", mcp_can(m));
        json_add(meta, META "clientInfo", mcp_client_info());
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

cJSON *mcp_roots(const struct mcp *m)
{
    AUTO_FREE char *uri = mem_printf("file://%s", m->cwd);
    cJSON *root = cJSON_CreateObject(), *result = cJSON_CreateObject();
    json_add_str(root, "uri", uri);
    json_add_str(root, "name", "workspace");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "roots"), root);
    return result;
}

static bool is_for_user(const struct mcp *m, const char *method)
{
    return (strcmp(method, "elicitation/create") == 0 && m->c.elicit) ||
           (strcmp(method, "sampling/createMessage") == 0 && m->c.sample && !m->modern);
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
        json_add(out, "result", mcp_roots(m));
    } else if (m->waiting.len && is_for_user(m, method)) {
        VEC_PUSH(&m->asked, cJSON_Duplicate(j, true)); /* callbacks do not wait: who waits asks */
        return;
    } else if (strcmp(method, "elicitation/create") == 0 && m->c.elicit) {
        json_add_str(cJSON_AddObjectToObject(out, "result"), "action", "cancel");
    } else {
        cJSON *error = cJSON_AddObjectToObject(out, "error");
        json_add_int(error, "code", METHOD_NOT_FOUND);
        json_add_str(error, "message", "mien does not offer this");
    }
    mcp_send(m, out, true);
}

cJSON *mcp_elicit(struct mcp *m, const cJSON *params)
{
    cJSON *result = m->c.elicit ? m->c.elicit(m->c.arg, params) : NULL;
    if (!result)
        json_add_str(result = cJSON_CreateObject(), "action", "decline");
    return result;
}

static void add_users_answer(struct mcp *m, const cJSON *asked, cJSON *out)
{
    const cJSON *params = json_get(asked, "params");
    bool samples = strcmp(json_str(asked, "method", ""), "sampling/createMessage") == 0;
    cJSON *result = samples ? m->c.sample(m->c.arg, params) : mcp_elicit(m, params);
    if (result) {
        json_add(out, "result", result);
        return;
    }
    cJSON *error = cJSON_AddObjectToObject(out, "error");
    json_add_int(error, "code", USER_REFUSED);
    json_add_str(error, "message", "the user did not allow it");
}

void mcp_serve_asked(struct mcp *m)
{
    while (m->asked.len) {
        AUTO_JSON *j = m->asked.ptr[0];
        memmove(m->asked.ptr, m->asked.ptr + 1, --m->asked.len * sizeof *m->asked.ptr);
        int64_t since = clock_ms();
        AUTO_JSON *out = cJSON_CreateObject();
        json_add_str(out, "jsonrpc", "2.0");
        json_add(out, "id", cJSON_Duplicate(json_get(j, "id"), true));
        add_users_answer(m, j, out);
        mcp_send(m, out, true);
        for (size_t i = 0; i < m->waiting.len; i++) { /* the user's time is not the server's */
            m->waiting.ptr[i]->deadline_ms += clock_ms() - since;
            m->waiting.ptr[i]->hard_ms += clock_ms() - since;
        }
    }
}

cJSON *mcp_can(const struct mcp *m)
{
    cJSON *can = cJSON_CreateObject();
    json_add(can, "roots", cJSON_CreateObject());
    if (m->c.elicit)
        json_add(can, "elicitation", cJSON_CreateObject());
    if (m->c.sample && !m->modern)
        json_add(can, "sampling", cJSON_CreateObject());
    return can;
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

static void on_http_failed(void *arg, enum mcp_http_failure how, const char *why)
{
    struct mcp *m = arg;
    snprintf(m->broken, sizeof m->broken, "%s", why);
    m->failure = how;
    m->ended = true;
}

/* ---- connecting ---- */

static bool start_lines(struct mcp *m, struct error *e)
{
    struct lines_spec spec = {.argv = m->c.argv,
                              .env = m->c.env,
                              .cwd = m->cwd,
                              .line = on_line,
                              .errors = on_errors,
                              .ended = on_ended,
                              .arg = m};
    lines_free(m->lines);
    m->lines = lines_start(m->loop, &spec, e);
    return m->lines != NULL;
}

bool mcp_connect(struct mcp *m, struct error *e)
{
    m->ended = false;
    if (!m->c.url)
        return start_lines(m, e);
    struct mcp_http_spec web = {m->c.url, m->c.headers, on_line, on_http_failed, m};
    m->http = mcp_http_new(m->loop, &web, e);
    struct oauth o = {.url = m->c.url, .tokens = m->c.tokens};
    AUTO_FREE char *token = m->http && o.tokens ? oauth_token(&o) : NULL;
    if (token)
        mcp_http_bearer(m->http, token);
    return m->http != NULL;
}
