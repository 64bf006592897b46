/*
 * ClarificationBehavior - one tool that asks the user.
 */
#include <string.h>

#include "base/mem.h"
#include "behaviors/behavior.h"

#define CHOICES_MAX 6

static void clarification_instructions(struct call *c, struct buf *out)
{
    buf_adds(out, c->host->text(c->agent, "clarification.instructions"));
}

static cJSON *clarification_ask(struct call *c, const cJSON *args)
{
    const char *question = json_str(args, "question", "");
    const cJSON *choices = json_get(args, "choices");
    AUTO_FREE char *answer = NULL;
    struct error e = {0};
    if (strspn(question, " \t\r\n") == strlen(question))
        return json_error("question is empty");
    if (cJSON_GetArraySize(choices) > CHOICES_MAX)
        return json_error("%d choices are too many: at most %d", cJSON_GetArraySize(choices),
                          CHOICES_MAX);
    if (cJSON_GetArraySize(choices) == 0)
        choices = NULL;
    if (!c->host->ask_user(c->agent, question, choices, &answer, &e))
        return json_error("%s%s", e.text,
                          e.code == ERR_DENIED ? "; decide yourself and say what you assumed" : "");
    cJSON *j = json_success();
    json_add_str(j, "answer", answer);
    return j;
}

static const struct tool clarification_tools[] = {
    {"clarify_with_user", "Ask the user one question and wait for the answer.",
     "{\"type\":\"object\",\"properties\":{\"question\":{\"type\":\"string\"},"
     "\"choices\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"maxItems\":6}},"
     "\"required\":[\"question\"]}",
     TOOL_READS | TOOL_ASKS, clarification_ask},
    {0},
};

const struct behavior behavior_clarification = {
    .type = "ClarificationBehavior",
    .name = "clarification",
    .help = "Ask the user a question when a wrong guess would cost work",
    .tools = clarification_tools,
    .instructions = clarification_instructions,
};
