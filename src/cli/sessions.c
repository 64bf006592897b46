/* mien sessions: what is stored, shown, exported, counted, removed. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "base/sweep.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "session/stats.h"
#include "session/transcript.h"
#include "store/repair.h"
#include "store/store.h"

static const char sessions_usage[] =
    "sessions list | show ID | export ID | log ID | stats [ID] [--csv] | search TEXT | diff ID "
    "[MESSAGE] | rewind ID [MESSAGE] | fork ID | prune [--dry-run] | repair ID | rm ID";

static int list_sessions(const char *dir)
{
    struct store_info *list;
    size_t n;
    struct error e = {0};
    if (!store_list(dir, NULL, &list, &n, &e))
        return cli_fail(&e);
    for (size_t i = 0; i < n; i++) {
        char when[32];
        clock_iso(list[i].updated_ms, when);
        output_text(stdout, "%-26s %.16s %-11s %-40.40s %s\n", list[i].id, when,
                    list[i].state ? list[i].state : "", list[i].title ? list[i].title : "",
                    list[i].workspace ? list[i].workspace : "");
        store_info_fini(&list[i]);
    }
    free(list);
    return CLI_OK;
}

/* The first line of a text that holds the words, from a little before them on; NULL: none. */
static char *line_with(const char *text, const char *words)
{
    const char *hit = text ? strcasestr(text, words) : NULL, *from = hit;
    while (from && from > text && from[-1] != '\n' && hit - from < 30)
        from--;
    AUTO_FREE char *line = from ? mem_strndup(from, strcspn(from, "\n")) : NULL;
    return line ? sanitize_text(line, SANITIZE_ONE_LINE) : NULL;
}

/* Those in which the words were said, by anybody, or that are called so. */
static int search_sessions(const char *dir, const char *words)
{
    struct store_info *list;
    size_t n, hits = 0;
    struct error e = {0};
    if (!store_list(dir, NULL, &list, &n, &e))
        return cli_fail(&e);
    for (size_t i = 0; i < n; i++) {
        AUTO(buf) text = {0};
        int64_t bad = 0;
        char when[32];
        struct error none = {0};
        bool read = transcript_of(dir, list[i].id, &text, &bad, &none);
        AUTO_FREE char *titled = line_with(list[i].title, words);
        AUTO_FREE char *said = read ? line_with(buf_cstr(&text), words) : NULL;
        clock_iso(list[i].updated_ms, when);
        if (titled || said)
            output_text(stdout, "%-26s %.16s %.100s\n", list[i].id, when, titled ? titled : said);
        hits += titled || said;
        store_info_fini(&list[i]);
    }
    free(list);
    return hits ? CLI_OK : CLI_FAILED;
}

/* A session of its own that begins as this one; its id is printed. */
static int fork_session(const char *dir, const char *id)
{
    struct error e = {0};
    char fresh[32];
    store_new_id(fresh);
    struct store *s = store_open(dir, id, false, &e);
    bool ok = s && store_copy(s, fresh, &e);
    store_close(s);
    if (ok)
        output_text(stdout, "%s\n", fresh);
    return ok ? CLI_OK : cli_fail(&e);
}

bool cli_remove_session(const char *dir, const char *id, struct error *e)
{
    AUTO_FREE char *name = mem_printf("rewind/%s", id);
    AUTO_FREE char *kept = file_state_path(name);
    if (!store_remove(dir, id, e))
        return false;
    sweep_tree(kept);
    return true;
}

static int remove_session(const char *dir, const char *id)
{
    struct error e = {0};
    return cli_remove_session(dir, id, &e) ? CLI_OK : cli_fail(&e);
}

static void print_raw(void *arg, int64_t seq, const char *body, size_t n)
{
    output_json(body, n);
}

static int print_session(const char *dir, const char *id, bool raw)
{
    struct error e = {0};
    AUTO(buf) text = {0};
    int64_t bad = 0;
    bool ok = false;
    if (raw) {
        struct store *s = store_open(dir, id, false, &e);
        ok = s && store_each_event(s, print_raw, NULL, &bad, &e);
        store_close(s);
    } else {
        ok = transcript_of(dir, id, &text, &bad, &e);
        output_text(stdout, "%s", buf_cstr(&text));
    }
    if (bad)
        output_text(stderr, "mien: %lld damaged rows were left out\n", (long long)bad);
    return ok ? CLI_OK : cli_fail(&e);
}

static void print_act(void *arg, int64_t time_ms, const char *kind, const char *detail)
{
    AUTO_FREE char *clean = sanitize_text(detail ? detail : "", 0);
    char when[32];
    clock_iso(time_ms, when);
    output_text(stdout, "%.19s %-8s %s\n", when, kind, clean);
}

static int print_log(const char *dir, const char *id)
{
    struct error e = {0};
    struct store *s = store_open(dir, id, false, &e);
    bool ok = s && store_each_ledger(s, print_act, NULL, &e);
    store_close(s);
    return ok ? CLI_OK : cli_fail(&e);
}

/* ---- statistics ---- */

static bool add_stats(struct stats *all, const char *dir, const char *id, struct error *e)
{
    struct store *s = store_open(dir, id, false, e);
    if (!s)
        return false;
    AUTO_FREE char *text = store_get_meta(s, "stats");
    store_close(s);
    return !text || stats_load(all, text, e);
}

/* Every stored session's; one that is in use is left out, and said so. */
static bool add_all_stats(struct stats *all, const char *dir, struct error *e)
{
    struct store_info *list;
    size_t n;
    if (!store_list(dir, NULL, &list, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct error here = {0};
        if (!add_stats(all, dir, list[i].id, &here))
            output_text(stderr, "mien: %s is left out: %s\n", list[i].id, here.text);
        store_info_fini(&list[i]);
    }
    free(list);
    return true;
}

bool cli_stored_stats(struct stats *all, const char *id, struct error *e)
{
    AUTO_FREE char *dir = file_state_path("sessions");
    return id ? add_stats(all, dir, id, e) : add_all_stats(all, dir, e);
}

static int print_stats(const char *dir, const char *id, bool csv)
{
    struct stats all = {0};
    struct error e = {0};
    AUTO(buf) out = {0};
    bool ok = id ? add_stats(&all, dir, id, &e) : add_all_stats(&all, dir, &e);
    if (ok && csv)
        stats_csv(&all, NULL, &out);
    else if (ok)
        ok = stats_text(&all, NULL, &out, &e);
    output_text(stdout, "%s", buf_cstr(&out));
    stats_fini(&all);
    return ok ? CLI_OK : cli_fail(&e);
}

static int repair_session(const char *dir, const char *id)
{
    struct store_repaired r;
    struct error e = {0};
    if (!store_repair(dir, id, &r, &e))
        return cli_fail(&e);
    if (r.whole)
        output_text(stdout, "%s is whole: %lld messages, %lld events\n", id, (long long)r.messages,
                    (long long)r.events);
    else
        output_text(
            stdout,
            "%s has %lld messages and %lld events again; between them %lld are missing; the "
            "damaged file is kept as %s\n",
            id, (long long)r.messages, (long long)r.events, (long long)r.lost, r.kept);
    free(r.kept);
    return CLI_OK;
}

int cli_sessions(struct cli *c)
{
    AUTO_FREE char *dir = file_state_path("sessions");
    const char *verb = cli_verb(c), *arg = c->arg_count > 1 ? c->args[1] : NULL;
    if (strcmp(verb, "list") == 0)
        return list_sessions(dir);
    if (strcmp(verb, "prune") == 0)
        return cli_sessions_prune(c, dir);
    if (strcmp(verb, "stats") == 0)
        return print_stats(dir, arg, c->csv);
    if (!arg)
        return cli_usage(sessions_usage);
    if (strcmp(verb, "search") == 0)
        return search_sessions(dir, arg);
    if (strcmp(verb, "diff") == 0)
        return cli_sessions_diff(c, dir);
    if (strcmp(verb, "rewind") == 0)
        return cli_sessions_rewind(c, dir);
    if (strcmp(verb, "repair") == 0)
        return repair_session(dir, arg);
    if (strcmp(verb, "fork") == 0)
        return fork_session(dir, arg);
    if (strcmp(verb, "show") == 0 || strcmp(verb, "export") == 0)
        return print_session(dir, arg, *verb == 'e');
    if (strcmp(verb, "log") == 0)
        return print_log(dir, arg);
    if (strcmp(verb, "rm") == 0)
        return remove_session(dir, arg);
    return cli_usage(sessions_usage);
}
