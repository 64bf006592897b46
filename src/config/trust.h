/*
 * trust - what a project directory brings that mien would read as configuration or run, and
 * whether the user trusted exactly that.
 *
 * Everything in .mien/ and the file .mcp.json count. What was trusted is kept word for word in
 * the state directory's trust/, so any change is asked about again: no digest to forge. What is
 * used afterwards is a copy of these bytes: what is changed in the project since counts for nobody
 * until it was asked about.
 */
#ifndef CONFIG_TRUST_H
#define CONFIG_TRUST_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

struct trust_item {
    char *path; /* relative to the project */
    char *what; /* "a behavior: Python code that runs as you" */
};

struct trust {
    char *project; /* absolute */
    VEC(struct trust_item) items;
    struct buf content; /* names and bytes of all of it */
    bool remembered;    /* exactly this was trusted before */
};

/* Look at the directory. ERR_LIMIT when it brings more than could be shown and remembered
 * (500 files, 8 MiB). */
NODISCARD bool trust_look(struct trust *t, const char *project, struct error *e);
void trust_fini(struct trust *t);

/* Write what was looked at, and no later bytes, to a directory of the state directory, and name it:
 * .mien/ and .mcp.json lie in it as in the project, and are read from there. NULL: it cannot be
 * written. Caller frees. */
char *trust_copy(const struct trust *t, struct error *e);

/* Keep it as trusted. */
NODISCARD bool trust_remember(const struct trust *t, struct error *e);

#endif
