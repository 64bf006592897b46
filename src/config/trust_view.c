#include "config/trust_view.h"

#include <string.h>

#include "base/json.h"
#include "base/sanitize.h"
#include "base/text.h"
#include "base/yaml.h"

void trust_view_fini(struct trust_view *v)
{
    for (size_t i = 0; i < v->runs.len; i++)
        free(v->runs.ptr[i]);
    for (size_t i = 0; i < v->sets.len; i++)
        free(v->sets.ptr[i]);
    for (size_t i = 0; i < v->scripts.len; i++)
        free(v->scripts.ptr[i]);
    VEC_FREE(&v->runs);
    VEC_FREE(&v->sets);
    VEC_FREE(&v->scripts);
}

/* Takes what. */
static void view_line(struct trust_view *v, bool runs, const char *path, char *what)
{
    AUTO_FREE char *whole = mem_printf("%s: %s", path, what);
    char *line = sanitize_text(whole, SANITIZE_ONE_LINE | SANITIZE_VISIBLE);
    free(what);
    if (runs)
        VEC_PUSH(&v->runs, line);
    else
        VEC_PUSH(&v->sets, line);
}

bool trust_is_script(const char *word, bool first)
{
    static const char *const endings[] = {"js",  "mjs", "cjs",  "ts",  "py",  "rb",
                                          "pl",  "sh",  "bash", "php", "lua", "jar",
                                          "exe", "dll", "so",   "ps1", "wasm"};
    const char *dot = strrchr(word, '.');
    if (first && strchr(word, '/'))
        return true;
    for (size_t i = 0; dot && i < COUNT_OF(endings); i++)
        if (strcmp(dot + 1, endings[i]) == 0)
            return true;
    return false;
}

static void view_script(struct trust_view *v, const char *word, bool first)
{
    if (trust_is_script(word, first))
        VEC_PUSH(&v->scripts, mem_strdup(word));
}

/* ---- YAML ---- */

/* Does a value beneath this key start something, or shape what is started? */
static bool key_runs(const char *key)
{
    static const char *const keys[] = {
        "hooks",    "mcp_servers", "command",        "args",           "env",
        "launcher", "server",      "behaviors_path", "api_key_command"};
    for (size_t i = 0; key && i < COUNT_OF(keys); i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static void view_server_words(struct trust_view *v, const struct yaml *y)
{
    const struct yaml *command = yaml_get(y, "command");
    const struct yaml *lists[] = {yaml_get(y, "args"), yaml_get(y, "env")};
    if (!command || command->kind != YAML_SCALAR)
        return;
    view_script(v, yaml_str(y, "command", ""), true);
    for (size_t k = 0; k < COUNT_OF(lists); k++)
        for (size_t i = 0; lists[k] && i < lists[k]->count; i++)
            if (lists[k]->items[i]->kind == YAML_SCALAR && lists[k]->items[i]->value)
                view_script(v, lists[k]->items[i]->value, false);
}

/* "hooks.before_tool: ./check.sh": all it says, for any of it may run something or lead
 * somewhere. A list's values stand in lines of their own. */
static void view_leaves(struct trust_view *v, const char *path, const struct yaml *y,
                        const char *at, bool runs)
{
    if (y->kind == YAML_MAP && strncmp(at, "hooks", 5) != 0) /* hooks are confined */
        view_server_words(v, y);
    for (size_t i = 0; i < y->count; i++) {
        const struct yaml *one = y->items[i];
        AUTO_FREE char *name =
            mem_printf("%s%s%s", at, *at && one->key ? "." : "", one->key ? one->key : "");
        bool it_runs = runs || key_runs(one->key);
        if (one->kind == YAML_SCALAR)
            view_line(v, it_runs, path, mem_printf("%s: %s", name, one->value ? one->value : ""));
        else
            view_leaves(v, path, one, name, it_runs);
    }
}

static void view_yaml(struct trust_view *v, const char *path, const struct buf *text,
                      const char *what)
{
    struct error e = {0};
    AUTO_YAML *y = yaml_parse(buf_cstr(text), text->len, path, &e);
    if (what)
        view_line(v, false, path, mem_strdup(what));
    if (y)
        view_leaves(v, path, y, "", false);
    else
        view_line(v, false, path, mem_printf("it cannot be read: %s", e.text));
}

/* ---- .mcp.json ---- */

/* With quotes where its borders would not be seen. */
static void add_word(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";
    if (*word && !word[strspn(word, plain)]) {
        buf_addf(out, " %s", word);
        return;
    }
    buf_addc(out, ' ');
    text_add_quoted(out, word);
}

static void add_value(struct buf *out, const cJSON *value)
{
    AUTO_FREE char *text =
        cJSON_IsString(value) ? mem_strdup(value->valuestring) : json_print(value);
    add_word(out, text);
}

/* A server as it would be started: variables, command, arguments; or where it is. Then what else is
 * said of it. */
static char *server_line(struct trust_view *v, const cJSON *s)
{
    static const char *const said[] = {"env", "command", "url", "args", "headers"};
    AUTO(buf) out = {0};
    const cJSON *one;
    buf_addf(&out, "%s:", s->string ? s->string : "a server without a name");
    if (!cJSON_IsObject(s)) {
        add_value(&out, s);
        return buf_take(&out);
    }
    cJSON_ArrayForEach(one, json_get(s, "env"))
    {
        buf_addf(&out, " %s=", one->string);
        buf_adds(&out, cJSON_IsString(one) ? one->valuestring : "…");
        if (cJSON_IsString(one))
            view_script(v, one->valuestring, false);
    }
    const char *command = json_str(s, "command", NULL);
    if (command)
        view_script(v, command, true);
    add_word(&out, command ? command : json_str(s, "url", "?"));
    cJSON_ArrayForEach(one, json_get(s, "args"))
    {
        add_value(&out, one);
        if (cJSON_IsString(one))
            view_script(v, one->valuestring, false);
    }
    cJSON_ArrayForEach(one, json_get(s, "headers"))
    {
        buf_addf(&out, " (header %s:", one->string);
        add_value(&out, one);
        buf_addc(&out, ')');
    }
    cJSON_ArrayForEach(one, s)
    {
        bool shown = false;
        for (size_t i = 0; i < COUNT_OF(said); i++)
            shown = shown || strcmp(said[i], one->string) == 0;
        if (shown && !(strcmp(one->string, "url") == 0 && command))
            continue;
        buf_addf(&out, " (%s:", one->string);
        add_value(&out, one);
        buf_addc(&out, ')');
    }
    return buf_take(&out);
}

static void view_mcp(struct trust_view *v, const char *path, const struct buf *text)
{
    struct error e = {0};
    AUTO_JSON *j = json_parse(buf_cstr(text), text->len, &e);
    const cJSON *s;
    if (!j)
        view_line(v, true, path, mem_printf("it cannot be read: %s", e.text));
    cJSON_ArrayForEach(s, json_get(j, "mcpServers")) view_line(v, true, path, server_line(v, s));
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

void trust_view_add(struct trust_view *v, const char *path, const struct buf *text)
{
    if (strcmp(path, ".mcp.json") == 0)
        view_mcp(v, path, text);
    else if (strncmp(path, ".mien/", 6) != 0)
        view_line(v, true, path, mem_strdup("a script that is started as a server, or by one"));
    else if (strcmp(path, ".mien/config.yaml") == 0)
        view_yaml(v, path, text, NULL);
    else if (strcmp(path, ".mien/models.yaml") == 0)
        view_yaml(v, path, text, "models: servers your words and keys are sent to");
    else if (ends_with(path, ".py"))
        view_line(v, true, path, mem_strdup("a behavior: Python code that runs as you"));
    else if (ends_with(path, ".so"))
        view_line(v, true, path, mem_strdup("a behavior: a program that runs as you"));
    else if (strncmp(path, ".mien/agents/", 13) == 0)
        view_yaml(v, path, text, "an agent");
    else if (strncmp(path, ".mien/commands/", 15) == 0)
        view_line(v, false, path, mem_strdup("a slash command: words sent to the model"));
    else
        view_line(v, false, path, mem_strdup("a file"));
}
