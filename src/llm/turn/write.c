#include "llm/turn/write.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "llm/args.h"
#include "llm/models/family.h"

void write_string(struct buf *out, const char *s)
{
    buf_add_json_str(out, s ? s : "", s ? strlen(s) : 0);
}

void write_member(struct buf *out, const char *name, const char *text)
{
    if (!text)
        return;
    write_json(out, name, "");
    write_string(out, text);
}

void write_json(struct buf *out, const char *name, const char *json)
{
    buf_adds(out, ",\"");
    buf_adds(out, name);
    buf_adds(out, "\":");
    buf_adds(out, json);
}

const char *write_schema(const struct llm_tool *tool)
{
    return tool->schema && *tool->schema ? tool->schema : "{\"type\":\"object\",\"properties\":{}}";
}

static bool id_fits(const char *id, bool nine)
{
    size_t n = 0;
    while (isalnum((unsigned char)id[n]) || (!nine && id[n] && strchr("_-", id[n])))
        n++;
    return id[n] == '\0' && (nine ? n == 9 : n > 0 && n <= 64);
}

void write_id(struct buf *out, const char *id, bool nine)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    id = id ? id : "";
    if (id_fits(id, nine)) {
        write_string(out, id);
        return;
    }
    uint64_t h = UINT64_C(14695981039346656037);
    for (const char *p = id; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
    buf_addc(out, '"');
    for (int i = 0; i < 9; i++, h /= 62)
        buf_addc(out, digits[h % 62]);
    buf_addc(out, '"');
}

char *write_args(const char *args)
{
    if (args && args_is_exact(args, strlen(args)))
        return mem_strdup(args);
    AUTO_JSON *j = args_parse(args, LLM_FINISH_TOOLS, NULL, NULL);
    return j ? json_print(j) : mem_strdup("{}");
}

bool write_shows(const struct llm_request *r, const struct llm_part *p)
{
    return (p->kind == LLM_PART_IMAGE || p->kind == LLM_PART_FILE) && p->text &&
           model_sees(r->model);
}

const char *write_url(const struct llm_part *p)
{
    return p->id ? NULL : p->text;
}

bool write_shows_any(const struct llm_request *r, const struct llm_message *m)
{
    for (size_t i = 0; i < m->parts.count; i++)
        if (write_shows(r, &m->parts.ptr[i]))
            return true;
    return false;
}

size_t write_systems(const struct llm_request *r)
{
    size_t n = 0;
    while (n < r->message_count && r->messages[n].role == LLM_SYSTEM)
        n++;
    return n;
}

const struct llm_tool_call *write_call(const struct llm_message *m, const char *id)
{
    for (size_t i = 0; id && i < m->call_count; i++)
        if (strcmp(m->calls[i].id, id) == 0)
            return &m->calls[i];
    return NULL;
}

size_t write_unit_alone(const struct llm_request *r, size_t i)
{
    (void)r;
    return i;
}

static bool write_is_joined(const struct llm_request *r, size_t i)
{
    return i > write_systems(r) &&
           (r->messages[i].role == LLM_ASSISTANT) == (r->messages[i - 1].role == LLM_ASSISTANT);
}

size_t write_unit_joined(const struct llm_request *r, size_t i)
{
    while (write_is_joined(r, i))
        i--;
    return i;
}

size_t write_unit_end(const struct llm_request *r, size_t i)
{
    for (i++; i < r->message_count && write_is_joined(r, i); i++)
        ;
    return i;
}
