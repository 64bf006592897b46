#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/openat2.h"
#include "host/policy.h"
#include "host/process.h"
#include "host/process_env.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"
#include "host/workspace.h"
#include "host/workspace_walk.h"
#include "host/workspace_write.h"

static char top[64], *root, *tmp;
static struct workspace *ws;

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

static int setup(void **s)
{
    struct error e = {0};
    strcpy(top, "/tmp/mien-host-XXXXXX");
    assert_non_null(mkdtemp(top));
    root = mem_printf("%s/ws", top);
    tmp = mem_printf("%s/tmp", top);
    mkdir(root, 0755);
    mkdir(tmp, 0700);
    ws = workspace_open(root, &e);
    return ws ? 0 : -1;
}

static int teardown(void **s)
{
    workspace_close(ws);
    nftw(top, gone, 16, FTW_DEPTH | FTW_PHYS);
    free(root);
    free(tmp);
    return 0;
}

static bool put(const char *path, const char *text, enum write_how how)
{
    struct file_result r;
    struct error e = {0};
    return workspace_write(ws, path, text, strlen(text), how, &r, &e);
}

static enum err read_error(const char *path)
{
    AUTO(buf) b = {0};
    struct file_result r;
    struct error e = {0};
    return workspace_read(ws, path, 1000, &b, &r, &e) ? ERR_NONE : e.code;
}

static void writes_are_whole_and_keep_modes(void **s)
{
    AUTO_FREE char *path = mem_printf("%s/a/b/c.sh", root);
    struct stat st;
    assert_true(put("a/b/c.sh", "one\n", WRITE_REPLACE));
    assert_int_equal(chmod(path, 0755), 0);
    uint64_t before = workspace_changes(ws);
    AUTO(buf) b = {0};
    struct file_result r;
    struct error e = {0};
    assert_true(workspace_read(ws, "a/b/c.sh", 1000, &b, &r, &e));
    assert_true(put("a/b/c.sh", "two\n", WRITE_APPEND));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    assert_int_equal(st.st_size, 8);
    assert_true(put("a/b/c.sh", "one\ntwo\n", WRITE_REPLACE));
    assert_int_equal(workspace_changes(ws), before + 1); /* the same content is no change */
    assert_false(put("a/b/c.sh", "x", WRITE_NEW_ONLY));
}

static void links_do_not_unprotect(void **s)
{
    static const char *const dirs[] = {".git",         ".git/hooks", ".mien",     "bare",
                                       "bare/objects", "bare/refs",  "bare/hooks"};
    static const struct {
        const char *name, *to;
    } links[] = {
        {"docs", ".git"}, {"hooks", ".git/hooks"}, {"m", ".mien"}, {"file", ".git/config"}};
    static const char *const guarded[] = {"docs/config",
                                          "docs/hooks/pre-commit",
                                          "hooks/pre-commit",
                                          "m/config.yaml",
                                          "m/new/x",
                                          "docs/x/y/z",
                                          "file",
                                          "bare/config",
                                          "bare/hooks/update"};
    for (size_t i = 0; i < COUNT_OF(dirs); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", root, dirs[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    assert_true(put("bare/HEAD", "ref: refs/heads/main\n", WRITE_REPLACE)); /* the last it takes */
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", root, links[i].name);
        assert_int_equal(symlink(links[i].to, path), 0);
    }
    for (size_t i = 0; i < COUNT_OF(guarded); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", root, guarded[i]);
        struct stat st;
        if (put(guarded[i], "x", WRITE_REPLACE))
            fail_msg("%s was written", guarded[i]);
        assert_true(strcmp(guarded[i], "file") == 0 || stat(path, &st) != 0);
    }
    AUTO_FREE char *made = mem_printf("%s/.mien/new", root);
    assert_int_equal(access(made, F_OK), -1);
}

static void nothing_leaves_the_workspace(void **s)
{
    AUTO_FREE char *outside = mem_printf("%s/outside", top), *link = mem_printf("%s/link", root);
    AUTO_FREE char *dir = mem_printf("%s/dir", root), *abs = mem_printf("%s/in", root);
    assert_int_equal(symlink(outside, link), 0);
    assert_int_equal(symlink("..", dir), 0);
    assert_int_equal(read_error("../outside"), ERR_DENIED);
    assert_int_equal(read_error("/etc/passwd"), ERR_DENIED);
    assert_int_equal(read_error("link"), ERR_DENIED);
    assert_int_equal(read_error("dir/outside"), ERR_DENIED);
    assert_int_equal(read_error("none"), ERR_NOT_FOUND);
    assert_int_equal(read_error("/dev/zero"), ERR_DENIED);
    assert_false(put("link", "x", WRITE_REPLACE));
    assert_false(put("dir/evil", "x", WRITE_REPLACE));
    assert_false(put("../evil", "x", WRITE_REPLACE));
    assert_false(put("a/../../evil", "x", WRITE_REPLACE));
    assert_true(put(abs, "x", WRITE_REPLACE)); /* absolute, but inside */
    assert_int_equal(access(outside, F_OK), -1);
    static const char *const guarded[] = {".git/config", "sub/.git/hooks/x", ".mien/config.yaml",
                                          ".MIEN/x",     ".bashrc",          ".mcp.json"};
    for (size_t i = 0; i < COUNT_OF(guarded); i++)
        assert_false(put(guarded[i], "x", WRITE_REPLACE));
}

static void odd_files_are_named(void **s)
{
    AUTO_FREE char *fifo = mem_printf("%s/fifo", root);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(read_error("fifo"), ERR_IO);
    assert_int_equal(read_error("."), ERR_IO);
    AUTO_FREE char *bin = mem_printf("%s/bin", root);
    FILE *f = fopen(bin, "w");
    fwrite("\0\1\2", 1, 3, f);
    fclose(f);
    assert_int_equal(read_error("bin"), ERR_PARSE);
}

static void names_through_links_and_home(void **s)
{
    AUTO_FREE char *link = mem_printf("%s/way", top), *in = mem_printf("%s/way/a.txt", top);
    assert_int_equal(symlink(root, link), 0);
    assert_true(put("a.txt", "hello\n", WRITE_REPLACE));
    assert_int_equal(read_error(in), ERR_NONE);
    assert_true(put(in, "new\n", WRITE_REPLACE));
    setenv("HOME", top, 1);
    assert_false(put("~/todo.txt", "x", WRITE_REPLACE));
    assert_false(put("~", "x", WRITE_REPLACE));
    assert_true(put("~x/todo.txt", "x", WRITE_REPLACE)); /* a name like another */
    assert_int_equal(read_error("~/ws/a.txt"), ERR_NONE);
    AUTO_FREE char *tilde = mem_printf("%s/~", root);
    assert_int_equal(access(tilde, F_OK), -1);
}

static void a_private_tmp_is_read_by_the_commands_name(void **s)
{
    AUTO_FREE char *file = mem_printf("%s/mien-note", tmp), *link = mem_printf("%s/mien-l", tmp);
    AUTO_FREE char *secret = mem_printf("%s/secret", top);
    FILE *f = fopen(file, "w");
    fputs("note\n", f);
    fclose(f);
    f = fopen(secret, "w");
    fputs("secret\n", f);
    fclose(f);
    assert_int_equal(symlink(secret, link), 0);
    assert_int_equal(read_error("/tmp/mien-note"), ERR_DENIED);
    workspace_private_tmp(ws, tmp);
    assert_int_equal(read_error("/tmp/mien-note"), ERR_NONE);
    assert_int_equal(read_error("/var/tmp/mien-note"), ERR_NONE);
    assert_int_equal(read_error("/tmp/./mien-note"), ERR_NONE);
    assert_int_not_equal(read_error("/tmp/mien-l"), ERR_NONE); /* nothing leads out of it */
    assert_int_equal(read_error("/tmp/../etc/passwd"), ERR_DENIED);
    workspace_private_tmp(ws, NULL);
    assert_int_equal(read_error("/tmp/mien-note"), ERR_DENIED);
}

static void reads_may_leave_but_for_secrets(void **s)
{
    AUTO_FREE char *ssh = mem_printf("%s/.ssh", top), *key = mem_printf("%s/.ssh/id", top);
    AUTO_FREE char *link = mem_printf("%s/keys", root), *beside = mem_printf("%s/beside", top);
    assert_int_equal(mkdir(ssh, 0700) | symlink(ssh, link), 0);
    FILE *f = fopen(key, "w");
    fputs("PRIVATE", f);
    fclose(f);
    f = fopen(beside, "w");
    fputs("beside\n", f);
    fclose(f);
    setenv("HOME", top, 1);
    workspace_read_outside(ws, true, NULL);
    assert_int_equal(read_error("../beside"), ERR_NONE);
    assert_int_equal(read_error(beside), ERR_NONE);
    assert_int_equal(read_error(key), ERR_DENIED);
    assert_int_equal(read_error("keys/id"), ERR_DENIED);
    assert_int_equal(read_error("../.ssh/../.ssh/id"), ERR_DENIED);
    assert_int_equal(read_error("~/.ssh/id"), ERR_DENIED);
    assert_int_equal(read_error("/proc/self/environ"), ERR_DENIED);
    assert_int_equal(read_error("/dev/zero"), ERR_DENIED);
    assert_false(put("../beside", "x", WRITE_REPLACE));
    assert_false(put(beside, "x", WRITE_REPLACE));
    workspace_read_outside(ws, false, ssh); /* what is our own is readable wherever it lies */
    assert_int_equal(read_error(key), ERR_NONE);
    assert_int_equal(read_error(beside), ERR_DENIED);
}

static bool count_matches(void *arg, const char *rel, const char *data, size_t n)
{
    int *seen = arg;
    assert_null(strstr(rel, ".ssh"));
    seen[0]++;
    seen[1] += data && memmem(data, n, "NEEDLE", 6) != NULL;
    return true;
}

static void long_files_are_read_by_lines_and_searched(void **s)
{
    AUTO_FREE char *path = mem_printf("%s/big.log", root), *huge = mem_printf("%s/huge", root);
    AUTO_FREE char *ssh = mem_printf("%s/.ssh", root), *key = mem_printf("%s/.ssh/id", root);
    FILE *f = fopen(path, "w");
    for (int i = 1; i <= 300000; i++)
        fprintf(f, "entry number %d\n", i);
    fputs("NEEDLE without an end of line", f);
    fclose(f);
    AUTO(buf) b = {0};
    struct file_result r;
    struct error e = {0};
    assert_true(workspace_read_lines(ws, "big.log", 299999, 300000, 1000, &b, &r, NULL, &e));
    assert_string_equal(buf_cstr(&b), "entry number 299999\nentry number 300000\n");
    assert_int_equal(r.lines, 300001);
    assert_false(r.truncated || r.lines_more);
    assert_true(workspace_read_lines(ws, "big.log", 300001, 0, 6, &b, &r, NULL, &e));
    assert_string_equal(buf_cstr(&b), "NEEDLE");
    assert_true(r.truncated);
    /* a file without an end is not counted to it */
    f = fopen(huge, "w");
    for (int i = 0; i < 1000; i++)
        fputs("text text\n", f);
    fclose(f);
    assert_int_equal(truncate(huge, (off_t)2 << 30), 0);
    assert_true(workspace_read_lines(ws, "huge", 1, 2, 1000, &b, &r, NULL, &e));
    assert_true(r.lines_more && r.lines >= 1000);
    setenv("HOME", root, 1);
    assert_int_equal(mkdir(ssh, 0700), 0);
    f = fopen(key, "w");
    fputs("NEEDLE", f);
    fclose(f);
    int seen[2] = {0};
    struct walk_result walked;
    assert_true(workspace_walk(ws, ".", count_matches, seen, &walked, NULL, &e));
    assert_int_equal(seen[1], 1);
    assert_int_equal(walked.large, 1);
    assert_string_equal(walked.first, "huge");
    assert_true(workspace_walk_names(ws, ".", count_matches, seen, NULL, &e));
    assert_int_equal(seen[0], 3); /* big.log twice, huge by its name */
}

static void writes_look_like_before(void **s)
{
    AUTO(buf) b = {0};
    struct file_result r;
    struct error e = {0};
    assert_true(put("f",
                    "\xef\xbb\xbf"
                    "one\r\n",
                    WRITE_REPLACE));
    assert_true(put("f", "1\n2\n", WRITE_LIKE_BEFORE));
    assert_true(workspace_read(ws, "f", 1000, &b, &r, &e));
    assert_string_equal(buf_cstr(&b), "\xef\xbb\xbf"
                                      "1\r\n2\r\n");
    assert_true(put("new", "1\n", WRITE_LIKE_BEFORE));
    assert_true(workspace_remove(ws, "new", &e));
    assert_int_equal(read_error("new"), ERR_NOT_FOUND);
    assert_false(workspace_remove(ws, "../tmp", &e) || workspace_remove(ws, ".git/x", &e));
}

/* Who may write but does not own, and where no file can be made beside it. */
static void files_of_others_are_written_in_place(void **s)
{
    AUTO_FREE char *path = mem_printf("%s/shared", root);
    struct stat before, after;
    if (geteuid() != 0)
        skip();
    assert_true(put("shared", "one\n", WRITE_REPLACE));
    assert_int_equal(chmod(path, 0666) | chmod(root, 0755) | chmod(top, 0755), 0);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(seteuid(65534), 0);
    bool replaced = put("shared", "two\n", WRITE_REPLACE),
         added = put("shared", "+\n", WRITE_APPEND);
    assert_int_equal(seteuid(0), 0);
    assert_true(replaced && added);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_uid, 0);
    assert_int_equal(after.st_size, 6);
}

static void hard_links_keep_the_other_name(void **s)
{
    AUTO_FREE char *outside = mem_printf("%s/other", top), *in = mem_printf("%s/linked", root);
    FILE *f = fopen(outside, "w");
    fputs("OUT", f);
    fclose(f);
    assert_int_equal(link(outside, in), 0);
    assert_true(put("linked", "changed", WRITE_REPLACE));
    char text[8] = "";
    f = fopen(outside, "r");
    assert_non_null(fgets(text, sizeof text, f));
    fclose(f);
    assert_string_equal(text, "OUT");
}

static atomic_bool racing;

static void *racer(void *arg)
{
    char a[128], b[128];
    snprintf(a, sizeof a, "%s/race", root);
    snprintf(b, sizeof b, "%s/race2", root);
    while (racing) {
        mkdir(a, 0755);
        rmdir(a);
        if (symlink(top, a) == 0)
            rename(a, b);
        unlink(b);
    }
    return NULL;
}

static void a_race_does_not_get_out(void **s)
{
    AUTO_FREE char *secret = mem_printf("%s/secret", top);
    fclose(fopen(secret, "w"));
    pthread_t t;
    int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), escaped = 0;
    racing = true;
    pthread_create(&t, NULL, racer, NULL);
    for (int i = 0; i < 50000; i++) {
        int fd = openat2_beneath(dir, "race/secret", O_RDONLY, 0);
        escaped += fd >= 0;
        if (fd >= 0)
            close(fd);
    }
    racing = false;
    pthread_join(t, NULL);
    close(dir);
    assert_int_equal(escaped, 0);
}

static void whitelists_see_every_command(void **s)
{
    static char ls[] = "ls", wc[] = "wc";
    char *items[] = {ls, wc};
    struct opt_list list = {items, 2};
    static const struct {
        const char *command;
        bool ok;
    } cases[] = {{"ls | wc", true},
                 {"ls; rm x", false},
                 {"ls > f", false},
                 {"'ls'", true},
                 {"ls\nrm x", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct command_info info;
        struct error e = {0};
        command_classify(cases[i].command, root, &info);
        assert_int_equal(command_whitelisted(&info, &list, &e), cases[i].ok);
        command_info_fini(&info);
    }
}

struct run {
    int code;
    bool timed_out;
    struct buf out;
};

static void run_command(struct run *r, const char *command, const struct sandbox *sb,
                        int64_t timeout_ms)
{
    struct error e = {0};
    struct loop *l = loop_new(&e);
    struct process_spec spec = {.command = command,
                                .cwd = root,
                                .tmp = tmp,
                                .sandbox = sb,
                                .timeout_ms = timeout_ms,
                                .keep = 5000};
    struct process *p = process_start(l, &spec, &e);
    assert_non_null(p);
    while (process_running(p))
        loop_step(l, -1);
    r->code = process_code(p);
    r->timed_out = process_timed_out(p);
    process_output(p, &r->out);
    process_free(p);
    loop_free(l);
}

static void processes_report_and_are_swept(void **s)
{
    struct run r = {0};
    run_command(&r, "echo out; echo err >&2; exit 7", NULL, 0);
    assert_int_equal(r.code, 7);
    assert_string_equal(buf_cstr(&r.out), "out\nerr\n");
    buf_clear(&r.out);
    run_command(&r, "cat; setsid sleep 30 & trap '' TERM; sleep 31", NULL, 300);
    assert_true(r.timed_out);
    buf_clear(&r.out);
    run_command(&r, "kill -SEGV $$", NULL, 0);
    assert_int_equal(r.code, 128 + 11);
    buf_fini(&r.out);
}

static int listen_somewhere(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* Every row of the canary table, on every level that works here. */
static void sandboxes_hold(void **s)
{
    static const char script[] =
        "(echo x > ../outside) 2>/dev/null; echo x > inside || echo STUCK; "
        "echo x > $TMPDIR/t || echo NOTMP; (exec 3<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null && echo "
        "NET; "
        "kill -0 $OUTSIDER 2>/dev/null && echo SIGNAL; "
        "mkdir -p .git/hooks 2>/dev/null; true";
    int port = 0;
    AUTO_FD int listener = listen_somewhere(&port); /* so that a connection could succeed */
    AUTO_FREE char *command = mem_printf("OUTSIDER=%d; PORT=%d; %s", (int)getpid(), port, script);
    for (int level = SANDBOX_FULL; level > SANDBOX_NONE; level--) {
        struct sandbox *sb = sandbox_new(root, tmp, false);
        char why[256];
        if (sandbox_probe(sb, (enum sandbox_level)level, why) == (enum sandbox_level)level) {
            struct run r = {0};
            run_command(&r, command, sb, 5000);
            assert_string_equal(buf_cstr(&r.out), "");
            assert_int_equal(r.code, 0);
            AUTO_FREE char *outside = mem_printf("%s/../outside", root);
            assert_int_not_equal(access(outside, F_OK), 0);
            buf_fini(&r.out);
        } else {
            printf("# level %s does not work here: %s\n",
                   sandbox_level_name((enum sandbox_level)level), why);
        }
        sandbox_free(sb);
    }
}

static void environments_are_built(void **s)
{
    setenv("MY_API_KEY", "secret", 1);
    setenv("LD_PRELOAD_X", "x", 1);
    char **env = process_env("/tmp/x", false, NULL);
    bool tmpdir = false;
    for (char **v = env; *v; v++) {
        assert_null(strstr(*v, "secret"));
        assert_null(strstr(*v, "LD_PRELOAD"));
        tmpdir |= strcmp(*v, "TMPDIR=/tmp/x") == 0;
    }
    assert_true(tmpdir);
    process_env_free(env);
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {F(writes_are_whole_and_keep_modes),
                                       F(nothing_leaves_the_workspace),
                                       F(links_do_not_unprotect),
                                       F(odd_files_are_named),
                                       F(names_through_links_and_home),
                                       F(reads_may_leave_but_for_secrets),
                                       F(a_private_tmp_is_read_by_the_commands_name),
                                       F(long_files_are_read_by_lines_and_searched),
                                       F(writes_look_like_before),
                                       F(files_of_others_are_written_in_place),
                                       F(hard_links_keep_the_other_name),
                                       F(a_race_does_not_get_out),
                                       F(whitelists_see_every_command),
                                       F(processes_report_and_are_swept),
                                       F(sandboxes_hold),
                                       T(environments_are_built)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
