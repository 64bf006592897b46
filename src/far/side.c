#include "far/side.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/chance.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sweep.h"
#include "far/carry.h"
#include "far/io.h"
#include "far/wire.h"
#include "host/process.h"
#include "host/process_env.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"

#define DIR_PREFIX "mien-far-"
#define DIR_LETTERS 10
#define DIR_UNUSED_S (24 * 3600)
#define SWEEP_MS 1000
#define PACK_TRIES 5
#define SIGNAL_MS 500
#define CHECK_KEPT 2000
#define LOST_MS 60000 /* until home says how long */

struct side {
    struct loop *loop;
    struct far_io io;
    char *const *env;
    cJSON *start;
    struct buf pack, line; /* line: of what the goal's mien prints */
    struct carry carry;
    char *dir, *workspace; /* dir: of our own, while a workspace is carried */
    int held, signals;
    bool carried, packed, stopped, over;
    int signal;
    int64_t heard_ms, lost_ms;
    struct loop_timer *tick;
    struct process *goal;
    struct process *check; /* of the goal, before what changed goes home */
    struct error e;
};

static void say(struct side *s, cJSON *j)
{
    AUTO_FREE char *text = json_print(j);
    far_io_send(&s->io, text, strlen(text));
    cJSON_Delete(j);
}

static cJSON *word(const char *name)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "far", name);
    return j;
}

/* ---- the goal's mien ---- */

static void pass_line(void *arg, const char *text, size_t n)
{
    far_io_send(&((struct side *)arg)->io, text, n);
}

static void on_output(void *arg, const char *text, size_t n)
{
    struct side *s = arg;
    if (!far_lines(&s->line, text, n, pass_line, s))
        process_stop(s->goal);
}

static void on_errors(void *arg, const char *text, size_t n)
{
    ssize_t w = write(2, text, n);
    (void)w; /* nobody reads: nothing is lost but words */
}

static void add_words(const cJSON *list, const char **out, size_t *n)
{
    const cJSON *w;
    cJSON_ArrayForEach(w, list)
    {
        if (cJSON_IsString(w))
            out[(*n)++] = w->valuestring;
    }
}

static bool run_goal(struct side *s, const char *agent)
{
    const cJSON *words = json_get(s->start, "words"), *sent = json_get(s->start, "env");
    size_t n = 0, m = 0;
    AUTO_FREE char *self = process_self();
    while (s->env[m])
        m++;
    const char **argv = mem_alloc(((size_t)cJSON_GetArraySize(words) + 8) * sizeof *argv);
    const char **sends = mem_alloc(((size_t)cJSON_GetArraySize(sent) + 1) * sizeof *sends);
    size_t sends_n = 0;
    add_words(sent, sends, &sends_n);
    VEC(char *) env = {0};
    /* What is sent stands for what is there. */
    for (size_t i = 0; i < m; i++) {
        size_t len = strcspn(s->env[i], "=") + 1;
        bool again = false;
        for (size_t k = 0; k < sends_n; k++)
            again = again || strncmp(sends[k], s->env[i], len) == 0;
        if (!again)
            VEC_PUSH(&env, mem_strdup(s->env[i]));
    }
    for (size_t k = 0; k < sends_n; k++)
        VEC_PUSH(&env, mem_strdup(sends[k]));
    VEC_PUSH(&env, NULL);
    argv[n++] = self;
    argv[n++] = "exec";
    argv[n++] = "--workspace";
    argv[n++] = s->workspace;
    if (agent)
        argv[n++] = "--agent";
    if (agent)
        argv[n++] = agent;
    add_words(words, argv, &n);
    const struct process_spec spec = {.argv = argv,
                                      .env = env.ptr,
                                      .cwd = s->workspace,
                                      .output = on_output,
                                      .errors = on_errors,
                                      .arg = s,
                                      .input = true};
    s->goal = process_start(s->loop, &spec, &s->e);
    process_env_free(env.ptr);
    free(argv);
    free(sends);
    return s->goal != NULL;
}

/* ---- its workspace ---- */

static bool make_dir(struct side *s)
{
    char name[DIR_LETTERS + 1];
    const char *tmp = getenv("TMPDIR");
    tmp = tmp && *tmp == '/' ? tmp : "/tmp";
    /* What one left that was killed at once. */
    sweep_unused(tmp, DIR_PREFIX, strlen(DIR_PREFIX) + DIR_LETTERS, DIR_UNUSED_S,
                 clock_ms() + SWEEP_MS);
    chance_word(name, DIR_LETTERS);
    s->dir = mem_printf("%s/" DIR_PREFIX "%s", tmp, name);
    s->workspace = mem_printf("%s/workspace", s->dir);
    if (mkdir(s->dir, 0700) != 0 || mkdir(s->workspace, 0755) != 0)
        return error_errno(&s->e, errno, "cannot make %s", s->workspace);
    s->held = sweep_hold(s->dir);
    return true;
}

static char *host_name(void)
{
    char name[256] = "the other side";
    gethostname(name, sizeof name - 1);
    return mem_strdup(name);
}

static bool make_workspace(struct side *s)
{
    struct stat st;
    const char *shared = json_str(s->start, "workspace", NULL);
    AUTO_FREE char *host = host_name();
    if (shared) {
        s->workspace = mem_strdup(shared);
        return (stat(shared, &st) == 0 && S_ISDIR(st.st_mode)) ||
               error_set(&s->e, ERR_NOT_FOUND,
                         "the directory %s is not there on %s: share it between the machines, or "
                         "set \"workspace: carry\" so that its files are brought over",
                         shared, host);
    }
    if (!make_dir(s))
        return false;
    AUTO_FREE char *store = mem_printf("%s/store", s->dir);
    if (!carry_open(&s->carry, store, s->workspace, &s->e))
        return error_prefix(&s->e, "the files cannot be unpacked on %s", host);
    s->carried = true;
    return carry_unpack(&s->carry, &s->pack, &s->e) ||
           error_prefix(&s->e, "the files could not be unpacked on %s", host);
}

static char *write_agent(struct side *s)
{
    const cJSON *a = json_get(s->start, "agent");
    const char *text = json_str(a, "text", NULL), *name = json_str(a, "name", "agent.yaml");
    if (!text || !s->dir || strchr(name, '/'))
        return NULL;
    char *path = mem_printf("%s/%s", s->dir, name);
    if (file_write_fast(path, text, strlen(text), &s->e))
        return path;
    free(path);
    return NULL;
}

static void begin(struct side *s)
{
    AUTO_FREE char *agent = NULL;
    bool ok = make_workspace(s);
    buf_fini(&s->pack);
    agent = ok ? write_agent(s) : NULL;
    ok = ok && !s->e.code && run_goal(s, agent);
    s->over = !ok;
}

/* ---- home ---- */

static void stop(struct side *s)
{
    s->stopped = true;
    if (s->goal)
        process_stop(s->goal);
    else
        s->over = true;
}

static void on_tick(void *arg)
{
    struct side *s = arg;
    int64_t now = clock_ms();
    s->tick = loop_timer_add(s->loop, now + s->lost_ms / 3, on_tick, s);
    if (now - s->heard_ms > 2 * s->lost_ms)
        s->io.broken = true; /* home is gone, and its machine did not say so */
    say(s, word("alive"));
}

static void take_start(struct side *s, cJSON *j)
{
    s->start = j;
    s->lost_ms = MAX(json_int(j, "lost_ms", LOST_MS), 3);
    loop_timer_remove(s->loop, s->tick);
    on_tick(s);
    if (json_str(j, "workspace", NULL))
        begin(s);
}

static void on_line(void *arg, const char *text, size_t n)
{
    struct side *s = arg;
    cJSON *j;
    const char *name = far_word(text, n, &j);
    s->heard_ms = clock_ms();
    if (name && strcmp(name, "start") == 0 && !s->start) {
        take_start(s, j);
        return;
    }
    if (name && strcmp(name, "pack") == 0 && !far_pack_take(j, &s->pack, CARRY_MAX))
        s->over = !error_set(&s->e, ERR_PARSE, "what came of the workspace cannot be read");
    else if (name && strcmp(name, "packed") == 0 && s->start && !s->goal && !s->over)
        begin(s);
    else if (name && strcmp(name, "stop") == 0)
        stop(s);
    else if (name && strcmp(name, "nobody") == 0 && s->goal)
        process_close_input(s->goal);
    else if (!name && s->goal &&
             (!process_write(s->goal, text, n) || !process_write(s->goal, "\n", 1)))
        on_errors(s, "mien: a line was not taken\n", 27);
    cJSON_Delete(j);
}

static void on_signal(void *arg, int fd, short revents)
{
    struct side *s = arg;
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info)
        return;
    s->signal = (int)info.ssi_signo;
    stop(s);
}

static int take_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- the end ---- */

static void bring_back(struct side *s)
{
    AUTO(buf) bundle = {0};
    if (!s->carried || s->io.broken || s->io.ended)
        return;
    /* Who ends a job signals every process of it, and not once: git may be hit as well. */
    bool ok = false;
    struct error e = {0};
    for (int tries = s->signal ? PACK_TRIES : 1; !ok && tries > 0; tries--)
        ok = carry_pack_changes(&s->carry, &bundle, &e);
    if (ok)
        far_pack_lines(bundle.ptr, bundle.len, pass_line, s);
    else
        error_set(&s->e, e.code, "what changed could not be packed: %s", e.text);
}

/* Who ends a job signals every process of it: the goal's may be gone before we hear of it. */
static void hear_signal(struct side *s)
{
    int code = s->goal ? process_code(s->goal) : 0;
    int64_t until = clock_ms() + SIGNAL_MS;
    while ((code < 0 || code >= 128) && !s->signal && !s->stopped && !s->io.ended &&
           !s->io.broken && clock_ms() < until)
        loop_step(s->loop, until);
}

/* It runs what a model wrote: confined as the model's own commands are. */
static bool start_check(struct side *s, const char *command)
{
    char why[256];
    AUTO_FREE char *tmp = mem_printf("%s/tmp", s->dir);
    if (mkdir(tmp, 0700) != 0 && errno != EEXIST)
        return error_errno(&s->e, errno, "cannot make %s", tmp);
    struct sandbox *box = sandbox_new(s->workspace, tmp, false);
    (void)sandbox_probe(box, SANDBOX_FULL, why);
    const struct process_spec spec = {.command = command,
                                      .cwd = s->workspace,
                                      .tmp = tmp,
                                      .sandbox = box,
                                      .timeout_ms = json_int(s->start, "check_ms", 0),
                                      .keep = CHECK_KEPT};
    s->check = process_start(s->loop, &spec, &s->e);
    sandbox_free(box);
    return s->check != NULL;
}

static void run_check(struct side *s)
{
    const char *command = json_str(s->start, "check", NULL);
    if (!command || !s->carried || !s->goal || process_code(s->goal) != 0 || s->signal ||
        s->stopped || s->io.ended || s->io.broken || !start_check(s, command))
        return;
    while (process_running(s->check)) {
        loop_step(s->loop, -1);
        if (s->stopped || s->io.ended || s->io.broken)
            process_stop(s->check);
    }
}

static cJSON *check_result(const struct side *s)
{
    AUTO(buf) out = {0};
    cJSON *j = cJSON_CreateObject();
    bool green = process_code(s->check) == 0 && !process_timed_out(s->check);
    json_add_str(j, "command", json_str(s->start, "check", ""));
    json_add_bool(j, "green", green);
    (void)process_output(s->check, &out);
    if (!green)
        json_add_strn(j, "output", buf_cstr(&out), out.len);
    return j;
}

static void say_end(struct side *s)
{
    cJSON *j = word("end");
    json_add_int(j, "exit", s->goal ? process_code(s->goal) : -1);
    if (s->signal)
        json_add_int(j, "signal", s->signal);
    if (s->e.code)
        json_add_str(j, "error", s->e.text);
    if (s->check)
        json_add(j, "check", check_result(s));
    say(s, j);
}

static bool at_work(const struct side *s)
{
    if (s->goal)
        return process_running(s->goal);
    return !s->over && !s->io.ended && !s->io.broken;
}

static void side_fini(struct side *s)
{
    process_free(s->goal);
    process_free(s->check);
    loop_timer_remove(s->loop, s->tick);
    far_io_fini(&s->io);
    if (s->carried)
        carry_fini(&s->carry);
    if (s->dir)
        sweep_tree(s->dir);
    if (s->held >= 0)
        close(s->held);
    free(s->dir);
    free(s->workspace);
    cJSON_Delete(s->start);
    buf_fini(&s->pack);
    buf_fini(&s->line);
    if (s->signals >= 0)
        close(s->signals);
}

int far_serve(const char *nonce, char *const *env)
{
    struct side s = {.env = env,
                     .held = -1,
                     .heard_ms = clock_ms(),
                     .lost_ms = LOST_MS,
                     .signals = take_signals()};
    struct error e = {0};
    s.loop = loop_new(&e);
    if (!s.loop)
        return 1;
    s.io = (struct far_io){.loop = s.loop, .in = 0, .out = 1, .fn = on_line, .arg = &s};
    far_io_init(&s.io);
    struct loop_fd *signals =
        s.signals >= 0 ? loop_fd_add(s.loop, s.signals, POLLIN, on_signal, &s) : NULL;
    /* A line of its own, whatever stands there already. */
    AUTO_FREE char *mark = mem_printf("\n" FAR_MARK "%s %d", nonce, FAR_VERSION);
    far_io_send(&s.io, mark, strlen(mark));
    s.tick = loop_timer_add(s.loop, clock_ms() + s.lost_ms / 3, on_tick, &s);
    while (at_work(&s)) {
        loop_step(s.loop, -1);
        if (s.goal && (s.io.ended || s.io.broken))
            stop(&s);
    }
    hear_signal(&s);
    run_check(&s);
    bring_back(&s);
    say_end(&s);
    while (far_queue_left(&s.io.queue) && !s.io.broken && !s.io.ended)
        loop_step(s.loop, -1);
    int code = s.goal && !s.e.code ? process_code(s.goal) : 1;
    loop_fd_remove(s.loop, signals);
    side_fini(&s);
    loop_free(s.loop);
    return code;
}
