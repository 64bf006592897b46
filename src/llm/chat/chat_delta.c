#include <ctype.h>
#include <string.h>

#include "llm/args.h"
#include "llm/chat/chat_priv.h"

void chat_show(struct chat *c, bool all)
{
    const struct llm_watch *w = c->o.watch;
    size_t upto = c->text.len;
    if (!all && c->o.tool_count)
        upto = text_toolcalls_safe(&c->markup, buf_cstr(&c->text), c->text.len);
    if (upto <= c->shown)
        return;
    if (w && w->text)
        w->text(w->arg, c->text.ptr + c->shown, upto - c->shown);
    c->showed = true;
    c->shown = upto;
}

static void chat_plain(void *arg, const char *s, size_t n)
{
    struct chat *c = arg;
    buf_add(&c->text, s, n);
    chat_show(c, false);
}

static void chat_thought(void *arg, const char *s, size_t n)
{
    struct chat *c = arg;
    const struct llm_watch *w = c->o.watch;
    buf_add(&c->reasoning, s, n);
    c->showed = true;
    if (w && w->reasoning)
        w->reasoning(w->arg, s, n);
}

/* What was taken for the answer was reasoning: it is shown anew as that. */
static void chat_was_thought(void *arg)
{
    struct chat *c = arg;
    AUTO(buf) text = c->text;
    c->text = (struct buf){0};
    if (c->shown && c->o.watch && c->o.watch->restart)
        c->o.watch->restart(c->o.watch->arg);
    c->shown = 0;
    c->markup = (struct text_toolcalls){0};
    chat_thought(c, buf_cstr(&text), text.len);
}

static struct think_out chat_parted(struct chat *c)
{
    return (struct think_out){
        .arg = c, .text = chat_plain, .reasoning = chat_thought, .back = chat_was_thought};
}

/* A server that has a name for reasoning leaves none in the text. */
static void chat_add_text(struct chat *c, const char *s)
{
    size_t n = strlen(s);
    if (!n)
        return;
    if (c->reasoning_name || c->parts) {
        chat_end_text(c, false);
        chat_plain(c, s, n);
        return;
    }
    const struct think_out out = chat_parted(c);
    buf_add(&c->original, s, n);
    think_feed(&c->think, s, n, &out);
}

/* A block that began inside the answer and never ended was the answer's own words. */
static void chat_give_back(struct chat *c)
{
    struct think *t = &c->think;
    size_t kept = c->reasoning.len - t->inside;
    AUTO_FREE char *words = mem_strdup(buf_cstr(&c->reasoning) + kept);
    buf_adds(&c->text, t->opening);
    buf_adds(&c->text, words);
    buf_cut(&c->reasoning, kept);
}

void chat_end_text(struct chat *c, bool whole)
{
    const struct think_out out = chat_parted(c);
    think_end(&c->think, &out);
    if (whole && c->think.opening && c->think.late)
        chat_give_back(c);
}

static void chat_add_reasoning(struct chat *c, const char *s)
{
    if (*s)
        chat_thought(c, s, strlen(s));
}

/* Mistral's thinking part holds parts of its own. */
static void chat_thinking(struct chat *c, const cJSON *part)
{
    const cJSON *t = json_get(part, "thinking"), *inner;
    if (cJSON_IsString(t))
        chat_add_reasoning(c, t->valuestring);
    cJSON_ArrayForEach(inner, t) chat_add_reasoning(c, json_str(inner, "text", ""));
}

static void chat_content(struct chat *c, const cJSON *content)
{
    const cJSON *part;
    if (cJSON_IsString(content))
        chat_add_text(c, content->valuestring);
    if (!cJSON_IsArray(content))
        return;
    if (!c->parts)
        c->parts = cJSON_CreateArray();
    cJSON_ArrayForEach(part, content)
    {
        if (strcmp(json_str(part, "type", "text"), "thinking") == 0)
            chat_thinking(c, part);
        else
            chat_add_text(c, json_str(part, "text", ""));
        cJSON_AddItemToArray(c->parts, cJSON_Duplicate(part, true));
    }
}

static void chat_keep_string(struct chat *c, const char *name, const char *s)
{
    for (size_t i = 0; i < c->strings.len; i++)
        if (strcmp(c->strings.ptr[i].name, name) == 0) {
            buf_adds(&c->strings.ptr[i].text, s);
            return;
        }
    VEC_PUSH(&c->strings, (struct chat_member){.name = mem_strdup(name)});
    buf_adds(&c->strings.ptr[c->strings.len - 1].text, s);
}

static void chat_keep(cJSON **into, const cJSON *member)
{
    if (!*into)
        *into = cJSON_CreateObject();
    cJSON_DeleteItemFromObjectCaseSensitive(*into, member->string);
    json_add(*into, member->string, cJSON_Duplicate(member, true));
}

void chat_settle(struct chat *c)
{
    for (size_t i = 0; i < c->growing.len; i++) {
        cJSON_SetValuestring(c->growing.ptr[i].item, buf_cstr(&c->growing.ptr[i].text));
        buf_fini(&c->growing.ptr[i].text);
    }
    c->growing.len = 0;
}

/* Joined in a buffer of its own: joining in the item would copy all of it for each piece. */
static void chat_grow(struct chat *c, cJSON *item, const char *piece)
{
    for (size_t i = c->growing.len; i-- > 0;)
        if (c->growing.ptr[i].item == item) {
            buf_adds(&c->growing.ptr[i].text, piece);
            return;
        }
    struct chat_growing g = {.item = item};
    buf_adds(&g.text, item->valuestring);
    buf_adds(&g.text, piece);
    VEC_PUSH(&c->growing, g);
}

/* The item is about to be replaced. */
static void chat_stop_growing(struct chat *c, const cJSON *item)
{
    for (size_t i = 0; item && i < c->growing.len; i++)
        if (c->growing.ptr[i].item == item) {
            buf_fini(&c->growing.ptr[i].text);
            c->growing.ptr[i--] = c->growing.ptr[--c->growing.len];
        }
}

/* Two pieces of one entry of reasoning_details: strings grow, the rest is replaced. */
static void chat_merge_detail(struct chat *c, cJSON *old, const cJSON *piece)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, piece)
    {
        cJSON *was = cJSON_GetObjectItemCaseSensitive(old, m->string);
        bool grows = strcmp(m->string, "text") == 0 || strcmp(m->string, "summary") == 0 ||
                     strcmp(m->string, "data") == 0;
        if (grows && cJSON_IsString(was) && cJSON_IsString(m)) {
            chat_grow(c, was, m->valuestring);
        } else if (!cJSON_IsNull(m) && !cJSON_Compare(was, m, true)) {
            chat_stop_growing(c, was);
            chat_keep(&old, m);
        }
    }
}

static void chat_keep_array(struct chat *c, const cJSON *array)
{
    const cJSON *item;
    if (!c->members)
        c->members = cJSON_CreateObject();
    cJSON *kept = cJSON_GetObjectItemCaseSensitive(c->members, array->string);
    if (!kept)
        kept = cJSON_AddArrayToObject(c->members, array->string);
    cJSON_ArrayForEach(item, array)
    {
        cJSON *last = kept->child ? kept->child->prev : NULL;
        bool same = last && json_get(item, "index") &&
                    json_int(last, "index", -1) == json_int(item, "index", -2) &&
                    strcmp(json_str(last, "type", ""), json_str(item, "type", "")) == 0;
        if (same)
            chat_merge_detail(c, last, item);
        else
            cJSON_AddItemToArray(kept, cJSON_Duplicate(item, true));
    }
}

/* Is the buffer one whole object already? Cheap refusals first: this runs for odd pieces only. */
static bool chat_args_whole(const struct chat_call *call)
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

static struct chat_call *chat_new_call(struct chat *c, int64_t index)
{
    struct chat_call *call = mem_alloc(sizeof *call);
    call->index = index;
    VEC_PUSH(&c->calls, call);
    return call;
}

/* The newest call of that index: an index used twice means the later one. */
static struct chat_call *chat_by_index(struct chat *c, int64_t index)
{
    for (size_t i = c->calls.len; i-- > 0;)
        if (c->calls.ptr[i]->index == index)
            return c->calls.ptr[i];
    return NULL;
}

static struct chat_call *chat_by_id(struct chat *c, const char *id)
{
    for (size_t i = c->calls.len; *id && i-- > 0;)
        if (strcmp(buf_cstr(&c->calls.ptr[i]->id), id) == 0)
            return c->calls.ptr[i];
    return NULL;
}

/*
 * Does this entry start another call although its slot is taken? Ollama and others send whole
 * calls with one index or one id; a new id alone (GLM) or a repeated name proves nothing.
 */
static bool chat_starts_anew(const struct chat_call *call, const char *id, const char *name,
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

static struct chat_call *chat_slot(struct chat *c, const cJSON *entry, const char *id,
                                   const char *name, const cJSON *args)
{
    const cJSON *index = json_get(entry, "index");
    if (cJSON_IsNumber(index)) {
        struct chat_call *call = chat_by_index(c, index->valueint);
        if (!call || chat_starts_anew(call, id, name, args, true))
            return chat_new_call(c, index->valueint);
        return call;
    }
    struct chat_call *call = chat_by_id(c, id);
    if (call)
        return chat_starts_anew(call, id, name, args, false) ? chat_new_call(c, -1) : call;
    if (*name || c->calls.len == 0)
        return chat_new_call(c, -1);
    return c->calls.ptr[c->calls.len - 1];
}

static void chat_add_args(struct chat_call *call, const cJSON *args)
{
    if (cJSON_IsString(args))
        buf_adds(&call->args, args->valuestring);
    else if (cJSON_IsObject(args))
        json_write(&call->args, args);
}

static void chat_keep_extra(struct chat_call *call, const cJSON *entry, const cJSON *function)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, entry) if (strcmp(m->string, "index") && strcmp(m->string, "id") &&
                                     strcmp(m->string, "type") && strcmp(m->string, "function") &&
                                     !cJSON_IsNull(m)) chat_keep(&call->extra, m);
    cJSON_ArrayForEach(m, function) if (strcmp(m->string, "name") &&
                                        strcmp(m->string, "arguments") && !cJSON_IsNull(m))
        chat_keep(&call->function_extra, m);
}

static void chat_tool_call(struct chat *c, const cJSON *entry, const cJSON *function)
{
    const char *id = json_str(entry, "id", ""), *name = json_str(function, "name", "");
    const cJSON *args = json_get(function, "arguments");
    struct chat_call *call = chat_slot(c, entry, id, name, args);
    if (!call->id.len)
        buf_adds(&call->id, id);
    if (!call->name.len)
        buf_adds(&call->name, name);
    chat_add_args(call, args);
    if (entry != function)
        chat_keep_extra(call, entry, function);
}

/* The first of the names that brings text is the one that is read; all are sent back. */
static void chat_reasoning(struct chat *c, const cJSON *m)
{
    chat_keep_string(c, m->string, m->valuestring);
    if (!*m->valuestring)
        return;
    if (!c->reasoning_name)
        c->reasoning_name = mem_strdup(m->string);
    if (strcmp(c->reasoning_name, m->string) == 0)
        chat_add_reasoning(c, m->valuestring);
}

static void chat_other_member(struct chat *c, const cJSON *m)
{
    bool string = cJSON_IsString(m);
    if (string &&
        (strcmp(m->string, "reasoning_content") == 0 || strcmp(m->string, "reasoning") == 0)) {
        chat_reasoning(c, m);
    } else if (string && strcmp(m->string, "refusal") == 0) {
        chat_add_text(c, m->valuestring);
        if (*m->valuestring)
            c->finish = LLM_FINISH_FILTER;
    } else if (string && strcmp(m->string, "role") != 0) {
        chat_keep_string(c, m->string, m->valuestring);
    } else if (cJSON_IsArray(m)) {
        chat_keep_array(c, m);
    } else if (!string && !cJSON_IsNull(m)) {
        if (cJSON_IsArray(json_get(c->members, m->string)))
            chat_settle(c); /* it goes, and what grows in it */
        chat_keep(&c->members, m);
    }
}

void chat_delta(struct chat *c, const cJSON *delta)
{
    const cJSON *m, *entry;
    cJSON_ArrayForEach(m, delta)
    {
        if (strcmp(m->string, "content") == 0)
            chat_content(c, m);
        else if (strcmp(m->string, "tool_calls") == 0)
            cJSON_ArrayForEach(entry, m) chat_tool_call(c, entry, json_get(entry, "function"));
        else if (strcmp(m->string, "function_call") == 0 && cJSON_IsObject(m))
            chat_tool_call(c, m, m);
        else
            chat_other_member(c, m);
    }
}
