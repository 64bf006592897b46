#include "engine/user_command.h"

#include <stdio.h>
#include <string.h>

#include "engine/engine_priv.h"

#define TIMEOUT_MS (30 * 60 * 1000)
#define NOTE_BYTES 16384 /* of output that the model reads */

static void tell_call(struct engine *g, const char *id, const char *command)
{
    struct event ev = {.type = EVENT_TOOL_CALL};
    ev.tool_call.id = mem_strdup(id);
    ev.tool_call.name = mem_strdup("!");
    ev.tool_call.summary = mem_strdup(command);
    ev.tool_call.verb = mem_strdup("You ran");
    ev.tool_call.language = mem_strdup("command");
    outbox_emit(&g->out, &ev);
}

static void tell_result(struct engine *g, const char *id, const struct command_result *r)
{
    struct event ev = {.type = EVENT_TOOL_RESULT};
    AUTO_JSON *result = cJSON_CreateObject();
    json_add_int(result, "exit_code", r->code);
    json_add_str(result, "output", *r->note ? r->note : buf_cstr(&r->out));
    ev.tool_result.id = mem_strdup(id);
    ev.tool_result.ok = r->code == 0;
    ev.tool_result.result = json_print(result);
    ev.tool_result.ms = r->ms;
    ev.tool_result.summary = r->refused     ? mem_strdup("refused")
                             : r->cancelled ? mem_strdup("stopped")
                             : r->timed_out ? mem_strdup("timed out")
                                            : mem_printf("exit %d", r->code);
    outbox_emit(&g->out, &ev);
}

/* What the model reads of it: its end, where it is long. */
static char *note_of(const char *command, const struct command_result *r)
{
    const char *text = buf_cstr(&r->out);
    size_t cut = r->out.len > NOTE_BYTES ? r->out.len - NOTE_BYTES : 0;
    while (cut > 0 && text[cut] && text[cut - 1] != '\n')
        cut++;
    AUTO_FREE char *head =
        cut || r->cut ? mem_printf("(the beginning is left out)\n") : mem_strdup("");
    if (r->refused)
        return mem_printf("The user ran this command; it was refused: %s\n\n$ %s", r->note,
                          command);
    return mem_printf("The user ran this command; exit status %d:\n\n$ %s\n%s%s", r->code, command,
                      head, text + cut);
}

void user_command_run(struct engine *g, const char *command, bool quiet)
{
    struct command_result r = {0};
    AUTO_FREE char *id = mem_printf("user-%lld", (long long)++g->user_commands);
    struct command_spec spec = {.call_id = id, .command = command, .timeout_ms = TIMEOUT_MS};
    tell_call(g, id, command);
    shell_run(&g->shell, &spec, &r);
    tell_result(g, id, &r);
    AUTO_FREE char *note = note_of(command, &r);
    if (!quiet && !r.refused)
        agent_note_later(&g->agent, note);
    if (!g->agent.goal.running)
        outbox_phase(&g->out, "idle", 0, 0, NULL);
    command_result_fini(&r);
}
