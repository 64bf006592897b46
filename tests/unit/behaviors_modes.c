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

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
    const struct CMUnitTest tests[] = {F(a_mode_is_set_by_name), F(what_is_no_name_is_refused),
                                       F(modes_are_listed), F(switching_only_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
