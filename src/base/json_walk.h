/*
 * json_walk - how much of a text that still grows is certainly the beginning of one JSON object,
 * so that it can be passed on before its end is known: whatever follows, it need not be taken back.
 * A word, a number, an escape, a character of several bytes count once they are whole; a comma and
 * the first brace once something stands behind them. By RFC 8259, as json_is_strict(). Thread: any.
 */
#ifndef BASE_JSON_WALK_H
#define BASE_JSON_WALK_H

#include "base/defs.h"

#define JSON_WALK_DEPTH 64u /* what nests deeper is bad */

struct json_walk {
    size_t sure; /* bytes that are the beginning of an object */
    bool done;   /* the object is whole, and ends there */
    bool bad;    /* what follows is no JSON */
    /* private */
    size_t at;
    enum {
        WALK_OBJECT, /* its brace */
        WALK_FIRST_KEY,
        WALK_KEY,
        WALK_KEY_STRING, /* in it */
        WALK_COLON,
        WALK_FIRST_VALUE, /* of an array: or its end */
        WALK_VALUE,
        WALK_STRING,
        WALK_BEHIND, /* a value: a comma or an end */
    } state;
    bool held; /* a comma, or the first brace */
    unsigned depth;
    uint64_t arrays; /* a bit a level: it is an array */
};

/* Look at what came since. text: all of it, n bytes, which begins as it did before. */
void json_walk(struct json_walk *w, const char *text, size_t n);

#endif
