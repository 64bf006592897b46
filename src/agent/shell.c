/* Running a program for the model: judged, asked about, confined, watched. */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "host/policy.h"
#include "run/program.h"

PRINTF_LIKE(2, 3) static void refuse(struct command_result *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(r->note, sizeof r->note, fmt, ap);
    va_end(ap);
    r->refused = true;
    r->code = -1;
}

static bool allowed_before(const struct agent *a, const char *command)
{
    for (size_t i = 0; i < a->always.len; i++)
        if (strcmp(a->always.ptr[i], command) == 0)
            return true;
    return false;
}

/* Why this command needs a yes, or NULL when it does not. */
static const char *needs_yes(const struct agent *a, const char *command,
                             const struct command_info *info)
{
    bool confined = sandbox_level(a->sandbox) != SANDBOX_NONE;
    if (a->approval == APPROVAL_YOLO || allowed_before(a, command))
        return NULL;
    if (info->class == COMMAND_READS)
        return NULL;
    if (a->approval == APPROVAL_ASK)
        return "the approval policy is \"ask\"";
    if (a->cfg->network && confined)
        return "commands may reach the network (sandbox.network)";
    return confined ? NULL : "there is no sandbox here: it could touch anything you can";
}

static bool ask_person(struct agent *a, const char *command, const char *why,
                       const struct command_info *info, struct command_result *r)
{
    AUTO_FREE char *reason =
        info->class == COMMAND_UNKNOWN
            ? mem_printf("%s (and it cannot be read plainly: %s)", why, info->why)
            : mem_strdup(why);
    struct ask q = {.kind = "command",
                    .title = "Run this command?",
                    .detail = command,
                    .why = reason,
                    .always =
                        "s: this exact command line is not asked about again in this session"};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = agent_ask(a, &q, &text);
    if (strcmp(key, "s") == 0)
        VEC_PUSH(&a->always, mem_strdup(command));
    if (strcmp(key, "n") != 0)
        return true;
    if (!a->can_ask)
        refuse(r,
               "Refused: it needs a yes and nobody can be asked (%s). Use a command that only "
               "reads, or let the person start mien with --approval yolo.",
               why);
    else
        refuse(r, "The person refused this command%s%.400s", text && *text ? ": " : ".",
               text ? text : "");
    return false;
}

bool agent_may_run(struct agent *a, const char *command, const struct opt_list *whitelist,
                   struct command_result *r)
{
    struct command_info info;
    struct error e = {0};
    command_classify(command, &info);
    bool ok = command_whitelisted(&info, whitelist, &e);
    if (!ok)
        refuse(r, "%s", e.text);
    const char *why = ok ? needs_yes(a, command, &info) : NULL;
    if (why && a->approval == APPROVAL_NEVER) {
        refuse(r, "Refused by the approval policy \"never\": %s", why);
        ok = false;
    } else if (why) {
        ok = ask_person(a, command, why, &info, r);
    }
    command_info_fini(&info);
    return ok;
}

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
    if (!agent_may_run(a, command, whitelist, r)) {
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
        refuse(r, "%s", e.text);
        return;
    }
    r->ms = clock_ms() - since;
    collect(a, p, r);
    process_free(p);
    AUTO_FREE char *line = mem_printf("%.100s → rc %d", command, r->code);
    outbox_ledger(&a->out, "BASH", line);
}
