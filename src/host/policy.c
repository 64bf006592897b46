#include "host/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* Options that make a reading program write or run something. "": takes no risky option. */
static const struct {
    const char *name;
    const char *risky; /* '|'-separated prefixes of refused options */
} readers[] = {
    {"basename", ""},
    {"cat", ""},
    {"cksum", ""},
    {"cmp", ""},
    {"comm", ""},
    {"cut", ""},
    {"date", "-s|--s|-f|--f"},
    {"diff", "--to-file|--from-file"},
    {"dirname", ""},
    {"du", "--files0-from"},
    {"echo", ""},
    {"expr", ""},
    {"false", ""},
    {"file", "-C|--comp|-m|--mag|-f|--files"},
    {"find", "-exec|-ok|-delete|-fprint|-fls|-files0"},
    {"grep", "-f|--file"},
    {"head", ""},
    {"id", ""},
    {"ls", ""},
    {"md5sum", "-c|--check"},
    {"nl", ""},
    {"printf", "-v"},
    {"pwd", ""},
    {"sha256sum", "-c|--check"},
    {"sort", "-o|--o|--compress|-T|--temp|--files0"},
    {"stat", ""},
    {"tail", "-f|-F|--follow|--retry"},
    {"test", ""},
    {"tr", ""},
    {"true", ""},
    {"uname", ""},
    {"uniq", ""},
    {"wc", "--files0-from"},
    {"which", ""},
};

struct reader {
    const char *p;
    struct command_info *info;
    VEC(char *) words;
    bool reads;
};

void command_info_fini(struct command_info *info)
{
    for (size_t i = 0; i < info->count; i++)
        free(info->names[i]);
    free(info->names);
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

static bool policy_reads_only(char **words, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        if (strcmp(readers[i].name, words[0]) != 0)
            continue;
        for (size_t k = 1; k < n; k++)
            if (policy_option_risky(readers[i].risky, words[k]) ||
                policy_leaves_workspace(words[k]))
                return false;
        return true;
    }
    return false;
}

static void policy_end_command(struct reader *r)
{
    if (r->words.len == 0)
        return;
    r->reads = r->reads && policy_reads_only(r->words.ptr, r->words.len);
    struct command_info *info = r->info;
    info->names = mem_resize(info->names, info->count + 1, sizeof *info->names);
    info->names[info->count++] = mem_strdup(r->words.ptr[0]);
    for (size_t i = 0; i < r->words.len; i++)
        free(r->words.ptr[i]);
    r->words.len = 0;
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
    bool quoted = false;
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
    VEC_PUSH(&r->words, buf_take(&word));
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
        if (r->words.len == 1 && policy_reserved(r->words.ptr[0]))
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
        free(r.words.ptr[i]);
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
            found |= strcmp(info->names[i], list->items[k]) == 0;
        if (!found)
            return error_set(e, ERR_DENIED, "\"%s\" is not on the whitelist; allowed: %s",
                             info->names[i], buf_cstr(&all));
    }
    return true;
}
