/*
 * workspace_write - how a file of the workspace is changed. Writes never leave the roots; they go
 * to a temporary and are renamed, and are made in place only where the owner of the file would be
 * lost otherwise, or its directory takes no new file. Thread: engine.
 */
#ifndef HOST_WORKSPACE_WRITE_H
#define HOST_WORKSPACE_WRITE_H

#include "base/effects.h"
#include "base/error.h"

struct workspace;

/* A write before it is made. Borrowed during the call. */
struct workspace_change {
    const char *path; /* where it really lies, absolute */
    const char *old;  /* what stands there; "" for nothing */
    const char *data; /* what will; NULL: the file is removed */
    size_t old_len, len;
};
/* May it be made? False: *e says why not. MAY WAIT: the file is then looked at again. */
typedef bool workspace_consent(void *arg, const struct workspace_change *c, struct error *e);
/* Asked before every write and removal; NULL: nobody is. */
void workspace_set_consent(struct workspace *w, workspace_consent *consent, void *arg);

/*
 * Write a whole file; missing directories are made. Refused: protected names (.git,
 * .mien…), a file changed since it was last read here, devices, links out.
 */
NODISCARD bool workspace_write(struct workspace *w, const char *path, const char *data, size_t n,
                               enum write_how how, struct file_result *r, struct error *e);

/* Remove a regular file, under the same rules. */
NODISCARD bool workspace_remove(struct workspace *w, const char *path, struct error *e);

/* Is `path` (as the model wrote it) one that writes must not touch? */
bool workspace_is_protected(const char *path);

#endif
