#include "request/conversation.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "llm/media.h"
#include "llm/tokens.h"

#define BLOCK 32 /* messages read from the store at once */

static const char *const role_names[] = {"system", "user", "assistant", "tool"};

void message_fini(struct message *m)
{
    free(m->text);
    llm_calls_free(m->calls, m->call_count);
    free(m->call_id);
    free(m->data);
    free(m->tool);
    llm_parts_fini(&m->parts);
    free(m->stub);
    free(m->said);
}

static void summary_fini(struct summary *s)
{
    free(s->text);
    free(s->shown);
    *s = (struct summary){0};
}

void conversation_fini(struct conversation *c)
{
    /* What was not read is not touched: it lies before the first block, or between two. */
    int64_t from = c->lowest ? c->lowest : c->stored + 1;
    for (int64_t s = from; s <= conversation_last(c); s++)
        message_fini(&c->messages.ptr[s - 1]);
    VEC_FREE(&c->messages);
    summary_fini(&c->summary);
    call_ids_fini(&c->ids);
    free(c->view.sought);
    VEC_FREE(&c->said);
    VEC_FREE(&c->cuts);
    *c = (struct conversation){.changes = c->changes + 1};
}

bool conversation_is_word(const struct message *m)
{
    return !m->lost && (m->role == LLM_USER ? m->text && !m->note : m->said != NULL);
}

static void conversation_note_word(struct conversation *c, const struct message *m)
{
    c->said_to = m->seq;
    if (conversation_is_word(m))
        VEC_PUSH(&c->said, m->seq);
}

struct message *conversation_append(struct conversation *c, struct message m)
{
    assert(m.calls || !m.call_count);
    m.seq = conversation_last(c) + 1;
    if (m.role == LLM_USER && m.text)
        c->view.last_user = m.seq;
    for (size_t i = 0; i < m.call_count; i++)
        call_ids_add(&c->ids, m.calls[i].id);
    VEC_PUSH(&c->messages, m);
    if (c->said_to == m.seq - 1)
        conversation_note_word(c, &m);
    return &c->messages.ptr[c->messages.len - 1];
}

int64_t conversation_last(const struct conversation *c)
{
    return (int64_t)c->messages.len;
}

int64_t conversation_first(const struct conversation *c)
{
    return MAX(c->view_start, 1);
}

void conversation_resume(struct conversation *c, int64_t last, int64_t last_user,
                         struct message_source from)
{
    assert(!c->messages.len && last > 0 && from.read);
    /* Zeroed pages that nobody wrote cost nothing: this does not grow with the session. */
    free(c->messages.ptr);
    c->messages.cap = (size_t)last + BLOCK;
    c->messages.ptr = mem_alloc(c->messages.cap * sizeof *c->messages.ptr);
    c->messages.len = (size_t)last;
    c->source = from;
    c->stored = c->saved = last;
    c->view.last_user = last_user;
}

static const struct message lost_message = {.role = LLM_USER, .lost = true};

static bool conversation_is_cut(const struct conversation *c, int64_t seq)
{
    for (size_t i = 0; i < c->cuts.len; i++)
        if (seq >= c->cuts.ptr[i].from && seq <= c->cuts.ptr[i].to)
            return true;
    return false;
}

void conversation_put(struct conversation *c, int64_t seq, struct message m)
{
    assert(seq >= 1 && seq <= c->stored);
    struct message *slot = &c->messages.ptr[seq - 1];
    bool cut = conversation_is_cut(c, seq);
    if (slot->seq || cut)
        message_fini(&m);
    if (slot->seq)
        return;
    if (cut)
        m = lost_message;
    m.seq = seq;
    *slot = m;
    c->read++;
}

void conversation_append_lost(struct conversation *c)
{
    (void)conversation_append(c, lost_message);
}

static void conversation_read(struct conversation *c, int64_t seq)
{
    int64_t from = seq - (seq - 1) % BLOCK, to = MIN(from + BLOCK - 1, c->stored);
    c->source.read(c->source.arg, c, from, to);
    c->lowest = c->lowest ? MIN(c->lowest, from) : from;
    for (int64_t s = from; s <= to; s++)
        if (!c->messages.ptr[s - 1].seq)
            conversation_put(c, s, lost_message);
}

struct message *conversation_at(struct conversation *c, int64_t seq)
{
    c->looks++;
    if (seq < 1 || seq > conversation_last(c))
        return NULL;
    if (!c->messages.ptr[seq - 1].seq)
        conversation_read(c, seq);
    return &c->messages.ptr[seq - 1];
}

int64_t conversation_tokens(struct message *m)
{
    if (m->tokens || m->lost)
        return m->tokens;
    const char *text = m->stubbed ? m->stub : m->text;
    int64_t n = TOKENS_PER_MESSAGE + (text ? tokens_estimate(text, strlen(text)) : 0);
    for (size_t i = 0; i < m->call_count; i++)
        n += TOKENS_PER_MESSAGE + tokens_estimate(m->calls[i].name, strlen(m->calls[i].name)) +
             tokens_estimate(m->calls[i].args, strlen(m->calls[i].args));
    for (size_t i = 0; !m->stubbed && i < m->parts.count; i++)
        n += media_tokens(&m->parts.ptr[i]);
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

static const struct view_counts *conversation_count(struct conversation *c)
{
    struct view_counts *v = &c->view;
    int64_t last = conversation_last(c);
    v->counted = MAX(v->counted, conversation_first(c) - 1);
    while (v->counted < last) {
        struct message *m = conversation_at(c, ++v->counted);
        v->tokens += conversation_tokens(m);
        v->words += conversation_is_word(m) ? conversation_tokens(m) : 0;
        v->exchanges += m->role == LLM_ASSISTANT;
    }
    return v;
}

int64_t conversation_view_tokens(struct conversation *c)
{
    return conversation_count(c)->tokens + conversation_summary_tokens(c);
}

const int64_t *conversation_words(struct conversation *c, size_t *count)
{
    while (c->said_to < conversation_last(c))
        conversation_note_word(c, conversation_at(c, c->said_to + 1));
    *count = c->said.len;
    return c->said.ptr;
}

int64_t conversation_words_tokens(struct conversation *c)
{
    return conversation_count(c)->words;
}

static bool conversation_is(struct conversation *c, int64_t seq, enum llm_role role)
{
    const struct message *m = conversation_at(c, seq);
    return m && m->role == role;
}

int64_t conversation_last_user_seq(struct conversation *c)
{
    struct view_counts *v = &c->view;
    /* The record of a stored session may have been edited, and the row may be lost. */
    while (v->last_user > 0 && v->last_user <= c->stored &&
           !(conversation_is(c, v->last_user, LLM_USER) && conversation_at(c, v->last_user)->text))
        v->last_user--;
    return v->last_user;
}

const char *conversation_last_user(struct conversation *c)
{
    const struct message *m = conversation_at(c, conversation_last_user_seq(c));
    return m ? m->text : NULL;
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
                                .data = m->data,
                                .calls = m->calls,
                                .call_count = m->call_count,
                                .parts = m->parts};
}

struct llm_message conversation_shown(const struct message *m)
{
    struct llm_message shown = conversation_said(m);
    if (m->stubbed) {
        shown.text = m->stub;
        shown.parts = (struct llm_parts){0}; /* what a result showed leaves with its text */
    }
    return shown;
}

size_t conversation_view(struct conversation *c, struct llm_message **out)
{
    int64_t first = conversation_first(c), last = conversation_last(c);
    size_t n = last >= first ? (size_t)(last - first + 1) : 0, at = 0;
    *out = mem_alloc((n + 2) * sizeof **out);
    if (c->summary.shown)
        (*out)[at++] = (struct llm_message){.role = LLM_USER, .text = c->summary.shown};
    for (int64_t s = first; s <= last; s++) {
        const struct message *m = conversation_at(c, s);
        if (!m->lost)
            (*out)[at++] = conversation_shown(m);
    }
    return at;
}

size_t conversation_unanswered(struct conversation *c, struct message **assistant)
{
    int64_t seq = conversation_last(c);
    size_t answers = 0;
    struct message *m;
    while ((m = conversation_at(c, seq)) && (m->role == LLM_TOOL || m->lost)) {
        answers += !m->lost;
        seq--;
    }
    *assistant = m;
    if (!m || m->role != LLM_ASSISTANT)
        return 0;
    return m->call_count - MIN(m->call_count, answers); /* a damaged session may hold more */
}

int64_t conversation_exchanges(struct conversation *c)
{
    return conversation_count(c)->exchanges;
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

/* Does it belong to the exchange that began before it? */
static bool conversation_follows(struct conversation *c, int64_t seq)
{
    const struct message *m = conversation_at(c, seq);
    return m && (m->role == LLM_TOOL || m->lost);
}

int64_t conversation_cut_after(struct conversation *c, int64_t seq)
{
    int64_t last = conversation_last(c);
    while (seq <= last && !conversation_is(c, seq, LLM_ASSISTANT))
        seq++;
    for (seq++; conversation_follows(c, seq);)
        seq++;
    return MIN(seq, last + 1);
}

int64_t conversation_drop_before(struct conversation *c, int64_t seq)
{
    struct view_counts *v = &c->view;
    int64_t first = conversation_first(c);
    /* A cut must not separate results from their call: move it past them. */
    while (conversation_follows(c, seq))
        seq++;
    seq = MIN(seq, conversation_last(c) + 1);
    if (seq <= first)
        return 0;
    for (int64_t s = first; s < seq && s <= v->counted; s++) {
        struct message *m = conversation_at(c, s);
        v->exchanges -= m->role == LLM_ASSISTANT;
        v->tokens -= conversation_tokens(m);
        v->words -= conversation_is_word(m) ? conversation_tokens(m) : 0;
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
}

void conversation_cut(struct conversation *c, int64_t from)
{
    int64_t last = conversation_last(c), user = from - 1;
    assert(from >= 1 && c->saved >= last);
    if (from > last)
        return;
    VEC_PUSH(&c->cuts, ((struct cut){from, last}));
    for (int64_t s = from; s <= last; s++) {
        struct message *m = conversation_at(c, s);
        message_fini(m);
        *m = lost_message;
        m->seq = s;
    }
    (void)conversation_words(c, &(size_t){0});
    while (c->said.len && c->said.ptr[c->said.len - 1] >= from)
        c->said.len--;
    while (user > 0 && !(conversation_is(c, user, LLM_USER) && conversation_at(c, user)->text))
        user--;
    c->view.last_user = user;
    bool summed_up = c->view_start > from;
    if (summed_up)
        conversation_summarise(c, NULL, NULL);
    conversation_restore_view(c, summed_up ? 0 : c->view_start);
}

void conversation_shorten(struct conversation *c, int64_t seq, char *stub)
{
    struct message *m = conversation_at(c, seq);
    struct view_counts *v = &c->view;
    int64_t before = conversation_tokens(m);
    free(m->stub);
    m->stub = stub;
    m->stubbed = true;
    m->tokens = 0;
    int64_t less = before - conversation_tokens(m);
    if (seq >= conversation_first(c) && seq <= v->counted) {
        v->tokens -= less;
        v->words -= conversation_is_word(m) ? less : 0;
    }
    c->changes++;
    c->saved = MIN(c->saved, seq - 1);
}

static char *message_stub(const struct message *m, size_t show)
{
    size_t n = m->text ? strlen(m->text) : 0;
    size_t cut = utf8_cut(m->text ? m->text : "", n, show);
    return mem_printf("[pruned: result of %s, %zu bytes] %.*s…", m->tool ? m->tool : "a tool", n,
                      (int)cut, m->text ? m->text : "");
}

/* One that the model has not seen yet: no more is cut than must be, and it is said how to go on. */
static char *message_cut(const struct message *m, size_t show)
{
    size_t n = strlen(m->text), cut = utf8_cut(m->text, n, show);
    return mem_printf("%.*s…\n[cut to fit the window: the first %zu of %zu bytes of this result of "
                      "%s; ask for the rest in smaller parts]",
                      (int)cut, m->text, cut, n, m->tool ? m->tool : "a tool");
}

#define BYTES_A_TOKEN 4

int64_t conversation_stub_results(struct conversation *c, int64_t want, int64_t keep)
{
    struct view_counts *v = &c->view;
    int64_t end = keep > 0 ? conversation_cut_for(c, keep) : conversation_last(c) + 1, saved = 0;
    size_t show = keep > 0 ? 120 : 1500;
    for (int64_t s = MAX(conversation_first(c), v->stubbed + 1); s < end && saved < want; s++) {
        struct message *m = conversation_at(c, s);
        if (keep > 0)
            v->stubbed = s; /* done with, whatever it is: nobody looks at it again */
        if (m->role != LLM_TOOL || m->stubbed || m->said || !m->text ||
            strlen(m->text) < show + 280)
            continue;
        int64_t before = conversation_tokens(m);
        size_t n = strlen(m->text), off = (size_t)(want - saved) * BYTES_A_TOKEN + 200;
        conversation_shorten(c, s,
                             keep > 0 ? message_stub(m, show)
                                      : message_cut(m, MAX(show, n > off ? n - off : 0)));
        saved += before - conversation_tokens(m);
    }
    return saved;
}

char *message_save(const struct message *m)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "role", role_names[m->role]);
    json_add_str(j, "text", m->text);
    json_add_str(j, "call_id", m->call_id);
    json_add_str(j, "data", m->data);
    json_add_str(j, "tool", m->tool);
    if (m->parts.count)
        json_add(j, "sent", llm_parts_save(&m->parts));
    json_add_str(j, "stub", m->stub);
    json_add_str(j, "said", m->said);
    if (m->note)
        json_add_bool(j, "note", true);
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
    m->data = mem_strdup(json_str(j, "data", NULL));
    m->tool = mem_strdup(json_str(j, "tool", NULL));
    m->parts = llm_parts_load(json_get(j, "sent"));
    m->stub = mem_strdup(json_str(j, "stub", NULL));
    m->said = mem_strdup(json_str(j, "said", NULL));
    m->note = json_bool(j, "note", false);
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
