/*
 * earlier_notes - what earlier sessions noted of this workspace, for behaviors that show it.
 */
#ifndef BEHAVIORS_EARLIER_NOTES_H
#define BEHAVIORS_EARLIER_NOTES_H

#include "behaviors/behavior.h"

/* In on_goal_start: the end of the notes of the state directory, and of a jetboxnotes.md that lies
 * in the workspace, behind the first goal of the session. */
void earlier_notes_show(struct call *c);

#endif
