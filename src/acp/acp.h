/*
 * acp - mien for editors: the Agent Client Protocol, version 1, over standard input and output.
 * A session of the client's is an engine; several run at once. Source: agentclientprotocol.com.
 * Thread: the main one.
 */
#ifndef ACP_ACP_H
#define ACP_ACP_H

#include "base/error.h"
#include "base/json.h"
#include "engine/engine.h"

enum acp_how { ACP_NEW, ACP_LOAD, ACP_RESUME };

struct acp_open {
    enum acp_how how;
    const char *session;  /* id; NULL: a new one */
    const char *cwd;      /* absolute */
    const cJSON *dirs;    /* additionalDirectories, or NULL */
    const cJSON *servers; /* mcpServers, or NULL */
};

struct acp_opened {
    struct engine *engine;
    void *keep; /* what the engine borrows */
    char *note; /* what the user should know, or NULL; the taker's */
};

/* What the command line knows: configuration, trust, the stored sessions. */
struct acp_host {
    bool (*open)(void *arg, const struct acp_open *how, struct acp_opened *out, struct error *e);
    void (*close)(void *arg, struct acp_opened *o); /* frees the engine too */
    /* [{id, workspace, title, updated}], newest first; the caller's. workspace: NULL for all. */
    cJSON *(*list)(void *arg, const char *workspace, struct error *e);
    bool (*remove)(void *arg, const char *id, struct error *e);
    void *arg;
};

/* Serve until the client goes, or a signal comes. Returns true after the former. */
bool acp_serve(const struct acp_host *host);

#endif
