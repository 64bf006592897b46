#include "engine/types.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define BEHAVIOR(name) extern const struct behavior behavior_##name;
#include "behaviors/behaviors.def"
#undef BEHAVIOR

const struct behavior *const behavior_types[] = {
#define BEHAVIOR(name) &behavior_##name,
#include "behaviors/behaviors.def"
#undef BEHAVIOR
};

struct loaded {
    const struct behavior *type;
    char *origin;
    struct guard_code code;
};

static VEC(struct loaded) loaded;

struct guard_code behavior_code(const struct behavior *b)
{
    for (size_t i = 0; i < loaded.len; i++)
        if (loaded.ptr[i].type == b)
            return loaded.ptr[i].code;
    return (struct guard_code){0};
}

size_t behavior_type_count(void)
{
    return COUNT_OF(behavior_types);
}

const struct behavior *behavior_loaded(size_t i, const char **origin)
{
    if (i >= loaded.len)
        return NULL;
    if (origin)
        *origin = loaded.ptr[i].origin;
    return loaded.ptr[i].type;
}

static bool type_has_alias(const struct behavior *b, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = b->aliases; p && *p;) {
        size_t n = strcspn(p, "|");
        if (n == len && strncmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

static bool type_is(const struct behavior *b, const char *word)
{
    return strcmp(b->type, word) == 0 || strcmp(b->name, word) == 0 || type_has_alias(b, word);
}

const struct behavior *behavior_find(const char *type)
{
    for (size_t i = 0; i < COUNT_OF(behavior_types); i++)
        if (type_is(behavior_types[i], type))
            return behavior_types[i];
    for (size_t i = 0; i < loaded.len; i++)
        if (type_is(loaded.ptr[i].type, type))
            return loaded.ptr[i].type;
    return NULL;
}

char *behavior_file_name(const char *type)
{
    AUTO(buf) out = {0};
    for (const char *p = type; *p; p++) {
        bool upper = isupper((unsigned char)*p);
        if (upper && p > type && (!isupper((unsigned char)p[-1]) || islower((unsigned char)p[1])))
            buf_addc(&out, '_');
        buf_addc(&out, (char)tolower((unsigned char)*p));
    }
    return buf_take(&out);
}

/* ---- files ---- */

struct search {
    const char *type;
    char *file; /* my_behavior */
    struct buf tried;
    const struct behavior *found;
    struct error *e;
};

static void keep(struct search *s, const struct behavior *b, const char *path)
{
    s->found = b;
    size_t n = strlen(path);
    bool object = n > 3 && strcmp(path + n - 3, ".so") == 0;
    struct guard_code code = object && b ? guard_code_of(b) : (struct guard_code){0};
    if (b)
        VEC_PUSH(&loaded, (struct loaded){b, mem_strdup(path), code});
}

/* True when the file is there, whether or not it could be used. */
static bool try_path(struct search *s, char *path, bool python)
{
    bool there = access(path, F_OK) == 0;
    if (there)
        keep(s, python ? python_type(path, s->type, s->e) : plugin_load(path, s->type, s->e), path);
    else
        buf_addf(&s->tried, "%s%s", s->tried.len ? ", " : "", path);
    free(path);
    return there;
}

static bool try_directory(struct search *s, const char *dir, bool shared_objects)
{
    const char *f = s->file;
    return (shared_objects && (try_path(s, mem_printf("%s/%s.so", dir, f), false) ||
                               try_path(s, mem_printf("%s/%s/%s.so", dir, f, f), false))) ||
           try_path(s, mem_printf("%s/%s.py", dir, f), true) ||
           try_path(s, mem_printf("%s/%s/%s.py", dir, f, f), true);
}

static bool try_all(struct search *s, const struct type_places *places)
{
    AUTO_FREE char *own = file_config_path("behaviors");
    if (try_directory(s, own, true))
        return true;
    for (size_t i = 0; places && places->paths && i < places->paths->count; i++)
        if (try_directory(s, places->paths->items[i], true))
            return true;
    AUTO_FREE char *project =
        places && places->project ? mem_printf("%s/.mien/behaviors", places->project) : NULL;
    return project && try_directory(s, project, false);
}

/* my_behavior.so holds MyBehavior: how the words are spelled in capitals, only Python tells. */
static char *class_name(const char *file)
{
    AUTO(buf) out = {0};
    bool up = true;
    for (const char *p = file; *p; p++) {
        if (*p != '_')
            buf_addc(&out, (char)(up ? toupper((unsigned char)*p) : *p));
        up = *p == '_';
    }
    return buf_take(&out);
}

static const struct behavior *loaded_from(const char *path)
{
    for (size_t i = 0; i < loaded.len; i++)
        if (strcmp(loaded.ptr[i].origin, path) == 0)
            return loaded.ptr[i].type;
    return NULL;
}

static const struct behavior *behavior_from_file(const char *path, struct error *e)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *dot = strrchr(base, '.');
    bool python = dot && strcmp(dot, ".py") == 0;
    if (!python && (!dot || strcmp(dot, ".so") != 0)) {
        error_set(e, ERR_USAGE, "%s is no behavior: a file is a .py or a .so", path);
        return NULL;
    }
    AUTO_FREE char *real = realpath(path, NULL);
    const struct behavior *before = real ? loaded_from(real) : NULL;
    if (!real)
        error_errno(e, errno, "cannot read the behavior %s", path);
    if (!real || before)
        return before;
    AUTO_FREE char *file = mem_strndup(base, (size_t)(dot - base));
    AUTO_FREE char *told = python ? python_class_name(real, file) : NULL;
    AUTO_FREE char *type = told ? mem_strdup(told) : class_name(file);
    if (behavior_find(type)) {
        error_set(e, ERR_CONFIG, "%s: there is another behavior called %s; rename the class", path,
                  type);
        return NULL;
    }
    struct search s = {.e = e};
    keep(&s, python ? python_type(real, type, e) : plugin_load(real, type, e), real);
    return s.found;
}

const char *behavior_named(const char *word, struct error *e)
{
    size_t n = strlen(word);
    const char *end = n > 3 ? word + n - 3 : "";
    if (!strchr(word, '/') && strcmp(end, ".py") != 0 && strcmp(end, ".so") != 0)
        return word;
    const struct behavior *b = behavior_from_file(word, e);
    return b ? b->type : NULL;
}

/* A name that could be a class: anything else is not looked for on disk. */
static bool is_class_name(const char *type)
{
    size_t n = strlen(type);
    if (n == 0 || n > 80 || !isalpha((unsigned char)*type))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)type[i]) && type[i] != '_')
            return false;
    return true;
}

static void unknown(const char *type, const char *tried, struct error *e)
{
    const char *names[COUNT_OF(behavior_types)];
    AUTO(buf) all = {0};
    for (size_t i = 0; i < COUNT_OF(behavior_types); i++) {
        names[i] = behavior_types[i]->type;
        buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = opt_nearest(type, names, COUNT_OF(names));
    AUTO_FREE char *looked = *tried ? mem_printf(" (looked for %s)", tried) : mem_strdup("");
    if (near)
        error_set(e, ERR_CONFIG, "no behavior is called \"%s\"; did you mean \"%s\"?%s", type, near,
                  looked);
    else
        error_set(e, ERR_CONFIG, "no behavior is called \"%s\"; there are: %s%s", type,
                  buf_cstr(&all), looked);
}

const struct behavior *behavior_resolve(const char *type, const struct type_places *places,
                                        struct error *e)
{
    const struct behavior *b = behavior_find(type);
    if (b)
        return b;
    struct error here = {0};
    struct search s = {.type = type, .e = &here};
    if (is_class_name(type)) {
        s.file = behavior_file_name(type);
        if (try_all(&s, places) && !s.found)
            error_set(e, here.code, "%s", here.text);
    }
    if (!s.found && here.code == ERR_NONE)
        unknown(type, buf_cstr(&s.tried), e);
    free(s.file);
    buf_fini(&s.tried);
    return s.found;
}
