#include <string.h>

#include "llm/chat/chat_priv.h"

static int64_t chat_first_int(const cJSON *j, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t v = json_int(j, names[i], 0);
        if (v > 0)
            return v;
    }
    return 0;
}

static void chat_usage_object(struct answer *a, const cJSON *u)
{
    static const char *const cached[] = {"prompt_cache_hit_tokens", "cache_read_input_tokens",
                                         "cached_tokens"};
    static const char *const input[] = {"prompt_tokens", "input_tokens"};
    static const char *const output[] = {"completion_tokens", "output_tokens"};
    if (!cJSON_IsObject(u) || !u->child)
        return;
    const cJSON *in = json_get(u, "prompt_tokens_details");
    const cJSON *out = json_get(u, "completion_tokens_details");
    struct llm_usage v = {.reported = true};
    v.input = chat_first_int(u, input, COUNT_OF(input));
    v.output = chat_first_int(u, output, COUNT_OF(output));
    v.cached = json_int(in, "cached_tokens", 0);
    if (v.cached <= 0)
        v.cached = chat_first_int(u, cached, COUNT_OF(cached));
    v.written = json_int(in, "cache_write_tokens", 0);
    if (v.written <= 0)
        v.written = json_int(u, "cache_creation_input_tokens", 0);
    v.reasoning = json_int(out, "reasoning_tokens", json_int(u, "reasoning_tokens", 0));
    /* xAI counts reasoning beside the completion; its total tells. */
    if (v.reasoning > 0 && json_int(u, "total_tokens", 0) == v.input + v.output + v.reasoning)
        v.output += v.reasoning;
    v.cached = MIN(v.cached, v.input);
    v.reasoning = MIN(v.reasoning, v.output);
    if (v.input || v.output)
        a->usage = v;
}

/* llama.cpp: what the server evaluated, given whether or not usage was asked for. */
static void chat_usage_timings(struct answer *a, const cJSON *t)
{
    int64_t cached = json_int(t, "cache_n", 0), fresh = json_int(t, "prompt_n", 0);
    int64_t output = json_int(t, "predicted_n", 0);
    if (cached + fresh + output <= 0)
        return;
    if (!a->usage.reported)
        a->usage = (struct llm_usage){
            .input = cached + fresh, .cached = cached, .output = output, .reported = true};
    else if (!a->usage.cached)
        a->usage.cached = MIN(cached, a->usage.input);
}

void chat_usage(struct answer *a, const cJSON *chunk, const cJSON *choice)
{
    chat_usage_object(a, json_get(choice, "usage"));
    chat_usage_object(a, json_get(json_get(chunk, "x_groq"), "usage"));
    chat_usage_object(a, json_get(chunk, "usage"));
    chat_usage_timings(a, json_get(chunk, "timings"));
}
