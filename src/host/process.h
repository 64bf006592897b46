/*
 * process - runs one command under a supervisor, in the sandbox, with its output captured and
 * every descendant gone when it ends.
 *
 * mien → supervisor (sub-reaper) → command. The supervisor holds one end of a socket: when
 * mien dies, even by kill -9, it reads end of file and kills the whole tree. Output of both
 * streams comes through one pipe, is always drained, and is kept as head and tail.
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
    size_t keep;                   /* bytes kept of the head, and again of the tail */
    /* Called on the loop as output arrives; may be NULL. */
    void (*output)(void *arg, const char *s, size_t n);
    /* When set, standard error comes here instead, and is not kept. */
    void (*errors)(void *arg, const char *s, size_t n);
    void *arg;
    bool input; /* standard input is a pipe for process_write(), else /dev/null */
};

/* ERR_IO when it cannot even be forked. The caller frees it after process_running() is false,
 * or at any time to kill it. */
NODISCARD struct process *process_start(struct loop *loop, const struct process_spec *spec,
                                        struct error *e);
bool process_running(const struct process *p);

/* SIGTERM to the group, SIGKILL to the tree 700 ms later. process_running() turns false when
 * all is over. Idempotent. */
void process_stop(struct process *p);

/* Queue bytes for its standard input; written as it reads, dropped once it has ended. */
void process_write(struct process *p, const char *s, size_t n);

/* After it ended: exit status, 128 + signal, or -1 when it could not start (note says why). */
int process_code(const struct process *p);
bool process_timed_out(const struct process *p);
const char *process_note(const struct process *p);
int64_t process_pid(const struct process *p); /* of the supervisor */
int64_t process_output_bytes(const struct process *p);

/* What is kept of the output so far: head, a line that says what is missing, tail. Returns
 * true when something is missing. */
bool process_output(const struct process *p, struct buf *out);
void process_free(struct process *p);

/* The environment a command gets: built, not filtered. NULL-terminated; free with
 * process_env_free. */
char **process_env(const char *tmp);
void process_env_free(char **env);

#endif
