#include "llm/ollama/ollama.h"

#include <string.h>

#include "base/mem.h"
#include "llm/models/family.h"
#include "llm/turn/answer_build.h"
#include "llm/turn/answer_text.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"
#include "llm/turn/write.h"

/* ---- a request ---- */

/* What samples stands in options; a reload of the model is what another num_ctx costs, so it is the
 * same all the time. */
static void ollama_spell(const struct llm_request *r, cJSON *head)
{
    static const char *const options[] = {"temperature",
                                          "top_p",
                                          "top_k",
                                          "seed",
                                          "stop",
                                          "num_ctx",
                                          "min_p",
                                          "presence_penalty",
                                          "frequency_penalty",
                                          "repeat_penalty"};
    static const char *const nameless[] = {
        "n",     "logit_bias", "parallel_tool_calls", "user",
        "store", "verbosity",  "response_format",     "tool_choice"};
    cJSON *to = params_object(head, "options");
    const cJSON *format = json_get(head, "response_format");
    const cJSON *schema = json_get(json_get(format, "json_schema"), "schema");
    int64_t limit = params_limit(r);
    for (size_t i = 0; i < COUNT_OF(options); i++)
        params_move(head, options[i], to, options[i]);
    if (limit > 0 && !json_get(to, "num_predict"))
        json_add_int(to, "num_predict", limit);
    if (r->window > 0 && !json_get(to, "num_ctx"))
        json_add_int(to, "num_ctx", r->window);
    if (format)
        json_add(head, "format",
                 schema ? cJSON_Duplicate(schema, true) : cJSON_CreateString("json"));
    for (size_t i = 0; i < COUNT_OF(nameless); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(head, nameless[i]);
}

static void ollama_begin(const struct llm_request *r, cJSON *head, struct buf *out)
{
    ollama_spell(r, head);
    json_write(out, head);
    buf_cut(out, out->len - 1);
    buf_adds(out, ",\"stream\":true");
    for (size_t i = 0; i < r->tool_count; i++) {
        const struct llm_tool *t = &r->tools[i];
        buf_adds(out, i ? ",{\"type\":\"function\",\"function\":{\"name\":"
                        : ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":");
        write_string(out, t->name);
        write_member(out, "description", t->description ? t->description : "");
        write_json(out, "parameters", write_schema(t));
        buf_adds(out, "}}");
    }
    buf_adds(out, r->tool_count ? "],\"messages\":[" : ",\"messages\":[");
}

/* The tool whose call the message at i answers. */
static const char *ollama_tool_of(const struct llm_request *r, size_t i)
{
    const char *id = r->messages[i].call_id;
    while (id && i-- > 0)
        for (size_t c = 0; c < r->messages[i].call_count; c++)
            if (strcmp(r->messages[i].calls[c].id, id) == 0)
                return r->messages[i].calls[c].name;
    return "tool";
}

static void ollama_assistant(struct buf *out, const struct llm_request *r,
                             const struct llm_message *m)
{
    bool thinks = family_of(r->model)->reasoning != REASONING_NEVER;
    for (size_t i = 0; thinks && body_is_own(&codec_ollama, r, m) && i < m->parts.count; i++)
        if (m->parts.ptr[i].kind == LLM_PART_REASONING)
            write_member(out, "thinking", m->parts.ptr[i].text);
    for (size_t i = 0; i < m->call_count; i++) {
        AUTO_FREE char *args = write_args(m->calls[i].args);
        buf_adds(out,
                 i ? ",{\"function\":{\"name\":" : ",\"tool_calls\":[{\"function\":{\"name\":");
        write_string(out, m->calls[i].name);
        write_json(out, "arguments", args);
        buf_adds(out, i + 1 == m->call_count ? "}}]" : "}}");
    }
}

static void ollama_images(struct buf *out, const struct llm_request *r, const struct llm_message *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->parts.count; i++) {
        if (m->parts.ptr[i].kind != LLM_PART_IMAGE || !write_shows(r, &m->parts.ptr[i]) ||
            write_url(&m->parts.ptr[i]))
            continue;
        buf_adds(out, n++ ? "," : ",\"images\":[");
        write_string(out, m->parts.ptr[i].text);
    }
    buf_adds(out, n ? "]" : "");
}

/* tail: behind the message's own text, for this request only; NULL: nothing. */
static void ollama_message(struct buf *out, const struct llm_request *r, size_t i, const char *tail)
{
    static const char *const roles[] = {"system", "user", "assistant", "tool"};
    const struct llm_message *m = &r->messages[i];
    AUTO(buf) text = {0};
    buf_adds(&text, m->text);
    if (tail)
        buf_addf(&text, "%s%s", text.len ? "\n\n" : "", tail);
    buf_addf(out, "%s{\"role\":\"%s\"", i ? "," : "", roles[m->role]);
    if (m->role == LLM_TOOL)
        write_member(out, "tool_name", ollama_tool_of(r, i));
    write_member(out, "content", buf_cstr(&text));
    if (m->role == LLM_ASSISTANT)
        ollama_assistant(out, r, m);
    if (m->role != LLM_ASSISTANT)
        ollama_images(out, r, m);
    buf_addc(out, '}');
}

/* Templates drop the reasoning of a loop that a user speaks into: the tail joins what is last. */
static bool ollama_joins(const struct llm_request *r)
{
    return r->tail && *r->tail && r->message_count > 0 &&
           r->messages[r->message_count - 1].role != LLM_ASSISTANT;
}

static size_t ollama_lasting(const struct llm_request *r)
{
    return r->message_count - ollama_joins(r);
}

static void ollama_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                            size_t *tail_at)
{
    bool joins = tail_at && ollama_joins(r);
    for (size_t i = from; i < to; i++) {
        bool last = joins && i + 1 == r->message_count;
        if (last)
            *tail_at = out->len;
        ollama_message(out, r, i, last ? r->tail : NULL);
    }
    if (!tail_at || joins || !r->tail || !*r->tail)
        return;
    *tail_at = out->len;
    buf_addf(out, "%s{\"role\":\"user\"", r->message_count ? "," : "");
    write_member(out, "content", r->tail);
    buf_addc(out, '}');
}

/* ---- an answer ---- */

static void ollama_call(struct answer *a, const cJSON *entry)
{
    const cJSON *function = json_get(entry, "function"), *args = json_get(function, "arguments");
    if (!cJSON_IsObject(function))
        return;
    struct answer_call *c = answer_call_new(a, -1);
    buf_adds(&c->id, json_str(entry, "id", ""));
    buf_adds(&c->name, json_str(function, "name", ""));
    if (cJSON_IsString(args))
        buf_adds(&c->args, args->valuestring);
    else if (cJSON_IsObject(args))
        json_write(&c->args, args);
}

static bool ollama_frame(struct answer *a, const char *event, const cJSON *j, const char *text,
                         size_t n)
{
    const cJSON *m = json_get(j, "message"), *entry;
    const char *thought = json_str(m, "thinking", "");
    (void)event;
    (void)text;
    (void)n;
    if (json_get(j, "error"))
        return answer_fail_json(a, j);
    a->payloads++;
    a->named_reasoning = a->named_reasoning || *thought;
    answer_add_reasoning(a, thought);
    answer_add_text(a, json_str(m, "content", ""));
    cJSON_ArrayForEach(entry, json_get(m, "tool_calls")) ollama_call(a, entry);
    if (!json_bool(j, "done", false))
        return true;
    struct llm_usage v = {.input = json_int(j, "prompt_eval_count", 0),
                          .output = json_int(j, "eval_count", 0)};
    v.reported = v.input > 0; /* left out where all of the prompt was in its cache */
    a->usage = v;
    answer_finish(a, json_str(j, "done_reason", "stop"));
    return a->done = true;
}

static bool ollama_whole(struct answer *a, const cJSON *j, const char *text, size_t n)
{
    (void)a;
    (void)j;
    (void)text;
    (void)n;
    return false; /* an object is a line here */
}

static void ollama_parts(struct answer *a, struct llm_reply *out)
{
    if (a->named_reasoning && out->reasoning)
        llm_parts_add(&out->parts, LLM_PART_REASONING)->text = mem_strdup(out->reasoning);
}

static const char *const ollama_ours[] = {"messages",       "stream",     "tools",
                                          "stream_options", "extra_body", NULL};

const struct codec codec_ollama = {
    .name = "ollama",
    .begin = ollama_begin,
    .lasting = ollama_lasting,
    .unit = write_unit_alone,
    .messages = ollama_messages,
    .end = "]}",
    .own = ollama_ours,
    .framing = FRAMING_LINES,
    .frame = ollama_frame,
    .whole = ollama_whole,
    .parts = ollama_parts,
};
