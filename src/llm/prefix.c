#include "llm/prefix.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "llm/tokens.h"

#define PREFIX_ROOM_MIN 4096

void prefix_fini(struct llm_prefix *p)
{
    buf_fini(&p->text);
    free(p->form);
    *p = (struct llm_prefix){0};
}

void prefix_forget(struct llm_prefix *p)
{
    p->len = p->count = p->last_at = p->counted_len = 0;
    p->tokens = 0;
    buf_cut(&p->text, p->room);
}

void prefix_begin(struct llm_prefix *p, const char *form, uint64_t epoch, size_t count)
{
    bool same = p->form && strcmp(p->form, form) == 0 && p->epoch == epoch && p->count <= count;
    if (p->text.len)
        buf_cut(&p->text, p->room + p->len);
    if (same)
        return;
    prefix_forget(p);
    mem_replace(&p->form, form);
    p->epoch = epoch;
}

/* Twice what is needed: a head that grows a little each time must not move the messages each
 * time. */
static void prefix_make_room(struct llm_prefix *p, size_t need)
{
    size_t room = MAX(need * 2, (size_t)PREFIX_ROOM_MIN), more = room - p->room;
    size_t held = p->text.len - p->room;
    for (size_t left = more, n; left; left -= n) {
        static const char blank[512];
        n = MIN(left, sizeof blank);
        buf_add(&p->text, blank, n);
    }
    assert(p->text.ptr && p->text.len >= room + held);
    memmove(p->text.ptr + room, p->text.ptr + p->room, held);
    p->room = room;
}

void prefix_set_head(struct llm_prefix *p, const struct buf *head)
{
    if (head->len > p->room || !p->text.ptr)
        prefix_make_room(p, head->len);
    p->head_len = head->len;
    memcpy(p->text.ptr + p->room - head->len, buf_cstr(head), head->len);
}

const char *prefix_text(const struct llm_prefix *p, size_t *len)
{
    assert(p->head_len <= p->room && p->room + p->len <= p->text.len);
    *len = p->text.len - (p->room - p->head_len);
    return p->text.ptr + p->room - p->head_len;
}

int64_t prefix_tokens(struct llm_prefix *p)
{
    const char *messages = p->text.ptr + p->room;
    p->tokens += tokens_estimate(messages + p->counted_len, p->len - p->counted_len);
    p->counted_len = p->len;
    return tokens_estimate(messages - p->head_len, p->head_len) + p->tokens +
           tokens_estimate(messages + p->len, p->text.len - p->room - p->len);
}
