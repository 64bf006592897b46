#include "request/conversation.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "llm/tokens.h"

static const char *const role_names[] = {"system", "user", "assistant", "tool"};

void message_fini(struct message *m)
{
    free(m->text);
    llm_calls_free(m->calls, m->call_count);
    free(m->call_id);
    free(m->tool);
    free(m->raw);
    free(m->raw_model);
    free(m->stub);
}

static void summary_fini(struct summary *s)
{
    free(s->text);
    free(s->shown);
    *s = (struct summary){0};
}

void conversation_fini(struct conversation *c)
{
    for (size_t i = 0; i < c->messages.len; i++)
        message_fini(&c->messages.ptr[i]);
    VEC_FREE(&c->messages);
    message_fini(&c->shelf.at);
    free(c->words);
    summary_fini(&c->summary);
    call_ids_fini(&c->ids);
    free(c->view.sought);
    *c = (struct conversation){.changes = c->changes + 1};
}

struct message *conversation_append(struct conversation *c, struct message m)
{
    assert(m.calls || !m.call_count);
    m.seq = conversation_last(c) + 1;
    if (m.role == LLM_ASSISTANT && m.seq >= conversation_first(c))
        c->view.exchanges++;
    if (m.role == LLM_USER && m.text)
        c->view.last_user = m.seq;
    for (size_t i = 0; i < m.call_count; i++)
        call_ids_add(&c->ids, m.calls[i].id);
    VEC_PUSH(&c->messages, m);
    return &c->messages.ptr[c->messages.len - 1];
}

/* ---- the shelf ---- */

void conversation_shelve(struct conversation *c, struct shelf shelf, int64_t last_user)
{
    assert(!c->messages.len && shelf.read && shelf.count >= 0);
    c->shelf = shelf;
    c->saved = shelf.count;
    c->view.last_user = MIN(last_user, shelf.count);
}

static struct message message_missing(int64_t seq)
{
    return (struct message){.seq = seq, .role = LLM_SYSTEM, .missing = true};
}

void conversation_take(struct conversation *c, int64_t seq, struct message m)
{
    m.seq = seq;
    VEC_PUSH(&c->shelf.taken, m);
    c->shelf.reads++;
}

/* Take from..count off the shelf and put it before what is in memory. */
static void conversation_read_from(struct conversation *c, int64_t from)
{
    struct shelf *s = &c->shelf;
    int64_t to = s->count;
    if (from > to)
        return;
    s->read(s->arg, c, from, to);
    size_t n = (size_t)(to - from + 1), got = 0, had = c->messages.len;
    for (size_t i = 0; i < n; i++)
        VEC_PUSH(&c->messages, (struct message){0});
    if (had)
        memmove(c->messages.ptr + n, c->messages.ptr, had * sizeof *c->messages.ptr);
    for (size_t i = 0; i < n; i++) {
        int64_t seq = from + (int64_t)i;
        bool there = got < s->taken.len && s->taken.ptr[got].seq == seq;
        c->messages.ptr[i] = there ? s->taken.ptr[got++] : message_missing(seq);
        c->view.exchanges +=
            seq >= conversation_first(c) && there && c->messages.ptr[i].role == LLM_ASSISTANT;
    }
    assert(got == s->taken.len);
    VEC_FREE(&s->taken);
    s->count = from - 1;
}

static void conversation_read_view(struct conversation *c)
{
    conversation_read_from(c, conversation_first(c));
}

void conversation_read_all(struct conversation *c)
{
    conversation_read_from(c, 1);
}

/* One from beyond the view: whoever reads those reads them in passing, and all of them may be
 * more than there is memory for. */
static struct message *conversation_peek(struct conversation *c, int64_t seq)
{
    struct shelf *s = &c->shelf;
    if (s->at.seq == seq)
        return &s->at;
    s->read(s->arg, c, seq, seq);
    message_fini(&s->at);
    s->at = s->taken.len ? s->taken.ptr[0] : message_missing(seq);
    VEC_FREE(&s->taken);
    return &s->at;
}

int64_t conversation_last(const struct conversation *c)
{
    return c->shelf.count + (int64_t)c->messages.len;
}

int64_t conversation_first(const struct conversation *c)
{
    return MAX(c->view_start, 1);
}

struct message *conversation_at(struct conversation *c, int64_t seq)
{
    c->looks++;
    if (seq < 1 || seq > conversation_last(c))
        return NULL;
    if (seq <= c->shelf.count && seq < conversation_first(c))
        return conversation_peek(c, seq);
    if (seq <= c->shelf.count)
        conversation_read_view(c);
    return &c->messages.ptr[seq - 1 - c->shelf.count];
}

int64_t conversation_tokens(struct message *m)
{
    if (m->tokens || m->missing)
        return m->tokens;
    const char *text = m->stubbed ? m->stub : m->text;
    int64_t n = TOKENS_PER_MESSAGE + (text ? tokens_estimate(text, strlen(text)) : 0);
    for (size_t i = 0; i < m->call_count; i++)
        n += TOKENS_PER_MESSAGE + tokens_estimate(m->calls[i].name, strlen(m->calls[i].name)) +
             tokens_estimate(m->calls[i].args, strlen(m->calls[i].args));
    return m->tokens = n;
}

void conversation_summarise(struct conversation *c, const char *label, const char *text)
{
    assert(label || !text);
    int64_t stood_for = MAX(c->view_start, 1) - 1;
    summary_fini(&c->summary);
    c->changes++;
    if (!text)
        return;
    c->summary.text = mem_strdup(text);
    c->summary.messages = stood_for;
    c->summary.shown =
        mem_printf("%s (compacted from %lld messages):\n%s", label, (long long)stood_for, text);
}

int64_t conversation_summary_tokens(const struct conversation *c)
{
    const char *shown = c->summary.shown;
    return shown ? TOKENS_PER_MESSAGE + tokens_estimate(shown, strlen(shown)) : 0;
}

int64_t conversation_view_tokens(struct conversation *c)
{
    struct view_counts *v = &c->view;
    int64_t last = conversation_last(c);
    v->counted = MAX(v->counted, conversation_first(c) - 1);
    while (v->counted < last)
        v->tokens += conversation_tokens(conversation_at(c, ++v->counted));
    return v->tokens + conversation_summary_tokens(c);
}

const char *conversation_last_user(struct conversation *c)
{
    int64_t seq = c->view.last_user;
    bool away = seq <= c->shelf.count && seq < conversation_first(c);
    if (away && c->words)
        return c->words;
    const struct message *m = conversation_at(c, seq);
    if (m && m->role != LLM_USER) /* a store may say anything */
        m = NULL;
    if (away && m) /* kept: it is asked for with each request */
        mem_replace(&c->words, m->text);
    return away ? c->words : m ? m->text : NULL;
}

static bool conversation_says(struct conversation *c, int64_t seq, const char *text)
{
    const struct message *m = conversation_at(c, seq);
    return m->role == LLM_USER && m->text && strcmp(m->text, text) == 0;
}

bool conversation_shows(struct conversation *c, const char *text)
{
    struct view_counts *v = &c->view;
    int64_t first = conversation_first(c), last = conversation_last(c);
    assert(text);
    if (!v->sought || strcmp(v->sought, text) != 0) {
        /* A goal's message is among the newest when the goal is new: found from the end. */
        int64_t at = last;
        while (at >= first && !conversation_says(c, at, text))
            at--;
        mem_replace(&v->sought, text);
        v->sought_at = at >= first ? at : 0;
        v->sought_to = last;
    }
    while (v->sought_to < last)
        if (conversation_says(c, ++v->sought_to, text))
            v->sought_at = v->sought_to;
    return v->sought_at >= first;
}

struct llm_message conversation_said(const struct message *m)
{
    return (struct llm_message){.role = m->role,
                                .text = m->text,
                                .call_id = m->call_id,
                                .calls = m->calls,
                                .call_count = m->call_count,
                                .raw = m->raw,
                                .raw_model = m->raw_model};
}

struct llm_message conversation_shown(const struct message *m)
{
    struct llm_message shown = conversation_said(m);
    if (m->stubbed)
        shown.text = m->stub;
    return shown;
}

size_t conversation_view(struct conversation *c, struct llm_message **out)
{
    int64_t first = conversation_first(c), last = conversation_last(c);
    size_t n = last >= first ? (size_t)(last - first + 1) : 0, at = 0;
    *out = mem_alloc((n + 2) * sizeof **out);
    if (c->summary.shown)
        (*out)[at++] = (struct llm_message){.role = LLM_USER, .text = c->summary.shown};
    for (size_t i = 0; i < n; i++) {
        const struct message *m = conversation_at(c, first + (int64_t)i);
        if (!m->missing)
            (*out)[at++] = conversation_shown(m);
    }
    return at;
}

size_t conversation_unanswered(struct conversation *c, struct message **assistant)
{
    int64_t seq = conversation_last(c);
    while (seq > 0 && conversation_at(c, seq)->role == LLM_TOOL)
        seq--;
    struct message *m = conversation_at(c, seq);
    *assistant = m;
    if (!m || m->role != LLM_ASSISTANT)
        return 0;
    size_t answers = (size_t)(conversation_last(c) - seq);
    return m->call_count - MIN(m->call_count, answers); /* a damaged session may hold more */
}

int64_t conversation_exchanges(struct conversation *c)
{
    conversation_read_view(c);
    return c->view.exchanges;
}

int64_t conversation_cut_for(struct conversation *c, int64_t keep)
{
    int64_t first = conversation_first(c);
    for (int64_t s = conversation_last(c); s >= first; s--) {
        enum llm_role role = conversation_at(c, s)->role;
        if (role == LLM_ASSISTANT && --keep < 0)
            return s + 1; /* its results, if any, are passed over by the drop */
    }
    return first;
}

static bool conversation_is(struct conversation *c, int64_t seq, enum llm_role role)
{
    const struct message *m = conversation_at(c, seq);
    return m && m->role == role;
}

int64_t conversation_cut_after(struct conversation *c, int64_t seq)
{
    int64_t last = conversation_last(c);
    while (seq <= last && !conversation_is(c, seq, LLM_ASSISTANT))
        seq++;
    for (seq++; conversation_is(c, seq, LLM_TOOL);)
        seq++;
    return MIN(seq, last + 1);
}

int64_t conversation_drop_before(struct conversation *c, int64_t seq)
{
    struct view_counts *v = &c->view;
    int64_t first = conversation_first(c);
    /* A cut must not separate results from their call: move it past them. */
    while (conversation_is(c, seq, LLM_TOOL))
        seq++;
    seq = MIN(seq, conversation_last(c) + 1);
    if (seq <= first)
        return 0;
    for (int64_t s = first; s < seq; s++) {
        struct message *m = conversation_at(c, s);
        v->exchanges -= m->role == LLM_ASSISTANT;
        v->tokens -= s <= v->counted ? conversation_tokens(m) : 0;
    }
    c->view_start = seq;
    c->changes++;
    assert(v->exchanges >= 0 && v->tokens >= 0);
    return seq - first;
}

void conversation_drop_to(struct conversation *c, int64_t tokens)
{
    while (conversation_exchanges(c) > 1 && conversation_view_tokens(c) > tokens)
        (void)conversation_drop_before(c, conversation_cut_after(c, conversation_first(c)));
}

void conversation_restore_view(struct conversation *c, int64_t seq)
{
    struct view_counts *v = &c->view;
    c->view_start = MIN(seq, conversation_last(c) + 1); /* a store may say anything */
    c->changes++;
    free(v->sought);
    *v = (struct view_counts){.last_user = v->last_user};
    /* Those on the shelf are counted when they are read. */
    for (int64_t s = MAX(conversation_first(c), c->shelf.count + 1); s <= conversation_last(c); s++)
        v->exchanges += conversation_is(c, s, LLM_ASSISTANT);
}

static void message_stub(struct message *m, size_t show)
{
    size_t n = m->text ? strlen(m->text) : 0;
    size_t cut = utf8_cut(m->text ? m->text : "", n, show);
    free(m->stub);
    m->stub = mem_printf("[pruned: result of %s, %zu bytes] %.*s…", m->tool ? m->tool : "a tool", n,
                         (int)cut, m->text ? m->text : "");
    m->stubbed = true;
    m->tokens = 0;
}

int64_t conversation_stub_results(struct conversation *c, int64_t want, int64_t keep)
{
    struct view_counts *v = &c->view;
    int64_t end = keep > 0 ? conversation_cut_for(c, keep) : conversation_last(c) + 1, saved = 0;
    size_t show = keep > 0 ? 120 : 1500;
    for (int64_t s = MAX(conversation_first(c), v->stubbed + 1); s < end && saved < want; s++) {
        struct message *m = conversation_at(c, s);
        if (keep > 0)
            v->stubbed = s; /* done with, whatever it is: nobody looks at it again */
        if (m->role != LLM_TOOL || m->stubbed || !m->text || strlen(m->text) < show + 280)
            continue;
        int64_t before = conversation_tokens(m);
        message_stub(m, show);
        int64_t less = before - conversation_tokens(m);
        v->tokens -= s <= v->counted ? less : 0;
        saved += less;
        c->changes++;
        c->saved = MIN(c->saved, s - 1);
    }
    return saved;
}

char *message_save(const struct message *m)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "role", role_names[m->role]);
    json_add_str(j, "text", m->text);
    json_add_str(j, "call_id", m->call_id);
    json_add_str(j, "tool", m->tool);
    json_add_str(j, "raw", m->raw);
    json_add_str(j, "raw_model", m->raw_model);
    json_add_str(j, "stub", m->stub);
    json_add_int(j, "goal", m->goal);
    cJSON *calls = m->call_count ? cJSON_AddArrayToObject(j, "calls") : NULL;
    for (size_t i = 0; i < m->call_count; i++) {
        cJSON *o = cJSON_CreateObject();
        json_add_str(o, "id", m->calls[i].id);
        json_add_str(o, "name", m->calls[i].name);
        json_add_str(o, "args", m->calls[i].args);
        cJSON_AddItemToArray(calls, o);
    }
    return json_print(j);
}

bool message_load(struct message *m, const char *text, size_t n, struct error *e)
{
    AUTO_JSON *j = json_parse(text, n, e);
    if (!j)
        return error_prefix(e, "a stored message");
    *m = (struct message){.goal = json_int(j, "goal", 0)};
    const char *role = json_str(j, "role", "user");
    for (int i = 0; i <= LLM_TOOL; i++)
        if (strcmp(role_names[i], role) == 0)
            m->role = (enum llm_role)i;
    m->text = mem_strdup(json_str(j, "text", NULL));
    m->call_id = mem_strdup(json_str(j, "call_id", NULL));
    m->tool = mem_strdup(json_str(j, "tool", NULL));
    m->raw = mem_strdup(json_str(j, "raw", NULL));
    m->raw_model = mem_strdup(json_str(j, "raw_model", NULL));
    m->stub = mem_strdup(json_str(j, "stub", NULL));
    m->stubbed = m->stub != NULL;
    const cJSON *calls = json_get(j, "calls"), *o;
    m->calls = mem_alloc(((size_t)cJSON_GetArraySize(calls) + 1) * sizeof *m->calls);
    cJSON_ArrayForEach(o, calls)
    {
        m->calls[m->call_count++] = (struct llm_tool_call){mem_strdup(json_str(o, "id", "")),
                                                           mem_strdup(json_str(o, "name", "")),
                                                           mem_strdup(json_str(o, "args", "{}"))};
    }
    return true;
}
