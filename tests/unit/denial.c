/* What a command says when the sandbox stops it, and what else it may say. */
#include "permit/denial.h"
#include "host/process.h"
#include "host_help.h"

#include <signal.h>
#include <sys/wait.h>

static char said[8192];

/* Run it confined; what is made of what it said. Caller frees. */
static char *explained(struct sandbox *sb, const char *command, const char *given)
{
    struct error e = {0};
    AUTO(reach) reach = {0};
    AUTO(buf) out = {0}, line = {0};
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
    if (given)
        assert_true(reach_add(&reach, given, &e));
    struct denial_case d = {.command = command,
                            .output = said,
                            .failed = process_code(p) != 0,
                            .level = sandbox_level(sb),
                            .reach = &reach,
                            .cwd = root};
    process_free(p);
    denial_explain(&d, &line);
    return mem_strdup(buf_cstr(&line));
}

/* says "": nothing is explained. */
static void holds(struct sandbox *sb, const char *command, const char *given, const char *says)
{
    AUTO_FREE char *line = explained(sb, command, given);
    if (*says ? !strstr(line, says) : *line)
        fail_msg("level %s: %s\nsaid: %s\nexplained: %s\nwanted: %s",
                 sandbox_level_name(sandbox_level(sb)), command, said, line, says);
}

#define CALL_AGAIN "if the task needs that, call again with needs: [\"network\"] and why"

static void at(enum sandbox_level level)
{
    struct sandbox *sb = sandbox_here(level);
    int port = 0;
    AUTO_FD int listener = listen_here(&port);
    bool full = level == SANDBOX_FULL;
    if (!sb)
        return;
    AUTO_FREE char *real = realpath(top, NULL);
    AUTO_FREE char *needs = mem_printf("needs: [\"path:%s\"]", real);
    AUTO_FREE char *given = mem_printf("path:%s", real);
    const char *beside = full ? needs : "only $TMPDIR can be written";
    holds(sb, "touch ../x", NULL, beside);
    holds(sb, "echo x > \"$PWD/../x\"", NULL, beside);
    holds(sb, "mkdir -p ../a/b/c", NULL, beside);
    holds(sb, "touch ../x; true", NULL, beside); /* the path is proof enough */
    holds(sb, "python3 -c 'open(\"../x\", \"w\")'", NULL, beside);
    holds(sb, "touch ../x", given, "");
    holds(sb, "touch /etc/mien-x", NULL, access("/etc", W_OK) == 0 ? "path:/etc" : "");
    holds(sb, "curl -s -S http://mien.invalid", NULL, CALL_AGAIN);
    holds(sb, "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 9))'", NULL,
          CALL_AGAIN);
    holds(sb, "python3 -c 'import socket; socket.getaddrinfo(\"mien.invalid\", 9)'", NULL,
          CALL_AGAIN);
    holds(sb, "node -e 'require(\"dns\").lookup(\"mien.invalid\", e => { throw e })'", NULL,
          access("/usr/bin/node", X_OK) == 0 ? CALL_AGAIN : "");
    holds(sb, "curl -s -S http://mien.invalid", "network", "");
    AUTO_FREE char *open = mem_printf("exec 3<>/dev/tcp/127.0.0.1/%d", port);
    AUTO_FREE char *closed = mem_printf("exec 3<>/dev/tcp/127.0.0.1/%d", free_port());
    if (full) {
        AUTO_FREE char *what = mem_printf("what listens on port %d is outside", port);
        holds(sb, open, NULL, what);
        holds(sb, closed, NULL, "");
        holds(sb, "mkdir .git && echo '[core]' > .git/config", NULL, "");
        holds(sb, "git init -q . && echo x > .git/hooks/pre-commit", NULL, "");
    } else {
        holds(sb, "python3 -c 'import socket; socket.socket()'", NULL, "no socket be opened");
    }
    sandbox_free(sb);
}

static void what_the_sandbox_denies_is_explained(void **s)
{
    at(SANDBOX_FULL);
    at(SANDBOX_LANDLOCK);
}

static void other_failures_are_not_the_sandboxs(void **s)
{
    static const char *const commands[] = {
        "false",
        "cat none",
        "touch none/x",
        "mkdir d; chmod 555 d; touch d/x",
        "echo 'Could not resolve host: x'",
        "printf 'Read-only file system\\n' > log; grep -n Read-only log",
        "printf 'a.c:1: getaddrinfo is not declared\\n'; exit 1",
        "printf 'connect to localhost:1 failed: Connection refused\\n'; exit 1",
        "printf 'connect to db.example:5432: Connection refused\\n'; exit 1",
        "printf 'open /none/such: Permission denied\\n'; exit 1",
        "printf 'permission denied (publickey)\\n'; exit 1",
        "cat /etc/shadow- 2>&1 | head -1; printf 'EACCES\\n'; exit 1",
    };
    static const enum sandbox_level levels[] = {SANDBOX_FULL, SANDBOX_LANDLOCK};
    for (size_t l = 0; l < COUNT_OF(levels); l++) {
        struct sandbox *sb = sandbox_here(levels[l]);
        for (size_t i = 0; sb && i < COUNT_OF(commands); i++)
            holds(sb, commands[i], NULL, "");
        sandbox_free(sb);
    }
}

static void what_git_runs_is_named(void **s)
{
    AUTO_FREE char *git = mem_printf("%s/.git", root), *config = mem_printf("%s/config", git);
    mkdir(git, 0755);
    close(open(config, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    if (!sb)
        skip();
    holds(sb, "git config core.x y || echo x > .git/config", NULL, "not opened to any");
    sandbox_free(sb);
}

static void a_process_outside_is_named(void **s)
{
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    if (!sb)
        skip();
    pid_t outside = fork();
    if (outside == 0) {
        pause();
        _exit(0);
    }
    AUTO_FREE char *command = mem_printf("kill -0 %d", (int)outside);
    holds(sb, command, NULL, "needs: [\"trace\"]");
    kill(outside, SIGKILL);
    waitpid(outside, NULL, 0);
    holds(sb, command, NULL, "");
    sandbox_free(sb);
}

static void a_device_is_named(void **s)
{
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    if (!sb || access("/dev/fuse", R_OK | W_OK) != 0) {
        printf("# skipped: no device here that may be opened\n");
        sandbox_free(sb);
        skip();
    }
    holds(sb, "exec 3<>/dev/fuse", NULL, "needs: [\"device\"]");
    sandbox_free(sb);
}

static void nothing_is_denied_without_a_sandbox(void **s)
{
    AUTO(buf) line = {0};
    struct denial_case d = {.command = "x",
                            .output = "Could not resolve host: x\n",
                            .failed = true,
                            .level = SANDBOX_NONE,
                            .cwd = root};
    denial_explain(&d, &line);
    assert_int_equal(line.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        F(what_the_sandbox_denies_is_explained),
        F(other_failures_are_not_the_sandboxs),
        F(what_git_runs_is_named),
        F(a_process_outside_is_named),
        F(a_device_is_named),
        F(nothing_is_denied_without_a_sandbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
