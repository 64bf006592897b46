/* The text answers to commands. */
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "behavior/pipeline_run.h"
#include "engine/engine_priv.h"
#include "engine/host_mcp.h"
#include "llm/lora.h"
#include "session/transcript.h"
#include "store/store.h"

const char *const engine_report_names[] = {"behaviors",  "tools",  "context",  "modes",  "mode",
                                           "models",     "agents", "sessions", "status", "log",
                                           "tree",       "jobs",   "job",      "stats",  "summary",
                                           "mode_stats", "mcp",    NULL};

static bool context_export(struct agent *a, const char *path, struct buf *out, struct error *e)
{
    AUTO(buf) body = {0}, masked = {0};
    size_t tail_at = 0;
    struct llm_request r = context_current(&a->context);
    if (r.model)
        llm_body(&r, &body, &tail_at);
    log_mask(&masked, buf_cstr(&body), body.len);
    if (!r.model)
        return error_set(e, ERR_DENIED, "no request was built yet");
    AUTO_FREE char *where = workspace_user_path(a->ws, path);
    if (!file_write_new(where, buf_cstr(&masked), masked.len, e))
        return false;
    buf_addf(out, "wrote %s: %zu bytes, the volatile tail begins at byte %zu\n", where, body.len,
             tail_at);
    return true;
}

static bool report_context(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    static const char *const places[] = {"system", "tools", "pinned", "history", "tail"};
    if (arg && strncmp(arg, "export ", 7) == 0)
        return context_export(a, arg + 7, out, e);
    struct context *x = &a->context;
    (void)context_current(&a->context);
    buf_addf(out, "window %lld tokens (%s), %lld kept for the answer\n\n",
             (long long)a->modes.window, a->modes.window_from ? a->modes.window_from : "?",
             (long long)context_reserve(&a->context));
    int64_t sum = 0;
    for (size_t i = 0; i < x->segments.len; i++) {
        const struct segment *s = &x->segments.ptr[i];
        buf_addf(out, "%-8s %-28s %-16s %7lld\n", places[s->place], s->owner, s->title,
                 (long long)s->tokens);
        sum += s->tokens;
    }
    buf_addf(out, "%-54s %7lld\n\n", "total, estimated", (long long)sum);
    buf_addf(out, "messages in view %zu of %lld; since the request before: %+lld messages%s%s\n",
             x->message_count, (long long)conversation_last(&a->talk),
             (long long)((int64_t)x->message_count - x->previous_messages),
             x->break_reason ? "; prefix changed: " : "; prefix unchanged",
             x->break_reason ? x->break_reason : "");
    buf_addf(out, "\n── system ──\n%s\n", x->system ? x->system : "");
    if (x->pinned && *x->pinned)
        buf_addf(out, "\n── pinned ──\n%s\n", x->pinned);
    for (size_t i = 0; i < x->message_count; i++) {
        static const char *const roles[] = {"system", "user", "assistant", "tool"};
        const struct llm_message *m = &x->messages[i];
        if (m->text == x->system || m->text == x->pinned)
            continue;
        buf_addf(out, "\n── %s ──\n%s\n", roles[m->role], m->text ? m->text : "");
        for (size_t c = 0; c < m->call_count; c++)
            buf_addf(out, "→ %s %s\n", m->calls[c].name, m->calls[c].args);
    }
    buf_addf(out, "\n── tail (volatile) ──\n%s\n", buf_cstr(&x->tail));
    return true;
}

/* The name stands among those of a composed mode. */
static bool in_force(const struct agent *a, const char *name)
{
    const struct mode *mode = modes_active(&a->modes);
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

static bool report_modes(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    const struct model *m = arg && *arg ? models_find(a->models, arg, e) : a->modes.model;
    if (!m)
        return false;
    if (!model_mode_at(m, 0))
        buf_addf(out, "%s declares no behavior modes (behaviors: in models.yaml)\n", m->name);
    AUTO_JSON *loaded = NULL;
    struct error ignored = {0};
    bool asked = false;
    const struct mode *mode;
    for (size_t i = 0; (mode = model_mode_at(m, i)); i++) {
        if (mode->lora.api != LORA_NONE && !asked && !reactor_held(&a->reactor, HOLD_CALL)) {
            asked = true;
            if (!lora_loaded(a->llm, m, &loaded, &ignored))
                buf_addf(out, "(the server does not say which adapters it has: %s)\n",
                         ignored.text);
        }
        buf_addf(out, "%s %-14s %-18s %s%s\n",
                 m == a->modes.model && in_force(a, mode->name) ? "*" : " ", mode->name,
                 mode->route_suffix, mode->description ? mode->description : "",
                 adapter_loaded(loaded, mode) ? " (adapter loaded)" : "");
    }
    return true;
}

static bool report_mode(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    if (!a->modes.model)
        return error_set(e, ERR_DENIED, "no model is in use yet");
    modes_report(&a->modes, out, context_sum(&a->context));
    return true;
}

static bool report_mcp(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    mcp_report(a, out);
    return true;
}

static bool report_mode_stats(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    stats_modes(&a->usage.stats, out);
    return true;
}

static bool report_models(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    for (size_t i = 0; i < models_count(a->models); i++) {
        const struct model *m = models_at(a->models, i);
        AUTO_FREE char *key = model_key_state(m);
        buf_addf(out, "%s %-28s %-14s key %s  %s\n", m == a->modes.model ? "*" : " ", m->name,
                 m->provider, key, m->problem ? m->problem : m->origin);
    }
    return true;
}

static bool report_agents(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    char **names;
    struct agent_places places = engine_places(a);
    size_t n = agent_file_names(&places, &names);
    for (size_t i = 0; i < n; i++) {
        struct agent_file f;
        struct error here = {0};
        bool ok = agent_file_load(&f, names[i], &places, &here);
        buf_addf(out, "%s %-18s %s\n",
                 a->file.name && strcmp(a->file.name, names[i]) == 0 ? "*" : " ", names[i],
                 ok ? f.blurb : here.text);
        if (ok)
            agent_file_fini(&f);
        free(names[i]);
    }
    free(names);
    return true;
}

static bool report_sessions(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    struct store_info *list;
    size_t n;
    bool all = arg && strcmp(arg, "all") == 0;
    if (!store_list(a->session.dir, all ? NULL : workspace_path(a->ws), &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        char when[32];
        clock_iso(list[i].updated_ms, when);
        buf_addf(out, "%s %-24s %.16s %-11s %.60s\n",
                 strcmp(list[i].id, a->out.session) == 0 ? "*" : " ", list[i].id, when,
                 list[i].state ? list[i].state : "", list[i].title ? list[i].title : "");
        store_info_fini(&list[i]);
    }
    free(list);
    if (n == 0)
        buf_adds(out, all ? "no sessions yet\n"
                          : "no sessions in this workspace; \"all\" lists every one\n");
    return true;
}

static bool report_status(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    pipeline_status(&a->pipeline, out);
    if (out->len)
        buf_addc(out, '\n');
    buf_addf(out,
             "session    %s%s\nworkspace  %s\nagent      %s (%s)\nmodel      %s\nmode       %s\n",
             a->out.session, a->session.store ? "" : " (in memory only)", workspace_path(a->ws),
             a->file.name, a->file.origin, a->modes.model ? a->modes.model->name : "none",
             modes_active(&a->modes) ? modes_active(&a->modes)->name : "none");
    buf_addf(out, "sandbox    %s, network %s\napproval   %s\n",
             sandbox_level_name(sandbox_level(a->sandbox)), a->cfg->network ? "on" : "off",
             policy_name(a->permit.policy));
    buf_addf(
        out, "round      %lld of %lld\ntokens     %lld in (%lld cached), %lld out, cost %.4f\n",
        (long long)a->goal.rounds, (long long)a->max_rounds, (long long)a->usage.total.input,
        (long long)a->usage.total.cached, (long long)a->usage.total.output, a->usage.total_cost);
    return true;
}

static bool report_log(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    for (size_t i = a->out.ledger.lines.len > 200 ? a->out.ledger.lines.len - 200 : 0;
         i < a->out.ledger.lines.len; i++) {
        char when[32];
        clock_iso(a->out.ledger.lines.ptr[i].time_ms, when);
        buf_addf(out, "%.19s %-8s %s\n", when, a->out.ledger.lines.ptr[i].kind,
                 a->out.ledger.lines.ptr[i].detail);
    }
    return true;
}

static bool report_tree(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    if (!a->tree.goal)
        return error_set(e, ERR_DENIED, "there is no goal yet");
    const struct node *goal = tree_find(&a->tree, a->tree.goal);
    buf_addf(out, "%s\n", goal ? goal->title : "");
    tree_to_text(&a->tree, out);
    return true;
}

static bool report_jobs(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    jobs_report(&a->jobs, out);
    return true;
}

static bool report_job(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    AUTO_FREE char *session = NULL;
    return jobs_log(&a->jobs, arg ? arg : "", out, &session, e) &&
           (!session || transcript_of(a->session.dir, session, out, e));
}

static bool report_stats(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    return stats_text(&a->usage.stats, arg, out, e);
}

static bool report_summary(struct agent *a, const char *arg, struct buf *out, struct error *e)
{
    if (!a->talk.summary.text)
        return error_set(e, ERR_DENIED, "nothing was compacted yet: /compact does it");
    buf_addf(out, "In the place of %lld messages the model reads:\n\n%s\n",
             (long long)a->talk.summary.messages, a->talk.summary.text);
    return true;
}

typedef bool report_fn(struct agent *a, const char *arg, struct buf *out, struct error *e);

char *agent_report(struct agent *a, const char *name, const char *arg, struct error *e)
{
    static report_fn *const fns[] = {
        report_behaviors,  report_tools,  report_context,  report_modes,  report_mode,
        report_models,     report_agents, report_sessions, report_status, report_log,
        report_tree,       report_jobs,   report_job,      report_stats,  report_summary,
        report_mode_stats, report_mcp};
    _Static_assert(COUNT_OF(fns) == COUNT_OF(engine_report_names) - 1, "one function a name");
    AUTO(buf) out = {0};
    for (size_t i = 0; name && engine_report_names[i]; i++)
        if (strcmp(engine_report_names[i], name) == 0)
            return fns[i](a, arg, &out, e) ? buf_take(&out) : NULL;
    error_set(e, ERR_USAGE, "there is no report \"%s\"", name ? name : "");
    return NULL;
}
