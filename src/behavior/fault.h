/*
 * fault - calls into code that a shared object brought. A fault in that code, or no end of it,
 * ends the call instead of mien.
 *
 * Only where nothing of ours is left half done: the fault is an instruction of the object's own
 * (or of a libc function it called that keeps no frame, such as strlen), and what hangs is the
 * object's code or a system call it waits in. A fault of mien's code, called by the object, ends
 * mien: fault_suspect() then tells who called. What the object had allocated is lost.
 *
 * Costs under a microsecond a call: one timer a thread looks after the calls, and none is armed
 * while nothing is called. Thread: any, each for itself; calls nest.
 */
#ifndef BEHAVIOR_FAULT_H
#define BEHAVIOR_FAULT_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The instructions of one object. from == to: trusted code, called as it is. */
struct fault_code {
    uintptr_t from, to;
};

enum fault_end { FAULT_NONE, FAULT_CRASH, FAULT_HANG, FAULT_STOPPED };

/* The range of the object that `inside` lies in; empty when it is none, or mien itself. */
struct fault_code fault_code_of(const void *inside);

/* who: for fault_suspect(), borrowed during the call. *sig: of a crash. */
enum fault_end fault_run(struct fault_code code, const char *who, int64_t limit_ms,
                         void (*fn)(void *arg), void *arg, int *sig);

/* How a thread that makes guarded calls is reached by others: several engines run at once. {0} is
 * valid; it outlives the thread. */
struct fault_stop {
    atomic_llong at_ms; /* of a stop that was asked for and not yet served; 0: none */
    _Atomic(timer_t) timer;
    atomic_bool has_timer;
};

/* This thread's; called before it makes its first guarded call. */
void fault_begin_thread(struct fault_stop *s);
/* A stop was asked for: a guarded call ends soon as one that hangs would, unless it ends by itself
 * or waits in the engine. Thread: any. */
void fault_stop(struct fault_stop *s);
/* The thread heard of it. */
void fault_stop_served(struct fault_stop *s);

/* This thread makes no more guarded calls. */
void fault_end_thread(void);

/* In a crash handler: whose call this thread is in, or NULL. Async-signal-safe. */
const char *fault_suspect(void);

#endif
