#include "llm/models/provider.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/opt.h"

#define LOCAL (PROVIDER_KEY_OPTIONAL | PROVIDER_LOCAL)

/* Order matters to discovery: the first row whose key is set gives the model. */
static const struct provider provider_rows[] = {
    {"anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", PROVIDER_ADD_V1,
     "claude-sonnet-4-5"},
    {"openai", "https://api.openai.com/v1", "OPENAI_API_KEY", 0, "gpt-5"},
    {"gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY", 0,
     "gemini-2.5-flash"},
    {"openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", 0, "openrouter/auto"},
    {"deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", 0, "deepseek-chat"},
    {"mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY",
     PROVIDER_IDS9 | PROVIDER_NO_STREAM_OPTIONS, "mistral-large-latest"},
    {"groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", 0, "llama-3.3-70b-versatile"},
    {"xai", "https://api.x.ai/v1", "XAI_API_KEY", 0, "grok-4"},
    {"cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", 0, "gpt-oss-120b"},
    {"together_ai", "https://api.together.xyz/v1", "TOGETHER_AI_API_KEY", 0, NULL},
    {"fireworks_ai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY", 0, NULL},
    {"moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", 0, NULL},
    {"sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY", 0, NULL},
    {"nvidia_nim", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY", 0, NULL},
    {"deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY", 0, NULL},
    {"perplexity", "https://api.perplexity.ai", "PERPLEXITY_API_KEY", PROVIDER_NO_STREAM_OPTIONS,
     NULL},
    {"zai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY", 0, NULL},
    {"minimax", "https://api.minimax.io/v1", "MINIMAX_API_KEY", 0, NULL},
    {"dashscope", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY", 0,
     NULL},
    {"huggingface", "https://router.huggingface.co/v1", "HF_TOKEN", 0, NULL},
    {"github_copilot", "https://api.githubcopilot.com", "GITHUB_COPILOT_API_KEY", 0, NULL},
    {"azure", NULL, "AZURE_API_KEY", 0, NULL},
    {"bedrock", NULL, "AWS_BEARER_TOKEN_BEDROCK", 0, NULL},
    {"vertex_ai", NULL, "VERTEXAI_API_KEY", 0, NULL},
    {"hosted_vllm", NULL, "HOSTED_VLLM_API_KEY", LOCAL, NULL},
    {"lm_studio", "http://127.0.0.1:1234/v1", "LM_STUDIO_API_KEY", LOCAL, NULL},
    {"llamafile", "http://127.0.0.1:8080/v1", "LLAMAFILE_API_KEY", LOCAL, NULL},
    {"ollama", "http://127.0.0.1:11434/v1", "OLLAMA_API_KEY", LOCAL | PROVIDER_ADD_V1, NULL},
    {"ollama_chat", "http://127.0.0.1:11434/v1", "OLLAMA_API_KEY", LOCAL | PROVIDER_ADD_V1, NULL},
    {"litellm_proxy", NULL, "LITELLM_PROXY_API_KEY", PROVIDER_KEY_OPTIONAL, NULL},
    {"playbook", NULL, NULL, PROVIDER_KEY_OPTIONAL | PROVIDER_PLAYBOOK, NULL},
};

const struct provider *provider_at(size_t i)
{
    return i < COUNT_OF(provider_rows) ? &provider_rows[i] : NULL;
}

const struct provider *provider_find(const char *name)
{
    for (size_t i = 0; name && i < COUNT_OF(provider_rows); i++)
        if (strcmp(provider_rows[i].name, name) == 0)
            return &provider_rows[i];
    return NULL;
}

static bool provider_starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

const struct provider *provider_of_family(const char *model)
{
    static const struct {
        const char *prefix, *provider;
    } families[] = {{"gpt-", "openai"},       {"chatgpt-", "openai"},  {"o1", "openai"},
                    {"o3", "openai"},         {"o4", "openai"},        {"claude-", "anthropic"},
                    {"gemini-", "gemini"},    {"mistral-", "mistral"}, {"grok-", "xai"},
                    {"deepseek-", "deepseek"}};
    for (size_t i = 0; i < COUNT_OF(families); i++)
        if (provider_starts(model, families[i].prefix))
            return provider_find(families[i].provider);
    return NULL;
}

bool provider_unknown(const char *name, struct error *e)
{
    const char *names[COUNT_OF(provider_rows)];
    for (size_t i = 0; i < COUNT_OF(provider_rows); i++)
        names[i] = provider_rows[i].name;
    const char *near = opt_nearest(name, names, COUNT_OF(names));
    if (near)
        return error_set(e, ERR_CONFIG, "no provider \"%s\"; did you mean \"%s\"?", name, near);
    return error_set(e, ERR_CONFIG,
                     "no provider \"%s\". For any server that speaks chat completions write "
                     "openai/MODEL with its api_base",
                     name);
}

static const char *provider_env(const struct provider *p, const char *suffix)
{
    AUTO_FREE char *name = mem_printf("%s%s", p->name, suffix);
    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    const char *v = getenv(name);
    return v && *v ? v : NULL;
}

char *provider_full_base(const struct provider *p, const char *base)
{
    size_t n = strlen(base);
    while (n > 0 && base[n - 1] == '/')
        n--;
    bool has_v1 = n >= 3 && memcmp(base + n - 3, "/v1", 3) == 0;
    if (!(p->flags & PROVIDER_ADD_V1) || has_v1)
        return mem_strdup(base);
    return mem_printf("%.*s/v1", (int)n, base);
}

/* OLLAMA_HOST, as its own programs read it: [http://]HOST[:PORT][/PATH]; an address to listen on
 * everywhere is reached here. NULL: not set. */
static const char *ollama_host(void)
{
    static _Thread_local char base[300];
    const char *host = getenv("OLLAMA_HOST");
    if (!host || !*host)
        return NULL;
    const char *at = strstr(host, "://");
    bool tls = at && strncmp(host, "https", 5) == 0;
    const char *name = at ? at + 3 : host;
    size_t n = strcspn(name, "/");
    const char *close = *name == '[' ? memchr(name, ']', n) : NULL;
    const char *colon = memchr(close ? close : name, ':', n - (size_t)(close ? close - name : 0));
    size_t len = colon ? (size_t)(colon - name) : n;
    bool everywhere = len == 0 || (len == 7 && memcmp(name, "0.0.0.0", 7) == 0) ||
                      (len == 4 && memcmp(name, "[::]", 4) == 0);
    const char *port = colon ? colon : at ? (tls ? ":443" : ":80") : ":11434";
    snprintf(base, sizeof base, "%s://%.*s%.*s%s", tls ? "https" : "http",
             everywhere ? 9 : (int)len, everywhere ? "127.0.0.1" : name,
             colon ? (int)(n - len) : (int)strlen(port), port, name + n);
    return base;
}

const char *provider_given_base(const struct provider *p)
{
    const char *env = provider_env(p, "_API_BASE");
    if (!env)
        env = provider_env(p, "_BASE_URL");
    if (!env && provider_starts(p->name, "ollama"))
        env = ollama_host();
    return env ? env : p->base;
}

char *provider_base(const struct provider *p)
{
    const char *base = provider_given_base(p);
    return base ? provider_full_base(p, base) : NULL;
}
