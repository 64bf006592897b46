/* Behaviors written in Python: the slots of a class, each a call of its host process. */
#include "behavior/python.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "behavior/instance.h"
#include "behavior/python_context.h"
#include "behavior/python_host.h"
#include "behavior/registry.h"

#define SOURCE_MAX (4 << 20)

/* The behavior of one class: found again from a call's `self`. */
struct python_class {
    struct behavior behavior;
    char *path, *type, *name, *help;
    char *source; /* as it was when it was found: what runs later is what was trusted */
};

struct python {
    struct python_host host;
    struct python_context context;
    VEC(struct tool) tools;
    cJSON *params;      /* of the constructor: without placement */
    char *instructions; /* as last given */
};

/* Handlers are to stay under 100 ms: the pipeline says so when they do not. */
static const struct python_limits of_events = {.ms = 5000, .pump = true};
static const struct python_limits of_context = {.ms = 5000};
static const struct python_limits of_view = {.ms = 5000, .view = true};
static const struct python_limits of_tools = {.ms = 120000, .pump = true, .tool = true};

static const struct python_class *class_of(const struct call *c)
{
    return (const struct python_class *)((const char *)c->self -
                                         offsetof(struct python_class, behavior));
}

/* ---- one instance ---- */

static const struct python_env *env_of(const struct call *c)
{
    return ((const struct instance *)((const char *)c - offsetof(struct instance, call)))->python;
}

static bool take_placement(struct python *p, const struct call *c, struct error *e)
{
    static const char *const names[] = {"", "literal", "pinned", "tail"};
    cJSON *given = cJSON_DetachItemFromObjectCaseSensitive(p->params, "placement");
    AUTO_JSON *owned = given;
    for (size_t i = 1; i < COUNT_OF(names); i++)
        if (cJSON_IsString(given) && strcmp(given->valuestring, names[i]) == 0)
            p->context.placement = (enum python_placement)i;
    if (!given || p->context.placement != PYTHON_BY_CHANGE)
        return true;
    return error_set(e, ERR_CONFIG, "%s: \"placement\" is one of literal, pinned, tail",
                     c->self->type);
}

static bool python_init(struct call *c, struct error *e)
{
    struct python *p = c->state;
    p->params = cJSON_Duplicate(*(cJSON *const *)c->params, true);
    p->host = (struct python_host){.env = env_of(c),
                                   .type = c->self->type,
                                   .path = class_of(c)->path,
                                   .source = class_of(c)->source,
                                   .params = p->params};
    if (!p->host.env)
        return error_set(e, ERR_CONFIG, "%s is written in Python; none is run here", c->self->type);
    return take_placement(p, c, e);
}

static void python_fini(struct call *c)
{
    struct python *p = c->state;
    python_host_fini(&p->host);
    python_context_fini(&p->context);
    VEC_FREE(&p->tools);
    cJSON_Delete(p->params);
    free(p->instructions);
}

/* ---- tools ---- */

static cJSON *python_tool(struct call *c, const cJSON *args)
{
    struct python *p = c->state;
    struct error e = {0};
    cJSON *list = cJSON_CreateArray(), *kw = cJSON_CreateObject();
    cJSON_AddItemToArray(list, cJSON_CreateString(c->tool));
    cJSON_AddItemToArray(list, cJSON_Duplicate(args, true));
    json_add_str(kw, "call_id", c->call_id);
    const char *tool = c->tool;
    cJSON *result = python_host_call(&p->host, c, "dispatch_tool", list, kw, &of_tools, &e);
    return result ? result : json_error("Tool %s failed: %s", tool, e.text);
}

static const struct tool *python_make_tools(struct call *c, struct error *e)
{
    struct python *p = c->state;
    const cJSON *t;
    if (!p->host.loaded && !python_host_load(&p->host, e))
        return NULL;
    p->tools.len = 0;
    cJSON_ArrayForEach(t, json_get(p->host.loaded, "tools"))
    {
        VEC_PUSH(&p->tools, (struct tool){.name = json_str(t, "name", ""),
                                          .description = json_str(t, "description", ""),
                                          .schema = json_str(t, "schema", "{}"),
                                          .handler = python_tool});
    }
    VEC_PUSH(&p->tools, (struct tool){0});
    return p->tools.ptr;
}

/* ---- the prompt ---- */

static void python_instructions(struct call *c, struct buf *out)
{
    struct python *p = c->state;
    struct error e = {0};
    if (!python_host_has(&p->host, "get_instructions"))
        return;
    AUTO_JSON *text = python_host_call(&p->host, c, "get_instructions", cJSON_CreateArray(), NULL,
                                       &of_context, &e);
    if (text)
        mem_replace(&p->instructions, cJSON_IsString(text) ? text->valuestring : "");
    else if (e.code == ERR_PARSE)
        python_host_complain(&p->host, "get_instructions() failed: %s", e.text);
    buf_adds(out, p->instructions); /* the last ones, when it failed: the prefix stands */
}

static void python_enhance(struct call *c)
{
    struct python *p = c->state;
    struct error e = {0};
    if (!python_host_has(&p->host, "enhance_context"))
        return;
    AUTO_JSON *found =
        python_host_call(&p->host, c, "enhance_context", cJSON_CreateArray(), NULL, &of_view, &e);
    if (found)
        python_context_apply(&p->context, c, found);
    else if (e.code == ERR_PARSE)
        python_host_complain(&p->host, "enhance_context() failed: %s", e.text);
}

/* ---- events ---- */

/* Takes args and kw. */
static void tell(struct call *c, const char *event, cJSON *args, cJSON *kw)
{
    struct python *p = c->state;
    struct error e = {0};
    AUTO_JSON *done = python_host_call(&p->host, c, event, args, kw, &of_events, &e);
    if (!done && e.code == ERR_PARSE)
        python_host_complain(&p->host, "%s() failed: %s", event, e.text);
}

static bool listens(const struct call *c, const char *event)
{
    const struct python *p = c->state;
    return !p->host.off && python_host_has(&p->host, event);
}

static cJSON *one(cJSON *value)
{
    cJSON *list = cJSON_CreateArray();
    cJSON_AddItemToArray(list, value);
    return list;
}

static void python_goal_start(struct call *c)
{
    if (listens(c, "on_goal_start"))
        tell(c, "on_goal_start", one(cJSON_CreateString(c->goal ? c->goal : "")), NULL);
}

static void python_tool_call(struct call *c, const char *tool, const cJSON *args,
                             const cJSON *result)
{
    if (!listens(c, "on_tool_call"))
        return;
    cJSON *list = one(cJSON_CreateString(tool));
    cJSON_AddItemToArray(list, args ? cJSON_Duplicate(args, true) : cJSON_CreateObject());
    cJSON_AddItemToArray(list, cJSON_Duplicate(result, true));
    tell(c, "on_tool_call", list, NULL);
}

static void python_round_end(struct call *c)
{
    if (listens(c, "on_round_end"))
        tell(c, "on_round_end", one(cJSON_CreateNumber((double)c->round)), NULL);
}

static void python_timeout(struct call *c, double elapsed_s)
{
    if (listens(c, "on_timeout"))
        tell(c, "on_timeout", one(cJSON_CreateNumber(elapsed_s)), NULL);
}

static void python_goal_complete(struct call *c, bool success, const char *status)
{
    if (!listens(c, "on_goal_complete"))
        return;
    cJSON *kw = cJSON_CreateObject();
    json_add_str(kw, "status", status);
    tell(c, "on_goal_complete", one(cJSON_CreateBool(success)), kw);
}

static void python_status(struct call *c, struct buf *out)
{
    const struct python *p = c->state;
    if (p->host.off)
        buf_addf(out, "%s: off, its Python process failed twice\n", c->self->type);
    else if (p->host.failures)
        buf_addf(out, "%s: its Python process was started again once\n", c->self->type);
}

/* ---- the type ---- */

static const struct behavior slots = {
    .flags = BEHAVIOR_FREE_PARAMS,
    .params_size = sizeof(cJSON *),
    .state_size = sizeof(struct python),
    .init = python_init,
    .make_tools = python_make_tools,
    .fini = python_fini,
    .instructions = python_instructions,
    .enhance_context = python_enhance,
    .on_goal_start = python_goal_start,
    .on_tool_call = python_tool_call,
    .on_round_end = python_round_end,
    .on_timeout = python_timeout,
    .on_goal_complete = python_goal_complete,
    .status = python_status,
};

/* The first line of the file's own words on itself. */
static char *first_words(const struct buf *source, const char *path)
{
    const char *s = buf_cstr(source);
    if (strncmp(s, "\"\"\"", 3) == 0) {
        size_t n = strcspn(s + 3, "\n\"");
        AUTO_FREE char *line = text_line(s + 3, MIN(n, 200));
        if (*line)
            return mem_strdup(line);
    }
    return mem_printf("In Python: %s", path);
}

static bool readable(const char *path, struct buf *source, struct error *e)
{
    struct stat st;
    if (!file_read(path, source, SOURCE_MAX, e))
        return false;
    if (stat(path, &st) == 0 && (st.st_mode & S_IWOTH))
        return error_set(e, ERR_DENIED,
                         "%s could have been written by anybody, so it is not run; close it: "
                         "chmod o-w %s",
                         path, path);
    if (memchr(buf_cstr(source), '\0', source->len))
        return error_set(e, ERR_CONFIG, "%s is no text", path);
    return true;
}

char *python_class_name(const char *path, const char *file)
{
    AUTO(buf) source = {0};
    if (!file_read(path, &source, SOURCE_MAX, NULL))
        return NULL;
    for (const char *at = buf_cstr(&source); at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, "class ", 6) != 0)
            continue;
        const char *name = at + 6 + strspn(at + 6, " ");
        AUTO_FREE char *class = mem_strndup(name, strcspn(name, " (:\n"));
        AUTO_FREE char *own = behavior_file_name(class);
        if (strcmp(own, file) == 0)
            return mem_strdup(class);
    }
    return NULL;
}

const struct behavior *python_type(const char *path, const char *type, struct error *e)
{
    AUTO(buf) source = {0};
    if (!readable(path, &source, e))
        return NULL;
    char *real = realpath(path, NULL);
    struct python_class *k = mem_alloc(sizeof *k);
    *k = (struct python_class){.behavior = slots,
                               .path = real ? real : mem_strdup(path),
                               .type = mem_strdup(type),
                               .name = behavior_file_name(type),
                               .help = first_words(&source, path),
                               .source = mem_strdup(buf_cstr(&source))};
    k->behavior.type = k->type;
    k->behavior.name = k->name;
    k->behavior.help = k->help;
    return &k->behavior;
}
