#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "config/texts.h"

#define AT(member) offsetof(struct cli, member)

// clang-format off
const struct cli_option cli_options[] = {
    {"model", 'm', "NAME", OPT_STR, AT(model), "model_name of models.yaml, provider/model, or playbook/FILE.yaml"},
    {"behavior", 'b', "MODE", OPT_STR, AT(mode), "behavior mode of the model"},
    {"mode", 0, "MODE", OPT_STR, AT(mode), "the same, as \"mien with\" says it"},
    {"agent", 'a', "NAME", OPT_STR, AT(agent), "agent: a name, or a FILE.yaml"},
    {"with", 0, "TYPE,FILE", OPT_STR, AT(with), "behaviors besides the agent's: TYPE, TYPE{parameters}, or files .py or .so"},
    {"tools", 0, "LIST", OPT_STR, AT(tools), "tools the model may have, and no others: names or patterns, commas between"},
    {"workspace", 'C', "DIR", OPT_STR, AT(workspace), "directory to work in (default: here)"},
    {"add-dir", 0, "DIR[:ro]", OPT_LIST, AT(add_dirs), "one more directory to work in, or with :ro to read; again for more"},
    {"worktree", 0, "[NAME]", OPT_STR, AT(worktree), "work in a git worktree of its own, on a branch mien/NAME; --worktree=NAME"},
    {"print", 'p', NULL, OPT_BOOL, AT(print), "no screen: print the answer and exit (as exec)"},
    {"continue", 'c', NULL, OPT_BOOL, AT(cont), "go on with the newest session of this directory"},
    {"name", 'n', "NAME", OPT_STR, AT(name), "what lists call the session"},
    {"resume", 'r', "ID", OPT_STR, AT(resume), "go on with a session"},
    {"fork", 0, NULL, OPT_BOOL, AT(fork), "with --resume or --continue: go on in a copy, the session stays"},
    {"session", 0, "ID", OPT_STR, AT(session), "use this session id, new or not"},
    {"config", 0, "FILE", OPT_STR, AT(config), "configuration file instead of the user's"},
    {"models", 0, "FILE", OPT_STR, AT(models), "models.yaml on top of the others"},
    {"output-format", 0, "FORMAT", OPT_STR, AT(format), "text, json or stream-json"},
    {"input-format", 0, "FORMAT", OPT_STR, AT(input_format), "exec: text, or stream-json: requests on standard input, a JSON object a line"},
    {"output-schema", 0, "FILE", OPT_STR, AT(output_schema), "exec: the answer is JSON that fits this JSON Schema"},
    {"json", 0, NULL, OPT_BOOL, AT(json), "same as --output-format stream-json"},
    {"output", 'o', "FILE", OPT_STR, AT(output), "write the last answer to a file too"},
    {"approval", 0, "POLICY", OPT_STR, AT(approval), "ask, auto, never, yolo or plan"},
    {"plan", 0, NULL, OPT_BOOL, AT(plan), "same as --approval plan: look, change nothing, end with a plan"},
    {"yolo", 0, NULL, OPT_BOOL, AT(yolo), "same as --approval yolo: ask nothing"},
    {"allow", 0, "REACH", OPT_LIST, AT(allow), "what commands that ask for it may reach: network, network:HOST, path:DIR, device, trace; again for more"},
    {"trust", 0, NULL, OPT_BOOL, AT(trust), "read .mien/ of the workspace as configuration"},
    {"trusted", 0, "DIR", OPT_STR, AT(trusted), "read .mien/ and .mcp.json of DIR instead, as a delegate does"},
    {"allow-home", 0, NULL, OPT_BOOL, AT(allow_home), "let the workspace be your home directory or one above it"},
    {"require-sandbox", 0, NULL, OPT_BOOL, AT(require_sandbox), "do not start where commands cannot be confined"},
    {"inline", 0, NULL, OPT_BOOL, AT(inline_mode), "lines that stay in the terminal instead of the full screen"},
    {"linear", 0, NULL, OPT_BOOL, AT(linear), "plain lines that say every state in words, for screen readers"},
    {"max-rounds", 0, "N", OPT_INT, AT(max_rounds), "rounds for one goal"},
    {"timeout", 0, "SECONDS", OPT_INT, AT(timeout), "seconds for one goal; 0 for none"},
    {"max-tokens", 0, "N", OPT_INT, AT(max_tokens), "tokens for one goal; 0 for no limit"},
    {"max-money", 0, "AMOUNT", OPT_NUM, AT(max_money), "money for one goal, in the model's currency; 0 for no limit"},
    {"ask", 0, "HOW", OPT_STR, AT(ask), "questions without a screen: fail, first (choice), stdin (JSON lines)"},
    {"delegated", 0, NULL, OPT_BOOL, AT(delegated), "another agent gives the goal: report by its rules"},
    {"csv", 0, NULL, OPT_BOOL, AT(csv), "statistics as CSV"},
    {"lang", 0, "LANG", OPT_STR, AT(lang), "behaviors new: c or python"},
    {"force", 0, NULL, OPT_BOOL, AT(force), "behavior set: where composed modes conflict, the last wins; sessions rewind: do not ask"},
    {"dry-run", 0, NULL, OPT_BOOL, AT(dry_run), "sessions prune: only say what would go"},
    {"modes", 0, "A,B", OPT_STR, AT(modes), "behavior bench: the modes to compare; none is one"},
    {"goals", 0, "FILE", OPT_STR, AT(goals), "behavior bench: a goal a line"},
    {"machines", 0, "FILE", OPT_STR, AT(machines), "behavior bench: a launcher that takes the goals to other machines, and how many at once"},
    {"results", 0, "DIR", OPT_STR, AT(results), "behavior bench: where results are kept; what has one there is not run again"},
    {"listen", 0, "HOST:PORT", OPT_STR, AT(listen), "where the proxy listens (default: 127.0.0.1:4000)"},
    {"token", 0, "TOKEN", OPT_STR, AT(token), "what clients of the proxy must show (or MIEN_PROXY_TOKEN)"},
    {"no-color", 0, NULL, OPT_BOOL, AT(no_color), "no colours"},
    {"help", 'h', NULL, OPT_BOOL, AT(help), "this text"},
    {"version", 'V', NULL, OPT_BOOL, AT(version), "the version"},
    {0},
};
// clang-format on

static const struct cli_option *option_by_letter(char letter)
{
    for (const struct cli_option *o = cli_options; o->name; o++)
        if (o->letter && o->letter == letter)
            return o;
    return NULL;
}

static const struct cli_option *option_by_name(const char *name, size_t n, struct error *e)
{
    VEC(const char *) names = {0};
    const struct cli_option *found = NULL;
    for (const struct cli_option *o = cli_options; o->name; o++) {
        VEC_PUSH(&names, o->name);
        if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
            found = o;
    }
    AUTO_FREE char *word = mem_strndup(name, n);
    const char *near = opt_nearest(word, names.ptr, names.len);
    VEC_FREE(&names);
    if (found)
        return found;
    if (near)
        error_set(e, ERR_USAGE, "there is no option --%s; did you mean --%s?", word, near);
    else
        error_set(e, ERR_USAGE, "there is no option --%s; mien --help lists them", word);
    return NULL;
}

static bool option_store(struct cli *c, const struct cli_option *o, const char *value,
                         struct error *e)
{
    char *at = (char *)c + o->offset;
    if (o->type == OPT_BOOL) {
        *(bool *)at = true;
    } else if (o->type == OPT_INT && value) {
        char *end;
        long long v = strtoll(value, &end, 10);
        if (!*value || *end || v < 0)
            return error_set(e, ERR_USAGE, "--%s wants a whole number, not \"%s\"", o->name, value);
        *(int64_t *)at = v;
    } else if (o->type == OPT_NUM && value) {
        char *end;
        double v = strtod(value, &end);
        if (!*value || *end || !(v >= 0))
            return error_set(e, ERR_USAGE, "--%s wants a number, not \"%s\"", o->name, value);
        *(double *)at = v;
    } else if (o->type == OPT_LIST) {
        struct opt_list *list = (struct opt_list *)at;
        list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] = mem_strdup(value);
    } else {
        mem_replace((char **)at, value);
    }
    return true;
}

struct words {
    int argc, at;
    char **argv;
};

static bool option_take(struct cli *c, struct words *w, const struct cli_option *o,
                        const char *attached, struct error *e)
{
    if (!o->arg && attached)
        return error_set(e, ERR_USAGE, "--%s takes no value", o->name);
    if (o->arg && *o->arg == '[' && !attached)
        attached = "";
    if (o->arg && !attached) {
        if (w->at + 1 >= w->argc)
            return error_set(e, ERR_USAGE, "--%s wants %s", o->name, o->arg);
        attached = w->argv[++w->at];
    }
    return option_store(c, o, attached, e);
}

static bool take_long(struct cli *c, struct words *w, struct error *e)
{
    const char *name = w->argv[w->at] + 2, *eq = strchr(name, '=');
    size_t n = eq ? (size_t)(eq - name) : strlen(name);
    const struct cli_option *o = option_by_name(name, n, e);
    return o && option_take(c, w, o, eq ? eq + 1 : NULL, e);
}

static bool take_short(struct cli *c, struct words *w, struct error *e)
{
    for (const char *p = w->argv[w->at] + 1; *p; p++) {
        const struct cli_option *o = option_by_letter(*p);
        if (!o)
            return error_set(e, ERR_USAGE, "there is no option -%c; mien --help lists them", *p);
        if (o->arg)
            return option_take(c, w, o, p[1] ? p + 1 : NULL, e);
        if (!option_take(c, w, o, NULL, e))
            return false;
    }
    return true;
}

/* Two policies at once: which of them was meant is the user's to say. */
static bool settle_policy(struct cli *c, struct error *e)
{
    const struct {
        bool given;
        const char *option, *policy;
    } words[] = {{c->plan, "--plan", "plan"}, {c->yolo, "--yolo", "yolo"}};
    AUTO_FREE char *before = c->approval ? mem_printf("--approval %s", c->approval) : NULL;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (!words[i].given)
            continue;
        if (c->approval && strcmp(c->approval, words[i].policy) != 0)
            return error_set(e, ERR_USAGE, "%s and %s are two policies; give one of them", before,
                             words[i].option);
        mem_replace(&c->approval, words[i].policy);
        mem_replace(&before, words[i].option);
    }
    return true;
}

bool cli_parse(struct cli *c, int argc, char **argv, struct error *e)
{
    *c = (struct cli){.max_rounds = -1, .timeout = -1, .max_tokens = -1, .max_money = -1};
    config_init(&c->cfg);
    c->args = mem_alloc(((size_t)argc + 1) * sizeof *c->args);
    struct words w = {argc, 1, argv};
    bool options = true;
    for (; w.at < argc; w.at++) {
        const char *word = argv[w.at];
        bool ok = true;
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strncmp(word, "--", 2) == 0)
            ok = take_long(c, &w, e);
        else if (options && word[0] == '-' && word[1])
            ok = take_short(c, &w, e);
        else
            c->args[c->arg_count++] = argv[w.at];
        if (!ok)
            return false;
    }
    return settle_policy(c, e);
}

void cli_fini(struct cli *c)
{
    for (const struct cli_option *o = cli_options; o->name; o++)
        if (o->type == OPT_STR) {
            char **value = (char **)((char *)c + o->offset); /* two names may stand for one */
            free(*value);
            *value = NULL;
        }
    const struct opt_list *lists[] = {&c->allow, &c->add_dirs};
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        for (size_t i = 0; i < lists[k]->count; i++)
            free(lists[k]->items[i]);
        free(lists[k]->items);
    }
    free(c->args);
    config_fini(&c->cfg);
}

void cli_copy(struct cli *to, const struct cli *from)
{
    *to = *from;
    to->args = NULL;
    to->arg_count = 0;
    config_init(&to->cfg);
    for (const struct cli_option *o = cli_options; o->name; o++) {
        char *const *was = (char *const *)((const char *)from + o->offset);
        char **value = (char **)((char *)to + o->offset);
        if (o->type == OPT_STR && *value == *was) /* two names may stand for one */
            *value = mem_strdup(*was);
    }
    struct opt_list *lists[] = {&to->allow, &to->add_dirs};
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        char **items = lists[k]->items;
        size_t n = lists[k]->count;
        lists[k]->items = n ? mem_resize(NULL, n, sizeof *items) : NULL;
        for (size_t i = 0; i < n; i++)
            lists[k]->items[i] = mem_strdup(items[i]);
    }
}

char *cli_join_args(const struct cli *c)
{
    AUTO(buf) text = {0};
    for (size_t i = 0; i < c->arg_count; i++)
        buf_addf(&text, "%s%s", i ? " " : "", c->args[i]);
    return text.len ? buf_take(&text) : NULL;
}

static bool config_from_env(struct cli *c, const char *env, const char *row, struct error *e)
{
    const char *v = getenv(env);
    return !v || !*v || config_set(&c->cfg, row, v, env, e);
}

static bool config_from_option(struct cli *c, const char *value, const char *row,
                               const char *option, struct error *e)
{
    return !value || config_set(&c->cfg, row, value, option, e);
}

/* The last layers: environment, then command line. */
static bool load_overrides(struct cli *c, struct error *e)
{
    return config_from_env(c, "MIEN_MODEL", "model", e) &&
           config_from_env(c, "MIEN_AGENT", "agent", e) &&
           config_from_option(c, c->model, "model", "--model", e) &&
           config_from_option(c, c->mode, "behavior", "--behavior", e) &&
           config_from_option(c, c->agent, "agent", "--agent", e) &&
           config_from_option(c, c->approval, "approval", "--approval", e);
}

/* Shared objects are loaded only from where the user's own configuration says, what it hides no
 * project shows, and what it limits none raises. */
static bool paths_are_the_users(const struct config *c, const char *project, struct error *e)
{
    static const char *const names[] = {
        "behaviors_path",     "files.secrets",      "commands.memory_mb",
        "commands.processes", "proxy.origins",      "commands.cpu_seconds",
        "commands.file_mb",   "commands.shared_mb", "commands.temporary_mb"};
    for (size_t i = 0; config_rows[i].name; i++) {
        const char *origin = config_origin(c, i);
        for (size_t n = 0; n < COUNT_OF(names); n++)
            if (strcmp(config_rows[i].name, names[n]) == 0 &&
                strncmp(origin, project, strlen(project)) == 0)
                return error_set(e, ERR_DENIED, "%s: %s belongs into your own config.yaml", origin,
                                 names[n]);
    }
    return true;
}

const char *cli_project(const struct cli *c)
{
    return !c->trust ? NULL : c->trusted ? c->trusted : c->workspace ? c->workspace : ".";
}

bool cli_load_project(struct cli *c, struct error *e)
{
    AUTO_FREE char *project = mem_printf("%s/.mien/config.yaml", cli_project(c));
    config_begin_project(&c->cfg);
    return config_load(&c->cfg, project, false, e) && paths_are_the_users(&c->cfg, project, e) &&
           load_overrides(c, e);
}

bool cli_load_config(struct cli *c, struct error *e)
{
    AUTO_FREE char *user = c->config ? mem_strdup(c->config) : file_config_path("config.yaml");
    AUTO_FREE char *texts = file_config_path("prompts.yaml");
    c->trust |= c->trusted != NULL;
    return texts_load(c->cfg.texts, texts, e) && config_load(&c->cfg, user, c->config != NULL, e) &&
           (!c->trust || c->trusted || cli_trust_all(c, e)) &&
           (c->trust ? cli_load_project(c, e) : load_overrides(c, e));
}

struct engine_opts cli_engine_opts(const struct cli *c)
{
    return (struct engine_opts){.workspace = c->workspace,
                                .model = c->model,
                                .mode = c->mode,
                                .agent = c->agent,
                                .models_file = c->models,
                                .resume = c->cont ? "" : c->resume,
                                .fork = c->fork,
                                .session = c->session,
                                .name = c->name,
                                .approval = c->approval,
                                .with = c->with,
                                .tools = c->tools,
                                .ask = c->ask,
                                .allow = c->allow,
                                .add_dirs = &c->add_dirs,
                                .config_file = c->config,
                                .delegated = c->delegated,
                                .require_sandbox = c->require_sandbox,
                                .trusted = c->trust ? c->trusted : NULL,
                                .max_rounds = c->max_rounds,
                                .timeout_s = c->timeout,
                                .max_tokens = c->max_tokens,
                                .max_money = c->max_money};
}

void cli_open_log(void)
{
    struct error e = {0};
    AUTO_FREE char *dir = file_state_path(NULL);
    AUTO_FREE char *path = file_state_path("mien.log");
    if (file_make_dirs(dir, &e))
        log_open(path);
}

int cli_fail(const struct error *e)
{
    output_text(stderr, "mien: %s\n", e->text);
    return e->code == ERR_NETWORK    ? CLI_PROVIDER
           : e->code == ERR_CANCELED ? CLI_INTERRUPTED
                                     : CLI_USAGE;
}

void cli_print_help(const struct cli *c, FILE *out)
{
    output_text(out,
                "mien - a terminal agent shell: give it a goal\n\n"
                "  mien [options] [GOAL]                          the screen; with GOAL, starts "
                "on it\n"
                "  mien exec|-p [options] GOAL|-                  no screen; the answer on "
                "standard output\n");
    for (const struct cli_command *k = c->commands; k->name; k++)
        if (strcmp(k->name, "exec") != 0)
            output_text(out, "  mien %-41s %s\n", k->usage, k->help);
    output_text(out, "\noptions:\n");
    for (const struct cli_option *o = cli_options; o->name; o++) {
        AUTO_FREE char *left =
            mem_printf("%s%c%s--%s%s%s", o->letter ? "-" : "  ", o->letter ? o->letter : ' ',
                       o->letter ? ", " : " ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        output_text(out, "  %-30s %s\n", left, o->help);
    }
    output_text(
        out,
        "\nexit: 0 goal complete  1 failed  2 usage or configuration  3 provider or network\n"
        "      4 limit, timeout or loop  5 the answer could not be written  130 interrupted\n");
}
