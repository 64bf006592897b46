#include "host/secrets.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
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

/* Rows as they are called and as they are: either may be what a path leads to. Where they lead is
 * looked up at most once a second; only the user's own hand moves them, and a look costs some
 * fifty calls of the kernel. */
#define LOOK_MS 1000

struct places {
    char *asked; /* HOME, state and config directory they were looked up with */
    int64_t at_ms;
    VEC(char *) paths;
};

static void places_add(struct places *p, char *row)
{
    char *real = realpath(row, NULL);
    VEC_PUSH(&p->paths, row);
    if (real && strcmp(real, row) != 0)
        VEC_PUSH(&p->paths, real);
    else
        free(real);
}

static void places_fini(struct places *p)
{
    for (size_t i = 0; i < p->paths.len; i++)
        free(p->paths.ptr[i]);
    VEC_FREE(&p->paths);
    free(p->asked);
    *p = (struct places){0};
}

static void places_look(struct places *p)
{
    const char *home = getenv("HOME");
    char *state = file_state_path(""), *config = file_config_path("");
    AUTO_FREE char *asked = mem_printf("%s\n%s\n%s", home ? home : "", state, config);
    int64_t now = clock_us() / 1000;
    if (p->asked && strcmp(p->asked, asked) == 0 && now - p->at_ms <= LOOK_MS) {
        free(state);
        free(config);
        return;
    }
    places_fini(p);
    p->asked = mem_strdup(asked);
    p->at_ms = now;
    for (size_t i = 0; home && *home == '/' && i < COUNT_OF(home_rows); i++)
        places_add(p, mem_printf("%s/%s", home, home_rows[i]));
    places_add(p, state);
    places_add(p, config);
}

typedef bool row_test(const char *row, const char *path);

static bool row_covers(const char *row, const char *path)
{
    return lies_beneath(path, row);
}

static bool row_lies_in(const char *row, const char *path)
{
    return lies_beneath(row, path);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct places known;

static bool any_row(row_test *test, const char *path)
{
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(system_rows); i++)
        if (test(system_rows[i], path))
            return true;
    pthread_mutex_lock(&lock);
    places_look(&known);
    for (size_t i = 0; i < known.paths.len && !found; i++)
        found = test(known.paths.ptr[i], path);
    pthread_mutex_unlock(&lock);
    return found;
}

bool secrets_cover(const char *real)
{
    return any_row(row_covers, real);
}

bool secrets_within(const char *real)
{
    return any_row(row_lies_in, real) || any_row(row_covers, real);
}
