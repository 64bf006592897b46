/*
 * sandbox_priv - what the parts of the sandbox share: its lists, the canary that proves it and
 * the network of its own. For src/host/sandbox*.c only.
 */
#ifndef HOST_SANDBOX_PRIV_H
#define HOST_SANDBOX_PRIV_H

#include <sys/types.h>

#include "base/mem.h"
#include "host/sandbox.h"
#include "host/seccomp.h"

#define SANDBOX_MIN_LANDLOCK 3

struct sandbox {
    enum sandbox_level level;
    bool network;
    char *workspace, *tmp;
    VEC(const char *) ro, rw; /* Landlock, NULL-terminated */
    VEC(const char *) hidden; /* directories covered by an empty tmpfs */
    VEC(const char *) locked; /* files and directories of the workspace kept read-only */
    VEC(char *) owned;
    char uid_map[64], gid_map[64];
    struct sock_filter filter[SECCOMP_MAX];
    size_t filter_len;
    struct {
        int user, net; /* the namespaces commands share, -1: none yet */
        struct sock_filter filter[SECCOMP_MAX];
        size_t filter_len;
    } loopback;
};

/* Commands are in the shared network now; its descriptors are closed. */
bool sandbox_is_shared(const struct sandbox *s);
void sandbox_leave_loopback(struct sandbox *s);

#endif
