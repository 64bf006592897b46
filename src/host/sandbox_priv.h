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
#define SANDBOX_SHARED 3 /* the user, the mount and the network namespace */
#define SANDBOX_MOVED "/tmp/.cache"

/* What is shown in spite of what covers its surroundings. */
struct sandbox_place {
    const char *from, *to;
    bool writable;
    bool exact; /* it must be there, and through no link */
};

/* A directory of the user's that commands write to without changing it. */
struct sandbox_layer {
    char *over, *upper, *options; /* options: of the overlay, NULL: it cannot be named */
    bool alone;                   /* of use without what lies beneath */
};

/* Kept read-only, or with SANDBOX_PIN before its name only in its place; relative to a place. */
#define SANDBOX_PIN "!"
struct sandbox_lock {
    const char *place, *name;
};

#define CANARY_OUTSIDE 3 /* names it tries to make */

struct canary {
    char *outside[CANARY_OUTSIDE];
    int listener, report; /* -1: none */
    pid_t child;
};

struct sandbox {
    enum sandbox_level level; /* while probe.runs, the one that is tried */
    struct {
        bool runs;
        struct canary canary;
        char why[256];
    } probe;
    bool network;
    char *workspace, *tmp;
    VEC(const char *) ro, rw;  /* Landlock alone, NULL-terminated */
    VEC(const char *) full_ro; /* level full: what may be read */
    VEC(const char *) full_rw; /* Landlock within the mounts */
    VEC(struct sandbox_place)
    places;                   /* at most SANDBOX_PLACES; what lies within another is later */
    VEC(const char *) hidden; /* covered by an empty tmpfs, files by nothing readable */
    VEC(struct sandbox_lock) locked;
    VEC(const char *) traps;   /* what would make git read elsewhere, and was not there */
    VEC(const char *) granted; /* Landlock: writable besides, NULL-terminated or empty */
    VEC(const char *) devices; /* to be written, beside the terminals; NULL-terminated or empty */
    VEC(char *) owned;
    char uid_map[64], gid_map[64];
    struct seccomp_program {
        struct sock_filter code[SECCOMP_MAX];
        size_t len;
    } outer, inner; /* of level landlock, of level full */
    struct {
        char *dir; /* NULL: none */
        int lock;
        VEC(struct sandbox_layer) layers;
        VEC(const char *) env, full_env; /* VARIABLE=path, NULL-terminated or empty */
    } cache;
    struct filter *filter; /* NULL: none; its own to free */
    struct sandbox_limits limits;
    char shm_options[40];       /* of the mount of /dev/shm */
    int shared[SANDBOX_SHARED]; /* namespaces of all commands at level full, -1: none */
};

/* Takes text, which lives as long as s. */
const char *sandbox_own(struct sandbox *s, char *text);
/* Copies both. A place beyond SANDBOX_PLACES is left out. */
void sandbox_show(struct sandbox *s, const char *from, const char *to, bool writable);
/* Copies place, takes name. */
void sandbox_lock(struct sandbox *s, const char *place, char *name);

/* What lies in path may be read, or be written, by the rules of Landlock: all but secrets. */
void sandbox_allow(struct sandbox *s, const char *path, bool write, int depth);
/* Lock what mien itself reads in a place. */
void sandbox_lock_names(struct sandbox *s, const char *place);
void sandbox_make_filters(struct sandbox *s);

/* The child is on its way; end waits for it: 0 when the sandbox held, else why is set. */
void sandbox_canary_begin(const struct sandbox *s, struct canary *c);
int sandbox_canary_end(const struct sandbox *s, struct canary *c, char why[static 256]);

#endif
