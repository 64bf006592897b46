/*
 * sandbox_priv - what the parts of the sandbox share: its lists, the canary that proves it and
 * the namespaces its commands have in common. For src/host/sandbox*.c only.
 */
#ifndef HOST_SANDBOX_PRIV_H
#define HOST_SANDBOX_PRIV_H

#include <sys/types.h>

#include "base/mem.h"
#include "host/sandbox.h"
#include "host/seccomp.h"

#define SANDBOX_MIN_LANDLOCK 3
#define SANDBOX_PLACES 48
#define SANDBOX_SHARED 2 /* the user and the network namespace */

/* What is shown at the same path in spite of what covers its surroundings. */
struct sandbox_place {
    const char *path;
    bool writable;
};

struct sandbox {
    enum sandbox_level level;
    bool network;
    char *workspace, *tmp;
    VEC(const char *) ro, rw;  /* Landlock alone, NULL-terminated */
    VEC(const char *) full_rw; /* Landlock within the mounts */
    VEC(struct sandbox_place)
    places;                   /* at most SANDBOX_PLACES; what lies within another is later */
    VEC(const char *) hidden; /* covered by an empty tmpfs, files by nothing readable */
    VEC(const char *) locked; /* kept read-only, relative to the workspace */
    VEC(char *) owned;
    char uid_map[64], gid_map[64];
    struct seccomp_program {
        struct sock_filter code[SECCOMP_MAX];
        size_t len;
    } outer, inner;             /* of level landlock, of level full */
    int shared[SANDBOX_SHARED]; /* namespaces of all commands at level full, -1: none */
};

bool sandbox_is_within(const char *path, const char *dir);

#endif
