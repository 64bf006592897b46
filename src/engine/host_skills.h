/*
 * host_skills - skills: text that a folder brings, read when the model asks; nothing of it is run.
 * Thread: engine.
 */
#ifndef ENGINE_HOST_SKILLS_H
#define ENGINE_HOST_SKILLS_H

#include "behaviors/behavior.h"

size_t host_skill_list(struct agent *a, const struct opt_list *dirs, struct skill_info **list);
char *host_skill_read(struct agent *a, const struct skill_info *skill, size_t limit,
                      struct error *e);

#endif
