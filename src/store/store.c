#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>

#include "base/clock.h"
#include "base/data.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/lock.h"

#define STORE_APPLICATION_ID 0x6d69656e /* "mien" */
#define STORE_VERSION 1
#define MESSAGE_ROW_MIN 16 /* bytes a message takes at least */
#define NFS_MAGIC 0x6969
#define SMB2_MAGIC 0xfe534d42
#define CIFS_MAGIC 0xff534d42

enum statement {
    PUT_MESSAGE,
    PUT_EVENT,
    PUT_LEDGER,
    PUT_META,
    PUT_MODE,
    PUT_CALL,
    PUT_MEDIA,
    GET_META,
    GET_MODE,
    GET_CALL,
    GET_MEDIA,
    LAST_MESSAGE,
    MESSAGES,
    EVENTS,
    NEWEST_EVENTS,
    EACH_MODE,
    STATEMENTS
};

static const char *const sql[] = {
    [PUT_MESSAGE] = "INSERT OR REPLACE INTO messages VALUES (?1, ?2, ?3)",
    [PUT_EVENT] = "INSERT OR REPLACE INTO events VALUES (?1, ?2, ?3)",
    [PUT_LEDGER] = "INSERT INTO ledger (time, kind, detail) VALUES (?1, ?2, ?3)",
    [PUT_META] = "INSERT OR REPLACE INTO meta VALUES (?1, ?2)",
    [PUT_MODE] = "INSERT OR REPLACE INTO modes VALUES (?1, ?2)",
    [PUT_CALL] = "INSERT OR IGNORE INTO calls VALUES (?1)",
    [PUT_MEDIA] = "INSERT OR IGNORE INTO media VALUES (?1, ?2)",
    [GET_META] = "SELECT value FROM meta WHERE key = ?1",
    [GET_MODE] = "SELECT mode FROM modes WHERE model = ?1",
    [GET_CALL] = "SELECT id FROM calls WHERE id = ?1",
    [GET_MEDIA] = "SELECT bytes FROM media WHERE key = ?1",
    [LAST_MESSAGE] = "SELECT max(seq) FROM messages",
    [MESSAGES] = "SELECT seq, body, sum FROM messages WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
    [EVENTS] = "SELECT seq, body, sum FROM events WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
    [NEWEST_EVENTS] = "SELECT seq, body FROM events WHERE seq < ?1 ORDER BY seq DESC",
    [EACH_MODE] = "SELECT model, mode FROM modes WHERE mode <> '' ORDER BY model",
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    bool in_transaction, sync;
    bool modes_changed; /* in this transaction */
    int lock;
    char id[32], *dir, *path;
};

void store_new_id(char out[static 32])
{
    time_t now = clock_wall_ms() / 1000;
    struct tm tm;
    unsigned char r[4] = {0};
    ssize_t got = getrandom(r, sizeof r, 0);
    (void)got;
    gmtime_r(&now, &tm);
    size_t n = strftime(out, 32, "%Y%m%d-%H%M%S-", &tm);
    snprintf(out + n, 32 - n, "%02x%02x%02x", r[0], r[1], r[2]);
}

bool store_id_valid(const char *id)
{
    size_t n = id ? strlen(id) : 0;
    return n > 0 && n < 32 && id[0] != '.' && id[0] != '-' &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static bool store_error(struct store *s, struct error *e, const char *doing)
{
    int code = s->db ? sqlite3_errcode(s->db) : SQLITE_NOMEM;
    const char *why = s->db ? sqlite3_errmsg(s->db) : "no memory";
    const char *next = code == SQLITE_FULL       ? "; free some space"
                       : code == SQLITE_READONLY ? "; the file or its directory is read-only"
                                                 : "";
    return error_set(e, ERR_IO, "%s %s: %s%s", doing, s->path, why, next);
}

static bool store_exec(struct store *s, const char *text, struct error *e)
{
    return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK ||
           store_error(s, e, "cannot write the session");
}

static int64_t store_pragma(struct store *s, const char *name)
{
    sqlite3_stmt *st = NULL;
    AUTO_FREE char *text = mem_printf("PRAGMA %s", name);
    int64_t v = -1;
    if (sqlite3_prepare_v2(s->db, text, -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return v;
}

/* WAL needs shared memory, which network file systems do not give. */
static bool store_on_network(const char *dir)
{
    struct statfs fs;
    if (statfs(dir, &fs) != 0)
        return false;
    unsigned long type = (unsigned long)fs.f_type & 0xffffffff;
    return type == NFS_MAGIC || type == SMB2_MAGIC || type == CIFS_MAGIC;
}

static bool store_migrate(struct store *s, struct error *e)
{
    int64_t version = store_pragma(s, "user_version");
    if (version < 0)
        return error_set(e, ERR_PARSE,
                         "the session file %s is damaged (%s); it was left as it is: mien "
                         "sessions repair %s saves what can be read",
                         s->path, sqlite3_errmsg(s->db), s->id);
    if (version > STORE_VERSION)
        return error_set(e, ERR_LIMIT, "the session %s was written by a newer mien (format %lld)",
                         s->id, (long long)version);
    /* An older mien made this file without them, and does without. */
    if (version == STORE_VERSION)
        return store_exec(
            s,
            "CREATE TABLE IF NOT EXISTS calls (id TEXT PRIMARY KEY) WITHOUT ROWID; "
            "CREATE TABLE IF NOT EXISTS media (key TEXT PRIMARY KEY, bytes TEXT NOT NULL) "
            "WITHOUT ROWID",
            e);
    const struct data_file *schema = data_find("src/store/schema.sql");
    AUTO_FREE char *set = mem_printf("PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
                                     STORE_APPLICATION_ID, STORE_VERSION);
    return store_exec(s, "BEGIN IMMEDIATE", e) && store_exec(s, schema->text, e) &&
           store_exec(s, set, e);
}

static bool store_setup(struct store *s, struct error *e)
{
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_busy_timeout(s->db, 5000);
    const char *journal =
        store_on_network(s->dir) ? "PRAGMA journal_mode=TRUNCATE" : "PRAGMA journal_mode=WAL";
    /* Nothing is promised yet, so making the file need not wait for the disk. */
    return store_exec(s, "PRAGMA synchronous=OFF", e) && store_exec(s, journal, e) &&
           store_exec(s,
                      "PRAGMA foreign_keys=ON; "
                      "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; "
                      "PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=1000",
                      e) &&
           store_migrate(s, e) && store_exec(s, "PRAGMA synchronous=FULL", e);
}

static void store_publish_modes(struct store *s);

static bool store_connect(struct store *s, bool create, struct error *e)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
        return store_error(s, e, "cannot open the session");
    struct error here = {0};
    if (store_setup(s, &here))
        return true;
    int code = sqlite3_errcode(s->db);
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        return error_set(e, ERR_PARSE,
                         "the session file %s is damaged; it was left as it is: mien sessions "
                         "repair %s saves what can be read",
                         s->path, s->id);
    return error_set(e, here.code, "%s", here.text);
}

struct store *store_open(const char *dir, const char *id, bool create, struct error *e)
{
    if (!store_id_valid(id)) {
        error_set(e, ERR_USAGE, "\"%s\" is no session id: letters, digits, . - _ only", id);
        return NULL;
    }
    AUTO_FREE char *path = mem_printf("%s/%s.db", dir, id);
    if (!create && !file_exists(path)) {
        error_set(e, ERR_NOT_FOUND, "there is no session %s; mien sessions list shows them", id);
        return NULL;
    }
    if (create && !file_make_dirs(dir, e))
        return NULL;
    struct store *s = mem_alloc(sizeof *s);
    snprintf(s->id, sizeof s->id, "%s", id);
    s->dir = mem_strdup(dir);
    s->path = mem_strdup(path);
    s->sync = true;
    s->lock = lock_take(dir, id, e);
    bool old = file_exists(path);
    if (s->lock >= 0 && store_connect(s, create, e)) {
        if (old)
            store_publish_modes(s); /* the last holder may have died between the two */
        return s;
    }
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    if (s->in_transaction)
        store_rollback(s);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->statements[i]);
    if (s->db)
        sqlite3_close(s->db);
    lock_release(s->lock);
    free(s->dir);
    free(s->path);
    free(s);
}

const char *store_id(const struct store *s)
{
    return s->id;
}

static sqlite3_stmt *store_statement(struct store *s, enum statement which)
{
    if (!s->statements[which])
        sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[which],
                           NULL);
    else
        sqlite3_reset(s->statements[which]);
    return s->statements[which];
}

static sqlite3_stmt *store_writing(struct store *s, enum statement which)
{
    if (!s->in_transaction) {
        if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
            return NULL;
        s->in_transaction = true;
    }
    return store_statement(s, which);
}

static bool store_done(struct store *s, sqlite3_stmt *st, struct error *e)
{
    bool ok = st && sqlite3_step(st) == SQLITE_DONE;
    if (!ok)
        store_error(s, e, "cannot write the session");
    if (st)
        sqlite3_reset(st);
    return ok;
}

static cJSON *store_modes(struct store *s)
{
    cJSON *modes = cJSON_CreateObject();
    sqlite3_stmt *st = store_statement(s, EACH_MODE);
    while (st && sqlite3_step(st) == SQLITE_ROW)
        json_add_str(modes, (const char *)sqlite3_column_text(st, 0),
                     (const char *)sqlite3_column_text(st, 1));
    if (st)
        sqlite3_reset(st);
    return modes;
}

static cJSON *store_modes_file(const char *dir, const char *id, bool *there)
{
    AUTO_FREE char *path = mem_printf("%s/%s.modes", dir, id);
    AUTO(buf) text = {0};
    *there = file_read(path, &text, 1 << 20, NULL);
    return *there ? json_parse(buf_cstr(&text), text.len, NULL) : NULL;
}

/* Only an index, so a failure is not worth more than a line in the log. */
static void store_publish_modes(struct store *s)
{
    struct error e = {0};
    bool there;
    AUTO_JSON *modes = store_modes(s);
    AUTO_JSON *before = store_modes_file(s->dir, s->id, &there);
    if ((there && cJSON_Compare(modes, before, true)) || (!there && !modes->child))
        return;
    AUTO_FREE char *path = mem_printf("%s/%s.modes", s->dir, s->id);
    AUTO_FREE char *text = json_print(modes);
    if (!file_write_fast(path, text, strlen(text), &e))
        log_warn("store", "%s", e.text);
}

cJSON *store_read_modes(const char *dir, const char *id)
{
    bool there;
    cJSON *modes = store_modes_file(dir, id, &there);
    if (cJSON_IsObject(modes))
        return modes;
    cJSON_Delete(modes);
    struct store *s = store_holder(dir, id) ? NULL : store_open(dir, id, false, NULL);
    modes = s ? store_modes(s) : cJSON_CreateObject();
    store_close(s);
    return modes;
}

bool store_commit(struct store *s, struct error *e)
{
    if (!s->in_transaction)
        return true;
    if (!store_exec(s, "COMMIT", e))
        return false;
    s->in_transaction = false;
    if (s->modes_changed)
        store_publish_modes(s);
    s->modes_changed = false;
    return true;
}

void store_set_sync(struct store *s, bool sync)
{
    if (s->sync == sync || s->in_transaction)
        return;
    const char *text = sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
    if (sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK)
        s->sync = sync;
}

void store_rollback(struct store *s)
{
    if (s->in_transaction)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->in_transaction = s->modes_changed = false;
}

static int64_t store_sum(const char *s, size_t n)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
    return (int64_t)h;
}

static bool store_put_row(struct store *s, enum statement which, int64_t seq, const char *body,
                          struct error *e)
{
    sqlite3_stmt *st = store_writing(s, which);
    size_t n = strlen(body);
    if (st) {
        sqlite3_bind_int64(st, 1, seq);
        sqlite3_bind_text(st, 2, body, (int)n, SQLITE_STATIC);
        sqlite3_bind_int64(st, 3, store_sum(body, n));
    }
    return store_done(s, st, e);
}

bool store_put_message(struct store *s, int64_t seq, const char *body, struct error *e)
{
    return store_put_row(s, PUT_MESSAGE, seq, body, e);
}

bool store_put_event(struct store *s, int64_t seq, const char *body, struct error *e)
{
    return store_put_row(s, PUT_EVENT, seq, body, e);
}

bool store_put_ledger(struct store *s, int64_t time_ms, const char *kind, const char *detail,
                      struct error *e)
{
    sqlite3_stmt *st = store_writing(s, PUT_LEDGER);
    if (st) {
        sqlite3_bind_int64(st, 1, time_ms);
        sqlite3_bind_text(st, 2, kind, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 3, detail, -1, SQLITE_STATIC);
    }
    return store_done(s, st, e);
}

static bool store_put_pair(struct store *s, enum statement which, const char *key,
                           const char *value, struct error *e)
{
    sqlite3_stmt *st = store_writing(s, which);
    if (st) {
        sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 2, value, -1, SQLITE_STATIC);
    }
    return store_done(s, st, e);
}

bool store_put_meta(struct store *s, const char *key, const char *value, struct error *e)
{
    return store_put_pair(s, PUT_META, key, value, e);
}

bool store_put_mode(struct store *s, const char *model, const char *mode, struct error *e)
{
    s->modes_changed = true;
    return store_put_pair(s, PUT_MODE, model, mode, e);
}

static char *store_get(struct store *s, enum statement which, const char *key)
{
    sqlite3_stmt *st = store_statement(s, which);
    char *value = NULL;
    if (!st)
        return NULL;
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(st) == SQLITE_ROW)
        value = mem_strdup((const char *)sqlite3_column_text(st, 0));
    sqlite3_reset(st);
    return value;
}

char *store_get_meta(struct store *s, const char *key)
{
    return store_get(s, GET_META, key);
}

char *store_get_mode(struct store *s, const char *model)
{
    return store_get(s, GET_MODE, model);
}

bool store_put_call(struct store *s, const char *id, struct error *e)
{
    sqlite3_stmt *st = store_writing(s, PUT_CALL);
    if (st)
        sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
    return store_done(s, st, e);
}

bool store_has_call(struct store *s, const char *id)
{
    AUTO_FREE char *found = store_get(s, GET_CALL, id);
    return found != NULL;
}

bool store_put_media(struct store *s, const char *key, const char *bytes, struct error *e)
{
    sqlite3_stmt *st = store_writing(s, PUT_MEDIA);
    if (st) {
        sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 2, bytes, -1, SQLITE_STATIC);
    }
    return store_done(s, st, e);
}

char *store_get_media(struct store *s, const char *key)
{
    return store_get(s, GET_MEDIA, key);
}

int64_t store_last_message(struct store *s)
{
    sqlite3_stmt *st = store_statement(s, LAST_MESSAGE);
    int64_t last = st && sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    if (st)
        sqlite3_reset(st);
    int64_t bytes = store_pragma(s, "page_count") * store_pragma(s, "page_size");
    return last <= bytes / MESSAGE_ROW_MIN ? last : -1;
}

int64_t store_newest_events(struct store *s, int64_t before, size_t bytes,
                            bool (*begins)(const char *body, size_t n))
{
    sqlite3_stmt *st = store_statement(s, NEWEST_EVENTS);
    int64_t from = 1;
    size_t sum = 0;
    bool enough = false;
    if (st)
        sqlite3_bind_int64(st, 1, before);
    while (!enough && st && sqlite3_step(st) == SQLITE_ROW) {
        const char *body = (const char *)sqlite3_column_text(st, 1);
        size_t n = (size_t)sqlite3_column_bytes(st, 1);
        sum += n;
        from = sqlite3_column_int64(st, 0);
        enough = (sum >= bytes && body && begins(body, n)) || sum / 8 >= bytes;
    }
    if (st)
        sqlite3_reset(st);
    return enough ? from : 1;
}

static bool store_rows(struct store *s, enum statement which, int64_t from, int64_t to,
                       store_visit *visit, void *arg, int64_t *damaged, struct error *e)
{
    sqlite3_stmt *st = store_statement(s, which);
    int rc = SQLITE_ERROR;
    *damaged = 0;
    if (st) {
        sqlite3_bind_int64(st, 1, from);
        sqlite3_bind_int64(st, 2, to);
    }
    while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const char *body = (const char *)sqlite3_column_text(st, 1);
        size_t n = (size_t)sqlite3_column_bytes(st, 1);
        if (body && store_sum(body, n) == sqlite3_column_int64(st, 2))
            visit(arg, sqlite3_column_int64(st, 0), body, n);
        else
            ++*damaged;
    }
    bool ok = rc == SQLITE_DONE || store_error(s, e, "cannot read the session");
    if (st)
        sqlite3_reset(st);
    return ok;
}

bool store_each_message(struct store *s, store_visit *visit, void *arg, int64_t *damaged,
                        struct error *e)
{
    return store_rows(s, MESSAGES, INT64_MIN, INT64_MAX, visit, arg, damaged, e);
}

bool store_each_event(struct store *s, store_visit *visit, void *arg, int64_t *damaged,
                      struct error *e)
{
    return store_rows(s, EVENTS, INT64_MIN, INT64_MAX, visit, arg, damaged, e);
}

bool store_each_ledger(struct store *s,
                       void (*visit)(void *arg, int64_t time_ms, const char *kind,
                                     const char *detail),
                       void *arg, struct error *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, "SELECT time, kind, detail FROM ledger ORDER BY id", -1, &st,
                                NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        visit(arg, sqlite3_column_int64(st, 0), (const char *)sqlite3_column_text(st, 1),
              (const char *)sqlite3_column_text(st, 2));
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ||
           error_set(e, ERR_IO, "%s: the ledger cannot be read: %s", s->id, sqlite3_errmsg(s->db));
}

bool store_read_messages(struct store *s, int64_t from, int64_t to, store_visit *visit, void *arg,
                         int64_t *damaged, struct error *e)
{
    return store_rows(s, MESSAGES, from, to, visit, arg, damaged, e);
}

bool store_read_events(struct store *s, int64_t from, int64_t to, store_visit *visit, void *arg,
                       int64_t *damaged, struct error *e)
{
    return store_rows(s, EVENTS, from, to, visit, arg, damaged, e);
}

bool store_put_info(struct store *s, const struct store_info *i, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s.json", s->dir, s->id);
    AUTO(buf) text = {0};
    const char *const pairs[][2] = {
        {"workspace", i->workspace}, {"title", i->title}, {"state", i->state}, {"model", i->model}};
    buf_addf(&text, "{\"updated\":%lld,\"messages\":%lld", (long long)i->updated_ms,
             (long long)i->messages);
    for (size_t k = 0; k < COUNT_OF(pairs); k++) {
        const char *v = pairs[k][1] ? pairs[k][1] : "";
        buf_addf(&text, ",\"%s\":", pairs[k][0]);
        buf_add_json_str(&text, v, strlen(v));
    }
    buf_adds(&text, "}\n");
    return file_write_fast(path, buf_cstr(&text), text.len, e);
}

bool store_copy(struct store *s, const char *id, struct error *e)
{
    sqlite3_stmt *st = NULL;
    AUTO_FREE char *path = mem_printf("%s/%s.db", s->dir, id);
    if (!store_id_valid(id) || file_exists(path))
        return error_set(e, ERR_USAGE, "\"%s\" is no id for a new session", id);
    bool ok = sqlite3_prepare_v2(s->db, "VACUUM INTO ?1", -1, &st, NULL) == SQLITE_OK &&
              sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(st) == SQLITE_DONE;
    if (!ok)
        error_set(e, ERR_IO, "cannot copy the session %s: %s", s->id, sqlite3_errmsg(s->db));
    sqlite3_finalize(st);
    if (ok && chmod(path, 0600) != 0)
        ok = error_errno(e, errno, "cannot make %s private", path);
    if (!ok)
        unlink(path);
    return ok;
}
