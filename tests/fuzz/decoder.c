/* decoder: the same keys however the bytes come in, nothing dirty in them, nothing stuck. */
#include "fuzz.h"

#include "base/utf8.h"
#include "ui/input/decoder.h"

static void describe(const struct token *t, struct buf *out)
{
    CLAIM(memchr(t->name, '\0', sizeof t->name), "a name without an end");
    CLAIM(t->kind != TOKEN_CHAR || utf8_valid(t->bytes, t->len), "a character that is none");
    CLAIM(t->kind != TOKEN_CHAR || t->len > 0, "an empty character");
    for (size_t i = 0; t->kind == TOKEN_PASTE && i < t->len; i++)
        CLAIM((unsigned char)t->bytes[i] >= ' ' || t->bytes[i] == '\n' || t->bytes[i] == '\t',
              "control %02x in a paste", t->bytes[i]);
    buf_addf(out, "%d %s %d,%d,%d ", t->kind, t->name, t->button, t->row, t->col);
    buf_add(out, t->bytes, t->len);
    buf_addc(out, '\n');
}

static void take(struct decoder *d, int64_t now, size_t most, struct buf *out)
{
    struct token t;
    for (size_t i = 0; decoder_next(d, now, &t); i++) {
        CLAIM(i <= most, "tokens without end");
        describe(&t, out);
    }
}

static void decode(const uint8_t *data, size_t size, bool cut, struct buf *out)
{
    struct decoder d = {0};
    unsigned seed = size ? data[0] : 0;
    int64_t now = 1000;
    for (size_t at = 0, n; at < size; at += n) {
        n = cut ? fuzz_piece(&seed, size - at) : size;
        decoder_add(&d, (const char *)data + at, n, now);
        take(&d, now, size + 1, out);
    }
    for (int i = 0; i < 8; i++) {
        now += 10000;
        take(&d, now, size + 1, out);
    }
    int64_t due = decoder_deadline(&d);
    CLAIM(due < 0 || due > now || d.pasting, "a deadline that time does not meet");
    decoder_fini(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf) whole = {0};
    AUTO(buf) cut = {0};
    fuzz_locale();
    decode(data, size, false, &whole);
    decode(data, size, true, &cut);
    CLAIM(whole.len == cut.len && memcmp(buf_cstr(&whole), buf_cstr(&cut), cut.len) == 0,
          "cutting matters:\n%s---\n%s", buf_cstr(&whole), buf_cstr(&cut));
    return 0;
}
