#include "host/sandbox_git.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "host/git_dir.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"

/* What makes git run something, or read its configuration elsewhere. Hooks are made when they are
 * missing: a directory that is not there cannot be covered. */
static const char *const run_by_git[] = {"config",           "hooks",     "config.worktree",
                                         "info/attributes",  "commondir", "gitdir",
                                         "fsmonitor--daemon"};
static const char *const nested[] = {"modules", "worktrees"};

#define WALK_MAX 500  /* directories looked into for repositories */
#define NESTED_MAX 16 /* of them; each costs a few mounts a command */

/* Does the git directory of a linked worktree or a submodule say that it is of this file's? */
static bool points_back(const char *git_dir, const char *top)
{
    AUTO_FREE char *file = mem_printf("%s/.git", top);
    AUTO_FREE char *back = git_dir_named(git_dir, "gitdir", "");
    if (back)
        return strcmp(back, file) == 0;
    AUTO_FREE char *config = mem_printf("%s/config", git_dir);
    AUTO(buf) text = {0};
    if (!file_read(config, &text, 1 << 16, NULL))
        return false;
    const char *at = strstr(buf_cstr(&text), "worktree = ");
    if (!at)
        return false;
    at += strlen("worktree = ");
    AUTO_FREE char *to = mem_strndup(at, strcspn(at, "\r\n"));
    AUTO_FREE char *full = *to == '/' ? mem_strdup(to) : mem_printf("%s/%s", git_dir, to);
    AUTO_FREE char *real = realpath(full, NULL);
    return real && strcmp(real, top) == 0;
}

/* Upwards from the workspace, the first directory with a .git. */
static char *find_top(const struct sandbox *s)
{
    for (char *at = mem_strdup(s->workspace), *slash;; *slash = '\0') {
        AUTO_FREE char *git = mem_printf("%s/.git", at);
        struct stat st;
        if (lstat(git, &st) == 0)
            return at;
        slash = strrchr(at, '/');
        if (!slash || slash == at) {
            free(at);
            return NULL;
        }
    }
}

char *sandbox_git_top(const struct sandbox *s)
{
    char *top = find_top(s);
    if (top && strcmp(top, s->workspace) != 0)
        return top;
    free(top);
    return NULL;
}

static void lock_within(struct sandbox *s, const char *place, const char *dir)
{
    AUTO_FREE char *trap = mem_printf("%s/%scommondir", place, dir);
    struct stat st;
    if (lstat(trap, &st) != 0)
        VEC_PUSH(&s->traps, sandbox_own(s, mem_strdup(trap)));
    for (size_t i = 0; i < COUNT_OF(run_by_git); i++)
        sandbox_lock(s, place, mem_printf("%s%s", dir, run_by_git[i]));
}

static void pin(struct sandbox *s, const char *place, const char *dir)
{
    sandbox_lock(s, place, mem_printf(SANDBOX_PIN "%s", dir));
}

/* dir: "" or "x/" beneath place, the git directory; and those of its submodules and worktrees.
 * Renaming one and making another in its place would be as good as writing to it. */
static void lock_git_dir(struct sandbox *s, const char *place, const char *dir)
{
    AUTO_FREE char *hooks = mem_printf("%s/%shooks", place, dir);
    (void)mkdir(hooks, 0755);
    lock_within(s, place, dir);
    for (size_t i = 0; i < COUNT_OF(nested); i++) {
        AUTO_FREE char *all = mem_printf("%s%s", dir, nested[i]);
        AUTO_FREE char *path = mem_printf("%s/%s", place, all);
        DIR *d = opendir(path);
        if (d)
            pin(s, place, all);
        for (struct dirent *ent; d && (ent = readdir(d));) {
            AUTO_FREE char *one = mem_printf("%s/%s", all, ent->d_name);
            AUTO_FREE char *in = mem_printf("%s/", one);
            if (*ent->d_name == '.')
                continue;
            pin(s, place, one);
            lock_within(s, place, in);
        }
        if (d)
            closedir(d);
    }
}

void sandbox_git_lock(struct sandbox *s, const char *place)
{
    bool bare = git_dir_is(place);
    if (!bare)
        pin(s, place, ".git");
    lock_git_dir(s, place, bare ? "" : ".git/");
}

/* What is made here is made anew and thrown away, with the repositories that were fetched into it:
 * a locked one could not be removed. */
static bool is_made(const char *name)
{
    static const char *const made[] = {"node_modules", "target", "vendor", "dist", "out", "_deps"};
    for (size_t i = 0; i < COUNT_OF(made); i++)
        if (strcmp(name, made[i]) == 0)
            return true;
    return strncmp(name, "build", 5) == 0 || strncmp(name, "cmake-build", 11) == 0;
}

/* Repositories beneath the workspace, as far as a short walk finds them: level by level, so that
 * those near the top are among them. */
static void lock_nested(struct sandbox *s)
{
    VEC(char *) dirs = {0};
    size_t found = 0;
    VEC_PUSH(&dirs, mem_strdup(""));
    for (size_t at = 0; at < dirs.len; at++) {
        AUTO_FREE char *path = mem_printf("%s/%s", s->workspace, dirs.ptr[at]);
        DIR *d = opendir(path);
        for (struct dirent *ent; d && (ent = readdir(d));) {
            bool git = strcmp(ent->d_name, ".git") == 0;
            if (ent->d_type != DT_DIR || (*ent->d_name == '.' && !git) || is_made(ent->d_name))
                continue;
            AUTO_FREE char *below = mem_printf("%s%s", dirs.ptr[at], ent->d_name);
            if (!git && dirs.len < WALK_MAX) {
                VEC_PUSH(&dirs, mem_printf("%s/", below));
            } else if (git && at > 0 && found < NESTED_MAX) {
                AUTO_FREE char *in = mem_printf("%s/", below);
                pin(s, s->workspace, below);
                lock_git_dir(s, s->workspace, in);
                found++;
            }
        }
        if (d)
            closedir(d);
    }
    for (size_t i = 0; i < dirs.len; i++)
        free(dirs.ptr[i]);
    VEC_FREE(&dirs);
}

bool sandbox_git_sweep(const struct sandbox *s, struct buf *removed)
{
    size_t before = removed->len;
    for (size_t i = 0; s && i < s->traps.len; i++)
        if (unlink(s->traps.ptr[i]) == 0)
            buf_addf(removed, "%s%s", removed->len > before ? ", " : "", s->traps.ptr[i]);
    return removed->len > before;
}

/* A directory outside of the workspace. */
static void open_git_dir(struct sandbox *s, const char *dir)
{
    if (secrets_meet(dir) == SECRETS_COVER || path_is_within(s->workspace, dir))
        return;
    sandbox_show(s, dir, dir, true);
    lock_git_dir(s, dir, "");
}

static void open_top(struct sandbox *s, const char *top)
{
    AUTO_FREE char *git = mem_printf("%s/.git", top);
    struct stat st;
    if (lstat(git, &st) != 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)))
        return;
    if (S_ISDIR(st.st_mode)) {
        if (git_dir_is(git))
            open_git_dir(s, git);
        return;
    }
    AUTO_FREE char *dir = git_dir_named(top, ".git", "gitdir: ");
    AUTO_FREE char *common = dir ? git_dir_named(dir, "commondir", "") : NULL;
    AUTO_FREE char *home = common ? mem_printf("%s/worktrees", common) : NULL;
    /* A worktree's lies in its repository's; both were written by git, not by the workspace. */
    if (dir && !path_is_within(dir, s->workspace) && points_back(dir, top) &&
        (!common || path_is_within(dir, home)) && git_dir_is(common ? common : dir))
        open_git_dir(s, common ? common : dir);
}

void sandbox_git_init(struct sandbox *s)
{
    AUTO_FREE char *git = mem_printf("%s/.git", s->workspace);
    AUTO_FREE char *top = find_top(s);
    struct stat st;
    bool own = lstat(git, &st) == 0 && S_ISDIR(st.st_mode);
    if (top && !own)
        open_top(s, top);
    if (top && !own && strcmp(top, s->workspace) == 0)
        sandbox_lock(s, s->workspace, mem_strdup(".git")); /* a file that says where */
    else
        pin(s, s->workspace, ".git"); /* it may be made later */
    if (own)
        lock_git_dir(s, s->workspace, ".git/");
    else
        lock_within(s, s->workspace, ".git/");
    lock_nested(s);
}
