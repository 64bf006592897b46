/*
 * process - runs one command under a supervisor, in the sandbox, with its output captured and
 * every descendant gone when it ends.
 *
 * mien → supervisor (sub-reaper) → command. The supervisor holds one end of a socket: when
 * mien dies, even by kill -9, it reads end of file and kills the whole tree. Output of both
 * streams comes through one pipe unless `errors` is set, is always drained, and is kept as
 * head and tail. The limits of a command (descriptors, file size, no core) are set for a shell
 * command and in a sandbox; argv without a sandbox is a program we trust as ourselves.
 * Thread: engine.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include "base/buf.h"
#include "base/error.h"

struct loop;
struct process;
struct sandbox;

struct process_spec {
    const char *command;     /* given to the shell as it is; or */
    const char *const *argv; /* words, the first looked up in PATH; no shell */
    char *const *env;        /* NULL: process_env(tmp) */
    const char *cwd;
    const char *tmp;               /* TMPDIR of the command */
    const struct sandbox *sandbox; /* NULL: none */
    int64_t timeout_ms;            /* 0: none */
    size_t queue;                  /* bytes that may wait for it to read; 0: PROCESS_QUEUE */
    size_t keep;                   /* bytes kept of the head, and again of the tail */
    /* Called on the loop as output arrives; may be NULL. */
    void (*output)(void *arg, const char *s, size_t n);
    /* When set, standard error comes here instead, and is not kept. */
    void (*errors)(void *arg, const char *s, size_t n);
    /* Called on the loop when all that was queued for standard input has been taken. */
    void (*drained)(void *arg);
    /* Called on the loop when process_running() turned false; may free the process. */
    void (*ended)(void *arg);
    void *arg;
    bool frames;   /* of a line that is redrawn by \r only the last state is kept */
    bool input;    /* standard input is a pipe for process_write(), else /dev/null */
    bool terminal; /* all three are a terminal of its own, which process_write() types into */
};

/* ERR_NOT_FOUND when argv[0] is no program, ERR_IO when it cannot even be forked. The caller
 * frees it after process_running() is false, or at any time to kill it. */
NODISCARD struct process *process_start(struct loop *loop, const struct process_spec *spec,
                                        struct error *e);
bool process_running(const struct process *p);

/* Another one listens from now on; it has no time limit any more. What came so far is still
 * process_output()'s. */
void process_hand_over(struct process *p, void (*output)(void *arg, const char *s, size_t n),
                       void (*ended)(void *arg), void *arg);

/* Of a process with a terminal: its other end, for the user to type and read at; nothing that is
 * printed meanwhile is taken or kept. The caller closes it; -1: it has none, or it is lent already.
 */
int process_lend_terminal(struct process *p);
void process_take_terminal(struct process *p); /* it is given back */

/* SIGTERM to the group, SIGKILL to the tree 700 ms later. process_running() turns false when
 * all is over. Idempotent. */
void process_stop(struct process *p);

#define PROCESS_QUEUE ((size_t)1 << 20)

/* Queue bytes for its standard input, all or none; written as it reads. False when more than
 * its queue takes would wait, when it reads no more or has ended. */
bool process_write(struct process *p, const char *s, size_t n);
void process_close_input(struct process *p); /* end of file, after what is queued */

/* After it ended: exit status, 128 + signal, or -1 when it could not start (note says why). */
int process_code(const struct process *p);
bool process_timed_out(const struct process *p);
bool process_overfilled(const struct process *p); /* its temporary directory, and was stopped */
const char *process_note(const struct process *p);
int64_t process_pid(const struct process *p);          /* of the supervisor */
int64_t process_output_bytes(const struct process *p); /* as they came */

/* What is kept of the output so far: head, a line that says what is missing, tail. Returns
 * true when something is missing. */
bool process_output(const struct process *p, struct buf *out);
void process_free(struct process *p);

#endif
