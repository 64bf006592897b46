#include "far/home.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/chance.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sweep.h"
#include "base/text.h"
#include "base/utf8.h"
#include "far/carry.h"
#include "far/io.h"
#include "far/launcher.h"
#include "far/wire.h"
#include "host/process.h"
#include "host/process_env.h"

#define START_MS (3600 * 1000)
#define LOST_MS 60000
#define LEAVE_MS 500 /* for last events, after a stop: less than who stops us gives us */
#define END_MS 5000  /* for the launcher, after the far side has ended */
#define NOISE_MAX ((size_t)1 << 20)
#define SAID_MAX 4096
#define AGENT_MAX ((size_t)1 << 20)
#define STORE_PREFIX "carry-"
#define STORE_UNUSED_S (24 * 3600)
#define SWEEP_MS 1000
#define WRITE_PART ((size_t)65536)

struct home {
    struct loop *loop;
    struct far_io io; /* who started us */
    char *const *env;
    cJSON *spec;
    char nonce[FAR_NONCE + 1];
    struct process *launcher;
    struct buf line, said; /* of its output; the end of its errors */
    struct buf noise;      /* what came before the mark, its end */
    size_t noise_all;
    struct far_queue queue; /* to the far side */
    struct buf early;       /* lines for it that came before it was there */
    struct buf over, back;
    struct carry carry;
    char *store;
    bool here, carried, reached, ended, leaving, over_at; /* here: on this machine */
    int exit, signal, signals;
    cJSON *check; /* what came of it there; NULL: none was to run, or the goal failed */
    int64_t heard_ms, start_ms, lost_ms;
    struct loop_timer *tick, *leave;
    char status[16];
    char error[2048];
};

/* ---- to who started us ---- */

static void tell(struct home *h, cJSON *j)
{
    AUTO_FREE char *text = json_print(j);
    far_io_send(&h->io, text, strlen(text));
    cJSON_Delete(j);
}

static cJSON *state(const char *name)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "type", "far");
    json_add_str(j, "state", name);
    return j;
}

/* The first reason is the one; what follows comes of it. */
static void fail(struct home *h, const char *status, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void fail(struct home *h, const char *status, const char *fmt, ...)
{
    va_list ap;
    h->over_at = true;
    if (*h->status)
        return;
    snprintf(h->status, sizeof h->status, "%s", status);
    va_start(ap, fmt);
    vsnprintf(h->error, sizeof h->error, fmt, ap);
    va_end(ap);
}

/* ---- to the far side ---- */

static void pump(void *arg)
{
    struct home *h = arg;
    size_t left;
    while ((left = far_queue_left(&h->queue))) {
        size_t n = MIN(left, WRITE_PART);
        if (!process_write(h->launcher, h->queue.text.ptr + h->queue.at, n))
            return;
        far_queue_took(&h->queue, n);
    }
}

static void send_text(void *arg, const char *text, size_t n)
{
    struct home *h = arg;
    far_queue_add(&h->queue, text, n);
    far_queue_add(&h->queue, "\n", 1);
}

static void send_word(struct home *h, const char *name)
{
    AUTO_FREE char *text = mem_printf("{\"far\":\"%s\"}", name);
    send_text(h, text, strlen(text));
    pump(h);
}

static cJSON *agent_sent(const char *path)
{
    AUTO(buf) text = {0};
    if (!path || *path != '/' || !file_read(path, &text, AGENT_MAX, NULL))
        return NULL;
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "name", strrchr(path, '/') + 1);
    json_add_strn(j, "text", text.ptr, text.len);
    return j;
}

static cJSON *variables(const struct home *h)
{
    cJSON *list = cJSON_CreateArray();
    const cJSON *v;
    cJSON_ArrayForEach(v, json_get(h->spec, "set"))
    {
        cJSON_AddItemToArray(list, cJSON_Duplicate(v, true));
    }
    cJSON_ArrayForEach(v, json_get(h->spec, "environment"))
    {
        const char *entry = cJSON_IsString(v) ? launcher_variable(h->env, v->valuestring) : NULL;
        if (entry)
            cJSON_AddItemToArray(list, cJSON_CreateString(entry));
        else
            dprintf(2, "mien: %s is to go to the other machine, but it is not set here\n",
                    cJSON_IsString(v) ? v->valuestring : "?");
    }
    return list;
}

static void send_start(struct home *h)
{
    AUTO_JSON *j = cJSON_CreateObject();
    const char *agent = json_str(h->spec, "agent", NULL);
    cJSON *sent = h->carried && !h->here ? agent_sent(agent) : NULL;
    cJSON *words = json_get(h->spec, "words") ? cJSON_Duplicate(json_get(h->spec, "words"), true)
                                              : cJSON_CreateArray();
    if (agent && !sent) {
        cJSON_InsertItemInArray(words, 0, cJSON_CreateString(agent));
        cJSON_InsertItemInArray(words, 0, cJSON_CreateString("--agent"));
    }
    json_add_str(j, "far", "start");
    json_add(j, "words", words);
    json_add(j, "env", variables(h));
    json_add_str(j, "check", json_str(h->spec, "check", NULL));
    json_add_int(j, "check_ms", json_int(h->spec, "check_ms", 0));
    json_add_int(j, "lost_ms", h->lost_ms);
    if (sent)
        json_add(j, "agent", sent);
    if (!h->carried)
        json_add_str(j, "workspace", json_str(h->spec, "workspace", ""));
    AUTO_FREE char *text = json_print(j);
    send_text(h, text, strlen(text));
    if (h->carried) {
        far_pack_lines(h->over.ptr, h->over.len, send_text, h);
        send_word(h, "packed");
    }
    buf_fini(&h->over);
    far_queue_add(&h->queue, buf_cstr(&h->early), h->early.len);
    buf_fini(&h->early);
    pump(h);
}

/* ---- from the far side ---- */

static void take_mark(struct home *h, const char *text, size_t n)
{
    AUTO_FREE char *mark = mem_printf(FAR_MARK "%s ", h->nonce);
    const char *at = memmem(text, n, mark, strlen(mark));
    if (!at) {
        h->noise_all += n + 1;
        buf_add(&h->noise, text, MIN(n, SAID_MAX));
        buf_addc(&h->noise, '\n');
        if (h->noise.len > SAID_MAX)
            buf_drop_head(&h->noise, h->noise.len - SAID_MAX / 2);
        return;
    }
    int version = atoi(at + strlen(mark));
    if (version != FAR_VERSION) {
        fail(h, "not started",
             "the mien there speaks version %d of the protocol and this one %d: install the same "
             "version on both sides",
             version, FAR_VERSION);
        return;
    }
    h->reached = true;
    tell(h, state("reached"));
    send_start(h);
}

static void take_end(struct home *h, const cJSON *j)
{
    h->ended = true;
    h->exit = (int)json_int(j, "exit", -1);
    h->signal = (int)json_int(j, "signal", 0);
    const char *error = json_str(j, "error", NULL);
    h->check = json_get(j, "check") ? cJSON_Duplicate(json_get(j, "check"), true) : NULL;
    if (h->signal && !h->leaving)
        fail(h, "killed",
             "it was told to end there by signal %d: a time limit, or somebody cancelled it%s%s",
             h->signal, error ? "; " : "", error ? error : "");
    else if (error)
        fail(h, "failed", "%s", error);
    else if (h->exit >= 128 && !h->leaving)
        fail(h, "died", "it was killed there by signal %d", h->exit - 128);
    else if (h->exit < 0 && !h->leaving)
        fail(h, "died", "its processes were killed there");
}

static void on_far_line(void *arg, const char *text, size_t n)
{
    struct home *h = arg;
    cJSON *j;
    if (!h->reached || h->ended) {
        if (!h->ended)
            take_mark(h, text, n);
        return;
    }
    const char *name = far_word(text, n, &j);
    if (n > strlen(FAR_MARK) && memcmp(text, FAR_MARK, strlen(FAR_MARK)) == 0 &&
        memmem(text, n, h->nonce, FAR_NONCE)) /* two would do the same work side by side */
        fail(h, "garbage",
             "the launcher started mien more than once; give it one task alone (srun -n1)");
    else if (!name)
        far_io_send(&h->io, text, n);
    else if (strcmp(name, "end") == 0)
        take_end(h, j);
    else if (strcmp(name, "pack") == 0 && !far_pack_take(j, &h->back, CARRY_MAX))
        fail(h, "garbage", "what came of the changed files cannot be read");
    cJSON_Delete(j);
}

static void on_output(void *arg, const char *s, size_t n)
{
    struct home *h = arg;
    h->heard_ms = clock_ms();
    bool fits = far_lines(&h->line, s, n, on_far_line, h);
    bool noisy = !h->reached && h->noise_all + h->line.len > NOISE_MAX;
    if (noisy && h->noise.len == 0)
        buf_add(&h->noise, h->line.ptr, MIN(h->line.len, 200));
    if (noisy)
        fail(h, "garbage",
             "it printed more than 1 MiB before mien began there; is the launcher "
             "noisy?");
    else if (!fits)
        fail(h, "garbage", "it printed a line of more than 16 MiB");
}

static void on_errors(void *arg, const char *s, size_t n)
{
    struct home *h = arg;
    ssize_t w = write(2, s, n);
    (void)w;
    buf_add(&h->said, s, n);
    if (h->said.len > 2 * SAID_MAX)
        buf_drop_head(&h->said, h->said.len - SAID_MAX);
}

/* ---- time ---- */

static void on_tick(void *arg)
{
    struct home *h = arg;
    int64_t now = clock_ms();
    h->tick = NULL;
    if (!h->reached && now - h->heard_ms >= h->start_ms)
        fail(h, "not started", "mien did not begin there within %lld s",
             (long long)h->start_ms / 1000);
    else if (h->reached && now - h->heard_ms >= h->lost_ms)
        fail(h, "frozen",
             "nothing was heard from there for %lld s: the machine or the connection "
             "hangs",
             (long long)h->lost_ms / 1000);
    else if (h->reached && !h->ended)
        send_word(h, "alive");
    int64_t next = h->reached ? h->lost_ms / 3 : MIN(h->start_ms, h->lost_ms);
    h->tick = loop_timer_add(h->loop, now + MAX(next, 1), on_tick, h);
}

static void on_leave(void *arg)
{
    struct home *h = arg;
    h->leave = NULL;
    h->over_at = true;
}

static void leave(struct home *h)
{
    if (h->leaving)
        return;
    h->leaving = true;
    if (!h->reached || h->ended) {
        h->over_at = true;
        return;
    }
    send_word(h, "stop");
    h->leave = loop_timer_add(h->loop, clock_ms() + LEAVE_MS, on_leave, h);
}

static void on_signal(void *arg, int fd, short revents)
{
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) == sizeof info)
        leave(arg);
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

/* ---- the beginning ---- */

struct words {
    const char **ptr; /* NULL-terminated; the strings are the spec's */
    size_t len, cap;
};

static struct words words_of(const cJSON *spec, const char *name)
{
    struct words w = {0};
    const cJSON *one;
    cJSON_ArrayForEach(one, json_get(spec, name))
    {
        if (cJSON_IsString(one))
            VEC_PUSH(&w, one->valuestring);
    }
    VEC_PUSH(&w, NULL);
    return w;
}

static void start_launcher(struct home *h)
{
    struct error e = {0};
    struct words launcher = words_of(h->spec, "launcher"),
                 listed = words_of(h->spec, "environment");
    if (!launcher.ptr[0]) {
        VEC_FREE(&launcher);
        VEC_FREE(&listed);
        fail(h, "not started", "the launcher has no words");
        return;
    }
    chance_word(h->nonce, FAR_NONCE);
    char **argv = launcher_words(launcher.ptr, json_str(h->spec, "program", "mien"), h->nonce);
    h->here = launcher_stays(launcher.ptr);
    char **env = h->here ? NULL : launcher_environment(launcher.ptr, h->env, listed.ptr);
    const struct process_spec spec = {.argv = (const char *const *)argv,
                                      .env = h->here ? h->env : env,
                                      .cwd = ".",
                                      .output = on_output,
                                      .errors = on_errors,
                                      .drained = pump,
                                      .arg = h,
                                      .input = true};
    h->heard_ms = clock_ms();
    h->launcher = process_start(h->loop, &spec, &e);
    if (!h->launcher)
        fail(h, "not started", "%s", e.text);
    process_env_free(argv);
    process_env_free(env);
    VEC_FREE(&launcher);
    VEC_FREE(&listed);
}

static bool pack(struct home *h)
{
    struct error e = {0};
    char name[FAR_NONCE + 1];
    chance_word(name, FAR_NONCE);
    /* Beside the snapshots of sessions: what a kill cuts short while files come home is finished by
     * whichever mien starts in the workspace next. */
    AUTO_FREE char *place = file_state_path("rewind");
    h->store = mem_printf("%s/" STORE_PREFIX "%s", place, name);
    /* What one left that was killed. */
    sweep_unused(place, STORE_PREFIX, strlen(STORE_PREFIX) + FAR_NONCE, STORE_UNUSED_S,
                 clock_ms() + SWEEP_MS);
    if (!carry_open(&h->carry, h->store, json_str(h->spec, "workspace", "/"), &e)) {
        fail(h, "not started", "the workspace cannot be carried over: %s", e.text);
        return false;
    }
    h->carried = true;
    if (!carry_pack(&h->carry, &h->over, &e))
        fail(h, "not started", "the workspace cannot be carried over: %s", e.text);
    return !*h->status;
}

static void begin(struct home *h, const char *text, size_t n)
{
    struct error e = {0};
    h->spec = json_parse(text, n, &e);
    h->start_ms = MAX(json_int(h->spec, "start_ms", START_MS), 1);
    h->lost_ms = MAX(json_int(h->spec, "lost_ms", LOST_MS), 3);
    if (!cJSON_IsObject(h->spec))
        fail(h, "not started", "the first line does not say what is to be launched");
    else if (!json_bool(h->spec, "carry", false) || pack(h))
        start_launcher(h);
    if (h->launcher)
        h->tick = loop_timer_add(h->loop, h->heard_ms + MIN(h->start_ms, h->lost_ms), on_tick, h);
}

static void on_line(void *arg, const char *text, size_t n)
{
    struct home *h = arg;
    if (!h->spec) {
        begin(h, text, n);
    } else if (h->reached) {
        send_text(h, text, n);
        pump(h);
    } else {
        buf_add(&h->early, text, n);
        buf_addc(&h->early, '\n');
    }
}

/* ---- the end ---- */

static void bring_home(struct home *h)
{
    struct error e = {0};
    struct carried r = {0};
    if (!h->carried || !h->ended || (!h->back.len && !h->check))
        return;
    const char *name = json_str(h->spec, "name", "far");
    AUTO_FREE char *patch = NULL;
    bool good = h->exit == 0 && !h->signal &&
                (!json_str(h->spec, "check", NULL) || json_bool(h->check, "green", false));
    bool apply = good || !json_bool(h->spec, "isolated", false);
    if (h->back.len && !(apply ? carry_apply(&h->carry, &h->back, name, &r, &e)
                               : carry_keep_patch(&h->carry, &h->back, name, &patch, &e)))
        fail(h, "failed", "what it changed could not be brought back: %s", e.text);
    cJSON *j = state("carried"), *list = cJSON_CreateArray();
    json_add_str(j, "patch", patch);
    if (h->check)
        json_add(j, "check", cJSON_Duplicate(h->check, true));
    json_add_int(j, "files", r.files);
    for (size_t i = 0; i < r.conflicts.len; i++) {
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "path", r.conflicts.ptr[i]);
        json_add_str(one, "copy", i < r.copies.len ? r.copies.ptr[i] : "");
        cJSON_AddItemToArray(list, one);
    }
    json_add(j, "conflicts", list);
    tell(h, j);
    carried_fini(&r);
}

/* What the launcher, or a shell there, printed last. */
static void add_said(struct home *h)
{
    const struct buf *from = h->said.len ? &h->said : &h->noise;
    AUTO(buf) clean = {0};
    utf8_repair(&clean, from->ptr, from->len);
    while (clean.len && strchr(" \r\n", clean.ptr[clean.len - 1]))
        buf_cut(&clean, clean.len - 1);
    size_t n = clean.len, at = n > 600 ? n - 600 : 0, len = strlen(h->error);
    if (n)
        snprintf(h->error + len, sizeof h->error - len, ". It printed: %s", clean.ptr + at);
}

static void explain_end(struct home *h)
{
    int code = h->launcher ? process_code(h->launcher) : -1;
    const char *program = json_str(h->spec, "program", "mien");
    if (!h->launcher || h->leaving || *h->status || h->ended)
        return;
    if (h->reached) {
        fail(h, "lost",
             "the connection was lost: the launcher ended with exit %d before mien had "
             "ended there",
             code);
        return;
    }
    bool missing = code == 127 ||
                   (h->said.len && memmem(h->said.ptr, h->said.len, "not found", 9)) ||
                   (h->said.len && memmem(h->said.ptr, h->said.len, "No such file", 12));
    fail(h, "not started", "the launcher ended with exit %d before mien began there%s%s%s", code,
         missing ? "; if \"" : "", missing ? program : "",
         missing ? "\" is not installed there, install it, or give its path as \"program\"" : "");
}

static bool at_work(const struct home *h)
{
    if (h->over_at || h->io.broken || (h->io.ended && !h->spec))
        return false;
    return !h->launcher || (process_running(h->launcher) && !h->ended);
}

static void end_launcher(struct home *h)
{
    int64_t until = clock_ms() + END_MS;
    if (h->launcher && h->ended)
        process_close_input(h->launcher);
    while (h->launcher && h->ended && process_running(h->launcher) && clock_ms() < until &&
           !h->leaving)
        loop_step(h->loop, until);
    if (h->launcher && process_running(h->launcher))
        process_stop(h->launcher);
    process_free(h->launcher);
    h->launcher = NULL;
}

static void home_fini(struct home *h)
{
    loop_timer_remove(h->loop, h->tick);
    loop_timer_remove(h->loop, h->leave);
    far_io_fini(&h->io);
    if (h->carried)
        carry_fini(&h->carry);
    if (h->store)
        sweep_tree(h->store);
    free(h->store);
    cJSON_Delete(h->spec);
    cJSON_Delete(h->check);
    struct buf *bufs[] = {&h->line, &h->said, &h->noise,     &h->early,
                          &h->over, &h->back, &h->queue.text};
    for (size_t i = 0; i < COUNT_OF(bufs); i++)
        buf_fini(bufs[i]);
    if (h->signals >= 0)
        close(h->signals);
}

int far_call(char *const *env)
{
    struct error e = {0};
    struct home h = {.env = env, .exit = -1, .signals = take_signals()};
    bool nobody = false;
    h.loop = loop_new(&e);
    if (!h.loop)
        return 1;
    h.io = (struct far_io){.loop = h.loop, .in = 0, .out = 1, .fn = on_line, .arg = &h};
    far_io_init(&h.io);
    struct loop_fd *signals =
        h.signals >= 0 ? loop_fd_add(h.loop, h.signals, POLLIN, on_signal, &h) : NULL;
    while (at_work(&h)) {
        loop_step(h.loop, -1);
        if (h.io.ended && h.reached && !nobody) {
            nobody = true;
            send_word(&h, "nobody");
        }
    }
    explain_end(&h);
    end_launcher(&h);
    bring_home(&h);
    if (*h.status)
        add_said(&h);
    cJSON *last = state("ended");
    if (*h.status) {
        json_add_str(last, "status", h.status);
        json_add_str(last, "error", h.error);
    }
    tell(&h, last);
    while (far_queue_left(&h.io.queue) && !h.io.broken)
        loop_step(h.loop, -1);
    loop_fd_remove(h.loop, signals);
    int code = *h.status || h.exit < 0 ? 1 : h.exit;
    home_fini(&h);
    loop_free(h.loop);
    return code;
}
