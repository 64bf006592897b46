#include "gateway/mhd_api.h"

#include <dlfcn.h>
#include <string.h>

#define MHD_API_LIBRARY "libmicrohttpd.so.12"

/* Through memory: ISO C has no cast from an object pointer to a function pointer. */
static bool mhd_api_find(void *lib, const char *name, void *slot, struct error *e)
{
    void *p = dlsym(lib, name);
    if (!p)
        return error_set(
            e, ERR_CONFIG,
            "libmicrohttpd.so.12 has no %s: it is too old. Install libmicrohttpd 0.9.75 "
            "or newer (package libmicrohttpd12)",
            name);
    memcpy(slot, &p, sizeof p);
    return true;
}

const struct mhd_api *mhd_api_load(struct error *e)
{
    static struct mhd_api api;
    static bool loaded;
    if (loaded)
        return &api;
    void *lib = dlopen(MHD_API_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!lib) {
        error_set(e, ERR_CONFIG,
                  "the proxy needs libmicrohttpd: install the package libmicrohttpd12 "
                  "(libmicrohttpd on some systems). The loader said: %s",
                  dlerror());
        return NULL;
    }
#define X(ret, name, args)                              \
    if (!mhd_api_find(lib, "MHD_" #name, &api.name, e)) \
        return NULL;
    MHD_API_LIST(X)
#undef X
    loaded = true;
    return &api;
}
