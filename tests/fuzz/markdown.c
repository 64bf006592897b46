/* markdown and layout: no row is wider than asked, and a state after a text is that of its lines.
 */
#include "fuzz.h"

#include "base/sanitize.h"
#include "ui/views/markdown.h"

static void claim_rows(const struct text_rows *l, int width)
{
    for (size_t i = 0; i < l->rows.len; i++) {
        AUTO(buf) row = {0};
        text_rows_text(l, i, &row);
        int cols = cluster_str_width(buf_cstr(&row), row.len);
        /* In one column a wide character still has to stand somewhere. */
        CLAIM(cols <= MAX(width, 2), "%d columns in %d: \"%s\"", cols, width, buf_cstr(&row));
    }
}

static void paint(const struct text_rows *l, int width)
{
    struct canvas c;
    canvas_init(&c, 2, width);
    for (size_t i = 0; i < l->rows.len; i++)
        text_rows_paint(l, i, &c, canvas_area(&c), 0, 0);
    canvas_fini(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    fuzz_locale();
    int width = data[0] % 100 + 1;
    bool trusted = data[1] & 1; /* the caller cleans; what comes unclean must still not break */
    AUTO_FREE char *raw = fuzz_text(data + 2, size - 2);
    AUTO_FREE char *text = trusted ? mem_strdup(raw) : sanitize_text(raw, 0);
    struct markdown m = {0};
    AUTO(text_rows) l = {0};
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, "\n");
        AUTO(line) line = {0};
        struct wrap w = {.width = width};
        markdown_line(&m, s, n, &line, &w);
        CLAIM(line.text.len == line.styles.len, "a byte without a style");
        w.width = width;
        size_t before = l.rows.len;
        text_rows_wrap(&l, &line, &w);
        CLAIM(l.rows.len > before, "a line without a row");
        s += n + (s[n] == '\n');
    }
    claim_rows(&l, width);
    paint(&l, width);
    struct markdown after = markdown_after((struct markdown){0}, text, strlen(text));
    CLAIM(after.fence == m.fence && (!after.fence || after.fence_len == m.fence_len),
          "the state after a text is not that of its lines");
    text_rows_cut(&l, l.rows.len / 2);
    claim_rows(&l, width);
    return 0;
}
