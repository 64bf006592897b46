#include <string.h>
#include <strings.h>

#include "llm/keys.h"
#include "llm/models/family.h"
#include "llm/models/models_priv.h"
#include "llm/models/provider.h"

#define ENV_PREFIX "os.environ/"

/* litellm_params that steer LiteLLM itself (or us) and are no request parameters. A name
 * ending in '*' stands for a family. */
static const char *const models_not_sent[] = {
    "model",
    "custom_llm_provider",
    "api_base",
    "base_url",
    "api_key",
    "api_version",
    "organization",
    "timeout",
    "stream_timeout",
    "max_retries",
    "num_retries",
    "rpm",
    "tpm",
    "itpm",
    "otpm",
    "order",
    "weight",
    "max_parallel_requests",
    "tags",
    "tag_regex",
    "extra_headers",
    "headers",
    "drop_params",
    "additional_drop_params",
    "region_name",
    "azure_*",
    "tenant_id",
    "client_id",
    "client_secret",
    "aws_*",
    "vertex_*",
    "input_cost_*",
    "output_cost_*",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "mock_response",
    "keepalive_seconds",
    "cooldown_time",
    "max_budget",
    "budget_duration",
    "litellm_*",
    "configurable_clientside_auth_params",
    "use_in_pass_through",
    "auto_router_*",
    "model_info",
    "merge_reasoning_content_in_choices",
    "supports_*",
    "route",
    "api",
    "auth",
    "allow_insecure_http",
    "max_input_tokens",
    "max_output_tokens",
};

static bool models_is_sent(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(models_not_sent); i++) {
        size_t n = strlen(models_not_sent[i]);
        bool family = models_not_sent[i][n - 1] == '*';
        if (family ? strncmp(key, models_not_sent[i], n - 1) == 0
                   : strcmp(key, models_not_sent[i]) == 0)
            return false;
    }
    return true;
}

static const struct yaml *models_either(const struct yaml *a, const struct yaml *b, const char *key)
{
    const struct yaml *v = yaml_get(a, key);
    return yaml_is_null(v) ? yaml_get(b, key) : v;
}

/* A number that may be quoted or come from the environment; 0 when absent. */
static bool models_number(const struct yaml *v, double *out, struct error *e)
{
    *out = 0;
    if (yaml_is_null(v))
        return true;
    if (v->kind == YAML_SCALAR && strncmp(v->value, ENV_PREFIX, strlen(ENV_PREFIX)) == 0) {
        const char *env = getenv(v->value + strlen(ENV_PREFIX));
        char *end = NULL;
        *out = env ? strtod(env, &end) : 0;
        if (!env || (*env && !*end))
            return true;
        return yaml_error(v, e, "%s holds \"%.40s\", which is no number", v->value, env);
    }
    if (yaml_as_num(v, out) && *out >= 0)
        return true;
    return yaml_error(v, e, "%s must be a number, 0 or more", v->key);
}

static bool models_numbers(struct model *m, const struct yaml *p, const struct yaml *info,
                           struct error *e)
{
    double window, output, timeout, stream;
    if (!models_number(models_either(info, p, "max_input_tokens"), &window, e) ||
        !models_number(models_either(info, p, "max_output_tokens"), &output, e) ||
        !models_number(yaml_get(p, "timeout"), &timeout, e) ||
        !models_number(yaml_get(p, "stream_timeout"), &stream, e) ||
        !models_number(models_either(p, info, "input_cost_per_token"), &m->price_in, e) ||
        !models_number(models_either(p, info, "output_cost_per_token"), &m->price_out, e) ||
        !models_number(models_either(p, info, "cache_read_input_token_cost"), &m->price_cached, e))
        return false;
    m->window = (int64_t)window;
    m->max_output = (int64_t)output;
    m->timeout_ms = (int64_t)(timeout * 1000);
    m->stream_timeout_ms = (int64_t)(stream * 1000);
    return true;
}

static bool models_flag(const struct yaml *v, bool *out, struct error *e)
{
    return yaml_is_null(v) || yaml_as_bool(v, out) ||
           yaml_error(v, e, "%s must be true or false", v->key);
}

static bool models_flags(struct model *m, const struct yaml *entry, const struct yaml *p,
                         const struct yaml *info, struct error *e)
{
    const struct yaml *route = models_either(p, info, "route");
    if (yaml_is_null(route))
        route = yaml_get(entry, "route");
    if (!yaml_is_null(route)) {
        if (route->kind != YAML_SCALAR ||
            (strcmp(route->value, "metadata") != 0 && strcmp(route->value, "path") != 0))
            return yaml_error(route, e, "route must be \"path\" or \"metadata\"");
        m->route_metadata = strcmp(route->value, "metadata") == 0;
    }
    const struct yaml *compose = models_either(entry, info, "compose");
    if (!yaml_is_null(compose)) {
        if (compose->kind != YAML_SCALAR || strcmp(compose->value, "path") != 0)
            return yaml_error(compose, e,
                              "compose must be \"path\": suffixes of composed modes are joined");
        m->compose_suffix = true;
    }
    const struct yaml *edit = models_either(entry, info, "edit");
    if (!yaml_is_null(edit) && edit->kind == YAML_SCALAR)
        m->edit = model_edit_tool(edit->value);
    if (!yaml_is_null(edit) && !m->edit)
        return yaml_error(edit, e, "edit must be edit_file, apply_patch or anchors");
    const struct yaml *auth = models_either(entry, p, "auth");
    if (!yaml_is_null(auth)) {
        const char *name = auth->kind == YAML_SCALAR && strncmp(auth->value, "header ", 7) == 0
                               ? auth->value + 7
                               : "";
        if (!*name || strpbrk(name, " \t\r\n:"))
            return yaml_error(auth, e,
                              "auth must be \"header NAME\": the key goes there by itself");
        m->auth_header = mem_strdup(name);
    }
    const struct yaml *api = models_either(entry, p, "api");
    if (!yaml_is_null(api) && (api->kind != YAML_SCALAR || dialect_named(api->value) < 0))
        return yaml_error(api, e, "api must be chat, responses, messages, gemini or ollama");
    m->dialect = yaml_is_null(api) ? 0 : 1 + dialect_named(api->value);
    return models_flag(yaml_get(p, "drop_params"), &m->drop_params, e) &&
           models_flag(yaml_get(p, "allow_insecure_http"), &m->allow_http, e);
}

static cJSON *models_sent_params(const struct yaml *p)
{
    cJSON *sent = cJSON_CreateObject();
    for (size_t i = 0; i < p->count; i++)
        if (models_is_sent(p->items[i]->key))
            json_add(sent, p->items[i]->key, yaml_to_json(p->items[i]));
    return sent;
}

static bool models_headers(struct model *m, const struct yaml *p, struct error *e)
{
    const struct yaml *h = models_either(p, NULL, "extra_headers");
    if (yaml_is_null(h))
        h = yaml_get(p, "headers");
    if (yaml_is_null(h))
        return true;
    if (h->kind != YAML_MAP)
        return yaml_error(h, e, "%s must be a map of header names to values", h->key);
    for (size_t i = 0; i < h->count; i++)
        if (h->items[i]->kind != YAML_SCALAR || strpbrk(h->items[i]->value, "\r\n") ||
            strpbrk(h->items[i]->key, " \t\r\n:"))
            return yaml_error(h->items[i], e, "%s is no header name with a one-line value",
                              h->items[i]->key);
    m->headers = yaml_to_json(h);
    return true;
}

static bool models_key(struct model *m, const struct yaml *p, struct error *e)
{
    const struct yaml *key = yaml_get(p, "api_key");
    if (yaml_is_null(key))
        return true;
    if (key->kind != YAML_SCALAR)
        return yaml_error(key, e, "api_key must be text, best os.environ/NAME");
    if (strncmp(key->value, ENV_PREFIX, strlen(ENV_PREFIX)) == 0)
        m->key_env = mem_strdup(key->value + strlen(ENV_PREFIX));
    else
        m->key_literal = keys_trim(key->value);
    return true;
}

static bool models_entry_params(struct model *m, const struct yaml *entry, const struct yaml *p,
                                struct error *e)
{
    const struct yaml *info = yaml_get(entry, "model_info"), *up = yaml_get(p, "model");
    if (yaml_is_null(up) || up->kind != YAML_SCALAR)
        return yaml_error(p, e, "%s: litellm_params needs \"model: provider/name\"", m->name);
    if (!yaml_is_null(info) && info->kind != YAML_MAP)
        return yaml_error(info, e, "%s: model_info must be a map", m->name);
    m->upstream = mem_strdup(up->value);
    m->params = models_sent_params(p);
    const struct yaml *extra = yaml_get(p, "extra_body");
    if (!yaml_is_null(extra) && extra->kind != YAML_MAP)
        return yaml_error(extra, e, "%s: extra_body must be a map", m->name);
    if (!models_numbers(m, p, info, e) || !models_flags(m, entry, p, info, e) ||
        !models_headers(m, p, e) || !models_key(m, p, e) ||
        !models_parse_modes(m, models_either(entry, info, "behaviors"), e))
        return false;
    const char *base = yaml_str(p, "api_base", yaml_str(p, "base_url", NULL));
    base = base && *base ? base : NULL; /* empty: the provider's own */
    model_settle(m, yaml_str(p, "custom_llm_provider", NULL), base);
    return true;
}

static bool models_entry(struct models *ms, const struct yaml *entry, struct error *e)
{
    if (entry->kind != YAML_MAP)
        return yaml_error(entry, e,
                          "an entry of model_list must be a map with model_name and "
                          "litellm_params");
    const char *name = yaml_str(entry, "model_name", NULL);
    if (!name || !*name)
        return yaml_error(entry, e, "this entry has no model_name");
    const struct yaml *p = yaml_get(entry, "litellm_params");
    if (yaml_is_null(p))
        return yaml_error(entry, e, "%s has no litellm_params (model, api_base, api_key)", name);
    if (p->kind != YAML_MAP)
        return yaml_error(p, e, "%s: litellm_params must be a map; indent what belongs to it",
                          name);
    struct model *m = mem_alloc(sizeof *m);
    m->name = mem_strdup(name);
    m->origin = mem_printf("%s:%d", entry->file, entry->line);
    m->layer = ms->layer;
    if (!models_entry_params(m, entry, p, e)) {
        model_free(m);
        return false;
    }
    models_add(ms, m);
    return true;
}

bool models_parse(struct models *ms, const struct yaml *root, char **first, struct error *e)
{
    if (root->kind != YAML_MAP)
        return yaml_error(root, e, "expected \"model_list:\" here");
    const struct yaml *list = yaml_get(root, "model_list");
    if (yaml_is_null(list)) {
        const struct yaml *slip = root->count ? root->items[0] : NULL;
        if (slip && !list)
            return yaml_error(slip, e, "the file has no model_list, only \"%s\"", slip->key);
        return true;
    }
    if (list->kind != YAML_SEQ)
        return yaml_error(list, e,
                          "model_list must be a list: start each entry with "
                          "\"- model_name: …\"");
    ms->layer++;
    for (size_t i = 0; i < list->count; i++)
        if (!models_entry(ms, list->items[i], e))
            return false;
    if (list->count)
        mem_replace(first, yaml_str(list->items[0], "model_name", NULL));
    return true;
}
