#include "host/readers.h"

#include <string.h>

#include "base/mem.h"

/* A name of a file ("*" at its beginning: any), or, with "/" at its end, of a directory that holds
 * it at any depth. */
static const struct {
    const char *name, *reader;
} rows[] = {
    /* what agents are told */
    {"AGENTS.md", "agents, at their start"},
    {"AGENTS.override.md", "agents, at their start"},
    {"AGENT.md", "agents, at their start"},
    {"CLAUDE.md", "agents, at their start"},
    {"CLAUDE.local.md", "agents, at their start"},
    {"GEMINI.md", "agents, at their start"},
    {"QWEN.md", "agents, at their start"},
    {"jetboxnotes.md", "agents, at their start"},
    {"SKILL.md", "agents, as a skill"},
    {".agents/", "agents, as skills and rules"},
    {".claude/", "Claude Code"},
    {".codex/", "Codex"},
    {".gemini/", "Gemini CLI"},
    {".cursor/", "Cursor"},
    {".cursorrules", "Cursor"},
    {".windsurf/", "Windsurf"},
    {".windsurfrules", "Windsurf"},
    {".clinerules", "Cline"},
    {".clinerules/", "Cline"},
    {".roo/", "Roo Code"},
    {".kiro/", "Kiro"},
    {".continue/", "Continue"},
    {".opencode/", "opencode"},
    {"opencode.json", "opencode"},
    {".aider.conf.yml", "aider"},
    {".goosehints", "goose"},
    {"copilot-instructions.md", "Copilot"},
    {".github/instructions/", "Copilot"},
    {".github/prompts/", "Copilot"},
    {"mcp.json", "agents, which start the servers it names"},
    {".mcp.json", "agents, which start the servers it names"},
    {".mien/", "mien, at its start"},
    /* shells and what they start */
    {".bash_profile", "bash, at its start"},
    {".bash_login", "bash, at its start"},
    {".bash_logout", "bash, at its end"},
    {".bash_aliases", "bash, at its start"},
    {".inputrc", "every program with readline, at its start"},
    {".zshenv", "zsh, at its start"},
    {".zprofile", "zsh, at its start"},
    {".zlogin", "zsh, at its start"},
    {".zlogout", "zsh, at its end"},
    {".kshrc", "ksh, at its start"},
    {".cshrc", "csh, at its start"},
    {".tcshrc", "tcsh, at its start"},
    {".login", "csh, at its start"},
    {".xinitrc", "X, at its start"},
    {".xprofile", "X, at its start"},
    {".xsession", "X, at its start"},
    {".pam_environment", "the login"},
    {"config.fish", "fish, at its start"},
    {".config/fish/", "fish, at its start"},
    {".config/autostart/", "the desktop, at its start"},
    {".config/systemd/", "systemd"},
    {".ssh/", "ssh"},
    {".tmux.conf", "tmux, at its start"},
    {".screenrc", "screen, at its start"},
    /* editors */
    {".vimrc", "vim, at its start"},
    {".gvimrc", "vim, at its start"},
    {".exrc", "vim, at its start"},
    {".nvimrc", "nvim, at its start"},
    {".nvim.lua", "nvim, at its start"},
    {".vim/", "vim, at its start"},
    {".config/nvim/", "nvim, at its start"},
    {".emacs", "emacs, at its start"},
    {".emacs.d/", "emacs, at its start"},
    {".dir-locals.el", "emacs, for the files beside it"},
    {".nanorc", "nano, at its start"},
    {".idea/", "the editor, which runs its tasks"},
    {".vscode/", "the editor, which runs its tasks"},
    {".zed/", "the editor, which runs its tasks"},
    {".fleet/", "the editor, which runs its tasks"},
    {".devcontainer/", "the editor, which runs its commands"},
    {".devcontainer.json", "the editor, which runs its commands"},
    {".gitpod.yml", "Gitpod, which runs its commands"},
    /* interpreters and debuggers, before the program they are started for */
    {"*.pth", "every Python that finds it, at its start"},
    {"sitecustomize.py", "every Python that finds it, at its start"},
    {"usercustomize.py", "every Python that finds it, at its start"},
    {".pythonrc", "Python, at its start"},
    {".pdbrc", "Python's debugger, at its start"},
    {".gdbinit", "gdb, at its start"},
    {".lldbinit", "lldb, at its start"},
    {".irbrc", "irb, at its start"},
    {".pryrc", "pry, at its start"},
    {".Rprofile", "R, at its start"},
    {".psqlrc", "psql, at its start"},
    {".sqliterc", "sqlite3, at its start"},
    {".yarnrc", "yarn"},
    {".yarnrc.yml", "yarn"},
    {".pnpmfile.cjs", "pnpm"},
    {".cargo/", "cargo, which runs what it names"},
    {".npmrc", "npm"},
    {".curlrc", "curl"},
    {".wgetrc", "wget"},
    {".mise.toml", "mise, on entering the directory"},
    {"mise.toml", "mise, on entering the directory"},
    {".config/mise/", "mise, on entering the directory"},
    {".mise/", "mise, on entering the directory"},
    {".envrc", "direnv, on entering the directory"},
    /* hooks and jobs */
    {".husky/", "git, as hooks"},
    {".githooks/", "git, as hooks"},
    {".lefthook.yml", "git, as hooks"},
    {"lefthook.yml", "git, as hooks"},
    {".lefthook.yaml", "git, as hooks"},
    {"lefthook.yaml", "git, as hooks"},
    {".pre-commit-config.yaml", "git, as hooks"},
    {".github/workflows/", "GitHub, with the repository's secrets"},
    {".github/actions/", "GitHub, with the repository's secrets"},
    {".gitea/workflows/", "Gitea, with the repository's secrets"},
    {".forgejo/workflows/", "Forgejo, with the repository's secrets"},
    {".woodpecker.yml", "Woodpecker, with the repository's secrets"},
    {".woodpecker.yaml", "Woodpecker, with the repository's secrets"},
    {".woodpecker/", "Woodpecker, with the repository's secrets"},
    {".gitlab-ci.yml", "GitLab, with the repository's secrets"},
    {".circleci/", "CircleCI, with the repository's secrets"},
    {".travis.yml", "Travis, with the repository's secrets"},
    {".buildkite/", "Buildkite, with the repository's secrets"},
    {".drone.yml", "Drone, with the repository's secrets"},
    {"azure-pipelines.yml", "Azure, with the repository's secrets"},
    {"bitbucket-pipelines.yml", "Bitbucket, with the repository's secrets"},
    {"Jenkinsfile", "Jenkins, with its secrets"},
};

static bool names(const char *row, const char *rest)
{
    size_t n = strlen(row);
    if (*row == '*') {
        size_t have = strcspn(rest, "/");
        return have >= n && !rest[have] && strcasecmp(rest + have - (n - 1), row + 1) == 0;
    }
    return row[n - 1] == '/' ? strncasecmp(rest, row, n) == 0 && rest[n]
                             : strcasecmp(rest, row) == 0;
}

const char *reader_of(const char *path)
{
    for (const char *rest = path; rest; rest = strchr(rest, '/')) {
        rest += strspn(rest, "/");
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            if (names(rows[i].name, rest))
                return rows[i].reader;
    }
    return NULL;
}

bool readers_look_in(const char *dir)
{
    size_t n = strlen(dir);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strncasecmp(rows[i].name, dir, n) == 0 && rows[i].name[n] == '/')
            return true;
    AUTO_FREE char *within = mem_printf("%s/x", dir);
    return reader_of(within) != NULL;
}
