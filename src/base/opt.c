#include "base/opt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static const char *const type_names[] = {"true or false", "a whole number", "a number", "text",
                                         "one of",        "a list",         "a value"};

/* Is `word` one of the '|'-separated names in `set`? */
static bool opt_in_set(const char *set, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = set; p && *p;) {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

const struct opt *opt_find(const struct opt *rows, const char *name)
{
    for (const struct opt *r = rows; r->name; r++)
        if (strcmp(r->name, name) == 0 || opt_in_set(r->alias, name))
            return r;
    return NULL;
}

/* In half steps: a letter more, less or another is two, two that changed places are one. */
static size_t opt_distance(const char *a, const char *b)
{
    enum { MAX_LEN = 48 };
    size_t n = strlen(a), m = strlen(b);
    if (n > MAX_LEN || m > MAX_LEN)
        return 2 * MAX_LEN;
    size_t rows[3][MAX_LEN + 1], *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = 2 * j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = 2 * i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = last[j - 1] + 2 * (a[i - 1] != b[j - 1]);
            best = MIN(best, last[j] + 2);
            row[j] = MIN(best, row[j - 1] + 2);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[m];
}

const char *opt_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t least = 2 * (strlen(word) / 2 + 2);
    for (size_t i = 0; i < n; i++) {
        size_t d = opt_distance(word, names[i]);
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

static void opt_free_value(const struct opt *row, void *in)
{
    char *at = (char *)in + row->offset;
    if (row->type == OPT_STR || row->type == OPT_ENUM) {
        free(*(char **)at);
        *(char **)at = NULL;
    } else if (row->type == OPT_LIST) {
        struct opt_list *l = (struct opt_list *)at;
        for (size_t i = 0; i < l->count; i++)
            free(l->items[i]);
        free(l->items);
        *l = (struct opt_list){0};
    } else if (row->type == OPT_JSON) {
        cJSON_Delete(*(cJSON **)at);
        *(cJSON **)at = NULL;
    }
}

void opt_clear(const struct opt *rows, void *in)
{
    for (const struct opt *r = rows; r->name; r++)
        opt_free_value(r, in);
}

static bool opt_store_list(const struct opt *row, void *into, const struct yaml *v)
{
    bool one = v->kind == YAML_SCALAR;
    if (v->kind == YAML_MAP)
        return false;
    size_t count = one ? !yaml_is_null(v) : v->count;
    for (size_t i = 0; !one && i < count; i++)
        if (v->items[i]->kind != YAML_SCALAR)
            return false;
    opt_free_value(row, into);
    struct opt_list *l = (struct opt_list *)((char *)into + row->offset);
    l->items = mem_alloc((count + 1) * sizeof *l->items);
    for (size_t i = 0; i < count; i++)
        l->items[l->count++] = mem_strdup(one ? v->value : v->items[i]->value);
    return true;
}

static bool opt_in_range(const struct opt *row, double v)
{
    return (row->min == 0 && row->max == 0) || (v >= row->min && v <= row->max);
}

static bool opt_store(const struct opt *row, void *into, const struct yaml *v)
{
    char *at = (char *)into + row->offset;
    int64_t i;
    double d;
    switch (row->type) {
    case OPT_BOOL:
        return yaml_as_bool(v, (bool *)at);
    case OPT_INT:
        if (!yaml_as_int(v, &i) || !opt_in_range(row, (double)i))
            return false;
        *(int64_t *)at = i;
        return true;
    case OPT_NUM:
        if (!yaml_as_num(v, &d) || !opt_in_range(row, d))
            return false;
        *(double *)at = d;
        return true;
    case OPT_ENUM:
    case OPT_STR:
        if (v->kind != YAML_SCALAR)
            return false;
        if (row->type == OPT_ENUM && !opt_in_set(row->choices, v->value))
            return false;
        mem_replace((char **)at, v->value);
        return true;
    case OPT_LIST:
        return opt_store_list(row, into, v);
    case OPT_JSON:
        opt_free_value(row, into);
        *(cJSON **)at = yaml_to_json(v);
        return *(cJSON **)at != NULL;
    }
    return false;
}

static bool opt_type_error(const struct opt *row, const struct yaml *v, const char *what,
                           struct error *e)
{
    AUTO(buf) want = {0};
    buf_adds(&want, type_names[row->type]);
    if (row->type == OPT_ENUM)
        buf_addf(&want, " %s", row->choices);
    if (row->min != 0 || row->max != 0)
        buf_addf(&want, " from %g to %g", row->min, row->max);
    const char *got = v->kind == YAML_SCALAR ? v->value
                      : v->kind == YAML_MAP  ? "a mapping"
                                             : "a list";
    return yaml_error(v, e, "%s: \"%s\" wants %s, not \"%.60s\"", what, row->name, buf_cstr(&want),
                      got);
}

static bool opt_unknown(const struct opt *rows, const struct yaml *v, const char *what,
                        struct error *e)
{
    VEC(const char *) names = {0};
    AUTO(buf) all = {0};
    for (const struct opt *r = rows; r->name; r++) {
        VEC_PUSH(&names, r->name);
        buf_addf(&all, "%s%s", all.len ? ", " : "", r->name);
    }
    const char *near = opt_nearest(v->key, names.ptr, names.len);
    if (near)
        yaml_error(v, e, "%s has no \"%s\"; did you mean \"%s\"?", what, v->key, near);
    else if (all.len)
        yaml_error(v, e, "%s has no \"%s\"; it knows: %.300s", what, v->key, buf_cstr(&all));
    else
        yaml_error(v, e, "%s takes no parameters, so not \"%s\"", what, v->key);
    VEC_FREE(&names);
    return false;
}

bool opt_overlay(const struct opt *rows, void *into, const struct yaml *map, const char *what,
                 struct error *e)
{
    if (yaml_is_null(map))
        return true;
    if (map->kind != YAML_MAP)
        return yaml_error(map, e, "%s: expected \"name: value\" pairs here", what);
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *v = map->items[i];
        const struct opt *row = opt_find(rows, v->key);
        if (!row)
            return opt_unknown(rows, v, what, e);
        if (!yaml_is_null(v) && !opt_store(row, into, v))
            return opt_type_error(row, v, what, e);
    }
    return true;
}

bool opt_set(const struct opt *rows, void *into, const char *name, const char *text,
             struct error *e)
{
    AUTO(buf) doc = {0};
    const struct opt *row = opt_find(rows, name);
    bool plain = row && (row->type == OPT_LIST || row->type == OPT_BOOL || row->type == OPT_INT ||
                         row->type == OPT_NUM || row->type == OPT_JSON);
    buf_addf(&doc, "%s: ", name);
    if (plain)
        buf_adds(&doc, text);
    else
        buf_add_json_str(&doc, text, strlen(text));
    AUTO_YAML *y = yaml_parse(buf_cstr(&doc), doc.len, "setting", e);
    return y && opt_overlay(rows, into, y, "setting", e);
}

void opt_defaults(const struct opt *rows, void *into)
{
    for (const struct opt *r = rows; r->name; r++) {
        struct error e = {0};
        if (r->def && !opt_set(rows, into, r->name, r->def, &e)) {
            AUTO_FREE char *why = mem_printf("default of %s: %s", r->name, e.text);
            mem_die(why); /* a row of ours is wrong */
        }
    }
}

char *opt_format(const struct opt *row, const void *from)
{
    const char *at = (const char *)from + row->offset;
    AUTO(buf) out = {0};
    const struct opt_list *l = (const struct opt_list *)at;
    switch (row->type) {
    case OPT_BOOL:
        return mem_strdup(*(const bool *)at ? "true" : "false");
    case OPT_INT:
        return mem_printf("%lld", (long long)*(const int64_t *)at);
    case OPT_NUM:
        return mem_printf("%g", *(const double *)at);
    case OPT_STR:
    case OPT_ENUM:
        return mem_strdup(*(char *const *)at ? *(char *const *)at : "");
    case OPT_LIST:
        buf_addc(&out, '[');
        for (size_t i = 0; i < l->count; i++)
            buf_addf(&out, "%s%s", i ? ", " : "", l->items[i]);
        buf_addc(&out, ']');
        return buf_take(&out);
    case OPT_JSON:
        return *(cJSON *const *)at ? json_print(*(cJSON *const *)at) : mem_strdup("");
    }
    return mem_strdup("");
}
