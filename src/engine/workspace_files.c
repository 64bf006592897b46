#include "engine/workspace_files.h"

#include <dirent.h>
#include <string.h>

#include "base/sanitize.h"
#include "engine/engine_priv.h"
#include "engine/environment.h"

#define FILES_MAX 20000
#define DEPTH_MAX 8
#define GIT_MS 3000
#define GIT_KEEP ((size_t)1 << 20)

/* A name that cannot be shown as it is, is none that could be typed. */
static void add_file(cJSON *list, size_t *n, const char *name)
{
    AUTO_FREE char *clean = sanitize_text(name, SANITIZE_ONE_LINE);
    if (*n >= FILES_MAX || strcmp(clean, name) != 0)
        return;
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "name", name);
    cJSON_AddItemToArray(list, o);
    ++*n;
}

static void add_directory(cJSON *list, size_t *n, const char *top, const char *below, int depth)
{
    AUTO_FREE char *path = mem_printf("%s/%s", top, below);
    DIR *d = opendir(path);
    const struct dirent *en;
    while (d && *n < FILES_MAX && (en = readdir(d))) {
        if (*en->d_name == '.' || strcmp(en->d_name, "node_modules") == 0)
            continue;
        AUTO_FREE char *name = mem_printf("%s%s", below, en->d_name);
        AUTO_FREE char *inside = mem_printf("%s/", name);
        if (en->d_type == DT_DIR && depth < DEPTH_MAX)
            add_directory(list, n, top, inside, depth + 1);
        else if (en->d_type == DT_REG || en->d_type == DT_LNK)
            add_file(list, n, name);
    }
    if (d)
        closedir(d);
}

void engine_emit_files(struct engine *g)
{
    cJSON *list = cJSON_CreateArray();
    AUTO(buf) text = {0};
    AUTO_FREE char *branch = engine_branch(workspace_path(g->ws));
    bool cut = false;
    size_t n = 0;
    if (branch && engine_ask_git(g, "git ls-files", GIT_MS, GIT_KEEP, &text, &cut)) {
        AUTO(buf) fresh = {0};
        if (engine_ask_git(g, "git ls-files --others --exclude-standard", GIT_MS, GIT_KEEP, &fresh,
                           &cut))
            buf_add(&text, buf_cstr(&fresh), fresh.len);
        const char *s = buf_cstr(&text);
        for (size_t len; *s; s += len + (s[len] == '\n')) {
            len = strcspn(s, "\n");
            AUTO_FREE char *name = mem_strndup(s, len);
            if (*name != '"') /* git wrote it with escapes */
                add_file(list, &n, name);
        }
    } else {
        add_directory(list, &n, workspace_path(g->ws), "", 0);
    }
    engine_emit_catalog(g, "files", list);
}
