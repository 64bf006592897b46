/*
 * wire - what the two ends of a launched mien say to each other, in lines over standard input and
 * output of the far one.
 *
 *   far, first       @mien NONCE 1        what came before it was printed by a shell's start files
 *   home, then       {"far":"start", words, env, workspace, agent {name, text}, lost_ms,
 *                     check, check_ms}
 *   both, of files   {"far":"pack", data}  base64, in parts; from home {"far":"packed"} ends them
 *   both             {"far":"alive"}       so often that three fit into lost_ms
 *   home             {"far":"stop"}, {"far":"nobody"} (nobody answers questions any more)
 *   far, last        {"far":"end", exit, signal, error, check {command, green, output}}
 *
 * Every other line is the goal's own: events from there, goal, answers and requests from home.
 */
#ifndef FAR_WIRE_H
#define FAR_WIRE_H

#include "base/json.h"

#define FAR_MARK "@mien "
#define FAR_VERSION 1

/* Is it one of ours? Then its name, borrowed from *j, which the caller deletes. */
const char *far_word(const char *text, size_t n, cJSON **j);

/* Bytes in parts; send is called with each line. */
void far_pack_lines(const char *bytes, size_t n, void (*send)(void *arg, const char *s, size_t n),
                    void *arg);
/* A part of them. False: it is none, or more than limit came. */
bool far_pack_take(const cJSON *j, struct buf *out, size_t limit);

#endif
