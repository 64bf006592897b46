/*
 * playbook_priv - shared by playbook.c (an attempt), playbook_load.c (reading and checking),
 * playbook_state.c (which turn) and playbook_fill.c (templates).
 */
#ifndef LLM_PLAYBOOK_PRIV_H
#define LLM_PLAYBOOK_PRIV_H

#include "base/json.h"
#include "llm/message.h"
#include "llm/playbook/playbook.h"

#define PLAYBOOK_ID_SIZE 64

/* Where the conversation stands within one goal. */
struct play {
    const struct yaml *file;
    const struct yaml *turns;
    const struct llm_request *request;
    bool *used;   /* one a turn */
    size_t first; /* messages before this belong to older goals */
};

/* ---- playbook_state.c ---- */

void play_init(struct play *p, const struct yaml *file, const struct llm_request *r);
void play_fini(struct play *p);

/* Index of the turn to take, or -1 when none is left. */
int play_choose(const struct play *p, bool (*skip)(const struct play *p, size_t turn));

/* The id of call `index` of a turn: of this goal and turn alone, the same in every process. */
void play_call_id(const struct play *p, size_t turn, size_t index, char out[PLAYBOOK_ID_SIZE]);

/* The newest tool message of the goal, or NULL; the message that answers a call id. */
/* What a template and a condition see of a result: its JSON. */
const char *playbook_result(const struct llm_message *m);
const struct llm_message *play_last_result(const struct play *p);
const struct llm_message *play_result_of(const struct play *p, const char *id);

/* Calls of a turn: `call` and `calls`, each one map or a list. */
size_t play_call_count(const struct yaml *turn);
const struct yaml *play_call_at(const struct yaml *turn, size_t i);

/* ---- playbook_fill.c ---- */

/* Fill in templates. Text: caller frees. JSON: strings at any depth, in place. */
char *play_fill_text(const struct play *p, const char *text);
void play_fill_json(const struct play *p, cJSON *j);

#endif
