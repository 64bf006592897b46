#include "behavior/python_context.h"

#include <string.h>

#define INSERTS_MAX 32

void python_context_fini(struct python_context *x)
{
    for (size_t i = 0; i < x->inserts.len; i++)
        free(x->inserts.ptr[i].text);
    VEC_FREE(&x->inserts);
}

static void tell_once(struct call *c, bool *told, const char *text)
{
    if (!*told)
        c->host->notice(c->agent, "warn", text);
    *told = true;
}

/* New texts are pinned in the first request, where nothing is cached yet; later they come at the
 * end until they proved to stay. A text that changed or went away never comes back. */
static enum placement place_by_change(struct python_context *x, struct python_insert *in,
                                      struct call *c, const char *text)
{
    if (in->text && strcmp(in->text, text) != 0 && !in->volatile_text) {
        in->volatile_text = true;
        tell_once(c, &x->moved_told,
                  "enhance_context() puts in a text that changes; it goes to the end of the "
                  "request, so that what comes before stays cached (params: placement: literal "
                  "keeps its place)");
    }
    return in->volatile_text || (!in->text && x->asked) ? PLACE_TAIL : PLACE_PINNED;
}

static void place_insert(struct python_context *x, size_t k, struct call *c, const cJSON *insert,
                         int64_t count)
{
    struct python_insert *in = &x->inserts.ptr[k];
    const char *text = json_str(insert, "text", "");
    bool at_end = json_int(insert, "at", 0) >= count && count > 1, in_front;
    AUTO_FREE char *title = mem_printf("%s %zu", c->self->type, k + 1);
    enum placement by_change = place_by_change(x, in, c, text);
    switch (x->placement) {
    case PYTHON_LITERAL:
        in_front = json_int(insert, "at", 0) <= 1 && !at_end;
        break;
    case PYTHON_BY_CHANGE:
        in_front = by_change == PLACE_PINNED;
        break;
    default:
        in_front = x->placement == PYTHON_PINNED;
    }
    mem_replace(&in->text, text);
    c->host->context_add(c->agent, in_front ? PLACE_PINNED : PLACE_TAIL, title, text);
}

void python_context_apply(struct python_context *x, struct call *c, const cJSON *found)
{
    const cJSON *list = json_get(found, "inserted");
    size_t n = (size_t)cJSON_GetArraySize(list);
    if (n > INSERTS_MAX)
        tell_once(c, &x->many, "enhance_context() puts in more than 32 messages; 32 are taken");
    if (json_int(found, "changed", 0) || json_int(found, "removed", 0))
        tell_once(c, &x->edits_told,
                  "enhance_context() changed or took out messages; that is left aside: the history "
                  "only grows, put messages in instead");
    n = MIN(n, INSERTS_MAX);
    while (x->inserts.len < n)
        VEC_PUSH(&x->inserts, (struct python_insert){0});
    for (size_t k = 0; k < n; k++)
        place_insert(x, k, c, cJSON_GetArrayItem(list, (int)k), json_int(found, "count", 0));
    for (size_t k = n; k < x->inserts.len; k++) /* it comes and goes */
        x->inserts.ptr[k].volatile_text |= x->inserts.ptr[k].text != NULL;
    x->asked = true;
}
