/* models.yaml, the provider table, finding and discovering. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "llm/headers.h"
#include "llm/keys.h"
#include "llm/models/detect.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/models/provider.h"
#include "llm/turn/body.h"

static char file[64];

static struct models *load(const char *text, struct error *e)
{
    snprintf(file, sizeof file, "/tmp/mien-llm-models-%d.yaml", (int)getpid());
    assert_true(file_write(file, text, strlen(text), NULL));
    struct models *m = models_load(NULL, NULL, file, e);
    unlink(file);
    return m;
}

static void refuse(const char *text, int line, const char *words)
{
    struct error e = {0};
    struct models *m = load(text, &e);
    assert_null(m);
    AUTO_FREE char *at = mem_printf("%s:%d:", file, line);
    if (strncmp(e.text, at, strlen(at)) != 0 || !strstr(e.text, words))
        print_message("want %s %s\ngot  %s\n", at, words, e.text);
    assert_int_equal(e.code, ERR_CONFIG);
    assert_int_equal(strncmp(e.text, at, strlen(at)), 0);
    assert_non_null(strstr(e.text, words));
}

static const char good[] =
    "model_list:\n"
    "  - model_name: local\n"
    "    litellm_params: \n"
    "      model: openai/qwen3-32b   # a comment\n"
    "      api_base: http://127.0.0.1:8000/v1\n"
    "      api_key: os.environ/MIEN_TEST_KEY\n"
    "      timeout: \"300\"\n"
    "      temperature: 0.7\n"
    "      rpm: 10\n"
    "      extra_headers: {X-Team: os.environ/MIEN_TEST_TEAM}\n"
    "      extra_body: {chat_template_kwargs: {enable_thinking: false}}\n"
    "      input_cost_per_token: 0.000001\n"
    "    model_info: {id: 7, max_input_tokens: 131072, metadata: {a: 1}}\n"
    "    behaviors:\n"
    "      formal: {description: Formal, route_suffix: /formal}\n"
    "      debug: {parameters: {temperature: 0}}\n"
    "      plain:\n"
    "  - model_name: bare\n"
    "    litellm_params: {model: gpt-4o, api_key: literal-key-1234}\n"
    "  - model_name: odd\n"
    "    litellm_params: {model: bedrok/x}\n"
    "  - model_name: inside\n"
    "    litellm_params: {model: ollama_chat/llama3, api_base: 'http://127.0.0.1:11434'}\n"
    "    model_info: {behaviors: {terse: short answers}}\n"
    "  - model_name: \"any/*\"\n"
    "    litellm_params: {model: \"openai/*\", api_base: http://127.0.0.1:1/v1}\n"
    "    behaviors: {loud: {route_suffix: /loud}}\n"
    "general_settings: {master_key: x}\n";

static void entries_are_read(void **state)
{
    struct error e = {0};
    struct models *ms = load(good, &e);
    assert_non_null(ms);
    const struct model *m = models_find(ms, "local", &e);
    assert_non_null(m);
    assert_string_equal(m->provider, "openai");
    assert_string_equal(m->upstream, "qwen3-32b");
    assert_string_equal(m->key_env, "MIEN_TEST_KEY");
    assert_int_equal(m->window, 131072);
    assert_int_equal(m->timeout_ms, 300000);
    assert_true(m->price_in > 0);
    assert_non_null(json_get(m->params, "temperature"));
    assert_non_null(json_get(m->params, "extra_body"));
    assert_null(json_get(m->params, "rpm"));
    assert_null(json_get(m->params, "api_key"));
    assert_int_equal(m->mode_count, 3);
    const struct mode *formal = model_mode(m, "formal", &e);
    assert_string_equal(formal->route_suffix, "/formal");
    assert_null(model_mode(m, "nope", &e));
    assert_non_null(strstr(e.text, "formal, debug, plain"));
    m = models_find(ms, "bare", &e);
    assert_string_equal(m->provider, "openai");
    assert_string_equal(m->api_base, "https://api.openai.com/v1");
    m = models_find(ms, "inside", &e);
    assert_string_equal(m->api_base, "http://127.0.0.1:11434/v1");
    assert_string_equal(m->modes[0].description, "short answers");
    m = models_find(ms, "any/thing", &e);
    assert_string_equal(m->upstream, "thing");
    assert_string_equal(m->modes[0].route_suffix, "/loud");
    models_free(ms);
}

static void one_bad_provider_harms_no_other(void **state)
{
    struct error e = {0};
    struct models *ms = load(good, &e);
    assert_null(models_find(ms, "odd", &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.text, "yaml:20: model odd: no provider \"bedrok\""));
    models_free(ms);
}

static void keys_are_references(void **state)
{
    struct error e = {0};
    struct models *ms = load(good, &e);
    const struct model *m = models_find(ms, "local", &e);
    unsetenv("MIEN_TEST_KEY");
    AUTO_FREE char *missing = model_key_state(m);
    assert_non_null(strstr(missing, "export MIEN_TEST_KEY"));
    setenv("MIEN_TEST_KEY", "sk-abcdefgh", 1);
    AUTO_FREE char *set = model_key_state(m);
    assert_string_equal(set, "set");
    AUTO_JSON *headers = cJSON_Duplicate(m->headers, true);
    assert_false(keys_resolve(headers, &e));
    assert_non_null(strstr(e.text, "MIEN_TEST_TEAM"));
    setenv("MIEN_TEST_TEAM", "blue", 1);
    assert_true(keys_resolve(headers, &e));
    assert_string_equal(json_str(headers, "X-Team", ""), "blue");
    unsetenv("MIEN_TEST_KEY");
    models_free(ms);
}

/* OPENAI_API_KEY must not go to a server that an entry names without a key of its own. */
static void keys_stay_with_their_origin(void **state)
{
    struct error e = {0};
    struct models *ms = load("model_list:\n- model_name: x\n  litellm_params: {model: openai/y, "
                             "api_base: 'https://other.example/v1'}\n",
                             &e);
    assert_null(models_find(ms, "x", &e)->key_env);
    models_free(ms);
}

static void bad_files_name_the_line(void **state)
{
    refuse("model_list: {a: b}\n", 1, "must be a list");
    refuse("model_list:\n  - model_name: x\n", 2, "no litellm_params");
    refuse("model_list:\n  - model_name: x\n    litellm_params: y\n", 3, "must be a map");
    refuse("model_list:\n  - litellm_params: {model: a/b}\n", 2, "no model_name");
    refuse("model_list:\n  - model_name: x\n    litellm_params: {api_base: y}\n", 3,
           "needs \"model");
    refuse("models:\n  - x\n", 1, "no model_list");
    refuse("model_list:\n\t- model_name: x\n", 2, "");
    refuse("model_list:\n  - model_name: x\n    litellm_params: {model: openai/y, timeout: soon}\n",
           3, "x: timeout is \"soon\"; it must be a number");
    refuse("model_list:\n  - model_name: x\n    litellm_params: {model: openai/y}\n    behaviors:\n"
           "      formal:\n        route_suffix: formal\n",
           6, "must start with '/'");
    refuse("model_list:\n  - model_name: x\n    litellm_params: {model: openai/y}\n    behaviors:\n"
           "      formal:\n        route_sufix: /formal\n",
           6, "did you mean \"route_suffix\"?");
    refuse("model_list:\n  - model_name: x\n    litellm_params: {model: openai/y}\n"
           "    behaviors: [a]\n",
           4, "must be a map");
    refuse("model_list:\n  - model_name: x\n    litellm_params: {model: openai/y}\n    behaviors:\n"
           "      formal: {parameters: 5}\n",
           5, "parameters must be a map");
    refuse("model_list:\n  - model_name: x\n    model_name: y\n", 3, "twice");
}

static void layers_replace(void **state)
{
    struct error e = {0};
    const char *user = "/tmp/mien-llm-user.yaml", *project = "/tmp/mien-llm-project.yaml";
    const char *a = "model_list:\n- {model_name: m, litellm_params: {model: openai/a}}\n"
                    "- {model_name: n, litellm_params: {model: openai/n}}\n";
    const char *b = "model_list:\n- {model_name: m, litellm_params: {model: openai/b}}\n";
    assert_true(file_write(user, a, strlen(a), &e));
    assert_true(file_write(project, b, strlen(b), &e));
    struct models *ms = models_load(user, project, NULL, &e);
    assert_non_null(ms);
    assert_string_equal(models_find(ms, "m", &e)->upstream, "b");
    assert_string_equal(models_find(ms, "n", &e)->upstream, "n");
    models_free(ms);
    unlink(user);
    unlink(project);
    assert_non_null(ms = models_load(user, project, NULL, &e));
    models_free(ms);
    assert_null(models_load(NULL, NULL, "/tmp/mien-no-such.yaml", &e));
}

static void names_are_found(void **state)
{
    struct error e = {0};
    struct models *ms = load(good, &e);
    const struct model *m = models_find(ms, "groq/openai/gpt-oss-120b", &e);
    assert_string_equal(m->provider, "groq");
    assert_string_equal(m->upstream, "openai/gpt-oss-120b");
    assert_ptr_equal(m, models_find(ms, "groq/openai/gpt-oss-120b", &e));
    assert_null(models_find(ms, "locl", &e));
    assert_non_null(strstr(e.text, "did you mean \"local\""));
    assert_null(models_find(ms, "groqq/x", &e));
    assert_non_null(strstr(e.text, "did you mean \"groq\""));
    assert_null(models_find(ms, "hosted_vllm/x", &e));
    assert_non_null(strstr(e.text, "api_base"));
    setenv("HOSTED_VLLM_API_BASE", "http://127.0.0.1:8001/v1", 1);
    m = models_find(ms, "hosted_vllm/x", &e);
    assert_string_equal(m->api_base, "http://127.0.0.1:8001/v1");
    unsetenv("HOSTED_VLLM_API_BASE");
    setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:4444", 1);
    m = models_find(ms, "anthropic/claude-sonnet-4-5", &e);
    assert_string_equal(m->api_base, "http://127.0.0.1:4444/v1");
    unsetenv("ANTHROPIC_BASE_URL");
    static const char *const hosts[][2] = {
        {"10.0.0.7", "http://10.0.0.7:11434/v1"},
        {"box:8080", "http://box:8080/v1"},
        {"0.0.0.0", "http://127.0.0.1:11434/v1"},
        {"0.0.0.0:999", "http://127.0.0.1:999/v1"},
        {":999", "http://127.0.0.1:999/v1"},
        {"[::1]:999", "http://[::1]:999/v1"},
        {"[::1]", "http://[::1]:11434/v1"},
        {"https://box.example", "https://box.example:443/v1"},
        {"http://box/ollama/", "http://box:80/ollama/v1"},
    };
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        setenv("OLLAMA_HOST", hosts[i][0], 1);
        AUTO_FREE char *base = provider_base(provider_find(i % 2 ? "ollama_chat" : "ollama"));
        assert_string_equal(base, hosts[i][1]);
    }
    setenv("OLLAMA_API_BASE", "http://127.0.0.1:5", 1);
    AUTO_FREE char *given = provider_base(provider_find("ollama"));
    assert_string_equal(given, "http://127.0.0.1:5/v1");
    unsetenv("OLLAMA_API_BASE");
    unsetenv("OLLAMA_HOST");
    models_free(ms);
}

static void discovery_by_key(void **state)
{
    struct error e = {0};
    AUTO_FREE char *why = NULL;
    struct models *ms = models_load(NULL, NULL, NULL, &e);
    assert_non_null(ms);
    setenv("GROQ_API_KEY", "gsk-12345678", 1);
    const struct model *m = models_discover(ms, NULL, &why);
    assert_string_equal(m->provider, "groq");
    assert_non_null(strstr(why, "GROQ_API_KEY"));
    setenv("OLLAMA_MODEL", "gpt-oss:20b", 1); /* a name is more than a key */
    free(why);
    m = models_discover(ms, NULL, &why);
    assert_string_equal(m->name, "ollama/gpt-oss:20b");
    assert_non_null(strstr(why, "OLLAMA_MODEL"));
    unsetenv("OLLAMA_MODEL");
    unsetenv("GROQ_API_KEY");
    models_free(ms);
}

/* A child that answers one request on a port of its choice with chunked JSON. */
static int fake_server(int *port, pid_t *pid)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "10\r\n{\"data\":[{\"id\":\"\r\n2b\r\nqwen\",\"owned_by\":"
                                 "\"vllm\",\"max_model_len\":99}\r\n"
                                 "2\r\n]}\r\n0\r\n\r\n";
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    getsockname(fd, (struct sockaddr *)&at, &len);
    *port = ntohs(at.sin_port);
    *pid = fork();
    if (*pid == 0) {
        char buf[1024];
        int c = accept(fd, NULL, NULL);
        ssize_t n = read(c, buf, sizeof buf);
        n = write(c, answer, sizeof answer - 1);
        _exit(n > 0 ? 0 : 1);
    }
    return fd;
}

static void servers_on_this_machine(void **state)
{
    struct error e = {0};
    int port;
    pid_t pid;
    AUTO_FREE char *why = NULL;
    int fd = fake_server(&port, &pid);
    struct models *ms = models_load(NULL, NULL, NULL, &e);
    /* Port 9 refuses; the listening socket of ours without an accept would only time out. */
    const struct detect_port ports[] = {{9, "ollama"}, {port, "llamafile"}};
    const struct model *m = detect_ports(ms, ports, 2, 2000, &why);
    assert_non_null(m);
    assert_string_equal(m->name, "hosted_vllm/qwen");
    assert_int_equal(m->window, 99);
    assert_non_null(strstr(m->origin, "found on 127.0.0.1:"));
    models_free(ms);
    close(fd);
    waitpid(pid, NULL, 0);
}

static void silent_servers_cost_150_ms(void **state)
{
    struct error e = {0};
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    getsockname(fd, (struct sockaddr *)&at, &len);
    const struct detect_port ports[] = {{ntohs(at.sin_port), "ollama"}};
    struct models *ms = models_load(NULL, NULL, NULL, &e);
    int64_t began = clock_ms();
    AUTO_FREE char *why = NULL;
    assert_null(detect_ports(ms, ports, 1, DETECT_BUDGET_MS, &why));
    assert_true(clock_ms() - began < DETECT_BUDGET_MS + 100);
    models_free(ms);
    close(fd);
}

static void keys_leave_the_environment(void **state)
{
    setenv("MIEN_A_API_KEY", "sk-one-two-three", 1);
    setenv("MIEN_B", "stays", 1);
    keys_take_environment();
    assert_null(getenv("MIEN_A_API_KEY"));
    assert_string_equal(getenv("MIEN_B"), "stays");
    assert_string_equal(keys_get("MIEN_A_API_KEY"), "sk-one-two-three");
    keys_clear();
    assert_null(keys_get("MIEN_A_API_KEY"));
}

/* Of the environment, taken or not, and of a file: what is sent has no white space around it. */
static void keys_have_no_white_space_around(void **state)
{
    static const char *const written[] = {"sk-abc\n", " sk-abc ", "sk-abc\r\n", "\t\nsk-abc \n\n",
                                          "sk-abc"};
    static const char *const names[] = {"MIEN_C_API_KEY", "MIEN_C_SECRET"};
    for (size_t i = 0; i < COUNT_OF(written) * COUNT_OF(names); i++) {
        const char *name = names[i % 2];
        setenv(name, written[i / 2], 1);
        keys_take_environment();
        assert_string_equal(keys_get(name), "sk-abc");
        AUTO_JSON *header =
            cJSON_CreateString(i % 2 ? "os.environ/MIEN_C_SECRET" : "os.environ/MIEN_C_API_KEY");
        assert_true(keys_resolve(header, NULL));
        assert_string_equal(header->valuestring, "sk-abc");
        keys_clear();
        unsetenv(name);
    }
    setenv("MIEN_C_SECRET", " \r\n", 1); /* a blank one is none */
    assert_null(keys_get("MIEN_C_SECRET"));
    unsetenv("MIEN_C_SECRET");
    keys_clear();
}

static void where_things_are_is_no_secret(void **state)
{
    static const char text[] = "in /home/somebody/of/mine";
    AUTO(buf) masked = {0};
    setenv("XDG_MIEN_TEST", text + 3, 1);
    assert_string_equal(keys_get("XDG_MIEN_TEST"), text + 3);
    log_mask(&masked, text, strlen(text));
    assert_string_equal(buf_cstr(&masked), text);
    unsetenv("XDG_MIEN_TEST");
}

/* As LiteLLM writes it: who serves it, under which name, in which dialect, where. */
static void ways_to_a_model(void **state)
{
    static const struct {
        const char *params;
        const char *provider, *upstream;
        enum route_style dialect;
        const char *url; /* in the mode /f */
    } rows[] = {
        {"model: openai/gpt-4o", "openai", "gpt-4o", ROUTE_CHAT,
         "https://api.openai.com/v1/f/chat/completions"},
        {"model: openai/gpt-5.4", "openai", "gpt-5.4", ROUTE_RESPONSES,
         "https://api.openai.com/v1/f/responses"},
        {"model: openai/gpt-5.4, api: chat", "openai", "gpt-5.4", ROUTE_CHAT,
         "https://api.openai.com/v1/f/chat/completions"},
        {"model: openai/responses/local, api_base: 'http://127.0.0.1:1/v1'", "openai", "local",
         ROUTE_RESPONSES, "http://127.0.0.1:1/v1/f/responses"},
        {"model: openai/gpt-5.4, api_base: 'http://127.0.0.1:1/v1'", "openai", "gpt-5.4",
         ROUTE_CHAT, "http://127.0.0.1:1/v1/f/chat/completions"},
        {"model: anthropic/claude-opus-5", "anthropic", "claude-opus-5", ROUTE_MESSAGES,
         "https://api.anthropic.com/v1/f/messages"},
        {"model: anthropic/claude-opus-5, api_base: 'https://gw.example'", "anthropic",
         "claude-opus-5", ROUTE_MESSAGES, "https://gw.example/f/v1/messages"},
        {"model: azure/my-gpt, api_base: 'https://r.openai.azure.com'", "azure", "my-gpt",
         ROUTE_CHAT, "https://r.openai.azure.com/f/openai/v1/chat/completions"},
        {"model: azure/my-gpt, api_base: 'https://r.openai.azure.com/openai/v1/', api_version: "
         "preview",
         "azure", "my-gpt", ROUTE_CHAT, "https://r.openai.azure.com/openai/v1/f/chat/completions"},
        {"model: azure/my-gpt, api_base: 'https://r.openai.azure.com/', api_version: '2024-10-21'",
         "azure", "my-gpt", ROUTE_CHAT,
         "https://r.openai.azure.com/f/openai/deployments/my-gpt/chat/"
         "completions?api-version=2024-10-21"},
        {"model: azure/x, api_base: 'https://r.openai.azure.com/openai/deployments/d', "
         "api_version: '2024-10-21'",
         "azure", "x", ROUTE_CHAT,
         "https://r.openai.azure.com/openai/deployments/d/f/chat/"
         "completions?api-version=2024-10-21"},
        {"model: azure/responses/d, api_base: 'https://r.openai.azure.com'", "azure", "d",
         ROUTE_RESPONSES, "https://r.openai.azure.com/f/openai/v1/responses"},
        {"model: bedrock/converse/anthropic.claude-opus-4-8, aws_region_name: eu-west-1", "bedrock",
         "anthropic.claude-opus-4-8", ROUTE_MESSAGES,
         "https://bedrock-runtime.eu-west-1.amazonaws.com/anthropic/v1/f/messages"},
        {"model: bedrock/openai.gpt-oss-120b, aws_region_name: os.environ/MIEN_TEST_REGION",
         "bedrock", "openai.gpt-oss-120b", ROUTE_CHAT,
         "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/f/chat/completions"},
        {"model: vertex_ai/gemini-3-pro, vertex_project: p, vertex_location: europe-west4",
         "vertex_ai", "google/gemini-3-pro", ROUTE_CHAT,
         "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/"
         "endpoints/openapi/f/"
         "chat/completions"},
        {"model: zai/glm-4.6", "zai", "glm-4.6", ROUTE_CHAT,
         "https://api.z.ai/api/paas/v4/f/chat/completions"},
        {"model: minimax/MiniMax-M2", "minimax", "MiniMax-M2", ROUTE_CHAT,
         "https://api.minimax.io/v1/f/chat/completions"},
        {"model: dashscope/qwen3-max", "dashscope", "qwen3-max", ROUTE_CHAT,
         "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/f/chat/completions"},
        {"model: huggingface/Qwen/Qwen3-8B", "huggingface", "Qwen/Qwen3-8B", ROUTE_CHAT,
         "https://router.huggingface.co/v1/f/chat/completions"},
        {"model: github_copilot/gpt-4.1", "github_copilot", "gpt-4.1", ROUTE_CHAT,
         "https://api.githubcopilot.com/f/chat/completions"},
        {"model: zai/glm-4.6, api: messages, api_base: 'https://api.z.ai/api/anthropic'", "zai",
         "glm-4.6", ROUTE_MESSAGES, "https://api.z.ai/api/anthropic/f/v1/messages"},
    };
    setenv("MIEN_TEST_REGION", "us-west-2", 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error e = {0};
        AUTO_FREE char *text = mem_printf("model_list:\n  - model_name: m\n    litellm_params: "
                                          "{%s}\n    behaviors: {f: {route_suffix: /f}}\n",
                                          rows[i].params);
        struct models *ms = load(text, &e);
        assert_non_null(ms);
        const struct model *m = models_find(ms, "m", &e);
        if (!m)
            print_message("%s: %s\n", rows[i].params, e.text);
        assert_non_null(m);
        AUTO_FREE char *url = model_url(m, model_mode(m, "f", NULL), model_dialect(m), &e);
        assert_string_equal(m->provider, rows[i].provider);
        assert_string_equal(m->upstream, rows[i].upstream);
        assert_string_equal(url, rows[i].url);
        assert_int_equal(model_dialect(m), rows[i].dialect);
        models_free(ms);
    }
    unsetenv("MIEN_TEST_REGION");
    refuse("model_list:\n  - model_name: m\n    litellm_params: {model: openai/x, api: french}\n",
           3, "api must be");
    refuse("model_list:\n  - model_name: m\n    litellm_params: {model: openai/x, auth: bearer}\n",
           3, "header NAME");
}

/* The key goes where the dialect wants it, or where the entry says. */
static void keys_in_headers(void **state)
{
    static const struct {
        const char *params, *has, *has_not;
    } rows[] = {
        {"model: openai/x", "Authorization: Bearer k-1", "api-key"},
        {"model: anthropic/claude-opus-5", "x-api-key: k-1", "Authorization"},
        {"model: anthropic/claude-opus-5", "anthropic-version: 2023-06-01", "anthropic-beta"},
        {"model: azure/x, api_base: 'https://r.example'", "api-key: k-1", "Authorization"},
        {"model: zai/glm-5, api: messages", "Authorization: Bearer k-1", "api-key: x"},
        {"model: openai/x, auth: header X-My-Key", "X-My-Key: k-1", "Authorization"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error e = {0};
        struct header_list h = {0};
        AUTO(buf) all = {0};
        AUTO_FREE char *text = mem_printf(
            "model_list:\n  - model_name: m\n    litellm_params: {%s}\n", rows[i].params);
        struct models *ms = load(text, &e);
        assert_true(headers_build(models_find(ms, "m", &e), "k-1", true, &h, &e));
        for (size_t k = 0; k < h.len; k++)
            buf_addf(&all, "%s\n", h.ptr[k]);
        if (!strstr(all.ptr, rows[i].has))
            print_message("%s: %s\n", rows[i].params, all.ptr);
        assert_non_null(strstr(all.ptr, rows[i].has));
        assert_null(strstr(all.ptr, rows[i].has_not));
        headers_free(&h);
        models_free(ms);
    }
}

int main(void)
{
    static const char *const unset[] = {
        "OPENAI_API_KEY",     "ANTHROPIC_API_KEY", "GEMINI_API_KEY",  "OPENROUTER_API_KEY",
        "DEEPSEEK_API_KEY",   "MISTRAL_API_KEY",   "OPENAI_BASE_URL", "MIEN_MODEL",
        "ANTHROPIC_BASE_URL", "OPENAI_API_BASE",   "OLLAMA_MODEL"};
    for (size_t i = 0; i < COUNT_OF(unset); i++)
        unsetenv(unset[i]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read),
        cmocka_unit_test(one_bad_provider_harms_no_other),
        cmocka_unit_test(keys_are_references),
        cmocka_unit_test(keys_stay_with_their_origin),
        cmocka_unit_test(bad_files_name_the_line),
        cmocka_unit_test(layers_replace),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(discovery_by_key),
        cmocka_unit_test(servers_on_this_machine),
        cmocka_unit_test(silent_servers_cost_150_ms),
        cmocka_unit_test(keys_leave_the_environment),
        cmocka_unit_test(ways_to_a_model),
        cmocka_unit_test(keys_in_headers),
        cmocka_unit_test(keys_have_no_white_space_around),
        cmocka_unit_test(where_things_are_is_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
