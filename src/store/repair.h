/*
 * repair - a damaged session file: every row that can still be read goes into a new one, which
 * takes its place; the damaged one stays beside it. Thread: any; waits for the disk.
 */
#ifndef STORE_REPAIR_H
#define STORE_REPAIR_H

#include "base/error.h"

struct store_repaired {
    bool whole;               /* nothing was wrong with it, and nothing was done */
    int64_t messages, events; /* that it has now */
    int64_t lost; /* messages and events missing between those; what was cut off at the end is not
                     known */
    char *kept;   /* where the damaged file is; owned; NULL: whole */
};

/* ERR_NOT_FOUND, ERR_BUSY, ERR_PARSE: no row of it can be read; ERR_IO. On failure all is as it
 * was. */
NODISCARD bool store_repair(const char *dir, const char *id, struct store_repaired *r,
                            struct error *e);

#endif
