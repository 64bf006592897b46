#include "host/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

static const char *const home_rows[] = {".ssh",
                                        ".gnupg",
                                        ".aws",
                                        ".azure",
                                        ".kube",
                                        ".docker",
                                        ".config/gh",
                                        ".config/gcloud",
                                        ".config/mien",
                                        ".netrc",
                                        ".password-store",
                                        ".mozilla",
                                        ".local/state/mien"};
/* Of the system: what only root can read, and what stands for processes and devices. */
static const char *const system_rows[] = {"/proc",          "/sys",         "/dev",
                                          "/run",           "/etc/shadow",  "/etc/gshadow",
                                          "/etc/sudoers.d", "/etc/sudoers", "/etc/ssl/private"};

const char *secrets_home(size_t i)
{
    return i < COUNT_OF(home_rows) ? home_rows[i] : NULL;
}

static bool lies_beneath(const char *path, const char *dir)
{
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    return strncmp(path, dir, n) == 0 && (path[n] == '/' || !path[n]);
}

/* One row, as it is called and as it is: either may be what a path leads to. */
typedef bool row_test(const char *row, const char *path);

static bool row_covers(const char *row, const char *path)
{
    return lies_beneath(path, row);
}

static bool row_lies_in(const char *row, const char *path)
{
    return lies_beneath(row, path);
}

static bool row_matches(const char *row, row_test *test, const char *path)
{
    AUTO_FREE char *real = realpath(row, NULL);
    return test(row, path) || (real && test(real, path));
}

static bool any_row(row_test *test, const char *path)
{
    const char *home = getenv("HOME");
    AUTO_FREE char *state = file_state_path("");
    AUTO_FREE char *config = file_config_path("");
    for (size_t i = 0; i < COUNT_OF(system_rows); i++)
        if (test(system_rows[i], path))
            return true;
    for (size_t i = 0; home && *home == '/' && i < COUNT_OF(home_rows); i++) {
        AUTO_FREE char *row = mem_printf("%s/%s", home, home_rows[i]);
        if (row_matches(row, test, path))
            return true;
    }
    return row_matches(state, test, path) || row_matches(config, test, path);
}

bool secrets_cover(const char *real)
{
    return any_row(row_covers, real);
}

bool secrets_within(const char *real)
{
    return any_row(row_lies_in, real) || any_row(row_covers, real);
}
