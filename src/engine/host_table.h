/*
 * hostapi - parts of behavior_host that have files of their own. Private to the engine.
 */
#ifndef ENGINE_HOST_TABLE_H
#define ENGINE_HOST_TABLE_H

#include "behaviors/behavior.h"

/* ---- host_person.c: what reaches the person ---- */
enum loop_action host_loop_report(struct agent *a, const char *signature, int64_t count, int level,
                                  const char *text);
bool host_ask_person(struct agent *a, const char *question, const cJSON *choices, char **answer,
                     struct error *e);
void host_notice(struct agent *a, const char *level, const char *text);
void host_progress(struct agent *a, const char *text);

/* ---- host_modes.c ---- */
size_t host_mode_list(struct agent *a, struct mode_info **list);
const char *host_mode_active(struct agent *a, enum mode_chooser *by);
bool host_mode_set(struct agent *a, const char *mode, bool message_only, enum mode_chooser by,
                   const char *why, struct error *e);
void host_situation(struct agent *a, struct situation *s);

/* ---- host_skills.c ---- */
size_t host_skill_list(struct agent *a, const struct opt_list *dirs, struct skill_info **list);
char *host_skill_read(struct agent *a, const struct skill_info *skill, size_t limit,
                      struct error *e);

/* ---- host_mcp.c ---- */
bool host_mcp_open(struct agent *a, const struct mcp_spec *spec, struct mcp_server **server,
                   struct error *e);
size_t host_mcp_tools(struct agent *a, struct mcp_server *s, const struct mcp_tool **list);
cJSON *host_mcp_call(struct agent *a, struct mcp_server *s, const char *tool, const cJSON *args,
                     const char *call_id);
void host_mcp_close(struct agent *a, struct mcp_server *s);
void mcp_report(struct agent *a, struct buf *out);
NODISCARD bool mcp_restart(struct agent *a, const char *name, struct error *e);
/* Names of all servers that are configured: an array; the caller deletes. */
cJSON *mcp_names(struct agent *a);

/* ---- host_project.c ---- */
char *host_project_text(struct agent *a, const struct opt_list *names, size_t limit, char **path);

#endif
