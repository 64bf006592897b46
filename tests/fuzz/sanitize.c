/* sanitize: the output is clean, does not depend on where the input was cut, and stays itself. */
#include "fuzz.h"

#include "base/sanitize.h"
#include "base/utf8.h"

static void clean(const char *s, size_t n, unsigned flags, bool cut, unsigned seed, struct buf *out)
{
    struct sanitizer z = {0};
    for (size_t at = 0, piece; at < n; at += piece) {
        piece = cut ? fuzz_piece(&seed, n - at) : n;
        sanitize_add(&z, s + at, piece, flags, out);
    }
    sanitize_end(&z, flags, out);
}

static void claim_clean(const char *s, size_t n, unsigned flags)
{
    CLAIM(utf8_valid(s, n), "no UTF-8");
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        at += utf8_decode(s + at, n - at, &cp);
        bool line = cp == '\n' || cp == '\t';
        CLAIM(cp >= ' ' || (line && !(flags & SANITIZE_ONE_LINE)), "U+%04X", cp);
        CLAIM(cp < 0x7f || cp > 0x9f, "U+%04X", cp);
        bool bidi = (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) ||
                    cp == 0x200e || cp == 0x200f || cp == 0x61c;
        bool unseen = (cp >= 0x200b && cp <= 0x200d) || cp == 0x2028 || cp == 0x2029 ||
                      cp == 0xfeff || (cp >= 0xe0000 && cp <= 0xe007f);
        CLAIM(!bidi && !unseen, "U+%04X", cp);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    unsigned flags = data[0] & 7, seed = data[1];
    const char *s = (const char *)data + 2;
    AUTO(buf) whole = {0};
    AUTO(buf) cut = {0};
    AUTO(buf) again = {0};
    clean(s, size - 2, flags, false, 0, &whole);
    clean(s, size - 2, flags, true, seed, &cut);
    claim_clean(buf_cstr(&whole), whole.len, flags);
    CLAIM(whole.len == cut.len && memcmp(buf_cstr(&whole), buf_cstr(&cut), cut.len) == 0,
          "cutting matters: \"%s\" \"%s\"", buf_cstr(&whole), buf_cstr(&cut));
    clean(buf_cstr(&whole), whole.len, flags, false, 0, &again);
    CLAIM(whole.len == again.len && memcmp(buf_cstr(&whole), buf_cstr(&again), again.len) == 0,
          "cleaning again changes \"%s\" to \"%s\"", buf_cstr(&whole), buf_cstr(&again));
    return 0;
}
