/*
 * reader_watch - which of the files that something reads or runs by itself (host/readers.h) a
 * command changed. A file tool asks before it writes one; a command is looked at afterwards, for
 * `git checkout` and `npm install` write such files too.
 *
 * Looked at are those in the workspace's own directory and in the directories there that hold such
 * files (.github, .vscode), not those deeper in the tree. Thread: engine.
 */
#ifndef PERMIT_READER_WATCH_H
#define PERMIT_READER_WATCH_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"

struct watched {
    char *path; /* from the root */
    struct stat st;
    struct buf text; /* its beginning */
    bool seen;       /* by the look that is under way */
};

struct reader_watch {
    VEC(struct watched) files;  /* as they are */
    VEC(struct watched) before; /* those that commands changed in this goal, as they were */
};

void reader_watch_fini(struct reader_watch *w);

/* Before a command: how things are. root: the workspace, canonical. */
void reader_watch_look(struct reader_watch *w, const char *root);
/* After it. Appends the names of what it changed ("AGENTS.md, .envrc") and the changes as lines
 * with their signs. False: nothing. */
bool reader_watch_changed(struct reader_watch *w, const char *root, struct buf *names,
                          struct buf *diff);
/* The goal is over: the same of all its commands together; forgets them. */
bool reader_watch_ended(struct reader_watch *w, struct buf *names, struct buf *diff);

#endif
