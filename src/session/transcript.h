/*
 * transcript - a session's messages as text for people.
 */
#ifndef SESSION_TRANSCRIPT_H
#define SESSION_TRANSCRIPT_H

#include "base/buf.h"
#include "base/error.h"

struct conversation;
struct tree;

/* Borrowed during the call. */
struct transcript {
    const char *title, *session, *workspace, *model;
    struct tree *tree;
    struct conversation *talk;
};

/* Into a new file; ERR_DENIED when there is one. Keys are masked. */
NODISCARD bool transcript_write(const struct transcript *t, const char *path, struct error *e);

/* The messages of a stored session in this directory. *damaged: rows that could not be read. */
NODISCARD bool transcript_of(const char *dir, const char *id, struct buf *out, int64_t *damaged,
                             struct error *e);

#endif
