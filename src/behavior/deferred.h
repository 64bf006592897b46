/*
 * deferred - behaviors of which a request names the tools in one line, until one of them is
 * wanted: searched for, or called. Then they are offered behind the others, so that what stands
 * before them in the request stays. Thread: engine.
 */
#ifndef BEHAVIOR_DEFERRED_H
#define BEHAVIOR_DEFERRED_H

#include "behavior/instance.h"

/* "start_server, stop_server: what they are for", a line a behavior; also of those offered since,
 * so that the text stands. */
void deferred_list(const struct pipeline *p, struct buf *out);

/* Tools that the query names, else whose words it has: an array of {name, description, parameters};
 * Their behaviors are wanted from now on. */
cJSON *deferred_find(struct pipeline *p, const char *query);

/* Between two requests: offer what is wanted, and what the user chose. True: something that was
 * deferred came. */
bool deferred_settle(struct pipeline *p);

#endif
