/*
 * adapter - what is said to a server about a mode's LoRA adapter, and what its answer means.
 *
 * Pure text in, text out: for callers with a loop of their own, and for lora.h, which asks.
 */
#ifndef LLM_ADAPTER_H
#define LLM_ADAPTER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

struct lora;
struct model;

/* One request to a server about an adapter. */
struct adapter_ask {
    char *url;
    char *body; /* NULL: GET */
};
void adapter_ask_fini(struct adapter_ask *a);

/* What must be asked before the adapter can be used. False and *a empty: nothing. */
bool adapter_ask_load(const struct model *m, const struct lora *lora, struct adapter_ask *a);
bool adapter_ask_unload(const struct model *m, const struct lora *lora, struct adapter_ask *a);

/*
 * Judge the answer to adapter_ask_load. *slot: 1 + id for llama.cpp, else 0; *ours: it was not
 * loaded before. status 0: no answer came, for the reason in `detail`.
 */
NODISCARD bool adapter_judge(const struct model *m, const struct lora *lora, int status,
                             const char *detail, const struct buf *body, int64_t *slot, bool *ours,
                             struct error *e);

/* Is the file of that path the adapter of that name, with or without .gguf? */
bool adapter_file_is(const char *path, const char *name);

/* What the request says about the adapter beside the model's name. */
void adapter_add_body(cJSON *head, const struct lora *lora, int64_t slot);

#endif
