/*
 * host_mcp - MCP servers as behaviors see them: found in the configuration, started, called, told
 * about. Opening, calling and restarting MAY WAIT. Thread: engine.
 */
#ifndef ENGINE_HOST_MCP_H
#define ENGINE_HOST_MCP_H

#include "behaviors/behavior.h"

struct engine;
struct mcp;

bool host_mcp_open(struct agent *a, const struct mcp_spec *spec, struct mcp_server **server,
                   struct error *e);
size_t host_mcp_tools(struct agent *a, struct mcp_server *s, const struct mcp_tool **list);
cJSON *host_mcp_call(struct agent *a, struct mcp_server *s, const char *tool, const cJSON *args,
                     const char *call_id);
void host_mcp_close(struct agent *a, struct mcp_server *s);
void mcp_report(struct engine *g, struct buf *out);
/* The i-th server that runs; false: there is none. Borrowed until it ends. */
struct mcp_view {
    const char *name;
    struct mcp *client;
    const cJSON *prompts; /* as it listed them when it started */
};
bool mcp_view_at(struct engine *g, size_t i, struct mcp_view *v);
bool mcp_is_configured(struct engine *g, const char *name);
NODISCARD bool mcp_restart(struct engine *g, const char *name, struct error *e);
/* Names of all servers that are configured: an array; the caller deletes. */
cJSON *mcp_names(struct engine *g);

#endif
