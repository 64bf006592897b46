/* What requests still say when steps end, goals follow each other and history is cut. */
#include "../unit/test.h"

#include <string.h>

#include "lab.h"

static const char two_steps[] =
    "  - when: {user: more of it, tool: mark_subtask_complete}\n    say: that was all of it\n"
    "  - when: {tool: decompose_task}\n    call: {tool: read_file, args: {path: a.txt}}\n"
    "  - when: {tool: read_file}\n    call: {tool: run_bash, args: {command: 'exit 3'}}\n"
    "  - when: {tool: run_bash}\n    call: {tool: mark_subtask_complete, args: {success: true, "
    "reason: r}}\n"
    "  - when: {tool: mark_subtask_complete}\n    call: {tool: mark_subtask_complete, args: "
    "{success: true, reason: r}}\n"
    "  - call: {tool: decompose_task, args: {subtasks: [one, two]}}\n";

static void place(struct lab *l, const char *params)
{
    lab_open(l);
    lab_put(
        l, "agent.yaml",
        "system_prompt: x\nbehaviors:\n  - type: HierarchicalContextBehavior\n    params: {%s}\n"
        "  - type: FileToolsBehavior\n  - type: CommandToolsBehavior\n",
        params);
    lab_put(l, "p.yaml", "turns:\n%s", two_steps);
    lab_put(l, "ws/a.txt", "zinnia\nrose\n");
    l->opts.interactive = false;
}

static void run(struct lab *l, const char *goal)
{
    if (!l->g)
        lab_start(l, "p.yaml");
    engine_ask(l->g, REQUEST_SUBMIT, goal, NULL);
    const struct event *ev = lab_until_type(l, EVENT_RESULT, 20000);
    assert_non_null(ev);
    assert_string_equal(ev->result.status, "complete");
}

/* With the seed's clearing, which lab_asked() proves to be in force: the file is not read twice. */
static void words_outlive_the_seeds_clearing(void **s)
{
    struct lab l;
    place(&l, "");
    run(&l, "count the flowers, never touch README");
    assert_has(lab_asked(), "USER (goal 1): count the flowers, never touch README\n");
    assert_null(strstr(lab_asked(), "zinnia"));
    assert_has(lab_asked(), "earlier messages of this session are no longer shown");
    assert_has(lab_asked(), "FILES READ (lines): a.txt 1-2\n");
    assert_has(lab_asked(), "COMMANDS: exit 3 → rc 3\n");
    lab_close(&l);
}

/* A goal that ended by a mark is remembered whole by the next one. */
static void the_next_goal_remembers_the_first(void **s)
{
    struct lab l;
    place(&l, "history_keep: 0, clear_on_transition: false");
    run(&l, "count the flowers");
    assert_has(lab_asked(), "zinnia");
    run(&l, "more of it");
    assert_has(lab_asked(), "count the flowers\n");
    assert_has(lab_asked(), "zinnia");
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(words_outlive_the_seeds_clearing),
                                       T(the_next_goal_remembers_the_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
