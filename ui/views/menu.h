/*
 * menu - a popup list above the input line: completions, or a picker that acts on what is
 * chosen.
 */
#ifndef UI_MENU_H
#define UI_MENU_H

#include "base/mem.h"
#include "ui/term/canvas.h"

struct menu_item {
    char *name, *help;
    bool shown;
};

struct menu {
    bool open, dismissed; /* dismissed: do not open by itself again */
    char *title;
    VEC(struct menu_item) items;
    size_t selected; /* among the shown ones */
    size_t scroll;
    size_t from;       /* completion: first byte it replaces */
    int pick;          /* picker: the caller's number for what choosing does; 0: completion */
    struct buf filter; /* picker: typed so far */
};

void menu_fini(struct menu *m);
void menu_close(struct menu *m);
/* An empty menu; entries are added, then menu_show() opens it if there are any. */
void menu_begin(struct menu *m, const char *title, size_t from, int pick);
void menu_add(struct menu *m, const char *name, const char *help);
void menu_show(struct menu *m);

void menu_move(struct menu *m, int rows); /* wraps around by single steps */
const struct menu_item *menu_selected(const struct menu *m);
/* Picker: type or erase (text NULL) a character of the filter. */
void menu_type(struct menu *m, const char *text);

/* Longest common start of all entries; caller frees. */
char *menu_common(const struct menu *m);

/* Draw with its last row at the bottom of `above`, column col. */
void menu_draw(struct menu *m, struct canvas *c, struct area above, int col);

#endif
