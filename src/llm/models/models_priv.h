/*
 * models_priv - what the files that make up the registry share.
 */
#ifndef LLM_MODELS_PRIV_H
#define LLM_MODELS_PRIV_H

#include "base/mem.h"
#include "base/yaml.h"
#include "llm/models/models.h"

struct models {
    VEC(struct model *) list;     /* pointers stay good while the registry lives */
    VEC(struct model *) replaced; /* freed with the registry: others may hold them */
    char *first;                  /* of the highest configured layer, or NULL */
    int layer;                    /* files read so far */
};

/* ---- models.c ---- */

/* Join its group when it is from the same file as that, else add or replace. Takes it. */
void models_add(struct models *m, struct model *model);
void model_free(struct model *m);

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

#endif
