/* The behaviors: map of an entry. */
#include <string.h>

#include "base/opt.h"
#include "llm/models/models_priv.h"

static const char *const mode_members[] = {
    "description",    "route_suffix", "parameters", "instructions",
    "model_override", "lora",         "excludes",   "cost"};
static const char *const lora_members[] = {"name", "path", "scale", "api"};
static const char *const lora_apis[] = {[LORA_VLLM] = "vllm",
                                        [LORA_LLAMACPP] = "llamacpp",
                                        [LORA_SGLANG] = "sglang",
                                        [LORA_TGI] = "tgi"};

const char *lora_api_name(enum lora_api api)
{
    return lora_apis[api];
}

void mode_fini(struct mode *mode)
{
    char *strings[] = {mode->name,      mode->description,  mode->route_suffix,
                       mode->origin,    mode->instructions, mode->model_override,
                       mode->lora.name, mode->lora.path};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        free(strings[i]);
    for (size_t i = 0; i < mode->exclude_count; i++)
        free(mode->excludes[i]);
    free(mode->excludes);
    cJSON_Delete(mode->parameters);
}

void mode_copy(struct mode *to, const struct mode *from, const struct model *of)
{
    *to = *from;
    to->name = mem_strdup(from->name);
    to->description = mem_strdup(from->description);
    to->route_suffix = mem_strdup(from->route_suffix);
    to->origin = mem_strdup(from->origin);
    to->instructions = mem_strdup(from->instructions);
    to->model_override = mem_strdup(from->model_override);
    to->lora.name = mem_strdup(from->lora.name);
    to->lora.path = mem_strdup(from->lora.path);
    to->parameters = cJSON_Duplicate(from->parameters, true);
    to->excludes = mem_alloc((from->exclude_count + 1) * sizeof *to->excludes);
    for (size_t i = 0; i < from->exclude_count; i++)
        to->excludes[i] = mem_strdup(from->excludes[i]);
    to->of = of;
}

static bool mode_error(const struct yaml *at, const struct mode *mode, struct error *e,
                       const char *what, const char *why)
{
    return yaml_error(at, e, "behavior mode \"%s\": %s%s", mode->name, what, why);
}

/* Every member of a map must be one of those known. */
static bool mode_members_known(const struct yaml *map, const struct mode *mode, const char *of,
                               const char *const *known, size_t n, struct error *e)
{
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->items[i]->key, *near = opt_nearest(key, known, n);
        bool found = false;
        AUTO(buf) all = {0};
        for (size_t k = 0; k < n; k++) {
            found = found || strcmp(key, known[k]) == 0;
            buf_addf(&all, "%s%s", k ? ", " : "", known[k]);
        }
        if (!found && near)
            return yaml_error(map->items[i], e,
                              "behavior mode \"%s\"%s has no \"%s\"; did you mean \"%s\"?",
                              mode->name, of, key, near);
        if (!found)
            return yaml_error(map->items[i], e, "behavior mode \"%s\"%s has no \"%s\" (%s)",
                              mode->name, of, key, buf_cstr(&all));
    }
    return true;
}

/* A text member; NULL when absent. */
static bool mode_text(const struct yaml *map, const char *key, bool one_line,
                      const struct mode *mode, char **out, struct error *e)
{
    const struct yaml *v = yaml_get(map, key);
    *out = NULL;
    if (!v)
        return true;
    if (yaml_is_null(v) || v->kind != YAML_SCALAR || !*v->value)
        return mode_error(v, mode, e, key, " must be text");
    if (one_line && strpbrk(v->value, "\r\n"))
        return mode_error(v, mode, e, key, " must be one line");
    *out = mem_strdup(v->value);
    return true;
}

static bool mode_lora_api(struct mode *mode, const struct yaml *map, struct error *e)
{
    const struct yaml *api = yaml_get(map, "api");
    const char *word = yaml_str(map, "api", "");
    for (size_t i = LORA_VLLM; i < COUNT_OF(lora_apis); i++)
        if (strcmp(word, lora_apis[i]) == 0)
            mode->lora.api = (enum lora_api)i;
    return mode->lora.api != LORA_NONE ||
           mode_error(api ? api : map, mode, e,
                      "lora needs api: ", "vllm, llamacpp, sglang or tgi");
}

static bool mode_lora(struct mode *mode, const struct yaml *b, struct error *e)
{
    const struct yaml *map = yaml_get(b, "lora"), *scale = yaml_get(map, "scale");
    if (!map)
        return true;
    if (yaml_is_null(map) || map->kind != YAML_MAP)
        return mode_error(map, mode, e, "lora must be a map", " (name, path, scale, api)");
    mode->lora.scale = 1;
    if (!mode_members_known(map, mode, ": lora", lora_members, COUNT_OF(lora_members), e) ||
        !mode_text(map, "name", true, mode, &mode->lora.name, e) ||
        !mode_text(map, "path", true, mode, &mode->lora.path, e) || !mode_lora_api(mode, map, e))
        return false;
    if (!mode->lora.name)
        return mode_error(map, mode, e, "lora needs a name", "");
    if (scale && !yaml_as_num(scale, &mode->lora.scale))
        return mode_error(scale, mode, e, "scale must be a number", "");
    if (mode->model_override && mode->lora.api != LORA_LLAMACPP)
        return mode_error(map, mode, e, "model_override and lora both say what to send as model",
                          "; keep one of them");
    return true;
}

static bool mode_excludes(struct mode *mode, const struct yaml *b, struct error *e)
{
    const struct yaml *list = yaml_get(b, "excludes");
    if (!list)
        return true;
    if (yaml_is_null(list) || list->kind != YAML_SEQ)
        return mode_error(list, mode, e, "excludes must be a list of modes", ", like [formal]");
    mode->excludes = mem_alloc((list->count + 1) * sizeof *mode->excludes);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->kind != YAML_SCALAR || yaml_is_null(list->items[i]))
            return mode_error(list->items[i], mode, e, "excludes holds what is no name", "");
        mode->excludes[mode->exclude_count++] = mem_strdup(list->items[i]->value);
    }
    return true;
}

static bool mode_cost(struct mode *mode, const struct yaml *b, struct error *e)
{
    const struct yaml *v = yaml_get(b, "cost");
    mode->cost = 1;
    return !v || (yaml_as_num(v, &mode->cost) && mode->cost > 0) ||
           mode_error(v, mode, e, "cost must be a number above 0", ": a factor on the price");
}

static bool mode_suffix(struct mode *mode, const struct yaml *b, struct error *e)
{
    struct error why;
    const struct yaml *v = yaml_get(b, "route_suffix");
    if (v && v->kind != YAML_SCALAR)
        return mode_error(v, mode, e, "route_suffix must be text", ", like /formal");
    mode->route_suffix = mem_strdup(v && !yaml_is_null(v) ? v->value : "");
    return route_check_suffix(mode->route_suffix, &why) || mode_error(v, mode, e, "", why.text);
}

static bool mode_parameters(struct mode *mode, const struct yaml *b, struct error *e)
{
    const struct yaml *v = yaml_get(b, "parameters");
    if (!yaml_is_null(v) && v->kind != YAML_MAP)
        return mode_error(v, mode, e, "parameters must be a map", "");
    mode->parameters = yaml_is_null(v) ? NULL : yaml_to_json(v);
    return true;
}

static bool mode_name(const struct mode *mode, const struct yaml *b, struct error *e)
{
    if (*b->key && !strpbrk(b->key, " \t\r\n/@+"))
        return true;
    return mode_error(b, mode, e, "a name is one word", " without '/', '@' and '+'");
}

static bool mode_parse(struct mode *mode, const struct yaml *b, struct error *e)
{
    bool text = b->kind == YAML_SCALAR && !yaml_is_null(b);
    mode->name = mem_strdup(b->key);
    mode->origin = mem_printf("%s:%d", b->file, b->line);
    if (!mode_name(mode, b, e))
        return false;
    if (b->kind == YAML_SEQ)
        return mode_error(b, mode, e, "must be a map", " (description, route_suffix, parameters)");
    if (!mode_members_known(b, mode, "", mode_members, COUNT_OF(mode_members), e) ||
        !mode_text(b, "description", false, mode, &mode->description, e))
        return false;
    if (!mode->description)
        mode->description = mem_strdup(text ? b->value : "");
    return mode_suffix(mode, b, e) && mode_parameters(mode, b, e) &&
           mode_text(b, "instructions", false, mode, &mode->instructions, e) &&
           mode_text(b, "model_override", true, mode, &mode->model_override, e) &&
           mode_lora(mode, b, e) && mode_excludes(mode, b, e) && mode_cost(mode, b, e);
}

/* Only once all are read can it be told whether an excluded mode exists. */
static bool modes_exclude_known(const struct model *m, const struct yaml *behaviors,
                                struct error *e)
{
    for (size_t i = 0; i < behaviors->count; i++) {
        const struct yaml *list = yaml_get(behaviors->items[i], "excludes");
        for (size_t k = 0; list && k < list->count; k++) {
            const char *name = list->items[k]->value;
            if (strcmp(name, m->modes[i].name) == 0)
                return mode_error(list->items[k], &m->modes[i], e, "excludes itself", "");
            VEC(const char *) names = {0};
            bool found = false;
            for (size_t n = 0; n < m->mode_count; n++) {
                VEC_PUSH(&names, m->modes[n].name);
                found = found || strcmp(name, m->modes[n].name) == 0;
            }
            const char *near = opt_nearest(name, names.ptr, names.len);
            VEC_FREE(&names);
            if (!found)
                return yaml_error(list->items[k], e,
                                  "behavior mode \"%s\" excludes \"%s\", which the model does not "
                                  "have%s%s%s",
                                  m->modes[i].name, name, near ? "; did you mean \"" : "",
                                  near ? near : "", near ? "\"?" : "");
        }
    }
    return true;
}

bool models_parse_modes(struct model *m, const struct yaml *behaviors, struct error *e)
{
    if (yaml_is_null(behaviors))
        return true;
    if (behaviors->kind != YAML_MAP)
        return yaml_error(behaviors, e,
                          "behaviors must be a map of mode names, like "
                          "formal: {route_suffix: /formal}");
    m->modes = mem_alloc((behaviors->count + 1) * sizeof *m->modes);
    for (size_t i = 0; i < behaviors->count; i++) {
        m->modes[m->mode_count].of = m;
        if (!mode_parse(&m->modes[m->mode_count++], behaviors->items[i], e))
            return false;
    }
    return modes_exclude_known(m, behaviors, e);
}
