/*
 * Nothing is declared in vain: every slot of every behavior is called by a running engine, every
 * tool is dispatched, every setting is read. All lists come from the tables.
 */
#include "../unit/test.h"

#include <ftw.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "behavior/dispatch.h"
#include "behavior/registry.h"
#include "config/config.h"
#include "engine/engine.h"

static char top[64], *ws;
static struct buf reports; /* of all runs */

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

static void put(const char *dir, const char *name, const char *text)
{
    struct error e = {0};
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    assert_true(file_write(path, text, strlen(text), &e));
}

static int setup(void **s)
{
    strcpy(top, "/tmp/mien-wire-XXXXXX");
    assert_non_null(mkdtemp(top));
    ws = mem_printf("%s/ws", top);
    AUTO_FREE char *config = mem_printf("%s/config", top),
                   *agents = mem_printf("%s/agents", config);
    AUTO_FREE char *state = mem_printf("%s/state", top);
    mkdir(ws, 0755);
    mkdir(config, 0755);
    mkdir(agents, 0755);
    setenv("MIEN_CONFIG_DIR", config, 1);
    setenv("MIEN_STATE_DIR", state, 1);
    put(agents, "helper.yaml", "blurb: Helps.\nbehaviors: [FileToolsBehavior]\n");
    put(ws, "AGENTS.md", "Be kind.\n");
    return 0;
}

static int teardown(void **s)
{
    nftw(top, gone, 16, FTW_DEPTH | FTW_PHYS);
    free(ws);
    return 0;
}

/* ---- a script that calls every tool ---- */

static cJSON *value_for(const cJSON *schema)
{
    const cJSON *type = json_get(schema, "type"), *choices = json_get(schema, "enum");
    const char *t = cJSON_IsArray(type) ? cJSON_GetArrayItem(type, 0)->valuestring
                                        : json_str(schema, "type", "string");
    if (cJSON_GetArraySize(choices))
        return cJSON_Duplicate(cJSON_GetArrayItem(choices, 0), true);
    if (strcmp(t, "boolean") == 0)
        return cJSON_CreateBool(true);
    if (strcmp(t, "integer") == 0 || strcmp(t, "number") == 0)
        return cJSON_CreateNumber(1);
    if (strcmp(t, "array") == 0)
        return cJSON_CreateArray();
    if (strcmp(t, "object") == 0)
        return cJSON_CreateObject();
    return cJSON_CreateString("x");
}

/* One call with what the schema requires. */
static void add_call(struct buf *turns, const char *tool, const char *schema)
{
    struct error e = {0};
    AUTO_JSON *s = json_parse(schema, strlen(schema), &e);
    AUTO_JSON *args = cJSON_CreateObject();
    const cJSON *name;
    cJSON_ArrayForEach(name, json_get(s, "required"))
    {
        const cJSON *p = json_get(json_get(s, "properties"), name->valuestring);
        json_add(args, name->valuestring, value_for(p));
    }
    AUTO_FREE char *text = json_print(args);
    buf_addf(turns, "  - call: {tool: %s, args: %s}\n", tool, text);
}

static bool ends(const struct tool *t)
{
    return t->flags & (TOOL_ENDS_GOAL | TOOL_ENDS_STEP);
}

/* Tools of DelegationBehavior: made at run time, in no table. */
static const char *const made[][2] = {
    {"list_workspaces", "{}"},
    {"find_workspace",
     "{\"properties\":{\"goal_substring\":{}},\"required\":[\"goal_substring\"]}"},
    {"delegate_to_helper",
     "{\"properties\":{\"task_description\":{}},\"required\":[\"task_description\"]}"}};

/* Every tool, those that end the goal at the end. */
static void write_script(const char *only_ending)
{
    AUTO(buf) turns = {0};
    buf_adds(&turns, "turns:\n");
    for (size_t i = 0; i < COUNT_OF(made); i++)
        add_call(&turns, made[i][0], made[i][1]);
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < behavior_type_count(); i++)
            for (const struct tool *t = behavior_types[i]->tools; t && t->name; t++)
                if (ends(t) == (last == 1) && (!last || strcmp(t->name, only_ending) == 0))
                    add_call(&turns, t->name, t->schema);
    put(top, "all.yaml", buf_cstr(&turns));
}

/* when: "NAME=VALUE" that some tools ask for, or NULL; the behaviors that know it get it. */
static bool asks_for(const struct behavior *b, const char *when)
{
    for (const struct tool *t = b->tools; when && t && t->name; t++)
        if (t->when && strcmp(t->when, when) == 0)
            return true;
    return false;
}

static void write_agent(const char *leave_out, const char *when)
{
    AUTO(buf) text = {0};
    buf_adds(&text, "system_prompt: x\ncan_delegate_to: [helper]\nbehaviors:\n");
    for (size_t i = 0; i < behavior_type_count(); i++) {
        const char *type = behavior_types[i]->type;
        if (leave_out && strcmp(type, leave_out) == 0)
            continue;
        buf_addf(&text, "  - type: %s\n", type);
        if (strcmp(type, "DelegationBehavior") == 0)
            buf_adds(&text, "    params: {launcher: [sh, -c, exit 1]}\n");
        if (asks_for(behavior_types[i], when))
            buf_addf(&text, "    params: {%.*s: %s}\n", (int)strcspn(when, "="), when,
                     strchr(when, '=') + 1);
    }
    put(top, "agent.yaml", buf_cstr(&text));
}

/* ---- running it ---- */

static void wait_for(struct engine *g, enum event_type type, const char *title)
{
    for (;;) {
        struct event ev;
        while (engine_next(g, &ev)) {
            if (ev.type == EVENT_ERROR && ev.error.fatal)
                fail_msg("%s", ev.error.text);
            bool report = ev.type == EVENT_REPORT;
            if (report)
                buf_addf(&reports, "%s\n", ev.report.text);
            bool met = ev.type == type && (!report || strcmp(ev.report.title, title) == 0);
            event_fini(&ev);
            if (met)
                return;
        }
        assert_false(engine_done(g));
        struct pollfd p = {.fd = engine_event_fd(g), .events = POLLIN};
        assert_true(poll(&p, 1, 30000) > 0);
    }
}

/* ask: who answers, NULL: nobody. */
static void run(const char *script, bool delegated, int64_t timeout_s, const char *ask)
{
    struct config cfg;
    struct error e = {0};
    config_init(&cfg);
    AUTO_FREE char *agent = mem_printf("%s/agent.yaml", top);
    AUTO_FREE char *model = mem_printf("playbook/%s/%s", top, script);
    struct engine_opts o = {.workspace = ws,
                            .model = model,
                            .agent = agent,
                            .approval = "yolo",
                            .delegated = delegated,
                            .ask = ask,
                            .max_rounds = -1,
                            .timeout_s = timeout_s,
                            .max_tokens = -1,
                            .max_money = -1};
    struct engine *g = engine_new(&cfg, &o, &e);
    assert_non_null(g);
    engine_ask(g, REQUEST_SUBMIT, "go", NULL);
    wait_for(g, EVENT_RESULT, NULL);
    engine_ask(g, REQUEST_REPORT, "status", NULL);
    wait_for(g, EVENT_REPORT, "status");
    engine_ask(g, REQUEST_REPORT, "behaviors", "all");
    wait_for(g, EVENT_REPORT, "behaviors");
    engine_free(g);
    config_fini(&cfg);
}

/* ---- what the reports say ---- */

/* Some report has a block headed by this type with this text on a line that begins so. */
static bool reported(const char *type, const char *line, const char *text)
{
    AUTO_FREE char *head = mem_printf(". %s — ", type);
    for (const char *p = buf_cstr(&reports); (p = strstr(p, head)); p++) {
        const char *end = strstr(p, "ms in all");
        for (const char *l = strchr(p, '\n'); l && l < end; l = strchr(l + 1, '\n')) {
            const char *at = strstr(l + 1, line), *eol = strchr(l + 1, '\n');
            if (at && at < eol && strncmp(l + 1, "    ", 4) == 0 && at == l + 5) {
                const char *hit = strstr(at, text);
                if (hit && hit < eol)
                    return true;
            }
        }
    }
    return false;
}

static void expect_slot(const struct behavior *b, bool has, enum slot slot)
{
    AUTO_FREE char *text = mem_printf(" %s ", slot_name(slot));
    if (has && !reported(b->type, "called:", text))
        fail_msg("%s: %s was never called", b->type, slot_name(slot));
}

static void expect_slots(const struct behavior *b)
{
    expect_slot(b, b->instructions, SLOT_INSTRUCTIONS);
    expect_slot(b, b->enhance_context, SLOT_ENHANCE_CONTEXT);
    expect_slot(b, b->on_goal_start, SLOT_ON_GOAL_START);
    expect_slot(b, b->on_tool_call, SLOT_ON_TOOL_CALL);
    expect_slot(b, b->on_round_end, SLOT_ON_ROUND_END);
    expect_slot(b, b->on_timeout, SLOT_ON_TIMEOUT);
    expect_slot(b, b->on_goal_complete, SLOT_ON_GOAL_COMPLETE);
    expect_slot(b, b->status, SLOT_STATUS);
    expect_slot(b, b->amend_result, SLOT_AMEND_RESULT);
    expect_slot(b, b->tools, SLOT_TOOLS);
}

/* "tool NAME   N calls": N is not 0 in some run. */
static void expect_tool(const struct behavior *b, const char *name)
{
    AUTO_FREE char *head = mem_printf("    tool %s ", name);
    for (const char *p = buf_cstr(&reports); (p = strstr(p, head)); p++)
        if (atoi(p + strlen(head) + strspn(p + strlen(head), " ")) > 0)
            return;
    fail_msg("%s: the tool %s was never dispatched", b->type, name);
}

static void all_slots_are_called_and_all_tools_dispatched(void **s)
{
    write_agent(NULL, NULL);
    write_script("mark_subtask_complete");
    run("all.yaml", false, 60, NULL);
    for (size_t i = 0; i < behavior_type_count(); i++)
        for (const struct tool *t = behavior_types[i]->tools; t && t->name; t++) {
            if (!t->when)
                continue;
            write_agent(NULL, t->when);
            run("all.yaml", false, 60, NULL);
        }
    write_agent(NULL, NULL);
    write_script("mark_complete");
    run("all.yaml", true, 60, NULL);
    write_script("mark_failed");
    run("all.yaml", true, 60, NULL);
    write_agent("HierarchicalContextBehavior", NULL);
    put(top, "goal.yaml",
        "turns:\n  - call: {tool: mark_goal_complete, args: {summary: x, leave_open: true}}\n");
    run("goal.yaml", false, 60, NULL);
    write_agent(NULL, NULL);
    put(top, "stall.yaml", "turns:\n  - say: hm\n    fault: {kind: stall, after: 1}\n");
    run("stall.yaml", false, 1, "stdin"); /* somebody could answer, and nothing asks */
    for (size_t i = 0; i < behavior_type_count(); i++) {
        const struct behavior *b = behavior_types[i];
        expect_slots(b);
        for (const struct tool *t = b->tools; t && t->name; t++)
            expect_tool(b, t->name);
    }
    for (size_t i = 0; i < COUNT_OF(made); i++)
        expect_tool(behavior_find("DelegationBehavior"), made[i][0]);
}

/* ---- settings ---- */

static void read_sources(const char *dir, struct buf *out)
{
    AUTO_FREE char *command = mem_printf("cat %s/*/*.c", dir);
    FILE *f = popen(command, "r");
    char line[4096];
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        buf_adds(out, line);
    pclose(f);
}

/* Members are named in the rows of the source: each must be used elsewhere by its name. */
static void expect_members_used(const char *rows, const char *macro, const char *sources)
{
    int found = 0;
    for (const char *p = rows; (p = strstr(p, macro)); p++) {
        const char *name = p + strlen(macro);
        AUTO_FREE char *member = mem_strndup(name, strcspn(name, ")"));
        AUTO_FREE char *arrow = mem_printf("->%s", member);
        AUTO_FREE char *dot = mem_printf("cfg.%s", member);
        AUTO_FREE char *offset = mem_printf("struct config, %s)", member);
        bool used = strstr(sources, offset) || strstr(sources, dot);
        for (const char *u = sources; !used && (u = strstr(u, arrow)); u++)
            used =
                !(u[strlen(arrow)] == '_' || (u[strlen(arrow)] >= 'a' && u[strlen(arrow)] <= 'z'));
        if (!used)
            fail_msg("the setting %s is declared and never read", member);
        found++;
    }
    assert_true(found > 0);
}

static void every_setting_is_read(void **s)
{
    AUTO(buf) rows = {0}, sources = {0};
    struct error e = {0};
    if (access("src/config/config.c", R_OK) != 0)
        skip();
    assert_true(file_read("src/config/config.c", &rows, 1 << 20, &e));
    read_sources("src", &sources);
    expect_members_used(buf_cstr(&rows), ", AT(", buf_cstr(&sources));
}

static void every_parameter_is_read(void **s)
{
    struct error e = {0};
    if (access("behaviors/behaviors.def", R_OK) != 0)
        skip();
    for (size_t i = 0; i < behavior_type_count(); i++) {
        AUTO(buf) text = {0};
        AUTO_FREE char *path = mem_printf("behaviors/%s.c", behavior_types[i]->name);
        assert_true(file_read(path, &text, 1 << 20, &e));
        if (behavior_types[i]->params)
            expect_members_used(buf_cstr(&text), "offsetof(struct params, ", buf_cstr(&text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_slots_are_called_and_all_tools_dispatched),
        cmocka_unit_test(every_setting_is_read), cmocka_unit_test(every_parameter_is_read)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
