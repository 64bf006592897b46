/* What one command is given beyond the sandbox: exactly that, at each level. */
#include "base/file.h"
#include "host/process.h"
#include "host/reach.h"
#include "host/sandbox_reach.h"
#include "host_help.h"

#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>

static struct buf said;
static char *home;

static int at_home(void **s)
{
    int rc = setup(s);
    AUTO_FREE char *real = realpath(top, NULL);
    home = mem_printf("%s/home", real);
    mkdir(home, 0755);
    setenv("HOME", home, 1);
    return rc;
}

/* Not in /tmp, which each command has its own of. */
static int at_real_home(void **s)
{
    const struct passwd *me = getpwuid(getuid());
    int rc = at_home(s);
    free(home);
    home = mem_printf("%s/.mien-host-XXXXXX", me ? me->pw_dir : "/nowhere");
    if (!mkdtemp(home))
        strcpy(home, "");
    setenv("HOME", home, 1);
    return rc;
}

static int from_home(void **s)
{
    if (strncmp(home, top, strlen(top)) != 0 && *home)
        nftw(home, gone, 16, FTW_DEPTH | FTW_PHYS);
    free(home);
    buf_fini(&said);
    return teardown(s);
}

/* Names that begin with "home/" lie there, wherever it is. */
static void make(const char *name, const char *text)
{
    bool at_home = strncmp(name, "home/", 5) == 0;
    AUTO_FREE char *path = mem_printf("%s/%s", at_home ? home : top, name + (at_home ? 5 : 0));
    for (char *p = path + strlen(at_home ? home : top) + 1; (p = strchr(p, '/')); *p++ = '/') {
        *p = '\0';
        mkdir(path, 0755);
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

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

static struct reach asks(const char *word)
{
    struct reach r = {0};
    struct error e = {0};
    if (!reach_add(&r, word, &e))
        fail_msg("%s", e.text);
    return r;
}

/* NULL after a word where the level does not work here. */
static struct sandbox *opened(enum sandbox_level level, const char *word, struct sandbox **base)
{
    AUTO(reach) r = asks(word);
    struct error e = {0};
    *base = sandbox_here(level);
    struct sandbox *d = *base ? sandbox_reach(*base, &r, loop, &e) : NULL;
    if (*base && !d)
        fail_msg("%s", e.text);
    return d;
}

static void each_level(void (*test)(enum sandbox_level level))
{
    test(SANDBOX_FULL);
    test(SANDBOX_LANDLOCK);
}

static void words_mean_what_they_say(void **s)
{
    AUTO(reach) r = {0};
    struct error e = {0};
    AUTO_FREE char *dir = mem_printf("path:%s/x/", home), *name = mem_printf("path:%s/x", home);
    make("home/x/y/f", "");
    assert_true(reach_add(&r, "network", &e));
    assert_true(reach_add(&r, "network", &e));
    assert_true(reach_add(&r, dir, &e));
    assert_true(reach_add(&r, "path:~/x", &e));
    AUTO_FREE char *names = reach_names(&r), *want = mem_printf("network, %s", name);
    assert_string_equal(names, want);
    AUTO(reach) below = asks("path:~/x/y"), other = asks("path:~"), device = asks("device");
    assert_true(reach_covers(&r, &below.items.ptr[0]));
    assert_false(reach_covers(&r, &other.items.ptr[0]));
    assert_false(reach_covers(&r, &device.items.ptr[0]));
}

static void what_cannot_be_asked_for_is_refused_with_a_word(void **s)
{
    static const struct {
        const char *word, *says;
    } cases[] = {
        {"internet", "known: network, network:HOST"},
        {"network:", "give a host's name"},
        {"Network", "known: network"},
        {"", "known: network"},
        {"path", "known: network"},
        {"path:", "begin with / or ~"},
        {"path:x", "begin with / or ~"},
        {"path:~root", "begin with / or ~"},
        {"path:~/x/../.ssh", "without \"..\""},
        {"path:/..", "without \"..\""},
        {"path:~/none/such", "no such directory"},
        {"path:~/x/y/f", "is a file"},
        {"path:~/link", "leads through a link; ask for path:"},
        {"path:~/link/y", "leads through a link; ask for path:"},
        {"path:/", "not given to any command"},
        {"path:~/.ssh", "keys, passwords"},
        {"path:~/.ssh/deep", "keys, passwords"},
        {"path:/proc/self", "leads through a link"},
        {"path:/proc/sys", "kernel"},
        {"path:/dev", "kernel"},
        {"path:~/repo/.git/hooks", "git or mien runs"},
        {"path:~/repo/.mien", "git or mien runs"},
        {"device:/dev/sda", "known: network"},
    };
    AUTO_FREE char *link = mem_printf("%s/link", home);
    make("home/x/y/f", "");
    make("home/.ssh/deep/key", "KEY");
    make("home/repo/.git/hooks/x", "");
    make("home/repo/.mien/x", "");
    assert_int_equal(symlink("x", link), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(reach) r = {0};
        struct error e = {0};
        if (reach_add(&r, cases[i].word, &e) || !strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].word, e.text);
    }
}

static void connects_out(enum sandbox_level level)
{
    struct sandbox *base, *d = opened(level, "network", &base);
    int port = 0;
    AUTO_FD int fd = listen_here(&port);
    AUTO_FREE char *connect = mem_printf("exec 3<>/dev/tcp/127.0.0.1/%d", port);
    if (!d)
        return;
    assert_int_not_equal(run(base, connect), 0);
    assert_int_equal(run(d, connect), 0);
    assert_int_not_equal(run(base, connect), 0); /* the next has nothing of it */
    assert_int_not_equal(run(d, "touch ../outside"), 0);
    assert_false(outside_was_written());
    sandbox_free(d);
    sandbox_free(base);
}

static void the_network_is_opened_and_nothing_else(void **s)
{
    each_level(connects_out);
}

static void writes_there(enum sandbox_level level)
{
    make("home/data/deep/old", "old\n");
    make("home/data/.git/config", "[core]\n");
    make("home/data/.git/HEAD", "");
    make("home/other/f", "");
    struct sandbox *base, *d = opened(level, "path:~/data", &base);
    if (!d)
        return;
    assert_int_not_equal(run(base, "touch ~/data/new"), 0);
    assert_int_equal(
        run(d, "touch ~/data/new && echo new > ~/data/deep/old && cat ~/data/deep/old"), 0);
    assert_string_equal(buf_cstr(&said), "new\n");
    assert_int_not_equal(run(d, "touch ~/other/new"), 0);
    assert_int_not_equal(run(d, "touch ~/new"), 0);
    assert_int_not_equal(run(d, "mv ~/data/deep ~/other/"), 0);
    assert_int_not_equal(run(d, "exec 3<>/dev/tcp/127.0.0.1/1"), 0);
    AUTO_FREE char *made = mem_printf("%s/data/new", home);
    assert_int_equal(unlink(made), 0);
    if (level == SANDBOX_FULL) { /* Landlock alone has no exceptions within a directory */
        assert_int_not_equal(run(d, "echo '[core] fsmonitor=x' > ~/data/.git/config"), 0);
        assert_int_not_equal(run(d, "mv ~/data/.git ~/data/git"), 0);
        assert_int_not_equal(run(d, "touch ~/data/.git/hooks/pre-commit"), 0);
    }
    sandbox_free(d);
    sandbox_free(base);
}

static void a_directory_is_opened_and_nothing_else(void **s)
{
    each_level(writes_there);
}

/* What another command puts in the place of what was granted is not opened in its stead. */
static void no_link_is_followed(enum sandbox_level level)
{
    make("home/data/sub/f", "");
    make("home/.ssh/key", "KEY\n");
    struct sandbox *base, *d = opened(level, "path:~/data/sub", &base);
    AUTO_FREE char *sub = mem_printf("%s/data/sub", home), *away = mem_printf("%s/data/away", home);
    AUTO_FREE char *data = mem_printf("%s/data", home), *moved = mem_printf("%s/moved", home);
    AUTO_FREE char *ssh = mem_printf("%s/.ssh", home);
    if (!d)
        return;
    assert_int_equal(run(d, "touch ~/data/sub/new"), 0);
    assert_int_equal(rename(sub, away), 0);
    assert_int_equal(symlink("../.ssh", sub), 0);
    assert_int_equal(run(d, "cat ~/data/sub/key; touch ~/data/sub/planted"), -1);
    unlink(sub);
    assert_int_equal(rename(data, moved), 0);
    assert_int_equal(mkdir(data, 0755), 0);
    assert_int_equal(rmdir(data), 0);
    assert_int_equal(symlink(".", data), 0); /* a link above it */
    assert_int_equal(symlink(ssh, sub), 0);
    assert_int_equal(run(d, "cat ~/data/sub/key"), -1);
    AUTO_FREE char *planted = mem_printf("%s/planted", ssh);
    assert_int_not_equal(access(planted, F_OK), 0);
    AUTO_FREE char *link = mem_printf("%s/sub", home);
    unlink(link);
    unlink(data);
    assert_int_equal(rename(moved, data), 0);
    assert_int_equal(rename(away, sub), 0);
    sandbox_free(d);
    sandbox_free(base);
}

static void a_link_in_its_place_is_not_followed(void **s)
{
    each_level(no_link_is_followed);
}

static void home_less_secrets(enum sandbox_level level)
{
    make("home/.ssh/key", "KEY\n");
    make("home/.config/gh/token", "TOKEN\n");
    make("home/.config/app/f", "");
    make("home/.profile", "");
    struct sandbox *base, *d = opened(level, "path:~", &base);
    if (!d)
        return;
    static const char *const closed[] = {
        "cat ~/.ssh/key | grep KEY",
        "cat ~/.config/gh/token | grep TOKEN",
        "echo x > ~/.ssh/authorized_keys; test -s ~/.ssh/authorized_keys",
        "mkdir -p ~/.aws && echo x > ~/.aws/credentials",
        "mkdir -p ~/.config/mien && echo x > ~/.config/mien/config.yaml",
        "mv ~/.config ~/.moved",
        "mv ~/.config/gh ~/.config/app/gh && cat ~/.config/app/gh/token",
        "mv ~/.ssh ~/.config/app/",
        "ln ~/.ssh/key ~/.config/app/key",
        "rm -rf ~/.ssh; test ! -e ~/.ssh",
    };
    for (size_t i = 0; i < COUNT_OF(closed); i++) {
        int code = run(d, closed[i]);
        AUTO_FREE char *key = mem_printf("%s/.ssh/key", home);
        AUTO_FREE char *planted = mem_printf("%s/.ssh/authorized_keys", home);
        if (access(key, F_OK) != 0 || access(planted, F_OK) == 0 || (code == 0 && i != 2))
            fail_msg("level %d: %s: %s", level, closed[i], buf_cstr(&said));
    }
    if (run(d, "echo x >> ~/.profile && touch ~/.config/app/new") != 0)
        fail_msg("level %d: %s", level, buf_cstr(&said));
    sandbox_free(d);
    sandbox_free(base);
}

static void home_is_opened_less_secrets(void **s)
{
    if (!*home || strncmp(home, "/tmp", 4) == 0) {
        printf("# skipped: the user's home cannot be written here\n");
        skip();
    }
    each_level(home_less_secrets);
}

/* The workspace's own walls stand where it lies in what was opened. */
static void a_workspace_within_keeps_its_walls(void **s)
{
    make("ws/.git/config", "[core]\n");
    make("ws/.git/HEAD", "");
    make("ws/.mien/config.yaml", "theme: dark\n");
    setenv("HOME", "/nowhere", 1); /* else its secrets would lie in what is opened */
    AUTO_FREE char *real = realpath(top, NULL), *word = mem_printf("path:%s", real);
    struct sandbox *base, *d = opened(SANDBOX_FULL, word, &base);
    if (!d)
        skip();
    assert_int_equal(run(d, "touch ../beside f"), 0);
    assert_int_not_equal(run(d, "echo x > .mien/config.yaml"), 0);
    assert_int_not_equal(run(d, "echo x > .git/config"), 0);
    assert_int_not_equal(run(d, "cd .. && mv ws away"), 0);
    assert_int_not_equal(run(d, "cd .. && echo x > ws/.mien/config.yaml"), 0);
    sandbox_free(d);
    sandbox_free(base);
}

/* In a temporary directory nothing can be left out: no part of it is opened then. */
static void secrets_in_a_temporary_directory_are_not_opened(void **s)
{
    make("home/.ssh/key", "KEY\n");
    struct sandbox *base = sandbox_here(SANDBOX_FULL);
    struct error e = {0};
    AUTO(reach) r = asks("path:~");
    if (!base)
        skip();
    assert_null(sandbox_reach(base, &r, loop, &e));
    assert_non_null(strstr(e.text, "cannot be left out here"));
    sandbox_free(base);
}

static void where_nothing_is_to_be_opened_it_is_said(void **s)
{
    AUTO_FREE char *real = realpath(root, NULL), *in = mem_printf("path:%s/sub", real);
    make("ws/sub/f", "");
    struct sandbox *base = sandbox_here(SANDBOX_LANDLOCK);
    struct error e = {0};
    AUTO(reach) r = asks(in);
    if (!base)
        skip();
    assert_null(sandbox_reach(base, &r, loop, &e));
    assert_non_null(strstr(e.text, "lies in the workspace"));
    sandbox_free(base);
}

static void opens_devices(enum sandbox_level level)
{
    struct sandbox *base, *d = opened(level, "device", &base);
    if (!d)
        return;
    /* Without rights of one's own to it there is nothing to try. */
    const char *device = access("/dev/fuse", R_OK | W_OK) == 0 ? "/dev/fuse" : "/dev/kvm";
    AUTO_FREE char *open = mem_printf("exec 3<>%s", device);
    if (access(device, R_OK | W_OK) != 0) {
        printf("# skipped: no device here that may be opened\n");
    } else {
        assert_int_not_equal(run(base, open), 0);
        assert_int_equal(run(d, open), 0);
    }
    assert_int_not_equal(run(d, "exec 3<>/dev/loop0 || exec 3<>/dev/sda || exec 3<>/dev/vda"), 0);
    assert_int_not_equal(run(d, "exec 3<>/dev/mem"), 0);
    assert_int_not_equal(run(d, "touch ../outside"), 0);
    assert_false(outside_was_written());
    sandbox_free(d);
    sandbox_free(base);
}

static void devices_are_opened_but_disks_and_memory(void **s)
{
    each_level(opens_devices);
}

static void traces(enum sandbox_level level)
{
    struct sandbox *base, *d = opened(level, "trace", &base);
    if (!d)
        return;
    pid_t outside = fork();
    if (outside == 0) {
        pause();
        _exit(0);
    }
    AUTO_FREE char *look = mem_printf(
        "python3 -c 'import ctypes,sys; sys.exit(ctypes.CDLL(None).ptrace(16, %d, 0, 0) != 0)'",
        (int)outside);
    int before = run(base, look), after = run(d, look);
    kill(outside, SIGKILL);
    waitpid(outside, NULL, 0);
    assert_int_not_equal(before, 0);
    if (after != 0)
        printf("# this kernel lets nobody trace what is not its child\n");
    sandbox_free(d);
    sandbox_free(base);
}

static void a_tracer_sees_processes_outside(void **s)
{
    each_level(traces);
}

static void writes_nothing(enum sandbox_level level)
{
    make("ws/f", "old\n");
    make("ws/.git/HEAD", "");
    make("ws/.git/config", "[core]\n");
    make("home/.cache/x/f", "");
    struct sandbox *base = sandbox_here(level);
    if (!base)
        return;
    struct sandbox *d = sandbox_read_only(base);
    static const char *const closed[] = {"touch new",        "echo x > f",          "rm f",
                                         "mv f g",           "touch .git/new",      "mkdir .mien",
                                         "touch ../outside", "echo x > .git/config"};
    for (size_t i = 0; i < COUNT_OF(closed); i++)
        if (run(d, closed[i]) == 0)
            fail_msg("level %d: %s", level, closed[i]);
    assert_int_equal(run(d, "cat f && touch $TMPDIR/x && cat $TMPDIR/x"), 0);
    assert_string_equal(buf_cstr(&said), "old\n");
    assert_int_equal(run(base, "touch made && rm made"), 0);
    if (level == SANDBOX_FULL)
        assert_int_equal(run(d, "touch ~/.cache/x/new"), 0); /* the layer's, not the user's */
    sandbox_free(d);
    sandbox_free(base);
}

static void where_a_plan_is_made_nothing_is_written(void **s)
{
    each_level(writes_nothing);
}

#define H(f) cmocka_unit_test_setup_teardown(f, at_home, from_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        H(words_mean_what_they_say),
        H(what_cannot_be_asked_for_is_refused_with_a_word),
        H(the_network_is_opened_and_nothing_else),
        H(a_directory_is_opened_and_nothing_else),
        H(a_link_in_its_place_is_not_followed),
        cmocka_unit_test_setup_teardown(home_is_opened_less_secrets, at_real_home, from_home),
        H(a_workspace_within_keeps_its_walls),
        H(secrets_in_a_temporary_directory_are_not_opened),
        H(where_nothing_is_to_be_opened_it_is_said),
        H(devices_are_opened_but_disks_and_memory),
        H(a_tracer_sees_processes_outside),
        H(where_a_plan_is_made_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
