#include "eval/eval_cell.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "host/process.h"
#include "host/process_env.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"

#define SETUP_MS (30 * 60 * 1000)
#define CHECK_MS (30 * 60 * 1000)
#define LINE_MAX_BYTES (8 << 20) /* an event is a line; a longer one is no event of ours */
#define NOTE_BYTES 2000
#define RESULT_MAX (1 << 20)

enum { STAGE_CLEAN, STAGE_COPY, STAGE_SETUP, STAGE_GOAL, STAGE_CHECK, STAGE_OVER };

extern char **environ;

/* ---- names and results ---- */

static void add_part(struct buf *out, const char *name)
{
    if (out->len)
        buf_addc(out, ',');
    for (const char *p = *name ? name : "default"; *p; p++)
        buf_addc(out, isalnum((unsigned char)*p) || strchr("._-+", *p) ? *p : '_');
}

static char *in_dir(const struct eval_cell *c, const char *name)
{
    return mem_printf("%s/%s", c->dir, name);
}

cJSON *eval_cell_json(const struct eval_cell *c)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "goal", c->goal->name);
    json_add_str(j, "agent", c->agent);
    json_add_str(j, "model", c->model);
    json_add_str(j, "mode", c->mode);
    json_add_int(j, "run", c->run);
    json_add_bool(j, "solved", c->solved);
    json_add_bool(j, "said_done", c->said_done);
    json_add_str(j, "status", c->status);
    json_add_int(j, "requests", c->cost.calls);
    json_add_int(j, "input", c->cost.input);
    json_add_int(j, "cached", c->cost.cached);
    json_add_int(j, "output", c->cost.output);
    json_add(j, "cost", cJSON_CreateNumber(c->cost.cost));
    json_add_int(j, "first_ms", c->cost.first_ms);
    json_add_int(j, "first_count", c->cost.first_count);
    json_add_int(j, "model_ms", c->cost.model_ms);
    json_add_int(j, "tool_errors", c->tool_errors);
    json_add_int(j, "wall_ms", c->wall_ms);
    if (c->note)
        json_add_str(j, "note", c->note);
    json_add_str(j, "directory", c->dir);
    return j;
}

static void take_stored(struct eval_cell *c)
{
    AUTO_FREE char *path = in_dir(c, "result.json");
    AUTO(buf) text = {0};
    struct error e = {0};
    if (!file_read(path, &text, RESULT_MAX, &e))
        return;
    AUTO_JSON *j = json_parse(buf_cstr(&text), text.len, &e);
    if (!j)
        return; /* cut off while it was written: tried again */
    c->stored = true;
    c->solved = json_bool(j, "solved", false);
    c->said_done = json_bool(j, "said_done", false);
    snprintf(c->status, sizeof c->status, "%s", json_str(j, "status", ""));
    c->cost.calls = json_int(j, "requests", 0);
    c->cost.input = json_int(j, "input", 0);
    c->cost.cached = json_int(j, "cached", 0);
    c->cost.output = json_int(j, "output", 0);
    c->cost.cost = json_num(j, "cost", 0);
    c->cost.first_ms = json_int(j, "first_ms", 0);
    c->cost.first_count = json_int(j, "first_count", 0);
    c->cost.model_ms = json_int(j, "model_ms", 0);
    c->tool_errors = json_int(j, "tool_errors", 0);
    c->wall_ms = json_int(j, "wall_ms", 0);
    if (json_str(j, "note", NULL))
        c->note = mem_strdup(json_str(j, "note", NULL));
}

void eval_cell_init(struct eval_cell *c)
{
    assert(c->eval && c->goal && c->agent && c->model && c->mode);
    AUTO(buf) name = {0};
    add_part(&name, c->goal->name);
    add_part(&name, c->agent);
    add_part(&name, c->model);
    add_part(&name, c->mode);
    buf_addf(&name, ",%lld", (long long)c->run);
    c->name = buf_take(&name);
    c->dir = mem_printf("%s/%s", c->eval->results, c->name);
    c->stage = STAGE_OVER;
    c->events = -1;
    take_stored(c);
}

static void end_process(struct eval_cell *c)
{
    process_free(c->process);
    c->process = NULL;
    if (c->events >= 0)
        close(c->events);
    c->events = -1;
}

void eval_cell_fini(struct eval_cell *c)
{
    end_process(c);
    buf_fini(&c->line);
    free(c->name);
    free(c->dir);
    free(c->note);
    c->name = c->dir = c->note = NULL;
}

/* ---- what the goal's mien says ---- */

static void take_event(struct eval_cell *c, const cJSON *j)
{
    const char *type = json_str(j, "type", "");
    if (strcmp(type, "usage") == 0) {
        int64_t first = json_int(j, "first_token_ms", -1);
        c->cost.calls++;
        c->cost.input += json_int(j, "input", 0);
        c->cost.cached += json_int(j, "cached", 0);
        c->cost.output += json_int(j, "output", 0);
        c->cost.cost += json_num(j, "cost", 0);
        c->cost.model_ms += json_int(j, "total_ms", 0);
        c->cost.first_ms += first >= 0 ? first : 0;
        c->cost.first_count += first >= 0;
    } else if (strcmp(type, "tool_result") == 0) {
        c->tool_errors += !json_bool(j, "success", true);
    } else if (strcmp(type, "result") == 0) {
        c->said_done = json_bool(j, "success", false);
        snprintf(c->status, sizeof c->status, "%s", json_str(j, "status", ""));
        mem_replace(&c->note, json_str(j, "summary", ""));
    } else if (strcmp(type, "far") == 0 && json_str(j, "status", NULL)) {
        c->lost = true;
        snprintf(c->status, sizeof c->status, "%s", json_str(j, "status", ""));
        mem_replace(&c->note, json_str(j, "error", ""));
    }
}

static void on_output(void *arg, const char *s, size_t n)
{
    struct eval_cell *c = arg;
    if (c->events < 0)
        return; /* of another stage: kept by the process */
    if (!file_write_all(c->events, s, n))
        mem_replace(&c->note, "events.jsonl could not be written whole");
    while (n) {
        const char *end = memchr(s, '\n', n);
        size_t part = end ? (size_t)(end - s) : n;
        if (c->line.len + part <= LINE_MAX_BYTES)
            buf_add(&c->line, s, part);
        if (!end)
            return;
        AUTO_JSON *j = json_parse(buf_cstr(&c->line), c->line.len, NULL);
        if (j)
            take_event(c, j);
        buf_clear(&c->line);
        s = end + 1;
        n -= part + 1;
    }
}

/* ---- stages ---- */

struct words {
    VEC(const char *) list; /* borrowed */
};

static void word(struct words *w, const char *text)
{
    VEC_PUSH(&w->list, text);
}

static void option(struct words *w, const char *name, const char *value)
{
    if (!*value)
        return;
    word(w, name);
    word(w, value);
}

static bool start(struct eval_cell *c, struct loop *loop, struct process_spec *spec)
{
    struct error e = {0};
    AUTO_FREE char *tmp = in_dir(c, "tmp");
    spec->tmp = tmp;
    spec->keep = NOTE_BYTES / 2;
    spec->output = on_output;
    spec->arg = c;
    c->process = process_start(loop, spec, &e);
    if (c->process)
        return true;
    mem_replace(&c->note, e.text);
    return false;
}

static bool start_words(struct eval_cell *c, struct loop *loop, const char *const *argv)
{
    struct process_spec spec = {.argv = argv, .env = environ, .cwd = "/", .timeout_ms = SETUP_MS};
    return start(c, loop, &spec);
}

static bool start_copy(struct eval_cell *c, struct loop *loop, const char *ws)
{
    const char *from = c->goal->repository;
    struct stat st;
    if (stat(from, &st) == 0 && S_ISDIR(st.st_mode) && !strstr(from, ".git/")) {
        AUTO_FREE char *real = realpath(from, NULL);
        AUTO_FREE char *inside = mem_printf("%s/.", real ? real : from);
        return start_words(c, loop, (const char *[]){"cp", "-a", "--", inside, ws, NULL});
    }
    return start_words(c, loop, (const char *[]){"git", "clone", "-q", "--", from, ws, NULL});
}

/* As the user: what a goal needs may have to be fetched. */
static bool start_setup(struct eval_cell *c, struct loop *loop, const char *ws)
{
    struct process_spec spec = {
        .command = c->goal->setup, .env = environ, .cwd = ws, .timeout_ms = SETUP_MS};
    return start(c, loop, &spec);
}

/* It runs what a model wrote: confined as the model's own commands are. */
static bool start_check(struct eval_cell *c, struct loop *loop, const char *ws)
{
    char why[256];
    AUTO_FREE char *tmp = in_dir(c, "tmp");
    struct sandbox *s = sandbox_new(ws, tmp, false);
    (void)sandbox_probe(s, SANDBOX_FULL, why);
    struct process_spec spec = {
        .command = c->goal->check, .cwd = ws, .sandbox = s, .timeout_ms = CHECK_MS};
    bool ok = start(c, loop, &spec);
    sandbox_free(s);
    return ok;
}

static char **env_with_state(const char *state)
{
    VEC(char *) env = {0};
    for (char **p = environ; *p; p++)
        if (strncmp(*p, "MIEN_STATE_DIR=", 15) != 0)
            VEC_PUSH(&env, mem_strdup(*p));
    VEC_PUSH(&env, mem_printf("MIEN_STATE_DIR=%s", state));
    VEC_PUSH(&env, NULL);
    return env.ptr;
}

/* What the launcher prints is in the events, where it is the reason of an end. */
static void on_errors(void *arg, const char *s, size_t n)
{
}

/* What it is to launch. Where the directory is shared, its sessions are kept where all others are.
 */
static void send_order(struct eval_cell *c, const char *ws, const char *const *words,
                       const char *state)
{
    const struct launch *l = &c->eval->launch;
    AUTO_FREE char *set = l->carry ? NULL : mem_printf("MIEN_STATE_DIR=%s", state);
    const struct launch_order order = {.words = words,
                                       .agent = *c->agent ? c->agent : NULL,
                                       .workspace = ws,
                                       .name = c->name,
                                       .set = set};
    AUTO_FREE char *line = launch_line(l, &order);
    if (!process_write(c->process, line, strlen(line)) || !process_write(c->process, "\n", 1))
        mem_replace(&c->note, "the goal could not be handed to its launcher");
}

static bool start_goal(struct eval_cell *c, struct loop *loop, const char *ws)
{
    struct error e = {0};
    AUTO_FREE char *path = in_dir(c, "events.jsonl"), *self = process_self();
    AUTO_FREE char *state = mem_printf("%s/state", c->eval->results);
    AUTO_FREE char *seconds = mem_printf("%lld", (long long)c->goal->timeout_s);
    c->events = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (c->events < 0) {
        (void)error_errno(&e, errno, "cannot write %s", path);
        mem_replace(&c->note, e.text);
        return false;
    }
    struct words w = {0};
    for (size_t i = 0; !c->eval->launch.far && i < c->eval->launch.words.len; i++)
        word(&w, c->eval->launch.words.ptr[i]);
    word(&w, self);
    word(&w, "exec");
    option(&w, "--workspace", ws);
    option(&w, "--agent", c->agent);
    size_t options = w.list.len; /* where those begin that go to another machine as they are */
    word(&w, "--json");
    option(&w, "--model", c->model);
    option(&w, "--behavior", strcmp(c->mode, "none") == 0 ? "" : c->mode);
    option(&w, "--timeout", seconds);
    for (const char *const *p = c->extra ? c->extra->words : NULL; p && *p; p++)
        word(&w, *p);
    word(&w, "--");
    word(&w, c->goal->goal);
    word(&w, NULL);
    const char *const far[] = {self, "far", "call", NULL};
    bool launched = c->eval->launch.far;
    char **env = launched ? NULL : env_with_state(state);
    struct process_spec spec = {.argv = launched ? far : w.list.ptr,
                                .env = launched ? environ : env,
                                .cwd = ws,
                                .errors = launched ? on_errors : NULL,
                                .input = launched};
    c->began_ms = clock_ms();
    bool ok = start(c, loop, &spec);
    if (ok && launched)
        send_order(c, ws, w.list.ptr + options, state);
    process_env_free(env);
    VEC_FREE(&w.list);
    return ok;
}

static bool has_stage(const struct eval_cell *c, int stage)
{
    return stage == STAGE_COPY    ? c->goal->repository != NULL
           : stage == STAGE_SETUP ? c->goal->setup != NULL
           : stage == STAGE_CHECK ? c->goal->check != NULL
                                  : true;
}

static const char clean[] = "rm -rf -- \"$1\" && mkdir -p -- \"$1/workspace\" \"$1/tmp\"";

static bool start_stage(struct eval_cell *c, struct loop *loop)
{
    AUTO_FREE char *ws = in_dir(c, "workspace");
    switch (c->stage) {
    case STAGE_CLEAN:
        return start_words(c, loop, (const char *[]){"sh", "-c", clean, "sh", c->dir, NULL});
    case STAGE_COPY:
        return start_copy(c, loop, ws);
    case STAGE_SETUP:
        return start_setup(c, loop, ws);
    case STAGE_GOAL:
        return start_goal(c, loop, ws);
    default:
        return start_check(c, loop, ws);
    }
}

static void store(struct eval_cell *c)
{
    struct error e = {0};
    AUTO_FREE char *path = in_dir(c, "result.json");
    AUTO_JSON *j = eval_cell_json(c);
    AUTO_FREE char *text = json_print_lines(j);
    c->stored = file_write(path, text, strlen(text), &e);
    if (!c->stored)
        mem_replace(&c->note, e.text);
}

static void keep_end_of_output(struct eval_cell *c)
{
    AUTO(buf) out = {0};
    (void)process_output(c->process, &out);
    while (out.len && strchr(" \t\r\n", out.ptr[out.len - 1]))
        buf_cut(&out, out.len - 1);
    if (out.len)
        mem_replace(&c->note, buf_cstr(&out));
}

/* What does not depend on the model, such as a key that is missing, is no result: it is tried again
 * by the next run. Returns false when the cell is over. */
static bool take_end(struct eval_cell *c)
{
    static const char *const names[] = {"clean", "copy", "setup"};
    int code = process_code(c->process);
    if (c->stage < STAGE_GOAL && code != 0) {
        snprintf(c->status, sizeof c->status, "no %s", names[c->stage]);
        keep_end_of_output(c);
        return false;
    }
    if (c->stage == STAGE_GOAL) {
        c->wall_ms = clock_ms() - c->began_ms;
        c->solved = c->said_done;
        if (c->lost || !*c->status || strcmp(c->status, "config") == 0 ||
            strcmp(c->status, "error") == 0) {
            if (!*c->status)
                snprintf(c->status, sizeof c->status, "no start");
            return false;
        }
    }
    if (c->stage == STAGE_CHECK) {
        c->solved = code == 0;
        if (!c->solved)
            keep_end_of_output(c);
    }
    return true;
}

/* Begin the first stage from c->stage on that there is. */
static void begin(struct eval_cell *c, struct loop *loop)
{
    while (c->stage < STAGE_OVER && !has_stage(c, c->stage))
        c->stage++;
    if (c->stage == STAGE_OVER) {
        store(c);
    } else if (!start_stage(c, loop)) {
        snprintf(c->status, sizeof c->status, "no start");
        end_process(c);
        c->stage = STAGE_OVER;
    }
}

void eval_cell_start(struct eval_cell *c, struct loop *loop)
{
    assert(!c->process);
    c->stage = STAGE_CLEAN;
    begin(c, loop);
}

bool eval_cell_step(struct eval_cell *c, struct loop *loop)
{
    if (!c->process || process_running(c->process))
        return c->stage != STAGE_OVER;
    bool go_on = take_end(c);
    end_process(c);
    if (go_on) {
        c->stage++;
        begin(c, loop);
    } else {
        c->stage = STAGE_OVER;
    }
    return c->stage != STAGE_OVER;
}
