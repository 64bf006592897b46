/*
 * codec - what a dialect does: write a request, read an answer. One constant of functions each,
 * in a room of its own (chat, messages, responses, gemini, ollama); body.h and answer.h do what
 * they have in common. The other way round, for the gateway, asked.h reads a request in and tell.h
 * tells an answer.
 *
 * A request is laid out so that it grows only at its end. begin() writes what stands before the
 * messages, up to and with the bracket that opens them; messages() a run of them, with the comma
 * before all but the first; end() what closes. Of the messages, lasting() says how many will be
 * written the same in the next request: those are kept (llm_prefix) and not written again.
 */
#ifndef LLM_CODEC_H
#define LLM_CODEC_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "llm/message.h"

struct answer;
struct asked;
struct tell_dialect;

/* What the frames of an answer's stream are. */
enum framing { FRAMING_EVENTS, FRAMING_LINES };

struct codec {
    const char *name;
    /* What a proof is good for: this server and this model, not every one that is called so. */
    bool sealed;

    /* ---- a request ---- */

    /* head: the parameters, merged and in chat's spelling; the codec spells them anew. */
    void (*begin)(const struct llm_request *r, cJSON *head, struct buf *out);
    size_t (*lasting)(const struct llm_request *r);
    /* Messages that are written as one stand in one unit: its first, for the one at i. lasting()
     * and the runs of messages() end where units do. */
    size_t (*unit)(const struct llm_request *r, size_t i);
    /* Messages from..to; the last ones with the tail, when to is their count. *tail_at: bytes of
     * out that stay the same in the next request, if that is fewer than all. */
    void (*messages)(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                     size_t *tail_at);
    const char *end;
    /* Members of the request that are the codec's own: nobody's parameters replace them. */
    const char *const *own; /* NULL-terminated */

    /* ---- an answer ---- */

    enum framing framing;
    size_t state_size;              /* of answer->own, zeroed */
    void (*fini)(struct answer *a); /* what own holds; NULL: nothing */
    /* Names of events that say nothing to us: they count as a sign of life and are not parsed.
     * NULL: there are none; else NULL-terminated. */
    const char *const *idle;
    /* A frame without what it only says again, into out; false: take it as it came. NULL: none
     * does. */
    bool (*brief)(struct answer *a, const char *event, const char *text, size_t n, struct buf *out);
    /* One frame, parsed, and as it came. False: the answer failed. */
    bool (*frame)(struct answer *a, const char *event, const cJSON *j, const char *text, size_t n);
    /* A body that is no stream: true if it is a whole answer, and taken in. */
    bool (*whole)(struct answer *a, const cJSON *j, const char *text, size_t n);
    /* The answer has ended well: what is to be made of its calls' arguments. NULL: nothing. */
    void (*settle)(struct answer *a);
    /* What goes back of it, once calls have their ids: into out->parts. NULL: nothing does. */
    void (*parts)(struct answer *a, struct llm_reply *out);
    /* The member that its reasoning stands in, where it is a member of the message; else NULL.
     * NULL: it never is. */
    const char *(*reasoning_member)(const struct answer *a);

    /* ---- to a client that speaks it; NULL: there is none ---- */

    /* A request's body. ERR_PARSE: what is asked for is not to be had, in words for the client. */
    bool (*asked)(struct asked *a, const cJSON *body, struct error *e);
    const struct tell_dialect *tell;
};

#endif
