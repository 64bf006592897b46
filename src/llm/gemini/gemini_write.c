#include <string.h>

#include "base/json_span.h"
#include "base/mem.h"
#include "llm/gemini/gemini_priv.h"
#include "llm/models/family.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"
#include "llm/turn/write.h"

/* Taken where a signature is demanded and the call was another model's. */
#define NO_SIGNATURE ",\"thoughtSignature\":\"skip_thought_signature_validator\""

/* ---- what stands before the contents ---- */

static void gemini_spell(const struct llm_request *r, cJSON *head)
{
    static const char *const names[][2] = {{"temperature", "temperature"},
                                           {"top_p", "topP"},
                                           {"top_k", "topK"},
                                           {"seed", "seed"},
                                           {"stop", "stopSequences"},
                                           {"presence_penalty", "presencePenalty"},
                                           {"frequency_penalty", "frequencyPenalty"}};
    static const char *const nameless[] = {"model",
                                           "min_p",
                                           "n",
                                           "logit_bias",
                                           "parallel_tool_calls",
                                           "user",
                                           "store",
                                           "verbosity",
                                           "response_format",
                                           "tool_choice",
                                           "reasoning_effort"};
    cJSON *to = params_object(head, "generationConfig");
    cJSON *stop = cJSON_GetObjectItemCaseSensitive(head, "stop");
    const cJSON *schema =
        json_get(json_get(json_get(head, "response_format"), "json_schema"), "schema");
    int64_t limit = params_limit(r);
    if (cJSON_IsString(stop)) {
        cJSON *list = cJSON_CreateArray();
        cJSON_AddItemToArray(list, cJSON_CreateString(stop->valuestring));
        cJSON_ReplaceItemInObjectCaseSensitive(head, "stop", list);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++)
        params_move(head, names[i][0], to, names[i][1]);
    if (limit > 0 && !json_get(to, "maxOutputTokens"))
        json_add_int(to, "maxOutputTokens", limit);
    if (schema) {
        json_add_str(to, "responseMimeType", "application/json");
        json_add(to, "responseJsonSchema", cJSON_Duplicate(schema, true));
    }
    if (family_spelling(r->model) != EFFORT_NONE && !model_refuses(r->model, "includeThoughts"))
        json_add_bool(params_object(to, "thinkingConfig"), "includeThoughts", true);
    for (size_t i = 0; i < COUNT_OF(nameless); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(head, nameless[i]);
}

void gemini_begin(const struct llm_request *r, cJSON *head, struct buf *out)
{
    gemini_spell(r, head);
    json_write(out, head);
    buf_cut(out, out->len - 1);
    for (size_t i = 0; i < r->tool_count; i++) {
        const struct llm_tool *t = &r->tools[i];
        buf_adds(out, i ? ",{\"name\":" : ",\"tools\":[{\"functionDeclarations\":[{\"name\":");
        write_string(out, t->name);
        write_member(out, "description", t->description ? t->description : "");
        write_json(out, "parametersJsonSchema", write_schema(t));
        buf_addc(out, '}');
    }
    buf_adds(out, r->tool_count ? "]}]" : "");
    for (size_t i = 0; i < write_systems(r); i++) {
        buf_adds(out, i ? ",{\"text\":" : ",\"systemInstruction\":{\"parts\":[{\"text\":");
        write_string(out, r->messages[i].text);
        buf_adds(out, i + 1 == write_systems(r) ? "}]}" : "}");
    }
    buf_adds(out, head->child ? ",\"contents\":[" : "\"contents\":[");
}

/* ---- the contents ---- */

/* The last message of all may still grow, and may hold the tail. */
size_t gemini_lasting(const struct llm_request *r)
{
    return r->message_count ? write_unit_joined(r, r->message_count - 1) : 0;
}

/* Parts of one message, with commas between them. */
struct parts {
    struct buf *out;
    size_t count;
};

static void parts_next(struct parts *p)
{
    if (p->count++)
        buf_addc(p->out, ',');
}

static void parts_text(struct parts *p, const char *text)
{
    if (!text || !*text)
        return;
    parts_next(p);
    buf_adds(p->out, "{\"text\":");
    write_string(p->out, text);
    buf_addc(p->out, '}');
}

static void parts_media(struct parts *p, const struct llm_part *part)
{
    parts_next(p);
    if (write_url(part)) {
        buf_adds(p->out, "{\"fileData\":{\"fileUri\":");
        write_string(p->out, write_url(part));
        buf_adds(p->out, "}}");
        return;
    }
    buf_adds(p->out, "{\"inlineData\":{\"mimeType\":");
    write_string(p->out, part->id);
    write_member(p->out, "data", part->text ? part->text : "");
    buf_adds(p->out, "}}");
}

static void gemini_model(struct parts *p, const struct llm_request *r, const struct llm_message *m)
{
    bool own = body_is_own(&codec_gemini, r, m), said = false, first = true;
    for (size_t i = 0; own && i < m->parts.count; i++) {
        const struct llm_part *part = &m->parts.ptr[i];
        said = said || part->kind == LLM_PART_TEXT;
        if (part->kind == LLM_PART_CALL && !write_call(m, part->id))
            continue;
        first = first && part->kind != LLM_PART_CALL;
        if (part->form) {
            parts_next(p);
            buf_adds(p->out, part->form);
        } else {
            parts_text(p, part->text);
        }
    }
    if (!said)
        parts_text(p, m->text);
    for (size_t i = 0; i < m->call_count; i++) {
        if (own && llm_parts_of_call(&m->parts, m->calls[i].id))
            continue;
        AUTO_FREE char *args = write_args(m->calls[i].args);
        parts_next(p);
        buf_adds(p->out, "{\"functionCall\":{\"name\":");
        write_string(p->out, m->calls[i].name);
        write_json(p->out, "args", args);
        buf_addc(p->out, '}');
        if (first && family_spelling(r->model) == EFFORT_LEVEL)
            buf_adds(p->out, NO_SIGNATURE);
        buf_addc(p->out, '}');
        first = false;
    }
}

static void parts_response(struct parts *p, const struct llm_request *r,
                           const struct llm_message *asked, const struct llm_tool_call *c,
                           const char *text, const char *tail)
{
    const char *const id_keys[] = {"functionCall", "id"};
    const char *const name_keys[] = {"functionCall", "name"};
    const struct llm_part *part =
        body_is_own(&codec_gemini, r, asked) ? llm_parts_of_call(&asked->parts, c->id) : NULL;
    const char *form = part && part->form ? part->form : "";
    size_t len = 0, name_len = 0;
    const char *id = json_span(form, strlen(form), id_keys, 2, &len);
    const char *name = json_span(form, strlen(form), name_keys, 2, &name_len);
    parts_next(p);
    buf_adds(p->out, "{\"functionResponse\":{\"name\":");
    if (name) /* as it stands in the call, whatever it is called here */
        buf_add(p->out, name, name_len);
    else
        write_string(p->out, c->name);
    if (id)
        buf_addf(p->out, ",\"id\":%.*s", (int)len, id);
    buf_adds(p->out, ",\"response\":{\"output\":");
    write_string(p->out, text);
    write_member(p->out, "state", tail);
    buf_adds(p->out, "}}}");
}

/* The responses to the calls before it, in their order, each once; then the words. */
static void gemini_user(struct parts *p, const struct llm_request *r, size_t from, size_t to,
                        const char *tail)
{
    size_t before = from > 0 ? write_unit_joined(r, from - 1) : from;
    bool last_is_result = to == from || r->messages[to - 1].role == LLM_TOOL;
    for (size_t i = before; i < from; i++)
        for (size_t c = 0; c < r->messages[i].call_count; c++) {
            const struct llm_tool_call *call = &r->messages[i].calls[c];
            const char *text = "(no result was recorded)";
            for (size_t k = from; k < to; k++)
                if (r->messages[k].role == LLM_TOOL && r->messages[k].call_id &&
                    strcmp(r->messages[k].call_id, call->id) == 0)
                    text = r->messages[k].text;
            bool last = i + 1 == from && c + 1 == r->messages[i].call_count && last_is_result;
            parts_response(p, r, &r->messages[i], call, text, last ? tail : NULL);
            tail = last ? NULL : tail;
        }
    for (size_t i = from; i < to; i++) {
        const struct llm_message *m = &r->messages[i];
        bool answers = false;
        for (size_t k = before; m->role == LLM_TOOL && k < from && !answers; k++)
            answers = write_call(&r->messages[k], m->call_id) != NULL;
        if (!answers)
            parts_text(p, m->text);
        for (size_t k = 0; k < m->parts.count; k++)
            if (write_shows(r, &m->parts.ptr[k]))
                parts_media(p, &m->parts.ptr[k]);
    }
    parts_text(p, tail);
}

void gemini_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                     size_t *tail_at)
{
    size_t first = write_systems(r), at = MAX(from, first);
    const char *tail = tail_at && r->tail && *r->tail ? r->tail : NULL;
    if (tail_at)
        *tail_at = out->len; /* the last message is written again each time */
    while (at < to) {
        struct parts p = {.out = out};
        bool model = r->messages[at].role == LLM_ASSISTANT;
        size_t end = MIN(write_unit_end(r, at), to);
        if (at == first && model) /* the first word is a user's */
            buf_adds(out,
                     "{\"role\":\"user\",\"parts\":[{\"text\":\"(the conversation goes on)\"}]}");
        buf_addf(out, "%s{\"role\":\"%s\",\"parts\":[", at > first || model ? "," : "",
                 model ? "model" : "user");
        for (size_t i = at; model && i < end; i++)
            gemini_model(&p, r, &r->messages[i]);
        if (!model)
            gemini_user(&p, r, at, end, end == r->message_count ? tail : NULL);
        if (!p.count)
            parts_text(&p, "(nothing)");
        buf_adds(out, "]}");
        at = end;
    }
    size_t n = r->message_count;
    bool owed =
        n > first && r->messages[n - 1].role == LLM_ASSISTANT && r->messages[n - 1].call_count;
    if (!tail_at || (!owed && !(tail && (n == first || r->messages[n - 1].role == LLM_ASSISTANT))))
        return;
    struct parts p = {.out = out};
    buf_addf(out, "%s{\"role\":\"user\",\"parts\":[", n > first ? "," : "");
    gemini_user(&p, r, n, n, tail);
    buf_adds(out, "]}");
}
