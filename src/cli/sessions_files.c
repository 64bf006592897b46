/* mien sessions diff, rewind, prune: what was kept of a session's files. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "base/sweep.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "rewind/restore.h"
#include "session/transcript.h"
#include "store/store.h"

#define UNUSED_DAYS 7                 /* after so many prune takes one away */
#define KEPT_BYTES ((int64_t)2 << 30) /* of all sessions; beyond, the oldest go */

bool cli_resume_workspace(struct cli *c, struct error *e)
{
    char here[4096];
    AUTO_FREE char *dir = file_state_path("sessions");
    AUTO_FREE char *own = c->resume && !c->workspace ? store_workspace(dir, c->resume) : NULL;
    if (!own || (getcwd(here, sizeof here) && strcmp(here, own) == 0))
        return true;
    if (!file_exists(own))
        return error_set(e, ERR_NOT_FOUND,
                         "%s, where the session %s works, is not there any more; name another "
                         "directory with -C DIR",
                         own, c->resume);
    output_text(stderr, "mien: working in %s, the directory of this session; -C . takes this one\n",
                own);
    c->workspace = mem_strdup(own);
    return true;
}

/* ---- what was kept ---- */

/* No message has been said since: those that come are later. */
static int64_t after_last(const struct snapshots *s)
{
    return s->lines.len ? s->lines.ptr[s->lines.len - 1].message + 1 : 0;
}

/* The session's snapshots, with one of how it is now as the newest. */
static bool open_kept(struct snapshots *s, const char *dir, const char *id, struct error *e)
{
    AUTO_FREE char *name = mem_printf("rewind/%s", id);
    AUTO_FREE char *kept = file_state_path(name);
    AUTO_FREE char *list = mem_printf("%s/list", kept);
    AUTO_FREE char *root = store_workspace(dir, id);
    struct snapshot_line line = {.by = SNAPSHOT_OTHER};
    bool made;
    int64_t holder = store_holder(dir, id);
    if (!root)
        return error_set(e, ERR_NOT_FOUND, "there is no session %s; mien sessions list", id);
    if (holder)
        return error_set(e, ERR_BUSY, "the session %s is open in process %lld: /rewind there", id,
                         (long long)holder);
    if (!file_exists(list))
        return error_set(e, ERR_NOT_FOUND, "nothing was kept of the files of session %s", id);
    if (!snapshots_open(s, kept, root, e))
        return false;
    line.message = after_last(s);
    if (!snapshots_take(s, &line, true, &made, e)) {
        snapshots_fini(s);
        return false;
    }
    return true;
}

static bool message_word(const struct cli *c, int64_t *message, struct error *e)
{
    const char *word = c->arg_count > 2 ? c->args[2] : NULL;
    *message = word ? strtoll(word, NULL, 10) : 0;
    if (word && (strspn(word, "0123456789") != strlen(word) || *message <= 0))
        return error_set(e, ERR_USAGE,
                         "%s is no number of a message; mien sessions rewind %s lists "
                         "them",
                         word, c->args[1]);
    return true;
}

int cli_sessions_diff(const struct cli *c, const char *dir)
{
    struct snapshots s = {0};
    struct error e = {0};
    AUTO(buf) patch = {0};
    int64_t message;
    if (!message_word(c, &message, &e) || !open_kept(&s, dir, c->args[1], &e))
        return cli_fail(&e);
    int64_t from = message ? snapshots_at_message(&s, message) : 0;
    bool ok = snapshots_patch(&s, (size_t)MAX(from, 0), s.lines.len - 1, &patch, &e);
    snapshots_fini(&s);
    if (!ok)
        return cli_fail(&e);
    output_text(stdout, "%s", buf_cstr(&patch));
    return CLI_OK;
}

/* ---- going back ---- */

struct listing {
    struct snapshots *s;
    int64_t before, line; /* the message before, and the state it was said in */
    char *text;
};

static void list_one(struct listing *l, int64_t next_line)
{
    struct changes c = {0};
    struct error e = {0};
    if (!l->text)
        return;
    AUTO_FREE char *said = sanitize_text(l->text, SANITIZE_ONE_LINE);
    bool known = l->line >= 0 && next_line >= l->line &&
                 snapshots_compare(l->s, (size_t)l->line, (size_t)next_line, &c, &e);
    output_text(stdout, "%6lld  %6zu files  %.60s\n", (long long)l->before,
                known ? c.list.len : (size_t)0, said);
    changes_fini(&c);
}

static void list_said(void *arg, int64_t seq, const char *text)
{
    struct listing *l = arg;
    int64_t line = snapshots_at_message(l->s, seq);
    list_one(l, line);
    mem_replace(&l->text, text);
    l->before = seq;
    l->line = line;
}

static int list_messages(struct snapshots *s, const char *dir, const char *id)
{
    struct listing l = {.s = s};
    struct error e = {0};
    bool ok = transcript_said(dir, id, list_said, &l, &e);
    list_one(&l, (int64_t)s->lines.len - 1);
    free(l.text);
    return ok ? CLI_OK : cli_fail(&e);
}

static bool is_yes(const struct cli *c, size_t files)
{
    char answer[16];
    if (c->force)
        return true;
    if (!isatty(STDIN_FILENO)) {
        output_text(stderr, "mien: nothing was changed; --force does it without asking\n");
        return false;
    }
    output_text(stderr, "Put back %zu file%s? [y/N] ", files, files == 1 ? "" : "s");
    return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

static void print_path(const char *word, const char *path)
{
    AUTO_FREE char *shown = sanitize_text(path, SANITIZE_ONE_LINE);
    output_text(stdout, "%-8s %s\n", word, shown);
}

/* What others changed since is named and stays: to take that back too is for the screen, which
 * asks. */
static int go_back(const struct cli *c, struct snapshots *s, size_t line)
{
    struct changes list = {0}, others = {0};
    struct restored r = {0};
    struct error e = {0};
    size_t n = 0;
    int code = CLI_OK;
    AUTO(buf) left = {0};
    bool ok =
        snapshots_way_back(s, line, &list, &left, &e) && snapshots_others(s, line, &others, &e);
    for (size_t i = 0; ok && i < list.list.len; i++) {
        const struct change *x = &list.list.ptr[i];
        bool theirs = changes_find(&others, x->path);
        print_path(theirs                     ? "keep"
                   : x->is.kind == LOOK_NONE  ? "remove"
                   : x->was.kind == LOOK_NONE ? "restore"
                                              : "change",
                   x->path);
        n += !theirs;
    }
    if (ok && n && !is_yes(c, n))
        code = CLI_FAILED;
    else if (ok && n)
        ok = restore_changes(s, &list, &others, &r, &e);
    for (size_t i = 0; i < r.kept.len; i++)
        print_path("kept", r.kept.ptr[i]);
    bool made;
    const struct snapshot_line after = {.by = SNAPSHOT_REWIND, .message = after_last(s)};
    if (ok && code == CLI_OK)
        ok = snapshots_take(s, &after, true, &made, &e);
    restored_fini(&r);
    changes_fini(&others);
    changes_fini(&list);
    return ok ? code : cli_fail(&e);
}

int cli_sessions_rewind(const struct cli *c, const char *dir)
{
    struct snapshots s = {0};
    struct error e = {0};
    int64_t message;
    if (!message_word(c, &message, &e) || !open_kept(&s, dir, c->args[1], &e))
        return cli_fail(&e);
    int64_t line = snapshots_at_message(&s, message);
    int code = message ? go_back(c, &s, (size_t)MAX(line, 0)) : list_messages(&s, dir, c->args[1]);
    snapshots_fini(&s);
    return code;
}

/* ---- prune ---- */

struct kept {
    char *id, *path;
    int64_t bytes, used; /* used: seconds since 1970 */
};

static int64_t counted;

/* What is shared by a hard link with the user's repository costs nothing. */
static int count_bytes(const char *path, const struct stat *st, int type, struct FTW *f)
{
    if (type == FTW_F && st->st_nlink == 1)
        counted += (int64_t)st->st_blocks * 512;
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    return (x->used < y->used) - (x->used > y->used);
}

/* Files that are on their way to another machine and back have no session. */
static bool is_carried(const struct kept *k)
{
    if (strncmp(k->id, "carry-", 6) != 0)
        return false;
    int fd = sweep_hold(k->path);
    if (fd >= 0)
        close(fd);
    return fd < 0;
}

static const char *reason(const struct kept *k, const char *dir, int64_t all, int64_t now)
{
    if (store_holder(dir, k->id) || is_carried(k))
        return NULL;
    return !store_exists(dir, k->id)             ? "its session is gone"
           : now - k->used > UNUSED_DAYS * 86400 ? "not used for a week"
           : all > KEPT_BYTES                    ? "more than 2 GB are kept in all"
                                                 : NULL;
}

int cli_sessions_prune(const struct cli *c, const char *dir)
{
    AUTO_FREE char *top = file_state_path("rewind");
    VEC(struct kept) all = {0};
    DIR *d = opendir(top);
    struct stat st;
    for (struct dirent *ent; d && (ent = readdir(d));) {
        char *path = mem_printf("%s/%s", top, ent->d_name);
        if (*ent->d_name == '.' || lstat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
            free(path);
            continue;
        }
        counted = 0;
        AUTO_FREE char *list = mem_printf("%s/list", path);
        int64_t used = stat(list, &st) == 0 ? st.st_mtime : 0;
        (void)nftw(path, count_bytes, 16, FTW_PHYS);
        VEC_PUSH(&all, ((struct kept){mem_strdup(ent->d_name), path, counted, used}));
    }
    if (d)
        closedir(d);
    if (all.len)
        qsort(all.ptr, all.len, sizeof *all.ptr, newest_first);
    int64_t sum = 0, freed = 0;
    for (size_t i = 0; i < all.len; i++) {
        struct kept *k = &all.ptr[i];
        sum += k->bytes;
        const char *why = reason(k, dir, sum, time(NULL));
        if (why) {
            output_text(stdout, "%-26s %8.1f MB  %s\n", k->id, (double)k->bytes / (1 << 20), why);
            freed += k->bytes;
            sum -= k->bytes;
        }
        if (why && !c->dry_run)
            sweep_tree(k->path);
        free(k->id);
        free(k->path);
    }
    VEC_FREE(&all);
    output_text(stdout, "%.1f MB %s, %.1f MB stay\n", (double)freed / (1 << 20),
                c->dry_run ? "would be freed" : "freed", (double)sum / (1 << 20));
    return CLI_OK;
}
