/*
 * ServerToolsBehavior - long-running programs by name: started until they are ready, looked at,
 * stopped. The host owns the processes.
 */
#include <string.h>

#include "base/mem.h"
#include "behaviors/behavior.h"

#define TAIL_DEFAULT 20
#define READY_DEFAULT 10

static void server_instructions(struct call *c, struct buf *out)
{
    buf_adds(out, c->host->text(c->agent, "server_tools.instructions"));
}

static bool server_plain_word(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@%";
    return *s && strspn(s, plain) == strlen(s);
}

/* One word of a command line, quoted where the shell would read more into it. */
static void server_add_word(struct buf *out, const char *word)
{
    buf_adds(out, out->len ? " " : "");
    if (server_plain_word(word)) {
        buf_adds(out, word);
        return;
    }
    buf_addc(out, '\'');
    for (const char *p = word; *p; p++) {
        if (*p == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *p);
    }
    buf_addc(out, '\'');
}

/* A line or an array of words. */
static void server_command(const cJSON *args, struct buf *out)
{
    const cJSON *v = json_get(args, "command"), *word;
    if (cJSON_IsString(v))
        buf_adds(out, v->valuestring);
    if (!cJSON_IsArray(v))
        return;
    cJSON_ArrayForEach(word, v) server_add_word(out, cJSON_IsString(word) ? word->valuestring : "");
}

static void server_add_status(cJSON *j, const struct server_status *s)
{
    bool ended = s->state == SERVER_STOPPED || s->state == SERVER_FAILED;
    json_add_str(j, "name", s->name);
    json_add_str(j, "server_id", s->name);
    json_add_str(j, "command", s->command);
    json_add_int(j, "pid", s->pid);
    if (s->port)
        json_add_int(j, "port", s->port);
    json_add_str(j, "log_file", s->log);
    json_add_str(j, "status", server_state_name(s->state));
    json_add_bool(j, "listening", s->listening);
    if (s->http_status)
        json_add_int(j, "http_status", s->http_status);
    if (ended)
        json_add_int(j, "exit_code", s->code);
    json_add_int(j, "uptime_seconds", s->uptime_ms / 1000);
    json_add_int(j, "restarts", s->restarts);
}

static void server_add_message(cJSON *j, const struct server_status *s, int64_t waited_s)
{
    AUTO(buf) text = {0};
    const char *state = server_state_name(s->state);
    if (s->state == SERVER_STOPPED && s->code != 0)
        buf_addf(&text, "%s was stopped", s->name);
    else if (s->state == SERVER_FAILED || s->state == SERVER_STOPPED)
        buf_addf(&text, "%s has ended", s->name);
    else if (s->port && s->listening)
        buf_addf(&text, "%s is %s and answers on port %lld", s->name, state, (long long)s->port);
    else if (s->port && waited_s)
        buf_addf(&text,
                 "%s is %s, but port %lld did not answer within %lld s; look at check_server",
                 s->name, state, (long long)s->port, (long long)waited_s);
    else if (s->port)
        buf_addf(&text, "%s is %s; port %lld does not answer", s->name, state, (long long)s->port);
    else
        buf_addf(&text, "%s is %s", s->name, state);
    json_add_str(j, "message", buf_cstr(&text));
}

static cJSON *server_start_failed(struct server_status *s, const struct error *e)
{
    cJSON *j = json_error("%s", e->text);
    json_add_str(j, "output", s->tail);
    json_add_str(j, "log_file", s->log);
    if (s->name)
        json_add_int(j, "exit_code", s->code);
    server_status_fini(s);
    return j;
}

static cJSON *server_start(struct call *c, const cJSON *args)
{
    int64_t port = json_int(args, "port", 0), wait = json_int(args, "timeout", READY_DEFAULT);
    AUTO(buf) command = {0};
    AUTO_FREE char *made = port ? mem_printf("server_%lld", (long long)port) : mem_strdup("server");
    const char *name = json_str(args, "name", "");
    struct server_status s = {0};
    struct error e = {0};
    server_command(args, &command);
    if (strspn(buf_cstr(&command), " \t\n") == command.len)
        return json_error("start_server needs a command: a line, or an array of words");
    struct command_spec spec = {.command = buf_cstr(&command),
                                .needs = json_get(args, "needs"),
                                .why = json_str(args, "why", NULL)};
    if (!c->host->server_start(c->agent, *name ? name : made, &spec, port,
                               json_bool(args, "http", false), wait * 1000, &s, &e))
        return server_start_failed(&s, &e);
    cJSON *j = json_success();
    server_add_status(j, &s);
    server_add_message(j, &s, wait);
    server_status_fini(&s);
    return j;
}

/* What there is, when a name is missing or not known. */
static cJSON *server_unknown(struct call *c, const char *why)
{
    struct server_status *list = NULL;
    size_t n = c->host->server_list(c->agent, &list);
    AUTO(buf) names = {0};
    for (size_t i = 0; i < n; i++) {
        buf_addf(&names, "%s%s", names.len ? ", " : "", list[i].name);
        server_status_fini(&list[i]);
    }
    free(list);
    return n ? json_error("%s; there are: %s", why, buf_cstr(&names))
             : json_error("%s; none was started", why);
}

static cJSON *server_failed(struct call *c, const char *name, const struct error *e)
{
    if (e->code != ERR_NOT_FOUND)
        return json_error("%s", e->text);
    AUTO_FREE char *why = mem_printf("no server is called \"%s\"", name);
    return server_unknown(c, why);
}

static cJSON *server_stop(struct call *c, const cJSON *args)
{
    const char *name = json_str(args, "name", "");
    struct server_status s = {0};
    struct error e = {0};
    if (!*name)
        return server_unknown(c, "which server? Give its name");
    if (!c->host->server_stop(c->agent, name, &s, &e)) {
        server_status_fini(&s);
        return server_failed(c, name, &e);
    }
    cJSON *j = json_success();
    server_add_status(j, &s);
    server_add_message(j, &s, 0);
    server_status_fini(&s);
    return j;
}

static cJSON *server_check(struct call *c, const cJSON *args)
{
    const char *name = json_str(args, "name", "");
    struct server_status s = {0};
    struct error e = {0};
    if (!*name)
        return server_unknown(c, "which server? Give its name");
    if (!c->host->server_check(c->agent, name, json_int(args, "tail_lines", TAIL_DEFAULT), &s,
                               &e)) {
        server_status_fini(&s);
        return server_failed(c, name, &e);
    }
    cJSON *j = json_success();
    server_add_status(j, &s);
    json_add_str(j, "recent_output", s.tail ? s.tail : "");
    server_add_message(j, &s, 0);
    server_status_fini(&s);
    return j;
}

static cJSON *server_list(struct call *c, const cJSON *args)
{
    struct server_status *list = NULL;
    size_t n = c->host->server_list(c->agent, &list);
    cJSON *j = json_success(), *all = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++) {
        cJSON *one = cJSON_CreateObject();
        server_add_status(one, &list[i]);
        cJSON_AddItemToArray(all, one);
        server_status_fini(&list[i]);
    }
    free(list);
    json_add(j, "servers", all);
    json_add_int(j, "count", (int64_t)n);
    return j;
}

static void server_show(struct call *c, struct buf *out)
{
    struct server_status *list = NULL;
    size_t n = c->host->server_list(c->agent, &list);
    for (size_t i = 0; i < n; i++) {
        const struct server_status *s = &list[i];
        buf_addf(out, "server %s: %s", s->name, server_state_name(s->state));
        if (s->port)
            buf_addf(out, ", port %lld%s", (long long)s->port, s->listening ? "" : " (silent)");
        buf_addf(out, ", log %s\n", s->log ? s->log : "-");
        server_status_fini(&list[i]);
    }
    free(list);
}

/* The signal of a stop that was asked for is no news. */
static bool exit_is_told(const cJSON *server)
{
    return json_get(server, "exit_code") &&
           (json_int(server, "exit_code", 0) == 0 ||
            strcmp(json_str(server, "status", ""), server_state_name(SERVER_STOPPED)) != 0);
}

/* The message, the facts that it does not say, the end of the log. */
static char *server_text(const cJSON *args, const cJSON *result)
{
    const char *tail = json_str(result, "recent_output", json_str(result, "output", NULL));
    const char *error = json_str(result, "error", NULL), *log = json_str(result, "log_file", NULL);
    AUTO(buf) out = {0};
    if (!error && !json_get(result, "message"))
        return NULL;
    buf_addf(&out, "%s%s", error ? "error: " : "", error ? error : json_str(result, "message", ""));
    if (exit_is_told(result))
        buf_addf(&out, ", exit %lld", (long long)json_int(result, "exit_code", 0));
    else if (json_int(result, "pid", 0) > 0)
        buf_addf(&out, ", pid %lld", (long long)json_int(result, "pid", 0));
    if (log)
        buf_addf(&out, ", log %s", log);
    buf_addf(&out, "\n%s", tail ? tail : "");
    return buf_take(&out);
}

static char *server_list_text(const cJSON *args, const cJSON *result)
{
    const cJSON *one;
    AUTO(buf) out = {0};
    cJSON_ArrayForEach(one, json_get(result, "servers"))
    {
        buf_addf(&out, "%s: %s", json_str(one, "name", ""), json_str(one, "status", ""));
        if (exit_is_told(one))
            buf_addf(&out, ", exit %lld", (long long)json_int(one, "exit_code", 0));
        if (json_int(one, "port", 0))
            buf_addf(&out, ", port %lld%s", (long long)json_int(one, "port", 0),
                     json_bool(one, "listening", false) ? "" : " (silent)");
        buf_addf(&out, ", %s\n", json_str(one, "command", ""));
    }
    return out.len ? buf_take(&out) : mem_strdup("none was started");
}

static char *server_about(const cJSON *args)
{
    return mem_strdup(json_str(args, "command", json_str(args, "cmd", json_str(args, "name", ""))));
}

#define NAME "\"name\":{\"type\":\"string\"}"
#define PORT "\"port\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535}"
#define WAIT                                                                                       \
    "\"timeout\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":600,\"description\":\"s to wait " \
    "for the port, default 10\"}"
#define HTTP "\"http\":{\"type\":\"boolean\",\"description\":\"ask GET / too\"}"
#define NEEDS \
    "\"needs\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"why\":{\"type\":\"string\"}"
#define START_REST PORT "," WAIT "," HTTP "," NEEDS
#define CMD "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}"
#define TAIL(about) "\"tail_lines\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000" about "}"

static const struct tool server_tools[] = {
    {"start_server", "Start a long-running program and wait until its port answers.",
     "{\"type\":\"object\",\"properties\":{" NAME ",\"command\":{\"type\":\"string\"}," START_REST
     "},\"required\":[\"name\",\"command\"]}",
     TOOL_EXECUTES, server_start, .about = server_about, .text = server_text,
     /* the seed's: cmd, words instead of a line, no name */
     .accepts =
         "{\"type\":\"object\",\"properties\":{" NAME ",\"command\":" CMD "," START_REST "}}"},
    {"stop_server", "Stop a server or a background command by its name.",
     "{\"type\":\"object\",\"properties\":{" NAME "},\"required\":[\"name\"]}", TOOL_EXECUTES,
     server_stop, .text = server_text,
     .accepts = "{\"type\":\"object\",\"properties\":{" NAME "}}"},
    {"check_server", "State of a server or a background command, and the end of its log.",
     "{\"type\":\"object\",\"properties\":{" NAME
     "," TAIL(",\"description\":\"default 20\"") "},\"required\":[\"name\"]}",
     TOOL_READS, server_check, .text = server_text,
     .accepts = "{\"type\":\"object\",\"properties\":{" NAME "," TAIL("") "}}"},
    {"list_servers", "All servers and background commands.",
     "{\"type\":\"object\",\"properties\":{}}", TOOL_READS, server_list, .text = server_list_text},
    {0},
};

const struct behavior behavior_server_tools = {
    .type = "ServerToolsBehavior",
    .name = "server_tools",
    .help = "Start, check, list and stop long-running programs",
    .tools = server_tools,
    .instructions = server_instructions,
    .status = server_show,
};
