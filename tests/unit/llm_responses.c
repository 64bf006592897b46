/* The Responses dialect: streams of items, and what goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llm/models/family.h"
#include "llm/responses/responses.h"
#include "unit/llm_dialect.h"

#define E(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"
#define AT(i) ",\"output_index\":" i ",\"item_id\":\"x\""
#define START \
    E("response.created", ",\"response\":{\"id\":\"r\",\"status\":\"in_progress\",\"output\":[]}")
#define ADDED(i, item) E("response.output_item.added", AT(i) ",\"item\":{" item "}")
#define DONE(i, item) E("response.output_item.done", AT(i) ",\"item\":" item)
#define TEXT(i, words) E("response.output_text.delta", AT(i) ",\"delta\":\"" words "\"")
#define THOUGHT(i, words) \
    E("response.reasoning_summary_text.delta", AT(i) ",\"delta\":\"" words "\"")
#define INPUT(i, json) E("response.function_call_arguments.delta", AT(i) ",\"delta\":\"" json "\"")
#define REASONING                                                                               \
    "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":" \
    "\"plan \\ud800\"}],\"encrypted_content\":\"gAA\\/=\"}"
#define MESSAGE                                                                               \
    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"phase\":\"commentary\"," \
    "\"content\":[{\"type\":\"output_text\",\"text\":\"Looking.\"}]}"
#define CALL1                                                                                   \
    "{\"id\":\"fc_1\",\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":\"list_dir\"," \
    "\"arguments\":\"{\\\"path\\\":\\\".\\\"}\",\"status\":\"completed\"}"
#define CALL2                                                                                    \
    "{\"id\":\"fc_2\",\"type\":\"function_call\",\"call_id\":\"call_2\",\"name\":\"read_file\"," \
    "\"arguments\":\"{}\",\"status\":\"completed\"}"
#define USAGE                                                                          \
    "\"usage\":{\"input_tokens\":130,\"input_tokens_details\":{\"cached_tokens\":100," \
    "\"cache_write_tokens\":20},\"output_tokens\":50,\"output_tokens_details\":{"      \
    "\"reasoning_tokens\":30}}"
#define END(status, more) \
    E("response." status, \
      ",\"response\":{\"id\":\"r\",\"status\":\"" status "\",\"output\":[]" more "," USAGE "}")
#define TURN                                                                                       \
    START ADDED("0", "\"type\":\"reasoning\",\"summary\":[]") THOUGHT("0", "plan") DONE("0",       \
                                                                                        REASONING) \
        ADDED("1", "\"type\":\"message\",\"content\":[]") TEXT("1", "Look") TEXT("1", "ing.")      \
            DONE("1", MESSAGE) ADDED("2", "\"type\":\"function_call\",\"call_id\":\"call_1\","     \
                                          "\"name\":\"list_dir\",\"arguments\":\"\"")              \
                ADDED("3",                                                                         \
                      "\"type\":\"function_call\",\"call_id\":\"call_2\",\"name\":\"read_file\"")  \
                    INPUT("3", "{") INPUT("2", "{\\\"path\\\":") INPUT("2", "\\\".\\\"}")          \
                        DONE("2", CALL1) DONE("3", CALL2) END("completed", "")

static struct model model;

static int setup(void **state)
{
    model = (struct model){.name = (char *)"m",
                           .provider = (char *)"openai",
                           .upstream = (char *)"gpt-5.4",
                           .api_base = (char *)"https://api.openai.com/v1"};
    return 0;
}

static void a_turn_is_put_together(void **state)
{
    struct played p;
    played_init(&p, &codec_responses, TURN, strlen(TURN), 13);
    assert_true(p.ok);
    assert_string_equal(p.reply.text, "Looking.");
    assert_string_equal(buf_cstr(&p.shown), "Looking.");
    assert_string_equal(p.reply.reasoning, "plan");
    assert_int_equal(p.reply.call_count, 2);
    assert_string_equal(p.reply.calls[0].args, "{\"path\":\".\"}");
    assert_string_equal(p.reply.calls[1].args, "{}");
    assert_int_equal(p.reply.finish, LLM_FINISH_TOOLS);
    assert_int_equal(p.reply.usage.input, 130);
    assert_int_equal(p.reply.usage.cached, 100);
    assert_int_equal(p.reply.usage.written, 20);
    assert_int_equal(p.reply.usage.reasoning, 30);
    static const char *const forms[] = {REASONING, MESSAGE, CALL1, CALL2};
    assert_int_equal(p.reply.parts.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(p.reply.parts.ptr[i].form, forms[i]);
    played_fini(&p);
    played_cut(&codec_responses, TURN, "event: response.completed");
}

/* What was told is told again at the end; what was not is told there alone. */
static void the_end_brings_what_was_not_told(void **state)
{
#define END_WITH(items) \
    E("response.completed", ",\"response\":{\"output\": [" items "] ," USAGE "}")
    static const struct {
        const char *stream;
        size_t parts, calls;
    } cases[] = {
        {DONE("0", REASONING) DONE("1", MESSAGE) END_WITH(REASONING "," MESSAGE), 2, 0},
        {DONE("0", REASONING) DONE("1", MESSAGE) END_WITH(REASONING "," MESSAGE "," CALL1), 3, 1},
        {DONE("1", MESSAGE) END_WITH(REASONING "," MESSAGE), 2, 0},
        {DONE("0", REASONING) TEXT("1", "Looking.") END_WITH(REASONING "," MESSAGE), 2, 0},
        {END_WITH(REASONING "," MESSAGE "," CALL1), 3, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played p;
        played_init(&p, &codec_responses, cases[i].stream, strlen(cases[i].stream), 11);
        assert_true(p.ok);
        assert_string_equal(p.reply.text, "Looking.");
        assert_int_equal(p.reply.parts.count, cases[i].parts);
        assert_string_equal(p.reply.parts.ptr[0].form, REASONING);
        assert_string_equal(p.reply.parts.ptr[1].form, MESSAGE);
        assert_int_equal(p.reply.call_count, cases[i].calls);
        assert_int_equal(p.reply.usage.input, 130);
        played_fini(&p);
    }
}

/* Events that do not say where their item stands: its id does, or it is the last one. */
static void items_without_a_place(void **state)
{
#define NOWHERE(i) ",\"item_id\":\"" i "\""
    static const char stream[] = START E("response.output_item.added",
                                         ",\"item\":{\"id\":\"fc_1\",\"type\":\"function_"
                                         "call\",\"call_id\":\"call_1\",\"name\":\"list_dir\"}")
        E("response.output_item.added", ",\"item\":{\"id\":\"fc_2\",\"type\":\"function_call\","
                                        "\"call_id\":\"call_2\",\"name\":\"read_file\"}")
            E("response.function_call_arguments.delta", NOWHERE("fc_2") ",\"delta\":\"{}\"")
                E("response.function_call_arguments.delta",
                  NOWHERE("fc_1") ",\"delta\":\"{\\\"path\\\":\\\".\\\"}\"")
                    E("response.output_item.done", ",\"item\":" CALL1)
                        E("response.output_item.done", ",\"item\":" CALL2)
                            E("response.output_text.delta", ",\"delta\":\"Looking.\"")
                                E("response.output_item.done", ",\"item\":" MESSAGE)
                                    E("response.output_item.done", ",\"item\":7")
                                        END("completed", "");
    struct played p;
    played_init(&p, &codec_responses, stream, strlen(stream), 31);
    assert_true(p.ok);
    assert_string_equal(p.reply.text, "Looking.");
    assert_int_equal(p.reply.call_count, 2);
    assert_string_equal(p.reply.calls[0].args, "{\"path\":\".\"}");
    assert_string_equal(p.reply.calls[1].args, "{}");
    static const char *const forms[] = {CALL1, CALL2, MESSAGE};
    assert_int_equal(p.reply.parts.count, COUNT_OF(forms));
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        assert_string_equal(p.reply.parts.ptr[i].form, forms[i]);
    played_fini(&p);
}

static void items_go_back_whole(void **state)
{
    struct played p;
    played_init(&p, &codec_responses, TURN, strlen(TURN), 4096);
    AUTO_FREE char *origin = body_origin(&codec_responses, &model, NULL);
    struct llm_message m[] = {
        {.role = LLM_SYSTEM, .text = "You are mien."},
        {.role = LLM_USER, .text = "go"},
        dialect_said(&p, origin),
        {.role = LLM_TOOL, .call_id = "call_1", .text = "a"},
        {.role = LLM_USER, .text = "and?"},
    };
    struct llm_request r = {.model = &model,
                            .messages = m,
                            .message_count = 5,
                            .tail = "round 2",
                            .session = "s1",
                            .tools = dialect_tools,
                            .tool_count = 2,
                            .temperature = 0.5,
                            .max_tokens = 5,
                            .effort = "max"};
    AUTO_FREE char *text = NULL;
    AUTO_JSON *j = dialect_body(&codec_responses, &r, &text);
    assert_non_null(
        strstr(text, REASONING
               "," MESSAGE "," CALL1 "," CALL2
               ",{\"type\":\"function_call_output\",\"call_id\":\"call_1\",\"output\":\"a\"}"
               ",{\"type\":\"function_call_output\",\"call_id\":\"call_2\",\"output\":"
               "\"(no result was recorded)\"},{\"type\":\"message\",\"role\":\"user\""));
    assert_non_null(strstr(
        text,
        "\"role\":\"developer\",\"content\":[{\"type\":\"input_text\",\"text\":\"round 2\"}]}]}"));
    assert_string_equal(json_str(j, "instructions", ""), "You are mien.");
    assert_false(json_bool(j, "store", true));
    assert_string_equal(json_str(j, "prompt_cache_key", ""), "s1");
    assert_string_equal(json_str(json_get(j, "reasoning"), "effort", ""), "xhigh");
    assert_int_equal(json_int(j, "max_output_tokens", 0), 16);
    assert_null(json_get(j, "temperature"));
    assert_string_equal(json_str(json_get(j, "tools")->child, "name", ""), "list_dir");
    static const char *const others[] = {"chat m", "responses gpt-5.4 of https://elsewhere/v1"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        m[2] = dialect_said(&p, others[i]);
        AUTO_FREE char *plain = NULL;
        AUTO_JSON *k = dialect_body(&codec_responses, &r, &plain);
        assert_non_null(k);
        assert_null(strstr(plain, "encrypted_content\":"));
        assert_null(strstr(plain, "rs_1"));
        assert_null(strstr(plain, "commentary"));
        assert_non_null(strstr(plain, "\"type\":\"output_text\",\"text\":\"Looking.\""));
        assert_non_null(strstr(
            plain, "\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":\"list_dir\""));
    }
    played_fini(&p);
}

static void how_answers_end(void **state)
{
    static const struct {
        const char *stream;
        enum llm_finish finish;
        enum llm_class class;
        const char *text;
        size_t calls, parts;
    } cases[] = {
        {START TEXT("0", "hi") END("completed", ""), LLM_FINISH_STOP, LLM_OK, "hi", 0, 0},
        /* Cut by the limit: no call of it runs, and its reasoning leaves with it. */
        {START DONE("0", MESSAGE) DONE("1", REASONING) DONE("2", CALL1)
             END("incomplete", ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"),
         LLM_FINISH_LENGTH, LLM_OK, "Looking.", 0, 1},
        {START DONE("0", MESSAGE)
             END("incomplete", ",\"incomplete_details\":{\"reason\":\"content_filter\"}"),
         LLM_FINISH_FILTER, LLM_OK, "Looking.", 0, 1},
        {START E("response.refusal.delta", AT("0") ",\"delta\":\"No.\"") END("completed", ""),
         LLM_FINISH_FILTER, LLM_OK, "No.", 0, 0},
        {START DONE("0", REASONING) END("completed", ""), LLM_FINISH_STOP, LLM_OK, NULL, 0, 0},
        {START TEXT("0", "hi")
             E("response.failed", ",\"response\":{\"status\":\"failed\",\"error\":{\"code\":"
                                  "\"rate_limit_exceeded\",\"message\":\"slow down\"}}"),
         LLM_FINISH_NONE, LLM_RATE_LIMIT, "hi", 0, 0},
        {START E(
             "response.failed",
             ",\"response\":{\"status\":\"failed\",\"error\":{\"code\":"
             "\"context_length_exceeded\",\"message\":\"Your input exceeds the context window\"}}"),
         LLM_FINISH_NONE, LLM_CONTEXT, NULL, 0, 0},
        {START E("error", ",\"code\":\"server_error\",\"message\":\"it broke\",\"param\":null"),
         LLM_FINISH_NONE, LLM_SERVER, NULL, 0, 0},
        {START TEXT("0", "hi") DONE("0", MESSAGE), LLM_FINISH_NONE, LLM_STREAM, "hi", 0, 0},
        /* Whole; items told at the end only; the same item told twice. */
        {"{\"object\":\"response\",\"status\":\"completed\",\"output\":[" REASONING "," CALL1
         "]," USAGE "}",
         LLM_FINISH_TOOLS, LLM_OK, NULL, 1, 2},
        {START E("response.completed",
                 ",\"response\":{\"status\":\"completed\",\"output\":[" MESSAGE "," CALL1 "]}"),
         LLM_FINISH_TOOLS, LLM_OK, "Looking.", 1, 2},
        {START DONE("0", MESSAGE) DONE("0", MESSAGE)
             E("response.completed",
               ",\"response\":{\"status\":\"completed\",\"output\":[" MESSAGE "]}"),
         LLM_FINISH_STOP, LLM_OK, "Looking.", 0, 1},
        /* A piece for a call that is done, for no call, of an unknown kind: left alone. */
        {START DONE("0", CALL1) INPUT("0", "{}") INPUT("7", "x") E("response.new.delta", AT("0"))
             END("completed", ""),
         LLM_FINISH_TOOLS, LLM_OK, NULL, 1, 1},
        {"{\"error\":{\"message\":\"The model does not exist\",\"code\":\"model_not_found\"}}",
         LLM_FINISH_NONE, LLM_STREAM, NULL, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played p;
        played_init(&p, &codec_responses, cases[i].stream, strlen(cases[i].stream), 5);
        if (p.failure.class != cases[i].class || p.reply.parts.count != cases[i].parts)
            print_message("%zu: %s, %zu parts\n", i, p.failure.error.text, p.reply.parts.count);
        assert_int_equal(p.failure.class, cases[i].class);
        assert_int_equal(p.reply.finish, cases[i].finish);
        assert_string_equal(p.reply.text ? p.reply.text : "-", cases[i].text ? cases[i].text : "-");
        assert_int_equal(p.reply.call_count, cases[i].calls);
        assert_int_equal(p.reply.parts.count, cases[i].parts);
        played_fini(&p);
    }
}

/* An id that the session has used: the call gets another, and its item does not go back under the
 * old. */
static void a_used_id(void **state)
{
    static const char stream[] =
        START DONE("0", REASONING) DONE("1", CALL1) DONE("2", CALL1) END("completed", "");
    struct played p;
    played_init(&p, &codec_responses, stream, sizeof stream - 1, 100);
    assert_int_equal(p.reply.call_count, 2);
    assert_string_not_equal(p.reply.calls[0].id, p.reply.calls[1].id);
    assert_int_equal(p.reply.parts.count, 2);
    played_fini(&p);
}

static void parameters_are_spelled_anew(void **state)
{
    static const char given[] =
        "{\"stop\":\"END\",\"seed\":4,\"verbosity\":\"low\",\"reasoning_effort\":\"high\","
        "\"store\":true,"
        "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"x\"}},"
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{"
        "\"a\":1}}}}";
    struct llm_message m = {.role = LLM_USER, .text = "q"};
    struct llm_request r = {.model = &model, .messages = &m, .message_count = 1, .temperature = -1};
    model.params = json_parse(given, sizeof given - 1, NULL);
    AUTO_JSON *j = dialect_body(&codec_responses, &r, NULL);
    static const char *const gone[] = {
        "stop", "seed", "verbosity", "reasoning_effort", "response_format", "max_tokens"};
    for (size_t i = 0; i < COUNT_OF(gone); i++)
        assert_null(json_get(j, gone[i]));
    assert_string_equal(json_str(json_get(j, "text"), "verbosity", ""), "low");
    assert_string_equal(json_str(json_get(json_get(j, "text"), "format"), "name", ""), "x");
    assert_string_equal(json_str(json_get(j, "tool_choice"), "name", ""), "x");
    assert_string_equal(json_str(json_get(j, "reasoning"), "effort", ""), "high");
    assert_false(json_bool(j, "store", true));
    cJSON_Delete(model.params);
    model.params = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_end_brings_what_was_not_told, setup),
        cmocka_unit_test_setup(a_turn_is_put_together, setup),
        cmocka_unit_test_setup(items_without_a_place, setup),
        cmocka_unit_test_setup(items_go_back_whole, setup),
        cmocka_unit_test_setup(how_answers_end, setup),
        cmocka_unit_test_setup(a_used_id, setup),
        cmocka_unit_test_setup(parameters_are_spelled_anew, setup),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    families_free();
    return failed;
}
