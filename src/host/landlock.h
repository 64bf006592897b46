/*
 * landlock - the kernel's file and network rules for a process, by raw system calls: the
 * headers of Debian 12 end at ABI 2. Source of the numbers: linux/landlock.h of 6.15.
 * Child side: async-signal-safe.
 */
#ifndef HOST_LANDLOCK_H
#define HOST_LANDLOCK_H

#include <stdbool.h>

int landlock_abi(void); /* 0: none */

/* NULL-terminated lists: read and execute beneath ro ("/" and "/dev": list, no more), everything
 * but devices beneath rw, and beneath granted (may be NULL), where a name that leads through a link
 * is an error; read and write the devices in or beneath dev and devices (may be NULL); network:
 * TCP. */
struct landlock_rules {
    const char *const *ro, *const *rw, *const *granted, *const *dev, *const *devices;
    bool network;
};

/* Nothing else is left. Returns 0, or -1 with errno. Needs no_new_privs. */
int landlock_confine(const struct landlock_rules *r);

#endif
