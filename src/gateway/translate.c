#include "gateway/translate.h"

#include <string.h>

#include "llm/args.h"
#include "llm/codecs.h"
#include "llm/models/family.h"
#include "llm/tokens.h"
#include "llm/turn/answer_build.h"
#include "llm/turn/answer_take.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"
#include "llm/turn/seal.h"

#define TOKENS_PER_IMAGE 1500
#define SAMPLE_WHOLE ((size_t)64 << 10) /* so much is counted whole, */
#define SAMPLE_SHARE 8                  /* and one part of so many of what follows */

void translation_fini(struct translation *t)
{
    answer_free(t->answer);
    tell_fini(&t->tell);
    asked_fini(&t->asked);
    stops_fini(&t->stops);
    buf_fini(&t->out);
    buf_fini(&t->held);
    free(t->origin);
    free(t->model);
    free(t->proof);
    llm_reply_fini(&t->reply);
    *t = (struct translation){0};
}

/* ---- the request ---- */

/* Of a long history a part is counted, and stands for the rest: a request of 5 MB would otherwise
 * wait for its count longer than for all else that is done to it. */
struct sample {
    size_t all, counted; /* bytes */
    int64_t tokens;      /* of those counted */
};

static void sample_add(struct sample *s, const char *text, size_t n)
{
    s->all += n;
    if (s->counted > SAMPLE_WHOLE + s->all / SAMPLE_SHARE)
        return;
    s->counted += n;
    s->tokens += tokens_estimate(text, n);
}

static int64_t translation_estimate(const struct asked *a)
{
    struct sample s = {0};
    int64_t n = 0;
    for (size_t i = 0; i < a->messages.len; i++) {
        const struct asked_message *m = a->messages.ptr[i];
        n += TOKENS_PER_MESSAGE * (int64_t)(1 + m->calls.len);
        sample_add(&s, buf_cstr(&m->text), m->text.len);
        for (size_t c = 0; c < m->calls.len; c++)
            sample_add(&s, m->calls.ptr[c].args, strlen(m->calls.ptr[c].args));
        for (size_t p = 0; p < m->parts.count; p++)
            n += m->parts.ptr[p].kind == LLM_PART_IMAGE ? TOKENS_PER_IMAGE : 0;
    }
    for (size_t i = 0; i < a->tools.len; i++) {
        const struct asked_tool *t = a->tools.ptr[i];
        if (!t->schema)
            continue;
        n += TOKENS_PER_MESSAGE;
        sample_add(&s, t->schema, strlen(t->schema));
        sample_add(&s, t->description, strlen(t->description));
    }
    if (s.counted)
        n += (int64_t)((double)s.tokens * (double)s.all / (double)s.counted);
    return MAX(n, 1);
}

bool translation_read(struct translation *t, const struct codec *from, const char *body, size_t n,
                      const char *model, struct error *e)
{
    AUTO_JSON *j = json_parse(body, n, e);
    AUTO(buf) mended = {0};
    if (!j && args_mend_escapes(body, n, &mended)) /* half a surrogate, a NUL */
        j = json_parse(buf_cstr(&mended), mended.len, e);
    *t = (struct translation){.from = from, .model = mem_strdup(model)};
    if (!j)
        return false;
    t->asked.stream = json_bool(j, "stream", false);
    if (!from->asked(&t->asked, j, e))
        return false;
    asked_settle(&t->asked);
    t->stops = (struct stops){.list = t->asked.stops.ptr, .count = t->asked.stops.len};
    t->estimate = translation_estimate(&t->asked);
    return true;
}

/* ---- the answer ---- */

/* A call's arguments as JSON for any client: what was meant, where that is certain. Caller frees;
 * NULL: it cannot be told. */
static char *translation_args(const char *args, enum llm_finish finish)
{
    if (args && args_is_exact(args, strlen(args)))
        return mem_strdup(args);
    AUTO_JSON *j = args_parse(args ? args : "", finish, NULL, NULL);
    return j ? json_print(j) : NULL;
}

static void translation_words(struct translation *t, const char *s, size_t n)
{
    AUTO(buf) sure = {0};
    (void)stops_feed(&t->stops, s, n, &sure);
    tell_text(&t->tell, sure.ptr, sure.len);
}

static void translation_call(struct translation *t, const struct llm_tool_call *c)
{
    AUTO_FREE char *args = translation_args(c->args, LLM_FINISH_TOOLS);
    AUTO(buf) sure = {0};
    stops_end(&t->stops, &sure);
    tell_text(&t->tell, sure.ptr, sure.len);
    if (!args) {
        AUTO_FREE char *why = mem_printf("(The arguments of %s were no JSON and are left out: "
                                         "%.200s)",
                                         c->name, c->args);
        tell_text(&t->tell, why, strlen(why));
    }
    char none[] = "{}";
    const struct llm_tool_call whole = {c->id, c->name, args ? args : none};
    tell_call(&t->tell, &whole);
}

/* Do the pieces say more than the words that were told, with their seal? */
static bool translation_parts_say_more(const struct translation *t, const struct llm_reply *r)
{
    const struct llm_part *p = r->parts.ptr;
    if (r->parts.count != 1 || p->kind != LLM_PART_REASONING || t->tell.items.len == 0 ||
        t->tell.items.ptr[0]->kind != TELL_REASONING)
        return r->parts.count > 0;
    if (!p->form)
        return false;
    const char *member = t->to->reasoning_member ? t->to->reasoning_member(t->answer) : NULL;
    AUTO_JSON *form = json_parse(p->form, strlen(p->form), NULL);
    return !member || cJSON_GetArraySize(form) != 1 || !json_get(form, member);
}

static void translation_seal(struct translation *t, struct llm_reply *r)
{
    mem_replace(&r->parts.origin, t->origin);
    free(t->proof);
    t->proof = seal_make(&r->parts);
}

/* Where a seal may not be the last item, it stands in front of the first call. False: a call has
 * one of its own, which is known when all of it is. */
static bool translation_seal_before(struct translation *t)
{
    struct llm_reply r = {0};
    bool ok = true;
    if (t->from->tell->seals_last || t->told > 0 || !t->to->parts)
        return true;
    t->to->parts(t->answer, &r);
    for (size_t i = 0; i < r.parts.count; i++)
        ok = ok && r.parts.ptr[i].kind != LLM_PART_CALL;
    if (ok && translation_parts_say_more(t, &r)) {
        translation_seal(t, &r);
        tell_seal(&t->tell, mem_strdup(t->proof));
    }
    llm_reply_fini(&r);
    return ok;
}

static void translation_own_id(struct translation *t, size_t i)
{
    struct answer_call *c = t->answer->calls.ptr[i];
    bool taken = !c->id.len || call_ids_has(&t->asked.ids, buf_cstr(&c->id));
    for (size_t k = 0; k < i && !taken; k++)
        taken = strcmp(buf_cstr(&t->answer->calls.ptr[k]->id), buf_cstr(&c->id)) == 0;
    if (!taken)
        return;
    AUTO_FREE char *id = call_ids_make(&t->asked.ids);
    buf_clear(&c->id);
    buf_adds(&c->id, id);
}

/* A custom tool's arguments are {"input": "…"}: where the text begins, 0: not yet, or they are
 * others. */
static size_t translation_word(const char *args, size_t n)
{
    static const char *const tokens[] = {"{", "\"input\"", ":", "\""};
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        size_t len = strlen(tokens[i]);
        while (at < n && memchr(" \t\r\n", args[at], 4))
            at++;
        if (n - at < len || memcmp(args + at, tokens[i], len) != 0)
            return 0;
        at += len;
    }
    return at;
}

/* More of the text; the escapes in it are whole. */
static void translation_word_piece(struct translation *t, const char *args, size_t upto)
{
    size_t end = t->word;
    AUTO(buf) quoted = {0};
    while (end < upto && args[end] != '"')
        end += args[end] == '\\' ? 2 : 1;
    if (end == t->word)
        return;
    buf_addc(&quoted, '"');
    buf_add(&quoted, args + t->word, end - t->word);
    buf_addc(&quoted, '"');
    AUTO_JSON *j = json_parse(quoted.ptr, quoted.len, NULL);
    if (cJSON_IsString(j))
        tell_call_piece(&t->tell, j->valuestring, strlen(j->valuestring));
    t->word = end;
}

/* May the next call be told before all of it is there? */
static bool translation_opens(struct translation *t, const struct answer_call *c)
{
    const struct asked_tool *tool = c->name.len ? asked_tool(&t->asked, buf_cstr(&c->name)) : NULL;
    AUTO(buf) sure = {0};
    if (t->hold || !t->tell.stream || t->from->tell->calls_whole || !tool)
        return false;
    json_walk(&t->walk, buf_cstr(&c->args), c->args.len);
    t->word = tool->custom ? translation_word(buf_cstr(&c->args), t->walk.sure) : 0;
    if (!t->walk.sure || (tool->custom && !t->word) || !translation_seal_before(t))
        return false;
    translation_own_id(t, t->told);
    stops_end(&t->stops, &sure);
    tell_text(&t->tell, sure.ptr, sure.len);
    tell_call_begin(&t->tell, buf_cstr(&c->id), buf_cstr(&c->name));
    return true;
}

/* What is sure of its arguments and was not told. */
static void translation_piece(struct translation *t, const char *args, size_t upto)
{
    size_t told = t->tell.items.ptr[t->tell.items.len - 1]->text.len;
    if (t->word)
        translation_word_piece(t, args, upto);
    else if (upto > told)
        tell_call_piece(&t->tell, args + told, upto - told);
}

static void translation_called(struct translation *t, bool cut)
{
    tell_call_end(&t->tell, cut);
    t->calling = false;
    t->walk = (struct json_walk){0};
    t->word = 0;
    t->told++;
}

/* The calls as far as they came, one after the other. */
static void translation_calls(struct translation *t)
{
    while (t->told < t->answer->calls.len) {
        const struct answer_call *c = t->answer->calls.ptr[t->told];
        if (!t->calling && !(t->calling = translation_opens(t, c)))
            return;
        json_walk(&t->walk, buf_cstr(&c->args), c->args.len);
        translation_piece(t, buf_cstr(&c->args), MIN(t->walk.sure, c->args.len));
        if (!t->walk.done)
            return;
        translation_called(t, false);
    }
}

/* The i-th call as it stands, if all of it is there: with an id of its own. */
static bool translation_is_whole(struct translation *t, size_t i, struct llm_tool_call *out)
{
    struct answer_call *c = t->answer->calls.ptr[i];
    if (!c->name.len || !c->args.len || !args_is_exact(buf_cstr(&c->args), c->args.len))
        return false;
    translation_own_id(t, i);
    *out = (struct llm_tool_call){c->id.ptr, c->name.ptr, c->args.ptr};
    return true;
}

/* Something else begins: calls that are whole go out before it. True: none is left. */
static bool translation_flush(struct translation *t)
{
    struct llm_tool_call c;
    translation_calls(t);
    for (; !t->hold && !t->calling && t->told < t->answer->calls.len &&
           translation_is_whole(t, t->told, &c);
         t->told++)
        translation_call(t, &c);
    return t->told >= t->answer->calls.len;
}

static void translation_on_text(void *arg, const char *s, size_t n)
{
    struct translation *t = arg;
    t->again = false;
    if (translation_flush(t) && !t->held.len)
        translation_words(t, s, n);
    else
        buf_add(&t->held, s, n);
}

static void translation_on_reasoning(void *arg, const char *s, size_t n)
{
    struct translation *t = arg;
    if (t->again)
        return;
    (void)translation_flush(t);
    tell_reasoning(&t->tell, s, n);
    const char *member = t->to->reasoning_member ? t->to->reasoning_member(t->answer) : NULL;
    tell_reasoning_seal(&t->tell, seal_words(t->origin, member));
}

/* What was told as text was reasoning: it is not told twice. */
static void translation_on_restart(void *arg)
{
    ((struct translation *)arg)->again = true;
}

bool translation_write(struct translation *t, const struct model *m, const struct mode *mode,
                       int64_t slot, double ratio, struct buf *out, struct error *e)
{
    AUTO(body) body = {0};
    t->to = codec_of(m);
    asked_fill(&t->asked, m, mode, model_dialect(m) == ROUTE_RESPONSES, &t->request);
    t->request.lora_slot = slot;
    if (!families_load(e) || !body_build(t->to, &t->request, &body, e))
        return false;
    buf_add(out, body.text, body.len);
    free(t->origin);
    t->origin = body_origin(t->to, m, mode);
    t->watch = (struct llm_watch){.arg = t,
                                  .text = translation_on_text,
                                  .reasoning = translation_on_reasoning,
                                  .restart = translation_on_restart};
    const struct answer_opts o = {.watch = &t->watch,
                                  .tools = t->request.tools,
                                  .tool_count = t->request.tool_count,
                                  .limit = params_limit(&t->request)};
    answer_free(t->answer);
    t->answer = answer_new(t->to, &o);
    if (!t->tell.begun || !t->tell.stream || t->tell.items.len) {
        tell_fini(&t->tell); /* else it goes on: only its beginning was told */
        tell_init(&t->tell, t->from->tell, &t->asked, t->model, &t->out);
    }
    t->tell.prompt = (int64_t)((double)t->estimate * (ratio > 0 ? ratio : 1)) + 1;
    t->told = 0;
    t->calling = t->taken = false;
    llm_reply_fini(&t->reply);
    t->reply = (struct llm_reply){0};
    t->walk = (struct json_walk){0};
    return true;
}

bool translation_has_begun(const struct translation *t)
{
    return t->answer && answer_payloads(t->answer) > 0 && !t->answer->failed;
}

struct llm_failure translation_failure(const struct translation *t)
{
    struct llm_failure f = *answer_failure(t->answer);
    if (f.class == LLM_OK)
        failure_set(&f, LLM_STREAM, "the server's answer broke off");
    return f;
}

void translation_complete(const struct translation *t, struct llm_failure *f)
{
    const struct model *m = t->request.model;
    if (f->class != LLM_CONTEXT)
        return;
    if (f->window <= 0)
        f->window = m && m->window > 0 ? m->window : m ? family_of(m)->window : 0;
    if (f->window <= 0)
        f->window = MAX(t->tell.prompt - 1, 1);
    if (f->requested <= f->window)
        f->requested = MAX(t->tell.prompt, f->window + 1);
}

/* ---- its end ---- */

static struct llm_usage translation_count(const struct translation *t, const struct llm_reply *r)
{
    struct llm_usage u = r->usage;
    if (u.input <= 0)
        u.input = t->tell.prompt;
    if (u.output > 0)
        return u;
    u.output = 1 + (r->text ? tokens_estimate(r->text, strlen(r->text)) : 0) +
               (r->reasoning ? tokens_estimate(r->reasoning, strlen(r->reasoning)) : 0);
    for (size_t i = 0; i < r->call_count; i++)
        u.output +=
            TOKENS_PER_MESSAGE + tokens_estimate(r->calls[i].args, strlen(r->calls[i].args));
    return u;
}

/* All that the client shall hear of a call, of which it heard the beginning. NULL: it cannot be.
 * Caller frees. */
static char *translation_whole(const struct translation *t, const struct llm_tool_call *c,
                               enum llm_finish finish)
{
    AUTO_FREE char *args = translation_args(c->args, finish);
    AUTO(buf) mended = {0};
    const struct buf *told = &t->tell.items.ptr[t->tell.items.len - 1]->text;
    if (args && t->word) {
        AUTO_JSON *j = json_parse(args, strlen(args), NULL);
        mem_replace(&args, json_str(j, "input", NULL));
    } else if (args && strncmp(args, buf_cstr(told), told->len) != 0 &&
               args_mend(c->args, &mended)) {
        mem_replace(&args, buf_cstr(&mended));
    }
    return args && strncmp(args, buf_cstr(told), told->len) == 0 ? mem_strdup(args) : NULL;
}

/* The rest of a call that is being told. False: it is another one than was told. */
static bool translation_settle(struct translation *t, const struct llm_reply *r)
{
    bool cut = t->stops.hit || t->told >= r->call_count; /* by its limit: it does not run */
    AUTO_FREE char *all = cut ? NULL : translation_whole(t, &r->calls[t->told], r->finish);
    size_t told = t->tell.items.ptr[t->tell.items.len - 1]->text.len;
    if (!cut && !all)
        return false;
    if (all)
        tell_call_piece(&t->tell, all + told, strlen(all) - told);
    translation_called(t, cut);
    return true;
}

/* The pieces stand in front of the calls, where the client's dialect has their place. */
static void translation_rest(struct translation *t, struct llm_reply *r)
{
    AUTO(buf) sure = {0};
    bool place = t->from->tell->seals_last || t->told < r->call_count;
    if (!t->stops.hit && translation_parts_say_more(t, r)) {
        translation_seal(t, r);
        if (place)
            tell_seal(&t->tell, mem_strdup(t->proof));
    }
    for (; !t->stops.hit && t->told < r->call_count; t->told++)
        translation_call(t, &r->calls[t->told]);
    (void)stops_feed(&t->stops, t->held.ptr, t->held.len, &sure);
    stops_end(&t->stops, &sure);
    tell_text(&t->tell, sure.ptr, sure.len);
}

static bool translation_finish(struct translation *t)
{
    struct llm_reply *r = &t->reply;
    if (!t->taken)
        answer_take(t->answer, &t->asked.ids, r);
    t->taken = true;
    bool empty = !t->tell.items.len && !r->call_count && !t->held.len && !t->stops.held.len;
    if (empty && (r->finish == LLM_FINISH_UNKNOWN || r->finish == LLM_FINISH_PAUSE) &&
        !r->parts.count) {
        (void)answer_fail(t->answer, LLM_STREAM, "the server's answer was empty");
        return false;
    }
    if (t->calling && !translation_settle(t, r)) {
        (void)answer_fail(t->answer, LLM_STREAM,
                          "the arguments of a tool's call are no JSON, and part of it was told");
        return false;
    }
    translation_rest(t, r);
    if (t->answer->markup.marked && r->void_note &&
        !r->call_count) /* a call that nobody can read */
        tell_text(&t->tell, r->void_note, strlen(r->void_note));
    t->usage = translation_count(t, r);
    t->finish = t->stops.hit ? LLM_FINISH_STOP : r->finish;
    int64_t window = t->request.model->window;
    const struct tell_end end = {.finish = t->finish,
                                 .usage = t->usage,
                                 .stop = t->stops.hit ? t->stops.hit : r->stop,
                                 .full = window > 0 && t->usage.input + t->usage.output >= window};
    tell_end(&t->tell, &end);
    t->over = true;
    return true;
}

bool translation_feed(struct translation *t, const char *p, size_t n)
{
    if (t->over || !answer_feed(t->answer, p, n))
        return false;
    if (t->tell.stream && translation_has_begun(t))
        tell_begin(&t->tell);
    if (!t->stops.hit) {
        translation_calls(t);
        return true;
    }
    answer_abort(t->answer);
    t->answer->finish = LLM_FINISH_STOP;
    (void)translation_finish(t);
    return false;
}

bool translation_take(struct translation *t)
{
    if (t->taken || t->over)
        return true;
    if (!answer_end(t->answer))
        return false;
    answer_take(t->answer, &t->asked.ids, &t->reply);
    return t->taken = true;
}

void translation_refuse(struct translation *t, const char *why)
{
    (void)answer_fail(t->answer, LLM_BAD_REQUEST, why);
}

bool translation_end(struct translation *t)
{
    return t->over || (translation_take(t) && !t->answer->failed && translation_finish(t));
}
