/*
 * openat2 - opening beneath a directory, by the kernel's rules or not at all.
 */
#ifndef BASE_OPENAT2_H
#define BASE_OPENAT2_H

#include <sys/types.h>

/*
 * Open rel beneath the directory fd `root`; nothing outside it can be reached. Adds
 * O_CLOEXEC, O_NOCTTY and O_NONBLOCK (a FIFO must not block: fstat what you get). -1 and
 * errno; EXDEV or ELOOP for an escape. Without openat2 in the kernel a slower walk refuses
 * every link and "..". Thread: any.
 */
int openat2_beneath(int root, const char *rel, int flags, mode_t mode);

/* Open an absolute path that leads through no link at all; ELOOP where it does. Adds O_CLOEXEC.
 * Async-signal-safe. */
int openat2_exact(const char *path, int flags);

#endif
