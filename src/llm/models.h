/*
 * models - what models.yaml declares (LiteLLM's model_list, plus behaviors: per model), the
 * provider table, and finding models when nothing is configured.
 *
 * A registry is immutable once loaded. Keys stay references ("os.environ/NAME") until a
 * request is built and are never printed.
 */
#ifndef LLM_MODELS_H
#define LLM_MODELS_H

#include "base/error.h"
#include "base/json.h"

struct models;
struct loop;

/* A behavior mode of one model. */
struct mode {
    char *name, *description;
    char *route_suffix; /* "" or starts with '/' */
    cJSON *parameters;  /* merged into the body, or NULL */
    char *origin;       /* "file:line" */
};

struct model {
    char *name;                 /* model_name, what people type */
    char *provider;             /* row of the provider table */
    char *upstream;             /* what the server calls it */
    char *api_base;             /* resolved: entry, environment, provider default */
    char *key_env;              /* environment variable holding the key, or NULL */
    char *key_literal;          /* a key written into the file, or NULL */
    cJSON *params;              /* litellm_params to pass on (temperature, extra_body…) */
    cJSON *headers;             /* extra_headers, or NULL */
    int64_t window, max_output; /* tokens, 0: unknown */
    double price_in, price_out, price_cached; /* money per token, 0: unknown */
    int64_t timeout_ms, stream_timeout_ms;    /* 0: the limits' */
    bool drop_params, route_metadata;
    bool allow_http; /* allow_insecure_http: plain http beyond loopback */
    char *problem;   /* why it cannot be used, "file:line: …", or NULL */
    struct mode *modes;
    size_t mode_count;
    char *origin; /* "models.yaml:12", "environment", "found on 127.0.0.1:8080" */
};

/*
 * Load built-in < user < project < extra; a later entry of the same model_name replaces the
 * earlier. NULL or missing files are skipped, but `extra` must exist. ERR_CONFIG file:line.
 */
NODISCARD struct models *models_load(const char *user, const char *project, const char *extra,
                                     struct error *e);
void models_free(struct models *m);

size_t models_count(const struct models *m);
const struct model *models_at(const struct models *m, size_t i);

/*
 * A model by model_name, or by "provider/model" made up on the spot (added to the registry),
 * or "playbook/NAME|FILE.yaml". NULL: ERR_NOT_FOUND naming the nearest, or ERR_CONFIG for a
 * model with a problem.
 */
const struct model *models_find(struct models *m, const char *name, struct error *e);

/*
 * The model to use when none was named: first of a configured list, else by API keys in the
 * environment, else servers answering on loopback (all probed together, 150 ms in all), else
 * playbook/tour. Adds what it finds to the registry. *why: a line for the person, caller frees.
 */
const struct model *models_discover(struct models *m, struct loop *loop, char **why);

/* NULL and ERR_NOT_FOUND listing the model's modes when it has none of that name. */
const struct mode *model_mode(const struct model *m, const char *name, struct error *e);

/* "set", "missing: export OPENAI_API_KEY=…", "not needed": never the key. */
char *model_key_state(const struct model *m);

/*
 * The one function that makes a request URL: base + suffix + path with slashes normalised;
 * base is never changed. suffix: empty, or starts with '/', of [A-Za-z0-9._~/-] and %XX, no
 * "..", "//", '?', '#'. Base: http or https with a host. Caller frees; NULL: ERR_CONFIG.
 */
char *route_url(const char *base, const char *suffix, const char *path, struct error *e);
NODISCARD bool route_check_suffix(const char *suffix, struct error *e);

#endif
