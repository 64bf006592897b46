#include "host/process_env.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/process.h"

char **process_env(const char *tmp, bool terminal, const char *const *more)
{
    static const char *const pass[] = {"PATH", "HOME", "USER",   "LOGNAME",  "SHELL",
                                       "LANG", "TZ",   "LC_ALL", "LC_CTYPE", "LC_MESSAGES"};
    static const char *const fixed[] = {"TERM=dumb", "GIT_PAGER=cat", "PAGER=cat", "NO_COLOR=1",
                                        "MIEN=1"};
    static const char *const unattended[] = {"GIT_TERMINAL_PROMPT=0", "CI=1"};
    VEC(char *) env = {0};
    for (size_t i = 0; i < COUNT_OF(pass); i++) {
        const char *v = getenv(pass[i]);
        if (v)
            VEC_PUSH(&env, mem_printf("%s=%s", pass[i], v));
    }
    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        VEC_PUSH(&env, mem_strdup(fixed[i]));
    for (size_t i = 0; i < COUNT_OF(unattended) && !terminal; i++)
        VEC_PUSH(&env, mem_strdup(unattended[i]));
    VEC_PUSH(&env, mem_printf("TMPDIR=%s", tmp ? tmp : "/tmp"));
    for (; more && *more; more++)
        VEC_PUSH(&env, mem_strdup(*more));
    VEC_PUSH(&env, NULL);
    return env.ptr;
}

void process_env_free(char **env)
{
    for (char **p = env; p && *p; p++)
        free(*p);
    free(env);
}

static bool program_runs(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static char *program_or_null(char *path)
{
    if (program_runs(path))
        return path;
    free(path);
    return NULL;
}

static const char *program_path(char *const *env)
{
    const char *path = env ? NULL : getenv("PATH");
    for (char *const *v = env; v && *v; v++)
        if (strncmp(*v, "PATH=", 5) == 0)
            path = *v + 5;
    return path && *path ? path : "/usr/local/bin:/usr/bin:/bin";
}

/* Relative entries of PATH are passed over: what lies in the workspace is not a program. */
static char *program_search(const char *name, const char *path)
{
    for (const char *p = path;; p++) {
        size_t n = strcspn(p, ":");
        char *found = *p == '/' ? program_or_null(mem_printf("%.*s/%s", (int)n, p, name)) : NULL;
        p += n;
        if (found || !*p)
            return found;
    }
}

char *process_find_program(const char *name, char *const *env, const char *cwd, struct error *e)
{
    bool in_path = !strchr(name, '/');
    char *found = in_path                ? program_search(name, program_path(env))
                  : *name == '/' || !cwd ? program_or_null(mem_strdup(name))
                                         : program_or_null(mem_printf("%s/%s", cwd, name));
    if (!found && in_path)
        error_set(e, ERR_NOT_FOUND,
                  "the launcher \"%s\" was not found in PATH; install it or give its full path",
                  name);
    else if (!found)
        error_set(e, ERR_NOT_FOUND, "the launcher \"%s\" is not a program that can be run", name);
    return found;
}

char *process_self(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    /* Replaced while it ran, by a new version: the name is not ours any more, the file still is. */
    if (n > 10 && memcmp(path + n - 10, " (deleted)", 10) == 0)
        return mem_printf("/proc/%d/exe", (int)getpid());
    return n > 0 ? mem_strndup(path, (size_t)n) : mem_strdup("mien");
}
