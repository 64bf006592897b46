/*
 * glyph - the few signs the screen draws, each with a plain ASCII form for terminals
 * without UTF-8 (or MIEN_ASCII=1).
 */
#ifndef UI_GLYPH_H
#define UI_GLYPH_H

#include "base/defs.h"

/* G(NAME, utf8, ascii): one column each, except where a row says otherwise. */
#define GLYPH_LIST(G)         \
    G(HORIZONTAL, "─", "-")   \
    G(VERTICAL, "│", "|")     \
    G(TOP_LEFT, "┌", "+")     \
    G(TOP_RIGHT, "┐", "+")    \
    G(BOTTOM_LEFT, "└", "+")  \
    G(BOTTOM_RIGHT, "┘", "+") \
    G(TEE_DOWN, "┬", "+")     \
    G(TEE_UP, "┴", "+")       \
    G(TEE_RIGHT, "├", "+")    \
    G(TEE_LEFT, "┤", "+")     \
    G(DONE, "✔", "x")         \
    G(ACTIVE, "▶", ">")       \
    G(PENDING, "○", "o")      \
    G(FAILED, "✗", "!")       \
    G(BLOCKED, "⊘", "#")      \
    G(SKIPPED, "↷", "~")      \
    G(CLAIMED, "◔", "?")      \
    G(OPEN, "▾", "-")         \
    G(CLOSED, "▸", "+")       \
    G(TOOL, "⚙", "*")         \
    G(WRITE, "✎", "*")        \
    G(WARN, "⚠", "!")         \
    G(INFO, "·", "-")         \
    G(BULLET, "•", "*")       \
    G(RULE, "─", "-")         \
    G(CODE_EDGE, "│", "|")    \
    G(CODE_START, "╭ ", "| ") \
    G(CODE_END, "╰", "|")     \
    G(PROMPT, "›", ">")       \
    G(INTO, "▸", ">")         \
    G(ROUND, "⟳", "r")        \
    G(BAR_FULL, "█", "#")     \
    G(BAR_HALF, "▓", "=")     \
    G(BAR_FREE, "░", ".")     \
    G(DOWN, "↓", "v")         \
    G(UP, "↑", "^")           \
    G(DOT, "·", "-")          \
    G(ELLIPSIS, "…", "~")     \
    G(SUM, "Σ", "sum")        \
    G(TIMES, "×", "x")        \
    G(MINUS, "−", "-")        \
    G(SPIN_0, "◐", "|")       \
    G(SPIN_1, "◓", "/")       \
    G(SPIN_2, "◑", "-")       \
    G(SPIN_3, "◒", "\\")

enum glyph {
#define G(name, utf8, ascii) GLYPH_##name,
    GLYPH_LIST(G)
#undef G
        GLYPH_COUNT
};

const char *glyph(enum glyph g);
/* ASCII when the locale is not UTF-8 or MIEN_ASCII=1. */
void glyph_choose(void);

#endif
