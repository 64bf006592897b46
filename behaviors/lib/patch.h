/*
 * patch - the envelope that some models write their edits in:
 *
 *   *** Begin Patch
 *   *** Add File: NAME          then lines headed by +
 *   *** Delete File: NAME
 *   *** Update File: NAME       perhaps *** Move to: NAME, then hunks: @@ LINE-BEFORE, and lines
 *   *** End Patch               headed by space, - or +; *** End of File
 *
 * Pure; any thread.
 */
#ifndef BEHAVIORS_LIB_PATCH_H
#define BEHAVIORS_LIB_PATCH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

enum patch_kind { PATCH_ADD, PATCH_DELETE, PATCH_UPDATE };

struct patch_hunk {
    char *context;       /* a line that stands somewhere before, or NULL */
    struct buf old, new; /* whole lines */
    bool at_end;         /* stands at the end of the file */
};

struct patch_file {
    enum patch_kind kind;
    char *path, *move; /* move: NULL unless renamed */
    struct buf text;   /* PATCH_ADD */
    VEC(struct patch_hunk) hunks;
    int64_t added, removed;
};

struct patch {
    VEC(struct patch_file) files;
};
void patch_fini(struct patch *p);

/* ERR_PARSE names the line. */
NODISCARD bool patch_parse(const char *text, struct patch *p, struct error *e);

/* The new text of an updated file. A hunk that is not found as it is, is looked for without regard
 * to white space at the ends of lines. ERR_NOT_FOUND shows the lines that do not occur. */
NODISCARD bool patch_apply(const struct patch_file *f, const char *text, size_t n, struct buf *out,
                           struct error *e);

#endif
