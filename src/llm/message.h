/*
 * message - the turn model: what is said to a model and what comes back, whatever the provider.
 *
 * Types only, and what frees and keeps them; llm.h has the verbs. A request borrows all it points
 * to, a reply owns all it holds. Thread: the engine's, but for values.
 */
#ifndef LLM_MESSAGE_H
#define LLM_MESSAGE_H

#include "base/defs.h"
#include "base/json.h"

struct call_ids;
struct llm_prefix;
struct model;
struct mode;

enum llm_role { LLM_SYSTEM, LLM_USER, LLM_ASSISTANT, LLM_TOOL };

struct llm_tool_call {
    char *id; /* unique within the session, for ever */
    char *name;
    char *args; /* exact text as the model wrote it */
};

enum llm_part_kind {
    LLM_PART_TEXT,
    LLM_PART_REASONING,
    LLM_PART_CALL,
    LLM_PART_IMAGE,
    LLM_PART_FILE,
    LLM_PART_OTHER /* what only its server understands: a form and nothing else */
};

/*
 * A piece of a message. `form` is the piece as its server wrote it, JSON of that dialect: it goes
 * back byte for byte, for a signature or an encrypted text in it is good for these bytes only. A
 * piece without a form is written anew. All strings may be NULL, and are the part's own.
 */
struct llm_part {
    enum llm_part_kind kind;
    char *text; /* TEXT, REASONING: the words. IMAGE, FILE: the bytes, in base64 */
    char *id;   /* CALL: which of the message's calls. IMAGE: its media type. FILE: the same */
    char *name; /* IMAGE, FILE: what it is called */
    char *form;
    char *key;      /* IMAGE, FILE: by which its bytes are kept with a session, once; or NULL */
    int64_t tokens; /* IMAGE, FILE: estimate */
};

/*
 * The pieces of a message in their order. An assistant's are what its server sent, and say more
 * than its text and its calls: `origin` names the dialect, model and server. For another the
 * message is text and calls only. A user's are what stands beside the text: images and files.
 */
struct llm_parts {
    struct llm_part *ptr;
    size_t count;
    char *origin; /* NULL: nobody's */
};

/* A message of the request. All is borrowed. */
struct llm_message {
    enum llm_role role;
    const char *text;                  /* NULL: none (assistant with calls only) */
    const char *call_id;               /* LLM_TOOL: the call it answers */
    const char *data;                  /* LLM_TOOL: the result as JSON, for a playbook; or NULL */
    const struct llm_tool_call *calls; /* LLM_ASSISTANT */
    size_t call_count;
    struct llm_parts parts; /* count 0: text and calls are all */
};

/* A tool on offer. */
struct llm_tool {
    const char *name, *description, *schema; /* schema: JSON object text */
};

struct llm_request {
    const struct model *model;
    const struct mode *mode; /* NULL: none */
    const struct llm_message *messages;
    size_t message_count;
    const char *tail; /* volatile text: joined to a last user message, else one of its own */
    const struct llm_tool *tools;
    size_t tool_count;
    int64_t max_tokens;  /* of the answer; 0: the model's default */
    double temperature;  /* < 0: not sent */
    const cJSON *params; /* more of the asker's own, in chat's spelling; NULL: none */
    int64_t window;      /* tokens the model reads, as far as it is known; 0: it is not */
    const char *effort;  /* none, low, medium, high, max: how hard to think; NULL: not said */
    const char *goal, *workspace,
        *user;           /* for playbook templates; user: the last text of the user */
    int64_t goal_number; /* 1-based in the session: scopes playbook turns */
    /* The whole conversation, for a provider whose state is in it (playbook); messages is what
     * the model is shown of it. NULL: messages. goal_number 0: a side question. */
    const struct llm_message *history;
    size_t history_count;
    /* Kept by the caller between the requests of one conversation; NULL: all is written anew. While
     * the epoch is the same, the messages of the last request must begin this one, unchanged. */
    struct llm_prefix *prefix;
    uint64_t epoch;
    const struct call_ids *used_ids; /* of the session: new calls get others. NULL: none */
    const char *session;             /* prompt_cache_key where a provider takes one */
    int64_t lora_slot; /* llama.cpp: 1 + id of the mode's adapter; filled by llm_call */
};

struct llm_usage {
    int64_t input, cached, written, output,
        reasoning; /* tokens; cached and written are part of input */
    bool reported; /* by the server; else estimated from text */
};

enum llm_finish {
    LLM_FINISH_NONE,
    LLM_FINISH_STOP,
    LLM_FINISH_LENGTH,
    LLM_FINISH_TOOLS,
    LLM_FINISH_FILTER,
    LLM_FINISH_PAUSE, /* the server asks to be sent its own words back, and goes on */
    LLM_FINISH_UNKNOWN
};
/* "stop" "length" "tool_calls" "filter" "pause" "unknown", "" for none. */
const char *llm_finish_name(enum llm_finish f);

struct llm_reply {
    char *text, *reasoning;      /* NULL when none */
    struct llm_tool_call *calls; /* only those that may run */
    size_t call_count;
    char *void_note;        /* why calls seen in the stream may not run (length, filter), or NULL */
    struct llm_parts parts; /* to send back; none where text and calls are all there is */
    char *stop; /* the stop sequence that ended it, as far as the server says; or NULL */
    enum llm_finish finish;
    struct llm_usage usage;
    int64_t first_token_ms, total_ms; /* -1: no token came */
    int attempts;
    char *url;                    /* the last attempt's, without key */
    const struct model *answered; /* the deployment or fallback asked last; borrowed */
};

/* What happens while llm_call runs. Any slot may be NULL. */
struct llm_watch {
    void *arg;
    void (*text)(void *arg, const char *s, size_t n);
    void (*reasoning)(void *arg, const char *s, size_t n);
    /* A new attempt after partial output: what was shown starts anew. */
    void (*restart)(void *arg);
    /* phase: "connect", "wait" (first byte), "stream", "retry"; wait_ms: the deadline or the
     * countdown, 0: none; detail: cause of the retry or NULL. */
    void (*phase)(void *arg, const char *phase, int64_t wait_ms, int attempt, const char *detail);
};

/* Deadlines in ms, 0: none. */
struct llm_limits {
    int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
    int64_t max_retries;
    int64_t max_retry_wait_ms; /* a server that asks for longer ends the call */
};

void llm_reply_fini(struct llm_reply *r);

void llm_parts_fini(struct llm_parts *p);
/* A new last part; its strings are the caller's to set. Good until the next one. */
struct llm_part *llm_parts_add(struct llm_parts *p, enum llm_part_kind kind);
void llm_parts_drop(struct llm_parts *p); /* the last one; there is one */
/* The part of that call, or NULL. parts: NULL is fine. */
const struct llm_part *llm_parts_of_call(const struct llm_parts *p, const char *id);
/* As they are kept with a session; NULL where there are none. What has a key is kept without its
 * bytes: they stand elsewhere, once. */
cJSON *llm_parts_save(const struct llm_parts *p);
/* What was saved; anything else gives none. */
struct llm_parts llm_parts_load(const cJSON *j);
void llm_calls_free(struct llm_tool_call *calls, size_t n);

#endif
