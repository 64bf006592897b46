#include "behavior/python_host.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/data.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/lines.h"
#include "plan/tree.h"
#include "run/outbox.h"
#include "run/reactor.h"

#define START_MS 5000
#define QUIT_MS 500
#define PIECE ((size_t)256 << 10) /* bytes of a long request in one line */
#define ERROR_LINES 20            /* of one call that the user is told */
#define ERROR_WIDTH 1000

#define PACKAGE "behaviors/python/"

/* ---- what it says ---- */

/* Takes j. */
static void on_message(struct python_host *h, cJSON *j)
{
    const char *print = json_str(j, "print", NULL);
    if (print) {
        AUTO_FREE char *line = text_line(print, strlen(print));
        outbox_notice(h->env->out, "info", h->type, "%s", line);
    } else if (json_int(j, "id", -1) == h->id && !h->answer) {
        h->answer = j;
        return;
    }
    cJSON_Delete(j);
}

static void on_line(void *arg, const char *text, size_t n)
{
    struct python_host *h = arg;
    struct error e = {0};
    cJSON *j = json_parse(text, n, &e);
    if (j) {
        on_message(h, j);
        return;
    }
    AUTO_FREE char *start = mem_printf("{\"id\": %lld,", (long long)h->id);
    log_warn("python", "%s: a line that is no JSON: %.200s", h->type, text);
    if (n > strlen(start) && memcmp(text, start, strlen(start)) == 0 && !h->answer)
        h->answer = json_error("its answer is no JSON that can be read: %s", e.text);
}

static void tell_error_line(struct python_host *h)
{
    AUTO_FREE char *line = text_line(buf_cstr(&h->errors), h->errors.len);
    buf_clear(&h->errors);
    if (!*line)
        return;
    log_info("python", "%s: %s", h->type, line);
    if (h->errors_told++ < ERROR_LINES)
        outbox_notice(h->env->out, "info", h->type, "%s", line);
}

static void on_errors(void *arg, const char *s, size_t n)
{
    struct python_host *h = arg;
    while (n) {
        const char *eol = memchr(s, '\n', n);
        size_t piece = eol ? (size_t)(eol - s) : n;
        size_t room = ERROR_WIDTH > h->errors.len ? ERROR_WIDTH - h->errors.len : 0;
        buf_add(&h->errors, s, MIN(piece, room));
        if (!eol)
            return;
        tell_error_line(h);
        s += piece + 1;
        n -= piece + 1;
    }
}

/* ---- starting ---- */

/* Without the workspace in the path: what lies there is not to run. */
static const char boot[] =
    "import sys; sys.path[:] = [p for p in sys.path if p]; import json, os; "
    "r = os.fdopen(os.dup(0), 'rb'); f = json.loads(r.readline()); n = 'boot.py of mien'; "
    "g = {'__name__': 'mien_boot', '__file__': n}; exec(compile(f['boot.py'], n, 'exec'), g); "
    "g['main'](r, f)";

/* The shipped files: through the pipe, for a file could be changed by a command. */
static bool send_package(struct python_host *h)
{
    AUTO_JSON *files = cJSON_CreateObject();
    for (const struct data_file *f = data_files; f->name; f++)
        if (strncmp(f->name, PACKAGE, strlen(PACKAGE)) == 0)
            json_add_str(files, f->name + strlen(PACKAGE), f->text);
    AUTO_FREE char *text = json_print(files);
    return lines_send(h->lines, text, strlen(text));
}

static bool host_start(struct python_host *h, struct error *e)
{
    static const char *const argv[] = {"python3", "-B", "-u", "-c", boot, NULL};
    struct lines_spec spec = {.argv = argv,
                              .cwd = h->env->workspace,
                              .tmp = h->env->tmp,
                              .line = on_line,
                              .errors = on_errors,
                              .arg = h};
    struct error here = {0};
    h->lines = lines_start(h->env->reactor->loop, &spec, &here);
    if (h->lines && send_package(h))
        return true;
    if (here.code == ERR_NOT_FOUND)
        return error_set(e, ERR_NOT_FOUND,
                         "python3 was not found in PATH; %s (%s) is written in Python: install "
                         "python3, or take the behavior out",
                         h->type, h->path);
    return error_set(e, ERR_INTERNAL, "%s", *here.text ? here.text : "python3 takes no input");
}

static void host_stop(struct python_host *h)
{
    lines_free(h->lines);
    h->lines = NULL;
    if (h->errors.len)
        tell_error_line(h);
    mem_replace(&h->about, NULL);
    h->tree_sent = 0;
    h->seen = (struct python_seen){0};
}

/* ---- one request and its answer ---- */

/* One wait, from what is sent to its answer. */
struct watch {
    struct python_host *h;
    int64_t until;
    enum interrupt before;
    bool held; /* requests wait: something is being made that they would read */
};

static struct watch watch_begin(struct python_host *h, const struct python_limits *limits)
{
    struct reactor *r = h->env->reactor;
    int64_t most = r->interrupt == INTERRUPT_QUIT ? MIN(limits->ms, 1000) : limits->ms;
    struct watch w = {.h = h,
                      .until = clock_ms() + most,
                      .before = limits->tool ? INTERRUPT_NONE : r->interrupt,
                      .held = !limits->pump || !h->env->working(h->env->arg)};
    if (w.held)
        reactor_hold(r, HOLD_ALL);
    return w;
}

/* False: it ended, the time is over, or it was stopped. */
static bool watch_step(struct watch *w)
{
    struct reactor *r = w->h->env->reactor;
    if (!lines_alive(w->h->lines) || clock_ms() >= w->until || r->interrupt != w->before)
        return false;
    reactor_wait(r, w->until);
    return true;
}

static void watch_end(struct watch *w)
{
    if (w->held)
        reactor_release(w->h->env->reactor, HOLD_ALL);
}

static bool send_piece(struct watch *w, const char *s, size_t n)
{
    while (!lines_send(w->h->lines, s, n))
        if (!watch_step(w))
            return false;
    return true;
}

/* A long request goes in pieces, as lines behind one that counts them: a pipe's queue is short. */
static bool host_send(struct watch *w, const cJSON *request)
{
    AUTO_FREE char *text = json_print(request);
    size_t n = strlen(text);
    if (n <= PIECE)
        return send_piece(w, text, n);
    AUTO_FREE char *head = mem_printf("{\"lines\":%zu}", (n + PIECE - 1) / PIECE);
    bool ok = send_piece(w, head, strlen(head));
    for (size_t at = 0; ok && at < n; at += PIECE)
        ok = send_piece(w, text + at, MIN(PIECE, n - at));
    return ok;
}

static void explain_silence(struct watch *w, const char *method, int64_t ms, struct error *e)
{
    if (!lines_alive(w->h->lines))
        error_set(e, ERR_INTERNAL, "its Python process ended in %s (%s)", method,
                  lines_end(w->h->lines));
    else if (w->h->env->reactor->interrupt != w->before)
        error_set(e, ERR_CANCELED, "%s was interrupted", method);
    else
        error_set(e, ERR_TIMEOUT, "%s gave no answer within %lld ms", method, (long long)ms);
}

/* The answer's result; NULL with *e. Takes request. */
static cJSON *host_ask(struct python_host *h, cJSON *request, const struct python_limits *limits,
                       struct error *e)
{
    AUTO_JSON *owned = request;
    const char *method = json_str(request, "call", "?");
    int64_t since = clock_us();
    h->errors_told = 0;
    json_add_int(request, "id", ++h->id);
    struct watch w = watch_begin(h, limits);
    bool sent = host_send(&w, request);
    while (sent && !h->answer && watch_step(&w))
        ;
    watch_end(&w);
    AUTO_JSON *answer = h->answer;
    h->answer = NULL;
    log_debug("python", "%s.%s: %lld us", h->type, method, (long long)(clock_us() - since));
    const char *raised = json_str(answer, "error", NULL);
    if (answer && !raised)
        return cJSON_DetachItemFromObjectCaseSensitive(answer, "result");
    if (raised)
        error_set(e, ERR_PARSE, "%s", raised);
    else
        explain_silence(&w, method, limits->ms, e);
    return NULL;
}

static cJSON *request_new(const char *method, cJSON *args)
{
    cJSON *r = cJSON_CreateObject();
    json_add_str(r, "call", method);
    json_add(r, "args", args);
    return r;
}

bool python_host_load(struct python_host *h, struct error *e)
{
    static const struct python_limits limits = {.ms = START_MS};
    cJSON *args = cJSON_CreateArray();
    cJSON_AddItemToArray(args, cJSON_CreateString(h->path));
    cJSON_AddItemToArray(args, cJSON_CreateString(h->type));
    cJSON_AddItemToArray(args, cJSON_Duplicate(h->params, true));
    cJSON_AddItemToArray(args, cJSON_CreateString(h->source));
    cJSON *request = request_new("load", args);
    struct error here = {0};
    int64_t since = clock_us();
    if (!host_start(h, e)) {
        cJSON_Delete(request);
        return false;
    }
    cJSON *loaded = host_ask(h, request, &limits, &here);
    *h->env->waited_us += clock_us() - since; /* starting is not a handler's time */
    if (!loaded) {
        host_stop(h);
        if (here.code == ERR_PARSE) /* it names the file itself */
            return error_set(e, ERR_CONFIG, "%s", here.text);
        return error_set(e, ERR_CONFIG, "%s: %s", h->path, here.text);
    }
    if (h->loaded)
        cJSON_Delete(loaded); /* tools point into the first */
    else
        h->loaded = loaded;
    return true;
}

bool python_host_has(const struct python_host *h, const char *method)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, json_get(h->loaded, "methods"))
    {
        if (cJSON_IsString(m) && strcmp(m->valuestring, method) == 0)
            return true;
    }
    return false;
}

/* ---- failing, and once more ---- */

void python_host_complain(struct python_host *h, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    if (h->complaint && strcmp(h->complaint, buf_cstr(&text)) == 0)
        return;
    mem_replace(&h->complaint, buf_cstr(&text));
    outbox_notice(h->env->out, "warn", h->type, "%s", buf_cstr(&text));
}

static void host_failed(struct python_host *h, const char *why)
{
    host_stop(h);
    h->off = ++h->failures > 1;
    outbox_notice(h->env->out, "warn", h->type, "%s: %s; %s", h->type, why,
                  h->off ? "that was the second time, so it stays off: its tools answer an error"
                         : "it is started again once, without what it knew");
}

static bool host_ready(struct python_host *h, struct error *e)
{
    struct error here = {0};
    if (!h->off && h->lines && !lines_alive(h->lines)) {
        AUTO_FREE char *why =
            mem_printf("its Python process ended by itself (%s)", lines_end(h->lines));
        host_failed(h, why);
    }
    if (!h->off && !h->lines && !python_host_load(h, &here))
        host_failed(h, here.text);
    if (h->lines)
        return true;
    return error_set(e, ERR_INTERNAL, "%s is off: %s", h->type,
                     *here.text ? here.text : "its Python process failed twice");
}

/* ---- what every method is told ---- */

static cJSON *about_now(const struct python_env *env, const struct call *c)
{
    cJSON *j = cJSON_CreateObject();
    json_add(j, "goal", c->goal ? cJSON_CreateString(c->goal) : cJSON_CreateNull());
    json_add_str(j, "workspace", c->workspace);
    env->about(env->arg, j);
    json_add_int(j, "round_number", c->round);
    return j;
}

/* Only what changed since it was last sent. */
static void add_about(struct python_host *h, const struct call *c, cJSON *request)
{
    const struct python_env *env = h->env;
    cJSON *about = about_now(env, c);
    AUTO_FREE char *text = json_print(about);
    bool same = h->about && strcmp(h->about, text) == 0;
    bool same_tree = h->tree_sent == env->tree->changes + 1;
    mem_replace(&h->about, text);
    if (!same_tree) {
        AUTO_FREE char *nodes = tree_to_json(env->tree, 0, env->rounds_per_subtask);
        json_add(about, "task_tree", cJSON_CreateRaw(nodes));
        h->tree_sent = env->tree->changes + 1;
    }
    if (same && same_tree)
        cJSON_Delete(about);
    else
        json_add(request, "about", about);
}

cJSON *python_host_call(struct python_host *h, const struct call *c, const char *method,
                        cJSON *args, cJSON *kw, const struct python_limits *limits, struct error *e)
{
    assert(h->env && limits->ms > 0);
    cJSON *request = request_new(method, args), *result = NULL;
    struct error here = {0};
    if (kw)
        json_add(request, "kw", kw);
    if (h->busy)
        error_set(&here, ERR_BUSY, "%s is in another call", h->type);
    if (h->busy || !host_ready(h, &here)) {
        cJSON_Delete(request);
        error_set(e, here.code, "%s", here.text);
        return NULL;
    }
    add_about(h, c, request);
    if (limits->view)
        json_add(request, "view", h->env->view(h->env->arg, &h->seen));
    h->busy = true;
    result = host_ask(h, request, limits, &here);
    h->busy = false;
    if (result)
        return result;
    if (here.code == ERR_CANCELED)
        host_stop(h);
    else if (here.code != ERR_PARSE)
        host_failed(h, here.text);
    error_set(e, here.code, "%s", here.text);
    return NULL;
}

/* ---- the end ---- */

/* It may have files to flush. */
static void host_quit(struct python_host *h)
{
    struct reactor *r = h->env->reactor;
    static const char quit[] = "{\"call\":\"quit\"}";
    int64_t until = clock_ms() + QUIT_MS;
    if (h->busy || !lines_alive(h->lines) || !lines_send(h->lines, quit, sizeof quit - 1))
        return;
    reactor_hold(r, HOLD_ALL);
    while (lines_alive(h->lines) && clock_ms() < until)
        reactor_wait(r, until);
    reactor_release(r, HOLD_ALL);
}

void python_host_fini(struct python_host *h)
{
    if (h->lines)
        host_quit(h);
    if (h->env)
        host_stop(h);
    cJSON_Delete(h->loaded);
    cJSON_Delete(h->answer);
    free(h->about);
    free(h->complaint);
    buf_fini(&h->errors);
    *h = (struct python_host){0};
}
