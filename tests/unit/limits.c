/* What a command may use: memory, processor time, files, processes, /dev/shm; and that it is told.
 */
#include "host/process.h"
#include "host/sandbox_reach.h"
#include "host_help.h"
#include "permit/denial.h"

static char said[8192], line[1024];
static int code;

static void run(struct sandbox *sb, const char *command)
{
    struct error e = {0};
    AUTO(buf) out = {0}, told = {0};
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
    code = process_code(p);
    bool overfilled = process_overfilled(p);
    process_free(p);
    struct denial_case d = {.command = command,
                            .output = said,
                            .failed = code != 0,
                            .code = code,
                            .overfilled = overfilled,
                            .limits = sandbox_limits(sb),
                            .level = sandbox_level(sb),
                            .cwd = root};
    denial_explain(&d, &told);
    snprintf(line, sizeof line, "%s", buf_cstr(&told));
}

static void fails(struct sandbox *sb, const char *command, const char *says)
{
    run(sb, command);
    if (code == 0 || !strstr(line, says))
        fail_msg("%s: exit %d\n%s\ntold: %s", command, code, said, line);
}

static void works(struct sandbox *sb, const char *command)
{
    run(sb, command);
    if (code != 0 || *line)
        fail_msg("%s: exit %d\n%s\ntold: %s", command, code, said, line);
}

static const struct sandbox_limits small = {
    .memory_mb = 300, .cpu_seconds = 1, .file_mb = 2, .processes = 512, .shared_mb = 4};

#define EATS(mb) "python3 -c 'b = bytearray(" mb " << 20)'"
#define WRITES(file, mb) "dd if=/dev/zero of=" file " bs=1M count=" mb

static void at(enum sandbox_level level)
{
    struct sandbox *sb =
        level == SANDBOX_NONE ? sandbox_new(root, tmp, false) : sandbox_here(level);
    if (!sb)
        return;
    sandbox_set_level(sb, level);
    works(sb, EATS("400") " && " WRITES("f", "3")); /* as it comes */
    sandbox_set_limits(sb, &small);
    works(sb, EATS("100") " && " WRITES("f", "1"));
    fails(sb, EATS("400"), "limit: a process had no more memory (commands.memory_mb: 300 MB");
    fails(sb, WRITES("f", "3"), "commands.file_mb: 2 MB");
    fails(sb, "python3 -c 'open(\"f\", \"wb\").write(b\"x\" * (3 << 20))'",
          "commands.file_mb: 2 MB");
    fails(sb, "while :; do :; done",
          "limit: it used up its processor time (commands.cpu_seconds: 1 s");
    fails(sb, "echo $(cat /proc/self/oom_score_adj); exit 3", "");
    assert_string_equal(said, "800\n");
    sandbox_free(sb);
}

static void each_level_limits(void **s)
{
    at(SANDBOX_FULL);
    at(SANDBOX_LANDLOCK);
    at(SANDBOX_NONE);
}

static void shared_memory_is_small(void **s)
{
    static const struct sandbox_limits shared = {.shared_mb = 4};
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    if (!sb)
        skip();
    works(sb, WRITES("/dev/shm/x", "8"));
    sandbox_set_limits(sb, &shared);
    works(sb, WRITES("/dev/shm/x", "2"));
    fails(sb, WRITES("/dev/shm/x", "8"), "limit: /dev/shm is full (commands.shared_mb: 4 MB");
    sandbox_free(sb);
}

static void the_temporary_directory_fills_up(void **s)
{
    static const struct sandbox_limits few = {.temporary_mb = 4};
    enum sandbox_level levels[] = {SANDBOX_FULL, SANDBOX_NONE};
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        struct sandbox *sb =
            levels[i] == SANDBOX_NONE ? sandbox_new(root, tmp, false) : sandbox_here(levels[i]);
        if (!sb)
            continue;
        sandbox_set_level(sb, levels[i]);
        sandbox_set_limits(sb, &few);
        works(sb, WRITES("$TMPDIR/x", "8")); /* over before it was looked at */
        fails(
            sb, "while sleep .1; do dd if=/dev/zero bs=1M count=1 2>&- >> $TMPDIR/y; done",
            "limit: it was stopped, for the temporary directory is full; remove what is not needed "
            "there (commands.temporary_mb: 4 MB");
        works(sb, "sleep 2.5; rm $TMPDIR/x $TMPDIR/y"); /* one that only cleans up goes on */
        sandbox_free(sb);
    }
}

static void processes_are_counted_inside(void **s)
{
    static const char forks[] = "for i in $(seq 700); do sleep 9 & done 2>&1; jobs -p | wc -l";
    struct sandbox *sb = sandbox_here(SANDBOX_FULL);
    if (!sb || geteuid() == 0) {
        printf("# skipped: root is not counted\n");
        sandbox_free(sb);
        skip();
    }
    sandbox_set_limits(sb, &small);
    run(sb, "for i in $(seq 100); do sleep 1 & done; wait");
    assert_int_equal(code, 0);
    run(sb, forks);
    assert_non_null(strstr(said, "fork"));
    fails(sb,
          "python3 -c 'import os,time\nfor i in range(700):\n  if os.fork() == 0: time.sleep(5); "
          "os._exit(0)\n' 2>&1 | sed 's/^BlockingIOError/fork: &/'; exit 1",
          "limit: there were too many processes (commands.processes: 512");
    sandbox_free(sb);
}

/* What is opened for one command, or closed for a plan, has the limits too. */
static void other_sandboxes_have_them_too(void **s)
{
    struct sandbox *sb = sandbox_here(SANDBOX_LANDLOCK);
    struct error e = {0};
    AUTO(reach) r = {0};
    if (!sb)
        skip();
    sandbox_set_limits(sb, &small);
    assert_true(reach_add(&r, "network", &e));
    struct sandbox *further = sandbox_reach(sb, &r, loop, &e);
    assert_non_null(further);
    fails(further, WRITES("f", "3"), "commands.file_mb: 2 MB");
    sandbox_free(further);
    sandbox_free(sb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        F(each_level_limits),
        F(shared_memory_is_small),
        F(the_temporary_directory_fills_up),
        F(processes_are_counted_inside),
        F(other_sandboxes_have_them_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
