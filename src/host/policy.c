#include "host/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/*
 * Programs that only read, unless one of these options makes them write or run something, or an
 * operand does: `operands` is how many may stand (-1: any), `date` takes only formats, and the
 * shell's own `test` evaluates array subscripts.
 */
static const struct {
    const char *name;
    const char *risky; /* '|'-separated prefixes of refused options; "": none is risky */
    int operands;
} readers[] = {
    {"basename", "", -1},
    {"cat", "", -1},
    {"cksum", "", -1},
    {"cmp", "", -1},
    {"comm", "", -1},
    {"cut", "", -1},
    {"date", "-s|--s|-f|--f", -1},
    {"diff", "--to-file|--from-file", -1},
    {"dirname", "", -1},
    {"du", "--files0-from", -1},
    {"echo", "", -1},
    {"expr", "", -1},
    {"false", "", -1},
    {"file", "-C|--comp|-m|--mag|-f|--files", -1},
    {"find", "-exec|-ok|-delete|-fprint|-fls|-files0", -1},
    {"grep", "-f|--file", -1},
    {"head", "", -1},
    {"id", "", -1},
    {"ls", "", -1},
    {"md5sum", "-c|--check", -1},
    {"nl", "", -1},
    {"printf", "-v", -1},
    {"pwd", "", -1},
    {"sha256sum", "-c|--check", -1},
    {"sort", "-o|--o|--compress|-T|--temp|--files0", -1},
    {"stat", "", -1},
    {"tail", "-f|-F|--follow|--retry", -1},
    {"test", "-v|-R", -1},
    {"tr", "", -1},
    {"true", "", -1},
    {"uname", "", -1},
    {"uniq", "", 1},
    {"wc", "--files0-from", -1},
    {"which", "", -1},
};

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

struct word {
    char *text;
    bool glob; /* begins with a pattern: may become a name that looks like an option */
};

struct reader {
    const char *p;
    struct command_info *info;
    VEC(struct word) words;
    bool reads;
};

void command_info_fini(struct command_info *info)
{
    for (size_t i = 0; i < info->count; i++) {
        for (size_t k = 0; k < info->parts[i].count; k++)
            free(info->parts[i].words[k]);
        free(info->parts[i].words);
    }
    free(info->parts);
    *info = (struct command_info){0};
}

static bool policy_option_risky(const char *risky, const char *word)
{
    for (const char *r = risky; *r;) {
        size_t n = strcspn(r, "|");
        if (strncmp(word, r, n) == 0)
            return true;
        /* Short options may be bundled: -nf is -n -f. */
        if (n == 2 && word[0] == '-' && word[1] != '-' && r[0] == '-' && strchr(word + 1, r[1]))
            return true;
        r += n + (r[n] == '|');
    }
    return false;
}

/* A word that may name something outside the workspace. */
static bool policy_leaves_workspace(const char *word)
{
    const char *value = strchr(word, '=');
    if (value && policy_leaves_workspace(value + 1))
        return true;
    if (*word == '/' || *word == '~')
        return true;
    for (const char *p = strstr(word, ".."); p; p = strstr(p + 1, ".."))
        if ((p == word || p[-1] == '/') && (!p[2] || p[2] == '/'))
            return true;
    return word[0] == '-' && word[1] != '-' && strchr(word, '/');
}

/* May this word stand after the i-th reading program? */
static bool policy_word_reads(size_t i, const struct word *w)
{
    const char *name = readers[i].name, *text = w->text;
    if (policy_option_risky(readers[i].risky, text) || policy_leaves_workspace(text))
        return false;
    if (w->glob && (*readers[i].risky || readers[i].operands >= 0))
        return false;
    if (strcmp(name, "test") == 0)
        return !strchr(text, '[');
    return strcmp(name, "date") != 0 || *text == '+' || *text == '-';
}

static bool policy_reads_only(const struct word *words, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        int operands = 0;
        if (strcmp(readers[i].name, words[0].text) != 0)
            continue;
        for (size_t k = 1; k < n; k++) {
            operands += words[k].text[0] != '-';
            if (!policy_word_reads(i, &words[k]))
                return false;
        }
        return readers[i].operands < 0 || operands <= readers[i].operands;
    }
    return false;
}

/* Does what it says reach the network? For a question's words: nothing is decided by it. */
static bool policy_reaches_network(const struct word *words, size_t n)
{
    const char *slash = strrchr(words[0].text, '/'), *name = slash ? slash + 1 : words[0].text;
    for (size_t i = 0; i < COUNT_OF(callers); i++) {
        if (strcmp(callers[i].name, name) != 0)
            continue;
        if (!*callers[i].verbs)
            return true;
        for (size_t k = 1; k < n; k++) {
            const char *found = strstr(callers[i].verbs, words[k].text);
            size_t len = strlen(words[k].text);
            if (found && len && (found == callers[i].verbs || found[-1] == '|') &&
                (!found[len] || found[len] == '|'))
                return true;
        }
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

static void policy_end_command(struct reader *r)
{
    if (r->words.len == 0)
        return;
    struct command_part part = {
        .count = r->words.len,
        .reads = policy_reads_only(r->words.ptr, r->words.len),
        .network = policy_reaches_network(r->words.ptr, r->words.len),
    };
    r->reads = r->reads && part.reads;
    part.words = mem_alloc(part.count * sizeof *part.words);
    for (size_t i = 0; i < part.count; i++) {
        part.words[i] = r->words.ptr[i].text;
        part.leaves = part.leaves || (i > 0 && policy_leaves_workspace(part.words[i]));
    }
    r->words.len = 0;
    struct command_info *info = r->info;
    info->parts = mem_resize(info->parts, info->count + 1, sizeof *info->parts);
    info->parts[info->count++] = part;
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

static bool policy_refuse(struct reader *r, const char *what)
{
    snprintf(r->info->why, sizeof r->info->why, "%s at \"%.40s\"", what, r->p);
    return false;
}

static bool policy_quoted(struct reader *r, struct buf *word)
{
    char q = *r->p++;
    const char *refuse = q == '"' ? "$`\\!" : "";
    while (*r->p && *r->p != q) {
        if (strchr(refuse, *r->p))
            return policy_refuse(r, "expansion in quotes");
        buf_addc(word, *r->p++);
    }
    if (!*r->p)
        return policy_refuse(r, "a quote that does not close");
    r->p++;
    return true;
}

static bool policy_word(struct reader *r)
{
    AUTO(buf) word = {0};
    bool quoted = false, glob = strchr("*?[", *r->p) != NULL;
    while (*r->p && !strchr(" \t\n;|&", *r->p)) {
        unsigned char c = (unsigned char)*r->p;
        if (c == '\'' || c == '"') {
            quoted = true;
            if (!policy_quoted(r, &word))
                return false;
            continue;
        }
        if (strchr("$`\\<>(){}#!", c) || c < 0x20 || c == 0x7f)
            return policy_refuse(r, "shell syntax that is not judged");
        if (strchr("*?[", c) && r->words.len == 0)
            return policy_refuse(r, "a pattern as command name");
        buf_addc(&word, (char)c);
        r->p++;
    }
    if (r->words.len == 0 && !quoted && strchr(buf_cstr(&word), '='))
        return policy_refuse(r, "a variable assignment");
    VEC_PUSH(&r->words, (struct word){buf_take(&word), glob});
    return true;
}

static bool policy_reserved(const char *word)
{
    static const char *const reserved[] = {"if",     "then",     "else", "elif",   "fi",   "for",
                                           "while",  "until",    "do",   "done",   "case", "esac",
                                           "select", "function", "time", "coproc", "in"};
    for (size_t i = 0; i < COUNT_OF(reserved); i++)
        if (strcmp(word, reserved[i]) == 0)
            return true;
    return false;
}

static bool policy_operator(struct reader *r)
{
    const char *start = r->p;
    if (*r->p == '&' && r->p[1] != '&')
        return policy_refuse(r, "a background job");
    if (*r->p == '|' && r->p[1] == '&')
        return policy_refuse(r, "shell syntax that is not judged");
    r->p += (*r->p == '&' || *r->p == '|') && r->p[1] == *r->p ? 2 : 1;
    if (r->words.len == 0 && *start != '\n') {
        r->p = start;
        return policy_refuse(r, "an operator without a command");
    }
    policy_end_command(r);
    return true;
}

static bool policy_read(struct reader *r)
{
    while (*r->p) {
        if (*r->p == ' ' || *r->p == '\t') {
            r->p++;
            continue;
        }
        bool operator= strchr("\n;|&", *r->p) != NULL;
        if (!(operator? policy_operator(r) : policy_word(r)))
            return false;
        if (r->words.len == 1 && policy_reserved(r->words.ptr[0].text))
            return policy_refuse(r, "control flow");
    }
    policy_end_command(r);
    return r->info->count > 0 || policy_refuse(r, "no command");
}

void command_classify(const char *command, struct command_info *info)
{
    *info = (struct command_info){0};
    struct reader r = {.p = command, .info = info, .reads = true};
    bool readable = policy_read(&r);
    for (size_t i = 0; i < r.words.len; i++)
        free(r.words.ptr[i].text);
    VEC_FREE(&r.words);
    if (!readable)
        info->class = COMMAND_UNKNOWN;
    else
        info->class = r.reads ? COMMAND_READS : COMMAND_PLAIN;
}

bool command_whitelisted(const struct command_info *info, const struct opt_list *list,
                         struct error *e)
{
    if (!list || list->count == 0)
        return true;
    AUTO(buf) all = {0};
    for (size_t i = 0; i < list->count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", list->items[i]);
    if (info->class == COMMAND_UNKNOWN)
        return error_set(e, ERR_DENIED,
                         "the command cannot be checked against the whitelist (%s); use plain "
                         "commands of: %s",
                         info->why, buf_cstr(&all));
    for (size_t i = 0; i < info->count; i++) {
        bool found = false;
        for (size_t k = 0; k < list->count; k++)
            found |= strcmp(info->parts[i].words[0], list->items[k]) == 0;
        if (!found)
            return error_set(e, ERR_DENIED, "\"%s\" is not on the whitelist; allowed: %s",
                             info->parts[i].words[0], buf_cstr(&all));
    }
    return true;
}
