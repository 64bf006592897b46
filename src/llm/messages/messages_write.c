#include <string.h>

#include "base/mem.h"
#include "llm/messages/messages_priv.h"
#include "llm/models/family.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"
#include "llm/turn/write.h"

#define MARK ",\"cache_control\":{\"type\":\"ephemeral\"}}"

/* ---- what stands before the messages ---- */

/* Parameters under chat's names, and what has no name here: an unknown one is a 400. */
static void messages_spell(cJSON *head)
{
    static const char *const nameless[] = {"n",
                                           "seed",
                                           "min_p",
                                           "frequency_penalty",
                                           "presence_penalty",
                                           "logit_bias",
                                           "verbosity",
                                           "logprobs",
                                           "top_logprobs",
                                           "response_format",
                                           "parallel_tool_calls",
                                           "store",
                                           "stream_options",
                                           "prompt_cache_key",
                                           "reasoning_effort",
                                           "user"};
    cJSON *stop = cJSON_GetObjectItemCaseSensitive(head, "stop");
    const cJSON *format = json_get(json_get(head, "response_format"), "json_schema");
    const cJSON *parallel = json_get(head, "parallel_tool_calls");
    if (cJSON_IsString(stop)) {
        cJSON *list = cJSON_AddArrayToObject(head, "stop_sequences");
        cJSON_AddItemToArray(list, cJSON_CreateString(stop->valuestring));
        cJSON_DeleteItemFromObjectCaseSensitive(head, "stop");
    }
    params_move(head, "stop", head, "stop_sequences");
    if (format) {
        cJSON *to = params_object(params_object(head, "output_config"), "format");
        json_add_str(to, "type", "json_schema");
        json_add(to, "schema", cJSON_Duplicate(json_get(format, "schema"), true));
    }
    if (cJSON_IsFalse(parallel)) {
        cJSON *choice = params_object(head, "tool_choice");
        if (!json_get(choice, "type"))
            json_add_str(choice, "type", "auto");
        json_add_bool(choice, "disable_parallel_tool_use", true);
    }
    for (size_t i = 0; i < COUNT_OF(nameless); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(head, nameless[i]);
    const char *thinking = json_str(json_get(head, "thinking"), "type", "disabled");
    if (strcmp(thinking, "disabled") != 0) { /* it samples by itself then */
        cJSON_DeleteItemFromObjectCaseSensitive(head, "temperature");
        cJSON_DeleteItemFromObjectCaseSensitive(head, "top_k");
        cJSON_DeleteItemFromObjectCaseSensitive(head, "top_p");
    }
}

static void messages_add_tools(struct buf *out, const struct llm_request *r, bool marks)
{
    buf_adds(out, ",\"tools\":[");
    for (size_t i = 0; i < r->tool_count; i++) {
        const struct llm_tool *t = &r->tools[i];
        buf_adds(out, i ? ",{\"name\":" : "{\"name\":");
        write_string(out, t->name);
        write_member(out, "description", t->description ? t->description : "");
        write_json(out, "input_schema", write_schema(t));
        buf_adds(out, marks && i + 1 == r->tool_count ? MARK : "}");
    }
    buf_addc(out, ']');
}

static void messages_add_system(struct buf *out, const struct llm_request *r, bool marks)
{
    size_t n = write_systems(r), last = 0;
    for (size_t i = 0; i < n; i++)
        last = r->messages[i].text && *r->messages[i].text ? i + 1 : last;
    if (!last)
        return;
    buf_adds(out, ",\"system\":[");
    for (size_t i = 0, written = 0; i < last; i++) {
        if (!r->messages[i].text || !*r->messages[i].text)
            continue; /* an empty block is refused */
        buf_adds(out, written++ ? ",{\"type\":\"text\"" : "{\"type\":\"text\"");
        write_member(out, "text", r->messages[i].text);
        buf_adds(out, marks && i + 1 == last ? MARK : "}");
    }
    buf_addc(out, ']');
}

/* Where the message before the one at i stands whose calls the turn at i answers; SIZE_MAX: none.
 */
static size_t messages_asking(const struct llm_request *r, size_t turn)
{
    size_t end = write_unit_end(r, turn), before = turn > 0 ? write_unit_joined(r, turn - 1) : turn;
    for (size_t i = turn; i < end; i++)
        for (size_t k = before; r->messages[i].role == LLM_TOOL && k < turn; k++)
            if (write_call(&r->messages[k], r->messages[i].call_id))
                return before;
    return SIZE_MAX;
}

/* The first answer of the tool loop that is running; SIZE_MAX: none runs. */
static size_t messages_loop_head(const struct llm_request *r)
{
    size_t head = SIZE_MAX, turn = r->message_count;
    while (turn > write_systems(r)) {
        turn = write_unit_joined(r, turn - 1);
        size_t asked = r->messages[turn].role == LLM_ASSISTANT ? turn : messages_asking(r, turn);
        if (asked == SIZE_MAX)
            break;
        head = turn = asked;
    }
    return head;
}

/* A loop that began without a thought goes on without one: where thinking is asked for by a budget,
 * its first answer must begin with the proof of one. It was another model's, or was refused. */
static void messages_check_head(const struct llm_request *r, cJSON *head)
{
    if (strcmp(json_str(json_get(head, "thinking"), "type", ""), "enabled") != 0)
        return;
    size_t at = messages_loop_head(r);
    const struct llm_message *m = at < r->message_count ? &r->messages[at] : NULL;
    bool thought = m && m->parts.count && m->parts.ptr[0].kind == LLM_PART_REASONING &&
                   m->parts.ptr[0].form && body_is_own(&codec_messages, r, m);
    if (m && !thought)
        cJSON_DeleteItemFromObjectCaseSensitive(head, "thinking");
}

/* What is written to the cache costs more: nobody reads a side question again. */
static bool messages_marks(const struct llm_request *r)
{
    return family_of(r->model)->cache_marks && r->goal_number > 0;
}

void messages_begin(const struct llm_request *r, cJSON *head, struct buf *out)
{
    messages_check_head(r, head);
    messages_spell(head);
    json_add_int(head, "max_tokens", params_limit_or_most(r));
    json_write(out, head);
    buf_cut(out, out->len - 1);
    buf_adds(out, ",\"stream\":true");
    if (r->tool_count)
        messages_add_tools(out, r, messages_marks(r));
    messages_add_system(out, r, messages_marks(r));
    buf_adds(out, ",\"messages\":[");
}

/* ---- the turns ---- */

static bool messages_is_users(const struct llm_request *r, size_t unit)
{
    return unit >= write_systems(r) && r->messages[unit].role != LLM_ASSISTANT;
}

/* Where the user's turn before the newest begins: from there on marks stand, and move on. */
size_t messages_lasting(const struct llm_request *r)
{
    size_t first = write_systems(r), turns = 0, at = r->message_count;
    while (at > first && turns < 2) {
        at = write_unit_joined(r, at - 1);
        turns += messages_is_users(r, at);
    }
    return turns < 2 ? 0 : at;
}

/* Blocks of one message, with commas between them. */
struct blocks {
    struct buf *out;
    size_t count;
    size_t last;  /* bytes of out, up to and with the last one */
    size_t stays; /* bytes of out before a tail inside a block; 0: there is none */
};

static void blocks_next(struct blocks *b)
{
    if (b->count++)
        buf_addc(b->out, ',');
}

static void blocks_text(struct blocks *b, const char *text)
{
    if (!text || !*text)
        return; /* an empty text block is refused */
    blocks_next(b);
    buf_adds(b->out, "{\"type\":\"text\"");
    write_member(b->out, "text", text);
    buf_addc(b->out, '}');
    b->last = b->out->len;
}

static void blocks_thinking(struct blocks *b, const char *words)
{
    blocks_next(b);
    buf_adds(b->out, "{\"type\":\"thinking\"");
    write_member(b->out, "thinking", words);
    buf_addc(b->out, '}');
    b->last = b->out->len;
}

static void blocks_form(struct blocks *b, const char *form)
{
    blocks_next(b);
    buf_adds(b->out, form);
    b->last = b->out->len;
}

static void blocks_media(struct blocks *b, const struct llm_part *p)
{
    blocks_next(b);
    const char *url = write_url(p);
    buf_addf(b->out, "{\"type\":\"%s\",\"source\":{\"type\":\"%s\"",
             p->kind == LLM_PART_IMAGE ? "image" : "document", url ? "url" : "base64");
    write_member(b->out, "url", url);
    write_member(b->out, "media_type", p->id);
    write_member(b->out, "data", url ? NULL : p->text ? p->text : "");
    buf_adds(b->out, "}}");
    b->last = b->out->len;
}

static void blocks_seen(struct blocks *b, const struct llm_request *r, const struct llm_message *m)
{
    for (size_t i = 0; i < m->parts.count; i++)
        if (write_shows(r, &m->parts.ptr[i]))
            blocks_media(b, &m->parts.ptr[i]);
}

/* seen: the message whose images it shows, NULL: none. tail: a second text of the result, for this
 * request only; NULL: none. */
static void blocks_result(struct blocks *b, const struct llm_request *r, const char *id,
                          const char *text, const struct llm_message *seen, const char *tail)
{
    blocks_next(b);
    buf_adds(b->out, "{\"type\":\"tool_result\",\"tool_use_id\":");
    write_id(b->out, id, false);
    if (tail || (seen && write_shows_any(r, seen))) {
        struct blocks inner = {.out = b->out};
        b->stays = tail ? b->out->len : b->stays;
        buf_adds(b->out, ",\"content\":[");
        blocks_text(&inner, text);
        if (seen)
            blocks_seen(&inner, r, seen);
        blocks_text(&inner, tail);
        buf_adds(b->out, "]}");
    } else {
        write_member(b->out, "content", text ? text : "");
        buf_addc(b->out, '}');
    }
    b->last = b->out->len;
}

static void blocks_call(struct blocks *b, const struct llm_tool_call *c)
{
    AUTO_FREE char *args = write_args(c->args);
    blocks_next(b);
    buf_adds(b->out, "{\"type\":\"tool_use\",\"id\":");
    write_id(b->out, c->id, false);
    write_member(b->out, "name", c->name);
    write_json(b->out, "input", args);
    buf_addc(b->out, '}');
    b->last = b->out->len;
}

static void messages_assistant(struct blocks *b, const struct llm_request *r,
                               const struct llm_message *m)
{
    bool own = body_is_own(&codec_messages, r, m), said = false;
    bool empty = !m->call_count && (!m->text || !*m->text);
    bool always = family_of(r->model)->reasoning == REASONING_ALWAYS;
    /* A thought and nothing after it is no message to go on from. */
    for (size_t i = 0; own && empty && i < m->parts.count; i++)
        empty = m->parts.ptr[i].kind != LLM_PART_OTHER;
    for (size_t i = 0; own && !empty && i < m->parts.count; i++) {
        const struct llm_part *p = &m->parts.ptr[i];
        const struct llm_tool_call *c = p->kind == LLM_PART_CALL ? write_call(m, p->id) : NULL;
        if (c)
            blocks_call(b, c);
        else if (p->kind == LLM_PART_TEXT)
            blocks_text(b, p->text);
        else if (p->kind != LLM_PART_CALL && p->form)
            blocks_form(b, p->form);
        else if (p->kind == LLM_PART_REASONING && p->text && always) /* unsigned: to whom it goes */
            blocks_thinking(b, p->text);
        said = said || p->kind == LLM_PART_TEXT;
    }
    if (!said)
        blocks_text(b, m->text);
    for (size_t i = 0; i < m->call_count; i++)
        if (!own || !llm_parts_of_call(&m->parts, m->calls[i].id))
            blocks_call(b, &m->calls[i]);
}

/* The calls of the assistant's message before it that nothing in from..to answers: without a result
 * each, no later request would be taken. */
static void messages_unanswered(struct blocks *b, const struct llm_request *r, size_t from,
                                size_t to)
{
    size_t before = from > 0 ? write_unit_joined(r, from - 1) : from;
    for (size_t i = before; i < from; i++)
        for (size_t c = 0; c < r->messages[i].call_count; c++) {
            bool found = false;
            for (size_t k = from; k < to && !found; k++)
                found = r->messages[k].role == LLM_TOOL && r->messages[k].call_id &&
                        strcmp(r->messages[k].call_id, r->messages[i].calls[c].id) == 0;
            if (!found)
                blocks_result(b, r, r->messages[i].calls[c].id, "(no result was recorded)", NULL,
                              NULL);
        }
}

/* Is it the result of a call that stands right before the turn? Any other is only text. */
static bool messages_answers(const struct llm_request *r, size_t from, const char *id)
{
    for (size_t i = from > 0 ? write_unit_joined(r, from - 1) : from; i < from; i++)
        if (write_call(&r->messages[i], id))
            return true;
    return false;
}

static void messages_results(struct blocks *b, const struct llm_request *r, size_t from, size_t to,
                             const char *tail)
{
    size_t last = to;
    for (size_t i = from; i < to; i++)
        if (r->messages[i].role == LLM_TOOL && messages_answers(r, from, r->messages[i].call_id))
            last = i;
    for (size_t i = from; i < to; i++)
        if (r->messages[i].role == LLM_TOOL && messages_answers(r, from, r->messages[i].call_id))
            blocks_result(b, r, r->messages[i].call_id, r->messages[i].text, &r->messages[i],
                          i == last ? tail : NULL);
}

/* A turn of the user: results, words, what is shown. tail: joined to the last result; NULL: not. */
static void messages_user(struct blocks *b, const struct llm_request *r, size_t from, size_t to,
                          const char *tail)
{
    messages_unanswered(b, r, from, to);
    messages_results(b, r, from, to, tail);
    for (size_t i = from; i < to; i++) {
        const struct llm_message *m = &r->messages[i];
        if (m->role != LLM_TOOL || !messages_answers(r, from, m->call_id))
            blocks_text(b, m->text);
        if (m->role == LLM_USER)
            blocks_seen(b, r, m);
    }
    if (!b->count)
        blocks_text(b, "(nothing)");
}

/* How the tail stands in the last turn: inside its last result, or as a block behind the mark. */
static bool messages_tail_in_result(const struct llm_request *r)
{
    return family_of(r->model)->tail == TAIL_TOOL &&
           r->messages[r->message_count - 1].role == LLM_TOOL;
}

/* One of the newest two turns of the user, with its mark; the newest with the tail too. */
static void messages_marked_turn(struct blocks *b, const struct llm_request *r, size_t from,
                                 size_t to, size_t *tail_at)
{
    const struct family *f = family_of(r->model);
    const char *tail = to == r->message_count && r->tail && *r->tail ? r->tail : NULL;
    bool inside = tail && messages_tail_in_result(r);
    messages_user(b, r, from, to, inside ? tail : NULL);
    /* What changes each time must not be written to the cache: no mark behind the tail. */
    if (messages_marks(r) && !inside) {
        buf_cut(b->out, b->last - 1);
        *tail_at = MIN(*tail_at, b->out->len);
        buf_adds(b->out, MARK);
    }
    if (b->stays)
        *tail_at = MIN(*tail_at, b->stays);
    if (tail && !inside && f->tail != TAIL_SYSTEM) {
        *tail_at = MIN(*tail_at, b->out->len);
        blocks_text(b, tail);
    }
}

static void messages_open(struct buf *out, const char *role, bool comma)
{
    buf_addf(out, "%s{\"role\":\"%s\",\"content\":[", comma ? "," : "", role);
}

/* Behind the last turn of all: what is owed to it, and the tail where it is the system's word. */
static void messages_close(const struct llm_request *r, struct buf *out, size_t *tail_at)
{
    size_t n = r->message_count, last = n ? write_unit_joined(r, n - 1) : 0;
    bool users = n > 0 && messages_is_users(r, last);
    bool tail = r->tail && *r->tail;
    struct blocks b = {.out = out};
    if (n > 0 && !users && last >= write_systems(r)) {
        size_t at = out->len;
        messages_open(out, "user", true);
        messages_unanswered(&b, r, n, n);
        if (b.count)
            buf_adds(out, "]}");
        else
            buf_cut(out, at);
    } else if (tail && (!users || family_of(r->model)->tail == TAIL_SYSTEM)) {
        *tail_at = MIN(*tail_at, out->len);
        messages_open(out, users ? "system" : "user", users);
        blocks_text(&b, r->tail);
        buf_adds(out, "]}");
    }
}

void messages_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                       size_t *tail_at)
{
    size_t first = write_systems(r);
    for (size_t at = MAX(from, first), end; at < to; at = end) {
        struct blocks b = {.out = out};
        bool users = messages_is_users(r, at);
        end = MIN(write_unit_end(r, at), to);
        if (at == first && !users) /* the first word is a user's */
            buf_adds(out, "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"(the "
                          "conversation goes on)\"}]}");
        messages_open(out, users ? "user" : "assistant", at > first || !users);
        if (users && tail_at)
            messages_marked_turn(&b, r, at, end, tail_at);
        else if (users)
            messages_user(&b, r, at, end, NULL);
        for (size_t i = at; !users && i < end; i++)
            messages_assistant(&b, r, &r->messages[i]);
        if (!b.count)
            blocks_text(&b, "(no answer)");
        buf_adds(out, "]}");
    }
    if (tail_at)
        messages_close(r, out, tail_at);
}
