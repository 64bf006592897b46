#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "llm/playbook/playbook_priv.h"

static void play_mark(struct play *p, const cJSON *used)
{
    const cJSON *u;
    cJSON_ArrayForEach(u, used) if (cJSON_IsNumber(u) && u->valueint >= 0 &&
                                    (size_t)u->valueint < p->turns->count) p->used[u->valueint] =
        true;
}

/* The newest message of this goal says what is used; the oldest where the goal begins. */
void play_init(struct play *p, const struct yaml *file, const struct llm_request *r)
{
    *p = (struct play){.file = file, .turns = yaml_get(file, "turns"), .request = r};
    p->used = mem_alloc((p->turns->count + 1) * sizeof *p->used);
    p->first = r->message_count;
    bool newest = true;
    for (size_t i = r->message_count; i-- > 0;) {
        const struct llm_parts *parts = &r->messages[i].parts;
        const char *kept = parts->count ? parts->ptr[0].form : NULL;
        if (!kept || !parts->origin || strcmp(parts->origin, "playbook") != 0)
            continue;
        AUTO_JSON *j = json_parse(kept, strlen(kept), NULL);
        const cJSON *state = json_get(j, "playbook");
        if (!state || json_int(state, "goal", -1) != r->goal_number)
            continue;
        if (newest)
            play_mark(p, json_get(state, "used"));
        newest = false;
        p->first = i;
    }
}

void play_fini(struct play *p)
{
    free(p->used);
    *p = (struct play){0};
}

void play_call_id(const struct play *p, size_t turn, size_t index, char out[PLAYBOOK_ID_SIZE])
{
    long long goal = p->request->goal_number > 0 ? p->request->goal_number : 0;
    snprintf(out, PLAYBOOK_ID_SIZE, "g%02lldt%03zuc%zu", goal, turn, index);
}

const struct llm_message *play_last_result(const struct play *p)
{
    for (size_t i = p->request->message_count; i-- > p->first;)
        if (p->request->messages[i].role == LLM_TOOL)
            return &p->request->messages[i];
    return NULL;
}

const struct llm_message *play_result_of(const struct play *p, const char *id)
{
    for (size_t i = p->request->message_count; i-- > 0;) {
        const struct llm_message *m = &p->request->messages[i];
        if (m->role == LLM_TOOL && m->call_id && strcmp(m->call_id, id) == 0)
            return m;
    }
    return NULL;
}

static size_t play_entries(const struct yaml *calls)
{
    return !calls ? 0 : calls->kind == YAML_SEQ ? calls->count : 1;
}

size_t play_call_count(const struct yaml *turn)
{
    return play_entries(yaml_get(turn, "call")) + play_entries(yaml_get(turn, "calls"));
}

const struct yaml *play_call_at(const struct yaml *turn, size_t i)
{
    const struct yaml *from = yaml_get(turn, "call");
    if (i >= play_entries(from)) {
        i -= play_entries(from);
        from = yaml_get(turn, "calls");
    }
    return from->kind == YAML_SEQ ? from->items[i] : from;
}

static bool play_regex(const char *pattern, const char *text)
{
    regex_t re;
    if (!pattern)
        return true;
    if (!text || regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool hit = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return hit;
}

static const char *play_tool_of(const struct play *p, const char *id)
{
    for (size_t i = p->request->message_count; i-- > 0;) {
        const struct llm_message *m = &p->request->messages[i];
        for (size_t c = 0; c < m->call_count; c++)
            if (strcmp(m->calls[c].id, id) == 0)
                return m->calls[c].name;
    }
    return "";
}

const char *playbook_result(const struct llm_message *m)
{
    return m->data ? m->data : m->text;
}

/* Any result of the newest round of calls may be the one meant. */
static bool play_result_matches(const struct play *p, const char *tool, const char *result)
{
    const struct llm_message *last = play_last_result(p), *all = p->request->messages;
    for (size_t i = last ? (size_t)(last - all) + 1 : 0; i-- > 0 && all[i].role == LLM_TOOL;) {
        const struct llm_message *m = &all[i];
        bool named = !tool || strcmp(tool, play_tool_of(p, m->call_id ? m->call_id : "")) == 0;
        if (named && play_regex(result, playbook_result(m)))
            return true;
    }
    return !tool && !result;
}

static const char *play_user(const struct play *p)
{
    if (p->request->user)
        return p->request->user;
    for (size_t i = p->request->message_count; i-- > 0;)
        if (p->request->messages[i].role == LLM_USER)
            return p->request->messages[i].text;
    return NULL;
}

static bool play_matches(const struct play *p, const struct yaml *when)
{
    return !when ||
           (play_regex(yaml_str(when, "user", NULL), play_user(p)) &&
            play_result_matches(p, yaml_str(when, "tool", NULL), yaml_str(when, "result", NULL)));
}

int play_choose(const struct play *p, bool (*skip)(const struct play *p, size_t turn))
{
    for (size_t i = 0; i < p->turns->count; i++) {
        const struct yaml *when = yaml_get(p->turns->items[i], "when");
        /* A side question is answered by a turn made for it, or not at all. */
        bool meant = p->request->goal_number != 0 || yaml_get(when, "user");
        if (meant && !p->used[i] && play_matches(p, when) && !(skip && skip(p, i)))
            return (int)i;
    }
    return -1;
}
