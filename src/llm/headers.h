/*
 * headers - the header lines of every request to a model's server.
 */
#ifndef LLM_HEADERS_H
#define LLM_HEADERS_H

#include "base/error.h"

struct model;

struct header_list {
    char **ptr;
    size_t len, cap;
};

/* "Name: value" lines, owned by the list. key: NULL for none. speaks: with what the
 * model's own dialect wants said; a gateway passes its client's. ERR_CONFIG. */
NODISCARD bool headers_build(const struct model *m, const char *key, bool speaks,
                             struct header_list *out, struct error *e);
void headers_free(struct header_list *l); /* wipes them: one holds the key */

#endif
