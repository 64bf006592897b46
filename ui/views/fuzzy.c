#include "ui/views/fuzzy.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define WHOLE 1000 /* the letters stand together */
#define START 400  /* at the beginning of it, or of the last part of a path */
#define WORD 20    /* a letter begins a word */
#define NEXT 10    /* a letter follows the one before */
#define LENGTH_MAX 200

static bool begins_word(const char *text, size_t at)
{
    return at == 0 || strchr("/._- ", text[at - 1]) ||
           (isupper((unsigned char)text[at]) && islower((unsigned char)text[at - 1]));
}

static void mark(uint64_t *marks, size_t from, size_t n)
{
    for (size_t i = from; marks && i < from + n && i < 64; i++)
        *marks |= (uint64_t)1 << i;
}

int fuzzy_score(const char *needle, const char *text, uint64_t *marks)
{
    assert(needle && text);
    if (marks)
        *marks = 0;
    size_t n = strlen(needle), len = strlen(text);
    if (n == 0)
        return 0;
    int brief = LENGTH_MAX - (int)MIN(len, (size_t)LENGTH_MAX);
    const char *slash = strrchr(text, '/'), *hit = NULL, *best = NULL;
    for (const char *from = text; (hit = strcasestr(from, needle)); from = hit + 1) {
        bool start = hit == text || (slash && hit == slash + 1);
        if (!best || start || begins_word(text, (size_t)(hit - text)))
            best = hit;
        if (start)
            break;
    }
    if (best) {
        bool start = best == text || (slash && best == slash + 1);
        mark(marks, (size_t)(best - text), n);
        return WHOLE + (start ? START : 0) + brief +
               (begins_word(text, (size_t)(best - text)) ? WORD : 0);
    }
    int score = brief;
    size_t at = 0, last = SIZE_MAX;
    for (size_t i = 0; i < n; i++, at++) {
        while (at < len && tolower((unsigned char)text[at]) != tolower((unsigned char)needle[i]))
            at++;
        if (at >= len)
            return -1;
        score += (begins_word(text, at) ? WORD : 0) + (last + 1 == at ? NEXT : 0);
        mark(marks, at, 1);
        last = at;
    }
    return score;
}
