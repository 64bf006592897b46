#include "config/agent_targets.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

#define MAX_DEPTH 16

void agent_targets_free(struct agent_target *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(t[i].agent);
        free(t[i].blurb);
        free(t[i].tool);
        free(t[i].description);
        free(t[i].schema);
        free(t[i].file);
        free(t[i].model);
    }
    free(t);
}

/* Where a file stands, so that its neighbours are found; NULL for names. */
static char *directory_of(const char *origin)
{
    const char *slash = strrchr(origin, '/');
    if (strcmp(origin, "built-in") == 0)
        return NULL;
    return slash ? mem_strndup(origin, (size_t)(slash - origin)) : mem_strdup(".");
}

/* ---- relations ---- */

/* can_delegate_to of an entry "NAME:" in DIR/agents.yaml. *file keeps the tree alive. */
static const struct yaml *registry_relations(const char *dir, const char *name, struct yaml **file,
                                             struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/agents.yaml", dir);
    struct error here = {0};
    *file = yaml_load(path, &here);
    if (!*file) {
        if (here.code != ERR_NOT_FOUND)
            error_set(e, here.code, "%s", here.text);
        return NULL;
    }
    const struct yaml *all = yaml_get(*file, "agents");
    if (!all || all->kind != YAML_MAP) {
        yaml_error(*file, e, "agents.yaml holds \"agents:\" with one entry an agent");
        return NULL;
    }
    return yaml_get(yaml_get(all, name), "can_delegate_to");
}

/* The agent's list of names, or NULL; *file: the registry it stands in, to be freed. */
static const struct yaml *relations_of(const struct yaml *root, const char *name,
                                       const char *beside, struct yaml **file, struct error *e)
{
    const struct yaml *own = yaml_get(root, "can_delegate_to");
    AUTO_FREE char *config = file_config_path(NULL);
    const char *dirs[] = {beside, config};
    *file = NULL;
    if (own)
        return own;
    for (size_t i = 0; i < COUNT_OF(dirs) && e->code == ERR_NONE; i++) {
        const struct yaml *list = dirs[i] ? registry_relations(dirs[i], name, file, e) : NULL;
        if (list)
            return list;
        yaml_tree_free(*file);
        *file = NULL;
    }
    return NULL;
}

/* ---- the tool ---- */

static bool parameter_schema(cJSON *properties, cJSON *required, const struct yaml *p,
                             struct error *e)
{
    if (p->kind != YAML_MAP)
        return yaml_error(p, e, "a parameter is {type, description, enum, required}");
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "type", yaml_str(p, "type", "string"));
    json_add_str(one, "description", yaml_str(p, "description", NULL));
    if (yaml_get(p, "enum"))
        json_add(one, "enum", yaml_to_json(yaml_get(p, "enum")));
    bool need = false;
    if (yaml_get(p, "required") && !yaml_as_bool(yaml_get(p, "required"), &need)) {
        cJSON_Delete(one);
        return yaml_error(p, e, "required is true or false");
    }
    if (need)
        cJSON_AddItemToArray(required, cJSON_CreateString(p->key));
    json_add(properties, p->key, one);
    return true;
}

/* parameters: a map of parameters, or a JSON Schema as it is. */
static char *tool_schema(const struct yaml *parameters, struct error *e)
{
    if (yaml_get(parameters, "properties") && yaml_get(parameters, "type")) {
        AUTO_JSON *given = yaml_to_json(parameters);
        return json_print(given);
    }
    AUTO_JSON *schema = cJSON_CreateObject();
    json_add_str(schema, "type", "object");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    cJSON *required = cJSON_AddArrayToObject(schema, "required");
    for (size_t i = 0; parameters && i < parameters->count; i++)
        if (!parameter_schema(properties, required, parameters->items[i], e))
            return NULL;
    return json_print(schema);
}

static bool tool_name_ok(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '-')
            return false;
    return n > 0 && n <= 64;
}

static bool target_tool(struct agent_target *t, const struct yaml *root, struct error *e)
{
    static const char plain[] =
        "{\"type\":\"object\",\"properties\":{\"task_description\":{\"type\":\"string\"},"
        "\"workspace\":{\"type\":\"string\"}},\"required\":[\"task_description\"]}";
    const struct yaml *tool = yaml_get(root, "delegation_tool");
    AUTO_FREE char *fallback = mem_printf("delegate_to_%s", t->agent);
    AUTO_FREE char *about = mem_printf("Delegate a task to %s.", t->agent);
    if (tool && tool->kind != YAML_MAP)
        return yaml_error(tool, e, "delegation_tool: holds name, description and parameters");
    t->tool = mem_strdup(yaml_str(tool, "name", fallback));
    t->description = mem_strdup(yaml_str(tool, "description", about));
    t->schema = yaml_get(tool, "parameters") ? tool_schema(yaml_get(tool, "parameters"), e)
                                             : mem_strdup(plain);
    if (!tool_name_ok(t->tool))
        return yaml_error(tool ? tool : root, e,
                          "\"%s\" is no name for a tool: letters, digits, _ and -, at most 64",
                          t->tool);
    return t->schema != NULL;
}

/* ---- targets ---- */

struct chain {
    const char *names[MAX_DEPTH];
    size_t depth;
};

static bool check_circle(const struct yaml *entry, const struct chain *c, struct error *e)
{
    const char *name = entry->value;
    for (size_t i = 0; i < c->depth; i++) {
        if (strcmp(c->names[i], name) != 0)
            continue;
        if (i + 1 == c->depth)
            return yaml_error(entry, e, "%s cannot delegate to itself", name);
        AUTO(buf) path = {0};
        for (; i < c->depth; i++)
            buf_addf(&path, "%s → ", c->names[i]);
        return yaml_error(entry, e, "agents delegate in a circle: %s%s", buf_cstr(&path), name);
    }
    return true;
}

static bool follow(const struct yaml *root, const struct agent_places *places, const char *beside,
                   struct chain *c, struct agent_file *into, struct error *e);

/* Look at one name of a list: it must exist, and lead into no circle. */
static bool visit(const struct yaml *entry, const struct agent_places *places, const char *beside,
                  struct chain *c, struct agent_file *into, struct error *e)
{
    struct error here = {0};
    AUTO_FREE char *origin = NULL;
    if (entry->kind != YAML_SCALAR)
        return yaml_error(entry, e, "can_delegate_to: is a list of agents' names");
    if (!check_circle(entry, c, e))
        return false;
    if (c->depth == MAX_DEPTH)
        return yaml_error(entry, e, "agents delegate more than %d deep", MAX_DEPTH);
    AUTO_YAML *root = agent_find(entry->value, places, beside, &origin, &here);
    if (!root)
        return yaml_error(entry, e, "%s", here.text);
    AUTO_FREE char *its = directory_of(origin);
    if (into) {
        struct agent_target t = {
            .agent = mem_strdup(entry->value),
            .blurb = mem_strdup(yaml_str(root, "blurb", yaml_str(root, "description", ""))),
            .model = mem_strdup(yaml_str(root, "model", NULL)),
            .file = mem_strdup(beside && strcmp(origin, "built-in") != 0 ? origin : entry->value)};
        into->targets = mem_resize(into->targets, into->target_count + 1, sizeof *into->targets);
        into->targets[into->target_count++] = t;
        if (!target_tool(&into->targets[into->target_count - 1], root, e))
            return false;
    }
    c->names[c->depth++] = entry->value;
    bool ok = follow(root, places, its, c, NULL, e);
    c->depth--;
    return ok;
}

/* It lists the behavior that delegates, and says nowhere whom to. */
static bool delegates_to_anybody(const struct yaml *root)
{
    const struct yaml *list = yaml_get(root, "behaviors");
    for (size_t i = 0; list && list->kind == YAML_SEQ && i < list->count; i++) {
        const struct yaml *b = list->items[i];
        const char *type = b->kind == YAML_SCALAR ? b->value : yaml_str(b, "type", "");
        if (strcmp(type, "DelegationBehavior") == 0 || strcmp(type, "delegation") == 0)
            return true;
    }
    return false;
}

static bool follow(const struct yaml *root, const struct agent_places *places, const char *beside,
                   struct chain *c, struct agent_file *into, struct error *e)
{
    static const char usual[] = "[architect, task_executor]";
    struct error here = {0};
    struct yaml *registry = NULL;
    const char *name = c->names[c->depth - 1];
    const struct yaml *list = relations_of(root, name, beside, &registry, &here);
    bool ok = here.code == ERR_NONE || error_set(e, here.code, "%s", here.text);
    if (ok && !list && delegates_to_anybody(root))
        list = registry = yaml_parse(usual, strlen(usual), "the usual agents", e);
    if (ok && list && !yaml_is_null(list) && list->kind != YAML_SEQ)
        ok = yaml_error(list, e, "can_delegate_to: is a list of agents' names");
    for (size_t i = 0; ok && list && i < list->count; i++)
        ok = (list == registry && strcmp(list->items[i]->value, name) == 0) ||
             visit(list->items[i], places, beside, c, into, e);
    yaml_tree_free(registry);
    return ok;
}

bool agent_targets_load(struct agent_file *f, const struct agent_places *places, struct error *e)
{
    AUTO_FREE char *beside = directory_of(f->origin);
    struct chain c = {.names = {f->name}, .depth = 1};
    if (!follow(f->root, places, beside, &c, f, e))
        return false;
    for (size_t i = 0; i < f->target_count; i++) {
        struct agent_target *t = &f->targets[i];
        t->seen = (struct delegate_target){t->agent, t->blurb, t->tool, t->description, t->schema};
    }
    return true;
}
