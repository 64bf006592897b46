#include <ctype.h>
#include <string.h>

#include "llm/args.h"
#include "llm/chat/chat_priv.h"
#include "llm/turn/answer_text.h"
#include "llm/turn/write.h"

struct chat_member {
    char *name;
    struct buf text;
};

/* A string member of `members` that comes in pieces; its item gets the whole at the end. */
struct chat_growing {
    cJSON *item;
    struct buf text;
};

/* Members of the message beside its text: they go back as they came. */
struct chat_own {
    VEC(struct chat_member) strings;
    cJSON *members;
    VEC(struct chat_growing) growing;
    cJSON *parts;         /* content, when it came as parts */
    char *reasoning_name; /* the member that counts */
};

/* Members of a call to send back, or NULL. */
struct chat_extra {
    cJSON *entry, *function;
};

static struct chat_own *own(const struct answer *a)
{
    return a->own;
}

/* Mistral's thinking part holds parts of its own. */
static void chat_thinking(struct answer *a, const cJSON *part)
{
    const cJSON *t = json_get(part, "thinking"), *inner;
    if (cJSON_IsString(t))
        answer_add_reasoning(a, t->valuestring);
    cJSON_ArrayForEach(inner, t) answer_add_reasoning(a, json_str(inner, "text", ""));
}

static void chat_content(struct answer *a, const cJSON *content)
{
    const cJSON *part;
    if (cJSON_IsString(content))
        answer_add_text(a, content->valuestring);
    if (!cJSON_IsArray(content))
        return;
    if (!own(a)->parts)
        own(a)->parts = cJSON_CreateArray();
    a->named_reasoning = true;
    cJSON_ArrayForEach(part, content)
    {
        if (strcmp(json_str(part, "type", "text"), "thinking") == 0)
            chat_thinking(a, part);
        else
            answer_add_text(a, json_str(part, "text", ""));
        cJSON_AddItemToArray(own(a)->parts, cJSON_Duplicate(part, true));
    }
}

static void chat_keep_string(struct answer *a, const char *name, const char *s)
{
    for (size_t i = 0; i < own(a)->strings.len; i++)
        if (strcmp(own(a)->strings.ptr[i].name, name) == 0) {
            buf_adds(&own(a)->strings.ptr[i].text, s);
            return;
        }
    VEC_PUSH(&own(a)->strings, (struct chat_member){.name = mem_strdup(name)});
    buf_adds(&own(a)->strings.ptr[own(a)->strings.len - 1].text, s);
}

static void chat_keep(cJSON **into, const cJSON *member)
{
    if (!*into)
        *into = cJSON_CreateObject();
    cJSON_DeleteItemFromObjectCaseSensitive(*into, member->string);
    json_add(*into, member->string, cJSON_Duplicate(member, true));
}

static void chat_settle(struct answer *a)
{
    for (size_t i = 0; i < own(a)->growing.len; i++) {
        cJSON_SetValuestring(own(a)->growing.ptr[i].item, buf_cstr(&own(a)->growing.ptr[i].text));
        buf_fini(&own(a)->growing.ptr[i].text);
    }
    own(a)->growing.len = 0;
}

/* Joined in a buffer of its own: joining in the item would copy all of it for each piece. */
static void chat_grow(struct answer *a, cJSON *item, const char *piece)
{
    for (size_t i = own(a)->growing.len; i-- > 0;)
        if (own(a)->growing.ptr[i].item == item) {
            buf_adds(&own(a)->growing.ptr[i].text, piece);
            return;
        }
    struct chat_growing g = {.item = item};
    buf_adds(&g.text, item->valuestring);
    buf_adds(&g.text, piece);
    VEC_PUSH(&own(a)->growing, g);
}

/* The item is about to be replaced. */
static void chat_stop_growing(struct answer *a, const cJSON *item)
{
    for (size_t i = 0; item && i < own(a)->growing.len; i++)
        if (own(a)->growing.ptr[i].item == item) {
            buf_fini(&own(a)->growing.ptr[i].text);
            own(a)->growing.ptr[i--] = own(a)->growing.ptr[--own(a)->growing.len];
        }
}

/* Two pieces of one entry of reasoning_details: strings grow, the rest is replaced. */
static void chat_merge_detail(struct answer *a, cJSON *old, const cJSON *piece)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, piece)
    {
        cJSON *was = cJSON_GetObjectItemCaseSensitive(old, m->string);
        bool grows = strcmp(m->string, "text") == 0 || strcmp(m->string, "summary") == 0 ||
                     strcmp(m->string, "data") == 0;
        if (grows && cJSON_IsString(was) && cJSON_IsString(m)) {
            chat_grow(a, was, m->valuestring);
        } else if (!cJSON_IsNull(m) && !cJSON_Compare(was, m, true)) {
            chat_stop_growing(a, was);
            chat_keep(&old, m);
        }
    }
}

static void chat_keep_array(struct answer *a, const cJSON *array)
{
    const cJSON *item;
    if (!own(a)->members)
        own(a)->members = cJSON_CreateObject();
    cJSON *kept = cJSON_GetObjectItemCaseSensitive(own(a)->members, array->string);
    if (!kept)
        kept = cJSON_AddArrayToObject(own(a)->members, array->string);
    cJSON_ArrayForEach(item, array)
    {
        cJSON *last = kept->child ? kept->child->prev : NULL;
        bool same = last && json_get(item, "index") &&
                    json_int(last, "index", -1) == json_int(item, "index", -2) &&
                    strcmp(json_str(last, "type", ""), json_str(item, "type", "")) == 0;
        if (same)
            chat_merge_detail(a, last, item);
        else
            cJSON_AddItemToArray(kept, cJSON_Duplicate(item, true));
    }
}

/* Is the buffer one whole object already? Cheap refusals first: this runs for odd pieces only. */
static bool chat_args_whole(const struct answer_call *call)
{
    return call->args.len && call->args.ptr[0] == '{' &&
           args_is_object(call->args.ptr, call->args.len);
}

static bool chat_opens_object(const cJSON *args)
{
    if (cJSON_IsObject(args))
        return true;
    const char *s = cJSON_IsString(args) ? args->valuestring : "";
    return s[strspn(s, " \t\r\n")] == '{';
}

static struct answer_call *chat_by_id(struct answer *a, const char *id)
{
    for (size_t i = a->calls.len; *id && i-- > 0;)
        if (strcmp(buf_cstr(&a->calls.ptr[i]->id), id) == 0)
            return a->calls.ptr[i];
    return NULL;
}

/*
 * Does this entry start another call although its slot is taken? Ollama and others send whole
 * calls with one index or one id; a new id alone (GLM) or a repeated name proves nothing.
 */
static bool chat_starts_anew(const struct answer_call *call, const char *id, const char *name,
                             const cJSON *args, bool by_index)
{
    bool other_id = *id && strcmp(id, buf_cstr(&call->id)) != 0;
    bool other_name = *name && call->name.len && strcmp(name, buf_cstr(&call->name)) != 0;
    if (!*name || !call->name.len || (by_index && !other_id))
        return false;
    if (other_name && (call->args.len == 0 || chat_args_whole(call)))
        return true;
    if (!chat_opens_object(args) || !chat_args_whole(call))
        return false;
    AUTO_FREE char *text = cJSON_IsString(args) ? mem_strdup(args->valuestring) : json_print(args);
    return other_id || strcmp(text, buf_cstr(&call->args)) != 0;
}

static struct answer_call *chat_slot(struct answer *a, const cJSON *entry, const char *id,
                                     const char *name, const cJSON *args)
{
    const cJSON *index = json_get(entry, "index");
    if (cJSON_IsNumber(index)) {
        struct answer_call *call = answer_call_at(a, index->valueint);
        if (!call || chat_starts_anew(call, id, name, args, true))
            return answer_call_new(a, index->valueint);
        return call;
    }
    struct answer_call *call = chat_by_id(a, id);
    if (call)
        return chat_starts_anew(call, id, name, args, false) ? answer_call_new(a, -1) : call;
    if (*name || a->calls.len == 0)
        return answer_call_new(a, -1);
    return a->calls.ptr[a->calls.len - 1];
}

static void chat_add_args(struct answer_call *call, const cJSON *args)
{
    if (cJSON_IsString(args))
        buf_adds(&call->args, args->valuestring);
    else if (cJSON_IsObject(args))
        json_write(&call->args, args);
}

static void chat_keep_extra(struct answer_call *call, const cJSON *entry, const cJSON *function)
{
    const cJSON *m;
    if (!call->own)
        call->own = mem_alloc(sizeof(struct chat_extra));
    struct chat_extra *extra = call->own;
    cJSON_ArrayForEach(m, entry) if (strcmp(m->string, "index") && strcmp(m->string, "id") &&
                                     strcmp(m->string, "type") && strcmp(m->string, "function") &&
                                     !cJSON_IsNull(m)) chat_keep(&extra->entry, m);
    cJSON_ArrayForEach(m, function) if (strcmp(m->string, "name") &&
                                        strcmp(m->string, "arguments") && !cJSON_IsNull(m))
        chat_keep(&extra->function, m);
}

static void chat_tool_call(struct answer *a, const cJSON *entry, const cJSON *function)
{
    const char *id = json_str(entry, "id", ""), *name = json_str(function, "name", "");
    const cJSON *args = json_get(function, "arguments");
    if (!cJSON_IsObject(entry) || (function && !cJSON_IsObject(function)))
        return; /* a list has members without names */
    struct answer_call *call = chat_slot(a, entry, id, name, args);
    if (!call->id.len)
        buf_adds(&call->id, id);
    if (!call->name.len)
        buf_adds(&call->name, name);
    chat_add_args(call, args);
    if (entry != function)
        chat_keep_extra(call, entry, function);
}

/* The first of the names that brings text is the one that is read; all are sent back. */
static void chat_reasoning(struct answer *a, const cJSON *m)
{
    chat_keep_string(a, m->string, m->valuestring);
    if (!*m->valuestring)
        return;
    if (!own(a)->reasoning_name)
        own(a)->reasoning_name = mem_strdup(m->string);
    a->named_reasoning = true;
    if (strcmp(own(a)->reasoning_name, m->string) == 0)
        answer_add_reasoning(a, m->valuestring);
}

static void chat_other_member(struct answer *a, const cJSON *m)
{
    bool string = cJSON_IsString(m);
    if (string &&
        (strcmp(m->string, "reasoning_content") == 0 || strcmp(m->string, "reasoning") == 0)) {
        chat_reasoning(a, m);
    } else if (string && strcmp(m->string, "refusal") == 0) {
        answer_add_text(a, m->valuestring);
        if (*m->valuestring)
            a->finish = LLM_FINISH_FILTER;
    } else if (string && strcmp(m->string, "role") != 0) {
        chat_keep_string(a, m->string, m->valuestring);
    } else if (cJSON_IsArray(m)) {
        chat_keep_array(a, m);
    } else if (!string && !cJSON_IsNull(m)) {
        if (cJSON_IsArray(json_get(own(a)->members, m->string)))
            chat_settle(a); /* it goes, and what grows in it */
        chat_keep(&own(a)->members, m);
    }
}

static void chat_delta(struct answer *a, const cJSON *delta)
{
    const cJSON *m, *entry;
    cJSON_ArrayForEach(m, delta)
    {
        if (strcmp(m->string, "content") == 0)
            chat_content(a, m);
        else if (strcmp(m->string, "tool_calls") == 0)
            cJSON_ArrayForEach(entry, m) chat_tool_call(a, entry, json_get(entry, "function"));
        else if (strcmp(m->string, "function_call") == 0 && cJSON_IsObject(m))
            chat_tool_call(a, m, m);
        else
            chat_other_member(a, m);
    }
}

/* Entry 0, by its index when the server gives one. */
static const cJSON *chat_choice(const cJSON *chunk)
{
    const cJSON *choices = json_get(chunk, "choices"), *one;
    cJSON_ArrayForEach(one, choices) if (json_int(one, "index", 0) == 0) return one;
    return NULL;
}

static bool chat_is_error(const cJSON *j, bool error_event)
{
    const cJSON *error = json_get(j, "error");
    return error_event || (error && !cJSON_IsNull(error) && !cJSON_IsFalse(error)) ||
           strcmp(json_str(j, "object", ""), "error") == 0;
}

static bool chat_frame(struct answer *a, const char *event, const cJSON *j, const char *text,
                       size_t n)
{
    const cJSON *groq = json_get(j, "x_groq"), *choice = chat_choice(j);
    if (chat_is_error(j, strcmp(event, "error") == 0))
        return answer_fail_json(a, j);
    if (groq && chat_is_error(groq, false))
        return answer_fail_json(a, groq);
    a->payloads++;
    chat_usage(a, j, choice);
    if (!choice)
        return true;
    const cJSON *delta = json_get(choice, "delta"), *message = json_get(choice, "message");
    if (cJSON_IsObject(delta)) {
        chat_delta(a, delta);
        a->streamed = true;
    } else if (cJSON_IsObject(message) && !a->streamed) {
        chat_delta(a, message);
    }
    const char *finish = json_str(choice, "finish_reason", NULL);
    bool refused = a->finish == LLM_FINISH_FILTER; /* by a member of its own, and "stop" after it */
    answer_finish(a, finish);
    if (refused)
        a->finish = LLM_FINISH_FILTER;
    if (finish && strcmp(finish, "stop") == 0)
        mem_replace(&a->stop, json_str(choice, "stop_reason", NULL)); /* vLLM */
    if (finish && strcmp(finish, "error") == 0)
        return answer_fail(a, LLM_STREAM,
                           "the server ended the answer with an error and no reason");
    return true;
}

static bool chat_whole(struct answer *a, const cJSON *j, const char *text, size_t n)
{
    if (!chat_choice(j))
        return false;
    (void)chat_frame(a, "message", j, text, n);
    return true;
}

static void chat_fini(struct answer *a)
{
    struct chat_own *o = own(a);
    for (size_t i = 0; i < a->calls.len; i++) {
        struct chat_extra *extra = a->calls.ptr[i]->own;
        if (!extra)
            continue;
        cJSON_Delete(extra->entry);
        cJSON_Delete(extra->function);
        free(extra);
    }
    for (size_t i = 0; i < o->strings.len; i++) {
        free(o->strings.ptr[i].name);
        buf_fini(&o->strings.ptr[i].text);
    }
    chat_settle(a);
    VEC_FREE(&o->growing);
    VEC_FREE(&o->strings);
    cJSON_Delete(o->members);
    cJSON_Delete(o->parts);
    free(o->reasoning_name);
}

/* {"member": …} of what came beside the text, or NULL. */
static char *chat_members_form(struct answer *a)
{
    AUTO_JSON *j = cJSON_CreateObject();
    const cJSON *m, *members = own(a)->members;
    chat_settle(a);
    for (size_t i = 0; i < own(a)->strings.len; i++)
        json_add_str(j, own(a)->strings.ptr[i].name, buf_cstr(&own(a)->strings.ptr[i].text));
    cJSON_ArrayForEach(m, members) json_add(j, m->string, cJSON_Duplicate(m, true));
    return j->child ? json_print(j) : NULL;
}

/* The content where it is not the text: with its parts, or with the reasoning that stood in it,
 * which the server's template parts again. */
static char *chat_content_form(const struct answer *a)
{
    AUTO(buf) quoted = {0};
    if (own(a)->parts)
        return json_print(own(a)->parts);
    if (!a->think.parted || !a->original.len)
        return NULL;
    buf_add_json_str(&quoted, a->original.ptr, a->original.len);
    return buf_take(&quoted);
}

static char *chat_call_form(const struct chat_extra *extra)
{
    if (!extra || (!extra->entry && !extra->function))
        return NULL;
    AUTO_JSON *j = extra->entry ? cJSON_Duplicate(extra->entry, true) : cJSON_CreateObject();
    if (extra->function)
        json_add(j, "function", cJSON_Duplicate(extra->function, true));
    return json_print(j);
}

static void chat_parts(struct answer *a, struct llm_reply *out)
{
    char *members = chat_members_form(a), *content = chat_content_form(a);
    if (members) {
        struct llm_part *p = llm_parts_add(&out->parts, LLM_PART_REASONING);
        p->text = mem_strdup(out->reasoning);
        p->form = members;
    }
    if (content)
        llm_parts_add(&out->parts, LLM_PART_TEXT)->form = content;
    for (size_t i = 0; i < a->calls.len; i++) {
        const struct answer_call *c = a->calls.ptr[i];
        char *form = chat_call_form(c->own);
        if (!form)
            continue;
        struct llm_part *p = llm_parts_add(&out->parts, LLM_PART_CALL);
        p->id = mem_strdup(buf_cstr(&c->id));
        p->form = form;
    }
}

static const char *chat_reasoning_member(const struct answer *a)
{
    return own(a)->reasoning_name;
}

static const char *const chat_ours[] = {"messages", "stream",     "stream_options",
                                        "tools",    "extra_body", NULL};

const struct codec codec_chat = {
    .name = "chat",
    .begin = chat_begin,
    .lasting = chat_lasting,
    .unit = write_unit_alone,
    .messages = chat_messages,
    .end = "]}",
    .own = chat_ours,
    .state_size = sizeof(struct chat_own),
    .fini = chat_fini,
    .frame = chat_frame,
    .whole = chat_whole,
    .parts = chat_parts,
    .reasoning_member = chat_reasoning_member,
    .asked = chat_asked,
    .tell = &chat_told,
};
