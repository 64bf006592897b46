/* Working off a task breakdown. */
#include "behaviors_host.h"

#define FILE_PATH "architecture/task-breakdown.json"

static void open_with(const char *tasks)
{
    AUTO_FREE char *text = mem_printf("{\"generated_at\":\"x\",\"tasks\":[%s]}", tasks);
    fake_put(FILE_PATH, text);
    rig_open("TaskManagementBehavior", "");
}

static const cJSON *written(cJSON **doc, int i)
{
    struct error e = {0};
    const char *text = fake_text(FILE_PATH);
    *doc = json_parse(text, strlen(text), &e);
    if (!*doc)
        fail_msg("%s", e.text);
    return cJSON_GetArrayItem(json_get(*doc, "tasks"), i);
}

#define THREE                                                                         \
    "{\"id\":\"A\",\"description\":\"first\",\"status\":\"completed\"},"              \
    "{\"id\":\"B\",\"description\":\"second\",\"status\":\"pending\","                \
    "\"dependencies\":[\"A\"],\"module\":\"core\",\"estimated_complexity\":\"low\"}," \
    "{\"id\":\"C\",\"description\":\"third\",\"dependencies\":[\"B\"]}"

static void no_file_is_no_error(void **s)
{
    rig_open("TaskManagementBehavior", "");
    {
        RUN("read_task_breakdown", "{}");
        assert_ok();
        assert_int_equal(json_int(r, "total_tasks", 9), 0);
        assert_int_equal(json_int(r, "failed_count", 9), 0);
        assert_int_equal(cJSON_GetArraySize(json_get(r, "tasks")), 0);
        assert_has(json_str(r, "message", ""), "no task breakdown");
    }
    {
        RUN("get_next_task", "{}");
        assert_ok();
        assert_true(cJSON_IsNull(json_get(r, "task")));
        assert_string_equal(json_str(r, "reason", ""), "there are no tasks");
    }
    {
        RUN("mark_task_status", "{\"task_id\":\"A\",\"status\":\"completed\"}");
        assert_error("no task breakdown at " FILE_PATH);
    }
    rig_enhance();
    assert_int_equal(agent.tail.len, 0);
}

static void tasks_are_read_and_shown_in_the_tree(void **s)
{
    open_with(THREE);
    RUN("read_task_breakdown", "{}");
    assert_ok();
    assert_int_equal(json_int(r, "total_tasks", 0), 3);
    assert_int_equal(json_int(r, "pending_count", 0), 2);
    assert_int_equal(json_int(r, "completed_count", 0), 1);
    assert_string_equal(json_str(r, "file", ""), FILE_PATH);
    AUTO_FREE char *blocked = json_print(json_get(r, "blocked"));
    assert_string_equal(blocked, "[{\"id\":\"C\",\"blocked_by\":[\"B (pending)\"],\"why\":\"\"}]");
    assert_string_equal(buf_cstr(&agent.puts), "A|A: first|done|\nB|B: second|pending|\n"
                                               "C|C: third|pending|\n");
}

static void next_goes_by_priority_then_order(void **s)
{
    open_with("{\"id\":\"a\",\"priority\":5},{\"id\":\"b\",\"priority\":1},{\"id\":\"c\","
              "\"priority\":1},{\"id\":\"d\",\"priority\":0,\"dependencies\":[\"a\"]}");
    {
        RUN("get_next_task", "{}");
        assert_string_equal(json_str(json_get(r, "task"), "id", ""), "b");
    }
    {
        RUN("get_next_task", "{\"skip_dependencies\":true}");
        assert_string_equal(json_str(json_get(r, "task"), "id", ""), "d");
    }
}

static void the_reason_for_no_task_is_told(void **s)
{
    static const struct {
        const char *tasks, *reason;
    } rows[] = {
        {"{\"id\":\"A\",\"status\":\"completed\"}", "all tasks are done"},
        {"{\"id\":\"A\",\"status\":\"completed\"},{\"id\":\"B\",\"status\":\"failed\"}",
         "no task is left: 1 completed, 1 failed"},
        {"{\"id\":\"A\",\"status\":\"in_progress\"},{\"id\":\"B\",\"dependencies\":[\"A\"]}",
         "waiting on in-progress A"},
        {"{\"id\":\"T1\",\"status\":\"failed\"},{\"id\":\"T10\",\"status\":\"failed\"},"
         "{\"id\":\"B\",\"dependencies\":[\"T10\"]},{\"id\":\"C\",\"dependencies\":[\"T1\",\"B\"]}",
         "blocked by failed T10; blocked by failed T1"},
        {"{\"id\":\"A\",\"dependencies\":[\"B\"]},{\"id\":\"B\",\"dependencies\":[\"A\"]}",
         "cycle A → B → A"},
        {"{\"id\":\"A\",\"dependencies\":[\"A\"]}", "cycle A → A"},
        {"{\"id\":\"A\",\"dependencies\":[\"Z\",\"Z\"]}", "blocked by Z, which is not in the list"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        open_with(rows[i].tasks);
        RUN("get_next_task", "{}");
        assert_ok();
        assert_true(cJSON_IsNull(json_get(r, "task")));
        assert_string_equal(json_str(r, "reason", ""), rows[i].reason);
    }
}

static void failures_block_through_the_chain(void **s)
{
    open_with("{\"id\":\"A\",\"status\":\"pending\"},{\"id\":\"B\",\"dependencies\":[\"A\"]},"
              "{\"id\":\"C\",\"dependencies\":[\"B\"]},{\"id\":\"D\"},"
              "{\"id\":\"AA\",\"status\":\"failed\"},{\"id\":\"E\",\"dependencies\":[\"AA\"]}");
    RUN("mark_task_status", "{\"task_id\":\"A\",\"status\":\"failed\",\"notes\":\"broke\"}");
    assert_ok();
    AUTO_FREE char *now = json_print(json_get(r, "now_blocked"));
    assert_string_equal(now, "[\"B\",\"C\"]");
    assert_has(buf_cstr(&agent.puts), "A|A: |failed|broke\n");
    assert_has(buf_cstr(&agent.puts), "C|C: |blocked|blocked by failed A\n");
    assert_has(buf_cstr(&agent.puts), "D|D: |pending|\n");
    {
        AUTO_JSON *q = rig_call("read_task_breakdown", "{}");
        AUTO_FREE char *text = json_print(json_get(q, "blocked"));
        assert_has(text, "{\"id\":\"C\",\"blocked_by\":[\"B (pending)\",\"A (failed)\"],"
                         "\"why\":\"blocked by failed A\"}");
    }
}

static void status_is_kept_with_its_times(void **s)
{
    cJSON *doc;
    open_with(THREE);
    {
        RUN("mark_task_status", "{\"task_id\":\"B\",\"status\":\"in_progress\"}");
        assert_ok();
        assert_null(json_get(r, "note"));
        assert_string_equal(json_str(json_get(r, "task"), "status", ""), "in_progress");
    }
    AUTO_FREE char *began = NULL;
    {
        const cJSON *t = written(&doc, 1);
        began = mem_strdup(json_str(t, "started_at", ""));
        assert_int_equal(strlen(began), 24);
        assert_int_equal(json_int(t, "attempts", 0), 1);
        assert_true(cJSON_IsNull(json_get(t, "completed_at")));
        cJSON_Delete(doc);
    }
    {
        RUN("mark_task_status", "{\"task_id\":\"B\",\"status\":\"in_progress\"}");
    }
    {
        RUN("mark_task_status", "{\"task_id\":\"B\",\"status\":\"completed\",\"notes\":\"n1\","
                                "\"result\":\"fine\"}");
        assert_ok();
        assert_null(json_get(r, "now_blocked"));
    }
    {
        RUN("mark_task_status", "{\"task_id\":\"B\",\"status\":\"completed\",\"notes\":\"n2\"}");
    }
    const cJSON *t = written(&doc, 1);
    assert_string_equal(json_str(t, "started_at", ""), began);
    assert_int_equal(json_int(t, "attempts", 0), 2);
    assert_string_equal(json_str(t, "result", ""), "fine");
    assert_int_equal(strlen(json_str(t, "completed_at", "")), 24);
    assert_int_equal(strlen(json_str(t, "status_updated_at", "")), 24);
    const cJSON *notes = json_get(t, "notes");
    assert_int_equal(cJSON_GetArraySize(notes), 2);
    assert_string_equal(json_str(cJSON_GetArrayItem(notes, 1), "note", ""), "n2");
    assert_int_equal(strlen(json_str(cJSON_GetArrayItem(notes, 1), "timestamp", "")), 24);
    assert_string_equal(json_str(doc, "generated_at", ""), "x"); /* the rest stays */
    cJSON_Delete(doc);
    assert_has(buf_cstr(&agent.puts), "B|B: second|active|\n");
    assert_has(buf_cstr(&agent.puts), "B|B: second|done|fine\n");
}

static void work_begins_once_and_may_begin_again(void **s)
{
    cJSON *doc;
    open_with("{\"id\":\"A\",\"started_at\":\"2020\",\"completed_at\":\"2021\",\"attempts\":1}");
    RUN("mark_task_status", "{\"task_id\":\"A\",\"status\":\"in_progress\"}");
    assert_ok();
    const cJSON *t = written(&doc, 0);
    assert_string_equal(json_str(t, "started_at", ""), "2020");
    assert_true(cJSON_IsNull(json_get(t, "completed_at")));
    assert_int_equal(json_int(t, "attempts", 0), 2);
    cJSON_Delete(doc);
}

static void marking_refuses(void **s)
{
    open_with(THREE);
    {
        RUN("mark_task_status", "{\"task_id\":\"Q\",\"status\":\"failed\"}");
        assert_error("no task has the id \"Q\" in " FILE_PATH "; there are: A, B, C");
    }
    {
        RUN("mark_task_status", "{\"task_id\":\"A\",\"status\":\"done\"}");
        assert_error("status");
    }
    {
        RUN("mark_task_status", "{\"task_id\":\"C\",\"status\":\"in_progress\"}");
        assert_ok();
        assert_has(json_str(r, "note", ""), "begun before");
    }
    agent.write_fails = true;
    {
        RUN("mark_task_status", "{\"task_id\":\"A\",\"status\":\"pending\"}");
        assert_error("No space left");
    }
}

static void updates_are_checked(void **s)
{
    cJSON *doc;
    open_with(THREE);
    {
        RUN("update_task", "{\"task_id\":\"A\",\"updates\":{\"description\":\"neü\",\"priority\":3,"
                           "\"id\":\"X\",\"status\":\"failed\"}}");
        assert_ok();
        assert_string_equal(json_str(r, "note", ""), "not changed: id, status");
        const cJSON *t = written(&doc, 0);
        assert_string_equal(json_str(t, "description", ""), "neü");
        assert_string_equal(json_str(t, "status", ""), "completed");
        assert_int_equal(strlen(json_str(t, "updated_at", "")), 24);
        cJSON_Delete(doc);
    }
    static const struct {
        const char *updates, *error;
    } bad[] = {
        {"{\"id\":\"X\"}", "these are protected"},
        {"{}", "nothing to change"},
        {"{\"dependencies\":[\"A\"]}", "A cannot depend on itself"},
        {"{\"dependencies\":[\"Q\"]}", "Q is not in the list"},
        {"{\"dependencies\":[\"C\"]}", "cycle: C depends on A already"},
        {"{\"dependencies\":\"C\"}", "array of ids"},
        {"{\"dependencies\":[1]}", "array of ids"},
    };
    int writes = agent.writes;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO_FREE char *args = mem_printf("{\"task_id\":\"A\",\"updates\":%s}", bad[i].updates);
        RUN("update_task", args);
        assert_error(bad[i].error);
    }
    assert_int_equal(agent.writes, writes);
    {
        RUN("update_task", "{\"task_id\":\"C\",\"updates\":{\"dependencies\":[\"A\"]}}");
        assert_ok();
    }
    {
        RUN("update_task", "{\"task_id\":\"Q\",\"updates\":{\"a\":1}}");
        assert_error("no task has the id");
    }
}

static void garbage_is_told_and_left_alone(void **s)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"{{nope", "is no task list"},
        {"", "is no task list"},
        {"{\"tasks\":3}", "has no \"tasks\""},
        {"42", "has no \"tasks\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_put(FILE_PATH, rows[i].text);
        rig_open("TaskManagementBehavior", "");
        {
            RUN("read_task_breakdown", "{}");
            assert_error(rows[i].error);
        }
        {
            RUN("mark_task_status", "{\"task_id\":\"A\",\"status\":\"failed\"}");
            assert_error(rows[i].error);
        }
        rig_enhance();
        assert_has(buf_cstr(&agent.tail), "not readable");
        assert_string_equal(fake_text(FILE_PATH), rows[i].text);
    }
    /* Odd members are passed over, not lost. */
    fake_put(FILE_PATH, "[7,\"x\",null,{},{\"id\":3,\"dependencies\":[null,4]},{\"id\":4,"
                        "\"status\":\"odd\",\"notes\":\"n\",\"dependencies\":\"x\"}]");
    rig_open("TaskManagementBehavior", "");
    rig_enhance();
    {
        RUN("mark_task_status", "{\"task_id\":\"4\",\"status\":\"completed\",\"notes\":\"m\"}");
        assert_ok();
    }
    {
        RUN("get_next_task", "{}");
        assert_string_equal(json_str(json_get(r, "task"), "id", ""), "3");
    }
    assert_has(fake_text(FILE_PATH), "null");
    agent.size_lie = 1 << 30;
    {
        RUN("read_task_breakdown", "{}");
        assert_error("too large");
    }
}

static void the_workspace_is_named_or_the_newest(void **s)
{
    static const struct fake_workspace all[] = {{"none", "g", 0, 0}, {"second", "g", 0, 0}};
    agent.workspaces = all;
    agent.workspace_count = 2;
    rig_open("TaskManagementBehavior", "path: plan.json\n");
    fake_put("ws/second/plan.json", "{\"tasks\":[{\"id\":\"S\"}]}");
    fake_put("deep/er/plan.json", "{\"tasks\":[{\"id\":\"D\"}]}");
    {
        RUN("get_next_task", "{}");
        assert_string_equal(json_str(json_get(r, "task"), "id", ""), "S");
        assert_string_equal(json_str(r, "file", ""), "ws/second/plan.json");
    }
    {
        RUN("mark_task_status",
            "{\"task_id\":\"D\",\"status\":\"in_progress\",\"workspace\":\"deep/er/\"}");
        assert_ok();
        assert_has(fake_text("deep/er/plan.json"), "in_progress");
    }
    {
        RUN("read_task_breakdown", "{\"workspace\":\"nowhere\"}");
        assert_ok();
        assert_int_equal(json_int(r, "total_tasks", 9), 0);
    }
    fake_put("plan.json", "{\"tasks\":[{\"id\":\"O\"}]}");
    {
        RUN("get_next_task", "{}");
        assert_string_equal(json_str(json_get(r, "task"), "id", ""), "O");
    }
}

static void the_prompt_shows_what_is_next(void **s)
{
    open_with(THREE
              ",{\"id\":\"D\",\"description\":\"d\",\"status\":\"in_progress\"},{\"id\":\"E\","
              "\"description\":\"e\",\"status\":\"failed\"},{\"id\":\"F\"},{\"id\":\"G\"}");
    rig_enhance();
    assert_string_equal(
        buf_cstr(&agent.tail),
        "tasks:TASK BREAKDOWN (" FILE_PATH "): 7 tasks, 4 pending, 1 in progress, 1 completed, "
        "1 failed\nNEXT PENDING TASK: B: second\n  module: core\n  complexity: low\n"
        "  depends on: A ✓\n  ✓ A: first\n  ○ B: second\n  ○ C: third\n  ⟳ D: d\n  ✗ E: e\n"
        "  ... and 2 more\n");
    assert_int_equal(agent.puts.len, 0); /* a list nobody used is not put into the tree */
    open_with("{\"id\":\"A\",\"status\":\"in_progress\"}");
    rig_enhance();
    assert_has(buf_cstr(&agent.tail), "No task is next: waiting on in-progress A");
    AUTO_FREE char *text = rig_instructions();
    assert_has(text, "get_next_task");
}

static void the_file_is_read_once_a_round(void **s)
{
    open_with(THREE);
    struct fake_file *f = fake_find(FILE_PATH);
    rig_enhance();
    rig_enhance();
    assert_int_equal(f->reads, 1);
    agent.mark++; /* something changed */
    rig_enhance();
    assert_int_equal(f->reads, 2);
    rig.call.round++;
    rig_enhance();
    rig_enhance();
    assert_int_equal(f->reads, 3);
    {
        RUN("get_next_task", "{}"); /* from now on the tree follows the file */
    }
    buf_clear(&agent.puts);
    rig.call.round++;
    rig_enhance();
    assert_has(buf_cstr(&agent.puts), "A|A: first|done|");
    buf_clear(&agent.puts);
    rig.b->on_goal_start(&rig.call);
    rig_enhance();
    assert_int_equal(agent.puts.len, 0);
}

/* A chain of the greatest length, and one that branches: no stack, no time runs out. */
static void large_lists_are_fine(void **s)
{
    AUTO(buf) all = {0};
    for (int i = 0; i < 1000; i++)
        buf_addf(&all, "%s{\"id\":\"t%d\",\"dependencies\":[\"t%d\",\"t%d\"]}", i ? "," : "", i,
                 MIN(i + 1, 999), MIN(i + 2, 999));
    open_with(buf_cstr(&all));
    {
        RUN("get_next_task", "{}");
        assert_has(json_str(r, "reason", ""), "cycle t999 → t999");
        assert_int_equal(cJSON_GetArraySize(json_get(r, "blocked")), 100);
    }
    {
        RUN("update_task", "{\"task_id\":\"t999\",\"updates\":{\"dependencies\":[\"t0\"]}}");
        assert_error("cycle");
    }
    buf_adds(&all, ",{\"id\":\"one\"}");
    open_with(buf_cstr(&all));
    {
        RUN("read_task_breakdown", "{}");
        assert_error("more than 1000");
    }
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {F(no_file_is_no_error),
                                       F(tasks_are_read_and_shown_in_the_tree),
                                       F(next_goes_by_priority_then_order),
                                       F(the_reason_for_no_task_is_told),
                                       F(failures_block_through_the_chain),
                                       F(status_is_kept_with_its_times),
                                       F(work_begins_once_and_may_begin_again),
                                       F(marking_refuses),
                                       F(updates_are_checked),
                                       F(garbage_is_told_and_left_alone),
                                       F(the_workspace_is_named_or_the_newest),
                                       F(the_prompt_shows_what_is_next),
                                       F(the_file_is_read_once_a_round),
                                       F(large_lists_are_fine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
