/* Running a program for the model: judged, asked about, confined, watched. */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "run/program.h"

struct stream {
    struct agent *a;
    const char *id;
    int64_t sent;
};

/* The screen sees the beginning live; a flood is not worth an event each. */
static void on_output(void *arg, const char *s, size_t n)
{
    struct stream *t = arg;
    if (!t->id || t->sent > 200000)
        return;
    t->sent += (int64_t)n;
    struct event ev = {.type = EVENT_TOOL_OUTPUT};
    ev.tool_output.id = mem_strdup(t->id);
    AUTO(buf) clean = {0};
    utf8_repair(&clean, s, n);
    ev.tool_output.text = buf_take(&clean);
    outbox_emit(&t->a->out, &ev);
}

static void collect(struct agent *a, struct process *p, struct command_result *r)
{
    r->code = process_code(p);
    r->timed_out = process_timed_out(p);
    r->cancelled = reactor_stopped(&a->reactor) && !r->timed_out;
    if (r->cancelled)
        snprintf(r->note, sizeof r->note, "Stopped: %s.", permit_stop_words(a->reactor.interrupt));
    r->total_bytes = process_output_bytes(p);
    r->cut = process_output(p, &r->out);
    if (*process_note(p))
        snprintf(r->note, sizeof r->note, "the command could not be started: %s", process_note(p));
}

void agent_command(struct agent *a, const char *call_id, const char *command,
                   const struct opt_list *whitelist, int64_t timeout_ms, bool background,
                   struct command_result *r)
{
    *r = (struct command_result){.code = -1};
    if (!permit_command(&a->permit, command, whitelist, r->note)) {
        r->refused = true;
        outbox_ledger(&a->out, "REFUSED", command);
        return;
    }
    if (background) {
        jobs_command_start(a, command, r);
        outbox_ledger(&a->out, "JOB", command);
        return;
    }
    struct stream stream = {.a = a, .id = call_id};
    int64_t since = clock_ms();
    outbox_phase(&a->out, "execute", timeout_ms, 0, command);
    struct error e = {0};
    struct process_spec spec = {.command = command,
                                .cwd = workspace_path(a->ws),
                                .tmp = a->tmp,
                                .sandbox = a->sandbox,
                                .timeout_ms = timeout_ms,
                                .keep = (size_t)a->cfg->output_bytes / 2,
                                .output = on_output,
                                .arg = &stream};
    struct process *p = program_run(&a->reactor, &spec, NULL, false, &e);
    if (!p) {
        snprintf(r->note, sizeof r->note, "%s", e.text);
        r->refused = true;
        return;
    }
    r->ms = clock_ms() - since;
    collect(a, p, r);
    process_free(p);
    AUTO_FREE char *line = mem_printf("%.100s → rc %d", command, r->code);
    outbox_ledger(&a->out, "BASH", line);
}
