#include "ui/app/post.h"

#include <assert.h>
#include <string.h>

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

void post_request(const struct post *p, enum request_type type, const char *first,
                  const char *second)
{
    post_send(p, request_of(type, first, second));
}

void post_tree(const struct post *p, const char *op, int64_t node, const char *text)
{
    assert(op);
    struct request r = {.type = REQUEST_TREE};
    r.tree.op = mem_strdup(op);
    r.tree.node = node;
    r.tree.text = mem_strdup(text);
    post_send(p, r);
}

void post_fork(const struct post *p, int64_t message)
{
    struct request r = {.type = REQUEST_FORK};
    r.fork.message = message;
    post_send(p, r);
}

void post_rewind(const struct post *p, const char *op, int64_t message)
{
    struct request r = request_of(REQUEST_REWIND, op, NULL);
    r.rewind.message = message;
    post_send(p, r);
}

void post_answer(const struct post *p, const char *question, const char *key, const char *text)
{
    assert(question && key);
    struct request r = request_of(REQUEST_ANSWER, question, key);
    r.answer.text = mem_strdup(text);
    post_send(p, r);
}

void post_command(const struct post *p, const char *line)
{
    size_t marks = strspn(line, "!");
    assert(marks > 0);
    struct request r = request_of(REQUEST_COMMAND, line + MIN(marks, 2u), NULL);
    r.command.quiet = marks >= 2;
    post_send(p, r);
}

void post_tell(const struct post *p, const char *job, const char *text)
{
    struct request r = request_of(REQUEST_JOB, "tell", job);
    r.job.text = mem_strdup(text);
    post_send(p, r);
}

void post_mode(const struct post *p, const char *mode, bool force)
{
    assert(mode);
    struct request r = request_of(REQUEST_MODE, mode, NULL);
    r.mode.force = force;
    post_send(p, r);
}
