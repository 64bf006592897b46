#include "rewind/objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "host/git_dir.h"

/* ---- SHA-1 (FIPS 180-4): what git names objects by; nothing here is trusted for it ---- */

struct sha1 {
    uint32_t h[5];
    uint64_t bytes;
    unsigned char block[64];
};

static uint32_t turn(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static void sha1_block(struct sha1 *s, const unsigned char *p)
{
    uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];
    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
               (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (size_t i = 16; i < 80; i++)
        w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (size_t i = 0; i < 80; i++) {
        uint32_t f = i < 20   ? (d ^ (b & (c ^ d))) + 0x5a827999u
                     : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1u
                     : i < 60 ? ((b & c) | (d & (b | c))) + 0x8f1bbcdcu
                              : (b ^ c ^ d) + 0xca62c1d6u;
        uint32_t t = turn(a, 5) + f + e + w[i];
        e = d;
        d = c;
        c = turn(b, 30);
        b = a;
        a = t;
    }
    s->h[0] += a;
    s->h[1] += b;
    s->h[2] += c;
    s->h[3] += d;
    s->h[4] += e;
}

static void sha1_add(struct sha1 *s, const void *data, size_t n)
{
    const unsigned char *p = data;
    size_t have = s->bytes % 64;
    s->bytes += n;
    if (have) {
        size_t take = MIN(n, 64 - have);
        memcpy(s->block + have, p, take);
        p += take;
        n -= take;
        if (have + take < 64)
            return;
        sha1_block(s, s->block);
    }
    for (; n >= 64; p += 64, n -= 64)
        sha1_block(s, p);
    if (n)
        memcpy(s->block, p, n);
}

static void sha1_end(struct sha1 *s, struct object_id *id)
{
    uint64_t bits = s->bytes * 8;
    unsigned char end[72] = {0x80};
    size_t pad = (s->bytes % 64 < 56 ? 56 : 120) - s->bytes % 64;
    for (size_t i = 0; i < 8; i++)
        end[pad + i] = (unsigned char)(bits >> (56 - 8 * i));
    sha1_add(s, end, pad + 8);
    for (size_t i = 0; i < OBJECT_ID; i++)
        id->b[i] = (unsigned char)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

/* "blob 12" and a NUL: what stands before an object's bytes. */
static size_t object_head(const char *type, size_t n, char out[static 64])
{
    return (size_t)snprintf(out, 64, "%s %zu", type, n) + 1;
}

void object_name(const char *type, const void *data, size_t n, struct object_id *id)
{
    struct sha1 s = {.h = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u}};
    char head[64];
    sha1_add(&s, head, object_head(type, n, head));
    sha1_add(&s, data, n);
    sha1_end(&s, id);
}

void object_hex(const struct object_id *id, char out[static OBJECT_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < OBJECT_ID; i++) {
        out[2 * i] = digits[id->b[i] >> 4];
        out[2 * i + 1] = digits[id->b[i] & 15];
    }
    out[OBJECT_HEX - 1] = '\0';
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool object_parse(const char *hex, struct object_id *id)
{
    for (size_t i = 0; i < OBJECT_ID; i++) {
        int high = hex_digit(hex[2 * i]), low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);
        if (low < 0)
            return false;
        id->b[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

bool object_same(const struct object_id *a, const struct object_id *b)
{
    return memcmp(a->b, b->b, OBJECT_ID) == 0;
}

/* ---- the base: packs and loose objects of the user's repository ---- */

/* An index of a pack, version 2 (gitformat-pack(5)). */
struct pack_index {
    const unsigned char *map;
    size_t size;
    uint32_t count;
};

#define INDEX_HEAD 8
#define INDEX_FANOUT 1024

static uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One of ids of 32 bytes, or of another version, is none of ours. */
static bool index_fits(struct pack_index *x)
{
    static const unsigned char head[INDEX_HEAD] = {0xff, 't', 'O', 'c', 0, 0, 0, 2};
    if (x->size < INDEX_HEAD + INDEX_FANOUT + 40 || memcmp(x->map, head, sizeof head) != 0)
        return false;
    x->count = word_at(x->map + INDEX_HEAD + INDEX_FANOUT - 4);
    size_t least = INDEX_HEAD + INDEX_FANOUT + 40 + (size_t)x->count * 28;
    return x->size >= least && x->size <= least + (size_t)x->count * 8;
}

static bool index_open(const char *path, struct pack_index *x)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0;
    void *map = ok ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED)
        return false;
    *x = (struct pack_index){map, (size_t)st.st_size, 0};
    if (index_fits(x))
        return true;
    munmap(map, x->size);
    return false;
}

static bool index_has(const struct pack_index *x, const struct object_id *id)
{
    const unsigned char *fan = x->map + INDEX_HEAD, *ids = fan + INDEX_FANOUT;
    uint32_t low = id->b[0] ? word_at(fan + 4 * (id->b[0] - 1)) : 0;
    uint32_t high = MIN(word_at(fan + (size_t)4 * id->b[0]), x->count);
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int c = memcmp(id->b, ids + (size_t)mid * OBJECT_ID, OBJECT_ID);
        if (c == 0)
            return true;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

struct objects {
    char *dir;
    int64_t written;
    VEC(char *) lenders; /* object directories of the repository */
    VEC(struct pack_index) packs;
    bool based; /* there is a base, whose packs are linked */
    struct buf scratch;
};

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

/* Both files of a pack, or none: false where this file system cannot. */
static bool link_pack(struct objects *o, const char *from, const char *idx)
{
    AUTO_FREE char *stem = mem_strndup(idx, strlen(idx) - strlen(".idx"));
    static const char *const ends[] = {"pack", "idx"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        AUTO_FREE char *have = mem_printf("%s/pack/%s.%s", from, stem, ends[i]);
        AUTO_FREE char *want = mem_printf("%s/base/pack/%s.%s", o->dir, stem, ends[i]);
        if (link(have, want) != 0 && errno != EEXIST)
            return false;
    }
    AUTO_FREE char *path = mem_printf("%s/base/pack/%s", o->dir, idx);
    struct pack_index x;
    if (index_open(path, &x))
        VEC_PUSH(&o->packs, x);
    return true;
}

static bool link_packs(struct objects *o, const char *from)
{
    AUTO_FREE char *path = mem_printf("%s/pack", from);
    DIR *d = opendir(path);
    bool ok = true;
    for (struct dirent *ent; ok && d && (ent = readdir(d));)
        if (ends_with(ent->d_name, ".idx"))
            ok = link_pack(o, from, ent->d_name);
    if (d)
        closedir(d);
    return ok;
}

/* Where the objects of the repository lie that this directory belongs to. Caller frees; NULL. */
static char *find_lender(const char *directory)
{
    AUTO_FREE char *at = mem_strdup(directory);
    for (char *slash; (slash = strrchr(at, '/')); *slash = '\0') {
        AUTO_FREE char *far = git_dir_named(at, ".git", "gitdir: ");
        char *git = far ? mem_strdup(far) : mem_printf("%s/.git", at);
        AUTO_FREE char *own = git;
        AUTO_FREE char *common = git_dir_named(git, "commondir", "");
        AUTO_FREE char *all = mem_printf("%s/objects", common ? common : git);
        if (git_dir_is(common ? common : git))
            return realpath(all, NULL);
    }
    return NULL;
}

static void lend(struct objects *o, const char *repository)
{
    char *own = find_lender(repository);
    if (!own)
        return;
    VEC_PUSH(&o->lenders, own);
    char *more = git_dir_named(own, "info/alternates", "");
    if (more)
        VEC_PUSH(&o->lenders, more);
    o->based = true;
    for (size_t i = 0; i < o->lenders.len && o->based; i++)
        o->based = link_packs(o, o->lenders.ptr[i]);
}

static bool base_has(struct objects *o, const struct object_id *id, const char *hex)
{
    for (size_t i = 0; i < o->packs.len; i++)
        if (index_has(&o->packs.ptr[i], id))
            return true;
    for (size_t i = 0; i < o->lenders.len && o->based; i++) {
        AUTO_FREE char *from = mem_printf("%s/%.2s/%s", o->lenders.ptr[i], hex, hex + 2);
        AUTO_FREE char *dir = mem_printf("%s/base/%.2s", o->dir, hex);
        AUTO_FREE char *to = mem_printf("%s/%s", dir, hex + 2);
        if (link(from, to) == 0 || errno == EEXIST)
            return true;
        if (errno == ENOENT && access(from, F_OK) == 0 && mkdir(dir, 0700) == 0 &&
            link(from, to) == 0)
            return true;
    }
    return false;
}

void objects_forget_base(struct objects *o)
{
    for (size_t i = 0; i < o->packs.len; i++) {
        union {
            const unsigned char *in;
            void *out;
        } u = {o->packs.ptr[i].map};
        munmap(u.out, o->packs.ptr[i].size);
    }
    VEC_FREE(&o->packs);
    for (size_t i = 0; i < o->lenders.len; i++)
        free(o->lenders.ptr[i]);
    VEC_FREE(&o->lenders);
    o->based = false;
}

/* ---- writing ---- */

struct objects *objects_open(const char *dir, const char *repository, struct error *e)
{
    static const char *const parts[] = {"objects/info", "objects/pack", "refs/heads", "base/pack"};
    static const char config[] = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n"
                                 "\tbare = true\n[gc]\n\tauto = 0\n";
    AUTO_FREE char *file = mem_printf("%s/config", dir), *head = mem_printf("%s/HEAD", dir);
    AUTO_FREE char *base = mem_printf("%s/base\n", dir);
    AUTO_FREE char *lent = mem_printf("%s/objects/info/alternates", dir);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        AUTO_FREE char *part = mem_printf("%s/%s", dir, parts[i]);
        if (!file_make_dirs(part, e))
            return NULL;
    }
    if (!file_exists(head) && (!file_write_fast(file, config, strlen(config), e) ||
                               !file_write_fast(lent, base, strlen(base), e) ||
                               !file_write_fast(head, "ref: refs/heads/snapshots\n", 26, e)))
        return NULL;
    struct objects *o = mem_alloc(sizeof *o);
    o->dir = mem_strdup(dir);
    if (repository)
        lend(o, repository);
    return o;
}

void objects_close(struct objects *o)
{
    if (!o)
        return;
    objects_forget_base(o);
    buf_fini(&o->scratch);
    free(o->dir);
    free(o);
}

int64_t objects_written(const struct objects *o)
{
    return o->written;
}

/* RFC 1950 and 1951, blocks that are stored as they are. */
static void deflate_stored(struct buf *out, const void *head, size_t head_n, const void *data,
                           size_t n)
{
    const unsigned char *parts[] = {head, data};
    size_t sizes[] = {head_n, n}, left = head_n + n;
    uint32_t a = 1, b = 0;
    buf_add(out, "\x78\x01", 2);
    size_t room = 0;
    for (int p = 0; p < 2; p++) {
        const unsigned char *s = parts[p];
        for (size_t done = 0; done < sizes[p];) {
            if (!room) {
                room = MIN(left, (size_t)65535);
                unsigned char block[5] = {left == room, (unsigned char)room,
                                          (unsigned char)(room >> 8), (unsigned char)~room,
                                          (unsigned char)(~room >> 8)};
                buf_add(out, block, sizeof block);
            }
            size_t take = MIN(sizes[p] - done, room);
            buf_add(out, s + done, take);
            for (size_t i = 0; i < take;) {
                for (size_t end = MIN(take, i + 3800); i < end; i++) {
                    a += s[done + i];
                    b += a;
                }
                a %= 65521;
                b %= 65521;
            }
            done += take;
            room -= take;
            left -= take;
        }
    }
    unsigned char sum[4] = {(unsigned char)(b >> 8), (unsigned char)b, (unsigned char)(a >> 8),
                            (unsigned char)a};
    buf_add(out, sum, sizeof sum);
}

/* git takes empty directories away when it packs: made when they are missed. */
static int open_temporary(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    AUTO_FREE char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return -1;
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static bool write_loose(struct objects *o, const char *path, struct error *e)
{
    AUTO_FREE char *temporary =
        mem_printf("%.*s/tmp_obj_mien", (int)(strrchr(path, '/') - path), path);
    int fd = open_temporary(temporary);
    if (fd < 0)
        return error_errno(e, errno, "cannot write %s", temporary);
    bool ok = file_write_all(fd, o->scratch.ptr, o->scratch.len);
    int err = errno;
    ok = close(fd) == 0 && ok;
    if (ok && rename(temporary, path) == 0)
        return true;
    err = ok ? errno : err;
    unlink(temporary);
    return error_errno(e, err, "cannot write %s", path);
}

bool objects_put(struct objects *o, const char *type, const void *data, size_t n,
                 struct object_id *id, struct error *e)
{
    char hex[OBJECT_HEX], head[64];
    object_name(type, data, n, id);
    object_hex(id, hex);
    AUTO_FREE char *path = mem_printf("%s/objects/%.2s/%s", o->dir, hex, hex + 2);
    if (base_has(o, id, hex) || access(path, F_OK) == 0)
        return true;
    buf_clear(&o->scratch);
    deflate_stored(&o->scratch, head, object_head(type, n, head), data, n);
    if (!write_loose(o, path, e))
        return false;
    o->written += (int64_t)o->scratch.len;
    if (o->scratch.cap > 1 << 20)
        buf_fini(&o->scratch);
    return true;
}
