/* Modes chosen by the model, and by rules. */
#include "behaviors_host.h"

static const struct mode_info two[] = {{"formal", "for contracts", false}, {"brief", NULL, false}};

static int setup(void **s)
{
    fake_reset();
    agent.modes = two;
    agent.mode_count = COUNT_OF(two);
    return 0;
}

/* ---- by the model ---- */

static void a_mode_is_set_by_name(void **s)
{
    static const struct {
        const char *args, *set, *mode, *message;
    } rows[] = {
        {"{\"mode\":\"formal\"}", "formal|message|model|the model chose it\n", "formal",
         "mode formal from the next request on, until this goal ends"},
        {"{\"mode\":\" brief\\n\",\"scope\":\"message\",\"reason\":\"small talk\"}",
         "brief|message|model|small talk\n", "brief",
         "mode brief from the next request on, until this goal ends"},
        {"{\"mode\":\"formal+brief\",\"scope\":\"session\"}",
         "formal+brief|session|model|the model chose it\n", "formal+brief",
         "mode formal+brief from the next request on, for the session"},
        {"{\"mode\":\"\"}", "|message|model|the model chose it\n", "",
         "no mode from the next request on, until this goal ends"},
        {"{\"mode\":\"none\",\"scope\":\"session\"}", "|session|model|the model chose it\n", "",
         "no mode from the next request on, for the session"},
    };
    rig_open("ModeSwitchBehavior", "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_clear(&agent.sets);
        RUN("set_behavior_mode", rows[i].args);
        assert_ok();
        assert_string_equal(buf_cstr(&agent.sets), rows[i].set);
        assert_string_equal(json_str(r, "mode", "?"), rows[i].mode);
        assert_string_equal(agent.mode, rows[i].mode);
        assert_string_equal(json_str(r, "message", ""), rows[i].message);
        bool session = strstr(rows[i].set, "|session|") != NULL;
        assert_string_equal(json_str(r, "scope", ""), session ? "session" : "message");
    }
}

/* An address never reaches the host, whatever it would say to it. */
static void what_is_no_name_is_refused(void **s)
{
    static const char *const bad[] = {"http://evil.example", "https://x/v1", "/formal", "formal/",
                                      "formal+/x",           "a://b",        "none/"};
    rig_open("mode_switch", "");
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO_FREE char *args = mem_printf("{\"mode\":\"%s\"}", bad[i]);
        RUN("set_behavior_mode", args);
        assert_error("a mode is set by its name alone");
        assert_has(json_str(r, "error", ""), bad[i]);
        assert_int_equal(agent.sets.len, 0);
    }
    {
        RUN("set_behavior_mode", "{\"mode\":\"formal\",\"scope\":\"for ever\"}");
        assert_error("schema: ");
    }
    {
        RUN("set_behavior_mode", "{}");
        assert_error("schema: ");
    }
    assert_int_equal(agent.sets.len, 0);
    {
        RUN("set_behavior_mode", "{\"mode\":\"formel\"}");
        assert_error("no mode is called \"formel\"; there are: formal, brief");
    }
    {
        RUN("set_behavior_mode", "{\"mode\":\"nonesuch\"}");
        assert_error("no mode is called \"nonesuch\"");
    }
    agent.set_fails = "the model is gone";
    {
        RUN("set_behavior_mode", "{\"mode\":\"formal\"}");
        assert_error("the model is gone");
    }
}

static void modes_are_listed(void **s)
{
    rig_open("ModeSwitchBehavior", "");
    strcpy(agent.mode, "brief");
    {
        RUN("list_behavior_modes", "{}");
        AUTO_FREE char *text = json_print(r);
        assert_string_equal(
            text, "{\"success\":true,\"modes\":[{\"name\":\"formal\",\"description\":\"for "
                  "contracts\",\"active\":false},{\"name\":\"brief\",\"description\":\"\","
                  "\"active\":true}],\"active\":\"brief\",\"count\":2}");
    }
    AUTO_FREE char *with = rig_instructions();
    assert_has(with, "behavior modes (formal, brief): list_behavior_modes");
    agent.mode_count = 0;
    agent.mode[0] = '\0';
    AUTO_FREE char *without = rig_instructions();
    assert_string_equal(without, "");
    RUN("list_behavior_modes", "{}");
    AUTO_FREE char *text = json_print(r);
    assert_string_equal(text, "{\"success\":true,\"modes\":[],\"active\":\"\",\"count\":0}");
}

/* Neither tool changes a file: policy asks nobody, and both work under every policy. */
static void switching_only_reads(void **s)
{
    rig_open("ModeSwitchBehavior", "");
    assert_int_equal(rig_tool("set_behavior_mode")->flags, TOOL_READS);
    assert_int_equal(rig_tool("list_behavior_modes")->flags, TOOL_READS);
}

/* ---- by rules ---- */

#define REVIEW                                   \
    "rules:\n  - {when: review, mode: formal}\n" \
    "  - {when: '^ls$|^list_', mode: brief, in: tool}\n"

static void goal(const char *title, const char *text)
{
    agent.now.task_title = title;
    agent.now.user_text = text;
    buf_clear(&agent.sets);
    rig.b->on_goal_start(&rig.call);
}

static void round_ends(void)
{
    buf_clear(&agent.sets);
    rig.b->on_round_end(&rig.call);
}

static void tool_called(const char *tool, const char *error)
{
    AUTO_JSON *result = json_success();
    agent.now.tool = tool;
    agent.now.error = error;
    buf_clear(&agent.sets);
    rig.b->on_tool_call(&rig.call, tool, NULL, result);
}

#define assert_sets(text) assert_string_equal(buf_cstr(&agent.sets), text)
#define assert_notices(text) assert_string_equal(buf_cstr(&agent.notices), text)

static void assert_status(const char *text)
{
    AUTO(buf) out = {0};
    rig.b->status(&rig.call, &out);
    assert_string_equal(buf_cstr(&out), text);
}

/* Nothing is asked of the host, not even what is going on. */
static void without_rules_nothing_happens(void **s)
{
    static const struct behavior_host none = {.abi = BEHAVIOR_ABI};
    static const char *const params[] = {"", "rules: []\n", "by: rules\ndefault: ''\n"};
    for (size_t i = 0; i < COUNT_OF(params); i++) {
        rig_open("AutoModeBehavior", params[i]);
        rig.call.host = &none;
        goal("review it", "review it");
        tool_called("ls", "boom");
        round_ends();
        assert_status("");
    }
}

static void bad_rules_are_named(void **s)
{
    static const struct {
        const char *params, *error;
    } rows[] = {
        {"rules: review\n", "rules is a list of {when: REGEX, mode: NAME, in: WHERE}"},
        {"rules: {when: a, mode: b}\n", "rules is a list"},
        {"rules: [{when: a, mode: b}, text]\n", "rule 2 is {when: REGEX, mode: NAME, in: WHERE}"},
        {"rules: [{mode: b}]\n", "rule 1: when is a regular expression"},
        {"rules: [{when: '', mode: b}]\n", "rule 1: when is a regular expression"},
        {"rules: [{when: 42, mode: b}]\n", "rule 1: when is a regular expression"},
        {"rules: [{when: a}]\n", "rule 1: mode is the name of a mode"},
        {"rules: [{when: a, mode: [b]}]\n", "rule 1: mode is the name of a mode"},
        {"rules: [{when: a, mode: 'http://x'}]\n", "rule 1: a mode is set by its name alone"},
        {"rules: [{when: a, mode: b, if: c}]\n", "rule 1 has no \"if\"; it has when, mode, in"},
        {"rules: [{when: a, mode: b}, {when: a, mode: b, in: body}]\n",
         "rule 2: in is title, text, tool, error or any, not \"body\""},
        {"rules: [{when: a, mode: b, in: 3}]\n", "rule 1: in is title"},
        {"rules: [{when: a, mode: b}, {when: 'a(b', mode: c}]\n",
         "rule 2: when \"a(b\" is no regular expression: "},
        {"by: chance\n", "rules|model"},
        {"default: a/b\n", "default: a mode is set by its name alone"},
        {"default: [a]\n", "\"default\" wants text"},
        {"mode: a\n", "has no \"mode\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error e = {0};
        assert_false(rig_try("AutoModeBehavior", rows[i].params, &e));
        assert_has(e.text, rows[i].error);
        assert_int_equal(e.code, ERR_CONFIG);
    }
}

static void too_many_rules_are_refused(void **s)
{
    AUTO(buf) many = {0};
    struct error e = {0};
    buf_adds(&many, "rules:\n");
    for (int i = 0; i < 100; i++)
        buf_adds(&many, "  - {when: review, mode: formal}\n");
    rig_open("auto_mode", buf_cstr(&many));
    goal("review", NULL);
    assert_string_equal(agent.mode, "formal");
    buf_adds(&many, "  - {when: a, mode: formal}\n");
    assert_false(rig_try("auto_mode", buf_cstr(&many), &e));
    assert_has(e.text, "101 rules are too many: at most 100");
}

static void the_first_match_wins_and_goes(void **s)
{
    rig_open("AutoModeBehavior", "rules:\n  - {when: 'never', mode: formal+brief}\n"
                                 "  - {when: 'Re+view', mode: formal}\n"
                                 "  - {when: review, mode: brief}\n");
    assert_status("auto mode: nothing was decided yet\n");
    goal("please REVIEW it", NULL);
    assert_sets("formal|session|rule|rule 2: \"Re+view\" matches the goal\n");
    assert_status("auto mode: \"formal\" (rule 2: \"Re+view\" matches the goal)\n");
    round_ends();
    assert_sets(""); /* once */
    agent.now.task = 3;
    agent.now.task_title = "write it";
    agent.now.user_text = "and then review";
    round_ends();
    assert_sets(""); /* the same mode for another reason */
    assert_status("auto mode: \"formal\" (rule 2: \"Re+view\" matches what the user said)\n");
    agent.now.user_text = NULL;
    round_ends();
    assert_sets("|session|rule|no rule matches\n");
    assert_status("auto mode: no mode (no rule matches)\n");
    round_ends();
    assert_sets("");
    agent.now.task_title = "reeeview";
    round_ends();
    assert_sets("formal|session|rule|rule 2: \"Re+view\" matches the task's title\n");
    assert_notices("");
}

static void each_text_has_its_rules(void **s)
{
    static const struct {
        const char *in;
        const char *matches; /* of title, text, tool, error: t x o e */
    } rows[] = {{"", "tx"},          {", in: any", "tx"}, {", in: title", "t"},
                {", in: text", "x"}, {", in: tool", "o"}, {", in: error", "e"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_FREE char *params = mem_printf("rules: [{when: hit, mode: formal%s}]\n", rows[i].in);
        for (const char *p = "txoe"; *p; p++) {
            rig_open("AutoModeBehavior", params);
            agent.mode[0] = '\0';
            agent.chooser = MODE_BY_NOBODY;
            agent.now = (struct situation){.task_title = *p == 't' ? "a hit" : NULL,
                                           .user_text = *p == 'x' ? "a hit" : NULL,
                                           .tool = *p == 'o' ? "a hit" : NULL,
                                           .error = *p == 'e' ? "a hit" : NULL};
            rig.b->on_round_end(&rig.call);
            assert_string_equal(agent.mode, strchr(rows[i].matches, *p) ? "formal" : "");
        }
    }
}

static void tools_and_errors_are_looked_at_at_once(void **s)
{
    rig_open("AutoModeBehavior", REVIEW "  - {when: denied, mode: formal, in: error}\n");
    strcpy(agent.mode, "formal+brief"); /* what the agent begins with */
    goal("x", NULL);
    assert_sets("");
    tool_called("ls", NULL);
    assert_sets("brief|session|rule|rule 2: \"^ls$|^list_\" matches the tool called last\n");
    tool_called("cat", "Permission denied");
    assert_sets("formal|session|rule|rule 3: \"denied\" matches the last error\n");
    tool_called("cat", NULL);
    assert_sets("formal+brief|session|rule|no rule matches\n"); /* from before the first of ours */
    tool_called("cat", NULL);
    assert_sets("");
    rig_open("AutoModeBehavior", "rules: [{when: hit, mode: formal}]\n");
    agent.now.task_title = "hit";
    tool_called("ls", NULL);
    assert_sets(""); /* no rule looks at tools: a call is no occasion */
}

static void a_choice_by_hand_stands(void **s)
{
    rig_open("AutoModeBehavior", REVIEW);
    goal("review", NULL);
    assert_string_equal(agent.mode, "formal");
    for (enum mode_chooser by = MODE_BY_USER; by <= MODE_BY_MODEL; by++) {
        agent.chooser = by;
        strcpy(agent.mode, "brief");
        round_ends();
        round_ends();
        goal("review again", NULL);
        assert_string_equal(agent.mode, "brief");
        assert_notices("info:auto mode: the mode stays as it was chosen, not \"formal\" (rule 1: "
                       "\"review\" matches the goal)\n");
        assert_status("auto mode: not \"formal\" (rule 1: \"review\" matches the goal): the mode "
                      "was chosen otherwise\n");
    }
    goal("write", NULL); /* what was before is not ours to bring back */
    assert_sets("");
    assert_string_equal(agent.mode, "brief");
    agent.chooser = MODE_BY_NOBODY; /* the choice was given back */
    goal("review", NULL);
    assert_string_equal(agent.mode, "formal");
    goal("write", NULL);
    assert_sets("brief|session|rule|no rule matches\n");
}

/* Another model was chosen: what it has now is what comes back. */
static void a_reset_mode_is_chosen_anew(void **s)
{
    rig_open("AutoModeBehavior", REVIEW);
    goal("review", NULL);
    agent.chooser = MODE_BY_NOBODY;
    strcpy(agent.mode, "brief");
    round_ends();
    assert_string_equal(agent.mode, "formal");
    goal("write", NULL);
    assert_string_equal(agent.mode, "brief");
}

/* A host may put the parts of a mode in an order of its own. */
static void a_mode_told_otherwise_is_still_ours(void **s)
{
    rig_open("AutoModeBehavior", "rules: [{when: review, mode: formal+brief}]\n");
    goal("review", NULL);
    strcpy(agent.mode, "brief+formal");
    round_ends();
    assert_sets("");
    goal("write", NULL);
    assert_sets("|session|rule|no rule matches\n");
}

static void what_is_in_force_already_is_not_set(void **s)
{
    rig_open("AutoModeBehavior", REVIEW);
    strcpy(agent.mode, "formal");
    goal("review", NULL);
    assert_sets("");
    goal("write", NULL); /* nor taken away: it is not ours */
    assert_sets("");
    agent.chooser = MODE_BY_USER;
    goal("review", NULL);
    assert_sets("");
    assert_notices("");
}

static void an_unknown_mode_is_warned_of_once(void **s)
{
    rig_open("AutoModeBehavior", "rules:\n  - {when: review, mode: formel}\n"
                                 "  - {when: review, mode: brief}\n");
    goal("review", NULL);
    assert_string_equal(agent.mode, "brief"); /* the next rule that matches */
    assert_notices("warn:auto mode: \"formel\" cannot be set (rule 1: \"review\" matches the "
                   "goal): no mode is called \"formel\"; there are: formal, brief\n");
    round_ends();
    assert_sets("");
    static const struct mode_info late[] = {{"formel", "", false}, {"brief", "", false}};
    agent.modes = late; /* another model has it */
    round_ends();
    assert_sets("");
    goal("review", NULL);
    assert_string_equal(agent.mode, "formel");
    agent.modes = two;
    goal("write", NULL);
    goal("review", NULL);
    assert_null(strchr(strchr(buf_cstr(&agent.notices), '\n'), 'w')); /* still one */
}

static void other_failures_are_told(void **s)
{
    rig_open("AutoModeBehavior", REVIEW "default: brief\n");
    agent.set_fails = "out of order";
    goal("review", NULL);
    assert_notices("warn:auto mode: \"formal\" cannot be set (rule 1: \"review\" matches the "
                   "goal): out of order\nwarn:auto mode: \"brief\" cannot be set (default): out "
                   "of order\n");
    agent.set_fails = NULL;
    rig_open("AutoModeBehavior", REVIEW);
    goal("review", NULL);
    assert_string_equal(agent.mode, "formal");
    agent.set_fails = "out of order";
    buf_clear(&agent.notices);
    goal("write", NULL); /* what was before cannot come back: said, not tried again */
    assert_sets("|session|rule|no rule matches\n");
    assert_status("auto mode: out of order\n");
    round_ends();
    assert_sets("");
    assert_notices("");
}

static void the_default_is_for_the_rest(void **s)
{
    rig_open("AutoModeBehavior", REVIEW "default: brief\n");
    goal("write", NULL);
    assert_sets("brief|session|rule|no rule matches\n");
    goal("review", NULL);
    assert_string_equal(agent.mode, "formal");
    goal("write", NULL);
    assert_string_equal(agent.mode, "brief");
    rig_open("AutoModeBehavior", "default: formal\n"); /* alone, too */
    goal("write", NULL);
    assert_string_equal(agent.mode, "formal");
    rig_open("AutoModeBehavior", REVIEW "default: none\n");
    goal("review", NULL);
    goal("write", NULL);
    assert_sets("|session|rule|no rule matches\n");
    agent.mode[0] = '\0';
    rig_open("AutoModeBehavior", "rules: [{when: a, mode: none}]\ndefault: lost\n");
    goal("b", NULL);
    assert_sets("lost|session|rule|no rule matches\n");
    assert_notices("warn:auto mode: \"lost\" cannot be set (default): no mode is called "
                   "\"lost\"; there are: formal, brief\n");
    round_ends();
    assert_sets("");
    static const struct mode_info late[] = {{"lost", "", false}};
    agent.modes = late; /* another model has it */
    agent.mode_count = 1;
    goal("b", NULL);
    assert_string_equal(agent.mode, "lost");
}

static void a_rule_may_ask_for_no_mode(void **s)
{
    rig_open("AutoModeBehavior", "rules: [{when: chat, mode: none}]\n");
    strcpy(agent.mode, "formal");
    goal("chat", NULL);
    assert_sets("|session|rule|rule 1: \"chat\" matches the goal\n");
    assert_status("auto mode: no mode (rule 1: \"chat\" matches the goal)\n");
    agent.chooser = MODE_BY_NOBODY; /* as a host may say of no mode */
    goal("write", NULL);
    assert_sets("formal|session|rule|no rule matches\n");
}

static void long_patterns_are_cut(void **s)
{
    AUTO(buf) params = {0};
    buf_adds(&params, "rules: [{when: '");
    for (int i = 0; i < 40; i++)
        buf_adds(&params, "ä|");
    buf_adds(&params, "hit', mode: formal}]\n");
    rig_open("AutoModeBehavior", buf_cstr(&params));
    goal("hit", NULL);
    assert_has(buf_cstr(&agent.sets), "ä|ä|…\" matches the goal");
}

/* ---- by asking ---- */

static void the_model_is_asked_once_a_task(void **s)
{
    rig_open("AutoModeBehavior", "by: model\n");
    agent.llm = " **Formal**.\n";
    goal("review the contract", "soon, please");
    assert_string_equal(
        buf_cstr(&agent.asked),
        "Choose the behavior mode that fits the task best. The modes:\nformal: for contracts\n"
        "brief: \nnone: none of them fits\nAnswer with one word, the mode's name.\n"
        "Task: review the contract\nThe user said: soon, please\n\n200\n");
    assert_sets("formal|session|rule|the model was asked which mode fits this task\n");
    assert_status("auto mode: \"formal\" (the model was asked which mode fits this task)\n");
    buf_clear(&agent.asked);
    agent.llm = "brief";
    round_ends();
    goal("review the contract", "and again");
    tool_called("ls", NULL);
    assert_int_equal(agent.asked.len, 0);
    agent.now.task = 2; /* the same words, another task */
    round_ends();
    assert_true(agent.asked.len > 0);
    assert_string_equal(agent.mode, "brief");
    buf_clear(&agent.asked);
    agent.now.task = 0;
    round_ends();
    assert_string_equal(agent.mode, "formal");
    assert_int_equal(agent.asked.len, 0);
}

static void the_oldest_answer_makes_room(void **s)
{
    rig_open("AutoModeBehavior", "by: model\n");
    agent.llm = "formal";
    agent.now.task_title = "t";
    for (int i = 1; i <= 33; i++) {
        agent.now.task = i;
        round_ends();
    }
    buf_clear(&agent.asked);
    for (int i = 2; i <= 33; i++) {
        agent.now.task = i;
        round_ends();
    }
    assert_int_equal(agent.asked.len, 0);
    agent.now.task = 1;
    round_ends();
    assert_true(agent.asked.len > 0);
}

static void odd_answers_are_no_mode(void **s)
{
    static const char *const odd[] = {
        "",     " \n",       "none",         "formal mode, I think", "formel",
        "form", "formality", "formal+brief", "brief\nbrief",         "/formal",
        "***"};
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        rig_open("AutoModeBehavior", "by: model\n");
        buf_clear(&agent.asked);
        agent.llm = odd[i];
        goal("a task", NULL);
        assert_sets("");
        assert_true(agent.asked.len > 0);
        buf_clear(&agent.asked);
        round_ends();
        assert_int_equal(agent.asked.len, 0);
        assert_status("auto mode: no mode (the model names no mode)\n");
    }
    rig_open("AutoModeBehavior", "by: model\ndefault: brief\n");
    goal("a task", NULL);
    assert_sets("brief|session|rule|the model names no mode\n");
    rig_open("AutoModeBehavior", "by: model\n" REVIEW); /* rules are not tried */
    goal("review", NULL);
    assert_sets("");
    buf_clear(&agent.asked);
    agent.now.task_title = "another task"; /* and a call is no occasion to ask */
    tool_called("ls", NULL);
    assert_int_equal(agent.asked.len, 0);
    assert_sets("");
    assert_notices("");
}

static void a_failure_is_told_once_a_task(void **s)
{
    rig_open("AutoModeBehavior", "by: model\n");
    goal("a task", NULL);
    round_ends();
    goal("a task", NULL);
    assert_notices("warn:auto mode: the model could not be asked which mode fits this task, so "
                   "none is chosen for it: no model answers\n");
    assert_int_equal(strlen(strstr(buf_cstr(&agent.asked), "Task: ")),
                     strlen("Task: a task\n\n200\n"));
    agent.llm = "formal";
    goal("another", NULL);
    assert_string_equal(agent.mode, "formal");
}

static void nothing_is_asked_in_vain(void **s)
{
    rig_open("AutoModeBehavior", "by: model\n");
    agent.llm = "formal";
    goal(NULL, NULL);
    agent.mode_count = 0;
    goal("a task", NULL);
    assert_notices("");
    agent.mode_count = COUNT_OF(two);
    agent.chooser = MODE_BY_USER;
    goal("a task", NULL);
    assert_status("auto mode: the mode was chosen otherwise, so the model is not asked\n");
    assert_int_equal(agent.asked.len, 0);
    agent.chooser = MODE_BY_NOBODY;
    goal(NULL, "just words");
    assert_has(buf_cstr(&agent.asked), "\nThe user said: just words\n");
    assert_lacks(buf_cstr(&agent.asked), "Task:");
    assert_string_equal(agent.mode, "formal");
    static const struct mode_info one[] = {{"brief", "", false}};
    agent.modes = one; /* the model of the answer is gone */
    agent.mode_count = 1;
    agent.mode[0] = '\0';
    agent.chooser = MODE_BY_NOBODY;
    round_ends();
    round_ends();
    assert_sets("");
    assert_has(buf_cstr(&agent.notices), "warn:auto mode: \"formal\" cannot be set (the model was "
                                         "asked which mode fits this task): no mode is called");
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
    const struct CMUnitTest tests[] = {F(a_mode_is_set_by_name),
                                       F(what_is_no_name_is_refused),
                                       F(modes_are_listed),
                                       F(switching_only_reads),
                                       F(without_rules_nothing_happens),
                                       F(bad_rules_are_named),
                                       F(too_many_rules_are_refused),
                                       F(the_first_match_wins_and_goes),
                                       F(each_text_has_its_rules),
                                       F(tools_and_errors_are_looked_at_at_once),
                                       F(a_choice_by_hand_stands),
                                       F(a_reset_mode_is_chosen_anew),
                                       F(a_mode_told_otherwise_is_still_ours),
                                       F(what_is_in_force_already_is_not_set),
                                       F(an_unknown_mode_is_warned_of_once),
                                       F(other_failures_are_told),
                                       F(the_default_is_for_the_rest),
                                       F(a_rule_may_ask_for_no_mode),
                                       F(long_patterns_are_cut),
                                       F(the_model_is_asked_once_a_task),
                                       F(the_oldest_answer_makes_room),
                                       F(odd_answers_are_no_mode),
                                       F(a_failure_is_told_once_a_task),
                                       F(nothing_is_asked_in_vain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
