#include "host/git_dir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#define LINE_MAX_BYTES 8192

bool git_dir_is_at(int dir, const char *above)
{
    static const char *const has[] = {"HEAD", "objects", "refs"};
    for (size_t i = 0; i < COUNT_OF(has); i++) {
        AUTO_FREE char *name = mem_printf("%s%s", above, has[i]);
        if (faccessat(dir, name, F_OK, 0) != 0)
            return false;
    }
    return true;
}

bool git_dir_is(const char *dir)
{
    AUTO_FREE char *within = mem_printf("%s/", dir);
    return git_dir_is_at(AT_FDCWD, within);
}

char *git_dir_named(const char *dir, const char *file, const char *prefix)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, file);
    AUTO(buf) text = {0};
    size_t n = strlen(prefix);
    if (!file_read(path, &text, LINE_MAX_BYTES, NULL) || strncmp(buf_cstr(&text), prefix, n) != 0)
        return NULL;
    const char *line = buf_cstr(&text) + n;
    AUTO_FREE char *to = mem_strndup(line, strcspn(line, "\r\n"));
    AUTO_FREE char *full = *to == '/' ? mem_strdup(to) : mem_printf("%s/%s", dir, to);
    return realpath(full, NULL);
}
