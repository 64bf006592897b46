/*
 * family - what is known of each family of models: one row of families.yaml says which dialect it
 * is spoken to in, what it refuses, and what must go back to it.
 *
 * src/llm/families.yaml is compiled in; the rows of the user's file of that name stand behind its
 * own. All rows that fit a model are laid over each other, later over earlier: a row says only what
 * is otherwise. Read when the first model is asked about. Thread: the engine's.
 */
#ifndef LLM_FAMILY_H
#define LLM_FAMILY_H

#include "llm/models/models.h"

/* How the effort is spelled. Each belongs to the dialects that have it: what a row says of one is
 * not sent in another. */
enum effort_spelling {
    EFFORT_NONE,     /* not at all */
    EFFORT_CHAT,     /* reasoning_effort: WORD */
    EFFORT_OBJECT,   /* reasoning: {effort: WORD}: Responses, and chat as OpenRouter has it */
    EFFORT_ADAPTIVE, /* thinking: {type: adaptive}, output_config: {effort: WORD} */
    EFFORT_BUDGET,   /* thinking: {type: enabled, budget_tokens: N} */
    EFFORT_SWITCH,   /* thinking: {type: enabled or disabled} */
    EFFORT_TEMPLATE, /* chat_template_kwargs: {enable_thinking: BOOL} */
    EFFORT_LEVEL,    /* Gemini: thinkingConfig.thinkingLevel */
    EFFORT_TOKENS,   /* Gemini 2.5: thinkingConfig.thinkingBudget */
    EFFORT_THINK,    /* Ollama: think: WORD or BOOL */
};

/* Which assistant messages take their reasoning back, in dialects where it is a member. */
enum reasoning_back { REASONING_NEVER, REASONING_CALLS, REASONING_ALWAYS };

/* Where the volatile tail may stand behind a tool's result. */
enum tail_place {
    TAIL_TOOL,   /* in the text of the last result */
    TAIL_USER,   /* in a user's message, or a text block of the same turn */
    TAIL_SYSTEM, /* in a system message */
};

struct family {
    enum route_style dialect;
    const char *limit;    /* chat's name for the limit of the answer; NULL: none is sent */
    bool limit_renamed;   /* a server taught that name */
    int lessons;          /* how often a server taught anything */
    int proofs;           /* how often a server refused proofs of its own: older ones stay here */
    const char **refused; /* parameters that are not sent; NULL-terminated */
    enum effort_spelling effort[ROUTE_COUNT]; /* by dialect */
    const char **efforts; /* the words it takes, weakest first; NULL-terminated */
    enum reasoning_back reasoning;
    const char *reasoning_must; /* the member that must be there, "" where it was lost; or NULL */
    enum tail_place tail;
    bool cache_marks, cache_request, cache_key, images;
    int64_t output, window;                   /* tokens; 0: not known */
    double price_in, price_out, price_cached; /* money for a million tokens; 0: not known */
    const char **also;                        /* dialects its server speaks too; NULL-terminated */
    const char **betas;                       /* anthropic-beta; NULL-terminated */
    const char *edit; /* which tool it edits files by best, as struct model has it; or NULL */
};

/* Read what there is: families.yaml of the configuration directory too. ERR_CONFIG file:line; the
 * rows compiled in are there in any case. */
NODISCARD bool families_load(struct error *e);
void families_free(void);

/* Never NULL; stays good until families_free(). */
const struct family *family_of(const struct model *m);

/* The dialect a model is spoken to in: the entry's api:, else its family's. */
enum route_style model_dialect(const struct model *m);
/* Does its server speak that dialect, by its entry or by its row? */
bool model_speaks(const struct model *m, enum route_style style);
/* chat, responses, messages, gemini, ollama; -1: none of them. */
int dialect_named(const char *name);

/* Does it take images? supports_vision of its entry, else its row. */
bool model_sees(const struct model *m);

/* The tool of a way to edit, as models.yaml and families.yaml name it; NULL: no such way. */
const char *model_edit_tool(const char *way);

/* The tool it edits files by: the entry's edit:, else its family's; NULL: not said. */
const char *model_edit(const struct model *m);

/* Is a parameter of that name kept from the model, by its family or by its entry? */
bool model_refuses(const struct model *m, const char *name);

/* What a server taught of one model, for as long as the program runs: a parameter that it refuses
 * (name: a constant), or another value of the row. */
void family_refuse(const struct model *m, const char *name);
struct family *family_taught(const struct model *m);

/* How the effort is spelled in the dialect that the model is spoken to in. */
enum effort_spelling family_spelling(const struct model *m);
/* The word for as little thinking as may be; NULL: there is none. */
const char *family_least_effort(const struct model *m);

/* none, low, medium, high or max as this family spells it: the nearest it takes, the word itself
 * where nobody knows what it takes; NULL: no such word. */
const char *family_effort(const struct family *f, const char *effort);

#endif
