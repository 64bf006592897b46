#include "base/text.h"

#include <string.h>

#include "base/mem.h"
#include "base/sanitize.h"

bool text_is_blank(const char *s)
{
    return !s || s[strspn(s, " \t\r\n")] == '\0';
}

char *text_line(const char *s, size_t n)
{
    AUTO_FREE char *part = mem_strndup(s, n);
    char *line = sanitize_text(part, SANITIZE_ONE_LINE);
    size_t from = strspn(line, " "), len = strlen(line);
    while (len > from && line[len - 1] == ' ')
        len--;
    memmove(line, line + from, len - from);
    line[len - from] = '\0';
    return line;
}

void text_add_quoted(struct buf *out, const char *s)
{
    buf_addc(out, '\'');
    for (; *s; s++)
        if (*s == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *s);
    buf_addc(out, '\'');
}

bool text_is_one_of(const char *word, const char *set)
{
    size_t len = strlen(word);
    for (const char *p = set; len && *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == len && strncmp(p, word, len) == 0)
            return true;
    return false;
}

const char *text_next_place(const char *text, size_t *n)
{
    for (const char *p = strchr(text, '{'); p; p = strchr(p + 1, '{')) {
        size_t name = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_");
        *n = name + 2;
        if (name && p[name + 1] == '}')
            return p;
    }
    return NULL;
}

static const char *place_value(const struct text_place *places, const char *p, size_t n)
{
    for (; places->name; places++)
        if (strlen(places->name) == n - 2 && memcmp(places->name, p + 1, n - 2) == 0)
            return places->value;
    return NULL;
}

void text_fill(struct buf *out, const char *text, const struct text_place *places)
{
    size_t n;
    for (const char *p; (p = text_next_place(text, &n)); text = p + n) {
        const char *value = place_value(places, p, n);
        buf_add(out, text, (size_t)(p - text));
        if (value)
            buf_adds(out, value);
        else
            buf_add(out, p, n);
    }
    buf_adds(out, text);
}
