/*
 * DelegationBehavior - one tool for each agent this one may delegate to, and two that look for
 * the workspaces of earlier work. What comes back is evidence, not only a claim.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "behaviors/behavior.h"

#define FOUND_HIGH 60
#define FOUND_MEDIUM 30
#define ALTERNATIVES 2
#define NAMES_MAX 10

struct params {
    int64_t max_parallel, silence_timeout;
    int64_t start_timeout, link_timeout;
    struct opt_list launcher, environment;
    char *program, *workspace, *isolation;
    bool require_evidence, workspaces;
};

struct state {
    struct tool *tools; /* for the model; ends with a NULL name */
};

// clang-format off
static const struct opt delegation_params[] = {
    {"max_parallel", OPT_INT, offsetof(struct params, max_parallel), .def = "2", .min = 1, .max = 8,
     .help = "Delegated goals worked on side by side"},
    {"silence_timeout", OPT_INT, offsetof(struct params, silence_timeout), .def = "300", .min = 1, .max = 86400,
     .unit = "s", .help = "A delegated agent that shows no event for so long is stopped"},
    {"launcher", OPT_LIST, offsetof(struct params, launcher),
     .help = "Words that start an agent elsewhere: ssh HOST, srun, kubectl run; or nice; empty for none"},
    {"program", OPT_STR, offsetof(struct params, program), .def = "mien",
     .help = "What mien is called where the launcher leads"},
    {"environment", OPT_LIST, offsetof(struct params, environment),
     .help = "Names of variables that go there along with the goal; no others do"},
    {"workspace", OPT_ENUM, offsetof(struct params, workspace), .def = "auto", .choices = "auto|shared|carry",
     .help = "Is the directory the same there, or are files carried over and back? auto: as the launcher needs"},
    {"isolation", OPT_ENUM, offsetof(struct params, isolation), .def = "none", .choices = "none|worktree",
     .help = "worktree: in a copy of the workspace; what changed comes back when the goal and its check succeeded"},
    {"start_timeout", OPT_INT, offsetof(struct params, start_timeout), .def = "3600", .min = 1, .max = 604800,
     .unit = "s", .help = "A launched agent must begin within it; time in a cluster's queue counts"},
    {"link_timeout", OPT_INT, offsetof(struct params, link_timeout), .def = "60", .min = 1, .max = 86400,
     .unit = "s", .help = "A launched agent from which nothing at all is heard for so long is lost"},
    {"require_evidence", OPT_BOOL, offsetof(struct params, require_evidence), .def = "true",
     .help = "A success without a changed file or a green check counts as a failure"},
    {"workspaces", OPT_BOOL, offsetof(struct params, workspaces), .def = "true",
     .help = "Offer list_workspaces and find_workspace"},
    {0},
};
// clang-format on

static const struct delegate_target *delegation_target(struct call *c, const char *tool)
{
    const struct delegate_target *list = NULL;
    size_t n = c->host->delegate_targets(c->agent, &list);
    for (size_t i = 0; i < n; i++)
        if (tool && strcmp(list[i].tool, tool) == 0)
            return &list[i];
    return NULL;
}

/* ---- arguments ---- */

/* Not part of the goal's text. */
static bool delegation_reserved(const char *name)
{
    static const char *const names[] = {"workspace", "workspace_path", "workspace_mode",
                                        "task_id",   "task",           "check"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* "acceptance_criteria" becomes "Acceptance criteria:\n…". Nothing said is dropped. */
static void delegation_add_part(struct buf *out, const char *name, const cJSON *v)
{
    AUTO_FREE char *text = cJSON_IsString(v) ? mem_strdup(v->valuestring) : json_print(v);
    if (!*text)
        return;
    buf_adds(out, out->len ? "\n\n" : "");
    for (size_t i = 0; name[i]; i++) {
        unsigned char ch = (unsigned char)name[i];
        buf_addc(out, (char)(ch == '_' ? ' ' : i == 0 ? toupper(ch) : ch));
    }
    buf_addf(out, ":\n%s", text);
}

static void delegation_goal(const cJSON *args, struct buf *out)
{
    static const char *const mains[] = {"goal", "task_description", "question",
                                        "project_description"};
    const char *named = NULL;
    const cJSON *m;
    for (size_t i = 0; i < COUNT_OF(mains) && !named; i++)
        named = cJSON_IsString(json_get(args, mains[i])) ? mains[i] : NULL;
    if (!named) {
        if (args && args->child)
            json_write(out, args);
        return;
    }
    if (strcmp(named, "project_description") == 0 && *json_str(args, named, ""))
        delegation_add_part(out, "Project", json_get(args, named));
    else
        buf_adds(out, json_str(args, named, ""));
    cJSON_ArrayForEach(m, args)
    {
        if (strcmp(m->string, named) != 0 && !delegation_reserved(m->string))
            delegation_add_part(out, m->string, m);
    }
}

static const char *delegation_text(const cJSON *args, const char *name, const char *other)
{
    const char *text = json_str(args, name, "");
    if (!*text && other)
        text = json_str(args, other, "");
    return *text ? text : NULL;
}

/* workspace, and the pair workspace_mode and workspace_path. *out NULL: a new one. */
static bool delegation_workspace(const cJSON *args, const char **out, struct error *e)
{
    const char *mode = json_str(args, "workspace_mode", "");
    const char *path = delegation_text(args, "workspace", "workspace_path");
    bool is_new = strcmp(mode, "new") == 0, existing = strcmp(mode, "existing") == 0;
    if (*mode && !is_new && !existing)
        return error_set(e, ERR_USAGE, "workspace_mode is \"new\" or \"existing\", not \"%s\"",
                         mode);
    if (is_new && path)
        return error_set(e, ERR_USAGE,
                         "workspace_mode new makes a workspace of its own, so leave out the path "
                         "\"%s\"; to work in it use workspace_mode existing",
                         path);
    if (existing && !path)
        return error_set(e, ERR_USAGE, "workspace_mode existing needs workspace_path");
    *out = path;
    return true;
}

/* goal: keeps the text that spec->goal points to. */
static bool delegation_spec(struct call *c, const cJSON *args, struct buf *goal,
                            struct delegate_spec *spec, struct error *e)
{
    const struct params *p = c->params;
    const struct delegate_target *t = delegation_target(c, c->tool);
    if (!t)
        return error_set(e, ERR_NOT_FOUND, "no agent stands behind the tool %s any more",
                         c->tool ? c->tool : "(unnamed)");
    delegation_goal(args, goal);
    if (strspn(buf_cstr(goal), " \t\r\n") == goal->len)
        return error_set(e, ERR_USAGE, "the goal is empty: say what %s shall do", t->agent);
    *spec = (struct delegate_spec){.call_id = c->call_id,
                                   .agent = t->agent,
                                   .goal = buf_cstr(goal),
                                   .task = delegation_text(args, "task_id", "task"),
                                   .check = delegation_text(args, "check", NULL),
                                   .launcher = p->launcher.count ? &p->launcher : NULL,
                                   .environment = &p->environment,
                                   .program = p->program,
                                   .carrying = p->workspace,
                                   .isolated = strcmp(p->isolation, "worktree") == 0,
                                   .start_ms = p->start_timeout * 1000,
                                   .lost_ms = p->link_timeout * 1000,
                                   .max_parallel = p->max_parallel,
                                   .silence_ms = p->silence_timeout * 1000};
    return delegation_workspace(args, &spec->workspace, e);
}

static void delegation_begin(struct call *c, const cJSON *args)
{
    AUTO(buf) goal = {0};
    struct delegate_spec spec;
    struct error e = {0};
    /* What is wrong is said by the handler, which tries again. */
    if (delegation_spec(c, args, &goal, &spec, &e) &&
        c->host->delegate_begin(c->agent, &spec, &e) && spec.task)
        c->host->tree_put(c->agent, spec.task, NULL, "active", NULL);
}

/* ---- results ---- */

static bool delegation_red(const struct delegate_result *r)
{
    const cJSON *check;
    cJSON_ArrayForEach(check, r->checks) if (!json_bool(check, "green", true)) return true;
    return false;
}

/* It says it succeeded, and nothing speaks against it; perhaps nothing for it either. */
static bool delegation_claims(const struct delegate_result *r)
{
    bool complete = r->status && strncmp(r->status, "complete", 8) == 0;
    return r->success || (complete && !r->verified && !delegation_red(r) && !r->error);
}

static cJSON *delegation_lines(const char *text)
{
    cJSON *all = cJSON_CreateArray();
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        AUTO_FREE char *line = mem_strndup(p, n);
        if (n)
            cJSON_AddItemToArray(all, cJSON_CreateString(line));
        p += n + (p[n] == '\n');
    }
    return all;
}

static void delegation_add_cost(cJSON *j, const struct delegate_result *r)
{
    json_add_int(j, "rounds", r->rounds);
    json_add_int(j, "tokens", r->tokens);
    if (r->cost > 0)
        json_add(j, "cost", cJSON_CreateNumber(r->cost));
    int64_t tenths = r->ms / 100;
    json_add(j, "seconds", cJSON_CreateNumber((double)tenths / 10));
}

static void delegation_add_error(cJSON *j, const struct delegate_result *r, bool claims)
{
    AUTO_FREE char *text = NULL;
    if (claims)
        text = mem_strdup("it claimed success, but nothing in its workspace changed and no check "
                          "ran: look yourself");
    else if (r->error)
        text = mem_strdup(r->error);
    else if (delegation_red(r))
        text = mem_strdup("its check is red");
    else
        text = mem_printf("the delegated goal ended with status %s", r->status ? r->status : "?");
    json_add_str(j, "error", text);
}

/* Which checks were green: what "verified" is worth can be seen. Caller frees. */
static char *delegation_verified(const struct delegate_result *r)
{
    AUTO(buf) out = {0};
    const cJSON *check;
    cJSON_ArrayForEach(check, r->checks)
    {
        if (json_bool(check, "green", false))
            buf_addf(&out, "%s%s: green", out.len ? "; " : "", json_str(check, "command", "?"));
    }
    return mem_strdup(out.len ? buf_cstr(&out) : "not checked");
}

static cJSON *delegation_result(const struct params *p, struct delegate_result *r)
{
    bool evidence = r->verified || cJSON_GetArraySize(r->files) > 0;
    bool claims = delegation_claims(r), ok = claims && (evidence || !p->require_evidence);
    AUTO_FREE char *verified = delegation_verified(r);
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", ok);
    json_add_str(j, "status", r->status);
    json_add_str(j, "summary", r->summary);
    json_add_str(j, "answer", r->answer);
    json_add_str(j, "verified", verified);
    json_add_str(j, "workspace", r->workspace);
    json_add_str(j, "session", r->session);
    json_add(j, "files", r->files ? r->files : cJSON_CreateArray());
    if (r->shared)
        json_add_str(j, "files_note",
                     "another agent worked in this workspace at the same time: "
                     "some of the files may be its");
    json_add(j, "checks", r->checks ? cJSON_Duplicate(r->checks, true) : cJSON_CreateArray());
    r->files = NULL;
    if (r->conflicts) {
        json_add(j, "conflicts", r->conflicts);
        json_add_str(j, "conflicts_note",
                     "these files were changed here too and are as they were here; what came from "
                     "the agent lies in copy (empty: it deleted the file): bring them together");
        r->conflicts = NULL;
    }
    json_add_str(j, "patch", r->patch);
    delegation_add_cost(j, r);
    if (!ok)
        delegation_add_error(j, r, claims);
    if (!ok && r->last)
        json_add(j, "last_events", delegation_lines(r->last));
    delegate_result_fini(r);
    return j;
}

static cJSON *delegation_run(struct call *c, const cJSON *args)
{
    AUTO(buf) goal = {0};
    struct delegate_spec spec;
    struct delegate_result r = {0};
    struct error e = {0};
    if (!delegation_spec(c, args, &goal, &spec, &e))
        return json_error("%s", e.text);
    if (!c->host->delegate_wait(c->agent, &spec, &r, &e)) {
        delegate_result_fini(&r);
        return json_error("%s", e.text);
    }
    cJSON *j = delegation_result(c->params, &r);
    if (spec.task) {
        json_add_str(j, "task_id", spec.task);
        c->host->tree_put(c->agent, spec.task, NULL,
                          json_bool(j, "success", false) ? "done" : "failed",
                          json_str(j, "error", json_str(j, "summary", NULL)));
    }
    return j;
}

/* ---- workspaces ---- */

static void delegation_free_list(struct workspace_info *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        workspace_info_fini(&list[i]);
    free(list);
}

static cJSON *delegation_workspace_json(const struct workspace_info *w)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "name", w->name);
    json_add_str(j, "path", w->path);
    json_add_str(j, "goal", w->goal);
    json_add_int(j, "files", w->files);
    if (w->created_ms > 0) {
        char when[32];
        clock_iso(w->created_ms, when);
        json_add_str(j, "created", when);
    }
    return j;
}

static cJSON *delegation_list(struct call *c, const cJSON *args)
{
    struct workspace_info *list = NULL;
    size_t n = 0;
    struct error e = {0};
    if (!c->host->workspace_find(c->agent, NULL, &list, &n, &e))
        return json_error("%s", e.text);
    cJSON *j = json_success(), *all = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(all, delegation_workspace_json(&list[i]));
    delegation_free_list(list, n);
    json_add(j, "workspaces", all);
    AUTO_FREE char *text = n ? mem_printf("%zu workspace%s, newest first", n, n > 1 ? "s" : "")
                             : mem_strdup("no workspace was made yet");
    json_add_str(j, "message", text);
    return j;
}

static cJSON *delegation_not_found(struct call *c, const char *query)
{
    struct workspace_info *list = NULL;
    size_t n = 0;
    struct error e = {0};
    AUTO(buf) names = {0};
    cJSON *all = cJSON_CreateArray();
    if (!c->host->workspace_find(c->agent, NULL, &list, &n, &e))
        n = 0;
    for (size_t i = 0; i < MIN(n, NAMES_MAX); i++) {
        buf_addf(&names, "%s%s", i ? ", " : "", list[i].name);
        cJSON_AddItemToArray(all, cJSON_CreateString(list[i].name));
    }
    if (n > NAMES_MAX)
        buf_addf(&names, " and %zu more", n - NAMES_MAX);
    delegation_free_list(list, n);
    cJSON *j = names.len ? json_error("no workspace matches \"%s\"; there are: %s", query,
                                      buf_cstr(&names))
                         : json_error("no workspace matches \"%s\": none was made yet", query);
    json_add(j, "workspaces", all);
    return j;
}

static const char *delegation_confidence(int64_t score)
{
    return score >= FOUND_HIGH ? "high" : score >= FOUND_MEDIUM ? "medium" : "low";
}

static cJSON *delegation_found(const struct workspace_info *list, size_t n)
{
    const struct workspace_info *best = &list[0];
    cJSON *j = json_success(), *others = cJSON_CreateArray();
    json_add_str(j, "workspace", best->path);
    json_add_str(j, "workspace_name", best->name);
    json_add_str(j, "goal", best->goal);
    json_add_str(j, "confidence", delegation_confidence(best->score));
    json_add_int(j, "score", best->score);
    for (size_t i = 1; i < n && cJSON_GetArraySize(others) < ALTERNATIVES; i++) {
        if (list[i].score < FOUND_MEDIUM)
            continue;
        cJSON *o = delegation_workspace_json(&list[i]);
        json_add_int(o, "score", list[i].score);
        cJSON_AddItemToArray(others, o);
    }
    AUTO_FREE char *text =
        mem_printf("found %s (%s confidence)%s", best->name, delegation_confidence(best->score),
                   cJSON_GetArraySize(others) ? "; see alternatives" : "");
    json_add(j, "alternatives", others);
    json_add_str(j, "message", text);
    return j;
}

static cJSON *delegation_find(struct call *c, const cJSON *args)
{
    const char *query = delegation_text(args, "goal_substring", "project_name");
    struct workspace_info *list = NULL;
    size_t n = 0;
    struct error e = {0};
    if (!query)
        return json_error("find_workspace needs goal_substring: words of the goal or the name");
    if (!c->host->workspace_find(c->agent, query, &list, &n, &e))
        return json_error("%s", e.text);
    cJSON *j = n ? delegation_found(list, n) : delegation_not_found(c, query);
    delegation_free_list(list, n);
    return j;
}

static const struct tool delegation_finders[] = {
    {"list_workspaces", "Workspaces of earlier delegated goals, newest first.",
     "{\"type\":\"object\",\"properties\":{}}", TOOL_READS, delegation_list},
    {"find_workspace", "The workspace of an earlier goal, by words of the goal or its name.",
     "{\"type\":\"object\",\"properties\":{\"goal_substring\":{\"type\":\"string\"},"
     "\"project_name\":{\"type\":\"string\"}}}",
     TOOL_READS, delegation_find},
};

static bool delegation_name_free(const struct tool *tools, size_t n, const char *agent,
                                 const char *name, struct error *e)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(tools[i].name, name) == 0)
            return error_set(e, ERR_CONFIG,
                             "the delegation tool \"%s\" of the agent %s has the name of another; "
                             "change delegation_tool.name in its file",
                             name, agent);
    return true;
}

static const struct tool *delegation_make_tools(struct call *c, struct error *e)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    const struct delegate_target *list = NULL;
    size_t n = c->host->delegate_targets(c->agent, &list), at = 0;
    if (n == 0)
        return NULL;
    free(s->tools);
    s->tools = mem_alloc((n + COUNT_OF(delegation_finders) + 1) * sizeof *s->tools);
    for (size_t i = 0; i < COUNT_OF(delegation_finders) && p->workspaces; i++)
        s->tools[at++] = delegation_finders[i];
    for (size_t i = 0; i < n; i++) {
        if (!delegation_name_free(s->tools, at, list[i].agent, list[i].tool, e))
            return NULL;
        s->tools[at++] = (struct tool){list[i].tool,   list[i].description,
                                       list[i].schema, TOOL_EXECUTES | TOOL_PARALLEL,
                                       delegation_run, delegation_begin};
    }
    return s->tools;
}

/* ---- prompt ---- */

/* The sentence of a blurb that says what the agent is best for; *n: its length. */
static const char *delegation_best_for(const char *blurb, size_t *n)
{
    const char *at = blurb ? strstr(blurb, "Best for") : NULL;
    if (!at)
        return NULL;
    for (*n = 0; at[*n] && at[*n] != '\n'; ++*n)
        if (strchr(".!?", at[*n]) && (!at[*n + 1] || isspace((unsigned char)at[*n + 1]))) {
            ++*n;
            break;
        }
    return at;
}

static void delegation_instructions(struct call *c, struct buf *out)
{
    const struct params *p = c->params;
    const struct delegate_target *list = NULL;
    size_t n = c->host->delegate_targets(c->agent, &list), len = 0;
    if (n == 0)
        return;
    buf_adds(out, c->host->text(c->agent, "delegation.instructions"));
    for (size_t i = 0; i < n; i++) {
        const char *best = delegation_best_for(list[i].blurb, &len);
        buf_addf(out, "\n- %s", list[i].tool);
        if (best)
            buf_addf(out, ": %.*s", (int)len, best);
    }
    if (p->workspaces)
        buf_addf(out, "\n%s", c->host->text(c->agent, "delegation.workspaces"));
}

static void delegation_enhance(struct call *c)
{
    const struct delegate_target *list = NULL;
    size_t n = c->host->delegate_targets(c->agent, &list);
    AUTO(buf) text = {0};
    for (size_t i = 0; i < n; i++)
        buf_addf(&text, "\n- **%s**: %s", list[i].agent, list[i].blurb ? list[i].blurb : "");
    while (text.len && isspace((unsigned char)text.ptr[text.len - 1]))
        buf_cut(&text, text.len - 1);
    if (n == 0)
        return;
    AUTO_FREE char *all = mem_printf("## Available Agents for Delegation%s", buf_cstr(&text));
    c->host->context_add(c->agent, PLACE_PINNED, "agents", all);
}

static void delegation_fini(struct call *c)
{
    struct state *s = c->state;
    free(s->tools);
    s->tools = NULL;
}

const struct behavior behavior_delegation = {
    .type = "DelegationBehavior",
    .name = "delegation",
    .help = "Delegate goals to other agents and judge what comes back",
    .params = delegation_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .make_tools = delegation_make_tools,
    .fini = delegation_fini,
    .instructions = delegation_instructions,
    .enhance_context = delegation_enhance,
};
