/*
 * signals - the signals of the UI thread, read as a descriptor.
 */
#ifndef UI_SIGNALS_H
#define UI_SIGNALS_H

#include <signal.h>

/* The blocked set. */
void signals_set(sigset_t *set);
int signals_open(void); /* signalfd; -1 on failure */
/* The next pending signal, 0 when there is none. */
int signals_next(int fd);

/* Run a program with the tty: default signals, empty mask. Returns its wait status or -1. */
int signals_run(const char *const argv[]);

/* Stop our process group as Ctrl-Z does; returns after SIGCONT. */
void signals_suspend(void);

#endif
