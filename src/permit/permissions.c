#include "permit/permissions.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "host/policy_describe.h"
#include "host/process_env.h"

#define KIND "permissions" /* of the state directory's files */

static const char *const verdicts[] = {"", "allow", "ask", "deny"};

static void rule_fini(struct rule *r)
{
    for (size_t i = 0; i < r->words.len; i++)
        free(r->words.ptr[i]);
    VEC_FREE(&r->words);
    reach_fini(&r->reach);
    for (size_t i = 0; i < r->writes.len; i++)
        free(r->writes.ptr[i]);
    VEC_FREE(&r->writes);
}

void permissions_fini(struct permissions *p)
{
    for (size_t i = 0; i < p->rules.len; i++)
        rule_fini(&p->rules.ptr[i]);
    VEC_FREE(&p->rules);
    yaml_tree_free(p->here);
    p->here = NULL;
}

void rule_add_text(const struct rule *r, struct buf *out)
{
    buf_adds(out, verdicts[r->verdict]);
    for (size_t i = 0; i < r->words.len; i++)
        buf_addf(out, " %s", r->words.ptr[i]);
    for (size_t i = 0; i < r->writes.len; i++)
        buf_addf(out, "%s %s", i ? "," : " writes", r->writes.ptr[i]);
    if (!r->words.len && !r->writes.len)
        buf_adds(out, " any command");
    if (!r->reach.items.len)
        return;
    AUTO_FREE char *names = reach_names(&r->reach);
    buf_addf(out, " with %s", names);
}

/* ---- reading ---- */

static bool rule_words(struct rule *r, const struct yaml *v, struct error *e)
{
    if (yaml_is_null(v))
        return true;
    if (v->kind != YAML_SCALAR)
        return yaml_error(v, e, "%s takes a command's words, such as \"npm ci *\", or nothing",
                          v->key);
    for (const char *s = v->value; *s;) {
        size_t gap = strspn(s, " \t\n"), n = strcspn(s + gap, " \t\n");
        s += gap;
        if (n)
            VEC_PUSH(&r->words, mem_strndup(s, n));
        s += n;
    }
    /* "*" alone: any command. */
    if (r->words.len == 1 && strcmp(r->words.ptr[0], "*") == 0) {
        free(r->words.ptr[0]);
        r->words.len = 0;
    } else if (r->words.len && strpbrk(r->words.ptr[0], "*?[|;&<>$`\"'(")) {
        return yaml_error(v, e,
                          "\"%.60s\" names no program: begin with one, as it is called, or leave "
                          "it empty for any command",
                          r->words.ptr[0]);
    }
    return true;
}

static bool rule_reach(struct rule *r, const struct yaml *v, struct error *e)
{
    struct error here = {0};
    bool list = v->kind == YAML_SEQ;
    for (size_t i = 0; i < (list ? v->count : 1); i++) {
        const struct yaml *one = list ? v->items[i] : v;
        if (one->kind != YAML_SCALAR)
            return yaml_error(one, e, "reach takes words: %s", reach_known());
        if (!reach_add_named(&r->reach, one->value, &here))
            return yaml_error(one, e, "%s", here.text);
    }
    return r->reach.items.len > 0 || yaml_error(v, e, "reach names nothing: %s", reach_known());
}

static bool rule_writes(struct rule *r, const struct yaml *v, struct error *e)
{
    bool list = v->kind == YAML_SEQ;
    for (size_t i = 0; i < (list ? v->count : 1); i++) {
        const struct yaml *one = list ? v->items[i] : v;
        const char *name = one->kind == YAML_SCALAR && !yaml_is_null(one) ? one->value : "";
        size_t n = strlen(name);
        if (!n || name[n - 1] == '/' || strncmp(name, "./", 2) == 0 ||
            strncmp(name, "../", 3) == 0 || strstr(name, "/../") || strstr(name, "//"))
            return yaml_error(one, e,
                              "writes takes files as the workspace names them, such as AGENTS.md "
                              "or .github/workflows/*");
        VEC_PUSH(&r->writes, mem_strdup(name));
    }
    return r->writes.len > 0 || yaml_error(v, e, "writes names no file");
}

/* One key of a rule that is no verdict. */
static bool rule_of(struct rule *r, const struct yaml *v, struct error *e)
{
    if (strcmp(v->key, "reach") == 0)
        return rule_reach(r, v, e);
    if (strcmp(v->key, "writes") == 0)
        return rule_writes(r, v, e);
    return yaml_error(v, e, "a rule has no \"%s\"; it has allow, ask or deny, and reach or writes",
                      v->key);
}

static bool rule_read(struct rule *r, const struct yaml *row, struct error *e)
{
    if (row->kind != YAML_MAP)
        return yaml_error(row, e,
                          "a rule is a map: allow, ask or deny, and perhaps reach or writes");
    for (size_t i = 0; i < row->count; i++) {
        const struct yaml *v = row->items[i];
        int k = VERDICT_DENY;
        while (k > VERDICT_NONE && strcmp(verdicts[k], v->key) != 0)
            k--;
        if (k > VERDICT_NONE && r->verdict != VERDICT_NONE)
            return yaml_error(v, e, "one rule says %s and %s: make two", verdicts[r->verdict],
                              v->key);
        if (k > VERDICT_NONE)
            r->verdict = (enum verdict)k;
        if (!(k > VERDICT_NONE ? rule_words(r, v, e) : rule_of(r, v, e)))
            return false;
    }
    if (r->writes.len && (r->words.len || r->reach.items.len))
        return yaml_error(row, e,
                          "a rule is about a command or about files that are written: make "
                          "two");
    return r->verdict != VERDICT_NONE || yaml_error(row, e, "a rule says allow, ask or deny");
}

static bool same_words(const struct rule *a, const struct rule *b)
{
    bool same = a->words.len == b->words.len && a->writes.len == b->writes.len;
    for (size_t i = 0; same && i < a->writes.len; i++)
        same = strcmp(a->writes.ptr[i], b->writes.ptr[i]) == 0;
    for (size_t i = 0; same && i < a->words.len; i++)
        same = strcmp(a->words.ptr[i], b->words.ptr[i]) == 0;
    AUTO_FREE char *x = reach_names(&a->reach), *y = reach_names(&b->reach);
    return same && strcmp(x, y) == 0;
}

static bool add_rule(struct permissions *p, const struct yaml *row, size_t layer, bool project,
                     struct error *e)
{
    struct rule r = {.file = row->file, .line = row->line, .layer = layer, .project = project};
    bool ok = rule_read(&r, row, e);
    for (size_t i = 0; ok && i < p->rules.len; i++) {
        const struct rule *other = &p->rules.ptr[i];
        if (other->layer == layer && other->verdict != r.verdict && same_words(other, &r))
            ok = yaml_error(row, e, "it contradicts line %d, which says %s of the same",
                            other->line, verdicts[other->verdict]);
    }
    if (ok)
        VEC_PUSH(&p->rules, r);
    else
        rule_fini(&r);
    return ok;
}

static bool add_list(struct permissions *p, const struct yaml *list, size_t layer, bool project,
                     struct error *e)
{
    if (yaml_is_null(list))
        return true;
    if (list->kind != YAML_SEQ)
        return yaml_error(list, e, "permissions is a list of rules");
    for (size_t i = 0; i < list->count; i++)
        if (!add_rule(p, list->items[i], layer, project, e))
            return false;
    return true;
}

bool permissions_load(struct permissions *p, const struct config *c, const char *workspace,
                      struct error *e)
{
    AUTO_FREE char *path = file_project_path(KIND, workspace);
    struct error here = {0};
    permissions_fini(p);
    for (size_t i = 0; i < c->permissions.len; i++)
        if (!add_list(p, c->permissions.ptr[i].list, i, c->permissions.ptr[i].project, e))
            return false;
    p->here = yaml_load(path, &here);
    if (!p->here)
        return here.code == ERR_NOT_FOUND || error_set(e, ERR_CONFIG, "%s", here.text);
    const struct yaml *list = yaml_get(p->here, "permissions");
    return !list || add_list(p, list, c->permissions.len, false, e);
}

/* ---- judging ---- */

/* What is asked of one simple command: words NULL for what cannot be read. */
struct part {
    char *const *words;
    size_t count;
    const char *text; /* the whole line, where it cannot be read */
    bool neutral;     /* it needs no rule to be allowed */
    bool brought;     /* the workspace brings the program */
};

/* What is allowed is no more than what is written. */
static bool allowed_words_match(const struct rule *r, const struct part *t)
{
    size_t n = r->words.len;
    bool rest = n > 1 && strcmp(r->words.ptr[n - 1], "*") == 0;
    n -= rest;
    if (t->count < n || (!rest && t->count > n) || t->brought)
        return false;
    for (size_t i = 0; i < n; i++)
        if (fnmatch(r->words.ptr[i], t->words[i], 0) != 0)
            return false;
    return true;
}

/* As a word of a line that cannot be read, whatever quotes part it. */
static bool text_names(const char *line, const char *program)
{
    static const char in[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    AUTO(buf) bare = {0};
    for (const char *p = line; *p; p++)
        if (!strchr("'\"\\", *p))
            buf_addc(&bare, *p);
    const char *text = buf_cstr(&bare);
    size_t n = strlen(program);
    for (const char *p = text; (p = strstr(p, program)); p++)
        if ((p == text || !strchr(in, p[-1])) && (!p[n] || !strchr(in, p[n])))
            return true;
    return false;
}

/* An option stands anywhere, alone, with a value, or shortened: "--forc" is taken for "--force". */
static bool has_option(const struct part *t, size_t from, const char *option)
{
    for (size_t i = from; i < t->count; i++) {
        const char *word = t->words[i];
        size_t n = strcspn(word, "=");
        bool is_short = n > 2 && strncmp(word, "--", 2) == 0 && strncmp(word, option, n) == 0;
        if (is_short || fnmatch(option, word, 0) == 0)
            return true;
    }
    return false;
}

/* The other words follow each other; options between them may each have a value. */
static bool words_follow(const struct rule *r, size_t i, const struct part *t, size_t at)
{
    while (i < r->words.len && *r->words.ptr[i] == '-')
        i++;
    if (i == r->words.len || (i + 1 == r->words.len && strcmp(r->words.ptr[i], "*") == 0))
        return true;
    if (at >= t->count)
        return false;
    if (fnmatch(r->words.ptr[i], t->words[at], 0) == 0 && words_follow(r, i + 1, t, at + 1))
        return true;
    return *t->words[at] == '-' && (words_follow(r, i, t, at + 1) || words_follow(r, i, t, at + 2));
}

/* Does a command that begins at this word do what is asked about or refused? */
static bool strict_words_match(const struct rule *r, const struct part *t, size_t at)
{
    const char *slash = strrchr(t->words[at], '/');
    if (fnmatch(r->words.ptr[0], slash ? slash + 1 : t->words[at], 0) != 0)
        return false;
    for (size_t i = 1; i < r->words.len; i++)
        if (*r->words.ptr[i] == '-' && !has_option(t, at + 1, r->words.ptr[i]))
            return false;
    return words_follow(r, 1, t, at + 1);
}

/* Programs that run the program their words name. */
static bool runs_another(const char *program)
{
    static const char *const names[] = {
        "env",  "sudo", "doas",  "nohup",  "nice",   "ionice", "timeout", "time", "command",
        "exec", "eval", "xargs", "setsid", "stdbuf", "watch",  "builtin", "sh",   "bash",
        "dash", "zsh",  "find",  "script", "strace", "chrt",   "taskset", "flock"};
    const char *slash = strrchr(program, '/');
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], slash ? slash + 1 : program) == 0)
            return true;
    return false;
}

static bool words_match(const struct rule *r, const struct part *t)
{
    if (r->verdict == VERDICT_ALLOW)
        return allowed_words_match(r, t);
    if (strict_words_match(r, t, 0))
        return true;
    for (size_t at = 1; at < t->count && runs_another(t->words[0]); at++)
        if (strict_words_match(r, t, at) ||
            (strpbrk(t->words[at], " \t\n;&|") && text_names(t->words[at], r->words.ptr[0])))
            return true;
    return false;
}

static bool rule_matches(const struct rule *r, const struct part *t, const struct reach_item *item)
{
    bool reaches = false;
    if (r->writes.len)
        return false;
    for (size_t i = 0; item && i < r->reach.items.len; i++) {
        const struct reach_item *of = &r->reach.items.ptr[i];
        reaches = reaches || reach_item_covers(of, item) ||
                  (r->verdict != VERDICT_ALLOW && reach_item_covers(item, of));
    }
    /* Who may run with some reach may run without. */
    if (item ? !reaches : r->reach.items.len && (r->verdict != VERDICT_ALLOW || !r->words.len))
        return false;
    if (!r->words.len)
        return true;
    if (!t->words)
        return r->verdict != VERDICT_ALLOW && text_names(t->text, r->words.ptr[0]);
    return words_match(r, t);
}

/* By the rules of one file. */
static const struct rule *judge_part(const struct permissions *p, size_t layer,
                                     const struct part *t, const struct reach_item *item)
{
    const struct rule *last = NULL;
    for (size_t i = 0; i < p->rules.len; i++)
        if (p->rules.ptr[i].layer == layer && rule_matches(&p->rules.ptr[i], t, item))
            last = &p->rules.ptr[i];
    return last;
}

/* Does the workspace bring the program of that name? Then it is whatever was written there. */
static bool is_brought(const char *name, const char *cwd)
{
    AUTO_FREE char *found = process_find_program(name, NULL, cwd, NULL);
    AUTO_FREE char *real = found ? realpath(found, NULL) : NULL;
    size_t n = strlen(cwd);
    return real && strncmp(real, cwd, n) == 0 && real[n] == '/';
}

static bool is_neutral(const struct command_part *part)
{
    return part->reads || (strcmp(part->words[0], "cd") == 0 && !part->leaves);
}

static const struct rule *judge_layer(const struct permissions *p, size_t layer,
                                      const struct part *parts, size_t n,
                                      const struct reach_item *item)
{
    const struct rule *strict = NULL, *allowed = NULL;
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        const struct rule *r = judge_part(p, layer, &parts[i], item);
        open = open || (!r && !parts[i].neutral);
        if (r && r->verdict == VERDICT_ALLOW)
            allowed = r;
        else if (r && (!strict || r->verdict > strict->verdict))
            strict = r;
    }
    return strict ? strict : open ? NULL : allowed;
}

enum verdict permissions_judge(const struct permissions *p, const char *command,
                               const struct command_info *info, const struct reach_item *item,
                               const char *cwd, const struct rule **by)
{
    *by = NULL;
    if (!p->rules.len)
        return VERDICT_NONE;
    bool unread = info->class == COMMAND_UNKNOWN;
    size_t n = info->count + unread, layers = p->rules.ptr[p->rules.len - 1].layer + 1;
    AUTO_FREE struct part *parts = mem_alloc((n + 1) * sizeof *parts);
    for (size_t i = 0; i < info->count; i++)
        parts[i] = (struct part){.words = info->parts[i].words,
                                 .count = info->parts[i].count,
                                 .neutral = is_neutral(&info->parts[i]),
                                 .brought = is_brought(info->parts[i].words[0], cwd)};
    if (unread)
        parts[n - 1].text = command;
    for (size_t layer = 0; layer < layers; layer++) {
        const struct rule *r = judge_layer(p, layer, parts, n, item);
        if (r && r->project && r->verdict == VERDICT_ALLOW)
            continue;
        if (r && (!*by || r->verdict > (*by)->verdict))
            *by = r;
    }
    return *by ? (*by)->verdict : VERDICT_NONE;
}

/* "*" also spans "/". */
static bool rule_covers_file(const struct rule *r, const char *path)
{
    for (size_t i = 0; i < r->writes.len; i++)
        if (fnmatch(r->writes.ptr[i], path, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

enum verdict permissions_judge_write(const struct permissions *p, const char *path,
                                     const struct rule **by)
{
    *by = NULL;
    for (size_t i = 0, next; i < p->rules.len; i = next) {
        const struct rule *last = NULL;
        size_t layer = p->rules.ptr[i].layer;
        for (next = i; next < p->rules.len && p->rules.ptr[next].layer == layer; next++)
            if (rule_covers_file(&p->rules.ptr[next], path))
                last = &p->rules.ptr[next];
        if (last && last->project && last->verdict == VERDICT_ALLOW)
            continue;
        if (last && (!*by || last->verdict > (*by)->verdict))
            *by = last;
    }
    return *by ? (*by)->verdict : VERDICT_NONE;
}

/* ---- this program here ---- */

/* They run what they are told, so to allow them is to allow all. */
static bool runs_anything(const char *program)
{
    static const char *const some[] = {
        "sh",      "bash",  "dash",     "zsh",    "fish", "env",     "xargs",  "sudo",
        "su",      "doas",  "python",   "perl",   "ruby", "node",    "nodejs", "deno",
        "bun",     "php",   "lua",      "eval",   "exec", "command", "nohup",  "time",
        "timeout", "ssh",   "npx",      "find",   "make", "awk",     "gawk",   "nice",
        "setsid",  "watch", "parallel", "source", "."};
    size_t n = strcspn(program, "0123456789");
    for (size_t i = 0; i < COUNT_OF(some); i++)
        if (strlen(some[i]) == n && strncmp(some[i], program, n) == 0)
            return true;
    return false;
}

static bool is_plain(const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";
    return *word && *word != '-' && strspn(word, plain) == strlen(word);
}

char *permissions_program(const struct command_info *info)
{
    const struct command_part *one = NULL;
    for (size_t i = 0; i < info->count; i++) {
        if (is_neutral(&info->parts[i]))
            continue;
        if (one)
            return NULL;
        one = &info->parts[i];
    }
    if (!one || info->class == COMMAND_UNKNOWN || !is_plain(one->words[0]) ||
        runs_anything(one->words[0]))
        return NULL;
    /* A program that has verbs is as many programs. */
    if (command_has_verbs(one->words[0]))
        return one->count > 1 && is_plain(one->words[1])
                   ? mem_printf("%s %s *", one->words[0], one->words[1])
                   : NULL;
    return mem_printf("%s *", one->words[0]);
}

bool permissions_remember(const char *words, const struct reach *reach, const char *workspace,
                          struct error *e)
{
    AUTO_FREE char *path = file_project_path(KIND, workspace);
    AUTO_FREE char *dir = file_state_path(KIND);
    AUTO(buf) text = {0};
    AUTO_JSON *list = cJSON_CreateArray();
    if (!file_read(path, &text, 1 << 20, NULL)) {
        buf_clear(&text);
        buf_adds(&text, "# What you allowed in this workspace; delete a rule to be asked again.\n"
                        "permissions:\n");
    }
    for (size_t i = 0; i < reach->items.len; i++) {
        AUTO(buf) name = {0};
        reach_item_add_name(&reach->items.ptr[i], &name);
        cJSON_AddItemToArray(list, cJSON_CreateString(buf_cstr(&name)));
    }
    buf_addf(&text, "  - allow: %s\n", words);
    if (reach->items.len) {
        buf_adds(&text, "    reach: ");
        json_write(&text, list);
        buf_addc(&text, '\n');
    }
    return file_make_dirs(dir, e) && file_write(path, text.ptr, text.len, e);
}
