#include "net/curl_api.h"

#include <dlfcn.h>
#include <string.h>

#define CURL_API_LIBRARY "libcurl.so.4"
/* Lazily: of the thirty libraries behind it most are never called, and to find all their symbols
 * takes longer than all else before the first request. */
#define CURL_API_HOW (RTLD_LAZY | RTLD_LOCAL)

/* Through memory: ISO C has no cast from an object pointer to a function pointer. */
static bool curl_api_find(void *lib, const char *name, void *slot, struct error *e)
{
    void *p = dlsym(lib, name);
    if (!p)
        return error_set(e, ERR_CONFIG,
                         "libcurl.so.4 has no %s: it is too old. Install libcurl 7.85 or newer "
                         "(package libcurl4)",
                         name);
    memcpy(slot, &p, sizeof p);
    return true;
}

const struct curl_api *curl_api_load(struct error *e)
{
    static struct curl_api api;
    static bool loaded;
    if (loaded)
        return &api;
    void *lib = dlopen(CURL_API_LIBRARY, CURL_API_HOW);
    if (!lib) {
        error_set(e, ERR_CONFIG,
                  "talking to a model server needs libcurl: install the package libcurl4 "
                  "(libcurl on some systems). The loader said: %s",
                  dlerror());
        return NULL;
    }
#define X(ret, name, args)                                \
    if (!curl_api_find(lib, "curl_" #name, &api.name, e)) \
        return NULL;
    CURL_API_LIST(X)
#undef X
    if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(e, ERR_CONFIG, "libcurl does not start");
        return NULL;
    }
    loaded = true;
    return &api;
}

void curl_api_preload(void)
{
    /* Kept open: the engine's own load then finds it in memory. Failure is told by that one. */
    (void)dlopen(CURL_API_LIBRARY, CURL_API_HOW);
}
