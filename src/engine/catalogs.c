/* The words that completion knows. */
#include <string.h>

#include "behavior/type_files.h"
#include "config/prompts.h"
#include "engine/engine_priv.h"
#include "store/store.h"

static void catalog_item(cJSON *list, const char *name, const char *help)
{
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "name", name);
    json_add_str(o, "help", help ? help : "");
    cJSON_AddItemToArray(list, o);
}

/* Takes list. */
static void emit_catalog(struct agent *a, const char *kind, cJSON *list)
{
    struct event ev = {.type = EVENT_CATALOG};
    ev.catalog.kind = mem_strdup(kind);
    ev.catalog.items = json_print(list);
    cJSON_Delete(list);
    outbox_emit(&a->out, &ev);
}

static void emit_session_catalog(struct agent *a)
{
    struct store_info *found;
    size_t n;
    if (!store_list(a->session.dir, workspace_path(a->ws), &found, &n, NULL))
        return;
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        catalog_item(list, found[i].id, found[i].title);
        store_info_fini(&found[i]);
    }
    free(found);
    emit_catalog(a, "sessions", list);
}

void agent_emit_catalogs(struct agent *a)
{
    if (!a->interactive)
        return; /* nobody completes a word in a script; the sessions are many to list */
    cJSON *models = cJSON_CreateArray(), *modes = cJSON_CreateArray(),
          *agents = cJSON_CreateArray();
    cJSON *behaviors = cJSON_CreateArray(), *tools = cJSON_CreateArray();
    for (size_t i = 0; i < models_count(a->models); i++)
        catalog_item(models, models_at(a->models, i)->name, models_at(a->models, i)->origin);
    const struct mode *mode;
    for (size_t i = 0; a->modes.model && (mode = model_mode_at(a->modes.model, i)); i++)
        catalog_item(modes, mode->name, mode->description);
    char **names;
    struct agent_places places = engine_places(a);
    size_t n = agent_file_names(&places, &names);
    for (size_t i = 0; i < n; i++) {
        catalog_item(agents, names[i], "");
        free(names[i]);
    }
    free(names);
    for (size_t i = 0; i < behavior_type_count(); i++)
        catalog_item(behaviors, behavior_types[i]->type, behavior_types[i]->help);
    AUTO(behavior_files) brought = {0};
    struct type_places where = engine_type_places(a);
    behavior_files_find(&brought, &where);
    for (size_t i = 0; i < brought.len; i++)
        catalog_item(behaviors, brought.ptr[i].type, brought.ptr[i].path);
    for (size_t i = 0; i < a->pipeline.offers.len; i++)
        catalog_item(tools, a->pipeline.offers.ptr[i].name, a->pipeline.offers.ptr[i].description);
    emit_catalog(a, "commands", prompts_list(a->trust ? workspace_path(a->ws) : NULL));
    emit_catalog(a, "models", models);
    emit_catalog(a, "modes", modes);
    emit_catalog(a, "agents", agents);
    emit_catalog(a, "behaviors", behaviors);
    emit_catalog(a, "tools", tools);
    emit_session_catalog(a);
}
