/* mien acp: for editors. Each session of theirs is configured as mien in its directory would be. */
#include "acp/acp.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "store/store.h"

static void open_fini(struct cli *c)
{
    if (c)
        cli_fini(c);
    free(c);
}

static void add_dirs(struct cli *c, const cJSON *dirs)
{
    const cJSON *d;
    cJSON_ArrayForEach(d, dirs)
    {
        struct opt_list *list = &c->add_dirs;
        if (!cJSON_IsString(d))
            continue;
        list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] = mem_strdup(d->valuestring);
    }
}

/* [{name, value}] as {name: value}. */
static cJSON *pairs(const cJSON *list)
{
    cJSON *map = cJSON_CreateObject();
    const cJSON *p;
    cJSON_ArrayForEach(p, list)
    {
        json_add_str(map, json_str(p, "name", ""), json_str(p, "value", ""));
    }
    return map;
}

/* The client's servers beside the user's own, as configuration says them. An editor's user wrote
 * them, as they wrote config.yaml. */
static bool add_servers(struct cli *c, const cJSON *servers, struct error *e)
{
    const cJSON *s;
    if (!cJSON_GetArraySize(servers))
        return true;
    cJSON *all = c->cfg.mcp_servers ? yaml_to_json(c->cfg.mcp_servers) : cJSON_CreateObject();
    cJSON_ArrayForEach(s, servers)
    {
        const char *name = json_str(s, "name", ""), *url = json_str(s, "url", NULL);
        cJSON *one = cJSON_CreateObject();
        if (url) {
            json_add_str(one, "url", url);
            json_add(one, "headers", pairs(json_get(s, "headers")));
        } else {
            json_add_str(one, "command", json_str(s, "command", ""));
            json_add(one, "args", cJSON_Duplicate(json_get(s, "args"), true));
            json_add(one, "env", pairs(json_get(s, "env")));
        }
        cJSON_DeleteItemFromObjectCaseSensitive(all, name);
        json_add(all, name, one);
    }
    AUTO_JSON *root = cJSON_CreateObject();
    json_add(root, "mcp_servers", all);
    AUTO_FREE char *text = json_print(root); /* JSON is YAML */
    return config_load_text(&c->cfg, text, "mcpServers of the editor", e);
}

/* A session belongs to its directory. */
static bool fits(const char *id, const char *cwd, struct error *e)
{
    AUTO_FREE char *dir = file_state_path("sessions");
    struct store_info *list;
    size_t n;
    bool found = false, here = false;
    if (!store_list(dir, NULL, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].id, id) == 0) {
            found = true;
            here = list[i].workspace && strcmp(list[i].workspace, cwd) == 0;
            if (!here)
                error_set(e, ERR_USAGE, "the session %s belongs to %s, not to %s", id,
                          list[i].workspace ? list[i].workspace : "another directory", cwd);
        }
        store_info_fini(&list[i]);
    }
    free(list);
    return here || (found ? false : error_set(e, ERR_NOT_FOUND, "there is no session %s", id));
}

static bool configure(struct cli *c, const struct acp_open *how, char **note, struct error *e)
{
    bool left_out = false;
    AUTO_FREE char *real = realpath(how->cwd, NULL);
    struct stat st;
    if (!real || stat(real, &st) != 0 || !S_ISDIR(st.st_mode))
        return error_set(e, ERR_USAGE, "there is no directory %s", how->cwd);
    mem_replace(&c->workspace, real);
    mem_replace(&c->resume, how->session);
    mem_replace(&c->session, NULL);
    c->cont = false;
    add_dirs(c, how->dirs);
    if (!cli_load_config(c, e) || !cli_trust_known(c, &left_out, e) ||
        !add_servers(c, how->servers, e) || (how->session && !fits(how->session, real, e)))
        return false;
    if (left_out)
        *note = mem_printf("What %s brings (.mien/, .mcp.json) is not used: it was not trusted. "
                           "Look at it by starting mien there once.\n",
                           real);
    return true;
}

static bool host_open(void *arg, const struct acp_open *how, struct acp_opened *out,
                      struct error *e)
{
    struct cli *c = mem_alloc(sizeof *c);
    cli_copy(c, arg);
    if (configure(c, how, &out->note, e)) {
        struct engine_opts opts = cli_engine_opts(c);
        opts.interactive = true; /* somebody is there to be asked */
        out->engine = engine_new(&c->cfg, &opts, e);
        out->keep = c;
    }
    if (out->engine)
        return true;
    free(out->note);
    open_fini(c);
    return false;
}

static void host_close(void *arg, struct acp_opened *o)
{
    engine_free(o->engine);
    open_fini(o->keep);
    free(o->note);
}

static cJSON *host_list(void *arg, const char *workspace, struct error *e)
{
    AUTO_FREE char *dir = file_state_path("sessions");
    AUTO_FREE char *real = workspace ? realpath(workspace, NULL) : NULL;
    struct store_info *list;
    size_t n;
    if (!store_list(dir, real ? real : workspace, &list, &n, e))
        return NULL;
    cJSON *all = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        char when[32];
        cJSON *one = cJSON_CreateObject();
        clock_iso(list[i].updated_ms, when);
        json_add_str(one, "id", list[i].id);
        json_add_str(one, "workspace", list[i].workspace);
        json_add_str(one, "title", list[i].title);
        json_add_str(one, "updated", when);
        cJSON_AddItemToArray(all, one);
        store_info_fini(&list[i]);
    }
    free(list);
    return all;
}

static bool host_remove(void *arg, const char *id, struct error *e)
{
    AUTO_FREE char *dir = file_state_path("sessions");
    return cli_remove_session(dir, id, e);
}

int cli_acp(struct cli *c)
{
    const struct acp_host host = {host_open, host_close, host_list, host_remove, c};
    if (c->arg_count)
        return cli_usage("acp: an editor starts it, and speaks on its standard input");
    if (isatty(0))
        output_text(stderr, "mien acp waits for an editor's messages (Agent Client Protocol) on "
                            "standard input; Ctrl-D ends it\n");
    cli_open_log();
    return acp_serve(&host) ? CLI_OK : CLI_INTERRUPTED;
}
