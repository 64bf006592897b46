/*
 * sandbox_canary - which level of the sandbox holds here, proved by trying to get out of it.
 */
#ifndef HOST_SANDBOX_CANARY_H
#define HOST_SANDBOX_CANARY_H

#include "host/sandbox.h"

/*
 * Try the levels from `best` down with a canary child that attempts to write outside, to
 * connect and to kill its way out; the first level where all fail is in force afterwards.
 * *why: what refused the better ones ("" when none). Takes some milliseconds.
 */
enum sandbox_level sandbox_probe(struct sandbox *s, enum sandbox_level best, char why[static 256]);

/* The same in two halves, the first level's canary tries while the caller does something else; no
 * level is in force before the second. A sandbox may be freed between them. */
void sandbox_probe_begin(struct sandbox *s, enum sandbox_level best);
enum sandbox_level sandbox_probe_end(struct sandbox *s, char why[static 256]);

/* The same in what is in force now: 0 when it held, else why is set. */
int sandbox_canary(const struct sandbox *s, char why[static 256]);

#endif
