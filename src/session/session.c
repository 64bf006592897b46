#include "session/session.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "request/conversation.h"
#include "run/outbox.h"
#include "store/store.h"

void session_keep(struct session *s, struct keeper k)
{
    assert(k.key && k.save);
    VEC_PUSH(&s->keepers, k);
}

void session_fini(struct session *s)
{
    assert(!s->store);
    session_forget(s);
    VEC_FREE(&s->keepers);
    free(s->dir);
    s->dir = NULL;
}

/* A screen that resumes a session shows so much of its past: some hundred rounds. */
#define REPLAY_BYTES (384 << 10)

/* ---- writing ---- */

static bool save_calls(struct session *s, const struct message *m, struct error *e)
{
    for (size_t i = 0; i < m->call_count; i++)
        if (!store_put_call(s->store, m->calls[i].id, e))
            return false;
    return true;
}

/* What the message shows is kept once, however often it is shown. */
static bool save_media(struct session *s, const struct message *m, struct error *e)
{
    for (size_t i = 0; i < m->parts.count; i++) {
        const struct llm_part *p = &m->parts.ptr[i];
        if (p->key && p->text && !store_put_media(s->store, p->key, p->text, e))
            return false;
    }
    return true;
}

static void load_media(struct session *s, struct message *m)
{
    for (size_t i = 0; i < m->parts.count; i++) {
        struct llm_part *p = &m->parts.ptr[i];
        if (p->key && !p->text)
            p->text = store_get_media(s->store, p->key);
    }
}

static char *masked(const char *text)
{
    AUTO(buf) out = {0};
    if (text)
        log_mask(&out, text, strlen(text));
    return text ? buf_take(&out) : NULL;
}

static bool save_messages(struct session *s, int64_t *upto, struct error *e)
{
    *upto = s->talk->saved;
    for (int64_t n = 1; s->unindexed && n <= *upto; n++)
        if (!save_calls(s, conversation_at(s->talk, n), e))
            return false;
    for (int64_t n = s->talk->saved + 1; n <= conversation_last(s->talk); n++) {
        const struct message *m = conversation_at(s->talk, n);
        if (m->lost) /* its row stays as it is: somebody may be able to mend it */
            continue;
        AUTO_FREE char *body = message_save(m);
        AUTO_FREE char *shown = masked(body);
        if (!store_put_message(s->store, n, shown, e) || !save_calls(s, m, e) ||
            !save_media(s, m, e))
            return false;
        *upto = n;
    }
    return true;
}

static bool save_events(struct session *s, struct error *e)
{
    const struct outbox *o = s->out;
    for (size_t i = 0; i < o->unsaved.len; i++)
        if (!store_put_event(s->store, o->unsaved.ptr[i].seq, o->unsaved.ptr[i].body, e))
            return false;
    for (size_t i = o->ledger.saved; i < o->ledger.lines.len; i++) {
        const struct ledger_line *l = &o->ledger.lines.ptr[i];
        AUTO_FREE char *detail = masked(l->detail);
        if (!store_put_ledger(s->store, l->time_ms, l->kind, detail, e))
            return false;
    }
    return true;
}

static bool keeper_changed(const struct keeper *k)
{
    return !k->changes || k->changes(k->arg) != k->saved;
}

static bool save_records(struct session *s, bool sync, struct error *e)
{
    for (size_t i = 0; i < s->keepers.len; i++) {
        struct keeper *k = &s->keepers.ptr[i];
        if ((k->lazy && !sync) || !keeper_changed(k))
            continue;
        free(k->text);
        k->text = k->save(k->arg);
        bool same = k->text && k->stored && strcmp(k->text, k->stored) == 0;
        AUTO_FREE char *shown = masked(k->text);
        if (k->text && !same && !store_put_meta(s->store, k->key, shown, e))
            return false;
    }
    return true;
}

static void session_saved(struct session *s, int64_t upto, bool sync)
{
    s->talk->saved = upto;
    s->dirty = s->unindexed = false;
    for (size_t i = 0; i < s->keepers.len; i++) {
        struct keeper *k = &s->keepers.ptr[i];
        if (k->changes && (sync || !k->lazy))
            k->saved = k->changes(k->arg);
        if (!k->text)
            continue;
        free(k->stored);
        k->stored = k->text;
        k->text = NULL;
    }
    outbox_saved(s->out);
    if (s->failing) {
        s->failing = false;
        outbox_notice(s->out, "info", "store", "the session is saved again");
    }
}

static bool session_dirty(const struct session *s, bool sync)
{
    const struct ledger *l = &s->out->ledger;
    if (s->dirty || s->unindexed || s->out->unsaved.len ||
        s->talk->saved < conversation_last(s->talk) || l->saved < l->lines.len)
        return true;
    for (size_t i = 0; i < s->keepers.len; i++) {
        const struct keeper *k = &s->keepers.ptr[i];
        if (k->changes && (sync || !k->lazy) && keeper_changed(k))
            return true;
    }
    return false;
}

static bool session_write(struct session *s, bool sync)
{
    struct error e = {0};
    int64_t upto;
    assert(s->out && s->talk);
    if (!s->store || !session_dirty(s, sync))
        return s->store != NULL && !s->failing;
    store_set_sync(s->store, sync);
    if (save_messages(s, &upto, &e) && save_events(s, &e) && save_records(s, sync, &e) &&
        store_commit(s->store, &e)) {
        session_saved(s, upto, sync);
        return true;
    }
    store_rollback(s->store);
    for (size_t i = 0; i < s->keepers.len; i++)
        mem_replace(&s->keepers.ptr[i].text, NULL);
    if (!s->failing)
        outbox_notice(s->out, "warn", "store",
                      "%s. The session goes on in memory and is saved when that is possible again; "
                      "/export FILE writes it elsewhere",
                      e.text);
    s->failing = true;
    return false;
}

bool session_commit(struct session *s)
{
    return session_write(s, true);
}

bool session_commit_soon(struct session *s)
{
    return session_write(s, false);
}

void session_put_line(struct session *s)
{
    struct error e = {0};
    struct session_line line = {0};
    s->describe(s->arg, &line);
    struct store_info i = {.workspace = line.workspace,
                           .title = masked(line.title),
                           .state = line.state,
                           .model = line.model,
                           .updated_ms = clock_wall_ms(),
                           .messages = conversation_last(s->talk)};
    free(line.title);
    bool known = s->line_at == i.messages && !line.running; /* it says so already */
    if (!known && s->store && !store_put_info(s->store, &i, &e))
        log_warn("session", "%s", e.text);
    s->line_at = line.running ? -1 : i.messages;
    store_info_fini(&i);
}

/* ---- opening and restoring ---- */

void session_take(struct session *s, struct store *store, const char *id)
{
    s->store = store;
    s->out->stored = store != NULL;
    snprintf(s->out->session, sizeof s->out->session, "%s", id);
}

bool session_open(struct session *s, const char *id, bool create, struct error *e)
{
    session_take(s, store_open(s->dir, id, create, e), id);
    return s->store != NULL;
}

static void tell_damaged(struct session *s, int64_t rows)
{
    if (rows > 0)
        outbox_notice(s->out, "warn", "store",
                      "%lld stored rows of this session are damaged and were left out",
                      (long long)rows);
}

static void restore_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct session *s = arg;
    struct message m;
    struct error e = {0};
    if (!message_load(&m, body, n, &e)) {
        log_warn("session", "message %lld: %s", (long long)seq, e.text);
        return;
    }
    load_media(s, &m);
    /* Numbers stay those of the rows: what is said next must not take the place of another. */
    bool numbered = s->messages > 0;
    while (numbered && conversation_last(s->talk) + 1 < seq)
        conversation_append_lost(s->talk);
    if (!numbered || seq > conversation_last(s->talk))
        conversation_append(s->talk, m);
    else
        message_fini(&m); /* a row before the first, made by hand */
}

static void read_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct session *s = arg;
    struct message m;
    struct error e = {0};
    if (!message_load(&m, body, n, &e)) {
        log_warn("session", "message %lld: %s", (long long)seq, e.text);
        return;
    }
    load_media(s, &m);
    conversation_put(s->talk, seq, m);
}

/* What a conversation asks for later on. */
static void read_messages(void *arg, struct conversation *c, int64_t from, int64_t to)
{
    struct session *s = arg;
    struct error e = {0};
    int64_t before = c->read, damaged;
    if (s->store && !store_read_messages(s->store, from, to, read_message, s, &damaged, &e))
        log_warn("session", "messages %lld to %lld: %s", (long long)from, (long long)to, e.text);
    tell_damaged(s, to - from + 1 - (c->read - before));
}

static bool call_is_stored(void *arg, const char *id)
{
    struct session *s = arg;
    return s->store && store_has_call(s->store, id);
}

/* All of them at once: a session of an older mien, or one that somebody edited. */
static bool restore_all_messages(struct session *s, int64_t *damaged, struct error *e)
{
    int64_t last = store_last_message(s->store);
    s->messages = MAX(last, 0);
    s->talk->view.last_user = 0;
    s->talk->said_to = 0; /* found again, message by message */
    s->talk->said.len = 0;
    if (!store_each_message(s->store, restore_message, s, damaged, e))
        return false;
    while (conversation_last(s->talk) < s->messages)
        conversation_append_lost(s->talk);
    s->talk->saved = conversation_last(s->talk);
    s->unindexed = s->talk->ids.count > 0;
    return true;
}

static bool restore_messages(struct session *s, int64_t *damaged, struct error *e)
{
    struct conversation *c = s->talk;
    c->ids.stored = call_is_stored;
    c->ids.arg = s;
    if (s->messages <= 0 || s->messages != store_last_message(s->store))
        return restore_all_messages(s, damaged, e);
    conversation_resume(c, s->messages, MIN(MAX(c->view.last_user, 0), s->messages),
                        (struct message_source){read_messages, s});
    return true;
}

/* ---- what a screen is told of it ---- */

static void replay_event(void *arg, int64_t seq, const char *body, size_t n)
{
    struct session *s = arg;
    struct event ev;
    struct error e = {0};
    s->out->seq = MAX(s->out->seq, (uint64_t)seq);
    if (!s->replay)
        return;
    if (!event_from_json(&ev, body, n, &e))
        log_warn("session", "event %lld: %s", (long long)seq, e.text);
    else if (ev.type == EVENT_APPROVAL || ev.type == EVENT_APPROVAL_DONE)
        event_fini(&ev); /* nobody waits for that answer any more: a yes would be another's */
    else
        event_queue_post(s->out->events, &ev);
}

/* The screen shows these until another comes, however old they are. */
static bool replay_standing(struct session *s, int64_t from, struct error *e)
{
    int64_t a = MIN(s->out->goal_at, s->out->summary_at), damaged;
    int64_t b = MAX(s->out->goal_at, s->out->summary_at);
    return (a <= 0 || a >= from ||
            store_read_events(s->store, a, a, replay_event, s, &damaged, e)) &&
           (b <= 0 || b >= from || store_read_events(s->store, b, b, replay_event, s, &damaged, e));
}

/* A place at which nothing is half told: no call without its result. */
static bool begins_part(const char *body, size_t n)
{
    static const char *const heads[] = {"\"type\":\"round_start\"", "\"type\":\"user\""};
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        if (memmem(body, MIN(n, (size_t)200), heads[i], strlen(heads[i])))
            return true;
    return false;
}

/* Takes events. */
static void tell_earlier(struct session *s, char *events)
{
    struct event ev = {.type = EVENT_EARLIER};
    ev.earlier.events = events;
    ev.earlier.more = s->earlier > 1;
    event_queue_post(s->out->events, &ev);
}

static void gather_event(void *arg, int64_t seq, const char *body, size_t n)
{
    buf_add(arg, body, n); /* JSON of ours: one line */
    buf_addc(arg, '\n');
}

void session_tell_earlier(struct session *s)
{
    struct error e = {0};
    int64_t damaged = 0, to = s->earlier - 1;
    AUTO(buf) all = {0};
    if (!s->store || s->earlier <= 1)
        return;
    s->earlier = store_newest_events(s->store, s->earlier, REPLAY_BYTES, begins_part);
    if (!store_read_events(s->store, s->earlier > 1 ? s->earlier : INT64_MIN, to, gather_event,
                           &all, &damaged, &e))
        outbox_notice(s->out, "warn", "store", "%s", e.text);
    tell_earlier(s, buf_take(&all));
    tell_damaged(s, damaged);
}

/* A script wants only what happens now, and the number of the last one is kept: the events are
 * most of a session, and are not read for nothing. */
static bool restore_events(struct session *s, bool whole, int64_t *damaged, struct error *e)
{
    if (whole && (s->replay || s->out->seq == 0))
        return store_each_event(s->store, replay_event, s, damaged, e);
    if (whole || !s->replay)
        return true;
    int64_t from = store_newest_events(s->store, INT64_MAX, REPLAY_BYTES, begins_part);
    s->earlier = from;
    if (from > 1)
        tell_earlier(s, mem_strdup(""));
    return replay_standing(s, from, e) &&
           store_read_events(s->store, from, INT64_MAX, replay_event, s, damaged, e);
}

static bool restore_records(struct session *s, struct error *e)
{
    for (size_t i = 0; i < s->keepers.len; i++) {
        struct keeper *k = &s->keepers.ptr[i];
        struct error here = {0};
        AUTO_FREE char *text = k->load ? store_get_meta(s->store, k->key) : NULL;
        if (text && !k->load(k->arg, text, &here)) {
            if (k->needed)
                return error_set(e, here.code, "%s", here.text);
            log_warn("session", "%s: %s", k->key, here.text);
        }
        k->saved = k->changes ? k->changes(k->arg) : 0;
    }
    return true;
}

bool session_restore(struct session *s, struct error *e)
{
    int64_t bad_messages = 0, bad_events = 0;
    assert(s->store);
    s->messages = s->earlier = 0;
    if (!restore_records(s, e))
        return false;
    bool whole = s->messages <= 0;
    if (!restore_messages(s, &bad_messages, e) || !restore_events(s, whole, &bad_events, e))
        return false;
    conversation_restore_view(s->talk, s->talk->view_start);
    tell_damaged(s, bad_messages + bad_events);
    return true;
}

/* ---- its end ---- */

/* A session in which nothing was said is not worth a line in the lists. */
static void session_drop_empty(struct session *s)
{
    struct error e = {0};
    store_close(s->store);
    if (!store_remove(s->dir, s->out->session, &e))
        log_warn("session", "%s", e.text);
}

void session_close(struct session *s)
{
    if (!s->store)
        return;
    if (conversation_last(s->talk) == 0) {
        session_drop_empty(s);
    } else {
        session_commit(s);
        session_put_line(s);
        store_close(s->store);
    }
    s->store = NULL;
    s->out->stored = false;
}

void session_forget(struct session *s)
{
    for (size_t i = 0; i < s->keepers.len; i++) {
        struct keeper *k = &s->keepers.ptr[i];
        k->saved = 0;
        mem_replace(&k->text, NULL);
        mem_replace(&k->stored, NULL);
    }
    s->line_at = -1;
    s->dirty = false;
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
