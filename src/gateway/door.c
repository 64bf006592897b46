/* Who may come in, and what is asked: headers, paths, methods. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "gateway/gateway_priv.h"
#include "gateway/guard.h"
#include "store/store.h"

const char *door_header(const struct serving *s, const char *name)
{
    return s->gateway->mhd->lookup_connection_value(s->connection, MHD_HEADER_KIND, name);
}

/* ---- who ---- */

/* Headers that say where a request is from, and where it ends: one each. */
struct seen {
    const char *length;
    size_t hosts, origins;
    bool lengths_differ, chunked;
};

static enum MHD_Result door_see(void *cls, enum MHD_ValueKind kind, const char *key,
                                const char *value)
{
    struct seen *seen = cls;
    value = value ? value : "";
    seen->hosts += strcasecmp(key, "Host") == 0;
    seen->origins += strcasecmp(key, "Origin") == 0;
    seen->chunked = seen->chunked || strcasecmp(key, "Transfer-Encoding") == 0;
    if (strcasecmp(key, "Content-Length") != 0)
        return MHD_YES;
    seen->lengths_differ =
        seen->lengths_differ || (seen->length && strcmp(seen->length, value) != 0);
    seen->length = value;
    return MHD_YES;
}

/* What two programs could understand in two ways is how one request is smuggled in another. */
static bool door_is_plain(struct serving *s)
{
    struct seen seen = {0};
    s->gateway->mhd->get_connection_values(s->connection, MHD_HEADER_KIND, door_see, &seen);
    return (seen.hosts <= 1 && seen.origins <= 1 && !seen.lengths_differ &&
            !(seen.length && seen.chunked)) ||
           answer_refuse(s, 400, "Host, Origin or the length of the body is said twice");
}

/* Of a list with blanks between. */
static bool door_is_listed(const char *list, const char *origin)
{
    size_t n = strlen(origin);
    for (const char *p = list; p && (p = strstr(p, origin)); p += n)
        if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
            return true;
    return false;
}

static bool door_may(struct serving *s)
{
    struct gateway *p = s->gateway;
    const char *site = door_header(s, "Sec-Fetch-Site"), *origin = door_header(s, "Origin");
    const char *key = door_header(s, "x-api-key");
    bool listed = origin && p->origins && door_is_listed(p->origins, origin);
    if (p->local && !guard_host_is_local(door_header(s, "Host")))
        return answer_refuse(s, 403,
                             "the Host header is no name of this machine: use http://127.0.0.1 or "
                             "http://localhost");
    if (!listed && (!guard_origin_is_local(origin) || (site && strcmp(site, "cross-site") == 0)))
        return answer_refuse(s, 403, "web pages of other places may not use this proxy");
    key = key ? key : door_header(s, "x-goog-api-key");
    key = key ? key : door_header(s, "api-key");
    key = key ? key : p->mhd->lookup_connection_value(s->connection, MHD_GET_ARGUMENT_KIND, "key");
    if (p->token && !s->own_free && !guard_token_ok(p->token, door_header(s, "Authorization"), key))
        return answer_refuse(s, 401,
                             "the token is missing or wrong: send it as API key (mien proxy env "
                             "prints the variables)");
    s->session = guard_session(door_header(s, "Authorization"), key);
    if (s->session && !store_id_valid(s->session)) /* an '@' of the key's own */
        mem_replace(&s->session, NULL);
    if (!s->session)
        s->session = mem_strdup(p->session);
    return true;
}

void door_share(struct serving *s, struct MHD_Response *r)
{
    const struct mhd_api *mhd = s->gateway->mhd;
    const char *origin = door_header(s, "Origin");
    if (!origin || !s->gateway->origins || !door_is_listed(s->gateway->origins, origin))
        return;
    mhd->add_response_header(r, "Access-Control-Allow-Origin", origin);
    mhd->add_response_header(r, "Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    mhd->add_response_header(r, "Access-Control-Allow-Headers",
                             "Authorization, Content-Type, x-api-key, x-goog-api-key, api-key, "
                             "anthropic-version, anthropic-beta, X-Behavior-Mode");
    mhd->add_response_header(r, "Access-Control-Expose-Headers",
                             "x-mien-model, x-mien-mode, x-mien-deployment");
    mhd->add_response_header(r, "Vary", "Origin");
}

/* ---- what ---- */

/* ?alt=sse; without it Google answers with a JSON array. */
static bool door_asks_for_events(const struct serving *s)
{
    const char *alt =
        s->gateway->mhd->lookup_connection_value(s->connection, MHD_GET_ARGUMENT_KIND, "alt");
    return alt && strcmp(alt, "sse") == 0;
}

/* /openai/deployments/MODEL/chat/completions?api-version=…: whose version it is, is not ours. */
static bool door_azure(struct serving *s)
{
    static const char root[] = "/openai/deployments/", rest[] = "/chat/completions";
    size_t n = strlen(s->path), fixed = sizeof root + sizeof rest - 2;
    if (n <= fixed || strncmp(s->path, root, sizeof root - 1) != 0 ||
        strcmp(s->path + n - (sizeof rest - 1), rest) != 0)
        return false;
    s->path_model = mem_strndup(s->path + sizeof root - 1, n - fixed);
    mem_replace(&s->query, NULL);
    return true;
}

/* /v1beta/models/MODEL:METHOD */
static bool door_gemini(struct serving *s)
{
    static const char *const roots[] = {"/v1beta/models/", "/v1/models/", "/v1alpha/models/"};
    static const struct {
        const char *method;
        bool whole, count;
    } rows[] = {{"streamGenerateContent", false, false},
                {"generateContent", true, false},
                {"countTokens", true, true}};
    const char *colon = strrchr(s->path, ':');
    for (size_t i = 0; colon && i < COUNT_OF(roots); i++) {
        size_t n = strlen(roots[i]);
        for (size_t k = 0; strncmp(s->path, roots[i], n) == 0 && k < COUNT_OF(rows); k++) {
            if (strcmp(colon + 1, rows[k].method) != 0 || colon <= s->path + n)
                continue;
            s->style = ROUTE_GEMINI;
            s->whole = rows[k].whole;
            s->count_tokens = rows[k].count;
            s->array = !s->whole && !door_asks_for_events(s);
            s->path_model = mem_strndup(s->path + n, (size_t)(colon - s->path) - n);
            return true;
        }
    }
    return false;
}

/* The path behind /v1, with its slash: clients write it with and without. */
static const char *door_behind_v1(const struct serving *s)
{
    static const char *const roots[] = {"/openai/v1/", "/v1/", "/v1beta/openai/", "/v1beta/"};
    for (size_t i = 0; i < COUNT_OF(roots); i++) {
        size_t n = strlen(roots[i]);
        if (strncmp(s->path, roots[i], n) == 0)
            return s->path + n - 1;
    }
    return s->path;
}

static bool door_style(struct serving *s)
{
    static const struct {
        const char *path;
        enum route_style style;
        bool count;
    } rows[] = {{"/chat/completions", ROUTE_CHAT, false},
                {"/responses", ROUTE_RESPONSES, false},
                {"/responses/input_tokens", ROUTE_RESPONSES, true},
                {"/messages", ROUTE_MESSAGES, false},
                {"/messages/count_tokens", ROUTE_MESSAGES, true}};
    if (door_gemini(s) || door_azure(s))
        return true;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(door_behind_v1(s), rows[i].path) == 0) {
            s->style = rows[i].style;
            s->count_tokens = rows[i].count;
            return true;
        }
    return false;
}

/* What the proxy knows nothing of but whose it is. */
static bool door_other(struct serving *s, const char *method)
{
    static const char *const roots[] = {"embeddings", "completions", "files",         "batches",
                                        "audio",      "images",      "moderations",   "responses",
                                        "rerank",     "uploads",     "vector_stores", "fine_tuning",
                                        "messages",   "tokenize",    "detokenize"};
    static const char *const methods[] = {"GET", "POST", "DELETE"};
    const char *path = door_behind_v1(s);
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(roots) && !known; i++) {
        size_t n = strlen(roots[i]);
        known = strncmp(path + 1, roots[i], n) == 0 && (!path[1 + n] || path[1 + n] == '/');
    }
    if (!known)
        return false;
    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(method, methods[i]) == 0)
            s->method = methods[i];
    s->other = true;
    return true;
}

static const char *door_one_model(const struct serving *s)
{
    const char *path = door_behind_v1(s);
    return strncmp(path, "/models/", 8) == 0 && path[8] ? path + 8 : NULL;
}

static bool door_refuses_method(struct serving *s, const char *takes)
{
    return answer_refuse(s, 405, "%.100s takes %s", s->path, takes);
}

/* Whether the path exists and takes the method; the method decides whether a body comes. */
static bool door_route(struct serving *s, const char *method)
{
    static const struct {
        const char *path;
        void (*answer)(struct serving *s);
        bool post;
    } rows[] = {{"/models", answer_models, false},
                {"/health", answer_health, false},
                {"/stats", answer_stats, false},
                {"/", answer_health, false},
                {"/behavior", answer_behavior, true}};
    const char *upgrade = door_header(s, "Upgrade");
    bool read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool post = strcmp(method, "POST") == 0;
    if (strcmp(method, "OPTIONS") == 0) {
        s->own_answer = answer_nothing;
        return true;
    }
    if (s->styled && upgrade && strcasecmp(upgrade, "websocket") == 0)
        return answer_refuse(s, 426, "no WebSocket here: use HTTP");
    for (size_t i = 0; !s->styled && i < COUNT_OF(rows); i++) {
        if (strcmp(door_behind_v1(s), rows[i].path) != 0)
            continue;
        s->own_answer = rows[i].answer;
        s->post = rows[i].post;
        return (s->post ? post : read) || door_refuses_method(s, s->post ? "POST" : "GET");
    }
    if (!s->styled && door_one_model(s) && read) {
        s->own_answer = answer_model;
        return true;
    }
    s->post = s->styled || post;
    if (s->styled)
        return post || door_refuses_method(s, "POST");
    if (!door_other(s, method))
        return answer_refuse(s, 404,
                             "there is no %.100s; there is /v1/chat/completions, /v1/responses, "
                             "/v1/messages, /v1beta/models/MODEL:generateContent, "
                             "/openai/deployments/MODEL/chat/completions, /v1/models, "
                             "/behavior and /health",
                             s->path);
    return s->method || door_refuses_method(s, "GET, POST and DELETE");
}

static bool door_size(struct serving *s)
{
    const char *text = door_header(s, "Content-Length");
    unsigned long long n = text ? strtoull(text, NULL, 10) : 0;
    return n <= s->gateway->o.body_max ||
           answer_refuse(s, 413, "the body has %llu bytes; at most %zu are taken", n,
                         s->gateway->o.body_max);
}

/* ---- the query, written anew from what it says ---- */

static void door_encode(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text))
            buf_addc(out, *text);
        else
            buf_addf(out, "%%%02X", (unsigned char)*text);
    }
}

static enum MHD_Result door_argument(void *cls, enum MHD_ValueKind kind, const char *key,
                                     const char *value)
{
    struct buf *out = cls;
    if (strcmp(key, "key") == 0) /* ours, not the server's */
        return MHD_YES;
    if (out->len)
        buf_addc(out, '&');
    door_encode(out, key);
    if (value) {
        buf_addc(out, '=');
        door_encode(out, value);
    }
    return MHD_YES;
}

static void door_read_query(struct serving *s)
{
    struct buf query = {0};
    s->gateway->mhd->get_connection_values(s->connection, MHD_GET_ARGUMENT_KIND, door_argument,
                                           &query);
    s->query = query.len ? buf_take(&query) : NULL;
    size_t n = strlen(s->path);
    while (n > 1 && s->path[n - 1] == '/')
        s->path[--n] = '\0';
}

/* "claude-cli/2.1.197 (external, cli)": the program's name and nothing else. */
static char *door_client(const struct serving *s)
{
    const char *agent = door_header(s, "User-Agent");
    size_t n = agent ? strcspn(agent, "/ ;(") : 0;
    return n ? mem_strndup(agent, MIN(n, (size_t)40)) : mem_strdup("unknown");
}

bool door_enter(struct serving *s, const char *method)
{
    s->client = door_client(s);
    door_read_query(s);
    s->styled = door_style(s); /* refusals are in its dialect */
    s->own_free = strcmp(s->path, "/health") == 0 || strcmp(method, "OPTIONS") == 0;
    return door_is_plain(s) && door_may(s) && door_route(s, method) && door_size(s);
}
