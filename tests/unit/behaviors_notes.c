/* Notes in the workspace, and the status display. */
#include "behaviors_host.h"

#include <locale.h>

#include "base/utf8.h"

#define NOTES "jetboxnotes.md"

static const struct fake_fact facts[] = {
    {"GOAL", "the goal"},  {"WRITE", "a.c"},         {"WRITE", "a.c"},
    {"APPEND", "b/ü.txt"}, {"BASH", "make → rc 2"},  {"CHECK", "make test → green"},
    {"WRITE", NOTES},      {"ERROR", "write x: no"},
};

static void worked(void)
{
    agent.facts = facts;
    agent.fact_count = COUNT_OF(facts);
    agent.stats = (struct goal_stats){
        .rounds = 5, .ms = 125000, .input = 1000, .output = 34, .answer = "All done.\n# Big\n---"};
}

static void start(void)
{
    rig_start();
}

static void complete(bool success, const char *status)
{
    rig.b->on_goal_complete(&rig.call, success, status);
}

static void an_entry_says_what_the_user_added(void **s)
{
    static const struct fake_fact ran[] = {{"USER", "use tabs"}, {"BASH", "ls → rc 0"}};
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\nsummary: false\n");
    worked();
    agent.facts = ran;
    agent.fact_count = 2;
    start();
    complete(true, "complete");
    assert_has(fake_text(NOTES), "Goal: the goal\n\n- The user said meanwhile: use tabs\n- Files");
}

static void an_entry_holds_facts_and_last_words(void **s)
{
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\nsummary: false\n");
    worked();
    start();
    complete(true, "complete");
    const char *text = fake_text(NOTES);
    assert_int_equal(strncmp(text, "# Jetbox Notes\n\n## ✓ GOAL COMPLETE - 2", 40), 0);
    int y, mo, d, h, mi, sec;
    assert_int_equal(sscanf(strstr(text, "COMPLETE"), "COMPLETE - %4d-%2d-%2d %2d:%2d:%2d\n", &y,
                            &mo, &d, &h, &mi, &sec),
                     6);
    assert_has(text, "\n\nGoal: the goal\n\n- Files changed: a.c, b/ü.txt\n- Commands:\n"
                     "  - make → rc 2\n  - make test → green\n- 5 rounds, 2m 5s, 1034 tokens\n\n"
                     "All done.\n    # Big\n    ---\n\n---\n\n");
    assert_null(agent.after);
    complete(true, "complete"); /* once a goal */
    assert_int_equal(agent.writes, 1);
    start();
    complete(false, "loop");
    assert_has(fake_text(NOTES), "---\n\n## ✗ GOAL FAILED - ");
    assert_has(fake_text(NOTES), "Ended with status loop.\n\nGoal: the goal\n");
}

static void a_question_leaves_no_note(void **s)
{
    static const struct fake_fact ran[] = {{"BASH", "ls → rc 0"}};
    rig_open("jetbox_notes", "location: workspace\n");
    agent.stats.rounds = 1;
    start();
    complete(true, "complete");
    assert_int_equal(agent.writes, 0);
    agent.facts = &facts[6]; /* only the notes themselves */
    agent.fact_count = 1;
    start();
    complete(true, "complete");
    assert_int_equal(agent.writes, 0);
    agent.facts = ran;
    start();
    complete(true, "complete");
    assert_int_equal(agent.writes, 1);
    assert_has(fake_text(NOTES), "- Files changed: none by the file tools\n");
    agent.fact_count = 0;
    agent.stats.rounds = 2;
    start();
    complete(true, "complete");
    assert_int_equal(agent.writes, 1);
}

static void they_are_kept_in_the_state_directory(void **s)
{
    rig_open("WorkspaceTaskNotesBehavior", "summary: false\n");
    worked();
    start();
    assert_int_equal(agent.note.len, 0);
    complete(true, "complete");
    assert_int_equal(agent.writes, 0);
    assert_null(fake_find(NOTES));
    assert_has(fake_text("state/notes"), "# Jetbox Notes\n\n## ✓ GOAL COMPLETE - ");
    start();
    assert_has(buf_cstr(&agent.note), "Goal: the goal");
    complete(true, "complete");
    const char *second = strstr(fake_text("state/notes"), "---\n\n## ✓ GOAL COMPLETE");
    assert_non_null(second);
    fake_put(NOTES, "## of the workspace\n");
    rig_open("HierarchicalContextBehavior", "");
    rig_start();
    assert_has(buf_cstr(&agent.note), "Goal: the goal");
    assert_has(buf_cstr(&agent.note), "## of the workspace");
}

static void only_the_last_ten_commands(void **s)
{
    struct fake_fact many[14];
    char lines[14][24];
    for (int i = 0; i < 14; i++) {
        snprintf(lines[i], sizeof lines[i], "cmd%02d → rc 0", i);
        many[i] = (struct fake_fact){"BASH", lines[i]};
    }
    agent.facts = many;
    agent.fact_count = 14;
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\n");
    start();
    complete(true, "complete");
    assert_has(fake_text(NOTES), "the last ten");
    assert_has(fake_text(NOTES), "cmd04 →");
    assert_lacks(fake_text(NOTES), "cmd03 →");
}

static void a_timeout_is_a_note_of_its_own(void **s)
{
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\n");
    worked();
    start();
    rig.b->on_timeout(&rig.call, 61.4);
    const char *text = fake_text(NOTES);
    assert_has(text, "## Note - ");
    assert_has(text, "\n\nTIMEOUT (61s)\n\nGoal: the goal\n\n- Files changed: a.c");
    complete(false, "timeout");
    assert_int_equal(agent.writes, 1);
    assert_null(agent.after);
    assert_lacks(fake_text(NOTES), "GOAL FAILED");
}

static void a_summary_follows_when_nobody_waits(void **s)
{
    static const char *const silent[] = {"error", "timeout", "cancelled", "limit"};
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\n");
    worked();
    for (size_t i = 0; i < COUNT_OF(silent); i++) {
        start();
        complete(false, silent[i]);
        assert_null(agent.after);
    }
    start();
    complete(true, "complete");
    assert_non_null(agent.after);
    assert_int_equal(agent.asked.len, 0); /* not while somebody waits */
    agent.llm = "- built a\n## not a heading\n";
    agent.after(&rig.call);
    assert_has(buf_cstr(&agent.asked), "3 to 6");
    assert_has(buf_cstr(&agent.asked), "Files changed: a.c");
    assert_has(buf_cstr(&agent.asked), "\n300\n");
    assert_has(fake_text(NOTES), "Summary:\n- built a\n    ## not a heading\n\n---\n\n");
    size_t len = strlen(fake_text(NOTES));
    agent.after(&rig.call); /* asked once */
    assert_int_equal(strlen(fake_text(NOTES)), len);
    start();
    complete(true, "complete");
    len = strlen(fake_text(NOTES));
    agent.llm = NULL; /* no model: the entry stands without one */
    agent.after(&rig.call);
    assert_int_equal(strlen(fake_text(NOTES)), len);
    start();
    complete(true, "complete");
    len = strlen(fake_text(NOTES));
    agent.llm = " \n";
    agent.after(&rig.call);
    assert_int_equal(strlen(fake_text(NOTES)), len);
}

static void the_end_is_shown_from_an_entry_on(void **s)
{
    AUTO(buf) text = {0};
    buf_adds(&text, "# Jetbox Notes\n\n");
    for (int i = 0; i < 60; i++)
        buf_addf(&text, "## Note - %02d\n\nwörds of entry %02d, and more\n\n---\n\n", i, i);
    fake_put(NOTES, buf_cstr(&text));
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\nmax_chars: 200\n");
    assert_int_equal(agent.note.len, 0);
    start();
    fake_put(NOTES, "# Jetbox Notes\n\n## other\n");
    const char *pinned = buf_cstr(&agent.note);
    assert_int_equal(strncmp(pinned,
                             "notes:## Previous Context (from workspace task notes)\n\n(older "
                             "entries left out)\n\n## Note - ",
                             90),
                     0);
    assert_has(pinned, "entry 59, and more\n");
    assert_lacks(pinned, "entry 50");
    assert_true(agent.note.len < 320);
    start();
    assert_has(buf_cstr(&agent.note), "# Jetbox Notes\n\n## other");
    fake_put(NOTES, "");
    start();
    assert_int_equal(agent.note.len, 0);
}

static void one_long_entry_is_cut_between_characters(void **s)
{
    AUTO(buf) text = {0};
    for (int i = 0; i < 500; i++)
        buf_adds(&text, "€");
    fake_put("n.md", buf_cstr(&text));
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\nfile: n.md\nmax_chars: 200\n");
    start();
    assert_has(buf_cstr(&agent.note), "left out)\n\n€€");
    assert_lacks(buf_cstr(&agent.note), "\xef\xbf\xbd");
}

static void a_large_file_loses_its_oldest_entries(void **s)
{
    AUTO(buf) text = {0};
    buf_adds(&text, "# Jetbox Notes\n\n");
    for (int i = 0; text.len < 300000; i++)
        buf_addf(&text, "## Note - %05d\n\n%080d\n\n---\n\n", i, i);
    fake_put(NOTES, buf_cstr(&text));
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\nsummary: false\n");
    worked();
    start();
    complete(true, "complete");
    const char *now = fake_text(NOTES);
    assert_true(strlen(now) < (128 << 10) + 2000 && strlen(now) > (126 << 10));
    assert_int_equal(strncmp(now, "# Jetbox Notes\n\n## Note - 0", 27), 0);
    assert_lacks(now, "## Note - 00000");
    assert_has(now, "## ✓ GOAL COMPLETE - ");
}

/* 50 MB: nothing is pinned, one warning, nothing is lost. */
static void a_huge_file_is_only_added_to(void **s)
{
    fake_put(NOTES, "## somebody's");
    agent.size_lie = 50 << 20;
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\nsummary: false\n");
    worked();
    for (int i = 0; i < 3; i++) {
        start();
        assert_int_equal(agent.note.len, 0);
        complete(true, "complete");
    }
    assert_has(buf_cstr(&agent.notices), "warn:jetboxnotes.md has 50 MB");
    assert_null(strstr(strstr(buf_cstr(&agent.notices), "50 MB") + 1, "50 MB"));
    assert_int_equal(strncmp(fake_text(NOTES), "## somebody's## ✓", 17), 0);
}

static void notes_that_cannot_be_written_are_told(void **s)
{
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\n");
    worked();
    agent.write_fails = true;
    start();
    complete(true, "complete");
    assert_has(buf_cstr(&agent.notices), "warn:the notes were not written: " NOTES ": No space");
    assert_null(agent.after);
}

static void control_characters_stay_out(void **s)
{
    rig_open("WorkspaceTaskNotesBehavior", "location: workspace\nsummary: false\n");
    worked();
    agent.stats.summary = "\x1b[31mred\x1b[0m words";
    rig.call.goal = "two\nlines";
    start();
    complete(true, "complete");
    assert_has(fake_text(NOTES), "Goal: two lines\n");
    assert_has(fake_text(NOTES), "\nred words\n");
}

/* ---- status ---- */

static struct goal_stats busy(void)
{
    return (struct goal_stats){.rounds = 3,
                               .ms = 125400,
                               .llm_calls = 4,
                               .llm_ms = 5000,
                               .tool_calls = 2,
                               .tool_ms = 500,
                               .loops = 1,
                               .input = 1234567,
                               .cached = 1000,
                               .output = 99,
                               .cost = 0.25,
                               .context_used = 16000,
                               .context_window = 64000,
                               .tasks = 3,
                               .tasks_done = 1,
                               .subtasks = 5,
                               .subtasks_done = 1};
}

static void act(const char *tool, const char *args, const char *result)
{
    AUTO_JSON *a = cJSON_Parse(args), *r = cJSON_Parse(result);
    rig.b->on_tool_call(&rig.call, tool, a, r);
}

static char *status_text(void)
{
    AUTO(buf) out = {0};
    rig.b->status(&rig.call, &out);
    return buf_take(&out);
}

static void the_status_has_its_sections(void **s)
{
    rig_open("StatusDisplayBehavior", "");
    agent.stats = busy();
    agent.tasks = true;
    start();
    act("read_file", "{\"path\":\"old\"}", "{\"success\":true}");
    act("run_bash", "{\"command\":\"make\"}", "{\"success\":true}");
    act("read_file", "{\"path\":\"x\"}", "{\"success\":false,\"error\":\"x does not exist\"}");
    act("list_dir", "{}", "{\"success\":true}");
    AUTO_FREE char *text = status_text();
    assert_has(text, "time       2m 5s, round 3\n");
    assert_has(text, "calls      4 of the model, 1.25 s each; 2 of tools, 0.25 s each\n");
    assert_has(text, "actions    4 (1 failed)\n");
    assert_has(text, "spent      1,234,567 tokens in (1,000 cached), 99 out, cost 0.2500\n");
    assert_has(text, "loops      1\n");
    assert_has(text, "context    █████░░░░░░░░░░░░░░░ 16,000 of 64,000 tokens, 25.0 %\n");
    assert_has(text, "rounds     ●●●○○○○○○○○○ 3 of 12\n");
    assert_has(text, "goal       the goal\ntree       2 of 8 done\n           [>] 2. first\n");
    assert_has(text, "lately     thinking\n           ✓ run_bash make\n"
                     "           ✗ read_file x\n           ✓ list_dir \n");
    assert_lacks(text, "old");
    assert_has(text, "errors     read_file: x does not exist\n");
    for (const char *p = text; *p; p += strcspn(p, "\n") + 1)
        assert_true(utf8_str_width(p, strcspn(p, "\n")) <= 80);
}

static void turns_tell_how_near_the_limit_is(void **s)
{
    static const struct {
        int64_t used, max;
        const char *text;
    } rows[] = {{5, 12, "5 of 12\n"},
                {6, 12, "6 of 12, half of them\n"},
                {8, 10, "8 of 10, nearly all: then the task is split\n"},
                {99, 10, "●●●●●●●●●● 99 of 10, nearly all: then the task is split\n"},
                {50, 100, "●●●●●●●●●●○○○○○○○○○○ 50 of 100, half of them\n"}};
    rig_open("StatusDisplayBehavior", "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        agent.budget_used = rows[i].used;
        agent.budget_max = rows[i].max;
        AUTO_FREE char *text = status_text();
        assert_has(text, rows[i].text);
    }
    agent.budget_max = 0;
    AUTO_FREE char *text = status_text();
    assert_lacks(text, "rounds ");
    assert_lacks(text, "context");
}

static void the_parameters_of_the_status(void **s)
{
    rig_open("StatusDisplayBehavior", "show_hierarchy: false\n");
    agent.stats = busy();
    agent.tasks = true;
    start();
    act("t", "{}", "{}");
    start();
    AUTO_FREE char *kept = status_text();
    assert_lacks(kept, "goal       ");
    assert_has(kept, "actions    1 (0 failed) in 2 goals\n");
    rig_open("StatusDisplayBehavior", "reset_stats: true\n");
    start();
    act("t", "{}", "{}");
    start();
    AUTO_FREE char *anew = status_text();
    assert_has(anew, "actions    0 (0 failed)\n");
}

static void long_lines_are_cut(void **s)
{
    AUTO(buf) goal = {0};
    for (int i = 0; i < 60; i++)
        buf_adds(&goal, "ü漢\n");
    rig_open("StatusDisplayBehavior", "");
    rig.call.goal = buf_cstr(&goal);
    AUTO_FREE char *text = status_text();
    assert_has(text, "…\n");
    for (const char *p = text; *p; p += strcspn(p, "\n") + 1)
        assert_true(utf8_str_width(p, strcspn(p, "\n")) <= 80);
    agent.stats.ms = 3780000;
    AUTO_FREE char *hours = status_text();
    assert_has(hours, "time       1h 3m, round");
    agent.stats.ms = 12345;
    AUTO_FREE char *seconds = status_text();
    assert_has(seconds, "time       12.3s, round");
}

static void progress_is_told_when_it_changed(void **s)
{
    rig_open("StatusDisplayBehavior", "");
    agent.stats = busy();
    start();
    rig.b->on_round_end(&rig.call);
    agent.stats.ms += 5000; /* time alone is no progress */
    rig.b->on_round_end(&rig.call);
    agent.stats.subtasks_done = 4;
    rig.b->on_round_end(&rig.call);
    assert_string_equal(buf_cstr(&agent.progress), "Task 2/3 | Subtask 2/5 | ✓25% | 2m 5s\n"
                                                   "Task 2/3 | Subtask 5/5 | ✓62% | 2m 10s\n");
    buf_clear(&agent.progress);
    agent.stats = (struct goal_stats){.rounds = 2, .ms = 1500};
    act("t", "{}", "{\"error\":\"x\"}");
    act("t", "{}", "{}");
    rig.b->on_round_end(&rig.call);
    assert_string_equal(buf_cstr(&agent.progress), "Round 2 | 2 actions, 1 failed | 1.5s\n");
}

static void the_end_of_a_goal_is_shown(void **s)
{
    rig_open("status_display", "");
    start();
    rig.b->on_timeout(&rig.call, 60);
    AUTO_FREE char *late = status_text();
    assert_has(late, "lately     out of time\n");
    assert_has(late, "timeout: after 60s");
    complete(false, "timeout");
    AUTO_FREE char *failed = status_text();
    assert_has(failed, "lately     goal not reached\n");
    assert_has(failed, "goal: timeout");
    start();
    complete(true, "complete");
    AUTO_FREE char *ok = status_text();
    assert_has(ok, "lately     goal complete\n");
    assert_lacks(ok, "ERRORS");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
#define F(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {F(an_entry_holds_facts_and_last_words),
                                       F(an_entry_says_what_the_user_added),
                                       F(a_question_leaves_no_note),
                                       F(they_are_kept_in_the_state_directory),
                                       F(only_the_last_ten_commands),
                                       F(a_timeout_is_a_note_of_its_own),
                                       F(a_summary_follows_when_nobody_waits),
                                       F(the_end_is_shown_from_an_entry_on),
                                       F(one_long_entry_is_cut_between_characters),
                                       F(a_large_file_loses_its_oldest_entries),
                                       F(a_huge_file_is_only_added_to),
                                       F(notes_that_cannot_be_written_are_told),
                                       F(control_characters_stay_out),
                                       F(the_status_has_its_sections),
                                       F(turns_tell_how_near_the_limit_is),
                                       F(the_parameters_of_the_status),
                                       F(long_lines_are_cut),
                                       F(progress_is_told_when_it_changed),
                                       F(the_end_of_a_goal_is_shown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
