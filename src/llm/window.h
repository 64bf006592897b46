/*
 * window - how large a model's window is, asked of its server. llm_ask_window is the door.
 */
#ifndef LLM_WINDOW_H
#define LLM_WINDOW_H

#include "base/defs.h"

struct llm;
struct model;

/* Tokens, 0: the server does not say. May wait, timeout_ms at most. */
int64_t window_ask(struct llm *l, const struct model *m, int64_t timeout_ms);

#endif
