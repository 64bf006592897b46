#include "permit/ask.h"

#include <string.h>

#include "base/chance.h"
#include "base/clock.h"

static const char yes_session_no[] = "[{\"key\":\"y\",\"label\":\"yes, once\"},"
                                     "{\"key\":\"s\",\"label\":\"yes, for this session\"},"
                                     "{\"key\":\"n\",\"label\":\"no\",\"text\":true}]";
static const char yes_no[] = "[{\"key\":\"y\",\"label\":\"yes\"},"
                             "{\"key\":\"n\",\"label\":\"no\",\"text\":true}]";

void asker_fini(struct asker *k)
{
    free(k->without);
    free(k->id);
    free(k->choice);
    free(k->text);
    free(k->words);
    *k = (struct asker){0};
}

static void tell_question(struct asker *k, const struct ask *q)
{
    struct event ev = {.type = EVENT_APPROVAL};
    ev.approval.id = mem_strdup(k->id);
    ev.approval.kind = mem_strdup(q->kind);
    ev.approval.title = mem_strdup(q->title);
    ev.approval.detail = mem_strdup(q->detail);
    ev.approval.why = mem_strdup(q->why);
    ev.approval.always = mem_strdup(q->always);
    ev.approval.choices = mem_strdup(q->choices ? q->choices : q->always ? yes_session_no : yes_no);
    outbox_emit(k->out, &ev);
}

static void tell_settled(struct asker *k, const char *choice, const char *by)
{
    struct event ev = {.type = EVENT_APPROVAL_DONE};
    ev.approval_done.id = mem_strdup(k->id);
    ev.approval_done.choice = mem_strdup(choice);
    ev.approval_done.by = mem_strdup(by);
    outbox_emit(k->out, &ev);
}

void ask_note_words(struct asker *k, const char *question, const char *words)
{
    char *all = mem_printf("%s%s(asked: %s) %s", k->words ? k->words : "", k->words ? "\n" : "",
                           question, words);
    free(k->words);
    k->words = all;
}

char *ask_take_words(struct asker *k)
{
    char *words = k->words;
    k->words = NULL;
    return words;
}

char *ask_user(struct asker *k, const struct ask *q, char **text)
{
    if (text)
        *text = NULL;
    if (!k->possible || k->id || reactor_stopped(k->reactor))
        return mem_strdup("n");
    char word[10];
    chance_word(word, sizeof word - 1);
    k->id = mem_printf("q%s", word);
    tell_question(k, q);
    outbox_phase(k->out, "ask", 0, 0, q->title);
    outbox_durable(k->out); /* a crash while the user thinks loses nothing */
    int64_t since = clock_ms();
    reactor_hold(k->reactor, HOLD_STAGE);
    if (k->clock)
        k->clock(k->arg, false, 0);
    while (!k->choice && !reactor_stopped(k->reactor))
        reactor_wait(k->reactor, -1);
    if (k->clock)
        k->clock(k->arg, true, clock_ms() - since);
    reactor_release(k->reactor, HOLD_STAGE);
    char *choice = k->choice ? k->choice : mem_strdup("n");
    tell_settled(k, choice, k->choice ? "user" : "cancel");
    if (k->text && *k->text)
        ask_note_words(k, q->title, k->text);
    if (text)
        *text = k->text;
    else
        free(k->text);
    free(k->id);
    k->id = k->choice = k->text = NULL;
    return choice;
}

bool ask_answer(struct asker *k, const char *id, const char *choice, const char *text)
{
    if (!k->id || k->choice || !id || strcmp(id, k->id) != 0)
        return false;
    k->choice = mem_strdup(choice && *choice ? choice : "n");
    mem_replace(&k->text, text);
    return true;
}
