#include "llm/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void llm_calls_free(struct llm_tool_call *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(calls[i].id);
        free(calls[i].name);
        free(calls[i].args);
    }
    free(calls);
}

void llm_reply_fini(struct llm_reply *r)
{
    free(r->text);
    free(r->reasoning);
    llm_calls_free(r->calls, r->call_count);
    free(r->void_note);
    free(r->stop);
    llm_parts_fini(&r->parts);
    free(r->url);
    memset(r, 0, sizeof *r);
}

const char *llm_finish_name(enum llm_finish f)
{
    static const char *const names[] = {"",       "stop",  "length", "tool_calls",
                                        "filter", "pause", "unknown"};
    return names[f];
}

void llm_parts_drop(struct llm_parts *p)
{
    const struct llm_part *last = &p->ptr[--p->count];
    free(last->text);
    free(last->id);
    free(last->name);
    free(last->form);
    free(last->key);
}

void llm_parts_fini(struct llm_parts *p)
{
    while (p->count)
        llm_parts_drop(p);
    free(p->ptr);
    free(p->origin);
    *p = (struct llm_parts){0};
}

struct llm_part *llm_parts_add(struct llm_parts *p, enum llm_part_kind kind)
{
    p->ptr = mem_resize(p->ptr, p->count + 1, sizeof *p->ptr);
    p->ptr[p->count] = (struct llm_part){.kind = kind};
    return &p->ptr[p->count++];
}

const struct llm_part *llm_parts_of_call(const struct llm_parts *p, const char *id)
{
    for (size_t i = 0; p && i < p->count; i++)
        if (p->ptr[i].kind == LLM_PART_CALL && p->ptr[i].id && strcmp(p->ptr[i].id, id) == 0)
            return &p->ptr[i];
    return NULL;
}

/* Of a stored session: names stay once they are written. */
static const char *const part_kinds[] = {"text", "reasoning", "call", "image", "file", "other"};

cJSON *llm_parts_save(const struct llm_parts *p)
{
    if (p->count == 0)
        return NULL;
    cJSON *j = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(j, "parts");
    json_add_str(j, "origin", p->origin);
    for (size_t i = 0; i < p->count; i++) {
        cJSON *o = cJSON_CreateObject();
        json_add_str(o, "kind", part_kinds[p->ptr[i].kind]);
        json_add_str(o, "text", p->ptr[i].key ? NULL : p->ptr[i].text);
        json_add_str(o, "id", p->ptr[i].id);
        json_add_str(o, "name", p->ptr[i].name);
        json_add_str(o, "form", p->ptr[i].form);
        json_add_str(o, "key", p->ptr[i].key);
        if (p->ptr[i].tokens)
            json_add_int(o, "tokens", p->ptr[i].tokens);
        cJSON_AddItemToArray(list, o);
    }
    return j;
}

struct llm_parts llm_parts_load(const cJSON *j)
{
    const cJSON *o;
    struct llm_parts p = {.origin = mem_strdup(json_str(j, "origin", NULL))};
    cJSON_ArrayForEach(o, json_get(j, "parts"))
    {
        const char *kind = json_str(o, "kind", "");
        for (size_t k = 0; k < COUNT_OF(part_kinds); k++) {
            if (strcmp(part_kinds[k], kind) != 0)
                continue;
            struct llm_part *part = llm_parts_add(&p, (enum llm_part_kind)k);
            part->text = mem_strdup(json_str(o, "text", NULL));
            part->id = mem_strdup(json_str(o, "id", NULL));
            part->name = mem_strdup(json_str(o, "name", NULL));
            part->form = mem_strdup(json_str(o, "form", NULL));
            part->key = mem_strdup(json_str(o, "key", NULL));
            part->tokens = json_int(o, "tokens", 0);
        }
    }
    return p;
}
