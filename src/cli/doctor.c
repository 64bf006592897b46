/* mien doctor: what works here, and what to do about what does not. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "behavior/registry.h"
#include "cli/cli.h"
#include "cli/registry.h"
#include "host/landlock.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"
#include "llm/models/models.h"

static void check_sandbox(const struct cli *c)
{
    char tmp[] = "/tmp/mien-doctor-XXXXXX", why[256];
    char *here = realpath(c->workspace ? c->workspace : ".", NULL);
    if (!here || !mkdtemp(tmp)) {
        printf("sandbox    cannot be tried: no temporary directory\n");
        free(here);
        return;
    }
    struct sandbox *s = sandbox_new(here, tmp, c->cfg.network);
    enum sandbox_level got = sandbox_probe(s, SANDBOX_FULL, why);
    printf("sandbox    %s%s%s (Landlock ABI %d)\n", sandbox_level_name(got), *why ? ": " : "", why,
           landlock_abi());
    if (got == SANDBOX_NONE)
        printf("           commands will ask each time; user namespaces or Landlock (kernel 6.2+) "
               "would help\n");
    sandbox_free(s);
    rmdir(tmp);
    free(here);
}

static int check_models(const struct cli *c)
{
    struct error e = {0};
    struct models *all = registry_load(c, &e);
    if (!all) {
        printf("models     %s\n", e.text);
        return CLI_USAGE;
    }
    AUTO_FREE char *why = NULL;
    const struct model *m =
        c->cfg.model ? models_find(all, c->cfg.model, &e) : models_discover(all, NULL, &why);
    if (m) {
        AUTO_FREE char *key = model_key_state(m);
        printf("model      %s at %s, key %s (%s)\n", m->name,
               m->api_base ? m->api_base : "no server", key, why ? why : m->origin);
    } else {
        printf("model      %s\n", e.text);
    }
    models_free(all);
    return m ? CLI_OK : CLI_USAGE;
}

static void check_dir(const char *label, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        printf("%-10s %s (made when needed)\n", label, path);
    else
        printf("%-10s %s%s\n", label, path,
               access(path, W_OK) == 0 ? "" : ": not writable; sessions stay in memory");
}

/* A commit can be lost when two connections write at once; mien keeps to one. */
static void check_sqlite(void)
{
    int v = sqlite3_libversion_number();
    bool fixed = v >= 3051003 || (v >= 3050007 && v < 3051000) || (v >= 3044006 && v < 3045000);
    printf("sqlite     %s%s\n", sqlite3_libversion(),
           fixed ? ""
                 : " (has the WAL-reset bug; mien uses one locked connection a session, which "
                   "avoids it)");
}

int cli_doctor(struct cli *c)
{
    AUTO_FREE char *config = file_config_path(NULL);
    AUTO_FREE char *state = file_state_path(NULL);
    printf("mien       %s\n", MIEN_VERSION);
    check_dir("config", config);
    check_dir("state", state);
    check_sqlite();
    check_sandbox(c);
    printf("behaviors  %zu types\n", behavior_type_count());
    const char *term = getenv("TERM"), *color = getenv("COLORTERM");
    printf("terminal   TERM=%s COLORTERM=%s\n", term ? term : "", color ? color : "");
    return check_models(c);
}
