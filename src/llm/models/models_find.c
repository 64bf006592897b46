#include <string.h>

#include "base/opt.h"
#include "llm/keys.h"
#include "llm/models/detect.h"
#include "llm/models/models_priv.h"
#include "llm/models/provider.h"
#include "llm/playbook/playbook.h"

/* Names that wildcards were expanded for stay in the registry: a client must not fill it. */
#define MODELS_FROM_OUTSIDE_MAX 4096

/* The window and the modes a playbook declares; a bad one is refused here, not in mid-goal. */
static bool models_read_playbook(struct model *m, struct error *e)
{
    AUTO_YAML *y = playbook_load(m->upstream, e);
    if (!y)
        return false;
    m->window = playbook_window(y);
    return models_parse_modes(m, yaml_get(y, "behaviors"), e);
}

static struct model *model_from_name(const char *name, struct error *e)
{
    struct model *m = mem_alloc(sizeof *m);
    m->name = mem_strdup(name);
    m->upstream = mem_strdup(name);
    m->origin = mem_strdup("command line");
    m->params = cJSON_CreateObject();
    model_settle(m, NULL, NULL, NULL);
    if (m->problem)
        error_set(e, ERR_CONFIG, "%s", m->problem);
    else if (strcmp(m->provider, "playbook") != 0 || models_read_playbook(m, e))
        return m;
    model_free(m);
    return NULL;
}

static void models_copy_modes(struct model *to, const struct model *from)
{
    to->modes = mem_alloc((from->mode_count + 1) * sizeof *to->modes);
    for (size_t i = 0; i < from->mode_count; i++)
        mode_copy(&to->modes[i], &from->modes[i], to);
    to->mode_count = from->mode_count;
}

/* A list entry "x/star" answers for every x/NAME; a star in its upstream becomes NAME. */
static struct model *models_expand(const struct model *wild, const char *name)
{
    size_t head = strlen(wild->name) - 1, up = strlen(wild->upstream);
    struct model *m = mem_alloc(sizeof *m);
    *m = (struct model){.window = wild->window,
                        .max_output = wild->max_output,
                        .price_in = wild->price_in,
                        .price_out = wild->price_out,
                        .price_cached = wild->price_cached,
                        .timeout_ms = wild->timeout_ms,
                        .stream_timeout_ms = wild->stream_timeout_ms,
                        .drop_params = wild->drop_params,
                        .route_metadata = wild->route_metadata,
                        .allow_http = wild->allow_http,
                        .compose_suffix = wild->compose_suffix,
                        .v1_added = wild->v1_added,
                        .dialect = wild->dialect,
                        .sees = wild->sees,
                        .retries = wild->retries,
                        .rpm = wild->rpm,
                        .tpm = wild->tpm,
                        .edit = wild->edit};
    m->auth_header = mem_strdup(wild->auth_header);
    size_t drops = 0;
    while (wild->drop && wild->drop[drops])
        drops++;
    m->drop = mem_alloc((drops + 1) * sizeof *m->drop);
    for (size_t i = 0; i < drops; i++)
        m->drop[i] = mem_strdup(wild->drop[i]);
    m->api_version = mem_strdup(wild->api_version);
    m->name = mem_strdup(name);
    m->provider = mem_strdup(wild->provider);
    m->upstream = up && wild->upstream[up - 1] == '*'
                      ? mem_printf("%.*s%s", (int)up - 1, wild->upstream, name + head)
                      : mem_strdup(wild->upstream);
    m->api_base = mem_strdup(wild->api_base);
    m->key_env = mem_strdup(wild->key_env);
    m->key_literal = mem_strdup(wild->key_literal);
    m->key_command = mem_strdup(wild->key_command);
    m->key_seconds = wild->key_seconds;
    m->params = cJSON_Duplicate(wild->params, true);
    m->headers = cJSON_Duplicate(wild->headers, true);
    m->origin = mem_strdup(wild->origin);
    models_copy_modes(m, wild);
    return m;
}

static struct model *models_expand_group(const struct model *wild, const char *name)
{
    struct model *first = NULL, **at = &first;
    for (const struct model *w = wild; w; w = w->next)
        if (!w->problem) {
            *at = models_expand(w, name);
            at = &(*at)->next;
        }
    return first;
}

static struct model *models_wildcard(struct models *ms, const char *name)
{
    for (size_t i = 0; i < ms->list.len; i++) {
        const struct model *w = ms->list.ptr[i];
        size_t n = strlen(w->name);
        if (n && w->name[n - 1] == '*' && strncmp(w->name, name, n - 1) == 0)
            return models_expand_group(w, name);
    }
    return NULL;
}

static bool models_unknown(const struct models *ms, const char *name, struct error *e)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < ms->list.len; i++)
        VEC_PUSH(&names, ms->list.ptr[i]->name);
    const char *dot = strrchr(name, '.');
    if (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)) {
        VEC_FREE(&names);
        return error_set(e, ERR_NOT_FOUND, "no model \"%s\"; to run a playbook file: playbook/%s",
                         name, name);
    }
    const char *near = names.len ? opt_nearest(name, names.ptr, names.len) : NULL;
    VEC_FREE(&names);
    if (near)
        return error_set(e, ERR_NOT_FOUND, "no model \"%s\"; did you mean \"%s\"?", name, near);
    return error_set(e, ERR_NOT_FOUND,
                     "no model \"%s\" in models.yaml. \"mien models list\" shows what there is; "
                     "provider/model works without an entry, like openai/gpt-5",
                     name);
}

/* name:tag is how Ollama names models; ft:… is a tuned one of OpenAI. */
static bool models_is_tagged(const char *name)
{
    return !strchr(name, '/') && strchr(name, ':') && !strchr(name, ' ') &&
           strncmp(name, "ft:", 3) != 0;
}

static struct model *models_make(const struct models *ms, const char *name, struct error *e)
{
    struct error why;
    const char *slash = strchr(name, '/');
    AUTO_FREE char *prefix = slash ? mem_strndup(name, (size_t)(slash - name)) : NULL;
    if (models_is_tagged(name)) {
        AUTO_FREE char *tagged = mem_printf("ollama_chat/%s", name);
        return model_from_name(tagged, e);
    }
    if (provider_find(prefix) || (!slash && provider_of_family(name)))
        return model_from_name(name, e);
    models_unknown(ms, name, e);
    if (prefix && !strchr(prefix, ' ') && e && e->code == ERR_NOT_FOUND &&
        !strstr(e->text, "did you mean")) {
        provider_unknown(prefix, &why);
        error_set(e, ERR_NOT_FOUND, "no model \"%s\", and %s", name, why.text);
    }
    return NULL;
}

/* The entry of that name: the first deployment that can be used. *there: it is declared. */
static struct model *models_listed(struct models *ms, const char *name, bool *there,
                                   struct error *e)
{
    *there = false;
    name = litellm_alias(ms, name);
    for (size_t i = 0; i < ms->list.len; i++) {
        struct model *first = ms->list.ptr[i], *m = first;
        if (strcmp(first->name, name) != 0)
            continue;
        *there = true;
        while (m && m->problem)
            m = m->next;
        if (!m)
            error_set(e, ERR_CONFIG, "%s", first->problem);
        return m;
    }
    return NULL;
}

const struct model *models_find(struct models *ms, const char *name, struct error *e)
{
    bool there;
    struct model *m = models_listed(ms, name, &there, e);
    if (m) {
        bool script = strcmp(m->provider, "playbook") == 0 && !m->window;
        return !script || models_read_playbook(m, e) ? m : NULL;
    }
    if (there)
        return NULL;
    m = models_wildcard(ms, name);
    if (!m)
        m = models_make(ms, name, e);
    if (m)
        models_add(ms, m);
    return m;
}

const struct model *models_declared(struct models *ms, const char *name, struct error *e)
{
    bool there = false, wild = strchr(name, '*') != NULL;
    struct model *m = wild ? NULL : models_listed(ms, name, &there, e);
    if (m && strcmp(m->provider, "playbook") == 0) {
        error_set(e, ERR_CONFIG, "%s speaks from a playbook, not from a server", name);
        return NULL;
    }
    if (m || there)
        return m;
    if (wild || ms->list.len >= MODELS_FROM_OUTSIDE_MAX || !(m = models_wildcard(ms, name))) {
        error_set(e, ERR_NOT_FOUND, "no model \"%.100s\"", name);
        return NULL;
    }
    models_add(ms, m);
    return m;
}

static bool models_has_key(const struct model *m)
{
    AUTO_FREE char *state = model_key_state(m);
    return strncmp(state, "missing", 7) != 0;
}

/* The first entry of the files; one whose key is missing yields to the first that has one. */
static const struct model *models_configured(struct models *ms, char **why)
{
    const struct model *first = ms->first ? models_find(ms, ms->first, NULL) : NULL;
    if (first && models_has_key(first)) {
        *why = mem_printf("%s, the first of %s", first->name, first->origin);
        return first;
    }
    for (size_t i = 0; ms->first && i < ms->list.len; i++) {
        const struct model *m = ms->list.ptr[i];
        if (m->problem || strcmp(m->provider, "playbook") == 0 || !models_has_key(m))
            continue;
        *why = mem_printf("%s of %s, the first that can be used", m->name, m->origin);
        return m;
    }
    if (first)
        *why = mem_printf("%s, the first of %s (its key is missing)", first->name, first->origin);
    return first;
}

static const struct model *models_by_key(struct models *ms, char **why)
{
    const struct provider *p;
    for (size_t i = 0; (p = provider_at(i)); i++) {
        if (!p->default_model || !keys_get(p->key_env))
            continue;
        AUTO_FREE char *name = mem_printf("%s/%s", p->name, p->default_model);
        const struct model *m = models_find(ms, name, NULL);
        if (!m)
            continue;
        *why = mem_printf("%s, because %s is set (MIEN_MODEL or --model chooses another)", name,
                          p->key_env);
        return m;
    }
    return NULL;
}

const struct model *models_discover(struct models *ms, struct loop *loop, char **why)
{
    AUTO_FREE char *unused = NULL;
    if (!why)
        why = &unused;
    *why = NULL;
    const char *named = getenv("MIEN_MODEL");
    const struct model *m = named && *named ? models_find(ms, named, NULL) : NULL;
    if (m) {
        *why = mem_printf("%s, from MIEN_MODEL", named);
        return m;
    }
    named = getenv("OLLAMA_MODEL");
    AUTO_FREE char *local = named && *named ? mem_printf("ollama/%s", named) : NULL;
    if (local && (m = models_find(ms, local, NULL))) {
        *why = mem_printf("%s, from OLLAMA_MODEL", local);
        return m;
    }
    if ((m = models_configured(ms, why)) || (m = models_by_key(ms, why)) ||
        (m = detect_servers(ms, why)))
        return m;
    struct error e;
    m = models_find(ms, "playbook/tour", &e);
    *why = m ? mem_printf("playbook/tour, a scripted demonstration: no models.yaml, no API key in "
                          "the environment and no model server on this machine")
             : mem_printf("no model at all: %s", e.text);
    return m;
}
