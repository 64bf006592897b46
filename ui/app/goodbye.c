#include "ui/app/goodbye.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"

#define WAIT_MS 2000

void goodbye_wait(const struct post *post, struct engine *g, void (*read_events)(void *arg),
                  void *arg)
{
    assert(g && read_events);
    int64_t until = clock_ms() + WAIT_MS;
    post_request(post, REQUEST_QUIT, NULL, NULL);
    while (!engine_done(g) && clock_ms() < until) {
        struct pollfd fd = {engine_event_fd(g), POLLIN, 0};
        poll(&fd, 1, (int)(until - clock_ms()));
        read_events(arg);
    }
    read_events(arg); /* what came between the last look and its end */
}

void goodbye_say(const struct state *st)
{
    if (st->session && *st->session && state_has_talk(st))
        printf("session %s; mien --resume %s goes on with it\n", st->session, st->session);
    fflush(stdout);
}
