#include "host/browser.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

extern char **environ;

/* Its grandparent is nobody's: a shell starts it in the background, and is waited for. The address
 * is an argument, never part of what the shell reads. */
static bool start(const char *program, const char *url)
{
    static const char script[] = "command -v \"$1\" >/dev/null 2>&1 || exit 1; setsid \"$1\" "
                                 "\"$2\" </dev/null >/dev/null 2>&1 &";
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, NULL, (char[]){"sh"}, NULL, NULL, NULL};
    AUTO_FREE char *body = mem_strdup(script);
    AUTO_FREE char *name = mem_strdup(program);
    AUTO_FREE char *address = mem_strdup(url);
    argv[2] = body;
    argv[4] = name;
    argv[5] = address;
    posix_spawnattr_t how;
    sigset_t none;
    pid_t pid;
    int status = 1;
    sigemptyset(&none);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
    bool ok = posix_spawn(&pid, "/bin/sh", NULL, &how, argv, environ) == 0 &&
              waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    posix_spawnattr_destroy(&how);
    return ok;
}

bool browser_open(const char *url, struct error *e)
{
    const char *own = getenv("BROWSER");
    AUTO_FREE char *first = own && *own ? mem_strndup(own, strcspn(own, ":")) : NULL;
    const char *const names[] = {first, "xdg-open", "open"};
    bool web = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    for (size_t i = 0; web && i < COUNT_OF(names); i++)
        if (names[i] && start(names[i], url))
            return true;
    return error_set(e, ERR_NOT_FOUND, "no browser could be started");
}
