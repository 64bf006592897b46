/* The moments at which behaviors are called, and with what. */
#include "behavior/pipeline_run.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "behavior/dispatch.h"
#include "behavior/pipeline.h"
#include "behavior/schema.h"
#include "llm/tokens.h"

#define RESULT_MAX (4 << 20) /* bytes of text in one answer: a model would drown in more */

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
static void call_prepare(struct offered *o, const char *call_id)
{
    o->owner->call.call_id = call_id;
    o->owner->call.tool = o->tool->name;
}

static cJSON *bad_arguments(const struct offered *o, const struct error *e)
{
    cJSON *bad = json_error("%s: %s", o->tool->name, e->text);
    json_add(bad, "schema", json_parse(o->tool->schema, strlen(o->tool->schema), NULL));
    return bad;
}

cJSON *pipeline_check_tool(struct pipeline *p, int tool, cJSON *args)
{
    assert(tool >= 0 && (size_t)tool < p->tools.len);
    struct offered *o = p->tools.ptr[tool];
    AUTO(buf) warnings = {0}; /* said when it runs */
    struct error e = {0};
    AUTO_JSON *copy = cJSON_Duplicate(args, true); /* what is mended is mended when it runs */
    if (schema_check(o->schema, copy, &warnings, &e))
        return NULL;
    o->calls++;
    o->errors++;
    return bad_arguments(o, &e);
}

cJSON *pipeline_run_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args)
{
    assert(tool >= 0 && (size_t)tool < p->tools.len);
    struct offered *o = p->tools.ptr[tool];
    struct instance *i = o->owner;
    AUTO(buf) warnings = {0};
    struct error e = {0};
    o->calls++;
    if (!schema_check(o->schema, args, &warnings, &e)) {
        o->errors++;
        return bad_arguments(o, &e);
    }
    i->wanted = true; /* a deferred one is offered from the next request on */
    int64_t since = clock_us();
    struct slot_call s = {.i = i, .slot = SLOT_TOOLS, .tool = o->tool, .args = args};
    call_prepare(o, call_id);
    bool ended = slot_run(p, &s);
    i->call.call_id = i->call.tool = NULL;
    cJSON *result = s.answer;
    if (!ended)
        result = json_error("the tool %s of %s is off: %s", o->tool->name, i->type->type, i->off);
    else if (!cJSON_IsObject(result))
        result = contract_broken(i, o->tool->name, result);
    result = result_capped(o, result);
    if (warnings.len)
        json_add_str(result, "warnings", buf_cstr(&warnings));
    o->ms += (clock_us() - since) / 1000;
    o->errors += !json_bool(result, "success", true) || json_get(result, "error");
    return result;
}

void pipeline_begin_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args)
{
    assert(tool >= 0 && (size_t)tool < p->tools.len);
    struct offered *o = p->tools.ptr[tool];
    AUTO(buf) warnings = {0};
    struct error e = {0};
    if (!o->tool->begin || !schema_check(o->schema, args, &warnings, &e))
        return;
    struct slot_call s = {.i = o->owner, .slot = SLOT_BEGIN, .tool = o->tool, .args = args};
    call_prepare(o, call_id);
    (void)slot_run(p, &s); /* the call itself will say so */
    o->owner->call.call_id = o->owner->call.tool = NULL;
}

/* The same call of each, in order. */
static void each(struct pipeline *p, struct slot_call one)
{
    for (size_t k = 0; k < p->instances.len; k++) {
        one.i = p->instances.ptr[k];
        (void)slot_run(p, &one); /* the others are called all the same */
    }
}

void pipeline_goal_start(struct pipeline *p)
{
    log_debug("event", "on_goal_start");
    each(p, (struct slot_call){.slot = SLOT_ON_GOAL_START});
}

void pipeline_tool_call(struct pipeline *p, const char *tool, const cJSON *args,
                        const cJSON *result)
{
    log_debug("event", "on_tool_call");
    each(p, (struct slot_call){
                .slot = SLOT_ON_TOOL_CALL, .text = tool, .args = args, .result = result});
}

void pipeline_amend_result(struct pipeline *p, const char *tool, const cJSON *args,
                           const cJSON *result, struct buf *out)
{
    each(p,
         (struct slot_call){
             .slot = SLOT_AMEND_RESULT, .text = tool, .args = args, .result = result, .out = out});
}

void pipeline_round_end(struct pipeline *p)
{
    log_debug("event", "on_round_end");
    each(p, (struct slot_call){.slot = SLOT_ON_ROUND_END});
}

void pipeline_timeout(struct pipeline *p, double elapsed_s)
{
    log_debug("event", "on_timeout");
    each(p, (struct slot_call){.slot = SLOT_ON_TIMEOUT, .elapsed_s = elapsed_s});
}

void pipeline_goal_complete(struct pipeline *p, bool success, const char *status)
{
    log_debug("event", "on_goal_complete");
    each(p, (struct slot_call){.slot = SLOT_ON_GOAL_COMPLETE, .success = success, .text = status});
}

void pipeline_after(struct pipeline *p, struct instance *i, void (*fn)(struct call *c))
{
    struct slot_call s = {.i = i, .slot = SLOT_AFTER, .after = fn};
    (void)slot_run(p, &s); /* nobody waits for it */
}

void pipeline_status(struct pipeline *p, struct buf *out)
{
    each(p, (struct slot_call){.slot = SLOT_STATUS, .out = out});
    for (size_t k = 0; k < p->instances.len; k++)
        if (p->instances.ptr[k]->off)
            buf_addf(out, "%s: off, %s\n", p->instances.ptr[k]->type->type,
                     p->instances.ptr[k]->off);
}

/* There is nothing to instruct about: none of its tools suits. */
static bool is_idle(const struct pipeline *p, const struct instance *i)
{
    size_t suits = 0;
    for (size_t t = 0; t < i->tools.len; t++)
        suits += pipeline_suits(p, i->tools.ptr[t].tool);
    return i->tools.len > 0 && suits == 0;
}

void pipeline_instructions(struct pipeline *p, struct buf *out)
{
    for (size_t k = 0; k < p->instances.len; k++) {
        struct instance *i = p->instances.ptr[k];
        if (!i->type->instructions || i->off || i->deferred || is_idle(p, i))
            continue;
        size_t before = out->len;
        buf_adds(out, out->len ? "\n\n" : "");
        size_t start = out->len;
        struct slot_call s = {.i = i, .slot = SLOT_INSTRUCTIONS, .out = out};
        (void)slot_run(p, &s); /* what it wrote until then stays */
        if (out->len == start)
            buf_cut(out, before);
        i->instruction_tokens =
            tokens_estimate(buf_cstr(out) + MIN(start, out->len), out->len - MIN(start, out->len));
    }
}

int64_t pipeline_tokens(struct pipeline *p, struct instance *i)
{
    AUTO(buf) text = {0};
    struct slot_call s = {.i = i, .slot = SLOT_INSTRUCTIONS, .out = &text};
    (void)slot_run(p, &s); /* what is off adds nothing */
    return i->schema_tokens + tokens_estimate(buf_cstr(&text), text.len);
}

void pipeline_enhance(struct pipeline *p)
{
    for (size_t k = 0; k < p->instances.len; k++)
        p->instances.ptr[k]->context_tokens = 0;
    each(p, (struct slot_call){.slot = SLOT_ENHANCE_CONTEXT});
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
