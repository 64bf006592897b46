#include "session/session.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
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

/* ---- writing ---- */

/* What must be known of messages without reading them, and up to which one it is known: an older
 * mien may have gone on without it. */
static bool save_shelf(struct session *s, struct error *e)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_int(j, "last", conversation_last(s->talk));
    json_add_int(j, "user", s->talk->view.last_user);
    AUTO_FREE char *text = json_print(j);
    return store_put_meta(s->store, "shelf", text, e);
}

static bool save_calls(struct session *s, const struct message *m, struct error *e)
{
    for (size_t i = 0; i < m->call_count; i++)
        if (!store_put_call(s->store, call_ids_hash(m->calls[i].id), e))
            return false;
    return true;
}

static bool save_messages(struct session *s, int64_t *upto, struct error *e)
{
    *upto = s->talk->saved;
    for (int64_t n = s->talk->saved + 1; n <= conversation_last(s->talk); n++) {
        const struct message *m = conversation_at(s->talk, n);
        *upto = n;
        if (m->missing)
            continue; /* whatever is there stays for whoever can mend it */
        AUTO_FREE char *body = message_save(m);
        AUTO(buf) masked = {0};
        log_mask(&masked, body, strlen(body));
        if (!store_put_message(s->store, n, buf_cstr(&masked), e) || !save_calls(s, m, e))
            return false;
    }
    return *upto == s->talk->saved || save_shelf(s, e);
}

static bool save_events(struct session *s, struct error *e)
{
    const struct outbox *o = s->out;
    for (size_t i = 0; i < o->unsaved.len; i++)
        if (!store_put_event(s->store, o->unsaved.ptr[i].seq, o->unsaved.ptr[i].body, e))
            return false;
    for (size_t i = o->ledger.saved; i < o->ledger.lines.len; i++) {
        const struct ledger_line *l = &o->ledger.lines.ptr[i];
        if (!store_put_ledger(s->store, l->time_ms, l->kind, l->detail, e))
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
        if (k->text && !same && !store_put_meta(s->store, k->key, k->text, e))
            return false;
    }
    return true;
}

static void session_saved(struct session *s, int64_t upto, bool sync)
{
    s->talk->saved = upto;
    s->dirty = false;
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
    if (s->dirty || s->out->unsaved.len || s->talk->saved < conversation_last(s->talk) ||
        l->saved < l->lines.len)
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
                           .title = line.title,
                           .state = line.state,
                           .model = line.model,
                           .updated_ms = clock_wall_ms(),
                           .messages = conversation_last(s->talk)};
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

/* Told when it is seen, which is when it is read. */
static void tell_damaged(struct session *s, int64_t rows, const struct error *e)
{
    if (*e->text)
        outbox_notice(s->out, "warn", "store", "%s", e->text);
    if (rows > 0)
        outbox_notice(s->out, "warn", "store",
                      "%lld stored rows of this session are damaged and were left out",
                      (long long)rows);
}

struct reading {
    struct conversation *talk;
    int64_t damaged;
};

static bool read_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct reading *r = arg;
    struct message m;
    struct error e = {0};
    if (message_load(&m, body, n, &e))
        conversation_take(r->talk, seq, m);
    else
        r->damaged++;
    return true;
}

static void shelf_read(void *arg, struct conversation *c, int64_t from, int64_t to)
{
    struct session *s = arg;
    struct error e = {0};
    struct reading r = {.talk = c};
    const struct store_range range = {
        .from = from, .to = to, .visit = read_message, .arg = &r, .damaged = &r.damaged};
    if (s->store && !store_each_message(s->store, &range, &e))
        log_warn("session", "%s", e.text);
    tell_damaged(s, r.damaged, &e);
}

static bool shelf_has_call(void *arg, uint64_t hash)
{
    const struct session *s = arg;
    return s->store && store_has_call(s->store, hash);
}

/* Messages that came without the record of them: those of a session of before there was one. */
struct survey {
    struct session *s;
    struct error e;
    int64_t user, damaged; /* seq of the user's last words */
};

static bool survey_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct survey *v = arg;
    struct message m;
    if (!message_load(&m, body, n, NULL))
        return true;
    if (m.role == LLM_USER && m.text)
        v->user = seq;
    for (size_t i = 0; i < m.call_count; i++)
        call_ids_add(&v->s->talk->ids, m.calls[i].id);
    bool ok = save_calls(v->s, &m, &v->e);
    message_fini(&m);
    return ok;
}

static bool restore_messages(struct session *s, struct error *e)
{
    AUTO_FREE char *text = store_get_meta(s->store, "shelf");
    AUTO_JSON *j = text ? json_parse(text, strlen(text), NULL) : NULL;
    int64_t known = MAX(json_int(j, "last", 0), 0);
    struct survey v = {.s = s, .user = json_int(j, "user", 0)};
    struct shelf shelf = {
        .read = shelf_read, .arg = s, .count = store_last_message(s->store, known)};
    const struct store_range rest = {.from = known + 1,
                                     .to = shelf.count,
                                     .visit = survey_message,
                                     .arg = &v,
                                     .damaged = &v.damaged};
    if (shelf.count > known && !store_each_message(s->store, &rest, e))
        return false;
    if (*v.e.text)
        log_warn("session", "%s", v.e.text);
    s->talk->ids.stored = shelf_has_call;
    s->talk->ids.arg = s;
    conversation_shelve(s->talk, shelf, v.user);
    conversation_restore_view(s->talk, s->talk->view_start);
    if (shelf.count > known && !save_shelf(s, e))
        return false;
    return store_commit(s->store, e);
}

/* ---- events, told anew to a screen: the newest, and what was before them when it asks ---- */

#define PART_BYTES (256 * 1024)

/* Finds where a part begins: a place at which nothing is half told. */
struct part {
    size_t bytes;
    int64_t from;
};

static bool begins_part(const char *body, size_t n)
{
    static const char *const heads[] = {"\"type\":\"round_start\"", "\"type\":\"user\""};
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        if (memmem(body, MIN(n, (size_t)200), heads[i], strlen(heads[i])))
            return true;
    return false;
}

static bool measure_part(void *arg, int64_t seq, const char *body, size_t n)
{
    struct part *p = arg;
    p->bytes += n;
    p->from = seq;
    return p->bytes < PART_BYTES || !begins_part(body, n);
}

static bool tell_event(void *arg, int64_t seq, const char *body, size_t n)
{
    struct session *s = arg;
    struct event ev;
    struct error e = {0};
    s->told++;
    if (event_from_json(&ev, body, n, &e))
        event_queue_post(s->out->events, &ev);
    else
        log_warn("session", "event %lld: %s", (long long)seq, e.text);
    return true;
}

static bool gather_event(void *arg, int64_t seq, const char *body, size_t n)
{
    struct buf *all = arg;
    buf_add(all, body, n); /* JSON of ours: one line */
    buf_addc(all, '\n');
    return true;
}

/* The part before `before`; part.from is its first. */
static bool find_part(struct session *s, int64_t before, struct part *p, struct error *e)
{
    int64_t damaged = 0; /* counted when they are told */
    *p = (struct part){.from = before};
    const struct store_range back = {
        .from = before, .visit = measure_part, .arg = p, .damaged = &damaged};
    return store_back_events(s->store, &back, e);
}

/* The screen's picture is made of events; what it needs of those it was not told comes along. */
static void tell_earlier(struct session *s, char *events)
{
    struct event ev = {.type = EVENT_EARLIER};
    ev.earlier.events = events;
    ev.earlier.more = s->earlier > 1;
    ev.earlier.goal = store_get_meta(s->store, "title");
    ev.earlier.summary = mem_strdup(s->talk->summary.text);
    event_queue_post(s->out->events, &ev);
}

static bool restore_events(struct session *s, struct error *e)
{
    int64_t last = store_last_event(s->store), damaged = 0;
    struct part p;
    s->out->seq = MAX(s->out->seq, (uint64_t)MAX(last, 0));
    if (!s->replay)
        return true; /* a script wants only what happens now */
    if (!find_part(s, INT64_MAX, &p, e))
        return false;
    const struct store_range newest = {
        .from = p.from, .to = INT64_MAX, .visit = tell_event, .arg = s, .damaged = &damaged};
    s->earlier = p.bytes < PART_BYTES ? 0 : p.from;
    if (s->earlier > 1)
        tell_earlier(s, mem_strdup(""));
    if (!store_each_event(s->store, &newest, e))
        return false;
    tell_damaged(s, damaged, &(struct error){0});
    return true;
}

void session_tell_earlier(struct session *s)
{
    struct error e = {0};
    struct part p;
    int64_t damaged = 0;
    AUTO(buf) all = {0};
    if (!s->store || s->earlier <= 1)
        return;
    bool found = find_part(s, s->earlier, &p, &e);
    const struct store_range range = {.from = p.from,
                                      .to = s->earlier - 1,
                                      .visit = gather_event,
                                      .arg = &all,
                                      .damaged = &damaged};
    if (found && !store_each_event(s->store, &range, &e))
        log_warn("session", "%s", e.text);
    s->earlier = p.bytes < PART_BYTES ? 0 : p.from;
    tell_earlier(s, buf_take(&all));
    tell_damaged(s, damaged, &e);
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
    assert(s->store);
    s->earlier = 0;
    return restore_records(s, e) && restore_messages(s, e) && restore_events(s, e);
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
