#include "cli/clients.h"

#include <string.h>

#include "base/file.h"

/* Texts with places: {url} {key} {opus} {sonnet} {haiku} {small} {session}; a row with a place for
 * which there is nothing is left out. "-NAME" takes a variable away. */
static const char *const common[] = {
    "OPENAI_BASE_URL={url}/v1",
    "OPENAI_API_BASE={url}/v1", /* its older name */
    "OPENAI_API_KEY={key}",
    "ANTHROPIC_BASE_URL={url}",
    "ANTHROPIC_AUTH_TOKEN={key}",
    "-ANTHROPIC_API_KEY", /* it would win over the token */
    "ANTHROPIC_MODEL={sonnet}",
    "ANTHROPIC_DEFAULT_OPUS_MODEL={opus}",
    "ANTHROPIC_DEFAULT_SONNET_MODEL={sonnet}",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL={haiku}",
    "ANTHROPIC_SMALL_FAST_MODEL={small}",
    "CLAUDE_CODE_ATTRIBUTION_HEADER=0", /* else no server's cache of prompts would hold */
    "API_TIMEOUT_MS=3000000",
    "GOOGLE_GEMINI_BASE_URL={url}",
    "GEMINI_API_KEY={key}",
    "GEMINI_MODEL={sonnet}",
    "OPENAI_MODEL={sonnet}",
    "MIEN_PROXY_URL={url}",
    "MIEN_SESSION={session}",
    NULL};

static const char codex_provider[] = "model_providers.mien={name=\"mien\",base_url=\"{url}/v1\","
                                     "env_key=\"MIEN_PROXY_KEY\",wire_api=\"responses\"}";

/* What single programs want besides. */
static const struct client {
    const char *program;
    const char *variables[6], *arguments[12];
    const char *settings; /* text of a settings file that it must be given; {file} is its path */
} clients[] = {
    {.program = "claude", .variables = {NULL}, .arguments = {NULL}},
    /* It reads no OPENAI_BASE_URL, and says nothing: without these it asks OpenAI itself. */
    {.program = "codex",
     .variables = {"MIEN_PROXY_KEY={key}", NULL},
     .arguments = {"-c", "model_provider=\"mien\"", "-c", codex_provider, "-c",
                   "model=\"{sonnet}\"", NULL}},
    {.program = "opencode",
     .variables = {"OPENCODE_CONFIG_CONTENT={\"provider\":{\"mien\":{\"npm\":\"@ai-sdk/"
                   "openai-compatible\",\"name\":\"mien\",\"options\":{\"baseURL\":\"{url}/"
                   "v1\",\"apiKey\":\"{key}\"},\"models\":{\"{sonnet}\":{},\"{opus}\":{},"
                   "\"{haiku}\":{},\"{small}\":{}}}},\"model\":\"mien/"
                   "{sonnet}\",\"small_model\":\"mien/{small}\"}",
                   NULL},
     .arguments = {NULL}},
    /* With a base URL it takes a kind of login that it then refuses; the user's own choice of one
     * would send it to Google. */
    {.program = "gemini",
     .variables = {"GEMINI_CLI_SYSTEM_SETTINGS_PATH={file}", "-GOOGLE_API_KEY",
                   "-GOOGLE_GENAI_USE_VERTEXAI", "-GOOGLE_GENAI_USE_GCA", NULL},
     .arguments = {NULL},
     .settings = "{\"security\":{\"auth\":{\"selectedType\":\"gemini-api-key\"}}}\n"},
    {.program = "qwen", .variables = {NULL}, .arguments = {"--auth-type", "openai", NULL}},
    {.program = "crush",
     .variables = {"OPENAI_API_ENDPOINT={url}/v1", "ANTHROPIC_API_ENDPOINT={url}", NULL},
     .arguments = {NULL}},
    {.program = "aider",
     .variables = {NULL},
     .arguments = {"--model", "openai/{sonnet}", "--weak-model", "openai/{small}", NULL}},
    {.program = "goose",
     .variables = {"GOOSE_PROVIDER=openai", "OPENAI_HOST={url}",
                   "OPENAI_BASE_PATH=v1/chat/completions", "GOOSE_MODEL={sonnet}", NULL},
     .arguments = {NULL}},
};

static const struct client *client_of(const char *program)
{
    const char *slash = program ? strrchr(program, '/') : NULL;
    const char *name = slash ? slash + 1 : program;
    for (size_t i = 0; name && i < COUNT_OF(clients); i++)
        if (strcmp(clients[i].program, name) == 0)
            return &clients[i];
    return NULL;
}

bool client_is_known(const char *program)
{
    return client_of(program) != NULL;
}

bool client_settings(const char *program, char **path, struct error *e)
{
    const struct client *c = client_of(program);
    *path = NULL;
    if (!c || !c->settings)
        return true;
    AUTO_FREE char *dir = file_state_path("clients");
    *path = mem_printf("%s/%s.json", dir, c->program);
    return file_make_dirs(dir, e) && file_write_fast(*path, c->settings, strlen(c->settings), e);
}

void word_list_fini(word_list *w)
{
    for (size_t i = 0; i < w->len; i++) {
        if (w->ptr[i])
            explicit_bzero(w->ptr[i], strlen(w->ptr[i]));
        free(w->ptr[i]);
    }
    VEC_FREE(w);
}

/* The text with its places filled; NULL: there is nothing for one of them. Caller frees. */
static char *client_fill(const char *text, const struct pointing *p)
{
    const struct {
        const char *place, *value;
    } rows[] = {{"{url}", p->url},         {"{key}", p->key},     {"{opus}", p->opus},
                {"{sonnet}", p->sonnet},   {"{haiku}", p->haiku}, {"{small}", p->small},
                {"{session}", p->session}, {"{file}", p->file}};
    AUTO(buf) out = {0};
    while (*text) {
        size_t i = 0;
        while (i < COUNT_OF(rows) && strncmp(text, rows[i].place, strlen(rows[i].place)) != 0)
            i++;
        if (i == COUNT_OF(rows)) {
            buf_addc(&out, *text++);
            continue;
        }
        if (!rows[i].value)
            return NULL;
        buf_adds(&out, rows[i].value);
        text += strlen(rows[i].place);
    }
    return buf_take(&out);
}

static void client_add(const char *const *rows, const struct pointing *p, word_list *out)
{
    for (; *rows; rows++) {
        char *filled =
            client_fill(**rows == '-' && strchr(*rows, '=') == NULL ? *rows + 1 : *rows, p);
        if (filled)
            VEC_PUSH(out, filled);
    }
}

void client_variables(const char *program, const struct pointing *p, word_list *out)
{
    const struct client *c = client_of(program);
    client_add(common, p, out);
    if (c)
        client_add(c->variables, p, out);
    for (size_t i = 0; i < p->more_count; i++)
        VEC_PUSH(out, mem_strdup(p->more[i]));
}

/* An option whose value has nothing to fill it leaves with it. */
void client_arguments(const char *program, const struct pointing *p, word_list *out)
{
    const struct client *c = client_of(program);
    for (const char *const *a = c ? c->arguments : NULL; a && a[0]; a += 2) {
        char *value = client_fill(a[1], p);
        if (!value)
            continue;
        VEC_PUSH(out, mem_strdup(a[0]));
        VEC_PUSH(out, value);
    }
}

/* ---- the environment ---- */

static bool is_variable(const char *pair, const char *word)
{
    size_t n = strcspn(word, "=");
    return strncmp(pair, word, n) == 0 && pair[n] == '=';
}

/* A client behind a forward proxy would send it what is meant for this machine, token and all. */
static char *no_proxy(const char *name, const char *given)
{
    static const char here[] = "127.0.0.1,localhost,::1";
    const char *old = given ? strchr(given, '=') + 1 : "";
    return *old ? mem_printf("%s=%s,%s", name, old, here) : mem_printf("%s=%s", name, here);
}

char **client_environment(char **given, const word_list *variables)
{
    static const char *const around[] = {"NO_PROXY", "no_proxy"};
    VEC(char *) env = {0};
    for (char **p = given; *p; p++) {
        bool ours = false;
        for (size_t i = 0; i < variables->len; i++)
            ours = ours || is_variable(*p, variables->ptr[i]);
        for (size_t i = 0; i < COUNT_OF(around); i++)
            if (is_variable(*p, around[i])) {
                VEC_PUSH(&env, no_proxy(around[i], *p));
                ours = true;
            }
        if (ours)
            free(*p);
        else
            VEC_PUSH(&env, *p);
    }
    for (size_t i = 0; i < COUNT_OF(around); i++) {
        bool there = false;
        for (size_t k = 0; k < env.len; k++)
            there = there || is_variable(env.ptr[k], around[i]);
        if (!there)
            VEC_PUSH(&env, no_proxy(around[i], NULL));
    }
    for (size_t i = 0; i < variables->len; i++)
        if (strchr(variables->ptr[i], '='))
            VEC_PUSH(&env, mem_strdup(variables->ptr[i]));
    VEC_PUSH(&env, NULL);
    free(given);
    return env.ptr;
}
