/*
 * keys - the table of keys.def: which action a key has in which context.
 */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdio.h>

#include "base/defs.h"

struct app;

/* Names of contexts in the order of their help. */
#define CONTEXT_LIST(C)         \
    C(INPUT, "input line")      \
    C(TREE, "task tree")        \
    C(JOB, "job in the tree")   \
    C(TRANSCRIPT, "transcript") \
    C(DIALOG, "question")       \
    C(MENU, "menu")             \
    C(HELP, "help")             \
    C(GLOBAL, "everywhere")

enum context {
#define C(name, title) CONTEXT_##name,
    CONTEXT_LIST(C)
#undef C
        CONTEXT_COUNT
};

/* Acts on the app; false: not mine after all, go on looking. */
typedef bool action_fn(struct app *app);

struct key {
    enum context context;
    const char *name; /* as the decoder names it; NULL ends the table */
    action_fn *action;
    const char *hint, *help;
};

extern const struct key keys[];

/* NULL if the context does not know the key. " " is "Space". */
const struct key *keys_find(enum context context, const char *name);

/* "Ctrl-C", "Alt-Enter" for "C-c", "M-Enter". */
void keys_label(const char *name, char *out, size_t size);

const char *keys_context_title(enum context c);

/* The whole table as text, for the manual. */
void ui_keys_print(FILE *f);

#define KEY(context, name, action, hint, help) bool action_##action(struct app *app);
#include "ui/input/keys.def"
#undef KEY

#endif
