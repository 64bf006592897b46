/*
 * gateway_turn - one dialect in, another out, without a socket: a request as a client sends it, an
 * answer as a server streams it, and what becomes of both.
 */
#ifndef UNIT_GATEWAY_TURN_H
#define UNIT_GATEWAY_TURN_H

#include "unit/test.h"

#include "base/json.h"
#include "base/mem.h"
#include "gateway/translate.h"
#include "llm/codecs.h"
#include "llm/models/family.h"
#include "llm/turn/seal.h"
#include "net/sse.h"

#define MODEL(id, kind, at, way)                                                 \
    static const struct model id = {.name = (char *)#id,                         \
                                    .provider = (char *)kind,                    \
                                    .upstream = (char *)at,                      \
                                    .api_base = (char *)"http://127.0.0.1:1/v1", \
                                    .dialect = 1 + (way)}
MODEL(chat, "hosted_vllm", "plain", ROUTE_CHAT);
MODEL(deepseek, "deepseek", "deepseek-v4", ROUTE_CHAT);
MODEL(responses, "hosted_vllm", "plain", ROUTE_RESPONSES);
MODEL(routed, "openrouter", "anthropic/claude-sonnet-4.5", ROUTE_CHAT);
MODEL(claude, "anthropic", "claude-sonnet-4-5", ROUTE_MESSAGES);
MODEL(google, "gemini", "gemini-3-pro", ROUTE_GEMINI);
MODEL(ollama, "ollama_chat", "qwen3:8b", ROUTE_OLLAMA);
static const struct model sees = {.name = (char *)"sees",
                                  .provider = (char *)"hosted_vllm",
                                  .upstream = (char *)"plain",
                                  .api_base = (char *)"http://127.0.0.1:1/v1",
                                  .sees = 1,
                                  .dialect = 1 + ROUTE_CHAT};

/* A request, and all that became of it. */
struct turned {
    struct translation t;
    cJSON *body;     /* for the server */
    cJSON *events;   /* for the client: [{event, data}] */
    struct buf told; /* the same, as bytes */
    bool ok;
};

/* JSON with ' for ", as it is written here. */
static inline char *json_text(const char *s)
{
    char *out = mem_strdup(s);
    for (char *p = out; *p; p++)
        *p = *p == '\'' ? '"' : *p == '`' ? '\'' : *p;
    return out;
}

static inline bool on_event(void *arg, const char *type, const char *data, size_t n)
{
    cJSON *one = cJSON_CreateObject(), *j = json_parse(data, n, NULL);
    json_add_str(one, "event", type);
    json_add(one, "data", j ? j : cJSON_CreateString(data));
    cJSON_AddItemToArray(arg, one);
    return true;
}

static inline void turned_fini(struct turned *x)
{
    translation_fini(&x->t);
    cJSON_Delete(x->body);
    cJSON_Delete(x->events);
    buf_fini(&x->told);
}

static inline void turn(struct turned *x, enum route_style from, const struct model *m,
                        const char *body)
{
    struct error e = {0};
    AUTO_FREE char *text = json_text(body);
    AUTO(buf) sent = {0};
    *x = (struct turned){0};
    bool ok = translation_read(&x->t, codec_at(from), text, strlen(text), "theirs", &e);
    x->t.asked.stream = x->t.asked.stream || from == ROUTE_GEMINI;
    ok = ok && translation_write(&x->t, m, NULL, 0, 0, &sent, &e);
    if (!ok)
        print_message("%s\n", e.text);
    assert_true(ok);
    assert_true(json_is_strict(sent.ptr, sent.len));
    x->body = json_parse(sent.ptr, sent.len, NULL);
    assert_non_null(x->body);
}

/* The first n bytes of a stream, `step` at a time; then its end. */
static inline void hear_some(struct turned *x, const char *stream, size_t n, size_t step)
{
    struct sse sse = {.event = on_event};
    bool more = true;
    for (size_t i = 0; i < n && more; i += step)
        more = translation_feed(&x->t, stream + i, MIN(step, n - i));
    x->ok = translation_end(&x->t);
    if (!x->ok) {
        struct llm_failure f = translation_failure(&x->t);
        translation_complete(&x->t, &f);
        assert_true(f.error.text[0]);
        tell_begin(&x->t.tell);
        tell_fail(&x->t.tell, &f);
    }
    buf_add(&x->told, x->t.out.ptr, x->t.out.len);
    sse.arg = x->events = cJSON_CreateArray();
    if (x->t.tell.stream && !x->t.asked.array) {
        assert_true(sse_feed(&sse, x->told.ptr, x->told.len, NULL));
        assert_true(sse_end(&sse, NULL));
    }
    sse_fini(&sse);
}

static inline void hear(struct turned *x, const char *stream)
{
    AUTO_FREE char *text = json_text(stream);
    hear_some(x, text, strlen(text), strlen(text) + 1);
}

/* What the path leads to ("messages.0.content"; -1: the last): a string's text, else JSON. */
static inline const char *pick(const cJSON *j, const char *path)
{
    static char shown[8][4096];
    static int at;
    AUTO_FREE char *copy = mem_strdup(path);
    char *save = NULL;
    for (char *k = strtok_r(copy, ".", &save); k; k = strtok_r(NULL, ".", &save)) {
        int n = cJSON_GetArraySize(j), i = atoi(k);
        j = cJSON_IsArray(j) ? cJSON_GetArrayItem(j, i < 0 ? n + i : i) : json_get(j, k);
    }
    AUTO_FREE char *text = !j                  ? mem_strdup("(none)")
                           : cJSON_IsString(j) ? mem_strdup(j->valuestring)
                                               : json_print(j);
    char *out = shown[at++ % 8];
    snprintf(out, sizeof shown[0], "%s", text);
    return out;
}
#define assert_at(j, path, text) assert_string_equal(pick(j, path), text)
#define assert_at_json(j, path, text)              \
    do {                                           \
        AUTO_FREE char *want_ = json_text(text);   \
        assert_string_equal(pick(j, path), want_); \
    } while (0)

/* Anthropic's clients take one order only. */
static inline void check_messages(const cJSON *events)
{
    static const char *const fits[][2] = {{"text", "text_delta"},
                                          {"thinking", "thinking_delta"},
                                          {"thinking", "signature_delta"},
                                          {"tool_use", "input_json_delta"}};
    const cJSON *e;
    int64_t index = 0, starts = 0;
    char open[32] = "";
    bool ended = false;
    cJSON_ArrayForEach(e, events)
    {
        const cJSON *d = json_get(e, "data");
        const char *type = json_str(d, "type", "?");
        assert_string_equal(type, json_str(e, "event", ""));
        assert_false(ended);
        starts += strcmp(type, "message_start") == 0;
        assert_int_equal(starts, 1);
        if (strcmp(type, "content_block_start") == 0) {
            assert_string_equal(open, "");
            assert_int_equal(json_int(d, "index", -1), index);
            snprintf(open, sizeof open, "%s", pick(d, "content_block.type"));
        } else if (strcmp(type, "content_block_delta") == 0) {
            bool fit = false;
            for (size_t i = 0; i < COUNT_OF(fits); i++)
                fit = fit || (strcmp(open, fits[i][0]) == 0 &&
                              strcmp(pick(d, "delta.type"), fits[i][1]) == 0);
            assert_true(fit);
            assert_int_equal(json_int(d, "index", -1), index);
        } else if (strcmp(type, "content_block_stop") == 0) {
            assert_true(open[0]);
            assert_int_equal(json_int(d, "index", -1), index++);
            open[0] = '\0';
        } else if (strcmp(type, "message_delta") == 0) {
            assert_string_equal(open, "");
        }
        ended = strcmp(type, "message_stop") == 0 || strcmp(type, "error") == 0;
    }
    assert_true(ended);
}

/* The blocks of a stream put together, as JSON: [{type, text|thinking|input…}]. */
static inline cJSON *blocks_of(const cJSON *events)
{
    cJSON *list = cJSON_CreateArray();
    AUTO(buf) text = {0};
    const cJSON *e;
    cJSON_ArrayForEach(e, events)
    {
        const cJSON *d = json_get(e, "data"), *delta = json_get(d, "delta");
        const char *type = json_str(d, "type", "");
        if (strcmp(type, "content_block_start") == 0) {
            cJSON_AddItemToArray(list, cJSON_Duplicate(json_get(d, "content_block"), true));
            buf_clear(&text);
        }
        cJSON *last = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
        buf_adds(&text, json_str(delta, "text",
                                 json_str(delta, "thinking", json_str(delta, "partial_json", ""))));
        if (json_get(delta, "signature"))
            cJSON_ReplaceItemInObjectCaseSensitive(
                last, "signature", cJSON_Duplicate(json_get(delta, "signature"), true));
        if (strcmp(type, "content_block_stop") != 0)
            continue;
        const char *kind = json_str(last, "type", "");
        const char *member = strcmp(kind, "thinking") == 0 ? "thinking"
                             : strcmp(kind, "text") == 0   ? "text"
                                                           : "input";
        if (strcmp(kind, "redacted_thinking") != 0) {
            cJSON_DeleteItemFromObjectCaseSensitive(last, member);
            json_add_str(last, member, buf_cstr(&text));
        }
    }
    return list;
}

/* "thinking:let me|text:A|tool_use:f{…}" */
static inline char *flow_of(const cJSON *events)
{
    AUTO_JSON *blocks = blocks_of(events);
    AUTO(buf) out = {0};
    const cJSON *b;
    cJSON_ArrayForEach(b, blocks) buf_addf(
        &out, "%s%s:%s%s", out.len ? "|" : "", json_str(b, "type", ""), json_str(b, "name", ""),
        json_str(b, "text", json_str(b, "thinking", json_str(b, "input", ""))));
    return buf_take(&out);
}

#define assert_flow(x, want)                          \
    do {                                              \
        AUTO_FREE char *flow_ = flow_of((x)->events); \
        AUTO_FREE char *want_ = json_text(want);      \
        check_messages((x)->events);                  \
        assert_string_equal(flow_, want_);            \
    } while (0)

#define C(delta) "data: {'choices':[{'index':0,'delta':{" delta "},'finish_reason':null}]}\n\n"
#define C_END(why) "data: {'choices':[{'index':0,'delta':{},'finish_reason':'" why "'}]}\n\n"
#define C_USAGE                                                                                    \
    "data: "                                                                                       \
    "{'choices':[],'usage':{'prompt_tokens':150000,'completion_tokens':7,'prompt_tokens_details':" \
    "{'cached_tokens':149900}}}\n\n"
#define C_DONE "data: [DONE]\n\n"
#define C_ROLE C("'role':'assistant','content':''")
#define C_TEXT(s) C("'content':'" s "'")
#define C_CALL(i, id, name, args)                                                              \
    C("'tool_calls':[{'index':" i ",'id':'" id "','type':'function','function':{'name':'" name \
      "','arguments':'" args "'}}]")
#define C_ARGS(i, args) C("'tool_calls':[{'index':" i ",'function':{'arguments':'" args "'}}]")
#define ASK                                                                                   \
    "{'model':'m','stream':true,'max_tokens':100,'messages':[{'role':'user','content':'hi'}]" \
    "," TOOLS "}"
#define TOOLS                                                                                \
    "'tools':[{'name':'f','description':'d','input_schema':{'$schema':'x','type':'object','" \
    "properties':{'x':{'type':'string'}}}},{'name':'g','input_schema':{'type':'object'}}]"

#endif
