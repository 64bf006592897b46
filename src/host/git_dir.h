/*
 * git_dir - git's directories and the files in which git says where another lies
 * (gitrepository-layout(5)). Read from files; git is not run. Thread: any.
 */
#ifndef HOST_GIT_DIR_H
#define HOST_GIT_DIR_H

#include <stdbool.h>

/* Does git take this directory for a repository's own? */
bool git_dir_is(const char *dir);
/* The same of `above` ("" or "../") an open directory. */
bool git_dir_is_at(int dir, const char *above);

/* The path in the first line of dir/file behind prefix ("gitdir: "), from dir where it is relative;
 * canonical. Caller frees; NULL: there is none, or it leads nowhere. */
char *git_dir_named(const char *dir, const char *file, const char *prefix);

#endif
