/*
 * WaitBehavior - one tool that waits for something while no round is spent: a job's end, a file, a
 * command that succeeds, a time.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "behaviors/behavior.h"

#define MOST_DEFAULT 300 /* s */
#define MOST 3600        /* s */
#define LOOK_MS 250      /* between two looks at a file */
#define TRY_MS 1000      /* between the first two runs of a command; longer each time, up to */
#define TRY_MOST_MS 10000
#define TAIL_LINES 20

/* One call. */
struct wait {
    struct call *c;
    const char *what; /* argument that says what for */
    const char *name; /* its value, of all but time */
    int64_t since, until;
};

static cJSON *wait_result(const struct wait *w, bool success, const char *text)
{
    cJSON *j = cJSON_CreateObject();
    int64_t tenths = (clock_ms() - w->since) / 100;
    double s = (double)tenths / 10;
    json_add_bool(j, "success", success);
    json_add_str(j, success ? "message" : "error", text);
    json_add(j, "waited_seconds", cJSON_CreateNumber(s));
    return j;
}

/* It ended by itself before what was waited for was there. `state`: how that stands now. */
static cJSON *wait_in_vain(const struct wait *w, enum pause_end why, const char *state)
{
    const char *end = why == PAUSE_USER      ? "the user said something; look at that first"
                      : why == PAUSE_STOPPED ? "the wait was stopped"
                                             : "at_most is over; wait again, or look why";
    AUTO_FREE char *text = mem_printf("%s: %s", state, end);
    return wait_result(w, false, text);
}

static int64_t wait_left(const struct wait *w)
{
    return MAX(w->until - clock_ms(), 0);
}

static cJSON *wait_time(struct wait *w)
{
    enum pause_end why = w->c->host->pause(w->c->agent, NULL, wait_left(w));
    if (why == PAUSE_OVER)
        return wait_result(w, true, "the time is over");
    return wait_in_vain(w, why, "the time is not over");
}

static cJSON *wait_job(struct wait *w)
{
    const struct behavior_host *h = w->c->host;
    enum pause_end why = h->pause(w->c->agent, w->name, wait_left(w));
    struct server_status s = {0};
    struct error e = {0};
    if (!h->server_check(w->c->agent, w->name, TAIL_LINES, &s, &e)) {
        server_status_fini(&s);
        return json_error("%s", e.text);
    }
    AUTO_FREE char *state = why == PAUSE_JOB
                                ? mem_printf("%s ended, exit %d", s.name, s.code)
                                : mem_printf("%s is %s", s.name, server_state_name(s.state));
    cJSON *j = why == PAUSE_JOB ? wait_result(w, true, state) : wait_in_vain(w, why, state);
    json_add_str(j, "status", server_state_name(s.state));
    if (why == PAUSE_JOB)
        json_add_int(j, "exit_code", s.code);
    json_add_str(j, "log_file", s.log);
    json_add_str(j, "recent_output", s.tail ? s.tail : "");
    server_status_fini(&s);
    return j;
}

/* Looked at again and again: no file system but a local one would tell. What changed between the
 * model's last look and this call is news too. */
static cJSON *wait_file(struct wait *w)
{
    const struct behavior_host *h = w->c->host;
    struct error e = {0};
    bool exists, news;
    for (enum pause_end why = PAUSE_OVER;;) {
        if (!h->file_look(w->c->agent, w->name, &exists, &news, &e))
            return json_error("%s", e.text);
        AUTO_FREE char *state = mem_printf("%s %s", w->name,
                                           news     ? exists ? "exists, or changed" : "is gone"
                                           : exists ? "did not change"
                                                    : "does not exist");
        if (news)
            return wait_result(w, true, state);
        if (why != PAUSE_OVER || wait_left(w) == 0)
            return wait_in_vain(w, why, state);
        why = h->pause(w->c->agent, NULL, MIN(wait_left(w), LOOK_MS));
    }
}

static cJSON *wait_command(struct wait *w)
{
    const struct behavior_host *h = w->c->host;
    int64_t apart = TRY_MS;
    for (;;) {
        struct command_result r = {0};
        h->command_run(
            w->c->agent,
            &(struct command_spec){.command = w->name, .timeout_ms = MAX(wait_left(w), 1)}, &r);
        bool green = !r.refused && !r.cancelled && !r.timed_out && r.code == 0;
        enum pause_end why = PAUSE_OVER;
        if (r.cancelled)
            why = PAUSE_STOPPED;
        else if (!green && !r.refused)
            why = h->pause(w->c->agent, NULL, MIN(wait_left(w), apart));
        bool over = green || r.refused || why != PAUSE_OVER || wait_left(w) == 0;
        cJSON *j = NULL;
        AUTO_FREE char *state = mem_printf("the command ended with %d", r.code);
        if (green)
            j = wait_result(w, true, "the command succeeded");
        else if (r.refused)
            j = wait_result(w, false, r.note);
        else if (over)
            j = wait_in_vain(w, why, r.timed_out ? "the command did not end" : state);
        if (j && !r.refused)
            json_add_strn(j, "recent_output", buf_cstr(&r.out), r.out.len);
        command_result_fini(&r);
        if (j)
            return j;
        apart = MIN(apart * 3 / 2, TRY_MOST_MS);
    }
}

static cJSON *wait_run(struct call *c, const cJSON *args)
{
    static const struct {
        const char *what;
        cJSON *(*fn)(struct wait *w);
    } ways[] = {
        {"command", wait_command}, {"file", wait_file}, {"job", wait_job}, {"time", wait_time}};
    struct wait w = {.c = c, .since = clock_ms()};
    cJSON *(*fn)(struct wait * w) = NULL;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        if (!json_get(args, ways[i].what))
            continue;
        if (fn)
            return json_error("wait_for waits for one thing: %s or %s?", w.what, ways[i].what);
        w.what = ways[i].what;
        w.name = json_str(args, w.what, "");
        fn = ways[i].fn;
    }
    if (!fn || (fn != wait_time && strspn(w.name, " \t\r\n") == strlen(w.name)))
        return json_error("wait_for needs one of command, file, job or time (s)");
    int64_t s = json_int(args, fn == wait_time ? "time" : "at_most", MOST_DEFAULT);
    s = MIN(s, json_int(args, "at_most", MOST));
    w.until = w.since + MIN(MAX(s, 0), MOST) * 1000;
    return fn(&w);
}

/* What happened and how long it took; the end of what was printed. */
static char *wait_text(const cJSON *args, const cJSON *result)
{
    const char *error = json_str(result, "error", NULL);
    const char *log = json_str(result, "log_file", NULL);
    const cJSON *waited = json_get(result, "waited_seconds");
    AUTO(buf) out = {0};
    if (!waited)
        return NULL;
    buf_addf(&out, "%s%s [waited %.1f s]", error ? "error: " : "",
             error ? error : json_str(result, "message", ""), waited->valuedouble);
    if (log)
        buf_addf(&out, ", log %s", log);
    buf_addf(&out, "\n%s", json_str(result, "recent_output", ""));
    return buf_take(&out);
}

static const struct tool wait_tools[] = {
    {"wait_for", "Wait until one of these is there; costs no round.",
     "{\"type\":\"object\",\"properties\":{"
     "\"command\":{\"type\":\"string\",\"description\":\"run again and again until it exits 0\"},"
     "\"file\":{\"type\":\"string\",\"description\":\"until it exists, or is other than when you "
     "read or wrote it\"},"
     "\"job\":{\"type\":\"string\",\"description\":\"until this server or background command has "
     "ended\"},"
     "\"time\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3600,\"description\":\"s\"},"
     "\"at_most\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3600,\"description\":\"s, "
     "default 300\"}}}",
     TOOL_EXECUTES, wait_run, .text = wait_text},
    {0},
};

const struct behavior behavior_wait = {
    .type = "WaitBehavior",
    .name = "wait",
    .help = "Wait for a job, a file, a command, a time",
    .tools = wait_tools,
};
