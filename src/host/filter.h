/*
 * filter - a proxy for one command: CONNECT and plain HTTP to hosts that were granted by name, and
 * a refusal that says how to ask to every other.
 *
 * It accepts on a listener that lies in the command's own network and connects from ours, so that
 * the command has no other way out. A name counts for ports 80 and 443 unless a port was granted
 * with it; one that resolves to this machine, a private network or the like is refused; an address
 * is refused unless it was granted itself, which only 127.0.0.1 with a port can be.
 * Thread: the loop's; a lookup has a thread of its own, which shares nothing.
 */
#ifndef HOST_FILTER_H
#define HOST_FILTER_H

#include "base/error.h"

struct filter;
struct loop;

/* hosts: "name" or "name:port", copied. Takes the listener. */
struct filter *filter_new(struct loop *l, int listener, const char *const *hosts, size_t n);
void filter_free(struct filter *f); /* closes what is open */

/* The host that was refused last, as it would be asked for ("x.org", "x.org:8080"); NULL: none.
 * Borrowed. */
const char *filter_refused(const struct filter *f);

#endif
