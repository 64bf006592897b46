/* The room that makes requests, alone: no agent, no session, no engine. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/mem.h"
#include "request/compact.h"

static const char models_yaml[] =
    "model_list:\n"
    "  - {model_name: m, litellm_params: {model: openai/one, api_base: 'http://127.0.0.1:9/one', "
    "api_key: k}}\n"
    "  - {model_name: m, litellm_params: {model: openai/two, api_base: "
    "'https://127.0.0.1.evil.example/two', api_key: k}, behaviors: {formal: {route_suffix: "
    "/formal, instructions: Be formal.}, law: {lora: {name: law, api: tgi}}}}\n";

struct room {
    struct config cfg;
    struct agent_file file;
    struct reactor reactor;
    struct outbox out;
    struct conversation talk;
    struct pipeline pipeline;
    struct tree tree;
    struct modes modes;
    struct context context;
    struct model_call call;
    struct compactor compactor;
    struct goal_view goal;
    struct buf kept; /* modes the session was asked to keep */
    int durable;     /* times the session was asked to write */
    int accounted;
};

static struct goal_view goal_of(void *arg)
{
    return ((struct room *)arg)->goal;
}

static void keep(void *arg, const char *model, const char *mode, const char *by)
{
    buf_addf(&((struct room *)arg)->kept, "%s|%s|%s\n", model, mode, by);
}

static char *kept(void *arg, const char *model, char **by)
{
    *by = NULL;
    return NULL;
}

static void changed(void *arg, const char *why)
{
    context_break(&((struct room *)arg)->context, why);
}

static void durable(void *arg)
{
    ((struct room *)arg)->durable++;
}

static void account(void *arg, const struct llm_request *asked, const struct llm_reply *reply)
{
    ((struct room *)arg)->accounted++;
}

static struct room *room_open(void)
{
    struct room *r = mem_alloc(sizeof *r);
    struct error e = {0};
    static const struct llm_limits limits = {.connect_ms = 1000, .total_ms = 1000};
    AUTO_FREE char *path = mem_printf("/tmp/mien-request-%d.yaml", (int)getpid());
    config_init(&r->cfg);
    assert_true(file_write(path, models_yaml, sizeof models_yaml - 1, &e));
    r->reactor.loop = loop_new(&e);
    r->out.events = event_queue_new(&e);
    outbox_reset(&r->out, "s");
    r->out.started = true;
    r->out.durable = durable;
    r->out.arg = r;
    r->file.system_prompt = mem_strdup("You are helpful.");
    r->modes = (struct modes){.cfg = &r->cfg,
                              .reactor = &r->reactor,
                              .out = &r->out,
                              .llm = llm_new(r->reactor.loop, &limits),
                              .models = models_load(NULL, NULL, path, &e),
                              .tree = &r->tree,
                              .workspace = "/nowhere",
                              .keep = keep,
                              .kept = kept,
                              .changed = changed,
                              .arg = r};
    unlink(path);
    assert_non_null(r->modes.models);
    r->context = (struct context){.cfg = &r->cfg,
                                  .file = &r->file,
                                  .reactor = &r->reactor,
                                  .out = &r->out,
                                  .talk = &r->talk,
                                  .pipeline = &r->pipeline,
                                  .modes = &r->modes,
                                  .workspace = "/nowhere",
                                  .goal = goal_of,
                                  .arg = r};
    r->context.words = (struct words){.talk = &r->talk, .modes = &r->modes, .out = &r->out};
    r->call = (struct model_call){.llm = r->modes.llm,
                                  .reactor = &r->reactor,
                                  .out = &r->out,
                                  .cfg = &r->cfg,
                                  .modes = &r->modes,
                                  .workspace = "/nowhere",
                                  .goal = goal_of,
                                  .account = account,
                                  .arg = r};
    r->compactor = (struct compactor){.cfg = &r->cfg,
                                      .reactor = &r->reactor,
                                      .out = &r->out,
                                      .talk = &r->talk,
                                      .modes = &r->modes,
                                      .context = &r->context,
                                      .call = &r->call,
                                      .goal = goal_of,
                                      .arg = r};
    assert_true(modes_set_model(&r->modes, "m", &e));
    return r;
}

static void room_close(struct room *r)
{
    struct llm *llm = r->modes.llm;
    struct models *models = r->modes.models;
    compact_fini(&r->compactor);
    context_fini(&r->context);
    conversation_fini(&r->talk);
    modes_fini(&r->modes);
    llm_free(llm);
    models_free(models);
    tree_fini(&r->tree);
    outbox_fini(&r->out);
    event_queue_free(r->out.events);
    loop_free(r->reactor.loop);
    free(r->file.system_prompt);
    buf_fini(&r->kept);
    config_fini(&r->cfg);
    free(r);
}

static void say(struct room *r, enum llm_role role, const char *text)
{
    (void)conversation_append(
        &r->talk, (struct message){.role = role, .text = mem_strdup(text), .goal = r->goal.number});
}

static struct llm_request request(struct room *r)
{
    context_begin(&r->context);
    (void)compact_if_due(&r->compactor);
    return context_prepare(&r->context);
}

/* The last event of a type; what else waits is passed over. */
static bool last_event(struct room *r, enum event_type type, struct event *found)
{
    struct event ev;
    bool any = false;
    while (event_queue_next(r->out.events, &ev)) {
        if (ev.type == type) {
            if (any)
                event_fini(found);
            *found = ev;
            any = true;
        } else {
            event_fini(&ev);
        }
    }
    return any;
}

/* Of a group only one deployment has the mode: requests go there, not to the first. */
static void the_mode_event_tells_where_requests_go(void **s)
{
    struct room *r = room_open();
    struct error e = {0};
    struct event ev;
    assert_true(last_event(r, EVENT_MODE, &ev));
    assert_string_equal(ev.mode.route, "http://127.0.0.1:9/one/chat/completions");
    assert_true(ev.mode.loopback);
    event_fini(&ev);
    struct mode_change c = {.mode = "formal", .source = "user", .by = MODE_BY_USER};
    assert_true(modes_set(&r->modes, &c, &e));
    assert_true(last_event(r, EVENT_MODE, &ev));
    assert_string_equal(ev.mode.route,
                        "https://127.0.0.1.evil.example/two/formal/chat/completions");
    assert_false(ev.mode.loopback);
    event_fini(&ev);
    assert_string_equal(buf_cstr(&r->kept), "m|formal|user\n");
    assert_int_equal(r->durable, 1);
    room_close(r);
}

/* Templates of some servers refuse a system message without a text. */
static void no_prompt_is_no_message(void **s)
{
    struct room *r = room_open();
    mem_replace(&r->file.system_prompt, "");
    r->goal = (struct goal_view){"tidy", 1, true};
    say(r, LLM_USER, "tidy");
    struct llm_request q = request(r);
    assert_int_equal(q.message_count, 1);
    assert_int_equal(q.messages[0].role, LLM_USER);
    room_close(r);
}

static uint64_t looks_of_a_round(const char *model, int64_t messages)
{
    struct room *r = room_open();
    struct error e = {0};
    assert_true(modes_set_model(&r->modes, model, &e));
    r->goal = (struct goal_view){"tidy", 1, true};
    r->modes.window = 100000000;
    say(r, LLM_USER, "tidy");
    while (conversation_last(&r->talk) < messages) {
        say(r, LLM_ASSISTANT, "so far");
        say(r, LLM_USER, "go on");
    }
    (void)request(r);
    uint64_t before = r->talk.looks;
    say(r, LLM_ASSISTANT, "so far");
    say(r, LLM_USER, "go on");
    struct llm_request q = request(r);
    uint64_t looks = r->talk.looks - before;
    assert_string_equal(q.user, "go on");
    assert_int_equal(q.message_count, conversation_last(&r->talk) + 1); /* and the system's */
    assert_true(!q.history || q.history_count == q.message_count - 1);
    room_close(r);
    return looks;
}

static void a_request_costs_the_same_in_a_long_conversation(void **s)
{
    static const char *const models[] = {"m", "playbook/tour"};
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        uint64_t young = looks_of_a_round(models[i], 100);
        assert_true(young > 0 && young < 20);
        assert_int_equal(looks_of_a_round(models[i], 10000), young);
    }
}

/* The user edits the summary while a tool runs: what was sent is still there to be looked at. */
static void the_last_request_outlives_its_summary(void **s)
{
    struct room *r = room_open();
    struct error e = {0};
    r->goal = (struct goal_view){"tidy", 1, true};
    say(r, LLM_USER, "tidy");
    say(r, LLM_ASSISTANT, "done");
    conversation_summarise(&r->talk, "Summary", "the first words");
    struct llm_request q = request(r);
    assert_has(q.messages[1].text, "the first words");
    assert_true(compact_edit_summary(&r->compactor, "others, of the user", &e));
    q = context_current(&r->context);
    assert_has(q.messages[1].text, "the first words");
    q = request(r);
    assert_has(q.messages[1].text, "others, of the user");
    room_close(r);
}

/* Building one never asks the model; after a stop no call begins, and none is accounted as made. */
static void nothing_is_asked_after_a_stop(void **s)
{
    struct room *r = room_open();
    struct error e = {0};
    r->goal = (struct goal_view){"tidy", 1, true};
    say(r, LLM_USER, "tidy");
    reactor_interrupt(&r->reactor, INTERRUPT_STOP);
    AUTO_FREE char *text = model_call_ask(&r->call, "s", "u", 100, 0, &e);
    assert_null(text);
    assert_int_equal(e.code, ERR_CANCELED);
    assert_string_equal(e.text, "it was stopped before it began");
    assert_false(reactor_held(&r->reactor, HOLD_CALL));
    assert_null(r->reactor.cancels);
    room_close(r);
}

/* A request that does not fit is pruned without a model; the goal is said again in the tail. */
static void what_does_not_fit_is_pruned(void **s)
{
    struct room *r = room_open();
    r->goal = (struct goal_view){"tidy", 1, true};
    r->modes.window = 4000;
    say(r, LLM_USER, "tidy");
    AUTO_FREE char *much = mem_alloc(2001);
    memset(much, 'x', 2000);
    for (int i = 0; i < 40; i++) {
        say(r, LLM_ASSISTANT, much);
        say(r, LLM_USER, "go on");
    }
    struct llm_request q = request(r);
    assert_true(r->context.estimate < 4000);
    assert_true(conversation_exchanges(&r->talk) >= 1);
    assert_has(q.messages[1].text, "USER (goal 1): tidy\n");
    assert_null(q.tail);
    assert_non_null(r->context.break_reason);
    assert_int_equal(r->accounted, 0);
    room_close(r);
}

/* All that a request says, as one text. */
static char *whole(const struct llm_request *q)
{
    AUTO(buf) all = {0};
    for (size_t i = 0; i < q->message_count; i++)
        buf_addf(&all, "%s\n", q->messages[i].text ? q->messages[i].text : "");
    return buf_take(&all);
}

/* A place of its own for the files of the session. */
static struct room *room_with_state(void)
{
    static char state[64];
    strcpy(state, "/tmp/mien-words-XXXXXX");
    assert_non_null(mkdtemp(state));
    setenv("MIEN_STATE_DIR", state, 1);
    struct room *r = room_open();
    r->goal = (struct goal_view){"tidy", 1, true};
    return r;
}

/* The file that a text names after these words and before ": read". */
static void read_named(const char *text, const char *after, struct buf *out)
{
    struct error e = {0};
    const char *from = strstr(text, after) + strlen(after);
    AUTO_FREE char *path = mem_strndup(from, (size_t)(strstr(from, ": read it") - from));
    assert_true(file_read(path, out, 1 << 20, &e));
}

static void what_the_user_said_outlives_the_view(void **s)
{
    struct room *r = room_with_state();
    static const char *const words[] = {"tidy", "never touch README.md", "use double quotes"};
    AUTO_FREE char *answered = mem_strdup("(asked: which?) the red one");
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        say(r, LLM_USER, words[i]);
        say(r, LLM_ASSISTANT, "yes");
    }
    (void)conversation_append(
        &r->talk,
        (struct message){.role = LLM_USER, .text = mem_strdup("Go on, says mien."), .note = true});
    (void)conversation_append(&r->talk, (struct message){.role = LLM_TOOL,
                                                         .text = mem_strdup("answer: red"),
                                                         .said = mem_strdup(answered),
                                                         .goal = 1});
    say(r, LLM_ASSISTANT, "done");
    (void)conversation_drop_before(&r->talk, conversation_last(&r->talk) + 1);
    conversation_summarise(&r->talk, NULL, NULL);
    struct llm_request q = request(r);
    assert_int_equal(q.message_count, 2);
    assert_int_equal(q.messages[1].role, LLM_USER);
    assert_string_equal(strchr(q.messages[1].text, '\n') + 1,
                        "USER (goal 1): tidy\nUSER: never touch README.md\n"
                        "USER: use double quotes\nUSER: (asked: which?) the red one\n");
    say(r, LLM_USER, "and the rest");
    r->goal = (struct goal_view){"and the rest", 2, true};
    q = request(r);
    assert_has(q.messages[1].text, "USER: never touch README.md\n");
    assert_string_equal(q.messages[2].text, "and the rest");
    room_close(r);
}

static void a_long_message_keeps_head_tail_and_a_file(void **s)
{
    struct room *r = room_with_state();
    AUTO(buf) text = {0}, again = {0};
    r->modes.window = 4000;
    for (int i = 0; i < 3000; i++)
        buf_addf(&text, "wört%d ", i);
    say(r, LLM_USER, buf_cstr(&text));
    struct llm_request q = request(r);
    assert_has(q.messages[1].text, "wört0 ");
    assert_has(q.messages[1].text, "wört2999 ");
    assert_true(context_history(&r->context) <= 4000 / 8 + 10);
    read_named(q.messages[1].text, "the whole is in ", &again);
    assert_string_equal(buf_cstr(&again), buf_cstr(&text));
    /* Another model's window is smaller: what fitted does not any more. */
    r->modes.window = 2000;
    q = request(r);
    assert_true(context_history(&r->context) <= 2000 / 8 + 100);
    assert_has(q.messages[1].text, "wört2999 ");
    room_close(r);
}

/* In a window of 4k the user steers 50 times, and each time at some length. */
static void the_oldest_words_give_way_with_a_mark(void **s)
{
    for (int long_ones = 0; long_ones < 2; long_ones++) {
        struct room *r = room_with_state();
        r->modes.window = 4000;
        say(r, LLM_USER, "tidy");
        for (int i = 0; i < 50; i++) {
            AUTO(buf) text = {0}, named = {0};
            buf_addf(&text, "steer%d.", i);
            for (int k = 0; k < (long_ones ? 100 : 12); k++)
                buf_adds(&text, " and so on");
            say(r, LLM_ASSISTANT, "yes");
            say(r, LLM_USER, buf_cstr(&text));
            struct llm_request q = request(r);
            AUTO_FREE char *all = whole(&q);
            assert_true(r->context.estimate < 4000);
            assert_has(all, "tidy");
            assert_has(all, buf_cstr(&text)); /* the newest is whole */
            assert_int_equal(q.messages[1].role, LLM_USER);
            if (strstr(all, "left out here; whole in "))
                read_named(all, "left out here; whole in ", &named);
            for (int k = 0; k <= i; k++) {
                AUTO_FREE char *mark = mem_printf("steer%d.", k);
                assert_true(strstr(all, mark) || strstr(buf_cstr(&named), mark));
            }
        }
        room_close(r);
    }
}

/* Rows of a stored session: a call of two tools, of which one result is damaged. */
static void read_rows(void *arg, struct conversation *c, int64_t from, int64_t to)
{
    struct llm_tool_call *calls = mem_alloc(2 * sizeof *calls);
    for (int i = 0; i < 2; i++)
        calls[i] = (struct llm_tool_call){mem_printf("c%d", i), mem_strdup("t"), mem_strdup("{}")};
    conversation_put(c, 1, (struct message){.role = LLM_USER, .text = mem_strdup("tidy")});
    conversation_put(c, 2,
                     (struct message){.role = LLM_ASSISTANT, .calls = calls, .call_count = 2});
    conversation_put(c, 4,
                     (struct message){.role = LLM_TOOL,
                                      .text = mem_strdup("second"),
                                      .call_id = mem_strdup("c1")});
    conversation_put(c, 5, (struct message){.role = LLM_ASSISTANT, .text = mem_strdup("done")});
    conversation_put(c, 7,
                     (struct message){.role = LLM_TOOL, /* of a damaged call */
                                      .text = mem_strdup("third"),
                                      .call_id = mem_strdup("c2")});
}

static void a_damaged_result_leaves_no_call_unanswered(void **s)
{
    struct room *r = room_open();
    r->goal = (struct goal_view){"tidy", 0, true};
    conversation_resume(&r->talk, 7, 1, (struct message_source){read_rows, NULL});
    struct llm_request q = request(r);
    assert_int_equal(q.message_count, 6);
    assert_string_equal(q.messages[3].call_id, "c0");
    assert_has(q.messages[3].text, "damaged");
    assert_string_equal(q.messages[4].call_id, "c1");
    assert_int_equal(q.messages[5].role, LLM_ASSISTANT);
    room_close(r);
}

/* A switch that waits for the running request is still whose it was, and as forced as it was. */
static void a_switch_that_is_put_off_stays_what_it_was(void **state)
{
    struct room *r = room_open();
    struct error e = {0};
    struct mode_change c = {.mode = "law", .source = "a rule", .by = MODE_BY_RULE, .force = true};
    reactor_hold(&r->reactor, HOLD_CALL);
    assert_true(modes_set(&r->modes, &c, &e));
    assert_null(modes_active(&r->modes));
    modes_refresh(&r->modes);
    assert_null(modes_active(&r->modes));
    reactor_release(&r->reactor, HOLD_CALL);
    modes_refresh(&r->modes);
    assert_non_null(modes_active(&r->modes));
    assert_string_equal(modes_active(&r->modes)->name, "law");
    assert_int_equal(r->modes.by, MODE_BY_RULE);
    assert_true(modes_active(&r->modes)->forced);
    room_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(the_mode_event_tells_where_requests_go),
                                       T(no_prompt_is_no_message),
                                       T(a_switch_that_is_put_off_stays_what_it_was),
                                       T(a_request_costs_the_same_in_a_long_conversation),
                                       T(the_last_request_outlives_its_summary),
                                       T(nothing_is_asked_after_a_stop),
                                       T(what_does_not_fit_is_pruned),
                                       T(what_the_user_said_outlives_the_view),
                                       T(a_long_message_keeps_head_tail_and_a_file),
                                       T(the_oldest_words_give_way_with_a_mark),
                                       T(a_damaged_result_leaves_no_call_unanswered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
