#include "host/policy.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "host/policy_priv.h"

#define MATCHES_MAX 4096 /* of one pattern */
#define PATTERNS_MAX 3   /* parts of one path that are patterns */

struct reader {
    const char *p;
    struct command_info *info;
    VEC(char *) words; /* of the simple command that is read */
    char *dir;         /* where it would run */
    const char *root;
    bool reads;
    bool piped;   /* its standard input is a pipe: it runs in a shell of its own */
    bool certain; /* it runs whatever those before it end with */
};

/* What stands behind a simple command. */
enum operator{ OP_NEXT, OP_AND, OP_OR, OP_PIPE };

/* A word as it is read. */
struct word {
    struct buf text, pattern; /* pattern: the text, what was quoted in it escaped */
    bool quoted, is_pattern, braces, commas, tilde;
};

static void word_fini(struct word *w)
{
    buf_fini(&w->text);
    buf_fini(&w->pattern);
}

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

static bool policy_refuse(struct reader *r, const char *what)
{
    snprintf(r->info->why, sizeof r->info->why, "%s at \"%.40s\"", what, r->p);
    return false;
}

/* It can be read, but not be proven to only read. */
static bool policy_doubt(struct reader *r, const char *what, const char *text)
{
    if (r->reads)
        snprintf(r->info->why, sizeof r->info->why, "%s: \"%.60s\"", what, text);
    r->reads = false;
    return true;
}

/* ---- simple commands ---- */

/* The path without its "." and "..", by its words alone. Absolute; caller frees. */
static char *policy_spelled(const char *path)
{
    AUTO(buf) out = {0};
    for (size_t n; *path; path += n) {
        path += strspn(path, "/");
        n = strcspn(path, "/");
        if (n == 2 && strncmp(path, "..", 2) == 0)
            buf_cut(&out, out.len ? (size_t)(strrchr(buf_cstr(&out), '/') - out.ptr) : 0);
        else if (n && !(n == 1 && *path == '.'))
            buf_addf(&out, "/%.*s", (int)n, path);
    }
    return out.len ? buf_take(&out) : mem_strdup("/");
}

/* Where the commands behind it run. It must be there and be gone to, for else they run where it
 * stood; and by no link, for bash goes back by words, and programs by what there is. */
static bool policy_change_dir(struct reader *r)
{
    const char *to = r->words.len == 2 ? r->words.ptr[1] : "-";
    struct simple_command c = {.root = r->root, .dir = r->dir};
    struct stat st;
    if (*to == '-' || !*to || !policy_path_reads(&c, to))
        return false;
    AUTO_FREE char *path = *to == '/' ? mem_strdup(to) : mem_printf("%s/%s", r->dir, to);
    AUTO_FREE char *spelled = policy_spelled(path);
    char *real = realpath(path, NULL);
    if (!real || strcmp(real, spelled) != 0 || stat(real, &st) != 0 || !S_ISDIR(st.st_mode)) {
        free(real);
        return false;
    }
    free(r->dir);
    r->dir = real;
    return true;
}

static void policy_end_command(struct reader *r, enum operator next)
{
    struct command_info *info = r->info;
    if (r->words.len == 0)
        return;
    const char *name = r->words.ptr[0];
    bool alone = r->certain && !r->piped && next != OP_PIPE && next != OP_OR;
    struct simple_command c = {.words = (const char *const *)r->words.ptr,
                               .count = r->words.len,
                               .root = r->root,
                               .dir = r->dir};
    struct command_part part = {.words = r->words.ptr,
                                .count = r->words.len,
                                .network = policy_reaches_network(&c),
                                .leaves = policy_leaves(&c)};
    part.reads = strcmp(name, "cd") == 0 ? alone && policy_change_dir(r) : policy_reads(&c);
    if (!part.reads)
        policy_doubt(r, "not known to only read here", name);
    r->certain = next == OP_NEXT || (next == OP_AND && r->certain && strcmp(name, "cd") == 0);
    r->piped = next == OP_PIPE;
    info->parts = mem_resize(info->parts, info->count + 1, sizeof *info->parts);
    info->parts[info->count++] = part;
    r->words.ptr = NULL; /* the part has them */
    r->words.len = r->words.cap = 0;
}

/* ---- words ---- */

static void word_add(struct word *w, char c, bool literal)
{
    if (literal && strchr("*?[]\\-", c))
        buf_addc(&w->pattern, '\\');
    buf_addc(&w->pattern, c);
    buf_addc(&w->text, c);
}

/* In "…" a backslash escapes these alone, and a '$' before what begins no name stands for itself.
 */
static bool policy_quoted(struct reader *r, struct word *w)
{
    char q = *r->p++;
    w->quoted = true;
    for (; *r->p && *r->p != q; r->p++) {
        bool escapes = q == '"' && *r->p == '\\' && r->p[1] && strchr("$`\"\\", r->p[1]);
        if (escapes)
            r->p++;
        else if (q == '"' && (*r->p == '`' || (*r->p == '$' && !strchr("\" |/)\\.,:", r->p[1]))))
            return policy_refuse(r, "expansion in quotes");
        else if (q == '"' && *r->p == '\\' && r->p[1] == '\n')
            return policy_refuse(r, "a line that goes on");
        word_add(w, *r->p, true);
    }
    if (!*r->p)
        return policy_refuse(r, "a quote that does not close");
    r->p++;
    return true;
}

static bool policy_escaped(struct reader *r, struct word *w)
{
    unsigned char c = (unsigned char)r->p[1];
    if (c < 0x20 || c == 0x7f)
        return policy_refuse(r, "a line that goes on");
    w->quoted = true;
    word_add(w, r->p[1], true);
    r->p += 2;
    return true;
}

static bool policy_plain_char(struct reader *r, struct word *w)
{
    unsigned char c = (unsigned char)*r->p;
    bool starts = w->text.len == 0 && !w->quoted;
    if (strchr("$`()", c) || c < 0x20 || c == 0x7f || (c == '#' && starts))
        return policy_refuse(r, "shell syntax that is not judged");
    if (strchr("*?[", c) && r->words.len == 0 && !(c == '[' && starts && strchr(" \t", r->p[1])))
        return policy_refuse(r, "a pattern as command name");
    w->is_pattern = w->is_pattern || strchr("*?[", c) != NULL;
    w->braces = w->braces || c == '{' || c == '}';
    w->commas = w->commas || c == ',' || (c == '.' && r->p[1] == '.');
    /* Also within what looks like an assignment. */
    w->tilde = w->tilde || (c == '~' && (starts || strchr("=:", r->p[-1])));
    word_add(w, (char)c, false);
    r->p++;
    return true;
}

/* A name that a pattern brings may look like an option. */
static bool policy_add_matches(struct reader *r, const glob_t *g, size_t prefix)
{
    struct simple_command c = {.root = r->root, .dir = r->dir};
    for (size_t i = 0; i < g->gl_pathc && i < MATCHES_MAX; i++) {
        const char *name = g->gl_pathv[i] + prefix;
        if (*name == '-')
            policy_doubt(r, "a pattern that brings an option", name);
        else if (!policy_path_reads(&c, name))
            policy_doubt(r, "outside the workspace", name);
        VEC_PUSH(&r->words, mem_strdup(name));
    }
    if (g->gl_pathc > MATCHES_MAX)
        policy_doubt(r, "a pattern with many matches", r->words.ptr[0]);
    return true;
}

/* Ranges depend on the locale, in each program in its own way. */
static bool pattern_is_judged(const char *pattern)
{
    size_t parts = 0;
    for (const char *p = pattern; (p = strpbrk(p, "*?")); p += strcspn(p, "/"))
        parts++;
    return parts <= PATTERNS_MAX && !strchr(pattern, '[') && !strstr(pattern, "**");
}

/* As bash would: what matches nothing stands for itself. */
static bool policy_expand(struct reader *r, const struct word *w)
{
    const char *pattern = buf_cstr(&w->pattern), *text = buf_cstr(&w->text);
    AUTO(word) base = {0};
    glob_t g = {0};
    bool judged = pattern_is_judged(pattern);
    for (const char *p = *text == '/' ? "" : r->dir; *p; p++)
        word_add(&base, *p, true);
    AUTO_FREE char *whole =
        mem_printf("%s%s%s", buf_cstr(&base.pattern), *text == '/' ? "" : "/", pattern);
    int rc = judged ? glob(whole, GLOB_NOSORT, NULL, &g) : GLOB_ABORTED;
    if (rc == 0) {
        policy_add_matches(r, &g, *text == '/' ? 0 : base.text.len + 1);
        globfree(&g);
        return true;
    }
    VEC_PUSH(&r->words, mem_strdup(text));
    return rc == GLOB_NOMATCH || policy_doubt(r, "a pattern that is not judged", text);
}

/* ---- redirections ---- */

/* [n]> /dev/null, [n]>&1, &>/dev/null, < file. p stands on the operator, behind the number. */
static bool policy_redirection(struct reader *r)
{
    static const char nowhere[] = "/dev/null";
    const char *p = r->p;
    bool in = *p == '<', both = *p == '&';
    p += both ? 2 : 1;
    if (!in && *p == '>')
        p++;
    else if (!in && !both && *p == '&' && (p[1] == '1' || p[1] == '2') &&
             strchr(" \t\n;|&", p[2])) {
        r->p = p + 2;
        return true;
    }
    p += strspn(p, " \t");
    size_t n = strlen(nowhere);
    if (strncmp(p, nowhere, n) == 0 && strchr(" \t\n;|&<>", p[n])) {
        r->p = p + n;
        return true;
    }
    n = strcspn(p, " \t\n;|&<>()$`\\\"'*?[{}~#");
    if (!in || n == 0 || !strchr(" \t\n;|&", p[n]))
        return policy_refuse(r, "a redirection");
    AUTO_FREE char *path = mem_strndup(p, n);
    for (const unsigned char *b = (const unsigned char *)path; *b; b++)
        if (*b < 0x20 || *b == 0x7f)
            return policy_refuse(r, "a redirection");
    struct simple_command c = {.root = r->root, .dir = r->dir};
    if (!policy_path_reads(&c, path))
        policy_doubt(r, "outside the workspace", path);
    r->p = p + n;
    return true;
}

/* A number right before it is its own. */
static bool is_descriptor(const struct word *w)
{
    const char *s = buf_cstr(&w->text);
    return !w->quoted && w->text.len == 1 && *s >= '0' && *s <= '2';
}

static bool policy_word_ends(struct reader *r, const struct word *w)
{
    const char *text = buf_cstr(&w->text);
    if (r->words.len == 0 && !w->quoted && strchr(text, '='))
        return policy_refuse(r, "a variable assignment");
    if (w->braces && (w->commas || r->words.len == 0))
        return policy_refuse(r, "shell syntax that is not judged");
    if (w->tilde)
        policy_doubt(r, "outside the workspace", text);
    if (w->is_pattern && strcmp(text, "[") != 0)
        return policy_expand(r, w);
    VEC_PUSH(&r->words, mem_strdup(text));
    return true;
}

static bool policy_word_chars(struct reader *r, struct word *w)
{
    while (*r->p && !strchr(" \t\n;|&<>", *r->p)) {
        bool ok = *r->p == '\'' || *r->p == '"' ? policy_quoted(r, w)
                  : *r->p == '\\'               ? policy_escaped(r, w)
                                                : policy_plain_char(r, w);
        if (!ok)
            return false;
    }
    return true;
}

static bool policy_word(struct reader *r)
{
    AUTO(word) w = {0};
    bool ok = policy_word_chars(r, &w);
    bool redirects = ok && *r->p && strchr("<>", *r->p);
    if (redirects && w.braces)
        ok =
            policy_refuse(r, "a redirection"); /* {NAME}> stores into a variable, PATH among them */
    else if (redirects && is_descriptor(&w))
        ok = policy_redirection(r);
    else if (ok)
        ok = policy_word_ends(r, &w);
    return ok;
}

/* ---- the line ---- */

static bool policy_reserved(const char *word)
{
    static const char *const reserved[] = {"if",     "then",     "else", "elif",   "fi",   "for",
                                           "while",  "until",    "do",   "done",   "case", "esac",
                                           "select", "function", "time", "coproc", "in",   "!"};
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
    bool twice = (*r->p == '&' || *r->p == '|') && r->p[1] == *r->p;
    r->p += twice ? 2 : 1;
    if (r->words.len == 0 && *start != '\n') {
        r->p = start;
        return policy_refuse(r, "an operator without a command");
    }
    policy_end_command(r, *start == '|'   ? (twice ? OP_OR : OP_PIPE)
                          : *start == '&' ? OP_AND
                                          : OP_NEXT);
    return true;
}

static bool policy_read(struct reader *r)
{
    while (*r->p) {
        if (*r->p == ' ' || *r->p == '\t') {
            r->p++;
            continue;
        }
        bool redirects = strchr("<>", *r->p) || strncmp(r->p, "&>", 2) == 0;
        bool operates = strchr("\n;|&", *r->p) != NULL;
        if (!(redirects ? policy_redirection(r) : operates ? policy_operator(r) : policy_word(r)))
            return false;
        if (r->words.len == 1 && policy_reserved(r->words.ptr[0]))
            return policy_refuse(r, "control flow");
    }
    policy_end_command(r, OP_NEXT);
    return r->info->count > 0 || policy_refuse(r, "no command");
}

void command_classify(const char *command, const char *dir, struct command_info *info)
{
    *info = (struct command_info){0};
    struct reader r = {.p = command,
                       .info = info,
                       .dir = mem_strdup(dir),
                       .root = dir,
                       .reads = true,
                       .certain = true};
    bool readable = policy_read(&r);
    for (size_t i = 0; i < r.words.len; i++)
        free(r.words.ptr[i]);
    VEC_FREE(&r.words);
    free(r.dir);
    info->class = !readable ? COMMAND_UNKNOWN : r.reads ? COMMAND_READS : COMMAND_PLAIN;
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
