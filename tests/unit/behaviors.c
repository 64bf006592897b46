/* Each behavior alone, over a host that only remembers; and all of them together. */
#include "behaviors_host.h"

#include "base/clock.h"
#include "base/data.h"
#include "behavior/deferred.h"
#include "behavior/render.h"
#include "behaviors/lib/globs.h"

static struct pipeline p;

static int setup(void **s)
{
    fake_reset();
    return 0;
}

static int teardown(void **s)
{
    pipeline_fini(&p);
    return rig_teardown(s);
}

static bool load(const char *type, const char *params, struct error *e)
{
    struct call base = {.host = &host, .agent = &agent, .workspace = "/w"};
    AUTO_YAML *y = yaml_parse(params, strlen(params), "a.yaml", e);
    return y && pipeline_add(&p, type, NULL, y, &base, e);
}

static cJSON *call(const char *tool, const char *args)
{
    struct error e = {0};
    AUTO_JSON *j = json_parse(args, strlen(args), &e);
    int i = pipeline_find_tool(&p, tool);
    assert_true(i >= 0);
    return pipeline_run_tool(&p, i, "id", j);
}

#define CALL(tool, args) AUTO_JSON *r = call(tool, args)

static void file_tools_write_read_edit_list_grep(void **s)
{
    struct error e = {0};
    assert_true(load("FileToolsBehavior", "", &e));
    {
        CALL("write_file", "{\"path\":\"f\",\"content\":\"a\\nb\\n\",\"line_end\":\"\\r\\n\"}");
        assert_true(json_bool(r, "success", false));
        assert_string_equal(fake_text("f"), "a\r\nb\r\n");
    }
    {
        CALL("write_file", "{\"path\":\"f\",\"content\":\"x\",\"overwrite\":false}");
        assert_false(json_bool(r, "success", true));
    }
    {
        CALL("write_file",
             "{\"path\":\"f\",\"content\":\"one\\ntwo\\nthree\\n\",\"colour\":\"red\"}");
        assert_has(json_str(r, "warnings", ""), "colour");
    }
    {
        CALL("read_file", "{\"path\":\"f\",\"start_line\":2,\"end_line\":2}");
        assert_string_equal(json_str(r, "content", ""), "two\n");
        assert_int_equal(json_int(r, "end_line", 0), 2);
    }
    {
        CALL("read_file", "{\"path\":\"f\",\"start_line\":9}");
        assert_has(json_str(r, "error", ""), "3 lines");
    }
    {
        CALL("edit_file", "{\"path\":\"f\",\"old\":\"two\",\"new\":\"2\"}");
        assert_string_equal(fake_text("f"), "one\n2\nthree\n");
    }
    {
        CALL("edit_file", "{\"path\":\"f\",\"old\":\"e\",\"new\":\"E\"}");
        assert_has(json_str(r, "error", ""), "3 times");
    }
    {
        CALL("edit_file", "{\"path\":\"f\",\"old\":\"e\",\"new\":\"E\",\"all\":\"true\"}");
        assert_string_equal(fake_text("f"), "onE\n2\nthrEE\n");
    }
    {
        CALL("edit_file", "{\"path\":\"f\",\"old\":\"thrEE!\",\"new\":\"\"}");
        assert_int_equal(json_int(r, "nearest_line", 0), 3);
    }
    {
        CALL("list_dir", "{}");
        assert_int_equal(json_int(r, "count", 0), 1);
    }
    {
        CALL("grep_files", "{\"pattern\":\"^t\",\"files\":\"*.c\"}");
        assert_int_equal(json_int(r, "match_count", 0), 2);
    }
    {
        CALL("grep_files", "{\"pattern\":\"(\"}");
        assert_has(json_str(r, "error", ""), "regular expression");
    }
    {
        CALL("read_file", "{\"path\":\"none\"}");
        assert_has(json_str(r, "error", ""), "does not exist");
    }
}

/* What the model reads of a call. */
static char *said(const char *tool, const char *args)
{
    struct error e = {0};
    AUTO_JSON *j = json_parse(args, strlen(args), &e);
    int i = pipeline_find_tool(&p, tool);
    assert_true(i >= 0);
    AUTO_JSON *r = pipeline_run_tool(&p, i, "id", j);
    return render_result(p.tools.ptr[i]->tool, j, r);
}

#define SAID(tool, args, text)                \
    do {                                      \
        AUTO_FREE char *m = said(tool, args); \
        assert_string_equal(m, text);         \
    } while (0)

static void edits_are_all_made_or_none(void **s)
{
    struct error e = {0};
    assert_true(load("FileToolsBehavior", "", &e));
    fake_put("f", "one\ntwo\nthree\nfour\n");
    SAID("edit_file",
         "{\"path\":\"f\",\"edits\":[{\"old_string\":\"three\",\"new_string\":\"3\\n3b\"},"
         "{\"oldText\":\"one\",\"newText\":\"1\"}]}",
         "edited f +3 −2");
    assert_string_equal(fake_text("f"), "1\ntwo\n3\n3b\nfour\n");
    {
        CALL("edit_file",
             "{\"path\":\"f\",\"edits\":[{\"old_string\":\"two\\n3\",\"new_string\":\"x\"},"
             "{\"old_string\":\"3\\n3b\",\"new_string\":\"y\"}]}");
        assert_has(json_str(r, "error", ""), "edit 2 of 2: it overlaps edit 1");
    }
    {
        CALL("edit_file",
             "{\"path\":\"f\",\"edits\":[{\"old_string\":\"two\",\"new_string\":\"x\"},"
             "{\"old_string\":\"for\",\"new_string\":\"y\"}]}");
        assert_has(json_str(r, "error", ""), "edit 2 of 2: old_string does not occur");
        assert_string_equal(json_str(r, "nearest_text", ""), "four");
    }
    {
        CALL("edit_file", "{\"path\":\"f\",\"edits\":[]}");
        assert_has(json_str(r, "error", ""), "needs edits");
    }
    assert_string_equal(fake_text("f"), "1\ntwo\n3\n3b\nfour\n");
    SAID("edit_file", "{\"file_path\":\"f\",\"old_string\":\"two\",\"new_string\":\"2\"}",
         "edited f +1 −1");
    SAID("edit_file",
         "{\"path\":\"f\",\"old_string\":\"1\\n2\\n3\\n3b\",\"new_string\":"
         "\"one\\n2\\n3\\nmore\\n3b\"}",
         "edited f +2 −1"); /* lines between that stay do not count */
}

static void line_ends_and_marks_are_kept(void **s)
{
    static const struct {
        const char *text, *old, *new, *after;
    } rows[] = {
        {"one\r\ntwo\r\n", "one\\ntwo", "1\\n2\\n3", "1\r\n2\r\n3\r\n"},
        {"a\r\nb\nc\n", "b\\nc", "B\\nC", "a\r\nB\nC\n"},
        {"a\nb\n", "a\\r\\nb", "x", "x\n"},
        {"a\r\nb\r\n", "\\nb", "\\nc", "a\r\nc\r\n"},
        {"\xef\xbb\xbfint x;\r\n", "int x;", "int x;\\nint y;", "\xef\xbb\xbfint x;\r\nint y;\r\n"},
        {"no end", "end", "END\\n", "no END\n"},
    };
    struct error e = {0};
    assert_true(load("FileToolsBehavior", "", &e));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fake_put("f", rows[i].text);
        AUTO_FREE char *args =
            mem_printf("{\"path\":\"f\",\"old_string\":\"%s\",\"new_string\":\"%s\"}", rows[i].old,
                       rows[i].new);
        CALL("edit_file", args);
        assert_true(json_bool(r, "success", false));
        assert_string_equal(fake_text("f"), rows[i].after);
    }
}

static void a_read_says_where_to_go_on(void **s)
{
    struct error e = {0};
    assert_true(load("FileToolsBehavior", "max_size: 1000\n", &e));
    AUTO(buf) text = {0};
    for (int i = 1; i <= 300; i++)
        buf_addf(&text, "line %03d\n", i);
    fake_put("f", buf_cstr(&text));
    fake_put("wide", buf_cstr(&text));
    fake_put("empty", "");
    SAID("read_file", "{\"path\":\"f\",\"start_line\":2,\"end_line\":3,\"numbers\":true}",
         "f lines 2–3 of 300\n2\tline 002\n3\tline 003");
    SAID("read_file", "{\"path\":\"f\",\"offset\":299}",
         "f lines 299–300 of 300\nline 299\nline 300");
    SAID("read_file", "{\"path\":\"f\",\"offset\":5,\"limit\":1}",
         "f lines 5–5 of 300\nline 005\n[lines 5–5 of 300; next: start_line=6]");
    SAID("read_file", "{\"path\":\"empty\"}", "empty is empty");
    {
        CALL("read_file", "{\"path\":\"f\"}");
        assert_int_equal(json_int(r, "end_line", 0), 111); /* of 1000 bytes the whole lines */
        assert_int_equal(json_int(r, "next_line", 0), 112);
    }
    agent.stats.context_window = 1500; /* a tenth would be 600 bytes: never less than 2000 */
    AUTO_FREE char *m = said("read_file", "{\"path\":\"none\"}");
    assert_string_equal(m, "error: none does not exist");
    agent.stats.context_window = 0;
}

static void answers_read_as_text(void **s)
{
    static const struct {
        const char *json, *text;
    } rows[] = {
        {"{\"success\":true}", "done"},
        {"{\"success\":true,\"result\":\"two\\nlines\\n\"}", "two\nlines"},
        {"{\"success\":true,\"a\":1,\"b\":\"x\"}", "a: 1\nb: x"},
        {"{\"error\":\"no\",\"hint\":\"try\"}", "error: no\nhint: try"},
        {"{\"success\":false}", "it failed"},
        {"{\"list\":[\"x\",{\"y\":[1]}],\"none\":[]}", "list:\nx\n{\"y\":[1]}\nnone: none"},
        {"{\"success\":true,\"x\":{\"y\":{\"z\":1}},\"w\":true}", "x: {\"y\":{\"z\":1}}\nw: true"},
        {"{\"success\":true,\"text\":\"t\",\"note\":\"n\"}", "t\n[n]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error e = {0};
        AUTO_JSON *j = json_parse(rows[i].json, strlen(rows[i].json), &e);
        AUTO_FREE char *m = render_result(NULL, NULL, j);
        assert_string_equal(m, rows[i].text);
    }
    struct error e = {0};
    assert_true(load("CommandToolsBehavior", "", &e));
    SAID("run_bash", "{\"cmd\":\"true\"}", "true in 120000");
    SAID("run_bash", "{\"command\":\"false\"}", "false in 120000\n[exit 1, 0.0 s]");
    SAID("run_bash", "{\"command\":\"slow\",\"timeout\":7}",
         "slow in 7000\nerror: Command timed out after 7s; it and all it started were stopped. "
         "Give it more (timeout, s) or let it run (background=true)");
}

static void a_stop_that_was_asked_for_is_no_failure(void **s)
{
    struct error e = {0};
    assert_true(load("ServerToolsBehavior", "", &e));
    AUTO_FREE char *begun = said("start_server", "{\"name\":\"web\",\"command\":\"x\"}");
    assert_has(begun, "web is ");
    AUTO_FREE char *stopped = said("stop_server", "{\"name\":\"web\"}");
    assert_has(stopped, "web was stopped");
    assert_null(strstr(stopped, "exit"));
    AUTO_FREE char *list = said("list_servers", "{}");
    assert_has(list, "web: stopped, x");
}

static void patches_change_all_files_or_none(void **s)
{
    struct error e = {0};
    assert_true(load("FileToolsBehavior", "", &e));
    fake_put("a.c", "int a;\r\n\r\nvoid f(void)\r\n{\r\n    g(1);\r\n}\r\n\r\nvoid "
                    "h(void)\r\n{\r\n    g(1);\r\n}\r\n");
    fake_put("old", "gone\n");
    fake_put("moved", "one\ntwo");
    SAID("apply_patch",
         "{\"patch\":\"*** Begin Patch\\n*** Update File: a.c\\n@@ void h(void)\\n {\\n-    "
         "g(1);\\n+    g(2);"
         "\\n+    g(3);\\n }\\n*** Add File: d/new\\n+x\\n+\\n+y\\n*** Delete File: old\\n"
         "*** Update File: moved\\n*** Move to: there\\n@@\\n one\\n-two\\n+2\\n*** End Patch\"}",
         "edited a.c +2 −1\ncreated d/new +3 −0\nremoved old +0 −0\nedited moved → there +1 −1");
    assert_string_equal(fake_text("a.c"),
                        "int a;\r\n\r\nvoid f(void)\r\n{\r\n    g(1);\r\n}\r\n\r\nvoid h(void)\r\n"
                        "{\r\n    g(2);\r\n    g(3);\r\n}\r\n");
    assert_string_equal(fake_text("d/new"), "x\n\ny\n");
    assert_string_equal(fake_text("there"), "one\n2");
    assert_null(fake_find("old"));
    assert_null(fake_find("moved"));
    static const struct {
        const char *patch, *error;
    } bad[] = {
        {"nothing", "begins with"},
        {"*** Begin Patch\\n*** End Patch", "begins with"},
        {"*** Begin Patch\\n*** Update File: a.c\\nno sign", "line 3"},
        {"*** Begin Patch\\n*** Update File: there\\n@@\\n-three\\n+3\\n*** End Patch",
         "do not occur in there:\nthree"},
        {"*** Begin Patch\\n*** Add File: z\\n+z\\n*** Delete File: none\\n*** End Patch",
         "none does not exist"},
        {"*** Begin Patch\\n*** Add File: z\\n+z\\n*** Add File: z\\n+y\\n*** End Patch", "twice"},
        {"*** Begin Patch\\n*** Add File: \\n+z\\n*** End Patch", "line 2"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO_FREE char *args = mem_printf("{\"input\":\"%s\"}", bad[i].patch);
        CALL("apply_patch", args);
        assert_has(json_str(r, "error", ""), bad[i].error);
    }
    assert_null(fake_find("z"));
    assert_string_equal(fake_text("there"), "one\n2");
}

static bool offers(const char *tool)
{
    int i = pipeline_find_tool(&p, tool);
    assert_true(i >= 0);
    return (size_t)i < p.offers.len;
}

static void deferred_tools_come_when_wanted(void **s)
{
    struct error e = {0};
    static const char list[] = "[{type: ServerToolsBehavior, deferred: true}, FileToolsBehavior, "
                               "{type: ClarificationBehavior, deferred: yes}]";
    struct call base = {.host = &host, .agent = &agent, .workspace = "/w"};
    AUTO_YAML *y = yaml_parse(list, strlen(list), "a.yaml", &e);
    assert_true(pipeline_load(&p, y, NULL, &base, &e));
    assert_true(offers("read_file") && !offers("start_server") && !offers("clarify_with_user"));
    AUTO(buf) text = {0};
    deferred_list(&p, &text);
    assert_has(buf_cstr(&text), "start_server, stop_server, check_server, list_servers: ");
    buf_clear(&text);
    pipeline_instructions(&p, &text);
    assert_null(strstr(buf_cstr(&text), "start_server"));
    size_t before = p.offers.len;
    AUTO_JSON *none = deferred_find(&p, "nosuch");
    assert_int_equal(cJSON_GetArraySize(none), 0);
    AUTO_JSON *found = deferred_find(&p, "check_server, stop_server");
    assert_int_equal(cJSON_GetArraySize(found), 2);
    assert_false(offers("start_server")); /* the request under way stands */
    assert_true(deferred_settle(&p) && !deferred_settle(&p));
    assert_true(offers("start_server") && !offers("clarify_with_user"));
    assert_string_equal(p.offers.ptr[before].name, "start_server"); /* behind what was there */
    {
        CALL("clarify_with_user", "{\"question\":\"?\"}"); /* called without being brought */
    }
    assert_true(deferred_settle(&p) && offers("clarify_with_user"));
    assert_true(offers("edit_file") && !offers("apply_patch"));
    assert_true(pipeline_suit_model(&p, "apply_patch", false) &&
                !pipeline_suit_model(&p, "apply_patch", false));
    assert_true(!offers("edit_file") && offers("apply_patch"));
}

static void a_question_is_offered_where_somebody_answers(void **s)
{
    struct error e = {0};
    static const char list[] = "[ClarificationBehavior, FileToolsBehavior]";
    struct call base = {.host = &host, .agent = &agent, .workspace = "/w", .alone = true};
    AUTO_YAML *y = yaml_parse(list, strlen(list), "a.yaml", &e);
    p.unanswered = true;
    assert_true(pipeline_load(&p, y, NULL, &base, &e));
    AUTO(buf) text = {0};
    pipeline_instructions(&p, &text);
    assert_null(strstr(buf_cstr(&text), "clarify_with_user"));
    assert_true(offers("read_file") && !offers("clarify_with_user"));
    CALL("clarify_with_user", "{\"question\":\"\"}"); /* who calls it all the same hears why */
    assert_error("question is empty");
}

static void globs_match_as_people_mean(void **s)
{
    static const struct {
        const char *pattern, *path;
        bool yes;
    } rows[] = {
        {"*.c", "src/a.c", true},
        {"*.{c,h}", "a.h", true},
        {"*.{c,h}", "a.cc", false},
        {"src/*.c", "src/x/a.c", false},
        {"src/**/*.c", "src/a.c", true},
        {"src/**/*.c", "src/x/y/a.c", true},
        {"**/t_*.py", "a/b/t_1.py", true},
        {"**", "a/b", true},
        {"src/**", "src/a/b", true},
        {"src/**", "lib/a", false},
        {"./src/*.c", "src/a.c", true},
        {"{a,b}/{c,d}.x", "b/c.x", true},
        {"{a", "a", false},
        {"[ab].c", "x/b.c", true},
        {"?.c", "ab.c", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (glob_matches(rows[i].pattern, rows[i].path) != rows[i].yes)
            fail_msg("%s on %s", rows[i].pattern, rows[i].path);
}

static void greps_show_what_is_around(void **s)
{
    struct error e = {0};
    assert_true(load("FileToolsBehavior", "", &e));
    SAID("grep_files", "{\"pattern\":\"^two$\",\"context\":1}",
         "dir/f.c-1-one\ndir/f.c:2:two\ndir/f.c-3-three");
    SAID("grep_files", "{\"pattern\":\"o\",\"files\":[\"*.h\",\"*.{c,cc}\"]}",
         "dir/f.c:1:one\ndir/f.c:2:two");
    SAID("grep_files", "{\"pattern\":\"zzz\",\"include\":\"*.h\"}", "no match in 0 files");
}

static void command_tools_report_every_end(void **s)
{
    struct error e = {0};
    assert_true(load("CommandToolsBehavior", "whitelist: [ls]\ntimeout: 7\n", &e));
    {
        CALL("run_bash", "{\"command\":\"true\"}");
        assert_string_equal(json_str(r, "output", ""), "true in 7000");
        assert_true(json_bool(r, "success", false));
    }
    {
        CALL("run_bash", "{\"command\":\"false\",\"timeout\":\"3\"}");
        assert_int_equal(json_int(r, "returncode", 0), 1);
        assert_has(json_str(r, "output", ""), "3000");
    }
    {
        CALL("run_bash", "{\"command\":\"refuse\"}");
        assert_string_equal(json_str(r, "error", ""), "not allowed");
    }
    {
        CALL("run_bash", "{\"command\":\"slow\"}");
        assert_has(json_str(r, "error", ""), "timed out after 7s");
    }
    {
        CALL("run_bash", "{\"command\":\"server\",\"background\":true}");
        assert_int_equal(json_int(r, "job_id", 0), 4);
    }
    {
        CALL("run_bash", "{\"command\":\" \"}");
        assert_has(json_str(r, "error", ""), "empty");
    }
    {
        CALL("run_bash", "{}");
        assert_has(json_str(r, "error", ""), "command");
        assert_non_null(json_get(r, "schema"));
    }
    AUTO(buf) text = {0};
    pipeline_instructions(&p, &text);
    assert_has(buf_cstr(&text), "Allowed commands: ls.");
}

static void hierarchical_context_shows_and_moves_the_tree(void **s)
{
    struct error e = {0};
    assert_true(load("HierarchicalContextBehavior", "keep_recent: 5\n", &e));
    pipeline_update(&p, "the goal", 1);
    pipeline_enhance(&p);
    assert_has(buf_cstr(&agent.tail), "GOAL: the goal");
    assert_has(buf_cstr(&agent.tail), "NO TASKS YET");
    assert_has(buf_cstr(&agent.tail), "Rounds Used: 3/12");
    assert_has(buf_cstr(&agent.tail), "WRITE\tf");
    assert_int_equal(agent.kept, 5);
    {
        CALL("decompose_task", "{\"subtasks\":[\"a\",{\"description\":\"b\",\"check\":\"true\"}]}");
        assert_int_equal(json_int(r, "subtasks_added", 0), 2);
    }
    {
        CALL("decompose_task", "{\"subtasks\":[]}");
        assert_has(json_str(r, "error", ""), "empty");
    }
    {
        CALL("mark_subtask_complete", "{\"success\":true}");
        assert_string_equal(json_str(r, "status", ""), "subtask_advanced");
    }
    agent.active = 2;
    pipeline_enhance(&p); /* the first step was made: that is no change of steps */
    assert_int_equal(agent.cleared, 0);
    agent.active = 3; /* whoever moved it there */
    pipeline_enhance(&p);
    pipeline_enhance(&p);
    assert_int_equal(agent.cleared, 1);
    agent.status = "check_failed";
    {
        CALL("mark_subtask_complete", "{\"success\":true}");
        assert_false(json_bool(r, "success", true));
        assert_int_equal(agent.cleared, 1);
    }
}

static void repeat(const char *tool, const char *args, const char *result, int times)
{
    AUTO_JSON *a = cJSON_Parse(args), *r = cJSON_Parse(result);
    for (int i = 0; i < times; i++)
        pipeline_tool_call(&p, tool, a, r);
}

static int fresh_loop(const char *params)
{
    struct error e = {0};
    pipeline_fini(&p);
    buf_clear(&agent.loops);
    agent.level = 0;
    assert_true(load("LoopDetectionBehavior", params, &e));
    pipeline_update(&p, "g", 1);
    pipeline_goal_start(&p);
    return 0;
}

static void loops_are_graded(void **s)
{
    fresh_loop("max_repeats: 3");
    repeat("t", "{\"a\":1}", "{\"error\":\"x\"}", 2);
    assert_int_equal(agent.level, 0);
    repeat("t", "{\"a\":1}", "{\"error\":\"x\"}", 1);
    assert_int_equal(agent.level, 2); /* told as soon as it is shown */
    pipeline_enhance(&p);
    assert_has(buf_cstr(&agent.tail), "LOOP DETECTION WARNING");
    assert_has(buf_cstr(&agent.tail), "t  repeated 3x with identical results\n");
    repeat("t", "{\"a\":1}", "{\"error\":\"x\"}", 1);
    assert_int_equal(agent.level, 2);
    assert_has(buf_cstr(&agent.tail), "call fake_failure and say why");
    repeat("t", "{\"a\":1}", "{\"error\":\"x\"}", 2);
    assert_int_equal(agent.level, 3);
}

static void progress_ends_a_warning(void **s)
{
    fresh_loop("max_repeats: 3");
    repeat("t", "{}", "{\"error\":\"x\"}", 3);
    pipeline_round_end(&p);
    pipeline_enhance(&p);
    assert_has(buf_cstr(&agent.tail), "LOOP DETECTION WARNING");
    agent.mark++; /* a file was written, or a step is done */
    pipeline_round_end(&p);
    buf_clear(&agent.tail);
    pipeline_enhance(&p);
    assert_int_equal(agent.tail.len, 0);
    assert_int_equal(agent.level, 0);
}

static void a_look_at_what_runs_ends_no_goal(void **s)
{
    fresh_loop("max_repeats: 3");
    repeat("check_server", "{\"name\":\"a\"}", "{\"success\":true,\"status\":\"running\"}", 12);
    assert_int_equal(agent.level, 2);
    repeat("check_server", "{\"name\":\"b\"}", "{\"success\":true,\"status\":\"failed\"}", 12);
    assert_int_equal(agent.level, 3);
}

static void answers_are_remembered(void **s)
{
    agent.answer = LOOP_NOT_A_LOOP;
    fresh_loop("max_repeats: 2");
    repeat("t", "{}", "{}", 8);
    size_t said = agent.loops.len;
    repeat("t", "{}", "{}", 8);
    assert_int_equal(agent.loops.len, said);
}

static void different_is_not_a_loop(void **s)
{
    fresh_loop("max_repeats: 3");
    for (int i = 0; i < 12; i++) {
        AUTO_FREE char *args = mem_printf("{\"path\":\"%c\"}", 'a' + i);
        repeat("t", args, "{}", 1);
    }
    assert_int_equal(agent.level, 0);
    for (int i = 0; i < 12; i++) { /* the same call, but the world moves on */
        agent.mark++;
        repeat("t", "{}", "{}", 1);
    }
    assert_int_equal(agent.level, 0);
}

static void equal_despite_times_and_addresses(void **s)
{
    fresh_loop("max_repeats: 3");
    static const char *const results[] = {
        "{\"output\":\"failed in 0.31s at 0x7ffe12ab34cd /tmp/tmpab12cd99\"}",
        "{\"output\":\"failed in 1.02s at 0x7ffd99ab34ff /tmp/tmpzz88cd11\"}",
        "{\"output\":\"failed in 12.9s at 0x7ff000ab3400 /tmp/tmpqq00cd55\"}"};
    for (int i = 0; i < 3; i++)
        repeat("run_bash", "{\"command\":\"make  test\"}", results[i], 1);
    assert_int_equal(agent.level, 2);
    assert_has(buf_cstr(&agent.loops), "identical results");
}

static void long_results_differ_by_their_ends(void **s)
{
    fresh_loop("max_repeats: 3");
    for (int i = 0; i < 5; i++) {
        AUTO(buf) b = {0};
        buf_adds(&b, "{\"output\":\"");
        for (int k = 0; k < 3000; k++)
            buf_adds(&b, "line ");
        buf_addf(&b, "end-%c\"}", 'a' + i);
        repeat("t", "{}", buf_cstr(&b), 1);
    }
    assert_null(strstr(buf_cstr(&agent.loops), "identical"));
}

static void cycles_are_found(void **s)
{
    fresh_loop("max_repeats: 9");
    for (int i = 0; i < 3; i++) {
        repeat("a", "{}", "{}", 1);
        repeat("b", "{}", "{}", 1);
        repeat("c", "{}", "{}", 1);
    }
    assert_has(buf_cstr(&agent.loops), "cycle of 3");
}

static void warnings_fade(void **s)
{
    fresh_loop("max_repeats: 2");
    repeat("t", "{}", "{}", 3);
    for (int i = 2; i < 12; i++) {
        pipeline_update(&p, "g", i);
        pipeline_round_end(&p);
    }
    buf_clear(&agent.tail);
    pipeline_enhance(&p);
    assert_int_equal(agent.tail.len, 0);
    assert_has(buf_cstr(&agent.loops), "0:over");
}

static int64_t fake_now;

static int64_t fake_clock(void)
{
    return fake_now;
}

static void old_calls_are_no_evidence(void **s)
{
    clock_set_source(fake_clock);
    fresh_loop("max_repeats: 3\nmax_age: 60");
    for (int i = 0; i < 6; i++, fake_now += 61000)
        repeat("t", "{}", "{}", 1);
    assert_int_equal(agent.loops.len, 0);
    fake_now -= 61000;
    repeat("t", "{}", "{}", 2);
    clock_set_source(NULL);
    assert_true(agent.loops.len > 0);
}

static void registration_is_strict_and_atomic(void **s)
{
    struct error e = {0};
    assert_false(load("FileToolBehavior", "", &e));
    assert_has(e.text, "did you mean \"FileToolsBehavior\"");
    assert_false(load("LoopDetectionBehavior", "max_repeats: x\n", &e));
    assert_false(load("CommandToolsBehavior", "white_list: []\n", &e));
    assert_has(e.text, "did you mean \"whitelist\"");
    assert_int_equal(p.instances.len, 0);
    assert_true(load("file_tools", "", &e)); /* the snake-case name works too */
    assert_false(load("FileToolsBehavior", "", &e));
    assert_has(e.text, "twice");
    assert_int_equal(p.instances.len, 1);
}

/* Every type is complete, its tools are unique, its defaults parse, and every event in every
 * order leaves it standing. */
static void all_of_them_together(void **s)
{
    struct error e = {0};
    for (size_t i = behavior_type_count(); i-- > 0;) {
        const struct behavior *b = behavior_types[i];
        assert_true(b->type && b->name && b->help && strstr(b->type, "Behavior"));
        assert_true(load(b->type, "", &e));
    }
    pipeline_update(&p, "g", 1);
    AUTO_JSON *r = json_success();
    for (int i = 0; i < 3; i++) {
        pipeline_goal_start(&p);
        pipeline_enhance(&p);
        pipeline_tool_call(&p, "any", NULL, r);
        pipeline_round_end(&p);
        pipeline_timeout(&p, 1);
        pipeline_goal_complete(&p, i == 0, "complete");
    }
    for (size_t i = 0; i < p.offers.len; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(p.offers.ptr[i].name, p.offers.ptr[k].name);
}

/* Notes are shown when a goal begins; a split that is too wide or too deep is refused before the
 * engine. */
static void hierarchical_context_notes_and_limits(void **s)
{
    fake_put("jetboxnotes.md", "## first\n");
    rig_open("HierarchicalContextBehavior", "");
    assert_int_equal(agent.note.len, 0);
    rig_start();
    fake_put("jetboxnotes.md", "## second\n");
    assert_has(buf_cstr(&agent.note), "notes:## Previous Context");
    assert_has(buf_cstr(&agent.note), "## first");
    agent.size_lie = 50 << 20;
    rig_start();
    assert_int_equal(agent.note.len, 0);
    agent.size_lie = 0;
    AUTO(buf) odd = {0};
    for (int i = 0; i < 1000; i++)
        buf_adds(&odd, "€");
    fake_put("jetboxnotes.md", buf_cstr(&odd));
    rig_start();
    assert_has(buf_cstr(&agent.note), ")\n\n€€");
    rig_open("HierarchicalContextBehavior", "use_jetbox_notes: false\n");
    rig_start();
    assert_int_equal(agent.note.len, 0);
    assert_int_equal(rig_tool("mark_subtask_complete")->flags, TOOL_TREE | TOOL_ENDS_STEP);
    {
        RUN("decompose_task", "{\"subtasks\":[1,2,3,4,5,6,7,8,9]}");
        assert_error("subtasks");
    }
    {
        RUN("decompose_task", "{\"subtasks\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\"]}");
        assert_ok();
    }
    {
        RUN("decompose_task",
            "{\"subtasks\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}");
        assert_error("9 steps side by side are more than 8 (max_siblings)");
    }
    rig_open("HierarchicalContextBehavior", "max_siblings: 2\nmax_depth: 2\n");
    {
        RUN("decompose_task",
            "{\"subtasks\":[{\"description\":\"a\",\"subtasks\":[\"b\",\"c\"]}]}");
        assert_ok();
    }
    {
        RUN("decompose_task",
            "{\"subtasks\":[{\"description\":\"a\",\"subtasks\":[{\"description\":"
            "\"b\",\"subtasks\":[\"c\"]}]}]}");
        assert_error("deeper than 2 levels (max_depth)");
    }
    {
        RUN("decompose_task",
            "{\"subtasks\":[{\"description\":\"a\",\"subtasks\":[\"b\",\"c\",\"d\"]}]}");
        assert_error("3 steps");
    }
}

/* The same goal fails the same way, in other sessions and times: that is a repetition. A report
 * of failure is none, when it is not repeated. */
static void failing_delegations_look_alike(void **s)
{
    fresh_loop("max_repeats: 3");
    for (int i = 0; i < 3; i++) {
        AUTO_FREE char *result =
            mem_printf("{\"success\":false,\"status\":\"failed\",\"session\":\"S%c\",\"workspace\":"
                       "\"w-%c\",\"seconds\":%d.5,\"tokens\":%d,\"last_events\":[\"e%c\"],"
                       "\"error\":\"no compiler\"}",
                       'a' + i, 'k' + i, i * 100, i, 'x' + i);
        repeat("delegate_to_executor", "{\"goal\":\"build\"}", result, 1);
    }
    assert_int_equal(agent.level, 2);
    assert_has(buf_cstr(&agent.loops), "delegate_to_executor build repeated 3x with identical");
    fresh_loop("max_repeats: 3");
    for (int i = 0; i < 3; i++) {
        AUTO_FREE char *result = mem_printf("{\"success\":false,\"error\":\"why %c\"}", 'a' + i);
        repeat("delegate_to_executor", "{\"goal\":\"build\"}", result, 1);
    }
    assert_int_equal(agent.level, 0); /* another error each time: it gets somewhere */
    fresh_loop("max_repeats: 2");
    repeat("mark_failed", "{\"reason\":\"x\"}", "{\"success\":true,\"status\":\"failed\"}", 1);
    assert_int_equal(agent.level, 0);
}

/* ---- all of them, as tables ---- */

static void each_row_is_complete(const struct behavior *b)
{
    for (const struct opt *r = b->params; r && r->name; r++) {
        if (!r->help || strlen(r->help) < 10)
            fail_msg("%s: %s has no help", b->type, r->name);
        if (!r->def && r->type != OPT_LIST)
            fail_msg("%s: %s has no default", b->type, r->name);
    }
    for (const struct tool *t = b->tools; t && t->name; t++) {
        AUTO_JSON *schema = cJSON_Parse(t->schema);
        if (!schema || strcmp(json_str(schema, "type", ""), "object") != 0)
            fail_msg("%s: the schema of %s", b->type, t->name);
        if (!t->handler || strlen(t->description) < 10 || strlen(t->description) > 400)
            fail_msg("%s: %s has a handler and a description of 10 to 400 bytes", b->type, t->name);
        assert_true(t->flags != 0);
    }
}

/* Types, names, aliases and tools are told apart; c_name.c is named after the type. */
static void every_name_is_unique(void **s)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < behavior_type_count(); i++) {
        const struct behavior *b = behavior_types[i];
        each_row_is_complete(b);
        assert_true(strlen(b->help) >= 10);
        VEC_PUSH(&names, b->type);
        VEC_PUSH(&names, b->name);
        for (const struct tool *t = b->tools; t && t->name; t++)
            VEC_PUSH(&names, t->name);
    }
    for (size_t i = 0; i < names.len; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(names.ptr[i], names.ptr[k]) == 0)
                fail_msg("%s stands twice", names.ptr[i]);
    VEC_FREE(&names);
    assert_ptr_equal(behavior_find("JetboxNotesBehavior"), behavior_find("workspace_task_notes"));
    assert_ptr_equal(behavior_find("jetbox_notes"), behavior_find("WorkspaceTaskNotesBehavior"));
}

static const struct delegate_target anybody[] = {
    {"x", "Best for y.", "delegate_to_x", "d", "{\"type\":\"object\"}"}};

/* Every slot of every behavior, before a goal and within one, with nothing there to see. */
static void every_slot_stands_alone(void **s)
{
    for (size_t i = 0; i < behavior_type_count() * 2; i++) {
        const struct behavior *b = behavior_types[i / 2];
        agent.targets = anybody;
        agent.target_count = i % 2;
        agent.completion = i % 2 ? "finish" : NULL;
        rig_open(b->type, "");
        rig.call.goal = i % 2 ? "g" : NULL;
        AUTO_JSON *r = json_success();
        AUTO(buf) out = {0};
        for (int k = 0; k < 2; k++) {
            if (b->instructions)
                b->instructions(&rig.call, &out);
            if (b->enhance_context)
                b->enhance_context(&rig.call);
            if (b->on_goal_start)
                b->on_goal_start(&rig.call);
            if (b->on_tool_call)
                b->on_tool_call(&rig.call, "any", NULL, r);
            if (b->on_round_end)
                b->on_round_end(&rig.call);
            if (b->status)
                b->status(&rig.call, &out);
            if (b->on_timeout)
                b->on_timeout(&rig.call, 1);
            if (b->on_goal_complete)
                b->on_goal_complete(&rig.call, k, NULL);
        }
        if (agent.after)
            agent.after(&rig.call);
        agent.after = NULL;
    }
}

/* ---- the agents that ship ---- */

static const char *const agent_keys[] = {"name",      "blurb",           "system_prompt",
                                         "behaviors", "can_delegate_to", "delegation_tool",
                                         "model",     "behavior",        "limits"};

static void agent_keys_are_known(const struct yaml *root)
{
    for (size_t i = 0; i < root->count; i++) {
        bool known = false;
        for (size_t k = 0; k < COUNT_OF(agent_keys); k++)
            known |= strcmp(root->items[i]->key, agent_keys[k]) == 0;
        if (!known)
            fail_msg("%s: %s", root->file, root->items[i]->key);
    }
}

/* A blurb is three to five sentences, one of which says what the agent is best for. */
static void agent_blurb_is_good(const char *blurb)
{
    int sentences = 0;
    for (const char *at = blurb; *at; at++)
        sentences += *at == '.' && (at[1] == ' ' || at[1] == '\0');
    assert_true(sentences >= 3 && sentences <= 5);
    assert_has(blurb, "Best for ");
}

static void shipped_agents_load(void **s)
{
    static const char *const names[] = {"task_executor", "orchestrator", "architect"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct error e = {0};
        AUTO_FREE char *path = mem_printf("behaviors/agents/%s.yaml", names[i]);
        const struct data_file *f = data_find(path);
        assert_non_null(f);
        AUTO_YAML *root = yaml_parse(f->text, f->size, path, &e);
        assert_non_null(root);
        agent_keys_are_known(root);
        assert_string_equal(yaml_str(root, "name", ""), names[i]);
        agent_blurb_is_good(yaml_str(root, "blurb", ""));
        assert_true(strlen(yaml_str(root, "system_prompt", "")) > 100);
        struct call base = {.host = &host, .agent = &agent, .workspace = "/w"};
        pipeline_fini(&p);
        if (!pipeline_load(&p, yaml_get(root, "behaviors"), NULL, &base, &e))
            fail_msg("%s", e.text);
        bool file_tools = pipeline_find_tool(&p, "write_file") >= 0;
        assert_int_equal(file_tools, i == 0);
        const struct yaml *to = yaml_get(root, "can_delegate_to");
        for (size_t k = 0; to && k < to->count; k++)
            assert_true(strcmp(to->items[k]->value, names[0]) == 0 ||
                        strcmp(to->items[k]->value, names[2]) == 0);
    }
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {F(file_tools_write_read_edit_list_grep),
                                       F(edits_are_all_made_or_none),
                                       F(line_ends_and_marks_are_kept),
                                       F(a_read_says_where_to_go_on),
                                       F(answers_read_as_text),
                                       F(globs_match_as_people_mean),
                                       F(a_stop_that_was_asked_for_is_no_failure),
                                       F(patches_change_all_files_or_none),
                                       F(deferred_tools_come_when_wanted),
                                       F(a_question_is_offered_where_somebody_answers),
                                       F(greps_show_what_is_around),
                                       F(command_tools_report_every_end),
                                       F(hierarchical_context_shows_and_moves_the_tree),
                                       F(loops_are_graded),
                                       F(progress_ends_a_warning),
                                       F(a_look_at_what_runs_ends_no_goal),
                                       F(answers_are_remembered),
                                       F(different_is_not_a_loop),
                                       F(equal_despite_times_and_addresses),
                                       F(long_results_differ_by_their_ends),
                                       F(cycles_are_found),
                                       F(warnings_fade),
                                       F(old_calls_are_no_evidence),
                                       F(hierarchical_context_notes_and_limits),
                                       F(failing_delegations_look_alike),
                                       F(every_name_is_unique),
                                       F(every_slot_stands_alone),
                                       F(registration_is_strict_and_atomic),
                                       F(all_of_them_together),
                                       F(shipped_agents_load)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
