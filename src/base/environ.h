/*
 * environ - one variable more for a library that takes it from the environment alone.
 *
 * Another thread may read the environment meanwhile: it is not changed but exchanged for a copy
 * with the line in front, of which the first counts. Who writes it must be the only one; no child
 * must be started in between. Thread: the one that began.
 */
#ifndef BASE_ENVIRON_H
#define BASE_ENVIRON_H

struct environ_swap {
    char **before, **with;
};

/* line: "NAME=value", borrowed until environ_back(). */
struct environ_swap environ_with(char *line);
void environ_back(struct environ_swap *s);

#endif
