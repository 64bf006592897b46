/*
 * behaviors_host - a behavior alone: a host that only remembers, and a rig that calls one
 * behavior's slots as the engine would. Included by each behaviors*.c, which is one program.
 */
#ifndef UNIT_BEHAVIORS_HOST_H
#define UNIT_BEHAVIORS_HOST_H

#include "test.h"

#include "base/mem.h"
#include "base/yaml.h"
#include "behavior/pipeline.h"
#include "behavior/pipeline_run.h"
#include "behavior/schema.h"
#include "behaviors/behavior.h"
#include "config/texts.h"

struct fake_file {
    char *path;
    struct buf text;
    int reads;
};

struct fake_fact {
    const char *kind, *detail;
};

struct fake_workspace {
    const char *name, *goal;
    int64_t score, files;
};

/* What the host remembers, and what it shall answer. */
struct agent {
    VEC(struct fake_file) files;
    int64_t size_lie; /* file_read: says so many bytes, cut */
    bool write_fails;
    struct buf tail, pinned, note, notices, loops, puts, specs, ledger, progress, marks, asked;
    bool tasks, open_tasks, wait_fails, llm_fails;
    uint64_t mark;
    int level, cleared, kept, compactions, writes, searches;
    enum loop_action answer;
    const char *status, *completion, *project, *person, *llm, *skill;
    struct compaction compaction;
    int64_t active; /* the step at work; 0: 2 where there are tasks */
    const struct fake_fact *facts;
    size_t fact_count;
    struct goal_stats stats;
    int64_t budget_used, budget_max;
    const struct delegate_target *targets;
    size_t target_count;
    void (*delegated)(struct delegate_result *r);
    const struct fake_workspace *workspaces;
    size_t workspace_count;
    VEC(struct server_status) servers;
    void (*after)(struct call *c);
    const struct mode_info *modes; /* names that mode_set knows, besides "" and the parts of a+b */
    size_t mode_count;
    char mode[64]; /* in force */
    enum mode_chooser chooser;
    struct buf sets; /* each mode_set: mode|message or session|chooser|why */
    const char *set_fails;
    const char *ended; /* what jobs_ended tells, once */
    struct situation now;
};

static struct agent agent;

/* ---- files ---- */

static inline struct fake_file *fake_find(const char *path)
{
    for (size_t i = 0; i < agent.files.len; i++)
        if (strcmp(agent.files.ptr[i].path, path) == 0)
            return &agent.files.ptr[i];
    return NULL;
}

static inline void fake_put(const char *path, const char *text)
{
    struct fake_file *f = fake_find(path);
    if (!f) {
        VEC_PUSH(&agent.files, (struct fake_file){.path = mem_strdup(path)});
        f = &agent.files.ptr[agent.files.len - 1];
    }
    buf_clear(&f->text);
    buf_adds(&f->text, text);
}

static inline const char *fake_text(const char *path)
{
    struct fake_file *f = fake_find(path);
    return f ? buf_cstr(&f->text) : "(no file)";
}

static bool fake_read(struct agent *a, const char *path, size_t limit, struct buf *out,
                      struct file_result *r, struct error *e)
{
    struct fake_file *f = fake_find(path);
    if (!f)
        return error_set(e, ERR_NOT_FOUND, "%s does not exist", path);
    f->reads++;
    size_t n = MIN(limit, f->text.len);
    buf_add(out, buf_cstr(&f->text), n);
    *r = (struct file_result){.bytes = (int64_t)f->text.len, .truncated = n < f->text.len};
    if (a->size_lie)
        *r = (struct file_result){.bytes = a->size_lie, .truncated = true};
    for (size_t i = 0; i < n; i++)
        r->lines += out->ptr[i] == '\n';
    return true;
}

static bool fake_lines(struct agent *a, const char *path, int64_t from, int64_t to, size_t limit,
                       struct buf *out, struct file_result *r, struct error *e)
{
    AUTO(buf) whole = {0};
    if (!fake_read(a, path, SIZE_MAX, &whole, r, e))
        return false;
    int64_t line = 1;
    r->lines += whole.len && whole.ptr[whole.len - 1] != '\n';
    r->truncated = false;
    for (size_t i = 0; i < whole.len; line += whole.ptr[i++] == '\n') {
        if (line < from || (to && line > to))
            continue;
        r->truncated |= out->len >= limit;
        if (out->len < limit)
            buf_addc(out, whole.ptr[i]);
    }
    return true;
}

static bool fake_remove(struct agent *a, const char *path, struct error *e)
{
    struct fake_file *f = fake_find(path);
    if (!f)
        return error_set(e, ERR_NOT_FOUND, "%s does not exist", path);
    free(f->path);
    buf_fini(&f->text);
    *f = a->files.ptr[--a->files.len];
    return true;
}

static bool fake_write(struct agent *a, const char *path, const char *data, size_t n,
                       enum write_how how, struct file_result *r, struct error *e)
{
    struct fake_file *f = fake_find(path);
    if (a->write_fails)
        return error_set(e, ERR_IO, "%s: No space left on device", path);
    if (f && how == WRITE_NEW_ONLY)
        return error_set(e, ERR_DENIED, "%s exists", path);
    *r = (struct file_result){
        .created = !f, .bytes = (int64_t)n, .lines = 1, .old_lines = f ? 1 : -1};
    if (!f)
        fake_put(path, "");
    f = fake_find(path);
    if (how != WRITE_APPEND)
        buf_clear(&f->text);
    buf_add(&f->text, data, n);
    a->mark++;
    a->writes++;
    return true;
}

static int fake_entry_order(const void *x, const void *y)
{
    const struct file_entry *a = x, *b = y;
    return strcmp(a->name, b->name);
}

/* Directly beneath path; a directory is known by what lies in it. */
static bool fake_list(struct agent *a, const char *path, struct file_entry **entries, size_t *n,
                      struct error *e)
{
    size_t len = strcmp(path, ".") == 0 ? 0 : strlen(path);
    *entries = mem_alloc((a->files.len + 1) * sizeof **entries);
    *n = 0;
    for (size_t i = 0; i < a->files.len; i++) {
        const char *p = a->files.ptr[i].path;
        if (len && (strncmp(p, path, len) != 0 || p[len] != '/'))
            continue;
        p += len ? len + 1 : 0;
        struct file_entry *f = &(*entries)[*n];
        *f = (struct file_entry){.type = strchr(p, '/') ? 'd' : 'f'};
        snprintf(f->name, sizeof f->name, "%.*s", (int)strcspn(p, "/"), p);
        bool known = false;
        for (size_t k = 0; k < *n; k++)
            known |= strcmp((*entries)[k].name, f->name) == 0;
        *n += !known;
    }
    qsort(*entries, *n, sizeof **entries, fake_entry_order);
    if (*n || !len)
        return true;
    free(*entries);
    *entries = NULL;
    return error_set(e, ERR_NOT_FOUND, "%s does not exist", path);
}

static bool fake_walk(struct agent *a, const char *path,
                      bool (*visit)(void *, const char *, const char *, size_t), void *arg,
                      struct walk_result *r, struct error *e)
{
    visit(arg, "dir/f.c", "one\ntwo\nthree\n", 14);
    return true;
}

static bool fake_names(struct agent *a, const char *path,
                       bool (*visit)(void *, const char *, const char *, size_t), void *arg,
                       struct error *e)
{
    for (size_t i = 0; i < a->files.len; i++)
        visit(arg, a->files.ptr[i].path, NULL, a->files.ptr[i].text.len);
    return true;
}

/* ---- programs ---- */

static void fake_command(struct agent *a, const struct command_spec *c, struct command_result *r)
{
    const char *command = c->command;
    *r = (struct command_result){.code = strcmp(command, "false") == 0,
                                 .refused = strcmp(command, "refuse") == 0,
                                 .timed_out = strcmp(command, "slow") == 0};
    strcpy(r->note, "not allowed");
    r->job = c->background ? 4 : 0;
    buf_addf(&r->out, "%s in %lld", command, (long long)c->timeout_ms);
    if (c->needs) {
        AUTO_FREE char *needs = json_print(c->needs);
        buf_addf(&r->out, " needs %s because %s", needs, c->why ? c->why : "");
    }
}

static inline struct server_status fake_server_copy(const struct server_status *s)
{
    struct server_status c = *s;
    c.name = mem_strdup(s->name);
    c.command = mem_strdup(s->command);
    c.log = mem_strdup(s->log);
    c.tail = NULL;
    return c;
}

static inline struct server_status *fake_server(struct agent *a, const char *name)
{
    for (size_t i = 0; i < a->servers.len; i++)
        if (strcmp(a->servers.ptr[i].name, name) == 0)
            return &a->servers.ptr[i];
    return NULL;
}

static void fake_tools_deferred(struct agent *a, struct buf *out)
{
}

static cJSON *fake_tools_find(struct agent *a, const char *query)
{
    return cJSON_CreateArray();
}

static void fake_jobs_ended(struct agent *a, struct buf *out)
{
    buf_adds(out, a->ended ? a->ended : "");
    a->ended = NULL;
}

static bool fake_server_start(struct agent *a, const char *name, const struct command_spec *c,
                              int64_t port, bool http, int64_t ready_ms, struct server_status *s,
                              struct error *e)
{
    const char *command = c->command;
    buf_addf(&a->specs, "%s|%s|%lld|%lld\n", name, command, (long long)port, (long long)ready_ms);
    struct server_status made = {.name = mem_strdup(name),
                                 .command = mem_strdup(command),
                                 .log = mem_printf(".mien/%s.log", name),
                                 .port = port,
                                 .pid = 77,
                                 .uptime_ms = 1500,
                                 .state = SERVER_RUNNING,
                                 .listening = port && strcmp(command, "mute") != 0,
                                 .http_status = port ? 200 : 0};
    *s = fake_server_copy(&made);
    if (strcmp(command, "die") != 0) {
        VEC_PUSH(&a->servers, made);
        return true;
    }
    server_status_fini(&made);
    s->state = SERVER_FAILED;
    s->code = 3;
    s->tail = mem_strdup("bind: in use\n");
    return error_set(e, ERR_IO, "%s ended with 3 before it was ready", name);
}

static bool fake_server_find(struct agent *a, const char *name, struct server_status *s,
                             struct error *e)
{
    struct server_status *have = fake_server(a, name);
    if (!have)
        return error_set(e, ERR_NOT_FOUND, "no server is called \"%s\"", name);
    *s = fake_server_copy(have);
    return true;
}

static bool fake_server_stop(struct agent *a, const char *name, struct server_status *s,
                             struct error *e)
{
    struct server_status *have = fake_server(a, name);
    if (have) {
        have->state = SERVER_STOPPED;
        have->code = 143;
    }
    return fake_server_find(a, name, s, e);
}

static bool fake_server_check(struct agent *a, const char *name, int64_t log_lines,
                              struct server_status *s, struct error *e)
{
    if (!fake_server_find(a, name, s, e))
        return false;
    s->tail = mem_printf("last %lld lines", (long long)log_lines);
    return true;
}

static size_t fake_server_list(struct agent *a, struct server_status **list)
{
    *list = mem_alloc((a->servers.len + 1) * sizeof **list);
    for (size_t i = 0; i < a->servers.len; i++)
        (*list)[i] = fake_server_copy(&a->servers.ptr[i]);
    return a->servers.len;
}

/* ---- the tree ---- */

/* Notes of the state directory are the fake file "state/notes". */
static bool fake_notes_load(struct agent *a, struct buf *out, struct error *e)
{
    const struct fake_file *f = fake_find("state/notes");
    buf_adds(out, f ? buf_cstr(&f->text) : "");
    return true;
}

static bool fake_notes_store(struct agent *a, const char *text, size_t n, struct error *e)
{
    fake_put("state/notes", text);
    return true;
}

static void fake_note_once(struct agent *a, const char *text)
{
    buf_addf(&agent.note, "notes:%s\n", text);
}

static bool fake_project_dir(struct agent *a, const struct opt_list *names, const char *dir,
                             size_t limit, struct instruction *out)
{
    return false;
}

static size_t fake_project_rules(struct agent *a, size_t limit, struct instruction **list)
{
    *list = NULL;
    return 0;
}

static const char *fake_news(struct agent *a)
{
    return "";
}

static bool fake_decompose(struct agent *a, const cJSON *subtasks, int64_t node,
                           struct tree_result *r, struct error *e)
{
    *r = (struct tree_result){.added = cJSON_GetArraySize(subtasks)};
    a->tasks = r->added > 0;
    r->next_subtask = a->tasks ? mem_strdup("first") : NULL;
    return a->tasks || error_set(e, ERR_USAGE, "subtasks is empty");
}

static bool fake_mark(struct agent *a, bool success, const char *reason, struct tree_result *r,
                      struct error *e)
{
    *r = (struct tree_result){.status = a->status, .next_subtask = mem_strdup("second")};
    return true;
}

static const char *fake_text_of(struct agent *a, const char *name)
{
    static struct texts *shipped;
    if (!shipped)
        shipped = texts_new();
    return texts_get(shipped, name);
}

static bool fake_goal_mark(struct agent *a, bool success, const char *summary, bool leave_open,
                           struct tree_result *r, struct error *e)
{
    buf_addf(&a->marks, "%d|%s|%d\n", success, summary, leave_open);
    if (a->open_tasks && !leave_open)
        return error_set(e, ERR_DENIED, "open tasks: 2 \"tests\"; or leave_open=true");
    *r = (struct tree_result){.status = success ? a->status : "failed"};
    if (strcmp(r->status, "check_failed") == 0)
        r->output = mem_strdup("1 test failed");
    return true;
}

static void fake_tree_put(struct agent *a, const char *key, const char *title, const char *state,
                          const char *note)
{
    buf_addf(&a->puts, "%s|%s|%s|%s\n", key, title ? title : "-", state, note ? note : "");
}

static void fake_tree_text(struct agent *a, struct buf *out)
{
    buf_adds(out, "[>] 2. first\n");
}

static bool fake_has_tasks(struct agent *a)
{
    return a->tasks;
}

static int64_t fake_active(struct agent *a)
{
    return a->active ? a->active : a->tasks ? 2 : 0;
}

static void fake_budget(struct agent *a, int64_t *used, int64_t *max)
{
    *used = a->budget_used;
    *max = a->budget_max;
}

/* ---- context, ledger, person, model ---- */

static void fake_add(struct agent *a, enum placement where, const char *title, const char *text)
{
    buf_addf(where == PLACE_PINNED ? &a->pinned : &a->tail, "%s:%s\n", title, text);
}

static void fake_keep(struct agent *a, int64_t n)
{
    a->kept = (int)n;
}

static void fake_clear(struct agent *a, const char *why)
{
    a->cleared++;
}

static void fake_compact(struct agent *a, const struct compaction *how)
{
    a->compaction = *how;
    a->compactions++;
}

static size_t fake_project(struct agent *a, const struct opt_list *names, size_t limit,
                           struct instruction **list)
{
    for (size_t i = 0; i < names->count; i++)
        buf_addf(&a->asked, "%s ", names->items[i]);
    if (!a->project)
        return 0;
    *list = mem_alloc(sizeof **list);
    size_t n = strlen(a->project), cut = MIN(n, limit);
    while (cut < n && cut > 0 && a->project[cut - 1] != '\n')
        cut--;
    **list = (struct instruction){
        .path = mem_strdup("AGENTS.md"), .text = mem_strndup(a->project, cut), .bytes = (int64_t)n};
    return 1;
}

static void fake_ledger_text(struct agent *a, struct buf *out)
{
    buf_adds(out, "WRITE\tf\n");
}

static void fake_ledger_add(struct agent *a, const char *kind, const char *detail)
{
    buf_addf(&a->ledger, "%s %s\n", kind, detail);
}

static void fake_ledger_each(struct agent *a, void (*visit)(void *, const char *, const char *),
                             void *arg)
{
    for (size_t i = 0; i < a->fact_count; i++)
        visit(arg, a->facts[i].kind, a->facts[i].detail);
}

static void fake_goal_stats(struct agent *a, struct goal_stats *s)
{
    *s = a->stats;
}

static enum loop_action fake_loop(struct agent *a, const char *signature, int64_t count, int level,
                                  const char *text)
{
    a->level = level;
    buf_addf(&a->loops, "%d:%s\n", level, text);
    return a->answer;
}

static uint64_t fake_progress_mark(struct agent *a)
{
    return a->mark;
}

static const char *fake_completion(struct agent *a)
{
    return a->completion;
}

static void fake_goal_end(struct agent *a, bool success, const char *summary)
{
    buf_addf(&a->marks, "end %d|%s\n", success, summary);
}

static bool fake_ask(struct agent *a, const char *question, const cJSON *choices, char **answer,
                     struct error *e)
{
    buf_addf(&a->asked, "%s|%d\n", question, cJSON_GetArraySize(choices));
    if (!a->person)
        return error_set(e, ERR_DENIED, "nobody is there to answer");
    *answer = mem_strdup(a->person);
    return true;
}

static void fake_notice(struct agent *a, const char *level, const char *text)
{
    buf_addf(&a->notices, "%s:%s\n", level, text);
}

static void fake_progress(struct agent *a, const char *text)
{
    buf_addf(&a->progress, "%s\n", text);
}

static char *fake_llm(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                      struct error *e)
{
    buf_addf(&a->asked, "%s\n%s\n%lld\n", system, user, (long long)max_tokens);
    if (a->llm)
        return mem_strdup(a->llm);
    error_set(e, ERR_NETWORK, "no model answers");
    return NULL;
}

static void fake_after(struct agent *a, void (*fn)(struct call *c))
{
    a->after = fn;
}

/* ---- behavior modes ---- */

static size_t fake_mode_list(struct agent *a, struct mode_info **list)
{
    *list = mem_alloc((a->mode_count + 1) * sizeof **list);
    for (size_t i = 0; i < a->mode_count; i++) {
        (*list)[i] = a->modes[i];
        (*list)[i].active = strstr(a->mode, a->modes[i].name) != NULL;
    }
    return a->mode_count;
}

static void fake_failure_words(struct agent *a, struct buf *out)
{
    buf_adds(out, "call fake_failure and say why");
}

static const char *fake_mode_active(struct agent *a, enum mode_chooser *by)
{
    if (by)
        *by = a->chooser;
    return a->mode;
}

static inline bool fake_mode_known(const struct agent *a, const char *name, size_t n)
{
    for (size_t i = 0; i < a->mode_count; i++)
        if (strlen(a->modes[i].name) == n && strncmp(a->modes[i].name, name, n) == 0)
            return true;
    return false;
}

static bool fake_mode_set(struct agent *a, const char *mode, bool message_only,
                          enum mode_chooser by, const char *why, struct error *e)
{
    static const char *const who[] = {"nobody", "user", "model", "rule"};
    buf_addf(&a->sets, "%s|%s|%s|%s\n", mode, message_only ? "message" : "session", who[by], why);
    if (a->set_fails)
        return error_set(e, ERR_INTERNAL, "%s", a->set_fails);
    for (const char *p = mode; *p; p += strcspn(p, "+"), p += *p == '+')
        if (!fake_mode_known(a, p, strcspn(p, "+")))
            return error_set(e, ERR_NOT_FOUND, "no mode is called \"%s\"; there are: formal, brief",
                             mode);
    if (by == MODE_BY_RULE && (a->chooser == MODE_BY_USER || a->chooser == MODE_BY_MODEL))
        return error_set(e, ERR_DENIED, "the mode was chosen by hand");
    snprintf(a->mode, sizeof a->mode, "%s", mode);
    a->chooser = by;
    return true;
}

static void fake_situation(struct agent *a, struct situation *s)
{
    *s = a->now;
}

/* ---- delegation ---- */

static size_t fake_targets(struct agent *a, const struct delegate_target **list)
{
    *list = a->targets;
    return a->target_count;
}

static bool fake_delegate_begin(struct agent *a, const struct delegate_spec *spec, struct error *e)
{
    buf_addf(&a->specs, "begin %s\n", spec->call_id);
    return true;
}

static bool fake_delegate_wait(struct agent *a, const struct delegate_spec *d,
                               struct delegate_result *r, struct error *e)
{
    buf_addf(&a->specs, "wait %s|%s|%s|%s|%s|%s|%s|%lld|%lld\n", d->call_id, d->agent, d->goal,
             d->workspace ? d->workspace : "-", d->task ? d->task : "-", d->check ? d->check : "-",
             d->launcher && d->launcher->count ? d->launcher->items[0] : "-",
             (long long)d->max_parallel, (long long)d->silence_ms);
    if (a->wait_fails)
        return error_set(e, ERR_NOT_FOUND, "the workspace \"x\" does not exist");
    *r = (struct delegate_result){0};
    if (a->delegated)
        a->delegated(r);
    return true;
}

static bool fake_workspace_find(struct agent *a, const char *query, struct workspace_info **list,
                                size_t *n, struct error *e)
{
    a->searches++;
    *list = mem_alloc((a->workspace_count + 1) * sizeof **list);
    *n = 0;
    for (size_t i = 0; i < a->workspace_count; i++) {
        const struct fake_workspace *w = &a->workspaces[i];
        if (query && !strstr(w->goal, query))
            continue;
        (*list)[(*n)++] = (struct workspace_info){.name = mem_strdup(w->name),
                                                  .path = mem_printf("ws/%s", w->name),
                                                  .goal = mem_strdup(w->goal),
                                                  .created_ms = 1700000000000,
                                                  .files = w->files,
                                                  .ours = true,
                                                  .score = query ? w->score : 0};
    }
    return true;
}

/* ---- skills ---- */

static inline size_t fake_skill_list(struct agent *a, const struct opt_list *dirs,
                                     struct skill_info **list)
{
    *list = NULL;
    if (!a->skill)
        return 0;
    *list = mem_alloc(sizeof **list);
    (*list)[0] = (struct skill_info){mem_strdup(a->skill), mem_strdup("what it is for"),
                                     mem_strdup("/skills/one")};
    return 1;
}

static inline char *fake_skill_read(struct agent *a, const struct skill_info *k, size_t limit,
                                    struct error *e)
{
    return mem_printf("text of %s, at most %zu", k->name, limit);
}

static const struct behavior_host host = {.abi = BEHAVIOR_ABI,
                                          .file_read = fake_read,
                                          .file_lines = fake_lines,
                                          .file_write = fake_write,
                                          .file_remove = fake_remove,
                                          .file_list = fake_list,
                                          .file_walk = fake_walk,
                                          .file_names = fake_names,
                                          .command_run = fake_command,
                                          .server_start = fake_server_start,
                                          .server_stop = fake_server_stop,
                                          .server_check = fake_server_check,
                                          .jobs_ended = fake_jobs_ended,
                                          .tools_deferred = fake_tools_deferred,
                                          .tools_find = fake_tools_find,
                                          .server_list = fake_server_list,
                                          .news = fake_news,
                                          .project_dir = fake_project_dir,
                                          .project_rules = fake_project_rules,
                                          .notes_load = fake_notes_load,
                                          .notes_store = fake_notes_store,
                                          .note_once = fake_note_once,
                                          .tree_decompose = fake_decompose,
                                          .tree_mark = fake_mark,
                                          .goal_mark = fake_goal_mark,
                                          .tree_put = fake_tree_put,
                                          .tree_text = fake_tree_text,
                                          .tree_has_tasks = fake_has_tasks,
                                          .tree_active = fake_active,
                                          .tree_budget = fake_budget,
                                          .context_add = fake_add,
                                          .history_keep = fake_keep,
                                          .history_clear = fake_clear,
                                          .compact_when = fake_compact,
                                          .skill_list = fake_skill_list,
                                          .skill_read = fake_skill_read,
                                          .project_texts = fake_project,
                                          .ledger_text = fake_ledger_text,
                                          .ledger_add = fake_ledger_add,
                                          .text = fake_text_of,
                                          .ledger_each = fake_ledger_each,
                                          .goal_stats = fake_goal_stats,
                                          .loop_report = fake_loop,
                                          .progress_mark = fake_progress_mark,
                                          .completion_tool = fake_completion,
                                          .goal_end = fake_goal_end,
                                          .failure_words = fake_failure_words,
                                          .delegate_targets = fake_targets,
                                          .delegate_begin = fake_delegate_begin,
                                          .delegate_wait = fake_delegate_wait,
                                          .workspace_find = fake_workspace_find,
                                          .ask_user = fake_ask,
                                          .mode_list = fake_mode_list,
                                          .mode_active = fake_mode_active,
                                          .mode_set = fake_mode_set,
                                          .situation = fake_situation,
                                          .notice = fake_notice,
                                          .progress = fake_progress,
                                          .llm_ask = fake_llm,
                                          .after_goal = fake_after};

static inline void fake_reset(void)
{
    agent = (struct agent){.status = "subtask_advanced",
                           .completion = "mark_subtask_complete",
                           .budget_used = 3,
                           .budget_max = 12};
}

static inline void fake_fini(void)
{
    struct buf *all[] = {&agent.tail,     &agent.note,  &agent.pinned, &agent.notices,
                         &agent.loops,    &agent.puts,  &agent.specs,  &agent.ledger,
                         &agent.progress, &agent.marks, &agent.asked,  &agent.sets};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        buf_fini(all[i]);
    for (size_t i = 0; i < agent.files.len; i++) {
        free(agent.files.ptr[i].path);
        buf_fini(&agent.files.ptr[i].text);
    }
    VEC_FREE(&agent.files);
    for (size_t i = 0; i < agent.servers.len; i++)
        server_status_fini(&agent.servers.ptr[i]);
    VEC_FREE(&agent.servers);
}

/* ---- the rig: one behavior at a time ---- */

static struct rig {
    const struct behavior *b;
    const struct tool *more;
    struct call call;
    void *params, *state;
} rig;

static inline void rig_close(void)
{
    if (!rig.b)
        return;
    if (rig.b->fini)
        rig.b->fini(&rig.call);
    if (rig.b->params)
        opt_clear(rig.b->params, rig.params);
    free(rig.params);
    free(rig.state);
    rig = (struct rig){0};
}

/* params: YAML text. */
static inline bool rig_try(const char *type, const char *params, struct error *e)
{
    static const struct opt none[] = {{0}};
    rig_close();
    rig.b = behavior_find(type);
    assert_non_null(rig.b);
    const struct opt *rows = rig.b->params ? rig.b->params : none;
    rig.params = mem_alloc(rig.b->params_size);
    rig.state = mem_alloc(rig.b->state_size);
    rig.call = (struct call){.host = &host,
                             .agent = &agent,
                             .state = rig.state,
                             .params = rig.params,
                             .goal = "the goal",
                             .workspace = "/w",
                             .round = 1};
    opt_defaults(rows, rig.params);
    AUTO_YAML *y = yaml_parse(params, strlen(params), "a.yaml", e);
    if (!y || !opt_overlay(rows, rig.params, y, type, e) ||
        (rig.b->init && !rig.b->init(&rig.call, e)))
        return false;
    rig.more = rig.b->make_tools ? rig.b->make_tools(&rig.call, e) : NULL;
    return true;
}

static inline void rig_open(const char *type, const char *params)
{
    struct error e = {0};
    if (!rig_try(type, params, &e))
        fail_msg("%s", e.text);
}

static inline const struct tool *rig_tool(const char *name)
{
    for (const struct tool *t = rig.b->tools; t && t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    for (const struct tool *t = rig.more; t && t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

/* args: JSON text. Checked against the schema first, as the engine does; "schema" then. */
static inline cJSON *rig_call(const char *name, const char *args)
{
    struct error e = {0};
    const struct tool *t = rig_tool(name);
    if (!t)
        fail_msg("no tool %s", name);
    const char *rules = t->accepts ? t->accepts : t->schema;
    AUTO_JSON *schema = json_parse(rules, strlen(rules), &e);
    AUTO_JSON *j = json_parse(args, strlen(args), &e);
    if (!schema || !j)
        fail_msg("%s: %s", name, e.text);
    if (!schema_check(schema, j, NULL, &e))
        return json_error("schema: %s", e.text);
    rig.call.tool = t->name;
    rig.call.call_id = "id";
    if (t->begin)
        t->begin(&rig.call, j);
    cJSON *r = t->handler(&rig.call, j);
    assert_true(cJSON_IsObject(r));
    assert_true(cJSON_IsBool(json_get(r, "success")));
    if (!json_bool(r, "success", true))
        assert_true(*json_str(r, "error", "") != '\0');
    return r;
}

/* A goal begins; what it is shown of notes lies in agent.note. */
static inline void rig_start(void)
{
    buf_clear(&agent.note);
    rig.b->on_goal_start(&rig.call);
}

static inline void rig_enhance(void)
{
    buf_clear(&agent.tail);
    buf_clear(&agent.pinned);
    rig.b->enhance_context(&rig.call);
}

static inline char *rig_instructions(void)
{
    AUTO(buf) b = {0};
    rig.b->instructions(&rig.call, &b);
    return buf_take(&b);
}

/* RUN declares r, the answer, freed at the end of the block. */
#define RUN(tool, args) AUTO_JSON *r = rig_call(tool, args)
#define assert_ok() assert_true(json_bool(r, "success", false))
#define assert_error(part)                           \
    do {                                             \
        assert_false(json_bool(r, "success", true)); \
        assert_has(json_str(r, "error", ""), part);  \
    } while (0)
#define assert_lacks(text, part) assert_null(strstr((text), (part)))

static inline int rig_setup(void **s)
{
    fake_reset();
    return 0;
}

static inline int rig_teardown(void **s)
{
    rig_close();
    fake_fini();
    return 0;
}

#endif
