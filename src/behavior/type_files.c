/* Behaviors that files bring: where they are looked for, and what is there. */
#include "behavior/type_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "behavior/plugin.h"
#include "behavior/python.h"

struct search {
    const char *type;
    char *file; /* my_behavior */
    struct buf tried;
    const struct behavior *found;
    struct error *e;
};

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

static const struct behavior *load(const char *path, const char *type, bool python, struct error *e)
{
    const struct behavior *b = python ? python_type(path, type, e) : plugin_load(path, type, e);
    return b ? behavior_keep(b, path) : NULL;
}

/* True when the file is there, whether or not it could be used. */
static bool try_path(struct search *s, char *path, bool python)
{
    bool there = access(path, F_OK) == 0;
    if (there)
        s->found = load(path, s->type, python, s->e);
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
static char *class_in(const char *path)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    AUTO_FREE char *file = mem_strndup(base, strcspn(base, "."));
    char *told = ends_with(path, ".py") ? python_class_name(path, file) : NULL;
    AUTO(buf) out = {0};
    bool up = true;
    if (told)
        return told;
    for (const char *p = file; *p; p++) {
        if (*p != '_')
            buf_addc(&out, (char)(up ? toupper((unsigned char)*p) : *p));
        up = *p == '_';
    }
    return buf_take(&out);
}

static const struct behavior *loaded_from(const char *path)
{
    const struct behavior *b;
    const char *origin;
    for (size_t i = 0; (b = behavior_loaded(i, &origin)); i++)
        if (strcmp(origin, path) == 0)
            return b;
    return NULL;
}

static const struct behavior *behavior_from_file(const char *path, struct error *e)
{
    bool python = ends_with(path, ".py");
    if (!python && !ends_with(path, ".so")) {
        error_set(e, ERR_USAGE, "%s is no behavior: a file is a .py or a .so", path);
        return NULL;
    }
    AUTO_FREE char *real = realpath(path, NULL);
    const struct behavior *before = real ? loaded_from(real) : NULL;
    if (!real)
        error_errno(e, errno, "cannot read the behavior %s", path);
    if (!real || before)
        return before;
    AUTO_FREE char *type = class_in(real);
    if (behavior_find(type)) {
        error_set(e, ERR_CONFIG, "%s: there is another behavior called %s; rename the class", path,
                  type);
        return NULL;
    }
    return load(real, type, python, e);
}

const char *behavior_named(const char *word, struct error *e)
{
    if (!strchr(word, '/') && !ends_with(word, ".py") && !ends_with(word, ".so"))
        return word;
    const struct behavior *b = behavior_from_file(word, e);
    return b ? b->type : NULL;
}

/* ---- all there are ---- */

static void add_listed(struct behavior_files *list, const char *path)
{
    char *type = class_in(path);
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->ptr[i].type, type) == 0) { /* the first one found is the one that counts */
            free(type);
            return;
        }
    VEC_PUSH(list, ((struct behavior_file){type, mem_strdup(path)}));
}

/* my_behavior.so, my_behavior/my_behavior.so, and the same in Python. */
static void list_entry(struct behavior_files *list, const char *dir, const char *name,
                       bool shared_objects)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    if ((shared_objects && ends_with(name, ".so")) || ends_with(name, ".py")) {
        add_listed(list, path);
        return;
    }
    AUTO_FREE char *object = mem_printf("%s/%s.so", path, name);
    AUTO_FREE char *script = mem_printf("%s/%s.py", path, name);
    if (shared_objects && access(object, F_OK) == 0)
        add_listed(list, object);
    else if (access(script, F_OK) == 0)
        add_listed(list, script);
}

static void list_directory(struct behavior_files *list, const char *dir, bool shared_objects)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.')
            list_entry(list, dir, names[i]->d_name, shared_objects);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

void behavior_files_find(struct behavior_files *list, const struct type_places *places)
{
    AUTO_FREE char *own = file_config_path("behaviors");
    list_directory(list, own, true);
    for (size_t i = 0; places && places->paths && i < places->paths->count; i++)
        list_directory(list, places->paths->items[i], true);
    AUTO_FREE char *project =
        places && places->project ? mem_printf("%s/.mien/behaviors", places->project) : NULL;
    if (project)
        list_directory(list, project, false);
}

void behavior_files_fini(struct behavior_files *list)
{
    for (size_t i = 0; i < list->len; i++) {
        free(list->ptr[i].type);
        free(list->ptr[i].path);
    }
    VEC_FREE(list);
}

/* ---- by name ---- */

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

static void unknown(const char *type, const struct type_places *places, const char *tried,
                    struct error *e)
{
    AUTO(behavior_files) brought = {0};
    VEC(const char *) names = {0};
    AUTO(buf) all = {0};
    behavior_files_find(&brought, places);
    for (size_t i = 0; i < behavior_type_count(); i++)
        VEC_PUSH(&names, behavior_types[i]->type);
    for (size_t i = 0; i < brought.len; i++)
        VEC_PUSH(&names, brought.ptr[i].type);
    for (size_t i = 0; i < names.len; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", names.ptr[i]);
    const char *near = opt_nearest(type, names.ptr, names.len);
    AUTO_FREE char *looked = *tried ? mem_printf(" (looked for %s)", tried) : mem_strdup("");
    if (near)
        error_set(e, ERR_CONFIG, "no behavior is called \"%s\"; did you mean \"%s\"?%s", type, near,
                  looked);
    else
        error_set(e, ERR_CONFIG, "no behavior is called \"%s\"; there are: %s%s", type,
                  buf_cstr(&all), looked);
    VEC_FREE(&names);
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
        unknown(type, places, buf_cstr(&s.tried), e);
    free(s.file);
    buf_fini(&s.tried);
    return s.found;
}
