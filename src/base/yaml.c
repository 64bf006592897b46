#include "base/yaml.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#define YAML_MAX_DEPTH 64
#define YAML_MAX_NODES 100000

struct reader {
    yaml_document_t doc;
    const char *file;
    size_t nodes;
    struct error *e;
};

bool yaml_error(const struct yaml *y, struct error *e, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    return error_set(e, ERR_CONFIG, "%s:%d: %s", y && y->file ? y->file : "?", y ? y->line : 0,
                     buf_cstr(&text));
}

void yaml_tree_free(struct yaml *y)
{
    if (!y)
        return;
    for (size_t i = 0; i < y->count; i++)
        yaml_tree_free(y->items[i]);
    free(y->items);
    free(y->key);
    free(y->value);
    free(y->file_owned);
    free(y);
}

void yaml_free_ptr(struct yaml **y)
{
    yaml_tree_free(*y);
}

static struct yaml *yaml_read(struct reader *r, int index, int depth);

static bool yaml_read_children(struct reader *r, struct yaml *y, const yaml_node_t *n, int depth)
{
    bool map = n->type == YAML_MAPPING_NODE;
    size_t count = map ? (size_t)(n->data.mapping.pairs.top - n->data.mapping.pairs.start)
                       : (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    y->items = mem_alloc((count + 1) * sizeof *y->items);
    for (size_t i = 0; i < count; i++) {
        int value = map ? n->data.mapping.pairs.start[i].value : n->data.sequence.items.start[i];
        struct yaml *child = yaml_read(r, value, depth + 1);
        if (!child)
            return false;
        y->items[y->count++] = child;
        if (!map)
            continue;
        yaml_node_t *key = yaml_document_get_node(&r->doc, n->data.mapping.pairs.start[i].key);
        child->line = (int)key->start_mark.line + 1;
        if (key->type != YAML_SCALAR_NODE)
            return yaml_error(child, r->e, "a key must be plain text");
        child->key = mem_strndup((const char *)key->data.scalar.value, key->data.scalar.length);
        for (size_t k = 0; k + 1 < y->count; k++)
            if (strcmp(y->items[k]->key, child->key) == 0)
                return yaml_error(child, r->e, "\"%s\" is given twice (first on line %d)",
                                  child->key, y->items[k]->line);
    }
    return true;
}

/* Members of `from` that y has not yet become its own. */
static void yaml_take_members(struct yaml *y, struct yaml *from)
{
    y->items = mem_resize(y->items, y->count + from->count + 1, sizeof *y->items);
    for (size_t i = 0; i < from->count; i++) {
        if (yaml_get(y, from->items[i]->key))
            continue;
        y->items[y->count++] = from->items[i];
        from->items[i] = mem_alloc(sizeof *from->items[i]);
    }
}

/* "<<: *anchor", or a list of them: its members stand here too, where they are not given. */
static bool yaml_merge(struct reader *r, struct yaml *y)
{
    size_t at = 0;
    while (at < y->count && strcmp(y->items[at]->key, "<<") != 0)
        at++;
    if (at == y->count)
        return true;
    struct yaml *with = y->items[at];
    size_t many = with->kind == YAML_SEQ ? with->count : 1;
    bool ok = true;
    memmove(y->items + at, y->items + at + 1, (--y->count - at) * sizeof *y->items);
    for (size_t i = 0; i < many && ok; i++) {
        struct yaml *one = with->kind == YAML_SEQ ? with->items[i] : with;
        ok = one->kind == YAML_MAP ||
             yaml_error(one, r->e, "<< takes a map, or a list of maps, to be part of this one");
        if (ok)
            yaml_take_members(y, one);
    }
    yaml_tree_free(with);
    return ok;
}

static struct yaml *yaml_read(struct reader *r, int index, int depth)
{
    yaml_node_t *n = yaml_document_get_node(&r->doc, index);
    struct yaml *y = mem_alloc(sizeof *y);
    y->file = r->file;
    y->line = (int)n->start_mark.line + 1;
    y->col = (int)n->start_mark.column + 1;
    if (depth > YAML_MAX_DEPTH || ++r->nodes > YAML_MAX_NODES) {
        yaml_error(y, r->e, "nested too deep, or too many aliases");
        yaml_tree_free(y);
        return NULL;
    }
    if (n->type == YAML_SCALAR_NODE) {
        y->kind = YAML_SCALAR;
        y->quoted = n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        y->value = mem_strndup((const char *)n->data.scalar.value, n->data.scalar.length);
        return y;
    }
    y->kind = n->type == YAML_MAPPING_NODE ? YAML_MAP : YAML_SEQ;
    if (yaml_read_children(r, y, n, depth) && (y->kind != YAML_MAP || yaml_merge(r, y)))
        return y;
    yaml_tree_free(y);
    return NULL;
}

static void yaml_syntax_error(yaml_parser_t *p, const char *file, struct error *e)
{
    size_t line = p->problem_mark.line + 1;
    if (p->error == YAML_MEMORY_ERROR || p->error == YAML_NO_ERROR) /* strdup() says nothing */
        mem_none();
    if (p->error == YAML_READER_ERROR)
        error_set(e, ERR_CONFIG, "%s: byte %zu: %s", file, p->problem_offset, p->problem);
    else
        error_set(e, ERR_CONFIG, "%s:%zu: %s%s%s (column %zu; indent with spaces, \"key: value\")",
                  file, line, p->problem ? p->problem : "bad YAML", p->context ? ", " : "",
                  p->context ? p->context : "", p->problem_mark.column + 1);
}

/* Could flow collections nest too deep? Only where so many begin. */
static bool may_be_deep(const char *text, size_t n)
{
    size_t begun = 0;
    for (size_t i = 0; i < n; i++)
        begun += text[i] == '[' || text[i] == '{';
    return begun > YAML_MAX_DEPTH;
}

/* libyaml takes quadratic time for a document in depth, so that is found on the events, before a
 * document is built. What is no YAML at all is left to yaml_parse() to tell. */
static bool is_deep(const char *text, size_t n, int *line)
{
    yaml_parser_t parser;
    int depth = 0;
    bool more = true;
    if (!yaml_parser_initialize(&parser))
        mem_none();
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    while (more && depth <= YAML_MAX_DEPTH) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&parser, &ev))
            break;
        depth += ev.type == YAML_SEQUENCE_START_EVENT || ev.type == YAML_MAPPING_START_EVENT;
        depth -= ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT;
        more = ev.type != YAML_STREAM_END_EVENT;
        *line = (int)ev.start_mark.line + 1;
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&parser);
    return depth > YAML_MAX_DEPTH;
}

struct yaml *yaml_parse(const char *text, size_t n, const char *file, struct error *e)
{
    yaml_parser_t parser;
    struct reader r = {.e = e};
    int line = 1;
    if (may_be_deep(text, n) && is_deep(text, n, &line)) {
        error_set(e, ERR_CONFIG, "%s:%d: nested too deep (at most %d levels)", file, line,
                  YAML_MAX_DEPTH);
        return NULL;
    }
    if (!yaml_parser_initialize(&parser))
        mem_none();
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    if (!yaml_parser_load(&parser, &r.doc)) {
        yaml_syntax_error(&parser, file, e);
        yaml_parser_delete(&parser);
        return NULL;
    }
    char *name = mem_strdup(file);
    r.file = name;
    struct yaml *root;
    if (yaml_document_get_root_node(&r.doc)) {
        root = yaml_read(&r, 1, 0);
    } else {
        root = mem_alloc(sizeof *root);
        root->kind = YAML_MAP;
        root->file = name;
        root->line = 1;
    }
    yaml_document_delete(&r.doc);
    yaml_parser_delete(&parser);
    if (root)
        root->file_owned = name;
    else
        free(name);
    return root;
}

struct yaml *yaml_load(const char *path, struct error *e)
{
    AUTO(buf) text = {0};
    if (!file_read(path, &text, 4 << 20, e))
        return NULL;
    return yaml_parse(buf_cstr(&text), text.len, path, e);
}

const struct yaml *yaml_get(const struct yaml *y, const char *key)
{
    if (!y || y->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < y->count; i++)
        if (strcmp(y->items[i]->key, key) == 0)
            return y->items[i];
    return NULL;
}

const char *yaml_str(const struct yaml *y, const char *key, const char *fallback)
{
    const struct yaml *v = yaml_get(y, key);
    return v && v->kind == YAML_SCALAR && !yaml_is_null(v) ? v->value : fallback;
}

bool yaml_is_null(const struct yaml *y)
{
    if (!y)
        return true;
    if (y->kind != YAML_SCALAR || y->quoted)
        return false;
    return !*y->value || strcmp(y->value, "~") == 0 || strcasecmp(y->value, "null") == 0;
}

bool yaml_as_num(const struct yaml *y, double *out)
{
    if (!y || y->kind != YAML_SCALAR || !*y->value)
        return false;
    char *end;
    errno = 0;
    double d = strtod(y->value, &end);
    if (*end || errno || !isfinite(d))
        return false;
    *out = d;
    return true;
}

bool yaml_as_int(const struct yaml *y, int64_t *out)
{
    if (!y || y->kind != YAML_SCALAR || !*y->value)
        return false;
    char *end;
    errno = 0;
    long long v = strtoll(y->value, &end, 10);
    if (*end || errno)
        return false;
    *out = v;
    return true;
}

bool yaml_as_bool(const struct yaml *y, bool *out)
{
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    if (!y || y->kind != YAML_SCALAR)
        return false;
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (strcasecmp(y->value, yes[i]) == 0)
            return *out = true;
        if (strcasecmp(y->value, no[i]) == 0) {
            *out = false;
            return true;
        }
    }
    return false;
}

static cJSON *yaml_scalar_to_json(const struct yaml *y)
{
    double d;
    if (y->quoted)
        return cJSON_CreateString(y->value);
    if (yaml_is_null(y))
        return cJSON_CreateNull();
    if (strcasecmp(y->value, "true") == 0 || strcasecmp(y->value, "false") == 0)
        return cJSON_CreateBool(strcasecmp(y->value, "true") == 0);
    if (strchr("0123456789+-.", y->value[0]) && yaml_as_num(y, &d))
        return json_number(d, y->value);
    return cJSON_CreateString(y->value);
}

cJSON *yaml_to_json(const struct yaml *y)
{
    if (!y)
        return cJSON_CreateNull();
    if (y->kind == YAML_SCALAR)
        return yaml_scalar_to_json(y);
    cJSON *j = y->kind == YAML_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
    for (size_t i = 0; i < y->count; i++) {
        cJSON *child = yaml_to_json(y->items[i]);
        if (y->kind == YAML_MAP)
            json_add(j, y->items[i]->key, child);
        else
            cJSON_AddItemToArray(j, child);
    }
    return j;
}
