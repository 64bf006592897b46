#include "ui/views/state_tool.h"

#include <string.h>

#include "base/json.h"
#include "ui/views/diff_view.h"

#define PRINTED (SANITIZE_OVERWRITE | SANITIZE_COLORS) /* what a tool prints while it runs */

static struct item *state_tool_find(const struct state *st, const char *id)
{
    for (size_t i = st->items.len; id && i > 0; i--) {
        struct item *it = st->items.ptr[i - 1];
        if (it->kind == ITEM_TOOL && it->id && strcmp(it->id, id) == 0)
            return it;
    }
    return NULL;
}

/* What to show of the arguments when the engine sent no summary: the first string. */
static char *state_tool_args(const char *args)
{
    AUTO_JSON *j = args ? json_parse(args, strlen(args), NULL) : NULL;
    const cJSON *v;
    cJSON_ArrayForEach(v, j)
    {
        if (cJSON_IsString(v))
            return sanitize_text(v->valuestring, SANITIZE_ONE_LINE);
    }
    return mem_strdup("");
}

static void state_tool_call(struct state *st, const struct event *ev)
{
    struct item *it = state_add(st, ITEM_TOOL, NULL);
    it->done = false;
    mem_replace(&it->id, ev->tool_call.id);
    state_set(&it->name, ev->tool_call.name ? ev->tool_call.name : "tool");
    if (ev->tool_call.verb)
        state_set(&it->verb, ev->tool_call.verb);
    mem_replace(&it->language, ev->tool_call.language);
    it->quiet = ev->tool_call.quiet;
    if (ev->tool_call.summary)
        state_set(&it->summary, ev->tool_call.summary);
    else
        it->summary = state_tool_args(ev->tool_call.args);
}

static void state_tool_output(struct state *st, const struct event *ev)
{
    struct item *it = state_tool_find(st, ev->tool_output.id);
    const char *text = ev->tool_output.text;
    if (!it || !text)
        return;
    sanitize_add(&it->clean, text, strlen(text), PRINTED, &it->text);
    it->version++;
}

/* The words a result holds, when nothing was printed while the tool ran. */
static void state_tool_result_text(struct item *it, const char *result)
{
    static const char *const keys[] = {"output", "stdout", "content", "text",
                                       "error",  "stderr", "result",  "message"};
    AUTO_JSON *j = result ? json_parse(result, strlen(result), NULL) : NULL;
    AUTO_FREE char *whole = NULL;
    const char *text = NULL;
    for (size_t i = 0; i < COUNT_OF(keys) && !(text && *text); i++)
        text = json_str(j, keys[i], NULL);
    /* A command that printed nothing shows nothing. */
    if ((!text || !*text) && j && !json_get(j, "returncode"))
        text = whole = json_print_lines(j);
    if (text && text == json_str(j, "content", NULL))
        state_set(&it->path, json_str(j, "path", NULL));
    struct sanitizer z = {0};
    if (text)
        sanitize_add(&z, text, strlen(text), SANITIZE_OVERWRITE, &it->text);
    sanitize_end(&z, SANITIZE_OVERWRITE, &it->text);
}

static void state_tool_diff(struct item *it, const char *diff)
{
    if (!diff || !*diff)
        return;
    it->diff = sanitize_text(diff, 0);
    diff_view_count(it->diff, &it->added, &it->removed);
}

/* Quiet calls that went well and follow each other are one piece of news. */
static void state_tool_join(struct state *st, struct item *it)
{
    size_t i = st->items.len;
    while (i > 0 && st->items.ptr[i - 1] != it)
        i--;
    struct item *before = i > 1 ? st->items.ptr[i - 2] : NULL;
    bool alike = before && before->kind == ITEM_TOOL && before->quiet && before->done && before->ok;
    if (!it->quiet || !it->ok || !alike)
        return;
    it->lead = before->lead ? before->lead : before;
    before->next = it;
    it->lead->version++;
    it->version++;
}

static void state_tool_result(struct state *st, const struct event *ev)
{
    struct item *it = state_tool_find(st, ev->tool_result.id);
    if (!it)
        return;
    sanitize_end(&it->clean, PRINTED, &it->text);
    it->done = true;
    it->ok = ev->tool_result.ok;
    it->ms = ev->tool_result.ms;
    it->version++;
    state_set(&it->outcome, ev->tool_result.summary);
    state_tool_diff(it, ev->tool_result.diff);
    if (it->text.len == 0 && !it->diff)
        state_tool_result_text(it, ev->tool_result.result);
    state_tool_join(st, it);
}

void state_tool_apply(struct state *st, const struct event *ev)
{
    if (ev->type == EVENT_TOOL_CALL)
        state_tool_call(st, ev);
    else if (ev->type == EVENT_TOOL_OUTPUT)
        state_tool_output(st, ev);
    else
        state_tool_result(st, ev);
}
