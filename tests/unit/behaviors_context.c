/* The behaviors that shape the request: compaction, frames, project instructions, questions. */
#include "behaviors_host.h"

static void compaction_follows_the_parameters(void **s)
{
    static const char *const types[] = {"CompactWhenNearFullBehavior", "SubAgentContextBehavior",
                                        "ArchitectContextBehavior"};
    static const int64_t budgets[] = {0, 128000, 32000};
    static const char *const own[] = {"without seeing it", "delegated goal", "design discussion"};
    for (size_t i = 0; i < 3; i++) {
        rig_open(types[i], "");
        rig_enhance();
        assert_int_equal(agent.compaction.max_tokens, budgets[i]);
        assert_true(agent.compaction.threshold > 0.74 && agent.compaction.threshold < 0.76);
        assert_int_equal(agent.compaction.keep, 20);
        assert_has(agent.compaction.brief, own[i]);
        assert_non_null(agent.compaction.label);
        rig_open(types[i], "max_tokens: 7000\ncompact_threshold: 0.5\nkeep_recent: 4\n");
        rig_enhance();
        assert_int_equal(agent.compaction.max_tokens, 7000);
        assert_true(agent.compaction.threshold == 0.5);
        assert_int_equal(agent.compaction.keep, 4);
        rig_open(types[i], "recent_keep: 3\n");
        rig_enhance();
        assert_int_equal(agent.compaction.keep, 3);
        struct error e = {0};
        assert_false(rig_try(types[i], "compact_threshold: 0.96\n", &e));
    }
    assert_string_equal(agent.compaction.label, "Previous discussion summary");
}

static void goal_is_marked_complete(void **s)
{
    agent.status = "goal_complete";
    rig_open("CompactWhenNearFullBehavior", "");
    {
        RUN("mark_goal_complete", "{\"summary\":\"did ü\"}");
        assert_ok();
        assert_string_equal(json_str(r, "status", ""), "goal_complete");
        assert_string_equal(json_str(r, "summary", ""), "did ü");
        assert_string_equal(buf_cstr(&agent.marks), "1|did ü|0\n");
    }
    {
        RUN("mark_goal_complete", "{\"summary\":\" \\n\"}");
        assert_error("empty");
    }
    agent.open_tasks = true;
    {
        RUN("mark_goal_complete", "{\"summary\":\"x\"}");
        assert_string_equal(json_str(r, "error", ""),
                            "open tasks: 2 \"tests\"; or leave_open=true");
    }
    {
        RUN("mark_goal_complete", "{\"summary\":\"x\",\"leave_open\":\"true\"}");
        assert_ok();
    }
    agent.status = "check_failed";
    {
        RUN("mark_goal_complete", "{\"summary\":\"x\",\"leave_open\":true}");
        assert_error("check");
        assert_string_equal(json_str(r, "check_output", ""), "1 test failed");
        assert_string_equal(json_str(r, "status", ""), "check_failed");
        assert_has(json_str(r, "advice", ""), "again");
    }
    {
        RUN("mark_goal_complete", "{}");
        assert_error("summary");
    }
}

/* Instructions name the tool that is offered, whoever owns it. */
static void instructions_name_the_completion_tool(void **s)
{
    static const char *const types[] = {"CompactWhenNearFullBehavior", "ArchitectContextBehavior"};
    for (size_t i = 0; i < 2; i++) {
        rig_open(types[i], "");
        agent.completion = "finish_it";
        AUTO_FREE char *with = rig_instructions();
        assert_has(with, "call finish_it");
        assert_lacks(with, "mark_");
        agent.completion = NULL;
        AUTO_FREE char *without = rig_instructions();
        assert_lacks(without, "call ");
        assert_true(strlen(without) > 20);
    }
}

static void subagent_frames_the_goal(void **s)
{
    rig_open("SubAgentContextBehavior", "");
    agent.completion = "mark_complete";
    rig_enhance();
    assert_has(buf_cstr(&agent.pinned), "DELEGATED GOAL: the goal\n");
    assert_has(buf_cstr(&agent.pinned), "mark_complete or mark_failed");
    assert_int_equal(agent.tail.len, 0);
    AUTO_FREE char *own = rig_instructions();
    assert_has(own, "mark_failed");
    agent.completion = "mark_goal_complete";
    rig_enhance();
    assert_has(buf_cstr(&agent.pinned), "report its end with mark_goal_complete.");
    AUTO_FREE char *other = rig_instructions();
    assert_lacks(other, "mark_");
    agent.completion = NULL;
    rig_enhance();
    assert_lacks(buf_cstr(&agent.pinned), "mark_");
    rig.call.goal = NULL;
    rig_enhance();
    assert_int_equal(agent.pinned.len, 0);
}

/* As the seed has it: what earlier goals noted comes with a delegated one too. */
static void subagent_brings_notes(void **s)
{
    rig_open("SubAgentContextBehavior", "");
    rig_start();
    assert_int_equal(agent.note.len, 0);
    fake_put("jetboxnotes.md", "## done\nthe parser is in p.c\n");
    rig_start();
    assert_has(buf_cstr(&agent.note), "notes:## Previous Context");
    assert_has(buf_cstr(&agent.note), "the parser is in p.c");
    rig_enhance();
    assert_has(buf_cstr(&agent.pinned), "DELEGATED GOAL: the goal\n");
    rig_open("SubAgentContextBehavior", "use_jetbox_notes: false\n");
    rig_start();
    assert_int_equal(agent.note.len, 0);
}

static void subagent_reports(void **s)
{
    agent.status = "goal_complete";
    rig_open("subagent_context", "");
    {
        RUN("mark_complete", "{\"summary\":\"done\"}");
        assert_ok();
        assert_string_equal(json_str(r, "status", ""), "goal_complete");
    }
    {
        RUN("mark_failed", "{\"reason\":\"no compiler\"}");
        assert_ok();
        assert_null(json_get(r, "error"));
        assert_string_equal(json_str(r, "status", ""), "failed");
        assert_string_equal(json_str(r, "reason", ""), "no compiler");
    }
    assert_string_equal(buf_cstr(&agent.marks), "1|done|0\n0|no compiler|1\n");
    agent.open_tasks = true;
    {
        RUN("mark_complete", "{\"summary\":\"x\"}");
        assert_error("leave_open");
    }
    {
        RUN("mark_complete", "{\"summary\":\"x\",\"leave_open\":true}");
        assert_ok();
    }
    {
        RUN("mark_failed", "{\"reason\":\"x\"}");
        assert_ok();
    }
    agent.status = "check_failed";
    {
        RUN("mark_complete", "{\"summary\":\"x\",\"leave_open\":true}");
        assert_error("check");
        assert_string_equal(json_str(r, "check_output", ""), "1 test failed");
    }
    {
        RUN("mark_complete", "{\"summary\":\"\"}");
        assert_error("empty");
    }
    {
        RUN("mark_failed", "{\"reason\":\" \"}");
        assert_error("empty");
    }
}

static void architect_pins_the_project(void **s)
{
    rig_open("ArchitectContextBehavior", "");
    rig_enhance();
    assert_has(buf_cstr(&agent.pinned), "PROJECT: the goal\n");
    assert_null(rig.b->tools);
    rig.call.goal = NULL;
    rig_enhance();
    assert_int_equal(agent.pinned.len, 0);
}

static void questions_reach_the_person(void **s)
{
    rig_open("ClarificationBehavior", "");
    agent.person = "the red one";
    {
        RUN("clarify_with_user", "{\"question\":\"which?\",\"choices\":[\"red\",\"blue\"]}");
        assert_ok();
        assert_string_equal(json_str(r, "answer", ""), "the red one");
    }
    {
        RUN("clarify_with_user", "{\"question\":\"why?\",\"choices\":[]}");
        assert_ok();
    }
    assert_string_equal(buf_cstr(&agent.asked), "which?|2\nwhy?|0\n");
    {
        RUN("clarify_with_user", "{\"question\":\"\\t\"}");
        assert_error("empty");
    }
    {
        RUN("clarify_with_user", "{\"question\":\"x\",\"choices\":[1,2,3,4,5,6,7]}");
        assert_error("choices");
    }
    agent.person = NULL;
    {
        RUN("clarify_with_user", "{\"question\":\"who?\"}");
        assert_error("nobody is there");
        assert_error("decide yourself");
    }
    AUTO_FREE char *text = rig_instructions();
    assert_has(text, "clarify_with_user");
}

static void project_instructions_are_pinned_once(void **s)
{
    agent.project = "Use tabs.\nRun make test.\n";
    rig_open("InstructionsBehavior", "");
    rig_enhance();
    assert_int_equal(agent.pinned.len, 0);
    rig.b->on_goal_start(&rig.call);
    assert_string_equal(buf_cstr(&agent.asked), "AGENTS.md CLAUDE.md ");
    agent.project = "Use spaces.\n"; /* changed meanwhile: stands until the next goal */
    rig_enhance();
    assert_string_equal(buf_cstr(&agent.pinned),
                        "AGENTS.md:PROJECT INSTRUCTIONS (AGENTS.md):\nUse tabs.\nRun make test.\n");
    rig.b->on_goal_start(&rig.call);
    rig_enhance();
    assert_has(buf_cstr(&agent.pinned), "Use spaces.");
    agent.project = " \n";
    rig.b->on_goal_start(&rig.call);
    rig_enhance();
    assert_int_equal(agent.pinned.len, 0);
}

static void project_instructions_are_cut_at_a_line(void **s)
{
    AUTO(buf) text = {0};
    for (int i = 0; i < 40; i++)
        buf_addf(&text, "line %02d\n", i);
    agent.project = buf_cstr(&text);
    rig_open("InstructionsBehavior", "files: [RULES.md]\nmax_bytes: 100\n");
    rig.b->on_goal_start(&rig.call);
    rig_enhance();
    assert_string_equal(buf_cstr(&agent.asked), "RULES.md ");
    assert_has(buf_cstr(&agent.pinned), "line 11\n[cut after 96 of 320 bytes; read AGENTS.md");
    assert_lacks(buf_cstr(&agent.pinned), "line 12");
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {F(compaction_follows_the_parameters),
                                       F(goal_is_marked_complete),
                                       F(instructions_name_the_completion_tool),
                                       F(subagent_frames_the_goal),
                                       F(subagent_brings_notes),
                                       F(subagent_reports),
                                       F(architect_pins_the_project),
                                       F(questions_reach_the_person),
                                       F(project_instructions_are_pinned_once),
                                       F(project_instructions_are_cut_at_a_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
