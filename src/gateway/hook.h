/*
 * hook - commands of the user's own that look at what comes through the gateway (struct
 * gateway_hook): those of one event, one after the other, each given the event as one JSON object.
 * They run outside the sandbox, in the directory of their file. Thread: the loop's.
 */
#ifndef GATEWAY_HOOK_H
#define GATEWAY_HOOK_H

#include "base/buf.h"

struct hook_run;
struct loop;

/* A command of the user's own that looks at what comes through. All is borrowed. */
struct gateway_hook {
    const char *event;   /* pre_request, pre_tool, post_response */
    const char *command; /* for the shell */
    const char *dir;     /* it runs there */
    const char *const *tools;
    size_t tool_count; /* of pre_tool: only these; 0: all */
    int64_t timeout_ms;
};

/* In the order in which they run. */
struct gateway_hooks {
    const struct gateway_hook *list;
    size_t count;
};

/* Is there any for this event? */
bool hook_wants(const struct gateway_hooks *h, const char *event);

/*
 * Run those of an event. tool: only those that look at this one; NULL: all. head: members of the
 * event's object, as JSON without braces; taken. body: one more, which a hook may replace by what
 * it prints; NULL: none. done: called from the loop once all have ended; not when that is so at
 * once. The caller frees what is returned, at any time: what runs is ended.
 */
struct hook_run *hook_start(struct loop *loop, const struct gateway_hooks *h, const char *event,
                            const char *tool, char *head, const struct buf *body,
                            void (*done)(void *arg), void *arg);
void hook_free(struct hook_run *r); /* NULL is fine */

bool hook_is_over(const struct hook_run *r);
const char *hook_refusal(const struct hook_run *r); /* why it may not be; NULL: it may. Borrowed */
/* The body that a hook printed instead of the one it was given, taken; false: none did. */
bool hook_take_body(struct hook_run *r, struct buf *out);

#endif
