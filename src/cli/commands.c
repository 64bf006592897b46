/* The subcommands, a row each. */
#include "cli/cli.h"

// clang-format off
const struct cli_command cli_commands[] = {
    {"exec", "exec GOAL|-", "no screen; the answer on standard output", cli_exec},
    {"behavior", "behavior list|set|clear|show|stats|bench", "behavior modes of the model", cli_behavior},
    {"behaviors", "behaviors list|show|new|pythonpath", "pluggable behaviors", cli_behaviors},
    {"models", "models list|show NAME", "models that are configured or found", cli_models},
    {"proxy", "proxy [env | run -- COMMAND]", "behavior modes for other programs, over HTTP", cli_proxy},
    {"agents", "agents list|show NAME", "agents", cli_agents},
    {"sessions", "sessions list|show|export|log|stats|rm|search", "stored sessions", cli_sessions},
    {"workspaces", "workspaces list|find WORDS|rm NAME", "directories made for delegated goals", cli_workspaces},
    {"eval", "eval FILE", "goals with checks, tried by agents, models and modes", cli_eval},
    {"doctor", "doctor", "what works here: sandbox, models, files", cli_doctor},
    {"permissions", "permissions [test COMMAND [REACH...]]", "rules for commands, and what one would meet", cli_permissions},
    {"config", "config", "each setting and the layer that set it", cli_config},
    {"reference", "reference", "every option, command, key, event and behavior, as tables", cli_reference},
    {0},
};
// clang-format on
