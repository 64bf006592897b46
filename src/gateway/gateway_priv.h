/*
 * gateway_priv - shared by the files of the proxy: gateway.c listens and keeps time, serve.c talks
 * to libmicrohttpd, upstream.c to the servers, turned.c to those of another dialect than the
 * client's, hooked.c has the user's own commands look on, looked.c holds back for them what goes
 * through, door.c lets requests in, active.c knows
 * which mode counts, answer.c has what the proxy says itself.
 */
#ifndef GATEWAY_PROXY_IMPL_H
#define GATEWAY_PROXY_IMPL_H

#include <sys/stat.h>

#include "base/mem.h"
#include "gateway/gateway.h"
#include "gateway/hook.h"
#include "gateway/mhd_api.h"
#include "gateway/rewrite.h"
#include "gateway/translate.h"
#include "llm/headers.h"
#include "llm/models/adapter.h"
#include "llm/models/models.h"
#include "llm/tokens.h"
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
    struct translation *turned; /* for a server of another dialect; NULL: bytes go through */
    struct buf refusal;         /* what such a server says instead of an answer */
    int lessons;                /* how often it was asked again in other words */
    int64_t told_ms;            /* when the client heard something last */
    bool early;                 /* a stream began before the server answered */
    struct header_list kept;    /* headers of its answer that a client can use */
    struct MHD_Connection *connection;
    struct peer *peer;
    enum serving_state state;
    enum route_style style;
    bool styled;                           /* the path has a dialect */
    bool post;                             /* the path takes POST */
    bool count_tokens;                     /* /messages/count_tokens and its like */
    bool own_free;                         /* asked without a token: nothing is told that matters */
    bool other;                            /* a path that only its server knows: bytes both ways */
    void (*own_answer)(struct serving *s); /* what the proxy itself answers; NULL: a server */
    const char *method;                    /* of such a path */
    char *query;                           /* as it came, without '?'; or NULL */
    bool whole;                            /* gemini: no stream, whatever the body says */
    bool array;                            /* gemini: its stream is one JSON array */
    char *path_model;                      /* named by the path: gemini, Azure */
    char *path;
    char *client;      /* the program that asks, as it calls itself */
    char *header_mode; /* X-Behavior-Mode, or NULL */
    char *session;     /* whose modes count, or NULL */
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
    struct hook_run *hook; /* commands that look at it now, or NULL */
    size_t hooked;         /* calls of the answer that they let through */
    bool forbidden;        /* they refused it */
    struct answer *look;   /* an answer that goes through, read beside; or NULL */
    struct llm_reply look_reply;
    struct buf held; /* of it, from where a call may begin */
    bool looked;     /* held is through, or dropped */
    bool asking;     /* something else first: for its adapter, or, counting, for a number alone */
    bool counting;

    struct buf seen_head, seen_tail; /* of an answer that goes through: for its numbers */
    int64_t began_ms, first_ms;      /* first: 1 + how long its first byte took; 0: none came */
    struct buf queue;                /* of the answer; what is before `sent` went out */
    size_t sent;
    int64_t started_ms, byte_ms;
    bool suspended, watched, gone, paused;
    bool masked;   /* an error that quoted a key: its length is another one */
    bool over;     /* the transfer ended: how is in `end` */
    bool headed;   /* its headers came */
    bool cut;      /* the answer broke off */
    bool complete; /* all of the answer is in the queue */
    bool late;
    enum http_end end;
    char detail[512];
    bool working; /* it stands in the work list */
};

/* What the servers counted against what was estimated. */
struct ratio {
    char *model;
    struct tokens_ratio ratio;
    bool counts_not; /* asked for a number, its server knew no such path */
};

/* What one client came to on one model in one mode ("": none) and tier, since the proxy began. */
#define TALLIES_MAX 1000u /* further ones are not told apart any more */
struct tally {
    char *client, *model, *mode, *tier;
    int64_t calls, errors, input, cached, output; /* tokens; cached is part of input */
    double cost;                                  /* money, as models.yaml has the prices */
    int64_t first_ms, firsts; /* sum of times to the first byte, and of how many */
};

/* Requests of a session that its client named. */
struct visitor {
    char *session;
    int64_t requests;
};

/* A sealed word that a client may not bring back, by the call that it stood in front of. */
struct keepsake {
    uint64_t call;
    char *seal, *words; /* words: of reasoning, where the seal is only theirs; or NULL */
};

/* An adapter that a server is known to have. */
struct adapter {
    char *base, *name, *model;
    int64_t slot;
    struct adapter_ask unload;  /* what takes it away again, where we loaded it */
    struct header_list headers; /* for that */
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
    char *origins;    /* of web pages that may read answers, with blanks between; or NULL */
    bool local;       /* bound to loopback */
    int64_t requests; /* of models, so far */
    bool ending;
    VEC(struct peer *) peers;
    VEC(struct serving *) serving, work;
    VEC(struct adapter) adapters;
    char *adapters_root, *adapters_dir; /* the last: ours, which is held; NULL: none was loaded */
    int adapters_hold;
    VEC(struct left *) left; /* by gateways that were killed */
    VEC(struct leaving *) leaving;
    VEC(struct ratio) ratios;
    VEC(struct tally) tallies;
    VEC(struct visitor) visitors;
    VEC(struct models *) reloaded; /* registries of its own; the last is the one in use */
    VEC(struct hook_run *) told;   /* commands that hear of answers that are over */
    struct keepsake kept[256];     /* a ring */
    size_t kept_at;

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

/* adapters.c: those that servers are known to have. */
const struct adapter *adapters_find(const struct gateway *p, const char *base, const char *name);
/* ours: it was loaded for us, and leaves when we end. */
void adapters_add(struct gateway *p, const struct model *m, const struct lora *lora, int64_t slot,
                  bool ours);
void adapters_sweep(struct gateway *p); /* unload what a gateway that was killed left loaded */
void adapters_fini(struct gateway *p);  /* unload ours. MAY WAIT, two seconds */

/* hooked.c: the user's commands see a request before it goes on; type: of its content, or NULL.
 * True: s->hook are they; done is called, with s, when they are through, but not when they are at
 * once. */
bool hooks_see_request(struct serving *s, const char *type, void (*done)(void *arg));
/* They see the calls of an answer before its client does. False: they run still. *refusal (caller
 * frees): why one of them may not be told, NULL: all may. */
bool hooks_see_calls(struct serving *s, const struct llm_reply *r, void (*done)(void *arg),
                     char **refusal);
/* They hear of an answer that is over. */
void hooks_tell_answer(struct serving *s, const struct llm_usage *u);
void hooks_fini(struct gateway *p);

/* looked.c: an answer that goes through byte for byte is read beside, so that hooks see its calls:
 * what may hold one is kept back until they have. */
void looked_begin(struct serving *s);     /* a server is asked */
bool looked_can(const struct serving *s); /* of several answers at once only the first is read */
void looked_feed(struct serving *s, const char *p, size_t n);
/* The answer is over. False: hooks look at it still; done is called, with s, when they have.
 * *refusal (caller frees): why it may not be told, or NULL. */
bool looked_pass(struct serving *s, void (*done)(void *arg), char **refusal);
/* A stream that is held back is kept alive. True: it was told so. */
bool looked_ping(struct serving *s, int64_t now);
/* What the client has heard the beginning of ends as an error. */
void looked_fail(struct serving *s, const char *why);
void looked_fini(struct serving *s);

/* tally.c: an answer's bytes go through; a request ended; all so far. */
void tally_see(struct serving *s, const char *p, size_t n);
void tally_end(struct serving *s);
void tally_visit(struct serving *s); /* a request to a model came */
void tally_fini(struct gateway *p);
cJSON *tally_json(const struct gateway *p);

/* reload.c: take up a models.yaml that changed; what is under way keeps the old. */
void reload_models(struct gateway *p);

/* door.c: who may come in, and what is asked. False: refused. */
bool door_enter(struct serving *s, const char *method);
const char *door_header(const struct serving *s, const char *name);
/* Headers for a web page that the user listed. */
void door_share(struct serving *s, struct MHD_Response *r);

/* upstream.c */
bool upstream_begin(struct serving *s); /* false: refused */
bool upstream_begin_other(struct serving *s);
/* For turned.c: a question whose answer is collected in s->asked. */
bool upstream_ask(struct serving *s, const char *url, const struct buf *body, struct error *e);
void upstream_work(struct serving *s);
void upstream_close(struct serving *s);
void upstream_free(struct serving *s);

/* turned.c: true if the server of that deployment speaks another dialect than the client. */
bool turned_is_needed(const struct serving *s, const struct target *t);
/* The body for that deployment, into s->out. */
bool turned_write(struct serving *s, const struct target *t, struct error *e);
bool turned_body(struct serving *s, const char *p, size_t n); /* of http_events.body */
void turned_work(struct serving *s);
void turned_sweep(struct serving *s, int64_t now);
/* How many tokens the request has, of its server, else an estimate. False: answered. */
bool turned_count(struct serving *s);
void turned_counted(struct serving *s); /* s->asked is what the server said */
/* The answer has begun, or this failure belongs into one: true, and it is told there. */
bool turned_fails(struct serving *s, const struct llm_failure *f);
void turned_fini(struct serving *s);

/* upstream.c, for turned.c: another deployment is asked, or the same once more. */
/* The model of a name with or without @mode, which goes to s->mode_name; NULL: refused. */
const struct model *upstream_model(struct serving *s, const char *name);
bool upstream_next(struct serving *s);
bool upstream_again(struct serving *s);
bool upstream_status_passes(const struct serving *s, int status);

/* active.c: the mode that counts for this model in that session (NULL: none); caller frees, NULL:
 * none. */
char *active_mode(struct gateway *p, const char *session, const struct model *m);
bool active_set(struct gateway *p, const char *session, const struct model *m, const char *mode,
                struct error *e);
char *active_session_model(struct gateway *p, const char *session);

/* answer.c */
bool answer_refuse(struct serving *s, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same of a failure, in the client's dialect. */
bool answer_failure_of(struct serving *s, const struct llm_failure *f);
void answer_health(struct serving *s);
void answer_models(struct serving *s);
void answer_behavior(struct serving *s);
void answer_model(struct serving *s);   /* of one model */
void answer_nothing(struct serving *s); /* 204 */
void answer_stats(struct serving *s);
bool answer_unknown_model(struct serving *s, const char *name, const struct error *why);

#endif
