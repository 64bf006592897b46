/*
 * look - a workspace as it lies on the disk: every file with its kind, mode and the name of its
 * bytes, in a table that each look brings up to date, writing as objects what is new.
 *
 * A full look asks the disk about every file. With a watch (inotify) a look reads only directories
 * in which something happened. What a watch cannot know: writes through a mapping until it is
 * unmapped, writes by a hard link that lies elsewhere, other machines on a network file system; so
 * a full look is due now and then. Small workspaces have no watch: looking is as quick.
 *
 * Left out: .git and its like, what .gitignore names unless the repository tracks it, files above
 * LOOK_FILE_MAX, what cannot be read, other mounts, devices and sockets, and what the sandbox hides
 * (secrets.h). Files that vanish while they are looked at were not there. Thread: one at a time.
 */
#ifndef REWIND_LOOK_H
#define REWIND_LOOK_H

#include <stdatomic.h>

#include "rewind/objects.h"

#define LOOK_FILE_MAX ((int64_t)16 << 20)
#define LOOK_FILES_MAX 200000
#define LOOK_BYTES_MAX ((int64_t)1 << 30)
#define LOOK_STAGING ".mien-rewind" /* a restore's own, left out */

struct look;

enum look_kind { LOOK_NONE, LOOK_FILE, LOOK_LINK, LOOK_DIR, LOOK_OUT, LOOK_LEFT };

struct look_file {
    enum look_kind kind;
    unsigned mode; /* permission bits */
    struct object_id id;
};

/* How a look was made, for who wants to know what it is worth. */
enum look_way { LOOK_WAY_FULL, LOOK_WAY_WATCH };

/* root: absolute, canonical. ERR_DENIED: no snapshots of it are made, and why. */
NODISCARD struct look *look_new(const char *root, struct error *e);
void look_free(struct look *l);

/* More files that count though .gitignore names them: paths, a NUL after each. Before the first
 * look; a file that counted once goes on to count. */
void look_keep(struct look *l, const char *paths, size_t n);

/* A look ends with ERR_CANCELED once this is true (borrowed; may be set by another thread). */
void look_set_stop(struct look *l, const atomic_bool *stop);

/* The modes that need no word; all 0: the commonest of the first look become them. */
struct look_modes {
    unsigned file, program, dir;
};
void look_set_modes(struct look *l, struct look_modes m);

/*
 * Bring the table up to date; full: ask about every file, else what the watch knows suffices where
 * there is one. *way may be NULL. ERR_LIMIT: too many or too much; ERR_IO: an object could not be
 * written; the next look tries again.
 */
NODISCARD bool look_now(struct look *l, struct objects *o, bool full, enum look_way *way,
                        struct error *e);

/* Did a look find anything since look_write()? */
bool look_changed(const struct look *l);
/* The tree as it is, and what a tree cannot say: modes, empty directories; a line each, see
 * snapshots.h. */
NODISCARD bool look_write(struct look *l, struct objects *o, struct object_id *tree,
                          struct buf *side, struct error *e);

/* One path of the table; LOOK_NONE: not there. */
struct look_file look_at(const struct look *l, const char *path);

int64_t look_count(const struct look *l); /* files in the table */
/* Files left out for their size or because they cannot be read, and the first of them; 0: none. */
int64_t look_left(const struct look *l, const char **first);

#endif
