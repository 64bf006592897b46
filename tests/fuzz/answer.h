/*
 * What the targets of the dialects share: bytes of an answer put together into a turn. Raw bytes,
 * or (first byte odd) each line as one frame, so that the fuzzer works on frames instead of on the
 * framing. FUZZ_CODEC, FUZZ_FRAME and FUZZ_END say whose.
 */
#ifndef FUZZ_ANSWER_H
#define FUZZ_ANSWER_H

#include "fuzz.h"

#include "base/json.h"
#include "base/utf8.h"
#include "llm/args.h"
#include "llm/turn/answer.h"
#include "llm/turn/answer_take.h"

static const struct llm_tool tools[] = {
    {"run_bash", "run", "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\"}}}"},
    {"list_dir", "list", "{\"type\":\"object\"}"},
};

static void on_text(void *arg, const char *s, size_t n)
{
    buf_add(arg, s, n);
}

static void claim_reply(const struct llm_reply *r, bool ok)
{
    CLAIM(ok || r->call_count == 0, "a failed answer has calls");
    CLAIM(ok || !r->parts.count, "a failed answer has parts to send back");
    CLAIM(!r->text || utf8_valid(r->text, strlen(r->text)), "text is no UTF-8");
    for (size_t i = 0; i < r->call_count; i++) {
        const struct llm_tool_call *c = &r->calls[i];
        CLAIM(c->id && *c->id && c->name && *c->name && c->args, "half a call");
        CLAIM(strcmp(c->id, "taken") != 0, "an id that is taken");
        for (size_t k = 0; k < i; k++)
            CLAIM(strcmp(c->id, r->calls[k].id) != 0, "id \"%s\" twice", c->id);
    }
    for (size_t i = 0; i < r->parts.count; i++) {
        const char *form = r->parts.ptr[i].form;
        AUTO(buf) mended = {0}; /* half a surrogate goes back as it came */
        args_mend_escapes(form ? form : "null", form ? strlen(form) : 4, &mended);
        AUTO_JSON *j = json_parse(buf_cstr(&mended), mended.len, NULL);
        CLAIM(j, "what is sent back is no JSON: %s", form);
    }
}

static bool play(const uint8_t *data, size_t size, bool cut, int64_t limit, struct buf *shown,
                 struct llm_reply *r)
{
    struct llm_watch watch = {.arg = shown, .text = on_text};
    struct answer_opts o = {.watch = &watch, .tools = tools, .tool_count = 2, .limit = limit};
    struct call_ids used = {0};
    call_ids_add(&used, "taken");
    struct answer *c = answer_new(&FUZZ_CODEC, &o);
    unsigned seed = size ? data[0] : 0;
    bool ok = true;
    for (size_t at = 0, n; ok && at < size; at += n) {
        n = cut ? fuzz_piece(&seed, size - at) : size;
        ok = answer_feed(c, (const char *)data + at, n);
    }
    ok = ok && answer_end(c);
    CLAIM(ok || answer_failure(c)->class != LLM_OK, "failed without a class");
    CLAIM(ok || answer_failure(c)->error.text[0], "failed without a word");
    answer_take(c, &used, r);
    call_ids_fini(&used);
    claim_reply(r, ok);
    answer_free(c);
    return ok;
}

static void frames(const uint8_t *data, size_t size, struct buf *out)
{
    while (size > 0) {
        AUTO_FREE char *line = fuzz_part(&data, &size);
        buf_addf(out, FUZZ_FRAME, line);
    }
    buf_adds(out, FUZZ_END);
}

static bool same(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    unsigned how = *data++;
    size--;
    AUTO(buf) stream = {0};
    AUTO(buf) a = {0};
    AUTO(buf) b = {0};
    struct llm_reply whole = {0}, cut = {0};
    if (how & 1)
        frames(data, size, &stream);
    else
        buf_add(&stream, data, size);
    int64_t limit = how & 2 ? 100 : 0;
    const uint8_t *bytes = (const uint8_t *)buf_cstr(&stream);
    bool ok = play(bytes, stream.len, false, limit, &a, &whole);
    bool cut_ok = play(bytes, stream.len, true, limit, &b, &cut);
    CLAIM(ok == cut_ok, "cutting decides about success");
    CLAIM(!ok || same(whole.text, cut.text), "cutting changes the text: \"%s\" \"%s\"", whole.text,
          cut.text);
    CLAIM(!ok || same(buf_cstr(&a), buf_cstr(&b)), "cutting changes what is shown");
    CLAIM(!ok || whole.call_count == cut.call_count, "cutting changes the calls");
    CLAIM(!ok || whole.parts.count == cut.parts.count, "cutting changes what is sent back");
    for (size_t i = 0; ok && i < whole.parts.count; i++)
        CLAIM(same(whole.parts.ptr[i].form, cut.parts.ptr[i].form), "cutting changes a form");
    for (size_t i = 0; ok && i < whole.call_count; i++)
        CLAIM(same(whole.calls[i].args, cut.calls[i].args), "cutting changes arguments");
    llm_reply_fini(&whole);
    llm_reply_fini(&cut);
    return 0;
}

#endif
