/*
 * params - the parameters of a request: merged from the model's, the request's and the mode's, in
 * chat's names, and then spelled as the model's family does (families.yaml).
 */
#ifndef LLM_PARAMS_H
#define LLM_PARAMS_H

#include "base/json.h"
#include "llm/turn/codec.h"

/* Caller frees. The limit of the answer is not among them: params_limit() says it, and each dialect
 * has its name for it. What the family refuses is left out. */
cJSON *params_head(const struct codec *codec, const struct llm_request *r);

/* The limit of answer tokens to ask for, 0: none. */
int64_t params_limit(const struct llm_request *r);

/* The same where one must be sent: what the family writes at most, or what all models take. */
int64_t params_limit_or_most(const struct llm_request *r);

/* Overlay parameters: maps merge, null takes a member away, anything else replaces. */
void params_overlay(cJSON *into, const cJSON *params);

/* Take a member out of head and put it into `into` (may be head) under another name; nothing where
 * there is none, or where that name is taken. */
void params_move(cJSON *head, const char *from, cJSON *into, const char *to);
/* Take out a member; a.b is the b within a. Nothing where there is none. */
void params_drop(cJSON *head, const char *path);
/* The object member of that name, made if it is not there. */
cJSON *params_object(cJSON *head, const char *name);

#endif
