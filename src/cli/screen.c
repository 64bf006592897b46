/* mien without a subcommand: the screen over an engine. */
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "ui/ui.h"

static void post_first(struct engine *g, const struct cli *c)
{
    if (!c->cont && !c->resume)
        return;
    /* number 1: only a goal that a crash cut short goes on by itself */
    engine_post(g, (struct request){.type = REQUEST_CONTINUE, .proceed.only_killed = true});
}

/* A question may have the terminal still. */
static int fail(const struct error *e)
{
    ui_let_go();
    return cli_fail(e);
}

int cli_screen(struct cli *c)
{
    struct error e = {0};
    if (!isatty(0) || !isatty(1)) {
        error_set(&e, ERR_USAGE, "the screen needs a terminal; for scripts: mien exec GOAL");
        return cli_fail(&e);
    }
    if (!cli_trust(c, true, &e))
        return fail(&e);
    AUTO_FREE char *goal = cli_join_args(c);
    AUTO_FREE char *history = file_state_path("history");
    AUTO_FREE char *draft = file_state_path("draft");
    AUTO_FREE char *themes = file_config_path("themes");
    AUTO_FREE char *bindings = file_config_path("bindings.yaml");
    cli_open_log();
    ui_block_signals();
    struct engine_opts opts = cli_engine_opts(c);
    opts.interactive = true;
    struct engine *g = engine_new(&c->cfg, &opts, &e);
    if (!g)
        return fail(&e);
    post_first(g, c);
    AUTO_FREE char *workspace = realpath(opts.workspace ? opts.workspace : ".", NULL);
    struct ui_opts u = {.theme = c->cfg.theme,
                        .workspace = workspace,
                        .goal = goal,
                        .history_path = history,
                        .draft_path = draft,
                        .themes_dir = themes,
                        .bindings = bindings,
                        .no_color = c->no_color,
                        .linear = c->linear,
                        .mouse = c->cfg.mouse,
                        .bell = c->cfg.bell,
                        .links = c->cfg.links,
                        .test_mode = getenv("MIEN_TEST") != NULL};
    int code = c->inline_mode || c->linear ? ui_plain_run(g, &u) : ui_run(g, &u);
    engine_free(g);
    return code;
}
