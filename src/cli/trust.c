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
#include "run/event.h"
#include "ui/ui.h"

static void show(const struct trust *t, FILE *out)
{
    for (size_t i = 0; i < t->items.len; i++) {
        AUTO_FREE char *path = sanitize_text(t->items.ptr[i].path, SANITIZE_ONE_LINE);
        AUTO_FREE char *what = sanitize_text(t->items.ptr[i].what, SANITIZE_ONE_LINE);
        fprintf(out, "  %-32s %s\n", path, what);
    }
}

/* Where there is no screen: the first character of the answer, 'n' at its end. */
static int ask_in_lines(const struct trust *t)
{
    char line[64];
    AUTO_FREE char *project = sanitize_text(t->project, SANITIZE_ONE_LINE);
    printf("%s brings things that mien would use:\n\n", project);
    show(t, stdout);
    printf("\nTrust them? What runs, runs with your rights.\n"
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
    AUTO_FREE char *key = c->inline_mode ? NULL : ui_ask(&o, ev, &e);
    event_fini(ev);
    return !key ? 0 : *key ? *key : 'q';
}

static int ask(const struct cli *c, const struct trust *t)
{
    static const char choices[] = "[{\"key\":\"y\",\"label\":\"yes, and remember exactly these\"},"
                                  "{\"key\":\"n\",\"label\":\"no, start without them\"},"
                                  "{\"key\":\"q\",\"label\":\"quit\"}]";
    AUTO(buf) list = {0};
    for (size_t i = 0; i < t->items.len; i++)
        buf_addf(&list, "%s%s: %s", i ? "\n" : "", t->items.ptr[i].path, t->items.ptr[i].what);
    struct event ev = {.type = EVENT_APPROVAL};
    ev.approval.id = mem_strdup("trust");
    ev.approval.kind = mem_strdup("confirm");
    ev.approval.title = mem_printf("Trust what %s brings?", t->project);
    ev.approval.detail = buf_take(&list);
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
        AUTO_FREE char *shown = sanitize_text(real, SANITIZE_ONE_LINE);
        printf("Work in %s, with your home directory in it? %s\n[y] yes, this time  [q] quit: ",
               shown, why);
        fflush(stdout);
        key = fgets(line, sizeof line, stdin) ? *line : 'q';
    }
    return key == 'y' || key == 'Y' || error_set(e, ERR_CANCELED, "left; nothing was done there");
}

static bool refuse(const struct trust *t, struct error *e)
{
    AUTO_FREE char *project = sanitize_text(t->project, SANITIZE_ONE_LINE);
    fprintf(stderr, "mien: %s brings things that were not trusted:\n", project);
    show(t, stderr);
    return error_set(e, ERR_DENIED,
                     "look at them, then start mien there once and say yes, or give --trust");
}

bool cli_trust_all(struct cli *c, struct error *e)
{
    struct trust t;
    bool ok = trust_look(&t, c->workspace ? c->workspace : ".", e);
    if (ok && t.items.len)
        ok = (c->trusted = trust_copy(&t, e)) != NULL;
    trust_fini(&t);
    return ok;
}

bool cli_trust(struct cli *c, bool user, struct error *e)
{
    struct trust t;
    if (!may_be_wide(c, user, e))
        return false;
    if (c->trust)
        return true;
    bool ok = trust_look(&t, c->workspace ? c->workspace : ".", e);
    if (ok && t.items.len && !t.remembered) {
        int key = user ? ask(c, &t) : 0;
        if (key == 'y' || key == 'Y')
            ok = t.remembered = trust_remember(&t, e);
        else if (key == 'q')
            ok = error_set(e, ERR_CANCELED, "left; nothing this directory brings was used");
        else if (!user && !c->delegated) /* who delegates has been asked */
            ok = refuse(&t, e);
    }
    c->trust = ok && t.remembered && t.items.len;
    if (c->trust)
        ok = (c->trusted = trust_copy(&t, e)) != NULL;
    trust_fini(&t);
    return ok && (!c->trust || cli_load_project(c, e));
}
