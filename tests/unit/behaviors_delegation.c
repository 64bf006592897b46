/* Long-running programs and delegated goals. */
#include "behaviors_host.h"

static void servers_start_with_either_spelling(void **s)
{
    rig_open("ServerToolsBehavior", "");
    {
        RUN("start_server", "{\"name\":\"web\",\"command\":\"python -m http.server\",\"port\":80}");
        assert_ok();
        assert_string_equal(json_str(r, "name", ""), "web");
        assert_string_equal(json_str(r, "server_id", ""), "web");
        assert_string_equal(json_str(r, "log_file", ""), ".mien/web.log");
        assert_string_equal(json_str(r, "status", ""), "running");
        assert_int_equal(json_int(r, "pid", 0), 77);
        assert_int_equal(json_int(r, "port", 0), 80);
        assert_int_equal(json_int(r, "http_status", 0), 200);
        assert_int_equal(json_int(r, "uptime_seconds", 0), 1);
        assert_int_equal(json_int(r, "restarts", -1), 0);
        assert_true(json_bool(r, "listening", false));
        assert_has(json_str(r, "message", ""), "answers on port 80");
    }
    {
        RUN("start_server",
            "{\"cmd\":[\"sh\",\"-c\",\"echo it's $HOME\",\"\"],\"port\":\"81\",\"timeout\":3}");
        assert_ok();
    }
    {
        RUN("start_server", "{\"cmd\":\"sleep 9\",\"server_id\":\"s\"}");
        assert_ok();
        assert_null(json_get(r, "port"));
        assert_string_equal(json_str(r, "message", ""), "s is running");
    }
    {
        RUN("start_server", "{\"command\":[\"mute\"],\"port\":82}");
        assert_ok();
        assert_has(json_str(r, "message", ""), "82 did not answer within 10 s");
    }
    {
        RUN("start_server", "{\"command\":\"true\",\"name\":\"\"}");
        assert_ok();
    }
    assert_string_equal(buf_cstr(&agent.specs), "web|python -m http.server|80|10000\n"
                                                "server_81|sh -c 'echo it'\\''s $HOME' ''|81|3000\n"
                                                "s|sleep 9|0|10000\n"
                                                "server_82|mute|82|10000\n"
                                                "server|true|0|10000\n");
}

static void a_server_that_dies_shows_its_log(void **s)
{
    rig_open("server_tools", "");
    {
        RUN("start_server", "{\"command\":\"die\",\"port\":80}");
        assert_error("ended with 3");
        assert_string_equal(json_str(r, "output", ""), "bind: in use\n");
        assert_int_equal(json_int(r, "exit_code", 0), 3);
    }
    {
        RUN("start_server", "{\"name\":\"x\"}");
        assert_error("needs a command");
    }
    {
        RUN("start_server", "{\"cmd\":[]}");
        assert_error("needs a command");
    }
    {
        RUN("start_server", "{\"cmd\":\"x\",\"port\":70000}");
        assert_error("port");
    }
}

static void servers_are_checked_listed_stopped(void **s)
{
    rig_open("ServerToolsBehavior", "");
    {
        RUN("stop_server", "{\"name\":\"none\"}");
        assert_error("no server is called \"none\"; none was started");
    }
    {
        RUN("start_server", "{\"command\":\"a\",\"name\":\"one\",\"port\":80}");
    }
    {
        RUN("start_server", "{\"command\":\"b\",\"name\":\"two\"}");
    }
    {
        RUN("check_server", "{\"server_id\":\"one\"}");
        assert_ok();
        assert_string_equal(json_str(r, "recent_output", ""), "last 20 lines");
    }
    {
        RUN("check_server", "{\"name\":\"two\",\"tail_lines\":3}");
        assert_string_equal(json_str(r, "recent_output", ""), "last 3 lines");
    }
    {
        RUN("stop_server", "{\"server_id\":\"two\"}");
        assert_ok();
        assert_string_equal(json_str(r, "status", ""), "stopped");
        assert_int_equal(json_int(r, "exit_code", -9), 143);
    }
    {
        RUN("list_servers", "{}");
        assert_ok();
        assert_int_equal(json_int(r, "count", 0), 2);
        const cJSON *two = cJSON_GetArrayItem(json_get(r, "servers"), 1);
        assert_string_equal(json_str(two, "status", ""), "stopped");
        assert_string_equal(json_str(two, "command", ""), "b");
    }
    {
        RUN("check_server", "{\"name\":\"three\"}");
        assert_error("there are: one, two");
    }
    {
        RUN("stop_server", "{}");
        assert_error("which server");
    }
    {
        RUN("check_server", "{}");
        assert_error("there are: one, two");
    }
    AUTO(buf) lines = {0};
    rig.b->status(&rig.call, &lines);
    assert_has(buf_cstr(&lines), "server one: running, port 80, log .mien/one.log\n");
    assert_has(buf_cstr(&lines), "server two: stopped");
}

/* ---- delegation ---- */

#define ANY "{\"type\":\"object\",\"additionalProperties\":true,\"properties\":{}}"

static const struct delegate_target targets[] = {
    {"architect", "Designs. Best for complex projects. Writes documents.", "consult_architect",
     "Consult", ANY},
    {"task_executor", "Does things.", "delegate_to_executor", "Delegate", ANY},
};

static void open_delegation(const char *params)
{
    agent.targets = targets;
    agent.target_count = 2;
    rig_open("DelegationBehavior", params);
}

static void all_went_well(struct delegate_result *r)
{
    *r = (struct delegate_result){.success = true,
                                  .verified = true,
                                  .status = mem_strdup("complete"),
                                  .summary = mem_strdup("made it"),
                                  .answer = mem_strdup("42"),
                                  .workspace = mem_strdup("ws/a"),
                                  .session = mem_strdup("S1"),
                                  .last = mem_strdup("x\n"),
                                  .files = cJSON_Parse("[\"a.c\"]"),
                                  .checks = cJSON_Parse("[{\"command\":\"t\",\"green\":true}]"),
                                  .rounds = 4,
                                  .tokens = 900,
                                  .ms = 12340,
                                  .cost = 0.5};
}

static void only_claimed(struct delegate_result *r)
{
    r->success = true;
    r->status = mem_strdup("complete");
    r->answer = mem_strdup("done, trust me");
    r->last = mem_strdup("one\ntwo\n");
}

static void complete_without_evidence(struct delegate_result *r)
{
    r->status = mem_strdup("complete");
}

static void died(struct delegate_result *r)
{
    r->status = mem_strdup("died");
    r->error = mem_strdup("killed by signal 9");
    r->last = mem_strdup("ROUND 1\n\nTOOL x\n");
}

static void red(struct delegate_result *r)
{
    r->verified = true;
    r->status = mem_strdup("complete");
    r->checks = cJSON_Parse("[{\"command\":\"t\",\"green\":false}]");
}

static void red_and_nothing_changed(struct delegate_result *r)
{
    red(r);
    r->verified = false;
}

static void limited(struct delegate_result *r)
{
    r->status = mem_strdup("limit");
}

static void delegation_without_targets_is_silent(void **s)
{
    rig_open("DelegationBehavior", "");
    assert_null(rig.more);
    assert_null(rig.b->tools);
    rig_enhance();
    assert_int_equal(agent.pinned.len + agent.tail.len, 0);
    AUTO_FREE char *text = rig_instructions();
    assert_string_equal(text, "");
}

static void delegation_shows_the_agents(void **s)
{
    open_delegation("");
    rig_enhance();
    assert_string_equal(buf_cstr(&agent.pinned),
                        "agents:## Available Agents for Delegation\n"
                        "- **architect**: Designs. Best for complex projects. Writes documents.\n"
                        "- **task_executor**: Does things.\n");
    AUTO_FREE char *text = rig_instructions();
    assert_has(text, "- consult_architect: Best for complex projects.\n- delegate_to_executor\n");
    assert_has(text, "side by side");
    assert_has(text, "find_workspace");
    const struct tool *t = rig_tool("consult_architect");
    assert_int_equal(t->flags, TOOL_EXECUTES | TOOL_PARALLEL);
    assert_non_null(t->begin);
    assert_string_equal(t->description, "Consult");
    open_delegation("workspaces: false\n");
    assert_null(rig_tool("find_workspace"));
    AUTO_FREE char *less = rig_instructions();
    assert_lacks(less, "find_workspace");
}

static void delegation_tools_have_names_of_their_own(void **s)
{
    static const struct delegate_target twice[] = {{"a", "", "go", "", ANY},
                                                   {"b", "", "go", "", ANY}};
    static const struct delegate_target taken[] = {{"a", "", "find_workspace", "", ANY}};
    struct error e = {0};
    agent.targets = twice;
    agent.target_count = 2;
    assert_true(rig_try("delegation", "", &e));
    assert_null(rig.more);
    assert_has(e.text, "\"go\" of the agent b");
    agent.targets = taken;
    agent.target_count = 1;
    e = (struct error){0};
    assert_true(rig_try("delegation", "", &e));
    assert_has(e.text, "find_workspace");
}

static void delegation_maps_its_arguments(void **s)
{
    static const struct {
        const char *args, *wants;
    } rows[] = {
        {"{\"goal\":\"g\"}", "|g|-|-|-|"},
        {"{\"goal\":\"g\",\"workspace\":\".\",\"task_id\":\"T1\",\"check\":\"make\"}",
         "|g|.|T1|make|"},
        {"{\"task_description\":\"t\",\"context\":\"c\",\"task\":\"T2\"}",
         "|t\n\nContext:\nc|-|T2|-|"},
        {"{\"question\":\"q\",\"workspace\":\"\"}", "|q|-|-|-|"},
        {"{\"project_description\":\"p\",\"requirements\":\"r\",\"constraints\":\"c\"}",
         "|Project:\np\n\nRequirements:\nr\n\nConstraints:\nc|-|-|-|"},
        {"{\"goal\":\"g\",\"acceptance_criteria\":[\"a\",1]}",
         "|g\n\nAcceptance criteria:\n[\"a\",1]|-|-|-|"},
        {"{\"what\":\"x\",\"n\":1}", "|{\"what\":\"x\",\"n\":1}|-|-|-|"},
        {"{\"goal\":\"g\",\"workspace_mode\":\"new\"}", "|g|-|-|-|"},
        {"{\"goal\":\"g\",\"workspace_mode\":\"existing\",\"workspace_path\":\"ws/a\"}",
         "|g|ws/a|-|-|"},
    };
    agent.delegated = all_went_well;
    open_delegation("");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_clear(&agent.specs);
        RUN("delegate_to_executor", rows[i].args);
        assert_ok();
        AUTO_FREE char *wants =
            mem_printf("begin id\nwait id|task_executor%s-|2|300000\n", rows[i].wants);
        assert_string_equal(buf_cstr(&agent.specs), wants);
    }
}

static void delegation_reads_its_parameters(void **s)
{
    agent.delegated = all_went_well;
    open_delegation("max_parallel: 5\nsilence_timeout: 9\nlauncher: [nice, -n5]\n");
    RUN("consult_architect", "{\"question\":\"q\"}");
    assert_ok();
    assert_has(buf_cstr(&agent.specs), "|architect|q|-|-|-|nice|5|9000\n");
}

static void delegation_refuses_bad_arguments(void **s)
{
    static const struct {
        const char *args, *error;
    } rows[] = {
        {"{\"goal\":\" \"}", "goal is empty"},
        {"{}", "goal is empty"},
        {"{\"goal\":\"g\",\"workspace_mode\":\"old\"}", "\"new\" or \"existing\", not \"old\""},
        {"{\"goal\":\"g\",\"workspace_mode\":\"existing\"}", "needs workspace_path"},
        {"{\"goal\":\"g\",\"workspace_mode\":\"new\",\"workspace_path\":\"x\"}", "leave out"},
    };
    open_delegation("");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RUN("delegate_to_executor", rows[i].args);
        assert_error(rows[i].error);
    }
    assert_int_equal(agent.specs.len, 0);
    agent.wait_fails = true;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\",\"workspace\":\"x\"}");
        assert_error("\"x\" does not exist");
    }
    agent.target_count = 0;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("no agent stands behind");
    }
}

static void delegation_tells_all_of_a_success(void **s)
{
    agent.delegated = all_went_well;
    open_delegation("");
    RUN("delegate_to_executor", "{\"goal\":\"g\"}");
    AUTO_FREE char *text = json_print(r);
    assert_string_equal(text, "{\"success\":true,\"status\":\"complete\",\"summary\":\"made it\","
                              "\"answer\":\"42\",\"verified\":\"t: green\",\"workspace\":\"ws/a\","
                              "\"session\":\"S1\",\"files\":[\"a.c\"],\"checks\":[{\"command\":"
                              "\"t\",\"green\":true}],\"rounds\":4,\"tokens\":900,\"cost\":0.5,"
                              "\"seconds\":12.3}");
}

static void delegation_wants_evidence(void **s)
{
    open_delegation("");
    agent.delegated = only_claimed;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("claimed success, but nothing in its workspace changed");
        assert_string_equal(json_str(r, "status", ""), "complete");
        assert_string_equal(json_str(r, "answer", ""), "done, trust me");
        assert_int_equal(cJSON_GetArraySize(json_get(r, "last_events")), 2);
    }
    agent.delegated = complete_without_evidence;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("claimed success");
    }
    open_delegation("require_evidence: false\n");
    agent.delegated = only_claimed;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_ok();
        assert_string_equal(json_str(r, "verified", ""), "not checked");
        assert_null(json_get(r, "error"));
        assert_null(json_get(r, "last_events"));
    }
    agent.delegated = red;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("check is red");
    }
}

static void delegation_tells_failures(void **s)
{
    open_delegation("");
    agent.delegated = died;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("killed by signal 9");
        assert_string_equal(json_str(r, "status", ""), "died");
        assert_int_equal(cJSON_GetArraySize(json_get(r, "last_events")), 2);
    }
    agent.delegated = red;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("check is red");
    }
    agent.delegated = red_and_nothing_changed;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("check is red");
    }
    agent.delegated = limited;
    {
        RUN("delegate_to_executor", "{\"goal\":\"g\"}");
        assert_error("status limit");
    }
}

static void workspaces_are_listed_and_found(void **s)
{
    static const struct fake_workspace all[] = {{"todo-app", "a todo app", 100, 3},
                                                {"todo-api", "a todo service", 40, 2},
                                                {"old-todo", "todo of old", 30, 0},
                                                {"stale", "todo, never done", 29, 0}};
    open_delegation("");
    {
        RUN("list_workspaces", "{}");
        assert_ok();
        assert_int_equal(cJSON_GetArraySize(json_get(r, "workspaces")), 0);
        assert_has(json_str(r, "message", ""), "no workspace");
    }
    {
        RUN("find_workspace", "{\"goal_substring\":\"x\"}");
        assert_error("none was made yet");
    }
    agent.workspaces = all;
    agent.workspace_count = COUNT_OF(all);
    {
        RUN("list_workspaces", "{}");
        const cJSON *one = cJSON_GetArrayItem(json_get(r, "workspaces"), 0);
        AUTO_FREE char *text = json_print(one);
        assert_string_equal(text, "{\"name\":\"todo-app\",\"path\":\"ws/todo-app\",\"goal\":"
                                  "\"a todo app\",\"files\":3,\"created\":\"2023-11-14T22:13:20."
                                  "000Z\"}");
        assert_has(json_str(r, "message", ""), "4 workspaces");
    }
    {
        RUN("find_workspace", "{\"project_name\":\"todo\"}");
        assert_ok();
        assert_string_equal(json_str(r, "workspace", ""), "ws/todo-app");
        assert_string_equal(json_str(r, "workspace_name", ""), "todo-app");
        assert_string_equal(json_str(r, "confidence", ""), "high");
        assert_int_equal(json_int(r, "score", 0), 100);
        assert_int_equal(cJSON_GetArraySize(json_get(r, "alternatives")), 2);
    }
    {
        RUN("find_workspace", "{\"goal_substring\":\"of old\"}");
        assert_string_equal(json_str(r, "confidence", ""), "medium");
        assert_int_equal(cJSON_GetArraySize(json_get(r, "alternatives")), 0);
    }
    {
        RUN("find_workspace", "{\"goal_substring\":\"never\"}");
        assert_string_equal(json_str(r, "confidence", ""), "low");
    }
    {
        RUN("find_workspace", "{\"goal_substring\":\"zebra\"}");
        assert_error("there are: todo-app, todo-api, old-todo, stale");
        assert_int_equal(cJSON_GetArraySize(json_get(r, "workspaces")), 4);
    }
    {
        RUN("find_workspace", "{}");
        assert_error("needs goal_substring");
    }
}

static void scores_have_their_borders(void **s)
{
    static const struct fake_workspace all[] = {
        {"a", "app", 60, 0}, {"b", "app", 29, 0}, {"c", "app old", 59, 0}, {"d", "app", 30, 0}};
    agent.workspaces = all;
    agent.workspace_count = COUNT_OF(all);
    open_delegation("");
    {
        RUN("find_workspace", "{\"goal_substring\":\"app\"}");
        assert_string_equal(json_str(r, "confidence", ""), "high");
        AUTO_FREE char *others = json_print(json_get(r, "alternatives"));
        assert_has(others, "\"c\"");
        assert_has(others, "\"d\"");
        assert_lacks(others, "\"b\"");
    }
    {
        RUN("find_workspace", "{\"goal_substring\":\"app old\"}");
        assert_string_equal(json_str(r, "confidence", ""), "medium");
    }
}

static void at_most_ten_names_are_told(void **s)
{
    struct fake_workspace many[12];
    for (size_t i = 0; i < 12; i++)
        many[i] = (struct fake_workspace){"w", "g", 0, 0};
    agent.workspaces = many;
    agent.workspace_count = 12;
    open_delegation("");
    RUN("find_workspace", "{\"goal_substring\":\"zebra\"}");
    assert_int_equal(cJSON_GetArraySize(json_get(r, "workspaces")), 10);
    assert_has(json_str(r, "error", ""), "and 2 more");
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        F(servers_start_with_either_spelling), F(a_server_that_dies_shows_its_log),
        F(servers_are_checked_listed_stopped), F(delegation_without_targets_is_silent),
        F(delegation_shows_the_agents),        F(delegation_tools_have_names_of_their_own),
        F(delegation_maps_its_arguments),      F(delegation_reads_its_parameters),
        F(delegation_refuses_bad_arguments),   F(delegation_tells_all_of_a_success),
        F(delegation_wants_evidence),          F(delegation_tells_failures),
        F(workspaces_are_listed_and_found),    F(scores_have_their_borders),
        F(at_most_ten_names_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
