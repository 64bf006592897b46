#include "llm/turn/learn.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "llm/models/family.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"

/* Is the name said as a word of its own? */
static bool learn_named(const char *refusal, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = refusal; (p = strstr(p, name)); p += n) {
        bool before = p == refusal || (!isalnum((unsigned char)p[-1]) && p[-1] != '_');
        if (before && !isalnum((unsigned char)p[n]) && p[n] != '_')
            return true;
    }
    return false;
}

static bool learn_users_own(const struct llm_request *r, const char *name)
{
    if (r->model->drop_params) /* the user's are given up too */
        return false;
    return json_get(r->model->params, name) ||
           json_get(json_get(r->model->params, "extra_body"), name) ||
           (r->mode && json_get(r->mode->parameters, name));
}

/* "max_tokens: 100000 > 64000", "at most 16384 completion tokens": how much it would take. */
static int64_t learn_told_most(const char *refusal)
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

static bool learn_limit(const struct llm_request *r, const char *refusal, struct buf *told)
{
    static const char *const names[] = {"max_completion_tokens", "max_output_tokens", "max_tokens"};
    struct family *f = family_taught(r->model);
    int64_t most = learn_told_most(refusal), sent = params_limit(r);
    bool named = false;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        named = named || learn_named(refusal, names[i]);
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
    f->limit = learn_named(refusal, other) || strcmp(f->limit, "max_tokens") == 0 ? other : NULL;
    buf_addf(told,
             f->limit ? "the limit of the answer is sent as %s" : "no limit of the answer is sent",
             f->limit);
    return true;
}

/* A key that was changed, another server behind the address, a byte that was lost: what is signed
 * or sealed of the conversation is refused, and would be each time. Only what was said since goes
 * back with its proof then. */
static bool learn_proofs(const struct codec *codec, const struct llm_request *r,
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

/* Does it ask for the reasoning, which for others would be too much? */
static bool learn_is_demanded(const char *refusal)
{
    static const char *const words[] = {"missing", "must be passed", "must be provided",
                                        "must be sent", "required"};
    for (size_t i = 0; learn_named(refusal, "reasoning_content") && i < COUNT_OF(words); i++)
        if (strcasestr(refusal, words[i]))
            return true;
    return false;
}

static bool learn_demanded(struct family *f, struct buf *told)
{
    if (f->reasoning == REASONING_ALWAYS && f->reasoning_must)
        return false;
    f->reasoning = REASONING_ALWAYS;
    f->reasoning_must = "reasoning_content";
    buf_adds(told, "all its reasoning goes back, as reasoning_content");
    return true;
}

static bool learn_left_out(const struct llm_request *r, const char *refusal, const char *name,
                           struct buf *told)
{
    if (!learn_named(refusal, name) || model_refuses(r->model, name) || learn_users_own(r, name))
        return false;
    family_refuse(r->model, name);
    buf_addf(told, "%s is not sent", name);
    return true;
}

/* What we add by ourselves, as each dialect names it, and the word it is refused by; and what a
 * gateway's client asked for. */
static bool learn_added(const struct llm_request *r, const char *refusal, struct buf *told)
{
    static const char *const added[] = {"temperature",       "stream_options", "prompt_cache_key",
                                        "reasoning_content", "summary",        "includeThoughts"};
    static const char *const asked[] = {"top_p",
                                        "top_k",
                                        "min_p",
                                        "seed",
                                        "stop",
                                        "verbosity",
                                        "logit_bias",
                                        "parallel_tool_calls",
                                        "presence_penalty",
                                        "frequency_penalty",
                                        "tool_choice",
                                        "response_format"};
    for (size_t i = 0; i < COUNT_OF(added); i++)
        if (learn_left_out(r, refusal, added[i], told))
            return true;
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        if (json_get(r->params, asked[i]) && learn_left_out(r, refusal, asked[i], told))
            return true;
    return false;
}

static bool learn_effort(const struct llm_request *r, const char *refusal, struct buf *told)
{
    static const char *const efforts[] = {"reasoning_effort",
                                          "reasoning.effort",
                                          "output_config",
                                          "thinking",
                                          "think",
                                          "thinkingConfig",
                                          "generationConfig",
                                          "reasoning",
                                          "chat_template_kwargs"};
    enum effort_spelling *spelling = &family_taught(r->model)->effort[model_dialect(r->model)];
    if (strstr(refusal, "Expected `thinking`")) /* a block of it, not the parameter */
        return false;
    for (size_t i = 0; *spelling != EFFORT_NONE && i < COUNT_OF(efforts); i++) {
        if (!learn_named(refusal, efforts[i]) || learn_users_own(r, efforts[i]) ||
            learn_users_own(r, "reasoning_effort"))
            continue;
        *spelling = EFFORT_NONE;
        buf_addf(told, "%s is not sent", efforts[i]);
        return true;
    }
    return false;
}

static bool learn_one(const struct llm_request *r, const char *refusal, struct buf *told)
{
    struct family *f = family_taught(r->model);
    if (strstr(refusal, "/v1/responses") && !r->model->dialect && f->dialect == ROUTE_CHAT) {
        f->dialect = ROUTE_RESPONSES; /* tools and reasoning together: nowhere else */
        f->tail = TAIL_SYSTEM;
        buf_adds(told, "it is spoken to in Responses");
        return true;
    }
    if (learn_is_demanded(refusal))
        return learn_demanded(f, told);
    if (learn_added(r, refusal, told))
        return true;
    if ((f->cache_marks || f->cache_request) && learn_named(refusal, "cache_control")) {
        f->cache_marks = f->cache_request = false;
        buf_adds(told, "nothing is marked for its cache");
        return true;
    }
    return learn_effort(r, refusal, told) || learn_limit(r, refusal, told);
}

bool learn_refusal(const struct codec *codec, const struct llm_request *r, const char *refusal,
                   struct buf *told)
{
    bool learned = learn_proofs(codec, r, refusal, told) || learn_one(r, refusal, told);
    family_taught(r->model)->lessons += learned; /* messages may be written otherwise now */
    return learned;
}
