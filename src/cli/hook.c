/* mien hook: a directory's profile in the user's shell. What a shell evaluates is printed here, and
 * nothing of a project gets into it but the name of a profile of the user's own. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/background.h"
#include "cli/cli.h"
#include "cli/clients.h"
#include "cli/output.h"
#include "cli/profiles.h"
#include "cli/serving.h"
#include "config/trust.h"

/* What a shell's prompt runs, by shell. */
static const struct shell {
    const char *name, *code;
    const char *set;   /* NAME, VALUE in quotes: keep what there is, and set it */
    const char *unset; /* NAME: the same, and take it away */
    const char *back;  /* NAME: as it was before */
} shells[] = {
    {"bash",
     "_mien_hook() { local s=$?; [ \"$PWD\" = \"${_mien_pwd-}\" ] || { _mien_pwd=$PWD; eval "
     "\"$(mien hook env bash)\"; }; return $s; }\n"
     "case \";${PROMPT_COMMAND-};\" in *_mien_hook*) ;; *) "
     "PROMPT_COMMAND=\"_mien_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}\" ;; esac\n",
     "[ -z \"${%1$s+x}\" ] || _mien_old_%1$s=$%1$s; export %1$s=%2$s\n",
     "[ -z \"${%1$s+x}\" ] || _mien_old_%1$s=$%1$s; unset %1$s\n",
     "if [ -n \"${_mien_old_%1$s+x}\" ]; then export %1$s=\"$_mien_old_%1$s\"; unset "
     "_mien_old_%1$s; else unset %1$s; fi\n"},
    {"zsh",
     "_mien_hook() { [ \"$PWD\" = \"${_mien_pwd-}\" ] || { _mien_pwd=$PWD; eval \"$(mien hook env "
     "zsh)\"; } }\n"
     "typeset -ag precmd_functions\n"
     "(( ${precmd_functions[(I)_mien_hook]} )) || precmd_functions+=(_mien_hook)\n",
     "[ -z \"${%1$s+x}\" ] || _mien_old_%1$s=$%1$s; export %1$s=%2$s\n",
     "[ -z \"${%1$s+x}\" ] || _mien_old_%1$s=$%1$s; unset %1$s\n",
     "if [ -n \"${_mien_old_%1$s+x}\" ]; then export %1$s=\"$_mien_old_%1$s\"; unset "
     "_mien_old_%1$s; else unset %1$s; fi\n"},
    {"fish",
     "function _mien_hook --on-event fish_prompt\n"
     "    test \"$PWD\" = \"$_mien_pwd\"; or begin; set -g _mien_pwd $PWD; mien hook env fish | "
     "source; end\n"
     "end\n",
     "set -q %1$s; and set -g _mien_old_%1$s $%1$s; set -gx %1$s %2$s\n",
     "set -q %1$s; and set -g _mien_old_%1$s $%1$s; set -e %1$s\n",
     "if set -q _mien_old_%1$s; set -gx %1$s $_mien_old_%1$s; set -e _mien_old_%1$s; else; set -e "
     "%1$s; end\n"},
    /* It takes what .envrc sets back by itself. */
    {"direnv", "eval \"$(mien hook env direnv)\"\n", "export %1$s=%2$s\n", "unset %1$s\n", ""},
};

static const struct shell *shell_of(const char *name)
{
    for (size_t i = 0; name && i < COUNT_OF(shells); i++)
        if (strcmp(shells[i].name, name) == 0)
            return &shells[i];
    return NULL;
}

/* A row's text with the variable's name (%1$s) and its value (%2$s) put in. */
static void hook_add(struct buf *out, const char *row, const char *name, size_t n,
                     const char *value)
{
    for (; *row; row++) {
        if (strncmp(row, "%1$s", 4) == 0) {
            buf_add(out, name, n);
            row += 3;
        } else if (strncmp(row, "%2$s", 4) == 0) {
            text_add_quoted(out, value);
            row += 3;
        } else {
            buf_addc(out, *row);
        }
    }
}

/* The directory with .mien/profile, this one or the nearest above; NULL: none. Caller frees. */
static char *hook_place(void)
{
    char *dir = getcwd(NULL, 0);
    while (dir && dir[1]) {
        AUTO_FREE char *file = mem_printf("%s/.mien/profile", dir);
        if (file_exists(file))
            return dir;
        *strrchr(dir, '/') = '\0';
    }
    free(dir);
    return NULL;
}

/* Its word, where exactly what the directory brings was trusted. */
static bool hook_read(const char *dir, struct buf *name, struct error *e)
{
    struct trust t;
    bool ok = trust_look(&t, dir, e);
    if (ok && !t.remembered)
        ok = error_set(e, ERR_DENIED,
                       "%s/.mien/profile is not trusted: start mien there once and say yes", dir);
    trust_fini(&t);
    if (!ok || !file_read_beneath(dir, ".mien/profile", name, 200, e))
        return false;
    buf_cut(name, strcspn(buf_cstr(name), " \t\r\n"));
    return true;
}

static bool hook_enter(const struct cli *c, const struct shell *sh, const char *dir,
                       struct buf *out, struct error *e)
{
    AUTO(buf) name = {0};
    AUTO(buf) names = {0};
    struct background b = {0};
    word_list variables = {0};
    struct profile *p = hook_read(dir, &name, e) ? profile_find(buf_cstr(&name), e) : NULL;
    bool ok = p && (background_find(&b) || background_start(&b, c, e));
    const char *token = serving_token(c);
    const struct pointing to = {.url = b.url,
                                .key = token && *token ? token : "mien",
                                .opus = p ? p->models[TIER_OPUS] : NULL,
                                .sonnet = p ? p->models[TIER_SONNET] : NULL,
                                .haiku = p ? p->models[TIER_HAIKU] : NULL,
                                .small = p ? p->models[TIER_SMALL] : NULL,
                                .more = p ? p->variables.ptr : NULL,
                                .more_count = p ? p->variables.len : 0};
    if (ok)
        client_variables(NULL, &to, &variables);
    for (size_t i = 0; i < variables.len; i++) {
        const char *word = variables.ptr[i], *value = strchr(word, '=');
        size_t n = strcspn(word, "=");
        hook_add(out, value ? sh->set : sh->unset, word, n, value ? value + 1 : "");
        buf_addf(&names, "%s%.*s", names.len ? " " : "", (int)n, word);
    }
    if (ok)
        hook_add(out, sh->set, "MIEN_PROFILE_VARIABLES", 22, buf_cstr(&names));
    word_list_fini(&variables);
    background_fini(&b);
    profile_free(p);
    return ok;
}

static void hook_leave(const struct shell *sh, struct buf *out)
{
    static const char ours[] = "MIEN_PROFILE_VARIABLES";
    const char *names = getenv(ours);
    for (const char *p = names ? names : ""; *p; p += strspn(p, " ")) {
        size_t n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
        if (!n)
            break; /* nobody of us wrote that */
        hook_add(out, sh->back, p, n, "");
        p += n;
    }
    if (names)
        hook_add(out, sh->back, ours, sizeof ours - 1, "");
}

/* What the shell has to do for the directory that it is in now. */
static int hook_env(const struct cli *c, const struct shell *sh)
{
    struct error e = {0};
    AUTO(buf) out = {0};
    const char *active = getenv("MIEN_PROFILE_DIRECTORY");
    AUTO_FREE char *dir = hook_place();
    if (strcmp(active ? active : "", dir ? dir : "") == 0)
        return CLI_OK;
    if (active)
        hook_leave(sh, &out);
    if (dir && hook_enter(c, sh, dir, &out, &e))
        hook_add(&out, sh->set, "MIEN_PROFILE_DIRECTORY", 22, dir);
    else if (active)
        hook_add(&out, sh->back, "MIEN_PROFILE_DIRECTORY", 22, "");
    output_raw(buf_cstr(&out));
    return e.code == ERR_NONE ? CLI_OK : cli_fail(&e);
}

int cli_hook(struct cli *c)
{
    bool env = c->arg_count == 2 && strcmp(c->args[0], "env") == 0;
    const struct shell *sh = shell_of(c->arg_count ? c->args[c->arg_count - 1] : NULL);
    cli_open_log();
    if (!sh || c->arg_count > 2 || (c->arg_count == 2 && !env))
        return cli_usage(
            "hook bash|zsh|fish|direnv (its output is for the shell's own startup file)");
    if (env)
        return hook_env(c, sh);
    output_raw(sh->code);
    return CLI_OK;
}
