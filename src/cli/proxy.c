/* mien proxy: serve, print the variables that point a client at it, run a client through it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/loop.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/registry.h"
#include "gateway/gateway.h"
#include "llm/keys.h"
#include "llm/models/models.h"
#include "store/store.h"

struct serving_cli {
    struct loop *loop;
    struct models *models;
    struct gateway *proxy;
    sigset_t old_mask;
    int signals; /* signalfd */
    struct loop_fd *watch;
    pid_t child; /* of proxy run; 0: none */
    bool over;
    int code;
};

static const char *proxy_token(const struct cli *c)
{
    return c->token ? c->token : keys_get("MIEN_PROXY_TOKEN");
}

/* ---- the variables ---- */

struct variable {
    const char *name;
    char *value; /* NULL: taken away */
};

#define VARIABLES 5

/* What points the usual clients at a proxy. */
static void proxy_variables(const char *url, const char *token, struct variable out[VARIABLES])
{
    const char *key = token && *token ? token : "mien";
    out[0] = (struct variable){"OPENAI_BASE_URL", mem_printf("%s/v1", url)};
    out[1] = (struct variable){"OPENAI_API_KEY", mem_strdup(key)};
    out[2] = (struct variable){"ANTHROPIC_BASE_URL", mem_strdup(url)};
    out[3] = (struct variable){"ANTHROPIC_AUTH_TOKEN", mem_strdup(key)};
    out[4] = (struct variable){"ANTHROPIC_API_KEY", NULL}; /* it would win over the token */
}

static void variables_free(struct variable v[VARIABLES])
{
    for (size_t i = 0; i < VARIABLES; i++)
        free(v[i].value);
}

/* In quotes that a shell takes as they are. */
static void print_export(const struct variable *v)
{
    if (!v->value) {
        printf("unset %s\n", v->name);
        return;
    }
    printf("export %s='", v->name);
    for (const char *p = v->value; *p; p++)
        if (*p == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*p);
    puts("'");
}

static int proxy_env(const struct cli *c)
{
    struct variable v[VARIABLES];
    AUTO_FREE char *url = mem_printf("http://%s", c->listen ? c->listen : GATEWAY_DEFAULT_LISTEN);
    proxy_variables(url, proxy_token(c), v);
    for (size_t i = 0; i < VARIABLES; i++)
        print_export(&v[i]);
    variables_free(v);
    return CLI_OK;
}

/* ---- serving ---- */

static void child_ended(struct serving_cli *s)
{
    int status;
    if (s->child <= 0 || waitpid(s->child, &status, WNOHANG) != s->child)
        return;
    s->child = 0;
    s->over = true;
    s->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A client that is run has the say: it gets what ends us, and we end when it does. */
static void on_signal(void *arg, int fd, short revents)
{
    struct serving_cli *s = arg;
    struct signalfd_siginfo i;
    while (read(fd, &i, sizeof i) == (ssize_t)sizeof i) {
        if (i.ssi_signo == SIGCHLD)
            child_ended(s);
        else if (s->child <= 0)
            s->over = true;
        else if (i.ssi_signo != SIGINT) /* the terminal has sent that to both */
            kill(s->child, (int)i.ssi_signo);
    }
}

static void take_signals(struct serving_cli *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &s->old_mask);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    s->watch = loop_fd_add(s->loop, s->signals, POLLIN, on_signal, s);
}

static struct llm_limits limits_of(const struct config *cfg)
{
    return (struct llm_limits){.connect_ms = cfg->connect_seconds * 1000,
                               .first_byte_ms = cfg->first_byte_seconds * 1000,
                               .idle_ms = cfg->idle_seconds * 1000};
}

static bool proxy_start(struct serving_cli *s, const struct cli *c, const char *listen,
                        const char *token, struct error *e)
{
    AUTO_FREE char *why = NULL;
    AUTO_FREE char *sessions = file_state_path("sessions");
    const char *env = getenv("MIEN_SESSION");
    const char *session = c->session ? c->session : env && *env ? env : NULL;
    if (session && !store_id_valid(session))
        return error_set(e, ERR_USAGE, "\"%s\" is no session id", session);
    s->loop = loop_new(e);
    s->models = s->loop ? registry_load(c, e) : NULL;
    if (!s->models)
        return false;
    (void)models_discover(s->models, NULL, &why); /* adds what keys and ports tell */
    const struct gateway_opts o = {.listen = listen,
                                   .token = token,
                                   .models = s->models,
                                   .model = c->model,
                                   .sessions_dir = sessions,
                                   .session = session,
                                   .limits = limits_of(&c->cfg)};
    if (c->model && !models_declared(s->models, c->model, e))
        return false;
    take_signals(s);
    s->proxy = gateway_new(s->loop, &o, e);
    return s->proxy != NULL;
}

static void proxy_end(struct serving_cli *s)
{
    gateway_free(s->proxy);
    if (s->watch) {
        loop_fd_remove(s->loop, s->watch);
        close(s->signals);
        sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
    }
    models_free(s->models);
    if (s->loop)
        loop_free(s->loop);
}

static int proxy_serve(const struct cli *c)
{
    struct serving_cli s = {0};
    struct error e = {0};
    if (proxy_start(&s, c, c->listen, proxy_token(c), &e)) {
        printf("listening on %s\n", gateway_url(s.proxy));
        /* Whoever started it waits for that line to know where: without it, it serves nobody. */
        s.over = !output_flush();
        while (!s.over)
            gateway_step(s.proxy, -1);
    } else {
        s.code = cli_fail(&e);
    }
    proxy_end(&s);
    return s.code;
}

/* ---- running a client ---- */

/* Of one's own for each run: other people on this machine cannot use the proxy meanwhile. */
static bool make_token(char out[static 33], struct error *e)
{
    unsigned char r[16];
    if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r)
        return error_errno(e, errno, "no random numbers for a token");
    for (size_t i = 0; i < sizeof r; i++)
        snprintf(out + 2 * i, 3, "%02x", r[i]);
    return true;
}

static bool is_variable(const char *pair, const char *name)
{
    size_t n = strlen(name);
    return strncmp(pair, name, n) == 0 && pair[n] == '=';
}

/* The user's environment with the variables put in. */
static char **client_environment(const char *url, const char *token)
{
    struct variable v[VARIABLES];
    VEC(char *) env = {0};
    char **given = keys_given_environment();
    proxy_variables(url, token, v);
    for (char **p = given; *p; p++) {
        bool ours = false;
        for (size_t i = 0; i < VARIABLES; i++)
            ours = ours || is_variable(*p, v[i].name);
        if (ours)
            free(*p);
        else
            VEC_PUSH(&env, *p);
    }
    for (size_t i = 0; i < VARIABLES; i++)
        if (v[i].value)
            VEC_PUSH(&env, mem_printf("%s=%s", v[i].name, v[i].value));
    VEC_PUSH(&env, NULL);
    variables_free(v);
    free(given);
    return env.ptr;
}

static bool client_start(struct serving_cli *s, char **argv, const char *token, struct error *e)
{
    char **env = client_environment(gateway_url(s->proxy), token);
    s->child = fork();
    if (s->child == 0) {
        sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
        signal(SIGPIPE, SIG_DFL);
        execvpe(argv[0], argv, env);
        fprintf(stderr, "mien: cannot run %s: %s\n", argv[0], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    for (char **p = env; *p; p++) {
        explicit_bzero(*p, strlen(*p));
        free(*p);
    }
    free(env);
    return s->child > 0 || error_errno(e, errno, "cannot start %s", argv[0]);
}

static int proxy_run(const struct cli *c)
{
    char token[33] = "";
    struct serving_cli s = {0};
    struct error e = {0};
    if (c->arg_count < 2)
        return cli_usage("proxy run -- COMMAND [ARGUMENT…]");
    AUTO_FREE char **argv = mem_alloc(c->arg_count * sizeof *argv);
    memcpy(argv, c->args + 1, (c->arg_count - 1) * sizeof *argv);
    if (make_token(token, &e) &&
        proxy_start(&s, c, c->listen ? c->listen : "127.0.0.1:0", token, &e) &&
        client_start(&s, argv, token, &e)) {
        while (!s.over)
            gateway_step(s.proxy, -1);
    } else {
        s.code = cli_fail(&e);
    }
    proxy_end(&s);
    return s.code;
}

int cli_proxy(struct cli *c)
{
    const char *verb = c->arg_count ? c->args[0] : "";
    cli_open_log();
    if (!*verb)
        return proxy_serve(c);
    if (strcmp(verb, "env") == 0)
        return proxy_env(c);
    if (strcmp(verb, "run") == 0)
        return proxy_run(c);
    return cli_usage("proxy [--listen HOST:PORT] [--token TOKEN] [--session ID] | proxy env | "
                     "proxy run -- COMMAND");
}
