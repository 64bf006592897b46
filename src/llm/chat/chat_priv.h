/*
 * chat_priv - shared by the files of chat: chat.c frames and ends, chat_delta.c the rules for
 * text and calls, chat_usage.c the numbers, chat_take.c the finished message.
 */
#ifndef LLM_CHAT_PRIV_H
#define LLM_CHAT_PRIV_H

#include "base/mem.h"
#include "llm/chat/chat.h"
#include "llm/chat/text_toolcalls.h"
#include "llm/chat/think.h"
#include "net/sse.h"

struct chat_call {
    int64_t index; /* -1: the server gave none */
    struct buf id, name, args;
    cJSON *extra, *function_extra; /* members to send back, or NULL */
};

struct chat_member {
    char *name;
    struct buf text;
};

/* A string member of `members` that comes in pieces; its item gets the whole at the end. */
struct chat_growing {
    cJSON *item;
    struct buf text;
};

struct chat {
    struct chat_opts o;
    struct sse sse;
    struct buf whole; /* a body that is no stream */
    enum { CHAT_UNKNOWN, CHAT_STREAM, CHAT_WHOLE } framing;
    struct buf text, reasoning;
    size_t shown; /* bytes of text the watch has */
    struct think think;
    struct buf original; /* the text as it came, while `think` parts it */
    struct text_toolcalls markup;
    VEC(struct chat_call *) calls;
    VEC(struct chat_member) strings; /* other string members of the message */
    cJSON *members;                  /* other members of the message */
    VEC(struct chat_growing) growing;
    cJSON *parts;         /* content, when it came as parts */
    char *reasoning_name; /* the member that counts */
    char *finish_word;
    enum llm_finish finish;
    struct llm_usage usage;
    bool done, streamed, showed, failed;
    int64_t payloads;
    struct llm_failure failure;
};

/* ---- chat_delta.c ---- */

/* The delta or the message of the first choice. */
void chat_delta(struct chat *c, const cJSON *delta);

/* No more text comes: whole by itself (not cut), or not. */
void chat_end_text(struct chat *c, bool whole);

/* Put the strings that came in pieces into the message. */
void chat_settle(struct chat *c);

/* Show what is certain of the text; all: everything that is left. */
void chat_show(struct chat *c, bool all);

/* ---- chat_usage.c ---- */

/* usage, x_groq, timings of one chunk. */
void chat_usage(struct chat *c, const cJSON *chunk, const cJSON *choice);

enum llm_finish chat_finish_of(const char *word);

#endif
