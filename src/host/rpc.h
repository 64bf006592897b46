/*
 * rpc - JSON-RPC 2.0 over a pair of descriptors, one message a line, UTF-8.
 *
 * What is read comes in whole messages; what is sent waits in memory until the other side takes
 * it, so that nothing here blocks. Source: jsonrpc.org, agentclientprotocol.com "Transports".
 * Thread: the owner's.
 */
#ifndef HOST_RPC_H
#define HOST_RPC_H

#include "base/buf.h"
#include "base/json.h"

#define RPC_LINE_MAX (64u << 20) /* bytes of one message; the rest of a longer one is dropped */

enum rpc_code {
    RPC_PARSE = -32700,
    RPC_INVALID = -32600,
    RPC_NO_METHOD = -32601,
    RPC_PARAMS = -32602,
    RPC_INTERNAL = -32603,
    RPC_NOT_FOUND = -32002,
    RPC_CANCELLED = -32800,
};

struct rpc {
    int in, out;
    struct buf line;    /* what was read of the next message */
    struct buf pending; /* what was not taken yet */
    size_t sent;        /* of it */
    bool skipping;      /* the rest of a line that was too long */
    bool ended;         /* nothing more comes */
    bool broken;        /* nothing more is taken */
    bool signaled;      /* rpc_step() heard a signal */
};

void rpc_fini(struct rpc *w);

/* Read what is there. `message` gets each whole one, `bad` the answer that a broken one gets: its
 * id as far as it could be told (NULL: it could not), and why. After poll says that `in` is
 * readable. */
void rpc_read(struct rpc *w, void (*message)(void *arg, const cJSON *message),
              void (*bad)(void *arg, const cJSON *id, enum rpc_code code, const char *why),
              void *arg);

/* Give what the other side takes now. After poll says that `out` takes some. */
void rpc_flush(struct rpc *w);

/* What ends a server beside its client: SIGINT, SIGTERM and SIGHUP, blocked from here on and read
 * from the descriptor. */
int rpc_signals(void);

/* Who serves in a loop of its own: wait for messages, for room to send, or for one of `others` to
 * be readable, and read and send. False: the client went, or a signal came. */
NODISCARD bool
rpc_step(struct rpc *w, int signals, const int *others, size_t n,
         void (*message)(void *arg, const cJSON *message),
         void (*bad)(void *arg, const cJSON *id, enum rpc_code code, const char *why), void *arg);
/* At the end: what was said last still goes to a client that only closed its side. May wait, a
 * second at most for each piece. */
void rpc_end(struct rpc *w);

/* Takes the object. Secrets are masked in what is sent. */
void rpc_send(struct rpc *w, cJSON *message);
void rpc_notify(struct rpc *w, const char *method, cJSON *params);
void rpc_request(struct rpc *w, int64_t id, const char *method, cJSON *params);
/* id: of the request, copied; NULL: null. */
void rpc_answer(struct rpc *w, const cJSON *id, cJSON *result);
void rpc_refuse(struct rpc *w, const cJSON *id, enum rpc_code code, const char *why);

#endif
