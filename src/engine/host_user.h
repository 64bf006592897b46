/*
 * host_user - what reaches the user for a behavior: loops, questions, notices, progress. As
 * behavior.h has it; a question and a loop that is asked about MAY WAIT. Thread: engine.
 */
#ifndef ENGINE_HOST_USER_H
#define ENGINE_HOST_USER_H

#include "behaviors/behavior.h"

enum loop_action host_loop_report(struct agent *a, const char *signature, int64_t count, int level,
                                  const char *text);
bool host_ask_user(struct agent *a, const char *question, const cJSON *choices, char **answer,
                   struct error *e);
void host_notice(struct agent *a, const char *level, const char *text);
void host_progress(struct agent *a, const char *text);

#endif
