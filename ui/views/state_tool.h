/*
 * state_tool - tool calls: announced, printing, answered.
 */
#ifndef UI_STATE_TOOL_H
#define UI_STATE_TOOL_H

#include "ui/views/state.h"

/* EVENT_TOOL_CALL, EVENT_TOOL_OUTPUT or EVENT_TOOL_RESULT; one about a call nobody announced is
 * left out. */
void state_tool_apply(struct state *st, const struct event *ev);

#endif
