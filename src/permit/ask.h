/*
 * ask - questions to the user: told as an event, answered by a request, waited for in line.
 *
 * One question is open at a time. Where nobody can answer, `possible` is false and the answer is
 * no. The user's thinking is not the goal's time: `clock` is told when it begins and ends.
 * Thread: engine.
 */
#ifndef PERMIT_ASK_H
#define PERMIT_ASK_H

#include "run/outbox.h"
#include "run/reactor.h"

/* What is asked. Strings are borrowed during the call. */
struct ask {
    const char *kind; /* command write loop confirm question */
    const char *title, *detail, *why;
    const char *always;  /* what "s" would allow from now on; NULL: no such choice */
    const char *choices; /* JSON array, or NULL: yes, session, no */
};

struct asker {
    struct reactor *reactor;
    struct outbox *out;
    bool possible; /* a user can answer */
    char *without; /* --ask, where nobody can: "fail", "first", "stdin" */
    char *id;      /* of the open question, by chance: no other ever has it; NULL: none is open */
    char *choice, *text; /* its answer, once given */
    char *words;         /* what the user answered, not yet taken; NULL: nothing */
    void (*clock)(void *arg, bool runs, int64_t waited_ms); /* the goal's; may be NULL */
    void *arg;
};

void asker_fini(struct asker *k);

/* Ask and wait. Returns the key chosen: "n" when nobody can answer, a question is open already,
 * or a stop came. *text (may be NULL) gets what was typed. Caller frees both. MAY WAIT. */
char *ask_user(struct asker *k, const struct ask *q, char **text);

/* Answers in the user's own words, with what was asked: kept until the conversation takes them.
 * Caller frees; NULL: there are none. ask_user() notes what was typed. */
void ask_note_words(struct asker *k, const char *question, const char *words);
char *ask_take_words(struct asker *k);

/* The answer to the open question. False: no such question is open. Strings are borrowed. */
bool ask_answer(struct asker *k, const char *id, const char *choice, const char *text);

#endif
