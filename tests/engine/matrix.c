/*
 * Whatever arrives, wherever the engine waits: nothing crashes, a stop stops, nothing begins
 * after it, and tree, conversation and session stand as they should. A cell is one arrival in one
 * wait, each a row below; a request or tree operation without a row is a failure, so that a new
 * one joins by itself.
 *
 * MATRIX=all runs every cell; else every wait meets a stop, and every arrival a model that stalls.
 * MATRIX=WAIT:ARRIVAL runs one, "*" for any.
 */
#include "../unit/test.h"

#include <ctype.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "lab.h"
#include "plan/tree_edit.h"
#include "request/conversation.h"
#include "store/store.h"

#define LIMIT_MS 5000  /* for a stop; what is waited for takes 30 s */
#define BEGIN_MS 20000 /* for the wait to begin */

/* ---- the waits ---- */

enum signal { BY_HERE, BY_TEXT, BY_QUESTION, BY_CALL, BY_PHASE, BY_SIDE_QUESTION };

struct wait {
    const char *name;
    const char *call;     /* what the model calls, one YAML flow mapping; NULL: fault speaks */
    const char *config;   /* %s: the workspace */
    const char *agent;    /* lines of the agent's list */
    enum lab_fault fault; /* of a model on loopback, where call is NULL */
    enum signal signal;
    const char *phase;  /* BY_PHASE */
    const char *policy; /* NULL: yolo */
    void (*setup)(struct lab *l);
    void (*begin)(struct lab *l);  /* between goals: what begins the wait; NULL: a goal */
    void (*during)(struct lab *l); /* while the goal runs: what leads to the wait; or NULL */
    bool needs_network;            /* of the sandbox: level landlock gives commands none */
    bool answered;                 /* a question: who says that nobody is there ends it */
};

#define SLEEPS "echo x > here; sleep 30; touch after"
#define BASH "{tool: run_bash, args: {command: \"%s\", timeout: 60}}"
#define RAN "{tool: run_bash, args: {command: \"touch after\"}}"
#define HOOK(event) \
    "hooks:\n  " event ": [{command: \"cd $MIEN_WORKSPACE; " SLEEPS "\", timeout: 60}]\n"

static void many_files(struct lab *l)
{
    AUTO(buf) text = {0};
    for (int i = 0; i < 14000; i++)
        buf_addf(&text, "line %d of a text that holds nothing that is looked for here\n", i);
    lab_put(l, "ws/many/0.txt", "%s", buf_cstr(&text));
    AUTO_FREE char *from = mem_printf("%s/many/0.txt", l->ws);
    for (int i = 1; i < 8000; i++) {
        AUTO_FREE char *to = mem_printf("%s/many/%d.txt", l->ws, i);
        assert_int_equal(link(from, to), 0);
    }
}

/* A type stays loaded in a process: each cell has one of its own. */
static int cells;

static void python_file(struct lab *l)
{
    AUTO_FREE char *path = mem_printf("config/behaviors/slow%d_behavior.py", cells);
    lab_put(l, path,
            "import time\nfrom behaviors import AgentBehavior\n\n\n"
            "class Slow%dBehavior(AgentBehavior):\n"
            "    def get_name(self):\n        return 'slow'\n\n"
            "    def get_tools(self):\n"
            "        return [{'type': 'function', 'function': {'name': 'slow', 'description': 'x',"
            " 'parameters': {'type': 'object', 'properties': {}}}}]\n\n"
            "    def dispatch_tool(self, tool_name, args, **kwargs):\n"
            "        open('%s/here', 'w').write('x')\n"
            "        time.sleep(30)\n"
            "        open('%s/after', 'w').close()\n"
            "        return {'success': True}\n",
            cells, l->ws, l->ws);
}

static void plugin_file(struct lab *l, const char *body)
{
    AUTO_FREE char *name = mem_printf("plug%d", cells);
    AUTO_FREE char *source = mem_printf("config/behaviors/%s_behavior.c", name);
    lab_put(
        l, source,
        "#include \"behaviors/behavior.h\"\n#include <fcntl.h>\n#include <unistd.h>\n"
        "static cJSON *plug(struct call *c, const cJSON *args)\n{\n%s    return "
        "json_success();\n}\n"
        "static const struct tool tools[] = {{\"plug\", \"x\", \"{\\\"type\\\":\\\"object\\\"}\","
        " 0, plug}, {0}};\n"
        "const struct behavior behavior_%s_behavior = {.type = \"%c%sBehavior\", .name ="
        " \"%s_behavior\", .help = \"x\", .tools = tools};\n",
        body, name, toupper((unsigned char)*name), name + 1, name);
    AUTO_FREE char *command = mem_printf("cc -std=gnu17 -O1 -fPIC -shared -DBEHAVIOR_PLUGIN -Isrc "
                                         "-I. $(pkg-config --cflags libcjson) "
                                         "-o %s/config/behaviors/%s_behavior.so %s/%s",
                                         l->top, name, l->top, source);
    assert_int_equal(system(command), 0);
}

static void plugin_runs(struct lab *l)
{
    plugin_file(l,
                "    struct command_result r;\n"
                "    struct command_spec spec = {.command = \"" SLEEPS "\", .timeout_ms = 60000};\n"
                "    c->host->command_run(c->agent, &spec, &r);\n"
                "    command_result_fini(&r);\n");
}

static void plugin_sleeps(struct lab *l)
{
    AUTO_FREE char *body = mem_printf("    int fd = open(\"%s/here\", O_WRONLY);\n"
                                      "    (void)!write(fd, \"x\", 1);\n    close(fd);\n"
                                      "    sleep(30);\n"
                                      "    close(open(\"%s/after\", O_CREAT | O_WRONLY, 0644));\n",
                                      l->ws, l->ws);
    plugin_file(l, body);
}

static void helper_agent(struct lab *l)
{
    lab_put(l, "config/agents/helper.yaml", "blurb: Helps.\nbehaviors: [FileToolsBehavior]\n");
}

/* There is something worth summing up by then. */
static void ask_to_compact(struct lab *l)
{
    for (int i = 0; i < 12; i++)
        assert_non_null(lab_until_type(l, EVENT_ROUND_END, BEGIN_MS));
    engine_ask(l->g, REQUEST_COMPACT, NULL, NULL);
}

/* It comes up with the first goal; the second time it says nothing. */
static void restart_server(struct lab *l)
{
    engine_ask(l->g, REQUEST_SUBMIT, "start", NULL);
    assert_non_null(lab_until_type(l, EVENT_RESULT, BEGIN_MS));
    engine_ask(l->g, REQUEST_MCP, "restart", "lame");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *filled(const char *call)
{
    return mem_printf(call, SLEEPS);
}
#pragma GCC diagnostic pop

static const struct wait waits[] = {
    {"before_tool hook", BASH, HOOK("before_tool"), .signal = BY_HERE},
    {"on_goal_start hook", BASH, HOOK("on_goal_start"), .signal = BY_HERE},
    {"on_tool_call hook", BASH, HOOK("on_tool_call"), .signal = BY_HERE},
    {"on_round_end hook", BASH, HOOK("on_round_end"), .signal = BY_HERE},
    {"check", "{tool: mark_subtask_complete, args: {success: true}}", .signal = BY_HERE},
    {"run_bash", BASH, .signal = BY_HERE},
    {"server start", "{tool: start_server, args: {name: web, command: \"" SLEEPS "\", port: 9}}",
     .agent = "  - type: ServerToolsBehavior\n", .needs_network = true, .signal = BY_HERE},
    {"wait_for a time", "{tool: wait_for, args: {time: 30}}", .agent = "  - type: WaitBehavior\n",
     .signal = BY_CALL},
    {"wait_for a command", "{tool: wait_for, args: {command: \"%s\"}}",
     .agent = "  - type: WaitBehavior\n", .signal = BY_HERE},
    {"grep", "{tool: grep_files, args: {pattern: \"(a|b)+zz[0-9]$\"}}", .signal = BY_CALL,
     .setup = many_files},
    {"connect", .fault = LAB_NO_CONNECT, .signal = BY_PHASE, .phase = "connect"},
    {"first byte", .fault = LAB_SILENT, .signal = BY_PHASE, .phase = "wait"},
    {"mid-stream", .fault = LAB_STALLS, .signal = BY_TEXT},
    {"retry countdown", .fault = LAB_BUSY, .signal = BY_PHASE, .phase = "retry"},
    {"compaction call", .fault = LAB_SUMMARY_HANGS, .signal = BY_SIDE_QUESTION,
     .during = ask_to_compact},
    {"question", "{tool: clarify_with_user, args: {question: What?}}",
     .agent = "  - type: ClarificationBehavior\n", .signal = BY_QUESTION, .answered = true},
    {"approval", BASH, .signal = BY_QUESTION, .policy = "ask", .answered = true},
    {"MCP start", BASH, .signal = BY_HERE,
     .config = "mcp_servers:\n  lame: {command: sh, args: [-c, \"" SLEEPS "\"]}\n"},
    {"MCP restart", .signal = BY_HERE, .begin = restart_server,
     .config = "mcp_servers:\n  lame: {command: sh, args: [-c, \"[ -e up ] && { " SLEEPS
               "; }; touch up; exec python3 $SERVER\"]}\n"},
    {"MCP call", "{tool: lame_slow, args: {steps: 1}}", .signal = BY_CALL,
     .config =
         "mcp_servers:\n  lame: {command: sh, args: [-c, \"exec python3 $SERVER hang_call\"]}\n"},
    {"Python handler", "{tool: slow, args: {}}", .agent = "  - type: Slow$NBehavior\n",
     .signal = BY_HERE, .setup = python_file},
    {"delegate", "{tool: delegate_to_helper, args: {task_description: x}}",
     .agent =
         "  - type: DelegationBehavior\n    params: {launcher: [sh, -c, \"cd $WS; " SLEEPS "\"]}\n"
         "can_delegate_to: [helper]\n",
     .signal = BY_HERE, .setup = helper_agent},
    {"plugin", "{tool: plug, args: {}}", .agent = "  - type: Plug$NBehavior\n", .signal = BY_HERE,
     .setup = plugin_sleeps},
    {"plugin's command", "{tool: plug, args: {}}", .agent = "  - type: Plug$NBehavior\n",
     .signal = BY_HERE, .setup = plugin_runs},
};

/* ---- what arrives ---- */

enum which { NO_NODE, ACTIVE, PARENT, GOAL, OTHER };

struct arrival {
    const char *label;
    enum request_type type;
    const char *name, *text;
    enum which node;
    bool stops;
};

static const struct arrival arrivals[] = {
    {"stop", REQUEST_STOP, .stops = true},
    {"quit", REQUEST_QUIT, .stops = true},
    {"steer", REQUEST_SUBMIT, .text = "and this"},
    {"queue", REQUEST_QUEUE, .text = "later"},
    {"files", REQUEST_FILES},
    {"command", REQUEST_COMMAND, .text = "echo mine"},
    {"aside", REQUEST_ASIDE, .text = "what was it?"},
    {"name", REQUEST_NAME, .text = "mine"},
    {"find", REQUEST_FIND, .text = "words"},
    {"take back", REQUEST_TAKE_BACK, .text = "later"},
    {"stray answer", REQUEST_ANSWER, .name = "q99", .text = "y"},
    {"undo", REQUEST_TREE, .name = "undo"},
    {"add", REQUEST_TREE, .name = "add", .text = "more", .node = ACTIVE},
    {"insert", REQUEST_TREE, .name = "insert", .text = "part", .node = ACTIVE},
    {"edit", REQUEST_TREE, .name = "edit", .text = "other words", .node = ACTIVE},
    {"note", REQUEST_TREE, .name = "note", .text = "note", .node = ACTIVE},
    {"set check", REQUEST_TREE, .name = "check", .text = "false", .node = ACTIVE},
    {"set mode", REQUEST_TREE, .name = "mode", .text = "formal", .node = ACTIVE},
    {"set effort", REQUEST_TREE, .name = "effort", .text = "high", .node = ACTIVE},
    {"up", REQUEST_TREE, .name = "up", .node = ACTIVE},
    {"down", REQUEST_TREE, .name = "down", .node = ACTIVE},
    {"indent", REQUEST_TREE, .name = "indent", .node = OTHER},
    {"outdent", REQUEST_TREE, .name = "outdent", .node = ACTIVE},
    {"delete active", REQUEST_TREE, .name = "delete", .node = ACTIVE},
    {"delete parent", REQUEST_TREE, .name = "delete", .node = PARENT},
    {"delete goal", REQUEST_TREE, .name = "delete", .node = GOAL},
    {"done", REQUEST_TREE, .name = "done", .node = ACTIVE},
    {"goal done", REQUEST_TREE, .name = "done", .node = GOAL},
    {"failed", REQUEST_TREE, .name = "failed", .node = ACTIVE},
    {"skip", REQUEST_TREE, .name = "skip", .node = ACTIVE},
    {"reopen", REQUEST_TREE, .name = "reopen", .node = ACTIVE},
    {"focus", REQUEST_TREE, .name = "focus", .node = OTHER},
    {"run_check", REQUEST_TREE, .name = "run_check", .node = OTHER},
    {"mode", REQUEST_MODE, .text = "formal"},
    {"model", REQUEST_MODEL, .text = "playbook/tour"},
    {"effort", REQUEST_EFFORT, .text = "high"},
    {"agent", REQUEST_AGENT, .text = "default"},
    {"approve", REQUEST_APPROVE, .text = "never"},
    {"compact", REQUEST_COMPACT, .text = ""},
    {"behavior", REQUEST_BEHAVIOR, .name = "remove", .text = "FileToolsBehavior"},
    {"tools", REQUEST_TOOLS, .name = "off", .text = "list_dir"},
    {"prompt", REQUEST_PROMPT, .name = "nothing", .text = ""},
    {"mcp", REQUEST_MCP, .name = "restart", .text = "nothing"},
    {"job", REQUEST_JOB, .name = "stop", .text = "web"},
    {"nobody", REQUEST_NOBODY},
    {"new", REQUEST_NEW},
    {"resume", REQUEST_RESUME, .text = "20200101-000000-aaaa"},
    {"continue", REQUEST_CONTINUE},
    {"report", REQUEST_REPORT, .name = "status"},
    {"export", REQUEST_EXPORT, .text = "export.md"},
    {"catalog", REQUEST_CATALOG},
    {"leave", REQUEST_LEAVE},
    {"earlier", REQUEST_EARLIER},
    {"fork", REQUEST_FORK},
    {"rewind", REQUEST_REWIND, .text = "list"},
    {"diff", REQUEST_DIFF, .text = "session"},
    {"bisect", REQUEST_BISECT, .text = "true"},
};

static const char *goes(const char *text, const char *var, const char *value, char **hold)
{
    AUTO(buf) out = {0};
    for (const char *p; text && (p = strstr(text, var)); text = p + strlen(var)) {
        buf_add(&out, text, (size_t)(p - text));
        buf_adds(&out, value);
    }
    buf_adds(&out, text ? text : "");
    free(*hold);
    return *hold = buf_take(&out);
}

/* ---- one cell ---- */

static void place(struct lab *l, const struct wait *w)
{
    AUTO_FREE char *config = NULL, *numbered = NULL, *agent = NULL, *cwd = getcwd(NULL, 0);
    AUTO_FREE char *number = mem_printf("%d", ++cells);
    AUTO_FREE char *server = mem_printf("%s/tests/servers/mcp_server.py", cwd);
    lab_config(l, goes(w->config, "$SERVER", server, &config));
    lab_put(l, "agent.yaml",
            "system_prompt: x\nbehaviors:\n  - type: FileToolsBehavior\n  - type: "
            "CommandToolsBehavior\n"
            "  - type: HierarchicalContextBehavior\n%s",
            goes(goes(w->agent, "$N", number, &numbered), "$WS", l->ws, &agent));
    if (w->setup)
        w->setup(l);
    l->opts.approval = w->policy ? w->policy : "yolo";
    if (w->begin) {
        lab_put(l, "plan.yaml", "turns:\n  - say: Fine.\n");
        lab_start(l, "plan.yaml");
        return;
    }
    if (!w->call) {
        lab_serve(l, w->fault);
        lab_start(l, "lab");
        return;
    }
    AUTO_FREE char *call = filled(w->call);
    lab_put(l, "plan.yaml",
            "turns:\n"
            "  - call: {tool: decompose_task, args: {subtasks: [{description: alpha, subtasks: "
            "[{description: one, check: \"%s\"}, two]}, beta]}}\n"
            "  - call: [%s, " RAN "]\n"
            "  - call: " RAN "\n  - call: " RAN "\n  - call: " RAN "\n  - call: " RAN "\n"
            "  - say: Nothing is left.\n",
            strcmp(w->name, "check") == 0 ? SLEEPS : "true", call);
    lab_start(l, "plan.yaml");
}

static bool has_begun(const struct event *ev, const void *arg)
{
    const struct wait *w = arg;
    switch (w->signal) {
    case BY_TEXT:
        return ev->type == EVENT_TEXT;
    case BY_QUESTION:
        return ev->type == EVENT_APPROVAL;
    case BY_SIDE_QUESTION:
        return ev->type == EVENT_PHASE && strcmp(ev->phase.phase, "wait") == 0 &&
               ev->phase.detail && strcmp(ev->phase.detail, "a side question") == 0;
    case BY_CALL:
        return ev->type == EVENT_TOOL_CALL && strcmp(ev->tool_call.name, "decompose_task") != 0;
    default:
        return ev->type == EVENT_PHASE && w->phase && strcmp(ev->phase.phase, w->phase) == 0;
    }
}

static bool wait_begins(struct lab *l, const struct wait *w)
{
    if (w->begin)
        w->begin(l);
    else
        engine_ask(l->g, REQUEST_SUBMIT, "do it", NULL);
    if (w->during)
        w->during(l);
    return w->signal == BY_HERE ? lab_until_here(l, BEGIN_MS)
                                : lab_until(l, has_begun, w, BEGIN_MS) != NULL;
}

static int64_t node_id(const struct lab *l, enum which which)
{
    static const int64_t of_script[] = {[ACTIVE] = 3, [PARENT] = 2, [GOAL] = 1, [OTHER] = 5};
    (void)l; /* the script's tree is known: goal 1, alpha 2 with one 3 and two 4, beta 5 */
    return of_script[which];
}

static void arrive(struct lab *l, const struct arrival *a)
{
    bool two = a->name != NULL;
    struct request r = request_of(a->type, two ? a->name : a->text, two ? a->text : NULL);
    if (a->type == REQUEST_TREE)
        r.tree.node = a->node ? node_id(l, a->node) : 0;
    engine_post(l->g, r);
}

/* ---- what must hold ---- */

#define HOLDS(c, ...)                      \
    do {                                   \
        if (!(c)) {                        \
            fprintf(stderr, "%s: ", cell); \
            fprintf(stderr, __VA_ARGS__);  \
            fputc('\n', stderr);           \
            return false;                  \
        }                                  \
    } while (0)

static bool events_hold(const struct lab *l, const struct wait *w, const char *cell)
{
    size_t begun = lab_count(l, EVENT_GOAL_START), ended = lab_count(l, EVENT_RESULT);
    size_t unbegun = w->begin ? 1 : 0; /* between goals one may be stopped before it begins */
    HOLDS(begun <= ended && ended <= begun + unbegun, "%zu goals began, %zu ended", begun, ended);
    for (size_t i = 0; i < l->events.len; i++) {
        const struct event *ev = &l->events.ptr[i];
        HOLDS(i == 0 || ev->type == EVENT_PHASE || ev->seq > 0, "an event without a number");
        if (ev->type != EVENT_TOOL_CALL)
            continue;
        size_t answers = 0, calls = 0;
        for (size_t k = 0; k < l->events.len; k++) {
            const struct event *r = &l->events.ptr[k];
            answers +=
                r->type == EVENT_TOOL_RESULT && strcmp(r->tool_result.id, ev->tool_call.id) == 0;
            calls += r->type == EVENT_TOOL_CALL && strcmp(r->tool_call.id, ev->tool_call.id) == 0;
        }
        HOLDS(answers == 1 && calls == 1, "call %s of %s: made %zu times, answered %zu times",
              ev->tool_call.id, ev->tool_call.name, calls, answers);
    }
    return true;
}

struct said {
    VEC(char *) open; /* ids of calls that wait for their result */
    const char *fault;
};

static void one_message(void *arg, int64_t seq, const char *body, size_t n)
{
    struct said *s = arg;
    struct message m;
    struct error e = {0};
    if (!message_load(&m, body, n, &e)) {
        s->fault = "a message that cannot be read";
        return;
    }
    if (m.role == LLM_TOOL) {
        if (!s->open.len || strcmp(s->open.ptr[0], m.call_id) != 0) {
            s->fault = "a result without its call";
        } else {
            free(s->open.ptr[0]);
            memmove(s->open.ptr, s->open.ptr + 1, --s->open.len * sizeof *s->open.ptr);
        }
    } else if (s->open.len) {
        s->fault = "a call without its result";
    }
    for (size_t i = 0; i < m.call_count; i++)
        VEC_PUSH(&s->open, mem_strdup(m.calls[i].id));
    message_fini(&m);
}

static bool session_holds(const struct lab *l, const char *id, const char *cell)
{
    AUTO_FREE char *dir = mem_printf("%s/state/sessions", l->top);
    struct error e = {0};
    struct said s = {0};
    int64_t damaged = 0;
    struct store *store = store_open(dir, id, false, &e);
    if (!store)
        return e.code == ERR_NOT_FOUND; /* nothing was said in it */
    bool read = store_each_message(store, one_message, &s, &damaged, &e);
    AUTO_FREE char *text = store_get_meta(store, "tree");
    struct tree t = {0};
    bool tree = !text || tree_load(&t, text, &e);
    bool stands = !t.active || tree_find(&t, t.active);
    stands = stands && (!t.goal || tree_find(&t, t.goal));
    for (size_t i = 0; i < t.nodes.len; i++)
        stands = stands && (!t.nodes.ptr[i].parent || tree_find(&t, t.nodes.ptr[i].parent));
    tree_fini(&t);
    store_close(store);
    size_t open = s.open.len;
    for (size_t i = 0; i < s.open.len; i++)
        free(s.open.ptr[i]);
    VEC_FREE(&s.open);
    HOLDS(read && damaged == 0 && !s.fault, "the session: %s", s.fault ? s.fault : e.text);
    HOLDS(open == 0, "the session: %zu calls without a result", open);
    HOLDS(tree && stands, "the session's tree: %s", tree ? "a node hangs in the air" : e.text);
    return true;
}

/* The session that the events so far belong to. */
static char *session_of(const struct lab *l)
{
    char *id = NULL;
    for (size_t i = 0; i < l->events.len; i++)
        if (l->events.ptr[i].type == EVENT_SETTING &&
            strcmp(l->events.ptr[i].setting.name, "session") == 0 && !id)
            id = mem_strdup(l->events.ptr[i].setting.value);
    return id;
}

static bool is_end(const struct event *ev, const void *arg)
{
    const struct wait *w = arg;
    return w->begin ? ev->type == EVENT_REPORT : ev->type == EVENT_RESULT;
}

static int64_t slowest_ms; /* of all stops */

static bool ends_in_time(struct lab *l, const struct wait *w, const char *cell)
{
    int64_t since = clock_ms();
    if (w->begin)
        engine_ask(l->g, REQUEST_REPORT, "log", NULL); /* answered when nothing is waited for */
    bool ended =
        lab_until(l, is_end, w, LIMIT_MS * 2) || engine_done(l->g) || lab_count(l, EVENT_RESULT);
    int64_t ms = clock_ms() - since;
    slowest_ms = MAX(slowest_ms, ms);
    HOLDS(ended && ms < LIMIT_MS, "the stop took %lld ms", (long long)ms);
    return true;
}

static void show_events(const struct lab *l)
{
    for (size_t i = 0; i < l->events.len; i++) {
        AUTO(buf) text = {0};
        event_to_json(&l->events.ptr[i], &text);
        fprintf(stderr, "  %.300s\n", buf_cstr(&text));
    }
}

/* The engine said why a server cannot have a port. */
static bool no_network(const struct lab *l)
{
    for (size_t i = 0; i < l->events.len; i++)
        if (l->events.ptr[i].type == EVENT_TOOL_RESULT &&
            strstr(l->events.ptr[i].tool_result.result, "sandbox.network"))
            return true;
    return false;
}

static bool run_cell(const struct wait *w, const struct arrival *a, const char *cell)
{
    struct lab l;
    lab_open(&l);
    place(&l, w);
    bool ok = wait_begins(&l, w);
    if (!ok && w->needs_network && no_network(&l)) {
        fprintf(stderr, "%s: no network for commands here\n", cell);
        lab_close(&l);
        return true;
    }
    if (!ok) {
        fprintf(stderr, "%s: the wait did not begin\n", cell);
        show_events(&l);
    }
    if (ok) {
        arrive(&l, a);
        if (!a->stops) {
            lab_settle(&l, 2000); /* a wait may hold it back: that is its right */
            engine_ask(l.g, REQUEST_STOP, NULL, NULL);
        }
        ok = ends_in_time(&l, w, cell);
    }
    AUTO_FREE char *id = session_of(&l);
    lab_stop(&l);
    bool goes_on = a->type == REQUEST_NOBODY && w->answered;
    if (ok && !goes_on && lab_exists(&l, "ws/after")) {
        fprintf(stderr, "%s: something began, or went on, after the stop\n", cell);
        ok = false;
    }
    ok = ok && events_hold(&l, w, cell) && (!id || session_holds(&l, id, cell));
    lab_close(&l);
    return ok;
}

/* ---- the table ---- */

static bool wanted(const struct wait *w, const struct arrival *a, const char *cell)
{
    const char *only = getenv("MATRIX");
    if (only && strcmp(only, "all") == 0)
        return true;
    if (only)
        return fnmatch(only, cell, 0) == 0;
    return strcmp(a->label, "stop") == 0 || strcmp(w->name, "mid-stream") == 0;
}

static void every_cell_holds(void **s)
{
    int ran = 0, bad = 0;
    for (size_t i = 0; i < COUNT_OF(waits); i++)
        for (size_t k = 0; k < COUNT_OF(arrivals); k++) {
            AUTO_FREE char *cell = mem_printf("%s:%s", waits[i].name, arrivals[k].label);
            if (!wanted(&waits[i], &arrivals[k], cell))
                continue;
            int64_t since = clock_ms();
            bool ok = run_cell(&waits[i], &arrivals[k], cell);
            ran++;
            bad += !ok;
            if (getenv("MATRIX_SHOW"))
                fprintf(stderr, "%s %s (%lld ms)\n", ok ? "held" : "BROKE", cell,
                        (long long)(clock_ms() - since));
        }
    if (bad)
        fail_msg("%d of %d cells", bad, ran);
    fprintf(stderr, "%d cells, the slowest stop took %lld ms\n", ran, (long long)slowest_ms);
}

static void every_request_has_a_row(void **s)
{
    for (int type = 0; type < REQUEST_COUNT; type++) {
        bool has = false;
        for (size_t k = 0; k < COUNT_OF(arrivals); k++)
            has |= (int)arrivals[k].type == type;
        if (!has)
            fail_msg("request %d has no row among the arrivals", type);
    }
    for (int op = 0; op < TREE_OP_COUNT; op++) {
        const char *name = tree_op_name((enum tree_op)op);
        bool has = false;
        for (size_t k = 0; k < COUNT_OF(arrivals); k++)
            has |= arrivals[k].type == REQUEST_TREE && strcmp(arrivals[k].name, name) == 0;
        if (!has)
            fail_msg("the tree's operation %s has no row among the arrivals", name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(every_request_has_a_row), T(every_cell_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
