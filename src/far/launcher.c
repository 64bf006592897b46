#include "far/launcher.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define DOCKER "DOCKER_HOST|DOCKER_CONTEXT|DOCKER_CONFIG|DOCKER_TLS_VERIFY|DOCKER_CERT_PATH"
#define PODMAN "CONTAINER_HOST|CONTAINER_CONNECTION"
#define ALL "SSH_AUTH_SOCK|SLURM_*|KUBECONFIG|XDG_RUNTIME_DIR|" DOCKER "|" PODMAN

/* needs: names of variables, or their beginning and a star. */
static const struct kind {
    const char *name;
    bool stays, joins, carries; /* joins: a shell there takes the words apart again */
    const char *needs;
} kinds[] = {
    {"nice", .stays = true},
    {"ionice", .stays = true},
    {"chrt", .stays = true},
    {"taskset", .stays = true},
    {"stdbuf", .stays = true},
    {"timeout", .stays = true},
    {"env", .stays = true},
    {"sh", .stays = true},
    {"bash", .stays = true},
    {"ssh", .joins = true, .carries = true, .needs = "SSH_AUTH_SOCK"},
    {"srun", .needs = "SLURM_*"}, /* a cluster has one file system */
    {"kubectl", .carries = true, .needs = "KUBECONFIG"},
    {"docker", .carries = true, .needs = DOCKER "|XDG_RUNTIME_DIR"},
    {"podman", .carries = true, .needs = PODMAN "|XDG_RUNTIME_DIR"},
    {"salloc", .needs = ALL},
    {"sbatch", .needs = ALL},
    {"mpirun", .needs = ALL},
    {"mpiexec", .needs = ALL},
    {"flux", .needs = ALL},
    {"oc", .carries = true, .needs = ALL},
    {"nomad", .carries = true, .needs = ALL},
    {"lxc", .carries = true, .needs = ALL},
    {"incus", .carries = true, .needs = ALL},
};
static const struct kind unknown = {.needs = ALL};
static const char always[] = "PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_*|TZ|TMPDIR";

static const struct kind *kind_named(const char *path, size_t n)
{
    const char *slash = memrchr(path, '/', n), *name = slash ? slash + 1 : path;
    size_t len = (size_t)(path + n - name);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0)
            return &kinds[i];
    return &unknown;
}

/* One that leaves this machine, named anywhere in a word: "exec srun \"$@\"". */
static const struct kind *kind_within(const char *word)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
    for (size_t n; *word; word += n) {
        n = strspn(word, name);
        const struct kind *k = n ? kind_named(word, n) : &unknown;
        if (k != &unknown && !k->stays)
            return k;
        n += n == 0;
    }
    return NULL;
}

/* What only changes how another runs is of the other's kind: "timeout 60 srun". */
static const struct kind *kind_of(const char *const *words)
{
    const struct kind *first = kind_named(words[0], strlen(words[0])), *leaves = NULL;
    for (size_t i = 1; first->stays && !leaves && words[i]; i++)
        leaves = kind_within(words[i]);
    return leaves ? leaves : first;
}

bool launcher_stays(const char *const *words)
{
    return kind_of(words)->stays;
}

bool launcher_carries(const char *const *words)
{
    return kind_of(words)->carries;
}

static char *with_id(const char *word, const char *nonce)
{
    AUTO(buf) out = {0};
    for (const char *at; (at = strstr(word, "{id}")); word = at + 4) {
        buf_add(&out, word, (size_t)(at - word));
        buf_adds(&out, nonce);
    }
    buf_adds(&out, word);
    return buf_take(&out);
}

static char *program_word(const char *program, bool joins)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/~._+-";
    AUTO(buf) out = {0};
    if (joins && program[strspn(program, plain)]) /* quotes would hide a "~" from the shell */
        text_add_quoted(&out, program);
    else
        buf_adds(&out, program);
    return buf_take(&out);
}

char **launcher_words(const char *const *launcher, const char *program, const char *nonce)
{
    VEC(char *) words = {0};
    bool joins = kind_of(launcher)->joins;
    for (const char *const *w = launcher; *w; w++)
        VEC_PUSH(&words, with_id(*w, nonce));
    VEC_PUSH(&words, program_word(program, joins));
    VEC_PUSH(&words, mem_strdup("far"));
    VEC_PUSH(&words, mem_strdup("serve"));
    VEC_PUSH(&words, mem_strdup(nonce));
    VEC_PUSH(&words, NULL);
    return words.ptr;
}

/* Is the variable of an entry "NAME=…" one of the names? */
static bool is_named(const char *entry, const char *names)
{
    size_t len = strcspn(entry, "=");
    for (const char *p = names; p && *p;) {
        size_t n = strcspn(p, "|");
        bool open = n && p[n - 1] == '*';
        size_t fixed = open ? n - 1 : n;
        if (strncmp(entry, p, fixed) == 0 && (open ? len >= fixed : len == fixed))
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

/* By its name's end; what a launcher hands on, others may read. */
static bool is_credential(const char *entry)
{
    static const char *const ends[] = {"JWT", "TOKEN", "KEY", "SECRET", "PASSWORD"};
    size_t len = strcspn(entry, "=");
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        size_t n = strlen(ends[i]);
        if (len >= n && memcmp(entry + len - n, ends[i], n) == 0)
            return true;
    }
    return false;
}

static bool is_listed(const char *entry, const char *const *listed)
{
    size_t len = strcspn(entry, "=");
    for (const char *const *w = listed; w && *w; w++)
        if (strlen(*w) == len && memcmp(entry, *w, len) == 0)
            return true;
    return false;
}

char **launcher_environment(const char *const *words, char *const *env, const char *const *listed)
{
    VEC(char *) out = {0};
    const char *needs = kind_of(words)->needs;
    for (char *const *v = env; *v; v++)
        if (is_named(*v, always) ||
            (is_named(*v, needs) && (!is_credential(*v) || is_listed(*v, listed))))
            VEC_PUSH(&out, mem_strdup(*v));
    VEC_PUSH(&out, NULL);
    return out.ptr;
}

const char *launcher_variable(char *const *env, const char *name)
{
    size_t n = strlen(name);
    for (char *const *v = env; *v; v++)
        if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
            return *v;
    return NULL;
}
