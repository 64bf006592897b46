/*
 * unpack - request bodies that come compressed (Content-Encoding): gzip, deflate and zstd, by the
 * system's libraries, found when the first one comes. Thread: any.
 */
#ifndef GATEWAY_UNPACK_H
#define GATEWAY_UNPACK_H

#include "base/buf.h"
#include "base/error.h"

/* Replace the body by what it holds, at most max bytes. coding: NULL, "" and identity change
 * nothing. ERR_USAGE: no such coding, or no library for it; ERR_LIMIT: more than max; ERR_PARSE:
 * it is not so compressed, or breaks off. */
NODISCARD bool unpack_body(const char *coding, struct buf *body, size_t max, struct error *e);

#endif
