/*
 * outbox - everything that happens, told in one place: events for the front end and the store,
 * and the ledger of what was done, which behaviors, reports and summaries read.
 *
 * Events are numbered here and carry the session's id. The first event of a session is
 * SESSION_START: what is told before it, while the engine starts, waits and follows it.
 * An event that is stored is serialised here, with secrets masked, and waits in `unsaved` for
 * the next commit of the session. Posting waits while the front end's queue is full.
 * Thread: engine.
 */
#ifndef RUN_OUTBOX_H
#define RUN_OUTBOX_H

#include "base/mem.h"
#include "run/deeds.h"
#include "run/event.h"
#include "run/event_queue.h"

/* An event that the store has not yet. */
struct unsaved_event {
    int64_t seq;
    char *body; /* JSON */
};

/* What was done: GOAL READ WRITE APPEND BASH ERROR CHECK CALL …, one line. CALL is of a call that
 * made no line of its own: a list, a search, a mark. */
struct ledger_line {
    int64_t time_ms; /* wall clock */
    char *kind, *detail;
};

/* All lines of the goal at work, and some before it: older ones are in the store. */
struct ledger {
    VEC(struct ledger_line) lines;
    size_t saved; /* lines that the store has */
    size_t goal;  /* where the goal at work begins */
    uint64_t own; /* lines so far by which a call is seen: READ WRITE BASH …, not CHECK or CALL */
};

struct outbox {
    struct event_queue *events; /* borrowed */
    char session[32];
    bool stored;               /* there is a store: events are kept for it */
    bool started;              /* SESSION_START was told */
    VEC(struct event) waiting; /* told before it */
    uint64_t seq;
    int64_t goal_at, summary_at; /* seq of the last GOAL_START, and of the summary's COMPACT */
    int64_t round, round_limit;  /* of the goal at work, for PHASE */
    VEC(struct unsaved_event) unsaved;
    struct ledger ledger;
    struct deeds deeds;         /* what the ledger told of the whole session */
    void (*durable)(void *arg); /* writes everything down; set by the session */
    void *arg;
};

/* Forget the session; the next one begins with its SESSION_START. */
void outbox_reset(struct outbox *o, const char *session);
void outbox_fini(struct outbox *o);

/* Where files of the session lie: logs of servers, long outputs. Perhaps not made yet. Caller
 * frees. */
char *outbox_dir(const struct outbox *o);

/* Tell; moves *ev. */
void outbox_emit(struct outbox *o, struct event *ev);
/* Only for the store: what the front end was already told in pieces. Frees *ev. */
void outbox_keep(struct outbox *o, struct event *ev);
/* There will be no session: tell what waits for its start. */
void outbox_release(struct outbox *o);
/* The store has all of it. */
void outbox_saved(struct outbox *o);

/* What was told so far must survive a crash from here on: the session commits. */
void outbox_durable(struct outbox *o);

/* level: "info" or "warn"; owner: who says so. */
void outbox_notice(struct outbox *o, const char *level, const char *owner, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* class: as in mien-events(5); fatal: the engine ends. */
void outbox_error(struct outbox *o, const char *class, bool fatal, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* What the user asked for cannot be done: of class "usage" or "request". */
void outbox_refused(struct outbox *o, const struct error *e);
void outbox_phase(struct outbox *o, const char *phase, int64_t deadline_ms, int64_t attempt,
                  const char *detail);
void outbox_setting(struct outbox *o, const char *name, const char *value);
void outbox_user(struct outbox *o, const char *text, const char *how);
/* kind, back: as in events.def; the texts stay the caller's. */
void outbox_waiting(struct outbox *o, const char *kind, char *const *texts, size_t n,
                    const char *back);

/* kind is a literal word; detail becomes one line of at most 400 bytes. */
void outbox_ledger(struct outbox *o, const char *kind, const char *detail);

#endif
