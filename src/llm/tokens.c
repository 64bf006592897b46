#include "llm/tokens.h"

#include "base/utf8.h"

/*
 * Weights are hundredths of a token. The text is cut as o200k's pattern cuts it (a word with
 * the space before it, digits by threes, punctuation runs, white space runs), and each piece
 * is weighed by its class and length; measured errors against o200k are in tests/unit.
 */
enum class {
    CLASS_LOWER,
    CLASS_UPPER,
    CLASS_DIGIT,
    CLASS_SPACE,
    CLASS_NEWLINE,
    CLASS_PUNCT,
    CLASS_ACCENT,
    CLASS_CYRILLIC,
    CLASS_HAN,
    CLASS_KANA,
    CLASS_HANGUL,
    CLASS_INDIC,
    CLASS_EMOJI,
    CLASS_OTHER,
};

static const struct {
    uint32_t from, to;
    enum class class;
} tokens_ranges[] = {
    {0x80, 0xbf, CLASS_OTHER},       {0xc0, 0x24f, CLASS_ACCENT},    {0x370, 0x3ff, CLASS_CYRILLIC},
    {0x400, 0x52f, CLASS_CYRILLIC},  {0x590, 0x6ff, CLASS_CYRILLIC}, {0x900, 0xdff, CLASS_INDIC},
    {0xe00, 0xeff, CLASS_INDIC},     {0x2000, 0x2bff, CLASS_OTHER},  {0x3000, 0x303f, CLASS_HAN},
    {0x3040, 0x30ff, CLASS_KANA},    {0x3100, 0x9fff, CLASS_HAN},    {0xac00, 0xd7af, CLASS_HANGUL},
    {0xf900, 0xfaff, CLASS_HAN},     {0xfe00, 0xfe0f, CLASS_OTHER},  {0xff00, 0xffef, CLASS_HAN},
    {0x1f000, 0x1faff, CLASS_EMOJI}, {0x20000, 0x3ffff, CLASS_HAN},
};

static enum class tokens_wide_class(uint32_t cp) {
    for (size_t i = 0; i < COUNT_OF(tokens_ranges);
         i++) if (cp >= tokens_ranges[i].from && cp <= tokens_ranges[i].to) return tokens_ranges[i]
        .class;
    return CLASS_OTHER;
}

static enum class tokens_class(uint32_t cp) {
    if (cp >= 0x80) return tokens_wide_class(cp); if (cp >= 'a' && cp <= 'z') return CLASS_LOWER;
    if (cp >= 'A' && cp <= 'Z') return CLASS_UPPER;
    if (cp >= '0' && cp <= '9') return CLASS_DIGIT;
    if (cp == '\n' || cp == '\r') return CLASS_NEWLINE;
    return cp == ' ' || cp == '\t' ? CLASS_SPACE : CLASS_PUNCT;
}

/* Weight of a run of n characters of one class. */
static int64_t tokens_weight(enum class class, int64_t n)
{
    switch (class) {
    case CLASS_LOWER:
        return n <= 8 ? 100 : 100 + (n - 8) * 22;
    case CLASS_UPPER:
        return n <= 2 ? 100 : 100 + (n - 2) * 35;
    case CLASS_DIGIT:
        return (n + 2) / 3 * 100;
    case CLASS_SPACE:
        return n <= 1 ? 0 : 100 + n / 80 * 100; /* one space belongs to the word after it */
    case CLASS_NEWLINE:
        return 100;
    case CLASS_PUNCT:
        return n <= 2 ? 100 : 100 + (n - 2) * 30;
    case CLASS_ACCENT:
        return n * 45;
    case CLASS_CYRILLIC:
        return 40 + n * 23;
    case CLASS_HAN:
        return n * 70;
    case CLASS_KANA:
        return n * 78;
    case CLASS_HANGUL:
        return n * 65;
    case CLASS_INDIC:
        return n * 34;
    case CLASS_EMOJI:
        return n * 160;
    case CLASS_OTHER:
        break;
    }
    return n * 100;
}

/* A capital opens the word of small letters after it; several capitals give it the last. */
static int64_t tokens_run(enum class class, int64_t n, enum class next)
{
    if (class != CLASS_UPPER || next != CLASS_LOWER)
        return tokens_weight(class, n);
    return n > 1 ? tokens_weight(CLASS_UPPER, n - 1) : 0;
}

/* A line end after punctuation is part of its token: `;\n`, `{\n`. */
static bool tokens_is_swallowed(enum class class, enum class before)
{
    return class == CLASS_NEWLINE && before == CLASS_PUNCT;
}

int64_t tokens_estimate(const char *s, size_t n)
{
    int64_t sum = 0, run = 0;
    enum class class = CLASS_SPACE, before = CLASS_SPACE;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(s + i, n - i, &cp);
        enum class next = tokens_class(cp);
        if (next == class) {
            run++;
            continue;
        }
        sum += run && !tokens_is_swallowed(class, before) ? tokens_run(class, run, next) : 0;
        before = class;
        class = next;
        run = 1;
    }
    sum += run ? tokens_run(class, run, CLASS_OTHER) : 0;
    return (sum + 99) / 100;
}

#define TOKENS_RATIO_MIN 0.25
#define TOKENS_RATIO_MAX 4.0
#define TOKENS_SAMPLE_MIN 200 /* tokens: below, fixed overheads drown the ratio */

int64_t tokens_scale(const struct tokens_ratio *r, int64_t estimate)
{
    double ratio = r && r->ratio > 0 ? r->ratio : 1;
    return (int64_t)((double)estimate * ratio + 0.5);
}

/* The first sample counts in full, later ones less and less, down to a fifth. */
void tokens_learn(struct tokens_ratio *r, int64_t estimate, int64_t reported)
{
    if (estimate < TOKENS_SAMPLE_MIN || reported <= 0)
        return;
    double seen = (double)reported / (double)estimate;
    seen = seen < TOKENS_RATIO_MIN ? TOKENS_RATIO_MIN : MIN(seen, TOKENS_RATIO_MAX);
    double weight = r->samples >= 4 ? 0.2 : 1.0 / (double)(r->samples + 1);
    double old = r->ratio > 0 ? r->ratio : 1;
    r->ratio = old + (seen - old) * weight;
    r->samples++;
}
