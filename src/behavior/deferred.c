#include "behavior/deferred.h"

#include <string.h>
#include <strings.h>

#include "behavior/pipeline.h"

static const char spaces[] = " \t\n,;";

static bool is_to_be_had(const struct pipeline *p, const struct tool *t)
{
    return pipeline_suits(p, t) && tool_choice_allows(p->choice, t);
}

void deferred_list(const struct pipeline *p, struct buf *out)
{
    for (size_t k = 0; k < p->instances.len; k++) {
        const struct instance *i = p->instances.ptr[k];
        size_t named = 0;
        for (size_t t = 0; i->deferred && t < i->tools.len; t++)
            if (is_to_be_had(p, i->tools.ptr[t].tool))
                buf_addf(out, "%s%s",
                         named++    ? ", "
                         : out->len ? "\n"
                                    : "",
                         i->tools.ptr[t].tool->name);
        if (named)
            buf_addf(out, ": %s", i->type->help);
    }
}

static bool names(const char *query, const char *tool)
{
    size_t n;
    for (query += strspn(query, spaces); *query; query += n + strspn(query + n, spaces)) {
        n = strcspn(query, spaces);
        if (strlen(tool) == n && strncasecmp(query, tool, n) == 0)
            return true;
    }
    return false;
}

static bool says(const struct offered *o, const char *query)
{
    size_t n;
    for (query += strspn(query, spaces); *query; query += n + strspn(query + n, spaces)) {
        n = strcspn(query, spaces);
        AUTO_FREE char *word = mem_strndup(query, n);
        if (n > 2 && (strcasestr(o->tool->name, word) || strcasestr(o->tool->description, word) ||
                      strcasestr(o->owner->type->help, word)))
            return true;
    }
    return false;
}

static cJSON *describe(const struct tool *t)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "name", t->name);
    json_add_str(j, "description", t->description);
    json_add(j, "parameters", json_parse(t->schema, strlen(t->schema), NULL));
    return j;
}

static cJSON *find(struct pipeline *p, const char *query,
                   bool (*fits)(const struct offered *o, const char *query))
{
    cJSON *list = cJSON_CreateArray();
    for (size_t k = 0; k < p->instances.len; k++) {
        struct instance *i = p->instances.ptr[k];
        for (size_t t = 0; i->deferred && t < i->tools.len; t++) {
            if (!fits(&i->tools.ptr[t], query) || !is_to_be_had(p, i->tools.ptr[t].tool))
                continue;
            i->wanted = true;
            cJSON_AddItemToArray(list, describe(i->tools.ptr[t].tool));
        }
    }
    return list;
}

static bool is_named(const struct offered *o, const char *query)
{
    return names(query, o->tool->name);
}

cJSON *deferred_find(struct pipeline *p, const char *query)
{
    cJSON *list = find(p, query, is_named);
    if (list->child)
        return list;
    cJSON_Delete(list);
    return find(p, query, says);
}

bool deferred_settle(struct pipeline *p)
{
    bool changed = false;
    for (size_t k = 0; k < p->instances.len; k++) {
        struct instance *i = p->instances.ptr[k];
        changed |= i->deferred && i->wanted && !i->loaded;
        i->loaded |= i->wanted;
    }
    if (changed || (p->choice && p->choice->changes != p->chosen))
        pipeline_refresh(p);
    return changed;
}
