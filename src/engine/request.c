#include "engine/request.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

enum kind { TEXT_FIELD, NEED_FIELD, INT_FIELD, BOOL_FIELD };

struct field {
    const char *name;
    enum kind kind;
    size_t offset;
};

#define REQUEST(NAME, name, WHEN, words, help)          \
    static const struct field *fields_##name(size_t *n) \
    {                                                   \
        typedef struct req_##name self;                 \
        static const struct field rows[] = { {NULL, 0, 0},
#define TEXT(f) {#f, TEXT_FIELD, offsetof(self, f)},
#define NEED(f) {#f, NEED_FIELD, offsetof(self, f)},
#define INT(f) {#f, INT_FIELD, offsetof(self, f)},
#define BOOL(f) {#f, BOOL_FIELD, offsetof(self, f)},
#define END(NAME)            \
    }                        \
    ;                        \
    *n = COUNT_OF(rows) - 1; \
    (void)sizeof(self);      \
    return rows + 1;         \
    }
#include "engine/requests.def"

static const struct {
    const char *name, *words, *help;
    enum request_when when;
    const struct field *(*fields)(size_t *n);
} rows[] = {
#define REQUEST(NAME, name, WHEN, words, help) {#name, words, help, REQUEST_##WHEN, fields_##name},
#include "engine/requests.def"
};

/* All structs lie at the union's start. */
static void *field_at(struct request *r, const struct field *f)
{
    return (char *)r + offsetof(struct request, submit) + f->offset;
}

/* NULL: no text. */
static char **text_at(struct request *r, const struct field *f)
{
    return f->kind == TEXT_FIELD || f->kind == NEED_FIELD ? field_at(r, f) : NULL;
}

const char *request_name(enum request_type type)
{
    return type < REQUEST_COUNT ? rows[type].name : "?";
}

const char *request_words(enum request_type type)
{
    return type < REQUEST_COUNT ? rows[type].words : "?";
}

const char *request_help(enum request_type type)
{
    return type < REQUEST_COUNT ? rows[type].help : "?";
}

void request_field_names(enum request_type type, struct buf *out)
{
    size_t n = 0;
    const struct field *f = type < REQUEST_COUNT ? rows[type].fields(&n) : NULL;
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%s", i ? " " : "", f[i].name);
}

enum request_when request_when(enum request_type type)
{
    assert(type < REQUEST_COUNT);
    return rows[type].when;
}

struct request request_of(enum request_type type, const char *first, const char *second)
{
    struct request r = {.type = type};
    const char *given[] = {first, second};
    size_t n;
    assert(type < REQUEST_COUNT);
    const struct field *f = rows[type].fields(&n);
    for (size_t i = 0, k = 0; i < n && k < COUNT_OF(given); i++)
        if (text_at(&r, &f[i]))
            *text_at(&r, &f[i]) = mem_strdup(given[k++]);
    return r;
}

void request_fini(struct request *r)
{
    size_t n = 0;
    const struct field *f = r->type < REQUEST_COUNT ? rows[r->type].fields(&n) : NULL;
    for (size_t i = 0; i < n; i++)
        if (text_at(r, &f[i]))
            free(*text_at(r, &f[i]));
    *r = (struct request){0};
}

bool request_check(const struct request *r, struct error *e)
{
    struct request copy = *r;
    size_t n;
    if (r->type >= REQUEST_COUNT)
        return error_set(e, ERR_USAGE, "there is no request %d", (int)r->type);
    const struct field *f = rows[r->type].fields(&n);
    for (size_t i = 0; i < n; i++) {
        if (f[i].kind != NEED_FIELD)
            continue;
        const char *text = *text_at(&copy, &f[i]);
        if (!text || !*text)
            return error_set(e, ERR_USAGE, "%s needs a %s", rows[r->type].words, f[i].name);
    }
    return true;
}

/* NULL: no such row. */
static const struct field *fields_named(const char *name, enum request_type *type, size_t *n)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].name, name) == 0) {
            *type = (enum request_type)i;
            return rows[i].fields(n);
        }
    return NULL;
}

static bool take_member(struct request *r, const struct field *f, const cJSON *m, struct error *e)
{
    static const char *const kinds[] = {"text", "text", "a whole number", "true or false"};
    bool whole = cJSON_IsNumber(m) && m->valuedouble > -9e15 && m->valuedouble < 9e15 &&
                 m->valuedouble == (double)(int64_t)m->valuedouble;
    if (cJSON_IsNull(m))
        return true;
    if (text_at(r, f) && cJSON_IsString(m))
        mem_replace(text_at(r, f), m->valuestring);
    else if (f->kind == INT_FIELD && whole)
        *(int64_t *)field_at(r, f) = (int64_t)m->valuedouble;
    else if (f->kind == BOOL_FIELD && cJSON_IsBool(m))
        *(bool *)field_at(r, f) = cJSON_IsTrue(m);
    else
        return error_set(e, ERR_USAGE, "%s of %s is %s", f->name, request_name(r->type),
                         kinds[f->kind]);
    return true;
}

bool request_from_json(const cJSON *j, struct request *r, struct error *e)
{
    const char *name = json_str(j, "request", "");
    const struct field *f = NULL;
    const cJSON *m;
    size_t n = 0;
    bool ok = true;
    *r = (struct request){0};
    f = fields_named(name, &r->type, &n);
    if (!f)
        return error_set(e, ERR_USAGE, "there is no request \"%.60s\"; mien(1) lists them", name);
    cJSON_ArrayForEach(m, j)
    {
        size_t i = 0;
        while (i < n && strcmp(f[i].name, m->string) != 0)
            i++;
        if (i < n)
            ok = ok && take_member(r, &f[i], m, e);
        else if (strcmp(m->string, "request") != 0)
            ok = ok && error_set(e, ERR_USAGE, "%s has no \"%.60s\"", name, m->string);
    }
    ok = ok && request_check(r, e);
    if (!ok)
        request_fini(r);
    return ok;
}

void request_describe(const struct request *r, struct buf *out)
{
    struct request copy = *r;
    size_t n = 0;
    const struct field *f = r->type < REQUEST_COUNT ? rows[r->type].fields(&n) : NULL;
    buf_adds(out, request_name(r->type));
    for (size_t i = 0; i < n; i++) {
        char **text = text_at(&copy, &f[i]);
        if (text && *text)
            buf_addf(out, " %s=%s", f[i].name, *text);
        else if (f[i].kind == INT_FIELD && *(int64_t *)field_at(&copy, &f[i]))
            buf_addf(out, " %s=%lld", f[i].name, (long long)*(int64_t *)field_at(&copy, &f[i]));
        else if (f[i].kind == BOOL_FIELD && *(bool *)field_at(&copy, &f[i]))
            buf_addf(out, " %s", f[i].name);
    }
}
