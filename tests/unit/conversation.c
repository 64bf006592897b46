/* What the conversation keeps about its view is what a fresh count gives, and costs nothing. */
#include "test.h"

#include "base/mem.h"
#include "llm/tokens.h"
#include "request/conversation.h"

static const char goal[] = "tidy the folder";

static void say(struct conversation *c, enum llm_role role, const char *text)
{
    (void)conversation_append(c, (struct message){.role = role, .text = mem_strdup(text)});
}

/* An exchange: the model calls a tool, whose result has so many bytes. */
static void exchange(struct conversation *c, size_t bytes)
{
    struct llm_tool_call *calls = mem_alloc(sizeof *calls);
    char *result = mem_alloc(bytes + 1);
    memset(result, 'x', bytes);
    *calls = (struct llm_tool_call){mem_printf("call%lld", (long long)conversation_last(c)),
                                    mem_strdup("read_file"), mem_strdup("{}")};
    (void)conversation_append(
        c, (struct message){.role = LLM_ASSISTANT, .calls = calls, .call_count = 1});
    (void)conversation_append(
        c, (struct message){.role = LLM_TOOL, .text = result, .tool = mem_strdup("read_file")});
}

/* ---- the same, counted anew ---- */

static int64_t fresh_tokens(struct conversation *c)
{
    int64_t n = conversation_summary_tokens(c);
    for (int64_t s = conversation_first(c); s <= conversation_last(c); s++) {
        struct message *m = conversation_at(c, s);
        m->tokens = 0;
        n += conversation_tokens(m);
    }
    return n;
}

static int64_t fresh_exchanges(struct conversation *c)
{
    int64_t n = 0;
    for (int64_t s = conversation_first(c); s <= conversation_last(c); s++)
        n += conversation_at(c, s)->role == LLM_ASSISTANT;
    return n;
}

static const char *fresh_last_user(struct conversation *c)
{
    for (int64_t s = conversation_last(c); s > 0; s--)
        if (conversation_at(c, s)->role == LLM_USER)
            return conversation_at(c, s)->text;
    return NULL;
}

static bool fresh_shows(struct conversation *c, const char *text)
{
    for (int64_t s = conversation_first(c); s <= conversation_last(c); s++) {
        const struct message *m = conversation_at(c, s);
        if (m->role == LLM_USER && strcmp(m->text, text) == 0)
            return true;
    }
    return false;
}

static void assert_kept(struct conversation *c)
{
    const char *said = fresh_last_user(c), *kept = conversation_last_user(c);
    assert_int_equal(conversation_exchanges(c), fresh_exchanges(c));
    assert_int_equal(conversation_shows(c, goal), fresh_shows(c, goal));
    assert_int_equal(conversation_view_tokens(c), fresh_tokens(c));
    assert_true(said == kept); /* the same string, or neither */
}

static void counts_are_those_of_a_fresh_count(void **s)
{
    struct conversation c = {0};
    unsigned long dice = 1;
    assert_kept(&c);
    for (int i = 0; i < 3000; i++) {
        dice = dice * 6364136223846793005UL + 1442695040888963407UL;
        unsigned roll = (unsigned)(dice >> 40);
        switch (roll % 16) {
        case 0:
            say(&c, LLM_USER, roll & 64 ? goal : "and now this");
            break;
        case 1:
            say(&c, LLM_ASSISTANT, "done");
            break;
        case 2:
            (void)conversation_stub_results(&c, roll % 3000, roll % 5);
            break;
        case 3:
            if (roll % 5 == 0)
                (void)conversation_drop_before(&c, conversation_first(&c) + roll % 40);
            break;
        case 4:
            if (roll % 7 == 0)
                conversation_drop_to(&c, conversation_view_tokens(&c) / 2);
            break;
        case 5:
            conversation_summarise(&c, "Previous work summary", roll & 64 ? "much" : NULL);
            break;
        case 6: /* as a goal that clears its history */
            if (roll % 23 == 0)
                (void)conversation_drop_before(&c, conversation_last(&c) + 1);
            break;
        case 7:
            if (roll % 11 == 0)
                conversation_restore_view(&c, roll % (unsigned)(conversation_last(&c) + 9));
            break;
        default:
            exchange(&c, roll % 4000);
        }
        if (roll & 128) /* not after each: tokens are added up in steps of any size */
            assert_kept(&c);
    }
    assert_kept(&c);
    conversation_fini(&c);
}

/* A store gives the messages back one by one, then says where the view began. */
static void a_restored_view_is_counted_as_it_was(void **s)
{
    struct conversation c = {0}, again = {0};
    say(&c, LLM_USER, goal);
    for (int i = 0; i < 40; i++)
        exchange(&c, 1000);
    (void)conversation_stub_results(&c, 1000000, 4);
    (void)conversation_drop_before(&c, 21);
    for (int64_t q = 1; q <= conversation_last(&c); q++) {
        AUTO_FREE char *body = message_save(conversation_at(&c, q));
        struct error e = {0};
        struct message m;
        assert_true(message_load(&m, body, strlen(body), &e));
        (void)conversation_append(&again, m);
    }
    conversation_restore_view(&again, c.view_start);
    assert_kept(&again);
    assert_int_equal(conversation_view_tokens(&again), conversation_view_tokens(&c));
    assert_int_equal(conversation_exchanges(&again), conversation_exchanges(&c));
    assert_string_equal(conversation_last_user(&again), goal);
    assert_false(conversation_shows(&again, goal));
    conversation_restore_view(&again, 1000000); /* edited by hand: nothing is in view */
    assert_kept(&again);
    exchange(&again, 10);
    assert_int_equal(conversation_exchanges(&again), 1);
    assert_kept(&again);
    conversation_fini(&c);
    conversation_fini(&again);
}

/* The cut of a pruning leaves what walking from the end would leave. */
static void dropping_to_a_size_keeps_as_many_exchanges_as_fit(void **s)
{
    for (int64_t target = 0; target < 4000; target += 250) {
        struct conversation c = {0};
        say(&c, LLM_USER, goal);
        for (size_t i = 0; i < 20; i++)
            exchange(&c, 300 + 37 * i);
        conversation_drop_to(&c, target);
        int64_t kept = conversation_exchanges(&c);
        assert_true(kept == 1 || conversation_view_tokens(&c) <= target);
        assert_int_equal(conversation_first(&c), conversation_cut_for(&c, kept));
        assert_true(conversation_at(&c, conversation_first(&c))->role != LLM_TOOL);
        assert_kept(&c);
        conversation_fini(&c);
    }
}

/* Messages that are looked at by one round's questions, in a conversation of so many. */
static uint64_t looks_of_a_round(int64_t messages)
{
    struct conversation c = {0};
    say(&c, LLM_USER, goal);
    while (conversation_last(&c) < messages) {
        exchange(&c, 900);
        (void)conversation_view_tokens(&c);
        (void)conversation_shows(&c, goal);
        (void)conversation_stub_results(&c, 1, 4); /* wants little: as at a nearly full window */
    }
    uint64_t before = c.looks;
    exchange(&c, 900);
    (void)conversation_view_tokens(&c);
    (void)conversation_exchanges(&c);
    (void)conversation_last_user(&c);
    (void)conversation_shows(&c, goal);
    (void)conversation_stub_results(&c, 1, 4);
    uint64_t looks = c.looks - before;
    conversation_fini(&c);
    return looks;
}

static void a_round_costs_the_same_in_a_long_conversation(void **s)
{
    uint64_t young = looks_of_a_round(100), old = looks_of_a_round(10000);
    assert_true(young > 0 && young < 30);
    assert_int_equal(old, young);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(counts_are_those_of_a_fresh_count),
                                       T(a_restored_view_is_counted_as_it_was),
                                       T(dropping_to_a_size_keeps_as_many_exchanges_as_fit),
                                       T(a_round_costs_the_same_in_a_long_conversation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
