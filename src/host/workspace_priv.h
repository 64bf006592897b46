/*
 * workspace_priv - what the parts of the workspace share: its roots, what the model saw last, and
 * how a name is opened for reading. For src/host/workspace*.c only.
 */
#ifndef HOST_WORKSPACE_PRIV_H
#define HOST_WORKSPACE_PRIV_H

#include <sys/stat.h>

#include "base/mem.h"
#include "host/workspace.h"

struct workspace_change;

/* What a file looked like when the model last saw it. */
struct seen {
    char *path;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
};

/* Added to the first. */
struct root {
    int fd;
    char *path;
    bool writable;
};

struct workspace {
    int root;
    char *path;
    bool outside; /* reads may leave the root */
    bool secret;  /* the root itself lies among the secrets: the user went there */
    char *own;    /* readable wherever it lies, or NULL */
    char *tmp;    /* what commands call /tmp, readable too, or NULL */
    dev_t dev;    /* of the root */
    ino_t ino;
    uint64_t changes;
    VEC(struct seen) seen;
    VEC(struct root) more;
    /* Of workspace_write.h. */
    bool (*consent)(void *arg, const struct workspace_change *c, struct error *e);
    void *arg; /* of consent */
};

/* The name relative to the root, or absolute when it plainly lies elsewhere. NULL: it cannot be a
 * path. Caller frees. */
char *workspace_name(const struct workspace *w, const char *path, struct error *e);

/* What an errno means for this path. Always false. */
bool workspace_errno(int err, const char *path, struct error *e);

/* Where an open file really lies; NULL: cannot be told. Caller frees. */
char *workspace_real(int fd);

/* "a directory", for an error. */
const char *workspace_type_word(mode_t m);

/* At most limit bytes; *more: there were more. errno. */
bool workspace_read_all(int fd, size_t limit, struct buf *out, bool *more);

/* A last line without its end counts. */
int64_t workspace_count_lines(const char *s, size_t n);

/* The model knows the file as it is now. rel: as workspace_name() gives it. */
void workspace_saw(struct workspace *w, const char *rel, const struct stat *st);

/* Is it as the model saw it last? True as well where it never did. */
bool workspace_unchanged(const struct workspace *w, const char *rel, const struct stat *st);

/* Open for reading, and judge what was opened by where it lies: a name can be swapped in between.
 * O_PATH first, as opening a device can already do something. *rel: as the walk names it. */
int workspace_open_read(struct workspace *w, const char *path, int flags, char **rel,
                        struct error *e);

#endif
