/*
 * translate - a client's request to a model of another dialect, and the answer back: decode, turn,
 * encode, with the codecs of src/llm. It knows no socket: bytes of the server go in, bytes for the
 * client come out of tell.out.
 *
 * One for a request; translation_write() again for each deployment that is tried. Thread: the
 * loop's.
 */
#ifndef GATEWAY_TRANSLATE_H
#define GATEWAY_TRANSLATE_H

#include "base/json_walk.h"
#include "gateway/stops.h"
#include "llm/message.h"
#include "llm/models/models.h"
#include "llm/turn/answer.h"
#include "llm/turn/asked.h"
#include "llm/turn/codec.h"
#include "llm/turn/tell.h"

struct translation {
    const struct codec *from, *to; /* the client's dialect, the server's */
    struct asked asked;
    struct llm_request request;
    struct llm_watch watch;
    struct answer *answer; /* of the attempt that runs, or NULL */
    struct tell tell;
    struct buf out; /* for the client; the caller takes it away */
    struct stops stops;
    struct buf held;       /* text behind a call that is not whole yet */
    size_t told;           /* calls of the answer */
    bool calling;          /* the next one is being told, as its arguments come */
    struct json_walk walk; /* of these */
    size_t word;           /* of a custom tool: bytes of these whose text was told */
    bool hold;             /* no call is told before the end: somebody looks at them first */
    bool taken;            /* `reply` is the whole answer */
    struct llm_reply reply;
    char *proof;            /* what the answer goes back with, sealed; NULL: its words are all */
    char *origin;           /* whom the answer's proofs are good for */
    char *model;            /* as the client named it */
    int64_t estimate;       /* tokens of the prompt before any ratio */
    bool again;             /* reasoning comes that was told as text */
    bool over;              /* the client has been told all */
    struct llm_usage usage; /* once it is over */
    enum llm_finish finish;
};

void translation_fini(struct translation *t);

/* Read a body in the client's dialect. model: as the client named it. ERR_PARSE in words for the
 * client. */
NODISCARD bool translation_read(struct translation *t, const struct codec *from, const char *body,
                                size_t n, const char *model, struct error *e);

/* The request for one deployment, into out. slot: llama.cpp's adapter. ratio: of tokens to the
 * estimate, 0: not known. ERR_CONFIG: what it needs is not set. */
NODISCARD bool translation_write(struct translation *t, const struct model *m,
                                 const struct mode *mode, int64_t slot, double ratio,
                                 struct buf *out, struct error *e);

/* Bytes of the server's answer. False: read no further: it failed (translation_failure), or is
 * all there. */
NODISCARD bool translation_feed(struct translation *t, const char *p, size_t n);
/* The same, up to where the client hears of it: its calls stand in t->reply. Again is fine. */
NODISCARD bool translation_take(struct translation *t);
/* The answer is none after all, for this reason. */
void translation_refuse(struct translation *t, const char *why);
/* The server's answer ended as it should. False: it was none; see translation_failure(). */
NODISCARD bool translation_end(struct translation *t);
/* Why the answer failed. */
struct llm_failure translation_failure(const struct translation *t);
/* A frame of an answer came: from here on the client may hear of it. */
bool translation_has_begun(const struct translation *t);
/* Numbers of an overflow that the server did not tell. */
void translation_complete(const struct translation *t, struct llm_failure *f);

#endif
