/* Behaviors from shared objects: who could have written one, and what it must export. */
#include "behavior/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "behavior/registry.h"

static bool closed_to_others(const char *path, struct error *e)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return error_errno(e, errno, "cannot look at %s", path);
    bool ours = st.st_uid == geteuid() || st.st_uid == 0;
    bool sticky = S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX);
    if (ours && !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return true;
    if (ours && sticky)
        return true;
    return error_set(e, ERR_DENIED,
                     "%s could have been written by others, so it is not loaded; own it and close "
                     "it: chmod go-w %s",
                     path, path);
}

/* The file and every directory above it. */
static bool path_is_closed(const char *path, struct error *e)
{
    AUTO_FREE char *real = realpath(path, NULL);
    if (!real)
        return error_errno(e, errno, "cannot look at %s", path);
    for (;;) {
        if (!closed_to_others(*real ? real : "/", e))
            return false;
        char *slash = strrchr(real, '/');
        if (!slash || !*real)
            return true;
        *slash = '\0';
    }
}

static const struct behavior *plugin_symbol(void *object, const char *type)
{
    static const char end[] = "_behavior";
    AUTO_FREE char *file = behavior_file_name(type);
    AUTO_FREE char *whole = mem_printf("behavior_%s", file);
    const struct behavior *b = dlsym(object, whole);
    size_t n = strlen(file), m = strlen(end);
    if (b || n <= m || strcmp(file + n - m, end) != 0)
        return b;
    AUTO_FREE char *shorter = mem_printf("behavior_%.*s", (int)(n - m), file);
    return dlsym(object, shorter);
}

static bool plugin_fits(const struct behavior *b, const unsigned *abi, const char *path,
                        const char *type, struct error *e)
{
    AUTO_FREE char *file = behavior_file_name(type);
    if (!abi)
        return error_set(e, ERR_CONFIG,
                         "%s has no symbol behavior_abi: compile it with -DBEHAVIOR_PLUGIN", path);
    if (*abi != BEHAVIOR_ABI)
        return error_set(e, ERR_CONFIG,
                         "%s was built for contract %u of behaviors, this mien has %u: rebuild it "
                         "against the installed behavior.h",
                         path, *abi, BEHAVIOR_ABI);
    if (!b)
        return error_set(e, ERR_CONFIG,
                         "%s has no symbol behavior_%s (a const struct behavior of type \"%s\")",
                         path, file, type);
    if (!b->type || strcmp(b->type, type) != 0 || !b->name || !b->help)
        return error_set(e, ERR_CONFIG,
                         "%s says it is \"%s\", not \"%s\" (type, name and help must "
                         "be given)",
                         path, b->type ? b->type : "nothing", type);
    return true;
}

const struct behavior *plugin_load(const char *path, const char *type, struct error *e)
{
    if (!path_is_closed(path, e))
        return NULL;
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        error_set(e, ERR_CONFIG, "%s cannot be loaded: %s", path, dlerror());
        return NULL;
    }
    const struct behavior *b = plugin_symbol(object, type);
    const unsigned *abi = dlsym(object, "behavior_abi");
    if (plugin_fits(b, abi, path, type, e))
        return b;
    dlclose(object);
    return NULL;
}
