/*
 * objects - what a snapshot is made of, in git's loose format: blobs, trees and commits, named by
 * their SHA-1. Written by ourselves (uncompressed deflate; a repack packs them later), so that the
 * bytes of a file are kept as they are: no filter, no conversion, no program of the repository's.
 *
 * Objects that the workspace's own repository has are not written again: its packs and loose
 * objects are linked into DIR/base (hard links: they cost nothing, and no gc of the user's takes
 * them away). On another file system there is no base, and all is written.
 * Thread: one at a time.
 */
#ifndef REWIND_OBJECTS_H
#define REWIND_OBJECTS_H

#include "base/buf.h"
#include "base/error.h"

#define OBJECT_ID 20
#define OBJECT_HEX 41

struct object_id {
    unsigned char b[OBJECT_ID];
};

struct objects;

/* DIR: made where it is missing, a bare repository. repository: a directory whose repository's
 * objects are borrowed, or NULL. ERR_IO. */
NODISCARD struct objects *objects_open(const char *dir, const char *repository, struct error *e);
void objects_close(struct objects *o);
/* The base is needed for the first snapshot only: let go of what it holds in memory. */
void objects_forget_base(struct objects *o);

/* type: blob, tree, commit. ERR_IO, e.g. where the disk is full. */
NODISCARD bool objects_put(struct objects *o, const char *type, const void *data, size_t n,
                           struct object_id *id, struct error *e);
/* Only its name. */
void object_name(const char *type, const void *data, size_t n, struct object_id *id);
/* Bytes written so far, by this process. */
int64_t objects_written(const struct objects *o);

void object_hex(const struct object_id *id, char out[static OBJECT_HEX]);
bool object_parse(const char *hex, struct object_id *id);
bool object_same(const struct object_id *a, const struct object_id *b);

#endif
