/*
 * CommandToolsBehavior - run_bash: one shell command in the workspace, judged by policy, run in
 * the sandbox.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/terminal.h"

#define LIMIT_MAX 3600 /* s */

struct params {
    struct opt_list whitelist;
    int64_t timeout;
};

// clang-format off
static const struct opt command_params[] = {
    {"whitelist", OPT_LIST, offsetof(struct params, whitelist),
     .help = "Commands allowed as the first word of every part of a line; empty allows all"},
    {"timeout", OPT_INT, offsetof(struct params, timeout), .def = "120", .min = 1, .max = LIMIT_MAX, .unit = "s",
     .help = "Limit of a command when the call gives none; commands.timeout_seconds says another"},
    {0},
};
// clang-format on

static void command_instructions(struct call *c, struct buf *out)
{
    const struct params *p = c->params;
    AUTO(buf) commands = {0};
    char seconds[32];
    snprintf(seconds, sizeof seconds, "%lld", (long long)p->timeout);
    TEXT_FILL(out, c->host->text(c->agent, "command_tools.instructions"), {"seconds", seconds});
    for (size_t i = 0; i < p->whitelist.count; i++)
        buf_addf(&commands, "%s%s", i ? ", " : "", p->whitelist.items[i]);
    if (!commands.len)
        return;
    buf_addc(out, ' ');
    TEXT_FILL(out, c->host->text(c->agent, "command_tools.whitelist"),
              {"commands", buf_cstr(&commands)});
}

/* Said in each request of the round in which it became known, and then no more. */
struct state {
    struct buf ended;
    int64_t round;
    const char *goal;
};

static void command_enhance(struct call *c)
{
    struct state *s = c->state;
    if (s->round != c->round || s->goal != c->goal)
        buf_clear(&s->ended);
    s->round = c->round;
    s->goal = c->goal;
    c->host->jobs_ended(c->agent, &s->ended);
    if (s->ended.len)
        c->host->context_add(c->agent, PLACE_TAIL, "ENDED BY ITSELF", buf_cstr(&s->ended));
}

static void command_fini(struct call *c)
{
    struct state *s = c->state;
    buf_fini(&s->ended);
}

static cJSON *command_result_json(const struct command_result *r, int64_t timeout_s)
{
    cJSON *j = cJSON_CreateObject();
    bool ran = !r->refused && !r->timed_out && !r->cancelled && r->code >= 0;
    json_add_bool(j, "success", ran && r->code == 0);
    json_add_int(j, "returncode", r->timed_out || r->refused ? -1 : r->code);
    if (r->refused)
        json_add_str(j, "error", r->note);
    else if (r->timed_out) {
        AUTO_FREE char *text =
            mem_printf("Command timed out after %llds; it and all it started were stopped. "
                       "Give it more (timeout, s) or let it run (background=true)",
                       (long long)timeout_s);
        json_add_str(j, "error", text);
    } else if (r->cancelled)
        json_add_str(j, "error", *r->note ? r->note : "the command was stopped");
    else if (r->code < 0)
        json_add_str(j, "error", *r->note ? r->note : "the command could not be started");
    json_add_strn(j, "output", buf_cstr(&r->out), r->out.len);
    if (r->cut)
        json_add_int(j, "output_bytes", r->total_bytes);
    if (*r->file)
        json_add_str(j, "output_file", r->file);
    if (*r->denied)
        json_add_str(j, "sandbox", r->denied);
    json_add_int(j, "ms", r->ms);
    return j;
}

static cJSON *command_run(struct call *c, const cJSON *args)
{
    const struct params *p = c->params;
    const char *command = json_str(args, "command", "");
    int64_t timeout = json_int(args, "timeout", p->timeout);
    bool background = json_bool(args, "background", false), tty = json_bool(args, "tty", false);
    struct command_result r = {0};
    if (strspn(command, " \t\n") == strlen(command))
        return json_error("the command is empty");
    timeout = MIN(MAX(timeout, 1), LIMIT_MAX);
    struct command_spec spec = {.call_id = c->call_id,
                                .command = command,
                                .whitelist = &p->whitelist,
                                .timeout_ms = timeout * 1000,
                                .background = background,
                                .terminal = tty,
                                .leaves = true,
                                .needs = json_get(args, "needs"),
                                .why = json_str(args, "why", NULL)};
    c->host->command_run(c->agent, &spec, &r);
    cJSON *j;
    if (tty && !background) {
        j = terminal_result_json(&r);
        cJSON_Delete(c->host->tools_find(c->agent, "send_input")); /* offered from now on */
    } else if (r.job) {
        j = json_success();
        json_add_int(j, "job_id", r.job);
        json_add_str(j, "name", r.name);
        json_add_int(j, "pid", r.pid);
        json_add_str(j, "log_file", r.file);
        if (!background) {
            json_add_bool(j, "moved", true);
            json_add_strn(j, "output", buf_cstr(&r.out), r.out.len);
        }
    } else {
        j = command_result_json(&r, timeout);
    }
    command_result_fini(&r);
    return j;
}

static char *command_summary(const cJSON *args, const cJSON *result)
{
    int64_t code = json_int(result, "returncode", -1);
    return code >= 0 ? mem_printf("exit %lld", (long long)code) : NULL;
}

/* Output first; how it ended, unless it ended well. */
static char *command_text(const cJSON *args, const cJSON *result)
{
    if (json_get(result, "terminal"))
        return terminal_result_text(result);

    const char *output = json_str(result, "output", NULL), *error = json_str(result, "error", NULL);
    const char *file = json_str(result, "output_file", NULL);
    const char *denied = json_str(result, "sandbox", NULL);
    int64_t code = json_int(result, "returncode", -1);
    double s = (double)json_int(result, "ms", 0) / 1000;
    AUTO(buf) out = {0};
    if (json_get(result, "job_id"))
        return mem_printf(
            "%s%s%s runs%s, pid %lld, log %s; its end is told; check_server and stop_server "
            "take its name",
            output ? output : "", output && *output ? "\n" : "", json_str(result, "name", ""),
            json_bool(result, "moved", false) ? " on: the user moved it to the background" : "",
            (long long)json_int(result, "pid", 0), json_str(result, "log_file", ""));
    if (!output)
        return NULL;
    buf_adds(&out, output);
    if (out.len && out.ptr[out.len - 1] != '\n')
        buf_addc(&out, '\n');
    if (file)
        buf_addf(&out, "[%lld bytes; the whole: %s, for read_file or grep_files]\n",
                 (long long)json_int(result, "output_bytes", 0), file);
    if (error)
        buf_addf(&out, "error: %s\n", error);
    else if (code != 0)
        buf_addf(&out, "[exit %lld, %.1f s]\n", (long long)code, s);
    else if (!*output)
        buf_adds(&out, "[exit 0, no output]\n");
    if (denied)
        buf_addf(&out, "[%s]\n", denied);
    return buf_take(&out);
}

static const struct tool command_tools[] = {
    {"run_bash", "Run a shell command in the workspace and wait for its end.",
     "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\"},"
     "\"timeout\":{\"type\":\"integer\",\"description\":\"s, up to 3600\"},"
     "\"background\":{\"type\":\"boolean\",\"description\":\"return at once; its end is "
     "told\"},\"tty\":{\"type\":\"boolean\",\"description\":\"a terminal\"},"
     "\"needs\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"why\":{\"type\":"
     "\"string\"}},\"required\":[\"command\"]}",
     TOOL_EXECUTES, command_run, .verb = "Ran", .summary = command_summary, .text = command_text},
    {0},
};

const struct behavior behavior_command_tools = {
    .type = "CommandToolsBehavior",
    .name = "command_tools",
    .help = "Run shell commands in the workspace, in the sandbox",
    .params = command_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .fini = command_fini,
    .enhance_context = command_enhance,
    .tools = command_tools,
    .instructions = command_instructions,
};
