/* mien with: a client on a profile's models. mien proxy run: a client on the models there are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/json.h"
#include "cli/background.h"
#include "cli/cli.h"
#include "cli/clients.h"
#include "cli/fetch.h"
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

/* ---- a proxy that runs already ---- */

static bool with_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool with_lists(const cJSON *models, const char *name)
{
    const cJSON *one;
    size_t n = strcspn(name, "@");
    cJSON_ArrayForEach(one, models)
    {
        const char *id = json_str(one, "id", "");
        if (strlen(id) == n && memcmp(id, name, n) == 0)
            return true;
    }
    return false;
}

/* Has it all that the profile names? */
static bool with_serves(const char *url, const char *token, const struct cli *c,
                        const struct profile *p)
{
    struct fetched f = {0};
    fetch(url, "/v1/models", token, &f);
    AUTO(buf) body = f.body;
    AUTO_JSON *j = f.status == 200 ? json_parse(buf_cstr(&body), body.len, NULL) : NULL;
    bool all = j && (!c->model || with_lists(json_get(j, "data"), c->model));
    for (size_t i = 0; p && all && i < TIER_COUNT; i++)
        all = with_lists(json_get(j, "data"), p->models[i]);
    return all;
}

/* The one in the background, where it stands on the same files and serves the same. Its address,
 * and in *key what the client shows it: its token, and the session whose modes count. */
static void with_join(struct serving_cli *s, const struct cli *c, const struct profile *p)
{
    struct background b = {0};
    if (c->listen || !background_find(&b))
        return;
    if (with_same(b.models, c->models) && with_same(b.config, c->config) &&
        with_serves(b.url, serving_token(c), c, p)) {
        s->joined = mem_strdup(b.url);
        output_text(stderr, "mien: joined the proxy on %s (process %d)\n", b.url, (int)b.pid);
    }
    background_fini(&b);
}

/* How many requests of this run's session came there; -1: it does not say. */
static int64_t with_joined_requests(const struct serving_cli *s)
{
    struct fetched f = {0};
    fetch(s->joined, "/stats", serving_token(s->cli), &f);
    AUTO(buf) body = f.body;
    AUTO_JSON *j = f.status == 200 ? json_parse(buf_cstr(&body), body.len, NULL) : NULL;
    return j ? json_int(json_get(j, "sessions"), s->session, 0) : -1;
}

/* ---- the run ---- */

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
    const char *theirs = serving_token(s->cli);
    AUTO_FREE char *named =
        s->joined ? mem_printf("%s@%s", theirs && *theirs ? theirs : "mien", s->session) : NULL;
    const struct pointing to = {.url = s->joined ? s->joined : gateway_url(s->proxy),
                                .key = named ? named : token,
                                .opus = p ? p->models[TIER_OPUS] : NULL,
                                .sonnet = p ? p->models[TIER_SONNET] : NULL,
                                .haiku = p ? p->models[TIER_HAIKU] : NULL,
                                .small = p ? p->models[TIER_SMALL] : NULL,
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
    if (s->code == 126 || s->code == 127 ||
        (s->joined ? with_joined_requests(s) : gateway_requests(s->proxy)))
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
    with_join(&s, c, p);
    if (p)
        profile_tiers_add(&s.tiers, p);
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
