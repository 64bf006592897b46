/* Who is charged for what: the goal, the session, and the rows of the statistics. */
#include "test.h"

#include "base/mem.h"
#include "behavior/instance.h"
#include "llm/models/models.h"
#include "plan/tree.h"
#include "run/outbox.h"
#include "session/usage.h"

static char name[] = "m";
static struct outbox out;
static struct tree tree;
static struct pipeline pipeline;
static struct usage usage;
static struct tokens_ratio ratio;
static struct model model;

static int begin(void **s)
{
    struct error e = {0};
    out = (struct outbox){.events = event_queue_new(&e), .started = true};
    usage = (struct usage){.out = &out, .tree = &tree, .pipeline = &pipeline};
    ratio = (struct tokens_ratio){0};
    model = (struct model){.name = name, .price_in = 0.01, .price_out = 0.02};
    usage_begin_goal(&usage, true);
    return out.events ? 0 : -1;
}

static int end(void **s)
{
    usage_reset(&usage);
    event_queue_free(out.events);
    outbox_fini(&out);
    return 0;
}

static void call(int64_t sent, int64_t counted, struct tokens_ratio *learns)
{
    struct llm_request asked = {.model = &model};
    struct llm_reply reply = {.usage = {.input = counted, .output = 10, .reported = true}};
    usage_call(&usage, &asked, &reply, sent, learns);
}

/* Notices that the server cut the prompt. */
static int told(void)
{
    int n = 0;
    for (struct event ev; event_queue_next(out.events, &ev); event_fini(&ev))
        n += ev.type == EVENT_NOTICE && strstr(ev.notice.text, "cut the prompt");
    return n;
}

static void a_cut_prompt_is_told_once_a_goal(void **s)
{
    call(4000, 900, &ratio);
    call(4000, 900, &ratio);
    assert_int_equal(told(), 1);
    usage_begin_goal(&usage, true);
    call(4000, 900, &ratio);
    assert_int_equal(told(), 1);
    call(4000, 4000, &ratio);
    assert_int_equal(told(), 0);
}

static void goal_and_session_are_counted_apart(void **s)
{
    call(1000, 1000, &ratio);
    usage_begin_goal(&usage, true);
    call(1000, 2000, &ratio);
    assert_int_equal(usage.goal.input, 2000);
    assert_int_equal(usage.goal.llm_calls, 1);
    assert_int_equal(usage.total.input, 3000);
    assert_int_equal(usage.total.output, 20);
    assert_float_equal(usage.total_cost, 3000 * 0.01 + 20 * 0.02, 1e-9);
    usage_begin_goal(&usage, false); /* gone on with */
    assert_int_equal(usage.goal.input, 2000);
    usage_reset(&usage);
    assert_int_equal(usage.total.input + usage.goal.input, 0);
    assert_int_equal(usage.stats.rows.len, 0);
}

static void a_delegated_agent_costs_tokens_and_money(void **s)
{
    struct usage_of_agent d = {
        .agent = "worker", .success = true, .input = 700, .cached = 100, .output = 30, .cost = 2};
    call(1000, 1000, &ratio);
    usage_agent(&usage, &d);
    assert_int_equal(usage.goal.input, 1700);
    assert_int_equal(usage.total.input, 1700);
    assert_int_equal(usage.total.cached, 100);
    assert_int_equal(usage.total.output, 40);
    assert_float_equal(usage.total_cost, 1000 * 0.01 + 10 * 0.02 + 2, 1e-9);
    const struct stat_row *r = stats_row(&usage.stats, STAT_AGENT, "worker");
    assert_int_equal(r->input + r->output, 730);
}

static void only_the_model_in_force_teaches(void **s)
{
    call(1000, 2000, NULL);
    assert_int_equal(ratio.samples, 0);
    call(0, 2000, NULL); /* a side question */
    call(1000, 2000, &ratio);
    assert_int_equal(ratio.samples, 1);
}

static void a_fallback_costs_what_it_costs(void **s)
{
    char other[] = "other";
    struct model cheap = {.name = other, .price_in = 0.001, .price_out = 0.002};
    struct llm_request asked = {.model = &model};
    struct llm_reply reply = {.usage = {.input = 1000, .output = 10, .reported = true},
                              .answered = &cheap};
    usage_call(&usage, &asked, &reply, 2000, &ratio);
    assert_float_equal(usage.total_cost, 1000 * 0.001 + 10 * 0.002, 1e-9);
    assert_int_equal(ratio.samples, 0); /* its tokens are not the model's */
    assert_int_equal(stats_row(&usage.stats, STAT_MODE, "other")->calls, 1);
}

#define U(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        U(a_cut_prompt_is_told_once_a_goal), U(goal_and_session_are_counted_apart),
        U(a_delegated_agent_costs_tokens_and_money), U(only_the_model_in_force_teaches),
        U(a_fallback_costs_what_it_costs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
