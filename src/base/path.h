/*
 * path - names of files, judged by their text. Thread: any.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

/* Is it the directory, or something beneath it? Both canonical, but for slashes at dir's end; all
 * absolute paths lie within "/". */
bool path_is_within(const char *path, const char *dir);

#endif
