#include "behavior/pipeline.h"

#include <assert.h>
#include <fnmatch.h>
#include <string.h>

#include "behavior/dispatch.h"
#include "behavior/schema.h"
#include "llm/tokens.h"

static const struct opt no_params[] = {{0}};

/* ---- parameters: rows, or one object of whatever was given ---- */

static const struct opt *params_rows(const struct behavior *b)
{
    return b->params ? b->params : no_params;
}

static void params_defaults(const struct behavior *b, void *into)
{
    if (b->flags & BEHAVIOR_FREE_PARAMS)
        *(cJSON **)into = cJSON_CreateObject();
    else
        opt_defaults(params_rows(b), into);
}

static bool params_overlay(const struct behavior *b, void *into, const struct yaml *map,
                           struct error *e)
{
    if (!(b->flags & BEHAVIOR_FREE_PARAMS))
        return opt_overlay(params_rows(b), into, map, b->type, e);
    if (!map || yaml_is_null(map))
        return true;
    if (map->kind != YAML_MAP)
        return yaml_error(map, e, "%s: expected \"name: value\" pairs here", b->type);
    cJSON *all = *(cJSON **)into;
    for (size_t i = 0; i < map->count; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(all, map->items[i]->key);
        json_add(all, map->items[i]->key, yaml_to_json(map->items[i]));
    }
    return true;
}

static void params_clear(const struct behavior *b, void *in)
{
    if (b->flags & BEHAVIOR_FREE_PARAMS)
        cJSON_Delete(*(cJSON **)in);
    else
        opt_clear(params_rows(b), in);
}

static void instance_free(struct pipeline *p, struct instance *i)
{
    struct slot_call last = {.i = i, .slot = SLOT_FINI};
    if (i->started)
        (void)slot_run(p, &last); /* it is gone either way */
    for (size_t t = 0; t < i->tools.len; t++)
        cJSON_Delete(i->tools.ptr[t].schema);
    VEC_FREE(&i->tools);
    if (i->params)
        params_clear(i->type, i->params);
    free(i->params);
    free(i->state);
    free(i->off);
    free(i);
}

void pipeline_fini(struct pipeline *p)
{
    for (size_t i = 0; i < p->instances.len; i++)
        instance_free(p, p->instances.ptr[i]);
    VEC_FREE(&p->instances);
    VEC_FREE(&p->offers);
    VEC_FREE(&p->tools);
    *p = (struct pipeline){0};
}

int pipeline_find_tool(const struct pipeline *p, const char *name)
{
    for (size_t i = 0; i < p->tools.len; i++)
        if (strcmp(p->tools.ptr[i]->tool->name, name) == 0)
            return tool_choice_allows(p->choice, p->tools.ptr[i]->tool) ? (int)i : -1;
    return -1;
}

/* ---- which tools are offered ---- */

static bool instance_has(const struct instance *i, unsigned flags, unsigned without)
{
    for (size_t t = 0; t < i->tools.len; t++) {
        unsigned have = i->tools.ptr[t].tool->flags;
        if ((have & flags) == flags && !(have & without))
            return true;
    }
    return false;
}

static struct instance *first_with(const struct pipeline *p, unsigned flags, unsigned without)
{
    for (size_t k = 0; k < p->instances.len; k++)
        if (instance_has(p->instances.ptr[k], flags, without))
            return p->instances.ptr[k];
    return NULL;
}

/* One vocabulary ends a goal: two of them confuse a model. */
static struct instance *completion_owner(const struct pipeline *p)
{
    struct instance *frame = first_with(p, TOOL_ENDS_GOAL | TOOL_DELEGATED, 0);
    struct instance *step = first_with(p, TOOL_ENDS_STEP, 0);
    struct instance *goal = first_with(p, TOOL_ENDS_GOAL, TOOL_DELEGATED);
    if (p->delegated && frame)
        return frame;
    return step ? step : goal ? goal : frame;
}

static bool tool_is_hidden(const struct pipeline *p, const struct offered *o)
{
    return (o->tool->flags & TOOL_ENDS_GOAL) && o->owner != p->completion;
}

int64_t pipeline_tool_tokens(const struct tool *t)
{
    return tokens_estimate(t->schema, strlen(t->schema)) +
           tokens_estimate(t->description, strlen(t->description)) + 10;
}

bool pipeline_suits(const struct pipeline *p, const struct tool *t)
{
    const char *edit = p->edit ? p->edit : "edit_file";
    if ((t->flags & TOOL_EDITS) && strcmp(t->name, edit) != 0)
        return false;
    if ((t->flags & TOOL_SEES) && !p->sees)
        return false;
    return !(t->flags & TOOL_ASKS) || !p->unanswered;
}

/* In this order they are offered: a deferred one comes behind the others, and may be called even
 * before it is. */
enum shelf { SHELF_FIRST, SHELF_LOADED, SHELF_SILENT, SHELVES };

static enum shelf tool_shelf(const struct pipeline *p, const struct offered *o)
{
    if (!pipeline_suits(p, o->tool))
        return SHELF_SILENT;
    if (!o->owner->deferred)
        return SHELF_FIRST;
    return o->owner->loaded || tool_choice_names(p->choice, o->tool) ? SHELF_LOADED : SHELF_SILENT;
}

static void fill_shelf(struct pipeline *p, enum shelf shelf)
{
    for (size_t k = 0; k < p->instances.len; k++) {
        struct instance *i = p->instances.ptr[k];
        for (size_t t = 0; t < i->tools.len; t++) {
            struct offered *o = &i->tools.ptr[t];
            if (tool_is_hidden(p, o) || tool_shelf(p, o) != shelf ||
                !tool_choice_allows(p->choice, o->tool))
                continue;
            VEC_PUSH(&p->tools, o);
            if (shelf == SHELF_SILENT)
                continue;
            VEC_PUSH(&p->offers,
                     (struct llm_tool){o->tool->name, o->tool->description, o->tool->schema});
            i->schema_tokens += pipeline_tool_tokens(o->tool);
        }
    }
}

void pipeline_refresh(struct pipeline *p)
{
    p->offers.len = p->tools.len = 0;
    p->completion = completion_owner(p);
    p->chosen = p->choice ? p->choice->changes : 0;
    for (size_t k = 0; k < p->instances.len; k++)
        p->instances.ptr[k]->schema_tokens = 0;
    for (enum shelf s = SHELF_FIRST; s < SHELVES; s++)
        fill_shelf(p, s);
}

bool pipeline_suit_model(struct pipeline *p, const char *edit, bool sees)
{
    const char *before = p->edit ? p->edit : "edit_file", *now = edit ? edit : "edit_file";
    bool changed = strcmp(before, now) != 0 || p->sees != sees;
    p->edit = edit;
    p->sees = sees;
    if (changed)
        pipeline_refresh(p);
    return changed;
}

void pipeline_defer(struct pipeline *p, struct instance *i)
{
    i->deferred = true;
    pipeline_refresh(p);
}

const char *pipeline_completion_tool(const struct pipeline *p)
{
    const struct instance *i = p->completion;
    for (size_t t = 0; i && t < i->tools.len; t++)
        if (i->tools.ptr[t].tool->flags & (TOOL_ENDS_GOAL | TOOL_ENDS_STEP))
            return i->tools.ptr[t].tool->name;
    return NULL;
}

void pipeline_failure_words(const struct pipeline *p, struct buf *out)
{
    const struct instance *i = p->completion;
    for (size_t t = 0; i && t < i->tools.len; t++)
        if (i->tools.ptr[t].tool->flags & TOOL_FAILS) {
            buf_addf(out, "call %s and say why", i->tools.ptr[t].tool->name);
            return;
        }
    const char *tool = pipeline_completion_tool(p);
    if (tool)
        buf_addf(out, "call %s with success=false and say why", tool);
    else
        buf_adds(out, "say plainly that you are, and why");
}

static const struct offered *pipeline_any_tool(const struct pipeline *p, const char *name)
{
    for (size_t k = 0; k < p->instances.len; k++)
        for (size_t t = 0; t < p->instances.ptr[k]->tools.len; t++)
            if (strcmp(p->instances.ptr[k]->tools.ptr[t].tool->name, name) == 0)
                return &p->instances.ptr[k]->tools.ptr[t];
    return NULL;
}

const struct instance *pipeline_hidden_tool(const struct pipeline *p, const char *name)
{
    const struct offered *o = pipeline_any_tool(p, name);
    return o && tool_is_hidden(p, o) ? o->owner : NULL;
}

bool pipeline_tool_is_off(const struct pipeline *p, const char *name)
{
    const struct offered *o = pipeline_any_tool(p, name);
    return o && !tool_choice_allows(p->choice, o->tool);
}

bool pipeline_tool_fits(const struct pipeline *p, const char *pattern)
{
    for (size_t k = 0; k < p->instances.len; k++)
        for (size_t t = 0; t < p->instances.ptr[k]->tools.len; t++)
            if (fnmatch(pattern, p->instances.ptr[k]->tools.ptr[t].tool->name, 0) == 0)
                return true;
    return false;
}

static bool instance_lists(const struct instance *i, const char *name)
{
    for (size_t t = 0; t < i->tools.len; t++)
        if (strcmp(i->tools.ptr[t].tool->name, name) == 0)
            return true;
    return false;
}

/* Its row asks for a value of a parameter, "NAME=VALUE". */
static bool is_wanted(const struct instance *i, const struct tool *t)
{
    size_t n = t->when ? strcspn(t->when, "=") : 0;
    const struct opt *row = i->type->params;
    while (n && row && row->name && (strncmp(row->name, t->when, n) != 0 || row->name[n]))
        row++;
    if (!n)
        return true;
    assert(row && row->name && (row->type == OPT_ENUM || row->type == OPT_BOOL));
    const char *at = (const char *)i->params + row->offset;
    const char *value = row->type == OPT_ENUM ? *(char *const *)at
                        : *(const bool *)at   ? "true"
                                              : "false";
    return value && strcmp(value, t->when + n + 1) == 0;
}

static bool instance_add_tools(const struct pipeline *p, struct instance *i,
                               const struct tool *tools, struct error *e)
{
    for (const struct tool *t = tools; t && t->name; t++) {
        struct error here = {0};
        if (!is_wanted(i, t))
            continue;
        if (instance_lists(i, t->name)) /* a provider refuses every request with both */
            return error_set(e, ERR_CONFIG, "%s lists the tool \"%s\" twice", i->type->type,
                             t->name);
        const struct offered *have = pipeline_any_tool(p, t->name);
        if (have)
            return error_set(e, ERR_CONFIG,
                             "the tool \"%s\" of %s is already provided by %s; load only one of "
                             "them",
                             t->name, i->type->type, have->owner->type->type);
        const char *rules = t->accepts ? t->accepts : t->schema;
        cJSON *schema = json_parse(rules, strlen(rules), &here);
        if (!schema)
            return error_set(e, ERR_CONFIG, "the schema of %s (%s): %s", t->name, i->type->type,
                             here.text);
        VEC_PUSH(&i->tools, (struct offered){.tool = t, .schema = schema, .owner = i});
    }
    return true;
}

static bool instance_make_tools(struct pipeline *p, struct instance *i, struct error *e)
{
    if (!instance_add_tools(p, i, i->type->tools, e))
        return false;
    if (!i->type->make_tools)
        return true;
    struct error here = {0};
    struct slot_call s = {.i = i, .slot = SLOT_MAKE_TOOLS, .e = &here};
    if (!slot_run(p, &s))
        return error_set(e, ERR_CONFIG, "%s is off: %s", i->type->type, i->off);
    if (here.code != ERR_NONE)
        return error_set(e, here.code, "%s: %s", i->type->type, here.text);
    return instance_add_tools(p, i, s.made, e);
}

void pipeline_remake(struct pipeline *p, struct instance *i, struct error *e)
{
    for (size_t t = 0; t < i->tools.len; t++)
        cJSON_Delete(i->tools.ptr[t].schema);
    i->tools.len = 0;
    (void)instance_make_tools(p, i, e); /* what could be taken is offered */
    pipeline_refresh(p);
}

/* ---- composition ---- */

/* behavior_defaults may use any accepted spelling of a type. */
static const struct yaml *defaults_for(const struct yaml *defaults, const struct behavior *b)
{
    for (size_t i = 0; defaults && defaults->kind == YAML_MAP && i < defaults->count; i++)
        if (behavior_find(defaults->items[i]->key) == b)
            return defaults->items[i];
    return NULL;
}

static bool instance_init(struct pipeline *p, struct instance *i, struct error *e)
{
    struct slot_call s = {.i = i, .slot = SLOT_INIT, .e = e};
    if (!slot_run(p, &s))
        return error_set(e, ERR_CONFIG, "%s cannot be used: %s", i->type->type, i->off);
    return s.ok;
}

bool pipeline_add(struct pipeline *p, const char *type, const struct behavior_layers *layers,
                  const struct yaml *params, const struct call *base, struct error *e)
{
    const struct behavior *b = behavior_resolve(type, layers ? &layers->places : NULL, e);
    if (!b)
        return false;
    for (size_t k = 0; k < p->instances.len; k++)
        if (p->instances.ptr[k]->type == b && !(b->flags & BEHAVIOR_MANY))
            return error_set(e, ERR_CONFIG, "%s is listed twice", b->type);
    struct instance *i = mem_alloc(sizeof *i);
    i->type = b;
    i->code = behavior_code(b);
    i->python = p->python;
    i->params = mem_alloc(b->params_size);
    i->state = mem_alloc(b->state_size);
    i->call = *base;
    i->call.self = b;
    i->call.params = i->params;
    i->call.state = i->state;
    params_defaults(b, i->params);
    const struct yaml *settings = layers ? defaults_for(layers->settings, b) : NULL;
    const struct yaml *defaults = layers ? defaults_for(layers->defaults, b) : NULL;
    bool ok = params_overlay(b, i->params, settings, e) &&
              params_overlay(b, i->params, defaults, e) && params_overlay(b, i->params, params, e);
    i->started = ok;
    ok = ok && instance_init(p, i, e) && instance_make_tools(p, i, e);
    if (!ok) {
        instance_free(p, i);
        return false;
    }
    VEC_PUSH(&p->instances, i);
    pipeline_refresh(p);
    return true;
}

struct instance *pipeline_find(const struct pipeline *p, const char *type)
{
    const struct behavior *b = behavior_find(type);
    for (size_t k = 0; b && k < p->instances.len; k++)
        if (p->instances.ptr[k]->type == b)
            return p->instances.ptr[k];
    return NULL;
}

static size_t pipeline_index(const struct pipeline *p, const struct instance *i)
{
    size_t at = 0;
    while (at < p->instances.len && p->instances.ptr[at] != i)
        at++;
    return at;
}

void pipeline_drop(struct pipeline *p, struct instance *i)
{
    size_t at = pipeline_index(p, i);
    assert(at < p->instances.len && p->running != i);
    memmove(&p->instances.ptr[at], &p->instances.ptr[at + 1], (--p->instances.len - at) * sizeof i);
    pipeline_refresh(p);
    instance_free(p, i);
}

bool pipeline_remove(struct pipeline *p, const char *type)
{
    struct instance *i = pipeline_find(p, type);
    if (i)
        pipeline_drop(p, i);
    return i != NULL;
}

bool pipeline_move(struct pipeline *p, const char *type, size_t to)
{
    struct instance *i = pipeline_find(p, type);
    if (!i)
        return false;
    size_t at = pipeline_index(p, i);
    to = MIN(to, p->instances.len - 1);
    struct instance **v = p->instances.ptr;
    if (to < at)
        memmove(v + to + 1, v + to, (at - to) * sizeof *v);
    else
        memmove(v + at, v + at + 1, (to - at) * sizeof *v);
    v[to] = i;
    pipeline_refresh(p);
    return true;
}

static const struct yaml *entry_params(const struct yaml *entry, const char **type, struct error *e)
{
    static const struct yaml none = {.kind = YAML_MAP};
    *type = NULL;
    if (entry->kind == YAML_SCALAR) {
        *type = entry->value;
        return &none;
    }
    if (entry->kind != YAML_MAP) {
        yaml_error(entry, e, "a behavior is \"- type: NAME\" with optional params:");
        return NULL;
    }
    for (size_t i = 0; i < entry->count; i++)
        if (strcmp(entry->items[i]->key, "type") != 0 &&
            strcmp(entry->items[i]->key, "deferred") != 0 &&
            strcmp(entry->items[i]->key, "params") != 0) {
            yaml_error(entry->items[i], e,
                       "a behavior entry has \"type\", \"params\" and \"deferred\", not \"%s\"",
                       entry->items[i]->key);
            return NULL;
        }
    *type = yaml_str(entry, "type", NULL);
    if (!*type) {
        yaml_error(entry, e, "this behavior has no type:");
        return NULL;
    }
    const struct yaml *params = yaml_get(entry, "params");
    return yaml_is_null(params) ? &none : params;
}

static bool pipeline_check_defaults(const struct behavior_layers *l, struct error *e)
{
    const struct yaml *d = l->defaults;
    for (size_t i = 0; d && d->kind == YAML_MAP && i < d->count; i++) {
        struct error here = {0};
        if (!behavior_resolve(d->items[i]->key, &l->places, &here))
            return yaml_error(d->items[i], e, "behavior_defaults: %s", here.text);
    }
    return true;
}

bool pipeline_load(struct pipeline *p, const struct yaml *list,
                   const struct behavior_layers *layers, const struct call *base, struct error *e)
{
    if (layers && !pipeline_check_defaults(layers, e))
        return false;
    for (size_t i = 0; list && i < list->count; i++) {
        const char *type;
        const struct yaml *params = entry_params(list->items[i], &type, e);
        if (!params)
            return false;
        struct error here = {0};
        bool deferred = false;
        const struct yaml *later = yaml_get(list->items[i], "deferred");
        if (!yaml_is_null(later) && !yaml_as_bool(later, &deferred))
            return yaml_error(later, e, "deferred must be true or false");
        if (pipeline_add(p, type, layers, params, base, &here)) {
            if (deferred)
                pipeline_defer(p, p->instances.ptr[p->instances.len - 1]);
            continue;
        }
        /* A parameter's error names its own line; the rest gets the entry's. */
        if (strstr(here.text, ".yaml:") || strstr(here.text, ".yml:"))
            return error_set(e, ERR_CONFIG, "%s", here.text);
        return yaml_error(list->items[i], e, "%s", here.text);
    }
    return true;
}
