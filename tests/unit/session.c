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

#define S(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {S(a_record_is_written_when_it_changed),
                                       S(what_changes_with_every_call_waits_for_the_disk),
                                       S(what_was_kept_comes_back),
                                       S(a_damaged_record_ends_the_restoring_where_it_is_needed),
                                       S(a_session_in_which_nothing_was_said_is_removed),
                                       S(without_a_store_nothing_is_on_disk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
