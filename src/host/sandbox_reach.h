/*
 * sandbox_reach - a sandbox that is open for one command as far as was granted, and no further.
 */
#ifndef HOST_SANDBOX_REACH_H
#define HOST_SANDBOX_REACH_H

#include "host/reach.h"
#include "host/sandbox.h"

struct loop;

/*
 * s with the reach added. Hosts by name get a network of the command's own with a filter in it,
 * which runs on l until the sandbox is freed. Borrows from s, which must outlive it;
 * sandbox_free(). Where a granted directory has secrets in it, what lies in it now is writable, but
 * for them, and nothing can be made beside them. `trace` leaves nothing confined: a tracer can be
 * whom it traces. NULL and ERR_DENIED where this level, or this kernel, cannot open just that.
 */
NODISCARD struct sandbox *sandbox_reach(const struct sandbox *s, const struct reach *r,
                                        struct loop *l, struct error *e);

/* The host that its filter refused last, as it would be asked for; NULL: none. Borrowed. */
const char *sandbox_refused_host(const struct sandbox *s);

/* s with one more directory, canonical, that every command may write to, or see where it would be
 * hidden. Borrows from s, as sandbox_reach(). */
NODISCARD struct sandbox *sandbox_with_dir(const struct sandbox *s, const char *dir, bool writable,
                                           struct error *e);

/* s without a place to write to but the temporary directories and the caches; the same otherwise.
 */
struct sandbox *sandbox_read_only(const struct sandbox *s);

#endif
