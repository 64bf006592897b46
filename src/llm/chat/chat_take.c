#include <ctype.h>
#include <string.h>

#include "llm/args.h"
#include "llm/chat/chat_priv.h"

static bool chat_id_taken(const struct call_ids *used, const char *id, const struct llm_reply *out,
                          size_t upto)
{
    for (size_t i = 0; i < upto; i++)
        if (strcmp(out->calls[i].id, id) == 0)
            return true;
    return call_ids_has(used, id);
}

/* Of a session, not of what the model is shown of it: an id that left the view is still taken. */
static char *chat_make_id(const struct call_ids *used, const struct llm_reply *out, size_t upto)
{
    for (;;) {
        AUTO_FREE char *id = call_ids_make(used);
        if (!chat_id_taken(NULL, id, out, upto))
            return mem_strdup(id);
    }
}

/* Seen: the whole argument text sent twice. */
static void chat_drop_echo(struct buf *args)
{
    size_t half = args->len / 2;
    if (args->len < 4 || args->len % 2 || memcmp(args->ptr, args->ptr + half, half) != 0)
        return;
    if (args_is_object(args->ptr, half))
        buf_cut(args, half);
}

/* "functions.NAME" and "NAME<|channel|>commentary": the plain name, if that is on offer. */
static char *chat_clean_name(const struct chat *c, const char *name)
{
    const char *dot = strrchr(name, '.'), *from = dot ? dot + 1 : name;
    size_t n = strcspn(from, "<");
    for (size_t i = 0; i < c->o.tool_count; i++)
        if (strcmp(c->o.tools[i].name, name) == 0)
            return mem_strdup(name);
    for (size_t i = 0; i < c->o.tool_count; i++)
        if (strlen(c->o.tools[i].name) == n && memcmp(c->o.tools[i].name, from, n) == 0)
            return mem_strndup(from, n);
    return mem_strdup(name);
}

static void chat_take_calls(struct chat *c, const struct call_ids *used, struct llm_reply *out)
{
    out->calls = mem_alloc((c->calls.len + 1) * sizeof *out->calls);
    for (size_t i = 0; i < c->calls.len; i++) {
        struct chat_call *call = c->calls.ptr[i];
        if (!call->name.len)
            continue; /* pieces of nothing */
        chat_drop_echo(&call->args);
        size_t k = out->call_count;
        const char *id = buf_cstr(&call->id);
        out->calls[k].id =
            *id && !chat_id_taken(used, id, out, k) ? mem_strdup(id) : chat_make_id(used, out, k);
        out->calls[k].name = chat_clean_name(c, buf_cstr(&call->name));
        out->calls[k].args = mem_strdup(buf_cstr(&call->args));
        out->call_count++;
        buf_clear(&call->id);
        buf_adds(&call->id, out->calls[k].id);
    }
    if (out->call_count)
        return;
    free(out->calls);
    out->calls = NULL;
}

static void chat_void_calls(struct llm_reply *out, const char *why)
{
    AUTO(buf) names = {0};
    for (size_t i = 0; i < out->call_count; i++)
        buf_addf(&names, "%s%s", i ? ", " : "", out->calls[i].name);
    mem_replace(&out->void_note, NULL);
    out->void_note = mem_printf("%s was not run: %s.", buf_cstr(&names), why);
    llm_calls_free(out->calls, out->call_count);
    out->calls = NULL;
    out->call_count = 0;
}

static void chat_text_toolcalls(struct chat *c, const struct call_ids *used, struct llm_reply *out)
{
    if (!c->markup.marked || out->call_count)
        return;
    bool cut = out->finish == LLM_FINISH_LENGTH || out->finish == LLM_FINISH_FILTER;
    enum text_toolcalls_result r =
        text_toolcalls_read(buf_cstr(&c->text), c->markup.at, c->o.tools, c->o.tool_count, cut,
                            &out->calls, &out->call_count, &out->void_note);
    for (size_t i = 0; i < out->call_count; i++)
        out->calls[i].id = chat_make_id(used, out, i);
    if (r != TEXT_TOOLCALLS_NONE) {
        size_t gone = c->text.len - c->markup.at;
        buf_cut(&c->text, c->markup.at);
        buf_cut(&c->original, c->original.len - MIN(gone, c->original.len));
    }
    if (r == TEXT_TOOLCALLS_CALLS)
        out->finish = LLM_FINISH_TOOLS;
}

static cJSON *chat_raw_call(struct chat *c, const struct llm_tool_call *call)
{
    cJSON *entry = cJSON_CreateObject(), *function = cJSON_CreateObject();
    const struct chat_call *from = NULL;
    for (size_t i = 0; i < c->calls.len; i++)
        if (strcmp(buf_cstr(&c->calls.ptr[i]->id), call->id) == 0)
            from = c->calls.ptr[i];
    json_add_str(entry, "id", call->id);
    json_add_str(entry, "type", "function");
    json_add_str(function, "name", call->name);
    json_add_str(function, "arguments", call->args);
    const cJSON *m, *function_extra = from ? from->function_extra : NULL;
    const cJSON *extra = from ? from->extra : NULL;
    cJSON_ArrayForEach(m, function_extra) json_add(function, m->string, cJSON_Duplicate(m, true));
    json_add(entry, "function", function);
    cJSON_ArrayForEach(m, extra) json_add(entry, m->string, cJSON_Duplicate(m, true));
    return entry;
}

/* The message to send back, member by member as it came. */
static char *chat_raw(struct chat *c, const struct llm_reply *out)
{
    AUTO_JSON *j = cJSON_CreateObject();
    chat_settle(c);
    json_add_str(j, "role", "assistant");
    if (c->parts)
        json_add(j, "content", cJSON_Duplicate(c->parts, true));
    else if (c->think.parted && c->original.len) /* the template parts it again */
        json_add_str(j, "content", buf_cstr(&c->original));
    else if (c->text.len)
        json_add_str(j, "content", buf_cstr(&c->text));
    else
        json_add(j, "content", cJSON_CreateNull());
    for (size_t i = 0; i < c->strings.len; i++)
        json_add_str(j, c->strings.ptr[i].name, buf_cstr(&c->strings.ptr[i].text));
    const cJSON *m;
    cJSON_ArrayForEach(m, c->members) json_add(j, m->string, cJSON_Duplicate(m, true));
    cJSON *calls = out->call_count ? cJSON_AddArrayToObject(j, "tool_calls") : NULL;
    for (size_t i = 0; i < out->call_count; i++)
        cJSON_AddItemToArray(calls, chat_raw_call(c, &out->calls[i]));
    return json_print(j);
}

static enum llm_finish chat_judge_finish(const struct chat *c)
{
    /* Servers say "stop" or "tool_calls" for what the limit cut. */
    bool at_limit = c->o.limit > 0 && c->usage.reported && c->usage.output >= c->o.limit;
    return at_limit ? LLM_FINISH_LENGTH : c->finish;
}

static void chat_note_empty(struct llm_reply *out)
{
    if (out->call_count || out->void_note || (out->text && *out->text))
        return;
    out->void_note =
        mem_printf("The answer was empty%s (%lld tokens of prompt were read).",
                   out->reasoning ? " but for its reasoning" : "", (long long)out->usage.input);
}

void chat_take(struct chat *c, const struct call_ids *used, struct llm_reply *out)
{
    out->finish = chat_judge_finish(c);
    out->usage = c->usage;
    chat_end_text(c, !c->failed && out->finish != LLM_FINISH_LENGTH);
    if (!c->failed) {
        chat_take_calls(c, used, out);
        if (out->call_count && out->finish == LLM_FINISH_LENGTH)
            chat_void_calls(out, "the answer was cut by the token limit; send it again, in "
                                 "smaller parts");
        else if (out->call_count && out->finish == LLM_FINISH_FILTER)
            chat_void_calls(out, "the provider's content filter ended the answer");
        else if (out->call_count)
            out->finish = LLM_FINISH_TOOLS;
        else
            chat_text_toolcalls(c, used, out);
        chat_show(c, true);
    }
    if (c->text.len)
        out->text = mem_strdup(buf_cstr(&c->text));
    const char *thought = buf_cstr(&c->reasoning);
    if (thought[strspn(thought, " \t\r\n")]) /* an empty block is no thought */
        out->reasoning = mem_strdup(thought);
    if (c->failed)
        return;
    out->raw = chat_raw(c, out);
    chat_note_empty(out);
}
