/*
 * markdown - renders the model's words line by line, as they stream.
 *
 * Each source line becomes one styled line; what later lines need to know (an open code
 * fence) is in struct markdown. No text is ever lost: a mark that does not close stays
 * visible as it is.
 */
#ifndef UI_MARKDOWN_H
#define UI_MARKDOWN_H

#include "ui/views/syntax.h"

struct markdown {
    char fence; /* '`' or '~' inside a code block, else 0 */
    uint8_t fence_len;
    const struct syntax *syntax; /* of the block, or NULL */
    struct syntax_state code;
};

/* Render one source line (no newline in it) of n bytes into *out and say how to wrap it. */
void markdown_line(struct markdown *m, const char *s, size_t n, struct line *out, struct wrap *w);

/* The marks within a line: emphasis, code, links. base: the style of plain words. */
void markdown_inline(const char *s, size_t n, style base, struct line *out);

/* What stands in the last code block of a text; NULL: it has none. Caller frees. */
char *markdown_last_code(const char *text);

/* The state after a whole text, when it began with `start`. */
struct markdown markdown_after(struct markdown start, const char *s, size_t n);

#endif
