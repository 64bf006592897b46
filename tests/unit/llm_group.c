/* Against scripted servers: deployments in turn, and adapters of each kind of server. */
#include "unit/test.h"

#include "base/loop.h"
#include "base/mem.h"
#include "llm/call.h"
#include "llm/llm.h"
#include "llm/lora.h"
#include "llm/models/models.h"
#include "net/http.h"
#include "unit/llm_server.h"

static const struct llm_limits quick = {.connect_ms = 2000,
                                        .first_byte_ms = 2000,
                                        .idle_ms = 500,
                                        .total_ms = 30000,
                                        .max_retries = 2,
                                        .max_retry_wait_ms = 50};

/* Up to two servers, a registry that names their ports, and an llm. */
struct world {
    struct server servers[2];
    size_t count;
    struct models *models;
    const struct model *m;
    struct loop *loop;
    struct llm *llm;
    struct llm_reply reply;
    struct llm_failure failure;
};

/* yaml: the entries; $0 and $1 are the ports of the servers, $9 is a port nobody listens on. */
static void world_init(struct world *w, const char *yaml, const char *first, const char *second)
{
    struct error e = {0};
    const char *scripts[] = {first, second};
    AUTO(buf) text = {0};
    *w = (struct world){0};
    for (size_t i = 0; i < 2 && scripts[i]; i++)
        server_start(&w->servers[w->count++], scripts[i]);
    buf_adds(&text, "model_list:\n");
    for (const char *p = yaml; *p; p++) {
        bool port = *p == '$';
        if (port && *++p != '9')
            buf_addf(&text, "%d", w->servers[*p - '0'].port);
        else if (port)
            buf_adds(&text, "9");
        else
            buf_addc(&text, *p);
    }
    AUTO_FREE char *path = mem_printf("/tmp/mien-llm-group-%d.yaml", (int)getpid());
    assert_true(file_write(path, text.ptr, text.len, &e));
    w->models = models_load(NULL, NULL, path, &e);
    unlink(path);
    if (!w->models)
        print_message("%s\n", e.text);
    assert_non_null(w->models);
    w->m = models_find(w->models, "m", &e);
    assert_non_null(w->m);
    w->loop = loop_new(NULL);
    w->llm = llm_new(w->loop, &quick);
}

static void world_fini(struct world *w)
{
    llm_reply_fini(&w->reply);
    llm_free(w->llm);
    loop_free(w->loop);
    models_free(w->models);
    for (size_t i = 0; i < w->count; i++)
        server_stop(&w->servers[i]);
}

static bool world_call(struct world *w, const struct mode *mode)
{
    const struct llm_message hello = {.role = LLM_USER, .text = "hello"};
    const struct llm_request r = {
        .model = w->m, .mode = mode, .messages = &hello, .message_count = 1, .temperature = -1};
    llm_reply_fini(&w->reply);
    return llm_call(w->llm, &r, NULL, &w->reply, &w->failure);
}

static const char two[] =
    "- {model_name: m, litellm_params: {model: hosted_vllm/one, api_base: 'http://127.0.0.1:$0/v1',"
    " api_key: key-one-11}, behaviors: {a: {route_suffix: /a1}, only1: }}\n"
    "- {model_name: m, litellm_params: {model: hosted_vllm/two, api_base: 'http://127.0.0.1:$1/v1',"
    " api_key: key-two-22}, behaviors: {a: {route_suffix: /a2, parameters: {x: 2}}, only2: }}\n";

static void check_second(struct world *w, const char *path)
{
    AUTO_JSON *r = server_request(&w->servers[1], 0);
    AUTO_FREE char *port = mem_printf(":%d/", w->servers[1].port);
    assert_string_equal(w->reply.text, "second");
    assert_has(w->reply.url, port);
    assert_string_equal(json_str(r, "path", ""), path);
    assert_string_equal(json_str(json_get(r, "body"), "model", ""), "two");
    assert_string_equal(json_str(json_get(r, "headers"), "authorization", ""), "Bearer key-two-22");
}

static void the_next_deployment_serves(void **state)
{
    static const char *const faults[] = {"[{\"status\": 429}]", "[{\"status\": 503}]",
                                         "[{\"status\": 500}]", "[{\"fault\": \"refuse\"}]",
                                         "[{\"say\": \"half of it\", \"fault\": \"cut\"}]"};
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        struct world w;
        struct error e = {0};
        world_init(&w, two, faults[i], "[{\"say\": \"second\"}]");
        const struct mode *mode = model_mode(w.m, "a", &e);
        assert_true(world_call(&w, mode));
        check_second(&w, "/v1/a2/chat/completions");
        AUTO_JSON *r = server_request(&w.servers[1], 0);
        assert_int_equal(json_int(json_get(r, "body"), "x", 0), 2);
        AUTO_JSON *f = server_request(&w.servers[0], 0);
        assert_string_equal(json_str(f, "path", ""), "/v1/a1/chat/completions");
        assert_null(json_get(json_get(f, "body"), "x"));
        assert_int_equal(w.reply.attempts, 2);
        world_fini(&w);
    }
}

static void stop_at_a_wait(void *arg, const char *phase, int64_t wait_ms, int attempt,
                           const char *detail)
{
    struct world *w = arg;
    if (strcmp(phase, "retry") != 0)
        return;
    assert_true(wait_ms > 50000 && wait_ms <= 60000);
    assert_has(detail, "allows 1 requests a minute");
    llm_cancel(w->llm);
}

/* One request a minute for each of two: the second goes to the other, the third waits. */
static void limits_of_the_entries_are_kept(void **state)
{
    struct world w;
    world_init(&w,
               "- {model_name: m, litellm_params: {model: hosted_vllm/one, rpm: 1, api_base: "
               "'http://127.0.0.1:$0/v1'}}\n"
               "- {model_name: m, litellm_params: {model: hosted_vllm/two, rpm: 1, api_base: "
               "'http://127.0.0.1:$1/v1'}}\n",
               "[{\"say\": \"first\"}]", "[{\"say\": \"second\"}]");
    assert_true(world_call(&w, NULL));
    assert_string_equal(w.reply.text, "first");
    assert_true(world_call(&w, NULL));
    assert_string_equal(w.reply.text, "second");
    assert_int_equal(w.reply.attempts, 1);
    const struct llm_message hello = {.role = LLM_USER, .text = "hello"};
    const struct llm_request r = {
        .model = w.m, .messages = &hello, .message_count = 1, .temperature = -1};
    const struct llm_watch watch = {.arg = &w, .phase = stop_at_a_wait};
    llm_reply_fini(&w.reply);
    assert_false(llm_call(w.llm, &r, &watch, &w.reply, &w.failure));
    assert_int_equal(w.failure.class, LLM_CANCELLED);
    assert_int_equal(server_count(&w.servers[0]) + server_count(&w.servers[1]), 2);
    world_fini(&w);
}

static void nobody_there_is_passed_over(void **state)
{
    struct world w;
    world_init(&w,
               "- {model_name: m, litellm_params: {model: hosted_vllm/x, api_base: "
               "'http://127.0.0.1:$9/v1'}}\n"
               "- {model_name: m, litellm_params: {model: hosted_vllm/two, api_base: "
               "'http://127.0.0.1:$0/v1'}}\n",
               "[{\"say\": \"second\"}]", NULL);
    assert_true(world_call(&w, NULL));
    assert_string_equal(w.reply.text, "second");
    world_fini(&w);
}

/* What is wrong with the request is wrong everywhere. */
static void a_refusal_is_final(void **state)
{
    static const char *const finals[] = {"[{\"status\": 400}]", "[{\"status\": 401}]",
                                         "[{\"status\": 404}]"};
    for (size_t i = 0; i < COUNT_OF(finals); i++) {
        struct world w;
        world_init(&w, two, finals[i], "[{\"say\": \"second\"}]");
        assert_false(world_call(&w, NULL));
        assert_int_equal(server_count(&w.servers[1]), 0);
        world_fini(&w);
    }
}

static void only_who_has_the_mode_is_asked(void **state)
{
    struct world w;
    struct error e = {0};
    world_init(&w, two, "[{\"say\": \"first\"}]", "[{\"say\": \"second\"}, {\"say\": \"second\"}]");
    assert_true(world_call(&w, model_mode(w.m, "only2", &e)));
    check_second(&w, "/v1/chat/completions");
    struct mode *mode = mode_compose(w.m, "a+only2", false, &e);
    assert_true(world_call(&w, mode));
    assert_has(w.reply.url, "/a2/");
    mode_free(mode);
    assert_int_equal(server_count(&w.servers[0]), 0);
    world_fini(&w);
    world_init(&w, two, "[{\"status\": 503}, {\"status\": 503}, {\"status\": 503}]",
               "[{\"say\": \"second\"}]");
    assert_false(world_call(&w, model_mode(w.m, "only1", &e)));
    assert_int_equal(server_count(&w.servers[1]), 0);
    world_fini(&w);
}

static void all_are_tried_again(void **state)
{
    struct world w;
    world_init(&w, two, "[{\"status\": 503}, {\"say\": \"first, later\"}]", "[{\"status\": 429}]");
    assert_true(world_call(&w, NULL));
    assert_string_equal(w.reply.text, "first, later");
    assert_int_equal(w.reply.attempts, 3);
    world_fini(&w);
}

/* ---- adapters ---- */

static const char adapters[] =
    "- {model_name: m, litellm_params: {model: hosted_vllm/base, api_base: "
    "'http://127.0.0.1:$0/v1'}, behaviors: {\n"
    "    law: {lora: {name: law, path: /ad/law, api: vllm}},\n"
    "    sg: {lora: {name: sg, path: /ad/sg, api: sglang}},\n"
    "    fixed: {lora: {name: fixed, api: vllm}},\n"
    "    tgi: {lora: {name: t, api: tgi}},\n"
    "    sql: {lora: {name: sql, api: llamacpp, scale: 0.5}},\n"
    "    gone: {lora: {name: gone, api: llamacpp}}, plain: }}\n";

static bool activate(struct world *w, const char *name, struct buf *note, struct error *e)
{
    return lora_activate(w->llm, w->m, model_mode(w->m, name, NULL), note, e);
}

static void request_is(struct world *w, int n, const char *path, const char *body)
{
    AUTO_JSON *r = server_request(&w->servers[0], n);
    assert_string_equal(json_str(r, "path", ""), path);
    assert_string_equal(json_str(r, "raw", ""), body);
}

static void vllm_loads_and_unloads(void **state)
{
    struct world w;
    struct error e = {0};
    AUTO(buf) note = {0};
    world_init(&w, adapters,
               "{\"steps\": [{\"say\": \"ok\"}], \"post\": {\"/v1/load_lora_adapter\": {}, "
               "\"/v1/unload_lora_adapter\": {}}}",
               NULL);
    const struct mode *law = model_mode(w.m, "law", &e);
    assert_true(activate(&w, "law", &note, &e));
    assert_has(buf_cstr(&note), "law loaded");
    request_is(&w, 0, "/v1/load_lora_adapter", "{\"lora_name\":\"law\",\"lora_path\":\"/ad/law\"}");
    assert_true(world_call(&w, law));
    AUTO_JSON *r = server_request(&w.servers[0], 1);
    assert_string_equal(json_str(json_get(r, "body"), "model", ""), "law");
    assert_true(lora_release(w.llm, w.m, law, &note, &e));
    request_is(&w, 2, "/v1/unload_lora_adapter", "{\"lora_name\":\"law\"}");
    assert_true(lora_release(w.llm, w.m, law, &note, &e));
    assert_int_equal(server_count(&w.servers[0]), 3);
    world_fini(&w);
}

static void what_was_there_before_stays(void **state)
{
    struct world w;
    struct error e = {0};
    AUTO(buf) note = {0};
    world_init(&w, adapters,
               "[{\"status\": 400, \"body\": \"{\\\"message\\\": \\\"The lora adapter 'law' has "
               "already been loaded.\\\"}\"}]",
               NULL);
    assert_true(activate(&w, "law", &note, &e));
    assert_has(buf_cstr(&note), "already");
    assert_true(lora_release(w.llm, w.m, model_mode(w.m, "law", &e), &note, &e));
    assert_int_equal(server_count(&w.servers[0]), 1);
    world_fini(&w);
}

static void a_refused_load_says_why(void **state)
{
    struct world w;
    struct error e = {0};
    world_init(&w, adapters,
               "[{\"status\": 404}, {\"status\": 404}, {\"status\": 400, \"error\": \"rank too "
               "large\"}, {\"status\": 500, \"body\": \"\"}]",
               NULL);
    assert_false(activate(&w, "law", NULL, &e));
    assert_has(e.text, "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True");
    assert_int_equal(e.code, ERR_CONFIG);
    assert_false(activate(&w, "sg", NULL, &e));
    assert_has(e.text, "--enable-lora");
    assert_false(activate(&w, "law", NULL, &e));
    assert_has(e.text, "rank too large");
    assert_false(activate(&w, "law", NULL, &e));
    assert_has(e.text, "it gave no reason");
    world_fini(&w);
}

static void sglang_has_its_own_path(void **state)
{
    struct world w;
    struct error e = {0};
    world_init(&w, adapters,
               "{\"steps\": [{\"say\": \"ok\"}], \"post\": {\"/load_lora_adapter\": {}, "
               "\"/unload_lora_adapter\": {}}}",
               NULL);
    assert_true(activate(&w, "sg", NULL, &e));
    request_is(&w, 0, "/load_lora_adapter", "{\"lora_name\":\"sg\",\"lora_path\":\"/ad/sg\"}");
    assert_true(world_call(&w, model_mode(w.m, "sg", &e)));
    AUTO_JSON *r = server_request(&w.servers[0], 1);
    assert_string_equal(json_str(json_get(r, "body"), "model", ""), "base:sg");
    assert_true(lora_release(w.llm, w.m, model_mode(w.m, "sg", &e), NULL, &e));
    request_is(&w, 2, "/unload_lora_adapter", "{\"lora_name\":\"sg\"}");
    world_fini(&w);
}

static void without_a_path_nothing_is_loaded(void **state)
{
    struct world w;
    struct error e = {0};
    world_init(&w, adapters, "[]", NULL);
    static const char *const names[] = {"fixed", "tgi", "plain"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_true(activate(&w, names[i], NULL, &e));
    assert_true(lora_activate(w.llm, w.m, NULL, NULL, &e));
    assert_int_equal(server_count(&w.servers[0]), 0);
    world_fini(&w);
}

static const char llama[] = "{\"steps\": [{\"say\": \"ok\"}, {\"say\": \"ok\"}], \"get\": "
                            "{\"/lora-adapters\": [{\"id\": 0, "
                            "\"path\": \"/x/law.gguf\", \"scale\": 0}, {\"id\": 1, \"path\": "
                            "\"/x/sql.gguf\", \"scale\": 0}]}}";

static void llamacpp_goes_by_id(void **state)
{
    struct world w;
    struct error e = {0};
    world_init(&w, adapters, llama, NULL);
    assert_false(activate(&w, "gone", NULL, &e));
    assert_has(e.text, "/x/law.gguf, /x/sql.gguf");
    assert_has(e.text, "--lora FILE");
    for (int i = 0; i < 2; i++) { /* never activated: the call asks itself, and only once */
        assert_true(world_call(&w, model_mode(w.m, "sql", &e)));
        AUTO_JSON *r = server_request(&w.servers[0], 2 + i);
        AUTO_FREE char *lora = json_print(json_get(json_get(r, "body"), "lora"));
        assert_string_equal(lora, "[{\"id\":1,\"scale\":0.5}]");
        assert_string_equal(json_str(json_get(r, "body"), "model", ""), "base");
    }
    assert_true(lora_release(w.llm, w.m, model_mode(w.m, "sql", &e), NULL, &e));
    assert_int_equal(server_count(&w.servers[0]), 4);
    assert_false(world_call(&w, model_mode(w.m, "gone", &e)));
    assert_has(w.failure.error.text, "no adapter gone");
    world_fini(&w);
}

static void loaded_ones_are_told(void **state)
{
    struct world w;
    struct error e = {0};
    cJSON *names = NULL;
    world_init(&w, adapters,
               "{\"get\": {\"/v1/models\": {\"data\": [{\"id\": \"base\"}, {\"id\": \"law\"}]}, "
               "\"/lora-adapters\": [{\"id\": 0, \"path\": \"/x/sql.gguf\"}]}}",
               NULL);
    assert_true(lora_loaded(w.llm, w.m, &names, &e));
    AUTO_FREE char *text = json_print(names);
    assert_string_equal(text, "[\"law\",\"sql\"]");
    cJSON_Delete(names);
    world_fini(&w);
}

static void a_dead_server_is_named(void **state)
{
    struct world w;
    struct error e = {0};
    cJSON *names = NULL;
    world_init(
        &w,
        "- {model_name: m, litellm_params: {model: hosted_vllm/x, api_base: "
        "'http://127.0.0.1:$9/v1'}, behaviors: {law: {lora: {name: l, path: /l, api: vllm}}}}\n",
        NULL, NULL);
    assert_false(activate(&w, "law", NULL, &e));
    assert_int_equal(e.code, ERR_NETWORK);
    assert_false(lora_loaded(w.llm, w.m, &names, &e));
    cJSON_Delete(names);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_next_deployment_serves),
        T(limits_of_the_entries_are_kept),
        T(nobody_there_is_passed_over),
        T(a_refusal_is_final),
        T(only_who_has_the_mode_is_asked),
        T(all_are_tried_again),
        T(vllm_loads_and_unloads),
        T(what_was_there_before_stays),
        T(a_refused_load_says_why),
        T(sglang_has_its_own_path),
        T(without_a_path_nothing_is_loaded),
        T(llamacpp_goes_by_id),
        T(loaded_ones_are_told),
        T(a_dead_server_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
