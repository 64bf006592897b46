#include "ui/views/item_layout.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/format.h"

#define LINE_CUT 8192        /* an endless line is frozen in pieces of this size */
#define REPORT_INDENT_MAX 32 /* columns */
#define TAIL_LINES 3         /* of a running or failed tool */
#define SHORT_LINES 2        /* an output so short is shown unfolded */

static bool item_is_blank(const char *s, size_t n)
{
    while (n > 0 && (*s == ' ' || *s == '\t'))
        s++, n--;
    return n == 0;
}

static void item_emit(struct item *it, const struct line *line, struct wrap w)
{
    text_rows_wrap(&it->rows.wrapped, line, &w);
}

/* One line of prefix and text; continuation rows stand under the text. */
static void item_simple(struct item *it, style mark, const char *sign, style s, const char *text,
                        size_t n, bool hard)
{
    AUTO(line) line = {0};
    line_adds(&line, mark, sign);
    int indent = cluster_str_width(sign, strlen(sign));
    line_add(&line, s, text, n);
    item_emit(it, &line, (struct wrap){.width = it->rows.width, .indent = indent, .hard = hard});
}

/* Every line of a text with the same look; the sign stands before the first only. */
static void item_lines(struct item *it, style mark, const char *sign, style s, const char *text,
                       size_t n, bool hard)
{
    static const char blanks[] = "        ";
    int indent = cluster_str_width(sign, strlen(sign));
    const char *prefix = sign;
    while (n > 0) {
        const char *nl = memchr(text, '\n', n);
        size_t len = nl ? (size_t)(nl - text) : n;
        item_simple(it, mark, prefix, s, text, len, hard);
        prefix = blanks + sizeof blanks - 1 - MIN(indent, (int)sizeof blanks - 1);
        text += len + (nl != NULL);
        n -= len + (nl != NULL);
    }
}

static void item_markdown_line(struct item *it, struct markdown *m, const char *s, size_t n)
{
    if (!m->fence && item_is_blank(s, n)) {
        it->rows.blank_pending = it->rows.wrapped.rows.len > 0;
        return;
    }
    AUTO(line) line = {0};
    struct wrap w = {.width = it->rows.width};
    if (it->rows.blank_pending)
        item_emit(it, &line, w);
    it->rows.blank_pending = false;
    markdown_line(m, s, n, &line, &w);
    item_emit(it, &line, w);
}

/* Length of the next piece that will not change any more, or 0. */
static size_t item_frozen_piece(const char *s, size_t n)
{
    const char *nl = memchr(s, '\n', n);
    if (nl)
        return (size_t)(nl - s) + 1;
    if (n <= LINE_CUT)
        return 0;
    const char *space = memrchr(s, ' ', LINE_CUT);
    return space && space > s ? (size_t)(space - s) + 1 : utf8_cut(s, n, LINE_CUT);
}

static void item_text(struct item *it)
{
    struct item_rows *r = &it->rows;
    text_rows_cut(&r->wrapped, r->frozen_rows);
    const char *s = buf_cstr(&it->text);
    size_t piece;
    while ((piece = item_frozen_piece(s + r->frozen_bytes, it->text.len - r->frozen_bytes)) > 0) {
        const char *at = s + r->frozen_bytes;
        item_markdown_line(it, &r->markdown, at, piece - (at[piece - 1] == '\n'));
        r->frozen_bytes += piece;
        r->frozen_rows = r->wrapped.rows.len;
    }
    struct markdown m = r->markdown;
    bool blank = r->blank_pending;
    if (r->frozen_bytes < it->text.len)
        item_markdown_line(it, &m, s + r->frozen_bytes, it->text.len - r->frozen_bytes);
    r->blank_pending = blank;
}

static size_t item_count_lines(const struct buf *b)
{
    size_t lines = 0;
    for (size_t i = 0; i < b->len; i++)
        lines += b->ptr[i] == '\n';
    return lines + (b->len > 0 && b->ptr[b->len - 1] != '\n');
}

/* Where the last `count` lines begin. */
static size_t item_tail(const struct buf *b, size_t count)
{
    size_t at = b->len;
    if (at > 0 && b->ptr[at - 1] == '\n')
        at--;
    while (at > 0 && (b->ptr[at - 1] != '\n' || --count > 0))
        at--;
    return at;
}

static void item_fold_note(struct item *it, size_t lines)
{
    AUTO_FREE char *note =
        mem_printf("  %s %zu line%s (Ctrl-O)", glyph(GLYPH_ELLIPSIS), lines, lines == 1 ? "" : "s");
    item_simple(it, ROLE_MUTED, "", ROLE_MUTED, note, strlen(note), false);
}

static void item_reasoning(struct item *it)
{
    size_t lines = item_count_lines(&it->text);
    char took[FORMAT_SIZE];
    AUTO(buf) head = {0};
    buf_addf(&head, "%s %s", glyph(GLYPH_INFO), it->done ? "thought" : "thinking");
    if (it->done && it->ms >= 1000)
        buf_addf(&head, " for %s", format_seconds(it->ms, took));
    if (it->done)
        buf_addf(&head, ", %zu line%s (Ctrl-O)", lines, lines == 1 ? "" : "s");
    else
        buf_adds(&head, glyph(GLYPH_ELLIPSIS));
    item_simple(it, ROLE_REASONING, "", ROLE_REASONING, head.ptr, head.len, false);
    if (it->unfolded)
        item_lines(it, ROLE_MUTED, "  ", ROLE_REASONING, buf_cstr(&it->text), it->text.len, false);
    if (it->unfolded || it->done)
        return;
    size_t from = item_tail(&it->text, TAIL_LINES);
    item_lines(it, ROLE_MUTED, "  ", ROLE_REASONING, buf_cstr(&it->text) + from,
               it->text.len - from, false);
    if (it->rows.wrapped.rows.len > 1 + TAIL_LINES) { /* one long line: its end is what counts */
        AUTO(buf) tail = {0};
        for (size_t i = it->rows.wrapped.rows.len - TAIL_LINES; i < it->rows.wrapped.rows.len;
             i++) {
            text_rows_text(&it->rows.wrapped, i, &tail);
            buf_addc(&tail, '\n');
        }
        text_rows_cut(&it->rows.wrapped, 1);
        item_lines(it, ROLE_MUTED, "", ROLE_REASONING, buf_cstr(&tail), tail.len, true);
    }
}

static void item_tool_right(const struct item *it, struct line *right)
{
    char took[FORMAT_SIZE];
    if (it->diff) {
        AUTO_FREE char *plus = mem_printf("+%d", it->added);
        AUTO_FREE char *minus = mem_printf(" %s%d", glyph(GLYPH_MINUS), it->removed);
        line_adds(right, ROLE_DIFF_ADD, plus);
        line_adds(right, ROLE_DIFF_DEL, minus);
    } else if (it->outcome && *it->outcome) {
        size_t room = (size_t)MAX(8, it->rows.width / 2);
        size_t n = cluster_fit(it->outcome, strlen(it->outcome), (int)room);
        line_add(right, it->ok ? ROLE_TOOL_RESULT : ROLE_BAD, it->outcome, n);
        if (it->outcome[n])
            line_adds(right, ROLE_MUTED, glyph(GLYPH_ELLIPSIS));
    } else if (it->done && !it->ok) {
        line_adds(right, ROLE_BAD, "failed");
    }
    if (it->done && it->ms >= 100) {
        line_adds(right, ROLE_MUTED, right->text.len > 0 ? " " : "");
        line_adds(right, ROLE_MUTED, format_duration(it->ms, took));
    } else if (!it->done) {
        line_adds(right, ROLE_ACCENT, "running");
    }
}

/* "⚙ run_bash  make test                exit 2 1.2s": one row, both ends kept. */
static void item_tool_head(struct item *it)
{
    AUTO(line) head = {0};
    AUTO(line) right = {0};
    item_tool_right(it, &right);
    int right_cols = cluster_str_width(buf_cstr(&right.text), right.text.len);
    style mark = it->done && !it->ok ? ROLE_BAD : ROLE_TOOL;
    bool writes = it->diff || strstr(it->name, "write") || strstr(it->name, "edit") ||
                  strstr(it->name, "patch");
    line_adds(&head, mark, glyph(writes ? GLYPH_WRITE : GLYPH_TOOL));
    line_adds(&head, ROLE_TEXT, " ");
    line_adds(&head, ROLE_TOOL, it->name);
    line_adds(&head, ROLE_TEXT, "  ");
    int used = line_cols(&head);
    int room = it->rows.width - used - right_cols - (right_cols > 0);
    const char *args = it->summary ? it->summary : "";
    size_t all = strlen(args);
    size_t n = cluster_fit(args, all, MAX(0, room));
    if (n < all)
        n = cluster_fit(args, all, MAX(0, room - 1));
    line_add(&head, ROLE_TOOL_ARGS, args, n);
    if (n < all && room > 0)
        line_adds(&head, ROLE_MUTED, glyph(GLYPH_ELLIPSIS));
    used = line_cols(&head);
    for (; used + right_cols < it->rows.width; used++)
        line_adds(&head, ROLE_TEXT, " ");
    line_join(&head, &right);
    item_emit(it, &head, (struct wrap){.width = it->rows.width, .indent = 2});
}

static style item_diff_role(const char *s, size_t n)
{
    if (n >= 3 && (memcmp(s, "+++", 3) == 0 || memcmp(s, "---", 3) == 0))
        return ROLE_MUTED;
    switch (n > 0 ? *s : ' ') {
    case '+':
        return ROLE_DIFF_ADD;
    case '-':
        return ROLE_DIFF_DEL;
    case '@':
        return ROLE_DIFF_HUNK;
    default:
        return ROLE_TOOL_OUTPUT;
    }
}

static void item_diff(struct item *it)
{
    for (const char *s = it->diff; *s;) {
        size_t n = strcspn(s, "\n");
        item_simple(it, ROLE_TEXT, "  ", item_diff_role(s, n), s, n, true);
        s += n + (s[n] == '\n');
    }
}

static void item_tool(struct item *it)
{
    item_tool_head(it);
    size_t lines = item_count_lines(&it->text);
    const char *s = buf_cstr(&it->text);
    if (it->unfolded && it->done) {
        if (it->diff)
            item_diff(it);
        item_lines(it, ROLE_TEXT, "  ", ROLE_TOOL_OUTPUT, s, it->text.len, true);
        return;
    }
    size_t shown = !it->done || !it->ok ? TAIL_LINES : lines <= SHORT_LINES ? lines : 0;
    size_t from = shown >= lines ? 0 : item_tail(&it->text, shown);
    if (shown < lines)
        item_fold_note(it, lines - shown);
    if (shown > 0)
        item_lines(it, ROLE_TEXT, "  ", ROLE_TOOL_OUTPUT, s + from, it->text.len - from, true);
}

static void item_result(struct item *it)
{
    style s = it->ok ? ROLE_GOOD : strcmp(it->name, "cancelled") == 0 ? ROLE_WARN : ROLE_BAD;
    AUTO(line) line = {0};
    line_adds(&line, s, glyph(it->ok ? GLYPH_DONE : GLYPH_FAILED));
    line_adds(&line, s, " ");
    line_adds(&line, STYLE_ATTR(s, ATTR_BOLD), it->name);
    line_adds(&line, ROLE_MUTED, "  ");
    line_adds(&line, ROLE_MUTED, it->summary);
    item_emit(it, &line, (struct wrap){.width = it->rows.width, .indent = 2});
    item_lines(it, ROLE_TEXT, "  ", ROLE_TEXT, buf_cstr(&it->text), it->text.len, false);
}

/* What does not fit goes on below the last column of a table's line, as far as there is room, or
 * two beyond the line's own beginning. */
static int report_indent(const char *s, size_t n, int width)
{
    size_t at = 0;
    while (at < n && s[at] == ' ')
        at++;
    int indent = (int)at + 2;
    while (at + 2 < n) {
        const char *gap = memmem(s + at, n - at, "  ", 2);
        if (!gap)
            break;
        at = (size_t)(gap - s);
        while (at < n && s[at] == ' ')
            at++;
        int column = cluster_str_width(s, at);
        if (at < n && column <= MIN(width / 2, REPORT_INDENT_MAX))
            indent = column;
    }
    return indent;
}

static void item_report(struct item *it)
{
    AUTO(line) line = {0};
    line_adds(&line, ROLE_HEADING, it->name ? it->name : "report");
    item_emit(it, &line, (struct wrap){.width = it->rows.width});
    const char *s = buf_cstr(&it->text);
    for (size_t left = it->text.len; left > 0;) {
        size_t n = strcspn(s, "\n");
        AUTO(line) row = {0};
        line_add(&row, ROLE_TEXT, s, n);
        int indent = report_indent(s, n, it->rows.width);
        item_emit(it, &row, (struct wrap){.width = it->rows.width, .indent = indent});
        n += n < left;
        s += n;
        left -= n;
    }
}

static void item_compact(struct item *it)
{
    AUTO(line) line = {0};
    AUTO_FREE char *mark = mem_printf("%s ", glyph(GLYPH_INFO));
    line_adds(&line, ROLE_NOTICE, mark);
    line_adds(&line, ROLE_NOTICE, it->summary);
    if (it->text.len > 0 && !it->unfolded) {
        AUTO_FREE char *more = mem_printf(" %s summary (Ctrl-O)", glyph(GLYPH_ELLIPSIS));
        line_adds(&line, ROLE_MUTED, more);
    }
    item_emit(it, &line, (struct wrap){.width = it->rows.width, .indent = 2});
    if (it->unfolded)
        item_lines(it, ROLE_MUTED, "  ", ROLE_TEXT, buf_cstr(&it->text), it->text.len, false);
}

static void item_user(struct item *it)
{
    item_lines(it, ROLE_USER, "> ", ROLE_USER, buf_cstr(&it->text), it->text.len, false);
    const char *how = it->name ? it->name : "goal";
    if (strcmp(how, "steer") == 0 || strcmp(how, "queued") == 0) {
        const char *note = *how == 's' ? "  (told the running agent)" : "  (waits for its turn)";
        item_simple(it, ROLE_MUTED, "", ROLE_MUTED, note, strlen(note), false);
    }
}

static void item_signed(struct item *it, style s, enum glyph sign)
{
    AUTO_FREE char *mark = mem_printf("%s ", glyph(sign));
    AUTO(buf) text = {0};
    bool named = it->name && *it->name && (it->kind == ITEM_ERROR || it->kind == ITEM_WARN);
    if (named)
        buf_addf(&text, "%s: ", it->name);
    buf_add(&text, buf_cstr(&it->text), it->text.len);
    item_lines(it, s, mark, s, buf_cstr(&text), text.len, false);
}

static void item_build(struct item *it)
{
    switch (it->kind) {
    case ITEM_USER:
        item_user(it);
        break;
    case ITEM_TEXT:
        item_text(it);
        break;
    case ITEM_REASONING:
        item_reasoning(it);
        break;
    case ITEM_TOOL:
        item_tool(it);
        break;
    case ITEM_COMPACT:
        item_compact(it);
        break;
    case ITEM_NOTICE:
        item_signed(it, ROLE_NOTICE, GLYPH_INFO);
        break;
    case ITEM_WARN:
    case ITEM_LOOP:
        item_signed(it, ROLE_WARN, GLYPH_WARN);
        break;
    case ITEM_ERROR:
        item_signed(it, ROLE_BAD, GLYPH_FAILED);
        break;
    case ITEM_REPORT:
        item_report(it);
        break;
    case ITEM_RESULT:
        item_result(it);
        break;
    }
}

void item_layout(struct item *it, int width)
{
    assert(it && width >= 1);
    struct item_rows *r = &it->rows;
    bool same = r->valid && r->width == width && r->version == it->version;
    if (same && r->seen_bytes == it->text.len)
        return;
    if (!same || it->kind != ITEM_TEXT) {
        text_rows_cut(&r->wrapped, 0);
        *r = (struct item_rows){.wrapped = r->wrapped, .width = width, .markdown = it->start};
    }
    r->valid = true;
    r->version = it->version;
    item_build(it);
    r->seen_bytes = it->text.len;
}

bool item_is_foldable(const struct item *it)
{
    if (it->kind == ITEM_REASONING || (it->kind == ITEM_COMPACT && it->text.len > 0))
        return true;
    return it->kind == ITEM_TOOL && it->done && (it->diff || item_count_lines(&it->text) > 0);
}

void item_layout_drop(struct item *it)
{
    text_rows_fini(&it->rows.wrapped);
    it->rows = (struct item_rows){0};
}
