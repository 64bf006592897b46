/* The listing subcommands: behaviors, models, agents, sessions, config. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "behavior/type_files.h"
#include "behaviors/behavior.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/registry.h"
#include "config/agentfile.h"
#include "llm/models/models.h"

int cli_usage(const char *text)
{
    struct error e = {0};
    error_set(&e, ERR_USAGE, "usage: mien %s", text);
    return cli_fail(&e);
}

const char *cli_verb(const struct cli *c)
{
    return c->arg_count ? c->args[0] : "list";
}

struct models *registry_load(const struct cli *c, struct error *e)
{
    AUTO_FREE char *user = file_config_path("models.yaml");
    AUTO_FREE char *project = c->trust ? mem_printf("%s/.mien/models.yaml", cli_project(c)) : NULL;
    return models_load(user, project, c->models, e);
}

/* ---- behaviors ---- */

static void show_behavior(const struct behavior *b)
{
    output_text(stdout, "%s\n  %s\n", b->type, b->help);
    for (const struct opt *r = b->params; r && r->name; r++)
        output_text(stdout, "  param %-22s default %-8s %s%s%s%s\n", r->name, r->def ? r->def : "-",
                    r->help ? r->help : "", r->alias ? " (also: " : "", r->alias ? r->alias : "",
                    r->alias ? ")" : "");
    for (const struct tool *t = b->tools; t && t->name; t++)
        output_text(stdout, "  tool  %-22s %s\n        %s\n", t->name, t->description, t->schema);
}

static int list_behaviors(const struct type_places *places)
{
    AUTO(behavior_files) brought = {0};
    behavior_files_find(&brought, places);
    for (size_t i = 0; i < behavior_type_count(); i++)
        output_text(stdout, "%-30s %s\n", behavior_types[i]->type, behavior_types[i]->help);
    for (size_t i = 0; i < brought.len; i++)
        output_text(stdout, "%-30s %s\n", brought.ptr[i].type, brought.ptr[i].path);
    return CLI_OK;
}

int cli_behaviors(struct cli *c)
{
    struct type_places places = {cli_project(c), &c->cfg.behaviors_path};
    if (strcmp(cli_verb(c), "list") == 0)
        return list_behaviors(&places);
    if (strcmp(cli_verb(c), "new") == 0)
        return cli_behaviors_new(c);
    if (strcmp(cli_verb(c), "pythonpath") == 0)
        return cli_behaviors_pythonpath();
    if (strcmp(cli_verb(c), "show") != 0 || c->arg_count < 2)
        return cli_usage("behaviors list | show TYPE | new NAME [--lang c|python] | pythonpath");
    struct error e = {0};
    const struct behavior *b = behavior_resolve(c->args[1], &places, &e);
    if (!b)
        return cli_fail(&e);
    show_behavior(b);
    return CLI_OK;
}

/* ---- models ---- */

static void show_model(const struct model *m)
{
    AUTO_FREE char *key = model_key_state(m);
    output_text(
        stdout,
        "%s\n  provider  %s\n  upstream  %s\n  api_base  %s\n  key       %s\n  window    %lld\n "
        " from      %s\n",
        m->name, m->provider, m->upstream, m->api_base ? m->api_base : "none", key,
        (long long)m->window, m->origin);
    for (const char *line = m->remarks; line && *line;) {
        size_t n = strcspn(line, "\n");
        output_text(stdout, "  note      %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    for (size_t i = 0; m->fallbacks && m->fallbacks[i]; i++)
        output_text(stdout, "  instead   %s\n", m->fallbacks[i]->name);
    for (size_t i = 0; m->roomier && m->roomier[i]; i++)
        output_text(stdout, "  longer    %s\n", m->roomier[i]->name);
    for (size_t i = 0; i < m->mode_count; i++)
        output_text(stdout, "  mode      %-14s %-16s %s\n", m->modes[i].name,
                    m->modes[i].route_suffix,
                    m->modes[i].description ? m->modes[i].description : "");
}

static void list_models(struct models *all)
{
    AUTO_FREE char *why = NULL;
    (void)models_discover(all, NULL, &why);
    for (size_t i = 0; i < models_count(all); i++) {
        const struct model *m = models_at(all, i);
        AUTO_FREE char *key = model_key_state(m);
        output_text(stdout, "%-30s %-14s key %-12s %s\n", m->name, m->provider, key,
                    m->problem ? m->problem : m->origin);
    }
}

int cli_models(struct cli *c)
{
    struct error e = {0};
    struct models *all = registry_load(c, &e);
    if (!all)
        return cli_fail(&e);
    int code = CLI_OK;
    if (strcmp(cli_verb(c), "update") == 0 && c->arg_count > 1) {
        code = cli_models_update(c->args[1]);
    } else if (strcmp(cli_verb(c), "list") == 0) {
        list_models(all);
    } else if (strcmp(cli_verb(c), "show") == 0 && c->arg_count > 1) {
        const struct model *m = models_find(all, c->args[1], &e);
        if (m)
            show_model(m);
        code = m ? CLI_OK : cli_fail(&e);
    } else {
        code = cli_usage("models list | show NAME | update FILE|URL");
    }
    models_free(all);
    return code;
}

/* ---- agents ---- */

static struct agent_places places_of(const struct cli *c)
{
    return (struct agent_places){cli_project(c)};
}

static int show_agent(const struct cli *c, const char *name)
{
    struct agent_places places = places_of(c);
    struct agent_file f;
    struct error e = {0};
    if (!agent_file_load(&f, name, &places, &e))
        return cli_fail(&e);
    output_text(stdout, "%s (%s)\n  %s\n", f.name, f.origin, f.blurb);
    for (size_t i = 0; f.behaviors && i < f.behaviors->count; i++)
        output_text(stdout, "  - %s\n",
                    f.behaviors->items[i]->kind == YAML_SCALAR
                        ? f.behaviors->items[i]->value
                        : yaml_str(f.behaviors->items[i], "type", "?"));
    for (size_t i = 0; i < f.target_count; i++)
        output_text(stdout, "  delegates to %s by %s\n", f.targets[i].agent, f.targets[i].tool);
    output_text(stdout, "\n%s", f.system_prompt);
    agent_file_fini(&f);
    return CLI_OK;
}

int cli_agents(struct cli *c)
{
    if (strcmp(cli_verb(c), "show") == 0 && c->arg_count > 1)
        return show_agent(c, c->args[1]);
    if (strcmp(cli_verb(c), "list") != 0)
        return cli_usage("agents list | show NAME");
    char **names;
    struct agent_places places = places_of(c);
    size_t n = agent_file_names(&places, &names);
    for (size_t i = 0; i < n; i++) {
        struct agent_file f;
        struct error e = {0};
        bool ok = agent_file_load(&f, names[i], &places, &e);
        output_text(stdout, "%-20s %s\n", names[i], ok ? f.blurb : e.text);
        if (ok)
            agent_file_fini(&f);
        free(names[i]);
    }
    free(names);
    return CLI_OK;
}

/* ---- config ---- */

int cli_config(struct cli *c)
{
    for (size_t i = 0; config_rows[i].name; i++) {
        AUTO_FREE char *v = opt_format(&config_rows[i], &c->cfg);
        output_text(stdout, "%-36s %-18s %s\n", config_rows[i].name, *v ? v : "-",
                    config_origin(&c->cfg, i));
    }
    return CLI_OK;
}
