/*
 * DiagnosticsBehavior - after a file was written a checker looks at it, and what it says that it
 * did not say before joins the result of the call that wrote. Which files were written the ledger
 * tells, so every way of editing counts, whoever has it.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sanitize.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/globs.h"

#define LINES_MAX 20 /* of one run that the model is shown */
#define LINE_MAX 300
#define FILES_MAX 8 /* of one call: a patch over many files is a matter for the build */
#define NOT_RUN 126 /* exit statuses of a shell that could not run it, and more */

struct params {
    cJSON *checks;
    int64_t timeout;
};

/* What the checker said of a file when it ran last: hashes of its lines, without the numbers. */
struct seen {
    char *path;
    int64_t round; /* it ran last */
    VEC(uint64_t) lines;
};

struct state {
    VEC(struct seen) files;
    size_t told;  /* lines of the goal's ledger looked at */
    uint64_t off; /* bit i: check i is not run any more in this session */
};

// clang-format off
static const struct opt diagnostics_params[] = {
    {"checks", OPT_JSON, offsetof(struct params, checks), .def = "[]",
     .help = "List of {glob: PATTERN, command: COMMAND}, at most 64: every one that fits a written file is run, {file} in the "
             "command being its path, else the path comes last"},
    {"timeout", OPT_INT, offsetof(struct params, timeout), .def = "10", .min = 1, .max = 600, .unit = "s",
     .help = "Longest run of a checker; one that takes longer is not run again"},
    {0},
};
// clang-format on

static bool diagnostics_init(struct call *c, struct error *e)
{
    const struct params *p = c->params;
    const cJSON *one;
    int n = 0;
    if (!cJSON_IsArray(p->checks) || cJSON_GetArraySize(p->checks) > 64)
        return error_set(e, ERR_CONFIG, "checks is a list of {glob, command}, at most 64");
    cJSON_ArrayForEach(one, p->checks)
    {
        n++;
        if (!*json_str(one, "glob", "") || !*json_str(one, "command", ""))
            return error_set(e, ERR_CONFIG, "check %d needs a glob and a command", n);
    }
    return true;
}

static void diagnostics_start(struct call *c)
{
    struct state *s = c->state;
    s->told = 0;
    for (size_t i = 0; i < s->files.len; i++)
        s->files.ptr[i].round = 0;
}

static struct seen *diagnostics_of(struct state *s, const char *path)
{
    for (size_t i = 0; i < s->files.len; i++)
        if (strcmp(s->files.ptr[i].path, path) == 0)
            return &s->files.ptr[i];
    VEC_PUSH(&s->files, (struct seen){.path = mem_strdup(path)});
    return &s->files.ptr[s->files.len - 1];
}

/* A line that only moved is no news. */
static uint64_t diagnostics_hash(const char *line, size_t n)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < n; i++)
        if (line[i] < '0' || line[i] > '9')
            h = (h ^ (unsigned char)line[i]) * UINT64_C(1099511628211);
    return h;
}

static bool diagnostics_knew(const struct seen *f, size_t known, uint64_t h)
{
    for (size_t i = 0; i < known; i++)
        if (f->lines.ptr[i] == h)
            return true;
    return false;
}

/* The lines that are new go to out; `known` of f->lines are from the run before. */
static void diagnostics_take(struct seen *f, size_t known, const char *text, size_t *shown,
                             struct buf *out)
{
    AUTO_FREE char *clean = sanitize_text(text, 0);
    for (const char *p = clean; *p;) {
        size_t n = strcspn(p, "\n");
        uint64_t h = diagnostics_hash(p, n);
        if (strspn(p, " \t") < n && !diagnostics_knew(f, known, h) && (*shown)++ < LINES_MAX)
            buf_addf(out, "%.*s\n", (int)utf8_cut(p, n, LINE_MAX), p);
        VEC_PUSH(&f->lines, h);
        p += n + (p[n] == '\n');
    }
}

/* Said once: it is no fault of the edit, and the next one would only say it again. */
static void diagnostics_give_up(struct call *c, int check, const char *command,
                                const struct command_result *r)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    AUTO_FREE char *text =
        r->timed_out
            ? mem_printf("the checker \"%s\" took longer than %lld s (timeout); it is not "
                         "run any more",
                         command, (long long)p->timeout)
            : mem_printf("the checker \"%s\" could not be run (%s); it is left out", command,
                         *r->note            ? r->note
                         : r->code > NOT_RUN ? "is it installed?"
                                             : "it may not be executed");
    s->off |= UINT64_C(1) << check;
    c->host->notice(c->agent, "warn", text);
}

/* 'it''s' for a shell. */
static char *diagnostics_quoted(const char *path)
{
    AUTO(buf) out = {0};
    buf_addc(&out, '\'');
    for (; *path; path++)
        buf_adds(&out, *path == '\'' ? "'\\''" : (char[]){*path, '\0'});
    buf_addc(&out, '\'');
    return buf_take(&out);
}

static void diagnostics_run(struct call *c, int check, const char *command, struct seen *f,
                            size_t known, size_t *shown, struct buf *out)
{
    const struct params *p = c->params;
    AUTO_FREE char *file = diagnostics_quoted(f->path);
    AUTO(buf) line = {0};
    struct command_result r = {0};
    TEXT_FILL(&line, command, {"file", file});
    if (!strstr(command, "{file}"))
        buf_addf(&line, " %s", file);
    c->host->command_run(
        c->agent,
        &(struct command_spec){.command = buf_cstr(&line), .timeout_ms = p->timeout * 1000}, &r);
    if (r.cancelled) {
        /* the goal is stopped: nobody reads on */
    } else if (r.refused || r.timed_out || r.code < 0 || r.code == NOT_RUN ||
               r.code == NOT_RUN + 1) {
        diagnostics_give_up(c, check, command, &r);
    } else {
        diagnostics_take(f, known, buf_cstr(&r.out), shown, out);
    }
    command_result_fini(&r);
}

static void diagnostics_check(struct call *c, const char *path, struct buf *out)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    struct seen *f = diagnostics_of(s, path);
    size_t known = f->lines.len, shown = 0;
    const cJSON *one;
    int i = 0;
    if (f->round == c->round)
        return;
    f->round = c->round;
    AUTO(buf) said = {0};
    cJSON_ArrayForEach(one, p->checks)
    {
        bool off = s->off >> i & 1;
        if (!off && glob_matches(json_str(one, "glob", ""), path))
            diagnostics_run(c, i, json_str(one, "command", ""), f, known, &shown, &said);
        i++;
    }
    if (known)
        memmove(f->lines.ptr, f->lines.ptr + known, (f->lines.len - known) * sizeof *f->lines.ptr);
    f->lines.len -= known;
    if (shown)
        buf_addf(out, "[new from the checker of %s]\n%s", path, buf_cstr(&said));
    if (shown > LINES_MAX)
        buf_addf(out, "(%zu more lines)\n", shown - LINES_MAX);
}

/* Files written since the ledger was looked at last, each once. */
struct written {
    size_t at, from;
    const char *paths[FILES_MAX];
    size_t count;
};

static void written_visit(void *arg, const char *kind, const char *detail)
{
    struct written *w = arg;
    bool file = strcmp(kind, "WRITE") == 0 || strcmp(kind, "APPEND") == 0;
    if (w->at++ < w->from || !file || w->count >= FILES_MAX)
        return;
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->paths[i], detail) == 0)
            return;
    w->paths[w->count++] = detail;
}

static void diagnostics_amend(struct call *c, const char *tool, const cJSON *args,
                              const cJSON *result, struct buf *out)
{
    struct state *s = c->state;
    struct written w = {.from = s->told};
    char *paths[FILES_MAX];
    c->host->ledger_each(c->agent, written_visit, &w);
    s->told = w.at;
    /* Copies: the checkers' own lines may move the ledger. */
    for (size_t i = 0; i < w.count; i++)
        paths[i] = mem_strdup(w.paths[i]);
    for (size_t i = 0; i < w.count; i++) {
        diagnostics_check(c, paths[i], out);
        free(paths[i]);
    }
}

static void diagnostics_fini(struct call *c)
{
    struct state *s = c->state;
    for (size_t i = 0; i < s->files.len; i++) {
        free(s->files.ptr[i].path);
        VEC_FREE(&s->files.ptr[i].lines);
    }
    VEC_FREE(&s->files);
}

const struct behavior behavior_diagnostics = {
    .type = "DiagnosticsBehavior",
    .name = "diagnostics",
    .help = "Run checkers over files that were written; what they newly say joins the result",
    .params = diagnostics_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .init = diagnostics_init,
    .fini = diagnostics_fini,
    .on_goal_start = diagnostics_start,
    .amend_result = diagnostics_amend,
};
