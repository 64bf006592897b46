#include "engine/stats.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

const char *const stat_kind_names[STAT_KIND_COUNT + 1] = {"behaviors", "tools",  "tasks",
                                                          "modes",     "agents", NULL};

/* The numbers of a row, in the order of the table, the CSV and the store. */
static const struct column {
    const char *name, *head;
    size_t offset;
} columns[] = {
    {"calls", "calls", offsetof(struct stat_row, calls)},
    {"errors", "errors", offsetof(struct stat_row, errors)},
    {"retries", "retries", offsetof(struct stat_row, retries)},
    {"input", "in", offsetof(struct stat_row, input)},
    {"cached", "cached", offsetof(struct stat_row, cached)},
    {"output", "out", offsetof(struct stat_row, output)},
    {"first_ms", NULL, offsetof(struct stat_row, first_ms)},
    {"first_count", NULL, offsetof(struct stat_row, first_count)},
    {"model_ms", "model ms", offsetof(struct stat_row, model_ms)},
    {"tool_ms", "tool ms", offsetof(struct stat_row, tool_ms)},
    {"goals_done", NULL, offsetof(struct stat_row, goals_done)},
    {"goals_failed", NULL, offsetof(struct stat_row, goals_failed)},
    {"checks_green", NULL, offsetof(struct stat_row, checks_green)},
    {"checks_red", NULL, offsetof(struct stat_row, checks_red)},
};

static int64_t value(const struct stat_row *r, const struct column *c)
{
    return *(const int64_t *)((const char *)r + c->offset);
}

void stats_fini(struct stats *s)
{
    for (size_t i = 0; i < s->rows.len; i++)
        free(s->rows.ptr[i].name);
    VEC_FREE(&s->rows);
    *s = (struct stats){0};
}

struct stat_row *stats_row(struct stats *s, enum stat_kind kind, const char *name)
{
    s->changes++;
    for (size_t i = 0; i < s->rows.len; i++)
        if (s->rows.ptr[i].kind == kind && strcmp(s->rows.ptr[i].name, name) == 0)
            return &s->rows.ptr[i];
    VEC_PUSH(&s->rows, (struct stat_row){.kind = kind, .name = mem_strdup(name)});
    return &s->rows.ptr[s->rows.len - 1];
}

static void text_head(struct buf *out, const char *kind)
{
    buf_addf(out, "%-30s", kind);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].head)
            buf_addf(out, " %9s", columns[i].head);
    buf_addf(out, " %9s %9s\n", "first ms", "cost");
}

static void text_row(struct buf *out, const struct stat_row *r)
{
    buf_addf(out, "%-30.30s", r->name);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].head)
            buf_addf(out, " %9lld", (long long)value(r, &columns[i]));
    buf_addf(out, " %9lld %9.4f\n", (long long)(r->first_count ? r->first_ms / r->first_count : 0),
             r->cost);
}

static size_t text_kind(const struct stats *s, enum stat_kind kind, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->rows.len; i++) {
        if (s->rows.ptr[i].kind != kind)
            continue;
        if (n++ == 0)
            text_head(out, stat_kind_names[kind]);
        text_row(out, &s->rows.ptr[i]);
    }
    if (n)
        buf_addc(out, '\n');
    return n;
}

bool stats_text(const struct stats *s, const char *only, struct buf *out, struct error *e)
{
    size_t n = 0;
    bool known = !only || !*only;
    for (int k = 0; k < STAT_KIND_COUNT; k++) {
        bool wanted = !only || !*only || strcmp(only, stat_kind_names[k]) == 0;
        known |= wanted;
        if (wanted)
            n += text_kind(s, (enum stat_kind)k, out);
    }
    if (!known)
        return error_set(e, ERR_USAGE,
                         "stats are of behaviors, tools, tasks, modes or agents, not of \"%s\"",
                         only);
    if (n == 0)
        buf_adds(out, "nothing was counted yet\n");
    return true;
}

void stats_modes(const struct stats *s, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->rows.len; i++) {
        const struct stat_row *r = &s->rows.ptr[i];
        if (r->kind != STAT_MODE)
            continue;
        if (n++ == 0)
            buf_addf(out, "%-30s %6s %6s %8s %8s %8s %8s %8s %9s %7s %7s\n", "model@mode", "calls",
                     "errors", "first ms", "tok/s", "in", "cached", "out", "cost", "goals",
                     "checks");
        buf_addf(out,
                 "%-30.30s %6lld %6lld %8lld %8.1f %8lld %8lld %8lld %9.4f %3lld/%-3lld "
                 "%3lld/%-3lld\n",
                 r->name, (long long)r->calls, (long long)r->errors,
                 (long long)(r->first_count ? r->first_ms / r->first_count : 0),
                 r->model_ms ? (double)r->output * 1000 / (double)r->model_ms : 0,
                 (long long)r->input, (long long)r->cached, (long long)r->output, r->cost,
                 (long long)r->goals_done, (long long)(r->goals_done + r->goals_failed),
                 (long long)r->checks_green, (long long)(r->checks_green + r->checks_red));
    }
    if (n == 0)
        buf_adds(out, "no request was counted yet\n");
}

static void csv_text(struct buf *out, const char *s)
{
    buf_addc(out, '"');
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(out, '"');
        buf_addc(out, *s);
    }
    buf_addc(out, '"');
}

void stats_csv(const struct stats *s, const char *only, struct buf *out)
{
    buf_adds(out, "kind,name");
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        buf_addf(out, ",%s", columns[i].name);
    buf_adds(out, ",cost\r\n");
    for (size_t i = 0; i < s->rows.len; i++) {
        const struct stat_row *r = &s->rows.ptr[i];
        if (only && strcmp(only, stat_kind_names[r->kind]) != 0)
            continue;
        buf_addf(out, "%s,", stat_kind_names[r->kind]);
        csv_text(out, r->name);
        for (size_t c = 0; c < COUNT_OF(columns); c++)
            buf_addf(out, ",%lld", (long long)value(r, &columns[c]));
        buf_addf(out, ",%.6f\r\n", r->cost);
    }
}

char *stats_save(const struct stats *s)
{
    AUTO_JSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < s->rows.len; i++) {
        const struct stat_row *r = &s->rows.ptr[i];
        cJSON *o = cJSON_CreateObject();
        json_add_str(o, "kind", stat_kind_names[r->kind]);
        json_add_str(o, "name", r->name);
        for (size_t c = 0; c < COUNT_OF(columns); c++)
            json_add_int(o, columns[c].name, value(r, &columns[c]));
        json_add(o, "cost", cJSON_CreateNumber(r->cost));
        cJSON_AddItemToArray(list, o);
    }
    return json_print(list);
}

static bool load_row(struct stats *s, const cJSON *o)
{
    const char *kind = json_str(o, "kind", "");
    for (int k = 0; k < STAT_KIND_COUNT; k++) {
        if (strcmp(stat_kind_names[k], kind) != 0)
            continue;
        struct stat_row *r = stats_row(s, (enum stat_kind)k, json_str(o, "name", "?"));
        for (size_t c = 0; c < COUNT_OF(columns); c++)
            *(int64_t *)((char *)r + columns[c].offset) += json_int(o, columns[c].name, 0);
        r->cost += json_num(o, "cost", 0);
        return true;
    }
    return false;
}

bool stats_load(struct stats *s, const char *text, struct error *e)
{
    AUTO_JSON *list = json_parse(text, strlen(text), e);
    const cJSON *o;
    if (!list)
        return error_prefix(e, "the saved statistics");
    cJSON_ArrayForEach(o, list)
    {
        (void)load_row(s, o); /* a kind of a later version is left out */
    }
    return true;
}
