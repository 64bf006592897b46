/* When the user's own commands are asked, and what becomes of what they say. */
#include <string.h>

#include "gateway/gateway_priv.h"

/* Members of an event's object, without braces. Caller frees. */
static char *hooks_members(const cJSON *j)
{
    AUTO_FREE char *text = json_print(j);
    return mem_strndup(text + 1, strlen(text) - 2);
}

static cJSON *hooks_event(const struct serving *s)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "client", s->client);
    json_add_str(j, "path", s->path);
    json_add_str(j, "session", s->session);
    return j;
}

/* ---- pre_request ---- */

/* What a hook is shown of a body: JSON as it is; what only lenient parsers take as one text, so
 * that nobody gets by with it. False: it is something else, a file. */
static bool hooks_body(const struct serving *s, const char *type, struct buf *out)
{
    bool json = s->styled || !type || strcasestr(type, "json");
    if (!json || !s->body.len)
        return false;
    if (json_is_strict(s->body.ptr, s->body.len))
        buf_add(out, s->body.ptr, s->body.len);
    else
        buf_add_json_str(out, s->body.ptr, s->body.len);
    return true;
}

bool hooks_see_request(struct serving *s, const char *type, void (*done)(void *arg))
{
    struct gateway *p = s->gateway;
    AUTO(buf) body = {0};
    if ((!s->styled && !s->other) || !hook_wants(&p->o.hooks, "pre_request"))
        return false;
    AUTO_JSON *j = hooks_event(s);
    bool has = hooks_body(s, type, &body);
    json_add_str(j, "method", s->styled ? "POST" : s->method);
    json_add_str(j, "model", s->path_model);
    json_add_str(j, "mode", s->header_mode);
    s->state = SERVING_WAIT;
    s->hook = hook_start(p->loop, &p->o.hooks, "pre_request", NULL, hooks_members(j),
                         has ? &body : NULL, done, s);
    return true;
}

/* ---- pre_tool ---- */

static void hooks_start_call(struct serving *s, const struct llm_tool_call *c,
                             void (*done)(void *arg))
{
    struct gateway *p = s->gateway;
    const struct asked_tool *tool = s->turned ? asked_tool(&s->turned->asked, c->name) : NULL;
    const char *name = tool ? tool->theirs : c->name;
    const struct target *at = &s->targets.ptr[s->at];
    AUTO_JSON *j = hooks_event(s);
    cJSON *args = json_parse(c->args, strlen(c->args), NULL);
    json_add_str(j, "model", at->model->name);
    json_add_str(j, "mode", at->mode ? at->mode->name : NULL);
    json_add_str(j, "tool", name);
    json_add(j, "args", args ? args : cJSON_CreateString(c->args));
    s->hook = hook_start(p->loop, &p->o.hooks, "pre_tool", name, hooks_members(j), NULL, done, s);
}

bool hooks_see_calls(struct serving *s, const struct llm_reply *r, void (*done)(void *arg),
                     char **refusal)
{
    for (; s->hooked < r->call_count; s->hooked++) {
        const struct llm_tool_call *c = &r->calls[s->hooked];
        if (!s->hook)
            hooks_start_call(s, c, done);
        if (!hook_is_over(s->hook))
            return false;
        const char *why = hook_refusal(s->hook);
        *refusal = why ? mem_printf("a hook refused the call of %s: %s", c->name, why) : NULL;
        hook_free(s->hook);
        s->hook = NULL;
        if (*refusal)
            return true;
    }
    return true;
}

/* ---- post_response ---- */

static void hooks_told(void *arg)
{
    struct gateway *p = arg;
    for (size_t i = 0; i < p->told.len; i++)
        if (hook_is_over(p->told.ptr[i])) {
            hook_free(p->told.ptr[i]);
            p->told.ptr[i--] = p->told.ptr[--p->told.len];
        }
}

static void hooks_add_usage(cJSON *j, const struct llm_usage *u)
{
    cJSON *usage = cJSON_AddObjectToObject(j, "usage");
    json_add_int(usage, "input", u->input);
    json_add_int(usage, "cached", u->cached);
    json_add_int(usage, "output", u->output);
}

/* What it said is known where it was translated. */
static void hooks_add_words(cJSON *j, const struct translation *t)
{
    cJSON *calls = cJSON_AddArrayToObject(j, "calls");
    AUTO_FREE char *text = tell_joined(&t->tell, TELL_TEXT);
    json_add_str(j, "text", text ? text : "");
    for (size_t i = 0; i < t->tell.items.len; i++) {
        const struct tell_item *it = t->tell.items.ptr[i];
        if (it->kind != TELL_CALL)
            continue;
        cJSON *one = cJSON_CreateObject(),
              *args = json_parse(buf_cstr(&it->text), it->text.len, NULL);
        json_add_str(one, "tool", it->name);
        json_add(one, "args", args ? args : cJSON_CreateString(buf_cstr(&it->text)));
        cJSON_AddItemToArray(calls, one);
    }
}

void hooks_tell_answer(struct serving *s, const struct llm_usage *u)
{
    struct gateway *p = s->gateway;
    if (p->ending || !hook_wants(&p->o.hooks, "post_response"))
        return;
    const struct target *at = &s->targets.ptr[MIN(s->at, s->targets.len - 1)];
    AUTO_JSON *j = hooks_event(s);
    json_add_str(j, "model", at->model->name);
    json_add_str(j, "mode", at->mode ? at->mode->name : NULL);
    json_add_int(j, "status", s->status);
    json_add_bool(j, "whole", s->complete);
    hooks_add_usage(j, u);
    if (s->turned && s->turned->over)
        hooks_add_words(j, s->turned);
    struct hook_run *r = hook_start(p->loop, &p->o.hooks, "post_response", NULL, hooks_members(j),
                                    NULL, hooks_told, p);
    if (hook_is_over(r))
        hook_free(r);
    else
        VEC_PUSH(&p->told, r);
}

void hooks_fini(struct gateway *p)
{
    for (size_t i = 0; i < p->told.len; i++)
        hook_free(p->told.ptr[i]);
    VEC_FREE(&p->told);
}
