/* Values against a JSON Schema, and schemas that cannot be checked whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_schema.h"
#include "base/mem.h"

static void values_fit_or_say_where_not(void **state)
{
    static const struct {
        const char *schema, *value, *why; /* why: words of the error; NULL: it fits */
    } cases[] = {
        {"true", "1", NULL},
        {"false", "1", "expected nothing"},
        {"{}", "null", NULL},
        {"{\"type\":\"integer\"}", "5", NULL},
        {"{\"type\":\"integer\"}", "5.0", NULL},
        {"{\"type\":\"integer\"}", "5.5", "expected integer, got 5.5"},
        {"{\"type\":\"integer\"}", "\"5\"", "expected integer, got \"5\""},
        {"{\"type\":[\"string\",\"null\"]}", "null", NULL},
        {"{\"type\":[\"string\",\"null\"]}", "7", "[\"string\",\"null\"]"},
        {"{\"enum\":[1,\"a\",null]}", "\"a\"", NULL},
        {"{\"enum\":[1,\"a\",null]}", "2", "one of [1,\"a\",null]"},
        {"{\"const\":{\"a\":1}}", "{\"a\":1}", NULL},
        {"{\"const\":{\"a\":1}}", "{\"a\":2}", "{\"a\":1}"},
        {"{\"minimum\":1,\"maximum\":3}", "3", NULL},
        {"{\"minimum\":1,\"maximum\":3}", "4", "maximum 3"},
        {"{\"exclusiveMinimum\":1}", "1", "exclusiveMinimum 1"},
        {"{\"minimum\":1}", "\"a\"", NULL}, /* a bound of numbers says nothing of text */
        {"{\"multipleOf\":0.1}", "0.3", NULL},
        {"{\"multipleOf\":2}", "3", "multipleOf"},
        {"{\"minLength\":2,\"maxLength\":2}", "\"\xc3\xa4\xc3\xb6\"", NULL},
        {"{\"maxLength\":2}", "\"abc\"", "maxLength 2"},
        {"{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", "[1]: expected string, got 1"},
        {"{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "[\"a\"]", NULL},
        {"{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "[\"a\",2]", "[1]"},
        {"{\"minItems\":1}", "[]", "minItems 1"},
        {"{\"uniqueItems\":true}", "[1,2,1]", "differ"},
        {"{\"contains\":{\"const\":2}}", "[1,2]", NULL},
        {"{\"contains\":{\"const\":2}}", "[1]", "contains"},
        {"{\"required\":[\"a\"]}", "{\"a\":null}", NULL},
        {"{\"required\":[\"a\"]}", "{\"b\":1}", "a member \"a\""},
        {"{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"array\",\"items\":{\"type\":"
         "\"string\"}}}}}}",
         "{\"a\":{\"b\":[\"x\",3]}}", ".a.b[1]: expected string"},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1,\"c\":2}",
         ".c: expected no such member"},
        {"{\"additionalProperties\":{\"type\":\"number\"}}", "{\"a\":1,\"c\":\"2\"}", ".c"},
        {"{\"minProperties\":2}", "{\"a\":1}", "minProperties 2"},
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", "maximum 2"},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}", "3", NULL},
        {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}", "true", "anyOf"},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "1", NULL},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "3", "oneOf"},
        {"{\"not\":{\"type\":\"string\"}}", "\"a\"", "not"},
        {"{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"next\":{"
         "\"$ref\":\"#/$defs/n\"}}}}}",
         "{\"next\":{\"next\":{}}}", NULL},
        {"{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"object\",\"properties\":{\"next\":{"
         "\"$ref\":\"#/$defs/n\"}}}}}",
         "{\"next\":{\"next\":4}}", ".next.next: expected object"},
        {"{\"$ref\":\"#\"}", "1", "without end"},
        {"{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1", "anyOf"}, /* and in good time */
        {"{\"title\":\"t\",\"description\":\"d\",\"format\":\"email\",\"default\":1}", "\"x\"",
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error e = {0};
        AUTO_JSON *schema = json_parse(cases[i].schema, strlen(cases[i].schema), &e);
        AUTO_JSON *value = json_parse(cases[i].value, strlen(cases[i].value), &e);
        if (!json_schema_known(schema, &e))
            fail_msg("%s: %s", cases[i].schema, e.text);
        bool ok = json_schema_fits(schema, value, &e);
        if (ok != !cases[i].why || (!ok && !strstr(e.text, cases[i].why)))
            fail_msg("%s with %s: %s", cases[i].schema, cases[i].value, ok ? "fits" : e.text);
    }
}

static void what_is_not_understood_is_named(void **state)
{
    static const struct {
        const char *schema, *why;
    } cases[] = {
        {"{\"pattern\":\"^a\"}", "#/pattern: this keyword"},
        {"{\"properties\":{\"a\":{\"items\":{\"patternProperties\":{}}}}}",
         "#/properties/a/items/patternProperties"},
        {"{\"anyOf\":[{},{\"if\":{}}]}", "#/anyOf/1/if"},
        {"{\"$ref\":\"https://example.org/x\"}", "names nothing in this schema"},
        {"{\"$ref\":\"#/$defs/none\"}", "names nothing"},
        {"{\"type\":\"text\"}", "not a type"},
        {"{\"type\":[\"string\",\"text\"]}", "not a type"},
        {"{\"required\":\"a\"}", "a list"},
        {"{\"minimum\":\"1\"}", "a number"},
        {"{\"multipleOf\":0}", "above 0"},
        {"{\"properties\":[]}", "an object of schemas"},
        {"{\"allOf\":{}}", "a list of schemas"},
        {"{\"items\":7}", "object, true or false"},
        {"[]", "object, true or false"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error e = {0};
        AUTO_JSON *schema = json_parse(cases[i].schema, strlen(cases[i].schema), &e);
        if (json_schema_known(schema, &e) || !strstr(e.text, cases[i].why))
            fail_msg("%s: %s", cases[i].schema, e.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_fit_or_say_where_not),
                                       cmocka_unit_test(what_is_not_understood_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
