#include "llm/llm.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "llm/call.h"
#include "llm/codecs.h"
#include "llm/failure_text.h"
#include "llm/lora.h"
#include "llm/models/models.h"
#include "llm/playbook/playbook.h"
#include "llm/remote.h"
#include "llm/turn/body.h"
#include "llm/window.h"
#include "net/http.h"

#define LESSONS_MAX 5 /* parameters that one call may learn to leave out */

struct llm *llm_new(struct loop *loop, const struct llm_limits *limits)
{
    struct llm *l = mem_alloc(sizeof *l);
    l->loop = loop;
    l->limits = *limits;
    l->payload_ceiling_ms = CALL_PAYLOAD_CEILING_MS;
    return l;
}

void llm_free(struct llm *l)
{
    if (!l)
        return;
    http_free(l->http);
    lora_forget(l);
    paces_fini(&l->paces);
    buf_fini(&l->last_body);
    free(l);
}

const struct llm_rates *llm_rates(const struct llm *l)
{
    return &l->rates;
}

void llm_cancel(struct llm *l)
{
    if (!l || !l->running)
        return;
    l->cancelled = true;
    loop_wake(l->loop);
}

static bool call_is_playbook(const struct llm_request *r)
{
    return strcmp(r->model->provider, "playbook") == 0;
}

/* Forget what a failed attempt left, but not when its first token came. */
static void call_reset(struct attempt *a)
{
    struct llm_reply fresh = {.first_token_ms = a->out->first_token_ms, .url = a->out->url};
    a->out->url = NULL;
    llm_reply_fini(a->out);
    *a->out = fresh;
    a->hints = (struct retry_hints){0};
    *a->failure = (struct llm_failure){0};
    if (a->showed && a->watch->restart)
        a->watch->restart(a->watch->arg);
    a->showed = false;
}

static bool call_adapter(struct attempt *a, struct llm_request *r)
{
    struct error e = {0};
    if (!r->mode || r->lora_slot || lora_slot(a->llm, r->model, r->mode, &r->lora_slot, &e))
        return true;
    if (a->llm->cancelled)
        return failure_set(a->failure, LLM_CANCELLED, "stopped");
    return failure_set(a->failure, e.code == ERR_NETWORK ? LLM_CONNECT : LLM_CONFIG, "%s", e.text);
}

static bool call_once(struct attempt *a, struct llm_request *r)
{
    bool ok = call_adapter(a, r) && (call_is_playbook(r) ? playbook_attempt(a) : remote_attempt(a));
    if (!a->llm->cancelled)
        return ok;
    return failure_set(a->failure, LLM_CANCELLED, "stopped");
}

/* True if another attempt should be made, after having waited for it. */
static bool call_retry(struct attempt *a, char **last_message)
{
    struct llm_failure *f = a->failure;
    bool same = *last_message && strcmp(*last_message, f->error.text) == 0;
    if (same && (f->status == 500 || a->hints.unchanged_is_final))
        a->hints.final = true;
    mem_replace(last_message, f->error.text);
    struct llm_limits limits = a->llm->limits;
    if (a->request->model->retries > 0) /* its entry's, or the router's */
        limits.max_retries = a->request->model->retries - 1;
    int64_t wait = retry_wait_ms(f, &a->hints, a->pass, &limits);
    int64_t until = call_total_deadline(a);
    if (wait < 0 || (until >= 0 && clock_ms() + wait >= until))
        return false;
    call_phase(a, "retry", wait, f->error.text);
    if (call_pause(a->llm, wait))
        return true;
    return failure_set(f, LLM_CANCELLED, "stopped while waiting to try again");
}

/* The deployments of the model that have the mode, then those of its fallbacks, with what a request
 * to each says. */
struct pool {
    VEC(struct llm_request) requests;
    size_t at;
    size_t own, roomier; /* how many are the model's; from where on they are for longer prompts */
    VEC(struct mode *) made;
};

/* The deployments of one group; only: there is no other, and its problem is told by asking it. */
static void pool_add(struct pool *p, const struct llm_request *r, const struct model *group,
                     bool only)
{
    const struct model *home = r->mode && r->mode->of ? r->mode->of : r->model;
    for (const struct model *d = group; d; d = d->next) {
        struct llm_request q = *r;
        q.model = d;
        if (!only && d->problem)
            continue;
        if (r->mode && d != home && !only) {
            struct mode *made = mode_for(d, r->mode);
            if (!made)
                continue;
            VEC_PUSH(&p->made, made);
            q.mode = made;
        }
        VEC_PUSH(&p->requests, q);
    }
}

static void pool_init(struct pool *p, const struct llm_request *r)
{
    const struct model *m = r->model;
    *p = (struct pool){0};
    pool_add(p, r, m, !m->next);
    p->own = p->requests.len;
    for (size_t i = 0; m->fallbacks && m->fallbacks[i]; i++)
        pool_add(p, r, m->fallbacks[i], false);
    p->roomier = p->requests.len;
    for (size_t i = 0; m->roomier && m->roomier[i]; i++)
        pool_add(p, r, m->roomier[i], false);
}

static void pool_fini(struct pool *p)
{
    for (size_t i = 0; i < p->made.len; i++)
        mode_free(p->made.ptr[i]);
    VEC_FREE(&p->made);
    VEC_FREE(&p->requests);
}

/* The next deployment, if there is one that was not tried in this pass. */
static bool pool_next(struct pool *p, struct attempt *a)
{
    bool too_long = a->failure->class == LLM_CONTEXT;
    size_t next = too_long ? MAX(p->at + 1, p->roomier) : p->at + 1;
    size_t end = too_long ? p->requests.len : p->roomier;
    if (next >= end || (!too_long && !retry_elsewhere(a->failure)))
        return false;
    int64_t until = call_total_deadline(a);
    if (until >= 0 && clock_ms() >= until)
        return false;
    const struct model *m = p->requests.ptr[next].model;
    AUTO_FREE char *told =
        next >= p->own ? mem_printf("%s; %s is asked instead", a->failure->error.text, m->name)
                       : mem_strdup(a->failure->error.text);
    call_phase(a, "retry", 0, told);
    p->at = next;
    a->request = &p->requests.ptr[next];
    return true;
}

/* The server refused a parameter by its name and gets the request without it, at once. */
static bool call_learned(struct attempt *a, int *lessons)
{
    if (!a->hints.learned || ++*lessons > LESSONS_MAX)
        return false;
    call_phase(a, "retry", 0, a->failure->error.text);
    return true;
}

/* To a deployment of its own that may be asked now, else when the one in turn may. */
static bool call_paced(struct attempt *a, struct pool *p)
{
    struct paces *paces = &a->llm->paces;
    int64_t now = clock_ms(), wait = pace_wait_ms(paces, p->requests.ptr[p->at].model, now);
    for (size_t i = p->at + 1; wait > 0 && i < p->own; i++)
        if (pace_wait_ms(paces, p->requests.ptr[i].model, now) == 0) {
            p->at = i;
            wait = 0;
        }
    a->request = &p->requests.ptr[p->at];
    if (wait <= 0)
        return true;
    const struct model *m = a->request->model;
    AUTO_FREE char *why =
        m->rpm > 0 ? mem_printf("%s allows %lld requests a minute", m->origin, (long long)m->rpm)
                   : mem_printf("%s allows %lld tokens a minute", m->origin, (long long)m->tpm);
    call_phase(a, "retry", wait, why);
    return call_pause(a->llm, wait) ||
           failure_set(a->failure, LLM_CANCELLED, "stopped while waiting for its turn");
}

static bool call_pass(struct attempt *a, struct pool *p)
{
    int lessons = 0;
    p->at = 0;
    for (;; a->number++) {
        a->out->attempts = a->number;
        if (!call_paced(a, p))
            return false;
        bool ok = call_once(a, &p->requests.ptr[p->at]);
        if (ok && a->request->model->tpm > 0)
            call_estimate_usage(a);
        pace_note(&a->llm->paces, a->request->model, clock_ms(),
                  a->out->usage.input + a->out->usage.output);
        if (ok)
            return true;
        if (a->failure->class == LLM_CANCELLED || (!call_learned(a, &lessons) && !pool_next(p, a)))
            return false;
        call_reset(a);
    }
}

static bool call_run(struct attempt *a, struct pool *p)
{
    AUTO_FREE char *last_message = NULL;
    for (a->number = 1, a->pass = 1;; a->number++, a->pass++) {
        if (call_pass(a, p))
            return true;
        if (a->failure->class == LLM_CANCELLED || !call_retry(a, &last_message))
            return false;
        call_reset(a);
    }
}

bool llm_call(struct llm *l, const struct llm_request *r, const struct llm_watch *w,
              struct llm_reply *out, struct llm_failure *f)
{
    static const struct llm_watch nobody;
    struct llm_failure unused;
    assert(r->model && (r->messages || !r->message_count) && (r->tools || !r->tool_count));
    *out = (struct llm_reply){.first_token_ms = -1};
    f = f ? f : &unused;
    *f = (struct llm_failure){0};
    if (l->running)
        return failure_set(f, LLM_CONFIG, "a model is already being asked");
    struct pool p;
    pool_init(&p, r);
    struct attempt a = {.llm = l,
                        .request = r,
                        .watch = w ? w : &nobody,
                        .call_began_ms = clock_ms(),
                        .out = out,
                        .failure = f};
    l->running = true;
    l->cancelled = false; /* of an earlier call, whose end crossed with it */
    bool ok = p.requests.len > 0 ? call_run(&a, &p)
                                 : failure_set(f, LLM_CONFIG, "no deployment of it can be used");
    l->running = l->cancelled = false;
    out->total_ms = clock_ms() - a.call_began_ms;
    call_estimate_usage(&a);
    out->answered = a.request->model;
    if (!ok)
        failure_explain(f, a.request->model, out->url);
    pool_fini(&p);
    return ok;
}

char *llm_url(const struct model *m, const struct mode *mode)
{
    struct llm_request r = {.model = m, .mode = mode};
    struct pool p;
    pool_init(&p, &r);
    const struct llm_request *first =
        p.requests.len && !call_is_playbook(&r) ? &p.requests.ptr[0] : NULL;
    char *url = first ? remote_url(first, NULL) : NULL;
    pool_fini(&p);
    return url;
}

struct llm_prefix *llm_prefix_new(void)
{
    return mem_alloc(sizeof(struct llm_prefix));
}

void llm_prefix_free(struct llm_prefix *p)
{
    if (p)
        prefix_fini(p);
    free(p);
}

void llm_body(const struct llm_request *r, struct buf *out, size_t *tail_at)
{
    body_show(codec_of(r->model), r, out, tail_at);
}

int64_t llm_ask_window(struct llm *l, const struct model *m, int64_t timeout_ms)
{
    return window_ask(l, m, timeout_ms);
}
