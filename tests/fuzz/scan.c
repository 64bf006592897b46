/* scan: the gateway's look at a request agrees with the parser about what is JSON, but for halves
 * of surrogate pairs: what is passed on byte for byte may have them, what is parsed may not. */
#include "fuzz.h"

#include "base/json.h"
#include "gateway/scan.h"

#define DEPTH 64

static bool member(void *arg, const char *key, size_t key_len, const char *value, size_t len)
{
    size_t *count = arg;
    CLAIM(key_len >= 2 && *key == '"' && key[key_len - 1] == '"', "a key without quotes");
    AUTO_JSON *v = json_parse(value, len, NULL);
    if (!v && memmem(value, len, "\\u", 2))
        return true;
    CLAIM(v, "a value that is none: %.*s", (int)len, value);
    size_t n = 0;
    if (cJSON_IsArray(v)) {
        const char *first = scan_first(value, len, &n);
        CLAIM((first != NULL) == (cJSON_GetArraySize(v) > 0), "the first of %.*s", (int)len, value);
    }
    ++*count;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = fuzz_text(data, size);
    size_t n = strlen(text), count = 0;
    struct scan s = {text, text + n};
    scan_space(&s);
    bool ok = scan_object(&s, DEPTH, member, &count);
    scan_space(&s);
    ok = ok && s.p == s.end;
    struct error e = {0};
    AUTO_JSON *j = json_parse(text, n, &e);
    if (ok && (j || !strstr(text, "\\u"))) {
        CLAIM(cJSON_IsObject(j), "scanned, but %s: %s", e.text, text);
        CLAIM(count == (size_t)cJSON_GetArraySize(j), "%zu of %d members", count,
              cJSON_GetArraySize(j));
    }
    return 0;
}
