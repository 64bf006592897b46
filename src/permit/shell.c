#include "permit/shell.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "host/sandbox_git.h"
#include "host/sandbox_reach.h"
#include "permit/denial.h"
#include "permit/reader_watch.h"
#include "run/program.h"

#define SAVE_MAX ((size_t)64 << 20) /* bytes of one output that are saved */

struct stream {
    struct shell *shell;
    const char *id;
    int64_t sent;
    struct buf held; /* what may be the beginning of a secret */
    struct buf head; /* all that came, until it is more than is shown */
    size_t saved;
    int fd; /* of the file with the whole, -1: not needed yet, or it cannot be made */
    bool full;
    char path[512];
};

static void stream_fini(struct stream *t)
{
    buf_fini(&t->held);
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
static void tell_output(struct stream *t, const char *s, size_t n)
{
    save(t, s, n);
    if (!n || !t->id || t->sent > 200000)
        return;
    t->sent += (int64_t)n;
    struct event ev = {.type = EVENT_TOOL_OUTPUT};
    ev.tool_output.id = mem_strdup(t->id);
    AUTO(buf) clean = {0};
    utf8_repair(&clean, s, n);
    ev.tool_output.text = buf_take(&clean);
    outbox_emit(t->shell->out, &ev);
}

static void on_output(void *arg, const char *s, size_t n)
{
    struct stream *t = arg;
    AUTO(buf) masked = {0};
    log_mask_part(&t->held, &masked, s, n);
    tell_output(t, buf_cstr(&masked), masked.len);
}

static void on_output_end(struct stream *t)
{
    AUTO(buf) masked = {0};
    log_mask_rest(&t->held, &masked);
    tell_output(t, buf_cstr(&masked), masked.len);
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

bool shell_allowed(struct shell *s, const struct command_spec *c, struct sandbox **own,
                   struct command_result *r)
{
    AUTO(reach) reach = {0};
    struct error e = {0};
    *r = (struct command_result){.code = -1};
    *own = NULL;
    bool ok = reach_add_words(&reach, c->needs, false, &e);
    /* Made before the user is asked: what cannot be opened is no question. */
    bool planning = permit_plan_words(s->permit) != NULL;
    if (ok && planning && sandbox_level(s->sandbox) != SANDBOX_NONE)
        *own = sandbox_read_only(s->sandbox);
    else if (ok && reach.items.len && s->sandbox)
        ok = (*own = sandbox_reach(s->sandbox, &reach, s->reactor->loop, &e)) != NULL;
    if (!ok)
        snprintf(r->note, sizeof r->note, "%s", e.text);
    else if (permit_command(s->permit, c, &reach, r->note))
        return true;
    sandbox_free(*own);
    *own = NULL;
    r->refused = true;
    outbox_ledger(s->out, "REFUSED", c->command);
    return false;
}

static void explain(const struct shell *s, const struct command_spec *c, const struct sandbox *own,
                    bool overfilled, struct command_result *r)
{
    AUTO(reach) reach = {0};
    AUTO(buf) line = {0};
    if (!reach_add_words(&reach, c->needs, false, NULL) || r->cancelled)
        return;
    struct denial_case d = {.command = c->command,
                            .output = buf_cstr(&r->out),
                            .failed = r->code != 0 || r->timed_out,
                            .code = r->code,
                            .overfilled = overfilled,
                            .limits = sandbox_limits(s->sandbox),
                            .level = sandbox_level(s->sandbox),
                            .network = s->permit->network,
                            .reach = &reach,
                            .refused = sandbox_refused_host(own),
                            .cwd = s->cwd};
    denial_explain(&d, &line);
    snprintf(r->denied, sizeof r->denied, "%s", buf_cstr(&line));
}

/* What commands made in git directories to lead git elsewhere is removed, and said: to the user,
 * and in *r where there is one. */
static void sweep(struct shell *s, struct command_result *r)
{
    AUTO(buf) removed = {0};
    if (!sandbox_git_sweep(s->sandbox, &removed))
        return;
    outbox_notice(s->out, "warn", "sandbox", "removed %s: it led git to other settings",
                  buf_cstr(&removed));
    if (r && !*r->denied)
        snprintf(r->denied, sizeof r->denied, "sandbox: removed %.400s, which leads git elsewhere",
                 buf_cstr(&removed));
}

static void tell_changes(struct shell *s, struct command_result *r)
{
    AUTO(buf) names = {0}, diff = {0};
    if (!reader_watch_changed(s->readers, s->permit->workspace, &names, &diff))
        return;
    outbox_notice(s->out, "warn", "sandbox", "the command changed %s", buf_cstr(&diff));
    if (!*r->denied)
        snprintf(
            r->denied, sizeof r->denied,
            "this command changed %.300s, which others read or run by themselves; the user was "
            "told",
            buf_cstr(&names));
}

void shell_goal_ended(struct shell *s)
{
    AUTO(buf) names = {0}, diff = {0};
    sweep(s, NULL);
    if (reader_watch_ended(s->readers, &names, &diff))
        outbox_notice(s->out, "warn", "sandbox", "commands of this goal changed %s",
                      buf_cstr(&diff));
}

void shell_run(struct shell *s, const struct command_spec *c, struct command_result *r)
{
    assert(s->permit && s->reactor && s->out && c->command);
    struct sandbox *own;
    if (!shell_allowed(s, c, &own, r))
        return;
    AUTO(stream) stream = {.shell = s, .id = c->call_id, .fd = -1};
    int64_t since = clock_ms();
    outbox_phase(s->out, "execute", c->timeout_ms, 0, c->command);
    struct error e = {0};
    struct process_spec spec = {.command = c->command,
                                .cwd = s->cwd,
                                .tmp = s->tmp,
                                .sandbox = own ? own : s->sandbox,
                                .timeout_ms = c->timeout_ms,
                                .keep = s->keep,
                                .frames = true,
                                .output = on_output,
                                .arg = &stream};
    reader_watch_look(s->readers, s->permit->workspace);
    struct process *p = c->leaves ? program_run_or_leave(s->reactor, &spec, &e)
                                  : program_run(s->reactor, &spec, NULL, false, &e);
    if (p && process_running(p)) {
        on_output_end(&stream);
        r->cut = process_output(p, &r->out);
        s->adopt(s->arg, p, own, c->command, r);
        return;
    }
    if (!p) {
        sandbox_free(own);
        snprintf(r->note, sizeof r->note, "%s", e.text);
        r->refused = true;
        return;
    }
    r->ms = clock_ms() - since;
    on_output_end(&stream);
    collect(s, p, r);
    explain(s, c, own, process_overfilled(p), r);
    sweep(s, r);
    tell_changes(s, r);
    sandbox_free(own);
    if (r->cut)
        snprintf(r->file, sizeof r->file, "%s", stream.path);
    process_free(p);
    AUTO_FREE char *line = mem_printf("%.100s → rc %d", c->command, r->code);
    outbox_ledger(s->out, "BASH", line);
}
