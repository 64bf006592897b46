#include "llm/args.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

struct fixer {
    struct buf out, notes;
    int depth;
    bool open_string;
};

static void args_note(struct buf *notes, const char *what)
{
    if (strstr(buf_cstr(notes), what))
        return;
    buf_addf(notes, "%s%s", notes->len ? ", " : "", what);
}

static int args_hex4(const char *p, const char *end)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        if (p + i >= end || !isxdigit((unsigned char)p[i]))
            return -1;
        int c = tolower((unsigned char)p[i]);
        v = v * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return v;
}

static bool args_is_low(const char *p, const char *end)
{
    int v = p + 1 < end && p[0] == '\\' && p[1] == 'u' ? args_hex4(p + 2, end) : -1;
    return v >= 0xdc00 && v <= 0xdfff;
}

bool args_mend_escapes(const char *text, size_t n, struct buf *out)
{
    bool mended = false;
    const char *end = text + n;
    for (const char *p = text; p < end;) {
        if (*p != '\\' || p + 1 >= end) {
            buf_addc(out, *p++);
            continue;
        }
        int v = p[1] == 'u' ? args_hex4(p + 2, end) : -1;
        bool high = v >= 0xd800 && v <= 0xdbff, pair = high && args_is_low(p + 6, end);
        bool bad = v == 0 || (high && !pair) || (v >= 0xdc00 && v <= 0xdfff);
        size_t len = pair ? 12 : v >= 0 ? 6 : 2;
        if (bad)
            buf_adds(out, "\\ufffd");
        else
            buf_add(out, p, len);
        mended = mended || bad;
        p += len;
    }
    return mended;
}

static bool args_has_nul(const char *text)
{
    for (const char *p = text; (p = strchr(p, '\\')); p += 2)
        if (strncmp(p, "\\u0000", 6) == 0)
            return true;
        else if (!p[1])
            return false;
    return false;
}

/* Last one wins, as in most parsers; cJSON would answer the first. */
static void args_drop_duplicates(cJSON *j, struct buf *notes)
{
    for (cJSON *c = j->child, *next; c; c = next) {
        next = c->next;
        bool again = false;
        for (const cJSON *d = next; d && c->string && !again; d = d->next)
            again = strcmp(c->string, d->string) == 0;
        if (again) {
            args_note(notes, "a repeated key (the last one counts)");
            cJSON_Delete(cJSON_DetachItemViaPointer(j, c));
        } else {
            args_drop_duplicates(c, notes);
        }
    }
}

bool args_is_object(const char *text, size_t n)
{
    AUTO_JSON *j = json_parse(text, n, NULL);
    return cJSON_IsObject(j);
}

bool args_is_exact(const char *text, size_t n)
{
    size_t blank = strspn(text, " \t\r\n");
    return text[blank] == '{' && json_is_strict(text, n);
}

static void args_trim(const char **text, size_t *n)
{
    while (*n && isspace((unsigned char)**text))
        ++*text, --*n;
    while (*n && isspace((unsigned char)(*text)[*n - 1]))
        --*n;
}

static bool args_strip_fence(const char **text, size_t *n)
{
    if (*n < 6 || strncmp(*text, "```", 3) != 0 || memcmp(*text + *n - 3, "```", 3) != 0)
        return false;
    const char *line = memchr(*text, '\n', *n);
    if (!line || line + 1 > *text + *n - 3)
        return false;
    *n = (size_t)(*text + *n - 3 - (line + 1));
    *text = line + 1;
    args_trim(text, n);
    return true;
}

/* Copy a string in either kind of quotes as a JSON string; returns what follows it. */
static const char *args_fix_string(struct fixer *f, const char *p, const char *end)
{
    char quote = *p++;
    if (quote == '\'')
        args_note(&f->notes, "single quotes");
    buf_addc(&f->out, '"');
    for (; p < end && *p != quote; p++) {
        if (*p == '\\' && p + 1 < end) {
            if (p[1] != '\'')
                buf_addc(&f->out, '\\');
            buf_addc(&f->out, *++p);
        } else if (*p == '"') {
            buf_adds(&f->out, "\\\"");
        } else if ((unsigned char)*p < 0x20) {
            args_note(&f->notes, "raw control characters");
            buf_addf(&f->out, "\\u%04x", (unsigned)*p);
        } else {
            buf_addc(&f->out, *p);
        }
    }
    buf_addc(&f->out, '"');
    f->open_string = p >= end;
    return p < end ? p + 1 : end;
}

static const char *args_fix_word(struct fixer *f, const char *p, const char *end)
{
    static const char *const python[][2] = {{"True", "true"}, {"False", "false"}, {"None", "null"}};
    size_t n = 0;
    while (p + n < end && (isalnum((unsigned char)p[n]) || p[n] == '_'))
        n++;
    for (size_t i = 0; i < COUNT_OF(python); i++) {
        if (n != strlen(python[i][0]) || memcmp(p, python[i][0], n) != 0)
            continue;
        args_note(&f->notes, "Python literals");
        buf_adds(&f->out, python[i][1]);
        return p + n;
    }
    buf_add(&f->out, p, n);
    return p + n;
}

static bool args_is_trailing_comma(const char *p, const char *end)
{
    p++;
    while (p < end && isspace((unsigned char)*p))
        p++;
    return p < end && (*p == '}' || *p == ']');
}

static void args_fix(struct fixer *f, const char *p, const char *end)
{
    while (p < end) {
        if (*p == '"' || *p == '\'') {
            p = args_fix_string(f, p, end);
        } else if (isalpha((unsigned char)*p)) {
            p = args_fix_word(f, p, end);
        } else if (*p == ',' && args_is_trailing_comma(p, end)) {
            args_note(&f->notes, "a trailing comma");
            p++;
        } else {
            f->depth += *p == '{' || *p == '[';
            f->depth -= *p == '}' || *p == ']';
            buf_addc(&f->out, *p++);
        }
    }
}

static void args_mended(struct fixer *f, const char *text, size_t n, struct buf *mended)
{
    if (args_strip_fence(&text, &n))
        args_note(&f->notes, "a code fence");
    args_fix(f, text, text + n);
    if (args_mend_escapes(buf_cstr(&f->out), f->out.len, mended))
        args_note(&f->notes, "lone surrogates");
}

bool args_mend(const char *text, struct buf *out)
{
    struct fixer f = {0};
    size_t n = strlen(text);
    args_trim(&text, &n);
    args_mended(&f, text, n, out);
    buf_fini(&f.out);
    buf_fini(&f.notes);
    return args_is_exact(buf_cstr(out), out->len);
}

static cJSON *args_repair(const char *text, size_t n, struct buf *notes, struct error *e)
{
    struct fixer f = {0};
    AUTO(buf) mended = {0};
    struct error why = {0};
    args_mended(&f, text, n, &mended);
    cJSON *j = NULL;
    if (f.open_string || f.depth > 0)
        error_set(e, ERR_PARSE, "the arguments are cut short (%s). Send the call again, whole",
                  f.open_string ? "a string does not end" : "a bracket is not closed");
    else if (!(j = json_parse(buf_cstr(&mended), mended.len, &why)))
        error_set(e, ERR_PARSE, "the arguments are not JSON: %s", why.text);
    if (j)
        buf_adds(notes, buf_cstr(&f.notes));
    buf_fini(&f.out);
    buf_fini(&f.notes);
    return j;
}

/* A JSON string that itself is an object: some servers encode twice. */
static cJSON *args_unwrap(cJSON *j, struct buf *notes)
{
    cJSON *inner =
        cJSON_IsString(j) ? json_parse(j->valuestring, strlen(j->valuestring), NULL) : NULL;
    if (!cJSON_IsObject(inner)) {
        cJSON_Delete(inner);
        return j;
    }
    args_note(notes, "an object inside a string");
    cJSON_Delete(j);
    return inner;
}

static cJSON *args_check_kind(cJSON *j, struct error *e)
{
    if (!j || cJSON_IsObject(j))
        return j;
    bool null = cJSON_IsNull(j);
    const char *kind = cJSON_IsArray(j) ? "an array" : cJSON_IsString(j) ? "a string" : "a value";
    if (!null)
        error_set(e, ERR_PARSE, "the arguments must be one JSON object, not %s", kind);
    cJSON_Delete(j);
    return null ? cJSON_CreateObject() : NULL;
}

cJSON *args_parse(const char *text, enum llm_finish finish, char **note, struct error *e)
{
    AUTO(buf) notes = {0};
    size_t n = text ? strlen(text) : 0;
    if (note)
        *note = NULL;
    if (finish == LLM_FINISH_LENGTH) {
        error_set(e, ERR_PARSE,
                  "the answer was cut by the token limit, so the call is not run. "
                  "Send it again, in smaller parts if it is long");
        return NULL;
    }
    args_trim(&text, &n);
    if (n == 0)
        return cJSON_CreateObject();
    if (args_has_nul(text)) {
        error_set(e, ERR_PARSE, "the arguments hold a NUL character (\\u0000)");
        return NULL;
    }
    cJSON *j = json_parse(text, n, NULL);
    if (!j)
        j = args_repair(text, n, &notes, e);
    if (j)
        j = args_unwrap(j, &notes);
    j = args_check_kind(j, e);
    if (j)
        args_drop_duplicates(j, &notes);
    if (j && notes.len && note)
        *note = mem_printf("repaired the arguments: %s", buf_cstr(&notes));
    return j;
}
