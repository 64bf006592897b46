/* What of an agent is on disk: written in one transaction a commit, read back on resume. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

static bool save_messages(struct agent *a, int64_t *upto, struct error *e)
{
    *upto = a->talk.saved;
    for (int64_t s = a->talk.saved + 1; s <= conversation_last(&a->talk); s++) {
        AUTO_FREE char *body = message_save(conversation_at(&a->talk, s));
        AUTO(buf) masked = {0};
        log_mask(&masked, body, strlen(body));
        if (!store_put_message(a->store, s, buf_cstr(&masked), e))
            return false;
        *upto = s;
    }
    return true;
}

static bool save_events(struct agent *a, struct error *e)
{
    const struct outbox *o = &a->out;
    for (size_t i = 0; i < o->unsaved.len; i++)
        if (!store_put_event(a->store, o->unsaved.ptr[i].seq, o->unsaved.ptr[i].body, e))
            return false;
    for (size_t i = o->ledger.saved; i < o->ledger.lines.len; i++) {
        const struct ledger_line *l = &o->ledger.lines.ptr[i];
        if (!store_put_ledger(a->store, l->time_ms, l->kind, l->detail, e))
            return false;
    }
    return true;
}

/* The counters a resumed goal needs, as one JSON value. */
static char *state_save(const struct agent *a)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "goal", a->goal.text);
    json_add_bool(j, "open", a->goal.running || a->goal.resumed);
    json_add_bool(j, "running", a->goal.running);
    json_add_int(j, "number", a->next_goal);
    json_add_int(j, "rounds", a->goal.rounds);
    json_add_int(j, "approaches", a->goal.approaches);
    cJSON *steer = cJSON_AddArrayToObject(j, "steer");
    for (size_t i = 0; i < a->steer.len; i++)
        cJSON_AddItemToArray(steer, cJSON_CreateString(a->steer.ptr[i]));
    cJSON *queue = cJSON_AddArrayToObject(j, "queue");
    for (size_t i = 0; i < a->queue.len; i++)
        cJSON_AddItemToArray(queue, cJSON_CreateString(a->queue.ptr[i]));
    json_add_int(j, "view", a->talk.view_start);
    json_add_int(j, "seq", (int64_t)a->out.seq);
    json_add_int(j, "in", a->usage.total.input);
    json_add_int(j, "cached", a->usage.total.cached);
    json_add_int(j, "out", a->usage.total.output);
    json_add(j, "cost", cJSON_CreateNumber(a->usage.total_cost));
    return json_print(j);
}

/* What stands beside the conversation, when it changed. */
static bool save_beside(struct agent *a, bool sync, struct error *e)
{
    /* Statistics change with every call: those of rounds that only read wait for a real commit. */
    AUTO_FREE char *stats =
        !sync || a->usage.stats.changes == a->saved_stats ? NULL : stats_save(&a->usage.stats);
    AUTO_FREE char *jobs = a->delegates.len ? jobs_to_json(a) : NULL;
    if ((stats && !store_put_meta(a->store, "stats", stats, e)) ||
        (jobs && !store_put_meta(a->store, "jobs", jobs, e)))
        return false;
    if (a->saved_summary == a->context.breaks)
        return true;
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "text", a->talk.summary.text);
    json_add_str(j, "shown", a->talk.summary.shown);
    json_add_int(j, "messages", a->talk.summary.messages);
    AUTO_FREE char *text = json_print(j);
    return store_put_meta(a->store, "summary", text, e);
}

static bool save_meta(struct agent *a, bool sync, struct error *e)
{
    AUTO_FREE char *state = state_save(a);
    if (!store_put_meta(a->store, "run", state, e) ||
        !store_put_meta(a->store, "model", a->modes.model ? a->modes.model->name : "", e) ||
        !store_put_meta(a->store, "title", a->goal.text ? a->goal.text : "", e) ||
        !store_put_meta(a->store, "workspace", workspace_path(a->ws), e))
        return false;
    AUTO_FREE char *tree =
        (int64_t)a->tree.changes == a->saved_changes ? NULL : tree_save(&a->tree);
    return (!tree || store_put_meta(a->store, "tree", tree, e)) && save_beside(a, sync, e);
}

static void session_saved(struct agent *a, int64_t upto, bool sync)
{
    a->talk.saved = upto;
    a->mode_dirty = a->inbox_dirty = false;
    a->saved_changes = (int64_t)a->tree.changes;
    a->saved_stats = sync ? a->usage.stats.changes : a->saved_stats;
    a->saved_summary = a->context.breaks;
    outbox_saved(&a->out);
    if (a->store_failing) {
        a->store_failing = false;
        outbox_notice(&a->out, "info", "store", "the session is saved again");
    }
}

static bool session_dirty(const struct agent *a, bool sync)
{
    const struct ledger *l = &a->out.ledger;
    return a->out.unsaved.len || a->talk.saved < conversation_last(&a->talk) ||
           (int64_t)a->tree.changes != a->saved_changes || l->saved < l->lines.len ||
           a->mode_dirty || a->inbox_dirty || (sync && a->usage.stats.changes != a->saved_stats);
}

static bool session_write(struct agent *a, bool sync)
{
    struct error e = {0};
    int64_t upto;
    if (!a->store || !session_dirty(a, sync))
        return a->store != NULL && !a->store_failing;
    store_set_sync(a->store, sync);
    if (save_messages(a, &upto, &e) && save_events(a, &e) && save_meta(a, sync, &e) &&
        store_commit(a->store, &e)) {
        session_saved(a, upto, sync);
        return true;
    }
    store_rollback(a->store);
    if (!a->store_failing)
        outbox_notice(&a->out, "warn", "store",
                      "%s. The session goes on in memory and is saved when that is possible again; "
                      "/export FILE writes it elsewhere",
                      e.text);
    a->store_failing = true;
    return false;
}

bool session_commit(struct agent *a)
{
    return session_write(a, true);
}

bool session_commit_soon(struct agent *a)
{
    return session_write(a, false);
}

void session_put_info(struct agent *a)
{
    struct error e = {0};
    if (a->info_at == conversation_last(&a->talk) && !a->goal.running)
        return; /* it says so already */
    a->info_at = a->goal.running ? -1 : conversation_last(&a->talk);
    struct store_info i = {.workspace = mem_strdup(workspace_path(a->ws)),
                           .title = mem_strdup(a->goal.text),
                           .state =
                               mem_strdup(a->goal.running ? "open" : outcome_name(a->last_outcome)),
                           .model = mem_strdup(a->modes.model ? a->modes.model->name : ""),
                           .updated_ms = clock_wall_ms(),
                           .messages = conversation_last(&a->talk)};
    if (a->store && !store_put_info(a->store, &i, &e))
        log_warn("session", "%s", e.text);
    store_info_fini(&i);
}

void session_take(struct agent *a, struct store *store, const char *id)
{
    a->store = store;
    a->out.stored = store != NULL;
    snprintf(a->out.session, sizeof a->out.session, "%s", id);
}

bool session_open(struct agent *a, const char *id, bool create, struct error *e)
{
    session_take(a, store_open(a->sessions_dir, id, create, e), id);
    return a->store != NULL;
}

static void restore_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct agent *a = arg;
    struct message m;
    struct error e = {0};
    if (message_load(&m, body, n, &e))
        conversation_append(&a->talk, m);
    else
        log_warn("session", "message %lld: %s", (long long)seq, e.text);
}

static void restore_event(void *arg, int64_t seq, const char *body, size_t n)
{
    struct agent *a = arg;
    struct event ev;
    struct error e = {0};
    a->out.seq = MAX(a->out.seq, (uint64_t)seq);
    if (!event_from_json(&ev, body, n, &e)) {
        log_warn("session", "event %lld: %s", (long long)seq, e.text);
        return;
    }
    /* The screen rebuilds its picture from these; a script wants only what happens now. */
    if (a->interactive)
        event_queue_post(a->out.events, &ev);
    else
        event_fini(&ev);
}

static void restore_summary(struct agent *a, const char *text)
{
    struct error e = {0};
    AUTO_JSON *j = json_parse(text, strlen(text), &e);
    struct summary *s = &a->talk.summary;
    if (!json_str(j, "text", NULL))
        return;
    s->text = mem_strdup(json_str(j, "text", NULL));
    s->shown = mem_strdup(json_str(j, "shown", s->text));
    s->messages = json_int(j, "messages", 0);
}

/* Each of these may be damaged or absent without the session being lost. */
static void restore_beside(struct agent *a)
{
    struct error e = {0};
    AUTO_FREE char *summary = store_get_meta(a->store, "summary");
    AUTO_FREE char *stats = store_get_meta(a->store, "stats");
    AUTO_FREE char *jobs = store_get_meta(a->store, "jobs");
    if (summary)
        restore_summary(a, summary);
    if (stats && !stats_load(&a->usage.stats, stats, &e))
        log_warn("session", "%s", e.text);
    a->saved_stats = a->usage.stats.changes;
    if (jobs)
        jobs_restore(a, jobs);
}

static bool restore_state(struct agent *a, struct error *e)
{
    AUTO_FREE char *run = store_get_meta(a->store, "run");
    AUTO_FREE char *tree = store_get_meta(a->store, "tree");
    if (tree && !tree_load(&a->tree, tree, e))
        return false;
    if (!run)
        return true;
    AUTO_JSON *j = json_parse(run, strlen(run), e);
    if (!j)
        return false;
    mem_replace(&a->goal.text, json_str(j, "goal", NULL));
    a->goal.resumed = json_bool(j, "open", false);
    a->next_goal = a->goal.number = json_int(j, "number", 0);
    a->goal.rounds = json_int(j, "rounds", 0);
    a->goal.approaches = json_int(j, "approaches", 0);
    const cJSON *text;
    cJSON_ArrayForEach(text, json_get(j, "steer"))
    {
        if (cJSON_IsString(text))
            VEC_PUSH(&a->steer, mem_strdup(text->valuestring));
    }
    cJSON_ArrayForEach(text, json_get(j, "queue"))
    {
        if (cJSON_IsString(text))
            VEC_PUSH(&a->queue, mem_strdup(text->valuestring));
    }
    a->talk.view_start = json_int(j, "view", 0);
    a->out.seq = (uint64_t)json_int(j, "seq", 0);
    a->usage.total = (struct llm_usage){.input = json_int(j, "in", 0),
                                        .cached = json_int(j, "cached", 0),
                                        .output = json_int(j, "out", 0)};
    a->usage.total_cost = json_num(j, "cost", 0);
    return true;
}

bool session_restore(struct agent *a, struct error *e)
{
    int64_t bad_messages = 0, bad_events = 0;
    if (!restore_state(a, e) ||
        !store_each_message(a->store, restore_message, a, &bad_messages, e) ||
        !store_each_event(a->store, restore_event, a, &bad_events, e))
        return false;
    restore_beside(a);
    conversation_restore_view(&a->talk, a->talk.view_start);
    a->talk.saved = conversation_last(&a->talk);
    a->saved_changes = (int64_t)a->tree.changes;
    if (bad_messages + bad_events > 0)
        outbox_notice(&a->out, "warn", "store",
                      "%lld stored rows of this session are damaged and were left out",
                      (long long)(bad_messages + bad_events));
    return true;
}

/* A session in which nothing was said is not worth a line in the lists. */
static void session_drop_empty(struct agent *a)
{
    struct error e = {0};
    store_close(a->store);
    if (!store_remove(a->sessions_dir, a->out.session, &e))
        log_warn("session", "%s", e.text);
}

void session_close(struct agent *a)
{
    if (!a->store)
        return;
    if (conversation_last(&a->talk) == 0) {
        session_drop_empty(a);
    } else {
        session_commit(a);
        session_put_info(a);
        store_close(a->store);
    }
    a->store = NULL;
    a->out.stored = false;
}

char *session_newest(const char *dir, const char *workspace)
{
    struct store_info *list = NULL;
    size_t n = 0;
    char *id = NULL;
    if (!store_list(dir, workspace, &list, &n, NULL))
        return NULL;
    if (n)
        id = mem_strdup(list[0].id);
    for (size_t i = 0; i < n; i++)
        store_info_fini(&list[i]);
    free(list);
    return id;
}

void session_reset(struct agent *a)
{
    conversation_fini(&a->talk);
    tree_fini(&a->tree);
    context_fini(&a->context);
    outbox_reset(&a->out, "");
    free(a->goal.text);
    free(a->goal.summary);
    free(a->goal.answer);
    free(a->goal.report);
    free(a->goal.clear_why);
    a->goal = (struct goal){0};
    a->next_goal = 0;
    a->saved_changes = 0;
    a->info_at = -1;
    permit_forget(&a->permit);
    for (size_t i = 0; i < a->steer.len; i++)
        free(a->steer.ptr[i]);
    for (size_t i = 0; i < a->queue.len; i++)
        free(a->queue.ptr[i]);
    a->steer.len = a->queue.len = 0;
    jobs_fini(a);
    usage_reset(&a->usage);
    a->saved_stats = 0;
    a->saved_summary = 0;
    a->last_outcome = OUTCOME_NONE;
}

static void export_message(struct buf *out, const struct message *m)
{
    static const char *const heads[] = {"## System", "## You", "## mien", "### Result"};
    buf_addf(out, "%s%s%s\n\n", heads[m->role], m->tool ? ": " : "", m->tool ? m->tool : "");
    if (m->role == LLM_TOOL)
        buf_addf(out, "```\n%s\n```\n\n", m->text ? m->text : "");
    else if (m->text && *m->text)
        buf_addf(out, "%s\n\n", m->text);
    for (size_t i = 0; i < m->call_count; i++)
        buf_addf(out, "- `%s` `%s`\n", m->calls[i].name, m->calls[i].args);
    buf_adds(out, m->call_count ? "\n" : "");
}

static void transcript_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct message m;
    struct error e = {0};
    if (!message_load(&m, body, n, &e))
        return;
    export_message(arg, &m);
    message_fini(&m);
}

bool session_transcript(struct agent *a, const char *id, struct buf *out, struct error *e)
{
    int64_t bad = 0;
    struct store *other = store_open(a->sessions_dir, id, false, e);
    if (!other)
        return false;
    bool ok = store_each_message(other, transcript_message, out, &bad, e);
    store_close(other);
    return ok;
}

bool session_export(struct agent *a, const char *path, struct error *e)
{
    AUTO(buf) text = {0}, masked = {0};
    buf_addf(&text, "# %s\n\nSession %s, workspace %s, model %s\n\n",
             a->goal.text ? a->goal.text : "mien session", a->out.session, workspace_path(a->ws),
             a->modes.model ? a->modes.model->name : "none");
    tree_to_text(&a->tree, &text);
    buf_adds(&text, "\n");
    for (int64_t s = 1; s <= conversation_last(&a->talk); s++)
        export_message(&text, conversation_at(&a->talk, s));
    log_mask(&masked, buf_cstr(&text), text.len);
    AUTO_FREE char *where = workspace_user_path(a->ws, path);
    return file_write_new(where, buf_cstr(&masked), masked.len, e);
}
