/*
 * media - what an image or a document is, told from its first bytes and not from its name: PNG,
 * JPEG, GIF, WebP, PDF. Nothing is decoded. Base64 of bytes, and back. Thread: any.
 *
 * Source of the formats: their specifications, as far as the size goes.
 */
#ifndef BASE_MEDIA_H
#define BASE_MEDIA_H

#include "base/buf.h"

enum media_kind { MEDIA_NONE, MEDIA_PNG, MEDIA_JPEG, MEDIA_GIF, MEDIA_WEBP, MEDIA_PDF };

struct media {
    enum media_kind kind;
    const char *type;      /* "image/png" */
    int64_t width, height; /* pixels; 0: of a document */
};

/* False: it is none of them, or its head is broken. */
bool media_look(const char *bytes, size_t n, struct media *out);

/* Is it called like one? */
bool media_is_named(const char *path);

void base64_add(struct buf *out, const char *bytes, size_t n);
/* White space between is passed over; false: it is no base64, and out has what came before. */
bool base64_read(struct buf *out, const char *text, size_t n);

/* By which the same bytes are known again: 32 hexadecimal digits. Not for secrets. */
void media_key(const char *bytes, size_t n, char out[static 33]);

#endif
