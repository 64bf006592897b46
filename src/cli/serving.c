#include "cli/serving.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "behavior/hooks.h"
#include "cli/output.h"
#include "cli/profiles.h"
#include "cli/registry.h"
#include "gateway/gateway.h"
#include "llm/keys.h"
#include "llm/models/models.h"
#include "store/store.h"

const char *serving_token(const struct cli *c)
{
    return c->token ? c->token : keys_get("MIEN_PROXY_TOKEN");
}

static void child_ended(struct serving_cli *s)
{
    int status;
    if (s->child <= 0 || waitpid(s->child, &status, WNOHANG) != s->child)
        return;
    s->child = 0;
    s->over = true;
    s->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A client that is run has the say: it gets what ends us, and we end when it does. */
static void on_signal(void *arg, int fd, short revents)
{
    struct serving_cli *s = arg;
    struct signalfd_siginfo i;
    while (read(fd, &i, sizeof i) == (ssize_t)sizeof i) {
        if (i.ssi_signo == SIGCHLD)
            child_ended(s);
        else if (s->child <= 0)
            s->over = true;
        else if (i.ssi_signo != SIGINT) /* the terminal has sent that to both */
            kill(s->child, (int)i.ssi_signo);
    }
}

static void take_signals(struct serving_cli *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &s->old_mask);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    s->watch = loop_fd_add(s->loop, s->signals, POLLIN, on_signal, s);
}

static struct llm_limits limits_of(const struct config *cfg)
{
    return (struct llm_limits){.connect_ms = cfg->connect_seconds * 1000,
                               .first_byte_ms = cfg->first_byte_seconds * 1000,
                               .idle_ms = cfg->idle_seconds * 1000};
}

/* ---- hooks of the configuration ---- */

#define HOOK_SECONDS 10

struct serving_hooks {
    VEC(struct gateway_hook) list;
    VEC(const char **) tools;
};

static void hooks_add_tools(struct serving_hooks *h, const struct yaml *tools,
                            struct gateway_hook *to)
{
    size_t n = !tools || yaml_is_null(tools) ? 0 : tools->kind == YAML_SEQ ? tools->count : 1;
    const char **names = mem_alloc((n + 1) * sizeof *names);
    for (size_t i = 0; i < n; i++) {
        const struct yaml *one = tools->kind == YAML_SEQ ? tools->items[i] : tools;
        if (one->kind == YAML_SCALAR)
            names[to->tool_count++] = one->value;
    }
    to->tools = names;
    VEC_PUSH(&h->tools, names);
}

static void hooks_add(struct serving_hooks *h, const struct hook_list *of, const char *event,
                      const struct yaml *row)
{
    int64_t seconds = HOOK_SECONDS;
    bool plain = row->kind == YAML_SCALAR;
    struct gateway_hook one = {.event = event, .dir = of->dir};
    one.command = plain ? row->value : yaml_str(row, "command", "");
    if (!plain && yaml_get(row, "timeout"))
        (void)yaml_as_int(yaml_get(row, "timeout"), &seconds);
    one.timeout_ms = seconds * 1000;
    hooks_add_tools(h, plain ? NULL : yaml_get(row, "tools"), &one);
    VEC_PUSH(&h->list, one);
}

/* The gateway's own of them; all borrow from the configuration. */
static bool hooks_collect(struct serving_cli *s, const struct config *cfg, struct error *e)
{
    if (!hooks_check(cfg, e))
        return false;
    s->hooks = mem_alloc(sizeof *s->hooks);
    for (size_t n = 0; n < cfg->hooks.len; n++)
        for (const char *const *event = hook_gateway_events; *event; event++) {
            const struct yaml *rows = yaml_get(cfg->hooks.ptr[n].events, *event);
            for (size_t i = 0; rows && i < (rows->kind == YAML_SEQ ? rows->count : 1); i++)
                hooks_add(s->hooks, &cfg->hooks.ptr[n], *event,
                          rows->kind == YAML_SEQ ? rows->items[i] : rows);
        }
    return true;
}

static void hooks_release(struct serving_hooks *h)
{
    for (size_t i = 0; h && i < h->tools.len; i++)
        free(h->tools.ptr[i]);
    if (h) {
        VEC_FREE(&h->tools);
        VEC_FREE(&h->list);
    }
    free(h);
}

/* ---- the session ---- */

/* What lists of sessions show of it, and what mien behavior finds it by: the directory, and the
 * model whose mode is meant. */
static bool session_describe(struct serving_cli *s, const struct cli *c, struct error *e)
{
    struct store *store = store_open(s->sessions_dir, s->session, true, e);
    if (!store)
        return false;
    AUTO_FREE char *here = realpath(c->workspace ? c->workspace : ".", NULL);
    AUTO_FREE char *title = mem_strdup("a client of mien proxy");
    AUTO_FREE char *state = mem_strdup("running");
    AUTO_FREE char *model = mem_strdup(c->model ? c->model : "");
    struct store_info info = {.workspace = here,
                              .title = title,
                              .state = state,
                              .model = model,
                              .updated_ms = clock_wall_ms()};
    snprintf(info.id, sizeof info.id, "%s", s->session);
    bool ok = store_put_meta(store, "workspace", here ? here : "", e) &&
              store_put_meta(store, "model", model, e) && store_commit(store, e) &&
              store_put_info(store, &info, e);
    store_close(store); /* who sets a mode opens it: nobody holds it meanwhile */
    return ok;
}

static bool serving_session(struct serving_cli *s, const struct cli *c, bool make, struct error *e)
{
    const char *env = getenv("MIEN_SESSION");
    const char *given = c->session ? c->session : env && *env ? env : NULL;
    char id[32];
    if (given && !store_id_valid(given))
        return error_set(e, ERR_USAGE, "\"%s\" is no session id", given);
    s->sessions_dir = file_state_path("sessions");
    s->session = mem_strdup(given);
    if (!make)
        return true;
    AUTO_FREE char *file = given ? mem_printf("%s/%s.db", s->sessions_dir, given) : NULL;
    if (file && file_exists(file))
        return true;
    if (!given)
        store_new_id(id);
    mem_replace(&s->session, given ? given : id);
    s->own_session = !given;
    return file_make_dirs(s->sessions_dir, e) && session_describe(s, c, e);
}

/* The user's files of models, as they are now: true where one is another than before. */
static bool models_changed(struct serving_cli *s)
{
    AUTO_FREE char *user = file_config_path("models.yaml");
    AUTO_FREE char *profiles = file_config_path("profiles.yaml");
    const char *const paths[] = {user, s->cli->models, profiles};
    bool changed = false;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct stat now = {0};
        if (paths[i])
            (void)!stat(paths[i], &now);
        changed = changed || now.st_ino != s->seen[i].st_ino || now.st_size != s->seen[i].st_size ||
                  now.st_mtim.tv_sec != s->seen[i].st_mtim.tv_sec ||
                  now.st_mtim.tv_nsec != s->seen[i].st_mtim.tv_nsec;
        s->seen[i] = now;
    }
    return changed;
}

static struct models *models_anew(void *arg, struct error *e)
{
    struct serving_cli *s = arg;
    AUTO_FREE char *why = NULL;
    if (!models_changed(s))
        return NULL;
    struct models *m = registry_load(s->cli, e);
    if (m) {
        (void)models_discover(m, NULL, &why);
        profiles_declare(m);
    }
    for (size_t i = 0; m && i < COUNT_OF(s->wanted); i++)
        if (s->wanted[i] && !models_find(m, s->wanted[i], e)) {
            models_free(m);
            return NULL;
        }
    return m;
}

bool serving_start(struct serving_cli *s, const struct cli *c, const char *listen,
                   const char *token, bool make_session, struct error *e)
{
    AUTO_FREE char *why = NULL;
    AUTO(buf) origins = {0};
    AUTO_FREE char *adapters = file_state_path("adapters");
    if (!hooks_collect(s, &c->cfg, e) || !serving_session(s, c, make_session, e))
        return false;
    s->cli = c;
    s->wanted[4] = c->model;
    (void)models_changed(s);
    s->loop = loop_new(e);
    s->models = s->loop ? registry_load(c, e) : NULL;
    if (!s->models)
        return false;
    (void)models_discover(s->models, NULL, &why); /* adds what keys and ports tell */
    profiles_declare(s->models);
    for (size_t i = 0; i < c->cfg.proxy_origins.count; i++)
        buf_addf(&origins, "%s%s", i ? " " : "", c->cfg.proxy_origins.items[i]);
    const struct gateway_opts o = {.listen = listen,
                                   .token = token,
                                   .models = s->models,
                                   .reload = models_anew,
                                   .reload_arg = s,
                                   .model = c->model,
                                   .sessions_dir = s->sessions_dir,
                                   .session = s->session,
                                   .adapters_dir = adapters,
                                   .origins = origins.len ? buf_cstr(&origins) : NULL,
                                   .hooks = {s->hooks->list.ptr, s->hooks->list.len},
                                   .tiers = s->tiers.list.ptr,
                                   .tier_count = s->tiers.list.len,
                                   .limits = limits_of(&c->cfg)};
    if (c->model && !models_declared(s->models, c->model, NULL) &&
        !models_find(s->models, c->model, e))
        return false;
    take_signals(s);
    if (s->joined)
        return true;
    s->proxy = gateway_new(s->loop, &o, e);
    return s->proxy != NULL;
}

bool serving_run(struct serving_cli *s, char **args, char **env, struct error *e)
{
    s->child = fork();
    if (s->child == 0) {
        sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
        signal(SIGPIPE, SIG_DFL);
        execvpe(args[0], args, env);
        output_text(stderr, "mien: cannot run %s: %s\n", args[0], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    for (char **p = env; *p; p++) {
        explicit_bzero(*p, strlen(*p));
        free(*p);
    }
    free(env);
    return s->child > 0 || error_errno(e, errno, "cannot start %s", args[0]);
}

void serving_wait(struct serving_cli *s)
{
    while (!s->over)
        if (s->joined)
            loop_step(s->loop, -1);
        else
            gateway_step(s->proxy, -1);
}

void serving_end(struct serving_cli *s)
{
    struct error ignored;
    gateway_free(s->proxy);
    hooks_release(s->hooks);
    profile_tiers_fini(&s->tiers);
    free(s->joined);
    if (s->watch) {
        loop_fd_remove(s->loop, s->watch);
        close(s->signals);
        sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
    }
    models_free(s->models);
    if (s->loop)
        loop_free(s->loop);
    if (s->own_session) /* it held modes and nothing else */
        (void)!store_remove(s->sessions_dir, s->session, &ignored);
    free(s->sessions_dir);
    free(s->session);
}
