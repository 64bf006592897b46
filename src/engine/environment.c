#include "engine/environment.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/sanitize.h"
#include "engine/engine_priv.h"

#define GIT_READ 4096
#define BRANCH_MAX 100

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
        AUTO_FREE char *file = first_line(at, ".git");
        bool names = file && strncmp(file, "gitdir: ", 8) == 0;
        if (names)
            return file[8] == '/' ? mem_strdup(file + 8) : mem_printf("%s/%s", at, file + 8);
        if (access(git, F_OK) == 0)
            return mem_strdup(git);
        if (!*at || !strchr(at + 1, '/'))
            return NULL;
    }
    return NULL;
}

static void add_git(const char *workspace, struct buf *out)
{
    static const char *const busy[][2] = {
        {"MERGE_HEAD", "merging"},    {"rebase-merge", "rebasing"},
        {"rebase-apply", "rebasing"}, {"CHERRY_PICK_HEAD", "cherry-picking"},
        {"REVERT_HEAD", "reverting"}, {"BISECT_LOG", "bisecting"}};
    AUTO_FREE char *git = git_dir(workspace);
    AUTO_FREE char *head = git ? first_line(git, "HEAD") : NULL;
    if (!head) {
        buf_adds(out, "no git");
        return;
    }
    bool on = strncmp(head, "ref: refs/heads/", 16) == 0;
    AUTO_FREE char *branch = sanitize_text(on ? head + 16 : "detached", SANITIZE_ONE_LINE);
    buf_addf(out, "git %.*s", BRANCH_MAX, branch);
    for (size_t i = 0; i < COUNT_OF(busy); i++) {
        AUTO_FREE char *sign = mem_printf("%s/%s", git, busy[i][0]);
        if (access(sign, F_OK) == 0)
            buf_addf(out, ", %s", busy[i][1]);
    }
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
    add_git(workspace_path(g->ws), &out);
    buf_addf(&out, "); %s; %s; sandbox %s.", u.sysname, date,
             sandbox_level_name(sandbox_level(g->sandbox)));
    return buf_take(&out);
}
