/* A proxy in this process, and clients that do not behave. */
#include "unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/mem.h"
#include "gateway/gateway.h"
#include "gateway/gateway_priv.h"
#include "llm/models/models.h"
#include "unit/llm_server.h"

#define LIMIT_MS 300

struct world {
    struct server server;
    struct models *models;
    struct loop *loop;
    struct gateway *proxy;
};

static struct gateway_hooks world_hooks; /* of the worlds made next */

static void world_init(struct world *w, const char *script)
{
    struct error e = {0};
    server_start(&w->server, script);
    AUTO_FREE char *text = mem_printf("model_list:\n- {model_name: m, litellm_params: {model: "
                                      "hosted_vllm/x, api_base: 'http://127.0.0.1:%d/v1'}}\n",
                                      w->server.port);
    AUTO_FREE char *path = mem_printf("%s/models.yaml", w->server.dir);
    assert_true(file_write(path, text, strlen(text), &e));
    w->models = models_load(NULL, NULL, path, &e);
    unlink(path);
    w->loop = loop_new(NULL);
    const struct gateway_opts o = {.listen = "127.0.0.1:0",
                                   .models = w->models,
                                   .sessions_dir = w->server.dir,
                                   .header_ms = LIMIT_MS,
                                   .body_ms = LIMIT_MS,
                                   .ping_ms = LIMIT_MS,
                                   .hooks = world_hooks,
                                   .body_max = 1000};
    w->proxy = gateway_new(w->loop, &o, &e);
    if (!w->proxy)
        print_message("%s\n", e.text);
    assert_non_null(w->proxy);
}

static void world_fini(struct world *w)
{
    gateway_free(w->proxy);
    loop_free(w->loop);
    models_free(w->models);
    server_stop(&w->server);
}

static int dial(const struct world *w)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_port = htons((uint16_t)atoi(strrchr(gateway_url(w->proxy), ':') + 1));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Serve until the client is closed or has seen `until`; dripping a byte of `drip` meanwhile.
 * The milliseconds it took. */
static int64_t serve(struct world *w, int fd, const char *until, char drip, struct buf *seen)
{
    char chunk[4096];
    int64_t began = clock_ms();
    while (clock_ms() < began + 10000) {
        gateway_step(w->proxy, clock_ms() + 20);
        ssize_t n = recv(fd, chunk, sizeof chunk, 0);
        if (n > 0)
            buf_add(seen, chunk, (size_t)n);
        if (n == 0 || (n < 0 && errno != EAGAIN) || (until && strstr(buf_cstr(seen), until)))
            return clock_ms() - began;
        if (drip && send(fd, &drip, 1, MSG_NOSIGNAL) < 0)
            return clock_ms() - began;
    }
    fail_msg("neither closed nor answered: %s", buf_cstr(seen));
    return 0;
}

#define POST "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"

static void shown_out(const char *begin, char drip)
{
    struct world w;
    AUTO(buf) seen = {0};
    world_init(&w, "[]");
    int fd = dial(&w);
    say(fd, begin);
    int64_t took = serve(&w, fd, NULL, drip, &seen);
    assert_true(took >= LIMIT_MS - 20 && took < LIMIT_MS + 2000);
    assert_null(strstr(buf_cstr(&seen), " 200 "));
    assert_int_equal(server_count(&w.server), 0);
    close(fd);
    world_fini(&w);
}

static void drippers_are_shown_out(void **state)
{
    shown_out("P", 'x');
    shown_out(POST "X-A: ", 'a');
    shown_out(POST "Content-Length: 900\r\n\r\n{", ' ');
    shown_out(POST "Transfer-Encoding: chunked\r\n\r\n", 0);
    shown_out("", 0);
}

static void answers(struct world *w, int fd, const char *words)
{
    AUTO(buf) seen = {0};
    serve(w, fd, words, 0, &seen);
    assert_has(buf_cstr(&seen), words);
}

/* The pause between two requests counts anew; an idle connection is closed in the end. */
static void kept_connections_have_time(void **state)
{
    struct world w;
    AUTO(buf) seen = {0};
    world_init(&w, "[{\"json\": {}}, {\"json\": {}}, {\"json\": {}}]");
    int fd = dial(&w);
    for (int i = 0; i < 3; i++) {
        int64_t until = clock_ms() + LIMIT_MS / 2;
        while (clock_ms() < until)
            gateway_step(w.proxy, until);
        say(fd, POST "Content-Length: 13\r\n\r\n{\"model\":\"m\"}");
        answers(&w, fd, " 200 ");
    }
    int64_t took = serve(&w, fd, NULL, 0, &seen);
    assert_true(took >= LIMIT_MS - 50);
    close(fd);
    world_fini(&w);
}

static void a_long_answer_may_take_longer_than_a_request(void **state)
{
    struct world w;
    world_init(&w, "[{\"say\": \"a b c d e f g h i j\", \"pause\": 0.06}]");
    int fd = dial(&w);
    say(fd, POST "Content-Length: 13\r\n\r\n{\"model\":\"m\"}");
    AUTO(buf) seen = {0};
    assert_true(serve(&w, fd, "[DONE]", 0, &seen) > LIMIT_MS);
    close(fd);
    world_fini(&w);
}

static void a_body_too_large_is_refused(void **state)
{
    struct world w;
    char body[1001];
    world_init(&w, "[]");
    memset(body, ' ', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    static const char *const heads[] = {POST "Content-Length: 1001\r\n\r\n.",
                                        POST "Transfer-Encoding: chunked\r\n\r\n1\r\n.\r\n3e8\r\n"};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        int fd = dial(&w);
        say(fd, heads[i]);
        say(fd, body);
        if (i == 1)
            say(fd, "\r\n0\r\n\r\n");
        answers(&w, fd, " 413 ");
        close(fd);
    }
    int fd = dial(&w); /* who never stops is cut off */
    AUTO(buf) seen = {0};
    say(fd, POST "Content-Length: 5001\r\n\r\n");
    for (int i = 0; i < 5; i++)
        say(fd, body);
    assert_true(serve(&w, fd, NULL, 0, &seen) < LIMIT_MS - 50); /* not by the clock */
    assert_null(strstr(buf_cstr(&seen), " 200 "));
    close(fd);
    world_fini(&w);
}

/* Ending while requests run: no crash, no leak, whatever their state. */
static void it_ends_with_requests_under_way(void **state)
{
    struct world w;
    AUTO(buf) seen = {0};
    world_init(&w, "[{\"say\": \"a b c\", \"fault\": \"stall\", \"after\": 2}, {\"delay\": 20}]");
    int streaming = dial(&w), waiting = dial(&w), sending = dial(&w);
    say(streaming, POST "Content-Length: 13\r\n\r\n{\"model\":\"m\"}");
    serve(&w, streaming, "data:", 0, &seen);
    say(waiting, POST "Content-Length: 13\r\n\r\n{\"model\":\"m\"}");
    say(sending, POST "Content-Length: 13\r\n\r\n{");
    for (int i = 0; i < 100 && (server_count(&w.server) < 2 || w.proxy->serving.len < 3); i++)
        gateway_step(w.proxy, clock_ms() + 20);
    assert_int_equal(w.proxy->serving.len, 3);
    gateway_free(w.proxy);
    w.proxy = NULL;
    close(streaming);
    close(waiting);
    close(sending);
    world_fini(&w);
}

/* ---- a translated stream that is silent ---- */

#define MESSAGES_BODY                                                                     \
    "{\"model\":\"m\",\"stream\":true,\"max_tokens\":9,\"messages\":[{\"role\":\"user\"," \
    "\"content\":\"hi\"}]}"

static void ask_messages(int fd)
{
    AUTO_FREE char *head =
        mem_printf("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(MESSAGES_BODY), MESSAGES_BODY);
    say(fd, head);
}

static size_t times(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

static void a_silent_stream_is_kept_alive(void **state)
{
    /* before the first byte, between two, and after the end was said but not made */
    static const char *const scripts[] = {"[{\"say\":\"a b\",\"delay\":0.9}]",
                                          "[{\"say\":\"a b\",\"pause\":0.5}]"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        struct world w;
        AUTO(buf) seen = {0};
        world_init(&w, scripts[i]);
        int fd = dial(&w);
        ask_messages(fd);
        serve(&w, fd, "message_stop", 0, &seen);
        assert_true(times(buf_cstr(&seen), "event: ping") >=
                    2); /* the first comes with the start */
        assert_int_equal(times(buf_cstr(&seen), "event: message_start"), 1);
        assert_has(buf_cstr(&seen), " 200 ");
        close(fd);
        world_fini(&w);
    }
}

/* Also one that goes through, while its call waits for a hook: between two events of it. */
static void a_stream_that_is_held_is_kept_alive(void **state)
{
    static const char body[] = "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\","
                               "\"content\":\"hi\"}]}";
    static const struct gateway_hook hook = {
        .event = "pre_tool", .command = "true", .dir = "/", .timeout_ms = 60000};
    struct world w;
    AUTO(buf) seen = {0};
    (void)state;
    world_hooks = (struct gateway_hooks){&hook, 1};
    world_init(&w,
               "[{\"say\":\"a\",\"calls\":[{\"name\":\"f\",\"args\":{\"x\":1}}],\"pause\":0.5}]");
    int fd = dial(&w);
    AUTO_FREE char *head = mem_printf(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(body), body);
    say(fd, head);
    serve(&w, fd, "[DONE]", 0, &seen);
    const char *ping = strstr(buf_cstr(&seen), ": keep-alive\n\n");
    assert_non_null(ping);
    assert_true(strstr(buf_cstr(&seen), "\"content\": \"a\"") < ping);
    assert_true(strstr(buf_cstr(&seen), "tool_calls") > ping);
    assert_non_null(memmem(ping - 3 * 8, 3 * 8, "}\n\n", 3));
    close(fd);
    world_fini(&w);
    world_hooks = (struct gateway_hooks){0};
}

/* It began before its server had answered: what fails then is told inside. */
static void an_early_stream_fails_inside(void **state)
{
    struct world w;
    AUTO(buf) seen = {0};
    (void)state;
    world_init(&w, "[{\"status\":500,\"error\":\"boom\",\"delay\":0.9}]");
    int fd = dial(&w);
    ask_messages(fd);
    serve(&w, fd, "boom", 0, &seen);
    assert_has(buf_cstr(&seen), "event: message_start");
    assert_has(buf_cstr(&seen), "event: error");
    assert_null(strstr(buf_cstr(&seen), "message_delta"));
    close(fd);
    world_fini(&w);
}

/* All but the end of the connection came: after a moment that is the end. */
static void a_server_that_lingers_is_not_waited_for(void **state)
{
    struct world w;
    AUTO(buf) seen = {0};
    (void)state;
    world_init(&w, "[{\"frames\":[{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]},{"
                   "\"choices\":[{\"index\":0,\"delta\":{},"
                   "\"finish_reason\":\"stop\"}]},{}],\"fault\":\"stall\",\"after\":2}]");
    int fd = dial(&w);
    ask_messages(fd);
    assert_true(serve(&w, fd, "message_stop", 0, &seen) < 6000);
    close(fd);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_silent_stream_is_kept_alive),
        T(a_stream_that_is_held_is_kept_alive),
        T(an_early_stream_fails_inside),
        T(a_server_that_lingers_is_not_waited_for),
        T(drippers_are_shown_out),
        T(kept_connections_have_time),
        T(a_long_answer_may_take_longer_than_a_request),
        T(a_body_too_large_is_refused),
        T(it_ends_with_requests_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
