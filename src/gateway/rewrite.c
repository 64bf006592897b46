#include "gateway/rewrite.h"

#include <string.h>

#include "gateway/scan.h"
#include "llm/keys.h"
#include "llm/models/adapter.h"
#include "llm/models/family.h"
#include "llm/turn/params.h"
#include "llm/turn/seal.h"

void rewrite_fini(struct rewrite *in)
{
    for (size_t i = 0; i < in->members.len; i++)
        free(in->members.ptr[i].key);
    VEC_FREE(&in->members);
    free(in->model);
    free(in->mode);
    *in = (struct rewrite){0};
}

static const struct rewrite_member *rewrite_find(const struct rewrite *in, const char *key)
{
    for (size_t i = 0; i < in->members.len; i++)
        if (strcmp(in->members.ptr[i].key, key) == 0)
            return &in->members.ptr[i];
    return NULL;
}

static cJSON *rewrite_parse(const struct rewrite *in, const struct rewrite_member *m)
{
    return m ? json_parse(in->text + m->at, m->len, NULL) : NULL;
}

/* ---- reading ---- */

struct reading {
    struct rewrite *in;
    struct error *e;
};

static char *rewrite_key(const char *quoted, size_t n)
{
    if (!memchr(quoted, '\\', n))
        return mem_strndup(quoted + 1, n - 2);
    AUTO_JSON *j = json_parse(quoted, n, NULL);
    return mem_strdup(cJSON_IsString(j) ? j->valuestring : "");
}

/* A client chooses by name; where requests go is the configuration's alone. */
static bool rewrite_names_url(const char *key)
{
    static const char *const refused[] = {"api_base",         "base_url",  "litellm_params",
                                          "user_config",      "api_key",   "extra_headers",
                                          "fallbacks",        "callbacks", "success_callback",
                                          "failure_callback", "http_proxy"};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (strcmp(key, refused[i]) == 0)
            return true;
    return false;
}

static bool rewrite_no_url(const char *key, struct error *e)
{
    return !rewrite_names_url(key) ||
           error_set(
               e, ERR_DENIED,
               "a request cannot say \"%s\": where requests go, and with whose key, is written "
               "in models.yaml; name a model and a mode",
               key);
}

static bool rewrite_member(void *arg, const char *key, size_t key_len, const char *value,
                           size_t len)
{
    struct reading *r = arg;
    if (r->in->members.len >= REWRITE_MEMBERS_MAX)
        return error_set(r->e, ERR_PARSE, "the body has more than %d members", REWRITE_MEMBERS_MAX);
    struct rewrite_member m = {rewrite_key(key, key_len), (size_t)(value - r->in->text), len};
    bool twice = rewrite_find(r->in, m.key) != NULL;
    VEC_PUSH(&r->in->members, m);
    if (twice)
        return error_set(r->e, ERR_PARSE, "the body has \"%.100s\" twice", m.key);
    return rewrite_no_url(m.key, r->e);
}

static bool rewrite_extra(void *arg, const char *key, size_t key_len, const char *value, size_t len)
{
    AUTO_FREE char *name = rewrite_key(key, key_len);
    return rewrite_no_url(name, arg);
}

/* metadata as an object, or as the text of one. */
static cJSON *rewrite_metadata(const struct rewrite *in, const char *key)
{
    cJSON *j = rewrite_parse(in, rewrite_find(in, key));
    if (!cJSON_IsString(j))
        return j;
    cJSON *inner = json_parse(j->valuestring, strlen(j->valuestring), NULL);
    cJSON_Delete(j);
    return inner;
}

static bool rewrite_read_mode(struct rewrite *in, struct error *e)
{
    static const char *const keys[] = {"metadata", "litellm_metadata"};
    for (size_t i = 0; i < COUNT_OF(keys) && !in->mode; i++) {
        AUTO_JSON *meta = rewrite_metadata(in, keys[i]);
        const cJSON *mode = json_get(meta, "behavior_mode");
        if (mode && !cJSON_IsString(mode) && !cJSON_IsNull(mode))
            return error_set(e, ERR_PARSE, "%s.behavior_mode must be the name of a mode", keys[i]);
        if (mode)
            in->mode = mem_strdup(cJSON_IsString(mode) ? mode->valuestring : "");
    }
    return true;
}

static bool rewrite_read_model(struct rewrite *in, struct error *e)
{
    AUTO_JSON *model = rewrite_parse(in, rewrite_find(in, "model"));
    AUTO_JSON *stream = rewrite_parse(in, rewrite_find(in, "stream"));
    in->stream = cJSON_IsTrue(stream);
    if (model && !cJSON_IsString(model))
        return error_set(e, ERR_PARSE, "\"model\" must be the name of a model");
    in->model = model ? mem_strdup(model->valuestring) : NULL;
    return true;
}

bool rewrite_read(struct rewrite *in, const char *text, size_t n, struct error *e)
{
    struct error why = {0};
    struct scan s = {text, text + n};
    struct reading r = {in, &why};
    *in = (struct rewrite){.text = text, .len = n};
    bool ok = scan_object(&s, REWRITE_DEPTH_MAX, rewrite_member, &r);
    scan_space(&s);
    if (!ok && why.code != ERR_NONE)
        return error_set(e, why.code, "%s", why.text);
    if (!ok || s.p != s.end)
        return error_set(e, ERR_PARSE, "the body is no JSON object; it goes wrong at byte %zu",
                         (size_t)(s.p - text));
    const struct rewrite_member *extra = rewrite_find(in, "extra_body");
    struct scan inside = {text + (extra ? extra->at : 0), text + n};
    if (extra && text[extra->at] == '{' &&
        !scan_object(&inside, REWRITE_DEPTH_MAX, rewrite_extra, e))
        return false;
    return rewrite_read_model(in, e) && rewrite_read_mode(in, e);
}

/* ---- writing ---- */

struct writing {
    const struct rewrite *in;
    const struct outgoing *o;
    cJSON *head;   /* members to write in place of the client's, or beside them */
    cJSON *params; /* of the mode */
    struct buf *out;
    size_t written;
};

/* Members that no parameter replaces: they are the conversation. */
static bool rewrite_is_fixed(const char *key)
{
    static const char *const fixed[] = {
        "messages", "input",      "system",   "instructions",     "stream", "stream_options",
        "tools",    "extra_body", "metadata", "litellm_metadata", "model"};
    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        if (strcmp(key, fixed[i]) == 0)
            return true;
    return false;
}

static bool rewrite_is_limit(const char *key)
{
    return strcmp(key, "max_tokens") == 0 || strcmp(key, "max_completion_tokens") == 0 ||
           strcmp(key, "max_output_tokens") == 0;
}

/* The limit of the answer has another name on each path. */
static const char *rewrite_limit_name(const struct outgoing *o)
{
    if (o->style == ROUTE_RESPONSES)
        return "max_output_tokens";
    const char *name = o->style == ROUTE_CHAT ? family_of(o->model)->limit : NULL;
    return name ? name : "max_tokens";
}

/* Our parameters, in the names of the path. */
static cJSON *rewrite_params(const cJSON *params, const struct outgoing *o)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *p;
    cJSON_ArrayForEach(p, params)
    {
        const char *key = rewrite_is_limit(p->string) ? rewrite_limit_name(o) : p->string;
        if (!rewrite_is_fixed(key) && !json_get(out, key))
            json_add(out, key, cJSON_Duplicate(p, true));
    }
    return out;
}

/* A limit of the client under another name than ours counts as the same. */
static const struct rewrite_member *rewrite_same(const struct rewrite *in, const char *key)
{
    const struct rewrite_member *m = rewrite_find(in, key);
    for (size_t i = 0; !m && rewrite_is_limit(key) && i < in->members.len; i++)
        if (rewrite_is_limit(in->members.ptr[i].key))
            m = &in->members.ptr[i];
    return m;
}

/* Order of strength: the deployment's parameters, the client's, the mode's. */
static bool rewrite_merge(struct writing *w, struct error *e)
{
    AUTO_JSON *own = rewrite_params(w->o->model->params, w->o);
    AUTO_JSON *extra = rewrite_params(json_get(w->o->model->params, "extra_body"), w->o);
    params_overlay(own, extra);
    w->params = rewrite_params(w->o->mode ? w->o->mode->parameters : NULL, w->o);
    if (!keys_resolve(own, e) || !keys_resolve(w->params, e))
        return false;
    w->head = cJSON_CreateObject();
    for (const cJSON *p = own->child; p; p = p->next)
        if (!rewrite_same(w->in, p->string))
            json_add(w->head, p->string, cJSON_Duplicate(p, true));
    for (const cJSON *p = w->params->child; p; p = p->next) {
        cJSON *theirs = rewrite_parse(w->in, rewrite_find(w->in, p->string));
        if (theirs)
            json_add(w->head, p->string, theirs);
    }
    params_overlay(w->head, w->params);
    if (w->o->mode)
        adapter_add_body(w->head, &w->o->mode->lora, w->o->lora_slot);
    return true;
}

static void rewrite_put(struct writing *w, const char *key, const char *value, size_t n)
{
    if (w->written++)
        buf_addc(w->out, ',');
    buf_add_json_str(w->out, key, strlen(key));
    buf_addc(w->out, ':');
    buf_add(w->out, value, n);
}

static void rewrite_put_json(struct writing *w, const char *key, const cJSON *value)
{
    AUTO_FREE char *text = json_print(value);
    rewrite_put(w, key, text, strlen(text));
}

/* Text or blocks of text, with more text at the end. False: it is neither. */
static bool rewrite_join(struct buf *out, const char *value, size_t n, const char *text)
{
    AUTO(buf) quoted = {0};
    bool string = n >= 2 && value[0] == '"', blocks = n >= 2 && value[0] == '[';
    if (string && n > 2)
        buf_adds(&quoted, "\n\n");
    buf_adds(&quoted, text);
    AUTO(buf) json = {0};
    buf_add_json_str(&json, quoted.ptr, quoted.len);
    if (string) {
        buf_add(out, value, n - 1);
        buf_add(out, json.ptr + 1, json.len - 1);
    } else if (blocks) {
        size_t first;
        buf_add(out, value, n - 1);
        buf_addf(out, "%s{\"type\":\"text\",\"text\":%s}]", scan_first(value, n, &first) ? "," : "",
                 buf_cstr(&json));
    }
    return string || blocks;
}

struct message {
    const char *role, *content;
    size_t role_len, content_len;
};

static bool rewrite_message_member(void *arg, const char *key, size_t key_len, const char *value,
                                   size_t len)
{
    struct message *m = arg;
    if (key_len == 6 && memcmp(key, "\"role\"", 6) == 0) {
        m->role = value;
        m->role_len = len;
    } else if (key_len == 9 && memcmp(key, "\"content\"", 9) == 0) {
        m->content = value;
        m->content_len = len;
    }
    return true;
}

static bool message_is(const struct message *m, const char *quoted)
{
    return m->role && m->content && m->role_len == strlen(quoted) &&
           memcmp(m->role, quoted, m->role_len) == 0;
}

/* Into the first message when that is the system's, for some servers take one only. */
static void rewrite_messages(struct buf *out, const char *value, size_t n, const char *text)
{
    size_t len = 0;
    struct message m = {0};
    AUTO(buf) content = {0};
    const char *first = scan_first(value, n, &len);
    struct scan s = {first, first ? first + len : NULL};
    bool object = first && scan_object(&s, REWRITE_DEPTH_MAX, rewrite_message_member, &m);
    if (object && (message_is(&m, "\"system\"") || message_is(&m, "\"developer\"")) &&
        rewrite_join(&content, m.content, m.content_len, text)) {
        buf_add(out, value, (size_t)(m.content - value));
        buf_add(out, content.ptr, content.len);
        const char *rest = m.content + m.content_len;
        buf_add(out, rest, n - (size_t)(rest - value));
        return;
    }
    const char *bracket = memchr(value, '[', n);
    if (!bracket) {
        buf_add(out, value, n);
        return;
    }
    buf_adds(out, "[{\"role\":\"system\",\"content\":");
    buf_add_json_str(out, text, strlen(text));
    buf_addf(out, "}%s", first ? "," : "");
    buf_add(out, bracket + 1, n - (size_t)(bracket + 1 - value));
}

static const char *rewrite_instructions_key(enum route_style style)
{
    return style == ROUTE_CHAT ? "messages" : style == ROUTE_MESSAGES ? "system" : "instructions";
}

static void rewrite_put_instructions(struct writing *w, const struct rewrite_member *m,
                                     const char *text)
{
    AUTO(buf) value = {0};
    const char *key = rewrite_instructions_key(w->o->style);
    if (m && w->o->style == ROUTE_CHAT)
        rewrite_messages(&value, w->in->text + m->at, m->len, text);
    else if (w->o->style == ROUTE_CHAT)
        return;
    else if (!m || !rewrite_join(&value, w->in->text + m->at, m->len, text))
        buf_add_json_str(&value, text, strlen(text));
    rewrite_put(w, key, value.ptr, value.len);
}

/* To a proxy that routes itself the mode's name goes along; to nobody else. */
static const char *rewrite_routing_key(const struct outgoing *o)
{
    if (!model_routes_itself(o->model))
        return NULL;
    return o->style == ROUTE_CHAT ? "metadata" : "litellm_metadata";
}

static void rewrite_put_metadata(struct writing *w, const char *key)
{
    const struct rewrite_member *m = rewrite_find(w->in, key);
    const char *routing = rewrite_routing_key(w->o);
    bool ours = routing && strcmp(routing, key) == 0 && w->o->mode;
    if (!m && !ours)
        return;
    AUTO_JSON *meta = rewrite_metadata(w->in, key);
    bool had = json_get(meta, "behavior_mode") != NULL;
    if (!had && !ours && (routing || strcmp(key, "metadata") == 0)) {
        rewrite_put(w, key, w->in->text + m->at, m->len);
        return;
    }
    if (!ours && !routing && strcmp(key, "litellm_metadata") == 0)
        return;
    if (!cJSON_IsObject(meta)) {
        cJSON_Delete(meta);
        meta = cJSON_CreateObject();
    }
    cJSON_DeleteItemFromObjectCaseSensitive(meta, "behavior_mode");
    if (ours)
        json_add_str(meta, "behavior_mode", w->o->mode->name);
    if (meta->child)
        rewrite_put_json(w, key, meta);
}

/* Is it one of the places that a dialect has for proofs, with one of ours in it? */
static bool rewrite_is_seal(const cJSON *m)
{
    static const char *const places[] = {"signature", "data", "encrypted_content",
                                         "thoughtSignature"};
    for (size_t i = 0; m->string && i < COUNT_OF(places); i++)
        if (strcmp(m->string, places[i]) == 0)
            return cJSON_IsString(m) && seal_is_ours(m->valuestring);
    return false;
}

/* A conversation that came to this server from another model holds proofs that we made up for the
 * client: it would refuse them. They leave with the reasoning that they stand for. */
static void rewrite_drop_seals(cJSON *j)
{
    for (cJSON *one = j ? j->child : NULL, *next; one; one = next) {
        next = one->next;
        cJSON *seal = one->child;
        while (seal && !rewrite_is_seal(seal))
            seal = seal->next;
        if (!seal || !cJSON_IsObject(one))
            rewrite_drop_seals(one);
        else if (json_get(one, "functionCall"))
            cJSON_Delete(cJSON_DetachItemViaPointer(one, seal));
        else
            cJSON_Delete(cJSON_DetachItemViaPointer(j, one));
    }
}

static void rewrite_put_member(struct writing *w, const struct rewrite_member *m)
{
    const char *text = w->o->mode ? w->o->mode->instructions : NULL;
    const cJSON *ours = json_get(w->head, m->key);
    if (strcmp(m->key, "model") == 0 || strcmp(m->key, "metadata") == 0 ||
        strcmp(m->key, "litellm_metadata") == 0)
        return;
    if (text && strcmp(m->key, rewrite_instructions_key(w->o->style)) == 0) {
        rewrite_put_instructions(w, m, text);
    } else if (ours) {
        rewrite_put_json(w, m->key, ours);
        cJSON_DeleteItemFromObjectCaseSensitive(w->head, m->key);
    } else if (json_get(w->params, m->key)) {
        return; /* the mode takes it away */
    } else if (rewrite_is_limit(m->key) && json_get(w->params, rewrite_limit_name(w->o))) {
        return; /* the mode's limit has another name */
    } else if (memmem(w->in->text + m->at, m->len, SEAL_MARK, strlen(SEAL_MARK))) {
        AUTO_JSON *j = rewrite_parse(w->in, m);
        rewrite_drop_seals(j);
        rewrite_put_json(w, m->key, j);
    } else {
        rewrite_put(w, m->key, w->in->text + m->at, m->len);
    }
}

bool rewrite_write(const struct rewrite *in, const struct outgoing *o, struct buf *out,
                   struct error *e)
{
    struct writing w = {.in = in, .o = o, .out = out};
    const char *text = o->mode ? o->mode->instructions : NULL;
    AUTO_FREE char *name = model_sent_name(o->model, o->mode);
    AUTO(buf) quoted = {0};
    bool ok = rewrite_merge(&w, e);
    buf_add_json_str(&quoted, name, strlen(name));
    buf_addc(out, '{');
    rewrite_put(&w, "model", quoted.ptr, quoted.len);
    for (size_t i = 0; ok && i < in->members.len; i++)
        rewrite_put_member(&w, &in->members.ptr[i]);
    if (ok && text && !rewrite_find(in, rewrite_instructions_key(o->style)))
        rewrite_put_instructions(&w, NULL, text);
    rewrite_put_metadata(&w, "metadata");
    rewrite_put_metadata(&w, "litellm_metadata");
    for (const cJSON *p = ok ? w.head->child : NULL; p; p = p->next)
        rewrite_put_json(&w, p->string, p);
    buf_addc(out, '}');
    cJSON_Delete(w.head);
    cJSON_Delete(w.params);
    return ok;
}
