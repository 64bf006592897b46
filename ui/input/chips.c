#include "ui/input/chips.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define BYTES_MAX 2048
#define LINES_MAX 20

struct chip {
    char *label, *text;
};

static VEC(struct chip) chips;

static size_t chips_lines(const char *s, size_t n)
{
    size_t lines = 1;
    for (size_t i = 0; i + 1 < n; i++)
        lines += s[i] == '\n';
    return lines;
}

char *chips_fold(const char *s, size_t n)
{
    size_t lines = chips_lines(s, n);
    if (n <= BYTES_MAX && lines <= LINES_MAX)
        return NULL;
    struct chip c = {.text = mem_strndup(s, n)};
    if (lines > 1)
        c.label = mem_printf("[paste %zu: %zu lines]", chips.len + 1, lines);
    else
        c.label = mem_printf("[paste %zu: %zu bytes]", chips.len + 1, n);
    VEC_PUSH(&chips, c);
    return mem_strdup(c.label);
}

static const struct chip *chips_at(const char *s)
{
    for (size_t i = 0; i < chips.len; i++)
        if (strncmp(s, chips.ptr[i].label, strlen(chips.ptr[i].label)) == 0)
            return &chips.ptr[i];
    return NULL;
}

size_t chips_match(const char *s)
{
    const struct chip *c = *s == '[' ? chips_at(s) : NULL;
    return c ? strlen(c->label) : 0;
}

char *chips_expand(const char *text)
{
    struct buf out = {0};
    while (*text) {
        const struct chip *c = *text == '[' ? chips_at(text) : NULL;
        if (c) {
            buf_adds(&out, c->text);
            text += strlen(c->label);
        } else {
            buf_addc(&out, *text++);
        }
    }
    return buf_take(&out);
}

void chips_clear(void)
{
    for (size_t i = 0; i < chips.len; i++) {
        free(chips.ptr[i].label);
        free(chips.ptr[i].text);
    }
    VEC_FREE(&chips);
}
