/* The request body: its bytes grow only at the end; messages go back as they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "llm/chat/chat.h"
#include "llm/llm.h"
#include "llm/models/models.h"
#include "llm/tokens.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"

static struct model model;
static struct mode mode;
static const struct llm_tool tool = {"read", "Reads.", "{\"type\":\"object\",\"properties\":{}}"};

static int setup(void **state)
{
    model = (struct model){.name = (char *)"m",
                           .provider = (char *)"hosted_vllm",
                           .upstream = (char *)"up",
                           .api_base = (char *)"http://127.0.0.1/v1"};
    mode = (struct mode){.name = (char *)"formal", .route_suffix = (char *)"/formal"};
    return 0;
}

static struct llm_request request(const struct llm_message *m, size_t n, const char *tail)
{
    return (struct llm_request){.model = &model,
                                .messages = m,
                                .message_count = n,
                                .tail = tail,
                                .tools = &tool,
                                .tool_count = 1,
                                .temperature = 0.7};
}

static cJSON *body_of(const struct llm_request *r)
{
    AUTO(buf) b = {0};
    struct error e = {0};
    llm_body(r, &b, NULL);
    cJSON *j = json_parse(b.ptr, b.len, &e);
    if (!j)
        print_message("%s\n%s\n", e.text, b.ptr);
    assert_non_null(j);
    return j;
}

static void the_prefix_grows(void **state)
{
    struct llm_tool_call call = {(char *)"id1", (char *)"read", (char *)"{\"p\":1}"};
    struct llm_message m[] = {
        {.role = LLM_SYSTEM, .text = "You are \"mien\".\n"},
        {.role = LLM_USER, .text = "hello"},
        {.role = LLM_ASSISTANT, .calls = &call, .call_count = 1},
        {.role = LLM_TOOL, .call_id = "id1", .text = "result"},
        {.role = LLM_ASSISTANT, .text = "done"},
        {.role = LLM_USER, .text = "more"},
    };
    AUTO(buf) last = {0};
    size_t last_tail = 0;
    for (size_t n = 0; n <= 6; n++) {
        AUTO_FREE char *tail = mem_printf("round %zu", n);
        struct llm_request r = request(m, n, n % 3 == 2 ? NULL : tail);
        AUTO(buf) b = {0};
        size_t tail_at;
        llm_body(&r, &b, &tail_at);
        AUTO_JSON *j = json_parse(b.ptr, b.len, NULL);
        assert_non_null(j);
        assert_true(b.len >= last_tail);
        assert_memory_equal(b.ptr, last.ptr ? last.ptr : "", last_tail);
        buf_clear(&last);
        buf_add(&last, b.ptr, b.len);
        last_tail = tail_at;
    }
}

/* What goes back is JSON to a strict server: the bytes as they came, or else written anew. */
static void arguments_go_back_as_json(void **state)
{
    static const char *const cases[][2] = {
        {"{\"p\" : 1.50}", "{\"p\" : 1.50}"},
        {"{\"id\":1154321098765432109}", "{\"id\":1154321098765432109}"},
        {"{\"id\":9007199254740991,}", "{\"id\":9007199254740991}"},
        {"{\"c\":\"a\nb\tc\"}", "{\"c\":\"a\\nb\\tc\"}"},
        {"{\"c\":\"a\x01\"}", "{\"c\":\"a\\u0001\"}"},
        {"{\"a\":01}", "{\"a\":1}"},
        {"{\"a\":1.}", "{\"a\":1}"},
        {"{\"a\":\x0b 1}", "{\"a\":1}"},
        {"[1]", "{}"},
        {"", "{}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_tool_call call = {(char *)"id1", (char *)"read", (char *)cases[i][0]};
        struct llm_message m = {.role = LLM_ASSISTANT, .calls = &call, .call_count = 1};
        struct llm_request r = request(&m, 1, NULL);
        AUTO_JSON *j = body_of(&r);
        const cJSON *sent = json_get(json_get(j, "messages")->child, "tool_calls")->child;
        const char *args = json_str(json_get(sent, "function"), "arguments", "");
        assert_string_equal(args, cases[i][1]);
        assert_true(json_is_strict(args, strlen(args)));
    }
}

static void the_tail_joins_a_user_message(void **state)
{
    struct llm_message m[] = {{.role = LLM_USER, .text = "q"},
                              {.role = LLM_TOOL, .call_id = "x", .text = "r"}};
    struct llm_request r = request(m, 1, "now \"noon\"");
    AUTO_JSON *a = body_of(&r);
    const cJSON *list = json_get(a, "messages");
    assert_int_equal(cJSON_GetArraySize(list), 1);
    assert_string_equal(json_str(list->child, "content", ""), "q\n\nnow \"noon\"");
    r = request(m, 2, "tail");
    AUTO_JSON *b = body_of(&r);
    list = json_get(b, "messages");
    assert_int_equal(cJSON_GetArraySize(list), 2); /* no user speaks behind a tool's result */
    assert_string_equal(json_str(list->child->next, "content", ""), "r\n\ntail");
    model.provider = (char *)"openai";
    model.upstream = (char *)"gpt-4o";
    AUTO_JSON *o = body_of(&r);
    list = json_get(o, "messages");
    assert_int_equal(cJSON_GetArraySize(list), 3);
    assert_string_equal(json_str(cJSON_GetArrayItem(list, 2), "role", ""), "user");
    model.provider = (char *)"mistral";
    model.upstream = (char *)"up";
    AUTO_JSON *c = body_of(&r);
    list = json_get(c, "messages");
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_string_equal(json_str(list->child->next, "content", ""), "r\n\ntail");
    assert_int_equal(strlen(json_str(list->child->next, "tool_call_id", "")), 9);
    assert_null(json_get(c, "stream_options"));
}

static void parameters_merge(void **state)
{
    static const char params_text[] = "{\"top_p\":0.5,\"max_tokens\":100,\"messages\":[],"
                                      "\"extra_body\":{\"seed\":4}}";
    static const char mode_text[] = "{\"temperature\":0,\"top_p\":null,\"stream\":false}";
    AUTO_JSON *params = json_parse(params_text, sizeof params_text - 1, NULL);
    AUTO_JSON *mine = json_parse(mode_text, sizeof mode_text - 1, NULL);
    assert_non_null(params);
    assert_non_null(mine);
    const struct llm_message m = {.role = LLM_USER, .text = "q"};
    struct llm_request r = request(&m, 1, NULL);
    model.params = params;
    mode.parameters = mine;
    r.mode = &mode;
    r.max_tokens = 300;
    AUTO_JSON *j = body_of(&r);
    assert_true(json_num(j, "temperature", 9) == 0);
    assert_null(json_get(j, "top_p"));
    assert_int_equal(json_int(j, "seed", 0), 4);
    assert_int_equal(json_int(j, "max_tokens", 0), 100);
    assert_true(json_bool(j, "stream", false));
    assert_int_equal(params_limit(&r), 100);
    assert_null(json_get(j, "extra_body"));
}

static void quirks(void **state)
{
    const struct llm_message m = {.role = LLM_USER, .text = "q"};
    struct llm_request r = request(&m, 1, NULL);
    r.max_tokens = 50;
    r.session = "s1";
    model.provider = (char *)"openai";
    model.upstream = (char *)"gpt-5";
    model.dialect = 1 + ROUTE_CHAT; /* its family's is another */
    model.api_base = (char *)"https://api.openai.com/v1";
    AUTO_JSON *j = body_of(&r);
    assert_int_equal(json_int(j, "max_completion_tokens", 0), 50);
    assert_null(json_get(j, "max_tokens"));
    assert_null(json_get(j, "temperature"));
    assert_string_equal(json_str(j, "prompt_cache_key", ""), "s1");
    model.api_base = (char *)"http://127.0.0.1:8000/v1";
    model.upstream = (char *)"up";
    AUTO_JSON *own = body_of(&r);
    assert_int_equal(json_int(own, "max_tokens", 0), 50);
    assert_null(json_get(own, "prompt_cache_key"));
    model.route_metadata = true;
    r.mode = &mode;
    AUTO_JSON *no = body_of(&r);
    assert_null(json_get(no, "metadata"));
    model.provider = (char *)"litellm_proxy";
    AUTO_JSON *yes = body_of(&r);
    assert_string_equal(json_str(json_get(yes, "metadata"), "behavior_mode", ""), "formal");
    struct error e = {0};
    struct mode routed = mode;
    routed.route_suffix = (char *)"/formal";
    AUTO_FREE char *plain = model_url(&model, &routed, ROUTE_CHAT, &e);
    assert_string_equal(plain, "http://127.0.0.1:8000/v1/chat/completions");
    model.provider = (char *)"hosted_vllm"; /* it is not told: the path says it */
    AUTO_FREE char *path = model_url(&model, &routed, ROUTE_CHAT, &e);
    assert_string_equal(path, "http://127.0.0.1:8000/v1/formal/chat/completions");
}

static void messages_go_back_as_they_came(void **state)
{
    struct llm_tool_call call = {(char *)"id1", (char *)"read", (char *)"{\"p\": 1}"};
    struct llm_part parts[] = {
        {.kind = LLM_PART_REASONING,
         .form = (char *)"{\"reasoning_content\":\"think\",\"reasoning_details\":[{\"a\":1}]}"},
        {.kind = LLM_PART_CALL,
         .id = (char *)"id1",
         .form = (char *)"{\"extra_content\":{\"sig\":\"T\"}}"}};
    struct llm_message m = {.role = LLM_ASSISTANT,
                            .calls = &call,
                            .call_count = 1,
                            .parts = {.ptr = parts, .count = 2, .origin = (char *)"chat m"}};
    struct llm_request r = request(&m, 1, NULL);
    AUTO(buf) b = {0};
    llm_body(&r, &b, NULL);
    assert_non_null(strstr(b.ptr, "\"reasoning_content\":\"think\""));
    assert_non_null(strstr(b.ptr, "\"extra_content\":{\"sig\":\"T\"}"));
    assert_non_null(strstr(b.ptr, "\"arguments\":\"{\\\"p\\\": 1}\""));
    m.parts.origin = (char *)"chat another";
    buf_clear(&b);
    llm_body(&r, &b, NULL);
    assert_null(strstr(b.ptr, "think"));
    assert_null(strstr(b.ptr, "extra_content"));
    m.parts.origin = (char *)"chat m";
    m.call_count = 0;
    m.text = "hi";
    buf_clear(&b);
    llm_body(&r, &b, NULL);
    assert_null(strstr(b.ptr, "reasoning_content"));
    assert_null(strstr(b.ptr, "tool_calls"));
    assert_non_null(strstr(b.ptr, "reasoning_details"));
}

static void broken_arguments_go_back_harmless(void **state)
{
    struct llm_tool_call calls[] = {{(char *)"a", (char *)"read", (char *)"{\"p\": "},
                                    {(char *)"b", (char *)"read", (char *)""},
                                    {(char *)"c", (char *)"read", (char *)"{\"p\":1,}"}};
    const struct llm_message m = {.role = LLM_ASSISTANT, .calls = calls, .call_count = 3};
    struct llm_request r = request(&m, 1, NULL);
    AUTO_JSON *j = body_of(&r);
    const cJSON *list = json_get(json_get(j, "messages")->child, "tool_calls");
    static const char *const want[] = {"{}", "{}", "{\"p\":1}"};
    for (int i = 0; i < 3; i++)
        assert_string_equal(
            json_str(json_get(cJSON_GetArrayItem(list, i), "function"), "arguments", ""), want[i]);
    assert_true(cJSON_IsNull(json_get(json_get(j, "messages")->child, "content")));
}

/* ---- what is kept between requests ---- */

/* The body built on what is kept is, byte for byte, the one that is made anew. */
static void same_as_fresh(struct llm_request *r, struct llm_prefix *kept)
{
    struct error e = {0};
    AUTO(buf) fresh = {0};
    AUTO(body) b = {0};
    size_t tail_at;
    r->prefix = kept;
    llm_body(r, &fresh, &tail_at);
    assert_true(body_build(&codec_chat, r, &b, &e));
    assert_int_equal(b.len, fresh.len);
    assert_memory_equal(b.text, fresh.ptr, fresh.len);
    assert_int_equal(b.tail_at, tail_at);
    assert_ptr_equal(b.own.text.ptr, NULL);
    AUTO_JSON *j = json_parse(b.text, b.len, &e);
    assert_non_null(j);
    AUTO(buf) whole = {0};
    buf_add(&whole, b.text, b.len);
    assert_true(llabs(prefix_tokens(kept) - tokens_estimate(whole.ptr, whole.len)) <
                50 + (int64_t)whole.len / 100);
}

/* A conversation that grows, is edited, pruned, cut and restarted, with tails that join the last
 * message and tails that do not, and a head that changes its length. */
static void kept_bodies_equal_fresh_ones(void **state)
{
    enum { N = 400 };
    struct llm_prefix *kept = llm_prefix_new();
    struct llm_message m[N];
    char *texts[N], *ids[N];
    struct llm_tool_call calls[N];
    uint64_t epoch = 0;
    size_t first = 0;
    AUTO(buf) goal = {0};
    for (size_t i = 0; i < N; i++) {
        texts[i] = mem_printf("text %zu \"quoted\" \n%*s", i, (int)(i * 37 % 700), "é");
        ids[i] = mem_printf("id%zu", i / 2);
        calls[i] = (struct llm_tool_call){ids[i], (char *)"read", (char *)"{\"p\": 1}"};
        m[i] = (struct llm_message){.role = i == 0       ? LLM_SYSTEM
                                            : i % 7 == 0 ? LLM_USER
                                            : i % 2      ? LLM_ASSISTANT
                                                         : LLM_TOOL,
                                    .text = texts[i],
                                    .call_id = ids[i]};
        if (m[i].role == LLM_ASSISTANT) {
            m[i].calls = &calls[i];
            m[i].call_count = 1;
        }
        AUTO_FREE char *tail = mem_printf("round %zu", i);
        struct llm_request r = request(m + first, i + 1 - first, i % 3 ? tail : NULL);
        buf_addf(&goal, "%zu ", i);
        r.session = buf_cstr(&goal);
        model.provider = (char *)(i / 50 % 2 ? "mistral" : i % 11 == 10 ? "openai" : "hosted_vllm");
        model.name = (char *)(i / 90 % 2 ? "other" : "m");
        if (i % 60 == 59) { /* an edit in the middle */
            free(texts[i / 2]);
            texts[i / 2] = mem_strdup("[pruned]");
            m[i / 2].text = texts[i / 2];
            epoch++;
        }
        if (i % 97 == 96) { /* the view's beginning leaves */
            first = i / 2;
            m[first].role = LLM_SYSTEM;
            m[first].call_count = 0;
            r.messages = m + first;
            r.message_count = i + 1 - first;
            epoch++;
        }
        r.epoch = epoch;
        same_as_fresh(&r, kept);
        same_as_fresh(&r, kept); /* another try of the same */
        if (i % 13 == 12) {      /* fewer than there were */
            r.message_count--;
            same_as_fresh(&r, kept);
        }
    }
    llm_prefix_free(kept);
    for (size_t i = 0; i < N; i++) {
        free(texts[i]);
        free(ids[i]);
    }
}

/* What is kept stays where it is: a new message is added to it, the rest not touched. */
static void kept_messages_are_not_written_again(void **state)
{
    struct llm_prefix *kept = llm_prefix_new();
    struct llm_message m[4] = {{.role = LLM_SYSTEM, .text = "s"},
                               {.role = LLM_USER, .text = "q"},
                               {.role = LLM_ASSISTANT, .text = "a"}};
    struct llm_request r = request(m, 3, "tail");
    same_as_fresh(&r, kept);
    m[3] = (struct llm_message){.role = LLM_USER, .text = "more"};
    r.message_count = 4;
#ifndef __SANITIZE_ADDRESS__ /* there each body is compared with a fresh one */
    AUTO(body) b = {0};
    char *mark = strstr(kept->text.ptr + kept->room, "\"s\"");
    assert_non_null(mark);
    mark[1] = 'S';
    assert_true(body_build(&codec_chat, &r, &b, NULL));
    AUTO_FREE char *text = mem_strndup(b.text, b.len);
    assert_non_null(strstr(text, "\"S\""));
#endif
    r.epoch++;
    same_as_fresh(&r, kept);
    /* A view that moved without a word of it shows in the last message. */
    m[2].text = "other";
    same_as_fresh(&r, kept);
    m[3].text = "and other";
    same_as_fresh(&r, kept);
    llm_prefix_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_go_back_as_json),
        cmocka_unit_test_setup(the_prefix_grows, setup),
        cmocka_unit_test_setup(the_tail_joins_a_user_message, setup),
        cmocka_unit_test_setup(parameters_merge, setup),
        cmocka_unit_test_setup(quirks, setup),
        cmocka_unit_test_setup(messages_go_back_as_they_came, setup),
        cmocka_unit_test_setup(broken_arguments_go_back_harmless, setup),
        cmocka_unit_test_setup(kept_bodies_equal_fresh_ones, setup),
        cmocka_unit_test_setup(kept_messages_are_not_written_again, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
