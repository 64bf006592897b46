/*
 * InstructionsBehavior - pins the project's own words to agents: AGENTS.md, CLAUDE.md.
 *
 * Those from the repository's root down to the workspace are pinned, loaded once per goal so that
 * the text stands; those of deeper directories, and rules for some paths, stand behind the first
 * result that touches one.
 */
#include <string.h>

#include "base/mem.h"
#include "base/yaml.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/globs.h"

struct params {
    struct opt_list files;
    int64_t max_bytes;
};

struct rule {
    struct instruction file;
    bool given;
};

struct state {
    char *text; /* as pinned; NULL: none */
    VEC(struct rule) rules;
    VEC(char *) dirs; /* whose files were looked for */
};

// clang-format off
static const struct opt instructions_params[] = {
    {"files", OPT_LIST, offsetof(struct params, files), .def = "[AGENTS.md, CLAUDE.md]",
     .help = "Names looked for, the first found in a directory counts; from the root of the repository "
             "down to the workspace, the nearest last"},
    {"max_bytes", OPT_INT, offsetof(struct params, max_bytes), .def = "16000", .min = 100, .max = 1000000,
     .unit = "bytes", .help = "Most of all files that is shown, the nearest first"},
    {0},
};
// clang-format on

static void instruction_add(const struct instruction *one, const char *text, struct buf *out)
{
    size_t len = strlen(one->text), shown = strlen(text);
    while (shown > 0 && text[shown - 1] == '\n')
        shown--;
    bool empty = text[strspn(text, " \t\r\n")] == '\0';
    if (!empty || (int64_t)len < one->bytes)
        buf_addf(out, "%s%s INSTRUCTIONS (%s):\n%.*s", out->len ? "\n\n" : "",
                 one->own ? "USER" : "PROJECT", one->path, (int)shown, text);
    if ((int64_t)len < one->bytes)
        buf_addf(out, "\n[cut after %zu of %lld bytes; read %s for the rest]", len,
                 (long long)one->bytes, one->path);
}

/* ---- what holds for some paths: behind the first result that touches one ---- */

static void rules_clear(struct state *s)
{
    for (size_t i = 0; i < s->rules.len; i++)
        instruction_fini(&s->rules.ptr[i].file);
    s->rules.len = 0;
}

/* The text below the head of a rule; *head: what stands between "---" lines, or NULL. */
static const char *rule_text(const char *text, char **head)
{
    *head = NULL;
    const char *end = strncmp(text, "---\n", 4) == 0 ? strstr(text + 3, "\n---") : NULL;
    if (!end)
        return text;
    *head = mem_strndup(text + 4, (size_t)(end + 1 - (text + 4)));
    end += 4;
    end += strcspn(end, "\n");
    return end + (*end == '\n');
}

static bool any_glob(const char *list, const char *path)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        AUTO_FREE char *one = mem_strndup(p + strspn(p, " "), n - MIN(strspn(p, " "), n));
        for (size_t k = strlen(one); k > 0 && one[k - 1] == ' ';)
            one[--k] = '\0';
        if (*one && glob_matches(one, path))
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

/* "paths:" of the head, a list or names parted by commas. One without holds for every path. */
static bool rule_holds(const char *head, const char *path)
{
    AUTO_YAML *y = head ? yaml_parse(head, strlen(head), "rule", NULL) : NULL;
    const struct yaml *paths = yaml_get(y, "paths");
    if (!paths)
        paths = yaml_get(y, "globs");
    if (!paths || yaml_is_null(paths))
        return true;
    if (paths->kind == YAML_SCALAR)
        return any_glob(paths->value, path);
    for (size_t i = 0; i < paths->count; i++)
        if (paths->items[i]->kind == YAML_SCALAR && any_glob(paths->items[i]->value, path))
            return true;
    return false;
}

static void add_rules(struct state *s, const char *path, struct buf *out)
{
    for (size_t i = 0; i < s->rules.len; i++) {
        struct rule *r = &s->rules.ptr[i];
        AUTO_FREE char *head = NULL;
        const char *text = r->given ? "" : rule_text(r->file.text, &head);
        if (r->given || !rule_holds(head, path))
            continue;
        r->given = true;
        instruction_add(&r->file, text, out);
    }
}

/* Was this directory's file given? Marks it. */
static bool dir_is_new(struct state *s, const char *dir)
{
    for (size_t i = 0; i < s->dirs.len; i++)
        if (strcmp(s->dirs.ptr[i], dir) == 0)
            return false;
    VEC_PUSH(&s->dirs, mem_strdup(dir));
    return true;
}

static void add_dirs(struct call *c, const char *path, struct buf *out)
{
    const struct params *p = c->params;
    for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
        AUTO_FREE char *dir = mem_strndup(path, (size_t)(slash - path));
        struct instruction one = {0};
        if (!dir_is_new(c->state, dir) ||
            !c->host->project_dir(c->agent, &p->files, dir, (size_t)p->max_bytes, &one))
            continue;
        instruction_add(&one, one.text, out);
        instruction_fini(&one);
    }
}

/* No prefix moves: they stand behind the result, once. */
static void instructions_amend(struct call *c, const char *tool, const cJSON *args,
                               const cJSON *result, struct buf *out)
{
    const char *path = json_str(args, "path", NULL);
    AUTO(buf) text = {0};
    if (!path || json_get(result, "error"))
        return;
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (*path == '/' || *path == '~' || strstr(path, "..") || strcmp(path, ".") == 0)
        return; /* not beneath the workspace, as it is named */
    AUTO_FREE char *whole =
        strcmp(tool, "list_dir") == 0 ? mem_printf("%s/", path) : mem_strdup(path);
    add_dirs(c, whole, &text);
    add_rules(c->state, whole, &text);
    if (text.len)
        buf_addf(out, "\n%s\n", buf_cstr(&text));
}

/* ---- when a goal begins ---- */

static void instructions_load(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    struct instruction *list = NULL;
    size_t n = c->host->project_texts(c->agent, &p->files, (size_t)p->max_bytes, &list);
    AUTO(buf) out = {0};
    for (size_t i = 0; i < n; i++) {
        instruction_add(&list[i], list[i].text, &out);
        instruction_fini(&list[i]);
    }
    free(list);
    free(s->text);
    s->text = out.len ? buf_take(&out) : NULL;
    if (s->rules.len)
        return; /* given once in a session */
    n = c->host->project_rules(c->agent, (size_t)p->max_bytes, &list);
    for (size_t i = 0; i < n; i++)
        VEC_PUSH(&s->rules, ((struct rule){.file = list[i]}));
    free(list);
}

static void instructions_enhance(struct call *c)
{
    const struct state *s = c->state;
    if (s->text)
        c->host->context_add(c->agent, PLACE_PINNED, "AGENTS.md", s->text);
}

static void instructions_fini(struct call *c)
{
    struct state *s = c->state;
    free(s->text);
    rules_clear(s);
    VEC_FREE(&s->rules);
    for (size_t i = 0; i < s->dirs.len; i++)
        free(s->dirs.ptr[i]);
    VEC_FREE(&s->dirs);
    s->text = NULL;
}

const struct behavior behavior_instructions = {
    .type = "InstructionsBehavior",
    .name = "instructions",
    .help = "Show the project's own instructions to agents (AGENTS.md, CLAUDE.md)",
    .params = instructions_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .fini = instructions_fini,
    .enhance_context = instructions_enhance,
    .on_goal_start = instructions_load,
    .amend_result = instructions_amend,
};
