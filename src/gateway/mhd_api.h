/*
 * mhd_api - the libmicrohttpd functions in use, found at run time.
 *
 * Linked plainly it brings GnuTLS and a dozen libraries before main of every mien, and only the
 * proxy needs it. Thread: the proxy's.
 */
#ifndef GATEWAY_MHD_API_H
#define GATEWAY_MHD_API_H

#include <microhttpd.h>

#include "base/error.h"

#define MHD_API_LIST(X)                                                                   \
    X(struct MHD_Daemon *, start_daemon,                                                  \
      (unsigned flags, uint16_t port, MHD_AcceptPolicyCallback apc, void *apc_cls,        \
       MHD_AccessHandlerCallback dh, void *dh_cls, ...))                                  \
    X(void, stop_daemon, (struct MHD_Daemon * d))                                         \
    X(enum MHD_Result, run, (struct MHD_Daemon * d))                                      \
    X(enum MHD_Result, get_timeout, (struct MHD_Daemon * d, unsigned long long *ms))      \
    X(const union MHD_DaemonInfo *, get_daemon_info,                                      \
      (struct MHD_Daemon * d, enum MHD_DaemonInfoType type, ...))                         \
    X(const union MHD_ConnectionInfo *, get_connection_info,                              \
      (struct MHD_Connection * c, enum MHD_ConnectionInfoType type, ...))                 \
    X(const char *, lookup_connection_value,                                              \
      (struct MHD_Connection * c, enum MHD_ValueKind kind, const char *key))              \
    X(int, get_connection_values,                                                         \
      (struct MHD_Connection * c, enum MHD_ValueKind kind, MHD_KeyValueIterator iterator, \
       void *cls))                                                                        \
    X(struct MHD_Response *, create_response_from_buffer,                                 \
      (size_t size, void *data, enum MHD_ResponseMemoryMode mode))                        \
    X(struct MHD_Response *, create_response_from_callback,                               \
      (uint64_t size, size_t block, MHD_ContentReaderCallback crc, void *cls,             \
       MHD_ContentReaderFreeCallback crfc))                                               \
    X(enum MHD_Result, add_response_header,                                               \
      (struct MHD_Response * r, const char *name, const char *value))                     \
    X(enum MHD_Result, queue_response,                                                    \
      (struct MHD_Connection * c, unsigned status, struct MHD_Response *r))               \
    X(void, destroy_response, (struct MHD_Response * r))                                  \
    X(void, suspend_connection, (struct MHD_Connection * c))                              \
    X(void, resume_connection, (struct MHD_Connection * c))

struct mhd_api {
#define X(ret, name, args) ret(*name) args;
    MHD_API_LIST(X)
#undef X
};

/* Load once; later calls answer the same table. NULL: ERR_CONFIG naming the package. */
const struct mhd_api *mhd_api_load(struct error *e);

#endif
