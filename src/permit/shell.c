#include "permit/shell.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "run/program.h"

struct stream {
    struct outbox *out;
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
    outbox_emit(t->out, &ev);
}

static void collect(struct shell *s, struct process *p, struct command_result *r)
{
    r->code = process_code(p);
    r->timed_out = process_timed_out(p);
    r->cancelled = reactor_stopped(s->reactor) && !r->timed_out;
    if (r->cancelled)
        snprintf(r->note, sizeof r->note, "Stopped: %s.", permit_stop_words(s->reactor->interrupt));
    r->total_bytes = process_output_bytes(p);
    r->cut = process_output(p, &r->out);
    if (*process_note(p))
        snprintf(r->note, sizeof r->note, "the command could not be started: %s", process_note(p));
}

bool shell_allowed(struct shell *s, const char *command, const struct opt_list *whitelist,
                   struct command_result *r)
{
    *r = (struct command_result){.code = -1};
    if (permit_command(s->permit, command, whitelist, r->note))
        return true;
    r->refused = true;
    outbox_ledger(s->out, "REFUSED", command);
    return false;
}

void shell_run(struct shell *s, const char *call_id, const char *command,
               const struct opt_list *whitelist, int64_t timeout_ms, struct command_result *r)
{
    assert(s->permit && s->reactor && s->out && command);
    if (!shell_allowed(s, command, whitelist, r))
        return;
    struct stream stream = {.out = s->out, .id = call_id};
    int64_t since = clock_ms();
    outbox_phase(s->out, "execute", timeout_ms, 0, command);
    struct error e = {0};
    struct process_spec spec = {.command = command,
                                .cwd = s->cwd,
                                .tmp = s->tmp,
                                .sandbox = s->sandbox,
                                .timeout_ms = timeout_ms,
                                .keep = s->keep,
                                .output = on_output,
                                .arg = &stream};
    struct process *p = program_run(s->reactor, &spec, NULL, false, &e);
    if (!p) {
        snprintf(r->note, sizeof r->note, "%s", e.text);
        r->refused = true;
        return;
    }
    r->ms = clock_ms() - since;
    collect(s, p, r);
    process_free(p);
    AUTO_FREE char *line = mem_printf("%.100s → rc %d", command, r->code);
    outbox_ledger(s->out, "BASH", line);
}
