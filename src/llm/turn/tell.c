#include "llm/turn/tell.h"

#include <string.h>

#include "base/chance.h"
#include "base/clock.h"

void tell_init(struct tell *t, const struct tell_dialect *as, const struct asked *asked,
               const char *model, struct buf *out)
{
    *t = (struct tell){.as = as,
                       .asked = asked,
                       .out = out,
                       .model = model,
                       .stream = asked->stream,
                       .created = clock_wall_ms() / 1000};
    chance_word(t->id, 10);
    chance_word(t->id + 10, 10);
}

void tell_fini(struct tell *t)
{
    for (size_t i = 0; i < t->items.len; i++) {
        buf_fini(&t->items.ptr[i]->text);
        free(t->items.ptr[i]->id);
        free(t->items.ptr[i]->name);
        free(t->items.ptr[i]->seal);
        free(t->items.ptr[i]);
    }
    VEC_FREE(&t->items);
}

void tell_begin(struct tell *t)
{
    if (!t->begun && t->stream)
        t->as->begin(t);
    t->begun = true;
}

static struct tell_item *tell_last(struct tell *t)
{
    return t->items.len ? t->items.ptr[t->items.len - 1] : NULL;
}

static void tell_close(struct tell *t)
{
    if (t->open && t->stream)
        t->as->close(t, tell_last(t));
    t->open = false;
}

static struct tell_item *tell_open(struct tell *t, enum tell_kind kind)
{
    struct tell_item *it = mem_alloc(sizeof *it);
    tell_begin(t);
    tell_close(t);
    it->kind = kind;
    VEC_PUSH(&t->items, it);
    return it;
}

static void tell_opened(struct tell *t, struct tell_item *it)
{
    t->open = true;
    if (t->stream)
        t->as->open(t, it);
}

static void tell_words(struct tell *t, enum tell_kind kind, const char *s, size_t n)
{
    struct tell_item *it = tell_last(t);
    if (!n)
        return;
    if (!t->open || it->kind != kind)
        tell_opened(t, it = tell_open(t, kind));
    buf_add(&it->text, s, n);
    if (t->stream)
        t->as->piece(t, it, s, n);
}

void tell_text(struct tell *t, const char *s, size_t n)
{
    tell_words(t, TELL_TEXT, s, n);
}

void tell_reasoning(struct tell *t, const char *s, size_t n)
{
    tell_words(t, TELL_REASONING, s, n);
}

void tell_reasoning_seal(struct tell *t, char *seal)
{
    struct tell_item *it = tell_last(t);
    if (!t->open || it->kind != TELL_REASONING || it->seal) {
        free(seal);
        return;
    }
    it->seal = seal;
}

static struct tell_item *tell_new_call(struct tell *t, const char *id, const char *name)
{
    const struct asked_tool *tool = asked_tool(t->asked, name);
    struct tell_item *it = tell_open(t, TELL_CALL);
    it->id = mem_strdup(id);
    it->tool = tool;
    it->name = mem_strdup(tool ? tool->theirs : name);
    return it;
}

void tell_call_begin(struct tell *t, const char *id, const char *name)
{
    tell_opened(t, tell_new_call(t, id, name));
}

void tell_call_piece(struct tell *t, const char *s, size_t n)
{
    struct tell_item *it = tell_last(t);
    buf_add(&it->text, s, n);
    if (t->stream && n)
        t->as->piece(t, it, s, n);
}

void tell_call_end(struct tell *t, bool cut)
{
    tell_last(t)->cut = cut;
    tell_close(t);
    t->calls++;
}

void tell_call(struct tell *t, const struct llm_tool_call *c)
{
    struct tell_item *it = tell_new_call(t, c->id, c->name);
    AUTO_JSON *args =
        it->tool && it->tool->custom ? json_parse(c->args, strlen(c->args), NULL) : NULL;
    const char *text = json_str(args, "input", c->args);
    tell_opened(t, it);
    tell_call_piece(t, text, strlen(text));
    tell_call_end(t, false);
}

void tell_seal(struct tell *t, char *seal)
{
    struct tell_item *it = tell_open(t, TELL_SEAL);
    it->seal = seal;
    tell_opened(t, it);
    tell_close(t);
}

void tell_ping(struct tell *t)
{
    buf_adds(t->out, t->asked->array ? "\n" : t->as->ping); /* white space is no item */
}

void tell_end(struct tell *t, const struct tell_end *e)
{
    tell_begin(t);
    tell_close(t);
    t->ended = true;
    if (t->stream)
        t->as->end(t, e);
    else
        t->as->whole(t, e);
}

void tell_fail(struct tell *t, const struct llm_failure *f)
{
    t->ended = true;
    t->as->fail(t, f);
}

/* ---- for codecs ---- */

static void tell_frame(struct tell *t, const char *event)
{
    if (event)
        buf_addf(t->out, "event: %s\n", event);
    buf_adds(t->out, "data: ");
}

void tell_event(struct tell *t, const char *event, const cJSON *j)
{
    tell_frame(t, event);
    json_write(t->out, j);
    buf_adds(t->out, "\n\n");
}

void tell_piece(struct tell *t, const char *event, const char *before, const char *s, size_t n,
                const char *after)
{
    tell_frame(t, event);
    buf_adds(t->out, before);
    buf_add_json_str(t->out, s, n);
    buf_adds(t->out, after);
    buf_adds(t->out, "\n\n");
}

char *tell_joined(const struct tell *t, enum tell_kind kind)
{
    AUTO(buf) all = {0};
    bool any = false;
    for (size_t i = 0; i < t->items.len; i++)
        if (t->items.ptr[i]->kind == kind) {
            any = true;
            buf_add(&all, t->items.ptr[i]->text.ptr, t->items.ptr[i]->text.len);
        }
    return any ? buf_take(&all) : NULL;
}

/* ---- errors as OpenAI has them, in chat and in Responses ---- */

static const struct {
    int status;
    const char *type, *code;
} tell_errors[LLM_CLASS_COUNT] = {
    [LLM_AUTH] = {401, "invalid_request_error", "invalid_api_key"},
    [LLM_QUOTA] = {429, "insufficient_quota", "insufficient_quota"},
    [LLM_RATE_LIMIT] = {429, "rate_limit_error", "rate_limit_exceeded"},
    [LLM_OVERLOADED] = {503, "server_error", "server_is_overloaded"},
    [LLM_CONTEXT] = {400, "invalid_request_error", "context_length_exceeded"},
    [LLM_BAD_REQUEST] = {400, "invalid_request_error", NULL},
    [LLM_SERVER] = {500, "server_error", "server_error"},
    [LLM_TIMEOUT] = {504, "server_error", "timeout"},
    [LLM_CONFIG] = {500, "server_error", NULL},
};

cJSON *tell_openai_error(const struct llm_failure *f)
{
    cJSON *error = cJSON_CreateObject();
    const char *code = tell_errors[f->class].code, *type = tell_errors[f->class].type;
    AUTO_FREE char *context = NULL;
    if (f->class == LLM_CONTEXT)
        context = mem_printf("This model's maximum context length is %lld tokens. However, your "
                             "messages resulted in %lld tokens. Please reduce the length of the "
                             "messages.",
                             (long long)f->window, (long long)f->requested);
    json_add_str(error, "message", context ? context : f->error.text);
    json_add_str(error, "type", type ? type : "server_error");
    json_add(error, "param", cJSON_CreateNull());
    json_add(error, "code", code ? cJSON_CreateString(code) : cJSON_CreateNull());
    return error;
}

int tell_openai_refuse(const struct llm_failure *f, struct buf *out)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add(j, "error", tell_openai_error(f));
    json_write(out, j);
    if (f->class == LLM_BAD_REQUEST && f->status >= 400 && f->status < 500)
        return f->status;
    if (f->class == LLM_AUTH && f->status == 403)
        return 403;
    return tell_errors[f->class].status ? tell_errors[f->class].status : 502;
}
