#include <string.h>
#include <strings.h>

#include "base/json_span.h"
#include "llm/gemini/gemini_priv.h"
#include "llm/turn/answer_text.h"
#include "llm/turn/write.h"

/* A part of the answer that goes back. */
struct piece {
    enum llm_part_kind kind;
    struct buf text; /* of unsigned text: pieces of it are one part */
    struct answer_call *call;
    char *form;
};

struct gemini_own {
    VEC(struct piece *) pieces;
    int64_t calls;
};

static struct gemini_own *own(const struct answer *a)
{
    return a->own;
}

static void gemini_fini(struct answer *a)
{
    for (size_t i = 0; i < own(a)->pieces.len; i++) {
        buf_fini(&own(a)->pieces.ptr[i]->text);
        free(own(a)->pieces.ptr[i]->form);
        free(own(a)->pieces.ptr[i]);
    }
    VEC_FREE(&own(a)->pieces);
}

static struct piece *gemini_piece(struct answer *a, enum llm_part_kind kind)
{
    struct piece *p = mem_alloc(sizeof *p);
    p->kind = kind;
    VEC_PUSH(&own(a)->pieces, p);
    return p;
}

/* A signed part is not joined with an unsigned one. */
static void gemini_keep_text(struct answer *a, const char *words, const cJSON *j, const char *span,
                             size_t n)
{
    size_t count = own(a)->pieces.len;
    struct piece *last = count ? own(a)->pieces.ptr[count - 1] : NULL;
    if (json_get(j, "thoughtSignature")) {
        gemini_piece(a, LLM_PART_TEXT)->form = json_span_copy(span, n, j);
        return;
    }
    if (!*words)
        return;
    if (!last || last->kind != LLM_PART_TEXT || last->form)
        last = gemini_piece(a, LLM_PART_TEXT);
    buf_adds(&last->text, words);
}

static void gemini_part(struct answer *a, const cJSON *j, const char *span, size_t n)
{
    const cJSON *call = json_get(j, "functionCall"), *args = json_get(call, "args");
    const char *words = json_str(j, "text", NULL);
    bool thought = json_bool(j, "thought", false);
    if (cJSON_IsObject(call)) {
        struct piece *p = gemini_piece(a, LLM_PART_CALL);
        p->call = answer_call_new(a, own(a)->calls++);
        buf_adds(&p->call->id, json_str(call, "id", ""));
        buf_adds(&p->call->name, json_str(call, "name", ""));
        if (cJSON_IsObject(args))
            json_write(&p->call->args, args);
        p->form = json_span_copy(span, n, j);
    } else if (words && thought) {
        a->named_reasoning = true;
        answer_add_reasoning(a, words);
        if (json_get(j, "thoughtSignature"))
            gemini_piece(a, LLM_PART_REASONING)->form = json_span_copy(span, n, j);
    } else if (words) {
        gemini_keep_text(a, words, j, span, n);
        answer_add_text(a, words);
    } else if (cJSON_IsObject(j)) {
        gemini_piece(a, LLM_PART_OTHER)->form = json_span_copy(span, n, j);
    }
}

static void gemini_usage(struct answer *a, const cJSON *u)
{
    if (!cJSON_IsObject(u))
        return;
    struct llm_usage v = {.cached = json_int(u, "cachedContentTokenCount", 0),
                          .reasoning = json_int(u, "thoughtsTokenCount", 0)};
    v.input = json_int(u, "promptTokenCount", 0) + json_int(u, "toolUsePromptTokenCount", 0);
    v.output = json_int(u, "candidatesTokenCount", 0) + v.reasoning;
    v.cached = MIN(v.cached, v.input);
    v.reported = v.input > 0;
    if (v.input || v.output)
        a->usage = v;
}

static bool gemini_end(struct answer *a, const cJSON *candidate)
{
    /* The model wrote a call that is none: the next try may be good. */
    static const char *const broken[] = {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL",
                                         "TOO_MANY_TOOL_CALLS"};
    const char *reason = json_str(candidate, "finishReason", NULL);
    if (!reason || strcmp(reason, "FINISH_REASON_UNSPECIFIED") == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(broken); i++)
        if (strcmp(reason, broken[i]) == 0)
            return answer_fail(a, LLM_STREAM, json_str(candidate, "finishMessage", reason));
    answer_finish(a, reason);
    return true;
}

/* Is it text alone, which goes back as text? */
static bool gemini_is_plain(const cJSON *part)
{
    const cJSON *text = json_get(part, "text");
    return cJSON_IsString(text) && !json_get(part, "thoughtSignature");
}

/* Each word comes with what was used so far; the last of it counts. */
static bool gemini_brief(struct answer *a, const char *event, const char *text, size_t n,
                         struct buf *out)
{
    static const char *const looked_at[] = {"candidates", "promptFeedback", "error", NULL};
    (void)a;
    (void)event;
    return !memmem(text, n, "\"finishReason\"", 14) && memmem(text, n, "\"candidates\"", 12) &&
           json_span_only(text, n, looked_at, out);
}

static bool gemini_response(struct answer *a, const cJSON *j, const char *text, size_t n)
{
    const char *const keys[] = {"candidates", "content", "parts"};
    const cJSON *candidate = cJSON_GetArrayItem(json_get(j, "candidates"), 0), *part;
    const char *blocked = json_str(json_get(j, "promptFeedback"), "blockReason", NULL);
    const cJSON *all = json_get(json_get(candidate, "content"), "parts");
    a->payloads++;
    if (cJSON_GetArraySize(all) == 1 && gemini_is_plain(all->child)) {
        gemini_part(a, all->child, NULL, 0); /* most are: its bytes are not looked for */
    } else {
        size_t len, each;
        const char *list = json_span(text, n, keys, 1, &len);
        struct json_items candidates = json_items(list, len);
        const char *first = json_items_next(&candidates, &len);
        const char *parts = first ? json_span(first, len, keys + 1, 2, &len) : NULL;
        struct json_items spans = json_items(parts, len);
        cJSON_ArrayForEach(part, all)
        {
            const char *span = json_items_next(&spans, &each);
            if (span)
                gemini_part(a, part, span, each);
        }
    }
    gemini_usage(a, json_get(j, "usageMetadata"));
    if (!gemini_end(a, candidate))
        return false;
    if (blocked && !candidate) {
        answer_finish(a, "content_filter");
        AUTO_FREE char *why = mem_printf("The prompt was blocked: %s.", blocked);
        answer_add_text(a, why);
    }
    return true;
}

static bool gemini_frame(struct answer *a, const char *event, const cJSON *j, const char *text,
                         size_t n)
{
    if (strcmp(event, "error") == 0 || cJSON_IsArray(j) || json_get(j, "error"))
        return answer_fail_json(a, j);
    return gemini_response(a, j, text, n);
}

/* A response, or, from a server that knows no alt=sse, an array of them. */
static bool gemini_whole(struct answer *a, const cJSON *j, const char *text, size_t n)
{
    const cJSON *one;
    size_t len;
    struct json_items spans = json_items(text, n);
    if (json_get(j, "candidates") || json_get(j, "promptFeedback"))
        return gemini_response(a, j, text, n) || a->failed;
    if (!cJSON_IsArray(j) || !j->child || json_get(j->child, "error"))
        return false;
    cJSON_ArrayForEach(one, j)
    {
        const char *span = json_items_next(&spans, &len);
        if (span && !a->failed && !gemini_frame(a, "message", one, span, len))
            return true;
    }
    return true;
}

static void gemini_parts(struct answer *a, struct llm_reply *out)
{
    bool plain = true, from_text = out->call_count && !a->calls.len;
    for (size_t i = 0; i < own(a)->pieces.len; i++)
        plain =
            plain && own(a)->pieces.ptr[i]->kind == LLM_PART_TEXT && !own(a)->pieces.ptr[i]->form;
    for (size_t i = 0; !plain && i < own(a)->pieces.len; i++) {
        const struct piece *p = own(a)->pieces.ptr[i];
        if (p->kind == LLM_PART_TEXT && from_text)
            continue;
        struct llm_part *part = llm_parts_add(&out->parts, p->kind);
        part->form = mem_strdup(p->form);
        if (p->call)
            part->id = mem_strdup(buf_cstr(&p->call->id));
        if (!p->form)
            part->text = mem_strdup(buf_cstr(&p->text));
    }
}

static const char *const gemini_ours[] = {"contents", "systemInstruction", "tools",      "messages",
                                          "stream",   "stream_options",    "extra_body", NULL};

const struct codec codec_gemini = {
    .name = "gemini",
    .sealed = true,
    .begin = gemini_begin,
    .lasting = gemini_lasting,
    .unit = write_unit_joined,
    .messages = gemini_messages,
    .end = "]}",
    .own = gemini_ours,
    .state_size = sizeof(struct gemini_own),
    .fini = gemini_fini,
    .brief = gemini_brief,
    .frame = gemini_frame,
    .whole = gemini_whole,
    .parts = gemini_parts,
    .asked = gemini_asked,
    .tell = &gemini_told,
};
