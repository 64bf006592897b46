#include "ui/views/keyrow.h"

#include <string.h>

#include "base/mem.h"
#include "ui/input/input.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"

static bool keyrow_add(const struct key *k, const char *hint, struct canvas *c, struct area a,
                       int *col)
{
    char label[32];
    keys_label(k->name, label, sizeof label);
    int need = cluster_str_width(label, strlen(label)) + 1 + cluster_str_width(hint, strlen(hint));
    int gap = *col > 0 ? 3 : 0;
    if (*col + gap + need > a.cols)
        return false;
    if (gap)
        canvas_put(c, a, 0, *col + 1, ROLE_BORDER, glyph(GLYPH_DOT), -1);
    *col = canvas_put(c, a, 0, *col + gap, ROLE_KEY, label, -1);
    *col = canvas_put(c, a, 0, *col + 1, ROLE_HINT, hint, -1);
    return true;
}

static void keyrow_hints(const struct keyrow *r, enum context context, struct canvas *c,
                         struct area a, int *col)
{
    for (const struct key *k = keys; k->name; k++) {
        if (k->context != context || !k->hint)
            continue;
        bool escape = context == CONTEXT_DIALOG && strcmp(k->name, "Esc") == 0;
        if ((escape && !r->escape) || (k->action == ACTION_DIALOG_NOTE && !r->notes))
            continue;
        if (!keyrow_add(k, escape ? r->escape : k->hint, c, a, col))
            return;
    }
}

void keyrow_draw(const struct keyrow *k, struct canvas *c, struct area a)
{
    if (a.rows < 1)
        return;
    if (k->asking) {
        canvas_put_fit(c, a, 0, 0, a.cols, ROLE_HINT, ROLE_HINT,
                       "Enter done, Esc cancel; your draft is kept");
        return;
    }
    if (k->toast) {
        canvas_put_fit(c, a, 0, 0, a.cols, ROLE_TOAST, ROLE_TOAST, k->toast);
        return;
    }
    if (k->waiting) {
        AUTO_FREE char *words = mem_printf("Ctrl-T answers: %s", k->waiting);
        canvas_put_fit(c, a, 0, 0, a.cols, ROLE_WARN, ROLE_WARN, words);
        return;
    }
    int col = canvas_put(c, a, 0, 0, ROLE_MUTED, input_vi_mode(), -1);
    keyrow_hints(k, k->context, c, a, &col);
    if (k->context != CONTEXT_HELP && k->context != CONTEXT_DIALOG && k->context != CONTEXT_MENU)
        keyrow_hints(k, CONTEXT_GLOBAL, c, a, &col);
}
