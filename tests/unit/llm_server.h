/* The scripted server (tests/servers/chat_server.py) for a unit test. Include after cmocka.h. */
#ifndef UNIT_LLM_SERVER_H
#define UNIT_LLM_SERVER_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"

/* A server of its own for each test: its process, port and files. */
struct server {
    pid_t pid;
    int port, in, out;
    char dir[64], script[96], log[96];
};

static inline void server_start(struct server *s, const char *script)
{
    int in[2], out[2];
    char line[32] = "";
    char dir[] = "/tmp/mien-llm-http-XXXXXX";
    assert_non_null(mkdtemp(dir));
    snprintf(s->dir, sizeof s->dir, "%s", dir);
    snprintf(s->script, sizeof s->script, "%s/script.json", dir);
    snprintf(s->log, sizeof s->log, "%s/log.jsonl", dir);
    assert_true(file_write(s->script, script, strlen(script), NULL));
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    s->pid = fork();
    if (s->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", "tests/servers/chat_server.py", "--script", s->script, "--log",
               s->log, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    s->out = out[0];
    for (size_t n = 0; n + 1 < sizeof line && !strchr(line, '\n'); n++)
        assert_int_equal(read(s->out, line + n, 1), 1);
    s->port = atoi(line);
}

static inline void server_stop(struct server *s)
{
    close(s->in);
    close(s->out);
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
    unlink(s->script);
    unlink(s->log);
    rmdir(s->dir);
}

static inline cJSON *server_request(const struct server *s, int n)
{
    AUTO(buf) text = {0};
    assert_true(file_read(s->log, &text, 64 << 20, NULL));
    const char *p = buf_cstr(&text);
    while (n-- > 0)
        p = strchr(p, '\n') + 1;
    return json_parse(p, strcspn(p, "\n"), NULL);
}

/* How many requests came so far. */
static inline int server_count(const struct server *s)
{
    AUTO(buf) text = {0};
    int n = 0;
    if (!file_read(s->log, &text, 64 << 20, NULL))
        return 0;
    for (const char *p = buf_cstr(&text); (p = strchr(p, '\n')); p++)
        n++;
    return n;
}

#endif
