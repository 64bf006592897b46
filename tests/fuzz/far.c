/* far: whatever the other machine says, in whatever pieces it comes, is the same lines; and of
 * these, words and bytes of files are what they say or nothing. */
#include "fuzz.h"

#include "far/io.h"
#include "far/wire.h"

#define BYTES_MAX 4096

struct seen {
    struct buf lines, bytes;
    size_t count;
};

static void on_line(void *arg, const char *text, size_t n)
{
    struct seen *s = arg;
    cJSON *j;
    const char *name = far_word(text, n, &j);
    CLAIM(!memchr(text, '\n', n), "a line in a line");
    CLAIM(!name || cJSON_IsObject(j), "a word without an object");
    if (name && strcmp(name, "pack") == 0 && !far_pack_take(j, &s->bytes, BYTES_MAX))
        buf_clear(&s->bytes);
    CLAIM(s->bytes.len <= BYTES_MAX, "%zu bytes", s->bytes.len);
    buf_add(&s->lines, text, n);
    buf_addc(&s->lines, '\n');
    s->count++;
    cJSON_Delete(j);
}

static void seen_fini(struct seen *s)
{
    buf_fini(&s->lines);
    buf_fini(&s->bytes);
}

static void take_back(void *arg, const char *text, size_t n)
{
    cJSON *j;
    const char *name = far_word(text, n, &j);
    CLAIM(name && strcmp(name, "pack") == 0 && far_pack_take(j, arg, (size_t)-1), "not a part");
    cJSON_Delete(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole = {0}, pieces = {0};
    struct buf line = {0}, rest = {0}, back = {0};
    unsigned seed = (unsigned)size;
    const char *text = (const char *)data;
    CLAIM(far_lines(&line, text, size, on_line, &whole), "too long");
    for (size_t at = 0, n; at < size; at += n) {
        n = fuzz_piece(&seed, size - at);
        CLAIM(far_lines(&rest, text + at, n, on_line, &pieces), "too long");
    }
    CLAIM(whole.count == pieces.count && whole.lines.len == pieces.lines.len &&
              (!whole.lines.len || memcmp(whole.lines.ptr, pieces.lines.ptr, whole.lines.len) == 0),
          "pieces are other lines");
    CLAIM(line.len == rest.len, "another rest");
    /* What is sent comes back. */
    far_pack_lines(text, size, take_back, &back);
    CLAIM(back.len == size && (!size || memcmp(back.ptr, text, size) == 0), "other bytes");
    seen_fini(&whole);
    seen_fini(&pieces);
    buf_fini(&line);
    buf_fini(&rest);
    buf_fini(&back);
    return 0;
}
