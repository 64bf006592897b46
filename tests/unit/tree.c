#include "test.h"

#include "base/buf.h"
#include "plan/tree_edit.h"

static struct tree t;
static int64_t a, b, c, d;

/* goal: a (c, d), b */
static int fresh(void **s)
{
    tree_fini(&t);
    int64_t goal = tree_add_goal(&t, "goal");
    a = tree_add_child(&t, goal, "a", false);
    b = tree_add_child(&t, goal, "b", false);
    c = tree_add_child(&t, a, "c", false);
    d = tree_add_child(&t, a, "d", true);
    return 0;
}

static int done(void **s)
{
    tree_fini(&t);
    return 0;
}

static bool edit(const char *op, int64_t node, const char *text)
{
    int64_t made;
    struct error e = {0};
    return tree_edit(&t, tree_op_find(op), node, text, &made, &e);
}

static void expect(const char *want)
{
    AUTO(buf) out = {0}, plain = {0};
    tree_to_text(&t, &out);
    for (const char *p = buf_cstr(&out); *p; p++)
        if ((*p >= 'a' && *p <= 'z') || *p == '\n' || *p == ' ')
            buf_addc(&plain, *p);
    AUTO(buf) names = {0};
    for (char *line = strtok(plain.ptr, "\n"); line; line = strtok(NULL, "\n")) {
        size_t indent = strspn(line, " ");
        buf_addf(&names, "%zu%c ", indent / 2 ? indent / 2 : 0, line[strlen(line) - 1]);
    }
    assert_has(buf_cstr(&names), want);
}

static void leaves_come_depth_first(void **s)
{
    assert_int_equal(tree_next_leaf(&t, t.goal), c);
    tree_set_state(&t, c, NODE_DONE, NULL);
    assert_int_equal(tree_next_leaf(&t, t.goal), d);
    tree_set_state(&t, d, NODE_FAILED, "why");
    assert_int_equal(tree_next_leaf(&t, t.goal), b);
    assert_int_equal(tree_open_count(&t, t.goal), 2);
    assert_int_equal(tree_depth(&t, c), 2);
    assert_true(tree_is_within(&t, c, a) && !tree_is_within(&t, c, b));
}

static void only_leaves_are_active(void **s)
{
    tree_activate(&t, b);
    int64_t e = tree_add_child(&t, b, "e", false);
    assert_int_equal(t.active, 0);
    tree_activate(&t, e);
    tree_activate(&t, c);
    assert_int_equal(tree_find(&t, e)->state, NODE_PENDING);
    tree_set_state(&t, c, NODE_DONE, NULL);
    assert_int_equal(t.active, 0);
}

static void every_edit_works_and_is_undone(void **s)
{
    static const char *const ops[] = {"add",  "insert", "edit", "delete", "down", "indent",
                                      "done", "failed", "skip", "note",   "check"};
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        AUTO_FREE char *before = tree_to_json(&t, 0, 0);
        int64_t node = strcmp(ops[i], "indent") == 0 ? b : a;
        assert_true(edit(ops[i], node, "text"));
        AUTO_FREE char *between = tree_to_json(&t, 0, 0);
        assert_string_not_equal(before, between);
        assert_true(edit("undo", 0, NULL));
        AUTO_FREE char *after = tree_to_json(&t, 0, 0);
        assert_string_equal(before, after);
    }
    assert_false(edit("undo", 0, NULL));
}

/* What the model did since stays; only the user's own edit goes. */
static void undo_leaves_what_came_since(void **s)
{
    assert_true(edit("note", a, "mine"));
    tree_set_state(&t, c, NODE_DONE, "by the model");
    int64_t more = tree_add_child(&t, b, "more", false);
    assert_true(edit("undo", 0, NULL));
    assert_null(tree_find(&t, a)->note);
    assert_int_equal(tree_find(&t, c)->state, NODE_DONE);
    assert_non_null(tree_find(&t, more));
    /* The same field was changed since: the later word counts. */
    assert_true(edit("done", d, NULL));
    tree_set_state(&t, d, NODE_FAILED, "by the model");
    assert_false(edit("undo", 0, NULL)); /* nothing of it is left to take back */
    assert_int_equal(tree_find(&t, d)->state, NODE_FAILED);
    /* A node of the user's that the model split stays. */
    assert_true(edit("add", a, "new"));
    int64_t made = t.next_id;
    tree_add_child(&t, made, "part", false);
    assert_false(edit("undo", 0, NULL));
    assert_non_null(tree_find(&t, made));
}

static void undo_does_not_reach_over_goals(void **s)
{
    assert_true(edit("note", a, "of the first"));
    int64_t second = tree_add_goal(&t, "second");
    tree_add_child(&t, second, "alpha", false);
    assert_false(edit("undo", 0, NULL));
    assert_string_equal(tree_find(&t, a)->note, "of the first");
    assert_int_equal(t.goal, second);
    assert_int_equal(tree_child_count(&t, second), 1);
}

static void a_goal_at_work_is_not_deleted(void **s)
{
    t.at_work = true;
    assert_false(edit("delete", t.goal, NULL));
    assert_true(edit("delete", a, NULL));
    assert_non_null(tree_find(&t, t.goal));
    t.at_work = false;
    assert_true(edit("delete", t.goal, NULL));
    assert_int_equal(t.goal, 0);
    assert_true(edit("undo", 0, NULL));
    assert_int_not_equal(t.goal, 0);
    assert_int_equal(tree_find(&t, b)->parent, t.goal);
}

/* A store edited by hand: what cannot stand is left out, the rest stands. */
static void a_tree_edited_by_hand_is_made_whole(void **s)
{
    static const char text[] =
        "{\"next\":3,\"goal\":77,\"active\":2,\"nodes\":["
        "{\"id\":1,\"parent\":0,\"title\":\"goal\"},{\"id\":2,\"parent\":1,\"title\":\"a\","
        "\"state\":99},"
        "{\"id\":2,\"parent\":1,\"title\":\"twice\"},{\"id\":-4,\"parent\":1,\"title\":\"below\"},"
        "{\"id\":99999999999,\"parent\":1,\"title\":\"far\"},{\"id\":8,\"parent\":55,\"title\":"
        "\"orphan\"},"
        "{\"id\":9,\"parent\":10,\"title\":\"ring\"},{\"id\":10,\"parent\":9,\"title\":\"ring\"}]}";
    struct error e = {0};
    assert_true(tree_load(&t, text, &e));
    assert_int_equal(t.goal, 0);
    assert_int_equal(t.active, 2);
    assert_int_equal(t.nodes.len, 5);
    assert_int_equal(tree_find(&t, 8)->parent, 0);
    for (size_t i = 0; i < t.nodes.len; i++)
        assert_in_range(tree_depth(&t, t.nodes.ptr[i].id), 0, 3);
    int64_t made = tree_add_goal(&t, "new");
    assert_true(made > 10);
}

/* Each change gives another mark: the detection of loops lives on it. */
static void progress_only_grows(void **s)
{
    uint64_t mark = t.progress;
    int64_t made = tree_add_child(&t, b, "x", false);
    assert_true(t.progress > mark);
    mark = t.progress;
    assert_true(edit("delete", made, NULL));
    assert_true(t.progress > mark);
    mark = t.progress;
    tree_set_state(&t, c, NODE_DONE, NULL);
    assert_true(edit("reopen", c, NULL));
    assert_true(t.progress > mark + 1);
}

static void ten_thousand_nodes_are_edited_and_told(void **s)
{
    int64_t first = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t id = tree_add_child(&t, i % 100 ? first : t.goal, "node", false);
        first = i % 100 ? first : id;
    }
    assert_int_equal(t.nodes.len, 10005);
    AUTO_FREE char *json = tree_to_json(&t, t.goal, 10);
    assert_true(strlen(json) > 1000000);
    assert_true(edit("note", first, "last"));
    assert_true(edit("delete", first, NULL));
    assert_int_equal(t.nodes.len, 9905);
    assert_true(edit("undo", 0, NULL));
    assert_int_equal(t.nodes.len, 10005);
    assert_true(tree_open_count(&t, t.goal) == 10004);
}

static void moving_keeps_every_node(void **s)
{
    assert_true(edit("indent", b, NULL));
    assert_int_equal(tree_find(&t, b)->parent, a);
    assert_true(edit("outdent", c, NULL));
    assert_int_equal(tree_find(&t, c)->parent, t.goal);
    assert_true(edit("up", b, NULL));
    assert_false(edit("outdent", a, NULL));
    assert_false(edit("indent", a, NULL));
    assert_int_equal(t.nodes.len, 5);
    size_t seen = 0;
    AUTO_FREE char *json = tree_to_json(&t, 0, 12);
    for (const char *p = json; (p = strstr(p, "\"id\":")); p++)
        seen++;
    assert_int_equal(seen, 5);
}

static void outdent_goes_behind_its_parent(void **s)
{
    assert_true(edit("outdent", c, NULL));
    size_t ia = (size_t)(tree_find(&t, a) - t.nodes.ptr),
           ic = (size_t)(tree_find(&t, c) - t.nodes.ptr);
    size_t ib = (size_t)(tree_find(&t, b) - t.nodes.ptr);
    assert_true(ia < ic && ic < ib);
    expect("");
}

static void delete_takes_the_children_along(void **s)
{
    assert_true(edit("delete", a, NULL));
    assert_null(tree_find(&t, c));
    assert_null(tree_find(&t, d));
    assert_int_equal(t.nodes.len, 2);
}

static void reopening_reopens_ancestors(void **s)
{
    tree_set_state(&t, c, NODE_DONE, NULL);
    tree_set_state(&t, a, NODE_DONE, NULL);
    tree_set_state(&t, t.goal, NODE_DONE, NULL);
    assert_true(edit("reopen", c, NULL));
    assert_int_equal(tree_find(&t, a)->state, NODE_PENDING);
    assert_int_equal(tree_find(&t, t.goal)->state, NODE_PENDING);
    assert_true(edit("focus", d, NULL));
    assert_int_equal(t.active, d);
}

static void bad_edits_are_refused(void **s)
{
    struct error e = {0};
    int64_t made;
    assert_false(tree_edit(&t, tree_op_find("explode"), a, NULL, &made, &e));
    assert_int_equal(e.code, ERR_USAGE);
    assert_false(tree_edit(&t, tree_op_find("edit"), 99, "x", &made, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_false(tree_edit(&t, tree_op_find("add"), a, "", &made, &e));
    assert_false(edit("up", a, NULL));
    assert_int_equal(t.undo.len, 0);
}

static void saving_and_loading_is_the_same(void **s)
{
    tree_set_state(&t, c, NODE_FAILED, "because");
    tree_activate(&t, d);
    AUTO_FREE char *saved = tree_save(&t);
    struct tree u = {0};
    struct error e = {0};
    assert_true(tree_load(&u, saved, &e));
    AUTO_FREE char *again = tree_save(&u);
    assert_string_equal(saved, again);
    assert_false(tree_load(&u, "{", &e));
    tree_fini(&u);
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, fresh, done)
    const struct CMUnitTest tests[] = {F(leaves_come_depth_first),
                                       F(only_leaves_are_active),
                                       F(every_edit_works_and_is_undone),
                                       F(undo_leaves_what_came_since),
                                       F(undo_does_not_reach_over_goals),
                                       F(a_goal_at_work_is_not_deleted),
                                       F(a_tree_edited_by_hand_is_made_whole),
                                       F(progress_only_grows),
                                       F(ten_thousand_nodes_are_edited_and_told),
                                       F(moving_keeps_every_node),
                                       F(outdent_goes_behind_its_parent),
                                       F(delete_takes_the_children_along),
                                       F(reopening_reopens_ancestors),
                                       F(bad_edits_are_refused),
                                       F(saving_and_loading_is_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
