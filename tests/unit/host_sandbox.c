/* What ordinary work needs inside the sandbox, and what stays outside of it. */
#include "base/file.h"
#include "host/process.h"
#include "host/sandbox_net.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"
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

/* What can be got out of is no level: a write beside the workspace is what the canary tries. */
static void a_level_that_does_not_hold_is_not_taken(void **s)
{
    char why[256];
    struct sandbox *good = full(), *sb = sandbox_new(root, tmp, false);
    sandbox_show(sb, top, top, true);
    sb->full_rw.len--; /* its NULL */
    VEC_PUSH(&sb->full_rw, sandbox_own(sb, mem_strdup(top)));
    VEC_PUSH(&sb->full_rw, NULL);
    enum sandbox_level got = sandbox_probe(sb, SANDBOX_FULL, why);
    if (got == SANDBOX_FULL)
        fail_msg("level full is taken although it leaks");
    assert_has(why, "a write outside got through");
    sandbox_free(sb);
    sandbox_free(good);
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
    AUTO_FREE char *host = mem_printf("%s-host", top);
    AUTO_FREE char *look = mem_printf("cat %s 2>/dev/null || echo hidden; cat ../beside", host);
    write_file(host, "of the host\n");
    write_file(beside("beside"), "beside\n"); /* of the project's own surroundings */
    (void)run(sb, look);
    unlink(host);
    assert_string_equal(buf_cstr(&said), "hidden\nbeside\n");
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

/* Ours to use, with all other walls in place. */
static void the_network_opens_nothing_else(void **s)
{
    char why[256];
    sandbox_free(full());
    struct sandbox *sb = sandbox_new(root, tmp, true);
    if (sandbox_probe(sb, SANDBOX_FULL, why) != SANDBOX_FULL)
        fail_msg("%s", why);
    int port = 0;
    AUTO_FD int listener = listen_here(&port);
    AUTO_FREE char *try =
        mem_printf("exec 3<>/dev/tcp/127.0.0.1/%d && echo there; "
                   "(echo x > /etc/mien-test) 2>/dev/null || echo held; "
                   "kill -0 %d 2>/dev/null || echo alone; echo > /tmp/own && ls /tmp/own",
                   port, (int)getpid());
    SAYS(sb, try, "there\nheld\nalone\n/tmp/own\n");
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

/* With EPERM, as outside: EINVAL is taken for a program's own fault. */
static void other_owners_and_devices_are_refused(void **s)
{
    static const char owners[] =
        "python3 - <<'END'\n"
        "import os\n"
        "open('own', 'w').close()\n"
        "for f in (lambda: os.chown('own', 12345, -1), lambda: os.chown('own', -1, 12345),\n"
        "          lambda: os.setuid(12345), lambda: os.setresgid(-1, 12345, -1)):\n"
        "    try: f(); print('done')\n    except OSError as e: print(e.errno)\n"
        "os.chown('own', os.getuid(), os.getgid()); os.setuid(os.getuid())\nEND\n";
    static const char devices[] =
        "find /dev -type c -o -type b | grep -vE '/(null|zero|full|u?random|tty|ptmx|pts/.*)$' | "
        "while read d; do head -c0 $d 2>/dev/null && echo $d; done; ls /dev | grep -cx null";
    struct sandbox *sb = full();
    SAYS(sb, owners, "1\n1\n1\n1\n");
    SAYS(sb, devices, "1\n");
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

/* ---- caches ---- */

/* A home of one's own beside the workspace, with the state directory in it. */
static void make_home(void)
{
    AUTO_FREE char *state = mem_printf("%s/home/.local/state/mien", top);
    mkdir(beside("home"), 0755);
    setenv("HOME", beside("home"), 1);
    setenv("MIEN_STATE_DIR", state, 1);
}

static void in_home(const char *name, const char *text)
{
    AUTO_FREE char *path = mem_printf("%s/home/%s", top, name);
    struct error e = {0};
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_true(file_make_dirs(path, &e));
    *slash = '/';
    write_file(path, text);
}

static void says_at_home(const char *name, const char *text)
{
    AUTO_FREE char *path = mem_printf("%s/home/%s", top, name);
    AUTO(buf) is = {0};
    assert_true(file_read(path, &is, 4096, NULL));
    assert_string_equal(buf_cstr(&is), text);
}

static const char fill[] =
    "d=${XDG_CACHE_HOME:-$HOME/.cache}; mkdir -p $d/t && echo kept > $d/t/x; "
    "n=${npm_config_cache:-$HOME/.npm}; echo n > $n/x || echo no npm";
static const char look[] =
    "cat ${XDG_CACHE_HOME:-$HOME/.cache}/t/x ${npm_config_cache:-$HOME/.npm}/x";

/* On both levels: what one command kept the next session of this workspace finds. */
static void caches_are_there_where_the_home_has_none(void **s)
{
    make_home();
    for (int level = SANDBOX_FULL; level > SANDBOX_NONE; level--) {
        struct sandbox *sb = sandbox_here((enum sandbox_level)level);
        if (!sb)
            continue;
        SAYS(sb, fill, "");
        sandbox_free(sb);
        sb = sandbox_here((enum sandbox_level)level);
        SAYS(sb, look, "kept\nn\n");
        sandbox_free(sb);
    }
    assert_int_not_equal(access(beside("home/.cache"), F_OK), 0);
    assert_int_not_equal(access(beside("home/.npm"), F_OK), 0);
}

static void layers_lie_over_the_users_caches(void **s)
{
    make_home();
    in_home(".cache/old", "old\n");
    in_home(".cargo/registry/a", "theirs\n");
    in_home(".cargo/bin/cargo", "theirs\n");
    in_home(".bashrc", "theirs\n");
    struct sandbox *sb = full();
    SAYS(sb, "cat ~/.cache/old ~/.cargo/registry/a", "old\ntheirs\n");
    SAYS(sb,
         "echo new > ~/.cargo/registry/a; echo b > ~/.cargo/registry/b; rm ~/.cache/old; "
         "mkdir ~/.cache/d; ls ~/.cache; cat ~/.cargo/registry/*",
         "d\nnew\nb\n");
    SAYS(sb,
         "(echo x > ~/.cargo/bin/cargo) 2>/dev/null; (echo x > ~/.cargo/bin/new) 2>/dev/null; "
         "(echo x > ~/.bashrc) 2>/dev/null; cat ~/.cargo/bin/* ~/.bashrc",
         "theirs\ntheirs\n");
    SAYS(sb, "ls ~/.cache; cat ~/.cargo/registry/b", "d\nb\n");
    says_at_home(".cargo/registry/a", "theirs\n");
    says_at_home(".cache/old", "old\n");
    assert_int_not_equal(access(beside("home/.cargo/registry/b"), F_OK), 0);
    struct sandbox *second = sandbox_here(SANDBOX_FULL); /* another process in this workspace */
    SAYS(second, "ls ~/.cache; echo 2 > ~/.cache/two", "old\n");
    SAYS(sb, "ls ~/.cache", "d\n");
    sandbox_free(second);
    sandbox_free(sb);
}

/* A cache that leads to secrets is none; one that holds the workspace is no layer. */
static void caches_hide_nothing_and_open_nothing(void **s)
{
    make_home();
    in_home(".ssh/id", "SECRET\n");
    AUTO_FREE char *ssh = mem_printf("%s/home/.ssh", top),
                   *cache = mem_printf("%s/home/.cache", top);
    assert_int_equal(symlink(ssh, cache), 0);
    struct sandbox *sb = full();
    SAYS(sb,
         "cat ~/.cache/id ~/.ssh/id 2>/dev/null; ls -A ~/.cache/; "
         "(echo x > ~/.cache/new) 2>/dev/null; echo $XDG_CACHE_HOME",
         "/tmp/.cache/cache\n");
    sandbox_free(sb);
    assert_int_equal(unlink(cache), 0);
    in_home(".cache/w/a", "a\n");
    in_home(".cache/b", "b\n");
    char *before = root;
    root = mem_printf("%s/home/.cache/w", top);
    sb = full();
    SAYS(sb, "cat a ../b; echo new > a; (echo new > ../b) 2>/dev/null || echo held",
         "a\nb\nheld\n");
    sandbox_free(sb);
    free(root);
    root = before;
    says_at_home(".cache/w/a", "new\n");
    says_at_home(".cache/b", "b\n");
}

/* ---- git ---- */

static void host_runs(const char *command)
{
    AUTO_FREE char *line = mem_printf("cd %s && ( %s ) > /dev/null 2>&1", top, command);
    if (system(line) != 0) /* NOLINT(cert-env33-c) */
        fail_msg("%s", command);
}

static void in_directory(const char *name, const char *command, const char *text)
{
    char *before = root;
    root = mem_printf("%s/%s", top, name);
    struct sandbox *sb = full();
    SAYS(sb, command, text);
    sandbox_free(sb);
    free(root);
    root = before;
}

static const char make_repo[] =
    "export GIT_CONFIG_GLOBAL=/dev/null; git init -q repo && cd repo && git config user.name n && "
    "git config user.email n@example.org && mkdir d && echo 1 > a && echo 1 > d/x && git add . && "
    "git commit -qm one && git worktree add -q ../wt -b feat && cd .. && git init -q lib && cd lib "
    "&& "
    "git -c user.name=n -c user.email=e commit -q --allow-empty -m lib && cd ../repo && "
    "git -c protocol.file.allow=always submodule add -q ../lib sub && "
    "git -C sub config user.name n && git -C sub config user.email n && git commit -qm sub";
static const char commit[] = "echo 2 > f && git add f && git commit -qm two && git status --short";

/* In every place of a repository; and what git executes stays as it is. */
static void commits_are_made_anywhere_in_a_repository(void **s)
{
    static const char plant[] =
        "for d in \"$(git rev-parse --git-dir)\" \"$(git rev-parse --git-common-dir)\"; do for n "
        "in "
        "config hooks/pre-commit hooks/new commondir gitdir config.worktree; do "
        "(test -e $d/$n || test ${n#hooks} != $n) && (echo planted > $d/$n) 2>/dev/null && "
        "echo WROTE $d/$n; done; (mv $d/hooks $d/h || mv $d $d.away) 2>/dev/null && echo MOVED; "
        "test ! -f .git || (echo x > .git) 2>/dev/null && test -f .git && echo FILE; "
        "done; true";
    if (access("/usr/bin/git", X_OK) != 0)
        skip();
    make_home();
    host_runs(make_repo);
    static const char *const places[] = {"repo", "wt", "repo/d", "repo/sub"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        in_directory(places[i], commit, "");
        in_directory(places[i], plant, "");
    }
    in_directory("repo/d", "cat ../a; (echo x > ../a) 2>/dev/null || echo held", "1\nheld\n");
    host_runs("cd repo && git fsck && git -C ../wt log --oneline | grep two && git -C sub status");
}

/* A file that says where the directory is must be known there: else any directory could be named.
 */
static void a_forged_gitdir_opens_nothing(void **s)
{
    static const char *const forged[] = {
        "echo \"gitdir: $PWD/victim\" > ws/.git", "echo \"gitdir: $PWD/repo/.git\" > ws/.git",
        "echo \"gitdir: $PWD/repo/.git/worktrees/wt\" > ws/.git",
        ("mkdir -p ws/g/worktrees/x && echo $PWD/victim > ws/g/worktrees/x/commondir && "
         "echo $PWD/ws/.git > ws/g/worktrees/x/gitdir && echo \"gitdir: g/worktrees/x\" > ws/.git"),
        "rm ws/.git && ln -s $PWD/victim ws/.git"};
    if (access("/usr/bin/git", X_OK) != 0)
        skip();
    make_home();
    host_runs(make_repo);
    host_runs("mkdir -p victim/objects victim/refs && echo 'ref: refs/heads/x' > victim/HEAD");
    AUTO_FREE char *try = mem_printf("for d in victim repo/.git repo/.git/worktrees/wt; do "
                                     "echo x > %s/$d/planted; done 2>/dev/null; true",
                                     top);
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        host_runs(forged[i]);
        in_directory("ws", try, "");
        host_runs("! ls victim/planted repo/.git/planted repo/.git/worktrees/wt/planted");
    }
}

/* ---- secrets ---- */

static const char *const keys[] = {".ssh/id",
                                   ".git-credentials",
                                   ".cargo/credentials.toml",
                                   ".config/gh/hosts.yml",
                                   ".config/rclone/x",
                                   ".bash_history",
                                   ".claude/.credentials.json",
                                   "mine/key",
                                   "moved/mien/keys.yaml",
                                   "dotfiles/gnupg/key",
                                   ".local/state/mien/sessions/a.db"};

static void plant_keys(void)
{
    make_home();
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        in_home(keys[i], "SECRET\n");
    in_home(".config/app/rc", "plain\n");
    in_home(".claude/notes", "plain\n");
    AUTO_FREE char *link = mem_printf("%s/home/.gnupg", top),
                   *to = mem_printf("%s/home/dotfiles/gnupg", top);
    assert_int_equal(symlink(to, link), 0);
    AUTO_FREE char *config = mem_printf("%s/home/moved", top);
    setenv("XDG_CONFIG_HOME", config, 1);
    unsetenv("MIEN_CONFIG_DIR");
    secrets_set_further((const char *const[]){"mine"}, 1);
}

static const char steal[] =
    "cd ~; for f in .ssh/id .git-credentials .cargo/credentials.toml "
    ".config/gh/hosts.yml .config/rclone/x .bash_history mine/key "
    ".claude/.credentials.json moved/mien/keys.yaml dotfiles/gnupg/key "
    ".gnupg/key .local/state/mien/sessions/a.db; do grep -H SECRET $f; done "
    "2>/dev/null; (echo x >> .ssh/id) 2>/dev/null; cat .config/app/rc "
    ".claude/notes";

/* Wherever they lie: moved by variables, behind links, named by the user; in a home of any depth;
 * and in a workspace that holds them. */
static void secrets_are_out_of_sight_everywhere(void **s)
{
    plant_keys();
    AUTO_FREE char *home = mem_strdup(beside("home"));
    char *before = root;
    for (int level = SANDBOX_FULL; level > SANDBOX_NONE; level--)
        for (int inside = 0; inside < 2; inside++) {
            root = inside ? home : before;
            struct sandbox *sb = sandbox_here((enum sandbox_level)level);
            if (sb)
                SAYS(sb, steal, "plain\nplain\n");
            sandbox_free(sb);
        }
    root = before;
    says_at_home(".ssh/id", "SECRET\n");
    secrets_set_further(NULL, 0);
    unsetenv("XDG_CONFIG_HOME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {F(temporary_places_are_private_and_stay),
                                       F(planted_links_move_no_wall),
                                       F(semaphores_and_shared_memory_work),
                                       F(loopback_is_there_from_the_first_command),
                                       F(local_sockets_end_at_the_walls),
                                       F(the_network_opens_nothing_else),
                                       F(terminals_can_be_opened),
                                       F(other_owners_and_devices_are_refused),
                                       F(own_descendants_are_traced_and_nobody_else),
                                       F(leaks_are_looked_for),
                                       F(caches_are_there_where_the_home_has_none),
                                       F(layers_lie_over_the_users_caches),
                                       F(caches_hide_nothing_and_open_nothing),
                                       F(commits_are_made_anywhere_in_a_repository),
                                       F(a_level_that_does_not_hold_is_not_taken),
                                       F(a_forged_gitdir_opens_nothing),
                                       F(secrets_are_out_of_sight_everywhere)};
    return cmocka_run_group_tests(tests, NULL, forget);
}
