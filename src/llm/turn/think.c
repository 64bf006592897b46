#include "llm/turn/think.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

/* closing "": a mark that only stands between channels and is no text. */
static const struct mark {
    const char *opening, *closing;
} think_marks[] = {
    {"<think>", "</think>"},
    {"<thinking>", "</thinking>"},
    {"<thought>", "</thought>"},
    {"<seed:think>", "</seed:think>"},
    {"[THINK]", "[/THINK]"},
    {"◁think▷", "◁/think▷"},
    {"<|START_THINKING|>", "<|END_THINKING|>"},
    {"<|channel|>analysis<|message|>", "<|end|>"},
    {"<|channel>thought\n", "<channel|>"},
    {"<|channel|>final<|message|>", ""},
    {"<|start|>assistant", ""},
    {"<|return|>", ""},
};

enum match { MATCH_NO, MATCH_YES, MATCH_MORE };

static enum match think_match(const char *p, size_t n, const char *want)
{
    size_t w = strlen(want);
    if (memcmp(p, want, MIN(n, w)) != 0)
        return MATCH_NO;
    return n >= w ? MATCH_YES : MATCH_MORE;
}

void think_fini(struct think *t)
{
    buf_fini(&t->held);
    *t = (struct think){0};
}

static void think_emit(struct think *t, const char *s, size_t n, const struct think_out *out)
{
    if (t->opening) {
        t->inside += n;
        if (n)
            out->reasoning(out->arg, s, n);
        return;
    }
    while (t->fresh && n && isspace((unsigned char)*s))
        s++, n--;
    if (!n)
        return;
    t->fresh = false;
    for (size_t i = 0; i < n && !t->begun; i++)
        t->begun = !isspace((unsigned char)s[i]);
    out->text(out->arg, s, n);
}

/* A mark ends code no sooner than a backtick does: code shows marks, it does not use them. */
static void think_pass(struct think *t, char c)
{
    if (c == '`') {
        t->ticks++;
    } else {
        if (t->ticks >= 3)
            t->fence = !t->fence;
        else if (t->ticks == 1 && !t->fence)
            t->code = !t->code;
        t->ticks = 0;
        t->code = t->code && c != '\n';
    }
    t->last = c;
}

static bool think_in_code(const struct think *t)
{
    bool fence = t->fence != (t->ticks >= 3);
    bool code = t->code != (t->ticks == 1);
    return fence || code;
}

/* An end mark without a beginning stands beside a line end; in prose it is a word like others.
 * end: nothing more comes. */
static enum match think_match_lone(const struct think *t, const char *p, size_t n,
                                   const char *closing, bool end)
{
    size_t w = strlen(closing);
    enum match m = *closing && strcmp(closing, "<|end|>") != 0 ? think_match(p, n, closing) : 0;
    if (m != MATCH_YES || t->last == '\n')
        return m;
    if (n == w)
        return end ? MATCH_YES : MATCH_MORE;
    return p[w] == '\n' ? MATCH_YES : MATCH_NO;
}

/* What begins at p, outside a block. *mark: which; *lone: it is the mark's end. */
static enum match think_find(const struct think *t, const char *p, size_t n, bool end,
                             const struct mark **mark, bool *lone)
{
    bool more = false;
    if ((*p != '<' && *p != '[' && *p != '\xe2') || think_in_code(t))
        return MATCH_NO;
    for (size_t i = 0; i < COUNT_OF(think_marks); i++) {
        *mark = &think_marks[i];
        enum match m = think_match(p, n, (*mark)->opening);
        *lone = false;
        if (m == MATCH_NO && !t->parted) {
            m = think_match_lone(t, p, n, (*mark)->closing, end);
            *lone = true;
        }
        if (m == MATCH_YES)
            return m;
        more = more || m == MATCH_MORE;
    }
    return more ? MATCH_MORE : MATCH_NO;
}

static size_t think_open(struct think *t, const struct mark *m, bool lone,
                         const struct think_out *out)
{
    t->fresh = t->parted = true;
    t->last = '\0';
    if (lone) {
        if (t->begun)
            out->back(out->arg);
        t->begun = false;
        return strlen(m->closing);
    }
    if (*m->closing) {
        t->opening = m->opening;
        t->closing = m->closing;
        t->inside = 0;
        t->late = t->begun;
    }
    return strlen(m->opening);
}

/* Take what can be judged of `held`. */
static void think_step(struct think *t, bool end, const struct think_out *out)
{
    size_t from = 0, at = 0, n = t->held.len;
    while (at < n) {
        const char *p = t->held.ptr + at;
        const struct mark *mark = NULL;
        bool lone = false;
        bool inside = t->opening != NULL;
        enum match m = inside ? think_match(p, n - at, t->closing)
                              : think_find(t, p, n - at, end, &mark, &lone);
        if (m == MATCH_MORE && !end)
            break;
        if (m != MATCH_YES) {
            if (!inside)
                think_pass(t, *p);
            at++;
            continue;
        }
        think_emit(t, t->held.ptr + from, at - from, out);
        if (inside) {
            at += strlen(t->closing);
            t->opening = t->closing = NULL;
            t->fresh = true;
        } else {
            at += think_open(t, mark, lone, out);
        }
        from = at;
    }
    think_emit(t, t->held.ptr + from, at - from, out);
    buf_drop_head(&t->held, at);
}

void think_feed(struct think *t, const char *s, size_t n, const struct think_out *out)
{
    assert(out->text && out->reasoning && out->back);
    buf_add(&t->held, s, n);
    think_step(t, false, out);
}

void think_end(struct think *t, const struct think_out *out)
{
    if (t->held.len)
        think_step(t, true, out);
}
