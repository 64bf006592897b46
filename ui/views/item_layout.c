#include "ui/views/item_layout.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/diff_view.h"
#include "ui/views/format.h"
#include "ui/views/table.h"

#define PROSE_COLS 110       /* words are read in rows no longer than this */
#define WRITTEN_LEAST 40     /* bytes of a line that was broken for its length, */
#define WRITTEN_COLS 60      /* and of it with the next word, which did not fit */
#define LINE_CUT 8192        /* an endless line is frozen in pieces of this size */
#define REPORT_INDENT_MAX 32 /* columns */
#define DIFF_LINES 16        /* of a diff that is not unfolded */
#define GROUP_COLS 40        /* of what one call of a group is about */
#define TAIL_LINES 3         /* of a running or failed tool */
#define OWN_LINES 20         /* of a command of the user's own */
#define HEAD_LINES 3         /* of a failed one, and */
#define FAILED_LINES 5       /* its last ones */

static bool keyless;

void item_layout_keyless(bool on)
{
    keyless = on;
}

static const char *fold_key(void)
{
    return keyless ? "" : " (Ctrl-O)";
}

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
    struct wrap w = {.width = m->fence ? it->rows.width : MIN(it->rows.width, PROSE_COLS)};
    if (it->rows.blank_pending)
        item_emit(it, &line, w);
    it->rows.blank_pending = false;
    markdown_line(m, s, n, &line, &w);
    item_emit(it, &line, w);
}

/* Lines that go on with the first, as one. */
static void item_markdown_joined(struct item *it, struct markdown *m, const char *s, size_t n)
{
    if (m->fence || !memchr(s, '\n', n)) {
        item_markdown_line(it, m, s, n);
        return;
    }
    AUTO(buf) whole = {0};
    for (size_t i = 0; i < n; i++) {
        bool newline = s[i] == '\n';
        buf_addc(&whole, newline ? ' ' : s[i]);
        while (newline && i + 1 < n && s[i + 1] == ' ')
            i++;
    }
    item_markdown_line(it, m, buf_cstr(&whole), whole.len);
}

/* Does a line begin something of its own: not words that go on? */
static bool item_begins_block(const char *s, size_t n)
{
    size_t lead = strspn(s, " ");
    if (lead >= n || lead >= 4)
        return true;
    s += lead;
    n -= lead;
    size_t digits = strspn(s, "0123456789");
    return strchr("#>|`~", *s) || (strchr("-*+_=", *s) && (n < 2 || s[1] == ' ' || s[1] == *s)) ||
           (digits > 0 && digits + 1 < n && strchr(".)", s[digits]) && s[digits + 1] == ' ') ||
           memchr(s, '|', n);
}

/*
 * Bytes of the line at s with those that go on with it: where it was broken because the next word
 * would not have fitted into some 60 columns or more, whoever wrote it. *closed: what follows is
 * known not to go on with it. s ends with a NUL.
 */
static size_t item_paragraph(const char *s, size_t n, bool *closed)
{
    const char *nl = memchr(s, '\n', n);
    size_t len = nl ? (size_t)(nl - s) + 1 : n, line = len;
    size_t lead = strspn(s, " ");
    bool words = nl && lead < 4 && !strchr("#>|`~", s[lead]) && !memchr(s, '|', len);
    *closed = nl != NULL;
    while (words && line - 1 >= WRITTEN_LEAST && len < LINE_CUT) {
        const char *end = s + len - 1, *next = s + len;
        size_t left = n - len, more, word;
        if (end[-1] == '\\' || (end[-1] == ' ' && end[-2] == ' '))
            break; /* a break that is meant */
        nl = left ? memchr(next, '\n', left) : NULL;
        more = nl ? (size_t)(nl - next) + 1 : left;
        if (!nl && left < WRITTEN_COLS) { /* it may still become anything */
            *closed = false;
            bool goes_on = left > 0 && !item_begins_block(next, left) &&
                           line + strcspn(next, " \n") > WRITTEN_COLS;
            return len + (goes_on ? left : 0);
        }
        word = strcspn(next + strspn(next, " "), " \n");
        if (item_begins_block(next, more - (nl != NULL)) || line + word <= WRITTEN_COLS)
            break;
        len += more;
        line = more;
        *closed = nl != NULL;
        if (!nl)
            break;
    }
    return len;
}

/* Length of the next piece that will not change any more, or 0. A table is one piece: what comes
 * may widen its columns; and where one may begin, its second line is waited for. */
static size_t item_frozen_piece(const struct markdown *m, const char *s, size_t n, bool *table)
{
    const char *nl = memchr(s, '\n', n);
    bool closed = false;
    size_t rows = nl && !m->fence ? table_bytes(s, n, &closed) : 0;
    *table = rows > 0;
    if (rows > 0)
        return closed ? rows : 0;
    size_t first = nl ? (size_t)(nl - s) + 1 : n;
    if (nl && !m->fence && memchr(s, '|', first) && !memchr(s + first, '\n', n - first) &&
        n - first <= LINE_CUT)
        return 0;
    if (nl && !m->fence) {
        size_t paragraph = item_paragraph(s, n, &closed);
        return closed ? paragraph : 0;
    }
    if (nl)
        return first;
    if (n <= LINE_CUT)
        return 0;
    const char *space = memrchr(s, ' ', LINE_CUT);
    return space && space > s ? (size_t)(space - s) + 1 : utf8_cut(s, n, LINE_CUT);
}

static void item_table(struct item *it, const char *s, size_t n)
{
    if (it->rows.wrapped.rows.len > 0)
        item_emit(it, &(struct line){0}, (struct wrap){.width = it->rows.width});
    it->rows.blank_pending = false;
    table_layout(s, n, it->rows.width, &it->rows.wrapped);
}

static void item_text(struct item *it)
{
    struct item_rows *r = &it->rows;
    text_rows_cut(&r->wrapped, r->frozen_rows);
    const char *s = buf_cstr(&it->text);
    size_t piece;
    bool table;
    while ((piece = item_frozen_piece(&r->markdown, s + r->frozen_bytes,
                                      it->text.len - r->frozen_bytes, &table)) > 0) {
        const char *at = s + r->frozen_bytes;
        if (table)
            item_table(it, at, piece);
        else
            item_markdown_joined(it, &r->markdown, at, piece - (at[piece - 1] == '\n'));
        r->blank_pending |= table;
        r->frozen_bytes += piece;
        r->frozen_rows = r->wrapped.rows.len;
    }
    struct markdown m = r->markdown;
    bool blank = r->blank_pending;
    const char *at = s + r->frozen_bytes, *end = s + it->text.len;
    if (table)
        item_table(it, at, (size_t)(end - at));
    while (!table && at < end) {
        bool closed;
        const char *nl = memchr(at, '\n', (size_t)(end - at));
        size_t n = m.fence ? (size_t)((nl ? nl + 1 : end) - at)
                           : item_paragraph(at, (size_t)(end - at), &closed);
        item_markdown_joined(it, &m, at, n - (at[n - 1] == '\n'));
        at += n;
    }
    r->blank_pending = blank;
    if (it->broken) {
        AUTO_FREE char *note = mem_printf("%s the answer was cut off here", glyph(GLYPH_WARN));
        item_simple(it, ROLE_WARN, "", ROLE_WARN, note, strlen(note), false);
    }
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
    AUTO_FREE char *note = mem_printf("  %s %zu line%s%s", glyph(GLYPH_ELLIPSIS), lines,
                                      lines == 1 ? "" : "s", fold_key());
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
        buf_addf(&head, ", %zu line%s%s", lines, lines == 1 ? "" : "s", fold_key());
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

static void item_tool_right(const struct item *it, size_t hidden, struct line *right)
{
    char took[FORMAT_SIZE];
    if (hidden > 0) {
        AUTO_FREE char *more = mem_printf("+%zu line%s  ", hidden, hidden == 1 ? "" : "s");
        line_adds(right, ROLE_MUTED, more);
    }
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
        line_adds(right, it->asked ? ROLE_WARN : ROLE_ACCENT, it->asked ? "asks" : "running");
    }
}

/* "◦ Read parser.c, README.md · Listed .": the calls of a group, in one go. */
static void item_tool_group(struct item *it)
{
    AUTO(line) row = {0};
    AUTO_FREE char *dot = mem_printf(" %s ", glyph(GLYPH_DOT));
    const char *verb = NULL;
    line_adds(&row, ROLE_MUTED, glyph(GLYPH_QUIET));
    for (const struct item *one = it; one; one = one->next) {
        const char *does = one->verb ? one->verb : one->name;
        bool again = verb && strcmp(verb, does) == 0;
        line_adds(&row, ROLE_MUTED, again ? ", " : verb ? dot : " ");
        line_adds(&row, ROLE_MUTED, again ? "" : does);
        line_adds(&row, ROLE_MUTED, again ? "" : " ");
        verb = does;
        const char *about = one->summary ? one->summary : "";
        size_t n = strlen(about), fit = cluster_fit(about, n, GROUP_COLS);
        line_add(&row, ROLE_TOOL_OUTPUT, about, fit);
        line_adds(&row, ROLE_MUTED, fit < n ? glyph(GLYPH_ELLIPSIS) : "");
    }
    item_emit(it, &row, (struct wrap){.width = it->rows.width, .indent = 2});
}

/* "⚙ Ran make test                exit 2 1.2s": one row, both ends kept. */
static void item_tool_head(struct item *it, size_t hidden)
{
    AUTO(line) head = {0};
    AUTO(line) right = {0};
    item_tool_right(it, hidden, &right);
    int right_cols = cluster_str_width(buf_cstr(&right.text), right.text.len);
    style mark = it->asked && !it->done ? ROLE_WARN
                 : !it->done            ? ROLE_ACCENT
                 : !it->ok              ? ROLE_BAD
                 : it->quiet            ? ROLE_MUTED
                                        : ROLE_GOOD;
    line_adds(&head, mark, glyph(it->diff ? GLYPH_WRITE : it->quiet ? GLYPH_QUIET : GLYPH_TOOL));
    line_adds(&head, ROLE_TEXT, " ");
    bool plain = it->verb && !it->unfolded; /* unfolded it says what it is called */
    line_adds(&head, it->quiet && it->done && it->ok ? ROLE_MUTED : ROLE_TOOL,
              plain ? it->verb : it->name);
    line_adds(&head, ROLE_TEXT, plain ? " " : "  ");
    int used = line_cols(&head);
    int room = it->rows.width - used - right_cols - (right_cols > 0);
    const char *args = it->summary ? it->summary : "";
    AUTO(line) about = {0};
    const struct syntax *x = it->language ? syntax_find(it->language, strlen(it->language)) : NULL;
    if (x) /* whole: a string that is cut is still one */
        syntax_line(x, &(struct syntax_state){0}, args, strlen(args), &about);
    else
        line_adds(&about, ROLE_TOOL_ARGS, args);
    line_cut(&about, MAX(0, room));
    line_join(&head, &about);
    used = line_cols(&head);
    for (; used + right_cols < it->rows.width; used++)
        line_adds(&head, ROLE_TEXT, " ");
    line_join(&head, &right);
    item_emit(it, &head, (struct wrap){.width = it->rows.width, .indent = 2});
}

/* The first rows of a diff are always open. */
static void item_diff(struct item *it)
{
    int left = diff_view_rows(it->diff, NULL, 2, it->rows.width, it->unfolded ? 0 : DIFF_LINES,
                              &it->rows.wrapped);
    if (left > 0)
        item_fold_note(it, (size_t)left);
}

/* A file that was read. */
static void item_code(struct item *it, const char *s, size_t n)
{
    const struct syntax *x = syntax_find(it->path, strlen(it->path));
    struct syntax_state state = {0};
    for (size_t at = 0, len; at < n; at += len + 1) {
        AUTO(line) row = {0}, code = {0};
        const char *nl = memchr(s + at, '\n', n - at);
        len = nl ? (size_t)(nl - s) - at : n - at;
        if (x)
            syntax_line(x, &state, s + at, len, &code);
        else
            line_add(&code, ROLE_TOOL_OUTPUT, s + at, len);
        line_adds(&row, ROLE_TEXT, "  ");
        line_join(&row, &code);
        item_emit(it, &row, (struct wrap){.width = it->rows.width, .indent = 2, .hard = true});
    }
}

/* A colour that a program chose, as the theme has it. */
static style item_color(unsigned color)
{
    static const uint8_t roles[] = {ROLE_TOOL_OUTPUT,    ROLE_MUTED,       ROLE_BAD,
                                    ROLE_GOOD,           ROLE_WARN,        ROLE_ACCENT,
                                    ROLE_SYNTAX_KEYWORD, ROLE_SYNTAX_TYPE, ROLE_TOOL_OUTPUT,
                                    ROLE_MUTED,          ROLE_BAD,         ROLE_GOOD,
                                    ROLE_WARN,           ROLE_ACCENT,      ROLE_SYNTAX_KEYWORD,
                                    ROLE_SYNTAX_TYPE,    ROLE_TEXT};
    unsigned at = color & SGR_COLOR;
    style s = at < COUNT_OF(roles) ? roles[at] : ROLE_TOOL_OUTPUT;
    if (!(color & SGR_BOLD))
        return s;
    return STYLE_ATTR(s == ROLE_TOOL_OUTPUT ? ROLE_TEXT : s, ATTR_BOLD);
}

static void item_output(struct item *it, const char *s, size_t n)
{
    for (size_t at = 0, len; at < n; at += len + 1) {
        AUTO(line) row = {0};
        const char *nl = memchr(s + at, '\n', n - at);
        len = nl ? (size_t)(nl - s) - at : n - at;
        line_adds(&row, ROLE_TEXT, "  ");
        style look = ROLE_TOOL_OUTPUT;
        for (size_t i = at, part; i < at + len; i += part) {
            unsigned color;
            const char *mark = memchr(s + i, '\xf4', at + len - i);
            part = mark ? (size_t)(mark - s) - i : at + len - i;
            line_add(&row, look, s + i, part);
            if (!mark)
                break;
            size_t bytes = sanitize_color(mark, &color);
            if (bytes > 0)
                look = item_color(color);
            else
                line_add(&row, look, mark, bytes = 4); /* another of that plane */
            part += bytes;
        }
        item_emit(it, &row, (struct wrap){.width = it->rows.width, .indent = 2, .hard = true});
    }
}

/*
 * The last lines of what it printed; of a failure the first ones too, for what went wrong stands
 * at either end. What is quiet prints nothing.
 */
static void item_tool(struct item *it)
{
    size_t lines = item_count_lines(&it->text), all = it->text.len;
    const char *s = buf_cstr(&it->text);
    bool failed = it->done && !it->ok, whole = it->unfolded && it->done;
    if (it->lead && !it->lead->unfolded)
        return; /* the first of them tells of it */
    if (it->next && !it->lead && !it->unfolded) {
        item_tool_group(it);
        return;
    }
    bool own = strcmp(it->name, "!") == 0;
    size_t head = failed && !own ? HEAD_LINES : 0;
    size_t tail = own ? OWN_LINES : failed ? FAILED_LINES : TAIL_LINES;
    if (whole || lines <= head + tail + 1) {
        head = 0;
        tail = lines;
    }
    if (it->quiet && it->done && it->ok && !whole)
        head = tail = 0;
    bool counts = !it->quiet && !it->diff && head == 0;
    item_tool_head(it, counts ? lines - tail : 0);
    if (it->diff)
        item_diff(it);
    if (whole && it->path) {
        item_code(it, s, all);
        return;
    }
    size_t upto = 0;
    for (size_t i = 0; i < head; i++)
        upto += strcspn(s + upto, "\n") + 1;
    if (head > 0) {
        item_output(it, s, upto);
        item_fold_note(it, lines - head - tail);
    }
    if (it->outcome && strcmp(s, it->outcome) == 0)
        return; /* its row says it */
    size_t from = tail == 0 ? all : tail >= lines ? 0 : item_tail(&it->text, tail);
    item_output(it, s + from, all - from);
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
    if (it->ok || keyless)
        return;
    /* The way out, in keys. */
    bool model = strcmp(it->name, "error") == 0 || strcmp(it->name, "config") == 0;
    AUTO(line) keys = {0};
    line_adds(&keys, ROLE_KEY, "  F5");
    line_adds(&keys, ROLE_MUTED, model ? " tries again" : " goes on");
    line_adds(&keys, ROLE_KEY, model ? "  F6" : "");
    line_adds(&keys, ROLE_MUTED, model ? " another model" : "");
    item_emit(it, &keys, (struct wrap){.width = it->rows.width, .indent = 2});
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
        AUTO_FREE char *more = mem_printf(" %s summary%s", glyph(GLYPH_ELLIPSIS), fold_key());
        line_adds(&line, ROLE_MUTED, more);
    }
    item_emit(it, &line, (struct wrap){.width = it->rows.width, .indent = 2});
    if (it->unfolded)
        item_lines(it, ROLE_MUTED, "  ", ROLE_TEXT, buf_cstr(&it->text), it->text.len, false);
}

/* A band with an edge; what was said goes over its whole width. */
static void item_user(struct item *it)
{
    const char *s = buf_cstr(&it->text);
    for (size_t at = 0, n; at < it->text.len; at += n + 1) {
        n = strcspn(s + at, "\n");
        AUTO(line) row = {0};
        line_adds(&row, ROLE_USER, glyph(GLYPH_EDGE));
        line_adds(&row, ROLE_USER, " ");
        line_add(&row, ROLE_USER, s + at, n);
        item_emit(it, &row,
                  (struct wrap){
                      .width = it->rows.width, .indent = 2, .gutter = true, .surface = ROLE_BAND});
    }
}

static void item_signed(struct item *it, style s, enum glyph sign)
{
    AUTO_FREE char *mark = mem_printf("%s ", glyph(sign));
    AUTO(buf) text = {0};
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

bool item_stands_apart(enum item_kind kind, enum item_kind before)
{
    if (kind == ITEM_USER || kind == ITEM_REPORT || kind == ITEM_RESULT)
        return true;
    if (before == ITEM_USER || before == ITEM_REPORT || before == ITEM_RESULT)
        return true;
    return (kind == ITEM_TEXT) != (before == ITEM_TEXT) &&
           (kind == ITEM_TOOL || before == ITEM_TOOL);
}

void item_unfold(struct item *it, bool open)
{
    it->unfolded = open;
    it->version++;
    for (struct item *one = it->lead ? NULL : it->next; one; one = one->next) {
        one->unfolded = false; /* it stands there by itself now, or not at all */
        one->version++;
    }
}

bool item_is_foldable(const struct item *it)
{
    if (it->lead && !it->lead->unfolded)
        return false;
    if (it->kind == ITEM_REASONING || (it->kind == ITEM_COMPACT && it->text.len > 0))
        return true;
    return it->kind == ITEM_TOOL && it->done && (it->diff || item_count_lines(&it->text) > 0);
}

void item_layout_drop(struct item *it)
{
    text_rows_fini(&it->rows.wrapped);
    it->rows = (struct item_rows){0};
}
