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

bool text_is_one_of(const char *word, const char *set)
{
    size_t len = strlen(word);
    for (const char *p = set; len && *p; p += strcspn(p, "|"), p += *p == '|')
        if (strcspn(p, "|") == len && strncmp(p, word, len) == 0)
            return true;
    return false;
}
