/*
 * answer_text - for codecs: an answer's text and reasoning, as they come; what is certain of them
 * is shown at once.
 */
#ifndef LLM_ANSWER_TEXT_H
#define LLM_ANSWER_TEXT_H

#include "base/defs.h"

struct answer;

void answer_add_text(struct answer *a, const char *s);
void answer_add_reasoning(struct answer *a, const char *s);
/* No more text comes: whole by itself (not cut), or not. */
void answer_end_text(struct answer *a, bool whole);
/* Show what is certain of the text; all: everything that is left. */
void answer_show(struct answer *a, bool all);

#endif
