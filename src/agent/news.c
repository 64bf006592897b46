/* What the model should know and cannot see: said in each request of the round in which it became
 * known, and then no more. */
#include "agent/agent.h"

void agent_tell(struct agent *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (a->news.next.len)
        buf_addc(&a->news.next, '\n');
    buf_vaddf(&a->news.next, fmt, ap);
    va_end(ap);
}

const char *agent_news(struct agent *a)
{
    struct news *n = &a->news;
    if (n->round != a->goal.rounds)
        buf_clear(&n->said);
    n->round = a->goal.rounds;
    if (n->said.len && n->next.len)
        buf_addc(&n->said, '\n');
    buf_add(&n->said, buf_cstr(&n->next), n->next.len);
    buf_clear(&n->next);
    return buf_cstr(&n->said);
}

void agent_forget_news(struct agent *a)
{
    buf_fini(&a->news.next);
    buf_fini(&a->news.said);
    a->news.round = 0;
}
