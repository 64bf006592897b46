/* mien behavior stats and bench: modes compared, from what was stored or by running goals. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "host/workspaces.h"
#include "session/stats.h"

int cli_mode_stats(struct cli *c)
{
    struct stats all = {0};
    struct error e = {0};
    AUTO(buf) out = {0};
    bool ok = cli_stored_stats(&all, c->session, &e);
    if (ok && c->csv)
        stats_csv(&all, "modes", &out);
    else if (ok)
        stats_modes(&all, &out);
    fputs(buf_cstr(&out), stdout);
    stats_fini(&all);
    return ok ? CLI_OK : cli_fail(&e);
}

/* ---- bench ---- */

struct words {
    VEC(char *) list;
};

static void words_fini(struct words *w)
{
    for (size_t i = 0; i < w->list.len; i++)
        free(w->list.ptr[i]);
    VEC_FREE(&w->list);
}

static void split(struct words *w, const char *text, const char *at)
{
    while (*text) {
        size_t n = strcspn(text, at), skip = strspn(text, " \t\r");
        size_t len = n > skip ? n - skip : 0;
        while (len && strchr(" \t\r", text[skip + len - 1]))
            len--;
        if (len && text[skip] != '#')
            VEC_PUSH(&w->list, mem_strndup(text + skip, len));
        text += n + (text[n] != '\0');
    }
}

/* What one goal under one mode cost. */
static void take(struct stat_row *row, const struct event *ev)
{
    if (ev->type == EVENT_USAGE) {
        row->calls++;
        row->input += ev->usage.input;
        row->cached += ev->usage.cached;
        row->output += ev->usage.output;
        row->cost += ev->usage.cost;
        row->model_ms += ev->usage.total_ms;
        if (ev->usage.first_token_ms >= 0) {
            row->first_ms += ev->usage.first_token_ms;
            row->first_count++;
        }
    } else if (ev->type == EVENT_RESULT) {
        row->goals_done += ev->result.success;
        row->goals_failed += !ev->result.success;
        row->errors += strcmp(ev->result.status, "error") == 0;
    }
}

static bool finish(struct engine *g, struct stat_row *row, struct error *e)
{
    for (bool ended = false; !ended;) {
        struct event ev;
        while (engine_next(g, &ev)) {
            take(row, &ev);
            ended |= ev.type == EVENT_RESULT;
            if (ev.type == EVENT_ERROR && ev.error.fatal && e->code == ERR_NONE)
                error_set(e, ERR_CONFIG, "%s", ev.error.text);
            event_fini(&ev);
        }
        if (e->code != ERR_NONE || engine_done(g))
            return e->code == ERR_NONE;
        struct pollfd p = {.fd = engine_event_fd(g), .events = POLLIN};
        if (!ended && poll(&p, 1, -1) < 0 && errno != EINTR)
            return error_errno(e, errno, "poll");
    }
    return true;
}

/* Each goal in a new workspace: one run must not find another's work. */
static bool run_one(struct cli *c, const char *mode, const char *goal, struct stats *all,
                    struct error *e)
{
    const char *root = c->workspace ? c->workspace : ".";
    AUTO_FREE char *rel = workspaces_create(root, goal, "bench", e);
    if (!rel)
        return false;
    AUTO_FREE char *dir = mem_printf("%s/%s", root, rel);
    struct engine_opts o = cli_engine_opts(c);
    o.workspace = dir;
    o.mode = strcmp(mode, "none") == 0 ? NULL : mode;
    o.session = o.resume = NULL;
    struct engine *g = engine_new(&c->cfg, &o, e);
    if (!g)
        return false;
    AUTO_FREE char *name = mem_printf("%s@%s", c->cfg.model ? c->cfg.model : "model", mode);
    fprintf(stderr, "%-12s %.60s\n", mode, goal);
    engine_ask(g, REQUEST_SUBMIT, goal, NULL);
    bool ok = finish(g, stats_row(all, STAT_MODE, name), e);
    engine_free(g);
    return ok;
}

int cli_mode_bench(struct cli *c)
{
    AUTO(words) modes = {0}, goals = {0};
    AUTO(buf) text = {0}, out = {0};
    struct stats all = {0};
    struct error e = {0};
    if (!c->modes || !c->goals) {
        error_set(&e, ERR_USAGE,
                  "usage: mien behavior bench --modes A,B,none --goals FILE (a goal a line)");
        return cli_fail(&e);
    }
    if (!file_read(c->goals, &text, 1 << 20, &e))
        return cli_fail(&e);
    split(&modes, c->modes, ",");
    split(&goals, buf_cstr(&text), "\n");
    bool ok = true;
    /* A table that nobody will get is not worth the tokens of its rows. */
    for (size_t g = 0; ok && g < goals.list.len; g++)
        for (size_t m = 0; ok && m < modes.list.len && output_probe(); m++)
            ok = run_one(c, modes.list.ptr[m], goals.list.ptr[g], &all, &e);
    if (ok && c->csv)
        stats_csv(&all, "modes", &out);
    else if (ok)
        stats_modes(&all, &out);
    fputs(buf_cstr(&out), stdout);
    stats_fini(&all);
    return ok ? CLI_OK : cli_fail(&e);
}
