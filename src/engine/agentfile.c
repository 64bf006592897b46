#include "engine/agentfile.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/data.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/opt.h"

#define BUILT_IN "behaviors/agents/"

static const char *const known_keys[] = {"name",  "blurb",    "description", "system_prompt",
                                         "model", "behavior", "behaviors",   "delegation_tool"};

void agent_file_fini(struct agent_file *f)
{
    free(f->name);
    free(f->blurb);
    free(f->system_prompt);
    free(f->model);
    free(f->mode);
    free(f->origin);
    yaml_tree_free(f->root);
    *f = (struct agent_file){0};
}

static bool agent_name_is_file(const char *name)
{
    size_t n = strlen(name);
    return strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(name + n - 4, ".yml") == 0);
}

static void agent_add_name(char ***names, size_t *n, const char *file)
{
    size_t len = strlen(file);
    if (len < 6 || strcmp(file + len - 5, ".yaml") != 0)
        return;
    char *name = mem_strndup(file, len - 5);
    for (size_t i = 0; i < *n; i++)
        if (strcmp((*names)[i], name) == 0) {
            free(name);
            return;
        }
    *names = mem_resize(*names, *n + 1, sizeof **names);
    (*names)[(*n)++] = name;
}

size_t agent_file_names(char ***names)
{
    size_t n = 0;
    *names = NULL;
    for (const struct data_file *f = data_files; f->name; f++)
        if (strncmp(f->name, BUILT_IN, strlen(BUILT_IN)) == 0)
            agent_add_name(names, &n, f->name + strlen(BUILT_IN));
    AUTO_FREE char *dir = file_config_path("agents");
    DIR *d = opendir(dir);
    struct dirent *ent;
    while (d && (ent = readdir(d)))
        agent_add_name(names, &n, ent->d_name);
    if (d)
        closedir(d);
    return n;
}

static bool agent_unknown(const char *name, struct error *e)
{
    char **names;
    size_t n = agent_file_names(&names);
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

static bool agent_find(struct agent_file *f, const char *name, struct error *e)
{
    struct error here = {0};
    AUTO_FREE char *own = NULL;
    if (agent_name_is_file(name)) {
        f->root = yaml_load(name, e);
        f->origin = mem_strdup(name);
        return f->root != NULL;
    }
    AUTO_FREE char *rel = mem_printf("agents/%s.yaml", name);
    own = file_config_path(rel);
    f->root = yaml_load(own, &here);
    if (!f->root && here.code != ERR_NOT_FOUND)
        return error_set(e, here.code, "%s", here.text);
    f->origin = mem_strdup(f->root ? own : "built-in");
    if (f->root)
        return true;
    AUTO_FREE char *embedded = mem_printf(BUILT_IN "%s.yaml", name);
    const struct data_file *d = data_find(embedded);
    if (!d)
        return agent_unknown(name, e);
    f->root = yaml_parse(d->text, d->size, embedded, e);
    return f->root != NULL;
}

static bool agent_check_keys(const struct yaml *root, struct error *e)
{
    if (root->kind != YAML_MAP)
        return yaml_error(root, e, "an agent file holds \"system_prompt:\" and \"behaviors:\"");
    for (size_t i = 0; i < root->count; i++) {
        const char *key = root->items[i]->key;
        bool known = false;
        for (size_t k = 0; k < COUNT_OF(known_keys); k++)
            known |= strcmp(known_keys[k], key) == 0;
        if (known)
            continue;
        const char *near = opt_nearest(key, known_keys, COUNT_OF(known_keys));
        return yaml_error(root->items[i], e, "an agent has no \"%s\"%s%s%s", key,
                          near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    return true;
}

bool agent_file_load(struct agent_file *f, const char *name, struct error *e)
{
    *f = (struct agent_file){0};
    if (!agent_find(f, name, e) || !agent_check_keys(f->root, e)) {
        agent_file_fini(f);
        return false;
    }
    const char *blurb = yaml_str(f->root, "blurb", yaml_str(f->root, "description", ""));
    f->name = mem_strdup(yaml_str(f->root, "name", name));
    f->blurb = mem_strdup(blurb);
    f->system_prompt = mem_strdup(yaml_str(f->root, "system_prompt", ""));
    f->model = mem_strdup(yaml_str(f->root, "model", NULL));
    f->mode = mem_strdup(yaml_str(f->root, "behavior", NULL));
    f->behaviors = yaml_get(f->root, "behaviors");
    if (f->behaviors && !yaml_is_null(f->behaviors) && f->behaviors->kind != YAML_SEQ) {
        yaml_error(f->behaviors, e, "behaviors: is a list of \"- type: NAME\" entries");
        agent_file_fini(f);
        return false;
    }
    return true;
}
