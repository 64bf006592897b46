#include "llm/turn/answer_text.h"

#include <string.h>

#include "llm/turn/answer_build.h"

void answer_show(struct answer *a, bool all)
{
    const struct llm_watch *w = a->o.watch;
    size_t upto = a->text.len;
    if (!all && a->o.tool_count)
        upto = text_toolcalls_safe(&a->markup, buf_cstr(&a->text), a->text.len);
    if (upto <= a->shown)
        return;
    if (w && w->text)
        w->text(w->arg, a->text.ptr + a->shown, upto - a->shown);
    a->shown = upto;
}

static void answer_plain(void *arg, const char *s, size_t n)
{
    struct answer *a = arg;
    buf_add(&a->text, s, n);
    answer_show(a, false);
}

static void answer_thought(void *arg, const char *s, size_t n)
{
    struct answer *a = arg;
    const struct llm_watch *w = a->o.watch;
    buf_add(&a->reasoning, s, n);
    if (w && w->reasoning)
        w->reasoning(w->arg, s, n);
}

/* What was taken for the answer was reasoning: it is shown anew as that. */
static void answer_was_thought(void *arg)
{
    struct answer *a = arg;
    AUTO(buf) text = a->text;
    a->text = (struct buf){0};
    if (a->shown && a->o.watch && a->o.watch->restart)
        a->o.watch->restart(a->o.watch->arg);
    a->shown = 0;
    a->markup = (struct text_toolcalls){0};
    answer_thought(a, buf_cstr(&text), text.len);
}

static struct think_out answer_parted(struct answer *a)
{
    return (struct think_out){
        .arg = a, .text = answer_plain, .reasoning = answer_thought, .back = answer_was_thought};
}

/* A server that has a name for reasoning leaves none in the text. */
void answer_add_text(struct answer *a, const char *s)
{
    size_t n = strlen(s);
    if (!n)
        return;
    if (a->named_reasoning) {
        answer_end_text(a, false);
        answer_plain(a, s, n);
        return;
    }
    const struct think_out out = answer_parted(a);
    buf_add(&a->original, s, n);
    think_feed(&a->think, s, n, &out);
}

/* A block that began inside the answer and never ended was the answer's own words. */
static void answer_give_back(struct answer *a)
{
    struct think *t = &a->think;
    size_t kept = a->reasoning.len - t->inside;
    AUTO_FREE char *words = mem_strdup(buf_cstr(&a->reasoning) + kept);
    buf_adds(&a->text, t->opening);
    buf_adds(&a->text, words);
    buf_cut(&a->reasoning, kept);
}

void answer_end_text(struct answer *a, bool whole)
{
    const struct think_out out = answer_parted(a);
    think_end(&a->think, &out);
    if (whole && a->think.opening && a->think.late)
        answer_give_back(a);
}

void answer_add_reasoning(struct answer *a, const char *s)
{
    if (*s)
        answer_thought(a, s, strlen(s));
}
