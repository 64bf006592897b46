/*
 * ask - one short request beside the conversation: how large is the window, which adapters are
 * there. Thread: the engine's.
 */
#ifndef LLM_ASK_H
#define LLM_ASK_H

#include "base/buf.h"
#include "base/error.h"

struct llm;
struct model;

/* GET url, or POST `post`. The HTTP status, body into *out (4 MiB at most); 0: no whole answer
 * came by until_ms (clock_ms()), for the reason in *e. May wait:
 * steps the loop until the answer is whole, late or the call it belongs to is cancelled. */
int ask_server(struct llm *l, const struct model *m, const char *url, const char *post,
               int64_t until_ms, struct buf *out, struct error *e);

#endif
