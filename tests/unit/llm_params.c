/* The parameters of a request: spelled as the dialect in force has them, refused ones left out, and
 * what a server's refusals teach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "llm/chat/chat.h"
#include "llm/codecs.h"
#include "llm/headers.h"
#include "llm/models/family.h"
#include "llm/turn/learn.h"
#include "llm/turn/params.h"
#include "unit/llm_dialect.h"

static char dir[] = "/tmp/mien-params-XXXXXX";

static void rows_are(const char *text)
{
    AUTO_FREE char *path = mem_printf("%s/families.yaml", dir);
    families_free();
    if (text)
        assert_true(file_write(path, text, strlen(text), NULL));
    else
        unlink(path);
}

static int setup(void **state)
{
    rows_are(NULL);
    return 0;
}

static struct model model_of(const char *provider, const char *upstream, int dialect)
{
    const struct provider_base {
        const char *name, *base;
    } bases[] = {{"openai", "https://api.openai.com/v1"},
                 {"anthropic", "https://api.anthropic.com/v1"},
                 {"gemini", "https://generativelanguage.googleapis.com/v1beta/openai"}};
    struct model m = {.name = (char *)"m",
                      .provider = (char *)provider,
                      .upstream = (char *)upstream,
                      .api_base = (char *)"http://127.0.0.1:1/v1",
                      .dialect = dialect};
    for (size_t i = 0; i < COUNT_OF(bases); i++)
        if (strcmp(bases[i].name, provider) == 0)
            m.api_base = (char *)bases[i].base;
    return m;
}

/* A body without what stands behind the parameters. */
static char *spelled(const struct llm_request *r)
{
    AUTO(body) b = {0};
    assert_true(body_build(codec_of(r->model), r, &b, NULL));
    return mem_strndup(b.text, b.len);
}

static void expect(const char *text, const char *want)
{
    bool absent = *want == '-';
    if ((strstr(text, want + absent) != NULL) == absent)
        print_message("%s\n%s\n", want, text);
    assert_true((strstr(text, want + absent) == NULL) == absent);
}

static const struct llm_message question = {.role = LLM_USER, .text = "q"};

static struct llm_request request(const struct model *m, const char *effort)
{
    return (struct llm_request){.model = m,
                                .messages = &question,
                                .message_count = 1,
                                .effort = effort,
                                .temperature = -1,
                                .window = 20000,
                                .goal_number = 1};
}

#define CHAT (1 + ROUTE_CHAT)
#define MESSAGES (1 + ROUTE_MESSAGES)
#define RESPONSES (1 + ROUTE_RESPONSES)

static void the_effort_is_spelled_by_the_dialect_in_force(void **state)
{
    static const struct {
        const char *provider, *upstream;
        int dialect;
        const char *effort, *want;
    } cases[] = {
        {"openai", "gpt-5.4", 0, "high",
         "\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"}"},
        {"openai", "gpt-5.4", CHAT, "high", "\"reasoning_effort\":\"high\""},
        {"openai", "gpt-5.4", CHAT, "high", "-\"reasoning\":"},
        {"openai", "gpt-4.1", 0, "high", "-effort"},
        {"openai", "gpt-4.1", RESPONSES, "high", "-reasoning\":"},
        {"hosted_vllm", "nobody", RESPONSES, NULL, "-\"reasoning\":"},
        {"hosted_vllm", "nobody", RESPONSES, "low", "\"reasoning\":{\"effort\":\"low\""},
        {"openrouter", "anthropic/claude-opus-4-8", 0, "high",
         "\"reasoning\":{\"effort\":\"high\"}"},
        {"openrouter", "anthropic/claude-opus-4-8", 0, "high", "-output_config"},
        {"openrouter", "anthropic/claude-opus-4-8", 0, NULL, "-thinking"},
        {"openrouter", "z-ai/glm-4.6", 0, "max", "\"reasoning\":{\"effort\":\"xhigh\"}"},
        {"openrouter", "google/gemini-3-pro", 0, "low", "\"reasoning\":{\"effort\":\"low\"}"},
        {"anthropic", "claude-opus-5", 0, "high",
         "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"high\"}"},
        {"anthropic", "claude-opus-5", 0, "none", "\"thinking\":{\"type\":\"disabled\"}"},
        {"anthropic", "claude-opus-5", 0, "none", "-output_config"},
        {"anthropic", "claude-opus-5", CHAT, "high", "-thinking"},
        {"anthropic", "claude-3-5-haiku", 0, "high", "-thinking"},
        {"gemini", "gemini-3-pro", 0, "high", "\"thinkingLevel\":\"HIGH\""},
        {"gemini", "gemini-3-pro", CHAT, "high", "\"reasoning_effort\":\"high\""},
        {"gemini", "gemini-3-pro", CHAT, "high", "-generationConfig"},
        {"gemini", "gemini-2.5-flash", 0, "none", "\"thinkingBudget\":0"},
        {"gemini", "gemini-2.5-flash", CHAT, "low", "\"reasoning_effort\":\"low\""},
        {"zai", "glm-4.6", 0, "none", "\"thinking\":{\"type\":\"disabled\"}"},
        {"zai", "glm-4.6", MESSAGES, "low", "\"thinking\":{\"type\":\"enabled\"}"},
        {"hosted_vllm", "Qwen/Qwen3-32B", 0, "none",
         "\"chat_template_kwargs\":{\"enable_thinking\":false}"},
        {"litellm_proxy", "glm-4.6", 0, "low", "\"reasoning_effort\":\"low\""},
        {"minimax", "minimax-m2", 0, "high", "-reasoning_effort"}, /* the row refuses it */
        {"ollama_chat", "qwen3:8b", 0, "high", "\"think\":\"high\""},
        {"ollama_chat", "qwen3:8b", 0, "none", "\"think\":false"},
        {"ollama_chat", "qwen3:8b", CHAT, "none", "-\"think\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct model m = model_of(cases[i].provider, cases[i].upstream, cases[i].dialect);
        struct llm_request r = request(&m, cases[i].effort);
        AUTO_FREE char *text = spelled(&r);
        expect(text, cases[i].want);
    }
}

static void as_little_as_may_be(void **state)
{
    static const struct {
        const char *provider, *upstream, *want;
    } cases[] = {{"ollama_chat", "qwen3:8b", "none"},   {"zai", "glm-4.6", "none"},
                 {"openai", "o3-mini", "low"},          {"gemini", "gemini-2.5-flash", "none"},
                 {"gemini", "gemini-3-pro", "minimal"}, {"hosted_vllm", "nobody", NULL}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct model m = model_of(cases[i].provider, cases[i].upstream, 0);
        const char *least = family_least_effort(&m);
        assert_string_equal(least ? least : "-", cases[i].want ? cases[i].want : "-");
    }
}

/* The user's word, the mode's, the entry's; and who wrote the spelling itself knew why. */
static void whose_word_counts(void **state)
{
    struct model m = model_of("hosted_vllm", "nobody", 0);
    struct mode mode = {.name = (char *)"deep"};
    m.params = json_parse("{\"reasoning_effort\":\"low\"}", 26, NULL);
    mode.parameters = json_parse("{\"reasoning_effort\":\"medium\"}", 29, NULL);
    struct llm_request r = request(&m, NULL);
    AUTO_FREE char *entry = spelled(&r);
    expect(entry, "\"reasoning_effort\":\"low\"");
    r.mode = &mode;
    AUTO_FREE char *modes = spelled(&r);
    expect(modes, "\"reasoning_effort\":\"medium\"");
    r.effort = "high";
    AUTO_FREE char *users = spelled(&r);
    expect(users, "\"reasoning_effort\":\"high\"");
    struct model ollama = model_of("ollama_chat", "qwen3", 0);
    mode.parameters->child->valuestring[0] = 'm';
    r.model = &ollama;
    r.effort = NULL;
    AUTO_FREE char *other = spelled(&r);
    expect(other, "\"think\":\"medium\"");
    expect(other, "-reasoning_effort");
    cJSON_Delete(m.params);
    cJSON_Delete(mode.parameters);
}

/* At most three quarters of the answer's limit, never what equals it, and nothing below what is
 * taken. */
static void a_budget_leaves_room_to_speak(void **state)
{
    struct model m = model_of("anthropic", "claude-sonnet-4-5", 0);
    for (int64_t limit = 16; limit < 70000; limit = limit * 5 / 4 + 1) {
        struct llm_request r = request(&m, "max");
        r.max_tokens = limit;
        AUTO_JSON *j = dialect_body(codec_of(&m), &r, NULL);
        int64_t budget = json_int(json_get(j, "thinking"), "budget_tokens", 0);
        assert_int_equal(json_int(j, "max_tokens", 0), MIN(limit, 64000));
        assert_true(budget <= MIN(limit, 64000) / 4 * 3);
        assert_true(budget == 0 ? limit / 4 * 3 < 1024 : budget >= 1024);
    }
    struct model gemini = model_of("gemini", "gemini-2.5-pro", 0);
    struct llm_request r = request(&gemini, "high");
    r.max_tokens = 8192;
    AUTO_FREE char *text = spelled(&r);
    expect(text, "\"thinkingBudget\":6144");
}

static void what_a_row_refuses_is_not_added(void **state)
{
    rows_are("families:\n"
             "  - {models: [a], refused: [reasoning_effort]}\n"
             "  - {models: [b], dialect: messages, effort: adaptive, refused: [output_config]}\n"
             "  - {models: [c], dialect: gemini, effort: level, refused: "
             "[generationConfig.thinkingConfig.thinkingLevel]}\n");
    static const char *const want[][2] = {{"a", "-reasoning_effort"},
                                          {"b", "-output_config"},
                                          {"b", "adaptive"},
                                          {"c", "-thinkingLevel"}};
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        struct model m = model_of("hosted_vllm", want[i][0], 0);
        struct llm_request r = request(&m, "high");
        AUTO_FREE char *text = spelled(&r);
        expect(text, want[i][1]);
    }
}

static void no_limit_is_made_up(void **state)
{
    struct model m = model_of("hosted_vllm", "nobody", 0);
    struct llm_request r = request(&m, NULL);
    AUTO_FREE char *text = spelled(&r);
    expect(text, "-max_tokens");
    struct model claude = model_of("hosted_vllm", "nobody", MESSAGES);
    r.model = &claude; /* there one must be sent */
    AUTO_FREE char *must = spelled(&r);
    expect(must, "\"max_tokens\":8192");
}

static bool learned(const struct model *m, const char *refusal, const char *effort, char **text)
{
    AUTO(buf) told = {0};
    struct llm_request r = request(m, effort);
    r.max_tokens = 1000;
    bool yes = learn_refusal(codec_of(m), &r, refusal, &told);
    assert_true(yes == (told.len > 0));
    free(*text);
    *text = spelled(&r);
    return yes;
}

/* It asks for what others refuse: DeepSeek, Kimi and whoever serves them. */
static void reasoning_that_is_demanded_goes_back(void **state)
{
    static const char *const refusals[] = {
        "thinking is enabled but reasoning_content is missing in assistant tool call message at "
        "index 2",
        "The reasoning_content in the thinking mode must be passed back to the API."};
    struct llm_message m[] = {{.role = LLM_USER, .text = "go"},
                              {.role = LLM_ASSISTANT, .text = "plain"},
                              {.role = LLM_USER, .text = "more"}};
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        rows_are(NULL);
        struct model model = model_of("hosted_vllm", "nobody", 0);
        AUTO_FREE char *text = NULL;
        assert_true(learned(&model, refusals[i], NULL, &text));
        assert_int_equal(family_of(&model)->reasoning, REASONING_ALWAYS);
        assert_false(model_refuses(&model, "reasoning_content"));
        struct llm_request r = request(&model, NULL);
        r.messages = m;
        r.message_count = 3;
        AUTO_FREE char *body = spelled(&r);
        expect(body, "\"content\":\"plain\",\"reasoning_content\":\"\"");
        assert_false(learned(&model, refusals[i], NULL, &text)); /* it had all there is */
    }
    struct model groq = model_of("hosted_vllm", "other", 0);
    AUTO_FREE char *text = NULL;
    assert_true(learned(&groq, "property 'reasoning_content' is unsupported", NULL, &text));
    assert_true(model_refuses(&groq, "reasoning_content"));
}

static void an_effort_that_is_refused_is_not_sent(void **state)
{
    static const struct {
        const char *provider, *upstream;
        int dialect;
        const char *refusal, *gone;
    } cases[] = {
        {"hosted_vllm", "a", 0, "Unrecognized request argument: reasoning_effort", "-effort"},
        {"hosted_vllm", "b", RESPONSES, "Unknown parameter: 'reasoning'", "-\"reasoning\""},
        {"gemini", "gemini-3-x", 0, "Unknown name \"thinkingConfig\"", "-thinkingConfig"},
        {"gemini", "gemini-3-y", 0, "Invalid value at 'generationConfig'", "-thinkingConfig"},
        {"anthropic", "claude-opus-5", 0, "output_config: Extra inputs are not permitted",
         "-output_config"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct model m = model_of(cases[i].provider, cases[i].upstream, cases[i].dialect);
        AUTO_FREE char *text = NULL;
        assert_true(learned(&m, cases[i].refusal, "high", &text));
        expect(text, cases[i].gone);
        assert_false(learned(&m, cases[i].refusal, "high", &text));
    }
    /* It wants the proof of a thought, and does not refuse to think. */
    struct model claude = model_of("anthropic", "claude-opus-4-5", 0);
    AUTO_FREE char *text = NULL;
    assert_false(learned(&claude,
                         "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, "
                         "but found `tool_use`. When `thinking` is enabled, a final `assistant` "
                         "message must start with a thinking block",
                         "high", &text));
    /* The user's own is the user's to take back. */
    struct model own = model_of("hosted_vllm", "c", 0);
    own.params = json_parse("{\"reasoning_effort\":\"low\"}", 26, NULL);
    assert_false(learned(&own, "reasoning_effort is unsupported", "high", &text));
    cJSON_Delete(own.params);
}

static void the_limits_name_is_learned(void **state)
{
    struct model m = model_of("hosted_vllm", "a", 0);
    AUTO_FREE char *text = NULL;
    assert_true(learned(&m, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.",
                        NULL, &text));
    expect(text, "\"max_completion_tokens\":1000");
    expect(text, "-\"max_tokens\"");
    assert_false(learned(&m, "max_tokens is wrong too", NULL, &text)); /* renamed once */
    struct model most = model_of("hosted_vllm", "b", 0);
    assert_true(learned(&most, "max_tokens: 1000 > 640, which is the maximum", NULL, &text));
    expect(text, "\"max_tokens\":640");
}

/* Rows say which messages take their reasoning back, and what must be there without. */
static void whose_reasoning_goes_back(void **state)
{
    static const struct {
        const char *upstream, *with_calls, *without;
    } cases[] = {
        {"nobody", "\"reasoning_content\":\"hm\"", "-reasoning_content"},
        {"glm-4.6", "\"reasoning_content\":\"hm\"", "\"reasoning_content\":\"hm\""},
        {"deepseek-chat", "\"reasoning_content\":\"hm\"", "\"reasoning_content\":\"hm\""},
        {"deepseek-r1", "-reasoning_content", "-reasoning_content"},
    };
    static const char stream[] =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\",\"content\":"
        "\"hi\"%s},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
        struct model m = model_of("hosted_vllm", cases[i / 2].upstream, CHAT);
        AUTO_FREE char *bytes = mem_printf(
            stream, i % 2 ? ""
                          : ",\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":"
                            "\"read_file\",\"arguments\":\"{}\"}}]");
        struct played p;
        played_init(&p, &codec_chat, bytes, strlen(bytes), 64);
        assert_true(p.ok);
        AUTO_FREE char *origin = body_origin(&codec_chat, &m, NULL);
        struct llm_message said[] = {
            question, dialect_said(&p, origin), {.role = LLM_TOOL, .call_id = "a", .text = "r"}};
        struct llm_request r = request(&m, NULL);
        r.messages = said;
        r.message_count = 3 - i % 2;
        AUTO_FREE char *text = spelled(&r);
        expect(text, i % 2 ? cases[i / 2].without : cases[i / 2].with_calls);
        played_fini(&p);
    }
}

/* Their templates forget the reasoning of the running loop where a user speaks behind a result. */
static void no_user_speaks_behind_a_result(void **state)
{
    static const char *const names[] = {"glm-4.6", "MiniMaxAI/MiniMax-M2", "Qwen/Qwen3-32B",
                                        "qwq-32b", "kimi-k2-thinking",     "deepseek-chat",
                                        "nobody"};
    static const char *const providers[] = {"hosted_vllm", "openai", "openrouter", "ollama_chat"};
    struct llm_tool_call call = {(char *)"a", (char *)"read_file", (char *)"{}"};
    struct llm_message m[] = {question,
                              {.role = LLM_ASSISTANT, .calls = &call, .call_count = 1},
                              {.role = LLM_TOOL, .call_id = "a", .text = "r"}};
    for (size_t i = 0; i < COUNT_OF(names) * COUNT_OF(providers); i++) {
        struct model model = model_of(providers[i % 4], names[i / 4], 0);
        model.api_base = (char *)"http://127.0.0.1:1/v1";
        struct llm_request r = request(&model, NULL);
        r.messages = m;
        r.message_count = 3;
        r.tail = "GOAL: now";
        AUTO_JSON *j = dialect_body(codec_of(&model), &r, NULL);
        const cJSON *list = json_get(j, "messages"), *last = list->child->prev;
        assert_string_equal(json_str(last, "role", ""), "tool");
        assert_non_null(strstr(json_str(last, "content", ""), "GOAL: now"));
    }
}

/* What a proof is good for: this server, this model. */
static void origins_name_the_server(void **state)
{
    struct model a = model_of("anthropic", "claude-opus-4-5", 0), b = a, c = a;
    b.api_base = (char *)"https://elsewhere/v1";
    c.upstream = (char *)"claude-opus-4-6";
    AUTO_FREE char *one = body_origin(codec_of(&a), &a, NULL);
    AUTO_FREE char *two = body_origin(codec_of(&b), &b, NULL);
    AUTO_FREE char *three = body_origin(codec_of(&c), &c, NULL);
    assert_string_not_equal(one, two);
    assert_string_not_equal(one, three);
}

/* Two deployments of one name, in one dialect, whose rows differ: what is kept for the one is not
 * sent to the other. */
static void deployments_keep_their_own_messages(void **state)
{
    struct model a = model_of("hosted_vllm", "nobody", 0),
                 b = model_of("hosted_vllm", "deepseek-chat", 0);
    struct llm_message m[] = {question, {.role = LLM_ASSISTANT, .text = "hi"}, question};
    struct llm_prefix *kept = mem_alloc(sizeof *kept);
    for (int i = 0; i < 4; i++) {
        struct llm_request r = request(i % 2 ? &b : &a, NULL);
        r.messages = m;
        r.message_count = 3;
        r.prefix = kept;
        AUTO_FREE char *text = NULL;
        AUTO_JSON *j = dialect_body(&codec_chat, &r, &text); /* compares with a fresh one */
        assert_non_null(j);
        expect(text, i % 2 ? "reasoning_content" : "-reasoning_content");
    }
    prefix_fini(kept);
    free(kept);
}

static void betas_are_a_header(void **state)
{
    rows_are("families:\n  - {models: [\"claude-*\"], betas: [one-2026, two-2026]}\n");
    struct model m = model_of("anthropic", "claude-opus-5", 0);
    struct header_list l = {0};
    bool beta = false, version = false;
    assert_true(headers_build(&m, "k", true, &l, NULL));
    for (size_t i = 0; i < l.len; i++) {
        beta = beta || strcmp(l.ptr[i], "anthropic-beta: one-2026,two-2026") == 0;
        version = version || strcmp(l.ptr[i], "anthropic-version: 2023-06-01") == 0;
    }
    assert_true(beta && version);
    headers_free(&l);
}

/* OpenAI's newest take no sampling parameters, by whatever row they come. */
static void sampling_is_not_sent_to_those_that_refuse_it(void **state)
{
    static const char *const names[] = {"gpt-5", "gpt-6", "gpt-6-mini", "codex-mini-latest", "o3"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct model m = model_of("openai", names[i], 0);
        struct llm_request r = request(&m, NULL);
        r.temperature = 0.5;
        AUTO_FREE char *text = spelled(&r);
        expect(text, "-temperature");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_effort_is_spelled_by_the_dialect_in_force, setup),
        cmocka_unit_test_setup(as_little_as_may_be, setup),
        cmocka_unit_test_setup(whose_word_counts, setup),
        cmocka_unit_test_setup(a_budget_leaves_room_to_speak, setup),
        cmocka_unit_test_setup(what_a_row_refuses_is_not_added, setup),
        cmocka_unit_test_setup(no_limit_is_made_up, setup),
        cmocka_unit_test_setup(reasoning_that_is_demanded_goes_back, setup),
        cmocka_unit_test_setup(an_effort_that_is_refused_is_not_sent, setup),
        cmocka_unit_test_setup(the_limits_name_is_learned, setup),
        cmocka_unit_test_setup(whose_reasoning_goes_back, setup),
        cmocka_unit_test_setup(no_user_speaks_behind_a_result, setup),
        cmocka_unit_test_setup(origins_name_the_server, setup),
        cmocka_unit_test_setup(deployments_keep_their_own_messages, setup),
        cmocka_unit_test_setup(betas_are_a_header, setup),
        cmocka_unit_test_setup(sampling_is_not_sent_to_those_that_refuse_it, setup),
    };
    if (!mkdtemp(dir))
        return 1;
    setenv("MIEN_CONFIG_DIR", dir, 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rows_are(NULL);
    rmdir(dir);
    return failed;
}
