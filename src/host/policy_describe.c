#include "host/policy_describe.h"

#include <string.h>

#include "host/policy_priv.h"

#define PART_SHOWN 60 /* bytes of a word, and about so many of a command */

/* Programs that call other machines; verbs: '|'-separated words without which they do not. */
static const struct {
    const char *name, *verbs;
} callers[] = {
    {"apt", "install|update|upgrade|download"},
    {"apt-get", "install|update|upgrade|download|source|build-dep"},
    {"bun", "install|add|update"},
    {"bundle", "install|update"},
    {"cargo", "fetch|install|update|search|publish|add"},
    {"composer", "install|update|require"},
    {"curl", ""},
    {"dig", ""},
    {"docker", "pull|push|login|build"},
    {"gem", "install|update|push"},
    {"gh", ""},
    {"git", "clone|fetch|pull|push|ls-remote|submodule"},
    {"go", "get|install|mod"},
    {"gradle", ""},
    {"host", ""},
    {"mvn", ""},
    {"nc", ""},
    {"npm", "install|i|ci|add|update|publish|view|search|audit|exec"},
    {"npx", ""},
    {"nslookup", ""},
    {"ping", ""},
    {"pip", "install|download|index|wheel"},
    {"pip3", "install|download|index|wheel"},
    {"pipx", ""},
    {"pnpm", ""},
    {"poetry", "install|add|update|lock"},
    {"rsync", ""},
    {"scp", ""},
    {"sftp", ""},
    {"ssh", ""},
    {"telnet", ""},
    {"uv", ""},
    {"wget", ""},
    {"yarn", ""},
};

static bool is_verb(const char *verbs, const char *word)
{
    size_t len = strlen(word);
    const char *found = len ? strstr(verbs, word) : NULL;
    return found && (found == verbs || found[-1] == '|') && (!found[len] || found[len] == '|');
}

bool policy_reaches_network(const struct simple_command *c)
{
    const char *slash = strrchr(c->words[0], '/'), *name = slash ? slash + 1 : c->words[0];
    for (size_t i = 0; i < COUNT_OF(callers); i++) {
        bool calls = !*callers[i].verbs;
        if (strcmp(callers[i].name, name) != 0)
            continue;
        for (size_t k = 1; k < c->count && !calls; k++)
            calls = is_verb(callers[i].verbs, c->words[k]);
        return calls;
    }
    return false;
}

bool command_has_verbs(const char *program)
{
    for (size_t i = 0; i < COUNT_OF(callers); i++)
        if (strcmp(callers[i].name, program) == 0 && *callers[i].verbs)
            return true;
    return false;
}

/* A word, or what stands behind its '='. */
bool policy_leaves(const struct simple_command *c)
{
    for (size_t i = 1; i < c->count; i++) {
        const char *value = strchr(c->words[i], '=');
        if (!policy_path_reads(c, c->words[i]) || (value && !policy_path_reads(c, value + 1)))
            return true;
    }
    return false;
}

void command_part_describe(const struct command_part *part, struct buf *out)
{
    size_t before = out->len;
    for (size_t i = 0; i < part->count && out->len - before < PART_SHOWN; i++)
        buf_addf(out, "%s%.*s", i ? " " : "", PART_SHOWN, part->words[i]);
    buf_addf(out, ": %s%s%s", part->reads ? "only reads" : "may write",
             part->network ? ", reaches the network" : "",
             part->leaves ? ", names places outside of the workspace" : "");
}
