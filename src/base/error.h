/*
 * error - a value that says what failed, on what, and what to do next.
 *
 * Fallible functions take `struct error *e` last and return false or NULL after
 * error_set(). The value owns nothing: copy it freely, also across threads.
 * Text is for the user who reads it; lower layers never print.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/defs.h"

enum err {
    ERR_NONE,
    ERR_USAGE,     /* the command line or a command's arguments */
    ERR_CONFIG,    /* a configuration file: text starts with file:line */
    ERR_PARSE,     /* malformed data from elsewhere */
    ERR_IO,        /* the operating system refused; text holds strerror */
    ERR_NOT_FOUND, /* a name nobody knows */
    ERR_DENIED,    /* policy, path confinement or the user said no */
    ERR_LIMIT,     /* a cap was reached */
    ERR_TIMEOUT,
    ERR_CANCELED,
    ERR_BUSY,     /* somebody else holds it */
    ERR_NETWORK,  /* provider unreachable or refused */
    ERR_INTERNAL, /* a broken promise inside mien */
};

struct error {
    enum err code;
    char text[512];
};

/* Set *e (NULL is fine) and return false, so `return error_set(e, …)` reads well. */
bool error_set(struct error *e, enum err code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As error_set, with ": " and strerror(errno_value) added. Code ERR_IO. */
bool error_errno(struct error *e, int errno_value, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Put context before the text: "loading theme x: …". Returns false. */
bool error_prefix(struct error *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
