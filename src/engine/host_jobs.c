#include "engine/host_jobs.h"

#include "engine/engine_priv.h"

void host_command_run(struct agent *a, const struct command_spec *c, struct command_result *r)
{
    struct engine *g = engine_of(a);
    if (c->background || c->terminal || c->into)
        jobs_command_start(&g->jobs, c, r);
    else
        shell_run(&g->shell, c, r);
}

bool host_server_start(struct agent *a, const char *name, const struct command_spec *c,
                       int64_t port, bool http, int64_t ready_ms, struct server_status *s,
                       struct error *e)
{
    struct engine *g = engine_of(a);
    return jobs_server_start(&g->jobs, name, c, port, http, ready_ms, s, e);
}

bool host_server_stop(struct agent *a, const char *name, struct server_status *s, struct error *e)
{
    struct engine *g = engine_of(a);
    return jobs_server_stop(&g->jobs, name, s, e);
}

bool host_server_check(struct agent *a, const char *name, int64_t log_lines,
                       struct server_status *s, struct error *e)
{
    struct engine *g = engine_of(a);
    return jobs_server_check(&g->jobs, name, log_lines, s, e);
}

void host_jobs_ended(struct agent *a, struct buf *out)
{
    struct engine *g = engine_of(a);
    jobs_ended(&g->jobs, out);
}

size_t host_server_list(struct agent *a, struct server_status **list)
{
    struct engine *g = engine_of(a);
    return jobs_server_list(&g->jobs, list);
}

bool host_delegate_begin(struct agent *a, const struct delegate_spec *spec, struct error *e)
{
    struct engine *g = engine_of(a);
    return delegate_begin(&g->jobs.delegation, spec, e);
}

bool host_delegate_wait(struct agent *a, const struct delegate_spec *spec,
                        struct delegate_result *r, struct error *e)
{
    struct engine *g = engine_of(a);
    return delegate_wait(&g->jobs.delegation, spec, r, e);
}
