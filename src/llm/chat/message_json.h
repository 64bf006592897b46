/*
 * wire - one message in the form it goes out in on.
 */
#ifndef LLM_MESSAGE_JSON_H
#define LLM_MESSAGE_JSON_H

#include "base/buf.h"
#include "llm/message.h"

struct model;

/* Append the message's JSON object; content is its last member in user and tool messages.
 * ids9: rewrite call ids to nine letters and digits. */
void message_json_add(struct buf *out, const struct llm_message *m, const struct model *model,
                      bool ids9);

#endif
