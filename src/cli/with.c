/* mien with: a client on a profile's models. mien proxy run: a client on the models there are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cli/cli.h"
#include "cli/clients.h"
#include "cli/output.h"
#include "cli/profiles.h"
#include "cli/serving.h"
#include "gateway/gateway.h"
#include "llm/keys.h"
#include "llm/models/models.h"
#include "store/store.h"

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

/* The profile's models are the gateway's, declared in models.yaml or made of their names. */
static bool with_models(struct serving_cli *s, const struct profile *p, struct error *e)
{
    for (size_t i = 0; p && i < TIER_COUNT; i++)
        s->wanted[i] = p->models[i];
    for (size_t i = 0; p && i < TIER_COUNT; i++)
        if (!models_find(s->models, p->models[i], e))
            return error_prefix(e, "%s: ", tier_name((enum tier)i));
    return true;
}

/* The mode to begin in, for each of the models that have it. */
static bool with_mode(struct serving_cli *s, const struct profile *p, const char *name,
                      struct error *e)
{
    bool any = false;
    if (!name)
        return true;
    struct store *store = store_open(s->sessions_dir, s->session, false, e);
    bool ok = store != NULL;
    for (size_t i = 0; ok && i < TIER_COUNT; i++) {
        const struct model *m =
            p ? models_find(s->models, p->models[i], NULL) : models_at(s->models, i);
        struct mode *mode = m ? mode_compose(m, name, false, e) : NULL;
        if (mode)
            any = ok = store_put_mode(store, m->name, mode->name, e);
        mode_free(mode);
    }
    ok = ok && any && store_commit(store, e);
    store_close(store);
    return ok;
}

static bool with_client(struct serving_cli *s, const struct profile *p, const char *token,
                        char *const *args, size_t n, struct error *e)
{
    word_list variables = {0}, argv = {0};
    AUTO_FREE char *file = NULL;
    if (!client_settings(args[0], &file, e))
        return false;
    const struct pointing to = {.url = gateway_url(s->proxy),
                                .key = token,
                                .opus = p ? p->models[TIER_OPUS] : NULL,
                                .sonnet = p ? p->models[TIER_SONNET] : NULL,
                                .haiku = p ? p->models[TIER_HAIKU] : NULL,
                                .session = s->session,
                                .file = file,
                                .more = p ? p->variables.ptr : NULL,
                                .more_count = p ? p->variables.len : 0};
    VEC_PUSH(&argv, mem_strdup(args[0]));
    client_arguments(args[0], &to, &argv);
    for (size_t i = 1; i < n; i++)
        VEC_PUSH(&argv, mem_strdup(args[i]));
    VEC_PUSH(&argv, NULL);
    client_variables(args[0], &to, &variables);
    bool ok = serving_run(s, argv.ptr, client_environment(keys_given_environment(), &variables), e);
    word_list_fini(&variables);
    word_list_fini(&argv);
    return ok;
}

/* A program that never asked went elsewhere, perhaps with the user's own login. */
static void with_last_word(const struct serving_cli *s, const char *program)
{
    if (gateway_requests(s->proxy) || s->code == 126 || s->code == 127)
        return;
    output_text(stderr, "mien: %s sent the proxy not one request%s\n", program,
                client_is_known(program)
                    ? ""
                    : ": it may read none of the variables that point at it. \"mien proxy env\" "
                      "prints them; what it needs is in its own manual");
}

static int with_run(struct cli *c, const struct profile *p, char *const *args, size_t n)
{
    char token[33] = "";
    struct serving_cli s = {0};
    struct error e = {0};
    const char *mode = c->mode ? c->mode : p ? p->mode : NULL;
    if (p && !c->model)
        c->model = mem_strdup(p->models[TIER_SONNET]);
    if (make_token(token, &e) &&
        serving_start(&s, c, c->listen ? c->listen : "127.0.0.1:0", token, true, &e) &&
        with_models(&s, p, &e) && with_mode(&s, p, mode, &e) &&
        with_client(&s, p, token, args, n, &e)) {
        serving_wait(&s);
        with_last_word(&s, args[0]);
    } else {
        if (p)
            error_prefix(&e, "profile %s: ", p->name);
        s.code = cli_fail(&e);
    }
    serving_end(&s);
    return s.code;
}

int cli_run(struct cli *c)
{
    if (c->arg_count < 2)
        return cli_usage("proxy run -- COMMAND [ARGUMENT…]");
    return with_run(c, NULL, c->args + 1, c->arg_count - 1);
}

int cli_with(struct cli *c)
{
    char *claude[] = {(char *)"claude"};
    struct error e = {0};
    cli_open_log();
    if (!c->arg_count)
        return cli_usage("with PROFILE [--mode MODE] [-- CLIENT [ARGUMENT…]] (without a client: "
                         "claude)");
    struct profile *p = profile_find(c->args[0], &e);
    if (!p)
        return cli_fail(&e);
    int code = c->arg_count > 1 ? with_run(c, p, c->args + 1, c->arg_count - 1)
                                : with_run(c, p, claude, 1);
    profile_free(p);
    return code;
}
