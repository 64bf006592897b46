/*
 * session - a session of the client's: an engine of its own, and what the client waits for.
 * Thread: the owner's.
 */
#ifndef ACP_SESSION_H
#define ACP_SESSION_H

#include "acp/acp.h"
#include "acp/options.h"
#include "acp/question.h"
#include "acp/update.h"
#include "engine/engine.h"
#include "host/rpc.h"

/* What the client said of itself in `initialize`. */
struct client {
    bool forms, notices;
};

struct session {
    struct rpc *wire; /* borrowed, as the rest of these */
    const struct client *client;
    int64_t *next_id; /* of requests to the client */
    const struct acp_host *host;
    struct acp_opened opened;
    char id[32]; /* empty before the engine told it */
    enum acp_how how;
    cJSON *opening;                     /* id of the request that opens it; NULL: it is open */
    cJSON *held;                        /* updates that were not sent yet, while it opens */
    bool earlier;                       /* the session's beginning was asked for */
    bool no_model;                      /* nothing but a demonstration would answer */
    bool running, cancelled;            /* a goal; and the client took it back */
    bool dead;                          /* its engine ended */
    cJSON *prompts, *reports, *choices; /* arrays of ids that wait: for the goal's end, a report,
                                           a choice taken over */
    cJSON *commands;                    /* catalog of the user's own */
    char *images;                       /* directory, or NULL */
    struct update told;
    struct options options;
    struct question question;
};

/* id: of the request that opens it, copied. The answer is sent when the engine is ready. */
NODISCARD struct session *session_begin(struct rpc *w, const struct client *c, int64_t *next_id,
                                        const struct acp_host *host, const struct acp_open *how,
                                        const cJSON *id, struct error *e);
/* Ends what runs; what waits is answered `cancelled`. */
void session_end(struct session *s);

/* Take what the engine told. After poll says that its descriptor is readable. */
void session_drain(struct session *s);

void session_prompt(struct session *s, const cJSON *id, const cJSON *blocks);
void session_cancel(struct session *s);
void session_choose(struct session *s, const cJSON *id, const char *option, const char *value);
void session_choose_mode(struct session *s, const cJSON *id, const char *mode);
/* The client's answer to a request of this session. */
void session_answered(struct session *s, const cJSON *response);

#endif
