/* A behavior that breaks its contract: named, contained, and the others go on. */
#include "behaviors_host.h"

#include <time.h>

static struct pipeline p;
static int events_of_good;

static cJSON *gives_nothing(struct call *c, const cJSON *args)
{
    return NULL;
}

static cJSON *gives_an_array(struct call *c, const cJSON *args)
{
    return cJSON_CreateArray();
}

static cJSON *gives_a_flood(struct call *c, const cJSON *args)
{
    cJSON *j = json_success();
    char *text = mem_alloc((100 << 20) + 1);
    memset(text, 'x', 100 << 20);
    json_add(j, "content", cJSON_CreateString(text));
    free(text);
    return j;
}

static cJSON *fails(struct call *c, const cJSON *args)
{
    return json_error("no");
}

static const struct tool bad_tools[] = {
    {"nothing", "x", "{\"type\":\"object\"}", TOOL_READS, gives_nothing},
    {"array", "x", "{\"type\":\"object\"}", TOOL_READS, gives_an_array},
    {"flood", "x", "{\"type\":\"object\"}", TOOL_READS, gives_a_flood},
    {"fails", "x",
     "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},"
     "\"required\":[\"n\"]}",
     TOOL_READS, fails},
    {0}};

static void dawdles(struct call *c)
{
    struct timespec t = {.tv_nsec = 120000000};
    nanosleep(&t, NULL); /* what is tested is that a handler took too long */
}

static void counts(struct call *c)
{
    events_of_good++;
}

static const struct tool same_twice[] = {{"copy", "x", "{\"type\":\"object\"}", TOOL_READS, fails},
                                         {"move", "x", "{\"type\":\"object\"}", TOOL_READS, fails},
                                         {"copy", "y", "{\"type\":\"object\"}", TOOL_READS, fails},
                                         {0}};
static const struct behavior twice = {
    .type = "TwiceBehavior", .name = "twice", .help = "x", .tools = same_twice};

static const struct behavior bad = {
    .type = "BadBehavior", .name = "bad", .help = "x", .tools = bad_tools, .on_round_end = dawdles};
static const struct behavior good = {
    .type = "GoodBehavior", .name = "good", .help = "x", .on_round_end = counts};
static struct instance bad_one, good_one;

static int setup(void **s)
{
    struct error e = {0};
    fake_reset();
    events_of_good = 0;
    bad_one = (struct instance){.type = &bad, .call = {.host = &host, .agent = &agent}};
    good_one = (struct instance){.type = &good, .call = {.host = &host, .agent = &agent}};
    for (const struct tool *t = bad_tools; t->name; t++)
        VEC_PUSH(&bad_one.tools,
                 (struct offered){.tool = t,
                                  .schema = json_parse(t->schema, strlen(t->schema), &e),
                                  .owner = &bad_one});
    for (size_t i = 0; i < bad_one.tools.len; i++)
        VEC_PUSH(&p.tools, &bad_one.tools.ptr[i]);
    VEC_PUSH(&p.instances, &bad_one);
    VEC_PUSH(&p.instances, &good_one);
    return 0;
}

static int teardown(void **s)
{
    for (size_t i = 0; i < bad_one.tools.len; i++)
        cJSON_Delete(bad_one.tools.ptr[i].schema);
    VEC_FREE(&bad_one.tools);
    VEC_FREE(&p.tools);
    VEC_FREE(&p.instances);
    p = (struct pipeline){0};
    return 0;
}

static void expect_error(int tool, const char *args, const char *what)
{
    struct error e = {0};
    AUTO_JSON *a = json_parse(args, strlen(args), &e);
    AUTO_JSON *r = pipeline_run_tool(&p, tool, "id", a);
    assert_true(cJSON_IsObject(r));
    const char *error = json_str(r, "error", "");
    if (!strstr(error, what))
        fail_msg("\"%s\" does not say \"%s\"", error, what);
}

static void answers_that_are_none_are_errors(void **s)
{
    expect_error(0, "{}", "nothing of BadBehavior failed: it answered no JSON object");
    expect_error(1, "{}", "array of BadBehavior failed");
    expect_error(2, "{}", "flood of BadBehavior failed: it answered more than 4 MiB");
    expect_error(3, "{\"n\":1}", "no");
    expect_error(3, "{}", "n");
    for (size_t i = 0; i < p.tools.len; i++)
        assert_int_equal(p.tools.ptr[i]->errors, p.tools.ptr[i]->calls);
}

static void a_slow_handler_is_named_once_and_the_others_go_on(void **s)
{
    pipeline_round_end(&p);
    pipeline_round_end(&p);
    assert_int_equal(events_of_good, 2);
    const char *told = strstr(buf_cstr(&agent.notices), "BadBehavior took");
    assert_non_null(told);
    assert_non_null(strstr(told, "on_round_end"));
    assert_null(strstr(told + 1, "BadBehavior took"));
    assert_null(p.running);
}

/* Providers answer 400 to every request that names a tool twice. */
static void one_behavior_with_a_tool_twice_is_refused(void **s)
{
    struct pipeline own = {0};
    struct error e = {0};
    struct call base = {.host = &host, .agent = &agent};
    behavior_keep(&twice, "twice.so");
    assert_false(pipeline_add(&own, "TwiceBehavior", NULL, NULL, &base, &e));
    assert_non_null(strstr(e.text, "TwiceBehavior lists the tool \"copy\" twice"));
    assert_int_equal(own.instances.len, 0);
    pipeline_fini(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_that_are_none_are_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_handler_is_named_once_and_the_others_go_on, setup,
                                        teardown),
        cmocka_unit_test(one_behavior_with_a_tool_twice_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
