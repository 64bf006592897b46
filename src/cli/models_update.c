/* mien models update FILE|URL: windows and prices of many models, from LiteLLM's list. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/loop.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "llm/models/known.h"
#include "net/http.h"

#define LIST_MOST (32 << 20) /* bytes */
#define FETCH_MS 60000

struct fetch {
    struct buf *out;
    int status;
    bool over;
    char why[200];
};

static void fetch_head(void *arg, int status)
{
    ((struct fetch *)arg)->status = status;
}

static bool fetch_body(void *arg, const char *p, size_t n)
{
    struct fetch *f = arg;
    buf_add(f->out, p, n);
    return f->out->len <= LIST_MOST;
}

static void fetch_done(void *arg, enum http_end end, const char *detail)
{
    struct fetch *f = arg;
    f->over = true;
    if (end != HTTP_DONE)
        snprintf(f->why, sizeof f->why, "%s", *detail ? detail : "it broke off");
}

static bool fetch(const char *url, struct buf *out, struct error *e)
{
    struct fetch f = {.out = out};
    struct loop *loop = loop_new(e);
    struct http *http = loop ? http_new(loop, e) : NULL;
    const struct http_request q = {.url = url, .connect_ms = 10000};
    const struct http_events on = {
        .arg = &f, .head = fetch_head, .body = fetch_body, .done = fetch_done};
    struct http_transfer *t = http ? http_start(http, &q, &on, e) : NULL;
    int64_t until = clock_ms() + FETCH_MS;
    while (t && !f.over && clock_ms() < until)
        loop_step(loop, until);
    bool came = t && f.over && !*f.why, ok = came && f.status == 200;
    if (came && !ok)
        error_set(e, ERR_NETWORK, "%s: the server answered %d", url, f.status);
    else if (t && !ok)
        error_set(e, ERR_NETWORK, "%s: %s", url, *f.why ? f.why : "it did not come in a minute");
    http_close(t);
    http_free(http);
    loop_free(loop);
    return ok;
}

int cli_models_update(const char *from)
{
    struct error e = {0};
    AUTO(buf) text = {0};
    size_t count;
    bool web = strncmp(from, "https://", 8) == 0 || strncmp(from, "http://", 7) == 0;
    if (!(web ? fetch(from, &text, &e) : file_read(from, &text, LIST_MOST, &e)) ||
        !known_update(buf_cstr(&text), text.len, &count, &e))
        return cli_fail(&e);
    output_text(stdout, "%zu models: their windows, limits and prices are known now\n", count);
    return CLI_OK;
}
