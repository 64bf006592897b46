/*
 * workspaces - the directories made for delegated goals: ROOT/.agent_workspace/SLUG, each with
 * a marker file .workspace.json {goal, session, created} that says it is ours.
 */
#ifndef HOST_WORKSPACES_H
#define HOST_WORKSPACES_H

#include "base/effects.h"
#include "base/error.h"

#define WORKSPACES_DIR ".agent_workspace"
#define WORKSPACE_MARKER ".workspace.json"
#define SLUG_MAX 50

/* Lower case, runs of anything outside [a-z0-9] become one '-', at most SLUG_MAX bytes, no '-'
 * at either end; "workspace" when nothing is left. The one slug function. */
void workspace_slug(const char *text, char out[static SLUG_MAX + 1]);

/* Make a new one for this goal; "-2", "-3"… where the name is taken. Returns its path relative
 * to root; caller frees. Races with another mien are safe: mkdir decides. */
NODISCARD char *workspaces_create(const char *root, const char *goal, const char *session,
                                  struct error *e);

/*
 * Those beneath root, newest first; with a query, those that match it, best first. A query's
 * words are matched with the words of the name and of the stored goal: equal 100, begins 80,
 * within 60; the score is their mean, a word without any match counting 0; under 30 is left
 * out. Ties: newest first. *list: workspace_info_fini each, then free.
 */
NODISCARD bool workspaces_find(const char *root, const char *query, struct workspace_info **list,
                               size_t *n, struct error *e);

#endif
