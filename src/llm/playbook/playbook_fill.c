#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "llm/playbook/playbook_priv.h"

static const char *play_plain_value(const struct play *p, const char *name)
{
    const struct llm_request *r = p->request;
    if (strcmp(name, "goal") == 0)
        return r->goal;
    if (strcmp(name, "workspace") == 0)
        return r->workspace;
    return strcmp(name, "user") == 0 ? r->user : NULL;
}

/* The result kept under a name by `as`, of the newest call that has one. */
static const char *play_named_result(const struct play *p, const char *name)
{
    const char *found = NULL;
    for (size_t t = 0; t < p->turns->count; t++)
        for (size_t c = 0; c < play_call_count(p->turns->items[t]); c++) {
            char id[PLAYBOOK_ID_SIZE];
            if (strcmp(yaml_str(play_call_at(p->turns->items[t], c), "as", ""), name) != 0)
                continue;
            play_call_id(p, t, c, id);
            const struct llm_message *m = play_result_of(p, id);
            found = m ? playbook_result(m) : found;
        }
    return found;
}

static const char *play_result_text(const struct play *p, const char *name)
{
    if (strcmp(name, "result") != 0)
        return play_named_result(p, name);
    const struct llm_message *m = play_last_result(p);
    return m ? playbook_result(m) : NULL;
}

static const cJSON *play_member(const cJSON *j, const char *path)
{
    while (j && *path) {
        size_t n = strcspn(path, ".");
        AUTO_FREE char *key = mem_strndup(path, n);
        bool number = *key && strspn(key, "0123456789") == strlen(key);
        j = cJSON_IsArray(j) ? (number ? cJSON_GetArrayItem(j, atoi(key)) : NULL)
                             : json_get(j, key);
        path += n + (path[n] == '.');
    }
    return j;
}

/* The value of a template's inside, "name" or "name.path"; NULL when unknown. */
static cJSON *play_lookup(const struct play *p, const char *inside)
{
    const char *dot = strchr(inside, '.');
    AUTO_FREE char *name = mem_strndup(inside, dot ? (size_t)(dot - inside) : strlen(inside));
    const char *plain = dot ? NULL : play_plain_value(p, name);
    const char *text = plain ? plain : play_result_text(p, name);
    if (!text || !dot)
        return text ? cJSON_CreateString(text) : NULL;
    AUTO_JSON *j = json_parse(text, strlen(text), NULL);
    const cJSON *member = play_member(j, dot + 1);
    return member ? cJSON_Duplicate(member, true) : NULL;
}

static void play_add_value(struct buf *out, const cJSON *v)
{
    const cJSON *item;
    if (cJSON_IsString(v)) {
        /* The newline that ends a command's output would break the sentence it is put into. */
        size_t n = strlen(v->valuestring);
        while (n > 0 && v->valuestring[n - 1] == '\n')
            n--;
        buf_add(out, v->valuestring, n);
    } else if (cJSON_IsArray(v)) {
        cJSON_ArrayForEach(item, v)
        {
            if (item != v->child)
                buf_addc(out, '\n');
            play_add_value(out, item);
        }
    } else {
        json_write(out, v);
    }
}

/* Length of "{name.path}" at p, or 0 if no template stands there. */
static size_t play_template(const char *p)
{
    size_t n = 1;
    if (*p != '{' || !(isalpha((unsigned char)p[1]) || p[1] == '_'))
        return 0;
    while (isalnum((unsigned char)p[n]) || (p[n] && strchr("_.-", p[n])))
        n++;
    return p[n] == '}' ? n + 1 : 0;
}

char *play_fill_text(const struct play *p, const char *text)
{
    AUTO(buf) out = {0};
    for (const char *s = text; *s;) {
        size_t n = play_template(s);
        AUTO_FREE char *inside = n ? mem_strndup(s + 1, n - 2) : NULL;
        AUTO_JSON *v = inside ? play_lookup(p, inside) : NULL;
        if (v) {
            play_add_value(&out, v);
            s += n;
        } else if (s[0] == '{' && s[1] == '{') {
            buf_addc(&out, '{');
            s += 2;
        } else {
            buf_addc(&out, *s++);
        }
    }
    return buf_take(&out);
}

static cJSON *play_fill_string(const struct play *p, const char *text)
{
    size_t n = play_template(text);
    if (n && text[n] == '\0') {
        AUTO_FREE char *inside = mem_strndup(text + 1, n - 2);
        cJSON *v = play_lookup(p, inside);
        if (v)
            return v;
    }
    AUTO_FREE char *filled = play_fill_text(p, text);
    return cJSON_CreateString(filled);
}

void play_fill_json(const struct play *p, cJSON *j)
{
    for (cJSON *c = j->child, *next; c; c = next) {
        next = c->next;
        if (!cJSON_IsString(c)) {
            play_fill_json(p, c);
            continue;
        }
        cJSON *v = play_fill_string(p, c->valuestring);
        free(v->string); /* the member it was copied from had a name of its own */
        v->string = mem_strdup(c->string);
        cJSON_ReplaceItemViaPointer(j, c, v);
    }
}
