/* What the proxy itself says. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/gateway_priv.h"
#include "llm/codecs.h"
#include "llm/models/family.h"
#include "store/store.h"

static void answer_json(struct serving *s, int status, const cJSON *j)
{
    buf_clear(&s->own);
    json_write(&s->own, j);
    s->status = status;
    s->state = SERVING_REFUSED;
}

bool answer_failure_of(struct serving *s, const struct llm_failure *f)
{
    const struct codec *as = codec_at(s->styled ? s->style : ROUTE_CHAT);
    if (turned_fails(s, f))
        return false;
    buf_clear(&s->own);
    s->status = as->tell->refuse(f, &s->own);
    s->state = SERVING_REFUSED;
    return false;
}

static enum llm_class answer_class(int status)
{
    return status == 401 || status == 403 ? LLM_AUTH
           : status == 504                ? LLM_TIMEOUT
           : status == 502                ? LLM_CONNECT
           : status >= 500                ? LLM_SERVER
                                          : LLM_BAD_REQUEST;
}

bool answer_refuse(struct serving *s, int status, const char *fmt, ...)
{
    struct llm_failure f = {.class = answer_class(status), .status = status};
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f.error.text, sizeof f.error.text, fmt, ap);
    va_end(ap);
    (void)answer_failure_of(s, &f);
    s->status = status;
    return false;
}

void answer_health(struct serving *s)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "status", "ok");
    json_add_int(j, "requests", (int64_t)s->gateway->serving.len - 1);
    answer_json(s, 200, j);
}

void answer_nothing(struct serving *s)
{
    buf_clear(&s->own);
    s->status = 204;
    s->state = SERVING_REFUSED;
}

void answer_stats(struct serving *s)
{
    AUTO_JSON *j = tally_json(s->gateway);
    answer_json(s, 200, j);
}

/* ---- /v1/models ---- */

static bool answer_can_serve(const struct model *m)
{
    for (; m; m = m->next)
        if (!m->problem && strcmp(m->provider, "playbook") != 0 && !strchr(m->name, '*'))
            return true;
    return false;
}

static cJSON *answer_one(const struct model *m, const char *mode)
{
    AUTO_FREE char *id = mem_printf("%s%s%s", m->name, mode ? "@" : "", mode ? mode : "");
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "id", id);
    json_add_str(one, "object", "model");
    json_add_str(one, "type", "model");
    json_add_str(one, "display_name", id);
    json_add_int(one, "created", 0);
    json_add_str(one, "created_at", "1970-01-01T00:00:00Z");
    json_add_str(one, "owned_by", m->provider);
    int64_t window = m->window > 0 ? m->window : family_of(m)->window;
    int64_t output = m->max_output > 0 ? m->max_output : family_of(m)->output;
    if (window > 0) { /* spares clients a table */
        json_add_int(one, "context_length", window);
        json_add_int(one, "max_model_len", window);
    }
    if (output > 0)
        json_add_int(one, "max_output_tokens", output);
    return one;
}

void answer_models(struct serving *s)
{
    reload_models(s->gateway);
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *list = cJSON_CreateArray();
    const struct model *m;
    const struct mode *mode;
    json_add_str(j, "object", "list");
    for (size_t i = 0; (m = models_at(s->gateway->o.models, i)); i++) {
        if (!answer_can_serve(m))
            continue;
        cJSON_AddItemToArray(list, answer_one(m, NULL));
        for (size_t k = 0; (mode = model_mode_at(m, k)); k++)
            cJSON_AddItemToArray(list, answer_one(m, mode->name));
    }
    json_add(j, "data", list);
    json_add_bool(j, "has_more", false);
    answer_json(s, 200, j);
}

bool answer_unknown_model(struct serving *s, const char *name, const struct error *why)
{
    AUTO(buf) all = {0};
    const struct model *m;
    for (size_t i = 0; (m = models_at(s->gateway->o.models, i)) && all.len < 600; i++)
        if (answer_can_serve(m) || strchr(m->name, '*'))
            buf_addf(&all, "%s%s", all.len ? ", " : "", m->name);
    return answer_refuse(s, 400, "%s; there is: %s (append @mode for a behavior mode)", why->text,
                         all.len ? buf_cstr(&all) : "none, for models.yaml declares none");
}

void answer_model(struct serving *s)
{
    const char *name = strstr(s->path, "/models/") + 8;
    const struct model *m = upstream_model(s, name);
    const struct mode *mode;
    if (!m)
        return;
    AUTO_JSON *j = answer_one(m, NULL);
    cJSON *modes = cJSON_AddArrayToObject(j, "behavior_modes");
    cJSON_DeleteItemFromObjectCaseSensitive(j, "id");
    json_add_str(j, "id", name);
    for (size_t k = 0; (mode = model_mode_at(m, k)); k++)
        cJSON_AddItemToArray(modes, cJSON_CreateString(mode->name));
    answer_json(s, 200, j);
}

/* ---- POST /behavior ---- */

struct setting {
    const char *session, *mode; /* mode "": clear */
    cJSON *set, *without;
};

static bool answer_fits(const struct model *m, const char *mode, struct error *e)
{
    struct mode *made = *mode ? mode_compose(m, mode, false, e) : NULL;
    bool ok = made || !*mode;
    mode_free(made);
    return ok;
}

static bool answer_set_one(struct serving *s, const struct setting *t, const struct model *m)
{
    struct error e = {0};
    if (!active_set(s->gateway, t->session, m, t->mode, &e))
        return answer_refuse(s, e.code == ERR_NOT_FOUND ? 404 : 500, "%s", e.text);
    cJSON_AddItemToArray(t->set, cJSON_CreateString(m->name));
    return true;
}

/* For one model, else for all that have the mode. */
static bool answer_set(struct serving *s, const struct setting *t, const char *name)
{
    struct error e = {0}, first = {0};
    const struct model *m = name ? models_declared(s->gateway->o.models, name, &e) : NULL;
    if (name && !m)
        return answer_unknown_model(s, name, &e);
    if (name)
        return answer_fits(m, t->mode, &e) ? answer_set_one(s, t, m)
                                           : answer_refuse(s, 400, "%s", e.text);
    for (size_t i = 0; (m = models_at(s->gateway->o.models, i)); i++) {
        if (!answer_can_serve(m))
            continue;
        if (!answer_fits(m, t->mode, &e)) {
            first = first.code == ERR_NONE ? e : first;
            cJSON_AddItemToArray(t->without, cJSON_CreateString(m->name));
        } else if (!answer_set_one(s, t, m)) {
            return false;
        }
    }
    return t->set->child ||
           answer_refuse(s, 400, "%s",
                         first.code == ERR_NONE ? "there is no model to set it for" : first.text);
}

static bool answer_read_setting(struct serving *s, const cJSON *body, struct setting *t)
{
    static const char *const names[] = {"session", "model"};
    const cJSON *mode = json_get(body, "mode");
    if (!cJSON_IsObject(body))
        return answer_refuse(s, 400, "the body must be like {\"mode\": \"formal\"}");
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (json_get(body, names[i]) && !json_str(body, names[i], NULL))
            return answer_refuse(s, 400, "\"%s\" must be text", names[i]);
    if (!mode || (!cJSON_IsString(mode) && !cJSON_IsNull(mode)))
        return answer_refuse(s, 400, "\"mode\" must be the name of a mode, or null for none");
    t->mode = cJSON_IsString(mode) ? mode->valuestring : "";
    t->session = json_str(body, "session", s->session);
    if (t->session && !store_id_valid(t->session))
        return answer_refuse(s, 400, "\"%.60s\" is no session id", t->session);
    return true;
}

void answer_behavior(struct serving *s)
{
    struct setting t = {.mode = "", .set = cJSON_CreateArray(), .without = cJSON_CreateArray()};
    AUTO_JSON *body = json_parse(buf_cstr(&s->body), s->body.len, NULL);
    AUTO_JSON *j = cJSON_CreateObject();
    json_add(j, "models", t.set);
    json_add(j, "without", t.without);
    if (!answer_read_setting(s, body, &t))
        return;
    const char *name = json_str(body, "model", NULL);
    AUTO_FREE char *of = name ? NULL : active_session_model(s->gateway, t.session);
    if (!answer_set(s, &t, name ? name : of))
        return;
    json_add_str(j, "mode", t.mode);
    json_add_str(j, "session", t.session);
    answer_json(s, 200, j);
}
