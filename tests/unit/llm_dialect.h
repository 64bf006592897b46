/* What the tests of a dialect share: an answer played from bytes, whole or cut; a body as JSON.
 * Include after cmocka.h. */
#ifndef UNIT_LLM_DIALECT_H
#define UNIT_LLM_DIALECT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "llm/args.h"
#include "llm/models/models.h"
#include "llm/turn/answer.h"
#include "llm/turn/answer_take.h"
#include "llm/turn/body.h"

static const struct llm_tool dialect_tools[] = {
    {"list_dir", "Lists.", "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}"},
    {"read_file", "Reads.", "{\"type\":\"object\"}"}};

struct played {
    struct buf shown, thought;
    struct llm_reply reply;
    struct llm_failure failure;
    bool ok;
};

static inline void played_text(void *arg, const char *s, size_t n)
{
    buf_add(&((struct played *)arg)->shown, s, n);
}

static inline void played_thought(void *arg, const char *s, size_t n)
{
    buf_add(&((struct played *)arg)->thought, s, n);
}

static inline void played_fini(struct played *p)
{
    llm_reply_fini(&p->reply);
    buf_fini(&p->shown);
    buf_fini(&p->thought);
}

/* The first n bytes of an answer, `step` at a time. */
static inline void played_init(struct played *p, const struct codec *codec, const char *bytes,
                               size_t n, size_t step)
{
    *p = (struct played){0};
    const struct llm_watch w = {.arg = p, .text = played_text, .reasoning = played_thought};
    const struct answer_opts o = {.watch = &w, .tools = dialect_tools, .tool_count = 2};
    struct answer *a = answer_new(codec, &o);
    p->ok = true;
    for (size_t i = 0; i < n && p->ok; i += step)
        p->ok = answer_feed(a, bytes + i, MIN(step, n - i));
    p->ok = p->ok && answer_end(a);
    p->failure = *answer_failure(a);
    answer_take(a, NULL, &p->reply);
    answer_free(a);
}

/* Cut behind every byte: what is not whole is a failure with a word, and no call of it runs;
 * `enough`: from how many bytes on it is whole. In pieces of any size it is the same. */
static inline void played_cut(const struct codec *codec, const char *bytes, const char *enough)
{
    struct played whole, p;
    size_t n = strlen(bytes), least = (size_t)(strstr(bytes, enough) - bytes);
    played_init(&whole, codec, bytes, n, n);
    assert_true(whole.ok);
    for (size_t i = 0; i < n; i++) {
        played_init(&p, codec, bytes, i, 1 + i % 7);
        if (p.ok && i < least)
            print_message("taken after %zu of %zu bytes\n", i, n);
        assert_true(!p.ok || i >= least);
        assert_true(p.ok || p.failure.error.text[0]);
        assert_true(p.ok || p.failure.class != LLM_OK);
        assert_true(p.ok || (p.reply.call_count == 0 && p.reply.parts.count == 0));
        played_fini(&p);
    }
    for (size_t step = 1; step < 40; step += 6) {
        played_init(&p, codec, bytes, n, step);
        assert_true(p.ok);
        assert_int_equal(p.reply.call_count, whole.reply.call_count);
        for (size_t i = 0; i < p.reply.call_count; i++)
            assert_string_equal(p.reply.calls[i].args, whole.reply.calls[i].args);
        assert_string_equal(p.reply.text ? p.reply.text : "",
                            whole.reply.text ? whole.reply.text : "");
        assert_int_equal(p.reply.parts.count, whole.reply.parts.count);
        for (size_t i = 0; i < p.reply.parts.count; i++)
            assert_string_equal(p.reply.parts.ptr[i].form ? p.reply.parts.ptr[i].form : "",
                                whole.reply.parts.ptr[i].form ? whole.reply.parts.ptr[i].form : "");
        played_fini(&p);
    }
    played_fini(&whole);
}

/* A request's body, built with a kept prefix and without: the same bytes. Caller frees both. */
static inline cJSON *dialect_body(const struct codec *codec, struct llm_request *r, char **text)
{
    AUTO(body) b = {0};
    AUTO(body) again = {0};
    struct error e = {0};
    struct llm_prefix *prefix = r->prefix;
    assert_true(body_build(codec, r, &b, &e));
    r->prefix = NULL;
    assert_true(body_build(codec, r, &again, &e));
    r->prefix = prefix;
    assert_int_equal(b.len, again.len);
    assert_memory_equal(b.text, again.text, b.len);
    assert_int_equal(b.tail_at, again.tail_at);
    assert_true(b.tail_at <= b.len);
    AUTO(buf) mended = {0}; /* half a surrogate goes back as it came; our own parser refuses it */
    args_mend_escapes(b.text, b.len, &mended);
    cJSON *j = json_parse(buf_cstr(&mended), mended.len, &e);
    if (!j)
        print_message("%s: %.*s\n", e.text, (int)b.len, b.text);
    assert_non_null(j);
    if (text)
        *text = mem_strndup(b.text, b.len);
    return j;
}

/* An assistant's message made of an answer, as the loop makes it. */
static inline struct llm_message dialect_said(struct played *p, const char *origin)
{
    mem_replace(&p->reply.parts.origin, origin);
    return (struct llm_message){.role = LLM_ASSISTANT,
                                .text = p->reply.text,
                                .calls = p->reply.calls,
                                .call_count = p->reply.call_count,
                                .parts = p->reply.parts};
}

#endif
