/*
 * curl_api - the libcurl functions in use, found at run time.
 *
 * Linked plainly, libcurl brings 33 libraries, about 4 ms and 5 MB before main; a session
 * that opens on the playbook never needs them. Only http.c uses this. Thread: the engine's.
 */
#ifndef NET_CURL_API_H
#define NET_CURL_API_H

#include <curl/curl.h>

#include "base/error.h"

#define CURL_API_LIST(X)                                                                      \
    X(CURLcode, global_init, (long flags))                                                    \
    X(CURL *, easy_init, (void))                                                              \
    X(void, easy_cleanup, (CURL * h))                                                         \
    X(CURLcode, easy_setopt, (CURL * h, CURLoption o, ...))                                   \
    X(CURLcode, easy_getinfo, (CURL * h, CURLINFO i, ...))                                    \
    X(const char *, easy_strerror, (CURLcode c))                                              \
    X(struct curl_slist *, slist_append, (struct curl_slist * l, const char *s))              \
    X(void, slist_free_all, (struct curl_slist * l))                                          \
    X(CURLM *, multi_init, (void))                                                            \
    X(CURLMcode, multi_cleanup, (CURLM * m))                                                  \
    X(CURLMcode, multi_add_handle, (CURLM * m, CURL * h))                                     \
    X(CURLMcode, multi_remove_handle, (CURLM * m, CURL * h))                                  \
    X(CURLMcode, multi_setopt, (CURLM * m, CURLMoption o, ...))                               \
    X(CURLMcode, multi_socket_action, (CURLM * m, curl_socket_t s, int events, int *running)) \
    X(const char *, multi_strerror, (CURLMcode c))                                            \
    X(CURLcode, easy_pause, (CURL * h, int mask))                                             \
    X(CURLMsg *, multi_info_read, (CURLM * m, int *left))

struct curl_api {
#define X(ret, name, args) ret(*name) args;
    CURL_API_LIST(X)
#undef X
};

/* Load once; later calls answer the same table. NULL: ERR_CONFIG naming the package. */
const struct curl_api *curl_api_load(struct error *e);

/* Bring the library into memory, no more. Thread: any. */
void curl_api_preload(void);

#endif
