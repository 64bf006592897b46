/*
 * menu - a popup list above the input line: completions, or a picker that acts on what is
 * chosen.
 */
#ifndef UI_MENU_H
#define UI_MENU_H

#include "base/mem.h"
#include "ui/term/canvas.h"

struct menu_item {
    char *name, *help, *value; /* value: as it stands now, at the right; "" none */
    char *tag;                 /* what it is, for whoever acts on it; NULL: its name says it */
};

struct menu {
    bool open, dismissed; /* dismissed: do not open by itself again */
    bool moved;           /* the user chose the selected entry by moving to it */
    char *title;
    VEC(struct menu_item) items;
    VEC(uint32_t) order; /* shown entries, best first: their places in items */
    size_t selected;     /* among the shown ones */
    size_t scroll;
    size_t from;       /* completion: first byte it replaces */
    int pick;          /* picker: the caller's number for what choosing does; 0: completion */
    struct buf filter; /* typed so far of a name */
    struct area drawn; /* where its entries stand */
    char *current;     /* picker: the name that holds now, or NULL */
};

void menu_fini(struct menu *m);
void menu_close(struct menu *m);
/* An empty menu; entries are added, then menu_show() opens it if there are any. */
void menu_begin(struct menu *m, const char *title, size_t from, int pick);
void menu_add(struct menu *m, const char *name, const char *help);
/* The same with a value and a tag; NULL: none. */
void menu_add_value(struct menu *m, const char *name, const char *help, const char *value,
                    const char *tag);
void menu_show(struct menu *m);
/* Only what fits the filter, best first, helps: also where a word of the explanation begins so. */
void menu_filter(struct menu *m, const char *filter, bool helps);
/* Stand on the entry that holds now. */
void menu_set_current(struct menu *m, const char *name);

void menu_move(struct menu *m, int rows); /* wraps around by single steps */
const struct menu_item *menu_selected(const struct menu *m);
/* The entry at a row of the screen becomes the selected one; false: there is none. */
bool menu_point(struct menu *m, int row);
/* Picker: type or erase (text NULL) a character of the filter. */
void menu_type(struct menu *m, const char *text);

/* Longest common start of all entries; caller frees. */
char *menu_common(const struct menu *m);

/* Draw with its last row at the bottom of `above`, column col. Returns the row it begins at. */
int menu_draw(struct menu *m, struct canvas *c, struct area above, int col);

#endif
