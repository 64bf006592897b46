/* The scripted model: turns, templates, faults, and going on in another process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "llm/llm.h"
#include "llm/models/models.h"

/* A conversation that keeps what an engine would keep. */
struct bench {
    struct loop *loop;
    struct llm *llm;
    struct models *models;
    const struct model *model;
    VEC(struct llm_message) messages;
    VEC(struct llm_reply *) replies;
    struct buf seen, phases;
    int restarts;
    struct llm_reply *reply;
    struct llm_failure failure;
    int64_t goal;
    char path[64];
};

static int bench_files;

static void on_text(void *arg, const char *s, size_t n)
{
    buf_add(&((struct bench *)arg)->seen, s, n);
}

static void on_restart(void *arg)
{
    struct bench *b = arg;
    b->restarts++;
    buf_clear(&b->seen);
}

static void on_phase(void *arg, const char *phase, int64_t wait, int attempt, const char *detail)
{
    buf_addf(&((struct bench *)arg)->phases, "%s%d ", phase, attempt);
}

static void bench_init(struct bench *b, const char *yaml)
{
    static const struct llm_limits limits = {
        .idle_ms = 100, .max_retries = 3, .max_retry_wait_ms = 50};
    struct error e = {0};
    *b = (struct bench){.goal = 1};
    snprintf(b->path, sizeof b->path, "/tmp/mien-play-%d-%d.yaml", (int)getpid(), bench_files++);
    assert_true(file_write(b->path, yaml, strlen(yaml), &e));
    b->loop = loop_new(&e);
    b->llm = llm_new(b->loop, &limits);
    b->models = models_load(NULL, NULL, NULL, &e);
    AUTO_FREE char *name = mem_printf("playbook/%s", b->path);
    b->model = models_find(b->models, name, &e);
    if (!b->model)
        print_message("%s\n", e.text);
    assert_non_null(b->model);
    VEC_PUSH(&b->messages, (struct llm_message){.role = LLM_USER, .text = "fix the parser"});
}

static void bench_fini(struct bench *b)
{
    for (size_t i = 0; i < b->replies.len; i++) {
        llm_reply_fini(b->replies.ptr[i]);
        free(b->replies.ptr[i]);
    }
    VEC_FREE(&b->replies);
    VEC_FREE(&b->messages);
    models_free(b->models);
    llm_free(b->llm);
    loop_free(b->loop);
    buf_fini(&b->seen);
    buf_fini(&b->phases);
    unlink(b->path);
}

static bool bench_call(struct bench *b)
{
    const struct llm_watch w = {
        .arg = b, .text = on_text, .restart = on_restart, .phase = on_phase};
    const struct llm_request r = {.model = b->model,
                                  .messages = b->messages.ptr,
                                  .message_count = b->messages.len,
                                  .temperature = -1,
                                  .goal = "the goal",
                                  .workspace = "/ws",
                                  .user = "fix the parser",
                                  .goal_number = b->goal};
    buf_clear(&b->seen);
    b->reply = mem_alloc(sizeof *b->reply);
    VEC_PUSH(&b->replies, b->reply);
    bool ok = llm_call(b->llm, &r, &w, b->reply, &b->failure);
    if (ok)
        VEC_PUSH(&b->messages, (struct llm_message){.role = LLM_ASSISTANT,
                                                    .text = b->reply->text,
                                                    .calls = b->reply->calls,
                                                    .call_count = b->reply->call_count,
                                                    .parts = b->reply->parts});
    return ok;
}

static void answer(struct bench *b, size_t call, const char *text)
{
    const struct llm_message m = {
        .role = LLM_TOOL, .call_id = b->reply->calls[call].id, .text = text};
    VEC_PUSH(&b->messages, m);
}

static const char tour[] = "window: 4096\n"
                           "turns:\n"
                           "  - say: \"{user}: {{look}} at {workspace} for {goal}, {unknown}.\"\n"
                           "    call: {tool: list_dir, args: {path: ., depth: 2}, as: dir}\n"
                           "  - when: {tool: list_dir, result: README}\n"
                           "    reasoning: I read.\n"
                           "    say: \"Files:\\n{dir.files}\"\n"
                           "    calls:\n"
                           "      - {tool: read_file, args: {path: \"{dir.files.1}\", n: "
                           "\"{dir.count}\", t: \"n={dir.count}\"}}\n"
                           "      - {tool: run_bash, args: '{\"broken\": '}\n"
                           "  - say: \"Got {result}\"\n"
                           "    usage: {input: 100, cached: 40, output: 7}\n";

static void a_script_is_played(void **state)
{
    struct bench b;
    bench_init(&b, tour);
    assert_int_equal(b.model->window, 4096);
    assert_true(bench_call(&b));
    assert_string_equal(buf_cstr(&b.seen),
                        "fix the parser: {look}} at /ws for the goal, {unknown}.");
    assert_string_equal(b.reply->text, buf_cstr(&b.seen));
    assert_int_equal(b.reply->finish, LLM_FINISH_TOOLS);
    assert_string_equal(b.reply->calls[0].id, "g01t000c0");
    assert_string_equal(b.reply->calls[0].args, "{\"path\":\".\",\"depth\":2}");
    assert_string_equal(buf_cstr(&b.phases), "connect1 wait1 stream1 ");
    assert_true(b.reply->usage.reported);
    answer(&b, 0, "{\"files\":[\"README.md\",\"a.c\"],\"count\":2}");
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "Files:\nREADME.md\na.c");
    assert_string_equal(b.reply->reasoning, "I read.");
    assert_int_equal(b.reply->call_count, 2);
    assert_string_equal(b.reply->calls[0].args, "{\"path\":\"a.c\",\"n\":2,\"t\":\"n=2\"}");
    assert_string_equal(b.reply->calls[1].args, "{\"broken\": ");
    answer(&b, 0, "text");
    answer(&b, 1, "{\"error\":\"x\"}");
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "Got {\"error\":\"x\"}");
    assert_int_equal(b.reply->usage.input, 100);
    assert_int_equal(b.reply->usage.cached, 40);
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "The playbook has no turn left.");
    assert_int_equal(b.reply->finish, LLM_FINISH_STOP);
    bench_fini(&b);
}

static void a_turn_with_when_waits(void **state)
{
    struct bench b;
    bench_init(&b, "turns:\n- when: {tool: t, result: 'ok|fine'}\n  say: matched\n- say: first\n"
                   "  call: {tool: t}\n- when: {user: 'parser$'}\n  say: by user\n");
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "first");
    assert_string_equal(b.reply->calls[0].args, "{}");
    answer(&b, 0, "no");
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "by user");
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "The playbook has no turn left.");
    bench_fini(&b);
}

/* Nothing but the messages carries the state. */
static void another_process_goes_on(void **state)
{
    struct bench b;
    bench_init(&b, tour);
    assert_true(bench_call(&b));
    answer(&b, 0, "{\"files\":[\"README\"],\"count\":1}");
    static const struct llm_limits none;
    llm_free(b.llm);
    b.llm = llm_new(b.loop, &none);
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "Files:\nREADME");
    b.goal = 2;
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->calls[0].id, "g02t000c0");
    bench_fini(&b);
}

static void faults_go_the_way_of_failures(void **state)
{
    struct bench b;
    bench_init(&b, "turns:\n- say: one two three four\n  fault: {kind: cut, after: 2}\n"
                   "- fault: {kind: status, status: 503}\n- say: next\n"
                   "  fault: {kind: stall, after: 0}\n- say: never\n"
                   "  fault: {kind: status, status: 400, message: 'maximum context length is 100 "
                   "tokens. However, you requested 200 tokens'}\n");
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "one two three four");
    assert_string_equal(buf_cstr(&b.seen), "one two three four");
    assert_int_equal(b.restarts, 1);
    assert_int_equal(b.reply->attempts, 2);
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "next");
    assert_int_equal(b.reply->attempts, 3);
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_CONTEXT);
    assert_int_equal(b.failure.window, 100);
    assert_int_equal(b.failure.requested, 200);
    assert_true(bench_call(&b));
    assert_string_equal(b.reply->text, "never");
    bench_fini(&b);
}

static void cancel(void *arg)
{
    llm_cancel(arg);
}

static void pace_can_be_cancelled(void **state)
{
    struct bench b;
    bench_init(&b,
               "pace: 20\nturns:\n- say: a b c d e f g h i j k l m n o p q r s t u v w x y z a b "
               "c d e f g h i j k l m n o p\n");
    int64_t began = clock_ms();
    loop_timer_add(b.loop, began + 120, cancel, b.llm);
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_CANCELLED);
    assert_true(clock_ms() - began >= 100 && clock_ms() - began < 400);
    assert_true(b.seen.len > 0 && b.seen.len < 20);
    assert_string_equal(b.reply->text, buf_cstr(&b.seen));
    bench_fini(&b);
}

static void an_overflow_is_refused_when_asked(void **state)
{
    struct bench b;
    bench_init(&b, "window: 10\noverflow: error\nturns:\n- say: x\n");
    assert_false(bench_call(&b));
    assert_int_equal(b.failure.class, LLM_CONTEXT);
    assert_int_equal(b.failure.window, 10);
    bench_fini(&b);
}

static void refuse(const char *yaml, const char *words)
{
    struct error e = {0};
    const char *path = "/tmp/mien-play-bad.yaml";
    assert_true(file_write(path, yaml, strlen(yaml), &e));
    struct models *ms = models_load(NULL, NULL, NULL, &e);
    assert_null(models_find(ms, "playbook//tmp/mien-play-bad.yaml", &e));
    if (!strstr(e.text, words))
        print_message("want %s\ngot  %s\n", words, e.text);
    assert_non_null(strstr(e.text, words));
    models_free(ms);
    unlink(path);
}

static void bad_files_name_the_line(void **state)
{
    refuse("turns: x\n", "bad.yaml:1: a playbook needs \"turns:\"");
    refuse("turns:\n- sya: x\n", "bad.yaml:2: a turn has no \"sya\"; did you mean \"say\"?");
    refuse("turns:\n- call: {args: {}}\n", "bad.yaml:2: a call needs");
    refuse("turns:\n- when: {result: '('}\n", "bad.yaml:2: result: \"(\" is no regular");
    refuse("turns:\n- fault: {kind: boom}\n", "bad.yaml:2: kind is \"boom\"");
    refuse("turns:\n- pace: fast\n", "bad.yaml:2: pace must be a number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_is_played),
        cmocka_unit_test(a_turn_with_when_waits),
        cmocka_unit_test(another_process_goes_on),
        cmocka_unit_test(faults_go_the_way_of_failures),
        cmocka_unit_test(pace_can_be_cancelled),
        cmocka_unit_test(an_overflow_is_refused_when_asked),
        cmocka_unit_test(bad_files_name_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
