/* mien behavior: modes of a model, for the session that runs or ran here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/registry.h"
#include "llm/models/models.h"
#include "store/store.h"

struct target {
    char *dir, *id, *model_name;
    char *next; /* without a session: the file that the next one here begins with */
    struct models *models;
    const struct model *model;
    char *mode; /* as stored, or NULL */
};

static void target_fini(struct target *t)
{
    free(t->dir);
    free(t->next);
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
static void session_info(struct target *t)
{
    struct store_info *list = NULL;
    size_t n = 0;
    if (!t->id || !store_list(t->dir, NULL, &list, &n, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].id, t->id) == 0 && list[i].model && *list[i].model)
            mem_replace(&t->model_name, list[i].model);
        store_info_fini(&list[i]);
    }
    free(list);
}

static bool target_find(struct target *t, struct cli *c, struct error *e)
{
    t->dir = file_state_path("sessions");
    t->id = target_session(c, t->dir);
    AUTO_FREE char *here = t->id ? NULL : realpath(c->workspace ? c->workspace : ".", NULL);
    t->next = here ? store_next_mode(t->dir, here) : NULL;
    t->models = registry_load(c, e);
    if (!t->models)
        return false;
    session_info(t);
    if (c->model && (!t->model_name || strcmp(c->model, t->model_name) != 0)) {
        mem_replace(&t->model_name, c->model);
    } else if (!t->model_name && c->cfg.model) {
        t->model_name = mem_strdup(c->cfg.model);
    }
    t->model = t->model_name ? models_find(t->models, t->model_name, e)
                             : models_discover(t->models, NULL, NULL);
    return t->model != NULL;
}

/* "MODEL\tMODE\n" */
static void read_next_mode(struct target *t)
{
    AUTO(buf) text = {0};
    size_t n = strlen(t->model->name);
    if (!file_read(t->next, &text, 4096, NULL) ||
        strncmp(buf_cstr(&text), t->model->name, n) != 0 || text.ptr[n] != '\t')
        return;
    AUTO_FREE char *mode = mem_strndup(text.ptr + n + 1, strcspn(text.ptr + n + 1, "\n"));
    mem_replace(&t->mode, mode);
}

/* From the file beside the session: it may be in use. */
static void target_read_mode(struct target *t)
{
    if (t->next)
        read_next_mode(t);
    if (!t->id)
        return;
    AUTO_JSON *modes = store_read_modes(t->dir, t->id);
    mem_replace(&t->mode, json_str(modes, t->model->name, NULL));
}

/* The name stands among those of the stored, perhaps composed, mode. */
static bool is_set(const struct target *t, const char *name)
{
    size_t n = strlen(name);
    const char *p = t->mode ? t->mode : "";
    for (p += *p == '!'; *p;) {
        size_t len = strcspn(p, "+");
        if (len == n && strncmp(p, name, n) == 0)
            return true;
        p += len + (p[len] == '+');
    }
    return false;
}

static int list_modes(struct target *t)
{
    target_read_mode(t);
    if (!model_mode_at(t->model, 0))
        output_text(stdout, "%s declares no behavior modes (behaviors: in models.yaml)\n",
                    t->model->name);
    const struct mode *m;
    for (size_t i = 0; (m = model_mode_at(t->model, i)); i++)
        output_text(stdout, "%s %-14s %-18s %s\n", is_set(t, m->name) ? "*" : " ", m->name,
                    m->route_suffix, m->description ? m->description : "");
    return CLI_OK;
}

static bool change_stored(struct target *t, const char *mode, struct error *e)
{
    struct store *s = store_open(t->dir, t->id, false, e);
    bool ok = s && store_put_mode(s, t->model->name, mode, e) && store_commit(s, e);
    store_close(s);
    return ok;
}

/* A session that runs is told by a file beside it, which it watches; one that does not exist yet
 * finds it when it starts. */
static bool leave_mode(struct target *t, const char *path, const char *mode, struct error *e)
{
    AUTO_FREE char *text = mem_printf("%s\t%s\n", t->model->name, mode);
    if (*mode || t->id)
        return file_write(path, text, strlen(text), e);
    return unlink(path) == 0 || errno == ENOENT || error_errno(e, errno, "%s", path);
}

static bool change_next(struct target *t, const char *mode, struct error *e)
{
    return file_make_dirs(t->dir, e) && leave_mode(t, t->next, mode, e);
}

static bool change_running(struct target *t, const char *mode, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s.mode", t->dir, t->id);
    return leave_mode(t, path, mode, e);
}

static int change_mode(struct target *t, const char *names, bool force)
{
    struct error e = {0};
    if (!t->id && !t->next) {
        error_set(&e, ERR_NOT_FOUND, "the directory to work in does not exist; give one with -C");
        return cli_fail(&e);
    }
    struct mode *composed = *names ? mode_compose(t->model, names, force, &e) : NULL;
    if (*names && !composed)
        return cli_fail(&e);
    AUTO_FREE char *mode =
        composed ? mem_printf("%s%s", composed->forced ? "!" : "", composed->name) : mem_strdup("");
    mode_free(composed);
    bool running = t->id && store_holder(t->dir, t->id) != 0;
    bool ok = running ? change_running(t, mode, &e)
              : t->id ? change_stored(t, mode, &e)
                      : change_next(t, mode, &e);
    if (!ok)
        return cli_fail(&e);
    output_text(stdout, "%s: %s %s%s\n", t->id ? t->id : "the next session here", t->model->name,
                *names ? names : "no mode", running ? " (running session told)" : "");
    return CLI_OK;
}

static int show_mode(struct target *t)
{
    struct error e = {0};
    target_read_mode(t);
    const char *names = t->mode ? t->mode : "";
    bool forced = *names == '!';
    struct mode *m = *names ? mode_compose(t->model, names + forced, forced, &e) : NULL;
    if (*names && !m)
        return cli_fail(&e);
    AUTO(buf) out = {0};
    mode_describe(t->model, m, &out);
    output_text(stdout, "session  %s\nmodel    %s\nmode     %s\n%s", t->id ? t->id : "none",
                t->model->name, m ? m->name : "none", buf_cstr(&out));
    mode_free(m);
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
        return change_mode(t, "", false);
    if (strcmp(verb, "set") == 0 && c->arg_count > 1)
        return change_mode(t, c->args[1], c->force);
    error_set(&e, ERR_USAGE,
              "usage: mien behavior list [--model M] | set MODE[+MODE…] [--force] | clear | show | "
              "stats [--csv] | bench --modes A,B --goals FILE");
    return cli_fail(&e);
}

int cli_behavior(struct cli *c)
{
    struct target t = {0};
    struct error e = {0};
    if (c->arg_count && strcmp(c->args[0], "stats") == 0)
        return cli_mode_stats(c);
    if (c->arg_count && strcmp(c->args[0], "bench") == 0)
        return cli_mode_bench(c);
    int code = target_find(&t, c, &e) ? dispatch(c, &t) : cli_fail(&e);
    target_fini(&t);
    return code;
}
