/*
 * A gateway's client and server, both of them anybody: the first byte chooses their dialects, up to
 * a byte 1 stands the client's body, behind it the server's stream. What goes to the server is
 * JSON, what goes to the client is whole events of JSON, whatever came.
 */
#include "fuzz.h"

#include "base/json.h"
#include "base/utf8.h"
#include "gateway/translate.h"
#include "llm/args.h"
#include "llm/codecs.h"
#include "net/sse.h"

static bool on_event(void *arg, const char *type, const char *data, size_t n)
{
    AUTO_JSON *j = json_parse(data, n, NULL);
    (void)type;
    CLAIM(j || strcmp(data, "[DONE]") == 0, "an event that is no JSON: %s", data);
    ++*(size_t *)arg;
    return true;
}

static void claim_told(const struct translation *t, bool ok)
{
    size_t events = 0;
    struct sse sse = {.event = on_event, .arg = &events};
    if (!t->tell.stream) {
        AUTO_JSON *j = ok ? json_parse(t->out.ptr, t->out.len, NULL) : NULL;
        CLAIM(!ok || j, "a whole answer that is no JSON");
        return;
    }
    CLAIM(sse_feed(&sse, buf_cstr(&t->out), t->out.len, NULL), "no events");
    CLAIM(sse_end(&sse, NULL), "no whole events");
    CLAIM(!ok || events, "an answer without a word");
    sse_fini(&sse);
}

/* What is run is whole, in whatever pieces it was told. */
static void claim_calls(const struct translation *t, bool ok)
{
    for (size_t i = 0; ok && i < t->tell.items.len; i++) {
        const struct tell_item *it = t->tell.items.ptr[i];
        bool custom = it->tool && it->tool->custom;
        CLAIM(it->kind != TELL_CALL || it->cut || custom ||
                  args_is_exact(buf_cstr(&it->text), it->text.len),
              "a call's arguments are no JSON: %s", buf_cstr(&it->text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model models[ROUTE_COUNT];
    struct translation t;
    struct error e = {0};
    AUTO(buf) sent = {0};
    if (size < 2)
        return 0;
    const enum route_style from = data[0] % 4, to = data[0] / 4 % ROUTE_COUNT;
    models[to] = (struct model){.name = (char *)"m",
                                .provider = (char *)"hosted_vllm",
                                .upstream = (char *)"m",
                                .api_base = (char *)"http://127.0.0.1:1/v1",
                                .sees = 1,
                                .dialect = 1 + (int)to};
    const char *body = (const char *)data + 1, *split = memchr(body, 1, size - 1);
    size_t n = split ? (size_t)(split - body) : size - 1, rest = split ? size - 2 - n : 0;
    AUTO_FREE char *text = mem_strndup(body, n);
    bool ok = translation_read(&t, codec_at(from), text, strlen(text), "m", &e);
    CLAIM(ok || e.text[0], "refused without a word");
    if (ok && from == ROUTE_GEMINI)
        t.asked.stream = true;
    ok = ok && translation_write(&t, &models[to], NULL, 0, 0, &sent, &e);
    if (ok) {
        AUTO(buf) mended = {0}; /* half a surrogate goes back as it came */
        args_mend_escapes(sent.ptr, sent.len, &mended);
        AUTO_JSON *j = json_parse(buf_cstr(&mended), mended.len, NULL);
        CLAIM(j, "a request that is no JSON: %s", buf_cstr(&sent));
        unsigned seed = data[0];
        bool more = true;
        for (size_t at = 0, piece; more && at < rest; at += piece) {
            piece = fuzz_piece(&seed, rest - at);
            more = translation_feed(&t, split + 1 + at, piece);
        }
        ok = translation_end(&t);
        if (!ok && t.tell.stream) {
            struct llm_failure f = translation_failure(&t);
            translation_complete(&t, &f);
            tell_begin(&t.tell);
            tell_fail(&t.tell, &f);
        }
        claim_told(&t, ok);
        claim_calls(&t, ok);
    }
    translation_fini(&t);
    return 0;
}
