/*
 * gauge_view - the context gauge with tokens and money, and the loop's phase.
 */
#ifndef UI_GAUGE_VIEW_H
#define UI_GAUGE_VIEW_H

#include "ui/views/state.h"

void gauge_draw(const struct state *st, struct canvas *c, struct area a);

/* The loop's phase and how long it lasts, appended to out; false when nothing runs. still: its
 * sign does not turn. */
bool gauge_phase(const struct state *st, bool still, struct line *out);

#endif
