#include "ui/input/keys.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/yaml.h"
#include "ui/input/decoder.h"

static const struct key shipped[] = {
/* The argument is a number, which falls to .n, the member after .action, or names its member. */
#define KEY(ctx, key, act, arg, shown, text) \
    {.context = CONTEXT_##ctx, .name = key, .action = act, arg, .hint = shown, .help = text},
#include "ui/input/keys.def"
#undef KEY
    {0},
};

const struct key *keys = shipped;

static struct {
    VEC(struct key) table; /* ends with a row of zeros */
    VEC(char *) names;     /* of keys that are not the shipped table's */
} own;

static const struct key *keys_find_in(const struct key *table, enum context context,
                                      const char *name)
{
    for (const struct key *k = table; k->name; k++)
        if (k->context == context && strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

/* ---- bindings.yaml ---- */

/* "C-t" of "Ctrl-T" or "C-t"; a name of its own for every key. Caller frees. */
static char *keys_name_of(const char *label)
{
    static const char *const prefixes[][2] = {{"Ctrl-", "C-"}, {"Alt-", "M-"}, {"Shift-", "S-"}};
    struct buf out = {0};
    for (bool first = true; *label; first = false) {
        size_t n = strcspn(label, " ");
        if (!first)
            buf_addc(&out, ' ');
        for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
            size_t len = strlen(prefixes[i][0]);
            if (n > len && strncasecmp(label, prefixes[i][0], len) == 0) {
                buf_adds(&out, prefixes[i][1]);
                label += len;
                n -= len;
            }
        }
        bool control = out.len >= 2 && memcmp(out.ptr + out.len - 2, "C-", 2) == 0;
        char c = *label;
        if (n == 1 && control && c >= 'A' && c <= 'Z')
            buf_addc(&out, (char)(c + 32));
        else
            buf_add(&out, label, n);
        label += n + (label[n] == ' ');
    }
    return buf_take(&out);
}

static void keys_complain(struct buf *complaints, const struct yaml *y, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static void keys_complain(struct buf *complaints, const struct yaml *y, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_addf(complaints, "%s:%d: %s\n", y->file, y->line, text);
}

/* Whether another key does the same, or is to by this file. */
static bool keys_does_another(enum context context, const char *name, const struct key *as,
                              const struct yaml *map)
{
    for (const struct key *k = keys; k->name; k++)
        if (k->context == context && strcmp(k->name, name) != 0 && keys_act_alike(k, as))
            return true;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *y = map->items[i];
        AUTO_FREE char *meant = keys_name_of(y->kind == YAML_SCALAR ? y->value : "");
        const struct key *k = keys_find_in(shipped, context, meant);
        if (k && keys_act_alike(k, as))
            return true;
    }
    return false;
}

static void keys_put(enum context context, const char *name, const struct key *as)
{
    size_t at = 0;
    while (own.table.ptr[at].name &&
           (own.table.ptr[at].context != context || strcmp(own.table.ptr[at].name, name) != 0))
        at++;
    if (!as) {
        if (own.table.ptr[at].name)
            memmove(&own.table.ptr[at], &own.table.ptr[at + 1],
                    (--own.table.len - at) * sizeof *own.table.ptr);
        return;
    }
    struct key row = *as;
    row.name = mem_strdup(name);
    VEC_PUSH(&own.names, (char *)row.name);
    if (!own.table.ptr[at].name)
        VEC_PUSH(&own.table, (struct key){0});
    own.table.ptr[at] = row;
    keys = own.table.ptr; /* it may have grown */
}

static void keys_take_one(enum context context, const struct yaml *y, const struct yaml *map,
                          struct buf *complaints)
{
    AUTO(buf) bytes = {0};
    AUTO_FREE char *name = keys_name_of(y->key);
    AUTO_FREE char *as = keys_name_of(y->kind == YAML_SCALAR ? y->value : "");
    bool none = strcmp(as, "none") == 0;
    const struct key *was = keys_find_in(shipped, context, name);
    const struct key *meant = none ? NULL : keys_find_in(shipped, context, as);
    if (!decoder_encode(name, &bytes))
        keys_complain(complaints, y, "no key is called \"%s\"", y->key);
    else if (!none && !meant)
        keys_complain(complaints, y, "\"%s\" does nothing there, so %s cannot do the same",
                      y->kind == YAML_SCALAR ? y->value : "", y->key);
    else if (context == CONTEXT_GLOBAL && (strcmp(name, "C-c") == 0 || strcmp(name, "Esc") == 0))
        keys_complain(complaints, y, "%s stays: it is the way out", y->key);
    else if (was && !none && !keys_act_alike(was, meant) &&
             !keys_does_another(context, name, was, map))
        keys_complain(complaints, y, "%s: nothing else would do \"%s\"", y->key, was->help);
    else
        keys_put(context, name, meant);
}

void bindings_load(const char *path, struct buf *complaints)
{
    static const char *const names[] = {
        [CONTEXT_INPUT] = "input",     [CONTEXT_TREE] = "tree",
        [CONTEXT_JOB] = "job",         [CONTEXT_TRANSCRIPT] = "transcript",
        [CONTEXT_DIALOG] = "question", [CONTEXT_MENU] = "menu",
        [CONTEXT_HELP] = "help",       [CONTEXT_GLOBAL] = "everywhere"};
    struct error e = {0};
    AUTO_YAML *y = path ? yaml_load(path, &e) : NULL;
    bindings_unload();
    if (!y) {
        if (path && e.code != ERR_NOT_FOUND)
            buf_addf(complaints, "%s\n", e.text);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(shipped); i++)
        VEC_PUSH(&own.table, shipped[i]);
    keys = own.table.ptr;
    for (size_t i = 0; i < y->count; i++) {
        const struct yaml *map = y->items[i];
        size_t context = 0;
        while (context < CONTEXT_COUNT && strcmp(names[context], map->key ? map->key : "") != 0)
            context++;
        if (context == CONTEXT_COUNT || map->kind != YAML_MAP)
            keys_complain(complaints, map,
                          "\"%s\" is no place for keys: input, tree, job, transcript, question, "
                          "menu, help, everywhere",
                          map->key ? map->key : "");
        for (size_t k = 0; context < CONTEXT_COUNT && map->kind == YAML_MAP && k < map->count; k++)
            keys_take_one((enum context)context, map->items[k], map, complaints);
    }
}

void bindings_unload(void)
{
    for (size_t i = 0; i < own.names.len; i++)
        free(own.names.ptr[i]);
    VEC_FREE(&own.names);
    VEC_FREE(&own.table);
    keys = shipped;
}

const struct key *keys_for(enum context context, const char *name)
{
    const struct key *as = keys_find_in(shipped, context, name);
    const struct key *same = keys_find_in(keys, context, name);
    if (as && same && keys_act_alike(as, same))
        return same;
    for (const struct key *k = keys; as && k->name; k++)
        if (k->context == context && keys_act_alike(k, as))
            return k;
    return NULL;
}

const struct key *keys_find(enum context context, const char *name)
{
    assert(context < CONTEXT_COUNT && name);
    if (strcmp(name, " ") == 0)
        name = "Space";
    return keys_find_in(keys, context, name);
}

bool keys_act_alike(const struct key *a, const struct key *b)
{
    return a->action == b->action && a->n == b->n &&
           strcmp(a->op ? a->op : "", b->op ? b->op : "") == 0;
}

const char *keys_context_title(enum context c)
{
    assert(c < CONTEXT_COUNT);
    static const char *const titles[] = {
#define C(name, title) title,
        CONTEXT_LIST(C)
#undef C
    };
    return titles[c];
}

void keys_label(const char *name, char *out, size_t size)
{
    assert(*name && size > 0);
    const char *second = strchr(name, ' ');
    size_t n = second && second > name ? (size_t)(second - name) : strlen(name);
    const char *prefix = "";
    if (strncmp(name, "C-", 2) == 0)
        prefix = "Ctrl-";
    else if (strncmp(name, "M-", 2) == 0)
        prefix = "Alt-";
    else if (strncmp(name, "S-", 2) == 0)
        prefix = "Shift-";
    const char *base = *prefix ? name + 2 : name;
    n -= (size_t)(base - name);
    char upper = *prefix && n == 1 && *base >= 'a' && *base <= 'z' ? (char)(*base - 32) : *base;
    int used = snprintf(out, size, "%s%c%.*s", prefix, upper, (int)(n - 1), base + 1);
    if (second && second > name && (size_t)used + 1 < size) {
        out[used] = ' ';
        keys_label(second + 1, out + used + 1, size - (size_t)used - 1);
    }
}

void ui_keys_print(FILE *f)
{
    for (int c = 0; c < CONTEXT_COUNT; c++) {
        for (const struct key *k = keys; k->name; k++) {
            char label[32];
            keys_label(k->name, label, sizeof label);
            if (k->context == (enum context)c)
                fprintf(f, "key\t%s\t%s: %s\n", label, keys_context_title((enum context)c),
                        k->help);
        }
    }
}
