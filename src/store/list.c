#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/store.h"

void store_info_fini(struct store_info *i)
{
    free(i->workspace);
    free(i->title);
    free(i->state);
    free(i->model);
    *i = (struct store_info){0};
}

static bool list_from_json(const char *dir, struct store_info *i)
{
    AUTO_FREE char *path = mem_printf("%s/%s.json", dir, i->id);
    AUTO(buf) text = {0};
    if (!file_read(path, &text, 1 << 20, NULL))
        return false;
    AUTO_JSON *j = json_parse(buf_cstr(&text), text.len, NULL);
    if (!cJSON_IsObject(j))
        return false;
    i->workspace = mem_strdup(json_str(j, "workspace", ""));
    i->title = mem_strdup(json_str(j, "title", ""));
    i->state = mem_strdup(json_str(j, "state", ""));
    i->model = mem_strdup(json_str(j, "model", ""));
    i->updated_ms = json_int(j, "updated", 0);
    i->messages = json_int(j, "messages", 0);
    return true;
}

char *store_next_mode(const char *dir, const char *workspace)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a: a path is no file name */
    for (const char *p = workspace; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
    return mem_printf("%s/next-%016llx.mode", dir, (unsigned long long)h);
}

/* The index is never the only way to find a session. A file somebody holds is not opened:
 * a second connection is what the store must not make. */
static void list_from_db(const char *dir, struct store_info *i)
{
    AUTO_FREE char *path = mem_printf("%s/%s.db", dir, i->id);
    struct stat st;
    i->updated_ms = stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000 : 0;
    struct store *s = store_holder(dir, i->id) ? NULL : store_open(dir, i->id, false, NULL);
    if (!s) {
        i->title = mem_strdup("(open elsewhere or damaged)");
        i->workspace = mem_strdup("");
        return;
    }
    i->workspace = store_get_meta(s, "workspace");
    i->title = store_get_meta(s, "title");
    i->state = store_get_meta(s, "state");
    i->model = store_get_meta(s, "model");
    struct error e = {0};
    if (!store_put_info(s, i, &e))
        errno = 0; /* only an index */
    store_close(s);
}

static int list_compare(const void *a, const void *b)
{
    const struct store_info *x = a, *y = b;
    return x->updated_ms < y->updated_ms   ? 1
           : x->updated_ms > y->updated_ms ? -1
                                           : strcmp(y->id, x->id);
}

bool store_list(const char *dir, const char *workspace, struct store_info **list, size_t *n,
                struct error *e)
{
    VEC(struct store_info) v = {0};
    DIR *d = opendir(dir);
    if (!d && errno != ENOENT)
        return error_errno(e, errno, "cannot list the sessions in %s", dir);
    struct dirent *ent;
    while (d && (ent = readdir(d))) {
        size_t len = strlen(ent->d_name);
        struct store_info i = {0};
        if (len < 4 || len - 3 >= sizeof i.id || strcmp(ent->d_name + len - 3, ".db") != 0)
            continue;
        snprintf(i.id, sizeof i.id, "%.*s", (int)(len - 3), ent->d_name);
        if (!list_from_json(dir, &i))
            list_from_db(dir, &i);
        if (workspace && (!i.workspace || strcmp(i.workspace, workspace) != 0))
            store_info_fini(&i);
        else
            VEC_PUSH(&v, i);
    }
    if (d)
        closedir(d);
    if (v.len)
        qsort(v.ptr, v.len, sizeof *v.ptr, list_compare);
    *list = v.ptr;
    *n = v.len;
    return true;
}

char *store_workspace(const char *dir, const char *id)
{
    struct store_info i = {0};
    if (!store_exists(dir, id))
        return NULL;
    snprintf(i.id, sizeof i.id, "%s", id);
    if (!list_from_json(dir, &i))
        list_from_db(dir, &i);
    char *workspace = i.workspace && *i.workspace ? mem_strdup(i.workspace) : NULL;
    store_info_fini(&i);
    return workspace;
}

bool store_exists(const char *dir, const char *id)
{
    AUTO_FREE char *db = mem_printf("%s/%s.db", dir, id);
    return store_id_valid(id) && strlen(id) < sizeof((struct store_info *)0)->id && file_exists(db);
}

bool store_remove(const char *dir, const char *id, struct error *e)
{
    static const char *const parts[] = {"db", "db-wal", "db-shm", "json", "modes", "mode", "lock"};
    if (!store_id_valid(id))
        return error_set(e, ERR_USAGE, "\"%s\" is no session id", id);
    AUTO_FREE char *db = mem_printf("%s/%s.db", dir, id);
    if (!file_exists(db))
        return error_set(e, ERR_NOT_FOUND, "there is no session %s", id);
    if (store_holder(dir, id))
        return error_set(e, ERR_BUSY, "the session %s is open; close it first", id);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s.%s", dir, id, parts[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return error_errno(e, errno, "cannot remove %s", path);
    }
    return true;
}
