#include "session/outcome.h"

static const char *const outcome_names[] = {"open",  "complete", "failed", "unconfirmed",
                                            "limit", "timeout",  "loop",   "cancelled",
                                            "error", "config"};

const char *outcome_name(enum outcome o)
{
    return outcome_names[o];
}
