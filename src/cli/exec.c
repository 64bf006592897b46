/* mien exec: a goal without a screen. Results on stdout, everything else on stderr. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "cli/cli.h"
#include "cli/exec_schema.h"
#include "cli/output.h"
#include "net/http.h"

#define LINE_MAX_BYTES (16u << 20)

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_STREAM };

struct exec {
    struct cli *cli;
    struct engine *engine;
    enum format format;
    char *session, *answer;
    char *told; /* the last error that was printed */
    bool ended, success, stopping, fatal;
    bool answers; /* standard input brings answers, a JSON object a line */
    bool drives;  /* and goals: what runs is over when they are, and the input has ended */
    struct exec_schema schema;
    bool unread; /* standard output is gone: what is worked out would reach nobody */
    struct buf line;
    int signals;
};

static bool read_stdin(struct buf *out, struct error *e)
{
    char chunk[8192];
    for (;;) {
        ssize_t n = read(0, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(e, errno, "cannot read standard input");
        if (n == 0)
            return true;
        if (out->len + (size_t)n > (4u << 20))
            return error_set(e, ERR_LIMIT, "standard input is larger than 4 MiB");
        buf_add(out, chunk, (size_t)n);
    }
}

/* One line of standard input, byte by byte: what follows it is for later. */
static bool read_line(struct buf *out, struct error *e)
{
    for (;;) {
        char c;
        ssize_t n = read(0, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(e, errno, "cannot read standard input");
        if (n == 0 || c == '\n')
            return true;
        buf_addc(out, c);
        if (out->len > (4u << 20))
            return error_set(e, ERR_LIMIT, "the goal on standard input is larger than 4 MiB");
    }
}

/* With --ask stdin or --delegated the first line is {"goal": "…"}; answers follow. */
static char *goal_from_line(struct error *e)
{
    AUTO(buf) text = {0};
    if (!read_line(&text, e))
        return NULL;
    AUTO_JSON *j = json_parse(buf_cstr(&text), text.len, e);
    const char *goal = json_str(j, "goal", NULL);
    if (goal && *goal)
        return mem_strdup(goal);
    error_set(e, ERR_USAGE,
              "with --ask stdin or --delegated the first line of standard input is "
              "{\"goal\": \"what to do\"}");
    return NULL;
}

/* "-" alone reads the goal from stdin; an inherited stdin is never read otherwise. */
static char *exec_goal(struct cli *c, struct error *e)
{
    if (c->arg_count == 1 && strcmp(c->args[0], "-") == 0) {
        if (c->delegated || (c->ask && strcmp(c->ask, "stdin") == 0))
            return goal_from_line(e);
        AUTO(buf) text = {0};
        if (!read_stdin(&text, e))
            return NULL;
        while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]))
            buf_cut(&text, text.len - 1);
        if (text.len)
            return buf_take(&text);
        error_set(e, ERR_USAGE, "standard input held no goal");
        return NULL;
    }
    char *goal = cli_join_args(c);
    if (!goal && !c->cont && !c->resume && !c->input_format)
        error_set(e, ERR_USAGE,
                  "no goal: mien exec \"what to do\", or - to read it from standard input");
    return goal;
}

static bool exec_format(struct exec *x, struct error *e)
{
    const char *f = x->cli->json ? "stream-json" : x->cli->format ? x->cli->format : "text";
    if (strcmp(f, "text") == 0)
        x->format = FORMAT_TEXT;
    else if (strcmp(f, "json") == 0)
        x->format = FORMAT_JSON;
    else if (strcmp(f, "stream-json") == 0)
        x->format = FORMAT_STREAM;
    else
        return error_set(e, ERR_USAGE, "--output-format is text, json or stream-json, not \"%s\"",
                         f);
    return true;
}

static bool exec_input_format(struct exec *x, struct error *e)
{
    const char *f = x->cli->input_format;
    x->drives = f && strcmp(f, "stream-json") == 0;
    if (f && !x->drives && strcmp(f, "text") != 0)
        return error_set(e, ERR_USAGE, "--input-format is text or stream-json, not \"%s\"", f);
    if (x->drives && x->cli->arg_count == 1 && strcmp(x->cli->args[0], "-") == 0)
        return error_set(e, ERR_USAGE,
                         "with --input-format stream-json goals come as requests; leave out the -");
    x->answers |= x->drives;
    return !x->cli->output_schema || exec_schema_load(&x->schema, x->cli->output_schema, e);
}

static bool exec_ask(struct exec *x, struct error *e)
{
    const char *ask = x->cli->ask ? x->cli->ask : "fail";
    x->answers = strcmp(ask, "stdin") == 0;
    if (x->answers || strcmp(ask, "fail") == 0 || strcmp(ask, "first") == 0)
        return true;
    return error_set(e, ERR_USAGE, "--ask is fail, first or stdin, not \"%s\"", ask);
}

/* Why a call failed, whole: what a user can do about a refusal stands at its end. */
static char *exec_failure(const struct event_tool_result *r)
{
    AUTO_JSON *j = r->result ? json_parse(r->result, strlen(r->result), NULL) : NULL;
    return mem_strdup(json_str(j, "error", r->summary ? r->summary : ""));
}

/* Progress for the user, one line an event that matters. */
static void exec_progress(struct exec *x, const struct event *ev)
{
    AUTO_FREE char *line = NULL;
    switch (ev->type) {
    case EVENT_TOOL_CALL:
        line = mem_printf("⚙ %s %s\n", ev->tool_call.name, ev->tool_call.summary);
        break;
    case EVENT_TOOL_RESULT:
        if (!ev->tool_result.ok) {
            AUTO_FREE char *why = exec_failure(&ev->tool_result);
            line = mem_printf("  ✗ %s\n", why);
        }
        break;
    case EVENT_LOOP_WARNING:
        if (strcmp(ev->loop_warning.level, "clear") != 0)
            line = mem_printf("⚠ %s\n", ev->loop_warning.text);
        break;
    case EVENT_NOTICE:
        line = mem_printf("mien: %s\n", ev->notice.text);
        break;
    case EVENT_ERROR:
        line = mem_printf("mien: %s\n", ev->error.text);
        mem_replace(&x->told, ev->error.text);
        break;
    case EVENT_PROGRESS:
        line = mem_printf("· %s\n", ev->progress.text);
        break;
    case EVENT_APPROVAL:
        line = mem_printf("? %s (answer {\"id\":\"%s\",\"choice\":…})\n", ev->approval.title,
                          ev->approval.id);
        break;
    case EVENT_PHASE:
        if (strcmp(ev->phase.phase, "retry") == 0)
            line = mem_printf("mien: trying again in %.1f s (%s)\n",
                              (double)ev->phase.deadline_ms / 1000,
                              ev->phase.detail ? ev->phase.detail : "");
        break;
    default:
        break;
    }
    if (line)
        output_text(stderr, "%s", line);
}

/* Further rounds would cost tokens for an answer that nobody gets. */
static void exec_unread(struct exec *x)
{
    if (!x->unread && x->engine)
        engine_ask(x->engine, REQUEST_STOP, NULL, NULL);
    x->unread = true;
}

static void print_event(struct exec *x, const struct event *ev)
{
    AUTO(buf) line = {0};
    event_to_json(ev, &line);
    output_json(line.ptr, line.len);
    if (!output_flush())
        exec_unread(x);
}

static void exec_submit(struct exec *x, const char *goal)
{
    AUTO_FREE char *text = exec_schema_goal(&x->schema, goal);
    engine_ask(x->engine, REQUEST_SUBMIT, text, NULL);
}

static void exec_result(struct exec *x, const struct event *ev)
{
    const struct event_result *r = &ev->result;
    const char *answer = r->answer && *r->answer ? r->answer : r->summary ? r->summary : "";
    x->ended = !x->drives;
    x->success = r->success;
    mem_replace(&x->answer, answer);
    if (x->format == FORMAT_JSON)
        print_event(x, ev);
    if (x->format != FORMAT_TEXT)
        return;
    if (r->success)
        output_raw(answer);
    else if (x->told && strcmp(x->told, answer) == 0) /* it is the line above */
        output_text(stderr, "mien: the goal ended: %s\n", r->status);
    else
        output_text(stderr, "mien: the goal ended %s%s%s\n", r->status, *answer ? ": " : "",
                    answer);
    if (r->success && *answer && answer[strlen(answer) - 1] != '\n')
        output_text(stdout, "\n");
    if (!output_flush()) /* before the session is closed: who waits for it reads it now */
        exec_unread(x);
}

/* True: it does not fit, and was asked for once more. An event with an answer that fits holds it
 * alone; one that does not is a failure's. */
static bool exec_asks_again(struct exec *x, struct event *ev)
{
    AUTO_FREE char *again = exec_schema_take(&x->schema, &ev->result);
    if (!again)
        return false;
    output_text(stderr, "mien: the answer does not fit the schema; it is asked for once more\n");
    engine_ask(x->engine, REQUEST_SUBMIT, again, NULL);
    return true;
}

static void exec_event(struct exec *x, struct event *ev)
{
    if (ev->type == EVENT_KEYBOARD) /* a terminal is of no use to who reads lines */
        close((int)ev->keyboard.fd);
    if (ev->type == EVENT_RESULT && exec_asks_again(x, ev))
        return;
    if (x->format == FORMAT_STREAM && (ev->type != EVENT_CATALOG || x->drives))
        print_event(x, ev);
    else if (x->format != FORMAT_STREAM)
        exec_progress(x, ev);
    if (ev->type == EVENT_ERROR && ev->error.fatal) {
        x->fatal = true;
        if (x->format == FORMAT_STREAM)
            output_text(stderr, "mien: %s\n", ev->error.text);
    }
    if (ev->type == EVENT_RESULT)
        exec_result(x, ev);
}

static void exec_drain(struct exec *x)
{
    struct event ev;
    while (engine_next(x->engine, &ev)) {
        exec_event(x, &ev);
        event_fini(&ev);
    }
}

/* The first interrupt stops cleanly, the second leaves at once. */
static void exec_signal(struct exec *x)
{
    struct signalfd_siginfo info;
    if (read(x->signals, &info, sizeof info) != sizeof info)
        return;
    if (x->stopping)
        _exit(CLI_INTERRUPTED);
    x->stopping = true;
    engine_ask(x->engine, REQUEST_STOP, NULL, NULL);
    if (x->drives)
        engine_ask(x->engine, REQUEST_LEAVE, NULL, NULL);
}

static void exec_line(struct exec *x, const char *text, size_t n)
{
    struct error e = {0};
    struct request r;
    AUTO_JSON *j = json_parse(text, n, &e);
    const char *id = json_str(j, "id", NULL);
    if (json_str(j, "request", NULL)) {
        bool goal = strcmp(json_str(j, "request", ""), "submit") == 0 && json_str(j, "text", NULL);
        if (goal && x->drives)
            exec_submit(x, json_str(j, "text", ""));
        else if (request_from_json(j, &r, &e))
            engine_post(x->engine, r);
    } else if (id) {
        r = request_of(REQUEST_ANSWER, id, json_str(j, "choice", "n"));
        r.answer.text = mem_strdup(json_str(j, "text", NULL));
        engine_post(x->engine, r);
    } else if (!e.code) {
        error_set(&e, ERR_USAGE,
                  "it is neither {\"request\": …} nor {\"id\": …, \"choice\": …, \"text\": …}");
    }
    if (e.code)
        output_text(stderr, "mien: a line of standard input is not taken: %s\n", e.text);
}

/* At its end nobody answers any more: open questions are refused. */
static void exec_input(struct exec *x)
{
    char chunk[4096];
    ssize_t n = read(0, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        x->answers = false;
        engine_ask(x->engine, REQUEST_NOBODY, NULL, NULL);
        if (x->drives)
            engine_ask(x->engine, REQUEST_LEAVE, NULL, NULL);
        return;
    }
    buf_add(&x->line, chunk, (size_t)n);
    char *end;
    while (x->line.len && (end = memchr(x->line.ptr, '\n', x->line.len))) {
        size_t len = (size_t)(end - x->line.ptr);
        if (len)
            exec_line(x, x->line.ptr, len);
        buf_drop_head(&x->line, len + 1);
    }
    if (x->line.len > LINE_MAX_BYTES) {
        output_text(stderr, "mien: a line of standard input is longer than 16 MiB; its beginning "
                            "is dropped\n");
        buf_clear(&x->line);
    }
}

static void exec_wait(struct exec *x)
{
    while (!x->ended && !x->fatal && !engine_done(x->engine)) {
        struct pollfd p[4] = {{.fd = engine_event_fd(x->engine), .events = POLLIN},
                              {.fd = x->signals, .events = POLLIN},
                              {.fd = x->answers ? 0 : -1, .events = POLLIN},
                              {.fd = x->unread ? -1 : 1}}; /* tells only that nobody reads */
        if (poll(p, 4, -1) < 0 && errno != EINTR)
            break;
        if (p[3].revents && !output_probe())
            exec_unread(x);
        if (p[1].revents & POLLIN)
            exec_signal(x);
        if (p[2].revents)
            exec_input(x);
        exec_drain(x);
    }
    exec_drain(x); /* an engine that failed at once was done before the first look */
}

/* The code is final only when the thread has ended. */
static int exec_finish(struct exec *x)
{
    engine_ask(x->engine, REQUEST_QUIT, NULL, NULL);
    while (!engine_done(x->engine)) {
        struct pollfd p = {.fd = engine_event_fd(x->engine), .events = POLLIN};
        if (poll(&p, 1, -1) < 0 && errno != EINTR)
            break;
        exec_drain(x);
    }
    exec_drain(x);
    int code = engine_exit_code(x->engine);
    return x->ended && !x->success && code == CLI_OK && !x->schema.misfit ? CLI_USAGE : code;
}

static int exec_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static bool exec_save_answer(struct exec *x, struct error *e)
{
    const char *text = x->answer ? x->answer : "";
    return !x->cli->output || file_write(x->cli->output, text, strlen(text), e);
}

int cli_exec(struct cli *c)
{
    struct exec x = {.cli = c};
    struct error e = {0};
    if (!exec_format(&x, &e) || !exec_ask(&x, &e) || !exec_input_format(&x, &e) ||
        !cli_trust(c, false, &e))
        return cli_fail(&e);
    AUTO_FREE char *goal = exec_goal(c, &e);
    if (!goal && e.code)
        return cli_fail(&e);
    if (!output_probe())
        return CLI_OUTPUT;
    cli_open_log();
    x.signals = exec_signals();
    struct engine_opts opts = cli_engine_opts(c);
    x.engine = engine_new(&c->cfg, &opts, &e);
    if (!x.engine)
        return cli_fail(&e);
    if (goal)
        exec_submit(&x, goal);
    else if (c->cont || c->resume)
        engine_ask(x.engine, REQUEST_CONTINUE, NULL, NULL);
    if (c->cfg.model && strncmp(c->cfg.model, "playbook/", 9) != 0) {
        engine_await_forks(x.engine);
        http_preload();
    }
    exec_wait(&x);
    int code = exec_finish(&x);
    if (x.schema.misfit && code == CLI_OK)
        code = CLI_FAILED;
    if (!exec_save_answer(&x, &e)) {
        (void)cli_fail(&e);
        code = CLI_OUTPUT;
    }
    engine_free(x.engine);
    close(x.signals);
    free(x.session);
    free(x.answer);
    free(x.told);
    exec_schema_fini(&x.schema);
    buf_fini(&x.line);
    return code;
}
