/*
 * signals - the signals of the UI thread, read as a descriptor.
 */
#ifndef UI_SIGNALS_H
#define UI_SIGNALS_H

#include <signal.h>

/* Block what signals_next() reads, and ignore SIGPIPE. Before any thread is started, so that all
 * inherit the mask. */
void signals_block(void);
int signals_open(void); /* signalfd; -1 on failure */
/* The next pending signal, 0 when there is none; never waits. */
int signals_next(int fd);

/* Run a program with the tty: default signals, empty mask. Returns its wait status or -1.
 * May wait: until the program has ended. */
int signals_run(const char *const argv[]);

/* Stop our process group as Ctrl-Z does; returns after SIGCONT. May wait: until then. */
void signals_suspend(void);

#endif
