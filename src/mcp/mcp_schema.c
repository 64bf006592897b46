/* Arguments of a server's tool as every model takes them. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mcp/mcp_priv.h"

#define SHAPES_MAX 600 /* bytes that tell of alternatives */

/* Members of `from` that `to` has not. */
static void add_missing(cJSON *to, const cJSON *from)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, from)
    {
        if (!json_get(to, p->string))
            json_add(to, p->string, cJSON_Duplicate(p, true));
    }
}

static void add_required(cJSON *schema, const cJSON *more)
{
    const cJSON *r, *have;
    if (cJSON_GetArraySize(more) && !cJSON_IsArray(json_get(schema, "required"))) {
        cJSON_DeleteItemFromObjectCaseSensitive(schema, "required");
        json_add(schema, "required", cJSON_CreateArray());
    }
    cJSON_ArrayForEach(r, more)
    {
        bool there = !cJSON_IsString(r);
        cJSON_ArrayForEach(have, json_get(schema, "required"))
        {
            there =
                there || (cJSON_IsString(have) && strcmp(have->valuestring, r->valuestring) == 0);
        }
        if (!there)
            cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(schema, "required"),
                                 cJSON_Duplicate(r, true));
    }
}

/* One alternative, or what "#/$defs/name" names. */
static const cJSON *resolved(const cJSON *schema, const cJSON *one)
{
    const char *ref = json_str(one, "$ref", "");
    if (strncmp(ref, "#/$defs/", 8) == 0)
        return json_get(json_get(schema, "$defs"), ref + 8);
    if (strncmp(ref, "#/definitions/", 14) == 0)
        return json_get(json_get(schema, "definitions"), ref + 14);
    return one;
}

static void tell_shapes(cJSON *schema, const char *word, const cJSON *list)
{
    AUTO_FREE char *text = json_print(list);
    const char *before = json_str(schema, "description", "");
    AUTO_FREE char *words =
        mem_printf("%s%sArguments fit %s: %.*s", before, *before ? " " : "",
                   strcmp(word, "anyOf") == 0 ? "any of" : "one of", SHAPES_MAX, text);
    cJSON_DeleteItemFromObjectCaseSensitive(schema, "description");
    json_add_strn(schema, "description", words, strlen(words));
}

/* At the top no alternatives stand: models' servers refuse a whole request for one. All members
 * they name may be given; the server says which it misses. */
static void merge(cJSON *schema, cJSON *properties, const char *word)
{
    cJSON *list = cJSON_DetachItemFromObjectCaseSensitive(schema, word);
    bool all = strcmp(word, "allOf") == 0;
    const cJSON *one;
    cJSON_ArrayForEach(one, list)
    {
        const cJSON *of = resolved(schema, one);
        add_missing(properties, json_get(of, "properties"));
        if (all)
            add_required(schema, json_get(of, "required"));
    }
    if (list && !all)
        tell_shapes(schema, word, list);
    cJSON_Delete(list);
}

char *mcp_schema(const cJSON *given)
{
    static const char *const words[] = {"allOf", "anyOf", "oneOf"};
    static const char *const never[] = {"type", "properties", "not", "enum", "const", "$ref"};
    AUTO_JSON *schema = cJSON_IsObject(given) ? cJSON_Duplicate(given, true) : cJSON_CreateObject();
    AUTO_JSON *first = cJSON_Duplicate(schema, true);
    const cJSON *named = resolved(first, first), *own = json_get(first, "properties");
    cJSON *properties = cJSON_IsObject(own) ? cJSON_Duplicate(own, true) : cJSON_CreateObject();
    if (named && named != first) {
        add_missing(properties, json_get(named, "properties"));
        add_required(schema, json_get(named, "required"));
    }
    for (size_t i = 0; i < COUNT_OF(words); i++)
        merge(schema, properties, words[i]);
    for (size_t i = 0; i < COUNT_OF(never); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(schema, never[i]);
    AUTO_JSON *out = cJSON_CreateObject();
    json_add_str(out, "type", "object");
    json_add(out, "properties", properties);
    add_missing(out, schema);
    return json_print(out);
}
