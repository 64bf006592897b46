/*
 * request - what a front end asks the engine: the rows of requests.def as types. A front end can
 * do nothing else. A request owns its texts; posting moves them. Thread: any.
 */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

#define REQUEST(NAME, name, WHEN, words, help) REQUEST_##NAME,
enum request_type {
#include "engine/requests.def"
    REQUEST_COUNT
};

enum request_when { REQUEST_NOW, REQUEST_ANY, REQUEST_IDLE };

#define REQUEST(NAME, name, WHEN, words, help) \
    struct req_##name {                        \
        char none; /* a row may have no field */
#define TEXT(f) char *f;
#define NEED(f) char *f;
#define INT(f) int64_t f;
#define BOOL(f) bool f;
#define END(NAME) \
    }             \
    ;
#include "engine/requests.def"

struct request {
    enum request_type type;
    union {
#define REQUEST(NAME, name, WHEN, words, help) struct req_##name name;
#include "engine/requests.def"
    };
};

/* A request whose first texts, in the order of its row, are copies of these; NULL: not given. */
struct request request_of(enum request_type type, const char *first, const char *second);
void request_fini(struct request *r);

const char *request_name(enum request_type type); /* "submit" */
/* "question choice text": names of its fields, appended. */
void request_field_names(enum request_type type, struct buf *out);
const char *request_help(enum request_type type);  /* what it asks for */
const char *request_words(enum request_type type); /* "a goal", for people */
enum request_when request_when(enum request_type type);

/* As one line, "tree op=edit node=3 text=…": for tests and logs. Fields not given are left out. */
void request_describe(const struct request *r, struct buf *out);

/* {"request": "mode", "mode": "formal"}: the row's name, and its fields. A member that no row has,
 * or of another kind, is ERR_USAGE, as is what request_check() refuses; *r is then {0}. */
NODISCARD bool request_from_json(const cJSON *j, struct request *r, struct error *e);

/* Is it of a row, with all it needs? ERR_USAGE says what is missing. */
NODISCARD bool request_check(const struct request *r, struct error *e);

#endif
