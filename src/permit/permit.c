#include "permit/permit.h"

#include <stdio.h>
#include <string.h>

#include "host/policy.h"

static const char *const policy_names[POLICY_COUNT] = {"ask", "auto", "never", "yolo"};

const char *policy_name(enum policy p)
{
    return policy_names[p];
}

enum policy policy_find(const char *name)
{
    int i = 0;
    while (i < POLICY_COUNT && strcmp(policy_names[i], name) != 0)
        i++;
    return (enum policy)i;
}

const char *permit_stop_words(enum interrupt why)
{
    static const char *const words[] = {
        [INTERRUPT_NONE] = "nothing stopped it",
        [INTERRUPT_STOP] = "the user interrupted",
        [INTERRUPT_TIMEOUT] = "the goal's time was up",
        [INTERRUPT_QUIT] = "mien was closed",
    };
    return words[why];
}

/* ---- policy and grants ---- */

void permit_set_policy(struct permit *p, enum policy policy)
{
    p->policy = policy;
    outbox_setting(p->ask.out, "approval", policy_names[policy]);
}

static void grants_clear(struct grants *g)
{
    for (size_t i = 0; i < g->commands.len; i++)
        free(g->commands.ptr[i]);
    g->commands.len = 0;
    g->writes = false;
}

void permit_forget(struct permit *p)
{
    bool any = p->grants.writes || p->grants.commands.len;
    grants_clear(&p->grants);
    if (any)
        outbox_setting(p->ask.out, "grant", "");
}

void permit_fini(struct permit *p)
{
    grants_clear(&p->grants);
    VEC_FREE(&p->grants.commands);
    asker_fini(&p->ask);
}

static bool is_granted(const struct permit *p, const char *command)
{
    for (size_t i = 0; i < p->grants.commands.len; i++)
        if (strcmp(p->grants.commands.ptr[i], command) == 0)
            return true;
    return false;
}

/* ---- tools ---- */

static cJSON *ask_for_write(struct permit *p, const struct permit_call *c)
{
    AUTO_FREE char *detail = cJSON_Print(c->args);
    AUTO_FREE char *title = mem_printf("%s %s", c->tool, c->summary ? c->summary : "");
    struct ask q = {.kind = "write",
                    .title = title,
                    .detail = detail,
                    .why = "the approval policy is \"ask\"",
                    .always = "s: writes inside the workspace are not asked about again in this "
                              "session; commands are"};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&p->ask, &q, &text);
    if (strcmp(key, "s") == 0) {
        p->grants.writes = true;
        outbox_setting(p->ask.out, "grant", "writes");
    }
    if (strcmp(key, "n") != 0)
        return NULL;
    if (reactor_stopped(p->ask.reactor))
        return json_error("Not run: %s.", permit_stop_words(p->ask.reactor->interrupt));
    if (!p->ask.possible)
        return json_error("Refused: the approval policy is \"ask\" and nobody can be asked. The "
                          "user can start mien with --approval auto");
    return json_error("The user refused this write%s%s", text && *text ? ": " : ".",
                      text ? text : "");
}

cJSON *permit_tool(struct permit *p, const struct permit_call *c)
{
    struct reactor *r = p->ask.reactor;
    AUTO_FREE char *objection =
        !reactor_stopped(r) && p->object ? p->object(p->arg, c->tool, c->args) : NULL;
    /* The hook may have taken its time. */
    if (reactor_stopped(r))
        return json_error("Not run: %s.", permit_stop_words(r->interrupt));
    if (objection)
        return json_error("Blocked by a hook of the user: %s", objection);
    bool must_ask = c->writes && p->policy == POLICY_ASK && !p->grants.writes;
    return must_ask ? ask_for_write(p, c) : NULL;
}

/* ---- commands ---- */

/* Why this command needs a yes, or NULL when it does not. */
static const char *needs_yes(const struct permit *p, const char *command,
                             const struct command_info *info)
{
    bool confined = p->sandbox && sandbox_level(p->sandbox) != SANDBOX_NONE;
    if (p->policy == POLICY_YOLO || is_granted(p, command) || info->class == COMMAND_READS)
        return NULL;
    if (p->policy == POLICY_ASK)
        return "the approval policy is \"ask\"";
    if (p->network && confined)
        return "commands may reach the network (sandbox.network)";
    return confined ? NULL : "there is no sandbox here: it could touch anything you can";
}

static bool ask_for_command(struct permit *p, const char *command, const char *why,
                            const struct command_info *info, char note[static 512])
{
    AUTO_FREE char *reason =
        info->class == COMMAND_UNKNOWN
            ? mem_printf("%s (and it cannot be read plainly: %s)", why, info->why)
            : mem_strdup(why);
    struct ask q = {.kind = "command",
                    .title = "Run this command?",
                    .detail = command,
                    .why = reason,
                    .always =
                        "s: this exact command line is not asked about again in this session"};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&p->ask, &q, &text);
    if (strcmp(key, "s") == 0) {
        AUTO_FREE char *value = mem_printf("command: %s", command);
        VEC_PUSH(&p->grants.commands, mem_strdup(command));
        outbox_setting(p->ask.out, "grant", value);
    }
    if (strcmp(key, "n") != 0)
        return true;
    if (!p->ask.possible)
        snprintf(note, 512,
                 "Refused: it needs a yes and nobody can be asked (%s). Use a command that only "
                 "reads, or let the user start mien with --approval yolo.",
                 why);
    else
        snprintf(note, 512, "The user refused this command%s%.400s", text && *text ? ": " : ".",
                 text ? text : "");
    return false;
}

bool permit_command(struct permit *p, const char *command, const struct opt_list *whitelist,
                    char why[static 512])
{
    struct command_info info;
    struct error e = {0};
    command_classify(command, p->dir, &info);
    bool ok = command_whitelisted(&info, whitelist, &e);
    if (!ok)
        snprintf(why, 512, "%s", e.text);
    const char *yes = ok ? needs_yes(p, command, &info) : NULL;
    if (yes && p->policy == POLICY_NEVER) {
        snprintf(why, 512, "Refused by the approval policy \"never\": %s", yes);
        ok = false;
    } else if (yes) {
        ok = ask_for_command(p, command, yes, &info, why);
    }
    if (ok && reactor_stopped(p->ask.reactor)) {
        snprintf(why, 512, "Not run: %s.", permit_stop_words(p->ask.reactor->interrupt));
        ok = false;
    }
    command_info_fini(&info);
    return ok;
}

bool permit_command_is_free(const struct permit *p, const char *command)
{
    struct command_info info;
    command_classify(command, p->dir, &info);
    bool free_of_questions = !needs_yes(p, command, &info) && !reactor_stopped(p->ask.reactor);
    command_info_fini(&info);
    return free_of_questions;
}
