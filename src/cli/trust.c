/* Before anything a project brings is read or run: the user is asked, once for exactly that. */
#include "config/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "run/event.h"
#include "ui/ui.h"

/* What runs stands first. Caller frees. */
static char *shown(const struct trust *t)
{
    AUTO(buf) out = {0};
    if (t->view.runs.len)
        buf_adds(&out, "Runs:\n");
    for (size_t i = 0; i < t->view.runs.len; i++)
        buf_addf(&out, "  %s\n", t->view.runs.ptr[i]);
    if (t->view.sets.len)
        buf_adds(&out, "Sets:\n");
    for (size_t i = 0; i < t->view.sets.len; i++)
        buf_addf(&out, "  %s\n", t->view.sets.ptr[i]);
    buf_cut(&out, out.len ? out.len - 1 : 0);
    return buf_take(&out);
}

/* Where there is no screen: the first character of the answer, 'n' at its end. */
static int ask_in_lines(const struct trust *t)
{
    char line[64];
    AUTO_FREE char *project = sanitize_text(t->project, SANITIZE_ONE_LINE);
    AUTO_FREE char *list = shown(t);
    output_text(stdout, "%s brings things that mien would use:\n\n%s\n", project, list);
    output_text(stdout,
                "\nTrust them? What runs, runs with your rights.\n"
                "[y] yes, and remember exactly these  [n] no, start without them  [q] quit: ");
    fflush(stdout);
    return fgets(line, sizeof line, stdin) ? *line : 'n';
}

/* The key chosen on a screen; leaving is no answer: 'q'. 0: there is no screen. Takes ev. */
static int ask_on_screen(const struct cli *c, struct event *ev)
{
    struct error e = {0};
    AUTO_FREE char *themes = file_config_path("themes");
    struct ui_opts o = {.theme = c->cfg.theme,
                        .themes_dir = themes,
                        .no_color = c->no_color,
                        .test_mode = getenv("MIEN_TEST") != NULL};
    AUTO_FREE char *key = c->inline_mode || c->linear ? NULL : ui_ask(&o, ev, &e);
    event_fini(ev);
    return !key ? 0 : *key ? *key : 'q';
}

static int ask(const struct cli *c, const struct trust *t)
{
    static const char choices[] = "[{\"key\":\"y\",\"label\":\"yes, and remember exactly these\"},"
                                  "{\"key\":\"n\",\"label\":\"no, start without them\"},"
                                  "{\"key\":\"q\",\"label\":\"quit\"}]";
    struct event ev = {.type = EVENT_APPROVAL};
    ev.approval.id = mem_strdup("trust");
    ev.approval.kind = mem_strdup("confirm");
    ev.approval.title = mem_printf("Trust what %s brings?", t->project);
    ev.approval.detail = shown(t);
    ev.approval.why = mem_strdup("What runs, runs with your rights.");
    ev.approval.choices = mem_strdup(choices);
    int key = ask_on_screen(c, &ev);
    return key ? key : ask_in_lines(t);
}

/* The root, the home, or a directory above it. */
static bool is_wide(const char *workspace)
{
    const char *set = getenv("HOME");
    AUTO_FREE char *home = set && *set == '/' ? realpath(set, NULL) : NULL;
    size_t n = strlen(workspace);
    return strcmp(workspace, "/") == 0 ||
           (home && strncmp(home, workspace, n) == 0 && (home[n] == '/' || !home[n]));
}

/* A workspace that takes in all the user has is more likely a slip than meant. */
static bool may_be_wide(const struct cli *c, bool user, struct error *e)
{
    static const char why[] = "All in it can be read, changed and deleted, but for what is hidden "
                              "(keys, passwords).";
    AUTO_FREE char *real = realpath(c->workspace ? c->workspace : ".", NULL);
    if (c->allow_home || c->delegated || !real || !is_wide(real))
        return true;
    if (!user)
        return error_set(e, ERR_DENIED,
                         "the workspace %s is your home directory or one above it; give -C DIR, or "
                         "--allow-home when it is meant",
                         real);
    struct event ev = {.type = EVENT_APPROVAL};
    ev.approval.id = mem_strdup("home");
    ev.approval.kind = mem_strdup("confirm");
    ev.approval.title = mem_printf("Work in %s, with your home directory in it?", real);
    ev.approval.detail = mem_strdup(why);
    ev.approval.why = mem_strdup("mien -C DIR works in another directory.");
    ev.approval.choices = mem_strdup("[{\"key\":\"y\",\"label\":\"yes, this time\"},"
                                     "{\"key\":\"q\",\"label\":\"quit\"}]");
    int key = ask_on_screen(c, &ev);
    if (!key) {
        char line[64];
        AUTO_FREE char *name = sanitize_text(real, SANITIZE_ONE_LINE);
        output_text(
            stdout,
            "Work in %s, with your home directory in it? %s\n[y] yes, this time  [q] quit: ", name,
            why);
        fflush(stdout);
        key = fgets(line, sizeof line, stdin) ? *line : 'q';
    }
    return key == 'y' || key == 'Y' || error_set(e, ERR_CANCELED, "left; nothing was done there");
}

static bool refuse(const struct trust *t, struct error *e)
{
    AUTO_FREE char *project = sanitize_text(t->project, SANITIZE_ONE_LINE);
    AUTO_FREE char *list = shown(t);
    output_text(stderr, "mien: %s brings things that were not trusted:\n%s\n", project, list);
    return error_set(e, ERR_DENIED,
                     "look at them, then start mien there once and say yes, or give --trust");
}

bool cli_trust_all(struct cli *c, struct error *e)
{
    struct trust t;
    bool ok = trust_look(&t, c->workspace ? c->workspace : ".", e);
    if (ok && t.files.len)
        ok = (c->trusted = trust_copy(&t, e)) != NULL;
    trust_fini(&t);
    return ok;
}

static bool use_trusted(struct cli *c, const struct trust *t, struct error *e)
{
    c->trust = t->remembered && t->files.len;
    return !c->trust || (c->trusted = trust_copy(t, e)) != NULL;
}

bool cli_trust_known(struct cli *c, bool *left_out, struct error *e)
{
    struct trust t;
    *left_out = false;
    if (!may_be_wide(c, false, e))
        return false;
    if (c->trust)
        return true;
    bool ok = trust_look(&t, c->workspace ? c->workspace : ".", e) && use_trusted(c, &t, e);
    *left_out = ok && t.files.len && !c->trust;
    trust_fini(&t);
    return ok && (!c->trust || cli_load_project(c, e));
}

bool cli_trust(struct cli *c, bool user, struct error *e)
{
    struct trust t;
    if (!may_be_wide(c, user, e))
        return false;
    if (c->trust)
        return true;
    bool ok = trust_look(&t, c->workspace ? c->workspace : ".", e);
    if (ok && t.files.len && !t.remembered) {
        int key = user ? ask(c, &t) : 0;
        if (key == 'y' || key == 'Y')
            ok = t.remembered = trust_remember(&t, e);
        else if (key == 'q')
            ok = error_set(e, ERR_CANCELED, "left; nothing this directory brings was used");
        else if (!user && !c->delegated) /* who delegates has been asked */
            ok = refuse(&t, e);
    }
    ok = ok && use_trusted(c, &t, e);
    trust_fini(&t);
    return ok && (!c->trust || cli_load_project(c, e));
}
