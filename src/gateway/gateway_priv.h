/*
 * gateway_priv - shared by the files of the proxy: gateway.c listens and keeps time, serve.c talks
 * to libmicrohttpd, upstream.c to the servers, active.c knows which mode counts, answer.c has
 * what the proxy says itself.
 */
#ifndef GATEWAY_PROXY_IMPL_H
#define GATEWAY_PROXY_IMPL_H

#include <sys/stat.h>

#include "base/mem.h"
#include "gateway/gateway.h"
#include "gateway/mhd_api.h"
#include "gateway/rewrite.h"
#include "llm/headers.h"
#include "llm/models/adapter.h"
#include "llm/models/models.h"
#include "net/http.h"

/* A client's connection, from accept to close. */
struct peer {
    int fd;
    int64_t since_ms; /* when it last owed us something */
    enum { PEER_HEADERS, PEER_BODY, PEER_SERVED } owes;
};

/* One deployment that may serve a request. */
struct target {
    const struct model *model;
    struct mode *mode; /* owned; NULL: none */
};

enum serving_state {
    SERVING_READ,     /* the request is coming in */
    SERVING_WAIT,     /* a server was asked */
    SERVING_ANSWERED, /* it answers: status and headers are known */
    SERVING_REFUSED,  /* the proxy itself answers with `own` */
};

/* One request. Made by its first callback, freed by its last. */
struct serving {
    struct gateway *gateway;
    struct MHD_Connection *connection;
    struct peer *peer;
    enum serving_state state;
    enum route_style style;
    bool post;         /* the path takes POST */
    bool count_tokens; /* /messages/count_tokens */
    bool beta;         /* ?beta=true, which Anthropic's client sends */
    char *path;
    char *header_mode; /* X-Behavior-Mode, or NULL */
    struct buf body;
    size_t refused_len; /* bytes of a body that is not kept */
    struct buf own;     /* JSON of the proxy's own answer */
    int status;

    struct rewrite rewrite;
    char *mode_name; /* as asked for; NULL: none */
    VEC(struct target) targets;
    size_t at;
    struct buf out; /* the body that goes on */
    struct header_list headers;
    struct http_transfer *transfer;
    struct adapter_ask ask; /* of an adapter that must be there first */
    struct buf asked;
    int64_t lora_slot;
    bool asking;

    struct buf queue; /* of the answer; what is before `sent` went out */
    size_t sent;
    int64_t started_ms, byte_ms;
    bool suspended, watched, gone, paused;
    bool over;     /* the transfer ended: how is in `end` */
    bool headed;   /* its headers came */
    bool cut;      /* the answer broke off */
    bool complete; /* all of the answer is in the queue */
    bool late;
    enum http_end end;
    char detail[512];
    bool working; /* it stands in the work list */
};

/* An adapter that a server is known to have. */
struct adapter {
    char *base, *name;
    int64_t slot;
};

struct gateway {
    const struct mhd_api *mhd;
    struct loop *loop;
    struct http *http;
    struct MHD_Daemon *daemon;
    struct loop_fd *mhd_watch, *gone_watch;
    struct loop_timer *sweep;
    int gone_epoll; /* clients that wait for a server: their hanging up */
    struct gateway_opts o;
    char *token, *model, *sessions_dir, *session, *url;
    bool local; /* bound to loopback */
    bool ending;
    VEC(struct peer *) peers;
    VEC(struct serving *) serving, work;
    VEC(struct adapter) adapters;

    cJSON *active;        /* modes of the session's file, as last read */
    cJSON *asked;         /* {session: {model: mode}} set here and not yet in the file */
    struct stat seen;     /* the file then */
    char *active_session; /* whose they are */
};

/* serve.c */
enum MHD_Result serve_request(void *cls, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **request);
void serve_completed(void *cls, struct MHD_Connection *c, void **request,
                     enum MHD_RequestTerminationCode why);
void serve_work(struct serving *s);  /* what callbacks of loop and servers left to do */
void serve_later(struct serving *s); /* put it on the work list */
void serve_resume(struct serving *s);
void serve_on_gone(void *arg, int fd, short revents);
void serve_sweep(struct serving *s, int64_t now);

/* upstream.c */
bool upstream_begin(struct serving *s); /* false: refused */
void upstream_work(struct serving *s);
void upstream_close(struct serving *s);
void upstream_free(struct serving *s);

/* active.c: the mode that counts for this model; caller frees, NULL: none. *from: words. */
char *active_mode(struct gateway *p, const struct model *m);
bool active_set(struct gateway *p, const char *session, const struct model *m, const char *mode,
                struct error *e);
char *active_session_model(struct gateway *p, const char *session);

/* answer.c */
bool answer_refuse(struct serving *s, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
void answer_health(struct serving *s);
void answer_models(struct serving *s);
void answer_behavior(struct serving *s);
bool answer_unknown_model(struct serving *s, const char *name, const struct error *why);

#endif
