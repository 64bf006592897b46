#include "agent/checks.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/guard.h"
#include "base/clock.h"
#include "host/process.h"
#include "host/snapshot.h"

#define TRIAL_MS (10 * 60 * 1000)
#define MOMENT_MS 2000

static const char mark[] = "always:";

bool check_is_always(const struct node *n)
{
    return n->check && strncmp(n->check, mark, sizeof mark - 1) == 0;
}

const char *check_command(const struct node *n)
{
    const char *text = n->check + (check_is_always(n) ? sizeof mark - 1 : 0);
    return text + strspn(text, " \t");
}

/* What is kept of runs belongs to the check as it was worded then. */
static bool was_run(const struct node *n)
{
    return n->tried && strcmp(n->tried, n->check) == 0;
}

static void forget_other(struct node *n)
{
    if (was_run(n))
        return;
    mem_replace(&n->tried, n->check);
    n->red_round = n->green_round = 0;
}

void check_words(const struct node *n, struct buf *out)
{
    if (!n->check || !was_run(n))
        return;
    if (n->red_round)
        buf_addf(out, "red at round %lld", (long long)n->red_round);
    if (n->red_round && n->green_round)
        buf_adds(out, ", ");
    if (n->green_round)
        buf_addf(out, "green at round %lld%s", (long long)n->green_round,
                 n->red_round ? "" : ", never seen red: it proves little");
}

void agent_check_seen(struct agent *a, struct node *n, bool green)
{
    int64_t round = MAX(a->goal.rounds, 1);
    enum check_state was = n->check_state;
    forget_other(n);
    n->check_state = green ? CHECK_GREEN : CHECK_RED;
    if (!green && (!n->red_round || was == CHECK_GREEN))
        n->red_round = round, n->green_round = 0;
    else if (green && was != CHECK_GREEN)
        n->green_round = round;
    a->tree->changes++;
}

/* ---- when it is set ---- */

struct trial {
    struct agent *a;
    int64_t node;
    char *check;
    struct process *process;
    int64_t began_ms;
    bool over;
};

static void trial_free(struct trial *t)
{
    process_free(t->process);
    free(t->check);
    free(t);
}

static void trial_take(struct agent *a, const struct trial *t)
{
    struct node *n = tree_find(a->tree, t->node);
    int code = process_code(t->process);
    bool green = code == 0;
    if (!n || !n->check || strcmp(n->check, t->check) != 0 || was_run(n) ||
        process_timed_out(t->process))
        return;
    agent_check_seen(a, n, green);
    outbox_notice(a->out, green ? "warn" : "info", "check", "\"%s\": %s → %s", n->title,
                  check_command(n),
                  green ? "green before any work: it proves nothing yet"
                        : "red, as it should be before the work");
    if (green)
        agent_tell(
            a, "The check of \"%s\" (%s) was green before the work: by itself it proves nothing.",
            n->title, check_command(n));
}

/* On the loop: what it showed is taken at once, the process a little later. */
static void on_end(void *arg)
{
    struct trial *t = arg;
    t->over = true;
    trial_take(t->a, t);
    agent_emit_tree(t->a);
}

static void begin_one(struct agent *a, const struct node *n)
{
    struct error e = {0};
    struct trial *t = mem_alloc(sizeof *t);
    *t = (struct trial){
        .a = a, .node = n->id, .check = mem_strdup(n->check), .began_ms = clock_ms()};
    struct process_spec spec = {.command = check_command(n),
                                .cwd = a->shell->cwd,
                                .tmp = a->shell->tmp,
                                .sandbox = a->shell->sandbox,
                                .timeout_ms = TRIAL_MS,
                                .keep = 1024,
                                .ended = on_end,
                                .arg = t};
    t->process = process_start(a->reactor->loop, &spec, &e);
    if (t->process)
        VEC_PUSH(&a->checks.running, t);
    else
        trial_free(t);
}

static void sweep(struct checks *k, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < k->running.len; i++) {
        struct trial *t = k->running.ptr[i];
        if (all || t->over)
            trial_free(t);
        else
            k->running.ptr[kept++] = t;
    }
    k->running.len = kept;
}

static bool is_running(const struct checks *k, const struct node *n)
{
    for (size_t i = 0; i < k->running.len; i++)
        if (k->running.ptr[i]->node == n->id && strcmp(k->running.ptr[i]->check, n->check) == 0)
            return true;
    return false;
}

/* Was the tree changed since it was looked through? */
static bool has_new(const struct agent *a)
{
    return a->checks.looked != a->tree->progress + 1;
}

void agent_checks_begin(struct agent *a)
{
    struct checks *k = &a->checks;
    sweep(k, false);
    if (!has_new(a))
        return;
    k->looked = a->tree->progress + 1;
    k->always = false;
    for (size_t i = 0; i < a->tree->nodes.len; i++) {
        const struct node *n = &a->tree->nodes.ptr[i];
        if (!n->check || !tree_is_within(a->tree, n->id, a->tree->goal))
            continue;
        k->always |= check_is_always(n);
        if (!n->guarded || strcmp(n->guarded, n->check) != 0) {
            guard_keep(a->shell, a->goal.number, check_command(n));
            mem_replace(&a->tree->nodes.ptr[i].guarded, n->check);
        }
        if (was_run(n) || node_state_ended(n->state) || is_running(k, n))
            continue;
        if (permit_command_is_free(a->permit, check_command(n)))
            begin_one(a, n);
    }
}

static bool any_runs(const struct checks *k)
{
    for (size_t i = 0; i < k->running.len; i++)
        if (!k->running.ptr[i]->over)
            return true;
    return false;
}

/* They must not build beside what is begun now, and they are not begun again after it. Each is
 * given a moment from its beginning: else nobody would know how it was before. */
void agent_checks_spoil(struct agent *a)
{
    struct checks *k = &a->checks;
    int64_t until = 0;
    agent_checks_begin(a);
    for (size_t i = 0; i < k->running.len; i++)
        until = MAX(until, k->running.ptr[i]->began_ms + MOMENT_MS);
    while (any_runs(k) && clock_ms() < until && !reactor_stopped(a->reactor))
        reactor_wait(a->reactor, until);
    for (size_t i = 0; i < k->running.len; i++) {
        struct node *n = tree_find(a->tree, k->running.ptr[i]->node);
        if (n && n->check)
            forget_other(n);
    }
    sweep(k, true);
}

void agent_checks_end(struct agent *a)
{
    sweep(&a->checks, true);
    VEC_FREE(&a->checks.running);
    snapshot_free(a->checks.before);
    a->checks = (struct checks){0};
}

/* ---- again and again ---- */

static bool within_budget(const struct agent *a)
{
    int64_t so_far = clock_ms() - a->goal.started_ms - a->goal.waited_ms;
    return a->checks.spent_ms == 0 || a->checks.spent_ms * 100 <= so_far * a->cfg->check_share;
}

void agent_checks_look(struct agent *a)
{
    struct pause pause = reactor_pause(a->reactor);
    snapshot_free(a->checks.before);
    a->checks.before = a->checks.always ? snapshot_take(a->shell->cwd, &pause) : NULL;
}

static bool files_changed(struct agent *a)
{
    struct pause pause = reactor_pause(a->reactor);
    if (!a->checks.before)
        return false;
    AUTO_JSON *files = snapshot_changed(a->checks.before, a->shell->cwd, 1, &pause);
    snapshot_free(a->checks.before);
    a->checks.before = NULL;
    return cJSON_GetArraySize(files) > 0;
}

void agent_checks_again(struct agent *a)
{
    if (!files_changed(a))
        return;
    for (size_t i = 0; i < a->tree->nodes.len && !reactor_stopped(a->reactor); i++) {
        const struct node *n = &a->tree->nodes.ptr[i];
        if (!check_is_always(n) || !tree_is_within(a->tree, n->id, a->tree->goal) ||
            !within_budget(a))
            continue;
        enum check_state was = n->check_state;
        int64_t id = n->id, since = clock_ms();
        AUTO(buf) output = {0};
        bool green = agent_run_check_for(a, id, a->cfg->check_seconds * 1000, &output);
        a->checks.spent_ms += clock_ms() - since;
        n = tree_find(a->tree, id); /* the user may have edited the tree meanwhile */
        if (!n)
            return;
        if (n->check_state != was && !(was == CHECK_NONE && !green))
            agent_tell(a, "The check %s turned %s with this round.%s%s", check_command(n),
                       green ? "green" : "red", green ? "" : "\n", green ? "" : buf_cstr(&output));
    }
}
