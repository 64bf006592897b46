/*
 * syntax - code in colours: one scanner, driven by tables (themes/syntax/NAME.yaml, and files of
 * that form below the user's own themes). A table is read when its language is first met.
 *
 *   names: [c, h]                what a fence or a file's ending calls it
 *   inherit: NAME                begins with another table
 *   line, block                  marks of comments
 *   strings, chars, long         marks of strings within a line, of one character, over several
 *   keyword, type, constant, warn  words; nocase: true, however they are written
 *   ident, sigils                characters that belong to words; that begin a variable
 *   directive                    a mark that makes the first word of a line a keyword
 *   keys                         marks behind a name that make it a key
 *   capital, tags, signs         names with a capital are types; <tags>; lines of a diff
 *
 * What a table does not know is plain: nothing is lost or moved. Thread: UI.
 */
#ifndef UI_SYNTAX_H
#define UI_SYNTAX_H

#include "ui/views/text_wrap.h"

struct syntax;

/* Where the line before ended: {0} outside of everything. */
struct syntax_state {
    uint8_t inside; /* of a comment or string: 1 + its number */
};

/* Where the user's tables lie, or NULL; before the first find. */
void syntax_set_dir(const char *dir);

/* By the name of a language, or of a file (its ending, else its own name). NULL: none. */
const struct syntax *syntax_find(const char *name, size_t n);

/* Append one line of code to out. x NULL: plain, as `code`. */
void syntax_line(const struct syntax *x, struct syntax_state *st, const char *s, size_t n,
                 struct line *out);

/* Forget all tables. */
void syntax_fini(void);

#endif
