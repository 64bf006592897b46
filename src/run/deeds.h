/*
 * deeds - what was done in a session, for a model that no longer sees it: files read, with the
 * lines, files changed, commands with how they ended. Made from the ledger, so that no model has
 * to remember it. Each file once, however often it was touched; a bounded number of both.
 * Thread: engine.
 */
#ifndef RUN_DEEDS_H
#define RUN_DEEDS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

struct line_range {
    int64_t from, to; /* 1-based, inclusive */
};

struct touched {
    char *path;
    bool changed, removed;
    VEC(struct line_range) read; /* in order, apart */
};

struct deeds {
    VEC(struct touched) files; /* the one touched last is last */
    VEC(char *) commands;      /* the newest, "make → rc 0" */
    size_t forgotten;          /* files and commands that are not kept any more */
    uint64_t changes;
};

void deeds_fini(struct deeds *d);

/* A line of the ledger: READ "path 1-200", WRITE, APPEND, REMOVE, BASH, CHECK; others are none. */
void deeds_note(struct deeds *d, const char *kind, const char *detail);

/* Up to three lines within `most` bytes: the oldest are left out, and counted. */
void deeds_add_text(const struct deeds *d, size_t most, struct buf *out);

/* Caller frees. */
char *deeds_save(const struct deeds *d);
NODISCARD bool deeds_load(struct deeds *d, const char *text, struct error *e);

#endif
