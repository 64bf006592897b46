/*
 * answer_take - what an answer came to: the message, its calls with their ids, the numbers.
 */
#ifndef LLM_ANSWER_TAKE_H
#define LLM_ANSWER_TAKE_H

#include "llm/call_ids.h"
#include "llm/message.h"

struct answer;

/*
 * Move the result into *out. used: the ids that new calls must not have, NULL: none; one that
 * the server left out or sends again is replaced. After a failure only text and reasoning are
 * given, no calls and no parts.
 */
void answer_take(struct answer *a, const struct call_ids *used, struct llm_reply *out);

#endif
