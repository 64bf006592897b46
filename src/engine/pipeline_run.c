/* Calling the slots of behaviors: timed, counted, attributed; nowhere else. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/pipeline.h"
#include "llm/schema.h"
#include "llm/tokens.h"

#define SLOW_SLOT_US 100000
#define RESULT_MAX (4 << 20) /* bytes of text in one answer: a model would drown in more */

const char *const pipeline_slot_names[SLOT_COUNT] = {
    "instructions", "enhance_context",  "on_goal_start", "on_tool_call", "on_round_end",
    "on_timeout",   "on_goal_complete", "status",        "tools"};

/* Every slot call goes through a pair of these. They nest: while one waits for the model, a
 * person may ask for another's status. */
struct visit {
    int64_t since, waited;
    struct instance *before;
};

static struct visit slot_begin(struct pipeline *p, struct instance *i)
{
    struct visit v = {clock_us(), p->waited_us, p->running};
    p->running = i;
    return v;
}

static void slot_end(struct pipeline *p, struct instance *i, struct visit v, enum slot slot)
{
    bool event = slot != SLOT_TOOLS && slot != SLOT_STATUS;
    int64_t us = clock_us() - v.since - (p->waited_us - v.waited);
    i->calls++;
    i->slots[slot]++;
    i->total_us += us;
    i->worst_us = MAX(i->worst_us, us);
    p->running = v.before;
    if (!event || us <= SLOW_SLOT_US || i->slow_told)
        return;
    char text[160];
    snprintf(text, sizeof text, "%s took %lld ms in %s; handlers must stay under 100 ms",
             i->type->type, (long long)(us / 1000), pipeline_slot_names[slot]);
    i->slow_told = true;
    log_warn("pipeline", "%s", text);
    i->call.host->notice(i->call.agent, "warn", text);
}

static cJSON *contract_broken(const struct instance *i, const char *tool, cJSON *result)
{
    cJSON_Delete(result);
    log_warn("pipeline", "%s: %s gave no JSON object", i->type->type, tool);
    return json_error("the tool %s of %s failed: it answered no JSON object", tool, i->type->type);
}

/* Bytes of text in a value, counted no further than `most`. */
static size_t text_bytes(const cJSON *v, size_t most)
{
    size_t n = cJSON_IsString(v) ? strlen(v->valuestring) : 8;
    for (const cJSON *m = v->child; m && n <= most; m = m->next)
        n += text_bytes(m, most - n) + (m->string ? strlen(m->string) : 0);
    return n;
}

/* Takes result. */
static cJSON *result_capped(const struct offered *o, cJSON *result)
{
    if (text_bytes(result, RESULT_MAX) <= RESULT_MAX)
        return result;
    cJSON_Delete(result);
    log_warn("pipeline", "%s: %s answered too much", o->owner->type->type, o->tool->name);
    return json_error("the tool %s of %s failed: it answered more than %d MiB; ask for less",
                      o->tool->name, o->owner->type->type, RESULT_MAX >> 20);
}

/* The instance a tool call is made on, prepared for it. */
static struct call *call_prepare(struct offered *o, const char *call_id)
{
    struct call *c = &o->owner->call;
    c->call_id = call_id;
    c->tool = o->tool->name;
    return c;
}

cJSON *pipeline_run_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args)
{
    struct offered *o = p->tools.ptr[tool];
    struct instance *i = o->owner;
    AUTO(buf) warnings = {0};
    struct error e = {0};
    o->calls++;
    if (!schema_check(o->schema, args, &warnings, &e)) {
        o->errors++;
        cJSON *bad = json_error("%s: %s", o->tool->name, e.text);
        json_add(bad, "schema", cJSON_Duplicate(o->schema, true));
        return bad;
    }
    struct visit visit = slot_begin(p, i);
    cJSON *result = o->tool->handler(call_prepare(o, call_id), args);
    slot_end(p, i, visit, SLOT_TOOLS);
    i->call.call_id = i->call.tool = NULL;
    if (!cJSON_IsObject(result))
        result = contract_broken(i, o->tool->name, result);
    result = result_capped(o, result);
    if (warnings.len)
        json_add_str(result, "warnings", buf_cstr(&warnings));
    o->ms += (clock_us() - visit.since) / 1000;
    o->errors += !json_bool(result, "success", true) || json_get(result, "error");
    return result;
}

void pipeline_begin_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args)
{
    struct offered *o = p->tools.ptr[tool];
    AUTO(buf) warnings = {0};
    struct error e = {0};
    if (!o->tool->begin || !schema_check(o->schema, args, &warnings, &e))
        return;
    struct visit visit = slot_begin(p, o->owner);
    o->tool->begin(call_prepare(o, call_id), args);
    slot_end(p, o->owner, visit, SLOT_TOOLS);
    o->owner->call.call_id = o->owner->call.tool = NULL;
}

#define EACH(p, slot, SLOT, ...)                         \
    for (size_t k_ = 0; k_ < (p)->instances.len; k_++) { \
        struct instance *i_ = (p)->instances.ptr[k_];    \
        if (!i_->type->slot)                             \
            continue;                                    \
        struct visit visit_ = slot_begin(p, i_);         \
        i_->type->slot(__VA_ARGS__);                     \
        slot_end(p, i_, visit_, SLOT);                   \
    }

void pipeline_goal_start(struct pipeline *p)
{
    log_debug("event", "on_goal_start");
    EACH(p, on_goal_start, SLOT_ON_GOAL_START, &i_->call);
}

void pipeline_tool_call(struct pipeline *p, const char *tool, const cJSON *args,
                        const cJSON *result)
{
    log_debug("event", "on_tool_call");
    EACH(p, on_tool_call, SLOT_ON_TOOL_CALL, &i_->call, tool, args, result);
}

void pipeline_round_end(struct pipeline *p)
{
    log_debug("event", "on_round_end");
    EACH(p, on_round_end, SLOT_ON_ROUND_END, &i_->call);
}

void pipeline_timeout(struct pipeline *p, double elapsed_s)
{
    log_debug("event", "on_timeout");
    EACH(p, on_timeout, SLOT_ON_TIMEOUT, &i_->call, elapsed_s);
}

void pipeline_goal_complete(struct pipeline *p, bool success, const char *status)
{
    log_debug("event", "on_goal_complete");
    EACH(p, on_goal_complete, SLOT_ON_GOAL_COMPLETE, &i_->call, success, status);
}

void pipeline_after(struct pipeline *p, struct instance *i, void (*fn)(struct call *c))
{
    struct instance *before = p->running;
    p->running = i;
    fn(&i->call);
    p->running = before;
}

void pipeline_status(struct pipeline *p, struct buf *out)
{
    EACH(p, status, SLOT_STATUS, &i_->call, out);
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
        struct visit visit = slot_begin(p, i);
        i->type->instructions(&i->call, out);
        slot_end(p, i, visit, SLOT_INSTRUCTIONS);
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
    EACH(p, enhance_context, SLOT_ENHANCE_CONTEXT, &i_->call);
    for (size_t k = 0; k < p->instances.len; k++) {
        struct instance *i = p->instances.ptr[k];
        i->tokens_sent += i->instruction_tokens + i->schema_tokens + i->context_tokens;
    }
}

void pipeline_update(struct pipeline *p, const char *goal, int64_t round)
{
    for (size_t k = 0; k < p->instances.len; k++) {
        p->instances.ptr[k]->call.goal = goal;
        p->instances.ptr[k]->call.round = round;
    }
}
