/*
 * serving - a gateway of the command line's own, with what it needs: loop, models, signals, a
 * client that it runs, and a session whose modes count.
 */
#ifndef CLI_SERVING_H
#define CLI_SERVING_H

#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cli/cli.h"
#include "cli/clients.h"
#include "cli/profiles.h"

struct gateway;
struct loop;
struct loop_fd;
struct models;

struct serving_cli {
    struct loop *loop;
    struct models *models;
    struct gateway *proxy;
    char *joined; /* the address of another's, in place of one of our own */
    const struct cli *cli;
    const char *wanted[5];        /* names that must be there after a reload too; borrowed */
    struct stat seen[3];          /* files of models and profiles, when they were read */
    char *sessions_dir, *session; /* NULL: none */
    struct serving_hooks *hooks;
    struct profile_tiers tiers;
    bool own_session; /* made for this run, and removed at its end */
    sigset_t old_mask;
    int signals; /* signalfd */
    struct loop_fd *watch;
    pid_t child; /* 0: none */
    bool over;
    int code;
};

/* The token that clients must send: --token, MIEN_PROXY_TOKEN, or NULL. Borrowed. */
const char *serving_token(const struct cli *c);

/* Load models, take the signals, listen. With make_session and none given, one is made. */
NODISCARD bool serving_start(struct serving_cli *s, const struct cli *c, const char *listen,
                             const char *token, bool make_session, struct error *e);
/* Run a program; args: as main has them. Its environment is env, which is wiped and freed. */
NODISCARD bool serving_run(struct serving_cli *s, char **args, char **env, struct error *e);
/* Until the child or a signal ends it. */
void serving_wait(struct serving_cli *s);
void serving_end(struct serving_cli *s);

#endif
