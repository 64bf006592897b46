/*
 * profiles - which models a client is given, by name: built in, and of the user's profiles.yaml.
 */
#ifndef CLI_PROFILES_H
#define CLI_PROFILES_H

#include "base/error.h"
#include "base/mem.h"

enum tier { TIER_OPUS, TIER_SONNET, TIER_HAIKU, TIER_SMALL, TIER_COUNT };
const char *tier_name(enum tier t);

struct profile {
    char *name, *about, *origin;
    char *models[TIER_COUNT]; /* names of models.yaml, or PROVIDER/MODEL; never NULL */
    char *mode;               /* to begin in, or NULL */
    VEC(char *) variables;    /* "NAME=VALUE"; "NAME" alone is taken away */
};
void profile_free(struct profile *p); /* NULL is fine */

/* ERR_NOT_FOUND lists those there are; ERR_CONFIG file:line. Caller frees. */
NODISCARD struct profile *profile_find(const char *name, struct error *e);

/* Which tiers a model stands for, of one profile or (NULL) of all that are the user's own. */
struct gateway_tier;
struct profile_tiers {
    VEC(struct gateway_tier) list; /* their strings are its own */
};
void profile_tiers_add(struct profile_tiers *t, const struct profile *only);
void profile_tiers_fini(struct profile_tiers *t);

struct models;
/* Make the models of the user's own profiles known, as far as they can be. */
void profiles_declare(struct models *all);

#endif
