/* What behaviors say to the user and ask of them. */
#include "engine/host_user.h"

#include <string.h>

#include "engine/engine_priv.h"

static void emit_loop(struct engine *g, const char *signature, int64_t count, const char *level,
                      const char *text)
{
    struct event ev = {.type = EVENT_LOOP_WARNING};
    ev.loop_warning.signature = mem_strdup(signature);
    ev.loop_warning.count = count;
    ev.loop_warning.level = mem_strdup(level);
    ev.loop_warning.text = mem_strdup(text);
    outbox_emit(&g->out, &ev);
}

static enum loop_action ask_about_loop(struct engine *g, const char *text)
{
    static const char choices[] = "[{\"key\":\"a\",\"label\":\"allow more\"},"
                                  "{\"key\":\"l\",\"label\":\"it is no loop\"},"
                                  "{\"key\":\"n\",\"label\":\"stop the goal\"}]";
    struct ask q = {.kind = "loop",
                    .title = "The agent seems to go round in circles. Let it go on?",
                    .detail = text,
                    .why = "the same happened again although the model was told",
                    .choices = choices};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, NULL);
    return *key == 'a' ? LOOP_GO_ON : *key == 'l' ? LOOP_NOT_A_LOOP : LOOP_STOP;
}

enum loop_action host_loop_report(struct agent *a, const char *signature, int64_t count, int level,
                                  const char *text)
{
    struct engine *g = engine_of(a);
    static const char *const levels[] = {"clear", "show", "tell", "ask"};
    bool last = level >= 3;
    emit_loop(g, signature, count, last && !g->permit.ask.possible ? "stop" : levels[MIN(level, 3)],
              text);
    outbox_ledger(&g->out, "LOOP", text);
    g->agent.goal.loops++;
    if (!last)
        return LOOP_GO_ON;
    enum loop_action act = g->permit.ask.possible ? ask_about_loop(g, text) : LOOP_STOP;
    if (act != LOOP_STOP) {
        emit_loop(g, signature, count, "clear", text);
        return act;
    }
    g->agent.goal.loop_stop = true;
    mem_replace(&g->agent.goal.summary, text);
    return act;
}

void host_notice(struct agent *a, const char *level, const char *text)
{
    struct engine *g = engine_of(a);
    const struct instance *i = g->pipeline.running;
    outbox_notice(&g->out, level, i ? i->type->type : "behavior", "%s", text);
}

void host_progress(struct agent *a, const char *text)
{
    struct engine *g = engine_of(a);
    struct event ev = {.type = EVENT_PROGRESS};
    ev.progress.text = mem_strdup(text);
    outbox_emit(&g->out, &ev);
}

/* ---- questions ---- */

static char *question_choices(const cJSON *choices)
{
    AUTO_JSON *list = cJSON_CreateArray();
    const cJSON *c;
    int n = 0;
    cJSON_ArrayForEach(c, choices)
    {
        char key[4] = {(char)('1' + n++), '\0'};
        if (!cJSON_IsString(c) || n > 9)
            continue;
        cJSON *o = cJSON_CreateObject();
        json_add_str(o, "key", key);
        json_add_str(o, "label", c->valuestring);
        cJSON_AddItemToArray(list, o);
    }
    cJSON *own = cJSON_CreateObject();
    json_add_str(own, "key", "t");
    json_add_str(own, "label", n ? "something else" : "answer");
    json_add_bool(own, "text", true);
    cJSON_AddItemToArray(list, own);
    cJSON *none = cJSON_CreateObject();
    json_add_str(none, "key", "n");
    json_add_str(none, "label", "no answer: let it decide");
    cJSON_AddItemToArray(list, none);
    return json_print(list);
}

/* Nobody is there: --ask says what then. */
static bool answer_alone(struct engine *g, const cJSON *choices, char **answer, struct error *e)
{
    const cJSON *first = cJSON_GetArrayItem(choices, 0);
    if (strcmp(g->permit.ask.without, "first") == 0 && cJSON_IsString(first)) {
        *answer = mem_strdup(first->valuestring);
        outbox_notice(&g->out, "info", "question",
                      "nobody can answer; the first choice is taken: %s", first->valuestring);
        return true;
    }
    return error_set(e, ERR_DENIED,
                     "nobody can answer questions here. Decide by what the workspace shows, or "
                     "end the goal as failed and say what you need to know");
}

bool host_ask_user(struct agent *a, const char *question, const cJSON *choices, char **answer,
                   struct error *e)
{
    struct engine *g = engine_of(a);
    *answer = NULL;
    if (!g->permit.ask.possible)
        return answer_alone(g, choices, answer, e);
    AUTO_FREE char *keys = question_choices(choices), *text = NULL;
    struct ask q = {.kind = "question", .title = question, .choices = keys};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, &text);
    const cJSON *chosen =
        *key >= '1' && *key <= '9' ? cJSON_GetArrayItem(choices, *key - '1') : NULL;
    if (chosen && cJSON_IsString(chosen)) {
        *answer = mem_strdup(chosen->valuestring);
        ask_note_words(&g->permit.ask, question, *answer);
    } else if (text && *text) {
        *answer = mem_strdup(text);
    }
    return *answer || error_set(e, ERR_DENIED, "the user gave no answer: decide yourself");
}
