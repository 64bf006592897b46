/*
 * known - windows, limits and prices of many models, from LiteLLM's list of them
 * (model_prices_and_context_window.json): read once with "mien models update", kept in the
 * configuration directory as prices.tsv, a line a model, and looked up there.
 *
 * Thread: the engine's.
 */
#ifndef LLM_KNOWN_H
#define LLM_KNOWN_H

#include "base/error.h"

struct known {
    int64_t window, output; /* tokens; 0: not said */
    double in, out, cached; /* money per token; 0: not said */
    bool sees;
};

/* False: nothing is known of it, or nobody ever said anything. */
bool known_find(const char *provider, const char *upstream, struct known *out);

/* Take LiteLLM's list in: *count: models of it. ERR_PARSE: it is none; ERR_IO. */
NODISCARD bool known_update(const char *json, size_t n, size_t *count, struct error *e);

/* The file is read again when it is asked next. */
void known_forget(void);

#endif
