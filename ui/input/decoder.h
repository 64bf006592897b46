/*
 * decoder - cuts the terminal's bytes into whole tokens: a key, a character, a paste.
 *
 * Answers to terminal queries are swallowed wherever they turn up. A lone ESC is told from
 * the start of a sequence by time: see decoder_deadline(). State survives torn reads.
 */
#ifndef UI_DECODER_H
#define UI_DECODER_H

#include "base/buf.h"

enum token_kind {
    TOKEN_KEY,        /* name may be "" for an unknown sequence */
    TOKEN_CHAR,       /* one printable character; name is itself */
    TOKEN_PASTE,      /* cleaned text in bytes */
    TOKEN_MOUSE,      /* button, row, col */
    TOKEN_BACKGROUND, /* button: 1 light, 0 dark */
    TOKEN_FOCUS,      /* button: 1 in, 0 out */
};

struct token {
    enum token_kind kind;
    char name[24];     /* "C-c", "M-Enter", "S-Tab", "F1", "é" */
    const char *bytes; /* borrowed until the next decoder call */
    size_t len;
    int button, row, col; /* mouse: 64 wheel up, 65 down; 0-based */
};

struct decoder {
    struct buf in;    /* bytes not yet cut */
    struct buf token; /* backs token.bytes */
    size_t pos, scanned;
    bool pasting;
    int64_t last_ms; /* when bytes last came */
    int escape_ms;   /* wait after ESC; 0 means 30 */
};

void decoder_fini(struct decoder *d);
void decoder_add(struct decoder *d, const char *bytes, size_t n, int64_t now_ms);

/* Cut the next token; false when more bytes or more time are needed. */
bool decoder_next(struct decoder *d, int64_t now_ms, struct token *out);

/* When decoder_next() should be asked again though no bytes came; -1: never. */
int64_t decoder_deadline(const struct decoder *d);

/* The bytes a terminal sends for a key name, for tests and for feeding readline. False if
 * the name is unknown. */
bool decoder_encode(const char *name, struct buf *out);

#endif
