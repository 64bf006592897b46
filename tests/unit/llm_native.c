/* Gemini's and Ollama's own dialects: streams, and what goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llm/gemini/gemini.h"
#include "llm/models/family.h"
#include "llm/ollama/ollama.h"
#include "unit/llm_dialect.h"

#define G(parts, more)                                                                          \
    "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[" parts "]}" more "}]," \
    "\"usageMetadata\":{\"promptTokenCount\":100,\"cachedContentTokenCount\":80,"               \
    "\"candidatesTokenCount\":20,\"thoughtsTokenCount\":5}}\n\n"
#define G_CALL1                                                                                 \
    "{\"functionCall\":{\"name\":\"list_dir\",\"args\":{\"path\":\".\"}},\"thoughtSignature\":" \
    "\"S\\/1\"}"
#define G_CALL2 "{\"functionCall\":{\"id\":\"x7\",\"name\":\"read_file\",\"args\":{}}}"
#define G_TURN                                    \
    G("{\"text\":\"plan\",\"thought\":true}", "") \
    G("{\"text\":\"Look\"}", "")                  \
    G("{\"text\":\"ing.\"}", "")                  \
    G(G_CALL1 "," G_CALL2, "")                    \
    G("{\"text\":\"\",\"thoughtSignature\":\"end\"}", ",\"finishReason\":\"STOP\"")

#define O(message) \
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\"," message "},\"done\":false}\n"
#define O_DONE(reason)                                                                      \
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true," \
    "\"done_reason\":\"" reason "\",\"prompt_eval_count\":100,\"eval_count\":20}\n"
#define O_TURN                                                                                \
    O("\"content\":\"\",\"thinking\":\"pl\"")                                                 \
    O("\"content\":\"\",\"thinking\":\"an\"")                                                 \
    O("\"content\":\"Looking.\"")                                                             \
    O("\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"list_dir\",\"arguments\":{" \
      "\"path\":\".\"}}}]")                                                                   \
    O("\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":"                             \
      "\"read_file\",\"arguments\":{}}}]")                                                    \
    O_DONE("stop")

static struct model gemini = {
    .name = (char *)"g",
    .provider = (char *)"gemini",
    .upstream = (char *)"gemini-3-pro",
    .api_base = (char *)"https://generativelanguage.googleapis.com/v1beta/openai"};
static struct model ollama = {.name = (char *)"o",
                              .provider = (char *)"ollama_chat",
                              .upstream = (char *)"qwen3:8b",
                              .api_base = (char *)"http://127.0.0.1:11434/v1"};

static void turns_are_put_together(void **state)
{
    static const struct {
        const struct codec *codec;
        const char *stream, *enough;
    } cases[] = {{&codec_gemini, G_TURN, "\"finishReason\""},
                 {&codec_ollama, O_TURN, "\"done\":true"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played p;
        played_init(&p, cases[i].codec, cases[i].stream, strlen(cases[i].stream), 7);
        assert_true(p.ok);
        assert_string_equal(p.reply.text, "Looking.");
        assert_string_equal(p.reply.reasoning, "plan");
        assert_int_equal(p.reply.call_count, 2);
        assert_string_equal(p.reply.calls[0].args, "{\"path\":\".\"}");
        assert_string_equal(p.reply.calls[1].name, "read_file");
        assert_string_not_equal(p.reply.calls[0].id, p.reply.calls[1].id);
        assert_int_equal(p.reply.finish, LLM_FINISH_TOOLS);
        assert_int_equal(p.reply.usage.input, 100);
        assert_int_equal(p.reply.usage.output, i ? 20 : 25);
        played_fini(&p);
    }
    played_cut(&codec_gemini, G_TURN, "\"finishReason\"");
}

/* Lines: cut anywhere, each is taken when it is whole; what is no whole object at the end is
 * nothing. */
static void lines_are_cut_anywhere(void **state)
{
    size_t n = strlen(O_TURN), end = (size_t)(strstr(O_TURN, "\"done\":true") - O_TURN);
    for (size_t i = 0; i <= n; i++) {
        struct played p;
        played_init(&p, &codec_ollama, O_TURN, i, 1 + i % 9);
        assert_true(p.ok == (i + 1 >= n)); /* the last line end may be missing */
        assert_true(p.ok || (p.reply.call_count == 0 && p.failure.error.text[0]));
        assert_true(!p.ok || i > end);
        played_fini(&p);
    }
}

static void gemini_parts_go_back(void **state)
{
    struct played p;
    played_init(&p, &codec_gemini, G_TURN, strlen(G_TURN), 4096);
    AUTO_FREE char *origin = body_origin(&codec_gemini, &gemini, NULL);
    struct llm_message m[] = {
        {.role = LLM_SYSTEM, .text = "You are mien."},
        {.role = LLM_USER, .text = "go"},
        dialect_said(&p, origin),
        {.role = LLM_TOOL, .call_id = p.reply.calls[1].id, .text = "second"},
        {.role = LLM_TOOL, .call_id = p.reply.calls[0].id, .text = "first"},
    };
    struct llm_request r = {.model = &gemini,
                            .messages = m,
                            .message_count = 5,
                            .tail = "now",
                            .tools = dialect_tools,
                            .tool_count = 2,
                            .temperature = 0.5,
                            .max_tokens = 100,
                            .effort = "max"};
    AUTO_FREE char *text = NULL;
    AUTO_JSON *j = dialect_body(&codec_gemini, &r, &text);
    assert_non_null(strstr(text, "{\"role\":\"model\",\"parts\":[{\"text\":\"Looking.\"}," G_CALL1
                                 "," G_CALL2 ",{\"text\":\"\",\"thoughtSignature\":\"end\"}]}"));
    const cJSON *list = json_get(j, "contents"), *last = cJSON_GetArrayItem(list, 2);
    assert_int_equal(cJSON_GetArraySize(list), 3);
    const cJSON *one = json_get(json_get(last, "parts")->child, "functionResponse");
    const cJSON *two = json_get(json_get(last, "parts")->child->next, "functionResponse");
    assert_string_equal(json_str(json_get(one, "response"), "output", ""),
                        "first"); /* in the calls' order */
    assert_null(json_get(one, "id"));
    assert_string_equal(json_str(two, "id", ""), "x7");
    assert_string_equal(json_str(json_get(two, "response"), "state", ""),
                        "now"); /* no user speaks into the loop */
    assert_int_equal(cJSON_GetArraySize(json_get(last, "parts")), 2);
    const cJSON *config = json_get(j, "generationConfig");
    assert_int_equal(json_int(config, "maxOutputTokens", 0), 100);
    assert_true(json_num(config, "temperature", 0) == 0.5);
    assert_string_equal(json_str(json_get(config, "thinkingConfig"), "thinkingLevel", ""), "HIGH");
    assert_null(json_get(j, "model"));
    /* Another's calls: no signature of theirs, and the word that stands for one. */
    m[2] = dialect_said(&p, "chat other");
    r.message_count = 3;
    AUTO_FREE char *other = NULL;
    AUTO_JSON *k = dialect_body(&codec_gemini, &r, &other);
    assert_null(strstr(other, "S\\/1"));
    assert_non_null(strstr(
        other,
        "\"args\":{\"path\":\".\"}},\"thoughtSignature\":\"skip_thought_signature_validator\"}"));
    assert_int_equal(
        cJSON_GetArraySize(json_get(cJSON_GetArrayItem(json_get(k, "contents"), 2), "parts")), 2);
    AUTO_FREE char *url = model_url(&gemini, NULL, ROUTE_GEMINI, NULL);
    assert_string_equal(url, "https://generativelanguage.googleapis.com/v1beta/models/"
                             "gemini-3-pro:streamGenerateContent?alt=sse");
    played_fini(&p);
}

static void ollama_messages_go_back(void **state)
{
    struct played p;
    played_init(&p, &codec_ollama, O_TURN, strlen(O_TURN), 4096);
    AUTO_FREE char *origin = body_origin(&codec_ollama, &ollama, NULL);
    struct llm_message m[] = {
        {.role = LLM_USER, .text = "go"},
        dialect_said(&p, origin),
        {.role = LLM_TOOL, .call_id = p.reply.calls[0].id, .text = "a"},
        {.role = LLM_TOOL, .call_id = p.reply.calls[1].id, .text = "b"},
    };
    struct llm_request r = {.model = &ollama,
                            .messages = m,
                            .message_count = 4,
                            .tail = "now",
                            .tools = dialect_tools,
                            .tool_count = 2,
                            .temperature = 0.5,
                            .max_tokens = 100,
                            .window = 16384,
                            .effort = "high"};
    AUTO_JSON *j = dialect_body(&codec_ollama, &r, NULL);
    const cJSON *said = cJSON_GetArrayItem(json_get(j, "messages"), 1),
                *last = cJSON_GetArrayItem(json_get(j, "messages"), 3);
    assert_string_equal(json_str(said, "thinking", ""), "plan");
    assert_true(cJSON_IsObject(
        json_get(json_get(json_get(said, "tool_calls")->child, "function"), "arguments")));
    assert_string_equal(json_str(last, "tool_name", ""), "read_file");
    assert_string_equal(json_str(last, "content", ""), "b\n\nnow");
    const cJSON *options = json_get(j, "options");
    assert_int_equal(json_int(options, "num_ctx", 0), 16384);
    assert_int_equal(json_int(options, "num_predict", 0), 100);
    assert_true(json_num(options, "temperature", 0) == 0.5);
    assert_string_equal(json_str(j, "think", ""), "high");
    m[1] = dialect_said(&p, "chat other");
    AUTO_FREE char *other = NULL;
    AUTO_JSON *k = dialect_body(&codec_ollama, &r, &other);
    assert_non_null(k);
    assert_null(strstr(other, "\"thinking\""));
    AUTO_FREE char *url = model_url(&ollama, NULL, ROUTE_OLLAMA, NULL);
    assert_string_equal(url, "http://127.0.0.1:11434/api/chat");
    played_fini(&p);
}

static void how_answers_end(void **state)
{
    static const struct {
        const struct codec *codec;
        const char *stream;
        enum llm_finish finish;
        enum llm_class class;
        const char *text;
    } cases[] = {
        {&codec_gemini, G("{\"text\":\"hi\"}", ",\"finishReason\":\"MAX_TOKENS\""),
         LLM_FINISH_LENGTH, LLM_OK, "hi"},
        {&codec_gemini, G("{\"text\":\"hi\"}", ",\"finishReason\":\"SAFETY\""), LLM_FINISH_FILTER,
         LLM_OK, "hi"},
        {&codec_gemini, G("{\"text\":\"hi\"}", ",\"finishReason\":\"MALFORMED_FUNCTION_CALL\""),
         LLM_FINISH_NONE, LLM_STREAM, "hi"},
        {&codec_gemini, "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n",
         LLM_FINISH_FILTER, LLM_OK, "The prompt was blocked: SAFETY."},
        {&codec_gemini,
         G("{\"text\":\"hi\"}", "") "data: {\"error\":{\"code\":503,\"message\":\"The model is "
                                    "overloaded.\",\"status\":\"UNAVAILABLE\"}}\n\n",
         LLM_FINISH_NONE, LLM_OVERLOADED, "hi"},
        {&codec_gemini, G("{\"text\":\"hi\"}", ""), LLM_FINISH_NONE, LLM_STREAM, "hi"},
        {&codec_gemini,
         "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\"}]}}]},{\"candidates\":[{"
         "\"content\":{\"parts\":"
         "[{\"text\":\"i\"}]},\"finishReason\":\"STOP\"}]}]",
         LLM_FINISH_STOP, LLM_OK, "hi"},
        {&codec_gemini,
         "[{\"error\":{\"code\":400,\"message\":\"no\",\"status\":\"INVALID_ARGUMENT\"}}]",
         LLM_FINISH_NONE, LLM_BAD_REQUEST, NULL},
        {&codec_ollama, O("\"content\":\"hi\"") O_DONE("length"), LLM_FINISH_LENGTH, LLM_OK, "hi"},
        {&codec_ollama, O("\"content\":\"hi\"") "{\"error\":\"it broke\"}\n", LLM_FINISH_NONE,
         LLM_STREAM, "hi"},
        {&codec_ollama, O("\"content\":\"<think>p</think>hi\"") O_DONE("stop"), LLM_FINISH_STOP,
         LLM_OK, "hi"},
        {&codec_ollama,
         "\n" O("\"content\":\"hi\"") "\r\n" O_DONE("stop") O("\"content\":\"more\""),
         LLM_FINISH_STOP, LLM_OK, "hi"},
        {&codec_ollama, "not a line\n", LLM_FINISH_NONE, LLM_STREAM, NULL},
        {&codec_ollama, "<html>login</html>", LLM_FINISH_NONE, LLM_STREAM, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played p;
        played_init(&p, cases[i].codec, cases[i].stream, strlen(cases[i].stream), 5);
        if (p.failure.class != cases[i].class)
            print_message("%zu: %s\n", i, p.failure.error.text);
        assert_int_equal(p.failure.class, cases[i].class);
        assert_int_equal(p.reply.finish, cases[i].finish);
        assert_string_equal(p.reply.text ? p.reply.text : "-", cases[i].text ? cases[i].text : "-");
        played_fini(&p);
    }
}

/* A name with Gemini's own prefix runs as the tool it means, and is answered as it was called. */
static void names_with_a_prefix(void **state)
{
    static const char stream[] =
        G("{\"functionCall\":{\"name\":\"default_api.list_dir\",\"args\":{}},\"thoughtSignature\":"
          "\"S\"},7,[1]",
          ",\"finishReason\":\"STOP\"");
    struct played p;
    played_init(&p, &codec_gemini, stream, strlen(stream), 7);
    assert_int_equal(p.reply.call_count, 1);
    assert_string_equal(p.reply.calls[0].name, "list_dir");
    AUTO_FREE char *origin = body_origin(&codec_gemini, &gemini, NULL);
    struct llm_message m[] = {{.role = LLM_USER, .text = "go"},
                              dialect_said(&p, origin),
                              {.role = LLM_TOOL, .call_id = p.reply.calls[0].id, .text = "r"}};
    struct llm_request r = {.model = &gemini, .messages = m, .message_count = 3, .temperature = -1};
    AUTO_FREE char *text = NULL;
    AUTO_JSON *j = dialect_body(&codec_gemini, &r, &text);
    assert_non_null(j);
    assert_non_null(strstr(text, "{\"functionResponse\":{\"name\":\"default_api.list_dir\""));
    played_fini(&p);
    static const char lines[] =
        O("\"content\":\"\",\"tool_calls\":[null,3,[1],{\"function\":[]},{"
          "\"function\":{\"name\":\"list_dir\",\"arguments\":{}}}]") O_DONE("stop");
    played_init(&p, &codec_ollama, lines, strlen(lines), 7);
    assert_int_equal(p.reply.call_count, 1);
    played_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_put_together), cmocka_unit_test(lines_are_cut_anywhere),
        cmocka_unit_test(gemini_parts_go_back),   cmocka_unit_test(ollama_messages_go_back),
        cmocka_unit_test(how_answers_end),        cmocka_unit_test(names_with_a_prefix),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    families_free();
    return failed;
}
