#include "ui/input/history.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include <readline/history.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"

#define ENTRIES_MAX 10000
#define NEAR 200 /* entries within which the same line is listed once */
#define ENTRY_BYTES_MAX (64 * 1024)

static char *file;

void history_open(const char *path)
{
    history_write_timestamps = 1;
    history_comment_char = '#';
    using_history();
    stifle_history(ENTRIES_MAX);
    mem_replace(&file, path);
    if (file)
        read_history(file);
}

void history_add_line(const char *line)
{
    assert(line);
    size_t n = strlen(line);
    if (n == 0 || n > ENTRY_BYTES_MAX || *line == ' ')
        return;
    AUTO(buf) masked = {0};
    log_mask(&masked, line, n);
    const HIST_ENTRY *last =
        history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last && strcmp(last->line, buf_cstr(&masked)) == 0)
        return;
    add_history(buf_cstr(&masked));
    if (!file)
        return;
    /* Another shell may append at the same time: lock, then append one entry. */
    AUTO_FD int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        log_warn("ui", "history %s cannot be written", file);
        return;
    }
    append_history(1, file);
}

void history_each(size_t most, void (*fn)(void *arg, const char *line), void *arg)
{
    for (int i = history_length; i > 0 && most > 0; i--) {
        const HIST_ENTRY *one = history_get(history_base + i - 1), *later = NULL;
        bool again = false;
        for (int k = i + 1; one && !again && k <= history_length && k <= i + NEAR; k++) {
            later = history_get(history_base + k - 1);
            again = later && strcmp(later->line, one->line) == 0;
        }
        if (!one || again)
            continue;
        fn(arg, one->line);
        most--;
    }
}

void history_close(void)
{
    mem_replace(&file, NULL);
    clear_history();
}
