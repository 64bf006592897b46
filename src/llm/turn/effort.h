/*
 * effort - how hard a model is to think, as the dialect that it is spoken to in has it spelled.
 */
#ifndef LLM_EFFORT_H
#define LLM_EFFORT_H

#include "base/json.h"
#include "llm/models/models.h"

/* effort: none, low, medium, high, max; NULL: not said. limit: of the answer in tokens, 0: none.
 * What head says of it already, in that spelling, stands: who wrote it knew why. */
void effort_spell(cJSON *head, const struct model *m, const char *effort, int64_t limit);

#endif
