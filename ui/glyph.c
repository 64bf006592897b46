#include "ui/glyph.h"

static bool use_ascii;

void glyph_use_ascii(bool on)
{
    use_ascii = on;
}

bool glyph_is_ascii(void)
{
    return use_ascii;
}

const char *glyph(enum glyph g)
{
    static const char *const signs[][2] = {
#define G(name, utf8, ascii) {utf8, ascii},
        GLYPH_LIST(G)
#undef G
    };
    return signs[g][use_ascii];
}
