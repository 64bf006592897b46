#include "behaviors/lib/notes.h"

#include <string.h>

#include "base/mem.h"

#define SHOWN 2000

char *notes_shown(const char *text, size_t n)
{
    const char *from = n > SHOWN ? text + n - SHOWN : text;
    const char *entry = from > text ? strstr(from, "\n## ") : NULL;
    if (n == 0)
        return NULL;
    while (((unsigned char)*from & 0xc0) == 0x80)
        from++;
    return mem_printf("## Previous Context (from workspace task notes)\n\n%s",
                      entry ? entry + 1 : from);
}
