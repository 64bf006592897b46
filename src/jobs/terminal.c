#include "jobs/terminal.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sanitize.h"
#include "jobs/servers.h"
#include "run/reactor.h"

/* So long it must be silent before it counts as waiting, by what it said last. */
#define PROMPT_MS 400   /* a line without an end */
#define LINES_MS 1500   /* whole lines */
#define NOTHING_MS 3000 /* nothing at all */
#define LOOK_MS 100

/* -1: no silence is long enough, as for who only waits for news. */
static int64_t silence_of(const struct server *v, bool typed)
{
    bool whole;
    if (!server_fresh(v, &whole))
        return typed ? NOTHING_MS : -1;
    return whole ? LINES_MS : PROMPT_MS;
}

static void take_words(struct server *v, struct command_result *r)
{
    AUTO(buf) raw = {0}, masked = {0};
    server_take_fresh(v, &raw);
    log_mask(&masked, buf_cstr(&raw), raw.len);
    AUTO_FREE char *clean = sanitize_text(buf_cstr(&masked), SANITIZE_OVERWRITE);
    buf_adds(&r->out, clean);
}

void terminal_wait(struct reactor *reactor, struct servers *s, const char *name, bool typed,
                   int64_t most_ms, struct command_result *r)
{
    int64_t since = clock_ms(), end = since + most_ms;
    struct server *v;
    while ((v = servers_find(s, name)) && !server_ended(v) && !reactor_stopped(reactor)) {
        int64_t now = clock_ms(), silent = MIN(server_silent_ms(v), now - since);
        int64_t enough = silence_of(v, typed);
        bool whole;
        r->silent_ms = server_silent_ms(v);
        r->asks = server_fresh(v, &whole) && !whole;
        if ((enough >= 0 && silent >= enough) || now >= end)
            break;
        reactor_wait(reactor, MIN(now + LOOK_MS, end));
    }
    r->ms = clock_ms() - since;
    if (!v)
        return;
    take_words(v, r);
    if (server_ended(v)) {
        struct server_status status = server_status(v, 0);
        r->code = status.code;
        r->asks = false;
        r->job = 0;
        server_end_is_news(v); /* told by this look */
        server_status_fini(&status);
    }
}
