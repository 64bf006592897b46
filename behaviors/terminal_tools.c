/*
 * TerminalToolsBehavior - send_input: types into a command that was run with a terminal and asks.
 */
#include <string.h>

#include "base/mem.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/terminal.h"

#define WAIT_DEFAULT 60 /* s */
#define WAIT_MAX 3600

static bool add_keys(const cJSON *keys, struct buf *typed, struct buf *names, struct error *e)
{
    const cJSON *k;
    cJSON_ArrayForEach(k, keys)
    {
        char own[2];
        const char *name = cJSON_GetStringValue(k), *bytes = name ? terminal_key(name, own) : NULL;
        if (!bytes)
            return error_set(e, ERR_USAGE,
                             "\"%s\" is no key: enter, tab, escape, space, backspace, delete, up, "
                             "down, left, right, home, end, page-up, page-down, ctrl-a to ctrl-z",
                             name ? name : "");
        buf_adds(typed, bytes);
        buf_addf(names, "%s%s", names->len ? " " : "", name);
    }
    return true;
}

static cJSON *send_input(struct call *c, const cJSON *args)
{
    const char *text = json_str(args, "text", NULL);
    AUTO(buf) typed = {0}, names = {0};
    struct error e = {0};
    struct command_result r = {0};
    if (text)
        buf_addf(&typed, "%s%s", text, json_bool(args, "enter", true) ? "\r" : "");
    if (!add_keys(json_get(args, "keys"), &typed, &names, &e))
        return json_error("%s", e.text);
    int64_t wait = MIN(MAX(json_int(args, "timeout", WAIT_DEFAULT), 1), WAIT_MAX);
    struct command_spec spec = {.call_id = c->call_id,
                                .command = text && *text ? text : buf_cstr(&names),
                                .into = json_str(args, "job", ""),
                                .typed = buf_cstr(&typed),
                                .timeout_ms = wait * 1000};
    c->host->command_run(c->agent, &spec, &r);
    cJSON *j = terminal_result_json(&r);
    command_result_fini(&r);
    return j;
}

static char *input_text(const cJSON *args, const cJSON *result)
{
    return json_get(result, "terminal") ? terminal_result_text(result) : NULL;
}

static const struct tool terminal_tools[] = {
    {"send_input",
     "Type into a command that was run with tty; returns what it says until it asks, is silent or "
     "ends. Without text and keys: wait for what it says next.",
     "{\"type\":\"object\",\"properties\":{\"job\":{\"type\":\"string\"},"
     "\"text\":{\"type\":\"string\"},"
     "\"enter\":{\"type\":\"boolean\",\"description\":\"after the text; default true\"},"
     "\"keys\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"after it: "
     "up, tab, ctrl-c, ...\"},"
     "\"timeout\":{\"type\":\"integer\",\"description\":\"s, default 60\"}},"
     "\"required\":[\"job\"]}",
     TOOL_EXECUTES, send_input, .verb = "Typed", .text = input_text},
    {0},
};

const struct behavior behavior_terminal_tools = {
    .type = "TerminalToolsBehavior",
    .name = "terminal_tools",
    .help = "Type into commands that ask",
    .tools = terminal_tools,
};
