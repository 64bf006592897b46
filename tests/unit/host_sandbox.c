/* What ordinary work needs inside the sandbox, and what stays outside of it. */
#include "host/process.h"
#include "host/sandbox_net.h"
#include "host_help.h"

#include <stddef.h>
#include <sys/un.h>

static struct buf said;

static int forget(void **s)
{
    buf_fini(&said);
    return 0;
}

/* Run it in the workspace and keep what it said. */
static int run(const struct sandbox *sb, const char *command)
{
    struct error e = {0};
    struct process_spec spec = {.command = command,
                                .cwd = root,
                                .tmp = tmp,
                                .sandbox = sb,
                                .timeout_ms = PATIENCE_MS,
                                .keep = 8192};
    struct process *p = process_start(loop, &spec, &e);
    assert_non_null(p);
    PUMP(!process_running(p));
    buf_clear(&said);
    process_output(p, &said);
    int code = process_code(p);
    if (code < 0)
        print_message("%s\n", process_note(p));
    process_free(p);
    return code;
}

#define SAYS(sb, command, text)                       \
    do {                                              \
        (void)run((sb), (command));                   \
        assert_string_equal(buf_cstr(&said), (text)); \
    } while (0)

static struct sandbox *full(void)
{
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    if (!sb)
        skip();
    return sb;
}

static const char *beside(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void temporary_places_are_private_and_stay(void **s)
{
    struct sandbox *sb = full();
    write_file(beside("host"), "of the host\n");
    AUTO_FREE char *look = mem_printf("cat %s 2>/dev/null || echo hidden", beside("host"));
    SAYS(sb, look, "hidden\n");
    SAYS(sb, "echo one > /tmp/a && echo two > /var/tmp/b && echo $TMPDIR", "/tmp\n");
    SAYS(sb, "cat /tmp/a /var/tmp/b; touch /tmp/x.sh; chmod +x /tmp/x.sh && /tmp/x.sh; echo $?",
         "one\ntwo\n0\n");
    assert_int_not_equal(access("/tmp/a", F_OK), 0);
    AUTO_FREE char *kept = mem_printf("%s/a", tmp);
    assert_int_equal(access(kept, F_OK), 0);
    SAYS(sb, "echo x > /dev/shm/mien-test && cat /dev/shm/mien-test", "x\n");
    assert_int_not_equal(access("/dev/shm/mien-test", F_OK), 0);
    sandbox_free(sb);
}

/* What a command leaves in its /tmp misleads no later mount: the places are ours, not names. */
static void planted_links_move_no_wall(void **s)
{
    struct sandbox *sb = full();
    AUTO_FREE char *config = mem_printf("%s/.git/config", root), *git = mem_printf("%s/.git", root);
    mkdir(git, 0755);
    write_file(config, "[core]\n");
    AUTO_FREE char *plant = mem_printf(
        "cd /; mv %s /tmp/away 2>/dev/null; ln -s /var/tmp %s 2>/dev/null; ls /tmp > /dev/null",
        top, top);
    (void)run(sb, plant);
    SAYS(sb, "echo bad > .git/config; cat .git/config 2>&1",
         "sh: line 1: .git/config: Read-only file system\n[core]\n");
    SAYS(sb, "(echo bad > /etc/mien-test) 2>/dev/null || echo held", "held\n");
    sandbox_free(sb);
}

static void semaphores_and_shared_memory_work(void **s)
{
    static const char pool[] = "python3 - <<'END' 2>&1 | tail -n 1\n"
                               "import multiprocessing as m\n"
                               "def f(x): return x * x\n"
                               "if __name__ == '__main__':\n"
                               "    with m.Pool(2) as p: print(p.map(f, [1, 2, 3]))\n"
                               "END\n";
    static const char sysv[] =
        "python3 - <<'END'\n"
        "import ctypes\n"
        "c = ctypes.CDLL(None)\n"
        "print(c.semget(77, 1, 0o1600) >= 0, c.shmget(77, 99, 0o1600) >= 0)\n"
        "END\n";
    struct sandbox *sb = full();
    SAYS(sb, pool, "[1, 4, 9]\n");
    SAYS(sb, sysv, "True True\n");
    SAYS(sb, "python3 -c 'import ctypes; print(ctypes.CDLL(None).semget(77, 1, 0))'", "-1\n");
    sandbox_free(sb);
}

static void loopback_is_there_from_the_first_command(void **s)
{
    static const char both[] =
        "python3 - <<'END'\n"
        "import socket, threading\n"
        "for family, at in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):\n"
        "    s = socket.socket(family); s.bind((at, 0)); s.listen(1)\n"
        "    threading.Thread(target=lambda: s.accept()[0].send(b'hi'), daemon=True).start()\n"
        "    c = socket.socket(family); c.settimeout(5); c.connect(s.getsockname())\n"
        "    print(c.recv(2))\n"
        "END\n";
    struct sandbox *sb = full();
    SAYS(sb, both, "b'hi'\nb'hi'\n");
    sandbox_free(sb);
}

static int unix_listen(const char *name, bool abstract)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(a.sun_path + abstract, sizeof a.sun_path - 1, "%s", name);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

/* Servers of the user's are a way out of every wall (tmux, docker, dbus). */
static void local_sockets_end_at_the_walls(void **s)
{
    static const char inside[] =
        "python3 - <<'END'\n"
        "import socket\n"
        "for at in ('s.sock', '/tmp/s.sock', '/var/tmp/t.sock'):\n"
        "    s = socket.socket(socket.AF_UNIX); s.bind(at); s.listen(1)\n"
        "    c = socket.socket(socket.AF_UNIX); c.connect(at); print('yes')\n"
        "END\n";
    static const char outside[] =
        "python3 - '%s' '%s' '\\0%s' <<'END'\n"
        "import socket, sys\n"
        "for at in sys.argv[1:]:\n"
        "    c = socket.socket(socket.AF_UNIX)\n"
        "    try: c.connect(at.replace('\\\\0', '\\0')); print('CONNECTED', at)\n"
        "    except OSError: print('no')\n"
        "END\n";
    struct sandbox *sb = full();
    AUTO_FREE char *name = mem_printf("mien-test-%d", (int)getpid());
    AUTO_FREE char *far = mem_printf("/root/.%s", name), *home = mem_printf("/var/lib/%s", name);
    const char *away = access("/root", W_OK) == 0      ? far
                       : access("/var/lib", W_OK) == 0 ? home
                                                       : NULL;
    AUTO_FD int near = unix_listen(beside("host.sock"), false);
    AUTO_FD int odd = away ? unix_listen(away, false) : -1;
    AUTO_FD int abstract = unix_listen(name, true);
    AUTO_FREE char *try = mem_printf(outside, beside("host.sock"), away ? away : "/none", name);
    SAYS(sb, inside, "yes\nyes\nyes\n");
    (void)run(sb, try);
    if (away)
        unlink(away);
    assert_string_equal(buf_cstr(&said), "no\nno\nno\n");
    sandbox_free(sb);
}

static void terminals_can_be_opened(void **s)
{
    static const char pty[] = "python3 - <<'END'\n"
                              "import os, pty\n"
                              "m, t = pty.openpty(); os.write(t, b'x'); print(os.read(m, 9))\n"
                              "print(os.listdir('/dev/pts'), os.ttyname(t))\n"
                              "END\n";
    struct sandbox *sb = full();
    SAYS(sb, pty, "b'x'\n['0', 'ptmx'] /dev/pts/0\n");
    if (access("/usr/bin/script", X_OK) == 0)
        SAYS(sb, "script -qec 'tty; test -t 1 && echo tty' /dev/null | tr -d '\\r'",
             "/dev/pts/0\ntty\n");
    sandbox_free(sb);
}

/* By ptrace alone: what gdb and strace do, and LeakSanitizer at the end of every program. */
static const char trace[] =
    "python3 - <<'END'\n"
    "import ctypes, os, sys\n"
    "c = ctypes.CDLL(None, use_errno=True)\n"
    "pid = os.fork()\n"
    "if pid == 0:\n"
    "    c.ptrace(0, 0, 0, 0); os.kill(os.getpid(), 19); os._exit(7)\n"
    "os.waitpid(pid, 0)\n"
    "print('traced' if c.ptrace(17, pid, 0, 0) == 0 else os.strerror(ctypes.get_errno()))\n"
    "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    "END\n";

/* None of them may be seized, read, or opened: nor the first process of a command's own names,
 * which has rights that the command has not. */
static const char trace_others[] =
    "python3 - %d <<'END'\n"
    "import ctypes, os, sys\n"
    "c = ctypes.CDLL(None)\n"
    "class V(ctypes.Structure): _fields_ = [('b', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
    "room = ctypes.create_string_buffer(8)\n"
    "mine = V(ctypes.cast(room, ctypes.c_void_p), 8)\n"
    "for pid in (1, int(sys.argv[1])):\n"
    "    if c.ptrace(0x4206, pid, 0, 0) == 0: print('SEIZED', pid)\n"
    "    if c.ptrace(16, pid, 0, 0) == 0: print('ATTACHED', pid)\n"
    "    for line in open('/proc/self/maps'):\n"
    "        at = int(line.split('-')[0], 16)\n"
    "        theirs = V(at, 8)\n"
    "        if c.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0:\n"
    "            print('READ', pid); break\n"
    "    for name in ('mem', 'environ', 'maps', 'root/etc/passwd'):\n"
    "        try: open('/proc/%%d/%%s' %% (pid, name), 'rb').read(1); print('OPENED', pid, name)\n"
    "        except OSError: pass\n"
    "END\n";

static void own_descendants_are_traced_and_nobody_else(void **s)
{
    AUTO_FREE char *others = mem_printf(trace_others, (int)getpid());
    for (int level = SANDBOX_FULL; level > SANDBOX_NONE; level--) {
        struct sandbox *sb = sandbox_here((enum sandbox_level)level);
        if (!sb)
            continue;
        SAYS(sb, trace, "traced\n7\n");
        SAYS(sb, others, "");
        sandbox_free(sb);
    }
}

static void leaks_are_looked_for(void **s)
{
    static const char build[] = "echo 'int main(void) { return 0; }' > a.c && "
                                "cc -fsanitize=address a.c -o a 2>/dev/null || echo none";
    static const char leak[] =
        "cat > b.c <<'END'\n#include <stdlib.h>\n"
        "int main(void) { for (int i = 0; i < 9; i++) if (!malloc(99)) return 1; return 0; }\nEND\n"
        "cc -O0 -fsanitize=address b.c -o b && ./b 2>&1 | grep -c 'LeakSanitizer: detected'";
    struct sandbox *sb = full();
    (void)run(sb, build);
    if (*buf_cstr(&said)) {
        print_message("# skipped: no compiler with AddressSanitizer\n");
        sandbox_free(sb);
        skip();
    }
    SAYS(sb, "./a; echo $?", "0\n");
    SAYS(sb, leak, "1\n");
    sandbox_free(sb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {F(temporary_places_are_private_and_stay),
                                       F(planted_links_move_no_wall),
                                       F(semaphores_and_shared_memory_work),
                                       F(loopback_is_there_from_the_first_command),
                                       F(local_sockets_end_at_the_walls),
                                       F(terminals_can_be_opened),
                                       F(own_descendants_are_traced_and_nobody_else),
                                       F(leaks_are_looked_for)};
    return cmocka_run_group_tests(tests, NULL, forget);
}
