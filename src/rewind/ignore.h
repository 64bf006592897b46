/*
 * ignore - which names a .gitignore leaves out, by the rules of gitignore(5). Pure.
 */
#ifndef REWIND_IGNORE_H
#define REWIND_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

struct ignore;

/* The rules of one file. NULL where it has none. */
struct ignore *ignore_parse(const char *text, size_t n);
void ignore_free(struct ignore *g);

enum ignore_word { IGNORE_NOTHING, IGNORE_OUT, IGNORE_IN };
/* What the last rule that fits says. path: relative to the file's directory; name: its last part.
 * g may be NULL. */
enum ignore_word ignore_judge(const struct ignore *g, const char *path, const char *name,
                              bool directory);

#endif
