#include "config/agentfile.h"

#include <string.h>

#include "base/data.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/opt.h"
#include "config/agent_find.h"
#include "config/agent_targets.h"

static const char *const known_keys[] = {
    "name", "blurb",     "description",     "behavior", "system_prompt",   "model",
    "mode", "behaviors", "delegation_tool", "limits",   "can_delegate_to", "class",
    "type", "effort"};

void agent_file_fini(struct agent_file *f)
{
    free(f->name);
    free(f->blurb);
    free(f->system_prompt);
    free(f->model);
    free(f->mode);
    free(f->origin);
    agent_targets_free(f->targets, f->target_count);
    yaml_tree_free(f->root);
    *f = (struct agent_file){0};
}

static bool check_keys(const struct yaml *root, struct error *e)
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

// clang-format off
static const struct opt limit_rows[] = {
    {"rounds", OPT_INT, offsetof(struct agent_file, rounds), .min = 1, .max = 100000,
     .alias = "max_rounds", .unit = "rounds", .help = "Rounds on one goal"},
    {"seconds", OPT_INT, offsetof(struct agent_file, seconds), .min = 0, .max = 1e7,
     .alias = "timeout", .unit = "s", .help = "Seconds on one goal"},
    {"tokens", OPT_INT, offsetof(struct agent_file, tokens), .min = 0, .max = 1e12,
     .alias = "max_tokens", .unit = "tokens", .help = "Tokens of one goal"},
    {"money", OPT_NUM, offsetof(struct agent_file, money), .min = 0, .max = 1e6,
     .help = "Money of one goal"},
    {0},
};
// clang-format on

static bool read_limits(struct agent_file *f, struct error *e)
{
    f->rounds = f->seconds = f->tokens = -1;
    f->money = -1;
    return opt_overlay(limit_rows, f, yaml_get(f->root, "limits"), "limits", e);
}

static bool read_effort(struct agent_file *f, struct error *e)
{
    static const char *const words[] = {"none", "low", "medium", "high", "max"};
    const struct yaml *v = yaml_get(f->root, "effort");
    for (size_t i = 0; !yaml_is_null(v) && v->kind == YAML_SCALAR && i < COUNT_OF(words); i++)
        if (strcmp(words[i], v->value) == 0)
            f->effort = words[i];
    return yaml_is_null(v) || f->effort ||
           yaml_error(v, e, "effort is one of none, low, medium, high, max");
}

static bool read_members(struct agent_file *f, const char *name, struct error *e)
{
    AUTO_FREE char *plain = agent_name_of(name);
    const char *blurb = yaml_str(f->root, "blurb", yaml_str(f->root, "description", ""));
    f->name = mem_strdup(yaml_str(f->root, "name", plain));
    f->blurb = mem_strdup(blurb);
    f->system_prompt = mem_strdup(yaml_str(f->root, "system_prompt", ""));
    f->model = mem_strdup(yaml_str(f->root, "model", NULL));
    f->mode = mem_strdup(yaml_str(f->root, "mode", yaml_str(f->root, "behavior", NULL)));
    f->behaviors = yaml_get(f->root, "behaviors");
    if (f->behaviors && !yaml_is_null(f->behaviors) && f->behaviors->kind != YAML_SEQ)
        return yaml_error(f->behaviors, e, "behaviors: is a list of \"- type: NAME\" entries");
    return read_limits(f, e) && read_effort(f, e);
}

bool agent_file_load(struct agent_file *f, const char *name, const struct agent_places *places,
                     struct error *e)
{
    *f = (struct agent_file){0};
    f->root = agent_find(name, places, NULL, &f->origin, e);
    if (f->root && check_keys(f->root, e) && read_members(f, name, e) &&
        agent_targets_load(f, places, e))
        return true;
    agent_file_fini(f);
    return false;
}
