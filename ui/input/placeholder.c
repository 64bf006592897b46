#include "ui/input/placeholder.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define BYTES_MAX 2048
#define LINES_MAX 20

struct placeholder {
    char *label, *text;
};

static VEC(struct placeholder) folded;

char *placeholder_fold(const char *s, size_t n)
{
    assert(s);
    size_t lines = 1;
    for (size_t i = 0; i + 1 < n; i++)
        lines += s[i] == '\n';
    if (n <= BYTES_MAX && lines <= LINES_MAX)
        return NULL;
    struct placeholder c = {.text = mem_strndup(s, n)};
    if (lines > 1)
        c.label = mem_printf("[paste %zu: %zu lines]", folded.len + 1, lines);
    else
        c.label = mem_printf("[paste %zu: %zu bytes]", folded.len + 1, n);
    VEC_PUSH(&folded, c);
    return mem_strdup(c.label);
}

static const struct placeholder *placeholder_at(const char *s)
{
    for (size_t i = 0; i < folded.len; i++)
        if (strncmp(s, folded.ptr[i].label, strlen(folded.ptr[i].label)) == 0)
            return &folded.ptr[i];
    return NULL;
}

size_t placeholder_match(const char *s)
{
    const struct placeholder *c = *s == '[' ? placeholder_at(s) : NULL;
    return c ? strlen(c->label) : 0;
}

char *placeholder_expand(const char *text)
{
    assert(text);
    struct buf out = {0};
    while (*text) {
        const struct placeholder *c = *text == '[' ? placeholder_at(text) : NULL;
        if (c) {
            buf_adds(&out, c->text);
            text += strlen(c->label);
        } else {
            buf_addc(&out, *text++);
        }
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
