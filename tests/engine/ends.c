/* How goals end: no end is a success unless the model said so, and every end says why. */
#include "../unit/test.h"

#include "base/json.h"
#include "lab.h"

/* The agent of a test: file and command tools, and these. */
static void place(struct lab *l, const char *behaviors, const char *turns)
{
    lab_open(l);
    lab_put(l, "agent.yaml",
            "system_prompt: x\nbehaviors:\n  - type: FileToolsBehavior\n"
            "  - type: CommandToolsBehavior\n%s",
            behaviors);
    lab_put(l, "p.yaml", "turns:\n%s", turns);
    l->opts.interactive = false;
}

static const struct event *run(struct lab *l, const char *goal)
{
    if (!l->g)
        lab_start(l, "p.yaml");
    engine_ask(l->g, REQUEST_SUBMIT, goal, NULL);
    const struct event *ev = lab_until_type(l, EVENT_RESULT, 20000);
    assert_non_null(ev);
    return ev;
}

static void expect_end(struct lab *l, bool success, const char *status)
{
    const struct event *ev = run(l, "go");
    assert_string_equal(ev->result.status, status);
    assert_int_equal(ev->result.success, success);
}

/* Some event of a type says this. */
static bool was_told(const struct lab *l, enum event_type type, const char *text)
{
    for (size_t i = 0; i < l->events.len; i++) {
        AUTO(buf) json = {0};
        if (l->events.ptr[i].type != type)
            continue;
        event_to_json(&l->events.ptr[i], &json);
        if (strstr(buf_cstr(&json), text))
            return true;
    }
    return false;
}

#define COMPACT "  - type: CompactWhenNearFullBehavior\n"
#define STEPS "  - type: HierarchicalContextBehavior\n"
#define FRAME "  - type: SubAgentContextBehavior\n"

static void a_completion_that_says_failure_is_one(void **s)
{
    static const struct {
        const char *behaviors, *call;
        bool delegated;
    } rows[] = {{COMPACT, "mark_goal_complete, args: {success: false, summary: blocked}", false},
                {STEPS, "mark_subtask_complete, args: {success: false, reason: blocked}", false},
                {FRAME, "mark_complete, args: {success: false, summary: blocked}", true},
                {FRAME, "mark_failed, args: {reason: blocked}", true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct lab l;
        AUTO_FREE char *turns = mem_printf("  - call: {tool: %s}\n", rows[i].call);
        place(&l, rows[i].behaviors, turns);
        l.opts.delegated = rows[i].delegated;
        expect_end(&l, false, "failed");
        lab_close(&l);
    }
}

static void words_are_no_report(void **s)
{
    struct lab l;
    place(&l, FRAME,
          "  - say: I could not build it. Giving up.\n  - say: Really.\n"
          "  - say: No.\n  - say: Still no.\n  - say: Last words.\n");
    l.opts.delegated = true;
    const struct event *ev = run(&l, "go");
    assert_false(ev->result.success);
    assert_string_equal(ev->result.status, "unconfirmed");
    assert_true(*ev->result.answer != '\0');
    lab_close(&l);
    /* The same words are an answer where a user reads them. */
    place(&l, "", "  - say: I could not build it.\n");
    expect_end(&l, true, "complete");
    lab_close(&l);
}

static void a_cut_answer_goes_on(void **s)
{
    struct lab l;
    place(&l, "",
          "  - say: \"one, \"\n    finish: length\n  - say: \"two, \"\n    finish: length\n"
          "  - say: three.\n");
    const struct event *ev = run(&l, "go");
    assert_true(ev->result.success);
    assert_string_equal(ev->result.answer, "one, two, three.");
    assert_true(was_told(&l, EVENT_ROUND_END, "\"finish\":\"length\""));
    assert_true(was_told(&l, EVENT_ROUND_END, "\"finish\":\"stop\""));
    lab_close(&l);
}

static void an_answer_cut_for_ever_is_unconfirmed(void **s)
{
    struct lab l;
    AUTO(buf) turns = {0};
    for (int i = 0; i < 8; i++)
        buf_adds(&turns, "  - say: more\n    finish: length\n");
    place(&l, "", buf_cstr(&turns));
    expect_end(&l, false, "unconfirmed");
    assert_int_equal(lab_count(&l, EVENT_ROUND_END), 4);
    lab_close(&l);
}

static void a_filtered_answer_is_unconfirmed(void **s)
{
    struct lab l;
    place(&l, "", "  - say: I will not\n    finish: filter\n");
    expect_end(&l, false, "unconfirmed");
    assert_true(was_told(&l, EVENT_ERROR, "content filter"));
    lab_close(&l);
}

static void half_a_call_is_not_run(void **s)
{
    struct lab l;
    place(&l, "",
          "  - call: {tool: run_bash, args: {command: touch ran}}\n    finish: length\n"
          "  - say: Done.\n");
    run(&l, "go");
    assert_false(lab_exists(&l, "ws/ran"));
    lab_close(&l);
}

static void nothing_runs_unrecorded_without_a_screen(void **s)
{
    struct lab l;
    place(&l, "", "  - call: {tool: run_bash, args: {command: touch ran}}\n  - say: Done.\n");
    lab_put(&l, "state", "a file where the directory of sessions would be");
    expect_end(&l, false, "config");
    assert_true(lab_settle(&l, 5000));
    assert_int_equal(engine_exit_code(l.g), 2);
    assert_false(lab_exists(&l, "ws/ran"));
    lab_close(&l);
    /* A screen says so and goes on. */
    place(&l, "", "  - call: {tool: run_bash, args: {command: touch ran}}\n  - say: Done.\n");
    lab_put(&l, "state", "a file where the directory of sessions would be");
    l.opts.interactive = true;
    expect_end(&l, true, "complete");
    assert_true(was_told(&l, EVENT_NOTICE, "not saved"));
    assert_true(lab_exists(&l, "ws/ran"));
    lab_close(&l);
}

static void a_session_starts_with_its_start(void **s)
{
    struct lab l;
    place(&l, "", "  - say: Done.\n");
    lab_config(&l, "sandbox: {level: none}\n"); /* worth a notice, while mien starts */
    run(&l, "go");
    assert_int_equal(l.events.ptr[0].type, EVENT_SESSION_START);
    for (size_t i = 0; i < l.events.len; i++) {
        assert_string_equal(l.events.ptr[i].session, l.events.ptr[0].session);
        assert_true(i == 0 || l.events.ptr[i].seq > l.events.ptr[i - 1].seq);
    }
    assert_true(*l.events.ptr[0].session != '\0');
    lab_close(&l);
}

/* What was not run says why in the words of what stopped it. */
static void each_stop_has_its_own_words(void **s)
{
    struct lab l;
    place(&l, "",
          "  - call: [{tool: run_bash, args: {command: \"echo x > here; sleep 30\", timeout: 60}}, "
          "{tool: run_bash, args: {command: touch after}}]\n");
    lab_start(&l, "p.yaml");
    engine_ask(l.g, REQUEST_SUBMIT, "go", NULL);
    assert_true(lab_until_here(&l, 10000));
    engine_ask(l.g, REQUEST_STOP, NULL, NULL);
    assert_non_null(lab_until_type(&l, EVENT_RESULT, 10000));
    assert_true(was_told(&l, EVENT_TOOL_RESULT, "Stopped: the user interrupted"));
    assert_true(was_told(&l, EVENT_TOOL_RESULT, "Skipped: the user interrupted"));
    lab_close(&l);
    place(&l, "",
          "  - call: [{tool: run_bash, args: {command: \"sleep 30\", timeout: 60}}, "
          "{tool: run_bash, args: {command: touch after}}]\n");
    l.opts.timeout_s = 1;
    expect_end(&l, false, "timeout");
    assert_true(was_told(&l, EVENT_TOOL_RESULT, "Skipped: the goal's time was up"));
    assert_false(was_told(&l, EVENT_TOOL_RESULT, "the user interrupted"));
    lab_close(&l);
}

static bool is_mode(const struct event *ev, const void *arg)
{
    return ev->type == EVENT_MODE && strcmp(ev->mode.active, arg) == 0;
}

static void the_user_outranks_the_model(void **s)
{
    struct lab l;
    place(&l, "  - type: ModeSwitchBehavior\n  - type: ClarificationBehavior\n",
          "  - call: {tool: set_behavior_mode, args: {mode: debug, scope: message}}\n"
          "  - call: {tool: clarify_with_user, args: {question: Which?}}\n  - say: Done.\n");
    lab_put(&l, "p.yaml",
            "behaviors:\n  formal: {description: F}\n  debug: {description: D}\nturns:\n"
            "  - call: {tool: set_behavior_mode, args: {mode: debug, scope: message}}\n"
            "  - call: {tool: clarify_with_user, args: {question: Which?}}\n  - say: Done.\n");
    l.opts.interactive = true;
    lab_start(&l, "p.yaml");
    engine_ask(l.g, REQUEST_SUBMIT, "go", NULL);
    assert_non_null(lab_until(&l, is_mode, "debug", 10000));
    assert_non_null(lab_until_type(&l, EVENT_APPROVAL, 10000));
    engine_ask(l.g, REQUEST_MODE, "formal", NULL);
    assert_non_null(lab_until(&l, is_mode, "formal", 10000));
    lab_close(&l);
}

/* A rule chose it: after a restart a rule may change it again, as before. */
static void a_rules_choice_stays_a_rules(void **s)
{
    struct lab l;
    static const char turns[] =
        "behaviors:\n  formal: {description: F}\n  debug: {description: D}\n"
        "turns:\n  - say: One.\n  - say: Two.\n  - say: Three.\n";
    place(&l,
          "  - type: AutoModeBehavior\n    params:\n      rules:\n"
          "        - {when: letter, mode: formal}\n"
          "        - {when: crash, mode: debug}\n",
          "");
    lab_put(&l, "p.yaml", "%s", turns);
    l.opts.session = "20260101-000000-aaaaaa";
    lab_start(&l, "p.yaml");
    engine_ask(l.g, REQUEST_SUBMIT, "write a letter", NULL);
    assert_non_null(lab_until(&l, is_mode, "formal", 10000));
    assert_non_null(lab_until_type(&l, EVENT_RESULT, 10000));
    lab_stop(&l);
    lab_start(&l, "p.yaml");
    engine_ask(l.g, REQUEST_SUBMIT, "look at the crash", NULL);
    assert_non_null(lab_until(&l, is_mode, "debug", 10000));
    lab_close(&l);
}

/* Nothing but tools that do not exist, again and again: with no behavior that looks for loops too.
 */
static void a_tool_nobody_has_ends_the_goal(void **s)
{
    struct lab l;
    AUTO(buf) turns = {0};
    for (int i = 0; i < 40; i++)
        buf_adds(&turns, "  - call: {tool: browse, args: {url: x}}\n");
    place(&l, "", buf_cstr(&turns));
    expect_end(&l, false, "loop");
    assert_true(lab_count(&l, EVENT_ROUND_END) < 20);
    assert_true(was_told(&l, EVENT_RESULT, "browse"));
    lab_close(&l);
}

static bool is_error(const struct event *ev, const void *class)
{
    return ev->type == EVENT_ERROR && strcmp(ev->error.class, class) == 0;
}

/* "usage" is for a command that makes no sense, not for a name that nobody knows. */
static void a_refused_request_is_no_usage(void **s)
{
    struct lab l;
    place(&l, "", "  - say: Done.\n");
    l.opts.interactive = true;
    lab_start(&l, "p.yaml");
    engine_ask(l.g, REQUEST_MODEL, "playbook/nosuch.yaml", NULL);
    assert_non_null(lab_until(&l, is_error, "request", 10000));
    engine_ask(l.g, REQUEST_MODE, "nosuch", NULL);
    assert_non_null(lab_until(&l, is_error, "request", 10000));
    assert_false(was_told(&l, EVENT_ERROR, "usage"));
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_completion_that_says_failure_is_one),
        T(words_are_no_report),
        T(a_cut_answer_goes_on),
        T(an_answer_cut_for_ever_is_unconfirmed),
        T(a_filtered_answer_is_unconfirmed),
        T(half_a_call_is_not_run),
        T(nothing_runs_unrecorded_without_a_screen),
        T(a_session_starts_with_its_start),
        T(each_stop_has_its_own_words),
        T(the_user_outranks_the_model),
        T(a_rules_choice_stays_a_rules),
        T(a_tool_nobody_has_ends_the_goal),
        T(a_refused_request_is_no_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
