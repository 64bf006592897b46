#include "engine/pipeline.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "llm/schema.h"
#include "llm/tokens.h"

#define SLOW_SLOT_US 100000

#define BEHAVIOR(name) extern const struct behavior behavior_##name;
#include "behaviors/behaviors.def"
#undef BEHAVIOR

const struct behavior *const behavior_types[] = {
#define BEHAVIOR(name) &behavior_##name,
#include "behaviors/behaviors.def"
#undef BEHAVIOR
};

static const struct opt no_params[] = {{0}};

size_t behavior_type_count(void)
{
    return COUNT_OF(behavior_types);
}

static bool type_has_alias(const struct behavior *b, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = b->aliases; p && *p;) {
        size_t n = strcspn(p, "|");
        if (n == len && strncmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

const struct behavior *behavior_find(const char *type)
{
    for (size_t i = 0; i < COUNT_OF(behavior_types); i++) {
        const struct behavior *b = behavior_types[i];
        if (strcmp(b->type, type) == 0 || strcmp(b->name, type) == 0 || type_has_alias(b, type))
            return b;
    }
    return NULL;
}

/* Every slot call goes through a pair of these. */
static int64_t slot_begin(struct pipeline *p, struct instance *i)
{
    p->running = i;
    return clock_us();
}

static void slot_end(struct pipeline *p, struct instance *i, int64_t since, const char *slot,
                     bool event)
{
    int64_t us = clock_us() - since;
    i->calls++;
    i->total_us += us;
    i->worst_us = MAX(i->worst_us, us);
    p->running = NULL;
    if (!event || us <= SLOW_SLOT_US || i->slow_told)
        return;
    char text[160];
    snprintf(text, sizeof text, "%s took %lld ms in %s; handlers must stay under 100 ms",
             i->type->type, (long long)(us / 1000), slot);
    i->slow_told = true;
    log_warn("pipeline", "%s", text);
    i->call.host->notice(i->call.agent, "warn", text);
}

static void instance_free(struct instance *i)
{
    if (i->started && i->type->fini)
        i->type->fini(&i->call);
    if (i->params)
        opt_clear(i->type->params ? i->type->params : no_params, i->params);
    free(i->params);
    free(i->state);
    free(i);
}

void pipeline_fini(struct pipeline *p)
{
    for (size_t i = 0; i < p->instances.len; i++)
        instance_free(p->instances.ptr[i]);
    for (size_t i = 0; i < p->schemas.len; i++)
        cJSON_Delete(p->schemas.ptr[i]);
    VEC_FREE(&p->instances);
    VEC_FREE(&p->offers);
    VEC_FREE(&p->owners);
    VEC_FREE(&p->tools);
    VEC_FREE(&p->schemas);
    *p = (struct pipeline){0};
}

int pipeline_find_tool(const struct pipeline *p, const char *name)
{
    for (size_t i = 0; i < p->offers.len; i++)
        if (strcmp(p->offers.ptr[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool pipeline_check_tools(const struct pipeline *p, const struct behavior *b,
                                 struct error *e)
{
    for (const struct tool *t = b->tools; t && t->name; t++) {
        int at = pipeline_find_tool(p, t->name);
        if (at >= 0)
            return error_set(e, ERR_CONFIG,
                             "the tool \"%s\" of %s is already provided by %s; load only one of "
                             "them",
                             t->name, b->type, p->owners.ptr[at]->type->type);
    }
    return true;
}

static bool pipeline_add_tools(struct pipeline *p, struct instance *i, struct error *e)
{
    for (const struct tool *t = i->type->tools; t && t->name; t++) {
        struct error here = {0};
        cJSON *schema = json_parse(t->schema, strlen(t->schema), &here);
        if (!schema)
            return error_set(e, ERR_INTERNAL, "the schema of %s (%s): %s", t->name, i->type->type,
                             here.text);
        VEC_PUSH(&p->offers, (struct llm_tool){t->name, t->description, t->schema});
        VEC_PUSH(&p->owners, i);
        VEC_PUSH(&p->tools, t);
        VEC_PUSH(&p->schemas, schema);
        i->schema_tokens += tokens_estimate(t->schema, strlen(t->schema)) +
                            tokens_estimate(t->description, strlen(t->description)) + 10;
    }
    return true;
}

static bool behavior_unknown(const char *type, struct error *e)
{
    const char *names[COUNT_OF(behavior_types)];
    AUTO(buf) all = {0};
    for (size_t i = 0; i < COUNT_OF(behavior_types); i++) {
        names[i] = behavior_types[i]->type;
        buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = opt_nearest(type, names, COUNT_OF(names));
    if (near)
        return error_set(e, ERR_CONFIG, "no behavior is called \"%s\"; did you mean \"%s\"?", type,
                         near);
    return error_set(e, ERR_CONFIG, "no behavior is called \"%s\"; there are: %s", type,
                     buf_cstr(&all));
}

bool pipeline_add(struct pipeline *p, const char *type, const struct yaml *defaults,
                  const struct yaml *params, const struct call *base, struct error *e)
{
    const struct behavior *b = behavior_find(type);
    if (!b)
        return behavior_unknown(type, e);
    for (size_t k = 0; k < p->instances.len; k++)
        if (p->instances.ptr[k]->type == b)
            return error_set(e, ERR_CONFIG, "%s is listed twice", b->type);
    if (!pipeline_check_tools(p, b, e))
        return false;
    const struct opt *rows = b->params ? b->params : no_params;
    struct instance *i = mem_alloc(sizeof *i);
    i->type = b;
    i->params = mem_alloc(b->params_size);
    i->state = mem_alloc(b->state_size);
    i->call = *base;
    i->call.params = i->params;
    i->call.state = i->state;
    opt_defaults(rows, i->params);
    bool ok = opt_overlay(rows, i->params, defaults, b->type, e) &&
              opt_overlay(rows, i->params, params, b->type, e);
    i->started = ok;
    ok = ok && (!b->init || b->init(&i->call, e));
    if (!ok) {
        instance_free(i);
        return false;
    }
    VEC_PUSH(&p->instances, i);
    return pipeline_add_tools(p, i, e);
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
            strcmp(entry->items[i]->key, "params") != 0) {
            yaml_error(entry->items[i], e,
                       "a behavior entry has \"type\" and \"params\", not \"%s\"",
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

/* behavior_defaults may use any accepted spelling of a type. */
static const struct yaml *defaults_for(const struct yaml *defaults, const char *type)
{
    const struct behavior *b = behavior_find(type);
    for (size_t i = 0; b && defaults && defaults->kind == YAML_MAP && i < defaults->count; i++)
        if (behavior_find(defaults->items[i]->key) == b)
            return defaults->items[i];
    return NULL;
}

static bool pipeline_check_defaults(const struct yaml *defaults, struct error *e)
{
    for (size_t i = 0; defaults && defaults->kind == YAML_MAP && i < defaults->count; i++) {
        struct error here = {0};
        if (!behavior_find(defaults->items[i]->key) &&
            !behavior_unknown(defaults->items[i]->key, &here))
            return yaml_error(defaults->items[i], e, "behavior_defaults: %s", here.text);
    }
    return true;
}

bool pipeline_load(struct pipeline *p, const struct yaml *list, const struct yaml *defaults,
                   const struct call *base, struct error *e)
{
    if (!pipeline_check_defaults(defaults, e))
        return false;
    for (size_t i = 0; list && i < list->count; i++) {
        const char *type;
        const struct yaml *params = entry_params(list->items[i], &type, e);
        if (!params)
            return false;
        struct error here = {0};
        if (pipeline_add(p, type, defaults_for(defaults, type), params, base, &here))
            continue;
        /* A parameter's error names its own line; the rest gets the entry's. */
        if (strstr(here.text, ".yaml:") || strstr(here.text, ".yml:"))
            return error_set(e, ERR_CONFIG, "%s", here.text);
        return yaml_error(list->items[i], e, "%s", here.text);
    }
    return true;
}

static cJSON *contract_broken(const struct instance *i, const char *tool, cJSON *result)
{
    cJSON_Delete(result);
    log_warn("pipeline", "%s: %s gave no JSON object", i->type->type, tool);
    return json_error("the tool %s of %s failed: it answered no JSON object", tool, i->type->type);
}

cJSON *pipeline_run_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args)
{
    struct instance *i = p->owners.ptr[tool];
    const struct tool *t = p->tools.ptr[tool];
    AUTO(buf) warnings = {0};
    struct error e = {0};
    i->tool_calls++;
    if (!schema_check(p->schemas.ptr[tool], args, &warnings, &e)) {
        i->tool_errors++;
        cJSON *bad = json_error("%s: %s", t->name, e.text);
        json_add(bad, "schema", cJSON_Duplicate(p->schemas.ptr[tool], true));
        return bad;
    }
    i->call.call_id = call_id;
    int64_t since = slot_begin(p, i);
    cJSON *result = t->handler(&i->call, args);
    slot_end(p, i, since, t->name, false);
    i->call.call_id = NULL;
    if (!cJSON_IsObject(result))
        result = contract_broken(i, t->name, result);
    if (warnings.len)
        json_add_str(result, "warnings", buf_cstr(&warnings));
    i->tool_errors += !json_bool(result, "success", true) || json_get(result, "error");
    return result;
}

#define EACH(p, slot, ...)                               \
    for (size_t k_ = 0; k_ < (p)->instances.len; k_++) { \
        struct instance *i_ = (p)->instances.ptr[k_];    \
        if (!i_->type->slot)                             \
            continue;                                    \
        int64_t since_ = slot_begin(p, i_);              \
        i_->type->slot(__VA_ARGS__);                     \
        slot_end(p, i_, since_, #slot, true);            \
    }

void pipeline_goal_start(struct pipeline *p)
{
    log_debug("event", "on_goal_start");
    EACH(p, on_goal_start, &i_->call);
}

void pipeline_tool_call(struct pipeline *p, const char *tool, const cJSON *args,
                        const cJSON *result)
{
    log_debug("event", "on_tool_call");
    EACH(p, on_tool_call, &i_->call, tool, args, result);
}

void pipeline_round_end(struct pipeline *p)
{
    log_debug("event", "on_round_end");
    EACH(p, on_round_end, &i_->call);
}

void pipeline_timeout(struct pipeline *p, double elapsed_s)
{
    log_debug("event", "on_timeout");
    EACH(p, on_timeout, &i_->call, elapsed_s);
}

void pipeline_goal_complete(struct pipeline *p, bool success, const char *status)
{
    log_debug("event", "on_goal_complete");
    EACH(p, on_goal_complete, &i_->call, success, status);
}

void pipeline_instructions(struct pipeline *p, struct buf *out)
{
    for (size_t k = 0; k < p->instances.len; k++) {
        struct instance *i = p->instances.ptr[k];
        if (!i->type->instructions)
            continue;
        size_t before = out->len;
        buf_adds(out, out->len ? "\n\n" : "");
        size_t start = out->len;
        int64_t since = slot_begin(p, i);
        i->type->instructions(&i->call, out);
        slot_end(p, i, since, "instructions", true);
        if (out->len == start)
            buf_cut(out, before);
        i->instruction_tokens =
            tokens_estimate(buf_cstr(out) + MIN(start, out->len), out->len - MIN(start, out->len));
    }
}

void pipeline_enhance(struct pipeline *p)
{
    for (size_t k = 0; k < p->instances.len; k++)
        p->instances.ptr[k]->context_tokens = 0;
    EACH(p, enhance_context, &i_->call);
}

void pipeline_update(struct pipeline *p, const char *goal, int64_t round)
{
    for (size_t k = 0; k < p->instances.len; k++) {
        p->instances.ptr[k]->call.goal = goal;
        p->instances.ptr[k]->call.round = round;
    }
}
