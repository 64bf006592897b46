/* The engine's beginning: workspace, sandbox, models, session, agent, in this order. */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "engine/engine_impl.h"

enum approval_policy engine_policy(const char *name)
{
    return strcmp(name, "ask") == 0     ? APPROVAL_ASK
           : strcmp(name, "never") == 0 ? APPROVAL_NEVER
           : strcmp(name, "yolo") == 0  ? APPROVAL_YOLO
                                        : APPROVAL_AUTO;
}

static bool setup_workspace(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    a->ws = workspace_open(g->opts.workspace ? g->opts.workspace : ".", e);
    if (!a->ws)
        return false;
    const char *base = getenv("TMPDIR");
    a->tmp = mem_printf("%s/mien-XXXXXX", base && *base == '/' ? base : "/tmp");
    if (!mkdtemp(a->tmp))
        return error_errno(e, errno, "cannot make a temporary directory in %s",
                           base ? base : "/tmp");
    a->sandbox = sandbox_new(workspace_path(a->ws), a->tmp, a->cfg->network);
    enum sandbox_level want = strcmp(a->cfg->sandbox, "none") == 0       ? SANDBOX_NONE
                              : strcmp(a->cfg->sandbox, "landlock") == 0 ? SANDBOX_LANDLOCK
                                                                         : SANDBOX_FULL;
    char why[256];
    enum sandbox_level got = sandbox_probe(a->sandbox, want, why);
    if (g->opts.require_sandbox && got == SANDBOX_NONE)
        return error_set(e, ERR_CONFIG, "--require-sandbox: no sandbox works here (%s)", why);
    if (got < want)
        agent_notice(a, "warn", "sandbox", "commands run with sandbox level \"%s\": %s",
                     sandbox_level_name(got), why);
    return true;
}

static bool setup_models(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    AUTO_FREE char *user = file_config_path("models.yaml");
    AUTO_FREE char *project =
        g->opts.trust ? mem_printf("%s/.mien/models.yaml", workspace_path(a->ws)) : NULL;
    a->models = models_load(user, project, g->opts.models_file, e);
    return a->models != NULL;
}

static bool load_pipeline(struct agent *a, struct agent_file *f, struct pipeline *p,
                          struct error *e)
{
    struct call base = {.host = &agent_host, .agent = a, .workspace = workspace_path(a->ws)};
    const struct yaml *list =
        f->behaviors && f->behaviors->count ? f->behaviors : a->cfg->behaviors;
    if (pipeline_load(p, list, a->cfg->behavior_defaults, &base, e))
        return true;
    pipeline_fini(p);
    return false;
}

bool engine_use_agent(struct agent *a, const char *name, struct error *e)
{
    struct agent_file f;
    struct pipeline p = {0};
    if (!agent_file_load(&f, name, e))
        return false;
    if (!load_pipeline(a, &f, &p, e)) {
        agent_file_fini(&f);
        return false;
    }
    if (a->file.name)
        context_break(a, "the agent changed");
    pipeline_fini(&a->pipeline);
    agent_file_fini(&a->file);
    a->pipeline = p;
    a->file = f;
    return true;
}

static bool use_model(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    AUTO_FREE char *stored = a->store ? store_get_meta(a->store, "model") : NULL;
    const char *name = g->opts.model       ? g->opts.model
                       : stored && *stored ? stored
                       : a->cfg->model     ? a->cfg->model
                                           : a->file.model;
    if (name && *name && agent_set_model(a, name, e))
        return true;
    if (name && *name && (g->opts.model || name != stored))
        return false;
    AUTO_FREE char *why = NULL;
    const struct model *m = models_discover(a->models, a->loop, &why);
    if (!m)
        return error_set(e, ERR_CONFIG, "no model was found; mien doctor tells what was tried");
    if (why)
        agent_notice(a, "info", "models", "%s", why);
    return agent_set_model(a, m->name, e);
}

static bool use_mode(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    const char *mode = g->opts.mode                    ? g->opts.mode
                       : a->mode                       ? NULL
                       : a->cfg->mode && *a->cfg->mode ? a->cfg->mode
                                                       : a->file.mode;
    return !mode || !*mode ||
           agent_set_mode(a, mode, NULL, g->opts.mode ? "command line" : "configuration", e);
}

/* Without a store the session lives in memory: worth a warning, not an end. */
static bool setup_session(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    const struct engine_opts *o = &g->opts;
    a->sessions_dir = file_state_path("sessions");
    AUTO_FREE char *newest = NULL;
    const char *id = o->session ? o->session : o->resume;
    if (id && !*id && !(newest = session_newest(a->sessions_dir, workspace_path(a->ws))))
        return error_set(e, ERR_NOT_FOUND, "there is no session of %s to go on with",
                         workspace_path(a->ws));
    if (newest)
        id = newest;
    if (id) {
        if (!session_open(a, id, o->session != NULL, e))
            return false;
        agent_emit_setting(a, "session", a->id);
        return session_restore(a, e);
    }
    struct error here = {0};
    store_new_id(a->id);
    if (!session_open(a, a->id, true, &here)) {
        store_new_id(a->id);
        agent_notice(a, "warn", "store", "%s. This session is not saved; /export FILE keeps it",
                     here.text);
    }
    agent_emit_setting(a, "session", a->id);
    return true;
}

void engine_emit_start(struct agent *a, bool resumed)
{
    static const char *const policies[] = {"ask", "auto", "never", "yolo"};
    struct event ev = {.type = EVENT_SESSION_START};
    ev.session_start.workspace = mem_strdup(workspace_path(a->ws));
    ev.session_start.model = mem_strdup(a->model ? a->model->name : "");
    ev.session_start.agent = mem_strdup(a->file.name);
    ev.session_start.sandbox = mem_strdup(sandbox_level_name(sandbox_level(a->sandbox)));
    ev.session_start.approval = mem_strdup(policies[a->approval]);
    ev.session_start.resumed = resumed;
    ev.session_start.version = mem_strdup(MIEN_VERSION);
    agent_emit(a, &ev);
    agent_emit_mode(a);
    agent_emit_tree(a);
    agent_phase(a, "idle", 0, 0, NULL);
    agent_emit_catalogs(a);
}

void engine_ask_window(struct agent *a)
{
    if (a->model->window > 0 || !a->model->api_base)
        return;
    int64_t told = llm_ask_window(a->llm, a->model, 1000);
    if (told <= 0)
        return;
    a->window = told;
    mem_replace(&a->window_from, "the server");
    agent_emit_gauge(a, true, a->context.estimate, 0);
}

bool engine_setup(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    struct llm_limits limits = {.connect_ms = a->cfg->connect_seconds * 1000,
                                .first_byte_ms = a->cfg->first_byte_seconds * 1000,
                                .idle_ms = a->cfg->idle_seconds * 1000,
                                .total_ms = a->cfg->total_seconds * 1000,
                                .max_retries = a->cfg->retries,
                                .max_retry_wait_ms = a->cfg->retry_wait_seconds * 1000};
    a->llm = llm_new(a->loop, &limits);
    bool resumed = g->opts.resume != NULL;
    if (!setup_workspace(g, e) || !setup_models(g, e) || !setup_session(g, e))
        return false;
    AUTO_FREE char *state = a->store ? store_get_meta(a->store, "run") : NULL;
    g->killed = state && strstr(state, "\"running\":true");
    if (!engine_use_agent(a, g->opts.agent ? g->opts.agent : a->cfg->agent, e) ||
        !use_model(g, e) || !use_mode(g, e))
        return false;
    engine_emit_start(a, resumed);
    if (a->interactive)
        session_put_info(a); /* found by mien behavior set before its first goal */
    return true;
}
