/* The gate for files: may this one be changed so, and is the user asked? */
#include <string.h>

#include "base/diff.h"
#include "host/readers.h"
#include "permit/permit.h"

#define CHANGE_MAX (8 << 20)    /* bytes of both texts that are compared for a result */
#define CHANGE_SHOWN (64 << 10) /* bytes of a result's diff */

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

/* What stands behind a NUL is shown too. */
static char *without_nul(const char *s, size_t n)
{
    AUTO(buf) out = {0};
    for (size_t i = 0; i < n; i++)
        buf_addc(&out, s[i] ? s[i] : '?');
    return buf_take(&out);
}

/* All of it: what is not shown was not agreed to. */
char *permit_difference(const char *from, size_t from_len, const char *to, size_t to_len)
{
    AUTO(buf) out = {0};
    AUTO_FREE char *before = without_nul(from, from_len), *after = without_nul(to, to_len);
    diff_unified(before, from_len, after, to_len, &out);
    return mem_strdup(buf_cstr(&out));
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

/* What the file's question names is granted by "s": the file, or every write. */
static bool ask(struct permit *p, const struct workspace_change *c, const char *why, bool one,
                struct error *e)
{
    const char *name = name_of(p, c->path);
    AUTO_FREE char *title = mem_printf("%s %s?", c->data ? "Write" : "Remove", name);
    AUTO_FREE char *detail =
        c->data ? permit_difference(c->old, c->old_len, c->data, c->len) : mem_strdup(c->path);
    AUTO_FREE char *always =
        one ? mem_printf("s: %s is not asked about again in this session", name)
            : mem_strdup("s: writes inside the workspace are not asked about again in this "
                         "session; commands are");
    struct ask q = {
        .kind = "write", .title = title, .detail = detail, .why = why, .always = always};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&p->ask, &q, &text);
    bool session = strcmp(key, "s") == 0;
    if (session && one) {
        AUTO_FREE char *value = mem_printf("file: %s", name);
        VEC_PUSH(&p->grants.files, mem_strdup(c->path));
        outbox_setting(p->ask.out, "grant", value);
    } else if (session) {
        p->grants.writes = true;
        outbox_setting(p->ask.out, "grant", "writes");
    }
    /* An answer that was no choice is no yes. */
    return session || strcmp(key, "y") == 0 || refuse(p, name, why, text, e);
}

static bool may_write(struct permit *p, const struct workspace_change *c, struct error *e)
{
    const struct rule *by;
    AUTO(buf) why = {0};
    enum verdict v = permissions_judge_write(&p->rules, name_of(p, c->path), &by);
    const char *reader = c->data && p->in_call ? reader_of(c->path) : NULL;
    if (v == VERDICT_DENY) {
        add_rule(&why, by);
        return error_set(e, ERR_DENIED, "Refused by a rule of %s, under every policy (%.300s)",
                         by->project ? "this project" : "the user", buf_cstr(&why));
    }
    if (p->policy == POLICY_YOLO || v == VERDICT_ALLOW || is_granted(p, c->path))
        return true;
    if (v == VERDICT_NONE && !reader) {
        bool asks = p->policy == POLICY_ASK && p->in_call && p->shows && !p->grants.writes;
        return !asks || ask(p, c, "the approval policy is \"ask\"", false, e);
    }
    if (v == VERDICT_ASK) {
        buf_adds(&why, "a rule wants it asked: ");
        add_rule(&why, by);
    } else {
        buf_addf(&why, "it is read by %s", reader);
    }
    if (p->policy == POLICY_NEVER)
        return error_set(e, ERR_DENIED, "Refused by the approval policy \"never\": %s",
                         buf_cstr(&why));
    return ask(p, c, buf_cstr(&why), true, e);
}

/* Whole files at once: what is beyond the limit is told by its number of lines. */
static void note_change(struct permit *p, const struct workspace_change *c)
{
    const char *name = name_of(p, c->path), *data = c->data ? c->data : "";
    if (c->old_len + c->len > CHANGE_MAX || p->changed.len > CHANGE_SHOWN)
        return;
    AUTO_FREE char *lines = permit_difference(c->old, c->old_len, data, c->data ? c->len : 0);
    size_t n = strlen(lines), left = 0;
    if (n > CHANGE_SHOWN) {
        for (n = CHANGE_SHOWN; n > 0 && lines[n - 1] != '\n';)
            n--;
        for (const char *s = lines + n; (s = strchr(s, '\n')); s++)
            left++;
    }
    buf_addf(&p->changed, "--- %s\n+++ %s\n", c->old_len ? name : "/dev/null",
             c->data ? name : "/dev/null");
    buf_add(&p->changed, lines, n);
    if (left)
        buf_addf(&p->changed, "\\ %zu more lines\n", left);
}

bool permit_write(void *arg, const struct workspace_change *c, struct error *e)
{
    struct permit *p = arg;
    if (!may_write(p, c, e))
        return false;
    if (p->in_call)
        note_change(p, c);
    return true;
}
