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

/* All of it; keys are masked. */
void transcript_read(const struct transcript *t, struct buf *out);
/* Into a new file; ERR_DENIED when there is one. Keys are masked. */
NODISCARD bool transcript_write(const struct transcript *t, const char *path, struct error *e);

/* What the user said in a stored session, oldest first: each message that a session can be taken
 * back to. text is borrowed during the call. */
NODISCARD bool transcript_said(const char *dir, const char *id,
                               void (*visit)(void *arg, int64_t seq, const char *text), void *arg,
                               struct error *e);

/* What the user and the agent said to each other in a stored session, without calls and their
 * results. */
NODISCARD bool transcript_words(const char *dir, const char *id, struct buf *out, struct error *e);

/* The messages of a stored session in this directory. *damaged: rows that could not be read. */
NODISCARD bool transcript_of(const char *dir, const char *id, struct buf *out, int64_t *damaged,
                             struct error *e);

#endif
