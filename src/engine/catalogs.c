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
static void emit_catalog(struct engine *g, const char *kind, cJSON *list)
{
    struct event ev = {.type = EVENT_CATALOG};
    ev.catalog.kind = mem_strdup(kind);
    ev.catalog.items = json_print(list);
    cJSON_Delete(list);
    outbox_emit(&g->out, &ev);
}

static void emit_session_catalog(struct engine *g)
{
    struct store_info *found;
    size_t n;
    if (!store_list(g->session.dir, workspace_path(g->ws), &found, &n, NULL))
        return;
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        catalog_item(list, found[i].id, found[i].title);
        store_info_fini(&found[i]);
    }
    free(found);
    emit_catalog(g, "sessions", list);
}

void engine_emit_catalogs(struct engine *g)
{
    if (!g->agent.interactive)
        return; /* nobody completes a word in a script; the sessions are many to list */
    cJSON *models = cJSON_CreateArray(), *modes = cJSON_CreateArray(),
          *agents = cJSON_CreateArray();
    cJSON *behaviors = cJSON_CreateArray(), *tools = cJSON_CreateArray();
    for (size_t i = 0; i < models_count(g->models); i++)
        catalog_item(models, models_at(g->models, i)->name, models_at(g->models, i)->origin);
    const struct mode *mode;
    for (size_t i = 0; g->modes.model && (mode = model_mode_at(g->modes.model, i)); i++)
        catalog_item(modes, mode->name, mode->description);
    char **names;
    struct agent_places places = engine_places(g);
    size_t n = agent_file_names(&places, &names);
    for (size_t i = 0; i < n; i++) {
        catalog_item(agents, names[i], "");
        free(names[i]);
    }
    free(names);
    for (size_t i = 0; i < behavior_type_count(); i++)
        catalog_item(behaviors, behavior_types[i]->type, behavior_types[i]->help);
    AUTO(behavior_files) brought = {0};
    struct type_places where = engine_type_places(g);
    behavior_files_find(&brought, &where);
    for (size_t i = 0; i < brought.len; i++)
        catalog_item(behaviors, brought.ptr[i].type, brought.ptr[i].path);
    for (size_t i = 0; i < g->pipeline.offers.len; i++)
        catalog_item(tools, g->pipeline.offers.ptr[i].name, g->pipeline.offers.ptr[i].description);
    emit_catalog(g, "commands", prompts_list(g->trusted));
    emit_catalog(g, "models", models);
    emit_catalog(g, "modes", modes);
    emit_catalog(g, "agents", agents);
    emit_catalog(g, "behaviors", behaviors);
    emit_catalog(g, "tools", tools);
    emit_session_catalog(g);
}
