/*
 * words - what the user said in the session is in every request: in its place while that is in
 * view, in one message before the view when it is not. Nothing of it is left out without a mark
 * that names a file of the session with the whole.
 *
 * A message longer than an eighth of the window keeps its head and tail. Where all of them pass a
 * third of the window, the oldest are shortened so; the last words never are.
 * All members but the counters are borrowed and connected once. Thread: engine.
 */
#ifndef REQUEST_WORDS_H
#define REQUEST_WORDS_H

#include "request/conversation.h"
#include "request/modes.h"
#include "run/outbox.h"

struct words {
    struct conversation *talk;
    const struct modes *modes;
    struct outbox *out;
    int64_t window;          /* for which these hold: */
    int64_t looked, shorter; /* up to which message long ones, and old ones, were shortened */
    bool told;               /* that a file cannot be written */
};

/* Shorten what must be, in view. Costs what is new. Waits but for the disk. */
void words_fit(struct words *w);

/* What was said before the view, oldest first, a line or more each; of `goal`, the one at work,
 * the first message goes before all others when there is no room. Adds nothing where nothing was
 * said there. */
void words_add_left(struct words *w, int64_t goal, struct buf *out);

#endif
