/*
 * cloud - where models of the big clouds are: Azure, Bedrock and Vertex AI have an address for each
 * customer, region or deployment. By key or token in a header; nothing is signed.
 */
#ifndef LLM_CLOUD_H
#define LLM_CLOUD_H

#include "base/yaml.h"

/* The address that an entry's parameters (may be NULL) and the environment give a model of these
 * providers; NULL: none, or another provider. Caller frees. */
char *cloud_base(const char *provider, const char *upstream, const struct yaml *params);

/* What stands between api_base (and a mode's suffix) and the dialect's path, and behind it: Azure
 * names the deployment and the version of its API (NULL: not given) there. "" each elsewhere.
 * Caller frees both. */
void cloud_path(const char *provider, const char *upstream, const char *base, const char *version,
                char **before, char **behind);

#endif
