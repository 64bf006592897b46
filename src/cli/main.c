/* The program's entry: options, subcommand, screen. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "llm/keys.h"
#include "llm/model_key.h"

/* Text is UTF-8 in here; a locale of another character set is replaced for LC_CTYPE. The
 * environment must say the same: readline takes the locale from there before every line. */
#ifndef MIEN_COMMIT
#define MIEN_COMMIT "" /* the Makefile says it */
#endif

static void set_locale(void)
{
    const char *all = getenv("LC_ALL");
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setenv(all && *all ? "LC_ALL" : "LC_CTYPE",
               setlocale(LC_CTYPE, "C.UTF-8") ? "C.UTF-8" : "C", 1);
}

static const struct cli_command *find_command(struct cli *c)
{
    for (const struct cli_command *k = c->commands; c->arg_count && k->name; k++)
        if (strcmp(k->name, c->args[0]) == 0)
            return k;
    return NULL;
}

static int run(struct cli *c)
{
    struct error e = {0};
    if (c->help) {
        cli_print_help(c, stdout);
        return CLI_OK;
    }
    if (c->version) {
        output_text(stdout, *MIEN_COMMIT ? "mien %s (%s)\n" : "mien %s\n", MIEN_VERSION,
                    MIEN_COMMIT);
        return CLI_OK;
    }
    const struct cli_command *k = c->print ? NULL : find_command(c);
    if (c->worktree && k && k->run != cli_exec) {
        error_set(&e, ERR_USAGE, "--worktree is for the screen and for exec");
        return cli_fail(&e);
    }
    AUTO_FREE char *keys = file_config_path("keys.yaml");
    if (!cli_resume_workspace(c, &e) || !cli_worktree(c, &e) || !cli_load_config(c, &e) ||
        !keys_load(keys, &e))
        return cli_fail(&e);
    keys_take_environment(); /* out of /proc/PID/environ; before any thread reads it */
    if (!k)
        return c->print ? cli_exec(c) : cli_screen(c);
    c->args++; /* what follows the subcommand's name, while it runs */
    c->arg_count--;
    int code = k->run(c);
    c->args--;
    return code;
}

int main(int argc, char **argv)
{
    struct cli c;
    struct error e = {0};
    output_init();
    set_locale();
    signal(SIGPIPE, SIG_IGN);
    bool ok = cli_parse(&c, argc, argv, &e);
    c.commands = cli_commands;
    int code = ok ? run(&c) : cli_fail(&e);
    code = output_close(code);
    cli_fini(&c);
    keys_clear();
    model_key_fini();
    log_close();
    return code;
}
