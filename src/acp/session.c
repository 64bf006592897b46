#include "acp/session.h"

#include <assert.h>
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "acp/commands.h"
#include "acp/prompt.h"

/* ---- sending ---- */

static void notify(struct session *s, cJSON *update)
{
    cJSON *params = cJSON_CreateObject();
    json_add_str(params, "sessionId", s->id);
    json_add(params, "update", update);
    rpc_notify(s->wire, "session/update", params);
}

/* Before the session's id is known, and while it is replayed, updates wait. */
static void send_update(void *arg, cJSON *update)
{
    struct session *s = arg;
    if (s->opening)
        cJSON_AddItemToArray(s->held, update);
    else
        notify(s, update);
}

static void send_held(struct session *s)
{
    cJSON *u;
    while ((u = cJSON_DetachItemFromArray(s->held, 0)))
        notify(s, u);
}

static void send_commands(struct session *s)
{
    cJSON *u = cJSON_CreateObject();
    json_add_str(u, "sessionUpdate", "available_commands_update");
    json_add(u, "availableCommands", commands_list(s->commands));
    notify(s, u);
}

static void send_options(struct session *s)
{
    cJSON *mode = cJSON_CreateObject(), *all = cJSON_CreateObject();
    AUTO_FREE char *keep = NULL;
    json_add_str(mode, "sessionUpdate", "current_mode_update");
    json_add_str(mode, "currentModeId", options_mode_id(&s->options, &keep));
    notify(s, mode);
    json_add_str(all, "sessionUpdate", "config_option_update");
    json_add(all, "configOptions", options_list(&s->options));
    notify(s, all);
}

/* Each id of a list gets the answer that `result` makes (NULL: it is refused). */
static void answer_all(struct session *s, cJSON *ids, const char *stop, const char *why)
{
    cJSON *id;
    while ((id = cJSON_DetachItemFromArray(ids, 0))) {
        if (stop) {
            cJSON *r = cJSON_CreateObject();
            json_add_str(r, "stopReason", stop);
            rpc_answer(s->wire, id, r);
        } else {
            rpc_refuse(s->wire, id, RPC_INTERNAL, why);
        }
        cJSON_Delete(id);
    }
}

/* ---- its life ---- */

struct session *session_begin(struct rpc *w, const struct client *c, int64_t *next_id,
                              const struct acp_host *host, const struct acp_open *how,
                              const cJSON *id, struct error *e)
{
    struct acp_opened opened = {0};
    if (!host->open(host->arg, how, &opened, e))
        return NULL;
    struct session *s = mem_alloc(sizeof *s);
    *s = (struct session){.wire = w,
                          .client = c,
                          .next_id = next_id,
                          .host = host,
                          .opened = opened,
                          .how = how->how,
                          .opening = cJSON_Duplicate(id, true),
                          .held = cJSON_CreateArray(),
                          .prompts = cJSON_CreateArray(),
                          .reports = cJSON_CreateArray(),
                          .choices = cJSON_CreateArray()};
    s->told.replays = how->how != ACP_NEW;
    s->told.notices = c->notices;
    s->told.workspace = mem_strdup(how->cwd);
    return s;
}

static void remove_images(struct session *s)
{
    DIR *d = s->images ? opendir(s->images) : NULL;
    for (struct dirent *f; d && (f = readdir(d));)
        if (*f->d_name != '.')
            unlinkat(dirfd(d), f->d_name, 0);
    if (d)
        closedir(d);
    if (s->images)
        rmdir(s->images);
    free(s->images);
}

void session_end(struct session *s)
{
    answer_all(s, s->prompts, "cancelled", NULL);
    answer_all(s, s->reports, "cancelled", NULL);
    answer_all(s, s->choices, NULL, "the session was closed");
    if (s->opening)
        rpc_refuse(s->wire, s->opening, RPC_INTERNAL, "the session was closed");
    s->host->close(s->host->arg, &s->opened);
    remove_images(s);
    cJSON *const all[] = {s->opening, s->held, s->prompts, s->reports, s->choices, s->commands};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        cJSON_Delete(all[i]);
    update_fini(&s->told);
    options_fini(&s->options);
    question_fini(&s->question);
    free(s);
}

static void post(struct session *s, struct request r)
{
    engine_post(s->opened.engine, r);
}

/* ---- opening ---- */

/* The parts of a long session come the newest first: each goes before what came already. */
static void take_earlier(struct session *s, const struct event_earlier *e)
{
    struct update old = {.replays = true, .workspace = mem_strdup(s->told.workspace)};
    cJSON *later = s->held, *u;
    s->held = cJSON_CreateArray();
    const char *line = e->events ? e->events : "";
    for (size_t n; *line; line += n + (line[n] == '\n')) {
        struct event one;
        n = strcspn(line, "\n");
        if (!event_from_json(&one, line, n, NULL))
            continue;
        update_event(&old, &one, send_update, s);
        event_fini(&one);
    }
    update_end_calls(&old, send_update, s);
    update_fini(&old);
    while ((u = cJSON_DetachItemFromArray(later, 0)))
        cJSON_AddItemToArray(s->held, u);
    cJSON_Delete(later);
    s->earlier = e->more;
    if (s->earlier && s->how == ACP_LOAD)
        post(s, request_of(REQUEST_EARLIER, NULL, NULL));
}

static void open_now(struct session *s)
{
    cJSON *result = cJSON_CreateObject(), *id = s->opening;
    update_end_calls(&s->told, send_update, s);
    s->opening = NULL;
    if (s->how == ACP_NEW)
        json_add_str(result, "sessionId", s->id);
    else if (s->how == ACP_LOAD)
        send_held(s); /* what was is told before the answer */
    json_add(result, "modes", options_modes(&s->options));
    json_add(result, "configOptions", options_list(&s->options));
    rpc_answer(s->wire, id, result);
    cJSON_Delete(id);
    s->told.replays = false;
    send_held(s);
    send_commands(s);
    if (s->opened.note)
        notify(s, update_words("agent_thought_chunk", s->opened.note));
}

static void refuse_opening(struct session *s, const char *why, bool missing)
{
    rpc_refuse(s->wire, s->opening, missing ? RPC_NOT_FOUND : RPC_INTERNAL, why);
    cJSON_Delete(s->opening);
    s->opening = NULL;
    s->dead = true;
}

/* The catalogs come last of what is told at the beginning; their end is the list of sessions. */
static void try_open(struct session *s, const struct event *ev)
{
    bool last =
        ev->type == EVENT_CATALOG && ev->catalog.kind && strcmp(ev->catalog.kind, "sessions") == 0;
    if (last && s->no_model)
        refuse_opening(s,
                       "no model was found: set a provider's key, start a server on this machine "
                       "or write models.yaml; `mien doctor` tells what was tried",
                       false);
    else if (last && s->earlier && s->how == ACP_LOAD)
        s->told.replays = false; /* its beginning is still to come */
    else if (last || (ev->type == EVENT_EARLIER && !s->earlier && !s->told.replays))
        open_now(s);
}

/* ---- what the engine told ---- */

static const char *stop_reason(const char *status)
{
    static const char *const limits[] = {"limit", "timeout", "loop"};
    for (size_t i = 0; i < COUNT_OF(limits); i++)
        if (strcmp(status, limits[i]) == 0)
            return "max_turn_requests";
    return strcmp(status, "cancelled") == 0 ? "cancelled" : "end_turn";
}

static void take_result(struct session *s, const struct event_result *r)
{
    const char *status = r->status ? r->status : "failed";
    bool broke = strcmp(status, "error") == 0 || strcmp(status, "config") == 0;
    update_end_calls(&s->told, send_update, s);
    if (s->cancelled)
        answer_all(s, s->prompts, "cancelled", NULL);
    else if (broke)
        answer_all(s, s->prompts, NULL, r->summary && *r->summary ? r->summary : status);
    else
        answer_all(s, s->prompts, stop_reason(status), NULL);
    s->running = s->cancelled = false;
}

static void answer_choice(struct session *s)
{
    cJSON *one = cJSON_DetachItemFromArray(s->choices, 0);
    if (!one)
        return;
    cJSON *result = cJSON_CreateObject();
    if (json_bool(one, "mode", false) == false)
        json_add(result, "configOptions", options_list(&s->options));
    rpc_answer(s->wire, json_get(one, "id"), result);
    cJSON_Delete(one);
}

static void take_refusal(struct session *s, const char *why)
{
    cJSON *one = cJSON_DetachItemFromArray(s->choices, 0);
    if (one)
        rpc_refuse(s->wire, json_get(one, "id"), RPC_PARAMS, why);
    else if (!s->running && cJSON_GetArraySize(s->prompts))
        answer_all(s, s->prompts, NULL, why);
    else if ((one = cJSON_DetachItemFromArray(s->reports, 0)))
        rpc_refuse(s->wire, one, RPC_PARAMS, why);
    cJSON_Delete(one);
}

static void take_error(struct session *s, const struct event_error *e)
{
    const char *text = e->text ? e->text : "it failed";
    if (!e->fatal && e->class && strcmp(e->class, "request") == 0) {
        take_refusal(s, text);
    } else if (e->fatal) {
        if (s->opening)
            refuse_opening(s, text, s->how != ACP_NEW && strstr(text, "no session") != NULL);
        answer_all(s, s->prompts, NULL, text);
        answer_all(s, s->reports, NULL, text);
    }
}

static void take_question(struct session *s, const struct event_approval *a)
{
    const char *method;
    cJSON *params = question_ask(&s->question, a, &s->told, s->id, s->client->forms, &method);
    s->question.request = ++*s->next_id;
    rpc_request(s->wire, s->question.request, method, params);
}

/* Settled otherwise: the client need not ask any longer. */
static void end_question(struct session *s)
{
    if (s->question.request) {
        cJSON *params = cJSON_CreateObject();
        json_add_int(params, "requestId", s->question.request);
        rpc_notify(s->wire, "$/cancel_request", params);
    }
    question_fini(&s->question);
}

static void take_report(struct session *s)
{
    cJSON *id = cJSON_DetachItemFromArray(s->reports, 0), *r;
    if (!id)
        return;
    r = cJSON_CreateObject();
    json_add_str(r, "stopReason", "end_turn");
    rpc_answer(s->wire, id, r);
    cJSON_Delete(id);
}

static void take_catalog(struct session *s, const struct event_catalog *c)
{
    const char *kind = c->kind ? c->kind : "";
    if (strcmp(kind, "commands") == 0) {
        cJSON *now = c->items ? json_parse(c->items, strlen(c->items), NULL) : NULL;
        bool news = !cJSON_Compare(s->commands, now, true);
        cJSON_Delete(s->commands);
        s->commands = now;
        if (!s->opening && news)
            send_commands(s);
    }
    if (strcmp(kind, "sessions") == 0 && !s->opening)
        answer_choice(s);
}

static void take(struct session *s, const struct event *ev)
{
    if (ev->session[0])
        memcpy(s->id, ev->session, sizeof s->id);
    bool changed = options_event(&s->options, ev) && !s->opening;
    if (ev->type == EVENT_SESSION_START && s->how == ACP_RESUME) { /* nothing of before is told */
        cJSON_Delete(s->held);
        s->held = cJSON_CreateArray();
    }
    update_event(&s->told, ev, send_update, s);
    switch (ev->type) {
    case EVENT_GOAL_START:
        s->running = !s->opening;
        break;
    case EVENT_RESULT:
        if (!s->opening)
            take_result(s, &ev->result);
        break;
    case EVENT_ERROR:
        take_error(s, &ev->error);
        break;
    case EVENT_APPROVAL:
        take_question(s, &ev->approval);
        break;
    case EVENT_APPROVAL_DONE:
        end_question(s);
        break;
    case EVENT_REPORT:
        take_report(s);
        break;
    case EVENT_CATALOG:
        take_catalog(s, &ev->catalog);
        break;
    case EVENT_EARLIER:
        take_earlier(s, &ev->earlier);
        break;
    case EVENT_SETTING:
        s->no_model |= ev->setting.name && strcmp(ev->setting.name, "no_model") == 0 &&
                       ev->setting.value && strcmp(ev->setting.value, "yes") == 0;
        break;
    default:
        break;
    }
    if (s->opening)
        try_open(s, ev);
    if (changed)
        send_options(s);
}

void session_drain(struct session *s)
{
    struct event ev;
    while (!s->dead && engine_next(s->opened.engine, &ev)) {
        take(s, &ev);
        event_fini(&ev);
        if (s->wire->pending.len > (1u << 20))
            return; /* the client reads slowly: the rest waits in the engine's queue */
    }
    s->dead |= engine_done(s->opened.engine);
}

/* ---- what the client asks ---- */

static void run_command(struct session *s, const cJSON *id, const struct command_call *c)
{
    if (c->idle && s->running) {
        rpc_refuse(s->wire, id, RPC_INVALID, "this command waits for an idle agent");
        return;
    }
    cJSON_AddItemToArray(c->reports ? s->reports : s->prompts, cJSON_Duplicate(id, true));
    for (size_t i = 0; i < c->count; i++)
        post(s, c->requests[i]);
}

/* Words while a question is open that takes some are its answer, as on the screen. */
static bool answer_in_words(struct session *s, const char *text)
{
    const char *key = s->question.id ? question_words_key(&s->question) : NULL;
    if (!key || !s->running)
        return false;
    struct request r = request_of(REQUEST_ANSWER, s->question.id, key);
    r.answer.text = mem_strdup(text);
    post(s, r);
    return true;
}

void session_prompt(struct session *s, const cJSON *id, const cJSON *blocks)
{
    struct error e = {0};
    struct command_call command;
    AUTO(buf) text = {0};
    if (!prompt_text(blocks, s->told.workspace, &s->images, &text, &e)) {
        rpc_refuse(s->wire, id, RPC_PARAMS, e.text);
        return;
    }
    const char *words = buf_cstr(&text) + strspn(buf_cstr(&text), " \t\r\n");
    if (!*words) {
        rpc_refuse(s->wire, id, RPC_PARAMS, "the prompt is empty");
        return;
    }
    if (commands_parse(words, s->commands, &command)) {
        run_command(s, id, &command);
        return;
    }
    cJSON_AddItemToArray(s->prompts, cJSON_Duplicate(id, true));
    if (!answer_in_words(s, words))
        post(s, request_of(REQUEST_SUBMIT, words, NULL));
}

void session_cancel(struct session *s)
{
    s->cancelled = cJSON_GetArraySize(s->prompts) > 0;
    post(s, request_of(REQUEST_STOP, NULL, NULL));
}

/* The catalogs are told behind what the choice changes: then it is answered. */
static void choose(struct session *s, const cJSON *id, struct request r, bool mode)
{
    cJSON *one = cJSON_CreateObject();
    json_add(one, "id", cJSON_Duplicate(id, true));
    json_add_bool(one, "mode", mode);
    cJSON_AddItemToArray(s->choices, one);
    bool tells = r.type == REQUEST_MODEL;
    post(s, r);
    if (!tells)
        post(s, request_of(REQUEST_CATALOG, NULL, NULL));
}

void session_choose(struct session *s, const cJSON *id, const char *option, const char *value)
{
    struct error e = {0};
    struct request r;
    if (options_set(&s->options, option, value, &r, &e))
        choose(s, id, r, false);
    else
        rpc_refuse(s->wire, id, RPC_PARAMS, e.text);
}

void session_choose_mode(struct session *s, const cJSON *id, const char *mode)
{
    struct error e = {0};
    struct request r;
    if (options_set_mode(&s->options, mode, &r, &e))
        choose(s, id, r, true);
    else
        rpc_refuse(s->wire, id, RPC_PARAMS, e.text);
}

void session_answered(struct session *s, const cJSON *response)
{
    const char *text, *choice = question_choice(&s->question, response, &text);
    struct request r = request_of(REQUEST_ANSWER, s->question.id, choice);
    r.answer.text = mem_strdup(text);
    s->question.request = 0;
    post(s, r);
}
