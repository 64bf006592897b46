/* The gate for files: may this one be changed so, and is the user asked? */
#include <string.h>

#include "host/readers.h"
#include "permit/permit.h"

/* As rules name it. */
static const char *name_of(const struct permit *p, const char *path)
{
    size_t n = p->workspace ? strlen(p->workspace) : 0;
    return n && strncmp(path, p->workspace, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

static bool is_granted(const struct permit *p, const char *path)
{
    for (size_t i = 0; i < p->grants.files.len; i++)
        if (strcmp(p->grants.files.ptr[i], path) == 0)
            return true;
    return false;
}

static size_t line_at(const char *s)
{
    size_t n = strcspn(s, "\n");
    return n + (s[n] == '\n');
}

static void add_lines(struct buf *out, char sign, const char *from, const char *to)
{
    while (from < to) {
        size_t n = MIN(line_at(from), (size_t)(to - from));
        buf_addc(out, sign);
        buf_add(out, from, n);
        if (from[n - 1] != '\n')
            buf_addc(out, '\n');
        from += n;
    }
}

/* What stands behind a NUL is shown too. */
static char *without_nul(const char *s, size_t n)
{
    AUTO(buf) out = {0};
    for (size_t i = 0; i < n; i++)
        buf_addc(&out, s[i] ? s[i] : '?');
    return buf_take(&out);
}

/* What goes and what comes, without the lines that begin and end both. All of it: what is not
 * shown was not agreed to. */
static char *difference(const struct workspace_change *c)
{
    AUTO(buf) out = {0};
    AUTO_FREE char *before = without_nul(c->old, c->old_len), *after = without_nul(c->data, c->len);
    const char *old = before, *data = after;
    while (*old && line_at(old) == line_at(data) && memcmp(old, data, line_at(old)) == 0) {
        size_t n = line_at(old);
        old += n;
        data += n;
    }
    const char *a = old + strlen(old), *b = data + strlen(data);
    const char *end_a = a, *end_b = b;
    while (a > old && b > data && a[-1] == b[-1]) {
        a--;
        b--;
        if ((a == old || a[-1] == '\n') && (b == data || b[-1] == '\n')) {
            end_a = a;
            end_b = b;
        }
    }
    add_lines(&out, '-', old, end_a);
    add_lines(&out, '+', data, end_b);
    return buf_take(&out);
}

static void add_rule(struct buf *out, const struct rule *r)
{
    buf_addf(out, "%s:%d: ", r->file, r->line);
    rule_add_text(r, out);
}

static bool refuse(const struct permit *p, const char *name, const char *why, const char *text,
                   struct error *e)
{
    if (reactor_stopped(p->ask.reactor))
        return error_set(e, ERR_DENIED, "Not run: %s.",
                         permit_stop_words(p->ask.reactor->interrupt));
    if (p->ask.possible)
        return error_set(e, ERR_DENIED, "The user refused this write of %.200s%s%.200s", name,
                         text && *text ? ": " : ".", text ? text : "");
    return error_set(
        e, ERR_DENIED,
        "Refused: %.150s wants a yes (%.200s) and nobody can be asked. If it cannot go "
        "without, say so in your answer: the user can allow it by the rule "
        "{allow: , writes: %.150s} under permissions: in config.yaml, or start mien "
        "with --approval yolo",
        name, why, name);
}

static bool ask(struct permit *p, const struct workspace_change *c, const char *why,
                struct error *e)
{
    const char *name = name_of(p, c->path);
    AUTO_FREE char *title = mem_printf("%s %s?", c->data ? "Write" : "Remove", name);
    AUTO_FREE char *detail = c->data ? difference(c) : mem_strdup(c->path);
    AUTO_FREE char *always = mem_printf("s: %s is not asked about again in this session", name);
    struct ask q = {
        .kind = "write", .title = title, .detail = detail, .why = why, .always = always};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&p->ask, &q, &text);
    bool session = strcmp(key, "s") == 0;
    if (session) {
        AUTO_FREE char *value = mem_printf("file: %s", name);
        VEC_PUSH(&p->grants.files, mem_strdup(c->path));
        outbox_setting(p->ask.out, "grant", value);
    }
    /* An answer that was no choice is no yes. */
    return session || strcmp(key, "y") == 0 || refuse(p, name, why, text, e);
}

bool permit_write(void *arg, const struct workspace_change *c, struct error *e)
{
    struct permit *p = arg;
    const struct rule *by;
    AUTO(buf) why = {0};
    enum verdict v = permissions_judge_write(&p->rules, name_of(p, c->path), &by);
    const char *reader = c->data && p->in_call ? reader_of(c->path) : NULL;
    if (v == VERDICT_DENY) {
        add_rule(&why, by);
        return error_set(e, ERR_DENIED, "Refused by a rule of %s, under every policy (%.300s)",
                         by->project ? "this project" : "the user", buf_cstr(&why));
    }
    if (p->policy == POLICY_YOLO || v == VERDICT_ALLOW || is_granted(p, c->path) ||
        (v == VERDICT_NONE && !reader))
        return true;
    if (v == VERDICT_ASK) {
        buf_adds(&why, "a rule wants it asked: ");
        add_rule(&why, by);
    } else {
        buf_addf(&why, "it is read by %s", reader);
    }
    if (p->policy == POLICY_NEVER)
        return error_set(e, ERR_DENIED, "Refused by the approval policy \"never\": %s",
                         buf_cstr(&why));
    return ask(p, c, buf_cstr(&why), e);
}
