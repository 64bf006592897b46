#include "engine/going_back.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sanitize.h"
#include "base/utf8.h"
#include "engine/engine_priv.h"
#include "engine/files_kept.h"
#include "rewind/merge.h"
#include "rewind/rewind.h"

#define LISTED 100             /* messages to choose from */
#define DIFF_BYTES (512 << 10) /* of a diff that is shown */
#define TITLE_BYTES 40
#define NAMED 12 /* paths in a sentence */

/* ---- work on the snapshots' thread ---- */

/* What one request wants to know, and what came of it. */
struct trip {
    int64_t message;      /* to before this one */
    int64_t last;         /* the newest of the conversation */
    int64_t from;         /* a line, for a diff */
    bool redo, keep;      /* keep: what others changed stays */
    const int64_t *nodes; /* to without what was done while one of these was at work */
    size_t node_count;
    struct buf conflicts;    /* what cannot be taken back: paths, a NUL after each */
    const int64_t *messages; /* of a list, */
    size_t count;            /* with */
    int64_t *files;          /* how many changed in the wake of each; -1: not known */
    struct changes changes, others;
    struct restored restored;
    struct buf patch;
    struct error e;
    bool ok;
};

static void trip_fini(struct trip *t)
{
    changes_fini(&t->changes);
    changes_fini(&t->others);
    restored_fini(&t->restored);
    buf_fini(&t->patch);
    buf_fini(&t->conflicts);
}

static bool take_now(struct trip *t, struct snapshots *s, enum snapshot_by by)
{
    bool made;
    const struct snapshot_line line = {.by = by, .message = t->last};
    if (!s)
        return error_set(&t->e, ERR_NOT_FOUND, "nothing was kept of this session's files");
    return snapshots_take(s, &line, true, &made, &t->e);
}

static void list_files(void *arg, struct snapshots *s)
{
    struct trip *t = arg;
    t->ok = take_now(t, s, SNAPSHOT_OTHER);
    for (size_t i = 0; i < t->count; i++) {
        struct changes c = {0};
        t->files[i] = -1;
        int64_t from = t->ok ? snapshots_at_message(s, t->messages[i]) : -1;
        int64_t to = i + 1 < t->count ? snapshots_at_message(s, t->messages[i + 1])
                                      : (int64_t)(t->ok ? s->lines.len : 0) - 1;
        if (from >= 0 && to >= from && snapshots_compare(s, (size_t)from, (size_t)to, &c, &t->e))
            t->files[i] = (int64_t)c.list.len;
        changes_fini(&c);
    }
}

/* The line to go to: of the message, or as it was before the last time. */
static int64_t target_of(const struct trip *t, const struct snapshots *s)
{
    if (!t->redo)
        return snapshots_at_message(s, t->message);
    for (size_t i = s->lines.len; i > 1; i--)
        if (s->lines.ptr[i - 1].by == SNAPSHOT_REWIND)
            return (int64_t)i - 2;
    return -1;
}

static void plan_trip(void *arg, struct snapshots *s)
{
    struct trip *t = arg;
    t->ok = take_now(t, s, SNAPSHOT_OTHER);
    if (!t->ok)
        return;
    size_t now = s->lines.len - 1;
    int64_t to = target_of(t, s);
    if (to < 0) {
        t->ok = error_set(&t->e, ERR_NOT_FOUND,
                          t->redo ? "nothing was taken back in this session yet"
                                  : "nothing was kept of the files before that message");
        return;
    }
    t->from = to;
    t->ok = snapshots_way_back(s, (size_t)to, &t->changes, &t->conflicts, &t->e) &&
            snapshots_patch_commits(s, &s->lines.ptr[now].commit, &s->lines.ptr[to].commit,
                                    &t->conflicts, &t->patch, &t->e) &&
            (t->redo || snapshots_others(s, (size_t)to, &t->others, &t->e));
}

static bool is_of(void *arg, int64_t node)
{
    const struct trip *t = arg;
    for (size_t i = 0; i < t->node_count; i++)
        if (t->nodes[i] == node)
            return true;
    return false;
}

static bool is_conflict(const struct trip *t, const char *path)
{
    return t->conflicts.len &&
           memmem(t->conflicts.ptr, t->conflicts.len, path, strlen(path) + 1) != NULL;
}

static void plan_unmaking(void *arg, struct snapshots *s)
{
    struct trip *t = arg;
    struct object_id without;
    t->ok = take_now(t, s, SNAPSHOT_OTHER);
    if (!t->ok)
        return;
    const struct object_id *now = &s->lines.ptr[s->lines.len - 1].commit;
    AUTO(buf) spared = {0};
    t->ok = snapshots_without(s, is_of, t, &without, &t->conflicts, &t->e) &&
            snapshots_compare_commits(s, now, &without, &t->changes, &t->e) &&
            snapshots_spare_uncovered(s, 0, &t->changes, &spared, &t->e);
    buf_add(&spared, buf_cstr(&t->conflicts), t->conflicts.len);
    t->ok = t->ok && snapshots_patch_commits(s, now, &without, &spared, &t->patch, &t->e);
    size_t kept = 0;
    for (size_t i = 0; i < t->changes.list.len; i++) {
        struct change c = t->changes.list.ptr[i];
        if (is_conflict(t, c.path))
            free(c.path);
        else
            t->changes.list.ptr[kept++] = c;
    }
    t->changes.list.len = kept;
}

static void make_trip(void *arg, struct snapshots *s)
{
    struct trip *t = arg;
    t->ok = s &&
            restore_changes(s, &t->changes, t->keep ? &t->others : NULL, &t->restored, &t->e) &&
            take_now(t, s, SNAPSHOT_REWIND);
}

static void read_diff(void *arg, struct snapshots *s)
{
    struct trip *t = arg;
    t->ok = take_now(t, s, SNAPSHOT_OTHER);
    if (!t->ok)
        return;
    size_t now = s->lines.len - 1, from = 0, to = now;
    if (t->message > 0)
        from = (size_t)MAX(snapshots_at_message(s, t->message), 0);
    if (t->from < 0) { /* the last round that changed something */
        while (to > 0 && s->lines.ptr[to].by != SNAPSHOT_AGENT)
            to--;
        from = to ? to - 1 : 0;
    }
    t->ok = snapshots_patch(s, from, to, &t->patch, &t->e);
}

/* MAY WAIT. */
static bool travel(struct engine *g, rewind_work *fn, struct trip *t, struct error *e)
{
    files_kept_begin(g);
    t->last = conversation_last(&g->talk);
    if (!g->agent.rewind)
        return error_set(e, ERR_NOT_FOUND,
                         g->cfg->rewind ? "files are not kept in this session"
                                        : "files are not kept: files.rewind is false");
    int64_t number = rewind_run(g->agent.rewind, fn, t);
    while (!rewind_done(g->agent.rewind, number))
        reactor_wait(&g->reactor, -1);
    agent_files_tell(&g->agent);
    return t->ok || error_set(e, t->e.code, "%s", t->e.text);
}

/* ---- what can be gone back to ---- */

/* The user's messages that are still there, the newest last. */
static size_t messages_of(struct engine *g, int64_t list[static LISTED])
{
    size_t all, n = 0;
    const int64_t *seqs = conversation_words(&g->talk, &all);
    VEC(int64_t) mine = {0};
    for (size_t i = 0; i < all; i++)
        VEC_PUSH(&mine, seqs[i]);
    for (size_t i = 0; i < mine.len; i++) {
        const struct message *m = conversation_at(&g->talk, mine.ptr[i]);
        if (m->lost || m->role != LLM_USER)
            continue;
        if (n == LISTED)
            memmove(list, list + 1, --n * sizeof *list);
        list[n++] = m->seq;
    }
    VEC_FREE(&mine);
    return n;
}

static bool list_messages(struct engine *g, struct error *e)
{
    int64_t seqs[LISTED], files[LISTED];
    AUTO(trip) t = {.messages = seqs, .files = files};
    t.count = messages_of(g, seqs);
    for (size_t i = 0; i < t.count; i++)
        files[i] = -1;
    struct error none = {0};
    (void)travel(g, list_files, &t, &none); /* without files there is still the conversation */
    cJSON *list = cJSON_CreateArray();
    for (size_t i = t.count; i > 0; i--) {
        const struct message *m = conversation_at(&g->talk, seqs[i - 1]);
        AUTO_FREE char *said = sanitize_text(m->text, SANITIZE_ONE_LINE);
        AUTO_FREE char *name = mem_printf("%lld", (long long)seqs[i - 1]);
        AUTO_FREE char *value = files[i - 1] < 0 ? mem_strdup("")
                                : files[i - 1] == 0
                                    ? mem_strdup("no file changed")
                                    : mem_printf("%lld file%s changed", (long long)files[i - 1],
                                                 files[i - 1] == 1 ? "" : "s");
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "name", name);
        json_add_str(one, "help", said);
        json_add_str(one, "value", value);
        cJSON_AddItemToArray(list, one);
    }
    if (t.count)
        engine_emit_catalog(g, "rewind", list);
    else
        cJSON_Delete(list);
    return t.count || error_set(e, ERR_NOT_FOUND, "nothing was said in this session yet");
}

/* ---- the conversation ---- */

/* How many of the user's messages go, and the first of them. */
static int64_t take_back_talk(struct engine *g, int64_t message, char **first)
{
    int64_t seqs[LISTED], turns = 0;
    size_t n = messages_of(g, seqs);
    for (size_t i = 0; i < n; i++)
        turns += seqs[i] >= message;
    const struct message *m = conversation_at(&g->talk, message);
    int64_t goal = m->goal;
    bool whole = message == 1 || conversation_at(&g->talk, message - 1)->goal != goal;
    *first = mem_strdup(m->text);
    conversation_cut(&g->talk, message);
    context_break(&g->context, "the conversation was taken back");
    agent_goals_taken_back(&g->agent, whole ? goal : goal + 1);
    g->session.dirty = true;
    return turns;
}

/* ---- going ---- */

static void name_paths(const struct changes *c, const struct changes *among, struct buf *out,
                       int64_t *count)
{
    *count = 0;
    for (size_t i = 0; i < c->list.len; i++) {
        if (among && !changes_find(among, c->list.ptr[i].path))
            continue;
        if (i && strcmp(c->list.ptr[i].path, c->list.ptr[i - 1].path) == 0)
            continue;
        AUTO_FREE char *shown = sanitize_text(c->list.ptr[i].path, SANITIZE_ONE_LINE);
        if (*count < NAMED)
            buf_addf(out, "%s%s", *count ? ", " : "", shown);
        ++*count;
    }
    if (*count > NAMED)
        buf_addf(out, " and %lld more", (long long)*count - NAMED);
}

/* What is shown of a diff: without secrets, and not without end. */
static char *shown_patch(const struct buf *patch)
{
    AUTO(buf) out = {0};
    size_t n = MIN(patch->len, (size_t)DIFF_BYTES);
    while (n < patch->len && n > 0 && patch->ptr[n - 1] != '\n')
        n--;
    log_mask(&out, buf_cstr(patch), n);
    if (n < patch->len)
        buf_addf(&out, "(%zu more bytes are not shown)\n", patch->len - n);
    return sanitize_text(buf_cstr(&out), 0);
}

/* Files, conversation, both or nothing: 'f', 'c', 'b', 'n'. MAY WAIT. */
static char ask_what(struct engine *g, const struct trip *t, const char *text)
{
    static const char with_files[] = "[{\"key\":\"b\",\"label\":\"files and conversation\"},"
                                     "{\"key\":\"f\",\"label\":\"files\"},"
                                     "{\"key\":\"c\",\"label\":\"conversation\"},"
                                     "{\"key\":\"n\",\"label\":\"nothing\",\"escape\":true}]";
    static const char without[] = "[{\"key\":\"c\",\"label\":\"conversation\"},"
                                  "{\"key\":\"n\",\"label\":\"nothing\",\"escape\":true}]";
    static const char only[] = "[{\"key\":\"f\",\"label\":\"files\"},"
                               "{\"key\":\"n\",\"label\":\"nothing\",\"escape\":true}]";
    AUTO(buf) why = {0};
    AUTO_FREE char *patch = shown_patch(&t->patch);
    AUTO_FREE char *said = text ? sanitize_text(text, SANITIZE_ONE_LINE) : NULL;
    size_t n = t->changes.list.len, cut = said ? utf8_cut(said, strlen(said), TITLE_BYTES) : 0;
    AUTO_FREE char *title =
        said ? mem_printf("Go back to before \"%.*s%s\"?", (int)cut, said, said[cut] ? "…" : "")
             : mem_strdup("Take the last going back back?");
    if (n)
        buf_addf(&why, "%zu file%s would change as shown", n, n == 1 ? "" : "s");
    else
        buf_adds(&why, "No file is different from then");
    struct ask q = {.kind = "diff",
                    .title = title,
                    .detail = n ? patch : "",
                    .why = buf_cstr(&why),
                    .choices = !said ? only
                               : n   ? with_files
                                     : without};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, NULL);
    return *key;
}

/* True: what others changed stays. *stop: nothing at all is to happen. MAY WAIT. */
static bool ask_about_others(struct engine *g, const struct trip *t, bool *stop)
{
    static const char choices[] = "[{\"key\":\"k\",\"label\":\"keep them as they are\"},"
                                  "{\"key\":\"o\",\"label\":\"put them back too\"},"
                                  "{\"key\":\"n\",\"label\":\"nothing\",\"escape\":true}]";
    AUTO(buf) names = {0};
    int64_t count;
    name_paths(&t->changes, &t->others, &names, &count);
    if (!count)
        return true;
    AUTO_FREE char *title =
        mem_printf("%lld of the files %s changed by you or another program since. "
                   "Put them back too?",
                   (long long)count, count == 1 ? "was" : "were");
    struct ask q = {.kind = "confirm",
                    .title = title,
                    .detail = buf_cstr(&names),
                    .why = "/rewind redo brings them back",
                    .choices = choices};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, NULL);
    *stop = *key == 'n';
    return *key != 'o';
}

static void tell_model(struct engine *g, const struct trip *t, const char *when)
{
    AUTO(buf) names = {0};
    int64_t count;
    name_paths(&t->changes, NULL, &names, &count);
    if (!count)
        return;
    AUTO_FREE char *note = mem_printf(
        "[The user put files of the workspace back to how they were %s: %s. Look at them "
        "before you rely on what you knew of them.]",
        when, buf_cstr(&names));
    agent_note_later(&g->agent, note);
}

static void tell_screen(struct engine *g, const struct trip *t, char key, int64_t turns, char *text)
{
    struct event ev = {.type = EVENT_REWOUND};
    cJSON *kept = cJSON_CreateArray();
    for (size_t i = 0; i < t->restored.kept.len; i++) {
        AUTO_FREE char *shown = sanitize_text(t->restored.kept.ptr[i], SANITIZE_ONE_LINE);
        cJSON_AddItemToArray(kept, cJSON_CreateString(shown));
    }
    ev.rewound.what = mem_strdup(key == 'b' ? "both" : key == 'f' ? "files" : "conversation");
    ev.rewound.text = text;
    ev.rewound.turns = turns;
    ev.rewound.files = t->restored.files;
    ev.rewound.kept = json_print(kept);
    cJSON_Delete(kept);
    outbox_emit(&g->out, &ev);
}

/* key: what the user chose. The disk first: where that fails nothing was done. MAY WAIT. */
static bool go(struct engine *g, struct trip *t, char key, int64_t message, struct error *e)
{
    bool files = key == 'b' || key == 'f', stop = false;
    char *text = NULL;
    int64_t turns = 0;
    if (files)
        t->keep = ask_about_others(g, t, &stop);
    if (stop)
        return true;
    if (files && !travel(g, make_trip, t, e))
        return false;
    if (key == 'b' || key == 'c') {
        if (!session_commit(&g->session))
            return error_set(e, ERR_IO, "the session cannot be written: the conversation stays");
        turns = take_back_talk(g, message, &text);
    }
    if (key == 'f')
        tell_model(g, t, message ? "before an earlier message" : "before going back");
    outbox_ledger(&g->out, "REWIND",
                  key == 'b'   ? "files and conversation"
                  : key == 'f' ? "files"
                               : "conversation");
    tell_screen(g, t, key, turns, text);
    (void)session_commit(&g->session);
    return true;
}

bool going_back_can(struct engine *g, int64_t message)
{
    const struct message *m = conversation_at(&g->talk, message);
    return m && !m->lost && m->role == LLM_USER && !m->note;
}

void going_back_talk(struct engine *g, int64_t message)
{
    AUTO(trip) t = {0};
    char *text = NULL;
    int64_t turns = take_back_talk(g, message, &text);
    tell_screen(g, &t, 'c', turns, text);
    (void)session_commit(&g->session);
}

static bool go_to(struct engine *g, int64_t message, bool redo, struct error *e)
{
    AUTO(trip) t = {.message = message, .redo = redo};
    const struct message *m = redo ? NULL : conversation_at(&g->talk, message);
    struct error none = {0};
    if (!redo && !going_back_can(g, message))
        return error_set(e, ERR_NOT_FOUND, "there is no message %lld of yours; /rewind lists them",
                         (long long)message);
    bool known = travel(g, plan_trip, &t, &none);
    if (!known && redo)
        return error_set(e, none.code, "%s", none.text);
    if (!known) /* the conversation can be taken back all the same */
        outbox_notice(&g->out, "info", "rewind", "%s", none.text);
    if (redo && !t.changes.list.len)
        return error_set(e, ERR_NOT_FOUND,
                         "there is nothing to take back: the files are as they were");
    AUTO_FREE char *text = m ? mem_strdup(m->text) : NULL;
    char key = ask_what(g, &t, text);
    return key == 'n' || go(g, &t, key, message, e);
}

/* What is left of a node's work, as far as later work did not change the same. */
static bool unmake(struct engine *g, int64_t node, struct error *e)
{
    static const char choices[] = "[{\"key\":\"f\",\"label\":\"take it back\"},"
                                  "{\"key\":\"n\",\"label\":\"nothing\",\"escape\":true}]";
    AUTO(trip) t = {0};
    AUTO(buf) why = {0};
    VEC(int64_t) nodes = {0};
    const struct node *n = tree_find(&g->tree, node);
    if (!n)
        return error_set(e, ERR_NOT_FOUND, "there is no task %lld", (long long)node);
    AUTO_FREE char *title = mem_printf("Take back what was changed for \"%s\"?", n->title);
    for (size_t i = 0; i < g->tree.nodes.len; i++)
        if (tree_is_within(&g->tree, g->tree.nodes.ptr[i].id, node))
            VEC_PUSH(&nodes, g->tree.nodes.ptr[i].id);
    t.nodes = nodes.ptr;
    t.node_count = nodes.len;
    bool ok = travel(g, plan_unmaking, &t, e);
    VEC_FREE(&nodes);
    if (!ok)
        return false;
    for (size_t i = 0; i < t.conflicts.len; i += strlen(t.conflicts.ptr + i) + 1)
        buf_addf(&why, "%s%s",
                 why.len ? ", " : "Changed by later work in the same lines, and left: ",
                 t.conflicts.ptr + i);
    if (!t.changes.list.len)
        return error_set(e, ERR_NOT_FOUND, "nothing of it is left to take back%s%s",
                         why.len ? ". " : "", buf_cstr(&why));
    AUTO_FREE char *patch = shown_patch(&t.patch);
    struct ask q = {
        .kind = "diff", .title = title, .detail = patch, .why = buf_cstr(&why), .choices = choices};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, NULL);
    if (*key != 'f' || !travel(g, make_trip, &t, e))
        return *key != 'f';
    if (tree_find(&g->tree, node)) { /* it may have been deleted while the user read */
        tree_set_state(&g->tree, node, NODE_SKIPPED, "taken back by the user");
        agent_emit_trees(&g->agent);
    }
    tell_model(g, &t, "without a task that the user took back");
    outbox_ledger(&g->out, "REWIND", title);
    tell_screen(g, &t, 'f', 0, NULL);
    return true;
}

bool going_back(struct engine *g, const char *op, int64_t message, struct error *e)
{
    if (strcmp(op, "list") == 0)
        return list_messages(g, e);
    if (strcmp(op, "to") == 0)
        return go_to(g, message, false, e);
    if (strcmp(op, "redo") == 0)
        return go_to(g, 0, true, e);
    if (strcmp(op, "unmake") == 0)
        return unmake(g, message, e);
    return error_set(e, ERR_USAGE, "/rewind, /rewind NUMBER or /rewind redo, not \"%s\"", op);
}

/* ---- what changed ---- */

/* The message that the last goal began with, 0: none. */
static int64_t goal_message(struct engine *g)
{
    int64_t seqs[LISTED], found = 0;
    size_t n = messages_of(g, seqs);
    for (size_t i = n; i > 0; i--) {
        const struct message *m = conversation_at(&g->talk, seqs[i - 1]);
        if (found && m->goal != conversation_at(&g->talk, found)->goal)
            break;
        found = m->seq;
    }
    return found;
}

bool going_back_diff(struct engine *g, const char *since, char **say, struct error *e)
{
    static const char choices[] = "[{\"key\":\"n\",\"label\":\"close, or write to the agent\","
                                  "\"text\":true,\"escape\":true}]";
    const char *word = since && *since ? since : "goal";
    AUTO(trip) t = {0};
    if (strcmp(word, "goal") == 0)
        t.message = goal_message(g);
    else if (strcmp(word, "round") == 0)
        t.from = -1;
    else if (strcmp(word, "session") != 0)
        return error_set(e, ERR_USAGE, "/diff session, goal or round, not \"%s\"", word);
    if (!travel(g, read_diff, &t, e))
        return false;
    if (!t.patch.len) {
        outbox_notice(&g->out, "info", "rewind", "no file changed since the %s began", word);
        return true;
    }
    AUTO_FREE char *patch = shown_patch(&t.patch);
    if (!g->permit.ask.possible) {
        struct event ev = {.type = EVENT_REPORT};
        ev.report.title = mem_strdup("diff");
        ev.report.text = mem_strdup(patch);
        outbox_emit(&g->out, &ev);
        return true;
    }
    AUTO_FREE char *title = mem_printf("Changed since the %s began", word);
    struct ask q = {.kind = "diff", .title = title, .detail = patch, .choices = choices};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, say);
    free(ask_take_words(&g->permit.ask)); /* sent as a message, not as an answer */
    return true;
}
