/*
 * state - the screen's picture of the engine: what it is, and who owns its parts. It is built
 * from events alone (state_apply.h): replaying recorded events gives the same picture. Every
 * text is sanitised on its way in. Thread: UI.
 */
#ifndef UI_STATE_H
#define UI_STATE_H

#include "base/mem.h"
#include "base/sanitize.h"
#include "run/event.h"
#include "ui/views/markdown.h"
#include "ui/views/text_wrap.h"

enum item_kind {
    ITEM_USER, /* name: how it was sent */
    ITEM_TEXT,
    ITEM_REASONING,
    ITEM_TOOL,
    ITEM_NOTICE,
    ITEM_WARN,
    ITEM_ERROR,
    ITEM_LOOP,
    ITEM_REPORT,  /* name: title */
    ITEM_COMPACT, /* summary: what left the view, text: what is read in its place */
    ITEM_RESULT,  /* name: status, summary: figures */
};

/* Rows an item was broken into; built by item_layout(), released with the item. */
struct item_rows {
    struct text_rows wrapped;
    struct markdown markdown;         /* state after the frozen lines */
    size_t frozen_bytes, frozen_rows; /* finished lines are not rendered again */
    size_t seen_bytes;
    int width;
    uint32_t version;
    bool valid, blank_pending; /* blank lines wait for a line after them */
};

struct item {
    enum item_kind kind;
    char *id, *name, *summary, *outcome, *diff; /* NULL when absent */
    char *verb;                                 /* of a tool, or NULL */
    char *language;                             /* of what it was called with, or NULL */
    bool quiet;                                 /* the tool only looked, or edited the tree */
    struct item *lead; /* quiet calls in a row are told by their first, while that is folded */
    struct item *next; /* the next of them, or NULL */
    char *path;        /* of the file whose text this is, or NULL */
    struct buf text;
    struct sanitizer clean; /* between chunks of text */
    struct markdown start;  /* a text broken in two goes on in its code */
    bool done, ok, unfolded;
    bool asked;  /* a tool that waits for a yes */
    bool broken; /* the attempt that said it broke off: another may say it anew */
    int64_t ms, started_ms;
    int added, removed; /* lines of the diff */
    uint32_t version;   /* grows when more than text was appended */
    struct item_rows rows;
};

struct tree_node {
    int64_t id, parent;
    int depth, children;
    char *kind, *title, *state, *note, *check, *check_state, *reason, *mode, *effort;
    int64_t rounds, max_rounds, tokens;
};

/* A delegate, a server or a command in the background. No string is NULL. */
struct job {
    char *name, *kind, *state, *title, *agent, *model, *action, *session, *workspace, *log;
    int64_t node; /* task a delegate works on; 0: none */
    int64_t tokens, rounds, port, code;
    double cost;
    bool listening;
    int64_t ms, arrived_ms; /* its time when the event came, and when that was */
};

struct choice {
    char *key, *label;
    bool takes_text;
    bool escape; /* what Esc chooses */
};

struct approval {
    char *id, *kind, *title, *detail, *why, *always;
    char *question; /* the title with its lines as asked */
    VEC(struct choice) choices;
    int64_t arrived_ms;
};

struct entry {
    char *name, *help, *value; /* value: what a list shows at the right */
};

#define CATALOG_LIST(C) \
    C(models)           \
    C(modes) C(agents) C(behaviors) C(sessions) C(tools) C(commands) C(files) C(found) C(rewind)
enum catalog {
#define C(name) CATALOG_##name,
    CATALOG_LIST(C)
#undef C
        CATALOG_COUNT
};

typedef VEC(struct entry) entries;
typedef VEC(char *) texts;

struct state {
    VEC(struct item *) items;
    size_t round_first;          /* first item of the running round */
    VEC(struct item *) held;     /* remarks that wait for the end of the words that stream */
    uint64_t lines;              /* grows with every line and item */
    VEC(struct tree_node) nodes; /* depth first */
    int64_t focus;               /* node worked on, 0: none */
    VEC(struct job) jobs;
    VEC(struct approval) approvals; /* the first is asked */
    texts steer, queue;             /* sent, not read yet: for the next round; for after the goal */
    char *taken_back;               /* one of them that comes back to the line; the app takes it */
    entries catalogs[CATALOG_COUNT];

    char *goal, *model_name, *agent, *mode, *route, *sandbox, *policy, *session, *workspace,
        *effort;
    char *name;      /* the user's, of the session; NULL or "": none */
    char *branch;    /* of the workspace's repository; NULL: not known */
    char *model_why; /* why this model, where nobody named one; NULL: it was named */
    bool no_model;   /* none was found: state_lacks_model() */
    char *phase, *phase_detail;
    int64_t phase_since_ms, phase_deadline_ms, phase_attempt;
    int64_t round, max_rounds;
    char *loop_level; /* NULL: no warning stands */
    int64_t loop_count;

    bool has_gauge, gauge_estimated;
    int64_t used, window, reserved, cached;
    int64_t limit_used; /* of the server's limit, percent, once little is left; 0 else */
    bool has_usage, usage_estimated;
    int64_t total_input, total_output, total_cached;
    double total_cost;

    char *answer;  /* the last one, for copying */
    char *summary; /* what the model reads in the place of older messages; NULL: none */
    bool earlier, earlier_asked; /* there is more before the first item; it is on its way */
    bool busy;                   /* a goal runs */
    bool mode_known;
};

void state_init(struct state *st);
void state_fini(struct state *st);

/* Forget what belongs to a session: transcript, tree, jobs, questions. Catalogs stay. */
void state_clear_session(struct state *st);

/* *slot = clean form of text (NULL stays NULL). */
void state_set(char **slot, const char *text);

/*
 * The transcript grows at its end. state_open() begins an item, which text is appended to until
 * state_close() or the next state_open(); state_add() does all of it. Items stay the state's,
 * and where they are until state_clear_session().
 */
struct item *state_open(struct state *st, enum item_kind kind);
void state_append(struct state *st, struct item *it, const char *text); /* text may be NULL */
void state_close(struct state *st); /* no more text comes for the last item */
struct item *state_add(struct state *st, enum item_kind kind, const char *text);
/* A line about something else, of `owner` or NULL: while words stream it stands behind them. */
void state_remark(struct state *st, enum item_kind kind, const char *text, const char *owner);
/* Put the items of `old` in front, which has none then. more: words for the first place, where
 * others are still missing; NULL: none are. */
void state_prepend(struct state *st, struct state *old, const char *more);
struct item *state_last(const struct state *st); /* or NULL */
/* Take away all from the user's nth message on, counted from the end; of those that are there. */
void state_take_back(struct state *st, int64_t turns);

const struct tree_node *state_node(const struct state *st, int64_t id); /* or NULL */
/* Title of the node worked on, or NULL. */
const char *state_active_title(const struct state *st);
void state_node_fini(struct tree_node *n);
void state_tree_clear(struct state *st);

void state_jobs_clear(struct state *st);

/* A question is settled: the next one begins to be asked. id unknown or NULL: nothing. */
void state_approval_done(struct state *st, const char *id);
void state_mark_asked(struct state *st); /* which call waits with the questions */

/* No model was found, and none was taken since: it is the demonstration. */
bool state_lacks_model(const struct state *st);

void state_catalog_clear(entries *list);
void state_texts_clear(texts *list);

/* Did anybody say anything? An empty session is not kept. */
bool state_has_talk(const struct state *st);

#endif
