/*
 * lend - the terminal lent to a command of the user's: keys go to it, what it prints comes here.
 * It is a plain terminal (TERM=dumb): text, line ends, \r, \b and the bell get through, control
 * sequences do not. Thread: UI.
 */
#ifndef UI_LEND_H
#define UI_LEND_H

/* With the screen left. Until the user types Ctrl-] or the other end closes. Does not close fd.
 * MAY WAIT, for the user. */
void lend_terminal(int fd, const char *what);

#endif
