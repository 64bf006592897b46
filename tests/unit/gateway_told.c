/* Answers of servers as clients of another dialect hear them. The cases are those that other
 * translators were reported to get wrong. */
#include "unit/gateway_turn.h"

/* ---- streams to Anthropic's clients ---- */

static void blocks_follow_each_other(void **state)
{
    static const struct {
        const char *stream, *flow, *stop;
    } cases[] = {
        /* no piece is lost where the block changes */
        {C_ROLE C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':\\'first") C_ARGS("0", " second\\'}")
             C_END("tool_calls") C_DONE,
         "text:A|tool_use:f{'x':'first second'}", "tool_use"},
        /* reasoning, then text */
        {C_ROLE C("'reasoning_content':'th'") C("'reasoning_content':'ink'") C_TEXT("A")
             C_END("stop") C_DONE,
         "thinking:think|text:A", "end_turn"},
        {C_ROLE C("'reasoning':'think'") C_TEXT("A") C_END("stop") C_DONE, "thinking:think|text:A",
         "end_turn"},
        /* text, call, text */
        {C_ROLE C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':1}") C_TEXT("b") C_END("tool_calls")
             C_DONE,
         "text:A|tool_use:f{'x':1}|text:b", "tool_use"},
        /* the same, where the call is not whole yet */
        {C_ROLE C_CALL("0", "c1", "f", "{\\'x\\':") C_TEXT("b") C_ARGS("0", "1}")
             C_END("tool_calls") C_DONE,
         "tool_use:f{'x':1}|text:b", "tool_use"},
        /* a call that ends with "stop", no empty text before it */
        {C_ROLE C_CALL("0", "c1", "f", "{}") C_END("stop") C_DONE, "tool_use:f{}", "tool_use"},
        /* two calls whose pieces alternate */
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
        /* cut by its limit: what was told of a call is closed, and more is not told */
        {C_ROLE C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':\\'b") C_END("length") C_DONE,
         "text:A|tool_use:f{'x':'b", "max_tokens"},
        {C_ROLE C_TEXT("A") C_CALL("0", "c1", "f", "{") C_END("length") C_DONE, "text:A",
         "max_tokens"},
        /* what must be mended behind what was told */
        {C_ROLE C_CALL("0", "c1", "f", "{\\'x\\': \\'a\\',") C_ARGS("0", "\\'y\\': None,}")
             C_END("tool_calls") C_DONE,
         "tool_use:f{'x': 'a','y': null}", "tool_use"},
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

/* What fails after it began ends as an error, never as an answer. */
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

/* The three of input are disjoint; nobody is told 0. */
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
/* ---- calls as their arguments come ---- */

/* What the client hears of the next piece of the stream. Caller frees. */
static char *hear_next(struct turned *x, const char *stream)
{
    AUTO_FREE char *text = json_text(stream);
    assert_true(translation_feed(&x->t, text, strlen(text)));
    return buf_take(&x->t.out);
}

static void calls_come_in_pieces(void **state)
{
    static const struct {
        enum route_style style;
        const char *body, *begins, *piece, *last, *ends;
    } rows[] = {
        {ROUTE_MESSAGES, ASK, "'type':'tool_use','id':'c1','name':'f','input':{}",
         "'partial_json':'{\\'x\\':\\'one '", "'partial_json':'two\\'}'", "content_block_stop"},
        {ROUTE_CHAT,
         "{'stream':true,'messages':[{'role':'user','content':'hi'}],'tools':[{'type':'function',"
         "'function':{'name':'f','parameters':{'type':'object'}}}]}",
         "'id':'c1','type':'function','function':{'name':'f','arguments':''}",
         "'arguments':'{\\'x\\':\\'one '", "'arguments':'two\\'}'", ""},
        {ROUTE_RESPONSES,
         "{'stream':true,'input':'hi','tools':[{'type':'function','name':'f','parameters':{'type':"
         "'object'}}]}",
         "'call_id':'c1','name':'f','arguments':'','status':'in_progress'",
         "'delta':'{\\'x\\':\\'one '", "'delta':'two\\'}'", "response.output_item.done"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct turned x;
        turn(&x, rows[i].style, &chat, rows[i].body);
        AUTO_FREE char *begins = json_text(rows[i].begins);
        AUTO_FREE char *piece = json_text(rows[i].piece);
        AUTO_FREE char *last = json_text(rows[i].last);
        AUTO_FREE char *first = hear_next(&x, C_ROLE C_CALL("0", "c1", "f", "{"));
        assert_null(strstr(first, "c1")); /* it may still be no object */
        AUTO_FREE char *second = hear_next(&x, C_ARGS("0", "\\'x\\':\\'one "));
        assert_has(second, begins);
        assert_has(second, piece);
        AUTO_FREE char *third = hear_next(&x, C_ARGS("0", "two\\'}"));
        assert_has(third, last);
        assert_has(third, rows[i].ends);
        AUTO_FREE char *fourth = hear_next(&x, C_CALL("1", "c2", "f", "{\\'x\\':\\'"));
        assert_has(fourth, "c2");
        AUTO_FREE char *rest = json_text(C_ARGS("1", "\\'}") C_END("tool_calls") C_DONE);
        assert_true(translation_feed(&x.t, rest, strlen(rest)) && translation_end(&x.t));
        assert_int_equal(x.t.tell.calls, 2);
        turned_fini(&x);
    }
}

/* Of what is told by then nothing can be taken back: the answer ends as an error. */
static void arguments_that_become_others(void **state)
{
    static const char *const streams[] = {
        C_ROLE C_CALL("0", "c1", "f", "{\\'x\\':\\'a") C_END("tool_calls") C_DONE,
        C_ROLE C_CALL("0", "c1", "f", "{\\'x\\':\\'a\\' oh") C_END("stop") C_DONE,
        "data: {'type':'response.output_item.added','output_index':0,'item':{'type':'function_"
        "call','call_id':'c1','name':'f','arguments':''}}\n\n"
        "data: {'type':'response.function_call_arguments.delta','output_index':0,'delta':'{\\'x\\'"
        ":\\'a'}\n\n"
        "data: {'type':'response.output_item.done','output_index':0,'item':{'type':'function_call',"
        "'call_id':'c1','name':'f','arguments':'{\\'y\\':1}'}}\n\n"
        "data: {'type':'response.completed','response':{'status':'completed','output':[]}}\n\n"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        struct turned x;
        turn(&x, ROUTE_MESSAGES, i < 2 ? &chat : &responses, ASK);
        AUTO_FREE char *text = json_text(streams[i]);
        hear_some(&x, text, strlen(text), 40);
        assert_false(x.ok);
        check_messages(x.events);
        assert_at(x.events, "-1.event", "error");
        assert_has(pick(x.events, "-1.data.error.message"), "arguments");
        turned_fini(&x);
    }
}

/* Free text is what a custom tool takes: its client hears it without the JSON around it. */
static void a_custom_call_comes_in_pieces(void **state)
{
    static const char body[] =
        "{'stream':true,'input':'hi','tools':[{'type':'custom','name':'patch'}]}";
    struct turned x;
    (void)state;
    turn(&x, ROUTE_RESPONSES, &chat, body);
    AUTO_FREE char *none = hear_next(&x, C_ROLE C_CALL("0", "c1", "patch", "{ \\'input\\'"));
    assert_null(strstr(none, "c1"));
    AUTO_FREE char *first = hear_next(&x, C_ARGS("0", ": \\'*** a\\\\n\\\\"));
    assert_has(first, "response.custom_tool_call_input.delta");
    assert_has(first, "\"delta\":\"*** a\\n\"");
    AUTO_FREE char *second = hear_next(&x, C_ARGS("0", "\\'b\\\\u00e9"));
    assert_has(second, "\"delta\":\"\\\"b\xc3\xa9\"");
    AUTO_FREE char *third = hear_next(&x, C_ARGS("0", "\\'}"));
    assert_has(third, "\"input\":\"*** a\\n\\\"b\xc3\xa9\"");
    assert_has(third, "response.output_item.done");
    AUTO_FREE char *rest = json_text(C_END("tool_calls") C_DONE);
    assert_true(translation_feed(&x.t, rest, strlen(rest)) && translation_end(&x.t));
    assert_int_equal(x.t.tell.calls, 1);
    turned_fini(&x);
    /* one that must be mended at its end, and one that becomes another */
    turn(&x, ROUTE_RESPONSES, &chat, body);
    AUTO_FREE char *mended =
        json_text(C_ROLE C_CALL("0", "c1", "patch", "{\\'input\\':\\'a")
                      C_ARGS("0", "\\\\ud800b\\',}") C_END("tool_calls") C_DONE);
    hear_some(&x, mended, strlen(mended), 30);
    assert_true(x.ok);
    assert_at(x.events, "-1.data.response.output.0.input",
              "a\xef\xbf\xbd"
              "b");
    turned_fini(&x);
}

/* Half a call is no call: a client that acts upon items must see it. */
static void a_call_that_was_cut_says_so(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_RESPONSES, &chat,
         "{'stream':true,'input':'hi','tools':[{'type':'function','name':'f','parameters':{'type':"
         "'object'}}]}");
    hear(&x, C_ROLE C_CALL("0", "c1", "f", "{\\'x\\':\\'a") C_END("length") C_DONE);
    assert_true(x.ok);
    assert_at(x.events, "-1.data.type", "response.incomplete");
    assert_at(x.events, "-1.data.response.output.0.status", "incomplete");
    assert_null(strstr(buf_cstr(&x.told), "response.output_item.done"));
    turned_fini(&x);
}

/* Arguments that only their end brings. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {T(blocks_follow_each_other),
                                       T(a_broken_answer_ends_as_an_error),
                                       T(streams_may_be_cut_anywhere),
                                       T(numbers_add_up),
                                       T(a_stop_sequence_ends_it_here),
                                       T(calls_come_in_pieces),
                                       T(arguments_that_become_others),
                                       T(a_custom_call_comes_in_pieces),
                                       T(a_call_that_was_cut_says_so),
                                       T(arguments_only_at_the_end),
                                       T(an_overflow_is_told_in_the_clients_words),
                                       T(errors_have_the_clients_shape)};
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    families_free();
    return rc;
}
