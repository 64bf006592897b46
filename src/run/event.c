#include "run/event.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

enum field_kind { FIELD_STR, FIELD_JSON, FIELD_INT, FIELD_NUM, FIELD_BOOL };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

static const char *const names[] = {
#define EVENT(NAME, json_name, help) #json_name,
#include "run/events.def"
};
static const char *const helps[] = {
#define EVENT(NAME, json_name, help) help,
#include "run/events.def"
};

/* All structs lie at the union's start, so a field's offset is union + offset in its struct. */
#define EVENT(NAME, json_name, help)                         \
    static const struct field *fields_##json_name(size_t *n) \
    {                                                        \
        typedef struct event_##json_name self;               \
        static const struct field rows[] = {
#define ROW(f, kind) {#f, kind, offsetof(self, f)},
#define STR(f) ROW(f, FIELD_STR)
#define JSON(f) ROW(f, FIELD_JSON)
#define INT(f) ROW(f, FIELD_INT)
#define NUM(f) ROW(f, FIELD_NUM)
#define BOOL(f) ROW(f, FIELD_BOOL)
#define END(NAME)        \
    }                    \
    ;                    \
    *n = COUNT_OF(rows); \
    return rows;         \
    }
#include "run/events.def"

static const struct field *(*const fields[])(size_t *n) = {
#define EVENT(NAME, json_name, help) fields_##json_name,
#include "run/events.def"
};

static void *field_at(const struct event *ev, const struct field *f)
{
    return (char *)ev + offsetof(struct event, text) + f->offset;
}

const char *event_name(enum event_type type)
{
    return type < EVENT_COUNT ? names[type] : "?";
}

const char *event_help(enum event_type type)
{
    return type < EVENT_COUNT ? helps[type] : "";
}

void event_field_names(enum event_type type, struct buf *out)
{
    size_t n;
    const struct field *f = fields[type](&n);
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%s", i ? " " : "", f[i].name);
}

void event_fini(struct event *ev)
{
    size_t n;
    const struct field *f = fields[ev->type](&n);
    for (size_t i = 0; i < n; i++)
        if (f[i].kind == FIELD_STR || f[i].kind == FIELD_JSON)
            free(*(char **)field_at(ev, &f[i]));
    *ev = (struct event){.type = ev->type};
}

struct event event_copy(const struct event *ev)
{
    struct event copy = *ev;
    size_t n;
    const struct field *f = fields[ev->type](&n);
    for (size_t i = 0; i < n; i++)
        if (f[i].kind == FIELD_STR || f[i].kind == FIELD_JSON)
            *(char **)field_at(&copy, &f[i]) = mem_strdup(*(char **)field_at(ev, &f[i]));
    return copy;
}

static void event_field_to_json(const struct event *ev, const struct field *f, struct buf *out)
{
    void *at = field_at(ev, f);
    const char *s = f->kind == FIELD_STR || f->kind == FIELD_JSON ? *(char **)at : NULL;
    if (f->kind == FIELD_STR && !s)
        return;
    buf_adds(out, ",\"");
    buf_adds(out, f->name);
    buf_adds(out, "\":");
    switch (f->kind) {
    case FIELD_STR:
        buf_add_json_str(out, s, strlen(s));
        break;
    case FIELD_JSON:
        buf_adds(out, s && *s ? s : "null");
        break;
    case FIELD_INT:
        buf_add_int(out, *(int64_t *)at);
        break;
    case FIELD_NUM:
        buf_addf(out, "%.6g", *(double *)at);
        break;
    case FIELD_BOOL:
        buf_adds(out, *(bool *)at ? "true" : "false");
        break;
    }
}

void event_to_json(const struct event *ev, struct buf *out)
{
    char when[32];
    clock_iso(ev->time_ms, when);
    buf_adds(out, "{\"type\":\"");
    buf_adds(out, event_name(ev->type));
    buf_adds(out, "\",\"session\":");
    buf_add_json_str(out, ev->session, strlen(ev->session));
    buf_adds(out, ",\"seq\":");
    buf_add_int(out, (int64_t)ev->seq);
    buf_adds(out, ",\"time\":\"");
    buf_adds(out, when);
    buf_addc(out, '"');
    size_t n;
    const struct field *f = fields[ev->type](&n);
    for (size_t i = 0; i < n; i++)
        event_field_to_json(ev, &f[i], out);
    buf_addc(out, '}');
}

static void event_field_from_json(struct event *ev, const struct field *f, const cJSON *j)
{
    void *at = field_at(ev, f);
    const cJSON *v = json_get(j, f->name);
    switch (f->kind) {
    case FIELD_STR:
        *(char **)at = mem_strdup(json_str(j, f->name, NULL));
        break;
    case FIELD_JSON:
        *(char **)at = v && !cJSON_IsNull(v) ? json_print(v) : NULL;
        break;
    case FIELD_INT:
        *(int64_t *)at = json_int(j, f->name, 0);
        break;
    case FIELD_NUM:
        *(double *)at = json_num(j, f->name, 0);
        break;
    case FIELD_BOOL:
        *(bool *)at = json_bool(j, f->name, false);
        break;
    }
}

bool event_from_json(struct event *ev, const char *text, size_t n, struct error *e)
{
    AUTO_JSON *j = json_parse(text, n, e);
    if (!j)
        return false;
    const char *name = json_str(j, "type", "");
    enum event_type type = 0;
    while (type < EVENT_COUNT && strcmp(names[type], name) != 0)
        type++;
    if (type == EVENT_COUNT)
        return error_set(e, ERR_PARSE, "no event is called \"%s\"", name);
    *ev = (struct event){.type = type,
                         .seq = (uint64_t)json_int(j, "seq", 0),
                         .time_ms = clock_parse_iso(json_str(j, "time", NULL))};
    snprintf(ev->session, sizeof ev->session, "%s", json_str(j, "session", ""));
    size_t count;
    const struct field *f = fields[type](&count);
    for (size_t i = 0; i < count; i++)
        event_field_from_json(ev, &f[i], j);
    return true;
}
