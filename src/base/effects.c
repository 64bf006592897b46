#include "base/effects.h"

void command_result_fini(struct command_result *r)
{
    buf_fini(&r->out);
    *r = (struct command_result){0};
}
