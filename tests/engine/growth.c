/*
 * What ended holds nothing: sessions left by /new, delegates, and goals but for what the session
 * shows of them: four messages (some 3 kB with what the playbook keeps of a body), a node of the
 * tree, a row of the statistics. The bytes in use are taken from the allocator after some of a
 * kind and after many.
 */
#include "../unit/test.h"

#include <malloc.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "lab.h"

#define FIRST 50 /* whatever is made once, is made by then */
#define MORE 60

static void plays(struct lab *l, size_t turns, const char *turn)
{
    AUTO(buf) text = {0};
    buf_adds(&text, "turns:\n");
    for (size_t i = 0; i < turns; i++)
        buf_addf(&text, "  - %s\n  - say: Done.\n", turn);
    lab_put(l, "p.yaml", "%s", buf_cstr(&text));
}

static void one_goal(struct lab *l)
{
    engine_ask(l->g, REQUEST_SUBMIT, "go on", NULL);
    const struct event *ev = lab_until(l, lab_question_or_end, NULL, 20000);
    assert_non_null(ev);
    assert_int_equal(ev->type, EVENT_RESULT);
    assert_true(lab_settle(l, 20000));
    for (size_t i = 0; i < l->events.len; i++)
        event_fini(&l->events.ptr[i]);
    l->events.len = 0;
}

/* Less the store's page cache, which has a limit of its own. */
static size_t bytes_in_use(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd - (size_t)sqlite3_memory_used();
}

/* Bytes that one more of them holds for ever. */
static double held_by_one(struct lab *l, bool new_session)
{
    size_t before = 0;
    for (size_t i = 0; i < FIRST + MORE; i++) {
        if (i == FIRST)
            before = bytes_in_use();
        if (new_session)
            engine_ask(l->g, REQUEST_NEW, NULL, NULL);
        one_goal(l);
    }
    return ((double)bytes_in_use() - (double)before) / MORE;
}

static double measure(const char *behaviors, const char *turn, bool new_session)
{
    struct lab l;
    lab_open(&l);
    lab_put(&l, "config/agents/helper.yaml", "blurb: Helps.\nbehaviors: [FileToolsBehavior]\n");
    lab_put(&l, "agent.yaml", "system_prompt: x\nbehaviors:\n  - type: FileToolsBehavior\n%s",
            behaviors);
    plays(&l, FIRST + MORE, turn);
    /* The table of the workspace's files holds what delegates leave there, and its thread keeps
     * some of what it freed for itself: neither is what is measured. */
    lab_config(&l, "files: {rewind: false}\n");
    l.opts.interactive =
        false; /* a screen is told the list of sessions, which is as long as it is */
    lab_start(&l, "p.yaml");
    double held = held_by_one(&l, new_session);
    lab_close(&l);
    print_message("%.0f bytes each\n", held);
    return held;
}

#define LIST "call: {tool: list_dir, args: {path: .}}"

static void a_session_that_was_left_holds_nothing(void **s)
{
    assert_true(measure("", LIST, true) < 800);
}

static void a_goal_that_ended_holds_its_messages_only(void **s)
{
    assert_true(measure("", LIST, false) < 4800);
}

static void a_delegate_that_ended_holds_nothing_more(void **s)
{
    static const char with[] = "  - type: DelegationBehavior\n    params: {launcher: [sh, -c, "
                               "\"exit 0\"]}\ncan_delegate_to: [helper]\n";
    assert_true(
        measure(with, "call: {tool: delegate_to_helper, args: {task_description: x}}", true) < 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_session_that_was_left_holds_nothing),
                                       cmocka_unit_test(a_goal_that_ended_holds_its_messages_only),
                                       cmocka_unit_test(a_delegate_that_ended_holds_nothing_more)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
