#include <signal.h>
#include <sys/resource.h>

#include "host/process.h"
#include "host/sandbox_net.h"
#include "host_help.h"

static struct buf said, complained;

static void on_output(void *arg, const char *s, size_t n)
{
    buf_add(&said, s, n);
}

static void on_errors(void *arg, const char *s, size_t n)
{
    buf_add(&complained, s, n);
}

static struct process *begin(struct process_spec spec)
{
    struct error e = {0};
    spec.cwd = spec.cwd ? spec.cwd : root;
    spec.tmp = tmp;
    spec.keep = 4096;
    spec.output = on_output;
    buf_clear(&said);
    buf_clear(&complained);
    struct process *p = process_start(loop, &spec, &e);
    if (!p)
        print_message("%s\n", e.text);
    assert_non_null(p);
    return p;
}

static int finish(struct process *p)
{
    PUMP(!process_running(p));
    int code = process_code(p);
    if (code < 0)
        print_message("%s\n", process_note(p));
    process_free(p);
    return code;
}

static int run(struct process_spec spec)
{
    return finish(begin(spec));
}

static int forget(void **s)
{
    buf_fini(&said);
    buf_fini(&complained);
    return 0;
}

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static void words_arrive_as_they_are(void **s)
{
    assert_int_equal(run((struct process_spec){
                         .argv = ARGV("printf", "<%s>", "a b", "'q' \"d\"", "$HOME;*", "")}),
                     0);
    assert_string_equal(buf_cstr(&said), "<a b><'q' \"d\"><$HOME;*><>");
    AUTO_FREE char *tool = mem_printf("%s/tool", root);
    FILE *f = fopen(tool, "w");
    fputs("#!/bin/sh\necho tool $1\n", f);
    fclose(f);
    chmod(tool, 0755);
    assert_int_equal(run((struct process_spec){.argv = ARGV("./tool", "x")}), 0);
    assert_string_equal(buf_cstr(&said), "tool x\n");
    assert_int_equal(run((struct process_spec){.argv = ARGV(tool, "y")}), 0);
    assert_string_equal(buf_cstr(&said), "tool y\n");
}

static void a_launcher_that_is_missing_is_named(void **s)
{
    static const char *const names[] = {"no-such-launcher-9", "./no-such", "/no/such", "", "line"};
    AUTO_FREE char *plain = mem_printf("%s/line", root);
    fclose(fopen(plain, "w"));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct error e = {0};
        struct process_spec spec = {.argv = ARGV(names[i]), .cwd = root, .tmp = tmp};
        assert_null(process_start(loop, &spec, &e));
        assert_int_equal(e.code, ERR_NOT_FOUND);
        assert_has(e.text, names[i]);
    }
    struct error e = {0};
    struct process_spec spec = {.argv = ARGV("no-such-launcher-9"), .tmp = tmp};
    assert_null(process_start(loop, &spec, &e));
    assert_has(e.text, "the launcher \"no-such-launcher-9\" was not found in PATH");
}

static void path_never_means_the_workspace(void **s)
{
    static char relative[] = "PATH=.::bin", right[] = "PATH=/usr/bin:/bin", word[] = "WORD=one";
    AUTO_FREE char *tool = mem_printf("%s/launch-me", root);
    fclose(fopen(tool, "w"));
    chmod(tool, 0755);
    struct error e = {0};
    struct process_spec spec = {
        .argv = ARGV("launch-me"), .cwd = root, .env = (char *[]){relative, NULL}};
    assert_null(process_start(loop, &spec, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_int_equal(
        run((struct process_spec){.argv = ARGV("env"), .env = (char *[]){right, word, NULL}}), 0);
    assert_string_equal(buf_cstr(&said), "PATH=/usr/bin:/bin\nWORD=one\n"); /* and nothing else */
}

static void errors_come_apart(void **s)
{
    struct process *p = begin((struct process_spec){
        .command = "echo out; echo err >&2; yes | head -c 200000 >&2", .errors = on_errors});
    PUMP(!process_running(p));
    AUTO(buf) kept = {0};
    process_output(p, &kept);
    assert_string_equal(buf_cstr(&kept), "out\n");
    assert_int_equal(process_output_bytes(p), 4);
    assert_int_equal(finish(p), 0);
    assert_string_equal(buf_cstr(&said), "out\n");
    assert_int_equal(complained.len, 200004);
    assert_memory_equal(complained.ptr, "err\n", 4);
}

static void input_is_fed_as_it_is_read(void **s)
{
    enum { LINES = 30000 };
    AUTO(buf) text = {0};
    for (int i = 0; i < LINES; i++)
        buf_addf(&text, "%09d\n", i);
    struct process *p = begin((struct process_spec){.argv = ARGV("cat"), .input = true});
    assert_true(process_pid(p) > 1);
    assert_true(process_write(p, text.ptr, 100));
    assert_true(process_write(p, text.ptr + 100, text.len - 100));
    PUMP(said.len == text.len);
    assert_true(process_running(p)); /* its input is still open */
    process_close_input(p);
    assert_false(process_write(p, "x", 1));
    assert_int_equal(finish(p), 0);
    assert_memory_equal(said.ptr, text.ptr, text.len);
}

static void what_waits_for_it_is_bounded(void **s)
{
    AUTO_FREE char *much = mem_alloc(PROCESS_QUEUE);
    memset(much, 'x', PROCESS_QUEUE);
    struct process *p = begin((struct process_spec){.command = "read go; wc -c", .input = true});
    size_t sent = 0;
    assert_false(process_write(p, much, PROCESS_QUEUE + 1)); /* all or none */
    while (process_write(p, much, 65536))
        sent += 65536;
    assert_in_range(sent, PROCESS_QUEUE, PROCESS_QUEUE + (1 << 17));
    process_stop(p);
    PUMP(!process_running(p));
    process_free(p);
}

static void input_nobody_reads_kills_nobody(void **s)
{
    AUTO_FREE char *much = mem_alloc(500000);
    int broke = 0;
    /* Each round may find the pipe closed or still open. */
    for (int round = 0; round < 5; round++) {
        struct process *p = begin((struct process_spec){
            .command = "exec <&-; echo closed; exec sleep 0.2", .input = true});
        assert_true(process_write(p, much, 500000));
        PUMP(strstr(buf_cstr(&said), "closed"));
        broke += !process_write(p, much, 500000) || !process_write(p, much, 500000);
        assert_int_equal(finish(p), 0);
    }
    assert_int_equal(broke, 5);
}

static void a_sandbox_passes_input_on(void **s)
{
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    if (!sb)
        skip();
    struct process *p =
        begin((struct process_spec){.command = "cat; echo done", .sandbox = sb, .input = true});
    assert_true(process_write(p, "hello\n", 6));
    process_close_input(p);
    assert_int_equal(finish(p), 0);
    assert_string_equal(buf_cstr(&said), "hello\ndone\n");
    AUTO_FREE char *sub = mem_printf("%s/sub", root);
    assert_int_equal(mkdir(sub, 0755), 0);
    assert_int_equal(run((struct process_spec){.command = "pwd", .sandbox = sb, .cwd = sub}), 0);
    assert_has(buf_cstr(&said), "/ws/sub\n");
    sandbox_free(sb);
}

static void only_commands_are_limited(void **s)
{
    struct rlimit before, more;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    more = (struct rlimit){MIN(before.rlim_max, 4000), before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &more), 0);
    assert_int_equal(run((struct process_spec){.command = "ulimit -n; ulimit -c"}), 0);
    assert_string_equal(buf_cstr(&said), "1024\n0\n");
    assert_int_equal(run((struct process_spec){.argv = ARGV("bash", "-c", "ulimit -n; ulimit -f")}),
                     0);
    assert_string_equal(buf_cstr(&said), more.rlim_cur == 4000 ? "4000\nunlimited\n" : "");
    setrlimit(RLIMIT_NOFILE, &before);
}

static void on_end(void *arg)
{
    struct process **p = arg;
    assert_false(process_running(*p));
    process_free(*p);
    *p = NULL;
}

static void the_end_is_called_and_may_free(void **s)
{
    struct error e = {0};
    struct process *p;
    struct process_spec spec = {.command = "exit 3", .cwd = root, .ended = on_end, .arg = &p};
    p = process_start(loop, &spec, &e);
    assert_non_null(p);
    PUMP(!p);
}

static void a_flood_leaves_the_loop_its_turn(void **s)
{
    struct process *p = begin((struct process_spec){.command = "yes"});
    PUMP(said.len > 1000000);
    size_t before = said.len;
    loop_step(loop, -1);
    assert_true(said.len - before <= (2u << 20));
    process_stop(p);
    PUMP(!process_running(p));
    assert_int_equal(process_code(p), 128 + SIGTERM);
    process_free(p);
}

static void a_command_may_answer_sigterm(void **s)
{
    static const char command[] =
        "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done";
    static const enum sandbox_level levels[] = {SANDBOX_NONE, SANDBOX_FULL};
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        struct sandbox *sb = levels[i] ? sandbox_here(levels[i]) : NULL;
        if (levels[i] && !sb)
            continue;
        struct process *p = begin((struct process_spec){.command = command, .sandbox = sb});
        PUMP(strstr(buf_cstr(&said), "up"));
        process_stop(p);
        assert_int_equal(finish(p), 5);
        assert_string_equal(buf_cstr(&said), "up\nbye\n");
        sandbox_free(sb);
    }
}

static void a_lost_supervisor_takes_the_command_along(void **s)
{
    AUTO_FD int line = line_open();
    struct process *p =
        begin((struct process_spec){.command = "exec 9>line; echo >&9; exec sleep 99"});
    assert_true(line_waits(line, POLLIN));
    assert_int_equal(kill((pid_t)process_pid(p), SIGKILL), 0);
    PUMP(!process_running(p));
    assert_int_equal(process_code(p), -1);
    process_free(p);
    assert_true(line_waits(line, POLLHUP));
}

/* ---- the network commands share ---- */

static const char serve[] = "exec python3 -u -c 'import socket\n"
                            "s = socket.socket(); s.setsockopt(1, 2, 1)\n"
                            "s.bind((\"127.0.0.1\", %d)); s.listen(); print(\"up\")\n"
                            "while True: c = s.accept()[0]; c.sendall(b\"served\"); c.close()'";
static const char ask[] = "exec python3 -c 'import socket\n"
                          "s = socket.create_connection((\"127.0.0.1\", %d), 2)\n"
                          "print(s.recv(20).decode())' 2>&1 | tail -n 1";

static void commands_reach_each_other_and_nobody_else(void **s)
{
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    struct error e = {0};
    if (!sb)
        skip();
    assert_true(sandbox_may_listen(sb, &e));
    int ours = 0, theirs = free_port();
    AUTO_FD int listener = listen_here(&ours);
    AUTO_FREE char *server = mem_printf(serve, theirs), *client = mem_printf(ask, theirs);
    AUTO_FREE char *escape = mem_printf(ask, ours);
    struct process *p = begin((struct process_spec){.command = server, .sandbox = sb});
    PUMP(strstr(buf_cstr(&said), "up\n"));
    assert_int_equal(run((struct process_spec){.command = client, .sandbox = sb}), 0);
    assert_string_equal(buf_cstr(&said), "served\n"); /* from inside, by the next command */
    assert_true(connects(sandbox_socket(sb, AF_INET), theirs));
    assert_false(connects(socket(AF_INET, SOCK_STREAM, 0), theirs)); /* not from outside */
    assert_false(connects(sandbox_socket(sb, AF_INET), ours));
    run((struct process_spec){.command = escape, .sandbox = sb}); /* nor the outside from inside */
    assert_has(buf_cstr(&said), "refused");
    process_free(p);
    sandbox_free(sb);
}

/* The rows of the canary's table again, and what else a network could let through. */
static void a_shared_network_confines_as_before(void **s)
{
    static const char script[] =
        "(echo x > ../outside) 2>/dev/null; echo x > inside || echo STUCK; "
        "(exec 3<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null && echo NET; "
        "kill -0 $OUTSIDER 2>/dev/null && echo SIGNAL; "
        "python3 - <<'END'\n"
        "import socket, ctypes, os\n"
        "def works(*a):\n"
        "    try: socket.socket(*a).close(); return True\n"
        "    except OSError: return False\n"
        "if works(socket.AF_NETLINK, socket.SOCK_RAW, 12): print('NETFILTER')\n"
        "if works(socket.AF_INET, socket.SOCK_RAW, 1): print('RAW')\n"
        "if works(socket.AF_PACKET, socket.SOCK_DGRAM, 0): print('PACKET')\n"
        "if socket.if_nameindex() != [(1, 'lo')]: print('INTERFACES')\n"
        "if not works(socket.AF_INET6): print('NO6')\n"
        "libc = ctypes.CDLL(None)\n"
        "if libc.unshare(0x10000000) == 0: print('USERNS')\n"
        "if libc.mount(b'none', b'/mnt', b'tmpfs', 0, None) == 0: print('MOUNT')\n"
        "if libc.setns(os.open('/proc/self/ns/net', os.O_RDONLY), 0) == 0: print('SETNS')\n"
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "try: u.sendto(b'x', ('192.0.2.1', 53)); print('UDP')\n"
        "except OSError: pass\n"
        "if len([p for p in os.listdir('/proc') if p.isdigit()]) > 5: print('PROCESSES')\n"
        "if len(os.listdir('/proc/self/fd')) > 6: print('DESCRIPTORS')\n"
        "END\n";
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    struct error e = {0};
    if (!sb)
        skip();
    int port = 0;
    AUTO_FD int listener = listen_here(&port);
    AUTO_FREE char *command = mem_printf("OUTSIDER=%d; PORT=%d; %s", (int)getpid(), port, script);
    assert_int_equal(run((struct process_spec){.command = command, .sandbox = sb}), 0);
    assert_string_equal(buf_cstr(&said), "");
    assert_false(outside_was_written());
    sandbox_set_level(sb, SANDBOX_LANDLOCK); /* a lower level does not inherit the sockets */
    run((struct process_spec){
        .command = "python3 -c 'import socket; socket.socket()' 2>&1 | tail -n 1", .sandbox = sb});
    assert_has(buf_cstr(&said), "not permitted");
    assert_false(sandbox_may_listen(sb, &e));
    assert_int_equal(e.code, ERR_DENIED);
    sandbox_free(sb);
}

static void without_a_sandbox_the_network_is_ours(void **s)
{
    struct sandbox *sb = sandbox_new(root, tmp, true);
    struct error e = {0};
    int port = 0;
    AUTO_FD int listener = listen_here(&port);
    assert_true(sandbox_may_listen(sb, &e)); /* level none */
    assert_true(connects(sandbox_socket(sb, AF_INET), port));
    assert_true(connects(sandbox_socket(NULL, AF_INET), port));
    sandbox_free(sb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {F(words_arrive_as_they_are),
                                       F(a_launcher_that_is_missing_is_named),
                                       F(path_never_means_the_workspace),
                                       F(errors_come_apart),
                                       F(input_is_fed_as_it_is_read),
                                       F(what_waits_for_it_is_bounded),
                                       F(input_nobody_reads_kills_nobody),
                                       F(a_sandbox_passes_input_on),
                                       F(only_commands_are_limited),
                                       F(the_end_is_called_and_may_free),
                                       F(a_flood_leaves_the_loop_its_turn),
                                       F(a_command_may_answer_sigterm),
                                       F(a_lost_supervisor_takes_the_command_along),
                                       F(commands_reach_each_other_and_nobody_else),
                                       F(a_shared_network_confines_as_before),
                                       F(without_a_sandbox_the_network_is_ours)};
    return cmocka_run_group_tests(tests, NULL, forget);
}
