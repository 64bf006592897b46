#include "host/lines.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "host/process.h"

struct lines {
    struct lines_spec spec;
    struct process *process;
    struct buf part;
    bool too_long;
    char end[64];
};

static void lines_cut(struct lines *l, const char *s, size_t n)
{
    while (n && !l->too_long) {
        const char *eol = memchr(s, '\n', n);
        size_t piece = eol ? (size_t)(eol - s) : n;
        if (l->part.len + piece > LINES_MAX) {
            l->too_long = true;
            process_stop(l->process);
            return;
        }
        buf_add(&l->part, s, piece);
        if (!eol)
            return;
        if (l->part.len)
            l->spec.line(l->spec.arg, buf_cstr(&l->part), l->part.len);
        buf_clear(&l->part);
        s += piece + 1;
        n -= piece + 1;
    }
}

static void on_output(void *arg, const char *s, size_t n)
{
    lines_cut(arg, s, n);
}

static void on_errors(void *arg, const char *s, size_t n)
{
    struct lines *l = arg;
    if (l->spec.errors)
        l->spec.errors(l->spec.arg, s, n);
}

static void on_ended(void *arg)
{
    struct lines *l = arg;
    int code = process_code(l->process);
    if (l->too_long)
        snprintf(l->end, sizeof l->end, "a line of more than %d MiB", LINES_MAX >> 20);
    else if (code > 128)
        snprintf(l->end, sizeof l->end, "signal %d", code - 128);
    else
        snprintf(l->end, sizeof l->end, "exit %d", code);
    if (l->spec.ended)
        l->spec.ended(l->spec.arg);
}

struct lines *lines_start(struct loop *loop, const struct lines_spec *spec, struct error *e)
{
    struct lines *l = mem_alloc(sizeof *l);
    l->spec = *spec;
    struct process_spec p = {.argv = spec->argv,
                             .env = spec->env,
                             .cwd = spec->cwd,
                             .tmp = spec->tmp,
                             .output = on_output,
                             .errors = on_errors,
                             .ended = on_ended,
                             .arg = l,
                             .input = true};
    l->process = process_start(loop, &p, e);
    if (l->process)
        return l;
    free(l);
    return NULL;
}

bool lines_send(struct lines *l, const char *text, size_t n)
{
    AUTO(buf) line = {0};
    buf_add(&line, text, n);
    buf_addc(&line, '\n');
    return lines_alive(l) && process_write(l->process, line.ptr, line.len); /* all or nothing */
}

bool lines_alive(const struct lines *l)
{
    return l && process_running(l->process);
}

const char *lines_end(const struct lines *l)
{
    return l->end;
}

void lines_free(struct lines *l)
{
    if (!l)
        return;
    l->spec.ended = NULL;
    process_free(l->process);
    buf_fini(&l->part);
    free(l);
}
