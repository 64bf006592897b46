#include "ui/app/prompt.h"

#include <assert.h>

#include "base/mem.h"
#include "ui/input/input.h"

void prompt_fini(struct prompt *a)
{
    mem_replace(&a->op, NULL);
    mem_replace(&a->question, NULL);
}

void prompt_begin(struct prompt *a, enum prompt_kind kind, const char *op, int64_t node,
                  const char *prompt, const char *initial)
{
    assert(kind != PROMPT_NONE && prompt);
    a->kind = kind;
    mem_replace(&a->op, op);
    a->node = node;
    mem_replace(&a->question, NULL);
    input_ask(prompt, initial);
}

void prompt_end(struct prompt *a)
{
    a->kind = PROMPT_NONE;
    input_ask_end();
}
