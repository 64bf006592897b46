/* The subcommands, a row each. */
#include "cli/cli.h"

// clang-format off
const struct cli_command cli_commands[] = {
    {"exec", "exec GOAL|-", "no screen; the answer on standard output", cli_exec},
    {"behavior", "behavior list|set|clear|show|stats|bench", "behavior modes of the model", cli_behavior},
    {"behaviors", "behaviors list|show|new|pythonpath", "pluggable behaviors", cli_behaviors},
    {"models", "models list|show NAME|update FILE", "models that are configured or found", cli_models},
    {"with", "with PROFILE [-- CLIENT ARGUMENT...]", "run a client (claude, codex, ...) on a profile's models", cli_with},
    {"profiles", "profiles list|show NAME|new NAME", "which models clients are given, by name", cli_profiles},
    {"hook", "hook bash|zsh|fish|direnv", "a directory's profile in the shell: code for its startup file", cli_hook},
    {"proxy", "proxy [start|stop|status|logs|top|env | run -- COMMAND]", "any model in any mode for other programs, over HTTP", cli_proxy},
    {"acp", "acp", "for editors: the Agent Client Protocol on standard input and output", cli_acp},
    {"mcp", "mcp list|login NAME|logout NAME|serve", "MCP servers: logins to them; agents as tools for other programs", cli_mcp},
    {"agents", "agents list|show NAME", "agents", cli_agents},
    {"sessions", "sessions list|show|export|log|stats|search|diff|rewind|fork|prune|repair|rm", "stored sessions", cli_sessions},
    {"workspaces", "workspaces list|find WORDS|rm NAME", "directories made for delegated goals", cli_workspaces},
    {"eval", "eval FILE", "goals with checks, tried by agents, models and modes", cli_eval},
    {"far", "far call | far serve WORD", "the two ends of a mien on another machine; launchers start it", cli_far},
    {"doctor", "doctor", "what works here: sandbox, models, files", cli_doctor},
    {"permissions", "permissions [test COMMAND [REACH...]]", "rules for commands, and what one would meet", cli_permissions},
    {"config", "config", "each setting and the layer that set it", cli_config},
    {"completions", "completions bash|zsh|fish", "code that completes mien's command line in a shell", cli_completions},
    {"reference", "reference", "every option, command, key, event and behavior, as tables", cli_reference},
    {0},
};
// clang-format on
