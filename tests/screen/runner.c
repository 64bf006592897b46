/*
 * runner - runs screen scripts: events and keys in, canvases and requests out. No terminal,
 * a virtual clock, no sleeps. usage: runner DIR|FILE...   UPDATE=1 rewrites the goldens.
 *
 * Script lines (# starts a comment):
 *   size 80x24              a new size; the first line of every script
 *   event {"type":…}        one event of the engine, in its JSON form
 *   repeat N event {…}      the same event N times; %d in it counts from 1
 *   type some text          each character as a key; <Enter> and the like are key names
 *   key C-t j j             keys by name
 *   bytes \e[A              raw bytes as a terminal sends them; \e \r \n \t \xHH
 *   torn \e[A               the same, given to the decoder one byte at a time
 *   paste text              a bracketed paste; \n for a new line
 *   wait 1200               milliseconds pass
 *   screen                  what the |rows| that follow must be
 *   caret 21 4              where the caret must be; `caret none`
 *   look 3 17 warn          the role of what stands in that row and column, as theme files name it;
 *                           `look 3 17 text on diff_add_row`: and of the surface below
 *   expect-request submit text=…    the oldest request not yet expected
 *   expect-no-request
 *   live                    from here on, as outside tests: a question is deaf at first
 *   expect-pending quit        what the terminal's owner is asked to do
 */
#include <dirent.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "support/canvas_dump.h"
#include "ui/app/app_draw.h"
#include "ui/app/app_feed.h"
#include "ui/input/input.h"
#include "ui/term/glyph.h"

struct script {
    const char *path;
    struct buf source, rewritten;
    struct app app;
    struct canvas canvas;
    struct decoder decoder;
    VEC(char *) requests;
    size_t expected;
    int line;
    bool update, failed;
};

static int64_t now_ms;

static int64_t runner_clock(void)
{
    return now_ms;
}

static void runner_fail(struct script *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void runner_fail(struct script *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: ", s->path, s->line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    s->failed = true;
}

static void runner_post(void *arg, struct request r)
{
    struct script *s = arg;
    AUTO(buf) b = {0};
    request_describe(&r, &b);
    for (size_t i = 0; i < b.len; i++) /* one request is one line of a script */
        if (b.ptr[i] == '\n')
            b.ptr[i] = '~';
    VEC_PUSH(&s->requests, buf_take(&b));
    request_fini(&r);
}

static void runner_drain(struct script *s)
{
    struct token t;
    while (decoder_next(&s->decoder, now_ms, &t))
        app_token(&s->app, &t);
}

static void runner_bytes(struct script *s, const char *bytes, size_t n)
{
    decoder_add(&s->decoder, bytes, n, now_ms);
    runner_drain(s);
}

static void runner_key(struct script *s, const char *name)
{
    AUTO(buf) bytes = {0};
    if (!decoder_encode(name, &bytes)) {
        runner_fail(s, "no key is called \"%s\"", name);
        return;
    }
    bool nul = strcmp(name, "C-Space") == 0;
    runner_bytes(s, nul ? "" : bytes.ptr, nul ? 1 : bytes.len);
    if (strcmp(name, "Esc") == 0) { /* nothing follows it: its time runs out */
        now_ms += 100;
        runner_drain(s);
    }
}

static void runner_keys(struct script *s, const char *names)
{
    while (*names) {
        size_t n = strcspn(names, " ");
        AUTO_FREE char *name = mem_strndup(names, n);
        if (n > 0)
            runner_key(s, name);
        names += n + (names[n] == ' ');
    }
}

static void runner_type(struct script *s, const char *text)
{
    while (*text) {
        const char *end = *text == '<' ? strchr(text, '>') : NULL;
        if (end) {
            AUTO_FREE char *name = mem_strndup(text + 1, (size_t)(end - text - 1));
            runner_key(s, name);
            text = end + 1;
            continue;
        }
        size_t n = 1;
        while ((text[n] & 0xc0) == 0x80)
            n++;
        runner_bytes(s, text, n);
        text += n;
    }
}

static void runner_unescape(const char *s, struct buf *out)
{
    for (; *s; s++) {
        if (*s != '\\' || !s[1]) {
            buf_addc(out, *s);
            continue;
        }
        unsigned hex;
        switch (*++s) {
        case 'e':
            buf_addc(out, '\033');
            break;
        case 'r':
            buf_addc(out, '\r');
            break;
        case 'n':
            buf_addc(out, '\n');
            break;
        case 't':
            buf_addc(out, '\t');
            break;
        case 'x':
            if (sscanf(s + 1, "%2x", &hex) == 1) {
                buf_addc(out, (char)hex);
                s += 2;
            }
            break;
        default:
            buf_addc(out, *s);
        }
    }
}

static void runner_raw(struct script *s, const char *text, bool torn)
{
    AUTO(buf) bytes = {0};
    runner_unescape(text, &bytes);
    for (size_t i = 0; torn && i < bytes.len; i++)
        runner_bytes(s, bytes.ptr + i, 1);
    if (!torn)
        runner_bytes(s, bytes.ptr, bytes.len);
}

static void runner_paste(struct script *s, const char *text)
{
    AUTO(buf) bytes = {0};
    buf_adds(&bytes, "\033[200~");
    runner_unescape(text, &bytes);
    buf_adds(&bytes, "\033[201~");
    runner_bytes(s, bytes.ptr, bytes.len);
}

static void runner_event(struct script *s, const char *json)
{
    struct event ev;
    struct error e = {0};
    if (!event_from_json(&ev, json, strlen(json), &e)) {
        runner_fail(s, "%s", e.text);
        return;
    }
    app_event(&s->app, &ev);
    event_fini(&ev);
}

static void runner_repeat(struct script *s, const char *rest)
{
    char *json;
    long times = strtol(rest, &json, 10);
    json += strspn(json, " ");
    if (strncmp(json, "event ", 6) != 0) {
        runner_fail(s, "repeat wants: repeat N event {…}");
        return;
    }
    for (long i = 1; i <= times; i++) {
        AUTO(buf) one = {0};
        for (const char *p = json + 6; *p; p++) {
            if (p[0] == '%' && p[1] == 'd') {
                buf_addf(&one, "%ld", i);
                p++;
            } else {
                buf_addc(&one, *p);
            }
        }
        runner_event(s, buf_cstr(&one));
    }
}

static void runner_size(struct script *s, const char *rest)
{
    int cols, rows;
    if (sscanf(rest, "%dx%d", &cols, &rows) != 2) {
        runner_fail(s, "size wants COLSxROWS");
        return;
    }
    canvas_resize(&s->canvas, rows, cols);
    input_set_size(rows, cols);
}

static void runner_expect_request(struct script *s, const char *rest)
{
    if (s->expected >= s->requests.len) {
        runner_fail(s, "no request was posted; expected: %s", rest);
        return;
    }
    const char *got = s->requests.ptr[s->expected++];
    if (strcmp(got, rest) != 0)
        runner_fail(s, "expected request: %s\n  posted: %s", rest, got);
}

static void runner_expect_pending(struct script *s, const char *rest)
{
    static const struct {
        const char *name;
        unsigned bit;
    } actions[] = {
        {"quit", PENDING_QUIT},       {"editor", PENDING_EDITOR}, {"suspend", PENDING_SUSPEND},
        {"repaint", PENDING_REPAINT}, {"theme", PENDING_THEME},   {"copy", PENDING_COPY},
        {"summary", PENDING_SUMMARY}, {"bell", PENDING_BELL},     {"mouse", PENDING_MOUSE}};
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (strcmp(actions[i].name, rest) == 0) {
            if (!(s->app.pending & actions[i].bit))
                runner_fail(s, "%s is not asked for", rest);
            s->app.pending &= ~actions[i].bit;
            return;
        }
    runner_fail(s, "nothing is called %s", rest);
}

static void runner_caret(struct script *s, const char *rest)
{
    int row = -1, col = -1;
    sscanf(rest, "%d %d", &row, &col);
    if (s->canvas.caret_row != row || s->canvas.caret_col != col)
        runner_fail(s, "caret is at %d %d", s->canvas.caret_row, s->canvas.caret_col);
}

static const char *const role_names[] = {
#define ROLE(NAME, name, fallback, help) #name,
#include "ui/term/roles.def"
#undef ROLE
};

static void runner_look(struct script *s, const char *rest)
{
    int row = -1, col = -1;
    char role[40] = "", under[40] = "";
    int n = sscanf(rest, "%d %d %39s on %39s", &row, &col, role, under);
    if (n < 3 || row < 0 || row >= s->canvas.rows || col < 0 || col >= s->canvas.cols) {
        runner_fail(s, "look wants ROW COL ROLE [on ROLE]");
        return;
    }
    const struct cell *k = canvas_at(&s->canvas, row, col);
    const char *is = role_names[STYLE_ROLE_OF(k->style)], *on = role_names[k->under];
    if (strcmp(is, role) != 0 || (n == 4 && strcmp(on, under) != 0))
        runner_fail(s, "\"%.*s\" looks %s on %s", k->len, k->text, is, on);
}

/* Compare with the golden rows that follow; returns what comes after them. */
static const char *runner_screen(struct script *s, const char *golden)
{
    const char *end = golden;
    while (*end == '|')
        end += strcspn(end, "\n") + (strchr(end, '\n') != NULL);
    app_draw(&s->app, &s->canvas);
    AUTO(buf) is = {0};
    canvas_dump(&s->canvas, &is);
    size_t n = (size_t)(end - golden);
    if (!s->update && (is.len != n || memcmp(is.ptr, golden, n) != 0))
        runner_fail(s, "the screen differs; it is:\n%s", buf_cstr(&is));
    buf_add(&s->rewritten, buf_cstr(&is), is.len);
    for (const char *p = golden; p < end; p++)
        s->line += *p == '\n';
    return end;
}

static void runner_line(struct script *s, const char *line)
{
    size_t n = strcspn(line, " ");
    const char *rest = line + n + (line[n] == ' ');
    AUTO_FREE char *word = mem_strndup(line, n);
    if (n == 0 || *line == '#')
        return;
    if (strcmp(word, "size") == 0)
        runner_size(s, rest);
    else if (strcmp(word, "event") == 0)
        runner_event(s, rest);
    else if (strcmp(word, "repeat") == 0)
        runner_repeat(s, rest);
    else if (strcmp(word, "type") == 0)
        runner_type(s, rest);
    else if (strcmp(word, "key") == 0)
        runner_keys(s, rest);
    else if (strcmp(word, "bytes") == 0 || strcmp(word, "torn") == 0)
        runner_raw(s, rest, *word == 't');
    else if (strcmp(word, "paste") == 0)
        runner_paste(s, rest);
    else if (strcmp(word, "wait") == 0)
        now_ms += atoi(rest);
    else if (strcmp(word, "live") == 0)
        s->app.still = false;
    else if (strcmp(word, "caret") == 0)
        runner_caret(s, rest);
    else if (strcmp(word, "look") == 0)
        runner_look(s, rest);
    else if (strcmp(word, "expect-request") == 0)
        runner_expect_request(s, rest);
    else if (strcmp(word, "expect-no-request") == 0 && s->expected < s->requests.len)
        runner_fail(s, "a request was posted: %s", s->requests.ptr[s->expected]);
    else if (strcmp(word, "expect-pending") == 0)
        runner_expect_pending(s, rest);
    else if (strcmp(word, "screen") != 0 && strcmp(word, "expect-no-request") != 0)
        runner_fail(s, "unknown word \"%s\"", word);
}

static void runner_run(struct script *s)
{
    const char *p = buf_cstr(&s->source);
    while (*p) {
        size_t n = strcspn(p, "\n");
        AUTO_FREE char *line = mem_strndup(p, n);
        s->line++;
        buf_addf(&s->rewritten, "%s\n", line);
        p += n + (p[n] == '\n');
        runner_line(s, line);
        if (strcmp(line, "screen") == 0)
            p = runner_screen(s, p);
        else
            app_draw(&s->app, &s->canvas);
    }
    if (input_underflows() > 0)
        runner_fail(s, "readline asked for bytes that were not there");
}

static void runner_script(void **state)
{
    struct error e = {0};
    struct script s = {.path = *state, .update = getenv("UPDATE") != NULL};
    if (!file_read(s.path, &s.source, 1 << 20, &e))
        fail_msg("%s", e.text);
    now_ms = 1000000;
    input_init(NULL);
    app_init(&s.app, NULL, NULL, false, (struct post){runner_post, &s});
    s.app.still = true;
    s.app.pending = 0;
    canvas_init(&s.canvas, 24, 80);
    runner_run(&s);
    if (s.update && !file_write(s.path, buf_cstr(&s.rewritten), s.rewritten.len, &e))
        fail_msg("%s", e.text);
    input_ask_end();
    input_clear();
    app_fini(&s.app);
    input_fini();
    canvas_fini(&s.canvas);
    decoder_fini(&s.decoder);
    buf_fini(&s.source);
    buf_fini(&s.rewritten);
    for (size_t i = 0; i < s.requests.len; i++)
        free(s.requests.ptr[i]);
    VEC_FREE(&s.requests);
    assert_false(s.failed);
}

static VEC(struct CMUnitTest) tests;

static void runner_add(const char *path)
{
    struct CMUnitTest t = {.name = path, .test_func = runner_script, .initial_state = (void *)path};
    VEC_PUSH(&tests, t);
}

static void runner_add_dir(const char *dir)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *dot = strrchr(names[i]->d_name, '.');
        if (dot && strcmp(dot, ".t") == 0)
            runner_add(mem_printf("%s/%s", dir, names[i]->d_name));
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    if (!setlocale(LC_ALL, "C.UTF-8"))
        return 2;
    setenv("INPUTRC", "/dev/null", 1);
    unsetenv("MIEN_ASCII");
    glyph_choose();
    clock_set_source(runner_clock);
    for (int i = 1; i < argc; i++) {
        size_t n = strlen(argv[i]);
        if (n > 2 && strcmp(argv[i] + n - 2, ".t") == 0)
            runner_add(argv[i]);
        else
            runner_add_dir(argv[i]);
    }
    return _cmocka_run_group_tests("screen", tests.ptr, tests.len, NULL, NULL);
}
