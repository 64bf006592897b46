/* Making images smaller, by libgd: one library for PNG, JPEG, GIF and WebP whose calls take and
 * give bytes. ImageMagick's would be ten times as large, gdk-pixbuf's brings an object system. */
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>

#include "base/media.h"
#include "llm/media_size.h"

#define GD_LIBRARY "libgd.so.3"
#define JPEG_QUALITY 85

typedef struct gd_image gd_image; /* opaque: its size is told by the image's own head */

#define GD_LIST(X)                                                                             \
    X(gd_image *, ImageCreateFromPngPtr, (int size, void *bytes))                              \
    X(gd_image *, ImageCreateFromJpegPtr, (int size, void *bytes))                             \
    X(gd_image *, ImageCreateFromGifPtr, (int size, void *bytes))                              \
    X(gd_image *, ImageCreateFromWebpPtr, (int size, void *bytes))                             \
    X(gd_image *, ImageCreateTrueColor, (int w, int h))                                        \
    X(void, ImageAlphaBlending, (gd_image *, int blend))                                       \
    X(void, ImageSaveAlpha, (gd_image *, int save))                                            \
    X(void, ImageCopyResampled,                                                                \
      (gd_image * to, gd_image * from, int tx, int ty, int fx, int fy, int tw, int th, int fw, \
       int fh))                                                                                \
    X(void *, ImagePngPtr, (gd_image *, int *size))                                            \
    X(void *, ImageJpegPtr, (gd_image *, int *size, int quality))                              \
    X(void, ImageDestroy, (gd_image *))                                                        \
    X(void, Free, (void *))                                                                    \
    X(void, SetErrorMethod, (void (*)(int, const char *, va_list)))

struct gd {
#define X(ret, name, args) ret(*name) args;
    GD_LIST(X)
#undef X
};

/* It would print into the screen. */
static void gd_says(int priority, const char *format, va_list args)
{
    (void)priority;
    (void)format;
    (void)args;
}

static const struct gd *gd_load(struct error *e)
{
    static struct gd gd;
    static bool loaded;
    void *lib = loaded ? NULL : dlopen(GD_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    if (!loaded && !lib) {
        error_set(e, ERR_NOT_FOUND,
                  "it is too large, and what makes it smaller is not here: install the package "
                  "libgd3 (the loader said: %s)",
                  dlerror());
        return NULL;
    }
#define X(ret, name, args)                                                                   \
    if (!loaded) {                                                                           \
        void *p = dlsym(lib, "gd" #name);                                                    \
        if (!p) {                                                                            \
            error_set(e, ERR_NOT_FOUND, "libgd.so.3 has no gd" #name ": it is too old");     \
            return NULL;                                                                     \
        }                                                                                    \
        memcpy(&gd.name, &p, sizeof p); /* ISO C has no cast from an object to a function */ \
    }
    GD_LIST(X)
#undef X
    if (!loaded)
        gd.SetErrorMethod(gd_says);
    loaded = true;
    return &gd;
}

static gd_image *gd_open(const struct gd *gd, enum media_kind kind, const char *bytes, size_t n)
{
    void *p = (void *)(uintptr_t)bytes; /* it only reads */
    switch (kind) {
    case MEDIA_PNG:
        return gd->ImageCreateFromPngPtr((int)n, p);
    case MEDIA_JPEG:
        return gd->ImageCreateFromJpegPtr((int)n, p);
    case MEDIA_GIF:
        return gd->ImageCreateFromGifPtr((int)n, p);
    case MEDIA_WEBP:
        return gd->ImageCreateFromWebpPtr((int)n, p);
    default:
        return NULL;
    }
}

bool media_shrink(const char *bytes, size_t n, int64_t side, struct buf *out, const char **type,
                  struct error *e)
{
    struct media is;
    const struct gd *gd = gd_load(e);
    if (!gd)
        return false;
    gd_image *from = media_look(bytes, n, &is) ? gd_open(gd, is.kind, bytes, n) : NULL;
    if (!from)
        return error_set(e, ERR_PARSE, "it is too large to be sent as it is, and broken");
    int64_t longest = MAX(is.width, is.height);
    int w = (int)MAX(is.width * MIN(side, longest) / longest, 1);
    int h = (int)MAX(is.height * MIN(side, longest) / longest, 1);
    gd_image *to = gd->ImageCreateTrueColor(w, h);
    void *made = NULL;
    int size = 0;
    if (to) {
        gd->ImageAlphaBlending(to, 0);
        gd->ImageSaveAlpha(to, 1);
        gd->ImageCopyResampled(to, from, 0, 0, 0, 0, w, h, (int)is.width, (int)is.height);
        bool photo = is.kind == MEDIA_JPEG || is.kind == MEDIA_WEBP;
        made = photo ? gd->ImageJpegPtr(to, &size, JPEG_QUALITY) : gd->ImagePngPtr(to, &size);
        *type = photo ? "image/jpeg" : "image/png";
        gd->ImageDestroy(to);
    }
    gd->ImageDestroy(from);
    if (!made)
        return error_set(e, ERR_PARSE, "it could not be made smaller");
    buf_add(out, made, (size_t)size);
    gd->Free(made);
    return true;
}
