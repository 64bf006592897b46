#include "request/words.h"

#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "llm/tokens.h"

#define SHORT_BYTES 400 /* of an old message, head and tail together */
#define MARK_BYTES 300  /* what a mark costs: nothing is shortened that would grow */

static const char *words_text(const struct message *m)
{
    return m->role == LLM_USER ? m->text : m->said;
}

/* A text of the user in a file of the session, "" when it cannot be written. Caller frees. */
static char *words_save(struct words *w, const char *name, const char *text)
{
    struct error e = {0};
    AUTO_FREE char *dir = outbox_dir(w->out);
    char *path = mem_printf("%s/%s", dir, name);
    if (file_make_dirs(dir, &e) && file_write(path, text, strlen(text), &e))
        return path;
    if (!w->told)
        outbox_notice(w->out, "warn", "context",
                      "a long message of yours is shortened for the model, and the whole cannot be "
                      "kept in a file: %s",
                      e.text);
    w->told = true;
    free(path);
    return mem_strdup("");
}

/* Head and tail of a text, together `keep` bytes, and where the whole is. Caller frees. */
static char *words_cut(const char *text, size_t keep, const char *path)
{
    size_t n = strlen(text), head = utf8_cut(text, n, keep * 2 / 3), tail = n - keep / 3;
    while (tail < n && ((unsigned char)text[tail] & 0xc0) == 0x80)
        tail++;
    return mem_printf(
        "%.*s\n[… %zu bytes of this message of the user are left out here%s%s%s …]\n%s", (int)head,
        text, tail - head, *path ? "; the whole is in " : "; they could not be kept in a file",
        path, *path ? ": read it with read_file" : "", text + tail);
}

/* False: it is short enough as it is. */
static bool words_shorten(struct words *w, struct message *m, size_t keep)
{
    if (m->role != LLM_USER || strlen(m->stubbed ? m->stub : m->text) <= keep + MARK_BYTES)
        return false;
    AUTO_FREE char *name = mem_printf("said-%lld.txt", (long long)m->seq);
    AUTO_FREE char *path = words_save(w, name, m->text);
    conversation_shorten(w->talk, m->seq, words_cut(m->text, keep, path));
    return true;
}

static int64_t words_scaled(const struct words *w, int64_t tokens)
{
    return tokens_scale(&w->modes->ratio, tokens);
}

/* Bytes of this message that are an eighth of the window. */
static size_t words_eighth(const struct words *w, struct message *m)
{
    int64_t tokens = MAX(words_scaled(w, conversation_tokens(m)), 1);
    size_t n = strlen(m->stubbed ? m->stub : m->text);
    int64_t eighth = w->window / 8;
    return (size_t)((double)n * (double)eighth / (double)tokens);
}

static void words_fit_long(struct words *w)
{
    for (w->looked = MAX(w->looked, conversation_first(w->talk) - 1);
         w->looked < conversation_last(w->talk);) {
        struct message *m = conversation_at(w->talk, ++w->looked);
        if (m->role == LLM_USER && conversation_is_word(m) &&
            words_scaled(w, conversation_tokens(m)) > w->window / 8) {
            size_t most = words_eighth(w, m);
            (void)words_shorten(w, m, most > 2 * MARK_BYTES ? most - MARK_BYTES : MARK_BYTES);
        }
    }
}

void words_fit(struct words *w)
{
    struct conversation *c = w->talk;
    if (w->window != w->modes->window)
        w->looked = w->shorter = 0; /* another model: what fitted may not fit now */
    w->window = w->modes->window;
    if (w->window <= 0)
        return;
    words_fit_long(w);
    int64_t last = conversation_last_user_seq(c);
    for (w->shorter = MAX(w->shorter, conversation_first(c) - 1);
         w->shorter + 1 < last && words_scaled(w, conversation_words_tokens(c)) > w->window / 3;) {
        struct message *m = conversation_at(c, ++w->shorter);
        if (conversation_is_word(m))
            (void)words_shorten(w, m, SHORT_BYTES);
    }
}

/* ---- before the view ---- */

/* How one of them is shown: NULL, left out. */
struct left {
    const struct message *m;
    char *shown;
    bool goal; /* it began one */
};

static int64_t words_cost(const struct words *w, const char *text)
{
    return words_scaled(w, TOKENS_PER_MESSAGE + tokens_estimate(text, strlen(text)));
}

/* Whole, or as short as it may be, or not: whatever there is room for. */
static void words_show(struct words *w, struct left *l, int64_t *room)
{
    struct message *m = conversation_at(w->talk, l->m->seq);
    const char *text = m->role == LLM_USER && m->stubbed ? m->stub : words_text(m);
    if (words_cost(w, text) > MIN(*room, w->window / 8)) {
        (void)words_shorten(w, m, *room > w->window / 6 ? (size_t)w->window / 4 : SHORT_BYTES);
        text = m->role == LLM_USER && m->stubbed ? m->stub : words_text(m);
    }
    if (words_cost(w, text) > *room)
        return;
    *room -= words_cost(w, text);
    l->shown = mem_strdup(text);
}

/* The oldest ones that no room was left for, as one file. */
static void words_name_rest(struct words *w, const struct left *list, size_t n, struct buf *out)
{
    AUTO(buf) whole = {0};
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].shown)
            continue;
        buf_addf(&whole, "%s%s", count ? "\n\n" : "", words_text(list[i].m));
        count++;
    }
    if (!count)
        return;
    AUTO_FREE char *path = words_save(w, "said-before.txt", buf_cstr(&whole));
    buf_addf(out, "[%zu older message%s of the user %s left out here%s%s%s]\n", count,
             count == 1 ? "" : "s", count == 1 ? "is" : "are",
             *path ? "; whole in " : "; they could not be kept in a file", path,
             *path ? ": read it with read_file" : "");
}

void words_add_left(struct words *w, int64_t goal, struct buf *out)
{
    struct conversation *c = w->talk;
    size_t n, count = 0;
    const int64_t *all = conversation_words(c, &n);
    struct left *list = mem_alloc((n + 1) * sizeof *list);
    int64_t number = -1,
            room = w->modes->window / 3 - words_scaled(w, conversation_words_tokens(c));
    w->window = w->modes->window;
    for (size_t i = 0; i < n && all[i] < conversation_first(c); i++) {
        const struct message *m = conversation_at(c, all[i]);
        if (!conversation_is_word(m))
            continue; /* its row is damaged */
        list[count++] = (struct left){.m = m, .goal = m->role == LLM_USER && m->goal != number};
        number = m->goal;
    }
    for (size_t i = 0; i < count; i++)
        if (list[i].goal && list[i].m->goal == goal)
            words_show(w, &list[i], &room);
    bool fits = true;
    for (size_t i = count; i-- > 0 && fits;) {
        if (!list[i].shown)
            words_show(w, &list[i], &room);
        fits = list[i].shown != NULL;
    }
    words_name_rest(w, list, count, out);
    for (size_t i = 0; i < count; i++) {
        const struct message *m = list[i].m;
        if (list[i].shown && list[i].goal)
            buf_addf(out, "USER (goal %lld): %s\n", (long long)m->goal, list[i].shown);
        else if (list[i].shown)
            buf_addf(out, "USER: %s\n", list[i].shown);
        free(list[i].shown);
    }
    free(list);
}
