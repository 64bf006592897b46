/*
 * snapshots - the states a workspace went through, kept as commits in a git directory of the
 * session's, one behind the other; beside them a list that says when and at which message each was
 * taken, and whose the change before it was.
 *
 * A commit's message holds what a tree cannot say, a line each; paths with %XX for odd bytes:
 *   u MODE MODE MODE   the usual modes of files, programs and directories, in octal
 *   f MODE PATH        a file with another one
 *   d MODE PATH        a directory with another one
 *   e MODE PATH        a directory with nothing in it that is kept
 *   i 0 PATH           .gitignore named it until now: it was there, though no state before has it;
 *                      a directory's ends in a slash
 * Times, owners, extended attributes and which names are hard links of each other are not kept.
 * Everything here waits for the disk and for git. Thread: one at a time.
 */
#ifndef REWIND_SNAPSHOTS_H
#define REWIND_SNAPSHOTS_H

#include "base/mem.h"
#include "rewind/git.h"
#include "rewind/look.h"

enum snapshot_by {
    SNAPSHOT_OTHER, /* the user, other programs: nothing of ours ran */
    SNAPSHOT_AGENT, /* a round did */
    SNAPSHOT_REWIND /* going back did */
};

struct snapshot_line {
    struct object_id commit;
    int64_t time_ms; /* wall clock */
    enum snapshot_by by;
    int64_t goal, round, message; /* message: the last one of the conversation then */
    int64_t node;                 /* of the task tree, that was at work; 0: none */
    bool watched;                 /* by what a watch knew; else every file was asked */
};

struct snapshots {
    char *root, *dir; /* workspace; git directory */
    int held;         /* a descriptor that says the directory is in use; -1: not held */
    struct objects *objects;
    struct look *look;
    struct git git;
    VEC(struct snapshot_line) lines; /* oldest first */
    struct object_id tree, side;     /* what the last one says */
    int64_t unpacked;                /* taken since the last repack */
    bool fleeting; /* the root is a copy that no crash needs to spare: nothing waits for the disk */
    int64_t packing; /* process id of one that runs beside, 0: none does */
};

/* One path that two states have differently. Of a directory only the mode says something, and
 * whether it is empty: then its id begins with STATE_EMPTY. */
#define STATE_EMPTY 'e'
struct file_state {
    enum look_kind kind; /* LOOK_NONE: not there */
    unsigned mode;
    struct object_id id;
};
struct change {
    char *path;
    struct file_state was, is;
};
struct changes {
    VEC(struct change) list; /* sorted by path */
    unsigned dir_mode;       /* of a directory that comes into being */
};
void changes_fini(struct changes *c);
void changes_sort(struct changes *c);
const struct change *changes_find(const struct changes *c, const char *path);

/* A path as a message has it, n bytes, without its %XX. Caller frees. */
char *snapshots_path(const char *s, size_t n);

/* dir: made where it is missing. ERR_DENIED: not of this workspace; ERR_NOT_FOUND: no git;
 * ERR_BUSY: another has it open. */
NODISCARD bool snapshots_open(struct snapshots *s, const char *dir, const char *root,
                              struct error *e);
/* A repack that runs goes on. */
void snapshots_fini(struct snapshots *s);
/* Wait until it is over. */
void snapshots_settle(struct snapshots *s);

/* Take one where something is different from the last. line: all but commit and time is the
 * caller's. *made: there was. */
NODISCARD bool snapshots_take(struct snapshots *s, const struct snapshot_line *line, bool full,
                              bool *made, struct error *e);

/* The state in which that message was said: an index of lines, -1: none was taken. */
int64_t snapshots_at_message(const struct snapshots *s, int64_t message);

/*
 * What makes the newest state to that of a line, less what was there then and left out: it would
 * look as if it had come since. left: those paths, a NUL after each.
 */
NODISCARD bool snapshots_way_back(struct snapshots *s, size_t to, struct changes *c,
                                  struct buf *left, struct error *e);

/* Take such paths out of changes to a state before line `to` or at it. */
NODISCARD bool snapshots_spare_uncovered(struct snapshots *s, size_t to, struct changes *c,
                                         struct buf *left, struct error *e);

/* What makes `from` to `to` (indices of lines; or commits). */
NODISCARD bool snapshots_compare(struct snapshots *s, size_t from, size_t to, struct changes *c,
                                 struct error *e);
NODISCARD bool snapshots_compare_commits(struct snapshots *s, const struct object_id *from,
                                         const struct object_id *to, struct changes *c,
                                         struct error *e);
/* The same as a unified diff, as git prints it; modes that a tree does not know are not in it. */
NODISCARD bool snapshots_patch(struct snapshots *s, size_t from, size_t to, struct buf *out,
                               struct error *e);

/* without: paths that are left out of it, a NUL after each; NULL: none. */
NODISCARD bool snapshots_patch_commits(struct snapshots *s, const struct object_id *from,
                                       const struct object_id *to, const struct buf *without,
                                       struct buf *out, struct error *e);

/* Paths that others than a round changed since `from`, as changes from one to the next. */
NODISCARD bool snapshots_others(struct snapshots *s, size_t from, struct changes *c,
                                struct error *e);

#endif
