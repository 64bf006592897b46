#include "llm/turn/text_toolcalls.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

/* Openings of the forms in which models leak their calls. */
static const char *const text_toolcalls_marks[] = {
    "<tool_call",
    "<function=",
    "<tools>",
    "<seed:tool_call>",
    "<minimax:tool_call>",
    "<|tool_call",
    "<|python_tag|>",
    "<|START_ACTION|>",
    "<|tools_prefix|>",
    "<TOOLCALL>",
    "[TOOL_CALLS]",
    "<｜tool▁call",
    "<｜DSML｜",
    "<|DSML|",
    "<|channel|>commentary to=",
};

enum match { MATCH_NO, MATCH_YES, MATCH_MORE };

static enum match text_toolcalls_starts(const char *p, size_t n, const char *want)
{
    size_t w = strlen(want);
    if (memcmp(p, want, MIN(n, w)) != 0)
        return MATCH_NO;
    return n >= w ? MATCH_YES : MATCH_MORE;
}

static enum match text_toolcalls_mark(const char *p, size_t n)
{
    enum match best = MATCH_NO;
    for (size_t i = 0; i < COUNT_OF(text_toolcalls_marks) && best != MATCH_YES; i++) {
        enum match m = text_toolcalls_starts(p, n, text_toolcalls_marks[i]);
        best = m != MATCH_NO ? m : best;
    }
    return best;
}

static size_t text_toolcalls_blank(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && isspace((unsigned char)p[i]))
        i++;
    return i;
}

/* Does the text, from its very start, read {"name" or ```json {"name"? */
static enum match text_toolcalls_bare(const char *p, size_t n)
{
    size_t i = text_toolcalls_blank(p, n);
    if (i < n && p[i] == '`') {
        enum match fence = text_toolcalls_starts(p + i, n - i, "```");
        if (fence != MATCH_YES)
            return fence;
        for (i += 3; i < n && isalpha((unsigned char)p[i]); i++)
            ;
        i += text_toolcalls_blank(p + i, n - i);
    }
    if (i == n)
        return MATCH_MORE;
    if (p[i] != '{')
        return MATCH_NO;
    i++;
    i += text_toolcalls_blank(p + i, n - i);
    return text_toolcalls_starts(p + i, n - i, "\"name\"");
}

/* One step at s->at: false when the text ends before it can be judged, or at a mark. */
static bool text_toolcalls_step(struct text_toolcalls *s, const char *text, size_t n)
{
    const char *p = text + s->at;
    size_t left = n - s->at;
    if (*p == '`') {
        enum match fence = text_toolcalls_starts(p, left, "```");
        if (fence == MATCH_MORE)
            return false;
        s->fence = s->fence != (fence == MATCH_YES);
        s->at += fence == MATCH_YES ? 3 : 1;
        return true;
    }
    if (!s->fence && (*p == '<' || *p == '[') && (s->at == 0 || p[-1] != '`')) {
        enum match m = text_toolcalls_mark(p, left);
        s->marked = m == MATCH_YES;
        if (m != MATCH_NO)
            return false;
    }
    s->at++;
    return true;
}

size_t text_toolcalls_safe(struct text_toolcalls *s, const char *text, size_t n)
{
    if (s->at == 0 && n > 0 && !s->marked) {
        enum match bare = text_toolcalls_bare(text, n);
        s->marked = bare == MATCH_YES;
        if (bare != MATCH_NO)
            return 0;
    }
    while (!s->marked && s->at < n && text_toolcalls_step(s, text, n))
        ;
    return s->at;
}

static const struct llm_tool *text_toolcalls_tool(const char *name, const struct llm_tool *tools,
                                                  size_t n)
{
    static const char *const prefixes[] = {"functions.", "default_api.", "tools."};
    for (size_t i = 0; name && i < COUNT_OF(prefixes); i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            name += strlen(prefixes[i]);
    for (size_t i = 0; name && i < n; i++)
        if (strcmp(tools[i].name, name) == 0)
            return &tools[i];
    return NULL;
}

struct found {
    VEC(struct llm_tool_call) calls;
    const struct llm_tool *tools;
    size_t tool_count;
};

static bool text_toolcalls_take(struct found *f, const cJSON *j)
{
    const struct llm_tool *t =
        text_toolcalls_tool(json_str(j, "name", NULL), f->tools, f->tool_count);
    const cJSON *args = json_get(j, "arguments");
    if (!args)
        args = json_get(j, "parameters");
    if (!t || (!cJSON_IsObject(args) && !cJSON_IsString(args)))
        return false;
    struct llm_tool_call call = {.name = mem_strdup(t->name)};
    call.args = cJSON_IsString(args) ? mem_strdup(args->valuestring) : json_print(args);
    VEC_PUSH(&f->calls, call);
    return true;
}

/* The JSON object at p, and where it ends; NULL when it is not whole. */
static cJSON *text_toolcalls_object(const char *p, const char **end)
{
    cJSON *j = *p == '{' ? json_parse_prefix(p, strlen(p), end) : NULL;
    return j;
}

static const char *text_toolcalls_skip(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* A row of <tool_call>{…}</tool_call>; the last may lack its end. */
static bool text_toolcalls_hermes(struct found *f, const char *p)
{
    while (strncmp(p, "<tool_call>", 11) == 0) {
        const char *end = NULL;
        AUTO_JSON *j = text_toolcalls_object(text_toolcalls_skip(p + 11), &end);
        if (!j || !text_toolcalls_take(f, j))
            return false;
        p = text_toolcalls_skip(end);
        if (strncmp(p, "</tool_call>", 12) == 0)
            p = text_toolcalls_skip(p + 12);
        else if (*p)
            return false;
    }
    return f->calls.len > 0;
}

static bool text_toolcalls_lone_object(struct found *f, const char *text)
{
    const char *p = text_toolcalls_skip(text), *end = NULL;
    bool fenced = strncmp(p, "```", 3) == 0;
    if (fenced)
        p = text_toolcalls_skip(p + 3 + strspn(p + 3, "abcdefghijklmnopqrstuvwxyz"));
    AUTO_JSON *j = text_toolcalls_object(p, &end);
    if (!j)
        return false;
    end = text_toolcalls_skip(end);
    if (fenced && strncmp(end, "```", 3) == 0)
        end = text_toolcalls_skip(end + 3);
    return *end == '\0' && text_toolcalls_take(f, j);
}

static bool text_toolcalls_names_tool(const char *text, const struct llm_tool *tools, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(text, tools[i].name))
            return true;
    return false;
}

enum text_toolcalls_result text_toolcalls_read(const char *text, size_t mark,
                                               const struct llm_tool *tools, size_t tool_count,
                                               bool cut, struct llm_tool_call **calls,
                                               size_t *call_count, char **note)
{
    struct found f = {.tools = tools, .tool_count = tool_count};
    const char *p = text + mark;
    bool bare = mark == 0 && text_toolcalls_bare(text, strlen(text)) == MATCH_YES;
    if (!cut && (bare ? text_toolcalls_lone_object(&f, p) : text_toolcalls_hermes(&f, p))) {
        *calls = f.calls.ptr;
        *call_count = f.calls.len;
        return TEXT_TOOLCALLS_CALLS;
    }
    llm_calls_free(f.calls.ptr, f.calls.len);
    /* JSON that merely looks similar is an answer; so is markup that names no tool of ours. */
    if (bare || !text_toolcalls_names_tool(p, tools, tool_count))
        return TEXT_TOOLCALLS_NONE;
    *note =
        mem_printf("A tool call came as text (\"%.*s\"), %s. Nothing was run. Call tools "
                   "through the tool interface, or write exactly <tool_call>{\"name\": \"NAME\", "
                   "\"arguments\": {…}}</tool_call>.",
                   (int)utf8_cut(p, strlen(p), 60), p,
                   cut ? "cut by the token limit" : "in a form that cannot be read");
    return TEXT_TOOLCALLS_UNREADABLE;
}
