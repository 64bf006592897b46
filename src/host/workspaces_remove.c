#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "host/workspaces_priv.h"
#include "host/workspaces_remove.h"

#define REMOVE_DEPTH 200 /* a descriptor each */

/* Names only what mkdir made here: links are unlinked and never followed, another file system
 * mounted inside is left and reported. */
struct removal {
    uint64_t mount;
    const char *name;
    struct error *e;
};

/* Differs for a bind mount of the same device too, but for kernels before 5.8. */
static uint64_t mount_of(int fd)
{
    struct statx sx;
    struct stat st;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) == 0 && sx.stx_mask & STATX_MNT_ID)
        return sx.stx_mnt_id;
    return fstat(fd, &st) == 0 ? st.st_dev : 0;
}

static bool remove_errno(const struct removal *r, const char *what, int err)
{
    return error_errno(r->e, err, "cannot remove %s of workspace %s", what, r->name);
}

static bool remove_beneath(const struct removal *r, int dir, int depth);

static bool remove_dir(const struct removal *r, int parent, const char *name, int depth)
{
    AUTO_FD int fd = workspaces_open_dir(parent, name);
    if (fd < 0)
        return remove_errno(r, name, errno);
    if (mount_of(fd) != r->mount)
        return error_set(r->e, ERR_DENIED,
                         "%s in workspace %s is another file system; unmount it first", name,
                         r->name);
    if (depth > REMOVE_DEPTH)
        return error_set(r->e, ERR_LIMIT, "workspace %s is nested too deeply; remove it by hand",
                         r->name);
    fchmod(fd, 0700); /* a directory nobody may write to is ours all the same */
    if (!remove_beneath(r, fd, depth))
        return false;
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || remove_errno(r, name, errno);
}

static bool remove_entry(const struct removal *r, int dir, const char *name, int depth)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || remove_errno(r, name, errno);
    if (S_ISDIR(st.st_mode))
        return remove_dir(r, dir, name, depth + 1);
    return unlinkat(dir, name, 0) == 0 || errno == ENOENT || remove_errno(r, name, errno);
}

static bool remove_kept(const char *name, int depth)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           (depth == 0 && strcmp(name, WORKSPACE_MARKER) == 0);
}

static DIR *open_again(int dir)
{
    int fd = workspaces_open_dir(dir, ".");
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d && fd >= 0)
        close(fd);
    return d;
}

/* The marker goes last, so that what a failure leaves can be removed later. */
static bool remove_beneath(const struct removal *r, int dir, int depth)
{
    DIR *d = open_again(dir);
    if (!d)
        return remove_errno(r, "a directory", errno);
    struct dirent *ent;
    bool ok = true, some = true;
    while (ok && some) { /* a directory that changes may hide entries from one pass */
        rewinddir(d);
        for (some = false; ok && (ent = readdir(d));) {
            if (remove_kept(ent->d_name, depth))
                continue;
            ok = remove_entry(r, dir, ent->d_name, depth);
            some = true;
        }
    }
    closedir(d);
    return ok;
}

static bool remove_all(const struct removal *r, int all, int dir)
{
    if (!remove_beneath(r, dir, 0))
        return false;
    if (unlinkat(dir, WORKSPACE_MARKER, 0) != 0)
        return remove_errno(r, WORKSPACE_MARKER, errno);
    return unlinkat(all, r->name, AT_REMOVEDIR) == 0 || remove_errno(r, "the directory", errno);
}

bool workspaces_remove(const char *root, const char *name, struct error *e)
{
    if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(e, ERR_DENIED, "\"%s\" is no name of a workspace in " WORKSPACES_DIR,
                         name);
    AUTO_FD int all = workspaces_open(root, e);
    if (all < 0)
        return false;
    AUTO_FD int dir = workspaces_open_dir(all, name);
    if (dir < 0)
        return workspaces_errno(errno, name, e);
    struct removal r = {.mount = mount_of(all), .name = name, .e = e};
    if (mount_of(dir) != r.mount || !workspaces_marker(dir, NULL))
        return error_set(e, ERR_DENIED,
                         "%s was not made by mien: it has no " WORKSPACE_MARKER " of ours; remove "
                         "it yourself if you want to",
                         name);
    return remove_all(&r, all, dir);
}
