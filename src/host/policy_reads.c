/* Programs that only read, and what they may be given for it. What no row knows is refused, so an
 * abbreviated option is too, and one that a later version brings. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/path.h"
#include "host/policy_priv.h"
#include "host/secrets.h"

enum operands {
    PATHS,
    FILES,    /* the same, but no directories, in which links would be followed */
    TEXTS,    /* no files */
    NOTHING,  /* none may stand */
    ONE_PATH, /* a second would be written */
    PATTERN,  /* text, then paths; only paths behind -e */
    SCRIPT,   /* the same, the text judged by `judge` */
};

struct program {
    const char *name;
    struct policy_options options;
    enum operands operands;
    bool (*judge)(const char *text); /* of SCRIPT, and of what -e is given */
    bool builtin;                    /* of bash: not looked for in PATH */
};

#define SUMS                        \
    {                               \
        "bt", "", "binary text tag" \
    }
#define GREP                                                                                 \
    {                                                                                        \
        "inrvlLcowxEFGPHhsqabIzZyuT#", "eABCm",                                              \
            "regexp= include= exclude= exclude-dir= color? colour? context= after-context= " \
            "before-context= max-count= line-number ignore-case recursive word-regexp "      \
            "line-regexp "                                                                   \
            "fixed-strings extended-regexp basic-regexp perl-regexp files-with-matches "     \
            "files-without-match count only-matching no-messages quiet silent invert-match " \
            "with-filename no-filename null text binary-files= byte-offset"                  \
    }
#define AWK                                  \
    {                                        \
        "", "Fv", "field-separator= assign=" \
    }

static bool no_format_writes(const char *format);
static bool no_subscript(const char *text);
static bool is_format(const char *text);
static bool is_number(const char *text);
static bool value_suits(const struct program *p, const char *value);

static const struct program programs[] = {
    {"[", {"", "", ""}, TEXTS, no_subscript, true},
    {"arch", {"", "", ""}, NOTHING},
    {"awk", AWK, SCRIPT, policy_awk_reads},
    {"base64", {"di", "w", "decode wrap="}, PATHS},
    {"basename", {"az", "s", "multiple suffix= zero"}, TEXTS},
    {"cat", {"AbeEnstTuv", "", "number number-nonblank show-all squeeze-blank"}, PATHS},
    {"cksum", {"", "", ""}, PATHS},
    {"cmp", {"bls", "n", "print-bytes silent quiet verbose bytes="}, PATHS},
    {"column", {"tx", "scoN", "table separator= output-separator="}, PATHS},
    {"comm", {"123z", "", "check-order nocheck-order output-delimiter= total"}, PATHS},
    {"cut",
     {"nsz", "bcdf",
      "bytes= characters= delimiter= fields= only-delimited "
      "output-delimiter= complement"},
     PATHS},
    {"date",
     {"uRI", "d", "utc universal rfc-email rfc-3339= iso-8601? date=", true},
     TEXTS,
     is_format},
    {"df", {"ahHiklPTm", "", "human-readable inodes total local"}, PATHS},
    {"diff",
     {"abBcdeEiNnpqstTuwy#", "CUW",
      "brief unified? context? color? side-by-side width= ignore-all-space "
      "ignore-space-change ignore-blank-lines ignore-case text minimal stat "
      "suppress-common-lines report-identical-files new-file show-c-function"},
     FILES},
    {"dirname", {"z", "", "zero"}, TEXTS},
    {"du",
     {"abchkmsxS0", "d",
      "all human-readable summarize total max-depth= exclude= "
      "apparent-size bytes one-file-system"},
     PATHS},
    {"echo", {"neE", "", ""}, TEXTS, NULL, true},
    {"egrep", GREP, PATTERN},
    {"expand", {"i", "t", "initial tabs="}, PATHS},
    {"expr", {"", "", ""}, TEXTS},
    {"false", {"", "", ""}, TEXTS, NULL, true},
    {"fgrep", GREP, PATTERN},
    {"file", {"bi0", "", "brief mime mime-type mime-encoding"}, PATHS},
    {"fold", {"bs", "w", "bytes spaces width="}, PATHS},
    {"free", {"bkmght", "", ""}, NOTHING},
    {"gawk", AWK, SCRIPT, policy_awk_reads},
    {"grep", GREP, PATTERN},
    {"groups", {"", "", ""}, NOTHING},
    {"head", {"qvz#", "cn", "bytes= lines= quiet silent verbose"}, PATHS},
    {"hostname", {"", "", ""}, NOTHING},
    {"id", {"Ggnruz", "", "user group groups name real"}, TEXTS},
    {"join", {"iz", "12jtaveo", "ignore-case"}, PATHS},
    {"jq",
     {"ceMCSasnRrj", "",
      "compact-output raw-output raw-input null-input slurp sort-keys tab "
      "exit-status join-output ascii-output color-output "
      "monochrome-output indent="},
     SCRIPT,
     policy_jq_reads},
    {"ls",
     {"aAbBcCdfFghGiklmnNopqQrRsStuUvxXZ1", "",
      "all almost-all human-readable color? recursive group-directories-first sort= time= "
      "reverse full-time directory inode size classify? time-style= si width= ignore= "
      "numeric-uid-gid"},
     PATHS},
    {"mawk", {"", "Fv", ""}, SCRIPT, policy_awk_reads},
    {"md5sum", SUMS, PATHS},
    {"nl", {"p", "bdfhilnsvw", "body-numbering= number-format= number-width="}, PATHS},
    {"nproc", {"", "", "all"}, NOTHING},
    {"od", {"abcdfiloxsv", "AjNt", "address-radix= skip-bytes= read-bytes= format="}, PATHS},
    {"paste", {"sz", "d", "delimiters= serial"}, PATHS},
    {"printf", {"", "", ""}, TEXTS, no_format_writes, true},
    {"ps", {"AefFlH", "opCu", "forest sort= no-headers pid= ppid="}, NOTHING},
    {"pwd", {"LP", "", ""}, NOTHING, NULL, true},
    {"readlink", {"efmnqsvz", "", "canonicalize canonicalize-existing"}, TEXTS},
    {"realpath", {"emqsz", "", "relative-to= relative-base="}, TEXTS},
    {"rev", {"", "", ""}, PATHS},
    {"rg",
     {"inwlcvFxsSUHNhoPpa0#", "egtTABCmMdrjE",
      "files hidden no-ignore no-ignore-vcs glob= iglob= type= type-not= type-list max-count= "
      "context= after-context= before-context= line-number no-line-number ignore-case "
      "smart-case case-sensitive files-with-matches files-without-match count count-matches "
      "fixed-strings word-regexp line-regexp only-matching no-heading heading color= "
      "colors= max-depth= sort= sortr= json stats multiline multiline-dotall vimgrep column "
      "pcre2 invert-match no-filename with-filename no-messages replace= regexp= text trim "
      "max-columns= passthru null threads= encoding= no-config max-filesize= quiet"},
     PATTERN},
    {"seq", {"w", "fs", "equal-width separator= format="}, TEXTS, is_number},
    {"sed",
     {"nErsuz", "e",
      "quiet silent regexp-extended expression= null-data separate "
      "unbuffered"},
     SCRIPT,
     policy_sed_reads},
    {"sha1sum", SUMS, PATHS},
    {"sha256sum", SUMS, PATHS},
    {"sha512sum", SUMS, PATHS},
    {"sort",
     {"bcCdfghiMmnRrsuVz", "kt",
      "ignore-leading-blanks dictionary-order ignore-case "
      "general-numeric-sort human-numeric-sort numeric-sort "
      "version-sort reverse unique stable check? key= "
      "field-separator= zero-terminated sort="},
     PATHS},
    {"stat", {"ft", "c", "format= printf= file-system terse"}, PATHS},
    {"strings", {"ad", "nt", "all bytes= radix="}, PATHS},
    {"tac", {"br", "s", "before regex separator="}, PATHS},
    {"tail", {"qvz#", "cn", "bytes= lines= quiet silent verbose"}, PATHS},
    {"test", {"", "", ""}, TEXTS, no_subscript, true},
    {"tr", {"cCdst", "", "complement delete squeeze-repeats truncate-set1"}, TEXTS},
    {"tree",
     {"adfhispguDFCnrtvcUQNS", "LIP",
      "dirsfirst noreport gitignore du prune sort= "
      "matchdirs ignore-case filelimit=",
      true},
     PATHS},
    {"true", {"", "", ""}, TEXTS, NULL, true},
    {"type", {"aftpP", "", ""}, TEXTS, NULL, true},
    {"uname", {"asnrvmpio", "", "all kernel-name nodename machine kernel-release"}, NOTHING},
    {"uniq",
     {"cdDiuz", "fsw",
      "count repeated unique ignore-case skip-fields= skip-chars= "
      "check-chars= zero-terminated"},
     ONE_PATH},
    {"uptime", {"ps", "", "pretty since"}, NOTHING},
    {"wc", {"clmLw", "", "bytes chars lines words max-line-length"}, PATHS},
    {"which", {"a", "", "all"}, TEXTS},
    {"whoami", {"", "", ""}, NOTHING},
    {"xxd", {"abeipu", "cgls", "", true}, ONE_PATH},
};

/* Asked for their version, these run nothing of the directory they stand in. */
static const char *const versioned[] = {"bash", "cc",  "clang", "cmake",   "g++",
                                        "gcc",  "git", "make",  "python3", "perl"};

/* ---- options ---- */

static bool long_is(const char *longs, const char *name, size_t n, char *kind)
{
    for (const char *at = longs; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " "), bare = strcspn(at, " =?");
        *kind = bare < len ? at[bare] : ' ';
        if (bare == n && strncmp(at, name, n) == 0)
            return true;
        at += len;
    }
    return false;
}

static enum policy_word long_option(const struct policy_options *o, const struct simple_command *c,
                                    size_t *at, const char **value)
{
    const char *name = c->words[*at] + 2;
    size_t n = strcspn(name, "=");
    bool given = name[n] == '=';
    char kind;
    if (!long_is(o->longs, name, n, &kind) || (kind == ' ' && given))
        return WORD_REFUSED;
    if (given)
        *value = name + n + 1;
    else if (kind == '=' && ++*at < c->count)
        *value = c->words[*at];
    else if (kind == '=')
        return WORD_REFUSED;
    return WORD_OPTION;
}

static enum policy_word lone_letter(const struct policy_options *o, const struct simple_command *c,
                                    size_t *at, const char **value)
{
    const char *w = c->words[*at] + 1;
    bool number = w[1] && w[1 + strspn(w + 1, "0123456789")] == '\0';
    if (strchr(o->flags, *w))
        return w[1] ? WORD_REFUSED : WORD_OPTION;
    if (!strchr(o->valued, *w) || (w[1] && !number))
        return WORD_REFUSED;
    if (!w[1] && (++*at >= c->count || *c->words[*at] == '-'))
        return WORD_REFUSED;
    *value = w[1] ? w + 1 : c->words[*at];
    return WORD_OPTION;
}

enum policy_word policy_word_is(const struct policy_options *o, const struct simple_command *c,
                                size_t *at, const char **value, char *letter)
{
    const char *w = c->words[*at];
    *value = "";
    *letter = 0;
    if (*w != '-' || !w[1])
        return WORD_OPERAND;
    if (strcmp(w, "--") == 0)
        return WORD_END;
    if (w[1] == '-')
        return long_option(o, c, at, value);
    if (o->alone)
        return lone_letter(o, c, at, value);
    if (strchr(o->flags, '#') && strspn(w + 1, "0123456789") == strlen(w + 1))
        return WORD_OPTION;
    for (w++; *w; w++) {
        *letter = *w;
        if (*w != '#' && strchr(o->flags, *w))
            continue;
        if (!strchr(o->valued, *w))
            return WORD_REFUSED;
        if (!w[1] && ++*at >= c->count)
            return WORD_REFUSED;
        *value = w[1] ? w + 1 : c->words[*at];
        return WORD_OPTION;
    }
    return WORD_OPTION;
}

/* ---- what is given ---- */

/* Of what is not there nothing can be read; up to where it would lie it may still lead out. */
static bool missing_stays(const char *path)
{
    for (const char *p = strstr(path, ".."); p; p = strstr(p + 1, ".."))
        if ((p == path || p[-1] == '/') && (!p[2] || p[2] == '/'))
            return false;
    return *path != '/';
}

bool policy_path_reads(const struct simple_command *c, const char *path)
{
    AUTO_FREE char *full = *path == '/' ? mem_strdup(path) : mem_printf("%s/%s", c->dir, path);
    AUTO_FREE char *real = realpath(full, NULL);
    struct stat st;
    if (*path == '~') /* as a shell may have meant it */
        return false;
    if (!real)
        return missing_stays(path);
    if (secrets_meet(real) == SECRETS_COVER && secrets_meet(c->root) != SECRETS_COVER)
        return false;
    /* A pipe or a device may never end. */
    return path_is_within(real, c->root) && stat(real, &st) == 0 &&
           (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* %n stores into a variable, PATH among them. */
static bool no_format_writes(const char *format)
{
    for (const char *p = strchr(format, '%'); p; p = strchr(p, '%')) {
        p += 1 + strspn(p + 1, "-+ #0123456789.*'hlLjtz");
        if (*p == 'n')
            return false;
        p += *p == '%';
    }
    return true;
}

/* Subscripts are evaluated, with the commands in them. */
static bool no_subscript(const char *text)
{
    return !strchr(text, '[') && strcmp(text, "-v") != 0 && strcmp(text, "-R") != 0;
}

static bool is_format(const char *text)
{
    return *text == '+'; /* else it would be set */
}

static bool is_number(const char *text) /* "inf" never ends, a long one late */
{
    return strlen(text) < 8 && text[strspn(text, "+.0123456789")] == '\0';
}

static bool is_directory(const struct simple_command *c, const char *path)
{
    AUTO_FREE char *full = *path == '/' ? mem_strdup(path) : mem_printf("%s/%s", c->dir, path);
    struct stat st;
    return stat(full, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool operand_suits(const struct program *p, const struct simple_command *c, size_t nth,
                          const char *text, bool scripted)
{
    switch (p->operands) {
    case PATHS:
        if (strcmp(p->name, "tail") == 0 && *text == '+') /* "+1f" never ends */
            return false;
        return value_suits(p, text) && policy_path_reads(c, text);
    case FILES:
        return policy_path_reads(c, text) && !is_directory(c, text);
    case ONE_PATH:
        return nth == 0 && policy_path_reads(c, text);
    case PATTERN:
        return (nth == 0 && !scripted) || policy_path_reads(c, text);
    case SCRIPT:
        return nth == 0 && !scripted ? p->judge(text) : policy_path_reads(c, text);
    case TEXTS:
        return !p->judge || p->judge(text) || (nth > 0 && p->judge == no_format_writes);
    case NOTHING:
        return false;
    }
    return false;
}

static bool is_script_option(const char *word, char letter)
{
    return letter == 'e' || strncmp(word, "--regexp", 8) == 0 ||
           strncmp(word, "--expression", 12) == 0 || strcmp(word, "--files") == 0 ||
           strcmp(word, "--type-list") == 0;
}

static bool has_scripts(const struct program *p)
{
    return (p->operands == PATTERN || p->operands == SCRIPT) && strcmp(p->name, "jq") != 0;
}

/* Then no operand is one, wherever the option stands. */
static bool gives_script(const struct program *p, const struct simple_command *c)
{
    for (size_t at = 1; at < c->count; at++) {
        const char *word = c->words[at], *value;
        char letter;
        enum policy_word is = policy_word_is(&p->options, c, &at, &value, &letter);
        if (is == WORD_END || is == WORD_REFUSED)
            return false; /* what is refused is no question */
        if (is == WORD_OPTION && is_script_option(word, letter))
            return true;
    }
    return false;
}

/* Of some programs a word "@file" holds more options, wherever it stands; and ps shows whole
 * environments. */
static bool value_suits(const struct program *p, const char *value)
{
    return !(strcmp(p->name, "strings") == 0 && *value == '@') &&
           !(strcmp(p->name, "ps") == 0 && strstr(value, "env"));
}

static bool program_reads(const struct program *p, const struct simple_command *c)
{
    bool ended = p->operands == TEXTS && p->builtin && p->judge != no_format_writes;
    bool scripted = has_scripts(p) && gives_script(p, c);
    size_t nth = 0;
    for (size_t at = 1; at < c->count; at++) {
        const char *word = c->words[at], *value = "";
        char letter = 0;
        enum policy_word is =
            ended ? WORD_OPERAND : policy_word_is(&p->options, c, &at, &value, &letter);
        if (is == WORD_REFUSED)
            return false;
        if (is == WORD_END) {
            ended = true;
        } else if (is == WORD_OPERAND) {
            if (!operand_suits(p, c, nth++, word, scripted))
                return false;
        } else if (scripted && p->operands == SCRIPT && is_script_option(word, letter) &&
                   !p->judge(value)) {
            return false;
        } else if (!value_suits(p, value)) {
            return false;
        }
    }
    return true;
}

/* ---- find ---- */

static bool find_reads(const struct simple_command *c)
{
    static const char alone[] = " ! ( ) , -a -and -o -or -not -depth -mount -xdev -empty -false "
                                "-true -print -print0 -ls -prune -quit -readable -writable "
                                "-executable -nouser -nogroup -daystart -noleaf ";
    static const char valued[] = " -name -iname -path -ipath -wholename -iwholename -regex -iregex "
                                 "-regextype -type -maxdepth -mindepth -size -mtime -mmin -atime "
                                 "-amin -ctime -cmin -perm -user -group -uid -gid -links -inum "
                                 "-printf -lname -ilname -used -fstype ";
    bool expression = false;
    for (size_t at = 1; at < c->count; at++) {
        const char *w = c->words[at];
        AUTO_FREE char *key = mem_printf(" %s ", w);
        if (!expression && strcmp(w, "-P") == 0)
            continue;
        expression = expression || *w == '-' || strcmp(w, "(") == 0 || strcmp(w, "!") == 0;
        if (!expression ? policy_path_reads(c, w) : strstr(alone, key) != NULL)
            continue;
        if (!expression || strchr(w, ' ') || !strstr(valued, key) || ++at >= c->count)
            return false;
    }
    return true;
}

/* ---- which program it is ---- */

/* Entries before the one that has it might come to have it. */
static bool comes_from_outside(const char *name, const char *root)
{
    const char *path = getenv("PATH");
    for (const char *p = path && *path ? path : "/usr/local/bin:/usr/bin:/bin"; *p;) {
        size_t n = strcspn(p, ":");
        AUTO_FREE char *dir = mem_strndup(p, n), *file = mem_printf("%s/%s", dir, name);
        AUTO_FREE char *real = realpath(dir, NULL), *found = realpath(file, NULL);
        if (*dir != '/' || path_is_within(real ? real : dir, root))
            return false;
        if (found)
            return !path_is_within(found, root);
        p += n + (p[n] == ':');
    }
    return true; /* it will not be found */
}

static bool asks_version(const struct simple_command *c)
{
    for (size_t i = 0; i < COUNT_OF(versioned); i++)
        if (c->count == 2 && strcmp(c->words[0], versioned[i]) == 0)
            return strcmp(c->words[1], "--version") == 0 &&
                   comes_from_outside(versioned[i], c->root);
    return false;
}

/* bash answers these itself. */
static bool names_commands(const struct simple_command *c)
{
    return strcmp(c->words[0], "command") == 0 && c->count > 2 &&
           (strcmp(c->words[1], "-v") == 0 || strcmp(c->words[1], "-V") == 0);
}

/* ps takes letters without a '-', of which e shows what is in other programs' environments. */
static bool is_usual_ps(const struct simple_command *c)
{
    static const char *const usual[] = {"aux", "ax", "auxf", "axf", "auxww", "axo"};
    for (size_t i = 0; strcmp(c->words[0], "ps") == 0 && c->count == 2 && i < COUNT_OF(usual); i++)
        if (strcmp(c->words[1], usual[i]) == 0)
            return comes_from_outside("ps", c->root);
    return false;
}

static bool bracket_closes(const struct simple_command *c)
{
    return strcmp(c->words[c->count - 1], "]") == 0;
}

bool policy_reads(const struct simple_command *c)
{
    const char *name = c->words[0];
    if (asks_version(c) || names_commands(c) || is_usual_ps(c))
        return true;
    if (strcmp(name, "git") == 0 || strcmp(name, "find") == 0)
        return comes_from_outside(name, c->root) &&
               (*name == 'g' ? policy_git_reads(c) : find_reads(c));
    for (size_t i = 0; i < COUNT_OF(programs); i++) {
        const struct program *p = &programs[i];
        if (strcmp(p->name, name) != 0)
            continue;
        if (*name == '[' && !bracket_closes(c))
            return false;
        return (p->builtin || comes_from_outside(name, c->root)) && program_reads(p, c);
    }
    return false;
}
