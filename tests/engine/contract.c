/*
 * The contract of behaviors, kept by each alone, by each pair, and by all together in three
 * orders, in a running engine: one goal from beginning to end, every event told, each call id
 * answered once, one vocabulary that ends goals, no tool twice, no warning of a slow handler.
 */
#include "../unit/test.h"

#include <ftw.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "behavior/registry.h"
#include "config/config.h"
#include "engine/engine.h"

static char top[64], *ws;

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

static void put(const char *name, const char *text)
{
    struct error e = {0};
    AUTO_FREE char *path = mem_printf("%s/%s", top, name);
    assert_true(file_write(path, text, strlen(text), &e));
}

static int setup(void **s)
{
    strcpy(top, "/tmp/mien-contract-XXXXXX");
    assert_non_null(mkdtemp(top));
    ws = mem_printf("%s/ws", top);
    AUTO_FREE char *config = mem_printf("%s/config", top), *state = mem_printf("%s/state", top);
    mkdir(ws, 0755);
    mkdir(config, 0755);
    setenv("MIEN_CONFIG_DIR", config, 1);
    setenv("MIEN_STATE_DIR", state, 1);
    put("script.yaml",
        "turns:\n"
        "  - call: [{tool: no_such_tool, args: {}}, {tool: list_dir, args: {path: .}}]\n"
        "  - say: done\n");
    return 0;
}

static int teardown(void **s)
{
    nftw(top, gone, 16, FTW_DEPTH | FTW_PHYS);
    free(ws);
    return 0;
}

/* ---- one run of some of them ---- */

struct outcome {
    int goals, results, rounds, calls, answers, slow;
    bool success;
    char *behaviors, *tools; /* reports */
};

static void take(struct outcome *o, const struct event *ev)
{
    if (ev->type == EVENT_ERROR && ev->error.fatal)
        fail_msg("%s", ev->error.text);
    o->goals += ev->type == EVENT_GOAL_START;
    o->rounds += ev->type == EVENT_ROUND_END;
    o->calls += ev->type == EVENT_TOOL_CALL;
    o->answers += ev->type == EVENT_TOOL_RESULT;
    o->slow += ev->type == EVENT_NOTICE && strstr(ev->notice.text, "under 100 ms") != NULL;
    if (ev->type == EVENT_RESULT) {
        o->results++;
        o->success = ev->result.success;
    }
    if (ev->type == EVENT_REPORT && strcmp(ev->report.title, "behaviors") == 0)
        mem_replace(&o->behaviors, ev->report.text);
    if (ev->type == EVENT_REPORT && strcmp(ev->report.title, "tools") == 0)
        mem_replace(&o->tools, ev->report.text);
}

static void wait_until(struct engine *g, struct outcome *o, bool (*met)(const struct outcome *o))
{
    while (!met(o)) {
        struct event ev;
        while (engine_next(g, &ev)) {
            take(o, &ev);
            event_fini(&ev);
        }
        if (met(o))
            return;
        assert_false(engine_done(g));
        struct pollfd p = {.fd = engine_event_fd(g), .events = POLLIN};
        assert_true(poll(&p, 1, 30000) > 0);
    }
}

static bool ended(const struct outcome *o)
{
    return o->results > 0;
}

static bool told(const struct outcome *o)
{
    return o->behaviors && o->tools;
}

static struct outcome run_agent(const char *agent_text)
{
    put("agent.yaml", agent_text);
    struct outcome o = {0};
    struct config cfg;
    struct error e = {0};
    config_init(&cfg);
    AUTO_FREE char *agent = mem_printf("%s/agent.yaml", top);
    AUTO_FREE char *model = mem_printf("playbook/%s/script.yaml", top);
    struct engine_opts opts = {.workspace = ws,
                               .model = model,
                               .agent = agent,
                               .max_rounds = -1,
                               .timeout_s = -1,
                               .max_tokens = -1,
                               .max_money = -1};
    struct engine *g = engine_new(&cfg, &opts, &e);
    assert_non_null(g);
    engine_ask(g, REQUEST_SUBMIT, "go", NULL);
    wait_until(g, &o, ended);
    engine_ask(g, REQUEST_REPORT, "behaviors", "all");
    engine_ask(g, REQUEST_REPORT, "tools", NULL);
    wait_until(g, &o, told);
    engine_free(g);
    config_fini(&cfg);
    return o;
}

/* ---- what must hold ---- */

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

static void expect_each_tool_once(const char *tools)
{
    for (const char *p = tools; *p; p += strcspn(p, "\n") + 1) {
        AUTO_FREE char *name = mem_strndup(p, strcspn(p, " \n"));
        AUTO_FREE char *line = mem_printf("\n%s ", name);
        assert_true(count_of(tools, line) <= 1);
    }
}

/* Of the tools that end goals, at most one behavior's are offered. */
static void expect_one_ending(const char *tools)
{
    const char *owner = NULL;
    for (size_t i = 0; i < behavior_type_count(); i++)
        for (const struct tool *t = behavior_types[i]->tools; t && t->name; t++) {
            AUTO_FREE char *line = mem_printf("%s ", t->name);
            const char *at = strstr(tools, line);
            if (!(t->flags & TOOL_ENDS_GOAL) || !at || (at != tools && at[-1] != '\n'))
                continue;
            assert_true(!owner || owner == behavior_types[i]->type);
            owner = behavior_types[i]->type;
        }
}

static void expect_contract(const struct behavior *const *list, size_t n)
{
    AUTO(buf) agent = {0};
    buf_adds(&agent, "system_prompt: x\nbehaviors:\n");
    for (size_t i = 0; i < n; i++)
        buf_addf(&agent, "  - type: %s\n", list[i]->type);
    struct outcome o = run_agent(buf_cstr(&agent));
    assert_int_equal(o.goals, 1);
    assert_int_equal(o.results, 1);
    assert_int_equal(o.rounds, 2);
    assert_int_equal(o.calls, 2);
    assert_int_equal(o.answers, 2);
    assert_int_equal(o.slow, 0);
    assert_true(o.success);
    const char *last = o.behaviors;
    for (size_t i = 0; i < n; i++) { /* in the order they are listed in */
        AUTO_FREE char *head = mem_printf("%zu. %s — ", i + 1, list[i]->type);
        const char *at = strstr(o.behaviors, head);
        assert_non_null(at);
        assert_true(at >= last);
        last = at;
    }
    expect_each_tool_once(o.tools);
    expect_one_ending(o.tools);
    free(o.behaviors);
    free(o.tools);
}

static void each_alone(void **s)
{
    for (size_t i = 0; i < behavior_type_count(); i++)
        expect_contract(&behavior_types[i], 1);
}

/* Each two once, and not at all with a sanitizer, where they take a minute; MATRIX=all: in both
 * orders, anywhere. */
#ifdef __SANITIZE_ADDRESS__
#define USUAL false
#else
#define USUAL true
#endif

static void each_pair(void **s)
{
    bool all = getenv("MATRIX") != NULL;
    for (size_t i = 0; i < behavior_type_count(); i++)
        for (size_t k = 0; k < behavior_type_count(); k++) {
            const struct behavior *two[] = {behavior_types[i], behavior_types[k]};
            if ((i < k && (USUAL || all)) || (i > k && all))
                expect_contract(two, 2);
        }
}

static void all_in_three_orders(void **s)
{
    size_t n = behavior_type_count();
    const struct behavior *list[64];
    assert_true(n < COUNT_OF(list));
    for (size_t i = 0; i < n; i++)
        list[i] = behavior_types[i];
    expect_contract(list, n);
    for (size_t i = 0; i < n; i++)
        list[i] = behavior_types[n - 1 - i];
    expect_contract(list, n);
    size_t step = n % 7 ? 7 : 5; /* has no common part with n */
    assert_true(n % step != 0);
    for (size_t i = 0; i < n; i++)
        list[i] = behavior_types[i * step % n];
    expect_contract(list, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_alone), cmocka_unit_test(each_pair),
                                       cmocka_unit_test(all_in_three_orders)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
