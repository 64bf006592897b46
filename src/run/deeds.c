#include "run/deeds.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define FILES_MAX 400
#define COMMANDS_MAX 40

static void touched_fini(struct touched *t)
{
    free(t->path);
    VEC_FREE(&t->read);
}

void deeds_fini(struct deeds *d)
{
    for (size_t i = 0; i < d->files.len; i++)
        touched_fini(&d->files.ptr[i]);
    for (size_t i = 0; i < d->commands.len; i++)
        free(d->commands.ptr[i]);
    VEC_FREE(&d->files);
    VEC_FREE(&d->commands);
    *d = (struct deeds){.changes = d->changes + 1};
}

/* The file's entry, moved to the end; made when it is the first time. */
static struct touched *deeds_touch(struct deeds *d, const char *path, size_t n)
{
    struct touched t = {0};
    for (size_t i = 0; i < d->files.len && !t.path; i++) {
        struct touched *f = &d->files.ptr[i];
        if (strncmp(f->path, path, n) != 0 || f->path[n])
            continue;
        t = *f;
        memmove(f, f + 1, (--d->files.len - i) * sizeof *f);
    }
    if (!t.path)
        t.path = mem_strndup(path, n);
    if (d->files.len >= FILES_MAX) {
        touched_fini(&d->files.ptr[0]);
        memmove(d->files.ptr, d->files.ptr + 1, --d->files.len * sizeof *d->files.ptr);
        d->forgotten++;
    }
    VEC_PUSH(&d->files, t);
    return &d->files.ptr[d->files.len - 1];
}

/* Put in order; ranges that meet become one. */
static void touched_read(struct touched *t, int64_t from, int64_t to)
{
    size_t i = 0;
    while (i < t->read.len && t->read.ptr[i].to + 1 < from)
        i++;
    size_t n = i;
    for (; n < t->read.len && t->read.ptr[n].from <= to + 1; n++) {
        from = MIN(from, t->read.ptr[n].from);
        to = MAX(to, t->read.ptr[n].to);
    }
    struct line_range r = {from, to};
    if (n == i) {
        VEC_PUSH(&t->read, r);
        memmove(t->read.ptr + i + 1, t->read.ptr + i, (t->read.len - 1 - i) * sizeof r);
        t->read.ptr[i] = r;
        return;
    }
    t->read.ptr[i] = r;
    memmove(t->read.ptr + i + 1, t->read.ptr + n, (t->read.len - n) * sizeof r);
    t->read.len -= n - i - 1;
}

static void deeds_note_read(struct deeds *d, const char *detail)
{
    const char *lines = strrchr(detail, ' ');
    char *end;
    if (!lines)
        return;
    int64_t from = strtoll(lines + 1, &end, 10);
    int64_t to = *end == '-' ? strtoll(end + 1, &end, 10) : 0;
    if (from > 0 && to >= from && !*end)
        touched_read(deeds_touch(d, detail, (size_t)(lines - detail)), from, to);
}

static void deeds_note_command(struct deeds *d, const char *line)
{
    if (d->commands.len >= COMMANDS_MAX) {
        free(d->commands.ptr[0]);
        memmove(d->commands.ptr, d->commands.ptr + 1, --d->commands.len * sizeof *d->commands.ptr);
        d->forgotten++;
    }
    VEC_PUSH(&d->commands, mem_strdup(line));
}

void deeds_note(struct deeds *d, const char *kind, const char *detail)
{
    bool removed = strcmp(kind, "REMOVE") == 0;
    d->changes++;
    if (strcmp(kind, "READ") == 0) {
        deeds_note_read(d, detail);
    } else if (removed || strcmp(kind, "WRITE") == 0 || strcmp(kind, "APPEND") == 0) {
        struct touched *t = deeds_touch(d, detail, strlen(detail));
        t->changed = true;
        t->removed = removed;
    } else if (strcmp(kind, "BASH") == 0 || strcmp(kind, "CHECK") == 0) {
        deeds_note_command(d, detail);
    } else {
        d->changes--;
    }
}

/* ---- as text ---- */

static void touched_text(const struct touched *t, bool changed, struct buf *out)
{
    buf_adds(out, t->path);
    if (changed && t->removed)
        buf_adds(out, " (removed)");
    for (size_t i = 0; i < t->read.len && !changed; i++)
        buf_addf(out, "%s%lld-%lld", i ? "," : " ", (long long)t->read.ptr[i].from,
                 (long long)t->read.ptr[i].to);
}

/* From the newest on as many as fit, printed oldest first. one: entry i, empty: not of this list.
 */
static void deeds_list(const struct deeds *d, const char *title, size_t count, size_t most,
                       void (*one)(const struct deeds *d, size_t i, struct buf *out),
                       struct buf *out)
{
    size_t from = count, used = 0, older = 0, n = 0;
    for (bool fits = true; from > 0; from -= fits) {
        AUTO(buf) text = {0};
        one(d, from - 1, &text);
        used += text.len ? text.len + 2 : 0;
        fits = used <= most || !n;
        if (!fits)
            break;
        n += text.len > 0;
    }
    for (size_t i = 0; i < from; i++) {
        AUTO(buf) text = {0};
        one(d, i, &text);
        older += text.len > 0;
    }
    if (!n)
        return;
    buf_addf(out, "%s: ", title);
    if (older)
        buf_addf(out, "(%zu older ones not listed) ", older);
    const char *between = "";
    for (size_t i = from; i < count; i++) {
        size_t before = out->len;
        buf_adds(out, between);
        size_t began = out->len;
        one(d, i, out);
        if (out->len == began)
            buf_cut(out, before);
        else
            between = "; ";
    }
    buf_addc(out, '\n');
}

static void one_read(const struct deeds *d, size_t i, struct buf *out)
{
    if (d->files.ptr[i].read.len)
        touched_text(&d->files.ptr[i], false, out);
}

static void one_changed(const struct deeds *d, size_t i, struct buf *out)
{
    if (d->files.ptr[i].changed)
        touched_text(&d->files.ptr[i], true, out);
}

static void one_command(const struct deeds *d, size_t i, struct buf *out)
{
    buf_adds(out, d->commands.ptr[i]);
}

void deeds_add_text(const struct deeds *d, size_t most, struct buf *out)
{
    deeds_list(d, "FILES READ (lines)", d->files.len, most / 2, one_read, out);
    deeds_list(d, "FILES CHANGED", d->files.len, most / 4, one_changed, out);
    deeds_list(d, "COMMANDS", d->commands.len, most / 4, one_command, out);
    if (d->forgotten)
        buf_addf(out, "(%zu more, older, are not known any more)\n", d->forgotten);
}

/* ---- in the session ---- */

char *deeds_save(const struct deeds *d)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *files = cJSON_AddArrayToObject(j, "files");
    cJSON *commands = cJSON_AddArrayToObject(j, "commands");
    for (size_t i = 0; i < d->files.len; i++) {
        const struct touched *t = &d->files.ptr[i];
        cJSON *o = cJSON_CreateObject(), *read = cJSON_CreateArray();
        json_add_str(o, "path", t->path);
        json_add_bool(o, "changed", t->changed);
        json_add_bool(o, "removed", t->removed);
        for (size_t k = 0; k < t->read.len; k++) {
            cJSON_AddItemToArray(read, cJSON_CreateNumber((double)t->read.ptr[k].from));
            cJSON_AddItemToArray(read, cJSON_CreateNumber((double)t->read.ptr[k].to));
        }
        json_add(o, "read", read);
        cJSON_AddItemToArray(files, o);
    }
    for (size_t i = 0; i < d->commands.len; i++)
        cJSON_AddItemToArray(commands, cJSON_CreateString(d->commands.ptr[i]));
    json_add_int(j, "forgotten", (int64_t)d->forgotten);
    return json_print(j);
}

bool deeds_load(struct deeds *d, const char *text, struct error *e)
{
    AUTO_JSON *j = json_parse(text, strlen(text), e);
    const cJSON *o, *r;
    cJSON_ArrayForEach(o, json_get(j, "files"))
    {
        const char *path = json_str(o, "path", "");
        struct touched *t = deeds_touch(d, path, strlen(path));
        t->changed = json_bool(o, "changed", false);
        t->removed = json_bool(o, "removed", false);
        int64_t from = 0;
        cJSON_ArrayForEach(r, json_get(o, "read"))
        {
            int64_t n = cJSON_IsNumber(r) ? (int64_t)r->valuedouble : 0;
            if (from > 0 && n >= from)
                touched_read(t, from, n);
            from = from > 0 ? 0 : n;
        }
    }
    cJSON_ArrayForEach(o, json_get(j, "commands"))
    {
        if (cJSON_IsString(o))
            deeds_note_command(d, o->valuestring);
    }
    d->forgotten = (size_t)MAX(json_int(j, "forgotten", 0), 0);
    return j != NULL;
}
