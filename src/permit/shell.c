#include "permit/shell.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "run/program.h"

#define SAVE_MAX ((size_t)64 << 20) /* bytes of one output that are saved */

struct stream {
    struct shell *shell;
    const char *id;
    int64_t sent;
    struct buf head; /* all that came, until it is more than is shown */
    size_t saved;
    int fd; /* of the file with the whole, -1: not needed yet, or it cannot be made */
    bool full;
    char path[512];
};

static void stream_fini(struct stream *t)
{
    buf_fini(&t->head);
    if (t->fd >= 0)
        close(t->fd);
}

static void save_open(struct stream *t)
{
    struct shell *s = t->shell;
    AUTO_FREE char *dir = outbox_dir(s->out);
    struct error e = {0};
    t->full = true;
    if (!file_make_dirs(dir, &e))
        return;
    snprintf(t->path, sizeof t->path, "%s/output-%lld.txt", dir, (long long)++s->outputs);
    t->fd = open(t->path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (t->fd < 0 || !file_write_all(t->fd, buf_cstr(&t->head), t->head.len))
        *t->path = '\0';
    t->saved = t->head.len;
    buf_fini(&t->head);
}

/* The whole of an output of which the model is shown a part. A full disk loses it, not the run. */
static void save(struct stream *t, const char *s, size_t n)
{
    if (!t->full) {
        buf_add(&t->head, s, n);
        if (t->head.len > 2 * t->shell->keep)
            save_open(t);
        return;
    }
    n = MIN(n, SAVE_MAX - t->saved);
    if (t->fd < 0 || n == 0)
        return;
    t->saved += n;
    if (!file_write_all(t->fd, s, n))
        *t->path = '\0';
}

/* The screen sees the beginning live; a flood is not worth an event each. */
static void on_output(void *arg, const char *s, size_t n)
{
    struct stream *t = arg;
    save(t, s, n);
    if (!t->id || t->sent > 200000)
        return;
    t->sent += (int64_t)n;
    struct event ev = {.type = EVENT_TOOL_OUTPUT};
    ev.tool_output.id = mem_strdup(t->id);
    AUTO(buf) clean = {0};
    utf8_repair(&clean, s, n);
    ev.tool_output.text = buf_take(&clean);
    outbox_emit(t->shell->out, &ev);
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
    AUTO(stream) stream = {.shell = s, .id = call_id, .fd = -1};
    int64_t since = clock_ms();
    outbox_phase(s->out, "execute", timeout_ms, 0, command);
    struct error e = {0};
    struct process_spec spec = {.command = command,
                                .cwd = s->cwd,
                                .tmp = s->tmp,
                                .sandbox = s->sandbox,
                                .timeout_ms = timeout_ms,
                                .keep = s->keep,
                                .frames = true,
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
    if (r->cut)
        snprintf(r->file, sizeof r->file, "%s", stream.path);
    process_free(p);
    AUTO_FREE char *line = mem_printf("%.100s → rc %d", command, r->code);
    outbox_ledger(s->out, "BASH", line);
}
