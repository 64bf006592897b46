/* What many delegates cost the mien that waits for them: delegates N. Lines of NAME VALUE. Their
 * processes are not started but for one, which is counted; their descriptors and events are real.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/process.h"
#include "jobs/delegate_events.h"
#include "jobs/jobs.h"
#include "run/outbox.h"

#define ROUNDS 3
#define WAKES 200
#define DRAWN 20

/* Of a round, as mien exec --json prints it: what is folded and what is passed over. */
static const char *const events[] = {
    "{\"type\":\"round_start\",\"session\":\"s\",\"seq\":10,\"round\":1,\"max_rounds\":256,"
    "\"node\":0}",
    "{\"type\":\"phase\",\"session\":\"s\",\"seq\":11,\"phase\":\"prepare\",\"round\":1,\"limit\":"
    "256}",
    "{\"type\":\"gauge\",\"session\":\"s\",\"seq\":12,\"used\":1145,\"window\":8192,\"reserved\":"
    "2048}",
    "{\"type\":\"phase\",\"session\":\"s\",\"seq\":13,\"phase\":\"connect\",\"round\":1,\"limit\":"
    "256}",
    "{\"type\":\"phase\",\"session\":\"s\",\"seq\":14,\"phase\":\"wait\",\"round\":1,\"limit\":"
    "256}",
    "{\"type\":\"phase\",\"session\":\"s\",\"seq\":15,\"phase\":\"stream\",\"round\":1,\"limit\":"
    "256}",
    "{\"type\":\"text\",\"session\":\"s\",\"seq\":32,\"text\":\"I look at the file that the test "
    "names, "
    "then change it.\",\"restart\":false}",
    "{\"type\":\"usage\",\"session\":\"s\",\"seq\":17,\"input\":1293,\"cached\":0,\"output\":20,"
    "\"cost\":0,\"total_input\":1293,\"total_cached\":0,\"total_output\":20,\"total_cost\":0}",
    "{\"type\":\"tool_call\",\"session\":\"s\",\"seq\":20,\"id\":\"g01t000c0\",\"name\":\"write_"
    "file\","
    "\"summary\":\"src/parser.c\"}",
    "{\"type\":\"tool_result\",\"session\":\"s\",\"seq\":21,\"id\":\"g01t000c0\",\"ok\":true,"
    "\"summary\":\"12 lines\"}",
    "{\"type\":\"phase\",\"session\":\"s\",\"seq\":23,\"phase\":\"evaluate\",\"round\":1,\"limit\":"
    "256}",
    "{\"type\":\"progress\",\"session\":\"s\",\"seq\":24,\"text\":\"Round 1 | 1 actions, 0 "
    "failed\"}",
    "{\"type\":\"round_end\",\"session\":\"s\",\"seq\":25,\"round\":1,\"tools\":1,\"own_us\":"
    "18668}",
};

static struct reactor reactor;
static struct outbox out;
static struct jobs jobs;

static int descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void heard(void *arg, const char *s, size_t n)
{
    (void)arg, (void)s, (void)n;
}

static int descriptors_of_one(void)
{
    struct error e = {0};
    static const char *const argv[] = {"sleep", "60", NULL};
    struct process_spec spec = {.argv = argv, .output = heard, .errors = heard, .input = true};
    int before = descriptors();
    struct process *p = process_start(reactor.loop, &spec, &e);
    int n = p ? descriptors() - before : -1;
    process_free(p);
    return n;
}

static struct delegate *running(int64_t number)
{
    struct delegate *d = mem_alloc(sizeof *d);
    d->owner = &jobs.delegation;
    d->number = number;
    d->call_id = mem_printf("g01t%03lldc0", (long long)number);
    d->agent = mem_strdup("worker");
    d->file = mem_strdup("/home/me/.config/mien/agents/worker.yaml");
    d->goal = mem_strdup("make the tests of one module pass and say what was wrong with it");
    d->workspace = mem_strdup(".agent_workspace/make-the-tests-of-one-module-pass");
    d->state = DELEGATE_RUNNING;
    d->silence_ms = 300000;
    VEC_PUSH(&jobs.delegation.all, d);
    return d;
}

static void on_ready(void *arg, int fd, short revents)
{
    char c;
    (void)revents;
    if (read(fd, &c, 1) == 1)
        ++*(int *)arg;
}

/* Each delegate is three watched descriptors; one of all of them speaks. Microseconds to hear it.
 */
static double wake_us(int n)
{
    int first[2], last[2], seen = 0;
    VEC(struct loop_fd *) watches = {0};
    if (pipe(first) != 0 || pipe(last) != 0)
        return -1;
    for (int i = 0; i < 3 * n - 1; i++) {
        int fd = dup(first[0]);
        if (fd < 0)
            return -1;
        VEC_PUSH(&watches, loop_fd_add(reactor.loop, fd, POLLIN, on_ready, &seen));
    }
    VEC_PUSH(&watches, loop_fd_add(reactor.loop, last[0], POLLIN, on_ready, &seen));
    int64_t since = clock_us();
    for (int i = 0; i < WAKES; i++) {
        if (write(last[1], "x", 1) != 1)
            return -1;
        while (seen == i)
            loop_step(reactor.loop, -1);
    }
    double us = (double)(clock_us() - since) / WAKES;
    for (size_t i = 0; i < watches.len; i++)
        loop_fd_remove(reactor.loop, watches.ptr[i]);
    VEC_FREE(&watches);
    return us;
}

int main(int argc, char **argv)
{
    struct error e = {0};
    int n = argc > 1 ? atoi(argv[1]) : 0;
    struct rlimit files;
    if (n < 1 || n > 1000000)
        return 2;
    getrlimit(RLIMIT_NOFILE, &files);
    printf("limit_descriptors %lld\n", (long long)files.rlim_cur);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    reactor = (struct reactor){.loop = loop_new(&e)};
    out = (struct outbox){.events = event_queue_new(&e), .session = "own"};
    jobs = (struct jobs){.reactor = &reactor, .out = &out};
    jobs.delegation = (struct delegation){.reactor = &reactor,
                                          .out = &out,
                                          .number = &jobs.number,
                                          .changed = jobs_changed,
                                          .tell = jobs_tell,
                                          .jobs = &jobs};
    printf("descriptors %d\n", descriptors_of_one());
    printf("wake_us %.2f\n", wake_us(n));
    size_t before = mallinfo2().uordblks;
    for (int i = 1; i <= n; i++)
        (void)running(i);
    printf("bytes_at_rest %zu\n", (mallinfo2().uordblks - before) / (size_t)n);
    int64_t since = clock_us();
    int64_t lines = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < n; i++)
            for (size_t k = 0; k < COUNT_OF(events); k++, lines++) {
                delegate_feed(jobs.delegation.all.ptr[i], events[k], strlen(events[k]));
                delegate_feed(jobs.delegation.all.ptr[i], "\n", 1);
            }
    printf("event_us %.3f\n", (double)(clock_us() - since) / (double)lines);
    printf("bytes_at_work %zu\n", (mallinfo2().uordblks - before) / (size_t)n);
    since = clock_us();
    size_t bytes = 0;
    for (int i = 0; i < DRAWN; i++) {
        char *rows = jobs_to_json(&jobs);
        bytes = strlen(rows);
        free(rows);
    }
    printf("rows_ms %.3f\n", (double)(clock_us() - since) / 1000 / DRAWN);
    printf("rows_bytes %zu\n", bytes);
    return 0;
}
