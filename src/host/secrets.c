#include "host/secrets.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"

/* Relative to the home. */
static const char *const home_rows[] = {".ssh",
                                        ".gnupg",
                                        ".aws",
                                        ".azure",
                                        ".kube",
                                        ".docker",
                                        ".netrc",
                                        ".authinfo",
                                        ".authinfo.gpg",
                                        ".password-store",
                                        ".mozilla",
                                        ".thunderbird",
                                        ".config/gh",
                                        ".config/hub",
                                        ".config/glab-cli",
                                        ".config/gcloud",
                                        ".config/mien",
                                        ".local/state/mien",
                                        ".config/op",
                                        ".config/rclone",
                                        ".config/doctl",
                                        ".config/hcloud",
                                        ".config/heroku",
                                        ".config/fly",
                                        ".fly",
                                        ".config/stripe",
                                        ".config/git/credentials",
                                        ".git-credentials",
                                        ".config/containers/auth.json",
                                        ".config/google-chrome",
                                        ".config/chromium",
                                        ".config/BraveSoftware",
                                        ".config/microsoft-edge",
                                        ".config/vivaldi",
                                        ".config/opera",
                                        ".config/Signal",
                                        ".config/Slack",
                                        ".config/discord",
                                        ".config/Bitwarden",
                                        ".config/keepassxc",
                                        ".config/sops",
                                        ".config/age",
                                        ".config/1Password",
                                        ".1password",
                                        ".var/app",
                                        ".local/share/keyrings",
                                        ".local/share/kwalletd",
                                        ".local/share/gopass",
                                        ".local/share/TelegramDesktop",
                                        ".local/share/atuin",
                                        ".npmrc",
                                        ".yarnrc.yml",
                                        ".pypirc",
                                        ".config/pip/pip.conf",
                                        ".cargo/credentials",
                                        ".cargo/credentials.toml",
                                        ".gem/credentials",
                                        ".composer/auth.json",
                                        ".m2/settings-security.xml",
                                        ".gradle/gradle.properties",
                                        ".nuget/NuGet/NuGet.Config",
                                        ".pgpass",
                                        ".my.cnf",
                                        ".mylogin.cnf",
                                        ".mongodb",
                                        ".redisclirc",
                                        ".s3cfg",
                                        ".boto",
                                        ".oci",
                                        ".terraform.d/credentials.tfrc.json",
                                        ".terraformrc",
                                        ".vault-token",
                                        ".vault",
                                        ".databrickscfg",
                                        ".kaggle",
                                        ".cache/huggingface/token",
                                        ".huggingface",
                                        ".config/openai",
                                        ".openai",
                                        ".anthropic",
                                        ".codex/auth.json",
                                        ".claude/.credentials.json",
                                        ".claude.json",
                                        ".gemini/oauth_creds.json",
                                        ".config/github-copilot",
                                        ".aider.conf.yml",
                                        ".local/share/opencode/auth.json",
                                        ".bash_history",
                                        ".zsh_history",
                                        ".local/share/fish/fish_history",
                                        ".python_history",
                                        ".node_repl_history",
                                        ".psql_history",
                                        ".mysql_history",
                                        ".sqlite_history",
                                        ".lesshst",
                                        ".viminfo",
                                        ".Xauthority",
                                        ".ICEauthority",
                                        ".smbcredentials",
                                        ".davfs2",
                                        ".ngrok2",
                                        ".config/ngrok",
                                        ".wakatime.cfg",
                                        ".electrum",
                                        ".bitcoin",
                                        ".ethereum",
                                        ".config/solana",
                                        ".pki"};
/* Of the system: what only root can read, and what stands for processes and devices. */
static const char *const system_rows[] = {
    "/dev",  "/etc/gshadow", "/etc/shadow", "/etc/ssl/private", "/etc/sudoers", "/etc/sudoers.d",
    "/proc", "/run",         "/sys"};

/* Of names: what lies beneath a directory follows it at once. */
static int order(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    int x = *a == '/' ? 1 : (unsigned char)*a, y = *b == '/' ? 1 : (unsigned char)*b;
    return x - y;
}

static int order_rows(const void *a, const void *b)
{
    return order(*(const char *const *)a, *(const char *const *)b);
}

/* Of rows in order, none beneath another. */
static enum secrets_meet meet(const char *const *rows, size_t n, const char *path)
{
    size_t from = 0;
    for (size_t to = n; from < to;) {
        size_t mid = from + (to - from) / 2;
        if (order(rows[mid], path) <= 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from > 0 && path_is_within(path, rows[from - 1]) ? SECRETS_COVER
           : from < n && path_is_within(rows[from], path)   ? SECRETS_WITHIN
                                                            : SECRETS_FREE;
}

/* Rows as they are called and as they are: either may be what a path leads to. Where they lead is
 * looked up at most once a second; only the user's own hand moves them, and a look costs some
 * fifty calls of the kernel. */
#define LOOK_MS 1000

struct places {
    char *asked; /* HOME, state and config directory they were looked up with */
    int64_t at_ms;
    VEC(char *) paths;
};

static void places_add(struct places *p, char *row)
{
    for (size_t n = strlen(row); n > 1 && row[n - 1] == '/'; n--) /* as rows are compared */
        row[n - 1] = '\0';
    /* Most rows are not there, which one call tells; to follow one takes a call for each name. */
    char *real = access(row, F_OK) == 0 ? realpath(row, NULL) : NULL;
    VEC_PUSH(&p->paths, row);
    if (real && strcmp(real, row) != 0)
        VEC_PUSH(&p->paths, real);
    else
        free(real);
}

static void places_fini(struct places *p)
{
    for (size_t i = 0; i < p->paths.len; i++)
        free(p->paths.ptr[i]);
    VEC_FREE(&p->paths);
    free(p->asked);
    *p = (struct places){0};
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct places known;
static VEC(char *) further; /* as the configuration names them */

typedef VEC(char *) names;

/* Absolute, as they are called. */
static void list_rows(names *out)
{
    const char *set = getenv("HOME"), *home = set && *set == '/' ? set : NULL;
    for (size_t i = 0; home && i < COUNT_OF(home_rows); i++)
        VEC_PUSH(out, mem_printf("%s/%s", home, home_rows[i]));
    for (size_t i = 0; i < further.len; i++) {
        const char *name = further.ptr[i];
        name += strncmp(name, "~/", 2) == 0 ? 2 : 0;
        if (*name == '/' || home)
            VEC_PUSH(out, *name == '/' ? mem_strdup(name) : mem_printf("%s/%s", home, name));
    }
    VEC_PUSH(out, file_state_path(NULL)); /* wherever variables have moved them */
    VEC_PUSH(out, file_config_path(NULL));
}

/* In order, and none beneath another: one search then answers both questions. */
static void places_order(struct places *p)
{
    size_t kept = 0;
    if (p->paths.len > 0)
        qsort(p->paths.ptr, p->paths.len, sizeof *p->paths.ptr, order_rows);
    for (size_t i = 0; i < p->paths.len; i++)
        if (kept > 0 && path_is_within(p->paths.ptr[i], p->paths.ptr[kept - 1]))
            free(p->paths.ptr[i]);
        else
            p->paths.ptr[kept++] = p->paths.ptr[i];
    p->paths.len = kept;
}

static void places_look(struct places *p)
{
    const char *home = getenv("HOME");
    AUTO_FREE char *state = file_state_path(NULL), *config = file_config_path(NULL);
    AUTO_FREE char *asked = mem_printf("%s\n%s\n%s", home ? home : "", state, config);
    int64_t now = clock_us() / 1000;
    if (p->asked && strcmp(p->asked, asked) == 0 && now - p->at_ms <= LOOK_MS)
        return;
    names rows = {0};
    places_fini(p);
    p->asked = mem_strdup(asked);
    p->at_ms = now;
    list_rows(&rows);
    for (size_t i = 0; i < rows.len; i++)
        places_add(p, rows.ptr[i]);
    VEC_FREE(&rows);
    places_order(p);
}

enum secrets_meet secrets_meet_user(const char *real)
{
    pthread_mutex_lock(&lock);
    places_look(&known);
    enum secrets_meet m = meet((const char *const *)known.paths.ptr, known.paths.len, real);
    pthread_mutex_unlock(&lock);
    return m;
}

enum secrets_meet secrets_meet(const char *real)
{
    enum secrets_meet user = secrets_meet_user(real),
                      system = meet(system_rows, COUNT_OF(system_rows), real);
    return user > system ? user : system;
}

bool secrets_reached(const char *dir, const char *name)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    AUTO_FREE char *real = realpath(path, NULL), *root = realpath(dir, NULL);
    return real && root && secrets_meet_user(real) == SECRETS_COVER &&
           secrets_meet_user(root) != SECRETS_COVER;
}

char **secrets_user_rows(void)
{
    names rows = {0};
    pthread_mutex_lock(&lock);
    list_rows(&rows);
    pthread_mutex_unlock(&lock);
    VEC_PUSH(&rows, NULL);
    return rows.ptr;
}

void secrets_set_further(const char *const *list, size_t n)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < further.len; i++)
        free(further.ptr[i]);
    further.len = 0;
    for (size_t i = 0; i < n; i++)
        if (*list[i])
            VEC_PUSH(&further, mem_strdup(list[i]));
    places_fini(&known);
    pthread_mutex_unlock(&lock);
}
