/* The proxy of one command: hosts that were granted by name, and nothing else by any spelling. */
#include "host/filter.h"
#include "host/process.h"
#include "host/reach.h"
#include "host/sandbox_reach.h"
#include "host_help.h"

#include <signal.h>
#include <sys/wait.h>

static char said[8192];
static pid_t server;
static int port;

/* A server that answers each connection with the head it was sent, and waits for its end. */
static void serve(int listener)
{
    for (;;) {
        char head[8192] = "", reply[9000];
        size_t have = 0;
        int fd = accept(listener, NULL, NULL);
        for (ssize_t n; fd >= 0 && !strstr(head, "\r\n\r\n") && have < sizeof head - 1;
             have += (size_t)n)
            if ((n = read(fd, head + have, sizeof head - 1 - have)) <= 0)
                break;
        int len = snprintf(reply, sizeof reply,
                           "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                           have, head);
        for (ssize_t at = 0, n; fd >= 0 && at < len; at += n)
            if ((n = write(fd, reply + at, (size_t)(len - at))) <= 0)
                break;
        close(fd);
    }
}

static int begin(void **s)
{
    int rc = setup(s);
    port = 0;
    int listener = listen_here(&port);
    server = fork();
    if (server == 0) {
        signal(SIGPIPE, SIG_IGN);
        serve(listener);
    }
    close(listener);
    return rc;
}

static int end(void **s)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return teardown(s);
}

/* ---- raw ---- */

/* What the proxy answers to these bytes. */
static const char *asked(const char *const *hosts, size_t n, const char *request)
{
    int at = 0, listener = listen_here(&at);
    struct filter *f = filter_new(loop, listener, hosts, n);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)at),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t have = 0;
    bool over = false;
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (int64_t until = clock_ms() + PATIENCE_MS; !over && clock_ms() < until;) {
        loop_step(loop, clock_ms() + 20);
        ssize_t got = read(fd, said + have, sizeof said - 1 - have);
        have += got > 0 ? (size_t)got : 0;
        over = got == 0 || (got < 0 && errno != EAGAIN);
    }
    said[have] = '\0';
    assert_true(over);
    close(fd);
    filter_free(f);
    return said;
}

static void answers(const char *host, const char *request, const char *says)
{
    const char *got = asked(&host, 1, request);
    if (!strstr(got, says))
        fail_msg("granted %s, asked %s\nanswered: %s\nwanted: %s", host, request, got, says);
}

static void only_what_was_granted_is_reached(void **s)
{
    AUTO_FREE char *own = mem_printf("127.0.0.1:%d", port);
    AUTO_FREE char *get = mem_printf("GET http://%s/a?b HTTP/1.1\r\nHost: evil.org\r\nX: 1\r\n"
                                     "Proxy-Authorization: k\r\nConnection: keep-alive\r\n\r\n",
                                     own);
    AUTO_FREE char *tunnel =
        mem_printf("CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\nGET /t HTTP/1.0\r\n\r\n", own);
    AUTO_FREE char *seen =
        mem_printf("GET /a?b HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nX: 1\r\n\r\n", own);
    answers(own, get, seen); /* the host that was judged, and no second request for another */
    answers(own, tunnel, "200 Connection established\r\n\r\nHTTP/1.1 200 OK");
    answers(own, tunnel, "GET /t HTTP/1.0");
    static const struct {
        const char *host, *request, *says;
    } cases[] = {
        {"a.org", "CONNECT b.org:443 HTTP/1.1\r\n\r\n",
         "403 mien: b.org is not open to this command; if the task needs it, call again with "
         "needs: [\"network:b.org\"] and why\r\n"},
        {"a.org", "CONNECT a.org:22 HTTP/1.1\r\n\r\n", "needs: [\"network:a.org:22\"]"},
        {"a.org:8080", "CONNECT a.org:443 HTTP/1.1\r\n\r\n", "403 mien: a.org is not open"},
        {"a.org", "CONNECT xa.org:443 HTTP/1.1\r\n\r\n", "403 mien: xa.org is not open"},
        {"a.org", "CONNECT a.org.evil.org:443 HTTP/1.1\r\n\r\n", "403 mien: a.org.evil.org is not"},
        {"a.org", "CONNECT a.org.:443 HTTP/1.1\r\n\r\n",
         "403 mien: a.org.: a name with a dot at its end"},
        {"a.org", "CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n",
         "403 mien: 169.254.169.254: addresses are not"},
        {"169.254.169.254.", "CONNECT 169.254.169.254.:80 HTTP/1.1\r\n\r\n", "a name with a dot"},
        {"a.org", "CONNECT [::1]:443 HTTP/1.1\r\n\r\n", "addresses are not reached"},
        {"a.org", "CONNECT 0x7f000001:443 HTTP/1.1\r\n\r\n", "addresses are not reached"},
        {"a.org", "CONNECT 2130706433:443 HTTP/1.1\r\n\r\n", "addresses are not reached"},
        {"a.org", "CONNECT 0177.1:443 HTTP/1.1\r\n\r\n", "addresses are not reached"},
        {"a.org", "CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n", "addresses are not reached"},
        {"a.org", "GET http://a.org@169.254.169.254/ HTTP/1.1\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://169.254.169.254/latest HTTP/1.1\r\nHost: a.org\r\n\r\n",
         "addresses are not"},
        {"a.org", "GET http://b.org/ HTTP/1.1\r\nHost: a.org\r\n\r\n", "b.org is not open"},
        {"a.org", "GET https://a.org/ HTTP/1.1\r\n\r\n", "400 mien: "},
        {"a.org", "GET / HTTP/1.1\r\nHost: a.org\r\n\r\n", "400 mien: "},
        {"a.org", "CONNECT m\xc3\xbcller.de:443 HTTP/1.1\r\n\r\n", "400 mien: "},
        {"a.org", "CONNECT a.org:443\x01 HTTP/1.1\r\n\r\n", "400 mien: "},
        {"a.org", "CONNECT :443 HTTP/1.1\r\n\r\n", "400 mien: "},
        {"a.org", "CONNECT a.org:99999 HTTP/1.1\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://a.org/ HTTP/1.1\nHost: a.org\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://a.org/ HTTP/1.1\r\nX: 1\nHost: evil.org\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://a.org/ HTTP/1.1\r\nX: 1\rHost: evil.org\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://a.org/ HTTP/1.1\r\nX: 1\r\n Host: evil.org\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://a.org/ HTTP/1.1\r\nHost : evil.org\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://a.org/ HTTP/1.1\r\n: x\r\n\r\n", "400 mien: "},
        {"a.org", "GET http://a.org/ HTTP/1.1\r\nHost\r\n\r\n", "400 mien: "},
        {"a.org", "\x16\x03\x01\r\n\r\n", "400 mien: "},
        {"localhost", "CONNECT localhost:443 HTTP/1.1\r\n\r\n",
         "403 mien: the name leads to this machine or a private network"},
        {"localhost", "CONNECT LOCALHOST:443 HTTP/1.1\r\n\r\n", "the name leads to this machine"},
        {"127.0.0.1:1", "CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n",
         "502 mien: the host cannot be reached"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        answers(cases[i].host, cases[i].request, cases[i].says);
}

/* ---- a command behind it ---- */

static struct sandbox *given(struct sandbox *base, const char *word)
{
    AUTO(reach) r = {0};
    struct error e = {0};
    if (!reach_add(&r, word, &e))
        fail_msg("%s", e.text);
    struct sandbox *d = sandbox_reach(base, &r, loop, &e);
    if (!d)
        fail_msg("%s", e.text);
    return d;
}

static int run(const struct sandbox *sb, const char *command)
{
    struct error e = {0};
    AUTO(buf) out = {0};
    struct process_spec spec = {.command = command,
                                .cwd = root,
                                .tmp = tmp,
                                .sandbox = sb,
                                .timeout_ms = PATIENCE_MS,
                                .keep = sizeof said / 4};
    struct process *p = process_start(loop, &spec, &e);
    assert_non_null(p);
    PUMP(!process_running(p));
    process_output(p, &out);
    snprintf(said, sizeof said, "%s", buf_cstr(&out));
    int code = process_code(p);
    process_free(p);
    return code;
}

static void a_command_has_no_other_way_out(void **s)
{
    struct sandbox *base = sandbox_here(SANDBOX_FULL);
    if (!base)
        skip();
    AUTO_FREE char *word = mem_printf("network:127.0.0.1:%d", port);
    AUTO_FREE char *get = mem_printf("curl -s -S http://127.0.0.1:%d/x", port);
    AUTO_FREE char *direct = mem_printf("curl -s -S --noproxy '*' http://127.0.0.1:%d/x", port);
    AUTO_FREE char *socket = mem_printf("exec 3<>/dev/tcp/127.0.0.1/%d", port);
    struct sandbox *d = given(base, word), *other = given(base, "network:a.org");
    assert_int_not_equal(run(base, get), 0);
    assert_int_equal(run(d, get), 0);
    assert_non_null(strstr(said, "GET /x HTTP/1.1"));
    assert_null(sandbox_refused_host(d));
    assert_int_not_equal(run(d, direct), 0);
    assert_int_not_equal(run(d, socket), 0);
    (void)run(d, "curl -s -S http://b.org/");
    assert_non_null(strstr(said, "call again with needs: [\"network:b.org\"]"));
    assert_string_equal(sandbox_refused_host(d), "b.org");
    assert_int_not_equal(run(d, "curl -s -S https://b.org/"), 0);
    assert_int_not_equal(run(other, get), 0); /* not even by the proxy of another */
    assert_int_equal(run(d,
                         "python3 -c 'import socket as s; a = s.create_server((\"127.0.0.1\", 0)); "
                         "s.create_connection(a.getsockname())'"),
                     0); /* loopback of its own */
    AUTO_FREE char *big =
        mem_printf("head -c 3000000 /dev/zero | curl -s -S -T - -H Expect: http://127.0.0.1:%d/x; "
                   "for i in 1 2 3 4 5 6 7 8; do %s -o /dev/null & done; wait",
                   port, get);
    (void)run(d, big);
    assert_int_equal(run(d, get), 0);
    sandbox_free(d);
    sandbox_free(other);
    sandbox_free(base);
}

static void landlock_alone_cannot_tell_hosts_apart(void **s)
{
    struct sandbox *base = sandbox_here(SANDBOX_LANDLOCK);
    AUTO(reach) r = {0};
    struct error e = {0};
    if (!base)
        skip();
    assert_true(reach_add(&r, "network:npm", &e));
    assert_null(sandbox_reach(base, &r, loop, &e));
    assert_non_null(strstr(e.text, "cannot open the network to single hosts; ask for network"));
    sandbox_free(base);
}

static void words_for_hosts(void **s)
{
    static const struct {
        const char *word, *says;
    } bad[] = {{"network:", "give a host's name"},
               {"network:a.org.", "leave out the dot"},
               {"network:10.0.0.1", "not an address"},
               {"network:169.254.169.254:80", "not an address"},
               {"network:127.0.0.1", "only 127.0.0.1:PORT"},
               {"network:127.0.0.2:80", "only 127.0.0.1:PORT"},
               {"network:[::1]:80", "give a host's name"},
               {"network:0x7f.1", "not an address"},
               {"network:localhost", "no host's full name"},
               {"network:localhost:80", "no host's full name"},
               {"network:cpan", "groups are: crates, debian"},
               {"network:npm:80", "no host's full name"},
               {"network:m\xc3\xbcller.de", "xn-- form"},
               {"network:*.org", "give a host's name"},
               {"network:a..org", "give a host's name"},
               {"network:a.org:0", "give a host's name"},
               {"network:a.org:x", "give a host's name"},
               {"network:a.org/x", "give a host's name"},
               {"network:u@a.org", "give a host's name"}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO(reach) r = {0};
        struct error e = {0};
        if (reach_add(&r, bad[i].word, &e) || !strstr(e.text, bad[i].says))
            fail_msg("%s: %s", bad[i].word, e.text);
    }
    static const struct {
        const char *have, *want;
        bool covers;
    } pairs[] = {{"network", "network:a.org", true},
                 {"network:a.org", "network", false},
                 {"network:a.org", "network:A.org", true},
                 {"network:a.org", "network:a.org:443", true},
                 {"network:a.org", "network:a.org:22", false},
                 {"network:a.org:443", "network:a.org", false},
                 {"network:pypi", "network:files.pythonhosted.org", true},
                 {"network:pypi", "network:pypi", true},
                 {"network:pypi", "network:npm", false},
                 {"network:pypi.org", "network:pypi", false}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        AUTO(reach) a = {0}, b = {0};
        struct error e = {0};
        assert_true(reach_add(&a, pairs[i].have, &e) && reach_add(&b, pairs[i].want, &e));
        if (reach_covers(&a, &b.items.ptr[0]) != pairs[i].covers)
            fail_msg("%s, %s", pairs[i].have, pairs[i].want);
    }
}

#define S(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        S(only_what_was_granted_is_reached),
        S(a_command_has_no_other_way_out),
        S(landlock_alone_cannot_tell_hosts_apart),
        S(words_for_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
