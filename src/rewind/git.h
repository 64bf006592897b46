/*
 * git - the git program on a directory of snapshots, for what is not worth writing again: reading
 * packed objects, comparing trees, packing. It runs with an environment made here: no
 * configuration, hook, filter, attribute or variable of the user, the system or the workspace takes
 * part. Each function waits for it. Thread: any.
 */
#ifndef REWIND_GIT_H
#define REWIND_GIT_H

#include "rewind/objects.h"

struct git {
    char *program; /* absolute */
    char *dir;     /* GIT_DIR */
};

/* ERR_NOT_FOUND: there is no git program. */
NODISCARD bool git_init(struct git *g, const char *dir, struct error *e);
void git_fini(struct git *g);

/* args: NULL-terminated, behind "git". worktree, index: further settings, or NULL. out: what it
 * printed. ERR_IO with the last line of its errors. */
NODISCARD bool git_run(const struct git *g, const char *const *args, const char *worktree,
                       const char *index, struct buf *out, struct error *e);

/* The same for what says something by its exit code: ERR_IO only where it did not run. */
NODISCARD bool git_ask(const struct git *g, const char *const *args, int *code, struct buf *out,
                       struct error *e);
/* The same beside us, without its output. Its process id, for git_over(); -1. */
int64_t git_start(const struct git *g, const char *const *args);
/* Has it ended? wait: yes, after it did. */
bool git_over(int64_t pid, bool wait);

/* Objects, one after the other, by one program. */
struct git_reader;
NODISCARD struct git_reader *git_reader_new(const struct git *g, struct error *e);
/* Its bytes. ERR_NOT_FOUND: it is missing. */
NODISCARD bool git_read(struct git_reader *r, const struct object_id *id, struct buf *out,
                        struct error *e);
void git_reader_free(struct git_reader *r);

#endif
