#include "llm/turn/answer_take.h"

#include <ctype.h>
#include <string.h>

#include "llm/args.h"
#include "llm/turn/answer_build.h"
#include "llm/turn/answer_text.h"

static bool answer_id_taken(const struct call_ids *used, const char *id,
                            const struct llm_reply *out, size_t upto)
{
    for (size_t i = 0; i < upto; i++)
        if (strcmp(out->calls[i].id, id) == 0)
            return true;
    return call_ids_has(used, id);
}

/* Of a session, not of what the model is shown of it: an id that left the view is still taken. */
static char *answer_make_id(const struct call_ids *used, const struct llm_reply *out, size_t upto)
{
    for (;;) {
        AUTO_FREE char *id = call_ids_make(used);
        if (!answer_id_taken(NULL, id, out, upto))
            return mem_strdup(id);
    }
}

/* Seen: the whole argument text sent twice. */
static void answer_drop_echo(struct buf *args)
{
    size_t half = args->len / 2;
    if (args->len < 4 || args->len % 2 || memcmp(args->ptr, args->ptr + half, half) != 0)
        return;
    if (args_is_object(args->ptr, half))
        buf_cut(args, half);
}

/* "functions.NAME" and "NAME<|channel|>commentary": the plain name, if that is on offer. */
static char *answer_clean_name(const struct answer *a, const char *name)
{
    const char *dot = strrchr(name, '.'), *from = dot ? dot + 1 : name;
    size_t n = strcspn(from, "<");
    for (size_t i = 0; i < a->o.tool_count; i++)
        if (strcmp(a->o.tools[i].name, name) == 0)
            return mem_strdup(name);
    for (size_t i = 0; i < a->o.tool_count; i++)
        if (strlen(a->o.tools[i].name) == n && memcmp(a->o.tools[i].name, from, n) == 0)
            return mem_strndup(from, n);
    return mem_strdup(name);
}

static void answer_take_calls(struct answer *a, const struct call_ids *used, struct llm_reply *out)
{
    out->calls = mem_alloc((a->calls.len + 1) * sizeof *out->calls);
    for (size_t i = 0; i < a->calls.len; i++) {
        struct answer_call *call = a->calls.ptr[i];
        if (!call->name.len)
            continue; /* pieces of nothing */
        answer_drop_echo(&call->args);
        size_t k = out->call_count;
        const char *id = buf_cstr(&call->id);
        out->calls[k].id = *id && !answer_id_taken(used, id, out, k) ? mem_strdup(id)
                                                                     : answer_make_id(used, out, k);
        out->calls[k].name = answer_clean_name(a, buf_cstr(&call->name));
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

static void answer_void_calls(struct llm_reply *out, const char *why)
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

static void answer_text_toolcalls(struct answer *a, const struct call_ids *used,
                                  struct llm_reply *out)
{
    if (!a->markup.marked || out->call_count)
        return;
    bool cut = out->finish == LLM_FINISH_LENGTH || out->finish == LLM_FINISH_FILTER;
    enum text_toolcalls_result r =
        text_toolcalls_read(buf_cstr(&a->text), a->markup.at, a->o.tools, a->o.tool_count, cut,
                            &out->calls, &out->call_count, &out->void_note);
    for (size_t i = 0; i < out->call_count; i++)
        out->calls[i].id = answer_make_id(used, out, i);
    if (r != TEXT_TOOLCALLS_NONE) {
        size_t gone = a->text.len - a->markup.at;
        buf_cut(&a->text, a->markup.at);
        buf_cut(&a->original, a->original.len - MIN(gone, a->original.len));
    }
    if (r == TEXT_TOOLCALLS_CALLS)
        out->finish = LLM_FINISH_TOOLS;
}

static enum llm_finish answer_judge_finish(const struct answer *a)
{
    /* Servers say "stop" or "tool_calls" for what the limit cut. */
    bool at_limit = a->o.limit > 0 && a->usage.reported && a->usage.output >= a->o.limit;
    return at_limit ? LLM_FINISH_LENGTH : a->finish;
}

static void answer_note_empty(struct llm_reply *out)
{
    bool goes_on = out->finish == LLM_FINISH_PAUSE && out->parts.count;
    if (out->call_count || out->void_note || (out->text && *out->text) || goes_on)
        return;
    if (out->finish == LLM_FINISH_PAUSE)
        out->finish = LLM_FINISH_STOP; /* there is nothing to send back */
    out->void_note =
        mem_printf("The answer was empty%s (%lld tokens of prompt were read).",
                   out->reasoning ? " but for its reasoning" : "", (long long)out->usage.input);
}

void answer_take(struct answer *a, const struct call_ids *used, struct llm_reply *out)
{
    out->finish = answer_judge_finish(a);
    out->usage = a->usage;
    answer_end_text(a, !a->failed && out->finish != LLM_FINISH_LENGTH);
    if (!a->failed) {
        if (a->codec->settle)
            a->codec->settle(a);
        answer_take_calls(a, used, out);
        if (out->call_count && out->finish == LLM_FINISH_LENGTH)
            answer_void_calls(out, "the answer was cut by the token limit; send it again, in "
                                   "smaller parts");
        else if (out->call_count && out->finish == LLM_FINISH_FILTER)
            answer_void_calls(out, "the provider's content filter ended the answer");
        else if (out->call_count)
            out->finish = LLM_FINISH_TOOLS;
        else
            answer_text_toolcalls(a, used, out);
        answer_show(a, true);
    }
    if (a->text.len)
        out->text = mem_strdup(buf_cstr(&a->text));
    const char *thought = buf_cstr(&a->reasoning);
    if (thought[strspn(thought, " \t\r\n")]) /* an empty block is no thought */
        out->reasoning = mem_strdup(thought);
    out->stop = a->stop;
    a->stop = NULL;
    if (a->failed)
        return;
    if (a->codec->parts)
        a->codec->parts(a, out);
    answer_note_empty(out);
}
