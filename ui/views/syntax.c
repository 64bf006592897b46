#include "ui/views/syntax.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/data.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "ui/term/theme.h"

#define REGIONS_MAX 8
#define MARKS_MAX 4
#define INHERIT_LIMIT 4

struct region {
    const char *open, *close;
    style style;
    bool lines; /* goes on over the line's end */
    bool one;   /* holds one character: a lifetime is none */
};

struct word {
    const char *text;
    style style;
};

struct syntax {
    const char *line[MARKS_MAX]; /* comments to the end of the line */
    struct region regions[REGIONS_MAX];
    size_t line_count, region_count;
    VEC(struct word) words; /* sorted */
    const char *ident, *sigils, *directive, *keys;
    bool nocase, capital, tags, signs;
};

/* A table as it was read: its texts are borrowed by those made of it. */
struct table_file {
    char *name;
    struct yaml *yaml;
    struct syntax *syntax; /* NULL: not met yet */
};

static struct {
    VEC(struct table_file) files;
    char *dir;
    bool read;
} all;

void syntax_set_dir(const char *dir)
{
    mem_replace(&all.dir, dir);
}

static int word_order(const void *a, const void *b)
{
    return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

static int word_order_nocase(const void *a, const void *b)
{
    return strcasecmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

static void syntax_add_words(struct syntax *x, const struct yaml *list, style s)
{
    for (size_t i = 0; list && i < list->count; i++)
        if (list->items[i]->kind == YAML_SCALAR)
            VEC_PUSH(&x->words, ((struct word){list->items[i]->value, s}));
}

static void syntax_add_region(struct syntax *x, struct region r)
{
    if (x->region_count < REGIONS_MAX && r.open && *r.open && r.close && *r.close)
        x->regions[x->region_count++] = r;
}

static void syntax_add_pairs(struct syntax *x, const struct yaml *list, style s)
{
    for (size_t i = 0; list && i < list->count; i++) {
        const struct yaml *pair = list->items[i];
        if (pair->kind == YAML_SEQ && pair->count == 2)
            syntax_add_region(
                x, (struct region){pair->items[0]->value, pair->items[1]->value, s, .lines = true});
    }
}

static void syntax_add_marks(struct syntax *x, const struct yaml *list, bool one)
{
    for (size_t i = 0; list && i < list->count; i++) {
        const char *mark = list->items[i]->kind == YAML_SCALAR ? list->items[i]->value : NULL;
        syntax_add_region(x, (struct region){mark, mark, ROLE_SYNTAX_STRING, .one = one});
    }
}

static const struct table_file *syntax_file(const char *name)
{
    for (size_t i = all.files.len; i > 0; i--) /* the user's come last */
        if (strcmp(all.files.ptr[i - 1].name, name) == 0)
            return &all.files.ptr[i - 1];
    return NULL;
}

static void syntax_take(struct syntax *x, const struct yaml *y, int depth)
{
    const char *parent = yaml_str(y, "inherit", NULL);
    const struct table_file *f = parent && depth < INHERIT_LIMIT ? syntax_file(parent) : NULL;
    const struct yaml *line = yaml_get(y, "line");
    if (f)
        syntax_take(x, f->yaml, depth + 1);
    for (size_t i = 0; line && i < line->count && x->line_count < MARKS_MAX; i++)
        if (line->items[i]->kind == YAML_SCALAR && *line->items[i]->value)
            x->line[x->line_count++] = line->items[i]->value;
    syntax_add_pairs(x, yaml_get(y, "block"), ROLE_SYNTAX_COMMENT);
    syntax_add_pairs(x, yaml_get(y, "long"), ROLE_SYNTAX_STRING);
    syntax_add_marks(x, yaml_get(y, "strings"), false);
    syntax_add_marks(x, yaml_get(y, "chars"), true);
    syntax_add_words(x, yaml_get(y, "keyword"), ROLE_SYNTAX_KEYWORD);
    syntax_add_words(x, yaml_get(y, "type"), ROLE_SYNTAX_TYPE);
    syntax_add_words(x, yaml_get(y, "constant"), ROLE_SYNTAX_NUMBER);
    syntax_add_words(x, yaml_get(y, "warn"), ROLE_WARN);
    x->ident = yaml_str(y, "ident", x->ident);
    x->sigils = yaml_str(y, "sigils", x->sigils);
    x->directive = yaml_str(y, "directive", x->directive);
    x->keys = yaml_str(y, "keys", x->keys);
    const struct {
        const char *key;
        bool *flag;
    } flags[] = {
        {"nocase", &x->nocase}, {"capital", &x->capital}, {"tags", &x->tags}, {"signs", &x->signs}};
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        bool on;
        const struct yaml *v = yaml_get(y, flags[i].key);
        if (v && yaml_as_bool(v, &on))
            *flags[i].flag = on;
    }
}

/* Takes y. */
static void syntax_add_file(const char *name, struct yaml *y)
{
    if (y && y->kind == YAML_MAP)
        VEC_PUSH(&all.files, ((struct table_file){.name = mem_strdup(name), .yaml = y}));
    else
        yaml_tree_free(y);
}

static void syntax_read_dir(void)
{
    AUTO_FREE char *dir = all.dir ? mem_printf("%s/syntax", all.dir) : NULL;
    DIR *d = dir ? opendir(dir) : NULL;
    for (const struct dirent *en; d && (en = readdir(d));) {
        const char *dot = strrchr(en->d_name, '.');
        if (!dot || strcmp(dot, ".yaml") != 0)
            continue;
        struct error e = {0};
        AUTO_FREE char *path = mem_printf("%s/%s", dir, en->d_name);
        AUTO_FREE char *name = mem_strndup(en->d_name, (size_t)(dot - en->d_name));
        struct yaml *y = yaml_load(path, &e);
        if (!y)
            log_warn("ui", "%s", e.text);
        syntax_add_file(name, y);
    }
    if (d)
        closedir(d);
}

static void syntax_read(void)
{
    all.read = true;
    for (const struct data_file *f = data_files; f->name; f++) {
        char name[64] = "";
        int end = 0;
        struct error e = {0};
        if (sscanf(f->name, "themes/syntax/%63[^/.].yaml%n", name, &end) == 1 && end > 0)
            syntax_add_file(name, yaml_parse(f->text, f->size, f->name, &e));
    }
    syntax_read_dir();
}

static const struct syntax *syntax_of(struct table_file *f)
{
    if (f->syntax)
        return f->syntax;
    f->syntax = mem_alloc(sizeof *f->syntax);
    struct syntax *x = f->syntax;
    x->ident = x->sigils = x->keys = "";
    syntax_take(x, f->yaml, 0);
    if (x->words.len)
        qsort(x->words.ptr, x->words.len, sizeof *x->words.ptr,
              x->nocase ? word_order_nocase : word_order);
    return x;
}

static bool syntax_is_called(const struct table_file *f, const char *name, size_t n)
{
    const struct yaml *names = yaml_get(f->yaml, "names");
    for (size_t i = 0; names && i < names->count; i++) {
        const char *one = names->items[i]->kind == YAML_SCALAR ? names->items[i]->value : "";
        if (strlen(one) == n && strncasecmp(one, name, n) == 0)
            return true;
    }
    return strlen(f->name) == n && strncasecmp(f->name, name, n) == 0;
}

static const struct syntax *syntax_named(const char *name, size_t n)
{
    for (size_t i = all.files.len; n > 0 && i > 0; i--)
        if (syntax_is_called(&all.files.ptr[i - 1], name, n))
            return syntax_of(&all.files.ptr[i - 1]);
    return NULL;
}

const struct syntax *syntax_find(const char *name, size_t n)
{
    if (n == 0)
        return NULL;
    if (!all.read)
        syntax_read();
    const char *slash = memrchr(name, '/', n);
    const char *base = slash ? slash + 1 : name;
    size_t len = n - (size_t)(base - name);
    while (len > 0 && *base == '.') /* ".bashrc" */
        base++, len--;
    const struct syntax *x = syntax_named(base, len);
    const char *dot = len > 0 ? memrchr(base, '.', len) : NULL;
    return x || !dot ? x : syntax_named(dot + 1, len - (size_t)(dot + 1 - base));
}

void syntax_fini(void)
{
    for (size_t i = 0; i < all.files.len; i++) {
        struct table_file *f = &all.files.ptr[i];
        free(f->name);
        yaml_tree_free(f->yaml);
        if (f->syntax)
            VEC_FREE(&f->syntax->words);
        free(f->syntax);
    }
    VEC_FREE(&all.files);
    mem_replace(&all.dir, NULL);
    all.read = false;
}

/* ---- scanning ---- */

static bool begins(const char *s, size_t n, const char *mark)
{
    size_t len = strlen(mark);
    return len > 0 && n >= len && memcmp(s, mark, len) == 0;
}

/* Bytes up to and with the end of a region, or n; *closed: it is there. */
static size_t region_end(const struct region *r, const char *s, size_t n, bool *closed)
{
    size_t len = strlen(r->close);
    bool escapes = r->style == ROLE_SYNTAX_STRING;
    for (size_t i = 0; i < n; i++) {
        if (begins(s + i, n - i, r->close)) {
            *closed = true;
            return i + len;
        }
        if (escapes && s[i] == '\\')
            i++;
    }
    *closed = false;
    return n;
}

static bool is_word(const struct syntax *x, char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80 ||
           (c && strchr(x->ident, c));
}

static style word_style(const struct syntax *x, const char *s, size_t n, char next)
{
    char text[64];
    struct word key = {text, 0}, *found = NULL;
    if (n < sizeof text) {
        memcpy(text, s, n);
        text[n] = '\0';
        found = x->words.len ? bsearch(&key, x->words.ptr, x->words.len, sizeof key,
                                       x->nocase ? word_order_nocase : word_order)
                             : NULL;
    }
    if (found)
        return found->style;
    if (x->capital && isupper((unsigned char)*s))
        return ROLE_SYNTAX_TYPE;
    return next == '(' || next == '!' ? ROLE_SYNTAX_FUNCTION : ROLE_SYNTAX_TEXT;
}

/* The first character from s on that is no space, or 0. */
static char after_spaces(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] != ' ' && s[i] != '\t')
            return s[i];
    return 0;
}

static bool is_key(const struct syntax *x, const char *s, size_t n)
{
    char next = after_spaces(s, n);
    return next && strchr(x->keys, next);
}

/* What begins at s, as a piece of one style. i: its place in the line. */
static size_t syntax_piece(const struct syntax *x, struct syntax_state *st, const char *line,
                           size_t i, size_t n, bool first, style *look)
{
    const char *s = line + i;
    size_t left = n - i;
    bool closed, free_standing = i == 0 || s[-1] == ' ' || s[-1] == '\t';
    for (size_t k = 0; k < x->line_count; k++)
        if (begins(s, left, x->line[k]) && (x->line[k][0] != '#' || free_standing)) {
            *look = ROLE_SYNTAX_COMMENT;
            return left;
        }
    for (size_t k = 0; k < x->region_count; k++) {
        const struct region *r = &x->regions[k];
        if (!begins(s, left, r->open))
            continue;
        size_t open = strlen(r->open), len = open + region_end(r, s + open, left - open, &closed);
        uint32_t c;
        bool escape = left > open && s[open] == '\\';
        if (r->one && !escape && len != 2 * open + utf8_decode(s + open, left - open, &c))
            break;
        if (!closed && !r->lines && *r->open == '\'') /* an apostrophe */
            break;
        if (!closed && r->lines)
            st->inside = (uint8_t)(k + 1);
        *look = r->style;
        if (closed && *x->keys && is_key(x, s + len, left - len))
            *look = ROLE_SYNTAX_FUNCTION;
        return len;
    }
    size_t len = 1;
    if (first && x->directive && begins(s, left, x->directive)) {
        while (len < left && (s[len] == ' ' || is_word(x, s[len])) &&
               !(len > 1 && s[len] == ' ' && s[len - 1] != ' ' && s[len - 1] != '#'))
            len++;
        *look = ROLE_SYNTAX_KEYWORD;
        return len;
    }
    bool sigil = strchr(x->sigils, *s) && left > 1 && (is_word(x, s[1]) || s[1] == '{');
    if (isdigit((unsigned char)*s)) {
        while (len < left && (isalnum((unsigned char)s[len]) || s[len] == '.' || s[len] == '_'))
            len++;
        *look = ROLE_SYNTAX_NUMBER;
    } else if (sigil ||
               (is_word(x, *s) && (!strchr(x->ident, *s) || (left > 1 && is_word(x, s[1]))))) {
        while (len < left && is_word(x, s[len]))
            len++;
        char next = after_spaces(s + len, left - len);
        bool tag = x->tags && i > 0 && (s[-1] == '<' || s[-1] == '/');
        *look = sigil ? ROLE_SYNTAX_TYPE
                : tag ? ROLE_SYNTAX_KEYWORD
                : first && *x->keys && is_key(x, s + len, left - len)
                    ? ROLE_SYNTAX_FUNCTION
                    : word_style(x, s, len, left > len && s[len] == next ? next : 0);
        if (x->tags && !tag && next == '=')
            *look = ROLE_SYNTAX_TYPE;
    } else {
        *look = ispunct((unsigned char)*s) ? ROLE_SYNTAX_PUNCTUATION : ROLE_SYNTAX_TEXT;
    }
    return len;
}

static style sign_style(const char *s, size_t n)
{
    return n == 0               ? ROLE_SYNTAX_TEXT
           : *s == '+'          ? ROLE_DIFF_ADD
           : *s == '-'          ? ROLE_DIFF_DEL
           : n > 1 && *s == '@' ? ROLE_DIFF_HUNK
                                : ROLE_SYNTAX_TEXT;
}

void syntax_line(const struct syntax *x, struct syntax_state *st, const char *s, size_t n,
                 struct line *out)
{
    assert(st && (s || !n));
    if (!x || x->signs) {
        line_add(out, x ? sign_style(s, n) : ROLE_CODE, s, n);
        return;
    }
    size_t i = 0;
    bool closed, first = true;
    if (st->inside > 0 && st->inside <= x->region_count) {
        const struct region *r = &x->regions[st->inside - 1];
        i = region_end(r, s, n, &closed);
        line_add(out, r->style, s, i);
        if (!closed)
            return;
    }
    st->inside = 0;
    while (i < n) {
        style look = ROLE_SYNTAX_TEXT;
        size_t len = syntax_piece(x, st, s, i, n, first, &look);
        first &= s[i] == ' ' || s[i] == '\t' || (s[i] == '-' && *x->keys);
        line_add(out, look, s + i, len);
        i += len;
    }
}
