/*
 * WorkspaceTaskNotesBehavior - what was done here, in a file that the next session reads: in the
 * state directory, by workspace, or in the workspace itself.
 *
 * An entry is facts first (from the ledger, not from the model), then the agent's last words;
 * a summary follows when nobody waits. Entries are only ever appended, but for the oldest ones,
 * which go when the file has grown large.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/notes.h"

#define HEADING "# Jetbox Notes\n\n"
#define READ_MAX (4 << 20) /* a larger file is not ours to understand: it is only appended to */
#define LARGE (256 << 10)
#define KEPT (128 << 10)
#define GOAL_MAX 300 /* bytes of what the user said once */
#define SAID 10
#define WORDS_MAX 1500
#define COMMANDS 10
#define FILES 20
#define SUMMARY_TOKENS 300

struct params {
    char *location, *file;
    bool summary;
    int64_t max_chars;
};

struct state {
    char *facts; /* of the entry just written, for its summary */
    bool noted;  /* this goal has its entry */
    bool warned; /* that the file is too large */
};

static bool in_workspace(const struct params *p)
{
    return strcmp(p->location, "workspace") == 0;
}

// clang-format off
static const struct opt notes_params[] = {
    {"location", OPT_ENUM, offsetof(struct params, location), .def = "state", .choices = "state|workspace",
     .help = "Where notes are kept: mien's state directory, by workspace, or the workspace itself"},
    {"file", OPT_STR, offsetof(struct params, file), .def = "jetboxnotes.md",
     .help = "In the workspace: their name"},
    {"summary", OPT_BOOL, offsetof(struct params, summary), .def = "true",
     .help = "Let the model add a short summary after the goal's end"},
    {"max_chars", OPT_INT, offsetof(struct params, max_chars), .def = "2000", .min = 200, .max = 100000,
     .unit = "bytes", .help = "Of the end of the notes, how much a goal is shown"},
    {0},
};
// clang-format on

/* ---- reading ---- */

static void notes_warn_large(struct call *c, int64_t bytes)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    AUTO_FREE char *text =
        mem_printf("%s has %lld MB: it is not shown to the model, only added to; move it away to "
                   "begin a new one",
                   p->file, (long long)(bytes >> 20));
    if (!s->warned)
        c->host->notice(c->agent, "warn", text);
    s->warned = true;
}

/* False: there is none, or it cannot be understood whole. */
static bool notes_read(struct call *c, struct buf *text)
{
    const struct params *p = c->params;
    struct file_result r = {0};
    struct error e = {0};
    if (!in_workspace(p))
        return c->host->notes_load(c->agent, text, &e);
    if (!c->host->file_read(c->agent, p->file, READ_MAX, text, &r, &e))
        return false;
    if (r.truncated)
        notes_warn_large(c, r.bytes);
    return !r.truncated;
}

static void notes_goal_start(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    AUTO(buf) text = {0}, shown = {0};
    s->noted = false;
    mem_replace(&s->facts, NULL);
    if (!notes_read(c, &text))
        return;
    notes_show(&text, (size_t)p->max_chars, &shown);
    if (shown.len)
        c->host->note_once(c->agent, buf_cstr(&shown));
}

/* ---- writing ---- */

/* The heading and the newest entries that fit. */
static void notes_shorten(struct buf *text)
{
    AUTO(buf) kept = {0};
    const char *from = notes_tail(text->ptr, text->len, KEPT);
    buf_adds(&kept, HEADING);
    buf_add(&kept, from, text->len - (size_t)(from - text->ptr));
    buf_fini(text);
    *text = kept;
    kept = (struct buf){0};
}

static bool notes_put(struct call *c, const struct buf *text, enum write_how how)
{
    const struct params *p = c->params;
    struct file_result r = {0};
    struct error e = {0};
    if (c->host->file_write(c->agent, p->file, buf_cstr(text), text->len, how, &r, &e))
        return true;
    AUTO_FREE char *why = mem_printf("the notes were not written: %s", e.text);
    c->host->notice(c->agent, "warn", why);
    return false;
}

static bool notes_append_kept(struct call *c, const char *entry)
{
    AUTO(buf) text = {0};
    struct error e = {0};
    if (!c->host->notes_load(c->agent, &text, &e) || text.len == 0)
        buf_adds(&text, HEADING);
    if (text.len > LARGE)
        notes_shorten(&text);
    buf_adds(&text, entry);
    if (c->host->notes_store(c->agent, buf_cstr(&text), text.len, &e))
        return true;
    AUTO_FREE char *why = mem_printf("the notes were not written: %s", e.text);
    c->host->notice(c->agent, "warn", why);
    return false;
}

static bool notes_append(struct call *c, const char *entry)
{
    const struct params *p = c->params;
    AUTO(buf) text = {0}, out = {0};
    struct file_result r = {0};
    struct error e = {0};
    if (!in_workspace(p))
        return notes_append_kept(c, entry);
    bool there = c->host->file_read(c->agent, p->file, READ_MAX, &text, &r, &e);
    if (!there && e.code != ERR_NOT_FOUND) {
        AUTO_FREE char *why = mem_printf("the notes were not written: %s", e.text);
        c->host->notice(c->agent, "warn", why);
        return false;
    }
    if (there && !r.truncated && text.len > LARGE) {
        notes_shorten(&text);
        buf_adds(&text, entry);
        return notes_put(c, &text, WRITE_REPLACE);
    }
    if (!there || r.bytes == 0)
        buf_adds(&out, HEADING);
    buf_adds(&out, entry);
    return notes_put(c, &out, WRITE_APPEND);
}

/* Text of others within an entry: clean, cut, and without headings, which begin entries. */
static void notes_add_words(struct buf *out, const char *text, size_t max)
{
    AUTO_FREE char *clean = sanitize_text(text, 0);
    size_t n = utf8_cut(clean, strlen(clean), max);
    bool cut = clean[n] != '\0';
    clean[n] = '\0';
    while (n > 0 && strchr(" \n", clean[n - 1]))
        clean[--n] = '\0';
    for (const char *p = clean + strspn(clean, " \n"); *p;) {
        size_t len = strcspn(p, "\n");
        bool special = *p == '#' || strncmp(p, "---", 3) == 0;
        buf_addf(out, "%s%.*s\n", special ? "    " : "", (int)len, p);
        p += len + (p[len] == '\n');
    }
    if (cut)
        buf_adds(out, "…\n");
}

/* "2m 5s", as people say it. */
static void notes_add_time(struct buf *out, int64_t ms)
{
    int64_t s = ms / 1000;
    if (s < 60)
        buf_addf(out, "%lld.%llds", (long long)s, (long long)(ms % 1000 / 100));
    else if (s < 3600)
        buf_addf(out, "%lldm %llds", (long long)(s / 60), (long long)(s % 60));
    else
        buf_addf(out, "%lldh %lldm", (long long)(s / 3600), (long long)(s / 60 % 60));
}

/* What the ledger says of this goal. */
struct gather {
    const char *own;                   /* the notes themselves are no change */
    VEC(char *) said, files, commands; /* each file once; all else */
};

static void gather_fini(struct gather *g)
{
    for (size_t i = 0; i < g->files.len; i++)
        free(g->files.ptr[i]);
    for (size_t i = 0; i < g->commands.len; i++)
        free(g->commands.ptr[i]);
    for (size_t i = 0; i < g->said.len; i++)
        free(g->said.ptr[i]);
    VEC_FREE(&g->said);
    VEC_FREE(&g->files);
    VEC_FREE(&g->commands);
}

static void gather_visit(void *arg, const char *kind, const char *detail)
{
    struct gather *g = arg;
    bool file = strcmp(kind, "WRITE") == 0 || strcmp(kind, "APPEND") == 0;
    if (strcmp(kind, "USER") == 0)
        VEC_PUSH(&g->said, sanitize_text(detail, SANITIZE_ONE_LINE));
    if (strcmp(kind, "BASH") == 0 || strcmp(kind, "CHECK") == 0)
        VEC_PUSH(&g->commands, sanitize_text(detail, SANITIZE_ONE_LINE));
    if (!file || strcmp(detail, g->own) == 0)
        return;
    for (size_t i = 0; i < g->files.len; i++)
        if (strcmp(g->files.ptr[i], detail) == 0)
            return;
    VEC_PUSH(&g->files, sanitize_text(detail, SANITIZE_ONE_LINE));
}

static void notes_add_said(struct buf *out, const char *text)
{
    size_t shown = utf8_cut(text, strlen(text), GOAL_MAX);
    buf_addf(out, "%.*s%s\n", (int)shown, text, text[shown] ? "…" : "");
}

static void notes_add_facts(struct buf *out, const struct gather *g, const struct goal_stats *s)
{
    for (size_t i = 0; i < MIN(g->said.len, SAID); i++) {
        buf_adds(out, "- The user said meanwhile: ");
        notes_add_said(out, g->said.ptr[i]);
    }
    buf_adds(out, "- Files changed: ");
    for (size_t i = 0; i < MIN(g->files.len, FILES); i++)
        buf_addf(out, "%s%s", i ? ", " : "", g->files.ptr[i]);
    if (g->files.len > FILES)
        buf_addf(out, " and %zu more", g->files.len - FILES);
    if (!g->files.len) /* what commands changed nobody wrote down */
        buf_adds(out, g->commands.len ? "none by the file tools" : "none");
    buf_addc(out, '\n');
    size_t from = g->commands.len > COMMANDS ? g->commands.len - COMMANDS : 0;
    if (g->commands.len)
        buf_addf(out, "- Commands%s:\n", from ? " (the last ten)" : "");
    for (size_t i = from; i < g->commands.len; i++)
        buf_addf(out, "  - %.200s\n", g->commands.ptr[i]);
    buf_addf(out, "- %lld rounds, ", (long long)s->rounds);
    notes_add_time(out, s->ms);
    buf_addf(out, ", %lld tokens\n", (long long)(s->input + s->output));
}

static void notes_add_heading(struct buf *out, const char *title)
{
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm tm;
    char when[32];
    localtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
    buf_addf(out, "## %s - %s\n\n", title, when);
}

/* The entry without its end; the facts are kept for the summary. */
static void notes_entry(struct call *c, const char *title, const char *first,
                        const struct gather *g, const struct goal_stats *stats, struct buf *out)
{
    struct state *s = c->state;
    AUTO(buf) facts = {0};
    AUTO_FREE char *goal = sanitize_text(c->goal, SANITIZE_ONE_LINE);
    buf_adds(&facts, "Goal: ");
    notes_add_said(&facts, goal);
    buf_addc(&facts, '\n');
    notes_add_facts(&facts, g, stats);
    const char *words = stats->summary && *stats->summary ? stats->summary : stats->answer;
    if (words && *words) {
        buf_addc(&facts, '\n');
        notes_add_words(&facts, words, WORDS_MAX);
    }
    notes_add_heading(out, title);
    buf_adds(out, first);
    buf_adds(out, buf_cstr(&facts));
    buf_adds(out, "\n---\n\n");
    mem_replace(&s->facts, buf_cstr(&facts));
}

static void notes_gather(struct call *c, struct gather *g, struct goal_stats *stats)
{
    const struct params *p = c->params;
    g->own = p->file;
    c->host->ledger_each(c->agent, gather_visit, g);
    c->host->goal_stats(c->agent, stats);
}

/* After the goal's end, while nobody waits: a failure here costs nothing but the summary. */
static void notes_summarise(struct call *c)
{
    struct state *s = c->state;
    struct error e = {0};
    AUTO(buf) out = {0};
    if (!s->facts)
        return;
    AUTO_FREE char *facts = s->facts;
    s->facts = NULL;
    AUTO_FREE char *text =
        c->host->llm_ask(c->agent, c->host->text(c->agent, "workspace_task_notes.summary"), facts,
                         SUMMARY_TOKENS, &e);
    if (!text || text[strspn(text, " \t\r\n")] == '\0')
        return;
    buf_adds(&out, "Summary:\n");
    notes_add_words(&out, text, WORDS_MAX);
    buf_adds(&out, "\n---\n\n");
    notes_append(c, buf_cstr(&out));
}

static bool notes_wants_summary(const struct params *p, const char *status)
{
    static const char *const none[] = {"error", "timeout", "cancelled", "limit"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        if (status && strncmp(status, none[i], strlen(none[i])) == 0)
            return false;
    return p->summary;
}

static void notes_goal_complete(struct call *c, bool success, const char *status)
{
    struct state *s = c->state;
    struct goal_stats stats = {0};
    AUTO(gather) g = {0};
    AUTO(buf) out = {0};
    if (s->noted || !c->goal)
        return;
    s->noted = true;
    notes_gather(c, &g, &stats);
    if (g.files.len == 0 && g.commands.len == 0)
        return; /* nothing was changed */
    AUTO_FREE char *first =
        success ? mem_strdup("") : mem_printf("Ended with status %s.\n\n", status ? status : "?");
    notes_entry(c, success ? "✓ GOAL COMPLETE" : "✗ GOAL FAILED", first, &g, &stats, &out);
    if (notes_append(c, buf_cstr(&out)) && notes_wants_summary(c->params, status))
        c->host->after_goal(c->agent, notes_summarise);
}

static void notes_timeout(struct call *c, double elapsed_s)
{
    struct state *s = c->state;
    struct goal_stats stats = {0};
    AUTO(gather) g = {0};
    AUTO(buf) out = {0};
    if (s->noted || !c->goal)
        return;
    s->noted = true;
    notes_gather(c, &g, &stats);
    AUTO_FREE char *first = mem_printf("TIMEOUT (%.0fs)\n\n", elapsed_s);
    notes_entry(c, "Note", first, &g, &stats, &out);
    notes_append(c, buf_cstr(&out));
}

static void notes_fini(struct call *c)
{
    struct state *s = c->state;
    free(s->facts);
    *s = (struct state){0};
}

const struct behavior behavior_workspace_task_notes = {
    .type = "WorkspaceTaskNotesBehavior",
    .name = "workspace_task_notes",
    .help = "Keep notes of each goal, and show their end to the next session here",
    .aliases = "JetboxNotesBehavior|jetbox_notes",
    .params = notes_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .fini = notes_fini,
    .on_goal_start = notes_goal_start,
    .on_timeout = notes_timeout,
    .on_goal_complete = notes_goal_complete,
};
