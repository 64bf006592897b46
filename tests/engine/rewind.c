/* Going back: what a goal's commands did to the workspace is undone, and what was said with it. */
#include "../unit/test.h"

#include <unistd.h>

#include "base/json.h"
#include "lab.h"

static void agent_of(struct lab *l)
{
    lab_put(l, "agent.yaml",
            "system_prompt: x\nbehaviors:\n  - type: FileToolsBehavior\n  - type: "
            "CommandToolsBehavior\n");
}

static int run(const struct lab *l, const char *command)
{
    AUTO_FREE char *whole = mem_printf("cd %s && { %s\n} >/dev/null 2>&1", l->ws, command);
    return system(whole);
}

/* Types, modes, targets and contents of all there is, but the lab's own FIFO. */
static char *picture(const struct lab *l)
{
    AUTO_FREE char *command = mem_printf("cd %s && find . -path ./here -prune -o -printf '%%y %%m "
                                         "%%l %%P\\n' | sort; find . -type f "
                                         "-print0 | sort -z | xargs -0 -r cksum",
                                         l->ws);
    struct buf out = {0};
    FILE *f = popen(command, "r");
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&out, part, n);
    assert_int_equal(pclose(f), 0);
    return buf_take(&out);
}

static void goal(struct lab *l, const char *text)
{
    engine_ask(l->g, REQUEST_SUBMIT, text, NULL);
    assert_non_null(lab_until_type(l, EVENT_RESULT, 20000));
    assert_true(lab_settle(l, 20000));
}

/* The numbers of the messages that can be gone back to, the newest first. */
static size_t listed(struct lab *l, int64_t *numbers, size_t most)
{
    engine_ask(l->g, REQUEST_REWIND, "list", NULL);
    const struct event *ev;
    do
        assert_non_null(ev = lab_until_type(l, EVENT_CATALOG, 20000));
    while (strcmp(ev->catalog.kind, "rewind") != 0);
    AUTO_JSON *list = json_parse(ev->catalog.items, strlen(ev->catalog.items), NULL);
    size_t n = 0;
    const cJSON *one;
    cJSON_ArrayForEach(one, list)
    {
        if (n < most)
            numbers[n++] = strtoll(json_str(one, "name", "0"), NULL, 10);
    }
    return n;
}

/* Ask, answer each question with the next key; the event that says how it went. */
static const struct event *back(struct lab *l, const char *op, int64_t message, const char *keys)
{
    struct request r = request_of(REQUEST_REWIND, op, NULL);
    r.rewind.message = message;
    engine_post(l->g, r);
    for (; *keys; keys++) {
        char key[2] = {*keys, '\0'};
        const struct event *q = lab_until_type(l, EVENT_APPROVAL, 20000);
        assert_non_null(q);
        engine_ask(l->g, REQUEST_ANSWER, q->approval.id, key);
    }
    const struct event *ev = lab_until_type(l, EVENT_REWOUND, 20000);
    for (size_t i = 0; !ev && i < l->events.len; i++) {
        AUTO(buf) text = {0};
        event_to_json(&l->events.ptr[i], &text);
        print_message("%.300s\n", buf_cstr(&text));
    }
    assert_non_null(ev);
    return ev;
}

#define DAMAGE                                                                                     \
    "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do rm f$i; "      \
    "done; "                                                                                       \
    "for f in f*; do echo other > $f; chmod 640 $f; done; rm link; mkdir -p new; echo n > new/n; " \
    "rmdir empty"

static void damaged(struct lab *l)
{
    lab_open(l);
    agent_of(l);
    assert_int_equal(run(l,
                         "for i in $(seq 1 50); do printf 'file %d\\r\\nend' $i > f$i; done; chmod "
                         "600 f1 f30; chmod 755 f2 f40; ln -s f3 link; mkdir empty"),
                     0);
    lab_put(l, "p.yaml",
            "turns:\n  - call: {tool: run_bash, args: {command: \"" DAMAGE "\"}}\n  - say: Done.\n"
            "  - call: {tool: run_bash, args: {command: \"echo later > later\"}}\n  - say: Done.\n"
            "  - say: Third.\n");
    l->opts.interactive = true;
    lab_start(l, "p.yaml");
}

static void a_command_that_deleted_and_rewrote_is_undone(void **s)
{
    struct lab l;
    int64_t numbers[8];
    damaged(&l);
    AUTO_FREE char *before = picture(&l);
    goal(&l, "tidy up");
    AUTO_FREE char *after = picture(&l);
    assert_string_not_equal(before, after);
    assert_int_equal(listed(&l, numbers, 8), 1);
    const struct event *ev = back(&l, "to", numbers[0], "f");
    assert_string_equal(ev->rewound.what, "files");
    assert_string_equal(ev->rewound.kept, "[]");
    AUTO_FREE char *again = picture(&l);
    assert_string_equal(again, before);
    /* And back again. */
    back(&l, "redo", 0, "f");
    AUTO_FREE char *redone = picture(&l);
    assert_string_equal(redone, after);
    lab_close(&l);
}

static void what_was_said_goes_with_it(void **s)
{
    struct lab l;
    int64_t numbers[8];
    damaged(&l);
    goal(&l, "tidy up");
    AUTO_FREE char *between = picture(&l);
    goal(&l, "and once more");
    assert_int_equal(listed(&l, numbers, 8), 2);
    const struct event *ev = back(&l, "to", numbers[0], "b");
    assert_int_equal(ev->rewound.turns, 1);
    assert_string_equal(ev->rewound.text, "and once more");
    AUTO_FREE char *again = picture(&l);
    assert_string_equal(again, between);
    goal(&l, "third");
    assert_null(strstr(lab_asked(), "and once more"));
    assert_has(lab_asked(), "tidy up");
    assert_int_equal(listed(&l, numbers, 8), 2);
    /* It stays so when the session is opened again. */
    AUTO_FREE char *id = NULL;
    for (size_t i = 0; i < l.events.len; i++)
        if (l.events.ptr[i].type == EVENT_SETTING &&
            strcmp(l.events.ptr[i].setting.name, "session") == 0)
            id = mem_strdup(l.events.ptr[i].setting.value);
    lab_stop(&l);
    l.opts.resume = id;
    lab_start(&l, "p.yaml");
    assert_int_equal(listed(&l, numbers, 8), 2);
    lab_close(&l);
}

/* The first key goes back, the second says what becomes of files that the user changed. */
static void changes_of(const char *keys, const char *content)
{
    struct lab l;
    int64_t numbers[8];
    damaged(&l);
    goal(&l, "tidy up");
    assert_int_equal(run(&l, "echo mine > f40; echo mine > own"), 0);
    assert_int_equal(listed(&l, numbers, 8), 1);
    back(&l, "to", numbers[0], keys);
    AUTO_FREE char *is = mem_printf("test \"$(cat f40)\" = \"%s\" && test -f f1", content);
    assert_int_equal(run(&l, is), 0);
    assert_int_equal(run(&l, keys[1] == 'k' ? "test -f own" : "test ! -e own"), 0);
    lab_close(&l);
}

static void what_the_user_changed_is_asked_about(void **s)
{
    changes_of("fk", "mine");
    changes_of("fo", "$(printf 'file 40\\r\\nend')");
}

/* A request does not wait for a snapshot; a tool that may change files does, and the snapshot is of
 * before it. */
static void the_first_state_is_the_one_before(void **s)
{
    struct lab l;
    int64_t numbers[8];
    lab_open(&l);
    agent_of(&l);
    assert_int_equal(
        run(&l, "mkdir many; i=0; while [ $i -lt 3000 ]; do echo $i > many/$i; i=$((i+1)); "
                "done; echo before > a"),
        0);
    lab_put(
        &l, "p.yaml",
        "turns:\n  - calls: [{tool: run_bash, args: {command: \"echo after > a; rm -r many\"}}]\n"
        "  - say: Done.\n");
    l.opts.interactive = true;
    lab_start(&l, "p.yaml");
    goal(&l, "go");
    assert_int_equal(listed(&l, numbers, 8), 1);
    back(&l, "to", numbers[0], "f");
    assert_int_equal(run(&l, "test \"$(cat a)\" = before && test $(ls many | wc -l) = 3000"), 0);
    lab_close(&l);
}

#define PLAN(first, second)                                        \
    "{tool: update_plan, args: {plan: [{step: one, status: " first \
    "}, {step: two, status: " second "}]}}"

/* The node of that title, as the newest tree has it. */
static int64_t node_of(struct lab *l, const char *title)
{
    int64_t node = 0;
    for (size_t i = 0; i < l->events.len; i++) {
        const struct event *ev = &l->events.ptr[i];
        AUTO_JSON *nodes = ev->type == EVENT_TREE
                               ? json_parse(ev->tree.nodes, strlen(ev->tree.nodes), NULL)
                               : NULL;
        const cJSON *one;
        cJSON_ArrayForEach(one, nodes)
        {
            if (strcmp(json_str(one, "title", ""), title) == 0)
                node = json_int(one, "id", 0);
        }
    }
    assert_int_not_equal(node, 0);
    return node;
}

/* A goal that was not split is a node too. */
static void a_goal_is_unmade_and_the_next_one_stays(void **s)
{
    struct lab l;
    lab_open(&l);
    agent_of(&l);
    lab_put(&l, "ws/a", "1\n2\n3\n4\n5\n6\n7\n");
    lab_put(&l, "p.yaml",
            "turns:\n  - when: {user: ^first}\n    call: {tool: run_bash, args: {command: \"sed -i "
            "s/2/TWO/ a; touch first\"}}\n  - when: {user: ^first}\n    say: one\n"
            "  - when: {user: ^second}\n    call: {tool: run_bash, args: {command: \"sed -i "
            "s/7/SEVEN/ a; touch second\"}}\n  - when: {user: ^second}\n    say: two\n");
    l.opts.interactive = true;
    lab_start(&l, "p.yaml");
    goal(&l, "first");
    goal(&l, "second");
    back(&l, "unmake", node_of(&l, "first"), "f");
    assert_int_equal(run(&l,
                         "test \"$(sed -n 2p a)\" = 2 && test \"$(sed -n 7p a)\" = SEVEN && test ! "
                         "-e first && test -e second"),
                     0);
    lab_close(&l);
}

static void a_task_is_unmade_and_later_work_stays(void **s)
{
    struct lab l;
    lab_open(&l);
    lab_put(
        &l, "agent.yaml",
        "system_prompt: x\nbehaviors:\n  - type: FileToolsBehavior\n  - type: "
        "CommandToolsBehavior\n  - type: HierarchicalContextBehavior\n    params: {steps: plan}\n");
    lab_put(&l, "ws/a", "1\n2\n3\n4\n5\n6\n7\n");
    lab_put(&l, "p.yaml",
            "turns:\n  - call: " PLAN(
                "in_progress",
                "pending") "\n"
                           "  - call: {tool: run_bash, args: {command: \"sed -i s/2/TWO/ a; touch "
                           "first\"}}\n"
                           "  - call: " PLAN(
                               "completed",
                               "in_progress") "\n"
                                              "  - call: {tool: run_bash, args: {command: \"sed -i "
                                              "s/7/SEVEN/ a; touch second\"}}\n"
                                              "  - call: " PLAN("completed",
                                                                "completed") "\n  - say: Done.\n");
    l.opts.interactive = true;
    lab_start(&l, "p.yaml");
    goal(&l, "go");
    back(&l, "unmake", node_of(&l, "one"), "f");
    assert_int_equal(run(&l,
                         "test \"$(sed -n 2p a)\" = 2 && test \"$(sed -n 7p a)\" = SEVEN && test ! "
                         "-e first && test -e second"),
                     0);
    lab_close(&l);
}

/* Seven rounds, the fourth breaks it; what no snapshot has is in the copy all the same. */
#define STEP(command) "  - call: {tool: run_bash, args: {command: \"" command "\"}}\n"
static void hunted(struct lab *l)
{
    lab_open(l);
    agent_of(l);
    assert_int_equal(run(l, "git init -q; echo dep/ > .gitignore; mkdir dep; echo x > dep/lib; "
                            "echo good > a; chmod 600 a"),
                     0);
    lab_put(l, "p.yaml",
            "turns:\n" STEP("echo 1 > one") STEP("echo 2 > two; rm one") STEP("echo 3 > three")
                STEP("echo bad > a; echo broke > four") STEP("echo 5 > five; echo worse > a")
                    STEP("rm four") STEP("mkdir seven; echo 7 > seven/x") "  - say: Done.\n");
    l->opts.interactive = true;
    lab_start(l, "p.yaml");
    goal(l, "work");
}

static void the_round_that_broke_a_check_is_named(void **s)
{
    struct lab l;
    hunted(&l);
    AUTO_FREE char *before = picture(&l);
    engine_ask(l.g, REQUEST_BISECT,
               "grep -q good a && test \"$(stat -c %a a)\" = 600 && test -f dep/lib; "
               "r=$?; echo made > build-output; exit $r",
               NULL);
    const struct event *ev = lab_until_type(&l, EVENT_REPORT, 60000);
    assert_non_null(ev);
    assert_string_equal(ev->report.title, "bisect");
    assert_has(ev->report.text, "broken by round 4 of goal 1");
    assert_has(ev->report.text, "changed: a, four.");
    assert_has(ev->report.text, "-good\n+bad\n");
    assert_true(lab_settle(&l, 20000));
    AUTO_FREE char *after = picture(&l);
    assert_string_equal(before, after);
    assert_int_equal(run(&l, "ls -d /tmp/mien-bisect-* | grep ."), 256);
    lab_close(&l);
}

static void what_cannot_be_searched_for_is_said(void **s)
{
    static const struct {
        const char *command, *want;
    } rows[] = {
        {NULL, "no check of this session's tasks was green yet"},
        {"true", "green now"},
        {"false", "red in each of the"},
        {"echo $RANDOM >> a; false", "the check itself changes a"},
    };
    struct lab l;
    hunted(&l);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        engine_ask(l.g, REQUEST_BISECT, rows[i].command, NULL);
        const struct event *ev = lab_until_type(&l, EVENT_ERROR, 60000);
        assert_non_null(ev);
        assert_has(ev->error.text, rows[i].want);
    }
    lab_close(&l);
}

static void a_search_can_be_stopped(void **s)
{
    struct lab l;
    hunted(&l);
    engine_ask(l.g, REQUEST_BISECT, "echo here; sleep 600", NULL);
    const struct event *ev;
    do
        assert_non_null(ev = lab_until_type(&l, EVENT_PHASE, 20000));
    while (!ev->phase.detail || !strstr(ev->phase.detail, "sleep 600"));
    engine_ask(l.g, REQUEST_STOP, NULL, NULL);
    ev = lab_until_type(&l, EVENT_ERROR, 20000);
    assert_non_null(ev);
    assert_has(ev->error.text, "stopped");
    lab_close(&l);
}

static void nothing_is_kept_where_it_is_not_wanted(void **s)
{
    struct lab l;
    lab_open(&l);
    agent_of(&l);
    lab_config(&l, "files: {rewind: false}\n");
    lab_put(&l, "p.yaml",
            "turns:\n  - call: {tool: run_bash, args: {command: \"touch x\"}}\n  - say: x\n");
    l.opts.interactive = true;
    lab_start(&l, "p.yaml");
    goal(&l, "go");
    assert_false(lab_exists(&l, "state/rewind"));
    engine_ask(l.g, REQUEST_DIFF, "session", NULL);
    const struct event *ev = lab_until_type(&l, EVENT_ERROR, 20000);
    assert_non_null(ev);
    assert_has(ev->error.text, "files.rewind");
    lab_close(&l);
}

static void a_diff_is_shown_and_notes_are_sent(void **s)
{
    struct lab l;
    lab_open(&l);
    agent_of(&l);
    lab_put(&l, "ws/a", "one\n");
    lab_put(&l, "p.yaml",
            "turns:\n  - call: {tool: run_bash, args: {command: \"echo two > a\"}}\n  - say: "
            "Done.\n  - "
            "say: Thanks.\n");
    l.opts.interactive = true;
    lab_start(&l, "p.yaml");
    goal(&l, "go");
    engine_ask(l.g, REQUEST_DIFF, "goal", NULL);
    const struct event *q = lab_until_type(&l, EVENT_APPROVAL, 20000);
    assert_non_null(q);
    assert_string_equal(q->approval.kind, "diff");
    assert_has(q->approval.detail, "-one\n+two\n");
    struct request r = request_of(REQUEST_ANSWER, q->approval.id, "n");
    r.answer.text = mem_strdup("a:1: why?");
    engine_post(l.g, r);
    const struct event *ev = lab_until_type(&l, EVENT_USER, 20000);
    assert_non_null(ev);
    assert_string_equal(ev->user.text, "a:1: why?");
    assert_non_null(lab_until_type(&l, EVENT_RESULT, 20000));
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(a_command_that_deleted_and_rewrote_is_undone),
                                       T(what_was_said_goes_with_it),
                                       T(what_the_user_changed_is_asked_about),
                                       T(the_first_state_is_the_one_before),
                                       T(a_task_is_unmade_and_later_work_stays),
                                       T(a_goal_is_unmade_and_the_next_one_stays),
                                       T(the_round_that_broke_a_check_is_named),
                                       T(what_cannot_be_searched_for_is_said),
                                       T(a_search_can_be_stopped),
                                       T(nothing_is_kept_where_it_is_not_wanted),
                                       T(a_diff_is_shown_and_notes_are_sent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
