#include "engine/files_kept.h"

#include <string.h>

#include "base/file.h"
#include "engine/engine_priv.h"
#include "rewind/rewind.h"
#include "store/store.h"

static void wake(void *arg)
{
    loop_wake(arg);
}

/* What one of them does in a round of the other's is taken for the other's. */
static void tell_others(struct engine *g)
{
    struct store_info *list;
    size_t n;
    bool told = false;
    if (!g->agent.interactive ||
        !store_list(g->session.dir, workspace_path(g->ws), &list, &n, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        int64_t pid =
            strcmp(list[i].id, g->out.session) ? store_holder(g->session.dir, list[i].id) : 0;
        if (pid && !told)
            outbox_notice(&g->out, "warn", "rewind",
                          "another mien works in this directory too (session %s, process %lld): "
                          "/rewind may take back its changes along with ours",
                          list[i].id, (long long)pid);
        told |= pid != 0;
        store_info_fini(&list[i]);
    }
    free(list);
}

void files_kept_begin(struct engine *g)
{
    /* A delegate's work is its parent's to take back. */
    if (g->agent.rewind || !g->cfg->rewind || g->agent.delegated || !g->session.store)
        return;
    AUTO_FREE char *name = mem_printf("rewind/%s", g->out.session);
    AUTO_FREE char *dir = file_state_path(name);
    const struct rewind_spec spec = {
        .dir = dir, .root = workspace_path(g->ws), .wake = wake, .arg = g->reactor.loop};
    g->agent.rewind = rewind_new(&spec);
    tell_others(g);
}

void files_kept_end(struct engine *g)
{
    rewind_free(g->agent.rewind);
    g->agent.rewind = NULL;
}
