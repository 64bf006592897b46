/*
 * tell - an answer as a client hears it, in the dialect that it asked in: pieces come in as they
 * are known, and go out as the events of that dialect, or, to who wants no stream, whole at the
 * end.
 *
 * Exactly one item is open at a time: what is of another kind closes it first, and then goes out.
 * Codecs say how (their _told.c, struct tell_dialect). Thread: any.
 */
#ifndef LLM_TELL_H
#define LLM_TELL_H

#include "llm/failure.h"
#include "llm/turn/asked.h"

enum tell_kind { TELL_TEXT, TELL_REASONING, TELL_CALL, TELL_SEAL };

struct tell_item {
    enum tell_kind kind;
    struct buf text; /* words; of a call: its arguments, or the text of a custom one */
    char *id;        /* CALL: the call's. Else the codec's to set */
    char *name;      /* CALL: as the client calls it */
    const struct asked_tool *tool; /* CALL: NULL, if it is not on offer */
    bool cut;                      /* CALL: it was told in part, and the rest never came */
    char *seal;                    /* REASONING: of its words. SEAL: the word itself */
};

struct tell;

/* How an answer ended. */
struct tell_end {
    enum llm_finish finish;
    struct llm_usage usage; /* never all 0 */
    const char *stop;       /* the stop sequence that ended it, or NULL */
    bool full;              /* prompt and answer fill the window */
    const char *why;        /* of a refusal, or NULL */
};

struct tell_dialect {
    const char *ping;
    bool seals_last;  /* a seal may be the last item: no client takes it for the answer */
    bool calls_whole; /* a call is one event: there are no pieces of it */
    void (*begin)(struct tell *t);
    void (*open)(struct tell *t, struct tell_item *it);
    void (*piece)(struct tell *t, const struct tell_item *it, const char *s, size_t n);
    void (*close)(struct tell *t, const struct tell_item *it);
    void (*end)(struct tell *t, const struct tell_end *e);
    void (*whole)(struct tell *t, const struct tell_end *e);
    /* The body of an error; returns the HTTP status. */
    int (*refuse)(const struct llm_failure *f, struct buf *body);
    /* The same in a stream that has begun. */
    void (*fail)(struct tell *t, const struct llm_failure *f);
};

struct tell {
    const struct tell_dialect *as;
    const struct asked *asked; /* borrowed */
    struct buf *out;           /* borrowed: bytes for the client */
    const char *model;         /* borrowed: as the client named it */
    char id[21];               /* random letters and digits */
    int64_t created;           /* seconds since 1970 */
    int64_t prompt;            /* tokens, estimated: what is said before the server has counted */
    bool stream, begun, ended;
    bool open; /* the last item is */
    VEC(struct tell_item *) items;
    int64_t sequence; /* Responses counts its events */
    size_t calls;
};

void tell_init(struct tell *t, const struct tell_dialect *as, const struct asked *asked,
               const char *model, struct buf *out);
void tell_fini(struct tell *t);

void tell_begin(struct tell *t); /* at the latest with the first piece; again is fine */
void tell_text(struct tell *t, const char *s, size_t n);
void tell_reasoning(struct tell *t, const char *s, size_t n);
/* seal: of the reasoning that is open, to be said when it closes. Taken. */
void tell_reasoning_seal(struct tell *t, char *seal);
/* A whole call: its arguments are a JSON object. */
void tell_call(struct tell *t, const struct llm_tool_call *c);
/* The same in pieces, where the dialect has them: of its arguments, of a custom one of its text. */
void tell_call_begin(struct tell *t, const char *id, const char *name);
void tell_call_piece(struct tell *t, const char *s, size_t n);
void tell_call_end(struct tell *t, bool cut);
void tell_seal(struct tell *t, char *seal); /* taken */
void tell_ping(struct tell *t);             /* nothing new, but it still runs */
void tell_end(struct tell *t, const struct tell_end *e);
/* In a stream that has begun. */
void tell_fail(struct tell *t, const struct llm_failure *f);

/* ---- for codecs ---- */

/* event: NAME (NULL: none) and data: JSON. */
void tell_event(struct tell *t, const char *event, const cJSON *j);
/* The same around a text that is one member of many pieces: before"text"after. */
void tell_piece(struct tell *t, const char *event, const char *before, const char *s, size_t n,
                const char *after);
/* All texts of that kind, joined. Caller frees; NULL where there is none. */
char *tell_joined(const struct tell *t, enum tell_kind kind);

/* {message, type, param, code}; and tell_dialect.refuse with it. */
cJSON *tell_openai_error(const struct llm_failure *f);
int tell_openai_refuse(const struct llm_failure *f, struct buf *body);

#endif
