#include "permit/permit.h"

#include <stdio.h>
#include <string.h>

static const char *const policy_names[POLICY_COUNT] = {"ask", "auto", "never", "yolo", "plan"};

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

/* The one that lets less be done without the user; POLICY_COUNT is none. */
static enum policy policy_stricter(enum policy a, enum policy b)
{
    static const int freedom[POLICY_COUNT + 1] = {
        [POLICY_PLAN] = 0, [POLICY_NEVER] = 1, [POLICY_ASK] = 2,
        [POLICY_AUTO] = 3, [POLICY_YOLO] = 4,  [POLICY_COUNT] = 5};
    return freedom[a] <= freedom[b] ? a : b;
}

void permit_begin(struct permit *p, const char *given, const char *configured)
{
    enum policy usual = policy_find(configured);
    p->policy = given ? policy_find(given) : usual;
    if (p->policy == POLICY_COUNT)
        p->policy = POLICY_AUTO;
    bool plain = usual != POLICY_COUNT && usual != POLICY_PLAN;
    p->before = p->policy != POLICY_PLAN ? p->policy : plain ? usual : POLICY_AUTO;
}

void permit_resume(struct permit *p, const char *kept, const char *kept_before)
{
    p->policy = policy_stricter(p->policy, policy_find(kept));
    p->before =
        p->policy != POLICY_PLAN ? p->policy : policy_stricter(p->before, policy_find(kept_before));
}

void permit_set_policy(struct permit *p, enum policy policy)
{
    if (p->policy != POLICY_PLAN)
        p->before = p->policy;
    p->policy = policy;
    outbox_setting(p->ask.out, "approval", policy_names[policy]);
}

static void grants_clear(struct grants *g)
{
    for (size_t i = 0; i < g->commands.len; i++)
        free(g->commands.ptr[i]);
    g->commands.len = 0;
    for (size_t i = 0; i < g->files.len; i++)
        free(g->files.ptr[i]);
    g->files.len = 0;
    reach_fini(&g->reach);
    g->writes = false;
}

void permit_forget(struct permit *p)
{
    bool any = p->grants.writes || p->grants.commands.len || p->grants.files.len ||
               p->grants.reach.items.len;
    grants_clear(&p->grants);
    if (any)
        outbox_setting(p->ask.out, "grant", "");
}

void permit_fini(struct permit *p)
{
    grants_clear(&p->grants);
    VEC_FREE(&p->grants.commands);
    VEC_FREE(&p->grants.files);
    reach_fini(&p->allowed);
    permissions_fini(&p->rules);
    buf_fini(&p->changed);
    asker_fini(&p->ask);
}

bool permit_allow(struct permit *p, const struct opt_list *words, struct error *e)
{
    for (size_t i = 0; i < words->count; i++)
        if (!reach_add(&p->allowed, words->items[i], e))
            return error_prefix(e, "--allow %.100s", words->items[i]);
    return true;
}

const char *permit_plan_words(const struct permit *p)
{
    return p->policy != POLICY_PLAN
               ? NULL
               : "the user wants a plan first (policy \"plan\"): nothing is changed now. Look, and "
                 "end with the plan; the user takes it, or says what to change";
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
    if (c->writes && permit_plan_words(p))
        return json_error("Refused: %s", permit_plan_words(p));
    bool must_ask = c->writes && !c->shows && p->policy == POLICY_ASK && !p->grants.writes;
    return must_ask ? ask_for_write(p, c) : NULL;
}
