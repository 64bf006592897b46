/* mien far: the two ends of a mien on another machine; started by mien and by launchers. */
#include "cli/cli.h"

#include <string.h>

#include "far/home.h"
#include "far/side.h"
#include "host/process_env.h"
#include "llm/keys.h"

int cli_far(struct cli *c)
{
    const char *verb = c->arg_count ? c->args[0] : "";
    bool call = strcmp(verb, "call") == 0 && c->arg_count == 1;
    if (!call && (strcmp(verb, "serve") != 0 || c->arg_count != 2))
        return cli_usage("far call | far serve WORD");
    char **env = keys_environment();
    int code = call ? far_call(env) : far_serve(c->args[1], env);
    process_env_free(env);
    return code;
}
