#include "cli/background.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/keys.h"

#define BACKGROUND_STOP_MS 10000 /* for it to end by itself */

void background_fini(struct background *b)
{
    free(b->url);
    free(b->models);
    free(b->config);
}

/* Clock ticks after boot; 0: there is no such process. */
static int64_t started_at(pid_t pid)
{
    AUTO_FREE char *path = mem_printf("/proc/%d/stat", (int)pid);
    char piece[1024];
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    size_t n = fread(piece, 1, sizeof piece - 1, f);
    fclose(f);
    piece[n] = '\0';
    char *p = strrchr(piece, ')');
    for (int i = 0; p && i < 20; i++)
        p = strchr(p + 1, ' ');
    return p ? strtoll(p, NULL, 10) : 0;
}

static char *background_path(void)
{
    return file_state_path("proxy.json");
}

bool background_find(struct background *b)
{
    AUTO(buf) text = {0};
    AUTO_FREE char *path = background_path();
    if (!file_read(path, &text, 4096, NULL))
        return false;
    AUTO_JSON *j = json_parse(buf_cstr(&text), text.len, NULL);
    *b = (struct background){.pid = (pid_t)json_int(j, "pid", 0),
                             .url = mem_strdup(json_str(j, "url", "")),
                             .models = mem_strdup(json_str(j, "models", NULL)),
                             .config = mem_strdup(json_str(j, "config", NULL)),
                             .started = json_int(j, "started", 0)};
    if (b->pid > 0 && b->started > 0 && started_at(b->pid) == b->started)
        return true;
    background_fini(b);
    *b = (struct background){0};
    unlink(path);
    return false;
}

/* The address that it says it listens on; NULL: it ended without. Caller frees. */
static char *background_hear(int fd)
{
    static const char words[] = "listening on ";
    AUTO(buf) line = {0};
    char c;
    while (read(fd, &c, 1) == 1 && c != '\n')
        buf_addc(&line, c);
    return strncmp(buf_cstr(&line), words, sizeof words - 1) == 0
               ? mem_strdup(line.ptr + sizeof words - 1)
               : NULL;
}

static void background_exec(const struct cli *c, int out, int log)
{
    const char *argv[16] = {"mien", "proxy"};
    size_t n = 2;
    const struct {
        const char *option, *value;
    } rows[] = {{"--listen", c->listen},
                {"--models", c->models},
                {"--config", c->config},
                {"--session", c->session},
                {"--model", c->model}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].value) {
            argv[n++] = rows[i].option;
            argv[n++] = rows[i].value;
        }
    char **env = keys_environment();
    setsid();
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(out, 1);
    dup2(log, 2);
    execve("/proc/self/exe", (char *const *)argv, env);
    _exit(127);
}

bool background_start(struct background *b, const struct cli *c, struct error *e)
{
    int pipe_fds[2];
    AUTO_FREE char *log_path = file_state_path("proxy.log");
    AUTO_FREE char *dir = file_state_path(".");
    if (!file_make_dirs(dir, e))
        return false;
    if (c->token) /* by its environment: who lists processes sees no arguments of it */
        setenv("MIEN_PROXY_TOKEN", c->token, 1);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || pipe2(pipe_fds, O_CLOEXEC) != 0)
        return error_errno(e, errno, "cannot write %s", log_path);
    pid_t pid = fork();
    if (pid == 0)
        background_exec(c, pipe_fds[1], log);
    close(pipe_fds[1]);
    close(log);
    AUTO_FREE char *url = pid > 0 ? background_hear(pipe_fds[0]) : NULL;
    close(pipe_fds[0]);
    if (!url)
        return error_set(e, ERR_USAGE, "the proxy did not start; \"mien proxy logs\" says why");
    AUTO_FREE char *path = background_path();
    *b = (struct background){.pid = pid, .url = mem_strdup(url), .started = started_at(pid)};
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_int(j, "pid", pid);
    json_add_int(j, "started", b->started);
    json_add_str(j, "url", url);
    json_add_str(j, "models", c->models);
    json_add_str(j, "config", c->config);
    AUTO_FREE char *text = json_print(j);
    return file_write(path, text, strlen(text), e);
}

bool background_stop(const struct background *b, struct error *e)
{
    AUTO_FREE char *path = background_path();
    kill(b->pid, SIGTERM);
    int64_t until = clock_ms() + BACKGROUND_STOP_MS;
    while (started_at(b->pid) == b->started && clock_ms() < until) {
        struct timespec nap = {.tv_nsec = 20000000};
        nanosleep(&nap, NULL);
    }
    if (started_at(b->pid) == b->started)
        return error_set(e, ERR_TIMEOUT, "process %d does not end; end it with kill -9 %d",
                         (int)b->pid, (int)b->pid);
    unlink(path);
    return true;
}
