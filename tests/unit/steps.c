#include "test.h"

#include "base/buf.h"
#include "plan/steps.h"
#include "plan/tree_edit.h"

static struct tree t;
static struct steps_result r;
static struct error e;

static int fresh(void **s)
{
    tree_fini(&t);
    tree_add_goal(&t, "goal");
    return 0;
}

static int done(void **s)
{
    tree_fini(&t);
    return 0;
}

static bool lay(const char *plan)
{
    e = (struct error){0};
    AUTO_JSON *j = json_parse(plan, strlen(plan), &e);
    assert_non_null(j);
    bool ok = steps_lay(&t, j, &r, &e);
    steps_result_fini(&r);
    return ok;
}

/* "title:state" of the goal's children, in their order. */
static void expect(const char *want)
{
    AUTO(buf) have = {0};
    for (size_t i = 0; i < t.nodes.len; i++)
        if (t.nodes.ptr[i].parent)
            buf_addf(&have, "%s%s:%s", have.len ? " " : "", t.nodes.ptr[i].title,
                     node_state_name(t.nodes.ptr[i].state));
    assert_string_equal(buf_cstr(&have), want);
}

static int64_t id_of(const char *title)
{
    for (size_t i = 0; i < t.nodes.len; i++)
        if (strcmp(t.nodes.ptr[i].title, title) == 0)
            return t.nodes.ptr[i].id;
    fail_msg("no node %s", title);
    return 0;
}

static void a_list_becomes_steps_in_its_order(void **s)
{
    assert_true(lay("[{\"step\":\"a\",\"status\":\"in_progress\"},{\"step\":\"b\"},\"c\"]"));
    expect("a:active b:pending c:pending");
    assert_int_equal(t.active, id_of("a"));
    int64_t a = id_of("a");
    assert_true(lay("[{\"step\":\"c\",\"status\":\"in_progress\"},{\"step\":\"a\",\"status\":"
                    "\"pending\"},{\"step\":\"b\",\"status\":\"failed\"}]"));
    expect("c:active a:pending b:failed");
    assert_int_equal(id_of("a"), a);
}

static void completed_is_a_claim(void **s)
{
    assert_true(lay("[{\"step\":\"a\",\"status\":\"in_progress\"}]"));
    AUTO_JSON *j = json_parse("[{\"step\":\"a\",\"status\":\"completed\"}]", 36, &e);
    assert_true(steps_lay(&t, j, &r, &e));
    assert_int_equal(r.claimed.len, 1);
    assert_int_equal(r.claimed.ptr[0], id_of("a"));
    steps_result_fini(&r);
    assert_int_not_equal(tree_find(&t, id_of("a"))->state, NODE_DONE);
}

static void done_stays_done_unless_its_check_changes(void **s)
{
    assert_true(lay("[{\"step\":\"a\",\"status\":\"completed\",\"check\":\"true\"}]"));
    tree_set_state(&t, id_of("a"), NODE_DONE, NULL);
    assert_true(lay("[{\"step\":\"a\",\"status\":\"completed\"}]"));
    expect("a:done");
    assert_string_equal(tree_find(&t, id_of("a"))->check, "true");
    assert_true(lay("[{\"step\":\"a\",\"status\":\"completed\",\"check\":\"false\"}]"));
    expect("a:claimed");
}

static void what_the_user_made_stays(void **s)
{
    assert_true(lay("[{\"step\":\"a\"},{\"step\":\"b\"}]"));
    tree_add_child(&t, t.goal, "mine", true);
    AUTO_JSON *j = json_parse("[{\"step\":\"b\"}]", 14, &e);
    assert_true(steps_lay(&t, j, &r, &e));
    assert_int_equal(r.kept.len, 1);
    assert_int_equal(r.kept.ptr[0], id_of("mine"));
    steps_result_fini(&r);
    expect("a:skipped b:pending mine:pending");
}

static void other_words_in_the_same_place_are_the_same_step(void **s)
{
    assert_true(lay("[{\"step\":\"a\",\"status\":\"in_progress\"},{\"step\":\"b\"}]"));
    int64_t a = id_of("a");
    tree_find(&t, a)->rounds = 7;
    mem_replace(&tree_find(&t, a)->note, "the user's note");
    assert_true(lay("[{\"step\":\"a, better said\",\"status\":\"in_progress\"},{\"step\":\"b\"}]"));
    assert_int_equal(id_of("a, better said"), a);
    assert_int_equal(tree_find(&t, a)->rounds, 7);
    assert_string_equal(tree_find(&t, a)->note, "the user's note");
}

static void a_list_with_a_fault_changes_nothing(void **s)
{
    static const struct {
        const char *plan, *words;
    } rows[] = {
        {"[]", "is empty"},
        {"[{\"step\":\"\"}]", "step 1 has no text"},
        {"[{\"step\":\"x\"},{\"status\":\"pending\"}]", "step 2 has no text"},
        {"[{\"step\":\"x\",\"status\":\"nearly\"}]", "\"nearly\""},
        {"[{\"step\":\"x\"},{\"step\":\"x\"}]", "both"},
        {"[7]", "no text"},
    };
    assert_true(lay("[{\"step\":\"a\"}]"));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_false(lay(rows[i].plan));
        assert_int_equal(e.code, ERR_USAGE);
        assert_non_null(strstr(e.text, rows[i].words));
        expect("a:pending");
    }
    AUTO(buf) many = {0};
    for (int i = 0; i < 200; i++)
        buf_addf(&many, "%s{\"step\":\"%d\"}", i ? "," : "[", i);
    buf_adds(&many, "]");
    assert_false(lay(buf_cstr(&many)));
    expect("a:pending");
}

static void the_users_undo_outlives_a_list(void **s)
{
    int64_t made;
    assert_true(lay("[{\"step\":\"a\"},{\"step\":\"b\"}]"));
    assert_true(tree_edit(&t, TREE_NOTE, id_of("b"), "look", &made, &e));
    assert_true(lay("[{\"step\":\"b\",\"status\":\"in_progress\"},{\"step\":\"a\"}]"));
    assert_true(tree_edit(&t, TREE_UNDO, 0, NULL, &made, &e));
    assert_null(tree_find(&t, id_of("b"))->note);
    expect("b:active a:pending");
}

int main(void)
{
#define STEP_TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
    const struct CMUnitTest tests[] = {STEP_TEST(a_list_becomes_steps_in_its_order),
                                       STEP_TEST(completed_is_a_claim),
                                       STEP_TEST(done_stays_done_unless_its_check_changes),
                                       STEP_TEST(what_the_user_made_stays),
                                       STEP_TEST(other_words_in_the_same_place_are_the_same_step),
                                       STEP_TEST(a_list_with_a_fault_changes_nothing),
                                       STEP_TEST(the_users_undo_outlives_a_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
