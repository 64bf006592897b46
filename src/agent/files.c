/* What the workspace's files were: kept beside the work, before something changes them. */
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/log.h"

#define SETTLE_MS 150 /* a stop is heard that soon */

void agent_files_mark(struct agent *a, enum snapshot_by by, bool full)
{
    /* A goal that is not split is worked on as a whole. */
    int64_t node = a->goal.node ? a->goal.node : a->tree->goal;
    const struct snapshot_line line = {.by = by,
                                       .goal = a->goal.number,
                                       .round = a->goal.rounds,
                                       .node = node,
                                       .message = conversation_last(a->talk)};
    a->goal.touched = false;
    if (a->rewind)
        rewind_mark(a->rewind, &line, full);
}

void agent_files_tell(struct agent *a)
{
    AUTO_FREE char *word = a->rewind ? rewind_take_word(a->rewind) : NULL;
    if (word && a->interactive)
        outbox_notice(a->out, "info", "rewind", "%s", word);
    else if (word) /* nobody is there to go back */
        log_info("rewind", "%s", word);
}

void agent_files_begin(struct agent *a)
{
    if (a->goal.kept)
        return;
    a->goal.kept = true;
    agent_files_mark(a, SNAPSHOT_OTHER, true);
}

void agent_files_await(struct agent *a)
{
    agent_files_begin(a);
    a->goal.touched = a->goal.acted = true;
    if (!a->rewind)
        return;
    int64_t last = rewind_last(a->rewind);
    while (!rewind_done(a->rewind, last) && !reactor_stopped(a->reactor))
        reactor_wait(a->reactor, -1); /* the snapshots' thread wakes it */
    agent_files_tell(a);
}

void agent_files_settle(struct agent *a)
{
    if (!a->goal.acted)
        return; /* it was answered in words */
    int64_t deadline = clock_ms() + SETTLE_MS;
    agent_files_mark(a, SNAPSHOT_AGENT, false);
    int64_t last = a->rewind ? rewind_last(a->rewind) : 0;
    while (a->rewind && !rewind_done(a->rewind, last) && clock_ms() < deadline)
        reactor_wait(a->reactor, deadline);
    agent_files_tell(a);
}
