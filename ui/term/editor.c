#include "ui/term/editor.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "ui/term/signals.h"

#define SIZE_LIMIT (4 * 1024 * 1024)

static char *editor_read(const char *path, struct error *e)
{
    AUTO(buf) raw = {0};
    if (!file_read(path, &raw, SIZE_LIMIT, e))
        return NULL;
    struct buf clean = {0};
    struct sanitizer z = {0};
    sanitize_add(&z, buf_cstr(&raw), raw.len, 0, &clean);
    sanitize_end(&z, 0, &clean);
    while (clean.len > 0 && clean.ptr[clean.len - 1] == '\n')
        buf_cut(&clean, clean.len - 1);
    return buf_take(&clean);
}

/* Put text into a private file and run a program on it; *edited, if wanted, is what the file
 * holds then. */
static bool editor_on_file(const char *command, const char *name, const char *text, char **edited,
                           struct error *e)
{
    const char *run = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
    const char *base = run && *run ? run : tmp && *tmp ? tmp : "/tmp";
    AUTO_FREE char *dir = mem_printf("%s/mien-XXXXXX", base);
    if (!mkdtemp(dir))
        return error_errno(e, errno, "no place for a file in %s", base);
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    /* The variable may hold arguments ("code -w"): the shell splits it. */
    AUTO_FREE char *script = mem_printf("exec %s \"$1\"", command);
    const char *const argv[] = {"/bin/sh", "-c", script, "sh", path, NULL};
    bool ok = file_write(path, text, strlen(text), e);
    int status = ok ? signals_run(argv) : 0;
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        ok = error_set(e, ERR_IO, "%s failed; nothing was changed", command);
    if (ok && edited)
        *edited = editor_read(path, e);
    unlink(path);
    rmdir(dir);
    return ok;
}

char *editor_run(const char *text, struct error *e)
{
    assert(text);
    const char *names[] = {getenv("VISUAL"), getenv("EDITOR")};
    const char *command = "vi";
    for (size_t i = COUNT_OF(names); i > 0; i--)
        if (names[i - 1] && *names[i - 1])
            command = names[i - 1];
    char *edited = NULL;
    return editor_on_file(command, "message.md", text, &edited, e) ? edited : NULL;
}

bool editor_page(const char *text, struct error *e)
{
    assert(text);
    const char *pager = getenv("PAGER");
    return editor_on_file(pager && *pager ? pager : "less", "transcript.txt", text, NULL, e);
}
