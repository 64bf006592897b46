/* The gate for commands: does this line, with this reach, need a yes, and does it get one? */
#include <stdio.h>
#include <string.h>

#include "base/sanitize.h"
#include "host/policy_describe.h"
#include "permit/permit.h"

#define NOWHERE "/nonexistent" /* nothing lies within it */

/* A command as it is judged. */
struct judged {
    const struct command_spec *spec;
    struct command_info info;
    bool reaches;            /* it asks for some */
    struct reach open;       /* what it asks for and nothing has granted */
    enum verdict verdict;    /* of running it, or of a part of the reach, the stricter */
    const struct rule *rule; /* that said so; NULL: none */
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

static enum verdict by_rules(const struct permit *p, const struct judged *j,
                             const struct reach_item *item, const struct rule **by)
{
    const char *cwd = p->workspace ? p->workspace : "/";
    return permissions_judge(&p->rules, j->spec->command, &j->info, item, cwd, by);
}

static void take_verdict(struct judged *j, enum verdict v, const struct rule *by)
{
    if (v > j->verdict) {
        j->verdict = v;
        j->rule = by;
    }
}

/* What it is allowed is no longer open; what it is refused counts whatever was granted. */
static void judge_reach(const struct permit *p, const struct reach *reach, struct judged *j)
{
    for (size_t i = 0; reach && i < reach->items.len; i++) {
        const struct reach_item *item = &reach->items.ptr[i];
        const struct rule *by;
        enum verdict v = by_rules(p, j, item, &by);
        bool granted = reach_covers(&p->grants.reach, item) || reach_covers(&p->allowed, item);
        if (v == VERDICT_DENY || (v == VERDICT_ASK && !granted))
            take_verdict(j, v, by);
        else if (!j->rule)
            j->rule = by;
        if (is_confined(p) && v != VERDICT_ALLOW && !granted)
            reach_put(&j->open, item);
    }
}

static void judge(const struct permit *p, const struct command_spec *c, const struct reach *reach,
                  struct judged *j)
{
    const struct rule *by;
    *j = (struct judged){.spec = c, .reaches = reach && reach->items.len};
    command_classify(c->command, p->workspace ? p->workspace : NOWHERE, &j->info);
    enum verdict v = by_rules(p, j, NULL, &by);
    if (v != VERDICT_ASK || !is_granted(p, c->command))
        take_verdict(j, v, by);
    judge_reach(p, reach, j);
}

/* Why this command needs a yes, or NULL when it does not. */
static const char *needs_yes(const struct permit *p, const struct judged *j)
{
    if (p->policy == POLICY_YOLO)
        return NULL;
    if (j->verdict == VERDICT_ASK)
        return "a rule wants it asked";
    if (j->open.items.len)
        return "it asks for more than the sandbox gives";
    if (is_granted(p, j->spec->command) || j->info.class == COMMAND_READS ||
        j->verdict == VERDICT_ALLOW)
        return NULL;
    if (p->policy == POLICY_ASK)
        return "the approval policy is \"ask\"";
    if (p->network && is_confined(p))
        return "commands may reach the network (sandbox.network)";
    return is_confined(p) ? NULL : "there is no sandbox here: it could touch anything you can";
}

/* What only looks may run while a plan is made: proven to, or where nothing can be written. */
static const char *plan_refuses(const struct permit *p, const struct judged *j)
{
    bool looks = j->info.class == COMMAND_READS || is_confined(p);
    return looks && !j->reaches ? NULL : permit_plan_words(p);
}

/* "config.yaml:12: ask git push *". */
static void add_rule_line(const struct rule *r, struct buf *out)
{
    buf_addf(out, "%s:%d: ", r->file, r->line);
    rule_add_text(r, out);
}

/* What it would do and reach, and what for, a line each. */
static char *reasons(const struct judged *j, const char *why)
{
    AUTO(buf) out = {0};
    AUTO_FREE char *reason = j->spec->why ? sanitize_text(j->spec->why, SANITIZE_ONE_LINE) : NULL;
    if (!j->open.items.len)
        buf_adds(&out, why);
    if (j->verdict == VERDICT_ASK) {
        buf_adds(&out, j->open.items.len ? "" : ": ");
        add_rule_line(j->rule, &out);
        buf_adds(&out, j->open.items.len ? "\n" : "");
    }
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

/* "s", for this session. */
static void grant(struct permit *p, const struct judged *j)
{
    if (!j->open.items.len || p->policy == POLICY_ASK || j->verdict == VERDICT_ASK) {
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

/* "p", this program here: a rule in the state directory, where no command and no tool writes. */
static void grant_program(struct permit *p, const struct judged *j, const char *words)
{
    struct error e = {0};
    AUTO_FREE char *value = mem_printf("rule: allow %s", words);
    if (!permissions_remember(words, &j->open, p->workspace, &e) ||
        !permissions_load(&p->rules, p->cfg, p->workspace, &e))
        outbox_notice(p->ask.out, "warn", "permissions", "it is not kept: %s", e.text);
    else
        outbox_setting(p->ask.out, "grant", value);
}

/* What the choices cover, a line each; *program: what "p" would allow, NULL: it is no choice. */
static char *covers(const struct permit *p, const struct judged *j, char **program)
{
    bool can_keep = p->workspace && p->cfg && j->open.items.len && j->verdict != VERDICT_ASK;
    AUTO_FREE char *names = reach_names(&j->open);
    *program = can_keep ? permissions_program(&j->info) : NULL;
    if (!j->open.items.len)
        return mem_strdup("s: this exact command line is not asked about again in this session");
    return mem_printf("s: any command that asks for %s gets it until this session ends%s%s%s%s",
                      names, *program ? "\np: in this workspace, later too, \"" : "",
                      *program ? *program : "", *program ? "\" gets " : "", *program ? names : "");
}

static void say_refused(const struct permit *p, const struct judged *j, const char *why,
                        const char *text, char note[static 512])
{
    AUTO_FREE char *names = reach_names(&j->open);
    if (p->ask.possible && reactor_stopped(p->ask.reactor)) /* a question closed by a stop */
        snprintf(note, 512, "Not run: %s.", permit_stop_words(p->ask.reactor->interrupt));
    else if (p->ask.possible && j->open.items.len)
        snprintf(note, 512,
                 "The user refused this command with needs %.150s%s%.200s. Nothing was run. "
                 "Without needs it runs in the sandbox.",
                 names, text && *text ? ": " : "", text ? text : "");
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

static const char with_program[] = "[{\"key\":\"y\",\"label\":\"yes, once\"},"
                                   "{\"key\":\"s\",\"label\":\"yes, for this session\"},"
                                   "{\"key\":\"p\",\"label\":\"yes, this program here\"},"
                                   "{\"key\":\"n\",\"label\":\"no\",\"text\":true}]";

static bool ask_for_command(struct permit *p, const struct judged *j, const char *why,
                            char note[static 512])
{
    AUTO_FREE char *names = reach_names(&j->open);
    AUTO_FREE char *reason = reasons(j, why);
    bool reaches = j->open.items.len > 0;
    AUTO_FREE char *title = reaches         ? mem_printf("Run this command with %s?", names)
                            : j->spec->into ? mem_printf("Type this into %s?", j->spec->into)
                                            : mem_strdup("Run this command?");
    AUTO_FREE char *program = NULL;
    AUTO_FREE char *always = covers(p, j, &program);
    struct ask q = {.kind = "command",
                    .title = title,
                    .detail = j->spec->command,
                    .why = reason,
                    .always = always,
                    .choices = program ? with_program : NULL};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&p->ask, &q, &text);
    if (strcmp(key, "s") == 0)
        grant(p, j);
    if (strcmp(key, "p") == 0 && program)
        grant_program(p, j, program);
    /* An answer that was no choice is no yes. */
    if (strcmp(key, "y") == 0 || strcmp(key, "s") == 0 || (strcmp(key, "p") == 0 && program))
        return true;
    say_refused(p, j, why, text, note);
    return false;
}

static void say_denied(const struct judged *j, char note[static 512])
{
    AUTO(buf) line = {0};
    add_rule_line(j->rule, &line);
    snprintf(note, 512, "Refused by a rule of %s, under every policy (%.300s). Nothing was run.",
             j->rule->project ? "this project" : "the user", buf_cstr(&line));
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
    if (ok && j.verdict == VERDICT_DENY) {
        say_denied(&j, why);
        ok = false;
    } else if (ok && plan_refuses(p, &j)) {
        snprintf(why, 512, "Refused: %s", plan_refuses(p, &j));
        ok = false;
    } else if (yes && p->policy == POLICY_NEVER) {
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

void permit_try(const struct permit *p, const struct command_spec *c, const struct reach *reach,
                struct permit_trial *t)
{
    AUTO(judged) j;
    *t = (struct permit_trial){.verdict = VERDICT_ALLOW};
    judge(p, c, reach, &j);
    const char *yes = needs_yes(p, &j);
    t->rule = j.rule;
    if (j.verdict == VERDICT_DENY) {
        t->verdict = VERDICT_DENY;
        snprintf(t->why, sizeof t->why, "a rule refuses it, under every policy");
    } else if (plan_refuses(p, &j)) {
        t->verdict = VERDICT_DENY;
        t->rule = NULL;
        snprintf(t->why, sizeof t->why, "%s", plan_refuses(p, &j));
    } else if (yes) {
        AUTO_FREE char *reason = reasons(&j, yes);
        t->verdict = p->policy == POLICY_NEVER ? VERDICT_DENY : VERDICT_ASK;
        snprintf(t->why, sizeof t->why, "%s", reason);
        if (j.verdict != VERDICT_ASK)
            t->rule = NULL;
    } else if (p->policy == POLICY_YOLO && j.verdict != VERDICT_ALLOW) {
        snprintf(t->why, sizeof t->why, "policy yolo asks nothing");
    } else if (j.info.class == COMMAND_READS) {
        snprintf(t->why, sizeof t->why, "it only reads, in the workspace");
    } else {
        snprintf(t->why, sizeof t->why,
                 j.rule ? "a rule allows it" : "it runs in the sandbox and reaches no further");
    }
}

bool permit_command_is_free(const struct permit *p, const char *command)
{
    AUTO(judged) j;
    judge(p, &(struct command_spec){.command = command}, NULL, &j);
    bool planning = p->policy == POLICY_PLAN && j.info.class != COMMAND_READS;
    return j.verdict != VERDICT_DENY && !planning && !needs_yes(p, &j) &&
           !reactor_stopped(p->ask.reactor);
}
