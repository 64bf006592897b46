/* What was asked and what it came to, by client, model and mode: GET /stats. */
#include <string.h>

#include "base/clock.h"
#include "gateway/gateway_priv.h"

#define TALLY_HEAD 2000u /* bytes of an answer's beginning in which Anthropic counts the prompt */
#define TALLY_TAIL 2000u /* of its end, where all count the rest */

void tally_see(struct serving *s, const char *p, size_t n)
{
    if (!s->first_ms)
        s->first_ms = clock_ms() - s->began_ms + 1;
    size_t head = s->style == ROUTE_MESSAGES ? TALLY_HEAD - MIN(s->seen_head.len, TALLY_HEAD) : 0;
    buf_add(&s->seen_head, p, MIN(n, head));
    if (n > TALLY_TAIL) {
        p += n - TALLY_TAIL;
        n = TALLY_TAIL;
    }
    if (s->seen_tail.len + n > TALLY_TAIL)
        buf_drop_head(&s->seen_tail, s->seen_tail.len + n - TALLY_TAIL);
    buf_add(&s->seen_tail, p, n);
}

/* The last usage object in a piece of an answer; NULL: there is none. The caller deletes it. */
static cJSON *tally_usage(const struct buf *piece)
{
    static const char *const names[] = {"\"usage\":", "\"usageMetadata\":"};
    const char *text = buf_cstr(piece), *last = NULL, *end;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        for (const char *p = text; (p = strstr(p, names[i]));) {
            p += strlen(names[i]);
            p += strspn(p, " \n");
            last = *p == '{' && p > last ? p : last;
        }
    return last ? json_parse_prefix(last, piece->len - (size_t)(last - text), &end) : NULL;
}

static int64_t tally_first(const cJSON *u, const char *const *names)
{
    int64_t n = 0;
    for (; *names && !n; names++)
        n = json_int(u, *names, 0);
    return n;
}

/* Numbers of an answer that went through untouched, in any dialect's names. */
static void tally_read(struct llm_usage *out, const cJSON *u)
{
    static const char *const input[] = {"prompt_tokens", "promptTokenCount", "input_tokens", NULL};
    static const char *const output[] = {"completion_tokens", "candidatesTokenCount",
                                         "output_tokens", NULL};
    static const char *const details[] = {"prompt_tokens_details", "input_tokens_details"};
    int64_t beside = json_int(u, "cache_read_input_tokens", 0);
    int64_t written = json_int(u, "cache_creation_input_tokens", 0);
    int64_t cached = json_int(u, "cachedContentTokenCount", beside);
    for (size_t i = 0; i < COUNT_OF(details); i++)
        cached = MAX(cached, json_int(json_get(u, details[i]), "cached_tokens", 0));
    out->input = MAX(out->input, tally_first(u, input) + beside + written);
    out->output = MAX(out->output, tally_first(u, output) + json_int(u, "thoughtsTokenCount", 0));
    out->cached = MAX(out->cached, cached);
}

static struct llm_usage tally_of(const struct serving *s)
{
    struct llm_usage u = {0};
    if (s->turned)
        return s->turned->usage;
    AUTO_JSON *first = tally_usage(&s->seen_head);
    AUTO_JSON *last = tally_usage(&s->seen_tail);
    tally_read(&u, first);
    tally_read(&u, last);
    return u;
}

/* Which tiers of a client's the name that it asked by stands for: as the profiles have it, else as
 * the name itself says. Caller frees. */
static char *tally_tier(const struct serving *s)
{
    static const char *const words[] = {"opus", "sonnet", "haiku", "small"};
    const struct gateway_opts *o = &s->gateway->o;
    const char *name = s->path_model ? s->path_model : s->rewrite.model ? s->rewrite.model : "";
    size_t n = strcspn(name, "@");
    AUTO(buf) tiers = {0};
    for (size_t w = 0; w < COUNT_OF(words); w++) {
        bool stands = false;
        for (size_t i = 0; i < o->tier_count && !stands; i++)
            stands = strcmp(o->tiers[i].name, words[w]) == 0 && strlen(o->tiers[i].model) == n &&
                     memcmp(o->tiers[i].model, name, n) == 0;
        if (stands)
            buf_addf(&tiers, "%s%s", tiers.len ? "+" : "", words[w]);
    }
    for (size_t w = 0; w < COUNT_OF(words) && !tiers.len; w++)
        if (memmem(name, n, words[w], strlen(words[w])))
            buf_adds(&tiers, words[w]);
    return buf_take(&tiers);
}

void tally_visit(struct serving *s)
{
    struct gateway *p = s->gateway;
    p->requests++;
    if (!s->session)
        return;
    for (size_t i = 0; i < p->visitors.len; i++)
        if (strcmp(p->visitors.ptr[i].session, s->session) == 0) {
            p->visitors.ptr[i].requests++;
            return;
        }
    if (p->visitors.len < TALLIES_MAX)
        VEC_PUSH(&p->visitors, (struct visitor){mem_strdup(s->session), 1});
}

static struct tally *tally_find(struct gateway *p, const char *client, const char *model,
                                const char *mode, const char *tier)
{
    for (size_t i = 0; i < p->tallies.len; i++) {
        struct tally *t = &p->tallies.ptr[i];
        if (strcmp(t->client, client) == 0 && strcmp(t->model, model) == 0 &&
            strcmp(t->mode, mode) == 0 && strcmp(t->tier, tier) == 0)
            return t;
    }
    if (p->tallies.len >= TALLIES_MAX)
        return NULL;
    VEC_PUSH(&p->tallies, (struct tally){.client = mem_strdup(client),
                                         .model = mem_strdup(model),
                                         .mode = mem_strdup(mode),
                                         .tier = mem_strdup(tier)});
    return &p->tallies.ptr[p->tallies.len - 1];
}

void tally_end(struct serving *s)
{
    if (!s->styled || !s->targets.len || s->count_tokens)
        return;
    const struct target *at = &s->targets.ptr[MIN(s->at, s->targets.len - 1)];
    const struct model *m = at->model;
    AUTO_FREE char *tier = tally_tier(s);
    struct tally *t =
        tally_find(s->gateway, s->client, m->name, at->mode ? at->mode->name : "", tier);
    struct llm_usage u = tally_of(s);
    hooks_tell_answer(s, &u);
    if (!t)
        return;
    bool failed = s->status >= 400 || !s->status || s->cut ||
                  (s->turned && s->turned->finish == LLM_FINISH_NONE);
    double factor = at->mode && at->mode->cost > 0 ? at->mode->cost : 1;
    t->calls++;
    t->errors += failed;
    t->input += u.input;
    t->cached += u.cached;
    t->output += u.output;
    t->cost += factor * ((double)(u.input - u.cached) * m->price_in +
                         (double)u.cached * (m->price_cached > 0 ? m->price_cached : m->price_in) +
                         (double)u.output * m->price_out);
    if (!s->first_ms)
        return;
    t->first_ms += s->first_ms - 1;
    t->firsts++;
}

void tally_fini(struct gateway *p)
{
    for (size_t i = 0; i < p->tallies.len; i++) {
        free(p->tallies.ptr[i].client);
        free(p->tallies.ptr[i].model);
        free(p->tallies.ptr[i].mode);
        free(p->tallies.ptr[i].tier);
    }
    VEC_FREE(&p->tallies);
    for (size_t i = 0; i < p->visitors.len; i++)
        free(p->visitors.ptr[i].session);
    VEC_FREE(&p->visitors);
}

cJSON *tally_json(const struct gateway *p)
{
    cJSON *j = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(j, "clients");
    json_add_int(j, "requests", p->requests);
    json_add_int(j, "running", (int64_t)p->serving.len - 1);
    cJSON *sessions = cJSON_AddObjectToObject(j, "sessions");
    for (size_t i = 0; i < p->visitors.len; i++)
        json_add_int(sessions, p->visitors.ptr[i].session, p->visitors.ptr[i].requests);
    for (size_t i = 0; i < p->tallies.len; i++) {
        const struct tally *t = &p->tallies.ptr[i];
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "client", t->client);
        json_add_str(one, "model", t->model);
        json_add_str(one, "mode", t->mode);
        json_add_str(one, "tier", t->tier);
        json_add_int(one, "calls", t->calls);
        json_add_int(one, "errors", t->errors);
        json_add_int(one, "input_tokens", t->input);
        json_add_int(one, "cached_tokens", t->cached);
        json_add_int(one, "output_tokens", t->output);
        json_add(one, "cost", cJSON_CreateNumber(t->cost));
        json_add_int(one, "first_ms", t->firsts ? t->first_ms / t->firsts : 0);
        cJSON_AddItemToArray(list, one);
    }
    return j;
}
