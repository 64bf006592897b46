#include "llm/tokens.h"

#include "base/utf8.h"

/*
 * Weights are hundredths of a token. The text is cut as o200k's pattern cuts it (a word with
 * the space before it, digits by threes, punctuation runs, white space runs), and each piece
 * is weighed by its class and length; measured errors against o200k are in tests/unit.
 */
enum kind {
    KIND_LOWER,
    KIND_UPPER,
    KIND_DIGIT,
    KIND_SPACE,
    KIND_NEWLINE,
    KIND_PUNCT,
    KIND_ACCENT,
    KIND_CYRILLIC,
    KIND_HAN,
    KIND_KANA,
    KIND_HANGUL,
    KIND_INDIC,
    KIND_EMOJI,
    KIND_OTHER,
};

static const struct {
    uint32_t from, to;
    enum kind kind;
} tokens_ranges[] = {
    {0x80, 0xbf, KIND_OTHER},       {0xc0, 0x24f, KIND_ACCENT},    {0x370, 0x3ff, KIND_INDIC},
    {0x400, 0x52f, KIND_CYRILLIC},  {0x590, 0x6ff, KIND_CYRILLIC}, {0x900, 0xdff, KIND_INDIC},
    {0xe00, 0xeff, KIND_INDIC},     {0x2000, 0x2bff, KIND_OTHER},  {0x3000, 0x303f, KIND_HAN},
    {0x3040, 0x30ff, KIND_KANA},    {0x3100, 0x9fff, KIND_HAN},    {0xac00, 0xd7af, KIND_HANGUL},
    {0xf900, 0xfaff, KIND_HAN},     {0xfe00, 0xfe0f, KIND_OTHER},  {0xff00, 0xffef, KIND_HAN},
    {0x1f000, 0x1faff, KIND_EMOJI}, {0x20000, 0x3ffff, KIND_HAN},
};

static enum kind tokens_wide_kind(uint32_t cp)
{
    for (size_t i = 0; i < COUNT_OF(tokens_ranges); i++) {
        if (cp >= tokens_ranges[i].from && cp <= tokens_ranges[i].to)
            return tokens_ranges[i].kind;
    }
    return KIND_OTHER;
}

static enum kind tokens_kind(uint32_t cp)
{
    if (cp >= 0x80)
        return tokens_wide_kind(cp);
    if (cp >= 'a' && cp <= 'z')
        return KIND_LOWER;
    if (cp >= 'A' && cp <= 'Z')
        return KIND_UPPER;
    if (cp >= '0' && cp <= '9')
        return KIND_DIGIT;
    if (cp == '\n' || cp == '\r')
        return KIND_NEWLINE;
    return cp == ' ' || cp == '\t' ? KIND_SPACE : KIND_PUNCT;
}

/* Weight of a run of n characters of one class. */
static int64_t tokens_weight(enum kind kind, int64_t n)
{
    switch (kind) {
    case KIND_LOWER:
        return n <= 8 ? 100 : 100 + (n - 8) * 22;
    case KIND_UPPER:
        return n <= 2 ? 100 : 100 + (n - 2) * 35;
    case KIND_DIGIT:
        return (n + 2) / 3 * 100;
    case KIND_SPACE:
        return n <= 1 ? 0 : 100 + n / 80 * 100; /* one space belongs to the word after it */
    case KIND_NEWLINE:
        return 100;
    case KIND_PUNCT:
        return n <= 2 ? 100 : 100 + (n - 2) * 30;
    case KIND_ACCENT:
        return n * 45;
    case KIND_CYRILLIC:
        return 35 + n * 20;
    case KIND_HAN:
        return n * 70;
    case KIND_KANA:
        return n * 78;
    case KIND_HANGUL:
        return n * 65;
    case KIND_INDIC:
        return n * 34;
    case KIND_EMOJI:
        return n * 160;
    case KIND_OTHER:
        break;
    }
    return n * 100;
}

/* A capital opens the word of small letters after it; several capitals give it the last. */
static int64_t tokens_run(enum kind kind, int64_t n, enum kind next)
{
    if (kind != KIND_UPPER || next != KIND_LOWER)
        return tokens_weight(kind, n);
    return n > 1 ? tokens_weight(KIND_UPPER, n - 1) : 0;
}

/* A line end after punctuation is part of its token: `;\n`, `{\n`. */
static bool tokens_is_swallowed(enum kind kind, enum kind before)
{
    return kind == KIND_NEWLINE && before == KIND_PUNCT;
}

int64_t tokens_estimate(const char *s, size_t n)
{
    int64_t sum = 0, run = 0;
    enum kind kind = KIND_SPACE, before = KIND_SPACE;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(s + i, n - i, &cp);
        enum kind next = tokens_kind(cp);
        if (next == kind) {
            run++;
            continue;
        }
        sum += run && !tokens_is_swallowed(kind, before) ? tokens_run(kind, run, next) : 0;
        before = kind;
        kind = next;
        run = 1;
    }
    sum += run ? tokens_run(kind, run, KIND_OTHER) : 0;
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
