#include "engine/host_notes.h"

#include "base/file.h"
#include "engine/engine_priv.h"

#define NOTES_MAX (4 << 20)

bool host_notes_load(struct agent *a, struct buf *out, struct error *e)
{
    AUTO_FREE char *path = file_project_path("notes", workspace_path(engine_of(a)->ws));
    if (file_read(path, out, NOTES_MAX, e) || e->code != ERR_NOT_FOUND)
        return e->code == ERR_NONE;
    *e = (struct error){0};
    return true;
}

bool host_notes_store(struct agent *a, const char *text, size_t n, struct error *e)
{
    AUTO_FREE char *path = file_project_path("notes", workspace_path(engine_of(a)->ws)),
                   *dir = file_state_path("notes");
    return file_make_dirs(dir, e) && file_write(path, text, n, e);
}
