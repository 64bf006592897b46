/*
 * side - the far side of a launched mien: it says that it is there, takes what it is to do, runs a
 * mien exec of its own and passes lines both ways.
 *
 * It watches the end of its standard input: whoever started it is gone then, however that ended,
 * and everything it started ends. A signal that asks it to end (a time limit, a cancel of the
 * cluster's) is passed on, and told in its last line. Thread: the program's main one.
 */
#ifndef FAR_SIDE_H
#define FAR_SIDE_H

/* Standard input and output are the talk. env: what the goal's mien starts with, besides what it is
 * sent. Returns the program's exit code. MAY WAIT. */
int far_serve(const char *nonce, char *const *env);

#endif
