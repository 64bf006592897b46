/*
 * globs - names against patterns: * within a component, ** over several, ?, [a-z], {one,two}.
 * Pure; any thread.
 */
#ifndef BEHAVIORS_LIB_GLOBS_H
#define BEHAVIORS_LIB_GLOBS_H

#include <stdbool.h>

/* A pattern without a slash is matched against the last component, else against the whole. A
 * pattern whose braces are not closed or nest too deeply matches nothing. */
bool glob_matches(const char *pattern, const char *path);

#endif
