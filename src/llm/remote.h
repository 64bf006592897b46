/*
 * remote - a model behind chat completions. remote_attempt() is declared in call.h; here is
 * what other requests to the same server need.
 */
#ifndef LLM_REMOTE_H
#define LLM_REMOTE_H

#include "base/error.h"

struct model;

struct header_list {
    char **ptr;
    size_t len, cap;
};

/* "Name: value" lines, owned by the list. key: NULL for none. ERR_CONFIG. */
NODISCARD bool remote_headers(const struct model *m, const char *key, struct header_list *out,
                              struct error *e);
void remote_headers_free(struct header_list *l); /* wipes them: one holds the key */

#endif
