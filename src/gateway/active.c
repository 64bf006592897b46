/* Which mode counts: what was set here, else what the session has. */
#include <string.h>

#include "base/file.h"
#include "gateway/gateway_priv.h"
#include "store/store.h"

static bool active_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Read the session's modes again when their file is another one, or another session's. */
static void active_refresh(struct gateway *p, const char *session)
{
    struct stat now = {0};
    if (!session)
        return;
    bool same = p->active && p->active_session && strcmp(p->active_session, session) == 0;
    AUTO_FREE char *path = mem_printf("%s/%s.modes", p->sessions_dir, session);
    bool there = stat(path, &now) == 0;
    if (same && there && active_same_file(&now, &p->seen))
        return;
    cJSON_Delete(p->active);
    p->active = store_read_modes(p->sessions_dir, session);
    p->seen = now;
    mem_replace(&p->active_session, session);
    if (there && same) /* the session itself has spoken since */
        cJSON_DeleteItemFromObjectCaseSensitive(p->asked, session);
}

char *active_mode(struct gateway *p, const char *session, const struct model *m)
{
    active_refresh(p, session);
    const cJSON *asked = json_get(p->asked, session ? session : "");
    const cJSON *of = session ? p->active : NULL;
    const char *mode = json_str(asked, m->name, json_str(of, m->name, ""));
    return *mode ? mem_strdup(mode) : NULL;
}

char *active_session_model(struct gateway *p, const char *session)
{
    struct store_info *list = NULL;
    size_t n = 0;
    char *model = NULL;
    if (!session || !store_list(p->sessions_dir, NULL, &list, &n, NULL))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].id, session) == 0 && list[i].model && *list[i].model &&
            models_declared(p->o.models, list[i].model, NULL))
            model = mem_strdup(list[i].model);
        store_info_fini(&list[i]);
    }
    free(list);
    return model;
}

/* Until the session's own file changes. */
static void active_remember(struct gateway *p, const char *session, const char *model,
                            const char *mode)
{
    cJSON *of = cJSON_GetObjectItemCaseSensitive(p->asked, session);
    if (!of)
        of = cJSON_AddObjectToObject(p->asked, session);
    cJSON_DeleteItemFromObjectCaseSensitive(of, model);
    json_add_str(of, model, mode);
}

static bool active_store(struct gateway *p, const char *session, const char *model,
                         const char *mode, struct error *e)
{
    struct store *s = store_open(p->sessions_dir, session, false, e);
    bool ok = s && store_put_mode(s, model, mode, e) && store_commit(s, e);
    store_close(s);
    return ok;
}

/* A session that runs takes the change up from a file, as from mien behavior set. */
static bool active_tell(struct gateway *p, const char *session, const char *model, const char *mode,
                        struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s.mode", p->sessions_dir, session);
    AUTO_FREE char *text = mem_printf("%s\t%s\n", model, mode);
    return file_write(path, text, strlen(text), e);
}

bool active_set(struct gateway *p, const char *session, const struct model *m, const char *mode,
                struct error *e)
{
    active_refresh(p, session);
    if (!session) {
        active_remember(p, "", m->name, mode);
        return true;
    }
    if (!store_holder(p->sessions_dir, session))
        return active_store(p, session, m->name, mode, e);
    if (!active_tell(p, session, m->name, mode, e))
        return false;
    active_remember(p, session, m->name, mode);
    return true;
}
