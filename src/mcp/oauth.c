#include "mcp/oauth.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/chance.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/media.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "mcp/oauth_redirect.h"
#include "mcp/tokens.h"
#include "net/http.h"

#define FETCH_MS 15000
#define BODY_MAX (1u << 20)
#define SECRET 64 /* letters of a verifier, and of a state */

/* One login, or refresh. */
struct flow {
    struct loop *loop;
    const struct oauth *o;
    struct http *http;
    cJSON *resource, *server; /* metadata; NULL: there is none */
    char *issuer, *client_id, *client_secret, *auth_method;
    struct error *e;
};

/* ---- addresses ---- */

/* The origin: "https://host:port". Caller frees. */
static char *origin_of(const char *url)
{
    const char *host = strstr(url, "://");
    size_t n = host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : strlen(url);
    return mem_strndup(url, n);
}

/* The path without its end's '/'; "" for the root. Caller frees. */
static char *path_of(const char *url)
{
    AUTO_FREE char *origin = origin_of(url);
    size_t skip = strlen(origin), n = strcspn(url + skip, "?#");
    while (n && url[skip + n - 1] == '/')
        n--;
    return mem_strndup(url + skip, n);
}

/* May it be asked, or the user be sent there? What is on this machine only from this machine. */
static bool is_usable(const struct oauth *o, const char *url)
{
    bool here = http_is_loopback(url) && http_is_loopback(o->url);
    return strncmp(url, "https://", 8) == 0 || (strncmp(url, "http://", 7) == 0 && here);
}

static void add_word(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_addf(out, "%s%s=", out->len && out->ptr[out->len - 1] != '?' ? "&" : "", name);
    for (const char *c = value; *c; c++) {
        if (isalnum((unsigned char)*c) || strchr("-._~", *c))
            buf_addc(out, *c);
        else
            buf_addf(out, "%%%02X", (unsigned char)*c);
    }
}

char *oauth_param(const char *challenge, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = challenge ? challenge : ""; (p = strcasestr(p, name)); p += n) {
        bool whole = p == challenge || strchr(" ,\t", p[-1]);
        const char *v = p + n + strspn(p + n, " ");
        if (!whole || *v != '=')
            continue;
        v += 1 + strspn(v + 1, " ");
        bool quoted = *v == '"';
        return mem_strndup(v + quoted, strcspn(v + quoted, quoted ? "\"" : ", \t"));
    }
    return NULL;
}

/* ---- asking ---- */

struct fetch {
    struct buf body;
    enum http_end end;
    int status;
    bool over;
    char why[200];
};

static void on_head(void *arg, int status)
{
    ((struct fetch *)arg)->status = status;
}

static bool on_body(void *arg, const char *p, size_t n)
{
    struct fetch *f = arg;
    buf_add(&f->body, p, n);
    return f->body.len < BODY_MAX;
}

static void on_done(void *arg, enum http_end end, const char *detail)
{
    struct fetch *f = arg;
    f->over = true;
    f->end = end;
    if (end != HTTP_DONE)
        f->status = 0;
    (void)detail;
}

static bool is_stopped(const struct flow *f)
{
    return f->o->stopped && f->o->stopped(f->o->arg);
}

/* GET, or POST of `form` (kind: its type). The answer's object and *status; NULL: there is none.
 * A redirect is none: it would take what is sent to whom nobody named. */
static cJSON *fetch(struct flow *f, const char *url, const char *kind, const struct buf *form,
                    const char *authorization, int *status)
{
    struct fetch in = {0};
    AUTO_FREE char *type = kind ? mem_printf("Content-Type: %s", kind) : NULL;
    const char *headers[5] = {"Accept: application/json", "MCP-Protocol-Version: 2025-11-25"};
    size_t n = 2;
    if (type)
        headers[n++] = type;
    if (authorization)
        headers[n++] = authorization;
    struct http_request r = {.url = url,
                             .headers = headers,
                             .body = form ? buf_cstr(form) : NULL,
                             .body_len = form ? form->len : 0,
                             .connect_ms = FETCH_MS};
    struct http_events on = {.arg = &in, .head = on_head, .body = on_body, .done = on_done};
    *status = 0;
    if (!is_usable(f->o, url)) {
        error_set(f->e, ERR_DENIED,
                  "%s is not asked: only https is, but from this machine to itself", url);
        return NULL;
    }
    struct http_transfer *t = http_start(f->http, &r, &on, f->e);
    int64_t until = clock_ms() + FETCH_MS;
    while (t && !in.over && clock_ms() < until && !is_stopped(f))
        loop_step(f->loop, until);
    http_close(t);
    *status = in.over ? in.status : 0;
    cJSON *j = in.over && in.body.len ? json_parse(in.body.ptr, in.body.len, NULL) : NULL;
    buf_fini(&in.body);
    if (*status >= 300 && *status < 400) {
        error_set(f->e, ERR_DENIED, "%s redirects elsewhere, which is refused", url);
        cJSON_Delete(j);
        return NULL;
    }
    if (cJSON_IsObject(j))
        return j;
    cJSON_Delete(j);
    return NULL;
}

static cJSON *fetch_metadata(struct flow *f, const char *url)
{
    int status;
    struct error kept = *f->e;
    cJSON *j = fetch(f, url, NULL, NULL, NULL, &status);
    if (j && status == 200)
        return j;
    cJSON_Delete(j);
    if (f->e->code != ERR_DENIED)
        *f->e = kept; /* it is one of several places */
    return NULL;
}

/* ---- who gives tokens ---- */

/* Is the resource the server itself, or what it lies beneath? */
static bool is_the_resource(const char *resource, const char *url)
{
    size_t n = strlen(resource);
    while (n && resource[n - 1] == '/')
        n--;
    return strncasecmp(resource, url, n) == 0 && (!url[n] || strchr("/?#", url[n]));
}

static bool find_resource(struct flow *f, const char *challenge)
{
    AUTO_FREE char *origin = origin_of(f->o->url);
    AUTO_FREE char *path = path_of(f->o->url);
    AUTO_FREE char *told = oauth_param(challenge, "resource_metadata");
    AUTO_FREE char *deep = mem_printf("%s/.well-known/oauth-protected-resource%s", origin, path);
    AUTO_FREE char *root = mem_printf("%s/.well-known/oauth-protected-resource", origin);
    const char *places[] = {told, deep, root};
    for (size_t i = told ? 0 : 1; i < COUNT_OF(places) && !f->resource && !f->e->code; i++)
        f->resource = fetch_metadata(f, places[i]);
    const char *resource = json_str(f->resource, "resource", NULL);
    if (f->e->code)
        return false;
    return !resource || is_the_resource(resource, f->o->url) ||
           error_set(f->e, ERR_DENIED, "the server says that it is %s, which is not its address",
                     resource);
}

static bool find_server(struct flow *f)
{
    const cJSON *list = json_get(f->resource, "authorization_servers");
    const cJSON *first = cJSON_GetArrayItem(list, 0);
    f->issuer = cJSON_IsString(first) ? mem_strdup(first->valuestring) : origin_of(f->o->url);
    AUTO_FREE char *origin = origin_of(f->issuer);
    AUTO_FREE char *path = path_of(f->issuer);
    AUTO_FREE char *a = mem_printf("%s/.well-known/oauth-authorization-server%s", origin, path);
    AUTO_FREE char *b = mem_printf("%s/.well-known/openid-configuration%s", origin, path);
    AUTO_FREE char *c = mem_printf("%s%s/.well-known/openid-configuration", origin, path);
    const char *places[] = {a, b, *path ? c : NULL};
    for (size_t i = 0; i < COUNT_OF(places) && places[i] && !f->server && !f->e->code; i++)
        f->server = fetch_metadata(f, places[i]);
    if (f->e->code)
        return false;
    if (!f->server) { /* as revision 2025-03-26 has it: fixed places, PKCE taken for granted */
        f->server = cJSON_CreateObject();
        AUTO_FREE char *authorize = mem_printf("%s/authorize", origin);
        AUTO_FREE char *token = mem_printf("%s/token", origin);
        AUTO_FREE char *registers = mem_printf("%s/register", origin);
        json_add_str(f->server, "authorization_endpoint", authorize);
        json_add_str(f->server, "token_endpoint", token);
        json_add_str(f->server, "registration_endpoint", registers);
        return true;
    }
    const char *says = json_str(f->server, "issuer", f->issuer);
    size_t n = strlen(says), m = strlen(f->issuer);
    n -= n && says[n - 1] == '/';
    m -= m && f->issuer[m - 1] == '/';
    return !first || (n == m && strncmp(says, f->issuer, n) == 0) ||
           error_set(f->e, ERR_DENIED, "the authorization server %s says that it is %s", f->issuer,
                     says);
}

static bool lists(const cJSON *list, const char *word)
{
    const cJSON *i;
    cJSON_ArrayForEach(i, list)
    {
        if (cJSON_IsString(i) && strcmp(i->valuestring, word) == 0)
            return true;
    }
    return false;
}

static const char *endpoint(struct flow *f, const char *name)
{
    const char *url = json_str(f->server, name, NULL);
    if (url && is_usable(f->o, url))
        return url;
    error_set(f->e, ERR_DENIED, "the authorization server %s names no %s that can be used%s%s",
              f->issuer, name, url ? ": " : "", url ? url : "");
    return NULL;
}

/* ---- who we are ---- */

static const char *best_method(const struct flow *f)
{
    const cJSON *all = json_get(f->server, "token_endpoint_auth_methods_supported");
    if (!f->client_secret && f->client_id)
        return "none";
    return !all || lists(all, "client_secret_basic") ? "client_secret_basic"
           : lists(all, "client_secret_post")        ? "client_secret_post"
                                                     : "none";
}

static cJSON *strings(const char *a, const char *b)
{
    const char *const all[] = {a, b};
    return cJSON_CreateStringArray(all, b ? 2 : 1);
}

static bool register_client(struct flow *f, const char *redirect, const char *scope)
{
    const char *url = endpoint(f, "registration_endpoint");
    const cJSON *methods = json_get(f->server, "token_endpoint_auth_methods_supported");
    bool public = !methods || lists(methods, "none");
    AUTO_JSON *ask = cJSON_CreateObject();
    AUTO(buf) body = {0};
    int status;
    if (!url)
        return error_set(f->e, ERR_DENIED,
                         "the authorization server %s registers nobody: get a client_id there, and "
                         "name it as oauth: {client_id: …} beside the server's url",
                         f->issuer);
    json_add_str(ask, "client_name", "mien");
    json_add(ask, "redirect_uris", strings(redirect, NULL));
    json_add(ask, "grant_types", strings("authorization_code", "refresh_token"));
    json_add(ask, "response_types", strings("code", NULL));
    json_add_str(ask, "token_endpoint_auth_method", public ? "none" : best_method(f));
    json_add_str(ask, "scope", scope);
    json_write(&body, ask);
    AUTO_JSON *got = fetch(f, url, "application/json", &body, NULL, &status);
    const char *id = json_str(got, "client_id", NULL);
    if (!id)
        return f->e->code ? false
                          : error_set(f->e, ERR_NETWORK, "%s did not register mien: HTTP %d %s",
                                      url, status, json_str(got, "error_description", ""));
    f->client_id = mem_strdup(id);
    f->client_secret = mem_strdup(json_str(got, "client_secret", NULL));
    f->auth_method = mem_strdup(
        json_str(got, "token_endpoint_auth_method", f->client_secret ? best_method(f) : "none"));
    return true;
}

/* ---- tokens ---- */

static bool keep(struct flow *f, const cJSON *got, const char *scope, const char *endpoint_url,
                 const char *old_refresh)
{
    cJSON *entry = cJSON_CreateObject();
    int64_t life = json_int(got, "expires_in", 0);
    json_add_str(entry, "access_token", json_str(got, "access_token", ""));
    json_add_str(entry, "refresh_token", json_str(got, "refresh_token", old_refresh));
    if (life > 0)
        json_add_int(entry, "expires", clock_wall_ms() / 1000 + life);
    json_add_str(entry, "token_endpoint", endpoint_url);
    json_add_str(entry, "client_id", f->client_id);
    json_add_str(entry, "client_secret", f->client_secret);
    json_add_str(entry, "auth_method", f->auth_method);
    json_add_str(entry, "scope", json_str(got, "scope", scope));
    json_add_str(entry, "issuer", f->issuer);
    return tokens_put(f->o->tokens, f->o->url, entry, f->e);
}

/* POST what a grant wants to the token endpoint, as the client it is for. */
static cJSON *ask_token(struct flow *f, const char *url, struct buf *form)
{
    AUTO_FREE char *basic = NULL;
    int status;
    if (strcmp(f->auth_method, "client_secret_basic") == 0) {
        AUTO(buf) pair = {0}, text = {0};
        AUTO(buf) id = {0}, secret = {0};
        add_word(&id, "", f->client_id);
        add_word(&secret, "", f->client_secret ? f->client_secret : "");
        buf_addf(&pair, "%s:%s", buf_cstr(&id) + 1, buf_cstr(&secret) + 1);
        base64_add(&text, pair.ptr, pair.len);
        basic = mem_printf("Authorization: Basic %s", buf_cstr(&text));
    } else {
        add_word(form, "client_id", f->client_id);
        if (strcmp(f->auth_method, "client_secret_post") == 0)
            add_word(form, "client_secret", f->client_secret);
    }
    AUTO_JSON *got = fetch(f, url, "application/x-www-form-urlencoded", form, basic, &status);
    if (status == 200 && json_str(got, "access_token", NULL)) {
        cJSON *out = cJSON_Duplicate(got, true);
        return out;
    }
    if (!f->e->code)
        error_set(f->e, ERR_DENIED, "%s gave no token: %s", url,
                  json_str(got, "error_description", json_str(got, "error", "no answer in time")));
    return NULL;
}

/* ---- the user's part ---- */

/* Words of two lists, each once. Caller frees; NULL: none. */
static char *union_of(const char *a, const char *b)
{
    AUTO(buf) out = {0};
    const char *const lists_[] = {a, b};
    for (size_t i = 0; i < COUNT_OF(lists_); i++)
        for (const char *p = lists_[i] ? lists_[i] : ""; *(p += strspn(p, " "));) {
            size_t n = strcspn(p, " ");
            AUTO_FREE char *spaced = mem_printf(" %s ", buf_cstr(&out));
            AUTO_FREE char *word = mem_printf(" %.*s ", (int)n, p);
            if (!strstr(spaced, word))
                buf_addf(&out, "%s%.*s", out.len ? " " : "", (int)n, p);
            p += n;
        }
    return out.len ? buf_take(&out) : NULL;
}

/* What to ask for: what the server wants now, besides what was granted; else what it knows. */
static char *wanted_scope(struct flow *f, const char *challenge)
{
    AUTO_FREE char *told = oauth_param(challenge, "scope");
    AUTO_FREE char *error = oauth_param(challenge, "error");
    bool more = error && strcmp(error, "insufficient_scope") == 0;
    AUTO_JSON *kept = more ? tokens_get(f->o->tokens, f->o->url, f->e) : NULL;
    AUTO(buf) known = {0};
    const cJSON *s;
    cJSON_ArrayForEach(s, json_get(f->resource, "scopes_supported"))
    {
        if (cJSON_IsString(s))
            buf_addf(&known, "%s%s", known.len ? " " : "", s->valuestring);
    }
    AUTO_FREE char *before = union_of(f->o->scope, json_str(kept, "scope", NULL));
    AUTO_FREE char *base = union_of(before, told ? told : f->o->scope ? NULL : buf_cstr(&known));
    bool offline = lists(json_get(f->server, "scopes_supported"), "offline_access");
    return union_of(base, offline ? "offline_access" : NULL);
}

static char *challenge_of(const char *verifier)
{
    unsigned char digest[32];
    AUTO(buf) text = {0};
    sha256(verifier, strlen(verifier), digest);
    base64_add(&text, (const char *)digest, sizeof digest);
    for (char *c = text.ptr; *c; c++)
        *c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
    buf_cut(&text, text.len - 1); /* one '=' of padding */
    return buf_take(&text);
}

/* Many short words are one long one, as random as all of them. */
static void long_word(char out[static SECRET + 1])
{
    for (size_t i = 0; i < SECRET; i += 8)
        chance_word(out + i, 8);
}

static const cJSON *wait_for_user(struct flow *f, const struct redirect *r)
{
    int64_t until = clock_ms() + f->o->limit_ms;
    while (!redirect_params(r) && clock_ms() < until && !is_stopped(f))
        loop_step(f->loop, until);
    if (!redirect_params(r))
        error_set(f->e, is_stopped(f) ? ERR_CANCELED : ERR_TIMEOUT,
                  "the browser did not come back with an answer");
    return redirect_params(r);
}

/* The code that the browser brought; NULL: it was not granted, or somebody else brought it. */
static const char *code_of(struct flow *f, const cJSON *params)
{
    const char *code = json_str(params, "code", NULL), *iss = json_str(params, "iss", NULL);
    const char *says = json_str(f->server, "issuer", f->issuer);
    if (iss && strcmp(iss, says) != 0)
        error_set(f->e, ERR_DENIED, "the answer came from %s, not from %s", iss, says);
    else if (!code)
        error_set(f->e, ERR_DENIED, "it was not granted: %s",
                  json_str(params, "error_description", json_str(params, "error", "no code came")));
    else
        return code;
    return NULL;
}

static bool consent(struct flow *f, const char *challenge)
{
    char verifier[SECRET + 1], state[SECRET + 1];
    long_word(verifier);
    long_word(state);
    const char *authorize = endpoint(f, "authorization_endpoint");
    const char *token = authorize ? endpoint(f, "token_endpoint") : NULL;
    const cJSON *pkce = json_get(f->server, "code_challenge_methods_supported");
    if (token && json_get(f->server, "issuer") && !lists(pkce, "S256"))
        return error_set(f->e, ERR_DENIED, "the authorization server %s does not offer PKCE (S256)",
                         f->issuer);
    struct redirect *r = token ? redirect_new(f->loop, state, f->e) : NULL;
    AUTO_FREE char *scope = wanted_scope(f, challenge);
    AUTO(buf) url = {0}, form = {0};
    bool ok = r && (f->client_id || register_client(f, redirect_uri(r), scope));
    if (ok) {
        AUTO_FREE char *hash = challenge_of(verifier);
        const char *resource = json_str(f->resource, "resource", f->o->url);
        buf_addf(&url, "%s%s", authorize, strchr(authorize, '?') ? "&" : "?");
        add_word(&url, "response_type", "code");
        add_word(&url, "client_id", f->client_id);
        add_word(&url, "redirect_uri", redirect_uri(r));
        add_word(&url, "code_challenge", hash);
        add_word(&url, "code_challenge_method", "S256");
        add_word(&url, "state", state);
        add_word(&url, "resource", resource);
        add_word(&url, "scope", scope);
        f->o->visit(f->o->arg, buf_cstr(&url));
        const cJSON *params = wait_for_user(f, r);
        const char *code = params ? code_of(f, params) : NULL;
        add_word(&form, "grant_type", "authorization_code");
        add_word(&form, "code", code ? code : "");
        add_word(&form, "redirect_uri", redirect_uri(r));
        add_word(&form, "code_verifier", verifier);
        add_word(&form, "resource", resource);
        AUTO_JSON *got = code ? ask_token(f, token, &form) : NULL;
        ok = got && keep(f, got, scope, token, NULL);
    }
    redirect_free(r);
    return ok;
}

/* ---- from outside ---- */

static void flow_fini(struct flow *f)
{
    http_free(f->http);
    cJSON_Delete(f->resource);
    cJSON_Delete(f->server);
    free(f->issuer);
    free(f->client_id);
    free(f->client_secret);
    free(f->auth_method);
}

bool oauth_login(struct loop *loop, const struct oauth *o, const char *challenge, struct error *e)
{
    struct flow f = {.loop = loop, .o = o, .e = e, .http = http_new(loop, e)};
    *e = (struct error){0};
    f.client_id = mem_strdup(o->client_id);
    f.client_secret = mem_strdup(o->client_secret);
    bool ok = f.http && find_resource(&f, challenge) && find_server(&f);
    if (ok && f.client_id)
        f.auth_method = mem_strdup(best_method(&f));
    ok = ok && consent(&f, challenge);
    flow_fini(&f);
    return ok;
}

char *oauth_token(const struct oauth *o)
{
    struct error e = {0};
    AUTO_JSON *kept = tokens_get(o->tokens, o->url, &e);
    return mem_strdup(json_str(kept, "access_token", NULL));
}

bool oauth_refresh(struct loop *loop, const struct oauth *o, struct error *e)
{
    AUTO_JSON *kept = tokens_get(o->tokens, o->url, e);
    const char *refresh = json_str(kept, "refresh_token", NULL);
    const char *url = json_str(kept, "token_endpoint", NULL);
    if (!refresh || !url)
        return error_set(e, ERR_NOT_FOUND, "there is nothing to renew the login with");
    struct flow f = {.loop = loop,
                     .o = o,
                     .e = e,
                     .http = http_new(loop, e),
                     .issuer = mem_strdup(json_str(kept, "issuer", "")),
                     .client_id = mem_strdup(json_str(kept, "client_id", "")),
                     .client_secret = mem_strdup(json_str(kept, "client_secret", NULL)),
                     .auth_method = mem_strdup(json_str(kept, "auth_method", "none"))};
    AUTO(buf) form = {0};
    add_word(&form, "grant_type", "refresh_token");
    add_word(&form, "refresh_token", refresh);
    add_word(&form, "resource", o->url);
    AUTO_JSON *got = f.http ? ask_token(&f, url, &form) : NULL;
    bool ok = got && keep(&f, got, json_str(kept, "scope", NULL), url, refresh);
    flow_fini(&f);
    return ok;
}
