#include "behaviors/lib/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define LOOK_MAX 8000

bool rule_check_mode(const char *mode, const char *what, struct error *e)
{
    if (strchr(mode, '/'))
        return error_set(e, ERR_CONFIG, "%s: a mode is set by its name alone, not \"%.60s\"", what,
                         mode);
    return true;
}

static bool rule_check_keys(const cJSON *in, const char *what, struct error *e)
{
    static const char *const keys[] = {"when", "mode", "in"};
    const cJSON *m;
    cJSON_ArrayForEach(m, in)
    {
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(keys); i++)
            known |= strcmp(keys[i], m->string) == 0;
        if (!known)
            return error_set(e, ERR_CONFIG, "%s has no \"%.40s\"; it has when, mode, in", what,
                             m->string);
    }
    return true;
}

static bool rule_read_in(struct rule *r, const cJSON *v, const char *what, struct error *e)
{
    static const struct {
        const char *name;
        unsigned in;
    } rows[] = {{"any", RULE_ANY},
                {"title", RULE_TITLE},
                {"text", RULE_TEXT},
                {"tool", RULE_TOOL},
                {"error", RULE_ERROR}};
    const char *name = !v ? "any" : cJSON_IsString(v) ? v->valuestring : "";
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].name, name) == 0) {
            r->in = rows[i].in;
            return true;
        }
    return error_set(e, ERR_CONFIG, "%s: in is title, text, tool, error or any, not \"%.40s\"",
                     what, name);
}

static bool rule_compile(struct rule *r, const char *what, struct error *e)
{
    char text[120];
    int code = regcomp(&r->when, r->pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    r->compiled = code == 0;
    if (r->compiled)
        return true;
    regerror(code, &r->when, text, sizeof text);
    return error_set(e, ERR_CONFIG, "%s: when \"%.80s\" is no regular expression: %s", what,
                     r->pattern, text);
}

static bool rule_read(struct rule *r, const cJSON *in, int number, struct error *e)
{
    char what[32];
    snprintf(what, sizeof what, "rule %d", number);
    if (!cJSON_IsObject(in))
        return error_set(e, ERR_CONFIG, "%s is {when: REGEX, mode: NAME, in: WHERE}", what);
    if (!rule_check_keys(in, what, e))
        return false;
    r->pattern = json_str(in, "when", "");
    r->mode = json_str(in, "mode", "");
    if (!*r->pattern)
        return error_set(e, ERR_CONFIG, "%s: when is a regular expression, as text", what);
    if (!*r->mode)
        return error_set(e, ERR_CONFIG, "%s: mode is the name of a mode, or none", what);
    return rule_check_mode(r->mode, what, e) && rule_read_in(r, json_get(in, "in"), what, e) &&
           rule_compile(r, what, e);
}

bool rules_read(struct rules *r, const cJSON *json, struct error *e)
{
    const cJSON *in;
    int n = cJSON_GetArraySize(json);
    if (json && !cJSON_IsArray(json))
        return error_set(e, ERR_CONFIG, "rules is a list of {when: REGEX, mode: NAME, in: WHERE}");
    if (n > RULES_MAX)
        return error_set(e, ERR_CONFIG, "%d rules are too many: at most %d", n, RULES_MAX);
    r->ptr = mem_alloc((size_t)(n + 1) * sizeof *r->ptr);
    cJSON_ArrayForEach(in, json)
    {
        struct rule *one = &r->ptr[r->len++];
        if (!rule_read(one, in, (int)r->len, e))
            return false;
        r->in |= one->in;
    }
    return true;
}

void rules_fini(struct rules *r)
{
    for (size_t i = 0; i < r->len; i++)
        if (r->ptr[i].compiled)
            regfree(&r->ptr[i].when);
    free(r->ptr);
    *r = (struct rules){0};
}

static bool rule_finds(const struct rule *r, const char *text)
{
    AUTO_FREE char *part = mem_strndup(text, utf8_cut(text, strlen(text), LOOK_MAX));
    return regexec(&r->when, part, 0, NULL, 0) == 0;
}

unsigned rule_match(const struct rule *r, const struct rule_texts *texts)
{
    const struct {
        unsigned in;
        const char *text;
    } rows[] = {{RULE_TITLE, texts->title},
                {RULE_TEXT, texts->text},
                {RULE_TOOL, texts->tool},
                {RULE_ERROR, texts->error}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if ((r->in & rows[i].in) && rows[i].text && rule_finds(r, rows[i].text))
            return rows[i].in;
    return 0;
}
