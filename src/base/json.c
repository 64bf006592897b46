#include "base/json.h"

#include <assert.h>
#include <ctype.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* cJSON answers NULL without memory, and its callers would have to tell that from nothing. With
 * hooks it has no realloc and prints slowly; json_write() prints here. */
static __attribute__((constructor)) void json_init(void)
{
    cJSON_Hooks hooks = {.malloc_fn = mem_alloc_raw, .free_fn = free};
    cJSON_InitHooks(&hooks);
}

void json_free_ptr(cJSON **j)
{
    cJSON_Delete(*j);
}

static void json_position(const char *text, const char *at, int *line, int *col)
{
    *line = 1;
    *col = 1;
    for (const char *p = text; p < at; p++) {
        if (*p == '\n') {
            ++*line;
            *col = 0;
        }
        ++*col;
    }
}

/* ---- numbers ---- */

/* A double holds every whole number up to 15 digits; of longer ones the text is kept beside it,
 * in valuestring, which cJSON duplicates and frees with the number. */
#define DIGITS_EXACT 15

static size_t json_digits(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && isdigit((unsigned char)p[i]))
        i++;
    return i;
}

/* The grammar of RFC 8259, of which strtod and cJSON take more. */
static bool json_number_valid(const char *p, size_t n)
{
    size_t i = n && *p == '-', digits = json_digits(p + i, n - i);
    if (digits == 0 || (digits > 1 && p[i] == '0'))
        return false;
    i += digits;
    if (i < n && p[i] == '.') {
        digits = json_digits(p + i + 1, n - i - 1);
        i += 1 + digits;
        if (digits == 0)
            return false;
    }
    if (i < n && (p[i] == 'e' || p[i] == 'E')) {
        i++;
        i += i < n && (p[i] == '+' || p[i] == '-');
        digits = json_digits(p + i, n - i);
        i += digits;
        if (digits == 0)
            return false;
    }
    return i == n;
}

/* Would more than the double's 15 digits be lost? */
static bool json_number_long(const char *p, size_t n)
{
    size_t digits = 0;
    bool exponent = false;
    for (size_t i = 0; i < n && !exponent; i++) {
        exponent = p[i] == 'e' || p[i] == 'E';
        digits += isdigit((unsigned char)p[i]) != 0;
    }
    return digits > DIGITS_EXACT || exponent;
}

static void json_keep_digits(cJSON *number, const char *p, size_t n)
{
    if (json_number_long(p, n) && json_number_valid(p, n))
        number->valuestring = mem_strndup(p, n);
}

/* Behind the string that begins at p. */
static const char *json_skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

/* The next number's text at or after p, *n bytes; NULL: there is none. */
static const char *json_next_number(const char *p, const char *end, size_t *n)
{
    while (p < end && *p != '-' && !isdigit((unsigned char)*p))
        p = *p == '"' ? json_skip_string(p, end) : p + 1;
    for (*n = 0; p + *n < end && p[*n] && strchr("+-.0123456789eE", p[*n]);)
        ++*n;
    return p < end ? p : NULL;
}

/* Numbers of a tree come in the order of the text that it was parsed from. */
static const char *json_keep_numbers(cJSON *j, const char *p, const char *end)
{
    size_t n;
    if (cJSON_IsNumber(j)) {
        p = json_next_number(p, end, &n);
        assert(p); /* cJSON made every number of the tree from one in the text */
        json_keep_digits(j, p, n);
        return p + n;
    }
    for (cJSON *c = j->child; c; c = c->next)
        p = json_keep_numbers(c, p, end);
    return p;
}

/* Most texts hold no such number, and then the tree is not walked. */
static bool json_has_long_number(const char *p, const char *end)
{
    size_t n;
    for (; (p = json_next_number(p, end, &n)); p += n)
        if (json_number_long(p, n))
            return true;
    return false;
}

cJSON *json_number(double value, const char *text)
{
    assert(text);
    cJSON *j = cJSON_CreateNumber(value);
    json_keep_digits(j, text, strlen(text));
    return j;
}

/* ---- parsing ---- */

cJSON *json_parse_prefix(const char *text, size_t n, const char **end)
{
    *end = NULL;
    cJSON *j = cJSON_ParseWithLengthOpts(text, n, end, false);
    if (j && json_has_long_number(text, *end))
        json_keep_numbers(j, text, *end);
    return j;
}

cJSON *json_parse(const char *text, size_t n, struct error *e)
{
    const char *end;
    cJSON *j = json_parse_prefix(text, n, &end);
    const char *rest = end ? end : text;
    while (j && rest < text + n && (isspace((unsigned char)*rest) || *rest == '\0'))
        rest++;
    if (j && rest == text + n)
        return j;
    int line, col;
    if (rest > text + n)
        rest = text + n;
    json_position(text, rest, &line, &col);
    if (rest + 1 >= text + n && !j)
        error_set(e, ERR_PARSE, "JSON ends early at line %d column %d", line, col);
    else
        error_set(e, ERR_PARSE, "%s at line %d column %d, near \"%.*s\"",
                  j ? "text after the JSON value" : "bad JSON", line, col,
                  (int)utf8_cut(rest, (size_t)(text + n - rest), 20), rest);
    cJSON_Delete(j);
    return NULL;
}

bool json_is_strict(const char *text, size_t n)
{
    const char *end = text + n;
    AUTO_JSON *j = json_parse(text, n, NULL);
    if (!j || !utf8_valid(text, n))
        return false;
    for (const char *p = text; p < end;) {
        if (*p == '"') {
            const char *after = json_skip_string(p, end);
            for (; p < after; p++)
                if ((unsigned char)*p < 0x20)
                    return false;
        } else if (*p == '-' || isdigit((unsigned char)*p)) {
            size_t number;
            (void)json_next_number(p, end, &number);
            if (!json_number_valid(p, number))
                return false;
            p += number;
        } else if ((unsigned char)*p < 0x20 && !strchr("\t\n\r", *p)) {
            return false; /* to cJSON every control character is white space */
        } else {
            p++;
        }
    }
    return true;
}

/* ---- reading ---- */

const cJSON *json_get(const cJSON *obj, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(obj, key);
}

const char *json_str(const cJSON *obj, const char *key, const char *fallback)
{
    const cJSON *v = json_get(obj, key);
    return cJSON_IsString(v) ? v->valuestring : fallback;
}

double json_num(const cJSON *obj, const char *key, double fallback)
{
    const cJSON *v = json_get(obj, key);
    return cJSON_IsNumber(v) ? v->valuedouble : fallback;
}

int64_t json_int(const cJSON *obj, const char *key, int64_t fallback)
{
    double d = json_num(obj, key, NAN);
    if (isnan(d))
        return fallback;
    return d >= 9e15    ? INT64_C(9000000000000000)
           : d <= -9e15 ? -INT64_C(9000000000000000)
                        : (int64_t)d;
}

bool json_bool(const cJSON *obj, const char *key, bool fallback)
{
    const cJSON *v = json_get(obj, key);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : fallback;
}

void json_add(cJSON *obj, const char *key, cJSON *value)
{
    if (value)
        cJSON_AddItemToObject(obj, key, value);
}

void json_add_str(cJSON *obj, const char *key, const char *value)
{
    if (value)
        json_add_strn(obj, key, value, strlen(value));
}

void json_add_strn(cJSON *obj, const char *key, const char *value, size_t n)
{
    AUTO(buf) clean = {0};
    utf8_repair(&clean, value, n);
    json_add(obj, key, cJSON_CreateString(buf_cstr(&clean)));
}

void json_add_int(cJSON *obj, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    json_add(obj, key, json_number((double)value, text));
}

void json_add_bool(cJSON *obj, const char *key, bool value)
{
    json_add(obj, key, cJSON_CreateBool(value));
}

cJSON *json_success(void)
{
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", true);
    return j;
}

cJSON *json_error(const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", false);
    json_add_str(j, "error", buf_cstr(&text));
    return j;
}

/* ---- writing ---- */

static void json_write_number(struct buf *out, const cJSON *j)
{
    double d = j->valuedouble, back;
    char text[32];
    if (j->valuestring) {
        buf_adds(out, j->valuestring);
    } else if (!isfinite(d)) {
        buf_adds(out, "null");
    } else if (d == floor(d) && fabs(d) < 9.2e18 && !(d == 0 && signbit(d))) {
        buf_add_int(out, (int64_t)d);
    } else {
        /* As cJSON: what is near the double is written short, 0.3 and not 0.30000000000000004. */
        snprintf(text, sizeof text, "%1.15g", d);
        back = strtod(text, NULL);
        if (fabs(back - d) > MAX(fabs(back), fabs(d)) * DBL_EPSILON)
            snprintf(text, sizeof text, "%1.17g", d);
        buf_adds(out, text);
    }
}

static void json_write_tabs(struct buf *out, int depth)
{
    for (int i = 0; i < depth; i++)
        buf_addc(out, '\t');
}

/* depth < 0: compact; else each member on a line, indented by depth. */
static void json_write_value(struct buf *out, const cJSON *j, int depth)
{
    const cJSON *c;
    bool pretty = depth >= 0;
    int inner = pretty ? depth + 1 : -1;
    switch (j ? j->type & 0xff : cJSON_NULL) {
    case cJSON_False:
        buf_adds(out, "false");
        break;
    case cJSON_True:
        buf_adds(out, "true");
        break;
    case cJSON_Number:
        json_write_number(out, j);
        break;
    case cJSON_String:
        buf_add_json_str(out, j->valuestring, strlen(j->valuestring));
        break;
    case cJSON_Raw:
        buf_adds(out, j->valuestring);
        break;
    case cJSON_Array:
        buf_addc(out, '[');
        cJSON_ArrayForEach(c, j)
        {
            json_write_value(out, c, inner);
            if (c->next)
                buf_adds(out, pretty ? ", " : ",");
        }
        buf_addc(out, ']');
        break;
    case cJSON_Object:
        buf_adds(out, pretty ? "{\n" : "{");
        cJSON_ArrayForEach(c, j)
        {
            json_write_tabs(out, inner);
            buf_add_json_str(out, c->string, strlen(c->string));
            buf_adds(out, pretty ? ":\t" : ":");
            json_write_value(out, c, inner);
            buf_adds(out, c->next ? "," : "");
            buf_adds(out, pretty ? "\n" : "");
        }
        json_write_tabs(out, depth);
        buf_addc(out, '}');
        break;
    default:
        buf_adds(out, "null");
    }
}

void json_write(struct buf *out, const cJSON *j)
{
    json_write_value(out, j, -1);
}

char *json_print(const cJSON *j)
{
    AUTO(buf) out = {0};
    json_write(&out, j);
    return buf_take(&out);
}

char *json_print_lines(const cJSON *j)
{
    AUTO(buf) out = {0};
    json_write_value(&out, j, 0);
    return buf_take(&out);
}
