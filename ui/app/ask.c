#include "ui/app/ask.h"

#include <assert.h>

#include "base/mem.h"
#include "ui/input/input.h"

void ask_fini(struct ask *a)
{
    mem_replace(&a->op, NULL);
}

void ask_begin(struct ask *a, enum ask_kind kind, const char *op, int64_t node, const char *prompt,
               const char *initial)
{
    assert(kind != ASK_NONE && prompt);
    a->kind = kind;
    mem_replace(&a->op, op);
    a->node = node;
    input_ask(prompt, initial);
}

void ask_end(struct ask *a)
{
    a->kind = ASK_NONE;
    input_ask_end();
}
