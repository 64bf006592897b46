/* http: a stream of small pieces is taken some at a time, and loses none of them. */
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/loop.h"
#include "base/mem.h"
#include "net/http.h"

#define PIECES 300

struct server {
    int fd, port;
    size_t size; /* of a piece */
    pthread_t thread;
};

static void *serve(void *arg)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    struct server *s = arg;
    char in[4096], *piece = mem_alloc(s->size);
    int fd = accept(s->fd, NULL, NULL);
    ssize_t n = read(fd, in, sizeof in) > 0 ? write(fd, head, sizeof head - 1) : -1;
    memset(piece, 'x', s->size);
    for (int i = 0; i < PIECES && n > 0; i++) {
        n = send(fd, piece, s->size, MSG_NOSIGNAL);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* the pace of a model */
    }
    close(fd);
    free(piece);
    return NULL;
}

static void server_begin(struct server *s, size_t size)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    *s = (struct server){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .size = size};
    assert_true(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&a, n) == 0 && listen(s->fd, 1) == 0 &&
                getsockname(s->fd, (struct sockaddr *)&a, &n) == 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

struct got {
    size_t bytes, calls;
    bool over;
    enum http_end end;
};

static bool on_body(void *arg, const char *p, size_t n)
{
    struct got *g = arg;
    g->bytes += n;
    g->calls++;
    return true;
}

static void on_done(void *arg, enum http_end end, const char *detail)
{
    struct got *g = arg;
    g->over = true;
    g->end = end;
}

static struct got get(size_t size, bool gathers)
{
    struct error e = {0};
    struct server s;
    struct got g = {0};
    alarm(60); /* a wakeup that is lost is waited for without end */
    server_begin(&s, size);
    struct loop *loop = loop_new(&e);
    struct http *h = http_new(loop, &e);
    assert_non_null(h);
    if (gathers)
        http_gather(h);
    AUTO_FREE char *url = mem_printf("http://127.0.0.1:%d/", s.port);
    const struct http_events on = {.arg = &g, .body = on_body, .done = on_done};
    struct http_transfer *t = http_start(h, &(struct http_request){.url = url}, &on, &e);
    assert_non_null(t);
    while (!g.over)
        loop_step(loop, -1);
    http_close(t);
    http_free(h);
    loop_free(loop);
    alarm(0);
    pthread_join(s.thread, NULL);
    close(s.fd);
    assert_int_equal(g.end, HTTP_DONE);
    assert_int_equal(g.bytes, size * PIECES);
    return g;
}

static void small_pieces_are_taken_some_at_a_time(void **state)
{
    size_t few = get(20, true).calls;
    assert_true(few < PIECES / 2); /* sixteen by themselves, then about ten at a time */
}

static void nothing_is_lost_in_any_size(void **state)
{
    (void)get(20, false);
    (void)get(3000, true);
    (void)get(20000, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_pieces_are_taken_some_at_a_time),
        cmocka_unit_test(nothing_is_lost_in_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
