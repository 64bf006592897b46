/*
 * choice - which tools the user lets the model have: patterns, the last that fits counts.
 *
 * Tools by which goals and steps end are never taken away. Owned by the engine, so that it
 * outlives an agent's change. Thread: engine.
 */
#ifndef BEHAVIOR_CHOICE_H
#define BEHAVIOR_CHOICE_H

#include "base/mem.h"
#include "behaviors/behavior.h"

struct tool_rule {
    char *pattern; /* as fnmatch has them */
    bool on;
};

struct tool_choice {
    VEC(struct tool_rule) rules;
    uint64_t changes;
};

void tool_choice_fini(struct tool_choice *c);
/* These and no others: "read_file,grep_*". */
void tool_choice_only(struct tool_choice *c, const char *list);
void tool_choice_switch(struct tool_choice *c, const char *pattern, bool on);
/* c NULL: all. */
bool tool_choice_allows(const struct tool_choice *c, const struct tool *t);
/* It is one of those that were named: offered although its behavior is deferred. */
bool tool_choice_names(const struct tool_choice *c, const struct tool *t);

#endif
