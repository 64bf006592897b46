#include "llm/call_ids.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/chance.h"
#include "base/mem.h"

#define ID_LENGTH 9

static uint64_t hash_of(const char *id)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *p = id; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
    h ^= h >> 32; /* its low bits alone choose the slot */
    return h ? h : 1;
}

/* Where the hash lies or would lie. size is a power of two, and a slot is always free. */
static size_t slot_of(const struct call_ids *ids, uint64_t h)
{
    assert(ids->count < ids->size && (ids->size & (ids->size - 1)) == 0);
    size_t at = h & (ids->size - 1);
    while (ids->slots[at] && ids->slots[at] != h)
        at = (at + 1) & (ids->size - 1);
    return at;
}

void call_ids_fini(struct call_ids *ids)
{
    free(ids->slots);
    *ids = (struct call_ids){0};
}

static void grow(struct call_ids *ids)
{
    struct call_ids more = *ids;
    more.size = ids->size ? ids->size * 2 : 64;
    more.slots = mem_alloc(more.size * sizeof *more.slots);
    for (size_t i = 0; i < ids->size; i++)
        if (ids->slots[i])
            more.slots[slot_of(&more, ids->slots[i])] = ids->slots[i];
    free(ids->slots);
    *ids = more;
}

void call_ids_add(struct call_ids *ids, const char *id)
{
    assert(id);
    if (ids->count * 2 >= ids->size)
        grow(ids);
    uint64_t h = hash_of(id);
    size_t at = slot_of(ids, h);
    ids->count += ids->slots[at] == 0;
    ids->slots[at] = h;
}

bool call_ids_has(const struct call_ids *ids, const char *id)
{
    return ids && ((ids->size && ids->slots[slot_of(ids, hash_of(id))] != 0) ||
                   (ids->stored && ids->stored(ids->arg, id)));
}

char *call_ids_make(const struct call_ids *ids)
{
    for (;;) {
        char id[ID_LENGTH + 1];
        chance_word(id, ID_LENGTH);
        if (!call_ids_has(ids, id))
            return mem_strdup(id);
    }
}
