/* mien workspaces: the directories made for delegated goals. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "host/workspaces.h"
#include "host/workspaces_remove.h"

static int list(const char *root, const char *query)
{
    struct workspace_info *found;
    size_t n;
    struct error e = {0};
    if (!workspaces_find(root, query, &found, &n, &e))
        return cli_fail(&e);
    for (size_t i = 0; i < n; i++) {
        char when[32] = "";
        if (found[i].created_ms)
            clock_iso(found[i].created_ms, when);
        output_text(stdout, "%-40s %.16s %5lld files  %.60s\n", found[i].path, when,
                    (long long)found[i].files,
                    found[i].goal ? found[i].goal : "(not made by mien)");
        workspace_info_fini(&found[i]);
    }
    free(found);
    return CLI_OK;
}

int cli_workspaces(struct cli *c)
{
    const char *root = c->workspace ? c->workspace : ".", *verb = cli_verb(c);
    struct error e = {0};
    if (strcmp(verb, "list") == 0)
        return list(root, NULL);
    if (c->arg_count > 1 && strcmp(verb, "find") == 0) {
        AUTO_FREE char *all = cli_join_args(c);
        return list(root, all + strlen("find "));
    }
    if (c->arg_count == 2 && strcmp(verb, "rm") == 0)
        return workspaces_remove(root, c->args[1], &e) ? CLI_OK : cli_fail(&e);
    return cli_usage("workspaces list | find WORDS | rm NAME");
}
