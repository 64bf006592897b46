/*
 * trust - what a project directory brings that mien would read as configuration or run, and
 * whether the user trusted exactly that.
 *
 * Everything in .mien/, the file .mcp.json and the scripts their servers are started from count.
 * What was trusted is kept word for word in the state directory's trust/, so any change is asked
 * about again: no digest to forge. What is used afterwards is a copy of these bytes: what is
 * changed in the project since counts for nobody until it was asked about.
 */
#ifndef CONFIG_TRUST_H
#define CONFIG_TRUST_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "config/trust_view.h"

struct trust {
    char *project;     /* absolute */
    VEC(char *) files; /* relative to the project */
    struct trust_view view;
    struct buf content; /* names and bytes of all of it */
    bool remembered;    /* exactly this was trusted before */
};

/* Look at the directory. ERR_LIMIT when it brings more than could be shown and remembered
 * (500 files, 8 MiB, 2000 settings). */
NODISCARD bool trust_look(struct trust *t, const char *project, struct error *e);
void trust_fini(struct trust *t);

/* Write what was looked at, and no later bytes, to a directory of the state directory, and name it:
 * .mien/ and .mcp.json lie in it as in the project, and are read from there. NULL: it cannot be
 * written. Caller frees. */
char *trust_copy(const struct trust *t, struct error *e);

/* Keep it as trusted. */
NODISCARD bool trust_remember(const struct trust *t, struct error *e);

/* The file of the project that a word of a server's command line names, relative to the project,
 * canonical; NULL: none. Caller frees. */
char *trust_script_at(const char *project, const char *word);
/* Is it still, byte for byte, as in this copy? */
bool trust_script_is(const char *copy, const char *project, const char *rel);

#endif
