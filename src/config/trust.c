#include "config/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"

#define MAX_FILES 500
#define MAX_BYTES (8 << 20)
#define MAX_DEPTH 8
#define MAX_LINES 2000

void trust_fini(struct trust *t)
{
    for (size_t i = 0; i < t->files.len; i++)
        free(t->files.ptr[i]);
    VEC_FREE(&t->files);
    trust_view_fini(&t->view);
    buf_fini(&t->content);
    free(t->project);
    *t = (struct trust){0};
}

static bool too_much(const struct trust *t, struct error *e)
{
    if (t->files.len < MAX_FILES && t->content.len < MAX_BYTES &&
        t->view.runs.len + t->view.sets.len < MAX_LINES)
        return false;
    error_set(e, ERR_LIMIT,
              "%s brings more than can be looked at (%d files, %d MiB, %d settings): make .mien/ "
              "and .mcp.json smaller, or start in another directory",
              t->project, MAX_FILES, MAX_BYTES >> 20, MAX_LINES);
    return true;
}

static bool add_file(struct trust *t, const char *rel, struct error *e)
{
    AUTO(buf) text = {0};
    struct error here = {0};
    if (!file_read_beneath(t->project, rel, &text, MAX_BYTES, &here))
        return here.code == ERR_NOT_FOUND || error_set(e, here.code, "%s", here.text);
    buf_addf(&t->content, "%s %zu\n", rel, text.len);
    buf_add(&t->content, buf_cstr(&text), text.len);
    VEC_PUSH(&t->files, mem_strdup(rel));
    trust_view_add(&t->view, rel, &text);
    return !too_much(t, e);
}

static int no_dots(const struct dirent *d)
{
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static bool add_directory(struct trust *t, const char *rel, int depth, struct error *e);

static bool add_entry(struct trust *t, const char *rel, int depth, struct error *e)
{
    struct stat st;
    AUTO_FREE char *path = mem_printf("%s/%s", t->project, rel);
    if (strcmp(strrchr(rel, '/'), "/__pycache__") == 0 || stat(path, &st) != 0)
        return true;
    if (S_ISDIR(st.st_mode))
        return add_directory(t, rel, depth + 1, e);
    return !S_ISREG(st.st_mode) || add_file(t, rel, e);
}

/* Names in order, so that the same files make the same content. */
static bool add_directory(struct trust *t, const char *rel, int depth, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s", t->project, rel);
    struct dirent **list;
    if (depth > MAX_DEPTH)
        return error_set(e, ERR_LIMIT, "%s is nested too deep to be looked at", path);
    int n = scandir(path, &list, no_dots, alphasort);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *below = mem_printf("%s/%s", rel, list[i]->d_name);
        ok = ok && add_entry(t, below, depth, e);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
    return ok;
}

static bool is_taken(const struct trust *t, const char *rel)
{
    for (size_t i = 0; i < t->files.len; i++)
        if (strcmp(t->files.ptr[i], rel) == 0)
            return true;
    return false;
}

char *trust_script_at(const char *project, const char *word)
{
    AUTO_FREE char *path = *word == '/' ? mem_strdup(word) : mem_printf("%s/%s", project, word);
    AUTO_FREE char *real = realpath(path, NULL);
    struct stat st;
    bool ours =
        real && path_is_within(real, project) && stat(real, &st) == 0 && S_ISREG(st.st_mode);
    return ours ? mem_strdup(real + strlen(project) + 1) : NULL;
}

/* What a server is started from is content too: it runs as the user does, and commands may write
 * it. */
static bool add_scripts(struct trust *t, struct error *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < t->view.scripts.len; i++) {
        AUTO_FREE char *rel = trust_script_at(t->project, t->view.scripts.ptr[i]);
        ok = !rel || is_taken(t, rel) || add_file(t, rel, e);
    }
    return ok;
}

bool trust_script_is(const char *copy, const char *project, const char *rel)
{
    AUTO(buf) was = {0}, now = {0};
    return file_read_beneath(copy, rel, &was, MAX_BYTES, NULL) &&
           file_read_beneath(project, rel, &now, MAX_BYTES, NULL) && was.len == now.len &&
           memcmp(buf_cstr(&was), buf_cstr(&now), now.len) == 0;
}

/* The first line is the project: a shortened name proves nothing. */
static void remembered_text(const struct trust *t, struct buf *out)
{
    buf_addf(out, "%s\n", t->project);
    buf_add(out, buf_cstr(&t->content), t->content.len);
}

static bool is_remembered(const struct trust *t)
{
    AUTO(buf) have = {0}, want = {0};
    AUTO_FREE char *path = file_project_path("trust", t->project);
    if (!file_read(path, &have, 2 * MAX_BYTES, NULL))
        return false;
    remembered_text(t, &want);
    return have.len == want.len && memcmp(have.ptr, want.ptr, have.len) == 0;
}

bool trust_look(struct trust *t, const char *project, struct error *e)
{
    *t = (struct trust){.project = realpath(project, NULL)};
    if (!t->project)
        return error_errno(e, errno, "cannot look at %s", project);
    if (!add_directory(t, ".mien", 0, e) || !add_file(t, ".mcp.json", e) || !add_scripts(t, e))
        return false;
    t->remembered = t->files.len > 0 && is_remembered(t);
    return true;
}

static bool copy_file(const char *dir, const char *rel, const char *bytes, size_t n,
                      struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, rel);
    AUTO_FREE char *above = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    AUTO(buf) have = {0};
    if (file_read(path, &have, MAX_BYTES, NULL) && have.len == n &&
        memcmp(buf_cstr(&have), bytes, n) == 0)
        return true;
    return file_make_dirs(above, e) && file_write(path, bytes, n, e);
}

/* Other bytes have another place: a session that goes on keeps its own. FNV-1a tells them apart,
 * no more; what is there is compared before it is used. */
static char *copy_dir(const struct trust *t)
{
    AUTO_FREE char *of = file_project_path("trusted", t->project);
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < t->content.len; i++)
        h = (h ^ (unsigned char)t->content.ptr[i]) * UINT64_C(0x100000001b3);
    return mem_printf("%s/%016llx", of, (unsigned long long)h);
}

char *trust_copy(const struct trust *t, struct error *e)
{
    char *dir = copy_dir(t);
    const char *at = buf_cstr(&t->content);
    bool ok = file_make_dirs(dir, e);
    AUTO_FREE char *of = file_project_path("trusted", t->project);
    utimensat(AT_FDCWD, of, NULL, 0); /* it is in use: what is not is swept one day */
    for (size_t i = 0; ok && i < t->files.len; i++) { /* as add_file() wrote them */
        at += strlen(t->files.ptr[i]) + 1;
        char *bytes;
        size_t n = strtoull(at, &bytes, 10);
        ok = copy_file(dir, t->files.ptr[i], ++bytes, n, e);
        at = bytes + n;
    }
    if (ok)
        return dir;
    free(dir);
    return NULL;
}

bool trust_remember(const struct trust *t, struct error *e)
{
    AUTO(buf) text = {0};
    AUTO_FREE char *dir = file_state_path("trust"), *path = file_project_path("trust", t->project);
    remembered_text(t, &text);
    return file_make_dirs(dir, e) && file_write(path, buf_cstr(&text), text.len, e);
}
