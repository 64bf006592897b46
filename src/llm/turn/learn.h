/*
 * learn - what a server taught by refusing a request: a parameter that it does not take, another
 * name for it, what it wants back. Kept with the model's family (family_taught) while the program
 * runs. Thread: the engine's.
 */
#ifndef LLM_LEARN_H
#define LLM_LEARN_H

#include "base/buf.h"
#include "llm/turn/codec.h"

/*
 * A server refused the request (400 or 422) in these words: if they name a parameter that we added
 * and the user did not ask for, or what it signed or sealed itself, the model's family is taught.
 * True: the next try is another request; *told says what was changed.
 */
bool learn_refusal(const struct codec *codec, const struct llm_request *r, const char *refusal,
                   struct buf *told);

#endif
