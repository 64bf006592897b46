/* Before anything a project brings is read or run: the person is asked, once for exactly that. */
#include "config/trust.h"

#include <stdio.h>
#include <string.h>

#include "base/sanitize.h"
#include "cli/cli.h"

static void show(const struct trust *t, FILE *out)
{
    for (size_t i = 0; i < t->items.len; i++) {
        AUTO_FREE char *path = sanitize_text(t->items.ptr[i].path, SANITIZE_ONE_LINE);
        AUTO_FREE char *what = sanitize_text(t->items.ptr[i].what, SANITIZE_ONE_LINE);
        fprintf(out, "  %-32s %s\n", path, what);
    }
}

/* The first character of the answer; 'n' at its end. */
static int ask(const struct trust *t)
{
    char line[64];
    printf("%s brings things that mien would use:\n\n", t->project);
    show(t, stdout);
    printf("\nTrust them? What runs, runs with your rights.\n"
           "[y] yes, and remember exactly these  [n] no, start without them  [q] quit: ");
    fflush(stdout);
    return fgets(line, sizeof line, stdin) ? *line : 'n';
}

static bool refuse(const struct trust *t, struct error *e)
{
    fprintf(stderr, "mien: %s brings things that were not trusted:\n", t->project);
    show(t, stderr);
    return error_set(e, ERR_DENIED,
                     "look at them, then start mien there once and say yes, or give --trust");
}

bool cli_trust(struct cli *c, bool person, struct error *e)
{
    struct trust t;
    if (c->trust)
        return true;
    bool ok = trust_look(&t, c->workspace ? c->workspace : ".", e);
    if (ok && t.items.len && !t.remembered) {
        int key = person ? ask(&t) : 0;
        if (key == 'y' || key == 'Y')
            ok = t.remembered = trust_remember(&t, e);
        else if (key == 'q')
            ok = error_set(e, ERR_CANCELED, "left");
        else if (!person && !c->delegated) /* who delegates has been asked */
            ok = refuse(&t, e);
    }
    c->trust = ok && t.remembered;
    trust_fini(&t);
    return ok && (!c->trust || cli_load_project(c, e));
}
