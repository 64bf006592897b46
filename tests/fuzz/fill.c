/* fill: templates of a playbook, {a.b}, against a result that is JSON or is not. */
#include "fuzz.h"

#include "llm/playbook/playbook_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *template = fuzz_part(&data, &size);
    AUTO_FREE char *result = fuzz_text(data, size);
    struct error e = {0};
    static const char turns[] = "turns:\n  - call: {tool: t, args: {}, as: a}\n  - say: x\n";
    AUTO_YAML *y = yaml_parse(turns, sizeof turns - 1, "f", &e);
    struct llm_tool_call call = {"pb-1-0-0", "t", "{}"};
    struct llm_message messages[] = {
        {.role = LLM_USER, .text = "go"},
        {.role = LLM_ASSISTANT, .calls = &call, .call_count = 1},
        {.role = LLM_TOOL, .call_id = call.id, .text = result, .data = result}};
    struct llm_request r = {.messages = messages,
                            .message_count = COUNT_OF(messages),
                            .goal = "g",
                            .workspace = "/w",
                            .user = "u",
                            .goal_number = 1};
    struct play p;
    play_init(&p, y, &r);
    AUTO_FREE char *filled = play_fill_text(&p, template);
    CLAIM(filled, "nothing came of it");
    if (!strchr(template, '{'))
        CLAIM(strcmp(filled, template) == 0, "no template, and yet %s", filled);
    play_fini(&p);
    return 0;
}
