#include "engine/aside.h"

#include <string.h>

#include "config/texts.h"
#include "engine/engine_priv.h"
#include "session/transcript.h"

#define TOKENS_MOST 1200
#define TEMPERATURE 0.2

/* Its end, from a line's beginning on: as many bytes as half the window takes at 3 a token. */
static const char *newest(const struct engine *g, const char *text)
{
    size_t n = strlen(text), most = (size_t)MAX(g->modes.window, 4096) * 3 / 2;
    if (n <= most)
        return text;
    const char *from = strchr(text + n - most, '\n');
    return from ? from + 1 : text + n - most;
}

struct transcript engine_transcript(struct engine *g)
{
    return (struct transcript){.title = g->agent.goal.text,
                               .session = g->out.session,
                               .workspace = workspace_path(g->ws),
                               .model = g->modes.model ? g->modes.model->name : NULL,
                               .tree = &g->tree,
                               .talk = &g->talk};
}

bool aside_ask(struct engine *g, const char *question, struct error *e)
{
    const struct transcript t = engine_transcript(g);
    AUTO(buf) text = {0};
    if (conversation_last(&g->talk) == 0)
        return error_set(e, ERR_NOT_FOUND, "nothing was said in this session yet");
    transcript_read(&t, &text);
    const char *about = newest(g, buf_cstr(&text));
    AUTO_FREE char *user =
        mem_printf("This is a session of a coding agent with its user%s:\n\n<session>\n%s\n"
                   "</session>\n\n%s",
                   about == buf_cstr(&text) ? "" : ", its newest part", about,
                   question ? question : texts_get(g->cfg->texts, "aside.recap"));
    AUTO_FREE char *answer = model_call_ask(&g->call, texts_get(g->cfg->texts, "aside.system"),
                                            user, TOKENS_MOST, TEMPERATURE, e);
    if (!answer)
        return false;
    struct event ev = {.type = EVENT_REPORT};
    ev.report.title = question ? mem_printf("by the way: %s", question) : mem_strdup("recap");
    ev.report.text = mem_strdup(answer);
    outbox_emit(&g->out, &ev);
    return true;
}
