#include "ui/views/sample.h"

#include <string.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/diff_view.h"
#include "ui/views/markdown.h"

static const char diff[] = "@@ -5,3 +5,3 @@\n"
                           " {\n"
                           "-    while (*p == ' ')\n"
                           "+    while (isspace((unsigned char)*p))\n"
                           "         p++; /* the next word */\n";

static void sample_words(struct text_rows *out, const char *text, int width)
{
    struct markdown m = {0};
    AUTO(line) line = {0};
    struct wrap w = {.width = width};
    markdown_line(&m, text, strlen(text), &line, &w);
    text_rows_wrap(out, &line, &w);
}

static void sample_signs(struct text_rows *out, int width)
{
    AUTO(line) line = {0};
    static const struct {
        style s;
        enum glyph g;
        const char *text;
    } signs[] = {
        {ROLE_GOOD, GLYPH_DONE, "done"},
        {ROLE_TREE_ACTIVE, GLYPH_SPIN_0, "at work"},
        {ROLE_TREE_PENDING, GLYPH_PENDING, "to do"},
        {ROLE_BAD, GLYPH_FAILED, "failed"},
        {ROLE_WARN, GLYPH_WARN, "look here"},
        {ROLE_HEADER_MODE, GLYPH_DOT, "formal"},
    };
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        line_adds(&line, ROLE_TEXT, i ? "  " : "");
        line_adds(&line, signs[i].s, glyph(signs[i].g));
        line_adds(&line, ROLE_TEXT, " ");
        line_adds(&line, signs[i].s, signs[i].text);
    }
    text_rows_wrap(out, &line, &(struct wrap){.width = width});
}

void sample_draw(struct canvas *c, struct area a)
{
    AUTO(text_rows) rows = {0};
    int width = MAX(1, a.cols - 2);
    AUTO(line) said = {0};
    line_adds(&said, ROLE_USER, glyph(GLYPH_EDGE));
    line_adds(&said, ROLE_USER, " skip every white space");
    struct wrap band = {.width = width, .surface = ROLE_BAND};
    text_rows_wrap(&rows, &(struct line){0}, &(struct wrap){.width = width});
    text_rows_wrap(&rows, &said, &band);
    text_rows_wrap(&rows, &(struct line){0}, &(struct wrap){.width = width});
    sample_words(&rows, "## What changed", width);
    sample_words(
        &rows, "`skip()` takes **every** white space, see [the page](https://example.org).", width);
    text_rows_wrap(&rows, &(struct line){0}, &(struct wrap){.width = width});
    diff_view_rows(diff, "parser.c", 2, width, 0, &rows);
    text_rows_wrap(&rows, &(struct line){0}, &(struct wrap){.width = width});
    sample_signs(&rows, width);
    int n = MIN((int)rows.rows.len, a.rows);
    struct area in = {a.row + a.rows - n, a.col + 1, n, width};
    canvas_fill(c, (struct area){in.row, a.col, n, a.cols}, ROLE_TEXT);
    for (int i = 0; i < n; i++)
        text_rows_paint(&rows, (size_t)i, c, in, i, 0);
}
