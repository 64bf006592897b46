/*
 * jobs - what runs beside the conversation: servers, commands in the background, delegates;
 * shown as one list, stopped and looked into by name. Private to the engine.
 */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "behaviors/behavior.h"

struct agent;
struct delegate;

/* Something changed: the JOBS event follows soon, one for many changes. */
void jobs_changed(struct agent *a);
void jobs_tell(struct agent *a); /* at once */
/* All of them as the JOBS event has them. Caller frees. */
char *jobs_to_json(struct agent *a);
/* What an earlier run of this session left in its store: shown as ended. */
void jobs_restore(struct agent *a, const char *text);

void jobs_report(struct agent *a, struct buf *out);
/* One job's output: a server's log, a delegate's transcript. */
NODISCARD bool jobs_log(struct agent *a, const char *name, struct buf *out, struct error *e);
NODISCARD bool jobs_stop(struct agent *a, const char *name, struct error *e);
/* Stop everything and free it. */
void jobs_fini(struct agent *a);

/* ---- servers, as behavior.h has them ---- */
bool jobs_server_start(struct agent *a, const char *name, const char *command, int64_t port,
                       int64_t ready_ms, struct server_status *s, struct error *e);
bool jobs_server_stop(struct agent *a, const char *name, struct server_status *s, struct error *e);
bool jobs_server_check(struct agent *a, const char *name, int64_t log_lines,
                       struct server_status *s, struct error *e);
size_t jobs_server_list(struct agent *a, struct server_status **list);
/* A command that was judged already, without a port; its number in r->job. */
void jobs_command_start(struct agent *a, const char *command, struct command_result *r);

#endif
