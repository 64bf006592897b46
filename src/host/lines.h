/*
 * lines - a child that is spoken to and answers in lines of JSON: started without a shell,
 * outside the sandbox (it is what the user trusted), stopped with all it started. Thread:
 * engine; the callbacks come on the loop and must not free it.
 */
#ifndef HOST_LINES_H
#define HOST_LINES_H

#include "base/error.h"

#define LINES_MAX (16 << 20) /* bytes of one line; a longer one ends the child */

struct loop;
struct lines;

struct lines_spec {
    const char *const *argv; /* the first word is looked up in PATH */
    char *const *env;        /* NULL: process_env(tmp) */
    const char *cwd, *tmp;
    void (*line)(void *arg, const char *text, size_t n);   /* without its newline */
    void (*errors)(void *arg, const char *text, size_t n); /* standard error, as it comes */
    void (*ended)(void *arg);                              /* lines_alive() turned false */
    void *arg;
};

/* ERR_NOT_FOUND when the program is not in PATH. */
NODISCARD struct lines *lines_start(struct loop *loop, const struct lines_spec *spec,
                                    struct error *e);
/* Send one line; the newline is added. False when it has ended or does not read. */
NODISCARD bool lines_send(struct lines *l, const char *text, size_t n);
bool lines_alive(const struct lines *l);
/* Why it ended: "exit 1", "signal 9", "a line of more than 16 MiB". Borrowed. */
const char *lines_end(const struct lines *l);
/* Ends it when it lives; NULL is fine. */
void lines_free(struct lines *l);

#endif
