#include "ui/input/draft.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#define INTERVAL_MS 500
#define SIZE_LIMIT (4 * 1024 * 1024)

static struct {
    char *path, *text;
    int64_t due_ms; /* 0: nothing to write */
} draft;

char *draft_open(const char *path)
{
    mem_replace(&draft.path, path);
    mem_replace(&draft.text, "");
    draft.due_ms = 0;
    AUTO(buf) old = {0};
    if (!path || !file_read(path, &old, SIZE_LIMIT, NULL) || old.len == 0)
        return NULL;
    mem_replace(&draft.text, buf_cstr(&old));
    return buf_take(&old);
}

void draft_update(const char *text, int64_t now_ms)
{
    assert(text);
    if (!draft.path || strcmp(draft.text, text) == 0)
        return;
    mem_replace(&draft.text, text);
    if (draft.due_ms == 0)
        draft.due_ms = now_ms + INTERVAL_MS;
}

int64_t draft_deadline(void)
{
    return draft.due_ms ? draft.due_ms : -1;
}

void draft_flush(void)
{
    if (draft.due_ms == 0)
        return;
    draft.due_ms = 0;
    if (*draft.text == '\0') {
        unlink(draft.path);
        return;
    }
    /* Not file_write(): its fsync would make typing wait for the disk. A rename is enough
     * against a dead process. */
    AUTO_FREE char *temporary = mem_printf("%s.tmp", draft.path);
    AUTO_FD int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || !file_write_all(fd, draft.text, strlen(draft.text)) ||
        rename(temporary, draft.path) != 0)
        log_warn("ui", "draft %s cannot be written", draft.path);
}

void draft_close(void)
{
    draft_flush();
    mem_replace(&draft.path, NULL);
    mem_replace(&draft.text, NULL);
}
