/*
 * rewind - a session's snapshots, made beside its work: on a thread of their own, in the order they
 * were asked for. Who is about to change files waits until none is due any more; nobody else does.
 *
 * Why a snapshot cannot be made is told once; from then on there are none. Thread: the engine's,
 * but for what runs by rewind_run().
 */
#ifndef REWIND_REWIND_H
#define REWIND_REWIND_H

#include "rewind/restore.h"

struct rewind;

struct rewind_spec {
    const char *dir, *root;  /* copied: where they are kept; the workspace, canonical */
    void (*wake)(void *arg); /* something came of it; thread: the snapshots' own */
    void *arg;
};

/* NULL where no thread can be had. It is opened with the first work. */
struct rewind *rewind_new(const struct rewind_spec *spec);
/* What was asked for is done first, but for a first snapshot, which is given up. NULL is fine. */
void rewind_free(struct rewind *r);

/* A snapshot of how it is now, or as soon as those before are taken. */
void rewind_mark(struct rewind *r, const struct snapshot_line *line, bool full);

/* Work on the snapshots; s is NULL where there are none. fn runs on their thread. Returns a number
 * for rewind_done(). */
typedef void rewind_work(void *arg, struct snapshots *s);
int64_t rewind_run(struct rewind *r, rewind_work *fn, void *arg);
bool rewind_done(struct rewind *r, int64_t number);
/* Of all that was asked for so far. */
int64_t rewind_last(struct rewind *r);

/* What the user is to know, once: why there are none, what is left out. Caller frees; NULL. */
char *rewind_take_word(struct rewind *r);

#endif
