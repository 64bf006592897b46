/* Rules of configuration: which one decides, over parts of a line, rows of a file, and files. */
#include "test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "permit/permissions.h"

static struct config cfg;
static struct permissions rules;
static char top[64];

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

static int setup(void **s)
{
    strcpy(top, "/tmp/mien-rules-XXXXXX");
    assert_non_null(mkdtemp(top));
    setenv("MIEN_STATE_DIR", top, 1);
    setenv("HOME", top, 1);
    config_init(&cfg);
    return 0;
}

static int teardown(void **s)
{
    permissions_fini(&rules);
    config_fini(&cfg);
    return nftw(top, gone, 16, FTW_DEPTH | FTW_PHYS);
}

static void load(const char *user, const char *project)
{
    struct error e = {0};
    if (!config_load_text(&cfg, user, "user.yaml", &e))
        fail_msg("%s", e.text);
    config_begin_project(&cfg);
    if (project && !config_load_text(&cfg, project, "project.yaml", &e))
        fail_msg("%s", e.text);
    if (!permissions_load(&rules, &cfg, top, &e))
        fail_msg("%s", e.text);
}

static enum verdict judged(const char *command, const char *reach, const struct rule **by)
{
    struct command_info info;
    AUTO(reach) r = {0};
    struct error e = {0};
    if (reach && !reach_add_named(&r, reach, &e))
        fail_msg("%s", e.text);
    command_classify(command, "/nonexistent", &info);
    enum verdict v =
        permissions_judge(&rules, command, &info, reach ? &r.items.ptr[0] : NULL, top, by);
    command_info_fini(&info);
    return v;
}

static const char *const names[] = {"none", "allow", "ask", "deny"};

struct row {
    const char *command, *reach, *says;
    int line; /* of the rule; 0: none */
};

static void hold(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct rule *by;
        enum verdict v = judged(rows[i].command, rows[i].reach, &by);
        if (strcmp(names[v], rows[i].says) != 0 || (by ? by->line : 0) != rows[i].line)
            fail_msg("%s [%s]: %s by line %d, not %s by line %d", rows[i].command,
                     rows[i].reach ? rows[i].reach : "", names[v], by ? by->line : 0, rows[i].says,
                     rows[i].line);
    }
}

static void words_and_parts(void **s)
{
    static const struct row rows[] = {
        {"npm ci", NULL, "allow", 2},
        {"npm ci --ignore-scripts", NULL, "none", 0}, /* no more than what is written */
        {"npm", NULL, "none", 0},
        {"npm cix", NULL, "none", 0},
        {"npm run test:unit -- -v", NULL, "allow", 3},
        {"npm ci && npm run test:a", NULL, "allow", 3},
        {"npm ci && make", NULL, "none", 0},
        {"cd sub && npm ci | tail -3", NULL, "allow", 2}, /* what only reads needs no rule */
        {"cd / && npm ci", NULL, "none", 0},
        {"cat /etc/passwd && npm ci", NULL, "none", 0},
        {"ls", NULL, "none", 0},
        {"git push", NULL, "ask", 4},
        {"git push origin main", NULL, "ask", 4}, /* begins so */
        {"/usr/bin/git push", NULL, "ask", 4},
        {"git push --force", NULL, "deny", 5},
        {"git push --force x && npm ci", NULL, "deny", 5},
        {"git push origin main --force", NULL, "deny", 5},
        {"git push origin main --forc", NULL, "deny", 5},
        {"git -C sub -c a=b --no-pager push --force=x", NULL, "deny", 5},
        {"git -C sub push", NULL, "ask", 4},
        {"git commit -m push", NULL, "none", 0},
        {"git log push", NULL, "none", 0},
        {"env A=b git push --force", NULL, "deny", 5},
        {"timeout 5 /usr/bin/curl x", NULL, "deny", 6},
        {"bash -c 'cd x && curl y'", NULL, "deny", 6},
        {"find . -exec curl {} ;", NULL, "deny", 6},
        {"c\"ur\"l x $(true)", NULL, "deny", 6},
        {"c\\url x $(true)", NULL, "deny", 6},
        {"echo curl", NULL, "none", 0},
        {"npm ci; git push", NULL, "ask", 4},
        {"git pull", NULL, "none", 0},
        {"curl -s x", NULL, "deny", 6},
        {"npm ci && curl x", NULL, "deny", 6},
        {"for i in 1 2; do curl $i; done", NULL, "deny", 6}, /* unread: it names it */
        {"x=$(curl -s x)", NULL, "deny", 6},
        {"echo $(/usr/bin/curl x)", NULL, "deny", 6},
        {"echo $curly", NULL, "none", 0},
        {"echo $(npm ci)", NULL, "none", 0}, /* unread: nothing is allowed */
        {"npm ci > log", NULL, "none", 0},
        {"NODE_OPTIONS=x npm ci", NULL, "none", 0},
        {"./npm ci", NULL, "none", 0},
        {"/tmp/npm ci", NULL, "none", 0},
    };
    load("permissions:\n"
         "  - allow: npm ci\n"
         "  - allow: npm run test:* *\n"
         "  - ask: git push\n"
         "  - deny: git push --force\n"
         "  - deny: curl\n",
         NULL);
    hold(rows, COUNT_OF(rows));
}

static void the_last_in_a_file_wins(void **s)
{
    static const struct row rows[] = {
        {"make x", NULL, "deny", 2},      {"make test", NULL, "allow", 3},
        {"make test x", NULL, "deny", 2}, {"make all", NULL, "ask", 5},
        {"x", NULL, "none", 0},
    };
    load("permissions:\n"
         "  - deny: make\n"
         "  - allow: make test\n"
         "  - allow: make all\n"
         "  - ask: make all *\n",
         NULL);
    hold(rows, COUNT_OF(rows));
}

static void reach_and_paths(void **s)
{
    static const struct row rows[] = {
        {"npm ci", "network", "allow", 3},
        {"npm ci", NULL, "allow", 3}, /* who may run with it may run without */
        {"npm i", "network", "ask", 2},
        {"npm ci", "device", "deny", 4},
        {"x", "device", "deny", 4},
        {"x", "trace", "deny", 4},
        {"x", NULL, "none", 0},
        {"x", "path:/srv/data/in", "allow", 6},
        {"x", "path:/srv/data", "deny", 7}, /* what is refused lies in it */
        {"x", "path:/srv/database", "none", 0},
        {"x", "path:/srv/data/secret", "deny", 7},
        {"x", "path:/srv/data/secret/deep", "deny", 7},
        {"x", "path:/srv", "deny", 7}, /* it would open that too */
        {"x", "path:/opt", "none", 0},
    };
    load("permissions:\n"
         "  - {ask: '*', reach: network}\n"
         "  - {allow: npm ci, reach: [network]}\n"
         "  - deny:\n"
         "    reach: [device, trace]\n"
         "  - {allow: , reach: 'path:/srv/data'}\n"
         "  - {deny: , reach: 'path:/srv/data/secret'}\n",
         NULL);
    hold(rows, COUNT_OF(rows));
}

static void a_project_only_narrows(void **s)
{
    static const struct row rows[] = {
        {"npm ci", "network", "allow", 2}, {"npm i", "network", "none", 0},
        {"make", NULL, "deny", 4},         {"x", "trace", "none", 0},
        {"git log", NULL, "deny", 3},      {"git status", NULL, "none", 0},
        {"yarn", NULL, "ask", 4},
    };
    load("permissions:\n"
         "  - {allow: npm ci, reach: network}\n"
         "  - deny: git log\n"
         "  - ask: yarn\n",
         "permissions:\n"
         "  - {allow: , reach: [network, trace]}\n"
         "  - deny: git\n"
         "  - deny: make\n"
         "  - allow: git *\n"
         "  - allow: yarn\n");
    hold(rows, COUNT_OF(rows));
}

static void what_the_workspace_brings_is_not_allowed(void **s)
{
    static const struct row rows[] = {{"tool x", NULL, "none", 0}, {"ls x", NULL, "allow", 3}};
    AUTO_FREE char *program = mem_printf("%s/tool", top);
    AUTO_FREE char *path = mem_printf("%s:/usr/bin:/bin", top),
                   *before = mem_strdup(getenv("PATH"));
    FILE *f = fopen(program, "w");
    assert_non_null(f);
    fclose(f);
    chmod(program, 0755);
    setenv("PATH", path, 1);
    load("permissions:\n  - allow: tool *\n  - allow: ls *\n", NULL);
    hold(rows, COUNT_OF(rows));
    setenv("PATH", before, 1);
}

static void files_that_are_written(void **s)
{
    static const struct {
        const char *path, *says;
    } cases[] = {{"src/a.c", "none"},       {"AGENTS.md", "allow"},
                 {"agents.MD", "allow"},    {"sub/AGENTS.md", "none"},
                 {"x/y.lock", "deny"},      {".github/workflows/a.yml", "ask"},
                 {"/etc/AGENTS.md", "none"}};
    load("permissions:\n  - {allow: , writes: [AGENTS.md, \".github/*\"]}\n"
         "  - {deny: , writes: \"*.lock\"}\n",
         "permissions:\n  - {ask: , writes: \".github/workflows/*\"}\n"
         "  - {allow: , writes: \"*\"}\n  - {ask: , writes: \".github/*.yml\"}\n");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct rule *by;
        enum verdict v = permissions_judge_write(&rules, cases[i].path, &by);
        if (strcmp(names[v], cases[i].says) != 0)
            fail_msg("%s: %s", cases[i].path, names[v]);
    }
    assert_int_equal(judged("ls", NULL, &(const struct rule *){NULL}), VERDICT_NONE);
}

static void faults_are_told_with_their_place(void **s)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"permissions: yes", "user.yaml:1: permissions is a list"},
        {"permissions:\n  - npm ci", "user.yaml:2: a rule is a map"},
        {"permissions:\n  - {alow: npm ci}", "user.yaml:2: a rule has no \"alow\""},
        {"permissions:\n  - {allow: a, deny: b}", "user.yaml:2: one rule says allow and deny"},
        {"permissions:\n  - {reach: network}", "user.yaml:2: a rule says allow, ask or deny"},
        {"permissions:\n  - {allow: [npm, ci]}", "user.yaml:2: allow takes a command's words"},
        {"permissions:\n  - allow: '*npm ci'", "user.yaml:2: \"*npm\" names no program"},
        {"permissions:\n  - allow: a|b", "user.yaml:2: \"a|b\" names no program"},
        {"permissions:\n  - allow: x\n    reach: internet",
         "user.yaml:3: nothing is called \"internet\""},
        {"permissions:\n  - {allow: x, writes: a}",
         "user.yaml:2: a rule is about a command or about files"},
        {"permissions:\n  - {allow: , writes: a/../b}", "user.yaml:2: writes takes files"},
        {"permissions:\n  - {allow: , writes: }", "user.yaml:2: writes takes files"},
        {"permissions:\n  - {allow: , writes: []}", "user.yaml:2: writes names no file"},
        {"permissions:\n  - {allow: , writes: a}\n  - {deny: , writes: a}",
         "user.yaml:3: it contradicts line 2"},
        {"permissions:\n  - allow: x\n    reach: []", "user.yaml:3: reach names nothing"},
        {"permissions:\n  - allow: x\n    reach: path:/a/../b", "user.yaml:3: path:/a/../b"},
        {"permissions:\n  - allow: x\n    reach: path:~/link",
         "user.yaml:3: path:~/link leads through a link"},
        {"permissions:\n  - allow: x\n    reach: {network: yes}", "user.yaml:3: reach takes words"},
        {"permissions:\n  - allow: npm ci\n  - deny: x\n  - ask:  npm  ci",
         "user.yaml:4: it contradicts line 2"},
        {"permissions:\n  - {deny: , reach: network}\n  - {allow: '*', reach: network}",
         "user.yaml:3: it contradicts line 2, which says deny of the same"},
    };
    AUTO_FREE char *link = mem_printf("%s/link", top);
    assert_int_equal(symlink("/usr", link), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error e = {0};
        struct config one;
        config_init(&one);
        assert_true(config_load_text(&one, cases[i].text, "user.yaml", &e));
        if (permissions_load(&rules, &one, top, &e) || !strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, e.text);
        permissions_fini(&rules);
        config_fini(&one);
    }
}

static void a_program_is_kept_for_this_workspace(void **s)
{
    static const struct {
        const char *command, *words;
    } cases[] = {
        {"npm ci --silent", "npm ci *"},
        {"cd sub && npm ci | tail -3", "npm ci *"},
        {"curl -s x", "curl *"},
        {"git -C x push", NULL}, /* which verb? */
        {"npm", NULL},
        {"npm ci && curl x", NULL},
        {"bash x.sh", NULL},
        {"python3.11 x.py", NULL},
        {"./configure", NULL},
        {"echo $(npm ci)", NULL},
        {"ls", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct command_info info;
        command_classify(cases[i].command, "/nonexistent", &info);
        AUTO_FREE char *words = permissions_program(&info);
        command_info_fini(&info);
        if (cases[i].words ? !words || strcmp(words, cases[i].words) != 0 : words != NULL)
            fail_msg("%s: %s", cases[i].command, words ? words : "NULL");
    }
    static const struct row rows[] = {{"npm ci -x", "network", "allow", 3},
                                      {"npm i", "network", "none", 0},
                                      {"npm ci", "device", "none", 0},
                                      {"curl x", "network", "deny", 2},
                                      {"wget x", "network", "allow", 7}};
    AUTO(reach) r = {0};
    struct error e = {0};
    assert_true(reach_add(&r, "network", &e));
    assert_true(permissions_remember("npm ci *", &r, top, &e));
    assert_true(permissions_remember("curl *", &r, top, &e));
    assert_true(permissions_remember("wget *", &r, top, &e));
    load("permissions:\n  - deny: curl\n    reach: network\n", NULL);
    hold(rows, COUNT_OF(rows));
}

#define R(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        R(words_and_parts),
        R(the_last_in_a_file_wins),
        R(reach_and_paths),
        R(a_project_only_narrows),
        R(what_the_workspace_brings_is_not_allowed),
        R(files_that_are_written),
        R(faults_are_told_with_their_place),
        R(a_program_is_kept_for_this_workspace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
