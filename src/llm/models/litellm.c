/* What LiteLLM's files say beside the models: which keys of an entry are parameters of a request,
 * which steer LiteLLM itself, and the settings of its router. Source: its documentation of
 * litellm_params, router_settings and litellm_settings. */
#include <string.h>

#include "llm/models/models_priv.h"

/* A name that ends in '*' stands for all that begin so. */
static const char *const keys_ours[] = {"model",
                                        "custom_llm_provider",
                                        "api_base",
                                        "base_url",
                                        "api_key",
                                        "api_version",
                                        "timeout",
                                        "stream_timeout",
                                        "max_retries",
                                        "num_retries",
                                        "rpm",
                                        "tpm",
                                        "extra_headers",
                                        "headers",
                                        "drop_params",
                                        "additional_drop_params",
                                        "aws_region_name",
                                        "vertex_project",
                                        "vertex_location",
                                        "input_cost_per_token",
                                        "output_cost_per_token",
                                        "cache_read_input_token_cost",
                                        "route",
                                        "api",
                                        "auth",
                                        "api_key_command",
                                        "api_key_seconds",
                                        "allow_insecure_http",
                                        "max_input_tokens",
                                        "max_output_tokens",
                                        "supports_vision"};

static const char *const keys_sent[] = {
    /* of chat and Responses */
    "temperature", "top_p", "n", "stop", "max_tokens", "max_completion_tokens", "presence_penalty",
    "frequency_penalty", "logit_bias", "user", "seed", "response_format", "tool_choice",
    "parallel_tool_calls", "logprobs", "top_logprobs", "reasoning_effort", "reasoning", "verbosity",
    "service_tier", "metadata", "store", "modalities", "prediction", "safety_identifier",
    "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "web_search_options",
    "include", "text", "truncation", "functions", "function_call", "extra_body",
    /* of Messages, Gemini, Ollama */
    "thinking", "output_config", "top_k", "stop_sequences", "context_management", "speed",
    "generationConfig", "safetySettings", "toolConfig", "think", "options", "keep_alive", "format",
    "num_ctx", "num_predict", "repeat_penalty", "mirostat*",
    /* of servers one runs oneself, and of those that differ */
    "min_p", "repetition_penalty", "length_penalty", "typical_p", "chat_template_kwargs",
    "chat_template", "guided_*", "structured_outputs", "include_reasoning", "cache_prompt",
    "id_slot", "n_predict", "dry_*", "xtc_*", "samplers", "lora", "adapter_id", "adapter_source",
    "reasoning_split", "reasoning_format", "enable_thinking", "clear_thinking", "provider",
    "models", "transforms", "plugins", "usage", "safe_prompt", "random_seed", "search_parameters"};

static const char *const keys_unused[] = {"organization",
                                          "itpm",
                                          "otpm",
                                          "order",
                                          "weight",
                                          "max_parallel_requests",
                                          "tags",
                                          "tag_regex",
                                          "region_name",
                                          "azure_*",
                                          "tenant_id",
                                          "client_id",
                                          "client_secret",
                                          "aws_*",
                                          "vertex_*",
                                          "input_cost_*",
                                          "output_cost_*",
                                          "cache_creation_input_token_cost*",
                                          "cache_read_input_token_cost_*",
                                          "mock_*",
                                          "keepalive_seconds",
                                          "cooldown_time",
                                          "max_budget",
                                          "budget_duration",
                                          "litellm_*",
                                          "configurable_clientside_auth_params",
                                          "use_in_pass_through",
                                          "use_litellm_proxy",
                                          "auto_router_*",
                                          "model_info",
                                          "merge_reasoning_content_in_choices",
                                          "supports_*",
                                          "s3_*",
                                          "gcs_*",
                                          "watsonx_*",
                                          "hf_model_name",
                                          "custom_tokenizer",
                                          "guardrails",
                                          "tpm_limit",
                                          "rpm_limit",
                                          "allowed_openai_params",
                                          "ssl_verify",
                                          "caching",
                                          "cache",
                                          "cache_control_injection_points",
                                          "default_api_key_*",
                                          "complexity_router_*",
                                          "blocked"};

static bool among(const char *const *names, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(names[i]);
        bool all = names[i][n - 1] == '*';
        if (all ? strncmp(key, names[i], n - 1) == 0 : strcmp(key, names[i]) == 0)
            return true;
    }
    return false;
}

enum litellm_key litellm_key_of(const char *key)
{
    return among(keys_ours, COUNT_OF(keys_ours), key)       ? LITELLM_OURS
           : among(keys_sent, COUNT_OF(keys_sent), key)     ? LITELLM_SENT
           : among(keys_unused, COUNT_OF(keys_unused), key) ? LITELLM_UNUSED
                                                            : LITELLM_UNKNOWN;
}

/* ---- the router ---- */

/* Said of all models, by either of the two maps. */
static const struct yaml *setting(const struct yaml *root, const char *name)
{
    const struct yaml *v = yaml_get(yaml_get(root, "router_settings"), name);
    return yaml_is_null(v) ? yaml_get(yaml_get(root, "litellm_settings"), name) : v;
}

static bool read_seconds(const struct yaml *v, int64_t *ms, struct error *e)
{
    double s = 0;
    if (yaml_is_null(v))
        return true;
    if (!yaml_as_num(v, &s) || s < 0)
        return yaml_error(v, e, "%s is \"%.40s\"; it takes a number of seconds", v->key,
                          v->kind == YAML_SCALAR ? v->value : "a list");
    *ms = (int64_t)(s * 1000);
    return true;
}

static bool read_aliases(struct models *ms, const struct yaml *map, struct error *e)
{
    if (yaml_is_null(map))
        return true;
    if (map->kind != YAML_MAP)
        return yaml_error(map, e, "model_group_alias must be a map of names to model names");
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *v = map->items[i];
        const char *to = v->kind == YAML_SCALAR ? v->value : yaml_str(v, "model", NULL);
        if (!to || !*to)
            return yaml_error(v, e, "the alias %s stands for no model", v->key);
        VEC_PUSH(&ms->aliases, (struct model_alias){mem_strdup(v->key), mem_strdup(to)});
    }
    return true;
}

static bool read_names(struct models *ms, const struct yaml *list, const char *of, bool roomier,
                       struct error *e)
{
    if (list->kind != YAML_SEQ)
        return yaml_error(list, e, "the fallbacks of %s must be a list of model names", of);
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *v = list->items[i];
        const char *to = v->kind == YAML_SCALAR ? v->value : yaml_str(v, "model", NULL);
        if (!to)
            return yaml_error(v, e, "a fallback of %s is no model name", of);
        VEC_PUSH(&ms->fallbacks,
                 (struct model_fallback){mem_strdup(of), mem_strdup(to),
                                         mem_printf("%s:%d", v->file, v->line), roomier});
    }
    return true;
}

/* [{a: [b, c]}, {d: [e]}], or one map of the same. */
static bool read_fallbacks(struct models *ms, const struct yaml *v, bool roomier, struct error *e)
{
    size_t n = yaml_is_null(v) ? 0 : v->kind == YAML_SEQ ? v->count : 1;
    for (size_t i = 0; i < n; i++) {
        const struct yaml *map = v->kind == YAML_SEQ ? v->items[i] : v;
        if (map->kind != YAML_MAP)
            return yaml_error(map, e, "%s takes maps, like [{model: [other]}]", v->key);
        for (size_t k = 0; k < map->count; k++)
            if (!read_names(ms, map->items[k], map->items[k]->key, roomier, e))
                return false;
    }
    return true;
}

static bool read_retries(const struct yaml *v, int64_t *retries, struct error *e)
{
    int64_t n = 0;
    if (yaml_is_null(v))
        return true;
    if (!yaml_as_int(v, &n) || n < 0 || n > 100)
        return yaml_error(v, e, "%s is \"%.40s\"; it takes a number of tries, 0 to 100", v->key,
                          v->kind == YAML_SCALAR ? v->value : "a list");
    *retries = 1 + n;
    return true;
}

bool litellm_read(struct models *ms, const struct yaml *root, struct litellm_settings *out,
                  struct error *e)
{
    const struct yaml *drop = setting(root, "drop_params");
    const struct yaml *timeout = setting(root, "timeout"),
                      *all = setting(root, "default_fallbacks");
    *out = (struct litellm_settings){0};
    if (yaml_is_null(timeout))
        timeout = setting(root, "request_timeout");
    return (yaml_is_null(drop) || yaml_as_bool(drop, &out->drop_params) ||
            yaml_error(drop, e, "drop_params must be true or false")) &&
           read_retries(setting(root, "num_retries"), &out->retries, e) &&
           read_seconds(timeout, &out->timeout_ms, e) &&
           read_seconds(setting(root, "stream_timeout"), &out->stream_timeout_ms, e) &&
           read_aliases(ms, setting(root, "model_group_alias"), e) &&
           read_fallbacks(ms, setting(root, "fallbacks"), false, e) &&
           read_fallbacks(ms, setting(root, "context_window_fallbacks"), true, e) &&
           (yaml_is_null(all) || read_names(ms, all, "*", false, e));
}

static void add_model(struct model ***list, struct model *m)
{
    size_t n = 0;
    while (*list && (*list)[n])
        n++;
    *list = mem_resize(*list, n + 2, sizeof **list);
    (*list)[n] = m;
    (*list)[n + 1] = NULL;
}

static struct model *declared(const struct models *ms, const char *name)
{
    name = litellm_alias(ms, name);
    for (size_t i = 0; i < ms->list.len; i++)
        if (strcmp(ms->list.ptr[i]->name, name) == 0)
            return ms->list.ptr[i];
    return NULL;
}

/* Has it fallbacks of its own? Those of all are for the others. */
static bool has_own(const struct models *ms, const struct model *m)
{
    for (size_t i = 0; i < ms->fallbacks.len; i++)
        if (!ms->fallbacks.ptr[i].roomier && declared(ms, ms->fallbacks.ptr[i].of) == m)
            return true;
    return false;
}

void litellm_settle(struct models *ms)
{
    for (size_t i = 0; i < ms->fallbacks.len; i++) {
        const struct model_fallback *f = &ms->fallbacks.ptr[i];
        struct model *to = declared(ms, f->to);
        bool all = strcmp(f->of, "*") == 0;
        for (size_t k = 0; k < ms->list.len; k++) {
            struct model *m = ms->list.ptr[k];
            if (m == to || (all ? has_own(ms, m) : m != declared(ms, f->of)))
                continue;
            if (to)
                add_model(f->roomier ? &m->roomier : &m->fallbacks, to);
            else
                model_remark(m, "%s: its fallback \"%s\" is no model of these files", f->origin,
                             f->to);
        }
    }
}

const char *litellm_alias(const struct models *ms, const char *name)
{
    for (size_t i = ms->aliases.len; i-- > 0;)
        if (strcmp(ms->aliases.ptr[i].name, name) == 0)
            return ms->aliases.ptr[i].to;
    return name;
}

void litellm_free(struct models *ms)
{
    for (size_t i = 0; i < ms->aliases.len; i++) {
        free(ms->aliases.ptr[i].name);
        free(ms->aliases.ptr[i].to);
    }
    for (size_t i = 0; i < ms->fallbacks.len; i++) {
        free(ms->fallbacks.ptr[i].of);
        free(ms->fallbacks.ptr[i].to);
        free(ms->fallbacks.ptr[i].origin);
    }
    VEC_FREE(&ms->aliases);
    VEC_FREE(&ms->fallbacks);
}
