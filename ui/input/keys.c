#include "ui/input/keys.h"

#include <assert.h>
#include <string.h>

const struct key keys[] = {
/* The argument is a number, which falls to .n, the member after .action, or names its member. */
#define KEY(ctx, key, act, arg, shown, text) \
    {.context = CONTEXT_##ctx, .name = key, .action = act, arg, .hint = shown, .help = text},
#include "ui/input/keys.def"
#undef KEY
    {0},
};

const struct key *keys_find(enum context context, const char *name)
{
    assert(context < CONTEXT_COUNT && name);
    if (strcmp(name, " ") == 0)
        name = "Space";
    for (const struct key *k = keys; k->name; k++)
        if (k->context == context && strcmp(k->name, name) == 0)
            return k;
    return NULL;
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
    const char *prefix = "";
    if (strncmp(name, "C-", 2) == 0)
        prefix = "Ctrl-";
    else if (strncmp(name, "M-", 2) == 0)
        prefix = "Alt-";
    else if (strncmp(name, "S-", 2) == 0)
        prefix = "Shift-";
    const char *base = *prefix ? name + 2 : name;
    char upper =
        *prefix && base[1] == '\0' && *base >= 'a' && *base <= 'z' ? (char)(*base - 32) : *base;
    snprintf(out, size, "%s%c%s", prefix, upper, base + 1);
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
