/*
 * commands - slash commands that a client offers: what they are called, and the requests they
 * stand for. Thread: the owner's.
 */
#ifndef ACP_COMMANDS_H
#define ACP_COMMANDS_H

#include "base/json.h"
#include "engine/request.h"

struct command_call {
    struct request requests[2]; /* the taker's */
    size_t count;
    bool reports; /* a report ends it, else a goal's result */
    bool idle;    /* not while a goal runs */
};

/* own: the user's commands, a catalog. As availableCommands. */
cJSON *commands_list(const cJSON *own);

/* False: the text is no command. */
bool commands_parse(const char *text, const cJSON *own, struct command_call *c);

#endif
