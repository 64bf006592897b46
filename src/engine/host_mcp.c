/* MCP servers as behaviors see them: found in the configuration, started, called, told about. */
#include "engine/host_mcp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/credential.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/engine_priv.h"
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
    struct mcp *client;
    bool stale;     /* its list changed since it was asked */
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

/* "${NAME}" and "${NAME:-default}" from the environment and the keys. */
static char *expanded(const char *text)
{
    AUTO(buf) out = {0};
    for (const char *p; (p = strstr(text, "${"));) {
        const char *end = strchr(p, '}');
        if (!end)
            break;
        buf_add(&out, text, (size_t)(p - text));
        AUTO_FREE char *name = mem_strndup(p + 2, (size_t)(end - p - 2));
        char *other = strstr(name, ":-");
        if (other)
            *other = '\0';
        const char *value = keys_get(name);
        buf_adds(&out, value ? value : other ? other + 2 : "");
        text = end + 1;
    }
    buf_adds(&out, text);
    return buf_take(&out);
}

static cJSON *expanded_headers(const cJSON *headers)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *v;
    cJSON_ArrayForEach(v, headers)
    {
        AUTO_FREE char *value = cJSON_IsString(v) ? expanded(v->valuestring) : NULL;
        credential_hide(v->string, value);
        json_add_str(out, v->string, value);
    }
    return out;
}

static void add_word(struct mcp_server *s, const char *word)
{
    const char *before = s->argv.len ? s->argv.ptr[s->argv.len - 1] : NULL;
    VEC_PUSH(&s->argv, expanded(word));
    credential_hide_word(before, s->argv.ptr[s->argv.len - 1]);
}

static void add_env(struct mcp_server *s, const cJSON *env)
{
    char **base = process_env(s->engine->tmp, NULL);
    for (char **v = base; *v; v++)
        VEC_PUSH(&s->env, *v);
    free(base); /* its strings are ours now */
    const cJSON *v;
    cJSON_ArrayForEach(v, env)
    {
        AUTO_FREE char *value = cJSON_IsString(v) ? expanded(v->valuestring) : mem_strdup("");
        credential_hide(v->string, value);
        credential_hide_url(value);
        VEC_PUSH(&s->env, mem_printf("%s=%s", v->string, value));
    }
    VEC_PUSH(&s->env, NULL);
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
        s->url = expanded(url);
        credential_hide_url(s->url);
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

static void view_tools(struct mcp_server *s)
{
    const struct mcp_definition *list;
    size_t n = s->client ? mcp_definitions(s->client, &list) : 0;
    s->tools.len = 0;
    for (size_t i = 0; i < n; i++)
        VEC_PUSH(&s->tools, ((struct mcp_tool){list[i].name, list[i].description, list[i].schema,
                                               list[i].read_only}));
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
                           .arg = s};
    int64_t since = clock_us();
    s->client = mcp_new(g->reactor.loop, &c, e);
    g->pipeline.waited_us += clock_us() - since;
    if (s->client)
        view_tools(s);
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
    free(s->url);
    free(s->name);
    free(s);
}

static struct instance *owner_of(const struct call *c)
{
    union {
        const char *in;
        struct instance *out;
    } u = {(const char *)c - offsetof(struct instance, call)};
    return c ? u.out : NULL;
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
