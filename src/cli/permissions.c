/* mien permissions: the rules in force, and what would become of a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sanitize.h"
#include "base/sweep.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "config/trust.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"
#include "host/secrets.h"
#include "permit/permit.h"

static void print_field(const char *name, const char *text)
{
    AUTO_FREE char *clean = sanitize_text(text, 0);
    for (char *line = clean, *end; line && *line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        output_text(stdout, "%-9s %s\n", line == clean ? name : "", line);
    }
}

static void print_rules(const struct permit *p)
{
    print_field("policy", policy_name(p->policy));
    print_field("sandbox", sandbox_level_name(sandbox_level(p->sandbox)));
    AUTO_FREE char *allowed = reach_names(&p->allowed);
    if (*allowed)
        print_field("--allow", allowed);
    for (size_t i = 0; i < p->rules.rules.len; i++) {
        const struct rule *r = &p->rules.rules.ptr[i];
        AUTO(buf) line = {0};
        buf_addf(&line, "%s:%d: ", r->file, r->line);
        rule_add_text(r, &line);
        if (r->project && r->verdict == VERDICT_ALLOW)
            buf_adds(&line, " (a project allows nothing)");
        print_field("rule", buf_cstr(&line));
    }
    if (!p->rules.rules.len)
        print_field("rules", "none; see permissions in mien-config(5)");
    else
        print_field("",
                    "Within one file the last rule that matches wins, between files the stricter.");
}

static int try_command(const struct permit *p, const struct cli *c)
{
    static const char *const verdicts[] = {"", "allow", "ask", "deny"};
    AUTO(reach) reach = {0};
    struct error e = {0};
    struct permit_trial t;
    for (size_t i = 2; i < c->arg_count; i++)
        if (!reach_add(&reach, c->args[i], &e))
            return cli_fail(&e);
    permit_try(p, &(struct command_spec){.command = c->args[1]}, &reach, &t);
    AUTO(buf) by = {0};
    if (t.rule) {
        buf_addf(&by, "%s:%d: ", t.rule->file, t.rule->line);
        rule_add_text(t.rule, &by);
    } else {
        buf_addf(&by, "none; policy %s", policy_name(p->policy));
    }
    print_field("decision", verdicts[t.verdict]);
    print_field("rule", buf_cstr(&by));
    print_field("why", t.why);
    return CLI_OK;
}

/* What was trusted here before counts, as in a session. */
static bool load_project(struct cli *c, struct error *e)
{
    struct trust t;
    if (c->trust)
        return true;
    bool ok = trust_look(&t, c->workspace ? c->workspace : ".", e);
    c->trust = ok && t.remembered && t.files.len;
    if (c->trust)
        ok = (c->trusted = trust_copy(&t, e)) != NULL;
    if (ok && t.files.len && !t.remembered)
        output_text(stderr,
                    "mien: what this directory brings was not trusted yet: its rules are not "
                    "among these\n");
    trust_fini(&t);
    return ok && (!c->trust || cli_load_project(c, e));
}

static int with_sandbox(struct cli *c, struct permit *p, bool test, struct error *e)
{
    char why[256], tmp[] = "/tmp/mien-rules-XXXXXX";
    if (!permissions_load(&p->rules, &c->cfg, p->workspace, e) || !permit_allow(p, &c->allow, e))
        return cli_fail(e);
    if (!mkdtemp(tmp)) {
        error_set(e, ERR_IO, "cannot make a temporary directory in /tmp");
        return cli_fail(e);
    }
    secrets_set_further((const char *const *)c->cfg.secrets.items, c->cfg.secrets.count);
    struct sandbox *s = sandbox_new(p->workspace, tmp, c->cfg.network);
    (void)sandbox_probe(s, sandbox_level_find(c->cfg.sandbox), why);
    p->sandbox = s;
    int code = test ? try_command(p, c) : CLI_OK;
    if (!test)
        print_rules(p);
    sandbox_free(s);
    sweep_tree(tmp);
    return code;
}

int cli_permissions(struct cli *c)
{
    const char *verb = cli_verb(c);
    bool test = strcmp(verb, "test") == 0 && c->arg_count >= 2;
    AUTO_FREE char *here = realpath(c->workspace ? c->workspace : ".", NULL);
    struct error e = {0};
    if (!test && (strcmp(verb, "list") != 0 || c->arg_count > 1))
        return cli_usage("permissions [test COMMAND [REACH...]]");
    if (!here || !load_project(c, &e)) {
        if (!here)
            error_set(&e, ERR_NOT_FOUND, "there is no directory %s", c->workspace);
        return cli_fail(&e);
    }
    enum policy policy = policy_find(c->cfg.approval);
    struct permit p = {.policy = policy == POLICY_COUNT ? POLICY_AUTO : policy,
                       .network = c->cfg.network,
                       .workspace = here};
    int code = with_sandbox(c, &p, test, &e);
    permit_fini(&p);
    return code;
}
