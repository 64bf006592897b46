/* The words that completion knows. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/sanitize.h"
#include "behavior/type_files.h"
#include "config/prompts.h"
#include "engine/engine_priv.h"
#include "engine/mcp_words.h"
#include "llm/codecs.h"
#include "session/transcript.h"
#include "store/store.h"

#define SEARCHED 300 /* of the newest sessions */

/* value: what a list shows at its right; NULL: nothing. */
static void catalog_item(cJSON *list, const char *name, const char *help, const char *value)
{
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "name", name);
    json_add_str(o, "help", help ? help : "");
    if (value)
        json_add_str(o, "value", value);
    cJSON_AddItemToArray(list, o);
}

/* "128k window, $1.25 in, $10 out a million": what is known of it. */
static void catalog_model(cJSON *list, const struct model *m)
{
    AUTO(buf) help = {0};
    AUTO_FREE char *key = model_key_state(m);
    if (m->window > 0)
        buf_addf(&help, "%lldk window, ", (long long)(m->window + 500) / 1000);
    if (m->price_in > 0 || m->price_out > 0)
        buf_addf(&help, "$%.4g in, $%.4g out a million tokens, ", m->price_in * 1e6,
                 m->price_out * 1e6);
    if (m->problem || strncmp(key, "missing", 7) == 0)
        buf_addf(&help, "%s, ", m->problem ? m->problem : "its key is missing");
    buf_adds(&help, m->origin ? m->origin : "");
    catalog_item(list, m->name, buf_cstr(&help), codec_of(m)->name);
}

/* One that is loaded with what it adds to each request. */
static void catalog_behavior(cJSON *list, const struct behavior *b, const struct pipeline *p)
{
    const struct instance *i = pipeline_find(p, b->type);
    AUTO_FREE char *price =
        i ? mem_printf("%lld tokens",
                       (long long)(i->instruction_tokens + i->schema_tokens + i->context_tokens))
          : NULL;
    catalog_item(list, b->type, b->help, price);
}

/* "5 min ago", "3 h ago", "12 Nov". */
static void catalog_age(int64_t then_ms, char *out, size_t size)
{
    int64_t minutes = (clock_wall_ms() - then_ms) / 60000;
    time_t t = (time_t)(then_ms / 1000);
    struct tm tm;
    if (minutes < 60)
        snprintf(out, size, "%lld min ago", (long long)MAX(minutes, 0));
    else if (minutes < 48 * 60)
        snprintf(out, size, "%lld h ago", (long long)minutes / 60);
    else if (!localtime_r(&t, &tm) || !strftime(out, size, "%e %b %Y", &tm))
        *out = '\0';
}

void engine_emit_catalog(struct engine *g, const char *kind, cJSON *list)
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
        char age[32];
        catalog_age(found[i].updated_ms, age, sizeof age);
        AUTO_FREE char *value = mem_printf("%lld messages, %s", (long long)found[i].messages, age);
        catalog_item(list, found[i].id, found[i].title, value);
        store_info_fini(&found[i]);
    }
    free(found);
    engine_emit_catalog(g, "sessions", list);
}

/* The line of a text that holds the words, less what stands far before them; NULL: none. */
static char *line_with(const char *text, const char *words)
{
    const char *hit = strcasestr(text, words), *from = hit;
    if (!hit)
        return NULL;
    while (from > text && from[-1] != '\n' && hit - from < 40)
        from--;
    AUTO_FREE char *line = mem_strndup(from, strcspn(from, "\n"));
    return sanitize_text(line, SANITIZE_ONE_LINE);
}

void engine_emit_found(struct engine *g, const char *words)
{
    struct store_info *all;
    size_t n;
    cJSON *list = cJSON_CreateArray();
    if (!store_list(g->session.dir, workspace_path(g->ws), &all, &n, NULL))
        n = 0, all = NULL;
    for (size_t i = 0; i < n; i++) {
        AUTO(buf) text = {0};
        struct error e = {0};
        int64_t damaged;
        char age[32];
        catalog_age(all[i].updated_ms, age, sizeof age);
        bool read = i < SEARCHED && transcript_of(g->session.dir, all[i].id, &text, &damaged, &e);
        AUTO_FREE char *said = read ? line_with(buf_cstr(&text), words) : NULL;
        AUTO_FREE char *titled = said || !all[i].title ? NULL : line_with(all[i].title, words);
        if (said || titled)
            catalog_item(list, all[i].id, said ? said : titled, age);
        store_info_fini(&all[i]);
    }
    free(all);
    engine_emit_catalog(g, "found", list);
}

static void tell_commands(struct engine *g)
{
    cJSON *list = prompts_list(g->trusted);
    mcp_add_commands(g, list);
    engine_emit_catalog(g, "commands", list);
}

void engine_emit_commands(struct engine *g)
{
    g->commands_changed = false;
    if (g->agent.interactive)
        tell_commands(g);
}

void engine_emit_catalogs(struct engine *g)
{
    if (g->agent
            .interactive) /* nobody completes a word in a script; the sessions are many to list */
        engine_tell_catalogs(g);
}

void engine_tell_catalogs(struct engine *g)
{
    cJSON *models = cJSON_CreateArray(), *modes = cJSON_CreateArray(),
          *agents = cJSON_CreateArray();
    cJSON *behaviors = cJSON_CreateArray(), *tools = cJSON_CreateArray();
    for (size_t i = 0; i < models_count(g->models); i++)
        catalog_model(models, models_at(g->models, i));
    const struct mode *mode;
    for (size_t i = 0; g->modes.model && (mode = model_mode_at(g->modes.model, i)); i++)
        catalog_item(modes, mode->name, mode->description, NULL);
    char **names;
    struct agent_places places = engine_places(g);
    size_t n = agent_file_names(&places, &names);
    for (size_t i = 0; i < n; i++) {
        catalog_item(agents, names[i], "", NULL);
        free(names[i]);
    }
    free(names);
    for (size_t i = 0; i < behavior_type_count(); i++)
        catalog_behavior(behaviors, behavior_types[i], &g->pipeline);
    AUTO(behavior_files) brought = {0};
    struct type_places where = engine_type_places(g);
    behavior_files_find(&brought, &where);
    for (size_t i = 0; i < brought.len; i++)
        catalog_item(behaviors, brought.ptr[i].type, brought.ptr[i].path, NULL);
    for (size_t i = 0; i < g->pipeline.offers.len; i++)
        catalog_item(tools, g->pipeline.offers.ptr[i].name, g->pipeline.offers.ptr[i].description,
                     NULL);
    tell_commands(g);
    engine_emit_catalog(g, "models", models);
    engine_emit_catalog(g, "modes", modes);
    engine_emit_catalog(g, "agents", agents);
    engine_emit_catalog(g, "behaviors", behaviors);
    engine_emit_catalog(g, "tools", tools);
    emit_session_catalog(g);
}
