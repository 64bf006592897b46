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
    G(BOTTOM_LEFT, "└", "`")  \
    G(BOTTOM_RIGHT, "┘", "+") \
    G(TEE_DOWN, "┬", "+")     \
    G(TEE_UP, "┴", "+")       \
    G(TEE_RIGHT, "├", "|")    \
    G(TEE_LEFT, "┤", "+")     \
    G(DONE, "✔", "+")         \
    G(ACTIVE, "▶", ">")       \
    G(PENDING, "○", "o")      \
    G(FAILED, "✗", "x")       \
    G(BLOCKED, "⊘", "#")      \
    G(SKIPPED, "↷", "~")      \
    G(CLAIMED, "◔", "?")      \
    G(OPEN, "▾", "-")         \
    G(CLOSED, "▸", "+")       \
    G(TOOL, "⚙", "*")         \
    G(WRITE, "✎", "*")        \
    G(QUIET, "◦", "-")        \
    G(WARN, "⚠", "!")         \
    G(INFO, "·", "-")         \
    G(BULLET, "•", "*")       \
    G(RULE, "─", "-")         \
    G(HEAVY, "━", "=")        \
    G(AGAIN, "↪", ">")        \
    G(STEER, "↳", ">")        \
    G(TODO, "☐", "[ ]")       \
    G(TICKED, "☑", "[x]")     \
    G(CODE_EDGE, "│", "|")    \
    G(CODE_START, "╭ ", "| ") \
    G(CODE_END, "╰", "|")     \
    G(PROMPT, "›", ">")       \
    G(CHOSEN, "❯", ">")       \
    G(EDGE, "▌", "|")         \
    G(HAIRLINE, "▏", "|")     \
    G(EIGHTH_1, "▏", " ")     \
    G(EIGHTH_2, "▎", " ")     \
    G(EIGHTH_3, "▍", "-")     \
    G(EIGHTH_4, "▌", "-")     \
    G(EIGHTH_5, "▋", "-")     \
    G(EIGHTH_6, "▊", "=")     \
    G(EIGHTH_7, "▉", "=")     \
    G(INTO, "▸", ">")         \
    G(ROUND, "⟳", "r")        \
    G(BAR_FULL, "█", "#")     \
    G(BAR_FREE, "▁", ".")     \
    G(BAR_KEPT, "▁", "_")     \
    G(DOWN, "↓", "v")         \
    G(UP, "↑", "^")           \
    G(DOT, "·", "-")          \
    G(ELLIPSIS, "…", "~")     \
    G(SUM, "Σ", "sum")        \
    G(TIMES, "×", "x")        \
    G(MINUS, "−", "-")        \
    G(PLUS, "+", "+")         \
    G(NOTHING, " ", " ")      \
    G(SKIP, "⋯", "...")       \
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
