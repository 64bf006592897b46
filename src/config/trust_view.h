/*
 * trust_view - what the files of a project say they would run or set, in lines for the user to
 * read before any of it counts. Thread: any.
 */
#ifndef CONFIG_TRUST_VIEW_H
#define CONFIG_TRUST_VIEW_H

#include "base/buf.h"
#include "base/mem.h"

/* Each line begins with the file that says it; whatever a value holds, it is one line and no
 * terminal obeys it. All is owned. */
struct trust_view {
    VEC(char *) runs;    /* what is started, or is code */
    VEC(char *) sets;    /* everything else */
    VEC(char *) scripts; /* programs and arguments of servers that look like a file to run */
};

void trust_view_fini(struct trust_view *v);

/* path: relative to the project; it decides how the text is read. */
void trust_view_add(struct trust_view *v, const char *path, const struct buf *text);

/* The word of a server's command line: its program (first) by a path, or by its ending a script. */
bool trust_is_script(const char *word, bool first);

#endif
