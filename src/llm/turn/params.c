#include "llm/turn/params.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "llm/models/adapter.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/turn/body.h"

/* Members the codec writes itself; nobody's parameters replace them. */
static bool params_are_ours(const struct codec *codec, const char *name)
{
    for (const char *const *own = codec->own; *own; own++)
        if (strcmp(name, *own) == 0)
            return true;
    return false;
}

void params_overlay(cJSON *into, const cJSON *params)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, params)
    {
        cJSON *old = cJSON_GetObjectItemCaseSensitive(into, p->string);
        if (cJSON_IsNull(p))
            cJSON_DeleteItemFromObjectCaseSensitive(into, p->string);
        else if (cJSON_IsObject(old) && cJSON_IsObject(p))
            params_overlay(old, p);
        else if (old)
            cJSON_ReplaceItemInObjectCaseSensitive(into, p->string, cJSON_Duplicate(p, true));
        else
            json_add(into, p->string, cJSON_Duplicate(p, true));
    }
}

static void params_merge(const struct codec *codec, cJSON *head, const cJSON *params)
{
    AUTO_JSON *theirs = cJSON_Duplicate(params, true);
    for (cJSON *p = theirs ? theirs->child : NULL, *next; p; p = next) {
        next = p->next;
        if (params_are_ours(codec, p->string))
            cJSON_Delete(cJSON_DetachItemViaPointer(theirs, p));
    }
    params_overlay(head, theirs);
}

static int64_t params_limit_of(const cJSON *params)
{
    static const char *const names[] = {"max_completion_tokens", "max_output_tokens", "max_tokens"};
    int64_t v = 0;
    for (size_t i = 0; i < COUNT_OF(names) && v <= 0; i++)
        v = json_int(params, names[i], 0);
    return v;
}

int64_t params_limit(const struct llm_request *r)
{
    int64_t mode = r->mode ? params_limit_of(r->mode->parameters) : 0,
            most = family_of(r->model)->output;
    int64_t model = params_limit_of(r->model->params), asked = r->max_tokens;
    if (mode > 0)
        return mode;
    if (asked > 0 && most > 0)
        asked = MIN(asked, most);
    if (model > 0 && asked > 0)
        return MIN(model, asked);
    return MAX(MAX(model, asked), 0);
}

void params_move(cJSON *head, const char *from, cJSON *into, const char *to)
{
    cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(head, from);
    if (v && !cJSON_GetObjectItemCaseSensitive(into, to))
        json_add(into, to, v);
    else
        cJSON_Delete(v);
}

cJSON *params_object(cJSON *head, const char *name)
{
    cJSON *o = cJSON_GetObjectItemCaseSensitive(head, name);
    if (cJSON_IsObject(o))
        return o;
    cJSON_DeleteItemFromObjectCaseSensitive(head, name);
    return cJSON_AddObjectToObject(head, name);
}

/* Tokens of thinking for models that count them: they must be fewer than the answer's limit. */
static int64_t params_budget(const char *effort, int64_t limit)
{
    static const struct {
        const char *effort;
        int64_t tokens;
    } rows[] = {{"minimal", 1024}, {"low", 4096},    {"medium", 10000},
                {"high", 24000},   {"xhigh", 32000}, {"max", 32000}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcasecmp(rows[i].effort, effort) == 0)
            return limit > 1024 ? MIN(rows[i].tokens, limit - 1) : limit > 0 ? 0 : rows[i].tokens;
    return 0;
}

static void params_add_type(cJSON *head, const char *type)
{
    json_add_str(params_object(head, "thinking"), "type", type);
}

/* How hard it is to think, as the family spells it. Parameters in the family's own spelling stand:
 * who wrote them knew why. effort NULL: not said. */
static void params_effort(cJSON *head, const struct family *f, const char *effort, int64_t limit)
{
    bool off = effort && strcasecmp(effort, "none") == 0;
    const char *word = effort ? family_effort(f, effort) : NULL;
    switch (f->effort) {
    case EFFORT_NONE:
        return;
    case EFFORT_CHAT:
        json_add_str(head, "reasoning_effort", word);
        return;
    case EFFORT_OBJECT:
        if (word && !json_get(json_get(head, "reasoning"), "effort"))
            json_add_str(params_object(head, "reasoning"), "effort", word);
        return;
    case EFFORT_ADAPTIVE:
        if (json_get(head, "thinking"))
            return;
        params_add_type(head, off ? "disabled" : "adaptive");
        if (word)
            json_add_str(params_object(head, "output_config"), "effort", word);
        return;
    case EFFORT_BUDGET: {
        int64_t tokens = effort && !off ? params_budget(effort, limit) : 0;
        if (tokens < 1024 || json_get(head, "thinking"))
            return;
        params_add_type(head, "enabled");
        json_add_int(params_object(head, "thinking"), "budget_tokens", tokens);
        return;
    }
    case EFFORT_SWITCH:
        if (effort && !json_get(head, "thinking"))
            params_add_type(head, off ? "disabled" : "enabled");
        return;
    case EFFORT_TEMPLATE:
        if (effort)
            json_add_bool(params_object(head, "chat_template_kwargs"), "enable_thinking", !off);
        return;
    case EFFORT_LEVEL:
        if (word)
            json_add_str(params_object(params_object(head, "generationConfig"), "thinkingConfig"),
                         "thinkingLevel", word);
        return;
    case EFFORT_TOKENS:
        if (effort)
            json_add_int(params_object(params_object(head, "generationConfig"), "thinkingConfig"),
                         "thinkingBudget", off ? 0 : params_budget(effort, 0));
        return;
    case EFFORT_THINK:
        if (word)
            json_add_str(head, "think", word);
        else if (effort)
            json_add_bool(head, "think", !off);
        return;
    }
}

cJSON *params_head(const struct codec *codec, const struct llm_request *r)
{
    static const char *const limits[] = {"max_tokens", "max_completion_tokens",
                                         "max_output_tokens"};
    const struct family *f = family_of(r->model);
    cJSON *head = cJSON_CreateObject();
    AUTO_FREE char *name = model_sent_name(r->model, r->mode);
    json_add_str(head, "model", name);
    params_merge(codec, head, r->model->params);
    params_merge(codec, head, json_get(r->model->params, "extra_body"));
    if (r->temperature >= 0) {
        /* Rounded, for 0.7 is not to go out as 0.69999999999999996. */
        AUTO_JSON *t = cJSON_CreateObject();
        json_add(t, "temperature", cJSON_CreateNumber(round(r->temperature * 1e6) / 1e6));
        params_merge(codec, head, t);
    }
    if (r->mode)
        params_merge(codec, head, r->mode->parameters);
    if (r->mode)
        adapter_add_body(head, &r->mode->lora, r->lora_slot);
    for (size_t i = 0; i < COUNT_OF(limits); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(head, limits[i]);
    for (size_t i = 0; f->refused[i]; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(head, f->refused[i]);
    AUTO_JSON *theirs = cJSON_DetachItemFromObjectCaseSensitive(head, "reasoning_effort");
    params_effort(head, f,
                  r->effort                ? r->effort
                  : cJSON_IsString(theirs) ? theirs->valuestring
                                           : NULL,
                  params_limit(r));
    return head;
}

/* Is the name said as a word of its own? */
static bool params_named(const char *refusal, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = refusal; (p = strstr(p, name)); p += n) {
        bool before = p == refusal || (!isalnum((unsigned char)p[-1]) && p[-1] != '_');
        if (before && !isalnum((unsigned char)p[n]) && p[n] != '_')
            return true;
    }
    return false;
}

static bool params_users_own(const struct llm_request *r, const char *name)
{
    return json_get(r->model->params, name) ||
           json_get(json_get(r->model->params, "extra_body"), name) ||
           (r->mode && json_get(r->mode->parameters, name));
}

/* "max_tokens: 100000 > 64000", "at most 16384 completion tokens": how much it would take. */
static int64_t params_told_most(const char *refusal)
{
    static const char *const before[] = {"> ", "at most ", "less than or equal to ", "maximum of ",
                                         "<= "};
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        const char *p = strstr(refusal, before[i]);
        int64_t v = p ? strtoll(p + strlen(before[i]), NULL, 10) : 0;
        if (v > 0)
            return v;
    }
    return 0;
}

static bool params_learn_limit(const struct llm_request *r, const char *refusal, struct buf *told)
{
    static const char *const names[] = {"max_completion_tokens", "max_output_tokens", "max_tokens"};
    struct family *f = family_taught(r->model);
    int64_t most = params_told_most(refusal), sent = params_limit(r);
    bool named = false;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        named = named || params_named(refusal, names[i]);
    if (!named || sent <= 0 || !f->limit)
        return false;
    if (most > 0 && most < sent && r->max_tokens > 0) {
        f->output = most;
        buf_addf(told, "it answers with %lld tokens at most", (long long)most);
        return true;
    }
    const char *other =
        strcmp(f->limit, "max_tokens") == 0 ? "max_completion_tokens" : "max_tokens";
    if (f->limit_renamed || most > 0)
        return false;
    f->limit_renamed = true;
    f->limit = params_named(refusal, other) || strcmp(f->limit, "max_tokens") == 0 ? other : NULL;
    buf_addf(told,
             f->limit ? "the limit of the answer is sent as %s" : "no limit of the answer is sent",
             f->limit);
    return true;
}

/* A key that was changed, another server behind the address, a byte that was lost: what is signed
 * or sealed of the conversation is refused, and would be each time. Only what was said since goes
 * back with its proof then. */
static bool params_learn_proofs(const struct codec *codec, const struct llm_request *r,
                                const char *refusal, struct buf *told)
{
    static const char *const words[] = {"signature",           "encrypted content",
                                        "encrypted_content",   "blocks cannot be modified",
                                        "of type 'reasoning'", "Item with id 'rs_"};
    bool about = false, sent = false;
    for (size_t i = 0; i < COUNT_OF(words) && !about; i++)
        about = strcasestr(refusal, words[i]) != NULL;
    for (size_t i = 0; about && i < r->message_count && !sent; i++)
        sent = body_is_own(codec, r, &r->messages[i]);
    if (!sent)
        return false;
    family_taught(r->model)->proofs++;
    buf_adds(told, "what it signed or sealed before is left out");
    return true;
}

static bool params_learn_one(const struct llm_request *r, const char *refusal, struct buf *told)
{
    /* What we add by ourselves, as each dialect names it, and the word it is refused by. */
    static const char *const added[] = {"temperature", "stream_options", "prompt_cache_key",
                                        "reasoning_content", "summary"};
    static const char *const efforts[] = {
        "reasoning_effort", "reasoning.effort",    "output_config", "thinking", "think",
        "thinkingConfig",   "chat_template_kwargs"};
    struct family *f = family_taught(r->model);
    if (strstr(refusal, "/v1/responses") && !r->model->dialect && f->dialect == ROUTE_CHAT) {
        f->dialect = ROUTE_RESPONSES; /* tools and reasoning together: nowhere else */
        f->effort = EFFORT_OBJECT;
        f->tail = TAIL_SYSTEM;
        buf_adds(told, "it is spoken to in Responses");
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(added); i++) {
        if (!params_named(refusal, added[i]) || family_refuses(f, added[i]) ||
            params_users_own(r, added[i]))
            continue;
        family_refuse(r->model, added[i]);
        buf_addf(told, "%s is not sent", added[i]);
        return true;
    }
    if (f->cache_marks && params_named(refusal, "cache_control")) {
        f->cache_marks = false;
        buf_adds(told, "nothing is marked for its cache");
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(efforts); i++) {
        if (!params_named(refusal, efforts[i]) || f->effort == EFFORT_NONE ||
            params_users_own(r, efforts[i]) || params_users_own(r, "reasoning_effort"))
            continue;
        f->effort = EFFORT_NONE;
        buf_addf(told, "%s is not sent", efforts[i]);
        return true;
    }
    return params_learn_limit(r, refusal, told);
}

bool params_learn(const struct codec *codec, const struct llm_request *r, const char *refusal,
                  struct buf *told)
{
    bool learned =
        params_learn_proofs(codec, r, refusal, told) || params_learn_one(r, refusal, told);
    family_taught(r->model)->lessons += learned; /* messages may be written otherwise now */
    return learned;
}
