#include "ui/term/glyph.h"

#include <assert.h>
#include <langinfo.h>
#include <string.h>

static bool use_ascii;

void glyph_choose(void)
{
    const char *ascii = getenv("MIEN_ASCII");
    use_ascii = (ascii && strcmp(ascii, "1") == 0) || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

const char *glyph(enum glyph g)
{
    assert(g < GLYPH_COUNT);
    static const char *const signs[][2] = {
#define G(name, utf8, ascii) {utf8, ascii},
        GLYPH_LIST(G)
#undef G
    };
    return signs[g][use_ascii];
}
