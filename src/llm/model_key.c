#include "llm/model_key.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "llm/keys.h"
#include "llm/models/models.h"
#include "llm/models/provider.h"

#define PATIENCE_MS 30000
#define WORDS_MAX 65536
#define FRESH_MS 2000 /* a key that was refused so soon was not too old */

struct made {
    char *command, *key;
    int64_t at_ms;
};

static VEC(struct made) all;

static struct made *made_by(const char *command)
{
    for (size_t i = 0; i < all.len; i++)
        if (strcmp(all.ptr[i].command, command) == 0)
            return &all.ptr[i];
    VEC_PUSH(&all, ((struct made){.command = mem_strdup(command)}));
    return &all.ptr[all.len - 1];
}

static void forget(struct made *m)
{
    if (m->key)
        explicit_bzero(m->key, strlen(m->key));
    mem_replace(&m->key, NULL);
}

void model_key_fini(void)
{
    for (size_t i = 0; i < all.len; i++) {
        forget(&all.ptr[i]);
        free(all.ptr[i].command);
    }
    VEC_FREE(&all);
}

/* ---- the command ---- */

struct run {
    int out, err;
    struct buf words, complaint;
};

static void on_readable(void *arg, int fd, short revents)
{
    struct run *r = arg;
    char chunk[4096];
    ssize_t n = read(fd, chunk, sizeof chunk);
    struct buf *to = fd == r->out ? &r->words : &r->complaint;
    if (n > 0 && to->len < WORDS_MAX)
        buf_add(to, chunk, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        int *end = fd == r->out ? &r->out : &r->err;
        close(*end);
        *end = -1;
    }
}

/* One look at both ends, at most until then. */
static void look(struct run *r, struct loop *loop, int64_t until)
{
    struct pollfd p[] = {{r->out, POLLIN, 0}, {r->err, POLLIN, 0}};
    if (loop) {
        struct loop_fd *w[2] = {0};
        for (int i = 0; i < 2; i++)
            w[i] = p[i].fd < 0 ? NULL : loop_fd_add(loop, p[i].fd, POLLIN, on_readable, r);
        loop_step(loop, until);
        for (int i = 0; i < 2; i++)
            loop_fd_remove(loop, w[i]);
        return;
    }
    if (poll(p, 2, (int)MAX(until - clock_ms(), 0)) > 0)
        for (int i = 0; i < 2; i++)
            if (p[i].revents)
                on_readable(r, p[i].fd, p[i].revents);
}

static pid_t launch(const char *command, int out, int err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, usual;
    char sh[] = "sh", c[] = "-c";
    AUTO_FREE char *line = mem_strdup(command);
    char *const words[] = {sh, c, line, NULL};
    char **env = keys_given_environment();
    pid_t pid = -1;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &usual);
    errno = posix_spawn(&pid, "/bin/sh", &files, &how, words, env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    for (char **v = env; *v; v++)
        free(*v);
    free(env);
    return errno ? -1 : pid;
}

static bool tell(const char *command, const struct run *r, int status, bool late, struct error *e)
{
    AUTO_FREE char *why = sanitize_text(buf_cstr(&r->complaint), SANITIZE_ONE_LINE);
    size_t n = strlen(why), from = n > 200 ? n - 200 : 0;
    const char *end = late                  ? "did not end within 30 s"
                      : !WIFEXITED(status)  ? "was ended by a signal"
                      : WEXITSTATUS(status) ? "failed"
                                            : "printed nothing";
    return error_set(e, ERR_IO, "api_key_command \"%.80s\" %s%s%s", command, end, n ? ": " : "",
                     why + from);
}

static bool run_command(const char *command, struct loop *loop, const bool *stop, char **key,
                        struct error *e)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1}, status = 0;
    bool piped = pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0;
    pid_t pid = piped ? launch(command, out[1], err[1]) : -1;
    int saved = errno;
    for (int i = 0; i < 2; i++)
        if ((i ? err : out)[1] >= 0)
            close((i ? err : out)[1]);
    struct run r = {.out = out[0], .err = err[0]};
    int64_t end = clock_ms() + PATIENCE_MS;
    while (pid > 0 && (r.out >= 0 || r.err >= 0) && clock_ms() < end && !(stop && *stop))
        look(&r, loop, end);
    bool late = r.out >= 0 || r.err >= 0;
    if (pid > 0 && late)
        kill(-pid, SIGKILL);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (r.out >= 0)
        close(r.out);
    if (r.err >= 0)
        close(r.err);
    AUTO_FREE char *line = mem_strndup(buf_cstr(&r.words), strcspn(buf_cstr(&r.words), "\r\n"));
    *key = pid > 0 && !late && status == 0 && *line ? keys_trim(line) : NULL;
    bool ok = *key != NULL;
    if (pid < 0)
        error_errno(e, saved, "cannot run api_key_command");
    else if (!ok)
        tell(command, &r, status, late, e);
    explicit_bzero(line, strlen(line));
    if (r.words.len)
        explicit_bzero(r.words.ptr, r.words.len);
    buf_fini(&r.words);
    buf_fini(&r.complaint);
    return ok;
}

/* ---- the key ---- */

static bool by_command(const struct model *m, struct loop *loop, const bool *stop, const char **key,
                       struct error *e)
{
    struct made *k = made_by(m->key_command);
    if (!k->key || clock_ms() - k->at_ms >= m->key_seconds * 1000) {
        char *fresh = NULL;
        if (!run_command(m->key_command, loop, stop, &fresh, e))
            return false;
        k = made_by(m->key_command); /* others may have come meanwhile */
        forget(k);
        k->key = fresh;
        k->at_ms = clock_ms();
    }
    *key = k->key;
    log_hide(*key);
    return true;
}

bool model_key_get(const struct model *m, struct loop *loop, const bool *stop, const char **key,
                   struct error *e)
{
    const struct provider *p = provider_find(m->provider);
    if (m->key_command)
        return by_command(m, loop, stop, key, e);
    *key = m->key_literal ? m->key_literal : keys_get(m->key_env);
    if (*key)
        log_hide(*key);
    return *key || !m->key_env || (p && (p->flags & PROVIDER_KEY_OPTIONAL)) ||
           error_set(e, ERR_CONFIG, "%s needs a key and none is set: export %s=…", m->name,
                     m->key_env);
}

bool model_key_refused(const struct model *m)
{
    struct made *k = m->key_command ? made_by(m->key_command) : NULL;
    if (!k || !k->key || clock_ms() - k->at_ms < FRESH_MS)
        return false;
    forget(k);
    return true;
}
