#include "session/stats.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/table.h"
#include "base/utf8.h"

#define NAME_BYTES 32

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

/* Names of tasks may be sentences. */
static void name_cell(struct table *t, const char *name)
{
    size_t n = utf8_cut(name, strlen(name), NAME_BYTES);
    table_cell(t, "%.*s%s", (int)n, name, name[n] ? "…" : "");
}

static void mean_cell(struct table *t, const struct stat_row *r)
{
    table_cell(t, "%lld", (long long)(r->first_count ? r->first_ms / r->first_count : 0));
}

static bool was_used(const struct stat_row *r)
{
    for (size_t c = 0; c < COUNT_OF(columns); c++)
        if (value(r, &columns[c]))
            return true;
    return false;
}

static size_t text_kind(const struct stats *s, enum stat_kind kind, struct buf *out)
{
    const char *heads[COUNT_OF(columns) + 4] = {stat_kind_names[kind]};
    size_t n = 1;
    for (size_t c = 0; c < COUNT_OF(columns); c++)
        if (columns[c].head)
            heads[n++] = columns[c].head;
    heads[n++] = "first ms";
    heads[n] = "cost";
    AUTO(table) t = {.heads = heads};
    for (size_t i = 0; i < s->rows.len; i++) {
        const struct stat_row *r = &s->rows.ptr[i];
        if (r->kind != kind || !was_used(r))
            continue;
        name_cell(&t, r->name);
        for (size_t c = 0; c < COUNT_OF(columns); c++)
            if (columns[c].head)
                table_cell(&t, "%lld", (long long)value(r, &columns[c]));
        mean_cell(&t, r);
        table_cell(&t, "%.4f", r->cost);
    }
    table_print(&t, out);
    if (table_rows(&t))
        buf_addc(out, '\n');
    return table_rows(&t);
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
    static const char *const heads[] = {"model@mode", "calls", "errors", "first ms",
                                        "tok/s",      "in",    "cached", "out",
                                        "cost",       "goals", "checks", NULL};
    AUTO(table) t = {.heads = heads};
    for (size_t i = 0; i < s->rows.len; i++) {
        const struct stat_row *r = &s->rows.ptr[i];
        if (r->kind != STAT_MODE)
            continue;
        name_cell(&t, r->name);
        table_cell(&t, "%lld", (long long)r->calls);
        table_cell(&t, "%lld", (long long)r->errors);
        mean_cell(&t, r);
        table_cell(&t, "%.1f", r->model_ms ? (double)r->output * 1000 / (double)r->model_ms : 0);
        table_cell(&t, "%lld", (long long)r->input);
        table_cell(&t, "%lld", (long long)r->cached);
        table_cell(&t, "%lld", (long long)r->output);
        table_cell(&t, "%.4f", r->cost);
        table_cell(&t, "%lld/%lld", (long long)r->goals_done,
                   (long long)(r->goals_done + r->goals_failed));
        table_cell(&t, "%lld/%lld", (long long)r->checks_green,
                   (long long)(r->checks_green + r->checks_red));
    }
    table_print(&t, out);
    if (table_rows(&t) == 0)
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
