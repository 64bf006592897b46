/* One dialect in, another out, without a socket: requests as clients send them, answers as servers
 * stream them. The cases are those that other translators were reported to get wrong. */
#include "unit/test.h"

#include "base/json.h"
#include "base/mem.h"
#include "gateway/translate.h"
#include "llm/codecs.h"
#include "llm/models/family.h"
#include "llm/turn/seal.h"
#include "net/sse.h"

#define MODEL(id, kind, at, way)                                           \
    static struct model id = {.name = (char *)#id,                         \
                              .provider = (char *)kind,                    \
                              .upstream = (char *)at,                      \
                              .api_base = (char *)"http://127.0.0.1:1/v1", \
                              .dialect = 1 + (way)}
MODEL(chat, "hosted_vllm", "plain", ROUTE_CHAT);
MODEL(deepseek, "deepseek", "deepseek-v4", ROUTE_CHAT);
MODEL(responses, "hosted_vllm", "plain", ROUTE_RESPONSES);
MODEL(claude, "anthropic", "claude-sonnet-4-5", ROUTE_MESSAGES);
MODEL(google, "gemini", "gemini-3-pro", ROUTE_GEMINI);
MODEL(ollama, "ollama_chat", "qwen3:8b", ROUTE_OLLAMA);
static struct model sees = {.name = (char *)"sees",
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
static char *json_text(const char *s)
{
    char *out = mem_strdup(s);
    for (char *p = out; *p; p++)
        *p = *p == '\'' ? '"' : *p == '`' ? '\'' : *p;
    return out;
}

static bool on_event(void *arg, const char *type, const char *data, size_t n)
{
    cJSON *one = cJSON_CreateObject(), *j = json_parse(data, n, NULL);
    json_add_str(one, "event", type);
    json_add(one, "data", j ? j : cJSON_CreateString(data));
    cJSON_AddItemToArray(arg, one);
    return true;
}

static void turned_fini(struct turned *x)
{
    translation_fini(&x->t);
    cJSON_Delete(x->body);
    cJSON_Delete(x->events);
    buf_fini(&x->told);
}

static void turn(struct turned *x, enum route_style from, const struct model *m, const char *body)
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
static void hear_some(struct turned *x, const char *stream, size_t n, size_t step)
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
    if (x->t.tell.stream) {
        assert_true(sse_feed(&sse, x->told.ptr, x->told.len, NULL));
        assert_true(sse_end(&sse, NULL));
    }
    sse_fini(&sse);
}

static void hear(struct turned *x, const char *stream)
{
    AUTO_FREE char *text = json_text(stream);
    hear_some(x, text, strlen(text), strlen(text) + 1);
}

/* What the path leads to ("messages.0.content"; -1: the last): a string's text, else JSON. */
static const char *pick(const cJSON *j, const char *path)
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
static void check_messages(const cJSON *events)
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
static cJSON *blocks_of(const cJSON *events)
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
static char *flow_of(const cJSON *events)
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

/* ---- streams to Anthropic's clients: cases 1 to 7, 13, 22, 29 ---- */

static void blocks_follow_each_other(void **state)
{
    static const struct {
        const char *stream, *flow, *stop;
    } cases[] = {
        /* 1: no piece is lost where the block changes */
        {C_ROLE C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':\\'first") C_ARGS("0", " second\\'}")
             C_END("tool_calls") C_DONE,
         "text:A|tool_use:f{'x':'first second'}", "tool_use"},
        /* 2: reasoning, then text */
        {C_ROLE C("'reasoning_content':'th'") C("'reasoning_content':'ink'") C_TEXT("A")
             C_END("stop") C_DONE,
         "thinking:think|text:A", "end_turn"},
        {C_ROLE C("'reasoning':'think'") C_TEXT("A") C_END("stop") C_DONE, "thinking:think|text:A",
         "end_turn"},
        /* 4: text, call, text */
        {C_ROLE C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':1}") C_TEXT("b") C_END("tool_calls")
             C_DONE,
         "text:A|tool_use:f{'x':1}|text:b", "tool_use"},
        /* the same, where the call is not whole yet */
        {C_ROLE C_CALL("0", "c1", "f", "{\\'x\\':") C_TEXT("b") C_ARGS("0", "1}")
             C_END("tool_calls") C_DONE,
         "tool_use:f{'x':1}|text:b", "tool_use"},
        /* 5: a call that ends with "stop", no empty text before it */
        {C_ROLE C_CALL("0", "c1", "f", "{}") C_END("stop") C_DONE, "tool_use:f{}", "tool_use"},
        /* 6: two calls whose pieces alternate */
        {C_ROLE C_CALL("0", "c1", "f", "{\\'x\\':") C_CALL("1", "c2", "g", "{\\'y\\':")
             C_ARGS("0", "1}") C_ARGS("1", "2}") C_END("tool_calls") C_DONE,
         "tool_use:f{'x':1}|tool_use:g{'y':2}", "tool_use"},
        /* arguments left out, sent twice, as an object, as Python writes them */
        {C_ROLE C_CALL("0", "c1", "g", "") C_END("tool_calls") C_DONE, "tool_use:g{}", "tool_use"},
        {C_ROLE C_CALL("0", "c1", "f", "{\\'x\\':1}") C_ARGS("0", "{\\'x\\':1}") C_END("tool_calls")
             C_DONE,
         "tool_use:f{'x':1}", "tool_use"},
        {C_ROLE C("'tool_calls':[{'index':0,'id':'c','function':{'name':'f','arguments':{'x':1}}}]")
             C_END("tool_calls") C_DONE,
         "tool_use:f{'x':1}", "tool_use"},
        {C_ROLE C_CALL("0", "c1", "f", "{`x`: True}") C_END("tool_calls") C_DONE,
         "tool_use:f{'x':true}", "tool_use"},
        /* cut by its limit: no half call is told */
        {C_ROLE C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':") C_END("length") C_DONE, "text:A",
         "max_tokens"},
        {C_ROLE C_TEXT("A") C_END("content_filter") C_DONE, "text:A", "refusal"},
        {C_ROLE C("'refusal':'No.'") C_END("stop") C_DONE, "text:No.", "refusal"},
        /* a call to what nobody offered is the client's to refuse */
        {C_ROLE C_CALL("0", "c1", "unknown", "{}") C_END("tool_calls") C_DONE, "tool_use:unknown{}",
         "tool_use"},
        /* nothing at all, well ended */
        {C_ROLE C_END("stop") C_DONE, "", "end_turn"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct turned x;
        turn(&x, ROUTE_MESSAGES, &chat, ASK);
        hear(&x, cases[i].stream);
        assert_true(x.ok);
        assert_flow(&x, cases[i].flow);
        assert_at(x.events, "-2.data.delta.stop_reason", cases[i].stop);
        turned_fini(&x);
    }
}

/* 7: what fails after it began ends as an error, never as an answer. */
static void a_broken_answer_ends_as_an_error(void **state)
{
    static const char *const streams[] = {
        C_ROLE C_TEXT("A") "data: {'error':{'message':'boom','type':'server_error'}}\n\n" C_DONE,
        C_ROLE C_TEXT("A"), C_ROLE C_CALL("0", "c", "f", "{}"), C_ROLE "data: nonsense\n\n", ""};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        struct turned x;
        turn(&x, ROUTE_MESSAGES, &chat, ASK);
        hear(&x, streams[i]);
        assert_false(x.ok);
        check_messages(x.events);
        assert_at(x.events, "-1.event", "error");
        turned_fini(&x);
        turn(&x, ROUTE_RESPONSES, &chat, "{'input':'hi','stream':true}");
        hear(&x, streams[i]);
        assert_at(x.events, "-1.data.type", "response.failed");
        assert_at(x.events, "-1.data.response.status", "failed");
        turned_fini(&x);
    }
}

/* Cut behind every byte, and in pieces of every size. */
static void streams_may_be_cut_anywhere(void **state)
{
    AUTO_FREE char *text = json_text(
        C_ROLE C("'reasoning_content':'t'") C_TEXT("A\xc3\xa9") C_CALL("0", "c1", "f", "{\\'x\\':")
            C_ARGS("0", "1}") C_CALL("1", "c2", "g", "{}") C_END("tool_calls") C_USAGE C_DONE);
    size_t n = strlen(text),
           enough = (size_t)(strstr(text, "\"finish_reason\":\"tool_calls\"") - text);
    (void)state;
    for (size_t i = 0; i <= n; i++) {
        struct turned x;
        turn(&x, ROUTE_MESSAGES, &chat, ASK);
        hear_some(&x, text, i, 1 + i % 5);
        check_messages(x.events);
        assert_true(!x.ok || i > enough);
        assert_true(x.ok || i < n);
        if (x.ok)
            assert_flow(&x, "thinking:t|text:A\xc3\xa9|tool_use:f{'x':1}|tool_use:g{}");
        turned_fini(&x);
    }
}

/* 13: the three of input are disjoint; 14: nobody is told 0. */
static void numbers_add_up(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &chat, ASK);
    hear(&x, C_ROLE C_TEXT("A") C_END("stop") C_USAGE C_DONE);
    assert_at_json(x.events, "-2.data.usage",
                   "{'input_tokens':100,'cache_creation_input_tokens':0,'cache_read_input_tokens':"
                   "149900,'output_tokens':7}");
    assert_true(atoi(pick(x.events, "0.data.message.usage.input_tokens")) > 0);
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat, ASK);
    hear(&x, C_ROLE C_TEXT("A word or two") C_END("stop") C_DONE);
    assert_true(atoi(pick(x.events, "-2.data.usage.input_tokens")) > 0);
    assert_true(atoi(pick(x.events, "-2.data.usage.output_tokens")) > 0);
    turned_fini(&x);
    turn(&x, ROUTE_CHAT, &claude,
         "{'messages':[{'role':'user','content':'hi'}],'stream':true,'stream_options':{'include_"
         "usage':true}}");
    hear(&x,
         "event: message_start\ndata: "
         "{'type':'message_start','message':{'usage':{'input_tokens':10,'cache_read_input_tokens':"
         "20,'cache_creation_input_tokens':5}}}\n\n"
         "event: content_block_start\ndata: "
         "{'type':'content_block_start','index':0,'content_block':{'type':'text','text':''}}\n\n"
         "event: content_block_delta\ndata: "
         "{'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'A'}}\n\n"
         "event: content_block_stop\ndata: {'type':'content_block_stop','index':0}\n\n"
         "event: message_delta\ndata: "
         "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':{'output_tokens':3}}"
         "\n\n"
         "event: message_stop\ndata: {'type':'message_stop'}\n\n");
    assert_true(x.ok);
    assert_at(x.events, "-1.data", "[DONE]");
    assert_at(x.events, "-2.data.usage.prompt_tokens", "35");
    assert_at(x.events, "-2.data.usage.prompt_tokens_details.cached_tokens", "20");
    assert_at(x.events, "-3.data.choices.0.finish_reason", "stop");
    turned_fini(&x);
}

/* 22 */
static void a_stop_sequence_ends_it_here(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'stream':true,'stop_sequences':['</"
         "end>','STOP'],'messages':[{'role':'user','content':'hi'}]}");
    assert_at_json(x.body, "stop", "['</end>','STOP']");
    hear(&x, C_ROLE C_TEXT("one </") C_TEXT("e") C_TEXT("nd> two") C_END("stop") C_DONE);
    assert_flow(&x, "text:one ");
    assert_at(x.events, "-2.data.delta.stop_reason", "stop_sequence");
    assert_at(x.events, "-2.data.delta.stop_sequence", "</end>");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &responses,
         "{'stream':true,'stop_sequences':['STOP'],'messages':[{'role':'user','content':'hi'}]}");
    assert_at(x.body, "stop",
              "(none)"); /* it takes none: what looks like one and is not, is told */
    hear(&x,
         "data: {'type':'response.output_text.delta','output_index':0,'delta':'a STO'}\n\n"
         "data: {'type':'response.completed','response':{'status':'completed','output':[]}}\n\n");
    assert_flow(&x, "text:a STO");
    assert_at(x.events, "-2.data.delta.stop_reason", "end_turn");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'stream':true,'stop_sequences':['S'],'messages':[{'role':'user','content':'hi'}]}");
    hear(&x, C_ROLE C_TEXT("a") "data: "
                                "{'choices':[{'index':0,'delta':{},'finish_reason':'stop','stop_"
                                "reason':'S'}]}\n\n" C_DONE);
    assert_at(x.events, "-2.data.delta.stop_sequence", "S"); /* vLLM says which */
    turned_fini(&x);
}

/* ---- requests of Anthropic's clients: cases 8 to 12, 15 to 20, 23, 24 ---- */

static void results_stand_behind_their_calls(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &sees,
         "{'messages':[{'role':'user','content':'go'},"
         "{'role':'assistant','content':[{'type':'text','text':'T'},{'type':'tool_use','id':'a','"
         "name':'f','input':{'x':1}},{'type':'tool_use','id':'b','name':'g','input':{}},"
         "{'type':'tool_use','id':'c','name':'g','input':{}},{'type':'tool_use','id':'d','name':'g'"
         ",'input':{}},{'type':'tool_use','id':'e','name':'g','input':{}}]},"
         "{'role':'user','content':[{'type':'text','text':'and this'},"
         "{'type':'tool_result','tool_use_id':'c','content':[{'type':'tool_reference','tool_name':'"
         "Web'},{'type':'odd','k':1}]},"
         "{'type':'tool_result','tool_use_id':'b','content':[]},"
         "{'type':'tool_result','tool_use_id':'a','is_error':true,'content':[{'type':'text','text':"
         "'l1'},{'type':'text','text':'l2'}]},"
         "{'type':'tool_result','tool_use_id':'d','content':[{'type':'image','source':{'type':'"
         "base64','media_type':'image/png','data':'QUJD'}}]}]}]," TOOLS "}");
    assert_at_json(
        x.body, "messages.1.tool_calls.0",
        "{'id':'a','type':'function','function':{'name':'f','arguments':'{\\'x\\':1}'}}");
    assert_at_json(x.body, "messages.2",
                   "{'role':'tool','tool_call_id':'a','content':'Error: \\nl1\\nl2'}");
    assert_at_json(x.body, "messages.3",
                   "{'role':'tool','tool_call_id':'b','content':'(no output)'}");
    assert_has(pick(x.body, "messages.4.content"), "Web is available");
    assert_has(pick(x.body, "messages.4.content"), "odd");
    assert_has(pick(x.body, "messages.5.content"), "(an image, shown below)"); /* 8 */
    assert_at_json(x.body, "messages.6",
                   "{'role':'tool','tool_call_id':'e','content':'(no result was recorded)'}");
    assert_at(x.body, "messages.7.content.1.image_url.url", "data:image/png;base64,QUJD");
    assert_at(x.body, "messages.8.content", "and this");
    assert_at(x.body, "messages.9", "(none)");
    turned_fini(&x);
}

/* 10, 16, 17, 18, 19, 20 */
static void what_claude_code_sends(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'model':'m','stream':true,'max_tokens':32000,'thinking':{'type':'adaptive'},'output_"
         "config':{'effort':'high'},'context_management':{'edits':[]},"
         "'metadata':{'user_id':'{\\'session_id\\':\\'s-1\\'}'},'tool_choice':{'type':'auto'},'"
         "temperature':1,"
         "'system':[{'type':'text','text':'x-anthropic-billing-header: cc_version=2; "
         "cch=ab;'},{'type':'text','text':'You are.','cache_control':{'type':'ephemeral'}}],"
         "'messages':[{'role':'user','content':'one'},{'role':'system','content':'Skills.'},{'role'"
         ":'assistant','content':'two'},"
         "{'role':'system','content':[{'type':'text','text':'Late.'}]},{'role':'user','content':[{'"
         "type':'text','text':'three','cache_control':{'type':'ephemeral'}}]}],"
         "'tools':[{'name':'f','description':'d','input_schema':{'$schema':'s','type':'object'},'"
         "cache_control':{'type':'ephemeral'}},{'type':'web_search_20250305','name':'web_search','"
         "max_uses':5}]}");
    assert_at_json(x.body, "messages.0", "{'role':'system','content':'You are.\\n\\nSkills.'}");
    assert_at(x.body, "messages.1.content", "one");
    assert_at_json(
        x.body, "messages.3",
        "{'role':'user','content':'<system-reminder>\\nLate.\\n</system-reminder>\\n\\nthree'}");
    assert_at(x.body, "reasoning_effort", "high");
    assert_at(x.body, "max_tokens", "32000");
    assert_at_json(x.body, "tools",
                   "[{'type':'function','function':{'name':'f','description':'d','parameters':{'"
                   "type':'object'}}}]");
    assert_at(x.body, "tool_choice", "auto");
    assert_string_equal(x.t.asked.session, "s-1");
    assert_has(buf_cstr(&x.t.asked.notes), "web_search");
    const char *const gone[] = {"context_management", "output_config", "thinking", "metadata",
                                "system"};
    for (size_t i = 0; i < COUNT_OF(gone); i++)
        assert_at(x.body, gone[i], "(none)");
    AUTO_FREE char *all = json_print(x.body);
    assert_null(strstr(all, "cache_control"));
    assert_null(strstr(all, "billing"));
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'title?'}],'tools':[],'tool_choice':{'type':'auto',"
         "'disable_parallel_tool_use':true}}");
    assert_at(x.body, "tools", "(none)"); /* 19 */
    assert_at(x.body, "tool_choice", "(none)");
    assert_at(x.body, "reasoning_effort", "(none)"); /* 12 */
    assert_at(x.body, "thinking", "(none)");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'x'}],'tool_choice':{'type':'any','disable_"
         "parallel_tool_use':true},"
         "'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}," TOOLS "}");
    assert_at(x.body, "tool_choice", "required");
    assert_at(x.body, "parallel_tool_calls", "false");
    assert_at_json(x.body, "response_format.json_schema.schema", "{'type':'object'}");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &responses,
         "{'messages':[{'role':'user','content':'x'},{'role':'assistant','content':'y'},{'role':'"
         "system','content':'Late.'}]}");
    assert_at(x.body, "input.2.role", "developer"); /* where it may stand */
    turned_fini(&x);
}

/* What a client's reminder says beside a result is the result's: templates forget otherwise. */
static void reminders_join_the_result(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'type':'tool_"
         "use','id':'a','name':'f','input':{}}]},"
         "{'role':'user','content':[{'type':'tool_result','tool_use_id':'a','content':'R'},{'type':"
         "'text','text':'<system-reminder>r</system-reminder>'}]}]," TOOLS "}");
    assert_at(x.body, "messages.-1.role", "tool");
    assert_at(x.body, "messages.-1.content", "R\n\n<system-reminder>r</system-reminder>");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'type':'tool_"
         "use','id':'a','name':'f','input':{}}]},"
         "{'role':'user','content':[{'type':'tool_result','tool_use_id':'a','content':'R'}]},{'"
         "role':'system','content':'s'}]," TOOLS "}");
    assert_at(x.body, "messages.-1.role", "tool");
    assert_has(pick(x.body, "messages.-1.content"), "<system-reminder>\ns\n");
    turned_fini(&x);
    /* A proof behind the words would be what Claude Code takes for the answer. */
    turn(&x, ROUTE_MESSAGES, &responses, ASK);
    hear(&x,
         "data: "
         "{'type':'response.output_item.done','output_index':0,'item':{'type':'reasoning','id':'rs_"
         "1','summary':[],'encrypted_content':'ENC'}}\n\n"
         "data: "
         "{'type':'response.output_item.done','output_index':1,'item':{'type':'message','id':'m_1',"
         "'role':'assistant','content':[{'type':'output_text','text':'A'}]}}\n\n"
         "data: {'type':'response.completed','response':{'status':'completed','output':[]}}\n\n");
    assert_flow(&x, "text:A");
    turned_fini(&x);
}

static char *second_round(const cJSON *blocks)
{
    AUTO_FREE char *content = json_print(blocks);
    return mem_printf("{\"messages\":[{\"role\":\"user\",\"content\":\"go\"},{\"role\":"
                      "\"assistant\",\"content\":%s},{\"role\":\"user\",\"content\":"
                      "[{\"type\":\"tool_result\",\"tool_use_id\":\"c1\",\"content\":\"R\"}]}],"
                      "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]}",
                      content);
}

/* The whole answer as the client keeps it, and what it sends next. */
static char *next_body(const struct model *m, const char *stream)
{
    struct turned x;
    turn(&x, ROUTE_MESSAGES, m,
         "{'messages':[{'role':'user','content':'go'}],'tools':[{'name':'f','input_schema':{'type':"
         "'object'}}]}");
    hear(&x, stream);
    assert_true(x.ok);
    AUTO_JSON *answer = json_parse(x.told.ptr, x.told.len, NULL);
    assert_non_null(answer);
    char *body = second_round(json_get(answer, "content"));
    turned_fini(&x);
    return body;
}

#define R_TURN                                                                                     \
    "data: "                                                                                       \
    "{'type':'response.output_item.done','output_index':0,'item':{'type':'reasoning','id':'rs_1'," \
    "'summary':[],'encrypted_content':'ENC=='}}\n\n"                                               \
    "data: "                                                                                       \
    "{'type':'response.output_item.done','output_index':1,'item':{'type':'message','id':'m_1','"   \
    "role':'assistant','phase':'commentary','content':[{'type':'output_text','text':'A'}]}}\n\n"   \
    "data: "                                                                                       \
    "{'type':'response.output_item.done','output_index':2,'item':{'type':'function_call','id':'"   \
    "fc_1','call_id':'c1','name':'f','arguments':'{}'}}\n\n"                                       \
    "data: "                                                                                       \
    "{'type':'response.completed','response':{'status':'completed','output':[],'usage':{'input_"   \
    "tokens':9,'output_tokens':2}}}\n\n"
#define G_TURN                                                                                    \
    "data: "                                                                                      \
    "{'candidates':[{'content':{'role':'model','parts':[{'text':'plan','thought':true}]}}]}\n\n"  \
    "data: "                                                                                      \
    "{'candidates':[{'content':{'role':'model','parts':[{'functionCall':{'id':'c1','name':'f','"  \
    "args':{}},'thoughtSignature':'SIG/"                                                          \
    "1'}]},'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':5,'candidatesTokenCount':" \
    "1}}\n\n"

/* 11, 23, 24, 27, 28: what is its server's goes back to it byte for byte, and to nobody else. */
static void reasoning_goes_back_to_whose_it_is(void **state)
{
    static const char thought[] = C_ROLE C("'reasoning_content':'let me'")
        C_CALL("0", "c1", "f", "{}") C_END("tool_calls") C_DONE;
    struct turned x;
    (void)state;
    AUTO_FREE char *of_deepseek = next_body(&deepseek, thought);
    turn(&x, ROUTE_MESSAGES, &deepseek, of_deepseek);
    assert_at(x.body, "messages.1.reasoning_content", "let me");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &claude, of_deepseek);
    assert_null(strstr(pick(x.body, "messages.1"), "thinking")); /* 23 */
    assert_null(strstr(pick(x.body, "messages.1"), "let me"));
    turned_fini(&x);
    /* of a real Claude: no proof of ours; DeepSeek wants a member all the same */
    turn(&x, ROUTE_MESSAGES, &deepseek,
         "{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'type':'"
         "thinking','thinking':'T','signature':'EqRB'},"
         "{'type':'tool_use','id':'c1','name':'f','input':{}}]},{'role':'user','content':[{'type':'"
         "tool_result','tool_use_id':'c1','content':'R'}]}]," TOOLS "}");
    assert_at(x.body, "messages.1.reasoning_content", "");
    turned_fini(&x);
    AUTO_FREE char *of_responses = next_body(&responses, R_TURN);
    turn(&x, ROUTE_MESSAGES, &responses, of_responses);
    assert_at_json(x.body, "input.1",
                   "{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':'ENC=='}");
    assert_at(x.body, "input.2.phase", "commentary");
    assert_at(x.body, "input.3.id", "fc_1");
    assert_at(x.body, "input.4.type", "function_call_output");
    assert_at(x.body, "input.5", "(none)");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat, of_responses);
    assert_at(x.body, "messages.1.content", "A");
    assert_null(strstr(pick(x.body, "messages.1"), "ENC=="));
    turned_fini(&x);
    AUTO_FREE char *of_google = next_body(&google, G_TURN);
    turn(&x, ROUTE_MESSAGES, &google, of_google);
    assert_has(pick(x.body, "contents.1"), "\"thoughtSignature\":\"SIG/1\"");
    turned_fini(&x);
}

/* 24: half a surrogate in what is signed goes back as it came. */
static void what_is_signed_is_not_mended(void **state)
{
    struct turned x;
    (void)state;
    AUTO_FREE char *body = next_body(
        &claude, "event: message_start\ndata: "
                 "{'type':'message_start','message':{'usage':{'input_tokens':1}}}\n\n"
                 "event: content_block_start\ndata: "
                 "{'type':'content_block_start','index':0,'content_block':{'type':'thinking','"
                 "thinking':'','signature':''}}\n\n"
                 "event: content_block_delta\ndata: "
                 "{'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta','"
                 "thinking':'a \\ud83d b\\/'}}\n\n"
                 "event: content_block_delta\ndata: "
                 "{'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','"
                 "signature':'S\\/1'}}\n\n"
                 "event: content_block_stop\ndata: {'type':'content_block_stop','index':0}\n\n"
                 "event: content_block_start\ndata: "
                 "{'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'"
                 "c1','name':'f','input':{}}}\n\n"
                 "event: content_block_stop\ndata: {'type':'content_block_stop','index':1}\n\n"
                 "event: message_delta\ndata: "
                 "{'type':'message_delta','delta':{'stop_reason':'tool_use'}}\n\n"
                 "event: message_stop\ndata: {'type':'message_stop'}\n\n");
    struct error e = {0};
    AUTO(buf) sent = {0};
    x = (struct turned){0};
    assert_true(translation_read(&x.t, codec_at(ROUTE_MESSAGES), body, strlen(body), "m", &e));
    assert_true(translation_write(&x.t, &claude, NULL, 0, 0, &sent, &e));
    assert_has(buf_cstr(&sent),
               "{\"type\":\"thinking\",\"thinking\":\"a \\ud83d b\\/\",\"signature\":\"S\\/1\"}");
    turned_fini(&x);
}

/* Who makes a proof up gets nothing into a request that is not whole JSON. */
static void a_forged_seal_is_no_way_in(void **state)
{
    struct turned x;
    struct llm_parts p = {.origin = mem_strdup("chat deepseek")};
    (void)state;
    llm_parts_add(&p, LLM_PART_TEXT)->form =
        mem_strdup("\"x\"}],\"api_base\":\"http://evil\",\"y\":[{");
    AUTO_FREE char *seal = seal_make(&p);
    AUTO_FREE char *body =
        mem_printf("{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'"
                   "type':'redacted_thinking','data':'%s'},"
                   "{'type':'text','text':'A'}]},{'role':'user','content':'on'}]}",
                   seal);
    turn(&x, ROUTE_MESSAGES, &deepseek, body);
    assert_at(x.body, "messages.1.content", "A");
    assert_at(x.body, "api_base", "(none)");
    turned_fini(&x);
    llm_parts_fini(&p);
}

/* Names too long or odd for others come back as the client knows them. */
static void names_are_mapped_and_mapped_back(void **state)
{
    char longest[101];
    struct turned x;
    (void)state;
    memset(longest, 'n', 100);
    longest[100] = '\0';
    memcpy(longest, "mcp__server__", 13);
    AUTO_FREE char *body = mem_printf(
        "{'stream':true,'messages':[{'role':'user','content':'go'}],'tools':[{'name':'%s','input_"
        "schema':{'type':'object'}},{'name':'a.b','input_schema':{'type':'object'}}]}",
        longest);
    turn(&x, ROUTE_MESSAGES, &chat, body);
    const char *sent = pick(x.body, "tools.0.function.name");
    assert_true(strlen(sent) <= 64);
    AUTO_FREE char *stream =
        mem_printf(C_ROLE C_CALL("0", "c1", "%s", "{}") C_END("tool_calls") C_DONE, sent);
    hear(&x, stream);
    AUTO_FREE char *want = mem_printf("tool_use:%s{}", longest);
    assert_flow(&x, want);
    turned_fini(&x);
}

/* ---- Codex and its like: cases 25, 26, 28 ---- */

static void what_codex_sends(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_RESPONSES, &chat,
         "{'model':'m','stream':true,'store':false,'include':['reasoning.encrypted_content'],'"
         "client_metadata':{},'prompt_cache_key':'k','text':{'verbosity':'low'},"
         "'input':[{'type':'message','role':'developer','content':[{'type':'input_text','text':'D1'"
         "}]},{'type':'message','role':'developer','content':[{'type':'input_text','text':'D2'}]},"
         "{'type':'message','role':'user','content':[{'type':'input_text','text':'go'}]},{'type':'"
         "reasoning','id':'rs','summary':[],'encrypted_content':'theirs'},"
         "{'type':'function_call','id':'x','call_id':'c1','name':'f','arguments':'{}'},{'type':'"
         "custom_tool_call','call_id':'c2','name':'apply_patch','input':'*** Begin'},"
         "{'type':'function_call','call_id':'c3','namespace':'ns','name':'t','arguments':'{}'},"
         "{'type':'function_call_output','call_id':'c1','output':'o1'},{'type':'custom_tool_call_"
         "output','call_id':'c2','output':[{'type':'input_text','text':'o2'}]},"
         "{'type':'function_call_output','call_id':'c3','output':'o3'},{'type':'web_search_call','"
         "id':'w'}],"
         "'tools':[{'type':'function','name':'f','parameters':{'type':'object'}},{'type':'custom','"
         "name':'apply_patch','description':'P','format':{'type':'grammar','syntax':'lark','"
         "definition':'start: x'}},"
         "{'type':'namespace','name':'ns','tools':[{'type':'function','name':'t','parameters':{'"
         "type':'object'}}]},{'type':'web_search'},{'type':'local_shell'},{'type':'tool_search'}],"
         "'tool_choice':'auto','parallel_tool_calls':true}");
    assert_at_json(x.body, "messages.0", "{'role':'system','content':'D1\\n\\nD2'}");
    assert_at(x.body, "messages.2.tool_calls.1.function.arguments", "{\"input\":\"*** Begin\"}");
    assert_at(x.body, "messages.2.tool_calls.2.function.name", "ns__t");
    assert_at(x.body, "messages.4.content", "o2");
    assert_at(x.body, "messages.6", "(none)");
    assert_at(x.body, "tools.1.function.name", "apply_patch");
    assert_has(pick(x.body, "tools.1.function.description"), "start: x");
    assert_at(x.body, "tools.3", "(none)"); /* 26 */
    assert_has(buf_cstr(&x.t.asked.notes), "local_shell");
    hear(&x, C_ROLE C("'reasoning_content':'th'") C_TEXT("A")
                 C_CALL("0", "c7", "apply_patch", "{\\'input\\':\\'*** Begin Patch\\\\n\\'}")
                     C_CALL("1", "c8", "ns__t", "{}") C_END("tool_calls") C_USAGE C_DONE);
    assert_true(x.ok);
    assert_at(x.events, "0.data.type", "response.created");
    const cJSON *e;
    int64_t number = 0;
    cJSON_ArrayForEach(e, x.events)
        assert_int_equal(json_int(json_get(e, "data"), "sequence_number", -1), number++);
    assert_at(x.events, "-1.data.type", "response.completed");
    assert_at(x.events, "-1.data.response.output.0.summary.0.text", "th");
    assert_at(x.events, "-1.data.response.output.1.content.0.text", "A");
    assert_at(x.events, "-1.data.response.output.2.type", "custom_tool_call"); /* 25 */
    assert_at(x.events, "-1.data.response.output.2.input", "*** Begin Patch\n");
    assert_at(x.events, "-1.data.response.output.3.namespace", "ns");
    assert_at(x.events, "-1.data.response.output.3.name", "t");
    assert_at(x.events, "-1.data.response.usage.input_tokens", "150000");
    AUTO_FREE char *all = mem_strndup(x.told.ptr, x.told.len);
    assert_has(all, "event: response.custom_tool_call_input.delta");
    assert_has(all, "event: response.output_item.done");
    turned_fini(&x);
}

/* Found by fuzzing: a message without a word between two was a comma too many. */
static void a_message_without_a_word_is_none(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_CHAT, &responses,
         "{'messages':[{'role':'system','content':'S'},{'role':'assistant','content':''},{'role':'"
         "user','content':'a'},"
         "{'role':'assistant','content':null},{'role':'user','content':'b'}]}");
    assert_at(x.body, "input.0.content.0.text", "a\n\nb");
    assert_at(x.body, "input.1", "(none)");
    turned_fini(&x);
}

/* 28: what would need a store is refused with words. */
static void what_needs_a_store_is_refused(void **state)
{
    static const char *const bodies[] = {"{'input':[{'type':'item_reference','id':'rs_1'}]}",
                                         "{'input':'x','previous_response_id':'r'}",
                                         "{'input':'x','conversation':'c'}",
                                         "{'input':[{'role':'odd','content':'x'}]}", "{'input':5}"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct translation t;
        struct error e = {0};
        AUTO_FREE char *text = json_text(bodies[i]);
        assert_false(translation_read(&t, codec_at(ROUTE_RESPONSES), text, strlen(text), "m", &e));
        assert_true(e.text[0]);
        translation_fini(&t);
    }
}

/* 29: arguments that only their end brings. */
static void arguments_only_at_the_end(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &responses, ASK);
    hear(&x, "data: "
             "{'type':'response.output_item.added','output_index':0,'item':{'type':'function_call',"
             "'id':'i','call_id':'c1','name':'f','arguments':''}}\n\n"
             "data: "
             "{'type':'response.function_call_arguments.done','output_index':0,'arguments':'{\\'"
             "x\\':1}'}\n\n"
             "data: "
             "{'type':'response.completed','response':{'status':'completed','output':[{'type':'"
             "function_call','id':'i','call_id':'c1','name':'f','arguments':'{\\'x\\':1}'}]}}\n\n");
    assert_true(x.ok);
    AUTO_FREE char *flow = flow_of(x.events);
    assert_has(flow, "tool_use:f{\"x\":1}");
    check_messages(x.events);
    turned_fini(&x);
}

/* ---- Gemini's clients, and Ollama ---- */

static void what_gemini_clients_send(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_GEMINI, &chat,
         "{'systemInstruction':{'parts':[{'text':'S'}]},'contents':[{'role':'user','parts':[{'text'"
         ":'go'}]},"
         "{'role':'model','parts':[{'functionCall':{'name':'f','args':{'x':1}}},{'functionCall':{'"
         "name':'f','args':{'x':2}}}]},"
         "{'role':'user','parts':[{'functionResponse':{'name':'f','response':{'output':'one'}}},{'"
         "functionResponse':{'name':'f','response':{'error':'two'}}}]}],"
         "'tools':[{'functionDeclarations':[{'name':'f','parameters':{'type':'OBJECT','properties':"
         "{'x':{'type':'NUMBER'}}}}]},{'googleSearch':{}}],"
         "'toolConfig':{'functionCallingConfig':{'mode':'ANY'}},'generationConfig':{'"
         "maxOutputTokens':50,'temperature':0.5,'stopSequences':['Z'],'thinkingConfig':{'"
         "thinkingLevel':'LOW'}}}");
    assert_at(x.body, "messages.0.content", "S");
    assert_at(x.body, "messages.3.content", "one");
    assert_at(x.body, "messages.4.content", "Error: two");
    assert_at(x.body, "tools.0.function.parameters.properties.x.type", "number");
    assert_at(x.body, "tool_choice", "required");
    assert_at(x.body, "max_tokens", "50");
    assert_at(x.body, "temperature", "0.5");
    assert_at(x.body, "reasoning_effort", "low");
    hear(&x, C_ROLE C("'reasoning_content':'th'") C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':3}")
                 C_END("tool_calls") C_USAGE C_DONE);
    assert_at_json(x.events, "0.data.candidates.0.content.parts.0", "{'text':'th','thought':true}");
    assert_at_json(x.events, "-2.data.candidates.0.content.parts.0.functionCall",
                   "{'id':'c1','name':'f','args':{'x':3}}");
    assert_at(x.events, "-1.data.candidates.0.finishReason", "STOP");
    assert_at(x.events, "-1.data.usageMetadata.promptTokenCount", "150000");
    assert_at(x.events, "-1.data.modelVersion", "theirs");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &ollama, ASK);
    assert_at(x.body, "options.num_predict", "100");
    hear(&x, "{'message':{'role':'assistant','thinking':'th','content':''},'done':false}\n{'"
             "message':{'role':'assistant','content':'A'},'done':false}\n"
             "{'message':{'role':'assistant','content':'','tool_calls':[{'function':{'name':'f','"
             "arguments':{'x':1}}}]},'done':false}\n"
             "{'message':{'role':'assistant','content':''},'done':true,'done_reason':'stop','"
             "prompt_eval_count':4,'eval_count':2}\n");
    assert_flow(&x, "thinking:th|text:A|tool_use:f{'x':1}");
    turned_fini(&x);
}

/* ---- errors ---- */

/* An overflow in the words that each client knows. */
static void an_overflow_is_told_in_the_clients_words(void **state)
{
    static const char body[] =
        "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens. However, "
        "you requested 9000 tokens\",\"code\":\"context_length_exceeded\"}}";
    static const struct {
        enum route_style style;
        int status;
        const char *words;
    } rows[] = {
        {ROUTE_MESSAGES, 400, "prompt is too long: 9000 tokens > 8192 maximum"},
        {ROUTE_CHAT, 400, "context_length_exceeded"},
        {ROUTE_RESPONSES, 400, "maximum context length is 8192 tokens"},
        {ROUTE_GEMINI, 400,
         "The input token count (9000) exceeds the maximum number of tokens allowed (8192)"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct llm_failure f = {0};
        AUTO(buf) out = {0};
        failure_from_body(&f, 400, body, strlen(body));
        assert_int_equal(codec_at(rows[i].style)->tell->refuse(&f, &out), rows[i].status);
        assert_has(buf_cstr(&out), rows[i].words);
    }
    struct turned x; /* numbers that the server does not tell */
    turn(&x, ROUTE_MESSAGES, &chat, ASK);
    struct llm_failure f = {.class = LLM_CONTEXT};
    translation_complete(&x.t, &f);
    assert_true(f.window > 0 && f.requested > f.window);
    turned_fini(&x);
}

static void errors_have_the_clients_shape(void **state)
{
    static const struct {
        int status;
        enum route_style style;
        int told;
        const char *words;
    } rows[] = {{429, ROUTE_MESSAGES, 429, "rate_limit_error"},
                {529, ROUTE_MESSAGES, 529, "overloaded_error"},
                {503, ROUTE_MESSAGES, 529, "overloaded_error"},
                {401, ROUTE_MESSAGES, 401, "authentication_error"},
                {404, ROUTE_MESSAGES, 404, "not_found_error"},
                {500, ROUTE_MESSAGES, 500, "api_error"},
                {429, ROUTE_CHAT, 429, "rate_limit_exceeded"},
                {529, ROUTE_CHAT, 503, "server_is_overloaded"},
                {404, ROUTE_CHAT, 404, "invalid_request_error"},
                {429, ROUTE_GEMINI, 429, "RESOURCE_EXHAUSTED"},
                {404, ROUTE_GEMINI, 404, "NOT_FOUND"},
                {503, ROUTE_GEMINI, 503, "UNAVAILABLE"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct llm_failure f = {0};
        AUTO(buf) out = {0};
        failure_from_body(&f, rows[i].status, "{\"error\":{\"message\":\"no\"}}", 26);
        assert_int_equal(codec_at(rows[i].style)->tell->refuse(&f, &out), rows[i].told);
        assert_has(buf_cstr(&out), rows[i].words);
    }
}

/* Of a history of so many messages, prose and code in turn. */
static double estimate_of(int messages)
{
    AUTO(buf) body = {0};
    struct translation t;
    struct error e = {0};
    buf_adds(&body, "{\"messages\":[");
    for (int i = 0; i < messages; i++)
        buf_addf(&body, "%s{\"role\":\"%s\",\"content\":\"%s\"}", i ? "," : "",
                 i % 2 ? "assistant" : "user",
                 i % 2 ? "for (size_t i = 0; i < list->len; i++) sum += list->ptr[i].weight << 3;"
                       : "Now tell me in plain words what it does, and why nobody saw it before.");
    buf_adds(&body, "]}");
    assert_true(translation_read(&t, codec_at(ROUTE_CHAT), body.ptr, body.len, "m", &e));
    double n = (double)t.estimate;
    translation_fini(&t);
    return n;
}

static void a_part_of_a_long_history_counts_for_all(void **s)
{
    double all = 100 * estimate_of(200), part = estimate_of(20000);
    if (part < all * 0.97 || part > all * 1.03)
        fail_msg("%.0f of %.0f", part, all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(blocks_follow_each_other),
                                       T(a_part_of_a_long_history_counts_for_all),
                                       T(a_broken_answer_ends_as_an_error),
                                       T(streams_may_be_cut_anywhere),
                                       T(numbers_add_up),
                                       T(a_stop_sequence_ends_it_here),
                                       T(results_stand_behind_their_calls),
                                       T(what_claude_code_sends),
                                       T(reminders_join_the_result),
                                       T(reasoning_goes_back_to_whose_it_is),
                                       T(a_forged_seal_is_no_way_in),
                                       T(what_is_signed_is_not_mended),
                                       T(names_are_mapped_and_mapped_back),
                                       T(what_codex_sends),
                                       T(what_needs_a_store_is_refused),
                                       T(a_message_without_a_word_is_none),
                                       T(arguments_only_at_the_end),
                                       T(what_gemini_clients_send),
                                       T(an_overflow_is_told_in_the_clients_words),
                                       T(errors_have_the_clients_shape)};
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    families_free();
    return rc;
}
