#include "eval/eval.h"

#include <string.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/table.h"

void eval_results_fini(struct eval_results *r)
{
    for (size_t i = 0; i < r->cells.len; i++)
        eval_cell_fini(&r->cells.ptr[i]);
    VEC_FREE(&r->cells);
}

/* Goals change slowest last: rows of the table fill at the same pace. */
static void lay_out(const struct eval *v, const struct eval_extra *extra, struct eval_results *r)
{
    for (size_t g = 0; g < v->goals.len; g++)
        for (int64_t run = 1; run <= v->runs; run++)
            for (size_t a = 0; a < v->agents.list.len; a++)
                for (size_t m = 0; m < v->models.list.len; m++)
                    for (size_t b = 0; b < v->modes.list.len; b++)
                        VEC_PUSH(&r->cells, ((struct eval_cell){.eval = v,
                                                                .extra = extra,
                                                                .goal = &v->goals.ptr[g],
                                                                .agent = v->agents.list.ptr[a],
                                                                .model = v->models.list.ptr[m],
                                                                .mode = v->modes.list.ptr[b],
                                                                .run = run}));
    for (size_t i = 0; i < r->cells.len; i++)
        eval_cell_init(&r->cells.ptr[i]);
}

bool eval_run(const struct eval *v, const struct eval_extra *extra,
              bool (*told)(const struct eval_cell *c), struct eval_results *r, struct error *e)
{
    *r = (struct eval_results){0};
    AUTO_FREE char *state = mem_printf("%s/state", v->results);
    if (!file_make_dirs(state, e))
        return false;
    struct loop *loop = loop_new(e);
    if (!loop)
        return false;
    lay_out(v, extra, r);
    VEC(struct eval_cell *) at_work = {0};
    bool go_on = true;
    for (size_t next = 0; go_on && (next < r->cells.len || at_work.len);) {
        while (next < r->cells.len && (int64_t)at_work.len < v->parallel) {
            struct eval_cell *c = &r->cells.ptr[next++];
            if (c->stored)
                continue;
            eval_cell_start(c, loop);
            VEC_PUSH(&at_work, c);
        }
        if (at_work.len)
            loop_step(loop, -1);
        for (size_t i = at_work.len; i-- > 0;)
            if (!eval_cell_step(at_work.ptr[i], loop)) {
                go_on = (!told || told(at_work.ptr[i])) && go_on;
                at_work.ptr[i] = at_work.ptr[--at_work.len];
            }
    }
    for (size_t i = 0; i < at_work.len; i++)
        eval_cell_fini(at_work.ptr[i]);
    VEC_FREE(&at_work);
    loop_free(loop);
    return true;
}

/* ---- the table ---- */

struct row {
    const struct eval_cell *first;
    int64_t tried, solved, false_ends, errors, wall_ms;
    struct stat_row cost;
};

static bool same_row(const struct eval_cell *a, const struct eval_cell *b)
{
    return strcmp(a->agent, b->agent) == 0 && strcmp(a->model, b->model) == 0 &&
           strcmp(a->mode, b->mode) == 0;
}

static void add(struct row *r, const struct eval_cell *c)
{
    r->tried++;
    r->solved += c->solved;
    r->false_ends += c->said_done && !c->solved;
    r->errors += c->tool_errors;
    r->wall_ms += c->wall_ms;
    r->cost.calls += c->cost.calls;
    r->cost.input += c->cost.input;
    r->cost.cached += c->cost.cached;
    r->cost.output += c->cost.output;
    r->cost.cost += c->cost.cost;
}

static void print_row(struct table *t, const struct row *r)
{
    const struct eval_cell *c = r->first;
    int64_t in = r->cost.input;
    table_cell(t, "%s", *c->agent ? c->agent : "default");
    table_cell(t, "%s", *c->model ? c->model : "default");
    table_cell(t, "%s", *c->mode ? c->mode : "default");
    table_cell(t, "%lld/%lld", (long long)r->solved, (long long)r->tried);
    table_cell(t, "%lld", (long long)r->false_ends);
    table_cell(t, "%lld", (long long)r->cost.calls);
    table_cell(t, "%lld", (long long)in);
    table_cell(t, "%lld%%", (long long)(in ? r->cost.cached * 100 / in : 0));
    table_cell(t, "%lld", (long long)r->cost.output);
    table_cell(t, "%lld", (long long)r->errors);
    table_cell(t, "%.1f", (double)r->wall_ms / 1000);
    table_cell(t, "%.4g", r->cost.cost);
}

void eval_table(const struct eval_results *r, struct buf *out)
{
    static const char *const heads[] = {"agent",    "model", "mode",   "solved", "false ends",
                                        "requests", "input", "cached", "output", "tool errors",
                                        "seconds",  "cost",  NULL};
    struct table t = {.heads = heads};
    VEC(struct row) rows = {0};
    for (size_t i = 0; i < r->cells.len; i++) {
        const struct eval_cell *c = &r->cells.ptr[i];
        size_t k = 0;
        while (k < rows.len && !same_row(rows.ptr[k].first, c))
            k++;
        if (k == rows.len)
            VEC_PUSH(&rows, (struct row){.first = c});
        add(&rows.ptr[k], c);
    }
    for (size_t k = 0; k < rows.len; k++)
        print_row(&t, &rows.ptr[k]);
    table_print(&t, out);
    table_fini(&t);
    VEC_FREE(&rows);
}

cJSON *eval_json(const struct eval_results *r)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < r->cells.len; i++)
        cJSON_AddItemToArray(list, eval_cell_json(&r->cells.ptr[i]));
    return list;
}
