/*
 * browser - the user's web browser is sent to an address: by $BROWSER, else xdg-open or open.
 * Thread: any.
 */
#ifndef HOST_BROWSER_H
#define HOST_BROWSER_H

#include "base/error.h"

/* Starts it and does not wait for it. url: http or https. ERR_NOT_FOUND: there is none; the
 * address has to be shown. */
NODISCARD bool browser_open(const char *url, struct error *e);

#endif
