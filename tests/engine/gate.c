/* The gate: what was granted, for how long, and what never runs. */
#include "../unit/test.h"

#include "base/json.h"
#include "lab.h"

static void agent_of(struct lab *l, const char *more)
{
    lab_put(l, "agent.yaml",
            "system_prompt: x\nbehaviors:\n  - type: FileToolsBehavior\n  - type: "
            "CommandToolsBehavior\n"
            "  - type: HierarchicalContextBehavior\n%s",
            more);
}

/* Answer every question with this key until the goal ends; returns how many there were. */
static int answer_all(struct lab *l, const char *key)
{
    int asked = 0;
    for (;;) {
        const struct event *ev = lab_until(l, lab_question_or_end, NULL, 20000);
        assert_non_null(ev);
        if (ev->type == EVENT_RESULT)
            return asked;
        asked++;
        engine_ask(l->g, REQUEST_ANSWER, ev->approval.id, key);
    }
}

static int run_goal(struct lab *l, const char *key)
{
    engine_ask(l->g, REQUEST_SUBMIT, "go", NULL);
    return answer_all(l, key);
}

#define TOUCH "{tool: run_bash, args: {command: \"touch zz\"}}"
#define WRITE "{tool: write_file, args: {path: a.txt, content: x}}"

static void a_yes_for_the_session_ends_with_it(void **s)
{
    struct lab l;
    lab_open(&l);
    agent_of(&l, "");
    lab_put(&l, "p.yaml",
            "turns:\n  - call: " TOUCH "\n  - say: Done.\n  - call: " TOUCH "\n  - say: Done.\n");
    l.opts.approval = "ask";
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "s"), 1);
    assert_int_equal(run_goal(&l, "s"), 0);
    engine_ask(l.g, REQUEST_NEW, NULL, NULL);
    assert_int_equal(run_goal(&l, "s"), 1);
    lab_close(&l);
}

static void yes_to_writes_is_no_yes_to_commands(void **s)
{
    struct lab l;
    lab_open(&l);
    agent_of(&l, "");
    lab_put(&l, "p.yaml",
            "turns:\n  - call: " WRITE "\n  - call: " WRITE "\n  - call: " TOUCH
            "\n  - say: Done.\n");
    l.opts.approval = "ask";
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "s"), 2); /* one for the writes, one for the command */
    size_t told = 0;
    for (size_t i = 0; i < l.events.len; i++)
        told += l.events.ptr[i].type == EVENT_SETTING &&
                strcmp(l.events.ptr[i].setting.name, "grant") == 0;
    assert_int_equal(told, 2);
    lab_close(&l);
}

/* What may go on side by side is begun before its turn comes: not before the gate. */
static void a_hook_holds_back_a_delegate(void **s)
{
    struct lab l;
    lab_open(&l);
    lab_config(&l, "hooks:\n  before_tool: [{command: \"echo no >&2; exit 2\"}]\n");
    AUTO_FREE char *more = mem_printf(
        "  - type: DelegationBehavior\n    params: {launcher: [sh, -c, \"touch %s/begun\"]}\n"
        "can_delegate_to: [helper]\n",
        l.ws);
    agent_of(&l, more);
    lab_put(&l, "config/agents/helper.yaml", "blurb: Helps.\nbehaviors: [FileToolsBehavior]\n");
    lab_put(&l, "p.yaml",
            "turns:\n  - call: {tool: delegate_to_helper, args: {task_description: x}}\n"
            "  - say: Done.\n");
    lab_start(&l, "p.yaml");
    run_goal(&l, "y");
    assert_false(lab_exists(&l, "ws/begun"));
    lab_close(&l);
}

/* A server that does not answer holds the start up: quitting does not wait for it. */
static void quitting_is_heard_while_mien_starts(void **s)
{
    struct lab l;
    lab_open(&l);
    lab_put(&l, "config/behaviors/late_behavior.py",
            "import time\nopen('%s/here', 'w').write('x')\ntime.sleep(30)\n"
            "from behaviors import AgentBehavior\n\n\nclass LateBehavior(AgentBehavior):\n"
            "    def get_name(self):\n        return 'late'\n",
            l.ws);
    agent_of(&l, "  - type: LateBehavior\n");
    lab_put(&l, "p.yaml", "turns:\n  - say: Done.\n");
    lab_start(&l, "p.yaml");
    assert_true(lab_until_here(&l, 20000));
    int64_t since = lab_now();
    lab_stop(&l);
    assert_true(lab_now() - since < 5000);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_yes_for_the_session_ends_with_it), T(yes_to_writes_is_no_yes_to_commands),
        T(a_hook_holds_back_a_delegate), T(quitting_is_heard_while_mien_starts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
