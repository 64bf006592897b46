/*
 * lock - one process per session, for as long as it lives. The kernel drops the lock with the
 * process, so a crash leaves none behind. Thread: any.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/error.h"

/* Lock DIR/ID.lock; the descriptor to release, or -1 with ERR_BUSY naming the holder. */
int lock_take(const char *dir, const char *id, struct error *e);
void lock_release(int fd); /* -1 is fine */

#endif
