#include "jobs/delegate_command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "host/process_env.h"
#include "host/workspace.h"
#include "llm/keys.h"
#include "permit/shell.h"

struct words {
    VEC(char *) list;
};

static void word(struct words *w, const char *text)
{
    VEC_PUSH(&w->list, mem_strdup(text));
}

static void word_pair(struct words *w, const char *option, const char *value)
{
    if (!value || !*value)
        return;
    word(w, option);
    word(w, value);
}

static void word_number(struct words *w, const char *option, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    word_pair(w, option, text);
}

static void words_fini(struct words *w)
{
    for (size_t i = 0; i < w->list.len; i++)
        free(w->list.ptr[i]);
    VEC_FREE(&w->list);
}

static char *depth_variable(void)
{
    const char *depth = getenv(DELEGATE_DEPTH);
    return mem_printf(DELEGATE_DEPTH "=%d", (depth ? atoi(depth) : 0) + 1);
}

/* What is left of our deadline and budget is all a delegate may use. */
static void word_means(const struct delegate_means *m, struct words *w)
{
    if (m->seconds > 0)
        word_number(w, "--timeout", m->seconds);
    if (m->tokens > 0)
        word_number(w, "--max-tokens", m->tokens);
    if (m->money > 0) {
        char text[40];
        snprintf(text, sizeof text, "%.6f", m->money);
        word_pair(w, "--max-money", text);
    }
}

/* Files and directories of this machine. */
static void word_places(const struct delegation *g, struct words *w)
{
    word_pair(w, "--models", g->models_file);
    word_pair(w, "--config", g->config_file);
    for (size_t i = 0; i < workspace_root_count(g->ws); i++) {
        bool writable;
        const char *root = workspace_root_at(g->ws, i, &writable);
        AUTO_FREE char *dir = mem_printf("%s%s", root, writable ? "" : ":ro");
        word_pair(w, "--add-dir", dir);
    }
    word_pair(w, "--trusted", g->trusted);
}

/* Of mien exec, besides workspace and agent. */
static void word_options(const struct delegate *d, struct words *w)
{
    struct delegation *g = d->owner;
    struct delegate_means means = {0};
    g->means(g->arg, &means);
    word(w, "--json");
    word(w, "--delegated");
    word_pair(w, "--ask", g->shell->permit->ask.possible ? "stdin" : g->shell->permit->ask.without);
    word_pair(w, "--model", d->model);
    word_pair(w, "--approval", policy_name(g->shell->permit->policy));
    if (!d->launch.carry || d->launch.here)
        word_places(g, w);
    const struct reach *allowed = &g->shell->permit->allowed;
    for (size_t i = 0; i < allowed->items.len; i++) {
        AUTO(buf) name = {0};
        reach_item_add_name(&allowed->items.ptr[i], &name);
        word_pair(w, "--allow", buf_cstr(&name));
    }
    if (g->require_sandbox)
        word(w, "--require-sandbox");
    word_means(&means, w);
    word(w, "-");
}

static char *workspace_of(const struct delegate *d)
{
    const char *ours = workspace_path(d->owner->ws);
    return strcmp(d->workspace, ".") == 0 ? mem_strdup(ours)
                                          : mem_printf("%s/%s", ours, d->workspace);
}

/* A launcher that stays here gets the command behind its words. */
static void words_here(const struct delegate *d, struct words *w)
{
    AUTO_FREE char *program = process_self(), *where = workspace_of(d);
    for (size_t i = 0; i < d->launch.words.len; i++)
        word(w, d->launch.words.ptr[i]);
    word(w, d->launch.words.len ? "mien" : program);
    word(w, "exec");
    word_pair(w, "--workspace", where);
    word_pair(w, "--agent", d->file);
    word_options(d, w);
}

static char *far_line(const struct delegate *d)
{
    AUTO_FREE char *where = workspace_of(d), *depth = depth_variable();
    AUTO_FREE char *name = mem_printf("%s-%lld", d->agent, (long long)d->number);
    struct words w = {0};
    word_options(d, &w);
    VEC_PUSH(&w.list, NULL);
    const struct launch_order order = {.words = (const char *const *)w.list.ptr,
                                       .agent = d->file,
                                       .workspace = where,
                                       .name = name,
                                       .set = depth,
                                       .check = d->launch.isolated ? d->check : NULL,
                                       .check_ms = d->owner->check_ms};
    char *line = launch_line(&d->launch, &order);
    words_fini(&w);
    return line;
}

static bool set_variable(char **entry, const char *name)
{
    size_t n = strlen(name);
    return strncmp(*entry, name, n) == 0 && (*entry)[n] == '=';
}

/* Our own environment with the keys we hid, so that it can talk to its model; not our session.
 * Our directory comes first in PATH: a launcher on this machine finds this mien. */
static char **delegate_environment(void)
{
    char **env = keys_environment();
    const char *path = getenv("PATH");
    AUTO_FREE char *program = process_self();
    char *slash = strncmp(program, "/proc/", 6) == 0 ? NULL : strrchr(program, '/');
    size_t n = 0, keep = 0;
    if (slash)
        *slash = '\0';
    while (env[n])
        n++;
    for (size_t i = 0; i < n; i++) {
        if (set_variable(&env[i], "MIEN_SESSION") || set_variable(&env[i], DELEGATE_DEPTH) ||
            set_variable(&env[i], "PATH"))
            free(env[i]);
        else
            env[keep++] = env[i];
    }
    env = mem_resize(env, keep + 3, sizeof *env);
    env[keep++] = depth_variable();
    env[keep++] = mem_printf("PATH=%s:%s", program, path ? path : "/usr/bin:/bin");
    env[keep] = NULL;
    return env;
}

void delegate_launch(struct launch *l, const struct delegate_spec *spec)
{
    const struct opt_list *words = spec->launcher, *names = spec->environment;
    for (size_t i = 0; words && i < words->count; i++)
        VEC_PUSH(&l->words, mem_strdup(words->items[i]));
    for (size_t i = 0; names && i < names->count; i++)
        VEC_PUSH(&l->environment, mem_strdup(names->items[i]));
    l->program = mem_strdup(spec->program);
    l->start_ms = spec->start_ms;
    l->lost_ms = spec->lost_ms;
    launch_decide(l, spec->carrying ? spec->carrying : "auto", spec->isolated);
}

void delegate_command(const struct delegate *d, struct delegate_command *c)
{
    struct words w = {0};
    *c = (struct delegate_command){.env = delegate_environment()};
    if (d->launch.far) {
        VEC_PUSH(&w.list, process_self());
        word(&w, "far");
        word(&w, "call");
        c->first = far_line(d);
    } else {
        words_here(d, &w);
    }
    VEC_PUSH(&w.list, NULL);
    c->argv = w.list.ptr;
}

void delegate_command_fini(struct delegate_command *c)
{
    process_env_free(c->argv);
    process_env_free(c->env);
    free(c->first);
}
