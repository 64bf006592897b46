/* sse: the same events however the bytes are cut, and every event is text. */
#include "fuzz.h"

#include "base/utf8.h"
#include "net/sse.h"

static bool on_event(void *arg, const char *type, const char *data, size_t n)
{
    CLAIM(data[n] == '\0', "data is not terminated");
    CLAIM(utf8_valid(data, n), "data is no UTF-8");
    struct buf *out = arg;
    buf_addf(out, "%s:%zu:", type, n);
    buf_add(out, data, n);
    return true;
}

static bool parse(const uint8_t *data, size_t size, bool cut, unsigned seed, struct buf *out)
{
    struct sse s = {.event = on_event, .arg = out};
    struct error e = {0};
    bool ok = true;
    for (size_t at = 0, n; ok && at < size; at += n) {
        n = cut ? fuzz_piece(&seed, size - at) : size;
        ok = sse_feed(&s, (const char *)data + at, n, &e);
    }
    ok = ok && sse_end(&s, &e);
    CLAIM(ok || e.text[0], "failed without a word");
    sse_fini(&s);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf) whole = {0};
    AUTO(buf) cut = {0};
    unsigned seed = size ? data[0] : 0;
    bool a = parse(data, size, false, seed, &whole), b = parse(data, size, true, seed, &cut);
    CLAIM(a == b && whole.len == cut.len && strcmp(buf_cstr(&whole), buf_cstr(&cut)) == 0,
          "cutting matters: \"%s\" and \"%s\"", buf_cstr(&whole), buf_cstr(&cut));
    return 0;
}
