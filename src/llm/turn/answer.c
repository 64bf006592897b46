#include "llm/turn/answer.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "llm/args.h"
#include "llm/turn/answer_build.h"

static bool answer_frame(struct answer *a, const char *event, const char *text, size_t n);

static bool answer_on_event(void *arg, const char *type, const char *data, size_t n)
{
    return answer_frame(arg, type, data, n);
}

struct answer *answer_new(const struct codec *codec, const struct answer_opts *o)
{
    struct answer *a = mem_alloc(sizeof *a);
    a->codec = codec;
    a->o = *o;
    a->own = codec->state_size ? mem_alloc(codec->state_size) : NULL;
    a->sse.event = answer_on_event;
    a->sse.arg = a;
    return a;
}

void answer_free(struct answer *a)
{
    if (!a)
        return;
    if (a->codec->fini)
        a->codec->fini(a);
    free(a->own);
    sse_fini(&a->sse);
    buf_fini(&a->whole);
    buf_fini(&a->text);
    buf_fini(&a->reasoning);
    think_fini(&a->think);
    buf_fini(&a->original);
    for (size_t i = 0; i < a->calls.len; i++) {
        struct answer_call *c = a->calls.ptr[i];
        buf_fini(&c->id);
        buf_fini(&c->name);
        buf_fini(&c->args);
        free(c);
    }
    VEC_FREE(&a->calls);
    free(a->stop);
    free(a);
}

bool answer_fail(struct answer *a, enum llm_class c, const char *text)
{
    a->failed = true;
    return failure_set(&a->failure, c, "%s", text);
}

bool answer_fail_json(struct answer *a, const cJSON *j)
{
    a->failed = true;
    failure_from_json(&a->failure, 0, j);
    return false;
}

struct answer_call *answer_call_new(struct answer *a, int64_t index)
{
    struct answer_call *call = mem_alloc(sizeof *call);
    call->index = index;
    VEC_PUSH(&a->calls, call);
    return call;
}

struct answer_call *answer_call_at(struct answer *a, int64_t index)
{
    for (size_t i = a->calls.len; i-- > 0;)
        if (a->calls.ptr[i]->index == index)
            return a->calls.ptr[i];
    return NULL;
}

void answer_finish(struct answer *a, const char *word)
{
    static const struct {
        const char *word;
        enum llm_finish finish;
    } rows[] = {
        {"stop", LLM_FINISH_STOP},
        {"eos", LLM_FINISH_STOP},
        {"end_turn", LLM_FINISH_STOP},
        {"stop_sequence", LLM_FINISH_STOP},
        {"pause_turn", LLM_FINISH_PAUSE},
        {"length", LLM_FINISH_LENGTH},
        {"max_tokens", LLM_FINISH_LENGTH},
        {"max_output_tokens", LLM_FINISH_LENGTH},
        {"model_length", LLM_FINISH_LENGTH},
        {"tool_calls", LLM_FINISH_TOOLS},
        {"tool_use", LLM_FINISH_TOOLS},
        {"function_call", LLM_FINISH_TOOLS},
        {"content_filter", LLM_FINISH_FILTER},
        {"safety", LLM_FINISH_FILTER},
        {"refusal", LLM_FINISH_FILTER},
        {"recitation", LLM_FINISH_FILTER},
        {"blocklist", LLM_FINISH_FILTER},
        {"prohibited_content", LLM_FINISH_FILTER},
        {"spii", LLM_FINISH_FILTER},
    };
    if (!word || !*word)
        return;
    a->told_finish = true;
    a->finish = LLM_FINISH_UNKNOWN;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcasecmp(word, rows[i].word) == 0)
            a->finish = rows[i].finish;
}

/* Parse a frame; escapes that break strict parsers or C strings are mended first. */
static cJSON *answer_parse(const char *text, size_t n)
{
    cJSON *j = strstr(text, "\\u0000") ? NULL : json_parse(text, n, NULL);
    AUTO(buf) mended = {0};
    if (j)
        return j;
    args_mend_escapes(text, n, &mended);
    return json_parse(buf_cstr(&mended), mended.len, NULL);
}

static bool answer_is_idle(const struct answer *a, const char *event)
{
    for (const char *const *name = a->codec->idle; name && *name; name++)
        if (strcmp(*name, event) == 0)
            return true;
    return false;
}

static bool answer_frame(struct answer *a, const char *event, const char *text, size_t n)
{
    bool error_event = strcmp(event, "error") == 0;
    while (n && isspace((unsigned char)*text))
        text++, n--;
    if (n == 0 || a->done)
        return true;
    if (strncmp(text, "[DONE]", 6) == 0)
        return a->done = true;
    if (answer_is_idle(a, event)) {
        a->payloads++;
        return true;
    }
    AUTO(buf) brief = {0};
    if (a->codec->brief && a->codec->brief(a, event, text, n, &brief)) {
        text = buf_cstr(&brief);
        n = brief.len;
    }
    AUTO_JSON *j = answer_parse(text, n);
    if (cJSON_IsObject(j) || cJSON_IsArray(j))
        return a->codec->frame(a, event, j, text, n);
    return answer_fail(a, LLM_STREAM,
                       error_event ? text : "the server sent a frame that is not JSON");
}

/* What the first bytes look like decides, for servers ignore stream:true and mislabel.
 * Returns the bytes before it that say nothing (white space, a BOM): they are dropped however
 * the network cut them off. */
static size_t answer_sniff(struct answer *a, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isspace((unsigned char)p[i]) || memchr("\xef\xbb\xbf", p[i], 3))
            continue;
        bool json = memchr("{[<", p[i], 3) != NULL;
        bool lines = a->codec->framing == FRAMING_LINES && p[i] == '{';
        a->framing = json && !lines ? ANSWER_WHOLE : ANSWER_STREAM;
        return i;
    }
    return n;
}

/* JSON lines: each is a frame as soon as it ends. */
static bool answer_lines(struct answer *a, const char *p, size_t n)
{
    for (const char *end; n > 0 && (end = memchr(p, '\n', n));
         n -= (size_t)(end + 1 - p), p = end + 1) {
        AUTO(buf) line = {0};
        buf_add(&a->whole, p, (size_t)(end - p));
        utf8_repair(&line, buf_cstr(&a->whole), a->whole.len);
        buf_clear(&a->whole);
        if (!answer_frame(a, "message", buf_cstr(&line), line.len))
            return false;
    }
    buf_add(&a->whole, p, n);
    return a->whole.len <= SSE_LIMIT ||
           answer_fail(a, LLM_STREAM, "the server sent a line of more than 16 MiB");
}

bool answer_feed(struct answer *a, const char *p, size_t n)
{
    struct error e = {0};
    assert(p || !n);
    if (a->failed)
        return false;
    size_t skip = a->framing == ANSWER_UNKNOWN ? answer_sniff(a, p, n) : 0;
    p += skip;
    n -= skip;
    if (a->framing == ANSWER_UNKNOWN)
        return true;
    if (a->framing == ANSWER_WHOLE) {
        buf_add(&a->whole, p, n);
        return a->whole.len <= SSE_LIMIT ||
               answer_fail(a, LLM_STREAM, "the server sent an answer of more than 16 MiB");
    }
    if (a->codec->framing == FRAMING_LINES)
        return answer_lines(a, p, n);
    if (sse_feed(&a->sse, p, n, &e))
        return true;
    return a->failed ? false : answer_fail(a, LLM_STREAM, e.text);
}

static bool answer_is_error(const cJSON *j)
{
    const cJSON *error = json_get(j, "error");
    return (error && !cJSON_IsNull(error)) || cJSON_IsArray(j) || failure_message(j) ||
           strcmp(json_str(j, "object", ""), "error") == 0;
}

static bool answer_whole(struct answer *a)
{
    AUTO(buf) page = {0};
    AUTO(buf) text = {0};
    utf8_repair(&text, buf_cstr(&a->whole), a->whole.len);
    AUTO_JSON *j = answer_parse(buf_cstr(&text), text.len);
    if (j && a->codec->whole(a, j, buf_cstr(&text), text.len))
        return !a->failed;
    if (j && answer_is_error(j))
        return answer_fail_json(a, j);
    failure_strip_markup(&page, buf_cstr(&a->whole), a->whole.len, 200);
    a->failed = true;
    if (a->whole.ptr[0] == '<')
        return failure_set(
            &a->failure, LLM_STREAM,
            "a web page came instead of a model's answer: \"%s\". Is api_base right?",
            buf_cstr(&page));
    return failure_set(&a->failure, LLM_STREAM,
                       "the answer is none of the dialect \"%s\" (api: in models.yaml): %s",
                       a->codec->name, buf_cstr(&page));
}

/* What a stream still holds at its end. */
static bool answer_end_stream(struct answer *a)
{
    struct error e = {0};
    if (a->codec->framing == FRAMING_LINES) {
        AUTO(buf) line = a->whole;
        AUTO(buf) text = {0};
        a->whole = (struct buf){0};
        utf8_repair(&text, buf_cstr(&line), line.len);
        AUTO_JSON *j = answer_parse(buf_cstr(&text), text.len);
        return !j || answer_frame(a, "message", buf_cstr(&text), text.len);
    }
    return sse_end(&a->sse, &e) || (!a->failed && answer_fail(a, LLM_STREAM, e.text));
}

bool answer_end(struct answer *a)
{
    if (a->failed)
        return false;
    if (a->framing == ANSWER_UNKNOWN)
        return answer_fail(a, LLM_STREAM, "the server closed the connection without an answer");
    if (a->framing == ANSWER_WHOLE && !answer_whole(a))
        return false;
    if (a->framing == ANSWER_STREAM && !answer_end_stream(a))
        return false;
    bool whole = a->framing == ANSWER_WHOLE && (a->text.len || a->think.held.len || a->calls.len);
    if (a->finish == LLM_FINISH_NONE && !a->done && !whole)
        return answer_fail(a, LLM_STREAM,
                           a->payloads ? "the answer was cut off in the middle"
                                       : "the server sent no answer");
    if (a->finish == LLM_FINISH_NONE)
        a->finish = LLM_FINISH_UNKNOWN;
    return true;
}

void answer_abort(struct answer *a)
{
    a->failed = true;
}

const struct llm_failure *answer_failure(const struct answer *a)
{
    return &a->failure;
}

bool answer_is_done(const struct answer *a)
{
    return a->done;
}

bool answer_is_finished(const struct answer *a)
{
    return a->told_finish && !a->failed;
}

int64_t answer_payloads(const struct answer *a)
{
    return a->payloads;
}
