#include "behavior/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define SCHEMA_DEPTH_MAX 32

struct check {
    struct buf path;
    struct buf *warnings;
    struct error *e;
    int depth;
};

static bool schema_value(struct check *c, const cJSON *schema, cJSON *v);

static const char *schema_kind(const cJSON *v)
{
    return cJSON_IsString(v)                         ? "string"
           : cJSON_IsBool(v)                         ? "boolean"
           : cJSON_IsNull(v)                         ? "null"
           : cJSON_IsArray(v)                        ? "array"
           : cJSON_IsObject(v)                       ? "object"
           : v->valuedouble == floor(v->valuedouble) ? "integer"
                                                     : "number";
}

static bool schema_fail(struct check *c, const char *expected, const cJSON *got)
{
    AUTO_FREE char *text = json_print(got);
    const char *path = c->path.len ? buf_cstr(&c->path) : "the arguments";
    return error_set(c->e, ERR_PARSE, "%s: expected %.200s, got %s %.*s", path, expected,
                     schema_kind(got), (int)utf8_cut(text, strlen(text), 80), text);
}

static bool schema_is(const cJSON *v, const char *type)
{
    const char *kind = schema_kind(v);
    return strcmp(kind, type) == 0 || (strcmp(type, "number") == 0 && cJSON_IsNumber(v));
}

/* "type" may be one name or a list of them. */
static bool schema_allows(const cJSON *type, const char *name)
{
    const cJSON *t;
    if (cJSON_IsString(type))
        return strcmp(type->valuestring, name) == 0;
    cJSON_ArrayForEach(t, type) if (cJSON_IsString(t) &&
                                    strcmp(t->valuestring, name) == 0) return true;
    return false;
}

static bool schema_type_fits(const cJSON *type, const cJSON *v)
{
    const cJSON *t;
    if (cJSON_IsString(type))
        return schema_is(v, type->valuestring);
    cJSON_ArrayForEach(t, type) if (cJSON_IsString(t) && schema_is(v, t->valuestring)) return true;
    return !cJSON_IsArray(type);
}

/* Give `to` the value of `from`, keeping its name and place. Frees from. */
static void schema_become(cJSON *to, cJSON *from)
{
    cJSON old = *to;
    to->type = from->type;
    to->child = from->child;
    to->valuestring = from->valuestring;
    to->valuedouble = from->valuedouble;
    to->valueint = from->valueint;
    from->type = old.type;
    from->child = old.child;
    from->valuestring = old.valuestring;
    cJSON_Delete(from);
}

static cJSON *schema_from_text(const cJSON *type, const char *text)
{
    char *end;
    double d = strtod(text, &end);
    bool number =
        *text && !strchr(" \t\n+", *text) && *end == '\0' && isfinite(d) && !strpbrk(text, "xXnN");
    if (number && schema_allows(type, "integer") && d == floor(d))
        return json_number(d, text);
    if (number && schema_allows(type, "number"))
        return json_number(d, text);
    if (schema_allows(type, "boolean") && (!strcmp(text, "true") || !strcmp(text, "false")))
        return cJSON_CreateBool(*text == 't');
    if (!schema_allows(type, "array") && !schema_allows(type, "object"))
        return NULL;
    cJSON *j = json_parse(text, strlen(text), NULL);
    bool fits = (cJSON_IsArray(j) && schema_allows(type, "array")) ||
                (cJSON_IsObject(j) && schema_allows(type, "object"));
    if (fits)
        return j;
    cJSON_Delete(j);
    return NULL;
}

static void schema_coerce(const cJSON *schema, cJSON *v)
{
    const cJSON *type = json_get(schema, "type");
    cJSON *better = NULL;
    if (!type || schema_type_fits(type, v) || schema_allows(type, "string"))
        return;
    if (cJSON_IsString(v))
        better = schema_from_text(type, v->valuestring);
    bool scalar = cJSON_IsString(v) || cJSON_IsNumber(v);
    if (!better && scalar && schema_allows(type, "array")) {
        better = cJSON_CreateArray();
        cJSON_AddItemToArray(better, cJSON_Duplicate(v, true));
    }
    if (better)
        schema_become(v, better);
}

/* "string or object", added to what is there. */
static void schema_name_types(const cJSON *type, struct buf *out)
{
    const cJSON *t;
    if (cJSON_IsString(type))
        buf_addf(out, "%s%s", out->len ? " or " : "", type->valuestring);
    cJSON_ArrayForEach(t, type)
        buf_addf(out, "%s%s", out->len ? " or " : "", t->valuestring ? t->valuestring : "?");
}

static bool schema_type(struct check *c, const cJSON *type, const cJSON *v)
{
    AUTO(buf) expected = {0};
    if (!type || schema_type_fits(type, v))
        return true;
    schema_name_types(type, &expected);
    return schema_fail(c, buf_cstr(&expected), v);
}

static bool schema_enum(struct check *c, const cJSON *schema, const cJSON *v)
{
    const cJSON *one, *all = json_get(schema, "enum"), *only = json_get(schema, "const");
    if (only && !cJSON_Compare(only, v, true)) {
        AUTO_FREE char *text = json_print(only);
        return schema_fail(c, text, v);
    }
    if (!cJSON_IsArray(all))
        return true;
    cJSON_ArrayForEach(one, all) if (cJSON_Compare(one, v, true)) return true;
    AUTO(buf) expected = {0};
    AUTO_FREE char *text = json_print(all);
    buf_addf(&expected, "one of %s", text);
    return schema_fail(c, buf_cstr(&expected), v);
}

/* One bound: `limit` of the schema against a measure of the value. */
static bool schema_bound(struct check *c, const cJSON *schema, const char *name, double measure,
                         const char *words, const cJSON *v)
{
    const cJSON *limit = json_get(schema, name);
    if (!cJSON_IsNumber(limit))
        return true;
    double l = limit->valuedouble;
    bool low = strncmp(name, "min", 3) == 0 || strncmp(name, "exclusiveMin", 12) == 0;
    bool strict = strncmp(name, "exclusive", 9) == 0;
    if (strict ? (low ? measure > l : measure < l) : (low ? measure >= l : measure <= l))
        return true;
    char expected[96];
    snprintf(expected, sizeof expected, "%s %s %g", words,
             low ? (strict ? "above" : "at least") : (strict ? "below" : "at most"), l);
    return schema_fail(c, expected, v);
}

static bool schema_bounds(struct check *c, const cJSON *s, const cJSON *v)
{
    if (cJSON_IsNumber(v))
        return schema_bound(c, s, "minimum", v->valuedouble, "a number", v) &&
               schema_bound(c, s, "maximum", v->valuedouble, "a number", v) &&
               schema_bound(c, s, "exclusiveMinimum", v->valuedouble, "a number", v) &&
               schema_bound(c, s, "exclusiveMaximum", v->valuedouble, "a number", v);
    if (cJSON_IsString(v)) {
        double n = 0;
        for (const char *p = v->valuestring; *p; p++)
            n += ((unsigned char)*p & 0xc0) != 0x80;
        return schema_bound(c, s, "minLength", n, "text of length", v) &&
               schema_bound(c, s, "maxLength", n, "text of length", v);
    }
    if (cJSON_IsArray(v))
        return schema_bound(c, s, "minItems", cJSON_GetArraySize(v), "a number of items", v) &&
               schema_bound(c, s, "maxItems", cJSON_GetArraySize(v), "a number of items", v);
    return true;
}

static bool schema_items(struct check *c, const cJSON *items, cJSON *v)
{
    if (!cJSON_IsArray(v) || !cJSON_IsObject(items))
        return true;
    size_t len = c->path.len;
    int i = 0;
    for (cJSON *item = v->child; item; item = item->next) {
        buf_addf(&c->path, "[%d]", i++);
        if (!schema_value(c, items, item))
            return false;
        buf_cut(&c->path, len);
    }
    return true;
}

static bool schema_is_required(const cJSON *schema, const char *name)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, json_get(schema, "required")) if (cJSON_IsString(r) &&
                                                            strcmp(r->valuestring, name) ==
                                                                0) return true;
    return false;
}

static bool schema_required(struct check *c, const cJSON *schema, const cJSON *v)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, json_get(schema, "required"))
    {
        if (!cJSON_IsString(r) || json_get(v, r->valuestring))
            continue;
        const cJSON *s = json_get(json_get(schema, "properties"), r->valuestring);
        return error_set(c->e, ERR_PARSE, "%s%s%s: required, expected %s, got nothing",
                         buf_cstr(&c->path), c->path.len ? "." : "", r->valuestring,
                         json_str(s, "type", "a value"));
    }
    return true;
}

static void schema_drop(struct check *c, cJSON *object, cJSON *member, bool warn)
{
    if (warn && c->warnings)
        buf_addf(c->warnings, "%signored unknown parameter %s%s%s", c->warnings->len ? "\n" : "",
                 buf_cstr(&c->path), c->path.len ? "." : "", member->string);
    cJSON_Delete(cJSON_DetachItemViaPointer(object, member));
}

/* Spellings that models bring from other tools, taken where the schema knows only the right one
 * and the call does not give that too. Never shown. */
static const char *const aliases[][2] = {
    {"file_path", "path"},
    {"filepath", "path"},
    {"filename", "path"},
    {"file", "path"},
    {"directory", "path"},
    {"dir", "path"},
    {"offset", "start_line"},
    {"startLine", "start_line"},
    {"line_start", "start_line"},
    {"endLine", "end_line"},
    {"line_end", "end_line"},
    {"old", "old_string"},
    {"old_str", "old_string"},
    {"old_text", "old_string"},
    {"oldText", "old_string"},
    {"oldString", "old_string"},
    {"search", "old_string"},
    {"new", "new_string"},
    {"new_str", "new_string"},
    {"new_text", "new_string"},
    {"newText", "new_string"},
    {"newString", "new_string"},
    {"replace", "new_string"},
    {"all", "replace_all"},
    {"replaceAll", "replace_all"},
    {"text", "content"},
    {"contents", "content"},
    {"file_text", "content"},
    {"cmd", "command"},
    {"script", "command"},
    {"timeout_seconds", "timeout"},
    {"run_in_background", "background"},
    {"is_background", "background"},
    {"regex", "pattern"},
    {"query", "pattern"},
    {"include", "files"},
    {"glob", "files"},
    {"file_pattern", "files"},
    {"context_lines", "context"},
    {"-C", "context"},
    {"-i", "ignore_case"},
    {"case_insensitive", "ignore_case"},
    {"max_results", "max_matches"},
    {"head_limit", "max_matches"},
    {"server_id", "name"},
    {"patch", "input"},
    {"job", "name"},
};

static bool schema_knows(const cJSON *schema, const char *name)
{
    return json_get(json_get(schema, "properties"), name) != NULL;
}

static void schema_rename(const cJSON *schema, const cJSON *object, cJSON *m)
{
    if (schema_knows(schema, m->string))
        return;
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        const char *right = aliases[i][1];
        if (strcmp(aliases[i][0], m->string) != 0 || !schema_knows(schema, right) ||
            json_get(object, right))
            continue;
        if (!(m->type & cJSON_StringIsConst))
            cJSON_free(m->string);
        m->type &= ~cJSON_StringIsConst;
        m->string = mem_strdup(right);
        return;
    }
}

static bool schema_member(struct check *c, const cJSON *schema, cJSON *object, cJSON *m)
{
    const cJSON *s = json_get(json_get(schema, "properties"), m->string);
    const cJSON *more = json_get(schema, "additionalProperties");
    if (!s && cJSON_IsObject(more))
        s = more;
    if (!s) {
        if (!cJSON_IsTrue(more))
            schema_drop(c, object, m, true);
        return true;
    }
    const cJSON *type = json_get(s, "type");
    if (cJSON_IsNull(m) && type && !schema_allows(type, "null") &&
        !schema_is_required(schema, m->string)) {
        schema_drop(c, object, m, false);
        return true;
    }
    size_t len = c->path.len;
    buf_addf(&c->path, "%s%s", len ? "." : "", m->string);
    if (!schema_value(c, s, m))
        return false;
    buf_cut(&c->path, len);
    return true;
}

static bool schema_object(struct check *c, const cJSON *schema, cJSON *v)
{
    if (!cJSON_IsObject(v))
        return true;
    bool described = json_get(schema, "properties") || json_get(schema, "additionalProperties");
    for (cJSON *m = v->child, *next; m && described; m = next) {
        next = m->next;
        schema_rename(schema, v, m);
        if (!schema_member(c, schema, v, m))
            return false;
    }
    return schema_required(c, schema, v);
}

/* The first alternative that fits a copy is applied; none: the last one's error. */
static bool schema_any(struct check *c, const cJSON *alternatives, cJSON *v)
{
    const cJSON *one;
    size_t len = c->path.len, warned = c->warnings ? c->warnings->len : 0;
    struct error *outer = c->e, closest = {0};
    AUTO(buf) types = {0};
    bool fits = !cJSON_IsArray(alternatives) || !alternatives->child;
    cJSON_ArrayForEach(one, alternatives)
    {
        struct error e = {0};
        const cJSON *type = json_get(one, "type");
        cJSON *copy = cJSON_Duplicate(v, true);
        c->e = &e;
        fits = schema_value(c, one, copy);
        c->e = outer;
        if (fits) {
            schema_become(v, copy);
            return true;
        }
        cJSON_Delete(copy);
        schema_name_types(type, &types);
        /* What failed within the right kind of value says more than that it is no other kind. */
        if (!closest.code && schema_type_fits(type, v))
            closest = e;
        buf_cut(&c->path, len);
        if (c->warnings)
            buf_cut(c->warnings, warned);
    }
    if (closest.code)
        return error_set(outer, closest.code, "%s", closest.text);
    return fits || schema_fail(c, buf_cstr(&types), v);
}

static bool schema_value(struct check *c, const cJSON *schema, cJSON *v)
{
    if (!cJSON_IsObject(schema))
        return true;
    if (c->depth >= SCHEMA_DEPTH_MAX)
        return schema_fail(c, "less deep nesting", v);
    c->depth++;
    schema_coerce(schema, v);
    bool ok = schema_type(c, json_get(schema, "type"), v) && schema_enum(c, schema, v) &&
              schema_bounds(c, schema, v) && schema_items(c, json_get(schema, "items"), v) &&
              schema_object(c, schema, v) && schema_any(c, json_get(schema, "anyOf"), v) &&
              schema_any(c, json_get(schema, "oneOf"), v);
    c->depth--;
    return ok;
}

bool schema_check(const cJSON *schema, cJSON *args, struct buf *warnings, struct error *e)
{
    struct check c = {.warnings = warnings, .e = e};
    bool ok = schema_value(&c, schema, args);
    buf_fini(&c.path);
    return ok;
}
