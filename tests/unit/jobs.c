/* What runs beside the conversation, once it has ended: what is kept of it does not grow. */
#include "host_help.h"

#include "base/file.h"
#include "config/agentfile.h"
#include "host/workspace.h"
#include "jobs/jobs.h"
#include "jobs/servers.h"
#include "plan/tree.h"
#include "run/outbox.h"
#include "session/usage.h"

static struct reactor reactor;
static struct outbox out;
static struct permit permit;
static struct shell shell;
static struct tree tree;
static struct usage usage;
static char worker[] = "worker", boss[] = "boss", sh[] = "sh", dash_c[] = "-c";
static struct agent_target target = {.agent = worker, .file = worker};
static struct agent_file file = {.name = boss, .targets = &target, .target_count = 1};
static struct jobs jobs;

static void no_limits(void *arg, struct delegate_means *m)
{
    m->model = "m";
}

static int begin(void **s)
{
    struct error e = {0};
    if (setup(s) != 0)
        return -1;
    setenv("MIEN_STATE_DIR", top, 1);
    reactor = (struct reactor){.loop = loop};
    out = (struct outbox){.events = event_queue_new(&e), .session = "own"};
    permit =
        (struct permit){.policy = POLICY_YOLO,
                        .ask = {.reactor = &reactor, .out = &out, .without = mem_strdup("fail")}};
    shell = (struct shell){
        .permit = &permit, .reactor = &reactor, .out = &out, .cwd = root, .tmp = tmp, .keep = 4096};
    jobs = (struct jobs){.reactor = &reactor, .out = &out, .shell = &shell};
    jobs.delegation = (struct delegation){.reactor = &reactor,
                                          .out = &out,
                                          .shell = &shell,
                                          .ws = workspace_open(root, &e),
                                          .tree = &tree,
                                          .usage = &usage,
                                          .file = &file,
                                          .number = &jobs.number,
                                          .means = no_limits,
                                          .changed = jobs_changed,
                                          .tell = jobs_tell,
                                          .jobs = &jobs};
    return jobs.delegation.ws && out.events ? 0 : -1;
}

static int end(void **s)
{
    jobs_fini(&jobs);
    workspace_close(jobs.delegation.ws);
    usage_reset(&usage);
    permit_fini(&permit);
    event_queue_free(out.events);
    outbox_fini(&out);
    return teardown(s);
}

/* A delegate that says so much and is done. */
static void delegate(int number, int bytes)
{
    struct error e = {0};
    struct delegate_result r;
    AUTO_FREE char *script = mem_printf(
        "echo '{\"type\":\"session_start\",\"session\":\"s%d\",\"model\":\"m\"}'\n"
        "echo '{\"type\":\"tool_call\",\"session\":\"s%d\",\"name\":\"look\",\"summary\":\"x\"}'\n"
        "printf '{\"type\":\"text\",\"session\":\"s%d\",\"text\":\"'\n"
        "head -c %d /dev/zero | tr '\\0' x\n"
        "echo '\"}'\n"
        "echo '{\"type\":\"result\",\"session\":\"s%d\",\"success\":true,\"status\":\"complete\","
        "\"summary\":\"done\"}'\n",
        number, number, number, bytes, number);
    char *words[] = {sh, dash_c, script};
    struct opt_list launcher = {.items = words, .count = COUNT_OF(words)};
    AUTO_FREE char *id = mem_printf("call-%d", number);
    struct delegate_spec spec = {.call_id = id,
                                 .agent = "worker",
                                 .goal = "work",
                                 .workspace = ".",
                                 .launcher = &launcher,
                                 .max_parallel = 1};
    if (!delegate_wait(&jobs.delegation, &spec, &r, &e))
        fail_msg("%s", e.text);
    assert_true(r.success);
    delegate_result_fini(&r);
}

static void transcripts_of_ended_delegates_are_bounded_together(void **s)
{
    struct error e = {0};
    size_t kept = 0;
    AUTO(buf) log = {0};
    AUTO_FREE char *session = NULL;
    for (int i = 1; i <= 8; i++)
        delegate(i, 250000);
    assert_int_equal(jobs.delegation.all.len, 8);
    for (size_t i = 0; i < 8; i++)
        kept += jobs.delegation.all.ptr[i]->transcript.len;
    assert_in_range(kept, 500000, DELEGATE_TRANSCRIPTS);
    assert_true(jobs.delegation.all.ptr[7]->transcript.len > 250000);
    /* The oldest one's own session has the whole. */
    assert_true(jobs_log(&jobs, "worker-1", &log, &session, &e));
    assert_string_equal(session, "s1");
    assert_true(log.len < 200);
    /* Rows and verdicts stay. */
    AUTO_FREE char *rows = jobs_to_json(&jobs);
    assert_non_null(strstr(rows, "\"worker-1\""));
}

static void of_an_ended_delegate_its_row_and_verdict_are_kept(void **s)
{
    delegate(1, 10);
    const struct delegate *d = jobs.delegation.all.ptr[0];
    assert_string_equal(d->status, "complete");
    assert_string_equal(d->session, "s1");
    assert_null(d->process);
    assert_null(d->before);
    assert_null(d->checks);
    assert_int_equal(d->last.len, 0);
    assert_int_equal(d->launch.words.len, 0);
    assert_int_equal(d->line.cap + d->complaints.cap, 0);
}

static void what_did_not_change_is_not_saved_anew(void **s)
{
    assert_false(jobs_worth_saving(&jobs));
    delegate(1, 10);
    assert_true(jobs_worth_saving(&jobs));
    uint64_t changes = jobs.changes;
    AUTO_FREE char *rows = jobs_to_json(&jobs);
    assert_int_equal(jobs.changes, changes);
    delegate(2, 10);
    assert_true(jobs.changes > changes);
}

static void ended_servers_beyond_fifty_are_dropped(void **s)
{
    struct command_result r;
    jobs_command_start(&jobs, &(struct command_spec){.command = "sleep 60"}, &r);
    assert_int_equal(r.job, 1);
    for (int i = 0; i < 60; i++) {
        jobs_command_start(&jobs, &(struct command_spec){.command = "true"}, &r);
        assert_false(r.refused);
        PUMP(server_ended(servers_at(jobs.servers, servers_count(jobs.servers) - 1)));
    }
    assert_int_equal(servers_count(jobs.servers), 52); /* and what runs, and the newest */
    assert_non_null(servers_find(jobs.servers, "job-1"));
    assert_null(servers_find(jobs.servers, "job-2"));
    assert_non_null(servers_find(jobs.servers, "job-61"));
}

/* It is told by itself once, and not at all where a look told it. */
static void the_end_of_a_background_command_is_told_once(void **s)
{
    struct command_result r;
    struct server_status status;
    struct error e = {0};
    AUTO(buf) told = {0};
    for (int i = 0; i < 2; i++)
        jobs_command_start(&jobs, &(struct command_spec){.command = "echo working; exit 4"}, &r);
    PUMP(jobs_server_ended(&jobs, "job-1") && jobs_server_ended(&jobs, "job-2"));
    assert_true(jobs_server_ended(&jobs, "job-3"));
    assert_true(jobs_server_check(&jobs, "job-2", 5, &status, &e));
    assert_int_equal(status.code, 4);
    server_status_fini(&status);
    jobs_ended(&jobs, &told);
    assert_non_null(strstr(buf_cstr(&told), "job-1 ended: exit 4"));
    assert_non_null(strstr(buf_cstr(&told), "working"));
    assert_null(strstr(buf_cstr(&told), "job-2"));
    buf_clear(&told);
    jobs_ended(&jobs, &told);
    assert_int_equal(told.len, 0);
}

#define J(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {J(transcripts_of_ended_delegates_are_bounded_together),
                                       J(of_an_ended_delegate_its_row_and_verdict_are_kept),
                                       J(what_did_not_change_is_not_saved_anew),
                                       J(ended_servers_beyond_fifty_are_dropped),
                                       J(the_end_of_a_background_command_is_told_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
