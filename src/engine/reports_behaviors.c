/* /behaviors and /tools: the stack, one of it, what it offers. */
#include <string.h>

#include "base/table.h"
#include "behavior/dispatch.h"
#include "behavior/type_files.h"
#include "engine/engine_priv.h"

static void report_params(const struct behavior *b, const void *params, struct buf *out)
{
    if (params && (b->flags & BEHAVIOR_FREE_PARAMS)) {
        const cJSON *p;
        cJSON_ArrayForEach(p, *(cJSON *const *)params)
        {
            AUTO_FREE char *v = json_print(p);
            buf_addf(out, "    %-22s %s\n", p->string, v);
        }
    }
    for (const struct opt *r = b->params; r && r->name; r++) {
        AUTO_FREE char *v = params ? opt_format(r, params) : mem_strdup(r->def ? r->def : "");
        buf_addf(out, "    %-22s %-10s %s\n", r->name, v, r->help ? r->help : "");
    }
}

static void report_slots(const struct instance *i, struct buf *out)
{
    buf_adds(out, "    called:");
    for (int k = 0; k < SLOT_COUNT; k++)
        if (i->slots[k])
            buf_addf(out, " %s %lld", slot_name(k), (long long)i->slots[k]);
    buf_adds(out, i->calls ? "\n" : " not yet\n");
}

static void report_tools_of(const struct engine *g, const struct instance *i, struct buf *out)
{
    for (size_t t = 0; t < i->tools.len; t++) {
        const struct offered *o = &i->tools.ptr[t];
        bool hidden = pipeline_hidden_tool(&g->pipeline, o->tool->name) != NULL;
        buf_addf(out, "    tool %-22s %lld calls, %lld errors, %lld ms%s%s\n", o->tool->name,
                 (long long)o->calls, (long long)o->errors, (long long)o->ms,
                 hidden ? "; not offered: goals end by " : "",
                 hidden ? pipeline_completion_tool(&g->pipeline) : "");
    }
}

static void report_instance(const struct engine *g, struct instance *i, size_t position,
                            struct buf *out)
{
    const struct behavior *b = i->type;
    buf_addf(out, "%zu. %s — %s%s\n", position, b->type, b->help,
             i->automatic ? " (added by itself)" : "");
    report_params(b, i->params, out);
    report_tools_of(g, i, out);
    report_slots(i, out);
    buf_addf(out,
             "    %.1f ms in all, worst %.1f ms; tokens a request: %lld instructions, %lld tools, "
             "%lld context; %lld in all\n",
             (double)i->total_us / 1000, (double)i->worst_us / 1000,
             (long long)i->instruction_tokens, (long long)i->schema_tokens,
             (long long)i->context_tokens, (long long)i->tokens_sent);
}

static void report_row(const struct instance *i, size_t position, struct table *t)
{
    int64_t calls = 0, errors = 0;
    for (size_t k = 0; k < i->tools.len; k++) {
        calls += i->tools.ptr[k].calls;
        errors += i->tools.ptr[k].errors;
    }
    table_cell(t, "%2zu %s", position, i->type->type);
    table_cell(t, "%zu", i->tools.len);
    table_cell(t, "%lld", (long long)calls);
    table_cell(t, "%lld", (long long)errors);
    table_cell(t, "%lld",
               (long long)(i->instruction_tokens + i->schema_tokens + i->context_tokens));
    table_cell(t, "%.1f", (double)i->total_us / 1000);
    table_cell(t, "%s", i->off ? i->off : "");
}

/* The stack at a glance: what each adds to a request, in tokens, and what it did. */
static void report_stack(const struct engine *g, struct buf *out)
{
    static const char *const heads[] = {" # behavior", "tools", "calls", "failed",
                                        "tokens",      "ms",    "off",   NULL};
    AUTO(table) t = {.heads = heads};
    for (size_t k = 0; k < g->pipeline.instances.len; k++)
        report_row(g->pipeline.instances.ptr[k], k + 1, &t);
    table_print(&t, out);
    buf_adds(out, "\nnot loaded:");
    for (size_t k = 0; k < behavior_type_count(); k++)
        if (!pipeline_find(&g->pipeline, behavior_types[k]->type))
            buf_addf(out, " %s", behavior_types[k]->type);
    AUTO(behavior_files) brought = {0};
    struct type_places places = engine_type_places(g);
    behavior_files_find(&brought, &places);
    for (size_t k = 0; k < brought.len; k++)
        if (!pipeline_find(&g->pipeline, brought.ptr[k].type))
            buf_addf(out, " %s", brought.ptr[k].type);
    buf_adds(out, "\n\n/behaviors TYPE tells all of one, /behaviors all of each\n");
}

bool report_behaviors(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    bool all = arg && strcmp(arg, "all") == 0;
    const struct behavior *only = arg && *arg && !all ? behavior_find(arg) : NULL;
    if (arg && *arg && !all && !only)
        return error_set(e, ERR_NOT_FOUND, "no behavior is called \"%s\"; /behaviors lists them",
                         arg);
    if (!all && !only) {
        report_stack(g, out);
        return true;
    }
    for (size_t k = 0; k < g->pipeline.instances.len; k++)
        if (all || g->pipeline.instances.ptr[k]->type == only)
            report_instance(g, g->pipeline.instances.ptr[k], k + 1, out);
    if (only && !pipeline_find(&g->pipeline, only->type)) {
        buf_addf(out, "%s — %s (not in this agent)\n", only->type, only->help);
        report_params(only, NULL, out);
    }
    return true;
}

static bool report_tool(const struct engine *g, const char *name, struct buf *out, struct error *e)
{
    int i = pipeline_find_tool(&g->pipeline, name);
    if (i < 0)
        return error_set(e, ERR_NOT_FOUND, "no tool is called \"%s\"; /tools lists them", name);
    const struct offered *o = g->pipeline.tools.ptr[i];
    AUTO_FREE char *schema = json_print_lines(o->schema);
    buf_addf(out, "%s of %s\n\n%s\n\n%s\n", o->tool->name, o->owner->type->type,
             o->tool->description, schema);
    return true;
}

/* Not offered: what was switched off, and what the model knows by name alone. */
static void report_off(const struct engine *g, struct buf *out)
{
    for (size_t k = 0; k < g->pipeline.instances.len; k++) {
        const struct instance *i = g->pipeline.instances.ptr[k];
        for (size_t n = 0; n < i->tools.len; n++) {
            const char *name = i->tools.ptr[n].tool->name;
            if (pipeline_tool_is_off(&g->pipeline, name))
                buf_addf(out, "%s of %s: off\n", name, i->type->type);
            else if (i->deferred && !i->loaded)
                buf_addf(out, "%s of %s: deferred, named alone\n", name, i->type->type);
        }
    }
}

bool report_tools(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    if (arg && *arg)
        return report_tool(g, arg, out, e);
    static const char *const heads[] = {"tool", "of", "tokens", "calls", NULL};
    AUTO(table) t = {.heads = heads};
    for (size_t i = 0; i < g->pipeline.offers.len; i++) {
        const struct offered *o = g->pipeline.tools.ptr[i];
        table_cell(&t, "%s", o->tool->name);
        table_cell(&t, "%s", o->owner->type->type);
        table_cell(&t, "%lld", (long long)pipeline_tool_tokens(o->tool));
        table_cell(&t, "%lld", (long long)o->calls);
    }
    table_print(&t, out);
    report_off(g, out);
    buf_adds(out, "\n/tools NAME shows one as the model sees it; /tools off NAME takes one away\n");
    return true;
}
