/*
 * mcp - a client of the Model Context Protocol: one server, its tools, calls of them.
 *
 * Source of the format: modelcontextprotocol.io, revisions 2024-11-05 to 2025-11-25 (a handshake
 * by `initialize`) and 2026-07-28 (no handshake, every request says its version). `initialize`
 * is said first; a server that knows only the new revision answers with an error that names it.
 * Over standard input and output of a child: one JSON-RPC message a line. Over HTTP: mcp_http.h.
 *
 * What may wait steps the loop meanwhile and asks `stopped` between the steps; calls of one
 * server wait in line. Thread: engine.
 */
#ifndef MCP_MCP_H
#define MCP_MCP_H

#include "base/error.h"
#include "base/json.h"

struct loop;
struct mcp;

struct mcp_config {
    const char *name;        /* for messages */
    const char *const *argv; /* command and arguments, NULL-terminated; or */
    const char *url;         /* Streamable HTTP */
    const cJSON *headers;    /* for it; borrowed while it lives */
    /* Of a server over HTTP that wants the user's consent (OAuth): where tokens are kept (NULL: it
     * is not asked for), what mien is called there, and what to ask for; NULL: as is found. */
    const char *tokens, *client_id, *client_secret, *scope;
    bool (*may_login)(void *arg); /* may the user be sent there now? May wait; NULL: no */
    void (*visit)(void *arg, const char *url); /* there */
    char *const *env;                          /* whole environment */
    const char *cwd;                           /* and the root told to a server that asks */
    int64_t open_ms, call_ms;
    bool (*stopped)(void *arg);               /* true: give up waiting; may be NULL */
    void (*log)(void *arg, const char *text); /* a line it printed or logged */
    void (*changed)(void *arg);               /* its list of tools changed */
    void (*progress)(void *arg, const char *text);
    /* It asks the user something while a call of it runs: params of elicitation/create, and the
     * result for it, which is taken. May wait. NULL: it is told that nobody can be asked. */
    cJSON *(*elicit)(void *arg, const cJSON *params);
    /* The same for sampling/createMessage: words for the model. NULL as a result: not allowed. Only
     * revisions with a handshake have it. */
    cJSON *(*sample)(void *arg, const cJSON *params);
    void *arg;
};

struct mcp_definition {
    char *name, *description, *schema;
    bool read_only; /* its own word */
};

/*
 * Start it, shake hands, list its tools. NULL: ERR_NOT_FOUND, ERR_TIMEOUT, ERR_NETWORK when it
 * ended or spoke no MCP, with the end of what it printed; ERR_CANCELED. May wait, c->open_ms.
 */
NODISCARD struct mcp *mcp_new(struct loop *loop, const struct mcp_config *c, struct error *e);
/* Closes its input, then ends it. NULL is fine. */
void mcp_free(struct mcp *m);

bool mcp_alive(const struct mcp *m);
const char *mcp_version(const struct mcp *m); /* protocol revision in use */

/* As last listed; borrowed until the next listing. */
size_t mcp_definitions(const struct mcp *m, const struct mcp_definition **list);
NODISCARD bool mcp_list(struct mcp *m, struct error *e); /* ask again; may wait */

/* A call's answer as tools of mien answer: {success, content, structured?, error?}.
 * May wait, c->call_ms without a sign of progress. */
cJSON *mcp_call_tool(struct mcp *m, const char *tool, const cJSON *args);

/* Its prompts [{name, description, arguments [{name, required}]}] and resources [{uri, name,
 * mimeType}], empty where it has none; a prompt filled in {messages}, a resource read {contents
 * [{uri, mimeType, text | blob}]}. NULL: *e. Caller deletes. May wait. */
cJSON *mcp_prompts(struct mcp *m, struct error *e);
cJSON *mcp_resources(struct mcp *m, struct error *e);
cJSON *mcp_get_prompt(struct mcp *m, const char *name, const cJSON *args, struct error *e);
cJSON *mcp_read_resource(struct mcp *m, const char *uri, struct error *e);

/* ---- mcp_content.c ---- */

/* The result object of tools/call as text and data for a model. */
cJSON *mcp_content(const cJSON *result);

#endif
