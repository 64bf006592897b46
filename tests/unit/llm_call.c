/* llm_call against a scripted server: every fault once, then a healthy answer. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "llm/call.h"
#include "llm/llm.h"
#include "llm/models/models.h"
#include "net/curl_api.h"
#include "net/http.h"
#include "unit/llm_server.h"

struct bench {
    struct server server;
    struct loop *loop;
    struct llm *llm;
    struct model model;
    struct llm_message message;
    struct llm_tool tool;
    struct llm_request request;
    struct llm_reply reply;
    struct llm_failure failure;
    struct buf seen, phases;
    int restarts;
};

static void on_text(void *arg, const char *s, size_t n)
{
    buf_add(&((struct bench *)arg)->seen, s, n);
}

static void on_restart(void *arg)
{
    struct bench *b = arg;
    b->restarts++;
    buf_clear(&b->seen);
}

static void on_phase(void *arg, const char *phase, int64_t wait_ms, int attempt, const char *detail)
{
    struct bench *b = arg;
    buf_addf(&b->phases, "%s%d ", phase, attempt);
}

static const struct llm_limits quick = {.connect_ms = 2000,
                                        .first_byte_ms = 2000,
                                        .idle_ms = 200,
                                        .total_ms = 30000,
                                        .max_retries = 3,
                                        .max_retry_wait_ms = 3000};

static void bench_init(struct bench *b, const char *script)
{
    *b = (struct bench){0};
    server_start(&b->server, script);
    b->loop = loop_new(NULL);
    b->llm = llm_new(b->loop, &quick);
    b->model = (struct model){.name = (char *)"test",
                              .provider = (char *)"hosted_vllm",
                              .upstream = (char *)"m",
                              .origin = (char *)"models.yaml:7"};
    b->model.api_base = mem_printf("http://127.0.0.1:%d/v1/", b->server.port);
    b->message = (struct llm_message){.role = LLM_USER, .text = "hello"};
    b->tool = (struct llm_tool){
        .name = "list_dir", .description = "List.", .schema = "{\"type\":\"object\"}"};
    b->request = (struct llm_request){.model = &b->model,
                                      .messages = &b->message,
                                      .message_count = 1,
                                      .tools = &b->tool,
                                      .tool_count = 1,
                                      .temperature = -1};
}

static void bench_fini(struct bench *b)
{
    llm_reply_fini(&b->reply);
    llm_free(b->llm);
    loop_free(b->loop);
    free(b->model.api_base);
    buf_fini(&b->seen);
    buf_fini(&b->phases);
    server_stop(&b->server);
}

static bool bench_call(struct bench *b)
{
    const struct llm_watch w = {
        .arg = b, .text = on_text, .restart = on_restart, .phase = on_phase};
    llm_reply_fini(&b->reply);
    return llm_call(b->llm, &b->request, &w, &b->reply, &b->failure);
}

static void streams_an_answer(void **state)
{
    struct bench b;
    bench_init(&b, "[{\"say\": \"Hello you there\"}]");
    assert_true(bench_call(&b));
    assert_string_equal(b.reply.text, "Hello you there");
    assert_string_equal(buf_cstr(&b.seen), "Hello you there");
    assert_int_equal(b.reply.finish, LLM_FINISH_STOP);
    assert_true(b.reply.usage.reported);
    assert_true(b.reply.first_token_ms >= 0);
    assert_string_equal(buf_cstr(&b.phases), "connect1 wait1 stream1 ");
    assert_non_null(strstr(b.reply.url, "/v1/chat/completions"));
    bench_fini(&b);
}

static void calls_come_whole(void **state)
{
    struct bench b;
    bench_init(&b,
               "[{\"say\": \"I look.\", \"calls\": [{\"name\": \"list_dir\", \"args\": "
               "{\"path\": \"a b\"}}, {\"name\": \"list_dir\", \"args\": {\"path\": \"c\"}}]}]");
    assert_true(bench_call(&b));
    assert_int_equal(b.reply.call_count, 2);
    assert_string_equal(b.reply.calls[0].args, "{\"path\": \"a b\"}");
    assert_string_equal(b.reply.calls[1].id, "call_1");
    assert_int_equal(b.reply.finish, LLM_FINISH_TOOLS);
    bench_fini(&b);
}

/* The fault first, a healthy answer after it. */
static void recovers(const char *fault, int attempts)
{
    struct bench b;
    AUTO_FREE char *script = mem_printf("[%s, {\"say\": \"all is well\"}]", fault);
    bench_init(&b, script);
    bool ok = bench_call(&b);
    if (!ok)
        print_message("%s: %s\n", fault, b.failure.error.text);
    assert_true(ok);
    assert_int_equal(b.reply.attempts, attempts);
    if (attempts == 2)
        assert_string_equal(b.reply.text, "all is well");
    assert_string_equal(buf_cstr(&b.seen), b.reply.text);
    bench_fini(&b);
}

static void every_fault_is_survived(void **state)
{
    static const char *const faults[] = {
        "{\"status\": 429, \"headers\": {\"Retry-After\": \"0.05\"}}",
        "{\"status\": 429, \"error\": \"Please try again in 20ms\"}",
        "{\"status\": 500, \"error\": \"oops\", \"headers\": {\"retry-after-ms\": \"20\"}}",
        "{\"status\": 503, \"error\": \"Loading\", \"headers\": {\"retry-after-ms\": \"9\"}}",
        "{\"status\": 529, \"body\": \"\", \"headers\": {\"retry-after-ms\": \"20\"}}",
        "{\"status\": 400, \"headers\": {\"x-should-retry\": \"true\", \"retry-after-ms\": \"9\"}}",
        "{\"fault\": \"cut\", \"say\": \"part of it\", \"after\": 3}",
        "{\"fault\": \"reset\", \"say\": \"part of it\", \"after\": 2}",
        "{\"fault\": \"refuse\"}",
        "{\"fault\": \"stall\", \"say\": \"part of it\", \"after\": 2}",
        "{\"fault\": \"bad_json\", \"say\": \"part\"}",
        "{\"fault\": \"giant_line\", \"say\": \"part\"}",
        "{\"fault\": \"empty_body\"}",
        "{\"fault\": \"no_finish\", \"say\": \"part of it\"}",
        "{\"fault\": \"error_frame\", \"say\": \"part of it\", \"after\": 2}",
        "{\"fault\": \"html\"}",
        "{\"fault\": \"redirect\"}",
    };
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        recovers(faults[i], 2);
}

static void oddities_are_no_faults(void **state)
{
    static const char *const odd[] = {
        "{\"say\": \"one two\", \"done\": false}",
        "{\"say\": \"one two\", \"crlf\": true}",
        "{\"say\": \"one two \\u00e9\\u4e2d\", \"chunk\": 1}",
        "{\"say\": \"one two\", \"fault\": \"bad_utf8\"}",
        "{\"say\": \"one two\", \"stream\": false}",
        "{\"say\": \"one two\", \"ping\": 5}",
        "{\"say\": \"one two\", \"type\": \"application/json\"}",
    };
    for (size_t i = 0; i < COUNT_OF(odd); i++)
        recovers(odd[i], 1);
}

static void a_new_try_starts_the_text_anew(void **state)
{
    struct bench b;
    bench_init(&b,
               "[{\"fault\": \"cut\", \"say\": \"half of\", \"after\": 2}, {\"say\": \"whole\"}]");
    assert_true(bench_call(&b));
    assert_int_equal(b.restarts, 1);
    assert_string_equal(buf_cstr(&b.seen), "whole");
    assert_non_null(strstr(buf_cstr(&b.phases), "retry1 connect2"));
    bench_fini(&b);
}

static void expect_refusal(const char *step, enum llm_class class, const char *words)
{
    struct bench b;
    AUTO_FREE char *script = mem_printf("[%s, {\"say\": \"never\"}]", step);
    bench_init(&b, script);
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, class);
    if (!strstr(b.failure.error.text, words))
        print_message("no \"%s\" in: %s\n", words, b.failure.error.text);
    assert_non_null(strstr(b.failure.error.text, words));
    assert_int_equal(b.reply.attempts, 1);
    bench_fini(&b);
}

static void some_failures_are_final(void **state)
{
    expect_refusal("{\"status\": 401, \"error\": \"Incorrect key\"}", LLM_AUTH, "os.environ/NAME");
    expect_refusal("{\"status\": 404, \"error\": \"no model m\"}", LLM_BAD_REQUEST,
                   "models.yaml:7");
    expect_refusal("{\"status\": 402, \"error\": \"no credit\"}", LLM_QUOTA, "credit");
    expect_refusal("{\"status\": 400, \"error\": \"maximum context length is 4096 tokens. However, "
                   "you requested 5000 tokens\"}",
                   LLM_CONTEXT, "5000 tokens asked for, window 4096");
    expect_refusal("{\"status\": 429, \"headers\": {\"Retry-After\": \"90\"}}", LLM_RATE_LIMIT,
                   "Try again later");
    expect_refusal("{\"status\": 503, \"headers\": {\"x-should-retry\": \"false\"}}",
                   LLM_OVERLOADED, "503");
}

static void the_same_500_twice_is_permanent(void **state)
{
    struct bench b;
    bench_init(&b, "{\"repeat\": true, \"steps\": [{\"status\": 500, \"error\": \"bad schema\", "
                   "\"headers\": {\"retry-after-ms\": \"5\"}}]}");
    assert_false(bench_call(&b));
    assert_int_equal(b.reply.attempts, 2);
    bench_fini(&b);
}

static void nobody_listens(void **state)
{
    struct bench b;
    bench_init(&b, "[]");
    struct llm_limits once = quick;
    once.max_retries = 0;
    b.llm->limits = once;
    free(b.model.api_base);
    b.model.api_base = mem_strdup("http://127.0.0.1:9/v1");
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_CONNECT);
    assert_non_null(strstr(b.failure.error.text, "mien doctor"));
    free(b.model.api_base);
    b.model.api_base = mem_strdup("https://no-such-host.invalid/v1");
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_CONNECT);
    assert_non_null(strstr(b.failure.error.text, "no-such-host.invalid"));
    free(b.model.api_base);
    b.model.api_base = mem_strdup("http://192.0.2.1/v1");
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_CONFIG);
    assert_non_null(strstr(b.failure.error.text, "allow_insecure_http"));
    bench_fini(&b);
}

static int64_t cancelled_at;

static void cancel_now(void *arg)
{
    cancelled_at = clock_ms();
    llm_cancel(arg);
}

static void cancel_on_text(void *arg, const char *s, size_t n)
{
    struct bench *b = arg;
    loop_timer_add(b->loop, clock_ms() + 20, cancel_now, b->llm);
}

static void cancel_closes_the_socket(void **state)
{
    struct bench b;
    bench_init(&b, "[{\"fault\": \"stall\", \"say\": \"some text\", \"after\": 2}]");
    struct llm_limits patient = quick;
    patient.idle_ms = 20000;
    b.llm->limits = patient;
    const struct llm_watch w = {.arg = &b, .text = cancel_on_text};
    assert_false(llm_call(b.llm, &b.request, &w, &b.reply, &b.failure));
    assert_int_equal(b.failure.class, LLM_CANCELLED);
    assert_string_equal(b.reply.text, "some");
    struct pollfd p = {.fd = b.server.out, .events = POLLIN};
    int64_t left = cancelled_at + 200 - clock_ms();
    assert_true(left > 0);
    assert_int_equal(poll(&p, 1, (int)left), 1); /* the server says "closed" */
    bench_fini(&b);
}

static void cancel_breaks_the_wait_for_a_retry(void **state)
{
    struct bench b;
    bench_init(&b, "[{\"status\": 429, \"headers\": {\"Retry-After\": \"2.5\"}}]");
    loop_timer_add(b.loop, clock_ms() + 300, cancel_now, b.llm);
    int64_t began = clock_ms();
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_CANCELLED);
    assert_true(clock_ms() - began < 1500);
    bench_fini(&b);
}

static void comments_do_not_keep_a_call_for_ever(void **state)
{
    struct bench b;
    bench_init(&b,
               "[{\"fault\": \"ping_stall\", \"say\": \"x\", \"after\": 1}, {\"say\": \"ok\"}]");
    b.llm->payload_ceiling_ms = 400;
    assert_true(bench_call(&b));
    assert_int_equal(b.reply.attempts, 2);
    bench_fini(&b);
}

/* ---- libcurl itself fails ---- */

static CURLMcode refuse_handle(CURLM *m, CURL *h)
{
    return CURLM_OUT_OF_MEMORY;
}

static CURLMcode refuse_action(CURLM *m, curl_socket_t s, int events, int *running)
{
    *running = 0;
    return CURLM_INTERNAL_ERROR;
}

/* Nothing else would end such a call before its total limit, here of 30 s. */
static void a_failing_libcurl_fails_the_call_at_once(void **state)
{
    struct curl_api *api = (struct curl_api *)curl_api_load(NULL);
    const struct curl_api good = *api;
    for (int i = 0; i < 2; i++) {
        struct bench b;
        int64_t began = clock_ms();
        bench_init(&b, "[{\"say\": \"never\"}]");
        if (i == 0)
            api->multi_add_handle = refuse_handle;
        else
            api->multi_socket_action = refuse_action;
        assert_false(bench_call(&b));
        *api = good;
        assert_true(clock_ms() - began < 5000);
        assert_non_null(strstr(b.failure.error.text, "libcurl"));
        assert_int_equal(b.reply.attempts, 1);
        bench_fini(&b);
    }
}

static void modes_reach_the_server(void **state)
{
    struct bench b;
    bench_init(&b, "[{\"say\": \"Good day.\"}, {\"say\": \"Hi.\"}]");
    AUTO_JSON *params = json_parse("{\"temperature\": 0.2, \"top_k\": 5}", 32, NULL);
    AUTO_JSON *own = json_parse("{\"temperature\": 0.9, \"top_p\": 0.5}", 34, NULL);
    assert_non_null(own);
    struct mode formal = {
        .name = (char *)"formal", .route_suffix = (char *)"/formal", .parameters = params};
    b.model.params = own;
    b.request.mode = &formal;
    b.request.max_tokens = 77;
    b.request.tail = "the time is noon";
    assert_true(bench_call(&b));
    b.request.mode = NULL;
    assert_true(bench_call(&b));
    AUTO_JSON *first = server_request(&b.server, 0), *second = server_request(&b.server, 1);
    const cJSON *body = json_get(first, "body");
    assert_string_equal(json_str(first, "path", ""), "/v1/formal/chat/completions");
    assert_string_equal(json_str(second, "path", ""), "/v1/chat/completions");
    assert_true(json_num(body, "temperature", 0) == 0.2);
    assert_int_equal(json_int(body, "top_k", 0), 5);
    assert_true(json_num(body, "top_p", 0) == 0.5);
    assert_int_equal(json_int(body, "max_tokens", 0), 77);
    assert_null(json_get(body, "metadata"));
    const cJSON *message = cJSON_GetArrayItem(json_get(body, "messages"), 0);
    assert_string_equal(json_str(message, "content", ""), "hello\n\nthe time is noon");
    assert_null(json_get(json_get(first, "headers"), "expect"));
    assert_null(json_get(json_get(first, "headers"), "accept-encoding"));
    /* The connection is kept between rounds. */
    assert_int_equal(json_int(first, "peer", 1), json_int(second, "peer", 2));
    bench_fini(&b);
}

static void keys_go_out_and_only_out(void **state)
{
    struct bench b;
    bench_init(&b, "[{\"say\": \"ok\"}, {\"status\": 401}]");
    b.model.key_env = (char *)"MIEN_TEST_KEY";
    setenv("MIEN_TEST_KEY", "sk-verysecret", 1);
    assert_true(bench_call(&b));
    AUTO_JSON *first = server_request(&b.server, 0);
    assert_string_equal(json_str(json_get(first, "headers"), "authorization", ""),
                        "Bearer sk-verysecret");
    assert_false(bench_call(&b));
    assert_null(strstr(b.failure.error.text, "sk-verysecret"));
    assert_non_null(strstr(b.failure.error.text, "MIEN_TEST_KEY"));
    unsetenv("MIEN_TEST_KEY");
    b.model.provider = (char *)"openai";
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_AUTH);
    assert_non_null(strstr(b.failure.error.text, "export MIEN_TEST_KEY"));
    bench_fini(&b);
}

static void windows_are_asked_for(void **state)
{
    struct bench b;
    bench_init(&b,
               "{\"get\": {\"/v1/models\": {\"data\": [{\"id\": \"m\", \"max_model_len\": 7168}]},"
               "\"/props\": {\"default_generation_settings\": {\"n_ctx\": 2048}}},"
               "\"post\": {\"/api/show\": {\"parameters\": \"num_ctx    6000\"}}}");
    assert_int_equal(llm_ask_window(b.llm, &b.model, 2000), 7168);
    b.model.upstream = (char *)"other";
    assert_int_equal(llm_ask_window(b.llm, &b.model, 2000), 2048);
    b.model.provider = (char *)"ollama";
    assert_int_equal(llm_ask_window(b.llm, &b.model, 2000), 6000);
    bench_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_libcurl_fails_the_call_at_once),
        cmocka_unit_test(streams_an_answer),
        cmocka_unit_test(calls_come_whole),
        cmocka_unit_test(every_fault_is_survived),
        cmocka_unit_test(oddities_are_no_faults),
        cmocka_unit_test(a_new_try_starts_the_text_anew),
        cmocka_unit_test(some_failures_are_final),
        cmocka_unit_test(the_same_500_twice_is_permanent),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(cancel_closes_the_socket),
        cmocka_unit_test(cancel_breaks_the_wait_for_a_retry),
        cmocka_unit_test(comments_do_not_keep_a_call_for_ever),
        cmocka_unit_test(modes_reach_the_server),
        cmocka_unit_test(keys_go_out_and_only_out),
        cmocka_unit_test(windows_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
