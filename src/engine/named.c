#include "engine/named.h"

#include <string.h>

#include "engine/engine_priv.h"
#include "engine/mcp_words.h"
#include "session/transcript.h"

#define SESSION "session:"
#define SHARE 8 /* of the window, at 3 bytes a token */

/* The newest of what was said there, from a line's beginning on. */
static bool session_words(struct engine *g, const char *id, struct buf *out, struct error *e)
{
    AUTO(buf) all = {0};
    if (!transcript_words(g->session.dir, id, &all, e))
        return false;
    size_t most = (size_t)MAX(g->modes.window, 32768) * 3 / SHARE;
    const char *text = buf_cstr(&all), *from = text;
    if (all.len > most) {
        const char *line = strchr(text + all.len - most, '\n');
        from = line ? line + 1 : text + all.len - most;
    }
    buf_addf(out, "%s@" SESSION "%s, what was said there%s:\n%s", out->len ? "\n" : "", id,
             from == text ? "" : " (its newest part)", *from ? from : "nothing\n");
    return true;
}

bool named_text(void *arg, const char *name, struct buf *out, cJSON **media, struct error *e)
{
    struct engine *g = arg;
    if (strncmp(name, SESSION, sizeof SESSION - 1) != 0 || !name[sizeof SESSION - 1])
        return mcp_resource_text(arg, name, out, media, e);
    if (g->agent.delegated)
        return error_set(e, ERR_DENIED, "what other agents named brings no sessions along");
    return session_words(g, name + sizeof SESSION - 1, out, e);
}
