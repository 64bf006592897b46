#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "llm/keys.h"
#include "llm/models/family.h"
#include "llm/models/models_priv.h"
#include "llm/models/provider.h"

#define ENV_PREFIX "os.environ/"
#define KEY_SECONDS 300

static const struct yaml *models_either(const struct yaml *a, const struct yaml *b, const char *key)
{
    const struct yaml *v = yaml_get(a, key);
    return yaml_is_null(v) ? yaml_get(b, key) : v;
}

/* A text, from the environment where it says so: os.environ/NAME. NULL: none, or not set. */
static const char *models_text(const struct yaml *map, const char *key)
{
    const char *v = yaml_str(map, key, NULL);
    bool named = v && strncmp(v, ENV_PREFIX, strlen(ENV_PREFIX)) == 0;
    return named ? getenv(v + strlen(ENV_PREFIX)) : v;
}

/* 1_000 as YAML 1.1 writes it, 0 or more. */
static bool models_as_number(const char *text, double *out)
{
    AUTO(buf) plain = {0};
    char *end;
    for (const char *p = text; *p; p++)
        if (*p != '_' || p == text || !isdigit((unsigned char)p[-1]) ||
            !isdigit((unsigned char)p[1]))
            buf_addc(&plain, *p);
    double v = strtod(buf_cstr(&plain), &end);
    if (!plain.len || *end || !isfinite(v) || v < 0)
        return false;
    *out = v;
    return true;
}

/* A number that may be quoted or come from the environment; 0 when absent. */
static bool models_number(const struct model *m, const struct yaml *v, double *out, struct error *e)
{
    *out = 0;
    if (yaml_is_null(v))
        return true;
    bool named = v->kind == YAML_SCALAR && strncmp(v->value, ENV_PREFIX, strlen(ENV_PREFIX)) == 0;
    const char *text = v->kind != YAML_SCALAR ? NULL
                       : named                ? getenv(v->value + strlen(ENV_PREFIX))
                                              : v->value;
    if ((named && !text) || (text && models_as_number(text, out)))
        return true;
    return yaml_error(v, e, "%s: %s is \"%.40s\"%s%s; it must be a number, 0 or more", m->name,
                      v->key, text ? text : "a list or a map", named ? " by " : "",
                      named ? v->value : "");
}

/* A price that is none counts as unknown: it stops nobody from working. */
static void models_price(struct model *m, const struct yaml *v, double *out)
{
    struct error e = {0};
    if (!models_number(m, v, out, &e)) {
        *out = 0;
        model_remark(m, "%s; the price is not counted", e.text);
    }
}

static bool models_numbers(struct model *m, const struct yaml *p, const struct yaml *info,
                           const struct litellm_settings *all, struct error *e)
{
    double window, output, timeout, stream, retries, rpm, tpm;
    const struct yaml *tries = models_either(p, p, "num_retries");
    if (yaml_is_null(tries))
        tries = yaml_get(p, "max_retries");
    if (!models_number(m, models_either(info, p, "max_input_tokens"), &window, e) ||
        !models_number(m, models_either(info, p, "max_output_tokens"), &output, e) ||
        !models_number(m, yaml_get(p, "timeout"), &timeout, e) ||
        !models_number(m, yaml_get(p, "stream_timeout"), &stream, e) ||
        !models_number(m, tries, &retries, e) ||
        !models_number(m, models_either(p, info, "rpm"), &rpm, e) ||
        !models_number(m, models_either(p, info, "tpm"), &tpm, e))
        return false;
    models_price(m, models_either(p, info, "input_cost_per_token"), &m->price_in);
    models_price(m, models_either(p, info, "output_cost_per_token"), &m->price_out);
    models_price(m, models_either(p, info, "cache_read_input_token_cost"), &m->price_cached);
    m->window = (int64_t)window;
    m->max_output = (int64_t)output;
    m->rpm = (int64_t)rpm;
    m->tpm = (int64_t)tpm;
    m->timeout_ms =
        yaml_is_null(yaml_get(p, "timeout")) ? all->timeout_ms : (int64_t)(timeout * 1000);
    m->stream_timeout_ms = yaml_is_null(yaml_get(p, "stream_timeout")) ? all->stream_timeout_ms
                                                                       : (int64_t)(stream * 1000);
    m->retries = yaml_is_null(tries) ? all->retries : 1 + MIN((int64_t)retries, 100);
    return true;
}

static bool models_flag(const struct yaml *v, bool *out, struct error *e)
{
    return yaml_is_null(v) || yaml_as_bool(v, out) ||
           yaml_error(v, e, "%s must be true or false", v->key);
}

/* One dialect, or a list: the first is the one it is spoken to in, clients may use any. */
static bool models_api(struct model *m, const struct yaml *api, struct error *e)
{
    if (yaml_is_null(api))
        return true;
    size_t n = api->kind == YAML_SEQ ? api->count : 1;
    for (size_t i = 0; i < n; i++) {
        const struct yaml *one = api->kind == YAML_SEQ ? api->items[i] : api;
        int dialect = one->kind == YAML_SCALAR ? dialect_named(one->value) : -1;
        if (dialect < 0)
            return yaml_error(api, e,
                              "api must be chat, responses, messages, gemini or ollama, or a list "
                              "of them");
        m->dialect = i == 0 ? 1 + dialect : m->dialect;
        m->also |= 1u << dialect;
    }
    return true;
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
    const struct yaml *sees = models_either(info, p, "supports_vision");
    bool yes = false;
    if (!models_flag(sees, &yes, e))
        return false;
    m->sees = yaml_is_null(sees) ? 0 : yes ? 1 : -1;
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
    return models_api(m, models_either(entry, p, "api"), e) &&
           models_flag(yaml_get(p, "drop_params"), &m->drop_params, e) &&
           models_flag(yaml_get(p, "allow_insecure_http"), &m->allow_http, e);
}

/* Is the value, or what stands in it, the entry's key? */
static bool models_holds_key(const struct yaml *v, const char *key)
{
    bool holds = key && *key && v->kind == YAML_SCALAR && strcmp(v->value, key) == 0;
    for (size_t i = 0; i < v->count && !holds; i++)
        holds = models_holds_key(v->items[i], key);
    return holds;
}

/* What goes into requests, and remarks on what does not: a key never does, under whatever name. */
static void models_sent_params(struct model *m, const struct yaml *p)
{
    const char *key = yaml_str(p, "api_key", NULL);
    m->params = cJSON_CreateObject();
    for (size_t i = 0; i < p->count; i++) {
        const struct yaml *v = p->items[i];
        enum litellm_key kind = litellm_key_of(v->key);
        if (kind == LITELLM_UNUSED)
            model_remark(m, "%s:%d: %s is LiteLLM's and without effect here", v->file, v->line,
                         v->key);
        else if (kind == LITELLM_UNKNOWN)
            model_remark(m,
                         "%s:%d: nobody knows %s: it is not sent; what a server takes besides "
                         "stands in extra_body",
                         v->file, v->line, v->key);
        else if (kind == LITELLM_SENT && models_holds_key(v, key))
            model_remark(m, "%s:%d: %s holds the key of the entry: it is not sent", v->file,
                         v->line, v->key);
        else if (kind == LITELLM_SENT)
            json_add(m->params, v->key, yaml_to_json(v));
    }
}

static bool models_drop(struct model *m, const struct yaml *p, struct error *e)
{
    const struct yaml *v = yaml_get(p, "additional_drop_params");
    if (yaml_is_null(v))
        return true;
    if (v->kind != YAML_SEQ)
        return yaml_error(v, e, "%s: additional_drop_params must be a list of names", m->name);
    m->drop = mem_alloc((v->count + 1) * sizeof *m->drop);
    for (size_t i = 0; i < v->count; i++) {
        if (v->items[i]->kind != YAML_SCALAR)
            return yaml_error(v->items[i], e, "%s: a parameter to drop is a name, like a or a.b",
                              m->name);
        m->drop[i] = mem_strdup(v->items[i]->value);
    }
    return true;
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
    const struct yaml *key = yaml_get(p, "api_key"), *command = yaml_get(p, "api_key_command");
    double seconds;
    if (!models_number(m, yaml_get(p, "api_key_seconds"), &seconds, e))
        return false;
    m->key_seconds = seconds > 0 ? (int64_t)seconds : KEY_SECONDS;
    if (!yaml_is_null(command)) {
        if (command->kind != YAML_SCALAR || !*command->value || !yaml_is_null(key))
            return yaml_error(command, e,
                              "api_key_command is a command line, and stands instead of api_key");
        m->key_command = mem_strdup(command->value);
        return true;
    }
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
                                const struct litellm_settings *all, struct error *e)
{
    const struct yaml *info = yaml_get(entry, "model_info"), *up = yaml_get(p, "model");
    if (yaml_is_null(up) || up->kind != YAML_SCALAR)
        return yaml_error(p, e, "%s: litellm_params needs \"model: provider/name\"", m->name);
    if (!models_text(p, "model"))
        return yaml_error(up, e, "%s: model is %s, and that variable is not set", m->name,
                          up->value);
    if (!yaml_is_null(info) && info->kind != YAML_MAP)
        return yaml_error(info, e, "%s: model_info must be a map", m->name);
    m->upstream = mem_strdup(models_text(p, "model"));
    m->drop_params = all->drop_params;
    models_sent_params(m, p);
    const struct yaml *extra = yaml_get(p, "extra_body");
    if (!yaml_is_null(extra) && extra->kind != YAML_MAP)
        return yaml_error(extra, e, "%s: extra_body must be a map", m->name);
    if (!models_numbers(m, p, info, all, e) || !models_flags(m, entry, p, info, e) ||
        !models_drop(m, p, e) || !models_headers(m, p, e) || !models_key(m, p, e) ||
        !models_parse_modes(m, models_either(entry, info, "behaviors"), e))
        return false;
    const char *base = yaml_str(p, "api_base", yaml_str(p, "base_url", NULL));
    base = base && *base ? base : NULL; /* empty: the provider's own */
    m->api_version = mem_strdup(models_text(p, "api_version"));
    model_settle(m, models_text(p, "custom_llm_provider"), base, p);
    return true;
}

static bool models_entry(struct models *ms, const struct yaml *entry,
                         const struct litellm_settings *all, struct error *e)
{
    if (entry->kind != YAML_MAP)
        return yaml_error(entry, e,
                          "an entry of model_list must be a map with model_name and "
                          "litellm_params");
    const char *given = yaml_str(entry, "model_name", NULL),
               *name = models_text(entry, "model_name");
    if (given && !name)
        return yaml_error(entry, e, "model_name is %s, and that variable is not set", given);
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
    if (!models_entry_params(m, entry, p, all, e)) {
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
    struct litellm_settings all;
    if (!litellm_read(ms, root, &all, e))
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!models_entry(ms, list->items[i], &all, e))
            return false;
    if (list->count)
        mem_replace(first, models_text(list->items[0], "model_name"));
    return true;
}
