/*
 * session - what of a session is on disk: messages, events, the ledger, and the records that the
 * rooms keep; written in one transaction a commit, read back on resume: the records at once,
 * messages when they are asked for, and of the events the newest, so that opening a session costs
 * the same whatever its length.
 *
 * The session knows no room above it: each part is a keeper that the engine registers. Owns the
 * store and its directory's name; outbox and conversation are borrowed. Nothing here waits but
 * for the disk. Thread: engine.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/error.h"
#include "base/mem.h"

struct conversation;
struct outbox;
struct store;

/* One record of the store, and whose it is. */
struct keeper {
    const char *key;
    void *arg;
    /* Of what is kept: the record is written when it is another. NULL: at each commit. */
    uint64_t (*changes)(void *arg);
    char *(*save)(void *arg); /* caller frees; NULL: there is nothing to keep */
    /* Before the messages are read. NULL: kept for others. */
    bool (*load)(void *arg, const char *text, struct error *e);
    bool needed; /* one that cannot be read ends the restoring; else it is left out */
    bool lazy;   /* changes with every call: waits for a commit that goes to the disk */
    uint64_t saved;
    char *text, *stored; /* as last saved; as the store has it */
};

/* A line in the list of sessions. Strings are the caller's. */
struct session_line {
    char *workspace, *title, *state, *model;
    bool running; /* a goal is at work */
};

struct session {
    struct outbox *out;
    struct conversation *talk;
    void (*describe)(void *arg, struct session_line *line);
    void *arg;
    bool replay;      /* the newest events are told anew: a screen rebuilds its picture from them */
    int64_t messages; /* how many the records say are stored; 0: an older mien wrote them */
    int64_t earlier;  /* the screen was not told the events before this seq; 0, 1: there are none */
    bool unindexed;   /* the ids of calls that it stored are not in the store's index yet */

    char *dir;           /* of all sessions */
    struct store *store; /* NULL: this session lives in memory */
    VEC(struct keeper) keepers;
    bool dirty;      /* changed is what no keeper counts */
    bool failing;    /* the store could not be written; told once */
    int64_t line_at; /* messages when the list's line was last written, -1: never */
};

/* Register a part; key and arg are borrowed. */
void session_keep(struct session *s, struct keeper k);
void session_fini(struct session *s);

/* Write everything that is not yet in the store, in one transaction. Failure is told once and
 * tried again at the next commit; the session goes on in memory. False: it is not on disk. */
bool session_commit(struct session *s);
/* The same without waiting for the disk: kill -9 loses nothing, a power cut perhaps what came
 * since the last session_commit(). For tool results: the next call's commit, which comes before
 * that call runs, takes them along. */
bool session_commit_soon(struct session *s);

/* False: the store cannot be opened; the session of that id lives in memory. */
NODISCARD bool session_open(struct session *s, const char *id, bool create, struct error *e);
/* The same with a store that is open already; takes it. */
void session_take(struct session *s, struct store *store, const char *id);
/* Records, messages and events of a stored session. */
NODISCARD bool session_restore(struct session *s, struct error *e);
/* The part of the events before those that a screen was told: an EARLIER event. */
void session_tell_earlier(struct session *s);
/* Its line in the list of sessions, where it says something new. */
void session_put_line(struct session *s);
/* Commit and let the store go; a session in which nothing was said is removed. */
void session_close(struct session *s);
/* For another session in the same process, once the keepers' rooms are empty. */
void session_forget(struct session *s);

/* The newest session of this workspace; caller frees, NULL: none. */
char *session_newest(const char *dir, const char *workspace);

#endif
