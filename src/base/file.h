/*
 * file - whole files of our own (configuration, state), never the model's: those go
 * through host/workspace.h.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"

/* Read a regular file of at most `limit` bytes. ERR_NOT_FOUND, ERR_LIMIT, ERR_IO. */
NODISCARD bool file_read(const char *path, struct buf *out, size_t limit, struct error *e);

/* The same of root/rel, for what a project brings: no link may lead out of root, else ERR_DENIED.
 */
NODISCARD bool file_read_beneath(const char *root, const char *rel, struct buf *out, size_t limit,
                                 struct error *e);

/* Replace a file atomically: temporary beside it, fsync, rename. Mode 0600. */
NODISCARD bool file_write(const char *path, const char *data, size_t n, struct error *e);

/* The same without the fsync, for what can be made again. */
NODISCARD bool file_write_fast(const char *path, const char *data, size_t n, struct error *e);

/* A file that is not there yet, mode 0600: ERR_DENIED when it is. A device or a FIFO is written
 * into, never replaced. */
NODISCARD bool file_write_new(const char *path, const char *data, size_t n, struct error *e);

/* mkdir -p with mode 0700 for what is missing. */
NODISCARD bool file_make_dirs(const char *path, struct error *e);
bool file_exists(const char *path);

/* Make an eventfd readable, whatever it costs: who is not woken waits for ever. */
void file_raise(int eventfd);
/* Write all n bytes, going on after EINTR and short writes. */
NODISCARD bool file_write_all(int fd, const char *data, size_t n);

/* ~/.config/mien (MIEN_CONFIG_DIR) and ~/.local/state/mien (MIEN_STATE_DIR), XDG
 * honoured; joined with a name when one is given. Caller frees. */
char *file_config_path(const char *name);
char *file_state_path(const char *name);

/* A project's own file in directory `kind` of the state directory, named after its path; a long
 * path is shortened behind a hash. Caller frees. */
char *file_project_path(const char *kind, const char *project);

#endif
