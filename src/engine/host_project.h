/*
 * host_project - the files of instructions that hold in a project, read as text, never as
 * configuration. A link that leads out of the repository is refused and said. Thread: engine.
 */
#ifndef ENGINE_HOST_PROJECT_H
#define ENGINE_HOST_PROJECT_H

#include "behaviors/behavior.h"

struct engine;

/* As project_texts of behavior.h. */
size_t host_project_texts(struct agent *a, const struct opt_list *names, size_t limit,
                          struct instruction **list);

/* As project_dir and project_rules of behavior.h. */
bool host_project_dir(struct agent *a, const struct opt_list *names, const char *dir, size_t limit,
                      struct instruction *out);
size_t host_project_rules(struct agent *a, size_t limit, struct instruction **list);

/* What was read last, from where, how many tokens. */
void host_project_report(struct engine *g, struct buf *out);
void host_project_forget(struct engine *g);

#endif
