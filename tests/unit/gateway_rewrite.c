/* The proxy's pure parts: who may use it, what a body asks for, what goes on, whose mode counts. */
#include "unit/test.h"

#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "gateway/gateway.h"
#include "gateway/guard.h"
#include "gateway/rewrite.h"
#include "gateway/scan.h"
#include "store/store.h"

/* ---- guard ---- */

static void hosts_of_this_machine(void **state)
{
    static const char *const good[] = {"127.0.0.1", "127.0.0.1:4000", "localhost",  "LocalHost:80",
                                       "[::1]",     "[::1]:65535",    "127.8.9.1:1"};
    static const char *const bad[] = {"",
                                      "evil.example",
                                      "127.0.0.1.evil.example",
                                      "localhost.evil",
                                      "localhost:",
                                      "localhost:80x",
                                      "127.0.0.1:123456",
                                      "128.0.0.1",
                                      "0.0.0.0",
                                      "[::1].evil",
                                      "[::2]",
                                      "localhost:80 ",
                                      "127.0.0.1@evil.example",
                                      "127.1",
                                      "xlocalhost"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(guard_host_is_local(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (guard_host_is_local(bad[i]))
            print_message("%s\n", bad[i]);
        assert_false(guard_host_is_local(bad[i]));
    }
    assert_false(guard_host_is_local(NULL));
}

static void origins_of_this_machine(void **state)
{
    assert_true(guard_origin_is_local(NULL));
    assert_true(guard_origin_is_local("http://localhost:3000"));
    assert_true(guard_origin_is_local("https://127.0.0.1"));
    static const char *const bad[] = {"null",
                                      "",
                                      "http://evil.example",
                                      "file://",
                                      "localhost",
                                      "http://localhost.evil.example",
                                      "http://evil@localhost"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(guard_origin_is_local(bad[i]));
}

static void tokens(void **state)
{
    assert_true(guard_token_ok("secret", "Bearer secret", NULL));
    assert_true(guard_token_ok("secret", "bearer  secret", NULL));
    assert_true(guard_token_ok("secret", NULL, "secret"));
    assert_true(guard_token_ok("secret", "Bearer other", "secret"));
    assert_true(guard_token_ok("secret", "Bearer secret@s-1", NULL));
    assert_true(guard_token_ok("se@cret", "Bearer se@cret", "x"));
    assert_true(guard_token_ok("se@cret", NULL, "se@cret@s-1"));
    assert_false(guard_token_ok("secret", "Bearer secre@t", "@secret"));
    AUTO_FREE char *named = guard_session("Bearer mien@s-1", NULL);
    AUTO_FREE char *none = guard_session("Bearer mien", "key@");
    AUTO_FREE char *by_key = guard_session(NULL, "a@b@s-2");
    assert_string_equal(named, "s-1");
    assert_null(none);
    assert_string_equal(by_key, "s-2");
    static const char *const bad[] = {"",
                                      "Bearer ",
                                      "Bearer",
                                      "Bearer secre",
                                      "Bearer secrets",
                                      "Bearer secretsecret",
                                      "Bearer Secret",
                                      "Basic secret"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(guard_token_ok("secret", bad[i], NULL));
        assert_false(guard_token_ok("secret", NULL, bad[i]));
    }
    assert_false(guard_token_ok("secret", NULL, NULL));
}

/* ---- scan ---- */

static bool scans(const char *text)
{
    struct scan s = {text, text + strlen(text)};
    bool ok = scan_value(&s, 64);
    scan_space(&s);
    return ok && s.p == s.end;
}

static void the_grammar(void **state)
{
    static const char *const good[] = {"{}",
                                       "[]",
                                       " [ ] ",
                                       "{\"a\":[1,{\"b\":null}],\"c\":-0.5e+3}",
                                       "\"\\u00e9\\n\\\"\"",
                                       "true",
                                       "0",
                                       "[[[]],{}]",
                                       "{\"\":\"\"}"};
    static const char *const bad[] = {
        "",        "{",        "[",     "{]",      "[}",
        "{\"a\"}", "{\"a\":}", "{a:1}", "[1,]",    "{\"a\":1,}",
        "[,1]",    "01",       "1.",    ".5",      "+1",
        "1e",      "tru",      "nul",   "\"\\x\"", "\"\\u12g4\"",
        "\"a",     "\"a\nb\"", "[1 2]", "{} {}",   "{\"a\":1 \"b\":2}",
        "'a'",     "NaN",      "[1],"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (!scans(good[i]))
            print_message("%s\n", good[i]);
        assert_true(scans(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (scans(bad[i]))
            print_message("%s\n", bad[i]);
        assert_false(scans(bad[i]));
    }
    char deep[200];
    memset(deep, '[', 100);
    memset(deep + 100, ']', 99);
    deep[199] = '\0';
    assert_false(scans(deep));
}

/* ---- rewriting a request ---- */

static void refuse(const char *text, enum err code, const char *words)
{
    struct rewrite in;
    struct error e = {0};
    bool ok = rewrite_read(&in, text, strlen(text), &e);
    if (ok || !strstr(e.text, words))
        print_message("%s: %s\n", text, e.text);
    assert_false(ok);
    assert_int_equal(e.code, code);
    assert_has(e.text, words);
    rewrite_fini(&in);
}

static void bad_bodies(void **state)
{
    refuse("", ERR_PARSE, "no JSON object");
    refuse("[]", ERR_PARSE, "no JSON object");
    refuse("{\"model\":\"m\"", ERR_PARSE, "at byte 12");
    refuse("{\"model\":\"m\"} x", ERR_PARSE, "no JSON object");
    refuse("{\"model\":1}", ERR_PARSE, "\"model\" must be");
    refuse("{\"model\":\"a\",\"model\":\"b\"}", ERR_PARSE, "\"model\" twice");
    refuse("{\"model\":\"a\",\"mod\\u0065l\":\"b\"}", ERR_PARSE, "\"model\" twice");
    refuse("{\"api_base\":\"http://evil\"}", ERR_DENIED, "api_base");
    refuse("{\"base_url\":\"http://evil\"}", ERR_DENIED, "base_url");
    refuse("{\"api\\u005fbase\":\"http://evil\"}", ERR_DENIED, "api_base");
    refuse("{\"litellm_params\":{}}", ERR_DENIED, "litellm_params");
    refuse("{\"extra_body\":{\"x\":1,\"api_base\":\"http://evil\"}}", ERR_DENIED, "api_base");
    refuse("{\"metadata\":{\"behavior_mode\":5}}", ERR_PARSE, "behavior_mode");
}

static void mode_of(const char *text, const char *want)
{
    struct rewrite in;
    struct error e = {0};
    assert_true(rewrite_read(&in, text, strlen(text), &e));
    if (want)
        assert_string_equal(in.mode, want);
    else
        assert_null(in.mode);
    rewrite_fini(&in);
}

static void modes_in_metadata(void **state)
{
    mode_of("{\"metadata\":{\"behavior_mode\":\"a+b\"}}", "a+b");
    mode_of("{\"litellm_metadata\":{\"behavior_mode\":\"a\"}}", "a");
    mode_of("{\"metadata\":\"{\\\"behavior_mode\\\":\\\"a\\\"}\"}", "a");
    mode_of(
        "{\"metadata\":{\"behavior_mode\":\"a\"},\"litellm_metadata\":{\"behavior_mode\":\"b\"}}",
        "a");
    mode_of("{\"metadata\":{\"behavior_mode\":null}}", "");
    mode_of("{\"metadata\":{\"user_id\":\"u\"}}", NULL);
    mode_of("{\"metadata\":\"plain text\"}", NULL);
    mode_of("{\"metadata\":null}", NULL);
}

static struct model model;
static struct mode mode;

static int setup(void **state)
{
    model = (struct model){.name = (char *)"m",
                           .provider = (char *)"hosted_vllm",
                           .upstream = (char *)"up",
                           .api_base = (char *)"http://127.0.0.1/v1"};
    mode = (struct mode){.name = (char *)"formal", .route_suffix = (char *)"/formal"};
    return 0;
}

static int teardown(void **state)
{
    cJSON_Delete(model.params);
    cJSON_Delete(mode.parameters);
    return 0;
}

static void goes_out(enum route_style style, const char *text, const char *want)
{
    struct rewrite in;
    struct error e = {0};
    AUTO(buf) out = {0};
    const struct outgoing o = {.style = style, .model = &model, .mode = mode.name ? &mode : NULL};
    assert_true(rewrite_read(&in, text, strlen(text), &e));
    assert_true(rewrite_write(&in, &o, &out, &e));
    assert_string_equal(buf_cstr(&out), want);
    rewrite_fini(&in);
}

static void bytes_stay_as_they_came(void **state)
{
    mode.name = NULL;
    goes_out(
        ROUTE_CHAT,
        "{ \"messages\" : [ {\"role\":\"user\", \"content\":\"\\u00e9 \\/\"} ],\n \"model\":\"m\","
        "\"seed\":12345678901234567890,\"x\":1.0 }",
        "{\"model\":\"up\",\"messages\":[ {\"role\":\"user\", \"content\":\"\\u00e9 \\/\"} ],"
        "\"seed\":12345678901234567890,\"x\":1.0}");
    goes_out(ROUTE_CHAT, "{}", "{\"model\":\"up\"}");
}

static void the_mode_wins_and_the_deployment_yields(void **state)
{
    struct error e = {0};
    const char *own =
        "{\"temperature\":0.1,\"top_k\":5,\"extra_body\":{\"kw\":{\"a\":1}},\"tools\":[]}";
    model.params = json_parse(own, strlen(own), &e);
    const char *params = "{\"top_p\":0.5,\"kw\":{\"b\":2},\"stop\":null,\"messages\":[]}";
    mode.parameters = json_parse(params, strlen(params), &e);
    goes_out(ROUTE_CHAT,
             "{\"model\":\"m\",\"top_p\":0.9,\"temperature\":1,\"stop\":[\"x\"],\"n\":1}",
             "{\"model\":\"up\",\"top_p\":0.5,\"temperature\":1,\"n\":1,\"top_k\":5,"
             "\"kw\":{\"a\":1,\"b\":2}}");
    goes_out(ROUTE_CHAT, "{\"kw\":{\"c\":3},\"top_k\":9}",
             "{\"model\":\"up\",\"kw\":{\"c\":3,\"b\":2},\"top_k\":9,\"temperature\":0.1,"
             "\"top_p\":0.5}");
}

static void the_limit_has_the_name_of_the_path(void **state)
{
    const char *params = "{\"max_tokens\":50}";
    mode.parameters = json_parse(params, strlen(params), NULL);
    goes_out(ROUTE_CHAT, "{\"max_completion_tokens\":9}", "{\"model\":\"up\",\"max_tokens\":50}");
    goes_out(ROUTE_RESPONSES, "{\"max_output_tokens\":9}",
             "{\"model\":\"up\",\"max_output_tokens\":50}");
    goes_out(ROUTE_MESSAGES, "{\"max_tokens\":9}", "{\"model\":\"up\",\"max_tokens\":50}");
    cJSON_Delete(mode.parameters);
    mode.parameters = NULL;
    model.params = json_parse(params, strlen(params), NULL);
    goes_out(ROUTE_CHAT, "{\"max_completion_tokens\":9}",
             "{\"model\":\"up\",\"max_completion_tokens\":9}");
    goes_out(ROUTE_RESPONSES, "{}", "{\"model\":\"up\",\"max_output_tokens\":50}");
}

static void instructions_on_each_path(void **state)
{
    mode.instructions = (char *)"Be \"polite\".";
    goes_out(ROUTE_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
             "{\"model\":\"up\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
             "\\\"polite\\\".\"},{\"role\":\"user\",\"content\":\"hi\"}]}");
    goes_out(ROUTE_CHAT, "{\"messages\":[{\"content\":\"You are.\",\"role\":\"system\"},{}]}",
             "{\"model\":\"up\",\"messages\":[{\"content\":\"You are.\\n\\nBe "
             "\\\"polite\\\".\",\"role\":\"system\"},{}]}");
    goes_out(
        ROUTE_CHAT,
        "{\"messages\":[{\"role\":\"developer\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]"
        "}",
        "{\"model\":\"up\",\"messages\":[{\"role\":\"developer\",\"content\":[{\"type\":\"text\","
        "\"text\":\"a\"},{\"type\":\"text\",\"text\":\"Be \\\"polite\\\".\"}]}]}");
    goes_out(ROUTE_CHAT, "{\"messages\":[]}",
             "{\"model\":\"up\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
             "\\\"polite\\\".\"}]}");
    goes_out(ROUTE_CHAT, "{\"messages\":7}", "{\"model\":\"up\",\"messages\":7}");
    goes_out(ROUTE_MESSAGES, "{\"system\":\"S\"}",
             "{\"model\":\"up\",\"system\":\"S\\n\\nBe \\\"polite\\\".\"}");
    goes_out(ROUTE_MESSAGES, "{\"system\":[]}",
             "{\"model\":\"up\",\"system\":[{\"type\":\"text\",\"text\":\"Be \\\"polite\\\".\"}]}");
    goes_out(ROUTE_MESSAGES, "{}", "{\"model\":\"up\",\"system\":\"Be \\\"polite\\\".\"}");
    goes_out(ROUTE_RESPONSES, "{\"instructions\":null,\"input\":\"x\"}",
             "{\"model\":\"up\",\"instructions\":\"Be \\\"polite\\\".\",\"input\":\"x\"}");
    goes_out(ROUTE_RESPONSES, "{\"instructions\":\"I\"}",
             "{\"model\":\"up\",\"instructions\":\"I\\n\\nBe \\\"polite\\\".\"}");
}

static void routing_metadata(void **state)
{
    goes_out(ROUTE_CHAT, "{\"metadata\":{\"behavior_mode\":\"x\",\"user\":\"u\"}}",
             "{\"model\":\"up\",\"metadata\":{\"user\":\"u\"}}");
    goes_out(ROUTE_CHAT, "{\"metadata\":{\"behavior_mode\":\"x\"},\"litellm_metadata\":{\"y\":1}}",
             "{\"model\":\"up\"}");
    goes_out(ROUTE_CHAT, "{\"metadata\":{\"n\":1.0}}",
             "{\"model\":\"up\",\"metadata\":{\"n\":1.0}}");
    goes_out(ROUTE_CHAT, "{\"metadata\":\"{\\\"behavior_mode\\\":\\\"x\\\"}\"}",
             "{\"model\":\"up\"}");
    model.provider = (char *)"litellm_proxy";
    model.route_metadata = true;
    goes_out(ROUTE_CHAT, "{\"metadata\":{\"behavior_mode\":\"x\",\"user\":\"u\"}}",
             "{\"model\":\"up\",\"metadata\":{\"user\":\"u\",\"behavior_mode\":\"formal\"}}");
    goes_out(ROUTE_CHAT, "{}", "{\"model\":\"up\",\"metadata\":{\"behavior_mode\":\"formal\"}}");
    goes_out(ROUTE_MESSAGES, "{\"metadata\":{\"user_id\":\"u\"}}",
             "{\"model\":\"up\",\"metadata\":{\"user_id\":\"u\"},\"litellm_metadata\":"
             "{\"behavior_mode\":\"formal\"}}");
    mode.name = NULL;
    goes_out(ROUTE_CHAT, "{\"metadata\":{\"behavior_mode\":\"x\"}}", "{\"model\":\"up\"}");
}

static void a_missing_variable_is_named(void **state)
{
    struct rewrite in;
    struct error e = {0};
    AUTO(buf) out = {0};
    const char *params = "{\"x\":\"os.environ/MIEN_NO_SUCH_THING\"}";
    model.params = json_parse(params, strlen(params), NULL);
    const struct outgoing o = {.style = ROUTE_CHAT, .model = &model};
    assert_true(rewrite_read(&in, "{}", 2, &e));
    assert_false(rewrite_write(&in, &o, &out, &e));
    assert_has(e.text, "MIEN_NO_SUCH_THING");
    rewrite_fini(&in);
}

/* ---- the session's modes, beside its database ---- */

static void modes_are_published(void **state)
{
    struct error e = {0};
    char dir[] = "/tmp/mien-proxy-unit-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct store *s = store_open(dir, "one", true, &e);
    AUTO_JSON *none = store_read_modes(dir, "one");
    assert_null(none->child);
    assert_true(store_put_mode(s, "m", "formal", &e) && store_put_mode(s, "n", "x", &e));
    AUTO_JSON *before = store_read_modes(dir, "one");
    assert_null(before->child); /* not before it is committed */
    assert_true(store_commit(s, &e));
    AUTO_JSON *held = store_read_modes(dir, "one");
    assert_string_equal(json_str(held, "m", ""), "formal");
    assert_true(store_put_mode(s, "m", "", &e) && store_commit(s, &e));
    AUTO_JSON *cleared = store_read_modes(dir, "one");
    assert_null(json_get(cleared, "m"));
    assert_string_equal(json_str(cleared, "n", ""), "x");
    store_close(s);
    AUTO_FREE char *path = mem_printf("%s/one.modes", dir);
    assert_true(file_write(path, "{\"m\":\"stale\"}", 13, &e)); /* its holder was killed */
    store_close(store_open(dir, "one", false, &e));
    AUTO_JSON *mended = store_read_modes(dir, "one");
    assert_null(json_get(mended, "m"));
    assert_string_equal(json_str(mended, "n", ""), "x");
    assert_true(store_remove(dir, "one", &e));
    assert_false(file_exists(path));
    rmdir(dir);
}

/* ---- where it listens ---- */

static void listens(const char *at, const char *token, const char *words)
{
    struct error e = {0};
    struct loop *loop = loop_new(NULL);
    const struct gateway_opts o = {.listen = at, .token = token, .sessions_dir = "/tmp"};
    struct gateway *p = gateway_new(loop, &o, &e);
    if (words) {
        assert_null(p);
        if (!strstr(e.text, words))
            print_message("%s: %s\n", at, e.text);
        assert_has(e.text, words);
        assert_int_equal(e.code, ERR_USAGE);
    } else {
        if (!p)
            print_message("%s: %s\n", at, e.text);
        assert_non_null(p);
        assert_has(gateway_url(p), "http://");
        const struct gateway_opts again = {.listen = gateway_url(p) + 7, .sessions_dir = "/tmp"};
        struct gateway *second = token ? NULL : gateway_new(loop, &again, &e);
        assert_null(second);
        if (!token)
            assert_has(e.text, "is taken");
    }
    gateway_free(p);
    loop_free(loop);
}

static void addresses(void **state)
{
    listens("127.0.0.1:0", NULL, NULL);
    listens("localhost:0", NULL, NULL);
    listens("0.0.0.0:0", "a-token", NULL);
    listens("0.0.0.0:0", NULL, "MIEN_PROXY_TOKEN");
    listens("0.0.0.0:0", "", "MIEN_PROXY_TOKEN");
    static const char *const bad[] = {"4000",
                                      "127.0.0.1",
                                      ":4000",
                                      "127.0.0.1:x",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:",
                                      "http://127.0.0.1:4000/"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        listens(bad[i], NULL, "HOST:PORT");
    listens("no-such-host.invalid:1", NULL, "no-such-host.invalid");
}

#define M(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(hosts_of_this_machine),
        T(origins_of_this_machine),
        T(tokens),
        T(the_grammar),
        T(bad_bodies),
        T(modes_in_metadata),
        M(bytes_stay_as_they_came),
        M(the_mode_wins_and_the_deployment_yields),
        M(the_limit_has_the_name_of_the_path),
        M(instructions_on_each_path),
        M(routing_metadata),
        M(a_missing_variable_is_named),
        T(modes_are_published),
        T(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
