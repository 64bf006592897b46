/*
 * engine - runs goals on its own thread. Front ends (the screen, `mien exec`) talk to it
 * only through this file: requests go down, events (event.h) come up.
 *
 * Nothing here blocks. Posting moves the payload. Every request is answered by events.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/engine_opts.h"
#include "engine/request.h"
#include "run/event.h"

struct config;
struct engine;

/*
 * Start the engine thread. cfg is borrowed and must outlive the engine. Returns at once:
 * opening the store, finding models and loading the agent happen on the thread, and their
 * failures arrive as ERROR events with fatal set, after which engine_done() is true.
 * Returns NULL with *e set only when no thread could be started.
 */
NODISCARD struct engine *engine_new(const struct config *cfg, const struct engine_opts *opts,
                                    struct error *e);

/* Returns when the processes that prove the sandbox are there, or will never be: what is loaded
 * before makes each of them dearer. May wait: some milliseconds. Thread: the front end's. */
void engine_await_forks(struct engine *g);

/* Stop what runs, join the thread, free pending events. NULL is fine. */
void engine_free(struct engine *g);

/* Queue a request; takes its strings. Thread: any. */
void engine_post(struct engine *g, struct request r);
/* Shorthand for request_of(): the first texts of the row, copied. */
void engine_ask(struct engine *g, enum request_type type, const char *first, const char *second);

/* Move the oldest event into *ev; false when there is none. Consecutive TEXT events of one
 * answer are merged while they wait. Thread: the front end's. */
bool engine_next(struct engine *g, struct event *ev);

/* Readable (poll POLLIN) while events wait. Owned by the engine. */
int engine_event_fd(const struct engine *g);

/* The thread has ended; its last events may still wait. exit code as in mien(1). */
bool engine_done(const struct engine *g);
int engine_exit_code(const struct engine *g);

/* In a crash handler: the plugin whose call crashed this thread, or NULL. Async-signal-safe. */
const char *engine_crash_suspect(void);

/* Names accepted by REQUEST_REPORT, NULL-terminated;  */
extern const char *const engine_report_names[];

#endif
