#include "cli/fetch.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "net/http.h"

static void fetched_head(void *arg, int status)
{
    ((struct fetched *)arg)->status = status;
}

static bool fetched_body(void *arg, const char *p, size_t n)
{
    buf_add(&((struct fetched *)arg)->body, p, n);
    return true;
}

static void fetched_done(void *arg, enum http_end end, const char *detail)
{
    (void)end;
    (void)detail;
    ((struct fetched *)arg)->over = true;
}

void fetch(const char *base, const char *path, const char *token, struct fetched *out)
{
    struct error e;
    struct loop *loop = loop_new(&e);
    struct http *http = loop ? http_new(loop, &e) : NULL;
    AUTO_FREE char *url = mem_printf("%s%s", base, path);
    AUTO_FREE char *bearer = token ? mem_printf("Authorization: Bearer %s", token) : NULL;
    const char *const headers[] = {bearer, NULL};
    const struct http_request q = {.url = url, .headers = headers, .connect_ms = 2000};
    const struct http_events on = {
        .arg = out, .head = fetched_head, .body = fetched_body, .done = fetched_done};
    struct http_transfer *t = http ? http_start(http, &q, &on, &e) : NULL;
    for (int64_t until = clock_ms() + 3000; t && !out->over && clock_ms() < until;)
        loop_step(loop, until);
    http_close(t);
    http_free(http);
    if (loop)
        loop_free(loop);
}
