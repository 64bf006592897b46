#include "config/agent_find.h"

#include <dirent.h>
#include <string.h>

#include "base/data.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/opt.h"

#define BUILT_IN "behaviors/agents/"

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

bool agent_name_is_file(const char *name)
{
    return strchr(name, '/') || ends_with(name, ".yaml") || ends_with(name, ".yml");
}

char *agent_name_of(const char *name)
{
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    static const char *const ends[] = {"_config.yaml", "_config.yml", ".yaml", ".yml"};
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (ends_with(base, ends[i]))
            return mem_strndup(base, strlen(base) - strlen(ends[i]));
    return mem_strdup(base);
}

/* ---- names ---- */

static void add_name(char ***names, size_t *n, const char *file, const char *suffix)
{
    if (!ends_with(file, suffix))
        return;
    char *name = mem_strndup(file, strlen(file) - strlen(suffix));
    for (size_t i = 0; i < *n; i++)
        if (strcmp((*names)[i], name) == 0) {
            free(name);
            return;
        }
    *names = mem_resize(*names, *n + 1, sizeof **names);
    (*names)[(*n)++] = name;
}

static void add_directory(char ***names, size_t *n, const char *dir, const char *suffix)
{
    DIR *d = opendir(dir);
    struct dirent *ent;
    while (d && (ent = readdir(d)))
        if (strcmp(ent->d_name, "agent_config.yaml") != 0)
            add_name(names, n, ent->d_name, suffix);
    if (d)
        closedir(d);
}

size_t agent_file_names(const struct agent_places *places, char ***names)
{
    size_t n = 0;
    *names = NULL;
    for (const struct data_file *f = data_files; f->name; f++)
        if (strncmp(f->name, BUILT_IN, strlen(BUILT_IN)) == 0)
            add_name(names, &n, f->name + strlen(BUILT_IN), ".yaml");
    AUTO_FREE char *own = file_config_path("agents"), *top = file_config_path(NULL);
    add_directory(names, &n, own, ".yaml");
    add_directory(names, &n, top, "_config.yaml");
    if (places && places->project) {
        AUTO_FREE char *project = mem_printf("%s/.mien/agents", places->project);
        add_directory(names, &n, project, ".yaml");
    }
    return n;
}

static bool agent_unknown(const char *name, const struct agent_places *places, struct error *e)
{
    char **names;
    size_t n = agent_file_names(places, &names);
    const char *near = opt_nearest(name, (const char *const *)names, n);
    AUTO(buf) all = {0};
    for (size_t i = 0; i < n; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    if (near)
        error_set(e, ERR_NOT_FOUND, "no agent is called \"%s\"; did you mean \"%s\"?", name, near);
    else
        error_set(e, ERR_NOT_FOUND, "no agent is called \"%s\"; there are: %s", name,
                  buf_cstr(&all));
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return false;
}

/* ---- finding the file ---- */

/* True when path could be read; an unreadable or malformed one is an error, a missing none. */
static bool try_file(struct yaml **root, char **origin, const char *path, struct error *e)
{
    struct error here = {0};
    *root = yaml_load(path, &here);
    if (*root) {
        *origin = mem_strdup(path);
        return true;
    }
    if (here.code != ERR_NOT_FOUND)
        error_set(e, here.code, "%s", here.text);
    return false;
}

static bool find_in(struct yaml **root, char **origin, const char *dir, const char *name,
                    bool beside, struct error *e)
{
    for (int form = 0; form < 3 && e->code == ERR_NONE; form++) {
        AUTO_FREE char *path = form == 0   ? mem_printf("%s/agents/%s.yaml", dir, name)
                               : form == 1 ? mem_printf("%s/%s_config.yaml", dir, name)
                                           : mem_printf("%s/%s.yaml", dir, name);
        if (form == 2 && !beside)
            continue; /* config.yaml is no agent */
        if (try_file(root, origin, path, e))
            return true;
    }
    return false;
}

struct yaml *agent_find(const char *name, const struct agent_places *places, const char *beside,
                        char **origin, struct error *e)
{
    struct yaml *root = NULL;
    struct error here = {0};
    if (agent_name_is_file(name)) {
        *origin = mem_strdup(name);
        return yaml_load(name, e);
    }
    AUTO_FREE char *own = file_config_path(NULL);
    AUTO_FREE char *project =
        places && places->project ? mem_printf("%s/.mien", places->project) : NULL;
    const char *dirs[] = {beside, project, own};
    for (size_t i = 0; i < COUNT_OF(dirs); i++)
        if (dirs[i] && find_in(&root, origin, dirs[i], name, i == 0, &here))
            return root;
    if (here.code != ERR_NONE) {
        error_set(e, here.code, "%s", here.text);
        return NULL;
    }
    AUTO_FREE char *embedded = mem_printf(BUILT_IN "%s.yaml", name);
    const struct data_file *d = data_find(embedded);
    if (!d) {
        (void)agent_unknown(name, places, e);
        return NULL;
    }
    *origin = mem_strdup("built-in");
    return yaml_parse(d->text, d->size, embedded, e);
}
