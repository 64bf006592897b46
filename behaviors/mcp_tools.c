/*
 * McpToolsBehavior - the tools of one MCP server, under names of their own. Many of them are
 * found by a search tool, so that their schemas do not fill every request.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "behaviors/behavior.h"

#define NAME_MAX_BYTES 64

struct params {
    char *server, *command, *url, *prefix, *startup;
    struct opt_list args, tools;
    cJSON *env, *headers;
    int64_t timeout, startup_timeout, defer;
};

// clang-format off
static const struct opt mcp_params[] = {
    {"server", OPT_STR, offsetof(struct params, server), .def = "", .help = "Name of an entry of mcp_servers: or .mcp.json"},
    {"command", OPT_STR, offsetof(struct params, command), .def = "", .help = "Or the program to start"},
    {"args", OPT_LIST, offsetof(struct params, args), .def = "[]", .help = "Words after the program"},
    {"env", OPT_JSON, offsetof(struct params, env), .def = "{}", .help = "Variables for it, name: value; ${NAME} is filled in"},
    {"url", OPT_STR, offsetof(struct params, url), .def = "", .help = "Or the address of a server over HTTP"},
    {"headers", OPT_JSON, offsetof(struct params, headers), .def = "{}", .help = "Headers for it"},
    {"tools", OPT_LIST, offsetof(struct params, tools), .def = "[]", .help = "Only these of its tools; empty: all"},
    {"prefix", OPT_STR, offsetof(struct params, prefix), .def = "", .help = "Before each tool's name; default the server's name and _"},
    {"timeout", OPT_INT, offsetof(struct params, timeout), .def = "60", .min = 1, .max = 3600, .unit = "s",
     .help = "Limit of one call; progress extends it"},
    {"startup_timeout", OPT_INT, offsetof(struct params, startup_timeout), .def = "30", .min = 1, .max = 600, .unit = "s",
     .help = "Limit of its start, and of listing its tools"},
    {"startup", OPT_ENUM, offsetof(struct params, startup), .def = "lazy", .choices = "lazy|eager",
     .help = "Start the server with the first goal, or with the agent"},
    {"defer", OPT_INT, offsetof(struct params, defer), .def = "30", .min = 1, .max = 1000, .unit = "tools",
     .help = "With more tools than this, a search tool is offered in their place"},
    {0},
};
// clang-format on

struct state {
    struct mcp_server *server;
    struct tool *tools; /* made; ends with a NULL name */
    char **originals;   /* the server's names, same index */
    size_t count;
    bool tried, failed;
    char *names[2]; /* of the search and call tools */
};

/* ---- names ---- */

static bool mcp_given(const char *text)
{
    return text && *text;
}

static char *mcp_prefix(const struct params *p)
{
    const char *from = mcp_given(p->server)    ? p->server
                       : mcp_given(p->command) ? p->command
                                               : "mcp";
    const char *slash = strrchr(from, '/');
    return mcp_given(p->prefix) ? mem_strdup(p->prefix)
                                : mem_printf("%s_", slash ? slash + 1 : from);
}

/* Models take [a-zA-Z0-9_-], at most 64. */
static char *mcp_name(const char *prefix, const char *name)
{
    char *out = mem_printf("%s%s", prefix, name);
    for (char *c = out; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            *c = '_';
    if (strlen(out) > NAME_MAX_BYTES)
        out[NAME_MAX_BYTES] = '\0';
    return out;
}

/* The same with a mark of the name as the server gave it, for one that another has become. */
static char *mcp_marked_name(const char *prefix, const char *name)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (const char *c = name; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    char *out = mcp_name(prefix, name);
    size_t n = MIN(strlen(out), (size_t)NAME_MAX_BYTES - 9);
    char *marked = mem_printf("%.*s_%08x", (int)n, out, (unsigned)h);
    free(out);
    return marked;
}

static bool mcp_wanted(const struct params *p, const char *name)
{
    for (size_t i = 0; i < p->tools.count; i++)
        if (strcmp(p->tools.items[i], name) == 0)
            return true;
    return p->tools.count == 0;
}

/* ---- the server ---- */

static void mcp_forget(struct state *s)
{
    for (size_t i = 0; i < s->count; i++) {
        union {
            const char *in;
            char *out;
        } name = {s->tools[i].name};
        free(name.out);
        free(s->originals[i]);
    }
    free(s->tools);
    free(s->originals);
    s->tools = NULL;
    s->originals = NULL;
    s->count = 0;
}

static bool mcp_named(const struct params *p)
{
    return mcp_given(p->server) || mcp_given(p->command) || mcp_given(p->url);
}

static bool mcp_open(struct call *c, struct error *e)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    struct mcp_spec spec = {.by = c,
                            .server = mcp_given(p->server) ? p->server : NULL,
                            .command = mcp_given(p->command) ? p->command : NULL,
                            .args = &p->args,
                            .env = cJSON_GetArraySize(p->env) ? p->env : NULL,
                            .url = mcp_given(p->url) ? p->url : NULL,
                            .headers = cJSON_GetArraySize(p->headers) ? p->headers : NULL,
                            .timeout_ms = p->timeout * 1000,
                            .open_ms = p->startup_timeout * 1000};
    s->tried = true;
    s->failed = !c->host->mcp_open(c->agent, &spec, &s->server, e);
    return !s->failed;
}

static void mcp_fini(struct call *c)
{
    struct state *s = c->state;
    mcp_forget(s);
    if (s->server)
        c->host->mcp_close(c->agent, s->server);
    free(s->names[0]);
    free(s->names[1]);
}

/* ---- its tools ---- */

static cJSON *mcp_run(struct call *c, const cJSON *args)
{
    const struct state *s = c->state;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->tools[i].name, c->tool) == 0)
            return c->host->mcp_call(c->agent, s->server, s->originals[i], args, c->call_id);
    return json_error("the server does not offer %s any more", c->tool);
}

/* How well a tool fits the words: those its name or description holds. */
static int mcp_score(const struct mcp_tool *t, const char *query)
{
    int score = 0;
    for (const char *p = query; *p;) {
        size_t skip = strcspn(p, " \t\n,"), n = skip;
        AUTO_FREE char *word = mem_strndup(p, n);
        if (n && strcasestr(t->name, word))
            score += 3;
        else if (n && strcasestr(t->description, word))
            score += 1;
        p += skip + strspn(p + skip, " \t\n,");
    }
    return score;
}

static cJSON *mcp_describe(const struct mcp_tool *t)
{
    struct error e = {0};
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "name", t->name);
    json_add_str(o, "description", t->description);
    cJSON *schema = json_parse(t->schema, strlen(t->schema), &e);
    if (schema)
        json_add(o, "arguments", schema);
    return o;
}

static cJSON *mcp_search(struct call *c, const cJSON *args)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    const struct mcp_tool *list;
    size_t n = c->host->mcp_tools(c->agent, s->server, &list);
    const char *query = json_str(args, "query", "");
    cJSON *j = json_success(), *found = cJSON_AddArrayToObject(j, "tools");
    for (int want = 12; want > 0 && cJSON_GetArraySize(found) < 8; want--)
        for (size_t i = 0; i < n && cJSON_GetArraySize(found) < 8; i++)
            if (mcp_wanted(p, list[i].name) && MIN(mcp_score(&list[i], query), 12) == want)
                cJSON_AddItemToArray(found, mcp_describe(&list[i]));
    json_add_int(j, "of", (int64_t)n);
    return j;
}

static cJSON *mcp_call_by_name(struct call *c, const cJSON *args)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    const char *name = json_str(args, "name", "");
    const struct mcp_tool *list;
    size_t n = c->host->mcp_tools(c->agent, s->server, &list);
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0 && mcp_wanted(p, name))
            return c->host->mcp_call(c->agent, s->server, name, json_get(args, "arguments"),
                                     c->call_id);
    return json_error("the server has no tool \"%s\"; search first", name);
}

static void mcp_push(struct state *s, char *name, const char *original, const char *description,
                     const char *schema, unsigned flags,
                     cJSON *(*run)(struct call *, const cJSON *))
{
    s->tools = mem_resize(s->tools, s->count + 2, sizeof *s->tools);
    s->originals = mem_resize(s->originals, s->count + 1, sizeof *s->originals);
    s->tools[s->count] = (struct tool){
        .name = name, .description = description, .schema = schema, .flags = flags, .handler = run};
    s->originals[s->count++] = mem_strdup(original);
    s->tools[s->count] = (struct tool){0};
}

static void mcp_make_search(struct state *s, const char *prefix)
{
    mcp_push(s, mcp_name(prefix, "tool_search"), "",
             "Find tools of this server by words; answers names, descriptions and arguments.",
             "{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\"}},\"required\":["
             "\"query\"]}",
             TOOL_READS, mcp_search);
    mcp_push(s, mcp_name(prefix, "tool_call"), "", "Call a tool that the search found.",
             "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"arguments\":{"
             "\"type\":\"object\"}},\"required\":[\"name\"]}",
             0, mcp_call_by_name);
}

/* Does a tool before this one have its very name? */
static bool mcp_repeats(const struct mcp_tool *list, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(list[k].name, list[i].name) == 0)
            return true;
    return false;
}

/* The name models are given. Whoever had to be changed to have it gives way to who had not: names
 * stay the same whatever order the server lists its tools in. */
static char *mcp_own_name(const struct params *p, const struct mcp_tool *list, size_t n, size_t i,
                          const char *prefix)
{
    char *plain = mcp_name(prefix, list[i].name);
    AUTO_FREE char *whole = mem_printf("%s%s", prefix, list[i].name);
    bool shared = false;
    for (size_t k = 0; k < n && !shared; k++) {
        AUTO_FREE char *other = mcp_name(prefix, list[k].name);
        shared = strcmp(list[k].name, list[i].name) != 0 && mcp_wanted(p, list[k].name) &&
                 strcmp(other, plain) == 0;
    }
    if (!shared || strcmp(plain, whole) == 0)
        return plain;
    free(plain);
    return mcp_marked_name(prefix, list[i].name);
}

static void mcp_tell_repeated(struct call *c, const char *server, const char *name)
{
    AUTO_FREE char *text =
        mem_printf("the MCP server %.60s lists the tool \"%.80s\" twice; the second is left out",
                   server, name);
    c->host->notice(c->agent, "warn", text);
}

static void mcp_make_all(struct call *c, const struct mcp_tool *list, size_t n, const char *prefix)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    for (size_t i = 0; i < n; i++) {
        if (!mcp_wanted(p, list[i].name))
            continue;
        if (mcp_repeats(list, i))
            mcp_tell_repeated(c, mcp_given(p->server) ? p->server : prefix, list[i].name);
        else
            mcp_push(s, mcp_own_name(p, list, n, i, prefix), list[i].name, list[i].description,
                     list[i].schema, 0, mcp_run); /* its word on what it does is not relied on */
    }
}

static const struct tool *mcp_make_tools(struct call *c, struct error *e)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    const struct mcp_tool *list;
    bool eager = strcmp(p->startup, "eager") == 0;
    if (!s->tried && (!eager || !mcp_named(p) || !mcp_open(c, e)))
        return NULL;
    if (!s->server)
        return NULL;
    mcp_forget(s);
    AUTO_FREE char *prefix = mcp_prefix(p);
    size_t n = c->host->mcp_tools(c->agent, s->server, &list), wanted = 0;
    for (size_t i = 0; i < n; i++)
        wanted += mcp_wanted(p, list[i].name);
    if ((int64_t)wanted > p->defer)
        mcp_make_search(s, prefix);
    else
        mcp_make_all(c, list, n, prefix);
    return s->tools;
}

/* A server that cannot be had costs its tools, not the goal. */
static void mcp_goal_start(struct call *c)
{
    struct state *s = c->state;
    struct error e = {0};
    if (s->tried || !mcp_named(c->params))
        return;
    if (mcp_open(c, &e))
        c->host->tools_changed(c->agent);
    else
        c->host->notice(c->agent, "warn", e.text);
}

const struct behavior behavior_mcp_tools = {
    .type = "McpToolsBehavior",
    .name = "mcp_tools",
    .help = "The tools of an MCP server",
    .flags = BEHAVIOR_MANY,
    .params = mcp_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .fini = mcp_fini,
    .make_tools = mcp_make_tools,
    .on_goal_start = mcp_goal_start,
};
