/*
 * workspace - the only way the model's file names become files.
 *
 * Every path is resolved by the kernel beneath the root (openat2 RESOLVE_BENEATH), so "..",
 * absolute names and links that leave it fail, races included. Reads may be let out of it: what
 * was opened is then judged by where it lies (secrets.h), also within the root. A name that begins
 * with "~/" is the home directory's; an absolute one through a link to the root is the root's.
 * Writes are in workspace_write.h, lists and walks in workspace_walk.h. Other roots may be added:
 * each is beneath itself, like the first. Thread: engine.
 */
#ifndef HOST_WORKSPACE_H
#define HOST_WORKSPACE_H

#include "base/effects.h"
#include "base/error.h"
#include "base/pause.h"

struct workspace;

/* path: an existing directory; resolved once. ERR_NOT_FOUND, ERR_IO. */
NODISCARD struct workspace *workspace_open(const char *path, struct error *e);
void workspace_close(struct workspace *w);
const char *workspace_path(const struct workspace *w); /* absolute, canonical */

/*
 * One more root: read, and unless `writable` is false written, as the first is, by absolute names.
 * path: absolute and canonical (copied). ERR_USAGE where it and another root lie in each other,
 * ERR_IO.
 */
NODISCARD bool workspace_add_root(struct workspace *w, const char *path, bool writable,
                                  struct error *e);
size_t workspace_root_count(const struct workspace *w); /* those added */
const char *workspace_root_at(const struct workspace *w, size_t i, bool *writable);

/* A name the user typed, as a path: relative ones lie in the workspace. Caller frees. */
char *workspace_user_path(const struct workspace *w, const char *name);

/* Grows with every write that changed something. */
uint64_t workspace_changes(const struct workspace *w);

/* Let reads, lists and walks out of the root, and into `own` (copied; NULL: none), a directory of
 * the session's whatever lies above it. */
void workspace_read_outside(struct workspace *w, bool outside, const char *own);

/* Commands see `dir` (copied; NULL: none) as /tmp and /var/tmp: reads look there first for what is
 * named so, and show it whatever lies above. */
void workspace_private_tmp(struct workspace *w, const char *dir);

/*
 * Read at most `limit` bytes of a regular text file; r->truncated tells there was more, r->lines
 * counts what was read. ERR_DENIED where reads do not go, ERR_PARSE for binary content, ERR_IO
 * for devices.
 */
NODISCARD bool workspace_read(struct workspace *w, const char *path, size_t limit, struct buf *out,
                              struct file_result *r, struct error *e);

/* The bytes of a file of any kind, as far as `limit`; nothing is noted as read. */
NODISCARD bool workspace_read_bytes(struct workspace *w, const char *path, size_t limit,
                                    struct buf *out, struct error *e);

/*
 * Of lines from..to (1-based, inclusive; to 0: to the last) at most `limit` bytes; r->lines counts
 * the whole file, or, r->lines_more, as far as COUNT_AHEAD behind what was asked for. No more of
 * the file than `limit` is held. Asks pause now and then (may be NULL): ERR_CANCELED.
 */
NODISCARD bool workspace_read_lines(struct workspace *w, const char *path, int64_t from, int64_t to,
                                    size_t limit, struct buf *out, struct file_result *r,
                                    const struct pause *pause, struct error *e);

/* Is there something, under the rules of reads, and is that news: never read or written here, or
 * other than it was then? One that does not exist is no error. */
NODISCARD bool workspace_peek(struct workspace *w, const char *path, bool *exists, bool *news,
                              struct error *e);

#endif
