#include "llm/chat/chat.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "llm/args.h"
#include "llm/chat/chat_priv.h"

static bool chat_frame(struct chat *c, const char *text, size_t n, bool error_event);

static bool chat_on_event(void *arg, const char *type, const char *data, size_t n)
{
    struct chat *c = arg;
    return chat_frame(c, data, n, strcmp(type, "error") == 0);
}

struct chat *chat_new(const struct chat_opts *o)
{
    struct chat *c = mem_alloc(sizeof *c);
    c->o = *o;
    c->sse.event = chat_on_event;
    c->sse.arg = c;
    return c;
}

static void chat_call_free(struct chat_call *call)
{
    buf_fini(&call->id);
    buf_fini(&call->name);
    buf_fini(&call->args);
    cJSON_Delete(call->extra);
    cJSON_Delete(call->function_extra);
    free(call);
}

void chat_free(struct chat *c)
{
    if (!c)
        return;
    sse_fini(&c->sse);
    buf_fini(&c->whole);
    buf_fini(&c->text);
    buf_fini(&c->reasoning);
    think_fini(&c->think);
    buf_fini(&c->original);
    for (size_t i = 0; i < c->calls.len; i++)
        chat_call_free(c->calls.ptr[i]);
    for (size_t i = 0; i < c->strings.len; i++) {
        free(c->strings.ptr[i].name);
        buf_fini(&c->strings.ptr[i].text);
    }
    chat_settle(c);
    VEC_FREE(&c->growing);
    VEC_FREE(&c->calls);
    VEC_FREE(&c->strings);
    cJSON_Delete(c->members);
    cJSON_Delete(c->parts);
    free(c->reasoning_name);
    free(c->finish_word);
    free(c);
}

static bool chat_fail(struct chat *c, const char *text)
{
    c->failed = true;
    return failure_set(&c->failure, LLM_STREAM, "%s", text);
}

static bool chat_fail_json(struct chat *c, const cJSON *j)
{
    c->failed = true;
    failure_from_json(&c->failure, 0, j);
    return false;
}

/* Parse a frame; escapes that break strict parsers or C strings are mended first. */
static cJSON *chat_parse(const char *text, size_t n)
{
    cJSON *j = strstr(text, "\\u0000") ? NULL : json_parse(text, n, NULL);
    AUTO(buf) mended = {0};
    if (j)
        return j;
    args_mend_escapes(text, n, &mended);
    return json_parse(buf_cstr(&mended), mended.len, NULL);
}

/* Entry 0, by its index when the server gives one. */
static const cJSON *chat_choice(const cJSON *chunk)
{
    const cJSON *choices = json_get(chunk, "choices"), *one;
    cJSON_ArrayForEach(one, choices) if (json_int(one, "index", 0) == 0) return one;
    return NULL;
}

static bool chat_is_error(const cJSON *j, bool error_event)
{
    const cJSON *error = json_get(j, "error");
    return error_event || (error && !cJSON_IsNull(error) && !cJSON_IsFalse(error)) ||
           strcmp(json_str(j, "object", ""), "error") == 0;
}

static void chat_finish_reason(struct chat *c, const cJSON *choice)
{
    const char *word = json_str(choice, "finish_reason", NULL);
    enum llm_finish f = chat_finish_of(word);
    if (f == LLM_FINISH_NONE)
        return;
    c->finish = f;
    mem_replace(&c->finish_word, word);
}

static bool chat_chunk(struct chat *c, const cJSON *j, bool error_event)
{
    const cJSON *groq = json_get(j, "x_groq"), *choice = chat_choice(j);
    if (chat_is_error(j, error_event))
        return chat_fail_json(c, j);
    if (groq && chat_is_error(groq, false))
        return chat_fail_json(c, groq);
    c->payloads++;
    chat_usage(c, j, choice);
    if (!choice)
        return true;
    const cJSON *delta = json_get(choice, "delta"), *message = json_get(choice, "message");
    if (cJSON_IsObject(delta)) {
        chat_delta(c, delta);
        c->streamed = true;
    } else if (cJSON_IsObject(message) && !c->streamed) {
        chat_delta(c, message);
    }
    chat_finish_reason(c, choice);
    if (c->finish_word && strcmp(c->finish_word, "error") == 0)
        return chat_fail(c, "the server ended the answer with an error and no reason");
    return true;
}

static bool chat_frame(struct chat *c, const char *text, size_t n, bool error_event)
{
    while (n && isspace((unsigned char)*text))
        text++, n--;
    if (n == 0 || c->done)
        return true;
    if (strncmp(text, "[DONE]", 6) == 0)
        return c->done = true;
    AUTO_JSON *j = chat_parse(text, n);
    if (!cJSON_IsObject(j) && !cJSON_IsArray(j)) {
        if (error_event)
            return chat_fail(c, text);
        return chat_fail(c, "the server sent a frame that is not JSON");
    }
    return chat_chunk(c, j, error_event);
}

/* What the first bytes look like decides, for servers ignore stream:true and mislabel. */
/* Returns the bytes before it that say nothing (white space, a BOM): they are dropped however
 * the network cut them off. */
static size_t chat_sniff(struct chat *c, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isspace((unsigned char)p[i]) || memchr("\xef\xbb\xbf", p[i], 3))
            continue;
        c->framing = memchr("{[<", p[i], 3) ? CHAT_WHOLE : CHAT_STREAM;
        return i;
    }
    return n;
}

bool chat_feed(struct chat *c, const char *p, size_t n)
{
    struct error e = {0};
    assert(p || !n);
    if (c->failed)
        return false;
    size_t skip = c->framing == CHAT_UNKNOWN ? chat_sniff(c, p, n) : 0;
    p += skip;
    n -= skip;
    if (c->framing == CHAT_UNKNOWN)
        return true;
    if (c->framing == CHAT_WHOLE) {
        buf_add(&c->whole, p, n);
        return c->whole.len <= SSE_LIMIT ||
               chat_fail(c, "the server sent an answer of more than 16 MiB");
    }
    if (sse_feed(&c->sse, p, n, &e))
        return true;
    return c->failed ? false : chat_fail(c, e.text);
}

static bool chat_whole(struct chat *c)
{
    AUTO(buf) page = {0};
    AUTO(buf) text = {0};
    utf8_repair(&text, buf_cstr(&c->whole), c->whole.len);
    AUTO_JSON *j = chat_parse(buf_cstr(&text), text.len);
    if (j && (chat_choice(j) || chat_is_error(j, false) || cJSON_IsArray(j) || failure_message(j)))
        return chat_chunk(c, j, !chat_choice(j));
    failure_strip_markup(&page, buf_cstr(&c->whole), c->whole.len, 200);
    c->failed = true;
    if (c->whole.ptr[0] == '<')
        return failure_set(
            &c->failure, LLM_STREAM,
            "a web page came instead of a model's answer: \"%s\". Is api_base right?",
            buf_cstr(&page));
    return failure_set(&c->failure, LLM_STREAM, "the answer is no chat completion: %s",
                       buf_cstr(&page));
}

bool chat_end(struct chat *c)
{
    struct error e = {0};
    if (c->failed)
        return false;
    if (c->framing == CHAT_UNKNOWN)
        return chat_fail(c, "the server closed the connection without an answer");
    if (c->framing == CHAT_WHOLE && !chat_whole(c))
        return false;
    if (c->framing == CHAT_STREAM && !sse_end(&c->sse, &e))
        return c->failed ? false : chat_fail(c, e.text);
    bool whole = c->framing == CHAT_WHOLE && (c->text.len || c->calls.len);
    if (c->finish == LLM_FINISH_NONE && !c->done && !whole)
        return chat_fail(c, c->payloads ? "the answer was cut off in the middle"
                                        : "the server sent no answer");
    if (c->finish == LLM_FINISH_NONE)
        c->finish = LLM_FINISH_UNKNOWN;
    return true;
}

void chat_abort(struct chat *c)
{
    c->failed = true;
}

const struct llm_failure *chat_failure(const struct chat *c)
{
    return &c->failure;
}

bool chat_is_done(const struct chat *c)
{
    return c->done;
}

bool chat_is_finished(const struct chat *c)
{
    return c->finish_word && !c->failed;
}

int64_t chat_payloads(const struct chat *c)
{
    return c->payloads;
}
