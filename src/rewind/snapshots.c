#include "rewind/snapshots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/sweep.h"
#include "host/git_dir.h"

#define REPACK_EVERY 100
#define LIST_MAX ((size_t)64 << 20)

static const char *const by_names[] = {"other", "agent", "rewind"};

/* ---- changes ---- */

void changes_fini(struct changes *c)
{
    for (size_t i = 0; i < c->list.len; i++)
        free(c->list.ptr[i].path);
    VEC_FREE(&c->list);
}

static int change_order(const void *a, const void *b)
{
    return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

void changes_sort(struct changes *c)
{
    if (c->list.len)
        qsort(c->list.ptr, c->list.len, sizeof *c->list.ptr, change_order);
}

static struct change *find(const struct changes *c, size_t sorted, const char *path)
{
    union {
        const char *in;
        char *out;
    } u = {path};
    struct change key = {.path = u.out};
    return sorted ? bsearch(&key, c->list.ptr, sorted, sizeof key, change_order) : NULL;
}

const struct change *changes_find(const struct changes *c, const char *path)
{
    return find(c, c->list.len, path);
}

/* ---- the list on the disk ---- */

static char *list_path(const char *dir)
{
    return mem_printf("%s/list", dir);
}

static bool line_load(const char *text, size_t n, struct snapshot_line *l)
{
    AUTO_JSON *j = json_parse(text, n, NULL);
    const char *hex = json_str(j, "commit", "");
    const char *by = json_str(j, "by", "");
    if (strlen(hex) != OBJECT_HEX - 1 || !object_parse(hex, &l->commit))
        return false;
    l->time_ms = json_int(j, "time", 0);
    l->goal = json_int(j, "goal", 0);
    l->round = json_int(j, "round", 0);
    l->message = json_int(j, "message", 0);
    l->node = json_int(j, "node", 0);
    l->watched = json_bool(j, "watched", false);
    for (size_t i = 0; i < COUNT_OF(by_names); i++)
        if (strcmp(by, by_names[i]) == 0)
            l->by = (enum snapshot_by)i;
    return true;
}

static bool list_read(struct snapshots *s, struct error *e)
{
    AUTO_FREE char *path = list_path(s->dir);
    AUTO(buf) text = {0};
    if (file_exists(path) && !file_read(path, &text, LIST_MAX, e))
        return false;
    s->lines.len = 0;
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t n = end ? (size_t)(end - text.ptr) - at : text.len - at;
        struct snapshot_line l = {0};
        if (end && line_load(text.ptr + at, n, &l)) /* one without its end was being written */
            VEC_PUSH(&s->lines, l);
        at += n + 1;
    }
    return true;
}

static bool list_append(const struct snapshots *s, const struct snapshot_line *l, struct error *e)
{
    char hex[OBJECT_HEX];
    AUTO_FREE char *path = list_path(s->dir);
    AUTO_JSON *j = cJSON_CreateObject();
    object_hex(&l->commit, hex);
    json_add_str(j, "commit", hex);
    json_add_int(j, "time", l->time_ms);
    json_add_str(j, "by", by_names[l->by]);
    json_add_int(j, "goal", l->goal);
    json_add_int(j, "round", l->round);
    json_add_int(j, "message", l->message);
    if (l->node)
        json_add_int(j, "node", l->node);
    json_add_bool(j, "watched", l->watched);
    AUTO(buf) text = {0};
    json_write(&text, j);
    buf_addc(&text, '\n');
    AUTO_FD int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    return (fd >= 0 && file_write_all(fd, text.ptr, text.len)) ||
           error_errno(e, errno, "cannot write %s", path);
}

/* ---- opening ---- */

/* Files that the repository tracks although .gitignore names them. Asked of git with an index of
 * ours, a copy: the repository's own configuration has no say. */
static void keep_tracked(struct snapshots *s)
{
    static const char *const args[] = {"ls-files", "-z", "-c", "-i", "--exclude-standard", NULL};
    AUTO_FREE char *far = git_dir_named(s->root, ".git", "gitdir: ");
    AUTO_FREE char *from = far ? mem_printf("%s/index", far) : mem_printf("%s/.git/index", s->root);
    AUTO_FREE char *copy = mem_printf("%s/tracked", s->dir);
    AUTO(buf) bytes = {0}, out = {0};
    struct error e = {0};
    if (!file_read(from, &bytes, (size_t)256 << 20, &e) ||
        !file_write_fast(copy, bytes.ptr, bytes.len, &e))
        return;
    /* One in parts, or another version: what is tracked and ignored is left out then. */
    if (git_run(&s->git, args, s->root, copy, &out, &e))
        look_keep(s->look, buf_cstr(&out), out.len);
    unlink(copy);
}

/* What the last snapshot has goes on to count, as it does within one process. */
static void keep_known(struct snapshots *s)
{
    char hex[OBJECT_HEX];
    AUTO(buf) out = {0};
    struct error e = {0};
    if (!s->lines.len)
        return;
    object_hex(&s->lines.ptr[s->lines.len - 1].commit, hex);
    const char *args[] = {"ls-tree", "-r", "-z", "--name-only", "--end-of-options", hex, NULL};
    if (git_run(&s->git, args, NULL, NULL, &out, &e))
        look_keep(s->look, buf_cstr(&out), out.len);
}

/* The name of what a message says of the state; its lines of rules are about what came before. */
static void side_name(const char *text, struct object_id *id)
{
    AUTO(buf) out = {0};
    for (size_t n; *text; text += n) {
        n = strcspn(text, "\n");
        n += text[n] == '\n';
        if (*text != 'i')
            buf_add(&out, text, n);
    }
    object_name("blob", buf_cstr(&out), out.len, id);
}

/* What the last one says, to know what is new; and the usual modes as the first one chose them:
 * what a later one says stays comparable. */
static void take_up(struct snapshots *s)
{
    struct error e = {0};
    AUTO(buf) text = {0};
    struct look_modes m;
    struct git_reader *r = s->lines.len ? git_reader_new(&s->git, &e) : NULL;
    const char *at = r && git_read(r, &s->lines.ptr[s->lines.len - 1].commit, &text, &e)
                         ? strstr(buf_cstr(&text), "\n\n")
                         : NULL;
    if (at && strncmp(text.ptr, "tree ", 5) == 0 && object_parse(text.ptr + 5, &s->tree))
        side_name(at + 2, &s->side);
    if (at && sscanf(at + 2, "u %o %o %o", &m.file, &m.program, &m.dir) == 3)
        look_set_modes(s->look, m);
    git_reader_free(r);
}

/* What nobody holds is swept when it was not used for long. */
static bool hold(struct snapshots *s, struct error *e)
{
    s->held = sweep_hold(s->dir);
    return s->held >= 0 || error_set(e, ERR_BUSY, "%s is in use by another process", s->dir);
}

bool snapshots_open(struct snapshots *s, const char *dir, const char *root, struct error *e)
{
    *s = (struct snapshots){.root = mem_strdup(root), .dir = mem_strdup(dir), .held = -1};
    s->look = look_new(root, e);
    if (s->look && git_init(&s->git, dir, e) && (s->objects = objects_open(dir, root, e)) &&
        hold(s, e) && list_read(s, e)) {
        keep_tracked(s);
        keep_known(s);
        take_up(s);
        return true;
    }
    snapshots_fini(s);
    return false;
}

void snapshots_fini(struct snapshots *s)
{
    if (s->packing > 0)
        (void)git_over(s->packing, false);
    look_free(s->look);
    objects_close(s->objects);
    git_fini(&s->git);
    if (s->dir && s->held >= 0)
        close(s->held);
    VEC_FREE(&s->lines);
    free(s->root);
    free(s->dir);
    *s = (struct snapshots){0};
}

/* ---- taking one ---- */

static bool commit_write(struct snapshots *s, const struct object_id *tree, const struct buf *side,
                         int64_t time_ms, struct object_id *id, struct error *e)
{
    char hex[OBJECT_HEX];
    AUTO(buf) text = {0};
    object_hex(tree, hex);
    buf_addf(&text, "tree %s\n", hex);
    if (s->lines.len) {
        object_hex(&s->lines.ptr[s->lines.len - 1].commit, hex);
        buf_addf(&text, "parent %s\n", hex);
    }
    long long seconds = (long long)(time_ms / 1000);
    buf_addf(&text,
             "author mien <mien@localhost> %lld +0000\ncommitter mien <mien@localhost> %lld "
             "+0000\n\n",
             seconds, seconds);
    buf_add(&text, side->ptr, side->len);
    if (!objects_put(s->objects, "commit", text.ptr, text.len, id, e))
        return false;
    AUTO_FREE char *ref = mem_printf("%s/refs/heads/snapshots", s->dir);
    object_hex(id, hex);
    hex[OBJECT_HEX - 1] = '\n';
    return file_write_fast(ref, hex, OBJECT_HEX, e);
}

/* Beside what comes next: it takes seconds, and what is written meanwhile stays as it is. Where it
 * fails all goes on without. */
static void repack(struct snapshots *s)
{
    static const char *const args[] = {"repack", "-a", "-d", "-l", "-q", NULL};
    if (s->packing > 0 && git_over(s->packing, false))
        s->packing = 0;
    if (++s->unpacked < REPACK_EVERY || s->packing > 0)
        return;
    s->unpacked = 0;
    s->packing = git_start(&s->git, args);
}

void snapshots_settle(struct snapshots *s)
{
    if (s->packing > 0)
        (void)git_over(s->packing, true);
    s->packing = 0;
}

bool snapshots_take(struct snapshots *s, const struct snapshot_line *line, bool full, bool *made,
                    struct error *e)
{
    struct snapshot_line l = *line;
    enum look_way way;
    bool first = s->lines.len == 0;
    AUTO(buf) side = {0};
    struct object_id tree, said;
    *made = false;
    if (!look_now(s->look, s->objects, full, &way, e))
        return false;
    if (!look_changed(s->look) && !first)
        return true;
    if (!look_write(s->look, s->objects, &tree, &side, e))
        return false;
    objects_forget_base(s->objects);
    side_name(buf_cstr(&side), &said);
    if (!first && object_same(&tree, &s->tree) && object_same(&said, &s->side))
        return true;
    l.time_ms = clock_wall_ms();
    l.watched = way == LOOK_WAY_WATCH;
    if (!commit_write(s, &tree, &side, l.time_ms, &l.commit, e) || !list_append(s, &l, e))
        return false;
    VEC_PUSH(&s->lines, l);
    s->tree = tree;
    s->side = said;
    *made = true;
    repack(s);
    return true;
}

int64_t snapshots_at_message(const struct snapshots *s, int64_t message)
{
    int64_t found = -1;
    for (size_t i = 0; i < s->lines.len; i++) {
        const struct snapshot_line *l = &s->lines.ptr[i];
        bool before = l->by == SNAPSHOT_AGENT ? l->message < message : l->message <= message;
        if (before || found < 0)
            found = (int64_t)i;
    }
    return found;
}

/* ---- comparing ---- */

struct side {
    struct changes list; /* path, was: mode and kind */
    struct look_modes usual;
};

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

char *snapshots_path(const char *s, size_t n)
{
    char *out = mem_strndup(s, n), *w = out;
    for (size_t i = 0; i < n; i++)
        if (s[i] == '%' && i + 2 < n) {
            *w++ = (char)(hex_of(s[i + 1]) * 16 + hex_of(s[i + 2]));
            i += 2;
        } else {
            *w++ = s[i];
        }
    *w = '\0';
    return out;
}

static void side_line(struct side *s, const char *line, size_t n)
{
    AUTO_FREE char *text = mem_strndup(line, n);
    unsigned mode = 0;
    int at = 0;
    struct look_modes m;
    if (*text == 'i')
        return;
    if (sscanf(text, "u %o %o %o", &m.file, &m.program, &m.dir) == 3)
        s->usual = m;
    else if (sscanf(text + (*text != '\0'), " %o %n", &mode, &at) == 1 && at)
        VEC_PUSH(&s->list.list,
                 ((struct change){.path = snapshots_path(text + 1 + at, n - 1 - (size_t)at),
                                  .was = {*text == 'f' ? LOOK_FILE : LOOK_DIR,
                                          mode,
                                          {{*text == 'e' ? STATE_EMPTY : '\0'}}}}));
}

static bool side_read(struct git_reader *r, const struct object_id *commit, struct side *s,
                      struct error *e)
{
    AUTO(buf) text = {0};
    if (!git_read(r, commit, &text, e))
        return false;
    s->usual = (struct look_modes){0644, 0755, 0755};
    const char *at = strstr(buf_cstr(&text), "\n\n");
    for (at = at ? at + 2 : ""; *at;) {
        size_t n = strcspn(at, "\n");
        side_line(s, at, n);
        at += n + (at[n] != '\0');
    }
    changes_sort(&s->list);
    return true;
}

static struct file_state state_of(const struct side *s, const char *path, unsigned mode,
                                  const char *hex)
{
    struct file_state f = {LOOK_NONE};
    const struct change *own = changes_find(&s->list, path);
    if (mode == 0)
        return f;
    f.kind = mode == 0120000 ? LOOK_LINK : LOOK_FILE;
    f.mode = own && own->was.kind == LOOK_FILE ? own->was.mode
             : mode & 0100                     ? s->usual.program
                                               : s->usual.file;
    (void)object_parse(hex, &f.id);
    return f;
}

/* ":100644 100755 ID ID M", a NUL, the path, a NUL. */
static void raw_lines(const struct buf *raw, const struct side *a, const struct side *b,
                      struct changes *c)
{
    for (size_t at = 0; at < raw->len;) {
        const char *line = raw->ptr + at;
        const char *path = line + strlen(line) + 1;
        unsigned was, is;
        char from[OBJECT_HEX], to[OBJECT_HEX];
        if (path >= raw->ptr + raw->len ||
            sscanf(line, ":%o %o %40s %40s", &was, &is, from, to) != 4)
            return;
        VEC_PUSH(&c->list, ((struct change){mem_strdup(path), state_of(a, path, was, from),
                                            state_of(b, path, is, to)}));
        at = (size_t)(path - raw->ptr) + strlen(path) + 1;
    }
}

/* A path in the list of one state, and not in the other's: what that has. */
static struct file_state unlisted(const struct side *s, const struct file_state *f)
{
    unsigned usual = f->kind == LOOK_DIR ? s->usual.dir
                     : f->mode & 0100    ? s->usual.program
                                         : s->usual.file;
    bool empty = f->kind == LOOK_DIR && f->id.b[0] == STATE_EMPTY;
    /* An empty directory: not there, or not empty, and there without our help. */
    return (struct file_state){empty ? LOOK_NONE : f->kind, usual};
}

/* Modes and empty directories: what only one of the lists has, or has differently. */
static void side_changes(const struct side *a, const struct side *b, struct changes *c)
{
    const struct side *sides[] = {a, b};
    size_t sorted = c->list.len;
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < sides[k]->list.list.len; i++) {
            const struct change *x = &sides[k]->list.list.ptr[i];
            const struct change *twin = changes_find(&sides[1 - k]->list, x->path);
            struct change *told = find(c, sorted, x->path);
            struct file_state here = x->was;
            struct file_state there = twin ? twin->was : unlisted(sides[1 - k], &here);
            struct file_state *gap = told ? (k ? &told->is : &told->was) : NULL;
            if (gap && gap->kind == LOOK_NONE && here.kind == LOOK_DIR)
                *gap = here; /* an empty directory where the other has a file */
            if (gap || (twin && k == 1) ||
                (twin && here.mode == there.mode && object_same(&here.id, &there.id)))
                continue;
            VEC_PUSH(&c->list,
                     ((struct change){mem_strdup(x->path), k ? there : here, k ? here : there}));
        }
}

bool snapshots_compare_commits(struct snapshots *s, const struct object_id *from,
                               const struct object_id *to, struct changes *c, struct error *e)
{
    char a[OBJECT_HEX], b[OBJECT_HEX];
    object_hex(from, a);
    object_hex(to, b);
    const char *args[] = {"diff-tree",        "-r", "-z", "--raw", "--no-renames", "--no-abbrev",
                          "--end-of-options", a,    b,    NULL};
    struct side was = {0}, is = {0};
    AUTO(buf) raw = {0};
    struct git_reader *r = git_reader_new(&s->git, e);
    bool ok = r && side_read(r, from, &was, e) && side_read(r, to, &is, e) &&
              git_run(&s->git, args, NULL, NULL, &raw, e);
    if (ok) {
        raw_lines(&raw, &was, &is, c);
        changes_sort(c);
        c->dir_mode = is.usual.dir;
        side_changes(&was, &is, c);
        changes_sort(c);
    }
    git_reader_free(r);
    changes_fini(&was.list);
    changes_fini(&is.list);
    return ok;
}

bool snapshots_compare(struct snapshots *s, size_t from, size_t to, struct changes *c,
                       struct error *e)
{
    return snapshots_compare_commits(s, &s->lines.ptr[from].commit, &s->lines.ptr[to].commit, c, e);
}

#define WITHOUT_MAX 16

bool snapshots_patch_commits(struct snapshots *s, const struct object_id *from,
                             const struct object_id *to, const struct buf *without, struct buf *out,
                             struct error *e)
{
    char a[OBJECT_HEX], b[OBJECT_HEX];
    object_hex(from, a);
    object_hex(to, b);
    const char *args[13 + WITHOUT_MAX] = {"diff-tree",
                                          "-r",
                                          "-p",
                                          "--no-renames",
                                          "--no-color",
                                          "--no-prefix",
                                          "--no-ext-diff",
                                          "--no-textconv",
                                          "--end-of-options",
                                          a,
                                          b,
                                          "--"};
    AUTO(buf) specs = {0};
    VEC(size_t) at = {0};
    for (size_t i = 0; without && i < without->len && at.len < WITHOUT_MAX;
         i += strlen(without->ptr + i) + 1) {
        VEC_PUSH(&at, specs.len);
        buf_addf(&specs, ":(exclude,literal)%s", without->ptr + i);
        buf_addc(&specs, '\0');
    }
    for (size_t i = 0; i < at.len; i++)
        args[12 + i] = specs.ptr + at.ptr[i];
    VEC_FREE(&at);
    return git_run(&s->git, args, NULL, NULL, out, e);
}

bool snapshots_patch(struct snapshots *s, size_t from, size_t to, struct buf *out, struct error *e)
{
    return snapshots_patch_commits(s, &s->lines.ptr[from].commit, &s->lines.ptr[to].commit, NULL,
                                   out, e);
}

/* Of the lines after `to`: what rules no longer name, a NUL after each. */
static bool uncovered_since(struct snapshots *s, size_t to, struct buf *paths, struct error *e)
{
    struct git_reader *r = git_reader_new(&s->git, e);
    bool ok = r != NULL;
    for (size_t i = to + 1; ok && i < s->lines.len; i++) {
        AUTO(buf) text = {0};
        ok = git_read(r, &s->lines.ptr[i].commit, &text, e);
        for (const char *at = strstr(buf_cstr(&text), "\ni 0 "); at;
             at = strstr(at + 1, "\ni 0 ")) {
            AUTO_FREE char *path = snapshots_path(at + 5, strcspn(at + 5, "\n"));
            buf_add(paths, path, strlen(path) + 1);
        }
    }
    git_reader_free(r);
    return ok;
}

static bool covers(const struct buf *paths, const char *path)
{
    for (size_t i = 0; i < paths->len; i += strlen(paths->ptr + i) + 1) {
        const char *one = paths->ptr + i;
        size_t n = strlen(one);
        if (strcmp(one, path) == 0 ||
            (n && one[n - 1] == '/' &&
             (strncmp(one, path, n) == 0 || strncmp(one, path, n - 1) == 0) &&
             (path[n - 1] == '/' || path[n - 1] == '\0')))
            return true;
    }
    return false;
}

bool snapshots_way_back(struct snapshots *s, size_t to, struct changes *c, struct buf *left,
                        struct error *e)
{
    return snapshots_compare(s, s->lines.len - 1, to, c, e) &&
           snapshots_spare_uncovered(s, to, c, left, e);
}

bool snapshots_spare_uncovered(struct snapshots *s, size_t to, struct changes *c, struct buf *left,
                               struct error *e)
{
    AUTO(buf) paths = {0};
    size_t kept = 0;
    if (!uncovered_since(s, to, &paths, e))
        return false;
    for (size_t i = 0; i < c->list.len; i++) {
        struct change x = c->list.ptr[i];
        bool stays = x.is.kind == LOOK_NONE && covers(&paths, x.path);
        if (stays)
            buf_add(left, x.path, strlen(x.path) + 1);
        if (stays)
            free(x.path);
        else
            c->list.ptr[kept++] = x;
    }
    c->list.len = kept;
    return true;
}

bool snapshots_others(struct snapshots *s, size_t from, struct changes *c, struct error *e)
{
    for (size_t i = from + 1; i < s->lines.len; i++)
        if (s->lines.ptr[i].by == SNAPSHOT_OTHER && !snapshots_compare(s, i - 1, i, c, e))
            return false;
    changes_sort(c);
    return true;
}
