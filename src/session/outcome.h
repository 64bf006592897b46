/*
 * outcome - how a goal ended, in the words of the RESULT event's status. Thread: any.
 */
#ifndef SESSION_OUTCOME_H
#define SESSION_OUTCOME_H

enum outcome {
    OUTCOME_NONE,
    OUTCOME_COMPLETE,
    OUTCOME_FAILED,
    OUTCOME_UNCONFIRMED,
    OUTCOME_LIMIT,
    OUTCOME_TIMEOUT,
    OUTCOME_LOOP,
    OUTCOME_CANCELLED,
    OUTCOME_ERROR,
    OUTCOME_CONFIG
};

/* "open" for OUTCOME_NONE. */
const char *outcome_name(enum outcome o);

#endif
