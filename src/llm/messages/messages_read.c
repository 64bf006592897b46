#include <string.h>

#include "base/json_span.h"
#include "llm/messages/messages_priv.h"
#include "llm/turn/answer_text.h"
#include "llm/turn/write.h"

/* A block of the answer, in the order of arrival. */
struct block {
    int64_t index;
    enum llm_part_kind kind;
    bool closed, streamed;    /* streamed: input came in pieces */
    struct answer_call *call; /* of tool_use */
    struct buf text;      /* TEXT: as it came. REASONING: the escaped bytes between the quotes */
    struct buf signature; /* escaped bytes too; empty: it is not signed */
    char *form;           /* of a block that is none of these, as it began */
    struct buf input;     /* what came to it since: of a tool that the server runs itself */
};

struct messages_own {
    VEC(struct block *) blocks;
    int64_t input, cached, written; /* of message_start: some do not repeat them */
};

static struct messages_own *own(const struct answer *a)
{
    return a->own;
}

static void messages_fini(struct answer *a)
{
    struct messages_own *o = own(a);
    for (size_t i = 0; i < o->blocks.len; i++) {
        buf_fini(&o->blocks.ptr[i]->text);
        buf_fini(&o->blocks.ptr[i]->signature);
        buf_fini(&o->blocks.ptr[i]->input);
        free(o->blocks.ptr[i]->form);
        free(o->blocks.ptr[i]);
    }
    VEC_FREE(&o->blocks);
}

/* The newest block of that index: one used twice means the later. */
static struct block *messages_block(struct answer *a, int64_t index)
{
    for (size_t i = own(a)->blocks.len; i-- > 0;)
        if (own(a)->blocks.ptr[i]->index == index)
            return own(a)->blocks.ptr[i];
    return NULL;
}

static struct block *messages_open(struct answer *a, int64_t index, enum llm_part_kind kind)
{
    struct block *b = mem_alloc(sizeof *b);
    b->index = index;
    b->kind = kind;
    VEC_PUSH(&own(a)->blocks, b);
    return b;
}

/* The bytes between the quotes of a string member: what a signature covers is not decoded. */
static void messages_add_span(struct buf *out, const char *text, size_t n, const char *outer,
                              const char *name, const cJSON *j)
{
    const char *const keys[] = {outer, name};
    size_t len, skip = outer ? 0 : 1;
    const char *p = json_span(text, n, keys + skip, 2 - skip, &len);
    if (p)
        json_span_add(out, p, len, json_str(j, name, ""));
}

static void messages_thinking(struct answer *a, const char *words)
{
    a->named_reasoning = true;
    answer_add_reasoning(a, words);
}

static void messages_text(struct answer *a, struct block *b, const char *words)
{
    buf_adds(&b->text, words);
    answer_add_text(a, words);
}

/* A block begins, whole (of a body that is no stream) or to be filled by deltas. */
static void messages_begin_block(struct answer *a, int64_t index, const cJSON *j, const char *text,
                                 size_t n)
{
    const char *type = json_str(j, "type", NULL);
    if (!type)
        return; /* what is no block says nothing */
    if (strcmp(type, "text") == 0) {
        messages_text(a, messages_open(a, index, LLM_PART_TEXT), json_str(j, "text", ""));
    } else if (strcmp(type, "thinking") == 0) {
        struct block *b = messages_open(a, index, LLM_PART_REASONING);
        messages_add_span(&b->text, text, n, NULL, "thinking", j);
        messages_thinking(a, json_str(j, "thinking", ""));
        messages_add_span(&b->signature, text, n, NULL, "signature", j);
    } else if (strcmp(type, "tool_use") == 0) {
        struct block *b = messages_open(a, index, LLM_PART_CALL);
        const cJSON *input = json_get(j, "input");
        b->call = answer_call_new(a, index);
        buf_adds(&b->call->id, json_str(j, "id", ""));
        buf_adds(&b->call->name, json_str(j, "name", ""));
        if (cJSON_IsObject(input) && input->child)
            json_write(&b->call->args, input);
    } else {
        bool hidden = strcmp(type, "redacted_thinking") == 0;
        struct block *b = messages_open(a, index, hidden ? LLM_PART_REASONING : LLM_PART_OTHER);
        b->form = json_span_copy(text, n, j);
    }
}

static bool messages_contradicts(struct answer *a, const char *what)
{
    AUTO_FREE char *why = mem_printf("the server's stream contradicts itself: %s", what);
    return answer_fail(a, LLM_STREAM, why);
}

/* Arguments are run: a piece for a call that is over or unknown must not make another call of it.
 */
static bool messages_input(struct answer *a, struct block *b, const char *piece)
{
    if (b && b->kind == LLM_PART_OTHER) {
        buf_adds(&b->input, piece);
        return true;
    }
    if (!b || b->kind != LLM_PART_CALL || b->closed)
        return !*piece || messages_contradicts(a, "arguments for no open call");
    if (!b->streamed)
        buf_clear(&b->call->args);
    b->streamed = true;
    buf_adds(&b->call->args, piece);
    return true;
}

static bool messages_delta(struct answer *a, const cJSON *j, const char *text, size_t n)
{
    const cJSON *d = json_get(j, "delta");
    const char *type = json_str(d, "type", "");
    int64_t index = json_int(j, "index", 0);
    struct block *b = messages_block(a, index);
    if (strcmp(type, "input_json_delta") == 0)
        return messages_input(a, b, json_str(d, "partial_json", ""));
    if (strcmp(type, "text_delta") == 0) {
        if (!b || b->kind != LLM_PART_TEXT)
            b = messages_open(a, index, LLM_PART_TEXT);
        messages_text(a, b, json_str(d, "text", ""));
    } else if (strcmp(type, "thinking_delta") == 0) {
        if (!b || b->kind != LLM_PART_REASONING || b->closed)
            b = messages_open(a, index, LLM_PART_REASONING);
        messages_add_span(&b->text, text, n, "delta", "thinking", d);
        messages_thinking(a, json_str(d, "thinking", ""));
    } else if (strcmp(type, "signature_delta") == 0) {
        if (!b || b->kind != LLM_PART_REASONING || b->closed)
            return messages_contradicts(a, "a signature for no open thinking");
        messages_add_span(&b->signature, text, n, "delta", "signature", d);
    }
    return true;
}

/* Cumulative; what a later one leaves out or has as 0 stays. */
static void messages_usage(struct answer *a, const cJSON *u)
{
    struct messages_own *o = own(a);
    if (!cJSON_IsObject(u))
        return;
    o->input = MAX(json_int(u, "input_tokens", 0), o->input);
    o->cached = MAX(json_int(u, "cache_read_input_tokens", 0), o->cached);
    o->written = MAX(json_int(u, "cache_creation_input_tokens", 0), o->written);
    struct llm_usage v = {
        .input = o->input + o->cached + o->written, .cached = o->cached, .written = o->written};
    v.output = MAX(json_int(u, "output_tokens", 0), a->usage.output);
    v.reasoning =
        json_int(json_get(u, "output_tokens_details"), "thinking_tokens", a->usage.reasoning);
    v.reasoning = MIN(v.reasoning, v.output);
    v.reported = v.input > 0 || v.output > 0;
    a->usage = v;
}

static bool messages_stop(struct answer *a, const cJSON *j)
{
    const char *reason = json_str(j, "stop_reason", NULL);
    answer_finish(a, reason);
    mem_replace(&a->stop, json_str(j, "stop_sequence", a->stop));
    if (reason && strcmp(reason, "model_context_window_exceeded") == 0)
        return answer_fail(a, LLM_CONTEXT,
                           "the prompt and the answer together fill the model's context window");
    const char *why = json_str(json_get(j, "stop_details"), "explanation", "");
    if (a->finish == LLM_FINISH_FILTER && !a->text.len && *why)
        messages_text(a, messages_open(a, -1, LLM_PART_TEXT), why);
    return true;
}

static bool messages_frame(struct answer *a, const char *event, const cJSON *j, const char *text,
                           size_t n)
{
    const char *type = json_str(j, "type", event);
    const char *const block_key[] = {"content_block"};
    size_t len;
    if (strcmp(type, "error") == 0 || cJSON_IsObject(json_get(j, "error")))
        return answer_fail_json(a, j);
    a->payloads += strcmp(type, "ping") != 0;
    if (strcmp(type, "message_start") == 0) {
        messages_usage(a, json_get(json_get(j, "message"), "usage"));
    } else if (strcmp(type, "content_block_start") == 0) {
        const char *span = json_span(text, n, block_key, 1, &len);
        if (span)
            messages_begin_block(a, json_int(j, "index", 0), json_get(j, "content_block"), span,
                                 len);
    } else if (strcmp(type, "content_block_delta") == 0) {
        return messages_delta(a, j, text, n);
    } else if (strcmp(type, "content_block_stop") == 0) {
        struct block *b = messages_block(a, json_int(j, "index", 0));
        if (b)
            b->closed = true;
    } else if (strcmp(type, "message_delta") == 0) {
        messages_usage(a, json_get(j, "usage"));
        return messages_stop(a, json_get(j, "delta"));
    } else if (strcmp(type, "message_stop") == 0) {
        a->done = true;
    }
    return true;
}

static bool messages_whole(struct answer *a, const cJSON *j, const char *text, size_t n)
{
    const char *const content_key[] = {"content"};
    const cJSON *content = json_get(j, "content"), *block;
    size_t len, each;
    int64_t i = 0;
    const char *list = json_span(text, n, content_key, 1, &len);
    struct json_items spans = json_items(list, len);
    if (!cJSON_IsArray(content) || !list)
        return false;
    cJSON_ArrayForEach(block, content)
    {
        const char *span = json_items_next(&spans, &each);
        if (span)
            messages_begin_block(a, i, block, span, each);
        struct block *b = messages_block(a, i++);
        if (b)
            b->closed = true;
    }
    a->payloads++;
    messages_usage(a, json_get(j, "usage"));
    (void)messages_stop(a, j);
    return true;
}

static char *messages_thinking_form(const struct block *b)
{
    AUTO(buf) form = {0};
    buf_adds(&form, "{\"type\":\"thinking\",\"thinking\":\"");
    buf_add(&form, b->text.ptr, b->text.len);
    buf_adds(&form, "\",\"signature\":\"");
    buf_add(&form, b->signature.ptr, b->signature.len);
    buf_adds(&form, "\"}");
    return buf_take(&form);
}

/* The words of thinking that nobody signed: only some take it back. */
static char *messages_thinking_words(const struct block *b)
{
    AUTO(buf) quoted = {0};
    buf_addc(&quoted, '"');
    buf_add(&quoted, b->text.ptr, b->text.len);
    buf_addc(&quoted, '"');
    AUTO_JSON *words = json_parse(buf_cstr(&quoted), quoted.len, NULL);
    return cJSON_IsString(words) ? mem_strdup(words->valuestring) : NULL;
}

/* What a block of another kind goes back as: as it began, with the input that came since. */
static char *messages_other_form(const struct block *b)
{
    const char *const input_key[] = {"input"};
    AUTO(buf) form = {0};
    size_t len, n = strlen(b->form);
    const char *at = json_span(b->form, n, input_key, 1, &len);
    if (!at || !json_is_strict(buf_cstr(&b->input), b->input.len))
        return mem_strdup(b->form);
    buf_add(&form, b->form, (size_t)(at - b->form));
    buf_add(&form, b->input.ptr, b->input.len);
    buf_adds(&form, at + len);
    return buf_take(&form);
}

/* Text and calls say all when nothing else came and no text follows a call. */
static bool messages_is_plain(const struct answer *a)
{
    bool called = false, plain = true;
    for (size_t i = 0; i < own(a)->blocks.len; i++) {
        const struct block *b = own(a)->blocks.ptr[i];
        called = called || b->kind == LLM_PART_CALL;
        plain = plain && (b->kind == LLM_PART_CALL || (b->kind == LLM_PART_TEXT && !called));
    }
    return plain;
}

static void messages_parts(struct answer *a, struct llm_reply *out)
{
    /* Calls that were read from the text are not in it any more: it goes back as what is left. */
    bool from_text = out->call_count && !a->calls.len;
    if (messages_is_plain(a))
        return;
    for (size_t i = 0; i < own(a)->blocks.len; i++) {
        const struct block *b = own(a)->blocks.ptr[i];
        if (b->kind == LLM_PART_TEXT && (from_text || !b->text.len))
            continue;
        if (b->kind == LLM_PART_REASONING && !b->form && !b->closed)
            continue; /* its server would not know it again */
        struct llm_part *p = llm_parts_add(&out->parts, b->kind);
        if (b->kind == LLM_PART_TEXT)
            p->text = mem_strdup(buf_cstr(&b->text));
        else if (b->kind == LLM_PART_CALL)
            p->id = mem_strdup(buf_cstr(&b->call->id));
        else if (b->form)
            p->form = messages_other_form(b);
        else if (b->signature.len)
            p->form = messages_thinking_form(b);
        else
            p->text = messages_thinking_words(b);
    }
}

static const char *const messages_ours[] = {"messages", "stream",     "tools",
                                            "system",   "extra_body", NULL};

const struct codec codec_messages = {
    .name = "messages",
    .sealed = true,
    .begin = messages_begin,
    .lasting = messages_lasting,
    .unit = write_unit_joined,
    .messages = messages_messages,
    .end = "]}",
    .own = messages_ours,
    .state_size = sizeof(struct messages_own),
    .fini = messages_fini,
    .frame = messages_frame,
    .whole = messages_whole,
    .parts = messages_parts,
    .asked = messages_asked,
    .tell = &messages_told,
};
