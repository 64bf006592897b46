#include "config/trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"

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

/* The servers of an .mcp.json, by the commands that would run. */
static char *describe_mcp(const struct buf *text)
{
    struct error e = {0};
    AUTO(buf) out = {0};
    AUTO_JSON *j = json_parse(buf_cstr(text), text->len, &e);
    const cJSON *s;
    cJSON_ArrayForEach(s, json_get(j, "mcpServers"))
    {
        buf_addf(&out, "%s%s: %s", out.len ? "; " : "MCP servers ", s->string,
                 json_str(s, "command", json_str(s, "url", "?")));
        const cJSON *a;
        cJSON_ArrayForEach(a, json_get(s, "args"))
        {
            buf_addf(&out, " %s", cJSON_IsString(a) ? a->valuestring : "…");
        }
    }
    return out.len ? buf_take(&out) : mem_strdup("MCP servers (none that can be read)");
}

static char *describe(const char *path, const struct buf *text)
{
    if (strcmp(path, ".mcp.json") == 0)
        return describe_mcp(text);
    if (strcmp(path, ".mien/config.yaml") == 0)
        return mem_strdup(strstr(buf_cstr(text), "hooks:")
                              ? "settings, with hooks: commands that run as you"
                              : "settings");
    if (strcmp(path, ".mien/models.yaml") == 0)
        return mem_strdup("models: servers your words and keys are sent to");
    if (ends_with(path, ".py"))
        return mem_strdup("a behavior: Python code that runs as you");
    if (strncmp(path, ".mien/agents/", 13) == 0)
        return mem_strdup("an agent");
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

bool trust_remember(const struct trust *t, struct error *e)
{
    AUTO(buf) text = {0};
    AUTO_FREE char *dir = file_state_path("trust"), *path = file_project_path("trust", t->project);
    remembered_text(t, &text);
    return file_make_dirs(dir, e) && file_write(path, buf_cstr(&text), text.len, e);
}
