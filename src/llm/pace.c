#include "llm/pace.h"

#include <string.h>

#include "llm/models/models.h"

#define MINUTE_MS 60000

void paces_fini(struct paces *p)
{
    for (size_t i = 0; i < p->of.len; i++) {
        free(p->of.ptr[i].entry);
        VEC_FREE(&p->of.ptr[i].turns);
    }
    VEC_FREE(&p->of);
}

/* With the turns of the last minute. */
static struct pace *pace_of(struct paces *p, const struct model *m, int64_t now_ms)
{
    AUTO_FREE char *entry = mem_printf("%s %s", m->name, m->origin ? m->origin : "");
    size_t i = 0, old = 0;
    while (i < p->of.len && strcmp(p->of.ptr[i].entry, entry) != 0)
        i++;
    if (i == p->of.len)
        VEC_PUSH(&p->of, (struct pace){.entry = mem_strdup(entry)});
    struct pace *of = &p->of.ptr[i];
    while (old < of->turns.len && of->turns.ptr[old].at_ms + MINUTE_MS <= now_ms)
        old++;
    of->turns.len -= old;
    if (old && of->turns.len)
        memmove(of->turns.ptr, of->turns.ptr + old, of->turns.len * sizeof *of->turns.ptr);
    return of;
}

int64_t pace_wait_ms(struct paces *p, const struct model *m, int64_t now_ms)
{
    if (m->rpm <= 0 && m->tpm <= 0)
        return 0;
    const struct pace *of = pace_of(p, m, now_ms);
    int64_t turns = 0, tokens = 0;
    /* From the newest back: the first that is too much must be a minute old. */
    for (size_t i = of->turns.len; i-- > 0;) {
        turns++;
        tokens += of->turns.ptr[i].tokens;
        if ((m->rpm > 0 && turns >= m->rpm) || (m->tpm > 0 && tokens >= m->tpm))
            return of->turns.ptr[i].at_ms + MINUTE_MS - now_ms;
    }
    return 0;
}

void pace_note(struct paces *p, const struct model *m, int64_t now_ms, int64_t tokens)
{
    if (m->rpm <= 0 && m->tpm <= 0)
        return;
    struct pace *of = pace_of(p, m, now_ms);
    VEC_PUSH(&of->turns, (struct pace_turn){now_ms, tokens});
}
