#include <string.h>

#include "base/json_span.h"
#include "llm/responses/responses_priv.h"
#include "llm/turn/answer_text.h"
#include "llm/turn/write.h"

/* An item of the answer. */
struct item {
    int64_t index; /* output_index, or where it stands without */
    enum llm_part_kind kind;
    bool worded; /* its words came by deltas: the whole does not bring them again */
    struct answer_call *call;
    bool custom; /* its arguments are text, not JSON */
    char *form;  /* the whole item, once it is done */
    char *id;    /* its call_id there */
    char *own;   /* the item's own id, for events that do not say where it stands; or NULL */
};

struct responses_own {
    VEC(struct item *) items; /* in order of their index */
};

static struct responses_own *own(const struct answer *a)
{
    return a->own;
}

static void responses_fini(struct answer *a)
{
    for (size_t i = 0; i < own(a)->items.len; i++) {
        free(own(a)->items.ptr[i]->form);
        free(own(a)->items.ptr[i]->id);
        free(own(a)->items.ptr[i]->own);
        free(own(a)->items.ptr[i]);
    }
    VEC_FREE(&own(a)->items);
}

static enum llm_part_kind responses_kind(const char *type)
{
    if (strcmp(type, "message") == 0)
        return LLM_PART_TEXT;
    if (strcmp(type, "reasoning") == 0)
        return LLM_PART_REASONING;
    if (strcmp(type, "function_call") == 0 || strcmp(type, "custom_tool_call") == 0)
        return LLM_PART_CALL;
    return LLM_PART_OTHER;
}

/* How many stand before that index. */
static size_t responses_before(const struct answer *a, int64_t index)
{
    size_t low = 0, high = own(a)->items.len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (own(a)->items.ptr[mid]->index < index)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct item *responses_find(const struct answer *a, int64_t index)
{
    size_t i = responses_before(a, index);
    bool found = i < own(a)->items.len && own(a)->items.ptr[i]->index == index;
    return found ? own(a)->items.ptr[i] : NULL;
}

/* Where an event belongs: it says so, or names the item; else to the last one, or behind it. */
static int64_t responses_place(const struct answer *a, const cJSON *event, const char *id,
                               bool begins)
{
    size_t n = own(a)->items.len;
    const struct item *last = n ? own(a)->items.ptr[n - 1] : NULL;
    if (cJSON_IsNumber(json_get(event, "output_index")))
        return json_int(event, "output_index", 0);
    for (size_t i = n; *id && i-- > 0;)
        if (own(a)->items.ptr[i]->own && strcmp(own(a)->items.ptr[i]->own, id) == 0)
            return own(a)->items.ptr[i]->index;
    return !last ? 0 : last->index + (begins || last->form ? 1 : 0);
}

static int64_t responses_place_of_piece(const struct answer *a, const cJSON *event)
{
    return responses_place(a, event, json_str(event, "item_id", ""), false);
}

/* The item of that place; made at the first word of it, whatever comes first. */
static struct item *responses_item(struct answer *a, int64_t index, enum llm_part_kind kind)
{
    struct item *it = responses_find(a, index);
    if (it)
        return it;
    it = mem_alloc(sizeof *it);
    it->index = index;
    it->kind = kind;
    size_t at = responses_before(a, index);
    VEC_PUSH(&own(a)->items, it);
    for (size_t i = own(a)->items.len - 1; i > at; i--)
        own(a)->items.ptr[i] = own(a)->items.ptr[i - 1];
    own(a)->items.ptr[at] = it;
    return it;
}

static void responses_text(struct answer *a, struct item *it, const char *words)
{
    a->named_reasoning = true; /* this server parts it from the text */
    it->worded = it->worded || *words;
    answer_add_text(a, words);
}

static void responses_call_head(struct answer *a, struct item *it, const cJSON *j)
{
    if (!it->call)
        it->call = answer_call_new(a, it->index);
    it->custom = strcmp(json_str(j, "type", ""), "custom_tool_call") == 0;
    if (!it->call->id.len)
        buf_adds(&it->call->id, json_str(j, "call_id", ""));
    if (!it->call->name.len)
        buf_adds(&it->call->name, json_str(j, "name", ""));
}

static void responses_set(struct item *it, const char *args)
{
    if (!it->call || !args)
        return;
    buf_clear(&it->call->args);
    buf_adds(&it->call->args, args);
}

static void responses_words_of(struct answer *a, struct item *it, const cJSON *j)
{
    const cJSON *part;
    cJSON_ArrayForEach(part, json_get(j, "content"))
    {
        const char *refusal = json_str(part, "refusal", NULL);
        responses_text(a, it, refusal ? refusal : json_str(part, "text", ""));
        if (refusal)
            a->finish = LLM_FINISH_FILTER;
    }
}

static void responses_thoughts_of(struct answer *a, struct item *it, const cJSON *j)
{
    const cJSON *part, *list = json_get(j, "summary");
    if (!cJSON_GetArraySize(list))
        list = json_get(j, "content");
    cJSON_ArrayForEach(part, list)
    {
        it->worded = true;
        answer_add_reasoning(a, json_str(part, "text", ""));
    }
}

/* An item is whole: what it says now counts, and the deltas were for the screen. */
static void responses_done(struct answer *a, int64_t index, const cJSON *j, const char *span,
                           size_t n)
{
    if (!cJSON_IsObject(j))
        return;
    struct item *it = responses_item(a, index, responses_kind(json_str(j, "type", "")));
    if (it->form)
        return; /* told again at the end */
    it->kind = responses_kind(json_str(j, "type", ""));
    it->form = json_span_copy(span, n, j);
    if (it->kind == LLM_PART_TEXT && !it->worded)
        responses_words_of(a, it, j);
    if (it->kind == LLM_PART_REASONING && !it->worded)
        responses_thoughts_of(a, it, j);
    if (it->kind == LLM_PART_CALL) {
        responses_call_head(a, it, j);
        mem_replace(&it->id, json_str(j, "call_id", ""));
        responses_set(it, json_str(j, it->custom ? "input" : "arguments", NULL));
    }
}

static void responses_usage(struct answer *a, const cJSON *u)
{
    const cJSON *in = json_get(u, "input_tokens_details");
    if (!cJSON_IsObject(u))
        return;
    struct llm_usage v = {.input = json_int(u, "input_tokens", 0),
                          .cached = json_int(in, "cached_tokens", 0),
                          .written = json_int(in, "cache_write_tokens", 0),
                          .output = json_int(u, "output_tokens", 0)};
    v.reasoning = json_int(json_get(u, "output_tokens_details"), "reasoning_tokens", 0);
    v.cached = MIN(v.cached, v.input);
    v.reasoning = MIN(v.reasoning, v.output);
    v.reported = v.input > 0 || v.output > 0;
    a->usage = v;
}

/* The response object of the last event, or the body of one that is no stream. */
static bool responses_end(struct answer *a, const cJSON *j, const char *span, size_t n)
{
    const char *const output_key[] = {"output"};
    const cJSON *item;
    const char *status = json_str(j, "status", "completed");
    const char *why = json_str(json_get(j, "incomplete_details"), "reason", "unknown");
    size_t len = 0, each;
    int64_t i = 0;
    const char *list = span ? json_span(span, n, output_key, 1, &len) : NULL;
    struct json_items spans = json_items(list, len);
    if (cJSON_IsObject(json_get(j, "error")))
        return answer_fail_json(a, j);
    if (strcmp(status, "failed") == 0)
        return answer_fail(a, LLM_STREAM, "the server says that the answer failed, and not why");
    cJSON_ArrayForEach(item, json_get(j, "output"))
    {
        const char *p = json_items_next(&spans, &each);
        if (p)
            responses_done(a, i, item, p, each);
        i++;
    }
    responses_usage(a, json_get(j, "usage"));
    bool refused = a->finish == LLM_FINISH_FILTER;
    answer_finish(a, strcmp(status, "incomplete") == 0 ? why : "stop");
    if (refused)
        a->finish = LLM_FINISH_FILTER;
    a->done = true;
    return true;
}

/* ---- the events ---- */

static void on_text(struct answer *a, const cJSON *j, const char *delta)
{
    responses_text(a, responses_item(a, responses_place_of_piece(a, j), LLM_PART_TEXT), delta);
}

static void on_refusal(struct answer *a, const cJSON *j, const char *delta)
{
    on_text(a, j, delta);
    a->finish = LLM_FINISH_FILTER;
}

static void on_thought(struct answer *a, const cJSON *j, const char *delta)
{
    responses_item(a, responses_place_of_piece(a, j), LLM_PART_REASONING)->worded = true;
    answer_add_reasoning(a, delta);
}

/* A summary has several parts; between two stands a blank line. */
static void on_thought_part(struct answer *a, const cJSON *j, const char *delta)
{
    (void)delta;
    if (a->reasoning.len && json_int(j, "summary_index", 0) > 0)
        answer_add_reasoning(a, "\n\n");
}

static void on_input(struct answer *a, const cJSON *j, const char *delta)
{
    struct item *it = responses_find(a, responses_place_of_piece(a, j));
    if (it && it->call && !it->form)
        buf_adds(&it->call->args, delta);
}

static void on_input_done(struct answer *a, const cJSON *j, const char *delta)
{
    struct item *it = responses_find(a, responses_place_of_piece(a, j));
    (void)delta;
    if (it && !it->form)
        responses_set(it, json_str(j, it->custom ? "input" : "arguments", NULL));
}

static void on_item(struct answer *a, const cJSON *j, const char *delta)
{
    const cJSON *item = json_get(j, "item");
    enum llm_part_kind kind = responses_kind(json_str(item, "type", ""));
    const char *id = json_str(item, "id", "");
    struct item *it = responses_item(a, responses_place(a, j, "", true), kind);
    (void)delta;
    if (*id)
        mem_replace(&it->own, id);
    if (kind == LLM_PART_CALL)
        responses_call_head(a, it, item);
}

static const struct {
    const char *type;
    void (*on)(struct answer *a, const cJSON *j, const char *delta);
} responses_events[] = {
    {"response.output_item.added", on_item},
    {"response.output_text.delta", on_text},
    {"response.refusal.delta", on_refusal},
    {"response.reasoning_summary_text.delta", on_thought},
    {"response.reasoning_summary_part.added", on_thought_part},
    {"response.reasoning_text.delta", on_thought},
    {"response.function_call_arguments.delta", on_input},
    {"response.function_call_arguments.done", on_input_done},
    {"response.custom_tool_call_input.delta", on_input},
    {"response.custom_tool_call_input.done", on_input_done},
};

/* Beginnings whose words come by deltas, and ends of words that the item's own end brings again. */
static const char *const responses_idle[] = {"response.created",
                                             "response.in_progress",
                                             "response.queued",
                                             "response.content_part.added",
                                             "response.content_part.done",
                                             "response.output_text.done",
                                             "response.reasoning_summary_part.done",
                                             "response.reasoning_summary_text.done",
                                             "response.reasoning_text.done",
                                             NULL};

/* The last event brings every item a second time: an answer of many pages would be parsed twice. */
static bool responses_brief_end(struct answer *a, const char *text, size_t n, struct buf *out)
{
    const char *const keys[] = {"response", "output"};
    size_t len, each, known = 0;
    const char *list = json_span(text, n, keys, 2, &len);
    struct json_items spans = json_items(list, len);
    while (json_items_next(&spans, &each)) {
        const struct item *it = responses_find(a, (int64_t)known++);
        if (!it || !it->form)
            return false; /* one of them was not told before */
    }
    if (!known)
        return false;
    buf_add(out, text, (size_t)(list - text));
    buf_adds(out, "[]");
    buf_add(out, list + len, n - len - (size_t)(list - text));
    return true;
}

/* Each word comes with a number, ids, and often with padding: only where it belongs is looked at.
 */
static bool responses_brief(struct answer *a, const char *event, const char *text, size_t n,
                            struct buf *out)
{
    static const char *const looked_at[] = {"output_index", "delta", "summary_index", NULL};
    size_t len = strlen(event);
    if (strcmp(event, "response.completed") == 0)
        return responses_brief_end(a, text, n, out);
    bool word = len > 6 && strcmp(event + len - 6, ".delta") == 0;
    return word && memmem(text, n, "\"output_index\"", 14) &&
           json_span_only(text, n, looked_at, out);
}

static bool responses_frame(struct answer *a, const char *event, const cJSON *j, const char *text,
                            size_t n)
{
    const char *type = json_str(j, "type", event);
    const char *const item_key[] = {"item"}, *const response_key[] = {"response"};
    size_t len;
    if (strcmp(type, "error") == 0 || (strncmp(type, "response.", 9) != 0 && json_get(j, "error")))
        return answer_fail_json(a, j);
    a->payloads++;
    if (strcmp(type, "response.output_item.done") == 0) {
        const char *span = json_span(text, n, item_key, 1, &len);
        const cJSON *item = json_get(j, "item");
        if (span)
            responses_done(a, responses_place(a, j, json_str(item, "id", ""), false), item, span,
                           len);
        return true;
    }
    if (strcmp(type, "response.completed") == 0 || strcmp(type, "response.incomplete") == 0 ||
        strcmp(type, "response.failed") == 0) {
        const char *span = json_span(text, n, response_key, 1, &len);
        return responses_end(a, json_get(j, "response"), span, len);
    }
    for (size_t i = 0; i < COUNT_OF(responses_events); i++)
        if (strcmp(type, responses_events[i].type) == 0)
            responses_events[i].on(a, j, json_str(j, "delta", ""));
    return true;
}

static bool responses_whole(struct answer *a, const cJSON *j, const char *text, size_t n)
{
    if (!cJSON_IsArray(json_get(j, "output")))
        return false;
    a->payloads++;
    (void)responses_end(a, j, text, n);
    return true;
}

/* Free text of a custom tool as the arguments its handler knows. */
static void responses_wrap(const struct answer *a, struct item *it)
{
    const char *name = buf_cstr(&it->call->name);
    AUTO_FREE char *member = NULL;
    AUTO_JSON *j = cJSON_CreateObject();
    for (size_t i = 0; i < a->o.tool_count && !member; i++)
        if (strcmp(a->o.tools[i].name, name) == 0)
            member = responses_free_text(&a->o.tools[i]);
    json_add_str(j, member ? member : "input", buf_cstr(&it->call->args));
    AUTO_FREE char *args = json_print(j);
    responses_set(it, args);
}

static void responses_settle(struct answer *a)
{
    for (size_t i = 0; i < own(a)->items.len; i++)
        if (own(a)->items.ptr[i]->custom && own(a)->items.ptr[i]->call)
            responses_wrap(a, own(a)->items.ptr[i]);
}

/* Does its call run, under the id that the server gave it? */
static bool responses_runs(const struct llm_reply *out, const struct item *it)
{
    for (size_t i = 0; it->call && i < out->call_count; i++)
        if (strcmp(out->calls[i].id, buf_cstr(&it->call->id)) == 0)
            return strcmp(out->calls[i].id, it->id) == 0;
    return false;
}

/* Every item, whole and in its place. A reasoning item without the one it belongs to is a 400, and
 * so is a call that is not answered: what did not become a call leaves with its reasoning. */
static void responses_parts(struct answer *a, struct llm_reply *out)
{
    size_t kept = 0; /* parts up to the last that is no reasoning */
    for (size_t i = 0; i < own(a)->items.len; i++) {
        const struct item *it = own(a)->items.ptr[i];
        if (!it->form || (it->kind == LLM_PART_CALL && !responses_runs(out, it))) {
            while (out->parts.count > kept)
                llm_parts_drop(&out->parts);
            continue;
        }
        struct llm_part *p = llm_parts_add(&out->parts, it->kind);
        p->form = mem_strdup(it->form);
        p->id = it->call ? mem_strdup(buf_cstr(&it->call->id)) : NULL;
        kept = it->kind != LLM_PART_REASONING ? out->parts.count : kept;
    }
    while (out->parts.count > kept)
        llm_parts_drop(&out->parts);
}

static const char *const responses_ours[] = {"input",    "stream",     "store",
                                             "include",  "tools",      "stream_options",
                                             "messages", "extra_body", NULL};

const struct codec codec_responses = {
    .name = "responses",
    .sealed = true,
    .begin = responses_begin,
    .lasting = responses_lasting,
    .unit = write_unit_alone,
    .messages = responses_messages,
    .end = "]}",
    .own = responses_ours,
    .state_size = sizeof(struct responses_own),
    .fini = responses_fini,
    .idle = responses_idle,
    .brief = responses_brief,
    .frame = responses_frame,
    .whole = responses_whole,
    .settle = responses_settle,
    .parts = responses_parts,
    .asked = responses_asked,
    .tell = &responses_told,
};
