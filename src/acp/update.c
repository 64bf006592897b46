#include "acp/update.h"

#include <string.h>

#include "base/clock.h"

#define OUTPUT_MOST 16384 /* bytes of a running call's output that are told each time */
#define OUTPUT_EVERY_MS 250

void update_fini(struct update *u)
{
    for (size_t i = 0; i < u->calls.len; i++) {
        free(u->calls.ptr[i].id);
        free(u->calls.ptr[i].title);
        free(u->calls.ptr[i].path);
        buf_fini(&u->calls.ptr[i].output);
    }
    VEC_FREE(&u->calls);
    buf_fini(&u->said);
    free(u->workspace);
    free(u->title);
}

static cJSON *begin(const char *kind)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "sessionUpdate", kind);
    return j;
}

static cJSON *text_block(const char *text)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "type", "text");
    json_add_strn(j, "text", text, strlen(text));
    return j;
}

cJSON *update_words(const char *kind, const char *text)
{
    cJSON *j = begin(kind);
    json_add(j, "content", text_block(text ? text : ""));
    return j;
}

/* ---- calls ---- */

/* By the first word of what the screen says of it: "Edited a.c". */
static const char *kind_of(const struct event_tool_call *c)
{
    static const char *const kinds[][2] = {
        {"Read", "read"},           {"Listed", "read"},   {"Looked for", "search"},
        {"Searched for", "search"}, {"Wrote", "edit"},    {"Edited", "edit"},
        {"Patched", "edit"},        {"Ran", "execute"},   {"Typed", "execute"},
        {"Fetched", "fetch"},       {"Planned", "think"},
    };
    for (size_t i = 0; c->verb && i < COUNT_OF(kinds); i++)
        if (strcmp(c->verb, kinds[i][0]) == 0)
            return kinds[i][1];
    return "other";
}

static char *absolute(const struct update *u, const char *path)
{
    return *path == '/' || !u->workspace ? mem_strdup(path)
                                         : mem_printf("%s/%s", u->workspace, path);
}

cJSON *update_content(const char *text)
{
    cJSON *list = cJSON_CreateArray(), *one = cJSON_CreateObject();
    json_add_str(one, "type", "content");
    json_add(one, "content", text_block(text));
    cJSON_AddItemToArray(list, one);
    return list;
}

/* What a program printed, so that no viewer takes it for markup. */
static cJSON *printed(const char *text)
{
    AUTO(buf) fence = {0}, whole = {0};
    buf_adds(&fence, "```");
    while (strstr(text, buf_cstr(&fence)))
        buf_addc(&fence, '`');
    size_t n = strlen(text);
    buf_addf(&whole, "%s\n%s%s%s", buf_cstr(&fence), text, n && text[n - 1] == '\n' ? "" : "\n",
             buf_cstr(&fence));
    return update_content(buf_cstr(&whole));
}

/* The file's name in a header line, "--- a.c"; NULL: there is none. */
static char *header_name(const char *line)
{
    const char *name = line + 4;
    size_t n = strcspn(name, "\n");
    return n == 9 && strncmp(name, "/dev/null", 9) == 0 ? NULL : mem_strndup(name, n);
}

struct hunk {
    struct buf before, after;
    char last; /* what headed the line before */
    bool any;
};

/* "\ No newline at end of file" is said of the line before. */
static void cut_newline(struct hunk *h)
{
    if (h->last != '+' && h->before.len)
        buf_cut(&h->before, h->before.len - 1);
    if (h->last != '-' && h->after.len)
        buf_cut(&h->after, h->after.len - 1);
}

static void end_hunk(const struct update *u, cJSON *list, struct hunk *h, const char *from,
                     const char *to)
{
    if (h->any && (from || to)) {
        cJSON *one = cJSON_CreateObject();
        AUTO_FREE char *path = absolute(u, to ? to : from);
        json_add_str(one, "type", "diff");
        json_add_str(one, "path", path);
        if (from)
            json_add_strn(one, "oldText", buf_cstr(&h->before), h->before.len);
        else
            json_add(one, "oldText", cJSON_CreateNull());
        json_add_strn(one, "newText", buf_cstr(&h->after), h->after.len);
        cJSON_AddItemToArray(list, one);
    }
    buf_clear(&h->before);
    buf_clear(&h->after);
    h->any = false;
}

cJSON *update_diff(const struct update *u, const char *diff, const char *path)
{
    cJSON *list = cJSON_CreateArray();
    AUTO_FREE char *from = NULL;
    AUTO_FREE char *to = NULL;
    struct hunk h = {0};
    if (path && strncmp(diff, "@@", 2) == 0) {
        from = strncmp(diff, "@@ -0,0 ", 8) == 0 ? NULL : mem_strdup(path);
        to = mem_strdup(path);
    }
    for (size_t n; *diff; diff += n) {
        n = strcspn(diff, "\n");
        n += diff[n] == '\n';
        bool heads = strncmp(diff, "--- ", 4) == 0 && strncmp(diff + n, "+++ ", 4) == 0;
        if (heads || strncmp(diff, "@@", 2) == 0)
            end_hunk(u, list, &h, from, to);
        if (heads) {
            free(from);
            free(to);
            from = header_name(diff);
            diff += n;
            n = strcspn(diff, "\n");
            n += diff[n] == '\n';
            to = header_name(diff);
            continue;
        }
        h.any = true;
        if (*diff == ' ' || *diff == '-')
            buf_add(&h.before, diff + 1, n - 1);
        if (*diff == ' ' || *diff == '+')
            buf_add(&h.after, diff + 1, n - 1);
        if (*diff == '\\')
            cut_newline(&h);
        h.last = *diff;
    }
    end_hunk(u, list, &h, from, to);
    buf_fini(&h.before);
    buf_fini(&h.after);
    return list;
}

/* Files that a diff or a result names, with the line where they were changed. */
static cJSON *locations(const struct update *u, const char *diff, const cJSON *result)
{
    cJSON *list = cJSON_CreateArray();
    const char *path = json_str(result, "path", NULL);
    const char *at = diff ? strstr(diff, "@@ ") : NULL, *plus = at ? strchr(at, '+') : NULL;
    int64_t line = plus ? strtoll(plus + 1, NULL, 10) : json_int(result, "start_line", 0);
    if (!path)
        return list;
    cJSON *one = cJSON_CreateObject();
    AUTO_FREE char *whole = absolute(u, path);
    json_add_str(one, "path", whole);
    if (line > 0)
        json_add_int(one, "line", line);
    cJSON_AddItemToArray(list, one);
    return list;
}

static struct update_call *find_call(struct update *u, const char *id)
{
    for (size_t i = u->calls.len; id && i > 0; i--)
        if (strcmp(u->calls.ptr[i - 1].id, id) == 0)
            return &u->calls.ptr[i - 1];
    return NULL;
}

const struct update_call *update_running(const struct update *u)
{
    return u->calls.len ? &u->calls.ptr[u->calls.len - 1] : NULL;
}

static void forget_call(struct update *u, struct update_call *c)
{
    free(c->id);
    free(c->title);
    free(c->path);
    buf_fini(&c->output);
    size_t at = (size_t)(c - u->calls.ptr);
    memmove(c, c + 1, (u->calls.len - at - 1) * sizeof *c);
    u->calls.len--;
}

static cJSON *call_begins(struct update *u, const struct event_tool_call *c)
{
    cJSON *j = begin("tool_call"),
          *args = c->args ? json_parse(c->args, strlen(c->args), NULL) : NULL;
    const char *what = c->verb ? c->verb : c->name ? c->name : "tool";
    AUTO_FREE char *title = mem_printf("%s%s%s", what, c->summary && *c->summary ? " " : "",
                                       c->summary ? c->summary : "");
    VEC_PUSH(&u->calls, ((struct update_call){.id = mem_strdup(c->id ? c->id : ""),
                                              .title = mem_strdup(title),
                                              .path = mem_strdup(json_str(args, "path", NULL))}));
    json_add_str(j, "toolCallId", c->id ? c->id : "");
    json_add_strn(j, "title", title, strlen(title));
    json_add_str(j, "kind", kind_of(c));
    json_add_str(j, "status", "in_progress");
    json_add(j, "locations", locations(u, NULL, args));
    if (args)
        json_add(j, "rawInput", args);
    return j;
}

static cJSON *call_prints(struct update *u, const struct event_tool_output *o)
{
    struct update_call *c = find_call(u, o->id);
    if (!c || !o->text)
        return NULL;
    buf_adds(&c->output, o->text);
    if (c->output.len > OUTPUT_MOST)
        buf_drop_head(&c->output, c->output.len - OUTPUT_MOST);
    /* Each update says all of it anew: not more often than somebody can read. */
    if (u->replays || clock_ms() - c->told_ms < OUTPUT_EVERY_MS)
        return NULL;
    c->told_ms = clock_ms();
    cJSON *j = begin("tool_call_update");
    json_add_str(j, "toolCallId", c->id);
    json_add(j, "content", printed(buf_cstr(&c->output)));
    return j;
}

static cJSON *call_ends(struct update *u, const struct event_tool_result *r)
{
    struct update_call *c = find_call(u, r->id);
    cJSON *j = begin("tool_call_update");
    cJSON *result = r->result ? json_parse(r->result, strlen(r->result), NULL) : NULL;
    const char *error = r->ok ? NULL : json_str(result, "error", NULL);
    bool differs = r->diff && *r->diff;
    json_add_str(j, "toolCallId", r->id ? r->id : "");
    json_add_str(j, "status", r->ok ? "completed" : "failed");
    if (error)
        json_add(j, "content", update_content(error));
    else if (differs)
        json_add(j, "content", update_diff(u, r->diff, NULL));
    else if (c && c->output.len)
        json_add(j, "content", printed(buf_cstr(&c->output)));
    else if (r->summary && *r->summary)
        json_add(j, "content", update_content(r->summary));
    if (json_str(result, "path", NULL))
        json_add(j, "locations", locations(u, r->diff, result));
    if (result)
        json_add(j, "rawOutput", result);
    if (c)
        forget_call(u, c);
    return j;
}

void update_end_calls(struct update *u, void (*send)(void *arg, cJSON *update), void *arg)
{
    while (u->calls.len) {
        cJSON *j = begin("tool_call_update");
        json_add_str(j, "toolCallId", u->calls.ptr[0].id);
        json_add_str(j, "status", "failed");
        forget_call(u, &u->calls.ptr[0]);
        send(arg, j);
    }
}

/* ---- the tree ---- */

/* A state that a plan's three cannot say. */
static bool is_odd(const char *state)
{
    return strcmp(state, "failed") == 0 || strcmp(state, "skipped") == 0 ||
           strcmp(state, "blocked") == 0 || strcmp(state, "claimed") == 0;
}

static const char *plan_status(const char *state)
{
    static const char *const over[] = {"done", "failed", "skipped"};
    for (size_t i = 0; i < COUNT_OF(over); i++)
        if (strcmp(state, over[i]) == 0)
            return "completed";
    return strcmp(state, "active") == 0 || strcmp(state, "decomposed") == 0 ? "in_progress"
                                                                            : "pending";
}

/* A plan has no levels: tasks and subtasks in their order, what lies deeper set in. */
static cJSON *plan(struct update *u, const struct event_tree *t)
{
    cJSON *j = begin("plan"), *entries = cJSON_CreateArray();
    AUTO_JSON *nodes = t->nodes ? json_parse(t->nodes, strlen(t->nodes), NULL) : NULL;
    const cJSON *n;
    cJSON_ArrayForEach(n, nodes)
    {
        const char *state = json_str(n, "state", "pending"), *title = json_str(n, "title", "");
        int64_t depth = json_int(n, "depth", 0);
        bool odd = is_odd(state);
        if (depth == 0)
            continue;
        AUTO_FREE char *text = mem_printf("%*s%s%s%s%s", (int)MIN(depth - 1, 8) * 2, "", title,
                                          odd ? " (" : "", odd ? state : "", odd ? ")" : "");
        cJSON *one = cJSON_CreateObject();
        json_add_strn(one, "content", text, strlen(text));
        json_add_str(one, "priority", "medium");
        json_add_str(one, "status", plan_status(state));
        cJSON_AddItemToArray(entries, one);
    }
    json_add(j, "entries", entries);
    bool news = cJSON_GetArraySize(entries) > 0 || u->planned;
    u->planned = cJSON_GetArraySize(entries) > 0;
    if (news)
        return j;
    cJSON_Delete(j);
    return NULL;
}

/* ---- the rest ---- */

/* A client that takes no notices reads them as thoughts: they are not the model's answer. */
static cJSON *notice(const struct update *u, const char *severity, const char *text)
{
    if (!u->notices) {
        AUTO_FREE char *line = mem_printf("[mien] %s\n", text ? text : "");
        return update_words("agent_thought_chunk", line);
    }
    cJSON *j = begin("notice");
    json_add_str(j, "severity", severity);
    json_add_str(j, "title", text && *text ? text : "mien");
    return j;
}

static cJSON *gauge(const struct update *u)
{
    cJSON *j = begin("usage_update");
    json_add_int(j, "used", MAX(u->used, 0));
    json_add_int(j, "size", MAX(u->window, 0));
    if (u->cost > 0) {
        cJSON *cost = cJSON_CreateObject();
        json_add(cost, "amount", cJSON_CreateNumber(u->cost));
        json_add_str(cost, "currency", "USD");
        json_add(j, "cost", cost);
    }
    return j;
}

static cJSON *title(struct update *u, const char *text)
{
    AUTO_FREE char *line = mem_strndup(text, strcspn(text, "\n"));
    if (u->title && strcmp(u->title, line) == 0)
        return NULL;
    mem_replace(&u->title, line);
    cJSON *j = begin("session_info_update");
    json_add_strn(j, "title", line, strlen(line));
    return j;
}

static cJSON *said(struct update *u, const struct event_text *t)
{
    const char *text = t->text ? t->text : "";
    bool anew = t->restart && u->said.len;
    AUTO_FREE char *whole =
        anew ? mem_printf("\n\n[the answer begins anew]\n\n%s", text) : mem_strdup(text);
    if (anew)
        buf_clear(&u->said);
    buf_adds(&u->said, text);
    return *whole ? update_words("agent_message_chunk", whole) : NULL;
}

/* What the goal ended with, as far as it was not said. */
static cJSON *ended(const struct update *u, const struct event_result *r)
{
    const char *answer = r->answer && *r->answer ? r->answer : r->summary;
    bool known = !answer || !*answer || strstr(buf_cstr(&u->said), answer);
    AUTO_FREE char *line =
        r->success ? mem_strdup(known ? "" : answer)
                   : mem_printf("\n\nThe goal ended: %s%s%s", r->status ? r->status : "failed",
                                known ? "" : ". ", known ? "" : answer);
    bool stopped = r->status && strcmp(r->status, "cancelled") == 0; /* who stopped it knows */
    return *line && !stopped ? update_words("agent_message_chunk", line) : NULL;
}

static cJSON *one_update(struct update *u, const struct event *ev)
{
    switch (ev->type) {
    case EVENT_SESSION_START:
        mem_replace(&u->workspace, ev->session_start.workspace);
        return NULL;
    case EVENT_USER:
        return u->replays ? update_words("user_message_chunk", ev->user.text) : NULL;
    case EVENT_GOAL_START:
        return ev->goal_start.goal ? title(u, ev->goal_start.goal) : NULL;
    case EVENT_SETTING:
        return ev->setting.name && ev->setting.value && *ev->setting.value &&
                       strcmp(ev->setting.name, "name") == 0
                   ? title(u, ev->setting.value)
                   : NULL;
    case EVENT_ROUND_START:
        buf_clear(&u->said);
        return NULL;
    case EVENT_TEXT:
        return said(u, &ev->text);
    case EVENT_REASONING:
        return ev->reasoning.text && *ev->reasoning.text
                   ? update_words("agent_thought_chunk", ev->reasoning.text)
                   : NULL;
    case EVENT_TOOL_CALL:
        return call_begins(u, &ev->tool_call);
    case EVENT_TOOL_OUTPUT:
        return call_prints(u, &ev->tool_output);
    case EVENT_TOOL_RESULT:
        return call_ends(u, &ev->tool_result);
    case EVENT_TREE:
        return ev->tree.goal ? plan(u, &ev->tree) : NULL;
    case EVENT_GAUGE:
        u->used = ev->gauge.used;
        u->window = ev->gauge.window;
        return gauge(u);
    case EVENT_USAGE:
        u->cost = ev->usage.total_cost;
        return NULL; /* the gauge follows */
    case EVENT_LOOP_WARNING:
        return ev->loop_warning.level && strcmp(ev->loop_warning.level, "clear") != 0
                   ? notice(u, "warning", ev->loop_warning.text)
                   : NULL;
    case EVENT_NOTICE:
        return notice(
            u, ev->notice.level && strcmp(ev->notice.level, "warn") == 0 ? "warning" : "info",
            ev->notice.text);
    case EVENT_ERROR:
        return notice(u, "error", ev->error.text);
    case EVENT_COMPACT:
        return notice(u, "info", "older messages left the model's view, summed up or pruned");
    case EVENT_REPORT:
        return update_words("agent_message_chunk", ev->report.text);
    case EVENT_RESULT:
        return ended(u, &ev->result);
    default:
        return NULL;
    }
}

void update_event(struct update *u, const struct event *ev, void (*send)(void *arg, cJSON *update),
                  void *arg)
{
    static const enum event_type passing[] = {EVENT_GAUGE, EVENT_NOTICE, EVENT_LOOP_WARNING,
                                              EVENT_COMPACT, EVENT_REPORT};
    for (size_t i = 0; u->replays && i < COUNT_OF(passing); i++)
        if (ev->type == passing[i])
            return;
    cJSON *j = one_update(u, ev);
    if (j)
        send(arg, j);
}
