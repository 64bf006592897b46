#include "gateway/unpack.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define UNPACK_BLOCK (256 * 1024)

/* z_stream of zlib.h, whose layout is zlib's promise to its users since 1.2. */
struct zlib_stream {
    const unsigned char *next_in;
    unsigned avail_in;
    unsigned long total_in;
    unsigned char *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *msg;
    void *state, *alloc, *free, *opaque;
    int data_type;
    unsigned long adler, reserved;
};

/* ZSTD_inBuffer and ZSTD_outBuffer. */
struct zstd_in {
    const void *src;
    size_t size, pos;
};
struct zstd_out {
    void *dst;
    size_t size, pos;
};

/* Through memory: ISO C has no cast from an object pointer to a function pointer. */
static bool unpack_find(void *lib, const char *name, void *slot)
{
    void *p = lib ? dlsym(lib, name) : NULL;
    memcpy(slot, &p, sizeof p);
    return p != NULL;
}

static bool unpack_no_library(const char *library, struct error *e)
{
    return error_set(e, ERR_USAGE, "%s is not installed: send the body without Content-Encoding",
                     library);
}

static bool unpack_too_much(size_t max, struct error *e)
{
    return error_set(e, ERR_LIMIT, "the body holds more than %zu bytes", max);
}

static bool unpack_zlib(const struct buf *in, struct buf *out, size_t max, struct error *e)
{
    int (*init)(struct zlib_stream *, int bits, const char *version, int size);
    int (*inflate)(struct zlib_stream *, int flush);
    int (*end)(struct zlib_stream *);
    void *lib = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!unpack_find(lib, "inflateInit2_", &init) || !unpack_find(lib, "inflate", &inflate) ||
        !unpack_find(lib, "inflateEnd", &end))
        return unpack_no_library("zlib (package zlib1g)", e);
    AUTO_FREE unsigned char *block = mem_alloc(UNPACK_BLOCK);
    struct zlib_stream z = {.next_in = (const unsigned char *)in->ptr,
                            .avail_in = (unsigned)MIN(in->len, (size_t)UINT_MAX)};
    int rc = init(&z, 15 + 32, "1.2.11", (int)sizeof z); /* 32: gzip and zlib, by its head */
    while (rc == 0 && out->len <= max) {
        z.next_out = block;
        z.avail_out = UNPACK_BLOCK;
        rc = inflate(&z, 0);
        buf_add(out, block, UNPACK_BLOCK - z.avail_out);
    }
    end(&z);
    if (out->len > max)
        return unpack_too_much(max, e);
    return rc == 1 || error_set(e, ERR_PARSE, "the body is not compressed as it says");
}

static bool unpack_zstd(const struct buf *in, struct buf *out, size_t max, struct error *e)
{
    void *(*create)(void);
    size_t (*decompress)(void *, struct zstd_out *, struct zstd_in *);
    unsigned (*is_error)(size_t);
    size_t (*destroy)(void *);
    void *lib = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!unpack_find(lib, "ZSTD_createDStream", &create) ||
        !unpack_find(lib, "ZSTD_decompressStream", &decompress) ||
        !unpack_find(lib, "ZSTD_isError", &is_error) ||
        !unpack_find(lib, "ZSTD_freeDStream", &destroy))
        return unpack_no_library("zstd (package libzstd1)", e);
    AUTO_FREE unsigned char *block = mem_alloc(UNPACK_BLOCK);
    struct zstd_in from = {in->ptr, in->len, 0};
    struct zstd_out to = {0};
    void *stream = create();
    size_t rc = 1; /* 0: a frame is whole */
    do {
        to = (struct zstd_out){block, UNPACK_BLOCK, 0};
        rc = decompress(stream, &to, &from);
        buf_add(out, block, to.pos);
    } while (!is_error(rc) && out->len <= max &&
             (from.pos < from.size || (rc != 0 && to.pos == to.size)));
    bool whole = !is_error(rc) && rc == 0;
    destroy(stream);
    if (out->len > max)
        return unpack_too_much(max, e);
    return whole || error_set(e, ERR_PARSE, "the body is not compressed as it says");
}

bool unpack_body(const char *coding, struct buf *body, size_t max, struct error *e)
{
    static const struct {
        const char *coding;
        bool (*unpack)(const struct buf *in, struct buf *out, size_t max, struct error *e);
    } rows[] = {{"gzip", unpack_zlib},
                {"x-gzip", unpack_zlib},
                {"deflate", unpack_zlib},
                {"zstd", unpack_zstd}};
    if (!coding || !*coding || strcasecmp(coding, "identity") == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf out = {0};
        if (strcasecmp(coding, rows[i].coding) != 0)
            continue;
        bool ok = rows[i].unpack(body, &out, max, e);
        buf_fini(body);
        *body = out;
        return ok;
    }
    return error_set(e, ERR_USAGE, "Content-Encoding \"%.40s\" is not taken: gzip, deflate or zstd",
                     coding);
}
