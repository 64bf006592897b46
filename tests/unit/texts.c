/* What is said to a model: the user's texts over the shipped ones, and what is filled in. */
#include "test.h"

#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/texts.h"

static void places_are_filled_in_once(void **s)
{
    AUTO(buf) out = {0};
    TEXT_FILL(&out, "{a} and {b}, {\"x\": {c}} %s {a", {"a", "{b}"}, {"b", "%d"});
    assert_string_equal(buf_cstr(&out), "{b} and %d, {\"x\": {c}} %s {a");
}

static bool load(struct texts *t, const char *yaml, struct error *e)
{
    char path[] = "/tmp/mien-texts-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
    close(fd);
    bool ok = texts_load(t, path, e);
    unlink(path);
    return ok;
}

static void the_users_text_stands_over_the_shipped_one(void **s)
{
    struct texts *t = texts_new();
    struct error e = {0};
    AUTO_FREE char *before = mem_strdup(texts_get(t, "finish.empty"));
    assert_true(texts_load(t, "/nowhere/prompts.yaml", &e));
    assert_true(load(t, "compact.end: Now {tool}!\nfinish.cut: ''\n", &e));
    assert_string_equal(texts_get(t, "compact.end"), "Now {tool}!");
    assert_string_equal(texts_get(t, "finish.cut"), "");
    assert_string_equal(texts_get(t, "finish.empty"), before);
    assert_string_equal(texts_complaints(t), "");
    texts_free(t);
}

static void what_is_wrong_is_said(void **s)
{
    static const struct {
        const char *yaml, *words;
    } rows[] = {
        {"a: 1", "there is no text \"a\""},
        {"finish.cut: x\nfinish.emtpy: x", "finish.empty"},
        {"- x", "NAME: text"},
        {"finish.cut: [x]", "must be a text"},
        {"finish.cut: 'x", ":1:"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct texts *t = texts_new();
        struct error e = {0};
        assert_false(load(t, rows[i].yaml, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_non_null(strstr(e.text, rows[i].words));
        texts_free(t);
    }
    struct texts *t = texts_new();
    struct error e = {0};
    assert_true(load(t, "\nreplan.choice: Only {goal}.\n", &e));
    assert_non_null(strstr(texts_complaints(t), ":2: replan.choice lacks {step}"));
    texts_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(places_are_filled_in_once),
                                       T(the_users_text_stands_over_the_shipped_one),
                                       T(what_is_wrong_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
