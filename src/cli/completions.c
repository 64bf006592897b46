/* mien completions: what a shell completes on mien's command line, written from the tables of
 * options and subcommands. Names (models, agents, sessions ...) are asked for when they are needed,
 * by the subcommand that lists them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"

/* What a word may be: "a b c": one of these; "<models": a first word of a line of mien models list;
 * "/": a directory. Everything else is a file. */
static const struct {
    const char *of, *words; /* an option, or a subcommand and its first word */
} values[] = {
    {"--model", "<models"},
    {"--behavior", "<behavior"},
    {"--mode", "<behavior"},
    {"--agent", "<agents"},
    {"--resume", "<sessions"},
    {"--session", "<sessions"},
    {"--workspace", "/"},
    {"--add-dir", "/"},
    {"--trusted", "/"},
    {"--approval", "ask auto never yolo plan"},
    {"--output-format", "text json stream-json"},
    {"--input-format", "text stream-json"},
    {"--ask", "fail first stdin"},
    {"--lang", "c python"},
    {"--allow", "network network: path: device trace"},
    {"with", "<profiles"},
    {"profiles show", "<profiles"},
    {"models show", "<models"},
    {"agents show", "<agents"},
    {"behavior set", "<behavior"},
    {"behaviors show", "<behaviors"},
    {"sessions show", "<sessions"},
    {"sessions export", "<sessions"},
    {"sessions log", "<sessions"},
    {"sessions stats", "<sessions"},
    {"sessions diff", "<sessions"},
    {"sessions rewind", "<sessions"},
    {"sessions fork", "<sessions"},
    {"sessions rm", "<sessions"},
    {"workspaces rm", "<workspaces"},
};

static const char *words_of(const char *of)
{
    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (strcmp(values[i].of, of) == 0)
            return values[i].words;
    return NULL;
}

/* The words that may follow a subcommand: what its usage offers in small letters. */
static void verbs_of(const struct cli_command *k, struct buf *out)
{
    const char *p = k->usage + strlen(k->name);
    bool begins = true;
    while (*p) {
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        if (begins && n > 0)
            buf_addf(out, "%s%.*s", out->len ? " " : "", (int)n, p);
        begins = n == 0 && (*p == '|' || *p == '[' || (begins && *p == ' '));
        p += n ? n : 1;
    }
}

/* A value's words as a shell has them made. */
static void value_words(const char *words, struct buf *out)
{
    if (*words == '<')
        buf_addf(out, "$(_mien_names %s)", words + 1);
    else
        buf_adds(out, words);
}

/* Of plain letters: a shell expands the words it is given, and a server names its models. */
#define NAME_LETTERS "[[:alnum:]._:@/+-]"
static const char names[] = "_mien_names() {\n"
                            "  command mien \"$1\" list 2>/dev/null | "
                            "sed -nE '/declares no/!s#^[* ]*(" NAME_LETTERS "+)( .*)?$#\\1#p'\n"
                            "}\n";

/* ---- bash ---- */

static void bash_reply(const char *words, struct buf *out)
{
    if (*words == '/') {
        buf_adds(out, "COMPREPLY=($(compgen -d -- \"$cur\"))");
        return;
    }
    buf_adds(out, "COMPREPLY=($(compgen -W \"");
    value_words(words, out);
    buf_adds(out, "\" -- \"$cur\"))");
}

/* One that may be left out is joined to the option. */
static bool takes_word(const struct cli_option *o)
{
    return o->arg && *o->arg != '[';
}

static void bash_options(struct buf *out)
{
    buf_adds(out, "  case $prev in\n");
    for (const struct cli_option *o = cli_options; o->name; o++) {
        AUTO_FREE char *name = mem_printf("--%s", o->name);
        const char *words = words_of(name);
        if (!takes_word(o))
            continue;
        if (o->letter)
            buf_addf(out, "    -%c|", o->letter);
        buf_addf(out, "%s%s) ", o->letter ? "" : "    ", name);
        if (words)
            bash_reply(words, out);
        buf_adds(out, words ? "; return ;;\n" : "return ;;\n");
    }
    buf_adds(out, "  esac\n  if [[ $cur == -* ]]; then\n    COMPREPLY=($(compgen -W \"");
    for (const struct cli_option *o = cli_options; o->name; o++)
        buf_addf(out, "%s--%s", o == cli_options ? "" : " ", o->name);
    buf_adds(out, "\" -- \"$cur\")); return\n  fi\n");
}

static void bash_commands(const struct cli *c, struct buf *out)
{
    buf_adds(out, "  case $cmd in\n    '') COMPREPLY=($(compgen -W \"");
    for (const struct cli_command *k = c->commands; k->name; k++)
        buf_addf(out, "%s%s", k == c->commands ? "" : " ", k->name);
    buf_adds(out, "\" -- \"$cur\")) ;;\n");
    for (const struct cli_command *k = c->commands; k->name; k++) {
        AUTO(buf) verbs = {0};
        const char *words = words_of(k->name);
        verbs_of(k, &verbs);
        words = words ? words : buf_cstr(&verbs);
        if (!*words)
            continue;
        buf_addf(out, "    %s) ", k->name);
        bash_reply(words, out);
        buf_adds(out, " ;;\n");
    }
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (values[i].of[0] == '-' || !strchr(values[i].of, ' '))
            continue;
        buf_addf(out, "    '%s') ", values[i].of);
        bash_reply(values[i].words, out);
        buf_adds(out, " ;;\n");
    }
    buf_adds(out, "  esac\n");
}

static void bash_script(const struct cli *c, struct buf *out)
{
    buf_addf(out,
             "# bash completion of mien; made by mien completions bash\n%s"
             "_mien() {\n"
             "  local cur prev cmd= i\n"
             "  COMPREPLY=() cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
             "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
             "    [[ ${COMP_WORDS[i]} == -* || ${COMP_WORDS[i-1]} == -* ]] || "
             "cmd=${cmd:+$cmd }${COMP_WORDS[i]}\n"
             "  done\n",
             names);
    bash_options(out);
    bash_commands(c, out);
    buf_adds(out, "  ! type __ltrim_colon_completions &>/dev/null || "
                  "__ltrim_colon_completions \"$cur\"\n"
                  "}\n"
                  "complete -o default -F _mien mien\n");
}

/* ---- zsh ---- */

/* Help within '[...]' of single quotes. */
static void zsh_text(const char *s, struct buf *out)
{
    for (; *s; s++) {
        if (*s == '\'')
            buf_adds(out, "'\\''");
        else if (strchr("[]:", *s))
            buf_addf(out, "\\%c", *s);
        else
            buf_addc(out, *s);
    }
}

static void zsh_value(const char *words, struct buf *out)
{
    if (!words)
        buf_adds(out, "_files");
    else if (*words == '/')
        buf_adds(out, "_files -/");
    else if (*words == '<')
        buf_addf(out, " _mien_list %s", words + 1); /* the blank: no more arguments */
    else
        buf_addf(out, "(%s)", words);
}

static void zsh_script(const struct cli *c, struct buf *out)
{
    buf_addf(out,
             "#compdef mien\n# zsh completion of mien; made by mien completions zsh\n%s"
             "_mien_list() { local -a l; l=(${(f)\"$(_mien_names $1)\"}); compadd -a l }\n"
             "_mien() {\n"
             "  local curcontext=$curcontext state line\n"
             "  typeset -A opt_args\n"
             "  _arguments -C -s \\\n",
             names);
    for (const struct cli_option *o = cli_options; o->name; o++) {
        AUTO_FREE char *name = mem_printf("--%s", o->name);
        bool again = o->type == OPT_LIST;
        if (o->letter)
            buf_addf(out, "    '(-%c %s)'{-%c,%s}'[", o->letter, name, o->letter, name);
        else
            buf_addf(out, "    '%s%s[", again ? "*" : "", name);
        zsh_text(o->help, out);
        buf_addc(out, ']');
        if (takes_word(o)) {
            buf_addc(out, ':');
            zsh_text(o->arg, out);
            buf_addc(out, ':');
            zsh_value(words_of(name), out);
        }
        buf_adds(out, "' \\\n");
    }
    buf_adds(out, "    '1:command:((");
    for (const struct cli_command *k = c->commands; k->name; k++) {
        buf_addf(out, "%s%s\\:\"", k == c->commands ? "" : " ", k->name);
        for (const char *s = k->help; *s; s++)
            if (!strchr("'\"`$()", *s))
                buf_addc(out, *s);
        buf_addc(out, '"');
    }
    buf_adds(out, "))' \\\n    '*::word:->word'\n  [[ $state == word ]] || return\n"
                  "  case $line[1] in\n");
    for (const struct cli_command *k = c->commands; k->name; k++) {
        AUTO(buf) verbs = {0};
        const char *words = words_of(k->name);
        verbs_of(k, &verbs);
        words = words ? words : buf_cstr(&verbs);
        if (!*words)
            continue;
        buf_addf(out, "    %s) if (( CURRENT == 2 )); then ", k->name);
        if (*words == '<')
            buf_addf(out, "_mien_list %s", words + 1);
        else
            buf_addf(out, "compadd %s", words);
        buf_adds(out, "; else case $words[2] in ");
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            size_t n = strlen(k->name);
            const char *of = values[i].of;
            if (strncmp(of, k->name, n) == 0 && of[n] == ' ')
                buf_addf(out, "%s) _mien_list %s ;; ", of + n + 1, values[i].words + 1);
        }
        buf_adds(out, "*) _files ;; esac; fi ;;\n");
    }
    buf_adds(out, "    *) _files ;;\n  esac\n}\n_mien \"$@\"\n");
}

/* ---- fish ---- */

static void fish_text(const char *s, struct buf *out)
{
    buf_addc(out, '\'');
    for (; *s; s++) {
        if (strchr("'\\", *s))
            buf_addc(out, '\\');
        buf_addc(out, *s);
    }
    buf_addc(out, '\'');
}

static void fish_value(const char *words, struct buf *out)
{
    if (*words == '/')
        buf_adds(out, " -x -a '(__fish_complete_directories)'");
    else if (*words == '<')
        buf_addf(out, " -x -a '(__mien_names %s)'", words + 1);
    else
        buf_addf(out, " -x -a '%s'", words);
}

static void fish_script(const struct cli *c, struct buf *out)
{
    buf_adds(out, "# fish completion of mien; made by mien completions fish\n"
                  "function __mien_names\n"
                  "  command mien $argv[1] list 2>/dev/null | string match -v '*declares no*' | "
                  "string replace -rf '^[* ]*(" NAME_LETTERS "+)( .*)?$' '$1'\n"
                  "end\n");
    for (const struct cli_option *o = cli_options; o->name; o++) {
        AUTO_FREE char *name = mem_printf("--%s", o->name);
        const char *words = words_of(name);
        buf_addf(out, "complete -c mien -l %s", o->name);
        if (o->letter)
            buf_addf(out, " -s %c", o->letter);
        if (takes_word(o) && words)
            fish_value(words, out);
        else if (takes_word(o))
            buf_adds(out, " -r");
        buf_adds(out, " -d ");
        fish_text(o->help, out);
        buf_addc(out, '\n');
    }
    for (const struct cli_command *k = c->commands; k->name; k++) {
        AUTO(buf) verbs = {0};
        const char *words = words_of(k->name);
        verbs_of(k, &verbs);
        words = words ? words : buf_cstr(&verbs);
        buf_addf(out, "complete -c mien -n __fish_use_subcommand -a %s -d ", k->name);
        fish_text(k->help, out);
        buf_addc(out, '\n');
        if (!*words)
            continue;
        buf_addf(out, "complete -c mien -n '__fish_seen_subcommand_from %s'", k->name);
        if (*words == '<')
            fish_value(words, out);
        else
            buf_addf(out, " -a '%s'", words);
        buf_addc(out, '\n');
    }
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const char *space = strchr(values[i].of, ' ');
        if (!space)
            continue;
        buf_addf(out,
                 "complete -c mien -n '__fish_seen_subcommand_from %.*s; and "
                 "__fish_seen_subcommand_from %s'",
                 (int)(space - values[i].of), values[i].of, space + 1);
        fish_value(values[i].words, out);
        buf_addc(out, '\n');
    }
}

int cli_completions(struct cli *c)
{
    AUTO(buf) out = {0};
    const char *shell = c->arg_count == 1 ? c->args[0] : "";
    if (strcmp(shell, "bash") == 0)
        bash_script(c, &out);
    else if (strcmp(shell, "zsh") == 0)
        zsh_script(c, &out);
    else if (strcmp(shell, "fish") == 0)
        fish_script(c, &out);
    else
        return cli_usage("completions bash|zsh|fish");
    output_raw(buf_cstr(&out));
    return CLI_OK;
}
