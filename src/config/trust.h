/*
 * trust - what a project directory brings that mien would read as configuration or run, and
 * whether the user trusted exactly that.
 *
 * Everything in .mien/ and the file .mcp.json count. What was trusted is kept word for word in
 * the state directory's trust/, so any change is asked about again: no digest to forge.
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

/* Keep it as trusted. */
NODISCARD bool trust_remember(const struct trust *t, struct error *e);

#endif
