#include "eval/eval_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/yaml.h"

void eval_names_add(struct eval_names *n, const char *name)
{
    VEC_PUSH(&n->list, mem_strdup(name));
}

static void names_fini(struct eval_names *n)
{
    for (size_t i = 0; i < n->list.len; i++)
        free(n->list.ptr[i]);
    VEC_FREE(&n->list);
}

void eval_fini(struct eval *v)
{
    for (size_t i = 0; i < v->goals.len; i++) {
        struct eval_goal *g = &v->goals.ptr[i];
        free(g->name);
        free(g->goal);
        free(g->repository);
        free(g->setup);
        free(g->check);
    }
    VEC_FREE(&v->goals);
    names_fini(&v->agents);
    names_fini(&v->models);
    names_fini(&v->modes);
    free(v->results);
    launch_fini(&v->launch);
    *v = (struct eval){0};
}

/* A misspelt key would quietly leave out a check. */
static bool only_keys(const struct yaml *y, const char *const *keys, struct error *e)
{
    for (size_t i = 0; i < y->count; i++) {
        const char *const *k = keys;
        while (*k && strcmp(*k, y->items[i]->key) != 0)
            k++;
        if (!*k)
            return yaml_error(y->items[i], e, "\"%s\" is not known here", y->items[i]->key);
    }
    return true;
}

static bool read_text(const struct yaml *y, const char *key, char **out, struct error *e)
{
    const struct yaml *v = yaml_get(y, key);
    if (yaml_is_null(v))
        return true;
    if (v->kind != YAML_SCALAR)
        return yaml_error(v, e, "%s must be a text", key);
    mem_replace(out, v->value);
    return true;
}

static bool read_count(const struct yaml *y, const char *key, int64_t *out, struct error *e)
{
    const struct yaml *v = yaml_get(y, key);
    int64_t n;
    if (yaml_is_null(v))
        return true;
    if (!yaml_as_int(v, &n) || n < 1 || n > 1000000)
        return yaml_error(v, e, "%s must be a whole number, 1 or more", key);
    *out = n;
    return true;
}

static bool read_names(const struct yaml *y, const char *key, const char *none,
                       struct eval_names *out, struct error *e)
{
    const struct yaml *v = yaml_get(y, key);
    if (!yaml_is_null(v) && v->kind != YAML_SEQ)
        return yaml_error(v, e, "%s must be a list of names", key);
    for (size_t i = 0; !yaml_is_null(v) && i < v->count; i++) {
        if (v->items[i]->kind != YAML_SCALAR)
            return yaml_error(v->items[i], e, "%s must be a list of names", key);
        eval_names_add(out, v->items[i]->value);
    }
    if (!out->list.len)
        eval_names_add(out, none);
    return true;
}

static bool read_words(const struct yaml *y, const char *key, struct launch *l, bool words,
                       struct error *e)
{
    const struct yaml *v = yaml_get(y, key);
    if (!yaml_is_null(v) && v->kind != YAML_SEQ)
        return yaml_error(v, e, "%s must be a list of words", key);
    for (size_t i = 0; !yaml_is_null(v) && i < v->count; i++) {
        if (v->items[i]->kind != YAML_SCALAR)
            return yaml_error(v->items[i], e, "%s must be a list of words", key);
        char *word = mem_strdup(v->items[i]->value);
        if (words)
            VEC_PUSH(&l->words, word);
        else
            VEC_PUSH(&l->environment, word);
    }
    return true;
}

static bool read_machines(struct eval *v, const struct yaml *y, struct error *e)
{
    static const char *const keys[] = {"launcher",      "program",      "environment", "workspace",
                                       "start_timeout", "link_timeout", "parallel",    NULL};
    AUTO_FREE char *workspace = mem_strdup("auto");
    int64_t start = LAUNCH_START_S, lost = LAUNCH_LOST_S;
    if (yaml_is_null(y))
        return true;
    if (y->kind != YAML_MAP)
        return yaml_error(y, e, "machines: is a map with launcher, a list of words");
    if (!only_keys(y, keys, e) || !read_words(y, "launcher", &v->launch, true, e) ||
        !read_words(y, "environment", &v->launch, false, e) ||
        !read_text(y, "program", &v->launch.program, e) ||
        !read_text(y, "workspace", &workspace, e) || !read_count(y, "start_timeout", &start, e) ||
        !read_count(y, "link_timeout", &lost, e) || !read_count(y, "parallel", &v->parallel, e))
        return false;
    if (!v->launch.words.len)
        return yaml_error(y, e, "machines need a launcher, a list of words: [ssh, host]");
    if (!text_is_one_of(workspace, "auto|shared|carry"))
        return yaml_error(y, e, "workspace is auto, shared or carry, not \"%s\"", workspace);
    v->launch.start_ms = start * 1000;
    v->launch.lost_ms = lost * 1000;
    launch_decide(&v->launch, workspace, false);
    return true;
}

bool eval_load_machines(struct eval *v, const char *path, struct error *e)
{
    AUTO_YAML *y = yaml_load(path, e);
    return y && read_machines(v, y, e);
}

static char *from_file(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    if (*name == '/' || !slash || strstr(name, "://"))
        return mem_strdup(name);
    return mem_printf("%.*s/%s", (int)(slash - path), path, name);
}

static bool read_goal(struct eval *v, const struct yaml *y, const char *path, struct error *e)
{
    static const char *const keys[] = {"name",  "goal",    "repository", "setup",
                                       "check", "timeout", NULL};
    if (y->kind != YAML_MAP)
        return yaml_error(y, e, "a goal is a map with name, goal and check");
    VEC_PUSH(&v->goals, (struct eval_goal){.timeout_s = EVAL_TIMEOUT_S});
    struct eval_goal *g = &v->goals.ptr[v->goals.len - 1];
    if (!only_keys(y, keys, e) || !read_text(y, "name", &g->name, e) ||
        !read_text(y, "goal", &g->goal, e) || !read_text(y, "repository", &g->repository, e) ||
        !read_text(y, "setup", &g->setup, e) || !read_text(y, "check", &g->check, e) ||
        !read_count(y, "timeout", &g->timeout_s, e))
        return false;
    if (!g->name || !g->goal)
        return yaml_error(y, e, "a goal needs a name and a goal");
    for (size_t i = 0; i + 1 < v->goals.len; i++)
        if (strcmp(v->goals.ptr[i].name, g->name) == 0)
            return yaml_error(y, e, "two goals are named \"%s\"", g->name);
    if (g->repository) {
        char *whole = from_file(path, g->repository);
        free(g->repository);
        g->repository = whole;
    }
    return true;
}

static char *default_results(const char *path)
{
    size_t n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, ".yaml") == 0)
        n -= 5;
    return mem_printf("%.*s.results", (int)n, path);
}

/* Programs of the cells work elsewhere. */
static bool make_absolute(char **path, struct error *e)
{
    if (**path == '/')
        return true;
    AUTO_FREE char *here = getcwd(NULL, 0);
    if (!here)
        return error_errno(e, errno, "cannot tell the working directory");
    char *whole = mem_printf("%s/%s", here, *path);
    free(*path);
    *path = whole;
    return true;
}

bool eval_load(struct eval *v, const char *path, struct error *e)
{
    static const char *const keys[] = {"goals",    "agents",  "models",   "modes", "runs",
                                       "parallel", "results", "machines", NULL};
    AUTO_YAML *y = yaml_load(path, e);
    *v = (struct eval){.runs = 1, .parallel = 1};
    if (!y)
        return false;
    const struct yaml *goals = yaml_get(y, "goals");
    if (y->kind != YAML_MAP || !goals || goals->kind != YAML_SEQ || !goals->count)
        return yaml_error(goals ? goals : y, e, "goals: wants a list of at least one goal");
    if (!only_keys(y, keys, e) || !read_names(y, "agents", "", &v->agents, e) ||
        !read_names(y, "models", "", &v->models, e) || !read_names(y, "modes", "", &v->modes, e) ||
        !read_count(y, "runs", &v->runs, e) || !read_count(y, "parallel", &v->parallel, e) ||
        !read_text(y, "results", &v->results, e) || !read_machines(v, yaml_get(y, "machines"), e))
        return false;
    for (size_t i = 0; i < goals->count; i++)
        if (!read_goal(v, goals->items[i], path, e))
            return false;
    char *results = v->results ? from_file(path, v->results) : default_results(path);
    free(v->results);
    v->results = results;
    return make_absolute(&v->results, e);
}
