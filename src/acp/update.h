/*
 * update - events as the session/update notifications of the Agent Client Protocol, v1. Nothing
 * is sent from here: each update is handed to who does. Source: agentclientprotocol.com,
 * schema/v1. Thread: the owner's.
 */
#ifndef ACP_UPDATE_H
#define ACP_UPDATE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "run/event.h"

/* A call that was told and has not ended. */
struct update_call {
    char *id, *title, *path; /* path: of the file it is about, as told; or NULL */
    struct buf output;       /* the end of what it printed */
    int64_t told_ms;         /* when that was told last */
};

/* What a client was told so far of one session. {0} is one that was told nothing. */
struct update {
    char *workspace; /* absolute: paths are told beneath it */
    char *title;
    struct buf said; /* by the model since the round began */
    VEC(struct update_call) calls;
    int64_t used, window;
    double cost;
    bool planned; /* a plan was told */
    bool replays; /* what was, not what is: what the user said is told, what passed is not */
    bool notices; /* the client takes notices as such */
};

void update_fini(struct update *u);

/* send takes each update: what stands under "update" in the notification. */
void update_event(struct update *u, const struct event *ev, void (*send)(void *arg, cJSON *update),
                  void *arg);

/* No call runs any more: what was told to is told to have failed. */
void update_end_calls(struct update *u, void (*send)(void *arg, cJSON *update), void *arg);

/* Words as if the model said them; a remark of mien's own. */
cJSON *update_words(const char *kind, const char *text);
/* The call that runs now, or NULL. */
const struct update_call *update_running(const struct update *u);
/* A unified diff as content of a call, a block a hunk. path: of one without a head; NULL: there
 * is always one. */
cJSON *update_diff(const struct update *u, const char *diff, const char *path);
/* One text as content of a call. */
cJSON *update_content(const char *text);

#endif
