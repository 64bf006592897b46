/* Task breakdowns as data: lists, what waits for what, and drafts of a model. */
#include "test.h"

#include "base/text.h"
#include "behaviors/lib/taskdraft.h"
#include "behaviors/lib/taskorder.h"

static struct tasklist list;
static struct taskdraft draft;

static int teardown(void **s)
{
    tasklist_fini(&list);
    taskdraft_fini(&draft);
    return 0;
}

static void open_list(const char *text)
{
    struct error e = {0};
    tasklist_fini(&list);
    if (!tasklist_parse(&list, text, strlen(text), "plan.json", &e))
        fail_msg("%s", e.text);
}

/* The text, or "problems: …", or "error: …". Caller frees. */
static char *draft_of(const char *args)
{
    struct error e = {0};
    taskdraft_fini(&draft);
    AUTO_JSON *j = json_parse(args, strlen(args), &e);
    assert_non_null(j);
    if (!taskdraft_read(&draft, j, &e))
        return mem_printf("error: %s", e.text);
    if (draft.problem_count)
        return mem_printf("problems: %s", buf_cstr(&draft.problems));
    return json_print(draft.list.tasks);
}

#define assert_draft(args, text)               \
    do {                                       \
        AUTO_FREE char *got_ = draft_of(args); \
        assert_string_equal(got_, text);       \
    } while (0)
#define assert_draft_has(args, part)           \
    do {                                       \
        AUTO_FREE char *got_ = draft_of(args); \
        assert_has(got_, part);                \
    } while (0)
#define assert_json(j, text)                   \
    do {                                       \
        AUTO_JSON *j_ = (j);                   \
        AUTO_FREE char *got_ = json_print(j_); \
        assert_string_equal(got_, text);       \
    } while (0)

/* ---- lines ---- */

static void lines_are_cleaned(void **s)
{
    AUTO_FREE char *line = text_line(" \t a\x1b[31m b\n c  tail", 16);
    assert_string_equal(line, "a b  c");
    AUTO_FREE char *none = text_line("   ", 3);
    assert_string_equal(none, "");
    assert_true(text_is_blank(NULL) && text_is_blank(" \t\r\n") && !text_is_blank(" x"));
    assert_true(text_is_one_of("b", "a|b|c") && text_is_one_of("c", "a|b|c"));
    assert_false(text_is_one_of("", "a|b") || text_is_one_of("a|b", "a|b"));
    assert_false(text_is_one_of("a", "ab|ac") || text_is_one_of("ab", "a|b"));
}

/* ---- lists ---- */

static void a_list_is_an_array_or_has_one(void **s)
{
    static const struct {
        const char *text, *error;
        enum err code;
    } bad[] = {{"", "plan.json is no task list: JSON ends early", ERR_PARSE},
               {"[1", "plan.json is no task list: ", ERR_PARSE},
               {"3", "plan.json has no \"tasks\": write", ERR_PARSE},
               {"{\"tasks\":{}}", "plan.json has no \"tasks\"", ERR_PARSE}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error e = {0};
        assert_false(tasklist_parse(&list, bad[i].text, strlen(bad[i].text), "plan.json", &e));
        assert_has(e.text, bad[i].error);
        assert_int_equal(e.code, bad[i].code);
        assert_null(tasklist_find(&list, "a"));
        tasklist_fini(&list);
    }
    open_list("{\"by\":\"x\",\"tasks\":[{\"id\":\"a\"}]}");
    assert_non_null(tasklist_find(&list, "a"));
    AUTO_FREE char *text = tasklist_print(&list);
    assert_string_equal(
        text, "{\n\t\"by\":\t\"x\",\n\t\"tasks\":\t[{\n\t\t\t\"id\":\t\"a\"\n\t\t}]\n}\n");
    open_list("[]");
    assert_int_equal(list.index.len, 0);
}

static void a_list_has_at_most_a_thousand(void **s)
{
    AUTO(buf) text = {0};
    struct error e = {0};
    buf_adds(&text, "[{}");
    for (int i = 1; i < TASKLIST_MAX; i++)
        buf_adds(&text, ",{}");
    AUTO_FREE char *most = mem_printf("%s]", buf_cstr(&text));
    open_list(most);
    buf_adds(&text, ",{}]");
    tasklist_fini(&list);
    assert_false(tasklist_parse(&list, buf_cstr(&text), text.len, "plan.json", &e));
    assert_string_equal(e.text, "plan.json has more than 1000 tasks: split it");
    assert_int_equal(e.code, ERR_LIMIT);
}

static void tasks_are_found_by_id(void **s)
{
    open_list("[{\"id\":\"b\",\"n\":0},7,null,{\"id\":\"a\"},{\"id\":12},{},{\"id\":\"b\",\"n\":1},"
              "{\"id\":\"\"},{\"id\":\"b\",\"n\":2}]");
    assert_int_equal(json_int(tasklist_find(&list, "b"), "n", 9), 0); /* of equal ids the first */
    assert_string_equal(task_id(tasklist_find(&list, "12")), "12");
    assert_non_null(tasklist_find(&list, "a"));
    assert_null(tasklist_find(&list, "c"));
    assert_null(tasklist_find(&list, ""));
    assert_int_equal(tasklist_place(&list, "nobody"), list.index.len);
    assert_int_equal(tasklist_count(&list, "pending"), 9);
}

static void a_status_is_one_of_four(void **s)
{
    open_list("[{\"id\":\"a\",\"status\":\"odd\"},{\"id\":\"b\",\"status\":\"failed\"},"
              "{\"id\":\"c\",\"status\":3},{\"id\":\"d\",\"status\":\"completed\"}]");
    assert_string_equal(task_status(tasklist_find(&list, "a")), "pending");
    assert_string_equal(task_status(tasklist_find(&list, "c")), "pending");
    assert_true(task_is(tasklist_find(&list, "b"), "failed"));
    assert_int_equal(tasklist_count(&list, "pending"), 2);
    assert_int_equal(tasklist_count(&list, "completed"), 1);
    assert_int_equal(tasklist_count(&list, "in_progress"), 0);
}

static void a_change_brings_its_times(void **s)
{
    open_list("[{\"id\":\"a\",\"notes\":\"odd\"}]");
    cJSON *a = tasklist_find(&list, "a");
    assert_null(task_last_note(a));
    task_change(a, "in_progress", NULL, NULL);
    assert_int_equal(strlen(json_str(a, "started_at", "")), 24);
    assert_int_equal(json_int(a, "attempts", 0), 1);
    assert_true(cJSON_IsNull(json_get(a, "completed_at")));
    assert_true(cJSON_IsString(json_get(a, "notes"))); /* without a note they stay */
    cJSON_ReplaceItemInObject(a, "started_at", cJSON_CreateString("then"));
    task_change(a, "failed", "bad", "it broke");
    assert_int_equal(strlen(json_str(a, "completed_at", "")), 24);
    assert_string_equal(json_str(a, "result", ""), "bad");
    assert_string_equal(task_last_note(a), "it broke");
    task_change(a, "in_progress", NULL, "again");
    assert_string_equal(json_str(a, "started_at", ""), "then");
    assert_string_equal(json_str(a, "result", ""), "bad");
    assert_int_equal(json_int(a, "attempts", 0), 2);
    assert_int_equal(cJSON_GetArraySize(json_get(a, "notes")), 2);
    assert_string_equal(task_last_note(a), "again");
    task_change(a, "pending", NULL, "");
    assert_true(cJSON_IsNull(json_get(a, "completed_at")));
    assert_int_equal(cJSON_GetArraySize(json_get(a, "notes")), 2);
}

static void updates_leave_id_and_status(void **s)
{
    struct error e = {0};
    AUTO(buf) ignored = {0};
    const char *text = "{\"id\":\"x\",\"priority\":1,\"status\":\"failed\",\"new\":[1]}";
    AUTO_JSON *updates = json_parse(text, strlen(text), &e);
    AUTO_JSON *none = json_parse("{\"id\":1}", 8, &e);
    open_list("[{\"id\":\"a\",\"priority\":3}]");
    cJSON *a = tasklist_find(&list, "a");
    assert_int_equal(task_update(a, none, &ignored), 0);
    assert_null(json_get(a, "updated_at"));
    buf_clear(&ignored);
    assert_int_equal(task_update(a, updates, &ignored), 2);
    assert_string_equal(buf_cstr(&ignored), "id, status");
    assert_int_equal(strlen(json_str(a, "updated_at", "")), 24);
    cJSON_DeleteItemFromObject(a, "updated_at");
    AUTO_FREE char *now = json_print(a);
    assert_string_equal(now, "{\"id\":\"a\",\"priority\":1,\"new\":[1]}");
}

/* ---- order ---- */

#define CHAIN                                                                            \
    "{\"id\":\"a\",\"status\":\"failed\"},{\"id\":\"b\",\"dependencies\":[\"a\"]},"      \
    "{\"id\":\"c\",\"dependencies\":[\"b\",\"z\",\"z\",\"a\",\"w\",\"b\"]},"             \
    "{\"id\":\"w\",\"status\":\"in_progress\"},{\"id\":\"d\",\"dependencies\":[\"e\"]}," \
    "{\"id\":\"e\",\"dependencies\":[\"ok\"]},"                                          \
    "{\"id\":\"ok\",\"status\":\"completed\",\"dependencies\":[\"a\",\"e\"]}"

static void everything_a_task_waits_for_is_told(void **s)
{
    AUTO(task_wait) c = {0}, d = {0}, e = {0}, f = {0}, a = {0};
    AUTO(buf) why = {0};
    open_list("[" CHAIN ",{\"id\":\"f\",\"dependencies\":[\"w\"]}]");
    assert_true(taskorder_wait(&list, tasklist_find(&list, "c"), &c));
    AUTO_FREE char *chain = json_print(c.chain);
    assert_string_equal(chain, "[\"b (pending)\",\"a (failed)\",\"z (unknown)\",\"z (unknown)\","
                               "\"w (in_progress)\"]");
    task_wait_why(&c, &why);
    assert_string_equal(buf_cstr(&why), "blocked by failed a; blocked by z, which is not in the "
                                        "list; waiting on in-progress w");
    assert_true(c.for_ever);
    assert_true(taskorder_wait(&list, tasklist_find(&list, "d"), &d));
    assert_false(d.for_ever);
    assert_int_equal(cJSON_GetArraySize(d.chain), 1);
    assert_int_equal(cJSON_GetArraySize(d.roots), 0);
    assert_true(taskorder_wait(&list, tasklist_find(&list, "e"), &e));
    assert_null(e.chain->child);
    assert_false(taskorder_wait(&list, tasklist_find(&list, "a"), &a));
    assert_false(taskorder_wait(&list, list.tasks, &a));
    assert_true(taskorder_wait(&list, tasklist_find(&list, "f"), &f));
    assert_string_equal(f.roots->child->valuestring, "waiting on in-progress w");
    assert_false(f.for_ever);
}

static void ready_is_what_has_all_it_needs(void **s)
{
    open_list(
        "[" CHAIN ",{\"id\":\"n\",\"dependencies\":[null,\"\"]},{\"id\":5,\"status\":"
        "\"completed\"},{\"id\":\"m\",\"dependencies\":[5]},{\"id\":\"o\",\"dependencies\":[6]}]");
    static const char *const ready[] = {"a", "e", "w", "n", "m"}, *const not [] = {"b", "c", "d",
                                                                                   "o"};
    for (size_t i = 0; i < COUNT_OF(ready); i++)
        assert_true(taskorder_is_ready(&list, tasklist_find(&list, ready[i])));
    for (size_t i = 0; i < COUNT_OF(not ); i++)
        assert_false(taskorder_is_ready(&list, tasklist_find(&list, not [i])));
}

static void next_is_by_priority_then_as_it_stands(void **s)
{
    open_list(
        "[{\"priority\":0},{\"id\":\"z\"},{\"id\":\"a\",\"priority\":7},{\"id\":\"b\","
        "\"priority\":7},{\"id\":\"c\",\"priority\":1,\"dependencies\":[\"a\"]},{\"id\":\"d\","
        "\"priority\":0,\"status\":\"failed\"}]");
    assert_string_equal(task_id(taskorder_next(&list, false)), "a");
    assert_string_equal(task_id(taskorder_next(&list, true)), "c");
    open_list("[" CHAIN "]");
    assert_string_equal(task_id(taskorder_next(&list, false)), "e");
    open_list("[]");
    assert_null(taskorder_next(&list, true));
}

static void blocked_and_dependents_name_the_chain(void **s)
{
    open_list("[" CHAIN "]");
    assert_json(taskorder_blocked(&list, 1), "[{\"id\":\"b\",\"blocked_by\":[\"a (failed)\"],"
                                             "\"why\":\"blocked by failed a\"}]");
    AUTO_JSON *all = taskorder_blocked(&list, 100);
    assert_int_equal(cJSON_GetArraySize(all), 3);
    assert_json(taskorder_dependents(&list, "a"), "[\"b\",\"c\"]");
    assert_json(taskorder_dependents(&list, "w"), "[]");
    open_list(
        "[{\"id\":\"a; b\",\"status\":\"failed\"},{\"id\":\"c\",\"dependencies\":[\"a; b\"]}]");
    assert_json(taskorder_dependents(&list, "a; b"), "[\"c\"]"); /* whatever an id is made of */
}

static void the_reason_is_the_roots(void **s)
{
    static const struct {
        const char *tasks, *reason;
    } rows[] = {
        {"", "there are no tasks"},
        {"{\"id\":\"a\",\"status\":\"completed\"}", "all tasks are done"},
        {"{\"id\":\"a\",\"status\":\"failed\"}", "no task is left: 0 completed, 1 failed"},
        {CHAIN, "blocked by failed a; blocked by z, which is not in the list; waiting on "
                "in-progress w"},
        {"{\"id\":\"a\",\"dependencies\":[\"b\"]},{\"id\":\"b\",\"dependencies\":[\"c\"]},"
         "{\"id\":\"c\",\"dependencies\":[\"b\"]}",
         "cycle b → c → b"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(buf) why = {0};
        AUTO_FREE char *text = mem_printf("[%s]", rows[i].tasks);
        open_list(text);
        buf_adds(&why, "No: ");
        taskorder_reason(&list, &why);
        assert_string_equal(buf_cstr(&why) + 4, rows[i].reason);
    }
}

static void dependencies_are_checked(void **s)
{
    static const struct {
        const char *deps, *error;
    } rows[] = {{"[]", NULL},
                {"[\"c\",\"d\"]", NULL},
                {"\"c\"", "dependencies is an array of ids"},
                {"[\"c\",2]", "dependencies is an array of ids"},
                {"[2,\"c\"]", "dependencies is an array of ids"},
                {"[\"c\",\"b\"]", "b cannot depend on itself"},
                {"[\"q\"]", "q is not in the list"},
                {"[\"d\",\"a\"]", "cycle: a depends on b already"},
                {"[\"e\"]", "cycle: e depends on b already"}};
    open_list(
        "[{\"id\":\"a\",\"dependencies\":[\"d\",\"b\",\"d3\"]},{\"id\":\"d3\"},{\"id\":\"b\","
        "\"status\":\"completed\"},"
        "{\"id\":\"c\",\"dependencies\":[\"d\",\"d2\"]},{\"id\":\"d\",\"dependencies\":[\"c\"]},"
        "{\"id\":\"e\",\"dependencies\":[\"d\",\"a\"]},{\"id\":\"d2\"}]");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error e = {0};
        AUTO_JSON *deps = json_parse(rows[i].deps, strlen(rows[i].deps), &e);
        bool ok = taskorder_check(&list, tasklist_find(&list, "b"), deps, &e);
        assert_int_equal(ok, rows[i].error == NULL);
        assert_string_equal(e.text, ok ? "" : rows[i].error);
        assert_int_equal(e.code, ok ? ERR_NONE : ERR_USAGE);
    }
}

static void add_line(void *arg, const char *text)
{
    buf_addf(arg, "%s\n", text);
}

static void every_cycle_is_told_but_those_of_one(void **s)
{
    AUTO(buf) told = {0};
    open_list(
        "[{\"id\":\"x\",\"dependencies\":[\"a\"]},{\"id\":\"b\",\"dependencies\":[\"a\",\"b\"],"
        "\"status\":\"completed\"},{\"id\":\"a\",\"dependencies\":[\"b\",\"q\"]},{\"id\":\"m\","
        "\"dependencies\":[\"n\",\"b\"]},{\"id\":\"n\",\"dependencies\":[\"o\"]},{\"id\":\"o\","
        "\"dependencies\":[\"m\"]}]");
    taskorder_cycles(&list, add_line, &told);
    assert_string_equal(buf_cstr(&told), "a → b → a\nm → n → o → m\n");
}

/* ---- drafts ---- */

#define REST                                                                           \
    ",\"estimated_complexity\":\"medium\",\"status\":\"pending\",\"started_at\":null," \
    "\"completed_at\":null,\"result\":null,\"attempts\":0,\"notes\":[]"
#define TASK(id, text, deps)                                                            \
    "{\"id\":\"" id "\",\"description\":\"" text "\",\"module\":\"\",\"priority\":100," \
    "\"dependencies\":[" deps "]" REST "}"

static void a_draft_comes_in_many_forms(void **s)
{
    static const char *const same[] = {
        "{\"tasks\":[{\"id\":\"a\",\"description\":\"do\"},{\"id\":2,\"description\":\"then\","
        "\"depends_on\":\"a, \"}]}",
        "{\"tasks\":[\" a: do\",{\"id\":\" 2 "
        "\",\"description\":\"then\",\"dependencies\":[\"a\",null,"
        "\"\"]}]}",
        "{\"content\":[{\"id\":\"a\",\"description\":\"do\"},\"2: then (depends: a)\"]}",
        "{\"tasks\":[],\"content\":{\"tasks\":[\"a: do\",\"2: then (depends on a)\"]}}",
        "{\"content\":\" [\\\"a: do\\\",\\\"2: then (depends:a)\\\"]\"}",
        "{\"content\":\"{\\\"tasks\\\":[\\\"a: do\\\",\\\"2:then(depends a )\\\"]}\"}",
        "{\"content\":\"# Plan\\n- [ ] a: do\\n  12) [ ]  2: then (depends: a) now\\n- no\\n[ ] "
        "no\\n"
        "* [y] no\"}",
    };
    for (size_t i = 0; i < COUNT_OF(same); i++)
        assert_draft(same[i], "[" TASK("a", "do", "") "," TASK("2", "then", "\"a\"") "]");
    assert_draft(
        "{\"tasks\":[\"two words: x\",\"http: y\",\": z\"]}",
        "[" TASK("T1", "two words: x", "") "," TASK("http", "y", "") "," TASK("T3", ": z", "") "]");
    assert_draft_has("{\"tasks\":[{\"id\":\"a\",\"title\":\"t\"}]}", "\"description\":\"t\"");
    assert_draft_has("{\"content\":\"+ [X] a\\n1. [x] b\"}", "\"status\":\"completed\"");
    assert_draft_has(
        "{\"tasks\":[{\"id\":\"a\",\"description\":\"d\",\"owner\":[\"me\"],\"priority\":null,"
        "\"depends_on\":[]}]}",
        "\"notes\":[],\"owner\":[\"me\"]}]");
}

static void what_is_no_draft_is_refused(void **s)
{
    static const char *const none[] = {"{}", "{\"tasks\":[]}", "{\"tasks\":3}",
                                       "{\"content\":\"\"}",
                                       "{\"content\":\"- [ ]x\\n\",\"tasks\":[]}"};
    for (size_t i = 0; i + 1 < COUNT_OF(none); i++)
        assert_draft_has(none[i], "error: there are no tasks: give tasks, or content");
    assert_draft_has(none[4], TASK("T1", "x", ""));
    assert_draft_has("{\"content\":\"[1,\"}", "error: the task list: JSON ends early");
    AUTO(buf) many = {0};
    buf_adds(&many, "{\"tasks\":[1");
    for (int i = 1; i < TASKLIST_MAX; i++)
        buf_adds(&many, ",1");
    AUTO_FREE char *most = mem_printf("%s]}", buf_cstr(&many));
    assert_draft_has(most, "problems: task 1 has no id; task 1 has no description; task 2");
    buf_adds(&many, ",1]}");
    assert_draft_has(buf_cstr(&many), "error: 1001 tasks are too many: at most 1000");
}

static void all_problems_are_told(void **s)
{
    assert_draft(
        "{\"tasks\":[{\"id\":\"a\",\"description\":\" \",\"dependencies\":[\"b\",\"a\",\"q\"]},"
        "{\"id\":\"b\",\"description\":\"x\",\"priority\":\"1\",\"dependencies\":\"a\"},{\"id\":"
        "\"a\","
        "\"description\":\"x\",\"status\":\"done\"},{\"description\":\"x\","
        "\"estimated_complexity\":\"low|high\"}]}",
        "problems: a has no description; b: priority is a number, the lowest is first; a: status "
        "is "
        "one of pending|in_progress|completed|failed, not \"done\"; task 4 has no id; task 4: "
        "estimated_complexity is one of low|medium|high, not \"low|high\"; a depends on itself; a "
        "depends on q, which is not in the list; the id a stands twice; cycle: a → b → a");
    assert_int_equal(draft.problem_count, 9);
}

static void progress_stays_with_the_id(void **s)
{
    static const struct {
        const char *old, *has;
        int64_t kept;
    } rows[] = {
        {"[{\"id\":\"a\",\"status\":\"completed\",\"result\":\"ok\"}]",
         "\"status\":\"completed\",\"result\":\"ok\"}", 1},
        {"{\"tasks\":[{\"id\":\"a\",\"attempts\":2}]}", "\"attempts\":2}", 1},
        {"[{\"id\":\"a\",\"notes\":[{\"note\":\"n\"}]}]", "\"notes\":[{\"note\":\"n\"}]}", 0},
        {"[{\"id\":\"a\",\"description\":\"old\",\"owner\":\"o\"}]", "\"description\":\"new\"", 0},
        {"[{\"id\":\"b\",\"status\":\"completed\"}]", "\"status\":\"pending\"", 0},
        {"{\"tasks\":1}", "\"status\":\"pending\"", -1},
        {"garbage", "\"status\":\"pending\"", -1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_FREE char *fresh = draft_of("{\"tasks\":[\"a: new\"]}");
        assert_int_equal(taskdraft_keep_progress(&draft, rows[i].old, strlen(rows[i].old)),
                         rows[i].kept);
        AUTO_FREE char *text = json_print(draft.list.tasks);
        assert_has(text, rows[i].has);
        assert_has(text, "\"description\":\"new\"");
    }
    AUTO_FREE char *ticked = draft_of("{\"content\":\"- [x] a: new\"}");
    const char *tried = "[{\"id\":\"a\",\"status\":\"pending\",\"attempts\":1}]";
    assert_int_equal(taskdraft_keep_progress(&draft, tried, strlen(tried)), 1);
    assert_string_equal(task_status(tasklist_find(&draft.list, "a")), "completed");
    assert_int_equal(json_int(tasklist_find(&draft.list, "a"), "attempts", 0), 1);
    const char *failed = "[{\"id\":\"a\",\"status\":\"failed\"}]";
    assert_int_equal(taskdraft_keep_progress(&draft, failed, strlen(failed)), 1);
    assert_string_equal(task_status(tasklist_find(&draft.list, "a")), "failed");
}

static void a_draft_is_read_back_as_a_list(void **s)
{
    AUTO_FREE char *tasks = draft_of("{\"tasks\":[\"a: x\",\"b: y (depends: a)\"]}");
    AUTO_FREE char *text = taskdraft_print(&draft);
    open_list(text);
    assert_int_equal(strlen(json_str(list.doc, "generated_at", "")), 24);
    assert_int_equal(json_int(list.doc, "total_tasks", 0), 2);
    AUTO_FREE char *again = json_print(list.tasks);
    assert_string_equal(again, tasks);
    assert_true(text[strlen(text) - 1] == '\n');
}

int main(void)
{
#define F(f) cmocka_unit_test_teardown(f, teardown)
    const struct CMUnitTest tests[] = {F(lines_are_cleaned),
                                       F(a_list_is_an_array_or_has_one),
                                       F(a_list_has_at_most_a_thousand),
                                       F(tasks_are_found_by_id),
                                       F(a_status_is_one_of_four),
                                       F(a_change_brings_its_times),
                                       F(updates_leave_id_and_status),
                                       F(everything_a_task_waits_for_is_told),
                                       F(ready_is_what_has_all_it_needs),
                                       F(next_is_by_priority_then_as_it_stands),
                                       F(blocked_and_dependents_name_the_chain),
                                       F(the_reason_is_the_roots),
                                       F(dependencies_are_checked),
                                       F(every_cycle_is_told_but_those_of_one),
                                       F(a_draft_comes_in_many_forms),
                                       F(what_is_no_draft_is_refused),
                                       F(all_problems_are_told),
                                       F(progress_stays_with_the_id),
                                       F(a_draft_is_read_back_as_a_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
