/*
 * effects - what came of touching files and running programs: shared words of the host,
 * which does it, and the behaviors, which tell the model.
 */
#ifndef BASE_EFFECTS_H
#define BASE_EFFECTS_H

#include "base/buf.h"

/* A file as the workspace shows it. */
struct file_entry {
    char name[256];
    char type; /* 'f' file, 'd' directory, 'l' link, '?' other */
    int64_t size;
};

struct file_result {
    int64_t bytes, lines;
    int64_t old_lines; /* before the write; -1: new file */
    bool created;
    bool truncated;   /* read: `limit` was reached */
    bool hard_linked; /* other names share the old content */
};

enum write_how { WRITE_REPLACE, WRITE_APPEND, WRITE_NEW_ONLY };

struct command_result {
    int code; /* exit status, 128+signal, -1: did not run */
    bool timed_out, cancelled, refused;
    int64_t ms, total_bytes;
    struct buf out; /* stdout and stderr in order, head and tail */
    bool cut;       /* the middle is missing */
    char note[512]; /* why it was refused, what could not be stopped */
    int64_t job;    /* background: job number */
};

void command_result_fini(struct command_result *r);

#endif
