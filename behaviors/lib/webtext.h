/*
 * webtext - what a web page says, without what it is made of: HTML to lines of text.
 * Thread: any.
 */
#ifndef BEHAVIORS_LIB_WEBTEXT_H
#define BEHAVIORS_LIB_WEBTEXT_H

#include "base/buf.h"

/* Appends UTF-8. Scripts and styles are left out, headings get "# ", list items "- ", links their
 * address in parentheses where it is a whole one; at most one empty line in a row. Never fails:
 * HTML that is none comes out as it is. */
void webtext_add(struct buf *out, const char *html, size_t n);

#endif
