/*
 * asked - what a client asks for, read from a body in its dialect: a turn that any codec can write
 * for a server of another. Codecs read it in with the verbs below (their _asked.c), the gateway
 * makes the request of it.
 *
 * All in it is its own. Thread: any.
 */
#ifndef LLM_ASKED_H
#define LLM_ASKED_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/call_ids.h"
#include "llm/message.h"

struct asked_message {
    enum llm_role role;
    struct buf text;
    char *call_id; /* LLM_TOOL */
    VEC(struct llm_tool_call) calls;
    struct llm_parts parts;
    bool late; /* the system's word in the middle of the conversation, as a user's */
};

/* A tool of the client, and what the model is told of it. */
struct asked_tool {
    char *name;   /* for the model: what every server takes */
    char *theirs; /* for the client */
    char *space;  /* the namespace that it stands in there, or NULL */
    char *description, *schema;
    bool custom; /* it takes text, which the model writes as {"input": "…"} */
};

struct asked {
    char *model; /* NULL: not named */
    bool stream;
    bool array;    /* gemini: the stream is one JSON array, and not events */
    bool usage;    /* chat: numbers at the end of the stream are wanted */
    cJSON *params; /* in chat's spelling */
    int64_t limit; /* tokens of the answer, 0: not said */
    char *effort;  /* none, low, medium, high, max; NULL: not said */
    char *session; /* one word for one conversation, or NULL */
    VEC(char *) stops;
    VEC(struct asked_message *) messages;
    VEC(struct asked_tool *) tools;
    struct buf notes;    /* what has no form elsewhere and was left out, a line each */
    struct call_ids ids; /* of all calls in it */

    /* of asked_fill() */
    struct llm_message *list;
    struct llm_tool *offered;
    VEC(char *) joined;
};
void asked_fini(struct asked *a);

/* ---- reading it in; NULL texts are none ---- */

void asked_note(struct asked *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Before the model's first word it joins the first system message; later ones stay where they
 * stand. */
void asked_system(struct asked *a, const char *text);
/* The last message, if it is of that role, else a new one. Good until the next. */
struct asked_message *asked_user(struct asked *a);
struct asked_message *asked_assistant(struct asked *a);
struct asked_message *asked_result(struct asked *a, const char *call_id);
/* Append to its text, with `between` before all but the first. */
void asked_say(struct asked_message *m, const char *text, const char *between);
/* args: JSON text of an object, or what was meant as such. */
void asked_call(struct asked *a, struct asked_message *m, const char *id, const char *name,
                const char *space, const char *args);
/* An image or a file: base64 and media type, or a URL (type NULL). */
void asked_show(struct asked *a, struct asked_message *m, enum llm_part_kind kind, const char *type,
                const char *data, const char *name);
/* The same of a URL, which may be data:TYPE;base64,… */
void asked_show_url(struct asked *a, struct asked_message *m, enum llm_part_kind kind,
                    const char *url, const char *name);
/* Reasoning that comes back, with the word it was sealed with; either may be NULL. */
void asked_reason(struct asked_message *m, const char *words, const char *seal);
/* schema: NULL takes any object. */
struct asked_tool *asked_offer(struct asked *a, const char *name, const char *space,
                               const char *description, const cJSON *schema);
/* Free text, with what its grammar says. */
void asked_offer_custom(struct asked *a, const cJSON *tool);
void asked_stop(struct asked *a, const cJSON *stop); /* a string or a list of them */
/* Copy a parameter under another name, where it is there. */
void asked_param(struct asked *a, const cJSON *body, const char *from, const char *to);
/* {"response_format": {"type": "json_schema", …}} */
void asked_format(struct asked *a, const char *name, const cJSON *schema, const cJSON *strict);
/* Chat's tool_choice of a word, or of one function. */
void asked_choice(struct asked *a, const char *word, const char *function);

/* All is read: results stand behind their calls, one each, in their order. */
void asked_settle(struct asked *a);

/* ---- using it ---- */

/* The name for the model of one of the client's. Borrowed. */
const char *asked_name(struct asked *a, const char *theirs, const char *space);
/* The tool that the model names; NULL: it is not on offer. */
const struct asked_tool *asked_tool(const struct asked *a, const char *name);

/* Make the request of it for one model in one mode (NULL: none). What it points to is the turn's;
 * again for another model is fine. takes_system: a system message may stand in the middle. */
void asked_fill(struct asked *a, const struct model *m, const struct mode *mode, bool takes_system,
                struct llm_request *out);

#endif
