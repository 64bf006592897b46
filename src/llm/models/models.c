#include "llm/models/models.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/credential.h"
#include "base/data.h"
#include "base/log.h"
#include "llm/keys.h"
#include "llm/models/cloud.h"
#include "llm/models/models_priv.h"
#include "llm/models/provider.h"

#define ENV_PREFIX "os.environ/"

static void model_free_one(struct model *m)
{
    char *strings[] = {m->name,        m->provider,    m->upstream, m->api_base,
                       m->key_env,     m->key_literal, m->origin,   m->problem,
                       m->auth_header, m->api_version, m->remarks,  m->key_command};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        free(strings[i]);
    cJSON_Delete(m->params);
    cJSON_Delete(m->headers);
    for (size_t i = 0; m->drop && m->drop[i]; i++)
        free(m->drop[i]);
    free(m->drop);
    free(m->fallbacks);
    free(m->roomier);
    for (size_t i = 0; i < m->mode_count; i++)
        mode_fini(&m->modes[i]);
    free(m->modes);
    free(m);
}

void model_free(struct model *m)
{
    for (struct model *next; m; m = next) {
        next = m->next;
        model_free_one(m);
    }
}

static void models_chain(struct model *group, struct model *m)
{
    while (group->next)
        group = group->next;
    group->next = m;
}

void models_add(struct models *ms, struct model *model)
{
    for (size_t i = 0; i < ms->list.len; i++) {
        if (strcmp(ms->list.ptr[i]->name, model->name) != 0)
            continue;
        if (model->layer && model->layer == ms->list.ptr[i]->layer) {
            models_chain(ms->list.ptr[i], model);
            return;
        }
        VEC_PUSH(&ms->replaced, ms->list.ptr[i]);
        ms->list.ptr[i] = model;
        return;
    }
    VEC_PUSH(&ms->list, model);
}

static bool models_load_file(struct models *m, const char *path, bool must, struct error *e)
{
    struct error why = {0};
    AUTO_YAML *y = path ? yaml_load(path, &why) : NULL;
    if (!path || (!y && why.code == ERR_NOT_FOUND && !must))
        return true;
    if (!y)
        return error_set(e, ERR_CONFIG, "%s", why.text);
    return models_parse(m, y, &m->first, e);
}

static bool models_load_builtin(struct models *m, struct error *e)
{
    const struct data_file *f = data_find("src/llm/models/models.yaml");
    AUTO_YAML *y = f ? yaml_parse(f->text, f->size, f->name, e) : NULL;
    AUTO_FREE char *first = NULL;
    return !f || (y && models_parse(m, y, &first, e));
}

struct models *models_load(const char *user, const char *project, const char *extra,
                           struct error *e)
{
    struct models *m = mem_alloc(sizeof *m);
    if (models_load_builtin(m, e) && models_load_file(m, user, false, e) &&
        models_load_file(m, project, false, e) && models_load_file(m, extra, true, e)) {
        litellm_settle(m);
        return m;
    }
    models_free(m);
    return NULL;
}

void models_free(struct models *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->list.len; i++)
        model_free(m->list.ptr[i]);
    for (size_t i = 0; i < m->replaced.len; i++)
        model_free(m->replaced.ptr[i]);
    VEC_FREE(&m->list);
    VEC_FREE(&m->replaced);
    litellm_free(m);
    free(m->first);
    free(m);
}

size_t models_count(const struct models *m)
{
    return m->list.len;
}

const struct model *models_at(const struct models *m, size_t i)
{
    return i < m->list.len ? m->list.ptr[i] : NULL;
}

void model_remark(struct model *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *line = NULL;
    if (vasprintf(&line, fmt, args) < 0)
        mem_none();
    va_end(args);
    log_warn("models", "%s: %s", m->name, line);
    char *all = mem_printf("%s%s%s", m->remarks ? m->remarks : "", m->remarks ? "\n" : "", line);
    free(line);
    free(m->remarks);
    m->remarks = all;
}

static void model_problem(struct model *m, const char *text)
{
    if (!m->problem)
        m->problem = mem_printf("%s: model %s: %s", m->origin ? m->origin : "?", m->name, text);
}

/* "openai/gpt-4o" or, with an api_base or a known family, a bare name. */
static const struct provider *model_provider(struct model *m, const char *given, bool has_base)
{
    struct error why = {0};
    const char *slash = strchr(m->upstream, '/');
    AUTO_FREE char *prefix = slash ? mem_strndup(m->upstream, (size_t)(slash - m->upstream)) : NULL;
    const struct provider *p = provider_find(given ? given : prefix);
    if (p) {
        if (prefix && strcmp(prefix, p->name) == 0)
            mem_replace(&m->upstream, slash + 1);
        return p;
    }
    if (!given && (p = provider_of_family(m->upstream)))
        return p;
    if (!given && has_base)
        return provider_find("openai");
    if (given || prefix)
        provider_unknown(given ? given : prefix, &why);
    else
        error_set(&why, ERR_CONFIG, "\"%s\" has no provider; write provider/%s, like openai/%s",
                  m->upstream, m->upstream, m->upstream);
    model_problem(m, why.text);
    return NULL;
}

/* What LiteLLM writes between provider and name: the way to speak to it. */
static void model_way(struct model *m)
{
    static const struct {
        const char *way;
        int dialect;
    } ways[] = {{"responses/", 1 + ROUTE_RESPONSES},
                {"converse_like/", 0},
                {"converse/", 0},
                {"invoke/", 0},
                {"chat/", 1 + ROUTE_CHAT}};
    bool takes = strcmp(m->provider, "openai") == 0 || strcmp(m->provider, "azure") == 0 ||
                 strcmp(m->provider, "bedrock") == 0;
    for (size_t i = 0; takes && i < COUNT_OF(ways); i++) {
        size_t n = strlen(ways[i].way);
        if (strncmp(m->upstream, ways[i].way, n) != 0)
            continue;
        AUTO_FREE char *name = mem_strdup(m->upstream + n);
        mem_replace(&m->upstream, name);
        m->dialect = m->dialect ? m->dialect : ways[i].dialect;
    }
    /* Its OpenAI dialect wants the maker's name too. */
    if (strcmp(m->provider, "vertex_ai") == 0 && !strchr(m->upstream, '/')) {
        AUTO_FREE char *name = mem_printf("google/%s", m->upstream);
        mem_replace(&m->upstream, name);
    }
}

static bool model_ends_v1(const char *base)
{
    size_t n = strlen(base);
    while (n > 0 && base[n - 1] == '/')
        n--;
    return n >= 3 && memcmp(base + n - 3, "/v1", 3) == 0;
}

static void model_base(struct model *m, const struct provider *p, const char *given)
{
    struct error why;
    const char *base = given;
    if (base && strncmp(base, ENV_PREFIX, strlen(ENV_PREFIX)) == 0) {
        base = getenv(base + strlen(ENV_PREFIX));
        AUTO_FREE char *text = mem_printf("api_base is %s, and that variable is not set", given);
        if (!base)
            model_problem(m, text);
    }
    const char *raw = base ? base : provider_given_base(p);
    m->api_base = raw ? provider_full_base(p, raw) : NULL;
    credential_hide_url(m->api_base);
    m->v1_added = raw && model_ends_v1(m->api_base) && !model_ends_v1(raw);
    if (p->flags & PROVIDER_PLAYBOOK)
        return;
    AUTO_FREE char *url = route_url(m->api_base, NULL, NULL, &why);
    if (!url)
        model_problem(m, why.text);
}

static bool model_same_origin(const char *a, const char *b)
{
    const char *pa = a ? strstr(a, "://") : NULL, *pb = b ? strstr(b, "://") : NULL;
    if (!pa || !pb)
        return false;
    size_t na = (size_t)(pa - a) + 3 + strcspn(pa + 3, "/");
    size_t nb = (size_t)(pb - b) + 3 + strcspn(pb + 3, "/");
    return na == nb && strncasecmp(a, b, na) == 0;
}

/* Of every entry, not of those that are used: a server may know the others' too. */
static void model_hide_credentials(const struct model *m)
{
    static const char env[] = "os.environ/";
    const cJSON *header;
    log_hide(m->key_literal ? m->key_literal : keys_get(m->key_env));
    cJSON_ArrayForEach(header, m->headers)
    {
        const char *value = cJSON_IsString(header) ? header->valuestring : NULL;
        bool named = value && strncmp(value, env, sizeof env - 1) == 0;
        credential_hide(header->string, named ? keys_get(value + sizeof env - 1) : value);
    }
}

void model_settle(struct model *m, const char *given_provider, const char *given_base,
                  const struct yaml *params)
{
    const struct provider *p = model_provider(m, given_provider, given_base != NULL);
    if (!p) {
        m->provider = mem_strdup(given_provider ? given_provider : "?");
        return;
    }
    m->provider = mem_strdup(p->name);
    model_way(m);
    AUTO_FREE char *cloud = given_base ? NULL : cloud_base(p->name, m->upstream, params);
    model_base(m, p, cloud ? cloud : given_base);
    bool own = !given_base && p->base && m->api_base && strcmp(m->api_base, p->base) == 0;
    model_complete(m, own);
    /* A key is for its origin: an entry that sends a hosted provider's requests elsewhere names
     * its key itself, so that the environment's key never reaches somebody else's server. */
    AUTO_FREE char *home = provider_base(p);
    bool elsewhere = given_base && p->base && !(p->flags & PROVIDER_LOCAL) &&
                     !model_same_origin(m->api_base, home);
    if (!m->key_env && !m->key_literal && p->key_env && !elsewhere)
        m->key_env = mem_strdup(p->key_env);
    model_hide_credentials(m);
}

bool model_routes_itself(const struct model *m)
{
    return m->route_metadata && strcmp(m->provider, "litellm_proxy") == 0;
}

/* Google's own address has its OpenAI dialect beneath it; Ollama's has /v1 for those of others. */
static char *model_native_url(const struct model *m, const struct mode *mode, const char *suffix,
                              enum route_style style, struct error *e)
{
    if (style == ROUTE_OLLAMA) {
        AUTO_FREE char *root = route_root(m->api_base);
        return route_url(root, suffix, "/api/chat", e);
    }
    size_t n = strlen(m->api_base);
    while (n > 0 && m->api_base[n - 1] == '/')
        n--;
    bool beneath = n > 7 && memcmp(m->api_base + n - 7, "/openai", 7) == 0;
    AUTO_FREE char *base = mem_strndup(m->api_base, beneath ? n - 7 : n);
    AUTO_FREE char *name = model_sent_name(m, mode);
    AUTO_FREE char *path = mem_printf("/models/%s:streamGenerateContent?alt=sse", name);
    return route_url(base, suffix, path, e);
}

char *model_url(const struct model *m, const struct mode *mode, enum route_style style,
                struct error *e)
{
    static const char *const paths[] = {[ROUTE_CHAT] = "/chat/completions",
                                        [ROUTE_RESPONSES] = "/responses",
                                        [ROUTE_GEMINI] = "",
                                        [ROUTE_OLLAMA] = ""};
    const char *suffix = mode && !model_routes_itself(m) ? mode->route_suffix : NULL;
    if (m->api_base && (style == ROUTE_GEMINI || style == ROUTE_OLLAMA))
        return model_native_url(m, mode, suffix, style, e);
    if (style != ROUTE_MESSAGES || !m->api_base) {
        AUTO_FREE char *before = NULL;
        AUTO_FREE char *behind = NULL;
        cloud_path(m->provider, m->upstream, m->api_base, m->api_version, &before, &behind);
        AUTO_FREE char *path =
            mem_printf("%s%s%s", before, style == ROUTE_MESSAGES ? "" : paths[style], behind);
        return route_url(m->api_base, suffix, path, e);
    }
    size_t n = strlen(m->api_base);
    while (n > 0 && m->api_base[n - 1] == '/')
        n--;
    AUTO_FREE char *base = mem_strndup(m->api_base, m->v1_added ? n - 3 : n);
    return route_url(base, suffix, model_ends_v1(base) ? "/messages" : "/v1/messages", e);
}

char *model_key_state(const struct model *m)
{
    const struct provider *p = provider_find(m->provider);
    if (m->key_command)
        return mem_strdup("by api_key_command");
    if (m->key_literal || keys_get(m->key_env))
        return mem_strdup("set");
    if (!m->key_env || (p && (p->flags & PROVIDER_KEY_OPTIONAL)))
        return mem_strdup("not needed");
    return mem_printf("missing: export %s=…", m->key_env);
}
