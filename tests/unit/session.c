/* What a session keeps: each record by its keeper, written when it changed, read back on resume. */
#include "test.h"

#include <ftw.h>
#include <sqlite3.h>

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

static void connect_all(bool needed)
{
    always = counted = lazy = (struct room){.says = "1"};
    session = (struct session){
        .out = &out, .talk = &talk, .describe = describe, .dir = mem_strdup(dir), .line_at = -1};
    session_keep(&session, (struct keeper){.key = "run", .arg = &always, .save = save});
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

/* Read back by somebody else: what is written over meanwhile tells what is written again. */
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

/* ---- a session that is opened costs the same, however long it is ---- */

static void call_and_result(int64_t n)
{
    struct llm_tool_call *calls = mem_alloc(sizeof *calls);
    *calls = (struct llm_tool_call){mem_printf("call%lld", (long long)n), mem_strdup("read_file"),
                                    mem_strdup("{}")};
    conversation_append(&talk,
                        (struct message){.role = LLM_ASSISTANT, .calls = calls, .call_count = 1});
    conversation_append(&talk, (struct message){.role = LLM_TOOL,
                                                .text = mem_printf("%0400lld", (long long)n),
                                                .call_id = mem_printf("call%lld", (long long)n),
                                                .tool = mem_strdup("read_file")});
}

static void tell_round(int64_t n)
{
    struct event ev = {.type = EVENT_ROUND_START};
    ev.round_start.round = n;
    outbox_emit(&out, &ev);
    ev = (struct event){.type = EVENT_TOOL_RESULT};
    ev.tool_result.result = mem_printf("\"%0400lld\"", (long long)n);
    outbox_emit(&out, &ev);
}

/* What a screen is told meanwhile is taken from its queue. */
static void drain(void)
{
    struct event ev;
    while (event_queue_next(out.events, &ev))
        event_fini(&ev);
}

/* The user's words, so many rounds, and the last ten of them in view. */
static void live(int64_t rounds)
{
    say("my words");
    struct event ev = {.type = EVENT_SESSION_START};
    outbox_emit(&out, &ev);
    for (int64_t n = 1; n <= rounds; n++) {
        call_and_result(n);
        tell_round(n);
        drain();
    }
    (void)conversation_drop_before(&talk, conversation_last(&talk) - 19);
    assert_true(session_commit(&session));
}

static void forget_and_open(bool replay)
{
    struct error e = {0};
    int64_t view = talk.view_start;
    session_close(&session);
    session_fini(&session);
    conversation_fini(&talk);
    outbox_reset(&out, "");
    connect_all(true);
    session.replay = replay;
    talk.view_start = view; /* in a record of the engine's */
    assert_true(session_open(&session, "one", false, &e));
    assert_true(session_restore(&session, &e));
}

static void opening_reads_no_message_and_the_newest_events(void **s)
{
    uint64_t told[2];
    static const int64_t lengths[] = {1000, 4000};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        if (i)
            assert_int_equal(end(s) || begin(s), 0);
        live(lengths[i]);
        forget_and_open(true);
        assert_int_equal(talk.shelf.reads, 0);
        told[i] = session.told;
        drain();
        assert_string_equal(conversation_last_user(&talk), "my words");
        assert_int_equal(talk.shelf.reads, 1);
        assert_int_equal(conversation_exchanges(&talk), 10);
        assert_int_equal(talk.shelf.reads, 21); /* and the view */
        assert_int_equal(conversation_last(&talk), 2 * lengths[i] + 1);
    }
    assert_true(told[0] > 100 && told[0] < 1000);
    assert_in_range(told[1], told[0] - 10, told[0] + 10);
}

static void what_was_left_on_the_shelf_is_all_there(void **s)
{
    live(300);
    forget_and_open(false);
    for (int64_t n = 1; n <= 300; n++) {
        AUTO_FREE char *id = mem_printf("call%lld", (long long)n);
        assert_true(call_ids_has(&talk.ids, id));
        assert_string_equal(conversation_at(&talk, 2 * n)->calls[0].id, id);
        assert_string_equal(conversation_at(&talk, 2 * n + 1)->call_id, id);
    }
    assert_false(call_ids_has(&talk.ids, "call301"));
    int64_t last = conversation_last(&talk);
    say("more");
    assert_true(session_commit(&session));
    forget_and_open(false);
    assert_int_equal(conversation_last(&talk), last + 1);
    assert_string_equal(conversation_last_user(&talk), "more");
    assert_string_equal(conversation_at(&talk, 1)->text, "my words");
}

/* The parts of the events, told from the newest to the oldest, are all of them once. */
static void earlier_events_come_a_part_at_a_time(void **s)
{
    struct event ev;
    uint64_t lines = 0;
    live(3000);
    forget_and_open(true);
    uint64_t newest = session.told;
    bool more = false;
    for (int parts = 0; parts == 0 || more; parts++) {
        assert_true(parts < 50);
        while (event_queue_next(out.events, &ev)) {
            if (ev.type == EVENT_EARLIER) {
                more = ev.earlier.more;
                for (const char *p = ev.earlier.events; (p = strchr(p, '\n')); p++)
                    lines++;
            }
            event_fini(&ev);
        }
        session_tell_earlier(&session);
    }
    assert_int_equal(newest + lines, 2 * 3000 + 1);
    assert_int_equal(session.earlier, 0);
}

static void edit(const char *sql)
{
    AUTO_FREE char *path = mem_printf("%s/one.db", dir);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void reopen_after(const char *sql)
{
    struct error e = {0};
    int64_t view = talk.view_start;
    session_close(&session);
    edit(sql);
    session_fini(&session);
    conversation_fini(&talk);
    outbox_reset(&out, "");
    connect_all(true);
    out.started = true;
    talk.view_start = view;
    assert_true(session_open(&session, "one", false, &e));
    assert_true(session_restore(&session, &e));
}

static int64_t damaged_told(void)
{
    int64_t rows = 0;
    struct event ev;
    while (event_queue_next(out.events, &ev)) {
        if (ev.type == EVENT_NOTICE && strstr(ev.notice.text, "damaged"))
            rows += strtoll(ev.notice.text, NULL, 10);
        event_fini(&ev);
    }
    return rows;
}

/* A session of a mien that kept no record of its messages. */
static void an_older_session_is_read_through_once(void **s)
{
    live(50);
    reopen_after("DROP TABLE calls; DELETE FROM meta WHERE key = 'shelf'");
    assert_string_equal(conversation_last_user(&talk), "my words");
    assert_true(call_ids_has(&talk.ids, "call1") && call_ids_has(&talk.ids, "call50"));
    reopen_after("SELECT 1");
    assert_int_equal(talk.ids.count, 0); /* asked for, not held */
    assert_true(call_ids_has(&talk.ids, "call1") && call_ids_has(&talk.ids, "call50"));
}

/* The seq of what follows stays, nothing is written over the row, and it is told when it is met. */
static void a_damaged_row_is_left_out_and_told(void **s)
{
    live(50);
    reopen_after("UPDATE messages SET body = 'x' WHERE seq IN (3, 95)");
    assert_int_equal(damaged_told(), 0);
    assert_int_equal(conversation_exchanges(&talk), 10);
    assert_int_equal(damaged_told(), 1);
    assert_true(conversation_at(&talk, 95)->missing);
    assert_string_equal(conversation_at(&talk, 94)->calls[0].id, "call47");
    struct llm_message *view;
    size_t n = conversation_view(&talk, &view);
    free(view);
    assert_int_equal(n, 19);
    assert_true(conversation_at(&talk, 3)->missing);
    assert_int_equal(damaged_told(), 1);
    say("on");
    assert_true(session_commit(&session));
    reopen_after("DELETE FROM messages WHERE seq = 96");
    assert_int_equal(conversation_last(&talk), 102);
    assert_true(conversation_at(&talk, 95)->missing && conversation_at(&talk, 96)->missing);
    assert_int_equal(damaged_told(), 1);
}

static void a_seq_written_by_hand_does_no_harm(void **s)
{
    live(50);
    reopen_after("INSERT INTO messages VALUES (4000000000000, '{}', 0), (-5, '{}', 0)");
    assert_int_equal(conversation_last(&talk), 101);
    assert_int_equal(conversation_exchanges(&talk), 10);
    reopen_after("UPDATE meta SET value = '{\"last\":-7,\"user\":99999}' WHERE key = 'shelf'");
    assert_string_equal(conversation_last_user(&talk), "my words");
}

#define S(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {S(a_record_is_written_when_it_changed),
                                       S(what_changes_with_every_call_waits_for_the_disk),
                                       S(what_was_kept_comes_back),
                                       S(a_record_that_says_the_same_is_not_written_again),
                                       S(a_damaged_record_ends_the_restoring_where_it_is_needed),
                                       S(a_session_in_which_nothing_was_said_is_removed),
                                       S(without_a_store_nothing_is_on_disk),
                                       S(opening_reads_no_message_and_the_newest_events),
                                       S(what_was_left_on_the_shelf_is_all_there),
                                       S(earlier_events_come_a_part_at_a_time),
                                       S(an_older_session_is_read_through_once),
                                       S(a_damaged_row_is_left_out_and_told),
                                       S(a_seq_written_by_hand_does_no_harm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
