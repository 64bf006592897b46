/* A request to a server of another dialect than the client's, and its answer on the way back. */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/count.h"
#include "gateway/gateway_priv.h"
#include "llm/codecs.h"
#include "llm/models/family.h"
#include "llm/turn/learn.h"

#define TURNED_LINGER_MS 2000 /* after the reason why it ends only numbers come, or nothing */
#define TURNED_LESSONS_MAX 4  /* times a refused request is asked in other words */
#define TURNED_REFUSAL_MAX (1u << 20)

bool turned_is_needed(const struct serving *s, const struct target *t)
{
    bool mode = t->mode && (t->mode->instructions || t->mode->parameters);
    if (!model_speaks(t->model, s->style))
        return true;
    /* Gemini's body has its parameters elsewhere: what a mode adds is put in by its codec. */
    return s->style == ROUTE_GEMINI && mode && model_dialect(t->model) == ROUTE_GEMINI;
}

void turned_fini(struct serving *s)
{
    if (s->turned)
        translation_fini(s->turned);
    free(s->turned);
    s->turned = NULL;
    buf_fini(&s->refusal);
    headers_free(&s->kept);
}

static struct ratio *turned_ratio(struct gateway *p, const struct model *m)
{
    for (size_t i = 0; i < p->ratios.len; i++)
        if (strcmp(p->ratios.ptr[i].model, m->name) == 0)
            return &p->ratios.ptr[i];
    VEC_PUSH(&p->ratios, (struct ratio){.model = mem_strdup(m->name)});
    return &p->ratios.ptr[p->ratios.len - 1];
}

/* ---- proofs that clients do not carry ---- */

/* By all that is known of a call, for there are servers that number them anew in each answer;
 * clients write the arguments with blanks of their own. */
static uint64_t turned_call(const char *id, const char *name, const char *args)
{
    AUTO_JSON *j = json_parse(args, strlen(args), NULL);
    AUTO_FREE char *plain = j ? json_print(j) : NULL;
    const char *const all[] = {id, name, plain ? plain : args};
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < COUNT_OF(all); i++)
        for (const char *p = all[i]; *p; p++)
            h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
    return h;
}

/* As the client's next request brings them, read. Caller frees. */
static char *turned_args(const struct tell_item *it)
{
    if (!it->tool || !it->tool->custom)
        return mem_strdup(buf_cstr(&it->text));
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "input", buf_cstr(&it->text));
    return json_print(j);
}

static void turned_keep(struct serving *s)
{
    struct gateway *p = s->gateway;
    const struct tell *t = &s->turned->tell;
    const char *proof = s->turned->proof;
    const struct tell_item *sealed = NULL;
    for (size_t i = 0; i < t->items.len; i++) {
        const struct tell_item *it = t->items.ptr[i];
        if (it->seal)
            sealed = it;
        if (it->kind != TELL_CALL || (!proof && !sealed))
            continue;
        bool words = !proof && sealed->kind != TELL_SEAL;
        struct keepsake *k = &p->kept[p->kept_at++ % COUNT_OF(p->kept)];
        AUTO_FREE char *args = turned_args(it);
        k->call = turned_call(it->id, it->tool ? it->tool->name : it->name, args);
        mem_replace(&k->seal, proof ? proof : sealed->seal);
        mem_replace(&k->words, words ? buf_cstr(&sealed->text) : NULL);
        return;
    }
}

/* What was kept counts more than what comes back: clients join pieces of reasoning wrongly, or keep
 * the last one only. */
static void turned_remember(struct serving *s)
{
    struct asked *a = &s->turned->asked;
    for (size_t i = 0; i < a->messages.len; i++) {
        struct asked_message *m = a->messages.ptr[i];
        if (!m->calls.len)
            continue;
        const struct llm_tool_call *c = &m->calls.ptr[0];
        uint64_t call = turned_call(c->id, c->name, c->args);
        for (size_t k = 0; k < COUNT_OF(s->gateway->kept); k++)
            if (s->gateway->kept[k].seal && s->gateway->kept[k].call == call) {
                llm_parts_fini(&m->parts);
                asked_reason(m, s->gateway->kept[k].words, s->gateway->kept[k].seal);
                break;
            }
    }
}

/* Once for all deployments. */
static bool turned_read(struct serving *s, struct error *e)
{
    if (s->turned)
        return true;
    const char *name = s->path_model      ? s->path_model
                       : s->rewrite.model ? s->rewrite.model
                                          : s->gateway->model;
    s->turned = mem_alloc(sizeof *s->turned);
    if (!translation_read(s->turned, codec_at(s->style), buf_cstr(&s->body), s->body.len, name, e))
        return false;
    if (s->style == ROUTE_GEMINI)
        s->turned->asked.stream = !s->whole;
    s->turned->asked.array = s->array;
    s->turned->hold = hook_wants(&s->gateway->o.hooks, "pre_tool");
    turned_remember(s);
    if (s->turned->asked.notes.len)
        log_info("proxy", "left out on the way to %s: %s", name, buf_cstr(&s->turned->asked.notes));
    return true;
}

bool turned_write(struct serving *s, const struct target *t, struct error *e)
{
    buf_clear(&s->refusal);
    return turned_read(s, e) &&
           translation_write(s->turned, t->model, t->mode, s->lora_slot,
                             turned_ratio(s->gateway, t->model)->ratio.ratio, &s->out, e);
}

/* ---- only a number is asked for ---- */

static void turned_number(struct serving *s, int64_t n)
{
    count_answer(s->style, n, &s->own);
    s->status = 200;
    s->state = SERVING_REFUSED;
    serve_resume(s);
}

/* Rounded up: who is told too little compacts too late. */
static void turned_estimate(struct serving *s)
{
    struct ratio *r = turned_ratio(s->gateway, s->targets.ptr[0].model);
    int64_t n = tokens_scale(&r->ratio, s->turned->estimate);
    turned_number(s, n + n / 20 + 1);
}

bool turned_count(struct serving *s)
{
    struct error e = {0};
    const struct target *t = &s->targets.ptr[0];
    if (!turned_read(s, &e))
        return answer_refuse(s, 400, "%s", e.text);
    bool asks = !turned_ratio(s->gateway, t->model)->counts_not;
    AUTO_FREE char *url = asks ? count_url(t->model, t->mode, &e) : NULL;
    s->state = SERVING_WAIT;
    s->counting = url && turned_write(s, t, &e) && count_question(t->model, &s->out) &&
                  upstream_ask(s, url, &s->out, &e);
    if (!s->counting)
        turned_estimate(s);
    return s->counting;
}

void turned_counted(struct serving *s)
{
    bool told = s->over && s->end == HTTP_DONE && s->status == 200;
    int64_t n = told ? count_told(&s->asked) : 0;
    bool never = s->status >= 400 && s->status < 500 && s->status != 429;
    upstream_close(s);
    if (never) /* it is not asked again */
        turned_ratio(s->gateway, s->targets.ptr[0].model)->counts_not = true;
    if (n > 0)
        turned_number(s, n);
    else
        turned_estimate(s);
}

/* ---- the answer comes ---- */

static void turned_move(struct serving *s)
{
    struct buf *out = &s->turned->out;
    if (!out->len)
        return;
    buf_add(&s->queue, out->ptr, out->len);
    buf_clear(out);
    s->told_ms = clock_ms();
    if (!s->first_ms)
        s->first_ms = s->told_ms - s->began_ms + 1;
}

bool turned_body(struct serving *s, const char *p, size_t n)
{
    struct translation *t = s->turned;
    if (s->status < 200 || s->status > 299) {
        buf_add(&s->refusal, p,
                MIN(n, TURNED_REFUSAL_MAX - MIN(s->refusal.len, TURNED_REFUSAL_MAX)));
        return true;
    }
    if (t->over)
        return true; /* it has said all; its connection is kept */
    bool more = translation_feed(t, p, n);
    if (more && answer_is_done(t->answer) && !t->hold)
        more = translation_end(t);
    turned_move(s);
    return more;
}

/* What of the server's headers means something to a client of another dialect. */
static void turned_keep_headers(struct serving *s)
{
    static const char *const names[] = {"retry-after", "retry-after-ms", "x-should-retry",
                                        "request-id",  "x-request-id",   "openai-processing-ms",
                                        "cf-ray"};
    headers_free(&s->kept);
    s->kept = (struct header_list){0};
    for (size_t i = 0; s->transfer && i < COUNT_OF(names); i++) {
        const char *v = http_header(s->transfer, names[i]);
        if (v)
            VEC_PUSH(&s->kept, mem_printf("%s: %s", names[i], v));
    }
}

static void turned_answer(struct serving *s)
{
    if (s->at + 1 >= s->targets.len) /* nobody else is asked, in its own words */
        buf_fini(&s->body);
    s->state = SERVING_ANSWERED;
    s->status = 200;
    turned_move(s);
    serve_resume(s);
}

bool turned_fails(struct serving *s, const struct llm_failure *f)
{
    /* OpenAI's own server tells of an overflow in the stream, and Codex looks there only. */
    bool inside = s->turned && s->style == ROUTE_RESPONSES && s->turned->asked.stream &&
                  f->class == LLM_CONTEXT;
    if (!s->turned || (!s->early && !inside))
        return false;
    tell_begin(&s->turned->tell);
    tell_fail(&s->turned->tell, f);
    s->turned->over = true;
    s->complete = true;
    turned_answer(s);
    return true;
}

static void turned_refuse(struct serving *s, struct llm_failure *f)
{
    translation_complete(s->turned, f);
    answer_failure_of(s, f);
    serve_resume(s);
}

/* Say who refused: a client knows the gateway's name only. What it acts upon stays word for word.
 */
static void turned_name(const struct serving *s, struct llm_failure *f)
{
    const struct model *m = s->targets.ptr[MIN(s->at, s->targets.len - 1)].model;
    AUTO(buf) clean = {0}; /* there are servers that quote the key they refuse */
    log_mask(&clean, f->error.text, strlen(f->error.text));
    const char *text = buf_cstr(&clean);
    if (f->status)
        error_set(&f->error, f->error.code, "%s (%s) answered %d: %.300s", m->name, m->api_base,
                  f->status, text);
    else
        error_set(&f->error, f->error.code, "%s (%s): %.300s", m->name, m->api_base, text);
}

/* A parameter refused by its name is left out from now on. */
static bool turned_learns(struct serving *s)
{
    AUTO(buf) told = {0};
    if ((s->status != 400 && s->status != 422) || s->lessons >= TURNED_LESSONS_MAX ||
        !learn_refusal(s->turned->to, &s->turned->request, buf_cstr(&s->refusal), &told))
        return false;
    s->lessons++;
    log_info("proxy", "%s: from now on %s", s->targets.ptr[s->at].model->name, buf_cstr(&told));
    return true;
}

static void turned_status_failed(struct serving *s)
{
    struct llm_failure f = {0};
    turned_keep_headers(s);
    failure_from_body(&f, s->status, buf_cstr(&s->refusal), s->refusal.len);
    if (f.class == LLM_BAD_REQUEST && turned_learns(s)) {
        if (!upstream_again(s))
            serve_resume(s);
        return;
    }
    bool passes = upstream_status_passes(s, s->status);
    if (f.class != LLM_CONTEXT)
        turned_name(s, &f);
    if (passes) {
        log_info("proxy", "%s; trying the next deployment", f.error.text);
        if (!upstream_next(s))
            serve_resume(s);
        return;
    }
    upstream_close(s);
    turned_refuse(s, &f);
}

/* Nothing of an answer was told yet: another deployment may do better. */
static void turned_broke(struct serving *s, struct llm_failure *f)
{
    turned_keep_headers(s);
    turned_name(s, f);
    upstream_close(s);
    if (s->at + 1 < s->targets.len) {
        log_info("proxy", "%s; trying the next deployment", f->error.text);
        if (!upstream_next(s))
            serve_resume(s);
        return;
    }
    turned_refuse(s, f);
}

static void turned_redirected(struct serving *s)
{
    struct llm_failure f = {.status = s->status};
    const char *to = http_header(s->transfer, "location");
    failure_set(&f, LLM_CONNECT,
                "it redirects to %.200s, which is not followed because the key would go along",
                to ? to : "(nowhere)");
    turned_broke(s, &f);
}

static void turned_done(struct serving *s)
{
    struct translation *t = s->turned;
    struct gateway *p = s->gateway;
    const struct model *m = s->targets.ptr[s->at].model;
    if (t->usage.reported)
        tokens_learn(&turned_ratio(p, m)->ratio, t->estimate, t->usage.input);
    s->complete = true;
    turned_keep(s);
    turned_move(s);
    if (s->state == SERVING_WAIT) {
        turned_keep_headers(s);
        turned_answer(s);
    }
    serve_resume(s);
}

/* The answer ended badly: as an error where the client has heard nothing, else in its stream. */
static void turned_failed(struct serving *s)
{
    struct translation *t = s->turned;
    struct llm_failure f = translation_failure(t);
    bool connected = s->headed || (s->end != HTTP_NO_HOST && s->end != HTTP_NO_CONNECT);
    if (s->late)
        failure_set(&f, LLM_TIMEOUT, "it did not answer in time");
    else if (s->over && s->end != HTTP_DONE && s->end != HTTP_STOPPED)
        failure_set(&f, connected && s->headed ? LLM_STREAM : LLM_CONNECT, "%s",
                    s->detail[0] ? s->detail : "it hung up");
    if (s->forbidden && !t->tell.stream) {
        upstream_close(s);
        turned_refuse(s, &f);
        return;
    }
    if (!s->forbidden && (!t->tell.items.len || !t->tell.stream)) {
        turned_broke(s, &f);
        return;
    }
    translation_complete(t, &f);
    if (f.class != LLM_CONTEXT && !s->forbidden)
        turned_name(s, &f);
    tell_fail(&t->tell, &f);
    t->over = true;
    turned_done(s);
}

static void turned_seen(void *arg)
{
    serve_later(arg);
}

/* The user's hooks see its calls. False: they look at them still. */
static bool turned_calls_pass(struct serving *s)
{
    struct translation *t = s->turned;
    char *why = NULL;
    if (!t->hold || t->over || s->forbidden || !translation_take(t))
        return true;
    if (!hooks_see_calls(s, &t->reply, turned_seen, &why))
        return false;
    AUTO_FREE char *refusal = why;
    if (refusal)
        translation_refuse(t, refusal);
    s->forbidden = refusal != NULL;
    return true;
}

/* Its end mark came, or only numbers could follow and did not. */
static bool turned_has_all(const struct serving *s)
{
    const struct answer *a = s->turned->answer;
    return answer_is_done(a) ||
           (answer_is_finished(a) && (s->over || clock_ms() - s->byte_ms >= TURNED_LINGER_MS));
}

void turned_work(struct serving *s)
{
    struct translation *t = s->turned;
    bool good = s->headed && s->status >= 200 && s->status < 300;
    if (s->complete || s->state == SERVING_REFUSED)
        return;
    if (t->over) {
        turned_done(s);
        return;
    }
    if (s->headed && s->status >= 300 && s->status < 400) {
        turned_redirected(s);
    } else if (s->over && s->headed && !good) {
        turned_status_failed(s);
    } else if (s->over || s->late || (t->hold && good && turned_has_all(s))) {
        bool ended = good && !s->late && (s->end == HTTP_DONE || turned_has_all(s));
        if (ended && !turned_calls_pass(s))
            return;
        if (ended && translation_end(t))
            turned_done(s);
        else
            turned_failed(s);
    } else if (good && t->tell.stream && t->tell.begun && s->state == SERVING_WAIT) {
        turned_keep_headers(s);
        s->early = true;
        turned_answer(s);
    }
    if (s->state == SERVING_ANSWERED && s->queue.len > s->sent)
        serve_resume(s);
}

/* A stream that says nothing is kept alive: begun, if it must be, before the server has answered.
 */
void turned_sweep(struct serving *s, int64_t now)
{
    struct translation *t = s->turned;
    if (!s->told_ms)
        s->told_ms = s->started_ms;
    if (t->over || s->complete || s->asking)
        return;
    if (t->answer && !s->hook && answer_is_finished(t->answer) &&
        now - s->byte_ms >= TURNED_LINGER_MS) {
        if (t->hold || translation_end(t))
            serve_later(s);
        return;
    }
    if (!t->asked.stream || now - s->told_ms < s->gateway->o.ping_ms)
        return;
    if (!t->tell.begun)
        tell_begin(&t->tell);
    tell_ping(&t->tell);
    turned_move(s);
    s->early = true;
    if (s->state == SERVING_WAIT)
        turned_answer(s);
    serve_resume(s);
}
