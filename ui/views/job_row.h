/*
 * job_row - one line of the tree pane for a delegate, a server or a background command, and
 * the details of the selected one.
 */
#ifndef UI_JOB_ROW_H
#define UI_JOB_ROW_H

#include "ui/views/state.h"

/* What matters most is kept where the row is narrow: who, then the last action and the tokens,
 * then the model. */
void job_row_draw(const struct job *j, struct canvas *c, struct area a, int row, int col);

/* "worker-1 running, 3 rounds, 12s". */
void job_row_status(const struct job *j, struct buf *out);

#endif
