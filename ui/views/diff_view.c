#include "ui/views/diff_view.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/syntax.h"

/* Where in a diff a reader is. left: lines of the hunk still to come, of each text. */
struct reader {
    int old_line, new_line, old_left, new_left;
};

enum diff_line {
    DIFF_FILE_OLD, /* "--- path" */
    DIFF_FILE_NEW,
    DIFF_HUNK,
    DIFF_SAME,
    DIFF_DEL,
    DIFF_ADD,
    DIFF_NOTE, /* "\ No newline…", and what is no diff */
};

/* "-12,3" or "-12", which means one line. */
static const char *hunk_range(const char *s, char sign, int *line, int *count)
{
    int used = 0;
    *count = 1;
    if (*s != sign || sscanf(s + 1, "%d%n", line, &used) != 1)
        return NULL;
    s += 1 + used;
    if (*s == ',' && sscanf(s + 1, "%d%n", count, &used) == 1)
        s += 1 + used;
    return s;
}

static bool hunk_head(struct reader *r, const char *s)
{
    struct reader h;
    if (strncmp(s, "@@ ", 3) != 0)
        return false;
    s = hunk_range(s + 3, '-', &h.old_line, &h.old_left);
    s = s && *s == ' ' ? hunk_range(s + 1, '+', &h.new_line, &h.new_left) : NULL;
    if (s)
        *r = h;
    return s != NULL;
}

static enum diff_line reader_line(struct reader *r, const char *s, size_t n)
{
    if (r->old_left > 0 || r->new_left > 0) {
        char sign = n > 0 ? *s : ' ';
        r->old_left -= sign == '-' || sign == ' ';
        r->new_left -= sign == '+' || sign == ' ';
        if (strchr(" -+", sign))
            return sign == ' ' ? DIFF_SAME : sign == '-' ? DIFF_DEL : DIFF_ADD;
        return DIFF_NOTE;
    }
    if (hunk_head(r, s))
        return DIFF_HUNK;
    if (n >= 4 && memcmp(s, "--- ", 4) == 0)
        return DIFF_FILE_OLD;
    if (n >= 4 && memcmp(s, "+++ ", 4) == 0)
        return DIFF_FILE_NEW;
    if (n > 0 && (*s == '+' || *s == '-')) { /* no hunk told of it: it has no number */
        *r = (struct reader){0};
        return *s == '-' ? DIFF_DEL : DIFF_ADD;
    }
    return DIFF_NOTE;
}

void diff_view_count(const char *diff, int *added, int *removed)
{
    struct reader r = {0};
    *added = *removed = 0;
    for (const char *s = diff; *s;) {
        size_t n = strcspn(s, "\n");
        enum diff_line kind = reader_line(&r, s, n);
        *added += kind == DIFF_ADD;
        *removed += kind == DIFF_DEL;
        s += n + (s[n] == '\n');
    }
}

/* ---- changed words of a pair ---- */

struct span {
    size_t from, to;
};

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* What differs between two lines, in whole words; false: too much to be worth a mark. */
static bool pair_spans(const char *a, size_t na, const char *b, size_t nb, struct span *sa,
                       struct span *sb)
{
    size_t head = 0, tail = 0, least = MIN(na, nb);
    while (head < least && a[head] == b[head])
        head++;
    while (head > 0 && head < MAX(na, nb) &&
           (is_word_byte(head < na ? a[head] : ' ') || is_word_byte(head < nb ? b[head] : ' ')) &&
           is_word_byte(a[head - 1]))
        head--;
    while (tail < least - head && a[na - 1 - tail] == b[nb - 1 - tail])
        tail++;
    while (tail > 0 && is_word_byte(a[na - tail]) &&
           ((tail < na - head && is_word_byte(a[na - tail - 1])) ||
            (tail < nb - head && is_word_byte(b[nb - tail - 1]))))
        tail--;
    *sa = (struct span){head, na - tail};
    *sb = (struct span){head, nb - tail};
    size_t blanks = 0;
    while (blanks < head && (a[blanks] == ' ' || a[blanks] == '\t'))
        blanks++;
    return head - blanks + tail >= least / 4 && head - blanks + tail > 0;
}

/* ---- rows ---- */

struct view {
    struct text_rows *out;
    const struct syntax *syntax;
    struct syntax_state old_state, new_state;
    int indent, width, digits;
};

static void view_emit(struct view *v, enum diff_line kind, int number, const char *s, size_t n,
                      const struct span *changed)
{
    static const struct {
        style sign;
        uint8_t row, word;
        enum glyph glyph;
    } looks[] = {
        [DIFF_DEL] = {ROLE_DIFF_DEL, ROLE_DIFF_DEL_ROW, ROLE_DIFF_DEL_WORD, GLYPH_MINUS},
        [DIFF_ADD] = {ROLE_DIFF_ADD, ROLE_DIFF_ADD_ROW, ROLE_DIFF_ADD_WORD, GLYPH_PLUS},
        [DIFF_SAME] = {ROLE_MUTED, 0, 0, GLYPH_NOTHING},
    };
    AUTO(line) row = {0};
    AUTO(line) code = {0};
    AUTO_FREE char *head = number > 0 ? mem_printf("%*s%*d ", v->indent, "", v->digits, number)
                                      : mem_printf("%*s%*s ", v->indent, "", v->digits, "");
    line_adds(&row, ROLE_DIFF_NUMBER, head);
    line_adds(&row, looks[kind].sign, glyph(looks[kind].glyph));
    line_adds(&row, ROLE_TEXT, " ");
    struct syntax_state *state = kind == DIFF_DEL ? &v->old_state : &v->new_state;
    if (v->syntax)
        syntax_line(v->syntax, state, s, n, &code);
    else
        line_add(&code, ROLE_SYNTAX_TEXT, s, n);
    if (kind == DIFF_SAME)
        v->old_state = v->new_state;
    /* Tabs became blanks: a span of bytes holds where there are none before it. */
    bool tabs = memchr(s, '\t', n) != NULL;
    for (size_t i = changed && !tabs ? changed->from : SIZE_MAX; i < code.styles.len; i++)
        if (i < changed->to)
            code.styles.ptr[i] = STYLE_ON(ROLE_TEXT, looks[kind].word);
    int hang = line_cols(&row);
    line_join(&row, &code);
    text_rows_wrap(v->out, &row,
                   &(struct wrap){.width = v->width,
                                  .indent = hang < v->width - 8 ? hang : 0,
                                  .hard = true,
                                  .surface = looks[kind].row});
}

static void view_note(struct view *v, style look, const char *s, size_t n)
{
    AUTO(line) row = {0};
    AUTO_FREE char *blanks = mem_printf("%*s", v->indent, "");
    line_adds(&row, ROLE_TEXT, blanks);
    line_add(&row, look, s, n);
    text_rows_wrap(v->out, &row, &(struct wrap){.width = v->width, .indent = v->indent});
}

static size_t next_line(const char *s)
{
    size_t n = strcspn(s, "\n");
    return n + (s[n] == '\n');
}

/* How many lines from s on have this sign. */
static int run_of(const char *s, char sign)
{
    int n = 0;
    for (; *s == sign; s += next_line(s))
        n++;
    return n;
}

static const char *line_of(const char *s, int k)
{
    while (k-- > 0)
        s += next_line(s);
    return s;
}

/* Runs of lines that went and came in their place, of the same length: pairs. */
struct pairs {
    const char *gone;  /* where the run began; NULL: none */
    const char *other; /* the partner of the next line; NULL: it has none */
};

/* The partner of the line at s, its sign included, or NULL. */
static const char *pairs_next(struct pairs *p, const char *s, enum diff_line kind,
                              enum diff_line before)
{
    if (kind == DIFF_DEL && before != DIFF_DEL) {
        int gone = run_of(s, '-');
        const char *came = line_of(s, gone);
        p->other = run_of(came, '+') == gone ? came : NULL;
        p->gone = p->other ? s : NULL;
    } else if (kind == DIFF_ADD && before != DIFF_ADD) {
        p->other = before == DIFF_DEL ? p->gone : NULL;
    } else if (kind != DIFF_DEL && kind != DIFF_ADD) {
        p->other = NULL;
    }
    const char *other = p->other;
    if (other)
        p->other = other + next_line(other);
    return other;
}

static int widest_number(const char *diff)
{
    struct reader r = {0};
    int most = 0;
    for (const char *s = diff; *s; s += next_line(s))
        if (reader_line(&r, s, strcspn(s, "\n")) == DIFF_HUNK)
            most = MAX(most, MAX(r.old_line + r.old_left, r.new_line + r.new_left));
    int digits = 0;
    for (; most > 0; most /= 10)
        digits++;
    return digits;
}

static int count_files(const char *diff)
{
    struct reader r = {0};
    int files = 0;
    for (const char *s = diff; *s; s += next_line(s))
        files += reader_line(&r, s, strcspn(s, "\n")) == DIFF_FILE_NEW;
    return files;
}

void diff_notes_fini(struct diff_notes *d)
{
    for (size_t i = 0; i < d->notes.len; i++)
        free(d->notes.ptr[i].text), free(d->notes.ptr[i].path);
    VEC_FREE(&d->notes);
    VEC_FREE(&d->places);
}

static bool note_is_at(const struct diff_note *n, const struct diff_place *at)
{
    return n->number == at->number && n->old == at->old && strlen(n->path) == at->path_n &&
           (!at->path || memcmp(n->path, at->path, at->path_n) == 0);
}

static size_t notes_find(const struct diff_notes *d, const struct diff_place *at)
{
    size_t i = 0;
    while (i < d->notes.len && !note_is_at(&d->notes.ptr[i], at))
        i++;
    return i;
}

const char *diff_notes_of(const struct diff_notes *d, const struct diff_place *at)
{
    size_t i = notes_find(d, at);
    return i < d->notes.len ? d->notes.ptr[i].text : NULL;
}

void diff_notes_set(struct diff_notes *d, const struct diff_place *at, const char *text)
{
    size_t i = notes_find(d, at);
    if (i == d->notes.len)
        VEC_PUSH(&d->notes, ((struct diff_note){at->number, at->old, NULL,
                                                at->path ? mem_strndup(at->path, at->path_n)
                                                         : mem_strdup("")}));
    mem_replace(&d->notes.ptr[i].text, text);
    if (*text)
        return;
    free(d->notes.ptr[i].text);
    free(d->notes.ptr[i].path);
    memmove(&d->notes.ptr[i], &d->notes.ptr[i + 1], (--d->notes.len - i) * sizeof *d->notes.ptr);
}

static void view_noted(struct view *v, struct diff_notes *d, const struct diff_place *at)
{
    VEC_PUSH(&d->places, *at);
    const char *text = diff_notes_of(d, at);
    AUTO_FREE char *row =
        text ? mem_printf("%*s%s %s", v->digits + 1, "", glyph(GLYPH_WRITE), text) : NULL;
    if (row)
        view_note(v, STYLE_ATTR(ROLE_WARN, ATTR_BOLD), row, strlen(row));
}

/* "diff --git PATH PATH" (--no-prefix): above each file, also of one whose mode alone changed. */
static bool git_header(const char *s, size_t n, const char **path, size_t *len)
{
    static const char lead[] = "diff --git ";
    size_t head = sizeof lead - 1;
    if (n < head + 3 || memcmp(s, lead, head) != 0)
        return false;
    size_t half = (n - head - 1) / 2;
    bool same = s[head + half] == ' ' && memcmp(s + head, s + head + half + 1, half) == 0;
    *path = s + head;
    *len = same ? half : n - head;
    return true;
}

/* What git calls the bytes says nothing to a reader. */
static bool git_index(const char *s, size_t n)
{
    return n > 6 && memcmp(s, "index ", 6) == 0 && memmem(s, n, "..", 2);
}

static int view_rows(const char *diff, const char *path, int indent, int width, int lines_max,
                     struct diff_notes *notes, struct text_rows *out)
{
    assert(diff && width >= 1);
    int digits = widest_number(diff), files = count_files(diff);
    struct view v = {.out = out,
                     .syntax = path ? syntax_find(path, strlen(path)) : NULL,
                     .indent = width < 40 ? 0 : indent,
                     .width = width,
                     .digits = digits == 0 ? 0 : MAX(digits, width < 40 ? 0 : 3)};
    struct reader r = {0};
    struct pairs pairs = {0};
    enum diff_line before = DIFF_NOTE;
    int shown = 0, left = 0, hunks = 0;
    const char *old_path = "", *new_path = NULL, *headed = NULL;
    size_t old_len = 0, headed_n = 0;
    for (const char *s = diff; *s; s += next_line(s)) {
        size_t n = strcspn(s, "\n");
        enum diff_line kind = reader_line(&r, s, n);
        bool code = kind == DIFF_SAME || kind == DIFF_DEL || kind == DIFF_ADD;
        if (lines_max > 0 && shown >= lines_max) {
            left += code;
            continue;
        }
        if (kind == DIFF_FILE_OLD) {
            old_path = s + 4;
            old_len = n - 4;
        } else if (kind == DIFF_FILE_NEW) {
            bool gone = n >= 13 && memcmp(s + 4, "/dev/null", 9) == 0;
            new_path = gone ? old_path : s + 4;
            size_t len = gone ? old_len : n - 4;
            v.syntax = syntax_find(new_path, len);
            hunks = 0;
            if (files > 1 && !headed)
                view_note(&v, STYLE_ATTR(ROLE_TEXT, ATTR_BOLD), new_path, len);
        } else if (kind == DIFF_HUNK) {
            v.old_state = v.new_state = (struct syntax_state){0};
            if (hunks++ > 0)
                view_note(&v, ROLE_MUTED, glyph(GLYPH_SKIP), strlen(glyph(GLYPH_SKIP)));
        } else if (kind == DIFF_NOTE && git_header(s, n, &headed, &headed_n)) {
            if (headed)
                view_note(&v, STYLE_ATTR(ROLE_TEXT, ATTR_BOLD), headed, headed_n);
        } else if (kind == DIFF_NOTE && !git_index(s, n)) {
            view_note(&v, ROLE_MUTED, s, n);
        }
        const char *other = pairs_next(&pairs, s, kind, before);
        before = kind;
        if (!code)
            continue;
        struct span gone, came, *changed = kind == DIFF_DEL ? &gone : &came;
        const char *text = s + (n > 0);
        size_t len = n - (n > 0), other_len = other ? strcspn(other, "\n") - 1 : 0;
        bool marked =
            other && (kind == DIFF_DEL ? pair_spans(text, len, other + 1, other_len, &gone, &came)
                                       : pair_spans(other + 1, other_len, text, len, &gone, &came));
        int number = digits == 0 ? 0 : kind == DIFF_DEL ? r.old_line : r.new_line;
        r.old_line += kind != DIFF_ADD;
        r.new_line += kind != DIFF_DEL;
        struct diff_place at = {out->rows.len, number, kind == DIFF_DEL, s, n, headed, headed_n};
        view_emit(&v, kind, number, text, len, marked ? changed : NULL);
        if (notes && number > 0)
            view_noted(&v, notes, &at);
        shown++;
    }
    return left;
}

int diff_view_rows(const char *diff, const char *path, int indent, int width, int lines_max,
                   struct text_rows *out)
{
    return view_rows(diff, path, indent, width, lines_max, NULL, out);
}

void diff_view_rows_noted(const char *diff, const char *path, int width, struct diff_notes *notes,
                          struct text_rows *out)
{
    assert(notes);
    notes->places.len = 0;
    view_rows(diff, path, 0, width, 0, notes, out);
}
