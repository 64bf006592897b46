/*
 * stats - what was spent on what: a row a behavior, tool, task, mode and delegated agent, kept
 * with the session. Pure data. Thread: engine; read-only use anywhere on a copy.
 */
#ifndef SESSION_STATS_H
#define SESSION_STATS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

enum stat_kind { STAT_BEHAVIOR, STAT_TOOL, STAT_TASK, STAT_MODE, STAT_AGENT, STAT_KIND_COUNT };
/* "behaviors" "tools" "tasks" "modes" "agents" */
extern const char *const stat_kind_names[STAT_KIND_COUNT + 1];

/* Tokens are the server's figures for tasks, modes and agents; for behaviors and tools they are
 * our estimate of what they put into requests and answers. Times in ms. */
struct stat_row {
    enum stat_kind kind;
    char *name;
    int64_t calls, errors, retries;
    int64_t input, cached, output;
    int64_t first_ms, first_count; /* sum of times to the first token, and how many */
    int64_t model_ms, tool_ms;     /* generating, and running tools */
    int64_t goals_done, goals_failed, checks_green, checks_red; /* of modes */
    double cost;
};

struct stats {
    VEC(struct stat_row) rows;
    int64_t changes;
};

void stats_fini(struct stats *s);
/* The row of that name, made when it is new. Borrowed until the next call. */
struct stat_row *stats_row(struct stats *s, enum stat_kind kind, const char *name);

/* A table for people; only: a name of stat_kind_names, or NULL for all. ERR_USAGE. */
NODISCARD bool stats_text(const struct stats *s, const char *only, struct buf *out,
                          struct error *e);
/* Modes compared: speed, success, money. Says so when nothing was counted. */
void stats_modes(const struct stats *s, struct buf *out);
/* RFC 4180, with a heading line. */
void stats_csv(const struct stats *s, const char *only, struct buf *out); /* only as above */

char *stats_save(const struct stats *s); /* JSON; caller frees */
/* Adds to what is there. */
NODISCARD bool stats_load(struct stats *s, const char *text, struct error *e);

#endif
