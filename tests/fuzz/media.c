/*
 * media: heads are looked at within their bytes; base64 comes back as it went; an object less some
 * members is an object with the others as they were.
 */
#include "fuzz.h"

#include "base/json_span.h"
#include "base/media.h"

static void span(const char *text, size_t n)
{
    static const char *const names[] = {"a", "delta", NULL};
    AUTO(buf) out = {0};
    AUTO_JSON *j = json_parse(text, n, NULL);
    if (!json_span_only(text, n, names, &out) || !cJSON_IsObject(j))
        return;
    AUTO_JSON *k = json_parse(out.ptr, out.len, NULL);
    CLAIM(k, "%.*s", (int)out.len, out.ptr);
    for (const cJSON *m = k->child; m; m = m->next)
        CLAIM(json_get(j, m->string), "%s was not there", m->string);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf) text = {0};
    AUTO(buf) bytes = {0};
    AUTO(buf) copy = {0};
    struct media is;
    const char *p = (const char *)data;
    if (media_look(p, size, &is))
        CLAIM(is.kind == MEDIA_PDF || (is.width > 0 && is.height > 0), "of no size");
    base64_add(&text, p, size);
    CLAIM(base64_read(&bytes, buf_cstr(&text), text.len) && bytes.len == size, "%zu", bytes.len);
    CLAIM(size == 0 || memcmp(bytes.ptr, p, size) == 0, "other bytes");
    buf_clear(&bytes);
    (void)base64_read(&bytes, p, size);
    buf_add(&copy, p, size);
    span(buf_cstr(&copy), size);
    return 0;
}
