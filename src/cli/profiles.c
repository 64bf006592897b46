/* mien profiles: list, show, new; and the files they stand in. */
#include "cli/profiles.h"

#include <stdio.h>
#include <string.h>

#include "base/data.h"
#include "base/file.h"
#include "base/opt.h"
#include "base/yaml.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/registry.h"
#include "gateway/gateway.h"
#include "llm/models/models.h"

static const char *const tiers[TIER_COUNT] = {"opus", "sonnet", "haiku", "small"};

const char *tier_name(enum tier t)
{
    return tiers[t];
}

void profile_free(struct profile *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < TIER_COUNT; i++)
        free(p->models[i]);
    for (size_t i = 0; i < p->variables.len; i++)
        free(p->variables.ptr[i]);
    VEC_FREE(&p->variables);
    free(p->name);
    free(p->about);
    free(p->origin);
    free(p->mode);
    free(p);
}

/* The files, the user's first. */
struct files {
    struct yaml *own, *built_in;
};

static void files_close(struct files *f)
{
    yaml_tree_free(f->own);
    yaml_tree_free(f->built_in);
}

static bool files_open(struct files *f, struct error *e)
{
    struct error why = {0};
    AUTO_FREE char *path = file_config_path("profiles.yaml");
    const struct data_file *d = data_find("src/cli/profiles.yaml");
    *f = (struct files){.own = yaml_load(path, &why)};
    if (!f->own && why.code != ERR_NOT_FOUND)
        return error_set(e, ERR_CONFIG, "%s", why.text);
    f->built_in = d ? yaml_parse(d->text, d->size, "profiles.yaml (built in)", e) : NULL;
    return f->built_in != NULL;
}

static const struct yaml *file_rows(const struct yaml *file)
{
    const struct yaml *rows = yaml_get(file, "profiles");
    return rows ? rows : file; /* run-claude's files have them at the top */
}

/* false, null, and a model of false or null: switched off, the next file is asked. */
static bool row_is_off(const struct yaml *row)
{
    bool on;
    const struct yaml *model = yaml_get(row, "model");
    return yaml_is_null(row) || (row->kind == YAML_SCALAR && yaml_as_bool(row, &on) && !on) ||
           (model && (yaml_is_null(model) || (yaml_as_bool(model, &on) && !on)));
}

static const char *row_tier(const struct yaml *row, const char *tier)
{
    const struct yaml *meta = yaml_get(row, "meta"); /* the older form */
    AUTO_FREE char *longer = mem_printf("%s_model", tier);
    const char *v = yaml_str(row, tier, yaml_str(row, longer, NULL));
    return v ? v : yaml_str(meta, longer, NULL);
}

static bool row_check(const struct yaml *row, struct error *e)
{
    static const char *const keys[] = {"about",       "model",       "opus",       "sonnet",
                                       "haiku",       "small",       "opus_model", "sonnet_model",
                                       "haiku_model", "small_model", "mode",       "variables",
                                       "meta",        "name",        "extended"};
    if (row->kind != YAML_MAP)
        return yaml_error(row, e, "a profile must be a map, like {model: NAME}, or false");
    for (size_t i = 0; i < row->count; i++) {
        bool known = false;
        for (size_t k = 0; k < COUNT_OF(keys); k++)
            known = known || strcmp(row->items[i]->key, keys[k]) == 0;
        if (known)
            continue;
        const char *near = opt_nearest(row->items[i]->key, keys, COUNT_OF(keys));
        return yaml_error(row->items[i], e, "no profile has \"%s\"%s%s", row->items[i]->key,
                          near ? "; did you mean " : "", near ? near : "");
    }
    return true;
}

static struct profile *row_read(const struct yaml *row, struct error *e)
{
    struct profile *p = mem_alloc(sizeof *p);
    const struct yaml *variables = yaml_get(row, "variables");
    const char *all = yaml_str(row, "model", NULL), *any = all;
    p->name = mem_strdup(row->key);
    p->about = mem_strdup(yaml_str(row, "about", ""));
    p->mode = mem_strdup(yaml_str(row, "mode", NULL));
    p->origin = mem_printf("%s:%d", row->file, row->line);
    for (size_t i = 0; i < TIER_COUNT && !any; i++)
        any = row_tier(row, tiers[i]);
    for (size_t i = 0; i < TIER_COUNT; i++) {
        const char *own = row_tier(row, tiers[i]);
        const char *like = i == TIER_SMALL ? p->models[TIER_HAIKU] : any;
        p->models[i] = mem_strdup(own ? own : like);
    }
    for (size_t i = 0; variables && i < variables->count; i++) {
        const struct yaml *v = variables->items[i];
        VEC_PUSH(&p->variables,
                 yaml_is_null(v) ? mem_strdup(v->key) : mem_printf("%s=%s", v->key, v->value));
    }
    if (any && *any)
        return p;
    yaml_error(row, e, "the profile names no model: write model: NAME, or opus:, sonnet:, haiku:");
    profile_free(p);
    return NULL;
}

static const struct yaml *files_row(const struct files *f, const char *name)
{
    const struct yaml *own = yaml_get(file_rows(f->own), name);
    if (own && !row_is_off(own))
        return own;
    bool off = own && own->kind == YAML_SCALAR;
    return off ? NULL : yaml_get(file_rows(f->built_in), name);
}

static void files_names(const struct files *f, struct buf *out)
{
    const struct yaml *both[] = {f->own ? file_rows(f->own) : NULL, file_rows(f->built_in)};
    for (size_t k = 0; k < COUNT_OF(both); k++)
        for (size_t i = 0; both[k] && i < both[k]->count; i++) {
            const char *name = both[k]->items[i]->key;
            bool again = k == 1 && yaml_get(both[0], name);
            if (name && !again && files_row(f, name))
                buf_addf(out, "%s%s", out->len ? " " : "", name);
        }
}

struct profile *profile_find(const char *name, struct error *e)
{
    struct files f;
    struct profile *p = NULL;
    AUTO(buf) names = {0};
    bool ok = files_open(&f, e);
    const struct yaml *row = ok ? files_row(&f, name) : NULL;
    if (row && row_check(row, e))
        p = row_read(row, e);
    if (ok && !row) {
        files_names(&f, &names);
        error_set(e, ERR_NOT_FOUND,
                  "no profile \"%.100s\"; there is: %s. \"mien profiles new\" makes another", name,
                  buf_cstr(&names));
    }
    files_close(&f);
    return p;
}

static void tiers_of(struct profile_tiers *to, const struct profile *p)
{
    for (size_t i = 0; i < TIER_COUNT; i++)
        VEC_PUSH(&to->list, (struct gateway_tier){mem_strdup(p->models[i]), tiers[i]});
}

void profile_tiers_add(struct profile_tiers *to, const struct profile *only)
{
    struct files f = {0};
    struct error ignored;
    if (only) {
        tiers_of(to, only);
        return;
    }
    const struct yaml *rows = files_open(&f, &ignored) ? file_rows(f.own) : NULL;
    for (size_t i = 0; rows && i < rows->count; i++) {
        const struct yaml *row = rows->items[i];
        struct profile *p = row->key && !row_is_off(row) && row_check(row, &ignored)
                                ? row_read(row, &ignored)
                                : NULL;
        if (p)
            tiers_of(to, p);
        profile_free(p);
    }
    files_close(&f);
}

void profile_tiers_fini(struct profile_tiers *t)
{
    for (size_t i = 0; i < t->list.len; i++)
        free((char *)t->list.ptr[i].model);
    VEC_FREE(&t->list);
}

void profiles_declare(struct models *all)
{
    struct files f;
    struct error ignored;
    const struct yaml *rows = files_open(&f, &ignored) ? file_rows(f.own) : NULL;
    for (size_t i = 0; rows && i < rows->count; i++) {
        const struct yaml *row = rows->items[i];
        struct profile *p = row->key && !row_is_off(row) && row_check(row, &ignored)
                                ? row_read(row, &ignored)
                                : NULL;
        for (size_t t = 0; p && t < TIER_COUNT; t++)
            (void)models_find(all, p->models[t], &ignored);
        profile_free(p);
    }
    files_close(&f);
}

/* ---- the commands ---- */

static int profiles_list(void)
{
    struct files f;
    struct error e = {0};
    AUTO(buf) names = {0};
    if (!files_open(&f, &e)) {
        files_close(&f);
        return cli_fail(&e);
    }
    files_names(&f, &names);
    char *save = NULL;
    for (char *n = names.ptr ? strtok_r(names.ptr, " ", &save) : NULL; n;
         n = strtok_r(NULL, " ", &save)) {
        struct profile *p = profile_find(n, &e);
        if (p)
            output_text(stdout, "%-12s %-32s %s\n", p->name, p->models[TIER_SONNET], p->about);
        else
            output_text(stderr, "mien: %s\n", e.text);
        profile_free(p);
    }
    files_close(&f);
    return CLI_OK;
}

static int profiles_show(const struct cli *c, const char *name)
{
    struct error e = {0};
    struct profile *p = profile_find(name, &e);
    struct models *all = p ? registry_load(c, &e) : NULL;
    if (!all) {
        profile_free(p);
        return cli_fail(&e);
    }
    output_text(stdout, "profile  %s\nfrom     %s\n", p->name, p->origin);
    for (size_t i = 0; i < TIER_COUNT; i++) {
        struct error why = {0};
        const struct model *m = models_find(all, p->models[i], &why);
        AUTO_FREE char *key = m ? model_key_state(m) : NULL;
        output_text(stdout, "%-8s %-32s %s%s\n", tiers[i], p->models[i], m ? "key " : "",
                    m ? key : why.text);
    }
    output_text(stdout, "mode     %s\n", p->mode ? p->mode : "none");
    for (size_t i = 0; i < p->variables.len; i++)
        output_text(stdout, "variable %s\n", p->variables.ptr[i]);
    models_free(all);
    profile_free(p);
    return CLI_OK;
}

/* Append it to the user's file, which is made when it is not there. */
static int profiles_new(const struct cli *c)
{
    struct error e = {0};
    const char *name = c->arg_count > 1 ? c->args[1] : NULL, *model = c->model;
    AUTO_FREE char *path = file_config_path("profiles.yaml");
    AUTO(buf) text = {0};
    struct files f = {0};
    if (!name || !model || c->arg_count > 2 || strpbrk(name, " \t\n:#{}[]\"'"))
        return cli_usage("profiles new NAME --model MODEL [--mode MODE]");
    bool ok = files_open(&f, &e);
    bool there = ok && yaml_get(file_rows(f.own), name) != NULL;
    files_close(&f);
    if (!ok)
        return cli_fail(&e);
    if (there) {
        error_set(&e, ERR_USAGE, "%s has a profile \"%s\" already; edit it there", path, name);
        return cli_fail(&e);
    }
    if (!file_read(path, &text, 1 << 20, NULL))
        buf_adds(&text, "profiles:\n");
    if (text.len && text.ptr[text.len - 1] != '\n')
        buf_addc(&text, '\n');
    buf_addf(&text, "  %s:\n    model: ", name);
    buf_add_json_str(&text, model, strlen(model));
    buf_addc(&text, '\n');
    if (c->mode) {
        buf_adds(&text, "    mode: ");
        buf_add_json_str(&text, c->mode, strlen(c->mode));
        buf_addc(&text, '\n');
    }
    AUTO_YAML *check = yaml_parse(text.ptr, text.len, path, &e);
    if (!check || !yaml_get(file_rows(check), name)) {
        error_set(&e, ERR_CONFIG, "%s is not laid out so that a profile can be added: edit it",
                  path);
        return cli_fail(&e);
    }
    if (!file_write(path, text.ptr, text.len, &e))
        return cli_fail(&e);
    output_text(stdout, "%s: %s\n", path, name);
    return CLI_OK;
}

int cli_profiles(struct cli *c)
{
    const char *verb = cli_verb(c);
    if (strcmp(verb, "list") == 0)
        return profiles_list();
    if (strcmp(verb, "show") == 0 && c->arg_count == 2)
        return profiles_show(c, c->args[1]);
    if (strcmp(verb, "new") == 0)
        return profiles_new(c);
    return cli_usage("profiles list | show NAME | new NAME --model MODEL [--mode MODE]");
}
