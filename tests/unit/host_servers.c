#include <signal.h>
#include <sys/wait.h>

#include "base/file.h"
#include "host_help.h"
#include "jobs/servers.h"

static bool confined; /* the whole table runs twice: without a sandbox and at level full */
static struct sandbox *box;
static struct servers *servers;
static char *logs;
static int changes;

static void on_changed(void *arg)
{
    changes++;
}

static int begin(void **s)
{
    if (setup(s) != 0)
        return -1;
    box = confined ? sandbox_here(SANDBOX_FULL) : NULL;
    logs = mem_printf("%s/state/logs", top);
    changes = 0;
    servers = servers_new(loop, box, root, tmp, logs, on_changed, NULL);
    return 0;
}

static int end(void **s)
{
    servers_free(servers);
    servers = NULL;
    sandbox_free(box);
    free(logs);
    return teardown(s);
}

#define S(f) cmocka_unit_test_setup_teardown(f, begin, end)

static struct server *start(const char *name, const char *command, int port, int64_t ready_ms)
{
    struct error e = {0};
    struct server *v = servers_start(servers, name, command, NULL, port, ready_ms, &e);
    if (!v)
        print_message("%s\n", e.text);
    assert_non_null(v);
    return v;
}

static struct server *settle(const char *name, const char *command, int port, int64_t ready_ms)
{
    struct server *v = start(name, command, port, ready_ms);
    PUMP(server_settled(v));
    return v;
}

static void stop(struct server *v)
{
    server_stop(v);
    PUMP(server_ended(v));
}

static enum err refusal(const char *name, const char *command, int64_t port)
{
    struct error e = {0};
    assert_null(servers_start(servers, name, command, NULL, port, 100, &e));
    assert_true(*e.text);
    return e.code;
}

/* state, code, listening, http_status; frees. */
static void assert_status(const struct server *v, enum server_state state, int code, bool listening)
{
    struct server_status st = server_status(v, 20);
    if (st.state != state || st.code != code)
        print_message("%s\n", st.tail);
    assert_string_equal(server_state_name(st.state), server_state_name(state));
    assert_int_equal(st.code, code);
    assert_int_equal(st.listening, listening);
    server_status_fini(&st);
}

static void assert_tail(const struct server *v, int64_t lines, const char *text)
{
    struct server_status st = server_status(v, lines);
    assert_string_equal(st.tail, text);
    server_status_fini(&st);
}

static bool tail_has(const struct server *v, const char *text)
{
    struct server_status st = server_status(v, 50);
    bool has = strstr(st.tail, text);
    server_status_fini(&st);
    return has;
}

static int http_status(struct server *v, int64_t wait_ms)
{
    server_speaks_http(v);
    server_probe(v, wait_ms);
    PUMP(!server_probing(v));
    struct server_status st = server_status(v, 0);
    int status = st.listening ? st.http_status : -1;
    server_status_fini(&st);
    return status;
}

/* A program in Python that listens on the port before it goes on. */
static char *listener(const char *host, int port, const char *then)
{
    const char *family = strchr(host, ':') ? "AF_INET6" : "AF_INET";
    return mem_printf("exec python3 -uc 'import socket,time\n"
                      "s = socket.socket(socket.%s); s.setsockopt(1, 2, 1)\n"
                      "s.bind((\"%s\", %d)); s.listen()\n%s'",
                      family, host, port, then);
}

#define HOLD "exec 9>line; echo >&9; "

static void a_web_server_answers(void **s)
{
    int port = free_port();
    AUTO_FREE char *command = mem_printf("exec python3 -m http.server %d --bind 127.0.0.1", port);
    struct server *v = start("web", command, port, PATIENCE_MS);
    assert_false(server_settled(v));
    assert_status(v, SERVER_STARTING, -1, false);
    PUMP(server_settled(v));
    assert_status(v, SERVER_RUNNING, -1, true);
    assert_int_equal(http_status(v, 5000), 200);
    assert_true(servers_any_running(servers));
    assert_ptr_equal(servers_find(servers, "web"), v);
    assert_int_equal(connects(socket(AF_INET, SOCK_STREAM, 0), port), !box);
    struct server_status st = server_status(v, 5);
    assert_int_equal(st.port, port);
    assert_true(st.pid > 1 && st.uptime_ms > 0);
    assert_string_equal(st.command, command);
    assert_has(st.log, "/state/logs/web.log");
    assert_has(st.tail, "GET / HTTP/1.0");
    server_status_fini(&st);
    int before = changes;
    stop(v);
    assert_status(v, SERVER_STOPPED, 128 + SIGTERM, false);
    assert_int_equal(changes, before + 1);
    assert_false(servers_any_running(servers));
}

static void servers_that_speak_otherwise_listen_too(void **s)
{
    int port = free_port(), mute = free_port(), six = free_port();
    AUTO_FREE char *talks = listener(
        "127.0.0.1", port, "while 1: c = s.accept()[0]; c.sendall(b\"HELO\\n\"); c.close()");
    AUTO_FREE char *silent = listener("127.0.0.1", mute, "time.sleep(99)");
    AUTO_FREE char *on6 = listener("::1", six, "time.sleep(99)");
    struct server *v = settle("talks", talks, port, PATIENCE_MS);
    struct server *w = settle("silent", silent, mute, PATIENCE_MS);
    struct server *x = settle("six", on6, six, PATIENCE_MS);
    assert_int_equal(http_status(v, 5000), 0);
    assert_int_equal(http_status(w, 100), 0);
    assert_int_equal(http_status(x, 100), 0);
    assert_int_equal(servers_count(servers), 3);
    assert_ptr_equal(servers_at(servers, 1), w);
}

static void a_port_that_is_taken_is_refused(void **s)
{
    int port = free_port(), other = 0;
    AUTO_FREE char *command = listener("127.0.0.1", port, "time.sleep(99)");
    struct server *v = settle("first", command, port, PATIENCE_MS);
    struct error e = {0};
    assert_null(servers_start(servers, "second", command, NULL, port, 100, &e));
    assert_int_equal(e.code, ERR_BUSY);
    assert_has(e.text, "\"first\"");
    AUTO_FD int outside = listen_here(&other);
    if (box) /* another network: nobody listens there */
        stop(settle("third", "sleep 99", other, 50));
    else
        assert_int_equal(refusal("third", "sleep 99", other), ERR_BUSY);
    assert_int_equal(refusal("first", "true", 0), ERR_BUSY); /* the name */
    stop(v);
    /* One that listens though it did not say so. */
    AUTO_FREE char *hidden =
        listener("127.0.0.1", port, "print(\"up\", flush=True); time.sleep(99)");
    v = start("hidden", hidden, 0, 0);
    PUMP(tail_has(v, "up"));
    assert_int_equal(refusal("fourth", "sleep 99", port), ERR_BUSY);
    assert_null(servers_find(servers, "fourth"));
}

static void one_that_dies_at_once_says_why(void **s)
{
    struct server *v = settle("bad", "echo oops >&2; exit 7", free_port(), PATIENCE_MS);
    assert_true(server_ended(v));
    assert_status(v, SERVER_FAILED, 7, false);
    assert_tail(v, 10, "oops\n");
    v = settle("polite", "exit 0", free_port(), PATIENCE_MS);
    assert_status(v, SERVER_FAILED, 0, false); /* it was to serve */
    v = settle("job", "echo done", 0, 0);
    assert_status(v, SERVER_STOPPED, 0, false);
    v = settle("unknown", "no-such-program-9", 0, 0);
    assert_status(v, SERVER_FAILED, 127, false);
    assert_false(server_probing(v));
    server_probe(v, 100); /* an ended one is not asked */
    assert_false(server_probing(v));
}

static void what_could_not_start_stands_in_the_log(void **s)
{
    rmdir(root);
    struct server *v = settle("x", "true", 0, 0);
    assert_status(v, SERVER_FAILED, -1, false);
    assert_true(tail_has(v, "mien: it could not be started: enter the workspace"));
    mkdir(root, 0755);
}

static void a_slow_one_runs_and_is_asked_later(void **s)
{
    int port = free_port();
    AUTO_FREE char *late = listener("127.0.0.1", port, "time.sleep(99)");
    AUTO_FREE char *command = mem_printf("while [ ! -e go ]; do sleep 0.02; done; %s", late);
    AUTO_FREE char *go = mem_printf("%s/go", root);
    struct server *v = settle("slow", command, port, 120);
    assert_status(v, SERVER_RUNNING, -1, false);
    assert_int_equal(http_status(v, 100), -1);
    fclose(fopen(go, "w"));
    int64_t until = clock_ms() + PATIENCE_MS;
    while (http_status(v, 100) < 0)
        assert_true(clock_ms() < until);
    assert_status(v, SERVER_RUNNING, -1, true);
}

static void without_a_port_it_has_to_live_a_while(void **s)
{
    int64_t since = clock_ms();
    struct server *v = start("bg", "sleep 99", 0, 0);
    assert_int_equal(changes, 1);
    PUMP(server_settled(v));
    assert_true(clock_ms() - since >= 290);
    assert_status(v, SERVER_RUNNING, -1, false);
    assert_int_equal(changes, 2);
    stop(v);
    assert_status(v, SERVER_STOPPED, 128 + SIGTERM, false);
    server_stop(v); /* idempotent */
}

static void nothing_outlives_a_stop(void **s)
{
    static const char *const stubborn[] = {
        "trap '' TERM; " HOLD "while :; do sleep 1; done",
        "(setsid sh -c '" HOLD "exec sleep 99' &); exec sleep 99", /* a daemon */
        "(setsid sh -c 'trap \"\" TERM HUP; (setsid sh -c \"" HOLD
        "while :; do sleep 1; done\" &); sleep 99' &); exec sleep 99"};
    for (size_t i = 0; i < COUNT_OF(stubborn); i++) {
        int line = line_open();
        struct server *v = start("stubborn", stubborn[i], 0, 0);
        PUMP(line_says(line, POLLIN));
        assert_false(line_says(line, POLLHUP));
        stop(v);
        assert_true(line_says(line, POLLHUP)); /* at once: nobody holds it any more */
        assert_status(v, SERVER_STOPPED, i == 0 ? 128 + SIGKILL : 128 + SIGTERM, false);
        close(line);
        AUTO_FREE char *path = mem_printf("%s/line", root);
        unlink(path);
    }
}

static void a_daemon_left_behind_is_swept(void **s)
{
    AUTO_FD int line = line_open();
    static const char command[] = "(setsid sh -c '" HOLD "touch up; exec sleep 99' &); "
                                  "while [ ! -e up ]; do sleep 0.02; done";
    struct server *v = settle("daemon", command, free_port(), PATIENCE_MS);
    assert_status(v, SERVER_FAILED, 0, false);
    assert_true(line_says(line, POLLHUP));
}

static void a_death_from_outside_is_seen(void **s)
{
    AUTO_FREE char *die = mem_printf("%s/die", root);
    AUTO_FD int line = line_open();
    struct server *v =
        settle("victim", "while [ ! -e die ]; do sleep 0.02; done; kill -9 $$", 0, 0);
    assert_status(v, SERVER_RUNNING, -1, false);
    fclose(fopen(die, "w"));
    PUMP(server_ended(v));
    assert_status(v, SERVER_FAILED, 128 + SIGKILL, false);
    v = start("orphan", HOLD "exec sleep 99", 0, 0);
    PUMP(line_says(line, POLLIN));
    struct server_status st = server_status(v, 0);
    assert_int_equal(kill((pid_t)st.pid, SIGKILL), 0);
    server_status_fini(&st);
    PUMP(server_ended(v));
    assert_status(v, SERVER_FAILED, -1, false);
    assert_true(line_waits(line, POLLHUP));
}

static void nothing_outlives_its_owner(void **s)
{
    AUTO_FD int line = line_open();
    int port = free_port();
    pid_t owner = fork();
    if (owner == 0) {
        struct error e = {0};
        struct loop *own = loop_new(&e);
        struct servers *all = servers_new(own, box, root, tmp, logs, NULL, NULL);
        struct server *v =
            servers_start(all, "s", "trap '' TERM; (setsid sh -c '" HOLD "sleep 99' &); sleep 99",
                          NULL, port, 100, &e);
        while (v)
            loop_step(own, -1);
        _exit(1);
    }
    assert_true(line_waits(line, POLLIN));
    assert_false(line_says(line, POLLHUP));
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    assert_true(line_waits(line, POLLHUP));
}

static void all_are_stopped_side_by_side(void **s)
{
    AUTO_FD int line = line_open();
    for (int i = 0; i < 4; i++) {
        AUTO_FREE char *name = mem_printf("s%d", i);
        AUTO_FREE char *command = mem_printf(
            "trap '' TERM; exec 9>line; echo >&9; touch up%d; while :; do sleep 1; done", i);
        AUTO_FREE char *up = mem_printf("%s/up%d", root, i);
        start(name, command, 0, 0);
        PUMP(file_exists(up));
    }
    int64_t since = clock_ms();
    servers_free(servers);
    servers = NULL;
    assert_true(line_says(line, POLLHUP));
    assert_in_range(clock_ms() - since, 600, 2000); /* each alone takes 700 */
}

static int64_t size_of(const char *name)
{
    AUTO_FREE char *path = mem_printf("%s/%s", logs, name);
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static void a_flood_stays_bounded(void **s)
{
    struct server *v = start("flood", "yes 'a line of the flood'", 0, 0);
    PUMP(size_of("flood.log.1") >= 0 && size_of("flood.log") > 100);
    assert_int_equal(size_of("flood.log.1"), SERVER_LOG_BYTES);
    assert_true(size_of("flood.log") <= SERVER_LOG_BYTES);
    stop(v);
    assert_int_equal(size_of("flood.log.1"), SERVER_LOG_BYTES);
    assert_true(size_of("flood.log") <= SERVER_LOG_BYTES);
    AUTO_FREE char *third = mem_printf("%s/flood.log.2", logs);
    assert_false(file_exists(third));
}

static void the_tail_reaches_over_a_rotation(void **s)
{
    /* 16 bytes a line: the last 2 lie in the new file. */
    struct server *v = settle("r", "seq -f 'line %010g' 1 65538", 0, 0);
    PUMP(server_ended(v));
    assert_int_equal(size_of("r.log"), 32);
    assert_tail(v, 3, "line 0000065536\nline 0000065537\nline 0000065538\n");
    assert_tail(v, 1, "line 0000065538\n");
    struct server_status st = server_status(v, 0);
    assert_null(st.tail);
    server_status_fini(&st);
}

static void a_log_keeps_bytes_as_they_are(void **s)
{
    struct server *v = settle("b", "printf 'a\\0\\377\\r\\033[1mé\\n'; echo err >&2", 0, 0);
    AUTO(buf) b = {0};
    struct error e = {0};
    struct server_status st = server_status(v, 5);
    assert_true(file_read(st.log, &b, 1000, &e));
    assert_int_equal(b.len, 14 + 1);
    assert_memory_equal(b.ptr, "a\0\377\r\033[1m\303\251\nerr\n", 15);
    server_status_fini(&st);
}

static void a_name_is_used_again(void **s)
{
    struct server *v = settle("again", "echo one; exit 3", 0, 0);
    struct server *w = settle("again", "echo two; sleep 99", 0, 0);
    assert_ptr_equal(v, w);
    assert_int_equal(servers_count(servers), 1);
    struct server_status st = server_status(v, 10);
    assert_int_equal(st.restarts, 1);
    assert_int_equal(st.state, SERVER_RUNNING);
    assert_string_equal(st.tail, "two\n"); /* a run's tail is its own */
    server_status_fini(&st);
    assert_int_equal(size_of("again.log.1"), 4);
    stop(v);
    st = (settle("again", "true", 0, 0), server_status(v, 0));
    assert_int_equal(st.restarts, 2);
    server_status_fini(&st);
}

static void what_is_wrong_is_said_before(void **s)
{
    char longest[70] = "";
    memset(longest, 'n', 64);
    static const char *const names[] = {"", "a b", "a/b", "../x", "é", "a\n", "x;y"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(refusal(names[i], "true", 0), ERR_USAGE);
    settle(longest, "true", 0, 0);
    longest[64] = 'n';
    assert_int_equal(refusal(longest, "true", 0), ERR_USAGE);
    assert_int_equal(refusal("x", "", 0), ERR_USAGE);
    assert_int_equal(refusal("x", " \n", 0), ERR_USAGE);
    assert_int_equal(refusal("x", "true", -1), ERR_USAGE);
    assert_int_equal(refusal("x", "true", 65536), ERR_USAGE);
    settle("..", "echo dots", 0, 0);
    assert_int_equal(size_of("...log"), 5);
    assert_null(servers_find(servers, "x"));
}

static void a_log_that_cannot_be_is_an_error(void **s)
{
    AUTO_FREE char *up = mem_printf("%s/state", top), *elsewhere = mem_printf("%s/victim", top);
    struct error e = {0};
    assert_int_equal(symlink(root, up), 0);
    AUTO_FREE char *link = mem_printf("%s/logs", root), *log = mem_printf("%s/x.log", logs);
    mkdir(link, 0755);
    assert_int_equal(symlink(elsewhere, log), 0);
    settle("x", "echo one", 0, 0); /* an old link is moved away, not followed */
    assert_false(file_exists(elsewhere));
    fclose(fopen(elsewhere, "w"));
    servers_free(servers);
    servers = servers_new(loop, box, root, tmp, elsewhere, NULL, NULL);
    assert_null(servers_start(servers, "x", "true", NULL, 0, 0, &e));
    assert_has(e.text, "victim");
    assert_int_equal(servers_count(servers), 0);
}

static void landlock_alone_gives_no_port(void **s)
{
    struct sandbox *sb = sandbox_here(SANDBOX_LANDLOCK);
    struct error e = {0};
    if (!sb)
        return;
    struct servers *all = servers_new(loop, sb, root, tmp, logs, NULL, NULL);
    assert_null(servers_start(all, "x", "true", NULL, free_port(), 100, &e));
    assert_int_equal(e.code, ERR_DENIED);
    assert_has(e.text, "sandbox.network");
    struct server *v = servers_start(all, "x", "sleep 99", NULL, 0, 100, &e);
    assert_non_null(v);
    PUMP(server_settled(v));
    assert_false(server_ended(v));
    servers_free(all);
    sandbox_free(sb);
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {S(a_web_server_answers),
                                       S(servers_that_speak_otherwise_listen_too),
                                       S(a_port_that_is_taken_is_refused),
                                       S(one_that_dies_at_once_says_why),
                                       S(what_could_not_start_stands_in_the_log),
                                       S(a_slow_one_runs_and_is_asked_later),
                                       S(without_a_port_it_has_to_live_a_while),
                                       S(nothing_outlives_a_stop),
                                       S(a_daemon_left_behind_is_swept),
                                       S(a_death_from_outside_is_seen),
                                       S(nothing_outlives_its_owner),
                                       S(all_are_stopped_side_by_side),
                                       S(a_flood_stays_bounded),
                                       S(the_tail_reaches_over_a_rotation),
                                       S(a_log_keeps_bytes_as_they_are),
                                       S(a_name_is_used_again),
                                       S(what_is_wrong_is_said_before),
                                       S(a_log_that_cannot_be_is_an_error),
                                       S(landlock_alone_gives_no_port)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Does level full work here at all? */
static bool probe_full(void)
{
    setup(NULL);
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    bool works = sb;
    sandbox_free(sb);
    teardown(NULL);
    return works;
}

int main(void)
{
    int failed = run_all();
    confined = probe_full();
    return failed + (confined ? run_all() : 0);
}
