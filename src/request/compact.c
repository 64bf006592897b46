#include "request/compact.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "config/texts.h"

#define HAND_LABEL "Previous work summary"
#define WORTH_COMPACTING 200 /* tokens; less is not worth a call */
#define KEEP_TOKENS 20000    /* of the newest, where the policy counts no messages */
#define ITEM_BYTES 2000      /* head and tail of a message that a summary sees at least */

/* What is asked for by hand, where no behavior says how. */
static struct compaction by_hand(const struct compactor *k)
{
    return (struct compaction){.threshold = 0.85,
                               .label = HAND_LABEL,
                               .brief = texts_get(k->cfg->texts, "compact.summary")};
}

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

/* Tokens a summary may have. */
static int64_t summary_tokens(const struct compactor *k)
{
    return MAX(1000, k->modes->window / 25);
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
        if ((p->keep <= 0 || conversation_last(c) - cut + 1 <= p->keep) &&
            tokens_scale(&k->modes->ratio, rest) <= budget)
            break;
    }
    return cut;
}

/* ---- what a summary is made of ---- */

static size_t item_size(const struct message *m)
{
    size_t n = m->text ? strlen(m->text) : 0;
    for (size_t i = 0; i < m->call_count; i++)
        n += strlen(m->calls[i].args);
    return n;
}

static void write_clipped(struct buf *out, const char *text, size_t share)
{
    size_t n = strlen(text), head = n, tail = n;
    if (n > share) {
        head = utf8_cut(text, n, share / 2);
        for (tail = n - share / 2; tail < n && ((unsigned char)text[tail] & 0xc0) == 0x80;)
            tail++;
    }
    buf_add(out, text, head);
    if (head < tail)
        buf_addf(out, "\n[… %zu bytes left out …]\n", tail - head);
    buf_addf(out, "%s\n", text + tail);
}

static void write_message(struct buf *out, const struct message *m, size_t share)
{
    static const char *const who[] = {"system", "user", "agent", "result"};
    if (m->text && *m->text) {
        buf_addf(out, "%s%s%s: ", m->note ? "program" : who[m->role], m->tool ? " of " : "",
                 m->tool ? m->tool : "");
        write_clipped(out, m->text, share);
    }
    for (size_t i = 0; i < m->call_count; i++) {
        buf_addf(out, "agent calls %s ", m->calls[i].name);
        write_clipped(out, m->calls[i].args, share);
    }
}

/* Of messages from *from on, as many as one question takes, each cut to its share of it; *from
 * becomes the first that is left for another. */
static void write_part(struct compactor *k, int64_t *from, int64_t cut, size_t room,
                       struct buf *out)
{
    struct conversation *c = k->talk;
    size_t used = 0, share = ITEM_BYTES;
    int64_t to = *from;
    for (; to < cut; to++) {
        size_t n = MIN(item_size(conversation_at(c, to)), ITEM_BYTES);
        if (used + n > room && to > *from)
            break;
        used += n;
    }
    /* What the short ones do not use, the long ones have. */
    for (size_t more = share * 2; to == cut && used <= room && more <= 16 * room; more *= 2) {
        used = 0;
        for (int64_t s = *from; s < to; s++)
            used += MIN(item_size(conversation_at(c, s)), more);
        share = used <= room ? more : share;
    }
    for (; *from < to; ++*from)
        write_message(out, conversation_at(c, *from), share);
}

/* Is the goal's own message among those that are summed up? */
static bool stands_in(struct conversation *c, int64_t from, int64_t cut, const char *goal)
{
    for (; from < cut; from++) {
        const struct message *m = conversation_at(c, from);
        if (m->role == LLM_USER && !m->note && m->text && strcmp(m->text, goal) == 0)
            return true;
    }
    return false;
}

static char *summary_input(struct compactor *k, int64_t *from, int64_t cut, const char *so_far,
                           const char *hint)
{
    AUTO(buf) out = {0};
    const char *goal = k->goal(k->arg).text;
    int64_t tokens = k->modes->window - summary_tokens(k) - 600;
    size_t before, room = (size_t)MAX(tokens, 1000) * 5 / 2; /* bytes: on the safe side */
    if (goal && !stands_in(k->talk, *from, cut, goal))
        buf_addf(&out, "Goal: %.*s\n", (int)utf8_cut(goal, strlen(goal), room / 4), goal);
    if (hint && *hint)
        buf_addf(&out, "Keep in particular: %s\n", hint);
    if (so_far)
        buf_addf(&out, "\nSummary so far, to be kept in the new one:\n%s\n", so_far);
    buf_adds(&out, "\nMessages to sum up:\n");
    before = out.len;
    write_part(k, from, cut, room > before + ITEM_BYTES ? room - before : ITEM_BYTES, &out);
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

static int64_t scaled(const struct compactor *k, const char *text)
{
    return tokens_scale(&k->modes->ratio, tokens_estimate(text, strlen(text)));
}

/* The summary's text, NULL when none that is of use could be had. Oldest first, in as many
 * questions as it takes; whatever goes wrong is said once and not tried again. */
static char *ask_summary(struct compactor *k, const struct compaction *p, int64_t cut,
                         const char *hint, int64_t replaced)
{
    struct error e = {0};
    AUTO_FREE char *brief =
        mem_printf("%s\n%s", p->brief, texts_get(k->cfg->texts, "compact.headings"));
    char *text = mem_strdup(k->talk->summary.text);
    const char *why = NULL;
    int64_t most = summary_tokens(k);
    for (int64_t from = conversation_first(k->talk); from < cut && !why;) {
        AUTO_FREE char *input = summary_input(k, &from, cut, text, hint);
        free(text);
        text = model_call_ask(k->call, brief, input, most, 0.2, &e);
        why = !text                                               ? e.text
              : strspn(text, " \t\r\n") == strlen(text)           ? "it was empty"
              : scaled(k, text) > MIN(2 * most, MAX(replaced, 1)) ? "it was longer than it may be"
                                                                  : NULL;
    }
    if (!why)
        return text;
    if (!reactor_stopped(k->reactor) && !k->failed)
        outbox_notice(k->out, "warn", "context",
                      "no summary (%s); older messages are pruned instead", why);
    k->failed = true;
    free(text);
    return NULL;
}

/* Shorten the history to about `target` tokens. */
static void compact_to(struct compactor *k, const struct compaction *p, int64_t target,
                       const char *hint, const char *how)
{
    int64_t before = context_history(k->context), first = conversation_first(k->talk);
    int64_t cut = choose_cut(k, p, target), replaced = conversation_summary_tokens(k->talk);
    AUTO_FREE char *text = NULL;
    for (int64_t s = first; s < cut; s++)
        replaced += conversation_tokens(conversation_at(k->talk, s));
    if (cut > first && before > WORTH_COMPACTING)
        text = ask_summary(k, p, cut, hint, tokens_scale(&k->modes->ratio, replaced));
    if (text) {
        k->failed = false;
        (void)conversation_drop_before(k->talk, cut);
        conversation_summarise(k->talk, p->label, text);
        context_break(k->context, how);
        tell(k, cut - first, before, how);
    }
    int64_t most = text ? 2 * target + summary_tokens(k) : target;
    if (context_history(k->context) > most)
        context_prune(k->context, target, MAX(most, context_room(k->context)), how);
    k->context->compact_floor = context_history(k->context);
    outbox_durable(k->out);
}

/* What of the history is kept. By messages: down to half of what a request may have. Else the
 * newest 20k tokens or a quarter of the window, whichever is more, and 40 % of it at most. */
static int64_t target_of(struct compactor *k, const struct compaction *p)
{
    int64_t limit = compact_limit(k, p), window = k->modes->window;
    int64_t fixed = context_sum(k->context) - context_history(k->context);
    if (p->keep > 0)
        return MAX(limit / 2 - fixed, limit / 8);
    window = p->max_tokens > 0 ? MIN(p->max_tokens, window) : window;
    return MIN(MAX(KEEP_TOKENS, window / 4), window * 2 / 5);
}

/* Why it is time to compact, and to what size; NULL: it is not. */
static const char *why_due(struct compactor *k, const struct compaction *p, int64_t *target)
{
    struct context *x = k->context;
    int64_t limit = compact_limit(k, p), history = context_history(x);
    int64_t in_view = conversation_last(k->talk) - conversation_first(k->talk) + 1;
    *target = target_of(k, p);
    if (k->asked) {
        *target = MIN(*target, history / 4);
        return "asked for";
    }
    if (k->cfg->compress && in_view > k->cfg->compress_messages) {
        *target = history / 2;
        return "there were many messages (enable_compression)";
    }
    double most = p->threshold * (double)(p->max_tokens > 0 ? MIN(p->max_tokens, k->modes->window)
                                                            : k->modes->window);
    if (!x->policy.label || limit <= 0 || (double)context_sum(x) <= MIN(most, (double)limit))
        return NULL;
    /* Not again at once, while all fits. What does not fit would leave without a summary. */
    x->compact_floor = MIN(x->compact_floor, history);
    bool fits = context_sum(x) <= x->modes->window - context_reserve(x);
    return fits && history <= x->compact_floor + limit / 10 ? NULL : "the context was nearly full";
}

bool compact_if_due(struct compactor *k)
{
    const struct compaction p = k->context->policy.label ? k->context->policy : by_hand(k);
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
    compact_to(k, &p, target_of(k, &p), NULL, how);
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
    conversation_summarise(k->talk, HAND_LABEL, *shown ? text : NULL);
    k->talk->summary.messages = *shown ? stood_for : 0;
    context_break(k->context, "the user edited the summary");
    tell(k, stood_for, before, "edited");
    outbox_durable(k->out);
    return true;
}
