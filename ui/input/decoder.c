#include "ui/input/decoder.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sanitize.h"
#include "base/utf8.h"

#define ESCAPE_MS 30
#define STRING_MS 1000 /* an answer that never ends */
#define PASTE_MS 5000  /* an end mark that never comes */
#define PARAMS_MAX 4

static const char paste_end[] = "\033[201~";

static const struct {
    const char *name, *bytes;
} sequences[] = {
    {"Up", "\033[A"},        {"Down", "\033[B"},      {"Right", "\033[C"},
    {"Left", "\033[D"},      {"Home", "\033[H"},      {"End", "\033[F"},
    {"S-Tab", "\033[Z"},     {"F1", "\033OP"},        {"F2", "\033OQ"},
    {"F3", "\033OR"},        {"F4", "\033OS"},        {"Ins", "\033[2~"},
    {"Del", "\033[3~"},      {"PgUp", "\033[5~"},     {"PgDn", "\033[6~"},
    {"F5", "\033[15~"},      {"F6", "\033[17~"},      {"F7", "\033[18~"},
    {"F8", "\033[19~"},      {"F9", "\033[20~"},      {"F10", "\033[21~"},
    {"F11", "\033[23~"},     {"F12", "\033[24~"},     {"Enter", "\r"},
    {"Tab", "\t"},           {"Esc", "\033"},         {"Space", " "},
    {"Backspace", "\177"},   {"C-Space", ""},         {"S-Enter", "\033[13;2u"},
    {"C-End", "\033[1;5F"},  {"C-Home", "\033[1;5H"}, {"M-Up", "\033[1;3A"},
    {"M-Down", "\033[1;3B"},
};

void decoder_fini(struct decoder *d)
{
    buf_fini(&d->in);
    buf_fini(&d->token);
    *d = (struct decoder){0};
}

void decoder_add(struct decoder *d, const char *bytes, size_t n, int64_t now_ms)
{
    buf_add(&d->in, bytes, n);
    d->last_ms = now_ms;
}

static int decoder_wait(const struct decoder *d)
{
    if (d->pasting)
        return PASTE_MS;
    const char *s = d->in.ptr + d->pos;
    size_t n = d->in.len - d->pos;
    bool string = n >= 2 && *s == 033 && strchr("]P^_X", s[1]);
    return string ? STRING_MS : d->escape_ms ? d->escape_ms : ESCAPE_MS;
}

int64_t decoder_deadline(const struct decoder *d)
{
    return d->pos < d->in.len || d->pasting ? d->last_ms + decoder_wait(d) : -1;
}

/* Move n bytes out of the input into the token. */
static void decoder_take(struct decoder *d, size_t n, struct token *out)
{
    buf_clear(&d->token);
    buf_add(&d->token, d->in.ptr + d->pos, n);
    d->pos += n;
    d->scanned = 0;
    if (d->pos == d->in.len) {
        buf_clear(&d->in);
        d->pos = 0;
    }
    out->bytes = buf_cstr(&d->token);
    out->len = d->token.len;
}

static void decoder_name_c0(unsigned char c, char *name, size_t size)
{
    static const char punct[] = "[\\]^_";
    switch (c) {
    case 0:
        snprintf(name, size, "C-Space");
        break;
    case '\t':
        snprintf(name, size, "Tab");
        break;
    case '\r':
        snprintf(name, size, "Enter");
        break;
    case 27:
        snprintf(name, size, "Esc");
        break;
    case 127:
        snprintf(name, size, "Backspace");
        break;
    default:
        snprintf(name, size, "C-%c", c < 27 ? 'a' + c - 1 : punct[c - 27]);
    }
}

static void decoder_name_modified(char *name, size_t size, int modifiers, const char *base)
{
    int m = modifiers > 0 ? modifiers - 1 : 0;
    snprintf(name, size, "%s%s%s%s", m & 4 ? "C-" : "", m & 2 ? "M-" : "", m & 1 ? "S-" : "", base);
}

static const char *decoder_tilde_name(int code)
{
    static const char *const names[] = {
        [1] = "Home", [2] = "Ins",  [3] = "Del",  [4] = "End",  [5] = "PgUp",
        [6] = "PgDn", [7] = "Home", [8] = "End",  [11] = "F1",  [12] = "F2",
        [13] = "F3",  [14] = "F4",  [15] = "F5",  [17] = "F6",  [18] = "F7",
        [19] = "F8",  [20] = "F9",  [21] = "F10", [23] = "F11", [24] = "F12",
    };
    return code > 0 && (size_t)code < COUNT_OF(names) ? names[code] : NULL;
}

static const char *decoder_final_name(char final)
{
    static const char finals[] = "ABCDHFPQRSZ";
    static const char *const names[] = {"Up", "Down", "Right", "Left", "Home", "End",
                                        "F1", "F2",   "F3",    "F4",   "S-Tab"};
    const char *at = strchr(finals, final);
    return at && final ? names[at - finals] : NULL;
}

/* A key told by its code point: CSI code;modifiers u. */
static void decoder_name_code(int code, int modifiers, char *name, size_t size)
{
    char base[16];
    if (code < 32 || code == 127)
        decoder_name_c0((unsigned char)code, base, sizeof base);
    else
        snprintf(base, sizeof base, "%c", code < 127 ? code : '?');
    decoder_name_modified(name, size, modifiers, base);
}

struct csi {
    char private; /* '?', '<', '>', '=' or 0 */
    int params[PARAMS_MAX], count;
    char final;
};

static bool decoder_mouse(const struct csi *k, struct token *out)
{
    out->kind = TOKEN_MOUSE;
    out->button = k->final == 'M' ? k->params[0] : -1;
    out->col = k->params[1] - 1;
    out->row = k->params[2] - 1;
    return true;
}

/* Fill the token from a complete CSI; false if it is an answer to be swallowed. */
static bool decoder_csi_token(const struct csi *k, struct token *out)
{
    if (k->private == '<' && (k->final == 'M' || k->final == 'm'))
        return decoder_mouse(k, out);
    if (k->private || strchr("cntyx", k->final))
        return false;
    if (k->final == 'R' && k->count == 2 && k->params[0] != 1) /* cursor position report */
        return false;
    if (k->final == 'I' || k->final == 'O') {
        out->kind = TOKEN_FOCUS;
        out->button = k->final == 'I';
        return true;
    }
    int modifiers = k->count > 1 ? k->params[1] : 1;
    if (k->final == 'u') {
        decoder_name_code(k->params[0], modifiers, out->name, sizeof out->name);
    } else if (k->final == '~' && k->params[0] == 27 && k->count > 2) {
        decoder_name_code(k->params[2], modifiers, out->name, sizeof out->name);
    } else {
        const char *base =
            k->final == '~' ? decoder_tilde_name(k->params[0]) : decoder_final_name(k->final);
        if (base)
            decoder_name_modified(out->name, sizeof out->name, modifiers, base);
    }
    return true;
}

/* Parse ESC [ …; returns its length, 0 when more bytes are needed. */
static size_t decoder_csi_parse(const char *s, size_t n, struct csi *k)
{
    *k = (struct csi){0};
    size_t i = 2;
    if (i < n && s[i] >= '<' && s[i] <= '?')
        k->private = s[i++];
    for (; i < n; i++) {
        if (s[i] >= '0' && s[i] <= '9') {
            if (k->count == 0)
                k->count = 1;
            int *p = &k->params[MIN(k->count, PARAMS_MAX) - 1];
            *p = *p > 99999 ? *p : *p * 10 + s[i] - '0';
        } else if (s[i] == ';') {
            k->count = MIN(MAX(k->count, 1) + 1, PARAMS_MAX);
        } else if (s[i] >= 0x40 && s[i] <= 0x7e) {
            k->final = s[i];
            return i + 1;
        } else if (s[i] < 0x20) { /* broken off: what follows is something new */
            return i;
        }
    }
    return 0;
}

/* Length of a string sequence (OSC, DCS, …) at s, 0 when it is not complete. */
static size_t decoder_string_parse(const char *s, size_t n)
{
    for (size_t i = 2; i < n; i++) {
        if (s[i] == 7)
            return i + 1;
        if (s[i] == 033 && i + 1 < n)
            return s[i + 1] == '\\' ? i + 2 : i;
    }
    return 0;
}

/* OSC 11 ; rgb:RRRR/GGGG/BBBB, with one to four digits each. */
static bool decoder_background(struct token *out)
{
    char digits[3][5];
    if (sscanf(out->bytes, "\033]11;rgb:%4[0-9a-fA-F]/%4[0-9a-fA-F]/%4[0-9a-fA-F]", digits[0],
               digits[1], digits[2]) != 3)
        return false;
    double bright = 0;
    static const double weights[3] = {0.3, 0.59, 0.11};
    for (int i = 0; i < 3; i++) {
        double full = (double)((1 << 4 * strlen(digits[i])) - 1);
        bright += weights[i] * (double)strtoul(digits[i], NULL, 16) / full;
    }
    out->kind = TOKEN_BACKGROUND;
    out->button = bright > 0.5;
    return true;
}

enum cut { CUT_TOKEN, CUT_NOTHING, CUT_MORE };

static enum cut decoder_cut_alt(struct decoder *d, const char *s, size_t n, struct token *out)
{
    unsigned char c = (unsigned char)s[1];
    uint32_t cp;
    size_t used = utf8_decode(s + 1, n - 1, &cp);
    char base[16] = "";
    if (c < 0x20 || c == 0x7f)
        decoder_name_c0(c, base, sizeof base);
    else
        snprintf(base, sizeof base, "%.*s", (int)used, s + 1);
    snprintf(out->name, sizeof out->name, "M-%s", base);
    decoder_take(d, 1 + used, out);
    return CUT_TOKEN;
}

static enum cut decoder_cut_csi(struct decoder *d, const char *s, size_t n, bool timed_out,
                                struct token *out)
{
    struct csi k;
    size_t len = decoder_csi_parse(s, n, &k);
    if (len == 0 && !timed_out)
        return CUT_MORE;
    decoder_take(d, len ? len : n, out);
    if (len == 6 && memcmp(out->bytes, "\033[200~", 6) == 0) {
        d->pasting = true;
        return CUT_NOTHING;
    }
    return len && k.final && decoder_csi_token(&k, out) ? CUT_TOKEN : CUT_NOTHING;
}

static enum cut decoder_cut_ss3(struct decoder *d, const char *s, size_t n, bool timed_out,
                                struct token *out)
{
    if (n < 3)
        return timed_out ? decoder_cut_alt(d, s, n, out) : CUT_MORE;
    const char *base = s[2] == 'M' ? "Enter" : decoder_final_name(s[2]);
    snprintf(out->name, sizeof out->name, "%s", base ? base : "");
    decoder_take(d, 3, out);
    return CUT_TOKEN;
}

static enum cut decoder_cut_string(struct decoder *d, const char *s, size_t n, bool timed_out,
                                   struct token *out)
{
    size_t len = decoder_string_parse(s, n);
    if (len == 0 && !timed_out)
        return CUT_MORE;
    decoder_take(d, len ? len : n, out);
    return len && decoder_background(out) ? CUT_TOKEN : CUT_NOTHING;
}

/* ESC alone: the time ran out, or a second ESC shows that the first stood alone. */
static enum cut decoder_cut_lone(struct decoder *d, size_t n, bool timed_out, struct token *out)
{
    if (n == 1 && !timed_out)
        return CUT_MORE;
    snprintf(out->name, sizeof out->name, "Esc");
    decoder_take(d, 1, out);
    return CUT_TOKEN;
}

static enum cut decoder_cut_escape(struct decoder *d, const char *s, size_t n, bool timed_out,
                                   struct token *out)
{
    if (n == 1 || s[1] == 033)
        return decoder_cut_lone(d, n, timed_out, out);
    if (s[1] == '[')
        return decoder_cut_csi(d, s, n, timed_out, out);
    if (s[1] == 'O')
        return decoder_cut_ss3(d, s, n, timed_out, out);
    if (strchr("]P^_X", s[1]) && (n > 2 || !timed_out))
        return decoder_cut_string(d, s, n, timed_out, out);
    if (utf8_incomplete_tail(s + 1, n - 1) == n - 1 && !timed_out)
        return CUT_MORE;
    return decoder_cut_alt(d, s, n, out);
}

static void decoder_clean_paste(struct decoder *d, struct token *out)
{
    struct buf raw = d->token;
    d->token = (struct buf){0};
    for (size_t i = 0; i < raw.len; i++) /* terminals send Enter for a line's end */
        if (raw.ptr[i] == '\r' && (i + 1 == raw.len || raw.ptr[i + 1] != '\n'))
            raw.ptr[i] = '\n';
    struct sanitizer z = {0};
    sanitize_add(&z, buf_cstr(&raw), raw.len, SANITIZE_OWN, &d->token);
    sanitize_end(&z, SANITIZE_OWN, &d->token);
    buf_fini(&raw);
    out->bytes = buf_cstr(&d->token);
    out->len = d->token.len;
}

static enum cut decoder_cut_paste(struct decoder *d, bool timed_out, struct token *out)
{
    const char *s = d->in.ptr ? d->in.ptr + d->pos : "";
    size_t n = d->in.len - d->pos;
    size_t mark = sizeof paste_end - 1;
    const char *end =
        n > d->scanned ? memmem(s + d->scanned, n - d->scanned, paste_end, mark) : NULL;
    if (!end && !timed_out) {
        d->scanned = n > mark ? n - mark : 0;
        return CUT_MORE;
    }
    d->pasting = false;
    out->kind = TOKEN_PASTE;
    size_t len = end ? (size_t)(end - s) : n;
    struct token skip;
    decoder_take(d, end ? len + mark : len, &skip);
    buf_cut(&d->token, len);
    decoder_clean_paste(d, out);
    return CUT_TOKEN;
}

static enum cut decoder_cut(struct decoder *d, int64_t now_ms, struct token *out)
{
    *out = (struct token){.kind = TOKEN_KEY};
    bool timed_out = now_ms - d->last_ms >= decoder_wait(d);
    if (d->pasting)
        return decoder_cut_paste(d, timed_out, out);
    const char *s = d->in.ptr + d->pos;
    size_t n = d->in.len - d->pos;
    unsigned char c = (unsigned char)*s;
    if (c == 033)
        return decoder_cut_escape(d, s, n, timed_out, out);
    if (c < 0x20 || c == 0x7f) {
        decoder_name_c0(c, out->name, sizeof out->name);
        decoder_take(d, 1, out);
        return CUT_TOKEN;
    }
    if (utf8_incomplete_tail(s, n) == n && !timed_out)
        return CUT_MORE;
    uint32_t cp;
    size_t used = utf8_decode(s, n, &cp);
    decoder_take(d, used, out);
    if (cp == UTF8_BAD || (cp >= 0x80 && cp < 0xa0))
        return CUT_NOTHING;
    out->kind = TOKEN_CHAR;
    memcpy(out->name, out->bytes, out->len);
    return CUT_TOKEN;
}

bool decoder_next(struct decoder *d, int64_t now_ms, struct token *out)
{
    while (d->pos < d->in.len || d->pasting) {
        enum cut cut = decoder_cut(d, now_ms, out);
        if (cut != CUT_NOTHING)
            return cut == CUT_TOKEN;
    }
    return false;
}

bool decoder_encode(const char *name, struct buf *out)
{
    for (size_t i = 0; i < COUNT_OF(sequences); i++)
        if (strcmp(sequences[i].name, name) == 0) {
            buf_adds(out, sequences[i].bytes);
            return true;
        }
    size_t n = strlen(name);
    uint32_t cp;
    const char *second = strchr(name, ' ');
    if (second && second > name && second[1]) { /* "C-x C-e" */
        AUTO_FREE char *first = mem_strndup(name, (size_t)(second - name));
        return decoder_encode(first, out) && decoder_encode(second + 1, out);
    }
    if (n > 2 && name[0] == 'M' && name[1] == '-') {
        buf_addc(out, '\033');
        return decoder_encode(name + 2, out);
    }
    if (n == 3 && name[0] == 'C' && name[1] == '-') {
        buf_addc(out, (char)(name[2] & 0x1f));
        return true;
    }
    if (n == 0 || utf8_decode(name, n, &cp) != n)
        return false;
    buf_add(out, name, n);
    return true;
}
