/* mien behavior stats and bench: modes compared, from what was stored or by running goals. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "eval/eval.h"
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
    output_text(stdout, "%s", buf_cstr(&out));
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

static bool tell(const struct eval_cell *c)
{
    output_text(stderr, "%-12s %.60s\n", c->mode, c->goal->goal);
    AUTO_FREE char *note = sanitize_text(c->note ? c->note : "", SANITIZE_ONE_LINE);
    if (!c->stored)
        output_text(stderr, "  %s: %s\n", c->status, note);
    return output_probe(); /* a table that nobody will get is not worth the tokens of its rows */
}

/* Goals without a check: what a model says of itself is all that is counted. */
static bool make_eval(struct cli *c, struct eval *v, struct error *e)
{
    AUTO(words) modes = {0}, goals = {0};
    AUTO(buf) text = {0};
    if (!file_read(c->goals, &text, 1 << 20, e))
        return false;
    split(&modes, c->modes, ",");
    split(&goals, buf_cstr(&text), "\n");
    *v = (struct eval){.runs = 1, .parallel = 1};
    for (size_t i = 0; i < modes.list.len; i++)
        eval_names_add(&v->modes, modes.list.ptr[i]);
    for (size_t i = 0; i < goals.list.len; i++)
        VEC_PUSH(&v->goals,
                 ((struct eval_goal){.name = mem_printf("%zu", i + 1),
                                     .goal = mem_strdup(goals.list.ptr[i]),
                                     .timeout_s = c->timeout >= 0 ? c->timeout : EVAL_TIMEOUT_S}));
    eval_names_add(&v->agents, c->agent ? c->agent : "");
    eval_names_add(&v->models, c->cfg.model ? c->cfg.model : "");
    AUTO_FREE char *name = mem_printf("bench/%lld", (long long)clock_wall_ms());
    AUTO_FREE char *here = getcwd(NULL, 0);
    bool relative = c->results && *c->results != '/';
    v->results = !c->results        ? file_state_path(name)
                 : relative && here ? mem_printf("%s/%s", here, c->results)
                                    : mem_strdup(c->results);
    return !c->machines || eval_load_machines(v, c->machines, e);
}

static void count(const struct eval_results *r, struct stats *all)
{
    for (size_t i = 0; i < r->cells.len; i++) {
        const struct eval_cell *c = &r->cells.ptr[i];
        AUTO_FREE char *name = mem_printf("%s@%s", *c->model ? c->model : "model", c->mode);
        struct stat_row *row = stats_row(all, STAT_MODE, name);
        row->calls += c->cost.calls;
        row->input += c->cost.input;
        row->cached += c->cost.cached;
        row->output += c->cost.output;
        row->cost += c->cost.cost;
        row->first_ms += c->cost.first_ms;
        row->first_count += c->cost.first_count;
        row->model_ms += c->cost.model_ms;
        row->goals_done += c->solved;
        row->goals_failed += !c->solved;
        row->errors += strcmp(c->status, "error") == 0;
    }
}

int cli_mode_bench(struct cli *c)
{
    AUTO(buf) out = {0};
    struct eval v = {0};
    struct eval_results r = {0};
    struct stats all = {0};
    struct error e = {0};
    if (!c->modes || !c->goals)
        return cli_usage("behavior bench --modes A,B,none --goals FILE (a goal a line)");
    const char *words[] = {c->config ? "--config" : NULL, c->config, c->models ? "--models" : NULL,
                           c->models, NULL};
    const char *const *extra = c->config ? words : words + 2;
    bool ok = make_eval(c, &v, &e) && eval_run(&v, &(struct eval_extra){extra}, tell, &r, &e);
    if (ok) {
        count(&r, &all);
        if (c->csv)
            stats_csv(&all, "modes", &out);
        else
            stats_modes(&all, &out);
        output_text(stdout, "%s", buf_cstr(&out));
    }
    stats_fini(&all);
    eval_results_fini(&r);
    eval_fini(&v);
    return ok ? CLI_OK : cli_fail(&e);
}
