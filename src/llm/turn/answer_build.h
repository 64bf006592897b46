/*
 * answer_build - for codecs: an answer while it is put together, and its calls and its end. Text
 * and reasoning are taken in by answer_text.h.
 */
#ifndef LLM_ANSWER_BUILD_H
#define LLM_ANSWER_BUILD_H

#include "base/mem.h"
#include "llm/turn/answer.h"
#include "llm/turn/text_toolcalls.h"
#include "llm/turn/think.h"
#include "net/sse.h"

struct answer_call {
    int64_t index; /* the codec's number for it; -1: the server gave none */
    struct buf id, name, args;
    void *own; /* the codec's */
};

struct answer {
    const struct codec *codec;
    void *own; /* the codec's: state_size bytes */
    struct answer_opts o;
    struct sse sse;
    struct buf whole; /* a body that is no stream, or a line that is not whole */
    enum { ANSWER_UNKNOWN, ANSWER_STREAM, ANSWER_WHOLE } framing;
    struct buf text, reasoning;
    size_t shown;         /* bytes of text the watch has */
    bool named_reasoning; /* the server parts reasoning itself: none is looked for in the text */
    struct think think;
    struct buf original; /* the text as it came, while `think` parts it */
    struct text_toolcalls markup;
    VEC(struct answer_call *) calls;
    enum llm_finish finish;
    struct llm_usage usage;
    bool told_finish; /* by the server, in so many words */
    bool done, streamed, failed;
    int64_t payloads;
    char *stop; /* the stop sequence that ended it, as far as the server says */
    struct llm_failure failure;
};

/* The answer failed; returns false. */
bool answer_fail(struct answer *a, enum llm_class c, const char *text);
/* The same, of an error object or a frame that holds one. */
bool answer_fail_json(struct answer *a, const cJSON *j);
struct answer_call *answer_call_new(struct answer *a, int64_t index);
/* The newest call of that index, or NULL. */
struct answer_call *answer_call_at(struct answer *a, int64_t index);
/* What the server's word for the end means; NULL and "" say nothing. */
void answer_finish(struct answer *a, const char *word);

#endif
