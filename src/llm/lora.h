/*
 * lora - adapters of a mode, in the way of each server.
 *
 * vLLM and SGLang load an adapter when told to and choose it by the request's model name;
 * llama.cpp has its adapters since it started, a request gives scales by id; TGI takes the name
 * with the request. Documented by the servers themselves (vLLM "LoRA Adapters", SGLang "LoRA
 * Serving", llama.cpp server README, TGI "Guidance on LoRA").
 *
 * lora_activate, _release and _loaded pump the loop (may wait) and fail with ERR_BUSY
 * while llm_call runs. Thread: the engine's.
 */
#ifndef LLM_LORA_H
#define LLM_LORA_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "llm/models/models.h"

struct llm;

/*
 * Have the mode's adapter ready; nothing to do for a mode without. *note (may be NULL) gets a
 * line for the user. Each deployment that has the mode is told. ERR_CONFIG when the server
 * cannot (naming the flag it lacks), ERR_NETWORK, ERR_NOT_FOUND for an adapter llama.cpp does
 * not have.
 */
NODISCARD bool lora_activate(struct llm *l, const struct model *m, const struct mode *mode,
                             struct buf *note, struct error *e);

/* Unload what lora_activate loaded; an adapter that was there before stays. */
NODISCARD bool lora_release(struct llm *l, const struct model *m, const struct mode *mode,
                            struct buf *note, struct error *e);

/* Names of the adapters the servers of the group's modes have loaded, a JSON array; the caller
 * deletes *names. */
NODISCARD bool lora_loaded(struct llm *l, const struct model *m, cJSON **names, struct error *e);

/* For llm_call: the slot of a mode's adapter, asked for when it is not known yet. */
NODISCARD bool lora_slot(struct llm *l, const struct model *m, const struct mode *mode,
                         int64_t *slot, struct error *e);
void lora_forget(struct llm *l); /* with llm_free */

#endif
