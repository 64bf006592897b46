/* Design documents and the task list they end in. */
#include "behaviors_host.h"

#define TASKS "architecture/task-breakdown.json"

static void documents_are_written(void **s)
{
    rig_open("ArchitectToolsBehavior", "");
    {
        RUN("write_architecture_doc", "{\"title\":\"The  Big-Plan!\",\"content\":\"Text.\"}");
        assert_ok();
        assert_string_equal(json_str(r, "file_path", ""), "architecture/the-big-plan.md");
        assert_true(json_bool(r, "created", false));
        const char *text = fake_text("architecture/the-big-plan.md");
        assert_has(text, "# The  Big-Plan!\n\nGenerated: 2");
        assert_has(text, "Z\n\n---\n\nText.\n");
    }
    {
        RUN("write_architecture_doc", "{\"content\":\"\\n# Café Ü\\n\\nBody.\\n## Sub\\n\"}");
        assert_string_equal(json_str(r, "file_path", ""), "architecture/café-Ü.md");
        const char *text = fake_text(json_str(r, "file_path", ""));
        assert_has(text, "# Café Ü\n\nGenerated");
        assert_has(text, "---\n\nBody.\n## Sub\n");
        assert_lacks(strstr(text, "---"), "# Café");
    }
    {
        RUN("write_architecture_doc",
            "{\"content\":\"one two three four five six seven eight nine\"}");
        assert_string_equal(json_str(r, "file_path", ""),
                            "architecture/one-two-three-four-five-six-seven-eight.md");
    }
    {
        RUN("write_architecture_doc", "{\"title\":\"???\",\"content\":\"x\"}");
        assert_string_equal(json_str(r, "file_path", ""), "architecture/document.md");
    }
    {
        RUN("write_architecture_doc", "{\"content\":\" \\n\"}");
        assert_error("content is empty");
    }
    {
        RUN("write_architecture_doc", "{\"title\":\"x\"}");
        assert_error("content");
    }
    agent.write_fails = true;
    {
        RUN("write_architecture_doc", "{\"content\":\"x\"}");
        assert_error("No space left");
    }
}

static void slugs_are_short_and_apart(void **s)
{
    rig_open("ArchitectToolsBehavior", "");
    {
        RUN("write_architecture_doc", "{\"title\":\"A b\",\"content\":\"1\"}");
        assert_string_equal(json_str(r, "file_path", ""), "architecture/a-b.md");
    }
    {
        RUN("write_architecture_doc", "{\"title\":\"A b?\",\"content\":\"2\"}");
        assert_string_equal(json_str(r, "file_path", ""), "architecture/a-b-2.md");
    }
    {
        RUN("write_architecture_doc", "{\"title\":\"A b\",\"content\":\"3\"}");
        assert_string_equal(json_str(r, "file_path", ""), "architecture/a-b.md");
        assert_false(json_bool(r, "created", true));
        assert_has(fake_text("architecture/a-b.md"), "\n3\n");
    }
    {
        RUN("write_architecture_doc", "{\"title\":\"A b?\",\"content\":\"4\"}");
        assert_string_equal(json_str(r, "file_path", ""), "architecture/a-b-2.md");
    }
    {
        RUN("write_architecture_doc",
            "{\"title\":\"0123456789012345678901234567890123456789012345678 long\","
            "\"content\":\"x\"}");
        assert_string_equal(json_str(r, "file_path", ""),
                            "architecture/0123456789012345678901234567890123456789012345678.md");
    }
    {
        RUN("write_architecture_doc", "{\"title\":\"日本語 – ./..\",\"content\":\"x\"}");
        assert_string_equal(json_str(r, "file_path", ""), "architecture/日本語.md");
    }
}

static void modules_have_all_their_sections(void **s)
{
    rig_open("architect_tools", "");
    {
        RUN("write_module_spec",
            "{\"module_name\":\"Auth\",\"responsibility\":\"Who is there.\",\"interfaces\":{"
            "\"inputs\":[\"token\"],\"apis\":[{\"get\":\"/me\"}]},\"dependencies\":[],"
            "\"technologies\":{\"db\":\"sqlite\"}}");
        assert_ok();
        assert_string_equal(json_str(r, "file_path", ""), "architecture/modules/auth.md");
        assert_has(fake_text("architecture/modules/auth.md"),
                   "---\n\n## Responsibility\n\nWho is there.\n\n## Interfaces\n\n### Inputs\n\n"
                   "- token\n\n### Outputs\n\n*none*\n\n### APIs\n\n- {\"get\":\"/me\"}\n\n"
                   "## Dependencies\n\n*none*\n\n## Technologies\n\n- **db**: sqlite\n\n"
                   "## Implementation Notes\n\n*none*\n");
    }
    {
        RUN("write_module_spec", "{\"module_name\":\"Store\",\"content\":\"# Store\\nKeeps.\"}");
        assert_ok();
        assert_has(fake_text("architecture/modules/store.md"), "---\n\nKeeps.\n");
    }
    {
        RUN("write_module_spec", "{\"module_name\":\"Both\",\"responsibility\":\"r\","
                                 "\"content\":\"More.\"}");
        assert_has(fake_text("architecture/modules/both.md"), "*none*\n\nMore.\n");
    }
    {
        RUN("write_module_spec", "{\"module_name\":\"Empty\"}");
        assert_error("specification is empty");
    }
    {
        RUN("write_module_spec", "{\"module_name\":\" \",\"content\":\"x\"}");
        assert_error("module_name is empty");
    }
}

static cJSON *tasks_file(void)
{
    struct error e = {0};
    const char *text = fake_text(TASKS);
    cJSON *j = json_parse(text, strlen(text), &e);
    if (!j)
        fail_msg("%s", e.text);
    return j;
}

static void task_lists_come_in_three_forms(void **s)
{
    rig_open("ArchitectToolsBehavior", "");
    {
        RUN("write_task_list", "{\"tasks\":[{\"id\":1,\"description\":\"d\",\"module\":\"m\","
                               "\"priority\":2,\"estimated_complexity\":\"low\",\"owner\":\"x\"},"
                               "{\"id\":\"b\",\"description\":\"e\",\"dependencies\":[1]}]}");
        assert_ok();
        assert_int_equal(json_int(r, "task_count", 0), 2);
        assert_string_equal(json_str(r, "file_path", ""), TASKS);
        AUTO_JSON *j = tasks_file();
        assert_true(strlen(json_str(j, "generated_at", "")) == 24);
        assert_int_equal(json_int(j, "total_tasks", 0), 2);
        AUTO_FREE char *one = json_print(cJSON_GetArrayItem(json_get(j, "tasks"), 0));
        assert_string_equal(one, "{\"id\":\"1\",\"description\":\"d\",\"module\":\"m\",\"priority\""
                                 ":2,\"dependencies\":[],\"estimated_complexity\":\"low\","
                                 "\"status\":\"pending\",\"started_at\":null,\"completed_at\":null,"
                                 "\"result\":null,\"attempts\":0,\"notes\":[],\"owner\":\"x\"}");
    }
    {
        RUN("write_task_list", "{\"content\":\"{\\\"tasks\\\":[{\\\"id\\\":\\\"j\\\","
                               "\\\"description\\\":\\\"from json\\\"}]}\"}");
        assert_ok();
    }
    {
        RUN("write_task_list",
            "{\"content\":\"# Plan\\n- [ ] T1: first thing\\n   * [x] T2: über (depends: T1)\\n"
            "3. [ ] no id here (depends on T1, T2)\\n- not a task\\n\"}");
        assert_ok();
        AUTO_JSON *j = tasks_file();
        const cJSON *list = json_get(j, "tasks");
        assert_int_equal(cJSON_GetArraySize(list), 3);
        const cJSON *two = cJSON_GetArrayItem(list, 1), *three = cJSON_GetArrayItem(list, 2);
        assert_string_equal(json_str(two, "description", ""), "über");
        assert_string_equal(json_str(two, "status", ""), "completed");
        assert_string_equal(json_str(three, "id", ""), "T3");
        assert_string_equal(json_str(three, "description", ""), "no id here");
        assert_int_equal(cJSON_GetArraySize(json_get(three, "dependencies")), 2);
    }
    {
        RUN("write_task_list", "{\"tasks\":[\"A: plain text\",\"more\"]}");
        assert_ok();
        AUTO_JSON *j = tasks_file();
        assert_string_equal(json_str(cJSON_GetArrayItem(json_get(j, "tasks"), 0), "id", ""), "A");
    }
}

static void every_problem_is_told_at_once(void **s)
{
    rig_open("ArchitectToolsBehavior", "");
    {
        RUN("write_task_list",
            "{\"tasks\":[{\"id\":\"A\",\"description\":\"x\",\"dependencies\":[\"B\"]},"
            "{\"id\":\"B\",\"description\":\"x\",\"dependencies\":[\"C\"]},"
            "{\"id\":\"C\",\"description\":\"x\",\"dependencies\":[\"A\",\"Z\"]},"
            "{\"id\":\"D\",\"description\":\"\",\"dependencies\":[\"D\"]},"
            "{\"id\":\"A\",\"description\":\"x\",\"priority\":\"high\"},"
            "{\"description\":\"x\",\"estimated_complexity\":\"huge\"}]}");
        const char *text = json_str(r, "error", "");
        assert_has(text, "nothing was written, 8 problems");
        assert_has(text, "cycle: A → B → C → A");
        assert_has(text, "C depends on Z, which is not in the list");
        assert_has(text, "D depends on itself");
        assert_has(text, "D has no description");
        assert_has(text, "the id A stands twice");
        assert_has(text, "A: priority is a number");
        assert_has(text, "task 6 has no id");
        assert_has(text, "low|medium|high, not \"huge\"");
        assert_int_equal(agent.writes, 0);
    }
    {
        RUN("write_task_list", "{}");
        assert_error("there are no tasks");
    }
    {
        RUN("write_task_list", "{\"content\":\"nothing to do\"}");
        assert_error("there are no tasks");
    }
    {
        RUN("write_task_list", "{\"content\":\"[{\\\"id\\\":\"}");
        assert_error("the task list: ");
    }
    {
        RUN("write_task_list", "{\"tasks\":[7]}");
        assert_error("task 1 has no id");
    }
    AUTO(buf) many = {0};
    buf_adds(&many, "{\"content\":\"");
    for (int i = 0; i < 1001; i++)
        buf_addf(&many, "- [ ] t%d: x\\n", i);
    buf_adds(&many, "\"}");
    {
        RUN("write_task_list", buf_cstr(&many));
        assert_error("at most 1000");
    }
}

/* As long a chain as may be: no stack, no time runs out. */
static void long_chains_are_fine(void **s)
{
    rig_open("ArchitectToolsBehavior", "");
    AUTO(buf) many = {0};
    buf_adds(&many, "{\"content\":\"");
    for (int i = 0; i < 1000; i++)
        buf_addf(&many, "- [ ] t%d: x (depends: t%d)\\n", i, (i + 1) % 1000);
    buf_adds(&many, "\"}");
    RUN("write_task_list", buf_cstr(&many));
    assert_error("1 problem: cycle: t0 → t1");
}

static void progress_is_kept(void **s)
{
    rig_open("ArchitectToolsBehavior", "");
    fake_put(TASKS, "{\"tasks\":[{\"id\":\"A\",\"status\":\"completed\",\"result\":\"ok\","
                    "\"attempts\":2,\"notes\":[{\"note\":\"n\"}]},{\"id\":\"B\",\"status\":"
                    "\"pending\",\"attempts\":1},{\"id\":\"X\",\"status\":\"failed\"}]}");
    {
        RUN("write_task_list", "{\"content\":\"- [ ] A: new words\\n- [x] B: b\\n- [ ] C: c\"}");
        assert_ok();
        assert_int_equal(json_int(r, "progress_kept", 0), 2);
        AUTO_JSON *j = tasks_file();
        const cJSON *list = json_get(j, "tasks"), *a = cJSON_GetArrayItem(list, 0);
        assert_string_equal(json_str(a, "description", ""), "new words");
        assert_string_equal(json_str(a, "status", ""), "completed");
        assert_string_equal(json_str(a, "result", ""), "ok");
        assert_int_equal(cJSON_GetArraySize(json_get(a, "notes")), 1);
        const cJSON *b = cJSON_GetArrayItem(list, 1);
        assert_string_equal(json_str(b, "status", ""), "completed"); /* ticked now */
        assert_int_equal(json_int(b, "attempts", 0), 1);
        assert_int_equal(cJSON_GetArraySize(list), 3);
    }
    fake_put(TASKS, "{{garbage");
    {
        RUN("write_task_list", "{\"content\":\"- [ ] A: a\"}");
        assert_ok();
        assert_has(json_str(r, "note", ""), "no readable task list");
    }
}

static void documents_are_listed_and_read(void **s)
{
    rig_open("ArchitectToolsBehavior", "");
    {
        RUN("list_architecture_docs", "{}");
        AUTO_FREE char *text = json_print(r);
        assert_string_equal(
            text, "{\"success\":true,\"docs\":[],\"modules\":[],\"task_breakdown\":null}");
    }
    fake_put("architecture/a.md", "# A\n");
    fake_put("architecture/modules/m.md", "# M\n");
    fake_put("architecture/notes.txt", "");
    fake_put(TASKS, "{}");
    fake_put("secret.txt", "s");
    {
        RUN("list_architecture_docs", "{}");
        AUTO_FREE char *text = json_print(r);
        assert_string_equal(text, "{\"success\":true,\"docs\":[\"architecture/a.md\"],\"modules\":["
                                  "\"architecture/modules/m.md\"],\"task_breakdown\":"
                                  "\"architecture/task-breakdown.json\"}");
    }
    static const char *const good[] = {"architecture/a.md", "a.md", "./a.md",
                                       "/w/architecture/a.md"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        AUTO_FREE char *args = mem_printf("{\"file_path\":\"%s\"}", good[i]);
        RUN("read_architecture_doc", args);
        assert_ok();
        assert_string_equal(json_str(r, "content", ""), "# A\n");
    }
    static const char *const bad[] = {"../secret.txt",   "architecture/../secret.txt",
                                      "/etc/passwd",     "..",
                                      "architecture/..", "/w/../x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO_FREE char *args = mem_printf("{\"file_path\":\"%s\"}", bad[i]);
        RUN("read_architecture_doc", args);
        assert_error("does not lie beneath");
    }
    {
        RUN("read_architecture_doc", "{\"file_path\":\"secret.txt\"}");
        assert_error("list_architecture_docs");
    }
    {
        RUN("read_architecture_doc", "{\"file_path\":\"\"}");
        assert_error("empty");
    }
    AUTO_FREE char *text = rig_instructions();
    assert_has(text, "write_task_list");
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {F(documents_are_written),
                                       F(slugs_are_short_and_apart),
                                       F(modules_have_all_their_sections),
                                       F(task_lists_come_in_three_forms),
                                       F(every_problem_is_told_at_once),
                                       F(long_chains_are_fine),
                                       F(progress_is_kept),
                                       F(documents_are_listed_and_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
