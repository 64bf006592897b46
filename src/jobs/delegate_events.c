#include "jobs/delegate_events.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

#define MAX_LINE (4 << 20)
#define MAX_GARBAGE 20
#define MAX_TRANSCRIPT (256 << 10)
#define KEPT_EVENTS 8

static void remember(struct delegate *d, char *line)
{
    if (d->last.len == KEPT_EVENTS) {
        free(d->last.ptr[0]);
        memmove(d->last.ptr, d->last.ptr + 1, --d->last.len * sizeof *d->last.ptr);
    }
    VEC_PUSH(&d->last, line);
}

static void write_down(struct delegate *d, const char *text)
{
    buf_adds(&d->transcript, text);
    if (d->transcript.len > 2 * MAX_TRANSCRIPT)
        buf_drop_head(&d->transcript, d->transcript.len - MAX_TRANSCRIPT);
}

static void act(struct delegate *d, const char *what, const char *about)
{
    AUTO_FREE char *line = mem_printf("%s%s%.*s", what, *about ? " " : "",
                                      (int)utf8_cut(about, strlen(about), 200), about);
    for (char *p = line; *p; p++)
        *p = *p == '\n' ? ' ' : *p;
    mem_replace(&d->action, line);
    remember(d, mem_strdup(line));
    AUTO_FREE char *row = mem_printf("\n⚙ %s\n", line);
    write_down(d, row);
    d->owner->changed(d->owner->jobs);
}

static void fold_result(struct delegate *d, const cJSON *j)
{
    d->result_seen = true;
    d->said_success = json_bool(j, "success", false);
    mem_replace(&d->status, json_str(j, "status", "?"));
    mem_replace(&d->summary, json_str(j, "summary", ""));
    mem_replace(&d->answer, json_str(j, "answer", ""));
    d->rounds = json_int(j, "rounds", d->rounds);
    AUTO_FREE char *line = mem_printf("\n── %s: %s\n", d->status, d->summary);
    write_down(d, line);
}

/* Checks of its tree: the newest tree says how they stand. */
static void fold_tree(struct delegate *d, const cJSON *j)
{
    cJSON_Delete(d->checks);
    d->checks = cJSON_CreateArray();
    const cJSON *n;
    cJSON_ArrayForEach(n, json_get(j, "nodes"))
    {
        const char *check = json_str(n, "check", NULL), *how = json_str(n, "check_state", "none");
        if (!check || strcmp(how, "none") == 0)
            continue;
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "command", check);
        json_add_bool(one, "green", strcmp(how, "green") == 0);
        cJSON_AddItemToArray(d->checks, one);
    }
}

static void fold_usage(struct delegate *d, const cJSON *j)
{
    d->input = json_int(j, "total_input", 0);
    d->cached = json_int(j, "total_cached", 0);
    d->output = json_int(j, "total_output", 0);
    d->cost = json_num(j, "total_cost", 0);
    d->owner->changed(d->owner->jobs);
}

static void fold_start(struct delegate *d, const cJSON *j)
{
    mem_replace(&d->its_model, json_str(j, "model", ""));
    d->owner->changed(d->owner->jobs);
}

static void fold_text(struct delegate *d, const cJSON *j)
{
    write_down(d, json_str(j, "text", ""));
}

static void fold_call(struct delegate *d, const cJSON *j)
{
    act(d, json_str(j, "name", "?"), json_str(j, "summary", ""));
}

static void fold_tool_result(struct delegate *d, const cJSON *j)
{
    const char *summary = json_str(j, "summary", "");
    AUTO_FREE char *row = mem_printf("  %s %s\n", json_bool(j, "ok", true) ? "✔" : "✗", summary);
    write_down(d, row);
    if (!json_bool(j, "ok", true))
        remember(d, mem_printf("failed: %s", summary));
}

static void fold_round(struct delegate *d, const cJSON *j)
{
    d->rounds = json_int(j, "round", d->rounds);
    d->owner->changed(d->owner->jobs);
}

static void fold_error(struct delegate *d, const cJSON *j)
{
    mem_replace(&d->error, json_str(j, "text", ""));
    act(d, "error:", d->error);
}

static void fold_question(struct delegate *d, const cJSON *j)
{
    free(d->question);
    d->question = json_print(j);
    act(d, "asks:", json_str(j, "title", ""));
    loop_timer_remove(d->owner->reactor->loop, d->silence); /* the user's silence is not its own */
    d->silence = NULL;
}

static void fold_loop(struct delegate *d, const cJSON *j)
{
    if (strcmp(json_str(j, "level", ""), "clear") != 0)
        act(d, "loop:", json_str(j, "text", ""));
}

/* Of the launched ones, by who launches them (far/home.h). */
static void fold_far(struct delegate *d, const cJSON *j)
{
    const char *state = json_str(j, "state", "");
    const cJSON *conflicts = json_get(j, "conflicts");
    if (cJSON_GetArraySize(conflicts) > 0) {
        cJSON_Delete(d->conflicts);
        d->conflicts = cJSON_Duplicate(conflicts, true);
    }
    if (json_get(j, "check")) {
        cJSON_Delete(d->far_check);
        d->far_check = cJSON_Duplicate(json_get(j, "check"), true);
    }
    if (json_str(j, "patch", NULL))
        mem_replace(&d->patch, json_str(j, "patch", NULL));
    if (strcmp(state, "reached") == 0)
        act(d, "began", "there");
    if (strcmp(state, "ended") != 0 || !json_str(j, "status", NULL))
        return;
    d->said_success = false;
    mem_replace(&d->status, json_str(j, "status", "lost"));
    mem_replace(&d->error, json_str(j, "error", ""));
    act(d, "ended:", d->error);
}

static void fold(struct delegate *d, const cJSON *j)
{
    static const struct {
        const char *type;
        void (*fn)(struct delegate *d, const cJSON *j);
    } folds[] = {{"session_start", fold_start}, {"text", fold_text},
                 {"tool_call", fold_call},      {"tool_result", fold_tool_result},
                 {"usage", fold_usage},         {"round_start", fold_round},
                 {"tree", fold_tree},           {"error", fold_error},
                 {"approval", fold_question},   {"loop_warning", fold_loop},
                 {"result", fold_result},       {"far", fold_far}};
    const char *type = json_str(j, "type", "");
    const char *session = json_str(j, "session", NULL);
    if (session && !d->session)
        d->session = mem_strdup(session);
    for (size_t i = 0; i < COUNT_OF(folds); i++)
        if (strcmp(folds[i].type, type) == 0)
            folds[i].fn(d, j);
}

static void on_silence(void *arg)
{
    struct delegate *d = arg;
    d->silence = NULL;
    AUTO_FREE char *why = mem_printf("it said nothing for %lld s", (long long)d->silence_ms / 1000);
    delegate_give_up(d, "silent", why);
}

void delegate_heard(struct delegate *d)
{
    struct loop *loop = d->owner->reactor->loop;
    loop_timer_remove(loop, d->silence);
    d->silence = d->silence_ms > 0 && !d->question
                     ? loop_timer_add(loop, clock_ms() + d->silence_ms, on_silence, d)
                     : NULL;
}

static void feed_line(struct delegate *d, const char *text, size_t n)
{
    struct error e = {0};
    if (n == 0)
        return;
    AUTO_JSON *j = json_parse(text, n, &e);
    if (cJSON_IsObject(j) && json_str(j, "type", NULL)) {
        delegate_heard(d);
        fold(d, j);
        return;
    }
    AUTO(buf) clean = {0};
    utf8_repair(&clean, text, MIN(n, 160));
    remember(d, mem_printf("no event: %s", buf_cstr(&clean)));
    if (++d->garbage == MAX_GARBAGE)
        delegate_give_up(d, "garbage", "it printed what are no events; is the launcher noisy?");
}

void delegate_feed(struct delegate *d, const char *s, size_t n)
{
    while (n && !d->stopped) {
        const char *end = memchr(s, '\n', n);
        size_t part = end ? (size_t)(end - s) : n;
        buf_add(&d->line, s, part);
        if (d->line.len > MAX_LINE) {
            delegate_give_up(d, "garbage", "it printed a line of more than 4 MiB");
            return;
        }
        if (!end)
            return;
        feed_line(d, buf_cstr(&d->line), d->line.len);
        buf_clear(&d->line);
        s += part + 1;
        n -= part + 1;
    }
}
