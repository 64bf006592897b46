/*
 * servers - the long-running programs of a session, by name: started, waited for, watched,
 * stopped, with what they print in a log file of bounded size.
 *
 * Each runs under a process supervisor (process.h), so that it and all it started are gone
 * when it is stopped, when mien ends and when mien is killed. A command in the background is
 * a server without a port. Nothing here blocks: the caller pumps the loop. Thread: engine.
 */
#ifndef JOBS_SERVERS_H
#define JOBS_SERVERS_H

#include "base/effects.h"
#include "base/error.h"

struct loop;
struct process;
struct sandbox;
struct server;
struct servers;

#define SERVERS_ENDED 50           /* of those that ended so many are remembered, the newest */
#define SERVER_LOG_BYTES (1 << 20) /* a log is rotated to NAME.log.1 at this size */

/* log_dir is made when it is first needed. sandbox may be NULL. changed: called on the loop
 * when any state changed; may be NULL. Strings are copied. */
struct servers *servers_new(struct loop *loop, struct sandbox *sandbox, const char *cwd,
                            const char *tmp, const char *log_dir, void (*changed)(void *arg),
                            void *arg);
/* Stops all at once and waits: about 700 ms at most. Nothing is called back any more. */
void servers_free(struct servers *s);

/*
 * Start one. own: its sandbox where that is another, taken in any case; else NULL. name:
 * [A-Za-z0-9._-], at most 64 bytes. An ended one of that name is replaced and its restarts counted.
 * ERR_USAGE for a bad name, port or empty command; ERR_BUSY when that name runs, or when something
 * listens on the port already (a server that cannot bind would seem ready); ERR_DENIED when the
 * sandbox in force cannot give it a network (port wanted, level landlock without network). Borrowed
 * until servers_free, or until it has ended and is forgotten by a later servers_start.
 */
NODISCARD struct server *servers_start(struct servers *s, const char *name, const char *command,
                                       struct sandbox *own, int64_t port, int64_t ready_ms,
                                       struct error *e);

/* The same of a process that runs already, taken as own is; what it printed begins its log. */
struct server *servers_adopt(struct servers *s, const char *name, const char *command,
                             struct sandbox *own, struct process *p);

/* The same without a port and with a terminal of its own, which server_type() types into. */
struct server *servers_start_terminal(struct servers *s, const char *name, const char *command,
                                      struct sandbox *own, struct error *e);
bool server_has_terminal(const struct server *v);
/* Bytes as a keyboard sends them. False: it has no terminal, has ended, or reads nothing. */
bool server_type(struct server *v, const char *s, size_t n);
/* Its terminal for the user, as process_lend_terminal(); and back. Its log says that it was. */
int server_lend(struct server *v);
void server_take(struct server *v);
/* How long it printed nothing. */
int64_t server_silent_ms(const struct server *v);
/* Did it print anything that was not taken yet; *whole: does that end with a line's end? */
bool server_fresh(const struct server *v, bool *whole);
/* Append that, at most the last 32 kB as they came, and forget it. */
void server_take_fresh(struct server *v, struct buf *out);

/* False while it starts: until its port takes connections, it ended, or ready_ms are over (then
 * it is SERVER_RUNNING and not listening: say so, and probe later). Without a port: until it
 * lived 300 ms or ended. Ended: SERVER_STOPPED when it was asked to, or left with 0 and had no
 * port to serve; else SERVER_FAILED. What could not be started at all is told in its log. */
bool server_settled(const struct server *v);

/* SIGTERM to its group, SIGKILL to the whole tree later. server_ended() turns true. */
void server_stop(struct server *v);
bool server_ended(const struct server *v);

/* From now on looks ask GET / too: else a program under test would see visits nobody made. */
void server_speaks_http(struct server *v);

/* Is it in a sandbox of its own, which reaches further? */
bool server_reaches(const struct server *v);

/* Did it end by itself, and was that not asked before? */
bool server_end_is_news(struct server *v);

/* Look again: connect to the port, or ask GET / and note the answer's status. server_probing()
 * is true until that is over, at most wait_ms. */
void server_probe(struct server *v, int64_t wait_ms);
bool server_probing(const struct server *v);

struct server *servers_find(const struct servers *s, const char *name);
size_t servers_count(const struct servers *s);
struct server *servers_at(const struct servers *s, size_t i);
bool servers_any_running(const struct servers *s);

/* A copy of what is known; log_lines > 0 reads the log's end too. Caller: server_status_fini. */
struct server_status server_status(const struct server *v, int64_t log_lines);

#endif
