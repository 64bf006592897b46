/*
 * policy_describe - what a simple command does, for the words of a question; nothing is decided by
 * it. Thread: any.
 */
#ifndef HOST_POLICY_DESCRIBE_H
#define HOST_POLICY_DESCRIBE_H

#include "base/buf.h"
#include "host/policy.h"

/* Is what it does said by a verb behind its name, as with git and npm? */
bool command_has_verbs(const char *program);

/* "npm ci: may write, reaches the network". */
void command_part_describe(const struct command_part *part, struct buf *out);

#endif
