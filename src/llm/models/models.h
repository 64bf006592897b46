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

struct buf;
struct models;
struct loop;

/* How a server takes a LoRA adapter. */
enum lora_api { LORA_NONE, LORA_VLLM, LORA_LLAMACPP, LORA_SGLANG, LORA_TGI };

struct lora {
    enum lora_api api; /* LORA_NONE: the mode has no adapter */
    char *name;
    char *path;   /* where the server finds it, or NULL */
    double scale; /* llama.cpp: 1 unless given */
};

/* A behavior mode of one model, or several composed into one. */
struct mode {
    char *name, *description; /* name of a composed one: "formal+debug" */
    char *route_suffix;       /* "" or starts with '/' */
    cJSON *parameters;        /* merged into the body, or NULL */
    char *origin;             /* "file:line"; of a composed one: all of them */
    char *instructions;       /* for the system prompt, or NULL */
    char *model_override;     /* sent instead of the model's own name, or NULL */
    struct lora lora;
    char **excludes; /* modes it does not go with */
    size_t exclude_count;
    double cost;            /* factor on the price; 0 counts as 1 */
    const struct model *of; /* the deployment it belongs to; NULL: made by hand */
    bool forced;            /* composed with force */
};

struct model {
    char *name;                 /* model_name, what the user types */
    char *provider;             /* row of the provider table */
    char *upstream;             /* what the server calls it */
    char *api_base;             /* resolved: entry, environment, provider default */
    char *key_env;              /* environment variable holding the key, or NULL */
    char *key_literal;          /* a key written into the file, or NULL */
    char *key_command;          /* prints the key, or NULL: see model_key.h */
    int64_t key_seconds;        /* so long it is good */
    cJSON *params;              /* litellm_params to pass on (temperature, extra_body…) */
    cJSON *headers;             /* extra_headers, or NULL */
    int64_t window, max_output; /* tokens, 0: unknown */
    double price_in, price_out, price_cached; /* money per token, 0: unknown */
    int64_t timeout_ms, stream_timeout_ms;    /* 0: the limits' */
    bool drop_params, route_metadata;
    bool allow_http;     /* allow_insecure_http: plain http beyond loopback */
    bool compose_suffix; /* compose: path: suffixes of composed modes are joined */
    bool v1_added;       /* api_base was given without the /v1 it has now */
    int dialect;         /* api: 1 + enum route_style; 0: the family's */
    unsigned also;       /* api: a list: 1 << enum route_style of what its server speaks too */
    char *api_version;   /* Azure's, or NULL */
    char *auth_header;   /* auth: the header that the key goes in by itself; NULL: the dialect's */
    int sees;            /* supports_vision: 1 yes, -1 no, 0 not said: the family's */
    const char *edit;    /* edit: which tool it edits files by, a constant; NULL: not said */
    char *remarks;       /* what of its entry has no effect, a line each; or NULL */
    char **drop;         /* additional_drop_params: not sent, as params_drop(); or NULL */
    int64_t retries;     /* num_retries: 1 + number; 0: not said */
    int64_t rpm, tpm;    /* requests and tokens a minute that are its limit; 0: none */
    /* Heads of groups to ask instead, borrowed, NULL-terminated: when it cannot answer; when the
     * prompt does not fit. Or NULL. */
    struct model **fallbacks, **roomier;
    char *problem; /* why it cannot be used, "file:line: …", or NULL */
    struct mode *modes;
    size_t mode_count;
    char *origin; /* "models.yaml:12", "environment", "found on 127.0.0.1:8080" */
    /* Another deployment: the next entry of the same model_name in the same file, or NULL. */
    struct model *next;
    int layer; /* which file it is from, in load order; 0: none */
};

/* ---- models.c ---- */

/*
 * Load built-in < user < project < extra; a model_name of a later file replaces all entries of
 * that name; entries of one name in one file are deployments of it, chained by `next`. NULL or
 * missing files are skipped, but `extra` must exist. ERR_CONFIG file:line.
 */
NODISCARD struct models *models_load(const char *user, const char *project, const char *extra,
                                     struct error *e);
void models_free(struct models *m);

/* A group of deployments counts once, as its first. */
size_t models_count(const struct models *m);
const struct model *models_at(const struct models *m, size_t i);

/* "set", "missing: export OPENAI_API_KEY=…", "not needed": never the key. */
char *model_key_state(const struct model *m);

/* The ways to ask a model: the dialects. */
enum route_style {
    ROUTE_CHAT,
    ROUTE_RESPONSES,
    ROUTE_MESSAGES,
    ROUTE_GEMINI,
    ROUTE_OLLAMA,
    ROUTE_COUNT
};

/* Where a request of that style goes: api_base + suffix + path, by route_url. Messages have
 * /v1 in their path where the base was written without. Caller frees; NULL: ERR_CONFIG. */
/* Its server is told the mode's name and finds the way itself: no suffix is appended. */
bool model_routes_itself(const struct model *m);
char *model_url(const struct model *m, const struct mode *mode, enum route_style style,
                struct error *e);

/* ---- models_find.c ---- */

/*
 * A model by model_name, or by "provider/model" made up on the spot (added to the registry),
 * or "playbook/NAME|FILE.yaml". NULL: ERR_NOT_FOUND naming the nearest, or ERR_CONFIG for a
 * model with a problem.
 */
const struct model *models_find(struct models *m, const char *name, struct error *e);

/*
 * The model to use when none was named: first of a configured list, else by API keys in the
 * environment, else servers answering on loopback (all probed together, 150 ms in all), else
 * playbook/tour. Adds what it finds to the registry. *why: a line for the user, caller frees.
 */
const struct model *models_discover(struct models *m, struct loop *loop, char **why);

/* As models_find, but only what is declared or was found: nothing is made up of the name, no
 * file is read, no playbook answered. For names that come from outside. */
const struct model *models_declared(struct models *m, const char *name, struct error *e);

/* ---- models_modes.c ---- */

const char *lora_api_name(enum lora_api api); /* "vllm"; NULL for LORA_NONE */

/* ---- mode_merge.c ---- */

/*
 * The mode of that one name, of the first deployment that has it. NULL and ERR_NOT_FOUND
 * listing the modes of the group when none has it.
 */
const struct mode *model_mode(const struct model *m, const char *name, struct error *e);

/* The i-th mode of the group, each name once, in order of the files; NULL past the last. */
const struct mode *model_mode_at(const struct model *m, size_t i);

/*
 * "formal+debug" as one mode (one name is fine, spaces around names too, a repeated name
 * counts once) of the first deployment that has them all: suffixes joined in order when the
 * entry says compose: path, else one at most; parameters merged key by key; instructions
 * joined. ERR_NOT_FOUND for an unknown name; ERR_CONFIG for modes that exclude each other or
 * have a suffix each; also for different values of a parameter, model_override or adapter,
 * unless force: then the last wins. Immutable, owned by the caller, valid while the registry is.
 */
NODISCARD struct mode *mode_compose(const struct model *m, const char *names, bool force,
                                    struct error *e);
void mode_free(struct mode *mode); /* of mode_compose; NULL is fine */

/* The mode as this deployment has it: composed anew from its name (the caller frees), or NULL
 * when the deployment lacks one of its parts. */
NODISCARD struct mode *mode_for(const struct model *deployment, const struct mode *mode);

/* What a request in this mode (NULL: none) differs by, in lines for the user: URL, body,
 * instructions, adapter, each with the file:line it is from. */
void mode_describe(const struct model *m, const struct mode *mode, struct buf *out);

/* What the request names as its model: override, adapter or the model's own. Caller frees. */
char *model_sent_name(const struct model *m, const struct mode *mode);

/* ---- route.c ---- */

/*
 * The one function that makes a request URL: base + suffix + path with slashes normalised;
 * base is never changed. suffix: empty, or starts with '/', of [A-Za-z0-9._~/-] and %XX, no
 * "..", "//", '?', '#'. Base: http or https with a host. Caller frees; NULL: ERR_CONFIG.
 */
char *route_url(const char *base, const char *suffix, const char *path, struct error *e);

/* api_base without /v1: where a server keeps what is its own. Caller frees. */
char *route_root(const char *base);

NODISCARD bool route_check_suffix(const char *suffix, struct error *e);

#endif
