#include "llm/turn/effort.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "llm/models/family.h"
#include "llm/turn/params.h"

#define BUDGET_LEAST 1024 /* tokens; fewer are refused */

/* Tokens of thinking for models that count them, at most three quarters of the answer's limit: what
 * is left is to be said, and what equals the limit is refused. 0: there is no room to think. */
static int64_t effort_budget(const char *effort, int64_t limit)
{
    static const struct {
        const char *effort;
        int64_t tokens;
    } rows[] = {{"minimal", 1024}, {"low", 4096},    {"medium", 10000},
                {"high", 24000},   {"xhigh", 32000}, {"max", 32000}};
    int64_t most = limit > 0 ? limit / 4 * 3 : INT64_MAX;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcasecmp(rows[i].effort, effort) == 0)
            return most < BUDGET_LEAST ? 0 : MIN(rows[i].tokens, most);
    return 0;
}

static void effort_type(cJSON *head, const char *type)
{
    if (!json_get(head, "thinking"))
        json_add_str(params_object(head, "thinking"), "type", type);
}

/* Gemini's member, or NULL where the user has one of the same meaning. */
static cJSON *effort_thinking_config(cJSON *head)
{
    cJSON *to = params_object(params_object(head, "generationConfig"), "thinkingConfig");
    return json_get(to, "thinkingLevel") || json_get(to, "thinkingBudget") ? NULL : to;
}

static void effort_level(cJSON *head, const char *word)
{
    cJSON *to = effort_thinking_config(head);
    AUTO_FREE char *upper = mem_strdup(word);
    for (char *p = upper; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    if (to)
        json_add_str(to, "thinkingLevel", upper);
}

static void effort_tokens(cJSON *head, int64_t tokens)
{
    cJSON *to = effort_thinking_config(head);
    if (to)
        json_add_int(to, "thinkingBudget", tokens);
}

void effort_spell(cJSON *head, const struct model *m, const char *effort, int64_t limit)
{
    bool off = effort && strcasecmp(effort, "none") == 0;
    const char *known = effort ? family_effort(family_of(m), effort) : NULL;
    const char *word = known ? known : effort; /* a word of the user's own: the server judges it */
    int64_t tokens = effort && !off ? effort_budget(effort, limit) : 0;
    switch (family_spelling(m)) {
    case EFFORT_NONE:
        return;
    case EFFORT_CHAT:
        json_add_str(head, "reasoning_effort", word);
        return;
    case EFFORT_OBJECT:
        if (word && !json_get(json_get(head, "reasoning"), "effort"))
            json_add_str(params_object(head, "reasoning"), "effort", word);
        return;
    case EFFORT_ADAPTIVE:
        effort_type(head, off ? "disabled" : "adaptive");
        if (word && !off && !json_get(json_get(head, "output_config"), "effort"))
            json_add_str(params_object(head, "output_config"), "effort", word);
        return;
    case EFFORT_BUDGET:
        if (!tokens || json_get(head, "thinking"))
            return;
        effort_type(head, "enabled");
        json_add_int(params_object(head, "thinking"), "budget_tokens", tokens);
        return;
    case EFFORT_SWITCH:
        if (effort)
            effort_type(head, off ? "disabled" : "enabled");
        return;
    case EFFORT_TEMPLATE:
        if (effort && !json_get(json_get(head, "chat_template_kwargs"), "enable_thinking"))
            json_add_bool(params_object(head, "chat_template_kwargs"), "enable_thinking", !off);
        return;
    case EFFORT_LEVEL:
        if (word)
            effort_level(head, word);
        return;
    case EFFORT_TOKENS:
        if (effort)
            effort_tokens(head, tokens);
        return;
    case EFFORT_THINK:
        if (json_get(head, "think"))
            return;
        if (off)
            json_add_bool(head, "think", false);
        else
            json_add_str(head, "think", word);
        return;
    }
}
