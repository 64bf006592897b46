#include "cli/exec_schema.h"

#include <string.h>

#include "base/file.h"
#include "base/json_schema.h"
#include "base/mem.h"

#define SCHEMA_MAX (1u << 20) /* bytes of its file */

void exec_schema_fini(struct exec_schema *s)
{
    cJSON_Delete(s->schema);
    free(s->text);
    *s = (struct exec_schema){0};
}

bool exec_schema_load(struct exec_schema *s, const char *path, struct error *e)
{
    AUTO(buf) text = {0};
    if (!file_read(path, &text, SCHEMA_MAX, e))
        return error_prefix(e, "--output-schema");
    s->schema = json_parse(buf_cstr(&text), text.len, e);
    if (!s->schema || !json_schema_known(s->schema, e)) {
        error_prefix(e, "--output-schema %s", path);
        e->code = ERR_USAGE;
        exec_schema_fini(s);
        return false;
    }
    s->text = json_print(s->schema);
    return true;
}

char *exec_schema_goal(const struct exec_schema *s, const char *goal)
{
    if (!s->schema)
        return mem_strdup(goal);
    return mem_printf("%s\n\nThe last answer is read by a program: JSON alone, without other words "
                      "and without a fence, that fits this JSON Schema:\n%s",
                      goal, s->text);
}

/* The JSON of an answer, which models like to put in a fence, behind a sentence. */
static cJSON *answer_json(const char *answer, struct error *e)
{
    const char *fence = strstr(answer, "```"), *from = fence ? strchr(fence, '\n') : NULL;
    const char *to = from ? strstr(from, "\n```") : NULL;
    cJSON *j = json_parse(answer, strlen(answer), e);
    if (!j && to && !strstr(to + 4, "```"))
        j = json_parse(from, (size_t)(to - from), e);
    return j;
}

char *exec_schema_take(struct exec_schema *s, struct event_result *r)
{
    struct error e = {0};
    bool again = s->asked;
    s->misfit = s->asked = false;
    if (!s->schema || !r->success)
        return NULL;
    AUTO_JSON *j = answer_json(r->answer && *r->answer ? r->answer
                               : r->summary            ? r->summary
                                                       : "",
                               &e);
    if (j && json_schema_fits(s->schema, j, &e)) {
        free(r->answer);
        r->answer = json_print(j);
        return NULL;
    }
    if (!again) {
        s->asked = true;
        return mem_printf("Your last answer does not fit the JSON Schema it was asked for (%s). "
                          "Give it again: JSON alone, without other words and without a fence. "
                          "Nothing else is to be done. The schema:\n%s",
                          e.text, s->text);
    }
    s->misfit = true;
    r->success = false;
    mem_replace(&r->status, "failed");
    free(r->summary);
    r->summary = mem_printf("the answer does not fit the schema, asked twice: %s", e.text);
    mem_replace(&r->answer, "");
    return NULL;
}
