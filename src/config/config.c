#include "config/config.h"

#include <string.h>

#include "base/buf.h"
#include "config/texts.h"

#define AT(member) offsetof(struct config, member)

/* Dotted names are nested maps in the file: `rounds: {max_per_subtask: 12}`. */
// clang-format off
const struct opt config_rows[] = {
    {"model", OPT_STR, AT(model), .alias = "llm.model|models.main",
     .help = "Model to use: a model_name of models.yaml, or provider/model"},
    {"behavior", OPT_STR, AT(mode), .help = "Behavior mode to start with"},
    {"agent", OPT_STR, AT(agent), .def = "task_executor", .help = "Agent: a name, or a FILE.yaml"},
    {"approval", OPT_ENUM, AT(approval), .def = "auto", .choices = "ask|auto|never|yolo|plan",
     .help = "When a tool call needs a yes"},
    {"mouse", OPT_BOOL, AT(mouse), .def = "true", .help = "The wheel scrolls and a click selects on the screen; false leaves the mouse to the terminal"},
    {"links", OPT_BOOL, AT(links), .def = "true", .help = "Addresses are links, where the terminal says that it knows them"},
    {"bell", OPT_BOOL, AT(bell), .def = "true", .help = "Ring and notify when a question waits, or a goal ends after 10 s, while the terminal has no focus"},
    {"theme", OPT_STR, AT(theme), .def = "auto", .help = "Colours of the screen; auto follows the terminal"},
    {"rounds.max_per_subtask", OPT_INT, AT(rounds_per_subtask), .def = "0", .min = 0, .max = 10000,
     .unit = "rounds", .help = "Rounds on one subtask before it is split or left; 0 for no limit"},
    {"rounds.max_global", OPT_INT, AT(rounds_per_goal), .def = "256", .min = 1, .max = 100000,
     .unit = "rounds", .help = "Rounds on one goal"},
    {"timeouts.max_goal_time", OPT_INT, AT(goal_seconds), .def = "-1", .min = -1, .max = 1e7,
     .unit = "s", .help = "Seconds on one goal; 0 for no limit, -1: none on the screen, 600 without one"},
    {"timeouts.create_summary_on_timeout", OPT_BOOL, AT(timeout_summary), .def = "true",
     .help = "Say in the result of a timed out goal what was done and what was in progress"},
    {"timeouts.save_context_dump", OPT_BOOL, AT(timeout_dump), .def = "true",
     .help = "Keep the last request and actions of a timed out goal in the state directory's dumps"},
    {"limits.tokens", OPT_INT, AT(goal_tokens), .def = "0", .min = 0, .max = 1e12,
     .unit = "tokens", .help = "Tokens sent and received for one goal; 0 for no limit"},
    {"limits.money", OPT_NUM, AT(goal_money), .def = "0", .min = 0, .max = 1e6,
     .help = "Money for one goal, in the model's currency; 0 for no limit"},
    {"hierarchy.max_depth", OPT_INT, AT(max_depth), .def = "5", .min = 1, .max = 20,
     .help = "Levels of subtasks"},
    {"hierarchy.max_siblings", OPT_INT, AT(max_siblings), .def = "8", .min = 2, .max = 100,
     .help = "Children one node may have"},
    {"decomposition.min_children", OPT_INT, AT(min_children), .def = "2", .min = 1, .max = 20,
     .help = "Steps a forced split must have at least"},
    {"decomposition.max_children", OPT_INT, AT(max_children), .def = "6", .min = 2, .max = 20,
     .help = "Steps a forced split may have at most"},
    {"decomposition.temperature", OPT_NUM, AT(split_temperature), .def = "0.2", .min = 0, .max = 2,
     .help = "Sampling temperature when the engine asks for smaller steps"},
    {"decomposition.prefer_granular", OPT_BOOL, AT(prefer_granular), .def = "true",
     .help = "Ask for very small steps when a step is split"},
    {"escalation.strategy", OPT_ENUM, AT(escalation_strategy), .def = "force_decompose",
     .choices = "force_decompose|agent_decides",
     .help = "What happens to a subtask out of rounds"},
    {"escalation.zoom_out_target", OPT_ENUM, AT(zoom_out_target), .def = "smart",
     .choices = "parent|task|root|smart", .help = "Where work goes on after a subtask is left"},
    {"escalation.max_approach_retries", OPT_INT, AT(approach_retries), .def = "3", .min = 0, .max = 20,
     .help = "New approaches to a goal before it fails"},
    {"escalation.block_failed_paths", OPT_BOOL, AT(block_failed), .def = "true",
     .help = "Leave out steps of a new approach that failed in an earlier one"},
    {"approach_retry.enabled", OPT_BOOL, AT(retry_enabled), .def = "true",
     .help = "Try another approach when all steps of one failed"},
    {"approach_retry.reset_subtasks_on_retry", OPT_BOOL, AT(retry_reset), .def = "true",
     .help = "Put open steps aside when another approach begins"},
    {"approach_retry.preserve_completed", OPT_BOOL, AT(retry_preserve), .def = "true",
     .help = "Keep finished steps when another approach begins"},
    {"approach_retry.retry_style", OPT_ENUM, AT(retry_style), .def = "learn_from_failures",
     .choices = "learn_from_failures|fresh_start",
     .help = "Whether a new approach learns what failed before"},
    {"loop_detection.max_action_repeats", OPT_INT, AT(action_repeats), .def = "0", .min = 0, .max = 100,
     .help = "max_repeats of LoopDetectionBehavior unless the agent sets it; 0 keeps the behavior's own default"},
    {"loop_detection.max_context_age", OPT_INT, AT(loop_age), .def = "0", .min = 0, .max = 1e6,
     .unit = "s", .help = "max_age of LoopDetectionBehavior unless the agent sets it; 0 keeps the behavior's own default"},
    {"loop_detection.max_subtask_repeats", OPT_INT, AT(subtask_repeats), .def = "2", .min = 1, .max = 20,
     .help = "Failures of one subtask before it is left"},
    {"checks.guard", OPT_ENUM, AT(check_guard), .def = "tell", .choices = "tell|strict|off",
     .help = "When a goal changed the tests its check stands on: tell it, or run them as they were too"},
    {"checks.share", OPT_INT, AT(check_share), .def = "10", .min = 1, .max = 100,
     .help = "of a goal's time, percent, that checks which are always run may take"},
    {"checks.seconds", OPT_INT, AT(check_seconds), .def = "60", .min = 1, .max = 3600,
     .help = "for one run of such a check"},
    {"finish.confirm", OPT_ENUM, AT(finish_confirm), .def = "auto", .choices = "auto|always|never",
     .help = "Ask the model once, before a goal that changed files ends, what shows that it is reached; auto: where nothing ran with success since the last change"},
    {"nudges", OPT_INT, AT(nudges), .def = "2", .min = 0, .max = 10,
     .help = "How often a model is reminded that only talks and neither uses a tool nor finishes"},
    {"context.history_keep", OPT_INT, AT(history_keep), .def = "0", .min = 0, .max = 1000,
     .unit = "exchanges", .help = "history_keep of HierarchicalContextBehavior unless the agent sets it; 0 keeps the behavior's own default"},
    {"context.max_tokens", OPT_INT, AT(context_tokens), .def = "0", .min = 0, .max = 1e8,
     .unit = "tokens", .help = "max_tokens of CompactWhenNearFullBehavior unless the agent sets it; 0: the window"},
    {"context.recent_actions_limit", OPT_INT, AT(recent_actions), .def = "30", .min = 1, .max = 1000,
     .help = "Actions of the log that behaviors may show the model"},
    {"context.enable_compression", OPT_BOOL, AT(compress), .def = "false",
     .help = "Compact by the number of messages too, not only by their size"},
    {"context.compression_threshold", OPT_INT, AT(compress_messages), .def = "20", .min = 4, .max = 100000,
     .unit = "messages", .help = "Messages in view at which that happens"},
    {"llm.system_prompt", OPT_STR, AT(base_prompt),
     .help = "Text put before the agent's own system prompt"},
    {"models.side", OPT_STR, AT(side_model),
     .help = "Model for summaries and other questions mien asks by itself; default the one in use"},
    {"models.plan", OPT_STR, AT(plan_model),
     .help = "Model that works while planning is on; what follows is done by the one in use before"},
    {"llm.side_behavior", OPT_STR, AT(side_mode),
     .help = "Behavior mode of summaries and other questions mien asks by itself; none by default"},
    {"llm.effort", OPT_ENUM, AT(effort), .def = "auto", .choices = "auto|none|low|medium|high|max",
     .help = "How hard the model is to think; auto leaves it to the model and its modes"},
    {"llm.temperature", OPT_NUM, AT(temperature), .def = "-1", .min = -1, .max = 2,
     .help = "Sampling temperature; -1 leaves it to the server"},
    {"llm.connect_seconds", OPT_INT, AT(connect_seconds), .def = "10", .min = 1, .max = 600,
     .unit = "s", .help = "Limit for connecting"},
    {"llm.first_byte_seconds", OPT_INT, AT(first_byte_seconds), .def = "300", .min = 1, .max = 86400,
     .unit = "s", .help = "Limit until the first byte of an answer (model load, long prompts)"},
    {"llm.inactivity_seconds", OPT_INT, AT(idle_seconds), .def = "300", .min = 1, .max = 86400,
     .unit = "s", .help = "Limit between two pieces of an answer"},
    {"llm.total_seconds", OPT_INT, AT(total_seconds), .def = "1800", .min = 1, .max = 86400,
     .unit = "s", .help = "Limit for one whole answer"},
    {"llm.retries", OPT_INT, AT(retries), .def = "4", .min = 0, .max = 100,
     .help = "Tries after the first, for errors that may pass"},
    {"llm.retry_wait_seconds", OPT_INT, AT(retry_wait_seconds), .def = "120", .min = 0, .max = 86400,
     .unit = "s", .help = "Longest wait a server may ask for"},
    {"llm.answer_tokens", OPT_INT, AT(answer_tokens), .def = "8192", .min = 16, .max = 1e7,
     .unit = "tokens", .help = "Room kept for one answer; at most a quarter of the window"},
    {"llm.default_window", OPT_INT, AT(default_window), .def = "32768", .min = 1024, .max = 1e8,
     .unit = "tokens", .help = "Window assumed when neither models.yaml nor the server tells"},
    {"behaviors_path", OPT_LIST, AT(behaviors_path),
     .help = "More directories with behaviors: NAME.so and NAME.py. Only the user's own file may say"},
    {"sandbox.level", OPT_ENUM, AT(sandbox), .def = "full", .choices = "full|landlock|none",
     .help = "Best sandbox to try for commands"},
    {"sandbox.network", OPT_BOOL, AT(network), .def = "false",
     .help = "Let commands reach the network"},
    {"files.read_outside", OPT_BOOL, AT(read_outside), .def = "true",
     .help = "Let reads and searches leave the workspace; never to keys and passwords"},
    {"files.rewind", OPT_BOOL, AT(rewind), .def = "true",
     .help = "Keep what the workspace's files were before each round, so that /rewind can bring them back"},
    {"files.secrets", OPT_LIST, AT(secrets),
     .help = "More files and directories, in the home or absolute, that neither commands nor reads "
             "see. Only the user's own file may say"},
    {"proxy.origins", OPT_LIST, AT(proxy_origins),
     .help = "Web pages that may use the proxy and read its answers, like http://localhost:3000. Only "
             "the user's own file may say"},
    {"commands.timeout_seconds", OPT_INT, AT(command_seconds), .def = "120", .min = 1, .max = 3600,
     .unit = "s", .help = "Limit of one command unless the call gives its own, at most 3600"},
    {"commands.memory_mb", OPT_INT, AT(memory_mb), .def = "0", .min = 0, .max = 1e7, .unit = "MB",
     .help = "Memory of one process of a command; 0 for no limit. Sanitizers (ASan) run under none. Only "
             "the user's own file may say"},
    {"commands.processes", OPT_INT, AT(processes), .def = "4096", .min = 512, .max = 1e6,
     .help = "Processes and threads of all commands together, at sandbox level full and not for root. Only the user's own file may say"},
    {"commands.cpu_seconds", OPT_INT, AT(cpu_seconds), .def = "0", .min = 0, .max = 1e7, .unit = "s",
     .help = "Processor time of one process of a command, servers too; 0 for no limit. Only the user's own file may say"},
    {"commands.file_mb", OPT_INT, AT(file_mb), .def = "1024", .min = 0, .max = 1e7, .unit = "MB",
     .help = "Largest file a command may write; 0 for no limit. Only the user's own file may say"},
    {"commands.shared_mb", OPT_INT, AT(shared_mb), .def = "512", .min = 0, .max = 1e6, .unit = "MB",
     .help = "Size of a command's /dev/shm, at sandbox level full; 0 for half of the memory. Only the user's own file may say"},
    {"commands.temporary_mb", OPT_INT, AT(temporary_mb), .def = "8192", .min = 0, .max = 1e7, .unit = "MB",
     .help = "What all commands of a session may keep in their temporary directory; 0 for no limit. Only the user's own file may say"},
    {"commands.output_bytes", OPT_INT, AT(output_bytes), .def = "16000", .min = 500, .max = 1e6,
     .unit = "bytes", .help = "Output of one command shown to the model: half head, half tail"},
    {0},
};
// clang-format on

enum { ROWS = COUNT_OF(config_rows) - 1 };

static void config_set_origin(struct config *c, const struct opt *row, const char *origin)
{
    mem_replace(&c->origins[row - config_rows], origin);
}

void config_init(struct config *c)
{
    *c = (struct config){0};
    c->origins = mem_alloc(ROWS * sizeof *c->origins);
    opt_defaults(config_rows, c);
    c->texts = texts_new();
}

void config_fini(struct config *c)
{
    opt_clear(config_rows, c);
    for (size_t i = 0; c->origins && i < ROWS; i++)
        free(c->origins[i]);
    free(c->origins);
    for (size_t i = 0; i < c->files.len; i++)
        yaml_tree_free(c->files.ptr[i]);
    VEC_FREE(&c->files);
    VEC_FREE(&c->permissions);
    for (size_t i = 0; i < c->hooks.len; i++)
        free(c->hooks.ptr[i].dir);
    VEC_FREE(&c->hooks);
    texts_free(c->texts);
    *c = (struct config){0};
}

void config_begin_project(struct config *c)
{
    c->project = true;
}

const char *config_origin(const struct config *c, size_t row)
{
    return c->origins[row] ? c->origins[row] : "built-in";
}

static bool config_apply(struct config *c, const struct yaml *map, const char *prefix,
                         struct error *e);

/* One member, its key dotted: a row, a section of rows, or an error. */
static bool config_apply_one(struct config *c, struct yaml *v, const char *name, struct error *e)
{
    const struct opt *row = opt_find(config_rows, name);
    if (!row && v->kind == YAML_MAP)
        return config_apply(c, v, name, e);
    char *key = v->key;
    v->key = mem_strdup(name);
    struct yaml one = {.kind = YAML_MAP, .file = v->file, .line = v->line, .items = &v, .count = 1};
    bool ok = opt_overlay(config_rows, c, &one, "the configuration", e);
    free(v->key);
    v->key = key;
    if (ok && row && !yaml_is_null(v)) {
        AUTO_FREE char *origin = mem_printf("%s:%d", v->file, v->line);
        config_set_origin(c, row, origin);
    }
    return ok;
}

static bool config_apply(struct config *c, const struct yaml *map, const char *prefix,
                         struct error *e)
{
    if (map->kind != YAML_MAP)
        return yaml_error(map, e, "expected \"name: value\" lines");
    for (size_t i = 0; i < map->count; i++) {
        struct yaml *v = map->items[i];
        if (!prefix && strcmp(v->key, "behavior_defaults") == 0) {
            c->behavior_defaults = v;
            continue;
        }
        if (!prefix && strcmp(v->key, "hooks") == 0) {
            const char *slash = strrchr(v->file, '/');
            AUTO_FREE char *dir =
                slash ? mem_strndup(v->file, (size_t)(slash - v->file) + 1) : mem_strdup(".");
            VEC_PUSH(&c->hooks, (struct hook_list){v, realpath(dir, NULL), c->project});
            continue;
        }
        if (!prefix && strcmp(v->key, "mcp_servers") == 0) {
            c->mcp_servers = v;
            continue;
        }
        if (!prefix && strcmp(v->key, "permissions") == 0) {
            VEC_PUSH(&c->permissions, (struct permission_list){v, c->project});
            continue;
        }
        if (!prefix && strcmp(v->key, "behaviors") == 0) {
            c->behaviors = v;
            continue;
        }
        AUTO_FREE char *name = prefix ? mem_printf("%s.%s", prefix, v->key) : mem_strdup(v->key);
        if (!config_apply_one(c, v, name, e))
            return false;
    }
    return true;
}

static bool config_take(struct config *c, struct yaml *y, struct error *e)
{
    VEC_PUSH(&c->files, y);
    return config_apply(c, y, NULL, e);
}

bool config_load(struct config *c, const char *path, bool must, struct error *e)
{
    struct error here = {0};
    struct yaml *y = yaml_load(path, &here);
    if (y)
        return config_take(c, y, e);
    if (here.code == ERR_NOT_FOUND && !must)
        return true;
    return error_set(e, ERR_CONFIG, "%s", here.text);
}

bool config_load_text(struct config *c, const char *text, const char *name, struct error *e)
{
    struct yaml *y = yaml_parse(text, strlen(text), name, e);
    return y && config_take(c, y, e);
}

bool config_set(struct config *c, const char *name, const char *value, const char *origin,
                struct error *e)
{
    if (!opt_set(config_rows, c, name, value, e))
        return error_prefix(e, "%s", origin);
    config_set_origin(c, opt_find(config_rows, name), origin);
    return true;
}
