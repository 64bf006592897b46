/*
 * event - what the engine tells everybody: the screen, `mien exec`, the session log,
 * a sub-agent's parent and the tests. The list is events.def.
 *
 * An event owns its strings; moving one (posting) leaves the sender's zeroed.
 */
#ifndef RUN_EVENT_H
#define RUN_EVENT_H

#include "base/buf.h"
#include "base/error.h"

#define EVENT(NAME, json_name, help) EVENT_##NAME,
enum event_type {
#include "run/events.def"
    EVENT_COUNT
};

#define EVENT(NAME, json_name, help) struct event_##json_name {
#define STR(f) char *f;
#define JSON(f) char *f;
#define INT(f) int64_t f;
#define NUM(f) double f;
#define BOOL(f) bool f;
#define END(NAME) \
    }             \
    ;
#include "run/events.def"

struct event {
    enum event_type type;
    char session[32]; /* id; empty before there is one: an engine that could not start */
    uint64_t seq;     /* grows by one within a session */
    int64_t time_ms;  /* wall clock, since 1970 */
    union {
#define EVENT(NAME, json_name, help) struct event_##json_name json_name;
#include "run/events.def"
    };
};

void event_fini(struct event *ev);
const char *event_name(enum event_type type); /* "tool_call" */
const char *event_help(enum event_type type);

/* Copy every string. */
struct event event_copy(const struct event *ev);

/* One JSON object, no newline: type, session, seq, time, then the fields. NULL strings are
 * left out, empty JSON fields are null. */
void event_to_json(const struct event *ev, struct buf *out);

/* The other way, for replay and folding a child's events. Unknown fields are ignored; an
 * unknown type is ERR_PARSE. */
NODISCARD bool event_from_json(struct event *ev, const char *text, size_t n, struct error *e);

/* Names of the type's fields joined by spaces, for the manual's check. */
void event_field_names(enum event_type type, struct buf *out);

#endif
