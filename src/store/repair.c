#include "store/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/lock.h"
#include "store/store.h"

#define FILE_MAX ((size_t)4 << 30)
#define HOLE_MAX 1000000 /* rows that are asked for one by one where a scan stopped */
#define KEPT_MAX 1000
#define PAGE 4096 /* bytes, as SQLite chooses it */

static const char magic[] = "SQLite format 3"; /* and its NUL: what a file begins with */

/* A row's place in its table, and whether its body has a checksum. */
static const struct table {
    const char *name, *key;
    bool counted, summed;
} tables[] = {
    {"meta", "key"},
    {"messages", "seq", true, true},
    {"events", "seq", true, true},
    {"ledger", "id", true},
    {"calls", "id"},
    {"media", "key"},
    {"modes", "model"},
};

struct repair {
    sqlite3 *from, *to;
};

/* ---- one row ---- */

/* FNV-1a, as store.c has it. */
static int64_t sum_of(const unsigned char *s, size_t n)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < n; i++)
        h = (h ^ s[i]) * UINT64_C(1099511628211);
    return (int64_t)h;
}

static bool is_good(const struct table *t, sqlite3_stmt *row)
{
    if (!t->summed)
        return true;
    const unsigned char *body = sqlite3_column_text(row, 1);
    return body &&
           sum_of(body, (size_t)sqlite3_column_bytes(row, 1)) == sqlite3_column_int64(row, 2);
}

static bool put_row(struct repair *p, const struct table *t, sqlite3_stmt *row)
{
    AUTO(buf) text = {0};
    sqlite3_stmt *st = NULL;
    int n = sqlite3_column_count(row);
    if (!is_good(t, row))
        return true; /* counted at the end, by its absence */
    buf_addf(&text, "INSERT OR IGNORE INTO %s VALUES (", t->name);
    for (int i = 0; i < n; i++)
        buf_adds(&text, i ? ", ?" : "?");
    buf_adds(&text, ")");
    bool ok = sqlite3_prepare_v2(p->to, text.ptr, -1, &st, NULL) == SQLITE_OK;
    for (int i = 0; ok && i < n; i++)
        ok = sqlite3_bind_value(st, i + 1, sqlite3_column_value(row, i)) == SQLITE_OK;
    int rc = ok ? sqlite3_step(st) : SQLITE_ERROR;
    sqlite3_finalize(st);
    return rc == SQLITE_DONE || rc == SQLITE_CONSTRAINT; /* a NULL where none may be is damage */
}

/* ---- a table ---- */

/* Rows in order as long as they can be read. *last: the number of the last one. False: the new file
 * cannot be written. */
static bool scan(struct repair *p, const struct table *t, const char *order, int64_t *last,
                 bool *whole)
{
    sqlite3_stmt *st = NULL;
    AUTO_FREE char *text = mem_printf("SELECT * FROM %s ORDER BY %s %s", t->name, t->key, order);
    int rc = sqlite3_prepare_v2(p->from, text, -1, &st, NULL);
    bool ok = true;
    while (rc == SQLITE_OK && ok && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        ok = put_row(p, t, st);
        *last = t->counted ? sqlite3_column_int64(st, 0) : 0;
        rc = SQLITE_OK;
    }
    *whole = rc == SQLITE_DONE;
    sqlite3_finalize(st);
    return ok;
}

/* Between where both scans stopped, whole pages may still be good. */
static bool fill_hole(struct repair *p, const struct table *t, int64_t from, int64_t to)
{
    sqlite3_stmt *st = NULL;
    AUTO_FREE char *text = mem_printf("SELECT * FROM %s WHERE %s = ?1", t->name, t->key);
    bool ok = true;
    if (to - from > HOLE_MAX || sqlite3_prepare_v2(p->from, text, -1, &st, NULL) != SQLITE_OK)
        return true;
    for (int64_t i = from + 1; ok && i < to; i++) {
        sqlite3_bind_int64(st, 1, i);
        if (sqlite3_step(st) == SQLITE_ROW)
            ok = put_row(p, t, st);
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    return ok;
}

static bool copy_table(struct repair *p, const struct table *t)
{
    int64_t first = 0, last = 0;
    bool whole;
    if (!scan(p, t, "ASC", &first, &whole))
        return false;
    if (whole)
        return true;
    return scan(p, t, "DESC", &last, &whole) &&
           (!t->counted || fill_hole(p, t, first, last ? last : first + HOLE_MAX / 10));
}

static int64_t ask_number(sqlite3 *db, const char *text)
{
    sqlite3_stmt *st = NULL;
    int64_t v = 0;
    if (sqlite3_prepare_v2(db, text, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return v;
}

/* ---- files ---- */

static size_t big_endian(const unsigned char *p, int n)
{
    size_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* SQLite opens nothing that begins with other words, or is shorter than its head says: both are put
 * right, by zeros, which are damage of single pages then. Source: sqlite.org/fileformat2.html. */
static void mend_head(struct buf *text)
{
    if (text->len < 100)
        return;
    memcpy(text->ptr, magic, sizeof magic);
    const unsigned char *head = (const unsigned char *)text->ptr;
    size_t page = big_endian(head + 16, 2), whole = big_endian(head + 28, 4) * page;
    static const char zeros[4096];
    if (whole > text->len && whole / 16 > text->len)
        return; /* the head says nonsense */
    while (text->len < whole)
        buf_add(text, zeros, MIN(sizeof zeros, whole - text->len));
}

/* The damaged one is read from a copy: SQLite writes to what it opens. */
static bool copy_file(const char *from, const char *to, bool head, struct error *e)
{
    AUTO(buf) text = {0};
    if (!file_read(from, &text, FILE_MAX, e))
        return false;
    if (head)
        mend_head(&text);
    return file_write_fast(to, buf_cstr(&text), text.len, e);
}

static void remove_all(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        AUTO_FREE char *one = mem_printf("%s%s", path, ends[i]);
        unlink(one);
    }
}

static bool copy_damaged(const char *path, const char *copy, struct error *e)
{
    AUTO_FREE char *wal = mem_printf("%s-wal", path), *wal_copy = mem_printf("%s-wal", copy);
    remove_all(copy);
    return copy_file(path, copy, true, e) &&
           (!file_exists(wal) || copy_file(wal, wal_copy, false, e));
}

static void count_row(void *arg, int64_t seq, const char *body, size_t n)
{
    ++*(int64_t *)arg;
}

/* Does it open, and is every row as it was written? *r: how many there are. */
static bool is_whole(const char *dir, const char *id, struct store_repaired *r, struct error *e)
{
    int64_t bad[2] = {0, 0};
    struct store *s = store_open(dir, id, false, e);
    bool ok = s && store_each_message(s, count_row, &r->messages, &bad[0], e) &&
              store_each_event(s, count_row, &r->events, &bad[1], e) && !bad[0] && !bad[1];
    store_close(s);
    return ok;
}

static bool open_new(sqlite3 **db, const char *path, struct error *e)
{
    const struct data_file *schema = data_find("src/store/schema.sql");
    remove_all(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    return (sqlite3_open_v2(path, db, flags, NULL) == SQLITE_OK && chmod(path, 0600) == 0 &&
            sqlite3_exec(*db, schema->text, NULL, NULL, NULL) == SQLITE_OK &&
            sqlite3_exec(*db, "PRAGMA application_id=1835623790; PRAGMA user_version=1; BEGIN",
                         NULL, NULL, NULL) == SQLITE_OK) ||
           error_set(e, ERR_IO, "cannot write %s: %s", path, *db ? sqlite3_errmsg(*db) : "");
}

/* Where the tables begin stands in the first page. It is the same in each file that is made by
 * schema.sql: where that page is gone, that of a new file takes its place. */
static bool graft_first_page(const char *copy, const char *fresh, struct error *e)
{
    sqlite3 *db = NULL;
    AUTO(buf) text = {0}, new = {0};
    bool ok = open_new(&db, fresh, e);
    ok = ok && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_close(db);
    if (!ok || !file_read(copy, &text, FILE_MAX, e) || !file_read(fresh, &new, FILE_MAX, e))
        return false;
    if (text.len < PAGE || new.len < PAGE)
        return error_set(e, ERR_PARSE, "it is shorter than a page of its format");
    memcpy(text.ptr, new.ptr, PAGE);
    memset(text.ptr + 32, 0, 8); /* free pages: none are known */
    for (int i = 0; i < 4; i++)
        text.ptr[28 + i] = (char)(text.len / PAGE >> (24 - 8 * i));
    remove_all(copy);
    return file_write_fast(copy, text.ptr, text.len, e);
}

static bool has_tables(const char *copy)
{
    sqlite3 *db = NULL;
    bool ok = sqlite3_open_v2(copy, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
              ask_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'messages'") == 1;
    sqlite3_close(db);
    return ok;
}

/* Read `copy`, write `fresh`. */
static bool salvage(const char *copy, const char *fresh, struct store_repaired *r, struct error *e)
{
    struct repair p = {0};
    bool ok = true;
    if (sqlite3_open_v2(copy, &p.from, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        ok = error_set(e, ERR_IO, "cannot open %s", copy);
    ok = ok && open_new(&p.to, fresh, e);
    for (size_t i = 0; ok && i < COUNT_OF(tables); i++)
        ok = copy_table(&p, &tables[i]) ||
             error_set(e, ERR_IO, "cannot write %s: %s", fresh, sqlite3_errmsg(p.to));
    if (ok && sqlite3_exec(p.to, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        ok = error_set(e, ERR_IO, "cannot write %s: %s", fresh, sqlite3_errmsg(p.to));
    if (ok) {
        static const char *const kinds[] = {"messages", "events"};
        int64_t *const counts[] = {&r->messages, &r->events};
        for (size_t i = 0; i < COUNT_OF(kinds); i++) {
            AUTO_FREE char *all = mem_printf("SELECT count(*) FROM %s", kinds[i]);
            AUTO_FREE char *most = mem_printf("SELECT max(seq) FROM %s", kinds[i]);
            *counts[i] = ask_number(p.to, all);
            r->lost += MAX(ask_number(p.to, most) - *counts[i], 0);
        }
        if (!r->messages && !r->events)
            ok = error_set(e, ERR_PARSE, "no message of it can be read");
    }
    sqlite3_close(p.from);
    sqlite3_close(p.to);
    return ok;
}

/* "ID.db.damaged", a name that nothing has. */
static char *kept_name(const char *path)
{
    char *out = mem_printf("%s.damaged", path);
    for (int i = 2; i < KEPT_MAX && file_exists(out); i++) {
        free(out);
        out = mem_printf("%s.damaged-%d", path, i);
    }
    return out;
}

static bool change_places(const char *path, const char *fresh, struct store_repaired *r,
                          struct error *e)
{
    AUTO_FREE char *wal = mem_printf("%s-wal", path), *shm = mem_printf("%s-shm", path);
    r->kept = kept_name(path);
    AUTO_FREE char *kept_wal = mem_printf("%s-wal", r->kept);
    if (link(path, r->kept) != 0)
        return error_errno(e, errno, "cannot keep %s as %s", path, r->kept);
    if (rename(wal, kept_wal) != 0 && errno != ENOENT)
        return error_errno(e, errno, "cannot keep %s", wal);
    unlink(shm);
    return rename(fresh, path) == 0 || error_errno(e, errno, "cannot replace %s", path);
}

bool store_repair(const char *dir, const char *id, struct store_repaired *r, struct error *e)
{
    struct error first = {0};
    *r = (struct store_repaired){0};
    if (is_whole(dir, id, r, &first)) {
        r->whole = true;
        return true;
    }
    if (first.code == ERR_NOT_FOUND || first.code == ERR_BUSY || first.code == ERR_USAGE ||
        first.code == ERR_LIMIT)
        return error_set(e, first.code, "%s", first.text);
    *r = (struct store_repaired){0};
    int held = lock_take(dir, id, e);
    if (held < 0)
        return false;
    AUTO_FREE char *path = mem_printf("%s/%s.db", dir, id);
    AUTO_FREE char *copy = mem_printf("%s.read", path), *fresh = mem_printf("%s.new", path);
    bool ok = copy_damaged(path, copy, e);
    if (ok && !has_tables(copy))
        ok = copy_damaged(path, copy, e) && graft_first_page(copy, fresh, e);
    ok = ok && salvage(copy, fresh, r, e) && change_places(path, fresh, r, e);
    if (!ok)
        error_prefix(e, "the session file %s cannot be repaired", path);
    remove_all(copy);
    remove_all(fresh);
    lock_release(held);
    return ok;
}
