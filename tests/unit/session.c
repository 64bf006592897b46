/* What a session keeps: each record by its keeper, written when it changed, read back on resume. */
#include "test.h"

#include <ftw.h>

#include "base/mem.h"
#include "request/conversation.h"
#include "run/outbox.h"
#include "session/session.h"
#include "store/store.h"

/* A room that counts its changes, and how often it was asked. */
struct room {
    uint64_t changes;
    const char *says;
    int saved, loaded;
    char got[32];
    bool damaged;
};

static char dir[64];
static struct outbox out;
static struct conversation talk;
static struct session session;
static struct room always, counted, lazy;

static uint64_t changes(void *arg)
{
    return ((struct room *)arg)->changes;
}

static char *save(void *arg)
{
    struct room *r = arg;
    r->saved++;
    return mem_strdup(r->says);
}

static bool load(void *arg, const char *text, struct error *e)
{
    struct room *r = arg;
    r->loaded++;
    snprintf(r->got, sizeof r->got, "%s", text);
    return !r->damaged || error_set(e, ERR_PARSE, "it is damaged");
}

static void describe(void *arg, struct session_line *line)
{
    *line = (struct session_line){.workspace = mem_strdup("/w"),
                                  .title = mem_strdup("a goal"),
                                  .state = mem_strdup("complete"),
                                  .model = mem_strdup("m")};
}

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

/* As the engine's "run" does: how much is stored, and where the user spoke. */
static bool counts; /* kept at all: an older mien does not */

static char *save_counts(void *arg)
{
    return counts ? mem_printf("%lld %lld", (long long)conversation_last(&talk),
                               (long long)talk.view.last_user)
                  : mem_strdup("0 0");
}

static bool load_counts(void *arg, const char *text, struct error *e)
{
    char *end;
    session.messages = strtoll(text, &end, 10);
    talk.view.last_user = strtoll(end, NULL, 10);
    return true;
}

static void connect_all(bool needed)
{
    always = counted = lazy = (struct room){.says = "1"};
    session = (struct session){
        .out = &out, .talk = &talk, .describe = describe, .dir = mem_strdup(dir), .line_at = -1};
    session_keep(&session, (struct keeper){.key = "run", .arg = &always, .save = save});
    session_keep(&session,
                 (struct keeper){.key = "counts", .save = save_counts, .load = load_counts});
    session_keep(&session, (struct keeper){.key = "tree",
                                           .arg = &counted,
                                           .changes = changes,
                                           .save = save,
                                           .load = load,
                                           .needed = needed});
    session_keep(&session, (struct keeper){.key = "stats",
                                           .arg = &lazy,
                                           .changes = changes,
                                           .save = save,
                                           .load = load,
                                           .lazy = true});
}

static void say(const char *text)
{
    conversation_append(&talk, (struct message){.role = LLM_USER, .text = mem_strdup(text)});
}

static int begin(void **s)
{
    struct error e = {0};
    strcpy(dir, "/tmp/mien-session-XXXXXX");
    counts = true;
    if (!mkdtemp(dir))
        return -1;
    out = (struct outbox){.events = event_queue_new(&e)};
    connect_all(true);
    return session_open(&session, "one", true, &e) ? 0 : -1;
}

static int end(void **s)
{
    session_close(&session);
    session_fini(&session);
    conversation_fini(&talk);
    event_queue_free(out.events);
    outbox_fini(&out);
    return nftw(dir, gone, 16, FTW_DEPTH | FTW_PHYS);
}

/* Let it go and open it again, as another process would. */
static bool again(bool needed, struct error *e)
{
    session_close(&session);
    session_fini(&session);
    conversation_fini(&talk);
    talk = (struct conversation){0};
    struct room *r = &counted;
    bool damaged = r->damaged;
    connect_all(needed);
    counted.damaged = damaged;
    return session_open(&session, "one", false, e) && session_restore(&session, e);
}

static void a_record_is_written_when_it_changed(void **s)
{
    say("hi");
    assert_true(session_commit(&session));
    assert_int_equal(always.saved, 1);
    assert_int_equal(counted.saved, 0);
    counted.changes = 4;
    assert_true(session_commit(&session));
    assert_true(session_commit(&session)); /* nothing to do */
    assert_int_equal(counted.saved, 1);
    assert_int_equal(always.saved, 2);
    session.dirty = true;
    assert_true(session_commit(&session));
    assert_int_equal(always.saved, 3);
    assert_int_equal(counted.saved, 1);
}

static void what_changes_with_every_call_waits_for_the_disk(void **s)
{
    lazy.changes = 1;
    assert_true(session_commit_soon(&session));
    assert_int_equal(always.saved, 0); /* no reason for a commit by itself */
    say("hi");
    assert_true(session_commit_soon(&session));
    assert_int_equal(lazy.saved, 0);
    assert_true(session_commit(&session));
    assert_int_equal(lazy.saved, 1);
}

static void what_was_kept_comes_back(void **s)
{
    struct error e = {0};
    say("hi");
    say("there");
    counted.changes = 1;
    counted.says = "a tree";
    assert_true(session_commit(&session));
    assert_true(again(true, &e));
    assert_string_equal(counted.got, "a tree");
    assert_int_equal(lazy.loaded, 0);
    assert_int_equal(conversation_last(&talk), 2);
    assert_string_equal(conversation_at(&talk, 2)->text, "there");
    assert_true(session_commit(&session));
    assert_int_equal(always.saved, 0); /* it is on disk already */
}

static void a_damaged_record_ends_the_restoring_where_it_is_needed(void **s)
{
    struct error e = {0};
    say("hi");
    counted.changes = 1;
    assert_true(session_commit(&session));
    counted.damaged = true;
    assert_true(again(false, &e));
    assert_int_equal(conversation_last(&talk), 1);
    assert_false(again(true, &e));
    assert_string_equal(e.text, "it is damaged");
}

static void a_session_in_which_nothing_was_said_is_removed(void **s)
{
    struct error e = {0};
    counted.changes = 1;
    assert_true(session_commit(&session));
    assert_false(again(true, &e));
}

static void without_a_store_nothing_is_on_disk(void **s)
{
    struct error e = {0};
    session_close(&session);
    say("hi");
    assert_false(session_commit(&session));
    assert_false(session_open(&session, "no/such", false, &e));
    assert_false(session_commit(&session));
    assert_int_equal(always.saved, 0);
}

/* n rounds of one call each, with three events a round; the view begins at the last ten. */
static void work(int n)
{
    static const char *const roles[] = {"call", "result"};
    say("go");
    for (int i = 0; i < 2 * n; i++) {
        struct message m = {.role = i % 2 ? LLM_TOOL : LLM_ASSISTANT,
                            .text = mem_printf("%s %d", roles[i % 2], i / 2)};
        if (i % 2 == 0) {
            m.calls = mem_alloc(sizeof *m.calls);
            m.calls[m.call_count++] = (struct llm_tool_call){mem_printf("id%d", i / 2),
                                                             mem_strdup("t"), mem_strdup("{}")};
        }
        conversation_append(&talk, m);
        struct event ev = {.type = EVENT_ROUND_START};
        if (i % 2 == 0)
            outbox_keep(&out, &ev);
        ev = (struct event){.type = EVENT_NOTICE};
        ev.notice.text = mem_alloc(2001);
        memset(ev.notice.text, 'x', 2000);
        outbox_keep(&out, &ev);
    }
    assert_true(session_commit(&session));
}

static int told(struct buf *notices)
{
    struct event ev;
    int n = 0;
    for (; event_queue_next(out.events, &ev); event_fini(&ev), n++)
        if (ev.type == EVENT_NOTICE && notices)
            buf_addf(notices, "%s\n", ev.notice.text);
    return n;
}

static void opening_reads_the_same_of_any_length(void **s)
{
    struct error e = {0};
    static const int lengths[] = {1000, 3000};
    int64_t read[2];
    int replayed[2];
    for (int i = 0; i < 2; i++) {
        outbox_reset(&out, "one");
        out.stored = true;
        work(lengths[i]);
        session_close(&session);
        conversation_fini(&talk);
        session_fini(&session);
        connect_all(true);
        session.replay = true;
        event_queue_close(out.events);
        int64_t last = 2 * lengths[i] + 1;
        talk.view_start = last - 20;
        assert_true(session_open(&session, "one", false, &e) && session_restore(&session, &e));
        replayed[i] = told(NULL);
        assert_int_equal(talk.read, 0);
        assert_int_equal(conversation_last(&talk), last);
        assert_true(conversation_view_tokens(&talk) > 0);
        assert_int_equal(conversation_exchanges(&talk), 10);
        assert_string_equal(conversation_last_user(&talk), "go");
        assert_true(call_ids_has(&talk.ids, "id7"));
        assert_false(call_ids_has(&talk.ids, "id1000000"));
        assert_int_equal(talk.ids.count, 0);
        read[i] = talk.read;
        for (int64_t q = 2; q <= last; q++) { /* and nothing is lost */
            AUTO_FREE char *text =
                mem_printf("%s %lld", q % 2 ? "result" : "call", (long long)(q - 2) / 2);
            assert_string_equal(conversation_at(&talk, q)->text, text);
        }
        session_close(&session);
        conversation_fini(&talk);
        assert_true(store_remove(dir, "one", &e));
        assert_true(session_open(&session, "one", true, &e));
    }
    assert_true(read[0] > 0 && read[0] <= 128);
    assert_in_range(read[1], read[0] - 32, read[0] + 32); /* where the blocks begin */
    assert_int_equal(replayed[0], replayed[1]);
    assert_in_range(replayed[0], 200, 400);
}

/* The parts of the events, told from the newest to the oldest, are all of them once, and each
 * begins with a round. */
static void earlier_events_come_a_part_at_a_time(void **s)
{
    struct error e = {0};
    struct event ev;
    bool more = false;
    int got = 0, parts = 0;
    out.stored = true;
    work(1000);
    session_close(&session);
    conversation_fini(&talk);
    session_fini(&session);
    connect_all(true);
    session.replay = true;
    assert_true(session_open(&session, "one", false, &e) && session_restore(&session, &e));
    do {
        while (event_queue_next(out.events, &ev)) {
            got += ev.type == EVENT_NOTICE || ev.type == EVENT_ROUND_START;
            if (ev.type == EVENT_EARLIER) {
                const char *p = ev.earlier.events;
                more = ev.earlier.more;
                assert_true(!p || !*p || strncmp(p, "{\"type\":\"round_start\"", 21) == 0);
                for (; p && (p = strchr(p, '\n')); p++)
                    got++;
            }
            event_fini(&ev);
        }
        session_tell_earlier(&session);
    } while (more && ++parts < 50);
    assert_true(parts > 5 && !more);
    assert_int_equal(got, 3000);
}

/* What is written over meanwhile tells what is written again. */
static void a_record_that_says_the_same_is_not_written_again(void **s)
{
    struct error e = {0};
    say("hi");
    assert_true(session_commit(&session));
    assert_true(store_put_meta(session.store, "run", "by hand", &e));
    say("there");
    assert_true(session_commit(&session));
    AUTO_FREE char *same = store_get_meta(session.store, "run");
    assert_string_equal(same, "by hand");
    always.says = "2";
    say("again");
    assert_true(session_commit(&session));
    AUTO_FREE char *other = store_get_meta(session.store, "run");
    assert_string_equal(other, "2");
}

/* Read at once or when it is asked for: the same is left out, told, and not written over. */
static void a_damaged_message_is_left_out_and_told(void **s)
{
    struct error e = {0};
    for (int older = 0; older < 2; older++) {
        AUTO(buf) notices = {0};
        counts = !older;
        work(20);
        assert_true(store_put_message(session.store, 41, "{broken", &e));
        assert_true(store_commit(session.store, &e));
        out.started = true;
        assert_true(again(true, &e));
        assert_int_equal(conversation_last(&talk), 41);
        struct llm_message *view;
        size_t n = conversation_view(&talk, &view);
        assert_int_equal(n, 40);
        assert_string_equal(view[39].text, "call 19");
        free(view);
        struct message *m;
        assert_int_equal(conversation_unanswered(&talk, &m), 1);
        assert_true(call_ids_has(&talk.ids, "id7"));
        told(&notices);
        assert_has(buf_cstr(&notices), "1 stored rows of this session are damaged");
        say("more");
        counts = true;
        assert_true(session_commit(&session) && again(true, &e));
        assert_int_equal(talk.read, 0);
        assert_string_equal(conversation_at(&talk, 42)->text, "more");
        assert_true(conversation_at(&talk, 41)->lost);
        assert_true(call_ids_has(&talk.ids, "id7"));
        session_close(&session);
        conversation_fini(&talk);
        assert_true(store_remove(dir, "one", &e));
        assert_true(session_open(&session, "one", true, &e));
    }
}

static void an_edited_record_is_not_believed(void **s)
{
    struct error e = {0};
    static const char *const edits[] = {"9 2", "4000000000000 1", "-3 -3", "41 40", "41 9999"};
    work(20);
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        assert_true(store_put_meta(session.store, "counts", edits[i], &e));
        assert_true(store_commit(session.store, &e));
        assert_true(again(true, &e));
        assert_int_equal(conversation_last(&talk), 41);
        assert_string_equal(conversation_last_user(&talk), "go");
        assert_int_equal(conversation_exchanges(&talk), 20);
    }
}

#define S(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {S(a_record_is_written_when_it_changed),
                                       S(what_changes_with_every_call_waits_for_the_disk),
                                       S(what_was_kept_comes_back),
                                       S(a_damaged_record_ends_the_restoring_where_it_is_needed),
                                       S(a_session_in_which_nothing_was_said_is_removed),
                                       S(opening_reads_the_same_of_any_length),
                                       S(earlier_events_come_a_part_at_a_time),
                                       S(a_record_that_says_the_same_is_not_written_again),
                                       S(a_damaged_message_is_left_out_and_told),
                                       S(an_edited_record_is_not_believed),
                                       S(without_a_store_nothing_is_on_disk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
