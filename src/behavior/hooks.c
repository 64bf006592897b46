#include "behavior/hooks.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "host/process_env.h"
#include "host/sandbox_reach.h"
#include "run/outbox.h"
#include "run/program.h"

#define DEFAULT_SECONDS 10
#define REASON_MAX 2000
#define LEAVING_MS 1000

struct hook {
    const struct hook_list *list;
    const struct yaml *row;
    int64_t seconds;
    const char *command;
    bool at_end;
};

const char *const hook_events[] = {"before_tool",
                                   "on_goal_start",
                                   "on_tool_call",
                                   "on_round_end",
                                   "on_timeout",
                                   "on_goal_complete",
                                   NULL};
const char *const hook_gateway_events[] = {"pre_request", "pre_tool", "post_response", NULL};

/* ---- the configuration ---- */

static bool check_needs(const struct yaml *h, struct error *e)
{
    const struct yaml *needs = yaml_get(h, "needs");
    AUTO(reach) reach = {0};
    AUTO_JSON *words = needs ? yaml_to_json(needs) : NULL;
    struct error here = {0};
    return !needs || reach_add_words(&reach, words, true, &here) ||
           yaml_error(needs, e, "%s", here.text);
}

static bool check_entry(const struct yaml *h, struct error *e)
{
    static const char *const keys[] = {"command", "tools", "timeout", "needs"};
    int64_t seconds;
    if (h->kind == YAML_SCALAR)
        return !yaml_is_null(h) || yaml_error(h, e, "a hook is a command");
    if (h->kind != YAML_MAP || !yaml_str(h, "command", NULL))
        return yaml_error(h, e, "a hook is a command, or {command, tools, timeout, needs}");
    for (size_t i = 0; i < h->count; i++) {
        bool known = false;
        for (size_t k = 0; k < COUNT_OF(keys); k++)
            known |= strcmp(keys[k], h->items[i]->key) == 0;
        if (!known)
            return yaml_error(h->items[i], e,
                              "a hook has command, tools, timeout and needs, not \"%s\"",
                              h->items[i]->key);
    }
    const struct yaml *t = yaml_get(h, "timeout");
    if (t && (!yaml_as_int(t, &seconds) || seconds < 1 || seconds > 600))
        return yaml_error(t, e, "timeout is 1 to 600 seconds");
    return check_needs(h, e);
}

static bool is_one_of(const char *name, const char *const *list)
{
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

static bool check_event(const struct yaml *h, bool project, struct error *e)
{
    bool gateway = is_one_of(h->key, hook_gateway_events);
    if (!gateway && !is_one_of(h->key, hook_events))
        return yaml_error(h, e,
                          "there is no event \"%s\"; there are: before_tool, "
                          "on_goal_start, on_tool_call, on_round_end, on_timeout, "
                          "on_goal_complete, and of the gateway pre_request, pre_tool, "
                          "post_response",
                          h->key);
    if (gateway && project)
        return yaml_error(h, e,
                          "%s belongs into your own config.yaml: the gateway serves clients of "
                          "other projects, too",
                          h->key);
    for (size_t n = 0; h->kind == YAML_SEQ && n < h->count; n++)
        if (!check_entry(h->items[n], e))
            return false;
    return h->kind == YAML_SEQ || check_entry(h, e);
}

bool hooks_check(const struct config *c, struct error *e)
{
    for (size_t n = 0; n < c->hooks.len; n++) {
        const struct yaml *events = c->hooks.ptr[n].events;
        if (!yaml_is_null(events) && events->kind != YAML_MAP)
            return yaml_error(events, e, "hooks: holds events, each with its commands");
        for (size_t i = 0; i < events->count; i++)
            if (!check_event(events->items[i], c->hooks.ptr[n].project, e))
                return false;
    }
    return true;
}

bool hooks_want(const struct hooks *h, const char *event)
{
    for (size_t i = 0; i < h->cfg->hooks.len; i++)
        if (yaml_get(h->cfg->hooks.ptr[i].events, event))
            return true;
    return false;
}

static bool wants_tool(const struct yaml *h, const char *tool)
{
    const struct yaml *tools = yaml_get(h, "tools");
    if (!tool || yaml_is_null(tools))
        return true;
    if (tools->kind == YAML_SCALAR)
        return strcmp(tools->value, tool) == 0;
    for (size_t i = 0; i < tools->count; i++)
        if (tools->items[i]->kind == YAML_SCALAR && strcmp(tools->items[i]->value, tool) == 0)
            return true;
    return false;
}

/* ---- running one ---- */

static void on_errors(void *arg, const char *s, size_t n)
{
    struct buf *out = arg;
    if (out->len < REASON_MAX)
        buf_add(out, s, MIN(n, REASON_MAX - out->len));
}

/* The environment, with the place the agent works in. process_env_free(). */
static char **hook_env(const struct hooks *h, const struct sandbox *confined)
{
    AUTO_FREE char *workspace = mem_printf("MIEN_WORKSPACE=%s", h->workspace);
    return process_env(sandbox_tmpdir(confined, h->tmp), false,
                       (const char *const[]){workspace, NULL});
}

/* Its exit status; -1 when it did not run, was stopped or took too long. *said: its standard
 * error. confined: NULL: as ourselves. */
static int run_command(struct hooks *h, const struct hook *k, const struct sandbox *confined,
                       const char *input, struct buf *said)
{
    struct error e = {0};
    bool leaving = h->reactor->interrupt == INTERRUPT_QUIT; /* whoever quits does not wait for it */
    char **env = hook_env(h, confined);
    struct process_spec spec = {.command = k->command,
                                .env = env,
                                .cwd = k->list->project ? h->workspace : k->list->dir,
                                .tmp = h->tmp,
                                .sandbox = confined,
                                .timeout_ms = leaving ? MIN(k->seconds * 1000, LEAVING_MS)
                                                      : k->seconds * 1000,
                                .keep = 4096,
                                .errors = on_errors,
                                .arg = said,
                                .input = true};
    struct process *p = program_run(h->reactor, &spec, input, k->at_end, &e);
    process_env_free(env);
    if (!p) {
        buf_adds(said, e.text);
        return -1;
    }
    int code = process_timed_out(p) ? -1 : process_code(p);
    if (process_timed_out(p))
        buf_addf(said, "it took more than %lld s", (long long)spec.timeout_ms / 1000);
    process_free(p);
    return code;
}

/* A project's gets what a command gets, and what it says it needs. */
static int run_confined(struct hooks *h, const struct hook *k, const char *input, struct buf *said)
{
    AUTO(reach) reach = {0};
    AUTO_JSON *words = yaml_to_json(k->row);
    struct sandbox *own = NULL;
    struct error e = {0};
    if (!k->list->project || sandbox_level(h->sandbox) == SANDBOX_NONE)
        return run_command(h, k, NULL, input, said);
    if (!reach_add_words(&reach, json_get(words, "needs"), false, &e) ||
        (reach.items.len && !(own = sandbox_reach(h->sandbox, &reach, h->reactor->loop, &e)))) {
        buf_adds(said, e.text);
        return -1;
    }
    int code = run_command(h, k, own ? own : h->sandbox, input, said);
    sandbox_free(own);
    return code;
}

static char *clean(const struct buf *said)
{
    AUTO(buf) text = {0};
    utf8_repair(&text, buf_cstr(said), said->len);
    while (text.len && strchr(" \n\r\t", text.ptr[text.len - 1]))
        buf_cut(&text, text.len - 1);
    return text.len ? buf_take(&text) : mem_strdup("(it gave no reason)");
}

/* Run one hook. The reason when it blocks, else NULL. */
static char *run_hook(struct hooks *h, const struct hook_list *list, const struct yaml *row,
                      const char *event, const char *input)
{
    AUTO(buf) said = {0};
    struct hook k = {list, row, DEFAULT_SECONDS,
                     row->kind == YAML_SCALAR ? row->value : yaml_str(row, "command", ""),
                     /* What is told of a goal's end is told of a goal that was stopped, too. */
                     strcmp(event, "on_goal_complete") == 0 || strcmp(event, "on_timeout") == 0};
    (void)(yaml_get(row, "timeout") && yaml_as_int(yaml_get(row, "timeout"), &k.seconds));
    int code = run_confined(h, &k, input, &said);
    if (code == 0 || (reactor_stopped(h->reactor) && !k.at_end))
        return NULL; /* stopped: whoever asked looks, too */
    char *reason = clean(&said);
    if (code == 2 && strcmp(event, "before_tool") == 0)
        return reason;
    outbox_notice(h->out, "warn", "hooks", "the hook of %s failed (%d): %s: %s", event, code,
                  k.command, reason);
    free(reason);
    return NULL;
}

static char *run_list(struct hooks *h, const struct hook_list *list, const char *event,
                      const char *tool, const char *input)
{
    const struct yaml *rows = yaml_get(list->events, event);
    size_t n = !rows ? 0 : rows->kind == YAML_SEQ ? rows->count : 1;
    for (size_t i = 0; i < n; i++) {
        const struct yaml *one = rows->kind == YAML_SEQ ? rows->items[i] : rows;
        char *reason = wants_tool(one, tool) ? run_hook(h, list, one, event, input) : NULL;
        if (reason)
            return reason;
    }
    return NULL;
}

static char *run_all(struct hooks *h, const char *event, const char *tool, const char *input)
{
    char *reason = NULL;
    for (size_t i = 0; i < h->cfg->hooks.len && !reason; i++)
        reason = run_list(h, &h->cfg->hooks.ptr[i], event, tool, input);
    return reason;
}

/* Takes body. */
static char *event_text(struct hooks *h, const char *event, cJSON *body)
{
    AUTO_JSON *j = body ? body : cJSON_CreateObject();
    json_add_str(j, "event", event);
    json_add_str(j, "session", h->out->session);
    json_add_str(j, "workspace", h->workspace);
    h->describe(h->arg, j);
    return json_print(j);
}

void hooks_run(struct hooks *h, const char *event, cJSON *body)
{
    assert(h->reactor && h->out && h->describe);
    if (!hooks_want(h, event)) {
        cJSON_Delete(body);
        return;
    }
    const char *tool = json_str(body, "tool", NULL);
    AUTO_FREE char *name = mem_strdup(tool), *text = event_text(h, event, body);
    free(run_all(h, event, name, text));
}

char *hooks_before_tool(struct hooks *h, const char *tool, const cJSON *args)
{
    assert(h->reactor && h->out && h->describe && tool);
    if (!hooks_want(h, "before_tool"))
        return NULL;
    cJSON *body = cJSON_CreateObject();
    json_add_str(body, "tool", tool);
    json_add(body, "args", args ? cJSON_Duplicate(args, true) : cJSON_CreateObject());
    AUTO_FREE char *text = event_text(h, "before_tool", body);
    return run_all(h, "before_tool", tool, text);
}
