/*
 * keys - the table of keys.def, and the user's own over it: which action a key has in which
 * context. What an action does is no business of this floor. Thread: UI.
 */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdio.h>

#include "base/buf.h"

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

/* What a key does; the row's argument stands in brackets. */
enum action {
    ACTION_SEND,
    ACTION_NEWLINE,
    ACTION_QUEUE,
    ACTION_TAKE_BACK,
    ACTION_STASH,
    ACTION_HISTORY,
    ACTION_COMPLETE,
    ACTION_UNDO,
    ACTION_DELETE_OR_QUIT,
    ACTION_END_OR_FOLLOW,

    ACTION_MENU_MOVE, /* [rows] */
    ACTION_MENU_ACCEPT,
    ACTION_MENU_RUN,
    ACTION_MENU_CLOSE,

    ACTION_TREE_MOVE, /* [rows] */
    ACTION_TREE_FOLD,
    ACTION_TREE_CLOSE,
    ACTION_TREE_OPEN,
    ACTION_TREE_OP, /* [op] */
    ACTION_TREE_UNMAKE,
    ACTION_TREE_ASK, /* [op], which needs a text */
    ACTION_JOB_SHOW,
    ACTION_JOB_STOP,
    ACTION_JOB_TELL,
    ACTION_JOB_TASK,

    ACTION_SCROLL,      /* [rows] */
    ACTION_SCROLL_PAGE, /* [pages] */
    ACTION_SCROLL_TOP,
    ACTION_SCROLL_FOLLOW,
    ACTION_SELECT, /* [steps] */
    ACTION_FOLD,
    ACTION_FOLD_ALL,
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT, /* [-1 towards the beginning, or 1] */
    ACTION_COPY,
    ACTION_COPY_CODE,
    ACTION_MESSAGE, /* [-1 towards the beginning, or 1] */
    ACTION_PAGER,

    ACTION_DIALOG_SCROLL, /* [rows] */
    ACTION_DIALOG_PAGE,   /* [pages] */
    ACTION_DIALOG_MOVE,   /* [choices] */
    ACTION_DIALOG_CHOOSE,
    ACTION_DIALOG_MINIMISE,
    ACTION_DIALOG_NOTE,
    ACTION_DIALOG_REFUSE,

    ACTION_HELP_OPEN,
    ACTION_HELP_SCROLL, /* [rows] */
    ACTION_HELP_CLOSE,

    ACTION_FOCUS_NEXT,
    ACTION_FOCUS_TREE,
    ACTION_HIDE_TREE,
    ACTION_BARE,
    ACTION_PALETTE,
    ACTION_BACKGROUND,
    ACTION_RETRY,
    ACTION_PICK_MODEL,
    ACTION_EDITOR,
    ACTION_MODE_NEXT,
    ACTION_REPAINT,
    ACTION_SUSPEND,
    ACTION_ESCAPE,
    ACTION_INTERRUPT,
};

#define KEY_FAR 1000000 /* rows: to the end of any list */

struct key {
    enum context context;
    const char *name; /* as the decoder names it; NULL ends the table */
    enum action action;
    int n;          /* rows, steps or pages; 0 where the action takes none */
    const char *op; /* operation of the tree, or NULL */
    const char *hint, *help;
};

extern const struct key *keys; /* the shipped table, or what bindings_load() made of it */

/*
 * Take the user's bindings over the shipped table (NULL, or no such file: none):
 *
 *   everywhere: {F3: Ctrl-T, F4: none}
 *
 * F3 does what Ctrl-T does, as shipped, which keeps doing it unless it is given away too; F4 does
 * nothing. What cannot be is left out, and told: a line each. Before input_init().
 */
void bindings_load(const char *path, struct buf *complaints);
void bindings_unload(void);

/* The first key that does what this one does as shipped; NULL: none does. */
const struct key *keys_for(enum context context, const char *shipped);

/* NULL if the context does not know the key. " " is "Space". */
const struct key *keys_find(enum context context, const char *name);

/* "Ctrl-C", "Alt-Enter" for "C-c", "M-Enter". */
void keys_label(const char *name, char *out, size_t size);

const char *keys_context_title(enum context c);

/* Whether both rows do the same. */
bool keys_act_alike(const struct key *a, const struct key *b);

/* The whole table as text, for the manual. */
void ui_keys_print(FILE *f);

#endif
