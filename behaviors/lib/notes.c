#include "behaviors/lib/notes.h"

#include <string.h>

#include "base/mem.h"
#include "base/sanitize.h"

const char *notes_tail(const char *text, size_t n, size_t max)
{
    if (n <= max)
        return text;
    const char *from = text + n - max, *entry = strstr(from, "\n## ");
    if (entry)
        return entry + 1;
    while (*from && ((unsigned char)*from & 0xc0) == 0x80)
        from++;
    return from;
}

void notes_show(const struct buf *text, size_t max, struct buf *out)
{
    if (text->len == 0)
        return;
    const char *tail = notes_tail(text->ptr, text->len, max);
    AUTO_FREE char *clean = sanitize_text(tail, 0);
    size_t n = strlen(clean);
    while (n > 0 && strchr(" \n-", clean[n - 1]))
        n--;
    if (n > 0)
        buf_addf(out, "%s## Previous Context (from workspace task notes)\n\n%s%.*s",
                 out->len ? "\n\n" : "", tail > text->ptr ? "(older entries left out)\n\n" : "",
                 (int)n, clean);
}
