/*
 * pace - no more requests and tokens in a minute than the entry of a deployment allows: rpm and
 * tpm of models.yaml, as LiteLLM has them. One for each deployment asked; a registry that is
 * loaded anew finds its own by the entry's place. Thread: engine.
 */
#ifndef LLM_PACE_H
#define LLM_PACE_H

#include <stdint.h>

#include "base/mem.h"

struct model;

struct pace_turn {
    int64_t at_ms, tokens;
};

struct pace {
    char *entry; /* name and origin of the deployment */
    VEC(struct pace_turn) turns;
};

struct paces {
    VEC(struct pace) of;
};

void paces_fini(struct paces *p);

/* How long a request to it must wait, in ms; 0: not at all. now_ms: clock_ms(). */
int64_t pace_wait_ms(struct paces *p, const struct model *m, int64_t now_ms);
/* One was made; tokens: in and out, as far as they are known. */
void pace_note(struct paces *p, const struct model *m, int64_t now_ms, int64_t tokens);

#endif
