#include "host/workspaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "host/workspaces_priv.h"

#define CREATE_TRIES 10000
#define MARKER_MAX 65536
#define COUNT_MAX 10000
#define COUNT_DEPTH 64
#define SCORE_MIN 30
#define NAME_SIZE (SLUG_MAX + 16)

void workspace_slug(const char *text, char out[static SLUG_MAX + 1])
{
    size_t n = 0;
    bool gap = false;
    for (const char *p = text ? text : ""; *p && n < SLUG_MAX; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
            gap = n > 0;
            continue;
        }
        if (gap && n + 1 == SLUG_MAX)
            break; /* a '-' would be the last */
        if (gap)
            out[n++] = '-';
        gap = false;
        out[n++] = c;
    }
    out[n] = '\0';
    if (n == 0)
        strcpy(out, "workspace");
}

bool workspaces_errno(int err, const char *what, struct error *e)
{
    if (err == ELOOP || err == ENOTDIR)
        return error_set(e, ERR_DENIED, "%s is a link or no directory; it is not touched", what);
    if (err == ENOENT)
        return error_set(e, ERR_NOT_FOUND, "%s does not exist", what);
    return error_errno(e, err, "%s", what);
}

int workspaces_open(const char *root, struct error *e)
{
    AUTO_FD int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = at < 0 ? -1 : workspaces_open_dir(at, WORKSPACES_DIR);
    if (fd < 0)
        workspaces_errno(errno, at < 0 ? root : WORKSPACES_DIR, e);
    return fd;
}

int workspaces_open_dir(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- creating ---- */

/* Through the directory's descriptor, so that a link put in its place changes nothing. */
static bool marker_write(int dir, const char *goal, const char *session, struct error *e)
{
    char created[32];
    clock_iso(clock_wall_ms(), created);
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_strn(j, "goal", goal ? goal : "", goal ? strlen(goal) : 0);
    json_add_strn(j, "session", session ? session : "", session ? strlen(session) : 0);
    json_add_str(j, "created", created);
    AUTO_FREE char *text = json_print(j);
    AUTO_FREE char *path = mem_printf("/proc/self/fd/%d/" WORKSPACE_MARKER, dir);
    return file_write(path, text, strlen(text), e);
}

/* The first free name becomes ours: mkdir decides among several. */
static bool workspaces_make(int all, const char *slug, char name[static NAME_SIZE], struct error *e)
{
    for (int i = 1; i < CREATE_TRIES; i++) {
        if (i == 1)
            snprintf(name, NAME_SIZE, "%s", slug);
        else
            snprintf(name, NAME_SIZE, "%s-%d", slug, i);
        if (mkdirat(all, name, 0755) == 0)
            return true;
        if (errno != EEXIST)
            return error_errno(e, errno, "cannot make the workspace %s", name);
    }
    return error_set(e, ERR_LIMIT, "there are %d workspaces named %s; remove some",
                     CREATE_TRIES - 1, slug);
}

static int workspaces_open_or_make(const char *root, struct error *e)
{
    AUTO_FD int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at >= 0 && mkdirat(at, WORKSPACES_DIR, 0755) != 0 && errno != EEXIST) {
        error_errno(e, errno, "cannot make " WORKSPACES_DIR " in %s", root);
        return -1;
    }
    return workspaces_open(root, e);
}

char *workspaces_create(const char *root, const char *goal, const char *session, struct error *e)
{
    char slug[SLUG_MAX + 1], name[NAME_SIZE];
    AUTO_FD int all = workspaces_open_or_make(root, e);
    workspace_slug(goal, slug);
    if (all < 0 || !workspaces_make(all, slug, name, e))
        return NULL;
    AUTO_FD int dir = workspaces_open_dir(all, name);
    if (dir < 0)
        workspaces_errno(errno, name, e);
    if (dir >= 0 && marker_write(dir, goal, session, e))
        return mem_printf("%s/%s", WORKSPACES_DIR, name);
    unlinkat(all, name, AT_REMOVEDIR);
    error_prefix(e, "cannot make the workspace %s", name);
    return NULL;
}

/* ---- listing ---- */

static cJSON *marker_parse(int dir)
{
    AUTO_FD int fd = openat(dir, WORKSPACE_MARKER, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    AUTO_FREE char *text = mem_alloc(MARKER_MAX);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MARKER_MAX)
        return NULL;
    ssize_t n = pread(fd, text, MARKER_MAX, 0);
    return n > 0 ? json_parse(text, (size_t)n, NULL) : NULL;
}

bool workspaces_marker(int dir, struct workspace_info *info)
{
    AUTO_JSON *j = marker_parse(dir);
    const char *goal = json_str(j, "goal", NULL);
    int64_t created = clock_parse_iso(json_str(j, "created", NULL));
    if (!goal || !created)
        return false;
    if (info) {
        info->ours = true;
        info->goal = mem_strdup(goal);
        info->session = mem_strdup(json_str(j, "session", ""));
        info->created_ms = created;
    }
    return true;
}

/* Regular files beneath fd, which is taken; at most `*left` entries are looked at. */
static int64_t count_files(int fd, dev_t dev, int depth, int *left)
{
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *ent;
    int64_t files = 0;
    if (!d && fd >= 0)
        close(fd);
    while (d && *left > 0 && (ent = readdir(d))) {
        struct stat st;
        if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0 ||
            (depth == 0 && strcmp(ent->d_name, WORKSPACE_MARKER) == 0))
            continue;
        --*left;
        if (fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        files += S_ISREG(st.st_mode);
        if (S_ISDIR(st.st_mode) && st.st_dev == dev && depth < COUNT_DEPTH)
            files += count_files(workspaces_open_dir(dirfd(d), ent->d_name), dev, depth + 1, left);
    }
    if (d)
        closedir(d);
    return files;
}

/* False for what is no directory, or cannot be opened. */
static bool workspaces_look(int all, const char *name, struct workspace_info *info)
{
    struct stat st;
    int left = COUNT_MAX;
    AUTO_FD int fd = workspaces_open_dir(all, name);
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    *info = (struct workspace_info){.name = mem_strdup(name)};
    info->path = mem_printf("%s/%s", WORKSPACES_DIR, name);
    info->created_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    workspaces_marker(fd, info);
    info->files = count_files(workspaces_open_dir(fd, "."), st.st_dev, 0, &left);
    return true;
}

/* ---- searching ---- */

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c & 0x80;
}

/* The next word of *text in lower case (of ASCII); false at the end. Caller frees *word. */
static bool next_word(const char **text, char **word)
{
    const char *p = *text;
    while (*p && !word_char(*p))
        p++;
    size_t n = 0;
    while (p[n] && word_char(p[n]))
        n++;
    *text = p + n;
    *word = mem_strndup(p, n);
    for (char *c = *word; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    if (n > 0)
        return true;
    free(*word);
    return false;
}

static int64_t word_score(const char *word, const char *text)
{
    int64_t best = 0;
    char *other;
    while (text && next_word(&text, &other)) {
        const char *at = strstr(other, word);
        int64_t score = !at ? 0 : at != other ? 60 : other[strlen(word)] ? 80 : 100;
        best = MAX(best, score);
        free(other);
    }
    return best;
}

/* -1: the query has no words, so that everything is asked for. */
static int64_t workspaces_score(const char *query, const struct workspace_info *info)
{
    int64_t sum = 0, words = 0;
    char *word;
    for (const char *q = query ? query : ""; next_word(&q, &word); words++) {
        sum += MAX(word_score(word, info->name), word_score(word, info->goal));
        free(word);
    }
    return words ? sum / words : -1;
}

/* Best first, then newest, then by name so that the order never wavers. */
static int workspaces_compare(const void *a, const void *b)
{
    const struct workspace_info *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    if (x->created_ms != y->created_ms)
        return x->created_ms < y->created_ms ? 1 : -1;
    return strcmp(x->name, y->name);
}

bool workspaces_find(const char *root, const char *query, struct workspace_info **list, size_t *n,
                     struct error *e)
{
    struct error none = {0};
    VEC(struct workspace_info) found = {0};
    *list = NULL;
    *n = 0;
    int all = workspaces_open(root, &none);
    if (all < 0)
        return (none.code == ERR_NOT_FOUND && file_exists(root)) ||
               error_set(e, none.code, "%s", none.text);
    DIR *d = fdopendir(all);
    struct dirent *ent;
    while (d && (ent = readdir(d))) {
        struct workspace_info info;
        if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0 ||
            !workspaces_look(all, ent->d_name, &info))
            continue;
        int64_t score = workspaces_score(query, &info);
        info.score = MAX(score, 0);
        if (score < 0 || score >= SCORE_MIN)
            VEC_PUSH(&found, info);
        else
            workspace_info_fini(&info);
    }
    if (d)
        closedir(d);
    else
        close(all);
    if (found.len)
        qsort(found.ptr, found.len, sizeof *found.ptr, workspaces_compare);
    *list = found.ptr;
    *n = found.len;
    return true;
}
