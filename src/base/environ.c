#include "base/environ.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct environ_swap environ_with(char *line)
{
    size_t n = 0;
    while (environ[n])
        n++;
    struct environ_swap s = {environ, mem_alloc((n + 2) * sizeof *s.with)};
    s.with[0] = line;
    memcpy(s.with + 1, environ, (n + 1) * sizeof *s.with);
    environ = s.with;
    return s;
}

void environ_back(struct environ_swap *s)
{
    environ = s->before;
    free(s->with);
    *s = (struct environ_swap){0};
}
