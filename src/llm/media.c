#include "llm/media.h"

#include <string.h>

#include "base/media.h"
#include "base/mem.h"
#include "llm/media_size.h"
#include "llm/models/family.h"

/* What the narrowest of the great providers takes: longer sides are made smaller there anyway, and
 * an image of more bytes is refused. */
#define SIDE_MOST 2000
#define SIDE_WANTED 1568
#define IMAGE_BYTES_MOST (3750 << 10) /* 5 MB in base64 */
/* An image is decoded to be made smaller: four bytes a pixel. A few kB can claim any size. */
#define PIXELS_MOST (64 << 20)
#define PIXELS_PER_TOKEN 750
#define TOKENS_LEAST 85
#define BYTES_PER_PAGE (60 << 10) /* of a document whose pages nobody counts */
#define TOKENS_PER_PAGE 1800

static void media_say(struct buf *chip, const struct media *is, const char *name, size_t n)
{
    buf_addf(chip, "[%s %s ", is->kind == MEDIA_PDF ? "document" : "image", name);
    if (is->width)
        buf_addf(chip, "%lldx%lld ", (long long)is->width, (long long)is->height);
    buf_addf(chip, "%zu kB]", (n + 1023) / 1024);
}

/* The image as the model takes it; *is: as it came, and then as it goes. */
static bool media_fit(const char *name, struct media *is, const char *bytes, size_t n,
                      struct buf *out, struct error *e)
{
    bool small =
        is->kind == MEDIA_PDF || (MAX(is->width, is->height) <= SIDE_MOST && n <= IMAGE_BYTES_MOST);
    if (small) {
        buf_add(out, bytes, n);
        return true;
    }
    if (is->width > PIXELS_MOST / is->height)
        return error_set(e, ERR_LIMIT,
                         "%s has %lldx%lld pixels; more than %d million are not made smaller here",
                         name, (long long)is->width, (long long)is->height, PIXELS_MOST >> 20);
    if (!media_shrink(bytes, n, SIDE_WANTED, out, &is->type, e))
        return error_prefix(e, "%s", name);
    struct media now;
    if (!media_look(out->ptr, out->len, &now) || out->len > IMAGE_BYTES_MOST)
        return error_set(e, ERR_LIMIT, "%s is too large, and stays so when it is made smaller",
                         name);
    *is = now;
    return true;
}

bool media_add(const struct model *m, const char *name, const char *bytes, size_t n,
               struct llm_parts *to, struct buf *chip, struct error *e)
{
    struct media is;
    AUTO(buf) fit = {0};
    AUTO(buf) text = {0};
    if (!media_look(bytes, n, &is))
        return error_set(e, ERR_PARSE,
                         "%s is no PNG, JPEG, GIF, WebP or PDF: its first bytes say so, whatever "
                         "it is called",
                         name);
    if (!model_sees(m))
        return error_set(e, ERR_DENIED,
                         "%s is not shown: the model %s takes text only (where it sees, say "
                         "supports_vision: true in its model_info)",
                         name, m->name);
    if (is.kind == MEDIA_PDF && model_dialect(m) == ROUTE_OLLAMA)
        return error_set(e, ERR_DENIED, "%s is not shown: Ollama takes images, no documents", name);
    if (n > MEDIA_MOST_BYTES)
        return error_set(e, ERR_LIMIT, "%s has %zu MB; at most %d are sent", name, n >> 20,
                         MEDIA_MOST_BYTES >> 20);
    if (!media_fit(name, &is, bytes, n, &fit, e))
        return false;
    char key[33];
    media_key(fit.ptr, fit.len, key);
    base64_add(&text, fit.ptr, fit.len);
    struct llm_part *p = llm_parts_add(to, is.kind == MEDIA_PDF ? LLM_PART_FILE : LLM_PART_IMAGE);
    p->text = buf_take(&text);
    p->id = mem_strdup(is.type);
    p->name = mem_strdup(name);
    p->key = mem_strdup(key);
    p->tokens = is.kind == MEDIA_PDF ? (int64_t)(fit.len / BYTES_PER_PAGE + 1) * TOKENS_PER_PAGE
                                     : MAX(is.width * is.height / PIXELS_PER_TOKEN, TOKENS_LEAST);
    if (chip->len)
        buf_addc(chip, '\n');
    media_say(chip, &is, name, fit.len);
    return true;
}

int64_t media_tokens(const struct llm_part *p)
{
    return p->kind == LLM_PART_IMAGE || p->kind == LLM_PART_FILE ? p->tokens : 0;
}
