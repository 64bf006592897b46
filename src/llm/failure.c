#include "llm/failure.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"

#define FAILURE_MESSAGE_MAX 300

const char *llm_class_name(enum llm_class c)
{
    static const char *const names[LLM_CLASS_COUNT] = {
        "ok",          "auth",   "quota",   "rate_limit", "overloaded", "context", "server",
        "bad_request", "stream", "connect", "timeout",    "cancelled",  "config"};
    return c < LLM_CLASS_COUNT ? names[c] : "?";
}

static enum err failure_code(enum llm_class c)
{
    switch (c) {
    case LLM_CANCELLED:
        return ERR_CANCELED;
    case LLM_TIMEOUT:
        return ERR_TIMEOUT;
    case LLM_CONFIG:
        return ERR_CONFIG;
    case LLM_CONTEXT:
        return ERR_LIMIT;
    default:
        return ERR_NETWORK;
    }
}

bool failure_set(struct llm_failure *f, enum llm_class c, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    f->class = c;
    return error_set(&f->error, failure_code(c), "%s", buf_cstr(&text));
}

/* Gemini wraps its error object in an array. */
static const cJSON *failure_object(const cJSON *body)
{
    return body && cJSON_IsArray(body) ? body->child : body;
}

static const char *failure_detail(const cJSON *detail)
{
    if (cJSON_IsString(detail))
        return detail->valuestring;
    return cJSON_IsArray(detail) ? json_str(detail->child, "msg", NULL) : NULL;
}

const char *failure_message(const cJSON *body)
{
    const cJSON *j = failure_object(body), *error = json_get(j, "error");
    const char *text = json_str(error, "message", NULL);
    if (!text)
        text = json_str(j, "error", NULL);
    if (!text)
        text = json_str(j, "message", NULL);
    if (!text)
        text = failure_detail(json_get(j, "detail"));
    return text && *text ? text : NULL;
}

/* Lower case, with '_' as a space, so that codes and sentences match the same phrases. */
static char *failure_plain(const char *s)
{
    char *out = mem_strdup(s ? s : "");
    for (char *p = out; *p; p++)
        *p = *p == '_' ? ' ' : (char)tolower((unsigned char)*p);
    return out;
}

static bool failure_has(const char *plain, const char *const *phrases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(plain, phrases[i]))
            return true;
    return false;
}

/* A number that ends before p, over words that may stand between it and p ("tokens "), or 0. */
static int64_t failure_number_before(const char *plain, const char *p)
{
    static const char *const between[] = {"tokens", "token"};
    while (p > plain && p[-1] == ' ')
        p--;
    for (size_t i = 0; i < COUNT_OF(between); i++) {
        size_t n = strlen(between[i]);
        if ((size_t)(p - plain) > n && memcmp(p - n, between[i], n) == 0) {
            for (p -= n; p > plain && p[-1] == ' '; p--)
                ;
            break;
        }
    }
    int64_t v = 0;
    for (int64_t unit = 1; p > plain && unit < INT64_C(1000000000000); p--) {
        if (p[-1] == ',' && unit > 1)
            continue;
        if (!isdigit((unsigned char)p[-1]))
            break;
        v += unit * (p[-1] - '0');
        unit *= 10;
    }
    return v;
}

static int64_t failure_number_at(const char *p)
{
    int64_t v = 0;
    p += strspn(p, " (:=`");
    for (; isdigit((unsigned char)*p) || (*p == ',' && isdigit((unsigned char)p[1])); p++)
        if (*p != ',')
            v = MIN(v * 10 + (*p - '0'), INT64_C(1000000000000));
    return v;
}

/*
 * "210000 tokens > 200000 maximum", "196758 + 8192 > 200000": numbers say what words may not. The
 * prompt's size and the window it does not fit in; false without such a comparison.
 */
static bool failure_compares(const char *plain, int64_t *prompt, int64_t *window)
{
    for (const char *p = strchr(plain, '>'); p; p = strchr(p + 1, '>')) {
        int64_t left = failure_number_before(plain, p), right = failure_number_at(p + 1);
        const char *plus = p;
        while (plus > plain && (isdigit((unsigned char)plus[-1]) || plus[-1] == ' '))
            plus--;
        bool sum = plus > plain && plus[-1] == '+';
        int64_t first = sum ? failure_number_before(plain, plus - 1) : 0;
        if (right <= 0 || left + first <= right)
            continue;
        *prompt = sum ? first : left;
        *window = right;
        return true;
    }
    return false;
}

/* The prompt, by one of its names, is said to be more than it may be. Not so the answer: "max
 * tokens is too large" is a parameter to mend. */
static bool failure_says_too_much(const char *plain)
{
    static const char *const much[] = {
        "too long",    "too large",   "too many tokens", "exceed",       "overflow",
        "longer than", "larger than", "more than",       "greater than", "does not fit",
        "doesn't fit", "less than",   "over the limit",  "too big"};
    static const char *const unit[] = {"token",      "context",      "prompt is too",
                                       "prompt too", "input is too", "input too"};
    return failure_has(plain, much, COUNT_OF(much)) && failure_has(plain, unit, COUNT_OF(unit));
}

/* Words that are enough by themselves; else the prompt is named and numbers or words say that it is
 * too much. A word of rate limits vetoes, and so does Go's "context deadline exceeded". */
static bool failure_is_context(const char *plain)
{
    static const char *const yes[] = {"context length",
                                      "context window",
                                      "contextwindow", /* LiteLLM's class, in one word */
                                      "context size",
                                      "contextlength",
                                      "context limit",
                                      "maximum number of tokens allowed",
                                      "too large for model with",
                                      "reduce the length of the messages",
                                      "maximum prompt length",
                                      "exceeds max length",
                                      "model token limit",
                                      "tokens limit reached",
                                      "exceeds the limit of",
                                      "range of input length",
                                      "max input characters",
                                      "maximum context",
                                      "body too large",
                                      "request too large"};
    static const char *const no[] = {"rate limit", "per minute",   "per min",           "tpm",
                                     "quota",      "try again in", "too many requests", "deadline",
                                     "timed out"};
    static const char *const what[] = {"prompt", "context", "input", "conversation", "messages"};
    int64_t prompt, window;
    if (failure_has(plain, no, COUNT_OF(no)))
        return false;
    if (failure_has(plain, yes, COUNT_OF(yes)))
        return true;
    return failure_has(plain, what, COUNT_OF(what)) &&
           (failure_says_too_much(plain) ||
            (strstr(plain, "token") && failure_compares(plain, &prompt, &window)));
}

static int64_t failure_number_after(const char *plain, const char *phrase)
{
    const char *p = strstr(plain, phrase);
    return p ? failure_number_at(p + strlen(phrase)) : 0;
}

static int64_t failure_first_number(const char *plain, const char *const *phrases, size_t n)
{
    int64_t v = 0;
    for (size_t i = 0; i < n && v == 0; i++)
        v = failure_number_after(plain, phrases[i]);
    return v;
}

static void failure_learn(struct llm_failure *f, const cJSON *error, const char *plain)
{
    static const char *const window[] = {"maximum context length is",
                                         "maximum context length of",
                                         "maximum number of tokens allowed",
                                         "too large for model with",
                                         "maximum prompt length is",
                                         "exceeds the limit of",
                                         "model token limit",
                                         "context length of",
                                         "context size of",
                                         "context window of",
                                         "context length is",
                                         "context size is",
                                         "must be <=",
                                         "must have less than",
                                         "max size:",
                                         "n ctx"};
    static const char *const requested[] = {
        "you requested",    "resulted in",     "prompt is too long", "input token count",
        "request contains", "prompt contains", "n prompt tokens",    "given:"};
    f->window = json_int(error, "n_ctx", 0);
    f->requested = json_int(error, "n_prompt_tokens", 0);
    if (f->window <= 0 && f->requested <= 0)
        (void)failure_compares(plain, &f->requested, &f->window);
    if (f->window <= 0)
        f->window = failure_first_number(plain, window, COUNT_OF(window));
    if (f->requested <= 0)
        f->requested = failure_first_number(plain, requested, COUNT_OF(requested));
}

static bool failure_is_quota(int status, const char *plain)
{
    static const char *const quota[] = {"insufficient quota",         "credit balance",
                                        "enforced spend limit",       "insufficient balance",
                                        "insufficient credit",        "billing not active",
                                        "exceeded your current quota"};
    return status == 402 || failure_has(plain, quota, COUNT_OF(quota));
}

static enum llm_class failure_class_of_status(int status)
{
    if (status == 401 || status == 403)
        return LLM_AUTH;
    if (status == 429)
        return LLM_RATE_LIMIT;
    if (status == 503 || status == 529)
        return LLM_OVERLOADED;
    if (status >= 500)
        return LLM_SERVER;
    if (status == 413)
        return LLM_CONTEXT;
    return status >= 400 ? LLM_BAD_REQUEST : LLM_STREAM;
}

/* Error frames inside a stream have no status; their type says as much. */
static enum llm_class failure_class_of_words(const char *plain)
{
    static const struct {
        const char *words;
        enum llm_class class;
    } rows[] = {{"overloaded", LLM_OVERLOADED},  {"rate limit", LLM_RATE_LIMIT},
                {"unavailable", LLM_OVERLOADED}, {"authentication", LLM_AUTH},
                {"invalid api key", LLM_AUTH},   {"invalid request", LLM_BAD_REQUEST},
                {"server error", LLM_SERVER},    {"api error", LLM_SERVER}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strstr(plain, rows[i].words))
            return rows[i].class;
    return LLM_STREAM;
}

static void failure_classify(struct llm_failure *f, const cJSON *error, const char *words,
                             const char *message)
{
    AUTO_FREE char *plain = failure_plain(words);
    if (strstr(plain, "tool use failed")) {
        /* Groq checked the model's own call and found it bad: the next try may be good. */
        failure_set(f, LLM_STREAM, "%s", message);
        return;
    }
    if (failure_is_context(plain)) {
        failure_set(f, LLM_CONTEXT, "%s", message);
        failure_learn(f, error, plain);
    } else if (failure_is_quota(f->status, plain)) {
        failure_set(f, LLM_QUOTA, "%s", message);
    } else if (f->status) {
        failure_set(f, failure_class_of_status(f->status), "%s", message);
    } else {
        failure_set(f, failure_class_of_words(plain), "%s", message);
    }
}

static int failure_status_of(const cJSON *error, int status)
{
    const cJSON *code = json_get(error, "code");
    int v = cJSON_IsNumber(code)   ? code->valueint
            : cJSON_IsString(code) ? atoi(code->valuestring)
                                   : 0;
    return status == 0 && v >= 400 && v < 600 ? v : status;
}

void failure_from_json(struct llm_failure *f, int status, const cJSON *body)
{
    const cJSON *j = failure_object(body), *error = json_get(j, "error");
    const cJSON *facts = cJSON_IsObject(error) ? error : j;
    const char *message = failure_message(body);
    AUTO_FREE char *printed = message ? NULL : json_print(body);
    AUTO(buf) clean = {0};
    AUTO(buf) words = {0};
    message = message ? message : printed;
    utf8_repair(&clean, message, utf8_cut(message, strlen(message), FAILURE_MESSAGE_MAX));
    /* All of it is read: a proxy puts its own words in front of the server's. */
    buf_addf(&words, "%s %s %s %s %s", json_str(facts, "type", ""), json_str(facts, "code", ""),
             json_str(json_get(facts, "details"), "error_code", ""), json_str(facts, "status", ""),
             message);
    f->status = failure_status_of(facts, status);
    failure_classify(f, facts, buf_cstr(&words), buf_cstr(&clean));
}

/* Where a tag or an invisible element that starts at p ends. */
static const char *failure_skip_tag(const char *p, const char *end)
{
    static const char *const hidden[] = {"script", "style", "head"};
    for (size_t i = 0; i < COUNT_OF(hidden); i++) {
        size_t n = strlen(hidden[i]);
        if ((size_t)(end - p) <= n + 1 || strncasecmp(p + 1, hidden[i], n) != 0 ||
            isalpha((unsigned char)p[n + 1]))
            continue;
        AUTO_FREE char *close = mem_printf("</%s>", hidden[i]);
        const char *q = strcasestr(p, close);
        if (q && q < end)
            return q + strlen(close);
    }
    const char *gt = memchr(p, '>', (size_t)(end - p));
    return gt ? gt + 1 : end;
}

void failure_strip_markup(struct buf *out, const char *html, size_t n, size_t limit)
{
    AUTO(buf) text = {0};
    bool space = false;
    for (const char *p = html, *end = html + n; p < end;) {
        if (*p == '<') {
            p = failure_skip_tag(p, end);
            space = true;
        } else if ((unsigned char)*p <= ' ') {
            space = true;
            p++;
        } else {
            if (space && text.len)
                buf_addc(&text, ' ');
            space = false;
            buf_addc(&text, *p++);
        }
    }
    if (text.len)
        utf8_repair(out, text.ptr, utf8_cut(text.ptr, text.len, limit));
}

void failure_from_body(struct llm_failure *f, int status, const char *body, size_t n)
{
    AUTO(buf) text = {0};
    AUTO_JSON *j = n ? json_parse(body, n, NULL) : NULL;
    f->status = status;
    if (cJSON_IsObject(j) || cJSON_IsArray(j)) {
        failure_from_json(f, status, j);
        return;
    }
    if (n)
        failure_strip_markup(&text, body, n, FAILURE_MESSAGE_MAX);
    failure_classify(f, NULL, buf_cstr(&text), text.len ? buf_cstr(&text) : "(it gave no reason)");
}
