/*
 * LoopDetectionBehavior - notices when the agent repeats itself without getting anywhere.
 *
 * Evidence is a call with an equal result while neither the workspace nor the tree changed;
 * results are compared after volatile parts (times, addresses, temporary names) are taken out,
 * head and tail. Found: the same call, the same call with other results, and cycles of two to
 * five calls. Warnings end with progress, and fade when they do not recur. Graded: told to the
 * model at once, then the user is asked (or, with nobody there, the goal ends).
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"

#define WINDOW 20     /* calls looked back on */
#define FADE_ROUNDS 6 /* a warning not seen again for so long is over */
#define WARNINGS 8
#define CYCLE_MAX 5

struct params {
    int64_t max_repeats, max_age;
};

// clang-format off
static const struct opt loop_params[] = {
    {"max_repeats", OPT_INT, offsetof(struct params, max_repeats), .def = "5", .min = 2, .max = 100,
     .alias = "max_action_repeats",
     .help = "Same call with the same result this often, nothing changed: a warning. Two more are "
             "granted when results differ"},
    {"max_age", OPT_INT, offsetof(struct params, max_age), .def = "0", .min = 0, .max = 1e6,
     .alias = "max_context_age", .unit = "s",
     .help = "Calls older than this are no evidence: looking again now and then is no loop; 0: all are"},
    {0},
};
// clang-format on

struct act {
    uint64_t call, result; /* hashes: name and arguments; and the result too */
    uint64_t mark;         /* the host's progress mark after it */
    int64_t at_ms;
    bool runs;     /* its result says that something is still running: a look, not a failure */
    char text[96]; /* for people */
};

struct warning {
    uint64_t signature, mark; /* mark: the host's progress mark when it was raised last */
    int64_t count, seen_round, level, excused; /* excused: count from which to worry again */
    char text[200];
    bool dismissed; /* the user said it is no loop */
};

struct state {
    struct act acts[WINDOW];
    size_t count; /* acts in use; the newest is the last */
    struct warning warnings[WARNINGS];
    size_t warning_count;
};

static uint64_t loop_hash(uint64_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
    return h;
}

/* Numbers, hex and temporary paths differ from run to run while the meaning is the same. */
static void loop_normalise(const char *s, struct buf *out)
{
    while (*s) {
        size_t n = 0, digits = 0;
        while (isalnum((unsigned char)s[n]) || s[n] == '_') {
            digits += isdigit((unsigned char)s[n]) != 0;
            n++;
        }
        if (n == 0) {
            buf_addc(out, *s++);
            continue;
        }
        if (strncmp(s, "tmp", 3) == 0 && n > 6)
            buf_adds(out, "tmp#");
        else if (digits &&
                 (digits == n || isdigit((unsigned char)*s) || (n >= 8 && digits * 3 > n)))
            buf_addc(out, '#');
        else
            buf_add(out, s, n);
        s += n;
    }
}

/* Members that differ although the outcome is the same: what it took, and where it ran. */
static bool loop_is_volatile(const char *member)
{
    static const char *const names[] = {
        "seconds", "uptime_seconds", "tokens",       "cost",     "rounds",     "pid",
        "session", "workspace",      "output_bytes", "log_file", "last_events"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], member) == 0)
            return true;
    return false;
}

static cJSON *loop_lasting(const cJSON *result)
{
    cJSON *copy = cJSON_Duplicate(result, true);
    for (cJSON *m = copy ? copy->child : NULL, *next; m; m = next) {
        next = m->next;
        if (m->string && loop_is_volatile(m->string))
            cJSON_Delete(cJSON_DetachItemViaPointer(copy, m));
    }
    return copy;
}

static uint64_t loop_hash_result(const cJSON *result)
{
    AUTO_JSON *lasting = loop_lasting(result);
    AUTO_FREE char *text = json_print(lasting);
    AUTO(buf) plain = {0};
    loop_normalise(text, &plain);
    uint64_t h = UINT64_C(14695981039346656037);
    size_t n = plain.len;
    if (n <= 4000)
        return loop_hash(h, buf_cstr(&plain), n);
    h = loop_hash(h, plain.ptr, 2000);
    return loop_hash(h, plain.ptr + n - 2000, 2000);
}

/* Arguments with sorted keys: order is not a difference. */
static uint64_t loop_hash_args(uint64_t h, const cJSON *v)
{
    if (!cJSON_IsObject(v)) {
        AUTO_FREE char *text = v ? json_print(v) : mem_strdup("");
        /* Cosmetic white space in a command is no difference either. */
        for (const char *p = text; *p; p++)
            if (*p != ' ')
                h = loop_hash(h, p, 1);
        return h;
    }
    uint64_t sum = 0;
    const cJSON *m;
    cJSON_ArrayForEach(m, v)
    {
        sum += loop_hash_args(loop_hash(h, m->string, strlen(m->string)), m);
    }
    return loop_hash(h, (const char *)&sum, sizeof sum);
}

static void loop_describe(struct act *a, const char *tool, const cJSON *args)
{
    const char *what =
        json_str(args, "command",
                 json_str(args, "path", json_str(args, "pattern", json_str(args, "goal", ""))));
    snprintf(a->text, sizeof a->text, "%s %.*s", tool, (int)utf8_cut(what, strlen(what), 70), what);
}

static struct warning *loop_warning(struct state *s, uint64_t signature)
{
    for (size_t i = 0; i < s->warning_count; i++)
        if (s->warnings[i].signature == signature)
            return &s->warnings[i];
    if (s->warning_count == WARNINGS) {
        memmove(s->warnings, s->warnings + 1, sizeof s->warnings - sizeof *s->warnings);
        s->warning_count--;
    }
    struct warning *w = &s->warnings[s->warning_count++];
    *w = (struct warning){.signature = signature};
    return w;
}

static void loop_drop(struct state *s, size_t i)
{
    memmove(&s->warnings[i], &s->warnings[i + 1], (s->warning_count - i - 1) * sizeof *s->warnings);
    s->warning_count--;
}

/* It is told at once; from the fourth time on somebody must decide, unless the calls only wait for
 * something that runs: that is a waste, and no reason to end a goal. */
static int loop_level(int64_t beyond, bool runs)
{
    return beyond >= 3 && !runs ? 3 : 2;
}

static void loop_raise(struct call *c, uint64_t signature, int64_t count, int64_t limit,
                       const char *text)
{
    struct state *s = c->state;
    struct warning *w = loop_warning(s, signature);
    const struct act *last = &s->acts[s->count - 1];
    w->count = count;
    w->mark = last->mark;
    w->seen_round = c->round;
    snprintf(w->text, sizeof w->text, "%s", text);
    int64_t from = MAX(limit, w->excused);
    if (w->dismissed || count < from)
        return;
    char id[24];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)signature);
    w->level = loop_level(count - from, last->runs);
    enum loop_action act = c->host->loop_report(c->agent, id, count, (int)w->level, w->text);
    if (act == LOOP_NOT_A_LOOP)
        w->dismissed = true;
    if (w->level >= 3 && act == LOOP_GO_ON)
        w->excused = count + limit;
}

/* Calls in a row, newest first, since the state of the world last changed. */
static size_t loop_still(const struct state *s, int64_t max_age_s)
{
    size_t n = 0;
    const struct act *last = &s->acts[s->count - 1];
    int64_t since = max_age_s > 0 ? last->at_ms - max_age_s * 1000 : INT64_MIN;
    while (n < s->count && s->acts[s->count - 1 - n].mark == last->mark &&
           s->acts[s->count - 1 - n].at_ms >= since)
        n++;
    return n;
}

static void loop_check_repeats(struct call *c, size_t still)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    const struct act *last = &s->acts[s->count - 1];
    int64_t same_result = 0, same_call = 0;
    char text[200];
    for (size_t i = s->count - still; i < s->count; i++) {
        same_result += s->acts[i].result == last->result;
        same_call += s->acts[i].call == last->call;
    }
    if (same_result >= p->max_repeats) {
        snprintf(text, sizeof text, "%s repeated %lldx with identical results", last->text,
                 (long long)same_result);
        loop_raise(c, last->result, same_result, p->max_repeats, text);
    } else if (same_call >= p->max_repeats + 2) {
        snprintf(text, sizeof text, "%s attempted %lldx (results vary)", last->text,
                 (long long)same_call);
        loop_raise(c, last->call, same_call, p->max_repeats + 2, text);
    }
}

/* A-B-A-B and longer: the last calls repeat with this period. Returns whole repetitions. */
static size_t loop_cycles(const struct state *s, size_t still, size_t period)
{
    size_t run = 0;
    while (run + period < still &&
           s->acts[s->count - 1 - run].result == s->acts[s->count - 1 - run - period].result)
        run++;
    return (run + period) / period;
}

static void loop_check_cycles(struct call *c, size_t still)
{
    struct state *s = c->state;
    for (size_t period = 2; period <= CYCLE_MAX && period * 3 <= still; period++) {
        size_t times = loop_cycles(s, still, period);
        const struct act *last = &s->acts[s->count - 1];
        if (times < 3 || last->result == s->acts[s->count - 2].result)
            continue;
        uint64_t sum = 0;
        for (size_t i = 0; i < period; i++)
            sum += s->acts[s->count - 1 - i].result;
        char text[200];
        snprintf(text, sizeof text,
                 "a cycle of %zu calls ran %zux (%.40s, %.40s…): nothing changed", period, times,
                 s->acts[s->count - 2].text, last->text);
        loop_raise(c, sum, (int64_t)times, 3, text);
        return;
    }
}

static void loop_on_tool_call(struct call *c, const char *tool, const cJSON *args,
                              const cJSON *result)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    uint64_t h = loop_hash(UINT64_C(14695981039346656037), tool, strlen(tool));
    struct act a = {.call = loop_hash_args(h, args), .at_ms = clock_ms()};
    uint64_t r = loop_hash_result(result);
    a.result = loop_hash(a.call, (const char *)&r, sizeof r);
    a.mark = c->host->progress_mark(c->agent);
    const char *status = json_str(result, "status", "");
    a.runs = strcmp(status, "running") == 0 || strcmp(status, "starting") == 0;
    loop_describe(&a, tool, args);
    if (s->count == WINDOW)
        memmove(s->acts, s->acts + 1, --s->count * sizeof *s->acts);
    s->acts[s->count++] = a;
    size_t still = loop_still(s, p->max_age);
    loop_check_repeats(c, still);
    loop_check_cycles(c, still);
}

static void loop_on_round_end(struct call *c)
{
    struct state *s = c->state;
    for (size_t i = s->warning_count; i-- > 0;) {
        struct warning *w = &s->warnings[i];
        bool moved = w->mark != c->host->progress_mark(c->agent);
        if (w->dismissed || (!moved && c->round - w->seen_round < FADE_ROUNDS))
            continue;
        char id[24];
        snprintf(id, sizeof id, "%016llx", (unsigned long long)w->signature);
        if (w->level > 0)
            c->host->loop_report(c->agent, id, w->count, 0, "over");
        loop_drop(s, i);
    }
}

static void loop_on_goal_start(struct call *c)
{
    memset(c->state, 0, sizeof(struct state));
}

static void loop_enhance(struct call *c)
{
    const struct state *s = c->state;
    AUTO(buf) text = {0}, warnings = {0}, failure = {0};
    size_t shown = 0;
    for (size_t i = s->warning_count; i-- > 0 && shown < 3;) {
        const struct warning *w = &s->warnings[i];
        if (w->level >= 2 && !w->dismissed)
            buf_addf(&warnings, "%s  • %s", shown++ ? "\n" : "", w->text);
    }
    if (shown == 0)
        return;
    c->host->failure_words(c->agent, &failure);
    TEXT_FILL(&text, c->host->text(c->agent, "loop_detection.advice"),
              {"warnings", buf_cstr(&warnings)}, {"failure", buf_cstr(&failure)});
    c->host->context_add(c->agent, PLACE_TAIL, "loop warnings", buf_cstr(&text));
}

const struct behavior behavior_loop_detection = {
    .type = "LoopDetectionBehavior",
    .name = "loop_detection",
    .help = "Warn about repetition without progress: on screen, to the model, then ask",
    .params = loop_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .enhance_context = loop_enhance,
    .on_goal_start = loop_on_goal_start,
    .on_tool_call = loop_on_tool_call,
    .on_round_end = loop_on_round_end,
};
