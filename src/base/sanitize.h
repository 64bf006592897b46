/*
 * sanitize - makes text from models, tools, files and the net safe to show.
 *
 * Removed: control sequences (CSI, OSC, DCS, SOS, PM, APC) whole, C0 but newline and tab,
 * DEL, C1, bidi controls, zero-width characters, separators, tags, non-characters. Ill-formed
 * UTF-8 becomes U+FFFD. At most 4 combining marks follow a base; a line is broken after
 * 64 kB. A newline, CAN or SUB ends an unterminated string sequence, so that one bad byte
 * cannot swallow what follows.
 *
 * Three properties hold for any input: the output is clean, it does not depend on where the
 * input was cut, and cleaning it again changes nothing.
 */
#ifndef BASE_SANITIZE_H
#define BASE_SANITIZE_H

#include "base/buf.h"

enum {
    SANITIZE_VISIBLE = 1 << 0,   /* show what would be removed as <U+202E>: for approvals */
    SANITIZE_ONE_LINE = 1 << 1,  /* newline and tab become a space */
    SANITIZE_OVERWRITE = 1 << 2, /* a lone CR rewrites its line (progress bars); else dropped */
    SANITIZE_COLORS = 1 << 4,    /* what SGR says of the foreground stays, as characters of its own:
                                    sanitize_color() reads them; nothing else can make one */
    SANITIZE_OWN = 1 << 3,       /* the user's own text: sequences and controls go, nothing else */
};

/* State between chunks; {0} is a fresh one. */
struct sanitizer {
    unsigned char state;
    unsigned char marks; /* combining marks since the last base */
    unsigned char npending;
    char pending[4];           /* start of a character that the next chunk completes */
    unsigned char color, told; /* SANITIZE_COLORS: as it stands, and as was told; SGR_… */
    unsigned char params;      /* of the sequence at hand: how many of sgr are begun */
    short sgr[8];
    bool held_cr; /* a CR whose meaning the next character decides */
    size_t line_bytes;
};

/* A colour of SANITIZE_COLORS: 1 + one of the 16, or SGR_PLAIN; SGR_BOLD added or not. */
#define SGR_PLAIN 0
#define SGR_COLOR 31
#define SGR_BOLD 32
/* Bytes of the mark at s, whose colour goes to *color; 0: there is none. */
size_t sanitize_color(const char *s, unsigned *color);

/* Append the clean form of s to out. With SANITIZE_OVERWRITE the same `out` must be used for
 * all chunks: its last line may be cut. */
void sanitize_add(struct sanitizer *z, const char *s, size_t n, unsigned flags, struct buf *out);

/* The input is over: an unfinished character becomes U+FFFD. Leaves *z fresh. */
void sanitize_end(struct sanitizer *z, unsigned flags, struct buf *out);

/* All at once. NULL gives "". Caller frees. */
char *sanitize_text(const char *s, unsigned flags);

#endif
