/*
 * workspace_walk - what lies in a directory of the workspace, under the rules of reads. Thread:
 * engine.
 */
#ifndef HOST_WORKSPACE_WALK_H
#define HOST_WORKSPACE_WALK_H

#include "base/effects.h"
#include "base/error.h"
#include "base/pause.h"

struct workspace;

/* Entries sorted by name; *entries is the caller's. */
NODISCARD bool workspace_list(struct workspace *w, const char *path, struct file_entry **entries,
                              size_t *n, struct error *e);

typedef bool workspace_visit(void *arg, const char *rel, const char *data, size_t n);

/* Visit every text file beneath path, names in order; .git, node_modules and their like, links,
 * binary files, secrets and other mounts are left out; *r counts what else was. Asks pause (may be
 * NULL) at each entry: ERR_CANCELED when it says stop. */
NODISCARD bool workspace_walk(struct workspace *w, const char *path, workspace_visit *visit,
                              void *arg, struct walk_result *r, const struct pause *pause,
                              struct error *e);

/* The same for names alone: every file, data NULL, n its size. */
NODISCARD bool workspace_walk_names(struct workspace *w, const char *path, workspace_visit *visit,
                                    void *arg, const struct pause *pause, struct error *e);

#endif
