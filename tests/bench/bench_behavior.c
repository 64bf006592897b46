/* A plugin with a tool that does nothing, for plugin.c. */
#include "behaviors/behavior.h"

static cJSON *nothing(struct call *c, const cJSON *args)
{
    (void)c;
    (void)args;
    return json_success();
}

static const struct tool tools[] = {{"nothing", "Does nothing.", "{\"type\":\"object\"}",
                                     TOOL_READS, nothing, NULL, NULL, NULL, NULL},
                                    {0}};

const struct behavior behavior_bench = {
    .type = "BenchBehavior", .name = "bench", .help = "Does nothing.", .tools = tools};
