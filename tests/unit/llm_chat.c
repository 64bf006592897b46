/* Putting a turn together: each known deviation as a recorded stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "llm/chat/chat.h"
#include "llm/turn/answer.h"
#include "llm/turn/answer_take.h"
#include "unit/llm_dialect.h"

static const struct llm_tool tools[] = {{.name = "list_dir"}, {.name = "read_file"}};

struct run {
    struct buf shown, thought;
    struct llm_reply reply;
    struct llm_failure failure;
    bool ok;
};

static void on_text(void *arg, const char *s, size_t n)
{
    buf_add(&((struct run *)arg)->shown, s, n);
}

static void on_reasoning(void *arg, const char *s, size_t n)
{
    buf_add(&((struct run *)arg)->thought, s, n);
}

static void run_fini(struct run *r)
{
    llm_reply_fini(&r->reply);
    buf_fini(&r->shown);
    buf_fini(&r->thought);
}

/* What goes back of the first such part, or NULL. */
static const char *form_of(const struct run *r, enum llm_part_kind kind)
{
    for (size_t i = 0; i < r->reply.parts.count; i++)
        if (r->reply.parts.ptr[i].kind == kind)
            return r->reply.parts.ptr[i].form;
    return NULL;
}

static struct call_ids *used; /* what the session had before, of the tests that say so */

static struct run feed(const char *bytes, int64_t limit, size_t step)
{
    struct run r = {0};
    const struct llm_watch w = {.arg = &r, .text = on_text, .reasoning = on_reasoning};
    const struct answer_opts o = {.watch = &w, .tools = tools, .tool_count = 2, .limit = limit};
    struct answer *c = answer_new(&codec_chat, &o);
    size_t n = strlen(bytes);
    r.ok = true;
    for (size_t i = 0; i < n && r.ok; i += step)
        r.ok = answer_feed(c, bytes + i, MIN(step, n - i));
    r.ok = r.ok && answer_end(c);
    answer_take(c, used, &r.reply);
    r.failure = *answer_failure(c);
    answer_free(c);
    return r;
}

/* One frame a line; "D text" is short for a text delta, "C json" for a delta. */
static char *stream_of(const char *lines)
{
    AUTO(buf) out = {0};
    for (const char *p = lines; *p;) {
        int n = (int)strcspn(p, "\n");
        if (n > 2 && strncmp(p, "D ", 2) == 0)
            buf_addf(&out,
                     "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%.*s\"}}]}\n\n",
                     n - 2, p + 2);
        else if (n > 2 && strncmp(p, "C ", 2) == 0)
            buf_addf(&out, "data: {\"choices\":[{\"index\":0,\"delta\":%.*s}]}\n\n", n - 2, p + 2);
        else if (n > 2 && strncmp(p, "F ", 2) == 0)
            buf_addf(&out,
                     "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
                     "\"%.*s\"}]}\n\n",
                     n - 2, p + 2);
        else if (n > 0)
            buf_addf(&out, "data: %.*s\n\n", n, p);
        p += n + (p[n] == '\n');
    }
    return buf_take(&out);
}

static struct run play(const char *lines)
{
    AUTO_FREE char *bytes = stream_of(lines);
    return feed(bytes, 0, strlen(bytes));
}

/* Expect calls as "name(args) name(args)". */
static void expect_calls(const char *lines, const char *want)
{
    AUTO_FREE char *bytes = stream_of(lines);
    for (size_t step = 1; step < 40; step += 19) {
        struct run r = feed(bytes, 0, step);
        AUTO(buf) got = {0};
        if (!r.ok)
            print_message("%s\n%s\n", lines, r.failure.error.text);
        assert_true(r.ok);
        for (size_t i = 0; i < r.reply.call_count; i++)
            buf_addf(&got, "%s%s(%s)", i ? " " : "", r.reply.calls[i].name, r.reply.calls[i].args);
        assert_string_equal(buf_cstr(&got), want);
        for (size_t i = 0; i < r.reply.call_count; i++)
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(r.reply.calls[i].id, r.reply.calls[k].id);
        assert_int_equal(r.reply.finish, r.reply.call_count ? LLM_FINISH_TOOLS : LLM_FINISH_STOP);
        run_fini(&r);
    }
}

#define CALL(index, id, name, args)                        \
    "C {\"tool_calls\":[{\"index\":" index ",\"id\":\"" id \
    "\",\"type\":\"function\",\"function\":"               \
    "{\"name\":\"" name "\",\"arguments\":\"" args "\"}}]}\n"
#define MORE(index, args) \
    "C {\"tool_calls\":[{\"index\":" index ",\"function\":{\"arguments\":\"" args "\"}}]}\n"

static void text_and_usage(void **state)
{
    struct run r = play("C {\"role\":\"assistant\",\"content\":null}\nD Hel\nD lo\n"
                        "C {\"content\":null,\"tool_calls\":null}\nF stop\n"
                        "{\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":4,"
                        "\"prompt_tokens_details\":{\"cached_tokens\":6}}}\n[DONE]\n");
    assert_true(r.ok);
    assert_string_equal(r.reply.text, "Hello");
    assert_string_equal(buf_cstr(&r.shown), "Hello");
    assert_int_equal(r.reply.usage.input, 10);
    assert_int_equal(r.reply.usage.cached, 6);
    assert_int_equal(r.reply.finish, LLM_FINISH_STOP);
    run_fini(&r);
}

static void usage_variants(void **state)
{
    static const struct {
        const char *frame;
        int64_t input, cached, output;
    } cases[] = {
        {"{\"x_groq\":{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}},\"choices\":[]}", 5,
         0, 2},
        {"{\"choices\":[{\"delta\":{},\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}]}",
         5, 0, 2},
        {"{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
         "\"prompt_cache_hit_tokens\":8,\"prompt_cache_miss_tokens\":1}}",
         9, 8, 2},
        {"{\"choices\":null,\"timings\":{\"cache_n\":30,\"prompt_n\":10,\"predicted_n\":3}}", 40,
         30, 3},
        {"{\"choices\":[],\"usage\":{}}", 0, 0, 0},
        {"{\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":"
         "17,"
         "\"completion_tokens_details\":{\"reasoning_tokens\":10}}}",
         5, 0, 12},
        {"{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n"
         "{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}",
         7, 0, 3},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_FREE char *lines = mem_printf("D x\nF stop\n%s\n[DONE]\n", cases[i].frame);
        struct run r = play(lines);
        assert_true(r.ok);
        assert_int_equal(r.reply.usage.input, cases[i].input);
        assert_int_equal(r.reply.usage.cached, cases[i].cached);
        assert_int_equal(r.reply.usage.output, cases[i].output);
        run_fini(&r);
    }
}

static void calls_in_pieces(void **state)
{
    expect_calls(CALL("0", "a", "list_dir", "") MORE("0", "{\\\"path\\\":")
                     MORE("0", "1}") "F tool_calls\n",
                 "list_dir({\"path\":1})");
    /* interleaved */
    expect_calls(CALL("0", "a", "list_dir", "{") CALL("1", "b", "read_file", "{") MORE("0", "}")
                     MORE("1", "}") "F tool_calls\n",
                 "list_dir({}) read_file({})");
    /* `{}` parses and grows yet */
    expect_calls(CALL("0", "a", "list_dir", "{") MORE("0", "\\\"a\\\":1") MORE("0", "}") "F stop\n",
                 "list_dir({\"a\":1})");
}

static void odd_calls(void **state)
{
    /* Ollama: whole calls, all of index 0 */
    expect_calls(CALL("0", "a", "list_dir", "{\\\"p\\\":1}")
                     CALL("0", "b", "list_dir", "{\\\"p\\\":2}") "F stop\n",
                 "list_dir({\"p\":1}) list_dir({\"p\":2})");
    /* no index: by id, by name, then the unfinished one */
    expect_calls("C {\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"list_dir\","
                 "\"arguments\":\"{}\"}},{\"id\":\"b\",\"function\":{\"name\":\"read_file\","
                 "\"arguments\":\"{}\"}}]}\nF stop\n",
                 "list_dir({}) read_file({})");
    expect_calls("C {\"tool_calls\":[{\"function\":{\"name\":\"list_dir\",\"arguments\":\"{\"}}]}\n"
                 "C {\"tool_calls\":[{\"function\":{\"arguments\":\"}\"}}]}\nF stop\n",
                 "list_dir({})");
    /* one id for two calls */
    expect_calls(
        "C {\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"list_dir\","
        "\"arguments\":\"{\\\"p\\\":1}\"}},{\"id\":\"a\",\"function\":{\"name\":\"list_dir\","
        "\"arguments\":\"{\\\"p\\\":2}\"}}]}\nF stop\n",
        "list_dir({\"p\":1}) list_dir({\"p\":2})");
    /* GLM: another id on every delta */
    expect_calls(CALL("0", "a", "list_dir",
                      "{") "C {\"tool_calls\":[{\"index\":0,\"id\":\"zz\","
                           "\"function\":{\"name\":\"\",\"arguments\":\"}\"}}]}\nF stop\n",
                 "list_dir({})");
    /* arguments as an object, and as null */
    expect_calls("C {\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"list_dir\","
                 "\"arguments\":{\"p\":1}}}]}\nF stop\n",
                 "list_dir({\"p\":1})");
    expect_calls("C {\"tool_calls\":[{\"index\":0,\"id\":\"\",\"function\":{\"name\":\"list_dir\","
                 "\"arguments\":null}}]}\nF stop\n",
                 "list_dir()");
    /* the whole text twice */
    expect_calls(CALL("0", "a", "list_dir", "{\\\"p\\\":1}") MORE("0", "{\\\"p\\\":1}") "F stop\n",
                 "list_dir({\"p\":1})");
    /* the old form, and a polluted name */
    expect_calls("C {\"function_call\":{\"name\":\"list_dir\",\"arguments\":\"{\"}}\n"
                 "C {\"function_call\":{\"arguments\":\"}\"}}\nF function_call\n",
                 "list_dir({})");
    expect_calls(CALL("0", "a", "functions.list_dir", "{}") "F stop\n", "list_dir({})");
    /* what is no call: lists and numbers have no members */
    expect_calls("C {\"tool_calls\":[[\"a\"],5,null,\"x\",{\"function\":[1]},{\"index\":0,"
                 "\"id\":\"a\",\"function\":{\"name\":\"list_dir\",\"arguments\":\"{}\"}}],"
                 "\"reasoning_details\":[[1],2]}\nF stop\n",
                 "list_dir({})");
}

static void calls_that_may_not_run(void **state)
{
    struct run r = play(CALL("0", "a", "list_dir", "{\\\"p\\\":") "F length\n");
    assert_true(r.ok);
    assert_int_equal(r.reply.call_count, 0);
    assert_non_null(strstr(r.reply.void_note, "list_dir was not run"));
    assert_null(form_of(&r, LLM_PART_CALL));
    run_fini(&r);
    /* a server that never says length: what we asked for counts */
    AUTO_FREE char *bytes =
        stream_of(CALL("0", "a", "list_dir", "{}") "F tool_calls\n"
                                                   "{\"choices\":[],\"usage\":{\"prompt_tokens\":3,"
                                                   "\"completion_tokens\":16}}\n[DONE]\n");
    struct run cut = feed(bytes, 16, 7);
    assert_int_equal(cut.reply.finish, LLM_FINISH_LENGTH);
    assert_int_equal(cut.reply.call_count, 0);
    run_fini(&cut);
    struct run filtered = play(CALL("0", "a", "list_dir", "{}") "F content_filter\n");
    assert_int_equal(filtered.reply.call_count, 0);
    run_fini(&filtered);
}

static void reasoning_names(void **state)
{
    struct run r = play("C {\"reasoning_content\":\"a\",\"reasoning\":\"a\"}\n"
                        "C {\"reasoning_content\":\"b\",\"reasoning\":\"b\"}\nD x\nF stop\n");
    assert_string_equal(r.reply.reasoning, "ab");
    assert_string_equal(buf_cstr(&r.thought), "ab");
    assert_non_null(strstr(form_of(&r, LLM_PART_REASONING), "\"reasoning_content\":\"ab\""));
    run_fini(&r);
    struct run v = play("C {\"reasoning\":\"only\"}\nD x\nF stop\n");
    assert_string_equal(v.reply.reasoning, "only");
    run_fini(&v);
    struct run m = play("C {\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
                        "\"text\":\"hm\"}]},{\"type\":\"text\",\"text\":\"yes\"}]}\nF stop\n");
    assert_string_equal(m.reply.reasoning, "hm");
    assert_string_equal(m.reply.text, "yes");
    run_fini(&m);
}

static void members_come_back(void **state)
{
    struct run r =
        play("C {\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,"
             "\"text\":\"a\"}]}\nC {\"reasoning_details\":[{\"type\":\"reasoning.text\","
             "\"index\":0,\"text\":\"b\",\"signature\":\"s\"}]}\n"
             "C {\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"extra_content\":{\"google\":"
             "{\"thought_signature\":\"T\"}},\"function\":{\"name\":\"list_dir\","
             "\"arguments\":\"{}\"}}]}\nF stop\n");
    assert_non_null(strstr(form_of(&r, LLM_PART_REASONING), "\"text\":\"ab\",\"signature\":\"s\""));
    assert_non_null(strstr(form_of(&r, LLM_PART_CALL),
                           "\"extra_content\":{\"google\":{\"thought_signature\":\"T\"}}"));
    run_fini(&r);
}

static void expect_failure(const char *bytes, enum llm_class class, const char *words)
{
    struct run r = feed(bytes, 0, 11);
    assert_false(r.ok);
    if (r.failure.class != class || !strstr(r.failure.error.text, words))
        print_message("%d %s\n", (int)r.failure.class, r.failure.error.text);
    assert_int_equal(r.failure.class, class);
    assert_non_null(strstr(r.failure.error.text, words));
    assert_int_equal(r.reply.call_count, 0);
    run_fini(&r);
}

static void errors_inside(void **state)
{
    expect_failure("data: {\"error\":{\"message\":\"it broke\",\"type\":\"server_error\"}}\n\n",
                   LLM_SERVER, "it broke");
    expect_failure("data: {\"object\":\"error\",\"message\":\"vllm says no\",\"code\":400}\n\n",
                   LLM_BAD_REQUEST, "vllm says no");
    expect_failure("event: error\ndata: {\"message\":\"Trying to keep the first 5000 tokens when "
                   "context the overflows\"}\n\n",
                   LLM_CONTEXT, "context the overflows");
    expect_failure(
        "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"error\"}],"
        "\"error\":{\"code\":502,\"message\":\"upstream\"}}\n\n",
        LLM_SERVER, "upstream");
    expect_failure("[{\"error\":{\"code\":400,\"message\":\"gemini no\",\"status\":"
                   "\"INVALID_ARGUMENT\"}}]",
                   LLM_BAD_REQUEST, "gemini no");
    expect_failure("{\"error\":\"ollama no\"}", LLM_STREAM, "ollama no");
    expect_failure("<html><head><title>t</title></head><body>Log in</body></html>", LLM_STREAM,
                   "Log in");
    expect_failure("", LLM_STREAM, "without an answer");
    expect_failure("data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n", LLM_STREAM,
                   "cut off");
    expect_failure("data: {\"choices\":[}\n\n", LLM_STREAM, "not JSON");
    expect_failure(": ping\n\n: ping\n\n", LLM_STREAM, "no answer");
}

static void odd_framing(void **state)
{
    struct run r =
        feed("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\ndata: [DONE]", 0, 3);
    assert_true(r.ok);
    assert_int_equal(r.reply.finish, LLM_FINISH_UNKNOWN);
    run_fini(&r);
    struct run w =
        feed("\n\n  {\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"whole\"},"
             "\"finish_reason\":\"eos\"}],\"usage\":{\"prompt_tokens\":1,"
             "\"completion_tokens\":1}}",
             0, 4);
    assert_true(w.ok);
    assert_string_equal(w.reply.text, "whole");
    assert_int_equal(w.reply.finish, LLM_FINISH_STOP);
    run_fini(&w);
    struct run s =
        play("D a\\ud800b\\u0000c\nC {\"role\":\"\"}\n{\"choices\":[{\"index\":1,\"delta\":"
             "{\"content\":\"other\"}}]}\n{\"choices\":[{\"finish_reason\":\"stop\","
             "\"content_filter_results\":{}}]}\n");
    assert_true(s.ok);
    assert_string_equal(s.reply.text, "a\xef\xbf\xbd"
                                      "b\xef\xbf\xbd"
                                      "c");
    run_fini(&s);
    struct run e = play("F stop\n");
    assert_true(e.ok);
    assert_null(e.reply.text);
    assert_non_null(strstr(e.reply.void_note, "empty"));
    run_fini(&e);
}

static void calls_as_text(void **state)
{
    expect_calls("D I look. <tool\nD _call>\\n{\\\"name\\\": \\\"list_dir\\\", \\\"argum\n"
                 "D ents\\\": {\\\"p\\\": 1}}\\n</tool_call>\nF stop\n",
                 "list_dir({\"p\":1})");
    expect_calls("D {\\\"name\\\": \\\"read_file\\\", \\\"parameters\\\": {}}\nF stop\n",
                 "read_file({})");
    expect_calls(
        "D ```json\\n{\\\"name\\\":\\\"read_file\\\",\\\"arguments\\\":{}}\\n```\nF stop\n",
        "read_file({})");
    struct run r =
        play("D I look. <tool_call>{\\\"name\\\": \\\"list_dir\\\", \\\"arguments\\\": {}}\n"
             "F stop\n");
    assert_string_equal(buf_cstr(&r.shown), "I look. ");
    assert_string_equal(r.reply.text, "I look. ");
    assert_int_equal(r.reply.call_count, 1);
    run_fini(&r);
}

static void text_that_is_no_call(void **state)
{
    static const char *const texts[] = {
        "Use "
        "```\\n<tool_call>{\\\"name\\\":\\\"list_dir\\\",\\\"arguments\\\":{}}</tool_call>\\n``` "
        "so.",
        "Write `<tool_call>` and list_dir.",
        "a < b and [TOOL, <tool",
        "{\\\"name\\\": \\\"Bob\\\", \\\"age\\\": 3}",
        "<tool_call>{\\\"name\\\": \\\"unknown\\\", \\\"arguments\\\": {}}</tool_call>",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO_FREE char *lines = mem_printf("D %s\nF stop\n", texts[i]);
        struct run r = play(lines);
        assert_true(r.ok);
        assert_int_equal(r.reply.call_count, 0);
        assert_null(r.reply.void_note);
        assert_string_equal(buf_cstr(&r.shown), r.reply.text);
        run_fini(&r);
    }
    struct run leak = play("D So: <function=list_dir>\\n<parameter=p>\\nx\nF stop\n");
    assert_int_equal(leak.reply.call_count, 0);
    assert_non_null(strstr(leak.reply.void_note, "Nothing was run"));
    assert_string_equal(buf_cstr(&leak.shown), "So: ");
    run_fini(&leak);
}

/* Two thousand answers without ids, and with one that the server sends each time: the view may
 * have forgotten the earlier ones, the session has not. */
static void ids_never_repeat_in_a_session(void **state)
{
    struct call_ids seen = {0};
    used = &seen;
    for (int i = 0; i < 2000; i++) {
        struct run r = play(i % 2 ? CALL("0", "", "list_dir", "{}")
                                        CALL("1", "", "read_file", "{}") "F tool_calls\n[DONE]\n"
                                  : CALL("0", "call_1", "list_dir", "{}") "F stop\n[DONE]\n");
        assert_true(r.ok && r.reply.call_count == (size_t)(1 + i % 2));
        for (size_t k = 0; k < r.reply.call_count; k++) {
            const char *id = r.reply.calls[k].id;
            assert_false(call_ids_has(&seen, id));
            assert_true(i > 0 || strcmp(id, "call_1") == 0); /* the first time it is kept */
            call_ids_add(&seen, id);
        }
        run_fini(&r);
    }
    assert_int_equal(seen.count, 3000);
    used = NULL;
    call_ids_fini(&seen);
}

/* Thousands of pieces: joined one by one into the message they would take minutes. */
static void reasoning_details_grow(void **state)
{
    AUTO(buf) lines = {0}, want = {0};
    enum { PIECES = 30000 };
    for (int i = 0; i < PIECES; i++) {
        buf_addf(&lines,
                 "C {\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"format\":"
                 "\"x\",\"text\":\"thought %d and then some more of it; \"}]}\n",
                 i);
        buf_addf(&want, "thought %d and then some more of it; ", i);
    }
    buf_adds(&lines, "C {\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,"
                     "\"signature\":\"s1\"},{\"type\":\"reasoning.encrypted\",\"index\":1,"
                     "\"data\":\"ab\"}]}\n"
                     "C {\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"index\":1,"
                     "\"data\":\"cd\"}]}\n"
                     "C {\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"index\":1,"
                     "\"data\":7}]}\nD hi\nF stop\n[DONE]\n");
    struct run r = play(buf_cstr(&lines));
    assert_true(r.ok);
    const char *form = form_of(&r, LLM_PART_REASONING);
    AUTO_JSON *raw = json_parse(form, strlen(form), NULL);
    const cJSON *details = json_get(raw, "reasoning_details");
    assert_int_equal(cJSON_GetArraySize(details), 2);
    assert_string_equal(json_str(details->child, "text", ""), buf_cstr(&want));
    assert_string_equal(json_str(details->child, "signature", ""), "s1");
    assert_int_equal(json_int(details->child->next, "data", 0), 7);
    run_fini(&r);
    /* The array is replaced while a text in it grows. */
    r = play("C {\"reasoning_details\":[{\"type\":\"t\",\"index\":0,\"text\":\"a\"}]}\n"
             "C {\"reasoning_details\":[{\"type\":\"t\",\"index\":0,\"text\":\"b\"}]}\n"
             "C {\"reasoning_details\":{\"b\":1}}\nD hi\nF stop\n[DONE]\n");
    assert_true(r.ok);
    assert_non_null(strstr(form_of(&r, LLM_PART_REASONING), "{\"b\":1}"));
    run_fini(&r);
}

/* Reasoning in the text, whole and byte by byte: "reasoning|answer", and what goes back. */
static void reasoning_in_the_text(void **state)
{
    static const struct {
        const char *content, *reasoning, *text;
    } cases[] = {
        {"<think>plan</think>\\n\\nThe answer.", "plan", "The answer."},
        {"\\n<think>\\nplan\\n</think>\\nYes", "\\nplan\\n", "\\nYes"},
        {"<think>\\n\\n</think>\\n\\nNo thought.", NULL, "No thought."},
        {"First.\\n<think>then</think>\\nLast.", "then", "First.\\nLast."},
        {"<think>a</think>x<think>b</think> y", "ab", "xy"},
        {"plan\\n</think>\\n\\nThe answer.", "plan\\n", "The answer."},
        {"plan</think>\\nThe answer.", "plan", "The answer."},
        {"<thinking>p</thinking>t", "p", "t"},
        {"<thought>p</thought>t", "p", "t"},
        {"<seed:think>p</seed:think>t", "p", "t"},
        {"[THINK]p[/THINK]t", "p", "t"},
        {"◁think▷p◁/think▷t", "p", "t"},
        {"<|channel|>analysis<|message|>p<|end|><|start|>assistant<|channel|>final<|message|>t<|"
         "return|>",
         "p", "t"},
        {"Write `<think>` first, `</think>` last.", NULL,
         "Write `<think>` first, `</think>` last."},
        {"```\\n<think>x</think>\\n```\\nok", NULL, "```\\n<think>x</think>\\n```\\nok"},
        {"The mark <think> opens it.", NULL, "The mark <think> opens it."},
        {"An end </think> in prose.", NULL, "An end </think> in prose."},
        {"a < b and <thin air>", NULL, "a < b and <thin air>"},
        {"<think>a <thin> `b` </thinking></think>t", "a <thin> `b` </thinking>", "t"},
        {"1 <", NULL, "1 <"},
        {"[THINKER]", NULL, "[THINKER]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_FREE char *lines = mem_printf("D %s\nF stop\n", cases[i].content);
        AUTO_FREE char *whole = stream_of(lines);
        AUTO(buf) pieces = {0};
        AUTO_JSON *want = json_parse(whole + 6, strcspn(whole, "\n") - 6, NULL);
        const char *content =
            json_str(json_get(json_get(want, "choices")->child, "delta"), "content", "");
        AUTO_FREE char *text_json = mem_printf("\"%s\"", cases[i].text);
        AUTO_JSON *text = json_parse(text_json, strlen(text_json), NULL);
        for (const char *p = content; *p;) {
            uint32_t cp;
            size_t n = utf8_decode(p, strlen(p), &cp);
            AUTO_JSON *piece = cJSON_CreateObject();
            json_add_strn(piece, "content", p, n);
            AUTO_FREE char *printed = json_print(piece);
            buf_addf(&pieces, "C %s\n", printed);
            p += n;
        }
        buf_adds(&pieces, "F stop\n");
        AUTO_FREE char *cut = stream_of(buf_cstr(&pieces));
        const char *const streams[] = {whole, cut};
        for (size_t k = 0; k < 2; k++) {
            struct run r = feed(streams[k], 0, 1);
            if (!r.reply.text || strcmp(r.reply.text, text->valuestring) != 0)
                print_message("%s: %s\n", cases[i].content, r.reply.text);
            assert_string_equal(r.reply.text, text->valuestring);
            assert_int_equal(r.reply.reasoning != NULL, cases[i].reasoning != NULL);
            if (cases[i].reasoning && !strchr(cases[i].reasoning, '\\'))
                assert_string_equal(r.reply.reasoning, cases[i].reasoning);
            /* What goes back is what came, whether it was parted or not. */
            const char *form = form_of(&r, LLM_PART_TEXT);
            AUTO_JSON *back =
                form ? json_parse(form, strlen(form), NULL) : cJSON_CreateString(r.reply.text);
            assert_string_equal(back->valuestring, content);
            run_fini(&r);
        }
    }
    struct run r =
        play("D <think>half a plan\nF length\n"); /* cut: no answer, and none is made up */
    assert_null(r.reply.text);
    assert_string_equal(r.reply.reasoning, "half a plan");
    assert_non_null(strstr(r.reply.void_note, "but for its reasoning"));
    run_fini(&r);
    r = play("C {\"reasoning_content\":\"p\"}\nD the <think> mark</think>\\n x\nF stop\n");
    assert_string_equal(r.reply.reasoning, "p");
    assert_string_equal(r.reply.text, "the <think> mark</think>\n x");
    run_fini(&r);
    r = play("D <think>I call <tool_call>{\\\"name\\\": \\\"list_dir\\\", \\\"arguments\\\": "
             "{}}</tool_call>"
             "</think>no call\nF stop\n");
    assert_int_equal(r.reply.call_count, 0);
    assert_string_equal(r.reply.text, "no call");
    run_fini(&r);
}

static void a_stream_is_cut_anywhere(void **state)
{
    static const char stream[] =
        "data: "
        "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n"
        ": ping\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"h\\u00e9m\"}}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Look\"}}]}\r\n\r\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\","
        "\"function\":{\"name\":\"list_dir\",\"arguments\":\"{\\\"path\\\":\"}}]}}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{"
        "\"arguments\":\"\\\".\\\"}\"}}]}}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n"
        "data: [DONE]\n\n";
    played_cut(&codec_chat, stream, "\"finish_reason\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_cut_anywhere),
        cmocka_unit_test(reasoning_in_the_text),
        cmocka_unit_test(reasoning_details_grow),
        cmocka_unit_test(ids_never_repeat_in_a_session),
        cmocka_unit_test(text_and_usage),
        cmocka_unit_test(usage_variants),
        cmocka_unit_test(calls_in_pieces),
        cmocka_unit_test(odd_calls),
        cmocka_unit_test(calls_that_may_not_run),
        cmocka_unit_test(reasoning_names),
        cmocka_unit_test(members_come_back),
        cmocka_unit_test(errors_inside),
        cmocka_unit_test(odd_framing),
        cmocka_unit_test(calls_as_text),
        cmocka_unit_test(text_that_is_no_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
