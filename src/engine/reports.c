/* The text answers to commands. */
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "behavior/pipeline_run.h"
#include "engine/engine_priv.h"
#include "engine/host_mcp.h"
#include "engine/host_project.h"
#include "engine/mcp_words.h"
#include "llm/lora.h"
#include "llm/rates.h"
#include "session/transcript.h"
#include "store/store.h"

const char *const engine_report_names[] = {"behaviors",  "tools",  "context",  "modes",  "mode",
                                           "models",     "agents", "sessions", "status", "log",
                                           "tree",       "jobs",   "job",      "stats",  "summary",
                                           "mode_stats", "mcp",    "memory",   NULL};

static bool context_export(struct engine *g, const char *path, struct buf *out, struct error *e)
{
    AUTO(buf) body = {0}, masked = {0};
    size_t tail_at = 0;
    struct llm_request r = context_current(&g->context);
    if (r.model)
        llm_body(&r, &body, &tail_at);
    log_mask(&masked, buf_cstr(&body), body.len);
    if (!r.model)
        return error_set(e, ERR_DENIED, "no request was built yet");
    AUTO_FREE char *where = workspace_user_path(g->ws, path);
    if (!file_write_new(where, buf_cstr(&masked), masked.len, e))
        return false;
    buf_addf(out, "wrote %s: %zu bytes, the volatile tail begins at byte %zu\n", where, body.len,
             tail_at);
    return true;
}

/* What stands before the conversation in a request. */
static bool is_frame(const struct context *x, const struct llm_message *m)
{
    return m->text == x->system || m->text == x->pinned;
}

static bool report_context(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    static const char *const places[] = {"system", "tools", "pinned", "history", "tail"};
    if (arg && strncmp(arg, "export ", 7) == 0)
        return context_export(g, arg + 7, out, e);
    if (arg && *arg)
        return error_set(e, ERR_USAGE,
                         "/context shows it, /context export FILE writes it; there is no "
                         "/context %.60s",
                         arg);
    struct context *x = &g->context;
    (void)context_current(&g->context);
    buf_addf(out, "window %lld tokens (%s), %lld kept for the answer\n\n",
             (long long)g->modes.window, g->modes.window_from ? g->modes.window_from : "?",
             (long long)context_reserve(&g->context));
    int64_t sum = 0;
    for (size_t i = 0; i < x->segments.len; i++) {
        const struct segment *s = &x->segments.ptr[i];
        buf_addf(out, "%-8s %-28s %-16s %7lld\n", places[s->place], s->owner, s->title,
                 (long long)s->tokens);
        sum += s->tokens;
    }
    buf_addf(out, "%-54s %7lld\n\n", "total, estimated", (long long)sum);
    size_t said = 0; /* of the conversation */
    for (size_t i = 0; i < x->message_count; i++)
        said += !is_frame(x, &x->messages[i]);
    buf_addf(out, "messages in view %zu of %lld; since the request before: %+lld messages%s%s\n",
             said, (long long)conversation_last(&g->talk),
             (long long)((int64_t)x->message_count - x->previous_messages),
             x->break_reason ? "; prefix changed: " : "; prefix unchanged",
             x->break_reason ? x->break_reason : "");
    buf_addf(out, "\n── system ──\n%s\n", x->system ? x->system : "");
    if (x->pinned && *x->pinned)
        buf_addf(out, "\n── pinned ──\n%s\n", x->pinned);
    for (size_t i = 0; i < x->message_count; i++) {
        static const char *const roles[] = {"system", "user", "assistant", "tool"};
        const struct llm_message *m = &x->messages[i];
        if (is_frame(x, m))
            continue;
        buf_addf(out, "\n── %s ──\n%s\n", roles[m->role], m->text ? m->text : "");
        for (size_t c = 0; c < m->call_count; c++)
            buf_addf(out, "→ %s %s\n", m->calls[c].name, m->calls[c].args);
    }
    buf_addf(out, "\n── tail (volatile) ──\n%s\n", buf_cstr(&x->tail));
    return true;
}

/* The name stands among those of a composed mode. */
static bool in_force(const struct engine *g, const char *name)
{
    const struct mode *mode = modes_active(&g->modes);
    size_t n = strlen(name);
    for (const char *p = mode ? mode->name : ""; *p;) {
        size_t len = strcspn(p, "+");
        if (len == n && strncmp(p, name, n) == 0)
            return true;
        p += len + (p[len] == '+');
    }
    return false;
}

static bool adapter_loaded(const cJSON *names, const struct mode *mode)
{
    const cJSON *n;
    cJSON_ArrayForEach(n, names)
    {
        if (mode->lora.name && cJSON_IsString(n) && strcmp(n->valuestring, mode->lora.name) == 0)
            return true;
    }
    return false;
}

static bool report_modes(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    const struct model *m = arg && *arg ? models_find(g->models, arg, e) : g->modes.model;
    if (!m)
        return false;
    if (!model_mode_at(m, 0))
        buf_addf(out, "%s declares no behavior modes (behaviors: in models.yaml)\n", m->name);
    AUTO_JSON *loaded = NULL;
    struct error ignored = {0};
    bool asked = false;
    const struct mode *mode;
    for (size_t i = 0; (mode = model_mode_at(m, i)); i++) {
        if (mode->lora.api != LORA_NONE && !asked && !reactor_held(&g->reactor, HOLD_CALL)) {
            asked = true;
            if (!lora_loaded(g->llm, m, &loaded, &ignored))
                buf_addf(out, "(the server does not say which adapters it has: %s)\n",
                         ignored.text);
        }
        buf_addf(out, "%s %-14s %-18s %s%s\n",
                 m == g->modes.model && in_force(g, mode->name) ? "*" : " ", mode->name,
                 mode->route_suffix, mode->description ? mode->description : "",
                 adapter_loaded(loaded, mode) ? " (adapter loaded)" : "");
    }
    return true;
}

static bool report_mode(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    if (!g->modes.model)
        return error_set(e, ERR_DENIED, "no model is in use yet");
    modes_report(&g->modes, out, context_sum(&g->context));
    return true;
}

static bool report_mcp(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    bool words = arg && (strcmp(arg, "prompts") == 0 || strcmp(arg, "resources") == 0);
    if (words)
        return mcp_words_report(g, arg, out, e);
    mcp_report(g, out);
    return true;
}

static bool report_mode_stats(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    stats_modes(&g->usage.stats, out);
    return true;
}

static bool report_models(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    for (size_t i = 0; i < models_count(g->models); i++) {
        const struct model *m = models_at(g->models, i);
        AUTO_FREE char *key = model_key_state(m);
        buf_addf(out, "%s %-28s %-14s key %s  %s\n", m == g->modes.model ? "*" : " ", m->name,
                 m->provider, key, m->problem ? m->problem : m->origin);
    }
    return true;
}

static bool report_agents(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    char **names;
    struct agent_places places = engine_places(g);
    size_t n = agent_file_names(&places, &names);
    for (size_t i = 0; i < n; i++) {
        struct agent_file f;
        struct error here = {0};
        bool ok = agent_file_load(&f, names[i], &places, &here);
        buf_addf(out, "%s %-18s %s\n",
                 g->file.name && strcmp(g->file.name, names[i]) == 0 ? "*" : " ", names[i],
                 ok ? f.blurb : here.text);
        if (ok)
            agent_file_fini(&f);
        free(names[i]);
    }
    free(names);
    return true;
}

static bool report_sessions(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    struct store_info *list;
    size_t n;
    bool all = arg && strcmp(arg, "all") == 0;
    if (!store_list(g->session.dir, all ? NULL : workspace_path(g->ws), &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        char when[32];
        clock_iso(list[i].updated_ms, when);
        buf_addf(out, "%s %-24s %.16s %-11s %.60s\n",
                 strcmp(list[i].id, g->out.session) == 0 ? "*" : " ", list[i].id, when,
                 list[i].state ? list[i].state : "", list[i].title ? list[i].title : "");
        store_info_fini(&list[i]);
    }
    free(list);
    if (n == 0)
        buf_adds(out, all ? "no sessions yet\n"
                          : "no sessions in this workspace; \"all\" lists every one\n");
    return true;
}

static void report_rates(const struct engine *g, struct buf *out)
{
    const struct llm_rates *r = llm_rates(g->llm);
    for (int i = 0; i < RATES; i++) {
        if (!r->of[i].known)
            continue;
        buf_adds(out, "limit      ");
        rates_say(r, (enum rate)i, clock_wall_ms(), out);
        buf_addc(out, '\n');
    }
}

static bool report_status(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    pipeline_status(&g->pipeline, out);
    if (out->len)
        buf_addc(out, '\n');
    buf_addf(out,
             "session    %s%s\nworkspace  %s\nagent      %s (%s)\nmodel      %s\nmode       %s\n"
             "effort     %s\n",
             g->out.session, g->session.store ? "" : " (in memory only)", workspace_path(g->ws),
             g->file.name, g->file.origin, g->modes.model ? g->modes.model->name : "none",
             modes_active(&g->modes) ? modes_active(&g->modes)->name : "none",
             modes_effort(&g->modes) ? modes_effort(&g->modes) : "auto");
    report_rates(g, out);
    buf_addf(out, "waits      %lld s for a word of the model\n", (long long)g->cfg->idle_seconds);
    for (size_t i = 0; i < workspace_root_count(g->ws); i++) {
        bool writable;
        const char *root = workspace_root_at(g->ws, i, &writable);
        buf_addf(out, "and        %s%s\n", root, writable ? "" : " (read-only)");
    }
    buf_addf(out, "sandbox    %s, network %s\napproval   %s\n",
             sandbox_level_name(sandbox_level(g->sandbox)), g->cfg->network ? "on" : "off",
             policy_name(g->permit.policy));
    buf_addf(out,
             "round      %lld of %lld\ntokens     %lld in (%lld cached), %lld out, cost %.4f\n",
             (long long)g->agent.goal.rounds, (long long)g->agent.limits.rounds,
             (long long)g->usage.total.input, (long long)g->usage.total.cached,
             (long long)g->usage.total.output, g->usage.total_cost);
    return true;
}

static bool report_log(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    for (size_t i = g->out.ledger.lines.len > 200 ? g->out.ledger.lines.len - 200 : 0;
         i < g->out.ledger.lines.len; i++) {
        char when[32];
        clock_iso(g->out.ledger.lines.ptr[i].time_ms, when);
        buf_addf(out, "%.19s %-8s %s\n", when, g->out.ledger.lines.ptr[i].kind,
                 g->out.ledger.lines.ptr[i].detail);
    }
    return true;
}

static bool report_tree(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    if (!g->tree.goal)
        return error_set(e, ERR_DENIED, "there is no goal yet");
    const struct node *goal = tree_find(&g->tree, g->tree.goal);
    buf_addf(out, "%s\n", goal ? goal->title : "");
    tree_to_text(&g->tree, out);
    return true;
}

static bool report_jobs(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    jobs_report(&g->jobs, out);
    return true;
}

static bool report_job(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    AUTO_FREE char *session = NULL;
    int64_t damaged = 0;
    bool ok = jobs_log(&g->jobs, arg ? arg : "", out, &session, e) &&
              (!session || transcript_of(g->session.dir, session, out, &damaged, e));
    if (damaged)
        buf_addf(out, "%lld damaged rows were left out\n", (long long)damaged);
    return ok;
}

static bool report_stats(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    return stats_text(&g->usage.stats, arg, out, e);
}

static bool report_summary(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    if (!g->talk.summary.text)
        return error_set(e, ERR_DENIED, "nothing was compacted yet: /compact does it");
    buf_addf(out, "In the place of %lld messages the model reads:\n\n%s\n",
             (long long)g->talk.summary.messages, g->talk.summary.text);
    return true;
}

static bool report_memory(struct engine *g, const char *arg, struct buf *out, struct error *e)
{
    host_project_report(g, out);
    return true;
}

typedef bool report_fn(struct engine *g, const char *arg, struct buf *out, struct error *e);

char *engine_report(struct engine *g, const char *name, const char *arg, struct error *e)
{
    static report_fn *const fns[] = {
        report_behaviors,  report_tools,  report_context,  report_modes,  report_mode,
        report_models,     report_agents, report_sessions, report_status, report_log,
        report_tree,       report_jobs,   report_job,      report_stats,  report_summary,
        report_mode_stats, report_mcp,    report_memory};
    _Static_assert(COUNT_OF(fns) == COUNT_OF(engine_report_names) - 1, "one function a name");
    AUTO(buf) out = {0};
    for (size_t i = 0; name && engine_report_names[i]; i++)
        if (strcmp(engine_report_names[i], name) == 0)
            return fns[i](g, arg, &out, e) ? buf_take(&out) : NULL;
    error_set(e, ERR_USAGE, "there is no report \"%s\"", name ? name : "");
    return NULL;
}
