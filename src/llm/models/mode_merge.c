/* Behavior modes by name: one, or several composed into one. */
#include <string.h>

#include "base/json.h"
#include "llm/models/models_priv.h"

#define COMPOSE_MAX 16 /* modes in one */

static const struct mode *mode_own(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->mode_count; i++)
        if (strcmp(m->modes[i].name, name) == 0)
            return &m->modes[i];
    return NULL;
}

static const struct mode *mode_in_group(const struct model *m, const char *name)
{
    const struct mode *found = NULL;
    do
        found = m->problem ? NULL : mode_own(m, name);
    while (!found && (m = m->next));
    return found;
}

const struct mode *model_mode_at(const struct model *m, size_t i)
{
    for (const struct model *d = m; d; d = d->next)
        for (size_t k = 0; k < d->mode_count && !d->problem; k++)
            if (mode_in_group(m, d->modes[k].name) == &d->modes[k] && i-- == 0)
                return &d->modes[k];
    return NULL;
}

const struct mode *model_mode(const struct model *m, const char *name, struct error *e)
{
    AUTO(buf) all = {0};
    const struct mode *mode = mode_in_group(m, name);
    if (mode)
        return mode;
    for (size_t i = 0; (mode = model_mode_at(m, i)); i++)
        buf_addf(&all, "%s%s", i ? ", " : "", mode->name);
    if (all.len)
        error_set(e, ERR_NOT_FOUND, "%s has no mode \"%.100s\"; it has: %.300s", m->name, name,
                  buf_cstr(&all));
    else
        error_set(e, ERR_NOT_FOUND,
                  "%s has no behavior modes, so not \"%.100s\" (behaviors: in "
                  "models.yaml declares them)",
                  m->name, name);
    return NULL;
}

/* The names between the plus signs, each once. */
struct parts {
    char *names[COMPOSE_MAX];
    const struct mode *modes[COMPOSE_MAX];
    size_t count;
};

static void parts_fini(struct parts *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->names[i]);
}

static bool parts_has(const struct parts *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->names[i], name) == 0)
            return true;
    return false;
}

static bool parts_split(struct parts *p, const char *names, struct error *e)
{
    for (const char *at = names;;) {
        at += strspn(at, " \t");
        size_t n = strcspn(at, "+"), next = n;
        while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t'))
            n--;
        if (n == 0)
            return error_set(e, ERR_NOT_FOUND,
                             "\"%.100s\" names no mode at one place; write formal, or formal+debug",
                             names);
        AUTO_FREE char *name = mem_strndup(at, n);
        if (p->count == COMPOSE_MAX)
            return error_set(e, ERR_LIMIT, "at most %d modes can be composed", COMPOSE_MAX);
        if (!parts_has(p, name))
            p->names[p->count++] = mem_strdup(name);
        if (!at[next])
            return true;
        at += next + 1;
    }
}

static bool parts_resolve(struct parts *p, const struct model *deployment)
{
    for (size_t i = 0; i < p->count; i++)
        if (!(p->modes[i] = mode_own(deployment, p->names[i])))
            return false;
    return !deployment->problem;
}

/* The first deployment that has them all. */
static const struct model *parts_deployment(struct parts *p, const struct model *m, struct error *e)
{
    const struct model *d = m;
    do
        if (parts_resolve(p, d))
            return d;
    while ((d = d->next));
    AUTO(buf) all = {0};
    for (size_t i = 0; i < p->count; i++) {
        if (!model_mode(m, p->names[i], e))
            return NULL;
        buf_addf(&all, "%s%s", i ? " and " : "", p->names[i]);
    }
    error_set(e, ERR_NOT_FOUND, "no single deployment of %s has %s", m->name, buf_cstr(&all));
    return NULL;
}

static bool mode_excludes_name(const struct mode *mode, const char *name)
{
    for (size_t i = 0; i < mode->exclude_count; i++)
        if (strcmp(mode->excludes[i], name) == 0)
            return true;
    return false;
}

static bool compose_may(const struct mode *a, const struct mode *b, struct error *e)
{
    bool first = mode_excludes_name(a, b->name);
    if (!first && !mode_excludes_name(b, a->name))
        return true;
    const struct mode *by = first ? a : b;
    return error_set(e, ERR_CONFIG, "the modes %s and %s exclude each other (%s)", a->name, b->name,
                     by->origin);
}

static bool compose_suffix(struct mode *out, const struct mode *with, const char *owner,
                           struct error *e)
{
    if (!*with->route_suffix)
        return true;
    if (*out->route_suffix && !with->of->compose_suffix)
        return error_set(e, ERR_CONFIG,
                         "the modes %s and %s both have a route suffix (%s, %s), and the model "
                         "does not join them: choose one, or write compose: path (%s)",
                         owner, with->name, out->route_suffix, with->route_suffix,
                         with->of->origin ? with->of->origin : with->of->name);
    size_t n = strlen(out->route_suffix);
    while (n > 0 && out->route_suffix[n - 1] == '/')
        n--;
    char *joined = mem_printf("%.*s%s", (int)n, out->route_suffix, with->route_suffix);
    free(out->route_suffix);
    out->route_suffix = joined;
    return true;
}

/* What is composed so far, for words about it. */
struct composing {
    const struct parts *parts;
    size_t at; /* the part that is being added */
    bool force;
    struct error *e;
};

static const cJSON *json_at_path(const cJSON *j, const char *path)
{
    while (j && *path) {
        size_t n = strcspn(path, "\n");
        AUTO_FREE char *key = mem_strndup(path, n);
        j = json_get(j, key);
        path += n + (path[n] == '\n');
    }
    return j;
}

/* Which earlier part gave the value at a path. */
static const char *composing_owner(const struct composing *c, const char *path)
{
    for (size_t i = c->at; i-- > 0;)
        if (json_at_path(c->parts->modes[i]->parameters, path))
            return c->parts->modes[i]->name;
    return c->parts->modes[0]->name;
}

static bool compose_conflict(const struct composing *c, const struct buf *path)
{
    const char *owner = composing_owner(c, buf_cstr(path));
    AUTO_FREE char *key = mem_strdup(buf_cstr(path));
    for (char *p = key; *p; p++)
        *p = *p == '\n' ? '.' : *p;
    return error_set(c->e, ERR_CONFIG,
                     "the modes %s and %s set the parameter %s differently; --force lets the last "
                     "one win",
                     owner, c->parts->modes[c->at]->name, key);
}

static bool compose_params(const struct composing *c, cJSON *into, const cJSON *from,
                           struct buf *path)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, from)
    {
        cJSON *old = cJSON_GetObjectItemCaseSensitive(into, p->string);
        size_t len = path->len;
        buf_addf(path, "%s%s", len ? "\n" : "", p->string);
        bool maps = cJSON_IsObject(old) && cJSON_IsObject(p), ok = true;
        if (maps)
            ok = compose_params(c, old, p, path);
        else if (!old)
            json_add(into, p->string, cJSON_Duplicate(p, true));
        else if (!cJSON_Compare(old, p, true) && !c->force)
            ok = compose_conflict(c, path);
        else
            cJSON_ReplaceItemInObjectCaseSensitive(into, p->string, cJSON_Duplicate(p, true));
        buf_cut(path, len);
        if (!ok)
            return false;
    }
    return true;
}

static bool mode_same_lora(const struct lora *a, const struct lora *b)
{
    bool paths = a->path && b->path ? strcmp(a->path, b->path) == 0 : a->path == b->path;
    return a->api == b->api && strcmp(a->name, b->name) == 0 && paths && a->scale >= b->scale &&
           a->scale <= b->scale;
}

/* Both say what the request names as its model. */
static bool mode_names_clash(const struct mode *a, const struct mode *b)
{
    bool lora_a = a->lora.api != LORA_NONE, lora_b = b->lora.api != LORA_NONE;
    if (a->model_override && b->model_override)
        return strcmp(a->model_override, b->model_override) != 0;
    if (lora_a && lora_b)
        return !mode_same_lora(&a->lora, &b->lora);
    return (a->model_override && lora_b && b->lora.api != LORA_LLAMACPP) ||
           (b->model_override && lora_a && a->lora.api != LORA_LLAMACPP);
}

static bool compose_names_may(const struct composing *c)
{
    const struct mode *with = c->parts->modes[c->at];
    for (size_t i = 0; i < c->at && !c->force; i++)
        if (mode_names_clash(c->parts->modes[i], with))
            return error_set(c->e, ERR_CONFIG,
                             "the modes %s and %s ask for different models or adapters; --force "
                             "lets the last one win",
                             c->parts->modes[i]->name, with->name);
    return true;
}

static void compose_lora(struct mode *out, const struct mode *with)
{
    free(out->lora.name);
    free(out->lora.path);
    out->lora = with->lora;
    out->lora.name = mem_strdup(with->lora.name);
    out->lora.path = mem_strdup(with->lora.path);
}

static void compose_names(struct mode *out, const struct mode *with)
{
    bool adapter = with->lora.api != LORA_NONE, names = adapter && with->lora.api != LORA_LLAMACPP;
    if (with->model_override || names)
        mem_replace(&out->model_override, with->model_override);
    if (with->model_override && out->lora.api != LORA_LLAMACPP)
        compose_lora(out, &(struct mode){0});
    if (adapter)
        compose_lora(out, with);
}

static void compose_text(char **slot, const char *text, const char *between)
{
    if (!text || !*text)
        return;
    char *joined = *slot && **slot ? mem_printf("%s%s%s", *slot, between, text) : mem_strdup(text);
    free(*slot);
    *slot = joined;
}

static void compose_excludes(struct mode *out, const struct mode *with)
{
    size_t n = out->exclude_count + with->exclude_count;
    out->excludes = mem_resize(out->excludes, n + 1, sizeof *out->excludes);
    for (size_t i = 0; i < with->exclude_count; i++)
        out->excludes[out->exclude_count++] = mem_strdup(with->excludes[i]);
}

static const char *compose_suffix_owner(const struct parts *p, size_t at)
{
    for (size_t i = at; i-- > 0;)
        if (*p->modes[i]->route_suffix)
            return p->modes[i]->name;
    return "";
}

static bool compose_add(struct mode *out, const struct composing *c)
{
    AUTO(buf) path = {0};
    const struct mode *with = c->parts->modes[c->at];
    for (size_t i = 0; i < c->at; i++)
        if (!compose_may(c->parts->modes[i], with, c->e))
            return false;
    if (!compose_suffix(out, with, compose_suffix_owner(c->parts, c->at), c->e) ||
        !compose_names_may(c))
        return false;
    if (with->parameters && !out->parameters)
        out->parameters = cJSON_CreateObject();
    if (!compose_params(c, out->parameters, with->parameters, &path))
        return false;
    compose_names(out, with);
    compose_excludes(out, with);
    compose_text(&out->name, with->name, "+");
    compose_text(&out->description, with->description, "; ");
    compose_text(&out->instructions, with->instructions, "\n\n");
    compose_text(&out->origin, with->origin, ", ");
    out->cost *= with->cost > 0 ? with->cost : 1;
    return true;
}

static struct mode *compose_parts(const struct parts *p, const struct model *deployment, bool force,
                                  struct error *e)
{
    struct composing c = {.parts = p, .force = force, .e = e};
    struct mode *out = mem_alloc(sizeof *out);
    mode_copy(out, p->modes[0], deployment);
    out->cost = out->cost > 0 ? out->cost : 1;
    out->forced = force;
    for (c.at = 1; c.at < p->count; c.at++)
        if (!compose_add(out, &c)) {
            mode_free(out);
            return NULL;
        }
    return out;
}

struct mode *mode_compose(const struct model *m, const char *names, bool force, struct error *e)
{
    AUTO(parts) p = {0};
    const struct model *d = parts_split(&p, names, e) ? parts_deployment(&p, m, e) : NULL;
    return d ? compose_parts(&p, d, force, e) : NULL;
}

struct mode *mode_for(const struct model *deployment, const struct mode *mode)
{
    AUTO(parts) p = {0};
    return parts_split(&p, mode->name, NULL) && parts_resolve(&p, deployment)
               ? compose_parts(&p, deployment, mode->forced, NULL)
               : NULL;
}

void mode_free(struct mode *mode)
{
    if (!mode)
        return;
    mode_fini(mode);
    free(mode);
}

char *model_sent_name(const struct model *m, const struct mode *mode)
{
    if (mode && mode->model_override)
        return mem_strdup(mode->model_override);
    if (!mode || mode->lora.api == LORA_NONE || mode->lora.api == LORA_LLAMACPP)
        return mem_strdup(m->upstream);
    return mode->lora.api == LORA_SGLANG ? mem_printf("%s:%s", m->upstream, mode->lora.name)
                                         : mem_strdup(mode->lora.name);
}

/* ---- words about a mode ---- */

struct describing {
    const struct parts *parts;
    struct buf *out;
};

static void describe_line(struct buf *out, const char *what, const char *value, const char *who,
                          const char *origin)
{
    buf_addf(out, "%-13s%s  (%s%s%s)\n", what, value, who ? who : "", who ? ", " : "",
             origin ? origin : "?");
}

/* The part whose value stands in the end: the last that has it. */
static const struct mode *describe_owner(const struct describing *d, const char *path)
{
    for (size_t i = d->parts->count; i-- > 0;)
        if (json_at_path(d->parts->modes[i]->parameters, path))
            return d->parts->modes[i];
    return d->parts->modes[0];
}

static void describe_params(const struct describing *d, const cJSON *params, struct buf *path)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, params)
    {
        size_t len = path->len;
        buf_addf(path, "%s%s", len ? "\n" : "", p->string);
        if (cJSON_IsObject(p) && p->child) {
            describe_params(d, p, path);
        } else {
            const struct mode *owner = describe_owner(d, buf_cstr(path));
            AUTO_FREE char *value = json_print(p);
            AUTO_FREE char *line = mem_printf("%s = %s", buf_cstr(path), value);
            for (char *c = line; *c; c++)
                *c = *c == '\n' ? '.' : *c;
            describe_line(d->out, "body", line, owner->name, owner->origin);
        }
        buf_cut(path, len);
    }
}

static void describe_part(const struct mode *mode, struct buf *out)
{
    if (*mode->route_suffix)
        describe_line(out, "suffix", mode->route_suffix, mode->name, mode->origin);
    if (mode->model_override)
        describe_line(out, "model", mode->model_override, mode->name, mode->origin);
    if (mode->lora.api != LORA_NONE) {
        AUTO_FREE char *text =
            mem_printf("%s, api %s, scale %g%s%s", mode->lora.name, lora_api_name(mode->lora.api),
                       mode->lora.scale, mode->lora.path ? ", path " : "",
                       mode->lora.path ? mode->lora.path : "");
        describe_line(out, "adapter", text, mode->name, mode->origin);
    }
    if (mode->instructions)
        describe_line(out, "instructions", mode->instructions, mode->name, mode->origin);
}

static void describe_url(const struct model *d, const struct mode *mode, struct buf *out)
{
    struct error e = {0};
    AUTO_FREE char *url = d->api_base ? model_url(d, mode, ROUTE_CHAT, &e) : NULL;
    describe_line(out, "URL",
                  url           ? url
                  : d->api_base ? e.text
                                : "none: it speaks from a playbook",
                  NULL, d->origin);
}

void mode_describe(const struct model *m, const struct mode *mode, struct buf *out)
{
    AUTO(parts) p = {0};
    AUTO(buf) path = {0};
    const struct model *home = mode && mode->of ? mode->of : m;
    describe_url(home, mode, out);
    for (const struct model *d = m; d; d = d->next) {
        struct mode *same = mode && d != home && !d->problem ? mode_for(d, mode) : NULL;
        if (d != home && !d->problem && (!mode || same))
            describe_url(d, same, out);
        mode_free(same);
    }
    if (!mode)
        return;
    AUTO_FREE char *sent = model_sent_name(home, mode);
    if (strcmp(sent, home->upstream) != 0)
        describe_line(out, "sent model", sent, mode->name, mode->origin);
    if (!parts_split(&p, mode->name, NULL) || !parts_resolve(&p, home))
        return;
    for (size_t i = 0; i < p.count; i++)
        describe_part(p.modes[i], out);
    describe_params(&(struct describing){&p, out}, mode->parameters, &path);
    if (mode->cost > 0 && (mode->cost < 1 || mode->cost > 1))
        buf_addf(out, "%-13s%g times\n", "cost", mode->cost);
}
