#include "behavior/fault.h"

#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/log.h"

#define STACK_BYTES (64 * 1024)
#define LOOK_AGAIN_MS 20
#define STOP_MS 100 /* what a call may still take once a stop was asked for */
#define FRAMES_MAX 64
#define TICK (SIGRTMIN + 2)

#ifndef sigev_notify_thread_id /* glibc 2.36 has no name for it */
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct fault_call {
    sigjmp_buf back;
    struct fault_code code;
    const char *who;
    int64_t until_ms;
    bool stopped; /* until_ms is a stop's */
    struct fault_call *outer;
};

static _Thread_local struct fault_call *volatile current;
static _Thread_local timer_t timer;
static _Thread_local volatile bool ready, armed;
static _Thread_local struct fault_stop
    *own_stop; /* its timer is set by who asks; NULL: nobody does */

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction before[4]; /* what else looks after them */
static pthread_once_t caught = PTHREAD_ONCE_INIT;

extern char __executable_start, etext;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- where it was ---- */

static uintptr_t pc_of(const ucontext_t *u)
{
#if defined(__x86_64__)
    return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)u->uc_mcontext.pc;
#else
    return 0;
#endif
}

/* Where a function without a frame returns to. */
static uintptr_t caller_of(const ucontext_t *u)
{
#if defined(__x86_64__)
    uintptr_t sp = (uintptr_t)u->uc_mcontext.gregs[REG_RSP], to;
    memcpy(&to, (const void *)sp, sizeof to); // NOLINT(performance-no-int-to-ptr): a register
    return to;
#elif defined(__aarch64__)
    return (uintptr_t)u->uc_mcontext.regs[30];
#else
    return 0;
#endif
}

static bool within(struct fault_code c, uintptr_t at)
{
    return at >= c.from && at < c.to;
}

static bool ours(uintptr_t at)
{
    return at >= (uintptr_t)&__executable_start && at < (uintptr_t)&etext;
}

/* The object's own instruction, or one of a leaf that is not ours and that the object called. */
static bool is_own(struct fault_code c, const ucontext_t *u)
{
    uintptr_t pc = pc_of(u);
    return within(c, pc) || (!ours(pc) && within(c, caller_of(u)));
}

/* The kernel is waited in: what computes may hold a lock, malloc's above all. */
static bool in_system_call(const ucontext_t *u)
{
    unsigned char before_pc[4] = {0};
    memcpy(before_pc, (const void *)(pc_of(u) - 4), 4); // NOLINT(performance-no-int-to-ptr)
#if defined(__x86_64__)
    return before_pc[2] == 0x0f && before_pc[3] == 0x05; /* syscall */
#else
    return before_pc[0] == 0x01 && before_pc[3] == 0xd4; /* svc #0 */
#endif
}

/* Is the object beneath what runs, with nothing of ours between? */
static bool beneath(struct fault_code c, const ucontext_t *u)
{
    void *frames[FRAMES_MAX];
    int n = backtrace(frames, FRAMES_MAX), i = 0;
    while (i < n && (uintptr_t)frames[i] != pc_of(u))
        i++;
    for (; i < n; i++) {
        uintptr_t at = (uintptr_t)frames[i];
        if (within(c, at))
            return true;
        if (ours(at))
            return false;
    }
    return false;
}

/* Time is up, and the object itself is at it: it computes, in its own code or in a leaf that it
 * called, or it waits in a system call. The word on top of the stack may also be what an earlier
 * call left there: without the second look a call of ours would be ended in its middle. */
static bool may_be_ended(struct fault_code c, const ucontext_t *u)
{
    if (within(c, pc_of(u)))
        return true;
    return (is_own(c, u) || in_system_call(u)) && beneath(c, u);
}

/* ---- signals ---- */

static void arm(int64_t ms)
{
    struct itimerspec t = {.it_value = {ms / 1000, ms % 1000 * 1000000}};
    armed = ms > 0 && timer_settime(timer, 0, &t, NULL) == 0;
}

static int64_t stop_due(void)
{
    return own_stop ? atomic_load(&own_stop->at_ms) : 0;
}

static void on_tick(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    int kept = errno;
    struct fault_call *g = current;
    int64_t stop = stop_due();
    if (g && stop && stop < g->until_ms) {
        g->stopped = true;
        g->until_ms = stop;
    }
    int64_t left = g ? g->until_ms - now_ms() : 0;
    if (g && left <= 0 && may_be_ended(g->code, context)) {
        armed = false;
        siglongjmp(g->back, TICK);
    }
    arm(!g ? 0 : left > 0 ? left : LOOK_AGAIN_MS);
    errno = kept;
}

static size_t index_of(int sig)
{
    size_t i = 0;
    while (i + 1 < sizeof faults / sizeof *faults && faults[i] != sig)
        i++;
    return i;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    struct fault_call *g = current;
    if (g && info->si_code > 0 && is_own(g->code, context))
        siglongjmp(g->back, sig);
    /* Not ours to end: the instruction faults again, for whom it was before. */
    if (g && before[index_of(sig)].sa_handler == SIG_DFL) {
        static const char text[] = "mien crashed in a call by ";
        ssize_t done = write(STDERR_FILENO, text, sizeof text - 1);
        done += write(STDERR_FILENO, g->who, strlen(g->who));
        done += write(STDERR_FILENO, "\n", 1);
        (void)done;
    }
    sigaction(sig, &before[index_of(sig)], NULL);
    if (info->si_code <= 0)
        raise(sig);
}

static void catch_faults(void)
{
    struct sigaction fault = {.sa_sigaction = on_fault,
                              .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_NODEFER)};
    struct sigaction tick = {.sa_sigaction = on_tick,
                             .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART)};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigaction(faults[i], &fault, &before[i]);
    sigaction(TICK, &tick, NULL);
}

/* Once a thread, with its first guarded call. */
static void get_ready(void)
{
    static _Thread_local char stack[STACK_BYTES];
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack}, have;
    sigset_t set;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TICK};
    void *frame;
    ready = true;
    pthread_once(&caught, catch_faults); /* several engines' threads may come at once */
    if (sigaltstack(NULL, &have) == 0 && (have.ss_flags & SS_DISABLE))
        sigaltstack(&own, NULL);
    (void)backtrace(&frame, 1); /* loads what it needs: in a handler it could not */
    event.sigev_notify_thread_id = gettid();
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
        log_warn("fault", "no timer for plugins: %s", strerror(errno));
    } else if (own_stop) {
        atomic_store(&own_stop->timer, timer);
        atomic_store(&own_stop->has_timer, true);
    }
    sigemptyset(&set);
    sigaddset(&set, TICK);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigaddset(&set, faults[i]);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- calls ---- */

enum fault_end fault_run(struct fault_code code, const char *who, int64_t limit_ms,
                         void (*fn)(void *arg), void *arg, int *sig)
{
    struct fault_call g = {.code = code, .who = who, .outer = current};
    if (code.from == code.to) {
        fn(arg);
        return FAULT_NONE;
    }
    if (!ready)
        get_ready();
    g.until_ms = now_ms() + limit_ms;
    int came = sigsetjmp(g.back, 0);
    if (came == 0) {
        current = &g;
        if (!armed || stop_due())
            arm(stop_due() ? STOP_MS : limit_ms);
        fn(arg);
    }
    current = g.outer;
    if (came == 0)
        return FAULT_NONE;
    *sig = came;
    return came != TICK ? FAULT_CRASH : g.stopped ? FAULT_STOPPED : FAULT_HANG;
}

void fault_begin_thread(struct fault_stop *s)
{
    own_stop = s;
}

void fault_stop(struct fault_stop *s)
{
    struct itimerspec t = {.it_value = {STOP_MS / 1000, STOP_MS % 1000 * 1000000}};
    if (!atomic_load(&s->has_timer))
        return; /* no plugin was called yet, or the thread is gone */
    atomic_store(&s->at_ms, now_ms() + STOP_MS);
    /* No signal now: it would wake the plugin from a sleep, to go on with what it does. */
    timer_settime(atomic_load(&s->timer), 0, &t, NULL);
}

void fault_stop_served(struct fault_stop *s)
{
    atomic_store(&s->at_ms, 0);
}

void fault_end_thread(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    if (!ready)
        return;
    ready = armed = false;
    if (own_stop)
        atomic_store(&own_stop->has_timer, false);
    timer_delete(timer);
    sigaltstack(&none, NULL);
}

const char *fault_suspect(void)
{
    return current ? current->who : NULL;
}

/* ---- ranges ---- */

struct wanted {
    uintptr_t at;
    struct fault_code found;
};

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct wanted *w = arg;
    struct fault_code code = {UINTPTR_MAX, 0};
    bool mine = false;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + h->p_vaddr, to = from + h->p_memsz;
        if (h->p_type != PT_LOAD)
            continue;
        mine = mine || (w->at >= from && w->at < to);
        if (h->p_flags & PF_X) {
            code.from = from < code.from ? from : code.from;
            code.to = to > code.to ? to : code.to;
        }
    }
    if (mine && code.from < code.to && !ours(code.from))
        w->found = code;
    return mine;
}

struct fault_code fault_code_of(const void *inside)
{
    struct wanted w = {.at = (uintptr_t)inside};
    dl_iterate_phdr(look, &w);
    return w.found;
}
