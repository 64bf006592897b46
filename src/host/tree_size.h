/*
 * tree_size - what a directory holds on its disk. Thread: any.
 */
#ifndef HOST_TREE_SIZE_H
#define HOST_TREE_SIZE_H

#include "base/defs.h"

/* Bytes that files beneath dir take, links not followed. What cannot be read counts nothing. May
 * wait: for the disk. */
int64_t tree_size(const char *dir);

#endif
