#include "acp/options.h"

#include <string.h>

#include "base/mem.h"

#define BEHAVIOR "behavior:" /* ids of behavior modes among the approval policies */

static const struct {
    const char *id, *name, *help;
} policies[] = {
    {"ask", "Ask", "asks before commands and writes"},
    {"auto", "Auto", "works in the workspace, asks for more"},
    {"never", "Never ask", "works in the workspace; what would be asked about is refused"},
    {"yolo", "Yolo", "asks nothing"},
    {"plan", "Plan", "looks, changes nothing, ends with a plan"},
};
static const char *const efforts[] = {"auto", "none", "low", "medium", "high", "max"};

void options_fini(struct options *o)
{
    cJSON_Delete(o->models);
    cJSON_Delete(o->modes);
    free(o->model);
    free(o->mode);
    free(o->policy);
    free(o->effort);
    *o = (struct options){0};
}

static bool take(char **slot, const char *value)
{
    if (*slot && value && strcmp(*slot, value) == 0)
        return false;
    mem_replace(slot, value ? value : "");
    return true;
}

static bool take_catalog(struct options *o, const struct event_catalog *c)
{
    cJSON **slot = !c->kind                         ? NULL
                   : strcmp(c->kind, "models") == 0 ? &o->models
                   : strcmp(c->kind, "modes") == 0  ? &o->modes
                                                    : NULL;
    if (!slot)
        return false;
    cJSON *new = c->items ? json_parse(c->items, strlen(c->items), NULL) : NULL;
    bool same = cJSON_Compare(*slot, new, true);
    cJSON_Delete(*slot);
    *slot = new;
    return !same;
}

bool options_event(struct options *o, const struct event *ev)
{
    bool model, mode;
    switch (ev->type) {
    case EVENT_SESSION_START:
        model = take(&o->model, ev->session_start.model);
        return take(&o->policy, ev->session_start.approval) || model;
    case EVENT_MODE:
        model = ev->mode.model && *ev->mode.model && take(&o->model, ev->mode.model);
        mode = take(&o->mode, ev->mode.active);
        if (mode)
            o->mode_chosen = *o->mode != '\0';
        return model || mode;
    case EVENT_SETTING:
        if (ev->setting.name && strcmp(ev->setting.name, "approval") == 0) {
            o->mode_chosen = false;
            return take(&o->policy, ev->setting.value);
        }
        return ev->setting.name && strcmp(ev->setting.name, "effort") == 0 &&
               take(&o->effort, ev->setting.value);
    case EVENT_CATALOG:
        return take_catalog(o, &ev->catalog);
    default:
        return false;
    }
}

/* ---- told ---- */

/* id: "id" of a mode, "value" of an option's choice. */
static void add_choice(cJSON *list, const char *key, const char *id, const char *name,
                       const char *help)
{
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, key, id);
    json_add_str(one, "name", name);
    if (help && *help)
        json_add_str(one, "description", help);
    cJSON_AddItemToArray(list, one);
}

/* none: the empty name's words; NULL: there is none of it. prefix: before the ids. */
static void add_catalog(cJSON *list, const cJSON *items, const char *key, const char *prefix,
                        const char *none)
{
    const cJSON *i;
    if (none) {
        AUTO_FREE char *id = mem_printf("%snone", prefix);
        add_choice(list, key, id, none, NULL);
    }
    cJSON_ArrayForEach(i, items)
    {
        AUTO_FREE char *id = mem_printf("%s%s", prefix, json_str(i, "name", ""));
        add_choice(list, key, id, json_str(i, "name", ""), json_str(i, "help", NULL));
    }
}

const char *options_mode_id(const struct options *o, char **keep)
{
    *keep = o->mode_chosen ? mem_printf(BEHAVIOR "%s", o->mode)
                           : mem_strdup(o->policy ? o->policy : "ask");
    return *keep;
}

static void add_policies(cJSON *list, const char *key)
{
    for (size_t i = 0; i < COUNT_OF(policies); i++)
        add_choice(list, key, policies[i].id, policies[i].name, policies[i].help);
}

/* One list has both, for clients that know no options: the id that was chosen last is current. */
cJSON *options_modes(const struct options *o)
{
    cJSON *j = cJSON_CreateObject(), *list = cJSON_CreateArray();
    AUTO_FREE char *current = NULL;
    json_add_str(j, "currentModeId", options_mode_id(o, &current));
    add_policies(list, "id");
    if (cJSON_GetArraySize(o->modes))
        add_catalog(list, o->modes, "id", BEHAVIOR, "No behavior mode");
    json_add(j, "availableModes", list);
    return j;
}

static cJSON *option(const char *id, const char *name, const char *category, const char *help,
                     const char *current)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "id", id);
    json_add_str(j, "name", name);
    json_add_str(j, "description", help);
    json_add_str(j, "category", category);
    json_add_str(j, "type", "select");
    json_add_str(j, "currentValue", current);
    json_add(j, "options", cJSON_CreateArray());
    return j;
}

static cJSON *choices_of(cJSON *o)
{
    return cJSON_GetObjectItemCaseSensitive(o, "options");
}

cJSON *options_list(const struct options *o)
{
    cJSON *list = cJSON_CreateArray();
    cJSON *policy = option("approval", "Approval", "mode", "what is asked about before it runs",
                           o->policy ? o->policy : "ask");
    add_policies(choices_of(policy), "value");
    cJSON_AddItemToArray(list, policy);
    cJSON *model =
        option("model", "Model", "model", "which model answers", o->model ? o->model : "");
    bool listed = false;
    const cJSON *i;
    cJSON_ArrayForEach(i, o->models)
    {
        listed |= o->model && strcmp(json_str(i, "name", ""), o->model) == 0;
    }
    if (!listed && o->model) /* provider/model, which no list has */
        add_choice(choices_of(model), "value", o->model, o->model, NULL);
    add_catalog(choices_of(model), o->models, "value", "", NULL);
    cJSON_AddItemToArray(list, model);
    if (cJSON_GetArraySize(o->modes)) {
        cJSON *mode =
            option("behavior", "Behavior mode", "model_config", "how the model is routed to speak",
                   o->mode && *o->mode ? o->mode : "none");
        add_catalog(choices_of(mode), o->modes, "value", "", "none");
        cJSON_AddItemToArray(list, mode);
    }
    cJSON *effort = option("effort", "Effort", "thought_level", "how hard the model is to think",
                           o->effort && *o->effort ? o->effort : "auto");
    for (size_t k = 0; k < COUNT_OF(efforts); k++)
        add_choice(choices_of(effort), "value", efforts[k], efforts[k], NULL);
    cJSON_AddItemToArray(list, effort);
    return list;
}

/* ---- chosen ---- */

bool options_set_mode(struct options *o, const char *id, struct request *r, struct error *e)
{
    size_t n = strlen(BEHAVIOR);
    if (strncmp(id, BEHAVIOR, n) == 0)
        return options_set(o, "behavior", id + n, r, e);
    return options_set(o, "approval", id, r, e);
}

bool options_set(struct options *o, const char *name, const char *value, struct request *r,
                 struct error *e)
{
    AUTO_JSON *list = options_list(o);
    const cJSON *i, *c;
    bool known = false, listed = false;
    cJSON_ArrayForEach(i, list)
    {
        if (strcmp(json_str(i, "id", ""), name) != 0)
            continue;
        known = true;
        cJSON_ArrayForEach(c, json_get(i, "options"))
        {
            listed |= strcmp(json_str(c, "value", ""), value) == 0;
        }
    }
    if (!known)
        return error_set(e, ERR_NOT_FOUND,
                         "there is no option \"%.60s\"; there are approval, model, behavior (where "
                         "the model has modes) and effort",
                         name);
    if (!listed)
        return error_set(e, ERR_NOT_FOUND, "\"%.100s\" is no value of %s", value, name);
    bool none = strcmp(value, "none") == 0;
    if (strcmp(name, "behavior") == 0)
        *r = request_of(REQUEST_MODE, none ? "" : value, NULL);
    else
        *r = request_of(strcmp(name, "model") == 0      ? REQUEST_MODEL
                        : strcmp(name, "approval") == 0 ? REQUEST_APPROVE
                                                        : REQUEST_EFFORT,
                        value, NULL);
    return true;
}
