#include "run/program.h"

#include <string.h>

static void stop_program(void *arg)
{
    process_stop(arg);
}

static void wait_for_end(struct reactor *r, struct process *p, bool leaves)
{
    struct cancel c = {.fn = stop_program, .arg = p};
    reactor_register(r, &c);
    while (process_running(p) && !(leaves && r->aside && !reactor_stopped(r)))
        reactor_wait(r, -1);
    reactor_unregister(r, &c);
}

struct process *program_run(struct reactor *r, const struct process_spec *spec, const char *input,
                            bool at_end, struct error *e)
{
    if (reactor_stopped(r) && !at_end) {
        error_set(e, ERR_CANCELED, "it was stopped before it began");
        return NULL;
    }
    struct process *p = process_start(r->loop, spec, e);
    if (!p)
        return NULL;
    if (input) {
        (void)process_write(p, input, strlen(input)); /* one that does not read is no failure */
        process_close_input(p);
    }
    wait_for_end(r, p, false);
    return p;
}

struct process *program_run_or_leave(struct reactor *r, const struct process_spec *spec,
                                     struct error *e)
{
    if (reactor_stopped(r)) {
        error_set(e, ERR_CANCELED, "it was stopped before it began");
        return NULL;
    }
    struct process *p = process_start(r->loop, spec, e);
    if (!p)
        return NULL;
    r->aside = false;
    r->leavable++;
    wait_for_end(r, p, true);
    r->leavable--;
    return p;
}
