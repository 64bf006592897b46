#include "engine/mcp_words.h"

#include <string.h>

#include "base/utf8.h"
#include "engine/engine_priv.h"
#include "engine/host_mcp.h"
#include "mcp/mcp.h"

#define RESOURCE_MAX (64u << 10) /* bytes of one that go with what the user says */

/* ---- prompts ---- */

void mcp_add_commands(struct engine *g, cJSON *list)
{
    struct mcp_view v;
    const cJSON *p;
    for (size_t i = 0; mcp_view_at(g, i, &v); i++)
        cJSON_ArrayForEach(p, v.prompts)
        {
            cJSON *o = cJSON_CreateObject();
            AUTO_FREE char *name = mem_printf("%s:%s", v.name, json_str(p, "name", ""));
            json_add_str(o, "name", name);
            json_add_str(o, "help", json_str(p, "description", json_str(p, "title", "")));
            cJSON_AddItemToArray(list, o);
        }
}

bool mcp_is_prompt(const char *name)
{
    return strchr(name, ':') != NULL;
}

static bool find_view(struct engine *g, const char *name, size_t n, struct mcp_view *v)
{
    for (size_t i = 0; mcp_view_at(g, i, v); i++)
        if (strlen(v->name) == n && strncmp(v->name, name, n) == 0)
            return true;
    return false;
}

static const cJSON *prompt_named(const struct mcp_view *v, const char *name)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, v->prompts)
    {
        if (strcmp(json_str(p, "name", ""), name) == 0)
            return p;
    }
    return NULL;
}

/* "name=value" for an argument it has; else each word is the next, and the last takes the rest. */
static cJSON *arguments(const cJSON *prompt, const char *words)
{
    const cJSON *all = json_get(prompt, "arguments"), *next = all ? all->child : NULL;
    cJSON *given = cJSON_CreateObject();
    for (const char *w = words; *(w += strspn(w, " \t\n"));) {
        size_t n = strcspn(w, " \t\n"), name = strcspn(w, "= \t\n");
        const cJSON *named = NULL, *a;
        cJSON_ArrayForEach(a, all)
        {
            const char *is = json_str(a, "name", "");
            if (w[name] == '=' && strlen(is) == name && strncmp(is, w, name) == 0)
                named = a;
        }
        while (next && json_get(given, json_str(next, "name", "")))
            next = next->next;
        const cJSON *to = named ? named : next;
        const char *from = named ? w + name + 1 : w;
        n = !named && to && !to->next ? strlen(w) : n;
        if (to)
            json_add_strn(given, json_str(to, "name", ""), from, (size_t)(w + n - from));
        w += n;
    }
    return given;
}

static bool has_all(const cJSON *prompt, const cJSON *given, const char *name, struct error *e)
{
    const cJSON *a;
    cJSON_ArrayForEach(a, json_get(prompt, "arguments"))
    {
        const char *is = json_str(a, "name", "");
        if (json_bool(a, "required", false) && !json_get(given, is))
            return error_set(e, ERR_USAGE, "/%s needs %s: %s", name, is,
                             json_str(a, "description", "an argument of it"));
    }
    return true;
}

static void add_message(struct buf *out, const cJSON *m)
{
    const cJSON *content = json_get(m, "content");
    for (const cJSON *one = cJSON_IsArray(content) ? content->child : content; one;
         one = cJSON_IsArray(content) ? one->next : NULL) {
        const char *text = json_str(one, "text", json_str(json_get(one, "resource"), "text", NULL));
        if (text)
            buf_addf(out, "%s%s%s", out->len ? "\n\n" : "",
                     strcmp(json_str(m, "role", ""), "assistant") == 0 ? "(you said before) " : "",
                     text);
    }
}

char *mcp_prompt_text(struct engine *g, const char *name, const char *words, struct error *e)
{
    struct mcp_view v;
    size_t n = strcspn(name, ":");
    if (!find_view(g, name, n, &v)) {
        error_set(e, ERR_NOT_FOUND, "no MCP server \"%.*s\" runs; /mcp lists them", (int)n, name);
        return NULL;
    }
    const cJSON *prompt = prompt_named(&v, name + n + 1);
    AUTO_JSON *given = arguments(prompt, words ? words : "");
    if (!prompt || !has_all(prompt, given, name, e)) {
        if (!prompt)
            error_set(e, ERR_NOT_FOUND, "%s has no prompt \"%s\"; /mcp prompts lists them", v.name,
                      name + n + 1);
        return NULL;
    }
    AUTO_JSON *result = mcp_get_prompt(v.client, name + n + 1, given, e);
    AUTO(buf) text = {0};
    const cJSON *m;
    cJSON_ArrayForEach(m, json_get(result, "messages"))
    {
        add_message(&text, m);
    }
    if (result && !text.len)
        error_set(e, ERR_PARSE, "the prompt %s of %s has no words", name + n + 1, v.name);
    return text.len ? buf_take(&text) : NULL;
}

/* ---- resources ---- */

static void add_content(struct buf *out, const cJSON *c, cJSON **media)
{
    const char *text = json_str(c, "text", NULL), *blob = json_str(c, "blob", NULL);
    AUTO(buf) fence = {0};
    if (!text && blob && strncmp(json_str(c, "mimeType", ""), "image/", 6) == 0) {
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "name", json_str(c, "uri", "image"));
        json_add_str(one, "data", blob);
        *media = *media ? *media : cJSON_CreateArray();
        cJSON_AddItemToArray(*media, one);
        return;
    }
    if (!text) {
        buf_adds(out, "[not text; not shown]\n");
        return;
    }
    buf_adds(&fence, "```");
    while (strstr(text, buf_cstr(&fence)))
        buf_addc(&fence, '`');
    size_t n = strlen(text), some = utf8_cut(text, n, RESOURCE_MAX);
    buf_addf(out, "%s\n%.*s%s%s\n", buf_cstr(&fence), (int)some, text,
             some && text[some - 1] == '\n' ? "" : "\n", buf_cstr(&fence));
    if (some < n)
        buf_addf(out, "(the first %zu of %zu bytes)\n", some, n);
}

bool mcp_resource_text(void *arg, const char *name, struct buf *out, cJSON **media, struct error *e)
{
    struct engine *g = arg;
    size_t n = strcspn(name, ":");
    struct mcp_view v;
    struct mcp_server *own = NULL;
    AUTO_FREE char *server = mem_strndup(name, n);
    struct mcp_spec spec = {.server = server};
    if (!name[n] || !name[n + 1] || !mcp_is_configured(g, server))
        return false;
    if (!find_view(g, name, n, &v)) { /* before the first goal none runs: one for this */
        if (!host_mcp_open(&g->agent, &spec, &own, e))
            return false;
        (void)find_view(g, name, n, &v);
    }
    AUTO_JSON *result = mcp_read_resource(v.client, name + n + 1, e);
    const cJSON *c;
    if (result)
        buf_addf(out, "%s@%s:\n", out->len ? "\n" : "", name);
    cJSON_ArrayForEach(c, json_get(result, "contents"))
    {
        add_content(out, c, media);
    }
    if (own)
        host_mcp_close(&g->agent, own);
    return result != NULL;
}

/* ---- lists ---- */

static void tell_prompt(struct buf *out, const char *server, const cJSON *p)
{
    const cJSON *a;
    buf_addf(out, "/%s:%s", server, json_str(p, "name", ""));
    cJSON_ArrayForEach(a, json_get(p, "arguments"))
    {
        bool needed = json_bool(a, "required", false);
        buf_addf(out, needed ? " %s" : " [%s]", json_str(a, "name", ""));
    }
    buf_addf(out, "\n    %s\n", json_str(p, "description", json_str(p, "title", "")));
}

static void tell_resource(struct buf *out, const char *server, const cJSON *r)
{
    buf_addf(out, "@%s:%s\n    %s %s\n", server, json_str(r, "uri", ""),
             json_str(r, "title", json_str(r, "name", "")), json_str(r, "mimeType", ""));
}

bool mcp_words_report(struct engine *g, const char *what, struct buf *out, struct error *e)
{
    bool prompts = strcmp(what, "prompts") == 0;
    struct mcp_view v;
    if (g->agent.goal.running)
        return error_set(e, ERR_USAGE, "/mcp %s waits for an idle agent: servers are asked for it",
                         what);
    for (size_t i = 0; mcp_view_at(g, i, &v); i++) {
        AUTO_JSON *all = prompts ? mcp_prompts(v.client, e) : mcp_resources(v.client, e);
        const cJSON *one;
        if (!all)
            return false;
        cJSON_ArrayForEach(one, all)
        {
            if (prompts)
                tell_prompt(out, v.name, one);
            else
                tell_resource(out, v.name, one);
        }
    }
    if (!out->len)
        buf_addf(out, "no MCP server that runs has %s; servers start with the first goal\n", what);
    return true;
}
