/*
 * readers - files that something reads or runs by itself, by their names.
 *
 * Whoever writes one decides what the next session is told, or what the user's tools do: that is
 * asked about. What mien never writes at all stands in workspace.c. What is run only when it is
 * asked for (a Makefile, conftest.py, package.json) is ordinary work. Thread: any.
 */
#ifndef HOST_READERS_H
#define HOST_READERS_H

#include <stdbool.h>

/* path: where the file really lies; judged at every depth, in any case. What reads it, to follow
 * "it is read by"; NULL: nothing does. */
const char *reader_of(const char *path);

/* May such a file lie in this directory, by the directory's name, or beneath it? */
bool readers_look_in(const char *dir);

#endif
