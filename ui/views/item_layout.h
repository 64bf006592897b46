/*
 * item_layout - breaks one item of the transcript into rows.
 */
#ifndef UI_ITEM_LAYOUT_H
#define UI_ITEM_LAYOUT_H

#include "ui/views/state.h"

/* Bring it->rows up to date for a width. Costs nothing when nothing changed; a growing text
 * renders only its last line anew. */
void item_layout(struct item *it, int width);

/* Where no key folds or mends anything, none is named. */
void item_layout_keyless(bool on);

/* Whether an empty row belongs between an item of this kind and the one before it. */
bool item_stands_apart(enum item_kind kind, enum item_kind before);

/* Whether Ctrl-O does something to it. */
bool item_is_foldable(const struct item *it);

/* Open or close it, and with it those it leads. */
void item_unfold(struct item *it, bool open);

/* Release the rows; they are built again when needed. */
void item_layout_drop(struct item *it);

#endif
