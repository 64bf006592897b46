#include "request/compact.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

#define SUMMARY_TOKENS 700
#define WORTH_COMPACTING 200 /* tokens; less is not worth a call */

static const struct compaction by_hand = {
    .threshold = 0.75,
    .keep = 20,
    .label = "Previous work summary",
    .clip = 600,
    .brief = "You sum up the work of an agent so that it can go on without the messages. At most "
             "200 words, as bullets: files touched, commands that failed and why, decisions, the "
             "current state, what comes next. State facts only; invent nothing."};

void compact_fini(struct compactor *k)
{
    free(k->asked);
    k->asked = NULL;
}

static int64_t compact_limit(const struct compactor *k, const struct compaction *p)
{
    int64_t room = k->modes->window - context_reserve(k->context);
    return p->max_tokens > 0 ? MIN(p->max_tokens, room) : room;
}

/* Where the kept part begins: the most exchanges that fit, one at least. */
static int64_t choose_cut(struct compactor *k, const struct compaction *p, int64_t budget)
{
    struct conversation *c = k->talk;
    int64_t cut = conversation_first(c), rest = conversation_view_tokens(c);
    rest -= conversation_summary_tokens(c);
    for (int64_t keep = conversation_exchanges(c) - 1; keep >= 1; keep--) {
        for (int64_t next = conversation_cut_after(c, cut); cut < next; cut++)
            rest -= conversation_tokens(conversation_at(c, cut));
        if (conversation_last(c) - cut + 1 <= p->keep &&
            tokens_scale(&k->modes->ratio, rest) <= budget)
            break;
    }
    return cut;
}

static void write_clipped(struct buf *out, const char *text, int64_t clip)
{
    size_t n = strlen(text), cut = utf8_cut(text, n, (size_t)clip);
    buf_addf(out, "%.*s%s", (int)cut, text, cut < n ? " …" : "");
}

static void write_message(struct buf *out, const struct message *m, int64_t clip)
{
    static const char *const who[] = {"system", "user", "agent", "result"};
    if (m->text && *m->text) {
        buf_addf(out, "%s%s%s: ", who[m->role], m->tool ? " of " : "", m->tool ? m->tool : "");
        write_clipped(out, m->text, m->role == LLM_TOOL ? clip / 2 : clip);
        buf_addc(out, '\n');
    }
    for (size_t i = 0; i < m->call_count; i++) {
        buf_addf(out, "agent calls %s ", m->calls[i].name);
        write_clipped(out, m->calls[i].args, clip / 2);
        buf_addc(out, '\n');
    }
}

/* What the summary is made of; the oldest is left out when all would be too long. */
static char *summary_input(struct compactor *k, const struct compaction *p, int64_t cut,
                           const char *hint)
{
    AUTO(buf) text = {0}, out = {0};
    for (int64_t s = conversation_first(k->talk); s < cut; s++)
        write_message(&text, conversation_at(k->talk, s), p->clip);
    size_t most = (size_t)MAX(compact_limit(k, p), 1000) * 2; /* bytes: about half the room */
    size_t from = text.len > most ? text.len - most : 0;
    while (from && from < text.len && text.ptr[from - 1] != '\n')
        from++;
    const char *goal = k->goal(k->arg).text;
    buf_addf(&out, "Goal: %s\n", goal ? goal : "(none)");
    if (hint && *hint)
        buf_addf(&out, "Keep in particular: %s\n", hint);
    if (k->talk->summary.text)
        buf_addf(&out, "\nSummary so far:\n%s\n", k->talk->summary.text);
    buf_addf(&out, "\nMessages to sum up%s:\n%s", from ? " (older ones are left out)" : "",
             buf_cstr(&text) + from);
    return buf_take(&out);
}

static void tell(struct compactor *k, int64_t messages, int64_t before, const char *how)
{
    struct event ev = {.type = EVENT_COMPACT};
    ev.compact.messages = messages;
    ev.compact.before = before;
    ev.compact.after = context_history(k->context);
    ev.compact.how = mem_strdup(how);
    ev.compact.summary = mem_strdup(k->talk->summary.text);
    outbox_emit(k->out, &ev);
    k->context->compact_floor = context_history(k->context);
}

/* The summary's text, NULL when none that is of use could be had. */
static char *ask_summary(struct compactor *k, const struct compaction *p, int64_t cut,
                         const char *hint, int64_t most)
{
    struct error e = {0};
    AUTO_FREE char *input = summary_input(k, p, cut, hint);
    AUTO_FREE char *text = model_call_ask(k->call, p->brief, input, SUMMARY_TOKENS, 0.2, &e);
    const char *why = !text                                     ? e.text
                      : strspn(text, " \t\r\n") == strlen(text) ? "it was empty"
                                                                : NULL;
    if (!why && tokens_scale(&k->modes->ratio, tokens_estimate(text, strlen(text))) > most)
        why = "it would not fit";
    if (!why)
        return mem_strdup(text);
    if (!reactor_stopped(k->reactor))
        outbox_notice(k->out, "info", "context",
                      "no summary (%s); older messages are pruned instead", why);
    return NULL;
}

/* Shorten the history to about `target` tokens. */
static void compact_to(struct compactor *k, const struct compaction *p, int64_t target,
                       const char *hint, const char *how)
{
    int64_t before = context_history(k->context), first = conversation_first(k->talk);
    int64_t room = MAX(target, SUMMARY_TOKENS), cut = choose_cut(k, p, room - SUMMARY_TOKENS / 2);
    AUTO_FREE char *text = NULL;
    if (cut > first && before > WORTH_COMPACTING)
        text = ask_summary(k, p, cut, hint, MAX(room, 2 * SUMMARY_TOKENS));
    if (text) {
        (void)conversation_drop_before(k->talk, cut);
        conversation_summarise(k->talk, p->label, text);
        context_break(k->context, how);
        tell(k, cut - first, before, how);
    }
    if (!text || context_history(k->context) > 2 * target)
        context_prune(k->context, target, how);
    k->context->compact_floor = context_history(k->context);
    outbox_durable(k->out);
}

static int64_t half_of(struct compactor *k, const struct compaction *p)
{
    int64_t limit = compact_limit(k, p),
            fixed = context_sum(k->context) - context_history(k->context);
    return MAX(limit / 2 - fixed, limit / 8);
}

/* Why it is time to compact, and to what size; NULL: it is not. */
static const char *why_due(struct compactor *k, const struct compaction *p, int64_t *target)
{
    struct context *x = k->context;
    int64_t limit = compact_limit(k, p), history = context_history(x);
    int64_t in_view = conversation_last(k->talk) - conversation_first(k->talk) + 1;
    *target = half_of(k, p);
    if (k->asked)
        return "asked for";
    if (k->cfg->compress && in_view > k->cfg->compress_messages) {
        *target = history / 2;
        return "there were many messages (enable_compression)";
    }
    if (!x->policy.label || limit <= 0 || (double)context_sum(x) <= (double)limit * p->threshold ||
        history <= x->compact_floor + limit / 10)
        return NULL;
    return "the context was nearly full";
}

bool compact_if_due(struct compactor *k)
{
    const struct compaction p = k->context->policy.label ? k->context->policy : by_hand;
    int64_t target;
    const char *why = why_due(k, &p, &target);
    if (!why)
        return false;
    AUTO_FREE char *hint = k->asked;
    k->asked = NULL; /* what is asked for while the model is waited for is another one */
    compact_to(k, &p, target, hint, why);
    context_collect(k->context);
    return true;
}

bool compact_hard(struct compactor *k, const char *how)
{
    const struct compaction p = k->context->policy;
    assert(how);
    if (!p.label)
        return false;
    compact_to(k, &p, half_of(k, &p), NULL, how);
    return true;
}

void compact_now(struct compactor *k, const char *hint)
{
    mem_replace(&k->asked, hint ? hint : "");
    if (k->goal(k->arg).running || reactor_held(k->reactor, HOLD_CALL)) {
        outbox_notice(k->out, "info", "context",
                      "the history is compacted before the next request");
        return;
    }
    int64_t before = context_history(k->context);
    context_collect(k->context);
    (void)compact_if_due(k);
    if (context_history(k->context) == before)
        outbox_notice(k->out, "info", "context", "there is nothing to compact");
}

bool compact_edit_summary(struct compactor *k, const char *text, struct error *e)
{
    assert(text);
    if (!k->talk->summary.text)
        return error_set(e, ERR_DENIED, "there is no summary yet: /compact makes one");
    if (reactor_held(k->reactor, HOLD_CALL))
        return error_set(e, ERR_BUSY, "a request is running; edit the summary after it");
    int64_t before = context_history(k->context), stood_for = k->talk->summary.messages;
    const char *shown = text + strspn(text, " \t\r\n");
    conversation_summarise(k->talk, by_hand.label, *shown ? text : NULL);
    k->talk->summary.messages = *shown ? stood_for : 0;
    context_break(k->context, "the user edited the summary");
    tell(k, stood_for, before, "edited");
    outbox_durable(k->out);
    return true;
}
