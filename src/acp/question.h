/*
 * question - what the agent asks, as a request to the client, and the client's answer as the
 * engine takes it. Thread: the owner's.
 */
#ifndef ACP_QUESTION_H
#define ACP_QUESTION_H

#include "acp/update.h"

/* An open question. {0}: none is. */
struct question {
    int64_t request; /* id of the request to the client; 0: none */
    char *id;        /* the engine's */
    cJSON *choices;
    bool form; /* asked as a form: elicitation/create */
};

void question_fini(struct question *q);

/* Take an APPROVAL. Returns the params of the request, *method its name; the caller's. form: the
 * client shows forms. */
cJSON *question_ask(struct question *q, const struct event_approval *a, const struct update *u,
                    const char *session, bool form, const char **method);

/* The choice that words of the user stand for; NULL: the question takes none. */
const char *question_words_key(const struct question *q);

/* The choice that the client's response stands for: "n" where it is none. *text: what was typed,
 * borrowed; or NULL. */
const char *question_choice(const struct question *q, const cJSON *response, const char **text);

#endif
