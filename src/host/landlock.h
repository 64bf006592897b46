/*
 * landlock - the kernel's file and network rules for a process, by raw system calls: the
 * headers of Debian 12 end at ABI 2. Source of the numbers: linux/landlock.h of 6.15.
 * Child side: async-signal-safe.
 */
#ifndef HOST_LANDLOCK_H
#define HOST_LANDLOCK_H

#include <stdbool.h>

int landlock_abi(void); /* 0: none */

/* Read and execute beneath ro[], everything beneath rw[] (NULL-terminated), nothing else;
 * no TCP unless network. Returns 0, or -1 with errno. Needs no_new_privs. */
int landlock_confine(const char *const *ro, const char *const *rw, bool network);

#endif
