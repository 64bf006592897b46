/* Patterns that name something; how a bad list is told stands in behaviors_modes.c. */
#include "test.h"

#include "base/mem.h"
#include "behaviors/lib/rules.h"

static cJSON *json;
static struct rules rules;

static void read_list(const char *text)
{
    struct error e = {0};
    json = json_parse(text, strlen(text), &e);
    assert_non_null(json);
    if (!rules_read(&rules, json, &e))
        fail_msg("%s", e.text);
}

static int teardown(void **s)
{
    rules_fini(&rules);
    cJSON_Delete(json);
    json = NULL;
    return 0;
}

static void an_empty_list_has_no_rules(void **s)
{
    struct error e = {0};
    assert_true(rules_read(&rules, NULL, &e));
    assert_int_equal(rules.len, 0);
    assert_int_equal(rules.in, 0);
}

static void the_first_text_that_matches_is_named(void **s)
{
    const struct rule_texts both = {
        .title = "A Hit", .text = "a hit", .tool = "hit", .error = "hit"};
    const struct rule_texts later = {.title = "a miss", .text = "HIT"};
    const struct rule_texts none = {.tool = "hit", .error = "hit"};
    read_list("[{\"when\":\"h[ij]t\",\"mode\":\"a\"},{\"when\":\"^hit$\",\"mode\":\"b\",\"in\":"
              "\"error\"}]");
    assert_int_equal(rules.in, RULE_ANY | RULE_ERROR);
    assert_int_equal(rule_match(&rules.ptr[0], &both), RULE_TITLE);
    assert_int_equal(rule_match(&rules.ptr[0], &later), RULE_TEXT);
    assert_int_equal(rule_match(&rules.ptr[0], &none), 0);
    assert_int_equal(rule_match(&rules.ptr[1], &none), RULE_ERROR);
    assert_int_equal(rule_match(&rules.ptr[1], &later), 0);
}

static void only_the_head_of_a_text_is_looked_at(void **s)
{
    AUTO(buf) text = {0};
    read_list("[{\"when\":\"end$\",\"mode\":\"a\"}]");
    for (int i = 0; i < 7997; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "end");
    struct rule_texts texts = {.text = buf_cstr(&text)};
    assert_int_equal(rule_match(&rules.ptr[0], &texts), RULE_TEXT);
    buf_drop_head(&text, 1);
    buf_adds(&text, "xxx end");
    texts.text = buf_cstr(&text);
    assert_int_equal(rule_match(&rules.ptr[0], &texts), 0);
}

static void a_failed_list_can_be_freed(void **s)
{
    struct error e = {0};
    const char *text = "[{\"when\":\"a\",\"mode\":\"m\"},{\"when\":\"*(\",\"mode\":\"m\"},"
                       "{\"when\":\"b\",\"mode\":\"m\"}]";
    json = json_parse(text, strlen(text), &e);
    assert_false(rules_read(&rules, json, &e));
    assert_has(e.text, "rule 2: when \"*(\" is no regular expression");
    rules_fini(&rules);
    assert_null(rules.ptr);
}

int main(void)
{
#define F(f) cmocka_unit_test_teardown(f, teardown)
    const struct CMUnitTest tests[] = {
        F(an_empty_list_has_no_rules), F(the_first_text_that_matches_is_named),
        F(only_the_head_of_a_text_is_looked_at), F(a_failed_list_can_be_freed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
