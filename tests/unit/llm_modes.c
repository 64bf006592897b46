/* Behavior modes: what is declared, composed and said of them; where requests go. */
#include "unit/test.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/llm.h"
#include "llm/models/models.h"
#include "llm/turn/body.h"

static char file[64];

static struct models *load(const char *text, struct error *e)
{
    snprintf(file, sizeof file, "/tmp/mien-llm-modes-%d.yaml", (int)getpid());
    assert_true(file_write(file, text, strlen(text), NULL));
    struct models *m = models_load(NULL, NULL, file, e);
    unlink(file);
    return m;
}

/* One entry whose behaviors: map is `modes`, beginning on line 5. */
static struct models *load_modes(const char *modes, struct error *e)
{
    AUTO_FREE char *text =
        mem_printf("model_list:\n- model_name: m\n  litellm_params: {model: hosted_vllm/base, "
                   "api_base: 'http://127.0.0.1:8000/v1'}\n  behaviors:\n%s",
                   modes);
    return load(text, e);
}

static void refuse(const char *modes, int line, const char *words)
{
    struct error e = {0};
    assert_null(load_modes(modes, &e));
    AUTO_FREE char *at = mem_printf("%s:%d:", file, line);
    if (strncmp(e.text, at, strlen(at)) != 0 || !strstr(e.text, words))
        print_message("%s\nwant %s %s\ngot  %s\n", modes, at, words, e.text);
    assert_int_equal(e.code, ERR_CONFIG);
    assert_int_equal(strncmp(e.text, at, strlen(at)), 0);
    assert_has(e.text, words);
}

static const char many[] =
    "    formal: {route_suffix: /formal, instructions: Be polite., parameters: {top_p: 0.5}}\n"
    "    debug: {route_suffix: /debug/, parameters: {temperature: 0, kw: {a: 1, deep: {x: 1}}}}\n"
    "    terse: {instructions: Be short., parameters: {kw: {b: 2, deep: {y: 2}}}, cost: 0.5}\n"
    "    wild: {parameters: {temperature: 2}, excludes: [formal], cost: 4}\n"
    "    deep: {parameters: {kw: {deep: {x: 9}}}}\n"
    "    big: {model_override: big-one}\n"
    "    law: {lora: {name: law, path: /l, api: vllm}}\n"
    "    sql: {lora: {name: sql, api: llamacpp, scale: 0.5}}\n"
    "    tgi: {lora: {name: t, api: tgi}}\n"
    "    sg: {lora: {name: s, path: /s, api: sglang}}\n";

static void members_are_read(void **state)
{
    struct error e = {0};
    struct models *ms = load_modes(many, &e);
    if (!ms)
        print_message("%s\n", e.text);
    const struct model *m = models_find(ms, "m", &e);
    const struct mode *wild = model_mode(m, "wild", &e), *sql = model_mode(m, "sql", &e);
    assert_string_equal(wild->excludes[0], "formal");
    assert_true(wild->cost > 3.9 && wild->cost < 4.1);
    assert_ptr_equal(wild->of, m);
    assert_int_equal(sql->lora.api, LORA_LLAMACPP);
    assert_true(sql->lora.scale > 0.49 && sql->lora.scale < 0.51);
    assert_true(model_mode(m, "law", &e)->lora.scale > 0.99);
    assert_string_equal(model_mode(m, "formal", &e)->instructions, "Be polite.");
    models_free(ms);
}

static void bad_members_name_the_line(void **state)
{
    refuse("    a: {instruction: x}\n", 5, "did you mean \"instructions\"?");
    refuse("    a: {zzzzzzzzzz: x}\n", 5, "(description, route_suffix");
    refuse("    a: {instructions: [x]}\n", 5, "instructions must be text");
    refuse("    a: {model_override: }\n", 5, "model_override must be text");
    refuse("    a: {model_override: \"x\\ny\"}\n", 5, "must be one line");
    refuse("    a:\n      lora: x\n", 6, "lora must be a map");
    refuse("    a: {lora: {api: vllm}}\n", 5, "lora needs a name");
    refuse("    a: {lora: {name: x}}\n", 5, "lora needs api");
    refuse("    a: {lora: {name: x, api: vlm}}\n", 5, "lora needs api");
    refuse("    a: {lora: {name: x, api: vllm, scale: big}}\n", 5, "scale must be a number");
    refuse("    a: {lora: {name: x, api: vllm, pth: y}}\n", 5, "did you mean \"path\"?");
    refuse("    a: {model_override: y, lora: {name: x, api: vllm}}\n", 5, "keep one");
    refuse("    a: {excludes: b}\n", 5, "must be a list");
    refuse("    a: {excludes: [bb]}\n    bbc:\n", 5, "did you mean \"bbc\"?");
    refuse("    a: {excludes: [a]}\n", 5, "excludes itself");
    refuse("    a: {cost: -1}\n", 5, "cost must be a number above 0");
    refuse("    a: {cost: cheap}\n", 5, "cost must be a number above 0");
    refuse("    a: {parameters: [1]}\n", 5, "parameters must be a map");
    refuse("    \"\": {route_suffix: /x}\n", 5, "a name is one word");
    refuse("    a+b: {route_suffix: /x}\n", 5, "a name is one word");
    refuse("    a@b: {route_suffix: /x}\n", 5, "a name is one word");
    static const char *const tricks[] = {
        "/..",   "/a/../b",   "//x",      "/x//y", "/x?y=1", "/x#y",      "/%2e%2e", "/%2E./x",
        "/%2fx", "http://h/", "/http://", "x",     "/a b",   "/a\\r\\nX", "/a\\n",   "/%0d%0a"};
    for (size_t i = 0; i < COUNT_OF(tricks); i++) {
        AUTO_FREE char *text =
            mem_printf("    ok:\n    a:\n      route_suffix: \"%s\"\n", tricks[i]);
        refuse(text, 7, "route suffix");
    }
    refuse("    a: {route_suffix: [x]}\n", 5, "route_suffix must be text");
}

static void compose_is_checked(void **state)
{
    struct error e = {0};
    assert_null(load("model_list:\n- model_name: m\n  compose: paths\n  litellm_params: "
                     "{model: openai/x}\n",
                     &e));
    assert_has(e.text, ":3: compose must be");
    struct models *ms = load("model_list:\n- model_name: m\n  litellm_params: {model: openai/x}\n"
                             "  model_info: {compose: path, behaviors: {a: {cost: 2}}}\n",
                             &e);
    assert_non_null(ms);
    assert_true(models_find(ms, "m", &e)->compose_suffix);
    assert_non_null(model_mode(models_find(ms, "m", &e), "a", &e));
    models_free(ms);
}

/* A mode of the model "m" of `many`; NULL checks for the words of the refusal. */
static void composed(const char *names, bool force, const char *suffix, const char *params,
                     const char *words)
{
    struct error e = {0};
    struct models *ms = load_modes(many, &e);
    struct mode *mode = mode_compose(models_find(ms, "m", &e), names, force, &e);
    if (words) {
        if (mode || !strstr(e.text, words))
            print_message("%s: want %s, got %s\n", names, words, e.text);
        assert_null(mode);
        assert_has(e.text, words);
    } else {
        if (!mode)
            print_message("%s: %s\n", names, e.text);
        assert_non_null(mode);
        assert_string_equal(mode->route_suffix, suffix);
        AUTO_FREE char *have = mode->parameters ? json_print(mode->parameters) : mem_strdup("");
        assert_string_equal(have, params);
    }
    mode_free(mode);
    models_free(ms);
}

static void modes_are_composed(void **state)
{
    composed("formal", false, "/formal", "{\"top_p\":0.5}", NULL);
    composed(" formal + terse ", false, "/formal",
             "{\"top_p\":0.5,\"kw\":{\"b\":2,\"deep\":{\"y\":2}}}", NULL);
    composed("debug+terse", false, "/debug/",
             "{\"temperature\":0,\"kw\":{\"a\":1,\"deep\":{\"x\":1,\"y\":2},\"b\":2}}", NULL);
    composed("formal+formal", false, "/formal", "{\"top_p\":0.5}", NULL);
    composed("debug+wild", true, "/debug/",
             "{\"temperature\":2,\"kw\":{\"a\":1,\"deep\":{\"x\":1}}}", NULL);
}

static void conflicts_are_named(void **state)
{
    composed("formal+nope", false, NULL, NULL, "no mode \"nope\"; it has: formal, debug");
    composed("", false, NULL, NULL, "names no mode");
    composed("formal+", false, NULL, NULL, "names no mode");
    composed("+", false, NULL, NULL, "names no mode");
    composed("formal+debug", false, NULL, NULL, "formal and debug both have a route suffix");
    composed("formal+debug", true, NULL, NULL, "compose: path");
    composed("debug+wild", false, NULL, NULL, "debug and wild set the parameter temperature");
    composed("debug+terse+deep", false, NULL, NULL,
             "debug and deep set the parameter kw.deep.x differently");
    composed("formal+wild", true, NULL, NULL, "wild exclude each other");
    composed("wild+terse+formal", false, NULL, NULL, "wild and formal exclude each other");
    composed("big+law", false, NULL, NULL, "different models or adapters");
    composed("law+sg", false, NULL, NULL, "different models or adapters");
}

static void texts_are_joined(void **state)
{
    struct error e = {0};
    struct models *ms = load_modes(many, &e);
    struct mode *mode = mode_compose(models_find(ms, "m", &e), "terse+formal", false, &e);
    assert_string_equal(mode->name, "terse+formal");
    assert_string_equal(mode->instructions, "Be short.\n\nBe polite.");
    assert_true(mode->cost > 0.49 && mode->cost < 0.51);
    mode_free(mode);
    models_free(ms);
}

static void suffixes_are_joined_when_declared(void **state)
{
    struct error e = {0};
    struct models *ms = load("model_list:\n- model_name: m\n  compose: path\n  litellm_params: "
                             "{model: hosted_vllm/x, api_base: 'http://h/v1', "
                             "allow_insecure_http: true}\n  behaviors:\n"
                             "    a: {route_suffix: /a/}\n    b: {route_suffix: /b}\n    c:\n",
                             &e);
    const struct model *m = models_find(ms, "m", &e);
    struct mode *mode = mode_compose(m, "b+c+a", false, &e);
    AUTO_FREE char *url = model_url(m, mode, ROUTE_CHAT, &e);
    assert_string_equal(url, "http://h/v1/b/a/chat/completions");
    mode_free(mode);
    mode = mode_compose(m, "a+b", false, &e);
    assert_string_equal(mode->route_suffix, "/a/b");
    mode_free(mode);
    models_free(ms);
}

static void sent(const char *names, bool force, const char *want)
{
    struct error e = {0};
    struct models *ms = load_modes(many, &e);
    const struct model *m = models_find(ms, "m", &e);
    struct mode *mode = mode_compose(m, names, force, &e);
    if (!mode)
        print_message("%s\n", e.text);
    AUTO_FREE char *name = model_sent_name(m, mode);
    assert_string_equal(name, want);
    const struct llm_request r = {.model = m, .mode = mode, .temperature = -1, .lora_slot = 4};
    AUTO(buf) body = {0};
    llm_body(&r, &body, NULL);
    AUTO_JSON *j = json_parse(buf_cstr(&body), body.len, NULL);
    assert_string_equal(json_str(j, "model", ""), want);
    const cJSON *lora = cJSON_GetArrayItem(json_get(j, "lora"), 0);
    assert_int_equal(json_int(lora, "id", -1), mode->lora.api == LORA_LLAMACPP ? 3 : -1);
    assert_string_equal(json_str(j, "adapter_id", ""), mode->lora.api == LORA_TGI ? "t" : "");
    mode_free(mode);
    models_free(ms);
}

static void the_name_that_is_sent(void **state)
{
    sent("formal", false, "base");
    sent("big", false, "big-one");
    sent("law", false, "law");
    sent("sql", false, "base");
    sent("sql+big", false, "big-one");
    sent("tgi", false, "t");
    sent("sg", false, "base:s");
    sent("big+law", true, "law");
    sent("law+big", true, "big-one");
    sent("law+sql", true, "base");
}

static void what_a_mode_does_is_told(void **state)
{
    struct error e = {0};
    struct models *ms = load_modes(many, &e);
    const struct model *m = models_find(ms, "m", &e);
    struct mode *mode = mode_compose(m, "debug+terse+law", false, &e);
    AUTO(buf) out = {0};
    mode_describe(m, mode, &out);
    const char *words[] = {"http://127.0.0.1:8000/v1/debug/chat/completions",
                           ".yaml:2)",
                           "temperature = 0  (debug, ",
                           ".yaml:6)",
                           "kw.deep.x = 1  (debug,",
                           "kw.deep.y = 2  (terse,",
                           "Be short.  (terse,",
                           ".yaml:7)",
                           "law, api vllm, scale 1, path /l  (law,",
                           "sent model   law",
                           "0.5 times"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        assert_has(buf_cstr(&out), words[i]);
    mode_free(mode);
    buf_clear(&out);
    mode_describe(m, NULL, &out);
    assert_has(buf_cstr(&out), "http://127.0.0.1:8000/v1/chat/completions");
    models_free(ms);
}

/* ---- groups ---- */

static const char group[] =
    "model_list:\n"
    "- {model_name: m, litellm_params: {model: hosted_vllm/one, api_base: 'http://127.0.0.1:1/v1'},"
    " behaviors: {a: {route_suffix: /a}, c: }}\n"
    "- {model_name: other, litellm_params: {model: openai/o}}\n"
    "- {model_name: m, litellm_params: {model: hosted_vllm/two, api_base: 'http://127.0.0.1:2/v1'},"
    " behaviors: {a: {route_suffix: /second}, b: {parameters: {x: 1}}}}\n"
    "- {model_name: m, litellm_params: {model: bedrok/three}, behaviors: {never: }}\n"
    "- {model_name: 'w/*', litellm_params: {model: 'openai/*'}}\n"
    "- {model_name: 'w/*', litellm_params: {model: 'groq/*'}}\n";

static void entries_of_one_name_are_deployments(void **state)
{
    struct error e = {0};
    struct models *ms = load(group, &e);
    const struct model *m = models_find(ms, "m", &e);
    size_t seen = 0;
    for (size_t i = 0; i < models_count(ms); i++)
        seen += strcmp(models_at(ms, i)->name, "m") == 0;
    assert_int_equal(seen, 1);
    assert_string_equal(m->upstream, "one");
    assert_string_equal(m->next->upstream, "two");
    assert_string_equal(m->next->next->upstream, "bedrok/three");
    assert_string_equal(model_mode_at(m, 0)->name, "a");
    assert_string_equal(model_mode_at(m, 0)->route_suffix, "/a");
    assert_string_equal(model_mode_at(m, 1)->name, "c");
    assert_string_equal(model_mode_at(m, 2)->name, "b");
    assert_null(model_mode_at(m, 3));
    assert_ptr_equal(model_mode(m, "b", &e)->of, m->next);
    assert_null(model_mode(m, "never", &e));
    assert_null(mode_compose(m, "never", false, &e)); /* its deployment cannot be used */
    struct mode *mode = mode_compose(m, "a+b", false, &e);
    assert_string_equal(mode->route_suffix, "/second");
    mode_free(mode);
    assert_null(mode_compose(m, "b+c", false, &e));
    assert_has(e.text, "no single deployment of m has b and c");
    const struct model *w = models_find(ms, "w/x", &e);
    assert_string_equal(w->provider, "openai");
    assert_string_equal(w->next->provider, "groq");
    assert_string_equal(w->next->upstream, "x");
    models_free(ms);
}

static void a_later_file_replaces_the_group(void **state)
{
    struct error e = {0};
    const char *user = "/tmp/mien-llm-modes-user.yaml";
    const char *text = "model_list:\n- {model_name: m, litellm_params: {model: openai/only}}\n";
    assert_true(file_write(user, group, strlen(group), &e));
    snprintf(file, sizeof file, "/tmp/mien-llm-modes-%d.yaml", (int)getpid());
    assert_true(file_write(file, text, strlen(text), NULL));
    struct models *ms = models_load(user, NULL, file, &e);
    const struct model *m = models_find(ms, "m", &e);
    assert_string_equal(m->upstream, "only");
    assert_null(m->next);
    models_free(ms);
    unlink(user);
    unlink(file);
}

static void a_bad_first_deployment_is_passed_over(void **state)
{
    struct error e = {0};
    struct models *ms = load("model_list:\n- {model_name: m, litellm_params: {model: bedrok/x}}\n"
                             "- {model_name: m, litellm_params: {model: openai/y}}\n",
                             &e);
    assert_string_equal(models_find(ms, "m", &e)->upstream, "y");
    models_free(ms);
}

static void names_from_outside_make_nothing_up(void **state)
{
    struct error e = {0};
    struct models *ms = load(group, &e);
    assert_non_null(models_declared(ms, "m", &e));
    assert_non_null(models_declared(ms, "w/anything", &e));
    static const char *const bad[] = {
        "openai/gpt-5", "gpt-4o", "playbook/tour", "tour", "playbook//etc/passwd.yaml", "qwen:7b",
        "w/*",          ""};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_null(models_declared(ms, bad[i], &e));
    models_free(ms);
}

/* ---- URLs ---- */

struct url_case {
    const char *provider, *base; /* base NULL: the provider's own */
    const char *suffix;
    const char *chat, *responses, *messages;
};

static const struct url_case urls[] = {
    {"hosted_vllm", "http://127.0.0.1:8000/v1", "", "http://127.0.0.1:8000/v1/chat/completions",
     "http://127.0.0.1:8000/v1/responses", "http://127.0.0.1:8000/v1/messages"},
    {"hosted_vllm", "http://127.0.0.1:8000/v1//", "/f",
     "http://127.0.0.1:8000/v1/f/chat/completions", "http://127.0.0.1:8000/v1/f/responses",
     "http://127.0.0.1:8000/v1/f/messages"},
    {"hosted_vllm", "http://127.0.0.1:8000", "/f", "http://127.0.0.1:8000/f/chat/completions",
     "http://127.0.0.1:8000/f/responses", "http://127.0.0.1:8000/f/v1/messages"},
    {"openai", NULL, "/f/", "https://api.openai.com/v1/f/chat/completions",
     "https://api.openai.com/v1/f/responses", "https://api.openai.com/v1/f/messages"},
    {"openai", "https://gw.example/v1/", "", "https://gw.example/v1/chat/completions",
     "https://gw.example/v1/responses", "https://gw.example/v1/messages"},
    {"anthropic", NULL, "", "https://api.anthropic.com/v1/chat/completions",
     "https://api.anthropic.com/v1/responses", "https://api.anthropic.com/v1/messages"},
    {"anthropic", NULL, "/f", "https://api.anthropic.com/v1/f/chat/completions",
     "https://api.anthropic.com/v1/f/responses", "https://api.anthropic.com/v1/f/messages"},
    {"anthropic", "https://gw.example", "/f", "https://gw.example/v1/f/chat/completions",
     "https://gw.example/v1/f/responses", "https://gw.example/f/v1/messages"},
    {"anthropic", "https://gw.example/", "", "https://gw.example/v1/chat/completions",
     "https://gw.example/v1/responses", "https://gw.example/v1/messages"},
    {"anthropic", "https://gw.example/v1/", "/f", "https://gw.example/v1/f/chat/completions",
     "https://gw.example/v1/f/responses", "https://gw.example/v1/f/messages"},
    {"anthropic", "https://gw.example/team", "/f/g",
     "https://gw.example/team/v1/f/g/chat/completions", "https://gw.example/team/v1/f/g/responses",
     "https://gw.example/team/f/g/v1/messages"},
    {"ollama_chat", "http://127.0.0.1:11434", "", "http://127.0.0.1:11434/v1/chat/completions",
     "http://127.0.0.1:11434/v1/responses", "http://127.0.0.1:11434/v1/messages"},
    {"groq", NULL, "/f", "https://api.groq.com/openai/v1/f/chat/completions",
     "https://api.groq.com/openai/v1/f/responses", "https://api.groq.com/openai/v1/f/messages"},
    {"perplexity", NULL, "/f", "https://api.perplexity.ai/f/chat/completions",
     "https://api.perplexity.ai/f/responses", "https://api.perplexity.ai/f/v1/messages"},
    {"litellm_proxy", "http://127.0.0.1:4000", "/f", "http://127.0.0.1:4000/f/chat/completions",
     "http://127.0.0.1:4000/f/responses", "http://127.0.0.1:4000/f/v1/messages"},
};

static void url_is(const struct model *m, const struct mode *mode, enum route_style style,
                   const char *want)
{
    struct error e = {0};
    AUTO_FREE char *url = model_url(m, mode, style, &e);
    assert_non_null(url);
    assert_string_equal(url, want);
}

static void every_style_has_its_url(void **state)
{
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct error e = {0};
        const struct url_case *u = &urls[i];
        AUTO_FREE char *base = u->base ? mem_printf(", api_base: '%s'", u->base) : mem_strdup("");
        AUTO_FREE char *text =
            mem_printf("model_list:\n- {model_name: m, litellm_params: {model: %s/x%s}, behaviors: "
                       "{f: {route_suffix: '%s'}}}\n",
                       u->provider, base, u->suffix);
        struct models *ms = load(text, &e);
        const struct model *m = models_find(ms, "m", &e);
        if (!m)
            print_message("%s\n", e.text);
        const struct mode *mode = model_mode(m, "f", &e);
        AUTO_FREE char *before = mem_strdup(m->api_base);
        url_is(m, mode, ROUTE_CHAT, u->chat);
        url_is(m, mode, ROUTE_RESPONSES, u->responses);
        url_is(m, mode, ROUTE_MESSAGES, u->messages);
        assert_string_equal(m->api_base, before);
        models_free(ms);
    }
}

static void no_base_is_an_error(void **state)
{
    struct error e = {0};
    struct models *ms =
        load("model_list:\n- {model_name: m, litellm_params: {model: hosted_vllm/x}}\n"
             "- {model_name: n, litellm_params: {model: openai/x, api_base: ''}}\n",
             &e);
    assert_null(models_find(ms, "m", &e));
    assert_has(e.text, "api_base");
    const struct model *n = models_find(ms, "n", &e);
    if (n)
        assert_string_equal(n->api_base, "https://api.openai.com/v1");
    assert_non_null(n);
    models_free(ms);
}

int main(void)
{
    static const char *const unset[] = {"OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL",
                                        "ANTHROPIC_API_BASE", "HOSTED_VLLM_API_BASE"};
    for (size_t i = 0; i < COUNT_OF(unset); i++)
        unsetenv(unset[i]);
    const struct CMUnitTest tests[] = {
        T(members_are_read),
        T(bad_members_name_the_line),
        T(compose_is_checked),
        T(modes_are_composed),
        T(conflicts_are_named),
        T(texts_are_joined),
        T(suffixes_are_joined_when_declared),
        T(the_name_that_is_sent),
        T(what_a_mode_does_is_told),
        T(entries_of_one_name_are_deployments),
        T(a_later_file_replaces_the_group),
        T(a_bad_first_deployment_is_passed_over),
        T(names_from_outside_make_nothing_up),
        T(every_style_has_its_url),
        T(no_base_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
