#include "llm/ask.h"

#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "llm/call.h"
#include "llm/headers.h"
#include "llm/model_key.h"
#include "llm/models/models.h"
#include "net/http.h"

#define ASK_ANSWER_MAX (4 << 20)

struct asking {
    struct buf *body;
    int status;
    bool over;
    struct error *e;
};

static void ask_head(void *arg, int status)
{
    ((struct asking *)arg)->status = status;
}

static bool ask_body(void *arg, const char *p, size_t n)
{
    struct asking *a = arg;
    buf_add(a->body, p, n);
    return a->body->len < ASK_ANSWER_MAX;
}

static void ask_done(void *arg, enum http_end end, const char *detail)
{
    struct asking *a = arg;
    a->over = true;
    if (end == HTTP_DONE)
        return;
    a->status = 0;
    error_set(a->e, ERR_NETWORK, "%s", detail);
}

static struct http_transfer *ask_start(struct llm *l, const struct model *m, const char *url,
                                       const char *post, int64_t until_ms, struct asking *a,
                                       struct header_list *headers)
{
    const char *key = NULL;
    struct http *http = call_http(l, a->e);
    struct error none = {0}; /* what needs no key may be asked without */
    if (!model_key_get(m, l->loop, &l->cancelled, &key, &none))
        key = NULL;
    if (!http || !headers_build(m, key, true, headers, a->e))
        return NULL;
    VEC_PUSH(headers, NULL);
    const struct http_request q = {.url = url,
                                   .headers = (const char *const *)headers->ptr,
                                   .body = post,
                                   .body_len = post ? strlen(post) : 0,
                                   .connect_ms = MAX(until_ms - clock_ms(), 1),
                                   .allow_http = m->allow_http};
    const struct http_events on = {.arg = a, .head = ask_head, .body = ask_body, .done = ask_done};
    return http_start(http, &q, &on, a->e);
}

int ask_server(struct llm *l, const struct model *m, const char *url, const char *post,
               int64_t until_ms, struct buf *out, struct error *e)
{
    struct error unused;
    struct header_list headers = {0};
    struct asking a = {.body = out, .e = e ? e : &unused};
    buf_clear(out);
    struct http_transfer *t = ask_start(l, m, url, post, until_ms, &a, &headers);
    while (t && !a.over && !l->cancelled && clock_ms() < until_ms)
        loop_step(l->loop, until_ms);
    if (t && !a.over)
        error_set(a.e, l->cancelled ? ERR_CANCELED : ERR_TIMEOUT, "no answer in time");
    http_close(t);
    headers_free(&headers);
    return a.over ? a.status : 0;
}
