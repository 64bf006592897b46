#include "config/trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/yaml.h"

#define MAX_FILES 500
#define MAX_BYTES (8 << 20)
#define MAX_DEPTH 8

void trust_fini(struct trust *t)
{
    for (size_t i = 0; i < t->items.len; i++) {
        free(t->items.ptr[i].path);
        free(t->items.ptr[i].what);
    }
    VEC_FREE(&t->items);
    buf_fini(&t->content);
    free(t->project);
    *t = (struct trust){0};
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

#define SHOWN 4000 /* bytes of what one file says */

/* "hooks.before_tool: ./check.sh; …": all it says, for any of it may run something or lead
 * somewhere. */
static void add_leaves(const struct yaml *y, const char *at, struct buf *out)
{
    for (size_t i = 0; i < y->count && out->len < SHOWN; i++) {
        const struct yaml *one = y->items[i];
        AUTO_FREE char *name =
            mem_printf("%s%s%s", at, *at && one->key ? "." : "", one->key ? one->key : "");
        if (one->kind != YAML_SCALAR)
            add_leaves(one, name, out);
        else
            buf_addf(out, "%s%s: %s", out->len ? "; " : "", name, one->value ? one->value : "");
    }
}

static char *describe_leaves(const char *path, const struct buf *text, const char *what)
{
    struct error e = {0};
    AUTO_YAML *y = yaml_parse(buf_cstr(text), text->len, path, &e);
    AUTO(buf) out = {0};
    if (!y)
        return mem_printf("%s (%s)", what, e.text);
    add_leaves(y, "", &out);
    return mem_printf("%s: %s%s", what, buf_cstr(&out), out.len >= SHOWN ? "; and more" : "");
}

/* A server as it would be started: variables, command, arguments; or where it is. */
static void add_server(const cJSON *s, struct buf *out)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, json_get(s, "env"))
        buf_addf(out, " %s=%s", one->string, cJSON_IsString(one) ? one->valuestring : "…");
    buf_addf(out, " %s", json_str(s, "command", json_str(s, "url", "?")));
    cJSON_ArrayForEach(one, json_get(s, "args"))
        buf_addf(out, " %s", cJSON_IsString(one) ? one->valuestring : "…");
    cJSON_ArrayForEach(one, json_get(s, "headers")) buf_addf(out, " (header %s)", one->string);
}

static char *describe_mcp(const struct buf *text)
{
    struct error e = {0};
    AUTO(buf) out = {0};
    AUTO_JSON *j = json_parse(buf_cstr(text), text->len, &e);
    const cJSON *s;
    cJSON_ArrayForEach(s, json_get(j, "mcpServers"))
    {
        buf_addf(&out, "%s%s:", out.len ? "; " : "MCP servers ", s->string);
        add_server(s, &out);
    }
    return out.len ? buf_take(&out) : mem_strdup("MCP servers (none that can be read)");
}

static char *describe(const char *path, const struct buf *text)
{
    if (strcmp(path, ".mcp.json") == 0)
        return describe_mcp(text);
    if (strcmp(path, ".mien/config.yaml") == 0)
        return describe_leaves(path, text, "settings");
    if (strcmp(path, ".mien/models.yaml") == 0)
        return describe_leaves(path, text, "models: servers your words and keys are sent to");
    if (ends_with(path, ".py"))
        return mem_strdup("a behavior: Python code that runs as you");
    if (strncmp(path, ".mien/agents/", 13) == 0)
        return describe_leaves(path, text, "an agent");
    if (strncmp(path, ".mien/commands/", 15) == 0)
        return mem_strdup("a slash command: words sent to the model");
    return mem_strdup("a file");
}

static bool too_much(const struct trust *t, struct error *e)
{
    if (t->items.len < MAX_FILES && t->content.len < MAX_BYTES)
        return false;
    error_set(e, ERR_LIMIT, "%s brings more than can be looked at (%d files, %d MiB)", t->project,
              MAX_FILES, MAX_BYTES >> 20);
    return true;
}

static bool add_file(struct trust *t, const char *rel, struct error *e)
{
    AUTO(buf) text = {0};
    struct error here = {0};
    if (!file_read_beneath(t->project, rel, &text, MAX_BYTES, &here))
        return here.code == ERR_NOT_FOUND || error_set(e, here.code, "%s", here.text);
    if (too_much(t, e))
        return false;
    buf_addf(&t->content, "%s %zu\n", rel, text.len);
    buf_add(&t->content, buf_cstr(&text), text.len);
    VEC_PUSH(&t->items, (struct trust_item){mem_strdup(rel), describe(rel, &text)});
    return true;
}

static int no_dots(const struct dirent *d)
{
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static bool add_directory(struct trust *t, const char *rel, int depth, struct error *e);

static bool add_entry(struct trust *t, const char *rel, int depth, struct error *e)
{
    struct stat st;
    AUTO_FREE char *path = mem_printf("%s/%s", t->project, rel);
    if (ends_with(rel, "/__pycache__") || stat(path, &st) != 0)
        return true;
    if (S_ISDIR(st.st_mode))
        return add_directory(t, rel, depth + 1, e);
    return !S_ISREG(st.st_mode) || add_file(t, rel, e);
}

/* Names in order, so that the same files make the same content. */
static bool add_directory(struct trust *t, const char *rel, int depth, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s", t->project, rel);
    struct dirent **list;
    if (depth > MAX_DEPTH)
        return error_set(e, ERR_LIMIT, "%s is nested too deep to be looked at", path);
    int n = scandir(path, &list, no_dots, alphasort);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *below = mem_printf("%s/%s", rel, list[i]->d_name);
        ok = ok && add_entry(t, below, depth, e);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
    return ok;
}

/* The first line is the project: a shortened name proves nothing. */
static void remembered_text(const struct trust *t, struct buf *out)
{
    buf_addf(out, "%s\n", t->project);
    buf_add(out, buf_cstr(&t->content), t->content.len);
}

static bool is_remembered(const struct trust *t)
{
    AUTO(buf) have = {0}, want = {0};
    AUTO_FREE char *path = file_project_path("trust", t->project);
    if (!file_read(path, &have, 2 * MAX_BYTES, NULL))
        return false;
    remembered_text(t, &want);
    return have.len == want.len && memcmp(have.ptr, want.ptr, have.len) == 0;
}

bool trust_look(struct trust *t, const char *project, struct error *e)
{
    *t = (struct trust){.project = realpath(project, NULL)};
    if (!t->project)
        return error_errno(e, errno, "cannot look at %s", project);
    if (!add_directory(t, ".mien", 0, e) || !add_file(t, ".mcp.json", e))
        return false;
    t->remembered = t->items.len > 0 && is_remembered(t);
    return true;
}

static bool copy_file(const char *dir, const char *rel, const char *bytes, size_t n,
                      struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, rel);
    AUTO_FREE char *above = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    AUTO(buf) have = {0};
    if (file_read(path, &have, MAX_BYTES, NULL) && have.len == n &&
        memcmp(buf_cstr(&have), bytes, n) == 0)
        return true;
    return file_make_dirs(above, e) && file_write(path, bytes, n, e);
}

/* Other bytes have another place: a session that goes on keeps its own. FNV-1a tells them apart,
 * no more; what is there is compared before it is used. */
static char *copy_dir(const struct trust *t)
{
    AUTO_FREE char *of = file_project_path("trusted", t->project);
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < t->content.len; i++)
        h = (h ^ (unsigned char)t->content.ptr[i]) * UINT64_C(0x100000001b3);
    return mem_printf("%s/%016llx", of, (unsigned long long)h);
}

char *trust_copy(const struct trust *t, struct error *e)
{
    char *dir = copy_dir(t);
    const char *at = buf_cstr(&t->content);
    bool ok = file_make_dirs(dir, e);
    for (size_t i = 0; ok && i < t->items.len; i++) { /* as add_file() wrote them */
        at += strlen(t->items.ptr[i].path) + 1;
        char *bytes;
        size_t n = strtoull(at, &bytes, 10);
        ok = copy_file(dir, t->items.ptr[i].path, ++bytes, n, e);
        at = bytes + n;
    }
    if (ok)
        return dir;
    free(dir);
    return NULL;
}

bool trust_remember(const struct trust *t, struct error *e)
{
    AUTO(buf) text = {0};
    AUTO_FREE char *dir = file_state_path("trust"), *path = file_project_path("trust", t->project);
    remembered_text(t, &text);
    return file_make_dirs(dir, e) && file_write(path, buf_cstr(&text), text.len, e);
}
