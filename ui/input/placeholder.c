#include "ui/input/placeholder.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

#define BYTES_MAX 2048
#define LINES_MAX 20
#define CHAR_BYTES 4
#define SAVED_MARK '\x1e' /* about a saved paste; no line holds a control character */

struct placeholder {
    char *label, *text;
};

static VEC(struct placeholder) folded;

static char *placeholder_keep(const char *s, size_t n, size_t lines)
{
    struct placeholder c = {.text = mem_strndup(s, n)};
    if (lines > 1)
        c.label = mem_printf("[paste %zu: %zu lines]", folded.len + 1, lines);
    else
        c.label = mem_printf("[paste %zu: %zu bytes]", folded.len + 1, n);
    uint32_t at = PLACEHOLDER_FIRST + (uint32_t)folded.len;
    VEC_PUSH(&folded, c);
    return mem_printf("%c%c%c%c", (int)(0xf0 | at >> 18), (int)(0x80 | (at >> 12 & 0x3f)),
                      (int)(0x80 | (at >> 6 & 0x3f)), (int)(0x80 | (at & 0x3f)));
}

static size_t placeholder_lines(const char *s, size_t n)
{
    size_t lines = 1;
    for (size_t i = 0; i + 1 < n; i++)
        lines += s[i] == '\n';
    return lines;
}

char *placeholder_fold(const char *s, size_t n)
{
    assert(s);
    size_t lines = placeholder_lines(s, n);
    if ((n <= BYTES_MAX && lines <= LINES_MAX) || folded.len >= PLACEHOLDER_MAX)
        return NULL;
    return placeholder_keep(s, n, lines);
}

static const struct placeholder *placeholder_at(const char *s)
{
    uint32_t c;
    if ((unsigned char)*s != 0xf4 || utf8_decode(s, strnlen(s, CHAR_BYTES), &c) != CHAR_BYTES)
        return NULL;
    bool ours = c >= PLACEHOLDER_FIRST && c - PLACEHOLDER_FIRST < folded.len;
    return ours ? &folded.ptr[c - PLACEHOLDER_FIRST] : NULL;
}

const char *placeholder_label(const char *s, size_t *bytes)
{
    const struct placeholder *c = placeholder_at(s);
    *bytes = c ? CHAR_BYTES : 0;
    return c ? c->label : NULL;
}

static char *placeholder_replace(const char *text, const char *mark)
{
    struct buf out = {0};
    for (size_t n; *text; text += n) {
        const struct placeholder *c = placeholder_at(text);
        n = c ? CHAR_BYTES : 1;
        if (c)
            buf_addf(&out, "%s%s%s", mark, c->text, mark);
        else
            buf_addc(&out, *text);
    }
    return buf_take(&out);
}

char *placeholder_expand(const char *text)
{
    assert(text);
    return placeholder_replace(text, "");
}

char *placeholder_save(const char *text)
{
    assert(text);
    return placeholder_replace(text, (char[]){SAVED_MARK, '\0'});
}

char *placeholder_load(const char *saved)
{
    assert(saved);
    struct buf out = {0};
    for (bool paste = false; *saved; paste = !paste) {
        size_t n = strcspn(saved, (char[]){SAVED_MARK, '\0'});
        AUTO_FREE char *chip = paste && folded.len < PLACEHOLDER_MAX
                                   ? placeholder_keep(saved, n, placeholder_lines(saved, n))
                                   : NULL;
        buf_add(&out, chip ? chip : saved, chip ? CHAR_BYTES : n);
        saved += n + (saved[n] == SAVED_MARK);
    }
    return buf_take(&out);
}

void placeholder_clear(void)
{
    for (size_t i = 0; i < folded.len; i++) {
        free(folded.ptr[i].label);
        free(folded.ptr[i].text);
    }
    VEC_FREE(&folded);
}
