/*
 * provider - what is known about each provider, one row each: where it is and with which key.
 * What its models are spoken to in, and how, is families.yaml's (family.h).
 */
#ifndef LLM_PROVIDER_H
#define LLM_PROVIDER_H

#include "base/error.h"

struct model;

enum {
    PROVIDER_KEY_OPTIONAL = 1 << 0,
    PROVIDER_IDS9 = 1 << 1,              /* tool-call ids must be [A-Za-z0-9]{9} */
    PROVIDER_NO_STREAM_OPTIONS = 1 << 2, /* refuses unknown fields; reports usage anyway */
    PROVIDER_ADD_V1 = 1 << 3,            /* users give the base without /v1 */
    PROVIDER_LOCAL = 1 << 4,             /* usually one's own server: its window is asked */
    PROVIDER_PLAYBOOK = 1 << 5,
};

struct provider {
    const char *name;
    const char *base; /* NULL: must be given */
    const char *key_env;
    unsigned flags;
    const char *default_model; /* with only the key known; NULL: none */
};

const struct provider *provider_find(const char *name); /* NULL: unknown */
const struct provider *provider_at(size_t i);           /* table order; NULL after the last */

/* The provider of a bare model name (gpt-…, claude-…), or NULL. */
const struct provider *provider_of_family(const char *model);

/* Sets ERR_CONFIG "no provider X; did you mean Y?". Returns false. */
bool provider_unknown(const char *name, struct error *e);

/* The base to use when the entry gives none: {PROVIDER}_API_BASE, {PROVIDER}_BASE_URL, the
 * row's. NULL when there is none. Caller frees. */
char *provider_base(const struct provider *p);
const char *provider_given_base(const struct provider *p); /* the same as written; borrowed */
/* The same base with what users leave out put in. Caller frees. */
char *provider_full_base(const struct provider *p, const char *base);

#endif
