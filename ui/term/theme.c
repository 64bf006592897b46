#include "ui/term/theme.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/data.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/opt.h"
#include "base/yaml.h"

#define FILE_LIMIT (64 * 1024)
#define INHERIT_LIMIT 4

static const struct {
    const char *name;
    enum role fallback;
} roles[ROLE_COUNT] = {
#define ROLE(NAME, name, fallback, help) {#name, ROLE_##fallback},
#include "ui/term/roles.def"
#undef ROLE
};

static const char *const color_names[] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "bright-black",   "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white",
};

static const struct {
    const char *name;
    uint16_t bit;
} attr_names[] = {
    {"bold", ATTR_BOLD},           {"dim", ATTR_DIM},         {"italic", ATTR_ITALIC},
    {"underline", ATTR_UNDERLINE}, {"reverse", ATTR_REVERSE},
};

static bool theme_parse_color(const struct yaml *y, int32_t *out, struct error *e)
{
    if (y->kind != YAML_SCALAR)
        return yaml_error(y, e, "a colour must be \"#rrggbb\", a name or 0-255");
    unsigned rgb;
    int end = 0;
    int64_t index;
    if (sscanf(y->value, "#%6x%n", &rgb, &end) == 1 && end == 7 && y->value[7] == '\0') {
        *out = (int32_t)rgb;
        return true;
    }
    if (yaml_as_int(y, &index) && index >= 0 && index <= 255) {
        *out = COLOR_INDEX | (int32_t)index;
        return true;
    }
    if (strcmp(y->value, "default") == 0) {
        *out = COLOR_DEFAULT;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(color_names); i++)
        if (strcmp(y->value, color_names[i]) == 0) {
            *out = COLOR_INDEX | (int32_t)i;
            return true;
        }
    return yaml_error(y, e, "\"%s\" is no colour: use \"#rrggbb\", a name or 0-255", y->value);
}

static bool theme_parse_index(const struct yaml *y, int16_t *out, struct error *e)
{
    int64_t index;
    if (!yaml_as_int(y, &index) || index < 0 || index > 255)
        return yaml_error(y, e, "%s must be a number from 0 to 255", y->key);
    *out = (int16_t)index;
    return true;
}

static bool theme_parse_attr(const struct yaml *y, uint16_t *attrs, struct error *e)
{
    for (size_t i = 0; i < COUNT_OF(attr_names); i++) {
        if (strcmp(y->key, attr_names[i].name) != 0)
            continue;
        bool on;
        if (!yaml_as_bool(y, &on))
            return yaml_error(y, e, "%s must be true or false", y->key);
        *attrs = (uint16_t)(on ? *attrs | attr_names[i].bit : *attrs & ~attr_names[i].bit);
        return true;
    }
    static const char *const keys[] = {"fg",  "bg",     "fg256",     "bg256",  "bold",
                                       "dim", "italic", "underline", "reverse"};
    const char *near = opt_nearest(y->key, keys, COUNT_OF(keys));
    return yaml_error(y, e, "unknown key \"%s\"%s%s", y->key, near ? "; did you mean " : "",
                      near ? near : "");
}

static bool theme_parse_look(const struct yaml *y, struct look *look, struct error *e)
{
    if (y->kind != YAML_MAP)
        return yaml_error(y, e, "%s must be a map like {fg: \"#7aa2f7\", bold: true}", y->key);
    look->attrs = 0;
    if (yaml_get(y, "fg"))
        look->fg256 = -1;
    if (yaml_get(y, "bg"))
        look->bg256 = -1;
    for (size_t i = 0; i < y->count; i++) {
        const struct yaml *v = y->items[i];
        bool ok = strcmp(v->key, "fg") == 0      ? theme_parse_color(v, &look->fg, e)
                  : strcmp(v->key, "bg") == 0    ? theme_parse_color(v, &look->bg, e)
                  : strcmp(v->key, "fg256") == 0 ? theme_parse_index(v, &look->fg256, e)
                  : strcmp(v->key, "bg256") == 0 ? theme_parse_index(v, &look->bg256, e)
                                                 : theme_parse_attr(v, &look->attrs, e);
        if (!ok)
            return false;
    }
    return true;
}

static bool theme_unknown_role(const struct yaml *y, struct error *e)
{
    const char *names[ROLE_COUNT];
    for (size_t i = 0; i < ROLE_COUNT; i++)
        names[i] = roles[i].name;
    const char *near = opt_nearest(y->key, names, ROLE_COUNT);
    return yaml_error(y, e, "no role is called \"%s\"%s%s", y->key, near ? "; did you mean " : "",
                      near ? near : "");
}

static bool theme_overlay(struct theme *t, const struct yaml *root, struct error *e)
{
    if (root->kind != YAML_MAP)
        return yaml_error(root, e, "a theme is a map of roles");
    for (size_t i = 0; i < root->count; i++) {
        const struct yaml *y = root->items[i];
        if (strcmp(y->key, "about") == 0 || strcmp(y->key, "inherit") == 0)
            continue;
        size_t r = 0;
        while (r < ROLE_COUNT && strcmp(roles[r].name, y->key) != 0)
            r++;
        if (r == ROLE_COUNT)
            return theme_unknown_role(y, e);
        if (!theme_parse_look(y, &t->looks[r], e))
            return false;
    }
    return true;
}

static void theme_clear(struct theme *t)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        t->looks[i] = (struct look){COLOR_UNSET, COLOR_UNSET, -1, -1, UINT16_MAX};
}

/* Fallbacks stand above their users in the list, so one pass settles all. */
static void theme_resolve(struct theme *t)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        struct look *l = &t->looks[i];
        const struct look *base = &t->looks[roles[i].fallback];
        bool own = l != base;
        if (l->fg == COLOR_UNSET) {
            l->fg = own ? base->fg : COLOR_DEFAULT;
            l->fg256 = own ? base->fg256 : -1;
        }
        if (l->bg == COLOR_UNSET) {
            l->bg = own ? base->bg : COLOR_DEFAULT;
            l->bg256 = own ? base->bg256 : -1;
        }
        if (l->attrs == UINT16_MAX)
            l->attrs = own ? base->attrs : 0;
    }
}

static void theme_add_name(void *arg, const char *name)
{
    struct buf *b = arg;
    buf_addf(b, "%s%s", b->len > 0 ? ", " : "", name);
}

static struct yaml *theme_read(const char *name, const char *dir, struct error *e)
{
    if (dir && !strchr(name, '/')) {
        AUTO_FREE char *path = mem_printf("%s/%s.yaml", dir, name);
        if (file_exists(path))
            return yaml_load(path, e);
    }
    char shipped[128];
    snprintf(shipped, sizeof shipped, "themes/%s.yaml", name);
    const struct data_file *f = data_find(shipped);
    if (f)
        return yaml_parse(f->text, f->size, shipped, e);
    AUTO(buf) all = {0};
    theme_each(dir, theme_add_name, &all);
    error_set(e, ERR_NOT_FOUND, "no theme named \"%s\"; try: %s", name, buf_cstr(&all));
    return NULL;
}

static bool theme_load_over(struct theme *t, const char *name, const char *dir, int depth,
                            struct error *e)
{
    AUTO_YAML *y = theme_read(name, dir, e);
    if (!y)
        return false;
    const char *parent = yaml_str(y, "inherit", NULL);
    if (parent && depth >= INHERIT_LIMIT)
        return yaml_error(y, e, "themes inherit from each other in a circle, or too deep");
    if (parent && !theme_load_over(t, parent, dir, depth + 1, e))
        return false;
    return theme_overlay(t, y, e);
}

bool theme_load(struct theme *t, const char *name, const char *themes_dir, struct error *e)
{
    assert(name);
    struct theme loaded;
    theme_clear(&loaded);
    if (!theme_load_over(&loaded, name, themes_dir, 0, e))
        return false;
    theme_resolve(&loaded);
    snprintf(loaded.name, sizeof loaded.name, "%s", name);
    *t = loaded;
    return true;
}

static void theme_each_shipped(void (*fn)(void *arg, const char *name), void *arg)
{
    for (const struct data_file *f = data_files; f->name; f++) {
        char name[64] = "";
        int end = 0;
        if (sscanf(f->name, "themes/%63[^/.].yaml%n", name, &end) == 1 && end > 0)
            fn(arg, name);
    }
}

void theme_each(const char *themes_dir, void (*fn)(void *arg, const char *name), void *arg)
{
    assert(fn);
    theme_each_shipped(fn, arg);
    DIR *d = themes_dir ? opendir(themes_dir) : NULL;
    for (const struct dirent *en; d && (en = readdir(d));) {
        const char *dot = strrchr(en->d_name, '.');
        if (!dot || strcmp(dot, ".yaml") != 0 || dot == en->d_name)
            continue;
        AUTO_FREE char *name = mem_strndup(en->d_name, (size_t)(dot - en->d_name));
        AUTO_FREE char *shipped = mem_printf("themes/%s.yaml", name);
        if (!data_find(shipped))
            fn(arg, name);
    }
    if (d)
        closedir(d);
}
