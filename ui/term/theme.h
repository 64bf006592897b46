/*
 * theme - how each role looks. Roles are roles.def; a theme is a YAML file of overrides:
 *
 *   heading: {fg: "#7aa2f7", bold: true}
 *
 * A colour is "#rrggbb", a number 0-255, "default", or a name: black red green yellow blue
 * magenta cyan white, each also as bright-NAME. fg256 and bg256 choose one of 256 by hand, where
 * the nearest would not do. `inherit: NAME` starts from another theme.
 * Colours stay RGB here; screen.c fits them to the terminal.
 */
#ifndef UI_THEME_H
#define UI_THEME_H

#include "base/error.h"
#include "ui/term/canvas.h"

enum role {
#define ROLE(NAME, name, fallback, help) ROLE_##NAME,
#include "ui/term/roles.def"
#undef ROLE
    ROLE_COUNT
};

enum { COLOR_UNSET = -2, COLOR_DEFAULT = -1 }; /* else 0xRRGGBB, or COLOR_INDEX | 0-255 */
#define COLOR_INDEX (1 << 24)

struct look {
    int32_t fg, bg;
    int16_t fg256, bg256; /* in their place where there are 256 colours; -1: the nearest */
    uint16_t attrs;       /* ATTR_* */
};

struct theme {
    char name[64];
    struct look looks[ROLE_COUNT]; /* complete: fallbacks are resolved */
};

/*
 * Load a theme by name: themes_dir/NAME.yaml (NULL or missing is fine), then the shipped
 * ones. ERR_NOT_FOUND lists the names there are; ERR_CONFIG starts with file:line.
 */
NODISCARD bool theme_load(struct theme *t, const char *name, const char *themes_dir,
                          struct error *e);

/* Call fn for every theme name, shipped ones first. */
void theme_each(const char *themes_dir, void (*fn)(void *arg, const char *name), void *arg);

#endif
