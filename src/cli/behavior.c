/* mien behavior: modes of a model, for the session that runs or ran here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "llm/models.h"
#include "store/store.h"

struct target {
    char *dir, *id, *model_name;
    struct models *models;
    const struct model *model;
    char *mode; /* as stored, or NULL */
};

static void target_fini(struct target *t)
{
    free(t->dir);
    free(t->id);
    free(t->model_name);
    free(t->mode);
    models_free(t->models);
}

/* $MIEN_SESSION, else --session, else the newest of this directory. */
static char *target_session(const struct cli *c, const char *dir)
{
    const char *env = getenv("MIEN_SESSION");
    if (c->session)
        return mem_strdup(c->session);
    if (env && *env)
        return mem_strdup(env);
    char *here = realpath(c->workspace ? c->workspace : ".", NULL);
    struct store_info *list = NULL;
    size_t n = 0;
    char *id = NULL;
    if (here && store_list(dir, here, &list, &n, NULL) && n)
        id = mem_strdup(list[0].id);
    for (size_t i = 0; i < n; i++)
        store_info_fini(&list[i]);
    free(list);
    free(here);
    return id;
}

/* What the session uses: from its index file, which needs no lock. */
static char *session_model(const char *dir, const char *id)
{
    struct store_info *list = NULL;
    size_t n = 0;
    char *model = NULL;
    if (!id || !store_list(dir, NULL, &list, &n, NULL))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].id, id) == 0 && list[i].model && *list[i].model)
            model = mem_strdup(list[i].model);
        store_info_fini(&list[i]);
    }
    free(list);
    return model;
}

static bool target_find(struct target *t, struct cli *c, struct error *e)
{
    t->dir = file_state_path("sessions");
    t->id = target_session(c, t->dir);
    t->models = registry_load(c, e);
    if (!t->models)
        return false;
    if (c->model)
        t->model_name = mem_strdup(c->model);
    else if (!(t->model_name = session_model(t->dir, t->id)) && c->cfg.model)
        t->model_name = mem_strdup(c->cfg.model);
    t->model = t->model_name ? models_find(t->models, t->model_name, e)
                             : models_discover(t->models, NULL, NULL);
    return t->model != NULL;
}

static void target_read_mode(struct target *t)
{
    struct store *s =
        t->id && !store_holder(t->dir, t->id) ? store_open(t->dir, t->id, false, NULL) : NULL;
    t->mode = s ? store_get_mode(s, t->model->name) : NULL;
    store_close(s);
}

static int list_modes(struct target *t)
{
    target_read_mode(t);
    if (t->model->mode_count == 0)
        printf("%s declares no behavior modes (behaviors: in models.yaml)\n", t->model->name);
    for (size_t i = 0; i < t->model->mode_count; i++) {
        const struct mode *m = &t->model->modes[i];
        printf("%s %-14s %-18s %s\n", t->mode && strcmp(t->mode, m->name) == 0 ? "*" : " ", m->name,
               m->route_suffix, m->description ? m->description : "");
    }
    return CLI_OK;
}

static bool change_stored(struct target *t, const char *mode, struct error *e)
{
    struct store *s = store_open(t->dir, t->id, false, e);
    bool ok = s && store_put_mode(s, t->model->name, mode, e) && store_commit(s, e);
    store_close(s);
    return ok;
}

/* A session that runs is told by a file beside it, which it watches. */
static bool change_running(struct target *t, const char *mode, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s.mode", t->dir, t->id);
    AUTO_FREE char *text = mem_printf("%s\t%s\n", t->model->name, mode);
    return file_write(path, text, strlen(text), e);
}

static int change_mode(struct target *t, const char *mode)
{
    struct error e = {0};
    if (!t->id) {
        error_set(&e, ERR_NOT_FOUND,
                  "no session of this directory; start mien first, or give --session ID");
        return cli_fail(&e);
    }
    if (*mode && !model_mode(t->model, mode, &e))
        return cli_fail(&e);
    bool running = store_holder(t->dir, t->id) != 0;
    bool ok = running ? change_running(t, mode, &e) : change_stored(t, mode, &e);
    if (!ok)
        return cli_fail(&e);
    printf("%s: %s %s%s\n", t->id, t->model->name, *mode ? mode : "no mode",
           running ? " (running session told)" : "");
    return CLI_OK;
}

static int show_mode(struct target *t)
{
    struct error e = {0};
    target_read_mode(t);
    const struct mode *m = t->mode && *t->mode ? model_mode(t->model, t->mode, &e) : NULL;
    AUTO_FREE char *url =
        t->model->api_base
            ? route_url(t->model->api_base, m ? m->route_suffix : "", "/chat/completions", &e)
            : NULL;
    printf("session  %s\nmodel    %s\nmode     %s\nURL      %s\n", t->id ? t->id : "none",
           t->model->name, m ? m->name : "none", url ? url : "none: it speaks from a playbook");
    return CLI_OK;
}

static int dispatch(struct cli *c, struct target *t)
{
    struct error e = {0};
    const char *verb = c->arg_count ? c->args[0] : "list";
    if (strcmp(verb, "list") == 0)
        return list_modes(t);
    if (strcmp(verb, "show") == 0)
        return show_mode(t);
    if (strcmp(verb, "clear") == 0)
        return change_mode(t, "");
    if (strcmp(verb, "set") == 0 && c->arg_count > 1)
        return change_mode(t, c->args[1]);
    error_set(&e, ERR_USAGE, "usage: mien behavior list [--model M] | set MODE | clear | show");
    return cli_fail(&e);
}

int cli_behavior(struct cli *c)
{
    struct target t = {0};
    struct error e = {0};
    int code = target_find(&t, c, &e) ? dispatch(c, &t) : cli_fail(&e);
    target_fini(&t);
    return code;
}
