/*
 * fetch - one answer of a proxy on this machine.
 */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "base/buf.h"

struct fetched {
    struct buf body; /* the caller's to free */
    int status;
    bool over;
};

/* GET base + path, with the token, if there is one. status 0: no answer came in three seconds.
 * MAY WAIT for as long. */
void fetch(const char *base, const char *path, const char *token, struct fetched *out);

#endif
