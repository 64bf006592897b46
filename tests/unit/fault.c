/* Faults and endless calls in guarded code: this program's own, in a section that stands for an
 * object's instructions. */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "behavior/fault.h"

#define PLUGIN __attribute__((section("plugin"), noinline))
#define LIMIT_MS 300 /* short, and long enough for a loaded machine to crash in */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true /* strlen() and sleep() are not libc's there */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

extern const char __start_plugin[], __stop_plugin[];

static volatile int zero, one = 1;
static char *volatile nowhere = (char *)16;
static volatile long depth;

static struct fault_code code(void)
{
    return (struct fault_code){(uintptr_t)__start_plugin, (uintptr_t)__stop_plugin};
}

static enum fault_end run(void (*fn)(void *), void *arg, int *sig)
{
    return fault_run(code(), "OddBehavior", LIMIT_MS, fn, arg, sig);
}

/* ---- what an object may do ---- */

PLUGIN static void well(void *arg)
{
    *(int *)arg = 7;
}

PLUGIN static void writes_nowhere(void *arg)
{
    (void)arg;
    *nowhere = 1;
}

PLUGIN static void calls_nowhere(void *arg)
{
    union {
        char *data;
        void (*volatile fn)(void);
    } u = {nowhere};
    (void)arg;
    u.fn();
    depth++; /* no tail call */
}

PLUGIN static void divides(void *arg)
{
    *(volatile int *)arg = one / zero;
}

PLUGIN static void traps(void *arg)
{
    (void)arg;
    __builtin_trap();
}

// NOLINTNEXTLINE(misc-no-recursion): it shall not end
PLUGIN static long deeper(long n)
{
    volatile char frame[512];
    frame[n % 512] = (char)n;
    depth = n;
    return n < 0 ? 0 : deeper(n + 1) + frame[0];
}

PLUGIN static void overflows(void *arg)
{
    *(volatile long *)arg = deeper(1);
}

PLUGIN static void measures_nothing(void *arg)
{
    *(volatile size_t *)arg = strlen(nowhere + 8);
}

PLUGIN static void loops(void *arg)
{
    for (;;)
        depth += arg != NULL;
}

PLUGIN static void sleeps(void *arg)
{
    (void)arg;
    while (depth >= 0)
        sleep(1000);
}

/* Too large for what a thread keeps for itself, so that the heap's lock is taken. */
PLUGIN static void allocates(void *arg)
{
    (void)arg;
    while (depth >= 0) {
        void *p = malloc(2000 + (size_t)(depth++ & 4095));
        free(realloc(p, 9000));
    }
}

/* Ours: what an object may call. */
__attribute__((noinline)) static void host_waits(void)
{
    struct timespec until, t;
    clock_gettime(CLOCK_MONOTONIC, &until);
    do
        clock_gettime(CLOCK_MONOTONIC, &t);
    while ((t.tv_sec - until.tv_sec) * 1000 + (t.tv_nsec - until.tv_nsec) / 1000000 <
           4 * (long)LIMIT_MS);
}

__attribute__((noinline)) static void host_crashes(void)
{
    *nowhere = 1;
}

PLUGIN static void calls_long(void *arg)
{
    host_waits();
    *(int *)arg = 8;
}

PLUGIN static void calls_what_crashes(void *arg)
{
    host_crashes();
    *(int *)arg = 9;
}

static enum fault_end inner;

PLUGIN static void nests(void *arg)
{
    int sig;
    inner = run(writes_nowhere, NULL, &sig);
    *(int *)arg = fault_suspect() != NULL;
    *nowhere = 1;
}

/* ---- what comes of it ---- */

/* Each in a process of its own: cmocka's handlers stand in the way of the guard's. */
static void in_child(bool (*holds)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(holds() ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static bool returns(void)
{
    int got = 0, sig = 0;
    return run(well, &got, &sig) == FAULT_NONE && got == 7 && !fault_suspect();
}

static void what_returns_has_returned(void **s)
{
    in_child(returns);
}

static bool faults(void)
{
    static const struct {
        void (*fn)(void *);
        int sig;
    } all[] = {{writes_nowhere, SIGSEGV}, {calls_nowhere, SIGSEGV}, {divides, SIGFPE},
               {traps, SIGILL},           {overflows, SIGSEGV},     {measures_nothing, SIGSEGV}};
    for (size_t n = 0; n < 2 * sizeof all / sizeof *all; n++) {
        size_t i = n % (sizeof all / sizeof *all);
        long out = 0;
        int sig = 0;
        if (SANITIZED && i != 0 && i != 4) /* UBSan ends most of them by itself */
            continue;
        enum fault_end end = run(all[i].fn, &out, &sig);
        if (end != FAULT_CRASH || sig != all[i].sig || fault_suspect())
            fprintf(stderr, "case %zu: %d, signal %d\n", i, end, sig);
        if (end != FAULT_CRASH || sig != all[i].sig || fault_suspect())
            return false;
    }
    return true;
}

static void a_fault_ends_the_call(void **s)
{
    in_child(faults);
}

static bool endless(void)
{
    int sig;
    depth = 0;
    return run(loops, &sig, &sig) == FAULT_HANG && run(loops, &sig, &sig) == FAULT_HANG;
}

static void an_endless_call_is_ended(void **s)
{
    in_child(endless);
}

static bool sleeping(void)
{
    int sig;
    depth = 0;
    return run(sleeps, NULL, &sig) == FAULT_HANG;
}

static void so_is_one_that_waits_in_libc(void **s)
{
    if (!SANITIZED)
        in_child(sleeping);
}

static void *waits(void *arg)
{
    pause();
    return arg;
}

/* Ended in malloc() it would leave the heap locked. */
static bool allocating(void)
{
    int sig;
    pthread_t other;
    if (pthread_create(&other, NULL, waits, NULL) != 0) /* alone, the heap is not locked at all */
        return false;
    for (int i = 0; i < 6; i++) {
        depth = 0;
        if (run(allocates, NULL, &sig) != FAULT_HANG)
            return false;
        free(realloc(malloc(5000), 20000));
    }
    return true;
}

static void the_heap_is_not_left_locked(void **s)
{
    if (SANITIZED)
        skip(); /* its heap is another */
    alarm(60);
    in_child(allocating);
    alarm(0);
}

static bool waiting(void)
{
    int got = 0, sig;
    return run(calls_long, &got, &sig) == FAULT_NONE && got == 8;
}

static void time_spent_with_us_is_not_its(void **s)
{
    in_child(waiting);
}

static bool nesting(void)
{
    int got = 0, sig = 0;
    return run(nests, &got, &sig) == FAULT_CRASH && inner == FAULT_CRASH && got == 1 &&
           !fault_suspect();
}

static void calls_nest(void **s)
{
    in_child(nesting);
}

static void a_fault_of_ours_is_not_hidden(void **s)
{
    char said[200] = "";
    int out[2], status, sig, got = 0;
    if (SANITIZED)
        skip(); /* its report is another */
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* the test runner's */
        dup2(out[1], STDERR_FILENO);
        (void)run(calls_what_crashes, &got, &sig);
        _exit(0);
    }
    close(out[1]);
    for (ssize_t n = 0, got_now = 1; got_now > 0; n += got_now)
        got_now = read(out[0], said + n, sizeof said - 1 - (size_t)n);
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_string_equal(said, "mien crashed in a call by OddBehavior\n");
}

static void ranges_are_those_of_other_objects(void **s)
{
    struct fault_code own = fault_code_of(__start_plugin), libc = fault_code_of(stdout);
    assert_int_equal(own.from, own.to);
    assert_true(libc.from < libc.to);
    struct fault_code trusted = {0};
    int got = 0, sig;
    assert_int_equal(fault_run(trusted, "x", LIMIT_MS, well, &got, &sig), FAULT_NONE);
    assert_int_equal(got, 7);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(a_fault_of_ours_is_not_hidden),
        T(what_returns_has_returned),
        T(a_fault_ends_the_call),
        T(an_endless_call_is_ended),
        T(so_is_one_that_waits_in_libc),
        T(time_spent_with_us_is_not_its),
        T(the_heap_is_not_left_locked),
        T(calls_nest),
        T(ranges_are_those_of_other_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
