/* Questions to the person: put as an event, answered by a request, waited for in line. */
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"

static const char yes_session_no[] = "[{\"key\":\"y\",\"label\":\"yes, once\"},"
                                     "{\"key\":\"s\",\"label\":\"yes, for this session\"},"
                                     "{\"key\":\"n\",\"label\":\"no\",\"text\":true}]";
static const char yes_no[] = "[{\"key\":\"y\",\"label\":\"yes\"},"
                             "{\"key\":\"n\",\"label\":\"no\",\"text\":true}]";

static void emit_done(struct agent *a, const char *choice, const char *by)
{
    struct event ev = {.type = EVENT_APPROVAL_DONE};
    ev.approval_done.id = mem_strdup(a->question.id);
    ev.approval_done.choice = mem_strdup(choice);
    ev.approval_done.by = mem_strdup(by);
    outbox_emit(&a->out, &ev);
}

static void emit_question(struct agent *a, const struct ask *q)
{
    struct event ev = {.type = EVENT_APPROVAL};
    ev.approval.id = mem_strdup(a->question.id);
    ev.approval.kind = mem_strdup(q->kind);
    ev.approval.title = mem_strdup(q->title);
    ev.approval.detail = mem_strdup(q->detail);
    ev.approval.why = mem_strdup(q->why);
    ev.approval.always = mem_strdup(q->always);
    ev.approval.choices = mem_strdup(q->choices ? q->choices : q->always ? yes_session_no : yes_no);
    outbox_emit(&a->out, &ev);
}

/* A person's thinking is not the goal's time. */
static void give_back(struct agent *a, int64_t waited_ms)
{
    a->goal.waited_ms += waited_ms;
    a->deadline_ms += waited_ms;
    if (a->goal.running && a->goal_seconds > 0)
        agent_clock_start(a);
}

char *agent_ask(struct agent *a, const struct ask *q, char **text)
{
    if (text)
        *text = NULL;
    if (!a->can_ask || a->question.id)
        return mem_strdup("n");
    a->question.id = mem_printf("q%lld", (long long)++a->next_question);
    emit_question(a, q);
    outbox_phase(&a->out, "ask", 0, 0, q->title);
    session_commit(a);
    int64_t since = clock_ms();
    agent_clock_stop(a);
    while (!a->question.choice && !reactor_stopped(&a->reactor))
        reactor_wait(&a->reactor, -1);
    give_back(a, clock_ms() - since);
    char *choice = a->question.choice ? a->question.choice : mem_strdup("n");
    emit_done(a, choice, a->question.choice ? "person" : "cancel");
    if (!a->goal.running)
        outbox_phase(&a->out, "idle", 0, 0, NULL); /* between goals nothing follows it */
    if (text)
        *text = a->question.text;
    else
        free(a->question.text);
    free(a->question.id);
    a->question = (struct question){0};
    return choice;
}

bool agent_answer(struct agent *a, const char *id, const char *choice, const char *text)
{
    if (!a->question.id || a->question.choice || !id || strcmp(id, a->question.id) != 0)
        return false;
    a->question.choice = mem_strdup(choice && *choice ? choice : "n");
    mem_replace(&a->question.text, text);
    return true;
}
