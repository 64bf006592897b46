/* Changing the stack of behaviors while it runs: what it will cost is said before it is done. */
#include <stdlib.h>
#include <string.h>

#include "behavior/pipeline_run.h"
#include "behavior/type_files.h"
#include "engine/engine_priv.h"

/* "a=1 b=[x, y]" as a YAML map. Values may hold spaces inside brackets or quotes. */
static struct yaml *parse_params(const char *text, struct error *e)
{
    AUTO(buf) yaml = {0};
    int depth = 0;
    char quote = '\0';
    for (const char *p = text; *p; p++) {
        if (quote)
            quote = *p == quote ? '\0' : quote;
        else if (*p == '"' || *p == '\'')
            quote = *p;
        else
            depth += (*p == '[' || *p == '{') - (*p == ']' || *p == '}');
        if (*p == '=' && depth == 0 && !quote)
            buf_adds(&yaml, ": ");
        else
            buf_addc(&yaml, *p == ' ' && depth == 0 && !quote ? '\n' : *p);
    }
    return yaml_parse(buf_cstr(&yaml), yaml.len, "/behaviors", e);
}

/* The user decides after reading the price; without one it is only told. */
static bool agreed(struct engine *g, const char *what, int64_t tokens)
{
    int64_t whole = context_sum(&g->context);
    AUTO_FREE char *title = mem_printf("%s: %+lld tokens a request", what, (long long)tokens);
    AUTO_FREE char *detail =
        mem_printf("The request's beginning changes, so about %lld tokens are sent uncached once.",
                   (long long)MAX(whole + tokens, 0));
    if (!g->permit.ask.possible) {
        outbox_notice(&g->out, "info", "engine", "%s. %s", title, detail);
        return true;
    }
    struct ask q = {.kind = "confirm", .title = title, .detail = detail};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, NULL);
    return strcmp(key, "y") == 0;
}

static void changed(struct engine *g, const char *what)
{
    context_break(&g->context, "the behaviors changed");
    outbox_ledger(&g->out, "BEHAVIORS", what);
    outbox_notice(&g->out, "info", "engine", "%s", what);
    engine_emit_catalogs(g);
}

static bool add(struct engine *g, const char *type, const char *rest, struct error *e)
{
    struct call base = engine_call_base(g);
    AUTO_YAML *settings = engine_behavior_settings(g->cfg);
    struct behavior_layers layers = {settings, g->cfg->behavior_defaults, engine_type_places(g)};
    AUTO_YAML *params = parse_params(rest, e);
    type = behavior_named(type, e);
    if (!type || !params || !pipeline_add(&g->pipeline, type, &layers, params, &base, e))
        return false;
    struct instance *i = g->pipeline.instances.ptr[g->pipeline.instances.len - 1];
    AUTO_FREE char *what = mem_printf("add %s", i->type->type);
    if (agreed(g, what, pipeline_tokens(&g->pipeline, i)))
        changed(g, what);
    else
        pipeline_drop(&g->pipeline, i); /* this one, where there are several of its type */
    return true;
}

static bool loaded(const struct engine *g, const char *type, struct instance **i, struct error *e)
{
    *i = pipeline_find(&g->pipeline, type);
    if (*i)
        return true;
    return error_set(e, ERR_NOT_FOUND, "%s is not loaded; /behaviors lists what is", type);
}

static bool take_out(struct engine *g, const char *type, struct error *e)
{
    struct instance *i;
    if (!loaded(g, type, &i, e))
        return false;
    AUTO_FREE char *what = mem_printf("remove %s", i->type->type);
    if (agreed(g, what, -pipeline_tokens(&g->pipeline, i)) && pipeline_remove(&g->pipeline, type))
        changed(g, what);
    return true;
}

static bool move(struct engine *g, const char *type, const char *rest, struct error *e)
{
    struct instance *i;
    char *end;
    long to = strtol(rest, &end, 10);
    if (!loaded(g, type, &i, e))
        return false;
    if (end == rest || *end || to < 1)
        return error_set(e, ERR_USAGE, "move %s where? /behaviors move TYPE POSITION, 1 is first",
                         type);
    AUTO_FREE char *what = mem_printf("move %s to %ld", i->type->type, to);
    if (agreed(g, what, 0) && pipeline_move(&g->pipeline, type, (size_t)to - 1))
        changed(g, what);
    return true;
}

bool engine_compose(struct engine *g, const char *op, const char *text, struct error *e)
{
    size_t n = strcspn(text, " \t");
    AUTO_FREE char *type = mem_strndup(text, n);
    const char *rest = text + n + strspn(text + n, " \t");
    if (!*type)
        return error_set(e, ERR_USAGE, "/behaviors %s TYPE: which one?", op);
    if (strcmp(op, "add") == 0)
        return add(g, type, rest, e);
    if (strcmp(op, "remove") == 0)
        return take_out(g, type, e);
    if (strcmp(op, "move") == 0)
        return move(g, type, rest, e);
    return error_set(e, ERR_USAGE, "/behaviors add, remove or move, not \"%s\"", op);
}

bool engine_switch_tool(struct engine *g, const char *op, const char *tool, struct error *e)
{
    bool on = strcmp(op, "on") == 0;
    if (!on && strcmp(op, "off") != 0)
        return error_set(e, ERR_USAGE, "/tools on NAME or off NAME, not \"%s\"", op);
    if (!pipeline_tool_fits(&g->pipeline, tool))
        return error_set(e, ERR_NOT_FOUND, "no tool is called \"%s\"; /tools lists them", tool);
    tool_choice_switch(&g->choice, tool, on);
    const struct instance *owner = pipeline_hidden_tool(&g->pipeline, tool);
    if (!on && !owner && pipeline_find_tool(&g->pipeline, tool) >= 0)
        return error_set(e, ERR_DENIED, "%s stays: goals and steps end by it", tool);
    AUTO_FREE char *what =
        mem_printf("%s is %s from the next request on", tool, on ? "offered" : "off");
    context_break(&g->context, "the user switched a tool on or off");
    outbox_ledger(&g->out, "TOOLS", what);
    outbox_notice(&g->out, "info", "engine", "%s", what);
    return true;
}
