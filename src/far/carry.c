#include "far/carry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "host/git_dir.h"
#include "host/workspaces.h"
#include "rewind/merge.h"
#include "rewind/restore.h"

#define REF_OVER "refs/heads/over"
#define REF_HEAD "refs/heads/head/" /* and the branch's name */
#define NO_BRANCH "detached"
#define REF_BACK "refs/heads/back"
#define COPIES_MAX 1000

void carried_fini(struct carried *r)
{
    for (size_t i = 0; i < r->conflicts.len; i++)
        free(r->conflicts.ptr[i]);
    for (size_t i = 0; i < r->copies.len; i++)
        free(r->copies.ptr[i]);
    VEC_FREE(&r->conflicts);
    VEC_FREE(&r->copies);
}

bool carry_open(struct carry *c, const char *store, const char *root, struct error *e)
{
    struct restored r = {0};
    struct error late = {0};
    *c = (struct carry){0};
    if (!file_make_dirs(store, e))
        return false;
    /* Who put something back and was killed left the rest to the next one. */
    (void)restore_finish(store, root, &r, &late);
    restored_fini(&r);
    return snapshots_open(&c->s, store, root, e);
}

void carry_fini(struct carry *c)
{
    snapshots_fini(&c->s);
}

/* ---- bundles ---- */

static bool take(struct carry *c, struct error *e)
{
    static const struct snapshot_line line = {.by = SNAPSHOT_AGENT};
    bool made;
    return snapshots_take(&c->s, &line, true, &made, e);
}

static const struct object_id *newest(const struct carry *c)
{
    return &c->s.lines.ptr[c->s.lines.len - 1].commit;
}

static bool set_ref(const struct carry *c, const char *name, const struct object_id *id,
                    struct error *e)
{
    char hex[OBJECT_HEX + 1];
    AUTO_FREE char *path = mem_printf("%s/%s", c->s.dir, name);
    object_hex(id, hex);
    hex[OBJECT_HEX - 1] = '\n';
    return file_write_fast(path, hex, OBJECT_HEX, e);
}

/* ref, and more: a second one, or what it has is left out ("^…"), or NULL. */
static bool bundle_write(struct carry *c, const char *ref, const char *more, struct buf *out,
                         struct error *e)
{
    const char *args[] = {"bundle", "create", "-q", "-", ref, more, NULL};
    buf_clear(out);
    if (!git_run(&c->s.git, args, NULL, NULL, out, e))
        return false;
    if (out->len > CARRY_MAX)
        return error_set(
            e, ERR_LIMIT,
            "the files of %s are %zu MB packed, more than the %zu MB that are carried; "
            "name what is not needed there in .gitignore, or share the directory",
            c->s.root, out->len >> 20, CARRY_MAX >> 20);
    return true;
}

/* Its objects, and the lines "ID REF" of what it has. */
static bool bundle_read(struct carry *c, const struct buf *bundle, struct buf *heads,
                        struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/bundle", c->s.dir);
    const char *args[] = {"bundle", "unbundle", path, NULL};
    if (!file_write_fast(path, bundle->ptr, bundle->len, e))
        return false;
    bool ok = git_run(&c->s.git, args, NULL, NULL, heads, e);
    unlink(path);
    return ok;
}

/* The commit of the first ref that begins so; *rest: what follows in its name, may be NULL; the
 * caller frees. False: there is none. */
static bool head_named(const struct buf *heads, const char *name, struct object_id *id, char **rest)
{
    size_t n = strlen(name);
    for (const char *line = buf_cstr(heads); *line;) {
        size_t len = strcspn(line, "\n");
        if (len >= OBJECT_HEX + n && strncmp(line + OBJECT_HEX, name, n) == 0 &&
            object_parse(line, id)) {
            if (rest)
                *rest = mem_strndup(line + OBJECT_HEX + n, len - OBJECT_HEX - n);
            return true;
        }
        line += len + (line[len] == '\n');
    }
    return false;
}

static bool back_of(struct carry *c, const struct buf *bundle, struct object_id *back,
                    struct error *e)
{
    AUTO(buf) heads = {0};
    return bundle_read(c, bundle, &heads, e) &&
           (head_named(&heads, REF_BACK, back, NULL) ||
            error_set(e, ERR_PARSE, "what came is no bundle of files"));
}

/* ---- the repository's last commit ---- */

static void ask_line(const struct git *g, const char *const *args, struct buf *out)
{
    int code;
    struct error e;
    if (!git_ask(g, args, &code, out, &e) || code != 0)
        buf_clear(out);
    buf_cut(out, strcspn(buf_cstr(out), "\n"));
}

/* The store sees the objects of the repository, where they are not linked into it. */
static bool see_objects(const struct carry *c, const char *git, struct error *e)
{
    AUTO_FREE char *common = git_dir_named(git, "commondir", "");
    AUTO_FREE char *path = mem_printf("%s/objects/info/alternates", c->s.dir);
    AUTO(buf) text = {0};
    if (file_exists(path) && !file_read(path, &text, 1 << 16, e))
        return false;
    buf_addf(&text, "%s/objects\n", common ? common : git);
    return file_write_fast(path, text.ptr, text.len, e);
}

/* *ref: a commit with the tree of HEAD and nothing before it; NULL: there is none to take along. */
static bool pack_head(struct carry *c, char **ref, struct error *e)
{
    static const char *const ask_tree[] = {"rev-parse", "-q", "--verify", "HEAD^{tree}", NULL};
    static const char *const ask_branch[] = {"symbolic-ref", "-q", "--short", "HEAD", NULL};
    static const char *const ask_title[] = {"log", "-1", "--no-show-signature", "--format=%s",
                                            NULL};
    AUTO(buf) tree = {0}, branch = {0}, title = {0}, text = {0};
    AUTO_FREE char *inside = mem_printf("%s/.git", c->s.root);
    AUTO_FREE char *git =
        git_dir_is(inside) ? mem_strdup(inside) : git_dir_named(c->s.root, ".git", "gitdir: ");
    struct git repo;
    struct object_id id;
    char hex[OBJECT_HEX];
    if (!git || !git_init(&repo, git, e))
        return true;
    ask_line(&repo, ask_tree, &tree);
    ask_line(&repo, ask_branch, &branch);
    ask_line(&repo, ask_title, &title);
    git_fini(&repo);
    if (tree.len != OBJECT_HEX - 1)
        return true; /* nothing was committed yet */
    buf_addf(&text,
             "tree %s\nauthor mien <mien@localhost> 0 +0000\ncommitter mien <mien@localhost> 0 "
             "+0000\n\n%s\n",
             tree.ptr, buf_cstr(&title));
    if (!see_objects(c, git, e) || !objects_put(c->s.objects, "commit", text.ptr, text.len, &id, e))
        return false;
    *ref = mem_printf(REF_HEAD "%s", branch.len ? branch.ptr : NO_BRANCH);
    object_hex(&id, hex);
    const char *set[] = {"update-ref", *ref, hex, NULL};
    return git_run(&c->s.git, set, NULL, NULL, NULL, e);
}

/* There: a repository whose only commit is that one; the files are as they came. */
static bool unpack_head(struct carry *c, const char *branch, struct error *e)
{
    static const char config[] = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";
    static const char *const take[] = {"read-tree", "HEAD", NULL};
    AUTO_FREE char *git = mem_printf("%s/.git", c->s.root);
    AUTO_FREE char *objects = mem_printf("%s/objects/info", git);
    AUTO_FREE char *refs = mem_printf("%s/refs/heads", git);
    AUTO_FREE char *head = mem_printf("%s/HEAD", git), *settings = mem_printf("%s/config", git);
    AUTO_FREE char *line = mem_printf("ref: refs/heads/%s\n", branch);
    AUTO_FREE char *spec = mem_printf("+" REF_HEAD "%s:refs/heads/%s", branch, branch);
    const char *fetch[] = {"fetch", "-q", "--no-tags", "--update-head-ok", c->s.dir, spec, NULL};
    struct git repo;
    if (!file_make_dirs(objects, e) || !file_make_dirs(refs, e) ||
        !file_write_fast(head, line, strlen(line), e) ||
        !file_write_fast(settings, config, strlen(config), e) || !git_init(&repo, git, e))
        return false;
    bool ok = git_run(&repo, fetch, c->s.root, NULL, NULL, e) &&
              git_run(&repo, take, c->s.root, NULL, NULL, e);
    git_fini(&repo);
    return ok;
}

bool carry_pack(struct carry *c, struct buf *bundle, struct error *e)
{
    AUTO_FREE char *head = NULL;
    if (!take(c, e))
        return false;
    c->over = *newest(c);
    return set_ref(c, REF_OVER, &c->over, e) && pack_head(c, &head, e) &&
           bundle_write(c, REF_OVER, head, bundle, e);
}

/* ---- there ---- */

bool carry_unpack(struct carry *c, const struct buf *bundle, struct error *e)
{
    struct changes changes = {0};
    struct restored r = {0};
    struct object_id id;
    AUTO(buf) heads = {0};
    AUTO_FREE char *branch = NULL;
    if (!take(c, e))
        return false;
    c->s.fleeting = true;
    bool ok = bundle_read(c, bundle, &heads, e) &&
              (head_named(&heads, REF_OVER, &c->over, NULL) ||
               error_set(e, ERR_PARSE, "what came is no bundle of files")) &&
              set_ref(c, REF_OVER, &c->over, e) &&
              snapshots_compare_commits(&c->s, newest(c), &c->over, &changes, e) &&
              restore_changes(&c->s, &changes, NULL, &r, e);
    if (ok && r.kept.len)
        ok = error_set(e, ERR_IO, "%s could not be written", r.kept.ptr[0]);
    if (ok && head_named(&heads, REF_HEAD, &id, &branch)) {
        char hex[OBJECT_HEX];
        AUTO_FREE char *ref = mem_printf(REF_HEAD "%s", branch);
        const char *set[] = {"update-ref", ref, hex, NULL};
        object_hex(&id, hex);
        ok = git_run(&c->s.git, set, NULL, NULL, NULL, e) && unpack_head(c, branch, e);
    }
    changes_fini(&changes);
    restored_fini(&r);
    return ok;
}

bool carry_pack_changes(struct carry *c, struct buf *bundle, struct error *e)
{
    struct changes changes = {0};
    struct object_id back;
    buf_clear(bundle);
    if (!take(c, e) || !snapshots_compare_commits(&c->s, &c->over, newest(c), &changes, e))
        return false;
    bool none = changes.list.len == 0;
    changes_fini(&changes);
    return none || (snapshots_onto(&c->s, &c->over, &back, e) && set_ref(c, REF_BACK, &back, e) &&
                    bundle_write(c, REF_BACK, "^" REF_OVER, bundle, e));
}

/* ---- home again ---- */

/* One after the other: what one brings is what the next one meets. */
static int lock(const struct carry *c, struct error *e)
{
    struct object_id id;
    char name[OBJECT_HEX];
    object_name("workspace", c->s.root, strlen(c->s.root), &id);
    object_hex(&id, name);
    const char *last = strrchr(c->s.dir, '/');
    AUTO_FREE char *path = mem_printf("%.*s/%s.lock", (int)(last - c->s.dir), c->s.dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    if (fd < 0)
        error_errno(e, errno, "cannot lock %s", path);
    return fd;
}

static bool has(const struct carried *r, const char *path)
{
    for (size_t i = 0; i < r->conflicts.len; i++)
        if (strcmp(r->conflicts.ptr[i], path) == 0)
            return true;
    return false;
}

static void note_conflict(struct carried *r, const char *path)
{
    if (!has(r, path))
        VEC_PUSH(&r->conflicts, mem_strdup(path));
}

/* "src/a.c.worker-3", a name that nothing has. */
static char *copy_name(const struct carry *c, const char *path, const char *name)
{
    char *out = mem_printf("%s.%s", path, name);
    for (int i = 2; i < COPIES_MAX && look_at(c->s.look, out).kind != LOOK_NONE; i++) {
        free(out);
        out = mem_printf("%s.%s-%d", path, name, i);
    }
    return out;
}

/* Beside each file that stays as it is, what came for it. */
static bool write_copies(struct carry *c, const struct object_id *back, const char *name,
                         struct carried *r, struct error *e)
{
    struct changes came = {0}, copies = {0};
    struct restored done = {0};
    bool ok = snapshots_compare_commits(&c->s, &c->over, back, &came, e);
    for (size_t i = r->copies.len; ok && i < r->conflicts.len; i++) {
        const struct change *x = changes_find(&came, r->conflicts.ptr[i]);
        bool there = x && (x->is.kind == LOOK_FILE || x->is.kind == LOOK_LINK);
        char *copy = there ? copy_name(c, x->path, name) : mem_strdup("");
        VEC_PUSH(&r->copies, copy);
        if (there)
            VEC_PUSH(&copies.list, ((struct change){.path = mem_strdup(copy), .is = x->is}));
    }
    changes_sort(&copies);
    copies.dir_mode = came.dir_mode;
    ok = ok && (!copies.list.len || restore_changes(&c->s, &copies, NULL, &done, e));
    if (ok && done.kept.len)
        ok = error_set(e, ERR_IO, "%s could not be written", done.kept.ptr[0]);
    changes_fini(&came);
    changes_fini(&copies);
    restored_fini(&done);
    return ok;
}

static bool apply_merged(struct carry *c, const struct object_id *merged,
                         const struct object_id *back, const char *name, struct carried *r,
                         struct error *e)
{
    struct changes changes = {0}, stay = {0};
    struct restored done = {0};
    bool ok = snapshots_compare_commits(&c->s, newest(c), merged, &changes, e);
    for (size_t i = 0; i < r->conflicts.len; i++)
        VEC_PUSH(&stay.list, ((struct change){.path = mem_strdup(r->conflicts.ptr[i])}));
    changes_sort(&stay);
    /* Copies first: whatever comes after, nothing that came is lost. */
    ok = ok && write_copies(c, back, name, r, e) &&
         (!changes.list.len || restore_changes(&c->s, &changes, &stay, &done, e));
    r->files = done.files;
    for (size_t i = 0; i < done.kept.len; i++) /* changed since the look at it */
        note_conflict(r, done.kept.ptr[i]);
    ok = ok && write_copies(c, back, name, r, e);
    changes_fini(&changes);
    changes_fini(&stay);
    restored_fini(&done);
    return ok;
}

bool carry_apply(struct carry *c, const struct buf *bundle, const char *name, struct carried *r,
                 struct error *e)
{
    struct object_id back, merged;
    AUTO(buf) conflicts = {0};
    AUTO_FD int held = lock(c, e);
    if (held < 0 || !back_of(c, bundle, &back, e) || !take(c, e) ||
        !snapshots_merge(&c->s, &c->over, &back, &merged, &conflicts, e))
        return false;
    for (size_t at = 0; at < conflicts.len; at += strlen(conflicts.ptr + at) + 1)
        note_conflict(r, conflicts.ptr + at);
    return apply_merged(c, &merged, &back, name, r, e);
}

bool carry_keep_patch(struct carry *c, const struct buf *bundle, const char *name, char **path,
                      struct error *e)
{
    struct object_id back;
    struct changes one = {.dir_mode = 0755};
    struct restored done = {0};
    struct file_state is = {.kind = LOOK_FILE, .mode = 0644};
    AUTO(buf) patch = {0};
    AUTO_FREE char *stem = mem_printf("%s/%s", WORKSPACES_DIR, name);
    AUTO_FD int held = lock(c, e);
    if (held < 0 || !back_of(c, bundle, &back, e) || !take(c, e) ||
        !snapshots_patch_commits(&c->s, &c->over, &back, NULL, &patch, e) ||
        !objects_put(c->s.objects, "blob", buf_cstr(&patch), patch.len, &is.id, e))
        return false;
    *path = copy_name(c, stem, "patch");
    VEC_PUSH(&one.list, ((struct change){.path = mem_strdup(*path), .is = is}));
    bool ok = restore_changes(&c->s, &one, NULL, &done, e);
    if (ok && done.kept.len)
        ok = error_set(e, ERR_IO, "%s could not be written", *path);
    changes_fini(&one);
    restored_fini(&done);
    return ok;
}
