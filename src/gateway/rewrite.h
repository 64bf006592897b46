/*
 * rewrite - a client's request body: what it asks for, and the body that goes on.
 *
 * The bytes a client sent are kept: members are found in place, only those that change are
 * written anew (model, merged parameters, instructions, metadata), so numbers, order and
 * escapes of everything else reach the server as they came. Thread: any.
 */
#ifndef GATEWAY_INTAKE_H
#define GATEWAY_INTAKE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/models/models.h"

#define REWRITE_MEMBERS_MAX 1024
#define REWRITE_DEPTH_MAX 512

struct rewrite_member {
    char *key;
    size_t at, len; /* of the value, in the text */
};

struct rewrite {
    const char *text; /* borrowed */
    size_t len;
    VEC(struct rewrite_member) members;
    char *model; /* NULL: none named */
    char *mode;  /* from metadata; NULL: not said, "": none wanted */
    bool stream;
};
void rewrite_fini(struct rewrite *in);

/* ERR_PARSE for what is no JSON object; ERR_DENIED for a body that names a URL. */
NODISCARD bool rewrite_read(struct rewrite *in, const char *text, size_t n, struct error *e);

/* What becomes of the body on its way to one deployment. */
struct outgoing {
    enum route_style style;
    const struct model *model;
    const struct mode *mode; /* NULL: none */
    int64_t lora_slot;
};

/* ERR_CONFIG: an environment variable of the configuration is not set. */
NODISCARD bool rewrite_write(const struct rewrite *in, const struct outgoing *o, struct buf *out,
                             struct error *e);

#endif
