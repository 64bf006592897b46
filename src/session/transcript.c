#include "session/transcript.h"

#include <assert.h>

#include "base/file.h"
#include "base/log.h"
#include "plan/tree.h"
#include "request/conversation.h"
#include "store/store.h"

static void put_message(struct buf *out, const struct message *m)
{
    static const char *const heads[] = {"## System", "## You", "## mien", "### Result"};
    if (m->lost) {
        buf_addf(out, "(message %lld is damaged in the session's file)\n\n", (long long)m->seq);
        return;
    }
    buf_addf(out, "%s%s%s\n\n", heads[m->role], m->tool ? ": " : "", m->tool ? m->tool : "");
    if (m->role == LLM_TOOL)
        buf_addf(out, "```\n%s\n```\n\n", m->text ? m->text : "");
    else if (m->text && *m->text)
        buf_addf(out, "%s\n\n", m->text);
    for (size_t i = 0; i < m->call_count; i++)
        buf_addf(out, "- `%s` `%s`\n", m->calls[i].name, m->calls[i].args);
    buf_adds(out, m->call_count ? "\n" : "");
}

static void put_stored(void *arg, int64_t seq, const char *body, size_t n)
{
    struct message m;
    struct error e = {0};
    if (!message_load(&m, body, n, &e))
        return;
    put_message(arg, &m);
    message_fini(&m);
}

bool transcript_of(const char *dir, const char *id, struct buf *out, int64_t *damaged,
                   struct error *e)
{
    struct store *other = store_open(dir, id, false, e);
    if (!other)
        return false;
    bool ok = store_each_message(other, put_stored, out, damaged, e);
    store_close(other);
    return ok;
}

static void put_words(void *arg, int64_t seq, const char *body, size_t n)
{
    struct buf *out = arg;
    struct message m;
    struct error e = {0};
    if (!message_load(&m, body, n, &e))
        return;
    bool user = m.role == LLM_USER && conversation_is_word(&m);
    if (m.text && *m.text && (user || m.role == LLM_ASSISTANT))
        buf_addf(out, "%s: %s\n\n", user ? "User" : "Agent", m.text);
    message_fini(&m);
}

bool transcript_words(const char *dir, const char *id, struct buf *out, struct error *e)
{
    int64_t damaged = 0;
    struct store *other = store_open(dir, id, false, e);
    bool ok = other && store_each_message(other, put_words, out, &damaged, e);
    store_close(other);
    return ok;
}

struct said {
    void (*visit)(void *arg, int64_t seq, const char *text);
    void *arg;
};

static void visit_said(void *arg, int64_t seq, const char *body, size_t n)
{
    const struct said *s = arg;
    struct message m;
    struct error e = {0};
    if (!message_load(&m, body, n, &e))
        return;
    if (m.role == LLM_USER && conversation_is_word(&m))
        s->visit(s->arg, seq, m.text);
    message_fini(&m);
}

bool transcript_said(const char *dir, const char *id,
                     void (*visit)(void *arg, int64_t seq, const char *text), void *arg,
                     struct error *e)
{
    struct said s = {visit, arg};
    int64_t damaged = 0;
    struct store *other = store_open(dir, id, false, e);
    bool ok = other && store_each_message(other, visit_said, &s, &damaged, e);
    store_close(other);
    return ok;
}

void transcript_read(const struct transcript *t, struct buf *out)
{
    assert(t->tree && t->talk);
    AUTO(buf) text = {0};
    buf_addf(&text, "# %s\n\nSession %s, workspace %s, model %s\n\n",
             t->title ? t->title : "mien session", t->session, t->workspace,
             t->model ? t->model : "none");
    tree_to_text(t->tree, &text);
    buf_adds(&text, "\n");
    for (int64_t s = 1; s <= conversation_last(t->talk); s++)
        put_message(&text, conversation_at(t->talk, s));
    log_mask(out, buf_cstr(&text), text.len);
}

bool transcript_write(const struct transcript *t, const char *path, struct error *e)
{
    AUTO(buf) text = {0};
    transcript_read(t, &text);
    return file_write_new(path, buf_cstr(&text), text.len, e);
}
