#include "engine/bisect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/chance.h"
#include "base/log.h"
#include "base/sanitize.h"
#include "base/sweep.h"
#include "engine/engine_priv.h"
#include "engine/files_kept.h"
#include "host/process.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"
#include "rewind/rewind.h"

#define NAMED 20               /* files in a report */
#define PATCH_BYTES (16 << 10) /* of the diff in it */
#define COPY_MS (10 * 60 * 1000)

struct hunt {
    struct engine *g;
    const char *command;
    char *dir, *copy, *tmp; /* dir: our own, with the copy of the workspace in it */
    struct sandbox *sandbox;
    VEC(struct snapshot_line) lines; /* the states, oldest first */
    size_t at, to;                   /* the one that the copy shows, and is to show */
    int64_t runs;
    struct changes changed; /* by the round that is found */
    struct buf patch;
    struct error e;
    bool ok;
};

static void hunt_fini(struct hunt *h)
{
    sandbox_free(h->sandbox);
    if (h->dir)
        sweep_tree(h->dir);
    free(h->dir);
    free(h->copy);
    free(h->tmp);
    VEC_FREE(&h->lines);
    changes_fini(&h->changed);
    buf_fini(&h->patch);
}

/* ---- on the snapshots' thread ---- */

static void read_lines(void *arg, struct snapshots *s)
{
    struct hunt *h = arg;
    static const struct snapshot_line now = {.by = SNAPSHOT_OTHER};
    bool made;
    h->ok = s ? snapshots_take(s, &now, true, &made, &h->e)
              : error_set(&h->e, ERR_NOT_FOUND, "nothing was kept of this session's files");
    for (size_t i = 0; s && h->ok && i < s->lines.len; i++)
        VEC_PUSH(&h->lines, s->lines.ptr[i]);
}

/* Make the copy what the workspace was then. */
static void move_copy(void *arg, struct snapshots *s)
{
    struct hunt *h = arg;
    struct changes c = {0};
    struct restored r = {0};
    struct snapshots there = *s; /* the same states, put somewhere else */
    there.root = h->copy;
    there.fleeting = true;
    h->ok = snapshots_compare_commits(s, &h->lines.ptr[h->at].commit, &h->lines.ptr[h->to].commit,
                                      &c, &h->e) &&
            (!c.list.len || restore_changes(&there, &c, NULL, &r, &h->e));
    if (h->ok && r.kept.len)
        h->ok = error_set(&h->e, ERR_IO,
                          "the check itself changes %s, which the session changed too: its states "
                          "cannot be told apart",
                          r.kept.ptr[0]);
    h->at = h->to;
    changes_fini(&c);
    restored_fini(&r);
}

static void read_change(void *arg, struct snapshots *s)
{
    struct hunt *h = arg;
    h->ok = snapshots_compare(s, h->to - 1, h->to, &h->changed, &h->e) &&
            snapshots_patch(s, h->to - 1, h->to, &h->patch, &h->e);
}

/* MAY WAIT. */
static bool on_thread(struct hunt *h, rewind_work *fn, struct error *e)
{
    struct engine *g = h->g;
    int64_t number = rewind_run(g->agent.rewind, fn, h);
    while (!rewind_done(g->agent.rewind, number))
        reactor_wait(&g->reactor, -1);
    agent_files_tell(&g->agent);
    return h->ok || error_set(e, h->e.code, "%s", h->e.text);
}

/* ---- the copy ---- */

static void stop_copying(void *arg)
{
    process_stop(arg);
}

/* With what no snapshot has, such as what .gitignore names: a check may need it. MAY WAIT. */
static bool copy_files(struct hunt *h, struct error *e)
{
    struct engine *g = h->g;
    AUTO_FREE char *from = mem_printf("%s/.", workspace_path(g->ws));
    const char *const argv[] = {"cp", "-a", "--reflink=auto", "--", from, h->copy, NULL};
    const struct process_spec spec = {
        .argv = argv, .cwd = "/", .timeout_ms = COPY_MS, .keep = 1000};
    struct process *p = process_start(g->reactor.loop, &spec, e);
    if (!p)
        return false;
    struct cancel cancel = {.fn = stop_copying, .arg = p};
    reactor_register(&g->reactor, &cancel);
    while (process_running(p))
        reactor_wait(&g->reactor, -1);
    reactor_unregister(&g->reactor, &cancel);
    AUTO(buf) said = {0};
    (void)process_output(p, &said);
    bool ok = process_code(p) == 0;
    process_free(p);
    if (reactor_stopped(&g->reactor))
        return error_set(e, ERR_CANCELED, "the search was stopped");
    return ok || error_set(e, ERR_IO, "the workspace cannot be copied: %.*s",
                           (int)strcspn(buf_cstr(&said), "\n"), buf_cstr(&said));
}

static bool make_copy(struct hunt *h, struct error *e)
{
    struct engine *g = h->g;
    char name[9], why[256];
    chance_word(name, 8);
    h->dir = mem_printf("/tmp/mien-bisect-%s", name);
    h->copy = mem_printf("%s/workspace", h->dir);
    h->tmp = mem_printf("%s/tmp", h->dir);
    if (mkdir(h->dir, 0700) != 0 || mkdir(h->copy, 0755) != 0 || mkdir(h->tmp, 0700) != 0)
        return error_errno(e, errno, "cannot make %s", h->copy);
    if (!copy_files(h, e))
        return false;
    h->sandbox = sandbox_new(h->copy, h->tmp, g->cfg->network);
    sandbox_set_limits(h->sandbox, sandbox_limits(g->sandbox));
    (void)sandbox_probe(h->sandbox, sandbox_level(g->sandbox), why);
    h->at = h->lines.len - 1;
    return true;
}

/* Is the check green at that state? MAY WAIT. */
static bool try_state(struct hunt *h, size_t i, bool *green, struct error *e)
{
    struct engine *g = h->g;
    struct command_result r = {0};
    struct shell shell = g->shell;
    h->to = i;
    if (!on_thread(h, move_copy, e))
        return false;
    shell.sandbox = h->sandbox;
    shell.cwd = h->copy;
    shell.tmp = h->tmp;
    const struct command_spec spec = {.command = h->command,
                                      .timeout_ms = g->cfg->command_seconds * 1000};
    shell_run(&shell, &spec, &r);
    bool ok = true;
    *green = r.code == 0 && !r.timed_out;
    h->runs++;
    if (r.refused)
        ok = error_set(e, ERR_DENIED, "the check may not run: %s", r.note);
    else if (r.cancelled || reactor_stopped(&g->reactor))
        ok = error_set(e, ERR_CANCELED, "the search was stopped");
    else
        outbox_notice(&g->out, "info", "bisect", "state %zu of %zu: %s", i + 1, h->lines.len,
                      *green ? "green" : "red");
    command_result_fini(&r);
    return ok;
}

/* *good: green; *bad: red, and the one behind it. */
static bool search(struct hunt *h, size_t *good, size_t *bad, struct error *e)
{
    bool green;
    *bad = h->lines.len - 1;
    if (!try_state(h, *bad, &green, e))
        return false;
    if (green)
        return error_set(e, ERR_NOT_FOUND, "it is green now: nothing has to be looked for");
    /* Back in growing steps: what broke last is most likely what is meant. */
    for (size_t step = 1; !green; step *= 2) {
        if (*bad == 0)
            return error_set(e, ERR_NOT_FOUND,
                             "it was red in each of the %lld states that were tried, back to the "
                             "session's beginning",
                             (long long)h->runs);
        *good = *bad > step ? *bad - step : 0;
        if (!try_state(h, *good, &green, e))
            return false;
        *bad = green ? *bad : *good;
    }
    while (*bad - *good > 1) {
        size_t middle = *good + (*bad - *good) / 2;
        if (!try_state(h, middle, &green, e))
            return false;
        *(green ? good : bad) = middle;
    }
    return true;
}

/* ---- what was found ---- */

static void say_who(const struct hunt *h, const struct snapshot_line *l, struct buf *out)
{
    char when[32];
    time_t t = (time_t)(l->time_ms / 1000);
    struct tm tm;
    strftime(when, sizeof when, "%H:%M:%S", localtime_r(&t, &tm));
    if (l->by == SNAPSHOT_AGENT)
        buf_addf(out, "round %lld of goal %lld", (long long)l->round, (long long)l->goal);
    else
        buf_adds(out, l->by == SNAPSHOT_REWIND ? "going back"
                                               : "you or another program, between rounds,");
    buf_addf(out, " at %s", when);
    const struct node *n = l->node ? tree_find(&h->g->tree, l->node) : NULL;
    AUTO_FREE char *title = n ? sanitize_text(n->title, SANITIZE_ONE_LINE) : NULL;
    if (title && l->by == SNAPSHOT_AGENT)
        buf_addf(out, ", while \"%s\" was worked on", title);
}

static void say_files(const struct hunt *h, struct buf *out)
{
    size_t n = h->changed.list.len;
    for (size_t i = 0; i < MIN(n, (size_t)NAMED); i++) {
        AUTO_FREE char *path = sanitize_text(h->changed.list.ptr[i].path, SANITIZE_ONE_LINE);
        buf_addf(out, "%s%s", i ? ", " : "", path);
    }
    if (n > NAMED)
        buf_addf(out, " and %zu more", n - NAMED);
}

static void tell(struct hunt *h, size_t bad)
{
    struct engine *g = h->g;
    AUTO(buf) who = {0}, files = {0}, text = {0}, masked = {0};
    say_who(h, &h->lines.ptr[bad], &who);
    say_files(h, &files);
    size_t n = MIN(h->patch.len, (size_t)PATCH_BYTES);
    while (n < h->patch.len && n > 0 && h->patch.ptr[n - 1] != '\n')
        n--;
    log_mask(&masked, buf_cstr(&h->patch), n);
    AUTO_FREE char *patch = sanitize_text(buf_cstr(&masked), 0);
    buf_addf(&text,
             "%s\n\nThe check was broken by %s.\nIt changed: %s.\n(%lld runs of the check, %zu "
             "states)\n\n%s%s",
             h->command, buf_cstr(&who), buf_cstr(&files), (long long)h->runs, h->lines.len, patch,
             n < h->patch.len ? "(the rest of the diff is not shown)\n" : "");
    struct event ev = {.type = EVENT_REPORT};
    ev.report.title = mem_strdup("bisect");
    ev.report.text = buf_take(&text);
    outbox_emit(&g->out, &ev);
    outbox_ledger(&g->out, "BISECT", buf_cstr(&who));
    AUTO_FREE char *note = mem_printf(
        "[The user searched the states of this session for what broke the check `%s`: it "
        "was %s. It changed %s.]",
        h->command, buf_cstr(&who), buf_cstr(&files));
    agent_note_later(&g->agent, note);
}

/* The check that is red and was green; else one that was green. */
static char *check_of_tree(const struct engine *g)
{
    const struct node *found = NULL;
    for (size_t i = 0; i < g->tree.nodes.len; i++) {
        const struct node *n = &g->tree.nodes.ptr[i];
        bool red = n->check_state == CHECK_RED;
        if (n->check && n->green_round && (red || !found || found->check_state != CHECK_RED))
            found = n;
    }
    return found ? mem_strdup(check_command(found)) : NULL;
}

static bool hunt(struct hunt *h, struct error *e)
{
    size_t good = 0, bad = 0;
    if (!on_thread(h, read_lines, e))
        return false;
    if (h->lines.len < 2)
        return error_set(e, ERR_NOT_FOUND, "no file changed in this session yet");
    if (!make_copy(h, e) || !search(h, &good, &bad, e))
        return false;
    h->to = bad;
    if (!on_thread(h, read_change, e))
        return false;
    tell(h, bad);
    return true;
}

bool bisect(struct engine *g, const char *command, struct error *e)
{
    AUTO_FREE char *check = command && *command ? mem_strdup(command) : check_of_tree(g);
    AUTO(hunt) h = {.g = g, .command = check};
    if (!check)
        return error_set(e, ERR_NOT_FOUND,
                         "no check of this session's tasks was green yet; name a command: /bisect "
                         "make test");
    files_kept_begin(g);
    if (!g->agent.rewind)
        return error_set(e, ERR_NOT_FOUND,
                         g->cfg->rewind ? "files are not kept in this session"
                                        : "files are not kept: files.rewind is false");
    reactor_hold(&g->reactor, HOLD_STAGE);
    bool ok = hunt(&h, e);
    reactor_release(&g->reactor, HOLD_STAGE);
    if (!g->agent.goal.running)
        outbox_phase(&g->out, "idle", 0, 0, NULL);
    return ok;
}
