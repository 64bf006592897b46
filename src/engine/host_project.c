#include "engine/host_project.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/openat2.h"
#include "base/utf8.h"
#include "engine/engine_priv.h"
#include "host/secrets.h"
#include "llm/tokens.h"

#define MAX_READ (4 << 20)
#define RULES_MAX 200

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
    size_t cut = n > limit ? utf8_cut(text, n, limit) : n;
    while (cut < n && cut > 0 && text[cut - 1] != '\n')
        cut--;
    if (cut == 0)
        cut = utf8_cut(text, n, limit);
    return mem_strndup(text, cut);
}

/* A file beneath root, which nothing may lead out of. False: there is none, or it is not to be
 * read; then it is said why. */
static bool read_beneath(struct engine *g, const char *root, const char *rel, struct buf *text)
{
    struct error e = {0};
    if (secrets_reached(root, rel))
        error_set(&e, ERR_DENIED, "%s/%s leads to keys or passwords; it is not read", root, rel);
    else if (file_read_beneath(root, rel, text, MAX_READ, &e))
        return text->len > 0;
    if (e.code == ERR_DENIED)
        outbox_notice(&g->out, "warn", "instructions", "%s", e.text);
    return false;
}

struct found {
    VEC(struct instruction) list;
};

/* Takes path. */
static void found_add(struct found *f, char *path, const struct buf *text, bool own)
{
    AUTO(buf) clean = {0};
    utf8_repair(&clean, text->ptr, text->len);
    struct instruction i = {.path = path, .bytes = (int64_t)clean.len, .own = own};
    i.text = buf_take(&clean);
    VEC_PUSH(&f->list, i);
}

/* Of one directory, "" or "a/b/" beneath root, the first of the names. */
static void found_in(struct engine *g, struct found *f, const char *root, const char *dir,
                     const struct opt_list *names)
{
    for (size_t i = 0; i < names->count; i++) {
        AUTO(buf) text = {0};
        AUTO_FREE char *rel = mem_printf("%s%s", dir, names->items[i]);
        if (strchr(names->items[i], '/') || !read_beneath(g, root, rel, &text))
            continue;
        found_add(f, mem_printf("%s/%s", root, rel), &text, false);
        return;
    }
}

static void loaded_note(struct engine *g, const struct instruction *i)
{
    struct loaded_text t = {.path = mem_strdup(i->path),
                            .tokens = tokens_estimate(i->text, strlen(i->text)),
                            .cut = i->bytes - (int64_t)strlen(i->text)};
    if (t.cut > 0)
        outbox_notice(
            &g->out, "warn", "instructions",
            "%s is too long to be shown whole: %lld of %lld bytes are left out (max_bytes "
            "of InstructionsBehavior)",
            i->path, (long long)t.cut, (long long)i->bytes);
    VEC_PUSH(&g->loaded, t);
}

size_t host_project_texts(struct agent *a, const struct opt_list *names, size_t limit,
                          struct instruction **list)
{
    struct engine *g = engine_of(a);
    AUTO_FREE char *root = repository_root(workspace_path(g->ws));
    AUTO_FREE char *own = file_config_path("AGENTS.md");
    const char *below = workspace_path(g->ws) + strlen(root);
    struct found f = {0};
    AUTO(buf) text = {0};
    host_project_forget(g);
    if (file_read(own, &text, MAX_READ, NULL) && text.len)
        found_add(&f, mem_strdup(own), &text, true);
    for (const char *p = below + (*below == '/');;) {
        AUTO_FREE char *dir =
            mem_strndup(below + (*below == '/'), (size_t)(p - below) - (*below == '/'));
        AUTO_FREE char *at = mem_printf("%s%s", dir, *dir ? "/" : "");
        found_in(g, &f, root, at, names);
        if (!*p)
            break;
        p += *p == '/';
        p += strcspn(p, "/");
    }
    for (size_t i = f.list.len; i-- > 0;) { /* the nearest have the room first */
        struct instruction *one = &f.list.ptr[i];
        char *cut = cut_at_line(one->text, (size_t)one->bytes, limit);
        limit -= strlen(cut);
        free(one->text);
        one->text = cut;
    }
    for (size_t i = 0; i < f.list.len; i++)
        loaded_note(g, &f.list.ptr[i]);
    *list = f.list.ptr;
    return f.list.len;
}

bool host_project_dir(struct agent *a, const struct opt_list *names, const char *dir, size_t limit,
                      struct instruction *out)
{
    struct engine *g = engine_of(a);
    AUTO_FREE char *root = repository_root(workspace_path(g->ws));
    const char *below = workspace_path(g->ws) + strlen(root);
    below += *below == '/';
    AUTO_FREE char *at = mem_printf("%s%s%s/", below, *below ? "/" : "", dir);
    struct found f = {0};
    found_in(g, &f, root, at, names);
    if (!f.list.len)
        return false;
    *out = f.list.ptr[0];
    VEC_FREE(&f.list);
    char *cut = cut_at_line(out->text, (size_t)out->bytes, limit);
    free(out->text);
    out->text = cut;
    loaded_note(g, out);
    return true;
}

static int is_rule(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 3 && strcmp(d->d_name + n - 3, ".md") == 0;
}

size_t host_project_rules(struct agent *a, size_t limit, struct instruction **list)
{
    static const char *const dirs[] = {".agents/rules", ".claude/rules", ".mien/rules"};
    struct engine *g = engine_of(a);
    AUTO_FREE char *root = repository_root(workspace_path(g->ws));
    struct found f = {0};
    for (size_t i = 0; i < COUNT_OF(dirs); i++) {
        struct dirent **names = NULL;
        bool trusted = i + 1 == COUNT_OF(dirs);
        const char *from = trusted ? g->trusted : root;
        if (!from)
            continue;
        AUTO_FREE char *dir = mem_printf("%s/%s", from, dirs[i]);
        int n = scandir(dir, &names, is_rule, alphasort);
        for (int k = 0; k < n; k++) {
            AUTO(buf) text = {0};
            AUTO_FREE char *rel = mem_printf("%s/%s", dirs[i], names[k]->d_name);
            if (f.list.len < RULES_MAX && read_beneath(g, from, rel, &text) && text.len <= limit)
                found_add(&f, mem_printf("%s/%s", from, rel), &text, false);
            free(names[k]);
        }
        free(names);
    }
    *list = f.list.ptr;
    return f.list.len;
}

void host_project_forget(struct engine *g)
{
    for (size_t i = 0; i < g->loaded.len; i++)
        free(g->loaded.ptr[i].path);
    VEC_FREE(&g->loaded);
}

void host_project_report(struct engine *g, struct buf *out)
{
    for (size_t i = 0; i < g->loaded.len; i++) {
        const struct loaded_text *t = &g->loaded.ptr[i];
        buf_addf(out, "%7lld tokens  %s", (long long)t->tokens, t->path);
        if (t->cut > 0)
            buf_addf(out, "  (%lld bytes left out)", (long long)t->cut);
        buf_addc(out, '\n');
    }
    if (!g->loaded.len)
        buf_adds(out, "no instructions were loaded: there is no AGENTS.md here, or no goal yet\n");
}
