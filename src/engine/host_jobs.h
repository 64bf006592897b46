/*
 * host_jobs - programs, servers and delegates as behaviors ask for them: the host table's words,
 * said in the rooms that do it. As behavior.h has them; all but the list MAY WAIT. Thread: engine.
 */
#ifndef ENGINE_HOST_JOBS_H
#define ENGINE_HOST_JOBS_H

#include "behaviors/behavior.h"

void host_command_run(struct agent *a, const struct command_spec *c, struct command_result *r);
bool host_server_start(struct agent *a, const char *name, const struct command_spec *c,
                       int64_t port, bool http, int64_t ready_ms, struct server_status *s,
                       struct error *e);
bool host_server_stop(struct agent *a, const char *name, struct server_status *s, struct error *e);
bool host_server_check(struct agent *a, const char *name, int64_t log_lines,
                       struct server_status *s, struct error *e);
void host_jobs_ended(struct agent *a, struct buf *out);
size_t host_server_list(struct agent *a, struct server_status **list);
bool host_delegate_begin(struct agent *a, const struct delegate_spec *spec, struct error *e);
bool host_delegate_wait(struct agent *a, const struct delegate_spec *spec,
                        struct delegate_result *r, struct error *e);

#endif
