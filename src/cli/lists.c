/* The listing subcommands: behaviors, models, agents, sessions, config. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "behaviors/behavior.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "engine/agentfile.h"
#include "engine/conversation.h"
#include "engine/pipeline.h"
#include "llm/models.h"
#include "store/store.h"

static int usage(const char *text)
{
    struct error e = {0};
    error_set(&e, ERR_USAGE, "usage: mien %s", text);
    return cli_fail(&e);
}

static const char *verb_of(const struct cli *c)
{
    return c->arg_count ? c->args[0] : "list";
}

struct models *registry_load(const struct cli *c, struct error *e)
{
    AUTO_FREE char *user = file_config_path("models.yaml");
    AUTO_FREE char *project =
        c->trust ? mem_printf("%s/.mien/models.yaml", c->workspace ? c->workspace : ".") : NULL;
    return models_load(user, project, c->models, e);
}

/* ---- behaviors ---- */

static void show_behavior(const struct behavior *b)
{
    printf("%s\n  %s\n", b->type, b->help);
    for (const struct opt *r = b->params; r && r->name; r++)
        printf("  param %-22s default %-8s %s%s%s\n", r->name, r->def ? r->def : "-",
               r->help ? r->help : "", r->alias ? " (also: " : "", r->alias ? r->alias : "");
    for (const struct tool *t = b->tools; t && t->name; t++)
        printf("  tool  %-22s %s\n        %s\n", t->name, t->description, t->schema);
}

int cli_behaviors(struct cli *c)
{
    if (strcmp(verb_of(c), "list") == 0) {
        for (size_t i = 0; i < behavior_type_count(); i++)
            printf("%-30s %s\n", behavior_types[i]->type, behavior_types[i]->help);
        return CLI_OK;
    }
    if (strcmp(verb_of(c), "show") != 0 || c->arg_count < 2)
        return usage("behaviors list | show TYPE");
    const struct behavior *b = behavior_find(c->args[1]);
    struct error e = {0};
    if (b) {
        show_behavior(b);
        return CLI_OK;
    }
    error_set(&e, ERR_NOT_FOUND, "no behavior is called \"%s\"; mien behaviors list", c->args[1]);
    return cli_fail(&e);
}

/* ---- models ---- */

static void show_model(const struct model *m)
{
    AUTO_FREE char *key = model_key_state(m);
    printf("%s\n  provider  %s\n  upstream  %s\n  api_base  %s\n  key       %s\n  window    %lld\n "
           " from      %s\n",
           m->name, m->provider, m->upstream, m->api_base ? m->api_base : "none", key,
           (long long)m->window, m->origin);
    for (size_t i = 0; i < m->mode_count; i++)
        printf("  mode      %-14s %-16s %s\n", m->modes[i].name, m->modes[i].route_suffix,
               m->modes[i].description ? m->modes[i].description : "");
}

static void list_models(struct models *all)
{
    AUTO_FREE char *why = NULL;
    (void)models_discover(all, NULL, &why);
    for (size_t i = 0; i < models_count(all); i++) {
        const struct model *m = models_at(all, i);
        AUTO_FREE char *key = model_key_state(m);
        printf("%-30s %-14s key %-12s %s\n", m->name, m->provider, key,
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
    if (strcmp(verb_of(c), "list") == 0) {
        list_models(all);
    } else if (strcmp(verb_of(c), "show") == 0 && c->arg_count > 1) {
        const struct model *m = models_find(all, c->args[1], &e);
        if (m)
            show_model(m);
        code = m ? CLI_OK : cli_fail(&e);
    } else {
        code = usage("models list | show NAME");
    }
    models_free(all);
    return code;
}

/* ---- agents ---- */

static int show_agent(const char *name)
{
    struct agent_file f;
    struct error e = {0};
    if (!agent_file_load(&f, name, &e))
        return cli_fail(&e);
    printf("%s (%s)\n  %s\n", f.name, f.origin, f.blurb);
    for (size_t i = 0; f.behaviors && i < f.behaviors->count; i++)
        printf("  - %s\n", f.behaviors->items[i]->kind == YAML_SCALAR
                               ? f.behaviors->items[i]->value
                               : yaml_str(f.behaviors->items[i], "type", "?"));
    printf("\n%s", f.system_prompt);
    agent_file_fini(&f);
    return CLI_OK;
}

int cli_agents(struct cli *c)
{
    if (strcmp(verb_of(c), "show") == 0 && c->arg_count > 1)
        return show_agent(c->args[1]);
    if (strcmp(verb_of(c), "list") != 0)
        return usage("agents list | show NAME");
    char **names;
    size_t n = agent_file_names(&names);
    for (size_t i = 0; i < n; i++) {
        struct agent_file f;
        struct error e = {0};
        bool ok = agent_file_load(&f, names[i], &e);
        printf("%-20s %s\n", names[i], ok ? f.blurb : e.text);
        if (ok)
            agent_file_fini(&f);
        free(names[i]);
    }
    free(names);
    return CLI_OK;
}

/* ---- sessions ---- */

static int list_sessions(const char *dir, const char *word)
{
    struct store_info *list;
    size_t n;
    struct error e = {0};
    if (!store_list(dir, NULL, &list, &n, &e))
        return cli_fail(&e);
    for (size_t i = 0; i < n; i++) {
        char when[32];
        clock_iso(list[i].updated_ms, when);
        bool hit = !word || (list[i].title && strcasestr(list[i].title, word));
        if (hit)
            printf("%-26s %.16s %-11s %-40.40s %s\n", list[i].id, when,
                   list[i].state ? list[i].state : "", list[i].title ? list[i].title : "",
                   list[i].workspace ? list[i].workspace : "");
        store_info_fini(&list[i]);
    }
    free(list);
    return CLI_OK;
}

static void print_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct message m;
    if (!message_load(&m, body, n, NULL))
        return;
    static const char *const heads[] = {"system", "you", "mien", "result"};
    printf("── %lld %s ──\n%s\n", (long long)seq, heads[m.role], m.text ? m.text : "");
    for (size_t i = 0; i < m.call_count; i++)
        printf("→ %s %s\n", m.calls[i].name, m.calls[i].args);
    struct conversation one = {0};
    conversation_append(&one, m);
    conversation_fini(&one);
}

static void print_raw(void *arg, int64_t seq, const char *body, size_t n)
{
    printf("%s\n", body);
}

static int print_session(const char *dir, const char *id, bool raw)
{
    struct error e = {0};
    int64_t bad = 0;
    struct store *s = store_open(dir, id, false, &e);
    bool ok = s && (raw ? store_each_event(s, print_raw, NULL, &bad, &e)
                        : store_each_message(s, print_message, NULL, &bad, &e));
    store_close(s);
    if (bad)
        fprintf(stderr, "mien: %lld damaged rows were left out\n", (long long)bad);
    return ok ? CLI_OK : cli_fail(&e);
}

int cli_sessions(struct cli *c)
{
    AUTO_FREE char *dir = file_state_path("sessions");
    struct error e = {0};
    const char *verb = verb_of(c), *arg = c->arg_count > 1 ? c->args[1] : NULL;
    if (strcmp(verb, "list") == 0)
        return list_sessions(dir, NULL);
    if (!arg)
        return usage("sessions list | show ID | export ID | rm ID | search TEXT");
    if (strcmp(verb, "search") == 0)
        return list_sessions(dir, arg);
    if (strcmp(verb, "show") == 0 || strcmp(verb, "export") == 0)
        return print_session(dir, arg, *verb == 'e');
    if (strcmp(verb, "rm") == 0)
        return store_remove(dir, arg, &e) ? CLI_OK : cli_fail(&e);
    return usage("sessions list | show ID | export ID | rm ID | search TEXT");
}

/* ---- config ---- */

int cli_config(struct cli *c)
{
    for (size_t i = 0; config_rows[i].name; i++) {
        AUTO_FREE char *v = opt_format(&config_rows[i], &c->cfg);
        printf("%-36s %-18s %s\n", config_rows[i].name, *v ? v : "-", config_origin(&c->cfg, i));
    }
    return CLI_OK;
}
