/*
 * editor - the line in the user's own editor, the transcript in their pager.
 */
#ifndef UI_EDITOR_H
#define UI_EDITOR_H

#include "base/error.h"

/* Edit text in $VISUAL, $EDITOR or vi; the terminal must be given away. Returns the new
 * text without its last newline, caller frees; NULL with *e set when nothing is to change.
 * May wait: until the editor has ended. */
char *editor_run(const char *text, struct error *e);

/* Show text in $PAGER or less; the terminal must be given away. May wait: as above. */
NODISCARD bool editor_page(const char *text, struct error *e);

#endif
