/*
 * Compaction: what left the model's view is summed up once, in the store; the goal, the tree
 * and the last exchanges stay as they were said. Where no summary can be had, the prune of
 * context.c makes the room: it needs no model and cannot fail.
 */
#include <string.h>

#include "agent/agent.h"
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

static int64_t compact_limit(const struct agent *a, const struct compaction *p)
{
    int64_t room = a->modes.window - context_reserve(a);
    return p->max_tokens > 0 ? MIN(p->max_tokens, room) : room;
}

/* Where the kept part begins: the most exchanges that fit, one at least. */
static int64_t choose_cut(struct agent *a, const struct compaction *p, int64_t budget)
{
    struct conversation *c = &a->talk;
    int64_t cut = conversation_first(c), rest = conversation_view_tokens(c);
    rest -= conversation_summary_tokens(c);
    for (int64_t keep = conversation_exchanges(c) - 1; keep >= 1; keep--) {
        for (int64_t next = conversation_cut_after(c, cut); cut < next; cut++)
            rest -= conversation_tokens(conversation_at(c, cut));
        if (conversation_last(c) - cut + 1 <= p->keep &&
            tokens_scale(&a->modes.ratio, rest) <= budget)
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
static char *summary_input(struct agent *a, const struct compaction *p, int64_t cut,
                           const char *hint)
{
    AUTO(buf) text = {0}, out = {0};
    for (int64_t s = conversation_first(&a->talk); s < cut; s++)
        write_message(&text, conversation_at(&a->talk, s), p->clip);
    size_t most = (size_t)MAX(compact_limit(a, p), 1000) * 2; /* bytes: about half the room */
    size_t from = text.len > most ? text.len - most : 0;
    while (from && from < text.len && text.ptr[from - 1] != '\n')
        from++;
    buf_addf(&out, "Goal: %s\n", a->goal.text ? a->goal.text : "(none)");
    if (hint && *hint)
        buf_addf(&out, "Keep in particular: %s\n", hint);
    if (a->talk.summary.text)
        buf_addf(&out, "\nSummary so far:\n%s\n", a->talk.summary.text);
    buf_addf(&out, "\nMessages to sum up%s:\n%s", from ? " (older ones are left out)" : "",
             buf_cstr(&text) + from);
    return buf_take(&out);
}

static void tell(struct agent *a, int64_t messages, int64_t before, const char *how)
{
    struct event ev = {.type = EVENT_COMPACT};
    ev.compact.messages = messages;
    ev.compact.before = before;
    ev.compact.after = context_history(a);
    ev.compact.how = mem_strdup(how);
    ev.compact.summary = mem_strdup(a->talk.summary.text);
    outbox_emit(&a->out, &ev);
    a->context.compact_floor = context_history(a);
}

/* The summary's text, NULL when none that is of use could be had. */
static char *ask_summary(struct agent *a, const struct compaction *p, int64_t cut, const char *hint,
                         int64_t most)
{
    struct error e = {0};
    AUTO_FREE char *input = summary_input(a, p, cut, hint);
    AUTO_FREE char *text = model_call_ask(&a->call, p->brief, input, SUMMARY_TOKENS, 0.2, &e);
    const char *why = !text                                     ? e.text
                      : strspn(text, " \t\r\n") == strlen(text) ? "it was empty"
                                                                : NULL;
    if (!why && tokens_scale(&a->modes.ratio, tokens_estimate(text, strlen(text))) > most)
        why = "it would not fit";
    if (!why)
        return mem_strdup(text);
    if (!reactor_stopped(&a->reactor))
        outbox_notice(&a->out, "info", "context",
                      "no summary (%s); older messages are pruned instead", why);
    return NULL;
}

/* Shorten the history to about `target` tokens. */
static void compact_to(struct agent *a, const struct compaction *p, int64_t target,
                       const char *hint, const char *how)
{
    int64_t before = context_history(a), first = conversation_first(&a->talk);
    int64_t room = MAX(target, SUMMARY_TOKENS), cut = choose_cut(a, p, room - SUMMARY_TOKENS / 2);
    AUTO_FREE char *text = NULL;
    if (cut > first && before > WORTH_COMPACTING)
        text = ask_summary(a, p, cut, hint, MAX(room, 2 * SUMMARY_TOKENS));
    if (text) {
        (void)conversation_drop_before(&a->talk, cut);
        conversation_summarise(&a->talk, p->label, text);
        context_break(a, how);
        tell(a, cut - first, before, how);
    }
    if (!text || context_history(a) > 2 * target)
        context_prune(a, target, how);
    a->context.compact_floor = context_history(a);
    session_commit_soon(a);
}

static int64_t half_of(struct agent *a, const struct compaction *p)
{
    int64_t limit = compact_limit(a, p), fixed = context_sum(a) - context_history(a);
    return MAX(limit / 2 - fixed, limit / 8);
}

bool agent_compact_if_due(struct agent *a)
{
    const struct compaction p = a->context.policy.label ? a->context.policy : by_hand;
    if (a->compact_asked) {
        AUTO_FREE char *hint = a->compact_asked;
        a->compact_asked = NULL;
        compact_to(a, &p, half_of(a, &p), hint, "asked for");
        return true;
    }
    int64_t limit = compact_limit(a, &p), history = context_history(a);
    int64_t in_view = conversation_last(&a->talk) - conversation_first(&a->talk) + 1;
    if (a->cfg->compress && in_view > a->cfg->compress_messages) {
        compact_to(a, &p, history / 2, NULL, "there were many messages (enable_compression)");
        return true;
    }
    if (!a->context.policy.label || limit <= 0 ||
        (double)context_sum(a) <= (double)limit * p.threshold ||
        history <= a->context.compact_floor + limit / 10)
        return false;
    compact_to(a, &p, half_of(a, &p), NULL, "the context was nearly full");
    return true;
}

bool agent_compact_hard(struct agent *a, const char *how)
{
    const struct compaction p = a->context.policy;
    if (!p.label)
        return false;
    compact_to(a, &p, half_of(a, &p), NULL, how);
    return true;
}

void agent_compact_now(struct agent *a, const char *hint)
{
    mem_replace(&a->compact_asked, hint ? hint : "");
    if (a->goal.running || reactor_held(&a->reactor, HOLD_CALL)) {
        outbox_notice(&a->out, "info", "context",
                      "the history is compacted before the next request");
        return;
    }
    int64_t before = context_history(a);
    context_collect(a);
    (void)agent_compact_if_due(a);
    if (context_history(a) == before)
        outbox_notice(&a->out, "info", "context", "there is nothing to compact");
}

bool agent_edit_summary(struct agent *a, const char *text, struct error *e)
{
    if (!a->talk.summary.text)
        return error_set(e, ERR_DENIED, "there is no summary yet: /compact makes one");
    if (reactor_held(&a->reactor, HOLD_CALL))
        return error_set(e, ERR_BUSY, "a request is running; edit the summary after it");
    int64_t before = context_history(a), stood_for = a->talk.summary.messages;
    const char *shown = text + strspn(text, " \t\r\n");
    conversation_summarise(&a->talk, by_hand.label, *shown ? text : NULL);
    a->talk.summary.messages = *shown ? stood_for : 0;
    context_break(a, "the user edited the summary");
    tell(a, stood_for, before, "edited");
    session_commit(a);
    return true;
}
