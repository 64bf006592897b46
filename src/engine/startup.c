/* The engine's beginning: workspace, sandbox, models, session, agent, in this order. */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/sweep.h"
#include "base/text.h"
#include "behavior/deferred.h"
#include "behavior/hooks.h"
#include "behavior/type_files.h"
#include "config/texts.h"
#include "engine/engine_priv.h"
#include "engine/environment.h"
#include "engine/host_mcp.h"
#include "engine/host_table.h"
#include "engine/rooms.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"
#include "host/sandbox_reach.h"
#include "host/secrets.h"
#include "store/store.h"

#define GOAL_SECONDS 600 /* where nobody watches and nothing says otherwise */

/* "DIR" or "DIR:ro". Judged like a path that a command asks for: what no command gets is no root.
 */
static bool add_root(struct engine *g, const char *word, struct error *e)
{
    size_t n = strlen(word);
    bool writable = n < 3 || strcmp(word + n - 3, ":ro") != 0;
    AUTO_FREE char *name = mem_strndup(word, writable ? n : n - 3);
    AUTO_FREE char *real = realpath(name, NULL);
    AUTO_FREE char *need = mem_printf("path:%s", real ? real : name);
    AUTO(reach) asked = {0};
    struct sandbox *with = NULL;
    if (!real)
        error_set(e, ERR_NOT_FOUND, "there is no directory %s", name);
    else if (writable && secrets_meet_user(real) != SECRETS_FREE)
        error_set(
            e, ERR_DENIED,
            "%s has keys or passwords in it; name a directory beneath it, or give it with :ro",
            real);
    else if (reach_add(&asked, need, e) && workspace_add_root(g->ws, real, writable, e))
        with = sandbox_with_dir(g->sandbox, real, writable, e);
    if (!with)
        return error_prefix(e, "--add-dir");
    VEC_PUSH(&g->sandboxes, with);
    g->sandbox = with;
    return true;
}

/* The sandbox is proved meanwhile; see setup_sandbox(). */
static bool setup_workspace(struct engine *g, struct error *e)
{
    g->ws = workspace_open(g->opts.workspace ? g->opts.workspace : ".", e);
    if (!g->ws)
        return false;
    workspace_set_consent(g->ws, permit_write, &g->permit);
    const char *base = getenv("TMPDIR");
    g->tmp = mem_printf("%s/mien-XXXXXX", base && *base == '/' ? base : "/tmp");
    if (!mkdtemp(g->tmp))
        return error_errno(e, errno, "cannot make a temporary directory in %s",
                           base ? base : "/tmp");
    g->tmp_lock = sweep_hold(g->tmp);
    secrets_set_further((const char *const *)g->cfg->secrets.items, g->cfg->secrets.count);
    g->sandbox = sandbox_new(workspace_path(g->ws), g->tmp, g->cfg->network);
    VEC_PUSH(&g->sandboxes, g->sandbox);
    sandbox_set_limits(g->sandbox, &(struct sandbox_limits){.memory_mb = g->cfg->memory_mb,
                                                            .cpu_seconds = g->cfg->cpu_seconds,
                                                            .file_mb = g->cfg->file_mb,
                                                            .processes = g->cfg->processes,
                                                            .shared_mb = g->cfg->shared_mb,
                                                            .temporary_mb = g->cfg->temporary_mb});
    g->permit.network = g->cfg->network;
    g->permit.cfg = g->cfg;
    g->permit.workspace = workspace_path(g->ws);
    sandbox_probe_begin(g->sandbox, sandbox_level_find(g->cfg->sandbox));
    sem_post(&g->forked);
    return permissions_load(&g->permit.rules, g->cfg, workspace_path(g->ws), e);
}

static bool setup_sandbox(struct engine *g, struct error *e)
{
    char why[256];
    enum sandbox_level want = sandbox_level_find(g->cfg->sandbox),
                       got = sandbox_probe_end(g->sandbox, why);
    if (g->opts.require_sandbox && got == SANDBOX_NONE)
        return error_set(e, ERR_CONFIG, "--require-sandbox: no sandbox works here (%s)", why);
    if (got < want)
        outbox_notice(&g->out, "warn", "sandbox", "commands run with sandbox level \"%s\": %s",
                      sandbox_level_name(got), why);
    for (size_t i = 0; g->opts.add_dirs && i < g->opts.add_dirs->count; i++)
        if (!add_root(g, g->opts.add_dirs->items[i], e))
            return false;
    g->hooks.sandbox = g->permit.sandbox = g->shell.sandbox = g->sandbox;
    return true;
}

static bool setup_models(struct engine *g, struct error *e)
{
    AUTO_FREE char *user = file_config_path("models.yaml");
    AUTO_FREE char *project = g->trusted ? mem_printf("%s/.mien/models.yaml", g->trusted) : NULL;
    g->models = models_load(user, project, g->opts.models_file, e);
    return g->models != NULL;
}

/* Settings that stand for a behavior's parameter, as the layer under behavior_defaults. */
struct yaml *engine_behavior_settings(const struct config *c)
{
    static const struct {
        const char *type, *param;
        size_t offset;
    } rows[] = {
        {"LoopDetectionBehavior", "max_repeats", offsetof(struct config, action_repeats)},
        {"LoopDetectionBehavior", "max_age", offsetof(struct config, loop_age)},
        {"CommandToolsBehavior", "timeout", offsetof(struct config, command_seconds)},
        {"HierarchicalContextBehavior", "history_keep", offsetof(struct config, history_keep)},
        {"HierarchicalContextBehavior", "max_depth", offsetof(struct config, max_depth)},
        {"HierarchicalContextBehavior", "max_siblings", offsetof(struct config, max_siblings)},
        {"CompactWhenNearFullBehavior", "max_tokens", offsetof(struct config, context_tokens)}};
    AUTO(buf) text = {0};
    const char *open = "";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t v = *(const int64_t *)((const char *)c + rows[i].offset);
        if (v == 0)
            continue;
        if (strcmp(open, rows[i].type) != 0)
            buf_addf(&text, "%s:\n", rows[i].type);
        buf_addf(&text, "  %s: %lld\n", rows[i].param, (long long)v);
        open = rows[i].type;
    }
    struct error e = {0};
    return yaml_parse(buf_cstr(&text), text.len, "config", &e);
}

struct call engine_call_base(struct engine *g)
{
    return (struct call){.host = &agent_host,
                         .agent = &g->agent,
                         .workspace = workspace_path(g->ws),
                         .goal = g->agent.goal.text,
                         .round = g->agent.goal.rounds,
                         .delegated = g->agent.delegated,
                         .alone = !g->agent.interactive};
}

struct type_places engine_type_places(const struct engine *g)
{
    return (struct type_places){g->trusted, &g->cfg->behaviors_path};
}

static bool lists(const struct yaml *list, const char *type)
{
    const struct behavior *b = behavior_find(type);
    for (size_t i = 0; b && list && i < list->count; i++) {
        const struct yaml *entry = list->items[i];
        const char *name = entry->kind == YAML_SCALAR ? entry->value : yaml_str(entry, "type", "");
        if (behavior_find(name) == b)
            return true;
    }
    return false;
}

/* What an agent needs that its file need not say: delegation when it has whom to delegate to,
 * the frame of delegated work when it was delegated. */
static bool load_automatic(struct engine *g, const struct agent_file *f, struct pipeline *p,
                           const struct yaml *list, const struct behavior_layers *layers,
                           struct error *e)
{
    const char *types[] = {f->target_count ? "DelegationBehavior" : NULL,
                           g->agent.delegated ? "SubAgentContextBehavior" : NULL};
    struct call base = engine_call_base(g);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (!types[i] || lists(list, types[i]))
            continue;
        if (!pipeline_add(p, types[i], layers, NULL, &base, e))
            return false;
        pipeline_find(p, types[i])->automatic = true;
    }
    return true;
}

/* Is a server of this name in the list already? */
static bool lists_server(const struct yaml *list, const char *name)
{
    for (size_t i = 0; list && i < list->count; i++) {
        const char *server = yaml_str(yaml_get(list->items[i], "params"), "server", NULL);
        if (server && strcmp(server, name) == 0)
            return true;
    }
    return false;
}

/* Every server the configuration or a trusted project names is there for the agent, with its
 * parameters as they are by default; an entry of the agent's own says more. */
static bool load_servers(struct engine *g, struct pipeline *p, const struct yaml *list,
                         const struct behavior_layers *layers, struct error *e)
{
    AUTO_JSON *names = mcp_names(g);
    struct call base = engine_call_base(g);
    const cJSON *n;
    cJSON_ArrayForEach(n, names)
    {
        if (!cJSON_IsString(n) || lists_server(list, n->valuestring))
            continue;
        AUTO(buf) text = {0};
        buf_adds(&text, "server: ");
        buf_add_json_str(&text, n->valuestring, strlen(n->valuestring));
        struct error here = {0};
        AUTO_YAML *params = yaml_parse(buf_cstr(&text), text.len, "mcp_servers", &here);
        if (!params) { /* one server's odd name is no reason to have none of the rest */
            outbox_notice(&g->out, "warn", "mcp", "an MCP server is left out: its name %s: %s",
                          buf_cstr(&text) + strlen("server: "), here.text);
            continue;
        }
        if (!pipeline_add(p, "McpToolsBehavior", layers, params, &base, e))
            return false;
        p->instances.ptr[p->instances.len - 1]->automatic = true;
    }
    return true;
}

/* Up to the comma that parts it from the next; those within {} and quotes are parameters'. */
static size_t with_word(const char *s)
{
    size_t n = 0;
    char quote = '\0';
    for (int depth = 0; s[n] && (quote || depth || s[n] != ','); n++) {
        if (quote)
            quote = s[n] == quote ? '\0' : quote;
        else if (depth && (s[n] == '"' || s[n] == '\''))
            quote = s[n];
        else
            depth += (s[n] == '{' || s[n] == '[') - (s[n] == '}' || s[n] == ']');
    }
    return n;
}

/* Those of --with, behind the agent's own. */
static bool load_with(struct engine *g, struct pipeline *p, const struct behavior_layers *layers,
                      struct error *e)
{
    struct call base = engine_call_base(g);
    const char *s = g->opts.with ? g->opts.with : "";
    for (size_t n; *s; s += n + (s[n] == ',')) {
        n = with_word(s);
        AUTO_FREE char *what = mem_strndup(s, n);
        char *brace = n && what[n - 1] == '}' ? strchr(what, '{') : NULL;
        AUTO_YAML *params = brace ? yaml_parse(brace, strlen(brace), "--with", e) : NULL;
        if (!n)
            continue;
        if (brace && !params)
            return false;
        if (brace)
            *brace = '\0';
        const char *type = behavior_named(what, e);
        if (type && brace)
            (void)pipeline_remove(p, type); /* what the agent's file said of it gives way */
        if (!type || !pipeline_add(p, type, layers, params, &base, e))
            return false;
    }
    return true;
}

/* Where tools are deferred, one brings them. */
static bool load_search(struct engine *g, struct pipeline *p, const struct behavior_layers *layers,
                        struct error *e)
{
    AUTO(buf) later = {0};
    struct call base = engine_call_base(g);
    deferred_list(p, &later);
    if (!later.len || pipeline_find(p, "DeferredToolsBehavior"))
        return true;
    if (!pipeline_add(p, "DeferredToolsBehavior", layers, NULL, &base, e))
        return false;
    pipeline_find(p, "DeferredToolsBehavior")->automatic = true;
    return true;
}

/* A misspelt name would take a tool away without a word. */
static bool names_fit(const struct engine *g, const struct pipeline *p, struct error *e)
{
    static const char apart[] = ", \t";
    const char *s = g->opts.tools ? g->opts.tools : "";
    for (size_t n; *(s += strspn(s, apart)); s += n) {
        n = strcspn(s, apart);
        AUTO_FREE char *one = mem_strndup(s, n);
        if (!pipeline_tool_fits(p, one))
            return error_set(e, ERR_USAGE, "--tools: the agent has no tool \"%s\"", one);
    }
    return true;
}

static bool load_pipeline(struct engine *g, struct agent_file *f, struct pipeline *p,
                          struct error *e)
{
    struct call base = engine_call_base(g);
    const struct yaml *list =
        f->behaviors && f->behaviors->count ? f->behaviors : g->cfg->behaviors;
    AUTO_YAML *settings = engine_behavior_settings(g->cfg);
    struct behavior_layers layers = {settings, g->cfg->behavior_defaults, engine_type_places(g)};
    p->delegated = g->agent.delegated;
    p->unanswered = !g->permit.ask.possible;
    p->python = &g->python;
    p->choice = &g->choice;
    if (load_automatic(g, f, p, list, &layers, e) && pipeline_load(p, list, &layers, &base, e) &&
        load_servers(g, p, list, &layers, e) && load_with(g, p, &layers, e) &&
        load_search(g, p, &layers, e) && names_fit(g, p, e)) {
        pipeline_refresh(p);
        return true;
    }
    pipeline_fini(p);
    return false;
}

/* A prompt that is there says too that nobody answers; a delegated agent hears it from its frame.
 */
static void tell_alone(struct engine *g, struct agent_file *f)
{
    if (g->permit.ask.possible || g->agent.delegated || text_is_blank(f->system_prompt))
        return;
    size_t n = strlen(f->system_prompt);
    while (n > 0 && f->system_prompt[n - 1] == '\n')
        n--;
    char *whole = mem_printf("%.*s\n%s", (int)n, f->system_prompt,
                             texts_get(g->cfg->texts, "alone.headless"));
    free(f->system_prompt);
    f->system_prompt = whole;
}

/* Command line, else the agent's own limits, else the configuration. */
static void use_limits(struct engine *g)
{
    const struct engine_opts *o = &g->opts;
    const struct agent_file *f = &g->file;
    const struct config *c = g->cfg;
    g->agent.limits.rounds = o->max_rounds >= 0 ? o->max_rounds
                             : f->rounds >= 0   ? f->rounds
                                                : c->rounds_per_goal;
    g->agent.limits.seconds = o->timeout_s >= 0      ? o->timeout_s
                              : f->seconds >= 0      ? f->seconds
                              : c->goal_seconds >= 0 ? c->goal_seconds
                              : g->agent.interactive ? 0
                                                     : GOAL_SECONDS;
    g->agent.limits.tokens = o->max_tokens >= 0 ? o->max_tokens
                             : f->tokens >= 0   ? f->tokens
                                                : c->goal_tokens;
    g->agent.limits.money = o->max_money >= 0 ? o->max_money
                            : f->money >= 0   ? f->money
                                              : c->goal_money;
}

struct agent_places engine_places(const struct engine *g)
{
    return (struct agent_places){g->trusted};
}

/* Two behaviors that end goals: the user who composed them learns which one counts. */
static void tell_hidden_endings(struct engine *g)
{
    const struct pipeline *p = &g->pipeline;
    const char *chosen = pipeline_completion_tool(p);
    for (size_t k = 0; k < p->instances.len; k++)
        for (size_t t = 0; t < p->instances.ptr[k]->tools.len; t++) {
            const struct instance *i = p->instances.ptr[k];
            const struct tool *tool = i->tools.ptr[t].tool;
            bool rival = p->completion && !p->delegated && (tool->flags & TOOL_DELEGATED);
            if (rival && pipeline_hidden_tool(p, tool->name))
                outbox_notice(&g->out, "info", "engine",
                              "%s of %s is not offered: %s ends goals here", tool->name,
                              i->type->type, chosen);
        }
}

bool engine_use_agent(struct engine *g, const char *name, struct error *e)
{
    struct agent_file f, old = g->file;
    struct pipeline p = {0};
    struct agent_places places = engine_places(g);
    if (!agent_file_load(&f, name, &places, e))
        return false;
    tell_alone(g, &f);
    g->file = f; /* behaviors ask for its delegates while they are loaded */
    if (!load_pipeline(g, &f, &p, e)) {
        g->file = old;
        agent_file_fini(&f);
        return false;
    }
    if (old.name)
        context_break(&g->context, "the agent changed");
    pipeline_fini(&g->pipeline);
    agent_file_fini(&old);
    g->pipeline = p;
    g->modes.agent_effort = f.effort;
    use_limits(g);
    tell_hidden_endings(g);
    return true;
}

static bool use_model(struct engine *g, struct error *e)
{
    AUTO_FREE char *stored = g->session.store ? store_get_meta(g->session.store, "model") : NULL;
    const char *name = g->opts.model       ? g->opts.model
                       : stored && *stored ? stored
                       : g->cfg->model     ? g->cfg->model
                                           : g->file.model;
    if (name && *name && modes_set_model(&g->modes, name, e))
        return true;
    if (name && *name && (g->opts.model || name != stored))
        return false;
    AUTO_FREE char *why = NULL;
    const struct model *m = models_discover(g->models, g->reactor.loop, &why);
    if (!m)
        return error_set(e, ERR_CONFIG, "no model was found; mien doctor tells what was tried");
    if (why && g->agent.interactive) /* on the first page, where nothing covers it */
        outbox_setting(&g->out, "model_why", why);
    else if (why)
        outbox_notice(&g->out, "info", "models", "%s", why);
    if (g->agent.interactive && strcmp(m->provider, "playbook") == 0)
        outbox_setting(&g->out, "no_model", "yes");
    return modes_set_model(&g->modes, m->name, e);
}

/* What `mien behavior set` said in this directory before there was a session. */
static void take_next_mode(struct engine *g)
{
    const struct engine_opts *o = &g->opts;
    if (o->session || o->resume || o->mode || g->agent.delegated)
        return;
    AUTO_FREE char *path = store_next_mode(g->session.dir, workspace_path(g->ws));
    modes_take_file(&g->modes, path);
}

static bool use_mode(struct engine *g, struct error *e)
{
    take_next_mode(g);
    const char *mode = g->opts.mode                    ? g->opts.mode
                       : g->modes.session              ? NULL
                       : g->cfg->mode && *g->cfg->mode ? g->cfg->mode
                                                       : g->file.mode;
    struct mode_change c = {.mode = mode,
                            .source = g->opts.mode ? "command line" : "configuration",
                            .by = g->opts.mode ? MODE_BY_USER : MODE_BY_NOBODY};
    if (mode && *mode && !modes_set(&g->modes, &c, e))
        return false;
    modes_plan(&g->modes, g->permit.policy == POLICY_PLAN);
    return true;
}

/* What was said of files was said of those of another directory. */
static void tell_moved(struct engine *g)
{
    AUTO_FREE char *before = store_get_meta(g->session.store, "workspace");
    if (!before || !*before || strcmp(before, workspace_path(g->ws)) == 0)
        return;
    AUTO_FREE char *note = mem_printf("[The workspace is %s from here on. What was said before was "
                                      "said of %s: look at files anew.]",
                                      workspace_path(g->ws), before);
    outbox_notice(&g->out, "warn", "engine",
                  "this session worked in %s until now; it goes on in %s", before,
                  workspace_path(g->ws));
    VEC_PUSH(&g->agent.asides, mem_strdup(note));
}

/* Without a store the session lives in memory: worth a warning, not an end. */
static bool setup_session(struct engine *g, struct error *e)
{
    const struct engine_opts *o = &g->opts;
    g->session.dir = file_state_path("sessions");
    AUTO_FREE char *newest = NULL;
    const char *id = o->session ? o->session : o->resume;
    if (id && !*id && !(newest = session_newest(g->session.dir, workspace_path(g->ws))))
        return error_set(e, ERR_NOT_FOUND, "there is no session of %s to go on with",
                         workspace_path(g->ws));
    if (newest)
        id = newest;
    char copy[32];
    if (id && o->fork) {
        store_new_id(copy);
        struct store *from = store_open(g->session.dir, id, false, e);
        bool copied = from && store_copy(from, copy, e);
        store_close(from);
        if (!copied)
            return false;
        id = copy;
    }
    if (id) {
        if (!session_open(&g->session, id, o->session != NULL, e))
            return false;
        tell_moved(g);
        outbox_setting(&g->out, "session", g->out.session);
        return session_restore(&g->session, e);
    }
    struct error here = {0};
    char fresh[32];
    store_new_id(fresh);
    if (!session_open(&g->session, fresh, true, &here))
        outbox_notice(&g->out, "warn", "store",
                      "%s. This session is not saved; /export FILE keeps it", here.text);
    outbox_setting(&g->out, "session", g->out.session);
    return true;
}

void engine_emit_start(struct engine *g, bool resumed)
{
    struct event ev = {.type = EVENT_SESSION_START};
    ev.session_start.workspace = mem_strdup(workspace_path(g->ws));
    ev.session_start.model = mem_strdup(g->modes.model ? g->modes.model->name : "");
    ev.session_start.agent = mem_strdup(g->file.name);
    ev.session_start.sandbox = mem_strdup(sandbox_level_name(sandbox_level(g->sandbox)));
    ev.session_start.approval = mem_strdup(policy_name(g->permit.policy));
    ev.session_start.resumed = resumed;
    ev.session_start.version = mem_strdup(MIEN_VERSION);
    AUTO_FREE char *own = outbox_dir(&g->out);
    workspace_read_outside(g->ws, g->cfg->read_outside, own);
    workspace_private_tmp(g->ws, sandbox_level(g->sandbox) == SANDBOX_FULL ? g->tmp : NULL);
    free(g->context.environment);
    g->context.environment = engine_environment(g);
    outbox_emit(&g->out, &ev);
    engine_tell_branch(g);
    if (g->opts.name && !g->name)
        engine_name(g, g->opts.name);
    else if (g->name)
        outbox_setting(&g->out, "name", g->name);
    modes_emit(&g->modes);
    agent_emit_trees(&g->agent);
    outbox_phase(&g->out, "idle", 0, 0, NULL);
    engine_emit_catalogs(g);
}

void engine_ask_window(struct engine *g)
{
    if (g->modes.model->window > 0 || !g->modes.model->api_base)
        return;
    int64_t told = llm_ask_window(g->llm, g->modes.model, 1000);
    if (told <= 0)
        return;
    modes_set_window(&g->modes, told, "the server");
    context_emit_gauge(&g->context, true, g->context.estimate, 0);
}

bool engine_setup(struct engine *g, struct error *e)
{
    struct llm_limits limits = {.connect_ms = g->cfg->connect_seconds * 1000,
                                .first_byte_ms = g->cfg->first_byte_seconds * 1000,
                                .idle_ms = g->cfg->idle_seconds * 1000,
                                .total_ms = g->cfg->total_seconds * 1000,
                                .max_retries = g->cfg->retries,
                                .max_retry_wait_ms = g->cfg->retry_wait_seconds * 1000};
    g->llm = llm_new(g->reactor.loop, &limits);
    bool resumed = g->opts.resume != NULL;
    if (!hooks_check(g->cfg, e))
        return false;
    if (!setup_workspace(g, e) || !setup_models(g, e))
        return false;
    engine_connect_rooms(g);
    if (!setup_session(g, e) || !setup_sandbox(g, e))
        return false;
    AUTO_FREE char *state = g->session.store ? store_get_meta(g->session.store, "run") : NULL;
    g->killed = state && strstr(state, "\"running\":true");
    if (!engine_use_agent(g, g->opts.agent ? g->opts.agent : g->cfg->agent, e) ||
        !use_model(g, e) || !use_mode(g, e))
        return false;
    engine_emit_start(g, resumed);
    if (*texts_complaints(g->cfg->texts))
        outbox_notice(&g->out, "warn", "prompts", "%s", texts_complaints(g->cfg->texts));
    g->paused = g->queue.len > 0; /* goals that waited when mien ended */
    if (g->paused)
        engine_tell_paused(g);
    if (g->paused)
        engine_tell_queue(g, NULL);
    if (g->agent.steer.len > 0)
        outbox_waiting(&g->out, "steer", g->agent.steer.ptr, g->agent.steer.len, NULL);
    if (g->agent.interactive)
        session_put_line(&g->session); /* found by mien behavior set before its first goal */
    return true;
}
