#include "behavior/render.h"

#include <string.h>

#include "base/mem.h"

static void add_scalar(struct buf *out, const cJSON *v)
{
    AUTO_FREE char *text = cJSON_IsString(v) ? NULL : json_print(v);
    buf_adds(out, text ? text : v->valuestring);
}

static void add_line(struct buf *out, const cJSON *v)
{
    add_scalar(out, v); /* json_print is compact for what nests */
    if (out->len && out->ptr[out->len - 1] != '\n')
        buf_addc(out, '\n');
}

static void add_member(struct buf *out, const cJSON *m)
{
    const cJSON *item;
    bool block = cJSON_IsString(m) && strchr(m->valuestring, '\n');
    if (cJSON_IsArray(m) && !m->child) {
        buf_addf(out, "%s: none\n", m->string);
        return;
    }
    buf_addf(out, "%s:%s", m->string, block || cJSON_IsArray(m) ? "\n" : " ");
    if (!cJSON_IsArray(m)) {
        add_line(out, m);
        return;
    }
    cJSON_ArrayForEach(item, m) add_line(out, item);
}

/* What everybody may add to an answer, and what is said another way. */
static bool is_common(const char *name)
{
    static const char *const names[] = {"success", "error", "note", "warnings"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void add_members(struct buf *out, const cJSON *result, bool failed)
{
    const cJSON *m, *only = NULL;
    size_t n = 0;
    cJSON_ArrayForEach(m, result) if (!is_common(m->string)) only = n++ ? NULL : m;
    if (!failed && n == 1 && cJSON_IsString(only)) {
        add_line(out, only);
        return;
    }
    cJSON_ArrayForEach(m, result) if (!is_common(m->string)) add_member(out, m);
}

static void add_remark(struct buf *out, const cJSON *v)
{
    if (!v)
        return;
    if (out->len && out->ptr[out->len - 1] != '\n')
        buf_addc(out, '\n');
    buf_addc(out, '[');
    add_scalar(out, v);
    buf_adds(out, "]\n");
}

char *render_result(const struct tool *tool, const cJSON *args, const cJSON *result)
{
    AUTO(buf) out = {0};
    const cJSON *error = json_get(result, "error");
    char *own = tool && tool->text && args ? tool->text(args, result) : NULL;
    if (own) {
        buf_adds(&out, own);
        free(own);
    } else {
        if (error) {
            buf_adds(&out, "error: ");
            add_line(&out, error);
        } else if (!json_bool(result, "success", true)) {
            buf_adds(&out, "it failed\n");
        }
        add_members(&out, result, error || !json_bool(result, "success", true));
    }
    add_remark(&out, json_get(result, "note"));
    add_remark(&out, json_get(result, "warnings"));
    if (!out.len)
        buf_adds(&out, "done");
    if (out.ptr[out.len - 1] == '\n')
        buf_cut(&out, out.len - 1);
    return buf_take(&out);
}
