/* --worktree: the session in a git worktree of its own, beside the repository's directory. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/chance.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "host/git_dir.h"
#include "rewind/git.h"

#define NAME_LETTERS 4

/* Where the repository's directory begins at or above here, and its git directory. */
struct place {
    char *top, *git, *below; /* below: from top to here, "" or "/src" */
};

static void place_fini(struct place *p)
{
    free(p->top);
    free(p->git);
    free(p->below);
}

static bool find_place(const char *from, struct place *p, struct error *e)
{
    AUTO_FREE char *here = realpath(from, NULL);
    AUTO_FREE char *dir = mem_strdup(here ? here : "/");
    for (char *slash;; *slash = '\0') {
        AUTO_FREE char *inside = mem_printf("%s/.git", dir);
        char *git =
            git_dir_is(inside) ? mem_strdup(inside) : git_dir_named(dir, ".git", "gitdir: ");
        if (git) {
            *p = (struct place){mem_strdup(dir), git, mem_strdup(here + strlen(dir))};
            return true;
        }
        slash = strrchr(dir, '/');
        if (!slash || slash == dir)
            return error_set(e, ERR_NOT_FOUND,
                             "%s is in no git repository, so there is no worktree to make of it; "
                             "git init makes one",
                             here ? here : from);
    }
}

static bool is_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return *name && *name != '.' && *name != '-' && !name[strspn(name, letters)] &&
           !strstr(name, "..");
}

static char *new_name(void)
{
    char when[32], more[NAME_LETTERS + 1];
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm tm;
    strftime(when, sizeof when, "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
    chance_word(more, NAME_LETTERS);
    return mem_printf("%s-%s", when, more);
}

/* A repository's own configuration may name programs that run while files are written. It is
 * content, until somebody says otherwise. */
static bool runs_nothing(const struct git *g, struct error *e)
{
    static const char *const args[] = {
        "config", "--name-only", "--get-regexp",
        "^(filter\\..*\\.(smudge|process)|core\\.sshcommand|core\\.alternaterefscommand)$", NULL};
    AUTO(buf) out = {0};
    int code;
    if (!git_ask(g, args, &code, &out, e))
        return false;
    if (code != 0)
        return true;
    return error_set(e, ERR_DENIED,
                     "the configuration of this repository names a program that would run while "
                     "files are written (%.*s); if that is meant, make the worktree yourself (git "
                     "worktree add DIR) and work there with -C DIR",
                     (int)strcspn(out.ptr, "\n"), out.ptr);
}

static bool is_ours(const char *path, const struct place *p)
{
    AUTO_FREE char *git = git_dir_named(path, ".git", "gitdir: ");
    AUTO_FREE char *common = git_dir_named(p->git, "commondir", "");
    AUTO_FREE char *real = realpath(common ? common : p->git, NULL);
    AUTO_FREE char *within = real ? mem_printf("%s/worktrees/", real) : NULL;
    return git && within && strncmp(git, within, strlen(within)) == 0;
}

static bool make(const struct place *p, const char *path, const char *branch, struct error *e)
{
    struct git g;
    int code;
    AUTO(buf) out = {0};
    AUTO_FREE char *ref = mem_printf("refs/heads/%s", branch);
    const char *ask[] = {"rev-parse", "-q", "--verify", ref, NULL};
    const char *with[] = {"worktree", "add", "-q", path, branch, NULL};
    const char *new[] = {"worktree", "add", "-q", "-b", branch, path, "HEAD", NULL};
    if (!git_init(&g, p->git, e))
        return false;
    bool ok = runs_nothing(&g, e) && git_ask(&g, ask, &code, &out, e) &&
              git_run(&g, code == 0 ? with : new, NULL, NULL, &out, e);
    git_fini(&g);
    return ok;
}

bool cli_worktree(struct cli *c, struct error *e)
{
    struct place p = {0};
    if (!c->worktree)
        return true;
    if (c->resume || c->cont)
        return error_set(e, ERR_USAGE,
                         "a session that goes on has its directory already; leave out --worktree");
    AUTO_FREE char *name = *c->worktree ? mem_strdup(c->worktree) : new_name();
    if (!is_name(name))
        return error_set(e, ERR_USAGE,
                         "a worktree is named by letters, digits, dot, underscore and dash, not "
                         "\"%s\"",
                         name);
    if (!find_place(c->workspace ? c->workspace : ".", &p, e))
        return false;
    AUTO_FREE char *path = mem_printf("%s.worktrees/%s", p.top, name);
    AUTO_FREE char *branch = mem_printf("mien/%s", name);
    AUTO_FREE char *inside = mem_printf("%s%s", path, p.below);
    bool there = file_exists(path), ok = true;
    if (there && !is_ours(path, &p))
        ok = error_set(e, ERR_DENIED, "%s is there, and is not a worktree of %s", path, p.top);
    else if (!there)
        ok = make(&p, path, branch, e);
    if (ok) {
        mem_replace(&c->workspace, file_exists(inside) ? inside : path);
        output_text(stderr,
                    "mien: working in %s, on branch %s%s; git worktree remove takes it away\n",
                    path, branch, there ? "" : ", which begins with the last commit");
    }
    place_fini(&p);
    return ok;
}
