/*
 * links - where words lead, as a part of their style: terminals that know hyperlinks (OSC 8) make
 * them a thing to click. Thread: UI.
 *
 * A target has a number for as long as the program runs, so that rows which are laid out stay true.
 * The words say where they lead as well: where there are no numbers left, nothing is lost.
 */
#ifndef UI_LINKS_H
#define UI_LINKS_H

#include "base/defs.h"

#define LINK_URL_MAX 2000 /* bytes; terminals take some 2083 */

/* The number of http(s) and mailto addresses, 1 to 255; 0 for others, for what has blanks or
 * control characters in it, and when 255 are known. */
uint8_t link_number(const char *url, size_t n);
/* NULL for a number that nobody was given. Lives as long as the program. */
const char *link_url(uint8_t number);

#endif
