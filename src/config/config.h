/*
 * config - settings from all layers, each value remembering where it came from.
 *
 * Built-in < ~/.config/mien/config.yaml (or --config FILE) < .mien/config.yaml of a trusted
 * workspace < environment < command line. Immutable once the engine runs; both threads read.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/error.h"
#include "base/mem.h"
#include "base/opt.h"
#include "base/yaml.h"

struct config {
    char *model, *side_model, *plan_model, *mode, *agent, *approval, *theme, *effort;
    int64_t rounds_per_subtask, rounds_per_goal, goal_seconds, goal_tokens;
    double goal_money;
    int64_t max_depth, max_siblings, min_children, max_children;
    char *escalation_strategy, *zoom_out_target, *finish_confirm, *check_guard;
    int64_t approach_retries, subtask_repeats, nudges;
    double temperature, split_temperature;
    bool prefer_granular, retry_enabled, retry_reset, retry_preserve, block_failed;
    char *retry_style, *base_prompt, *side_mode;
    bool timeout_summary, timeout_dump, compress;
    int64_t compress_messages, recent_actions;
    /* 0: not set; else what behaviors of that kind start with (behavior_defaults overlays it) */
    int64_t action_repeats, loop_age, history_keep, context_tokens;
    int64_t connect_seconds, first_byte_seconds, idle_seconds, total_seconds;
    int64_t retries, retry_wait_seconds, answer_tokens, default_window;
    char *sandbox;
    struct opt_list behaviors_path; /* directories with behaviors of one's own */
    struct opt_list secrets;        /* kept out of sight, beside those known */
    struct opt_list proxy_origins;  /* of web pages that may use the proxy */
    bool network, read_outside, rewind;
    bool mouse, bell, links; /* of the screen */
    int64_t command_seconds, output_bytes;
    /* Of a command; 0: no limit. */
    int64_t memory_mb, cpu_seconds, file_mb, processes, shared_mb, temporary_mb;
    int64_t check_share, check_seconds;   /* of checks that are always run */
    const struct yaml *behavior_defaults; /* newest layer that has the section; or NULL */
    const struct yaml *behaviors;         /* a behaviors: list in config.yaml, or NULL */
    const struct yaml *mcp_servers;       /* name → server; the same */
    /* hooks: sections (event → commands), a file each, in the order they were read */
    VEC(struct hook_list {
        const struct yaml *events;
        char *dir; /* of the file, absolute; owned */
        bool project;
    })
    hooks;
    /* permissions: sections, the same */
    VEC(struct permission_list {
        const struct yaml *list;
        bool project;
    })
    permissions;
    bool project;        /* what is loaded now is a project's */
    struct texts *texts; /* what is said to a model */
    /* private */
    VEC(struct yaml *) files;
    char **origins;
};

extern const struct opt config_rows[];

/* Fill with defaults. */
void config_init(struct config *c);
void config_fini(struct config *c);

/* Overlay a YAML file; a missing one is fine unless `must`. ERR_CONFIG file:line. */
NODISCARD bool config_load(struct config *c, const char *path, bool must, struct error *e);

/* Overlay text as if it were a file called `name`. */
NODISCARD bool config_load_text(struct config *c, const char *text, const char *name,
                                struct error *e);

/* What is loaded from now on is a project's: it narrows what may run, and opens nothing. */
void config_begin_project(struct config *c);

/* Set one value; origin as shown by `mien config` ("--model", "MIEN_MODEL"). */
NODISCARD bool config_set(struct config *c, const char *name, const char *value, const char *origin,
                          struct error *e);

/* Where the row's value comes from: "built-in" or what the layer said. Borrowed. */
const char *config_origin(const struct config *c, size_t row);

#endif
