/* The Messages dialect: streams as Anthropic and others send them, and what goes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llm/messages/messages.h"
#include "llm/models/family.h"
#include "unit/llm_dialect.h"

#define E(type, rest) "event: " type "\ndata: {\"type\":\"" type "\"" rest "}\n\n"
#define START                                                                                  \
    E("message_start", ",\"message\":{\"id\":\"msg_1\",\"role\":\"assistant\",\"content\":[]," \
                       "\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":100,"       \
                       "\"cache_creation_input_tokens\":20,\"output_tokens\":1}}")             \
    E("ping", "")
#define OPEN(i, block) E("content_block_start", ",\"index\":" i ",\"content_block\":{" block "}")
#define DELTA(i, delta) E("content_block_delta", ",\"index\":" i ",\"delta\":{" delta "}")
#define CLOSE(i) E("content_block_stop", ",\"index\":" i)
#define TEXT(i, words) DELTA(i, "\"type\":\"text_delta\",\"text\":\"" words "\"")
#define THINK(i, words) DELTA(i, "\"type\":\"thinking_delta\",\"thinking\":\"" words "\"")
#define SIGN(i, words) DELTA(i, "\"type\":\"signature_delta\",\"signature\":\"" words "\"")
#define INPUT(i, json) DELTA(i, "\"type\":\"input_json_delta\",\"partial_json\":\"" json "\"")
#define TOOL(i, id, name) \
    OPEN(i, "\"type\":\"tool_use\",\"id\":\"" id "\",\"name\":\"" name "\",\"input\":{}")
#define STOP(reason)                                                                         \
    E("message_delta", ",\"delta\":{\"stop_reason\":\"" reason "\",\"stop_sequence\":null}," \
                       "\"usage\":{\"output_tokens\":50}")                                   \
    E("message_stop", "")

/* A thought with what signatures are strict about: a lone surrogate, an escaped slash. */
#define THOUGHT "a \\/ \\ud800 \\u00e9"
#define TURN                                                                                     \
    START OPEN("0", "\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"")                \
        THINK("0", "a \\/ ") THINK("0", "\\ud800 \\u00e9") SIGN("0", "Sig+\\/==") CLOSE("0")     \
            OPEN("1", "\"type\":\"redacted_thinking\",\"data\":\"x\\/y\"") CLOSE("1")            \
                OPEN("2", "\"type\":\"text\",\"text\":\"\"") TEXT("2", "Look") TEXT("2", "ing.") \
                    CLOSE("2") TOOL("3", "toolu_1", "list_dir") INPUT("3", "")                   \
                        INPUT("3", "{\\\"path\\\":") INPUT("3", "\\\".\\\"}") CLOSE("3")         \
                            TOOL("4", "toolu_2", "read_file") CLOSE("4") STOP("tool_use")

static struct model model;

static int setup(void **state)
{
    model = (struct model){.name = (char *)"m",
                           .provider = (char *)"anthropic",
                           .upstream = (char *)"claude-opus-4-5",
                           .api_base = (char *)"https://api.anthropic.com/v1"};
    return 0;
}

static char *origin_of(void)
{
    return body_origin(&codec_messages, &model, NULL);
}

static void a_turn_is_put_together(void **state)
{
    struct played p;
    played_init(&p, &codec_messages, TURN, strlen(TURN), 11);
    assert_true(p.ok);
    assert_string_equal(p.reply.text, "Looking.");
    assert_string_equal(buf_cstr(&p.shown), "Looking.");
    assert_non_null(strstr(p.reply.reasoning, "a / "));
    assert_int_equal(p.reply.call_count, 2);
    assert_string_equal(p.reply.calls[0].args, "{\"path\":\".\"}");
    assert_string_equal(p.reply.calls[1].args, "");
    assert_int_equal(p.reply.finish, LLM_FINISH_TOOLS);
    assert_int_equal(p.reply.usage.input, 130);
    assert_int_equal(p.reply.usage.cached, 100);
    assert_int_equal(p.reply.usage.written, 20);
    assert_int_equal(p.reply.usage.output, 50);
    static const enum llm_part_kind kinds[] = {LLM_PART_REASONING, LLM_PART_REASONING,
                                               LLM_PART_TEXT, LLM_PART_CALL, LLM_PART_CALL};
    assert_int_equal(p.reply.parts.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(p.reply.parts.ptr[i].kind, kinds[i]);
    assert_string_equal(p.reply.parts.ptr[0].form, "{\"type\":\"thinking\",\"thinking\":\"" THOUGHT
                                                   "\",\"signature\":\"Sig+\\/==\"}");
    assert_string_equal(p.reply.parts.ptr[1].form,
                        "{\"type\":\"redacted_thinking\",\"data\":\"x\\/y\"}");
    played_fini(&p);
    played_cut(&codec_messages, TURN, "event: message_delta");
}

/* Thinking goes back byte for byte and in its place, calls are answered, marks stand where the
 * prefix ends that the next request begins with. */
static void it_goes_back_as_it_came(void **state)
{
    struct played p;
    played_init(&p, &codec_messages, TURN, strlen(TURN), 4096);
    AUTO_FREE char *origin = origin_of();
    struct llm_message m[] = {
        {.role = LLM_SYSTEM, .text = "You are mien."},
        {.role = LLM_USER, .text = "go"},
        dialect_said(&p, origin),
        {.role = LLM_TOOL, .call_id = "toolu_1", .text = "a\nb"},
        {.role = LLM_TOOL, .call_id = "toolu_2", .text = ""},
    };
    struct llm_request r = {.model = &model,
                            .messages = m,
                            .message_count = 5,
                            .tail = "round 2",
                            .tools = dialect_tools,
                            .tool_count = 2,
                            .goal_number = 1,
                            .temperature = 0.5};
    AUTO_FREE char *text = NULL;
    AUTO_JSON *j = dialect_body(&codec_messages, &r, &text);
    assert_non_null(strstr(text,
                           "{\"type\":\"thinking\",\"thinking\":\"" THOUGHT
                           "\",\"signature\":\"Sig+\\/==\"},{\"type\":\"redacted_thinking\","
                           "\"data\":\"x\\/y\"},{\"type\":\"text\",\"text\":\"Looking.\"},"
                           "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"list_dir\","
                           "\"input\":{\"path\":\".\"}},{\"type\":\"tool_use\",\"id\":\"toolu_2\","
                           "\"name\":\"read_file\",\"input\":{}}]}"));
    const cJSON *list = json_get(j, "messages"), *turn = cJSON_GetArrayItem(list, 2);
    assert_int_equal(cJSON_GetArraySize(list), 3);
    assert_string_equal(json_str(turn, "role", ""), "user");
    const cJSON *blocks = json_get(turn, "content");
    assert_int_equal(cJSON_GetArraySize(blocks), 3);
    assert_string_equal(json_str(blocks->child, "tool_use_id", ""), "toolu_1");
    assert_string_equal(json_str(blocks->child->next, "content", "?"), "");
    assert_non_null(json_get(blocks->child->next, "cache_control")); /* the last that stays */
    assert_string_equal(json_str(blocks->child->next->next, "text", ""), "round 2");
    assert_null(json_get(blocks->child->next->next, "cache_control"));
    size_t marks = 0;
    for (const char *at = text; (at = strstr(at, "\"cache_control\"")); at++)
        marks++;
    assert_int_equal(marks, 4); /* tools, system, two turns: no more are taken */
    assert_non_null(json_get(json_get(j, "system")->child, "cache_control"));
    assert_non_null(json_get(json_get(j, "tools")->child->next, "cache_control"));
    assert_int_equal(json_int(j, "max_tokens", 0), 64000);
    assert_true(json_bool(j, "stream", false));
    /* A side question is read once: what a mark writes would be paid for nothing. */
    r.goal_number = 0;
    AUTO_FREE char *aside = NULL;
    AUTO_JSON *k = dialect_body(&codec_messages, &r, &aside);
    assert_non_null(k);
    assert_null(strstr(aside, "cache_control"));
    played_fini(&p);
}

static void strangers_words_are_text_and_calls(void **state)
{
    struct played p;
    played_init(&p, &codec_messages, TURN, strlen(TURN), 4096);
    AUTO_FREE char *origin = origin_of();
    static const char *const others[] = {"chat m",
                                         "messages claude-opus-4-5 of https://elsewhere/v1",
                                         "messages another of https://api.anthropic.com/v1", NULL};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct llm_message m[] = {{.role = LLM_USER, .text = "go"}, dialect_said(&p, others[i])};
        struct llm_request r = {
            .model = &model, .messages = m, .message_count = 2, .temperature = -1};
        AUTO_FREE char *text = NULL;
        AUTO_JSON *j = dialect_body(&codec_messages, &r, &text);
        assert_null(strstr(text, "thinking\""));
        assert_non_null(strstr(text, "Looking."));
        /* Nothing is orphaned: what was never answered is answered. */
        const cJSON *last = cJSON_GetArrayItem(json_get(j, "messages"), 2);
        assert_int_equal(cJSON_GetArraySize(json_get(last, "content")), 2);
        assert_string_equal(json_str(json_get(last, "content")->child, "tool_use_id", ""),
                            "toolu_1");
    }
    played_fini(&p);
}

static void what_the_api_is_strict_about(void **state)
{
    struct llm_tool_call calls[] = {
        {(char *)"functions.read:0", (char *)"read_file", (char *)"{\"a\": "},
        {(char *)"b", (char *)"list_dir", (char *)"{}"}};
    struct llm_message m[] = {
        {.role = LLM_ASSISTANT, .text = "hello", .calls = calls, .call_count = 2},
        {.role = LLM_USER, .text = "and now?"},
        {.role = LLM_TOOL, .call_id = "functions.read:0", .text = "late"},
        {.role = LLM_TOOL, .call_id = "unknown", .text = "of no call"},
        {.role = LLM_USER, .text = ""},
        {.role = LLM_ASSISTANT, .text = ""},
        {.role = LLM_USER, .text = "more"},
    };
    struct llm_request r = {.model = &model, .messages = m, .message_count = 7, .temperature = -1};
    AUTO_JSON *j = dialect_body(&codec_messages, &r, NULL);
    const cJSON *list = json_get(j, "messages"), *turn;
    assert_int_equal(cJSON_GetArraySize(list), 5);
    int i = 0;
    cJSON_ArrayForEach(turn, list)
    {
        assert_string_equal(json_str(turn, "role", ""), i++ % 2 ? "assistant" : "user");
        assert_true(cJSON_GetArraySize(json_get(turn, "content")) > 0);
    }
    const cJSON *blocks = json_get(cJSON_GetArrayItem(list, 2), "content");
    const char *id =
        json_str(json_get(cJSON_GetArrayItem(list, 1), "content")->child->next, "id", "");
    assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"),
                     strlen(id));
    /* Results first, each once, then the words. */
    assert_string_equal(json_str(blocks->child, "tool_use_id", ""), "b");
    assert_string_equal(json_str(blocks->child->next, "tool_use_id", ""), id);
    assert_string_equal(json_str(blocks->child->next, "content", ""), "late");
    assert_string_equal(json_str(blocks->child->next->next, "text", ""), "and now?");
    assert_string_equal(json_str(blocks->child->next->next->next, "text", ""), "of no call");
    assert_int_equal(cJSON_GetArraySize(blocks), 4);
}

/* Where the tail stands is the family's: in the result, in the turn, or as the system's word. */
static void the_tail_stands_where_the_row_says(void **state)
{
    static const struct {
        const char *upstream, *want;
    } rows[] = {
        {"claude-3-7-sonnet-20250219",
         "\"tool_use_id\":\"a\",\"content\":[{\"type\":\"text\",\"text\":\"r\"},{\"type\":\"text\","
         "\"text\":\"now\"}]}]}]}"},
        {"claude-opus-4-5", "\"content\":\"r\",\"cache_control\":{\"type\":\"ephemeral\"}},{"
                            "\"type\":\"text\",\"text\":"
                            "\"now\"}]}]}"},
        {"claude-opus-5",
         "\"content\":\"r\",\"cache_control\":{\"type\":\"ephemeral\"}}]},{\"role\":"
         "\"system\",\"content\":[{\"type\":\"text\",\"text\":\"now\"}]}]}"},
    };
    struct llm_tool_call call = {(char *)"a", (char *)"list_dir", (char *)"{}"};
    struct llm_message m[] = {{.role = LLM_USER, .text = "go"},
                              {.role = LLM_ASSISTANT, .calls = &call, .call_count = 1},
                              {.role = LLM_TOOL, .call_id = "a", .text = "r"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        model.upstream = (char *)rows[i].upstream;
        struct llm_request r = {.model = &model,
                                .messages = m,
                                .message_count = 3,
                                .tail = "now",
                                .goal_number = 1,
                                .temperature = -1};
        AUTO_FREE char *text = NULL;
        AUTO_JSON *j = dialect_body(&codec_messages, &r, &text);
        assert_non_null(j);
        size_t n = strlen(rows[i].want), all = strlen(text);
        if (all < n || strcmp(text + all - n, rows[i].want) != 0)
            print_message("%s: %s\n", rows[i].upstream, text);
        assert_string_equal(text + all - n, rows[i].want);
    }
}

static void parameters_are_spelled_anew(void **state)
{
    static const char given[] = "{\"stop\":\"END\",\"seed\":4,\"reasoning_effort\":\"high\",\"top_"
                                "p\":0.5,\"parallel_tool_calls\":false,"
                                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{"
                                "\"name\":\"x\",\"schema\":{\"a\":1}}}}";
    struct llm_message m = {.role = LLM_USER, .text = "q"};
    struct llm_request r = {.model = &model,
                            .messages = &m,
                            .message_count = 1,
                            .temperature = 0.2,
                            .max_tokens = 30000};
    model.params = json_parse(given, sizeof given - 1, NULL);
    static const char *const models[] = {"claude-opus-5", "claude-sonnet-4-5", "claude-3-5-haiku"};
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        model.upstream = (char *)models[i];
        AUTO_JSON *j = dialect_body(&codec_messages, &r, NULL);
        assert_string_equal(json_get(j, "stop_sequences")->child->valuestring, "END");
        assert_null(json_get(j, "stop"));
        assert_null(json_get(j, "seed"));
        assert_null(json_get(j, "reasoning_effort"));
        assert_null(json_get(j, "response_format"));
        assert_int_equal(
            json_int(json_get(json_get(json_get(j, "output_config"), "format"), "schema"), "a", 0),
            1);
        assert_true(json_bool(json_get(j, "tool_choice"), "disable_parallel_tool_use", false));
        const cJSON *thinking = json_get(j, "thinking");
        assert_string_equal(json_str(thinking, "type", "-"), i == 0   ? "adaptive"
                                                             : i == 1 ? "enabled"
                                                                      : "-");
        assert_string_equal(json_str(json_get(j, "output_config"), "effort", "-"),
                            i == 0 ? "high" : "-");
        assert_int_equal(json_int(thinking, "budget_tokens", 0), i == 1 ? 22500 : 0);
        assert_true((json_get(j, "temperature") != NULL) == (i == 2));
        assert_int_equal(json_int(j, "max_tokens", 0), i == 2 ? 8192 : 30000);
    }
    cJSON_Delete(model.params);
    model.params = NULL;
}

static void how_answers_end(void **state)
{
    static const struct {
        const char *stream;
        enum llm_finish finish;
        enum llm_class class;
        const char *text;
    } cases[] = {
        {START OPEN("0", "\"type\":\"text\",\"text\":\"\"") TEXT("0", "hi") CLOSE("0")
             STOP("end_turn"),
         LLM_FINISH_STOP, LLM_OK, "hi"},
        {START OPEN("0", "\"type\":\"text\",\"text\":\"\"") TEXT("0", "hi") CLOSE("0")
             STOP("pause_turn"),
         LLM_FINISH_PAUSE, LLM_OK, "hi"},
        {START OPEN("0", "\"type\":\"text\",\"text\":\"\"") TEXT("0", "hi") CLOSE("0")
             STOP("max_tokens"),
         LLM_FINISH_LENGTH, LLM_OK, "hi"},
        {START E("message_delta",
                 ",\"delta\":{\"stop_reason\":\"refusal\",\"stop_details\":{\"category\":"
                 "\"cyber\",\"explanation\":\"Not that.\"}}") E("message_stop", ""),
         LLM_FINISH_FILTER, LLM_OK, "Not that."},
        {START OPEN("0", "\"type\":\"text\",\"text\":\"\"") TEXT("0", "hi")
             STOP("model_context_window_exceeded"),
         LLM_FINISH_UNKNOWN, LLM_CONTEXT, "hi"},
        {START OPEN("0", "\"type\":\"text\",\"text\":\"\"") TEXT("0", "hi")
             E("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}"),
         LLM_FINISH_NONE, LLM_OVERLOADED, "hi"},
        {START E("error", ",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}"),
         LLM_FINISH_NONE, LLM_RATE_LIMIT, NULL},
        {START OPEN("0", "\"type\":\"text\",\"text\":\"\"") TEXT("0", "hi") CLOSE("0"),
         LLM_FINISH_NONE, LLM_STREAM, "hi"},
        {"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt "
         "is too long: "
         "210000 tokens > 200000 maximum\"}}",
         LLM_FINISH_NONE, LLM_CONTEXT, NULL},
        /* Whole, from a server that ignores "stream". */
        {"{\"type\":\"message\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\","
         "\"signature\":\"s\"},"
         "{\"type\":\"text\",\"text\":\"hi\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_"
         "tokens\":3,"
         "\"output_tokens\":4}}",
         LLM_FINISH_STOP, LLM_OK, "hi"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played p;
        played_init(&p, &codec_messages, cases[i].stream, strlen(cases[i].stream), 5);
        if (p.failure.class != cases[i].class)
            print_message("%zu: %s\n", i, p.failure.error.text);
        assert_int_equal(p.failure.class, cases[i].class);
        assert_int_equal(p.reply.finish, cases[i].finish);
        assert_string_equal(p.reply.text ? p.reply.text : "-", cases[i].text ? cases[i].text : "-");
        played_fini(&p);
    }
}

static void blocks_out_of_order(void **state)
{
    static const struct {
        const char *stream;
        bool ok;
        const char *text;
        size_t calls;
    } cases[] = {
        /* Interleaved, an index used twice, a text for no block: understood. */
        {START TOOL("0", "a", "list_dir") TOOL("1", "b", "read_file") INPUT("1", "{\\\"x\\\":1}")
             INPUT("0", "{\\\"y\\\":2}") CLOSE("0") CLOSE("1") STOP("tool_use"),
         true, "", 2},
        {START TOOL("0", "a", "list_dir") CLOSE("0") TOOL("0", "b", "read_file") CLOSE("0")
             STOP("tool_use"),
         true, "", 2},
        {START TEXT("7", "words") STOP("end_turn"), true, "words", 0},
        {START TOOL("0", "a", "list_dir") CLOSE("0") TEXT("0", "after") STOP("tool_use"), true,
         "after", 1},
        /* Arguments that would make another call of it: refused. */
        {START TOOL("0", "a", "list_dir") CLOSE("0") INPUT("0", "{}") STOP("tool_use"), false, "",
         0},
        {START INPUT("3", "{\\\"p\\\":1}") STOP("tool_use"), false, "", 0},
        {START OPEN("0", "\"type\":\"text\",\"text\":\"\"") INPUT("0", "{}") STOP("tool_use"),
         false, "", 0},
        {START OPEN("0", "\"type\":\"thinking\",\"thinking\":\"\"") THINK("0", "a") CLOSE("0")
             SIGN("0", "s") STOP("end_turn"),
         false, "", 0},
        /* One id for two calls: the second gets its own. */
        {START TOOL("0", "a", "list_dir") CLOSE("0") TOOL("1", "a", "list_dir") CLOSE("1")
             STOP("tool_use"),
         true, "", 2},
        {START OPEN("0", "\"type\":\"new_kind\",\"x\":1") CLOSE("0") E("new_event", "")
             STOP("end_turn"),
         true, "", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played p;
        played_init(&p, &codec_messages, cases[i].stream, strlen(cases[i].stream), 9);
        if (p.ok != cases[i].ok)
            print_message("%zu: %s\n", i, p.failure.error.text);
        assert_true(p.ok == cases[i].ok);
        assert_string_equal(p.reply.text ? p.reply.text : "", cases[i].text);
        assert_int_equal(p.reply.call_count, cases[i].calls);
        if (p.reply.call_count == 2)
            assert_string_not_equal(p.reply.calls[0].id, p.reply.calls[1].id);
        played_fini(&p);
    }
}

/* Round by round, with a kept prefix: what a request begins with the next begins with, up to the
 * first mark; the marks of the cache are no part of what is cached. */
static void the_prefix_grows(void **state)
{
    struct llm_tool_call calls[20];
    char ids[20][8];
    struct llm_message m[42] = {{.role = LLM_SYSTEM, .text = "s"},
                                {.role = LLM_USER, .text = "go"}};
    struct llm_prefix *kept = mem_alloc(sizeof *kept);
    AUTO_FREE char *last = NULL;
    size_t last_tail = 0;
    for (size_t i = 0; i < 20; i++) {
        snprintf(ids[i], sizeof ids[i], "c%zu", i);
        calls[i] = (struct llm_tool_call){ids[i], (char *)"list_dir", (char *)"{}"};
        m[2 + 2 * i] =
            (struct llm_message){.role = LLM_ASSISTANT, .calls = &calls[i], .call_count = 1};
        m[3 + 2 * i] = (struct llm_message){.role = LLM_TOOL, .call_id = ids[i], .text = "result"};
        struct llm_request r = {.model = &model,
                                .messages = m,
                                .message_count = 4 + 2 * i,
                                .tail = i % 3 ? "tail" : NULL,
                                .temperature = -1,
                                .goal_number = 1,
                                .prefix = kept};
        AUTO(body) b = {0};
        AUTO_FREE char *text = NULL;
        AUTO_JSON *j = dialect_body(&codec_messages, &r, &text);
        assert_non_null(j);
        assert_true(body_build(&codec_messages, &r, &b, NULL));
        assert_true(last_tail <= b.len);
        assert_memory_equal(b.text, last ? last : "", last_tail);
        mem_replace(&last, text);
        last_tail = b.tail_at;
    }
    assert_int_equal(kept->count, 42 - 3); /* all but the newest two turns and what is between */
    prefix_fini(kept);
    free(kept);
}

static void pictures_stand_beside_words(void **state)
{
    struct llm_part parts[] = {
        {.kind = LLM_PART_IMAGE, .id = (char *)"image/png", .text = (char *)"aGk="},
        {.kind = LLM_PART_FILE, .id = (char *)"application/pdf", .text = (char *)"cGRm"}};
    struct llm_message m = {.role = LLM_USER, .text = "look", .parts = {.ptr = parts, .count = 2}};
    struct llm_request r = {.model = &model, .messages = &m, .message_count = 1, .temperature = -1};
    AUTO_JSON *j = dialect_body(&codec_messages, &r, NULL);
    const cJSON *b = json_get(json_get(j, "messages")->child, "content")->child;
    assert_string_equal(json_str(b, "text", ""), "look");
    assert_string_equal(json_str(b->next, "type", ""), "image");
    assert_string_equal(json_str(json_get(b->next, "source"), "media_type", ""), "image/png");
    assert_string_equal(json_str(b->next->next, "type", ""), "document");
}

#define THOUGHT_PART(i, more) OPEN(i, "\"type\":\"thinking\",\"thinking\":\"\"") THINK(i, "hm") more

/* Thinking that nobody signed, or that did not end, is refused where it is checked. */
static void what_is_not_signed_stays_away(void **state)
{
    static const struct {
        const char *stream, *upstream, *provider;
        bool back;
    } cases[] = {
        {START THOUGHT_PART("0", SIGN("0", "s") CLOSE("0")) TEXT("1", "hi") STOP("end_turn"),
         "claude-opus-4-5", "anthropic", true},
        {START THOUGHT_PART("0", CLOSE("0")) TEXT("1", "hi") STOP("end_turn"), "claude-opus-4-5",
         "anthropic", false},
        {START THOUGHT_PART("0", SIGN("0", "") CLOSE("0")) TEXT("1", "hi") STOP("end_turn"),
         "claude-opus-4-5", "anthropic", false},
        {START THOUGHT_PART("0", SIGN("0", "s")) TEXT("1", "hi") STOP("end_turn"),
         "claude-opus-4-5", "anthropic", false},
        {START THOUGHT_PART("0", CLOSE("0")) TEXT("1", "hi") STOP("end_turn"), "glm-4.6", "zai",
         true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct played p;
        model.upstream = (char *)cases[i].upstream;
        model.provider = (char *)cases[i].provider;
        played_init(&p, &codec_messages, cases[i].stream, strlen(cases[i].stream), 9);
        assert_true(p.ok);
        AUTO_FREE char *origin = origin_of();
        struct llm_message m[] = {{.role = LLM_USER, .text = "go"},
                                  dialect_said(&p, origin),
                                  {.role = LLM_USER, .text = "more"}};
        struct llm_request r = {
            .model = &model, .messages = m, .message_count = 3, .temperature = -1};
        AUTO_FREE char *text = NULL;
        AUTO_JSON *j = dialect_body(&codec_messages, &r, &text);
        assert_non_null(j);
        assert_true((strstr(text, "\"hm\"") != NULL) == cases[i].back);
        played_fini(&p);
    }
}

/* A tool loop that began without a thought, of another model or because its proof was refused, goes
 * on without one: with one asked for, the API wants its proof at the loop's head. */
static void a_loop_without_a_thought_stays_so(void **state)
{
    struct played p;
    played_init(&p, &codec_messages, TURN, strlen(TURN), 4096);
    AUTO_FREE char *origin = origin_of();
    struct llm_tool_call call = {(char *)"b", (char *)"read_file", (char *)"{}"};
    for (int i = 0; i < 4; i++) {
        struct llm_message m[] = {
            {.role = LLM_USER, .text = "go"},
            dialect_said(&p, i == 1 ? "chat other" : origin),
            {.role = LLM_TOOL, .call_id = "toolu_1", .text = "a"},
            {.role = LLM_TOOL, .call_id = "toolu_2", .text = "a"},
            {.role = LLM_USER, .text = "a word in between"},
            {.role = LLM_ASSISTANT, .text = "on", .calls = &call, .call_count = 1},
            {.role = LLM_TOOL, .call_id = "b", .text = "a"},
            {.role = LLM_ASSISTANT, .text = "done"},
            {.role = LLM_USER, .text = "next"},
        };
        struct llm_request r = {.model = &model,
                                .messages = m,
                                .message_count = i == 2   ? 4
                                                 : i == 3 ? 9
                                                          : 7,
                                .effort = "high",
                                .temperature = -1};
        if (i == 3) /* the loop that had none is over */
            m[1] = (struct llm_message){.role = LLM_ASSISTANT, .text = "plain"};
        AUTO_JSON *j = dialect_body(&codec_messages, &r, NULL);
        assert_true((json_get(j, "thinking") != NULL) == (i != 1));
        model.upstream = (char *)"claude-opus-5"; /* adaptive: it wants no proof */
        AUTO_JSON *k = dialect_body(&codec_messages, &r, NULL);
        assert_non_null(json_get(k, "thinking"));
        model.upstream = (char *)"claude-opus-4-5";
    }
    played_fini(&p);
}

/* The server's own tools: what they were asked comes in pieces and goes back with them. */
static void the_servers_own_tools_go_back(void **state)
{
    static const char stream[] = START OPEN(
        "0", "\"type\":\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\",\"input\":{}")
        INPUT("0", "{\\\"query\\\":") INPUT("0", "1.50}") CLOSE("0") STOP("pause_turn");
    struct played p;
    played_init(&p, &codec_messages, stream, strlen(stream), 9);
    assert_true(p.ok);
    assert_int_equal(p.reply.finish, LLM_FINISH_PAUSE);
    AUTO_FREE char *origin = origin_of();
    struct llm_message m[] = {{.role = LLM_USER, .text = "go"}, dialect_said(&p, origin)};
    struct llm_request r = {.model = &model, .messages = m, .message_count = 2, .temperature = -1};
    AUTO_FREE char *text = NULL;
    AUTO_JSON *j = dialect_body(&codec_messages, &r, &text);
    assert_non_null(j);
    assert_non_null(strstr(text,
                           "{\"type\":\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\","
                           "\"input\":{\"query\":1.50}}"));
    played_fini(&p);
    /* A pause with nothing to send back is an end. */
    static const char nothing[] = START STOP("pause_turn");
    played_init(&p, &codec_messages, nothing, strlen(nothing), 9);
    assert_true(p.ok);
    assert_int_equal(p.reply.finish, LLM_FINISH_STOP);
    assert_non_null(p.reply.void_note);
    played_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_turn_is_put_together, setup),
        cmocka_unit_test_setup(it_goes_back_as_it_came, setup),
        cmocka_unit_test_setup(strangers_words_are_text_and_calls, setup),
        cmocka_unit_test_setup(what_the_api_is_strict_about, setup),
        cmocka_unit_test_setup(the_tail_stands_where_the_row_says, setup),
        cmocka_unit_test_setup(parameters_are_spelled_anew, setup),
        cmocka_unit_test_setup(how_answers_end, setup),
        cmocka_unit_test_setup(blocks_out_of_order, setup),
        cmocka_unit_test_setup(the_prefix_grows, setup),
        cmocka_unit_test_setup(pictures_stand_beside_words, setup),
        cmocka_unit_test_setup(what_is_not_signed_stays_away, setup),
        cmocka_unit_test_setup(a_loop_without_a_thought_stays_so, setup),
        cmocka_unit_test_setup(the_servers_own_tools_go_back, setup),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    families_free();
    return failed;
}
