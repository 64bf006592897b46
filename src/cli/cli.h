/*
 * cli - the command line: one row an option, one row a subcommand; help, the manual's check and
 * the parser read the rows. See mien(1).
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "base/error.h"
#include "base/opt.h"
#include "config/config.h"
#include "engine/engine.h"

enum {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_PROVIDER = 3,
    CLI_LIMIT = 4,
    CLI_OUTPUT = 5, /* the work may be done, but nobody got the answer */
    CLI_INTERRUPTED = 130
};

struct cli_command;

/* Everything the command line said. Strings are owned. */
struct cli {
    char *model, *mode, *agent, *workspace, *resume, *name, *session, *config, *models, *format,
        *output, *input_format, *output_schema;
    char *trusted; /* where .mien/ and .mcp.json are read instead of the workspace */
    char *approval, *listen, *token, *ask, *modes, *goals, *lang, *with, *tools, *machines,
        *results, *worktree;
    bool print, cont, trust, allow_home, require_sandbox, inline_mode, linear, json, no_color, help,
        version;
    bool delegated, csv, force, plan, yolo, fork, dry_run;
    struct opt_list allow, add_dirs;
    int64_t max_rounds, timeout, max_tokens; /* -1: not given */
    double max_money;                        /* the same */
    const struct cli_command *commands;      /* the table; ends with a NULL name */
    char **args;                             /* what is left: words of the goal or subcommand */
    size_t arg_count;
    struct config cfg;
};

struct cli_option {
    const char *name; /* long, without dashes */
    char letter;      /* 0: none */
    const char *arg;  /* NULL: takes none; "[NAME]": may be left out, and is joined by "=" */
    enum opt_type type;
    size_t offset; /* into struct cli */
    const char *help;
};
extern const struct cli_option cli_options[]; /* ends with a NULL name */

struct cli_command {
    const char *name, *usage, *help;
    int (*run)(struct cli *c); /* args[0] is the first word after the name */
};
/* commands.c. Named by main.c alone, which hands it down in struct cli: the table names every
 * subcommand, and a subcommand that named the table would be tied to all others. */
extern const struct cli_command cli_commands[];

/* ERR_USAGE names the option and the nearest. Options may stand anywhere; "--" ends them. */
NODISCARD bool cli_parse(struct cli *c, int argc, char **argv, struct error *e);
void cli_fini(struct cli *c);
/* What the command line said, again: without its words, and with nothing loaded yet. */
void cli_copy(struct cli *to, const struct cli *from);

/* Load configuration layers in order. */
NODISCARD bool cli_load_config(struct cli *c, struct error *e);
/*
 * May what the workspace brings be used? --trust, or what was trusted before; else the user is
 * asked, or, where there is none, ERR_DENIED. Then its configuration is laid over the user's.
 */
NODISCARD bool cli_trust(struct cli *c, bool user, struct error *e);
/* The same where nobody is asked: what was not trusted is left out, and *left_out says so. */
NODISCARD bool cli_trust_known(struct cli *c, bool *left_out, struct error *e);
NODISCARD bool cli_load_project(struct cli *c, struct error *e);
/* --trust: what the workspace brings now is what is used from here on. */
NODISCARD bool cli_trust_all(struct cli *c, struct error *e);
/* Where .mien/ and .mcp.json are read; NULL: nowhere. */
const char *cli_project(const struct cli *c);
struct engine_opts cli_engine_opts(const struct cli *c);

/* "mien: text" on stderr; returns the exit code the error's code stands for. */
int cli_fail(const struct error *e);
void cli_print_help(const struct cli *c, FILE *out);

/* The words of args joined by spaces; caller frees. NULL when there are none. */
char *cli_join_args(const struct cli *c);

/* The first word of args, "list" when there is none; and the answer to a wrong one. */
const char *cli_verb(const struct cli *c);
int cli_usage(const char *text);

/* sessions_files.c: what a session kept of the files; args as on the command line. */
int cli_sessions_diff(const struct cli *c, const char *dir);
int cli_sessions_rewind(const struct cli *c, const char *dir);
int cli_sessions_prune(const struct cli *c, const char *dir);
/* Resuming works in the session's own directory: it becomes the workspace where none is given. */
NODISCARD bool cli_resume_workspace(struct cli *c, struct error *e);

/* --worktree: it is made where it is not there, and becomes the workspace. ERR_USAGE,
 * ERR_NOT_FOUND, ERR_DENIED, ERR_IO. */
NODISCARD bool cli_worktree(struct cli *c, struct error *e);

/* Statistics of one stored session (NULL: of all that can be read). */
struct stats;
NODISCARD bool cli_stored_stats(struct stats *all, const char *id, struct error *e);
/* A stored session, with what was kept of its files. */
NODISCARD bool cli_remove_session(const char *dir, const char *id, struct error *e);
int cli_behaviors_new(struct cli *c);
int cli_behaviors_pythonpath(void);
int cli_mode_stats(struct cli *c);
int cli_mode_bench(struct cli *c);

/* Diagnostics go to mien.log in the state directory, when that can be written. */
void cli_open_log(void);

int cli_exec(struct cli *c);   /* exec.c: no screen */
int cli_screen(struct cli *c); /* screen.c */
int cli_behavior(struct cli *c);
int cli_behaviors(struct cli *c);
int cli_models(struct cli *c);
/* From a file or an https address; the exit code. */
int cli_models_update(const char *from);
int cli_agents(struct cli *c);
int cli_sessions(struct cli *c);
int cli_workspaces(struct cli *c);
int cli_proxy(struct cli *c);
int cli_run(struct cli *c);  /* proxy run */
int cli_with(struct cli *c); /* with.c */
int cli_profiles(struct cli *c);
int cli_hook(struct cli *c);
int cli_eval(struct cli *c);
int cli_far(struct cli *c);
int cli_doctor(struct cli *c);
int cli_acp(struct cli *c); /* acp.c */
int cli_mcp(struct cli *c);
int cli_config(struct cli *c);
int cli_permissions(struct cli *c);
int cli_completions(struct cli *c);
int cli_reference(struct cli *c); /* prints the tables; the manual is checked with it */

#endif
