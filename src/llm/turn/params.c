#include "llm/turn/params.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "llm/models/adapter.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/turn/effort.h"

#define PARAMS_LIMIT 8192 /* tokens: where a limit must be sent and nobody knows one */

/* Members the codec writes itself; nobody's parameters replace them. */
static bool params_are_ours(const struct codec *codec, const char *name)
{
    for (const char *const *own = codec->own; *own; own++)
        if (strcmp(name, *own) == 0)
            return true;
    return false;
}

void params_overlay(cJSON *into, const cJSON *params)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, params)
    {
        cJSON *old = cJSON_GetObjectItemCaseSensitive(into, p->string);
        if (cJSON_IsNull(p))
            cJSON_DeleteItemFromObjectCaseSensitive(into, p->string);
        else if (cJSON_IsObject(old) && cJSON_IsObject(p))
            params_overlay(old, p);
        else if (old)
            cJSON_ReplaceItemInObjectCaseSensitive(into, p->string, cJSON_Duplicate(p, true));
        else
            json_add(into, p->string, cJSON_Duplicate(p, true));
    }
}

static void params_merge(const struct codec *codec, cJSON *head, const cJSON *params)
{
    AUTO_JSON *theirs = cJSON_Duplicate(params, true);
    for (cJSON *p = theirs ? theirs->child : NULL, *next; p; p = next) {
        next = p->next;
        if (params_are_ours(codec, p->string))
            cJSON_Delete(cJSON_DetachItemViaPointer(theirs, p));
    }
    params_overlay(head, theirs);
}

static int64_t params_limit_of(const cJSON *params)
{
    static const char *const names[] = {"max_completion_tokens", "max_output_tokens", "max_tokens"};
    int64_t v = 0;
    for (size_t i = 0; i < COUNT_OF(names) && v <= 0; i++)
        v = json_int(params, names[i], 0);
    return v;
}

int64_t params_limit(const struct llm_request *r)
{
    int64_t mode = r->mode ? params_limit_of(r->mode->parameters) : 0,
            most = family_of(r->model)->output;
    int64_t model = params_limit_of(r->model->params), asked = r->max_tokens;
    if (mode > 0)
        return mode;
    if (asked > 0 && most > 0)
        asked = MIN(asked, most);
    if (model > 0 && asked > 0)
        return MIN(model, asked);
    return MAX(MAX(model, asked), 0);
}

int64_t params_limit_or_most(const struct llm_request *r)
{
    int64_t limit = params_limit(r), most = family_of(r->model)->output;
    return limit > 0 ? limit : most > 0 ? most : PARAMS_LIMIT;
}

void params_drop(cJSON *head, const char *path)
{
    const char *dot = strchr(path, '.');
    AUTO_FREE char *first = mem_strndup(path, dot ? (size_t)(dot - path) : strlen(path));
    if (!dot)
        cJSON_DeleteItemFromObjectCaseSensitive(head, path);
    else if (cJSON_IsObject(json_get(head, first)))
        params_drop(cJSON_GetObjectItemCaseSensitive(head, first), dot + 1);
}

void params_move(cJSON *head, const char *from, cJSON *into, const char *to)
{
    cJSON *v = cJSON_DetachItemFromObjectCaseSensitive(head, from);
    if (v && !cJSON_GetObjectItemCaseSensitive(into, to))
        json_add(into, to, v);
    else
        cJSON_Delete(v);
}

cJSON *params_object(cJSON *head, const char *name)
{
    cJSON *o = cJSON_GetObjectItemCaseSensitive(head, name);
    if (cJSON_IsObject(o))
        return o;
    cJSON_DeleteItemFromObjectCaseSensitive(head, name);
    return cJSON_AddObjectToObject(head, name);
}

cJSON *params_head(const struct codec *codec, const struct llm_request *r)
{
    static const char *const limits[] = {"max_tokens", "max_completion_tokens",
                                         "max_output_tokens"};
    const struct family *f = family_of(r->model);
    cJSON *head = cJSON_CreateObject();
    AUTO_FREE char *name = model_sent_name(r->model, r->mode);
    json_add_str(head, "model", name);
    params_merge(codec, head, r->model->params);
    params_merge(codec, head, json_get(r->model->params, "extra_body"));
    params_merge(codec, head, r->params);
    if (r->temperature >= 0) {
        /* Rounded, for 0.7 is not to go out as 0.69999999999999996. */
        AUTO_JSON *t = cJSON_CreateObject();
        json_add(t, "temperature", cJSON_CreateNumber(round(r->temperature * 1e6) / 1e6));
        params_merge(codec, head, t);
    }
    if (r->mode)
        params_merge(codec, head, r->mode->parameters);
    if (r->mode)
        adapter_add_body(head, &r->mode->lora, r->lora_slot);
    for (size_t i = 0; i < COUNT_OF(limits); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(head, limits[i]);
    AUTO_JSON *theirs = cJSON_DetachItemFromObjectCaseSensitive(head, "reasoning_effort");
    const char *effort = r->effort                ? r->effort
                         : cJSON_IsString(theirs) ? theirs->valuestring
                                                  : NULL;
    bool must = model_dialect(r->model) == ROUTE_MESSAGES;
    effort_spell(head, r->model, effort, must ? params_limit_or_most(r) : params_limit(r));
    for (size_t i = 0; f->refused[i]; i++) /* what the effort added too */
        params_drop(head, f->refused[i]);
    for (size_t i = 0; r->model->drop && r->model->drop[i]; i++)
        params_drop(head, r->model->drop[i]);
    return head;
}
