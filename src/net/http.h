/*
 * http - one curl_multi behind the loop: transfers run while anybody steps the loop. What a
 * step costs does not grow with the number of transfers that wait.
 *
 * Redirects are never followed (libcurl would send key headers and the body along), only
 * https is spoken but to loopback, nothing is decoded, connections are kept for the next
 * round. Callbacks run inside loop_step() and must not start, cancel or free transfers.
 * Thread: the loop's.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/buf.h"
#include "base/error.h"

struct http;
struct http_transfer;
struct loop;

enum http_end {
    HTTP_DONE,       /* the whole answer came; any status */
    HTTP_STOPPED,    /* the body callback returned false */
    HTTP_NO_HOST,    /* the name does not resolve */
    HTTP_NO_CONNECT, /* refused, unreachable */
    HTTP_CONNECT_TIMEOUT,
    HTTP_TLS,
    HTTP_CUT, /* reset, or closed before the end */
    HTTP_OTHER,
};

struct http_request {
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    const char *body;           /* NULL: GET, else POST. Borrowed until the end */
    const char *method;         /* another one; NULL: as the body says */
    size_t body_len;
    int64_t connect_ms; /* 0: libcurl's 300 s */
    size_t buffer;      /* bytes that are read at once; 0: libcurl's 16 kB */
    bool allow_http;    /* plain http beyond loopback, by explicit setting */
};

/* Any slot may be NULL. */
struct http_events {
    void *arg;
    void (*connected)(void *arg);        /* the request is about to be sent */
    void (*head)(void *arg, int status); /* all headers of the answer are there */
    bool (*body)(void *arg, const char *p, size_t n);
    void (*done)(void *arg, enum http_end end, const char *detail);
};

/* Bring libcurl into memory from a thread that has nothing to do, while the engine's opens the
 * session: the two take about as long. Changes nothing else. Thread: any. */
void http_preload(void);

/* Loads libcurl. NULL: ERR_CONFIG. */
struct http *http_new(struct loop *loop, struct error *e);
/* From now on small pieces that come in a quick row, faster than they can be read, are taken some
 * at a time: each HTTP_GATHER_MS late at most, for a fraction of the wakeups. */
void http_gather(struct http *h);
#define HTTP_GATHER_MS 10
void http_free(struct http *h); /* running transfers are cancelled */

/* NULL: ERR_CONFIG (scheme refused, bad URL), ERR_NETWORK (libcurl does not take it). End every
 * transfer with http_close. */
struct http_transfer *http_start(struct http *h, const struct http_request *r,
                                 const struct http_events *on, struct error *e);

/* Release a transfer; one that still runs is cancelled and its socket closed. */
void http_close(struct http_transfer *t);

/* Stop reading from the server, or go on. Not from within `head`. Going on may call `body` at
 * once. A transfer that is over: nothing. */
void http_pause(struct http_transfer *t, bool pause);

/* The header lines of the answer as they came. Borrowed while the transfer lives. */
const char *http_head(const struct http_transfer *t);

/* A header of the answer by name, case ignored; the last one wins. Borrowed until the
 * next call; NULL: absent. */
const char *http_header(struct http_transfer *t, const char *name);

/* True if the URL's host is 127.0.0.0/8, ::1 or localhost. */
bool http_is_loopback(const char *url);

#endif
