/* Instructions a project brings for agents: read as text, never as configuration. */
#include "engine/host_project.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "engine/engine_priv.h"

#define MAX_READ (4 << 20)

/* The root of the repository dir lies in, or dir itself. */
static char *repository_root(const char *dir)
{
    AUTO_FREE char *at = mem_strdup(dir);
    for (;;) {
        AUTO_FREE char *git = mem_printf("%s/.git", at);
        if (access(git, F_OK) == 0)
            return mem_strdup(at);
        char *slash = strrchr(at, '/');
        if (!slash || slash == at)
            return mem_strdup(dir);
        *slash = '\0';
    }
}

/* At most limit bytes, ending with a line. */
static char *cut_at_line(const char *text, size_t n, size_t limit)
{
    size_t cut = utf8_cut(text, n, limit);
    while (cut < n && cut > 0 && text[cut - 1] != '\n')
        cut--;
    if (cut == 0)
        cut = utf8_cut(text, n, limit);
    return mem_strndup(text, cut);
}

static char *read_first(const char *dir, const struct opt_list *names, size_t limit, char **path)
{
    for (size_t i = 0; i < names->count; i++) {
        AUTO(buf) text = {0}, clean = {0};
        char *full = mem_printf("%s/%s", dir, names->items[i]);
        if (!strchr(names->items[i], '/') && file_read(full, &text, MAX_READ, NULL) && text.len) {
            utf8_repair(&clean, text.ptr, text.len);
            *path = full;
            return cut_at_line(buf_cstr(&clean), clean.len, limit);
        }
        free(full);
    }
    return NULL;
}

char *host_project_text(struct agent *a, const struct opt_list *names, size_t limit, char **path)
{
    struct engine *g = engine_of(a);
    AUTO_FREE char *at = mem_strdup(workspace_path(g->ws));
    AUTO_FREE char *root = repository_root(at);
    *path = NULL;
    for (;;) {
        char *text = read_first(at, names, limit, path);
        char *slash = strrchr(at, '/');
        if (text || strcmp(at, root) == 0 || !slash || slash == at)
            return text;
        *slash = '\0';
    }
}
