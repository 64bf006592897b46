/*
 * models_priv - what the files that make up the registry share.
 */
#ifndef LLM_MODELS_PRIV_H
#define LLM_MODELS_PRIV_H

#include "base/mem.h"
#include "base/yaml.h"
#include "llm/models/models.h"

/* Another name of a model; and whom to ask when a model cannot answer, or when the prompt does not
 * fit it (roomier). */
struct model_alias {
    char *name, *to;
};
struct model_fallback {
    char *of, *to, *origin; /* of "*": of all that have none of their own */
    bool roomier;
};

struct models {
    VEC(struct model *) list;     /* pointers stay good while the registry lives */
    VEC(struct model *) replaced; /* freed with the registry: others may hold them */
    char *first;                  /* of the highest configured layer, or NULL */
    int layer;                    /* files read so far */
    VEC(struct model_alias) aliases;
    VEC(struct model_fallback) fallbacks;
};

/* ---- models.c ---- */

/* Join its group when it is from the same file as that, else add or replace. Takes it. */
void models_add(struct models *m, struct model *model);
void model_free(struct model *m);
/* A line about it for who looks at it ("mien models show"), and for the log. */
void model_remark(struct model *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Work out provider, api_base and key variable of a model whose upstream is still
 * "provider/name". given_provider: custom_llm_provider or NULL; params: the entry's, for where a
 * cloud is, or NULL. What does not fit goes to model->problem, so that one bad entry does not take
 * the others down.
 */
void model_settle(struct model *model, const char *given_provider, const char *given_base,
                  const struct yaml *params);

/* ---- models_parse.c ---- */

/* Read one file's tree. *first: name of its first entry (caller frees), if it has one. */
NODISCARD bool models_parse(struct models *m, const struct yaml *root, char **first,
                            struct error *e);

/* ---- models_modes.c ---- */

void mode_fini(struct mode *mode);
void mode_copy(struct mode *to, const struct mode *from, const struct model *of);

/* Read a behaviors: map into the model's modes. */
NODISCARD bool models_parse_modes(struct model *model, const struct yaml *behaviors,
                                  struct error *e);

/* ---- models_complete.c ---- */

/* What its entry does not say: by the list that was read in, else by its family's row. own: it is
 * asked at its provider's; another server says itself what it serves. */
void model_complete(struct model *m, bool own);

/* ---- litellm.c: what LiteLLM's files say beside the models ---- */

enum litellm_key {
    LITELLM_OURS,    /* read into the model */
    LITELLM_SENT,    /* a parameter of the request */
    LITELLM_UNUSED,  /* LiteLLM's own; without effect here */
    LITELLM_UNKNOWN, /* to both: not sent */
};
enum litellm_key litellm_key_of(const char *key);

/* What the router is told for all models of a file: defaults of its entries. */
struct litellm_settings {
    int64_t retries; /* 1 + number; 0: not said */
    int64_t timeout_ms, stream_timeout_ms;
    bool drop_params;
};

/* Read router_settings and litellm_settings: *out, and aliases and fallbacks into the registry.
 * ERR_CONFIG file:line. */
NODISCARD bool litellm_read(struct models *ms, const struct yaml *root,
                            struct litellm_settings *out, struct error *e);

/* When all files are read: fallbacks by name become models. One that names none is a remark. */
void litellm_settle(struct models *ms);

/* The name that an alias stands for, or the name itself. Borrowed. */
const char *litellm_alias(const struct models *ms, const char *name);
void litellm_free(struct models *ms);

#endif
