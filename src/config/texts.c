#include "config/texts.h"

#include <assert.h>
#include <string.h>

#include "base/data.h"
#include "base/mem.h"
#include "base/opt.h"
#include "base/text.h"
#include "base/yaml.h"

#define SHIPPED "behaviors/prompts.yaml"

struct texts {
    struct yaml *shipped, *own; /* own: NULL, the user has none */
    struct buf complaints;
};

struct texts *texts_new(void)
{
    struct texts *t = mem_alloc(sizeof *t);
    const struct data_file *f = data_find(SHIPPED);
    struct error e = {0};
    assert(f);
    t->shipped = yaml_parse(f->text, f->size, SHIPPED, &e);
    assert(t->shipped);
    return t;
}

void texts_free(struct texts *t)
{
    if (!t)
        return;
    yaml_tree_free(t->shipped);
    yaml_tree_free(t->own);
    buf_fini(&t->complaints);
    free(t);
}

static bool unknown_name(const struct texts *t, const struct yaml *one, struct error *e)
{
    size_t n = t->shipped->count;
    const char **names = mem_alloc(n * sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = t->shipped->items[i]->key;
    const char *near = opt_nearest(one->key, names, n);
    free(names);
    return yaml_error(one, e, "there is no text \"%s\"%s%s; mien reference lists them", one->key,
                      near ? "; did you mean " : "", near ? near : "");
}

static void complain_of_missing(struct texts *t, const struct yaml *one, const char *shipped)
{
    size_t n;
    for (const char *p = text_next_place(shipped, &n); p; p = text_next_place(p + n, &n)) {
        AUTO_FREE char *place = mem_strndup(p, n);
        if (!strstr(one->value, place))
            buf_addf(&t->complaints, "%s%s:%d: %s lacks %s, which is not told to the model then",
                     t->complaints.len ? "\n" : "", one->file, one->line, one->key, place);
    }
}

bool texts_load(struct texts *t, const char *path, struct error *e)
{
    struct error here = {0};
    assert(!t->own);
    t->own = yaml_load(path, &here);
    if (!t->own)
        return here.code == ERR_NOT_FOUND || error_set(e, here.code, "%s", here.text);
    if (t->own->kind != YAML_MAP)
        return yaml_error(t->own, e, "a prompts file holds lines NAME: text");
    for (size_t i = 0; i < t->own->count; i++) {
        const struct yaml *one = t->own->items[i];
        const char *shipped = yaml_str(t->shipped, one->key, NULL);
        if (!shipped)
            return unknown_name(t, one, e);
        if (one->kind != YAML_SCALAR)
            return yaml_error(one, e, "%s must be a text", one->key);
        complain_of_missing(t, one, shipped);
    }
    return true;
}

const char *texts_complaints(const struct texts *t)
{
    return buf_cstr(&t->complaints);
}

const char *texts_get(const struct texts *t, const char *name)
{
    const char *shipped = yaml_str(t->shipped, name, NULL);
    assert(shipped);
    return yaml_str(t->own, name, shipped);
}

void texts_each(const struct texts *t,
                void (*visit)(void *arg, const char *name, const char *places), void *arg)
{
    for (size_t i = 0; i < t->shipped->count; i++) {
        const struct yaml *one = t->shipped->items[i];
        AUTO(buf) places = {0};
        size_t n;
        for (const char *p = text_next_place(one->value, &n); p; p = text_next_place(p + n, &n))
            buf_addf(&places, "%s%.*s", places.len ? " " : "", (int)n, p);
        visit(arg, one->key, buf_cstr(&places));
    }
}
