/*
 * ModeSwitchBehavior - lets the model choose among the behavior modes that it offers.
 *
 * A mode is known by its name; what a name means (a route, parameters) is in the user's
 * configuration, so a call can ask for nothing that was not put there.
 */
#include <string.h>

#include "base/mem.h"
#include "behaviors/behavior.h"

/* Without blanks at its ends; "none" is no mode. Caller frees. */
static char *mode_name(const char *given)
{
    given += strspn(given, " \t\r\n");
    size_t n = strlen(given);
    while (n && strchr(" \t\r\n", given[n - 1]))
        n--;
    if (n == strlen("none") && strncmp(given, "none", n) == 0)
        n = 0;
    return mem_strndup(given, n);
}

static void mode_instructions(struct call *c, struct buf *out)
{
    struct mode_info *modes = NULL;
    size_t n = c->host->mode_list(c->agent, &modes);
    AUTO(buf) names = {0};
    for (size_t i = 0; i < n; i++)
        buf_addf(&names, "%s%s", i ? ", " : "", modes[i].name);
    if (n)
        TEXT_FILL(out, c->host->text(c->agent, "mode_switch.instructions"),
                  {"modes", buf_cstr(&names)});
    free(modes);
}

static cJSON *mode_told(struct call *c, const char *mode, const char *scope)
{
    bool session = strcmp(scope, "session") == 0;
    const char *now = c->host->mode_active(c->agent, NULL);
    /* What holds for the goal or the task goes before what holds for the session. */
    AUTO_FREE char *message =
        session && strcmp(now, mode) != 0
            ? mem_printf("%s%s for the session; until this goal or task ends %s is in force",
                         *mode ? "mode " : "no mode", mode, *now ? now : "no mode")
            : mem_printf("%s%s from the next request on, %s", *mode ? "mode " : "no mode", mode,
                         session ? "for the session" : "until this goal ends");
    cJSON *j = json_success();
    json_add_str(j, "mode", mode);
    json_add_str(j, "scope", scope);
    json_add_str(j, "message", message);
    return j;
}

static cJSON *mode_tool_set(struct call *c, const cJSON *args)
{
    const char *scope = json_str(args, "scope", "message"), *why = json_str(args, "reason", "");
    AUTO_FREE char *mode = mode_name(json_str(args, "mode", ""));
    struct error e = {0};
    if (strchr(mode, '/'))
        return json_error("\"%.80s\" is an address or a path; a mode is set by its name alone, see "
                          "list_behavior_modes",
                          mode);
    if (strcmp(scope, "message") != 0 && strcmp(scope, "session") != 0)
        return json_error("scope is message or session, not \"%.40s\"", scope);
    if (!*why)
        why = "the model chose it";
    if (!c->host->mode_set(c->agent, mode, strcmp(scope, "message") == 0, MODE_BY_MODEL, why, &e))
        return json_error("%s", e.text);
    return mode_told(c, mode, scope);
}

static cJSON *mode_tool_list(struct call *c, const cJSON *args)
{
    enum mode_chooser by;
    struct mode_info *modes = NULL;
    size_t n = c->host->mode_list(c->agent, &modes);
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "name", modes[i].name);
        json_add_str(one, "description", modes[i].description ? modes[i].description : "");
        json_add_bool(one, "active", modes[i].active);
        cJSON_AddItemToArray(list, one);
    }
    free(modes);
    cJSON *j = json_success();
    json_add(j, "modes", list);
    json_add_str(j, "active", c->host->mode_active(c->agent, &by));
    json_add_int(j, "count", (int64_t)n);
    return j;
}

static const struct tool mode_tools[] = {
    {"set_behavior_mode",
     "Answer in another behavior mode from the next request on: a name, several as a+b, or none. "
     "scope message: until this goal ends; session: until it is changed.",
     "{\"type\":\"object\",\"properties\":{\"mode\":{\"type\":\"string\"},\"scope\":{"
     "\"type\":\"string\",\"enum\":[\"message\",\"session\"]},\"reason\":{\"type\":\"string\"}},"
     "\"required\":[\"mode\"]}",
     TOOL_READS, mode_tool_set},
    {"list_behavior_modes", "The behavior modes there are, and which is active.",
     "{\"type\":\"object\",\"properties\":{}}", TOOL_READS, mode_tool_list},
    {0},
};

const struct behavior behavior_mode_switch = {
    .type = "ModeSwitchBehavior",
    .name = "mode_switch",
    .help = "Let the model choose among its behavior modes",
    .tools = mode_tools,
    .instructions = mode_instructions,
};
