/*
 * python - behaviors written in Python: a type for each class, its slots calls of a host process
 * (python_host.h).
 */
#ifndef BEHAVIOR_PYTHON_H
#define BEHAVIOR_PYTHON_H

#include "behaviors/behavior.h"

/* A Python file with a class of that name; nothing is run before an instance is made. ERR_DENIED
 * when anybody could have written it, ERR_CONFIG when it is no text. Stays for ever. */
const struct behavior *python_type(const char *path, const char *type, struct error *e);
/* The class of the file that its name stands for; NULL: it has none. Caller frees. */
char *python_class_name(const char *path, const char *file);

#endif
