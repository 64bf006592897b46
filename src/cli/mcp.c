/* mien mcp: servers of the Model Context Protocol that are configured, logins to them; and mien as
 * one. */
#include "mcp/mcp.h"

#include <string.h>

#include "base/clock.h"
#include "base/credential.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/mcp_serve.h"
#include "cli/output.h"
#include "host/browser.h"
#include "llm/keys.h"
#include "mcp/tokens.h"

#define OPEN_MS 30000
#define CALL_MS 60000

static const char usage[] = "mcp list | login NAME|URL | logout NAME|URL | serve";

/* The address of a server that config.yaml names, or the word itself. Caller frees; NULL: neither.
 */
static char *address_of(const struct cli *c, const char *word, struct error *e)
{
    const struct yaml *entry = yaml_get(c->cfg.mcp_servers, word);
    const char *url = entry ? yaml_str(entry, "url", NULL) : word;
    if (url && (entry || strstr(url, "://")))
        return keys_expand(url);
    error_set(e, ERR_NOT_FOUND,
              entry
                  ? "the MCP server \"%s\" is a program of this machine: it wants no login"
                  : "no MCP server is called \"%s\": name one of mcp_servers: in config.yaml that "
                    "has a url, or the url itself",
              word);
    return NULL;
}

static int list(const struct cli *c)
{
    const struct yaml *all = c->cfg.mcp_servers;
    AUTO_FREE char *tokens = file_config_path("tokens.yaml");
    struct error e = {0};
    for (size_t i = 0; all && all->kind == YAML_MAP && i < all->count; i++) {
        const struct yaml *entry = all->items[i];
        const char *url = yaml_str(entry, "url", NULL);
        AUTO_FREE char *whole = url ? keys_expand(url) : NULL;
        AUTO_JSON *kept = whole ? tokens_get(tokens, whole, &e) : NULL;
        output_text(stdout, "%-20s %s%s\n", entry->key,
                    url ? url : yaml_str(entry, "command", "(neither command nor url)"),
                    kept ? "  (logged in)" : "");
    }
    return e.code ? cli_fail(&e) : CLI_OK;
}

/* ---- login ---- */

static bool may_login(void *arg)
{
    *(bool *)arg = true;
    return true; /* that is what was asked for */
}

static void visit(void *arg, const char *url)
{
    struct error e = {0};
    bool opened = browser_open(url, &e);
    output_text(stderr, "%s:\n\n  %s\n\nWaiting for the browser to come back (Ctrl-C leaves)...\n",
                opened ? "The browser is at this address" : "Open this address in a browser", url);
}

static int login(const struct cli *c, const char *word)
{
    struct error e = {0};
    AUTO_FREE char *url = address_of(c, word, &e);
    AUTO_FREE char *tokens = file_config_path("tokens.yaml");
    const struct yaml *oauth = yaml_get(yaml_get(c->cfg.mcp_servers, word), "oauth");
    const char *id = yaml_str(oauth, "client_id", NULL);
    const char *secret = yaml_str(oauth, "client_secret", NULL);
    AUTO_FREE char *client = id ? keys_expand(id) : NULL;
    AUTO_FREE char *password = secret ? keys_expand(secret) : NULL;
    bool asked = false;
    credential_hide("client_secret", password);
    struct loop *loop = url ? loop_new(&e) : NULL;
    struct mcp_config config = {.name = word,
                                .url = url,
                                .cwd = ".",
                                .open_ms = OPEN_MS,
                                .call_ms = CALL_MS,
                                .tokens = tokens,
                                .client_id = client,
                                .client_secret = password,
                                .scope = yaml_str(oauth, "scope", NULL),
                                .may_login = may_login,
                                .visit = visit,
                                .arg = &asked};
    struct mcp *m = loop ? mcp_new(loop, &config, &e) : NULL;
    const struct mcp_definition *all;
    size_t n = m ? mcp_definitions(m, &all) : 0;
    if (m)
        output_text(stdout, "%s %s: it offers %zu tools\n", asked ? "logged in to" : "let in by",
                    word, n);
    bool ok = m != NULL;
    mcp_free(m);
    loop_free(loop);
    return ok ? CLI_OK : cli_fail(&e);
}

static int logout(const struct cli *c, const char *word)
{
    struct error e = {0};
    AUTO_FREE char *url = address_of(c, word, &e);
    AUTO_FREE char *tokens = file_config_path("tokens.yaml");
    AUTO_JSON *kept = url ? tokens_get(tokens, url, &e) : NULL;
    if (!url || e.code)
        return cli_fail(&e);
    if (!kept)
        output_text(stdout, "there is no login to %s\n", word);
    else if (!tokens_put(tokens, url, NULL, &e))
        return cli_fail(&e);
    return CLI_OK;
}

int cli_mcp(struct cli *c)
{
    struct error e = {0};
    bool left_out;
    const char *verb = cli_verb(c), *word = c->arg_count > 1 ? c->args[1] : NULL;
    if (strcmp(verb, "serve") == 0)
        return cli_mcp_serve(c);
    if (!cli_trust_known(c, &left_out, &e))
        return cli_fail(&e);
    if (strcmp(verb, "list") == 0)
        return list(c);
    if (word && strcmp(verb, "login") == 0)
        return login(c, word);
    if (word && strcmp(verb, "logout") == 0)
        return logout(c, word);
    return cli_usage(usage);
}
