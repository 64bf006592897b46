/*
 * DeferredToolsBehavior - tools that the request names in one line each behavior, and one tool that
 * brings them. It comes by itself where a behavior is deferred.
 */
#include "base/mem.h"
#include "behaviors/behavior.h"

static void search_instructions(struct call *c, struct buf *out)
{
    AUTO(buf) list = {0};
    c->host->tools_deferred(c->agent, &list);
    if (list.len)
        TEXT_FILL(out, c->host->text(c->agent, "deferred.instructions"),
                  {"tools", buf_cstr(&list)});
}

static cJSON *search_run(struct call *c, const cJSON *args)
{
    const char *query = json_str(args, "query", "");
    cJSON *found = c->host->tools_find(c->agent, query);
    if (found->child) {
        cJSON *j = json_success();
        json_add(j, "tools", found);
        json_add_str(j, "note", "they can be called from now on");
        return j;
    }
    cJSON_Delete(found);
    AUTO(buf) list = {0};
    c->host->tools_deferred(c->agent, &list);
    return json_error("no tool fits \"%.80s\"; there are:\n%s", query, buf_cstr(&list));
}

static const struct tool search_tools[] = {
    {"tool_search", "Bring more tools.",
     "{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\",\"description\":\"names, "
     "or "
     "words\"}},\"required\":[\"query\"]}",
     TOOL_READS, search_run},
    {0},
};

const struct behavior behavior_deferred_tools = {
    .type = "DeferredToolsBehavior",
    .name = "deferred_tools",
    .help = "Name tools of deferred behaviors in a line, and bring them when wanted",
    .tools = search_tools,
    .instructions = search_instructions,
};
