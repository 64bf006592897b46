/* The gate: what was granted, for how long, and what never runs. */
#include "../unit/test.h"

#include <unistd.h>

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

/* ---- reach ---- */

#define NEEDING(command, needs) \
    "{tool: run_bash, args: {command: \"" command "\", needs: [" needs "], why: \"to\\nget x\"}}"
#define ENDS "  - say: Done.\n"

static void reach_of(struct lab *l, const char *turns)
{
    lab_open(l);
    agent_of(l, "");
    lab_put(l, "p.yaml", "turns:\n%s", turns);
    l->opts.approval = "auto";
}

static const struct event *last_question(const struct lab *l)
{
    const struct event *last = NULL;
    for (size_t i = 0; i < l->events.len; i++)
        if (l->events.ptr[i].type == EVENT_APPROVAL)
            last = &l->events.ptr[i];
    assert_non_null(last);
    return last;
}

/* What the model was answered last. */
static const char *last_result(const struct lab *l)
{
    const char *last = "";
    for (size_t i = 0; i < l->events.len; i++)
        if (l->events.ptr[i].type == EVENT_TOOL_RESULT)
            last = l->events.ptr[i].tool_result.result;
    return last;
}

static void assert_said(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void a_reach_is_asked_for_by_name(void **s)
{
    struct lab l;
    reach_of(&l, "  - call: " NEEDING("echo a && curl -V", "network") "\n" ENDS);
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "y"), 1);
    const struct event_approval *q = &last_question(&l)->approval;
    assert_string_equal(q->title, "Run this command with network?");
    assert_string_equal(q->detail, "echo a && curl -V");
    assert_said(q->why, "network: every host");
    assert_said(q->why, "What for: to get x");
    assert_said(q->why, "echo a: only reads");
    assert_said(q->why, "curl -V: may write, reaches the network");
    assert_said(q->always, "any command that asks for network gets it until this session ends");
    lab_close(&l);
}

static void a_yes_once_is_asked_again_and_one_for_the_session_is_not(void **s)
{
    static const char turns[] = "  - call: " NEEDING("true a", "network") "\n  - call: " NEEDING(
        "true b", "network") "\n  - call: " NEEDING("true c", "network, device") "\n" ENDS;
    struct lab l;
    reach_of(&l, turns);
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "y"), 3);
    assert_int_equal(run_goal(&l, "s"), 2); /* the first, and the device, alone */
    assert_string_equal(last_question(&l)->approval.title, "Run this command with device?");
    lab_close(&l);
}

static void without_needs_nothing_is_asked(void **s)
{
    struct lab l;
    reach_of(&l, "  - call: " TOUCH "\n" ENDS);
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "n"), 0);
    assert_true(lab_exists(&l, "ws/zz"));
    lab_close(&l);
}

#define TOUCH_OUT "{tool: run_bash, args: {command: \"touch ran\", needs: [network]}}"

static void a_refused_reach_runs_nothing(void **s)
{
    struct lab l;
    reach_of(&l, "  - call: " TOUCH_OUT "\n" ENDS);
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "n"), 1);
    assert_false(lab_exists(&l, "ws/ran"));
    assert_said(last_result(&l), "The user refused this command with needs network.");
    lab_close(&l);
}

/* policy, what --allow says, needs → questions, whether it ran, and what the model reads. */
static void policies_and_allowed_reach(void **s)
{
    static const struct {
        const char *policy, *allow, *needs;
        int asked;
        bool ran;
        const char *says;
    } cases[] = {
        {"auto", NULL, "[network]", 1, true, ""},
        {"auto", "network", "[network]", 0, true, ""},
        {"auto", "device", "[network]", 1, true, ""},
        {"auto", "network", "network", 0, true, ""},
        {"auto", NULL, "[]", 0, true, ""},
        {"auto", NULL, "[internet]", 0, false,
         "known: network, network:HOST, path:DIR, path:~, device, trace"},
        {"auto", NULL, "[\"path:/a/../b\"]", 0, false, "without"},
        {"auto", "network", "[\"path:~/.ssh\"]", 0, false, "path:~/.ssh"},
        {"ask", NULL, "[network]", 1, true, ""},
        {"ask", "network", "[network]", 1, true, ""},
        {"never", NULL, "[network]", 0, false, "approval policy \\\"never\\\""},
        {"never", "network", "[network]", 0, true, ""},
        {"yolo", NULL, "[network, trace]", 0, true, ""},
        {"yolo", NULL, "[\"path:/\"]", 0, false, "not given to any command"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lab l;
        AUTO_FREE char *turns = mem_printf(
            "  - call: {tool: run_bash, args: {command: \"touch ran\", needs: %s}}\n" ENDS,
            cases[i].needs);
        char *allow[] = {mem_strdup(cases[i].allow)};
        reach_of(&l, turns);
        l.opts.approval = cases[i].policy;
        l.opts.allow = (struct opt_list){allow, cases[i].allow != NULL};
        lab_start(&l, "p.yaml");
        int asked = run_goal(&l, "y");
        if (asked != cases[i].asked || lab_exists(&l, "ws/ran") != cases[i].ran)
            fail_msg("row %zu: %d questions, %s", i, asked, last_result(&l));
        assert_said(last_result(&l), cases[i].says);
        lab_close(&l);
        free(allow[0]);
    }
}

static void what_is_no_choice_is_no_yes(void **s)
{
    static const char *const keys[] = {"p", "yes", "N", "1", "q"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct lab l;
        reach_of(&l, "  - call: " NEEDING("touch ran && mkdir x", "network") "\n" ENDS);
        lab_start(&l, "p.yaml");
        assert_int_equal(run_goal(&l, keys[i]), 1);
        assert_false(lab_exists(&l, "ws/ran"));
        lab_close(&l);
    }
}

/* ---- rules ---- */

static void a_refusing_rule_holds_under_every_policy(void **s)
{
    static const char *const policies[] = {"ask", "auto", "never", "yolo"};
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct lab l;
        reach_of(&l, "  - call: " NEEDING("touch ran", "network") "\n  - call: " TOUCH "\n" ENDS);
        char *allow[] = {mem_strdup("network")};
        lab_config(&l, "permissions:\n  - {deny: touch, reach: network}\n  - deny: touch zz\n");
        l.opts.approval = policies[i];
        l.opts.allow = (struct opt_list){allow, 1};
        lab_start(&l, "p.yaml");
        assert_int_equal(run_goal(&l, "y"), 0);
        assert_false(lab_exists(&l, "ws/ran") || lab_exists(&l, "ws/zz"));
        assert_said(last_result(&l), "Refused by a rule of the user, under every policy");
        assert_said(last_result(&l), ": deny touch zz)");
        lab_close(&l);
        free(allow[0]);
    }
}

/* rules, policy → questions and whether it ran. */
static void rules_come_before_the_policy(void **s)
{
    static const struct {
        const char *rule, *policy;
        int asked;
        bool ran;
    } cases[] = {
        {"{allow: touch ran, reach: network}", "auto", 0, true},
        {"{allow: touch ran, reach: network}", "ask", 0, true},
        {"{allow: touch ran, reach: network}", "never", 0, true},
        {"{allow: touch ran}", "auto", 1, true}, /* of the network it says nothing */
        {"{allow: , reach: network}", "auto", 0, true},
        {"{allow: , reach: network}", "ask", 1, true}, /* of running it says nothing */
        {"{ask: touch}", "auto", 1, true},
        {"{ask: touch}", "never", 0, false},
        {"{ask: touch}", "yolo", 0, true},
        {"{allow: , reach: device}", "auto", 1, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lab l;
        AUTO_FREE char *yaml = mem_printf("permissions:\n  - %s\n", cases[i].rule);
        reach_of(&l, "  - call: " NEEDING("touch ran", "network") "\n" ENDS);
        lab_config(&l, yaml);
        l.opts.approval = cases[i].policy;
        lab_start(&l, "p.yaml");
        int asked = run_goal(&l, "y");
        if (asked != cases[i].asked || lab_exists(&l, "ws/ran") != cases[i].ran)
            fail_msg("%s under %s: %d questions, %s", cases[i].rule, cases[i].policy, asked,
                     last_result(&l));
        lab_close(&l);
    }
}

static void this_program_here_is_kept_and_is_no_other(void **s)
{
    struct lab l;
    reach_of(&l,
             "  - call: " NEEDING("touch ran", "network") "\n  - call: " NEEDING(
                 "touch more", "network") "\n  - call: " NEEDING("mkdir no", "network") "\n" ENDS);
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "p"), 2);
    assert_said(last_question(&l)->approval.always,
                "p: in this workspace, later too, \"mkdir *\" gets network");
    engine_ask(l.g, REQUEST_NEW, NULL, NULL);
    assert_int_equal(run_goal(&l, "n"), 0); /* both, in another session */
    lab_close(&l);
}

/* A question that a program cannot be named by, or a rule wants, is not to be answered for ever. */
static void not_everything_can_be_kept(void **s)
{
    struct lab l;
    reach_of(&l, "  - call: " NEEDING("bash x", "network") "\n  - call: " NEEDING(
                     "touch a; mkdir b", "network") "\n  - call: " NEEDING("touch z",
                                                                           "network") "\n" ENDS);
    lab_config(&l, "permissions:\n  - {ask: touch z, reach: network}\n");
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "p"), 3);
    for (size_t i = 0; i < l.events.len; i++)
        if (l.events.ptr[i].type == EVENT_APPROVAL)
            assert_null(strstr(l.events.ptr[i].approval.choices, "\"p\""));
    assert_said(last_question(&l)->approval.why, ": ask touch z with network");
    engine_ask(l.g, REQUEST_NEW, NULL, NULL);
    assert_int_equal(run_goal(&l, "n"), 3);
    lab_close(&l);
}

/* ---- plans ---- */

static const char plan_turns[] =
    "  - call: " WRITE "\n  - call: " TOUCH
    "\n  - call: {tool: run_bash, args: {command: \"git --version && cat agent.txt\"}}\n"
    "  - call: " NEEDING(
        "true",
        "network") "\n  - call: {tool: run_bash, args: {command: \"touch bg\", background: true}}\n"
                   "  - say: First a, then b.\n  - call: " WRITE "\n  - call: " TOUCH
                   "\n  - say: Done.\n";

static size_t refused_calls(const struct lab *l, size_t from)
{
    size_t n = 0;
    for (size_t i = from; i < l->events.len; i++)
        n += l->events.ptr[i].type == EVENT_TOOL_RESULT && !l->events.ptr[i].tool_result.ok;
    return n;
}

static const struct event *plan_question(struct lab *l)
{
    engine_ask(l->g, REQUEST_SUBMIT, "go", NULL);
    const struct event *ev = lab_until(l, lab_question_or_end, NULL, 20000);
    assert_non_null(ev);
    assert_int_equal(ev->type, EVENT_APPROVAL);
    assert_string_equal(ev->approval.title, "Take this plan?");
    assert_string_equal(ev->approval.detail, "First a, then b.");
    assert_int_equal(refused_calls(l, 0), 3); /* the write, the touch, the reach */
    assert_false(lab_exists(l, "ws/a.txt") || lab_exists(l, "ws/zz") || lab_exists(l, "ws/bg"));
    return ev;
}

static void plan_of(struct lab *l, const char *policy)
{
    reach_of(l, plan_turns);
    lab_put(l, "ws/agent.txt", "x");
    l->opts.approval = policy;
    lab_start(l, "p.yaml");
}

static void a_plan_changes_nothing_until_it_is_taken(void **s)
{
    struct lab l;
    plan_of(&l, "plan");
    const struct event *ev = plan_question(&l);
    assert_said(lab_asked(), "The user wants a plan first");
    engine_ask(l.g, REQUEST_ANSWER, ev->approval.id, "y");
    assert_int_equal(answer_all(&l, "n"), 0);
    assert_true(lab_exists(&l, "ws/a.txt") && lab_exists(&l, "ws/zz"));
    assert_said(lab_asked(), "The user took the plan. Carry it out.");
    lab_close(&l);
}

static void a_plan_is_refused_with_words(void **s)
{
    struct lab l;
    plan_of(&l, "plan");
    const struct event *ev = plan_question(&l);
    engine_post(l.g, (struct request){.type = REQUEST_ANSWER,
                                      .answer = {.question = mem_strdup(ev->approval.id),
                                                 .choice = mem_strdup("n"),
                                                 .text = mem_strdup("b comes first")}});
    ev = lab_until(&l, lab_question_or_end, NULL, 20000);
    assert_int_equal(ev->type, EVENT_APPROVAL); /* another plan, still under it */
    assert_said(lab_asked(), "The user refused the plan: b comes first");
    assert_false(lab_exists(&l, "ws/a.txt") || lab_exists(&l, "ws/zz"));
    engine_ask(l.g, REQUEST_ANSWER, ev->approval.id, "k");
    ev = lab_until_type(&l, EVENT_RESULT, 20000);
    assert_string_equal(ev->result.status, "complete");
    assert_false(lab_exists(&l, "ws/a.txt") || lab_exists(&l, "ws/zz"));
    lab_close(&l);
}

static void a_plan_goes_back_to_the_policy_it_came_from(void **s)
{
    struct lab l;
    plan_of(&l, "ask");
    engine_ask(l.g, REQUEST_APPROVE, "plan", NULL);
    const struct event *ev = plan_question(&l);
    engine_ask(l.g, REQUEST_ANSWER, ev->approval.id, "y");
    assert_int_equal(answer_all(&l, "y"), 2); /* the write and the command, as "ask" does */
    assert_true(lab_exists(&l, "ws/a.txt") && lab_exists(&l, "ws/zz"));
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

/* ---- files that something reads by itself ---- */

/* rules, policy, file written → questions, whether it was written, what the model reads. */
static void what_others_read_by_themselves_is_asked_about(void **s)
{
    static const struct {
        const char *rule, *policy, *path;
        int asked;
        bool written;
        const char *says;
    } cases[] = {
        {NULL, "auto", "a.txt", 0, true, ""},
        {NULL, "auto", "conftest.py", 0, true, ""},
        {NULL, "auto", "AGENTS.md", 1, true, ""},
        {NULL, "auto", "sub/agents.MD", 1, true, ""},
        {NULL, "auto", ".husky/pre-commit", 1, true, ""},
        {NULL, "auto", "x/a.PTH", 1, true, ""},
        {NULL, "auto", "pth", 0, true, ""},
        {NULL, "auto", ".config/mise/config.toml", 1, true, ""},
        {NULL, "auto", "hooks/pre-commit", 1, true, ""}, /* by a link */
        {NULL, "auto", "x/.GitHub/Workflows/ci.yml", 1, true, ""},
        {NULL, "never", "AGENTS.md", 0, false,
         "approval policy \\\"never\\\": it is read by agents"},
        {NULL, "yolo", "AGENTS.md", 0, true, ""},
        {"{allow: , writes: AGENTS.md}", "auto", "AGENTS.md", 0, true, ""},
        {"{allow: , writes: AGENTS.md}", "never", "agents.md", 0, true, ""},
        {"{allow: , writes: AGENTS.md}", "auto", "sub/AGENTS.md", 1, true, ""},
        {"{allow: , writes: [x, .husky/*]}", "auto", "hooks/pre-commit", 0, true, ""},
        {"{deny: , writes: \"*.lock\"}", "yolo", "sub/x.lock", 0, false,
         "Refused by a rule of the user, under every policy"},
        {"{ask: , writes: a.txt}", "auto", "a.txt", 1, true, ""},
        {"{deny: touch}", "auto", "a.txt", 0, true, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lab l;
        lab_open(&l);
        agent_of(&l, "");
        lab_put(&l, "p.yaml",
                "turns:\n  - call: {tool: write_file, args: {path: %s, content: \"new\\n\"}}\n"
                "  - say: Done.\n",
                cases[i].path);
        lab_put(&l, "ws/.husky/other", "x");
        AUTO_FREE char *link = mem_printf("%s/hooks", l.ws);
        assert_int_equal(symlink(".husky", link), 0);
        AUTO_FREE char *rules = mem_printf("permissions:\n  - %s\n", cases[i].rule);
        if (cases[i].rule)
            lab_config(&l, rules);
        l.opts.approval = cases[i].policy;
        lab_start(&l, "p.yaml");
        int asked = run_goal(&l, "y");
        AUTO_FREE char *at = mem_printf("ws/%s", cases[i].path);
        if (asked != cases[i].asked || lab_exists(&l, at) != cases[i].written)
            fail_msg("row %zu: %d questions, %s", i, asked, last_result(&l));
        assert_said(last_result(&l), cases[i].says);
        lab_close(&l);
    }
}

static void a_question_about_a_file_shows_what_changes(void **s)
{
    struct lab l;
    lab_open(&l);
    agent_of(&l, "");
    lab_put(&l, "ws/AGENTS.md", "one\ntwo\nthree\n");
    lab_put(&l, "p.yaml",
            "turns:\n  - call: {tool: read_file, args: {path: AGENTS.md}}\n"
            "  - call: {tool: edit_file, args: {path: AGENTS.md, edits: [{old_string: two, "
            "new_string: \"2\\n2b\"}]}}\n"
            "  - say: Done.\n"
            "  - call: {tool: edit_file, args: {path: AGENTS.md, edits: [{old_string: one, "
            "new_string: \"1\"}]}}\n"
            "  - say: Done.\n");
    l.opts.approval = "auto";
    lab_start(&l, "p.yaml");
    assert_int_equal(run_goal(&l, "s"), 1);
    const struct event_approval *q = &last_question(&l)->approval;
    assert_string_equal(q->kind, "write");
    assert_string_equal(q->title, "Write AGENTS.md?");
    assert_string_equal(q->detail, "@@ -1,3 +1,4 @@\n one\n-two\n+2\n+2b\n three\n");
    assert_said(q->why, "it is read by agents, at their start");
    assert_int_equal(run_goal(&l, "n"), 0); /* for the session */
    lab_close(&l);
}

static void a_refused_file_is_not_written_and_says_how(void **s)
{
    for (int can_ask = 0; can_ask < 2; can_ask++) {
        struct lab l;
        lab_open(&l);
        agent_of(&l, "");
        lab_put(&l, "p.yaml",
                "turns:\n  - call: {tool: write_file, args: {path: .zshenv, content: x}}\n"
                "  - say: Done.\n");
        l.opts.approval = "auto";
        l.opts.interactive = can_ask;
        lab_start(&l, "p.yaml");
        assert_int_equal(run_goal(&l, "n"), can_ask);
        assert_false(lab_exists(&l, "ws/.zshenv"));
        assert_said(last_result(&l), can_ask ? "The user refused this write of .zshenv."
                                             : "{allow: , writes: .zshenv} under permissions:");
        lab_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(a_yes_for_the_session_ends_with_it),
                                       T(yes_to_writes_is_no_yes_to_commands),
                                       T(a_reach_is_asked_for_by_name),
                                       T(a_yes_once_is_asked_again_and_one_for_the_session_is_not),
                                       T(without_needs_nothing_is_asked),
                                       T(a_refused_reach_runs_nothing),
                                       T(policies_and_allowed_reach),
                                       T(what_is_no_choice_is_no_yes),
                                       T(a_refusing_rule_holds_under_every_policy),
                                       T(rules_come_before_the_policy),
                                       T(this_program_here_is_kept_and_is_no_other),
                                       T(not_everything_can_be_kept),
                                       T(a_plan_changes_nothing_until_it_is_taken),
                                       T(a_plan_is_refused_with_words),
                                       T(a_plan_goes_back_to_the_policy_it_came_from),
                                       T(a_hook_holds_back_a_delegate),
                                       T(quitting_is_heard_while_mien_starts),
                                       T(what_others_read_by_themselves_is_asked_about),
                                       T(a_question_about_a_file_shows_what_changes),
                                       T(a_refused_file_is_not_written_and_says_how)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
