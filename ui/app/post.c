#include "ui/app/post.h"

#include <assert.h>

#include "base/mem.h"

static void post_send(const struct post *p, struct request r)
{
    assert(p->fn);
    p->fn(p->arg, r); /* its strings are not ours any more */
}

static void post_on_engine(void *arg, struct request r)
{
    engine_post(arg, r);
}

struct post post_to_engine(struct engine *g)
{
    assert(g);
    return (struct post){post_on_engine, g};
}

void post_request(const struct post *p, enum request_type type, const char *name, const char *text)
{
    post_send(p,
              (struct request){.type = type, .name = mem_strdup(name), .text = mem_strdup(text)});
}

void post_tree(const struct post *p, const char *op, int64_t node, const char *text)
{
    assert(op);
    post_send(p, (struct request){.type = REQUEST_TREE,
                                  .name = mem_strdup(op),
                                  .text = mem_strdup(text),
                                  .node = node});
}

void post_answer(const struct post *p, const char *question, const char *key, const char *text)
{
    assert(question && key);
    post_send(p, (struct request){.type = REQUEST_ANSWER,
                                  .name = mem_strdup(question),
                                  .text = mem_strdup(key),
                                  .extra = mem_strdup(text)});
}

void post_mode(const struct post *p, const char *mode, bool force)
{
    assert(mode);
    post_send(p, (struct request){.type = REQUEST_MODE,
                                  .text = mem_strdup(mode),
                                  .extra = force ? mem_strdup("force") : NULL});
}
