/*
 * store - one session in one SQLite file, held by one connection under a lock.
 *
 * Directory: ~/.local/state/mien/sessions; files ID.db, ID.lock, ID.json (what lists show,
 * rebuildable from ID.db), ID.modes (the active modes, for who may not open ID.db: rewritten with
 * every change that is committed), ID.mode (a mode change asked for from outside). WAL: what
 * store_commit() reported is there after kill -9; with store_set_sync(true), the default, also
 * after power loss, together with all that was committed before.
 * One connection per file and process, never a second: the packaged SQLite has the WAL-reset
 * bug. Thread: the owner's.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

struct store;

/* Make an id: date, time and random letters, safe as a file name. out[32]. */
void store_new_id(char out[static 32]);
bool store_id_valid(const char *id);

/*
 * Open or create a session. ERR_BUSY names the process that holds it; ERR_PARSE for a file
 * that is damaged (it is left alone and named); ERR_LIMIT for a newer format.
 */
NODISCARD struct store *store_open(const char *dir, const char *id, bool create, struct error *e);
void store_close(struct store *s);
const char *store_id(const struct store *s);

/* Changes gather in a transaction from the first write to store_commit(). On failure the
 * whole transaction is undone and the caller keeps what it wanted to write. */
NODISCARD bool store_commit(struct store *s, struct error *e);

/* Whether the next transactions wait for the disk. Nothing during a transaction. */
void store_set_sync(struct store *s, bool sync);
void store_rollback(struct store *s);

NODISCARD bool store_put_message(struct store *s, int64_t seq, const char *body, struct error *e);
NODISCARD bool store_put_event(struct store *s, int64_t seq, const char *body, struct error *e);
NODISCARD bool store_put_ledger(struct store *s, int64_t time_ms, const char *kind,
                                const char *detail, struct error *e);
NODISCARD bool store_put_meta(struct store *s, const char *key, const char *value, struct error *e);
NODISCARD bool store_put_mode(struct store *s, const char *model, const char *mode,
                              struct error *e);

/* Caller frees; NULL when absent. */
char *store_get_meta(struct store *s, const char *key);
char *store_get_mode(struct store *s, const char *model);

/* Ids of tool calls: note one, and ask for it. What cannot be read is not there. */
NODISCARD bool store_put_call(struct store *s, const char *id, struct error *e);
bool store_has_call(struct store *s, const char *id);

/* What messages show, in base64, once under its key. Caller frees; NULL when absent. */
NODISCARD bool store_put_media(struct store *s, const char *key, const char *bytes,
                               struct error *e);
char *store_get_media(struct store *s, const char *key);

/* seq of the last message, 0: none. -1: none that this file could hold, somebody edited it. */
int64_t store_last_message(struct store *s);

/* Visit bodies in order of seq; a row whose checksum is wrong is skipped and counted. */
typedef void store_visit(void *arg, int64_t seq, const char *body, size_t n);
/* Only those of `from` to `to`. */
NODISCARD bool store_read_messages(struct store *s, int64_t from, int64_t to, store_visit *visit,
                                   void *arg, int64_t *damaged, struct error *e);
NODISCARD bool store_read_events(struct store *s, int64_t from, int64_t to, store_visit *visit,
                                 void *arg, int64_t *damaged, struct error *e);
/* Where the newest events before `before` begin that take about so many bytes: at one that
 * `begins` says something may begin with, the next older one, or where none is found in eight
 * times as many; 1: all do. */
int64_t store_newest_events(struct store *s, int64_t before, size_t bytes,
                            bool (*begins)(const char *body, size_t n));
NODISCARD bool store_each_message(struct store *s, store_visit *visit, void *arg, int64_t *damaged,
                                  struct error *e);
NODISCARD bool store_each_event(struct store *s, store_visit *visit, void *arg, int64_t *damaged,
                                struct error *e);

/* What was done, oldest first; strings are borrowed during the call. */
NODISCARD bool store_each_ledger(struct store *s,
                                 void (*visit)(void *arg, int64_t time_ms, const char *kind,
                                               const char *detail),
                                 void *arg, struct error *e);

/* The active modes of a session as {"model": "mode"}, also while another process holds it. An
 * object without members when there are none or no session; the caller deletes it. */
cJSON *store_read_modes(const char *dir, const char *id);

/* The file with the mode that the next session of this directory (absolute) begins with, in the
 * format of ID.mode; it need not exist. Caller frees. */
char *store_next_mode(const char *dir, const char *workspace);

/* What lists show of a session. */
struct store_info {
    char id[32];
    char *workspace, *title, *state, *model; /* state: open goal, complete, … */
    int64_t updated_ms;                      /* wall clock */
    int64_t messages;
};
void store_info_fini(struct store_info *i);

/* Write ID.json beside the database. Failure is not fatal: lists rebuild it. */
NODISCARD bool store_put_info(struct store *s, const struct store_info *i, struct error *e);

/* All sessions of a directory, newest first; only those of `workspace` when given. Sessions
 * without readable ID.json are read from ID.db. *list: free each, then the array. */
NODISCARD bool store_list(const char *dir, const char *workspace, struct store_info **list,
                          size_t *n, struct error *e);
NODISCARD bool store_remove(const char *dir, const char *id, struct error *e);

/* The directory a session works in, also while another process holds it. Caller frees; NULL: there
 * is no such session, or it does not say. */
char *store_workspace(const char *dir, const char *id);
/* All that is committed becomes a session of its own, of an id that nobody has. Nothing of the
 * next transaction may be written yet. */
NODISCARD bool store_copy(struct store *s, const char *id, struct error *e);
/* Is it an id that a store of this directory has? */
bool store_exists(const char *dir, const char *id);

/* Who holds the session? 0: nobody. */
int64_t store_holder(const char *dir, const char *id);

#endif
