#include "ui/views/dialog.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/diff_view.h"
#include "ui/views/syntax.h"

#define TEXT_ROWS 2  /* of what is asked about are seen however many choices there are */
#define TITLE_ROWS 4 /* below that the title is the first line of the text */
#define EDGE_COLS 2  /* the coloured edge and a space */

const struct approval *dialog_current(struct dialog *d, const struct state *st)
{
    if (st->approvals.len == 0) {
        mem_replace(&d->id, NULL);
        d->minimised = false; /* what was put aside is settled: nothing is left to bring back */
        return NULL;
    }
    const struct approval *q = &st->approvals.ptr[0];
    if (!d->id || strcmp(d->id, q->id) != 0) {
        mem_replace(&d->id, q->id);
        diff_notes_fini(&d->notes);
        text_rows_fini(&d->detail);
        *d = (struct dialog){.id = d->id, .typed_ms = d->typed_ms, .seen = UINT32_MAX};
    }
    return q;
}

bool dialog_scroll(struct dialog *d, int rows)
{
    int before = d->scroll;
    d->scroll = MIN(MAX(0, d->scroll + rows), d->scroll_max);
    return d->scroll != before;
}

void dialog_move(struct dialog *d, const struct approval *q, int steps)
{
    if (q->choices.len > 0)
        d->selected = MIN(MAX(0, d->selected + steps), (int)q->choices.len - 1);
    d->letter[0] = '\0';
}

/* "Write src/tok.c?": what is written. Caller frees; NULL: nothing is named. */
static char *dialog_path(const struct approval *q)
{
    const char *name = strchr(q->title, ' ');
    return name ? mem_strndup(name + 1, strcspn(name + 1, "?")) : NULL;
}

void dialog_fini(struct dialog *d)
{
    diff_notes_fini(&d->notes);
    text_rows_fini(&d->detail);
    mem_replace(&d->id, NULL);
}

bool dialog_note_begin(struct dialog *d)
{
    size_t i = 0;
    while (i < d->notes.places.len && *d->notes.places.ptr[i].text == ' ')
        i++; /* the first that changes */
    d->place = i < d->notes.places.len ? i : 0;
    d->noting = d->notes.places.len > 0;
    return d->noting;
}

void dialog_note_move(struct dialog *d, int steps)
{
    ptrdiff_t at = (ptrdiff_t)d->place + steps, last = (ptrdiff_t)d->notes.places.len - 1;
    d->place = (size_t)MAX(0, MIN(at, last));
}

const struct diff_place *dialog_note_place(const struct dialog *d)
{
    return d->noting && d->place < d->notes.places.len ? &d->notes.places.ptr[d->place] : NULL;
}

void dialog_note_set(struct dialog *d, const char *text)
{
    const struct diff_place *at = dialog_note_place(d);
    if (at)
        diff_notes_set(&d->notes, at, text);
    d->detail_cols = 0;
}

static const char *dialog_notes_head(const struct approval *q)
{
    return strcmp(q->kind, "write") == 0 ? "Notes on the change you asked about:\n"
                                         : "Notes on what changed:\n";
}

char *dialog_note_text(const struct dialog *d, const struct approval *q)
{
    struct buf out = {0};
    AUTO_FREE char *path = dialog_path(q);
    for (size_t i = 0; i < d->notes.places.len; i++) {
        const struct diff_place *at = &d->notes.places.ptr[i];
        const char *text = diff_notes_of(&d->notes, at);
        if (!text)
            continue;
        AUTO_FREE char *own = at->path ? mem_strndup(at->path, at->path_n) : NULL;
        buf_addf(&out, "%s%s:%d%s: %s\n", out.len ? "" : dialog_notes_head(q),
                 own    ? own
                 : path ? path
                        : "the file",
                 at->number, at->old ? " (as it was)" : "", text);
        for (size_t k = i > 0 ? i - 1 : 0; k <= i + 1 && k < d->notes.places.len; k++)
            buf_addf(&out, "    %.*s\n", (int)d->notes.places.ptr[k].n,
                     d->notes.places.ptr[k].text);
    }
    return out.len ? buf_take(&out) : NULL;
}

bool dialog_is_listening(const struct dialog *d, const struct approval *q, int64_t now_ms)
{
    return now_ms - MAX(q->arrived_ms, d->typed_ms) >= DIALOG_DEAF_MS;
}

void dialog_typed(struct dialog *d, int64_t now_ms)
{
    d->typed_ms = now_ms;
    d->selected = -1;
    d->letter[0] = '\0';
}

bool dialog_select(struct dialog *d, const struct approval *q, const char *key, int64_t now_ms)
{
    const struct choice *k = dialog_choice(q, key);
    bool number = !k && key[0] >= '1' && key[0] <= '9' && !key[1];
    ptrdiff_t at = k ? k - q->choices.ptr : number ? key[0] - '1' : -1;
    bool word = d->letter[0] && now_ms - d->letter_ms < DIALOG_WORD_MS;
    if (word || at < 0 || at >= MIN((ptrdiff_t)q->choices.len, 32) || !(d->seen & 1u << at))
        return false;
    d->selected = (int)at;
    snprintf(d->letter, sizeof d->letter, "%s", key);
    d->letter_ms = now_ms;
    return true;
}

bool dialog_is_question(const struct approval *q)
{
    return strcmp(q->kind, "question") == 0;
}

const struct choice *dialog_selected(const struct dialog *d, const struct approval *q)
{
    bool one = d->selected >= 0 && (size_t)d->selected < q->choices.len;
    return one ? &q->choices.ptr[d->selected] : NULL;
}

const struct choice *dialog_choice(const struct approval *q, const char *key)
{
    assert(key);
    for (size_t i = 0; i < q->choices.len; i++)
        if (strcmp(q->choices.ptr[i].key, key) == 0)
            return &q->choices.ptr[i];
    return NULL;
}

const struct choice *dialog_choice_of_escape(const struct approval *q)
{
    for (size_t i = 0; i < q->choices.len; i++)
        if (q->choices.ptr[i].escape)
            return &q->choices.ptr[i];
    return dialog_choice(q, "n");
}

static void dialog_text(struct text_rows *l, style s, const char *prefix, const char *text,
                        int cols, bool hard)
{
    int indent = (int)strlen(prefix);
    for (bool first = true; *text; first = false) {
        size_t n = strcspn(text, "\n");
        AUTO(line) line = {0};
        line_adds(&line, ROLE_DIALOG, first ? prefix : "      ");
        if (!first) {
            buf_cut(&line.text, (size_t)indent);
            line.styles.len = (size_t)indent;
        }
        line_add(&line, s, text, n);
        struct wrap w = {.width = cols, .indent = indent, .hard = hard, .fill = ROLE_DIALOG};
        text_rows_wrap(l, &line, &w);
        text += n + (text[n] == '\n');
    }
}

const struct choice *dialog_choice_of_words(const struct approval *q)
{
    /* Words to who wants leave are a no, wherever no takes words: never a yes with a remark. */
    const struct choice *no = dialog_choice(q, "n");
    if (!dialog_is_question(q) && no && no->takes_text)
        return no;
    for (size_t i = 0; i < q->choices.len; i++)
        if (q->choices.ptr[i].takes_text)
            return &q->choices.ptr[i];
    return NULL;
}

/* Bytes of the part of a command line that begins at s: up to && || | ; or a line's end outside of
 * quotes, what joins it to the next part included at the next. */
static size_t command_part(const char *s)
{
    size_t i = strspn(s, "&|; ");
    for (char quote = 0; s[i] && s[i] != '\n'; i++) {
        if (quote) {
            if (s[i] == '\\' && quote == '"' && s[i + 1])
                i++;
            else if (s[i] == quote)
                quote = 0;
        } else if (s[i] == '\\' && s[i + 1]) {
            i++;
        } else if (s[i] == '\'' || s[i] == '"' || s[i] == '`') {
            quote = s[i];
        } else if (s[i] == ';' || s[i] == '|' || (s[i] == '&' && s[i + 1] == '&')) {
            break;
        }
    }
    return i;
}

/* What is read from another program and then run by one of these may be anything. */
static bool command_is_interpreter(const char *word, size_t n)
{
    static const char *const names[] = {"sh",      "bash", "zsh",  "dash", "ksh",
                                        "python3", "perl", "ruby", "node", "python"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strlen(names[i]) == n && strncmp(names[i], word, n) == 0)
            return true;
    return false;
}

/* Each part on a row of its own, in the shell's colours; nothing is left out or moved. */
static void dialog_command(struct text_rows *l, const char *text, int cols)
{
    const struct syntax *x = syntax_find("command", strlen("command"));
    struct syntax_state state = {0};
    for (bool first = true; *text; first = false) {
        AUTO(line) line = {0}, code = {0};
        size_t n = command_part(text);
        line_adds(&line, ROLE_DIALOG, first ? "$ " : "  ");
        syntax_line(x, &state, text, n, &code);
        size_t word = strspn(text, "|& "), len = strcspn(text + word, " |;&\n");
        bool piped = *text == '|' && text[1] != '|' && command_is_interpreter(text + word, len);
        for (size_t i = word; piped && i < word + len && i < code.styles.len; i++)
            code.styles.ptr[i] = ROLE_WARN;
        line_join(&line, &code);
        text_rows_wrap(
            l, &line,
            &(struct wrap){.width = cols, .indent = 4, .hard = true, .fill = ROLE_DIALOG});
        text += n + (text[n] == '\n');
    }
}

void dialog_detail(struct text_rows *l, const struct approval *q, struct diff_notes *notes,
                   int cols)
{
    bool diff = strcmp(q->kind, "write") == 0 || strcmp(q->kind, "diff") == 0;
    bool command = strcmp(q->kind, "command") == 0;
    if (command) {
        dialog_command(l, q->detail, cols);
        return;
    }
    if (!diff) {
        dialog_text(l, ROLE_DIALOG_DETAIL, "", q->detail, cols, false);
        return;
    }
    bool one = strcmp(q->kind, "write") == 0;
    AUTO_FREE char *path = one ? dialog_path(q) : NULL; /* its name tells the language */
    if (notes)
        diff_view_rows_noted(q->detail, path, cols, notes, l);
    else
        (void)diff_view_rows(q->detail, path, 0, cols, 0, l);
}

/* Where each choice's row ended up, so that a key out of sight is none. */
static void dialog_choice_add(struct line *line, const struct choice *k, bool selected,
                              const char *after)
{
    style s = selected ? ROLE_MENU_SELECTED : ROLE_DIALOG;
    AUTO_FREE char *key = mem_printf("[%s]", k->key);
    line_adds(line, selected ? ROLE_DIALOG_BORDER : ROLE_DIALOG,
              selected ? glyph(GLYPH_CHOSEN) : " ");
    line_adds(line, selected ? s : STYLE_ATTR(ROLE_DIALOG_TITLE, ATTR_BOLD), key);
    if (*k->label) {
        line_adds(line, s, " ");
        line_adds(line, s, k->label);
    }
    line_adds(line, ROLE_DIALOG, after);
}

/* The choices as rows, and for each the row it begins in. */
struct dialog_choices {
    struct text_rows rows;
    int at[32];
};

/* As many to a row as fit. labels: with what they mean, else their keys alone. */
static void dialog_choices_flow(struct dialog_choices *o, const struct approval *q, int selected,
                                int cols, bool labels)
{
    AUTO(line) line = {0};
    struct wrap w = {.width = cols, .indent = 5, .fill = ROLE_DIALOG};
    for (size_t i = 0; i < q->choices.len; i++) {
        struct choice k = q->choices.ptr[i];
        static char none[] = "";
        k.label = labels ? k.label : none;
        AUTO(line) one = {0};
        dialog_choice_add(&one, &k, (int)i == selected, "");
        if (line.text.len > 0 && line_cols(&line) + (labels ? 2 : 0) + line_cols(&one) > cols) {
            text_rows_wrap(&o->rows, &line, &w);
            line_clear(&line);
        }
        if (line.text.len > 0 && labels)
            line_adds(&line, ROLE_DIALOG, "  ");
        if (i < COUNT_OF(o->at))
            o->at[i] = (int)o->rows.rows.len;
        line_join(&line, &one);
    }
    if (q->choices.len == 0)
        line_adds(&line, ROLE_DIALOG, "Enter: answer in words");
    text_rows_wrap(&o->rows, &line, &w);
}

static void dialog_choices_list(struct dialog_choices *o, const struct approval *q, int selected,
                                int cols)
{
    for (size_t i = 0; i < q->choices.len; i++) {
        AUTO(line) line = {0};
        if (i < COUNT_OF(o->at))
            o->at[i] = (int)o->rows.rows.len;
        dialog_choice_add(&line, &q->choices.ptr[i], (int)i == selected, "");
        text_rows_wrap(&o->rows, &line,
                       &(struct wrap){.width = cols, .indent = 5, .fill = ROLE_DIALOG});
    }
}

/* A dialog's parts, and how many rows of each are shown. */
struct dialog_parts {
    struct text_rows text;
    struct dialog_choices choices;
    int title, shown, chosen;
};

static void dialog_parts_fini(struct dialog_parts *p)
{
    text_rows_fini(&p->text);
    text_rows_fini(&p->choices.rows);
}

/*
 * Choices may be whole sentences: one to a row where there is room, else as many as fit, else they
 * are read in the text and only their keys stay.
 */
static void dialog_choices_make(struct dialog_parts *p, const struct approval *q, int selected,
                                int cols, int rows)
{
    struct dialog_choices *o = &p->choices;
    int wanted = MIN((int)p->text.rows.len, TEXT_ROWS);
    if (dialog_is_question(q)) {
        dialog_choices_list(o, q, selected, cols);
        if ((int)(o->rows.rows.len + p->text.rows.len) <= rows)
            return;
        text_rows_cut(&o->rows, 0);
    }
    dialog_choices_flow(o, q, selected, cols, true);
    if ((int)o->rows.rows.len + wanted <= rows)
        return;
    text_rows_cut(&o->rows, 0);
    struct dialog_choices read = {.rows = p->text};
    dialog_choices_list(&read, q, -1, cols); /* what they mean is read above */
    p->text = read.rows;
    dialog_choices_flow(o, q, selected, cols, false);
}

static void dialog_parts_make(struct dialog_parts *p, struct dialog *d, const struct approval *q,
                              int selected, struct area body)
{
    int cols = MAX(1, body.cols - EDGE_COLS - 1);
    p->title = body.rows >= TITLE_ROWS && !dialog_is_question(q);
    bool fits = cluster_str_width(q->title, strlen(q->title)) <= cols;
    if (!p->title || !fits)
        dialog_text(&p->text, dialog_is_question(q) ? ROLE_DIALOG : ROLE_DIALOG_TITLE, "",
                    q->question, cols, false);
    if (d->detail_cols != cols) { /* it may be long: made once, drawn with every key */
        text_rows_cut(&d->detail, 0);
        dialog_detail(&d->detail, q, &d->notes, cols);
        d->detail_cols = cols;
    }
    d->detail_row = p->text.rows.len;
    text_rows_join(&p->text, &d->detail);
    dialog_text(&p->text, ROLE_DIALOG_WHY, "", q->why, cols, false);
    dialog_text(&p->text, ROLE_DIALOG_WHY, "", q->always, cols, false);
    p->title |= body.rows >= TITLE_ROWS;
    dialog_choices_make(p, q, selected, cols, body.rows - p->title);
    p->chosen = MIN((int)p->choices.rows.rows.len, body.rows);
    p->title = MIN(p->title, body.rows - p->chosen);
    p->shown = MIN((int)p->text.rows.len, body.rows - p->title - p->chosen);
}

int dialog_height(struct dialog *d, const struct approval *q, struct area body)
{
    assert(q);
    AUTO(dialog_parts) p = {0};
    dialog_parts_make(&p, d, q, 0, body);
    return p.title + p.shown + p.chosen;
}

static void dialog_title(const struct dialog *d, const struct dialog_parts *p,
                         const struct approval *q, struct canvas *c, struct area a)
{
    AUTO_FREE char *place = mem_printf("%s%s line %d of %d", glyph(GLYPH_UP), glyph(GLYPH_DOWN),
                                       d->scroll + p->shown, (int)p->text.rows.len);
    int cols = d->scroll_max > 0 ? cluster_str_width(place, strlen(place)) : 0;
    if (p->title) {
        canvas_put_fit(c, a, 0, EDGE_COLS, a.cols - EDGE_COLS - 1 - cols - (cols > 0),
                       STYLE_ATTR(ROLE_DIALOG_TITLE, ATTR_BOLD), ROLE_DIALOG_TITLE,
                       dialog_is_question(q) ? "Question" : q->title);
        if (cols > 0)
            canvas_put(c, a, 0, a.cols - cols - 1, ROLE_DIALOG_WHY, place, -1);
        return;
    }
    /* No row for it: behind the choices, where they leave room. */
    AUTO_FREE char *brief = mem_printf("%s%s%d/%d", glyph(GLYPH_UP), glyph(GLYPH_DOWN),
                                       d->scroll + p->shown, (int)p->text.rows.len);
    cols = cluster_str_width(brief, strlen(brief));
    AUTO(buf) last = {0};
    text_rows_text(&p->choices.rows, p->choices.rows.rows.len - 1, &last);
    if (d->scroll_max > 0 &&
        EDGE_COLS + cluster_str_width(buf_cstr(&last), last.len) + 1 + cols < a.cols)
        canvas_put(c, a, a.rows - 1, a.cols - cols - 1, ROLE_DIALOG_WHY, brief, -1);
}

void dialog_draw(struct dialog *d, const struct approval *q, struct canvas *c, struct area body)
{
    assert(q);
    AUTO(dialog_parts) p = {0};
    dialog_parts_make(&p, d, q, d->selected, body);
    const struct diff_place *at = dialog_note_place(d);
    int row = at ? (int)(at->row + d->detail_row) : 0;
    if (at && row < d->scroll)
        d->scroll = row;
    if (at && row >= d->scroll + p.shown)
        d->scroll = row - p.shown + 1;
    d->scroll_max = MAX(0, (int)p.text.rows.len - p.shown);
    d->scroll = MIN(MAX(d->scroll, 0), d->scroll_max);
    d->page = MAX(1, p.shown - 1);
    int height = p.title + p.shown + p.chosen;
    struct area a = {body.row + body.rows - height, body.col, height, body.cols};
    canvas_fill(c, a, ROLE_DIALOG);
    for (int r = 0; r < height; r++)
        canvas_put(c, a, r, 0, ROLE_DIALOG_BORDER, glyph(GLYPH_EDGE), -1);
    struct area in = {a.row + p.title, a.col + EDGE_COLS, height - p.title, a.cols - EDGE_COLS - 1};
    for (int i = 0; i < p.shown; i++)
        text_rows_paint(&p.text, (size_t)(d->scroll + i), c, in, i, 0);
    if (at)
        canvas_put(c, a, p.title + row - d->scroll, 1, ROLE_DIALOG_BORDER, glyph(GLYPH_CHOSEN), -1);
    /* All choices where they fit, else those about the selected one. */
    int all = (int)p.choices.rows.rows.len, first = 0;
    if (all > p.chosen && d->selected >= 0 && d->selected < (int)COUNT_OF(p.choices.at))
        first = MIN(p.choices.at[d->selected], all - p.chosen);
    in.col -= 1; /* the mark of the selected one stands beside the edge */
    in.cols += 1;
    for (int i = 0; i < p.chosen; i++)
        text_rows_paint(&p.choices.rows, (size_t)(first + i), c, in, p.shown + i, 0);
    d->seen = 0;
    for (size_t i = 0; i < MIN(q->choices.len, COUNT_OF(p.choices.at)); i++)
        if (p.choices.at[i] >= first && p.choices.at[i] < first + p.chosen)
            d->seen |= 1u << i;
    dialog_title(d, &p, q, c, a);
}
