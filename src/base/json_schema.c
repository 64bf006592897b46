#include "base/json_schema.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define DEPTH_MAX 64 /* of schemas in schemas, $ref followed */
#define STEPS_MAX \
    200000 /* schemas looked at for one value: those that refer to themselves multiply */

struct walk {
    const cJSON *root;
    struct buf path; /* in the value, or in the schema while that is looked at */
    struct error *e;
    int depth, steps;
};

/* ---- the schema itself ---- */

/* What a keyword holds: schemas to be looked at, or none. */
static const struct {
    const char *name;
    enum { PLAIN, SCHEMA, LIST, MAP } holds;
} keywords[] = {
    {"type", PLAIN},        {"enum", PLAIN},
    {"const", PLAIN},       {"required", PLAIN},
    {"minItems", PLAIN},    {"maxItems", PLAIN},
    {"minLength", PLAIN},   {"maxLength", PLAIN},
    {"minimum", PLAIN},     {"maximum", PLAIN},
    {"multipleOf", PLAIN},  {"exclusiveMinimum", PLAIN},
    {"uniqueItems", PLAIN}, {"exclusiveMaximum", PLAIN},
    {"$ref", PLAIN},        {"minProperties", PLAIN},
    {"title", PLAIN},       {"maxProperties", PLAIN},
    {"description", PLAIN}, {"default", PLAIN},
    {"examples", PLAIN},    {"deprecated", PLAIN},
    {"readOnly", PLAIN},    {"writeOnly", PLAIN},
    {"format", PLAIN},      {"$schema", PLAIN},
    {"$id", PLAIN},         {"$comment", PLAIN},
    {"properties", MAP},    {"$defs", MAP},
    {"definitions", MAP},   {"additionalProperties", SCHEMA},
    {"items", SCHEMA},      {"contains", SCHEMA},
    {"not", SCHEMA},        {"prefixItems", LIST},
    {"allOf", LIST},        {"anyOf", LIST},
    {"oneOf", LIST},
};

static const char *const types[] = {"string", "number", "integer", "boolean",
                                    "object", "array",  "null"};

static bool is_type(const cJSON *t)
{
    for (size_t i = 0; cJSON_IsString(t) && i < COUNT_OF(types); i++)
        if (strcmp(types[i], t->valuestring) == 0)
            return true;
    return false;
}

/* What "#/$defs/name" names; NULL: nothing here. */
static const cJSON *referred(const cJSON *root, const char *ref)
{
    const cJSON *at = root;
    if (*ref != '#' || (ref[1] && ref[1] != '/'))
        return NULL;
    for (ref++; at && *ref == '/';) {
        size_t n = strcspn(++ref, "/");
        AUTO_FREE char *name = mem_strndup(ref, n);
        at = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, atoi(name)) : json_get(at, name);
        ref += n;
    }
    return at;
}

static bool bad(const struct walk *w, const char *name, const char *why)
{
    return error_set(w->e, ERR_USAGE, "%s/%s: %s", w->path.len ? buf_cstr(&w->path) : "#", name,
                     why);
}

static bool words_fit(const struct walk *w, const cJSON *k)
{
    const cJSON *t;
    const char *name = k->string;
    if (strcmp(name, "type") == 0) {
        bool ok = is_type(k) || cJSON_IsArray(k);
        cJSON_ArrayForEach(t, k) ok = ok && is_type(t);
        return ok || bad(w, name, "not a type of JSON");
    }
    if (strcmp(name, "$ref") == 0)
        return (cJSON_IsString(k) && referred(w->root, k->valuestring)) ||
               bad(w, name, "names nothing in this schema; others are not fetched");
    bool list = strcmp(name, "enum") == 0 || strcmp(name, "required") == 0;
    bool number = strncmp(name, "min", 3) == 0 || strncmp(name, "max", 3) == 0 ||
                  strncmp(name, "exclusive", 9) == 0 || strcmp(name, "multipleOf") == 0;
    if (list && !cJSON_IsArray(k))
        return bad(w, name, "wants a list");
    if (number && !cJSON_IsNumber(k))
        return bad(w, name, "wants a number");
    return strcmp(name, "multipleOf") != 0 || k->valuedouble > 0 ||
           bad(w, name, "wants a number above 0");
}

static bool known(struct walk *w, const cJSON *schema);

static bool each_known(struct walk *w, const cJSON *k, int holds)
{
    const cJSON *one;
    size_t len = w->path.len;
    int i = 0;
    buf_addf(&w->path, "%s/%s", len ? "" : "#", k->string);
    size_t inner = w->path.len;
    if (holds == SCHEMA && !known(w, k))
        return false;
    if (holds != SCHEMA && !(holds == MAP ? cJSON_IsObject(k) : cJSON_IsArray(k)))
        return error_set(w->e, ERR_USAGE, "%s: wants %s of schemas", buf_cstr(&w->path),
                         holds == MAP ? "an object" : "a list");
    for (one = holds == SCHEMA ? NULL : k->child; one; one = one->next) {
        buf_addf(&w->path, "/%s", holds == MAP ? one->string : "");
        if (holds == LIST)
            buf_add_int(&w->path, i++);
        if (!known(w, one))
            return false;
        buf_cut(&w->path, inner);
    }
    buf_cut(&w->path, len);
    return true;
}

static bool known(struct walk *w, const cJSON *schema)
{
    const cJSON *k;
    if (cJSON_IsBool(schema))
        return true;
    if (!cJSON_IsObject(schema) || w->depth >= DEPTH_MAX)
        return error_set(w->e, ERR_USAGE, "%s: %s", w->path.len ? buf_cstr(&w->path) : "#",
                         w->depth >= DEPTH_MAX ? "nested too deep"
                                               : "a schema is an object, true or false");
    w->depth++;
    cJSON_ArrayForEach(k, schema)
    {
        size_t i = 0;
        while (i < COUNT_OF(keywords) && strcmp(keywords[i].name, k->string) != 0)
            i++;
        if (i == COUNT_OF(keywords))
            return bad(w, k->string, "this keyword is not understood, so it cannot be checked");
        if (keywords[i].holds == PLAIN ? !words_fit(w, k) : !each_known(w, k, keywords[i].holds))
            return false;
    }
    w->depth--;
    return true;
}

bool json_schema_known(const cJSON *schema, struct error *e)
{
    struct walk w = {.root = schema, .e = e};
    bool ok = known(&w, schema);
    buf_fini(&w.path);
    return ok;
}

/* ---- a value ---- */

static bool fits(struct walk *w, const cJSON *schema, const cJSON *v);

static bool fail(const struct walk *w, const char *expected, const cJSON *got)
{
    AUTO_FREE char *text = json_print(got);
    return error_set(w->e, ERR_PARSE, "%s: expected %.200s, got %.*s",
                     w->path.len ? buf_cstr(&w->path) : "the answer", expected,
                     (int)utf8_cut(text, strlen(text), 80), text);
}

static bool is_whole(const cJSON *v)
{
    return cJSON_IsNumber(v) && v->valuedouble == floor(v->valuedouble);
}

static bool has_type(const cJSON *v, const char *type)
{
    return strcmp(type, "string") == 0    ? cJSON_IsString(v)
           : strcmp(type, "number") == 0  ? cJSON_IsNumber(v)
           : strcmp(type, "integer") == 0 ? is_whole(v)
           : strcmp(type, "boolean") == 0 ? cJSON_IsBool(v)
           : strcmp(type, "object") == 0  ? cJSON_IsObject(v)
           : strcmp(type, "array") == 0   ? cJSON_IsArray(v)
                                          : cJSON_IsNull(v);
}

static bool type_fits(struct walk *w, const cJSON *type, const cJSON *v)
{
    const cJSON *t;
    if (!type || (cJSON_IsString(type) && has_type(v, type->valuestring)))
        return true;
    cJSON_ArrayForEach(t, type)
    {
        if (has_type(v, t->valuestring))
            return true;
    }
    AUTO_FREE char *text = json_print(type);
    return fail(w, cJSON_IsString(type) ? type->valuestring : text, v);
}

static bool choice_fits(struct walk *w, const cJSON *schema, const cJSON *v)
{
    const cJSON *all = json_get(schema, "enum"), *only = json_get(schema, "const"), *one;
    bool listed = !all;
    cJSON_ArrayForEach(one, all) listed = listed || cJSON_Compare(one, v, true);
    if (listed && (!only || cJSON_Compare(only, v, true)))
        return true;
    AUTO_FREE char *text = json_print(listed ? only : all);
    AUTO_FREE char *words = mem_printf("%s%s", listed ? "" : "one of ", text);
    return fail(w, words, v);
}

/* Bounds by the start of their names: "min", "max", "exclusiveMin", "exclusiveMax". */
static bool bound_fits(struct walk *w, const cJSON *schema, const char *name, double measure,
                       const cJSON *v)
{
    const cJSON *limit = json_get(schema, name);
    if (!limit)
        return true;
    bool strict = strncmp(name, "exclusive", 9) == 0;
    bool low = strncmp(name, "min", 3) == 0 || strncmp(name, "exclusiveMin", 12) == 0;
    double l = limit->valuedouble;
    if (strict ? (low ? measure > l : measure < l) : (low ? measure >= l : measure <= l))
        return true;
    AUTO_FREE char *text = mem_printf("%s %.17g", name, l);
    return fail(w, text, v);
}

static bool number_fits(struct walk *w, const cJSON *s, const cJSON *v)
{
    const cJSON *step = json_get(s, "multipleOf");
    double d = v->valuedouble, times = step ? d / step->valuedouble : 0;
    if (fabs(times - round(times)) > 1e-9)
        return fail(w, "a multiple of multipleOf", v);
    return bound_fits(w, s, "minimum", d, v) && bound_fits(w, s, "maximum", d, v) &&
           bound_fits(w, s, "exclusiveMinimum", d, v) && bound_fits(w, s, "exclusiveMaximum", d, v);
}

static bool string_fits(struct walk *w, const cJSON *s, const cJSON *v)
{
    double n = 0;
    for (const char *p = v->valuestring; *p; p++)
        n += ((unsigned char)*p & 0xc0) != 0x80;
    return bound_fits(w, s, "minLength", n, v) && bound_fits(w, s, "maxLength", n, v);
}

static bool distinct(struct walk *w, const cJSON *v)
{
    for (const cJSON *a = v->child; a; a = a->next)
        for (const cJSON *b = a->next; b; b = b->next)
            if (cJSON_Compare(a, b, true))
                return fail(w, "items that differ", v);
    return true;
}

/* As fits(), and no word of why not. */
static bool would_fit(struct walk *w, const cJSON *schema, const cJSON *v)
{
    struct error *outer = w->e;
    size_t len = w->path.len;
    int depth = w->depth;
    w->e = NULL;
    bool ok = fits(w, schema, v);
    w->e = outer;
    w->depth = depth;
    buf_cut(&w->path, len);
    return ok;
}

static bool array_fits(struct walk *w, const cJSON *s, const cJSON *v)
{
    const cJSON *first = json_get(s, "prefixItems"), *rest = json_get(s, "items");
    const cJSON *wanted = json_get(s, "contains"), *item;
    size_t len = w->path.len;
    bool found = !wanted;
    int i = 0;
    double n = cJSON_GetArraySize(v);
    if (!bound_fits(w, s, "minItems", n, v) || !bound_fits(w, s, "maxItems", n, v) ||
        (json_bool(s, "uniqueItems", false) && !distinct(w, v)))
        return false;
    cJSON_ArrayForEach(item, v)
    {
        const cJSON *of =
            first && i < cJSON_GetArraySize(first) ? cJSON_GetArrayItem(first, i) : rest;
        buf_addf(&w->path, "[%d]", i++);
        found = found || would_fit(w, wanted, item);
        if (of && !fits(w, of, item))
            return false;
        buf_cut(&w->path, len);
    }
    return found || fail(w, "an item as \"contains\" says", v);
}

static bool object_fits(struct walk *w, const cJSON *s, const cJSON *v)
{
    const cJSON *r, *m, *more = json_get(s, "additionalProperties");
    size_t len = w->path.len;
    double n = cJSON_GetArraySize(v);
    cJSON_ArrayForEach(r, json_get(s, "required"))
    {
        if (cJSON_IsString(r) && !json_get(v, r->valuestring)) {
            AUTO_FREE char *text = mem_printf("a member \"%s\"", r->valuestring);
            return fail(w, text, v);
        }
    }
    cJSON_ArrayForEach(m, v)
    {
        const cJSON *of = json_get(json_get(s, "properties"), m->string);
        buf_addf(&w->path, ".%s", m->string);
        if (!of && cJSON_IsFalse(more))
            return fail(w, "no such member", m);
        if ((of || more) && !fits(w, of ? of : more, m))
            return false;
        buf_cut(&w->path, len);
    }
    return bound_fits(w, s, "minProperties", n, v) && bound_fits(w, s, "maxProperties", n, v);
}

static bool combined_fits(struct walk *w, const cJSON *s, const cJSON *v)
{
    const cJSON *any = json_get(s, "anyOf"), *one = json_get(s, "oneOf"), *no = json_get(s, "not");
    const cJSON *k;
    int hits = 0, ones = 0;
    cJSON_ArrayForEach(k, json_get(s, "allOf"))
    {
        if (!fits(w, k, v))
            return false;
    }
    cJSON_ArrayForEach(k, any) hits += would_fit(w, k, v);
    cJSON_ArrayForEach(k, one) ones += would_fit(w, k, v);
    if (any && !hits)
        return fail(w, "one of what \"anyOf\" allows", v);
    if (one && ones != 1)
        return fail(w, "exactly one of what \"oneOf\" allows", v);
    return !no || !would_fit(w, no, v) || fail(w, "not what \"not\" says", v);
}

static bool fits(struct walk *w, const cJSON *s, const cJSON *v)
{
    if (!cJSON_IsObject(s))
        return !cJSON_IsFalse(s) || fail(w, "nothing", v);
    const char *ref = json_str(s, "$ref", NULL);
    if (w->depth >= DEPTH_MAX || ++w->steps > STEPS_MAX)
        return fail(w, "a schema that does not refer to itself without end", v);
    w->depth++;
    bool ok = (!ref || fits(w, referred(w->root, ref), v)) &&
              type_fits(w, json_get(s, "type"), v) && choice_fits(w, s, v) &&
              (!cJSON_IsNumber(v) || number_fits(w, s, v)) &&
              (!cJSON_IsString(v) || string_fits(w, s, v)) &&
              (!cJSON_IsArray(v) || array_fits(w, s, v)) &&
              (!cJSON_IsObject(v) || object_fits(w, s, v)) && combined_fits(w, s, v);
    w->depth--;
    return ok;
}

bool json_schema_fits(const cJSON *schema, const cJSON *value, struct error *e)
{
    struct walk w = {.root = schema, .e = e};
    bool ok = fits(&w, schema, value);
    buf_fini(&w.path);
    return ok;
}
