#include "ui/views/keyrow.h"

#include <string.h>

#include "ui/input/input.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"

static bool keyrow_add(const struct key *k, struct canvas *c, struct area a, int *col)
{
    char label[32];
    keys_label(k->name, label, sizeof label);
    int need = cluster_str_width(label, strlen(label)) + 1 + (int)strlen(k->hint);
    int gap = *col > 0 ? 3 : 0;
    if (*col + gap + need > a.cols)
        return false;
    if (gap)
        canvas_put(c, a, 0, *col + 1, ROLE_BORDER, glyph(GLYPH_DOT), -1);
    *col = canvas_put(c, a, 0, *col + gap, ROLE_KEY, label, -1);
    *col = canvas_put(c, a, 0, *col + 1, ROLE_HINT, k->hint, -1);
    return true;
}

static void keyrow_hints(enum context context, struct canvas *c, struct area a, int *col)
{
    for (const struct key *k = keys; k->name; k++)
        if (k->context == context && k->hint && !keyrow_add(k, c, a, col))
            return;
}

void keyrow_draw(const struct keyrow *k, struct canvas *c, struct area a)
{
    if (a.rows < 1)
        return;
    if (k->asking) {
        canvas_put(c, a, 0, 0, ROLE_HINT, "Enter done, Esc cancel; your draft is kept", -1);
        return;
    }
    if (k->toast) {
        canvas_put(c, a, 0, 0, ROLE_TOAST, k->toast, -1);
        return;
    }
    if (k->waiting) {
        canvas_putf(c, a, 0, 0, ROLE_WARN, "waiting for you: %s  (Ctrl-T answers)", k->waiting);
        return;
    }
    int col = canvas_put(c, a, 0, 0, ROLE_MUTED, input_vi_mode(), -1);
    keyrow_hints(k->context, c, a, &col);
    if (k->context != CONTEXT_HELP && k->context != CONTEXT_DIALOG && k->context != CONTEXT_MENU)
        keyrow_hints(CONTEXT_GLOBAL, c, a, &col);
}
