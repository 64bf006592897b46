/* git runs what a repository's configuration names: filters, drivers, monitors, pagers. So the
 * configuration of the one it would work in is read first. */
#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "host/git_dir.h"
#include "host/policy_priv.h"

#define CONFIG_MAX ((size_t)1 << 18)
#define HEAD_MAX 4096
#define INDEX_MAX ((size_t)64 << 20)
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

/* ---- subcommands ---- */

#define LISTS                                                                                   \
    "oneline graph all decorate? stat? shortstat numstat name-only name-status patch no-patch " \
    "pretty? format= max-count= since= until= after= before= author= grep= abbrev-commit "      \
    "abbrev? date= first-parent merges no-merges reverse follow no-color color? summary "       \
    "no-ext-diff no-textconv cached staged word-diff? unified= ignore-all-space "               \
    "ignore-space-change diff-filter= exit-code quiet minimal patience histogram check raw "    \
    "find-renames? full-index no-renames branches? tags? remotes? topo-order date-order "       \
    "no-walk merge-base left-right cherry-pick regexp-ignore-case pickaxe-regex dirstat? "      \
    "compact-summary no-prefix relative? skip= no-decorate"

/* words: what may stand besides options. */
enum words { ANY, NO_WORDS, ONLY_LISTED };

static const struct subcommand {
    const char *name;
    struct policy_options options;
    enum words words;
    const char *first; /* ONLY_LISTED: the first word, one of these; needed where it is not "" */
} subcommands[] = {
    {"blame", {"wslefntpMC", "L", "porcelain date= show-email since="}, ANY, ""},
    {"branch",
     {"avr", "",
      "all remotes verbose show-current list no-color color? sort= merged? "
      "no-merged? contains? format= column? no-column"},
     NO_WORDS,
     ""},
    {"cat-file", {"pets", "", ""}, ANY, ""},
    {"check-ignore", {"vqn", "", "verbose quiet non-matching no-index"}, ANY, ""},
    {"config",
     {"lz", "",
      "list get get-all get-regexp show-origin show-scope local null name-only type= bool int"},
     ANY,
     ""},
    {"count-objects", {"vH", "", "verbose human-readable"}, NO_WORDS, ""},
    {"describe",
     {"", "",
      "tags all always long abbrev? dirty? exact-match match= contains "
      "first-parent"},
     ANY,
     ""},
    {"diff", {"pubwRz#MC", "USGl", LISTS}, ANY, ""},
    {"diff-tree", {"prtubwz", "U", LISTS}, ANY, ""},
    {"for-each-ref", {"", "", "format= sort= count= merged? contains?"}, ANY, ""},
    {"grep",
     {"niwvlLcEFGPhHqoIzWp", "eABCm",
      "line-number ignore-case word-regexp "
      "files-with-matches count fixed-strings extended-regexp perl-regexp cached untracked "
      "no-color color? heading break context= after-context= before-context= quiet "
      "only-matching show-function max-depth= and or not"},
     ANY,
     ""},
    {"log", {"pcmuzrt#wb", "nLGSU", LISTS}, ANY, ""},
    {"ls-files",
     {"cdmosutzkv", "",
      "cached deleted modified others stage unmerged full-name "
      "exclude-standard directory ignored error-unmatch deduplicate"},
     ANY,
     ""},
    {"ls-tree", {"rdtlz", "", "name-only name-status full-name full-tree long"}, ANY, ""},
    {"merge-base", {"a", "", "all is-ancestor octopus independent fork-point"}, ANY, ""},
    {"name-rev", {"", "", "name-only tags always"}, ANY, ""},
    {"reflog", {"#", "n", "oneline date= max-count="}, ONLY_LISTED, "show"},
    {"remote", {"v", "", "verbose"}, ONLY_LISTED, "get-url"},
    {"rev-list", {"#", "n", LISTS " count"}, ANY, ""},
    {"rev-parse",
     {"", "",
      "short? verify show-toplevel abbrev-ref? is-inside-work-tree git-dir "
      "git-common-dir show-prefix show-cdup symbolic-full-name absolute-git-dir "
      "quiet all branches tags is-bare-repository"},
     ANY,
     ""},
    {"shortlog", {"snec", "", "summary numbered email all no-merges since= until="}, ANY, ""},
    {"show", {"pubwzst#", "USGn", LISTS}, ANY, ""},
    {"show-ref", {"", "", "heads tags head verify quiet hash?"}, ANY, ""},
    {"stash", {"p#", "", "stat? patch name-only oneline"}, ONLY_LISTED, "list show"},
    {"status",
     {"sbuvz", "",
      "short branch porcelain? long show-stash untracked-files? ignored? "
      "no-renames verbose ahead-behind column? no-column"},
     ANY,
     ""},
    {"tag",
     {"ln#", "", "list sort= contains? merged? no-merged? format= points-at= column?"},
     NO_WORDS,
     ""},
    {"version", {"", "", "build-options"}, NO_WORDS, ""},
};

static bool is_listed(const char *list, const char *word)
{
    AUTO_FREE char *all = mem_printf(" %s ", list), *one = mem_printf(" %s ", word);
    return *word && !strchr(word, ' ') && strstr(all, one);
}

/* `git config NAME VALUE` writes, and options end at the first word: so it gets or lists, and says
 * so before. What it gets may be the user's own, who keeps tokens there too: a list is the
 * repository's alone, and of names those that hold none. */
static bool config_reads(const struct policy_options *o, const struct simple_command *c, size_t at)
{
    static const char *const open_to_all[] = {"user.", "core.", "init.", "remote.", "branch."};
    bool gets = false, lists = false, local = false;
    const char *value;
    char letter;
    for (at++; at < c->count && *c->words[at] == '-'; at++) {
        const char *word = c->words[at];
        if (policy_word_is(o, c, &at, &value, &letter) != WORD_OPTION)
            return false;
        gets = gets || strcmp(word, "--get") == 0 || strcmp(word, "--get-all") == 0;
        lists = lists || strcmp(word, "--list") == 0 || strcmp(word, "--get-regexp") == 0 ||
                letter == 'l';
        local = local || strcmp(word, "--local") == 0;
    }
    if (lists)
        return !gets && local && c->count - at <= 1;
    for (size_t i = 0; gets && c->count - at == 1 && i < COUNT_OF(open_to_all); i++)
        if (strncasecmp(c->words[at], open_to_all[i], strlen(open_to_all[i])) == 0)
            return true;
    return false;
}

/* These run gpg. */
static bool asks_for_signatures(const char *word)
{
    return strstr(word, "%G") || strstr(word, "signature");
}

static bool subcommand_reads(const struct subcommand *s, const struct simple_command *c, size_t at)
{
    bool ended = false, lists = false;
    size_t words = 0;
    if (strcmp(s->name, "config") == 0)
        return config_reads(&s->options, c, at);
    for (at++; at < c->count; at++) {
        const char *word = c->words[at], *value = "";
        char letter;
        enum policy_word is =
            ended ? WORD_OPERAND : policy_word_is(&s->options, c, &at, &value, &letter);
        lists = lists || strcmp(word, "--list") == 0 || strcmp(word, "-l") == 0;
        if (is == WORD_REFUSED || asks_for_signatures(word) || asks_for_signatures(value))
            return false;
        ended = ended || is == WORD_END;
        if (is != WORD_OPERAND)
            continue;
        bool fits = s->words == ANY || (s->words == NO_WORDS && lists) ||
                    (s->words == ONLY_LISTED && (words > 0 || is_listed(s->first, word)));
        /* Where one lies outside, two files are compared as they are. */
        if (!fits || !policy_path_reads(c, word))
            return false;
        words++;
    }
    return words > 0 || strcmp(s->name, "stash") != 0;
}

/* ---- the configuration ---- */

static bool key_is_harmless(const char *section, const char *key)
{
    static const struct {
        const char *section, *keys; /* "*": all of them */
    } known[] = {
        {"core", "repositoryformatversion filemode bare logallrefupdates ignorecase "
                 "precomposeunicode symlinks autocrlf eol safecrlf abbrev quotepath compression "
                 "sparsecheckout sparsecheckoutcone checkstat trustctime longpaths"},
        {"remote", "url pushurl fetch push tagopt prune mirror"},
        {"branch", "*"},
        {"user", "name email signingkey useconfigonly"},
        {"submodule", "url active branch ignore"},
        {"gc", "*"},
        {"pull", "*"},
        {"push", "*"},
        {"fetch", "*"},
        {"init", "*"},
        {"color", "*"},
        {"advice", "*"},
        {"rebase", "*"},
        {"merge", "ff conflictstyle renames"},
        {"extensions", "worktreeconfig"},
        {"pack", "*"},
        {"index", "*"},
        {"status", "short branch showstash showuntrackedfiles relativepaths aheadbehind renames"},
        {"log", "date decorate"},
        {"maintenance", "*"},
        {"feature", "*"},
        {"commit", "gpgsign template"},
        {"column", "*"},
        {"versionsort", "*"},
        {"lfs", "repositoryformatversion"}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcasecmp(known[i].section, section) == 0)
            return strcmp(known[i].keys, "*") == 0 || is_listed(known[i].keys, key);
    return false;
}

static char *lower_word(const char *from, size_t n)
{
    char *word = mem_strndup(from, n);
    for (char *p = word; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return word;
}

/* [name] or [name "other"], nothing else. Returns what stands behind it; NULL: not such. */
static const char *section_header(const char *p, char **section)
{
    size_t n = strspn(++p, NAME_CHARS);
    mem_replace(section, NULL);
    *section = lower_word(p, n);
    p += n;
    if (n > 0 && p[0] == ' ' && p[1] == '"') {
        p += 2 + strcspn(p + 2, "\"\\\n");
        p = *p == '"' ? p + 1 : "";
    }
    return n > 0 && *p == ']' ? p + 1 : NULL;
}

/* Is the text all of sections, keys and comments as git-config(1) has them, and no key of them one
 * that runs something? */
static bool config_text_is_harmless(const char *p)
{
    AUTO_FREE char *section = mem_strdup("");
    while (p && *(p += strspn(p, " \t\r\n"))) {
        if (*p == '[') {
            p = section_header(p, &section); /* a key may follow on the line */
            continue;
        }
        size_t line = strcspn(p, "\n"), word = strspn(p, NAME_CHARS);
        if (*p != '#' && *p != ';') {
            AUTO_FREE char *key = lower_word(p, word);
            const char *behind = p + word + strspn(p + word, " \t\r");
            if (word == 0 || !strchr("=#;\n", *behind) || !key_is_harmless(section, key) ||
                memchr(p, '\\', line))
                return false;
        }
        p += line;
    }
    return p != NULL;
}

static bool config_is_harmless(const char *dir, const char *name)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    AUTO(buf) text = {0};
    if (access(path, F_OK) != 0)
        return true;
    return file_read(path, &text, CONFIG_MAX, NULL) && strlen(buf_cstr(&text)) == text.len &&
           config_text_is_harmless(buf_cstr(&text));
}

static bool lies_in(const char *dir, const char *name)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* The git directory of a linked worktree: it names the worktree, and lies where its repository
 * keeps such. Else the file could name any repository. */
static char *worktree_git_dir(const char *at)
{
    AUTO_FREE char *git = git_dir_named(at, ".git", "gitdir: "), *file = mem_printf("%s/.git", at);
    AUTO_FREE char *back = git ? git_dir_named(git, "gitdir", "") : NULL;
    AUTO_FREE char *common = git ? git_dir_named(git, "commondir", "") : NULL;
    AUTO_FREE char *place = common ? mem_printf("%s/worktrees/", common) : NULL;
    bool fits = back && place && strcmp(back, file) == 0 && strncmp(git, place, strlen(place)) == 0;
    return fits ? mem_strdup(git) : NULL;
}

/* Will git surely take it, and not look further up? Its HEAD is whole, and what it has lies in it.
 */
static bool plain_git_dir(const char *git)
{
    static const char *const parts[] = {"objects", "refs"};
    AUTO(buf) head = {0};
    AUTO_FREE char *name = mem_printf("%s/HEAD", git);
    struct stat st;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        AUTO_FREE char *part = mem_printf("%s/%s", git, parts[i]);
        if (lstat(part, &st) != 0 || !S_ISDIR(st.st_mode) || access(part, X_OK) != 0)
            return false;
    }
    if (lstat(name, &st) != 0 || !S_ISREG(st.st_mode) || !file_read(name, &head, HEAD_MAX, NULL))
        return false;
    const char *text = buf_cstr(&head);
    size_t hex = strspn(text, "0123456789abcdef");
    return !lies_in(git, "commondir") &&
           (strncmp(text, "ref: refs/", 10) == 0 || hex == 40 || hex == 64);
}

/* The git directory that git finds from dir, of a work tree within root. NULL: none, or one that
 * lies about as a trap: a bare one, with a configuration of its own. */
static char *find_git_dir(const char *dir, const char *root)
{
    AUTO_FREE char *at = mem_strdup(dir);
    for (char *slash; path_is_within(at, root); *slash = '\0') {
        AUTO_FREE char *git = mem_printf("%s/.git", at);
        struct stat st;
        if (lstat(git, &st) == 0 && S_ISREG(st.st_mode))
            return worktree_git_dir(at);
        if (lstat(git, &st) == 0)
            return S_ISDIR(st.st_mode) && plain_git_dir(git) ? mem_strdup(git) : NULL;
        slash = strrchr(at, '/');
        if (!slash || slash == at || git_dir_is(at))
            return NULL;
    }
    return NULL;
}

/* Objects that lie elsewhere are another repository's. */
static bool has_links(const char *dir)
{
    DIR *d = opendir(dir);
    bool found = false;
    for (struct dirent *entry; d && !found && (entry = readdir(d));)
        found = entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
    if (d)
        closedir(d);
    return found;
}

static bool objects_lie_here(const char *git)
{
    AUTO_FREE char *objects = mem_printf("%s/objects", git);
    AUTO_FREE char *packs = mem_printf("%s/pack", objects), *info = mem_printf("%s/info", objects);
    return !has_links(objects) && !has_links(packs) && !has_links(info) &&
           !lies_in(info, "alternates") && !lies_in(info, "http-alternates");
}

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* gitformat-index(5): an entry is 62 bytes, two more with extended flags, and the name; padded to
 * eight bytes in versions 2 and 3, behind a number and shortened in version 4. In a gitlink's
 * directory git runs itself, by what is configured there. */
static bool index_has_gitlinks(const struct buf *text)
{
    const unsigned char *p = (const unsigned char *)text->ptr, *end = p + text->len;
    if (text->len < 12 || memcmp(p, "DIRC", 4) != 0)
        return true;
    uint32_t version = big_endian(p + 4), count = big_endian(p + 8);
    for (p += 12; count > 0; count--) {
        if (end - p < 64 || (big_endian(p + 24) & 0170000) == 0160000)
            return true;
        const unsigned char *name = p + 62 + ((p[60] & 0x40) ? 2 : 0);
        while (version == 4 && name < end && (*name++ & 0x80))
            ;
        const unsigned char *nul = memchr(name, 0, (size_t)(end - name));
        if (!nul)
            return true;
        size_t n = (size_t)(nul - p);
        p += version == 4 ? n + 1 : (n + 8) / 8 * 8;
    }
    while (p < end && end - p >= 28) { /* extensions, then a checksum */
        if (memcmp(p, "link", 4) == 0)
            return true; /* more entries elsewhere */
        uint32_t size = big_endian(p + 4);
        p = size > (size_t)(end - p) - 8 ? end : p + 8 + size;
    }
    return false;
}

static bool index_is_plain(const char *git)
{
    AUTO_FREE char *path = mem_printf("%s/index", git);
    AUTO(buf) text = {0};
    if (access(path, F_OK) != 0)
        return true; /* nothing was ever added */
    return file_read(path, &text, INDEX_MAX, NULL) && !index_has_gitlinks(&text);
}

static bool repository_is_harmless(const char *dir, const char *root)
{
    AUTO_FREE char *git = find_git_dir(dir, root);
    if (!git)
        return false;
    AUTO_FREE char *common =
        lies_in(git, "commondir") ? git_dir_named(git, "commondir", "") : mem_strdup(git);
    AUTO_FREE char *hook = common ? mem_printf("%s/hooks/post-index-change", common) : NULL;
    return common && access(hook, X_OK) != 0 && objects_lie_here(common) &&
           config_is_harmless(common, "config") && config_is_harmless(git, "config.worktree") &&
           index_is_plain(git);
}

bool policy_git_reads(const struct simple_command *c)
{
    size_t at = 1 + (c->count > 1 && strcmp(c->words[1], "--no-pager") == 0);
    for (size_t i = 0; at < c->count && i < COUNT_OF(subcommands); i++)
        if (strcmp(subcommands[i].name, c->words[at]) == 0)
            return subcommand_reads(&subcommands[i], c, at) &&
                   repository_is_harmless(c->dir, c->root);
    return false;
}
