#include "acp/commands.h"

#include <string.h>

#include "base/mem.h"

/* request: REQUEST_COUNT where the report is all. report: told at the end; NULL: what is asked for
 * ends by itself, in a report (ASIDE) or a result. */
static const struct row {
    const char *name, *help, *hint;
    enum request_type request;
    const char *report;
} rows[] = {
    {"compact", "shorten the model's view by a summary", "what to keep", REQUEST_COMPACT,
     "context"},
    {"continue", "go on with the unfinished goal", NULL, REQUEST_CONTINUE, NULL},
    {"btw", "a question beside the conversation", "question", REQUEST_ASIDE, NULL},
    {"agent", "take another agent", "name", REQUEST_AGENT, "agents"},
    {"name", "what lists call this session", "name", REQUEST_NAME, "status"},
    {"context", "what is sent to the model, by owner", NULL, REQUEST_COUNT, "context"},
    {"tree", "goals, tasks and subtasks", NULL, REQUEST_COUNT, "tree"},
    {"tools", "the tools the model has", NULL, REQUEST_COUNT, "tools"},
    {"behaviors", "the behaviors of the agent", NULL, REQUEST_COUNT, "behaviors"},
    {"mcp", "the MCP servers that run", NULL, REQUEST_COUNT, "mcp"},
    {"jobs", "what runs beside the conversation", NULL, REQUEST_COUNT, "jobs"},
    {"memory", "what is remembered of this workspace", NULL, REQUEST_COUNT, "memory"},
    {"stats", "tokens, time and money by model and mode", NULL, REQUEST_COUNT, "stats"},
    {"status", "model, agent, sandbox, session", NULL, REQUEST_COUNT, "status"},
    {"log", "what was done", NULL, REQUEST_COUNT, "log"},
};

static void add(cJSON *list, const char *name, const char *help, const char *hint)
{
    cJSON *c = cJSON_CreateObject();
    json_add_str(c, "name", name);
    json_add_str(c, "description", help);
    if (hint) {
        cJSON *input = cJSON_CreateObject();
        json_add_str(input, "hint", hint);
        json_add(c, "input", input);
    }
    cJSON_AddItemToArray(list, c);
}

cJSON *commands_list(const cJSON *own)
{
    cJSON *list = cJSON_CreateArray();
    const cJSON *o;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        add(list, rows[i].name, rows[i].help, rows[i].hint);
    cJSON_ArrayForEach(o, own)
    {
        add(list, json_str(o, "name", ""), json_str(o, "help", ""), "words");
    }
    return list;
}

static struct request asked(const struct row *r, const char *words)
{
    if (r->request != REQUEST_COMPACT)
        return request_of(r->request, *words ? words : NULL, NULL);
    return request_of(r->request, NULL, *words ? words : NULL);
}

static bool own_command(const cJSON *own, const char *name)
{
    const cJSON *o;
    cJSON_ArrayForEach(o, own)
    {
        if (strcmp(json_str(o, "name", ""), name) == 0)
            return true;
    }
    return false;
}

bool commands_parse(const char *text, const cJSON *own, struct command_call *c)
{
    *c = (struct command_call){0};
    if (*text != '/')
        return false;
    size_t n = strcspn(text, " \t\r\n");
    AUTO_FREE char *name = mem_strndup(text + 1, n - 1);
    const char *words = text + n + strspn(text + n, " \t\r\n");
    if (own_command(own, name)) {
        c->requests[c->count++] = request_of(REQUEST_PROMPT, name, words);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *r = &rows[i];
        if (strcmp(r->name, name) != 0)
            continue;
        bool bare = r->request == REQUEST_AGENT && !*words; /* the list is what was asked for */
        if (r->request != REQUEST_COUNT && !bare)
            c->requests[c->count++] = asked(r, words);
        if (r->report)
            c->requests[c->count++] = request_of(REQUEST_REPORT, r->report, NULL);
        c->reports = r->report || r->request == REQUEST_ASIDE;
        c->idle = r->request != REQUEST_COUNT && !bare && request_when(r->request) == REQUEST_IDLE;
        return true;
    }
    return false;
}
