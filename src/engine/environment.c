#include "engine/environment.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/sanitize.h"
#include "engine/engine_priv.h"
#include "host/git_dir.h"
#include "host/policy.h"
#include "host/process.h"
#include "host/process_env.h"

#define GIT_READ 4096
#define STATUS_MS 300 /* a large tree may take longer: then nothing is said */
#define STATUS_KEEP 65536
#define BRANCH_MAX 100
#define NAMES_READ 200   /* of one directory */
#define NAMES_OPEN 20    /* with more names than these at the top, directories stay closed */
#define NAMES_BYTES 600u /* of all */

/* The first line of a small file. Caller frees; NULL: it cannot be read. */
static char *first_line(const char *dir, const char *name)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    AUTO(buf) text = {0};
    if (!file_read(path, &text, GIT_READ, NULL))
        return NULL;
    buf_cut(&text, strcspn(buf_cstr(&text), "\n"));
    return buf_take(&text);
}

/* The git directory of the repository that dir lies in: ".git" there, or what a file of that name
 * says. Caller frees; NULL: dir lies in none. */
static char *git_dir(const char *dir)
{
    AUTO_FREE char *at = mem_strdup(dir);
    for (char *slash = at; slash; slash = strrchr(at, '/')) {
        *slash = slash == at ? *slash : '\0';
        AUTO_FREE char *git = mem_printf("%s/.git", at);
        char *named = git_dir_named(at, ".git", "gitdir: ");
        if (named)
            return named;
        if (access(git, F_OK) == 0)
            return mem_strdup(git);
        if (!*at || !strchr(at + 1, '/'))
            return NULL;
    }
    return NULL;
}

char *engine_branch(const char *workspace)
{
    AUTO_FREE char *git = git_dir(workspace);
    AUTO_FREE char *head = git ? first_line(git, "HEAD") : NULL;
    bool on = head && strncmp(head, "ref: refs/heads/", 16) == 0;
    return head ? sanitize_text(on ? head + 16 : "detached", SANITIZE_ONE_LINE) : NULL;
}

/* False: there is no repository. */
static bool add_git(const char *workspace, struct buf *out)
{
    static const char *const busy[][2] = {
        {"MERGE_HEAD", "merging"},    {"rebase-merge", "rebasing"},
        {"rebase-apply", "rebasing"}, {"CHERRY_PICK_HEAD", "cherry-picking"},
        {"REVERT_HEAD", "reverting"}, {"BISECT_LOG", "bisecting"}};
    AUTO_FREE char *git = git_dir(workspace);
    AUTO_FREE char *branch = engine_branch(workspace);
    if (!branch) {
        buf_adds(out, "no git");
        return false;
    }
    buf_addf(out, "git %.*s", BRANCH_MAX, branch);
    for (size_t i = 0; i < COUNT_OF(busy); i++) {
        AUTO_FREE char *sign = mem_printf("%s/%s", git, busy[i][0]);
        if (access(sign, F_OK) == 0)
            buf_addf(out, ", %s", busy[i][1]);
    }
    return true;
}

/* ---- what is changed ---- */

bool engine_ask_git(struct engine *g, const char *command, int64_t most_ms, size_t keep,
                    struct buf *out, bool *cut)
{
    static const char *const more[] = {"GIT_OPTIONAL_LOCKS=0", NULL};
    struct command_info info;
    struct error e = {0};
    command_classify(command, workspace_path(g->ws), &info);
    bool harmless = info.class == COMMAND_READS, ok = false;
    command_info_fini(&info);
    if (!harmless)
        return false;
    char **env = process_env(g->tmp, false, more);
    struct process_spec spec = {.command = command,
                                .env = env,
                                .cwd = workspace_path(g->ws),
                                .tmp = g->tmp,
                                .sandbox = g->sandbox,
                                .timeout_ms = most_ms,
                                .keep = keep};
    struct process *p = process_start(g->reactor.loop, &spec, &e);
    while (p && process_running(p))
        reactor_wait(&g->reactor, -1); /* bounded: it has a time limit */
    if (p) {
        *cut = process_output(p, out);
        ok = process_code(p) == 0 && !process_timed_out(p);
    }
    process_free(p);
    process_env_free(env);
    return ok;
}

/* ", 3 files changed". */
static void add_changes(struct engine *g, struct buf *out)
{
    AUTO(buf) text = {0};
    bool cut = false;
    size_t files = 0;
    if (!engine_ask_git(g, "git status --porcelain", STATUS_MS, STATUS_KEEP, &text, &cut))
        return;
    for (const char *s = buf_cstr(&text); (s = strchr(s, '\n')); s++)
        files++;
    if (files == 0)
        buf_adds(out, ", clean");
    else
        buf_addf(out, ", %s%zu file%s changed", cut ? "more than " : "", files,
                 files == 1 ? "" : "s");
}

/* ---- what lies there ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    VEC(char *) list;
    bool more;
};

static void names_fini(struct names *n)
{
    for (size_t i = 0; i < n->list.len; i++)
        free(n->list.ptr[i]);
    VEC_FREE(&n->list);
}

/* Of one directory, directories with a '/'; hidden ones are left out. */
static void names_read(const char *dir, struct names *n)
{
    DIR *d = opendir(dir);
    const struct dirent *ent;
    while (d && (ent = readdir(d)) && !n->more) {
        bool folder = ent->d_type == DT_DIR;
        if (ent->d_name[0] == '.')
            continue;
        AUTO_FREE char *clean = sanitize_text(ent->d_name, SANITIZE_ONE_LINE);
        VEC_PUSH(&n->list, mem_printf("%s%s", clean, folder ? "/" : ""));
        n->more = n->list.len >= NAMES_READ;
    }
    if (d)
        closedir(d);
    if (n->list.len)
        qsort(n->list.ptr, n->list.len, sizeof *n->list.ptr, by_name);
}

/* "src/{a.c b.c}": what is in a directory, where there is room for all of it. */
static void add_inside(const char *dir, const char *name, struct buf *out)
{
    AUTO(names) inside = {0};
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    size_t before = out->len;
    if (strcmp(name, "node_modules/") == 0)
        return;
    names_read(path, &inside);
    buf_adds(out, "{");
    for (size_t i = 0; i < inside.list.len; i++)
        buf_addf(out, "%s%s", i ? " " : "", inside.list.ptr[i]);
    buf_adds(out, "}");
    if (inside.more || inside.list.len == 0 || out->len > NAMES_BYTES)
        buf_cut(out, before);
}

/* The top of the workspace, and of small ones what is in its directories: most models would ask for
 * that first. */
static void add_files(const char *workspace, struct buf *out)
{
    AUTO(names) top = {0};
    AUTO(buf) text = {0};
    size_t shown = 0;
    names_read(workspace, &top);
    for (; shown < top.list.len && text.len + strlen(top.list.ptr[shown]) < NAMES_BYTES; shown++) {
        const char *name = top.list.ptr[shown];
        buf_addf(&text, " %s", name);
        if (top.list.len <= NAMES_OPEN && strchr(name, '/'))
            add_inside(workspace, name, &text);
    }
    if (shown)
        buf_addf(out, " Files:%s%s.", buf_cstr(&text),
                 shown < top.list.len || top.more ? " and more" : "");
}

char *engine_environment(struct engine *g)
{
    AUTO(buf) out = {0};
    struct utsname u = {0};
    struct tm tm;
    char date[16] = "";
    time_t now = (time_t)(clock_wall_ms() / 1000);
    if (localtime_r(&now, &tm))
        strftime(date, sizeof date, "%Y-%m-%d", &tm);
    (void)uname(&u);
    AUTO_FREE char *workspace = sanitize_text(workspace_path(g->ws), SANITIZE_ONE_LINE);
    buf_addf(&out, "Workspace %s (", workspace);
    if (add_git(workspace_path(g->ws), &out))
        add_changes(g, &out);
    buf_addf(&out, "); %s; %s; sandbox %s.", u.sysname, date,
             sandbox_level_name(sandbox_level(g->sandbox)));
    for (size_t i = 0; i < workspace_root_count(g->ws); i++) {
        bool writable;
        AUTO_FREE char *root =
            sanitize_text(workspace_root_at(g->ws, i, &writable), SANITIZE_ONE_LINE);
        buf_addf(&out, " Also %s%s, by absolute paths.", root, writable ? "" : " (read-only)");
    }
    add_files(workspace_path(g->ws), &out);
    return buf_take(&out);
}
