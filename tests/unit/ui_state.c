/* state: the picture that events make, and that long transcripts cost nothing. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ui/views/state.h"
#include "ui/views/state_apply.h"
#include "ui/views/state_jobs.h"
#include "ui/views/transcript.h"

static void apply(struct state *st, const char *json)
{
    struct event ev;
    struct error e = {0};
    if (!event_from_json(&ev, json, strlen(json), &e))
        fail_msg("%s", e.text);
    state_apply(st, &ev);
    event_fini(&ev);
}

static const struct item *last(const struct state *st)
{
    return st->items.ptr[st->items.len - 1];
}

static const struct job *job_named(const struct state *st, const char *name)
{
    for (size_t i = 0; name && i < st->jobs.len; i++)
        if (strcmp(st->jobs.ptr[i].name, name) == 0)
            return &st->jobs.ptr[i];
    return NULL;
}

static void text_grows_until_something_else(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"text\",\"text\":\"one \"}");
    apply(&st, "{\"type\":\"text\",\"text\":\"two\"}");
    assert_int_equal(st.items.len, 1);
    assert_string_equal(buf_cstr(&last(&st)->text), "one two");
    apply(&st, "{\"type\":\"tool_call\",\"id\":\"a\",\"name\":\"t\",\"args\":{\"x\":\"arg\"}}");
    assert_string_equal(last(&st)->summary, "arg");
    apply(&st, "{\"type\":\"text\",\"text\":\"three\"}");
    assert_int_equal(st.items.len, 3);
    assert_true(st.items.ptr[0]->done);
}

static void sequences_torn_between_events_stay_out(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"text\",\"text\":\"a\\u001b[3\"}");
    apply(&st, "{\"type\":\"text\",\"text\":\"1mb\"}");
    assert_string_equal(buf_cstr(&last(&st)->text), "ab");
}

static void a_restart_drops_what_was_said(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"text\",\"text\":\"half\"}");
    apply(&st, "{\"type\":\"text\",\"text\":\"whole\",\"restart\":true}");
    assert_string_equal(buf_cstr(&last(&st)->text), "whole");
}

static void results_find_their_tool(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"tool_call\",\"id\":\"a\",\"name\":\"first\",\"args\":{}}");
    apply(&st, "{\"type\":\"tool_call\",\"id\":\"b\",\"name\":\"second\",\"args\":{}}");
    apply(&st,
          "{\"type\":\"tool_result\",\"id\":\"a\",\"ok\":true,\"result\":{\"output\":\"x\\ny\"},"
          "\"ms\":7}");
    assert_true(st.items.ptr[0]->done && st.items.ptr[0]->ok);
    assert_false(st.items.ptr[1]->done);
    assert_string_equal(buf_cstr(&st.items.ptr[0]->text), "x\ny");
    apply(&st, "{\"type\":\"tool_result\",\"id\":\"nobody\",\"ok\":true,\"result\":{}}");
}

static void the_tree_is_replaced_as_a_whole(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"tree\",\"focus\":2,\"nodes\":[{\"id\":1,\"parent\":0,\"depth\":0,"
               "\"title\":\"g\"},{\"id\":2,\"parent\":1,\"depth\":1,\"title\":\"t\"}]}");
    assert_int_equal(st.nodes.len, 2);
    assert_int_equal(st.nodes.ptr[0].children, 1);
    assert_string_equal(state_active_title(&st), "t");
    apply(&st, "{\"type\":\"tree\",\"nodes\":[]}");
    assert_int_equal(st.nodes.len, 0);
    assert_null(state_active_title(&st));
}

static int64_t now_ms;

static int64_t test_clock(void)
{
    return now_ms;
}

#define DELEGATE                                                                               \
    "{\"name\":\"worker-1\",\"kind\":\"delegate\",\"state\":\"running\",\"agent\":\"worker\"," \
    "\"title\":\"make\\na\\u001b[31m thing\",\"node\":2,\"tokens\":812,\"ms\":500}"
#define SERVER                                                                  \
    "{\"name\":\"web\",\"kind\":\"server\",\"state\":\"failed\",\"port\":8080," \
    "\"listening\":false,\"code\":1,\"ms\":900}"

static void jobs_are_replaced_as_a_whole(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"jobs\",\"items\":[" DELEGATE "," SERVER "]}");
    assert_int_equal(st.jobs.len, 2);
    const struct job *d = job_named(&st, "worker-1");
    assert_non_null(d);
    assert_true(job_is_delegate(d) && job_runs(d));
    assert_string_equal(d->title, "make a thing");
    assert_int_equal(d->node, 2);
    assert_string_equal(d->session, "");
    const struct job *s = job_named(&st, "web");
    assert_false(job_is_delegate(s) || job_runs(s));
    assert_int_equal(s->port, 8080);
    assert_int_equal(state_jobs_running(&st), 1);
    assert_null(job_named(&st, "nobody"));
    apply(&st, "{\"type\":\"jobs\",\"items\":[" SERVER "]}");
    assert_int_equal(st.jobs.len, 1);
    assert_int_equal(state_jobs_running(&st), 0);
    apply(&st, "{\"type\":\"jobs\",\"items\":\"no list\"}");
    assert_int_equal(st.jobs.len, 0);
    apply(&st, "{\"type\":\"jobs\",\"items\":[" DELEGATE "]}");
    apply(&st, "{\"type\":\"clear\",\"next\":\"new\"}");
    assert_int_equal(st.jobs.len, 0);
}

static void only_what_runs_has_a_clock(void **state)
{
    AUTO(state) st = {0};
    clock_set_source(test_clock);
    state_init(&st);
    apply(&st, "{\"type\":\"jobs\",\"items\":[" DELEGATE "," SERVER "]}");
    now_ms += 2000;
    assert_int_equal(job_ms(job_named(&st, "worker-1")), 2500);
    assert_int_equal(job_ms(job_named(&st, "web")), 900);
    clock_set_source(NULL);
}

static void questions_queue(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st,
          "{\"type\":\"approval\",\"id\":\"1\",\"choices\":[{\"key\":\"y\",\"label\":\"yes\"}]}");
    apply(&st, "{\"type\":\"approval\",\"id\":\"2\",\"choices\":null}");
    apply(&st, "{\"type\":\"approval_done\",\"id\":\"1\"}");
    assert_int_equal(st.approvals.len, 1);
    assert_string_equal(st.approvals.ptr[0].id, "2");
    apply(&st, "{\"type\":\"clear\",\"next\":\"new\"}");
    assert_int_equal(st.approvals.len, 0);
    assert_string_equal(st.session, "new");
}

static void every_event_may_be_empty(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    for (int type = 0; type < EVENT_COUNT; type++) {
        struct event ev = {.type = (enum event_type)type};
        state_apply(&st, &ev);
    }
    AUTO(canvas) c = {0};
    AUTO(transcript) t = {0};
    canvas_init(&c, 20, 40);
    transcript_draw(&t, &st, &c, canvas_area(&c), false);
}

static void a_long_transcript_costs_what_is_seen(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    for (int i = 0; i < 100000; i++)
        state_add(&st, ITEM_NOTICE, "a line of some length that is here many times");
    AUTO(canvas) c = {0};
    AUTO(transcript) t = {0};
    canvas_init(&c, 50, 100);
    int64_t before = clock_us();
    for (int i = 0; i < 200; i++) {
        transcript_draw(&t, &st, &c, canvas_area(&c), false);
        transcript_page(&t, &st, -1);
    }
    transcript_to_top(&t, &st);
    transcript_draw(&t, &st, &c, canvas_area(&c), false);
    assert_true(clock_us() - before < 2000000);
    size_t kept = 0;
    for (size_t i = 0; i < st.items.len; i++)
        kept += st.items.ptr[i]->rows.valid;
    assert_true(kept < 2000);
}

static void children_are_counted_in_any_depth(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"tree\",\"focus\":3,\"nodes\":["
               "{\"id\":1,\"parent\":0,\"depth\":0},{\"id\":2,\"parent\":1,\"depth\":1},"
               "{\"id\":3,\"parent\":2,\"depth\":2},{\"id\":4,\"parent\":2,\"depth\":2},"
               "{\"id\":5,\"parent\":1,\"depth\":1},{\"id\":6,\"parent\":99,\"depth\":1},"
               "{\"id\":7,\"parent\":0,\"depth\":0},{\"id\":8,\"parent\":7,\"depth\":1}]}");
    static const int children[] = {2, 2, 0, 0, 0, 0, 1, 0};
    assert_int_equal(st.nodes.len, COUNT_OF(children));
    for (size_t i = 0; i < COUNT_OF(children); i++)
        assert_int_equal(st.nodes.ptr[i].children, children[i]);
}

/* Processor time to take in a tree of n tasks under one goal: the best of three. */
static double tree_seconds(int n)
{
    AUTO(state) st = {0};
    AUTO(buf) json = {0};
    state_init(&st);
    buf_adds(&json, "[{\"id\":1,\"parent\":0,\"depth\":0,\"title\":\"goal\"}");
    for (int i = 2; i <= n; i++)
        buf_addf(&json, ",{\"id\":%d,\"parent\":1,\"depth\":1,\"title\":\"task\"}", i);
    buf_adds(&json, "]");
    struct event ev = {.type = EVENT_TREE};
    ev.tree.nodes = buf_take(&json);
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        clock_t before = clock();
        state_apply(&st, &ev);
        best = MIN(best, (double)(clock() - before) / CLOCKS_PER_SEC);
    }
    event_fini(&ev);
    assert_int_equal(st.nodes.len, n);
    assert_int_equal(st.nodes.ptr[0].children, n - 1);
    return best;
}

/* A tree arrives after every call of a tool; what four times the nodes cost tells the power. */
static void a_large_tree_costs_what_it_is_long(void **state)
{
    double one = tree_seconds(10000), four = tree_seconds(40000);
    print_message("10,000 nodes: %.1f ms, 40,000: %.1f ms\n", one * 1000, four * 1000);
    assert_true(four < 8 * one);
}

/* What is told afterwards of the time before comes in front, and nothing that stood moves. */
static void what_came_before_is_put_in_front(void **state)
{
    AUTO(state) st = {0};
    state_init(&st);
    apply(&st, "{\"type\":\"earlier\",\"events\":\"\",\"more\":true}");
    assert_true(st.earlier && state_has_talk(&st));
    apply(&st, "{\"type\":\"round_start\",\"round\":9}");
    apply(&st, "{\"type\":\"text\",\"text\":\"new\"}");
    assert_int_equal(st.items.len, 2); /* the words that there is more, and the text */
    const struct item *new = last(&st);
    size_t round = st.round_first;
    st.earlier_asked = true;
    apply(&st, "{\"type\":\"earlier\",\"more\":true,\"events\":"
               "\"{\\\"type\\\":\\\"user\\\",\\\"text\\\":\\\"second\\\"}\\n"
               "no event\\n"
               "{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"third\\\"}\\n\"}");
    assert_true(st.earlier && !st.earlier_asked);
    assert_int_equal(st.items.len, 4);
    assert_string_equal(buf_cstr(&st.items.ptr[1]->text), "second");
    assert_string_equal(buf_cstr(&st.items.ptr[2]->text), "third");
    assert_true(last(&st) == new);
    assert_int_equal(st.round_first, round + 2);
    apply(&st, "{\"type\":\"text\",\"text\":\" words\"}");
    assert_string_equal(buf_cstr(&new->text), "new words"); /* it goes on */
    apply(&st, "{\"type\":\"earlier\",\"more\":false,\"events\":"
               "\"{\\\"type\\\":\\\"user\\\",\\\"text\\\":\\\"first\\\"}\\n\"}");
    assert_false(st.earlier);
    assert_int_equal(st.items.len, 4); /* the words went */
    assert_string_equal(buf_cstr(&st.items.ptr[0]->text), "first");
    assert_string_equal(buf_cstr(&st.items.ptr[1]->text), "second");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_before_is_put_in_front),
        cmocka_unit_test(children_are_counted_in_any_depth),
        cmocka_unit_test(a_large_tree_costs_what_it_is_long),
        cmocka_unit_test(text_grows_until_something_else),
        cmocka_unit_test(sequences_torn_between_events_stay_out),
        cmocka_unit_test(a_restart_drops_what_was_said),
        cmocka_unit_test(results_find_their_tool),
        cmocka_unit_test(the_tree_is_replaced_as_a_whole),
        cmocka_unit_test(jobs_are_replaced_as_a_whole),
        cmocka_unit_test(only_what_runs_has_a_clock),
        cmocka_unit_test(questions_queue),
        cmocka_unit_test(every_event_may_be_empty),
        cmocka_unit_test(a_long_transcript_costs_what_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
