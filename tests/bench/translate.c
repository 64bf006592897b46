/*
 * translate - what it costs the gateway to translate a request of 5 MB of history, beside one cJSON
 * parse and print of the same body: milliseconds, the median of 20 each, "parse_print translate".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "gateway/translate.h"
#include "llm/codecs.h"

#define TIMES 20

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* As Claude Code sends it: calls, results of some kilobytes of code, words between. */
static void history(struct buf *out, size_t bytes)
{
    AUTO(buf) code = {0};
    while (code.len < 6000)
        buf_adds(
            &code,
            "    if (size > limit && strcmp(name, \"x\") != 0)\n\t\treturn -1; /* \xc3\xa9 */\n");
    buf_adds(out, "{\"model\":\"m\",\"max_tokens\":32000,\"stream\":true,\"system\":[{\"type\":"
                  "\"text\",\"text\":\"You are.\"}],\"tools\":["
                  "{\"name\":\"Read\",\"description\":\"Reads.\",\"input_schema\":{\"type\":"
                  "\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}}],"
                  "\"messages\":[{\"role\":\"user\",\"content\":\"Read all.\"}");
    for (int i = 0; out->len < bytes; i++) {
        buf_addf(out,
                 ",{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Next is "
                 "%d.\"},{\"type\":\"tool_use\",\"id\":\"toolu_%06d\","
                 "\"name\":\"Read\",\"input\":{\"path\":\"src/"
                 "file%d.c\"}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_"
                 "use_id\":"
                 "\"toolu_%06d\",\"content\":[{\"type\":\"text\",\"text\":",
                 i, i, i, i);
        buf_add_json_str(out, code.ptr, code.len);
        buf_adds(out, "}]}]}");
    }
    buf_adds(out, "]}");
}

int main(void)
{
    static struct model chat = {.name = (char *)"m",
                                .provider = (char *)"hosted_vllm",
                                .upstream = (char *)"m",
                                .api_base = (char *)"http://127.0.0.1:1/v1",
                                .dialect = 1 + ROUTE_CHAT};
    AUTO(buf) body = {0};
    double plain[TIMES], turned[TIMES];
    history(&body, 5000000);
    cJSON_Hooks ours = {.malloc_fn = mem_alloc_raw, .free_fn = free};
    cJSON_InitHooks(
        NULL); /* cJSON as it comes: with hooks it has no realloc, and prints more slowly */
    for (int i = 0; i < TIMES; i++) {
        double began = now_ms();
        cJSON *j = cJSON_ParseWithLength(body.ptr, body.len);
        char *text = cJSON_PrintUnformatted(j);
        plain[i] = now_ms() - began;
        cJSON_free(text);
        cJSON_Delete(j);
    }
    cJSON_InitHooks(&ours);
    for (int i = 0; i < TIMES; i++) {
        struct error e = {0};
        struct translation t;
        AUTO(buf) out = {0};
        double began = now_ms();
        bool ok = translation_read(&t, codec_at(ROUTE_MESSAGES), body.ptr, body.len, "m", &e) &&
                  translation_write(&t, &chat, NULL, 0, 0, &out, &e);
        turned[i] = now_ms() - began;
        if (!ok || out.len < body.len * 8 / 10) {
            fprintf(stderr, "translate: %s\n", e.text);
            return 1;
        }
        translation_fini(&t);
    }
    qsort(plain, TIMES, sizeof *plain, by_size);
    qsort(turned, TIMES, sizeof *turned, by_size);
    printf("%.2f %.2f\n", plain[TIMES / 2], turned[TIMES / 2]);
    return 0;
}
