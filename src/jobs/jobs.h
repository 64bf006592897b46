/*
 * jobs - what runs beside the conversation: servers, commands in the background, delegates;
 * shown as one list, stopped and looked into by name.
 *
 * Owns them all; neighbours are borrowed, connected once by the engine. Thread: engine.
 */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "behaviors/behavior.h"
#include "jobs/delegate.h"
#include "permit/shell.h"

struct process;
struct sandbox;

struct jobs {
    struct reactor *reactor;
    struct outbox *out;
    struct shell *shell; /* judges and confines what is started */
    struct delegation delegation;
    struct servers *servers;  /* NULL before the first */
    struct loop_timer *timer; /* JOBS is told when it fires */
    cJSON *old;               /* of an earlier run of this session */
    int64_t number;           /* of the last one */
    uint64_t changes;         /* of what jobs_to_json() says, but for times */
};

/* Something changed: the JOBS event follows soon, one for many changes. */
void jobs_changed(struct jobs *j);
void jobs_tell(struct jobs *j); /* at once */
/* All of them as the JOBS event has them. Caller frees. */
char *jobs_to_json(struct jobs *j);
/* Is there anything an other run of this session would want to know? */
bool jobs_worth_saving(const struct jobs *j);
/* What an earlier run of this session left in its store: shown as ended. */
void jobs_restore(struct jobs *j, const char *text);

void jobs_report(struct jobs *j, struct buf *out);
/* One job's output: a server's log, a delegate's transcript. *session: whose transcript follows,
 * where we have none of our own; the caller frees and adds it. ERR_NOT_FOUND. */
NODISCARD bool jobs_log(struct jobs *j, const char *name, struct buf *out, char **session,
                        struct error *e);
/* ERR_NOT_FOUND, ERR_DENIED: it has ended. */
NODISCARD bool jobs_stop(struct jobs *j, const char *name, struct error *e);
/* The keyboard of a command that runs with a terminal, for the user: what is typed and printed then
 * is kept nowhere. A descriptor for the caller to close; -1: ERR_NOT_FOUND, ERR_DENIED. */
int jobs_keyboard(struct jobs *j, const char *name, struct error *e);
void jobs_keyboard_back(struct jobs *j, const char *name);
/* Have a delegate read a text of the user's in its next round. ERR_NOT_FOUND, ERR_DENIED: it has
 * ended, or listens to nobody. */
NODISCARD bool jobs_say(struct jobs *j, const char *name, const char *text, struct error *e);
/* Stop everything and free it; neighbours stay connected. MAY WAIT: servers are given time. */
/* A command that runs goes on as a job; p and own (may be NULL) are taken. As shell.h's adopt. */
void jobs_adopt(void *jobs, struct process *p, struct sandbox *own, const char *command,
                struct command_result *r);
void jobs_fini(struct jobs *j);

/* ---- servers, as behavior.h has them ---- */

/* MAY WAIT, both: until it is ready, until it is gone. */
NODISCARD bool jobs_server_start(struct jobs *j, const char *name, const struct command_spec *c,
                                 int64_t port, bool http, int64_t ready_ms, struct server_status *s,
                                 struct error *e);
NODISCARD bool jobs_server_stop(struct jobs *j, const char *name, struct server_status *s,
                                struct error *e);
/* Asks its port: MAY WAIT. */
NODISCARD bool jobs_server_check(struct jobs *j, const char *name, int64_t log_lines,
                                 struct server_status *s, struct error *e);
/* None of that name runs. */
bool jobs_server_ended(const struct jobs *j, const char *name);
/* A line for each server and command that ended by itself since the last call and whose end no
 * check told, with the last lines of its log. */
void jobs_ended(struct jobs *j, struct buf *out);
size_t jobs_server_list(struct jobs *j, struct server_status **list);
/* Without a port, in the background; judged here. r->job: its number, r->name what it is called
 * among the servers, r->pid, r->file its log. With a terminal, or typed into one (c->into), what it
 * says then is waited for. MAY WAIT. */
void jobs_command_start(struct jobs *j, const struct command_spec *c, struct command_result *r);

#endif
