/*
 * mcp_priv - what the files of the MCP client share. Private to src/mcp.
 */
#ifndef MCP_MCP_PRIV_H
#define MCP_MCP_PRIV_H

#include "base/buf.h"
#include "base/mem.h"
#include "mcp/mcp.h"
#include "mcp/mcp_http.h"

/* A request that waits for its answer. */
struct waiting {
    int64_t id, deadline_ms, hard_ms, limit_ms;
    cJSON *answer; /* the whole message */
};

struct mcp {
    struct loop *loop;
    struct mcp_config c;
    char *name, *cwd;
    struct lines *lines; /* one of these two */
    struct mcp_http *http;
    char broken[256]; /* why HTTP fails */
    enum mcp_http_failure failure;
    bool ended, modern, noise_told;
    bool has_prompts, has_resources;
    int logins; /* the user was asked for */
    char version[32];
    int64_t next_id;
    VEC(struct waiting *) waiting;
    VEC(cJSON *) asked; /* its requests that the user answers, not served yet */
    VEC(struct mcp_definition) tools;
    struct buf printed; /* end of its standard error */
};

/* ---- mcp_wire.c ---- */

/* Start the child (anew), or what posts. */
NODISCARD bool mcp_connect(struct mcp *m, struct error *e);
/* False: it takes nothing more. optional: nobody waits for an answer. */
bool mcp_send(struct mcp *m, const cJSON *j, bool optional);
cJSON *mcp_message(const char *method, cJSON *params); /* takes params */
void mcp_notify(struct mcp *m, const char *method, cJSON *params);
/* The new revision says in every request what the old one said once. */
void mcp_add_meta(struct mcp *m, cJSON *params, int64_t id);
cJSON *mcp_client_info(void);
cJSON *mcp_roots(const struct mcp *m); /* the result of roots/list */
cJSON *mcp_can(const struct mcp *m);   /* the client's capabilities */
/* Answer what it asked of the user. May wait. */
void mcp_serve_asked(struct mcp *m);
/* The user's answer, or that nobody gives one. May wait. */
cJSON *mcp_elicit(struct mcp *m, const cJSON *params);

/* ---- mcp_handshake.c ---- */

/*
 * Find out what it speaks. Over HTTP a server that refuses `initialize` may be one of the older
 * transport. On a pipe, one that answers it wrongly, or ends, may know only the revision without
 * it: a fresh process is asked. One that is silent has had its time.
 */
NODISCARD bool mcp_handshake(struct mcp *m, struct error *e);
NODISCARD bool mcp_shake_hands(struct mcp *m, struct error *e);
/* Changes of the list are told unasked where the old revisions are spoken, else by request. */
void mcp_listen(struct mcp *m);

/* ---- mcp_schema.c ---- */

/* The inputSchema of a tool (NULL: none was given) as all models' servers take it: an object with
 * properties, and no alternatives at the top. Caller frees. */
char *mcp_schema(const cJSON *given);

/* ---- mcp.c ---- */

/* False, with *e: the server and what it printed, around `what`. */
bool mcp_fail(struct mcp *m, enum err code, struct error *e, const char *what);
/* One request and its answer, the whole message; the caller deletes. params are taken. */
NODISCARD cJSON *mcp_ask(struct mcp *m, const char *method, cJSON *params, int64_t limit_ms,
                         struct error *e);
/* The result of an answer, detached; NULL and *e for an error of the protocol. Takes answer. */
NODISCARD cJSON *mcp_result_of(struct mcp *m, cJSON *answer, struct error *e);

#endif
