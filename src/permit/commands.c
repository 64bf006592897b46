/* The gate for commands: does this line, with this reach, need a yes, and does it get one? */
#include <stdio.h>
#include <string.h>

#include "base/sanitize.h"
#include "host/policy.h"
#include "permit/permit.h"

/* A command as it is judged. */
struct judged {
    const struct command_spec *spec;
    struct command_info info;
    struct reach open; /* what it asks for and nothing has granted */
};

static void judged_fini(struct judged *j)
{
    command_info_fini(&j->info);
    reach_fini(&j->open);
}

static bool is_granted(const struct permit *p, const char *command)
{
    for (size_t i = 0; i < p->grants.commands.len; i++)
        if (strcmp(p->grants.commands.ptr[i], command) == 0)
            return true;
    return false;
}

static bool is_confined(const struct permit *p)
{
    return p->sandbox && sandbox_level(p->sandbox) != SANDBOX_NONE;
}

static void judge(const struct permit *p, const struct command_spec *c, const struct reach *reach,
                  struct judged *j)
{
    *j = (struct judged){.spec = c};
    command_classify(c->command, &j->info);
    for (size_t i = 0; reach && is_confined(p) && i < reach->items.len; i++) {
        const struct reach_item *item = &reach->items.ptr[i];
        if (!reach_covers(&p->grants.reach, item) && !reach_covers(&p->allowed, item))
            reach_put(&j->open, item);
    }
}

/* Why this command needs a yes, or NULL when it does not. */
static const char *needs_yes(const struct permit *p, const struct judged *j)
{
    if (p->policy == POLICY_YOLO)
        return NULL;
    if (j->open.items.len)
        return "it asks for more than the sandbox gives";
    if (is_granted(p, j->spec->command) || j->info.class == COMMAND_READS)
        return NULL;
    if (p->policy == POLICY_ASK)
        return "the approval policy is \"ask\"";
    if (p->network && is_confined(p))
        return "commands may reach the network (sandbox.network)";
    return is_confined(p) ? NULL : "there is no sandbox here: it could touch anything you can";
}

/* What it would do and reach, and what for, a line each. */
static char *reasons(const struct judged *j, const char *why)
{
    AUTO(buf) out = {0};
    AUTO_FREE char *reason = j->spec->why ? sanitize_text(j->spec->why, SANITIZE_ONE_LINE) : NULL;
    if (!j->open.items.len)
        buf_adds(&out, why);
    for (size_t i = 0; i < j->open.items.len; i++) {
        buf_adds(&out, i ? "\n" : "");
        reach_item_add_name(&j->open.items.ptr[i], &out);
        buf_adds(&out, ": ");
        reach_item_add_meaning(&j->open.items.ptr[i], &out);
    }
    if (j->open.items.len)
        buf_addf(&out, "\nWhat for: %s", reason && *reason ? reason : "it gives no reason");
    if (j->info.class == COMMAND_UNKNOWN)
        buf_addf(&out,
                 j->open.items.len ? "\nThe command cannot be read plainly: %s"
                                   : " (and it cannot be read plainly: %s)",
                 j->info.why);
    for (size_t i = 0; j->open.items.len && i < j->info.count; i++) {
        buf_addc(&out, '\n');
        command_part_describe(&j->info.parts[i], &out);
    }
    return buf_take(&out);
}

static void grant(struct permit *p, const struct judged *j)
{
    if (!j->open.items.len || p->policy == POLICY_ASK) {
        AUTO_FREE char *value = mem_printf("command: %s", j->spec->command);
        VEC_PUSH(&p->grants.commands, mem_strdup(j->spec->command));
        outbox_setting(p->ask.out, "grant", value);
    }
    if (!j->open.items.len)
        return;
    AUTO_FREE char *names = reach_names(&j->open);
    AUTO_FREE char *value = mem_printf("reach: %s", names);
    for (size_t i = 0; i < j->open.items.len; i++)
        reach_put(&p->grants.reach, &j->open.items.ptr[i]);
    outbox_setting(p->ask.out, "grant", value);
}

static void say_refused(const struct permit *p, const struct judged *j, const char *why,
                        const char *text, char note[static 512])
{
    AUTO_FREE char *names = reach_names(&j->open);
    if (p->ask.possible && j->open.items.len)
        snprintf(note, 512,
                 "The user refused this command with needs %.150s%s%.200s Nothing was run. Without "
                 "needs it runs in the sandbox.",
                 names, text && *text ? ": " : ".", text ? text : "");
    else if (p->ask.possible)
        snprintf(note, 512, "The user refused this command%s%.400s", text && *text ? ": " : ".",
                 text ? text : "");
    else if (j->open.items.len)
        snprintf(note, 512,
                 "Refused: needs %.150s wants a yes and nobody can be asked. Nothing was run. "
                 "Without needs it runs in the sandbox. If it cannot go without, say so in your "
                 "answer: the user can start "
                 "mien with --allow %.100s",
                 names, names);
    else
        snprintf(note, 512,
                 "Refused: it needs a yes and nobody can be asked (%s). Use a command that only "
                 "reads, or let the user start mien with --approval yolo.",
                 why);
}

static bool ask_for_command(struct permit *p, const struct judged *j, const char *why,
                            char note[static 512])
{
    AUTO_FREE char *names = reach_names(&j->open);
    AUTO_FREE char *reason = reasons(j, why);
    bool reaches = j->open.items.len > 0;
    AUTO_FREE char *title =
        reaches ? mem_printf("Run this command with %s?", names) : mem_strdup("Run this command?");
    AUTO_FREE char *always =
        reaches
            ? mem_printf("s: any command that asks for %s gets it until this session ends", names)
            : mem_strdup("s: this exact command line is not asked about again in this session");
    struct ask q = {.kind = "command",
                    .title = title,
                    .detail = j->spec->command,
                    .why = reason,
                    .always = always};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&p->ask, &q, &text);
    if (strcmp(key, "s") == 0)
        grant(p, j);
    if (strcmp(key, "n") != 0)
        return true;
    say_refused(p, j, why, text, note);
    return false;
}

bool permit_command(struct permit *p, const struct command_spec *c, const struct reach *reach,
                    char why[static 512])
{
    AUTO(judged) j;
    struct error e = {0};
    judge(p, c, reach, &j);
    bool ok = command_whitelisted(&j.info, c->whitelist, &e);
    if (!ok)
        snprintf(why, 512, "%s", e.text);
    const char *yes = ok ? needs_yes(p, &j) : NULL;
    if (yes && p->policy == POLICY_NEVER) {
        snprintf(why, 512, "Refused by the approval policy \"never\": %s", yes);
        ok = false;
    } else if (yes) {
        ok = ask_for_command(p, &j, yes, why);
    }
    if (ok && reactor_stopped(p->ask.reactor)) {
        snprintf(why, 512, "Not run: %s.", permit_stop_words(p->ask.reactor->interrupt));
        ok = false;
    }
    return ok;
}

bool permit_command_is_free(const struct permit *p, const char *command)
{
    AUTO(judged) j;
    judge(p, &(struct command_spec){.command = command}, NULL, &j);
    return !needs_yes(p, &j) && !reactor_stopped(p->ask.reactor);
}
