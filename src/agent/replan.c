/*
 * A subtask is out of rounds or failed too often: split it, or leave it and go on elsewhere.
 * Written once, over node ids.
 */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "config/texts.h"

/* First JSON array of a text, however much is said around it. */
static cJSON *find_array(const char *text)
{
    for (const char *p = text ? strchr(text, '[') : NULL; p; p = strchr(p + 1, '[')) {
        const char *end = NULL;
        cJSON *j = cJSON_ParseWithOpts(p, &end, false);
        if (cJSON_IsArray(j))
            return j;
        cJSON_Delete(j);
    }
    return NULL;
}

static cJSON *ask_for_steps(struct agent *a, const char *about, double temperature)
{
    AUTO(buf) system = {0};
    char least[32], most[32];
    snprintf(least, sizeof least, "%lld", (long long)a->cfg->min_children);
    snprintf(most, sizeof most, "%lld", (long long)a->cfg->max_children);
    TEXT_FILL(&system, texts_get(a->cfg->texts, "replan.system"),
              {"size", a->cfg->prefer_granular ? "very small, concrete" : "smaller"},
              {"least", least}, {"most", most});
    struct error e = {0};
    AUTO_FREE char *text = model_call_ask(a->call, buf_cstr(&system), about, 800, temperature, &e);
    if (!text) {
        outbox_notice(a->out, "warn", "escalation", "no smaller steps: %s", e.text);
        return NULL;
    }
    cJSON *steps = find_array(text);
    int n = cJSON_GetArraySize(steps);
    const cJSON *s;
    bool strings = true;
    cJSON_ArrayForEach(s, steps)
    {
        strings = strings && (cJSON_IsString(s) || cJSON_IsObject(s));
    }
    if (steps && strings && n >= a->cfg->min_children && n <= a->cfg->max_children)
        return steps;
    cJSON_Delete(steps);
    return NULL;
}

static void forget_loops(struct agent *a)
{
    a->goal.loop_stop = false;
}

static bool split(struct agent *a, int64_t id)
{
    AUTO(buf) about = {0};
    struct node *n = tree_find(a->tree, id);
    if (tree_depth(a->tree, id) >= a->cfg->max_depth)
        return false;
    TEXT_FILL(&about, texts_get(a->cfg->texts, "replan.split"), {"goal", a->goal.text},
              {"step", n->title});
    AUTO_JSON *steps = ask_for_steps(a, buf_cstr(&about), a->cfg->split_temperature);
    struct tree_result r = {0};
    struct error e = {0};
    if (!steps || !tree_find(a->tree, id) || !agent_decompose(a, steps, id, &r, &e))
        return false;
    free(r.next_subtask);
    outbox_notice(a->out, "info", "escalation", "split \"%s\" into %lld steps",
                  tree_find(a->tree, id)->title, (long long)r.added);
    forget_loops(a);
    return true;
}

static bool model_decides_to_split(struct agent *a, int64_t id)
{
    AUTO(buf) about = {0};
    struct error e = {0};
    TEXT_FILL(&about, texts_get(a->cfg->texts, "replan.choice"), {"goal", a->goal.text},
              {"step", tree_find(a->tree, id)->title});
    AUTO_FREE char *text = model_call_ask(a->call, texts_get(a->cfg->texts, "replan.choice_system"),
                                          buf_cstr(&about), 20, 0.3, &e);
    return text && strstr(text, "DECOMPOSE");
}

static double failed_share(struct tree *t, int64_t parent)
{
    struct tree_tally y = tree_tally(t, parent);
    size_t all = y.done + y.failed + y.skipped + y.open;
    return all ? (double)y.failed / (double)all : 0;
}

enum level { LEVEL_PARENT, LEVEL_TASK, LEVEL_ROOT };

/* Where to look for the next step: the nearest level that still promises something. */
static enum level smart_level(struct agent *a, const struct node *n)
{
    struct tree *t = a->tree;
    const struct node *parent = tree_find(t, n->parent);
    if (!parent || parent->id == t->goal)
        return failed_share(t, t->goal) > 2.0 / 3 ? LEVEL_ROOT : LEVEL_TASK;
    if (failed_share(t, parent->id) < 0.5)
        return LEVEL_PARENT;
    if (parent->rounds > a->cfg->rounds_per_subtask * 7 / 10)
        return LEVEL_TASK;
    if (failed_share(t, t->goal) > 2.0 / 3)
        return LEVEL_ROOT;
    return LEVEL_PARENT;
}

static enum level zoom_level(struct agent *a, const struct node *n)
{
    const char *target = a->cfg->zoom_out_target;
    if (strcmp(target, "root") == 0)
        return LEVEL_ROOT;
    if (strcmp(target, "task") == 0)
        return LEVEL_TASK;
    if (strcmp(target, "parent") == 0)
        return LEVEL_PARENT;
    return smart_level(a, n);
}

static void describe_failures(struct agent *a, struct buf *out)
{
    for (size_t i = 0; i < a->tree->nodes.len; i++) {
        const struct node *n = &a->tree->nodes.ptr[i];
        if (!tree_is_within(a->tree, n->id, a->tree->goal) || n->id == a->tree->goal)
            continue;
        buf_addf(out, "- %s: %s%s%s\n", n->title, node_state_name(n->state), n->reason ? " — " : "",
                 n->reason ? n->reason : "");
    }
}

static void write_report(struct agent *a, const char *why)
{
    AUTO(buf) text = {0};
    char when[32];
    struct error e = {0};
    clock_iso(clock_wall_ms(), when);
    buf_addf(&text,
             "# Failure report\n\nGoal: %s\nSession: %s\nTime: %s\nRounds: %lld\n\n## "
             "Why\n\n%s\n\n## Tree\n\n```\n",
             a->goal.text, a->out->session, when, (long long)a->goal.rounds, why);
    tree_to_text(a->tree, &text);
    buf_adds(&text, "```\n\n## What happened\n\n");
    size_t from = a->out->ledger.lines.len > 60 ? a->out->ledger.lines.len - 60 : 0;
    for (size_t i = from; i < a->out->ledger.lines.len; i++)
        buf_addf(&text, "- %s: %s\n", a->out->ledger.lines.ptr[i].kind,
                 a->out->ledger.lines.ptr[i].detail);
    buf_adds(&text,
             "\n## What to do\n\nLook at the blocked steps above; give the missing fact or a "
             "smaller goal, then go on with /continue or mien exec -c.\n");
    AUTO_FREE char *dir = file_state_path("reports");
    char stamp[32];
    snprintf(stamp, sizeof stamp, "%.19s", when);
    for (char *p = stamp; *p; p++)
        *p = *p == ':' ? '-' : *p;
    char *path = mem_printf("%s/failure_report_%s_%s.md", dir, stamp, a->out->session);
    if (file_make_dirs(dir, &e) && file_write(path, buf_cstr(&text), text.len, &e)) {
        free(a->goal.report);
        a->goal.report = path;
        outbox_notice(a->out, "warn", "escalation", "what was tried is in %s", path);
        return;
    }
    outbox_notice(a->out, "warn", "escalation", "no failure report: %s", e.text);
    free(path);
}

/* Has a step of this title failed in this goal? */
static bool failed_before(struct agent *a, const cJSON *step)
{
    const char *title =
        cJSON_IsString(step) ? step->valuestring : json_str(step, "description", "");
    for (size_t i = 0; i < a->tree->nodes.len; i++) {
        const struct node *n = &a->tree->nodes.ptr[i];
        bool failed = n->state == NODE_FAILED || n->state == NODE_BLOCKED;
        if (failed && tree_is_within(a->tree, n->id, a->tree->goal) && strcmp(n->title, title) == 0)
            return true;
    }
    return false;
}

static void leave_out_failed(struct agent *a, cJSON *steps)
{
    for (int i = cJSON_GetArraySize(steps) - 1; i >= 0 && a->cfg->block_failed; i--)
        if (failed_before(a, cJSON_GetArrayItem(steps, i)))
            cJSON_DeleteItemFromArray(steps, i);
}

/* What of the old approach stays: see approach_retry in mien-config(5). */
static void put_aside(struct agent *a)
{
    struct tree *t = a->tree;
    for (size_t i = 0; i < t->nodes.len; i++) {
        struct node *n = &t->nodes.ptr[i];
        bool done = n->state == NODE_DONE, open = !node_state_ended(n->state);
        if (n->id == t->goal || n->key || !tree_is_within(t, n->id, t->goal) ||
            (done && a->cfg->retry_preserve) || (open && !a->cfg->retry_reset))
            continue;
        AUTO_FREE char *why = mem_printf("another approach is tried%s%s",
                                         n->reason ? "; before: " : "", n->reason ? n->reason : "");
        tree_set_state(t, n->id, NODE_SKIPPED, why);
    }
}

/* Another approach to the whole goal: what failed is put aside, new steps are asked for. */
static bool reconsider(struct agent *a, const char *why)
{
    struct tree *t = a->tree;
    AUTO(buf) about = {0};
    if (!a->cfg->retry_enabled || a->goal.approaches >= a->cfg->approach_retries) {
        AUTO_FREE char *text = mem_printf("%lld approaches were tried. Last: %s",
                                          (long long)a->goal.approaches + 1, why);
        write_report(a, text);
        mem_replace(&a->goal.summary, text);
        return false;
    }
    a->goal.approaches++;
    if (strcmp(a->cfg->retry_style, "learn_from_failures") == 0) {
        AUTO(buf) failures = {0};
        describe_failures(a, &failures);
        TEXT_FILL(&about, texts_get(a->cfg->texts, "replan.again"), {"goal", a->goal.text},
                  {"failures", buf_cstr(&failures)});
    } else {
        buf_addf(&about, "Goal: %s\n", a->goal.text);
    }
    AUTO_JSON *steps = ask_for_steps(a, buf_cstr(&about), 0.4);
    leave_out_failed(a, steps);
    put_aside(a);
    struct tree_result r = {0};
    struct error e = {0};
    if (!steps || cJSON_GetArraySize(steps) == 0) {
        cJSON_Delete(steps);
        steps = cJSON_CreateArray();
        AUTO_FREE char *title =
            mem_printf("Try another way (approach %lld)", (long long)a->goal.approaches + 1);
        cJSON_AddItemToArray(steps, cJSON_CreateString(title));
    }
    if (!agent_decompose(a, steps, t->goal, &r, &e)) {
        write_report(a, e.text);
        mem_replace(&a->goal.summary, e.text);
        return false;
    }
    free(r.next_subtask);
    outbox_notice(a->out, "info", "escalation", "approach %lld of %lld",
                  (long long)a->goal.approaches + 1, (long long)a->cfg->approach_retries + 1);
    forget_loops(a);
    return true;
}

bool agent_zoom_out(struct agent *a, const char *why)
{
    struct tree *t = a->tree;
    int64_t id = t->active;
    struct node *n = tree_find(t, id);
    if (!n || n->id == t->goal)
        return reconsider(a, why);
    enum level level = zoom_level(a, n);
    int64_t parent = n->parent;
    tree_set_state(t, id, NODE_BLOCKED, why);
    outbox_notice(a->out, "warn", "escalation", "left \"%s\": %s", tree_find(t, id)->title, why);
    int64_t within = level == LEVEL_PARENT ? parent : t->goal;
    int64_t next = level == LEVEL_ROOT ? 0 : tree_next_leaf(t, within);
    if (!next && level == LEVEL_PARENT)
        next = tree_next_leaf(t, t->goal);
    if (!next)
        return reconsider(a, why);
    tree_activate(t, next);
    forget_loops(a);
    agent_emit_tree(a);
    return true;
}

bool agent_escalate(struct agent *a, const char *why)
{
    int64_t id = a->tree->active;
    bool force = strcmp(a->cfg->escalation_strategy, "force_decompose") == 0;
    bool may_split =
        tree_is_leaf(a->tree, id) && (int64_t)tree_depth(a->tree, id) < a->cfg->max_depth;
    bool ok = may_split && (force || model_decides_to_split(a, id)) && split(a, id);
    if (!ok)
        ok = !reactor_stopped(a->reactor) && agent_zoom_out(a, why);
    agent_emit_tree(a);
    session_commit(a->session);
    return ok;
}
