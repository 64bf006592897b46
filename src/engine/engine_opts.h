/*
 * engine_opts - how a session begins: what the command line asked for. Strings are borrowed until
 * engine_new() returns.
 */
#ifndef ENGINE_ENGINE_OPTS_H
#define ENGINE_ENGINE_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/opt.h"

struct engine_opts {
    const char *workspace;            /* NULL: the current directory */
    const char *model, *mode, *agent; /* NULL: configuration, then discovery */
    const char *models_file;          /* --models FILE, or NULL */
    const char *resume;               /* session id, "" for the newest here, NULL: new */
    bool fork;                        /* go on with a copy of the one resumed */
    const char *session;              /* --session ID: open or create this one; NULL */
    const char *name;                 /* what to call the session, or NULL */
    const char *approval;             /* policy name or NULL */
    const char *with;                 /* behaviors besides the agent's, "TYPE,FILE"; NULL */
    const char *tools;                /* --tools LIST: these alone; NULL: all */
    const char *ask;                  /* questions without a screen: fail, first, stdin; NULL */
    struct opt_list allow;            /* --allow: what commands may reach that ask for it */
    const struct opt_list *add_dirs;  /* --add-dir DIR[:ro]; NULL: none. Outlives the engine */
    const char *config_file;          /* --config FILE, for delegates; or NULL */
    bool interactive;                 /* there is a screen with the user before it */
    bool delegated;                   /* another agent gives the goal */
    bool require_sandbox;
    const char
        *trusted; /* where .mien/ and .mcp.json are read, as the user trusted them; NULL: nowhere */
    int64_t max_rounds, timeout_s, max_tokens; /* -1: as configured */
    double max_money;                          /* < 0: as configured */
};

#endif
