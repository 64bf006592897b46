#include "rewind/merge.h"

#include <stdio.h>
#include <string.h>

/* A commit for git to merge: parent may be NULL, message is what a tree cannot say. */
static bool commit_of(struct snapshots *s, const char *tree, const struct object_id *parent,
                      const char *message, struct object_id *id, struct error *e)
{
    char hex[OBJECT_HEX];
    AUTO(buf) text = {0};
    buf_addf(&text, "tree %.40s\n", tree);
    if (parent) {
        object_hex(parent, hex);
        buf_addf(&text, "parent %s\n", hex);
    }
    buf_addf(&text,
             "author mien <mien@localhost> 0 +0000\ncommitter mien <mien@localhost> 0 "
             "+0000\n\n%s",
             message);
    return objects_put(s->objects, "commit", text.ptr, text.len, id, e);
}

/* A commit's tree in hex, and its message. */
static bool commit_parts(struct git_reader *r, const struct object_id *commit,
                         char tree[static OBJECT_HEX], struct buf *message, struct error *e)
{
    AUTO(buf) text = {0};
    if (!git_read(r, commit, &text, e) || text.len < 5 + OBJECT_HEX)
        return false;
    const char *at = strstr(text.ptr, "\n\n");
    snprintf(tree, OBJECT_HEX, "%.40s", text.ptr + 5);
    buf_adds(message, at ? at + 2 : "");
    return true;
}

/* After the tree's name: "MODE ID STAGE\tPATH", a NUL, of each path that could not be merged. */
static void note_conflicts(const struct buf *out, struct buf *conflicts)
{
    for (size_t at = strlen(buf_cstr(out)) + 1; at < out->len; at += strlen(out->ptr + at) + 1) {
        const char *tab = strchr(out->ptr + at, '\t');
        if (tab && !memmem(buf_cstr(conflicts), conflicts->len, tab + 1, strlen(tab + 1) + 1))
            buf_add(conflicts, tab + 1, strlen(tab + 1) + 1);
    }
}

/* tree: the newest state's, and then without what was done between the two. */
static bool merge_out(struct snapshots *s, const char *before, const char *after,
                      char tree[static OBJECT_HEX], struct buf *conflicts, struct error *e)
{
    struct object_id base, ours, theirs;
    char a[OBJECT_HEX], b[OBJECT_HEX];
    int code;
    AUTO(buf) out = {0};
    if (!commit_of(s, after, NULL, "", &base, e) || !commit_of(s, tree, &base, "", &ours, e) ||
        !commit_of(s, before, &base, "", &theirs, e))
        return false;
    object_hex(&ours, a);
    object_hex(&theirs, b);
    const char *args[] = {"merge-tree", "--write-tree", "-z", "--no-messages", a, b, NULL};
    if (strcmp(a, b) == 0 || strcmp(tree, before) == 0)
        return true;
    if (!git_ask(&s->git, args, &code, &out, e))
        return false;
    if (code > 1 || out.len < OBJECT_HEX)
        return error_set(e, ERR_IO, "git cannot merge (2.38 or newer is needed)");
    snprintf(tree, OBJECT_HEX, "%.40s", out.ptr);
    note_conflicts(&out, conflicts);
    return true;
}

/* Of files that come back, the modes that they had. */
static void add_modes_of_gone(const struct snapshots *s, const char *before, struct buf *message)
{
    for (const char *at = before; *at;) {
        size_t n = strcspn(at, "\n");
        const char *path = n > 2 ? memchr(at + 2, ' ', n - 2) : NULL;
        AUTO_FREE char *plain = path ? snapshots_path(path + 1, (size_t)(at + n - path) - 1) : NULL;
        if (plain && *at != 'u' && look_at(s->look, plain).kind == LOOK_NONE)
            buf_add(message, at, n + (at[n] == '\n'));
        at += n + (at[n] == '\n');
    }
}

bool snapshots_without(struct snapshots *s, bool (*fits)(void *arg, int64_t node), void *arg,
                       struct object_id *commit, struct buf *conflicts, struct error *e)
{
    char tree[OBJECT_HEX], before[OBJECT_HEX], after[OBJECT_HEX];
    AUTO(buf) message = {0}, none = {0};
    struct git_reader *r = git_reader_new(&s->git, e);
    bool ok = r && commit_parts(r, &s->lines.ptr[s->lines.len - 1].commit, tree, &message, e);
    size_t found = 0;
    for (size_t last = s->lines.len - 1, first; ok && last > 0; last = MIN(first, last - 1)) {
        first = last;
        while (first > 0 && s->lines.ptr[first].by == SNAPSHOT_AGENT && s->lines.ptr[first].node &&
               fits(arg, s->lines.ptr[first].node))
            first--;
        if (first == last)
            continue;
        AUTO(buf) had = {0};
        ok = commit_parts(r, &s->lines.ptr[first].commit, before, &had, e) &&
             commit_parts(r, &s->lines.ptr[last].commit, after, &none, e) &&
             merge_out(s, before, after, tree, conflicts, e);
        add_modes_of_gone(s, buf_cstr(&had), &message);
        found++;
    }
    git_reader_free(r);
    if (ok && !found)
        return error_set(e, ERR_NOT_FOUND, "no file was changed while it was at work");
    return ok && commit_of(s, tree, NULL, buf_cstr(&message), commit, e);
}

bool snapshots_merge(struct snapshots *s, const struct object_id *base,
                     const struct object_id *theirs, struct object_id *commit,
                     struct buf *conflicts, struct error *e)
{
    char tree[OBJECT_HEX], was[OBJECT_HEX], is[OBJECT_HEX];
    AUTO(buf) message = {0}, none = {0}, had = {0};
    struct git_reader *r = git_reader_new(&s->git, e);
    bool ok = r && commit_parts(r, &s->lines.ptr[s->lines.len - 1].commit, tree, &message, e) &&
              commit_parts(r, base, was, &none, e) && commit_parts(r, theirs, is, &had, e) &&
              merge_out(s, is, was, tree, conflicts, e);
    git_reader_free(r);
    add_modes_of_gone(s, buf_cstr(&had), &message);
    return ok && commit_of(s, tree, NULL, buf_cstr(&message), commit, e);
}

bool snapshots_onto(struct snapshots *s, const struct object_id *parent, struct object_id *commit,
                    struct error *e)
{
    char tree[OBJECT_HEX];
    AUTO(buf) message = {0};
    struct git_reader *r = git_reader_new(&s->git, e);
    bool ok = r && commit_parts(r, &s->lines.ptr[s->lines.len - 1].commit, tree, &message, e) &&
              commit_of(s, tree, parent, buf_cstr(&message), commit, e);
    git_reader_free(r);
    return ok;
}
