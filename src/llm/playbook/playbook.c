#include "llm/playbook/playbook.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "llm/call.h"
#include "llm/chat/chat.h"
#include "llm/models/models.h"
#include "llm/playbook/playbook_priv.h"
#include "llm/tokens.h"
#include "llm/turn/body.h"

#define PLAYBOOK_TICK_MS 10 /* chunks are spaced at least this far apart */

struct speech {
    struct attempt *a;
    int64_t pace;  /* tokens a second, 0: at once */
    int64_t limit; /* tokens until the fault, -1: none */
    int64_t said;
    double owed_ms; /* pauses not yet made */
};

/* Faults happen once in a process, whichever llm asks. */
static VEC(char *) playbook_fired;

static char *playbook_fault_key(const struct play *p, size_t turn)
{
    return mem_printf("%s#%lld#%zu", p->file->file, (long long)p->request->goal_number, turn);
}

static int64_t playbook_fired_times(const struct play *p, size_t turn)
{
    AUTO_FREE char *key = playbook_fault_key(p, turn);
    int64_t n = 0;
    for (size_t i = 0; i < playbook_fired.len; i++)
        n += strcmp(playbook_fired.ptr[i], key) == 0;
    return n;
}

static int64_t playbook_number_of(const struct yaml *map, const char *key, int64_t fallback)
{
    double d;
    return yaml_as_num(yaml_get(map, key), &d) ? (int64_t)d : fallback;
}

/* The fault that is still to happen in a turn, or NULL. */
static const struct yaml *playbook_fault_due(const struct play *p, size_t turn)
{
    const struct yaml *f = yaml_get(p->turns->items[turn], "fault");
    return f && playbook_fired_times(p, turn) < playbook_number_of(f, "times", 1) ? f : NULL;
}

/* A turn that is nothing but a fault is over once the fault has happened. */
static bool playbook_is_spent(const struct play *p, size_t turn)
{
    const struct yaml *t = p->turns->items[turn];
    return yaml_get(t, "fault") && !playbook_fault_due(p, turn) && !yaml_get(t, "say") &&
           !yaml_get(t, "reasoning") && play_call_count(t) == 0;
}

/* Next piece to stream: a word with the space before it, about a token. */
static size_t playbook_chunk(const char *s)
{
    size_t n = strspn(s, " \n\t");
    n += strcspn(s + n, " \n\t");
    return n > 24 ? utf8_cut(s, n, 24) : n;
}

static bool playbook_wait(struct speech *sp)
{
    if (sp->pace > 0)
        sp->owed_ms += 1000.0 / (double)sp->pace;
    if (sp->owed_ms < PLAYBOOK_TICK_MS)
        return !sp->a->llm->cancelled;
    int64_t ms = (int64_t)sp->owed_ms;
    sp->owed_ms -= (double)ms;
    return call_pause(sp->a->llm, ms);
}

/* Stream a text; false: cancelled, or the fault's place was reached. *out gets what was said. */
static bool playbook_speak(struct speech *sp, const char *text, bool reasoning, char **out)
{
    const struct llm_watch *w = sp->a->watch;
    void (*tell)(void *, const char *, size_t) = reasoning ? w->reasoning : w->text;
    AUTO(buf) said = {0};
    bool ok = true;
    while (*text && ok) {
        if (sp->limit >= 0 && sp->said >= sp->limit) {
            ok = false;
            break;
        }
        size_t n = playbook_chunk(text);
        call_first_token(sp->a);
        if (tell)
            tell(w->arg, text, n);
        buf_add(&said, text, n);
        text += n;
        sp->said++;
        ok = playbook_wait(sp);
    }
    if (said.len)
        *out = buf_take(&said);
    return ok;
}

static bool playbook_stall(struct attempt *a)
{
    int64_t idle = a->llm->limits.idle_ms;
    if (!call_pause(a->llm, idle > 0 ? idle : INT64_C(86400000)))
        return false;
    return failure_set(a->failure, LLM_TIMEOUT, "the answer stalled: nothing came for %lld ms",
                       (long long)idle);
}

static bool playbook_fail(struct attempt *a, const struct yaml *fault)
{
    const char *kind = yaml_str(fault, "kind", "cut");
    const char *message = yaml_str(fault, "message", "the playbook says so");
    if (strcmp(kind, "stall") == 0)
        return playbook_stall(a);
    if (strcmp(kind, "status") == 0) {
        failure_from_body(a->failure, (int)playbook_number_of(fault, "status", 500), message,
                          strlen(message));
        a->hints.after_ms = retry_asked_ms(NULL, NULL, message, 0);
        return false;
    }
    if (strcmp(kind, "reset") == 0)
        return failure_set(a->failure, LLM_STREAM, "the connection broke: reset by peer");
    return failure_set(a->failure, LLM_STREAM, "the answer was cut off in the middle");
}

static char *playbook_args(const struct play *p, const struct yaml *call)
{
    const struct yaml *args = yaml_get(call, "args");
    if (!args || yaml_is_null(args))
        return mem_strdup("{}");
    if (args->kind == YAML_SCALAR)
        return play_fill_text(p, args->value);
    AUTO_JSON *j = yaml_to_json(args);
    play_fill_json(p, j);
    return json_print(j);
}

static void playbook_calls(const struct play *p, size_t turn, struct llm_reply *out)
{
    size_t n = play_call_count(p->turns->items[turn]);
    out->calls = n ? mem_alloc(n * sizeof *out->calls) : NULL;
    for (size_t i = 0; i < n; i++) {
        const struct yaml *call = play_call_at(p->turns->items[turn], i);
        char id[PLAYBOOK_ID_SIZE];
        play_call_id(p, turn, i, id);
        out->calls[i] = (struct llm_tool_call){.id = mem_strdup(id),
                                               .name = mem_strdup(yaml_str(call, "tool", "")),
                                               .args = playbook_args(p, call)};
    }
    out->call_count = n;
}

static void playbook_finish(const struct yaml *turn, struct llm_reply *out)
{
    const char *word = yaml_str(turn, "finish", "stop");
    out->finish = strcmp(word, "length") == 0   ? LLM_FINISH_LENGTH
                  : strcmp(word, "filter") == 0 ? LLM_FINISH_FILTER
                  : out->call_count             ? LLM_FINISH_TOOLS
                                                : LLM_FINISH_STOP;
    if (!out->call_count || out->finish == LLM_FINISH_TOOLS)
        return;
    out->void_note = mem_printf("%s was not run: the answer was cut.", out->calls[0].name);
    llm_calls_free(out->calls, out->call_count);
    out->calls = NULL;
    out->call_count = 0;
}

/* The state that a resumed session goes on from. */
static void playbook_keep(const struct play *p, struct llm_parts *parts)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *state = cJSON_AddObjectToObject(j, "playbook");
    json_add_int(state, "goal", p->request->goal_number);
    cJSON *used = cJSON_AddArrayToObject(state, "used");
    for (size_t i = 0; i < p->turns->count; i++)
        if (p->used[i])
            cJSON_AddItemToArray(used, cJSON_CreateNumber((double)i));
    parts->origin = mem_strdup("playbook");
    llm_parts_add(parts, LLM_PART_OTHER)->form = json_print(j);
}

static size_t playbook_common(const struct buf *a, const struct buf *b)
{
    size_t n = MIN(a->len, b->len), i = 0;
    while (i < n && a->ptr[i] == b->ptr[i])
        i++;
    return i;
}

/* Estimates, with the prefix that the last request shared counted as cached. */
static void playbook_usage(struct attempt *a, const struct buf *body, const struct yaml *turn)
{
    struct llm_usage *u = &a->out->usage;
    size_t common = playbook_common(body, &a->llm->last_body);
    call_estimate_usage(a);
    u->cached = MIN(common ? tokens_estimate(body->ptr, common) : 0, u->input);
    const struct yaml *told = yaml_get(turn, "usage");
    u->input = playbook_number_of(told, "input", u->input);
    u->cached = MIN(playbook_number_of(told, "cached", u->cached), u->input);
    u->output = playbook_number_of(told, "output", u->output);
    u->reported = true;
    buf_clear(&a->llm->last_body);
    buf_add(&a->llm->last_body, body->ptr, body->len);
}

static bool playbook_overflows(struct attempt *a, const struct yaml *file, const struct buf *body)
{
    int64_t window = playbook_window(file), asked = tokens_estimate(body->ptr, body->len);
    if (strcmp(yaml_str(file, "overflow", "none"), "error") != 0 || asked <= window)
        return false;
    AUTO_FREE char *text = mem_printf("maximum context length is %lld tokens. However, you "
                                      "requested %lld tokens",
                                      (long long)window, (long long)asked);
    failure_from_body(a->failure, 400, text, strlen(text));
    return true;
}

static bool playbook_answer(struct attempt *a, struct speech *sp, const struct play *p,
                            const struct yaml *turn)
{
    AUTO_FREE char *reasoning = play_fill_text(p, yaml_str(turn, "reasoning", ""));
    AUTO_FREE char *say = play_fill_text(p, yaml_str(turn, "say", ""));
    return playbook_speak(sp, reasoning, true, &a->out->reasoning) &&
           playbook_speak(sp, say, false, &a->out->text);
}

static bool playbook_take_turn(struct attempt *a, struct play *p, size_t turn)
{
    const struct yaml *t = p->turns->items[turn], *fault = playbook_fault_due(p, turn);
    int64_t pace = playbook_number_of(t, "pace", playbook_number_of(p->file, "pace", 0));
    bool early = fault && strcmp(yaml_str(fault, "kind", ""), "status") == 0;
    struct speech sp = {.a = a, .pace = pace, .limit = -1};
    if (fault)
        sp.limit = early ? 0 : playbook_number_of(fault, "after", 0);
    bool ok = early || playbook_answer(a, &sp, p, t);
    if (a->llm->cancelled)
        return false;
    if (fault) {
        VEC_PUSH(&playbook_fired, playbook_fault_key(p, turn));
        return playbook_fail(a, fault);
    }
    playbook_calls(p, turn, a->out);
    playbook_finish(t, a->out);
    p->used[turn] = true;
    if (yaml_get(t, "end"))
        memset(p->used, true, p->turns->count * sizeof *p->used);
    return ok;
}

static bool playbook_play(struct attempt *a, const struct yaml *file)
{
    struct play p;
    AUTO(buf) body = {0};
    body_show(&codec_chat, a->request, &body, NULL);
    if (playbook_overflows(a, file, &body))
        return false;
    struct llm_request whole = *a->request;
    if (whole.history) { /* what was pruned from the view is still part of the play */
        whole.messages = whole.history;
        whole.message_count = whole.history_count;
    }
    play_init(&p, file, &whole);
    call_phase(a, "stream", a->llm->limits.idle_ms, NULL);
    int turn = play_choose(&p, playbook_is_spent);
    struct speech sp = {.a = a, .limit = -1};
    bool side = a->request->goal_number == 0;
    bool ok = turn >= 0 ? playbook_take_turn(a, &p, (size_t)turn)
              : side    ? playbook_speak(&sp, "", false, &a->out->text)
                     : playbook_speak(&sp, "The playbook has no turn left.", false, &a->out->text);
    if (ok && turn < 0)
        a->out->finish = LLM_FINISH_STOP;
    if (ok) {
        playbook_keep(&p, &a->out->parts);
        playbook_usage(a, &body, turn >= 0 ? p.turns->items[turn] : NULL);
    }
    play_fini(&p);
    return ok;
}

bool playbook_attempt(struct attempt *a)
{
    struct error e;
    AUTO_YAML *file = playbook_load(a->request->model->upstream, &e);
    if (!file)
        return failure_set(a->failure, LLM_CONFIG, "%s", e.text);
    mem_replace(&a->out->url, a->request->model->upstream);
    call_phase(a, "connect", 0, NULL);
    call_phase(a, "wait", 0, NULL);
    /* One turn of the loop, so that requests are served as with a real server. */
    if (!call_pause(a->llm, 0))
        return false;
    return playbook_play(a, file);
}
