#include "test.h"

#include <poll.h>
#include <pthread.h>

#include "base/json.h"
#include "base/mem.h"
#include "request/conversation.h"
#include "run/event.h"
#include "run/event_queue.h"

static struct event text_event(const char *s)
{
    struct event ev = {.type = EVENT_TEXT};
    ev.text.text = mem_strdup(s);
    return ev;
}

static void every_event_survives_json(void **st)
{
    for (int t = 0; t < EVENT_COUNT; t++) {
        AUTO(buf) fields = {0}, text = {0}, json = {0}, again = {0};
        event_field_names((enum event_type)t, &fields);
        buf_addf(
            &text,
            "{\"type\":\"%s\",\"session\":\"s\",\"seq\":7,\"time\":\"2026-11-20T10:11:12.013Z\"",
            event_name((enum event_type)t));
        buf_adds(&text, "}");
        struct event ev;
        struct error e = {0};
        assert_true(event_from_json(&ev, buf_cstr(&text), text.len, &e));
        event_to_json(&ev, &json);
        AUTO_JSON *j = cJSON_Parse(buf_cstr(&json));
        assert_non_null(j);
        struct event copy;
        assert_true(event_from_json(&copy, buf_cstr(&json), json.len, &e));
        event_to_json(&copy, &again);
        assert_string_equal(buf_cstr(&json), buf_cstr(&again));
        assert_true(strlen(event_help((enum event_type)t)) > 10);
        event_fini(&ev);
        event_fini(&copy);
    }
}

static void fields_are_kept(void **st)
{
    static const char in[] = "{\"type\":\"tool_result\",\"seq\":3,\"time\":\"2026-11-20T10:11:12."
                             "013Z\",\"id\":\"x\",\"ok\":true,"
                             "\"result\":{\"a\":[1,2]},\"ms\":12,\"summary\":\"é\\n\"}";
    struct event ev;
    struct error e = {0};
    assert_true(event_from_json(&ev, in, sizeof in - 1, &e));
    assert_string_equal(ev.tool_result.result, "{\"a\":[1,2]}");
    assert_string_equal(ev.tool_result.summary, "é\n");
    assert_true(ev.tool_result.ok && ev.tool_result.ms == 12 && ev.seq == 3 &&
                ev.time_ms % 1000 == 13);
    struct event copy = event_copy(&ev);
    event_fini(&ev);
    assert_string_equal(copy.tool_result.id, "x");
    event_fini(&copy);
    assert_false(event_from_json(&ev, "{\"type\":\"nope\"}", 15, &e));
}

static void waiting_text_is_merged(void **st)
{
    struct error e = {0};
    struct event_queue *q = event_queue_new(&e);
    for (int i = 0; i < 3; i++) {
        struct event ev = text_event("ab");
        event_queue_post(q, &ev);
    }
    struct event other = {.type = EVENT_ROUND_END}, more = text_event("c"), out;
    event_queue_post(q, &other);
    event_queue_post(q, &more);
    struct pollfd p = {.fd = event_queue_fd(q), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 0), 1);
    assert_true(event_queue_next(q, &out));
    assert_string_equal(out.text.text, "ababab");
    event_fini(&out);
    assert_true(event_queue_next(q, &out));
    assert_int_equal(out.type, EVENT_ROUND_END);
    assert_true(event_queue_next(q, &out));
    assert_string_equal(out.text.text, "c");
    event_fini(&out);
    assert_false(event_queue_next(q, &out));
    assert_int_equal(poll(&p, 1, 0), 0);
    event_queue_free(q);
}

static void *producer(void *arg)
{
    for (int i = 0; i < 5000; i++) {
        struct event ev = {.type = EVENT_ROUND_END, .seq = (uint64_t)i};
        event_queue_post(arg, &ev);
    }
    return NULL;
}

/* More than the queue holds: the engine's side waits, nothing is lost, order stays. */
static void a_full_queue_holds_the_producer(void **st)
{
    struct error e = {0};
    struct event_queue *q = event_queue_new(&e);
    pthread_t t;
    pthread_create(&t, NULL, producer, q);
    for (uint64_t want = 0; want < 5000;) {
        struct pollfd p = {.fd = event_queue_fd(q), .events = POLLIN};
        struct event ev;
        poll(&p, 1, -1);
        while (event_queue_next(q, &ev))
            assert_int_equal(ev.seq, want++);
    }
    pthread_join(t, NULL);
    event_queue_free(q);
}

static void say(struct conversation *c, enum llm_role role, const char *text, size_t calls)
{
    struct message m = {.role = role,
                        .text = mem_strdup(text),
                        .calls = mem_alloc((calls + 1) * sizeof *m.calls),
                        .call_count = calls};
    for (size_t i = 0; i < calls; i++)
        m.calls[i] =
            (struct llm_tool_call){mem_printf("c%zu", i), mem_strdup("t"), mem_strdup("{}")};
    if (role == LLM_TOOL)
        m.call_id = mem_strdup("c0");
    conversation_append(c, m);
}

/* user, (assistant with 2 calls, 2 results) × n */
static void talk(struct conversation *c, int n)
{
    AUTO_FREE char *big = mem_alloc(3000);
    memset(big, 'x', 2999);
    say(c, LLM_USER, "goal", 0);
    for (int i = 0; i < n; i++) {
        say(c, LLM_ASSISTANT, "", 2);
        say(c, LLM_TOOL, big, 0);
        say(c, LLM_TOOL, "small", 0);
    }
}

static void cuts_never_orphan_a_result(void **st)
{
    for (int keep = 0; keep < 7; keep++) {
        struct conversation c = {0};
        talk(&c, 5);
        conversation_drop_before(&c, conversation_cut_for(&c, keep));
        struct llm_message *view;
        size_t n = conversation_view(&c, &view);
        assert_true(n == 0 || view[0].role != LLM_TOOL);
        assert_int_equal(conversation_exchanges(&c), MIN(keep, 5));
        free(view);
        conversation_fini(&c);
    }
}

static void stubs_save_tokens_and_spare_the_newest(void **st)
{
    struct conversation c = {0};
    talk(&c, 6);
    c.saved = conversation_last(&c);
    int64_t saved = conversation_stub_results(&c, 1, 2);
    assert_true(saved > 0 && c.saved == 2); /* written again by the next commit */
    assert_true(conversation_at(&c, 3)->stubbed && !conversation_at(&c, 6)->stubbed);
    conversation_stub_results(&c, 100000, 2);
    assert_false(conversation_at(&c, 18)->stubbed);
    conversation_fini(&c);
}

static void unanswered_calls_are_found(void **st)
{
    struct conversation c = {0};
    struct message *m;
    talk(&c, 1);
    assert_int_equal(conversation_unanswered(&c, &m), 0);
    say(&c, LLM_ASSISTANT, "", 3);
    say(&c, LLM_TOOL, "x", 0);
    assert_int_equal(conversation_unanswered(&c, &m), 2);
    assert_int_equal(m->seq, 5);
    AUTO_FREE char *saved = message_save(m);
    struct message again;
    struct error e = {0};
    assert_true(message_load(&again, saved, strlen(saved), &e));
    assert_int_equal(again.call_count, 3);
    /* A damaged session may hold more results than calls. */
    for (int i = 0; i < 5; i++)
        say(&c, LLM_TOOL, "x", 0);
    assert_int_equal(conversation_unanswered(&c, &m), 0);
    conversation_append(&c, again);
    conversation_fini(&c);
}

/* Nobody takes them: who posts must still hear a stop. */
static void a_stalled_reader_does_not_hold_a_stop(void **s)
{
    struct error e = {0};
    struct event_queue *q = event_queue_new(&e);
    assert_non_null(q);
    event_queue_hurry(q, true);
    for (int i = 0; i < 5000; i++) {
        struct event ev = {.type = EVENT_ROUND_END, .seq = (uint64_t)i};
        event_queue_post(q, &ev);
    }
    for (int i = 0; i < 5000; i++) {
        struct event ev;
        assert_true(event_queue_next(q, &ev));
        assert_int_equal(ev.seq, i);
        event_fini(&ev);
    }
    event_queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(every_event_survives_json),
                                       T(fields_are_kept),
                                       T(waiting_text_is_merged),
                                       T(a_full_queue_holds_the_producer),
                                       T(cuts_never_orphan_a_result),
                                       T(stubs_save_tokens_and_spare_the_newest),
                                       T(a_stalled_reader_does_not_hold_a_stop),
                                       T(unanswered_calls_are_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
