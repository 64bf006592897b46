/* MCP servers as behaviors see them: found in the configuration, started, called, told about. */
#include "engine/host_mcp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/credential.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "config/trust.h"
#include "engine/engine_priv.h"
#include "engine/host_elicit.h"
#include "engine/host_sample.h"
#include "host/browser.h"
#include "host/process_env.h"
#include "llm/keys.h"
#include "mcp/mcp.h"

#define OPEN_MS 30000
#define CALL_MS 60000

struct mcp_server {
    struct engine *engine;
    struct instance *owner;
    char *name, *url;
    cJSON *headers;
    char *tokens, *client_id, *client_secret, *scope; /* of a login */
    struct mcp *client;
    cJSON *prompts;
    bool stale; /* its list changed since it was asked */
    bool of_project;
    bool samples;   /* it may ask the model without the user being asked */
    bool restarted; /* after it ended by itself: once, until it answers again */
    int64_t call_ms, open_ms;
    VEC(struct mcp_tool) tools; /* the client's, as behaviors see them */
    VEC(char *) argv, env;
};

/* ---- where a server is described ---- */

static cJSON *project_servers(struct engine *g, struct error *e)
{
    AUTO(buf) text = {0};
    AUTO_FREE char *path = mem_printf("%s/.mcp.json", g->trusted ? g->trusted : "");
    struct error here = {0};
    if (!g->trusted || !file_read_beneath(g->trusted, ".mcp.json", &text, 1 << 20, &here)) {
        if (here.code == ERR_DENIED)
            *e = here;
        return NULL;
    }
    AUTO_JSON *j = json_parse(buf_cstr(&text), text.len, e);
    if (!j)
        error_prefix(e, "%s", path);
    return cJSON_DetachItemFromObjectCaseSensitive(j, "mcpServers");
}

cJSON *mcp_names(struct engine *g)
{
    struct error e = {0};
    const struct yaml *own = g->cfg->mcp_servers;
    AUTO_JSON *theirs = project_servers(g, &e);
    cJSON *names = cJSON_CreateArray();
    if (e.code != ERR_NONE)
        outbox_notice(&g->out, "warn", "mcp", "%s", e.text);
    for (size_t i = 0; own && own->kind == YAML_MAP && i < own->count; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(own->items[i]->key));
    const cJSON *s;
    cJSON_ArrayForEach(s, theirs)
    {
        if (!yaml_get(own, s->string))
            cJSON_AddItemToArray(names, cJSON_CreateString(s->string));
    }
    return names;
}

/* Entry NAME of mcp_servers:, else of the .mcp.json of a trusted workspace. Caller deletes. */
static cJSON *mcp_entry(struct engine *g, const char *name, struct error *e)
{
    const struct yaml *own = yaml_get(g->cfg->mcp_servers, name);
    if (own)
        return yaml_to_json(own);
    AUTO_JSON *servers = project_servers(g, e);
    cJSON *found = servers ? cJSON_DetachItemFromObjectCaseSensitive(servers, name) : NULL;
    if (!found && e->code == ERR_NONE)
        error_set(e, ERR_NOT_FOUND,
                  "no MCP server is called \"%s\": say what it is under mcp_servers: in "
                  "config.yaml, or in .mcp.json of a trusted workspace",
                  name);
    return found;
}

static cJSON *expanded_headers(const cJSON *headers)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *v;
    cJSON_ArrayForEach(v, headers)
    {
        AUTO_FREE char *value = cJSON_IsString(v) ? keys_expand(v->valuestring) : NULL;
        credential_hide(v->string, value);
        json_add_str(out, v->string, value);
    }
    return out;
}

static void add_word(struct mcp_server *s, const char *word)
{
    const char *before = s->argv.len ? s->argv.ptr[s->argv.len - 1] : NULL;
    VEC_PUSH(&s->argv, keys_expand(word));
    credential_hide_word(before, s->argv.ptr[s->argv.len - 1]);
}

static void add_env(struct mcp_server *s, const cJSON *env)
{
    char **base = process_env(s->engine->tmp, false, NULL);
    for (char **v = base; *v; v++)
        VEC_PUSH(&s->env, *v);
    free(base); /* its strings are ours now */
    const cJSON *v;
    cJSON_ArrayForEach(v, env)
    {
        AUTO_FREE char *value = cJSON_IsString(v) ? keys_expand(v->valuestring) : mem_strdup("");
        credential_hide(v->string, value);
        credential_hide_url(value);
        VEC_PUSH(&s->env, mem_printf("%s=%s", v->string, value));
    }
    VEC_PUSH(&s->env, NULL);
}

/* What the user trusted was looked at with the scripts it starts: commands may write them. Words
 * that were no script then are none now, but in .mcp.json, where they may be made of variables. */
static bool word_is_as_trusted(const struct mcp_server *s, const char *word, bool first,
                               struct error *e)
{
    const char *copy = s->engine->trusted, *workspace = workspace_path(s->engine->ws);
    AUTO_FREE char *rel = trust_is_script(word, first) ? trust_script_at(workspace, word) : NULL;
    AUTO_FREE char *was = rel ? mem_printf("%s/%s", copy, rel) : NULL;
    bool counts = rel && (s->of_project || access(was, F_OK) == 0);
    return !counts || trust_script_is(copy, workspace, rel) ||
           error_set(e, ERR_DENIED,
                     "the MCP server \"%s\" is not started: %s is not as it was when this "
                     "directory was trusted; start mien again to look at it",
                     s->name, rel);
}

static bool scripts_are_as_trusted(const struct mcp_server *s, struct error *e)
{
    bool looks = s->engine->trusted != NULL;
    for (size_t i = 0; looks && i < s->argv.len && s->argv.ptr[i]; i++)
        if (!word_is_as_trusted(s, s->argv.ptr[i], i == 0, e))
            return false;
    for (size_t i = 0; looks && i < s->env.len && s->env.ptr[i]; i++) {
        const char *value = strchr(s->env.ptr[i], '=');
        if (value && !word_is_as_trusted(s, value + 1, false, e))
            return false;
    }
    return true;
}

/* Is the entry, or the agent that describes it, the project's? */
static bool is_of_project(struct engine *g, const struct mcp_spec *spec, const cJSON *entry)
{
    const struct yaml *own =
        spec->server && *spec->server ? yaml_get(g->cfg->mcp_servers, spec->server) : NULL;
    const struct yaml *said = own ? own : entry ? NULL : g->file.root;
    return g->trusted && (said ? path_is_within(said->file, g->trusted) : entry != NULL);
}

/* oauth: {client_id, client_secret, scope}, where the server's users register by hand. */
static void describe_login(struct mcp_server *s, const cJSON *oauth)
{
    const char *id = json_str(oauth, "client_id", NULL);
    const char *secret = json_str(oauth, "client_secret", NULL);
    s->tokens = file_config_path("tokens.yaml");
    s->client_id = id ? keys_expand(id) : NULL;
    s->client_secret = secret ? keys_expand(secret) : NULL;
    s->scope = mem_strdup(json_str(oauth, "scope", NULL));
    credential_hide("client_secret", s->client_secret);
}

static bool describe(struct mcp_server *s, const struct mcp_spec *spec, struct error *e)
{
    AUTO_JSON *entry = spec->server && *spec->server ? mcp_entry(s->engine, spec->server, e) : NULL;
    if (spec->server && *spec->server && !entry)
        return false;
    const char *command = spec->command ? spec->command : json_str(entry, "command", NULL);
    const char *url = spec->url ? spec->url : json_str(entry, "url", NULL);
    s->name = mem_strdup(spec->server && *spec->server ? spec->server : command ? command : url);
    if (url && (!command || !*command)) {
        s->url = keys_expand(url);
        credential_hide_url(s->url);
        describe_login(s, json_get(entry, "oauth"));
        s->headers = expanded_headers(spec->headers ? spec->headers : json_get(entry, "headers"));
        return true;
    }
    if (!command || !*command)
        return error_set(e, ERR_CONFIG, "the MCP server \"%s\" has neither command nor url",
                         s->name ? s->name : "?");
    add_word(s, command);
    const cJSON *arg;
    cJSON_ArrayForEach(arg, json_get(entry, "args"))
    {
        add_word(s, cJSON_IsString(arg) ? arg->valuestring : "");
    }
    for (size_t i = 0; spec->args && i < spec->args->count; i++)
        add_word(s, spec->args->items[i]);
    VEC_PUSH(&s->argv, NULL);
    add_env(s, spec->env ? spec->env : json_get(entry, "env"));
    s->of_project = is_of_project(s->engine, spec, entry);
    return true;
}

/* ---- its life ---- */

static bool mcp_stopped(void *arg)
{
    return ((struct mcp_server *)arg)->engine->reactor.interrupt != INTERRUPT_NONE;
}

static void mcp_log(void *arg, const char *text)
{
    struct mcp_server *s = arg;
    AUTO_FREE char *line = mem_printf("%s: %s", s->name, text);
    outbox_ledger(&s->engine->out, "MCP", line);
}

static void mcp_changed(void *arg)
{
    struct mcp_server *s = arg;
    s->stale = true;
    if (s->owner)
        s->owner->tools_changed = true;
    mcp_log(arg, "its tools changed");
}

static void mcp_progress(void *arg, const char *text)
{
    struct mcp_server *s = arg;
    outbox_phase(&s->engine->out, "execute", 0, 0, text);
}

static bool mcp_may_login(void *arg)
{
    struct mcp_server *s = arg;
    AUTO_FREE char *title =
        mem_printf("The MCP server %s wants you to log in. Open the browser?", s->name);
    struct ask q = {.kind = "confirm",
                    .title = title,
                    .detail = s->url,
                    .why = "what is granted there is kept in tokens.yaml, for this server alone"};
    AUTO_FREE char *key = ask_user(&s->engine->permit.ask, &q, NULL);
    return *key == 'y';
}

static void mcp_visit(void *arg, const char *url)
{
    struct mcp_server *s = arg;
    struct error e = {0};
    outbox_notice(&s->engine->out, "info", "mcp", "%s to log in to %s: %s",
                  browser_open(url, &e) ? "the browser was opened" : "open this address", s->name,
                  url);
}

static cJSON *mcp_elicited(void *arg, const cJSON *params)
{
    struct mcp_server *s = arg;
    return host_elicit(s->engine, s->name, params);
}

static cJSON *mcp_sampled(void *arg, const cJSON *params)
{
    struct mcp_server *s = arg;
    return host_sample(s->engine, s->name, &s->samples, params);
}

static void view_tools(struct mcp_server *s)
{
    const struct mcp_definition *list;
    size_t n = s->client ? mcp_definitions(s->client, &list) : 0;
    s->tools.len = 0;
    for (size_t i = 0; i < n; i++)
        VEC_PUSH(&s->tools, ((struct mcp_tool){list[i].name, list[i].description, list[i].schema,
                                               list[i].read_only}));
}

/* They are the user's commands: completion hears of them. */
static void take_prompts(struct mcp_server *s)
{
    struct error e = {0};
    cJSON_Delete(s->prompts);
    s->prompts = mcp_prompts(s->client, &e);
    if (!s->prompts)
        outbox_notice(&s->engine->out, "warn", "mcp", "%s", e.text);
    s->engine->commands_changed |= cJSON_GetArraySize(s->prompts) > 0;
}

static bool start(struct mcp_server *s, struct error *e)
{
    struct engine *g = s->engine;
    struct mcp_config c = {.name = s->name,
                           .argv = (const char *const *)s->argv.ptr,
                           .env = s->env.ptr,
                           .url = s->url,
                           .headers = s->headers,
                           .cwd = workspace_path(g->ws),
                           .open_ms = s->open_ms > 0 ? s->open_ms : OPEN_MS,
                           .call_ms = s->call_ms > 0 ? s->call_ms : CALL_MS,
                           .stopped = mcp_stopped,
                           .log = mcp_log,
                           .changed = mcp_changed,
                           .progress = mcp_progress,
                           .elicit = mcp_elicited,
                           .sample = mcp_sampled,
                           .tokens = s->tokens,
                           .client_id = s->client_id,
                           .client_secret = s->client_secret,
                           .scope = s->scope,
                           .may_login = g->permit.ask.possible ? mcp_may_login : NULL,
                           .visit = mcp_visit,
                           .arg = s};
    int64_t since = clock_us();
    if (!scripts_are_as_trusted(s, e))
        return false;
    s->client = mcp_new(g->reactor.loop, &c, e);
    g->pipeline.waited_us += clock_us() - since;
    if (s->client)
        view_tools(s);
    if (s->client)
        take_prompts(s);
    return s->client != NULL;
}

static bool restart(struct mcp_server *s, struct error *e)
{
    s->tools.len = 0; /* they point into the client */
    mcp_free(s->client);
    s->client = NULL;
    if (s->owner)
        s->owner->tools_changed = true;
    return start(s, e);
}

bool mcp_restart(struct engine *g, const char *name, struct error *e)
{
    for (size_t i = 0; i < g->mcp.len; i++)
        if (strcmp(g->mcp.ptr[i]->name, name) == 0) {
            g->mcp.ptr[i]->restarted = false;
            return restart(g->mcp.ptr[i], e);
        }
    return error_set(e, ERR_NOT_FOUND, "no MCP server \"%s\" runs; /mcp lists them", name);
}

static void server_free(struct mcp_server *s)
{
    mcp_free(s->client);
    for (size_t i = 0; i < s->argv.len; i++)
        free(s->argv.ptr[i]);
    for (size_t i = 0; i < s->env.len; i++)
        free(s->env.ptr[i]);
    VEC_FREE(&s->argv);
    VEC_FREE(&s->env);
    VEC_FREE(&s->tools);
    cJSON_Delete(s->headers);
    cJSON_Delete(s->prompts);
    free(s->tokens);
    free(s->client_id);
    free(s->client_secret);
    free(s->scope);
    free(s->url);
    free(s->name);
    free(s);
}

static struct instance *owner_of(const struct call *c)
{
    if (!c)
        return NULL;
    union {
        const char *in;
        struct instance *out;
    } u = {(const char *)c - offsetof(struct instance, call)};
    return u.out;
}

bool host_mcp_open(struct agent *a, const struct mcp_spec *spec, struct mcp_server **server,
                   struct error *e)
{
    struct engine *g = engine_of(a);
    struct mcp_server *s = mem_alloc(sizeof *s);
    s->engine = g;
    s->owner = owner_of(spec->by);
    s->call_ms = spec->timeout_ms;
    s->open_ms = spec->open_ms;
    *server = NULL;
    if (!describe(s, spec, e) || !start(s, e)) {
        server_free(s);
        return false;
    }
    VEC_PUSH(&g->mcp, s);
    *server = s;
    return true;
}

bool mcp_view_at(struct engine *g, size_t i, struct mcp_view *v)
{
    size_t k = 0;
    for (size_t at = 0; at < g->mcp.len; at++) {
        const struct mcp_server *s = g->mcp.ptr[at];
        if (s->client && mcp_alive(s->client) && k++ == i) {
            *v = (struct mcp_view){s->name, s->client, s->prompts};
            return true;
        }
    }
    return false;
}

bool mcp_is_configured(struct engine *g, const char *name)
{
    AUTO_JSON *all = mcp_names(g);
    const cJSON *n;
    cJSON_ArrayForEach(n, all)
    {
        if (cJSON_IsString(n) && strcmp(n->valuestring, name) == 0)
            return true;
    }
    return false;
}

size_t host_mcp_tools(struct agent *a, struct mcp_server *s, const struct mcp_tool **list)
{
    struct engine *g = engine_of(a);
    struct error e = {0};
    if (s->stale && mcp_alive(s->client) && !mcp_list(s->client, &e))
        outbox_notice(&g->out, "warn", "mcp", "%s", e.text);
    s->stale = false;
    view_tools(s);
    *list = s->tools.ptr;
    return s->tools.len;
}

cJSON *host_mcp_call(struct agent *a, struct mcp_server *s, const char *tool, const cJSON *args,
                     const char *call_id)
{
    struct engine *g = engine_of(a);
    struct error e = {0};
    if (!mcp_alive(s->client) && !s->restarted) {
        s->restarted = true;
        outbox_notice(&g->out, "warn", "mcp", "%s had ended; it is started once more", s->name);
        if (!restart(s, &e))
            return json_error("%s", e.text);
    }
    if (!s->client)
        return json_error("the MCP server \"%s\" does not run; /mcp restart %s tries again",
                          s->name, s->name);
    cJSON *result = mcp_call_tool(s->client, tool, args);
    s->restarted = s->restarted && !mcp_alive(s->client); /* it answered: it may fail anew */
    return result;
}

void host_mcp_close(struct agent *a, struct mcp_server *s)
{
    struct engine *g = engine_of(a);
    for (size_t i = 0; i < g->mcp.len; i++)
        if (g->mcp.ptr[i] == s)
            g->mcp.ptr[i] = g->mcp.ptr[--g->mcp.len];
    if (s)
        server_free(s);
}

void mcp_report(struct engine *g, struct buf *out)
{
    for (size_t i = 0; i < g->mcp.len; i++) {
        const struct mcp_server *s = g->mcp.ptr[i];
        buf_addf(out, "%-18s %-8s %3zu tools, %lld tokens a request, protocol %s: %s\n", s->name,
                 mcp_alive(s->client) ? "running" : "ended", s->tools.len,
                 (long long)(s->owner ? s->owner->schema_tokens : 0),
                 s->client ? mcp_version(s->client) : "?", s->url ? s->url : s->argv.ptr[0]);
    }
    if (g->mcp.len == 0)
        buf_adds(out, "no MCP server runs; mcp_servers: in config.yaml, or .mcp.json, and "
                      "McpToolsBehavior bring them\n");
    else
        buf_adds(out, "\n/mcp restart NAME starts one anew, /log shows what they print\n");
}
